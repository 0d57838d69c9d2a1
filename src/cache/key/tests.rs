//! What has the same key, and what has another one.

use http::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, HeaderName, HeaderValue};

use super::*;

const ORIGIN: &str = "https://netbox.example/a";
const PATH: &str = "/api/dcim/devices/";

fn secret(text: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes())
}

fn key(origin: &str, below: &str, query: &str, headers: &[(HeaderName, &'static str)]) -> Key {
    let query = Query::parse(query).unwrap();
    let headers: HeaderMap = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
    Key::of(
        &Question { method: &Method::GET, origin, below, query: &query, headers: &headers, identity: b"", app: "" },
        &secret("of the file"),
    )
}

#[test]
fn spellings_of_one_query_have_one_key() {
    let rows = [
        ("the order of names means nothing", "site=lon&limit=5", "limit=5&site=lon"),
        ("values of one name may stand apart", "site=lon&limit=5&site=par", "limit=5&site=lon&site=par"),
        ("an escape is the letter", "site=l%6Fn", "site=lon"),
        ("a plus is a space", "q=a+b", "q=a%20b"),
        ("no value is an empty one", "brief", "brief="),
        ("empty pairs mean nothing", "&site=lon&&", "site=lon"),
    ];
    for (name, one, other) in rows {
        assert_eq!(key(ORIGIN, PATH, one, &[]), key(ORIGIN, PATH, other, &[]), "{name}");
    }
}

#[test]
fn what_may_be_answered_otherwise_has_another_key() {
    let branch = HeaderName::from_static("x-netbox-branch");
    let own = HeaderName::from_static("x-tenant");
    let rows = [
        ("another origin", key("https://other.example/a", PATH, "", &[]), key(ORIGIN, PATH, "", &[])),
        ("another sub-path", key("https://netbox.example/b", PATH, "", &[]), key(ORIGIN, PATH, "", &[])),
        ("a sub-path is no part of the path", key("https://netbox.example", "/a/api/dcim/devices/", "", &[]), key(ORIGIN, PATH, "", &[])),
        ("another path", key(ORIGIN, "/api/dcim/device/", "", &[]), key(ORIGIN, PATH, "", &[])),
        ("a query", key(ORIGIN, PATH, "site=lon", &[]), key(ORIGIN, PATH, "", &[])),
        ("another value", key(ORIGIN, PATH, "site=lon", &[]), key(ORIGIN, PATH, "site=par", &[])),
        ("a value that is left out", key(ORIGIN, PATH, "site=lon&site=par", &[]), key(ORIGIN, PATH, "site=par", &[])),
        ("a value twice", key(ORIGIN, PATH, "site=lon&site=lon", &[]), key(ORIGIN, PATH, "site=lon", &[])),
        ("another order of one name's values", key(ORIGIN, PATH, "site=a&site=b", &[]), key(ORIGIN, PATH, "site=b&site=a", &[])),
        ("letters that move from name to value", key(ORIGIN, PATH, "ab=c", &[]), key(ORIGIN, PATH, "a=bc", &[])),
        ("a pair that is a value", key(ORIGIN, PATH, "a=b&c=d", &[]), key(ORIGIN, PATH, "a=b%26c%3Dd", &[])),
        ("a parameter that is a header", key(ORIGIN, PATH, "accept=x", &[]), key(ORIGIN, PATH, "", &[(ACCEPT, "x")])),
        ("another user", key(ORIGIN, PATH, "", &[(AUTHORIZATION, "Token a")]), key(ORIGIN, PATH, "", &[(AUTHORIZATION, "Token b")])),
        ("no user", key(ORIGIN, PATH, "", &[(AUTHORIZATION, "Token a")]), key(ORIGIN, PATH, "", &[])),
        ("another branch", key(ORIGIN, PATH, "", &[(branch.clone(), "a")]), key(ORIGIN, PATH, "", &[(branch.clone(), "b")])),
        ("no branch", key(ORIGIN, PATH, "", &[(branch, "a")]), key(ORIGIN, PATH, "", &[])),
        ("another form", key(ORIGIN, PATH, "", &[(ACCEPT, "application/json")]), key(ORIGIN, PATH, "", &[(ACCEPT, "text/html")])),
        ("another language", key(ORIGIN, PATH, "", &[(ACCEPT_LANGUAGE, "de")]), key(ORIGIN, PATH, "", &[(ACCEPT_LANGUAGE, "en")])),
        ("a header that somebody set", key(ORIGIN, PATH, "", &[(own.clone(), "a")]), key(ORIGIN, PATH, "", &[(own, "b")])),
    ];
    for (name, one, other) in rows {
        assert_ne!(one, other, "{name}");
    }
}

#[test]
fn what_decides_no_answer_decides_no_key() {
    let plain = key(ORIGIN, PATH, "", &[(ACCEPT, "a"), (AUTHORIZATION, "b")]);
    assert_eq!(key(ORIGIN, PATH, "", &[(AUTHORIZATION, "b"), (ACCEPT, "a")]), plain, "the order of headers");
    let compressed = [(ACCEPT, "a"), (ACCEPT_ENCODING, "gzip"), (AUTHORIZATION, "b"), (CONNECTION, "close")];
    assert_eq!(key(ORIGIN, PATH, "", &compressed), plain, "how the reply travels");
}

#[test]
fn methods_files_certificates_and_reaches_have_keys_of_their_own() {
    let (query, headers) = (Query::default(), HeaderMap::new());
    let get = Question { method: &Method::GET, origin: ORIGIN, below: PATH, query: &query, headers: &headers, identity: b"", app: "" };
    for other in [
        Question { method: &Method::HEAD, ..get },
        Question { identity: b"the certificate of another user", ..get },
        Question { app: "dcim", ..get },
    ] {
        assert_ne!(Key::of(&get, &secret("a")), Key::of(&other, &secret("a")));
    }
    assert_ne!(Key::of(&get, &secret("a")), Key::of(&get, &secret("b")));
    assert_eq!(Key::of(&get, &secret("a")), Key::of(&get, &secret("a")));
}
