//! What an index costs: to build it, beside the parsing of its text and of the document that it is made of, and to look something up, beside a plain map.
//! Compare the lines of each group, of the same run.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;

use criterion::{Criterion, criterion_group, criterion_main};
use flate2::read::GzDecoder;
use netbox_sdk::serde_json::{self, Value};
use netbox_sdk::{ReleaseLine, SchemaIndex, build_schema_index};

fn text(path: &str) -> Vec<u8> {
    let mut text = Vec::new();
    let file = File::open(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect("a file");
    GzDecoder::new(file).read_to_end(&mut text).expect("gzip");
    text
}

fn build(criterion: &mut Criterion) {
    for line in ReleaseLine::ALL {
        let text = text(&format!("src/schema/bundled/{line}.json.gz"));
        let mut group = criterion.benchmark_group(format!("index of {line}"));
        group.bench_function("serde_json::Value of its text", |bencher| {
            bencher.iter(|| black_box(serde_json::from_slice::<Value>(&text).expect("JSON")));
        });
        group.bench_function("build_schema_index", |bencher| bencher.iter(|| black_box(build_schema_index(line).expect("an index"))));
        group.finish();
    }
}

fn document(criterion: &mut Criterion) {
    let text = text("examples/codegen/openapi/netbox-4.7.json.gz");
    let document: Value = serde_json::from_slice(&text).expect("JSON");
    let mut group = criterion.benchmark_group("document of 4.7");
    group.sample_size(20);
    group.bench_function("serde_json::Value of its text", |bencher| {
        bencher.iter(|| black_box(serde_json::from_slice::<Value>(&text).expect("JSON")));
    });
    group.bench_function("from_openapi", |bencher| {
        bencher.iter(|| black_box(SchemaIndex::from_openapi(&document).expect("an index")));
    });
    group.finish();
}

fn look_ups(criterion: &mut Criterion) {
    let index = build_schema_index(ReleaseLine::NEWEST).expect("an index");
    let plain: BTreeMap<&str, usize> = index.resources.keys().enumerate().map(|(number, path)| (path.as_str(), number)).collect();
    let devices = index.resource("dcim", "devices").expect("a resource");
    let mut group = criterion.benchmark_group("look-up");
    group.bench_function("BTreeMap", |bencher| bencher.iter(|| black_box(plain.get(black_box("dcim/devices")))));
    group.bench_function("resource", |bencher| bencher.iter(|| black_box(index.resource(black_box("dcim"), black_box("devices")))));
    group.bench_function("filter", |bencher| bencher.iter(|| black_box(devices.filter(black_box("status")))));
    group.bench_function("filter with a lookup", |bencher| bencher.iter(|| black_box(devices.filter(black_box("name__ic")))));
    for path in ["/api/dcim/devices/", "/api/dcim/devices/70/", "/api/dcim/devices/70/render-config/", "/api/extras/scripts/upload/70/"] {
        group.bench_function(format!("target {path}"), |bencher| bencher.iter(|| black_box(index.target(black_box(path)))));
    }
    group.bench_function("suggest_filter", |bencher| bencher.iter(|| black_box(devices.suggest_filter(black_box("stauts")))));
    group.finish();
}

criterion_group!(benches, build, document, look_ups);
criterion_main!(benches);
