//! What the client costs on top of bare ureq, on the same loopback server in the same run.
//! Compare the two lines of each group: `client / ureq` is the ratio.
#![allow(missing_docs)]

mod loopback;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use netbox_sdk::{Client, Config, serde_json};
use serde_json::{Value, json};

fn get(criterion: &mut Criterion) {
    let device: Value = serde_json::from_str(include_str!("device.json")).expect("JSON");
    for (name, rows) in [("one object", 1), ("a page of 1000", 1000)] {
        let page = json!({"count": rows, "next": null, "previous": null, "results": vec![&device; rows]}).to_string();
        let reply = loopback::reply(page.as_bytes());
        let url = format!("http://{}", loopback::serve(move |_| reply.clone()));
        let client = Client::new(Config::builder(&url).token("abc").build().expect("a configuration")).expect("a client");
        let agent = ureq::Agent::new_with_defaults();
        let target = format!("{url}/api/dcim/devices/");
        let mut group = criterion.benchmark_group(format!("GET {name} as serde_json::Value"));
        group.sample_size(if rows == 1 { 100 } else { 30 });
        group.bench_function("ureq", |bencher| bencher.iter(|| black_box(loopback::get_value(&agent, &target))));
        group.bench_function("client", |bencher| {
            bencher.iter(|| black_box(client.get("dcim/devices").send().expect("a reply").json::<Value>().expect("JSON")));
        });
        group.finish();
    }
}

criterion_group!(benches, get);
criterion_main!(benches);
