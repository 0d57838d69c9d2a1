//! Rows of a type of the caller's own: its field names decide what is asked for.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::{Map, Value};

use super::endpoint::Endpoint;
use super::list::List;
use super::records::Records;
use crate::client::ApiResponse;
use crate::error::{ErrorKind, Result};
use crate::redact::without_value;

/// The objects of a list, read into a type of the caller's own: made by [`List::select`].
#[must_use = "a list is fetched when it is iterated"]
pub struct Selection<T> {
    list: List,
    kind: PhantomData<fn() -> T>,
}

impl<R> List<R> {
    /// Reads the objects into a type of your own, and asks the server for its fields only (`?fields=…`): half to a tenth of the time of whole objects, depending on what is asked for. A name that the server does not know is left out of its reply.
    ///
    /// The names are those that serde knows, renamed ones too. `id` is asked for in any case. Where the fields of a type cannot be known (`#[serde(flatten)]`, a map), the whole
    /// objects are asked for. The short types of the typed layer (`BriefDevice`) are such types, too.
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// #[derive(serde::Deserialize)]
    /// struct Row {
    ///     id: u64,
    ///     name: Option<String>,
    ///     site: Named,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Named {
    ///     name: String,
    /// }
    ///
    /// for row in nb.dcim().devices().all().select::<Row>() {
    ///     let row = row?;
    ///     println!("{} {} {}", row.id, row.name.as_deref().unwrap_or("-"), row.site.name);
    /// }
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the iteration; an object that does not fit, with its id and the field.
    pub fn select<T: DeserializeOwned>(self) -> Selection<T> {
        let list = self.into_rows();
        let list = match fields_of::<T>() {
            Some(names) => list.only_fields(names),
            None => list,
        };
        Selection { list, kind: PhantomData }
    }
}

impl<T: DeserializeOwned> IntoIterator for Selection<T> {
    type Item = Result<T>;
    type IntoIter = Records<T>;

    fn into_iter(self) -> Records<T> {
        let pager = self.list.pager();
        Records::new(self.list.endpoint, pager, read::<T>)
    }
}

impl<T> fmt::Debug for Selection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Selection").field(&self.list).finish()
    }
}

/// The id in an object that is not read yet.
pub(crate) fn id_of(object: &[u8]) -> Option<Value> {
    #[derive(Deserialize)]
    struct Identified {
        id: Option<Value>,
    }
    serde_json::from_slice::<Identified>(object).ok()?.id
}

/// A row as a type of the caller's own, with the id that paging needs.
fn read<T: DeserializeOwned>(endpoint: &Endpoint, page: &ApiResponse, row: Range<usize>) -> Result<(Option<u64>, T)> {
    let bytes = &page.bytes()[row];
    let id = id_of(bytes);
    let number = id.as_ref().and_then(Value::as_u64);
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok((number, value));
    }
    // Read once more for the place of the failure.
    let mut outcome = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    // A type that denies unknown fields does not know the id that was added for it.
    if !fields_of::<T>().unwrap_or_default().contains(&"id") {
        if let Ok(mut members) = serde_json::from_slice::<Map<String, Value>>(bytes) {
            members.remove("id");
            outcome = serde_path_to_error::deserialize(Value::Object(members));
        }
    }
    let error = match outcome {
        Ok(value) => return Ok((number, value)),
        Err(error) => error,
    };
    let id = id.map_or_else(|| "without id".to_owned(), |id| id.to_string());
    let place = match error.path().to_string() {
        path if path == "." => String::new(),
        path => format!(" at {path}"),
    };
    let reason = without_value(&error.inner().to_string());
    Err(page.error(ErrorKind::Decode, format!("{} {id} does not fit{place}: {reason}", endpoint.path())))
}

/// The names of a struct's fields, where it is one. Asks the type what it would read, and reads nothing.
fn fields_of<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    struct Asked(Option<&'static [&'static str]>);

    struct Ask<'a>(&'a mut Asked);

    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only the names are asked for"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            self.0.0 = Some(fields);
            self.deserialize_any(visitor)
        }

        fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Self::Error> {
            visitor.visit_newtype_struct(self)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map enum
            identifier ignored_any
        }
    }

    let mut asked = Asked(None);
    let _ = T::deserialize(Ask(&mut asked));
    asked.0
}

impl Endpoint {
    /// The objects with these ids, whatever their number: in several requests where one would be too long. In rising order; ids that are not there are left out.
    ///
    /// # Errors
    /// Those of the iteration. An error ends it.
    pub fn by_ids<I: IntoIterator<Item = u64>>(&self, ids: I) -> impl Iterator<Item = Result<super::Record>> + use<I> {
        // 150 ids of 20 digits stay below the 4,094 bytes that NetBox's usual server takes.
        const AT_ONCE: usize = 150;
        let ids: std::collections::BTreeSet<u64> = ids.into_iter().collect();
        let ids: Vec<u64> = ids.into_iter().collect();
        let endpoint = self.clone();
        let mut chunks = ids.chunks(AT_ONCE).map(<[u64]>::to_vec).collect::<Vec<_>>().into_iter();
        let mut present: Option<Records> = None;
        let mut wanted: Vec<u64> = Vec::new();
        std::iter::from_fn(move || {
            loop {
                if let Some(records) = &mut present {
                    match records.next() {
                        Some(Err(error)) => {
                            chunks = Vec::new().into_iter();
                            present = None;
                            return Some(Err(error));
                        }
                        // Some resources ignore the filter, and answer with everything.
                        Some(Ok(record)) if wanted.binary_search(&record.id()).is_err() => continue,
                        Some(record) => return Some(record),
                        None => {}
                    }
                }
                wanted = chunks.next()?;
                present = Some(endpoint.filter([("id", wanted.as_slice())]).into_iter());
            }
        })
        .fuse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Plain {
        name: String,
        #[serde(rename = "site")]
        place: Value,
        #[serde(default)]
        tags: Vec<Value>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Open {
        name: String,
        #[serde(flatten)]
        rest: Map<String, Value>,
    }

    #[derive(Deserialize)]
    #[serde(transparent)]
    #[allow(dead_code)]
    struct Wrapped(Plain);

    #[test]
    fn the_names_are_those_that_serde_reads() {
        assert_eq!(fields_of::<Plain>(), Some(&["name", "site", "tags"][..]));
        assert_eq!(fields_of::<Wrapped>(), Some(&["name", "site", "tags"][..]));
        assert_eq!(fields_of::<Open>(), None);
        assert_eq!(fields_of::<Map<String, Value>>(), None);
        assert_eq!(fields_of::<Value>(), None);
    }
}
