//! Files against plain maps: whatever is done to them, by two connections and in any order, both hold the same.
//!
//! The maps know nothing of generations. An entry or a ticket `holds` until a write that reaches it begins or ends.

use std::collections::BTreeMap;
use std::path::PathBuf;

use http::{HeaderMap, Method};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tempfile::TempDir;

use super::*;
use crate::query::Query;

const ONE: &str = "https://one.example";
const TWO: &str = "https://two.example";

/// What is read: origin, app and path.
const READS: [(&str, &str, &str); 6] = [
    (ONE, "dcim", "/api/dcim/sites/"),
    (ONE, "dcim", "/api/dcim/sites/1/"),
    (ONE, "ipam", "/api/ipam/prefixes/"),
    (ONE, "", "/api/"),
    (TWO, "dcim", "/api/dcim/sites/"),
    (TWO, "ipam", "/api/ipam/prefixes/"),
];

/// Who writes: origin and app.
const WRITERS: [(&str, &str); 7] = [(ONE, ""), (ONE, ""), (ONE, "dcim"), (ONE, "dcim"), (ONE, "ipam"), (TWO, ""), (TWO, "dcim")];

fn scope(origin: &str, app: &str) -> Scope {
    Scope { origin: origin.to_owned(), app: app.to_owned() }
}

fn reaches(writer: usize, read: usize) -> bool {
    let ((origin, app), (read_origin, read_app, _)) = (WRITERS[writer], READS[read]);
    origin == read_origin && (app.is_empty() || read_app.is_empty() || app == read_app)
}

/// What is done, by one of two connections.
#[derive(Debug, Clone)]
enum Step {
    Find {
        read: usize,
    },
    /// Finds and stores what the server answers at once.
    Fetch {
        read: usize,
        reply: Sizes,
    },
    /// Stores what was asked for before.
    Put {
        held: Index,
        reply: Sizes,
    },
    /// The server says that what was found before still holds.
    Renew {
        held: Index,
        reply: Sizes,
    },
    Remove {
        read: usize,
    },
    Touch {
        read: usize,
    },
    Mark {
        writer: usize,
        lasts: Time,
    },
    Unmark {
        writer: usize,
    },
    Withdraw {
        writer: usize,
    },
    /// The clock goes on, or is set back.
    Wait(Time),
    Clear(Option<&'static str>),
    Reopen,
    /// The file is set aside: this connection begins a new one. The other one does not know yet.
    Replace,
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    head: usize,
    body: usize,
    lasts: Time,
}

fn step() -> impl Strategy<Value = Step> {
    let read = || 0..READS.len();
    let writer = || 0..WRITERS.len();
    let lasts = || select(vec![0, 30, 60, 1000]);
    let reply = || {
        (select(vec![0, 10, 400]), select(vec![0, 100, 1000, 3000]), lasts()).prop_map(|(head, body, lasts)| Sizes { head, body, lasts })
    };
    prop_oneof![
        8 => read().prop_map(|read| Step::Find { read }),
        8 => (read(), reply()).prop_map(|(read, reply)| Step::Fetch { read, reply }),
        12 => (any::<Index>(), reply()).prop_map(|(held, reply)| Step::Put { held, reply }),
        4 => (any::<Index>(), reply()).prop_map(|(held, reply)| Step::Renew { held, reply }),
        1 => read().prop_map(|read| Step::Remove { read }),
        3 => read().prop_map(|read| Step::Touch { read }),
        4 => (writer(), lasts()).prop_map(|(writer, lasts)| Step::Mark { writer, lasts }),
        4 => writer().prop_map(|writer| Step::Unmark { writer }),
        2 => writer().prop_map(|writer| Step::Withdraw { writer }),
        12 => select(vec![1, 30, 60, 1000, -1, -30, -60]).prop_map(Step::Wait),
        1 => select(vec![None, Some(ONE), Some(TWO)]).prop_map(Step::Clear),
        1 => Just(Step::Reopen),
        1 => Just(Step::Replace),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    (select(vec![0, 1500, 6000, 1 << 30]), select(vec![0, 1, 2, 4, 11, 1000])).prop_map(|(bytes, entries)| Limits { bytes, entries })
}

/// An entry as a file should have it.
#[derive(Debug, Clone)]
struct Kept {
    row: i64,
    holds: bool,
    stored: Time,
    used: Time,
    expires: Time,
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Kept {
    fn size(&self) -> u64 {
        (self.head.len() + self.body.len() + OVERHEAD) as u64
    }
}

/// What a file should hold.
#[derive(Debug, Default)]
struct Model {
    entries: BTreeMap<usize, Kept>,
    /// When the mark of a writer expires.
    marks: BTreeMap<usize, Time>,
}

impl Model {
    fn is_marked(&self, read: usize) -> bool {
        self.marks.keys().any(|writer| reaches(*writer, read))
    }

    fn size(&self) -> (u64, u64) {
        (self.entries.len() as u64, self.entries.values().map(Kept::size).sum())
    }

    /// Expired ones first, then those from before a write, then those that were not used for longest, down to nine tenths.
    fn evict(&mut self, limits: Limits, now: Time) {
        let is_over = |model: &Model, limits: Limits| {
            let (entries, bytes) = model.size();
            entries > limits.entries || bytes > limits.bytes
        };
        if !is_over(self, limits) {
            return;
        }
        self.entries.retain(|_, kept| kept.expires > now && kept.holds);
        let wanted = Limits { entries: limits.entries - limits.entries / 10, bytes: limits.bytes - limits.bytes / 10 };
        while is_over(self, wanted) {
            let oldest = self.entries.iter().min_by_key(|(_, kept)| (kept.used, kept.row)).map(|(read, _)| *read);
            self.entries.remove(&oldest.unwrap());
        }
    }
}

/// A question that the server works on.
#[derive(Debug, Clone)]
struct Held {
    read: usize,
    key: Key,
    ticket: Ticket,
    file: usize,
    holds: bool,
    /// When the entry was stored that was found.
    stored: Option<Time>,
}

struct World {
    folder: TempDir,
    files: Vec<Model>,
    /// Each with the number of its file.
    connections: Vec<(Store, usize)>,
    held: Vec<Held>,
    limits: Limits,
    now: Time,
    /// How many answers the server gave: no two are the same.
    answers: usize,
}

impl World {
    fn new(limits: Limits) -> World {
        let folder = tempfile::tempdir().unwrap();
        let mut world =
            World { folder, files: vec![Model::default()], connections: Vec::new(), held: Vec::new(), limits, now: 1000, answers: 0 };
        world.connections = vec![world.open(), world.open()];
        world
    }

    fn path(&self, file: usize) -> PathBuf {
        self.folder.path().join(file.to_string())
    }

    /// The file that is there now.
    fn open(&self) -> (Store, usize) {
        let file = self.files.len() - 1;
        std::fs::OpenOptions::new().append(true).create(true).open(self.path(file)).unwrap();
        (Store::open(&self.path(file), Duration::ZERO).unwrap(), file)
    }

    fn key(&self, at: usize, read: usize) -> Key {
        let (origin, _, below) = READS[read];
        let (query, headers) = (Query::default(), HeaderMap::new());
        self.connections[at].0.key(&Question {
            method: &Method::GET,
            origin,
            below,
            query: &query,
            headers: &headers,
            identity: b"",
            app: "",
        })
    }

    fn find(&mut self, at: usize, read: usize) -> Option<Held> {
        let key = self.key(at, read);
        let now = self.now;
        let file = self.connections[at].1;
        if self.files[file].is_marked(read) {
            // Whoever meets marks that have expired ends their writes.
            let expired: Vec<usize> =
                self.files[file].marks.iter().filter(|(_, expires)| **expires <= now).map(|(writer, _)| *writer).collect();
            for writer in expired {
                self.files[file].marks.remove(&writer);
                self.write(file, writer);
            }
        }
        let (store, file) = &mut self.connections[at];
        let (origin, app, _) = READS[read];
        let found = store.find(key, &scope(origin, app), self.now).unwrap();
        let model = &self.files[*file];
        let is_marked = model.is_marked(read);
        let kept = model.entries.get(&read).filter(|kept| kept.holds && !is_marked);
        let stored = kept.map(|kept| kept.stored);
        let expected = kept.map(|kept| (kept.stored, kept.used, kept.head.clone(), kept.body.clone()));
        assert_eq!(found.entry.map(|entry| (entry.stored, entry.used, entry.head, entry.body)), expected, "what is found");
        assert_eq!(found.ticket.is_none(), is_marked, "whether somebody writes");
        Some(Held { read, key, ticket: found.ticket?, file: *file, holds: true, stored })
    }

    fn put(&mut self, at: usize, held: &Held, reply: Sizes) {
        let (store, file) = &mut self.connections[at];
        self.answers += 1;
        let mut head = vec![b'h'; reply.head];
        head.extend(self.answers.to_string().bytes());
        let (body, expires) = (vec![b'b'; reply.body], self.now + reply.lasts);
        let (origin, app, _) = READS[held.read];
        let answer = Answer { head: &head, body: &body, asked: self.now, expires };
        let is_stored = store.put(held.key, &scope(origin, app), held.ticket, answer, self.limits, self.now).unwrap();
        let model = &mut self.files[*file];
        let may_be = held.holds && held.file == *file && !model.is_marked(held.read);
        assert_eq!(is_stored, may_be, "whether it is stored");
        if may_be {
            let kept = Kept { row: held.key.row(), holds: true, stored: self.now, used: self.now, expires, head, body };
            model.entries.insert(held.read, kept);
            model.evict(self.limits, self.now);
            let (entries, bytes) = store.size().unwrap();
            assert!(entries <= self.limits.entries && bytes <= self.limits.bytes, "{entries} entries of {bytes} bytes");
        }
    }

    fn renew(&mut self, at: usize, held: &Held, reply: Sizes) {
        let (store, file) = &mut self.connections[at];
        let (head, expires) = (vec![b'r'; reply.head], self.now + reply.lasts);
        let (origin, app, _) = READS[held.read];
        let Some(stored) = held.stored else { return };
        let renewed = Renewed { head: &head, expires };
        let is_renewed = store.renew(held.key, &scope(origin, app), held.ticket, stored, renewed, self.now).unwrap();
        let model = &mut self.files[*file];
        let may_be = held.holds && held.file == *file && !model.is_marked(held.read);
        let kept = model.entries.get_mut(&held.read).filter(|kept| may_be && kept.holds && kept.stored == stored);
        assert_eq!(is_renewed, kept.is_some(), "whether it is renewed");
        if let Some(kept) = kept {
            *kept = Kept { stored: held.ticket.asked, used: self.now, expires, head, ..kept.clone() };
        }
    }

    /// A write begins or ends: what is from before it does not hold any more.
    fn write(&mut self, file: usize, writer: usize) {
        let held = self.held.iter_mut().filter(|held| held.file == file && reaches(writer, held.read));
        held.for_each(|held| held.holds = false);
        let entries = self.files[file].entries.iter_mut().filter(|(read, _)| reaches(writer, **read));
        entries.for_each(|(_, kept)| kept.holds = false);
    }

    fn held(&self, index: Index) -> Option<Held> {
        (!self.held.is_empty()).then(|| index.get(&self.held).clone())
    }

    fn take(&mut self, at: usize, step: Step) {
        let file = self.connections[at].1;
        match step {
            Step::Find { read } => {
                let held = self.find(at, read);
                self.held.extend(held);
                // Few, so that those from before a write are taken often.
                if self.held.len() > 4 {
                    self.held.remove(0);
                }
            }
            Step::Fetch { read, reply } => self.find(at, read).iter().for_each(|held| self.put(at, held, reply)),
            Step::Put { held, reply } => self.held(held).iter().for_each(|held| self.put(at, held, reply)),
            Step::Renew { held, reply } => self.held(held).iter().for_each(|held| self.renew(at, held, reply)),
            Step::Remove { read } => {
                self.connections[at].0.remove(self.key(at, read)).unwrap();
                self.files[file].entries.remove(&read);
            }
            Step::Touch { read } => {
                self.connections[at].0.touch(self.key(at, read), self.now).unwrap();
                let now = self.now;
                self.files[file].entries.entry(read).and_modify(|kept| kept.used = now);
            }
            Step::Mark { writer, lasts } => {
                let (origin, app) = WRITERS[writer];
                let expires = self.now + lasts;
                self.connections[at].0.mark(writer as i64, &scope(origin, app), expires).unwrap();
                self.files[file].marks.insert(writer, expires);
            }
            Step::Withdraw { writer } => {
                self.connections[at].0.withdraw(writer as i64).unwrap();
                self.files[file].marks.remove(&writer);
            }
            Step::Unmark { writer } => {
                let (origin, app) = WRITERS[writer];
                self.connections[at].0.unmark(writer as i64, &scope(origin, app)).unwrap();
                self.files[file].marks.remove(&writer);
                self.write(file, writer);
            }
            Step::Wait(time) => self.now += time,
            Step::Clear(origin) => {
                self.connections[at].0.clear(origin).unwrap();
                self.files[file].entries.retain(|read, _| origin.is_some_and(|origin| origin != READS[*read].0));
            }
            Step::Reopen => self.connections[at] = self.open(),
            Step::Replace => {
                self.files.push(Model::default());
                self.connections[at] = self.open();
            }
        }
    }

    /// What both connections say of their files, and what is in them.
    fn check(&self) {
        for (store, file) in &self.connections {
            let expected = self.files[*file].size();
            assert_eq!(store.size().unwrap(), expected, "totals");
            let sums = format!("SELECT count(*), total(length(head) + length(body) + {OVERHEAD}), total(size) FROM entries");
            let sums: (u64, f64, f64) =
                store.connection.query_row(&sums, [], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?, row.get(2)?))).unwrap();
            assert_eq!(sums, (expected.0, expected.1 as f64, expected.1 as f64), "entries");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_holds_what_a_plain_map_would(limits in limits(), steps in prop::collection::vec((0..2_usize, step()), 1..80)) {
        let mut world = World::new(limits);
        for (at, step) in steps {
            world.take(at, step);
            world.check();
        }
        for at in 0..2 {
            for read in 0..READS.len() {
                world.find(at, read);
            }
        }
    }
}
