//! What is taken from the environment on the way to the server. Variables belong to a process, so each case is one of its own.

use std::process::Command;

use netbox_sdk::{Client, Retries};

use crate::support::{RawServer, impatient};
use crate::tls::{Authority, TlsServer};

/// The URL that a child asks. Its answer stands behind [`ANSWER`].
const ASK: &str = "NETBOX_SDK_TEST_ASK";
const ANSWER: &str = "answer: ";

#[test]
fn child_asks() {
    let Ok(url) = std::env::var(ASK) else { return };
    // Unlike other tests this one takes the proxies of the environment.
    let config = netbox_sdk::Config::builder(url).retries(Retries::none()).build();
    match config.and_then(Client::new).and_then(|client| client.get("x").send()) {
        Ok(response) => println!("{ANSWER}{}", response.status().as_u16()),
        Err(error) => println!("{ANSWER}{error}"),
    }
}

fn ask(url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "environment::child_asks", "--nocapture"]).env(ASK, url);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer = text.lines().find_map(|line| line.split_once(ANSWER)).map(|(_, answer)| answer.to_owned());
    answer.unwrap_or_else(|| panic!("no answer: {text} {}", String::from_utf8_lossy(&output.stderr)))
}

/// Refuses every tunnel, and so shows that it was asked.
fn proxy() -> RawServer {
    RawServer::start(|_, connection| {
        connection.read_head();
        connection.reply("403 Forbidden", "Connection: close\r\n", "");
    })
}

#[test]
fn the_proxy_is_that_of_the_scheme_and_never_for_loopback() {
    for (url, variables, is_asked) in [
        ("http://netbox.invalid", vec!["HTTP_PROXY"], true),
        ("http://netbox.invalid", vec!["http_proxy"], true),
        ("http://netbox.invalid", vec!["HTTPS_PROXY"], false),
        ("http://netbox.invalid", vec!["ALL_PROXY"], false),
        ("https://netbox.invalid", vec!["HTTPS_PROXY"], true),
        ("https://netbox.invalid", vec!["HTTP_PROXY"], false),
        ("http://127.0.0.1:9", vec!["HTTP_PROXY"], false),
        ("http://localhost:9", vec!["HTTP_PROXY"], false),
        ("http://[::1]:9", vec!["HTTP_PROXY"], false),
        ("http://netbox.invalid", vec!["HTTP_PROXY", "NO_PROXY"], false),
    ] {
        let proxy = proxy();
        let address = proxy.url();
        let value = |name: &&'static str| (*name, if *name == "NO_PROXY" { "other.org,.invalid" } else { address.as_str() });
        let answer = ask(url, &variables.iter().map(value).collect::<Vec<_>>());
        assert_eq!(proxy.arrived() == 1, is_asked, "{url} with {variables:?}: {answer}");
        assert_eq!(answer.contains("proxy"), is_asked, "{answer}");
    }
}

#[test]
fn roots_of_ssl_cert_file_are_trusted_and_missing_ones_are_named() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.issue("localhost"));
    let url = format!("https://localhost:{}", server.address.port());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    assert_eq!(ask(&url, &[("SSL_CERT_FILE", file.path().to_str().unwrap())]), "200");
    let answer = ask(&url, &[("SSL_CERT_FILE", "/no/such/file")]);
    assert!(answer.contains("/no/such/file (SSL_CERT_FILE) has no root certificates"), "{answer}");
    // What a slim container looks like.
    let empty = tempfile::tempdir().unwrap();
    let answer = ask(&url, &[("SSL_CERT_DIR", empty.path().to_str().unwrap())]);
    assert!(answer.contains("this system has no root certificates") && answer.contains("ca-certificates"), "{answer}");
}

#[test]
fn a_missing_netbox_is_told_apart_from_a_missing_object() {
    let web = RawServer::start(|_, connection| {
        connection.read_request();
        connection.write("HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    let client = Client::new(impatient(&web.url()).build().unwrap()).unwrap();
    let error = client.get("dcim/sites/1").send().unwrap().error_for_status().unwrap_err();
    assert_eq!(error.kind(), netbox_sdk::ErrorKind::NotNetBox, "{error}");
    let error = client.get("/media/x.png").send().unwrap().error_for_status().unwrap_err();
    assert_eq!(error.kind(), netbox_sdk::ErrorKind::NotFound, "{error}");
}
