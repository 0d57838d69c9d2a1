//! Replies of servers as objects, and what is wrong with those that are none.

use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::Deserializer;

use super::read::fill;
use super::table::{AnyField, Model, Object, View};
use crate::client::ApiResponse;
use crate::error::{ErrorKind, Result};
use crate::facade::{self, Id, Row, id_of};
use crate::redact::without_value;

/// Reads the reply of one object into one that is blank.
pub(super) fn read_object(endpoint: &facade::Endpoint, response: ApiResponse, object: &mut AnyField) -> Result<()> {
    let response = endpoint.accepted(response)?;
    read(endpoint.path(), &response, 0..response.bytes().len(), object)
}

/// Reads a part of a reply into a field that is blank, mostly an object.
pub(super) fn read(path: &str, reply: &ApiResponse, part: Range<usize>, place: &mut AnyField) -> Result<()> {
    let bytes = reply.bytes().get(part).unwrap_or_default();
    let mut reader = Deserializer::from_slice(bytes);
    let Err(error) = fill(place, &mut reader).and_then(|()| reader.end()) else { return Ok(()) };
    if !error.is_data() {
        // No JSON: the reply says best what it is.
        reply.json::<IgnoredAny>()?;
    }
    // Read once more for the place of the failure.
    let mut track = serde_path_to_error::Track::new();
    let _ = fill(place, serde_path_to_error::Deserializer::new(&mut Deserializer::from_slice(bytes), &mut track));
    let place = match track.path().to_string() {
        path if path == "." => String::new(),
        path => format!(" at {path}"),
    };
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let null = if message.starts_with("invalid type: null") { "null, " } else { "" };
    let id = id_of(bytes).map_or_else(|| "without id".to_owned(), |id| id.to_string());
    let version = reply.version().map_or_else(|| "a server of no known version".to_owned(), |version| format!("NetBox {version}"));
    Err(reply.error(ErrorKind::Decode, format!("{path} {id} of {version} does not fit{place}: {null}{}", without_value(message))))
}

/// The id of an object, where that is a number.
pub(super) fn number(object: &dyn Object) -> Option<u64> {
    let at = object.shape().fields.iter().position(|field| *field == "id")?;
    let mut number = None;
    object.look(&mut |fields| {
        if let Some(View::Natural(id)) = fields.get(at).map(|field| field.view()) {
            number = Some(id);
        }
    });
    number
}

impl<T: Model> Row for T {
    #[inline]
    fn read(endpoint: &facade::Endpoint, page: &ApiResponse, row: Range<usize>) -> Result<(Option<u64>, T)> {
        let mut object = T::blank();
        read(endpoint.path(), page, row, &mut object)?;
        let id = number(&object);
        Ok((id, object))
    }

    #[inline]
    fn key(&self) -> Id {
        Id::from(self)
    }
}
