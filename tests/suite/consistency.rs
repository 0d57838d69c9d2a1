//! The cache under load: several processes read and write through one file, and nobody reads what was before a write of their own or of another.
//!
//! The server keeps a number for each origin, its version, that each write raises by one; every reply to a read, of whatever path and branch, bears the version of a moment in which the server worked on it.
//! A write has *ended* when the call that made it returned, with a success or with an error, or when the process that made it was killed. The *floor* of an origin is the newest version
//! that a write left there which had both ended and arrived at the data: a write that was late (its client gave up before) raises the floor when it arrives.
//! A reader takes the floor before each read. What it then reads, from the server or from the cache, must be of that version or a later one: less is a violation.
//!
//! A write that arrives more than `UNCLEAR_FOR` after its end is outside of what the cache promises, so the server does not do that.
//!
//! `NETBOX_CACHE_SOAK=60` says how many seconds it goes on for; without it a short run is made.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use netbox_sdk::{Cache, CachePolicy, CacheStatus, Client, Lifetime, Retries, json};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::support::{RawServer, header, impatient};

/// Each with its own generation: what is unclear in one keeps only that one from the cache.
const ORIGINS: usize = 32;
const PROCESSES: u64 = 4;
const THREADS: usize = 4;
const PATHS: [&str; 3] = ["dcim/sites/1", "dcim/sites", "dcim/devices?site=lon&limit=50"];
/// Stale at once, so that the server is asked about it and its failures are bridged.
const STALE_PATH: &str = "dcim/sites/1?fields=id";
const BRANCH: &str = "abcd1234";
/// When a client gives a request up.
const PATIENCE: Duration = Duration::from_millis(250);
const UNCLEAR_FOR: Duration = Duration::from_secs(2);

fn soak() -> Option<u64> {
    std::env::var("NETBOX_CACHE_SOAK").ok()?.parse().ok()
}

/// Random numbers that are the same in each run, as far as threads allow.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed >> 33) % limit as u64) as usize
    }

    fn millis(&mut self, from: usize, to: usize) -> Duration {
        Duration::from_millis((from + self.below(to - from)) as u64)
    }
}

/// A write by the process that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct WriteId {
    process: u64,
    number: u64,
}

/// What became of one origin.
#[derive(Default)]
struct Ledger {
    version: u64,
    floor: u64,
    arrived: HashMap<WriteId, u64>,
    ended: HashSet<WriteId>,
    killed: HashSet<u64>,
}

impl Ledger {
    fn arrive(&mut self, write: WriteId) {
        self.version += 1;
        self.arrived.insert(write, self.version);
        if self.ended.contains(&write) || self.killed.contains(&write.process) {
            self.floor = self.version;
        }
    }

    fn end(&mut self, write: WriteId) {
        self.ended.insert(write);
        self.raise(self.arrived.get(&write).copied());
    }

    fn kill(&mut self, process: u64) {
        self.killed.insert(process);
        self.raise(self.arrived.iter().filter(|(write, _)| write.process == process).map(|(_, version)| *version).max());
    }

    fn raise(&mut self, version: Option<u64>) {
        self.floor = self.floor.max(version.unwrap_or_default());
    }
}

/// The server, and beside it a line for what clients tell of their writes.
#[derive(Clone)]
struct Server {
    ledgers: Arc<Vec<Mutex<Ledger>>>,
    http: SocketAddr,
    line: SocketAddr,
    requests: Arc<AtomicU64>,
    /// How many of a thousand writes take their time.
    slow_writes: usize,
}

impl Server {
    fn start(origins: usize, slow_writes: usize) -> Server {
        let (http, line) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let server = Server {
            ledgers: Arc::new((0..origins).map(|_| Mutex::default()).collect()),
            http: http.local_addr().unwrap(),
            line: line.local_addr().unwrap(),
            requests: Arc::default(),
            slow_writes,
        };
        server.listen(http, Server::serve);
        server.listen(line, Server::listen_to_ends);
        server
    }

    fn listen(&self, listener: TcpListener, serve: fn(&Server, TcpStream) -> Option<()>) {
        let server = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                thread::spawn(move || {
                    stream.set_nodelay(true).unwrap();
                    serve(&server, stream)
                });
            }
        });
    }

    /// One connection of HTTP, until one of both closes it.
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head).ok()? == 0 {
                    return None;
                }
            }
            let length = header(&head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            let mut dice = Dice(self.requests.fetch_add(1, Ordering::Relaxed) << 20);
            if head.starts_with("PATCH ") {
                return self.write(&stream, &head, serde_json::from_slice(&body).ok()?, &mut dice);
            }
            self.read(&stream, &head, &mut dice)?;
        }
    }

    fn read(&self, stream: &TcpStream, head: &str, dice: &mut Dice) -> Option<()> {
        let early = self.ledger(head)?.lock().unwrap().version;
        let version = match dice.below(200) {
            0..6 => {
                thread::sleep(dice.millis(5, 60));
                early
            }
            6..9 => {
                thread::sleep(dice.millis(5, 60));
                self.ledger(head)?.lock().unwrap().version
            }
            9 => return None,
            10 => return reply(stream, "502 Bad Gateway", "", "{}"),
            11 => return reply(stream, "504 Gateway Timeout", "", "{}"),
            _ => early,
        };
        let tag = format!("\"{version}\"");
        if header(head, "if-none-match") == Some(&tag) {
            return (&*stream).write_all(b"HTTP/1.1 304 Not Modified\r\nAPI-Version: 4.7\r\n\r\n").ok();
        }
        let body = json!({
            "id": 1, "version": version, "path": path(head), "branch": header(head, "x-netbox-branch"), "results": [{"id": 1}],
        });
        reply(stream, "200 OK", &format!("ETag: {tag}\r\n"), &body.to_string())
    }

    fn write(&self, stream: &TcpStream, head: &str, write: WriteId, dice: &mut Dice) -> Option<()> {
        let ledger = self.ledger(head)?;
        let asked = Instant::now();
        let arrive = || {
            // Where this machine is so slow that nothing is promised any more, it does not happen.
            if asked.elapsed() < UNCLEAR_FOR * 3 / 4 {
                ledger.lock().unwrap().arrive(write);
            }
        };
        match dice.below(1000) {
            0..4 => {
                arrive();
                return None;
            }
            4..6 => {
                arrive();
                return reply(stream, "502 Bad Gateway", "", "{}");
            }
            6..10 => {
                reply(stream, "504 Gateway Timeout", "", "{}");
                thread::sleep(dice.millis(300, 800));
                arrive();
                return None;
            }
            10..20 => {
                thread::sleep(PATIENCE + dice.millis(300, 800));
                arrive();
                return None;
            }
            20..40 => return reply(stream, "409 Conflict", "", "{}"),
            number if number < 40 + self.slow_writes => {
                thread::sleep(dice.millis(1, 120));
                arrive();
                thread::sleep(dice.millis(1, 60));
            }
            _ => arrive(),
        }
        reply(stream, "200 OK", "", "{}")
    }

    fn ledger(&self, head: &str) -> Option<&Mutex<Ledger>> {
        let origin: usize = path(head).strip_prefix("/o")?.split('/').next()?.parse().ok()?;
        self.ledgers.get(origin)
    }

    /// A line of an origin asks for its floor; with a write behind it, that write has ended.
    fn listen_to_ends(&self, stream: TcpStream) -> Option<()> {
        for line in BufReader::new(stream.try_clone().ok()?).lines() {
            let (origin, write): (usize, Option<WriteId>) = serde_json::from_str(&line.ok()?).ok()?;
            let mut ledger = self.ledgers[origin].lock().unwrap();
            write.into_iter().for_each(|write| ledger.end(write));
            let floor = ledger.floor;
            drop(ledger);
            writeln!(&stream, "{floor}").ok()?;
        }
        None
    }

    fn kill(&self, process: u64) {
        self.ledgers.iter().for_each(|ledger| ledger.lock().unwrap().kill(process));
    }
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

fn reply(mut stream: &TcpStream, status: &str, headers: &str, body: &str) -> Option<()> {
    let length = body.len();
    let reply = format!(
        "HTTP/1.1 {status}\r\nAPI-Version: 4.7\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(reply.as_bytes()).ok()
}

/// What a process is told to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Task {
    http: SocketAddr,
    line: SocketAddr,
    process: u64,
    threads: usize,
    origins: Vec<usize>,
    /// Between two writes of a thread.
    reads: usize,
    is_writing: bool,
    /// It ends when its input does, and not before so many writes of each thread were acknowledged.
    writes: u64,
}

/// What a process did.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Counts {
    reads: u64,
    hits: u64,
    revalidated: u64,
    stale: u64,
    /// Reads that ended without an answer.
    failed: u64,
    /// Writes that were acknowledged, those of clients without a cache among them.
    writes: u64,
    unclear: u64,
    violations: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.reads += other.reads;
        self.hits += other.hits;
        self.revalidated += other.revalidated;
        self.stale += other.stale;
        self.failed += other.failed;
        self.writes += other.writes;
        self.unclear += other.unclear;
        self.violations += other.violations;
    }
}

/// The clients of one origin.
struct Clients {
    origin: usize,
    cached: [Client; 2],
    off: Client,
}

impl Clients {
    fn new(http: SocketAddr, origin: usize) -> Clients {
        let policy = CachePolicy { objects_with_query: Lifetime::seconds(0, 60), unclear_for: UNCLEAR_FOR, ..CachePolicy::default() };
        let client = |cache| {
            let config = impatient(&format!("http://{http}/o{origin}"))
                .attempt_timeout(PATIENCE)
                .retries(Retries::none().max_wait(Duration::ZERO))
                .cache(cache)
                .cache_policy(policy.clone());
            Client::new(config.build().unwrap()).unwrap()
        };
        let cached = client(Cache::default());
        let on_branch = cached.on_branch(BRANCH).unwrap();
        Clients { origin, cached: [cached, on_branch], off: client(Cache::off()) }
    }
}

/// One thread of a process.
struct Worker<'a> {
    task: &'a Task,
    clients: &'a [Clients],
    line: BufReader<TcpStream>,
    dice: Dice,
    counts: Counts,
    next_write: u64,
    is_over: &'a AtomicBool,
}

impl<'a> Worker<'a> {
    fn new(task: &'a Task, clients: &'a [Clients], is_over: &'a AtomicBool, thread: usize) -> Worker<'a> {
        let line = TcpStream::connect(task.line).unwrap();
        line.set_nodelay(true).unwrap();
        let seed = (task.process * 1000 + thread as u64) << 32;
        Worker { task, clients, line: BufReader::new(line), dice: Dice(seed), counts: Counts::default(), next_write: seed, is_over }
    }

    fn work(mut self) -> Counts {
        loop {
            let clients = &self.clients[self.dice.below(self.clients.len())];
            for _ in 0..self.task.reads {
                self.read(clients);
            }
            if self.task.is_writing {
                self.write(clients);
            }
            if self.is_over.load(Ordering::Relaxed) && self.counts.writes >= self.task.writes {
                return self.counts;
            }
        }
    }

    /// The floor of an origin, after a write that has ended.
    fn floor(&mut self, origin: usize, ended: Option<WriteId>) -> u64 {
        let line = format!("{}\n", json!([origin, ended]));
        self.line.get_mut().write_all(line.as_bytes()).unwrap();
        let mut floor = String::new();
        self.line.read_line(&mut floor).unwrap();
        floor.trim().parse().unwrap()
    }

    fn read(&mut self, clients: &Clients) {
        let floor = self.floor(clients.origin, None);
        let path = if self.dice.below(20) == 0 { STALE_PATH } else { PATHS[self.dice.below(PATHS.len())] };
        let branch = self.dice.below(2);
        self.counts.reads += 1;
        let Some(response) = clients.cached[branch].get(path).send().ok().filter(|response| response.status().is_success()) else {
            self.counts.failed += 1;
            return;
        };
        let status = response.cache_status();
        match status {
            Some(CacheStatus::Hit) => self.counts.hits += 1,
            Some(CacheStatus::Revalidated) => self.counts.revalidated += 1,
            Some(CacheStatus::Stale) => self.counts.stale += 1,
            _ => {}
        }
        let body: Value = response.json().unwrap();
        let is_of_path = body["path"].as_str().unwrap().replace('/', "").contains(&path.replace('/', ""));
        let is_of_branch = body["branch"].as_str() == [None, Some(BRANCH)][branch];
        let version = body["version"].as_u64().unwrap();
        if version < floor || !is_of_path || !is_of_branch {
            self.counts.violations += 1;
            let origin = clients.origin;
            println!("violation: {status:?} {path} at {origin}, branch {branch}: version {version} where {floor} had ended: {body}");
        }
    }

    fn write(&mut self, clients: &Clients) {
        self.next_write += 1;
        let write = WriteId { process: self.task.process, number: self.next_write };
        let client = match self.dice.below(4) {
            0 => &clients.off,
            number => &clients.cached[number % 2],
        };
        let request = client.patch("dcim/sites/1").json(&write);
        let outcome = if self.dice.below(8) == 0 { request.no_cache() } else { request }.send();
        match outcome {
            Ok(response) if response.status().is_success() => self.counts.writes += 1,
            Ok(response) if response.status().is_server_error() => self.counts.unclear += 1,
            Ok(_) => {}
            Err(error) => self.counts.unclear += u64::from(error.may_have_been_sent()),
        }
        self.floor(clients.origin, Some(write));
    }
}

const TASK: &str = "NETBOX_CACHE_TASK";

/// Does what a test of this module told this process to do.
#[test]
fn worker() {
    let Ok(task) = std::env::var(TASK) else { return };
    let task: Task = serde_json::from_str(&task).unwrap();
    log::set_logger(&Warnings).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let clients: Vec<Clients> = task.origins.iter().map(|origin| Clients::new(task.http, *origin)).collect();
    let is_over = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&is_over);
    thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        end.store(true, Ordering::Relaxed);
    });
    println!("\nbegins");
    let mut counts = Counts::default();
    thread::scope(|scope| {
        let (task, clients, is_over) = (&task, &clients[..], &*is_over);
        let threads: Vec<_> =
            (0..task.threads).map(|thread| scope.spawn(move || Worker::new(task, clients, is_over, thread).work())).collect();
        threads.into_iter().for_each(|thread| counts += thread.join().unwrap());
    });
    println!("\ncounts {}", json!(counts));
}

/// Prints what the cache warns of: in this test nothing should keep it from its work.
struct Warnings;

impl log::Log for Warnings {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if !record.args().to_string().contains("an answer of") {
            println!("warning: {}", record.args());
        }
    }

    fn flush(&self) {}
}

/// A process at work.
struct Process {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Process {
    /// Returns when it has begun.
    fn start(home: &Path, task: &Task) -> Process {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "consistency::worker", "--nocapture"])
            .env(TASK, json!(task).to_string())
            .env("XDG_CACHE_HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while line != "begins\n" {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended before it began");
        }
        Process { child, output }
    }

    /// Ends it.
    fn join(mut self) -> Counts {
        drop(self.child.stdin.take());
        let mut output = String::new();
        self.output.read_to_string(&mut output).unwrap();
        assert!(self.child.wait().unwrap().success(), "{output}");
        assert!(!output.contains("any more"), "it left a cache that others go on with: {output}");
        output
            .lines()
            .filter(|line| line.starts_with("warning") || line.starts_with("violation"))
            .take(8)
            .for_each(|line| println!("{line}"));
        serde_json::from_str(output.lines().find_map(|line| line.strip_prefix("counts ")).unwrap()).unwrap()
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The file of a user with this cache folder.
fn file(home: &Path) -> PathBuf {
    Cache::at(home.join("netbox-sdk")).path().unwrap()
}

fn task(server: &Server, process: u64) -> Task {
    let origins = (0..server.ledgers.len()).collect();
    Task { http: server.http, line: server.line, process, threads: THREADS, origins, reads: 36, is_writing: true, writes: 0 }
}

/// Several processes at work together, while something else goes on.
fn run(home: &Path, writes: u64, meanwhile: impl FnOnce()) -> Counts {
    let server = Server::start(ORIGINS, 100);
    let began = Instant::now();
    let start = |process| Process::start(home, &Task { writes, ..task(&server, process) });
    let processes: Vec<Process> = (1..=PROCESSES).map(start).collect();
    meanwhile();
    let mut counts = Counts::default();
    processes.into_iter().for_each(|process| counts += process.join());
    println!("{counts:?} in {:?}", began.elapsed());
    counts
}

fn seconds(seconds: u64) -> impl FnOnce() {
    move || thread::sleep(Duration::from_secs(seconds))
}

/// Processes that are killed at work, one after the other, beside one that reads on. Returns what that one saw, and how many of them held a mark.
fn kill(home: &Path, kills: u64) -> (Counts, u64) {
    let server = Server::start(ORIGINS * 2, 300);
    let began = Instant::now();
    let survivor = Process::start(home, &Task { is_writing: false, ..task(&server, 0) });
    while !file(home).exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "no cache file");
        thread::sleep(Duration::from_millis(5));
    }
    let mut dice = Dice(7);
    let mut known = HashSet::new();
    let mut held = 0;
    for process in 1..=kills {
        let origin = process as usize % server.ledgers.len();
        let victim = Process::start(home, &Task { origins: vec![origin], reads: 8, ..task(&server, process) });
        thread::sleep(dice.millis(0, 60));
        victim.kill();
        server.kill(process);
        let file = Connection::open(file(home)).unwrap();
        file.busy_timeout(Duration::from_secs(5)).unwrap();
        let verdict: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "after kill {process}");
        let before = known.len();
        // The first ones may be killed before the file has its tables.
        let Ok(mut marks) = file.prepare("SELECT id FROM marks") else { continue };
        known.extend(marks.query_map([], |row| row.get::<_, i64>(0)).unwrap().map(Result::unwrap));
        held += u64::from(known.len() > before);
    }
    // The last writes arrive.
    thread::sleep(UNCLEAR_FOR / 2);
    let counts = survivor.join();
    println!("{kills} kills, {held} with a mark, {counts:?} in {:?}", began.elapsed());
    (counts, held)
}

/// Has a file made, with triggers that undo a part of the protection.
fn sabotage(home: &Path, triggers: &str) {
    let server = Server::start(1, 0);
    Process::start(home, &Task { is_writing: false, ..task(&server, 0) }).join();
    Connection::open(file(home)).unwrap().execute_batch(triggers).unwrap();
}

const NO_GENERATIONS: &str = "
CREATE TRIGGER no_first AFTER INSERT ON generations BEGIN UPDATE generations SET generation = 0; END;
CREATE TRIGGER no_next AFTER UPDATE ON generations WHEN new.generation > 0 BEGIN UPDATE generations SET generation = 0; END;";

const NO_MARKS: &str = "CREATE TRIGGER no_mark AFTER INSERT ON marks BEGIN DELETE FROM marks; END;";

#[test]
fn nobody_reads_from_before_a_write_of_whatever_process() {
    let home = tempfile::tempdir().unwrap();
    let duration = soak().unwrap_or(8);
    let writes = 5000 * duration / 60;
    let counts = run(home.path(), writes.div_ceil(PROCESSES * THREADS as u64), seconds(duration));
    assert_eq!(counts.violations, 0);
    assert!(counts.hits * 2 >= counts.reads && counts.writes >= writes, "{counts:?}");
    let has_stale = counts.stale > 0 || soak().is_none();
    assert!(counts.unclear > 0 && counts.revalidated > 0 && has_stale, "{counts:?}");
}

#[test]
fn nor_where_all_writers_set_the_file_aside_together() {
    let home = tempfile::tempdir().unwrap();
    let locks = if soak().is_some() { 6 } else { 1 };
    let counts = run(home.path(), 0, || {
        for _ in 0..locks {
            thread::sleep(Duration::from_millis(1500));
            let holder = Connection::open(file(home.path())).unwrap();
            holder.busy_timeout(Duration::from_secs(5)).unwrap();
            holder.execute_batch("BEGIN IMMEDIATE").unwrap();
            // Longer than a write waits.
            thread::sleep(Duration::from_millis(3500));
        }
        thread::sleep(Duration::from_millis(1500));
    });
    assert_eq!(counts.violations, 0);
    assert!(counts.hits > 0 && counts.writes > 0, "{counts:?}");
}

#[test]
fn a_file_that_another_process_is_about_to_make_is_waited_for() {
    let server = RawServer::start(|_, connection| {
        while connection.read_request().is_some() {
            connection.reply("200 OK", "Content-Type: application/json\r\n", "{\"id\":1}");
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path());
    let path = cache.path().unwrap();
    let (link, below) = (path.parent().unwrap(), path.parent().unwrap().parent().unwrap());
    std::fs::create_dir_all(below.join("made-by-another")).unwrap();
    std::os::unix::fs::symlink("made-by-another", link).unwrap();
    let maker = Connection::open(&path).unwrap();
    maker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let client = Client::new(impatient(&server.url()).cache(cache).build().unwrap()).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| client.patch("dcim/sites/1").json(&json!({})).send().unwrap());
        thread::sleep(Duration::from_millis(500));
        maker.execute_batch("ROLLBACK").unwrap();
    });
    assert_eq!(std::fs::read_dir(below).unwrap().count(), 2, "nothing is set aside");
    let read = || client.get("dcim/sites").send().unwrap().cache_status();
    assert_eq!([read(), read()], [Some(CacheStatus::Miss), Some(CacheStatus::Hit)]);
}

#[test]
fn what_is_unclear_stays_so_in_a_file_that_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path());
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_request() {
            if request.starts_with("PATCH /api/") {
                return;
            }
            connection.reply("200 OK", "Content-Type: application/json\r\n", "{\"id\":1}");
        }
    });
    let client = |below| {
        let config = impatient(&format!("{}{below}", server.url())).retries(Retries::none()).cache(cache.clone());
        Client::new(config.build().unwrap()).unwrap()
    };
    let (unclear, other) = (client(""), client("/other"));
    assert!(unclear.patch("dcim/sites/1").json(&json!({})).send().unwrap_err().may_have_been_sent());
    let holder = Connection::open(cache.path().unwrap()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    other.patch("dcim/sites/1").json(&json!({})).send().unwrap();
    let read = |client: &Client| client.get("dcim/sites").send().unwrap().cache_status().unwrap();
    assert_eq!([read(&unclear), read(&unclear)], [CacheStatus::Miss; 2], "the write may yet arrive");
    assert_eq!([read(&other), read(&other)], [CacheStatus::Miss, CacheStatus::Hit]);
}

#[test]
fn a_killed_process_leaves_a_whole_file_and_nothing_from_before_its_writes() {
    let home = tempfile::tempdir().unwrap();
    // A few kills may all come too early on a busy machine.
    let (kills, least) = if soak().is_some() { (200, 50) } else { (25, 2) };
    let (counts, held) = kill(home.path(), kills);
    assert_eq!(counts.violations, 0);
    assert!(counts.hits * 4 >= counts.reads && held >= least, "{counts:?}, {held} of {kills} with a mark");
}

/// The tests above find it where a part of the protection is missing: on a busy machine not at the first try.
#[test]
fn reads_from_before_a_write_would_be_found() {
    let is_found = |run: &dyn Fn() -> Counts| (0..5).any(|_| run().violations > 0);
    for triggers in [NO_GENERATIONS, NO_MARKS] {
        let home = tempfile::tempdir().unwrap();
        sabotage(home.path(), triggers);
        assert!(is_found(&|| run(home.path(), 0, seconds(4))), "{triggers}");
    }
    let home = tempfile::tempdir().unwrap();
    sabotage(home.path(), NO_MARKS);
    assert!(is_found(&|| kill(home.path(), 25).0), "killed");
}
