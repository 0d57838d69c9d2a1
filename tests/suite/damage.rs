//! Bad states of the cache's file: each request is answered rightly all the same, and nothing panics.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use netbox_sdk::{Cache, CacheStatus, Client, Retries, json};
use rusqlite::Connection;

use crate::cache::number;
use crate::support::{RawServer, impatient};

/// A server with one number, which each write makes one larger.
struct Numbered {
    server: RawServer,
    /// As it was after the last write that has returned.
    acknowledged: AtomicU64,
}

impl Numbered {
    fn start() -> Numbered {
        let own = AtomicU64::new(1);
        let server = RawServer::start(move |_, connection| {
            while let Some(request) = connection.read_request() {
                let number = if request.starts_with("GET") { own.load(Ordering::SeqCst) } else { own.fetch_add(1, Ordering::SeqCst) + 1 };
                connection.reply("200 OK", "Content-Type: application/json\r\n", &format!("{{\"number\":{number}}}"));
            }
        });
        Numbered { server, acknowledged: AtomicU64::new(1) }
    }

    fn client(&self, cache: &Cache) -> Client {
        let config = impatient(&self.server.url()).attempt_timeout(Duration::from_secs(20)).read_timeout(Duration::from_secs(20));
        Client::new(config.retries(Retries::none()).cache(cache.clone()).build().unwrap()).unwrap()
    }

    /// Reads in four threads, and in one of them writes now and then. Gives how many reads were hits.
    fn use_it(&self, client: &Client) -> usize {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|thread| scope.spawn(move || self.read_and_write(client, thread == 0))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        })
    }

    fn read_and_write(&self, client: &Client, is_writer: bool) -> usize {
        let mut hits = 0;
        for round in 0..30 {
            if is_writer && round % 10 == 5 {
                let written = number(&client.patch("dcim/sites/1").json(&json!({})).send().unwrap());
                self.acknowledged.fetch_max(written, Ordering::SeqCst);
            }
            let least = self.acknowledged.load(Ordering::SeqCst);
            let response = client.get(&format!("dcim/sites/{}", round % 3)).send().unwrap();
            assert!(number(&response) >= least, "{} is of before the write that made it {least}", number(&response));
            hits += usize::from(response.cache_status() == Some(CacheStatus::Hit));
        }
        hits
    }
}

/// A cache that was used, with what is done to its file then. `begins_anew` says whether it is of use afterwards.
fn damaged(begins_anew: bool, damage: impl Fn(&Path)) {
    for reopened in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let server = Numbered::start();
        let mut cache = Cache::at(folder.path());
        let file = cache.path().unwrap();
        assert!(server.use_it(&server.client(&cache)) > 0);
        if reopened {
            drop(cache);
            damage(&file);
            cache = Cache::at(folder.path());
        } else {
            damage(&file);
        }
        let client = server.client(&cache);
        server.use_it(&client);
        let hits = server.use_it(&client);
        assert_eq!(hits > 0, begins_anew, "{hits} hits, {}", if reopened { "opened anew" } else { "open" });
        if begins_anew {
            let whole: String = Connection::open(&file).unwrap().pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
            assert_eq!(whole, "ok");
        }
    }
}

#[test]
fn a_file_that_is_no_database_is_set_aside() {
    damaged(true, |file| fs::write(file, "what is this? ".repeat(10_000)).unwrap());
    damaged(true, |file| fs::write(file, "").unwrap());
}

#[test]
fn a_damaged_file_is_set_aside() {
    damaged(true, |file| {
        let mut bytes = fs::read(file).unwrap();
        let half = bytes.len() / 2;
        bytes.truncate(half);
        fs::write(file, bytes).unwrap();
    });
    damaged(true, |file| {
        let connection = Connection::open(file).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(connection);
        let mut bytes = fs::read(file).unwrap();
        let length = bytes.len();
        bytes[100..length].iter_mut().for_each(|byte| *byte ^= 0x5a);
        fs::write(file, bytes).unwrap();
    });
}

#[test]
fn a_file_of_another_version_or_form_is_set_aside() {
    damaged(true, |file| Connection::open(file).unwrap().pragma_update(None, "user_version", 99).unwrap());
    damaged(true, |file| Connection::open(file).unwrap().execute_batch("DROP TABLE marks").unwrap());
    damaged(true, |file| Connection::open(file).unwrap().execute_batch("DROP TABLE entries; CREATE TABLE entries (id INTEGER)").unwrap());
    damaged(true, |file| Connection::open(file).unwrap().execute_batch("DELETE FROM file").unwrap());
}

#[test]
fn a_file_that_is_removed_is_begun_anew() {
    damaged(true, |file| fs::remove_file(file).unwrap());
    damaged(true, |file| fs::remove_dir_all(file.parent().unwrap()).unwrap());
    damaged(true, |file| fs::remove_dir_all(file.canonicalize().unwrap().parent().unwrap()).unwrap());
    damaged(true, |file| fs::remove_dir_all(file.parent().unwrap().parent().unwrap()).unwrap());
    damaged(true, |file| fs::remove_dir_all(file.ancestors().nth(3).unwrap()).unwrap());
}

#[test]
fn what_stands_in_place_of_a_file_is_set_aside_or_the_server_is_asked() {
    damaged(true, |file| {
        fs::remove_dir_all(file.parent().unwrap()).unwrap();
        fs::create_dir_all(file).unwrap();
    });
    damaged(true, |file| {
        fs::remove_file(file.parent().unwrap()).unwrap();
        fs::write(file.parent().unwrap(), "").unwrap();
    });
    // SQLite cannot lock, as on some network file systems.
    damaged(true, |file| {
        let shared_memory = file.with_file_name("cache.sqlite3-shm");
        let _ = fs::remove_file(&shared_memory);
        fs::create_dir(&shared_memory).unwrap();
    });
    for nowhere in ["/dev/null/cache", "/proc/no/such/folder"] {
        let server = Numbered::start();
        let client = server.client(&Cache::at(nowhere));
        assert_eq!(server.use_it(&client) + server.use_it(&client), 0, "{nowhere}");
    }
}

#[test]
fn a_lock_that_somebody_holds_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = Numbered::start();
    let cache = Cache::at(folder.path());
    let client = server.client(&cache);
    assert!(server.use_it(&client) > 0);
    let holder = Connection::open(cache.path().unwrap()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_secs(2));
            holder.execute_batch("COMMIT").unwrap();
        });
        for path in ["dcim/sites/71", "dcim/sites/72"] {
            client.get(path).send().unwrap();
        }
        assert!(locked.elapsed() < Duration::from_millis(1500), "a read waits 250 ms at most, not {:?}", locked.elapsed());
        server.use_it(&client);
    });
    assert!(server.use_it(&client) > 0);
    // A write that cannot be noted for long begins a new file: whoever reads the old one notices.
    let before = client.get("dcim/sites/0").send().unwrap();
    assert_eq!(before.cache_status(), Some(CacheStatus::Hit));
    let other = Cache::at(folder.path());
    let holder = Connection::open(cache.path().unwrap()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    client.patch("dcim/sites/1").json(&json!({})).send().unwrap();
    assert_eq!(server.client(&other).get("dcim/sites/0").send().unwrap().cache_status(), Some(CacheStatus::Miss));
    assert!(server.use_it(&client) > 0);
}

/// A file system of its own, which can be full or read-only.
struct Volume(PathBuf, tempfile::TempDir);

impl Volume {
    /// `None` where this process may not make one.
    fn mount(size: &str) -> Option<Volume> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("volume");
        fs::create_dir(&path).unwrap();
        let is_mounted = run(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&path));
        assert!(
            is_mounted || std::env::var("NETBOX_LIVE").as_deref() != Ok("required"),
            "file systems cannot be mounted, and NETBOX_LIVE=required"
        );
        if !is_mounted {
            println!("skipped: it takes root to mount a file system");
        }
        is_mounted.then_some(Volume(path, folder))
    }

    fn set_read_only(&self) {
        assert!(run(Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0)));
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        run(Command::new("umount").args(["-l"]).arg(&self.0));
        let _ = &self.1;
    }
}

fn run(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_full_disk_costs_the_cache_and_nothing_else() {
    let Some(volume) = Volume::mount("400k") else { return };
    let server = Numbered::start();
    let client = server.client(&Cache::at(&volume.0));
    assert!(server.use_it(&client) > 0);
    let filler = volume.0.join("filler");
    let mut size = 1 << 20;
    while size > 0 {
        // What does not fit is cut off.
        let _ = fs::write(&filler, vec![0; size]);
        size = if fs::metadata(&filler).is_ok_and(|metadata| metadata.len() == size as u64) { 0 } else { size * 3 / 4 };
    }
    server.use_it(&client);
    fs::remove_file(&filler).unwrap();
    server.use_it(&client);
}

#[test]
fn a_read_only_disk_costs_the_cache_and_nothing_else() {
    let Some(volume) = Volume::mount("4m") else { return };
    let server = Numbered::start();
    assert!(server.use_it(&server.client(&Cache::at(&volume.0))) > 0);
    volume.set_read_only();
    let cache = Cache::at(&volume.0);
    let client = server.client(&cache);
    server.use_it(&client);
    assert_eq!(server.use_it(&client), 0, "a write could not be noted");
    assert!(cache.clear().is_err());
}

#[test]
fn without_a_home_there_is_no_cache() {
    if std::env::var("HOME").as_deref() != Ok("/dev/null") {
        crate::support::child("damage::without_a_home_there_is_no_cache", "HOME", "/dev/null");
        return;
    }
    let server = Numbered::start();
    let client = server.client(&Cache::default());
    assert_eq!(server.use_it(&client) > 0, std::env::var_os("XDG_CACHE_HOME").is_some());
}
