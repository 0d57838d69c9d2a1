//! Everything that can go wrong on the way, for a read and for a write: what kind of error it is, whether the request may have arrived,
//! and how often it did.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use netbox_sdk::http::Method;
use netbox_sdk::{ApiResponse, Client, ConfigBuilder, ErrorKind, Result};
use serde_json::Value;

use crate::support::{Connection, RawServer, impatient};
use crate::tls::{Authority, TlsServer};

/// What a fault must look like to the caller. `None` for the kind: it must not be seen at all.
struct Expected {
    kind: Option<ErrorKind>,
    sent: bool,
    arrived: usize,
}

const fn fails(kind: ErrorKind, sent: bool, arrived: usize) -> Expected {
    Expected { kind: Some(kind), sent, arrived }
}

const fn succeeds(arrived: usize) -> Expected {
    Expected { kind: None, sent: true, arrived }
}

/// A read is tried this often where trying again may help.
const TRIES: usize = 3;

/// What a fault needs: a server that is kept, how it counts, and how to reach it.
struct Setup {
    config: ConfigBuilder,
    arrived: Box<dyn Fn() -> usize>,
}

struct Fault {
    name: &'static str,
    setup: fn() -> Setup,
    get: Expected,
    post: Expected,
}

use ErrorKind::*;

const FAULTS: [Fault; 19] = [
    Fault { name: "DNS failure", setup: dns_failure, get: fails(Dns, false, 0), post: fails(Dns, false, 0) },
    Fault { name: "refused", setup: refused, get: fails(Connect, false, 0), post: fails(Connect, false, 0) },
    Fault { name: "connect timeout", setup: full_backlog, get: fails(Timeout, false, 0), post: fails(Timeout, false, 0) },
    Fault { name: "TLS handshake stalls", setup: tls_stalls, get: fails(Timeout, false, 0), post: fails(Timeout, false, 0) },
    Fault { name: "TLS name mismatch", setup: tls_name, get: fails(Certificate, false, 0), post: fails(Certificate, false, 0) },
    Fault { name: "TLS unknown CA", setup: tls_unknown_ca, get: fails(Certificate, false, 0), post: fails(Certificate, false, 0) },
    Fault {
        name: "closed before the reply",
        setup: || raw(|_, _| {}),
        get: fails(ConnectionLost, true, TRIES),
        post: fails(ConnectionLost, true, 1),
    },
    Fault {
        name: "closed in the headers",
        setup: || raw(|_, connection| connection.write("HTTP/1.1 200 OK\r\nContent-Le")),
        get: fails(ConnectionLost, true, TRIES),
        post: fails(ConnectionLost, true, 1),
    },
    Fault {
        name: "closed in the body",
        setup: || raw(|_, connection| connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n")),
        get: fails(ConnectionLost, true, TRIES),
        post: fails(ConnectionLost, true, 1),
    },
    Fault {
        name: "short Content-Length",
        setup: || raw(|_, connection| connection.write("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"a\":1}")),
        get: fails(ConnectionLost, true, TRIES),
        post: fails(ConnectionLost, true, 1),
    },
    Fault {
        name: "bad chunk",
        setup: || raw(|_, connection| connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n")),
        get: fails(Protocol, true, 1),
        post: fails(Protocol, true, 1),
    },
    Fault {
        name: "stalled body",
        setup: || {
            raw(|_, connection| {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"a\":");
                std::thread::sleep(Duration::from_secs(3));
            })
        },
        get: fails(Timeout, true, 1),
        post: fails(Timeout, true, 1),
    },
    Fault {
        name: "close-delimited body cut",
        setup: || raw(|_, connection| connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"a\": [1, 2")),
        get: fails(Decode, true, 1),
        post: fails(Decode, true, 1),
    },
    Fault { name: "early 413", setup: early_413, get: fails(Status, true, 1), post: fails(Status, true, 1) },
    Fault {
        name: "302 on a write",
        setup: || {
            raw(|number, connection| match number {
                0 => connection.reply("302 Found", "Location: /api/elsewhere/\r\nConnection: close\r\n", ""),
                _ => connection.reply("200 OK", "", "{}"),
            })
        },
        get: succeeds(2),
        post: fails(Redirect, true, 1),
    },
    Fault {
        name: "redirect to another origin",
        setup: || raw(|_, connection| connection.reply("302 Found", "Location: https://elsewhere.example.com/api/\r\n", "")),
        get: fails(Redirect, true, 1),
        post: fails(Redirect, true, 1),
    },
    Fault {
        name: "HTML 404",
        setup: || {
            raw(|_, connection| {
                connection.reply(
                    "404 Not Found",
                    "Content-Type: text/html\r\n",
                    "<!doctype html><html><title>Page Not Found</title></html>",
                );
            })
        },
        get: fails(NotFound, true, 1),
        post: fails(NotFound, true, 1),
    },
    Fault {
        name: "503 with Retry-After, then 200",
        setup: || {
            raw(|number, connection| match number {
                0 => connection.reply("503 Service Unavailable", "Retry-After: 0\r\nConnection: close\r\n", ""),
                _ => connection.reply("200 OK", "", "{}"),
            })
        },
        get: succeeds(2),
        post: fails(Server, true, 1),
    },
    Fault { name: "endless body", setup: endless_body, get: fails(TooLarge, true, 1), post: fails(TooLarge, true, 1) },
];

#[test]
fn every_fault_is_told_as_what_it_is() {
    for fault in &FAULTS {
        for (method, expected) in [(Method::GET, &fault.get), (Method::POST, &fault.post)] {
            let setup = (fault.setup)();
            let client = Client::new(setup.config.build().unwrap()).unwrap();
            let outcome = call(&client, &method, fault.name == "early 413");
            // A request that is still on its way to the counter would be missed.
            std::thread::sleep(Duration::from_millis(30));
            let seen = (outcome.as_ref().err().map(|error| error.kind()), (setup.arrived)());
            assert_eq!(seen, (expected.kind, expected.arrived), "{method} with {}: {outcome:?}", fault.name);
            if let Err(error) = outcome {
                assert_eq!(error.may_have_been_sent(), expected.sent, "{method} with {}: {error}", fault.name);
                assert_eq!(error.request().map(|request| request.method()), Some(&method), "{}: {error}", fault.name);
                let is_write_that_may_have_arrived = method == Method::POST && error.may_have_been_sent();
                assert!(!(is_write_that_may_have_arrived && error.is_retryable()), "{}: {error}", fault.name);
                println!("{method} with {}: {error}", fault.name);
            }
        }
    }
}

fn call(client: &Client, method: &Method, is_large: bool) -> Result<ApiResponse> {
    let request = client.request(method.clone(), "dcim/sites");
    let request = match *method {
        Method::POST => request.body("application/json", vec![b'1'; if is_large { 30 << 20 } else { 30 }]),
        _ => request,
    };
    let response = request.send()?.error_for_status()?;
    response.json::<Value>()?;
    Ok(response)
}

/// A server that reads a whole request, answers as told, and closes.
fn raw(answer: fn(usize, &mut Connection)) -> Setup {
    let server = RawServer::start(move |number, connection| {
        if let Some(head) = connection.read_head() {
            connection.take_body(&head);
            answer(number, connection);
        }
    });
    Setup { config: impatient(&server.url()), arrived: Box::new(move || server.arrived()) }
}

fn dns_failure() -> Setup {
    Setup { config: impatient("http://no-such-host.invalid").connect_timeout(Duration::from_secs(10)), arrived: Box::new(|| 0) }
}

fn refused() -> Setup {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    Setup { config: impatient(&format!("http://127.0.0.1:{port}")), arrived: Box::new(|| 0) }
}

/// Nobody accepts, and the queue is full: the system drops what comes.
fn full_backlog() -> Setup {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
        assert!(waiting.len() < 10_000, "the queue of the listener never fills");
    }
    let kept = (listener, waiting);
    Setup {
        config: impatient(&format!("http://{address}")).connect_timeout(Duration::from_millis(200)),
        arrived: Box::new(move || {
            let _ = &kept;
            0
        }),
    }
}

fn tls_stalls() -> Setup {
    let server = RawServer::start(|_, _| std::thread::sleep(Duration::from_secs(5)));
    Setup { config: impatient(&server.url().replace("http:", "https:")), arrived: Box::new(move || server.arrived()) }
}

fn tls_name() -> Setup {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.issue("other.example.com"));
    let config = impatient(&format!("https://localhost:{}", server.address.port())).root_certificates(authority.pem());
    Setup { config, arrived: Box::new(move || server.arrived()) }
}

fn tls_unknown_ca() -> Setup {
    let server = TlsServer::start(&Authority::new().issue("localhost"));
    let config = impatient(&format!("https://localhost:{}", server.address.port())).root_certificates(Authority::new().pem());
    Setup { config, arrived: Box::new(move || server.arrived()) }
}

/// Refuses at once, and closes with most of the body unread: without `Expect` the refusal would be lost in a reset.
fn early_413() -> Setup {
    let server = RawServer::start(|_, connection| {
        if connection.read_head().is_some() {
            connection.reply("413 Content Too Large", "Connection: close\r\n", "");
        }
    });
    Setup { config: impatient(&server.url()), arrived: Box::new(move || server.arrived()) }
}

fn endless_body() -> Setup {
    let server = RawServer::start(|_, connection| {
        if let Some(head) = connection.read_head() {
            connection.take_body(&head);
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[0");
            while connection.try_write(&",0".repeat(4096)) {}
        }
    });
    Setup { config: impatient(&server.url()).max_response_size(1 << 20), arrived: Box::new(move || server.arrived()) }
}
