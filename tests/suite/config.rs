//! Settings that are wrong are found when the configuration is built, before any HTTP.

use std::net::TcpListener;
use std::time::Duration;

use netbox_sdk::{Client, Config, ConfigBuilder, ErrorKind, Profile, Retries, Token};
use rcgen::{CertificateParams, KeyPair};

fn config() -> ConfigBuilder {
    Config::builder("https://netbox.example.com").no_proxy()
}

/// Builds what must not be built, and checks what is said.
fn assert_refused(builder: ConfigBuilder, expected: &str) {
    let error = builder.build().map(|config| format!("{config:?}")).expect_err(expected);
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert!(!error.may_have_been_sent() && error.request().is_none());
    assert!(error.to_string().contains(expected), "{error} lacks {expected:?}");
}

#[test]
fn base_urls_are_brought_into_one_form() {
    for (given, expected) in [
        ("netbox.example.com", "https://netbox.example.com"),
        ("https://netbox.example.com", "https://netbox.example.com"),
        ("https://netbox.example.com/", "https://netbox.example.com"),
        ("  http://netbox.example.com\n", "http://netbox.example.com"),
        ("HTTPS://NetBox.Example.COM/NetBox", "https://netbox.example.com/NetBox"),
        ("netbox.example.com:8443", "https://netbox.example.com:8443"),
        ("localhost:8000", "https://localhost:8000"),
        ("localhost:8000/netbox", "https://localhost:8000/netbox"),
        ("http://10.0.0.1:8000", "http://10.0.0.1:8000"),
        ("http://[2001:DB8::1]:8000/netbox/", "http://[2001:db8::1]:8000/netbox"),
        ("[::1]", "https://[::1]"),
        ("https://example.com/netbox/api", "https://example.com/netbox"),
        ("https://example.com/netbox/api/", "https://example.com/netbox"),
        ("https://example.com/api/", "https://example.com"),
        ("https://example.com/api/netbox", "https://example.com/api/netbox"),
        ("https://example.com//netbox//", "https://example.com/netbox"),
        ("https://example.com/n%20x/ä", "https://example.com/n%20x/%C3%A4"),
        ("https://xn--mnchen-3ya.example.com", "https://xn--mnchen-3ya.example.com"),
    ] {
        assert_eq!(Config::builder(given).build().unwrap().base_url(), expected, "{given}");
        assert_eq!(Config::builder(expected).build().unwrap().base_url(), expected);
        assert_eq!(Profile::new(given).unwrap().base_url(), Some(expected));
    }
}

#[test]
fn base_urls_that_cannot_be_meant_are_refused() {
    for (given, expected) in [
        ("", "is empty"),
        ("  ", "is empty"),
        ("ftp://netbox.example.com", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("mailto:x", "http:// or https://"),
        ("javascript:alert(1)", "http:// or https://"),
        ("://netbox.example.com", "http:// or https://"),
        ("https://user:pw@netbox.example.com", "user name or password"),
        ("user@netbox.example.com", "user name or password"),
        ("https://netbox.example.com/?page=1", "query"),
        ("https://netbox.example.com?page=1", "query"),
        ("https://netbox.example.com/#top", "fragment"),
        ("https://netbox.example.com/\r\nX: y", "control character"),
        ("https://netbox\u{0}.example.com", "control character"),
        ("https://netbox.example.com/net box", "space"),
        ("https:\\\\netbox.example.com", "backslash"),
        ("https://netbox.example.com\\@evil.example.com", "backslash"),
        ("https://", "no"),
        ("https:///netbox", "no"),
        ("https://:8000", "no"),
        ("https://netbox.example.com:", "port"),
        ("https://netbox.example.com:0", "port"),
        ("https://netbox.example.com:65536", "port"),
        ("https://netbox.example.com:80a", "port"),
        ("https://[::1", "host name"),
        ("https://münchen.example.com", "punycode"),
        ("https://netbox.example.com/a/../b", ". or .."),
        ("https://netbox.example.com/%2e%2E/b", ". or .."),
    ] {
        assert_refused(Config::builder(given), expected);
        assert_eq!(Profile::new(given).unwrap_err().kind(), ErrorKind::Config, "{given}");
    }
}

#[test]
fn tokens_of_both_versions_are_told_apart() {
    for (given, version, expected) in [
        ("0123456789abcdef0123456789abcdef01234567", 1, "0123456789abcdef0123456789abcdef01234567"),
        (" nbt_Key.s3cret\n", 2, "nbt_Key.s3cret"),
        ("nbt_Key.s3.cret", 2, "nbt_Key.s3.cret"),
        ("any$graphic!text", 1, "any$graphic!text"),
    ] {
        let token = Token::new(given).unwrap();
        assert_eq!((token.version(), token.expose().as_str()), (version, expected));
        assert_eq!(config().token(given).build().unwrap().token().unwrap().expose(), expected);
    }
    assert_eq!(Token::v2("nbt_Key", " s3cret ").unwrap().expose(), "nbt_Key.s3cret");
    assert!(config().token("abc").without_auth().build().unwrap().token().is_none());
}

#[test]
fn tokens_that_cannot_be_sent_are_refused() {
    for (given, expected) in [
        ("", "is empty"),
        (" \t", "is empty"),
        ("Token abc", "Authorization"),
        ("Bearer nbt_Key.s3cret", "Authorization"),
        ("two words", "space"),
        ("line\r\nX-Evil: 1", "control character"),
        ("tökën", "outside ASCII"),
        ("nbt_Key", "nbt_<key>.<secret>"),
        ("nbt_Key.", "nbt_<key>.<secret>"),
        ("nbt_.s3cret", "nbt_<key>.<secret>"),
        ("nbt_", "nbt_<key>.<secret>"),
    ] {
        assert_refused(config().token(given), expected);
    }
    for (key, secret, expected) in [
        ("", "s3cret", "key is empty"),
        ("Key", "", "secret is empty"),
        ("nbt_Key.s3cret", "s3cret", "whole token"),
        ("Key", "nbt_Key.s3cret", "whole token"),
        ("K y", "s3cret", "key holds a space"),
        ("Key", "s3 cret", "secret holds a space"),
        ("nbt_", "s3cret", "nbt_<key>.<secret>"),
    ] {
        assert_refused(config().token_v2(key, secret), expected);
    }
}

#[test]
fn user_agents_that_cannot_be_headers_are_refused() {
    for given in ["", "a\r\nX-Evil: 1", "a\nb", "a\0b", "ünï"] {
        assert_refused(config().user_agent(given), "user agent");
    }
    assert_eq!(config().user_agent("inventory/2 (cron)").build().unwrap().user_agent(), "inventory/2 (cron)");
}

#[test]
fn timeouts_of_zero_are_refused() {
    assert_refused(config().connect_timeout(Duration::ZERO), "connect timeout");
    assert_refused(config().read_timeout(Duration::ZERO), "read timeout");
    assert_refused(config().attempt_timeout(Duration::ZERO), "attempt timeout");
}

#[test]
fn timeouts_without_end_are_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let builder = Config::builder(format!("http://{}", listener.local_addr().unwrap())).no_proxy().retries(Retries::none());
    drop(listener);
    let builder = builder.connect_timeout(Duration::MAX).read_timeout(Duration::MAX).attempt_timeout(Duration::MAX);
    let client = Client::new(builder.build().unwrap()).unwrap();
    for request in [client.get("status"), client.get("status").timeout(Duration::MAX)] {
        assert_eq!(request.send().unwrap_err().kind(), ErrorKind::Connect);
    }
}

#[test]
fn proxies_are_given_by_http_urls() {
    for given in [
        "http://proxy.example.com:3128",
        "https://proxy.example.com:3128",
        "proxy.example.com:3128",
        "proxy.example.com",
        "http://proxy.example.com:3128/",
        "http://user:p%40ss%2F@proxy.example.com:3128",
        "user:pw@proxy.example.com:3128",
        "http://user:p@ss@proxy.example.com:3128",
        "http://[::1]:3128",
    ] {
        Client::new(config().proxy(given).build().unwrap()).unwrap();
    }
}

#[test]
fn proxies_that_cannot_be_used_are_refused() {
    for given in [
        "",
        " ",
        "http://",
        "ftp://proxy.example.com",
        "socks5://proxy.example.com:1080",
        "http://proxy.example.com:0",
        "http://proxy.example.com:",
        "http://proxy.example.com:99999",
        "http://proxy.example.com:port",
        "http://user:12/34@proxy.example.com:3128",
        "http://user:12#34@proxy.example.com:3128",
        "http://user:12?34@proxy.example.com:3128",
        "http://user:%ff@proxy.example.com:3128",
        "http://user:p ss@proxy.example.com:3128",
        "http://proxy.example.com:3128\r\nX: y",
        "http://proxy.example.com/path",
    ] {
        assert_refused(config().proxy(given), "proxy");
    }
}

/// A certificate for itself and its key, as PEM.
fn certificate() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["client.example.com".to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[test]
fn certificates_are_given_as_pem_or_as_files() {
    let (certificate, key) = certificate();
    let folder = tempfile::tempdir().unwrap();
    // One file can hold both, in any order.
    let both = folder.path().join("both.pem");
    std::fs::write(&both, format!("# client\n{certificate}{key}")).unwrap();
    for builder in [
        config().root_certificates(certificate.clone()),
        config().root_certificates(format!("a comment\n{certificate}\n{certificate}")),
        config().root_certificates_file(&both),
        config().client_certificate(certificate.clone(), key.clone()),
        config().client_certificate(format!("{certificate}{key}"), format!("{certificate}{key}")),
        config().client_certificate_files(&both, &both),
    ] {
        Client::new(builder.build().unwrap()).unwrap();
    }
}

#[test]
fn certificates_and_keys_that_cannot_be_used_are_refused() {
    let (certificate, key) = certificate();
    let (_, other_key) = self::certificate();
    let broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for pem in ["", "no PEM", &key, broken, no_certificate] {
        assert_refused(config().root_certificates(pem), "root certificates");
        assert_refused(config().client_certificate(pem, key.clone()), "client certificate");
    }
    for pem in ["", "no PEM", &certificate, encrypted, no_key, &other_key] {
        assert_refused(config().client_certificate(certificate.clone(), pem), "private key");
    }
    assert_refused(config().client_certificate(certificate.clone(), other_key), "do not fit");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let (certificate, _) = certificate();
    let folder = tempfile::tempdir().unwrap();
    let present = folder.path().join("present.pem");
    std::fs::write(&present, certificate).unwrap();
    for missing in [folder.path().join("missing.pem"), folder.path().to_owned()] {
        let name = missing.to_str().unwrap();
        assert_refused(config().root_certificates_file(&missing), name);
        assert_refused(config().client_certificate_files(&missing, &present), name);
        assert_refused(config().client_certificate_files(&present, &missing), name);
    }
}
