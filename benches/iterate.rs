//! What an iteration over 5,000 devices costs on top of bare ureq with `serde_json::Value`, over the same pages of the same loopback server in the same run.
//! Compare the two lines of each group: `all / ureq` and `select / ureq` are the ratios.
#![allow(missing_docs)]

mod loopback;

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Arc, Mutex};

use criterion::{Criterion, criterion_group, criterion_main};
use netbox_sdk::{Api, Client, Config, serde_json};
use serde::Deserialize;
use serde_json::{Value, json};

const DEVICES: u64 = 5000;

#[derive(Deserialize)]
#[allow(dead_code)]
struct Row {
    id: u64,
    name: Option<String>,
    site: Named,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Named {
    id: u64,
    name: String,
}

/// The pages by their targets, made when they are first asked for.
fn serve() -> String {
    let device: Value = serde_json::from_str(include_str!("device.json")).expect("JSON");
    let pages = Mutex::new(HashMap::<String, Arc<Vec<u8>>>::new());
    let address = loopback::serve(move |target| {
        let mut pages = pages.lock().expect("no other panicked");
        Arc::clone(pages.entry(target.to_owned()).or_insert_with(|| loopback::reply(page(&device, target).as_bytes())))
    });
    format!("http://{address}")
}

fn page(device: &Value, target: &str) -> String {
    let parameter = |name: &str| target.split(['?', '&']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let number = |name: &str| parameter(name).and_then(|value| value.parse::<u64>().ok());
    let (after, limit) = (number("id__gt").unwrap_or(0), number("limit").unwrap_or(50));
    let last = (after + limit).min(DEVICES);
    let rows: Vec<Value> = (after + 1..=last)
        .map(|id| {
            let mut row = device.clone();
            row["id"] = id.into();
            if let (Some(fields), Some(members)) = (parameter("fields"), row.as_object_mut()) {
                members.retain(|name, _| fields.split("%2C").any(|field| field == name));
            }
            row
        })
        .collect();
    let next = (last < DEVICES).then_some("http://netbox.example.com/api/dcim/devices/?more");
    json!({"count": DEVICES - after, "next": next, "previous": null, "results": rows}).to_string()
}

/// The same pages as an iteration asks for.
fn targets(base: &str, fields: &str) -> Vec<String> {
    let mut after = 0;
    let mut targets = Vec::new();
    for limit in [250, 500, 1000, 1000, 1000, 1000, 1000] {
        let bound = if after == 0 { String::new() } else { format!("id__gt={after}&") };
        targets.push(format!("{base}/api/dcim/devices/?{fields}{bound}ordering=id&limit={limit}"));
        after += limit;
    }
    targets
}

fn read_all(agent: &ureq::Agent, targets: &[String]) -> usize {
    targets.iter().map(|target| loopback::get_value(agent, target)["results"].as_array().map_or(0, Vec::len)).sum()
}

fn iterate(criterion: &mut Criterion) {
    let url = serve();
    let nb = Api::new(Client::new(Config::builder(&url).token("abc").build().expect("a configuration")).expect("a client"));
    let agent = ureq::Agent::new_with_defaults();
    let whole = targets(&url, "");
    let few = targets(&url, "fields=id%2Cname%2Csite&");
    // Both read everything, or the comparison is none.
    assert_eq!(read_all(&agent, &whole), 5000);
    assert_eq!(nb.dcim().devices().all().into_iter().filter(Result::is_ok).count(), 5000);
    assert_eq!(read_all(&agent, &few), 5000);
    assert_eq!(nb.dcim().devices().all().select::<Row>().into_iter().filter(Result::is_ok).count(), 5000);

    let mut group = criterion.benchmark_group("5000 devices");
    group.sample_size(20);
    group.bench_function("ureq", |bencher| bencher.iter(|| black_box(read_all(&agent, &whole))));
    group.bench_function("all", |bencher| {
        bencher.iter(|| nb.dcim().devices().all().into_iter().for_each(|device| drop(black_box(device.expect("a device")))));
    });
    group.finish();
    let mut group = criterion.benchmark_group("5000 devices, three fields");
    group.sample_size(20);
    group.bench_function("ureq", |bencher| bencher.iter(|| black_box(read_all(&agent, &few))));
    group.bench_function("select", |bencher| {
        bencher.iter(|| nb.dcim().devices().all().select::<Row>().into_iter().for_each(|row| drop(black_box(row.expect("a row")))));
    });
    group.finish();
}

criterion_group!(benches, iterate);
criterion_main!(benches);
