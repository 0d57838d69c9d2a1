//! What the server offers, by the release line that it names.

use std::sync::{Arc, PoisonError};

use super::Client;
use crate::error::Result;
use crate::schema::{ReleaseLine, SchemaIndex, build_schema_index};

impl Client {
    /// The index of the server's release line, as it is compiled in: without plugins. The line is read from `/api/` once; a server that is newer than all lines counts as one of the newest.
    ///
    /// # Errors
    /// As [`version`](Client::version); a release line that is older than all that are supported.
    pub fn schema(&self) -> Result<Arc<SchemaIndex>> {
        if let Some(index) = self.shared.schema.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            return Ok(Arc::clone(index));
        }
        let version = self.version()?;
        let line = ReleaseLine::of_server(&version)?;
        if line.to_string() != version {
            log::warn!("the server is NetBox {version}, which this crate does not know: it is taken for {line}");
        }
        Ok(self.know(build_schema_index(line)?))
    }

    /// The index of the server itself, plugins included, from its OpenAPI document: 15 MB, which cost the server 10 to 20 s. From then on it is what [`schema`](Client::schema) returns.
    ///
    /// # Errors
    /// As [`openapi`](Client::openapi); a document that is none.
    pub fn live_schema(&self) -> Result<Arc<SchemaIndex>> {
        Ok(self.know(SchemaIndex::from_openapi(&self.openapi()?)?))
    }

    /// From now on this is what the server offers.
    fn know(&self, index: SchemaIndex) -> Arc<SchemaIndex> {
        let index = Arc::new(index);
        *self.shared.schema.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&index));
        index
    }
}
