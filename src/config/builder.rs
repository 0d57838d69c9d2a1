//! The settings one by one, and the checks when they are put together.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::proxy::ProxyChoice;
use super::tls::{self, TlsSettings};
use super::{Config, Retries, Timeouts};
use crate::auth::Token;
use crate::base_url::BaseUrl;
#[cfg(feature = "cache")]
use crate::cache::{Cache, CachePolicy};
use crate::error::{Error, Result};
use crate::observer::{Event, Observer};
use crate::redact::shown_url;

/// Builds a [`Config`]. A setting that is wrong is reported by [`build`](ConfigBuilder::build).
#[must_use]
pub struct ConfigBuilder {
    base_url: String,
    token: Result<Option<Token>>,
    timeouts: Timeouts,
    proxy: ProxyChoice,
    roots: Option<Pem>,
    client_certificate: Option<(Pem, Pem)>,
    accept_invalid_certificates: bool,
    user_agent: String,
    retries: Retries,
    max_response_size: u64,
    max_idle_connections: usize,
    observer: Option<Arc<Observer>>,
    #[cfg(feature = "cache")]
    cache: Option<Cache>,
    #[cfg(feature = "cache")]
    cache_policy: CachePolicy,
}

/// PEM text, or why its file could not be read.
struct Pem {
    text: Result<Vec<u8>>,
    file: Option<PathBuf>,
}

impl Pem {
    fn given(text: impl Into<Vec<u8>>) -> Pem {
        Pem { text: Ok(text.into()), file: None }
    }

    fn read(path: &Path) -> Pem {
        let text =
            std::fs::read(path).map_err(|error| Error::config(format!("cannot read {}: {error}", path.display())).with_source(error));
        Pem { text, file: Some(path.to_owned()) }
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pem(***)")
    }
}

impl ConfigBuilder {
    pub(super) fn new(base_url: String) -> ConfigBuilder {
        ConfigBuilder {
            base_url,
            token: Ok(None),
            timeouts: Timeouts::default(),
            proxy: ProxyChoice::Environment,
            roots: None,
            client_certificate: None,
            accept_invalid_certificates: false,
            user_agent: concat!("netbox-sdk-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            retries: Retries::default(),
            max_response_size: 128 * 1024 * 1024,
            max_idle_connections: 16,
            observer: None,
            #[cfg(feature = "cache")]
            cache: None,
            #[cfg(feature = "cache")]
            cache_policy: CachePolicy::default(),
        }
    }

    /// The whole token, v1 or v2: `nbt_` at its start tells them apart. Default: none.
    pub fn token<T>(mut self, token: T) -> ConfigBuilder
    where
        T: TryInto<Token>,
        Error: From<T::Error>,
    {
        self.token = token.try_into().map(Some).map_err(Error::from);
        self
    }

    /// A v2 token by its parts.
    pub fn token_v2(mut self, key: &str, secret: &str) -> ConfigBuilder {
        self.token = Token::v2(key, secret).map(Some);
        self
    }

    /// No token: requests go out without an `Authorization` header.
    pub fn without_auth(mut self) -> ConfigBuilder {
        self.token = Ok(None);
        self
    }

    /// How long a connection may take to be made: TCP, proxy and TLS; the look-up of the name has as long again. Default 10 s.
    pub fn connect_timeout(mut self, limit: Duration) -> ConfigBuilder {
        self.timeouts.connect = limit;
        self
    }

    /// How long the server may be silent. Default 60 s.
    pub fn read_timeout(mut self, limit: Duration) -> ConfigBuilder {
        self.timeouts.read = limit;
        self
    }

    /// How long a whole attempt may take; downloads to a writer and uploads of files are not limited by it. Default 120 s. Retries are not
    /// counted: each attempt has this long.
    pub fn attempt_timeout(mut self, limit: Duration) -> ConfigBuilder {
        self.timeouts.attempt = limit;
        self
    }

    /// The proxy for all requests, `http://[user:password@]host:port` or `https://…`. It is asked for a tunnel (`CONNECT`).
    ///
    /// Default: that of the environment, which is `http_proxy` or `HTTP_PROXY` for `http` and `https_proxy` or `HTTPS_PROXY` for `https`,
    /// unless `no_proxy` or `NO_PROXY` names the host (names with their sub-domains, addresses, networks, `*`). A proxy of the environment is never used for loopback.
    pub fn proxy(mut self, url: impl Into<String>) -> ConfigBuilder {
        self.proxy = ProxyChoice::Url(url.into());
        self
    }

    /// No proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> ConfigBuilder {
        self.proxy = ProxyChoice::None;
        self
    }

    /// The certificate authorities that may vouch for the server, as PEM. They replace the system's.
    ///
    /// Default: the system's, or those of the file `SSL_CERT_FILE` and the folder `SSL_CERT_DIR`.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> ConfigBuilder {
        self.roots = Some(Pem::given(pem));
        self
    }

    /// As [`root_certificates`](ConfigBuilder::root_certificates), from a file (what `curl --cacert` takes).
    pub fn root_certificates_file(mut self, path: impl AsRef<Path>) -> ConfigBuilder {
        self.roots = Some(Pem::read(path.as_ref()));
        self
    }

    /// The certificate (with its chain) and private key that this client shows, as PEM. Default: none.
    pub fn client_certificate(mut self, certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> ConfigBuilder {
        self.client_certificate = Some((Pem::given(certificates), Pem::given(key)));
        self
    }

    /// As [`client_certificate`](ConfigBuilder::client_certificate), from files. Both may be the same file.
    pub fn client_certificate_files(mut self, certificates: impl AsRef<Path>, key: impl AsRef<Path>) -> ConfigBuilder {
        self.client_certificate = Some((Pem::read(certificates.as_ref()), Pem::read(key.as_ref())));
        self
    }

    /// Takes any certificate for the server's. Whoever is on the way to the server can then read the token. Default: false.
    pub fn danger_accept_invalid_certificates(mut self, accept: bool) -> ConfigBuilder {
        self.accept_invalid_certificates = accept;
        self
    }

    /// The `User-Agent` header. Default: `netbox-sdk-rust/<version>`.
    pub fn user_agent(mut self, value: impl Into<String>) -> ConfigBuilder {
        self.user_agent = value.into();
        self
    }

    /// How often and how patiently requests are repeated. Default: [`Retries::default`].
    pub fn retries(mut self, retries: Retries) -> ConfigBuilder {
        self.retries = retries;
        self
    }

    /// The largest reply that is held in memory, in bytes after decompression. A larger one is an error. Default 128 MiB.
    /// Downloads to a writer are not limited.
    pub fn max_response_size(mut self, bytes: u64) -> ConfigBuilder {
        self.max_response_size = bytes;
        self
    }

    /// How many idle connections are kept for the next reads: at least the number of threads that share the client. Default 16.
    pub fn max_idle_connections(mut self, connections: usize) -> ConfigBuilder {
        self.max_idle_connections = connections;
        self
    }

    /// Is called after each attempt, on the thread that made it: for metrics and traces.
    pub fn observer(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> ConfigBuilder {
        self.observer = Some(Arc::new(Observer::new(observer)));
        self
    }

    /// Where answers are kept: [`Cache::default`] is the user's own, [`Cache::off`] none.
    ///
    /// Default: what `NETBOX_CACHE` says (`on`, `off` and their like: the user's own, or none); where it is not set the user's own, but none where the host is loopback, for test servers take turns
    /// at one address.
    #[cfg(feature = "cache")]
    pub fn cache(mut self, cache: Cache) -> ConfigBuilder {
        self.cache = Some(cache);
        self
    }

    /// How long answers are used, and how far writes reach. Default: [`CachePolicy::default`].
    #[cfg(feature = "cache")]
    pub fn cache_policy(mut self, policy: CachePolicy) -> ConfigBuilder {
        self.cache_policy = policy;
        self
    }

    /// Checks all settings and puts them together. Nothing is sent.
    ///
    /// # Errors
    /// The first setting that is wrong, with what was expected.
    pub fn build(self) -> Result<Config> {
        let base_url = BaseUrl::parse(&self.base_url)?;
        for (name, limit) in [("connect", self.timeouts.connect), ("read", self.timeouts.read), ("attempt", self.timeouts.attempt)] {
            if limit.is_zero() {
                return Err(Error::config(format!("the {name} timeout is zero: no request could succeed")));
            }
        }
        if HeaderValue::from_str(&self.user_agent).is_err() || !self.user_agent.is_ascii() || self.user_agent.is_empty() {
            return Err(Error::config("the user agent is empty or holds a line break or letters outside ASCII"));
        }
        let tls = TlsSettings {
            roots: self.roots.map(|pem| tls::roots(&pem.text?).map_err(|error| in_file(error, pem.file.as_deref()))).transpose()?,
            client: self
                .client_certificate
                .map(|(certificates, key)| {
                    tls::client(&certificates.text?, &key.text?).map_err(|error| in_file(error, certificates.file.as_deref()))
                })
                .transpose()?,
            accept_invalid_certificates: self.accept_invalid_certificates,
        };
        #[cfg(feature = "cache")]
        let cache = self.cache.map_or_else(|| default_cache(&base_url), Ok)?;
        Ok(Config {
            proxy: self.proxy.resolve(&base_url)?,
            base_url,
            token: self.token?,
            timeouts: self.timeouts,
            tls,
            user_agent: self.user_agent,
            retries: self.retries,
            max_response_size: self.max_response_size,
            max_idle_connections: self.max_idle_connections,
            observer: self.observer,
            #[cfg(feature = "cache")]
            cache,
            #[cfg(feature = "cache")]
            cache_policy: self.cache_policy,
        })
    }
}

/// The base URL is not checked yet, so it can hold a password.
impl fmt::Debug for ConfigBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder")
            .field("base_url", &shown_url(&self.base_url))
            .field("token", &self.token)
            .field("timeouts", &self.timeouts)
            .field("proxy", &self.proxy)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

/// What `NETBOX_CACHE` says; else the user's own, but none for a NetBox on loopback.
#[cfg(feature = "cache")]
fn default_cache(base_url: &BaseUrl) -> Result<Cache> {
    let value = std::env::var("NETBOX_CACHE").unwrap_or_default().trim().to_ascii_lowercase();
    match value.as_str() {
        "" => Ok(if base_url.is_loopback() { Cache::off() } else { Cache::default() }),
        "1" | "true" | "yes" | "on" => Ok(Cache::default()),
        "0" | "false" | "no" | "off" => Ok(Cache::off()),
        _ => Err(Error::config("NETBOX_CACHE is neither true nor false (1, true, yes, on, 0, false, no, off)")),
    }
}

fn in_file(error: Error, file: Option<&Path>) -> Error {
    match file {
        Some(file) => Error::config(format!("{}: {error}", file.display())),
        None => error,
    }
}
