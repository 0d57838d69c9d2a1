//! What goes over the wire: the rules that a real NetBox taught, on servers that can show them.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use netbox_sdk::http::Method;
use netbox_sdk::{Client, Config, ErrorKind, Form, Part, Payload, Result, Retries};
use serde_json::{Value, json};

use crate::support::{RawServer, child, header, impatient, kilobytes, peak_memory};
use crate::tls::{Authority, TlsServer};

/// Answers every request on a connection that is kept with `{}`.
fn echo() -> RawServer {
    RawServer::start(|_, connection| while connection.read_request().map(|_| connection.reply("200 OK", "", "{}")).is_some() {})
}

fn client(server: &RawServer) -> Client {
    Client::new(impatient(&server.url()).build().unwrap()).unwrap()
}

fn request_line(request: &str) -> &str {
    request.lines().next().unwrap()
}

#[test]
fn rule_11_paths_below_api_and_graphql_end_in_a_slash_and_no_others() {
    let server = echo();
    let client = Client::new(impatient(&format!("{}/netbox/", server.url())).build().unwrap()).unwrap();
    for (path, expected) in [
        ("dcim/devices", "/netbox/api/dcim/devices/"),
        ("dcim/devices/", "/netbox/api/dcim/devices/"),
        ("/api/dcim/devices?site=lon", "/netbox/api/dcim/devices/?site=lon"),
        ("api/dcim/devices", "/netbox/api/dcim/devices/"),
        ("/graphql", "/netbox/graphql/"),
        ("/media/x.png", "/netbox/media/x.png"),
        ("/netbox/api/dcim/devices/", "/netbox/api/dcim/devices/"),
        ("", "/netbox/api/"),
        ("/api", "/netbox/api/"),
        ("/", "/netbox/"),
        ("plugins/gpon/my olts", "/netbox/api/plugins/gpon/my%20olts/"),
    ] {
        client.get(path).send().unwrap();
        assert_eq!(request_line(server.requests().last().unwrap()), format!("GET {expected} HTTP/1.1"), "{path}");
    }
}

#[test]
fn rule_13_of_next_and_url_only_path_and_query_are_used() {
    let server = echo();
    let base = format!("{}/netbox", server.url());
    let client = Client::new(impatient(&base).build().unwrap()).unwrap();
    for (next, expected) in [
        ("http://elsewhere.example.com/netbox/api/dcim/sites/?limit=2&offset=2", "/netbox/api/dcim/sites/?limit=2&offset=2"),
        ("https://elsewhere.example.com:444/api/dcim/sites/?site=lon&site=par", "/netbox/api/dcim/sites/?site=lon&site=par"),
        ("http://elsewhere.example.com/netbox/media/x.png", "/netbox/media/x.png"),
        ("http://elsewhere.example.com", "/netbox/"),
    ] {
        client.get(next).send().unwrap();
        assert_eq!(request_line(server.requests().last().unwrap()), format!("GET {expected} HTTP/1.1"), "{next}");
    }
    assert_eq!(server.arrived(), 4);
}

#[test]
fn rule_17_every_body_carries_a_content_length() {
    let server = echo();
    let client = client(&server);
    let lines = || Part::reader("b.csv", std::io::Cursor::new(b"a;b".repeat(9)));
    client.post("x").send().unwrap();
    client.post("x").json(&json!({"a": 1})).send().unwrap();
    client.patch("x").body("text/plain", "text").send().unwrap();
    client.delete("x").json(&json!([{"id": 1}])).send().unwrap();
    client.request(Method::OPTIONS, "x").send().unwrap();
    client.post("x").multipart(Form::new().text("a", "1").part("file", lines())).send().unwrap();
    client.post("x").multipart(Form::new().part("file", lines().length(27))).send().unwrap();
    for (request, has_body) in server.requests().iter().zip([true, true, true, true, false, true, true]) {
        assert!(header(request, "transfer-encoding").is_none(), "{request}");
        assert_eq!(header(request, "content-length").is_some(), has_body, "{request}");
    }
    assert!(server.requests()[6].ends_with("--\r\n"), "the whole form arrived");
}

#[test]
fn rule_18_graphql_is_retried_as_a_read_and_redirected_as_none() {
    let server = RawServer::start(|number, connection| match number {
        0 => drop(connection.read_request()),
        1 => {
            connection.read_request();
            connection.reply("503 Service Unavailable", "Connection: close\r\n", "");
        }
        _ => {
            connection.read_request();
            connection.reply("200 OK", "Connection: close\r\n", r#"{"data": {"a": 7}}"#);
        }
    });
    let data: Value = client(&server).graphql_data("{a}", json!({"n": 1})).unwrap();
    assert_eq!(data, json!({"a": 7}));
    assert_eq!(server.arrived(), 3);
    assert!(server.requests().iter().all(|request| request.starts_with("POST /graphql/ ")));
}

/// A server that closes each connection a moment after its reply, as those with a short keep-alive do.
fn hasty_server() -> (RawServer, Arc<Mutex<HashMap<String, usize>>>) {
    let seen = Arc::new(Mutex::new(HashMap::new()));
    let bodies = Arc::clone(&seen);
    let server = RawServer::start(move |number, connection| {
        while let Some(request) = connection.read_request() {
            let body = request.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned();
            *bodies.lock().unwrap().entry(body).or_insert(0) += 1;
            connection.reply("201 Created", "", "{}");
            // 0 to 1 ms, spread without a source of chance.
            std::thread::sleep(Duration::from_micros((number as u64).wrapping_mul(7919) % 1000));
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
    });
    (server, seen)
}

#[test]
fn rule_19_no_write_is_lost_on_a_connection_that_the_server_closes() {
    let (server, seen) = hasty_server();
    let config = impatient(&server.url()).retries(Retries::none()).build().unwrap();
    let client = Client::new(config).unwrap();
    for number in 0..1000 {
        // Reads leave connections behind that a write must not take.
        let read = client.get("x").send();
        assert!(read.is_ok() || number > 0);
        client.post("x").json(&json!({ "number": number })).send().unwrap();
    }
    let seen = seen.lock().unwrap();
    for number in 0..1000 {
        assert_eq!(seen.get(&format!("{{\"number\":{number}}}")), Some(&1), "write {number}");
    }
}

#[test]
fn reads_share_a_connection_and_writes_have_their_own() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    let server = RawServer::start(move |_, connection| {
        counter.fetch_add(1, Ordering::SeqCst);
        while connection.read_request().map(|_| connection.reply("200 OK", "", "{}")).is_some() {}
    });
    let client = client(&server);
    for _ in 0..10 {
        client.get("x").send().unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    for _ in 0..3 {
        client.post("x").send().unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 4);
    client.with_header("X-Scope", "1").unwrap().get("x").timeout(Duration::from_secs(9)).send().unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 4, "scopes and requests with their own time share it, too");
}

#[test]
fn a_read_on_a_connection_that_died_in_the_pool_is_tried_again_at_once() {
    let server = RawServer::start(|_, connection| {
        connection.read_request();
        connection.reply("200 OK", "", "{}");
        // Takes the next request and says nothing: what a server does that closes at the same moment.
        connection.read_request();
    });
    let client = client(&server);
    for _ in 0..4 {
        client.get("x").send().unwrap();
    }
}

#[test]
fn a_429_is_retried_for_writes_too_and_the_last_one_is_the_reply() {
    let server = RawServer::start(|number, connection| {
        connection.read_request();
        let status = if number == 1 { "201 Created" } else { "429 Too Many Requests" };
        connection.reply(status, "Retry-After: 0\r\nConnection: close\r\n", "{}");
    });
    let client = client(&server);
    let response = client.post("x").json(&1).send().unwrap();
    assert_eq!((response.status().as_u16(), response.attempts()), (201, 2));
    let response = client.post("x").json(&1).send().unwrap();
    assert_eq!((response.status().as_u16(), response.attempts()), (429, 3));
    let error = response.error_for_status().unwrap_err();
    assert!(error.kind() == ErrorKind::RateLimited && error.is_retryable(), "{error}");
}

#[test]
fn reads_follow_redirects_on_their_origin_with_token_and_five_times_at_most() {
    let server = RawServer::start(|_, connection| {
        let request = connection.read_request().unwrap();
        let target = match request_line(&request).split(' ').nth(1).unwrap() {
            "/api/a/" => "/api/b/?x=1",
            "/api/b/?x=1" => "/api/c",
            "/api/c" => return connection.reply("200 OK", "Connection: close\r\n", "{}"),
            _ => "/api/loop/",
        };
        connection.reply("301 Moved Permanently", &format!("Location: {target}\r\nConnection: close\r\n"), "");
    });
    let client = client(&server);
    assert_eq!(client.get("a").send().unwrap().request().url(), format!("{}/api/c", server.url()));
    assert!(server.requests().iter().all(|request| header(request, "authorization").is_some()));
    let error = client.get("loop").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect, "{error}");
    assert_eq!(server.arrived(), 3 + 6);
}

#[test]
fn a_refused_redirect_names_both_urls_and_what_to_set() {
    let server = RawServer::start(|_, connection| {
        connection.read_request();
        connection.reply("301 Moved Permanently", "Location: https://netbox.example.com/api/x/\r\nConnection: close\r\n", "");
    });
    for error in [client(&server).get("x").send().unwrap_err(), client(&server).post("x").send().unwrap_err()] {
        let text = error.to_string();
        assert!(text.contains(&format!("{}/api/x/", server.url())) && text.contains("https://netbox.example.com/api/x/"), "{text}");
        assert!(text.contains("base URL"), "{text}");
    }
}

#[test]
fn gzip_is_undone_and_the_limit_counts_what_comes_out() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let body = format!("\"{}\"", "x".repeat(998));
    gzip.write_all(body.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    assert!(packed.len() < 100);
    let server = RawServer::start(move |_, connection| {
        connection.read_request();
        connection
            .write(&format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", packed.len()));
        let _ = connection.stream.write_all(&packed);
    });
    let client = |limit| Client::new(impatient(&server.url()).max_response_size(limit).build().unwrap()).unwrap();
    assert_eq!(client(1000).get("x").send().unwrap().text(), body);
    assert!(header(&server.requests()[0], "accept-encoding").is_some_and(|value| value.contains("gzip")));
    let error = client(999).get("x").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    let mut file = Vec::new();
    assert_eq!(client(10).get("x").send_to(&mut file).unwrap().written(), 1000);
    assert_eq!(file, body.as_bytes());
}

#[test]
fn a_download_leaves_the_writer_alone_when_the_server_refuses() {
    let server = RawServer::start(|_, connection| {
        connection.read_request();
        connection.reply("404 Not Found", "Content-Type: application/json\r\nConnection: close\r\n", r#"{"detail": "gone"}"#);
    });
    let mut file = Vec::new();
    let response = client(&server).get("x").send_to(&mut file).unwrap();
    assert!(file.is_empty() && response.written() == 0);
    assert!(response.error_for_status().unwrap_err().to_string().contains("gone"));
}

#[test]
fn a_broken_download_says_how_much_was_written_and_is_not_begun_again() {
    let server = RawServer::start(|_, connection| {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
    });
    let mut file = Vec::new();
    let error = client(&server).get("x").send_to(&mut file).unwrap_err();
    assert_eq!((error.kind(), file.len(), server.arrived()), (ErrorKind::ConnectionLost, 10, 1), "{error}");
    assert!(error.to_string().contains("10 bytes"), "{error}");
}

#[test]
fn a_writer_that_fails_is_told_apart_from_the_network() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("disk full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = client(&echo()).get("x").send_to(&mut Full).unwrap_err();
    assert!(error.kind() == ErrorKind::Io && error.to_string().contains("disk full"), "{error}");
}

#[test]
fn tokens_go_out_as_their_version_wants_and_per_call_ones_win() {
    let server = echo();
    let config = Config::builder(server.url()).token("nbt_KEY.SECRET").build().unwrap();
    let client = Client::new(config).unwrap();
    let v1 = netbox_sdk::Token::new("0123456789abcdef0123456789abcdef01234567").unwrap();
    client.get("x").send().unwrap();
    client.get("x").token(&v1).send().unwrap();
    client.with_token(&v1).get("x").send().unwrap();
    client.get("x").without_auth().send().unwrap();
    client.without_auth().get("x").send().unwrap();
    client.get("x").header("Authorization", "Basic abc").send().unwrap();
    let basic = client.with_header("Authorization", "Basic abc").unwrap();
    basic.get("x").send().unwrap();
    basic.get("x").without_auth().send().unwrap();
    basic.with_token(&v1).get("x").send().unwrap();
    let expected = [
        Some("Bearer nbt_KEY.SECRET"),
        Some("Token 0123456789abcdef0123456789abcdef01234567"),
        Some("Token 0123456789abcdef0123456789abcdef01234567"),
        None,
        None,
        Some("Basic abc"),
        Some("Basic abc"),
        None,
        Some("Token 0123456789abcdef0123456789abcdef01234567"),
    ];
    let requests = server.requests();
    let sent: Vec<_> = requests.iter().map(|request| header(request, "authorization")).collect();
    assert_eq!(sent, expected);
}

#[test]
fn scopes_add_their_header_to_every_request() {
    let server = echo();
    let client = client(&server).on_branch("2a7mj2y5").unwrap().with_header("X-Trace", "7").unwrap();
    client.get("x").send().unwrap();
    client.post("x").send().unwrap();
    client.graphql("{a}", ()).unwrap();
    for request in server.requests() {
        assert_eq!(header(&request, "x-netbox-branch"), Some("2a7mj2y5"));
        assert_eq!(header(&request, "x-trace"), Some("7"));
    }
    for bad in ["", "feature x", "a\r\nb", "ä"] {
        assert_eq!(client.on_branch(bad).unwrap_err().kind(), ErrorKind::InvalidRequest, "{bad:?}");
    }
    assert!(client.with_header("bad name", "x").is_err() && client.with_header("X", "a\nb").is_err());
    assert!(client.with_header("Content-Length", "3").is_err());
}

#[test]
fn what_is_wrong_with_a_request_is_said_before_any_http() {
    let server = echo();
    let client = client(&server);
    struct Unserialisable;
    impl serde::Serialize for Unserialisable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> std::result::Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    for (request, says) in [
        (client.get("a/../b"), ".."),
        (client.get("a#b"), "#"),
        (client.get("a\nb"), "control"),
        (client.get("a?x=%ff"), "UTF-8"),
        (client.get("x").json(&1), "no body"),
        (client.post("x").json(&Unserialisable), "JSON"),
        (client.post("x").header("a b", "c"), "a b"),
        (client.request(Method::from_bytes(b"PURGE").unwrap(), "x"), "PURGE"),
        (client.post("x").header("Transfer-Encoding", "chunked"), "transfer-encoding"),
        (client.post("x").timeout(Duration::ZERO), "zero"),
        (client.post("x").multipart(Form::new()), "no parts"),
        (client.post("x").multipart(Form::new().part("f", Part::file("/no/such/file"))), "/no/such/file"),
        (client.post("x").multipart(Form::new().part("f", Part::file("/"))), "not a file"),
        (client.post("x").multipart(Form::new().part("f", Part::bytes("a", "b").content_type("no type"))), "content type"),
        (client.post("x").multipart(Form::new().part("f", Part::reader("a", std::io::repeat(0)))), ".length("),
        (client.get(&"x".repeat(70_000)), "URL"),
    ] {
        let error = request.send().unwrap_err();
        assert!(error.to_string().contains(says), "{error} should say {says}");
        assert!(!error.may_have_been_sent() && error.attempts() == 0);
    }
    assert!(client.graphql("{a}", [1]).unwrap_err().to_string().contains("object"));
    assert_eq!(server.arrived(), 0);
}

#[test]
fn large_bodies_ask_first_and_small_ones_do_not() {
    let server = echo();
    let client = client(&server);
    client.post("x").body("text/plain", vec![b'x'; 1 << 20]).send().unwrap();
    client.post("x").body("text/plain", vec![b'x'; (1 << 20) + 1]).send().unwrap();
    client.post("x").multipart(Form::new().part("f", Part::bytes("a.bin", vec![0; 2 << 20]))).send().unwrap();
    let asked: Vec<_> = server.requests().iter().map(|request| header(request, "expect").map(str::to_owned)).collect();
    assert_eq!(asked, [None, Some("100-continue".to_owned()), Some("100-continue".to_owned())]);
}

#[test]
fn a_refusal_in_the_middle_of_a_body_is_seen() {
    let server = RawServer::start(|_, connection| {
        // As application servers do: the body is asked for, and then not read.
        connection.read_head();
        connection.write("HTTP/1.1 100 Continue\r\n\r\n");
        connection.reply("403 Forbidden", "Content-Type: application/json\r\nConnection: close\r\n", r#"{"detail": "Invalid v2 token"}"#);
    });
    let client = client(&server);
    for size in [900 << 10, 3 << 20, 30 << 20] {
        let json = || client.post("x").body("application/json", vec![b' '; size]).send();
        let form = || client.post("x").multipart(Form::new().part("f", Part::bytes("a.bin", vec![0; size]))).send();
        assert!(refusals_seen(json) >= 6 && refusals_seen(form) >= 6, "{size}");
    }
}

/// How many of ten refusals are seen. The reset that follows one can overtake it on a busy machine; without care hardly any is seen.
pub fn refusals_seen(send: impl Fn() -> Result<netbox_sdk::ApiResponse>) -> usize {
    (0..10).filter(|_| send().is_ok_and(|response| response.status() == 403)).count()
}

#[test]
fn a_server_that_refuses_to_be_asked_gets_the_body_at_once() {
    let server = RawServer::start(|_, connection| {
        let head = connection.read_head().unwrap();
        if header(&head, "expect").is_some() {
            return connection.reply("417 Expectation Failed", "Connection: close\r\n", "");
        }
        connection.take_body(&head);
        connection.reply("201 Created", "Connection: close\r\n", "{}");
    });
    assert_eq!(client(&server).post("x").body("text/plain", vec![b'x'; 2 << 20]).send().unwrap().status(), 201);
}

#[test]
fn replies_without_a_body_have_none_whatever_their_headers_say() {
    let server = RawServer::start(|_, connection| {
        let request = connection.read_request().unwrap();
        let status = if request.starts_with("HEAD") { "200 OK" } else { "204 No Content" };
        connection.write(&format!("HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"));
    });
    let client = client(&server);
    assert_eq!(client.request(Method::HEAD, "x").send().unwrap().status(), 200);
    assert_eq!(client.delete("x").send().unwrap().status(), 204);
}

#[test]
fn what_an_earlier_attempt_did_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Answers once and is gone.
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    let error = Client::new(impatient(&url).build().unwrap()).unwrap().post("x").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.may_have_been_sent(), "the first attempt arrived: {error}");
    assert!(error.is_retryable(), "and was refused: {error}");
}

#[test]
fn a_request_goes_to_its_own_netbox_only() {
    let (first, second) = (echo(), echo());
    let request = client(&first).get("x").build().unwrap();
    let error = client(&second).send(request).unwrap_err();
    assert_eq!((error.kind(), first.arrived(), second.arrived()), (ErrorKind::InvalidRequest, 0, 0), "{error}");
}

#[test]
fn file_names_are_escaped_by_the_html_standards_rule() {
    let server = echo();
    let form = Form::new().part("a\"b", Part::bytes("x\"\r\nX-Evil: 1\r\n\r\ny.png", "data")).part("ü", Part::bytes("größe.txt", "d"));
    client(&server).post("x").multipart(form).send().unwrap();
    let request = server.requests().remove(0);
    assert!(
        request.contains("name=\"a%22b\"; filename=\"x%22%0D%0AX-Evil: 1%0D%0A%0D%0Ay.png\"\r\nContent-Type: image/png\r\n"),
        "{request}"
    );
    assert!(request.contains("name=\"ü\"; filename=\"größe.txt\"\r\nContent-Type: text/plain\r\n"), "{request}");
}

#[test]
fn a_reader_that_ends_early_is_an_error_and_one_that_goes_on_is_cut() {
    let server = echo();
    let client = client(&server);
    let send = |length| client.post("x").multipart(Form::new().part("f", Part::reader("a", &b"0123456789"[..]).length(length))).send();
    let error = send(11).unwrap_err();
    assert!(error.kind() == ErrorKind::Io && error.to_string().contains("10 of 11"), "{error}");
    assert!(error.may_have_been_sent() && !error.is_retryable());
    send(4).unwrap();
    assert!(server.requests().last().unwrap().contains("\r\n\r\n0123\r\n--"));
}

#[test]
fn a_payload_is_json_without_files_and_a_form_with_them() {
    let server = echo();
    let client = client(&server);
    let payload = || Payload::new().value("model", "x").value("tags", json!([1, {"slug": "core"}])).value("rack", Value::Null);
    client.post("x").payload(payload()).send().unwrap();
    let form = payload().value("manufacturer", 3).value("role", json!({"slug": "r"})).value("full", true).value("weight", 1.5);
    let request = client.post("x").payload(form.file("front_image", Part::bytes("a.png", "d"))).build().unwrap();
    let names: Vec<_> = request.form().unwrap().names().collect();
    let expected =
        ["full", "manufacturer", "manufacturer.id", "model", "role.slug", "tags", "tags[0]", "tags[1]slug", "weight", "front_image"];
    assert_eq!(names, expected);
    assert_eq!(header(&server.requests()[0], "content-type"), Some("application/json"));
    let file = || Part::bytes("a.png", "d");
    for (payload, says) in [
        (Payload::new().value("custom_fields", json!({"a": 1})).file("f", file()), "custom fields"),
        (Payload::new().value("rack", Value::Null).file("f", file()), "rack"),
        (Payload::new().value("tags", json!([])).file("f", file()), "tags"),
        (Payload::new().value("a", json!({"b": {"c": []}})).file("f", file()), "a.b.c"),
    ] {
        let error = client.patch("x").payload(payload).send().unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidRequest && error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_failed_read_of_json_names_the_place_and_shows_the_beginning() {
    let body = json!({"results": [{"id": 1}, {"id": "two"}], "filler": "x".repeat(400)}).to_string();
    let start: String = body.chars().take(200).collect();
    let server = RawServer::start(move |_, connection| {
        connection.read_request();
        connection.reply("200 OK", "Content-Type: application/json\r\nConnection: close\r\n", &body);
    });
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Site {
        id: u64,
    }
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Page {
        results: Vec<Site>,
    }
    let error = client(&server).get("x").send().unwrap().json::<Page>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("results[1].id") && error.to_string().contains(&start), "{error}");
}

#[test]
fn a_whole_attempt_is_limited_also_when_bytes_keep_coming() {
    let server = RawServer::start(|_, connection| {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while connection.try_write("x") {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let config = impatient(&server.url()).attempt_timeout(Duration::from_millis(500)).build().unwrap();
    let client = Client::new(config).unwrap();
    let error = client.get("x").send().unwrap_err();
    assert!(error.kind() == ErrorKind::Timeout && error.is_retryable() && error.attempts() == 1, "{error}");
    let error = client.get("x").timeout(Duration::from_millis(200)).send().unwrap_err();
    assert!(error.to_string().contains("200ms"), "{error}");
    // A stream has no such limit: it takes 2 s where an attempt may take 0.5.
    let server = RawServer::start(|_, connection| {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
        for _ in 0..20 {
            connection.write("x");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let config = impatient(&server.url()).attempt_timeout(Duration::from_millis(500)).build().unwrap();
    let mut file = Vec::new();
    Client::new(config).unwrap().get("x").send_to(&mut file).unwrap();
    assert_eq!(file.len(), 20);
}

#[test]
fn own_roots_replace_the_systems_and_client_certificates_are_shown() {
    let authority = Authority::new();
    let server = TlsServer::for_clients_of(&authority.issue("localhost"), &authority);
    let url = format!("https://localhost:{}", server.address.port());
    let identity = authority.issue("client");
    let config = impatient(&url).root_certificates(authority.pem()).client_certificate(identity.certificate_pem, identity.key_pem);
    Client::new(config.build().unwrap()).unwrap().get("x").send().unwrap().error_for_status().unwrap();
    let error = Client::new(impatient(&url).root_certificates(authority.pem()).build().unwrap()).unwrap().post("x").send().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Tls | ErrorKind::ConnectionLost), "{error:?}");
    assert_eq!(server.arrived(), 1);
}

#[test]
fn verification_is_off_only_where_that_was_said() {
    let server = TlsServer::start(&Authority::new().issue("other.example.com"));
    let url = format!("https://localhost:{}", server.address.port());
    let config = impatient(&url).danger_accept_invalid_certificates(true).build().unwrap();
    Client::new(config).unwrap().get("x").send().unwrap();
    let error = Client::new(impatient(&url).build().unwrap()).unwrap().get("x").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificate, "{error}");
}

/// A proxy that grants every tunnel and then answers as the server behind it.
fn proxy() -> RawServer {
    RawServer::start(|_, connection| {
        let connect = connection.read_head().unwrap();
        if !connect.starts_with("CONNECT ") {
            return connection.reply("400 Bad Request", "Connection: close\r\n", "");
        }
        connection.write("HTTP/1.1 200 Connection established\r\n\r\n");
        while connection.read_request().map(|_| connection.reply("200 OK", "", "{}")).is_some() {}
    })
}

#[test]
fn a_proxy_gets_the_tunnel_and_not_the_token() {
    let proxy = proxy();
    let url = format!("http://user:pass@{}", proxy.address);
    let config = impatient("http://netbox.invalid").proxy(url).build().unwrap();
    Client::new(config).unwrap().get("x").send().unwrap();
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT netbox.invalid:80 "), "{}", requests[0]);
    assert_eq!(header(&requests[0], "proxy-authorization"), Some("Basic dXNlcjpwYXNz"));
    assert!(header(&requests[0], "authorization").is_none());
    assert!(requests[1].starts_with("GET /api/x/ ") && header(&requests[1], "proxy-authorization").is_none());
}

#[test]
fn what_goes_to_a_proxy_does_not_count_as_sent() {
    let refusing = RawServer::start(|_, connection| {
        connection.read_head();
        connection.reply("407 Proxy Authentication Required", "Connection: close\r\n", "");
    });
    let config = impatient("https://netbox.invalid").proxy(refusing.url()).build().unwrap();
    let error = Client::new(config).unwrap().post("x").json(&1).send().unwrap_err();
    assert!(error.kind() == ErrorKind::Connect && !error.may_have_been_sent(), "{error}");
    assert!(error.to_string().contains("proxy"), "{error}");
}

#[test]
fn two_hundred_megabytes_go_up_in_less_than_thirty_of_memory() {
    const CHILD: &str = "NETBOX_TEST_UPLOAD_TO";
    const SIZE: u64 = 200 << 20;
    if let Ok(url) = std::env::var(CHILD) {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(SIZE).unwrap();
        let client = Client::new(Config::builder(url).build().unwrap()).unwrap();
        let form = Form::new().part("file", Part::file(file.path()));
        client.post("x").multipart(form).send().unwrap().error_for_status().unwrap();
        println!("{}", peak_memory());
        return;
    }
    let received = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&received);
    let server = RawServer::start(move |_, connection| {
        let head = connection.read_head().unwrap();
        connection.write("HTTP/1.1 100 Continue\r\n\r\n");
        let mut left: usize = header(&head, "content-length").unwrap().parse().unwrap();
        let mut buffer = vec![0; 1 << 16];
        while left > 0 {
            let count = connection.stream.read(&mut buffer).unwrap();
            counter.fetch_add(count, Ordering::SeqCst);
            left -= count;
        }
        connection.reply("201 Created", "Connection: close\r\n", "{}");
    });
    let output = child("wire::two_hundred_megabytes_go_up_in_less_than_thirty_of_memory", CHILD, &server.url());
    assert!(received.load(Ordering::SeqCst) as u64 > SIZE);
    if let Some(kilobytes) = kilobytes(&output) {
        println!("peak: {kilobytes} kB");
        assert!(kilobytes < 30 << 10, "{kilobytes} kB");
    }
}

#[test]
fn a_probe_says_in_words_what_is_wrong() {
    let nothing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = echo();
    let web = RawServer::start(|_, connection| {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 44\r\nConnection: close\r\n\r\n<html><title>Welcome to nginx!</title></html");
    });
    let silent = RawServer::start(|_, _| std::thread::sleep(Duration::from_secs(2)));
    for (url, says) in [
        ("http://no-such-host.invalid".to_owned(), "DNS"),
        (format!("http://{nothing}"), "refused"),
        (plain.url().replace("http", "https"), "TLS"),
        (silent.url(), "silent"),
        (web.url(), "not a NetBox"),
        (web.url(), "Welcome to nginx!"),
    ] {
        let config = impatient(&url).connect_timeout(Duration::from_secs(10)).retries(Retries::none()).build().unwrap();
        let probe = Client::new(config).unwrap().probe_connection();
        assert!(!probe.ok && probe.error.as_ref().is_some_and(|error| error.contains(says)), "{url}: {probe:?}");
    }
}

#[test]
fn clients_are_shared_between_threads() {
    fn check<T: Send + Sync + Clone>(_: &T) {}
    let server = echo();
    let client = client(&server);
    check(&client);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..50).for_each(|_| assert!(client.get("x").send().is_ok())));
        }
    });
    assert_eq!(server.arrived(), 400);
}

#[test]
fn the_observer_sees_each_attempt() {
    let server = RawServer::start(|number, connection| {
        connection.read_request();
        connection.reply(if number == 0 { "503 Service Unavailable" } else { "200 OK" }, "Connection: close\r\n", "{}");
    });
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let config = impatient(&server.url()).observer(move |event| seen.lock().unwrap().push(event.clone())).build().unwrap();
    Client::new(config).unwrap().get("x?token=secret").send().unwrap();
    let events = events.lock().unwrap();
    let told: Vec<_> =
        events.iter().map(|event| (event.path.as_str(), event.status.unwrap().as_u16(), event.attempt, event.bytes)).collect();
    assert_eq!(told, [("/api/x/", 503, 1, 2), ("/api/x/", 200, 2, 2)]);
}

#[test]
fn a_request_that_is_not_answered_ends_in_the_silence_limit() {
    let started = Instant::now();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = Client::new(impatient(&format!("http://{address}")).build().unwrap()).unwrap();
    let error = client.get("x").send().unwrap_err();
    assert!(error.kind() == ErrorKind::Timeout && error.may_have_been_sent(), "{error}");
    assert!(started.elapsed() < Duration::from_secs(3));
    drop(TcpStream::connect(address));
}
