//! Where a redirect leads, and whether to go there.

use http::header::LOCATION;
use http::{HeaderMap, StatusCode, Uri};

use crate::base_url::BaseUrl;
use crate::error::{Error, ErrorKind, Result};
use crate::redact::{Secrets, shown_url};

/// How many redirects of one request are followed.
pub(super) const MAX_REDIRECTS: u32 = 5;

/// A redirect that is to be followed by a request of its own. 304 and 300 are replies.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The URL that a redirect of a read leads to. It is on the same origin, or this is an error that says what to set.
pub(super) fn target(base_url: &BaseUrl, from: &Uri, headers: &HeaderMap, is_read: bool, followed: u32, secrets: &Secrets) -> Result<Uri> {
    let to = headers.get(LOCATION).map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned()).unwrap_or_default();
    let shown = secrets.hide(&shown_url(&to));
    let refuse = |message: String| Error::new(ErrorKind::Redirect, message).sent(true);
    if to.is_empty() {
        return Err(refuse("redirected without saying where to".to_owned()));
    }
    let target = join(from, &to).ok_or_else(|| refuse(format!("redirected to {shown}, which is not a URL")))?;
    let is_own = base_url.is_origin_of(&target);
    if is_own && base_url.below_prefix(target.path()).starts_with("/login/") {
        return Err(refuse(format!("redirected to NetBox's login page, {shown}"))
            .with_hint("Outside /api/ NetBox wants a user who is logged in, or a token that it takes. Paths of the API are written dcim/devices or /api/dcim/devices/"));
    }
    if !is_read {
        return Err(refuse(format!("redirected to {shown}; a write is not followed"))
            .with_hint("Set the base URL to where NetBox is (https instead of http, another host or sub-path)"));
    }
    if !is_own {
        let origin =
            format!("{}://{}", target.scheme_str().unwrap_or_default(), target.authority().map_or("", |authority| authority.as_str()));
        return Err(refuse(format!("redirected to another origin, {shown}; the token is not sent there"))
            .with_hint(format!("If NetBox is there, set the base URL to {origin}")));
    }
    if followed >= MAX_REDIRECTS {
        return Err(refuse(format!("redirected more than {MAX_REDIRECTS} times, now to {shown}")));
    }
    Ok(target)
}

/// A `Location`: a whole URL, `//host/path`, `/path`, or a path beside the one that was asked for.
fn join(from: &Uri, location: &str) -> Option<Uri> {
    let location = location.split('#').next().unwrap_or_default();
    let origin = format!("{}://{}", from.scheme_str()?, from.authority()?);
    let before_path = location.split(['/', '?']).next().unwrap_or_default();
    let whole = if before_path.ends_with(':') && location[before_path.len()..].starts_with("//") {
        location.to_owned()
    } else if before_path.contains(':') {
        return None;
    } else if let Some(rest) = location.strip_prefix("//") {
        format!("{}://{rest}", from.scheme_str()?)
    } else if location.starts_with('/') {
        format!("{origin}{location}")
    } else if location.starts_with('?') {
        format!("{origin}{}{location}", from.path())
    } else {
        let folder = &from.path()[..=from.path().rfind('/')?];
        format!("{origin}{folder}{location}")
    };
    let uri: Uri = whole.parse().ok()?;
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?.clone();
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let target = format!("{}{query}", without_dots(uri.path()));
    Uri::builder().scheme(uri.scheme()?.clone()).authority(authority).path_and_query(target).build().ok()
}

/// A path with its `.` and `..` resolved.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let slash = if path.ends_with("/.") || path.ends_with("/..") { "/" } else { "" };
    format!("/{}{slash}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved_as_browsers_do() {
        let from: Uri = "http://h:80/netbox/api/dcim/devices/?a=1".parse().unwrap();
        for (location, expected) in [
            ("/api/", Some("http://h:80/api/")),
            ("//other/x", Some("http://other/x")),
            ("https://other:444/x?y=1#z", Some("https://other:444/x?y=1")),
            ("../sites/?b=2", Some("http://h:80/netbox/api/dcim/sites/?b=2")),
            ("x", Some("http://h:80/netbox/api/dcim/devices/x")),
            ("?b=2", Some("http://h:80/netbox/api/dcim/devices/?b=2")),
            ("/login/?next=https://h/api/", Some("http://h:80/login/?next=https://h/api/")),
            ("../../../../../etc", Some("http://h:80/etc")),
            ("javascript:x", None),
            ("http://user:password@h/", None),
        ] {
            assert_eq!(join(&from, location).map(|uri| uri.to_string()).as_deref(), expected, "{location}");
        }
    }
}
