//! A request as a value: built and checked without a socket.

use std::fmt;
use std::io::Write;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde::Serialize;

use super::upload::{Form, Payload};
use super::{ApiResponse, Client, run};
use crate::auth::Token;
#[cfg(feature = "cache")]
use crate::cache::CacheMode;
use crate::error::{Error, RequestInfo, Result};
use crate::query::Query;
use crate::redact::{REDACTED, Secrets, is_secret_name};

/// A request that can be looked at and sent. Made by [`RequestBuilder::build`].
///
/// ```
/// use netbox_sdk::{Client, Config};
///
/// let client = Client::new(Config::builder("https://example.com/netbox").build()?)?;
/// let request = client.get("dcim/devices?site=lon").query("site", "par").build()?;
/// assert_eq!(request.url(), "https://example.com/netbox/api/dcim/devices/?site=lon&site=par");
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
pub struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) timeout: Option<Duration>,
    pub(super) credential: Credential,
    /// In place of the client's.
    pub(super) max_retries: Option<u32>,
    /// In place of the client's.
    #[cfg(feature = "cache")]
    pub(super) cache_mode: Option<CacheMode>,
    /// Whether the caller asks for less after a failure, in place of the same again.
    pub(super) asks_for_less: bool,
    /// What has to be hidden in everything that is said of this request.
    pub(super) secrets: Secrets,
}

/// Whose token a request carries.
#[derive(Debug, Clone, Default)]
pub(super) enum Credential {
    #[default]
    OfClient,
    Own(Token),
    None,
}

/// What a request carries behind its headers.
#[derive(Default)]
pub(super) enum Body {
    #[default]
    None,
    Bytes(Vec<u8>),
    Form(Form),
}

impl Request {
    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The whole URL. Unlike that of an error it is not redacted.
    pub fn url(&self) -> String {
        self.uri.to_string()
    }

    /// The path on the server, with the sub-path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query parameters: those of the path first, then those that were added.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The headers. Those of the client and its token are added when it is sent.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, where it is held in memory: not that of a form.
    pub fn body(&self) -> Option<&[u8]> {
        match &self.body {
            Body::Bytes(bytes) => Some(bytes),
            Body::None | Body::Form(_) => None,
        }
    }

    /// The form, where the body is one.
    pub fn form(&self) -> Option<&Form> {
        match &self.body {
            Body::Form(form) => Some(form),
            Body::None | Body::Bytes(_) => None,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): (&HeaderName, &HeaderValue)| {
            let is_secret = value.is_sensitive() || is_secret_name(name.as_str());
            format!("{name}: {}", if is_secret { REDACTED.into() } else { String::from_utf8_lossy(value.as_bytes()) })
        };
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query.without_secrets())
            .field("headers", &self.headers.iter().map(shown).collect::<Vec<_>>())
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .field("credential", &self.credential)
            .finish()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::None => f.write_str("None"),
            Body::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Body::Form(form) => form.fmt(f),
        }
    }
}

/// A request in the making. What is wrong with it is reported when it is built or sent, before any HTTP.
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    client: Client,
    request: Result<Request>,
}

impl RequestBuilder {
    pub(super) fn new(client: Client, method: Method, path: &str) -> RequestBuilder {
        let request = client.config().base_url.resolve(path).map(|(path, query)| Request {
            method,
            path,
            query,
            uri: Uri::default(),
            headers: HeaderMap::new(),
            body: Body::None,
            timeout: None,
            credential: Credential::OfClient,
            max_retries: None,
            #[cfg(feature = "cache")]
            cache_mode: None,
            asks_for_less: false,
            secrets: Secrets::default(),
        });
        client.note_origin(path);
        RequestBuilder { client, request }
    }

    /// Adds a query parameter. The same name may be given again: NetBox takes repeated filters as "any of these".
    pub fn query(self, name: impl Into<String>, value: impl ToString) -> RequestBuilder {
        self.change(|request| {
            request.query.push(name, value);
            Ok(())
        })
    }

    /// Adds query parameters: pairs, or a whole [`Query`].
    pub fn queries<K: Into<String>, V: ToString>(self, pairs: impl IntoIterator<Item = (K, V)>) -> RequestBuilder {
        self.change(|request| {
            request.query.extend(pairs.into_iter().collect());
            Ok(())
        })
    }

    /// Sets the body to JSON.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> RequestBuilder {
        self.change(|request| {
            let bytes = serde_json::to_vec(body)
                .map_err(|error| Error::invalid_request(format!("the body cannot be written as JSON: {error}")).with_source(error))?;
            request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.body = Body::Bytes(bytes);
            Ok(())
        })
    }

    /// Sets the body to bytes of your own, with their content type.
    pub fn body(self, content_type: &str, bytes: impl Into<Vec<u8>>) -> RequestBuilder {
        self.change(|request| {
            let (name, value) = header(CONTENT_TYPE.as_str(), content_type)?;
            request.headers.insert(name, value);
            request.body = Body::Bytes(bytes.into());
            Ok(())
        })
    }

    /// Sets the body to a multipart form. Its files are streamed, not loaded.
    pub fn multipart(self, form: Form) -> RequestBuilder {
        self.change(|request| {
            form.check()?;
            request.headers.remove(CONTENT_TYPE);
            request.body = Body::Form(form);
            Ok(())
        })
    }

    /// Sets the body to values and files: JSON where there is no file, else a multipart form.
    pub fn payload(self, payload: Payload) -> RequestBuilder {
        if !payload.has_files() {
            return self.json(&payload.into_values());
        }
        let is_post = self.request.as_ref().is_ok_and(|request| request.method == Method::POST);
        match payload.into_form(is_post) {
            Ok(form) => self.multipart(form),
            Err(error) => self.change(|_| Err(error)),
        }
    }

    /// Sets a header. One of the same name that the client would send is replaced, `Authorization` too.
    pub fn header(self, name: &str, value: &str) -> RequestBuilder {
        self.change(|request| {
            let (name, value) = header(name, value)?;
            request.headers.insert(name, value);
            Ok(())
        })
    }

    /// Gives this request its own time: for a whole attempt, and for silence, too. Default: the [`Timeouts`](crate::Timeouts) of the client.
    pub fn timeout(self, limit: Duration) -> RequestBuilder {
        self.change(|request| {
            if limit.is_zero() {
                return Err(Error::invalid_request("the timeout of the request is zero: it could not succeed"));
            }
            request.timeout = Some(limit);
            Ok(())
        })
    }

    /// Sends this request with another token than the client's.
    pub fn token(self, token: &Token) -> RequestBuilder {
        self.change(|request| {
            request.credential = Credential::Own(token.clone());
            Ok(())
        })
    }

    /// Sends this request without a token.
    pub fn without_auth(self) -> RequestBuilder {
        self.change(|request| {
            request.credential = Credential::None;
            Ok(())
        })
    }

    /// Checks the request. Nothing is sent.
    ///
    /// # Errors
    /// The first thing that is wrong: [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest).
    pub fn build(self) -> Result<Request> {
        self.finish().map(|(_, request)| request)
    }

    /// Sends the request and reads the whole reply into memory.
    ///
    /// # Errors
    /// What [`build`](RequestBuilder::build) finds, and no reply, for any reason: see [`ErrorKind`](crate::ErrorKind). A status of 400 and above is a reply.
    pub fn send(self) -> Result<ApiResponse> {
        let (client, request) = self.finish()?;
        client.send(request)
    }

    /// Sends the request and copies the body of a successful reply to a writer, without holding it in memory and without the time limit of a
    /// whole attempt; the writer is flushed at the end. The reply that is returned has an empty body then; one with a status of 300 and above has its body, and the writer got nothing.
    ///
    /// # Errors
    /// As [`send`](RequestBuilder::send), and where the writer fails. When the connection breaks in the middle, the writer holds a part
    /// of the body; the error says how much.
    pub fn send_to(self, mut writer: &mut (impl Write + ?Sized)) -> Result<ApiResponse> {
        let (client, request) = self.finish()?;
        run::run(&client, request, run::Sink::Writer(&mut writer))
    }

    /// One attempt.
    pub(super) fn without_retries(self) -> RequestBuilder {
        self.change(|request| {
            request.max_retries = Some(0);
            Ok(())
        })
    }

    /// Asks the server, whatever the cache has.
    pub(crate) fn of_server(self) -> RequestBuilder {
        #[cfg(feature = "cache")]
        return if self.client.scope.cache_mode == CacheMode::OnlyIfCached { self } else { self.reload() };
        #[cfg(not(feature = "cache"))]
        self
    }

    /// Leaves what a smaller request may cure to the caller: failing gateways, and connections that break.
    pub(crate) fn without_retries_of_the_same(self) -> RequestBuilder {
        self.change(|request| {
            request.asks_for_less = true;
            Ok(())
        })
    }

    /// Names a text that must not be seen in an error or a log.
    pub(super) fn secret(self, secret: &str) -> RequestBuilder {
        self.change(|request| {
            request.secrets.push(secret);
            Ok(())
        })
    }

    pub(super) fn change(mut self, change: impl FnOnce(&mut Request) -> Result<()>) -> RequestBuilder {
        if let Ok(request) = &mut self.request {
            if let Err(error) = change(request) {
                self.request = Err(error);
            }
        }
        self
    }

    fn finish(self) -> Result<(Client, Request)> {
        let mut request = self.request?;
        let base_url = &self.client.config().base_url;
        request.uri = base_url.uri(&request.path, &request.query)?;
        let method = &request.method;
        if ![Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method) {
            return Err(Error::invalid_request(format!("{method} is not a method of NetBox's API")));
        }
        let has_body = !matches!(request.body, Body::None);
        if has_body && matches!(request.method, Method::GET | Method::HEAD) {
            return Err(Error::invalid_request(format!("a {} has no body", request.method))
                .with_hint("Filters are query parameters")
                .with_request(RequestInfo::of(&request.method, &request.uri)));
        }
        if !request.headers.contains_key(ACCEPT) {
            let is_api = base_url.below_prefix(&request.path).starts_with("/api/");
            request.headers.insert(ACCEPT, HeaderValue::from_static(if is_api { "application/json" } else { "*/*" }));
        }
        Ok((self.client, request))
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder").field("request", &self.request).finish_non_exhaustive()
    }
}

/// Headers that are set for what is really sent.
const OWN_HEADERS: [HeaderName; 7] = [CONTENT_LENGTH, TRANSFER_ENCODING, HOST, CONNECTION, EXPECT, TE, UPGRADE];

pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    let checked =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| Error::invalid_request(format!("{name:?} is not the name of a header")))?;
    if OWN_HEADERS.contains(&checked) {
        return Err(Error::invalid_request(format!("the header {checked} is set by the client")));
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Error::invalid_request(format!("the value of the header {checked} holds a line break or another control character"))
    })?;
    value.set_sensitive(checked == AUTHORIZATION || is_secret_name(checked.as_str()));
    Ok((checked, value))
}
