//! Filters from whatever a program has: pairs, lists, its own structs.

use serde::Serialize;
use serde_json::Value;

use super::id::Id;
use super::record::Record;
use crate::error::{Error, Result};
use crate::query::Query;

/// Filters of a list. A name with several values means any of them; several names mean all of them. A name with an empty list of values is an error when the
/// list is read: NetBox would ignore the filter.
///
/// Made from pairs (values of different types are given as JSON, or one by one with [`List::with`](crate::List::with)), from one text (NetBox's full-text search `q`), from a [`Query`], from JSON (`json!({"site": ["lon", "par"], "rack_id": null})`), or from a struct of your own with [`Filters::of`].
///
/// ```
/// use netbox_sdk::Filters;
/// use serde_json::json;
///
/// let filters = Filters::from([("site", "lon"), ("site", "par")]);
/// assert_eq!(filters.to_string(), "site=lon&site=par");
/// let filters = Filters::from(json!({"site": ["lon", "par"], "mtu__gt": 1500, "enabled": true, "rack_id": null}));
/// assert_eq!(filters.to_string(), "enabled=true&mtu__gt=1500&rack_id=null&site=lon&site=par");
/// assert_eq!(Filters::from("leaf").to_string(), "q=leaf");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    query: Query,
    /// Filters whose list of values is empty.
    without_values: Vec<String>,
}

impl Filters {
    /// The members of a struct: `None` is left out, lists repeat.
    ///
    /// # Errors
    /// A value that is not a struct or a map.
    pub fn of(value: &(impl Serialize + ?Sized)) -> Result<Filters> {
        let value = serde_json::to_value(value).map_err(|error| Error::invalid_request(format!("the filters cannot be read: {error}")))?;
        let Value::Object(mut members) = value else {
            return Err(Error::invalid_request("filters are a struct or a map"));
        };
        members.retain(|_, value| !value.is_null());
        Ok(Value::Object(members).into())
    }

    pub(crate) fn push(&mut self, name: &str, value: FilterValue) {
        // NetBox reads any value as true.
        if name == "brief" && value.0 == ["false"] {
            return;
        }
        if value.0.is_empty() {
            self.without_values.push(name.to_owned());
        }
        for text in value.0 {
            self.query.push(name, text);
        }
    }

    /// All values of one parameter.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.get_all(name)
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.query = self.query.iter().filter(|(name, _)| keep(name)).collect();
        self.without_values.retain(|name| keep(name));
    }

    /// The parameters. "Any of none" has none: NetBox would answer with everything.
    pub(super) fn query(&self) -> Result<&Query> {
        match self.without_values.first() {
            None => Ok(&self.query),
            Some(name) => Err(Error::invalid_request(format!("the filter {name} has an empty list of values"))
                .with_hint("No object fits any of none. Leave the filter out where all are meant")),
        }
    }
}

/// The encoded form, as in a URL.
impl std::fmt::Display for Filters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

/// A value of a filter as NetBox spells it: `true`, `false`, `null`; a list is the filter repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterValue(Vec<String>);

macro_rules! from_displayed {
    ($($kind:ty),*) => {$(
        impl From<$kind> for FilterValue {
            fn from(value: $kind) -> FilterValue {
                FilterValue(vec![value.to_string()])
            }
        }
    )*};
}

from_displayed!(&str, String, &String, bool, u8, u16, u32, u64, usize, i32, i64, f64, &Id, Id);

/// Its id, as `("site_id", &site)`.
impl From<&Record> for FilterValue {
    fn from(record: &Record) -> FilterValue {
        record.key().into()
    }
}

/// `None` is `null`: objects without such a relation or choice. For texts and numbers NetBox has the lookups `__empty` and `__isnull`.
impl<T: Into<FilterValue>> From<Option<T>> for FilterValue {
    fn from(value: Option<T>) -> FilterValue {
        value.map_or_else(|| "null".into(), Into::into)
    }
}

impl<T: Into<FilterValue>> From<Vec<T>> for FilterValue {
    fn from(values: Vec<T>) -> FilterValue {
        FilterValue(values.into_iter().flat_map(|value| value.into().0).collect())
    }
}

impl<T: Into<FilterValue>, const N: usize> From<[T; N]> for FilterValue {
    fn from(values: [T; N]) -> FilterValue {
        FilterValue(values.into_iter().flat_map(|value| value.into().0).collect())
    }
}

impl<T: Into<FilterValue> + Clone> From<&[T]> for FilterValue {
    fn from(values: &[T]) -> FilterValue {
        values.to_vec().into()
    }
}

impl<T: Into<FilterValue> + Clone> From<&Vec<T>> for FilterValue {
    fn from(values: &Vec<T>) -> FilterValue {
        values.clone().into()
    }
}

impl<T: Into<FilterValue> + Clone, const N: usize> From<&[T; N]> for FilterValue {
    fn from(values: &[T; N]) -> FilterValue {
        values.clone().into()
    }
}

impl From<Value> for FilterValue {
    fn from(value: Value) -> FilterValue {
        match value {
            Value::Null => "null".into(),
            Value::String(text) => text.into(),
            Value::Array(list) => list.into(),
            other => FilterValue(vec![other.to_string()]),
        }
    }
}

impl<K: AsRef<str>, V: Into<FilterValue>, const N: usize> From<[(K, V); N]> for Filters {
    fn from(pairs: [(K, V); N]) -> Filters {
        pairs.into_iter().collect()
    }
}

impl<K: AsRef<str>, V: Into<FilterValue>> From<Vec<(K, V)>> for Filters {
    fn from(pairs: Vec<(K, V)>) -> Filters {
        pairs.into_iter().collect()
    }
}

impl<K: AsRef<str>, V: Into<FilterValue>> FromIterator<(K, V)> for Filters {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Filters {
        let mut filters = Filters::default();
        for (name, value) in pairs {
            filters.push(name.as_ref(), value.into());
        }
        filters
    }
}

/// NetBox's full-text search.
impl From<&str> for Filters {
    fn from(text: &str) -> Filters {
        [("q", text)].into()
    }
}

/// NetBox's full-text search.
impl From<String> for Filters {
    fn from(text: String) -> Filters {
        [("q", text)].into()
    }
}

impl From<Query> for Filters {
    fn from(query: Query) -> Filters {
        let mut filters = Filters::default();
        query.iter().for_each(|(name, value)| filters.push(name, value.into()));
        filters
    }
}

/// The members of an object; anything else is a full-text search.
impl From<Value> for Filters {
    fn from(value: Value) -> Filters {
        match value {
            Value::Object(members) => members.into_iter().collect(),
            Value::Null => Filters::default(),
            other => [("q", other)].into(),
        }
    }
}
