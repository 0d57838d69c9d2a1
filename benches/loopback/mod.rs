//! A server on loopback whose replies are made before they are measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

/// Answers each GET with the body for its target (path and query). Connections are kept.
pub(crate) fn serve(answer: impl Fn(&str) -> Arc<Vec<u8>> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    seen.extend_from_slice(&buffer[..count]);
                    if !seen.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    let head = String::from_utf8_lossy(&seen).into_owned();
                    seen.clear();
                    let target = head.split(' ').nth(1).unwrap_or_default();
                    if stream.write_all(&answer(target)).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// A whole reply. Head and body in one piece: two would wait for an acknowledgement in between.
pub(crate) fn reply(body: &[u8]) -> Arc<Vec<u8>> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nAPI-Version: 4.7\r\nContent-Length: {}\r\n\r\n", body.len());
    Arc::new([head.as_bytes(), body].concat())
}

/// What a user of bare ureq does with a page.
#[allow(dead_code, reason = "not every bench compares with it")]
pub(crate) fn get_value(agent: &ureq::Agent, url: &str) -> serde_json::Value {
    let mut response = agent.get(url).call().expect("a reply");
    let bytes = response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}
