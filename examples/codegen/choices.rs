//! The types of texts out of some: one for all lines and fields that have the same.

use std::collections::{BTreeMap, BTreeSet};

use netbox_sdk::ReleaseLine;

use super::components::{Detail, Kind, Line};

/// One type. It has the values of all lines, for servers may send any in any case.
#[derive(Debug)]
pub(crate) struct Choices {
    /// With the name of each variant.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) lines: BTreeSet<ReleaseLine>,
}

/// A field by the component's name without the form, and its values on each line.
type Occurrences = BTreeMap<(String, String), Values>;

type Values = BTreeMap<ReleaseLine, Vec<String>>;

/// Fields whose values are the same on all lines that have both.
struct Group {
    name: String,
    values: Values,
    fields: Vec<(String, String)>,
}

/// Which fields have which type: the file that keeps the names. What a patch release adds to one of several fields that had the same values joins their type and renames none.
pub(crate) const NAMES: &str = "examples/codegen/choices.txt";

/// All types by name, and the text of the file that keeps the names. The fields are told the name of theirs.
pub(crate) fn name(lines: &mut [Line], names: &str) -> (BTreeMap<String, Choices>, String) {
    let kept: BTreeMap<(&str, &str), &str> = names
        .lines()
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(name, fields)| fields.split(' ').filter_map(move |field| Some((field.split_once('.')?, name))))
        .collect();
    let mut occurrences = Occurrences::new();
    for line in lines.iter() {
        for (component, field, values) in words(line) {
            let present = occurrences.entry((core(component).to_owned(), field.to_owned())).or_default().entry(line.line).or_default();
            let added: Vec<String> = values.iter().filter(|value| !present.contains(value)).cloned().collect();
            present.extend(added);
        }
    }
    // The field of the shortest name gives the type its name.
    let mut fields: Vec<_> = occurrences.into_iter().collect();
    fields.sort_by_key(|((component, field), _)| (component.len() + field.len(), component.clone(), field.clone()));
    let mut groups: Vec<Group> = Vec::new();
    let taken: BTreeSet<&String> = lines.iter().flat_map(|line| line.components.keys()).collect();
    let kept_name = |field: &(String, String)| kept.get(&(field.0.as_str(), field.1.as_str())).copied();
    let (named, unnamed): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(field, _)| kept_name(field).is_some());
    for (field, values) in named.into_iter().chain(unnamed) {
        let fitting = match kept_name(&field) {
            Some(name) => groups.iter_mut().find(|group| group.name == name),
            None => groups.iter_mut().find(|group| {
                let mut common = values.iter().filter_map(|(line, values)| Some((group.values.get(line)?, values))).peekable();
                common.peek().is_some() && common.all(|(present, values)| present == values)
            }),
        };
        match fitting {
            Some(group) => {
                for (line, values) in values {
                    let present = group.values.entry(line).or_default();
                    let added: Vec<String> = values.into_iter().filter(|value| !present.contains(value)).collect();
                    present.extend(added);
                }
                group.fields.push(field);
            }
            None => {
                let own = format!("{}{}", field.0, camel(&field.1));
                let is_taken = taken.contains(&own) || groups.iter().any(|group| group.name == own);
                let name = kept_name(&field).map_or_else(|| if is_taken { format!("{own}Choice") } else { own }, str::to_owned);
                groups.push(Group { name, values, fields: vec![field] });
            }
        }
    }
    let mut names: Vec<String> = groups
        .iter()
        .map(|group| {
            let mut fields: Vec<String> = group.fields.iter().map(|(component, field)| format!("{component}.{field}")).collect();
            fields.sort();
            format!("{}: {}\n", group.name, fields.join(" "))
        })
        .collect();
    names.sort();
    let named = |component: &str, field: &str, kind: &mut Kind| {
        let key = (core(component).to_owned(), field.to_owned());
        if let word @ Kind::Word(_) = kind.innermost_mut() {
            let group = groups.iter().find(|group| group.fields.contains(&key)).expect("every field is in a group");
            *word = Kind::Named(group.name.clone());
        }
    };
    for line in lines.iter_mut() {
        for (component, model) in &mut line.components {
            model.fields.iter_mut().for_each(|field| named(component, &field.name, &mut field.kind));
        }
        for (component, setters) in &mut line.written {
            // What is made of what is free has the choices of its own resource.
            let made = line.details.values().flatten().find_map(|detail| match detail {
                Detail::Available { free, made, .. } if free == component => Some(made),
                _ => None,
            });
            setters.iter_mut().for_each(|setter| named(made.unwrap_or(component), &setter.name, &mut setter.written.kind));
        }
    }
    let types = groups.into_iter().map(|group| {
        let lines = group.values.keys().copied().collect();
        let mut values = Vec::<(String, String)>::new();
        for value in group.values.into_values().flatten() {
            if values.iter().all(|(_, present)| *present != value) {
                let names = std::iter::once(String::new()).chain((2..).map(|number: u32| number.to_string()));
                let names = names.map(|number| variant(&value) + &number);
                let name = { names }.find(|name| values.iter().all(|(taken, _)| taken != name)).expect("numbers do not end");
                values.push((name, value));
            }
        }
        (group.name, Choices { values, lines })
    });
    (types.collect(), names.concat())
}

/// The fields of a line that are texts out of some.
fn words(line: &Line) -> impl Iterator<Item = (&str, &str, &[String])> {
    line.components.iter().flat_map(|(component, model)| {
        model.fields.iter().filter_map(move |field| match field.kind.innermost() {
            Kind::Word(values) => Some((component.as_str(), field.name.as_str(), values.as_slice())),
            _ => None,
        })
    })
}

fn core(component: &str) -> &str {
    component.strip_prefix("Brief").or(component.strip_prefix("Nested")).unwrap_or(component)
}

/// `front-to-rear` as `FrontToRear`, `2.5gbase-t` as `2_5gbaseT`.
pub(crate) fn camel(text: &str) -> String {
    let mut name = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if name.ends_with(|c: char| c.is_ascii_digit()) && word.starts_with(|c: char| c.is_ascii_digit()) {
            name.push('_');
        }
        name.push_str(&word[..1].to_ascii_uppercase());
        name.push_str(&word[1..]);
    }
    name
}

fn variant(value: &str) -> String {
    const SIGNS: [(&str, &str); 7] =
        [("+", " plus "), ("<", " less "), (">", " greater "), ("=", " equal "), ("!", " not "), ("*", " star "), ("~", " like ")];
    let name = camel(&SIGNS.iter().fold(value.to_owned(), |text, (sign, word)| text.replace(sign, word)));
    match name.chars().next() {
        None => "Blank".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("V{name}"),
        Some(_) if matches!(name.as_str(), "Self" | "Other") => format!("{name}Value"),
        Some(_) => name,
    }
}
