//! What the client costs on top of bare ureq, on the same loopback server in the same run.
//! Compare the two lines of each group: `client / ureq` is the ratio.
#![allow(missing_docs)]

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use criterion::{Criterion, criterion_group, criterion_main};
use netbox_sdk::{Client, Config};
use serde_json::{Value, json};

/// Answers every request on a connection with the same page.
fn serve(page: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nAPI-Version: 4.7\r\nContent-Length: {}\r\n\r\n",
                    page.len()
                );
                // In one piece: two would wait for an acknowledgement in between.
                let reply = [head.as_bytes(), page].concat();
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    seen.extend_from_slice(&buffer[..count]);
                    if seen.ends_with(b"\r\n\r\n") {
                        seen.clear();
                        if stream.write_all(&reply).is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    address
}

/// A page as large as one of 1,000 devices with all fields.
fn page(rows: usize) -> &'static [u8] {
    let row = json!({
        "id": 4711, "url": "http://127.0.0.1/api/dcim/devices/4711/", "display": "leaf-lon-00000", "name": "leaf-lon-00000",
        "status": {"value": "active", "label": "Active"}, "site": {"id": 1, "url": "http://127.0.0.1/api/dcim/sites/1/", "name": "LON"},
        "comments": "Installed by the field team. ".repeat(60), "tags": [{"id": 1, "slug": "core"}], "custom_fields": {"asset_owner": "team-1"},
    });
    let page = json!({"count": rows, "next": null, "previous": null, "results": vec![row; rows]});
    page.to_string().into_bytes().leak()
}

fn get(criterion: &mut Criterion) {
    for (name, rows) in [("one object", 1), ("a page of 1000", 1000)] {
        let url = format!("http://{}", serve(page(rows)));
        let client = Client::new(Config::builder(&url).token("abc").build().expect("a configuration")).expect("a client");
        let agent = ureq::Agent::new_with_defaults();
        let target = format!("{url}/api/dcim/devices/");
        let mut group = criterion.benchmark_group(format!("GET {name} as serde_json::Value"));
        group.sample_size(if rows == 1 { 200 } else { 30 });
        group.bench_function("ureq", |bencher| {
            bencher.iter(|| {
                let mut response = agent.get(&target).call().expect("a reply");
                let bytes = response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a body");
                black_box(serde_json::from_slice::<Value>(&bytes).expect("JSON"))
            });
        });
        group.bench_function("client", |bencher| {
            bencher.iter(|| black_box(client.get("dcim/devices").send().expect("a reply").json::<Value>().expect("JSON")));
        });
        group.finish();
    }
}

criterion_group!(benches, get);
criterion_main!(benches);
