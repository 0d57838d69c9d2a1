//! What a hit and a store cost, beside a plain SQLite statement on the same bytes and a plain file, in the same run.
//! Compare the lines of each group: `client / sqlite` and `client / file` are the ratios; of a store `reload` less `no cache` is its cost.
#![allow(missing_docs)]

mod loopback;

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use netbox_sdk::{Cache, CachePolicy, CacheStatus, Client, Config, Lifetime};
use rusqlite::Connection;

const THREADS: u64 = 8;
const ENTRIES: u64 = 20_000;

/// The size is the end of the path.
fn serve() -> String {
    let replies: Vec<_> = [3_000, 2_500_000].map(|size| (format!("/{size}/"), loopback::reply(&body(size)))).into();
    let address = loopback::serve(move |target| {
        let path = target.split('?').next().unwrap_or_default();
        let of_size = replies.iter().find(|(end, _)| path.ends_with(end.as_str()));
        of_size.unwrap_or(&replies[0]).1.clone()
    });
    format!("http://{address}")
}

fn body(size: usize) -> Vec<u8> {
    let mut body = b"{\"id\":1,\"text\":\"".to_vec();
    body.resize(size - 2, b'x');
    body.extend_from_slice(b"\"}");
    body
}

fn client(url: &str, cache: Cache) -> Client {
    let lifetime = Lifetime::seconds(86_400, 86_400);
    let policy =
        CachePolicy { lists: lifetime, objects: lifetime, objects_with_query: lifetime, others: lifetime, ..CachePolicy::default() };
    Client::new(Config::builder(url).token("abc").cache(cache).cache_policy(policy).build().expect("a configuration")).expect("a client")
}

fn hit(client: &Client, path: &str) -> usize {
    let response = client.get(path).send().expect("a reply");
    assert_eq!(response.cache_status(), Some(CacheStatus::Hit));
    response.bytes().len()
}

fn plain(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("plain.sqlite3")).expect("a file");
    connection
        .execute_batch("PRAGMA journal_mode=wal; PRAGMA synchronous=normal; CREATE TABLE plain (id INTEGER PRIMARY KEY, body BLOB)")
        .expect("a table");
    connection
}

fn hits(criterion: &mut Criterion) {
    let url = serve();
    for (name, size) in [("3 KB", 3_000), ("2.5 MB", 2_500_000)] {
        let folder = tempfile::tempdir().expect("a folder");
        let client = client(&url, Cache::at(folder.path()));
        let path = format!("dcim/devices/{size}");
        client.get(&path).send().expect("a reply");
        let plain = plain(folder.path());
        plain.execute("INSERT INTO plain VALUES (1, ?1)", [body(size)]).expect("a row");
        let file = folder.path().join("body");
        std::fs::write(&file, body(size)).expect("a file");
        let mut group = criterion.benchmark_group(format!("hit of {name}"));
        group.bench_function("sqlite", |bencher| {
            let mut statement = plain.prepare("SELECT body FROM plain WHERE id = ?1").expect("a statement");
            bencher.iter(|| black_box(statement.query_row([1], |row| row.get::<_, Vec<u8>>(0)).expect("a row").len()));
        });
        group.bench_function("file", |bencher| bencher.iter(|| black_box(std::fs::read(&file).expect("a file").len())));
        group.bench_function("client", |bencher| bencher.iter(|| black_box(hit(&client, &path))));
        group.bench_function("no cache", |bencher| {
            bencher.iter(|| black_box(client.get(&path).no_cache().send().expect("a reply").bytes().len()))
        });
        group.finish();
    }
}

fn stores(criterion: &mut Criterion) {
    let url = serve();
    for (name, size) in [("3 KB", 3_000), ("2.5 MB", 2_500_000)] {
        let folder = tempfile::tempdir().expect("a folder");
        let client = client(&url, Cache::at(folder.path()));
        let path = format!("dcim/devices/{size}");
        let plain = plain(folder.path());
        let mut group = criterion.benchmark_group(format!("store of {name}"));
        group.sample_size(30);
        group.bench_function("sqlite", |bencher| {
            let mut statement = plain.prepare("INSERT OR REPLACE INTO plain VALUES (1, ?1)").expect("a statement");
            bencher.iter_batched(|| body(size), |body| statement.execute([body]).expect("a row"), BatchSize::LargeInput);
        });
        group.bench_function("no cache", |bencher| bencher.iter(|| black_box(client.get(&path).no_cache().send().expect("a reply"))));
        group.bench_function("reload", |bencher| bencher.iter(|| black_box(client.get(&path).reload().send().expect("a reply"))));
        group.finish();
    }
}

/// Eight threads, each with its share of the hits: the time is that of one hit as long as they do not wait for each other and there are as many cores.
fn threads(criterion: &mut Criterion) {
    let url = serve();
    let folder = tempfile::tempdir().expect("a folder");
    let client = client(&url, Cache::at(folder.path()));
    client.get("dcim/devices/3000").send().expect("a reply");
    let mut group = criterion.benchmark_group("hit of 3 KB, by all threads together");
    for threads in [1, THREADS] {
        group.bench_function(format!("{threads} threads"), |bencher| {
            bencher.iter_custom(|iterations| {
                let started = Instant::now();
                std::thread::scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|| (0..iterations.div_ceil(threads)).for_each(|_| _ = black_box(hit(&client, "dcim/devices/3000"))));
                    }
                });
                started.elapsed()
            });
        });
    }
    group.finish();
}

fn many_entries(criterion: &mut Criterion) {
    let url = serve();
    let folder = tempfile::tempdir().expect("a folder");
    let client = client(&url, Cache::at(folder.path()));
    let path = |number: u64| format!("dcim/devices/{number}");
    (0..ENTRIES).for_each(|number| drop(client.get(&path(number)).send().expect("a reply")));
    let plain = plain(folder.path());
    let bytes = body(3_000);
    plain.execute_batch("BEGIN").expect("a transaction");
    for number in 0..ENTRIES as i64 {
        plain.execute("INSERT INTO plain VALUES (?1, ?2)", (number, &bytes)).expect("a row");
    }
    plain.execute_batch("COMMIT").expect("a transaction");
    let mut number = 0;
    // A step that has no common divisor with the number of entries meets all of them.
    let mut next = move || {
        number = (number + 7_919) % ENTRIES;
        number
    };
    let mut group = criterion.benchmark_group("hit of 3 KB among 20,000");
    group.bench_function("sqlite", |bencher| {
        let mut statement = plain.prepare("SELECT body FROM plain WHERE id = ?1").expect("a statement");
        bencher.iter(|| black_box(statement.query_row([next() as i64], |row| row.get::<_, Vec<u8>>(0)).expect("a row").len()));
    });
    group.bench_function("client", |bencher| bencher.iter(|| black_box(hit(&client, &path(next())))));
    group.finish();
}

criterion_group!(benches, hits, stores, threads, many_entries);
criterion_main!(benches);
