//! An index of a server as it is kept: with what it holds for.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bundled::unpacked;
use super::index::SchemaIndex;

/// What an index holds for: a NetBox, its version and those of its plugins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Installation {
    url: String,
    version: String,
    plugins: Value,
    /// Who made the index.
    by: String,
}

#[derive(Serialize, Deserialize)]
struct Kept<S, I> {
    of: S,
    index: I,
}

impl Installation {
    /// From a reply of `/api/status/`. `None` where it does not say enough.
    pub(crate) fn of(url: String, status: &Value) -> Option<Installation> {
        let version = status["netbox-version"].as_str()?.to_owned();
        let plugins = status.get("plugins")?.clone();
        Some(Installation { url, version, plugins, by: env!("CARGO_PKG_VERSION").to_owned() })
    }

    /// The name of the file, one for each NetBox. Two may share it: each says which one it is of.
    pub(crate) fn file_name(&self) -> String {
        let url: String = self.url.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(200).collect();
        format!("schema-{url}.json.gz")
    }

    /// Reads what [`write`](Installation::write) wrote. `None` where it is of another installation, or damaged.
    pub(crate) fn read(&self, kept: &[u8]) -> Option<SchemaIndex> {
        let kept: Kept<Installation, SchemaIndex> = unpacked("index", kept).ok()?;
        (kept.of == *self).then_some(kept.index)
    }

    pub(crate) fn write(&self, index: &SchemaIndex) -> std::io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&serde_json::to_vec(&Kept { of: self, index })?)?;
        encoder.finish()
    }
}
