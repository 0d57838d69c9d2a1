//! The client: requests against one NetBox, in a scope.

#[cfg(feature = "cache")]
mod caching;
mod graphql;
mod probe;
mod provision;
mod redirect;
mod request;
mod response;
mod retry;
mod run;
#[cfg(feature = "schema")]
mod schema;
mod upload;

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "schema")]
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

#[cfg(feature = "cache")]
pub(crate) use caching::Unfinished;
pub use probe::ConnectionProbe;
pub use provision::{ProvisionedToken, TokenRequest};
pub use request::{Request, RequestBuilder};
pub use response::ApiResponse;
pub use upload::{Form, Part, Payload};

use crate::auth::Token;
#[cfg(feature = "cache")]
use crate::cache::CacheMode;
use crate::config::Config;
use crate::error::{Error, Result};
#[cfg(feature = "schema")]
use crate::schema::SchemaIndex;
use crate::transport::Transport;

/// The header that names a branch of the branching plugin.
const BRANCH_HEADER: HeaderName = HeaderName::from_static("x-netbox-branch");

/// A blocking client for one NetBox. Clones are cheap and share connections; threads may share one client.
///
/// ```no_run
/// use netbox_sdk::Client;
///
/// let client = Client::from_env()?;
/// let reply = client.get("dcim/sites").query("status", "active").query("limit", 5).send()?.error_for_status()?;
/// let page: serde_json::Value = reply.json()?;
/// println!("{} sites", page["count"]);
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
///
/// To the `log` crate it tells each attempt at debug, and JSON bodies without their secrets at trace, with the target `netbox_sdk`. The HTTP
/// library below has targets of its own, `ureq` and `ureq_proto`. At trace, and only there, these write all replies as they came, and replies
/// can hold secrets: set the level of these two to debug where somebody else reads the log.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    scope: Arc<Scope>,
}

/// What all scopes of a client have in common.
struct Shared {
    config: Config,
    transport: Transport,
    /// Whether it was said already that the server names itself by another origin.
    foreign_origin_was_logged: AtomicBool,
    /// What the server offers, once it was asked for.
    #[cfg(feature = "schema")]
    schema: RwLock<Option<Arc<SchemaIndex>>>,
}

/// What a handle sends along with each of its requests.
#[derive(Clone)]
struct Scope {
    token: Option<Token>,
    headers: HeaderMap,
    #[cfg(feature = "cache")]
    cache_mode: CacheMode,
}

impl Client {
    /// A client for a checked configuration. Nothing is sent.
    ///
    /// # Errors
    /// None that [`ConfigBuilder::build`](crate::ConfigBuilder::build) did not find before.
    pub fn new(config: Config) -> Result<Client> {
        let transport = Transport::new(&config)?;
        let scope = Scope {
            token: config.token.clone(),
            headers: HeaderMap::new(),
            #[cfg(feature = "cache")]
            cache_mode: CacheMode::Default,
        };
        let shared = Shared {
            config,
            transport,
            foreign_origin_was_logged: AtomicBool::new(false),
            #[cfg(feature = "schema")]
            schema: RwLock::default(),
        };
        Ok(Client { shared: Arc::new(shared), scope: Arc::new(scope) })
    }

    /// A client for the NetBox of the environment (`NETBOX_URL`, `NETBOX_TOKEN`), else of the default profile.
    /// [`Config::from_env`] says what is taken from where.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn from_env() -> Result<Client> {
        Config::from_env().and_then(Client::new)
    }

    /// The configuration that the client was made with.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Whether another handle leads to the same server, and there to the same branch, as the same user: both send the same headers and token over the same connections.
    #[cfg(feature = "typed")]
    pub(crate) fn is_same_scope(&self, other: &Client) -> bool {
        let token = |client: &Client| client.scope.token.as_ref().map(Token::expose);
        Arc::ptr_eq(&self.shared, &other.shared) && self.scope.headers == other.scope.headers && token(self) == token(other)
    }

    /// Begins a request.
    ///
    /// | path | goes to, with base `https://host/netbox` |
    /// | --- | --- |
    /// | `dcim/devices` | `https://host/netbox/api/dcim/devices/` |
    /// | `/api/dcim/devices/` | the same |
    /// | `https://other/netbox/api/dcim/devices/?limit=2` (a `url` or `next` of a reply) | `https://host/netbox/api/dcim/devices/?limit=2` |
    /// | `/media/x.png` | `https://host/netbox/media/x.png` |
    /// | `/dcim/devices/` | `https://host/netbox/dcim/devices/`, a page of the web interface |
    ///
    /// The final slash is added below `/api/` and to `/graphql`. A query in the path joins the parameters. The request never leaves the
    /// origin of the base URL, whatever the path says.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        RequestBuilder::new(self.clone(), method, path)
    }

    /// Begins a GET: see [`request`](Client::request).
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Begins a POST: see [`request`](Client::request).
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Begins a PUT: see [`request`](Client::request).
    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// Begins a PATCH: see [`request`](Client::request).
    pub fn patch(&self, path: &str) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    /// Begins a DELETE: see [`request`](Client::request). It may have a body, as bulk deletes need.
    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// Sends a request that was built before.
    ///
    /// # Errors
    /// A request that was built by a client of another NetBox; no reply, for any reason: see [`ErrorKind`](crate::ErrorKind). A status of 400 and above is
    /// a reply.
    pub fn send(&self, request: Request) -> Result<ApiResponse> {
        if !self.config().base_url.is_origin_of(&request.uri) {
            return Err(Error::invalid_request("the request was built by a client of another NetBox"));
        }
        run::run(self, request, run::Sink::Memory)
    }

    /// A handle whose requests carry a header, over the same connections.
    ///
    /// # Errors
    /// A name or value that cannot be a header, or a header that the client sets itself (`Content-Length`, `Host`, …).
    pub fn with_header(&self, name: &str, value: &str) -> Result<Client> {
        let (name, value) = request::header(name, value)?;
        Ok(self.scoped(|scope| {
            scope.headers.insert(name, value);
        }))
    }

    /// A handle whose requests go to a branch of the branching plugin, named by its `schema_id` (8 characters) or by a [`Branch`](crate::Branch). Requests before the branch is ready are refused (400).
    ///
    /// Models that the plugin does not branch (custom fields, webhooks, users, tokens, …) are read from and written to main all the same.
    ///
    /// # Errors
    /// A text that cannot be a schema id.
    pub fn on_branch(&self, schema_id: impl AsRef<str>) -> Result<Client> {
        let schema_id = schema_id.as_ref();
        let is_id = !schema_id.is_empty() && schema_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let value = HeaderValue::from_str(schema_id).ok().filter(|_| is_id);
        let value = value.ok_or_else(|| {
            Error::invalid_request(format!("{schema_id:?} is not the schema id of a branch"))
                .with_hint("It is the member schema_id of the branch, not its name or id")
        })?;
        Ok(self.scoped(|scope| {
            scope.headers.insert(BRANCH_HEADER, value);
        }))
    }

    /// A handle whose requests go to no branch.
    pub(crate) fn on_main(&self) -> Client {
        self.scoped(|scope| {
            scope.headers.remove(BRANCH_HEADER);
        })
    }

    /// A handle that sends another token, over the same connections.
    pub fn with_token(&self, token: &Token) -> Client {
        self.scoped(|scope| {
            scope.headers.remove(AUTHORIZATION);
            scope.token = Some(token.clone());
        })
    }

    /// A handle that sends no token, over the same connections.
    pub fn without_auth(&self) -> Client {
        self.scoped(|scope| {
            scope.headers.remove(AUTHORIZATION);
            scope.token = None;
        })
    }

    /// Says once that a server names itself by another origin than the one that is configured. It is spoken to on the configured one.
    fn note_origin(&self, path: &str) {
        let Ok(uri) = path.parse::<Uri>() else { return };
        if uri.authority().is_some() && uri.scheme().is_some() && !self.config().base_url.is_origin_of(&uri) {
            let was_logged = self.shared.foreign_origin_was_logged.swap(true, Ordering::Relaxed);
            if !was_logged {
                log::warn!(
                    "a URL names {}, not {}: only its path is used",
                    uri.authority().map_or("", |authority| authority.host()),
                    self.config().base_url
                );
            }
        }
    }

    fn scoped(&self, change: impl FnOnce(&mut Scope)) -> Client {
        let mut scope = Scope::clone(&self.scope);
        change(&mut scope);
        Client { shared: Arc::clone(&self.shared), scope: Arc::new(scope) }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.config.base_url())
            .field("token", &self.scope.token)
            .field("headers", &self.scope.headers.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
