//! What a client is told once: where NetBox is, who asks, and how patient to be.

mod builder;
mod env;
mod profile;
mod proxy;
mod tls;

use std::sync::Arc;
use std::time::Duration;

pub use builder::ConfigBuilder;
pub use profile::{Profile, Profiles};
pub(crate) use proxy::ProxyUrl;
pub(crate) use tls::TlsSettings;

use crate::auth::Token;
use crate::base_url::BaseUrl;
#[cfg(feature = "cache")]
use crate::cache::{Cache, CachePolicy};
use crate::error::Result;
use crate::observer::Observer;

/// A checked configuration of a [`Client`](crate::Client). What can be wrong in it is found when it is built.
///
/// ```
/// use netbox_sdk::Config;
///
/// let config = Config::builder("https://example.com/netbox/api/").token("nbt_key.secret").build()?;
/// assert_eq!(config.base_url(), "https://example.com/netbox");
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) base_url: BaseUrl,
    pub(crate) token: Option<Token>,
    pub(crate) timeouts: Timeouts,
    pub(crate) proxy: Option<ProxyUrl>,
    pub(crate) tls: TlsSettings,
    pub(crate) user_agent: String,
    pub(crate) retries: Retries,
    pub(crate) max_response_size: u64,
    pub(crate) max_idle_connections: usize,
    pub(crate) observer: Option<Arc<Observer>>,
    #[cfg(feature = "cache")]
    pub(crate) cache: Cache,
    #[cfg(feature = "cache")]
    pub(crate) cache_policy: CachePolicy,
}

impl Config {
    /// Begins a configuration. `base_url` is the address of NetBox as in a browser: a sub-path is kept, `/api` at its end is dropped,
    /// and a missing scheme becomes `https`: write `http://` for a NetBox without TLS.
    pub fn builder(base_url: impl Into<String>) -> ConfigBuilder {
        ConfigBuilder::new(base_url.into())
    }

    /// The configuration of the environment, completed by the default profile of the [configuration file](Profiles).
    ///
    /// | what | from, in this order |
    /// | --- | --- |
    /// | base URL | `NETBOX_URL`, `base_url` of the profile |
    /// | token | `NETBOX_TOKEN` (whole, v1 or v2), else `NETBOX_TOKEN_KEY` with `NETBOX_TOKEN_SECRET`, each from the profile where not set; a secret without any key is a v1 token |
    /// | certificate checks | `NETBOX_SSL_VERIFY` (`1`, `true`, `yes`, `on`, `0`, `false`, `no`, `off`), `ssl_verify` of the profile, on |
    /// | time limit of an attempt | `timeout` of the profile, 120 s |
    /// | cache | `NETBOX_CACHE` (as above), on unless the host is loopback |
    ///
    /// A variable that is set to nothing counts as not set. Token and certificate setting of the profile are used only for the profile's
    /// own base URL: `NETBOX_URL` never sends them to another server. Proxies and roots are taken from the environment in any case, see
    /// [`ConfigBuilder::proxy`] and [`ConfigBuilder::root_certificates`].
    ///
    /// # Errors
    /// No base URL anywhere, values that are not valid, a configuration file that cannot be read. Where URL and token are in the environment, such a file is
    /// left aside with a warning in the log.
    pub fn from_env() -> Result<Config> {
        env::builder()?.build()
    }

    /// As [`Config::from_env`], as a builder for further settings.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn builder_from_env() -> Result<ConfigBuilder> {
        env::builder()
    }

    /// As [`Config::from_profile`], as a builder for further settings.
    ///
    /// # Errors
    /// As [`Config::from_profile`].
    pub fn builder_from_profile(name: &str) -> Result<ConfigBuilder> {
        env::builder_from_profile(name)
    }

    /// The configuration of a named profile of the [configuration file](Profiles). The environment is not read, but for proxies, roots and `NETBOX_CACHE`.
    ///
    /// # Errors
    /// No such profile, a profile without a base URL, values that are not valid, a configuration file that cannot be read.
    pub fn from_profile(name: &str) -> Result<Config> {
        env::builder_from_profile(name)?.build()
    }

    /// The base URL: scheme, host, port and sub-path, without a final slash.
    pub fn base_url(&self) -> String {
        self.base_url.to_string()
    }

    /// The token that requests carry.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// The time limits.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// How often and how patiently requests are repeated.
    pub fn retries(&self) -> &Retries {
        &self.retries
    }

    /// The value of the `User-Agent` header.
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// The largest reply that is held in memory, in bytes.
    pub fn max_response_size(&self) -> u64 {
        self.max_response_size
    }

    /// Where answers are kept.
    #[cfg(feature = "cache")]
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// How long answers are used.
    #[cfg(feature = "cache")]
    pub fn cache_policy(&self) -> &CachePolicy {
        &self.cache_policy
    }

    /// Whether the server's certificate is checked.
    pub fn verifies_certificates(&self) -> bool {
        !self.tls.accept_invalid_certificates
    }
}

/// The time limits of one attempt. Retries begin anew, and the waits between attempts are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the connection: TCP, proxy and TLS handshake together; the look-up of the name has as long again. Default 10 s.
    pub connect: Duration,
    /// For silence: how long nothing may arrive, or be taken, once connected. Default 60 s.
    pub read: Duration,
    /// For a whole attempt, from the look-up of the name to the last byte of the reply. Default 120 s.
    /// Downloads to a writer and uploads of files have no such limit.
    pub attempt: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { connect: Duration::from_secs(10), read: Duration::from_secs(60), attempt: Duration::from_secs(120) }
    }
}

/// How often and how patiently a request is repeated, where that cannot repeat an effect.
///
/// Any request is repeated when nothing of it was sent (name not found, refused, no TLS) and after 429. GET, HEAD, OPTIONS and GraphQL also
/// after a broken connection, 502, 503 and 504. Never repeated: a write that may have been
/// carried out, an untrusted certificate, a time limit of a reply or of a TLS handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retries {
    /// How many attempts may follow the first. Default 3.
    pub max: u32,
    /// The wait before the second attempt; it doubles each time, and a random half of it is taken off. Default 0.5 s.
    pub backoff: Duration,
    /// The longest wait, whatever `Retry-After` says. Default 30 s.
    pub max_wait: Duration,
}

impl Default for Retries {
    fn default() -> Retries {
        Retries { max: 3, backoff: Duration::from_millis(500), max_wait: Duration::from_secs(30) }
    }
}

impl Retries {
    /// No retries.
    pub fn none() -> Retries {
        Retries { max: 0, ..Retries::default() }
    }

    /// At most `max` attempts after the first.
    pub fn max(max: u32) -> Retries {
        Retries { max, ..Retries::default() }
    }

    /// Sets the wait before the second attempt.
    pub fn backoff(mut self, backoff: Duration) -> Retries {
        self.backoff = backoff;
        self
    }

    /// Sets the longest wait.
    pub fn max_wait(mut self, max_wait: Duration) -> Retries {
        self.max_wait = max_wait;
        self
    }
}
