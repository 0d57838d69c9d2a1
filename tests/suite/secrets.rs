//! Nothing that leaves the crate holds a secret: no `Debug`, no error with all its sources, no event, no line in the log.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::error::Error as _;
use std::fmt::{Debug, Write as _};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::Duration;

use log::{Level, LevelFilter, Log, Metadata, Record};
use netbox_sdk::{
    Client, Config, ConfigBuilder, Error, Form, Part, Payload, Profile, Profiles, Query, RequestBuilder, Retries, Token, TokenRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{self, Connection, RawServer};

const KEY: &str = "WatchedKey12";
const SECRET: &str = "WatchedSecretOfVersion2WatchedSecretOf12";
const V1: &str = "feed0123feed4567feed89abfeedcdeffeed0123";
const PASSWORD: &str = "WatchedPass&<word>'1'\"";
const PROXY_PASSWORD: &str = "WatchedProxyPassword";
/// `user:WatchedProxyPassword`, as it is sent.
const PROXY_LOGIN: &str = "dXNlcjpXYXRjaGVkUHJveHlQYXNzd29yZA==";
const FILE: &str = "WatchedContentOfAFile,\nin two lines";
const MEMBER: &str = "WatchedMémber/9";
const HEADER: &str = "WatchedHeader5";
const PARAMETER: &str = "WatchedParameter+4";
/// What only a server knows before it says so.
const OF_SERVER: &str = "WatchedSecretOfServer";

const ALL: [&str; 11] = [KEY, SECRET, V1, PASSWORD, PROXY_PASSWORD, PROXY_LOGIN, FILE, MEMBER, HEADER, PARAMETER, OF_SERVER];

/// Everything that somebody could see, and what has to be missing in it.
#[derive(Default)]
struct Seen {
    text: String,
    kinds: BTreeSet<String>,
}

impl Seen {
    fn debug(&mut self, value: &impl Debug) {
        writeln!(self.text, "{value:?}\n{value:#?}").unwrap();
    }

    fn error(&mut self, error: &Error) {
        self.kinds.insert(format!("{:?}", error.kind()));
        self.debug(error);
        writeln!(self.text, "{error}\n{error:#}").unwrap();
        let mut source = error.source();
        while let Some(below) = source {
            writeln!(self.text, "{below}\n{below:?}\n{below:#?}").unwrap();
            source = below.source();
        }
        if let Some(reply) = error.reply() {
            self.debug(reply);
            writeln!(self.text, "{reply}").unwrap();
        }
        if let Some(request) = error.request() {
            self.debug(request);
            writeln!(self.text, "{request}\n{}", request.url()).unwrap();
        }
    }

    fn outcome<T: Debug>(&mut self, outcome: Result<T, Error>) {
        match outcome {
            Ok(value) => self.debug(&value),
            Err(error) => self.error(&error),
        }
    }

    #[track_caller]
    fn assert_clean(&self) {
        assert_clean(&self.text);
    }
}

/// Secrets are looked for as they are and as JSON, HTML, a URL and `Debug` write them, and without what these change at all.
#[track_caller]
fn assert_clean(text: &str) {
    for secret in ALL {
        let plain = secret.split(|c: char| !c.is_ascii_alphanumeric()).max_by_key(|part| part.len()).unwrap();
        for form in [secret, plain] {
            if let Some(at) = text.find(form) {
                let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
                let context: String = text[line..].chars().take(600).collect();
                panic!("{form} can be seen: {context}");
            }
        }
    }
}

/// The log of a thread: the tests beside this one have threads of their own, and are not listened to.
struct Collector;

#[derive(Default)]
struct Lines {
    /// What this crate says.
    ours: String,
    /// What the crates below say, with the bytes of the wire that are dumped in rows put together again.
    below: String,
}

thread_local! {
    static LISTENING: RefCell<Option<(Level, Lines)>> = const { RefCell::new(None) };
}

impl Log for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        LISTENING.with_borrow(|listening| listening.as_ref().is_some_and(|(level, _)| metadata.level() <= *level))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = record.args().to_string();
        LISTENING.with_borrow_mut(|listening| {
            let Some((_, lines)) = listening else { return };
            match (record.target(), text.get(41..)) {
                (target, _) if target.starts_with("netbox_sdk") || target.starts_with("suite") => lines.ours += &(text + "\n"),
                ("ureq_proto::util", Some(letters)) => lines.below += letters,
                _ => lines.below += &format!("\n{text}\n"),
            }
        });
    }

    fn flush(&self) {}
}

/// Runs something and gives what it wrote into the log.
fn logged(level: Level, action: impl FnOnce()) -> Lines {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        log::set_logger(&Collector).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
    LISTENING.set(Some((level, Lines::default())));
    action();
    LISTENING.take().unwrap().1
}

fn token() -> String {
    format!("nbt_{KEY}.{SECRET}")
}

fn config(url: &str) -> ConfigBuilder {
    support::impatient(url).token(token()).retries(Retries::none())
}

fn client(url: &str) -> Client {
    Client::new(config(url).build().unwrap()).unwrap()
}

/// A server that answers every request by its text.
fn server(answer: impl Fn(&str, &mut Connection) + Send + Sync + 'static) -> RawServer {
    RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            answer(&request, connection);
        }
    })
}

/// Requests that carry a secret in each place that one can have.
fn requests(client: &Client) -> Vec<RequestBuilder> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), FILE).unwrap();
    let (_, path) = file.keep().unwrap();
    let secrets = json!({
        "name": "harmless", "secret": MEMBER, "auth_psk": MEMBER, "token": token(), "parameters": {"password": [PASSWORD]}, "key": null,
    });
    let payload = |part: Part| Payload::new().value("name", "harmless").value("auth_psk", MEMBER).file("front_image", part);
    vec![
        client.get("dcim/sites").query("token", PARAMETER).query("key", PARAMETER).query("q", "harmless"),
        client.get(&format!("dcim/sites?api_key={}", PARAMETER.replace('+', "%2B"))),
        client.get("dcim/sites").token(&Token::new(V1).unwrap()),
        client.get("dcim/sites").header("Authorization", &format!("Bearer {}", token())),
        client.get("dcim/sites").header("X-Api-Key", HEADER).header("Cookie", &format!("sessionid={HEADER}; theme=dark")),
        client.with_header("X-Auth-Token", HEADER).unwrap().get("dcim/sites"),
        client.post("extras/webhooks").json(&secrets),
        client.patch("extras/webhooks").json(&json!([secrets, secrets])),
        client.post("users/tokens").json(&secrets),
        client.post("graphql").json(&json!({"query": "{x}", "variables": {"password": PASSWORD}})),
        client.post("extras/images").multipart(Form::new().text("password", PASSWORD).part("image", Part::bytes("x.png", FILE))),
        client.post("extras/images").multipart(Form::new().text("name", "harmless").part("image", Part::file(path))),
        client.put("dcim/device-types/1").payload(payload(Part::bytes("x.csv", FILE))),
        client.delete("extras/webhooks/1").json(&secrets),
    ]
}

/// A type that names no member where it does not fit.
#[derive(Debug, Deserialize)]
struct Flattened {
    #[serde(flatten)]
    _rest: Strict,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Strict {
    token: u64,
    key: Option<u64>,
    auth_psk: Option<u64>,
}

/// Sends all requests, reads the replies in all ways, and notes what can be seen of it.
fn exercise(client: &Client, seen: &mut Seen) {
    for request in requests(client) {
        seen.debug(&request);
        let request = request.build().unwrap();
        seen.debug(&request);
        match client.send(request) {
            Err(error) => seen.error(&error),
            Ok(response) => {
                seen.debug(&response);
                seen.debug(response.request());
                seen.outcome(response.json::<Strict>().map(|_| ()));
                seen.outcome(response.json::<Flattened>().map(|_| ()));
                seen.outcome(response.json::<Vec<u64>>());
                seen.outcome(response.json::<u64>());
                seen.outcome(response.error_for_status());
            }
        }
    }
    seen.outcome(client.create_token("admin", PASSWORD));
    seen.outcome(client.create_token_with(&TokenRequest::new("admin", PASSWORD).version(1).description("harmless")));
    seen.outcome(client.graphql("{x}", json!({"password": PASSWORD})));
    seen.outcome(client.graphql_data::<u64>("{x}", json!({"password": PASSWORD})));
    seen.outcome(client.version());
    seen.outcome(client.status().map(|_| ()));
    seen.debug(&client.probe_connection());
    seen.outcome(client.get("dcim/sites").send_to(&mut Vec::new()));
}

/// The bodies in which a server can give back what it got.
fn echoes(request: &str) -> Vec<(&'static str, String)> {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let as_value = serde_json::from_str(body).unwrap_or(Value::Null);
    let escaped = json!({ "detail": request }).to_string().chars().fold(String::new(), |out, c| match c {
        c if c.is_ascii() => out + &c.to_string(),
        c => out + &format!("\\u{:04x}", c as u32),
    });
    let page = request.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#x27;");
    vec![
        ("application/json", json!({ "detail": request }).to_string()),
        ("application/json", escaped),
        ("application/json", json!({ "echo": as_value, "auth_psk": [format!("{as_value} is not valid")] }).to_string()),
        ("application/json", json!([as_value]).to_string()),
        ("application/json", json!({ "data": 1, "errors": [{ "message": request }] }).to_string()),
        ("application/json", json!({ "data": as_value }).to_string()),
        ("application/json", body.to_owned()),
        ("application/json", body.chars().take(body.len() * 3 / 4).collect()),
        ("text/plain", request.to_owned()),
        ("text/html", format!("<html><body><pre>{page}</pre></body></html>")),
        ("text/html", format!("<html><title>{page}</title></html>")),
        ("text/html", format!("<html><body>{body}</body></html>")),
    ]
}

/// Drives everything against servers that give back what they get.
fn drive_echoes(seen: &mut Seen) {
    for number in 0..echoes("\r\n\r\n").len() {
        for status in ["200 OK", "400 Bad Request", "403 Forbidden", "500 Internal Server Error"] {
            let server = server(move |request, connection| {
                let (content_type, body) = echoes(request).swap_remove(number);
                connection.reply(status, &format!("Content-Type: {content_type}\r\n"), &body);
            });
            exercise(&client(&server.url()), seen);
            assert!(server.requests().iter().any(|request| request.contains(SECRET)));
        }
    }
}

/// The other statuses, and a server that is no NetBox: what is said of them is made as that of the ones above.
fn drive_statuses(seen: &mut Seen) {
    for status in ["401 Unauthorized", "404 Not Found", "409 Conflict", "412 Failed", "418 Teapot", "429 Too Many Requests", "503 Busy"] {
        let server =
            server(move |request, connection| connection.reply(status, "Content-Type: application/json\r\n", &json!(request).to_string()));
        exercise(&client(&server.url()), seen);
    }
    let server = server(|request, connection| {
        connection.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{request}", request.len()));
    });
    exercise(&client(&server.url()), seen);
}

/// Replies that hold secrets which nobody knew before.
fn drive_provisioning(seen: &mut Seen) {
    let whole = format!(r#"{{"id": 1, "version": 2, "key": "{OF_SERVER}", "token": "{OF_SERVER}{OF_SERVER}"}}"#);
    let cut = whole[..whole.len() - 5].to_owned();
    let strange = [
        r#"{"key": ["OF_SERVER"]}"#,
        r#"{"token": "nbt_OF_SERVER"}"#,
        r#"["OF_SERVER"]"#,
        r#""OF_SERVER""#,
        "OF_SERVER",
        "<html>OF_SERVER",
    ]
    .map(|text| text.replace("OF_SERVER", OF_SERVER));
    for body in [whole, cut].into_iter().chain(strange) {
        let server = server(move |_, connection| connection.reply("201 Created", "Content-Type: application/json\r\n", &body));
        let client = client(&server.url());
        let made = client.create_token("admin", PASSWORD);
        if let Ok(made) = &made {
            assert!(made.token().expose().contains(OF_SERVER));
            seen.debug(made.token());
            seen.debug(&client.with_token(made.token()));
        }
        seen.outcome(made);
        let response = client.post("users/tokens/provision").json(&json!({"password": PASSWORD})).send().unwrap();
        seen.outcome(response.json::<Strict>());
        seen.outcome(response.json::<Flattened>());
        seen.outcome(response.json::<Vec<u64>>());
    }
    // Other replies hold secrets, too.
    let server = server(|_, connection| {
        let body = json!({"id": 1, "auth_psk": OF_SERVER, "token": OF_SERVER, "data": {"auth_psk": OF_SERVER}});
        connection.reply("200 OK", "Content-Type: application/json\r\n", &body.to_string());
    });
    let response = client(&server.url()).get("wireless/wireless-lans/1").send().unwrap();
    seen.outcome(response.json::<Strict>());
    seen.outcome(response.json::<Flattened>());
    seen.outcome(client(&server.url()).graphql_data::<Strict>("{x}", ()));
}

fn drive_redirects(seen: &mut Seen) {
    for location in [
        "https://user:OF_SERVER@netbox.example.com/?token=OF_SERVER#access_token=OF_SERVER",
        "//user:OF_SERVER@netbox.example.com/",
        "/login/?next=/api/dcim/sites/%3Ftoken=SECRET&token=OF_SERVER#OF_SERVER",
        "https://netbox.example.com/SECRET/?x=SECRET&signature=OF_SERVER",
        "http://user:OF_SERVER@[broken/?token=OF_SERVER",
        "?token=OF_SERVER&x=%ff",
        "/api/again/?token=OF_SERVER",
    ] {
        let location = location.replace("OF_SERVER", OF_SERVER).replace("SECRET", SECRET);
        let server = server(move |_, connection| connection.reply("302 Found", &format!("Location: {location}\r\n"), ""));
        exercise(&client(&server.url()), seen);
    }
    // One that is followed: what is said of the second request.
    let server = server(|request, connection| match request.contains("/api/again/") {
        false => connection.reply("302 Found", &format!("Location: /api/again/?token={OF_SERVER}\r\n"), ""),
        true => connection.reply("404 Not Found", "Content-Type: application/json\r\n", &json!({ "detail": request }).to_string()),
    });
    exercise(&client(&server.url()), seen);
}

/// A TLS server whose certificate nobody trusts.
fn tls_server() -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let _ = rustls::StreamOwned::new(connection, stream).read(&mut [0]);
        }
    });
    url
}

/// Failures without a reply, and those of a proxy.
fn drive_failures(seen: &mut Seen) {
    let quick = |url: &str| config(url).connect_timeout(Duration::from_millis(300)).read_timeout(Duration::from_millis(60));
    let garbage = server(|request, connection| connection.write(&format!("NONSENSE {request}")));
    let bad_header = server(|request, connection| {
        let authorization = support::header(request, "authorization").unwrap_or_default();
        connection.write(&format!("HTTP/1.1 200 OK\r\nX {authorization}: x\r\nContent-Length: {authorization}\r\n\r\n"));
    });
    let cut = RawServer::start(|_, connection| {
        let request = connection.read_request().unwrap_or_default();
        connection.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n{request}"));
    });
    let silent = server(|_, _| {});
    let echo = server(|request, connection| connection.reply("200 OK", "Content-Type: application/json\r\n", request));
    let refused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let secure = |server: &RawServer| server.url().replace("http:", "https:");
    let proxy = |address: &str| quick("https://netbox.example.com").proxy(format!("http://user:{PROXY_PASSWORD}@{address}"));
    for builder in [
        quick(&garbage.url()),
        quick(&bad_header.url()),
        quick(&cut.url()),
        quick(&silent.url()),
        quick(&echo.url()).max_response_size(20),
        quick(&format!("http://{refused}")),
        quick(&secure(&garbage)),
        quick(&secure(&silent)),
        quick(&tls_server()),
        quick("http://does-not-exist.invalid"),
        proxy(&garbage.address.to_string()),
        proxy(&silent.address.to_string()),
        proxy(&echo.address.to_string()),
        proxy(&server(|request, connection| connection.reply("407 Who", "", request)).address.to_string()),
        proxy(&refused.to_string()),
        proxy("does-not-exist.invalid:3128"),
    ] {
        seen.debug(&builder);
        let config = builder.build().unwrap();
        seen.debug(&config);
        let client = Client::new(config).unwrap();
        seen.debug(&client);
        for request in requests(&client).into_iter().step_by(3) {
            seen.outcome(request.send());
        }
        seen.outcome(client.create_token("admin", PASSWORD));
        seen.debug(&client.probe_connection());
    }
    assert!(garbage.requests().iter().any(|request| request.contains(SECRET)), "the servers got what they had to echo");

    let client = client(&echo.url());
    seen.outcome(client.get("dcim/sites").send_to(&mut FullDisk));
    seen.outcome(client.post("x").multipart(Form::new().part("image", Part::reader("x", FILE.as_bytes()).length(999))).send());
}

struct FullDisk;

impl Write for FullDisk {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Settings and requests that are refused before any HTTP.
fn drive_refused_input(seen: &mut Seen) {
    let client = client("http://127.0.0.1:9");
    let broken = |text: &str| format!("{text}\r\n{text}");
    let password = PROXY_PASSWORD;
    for builder in [
        Config::builder(format!("https://user:{password}@netbox.example.com")),
        Config::builder(format!("user:{password}@netbox.example.com/?token={SECRET}#{SECRET}")),
        Config::builder(format!("ftp://user:{password}@netbox.example.com")),
        Config::builder(format!("https:\\\\user:{password}@netbox.example.com")),
        Config::builder("x").token(broken(SECRET)),
        Config::builder("x").token(format!("Token {V1}")),
        Config::builder("x").token(format!("nbt_{KEY}")),
        Config::builder("x").token_v2(&token(), SECRET),
        Config::builder("x").token_v2(KEY, &token()),
        Config::builder("x").proxy(format!("ftp://user:{password}@proxy.example.com")),
        Config::builder("x").proxy(format!("http://user:{password}#@proxy.example.com")),
        Config::builder("x").root_certificates(FILE),
        Config::builder("x").client_certificate(FILE, FILE),
        Config::builder("x").client_certificate("", format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----")),
    ] {
        seen.debug(&builder);
        seen.outcome(builder.build());
    }
    for request in [
        client.get("x").json(&json!({"secret": MEMBER})),
        client.get("x").header("X-Token", &broken(HEADER)),
        client.get("x").header("Authorization", &broken(SECRET)),
        client.get(&format!("x?token={}", broken(PARAMETER))),
        client.get(&format!("x?token={PARAMETER}%ff")),
        client.get(&format!("https://user:{PROXY_PASSWORD}@other.example.com/api/x?token={PARAMETER}#{PARAMETER}")),
        client.get(&format!("x#{PARAMETER}")),
        client.get(&format!("../x?token={PARAMETER}")),
        client.post("x").payload(Payload::new().value("secret", Value::Null).file("x", Part::bytes("x", FILE)).value("custom_fields", 1)),
        client.post("x").multipart(Form::new().part("x", Part::text(FILE).content_type("no type"))),
    ] {
        seen.debug(&request);
        seen.outcome(request.build());
    }
    seen.outcome(client.with_header("X-Token", &broken(HEADER)));
    seen.outcome(client.graphql("{x}", PASSWORD));
}

/// All of it. The kinds of errors that came are part of what is returned.
fn drive_all() -> Seen {
    let mut seen = Seen::default();
    drive_echoes(&mut seen);
    drive_statuses(&mut seen);
    drive_provisioning(&mut seen);
    drive_redirects(&mut seen);
    drive_failures(&mut seen);
    drive_refused_input(&mut seen);
    seen
}

#[test]
fn the_collector_hears_this_thread() {
    let lines = logged(Level::Trace, || {
        log::trace!("known text");
        let server = server(|_, connection| connection.reply("200 OK", "X-Known: wire text\r\n", "{}"));
        client(&server.url()).get("dcim/sites").send().unwrap();
    });
    assert!(lines.ours.contains("known text"));
    assert!(lines.ours.contains("GET /api/dcim/sites/ 200"), "{}", lines.ours);
    assert!(lines.below.contains("wire.text"), "{}", lines.below);
    let lines = logged(Level::Debug, || log::trace!("known text"));
    assert!(lines.ours.is_empty());
}

#[test]
#[should_panic(expected = "can be seen")]
fn a_secret_would_be_seen() {
    let mut seen = Seen::default();
    seen.debug(&format!("the token is {}", token()));
    seen.assert_clean();
}

#[test]
fn errors_and_the_log_at_trace_hold_no_secrets() {
    let mut seen = Seen::default();
    let lines = logged(Level::Trace, || seen = drive_all());
    seen.assert_clean();
    assert_clean(&lines.ours);
    assert!(lines.ours.contains("request: ") && lines.ours.contains("reply: ") && lines.ours.contains("harmless"));
    let provoked = "Config InvalidRequest Io Dns Connect Tls Certificate Timeout ConnectionLost Protocol TooLarge Redirect Decode Forbidden \
        Validation NotFound Conflict PreconditionFailed RateLimited Server Status GraphQl NotNetBox";
    for kind in provoked.split_whitespace() {
        assert!(seen.kinds.contains(kind), "{kind} was not provoked, but {:?}", seen.kinds);
    }
}

#[test]
fn the_log_of_all_crates_at_debug_holds_no_secrets() {
    let lines = logged(Level::Debug, || drop(drive_all()));
    assert!(lines.below.contains("Response"));
    assert_clean(&lines.ours);
    assert_clean(&lines.below);
}

#[test]
fn the_http_library_logs_no_secret_of_a_request_at_trace() {
    let server = server(|_, connection| connection.reply("200 OK", "Content-Type: application/json\r\n", "{}"));
    let client = client(&server.url());
    let lines = logged(Level::Trace, || {
        for request in requests(&client) {
            request.send().unwrap();
        }
        client.create_token("admin", PASSWORD).unwrap_err();
    });
    assert!(lines.below.contains("GET./api/dcim/sites/"), "{}", lines.below);
    assert_clean(&lines.below);
    assert_clean(&lines.ours);

    // The server got all of it.
    let got = server.requests();
    let expected = requests(&client).into_iter().map(|request| request.build().unwrap());
    for (got, expected) in got.iter().zip(expected) {
        let path = expected.url().split_once(&server.address.to_string()).unwrap().1.to_owned();
        assert!(got.starts_with(&format!("{} {path} HTTP/1.1\r\n", expected.method())), "{got}");
        assert!(got.contains(V1) || support::header(got, "authorization") == Some(&format!("Bearer {}", token())), "{got}");
        for (name, value) in expected.headers() {
            assert_eq!(support::header(got, name.as_str()), value.to_str().ok(), "{name}");
        }
    }
}

#[test]
fn a_proxy_gets_its_own_login_and_nothing_of_the_request() {
    let server = server(|request, connection| match request.starts_with("CONNECT ") {
        true => connection.write("HTTP/1.1 200 OK\r\n\r\n"),
        false => connection.reply("200 OK", "Content-Type: application/json\r\n", "{}"),
    });
    let builder = config("http://netbox.example.com").proxy(format!("http://user:{PROXY_PASSWORD}@{}", server.address));
    let client = Client::new(builder.build().unwrap()).unwrap();
    let lines = logged(Level::Trace, || drop(client.get("dcim/sites").query("token", PARAMETER).send().unwrap()));
    assert_clean(&lines.below);
    assert_clean(&lines.ours);
    let got = server.requests();
    assert_eq!(support::header(&got[0], "proxy-authorization"), Some(&*format!("Basic {PROXY_LOGIN}")));
    assert!(!got[0].contains(KEY) && !got[0].contains("Parameter"), "{}", got[0]);
    assert!(got[1].contains(SECRET) && got[1].contains("token=WatchedParameter%2B4") && !got[1].contains(PROXY_LOGIN), "{}", got[1]);
}

#[test]
fn events_hold_no_secrets() {
    let events = Arc::new(Mutex::new(String::new()));
    let text = Arc::clone(&events);
    let server = server(|request, connection| connection.reply("400 Bad Request", "", request));
    let observed = config(&server.url()).observer(move |event| writeln!(text.lock().unwrap(), "{event} {event:?}").unwrap());
    exercise(&Client::new(observed.build().unwrap()).unwrap(), &mut Seen::default());
    let events = events.lock().unwrap();
    assert!(events.contains("/api/dcim/sites/"));
    assert_clean(&events);
}

#[test]
fn debug_of_all_types_that_can_hold_a_secret_shows_none() {
    let mut seen = Seen::default();
    let token = Token::new(&token()).unwrap();
    let v1 = Token::new(V1).unwrap();
    let profile = Profile::new("netbox.example.com").unwrap().with_token(&token);
    let file = tempfile::NamedTempFile::new().unwrap();
    let document = json!({"profiles": {
        "lab": {"base_url": format!("https://user:{PROXY_PASSWORD}@x/?token={SECRET}"), "token_secret": V1, "demo_password": PASSWORD},
    }});
    std::fs::write(file.path(), document.to_string()).unwrap();
    let mut profiles = Profiles::at(file.path()).unwrap();
    seen.debug(&profiles.get("lab"));
    seen.outcome(profiles.get("lab").unwrap().token());
    profiles.set("other", profile.clone());
    seen.debug(&(&token, &v1, &profile, &profiles));

    let (certificate, key) = {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    };
    let builder = config("https://netbox.example.com")
        .proxy(format!("http://user:{PROXY_PASSWORD}@proxy.example.com"))
        .client_certificate(certificate.clone(), key.clone())
        .root_certificates(certificate)
        .observer(|_| {});
    seen.debug(&builder);
    let config = builder.build().unwrap();
    seen.debug(&config);
    let client = Client::new(config).unwrap().with_header("X-Api-Key", HEADER).unwrap();
    seen.debug(&client);
    seen.debug(&client.with_token(&v1));

    seen.debug(&requests(&client));
    seen.debug(&Query::from([("token", PARAMETER), ("q", "harmless")]));
    seen.debug(&TokenRequest::new("admin", PASSWORD).description("harmless"));
    seen.debug(&Payload::new().value("secret", MEMBER).value("nested", json!({"x": MEMBER})).file("x", Part::bytes("x", FILE)));
    seen.debug(&Form::new().text("password", PASSWORD).part("x", Part::reader("x", FILE.as_bytes())));
    seen.debug(&[Part::text(PASSWORD), Part::bytes("x", FILE), Part::reader("x", FILE.as_bytes()).length(3)]);
    seen.assert_clean();
    assert!(!seen.text.contains(key.lines().nth(1).unwrap()), "the private key can be seen");
    assert!(
        seen.text.contains("harmless") && seen.text.contains("password") && seen.text.contains("x-api-key") && seen.text.contains("lab")
    );
}
