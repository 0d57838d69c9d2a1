//! What the check of a body costs, beside the parsing of the same body. Compare the lines of the same run.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use netbox_sdk::http::Method;
use netbox_sdk::serde_json::{self, Value, json};
use netbox_sdk::{ReleaseLine, typed::validation};

fn device() -> Value {
    json!({
        "name": "sw-lon-01", "device_type": 3, "role": {"slug": "leaf-switch"}, "site": 1, "location": null, "rack": 7, "position": 12.0, "face": "front",
        "status": "active", "airflow": "front-to-rear", "serial": "FDO1234A5BC", "asset_tag": "A-00042", "tenant": {"name": "Operations"}, "platform": 2,
        "latitude": 51.5072, "longitude": -0.1276, "vc_position": 1, "vc_priority": 200, "description": "a leaf of the first row",
        "comments": "racked in May", "local_context_data": {"ntp": ["10.0.0.1"]}, "tags": [{"slug": "prod"}, 4],
        "custom_fields": {"owner": "network", "cost_center": 4711},
    })
}

fn validation(criterion: &mut Criterion) {
    for (name, body) in [("device", device()), ("list of 100 devices", Value::from(vec![device(); 100]))] {
        let text = body.to_string();
        let mut group = criterion.benchmark_group(name);
        group.bench_function("serde_json::Value of its text", |bencher| {
            bencher.iter(|| black_box(serde_json::from_str::<Value>(black_box(&text)).expect("JSON")));
        });
        group.bench_function("check", |bencher| {
            bencher
                .iter(|| validation::check(ReleaseLine::V4_7, &Method::POST, "dcim/devices/", black_box(&body)).expect("a body that fits"));
        });
        group.finish();
    }
}

criterion_group!(benches, validation);
criterion_main!(benches);
