//! The base URL and how a path is applied to it, so that a request never leaves the origin.

use http::Uri;
use http::uri::{Authority, Scheme};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode_byte, utf8_percent_encode};

use crate::error::{Error, Result};
use crate::query::Query;

/// What may not stand in a path as it is. `%` is left to [`encode_path`].
const PATH_ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Scheme, host and port, and the sub-path below which NetBox lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// Empty, or begins with `/` and does not end with it.
    prefix: String,
}

impl BaseUrl {
    /// Reads what a user gives as the address of a NetBox.
    pub(crate) fn parse(text: &str) -> Result<BaseUrl> {
        let bad = |what: &str| {
            Error::config(format!("the base URL {what}"))
                .with_hint("Expected something like https://netbox.example.com or https://example.com/netbox")
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(bad("is empty"));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(bad("holds a control character or a space"));
        }
        if text.contains('\\') {
            return Err(bad("holds a backslash"));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None if has_other_scheme(text) => return Err(bad("must begin with http:// or https://")),
            None => ("https".to_owned(), text),
        };
        let scheme = match scheme.as_str() {
            "https" => Scheme::HTTPS,
            "http" => Scheme::HTTP,
            _ => return Err(bad("must begin with http:// or https://")),
        };
        if rest.contains('?') {
            return Err(bad("must not hold a query"));
        }
        if rest.contains('#') {
            return Err(bad("must not hold a fragment"));
        }
        let (host, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        if host.contains('@') {
            return Err(bad("must not hold a user name or password: give the token on its own"));
        }
        let authority = host
            .to_ascii_lowercase()
            .parse::<Authority>()
            .map_err(|_| bad("has no valid host name (names outside ASCII are written in punycode, xn--…)"))?;
        if authority.host().is_empty() {
            return Err(bad("has no host"));
        }
        // Authority takes any digits as a port, and a colon without one.
        if authority.as_str().len() > authority.host().len() && authority.port_u16().is_none_or(|port| port == 0) {
            return Err(bad("has a port that is not a number from 1 to 65535"));
        }
        let path = encode_path(path).map_err(|_| bad("holds . or .. as a part of its path"))?;
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let segments = match segments.as_slice() {
            [below @ .., "api"] => below,
            all => all,
        };
        let prefix = segments.iter().map(|segment| format!("/{segment}")).collect();
        Ok(BaseUrl { scheme, authority, prefix })
    }

    pub(crate) fn host(&self) -> &str {
        self.authority.host()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether the host is this machine. Such hosts are never reached through a proxy of the environment.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host().trim_start_matches('[').trim_end_matches(']');
        let host = host.trim_end_matches('.');
        // The system reads 127.1 as an address, too.
        let is_short = host.starts_with("127.") && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let is_address = host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
        host == "localhost" || host.ends_with(".localhost") || is_short || is_address
    }

    /// The one spelling of all that lead to the same NetBox: without the port that the scheme has anyway.
    #[cfg(feature = "cache")]
    pub(crate) fn normal(&self) -> String {
        let port = match self.authority.port_u16() {
            Some(443) if self.is_https() => None,
            Some(80) if !self.is_https() => None,
            port => port,
        };
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{}{port}{}", self.scheme, self.host().trim_end_matches('.').to_ascii_lowercase(), self.prefix)
    }

    /// Whether another URL has the same scheme, host and port.
    pub(crate) fn is_origin_of(&self, uri: &Uri) -> bool {
        let port = |scheme: Option<&str>, port: Option<u16>| port.or(if scheme == Some("https") { Some(443) } else { Some(80) });
        uri.scheme() == Some(&self.scheme)
            && uri.host().is_some_and(|host| host.eq_ignore_ascii_case(self.host()))
            && port(uri.scheme_str(), uri.port_u16()) == port(Some(self.scheme.as_str()), self.authority.port_u16())
    }

    /// The path that a caller wrote, as path on this origin and query parameters.
    ///
    /// Without a leading slash it is below `/api/`; with one it is below the base; of a whole URL path and query are used.
    /// The sub-path is not doubled, and the final slash is added below `/api/` and to `/graphql`.
    pub(crate) fn resolve(&self, path: &str) -> Result<(String, Query)> {
        if path.chars().any(char::is_control) {
            return Err(Error::invalid_request("the path holds a control character"));
        }
        let (below, whole_url) = match after_origin(path) {
            Some(rest) => (rest, true),
            None => (path, false),
        };
        // The fragment of a URL is not sent; in a path a # is more likely an unescaped name.
        let below = match below.split_once('#') {
            Some((before, _)) if whole_url => before,
            Some(_) => return Err(Error::invalid_request("the path holds a #: write %23 if it is meant")),
            None => below,
        };
        let (path, query) = below.split_once('?').unwrap_or((below, ""));
        let query = Query::parse(query)?;
        let path = encode_path(path)?;
        let absolute = path.starts_with('/') || whole_url;
        let path = path.trim_start_matches('/');
        let path = if absolute {
            without_prefix(path, self.prefix.trim_start_matches('/'))
        } else {
            return Ok((format!("{}/api/{}", self.prefix, with_slash(below_api(path))), query));
        };
        let path = if path == "api" || path.starts_with("api/") || path == "graphql" { with_slash(path) } else { path.to_owned() };
        Ok((format!("{}/{path}", self.prefix), query))
    }

    /// The URL of a path that [`resolve`](BaseUrl::resolve) gave.
    pub(crate) fn uri(&self, path: &str, query: &Query) -> Result<Uri> {
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone()).path_and_query(target).build().map_err(|error| {
            Error::invalid_request(format!("the URL cannot be sent: {error}")).with_hint("A long list of filters goes in several requests")
        })
    }

    /// The part of a path or URL of this origin below `/api/`, without slashes around it: `dcim/devices`. `None` where it does not lie there.
    pub(crate) fn api_path(&self, path: &str) -> Option<String> {
        let (path, _) = self.resolve(path).ok()?;
        Some(self.below_prefix(&path).strip_prefix("/api/")?.trim_matches('/').to_owned())
    }

    /// The part of a path below the sub-path: `/api/dcim/devices/`.
    pub(crate) fn below_prefix<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&self.prefix).unwrap_or(path)
    }
}

/// What a user sees, and what profiles hold.
impl std::fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)?;
        // Reading drops one /api, so a sub-path of that name is written with the API's own.
        if self.prefix.ends_with("/api") { f.write_str("/api") } else { Ok(()) }
    }
}

/// `mailto:x` has a scheme, `localhost:8000` has none.
fn has_other_scheme(text: &str) -> bool {
    let Some((before, after)) = text.split_once(':') else { return false };
    let port = after.split('/').next().unwrap_or_default();
    before.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'-') && !port.bytes().all(|b| b.is_ascii_digit())
}

/// What follows scheme, host and port, where the text is a whole URL.
fn after_origin(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    Some(&rest[rest.find(['/', '?', '#']).unwrap_or(rest.len())..])
}

fn without_prefix<'a>(path: &'a str, prefix: &str) -> &'a str {
    match path.strip_prefix(prefix) {
        Some(rest) if prefix.is_empty() || rest.is_empty() => rest,
        Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/'),
        _ => path,
    }
}

/// `api/dcim` is below `/api/` already.
fn below_api(path: &str) -> &str {
    path.strip_prefix("api").and_then(|rest| if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }).unwrap_or(path)
}

fn with_slash(path: &str) -> String {
    if path.is_empty() || path.ends_with('/') { path.to_owned() } else { format!("{path}/") }
}

/// The one form of a path (RFC 3986, 6.2.2), so that two of them can be compared: what it cannot hold is escaped, letters, digits and `-._~`
/// are not, and escapes are in capitals.
fn encode_path(path: &str) -> Result<String> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(percent) = rest.find('%') {
        out.extend(utf8_percent_encode(&rest[..percent], PATH_ENCODED));
        rest = &rest[percent + 1..];
        let Some(byte) = escaped_byte(rest) else {
            out.push_str("%25");
            continue;
        };
        match byte {
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(percent_encode_byte(byte)),
        }
        rest = &rest[2..];
    }
    out.extend(utf8_percent_encode(rest, PATH_ENCODED));
    // Servers and proxies resolve these, some of them behind an escaped separator too, and would leave the base.
    if percent_decode_str(&out).decode_utf8_lossy().split(['/', '\\']).any(|part| part == "." || part == "..") {
        return Err(Error::invalid_request("the path holds . or .. as a part"));
    }
    Ok(out)
}

/// The byte of the two hexadecimal digits that a text begins with.
fn escaped_byte(text: &str) -> Option<u8> {
    let digits = text.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(all(test, feature = "cache"))]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_one_server_have_one_normal_form() {
        for (url, expected) in [
            ("https://h", "https://h"),
            ("https://H:443/netbox/", "https://h/netbox"),
            ("https://h.:443/api", "https://h"),
            ("https://h:80", "https://h:80"),
            ("http://h:80", "http://h"),
            ("http://h:8080", "http://h:8080"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(BaseUrl::parse(url).unwrap().normal(), expected, "{url}");
        }
    }
}
