//! What the mock takes to start, and to list 5,000 devices: over HTTP, beside a server that has the same pages ready as bytes, in the same run.
//! `mock - fixed bytes` is what the mock itself costs. Goals: a list below 1 s, a start below 50 ms.
#![allow(missing_docs)]

mod loopback;

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, Mutex};

use criterion::{Criterion, criterion_group, criterion_main};
use netbox_sdk::http::Request;
use netbox_sdk::mock::{Demo, NetBox};
use netbox_sdk::{Api, api};

const DEVICES: u64 = 5000;

/// Serves what the mock answers as bytes, each reply made when it is first asked for.
fn fixed(netbox: NetBox) -> String {
    let replies = Mutex::new(HashMap::<String, Arc<Vec<u8>>>::new());
    let address = loopback::serve(move |target| {
        let mut replies = replies.lock().expect("no other panicked");
        let made = replies.entry(target.to_owned()).or_insert_with(|| {
            let request = Request::get(target).header("Authorization", format!("Bearer {}", netbox.token())).body(Vec::new());
            loopback::reply(netbox.handle(request.expect("a request")).body())
        });
        Arc::clone(made)
    });
    format!("http://{address}")
}

fn list(nb: &Api, fields: &[&str]) {
    let all = nb.dcim().devices().all();
    let all = if fields.is_empty() { all } else { all.fields(fields) };
    let count = all.into_iter().map(|device| drop(black_box(device.expect("a device")))).count();
    assert_eq!(count as u64, DEVICES);
}

fn lists(criterion: &mut Criterion) {
    let demo = || NetBox::builder().seed(Demo::campus(DEVICES));
    let netbox = demo().start().expect("a mock");
    let own = api(&netbox.url(), netbox.token()).expect("a client");
    let baseline = api(&fixed(demo().build().expect("a mock")), netbox.token()).expect("a client");
    for (name, fields) in [("5000 devices", &[][..]), ("5000 devices, three fields", &["id", "name", "site"])] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.bench_function("fixed bytes", |bencher| bencher.iter(|| list(&baseline, fields)));
        group.bench_function("mock", |bencher| bencher.iter(|| list(&own, fields)));
        group.finish();
    }
}

fn starts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("start");
    group.sample_size(10);
    group.bench_function("empty", |bencher| bencher.iter(|| black_box(NetBox::start().expect("a mock"))));
    group.bench_function("small", |bencher| bencher.iter(|| black_box(NetBox::builder().seed(Demo::small()).start().expect("a mock"))));
    group.bench_function("campus of 5000", |bencher| {
        bencher.iter(|| black_box(NetBox::builder().seed(Demo::campus(DEVICES)).start().expect("a mock")));
    });
    group.finish();
}

criterion_group!(benches, starts, lists);
criterion_main!(benches);
