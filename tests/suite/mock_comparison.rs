//! The mock answers as NetBox does: the same requests go to both, and replies are compared by status, headers, members and the kinds of their values.
//! What differs, and why, is in `mock_comparison/differences.txt`: one that is not there fails, and so does one there that shows no more.

mod objects;
mod replies;
mod requests;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use netbox_sdk::mock::NetBox;
use netbox_sdk::{Client, Config, ReleaseLine, build_schema_index};

use crate::support::live;
use objects::Objects;
use replies::{Reply, differences};
use requests::{Question, general, of_resource};

/// How many requests NetBox is given at once.
const THREADS: usize = 4;

#[test]
fn the_mock_answers_as_netbox_does_but_for_what_is_listed() {
    let Some(real) = live() else { return };
    let netbox = NetBox::builder().line(ReleaseLine::V4_7).start().unwrap();
    let mock = Client::new(Config::builder(netbox.url()).token(netbox.token()).build().unwrap()).unwrap();
    let index = build_schema_index(ReleaseLine::V4_7).unwrap();
    let start = Instant::now();

    let mut objects = Objects::new(&index, [real.clone(), mock.clone()]);
    for (resource, schema) in index.resources.iter().filter(|(_, schema)| !schema.object.is_empty()) {
        if schema.list.contains(&netbox_sdk::schema::Method::Post) {
            objects.make(resource);
        }
    }
    let made = start.elapsed();
    let questions: Vec<Question> =
        general().into_iter().chain(index.resources.iter().flat_map(|(resource, schema)| of_resource(resource, schema))).collect();
    let mut found = at_once(&questions, |question| {
        let [real, mock] = [0, 1].map(|side| Reply::to(objects.fill(question, side)));
        differences(&question.name, &real, &mock)
    });
    println!("made after {made:?}, asked after {:?}", start.elapsed());
    found.extend(objects.delete());
    found.sort();
    let sent = questions.len() + objects.requests();
    println!("{sent} requests to each in {:?}, {} differences", start.elapsed(), found.len());

    let known = Known::read(include_str!("mock_comparison/differences.txt"));
    let new: Vec<&String> = found.iter().filter(|difference| !known.0.iter().any(|pattern| fits(pattern, difference))).collect();
    let gone: BTreeSet<&str> =
        known.0.iter().copied().filter(|pattern| !found.iter().any(|difference| fits(pattern, difference))).collect();
    assert!(new.is_empty() && gone.is_empty(), "new differences: {new:#?}\nlisted and not seen any more: {gone:#?}");
    assert!(sent >= 400, "{sent}");
}

/// Does the same with many things, with some of them at once.
fn at_once<T: Sync>(things: &[T], work: impl Fn(&T) -> Vec<String> + Sync) -> Vec<String> {
    let found = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let new = work(thing);
                    found.lock().unwrap().extend(new);
                }
            });
        }
    });
    found.into_inner().unwrap()
}

/// The differences that are known, as patterns.
struct Known<'a>(Vec<&'a str>);

impl<'a> Known<'a> {
    /// A line that begins with `#` says why those below it differ. None goes without.
    fn read(text: &'a str) -> Known<'a> {
        let mut has_reason = false;
        let mut patterns = Vec::new();
        for line in text.lines() {
            match line.trim() {
                "" => has_reason = false,
                reason if reason.starts_with('#') => has_reason = true,
                pattern => {
                    assert!(has_reason, "{pattern} has no reason above it");
                    patterns.push(pattern);
                }
            }
        }
        Known(patterns)
    }
}

/// Whether a text fits a pattern, in which `*` is any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn a_pattern_fits_what_it_says_and_no_more() {
    for (pattern, text, is_fit) in [
        ("a: b", "a: b", true),
        ("a: b", "a: bc", false),
        ("a *: b", "a xy: b", true),
        ("a *: b", "a xy: c", false),
        ("*.help_text text / absent", "options x: actions.POST.name.help_text text / absent", true),
        ("a*a", "a", false),
    ] {
        assert_eq!(fits(pattern, text), is_fit, "{pattern} {text}");
    }
}
