//! The parameters of a query, in their order, repeated ones included.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What Python leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn of(query: &str) -> Parameters {
        let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Parameters(
            pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (decoded(name), decoded(value))).collect(),
        )
    }

    /// The last value, which counts where one is wanted.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is there with a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.last(name).is_some_and(|value| !value.is_empty())
    }

    /// Each name once, with all its values that are not empty.
    pub(super) fn by_name(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let names = self.0.iter().enumerate().filter(|(place, (name, _))| !self.0[..*place].iter().any(|(earlier, _)| earlier == name));
        names.map(|(_, (name, _))| {
            let values = self.0.iter().filter(|(own, value)| own == name && !value.is_empty());
            (name.as_str(), values.map(|(_, value)| value.as_str()).collect())
        })
    }

    /// As a query, sorted by name, with some parameters set or, for `None`, left out.
    pub(super) fn with(&self, changes: &[(&str, Option<String>)]) -> String {
        let mut pairs: Vec<(&str, &str)> = self
            .0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
            .collect();
        pairs.extend(changes.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
        pairs.sort_by_key(|(name, _)| *name);
        let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        pairs.into_iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
    }
}
