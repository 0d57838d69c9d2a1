//! Work with any resource of NetBox and of its plugins, without types made for it.

mod allocation;
mod apps;
mod bulk;
mod custom_fields;
mod detail;
#[cfg(feature = "schema")]
mod discovery;
mod elevation;
mod endpoint;
mod filters;
mod id;
mod job;
mod list;
mod pager;
mod plugins;
mod record;
mod records;
mod render;
mod resource;
mod script;
mod select;
#[cfg(feature = "schema")]
mod strict;
mod sync;
mod trace;
mod writable;

use std::fmt;
#[cfg(feature = "typed")]
use std::sync::Arc;
#[cfg(feature = "typed")]
use std::sync::atomic::{AtomicBool, Ordering};

pub use allocation::Available;
pub use apps::*;
#[cfg(feature = "typed")]
pub(crate) use bulk::Ledger;
pub use bulk::{BackgroundBulk, Bulk, BulkError, BulkFailure, BulkItem, BulkJobs};
pub use detail::Detail;
pub use elevation::Elevation;
pub use endpoint::Endpoint;
#[cfg(feature = "typed")]
pub(crate) use endpoint::one;
pub use filters::{FilterValue, Filters};
pub use id::Id;
pub use job::Job;
pub(crate) use job::look_until;
pub use list::{List, Paging};
pub use plugins::{InstalledPlugin, Plugins};
pub use record::Record;
pub use records::{Progress, Records, Row};
pub use render::RenderedConfig;
pub use select::Selection;
#[cfg(feature = "typed")]
pub(crate) use select::id_of;
pub use trace::{Segment, Trace};

use crate::auth::Token;
use crate::client::Client;
use crate::config::Config;
use crate::error::{Error, Result};
#[cfg(feature = "typed")]
use crate::schema::ReleaseLine;

/// All resources of one NetBox by name. Clones are cheap and share connections; threads may share one.
///
/// ```no_run
/// use netbox_sdk::Api;
///
/// let nb = Api::from_env()?;
/// if let Some(device) = nb.dcim().devices().get(42)? {
///     println!("{device}");
/// }
/// for device in nb.dcim().devices().filter([("site", "lon"), ("role", "leaf-switch")]) {
///     let device = device?;
///     println!("{} {}", device.id(), device.str("site.name").unwrap_or("-"));
/// }
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Clone)]
pub struct Api {
    client: Client,
    /// Whether its lists check their filters.
    #[cfg(feature = "schema")]
    is_strict: bool,
    /// What the types of the caller are made for.
    #[cfg(feature = "typed")]
    line: Option<Arc<Line>>,
}

/// A release line, and whether a server of another one was met.
#[cfg(feature = "typed")]
struct Line {
    line: ReleaseLine,
    other_was_logged: AtomicBool,
}

/// The resources of a NetBox, from its address and a token.
///
/// ```no_run
/// let nb = netbox_sdk::api("https://netbox.example.com", "nbt_key.secret")?;
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
///
/// # Errors
/// An address or a token that is not valid. Nothing is sent.
pub fn api<T>(base_url: impl Into<String>, token: T) -> Result<Api>
where
    T: TryInto<Token>,
    Error: From<T::Error>,
{
    Client::new(Config::builder(base_url).token(token).build()?).map(Api::new)
}

impl Api {
    /// The resources that a client reaches, in the client's scope.
    pub fn new(client: Client) -> Api {
        Api {
            client,
            #[cfg(feature = "schema")]
            is_strict: false,
            #[cfg(feature = "typed")]
            line: None,
        }
    }

    /// The NetBox of the environment (`NETBOX_URL`, `NETBOX_TOKEN`), else of the default profile: see [`Config::from_env`].
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn from_env() -> Result<Api> {
        Client::from_env().map(Api::new)
    }

    /// The client underneath: requests of any kind, GraphQL, status.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Any resource by its path below `/api/`, taken as it stands: `nb.endpoint("plugins/gpon/olts")`.
    pub fn endpoint(&self, path: &str) -> Endpoint {
        Endpoint::named(self, path)
    }

    /// An app by its name, as `nb.app("dcim").endpoint("devices")`.
    pub fn app(&self, name: &str) -> App {
        App { api: self.clone(), path: name.trim_matches('/').to_owned() }
    }

    /// The same resources on a branch of the branching plugin, which is named by its schema id or by a [`Branch`](crate::Branch): see [`Client::on_branch`].
    ///
    /// # Errors
    /// A text that cannot be a schema id.
    pub fn on_branch(&self, schema_id: impl AsRef<str>) -> Result<Api> {
        let mut api = self.clone();
        api.client = self.client.on_branch(schema_id)?;
        Ok(api)
    }
}

#[cfg(feature = "typed")]
impl Api {
    /// The same resources, for types of this line.
    pub(crate) fn of_line(mut self, line: ReleaseLine) -> Api {
        self.line = Some(Arc::new(Line { line, other_was_logged: AtomicBool::new(false) }));
        self
    }

    /// Says once that the server is of another line than the types.
    fn note_version(&self, version: Option<&str>) {
        let (Some(expected), Some(version)) = (&self.line, version) else { return };
        let is_other = !version.parse().is_ok_and(|line: ReleaseLine| line == expected.line);
        if is_other && !expected.other_was_logged.swap(true, Ordering::Relaxed) {
            log::warn!("the server is NetBox {version}, the types are of {}", expected.line);
        }
    }
}

#[cfg(feature = "cache")]
impl Api {
    /// The same resources, whose requests want this of the cache: see [`Client::with_cache_mode`].
    #[must_use]
    pub fn with_cache_mode(&self, mode: crate::cache::CacheMode) -> Api {
        let mut api = self.clone();
        api.client = self.client.with_cache_mode(mode);
        api
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Api").field(&self.client).finish()
    }
}

/// The resources below one path, by name.
#[derive(Debug, Clone)]
pub struct App {
    api: Api,
    path: String,
}

impl App {
    /// A resource of this app. The name is taken as it stands; of a resource that NetBox is known to have, `ip_addresses` is `ip-addresses`.
    pub fn endpoint(&self, name: &str) -> Endpoint {
        Endpoint::named(&self.api, &format!("{}/{}", self.path, name.trim_matches('/')))
    }
}
