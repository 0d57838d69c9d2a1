//! The indices of all release lines, as they are compiled in.

mod indices;

use std::io::Read;

use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;

use super::index::SchemaIndex;
use super::line::ReleaseLine;
use crate::error::{Error, ErrorKind, Result};

/// The index of a release line, without a server. It knows no plugins, and of choices those that NetBox itself has.
///
/// # Errors
/// None, but for a crate that was put together wrongly.
pub fn build_schema_index(line: ReleaseLine) -> Result<SchemaIndex> {
    unpacked(&format!("index of NetBox {line}"), bundled(&indices::BUNDLED, line))
}

/// What is compiled in for a line. Nothing where that line was not generated yet.
pub(crate) fn bundled(bundled: &[&'static [u8]], line: ReleaseLine) -> &'static [u8] {
    bundled.get(line as usize).copied().unwrap_or_default()
}

/// What is compiled in as packed JSON.
///
/// # Errors
/// It is not what it should be; `what` says what that is.
pub(crate) fn unpacked<T: DeserializeOwned>(what: &str, bundled: &[u8]) -> Result<T> {
    let mut text = Vec::new();
    let read = GzDecoder::new(bundled).read_to_end(&mut text).map_err(serde_json::Error::io);
    read.and_then(|_| serde_json::from_slice(&text))
        .map_err(|error| Error::new(ErrorKind::Decode, format!("the bundled {what} cannot be read: {error}")))
}
