//! The indices of all release lines, as they are compiled in.

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
    let bundled: &[u8] = match line {
        ReleaseLine::V4_3 => include_bytes!("bundled/4.3.json.gz"),
        ReleaseLine::V4_4 => include_bytes!("bundled/4.4.json.gz"),
        ReleaseLine::V4_5 => include_bytes!("bundled/4.5.json.gz"),
        ReleaseLine::V4_6 => include_bytes!("bundled/4.6.json.gz"),
        ReleaseLine::V4_7 => include_bytes!("bundled/4.7.json.gz"),
    };
    unpacked(&format!("index of NetBox {line}"), bundled)
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
