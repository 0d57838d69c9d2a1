//! Query parameters in order, with repeats kept.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::{Error, Result};
use crate::redact::{REDACTED, is_secret_name};

/// All but the unreserved characters of RFC 3986.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Query parameters in the order in which they were given. A name may stand more than once: NetBox takes repeated
/// filters as "any of these" (`site=lon&site=par`).
///
/// ```
/// use netbox_sdk::Query;
///
/// let query = Query::from([("site", "lon"), ("site", "par"), ("q", "a&b")]);
/// assert_eq!(query.to_string(), "site=lon&site=par&q=a%26b");
/// assert_eq!(Query::parse("site=lon&site=par&q=a%26b")?, query);
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

/// Parameters that say what is told of the objects of a list.
pub(crate) const OUTPUT: [&str; 6] = ["brief", "fields", "omit", "exclude", "format", "export"];

/// Parameters that say which part of a list is meant. `start` is a filter of one resource; there it counts for less than it could.
const PAGING: [&str; 5] = ["cursor", "limit", "offset", "ordering", "start"];

/// Whether a parameter says which objects fit, not what is told of them, or where they are looked for.
pub(crate) fn is_filter(name: &str) -> bool {
    !OUTPUT.contains(&name) && !PAGING.contains(&name) && name != "_branch"
}

impl Query {
    /// Adds a parameter. Numbers and booleans are written as NetBox reads them.
    pub fn push(&mut self, name: impl Into<String>, value: impl ToString) {
        self.0.push((name.into(), value.to_string()));
    }

    /// Reads the part of a URL behind its `?`, as browsers and Django do (`+` is a space).
    ///
    /// # Errors
    /// Escapes that are not UTF-8: they could not be sent on unchanged.
    pub fn parse(text: &str) -> Result<Query> {
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_decode_str(&spaced)
                .decode_utf8()
                .map(|text| text.into_owned())
                .map_err(|_| Error::invalid_request("the query holds escapes that are not UTF-8"))
        };
        text.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_>>()
            .map(Query)
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All values of one parameter.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Whether there are no parameters.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn extend(&mut self, other: Query) {
        self.0.extend(other.0);
    }

    /// The encoded form with the values of secret parameters replaced.
    pub(crate) fn without_secrets(&self) -> String {
        let mut shown = self.clone();
        for (name, value) in &mut shown.0 {
            if is_secret_name(name) {
                REDACTED.clone_into(value);
            }
        }
        shown.to_string().replace("%2A%2A%2A", REDACTED)
    }
}

impl IntoIterator for Query {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Into<String>, V: ToString, const N: usize> From<[(K, V); N]> for Query {
    fn from(pairs: [(K, V); N]) -> Query {
        pairs.into_iter().collect()
    }
}

impl<K: Into<String>, V: ToString> FromIterator<(K, V)> for Query {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Query {
        Query(pairs.into_iter().map(|(name, value)| (name.into(), value.to_string())).collect())
    }
}

/// The encoded form with the values of secret parameters replaced.
impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Query({})", self.without_secrets())
    }
}

/// The encoded form, as it stands behind the `?` of a URL.
impl std::fmt::Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (name, value)) in self.iter().enumerate() {
            if at > 0 {
                f.write_char('&')?;
            }
            write!(f, "{}={}", utf8_percent_encode(name, ENCODED), utf8_percent_encode(value, ENCODED))?;
        }
        Ok(())
    }
}
