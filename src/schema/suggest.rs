//! Names that are written alike.

/// How many are named.
const MOST: usize = 3;

/// Those of some names that are written most alike, the nearest first.
pub(crate) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wrong = wrong.to_ascii_lowercase().replace('-', "_");
    let length = wrong.chars().count();
    let mut scored: Vec<(f64, &str)> = names
        .filter_map(|name| {
            let plain = name.replace('-', "_");
            // One letter in three may be wrong.
            let (long, short) = (length.max(plain.chars().count()), length.min(plain.chars().count()));
            let is_near = |distance: usize| distance * 3 <= long;
            // To compare what is much longer would take as much memory as both lengths multiplied.
            if !is_near(long - short) {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&wrong, &plain);
            is_near(distance).then(|| (distance as f64 - strsim::jaro_winkler(&wrong, &plain), name))
        })
        .collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// `Did you mean …?`, or nothing where nothing is alike.
pub(crate) fn did_you_mean<S: AsRef<str>>(names: &[S]) -> Option<String> {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    (!names.is_empty()).then(|| format!("Did you mean {}?", names.join(", ")))
}

/// Names as people list them: `a, b and c`.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}
