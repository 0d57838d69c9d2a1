//! What a page of 1,000 whole devices costs to read, in types and as `serde_json::Value`: compare the lines of the same run. The memory that each keeps is printed at the end, where Linux tells it.
#![allow(missing_docs)]
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::process::Command;

use criterion::Criterion;
use netbox_sdk::serde_json::{self, Value};
use netbox_sdk::typed::v4_7::Device;
use serde::Deserialize;

#[derive(Deserialize)]
struct Page<T> {
    results: Vec<T>,
}

fn page() -> Vec<u8> {
    let device: Value = serde_json::from_str(include_str!("device.json")).expect("JSON");
    let rows = vec![device.to_string(); 1000].join(",");
    format!(r#"{{"count": 1000, "next": null, "previous": null, "results": [{rows}]}}"#).into_bytes()
}

fn devices(page: &[u8]) -> Vec<Device> {
    serde_json::from_slice::<Page<Device>>(page).expect("devices").results
}

fn value(page: &[u8]) -> Value {
    serde_json::from_slice(page).expect("JSON")
}

fn typed(criterion: &mut Criterion) {
    let page = page();
    let mut group = criterion.benchmark_group("page of 1,000 devices");
    group.bench_function("serde_json::Value", |bencher| bencher.iter(|| value(black_box(&page))));
    group.bench_function("Device", |bencher| bencher.iter(|| devices(black_box(&page))));
    group.finish();
}

/// The peak of this process in kB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}

/// What a process adds to its peak that reads the page and keeps it as `kind`.
fn kept(kind: &str) -> Option<u64> {
    let output = Command::new(std::env::current_exe().ok()?).env("NETBOX_BENCH_KEEPS", kind).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn main() {
    if let Ok(kind) = std::env::var("NETBOX_BENCH_KEEPS") {
        let page = page();
        let before = peak().unwrap_or_default();
        match kind.as_str() {
            "Device" => drop(black_box(devices(&page))),
            _ => drop(black_box(value(&page))),
        }
        println!("{}", peak().unwrap_or_default() - before);
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    typed(&mut criterion);
    criterion.final_summary();
    if let (Some(types), Some(values)) = (kept("Device"), kept("Value")) {
        println!("memory: Device {types} kB, serde_json::Value {values} kB: {:.2}", types as f64 / values as f64);
    }
}
