//! What the server offers, by the release line that it names.

use std::sync::{Arc, PoisonError};

use super::Client;
#[cfg(feature = "cache")]
use crate::cache::CacheMode;
use crate::error::Result;
#[cfg(feature = "cache")]
use crate::schema::Installation;
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
        let mut known = self.shared.schema.write().unwrap_or_else(PoisonError::into_inner);
        // What another thread read from the server meanwhile says more.
        Ok(Arc::clone(known.get_or_insert(Arc::new(build_schema_index(line)?))))
    }

    /// The index of the server itself, plugins included, from its OpenAPI document: 15 MB, which cost the server 5 to 20 s and this process 0.3 s and 94 MB. It is the one of main, on a branch
    /// too. From then on it is what [`schema`](Client::schema) returns.
    ///
    /// Where the client's [`Cache`](crate::Cache) is kept in a file, the index is kept beside it, and used for as long as `/api/status/` names the same versions of NetBox and of its plugins.
    /// What changes without these is seen with [`CacheMode::Reload`](crate::CacheMode::Reload).
    ///
    /// The document names no custom objects: [`Plugins::discover`](crate::Plugins::discover) finds them, and [`with_discovered`](SchemaIndex::with_discovered) adds them.
    ///
    /// # Errors
    /// As [`openapi`](Client::openapi) and [`status`](Client::status); a document that is none.
    pub fn live_schema(&self) -> Result<Arc<SchemaIndex>> {
        #[cfg(feature = "cache")]
        let index = self.kept_schema()?;
        #[cfg(not(feature = "cache"))]
        let index = SchemaIndex::from_openapi(&self.on_main().openapi()?)?;
        Ok(self.know(index))
    }

    #[cfg(feature = "cache")]
    fn kept_schema(&self) -> Result<SchemaIndex> {
        // The document itself may be of before a plugin was installed, and is large.
        let load = || SchemaIndex::from_openapi(&self.on_main().with_cache_mode(CacheMode::NoCache).openapi()?);
        let cache = self.cache();
        if cache.path().is_none() || self.scope.cache_mode == CacheMode::NoCache {
            return load();
        }
        let Some(installation) = Installation::of(self.config().base_url.normal(), &self.status()?) else { return load() };
        let name = installation.file_name();
        let kept = cache.kept(&name).filter(|_| self.scope.cache_mode != CacheMode::Reload);
        if let Some(index) = kept.and_then(|kept| installation.read(&kept)) {
            return Ok(index);
        }
        let index = load()?;
        match installation.write(&index).and_then(|bytes| cache.keep(&name, &bytes)) {
            Ok(()) => log::debug!("the index of {} is kept as {name}", self.config().base_url),
            Err(error) => log::warn!("the index of {} is not kept: {error}", self.config().base_url),
        }
        Ok(index)
    }

    /// From now on this is what the server offers.
    fn know(&self, index: SchemaIndex) -> Arc<SchemaIndex> {
        let index = Arc::new(index);
        *self.shared.schema.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&index));
        index
    }
}
