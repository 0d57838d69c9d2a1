//! What holds for any input: no path leaves the base URL, queries come back as they were, and nothing that is read makes a panic.

use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use netbox_sdk::http::Uri;
use netbox_sdk::{Client, Config, ErrorKind, Profile, Profiles, Query, Retries, Token};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use crate::support::{RawServer, TOKEN};

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) }
}

/// Any text: letters of all scripts, control characters, signs that mean something in a URL.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter)
}

/// A base URL as a user may write it, and what it means.
#[derive(Debug, Clone)]
struct Base {
    text: String,
    scheme: &'static str,
    host: String,
    port: Option<u16>,
    /// The sub-path, each segment with its slash.
    prefix: String,
}

impl Base {
    fn client(&self) -> Client {
        let config = Config::builder(self.text.as_str()).no_proxy().build().unwrap_or_else(|error| panic!("{}: {error}", self.text));
        Client::new(config).unwrap()
    }
}

fn base() -> impl Strategy<Value = Base> {
    let scheme = select(vec![("", "https"), ("https://", "https"), ("http://", "http"), ("HTTP://", "http")]);
    let host = prop_oneof![
        select(vec!["localhost", "NetBox.Example.com", "10.0.0.1", "[::1]", "[2001:DB8::a]", "xn--bcher-kva.example"])
            .prop_map(str::to_owned),
        "[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,3})?(\\.[a-z]{2,4}){0,2}",
    ];
    let port = prop::option::of(1_u16..);
    let segment = prop_oneof![
        "[a-zA-Z0-9_~-]{1,6}",
        select(vec!["netbox", "api", "ü", "a.b", "...", "x%2Fy", "%c3%bc", "%7e", "100%", "a:b"]).prop_map(str::to_owned)
    ];
    let segments = prop::collection::vec((segment, select(vec!["/", "//"])), 0..3);
    let ending = select(vec!["", "/", "//", "/api", "/api/"]);
    (scheme, host, port, segments, ending).prop_map(|((written, scheme), host, port, mut segments, ending)| {
        // Only the /api at the end is no part of the sub-path.
        if !ending.contains("api") {
            while segments.last().is_some_and(|(segment, _)| segment == "api") {
                segments.pop();
            }
        }
        let shown_port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let path: String = segments.iter().map(|(segment, slash)| format!("{slash}{segment}")).collect();
        let prefix = segments.iter().map(|(segment, _)| format!("/{segment}")).collect();
        Base { text: format!("{written}{host}{shown_port}{path}{ending}"), scheme, host: host.to_lowercase(), port, prefix }
    })
}

/// A path of pieces that are harmless alone. `PREFIX` is the sub-path of the base.
fn path() -> impl Strategy<Value = String> {
    const PIECES: &str = "/ / / // . .. %2e %2E%2e %2f %5C \\ @ ? # % %2 %00 %0d%0a %ff : :// ; & = + ü \u{2215} \u{202e} a api \
        dcim/devices graphql PREFIX /PREFIX/ http://evil.example HTTPS://u:p@[::2]:1";
    let pieces: Vec<&str> = PIECES.split(' ').chain([" ", "\n", "\0", "\u{7f}"]).collect();
    prop_oneof![
        3 => prop::collection::vec(select(pieces), 0..10).prop_map(|pieces| pieces.concat()),
        1 => text(),
    ]
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_path_leaves_the_base(base in base(), path in path()) {
        let path = path.replace("PREFIX", &base.prefix);
        if let Ok(request) = base.client().get(&path).build() {
            let uri: Uri = request.url().parse().unwrap();
            prop_assert_eq!(uri.scheme_str(), Some(base.scheme));
            prop_assert_eq!(uri.host(), Some(base.host.as_str()));
            prop_assert_eq!(uri.port_u16(), base.port);
            prop_assert!(!uri.authority().unwrap().as_str().contains('@'));
            prop_assert_eq!(uri.path(), request.path());
            let (own, below) = (decoded(uri.path()), format!("{}/", decoded(&base.prefix)));
            prop_assert!(own.starts_with(&below), "{} is not below {}", own, below);
            // Servers decode a path before they resolve its dots, and some take \ for /.
            prop_assert!(!own.split(['/', '\\']).any(|part| part == "." || part == ".."), "{}", own);
            prop_assert!(uri.path().bytes().all(|byte| byte.is_ascii_graphic()), "{}", uri.path());
        }
    }

    #[test]
    fn any_text_is_a_base_url_or_an_error(
        text in prop_oneof![
            text(),
            path(),
            (base(), changes(3)).prop_map(|(base, changes)| String::from_utf8_lossy(&changed(base.text.into(), &changes)).into_owned()),
        ],
        path in path(),
    ) {
        match Config::builder(text).no_proxy().build() {
            Ok(config) => {
                // Profiles hold the base URL as it is shown.
                let read_again = Config::builder(config.base_url()).no_proxy().build().unwrap();
                prop_assert_eq!(read_again.base_url(), config.base_url());
                let url = |config| Client::new(config).unwrap().get(&path).build().map(|request| request.url()).ok();
                prop_assert_eq!(url(read_again), url(config));
            }
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Config, "{}", error),
        }
    }

    #[test]
    fn a_sub_path_is_not_doubled(
        base in base(),
        origin in select(vec!["", "http://other.example", "https://other.example:8443", "https://[::1]"]),
        rest in "(/[a-z0-9]{1,5}){0,3}/",
        uppercase in any::<bool>(),
    ) {
        // Servers may write the escapes of the sub-path in another way than the user.
        let given = if uppercase { base.prefix.replace("%c3%bc", "%C3%BC").replace("%7e", "~") } else { base.prefix.replace('ü', "%c3%bc") };
        let request = base.client().get(&format!("{origin}{given}{rest}")).build().unwrap();
        prop_assert_eq!(decoded(request.path()), decoded(&base.prefix) + &rest);
    }

    #[test]
    fn queries_come_back_as_they_were(pairs in prop::collection::vec((text(), text()), 0..6)) {
        let query: Query = pairs.iter().cloned().collect();
        let text = query.to_string();
        prop_assert!(text.is_ascii());
        prop_assert_eq!(&Query::parse(&text).unwrap(), &query);

        let base = Config::builder("https://example.com").no_proxy().build().unwrap();
        let client = Client::new(base).unwrap();
        let added = client.get("dcim/sites").queries(pairs.clone()).build().unwrap();
        let written = client.get(&format!("dcim/sites/?{text}")).build().unwrap();
        for request in [added, written] {
            let uri: Uri = request.url().parse().unwrap();
            let sent = Query::parse(uri.query().unwrap_or_default()).unwrap();
            prop_assert_eq!(sent.iter().collect::<Vec<_>>(), pairs.iter().map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_text_is_a_query_or_an_error(text in prop_oneof![text(), path()]) {
        if let Ok(query) = Query::parse(&text) {
            prop_assert_eq!(Query::parse(&query.to_string()).unwrap(), query);
        }
    }
}

/// A change of one place in a text.
#[derive(Debug, Clone)]
enum Change {
    Replace(u8),
    Insert(Vec<u8>),
    Remove(usize),
    Repeat(usize),
    Cut,
}

/// Fewer than `most` changes.
fn changes(most: usize) -> impl Strategy<Value = Vec<(Index, Change)>> {
    let change = prop_oneof![
        3 => any::<u8>().prop_map(Change::Replace),
        2 => prop::collection::vec(any::<u8>(), 1..6).prop_map(Change::Insert),
        2 => select(vec![b"\r\n".as_slice(), b"\r\n\r\n", b"0", b"9", b"\"", b"{", b"[", b"<", b":", b"\xff", b"\0"])
            .prop_map(|bytes| Change::Insert(bytes.to_vec())),
        2 => (1_usize..20).prop_map(Change::Remove),
        1 => (1_usize..20).prop_map(Change::Repeat),
        1 => Just(Change::Cut),
    ];
    prop::collection::vec((any::<Index>(), change), 0..most)
}

fn changed(mut bytes: Vec<u8>, changes: &[(Index, Change)]) -> Vec<u8> {
    for (place, change) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = place.index(bytes.len());
        let after = |count: &usize| at..(at + count).min(bytes.len());
        match change {
            Change::Replace(byte) => bytes[at] = *byte,
            Change::Insert(new) => drop(bytes.splice(at..at, new.iter().copied())),
            Change::Remove(count) => drop(bytes.drain(after(count))),
            Change::Repeat(count) => {
                let again = bytes[after(count)].to_vec();
                drop(bytes.splice(at..at, again));
            }
            Change::Cut => bytes.truncate(at),
        }
    }
    bytes
}

/// Heads and bodies of replies of all kinds, to be changed.
fn replies() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(br#"{"count": 0, "results": []}"#).unwrap();
    let zipped = encoder.finish().unwrap();
    let gzip = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", zipped.len());
    let texts = [
        ("200 OK\r\nContent-Type: application/json\r\nAPI-Version: 4.7\r\nContent-Length: 17", r#"{"count": [1, 2]}"#),
        ("200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000000000", r#"{"count": 1}"#),
        ("200 OK\r\nTransfer-Encoding: chunked\r\nAPI-Version: 4.3", "5\r\n{\"a\":\r\n3\r\n1} \r\n0\r\n\r\n"),
        ("200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip", "3\r\n\x1f\u{b}\r\n0\r\n\r\n"),
        ("200 OK\r\nContent-Type: text/csv", "until the connection ends"),
        ("100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nAPI-Version: 4.7", ""),
        ("302 Found\r\nLocation: /api/x/?a=b\r\nContent-Length: 0", ""),
        ("301 Moved Permanently\r\nLocation: https://user:pass@other.example/x?token=1#f\r\nContent-Length: 0", ""),
        ("400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 31", r#"{"name": ["Required."], "a": 1}"#),
        ("403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 27", "<html><title>No</title></p>"),
        ("429 Too Many Requests\r\nRetry-After: 100000\r\nContent-Length: 4", "slow"),
        ("503 Service Unavailable\r\nRetry-After: Mon, 23 Nov 2026 10:00:00 GMT", ""),
    ];
    texts
        .map(|(head, body)| (format!("HTTP/1.1 {head}\r\n\r\n").into_bytes(), body.as_bytes().to_vec()))
        .into_iter()
        .chain([(gzip.into_bytes(), zipped)])
        .collect()
}

/// A server whose every reply is the bytes that it was given last.
struct Parrot {
    server: RawServer,
    keeps: bool,
    says: Arc<Mutex<Vec<u8>>>,
}

impl Parrot {
    /// `keeps` says whether a connection serves more than one request.
    fn start(keeps: bool) -> Parrot {
        let says = Arc::new(Mutex::new(Vec::new()));
        let repeated = Arc::clone(&says);
        let server = RawServer::start(move |_, connection| {
            // Behind an unread request the system would drop what is written.
            while connection.read_head().is_some() {
                let written = connection.stream.write_all(&repeated.lock().unwrap());
                if written.is_err() || !keeps {
                    return;
                }
            }
        });
        Parrot { server, keeps, says }
    }

    fn say(&self, bytes: Vec<u8>) {
        *self.says.lock().unwrap() = bytes;
    }

    /// A client that does not wait: the server answers at once, so a time limit that passes is a hang.
    fn client(&self) -> Client {
        let config = Config::builder(self.server.url())
            .token(TOKEN)
            .no_proxy()
            .max_idle_connections(usize::from(self.keeps))
            .retries(Retries::none())
            .read_timeout(Duration::from_secs(20))
            .attempt_timeout(Duration::from_secs(20));
        Client::new(config.build().unwrap()).unwrap()
    }
}

#[test]
fn any_bytes_are_a_reply_or_an_error() {
    let parrot = Parrot::start(false);
    let client = parrot.client();
    let stream = prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..100),
        1 => prop::collection::vec(any::<u8>(), 0..100).prop_map(|bytes| [b"HTTP/1.1 200 OK\r\n".as_slice(), &bytes].concat()),
        8 => (select(replies()), changes(2), changes(4)).prop_map(|((mut head, body), of_head, of_body)| {
            head = changed(head, &of_head);
            head.extend(changed(body, &of_body));
            head
        }),
    ];
    proptest!(cases(), |(stream in stream)| {
        parrot.say(stream);
        match client.get("x").send() {
            Ok(reply) => {
                let _ = (reply.text(), reply.json::<Value>(), reply.version(), format!("{reply:?}"));
                let _ = reply.error_for_status().map_err(|error| error.to_string());
            }
            Err(error) => {
                prop_assert!(error.kind() != ErrorKind::Timeout, "{}", error);
                prop_assert!(error.may_have_been_sent(), "{}", error);
                let _ = format!("{error:?}");
            }
        }
    });
}

#[test]
fn any_body_of_a_refusal_is_told() {
    let parrot = Parrot::start(true);
    let client = parrot.client();
    let content_type = prop_oneof![
        select(vec!["application/json", "text/html", "text/html; charset=utf-8", "text/plain", ""])
            .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(select((b' '..=255).filter(|byte| *byte != 127).collect::<Vec<u8>>()), 0..20),
    ];
    let refusal = select(vec![
        r#"{"detail": "1 of 2 failed.", "errors": [{"index": 1, "errors": {"name": ["Required."]}}, {"id": "a", "errors": {}}]}"#,
        r#"{"__all__": ["Must be unique."], "custom_fields": {"a": {"b": [[], {}, null, 1.5, true]}}}"#,
        r#"[{}, {"name": ["Required."]}, "x"]"#,
    ]);
    const PIECES: &str =
        "<|>|</|/>|<html|<!doctype html|<title|<title>|</title>|<head>|</head|<script>|</style>|<p>|İ|ſ|ü|id_username|id_password|x|\"| ";
    let pieces = select(PIECES.split('|').collect::<Vec<_>>());
    let body = prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 0..100),
        1 => text().prop_map(String::into_bytes),
        3 => (refusal, changes(4)).prop_map(|(text, changes)| changed(text.into(), &changes)),
        3 => prop::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat().into_bytes()),
        1 => (1_usize..3000, select(vec!["[", "{\"a\":", "[{\"errors\":"])).prop_map(|(depth, open)| open.repeat(depth).into_bytes()),
    ];
    proptest!(cases(), |(status in 400_u16..1000, content_type in content_type, body in body)| {
        let mut reply = format!("HTTP/1.1 {status} Refused\r\nContent-Length: {}\r\nContent-Type: ", body.len()).into_bytes();
        reply.extend_from_slice(&content_type);
        reply.extend_from_slice(b"\r\n\r\n");
        reply.extend_from_slice(&body);
        parrot.say(reply);
        let error = client.get("x").send().unwrap().error_for_status().unwrap_err();
        prop_assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        prop_assert!(error.to_string().contains(&status.to_string()));
        prop_assert!(error.reply().is_some());
        let _ = format!("{error:?}");
    });
}

#[test]
fn any_bytes_are_a_configuration_file_or_an_error() {
    // In memory where that is possible: every save waits for the disk.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = folder.path().join("config.json");
    let files = select(vec![
        r#"{"profiles": {"default": {"base_url": "https://a.example", "token_version": "v2", "token_key": "K", "token_secret": "S",
            "timeout": 30.0, "ssl_verify": "no"}, "lab": {"base_url": "https://b.example", "token_version": "v1", "token_secret": "abc",
            "timeout": "12", "ssl_verify": 1, "other": [1]}}, "version": 1}"#,
        r#"{"base_url": "https://a.example", "token_key": null, "token_secret": "nbt_K.S", "timeout": "nan", "ssl_verify": null}"#,
        r#"{"profiles": {"a": 1, "b": null, "c": {}}, "base_url": 5}"#,
    ]);
    let content = prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..100),
        4 => (files, changes(4)).prop_map(|(text, changes)| changed(text.into(), &changes)),
    ];
    let token = Token::new(TOKEN).unwrap();
    proptest!(cases(), |(content in content, name in text())| {
        fs::write(&path, &content).unwrap();
        match Profiles::at(&path) {
            Ok(mut profiles) => {
                for profile in profiles.names().map(|name| profiles.get(name).unwrap()) {
                    let _ = (profile.base_url(), profile.token(), profile.ssl_verify(), profile.timeout(), format!("{profile:?}"));
                }
                profiles.set(&name, Profile::new("https://c.example").unwrap().with_token(&token));
                profiles.save().unwrap();
                let saved = Profiles::at(&path).unwrap();
                prop_assert_eq!(saved.names().collect::<Vec<_>>(), profiles.names().collect::<Vec<_>>());
                let profile = saved.get(&name).unwrap();
                prop_assert_eq!(profile.token().unwrap().unwrap().expose(), TOKEN);
            }
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Config, "{}", error),
        }
    });
}
