//! What real servers were recorded with, replayed: no refusal gets lost in an error, no member in a record.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use netbox_sdk::http::{Method, StatusCode};
use netbox_sdk::{Api, Client, Config, Error, ErrorItem, ErrorKind, ErrorReply, Paging, Retries, json};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::support::{RawServer, needed};

/// Members whose text belongs to the object that holds them.
const OBJECT_KEYS: [&str; 5] = ["detail", "__all__", "non_field_errors", "error", "exception"];

/// One line of a recording, as far as it matters here.
#[derive(Deserialize)]
struct Exchange<'a> {
    method: &'a str,
    status: u16,
    response_headers: BTreeMap<String, String>,
    #[serde(borrow)]
    response: &'a RawValue,
}

/// A reply to play again.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Refusal {
    status: u16,
    content_type: String,
    body: String,
}

#[test]
fn every_recorded_refusal_is_told_in_full() {
    let Some(folder) = needed("NETBOX_RECORDINGS") else { return };
    let refusals = Arc::new(refusals_in(Path::new(&folder)));
    let played = Arc::clone(&refusals);
    // Each reply has a path of its own.
    let server = RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            let number = request.split('/').nth(2).and_then(|number| number.parse::<usize>().ok());
            let (_, refusal) = &played[number.expect("a path that was asked for")];
            let status = StatusCode::from_u16(refusal.status).unwrap();
            connection.reply(&status.to_string(), &format!("Content-Type: {}\r\n", refusal.content_type), &refusal.body);
        }
    });
    let client = Client::new(Config::builder(server.url()).no_proxy().retries(Retries::none()).build().unwrap()).unwrap();

    let mut problems = Vec::new();
    for (number, (method, refusal)) in refusals.iter().enumerate() {
        let error = client.request(method.clone(), &number.to_string()).send().unwrap().error_for_status().unwrap_err();
        let lost = lost(refusal, &error);
        if !lost.is_empty() {
            problems.push(format!("{method} {} {}\n  is told as {error}\n  but: {}", refusal.status, refusal.body, lost.join("; ")));
        }
    }
    println!("{} different refusals were checked", refusals.len());
    assert!(refusals.len() >= 800, "only {} different refusals were found", refusals.len());
    assert!(problems.is_empty(), "{} are not told in full:\n{}", problems.len(), problems[..problems.len().min(20)].join("\n"));
}

/// Every so many replies of those that went well are read: all would take a minute.
const STEP: usize = 7;

#[test]
fn rule_12_every_recorded_object_is_held_as_it_came() {
    let Some(folder) = needed("NETBOX_RECORDINGS") else { return };
    let replies = Arc::new(objects_in(Path::new(&folder)));
    let played = Arc::clone(&replies);
    let server = RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            let number = request.split(['/', '?']).nth(4).and_then(|number| number.parse::<usize>().ok());
            connection.reply("200 OK", "Content-Type: application/json\r\n", &played[number.expect("a path that was asked for")]);
        }
    });
    let nb = Api::new(Client::new(Config::builder(server.url()).no_proxy().build().unwrap()).unwrap());
    let (mut objects, mut rows) = (0, 0);
    for (number, reply) in replies.iter().enumerate() {
        let reply: Value = serde_json::from_str(reply).unwrap();
        match reply["results"].as_array() {
            Some(results) => {
                let read = nb.endpoint(&format!("test/lists/{number}")).all().paging(Paging::Offset).into_iter();
                let read: Vec<Value> = read.map(|record| record.unwrap().to_value()).collect();
                assert_eq!(&read, results);
                rows += read.len();
            }
            None => {
                let mut record = nb.endpoint("test/objects").get(number).unwrap().unwrap();
                assert_eq!(record.to_value(), reply);
                assert_eq!((record.updates(), record.save().unwrap()), (json!({}), false));
                let _ = (record.to_string(), record.key(), record.url(), record.record("site"), format!("{record:?}"));
                objects += 1;
            }
        }
    }
    println!("{objects} objects and {rows} rows of lists were read");
    assert!(objects >= 300 && rows >= 1000, "only {objects} objects and {rows} rows were found");
}

/// Objects and whole lists of all files.
fn objects_in(folder: &Path) -> Vec<String> {
    let mut replies = Vec::new();
    let mut count = 0;
    each_line(folder, |line| {
        if line.contains(r#""status":200"#) && line.contains(r#""method":"GET""#) {
            count += 1;
            if count % STEP == 0 {
                let exchange: Exchange<'_> = serde_json::from_str(line).unwrap();
                let reply = exchange.response.get();
                let value: Value = serde_json::from_str(reply).unwrap();
                if value.is_object() && value["next"].is_null() {
                    replies.push(reply.to_owned());
                }
            }
        }
    });
    replies
}

/// Reads all files line by line.
fn each_line(folder: &Path, mut read: impl FnMut(&str)) {
    each_line_of(folder, |_, line| read(line));
}

/// As [`each_line`], with the name of the file.
pub fn each_line_of(folder: &Path, mut read: impl FnMut(&str, &str)) {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".jsonl.gz"));
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut lines = BufReader::with_capacity(1 << 16, GzDecoder::new(BufReader::new(File::open(file).unwrap())));
        let mut line = String::new();
        while lines.read_line(&mut line).unwrap() > 0 {
            read(&name, &line);
            line.clear();
        }
    }
}

/// The refusals of all files, each once, with the method that it was first recorded for.
fn refusals_in(folder: &Path) -> Vec<(Method, Refusal)> {
    let mut seen = HashSet::new();
    let mut refusals = Vec::new();
    each_line(folder, |line| {
        // Most exchanges went well; to parse them all would take the most of the time.
        if line.contains(r#""status":4"#) || line.contains(r#""status":5"#) {
            let exchange: Exchange<'_> = serde_json::from_str(line).unwrap();
            let refusal = Refusal::of(&exchange);
            if exchange.status >= 400 && seen.insert(refusal.clone()) {
                refusals.push((exchange.method.parse().unwrap(), refusal));
            }
        }
    });
    refusals
}

impl Refusal {
    fn of(exchange: &Exchange<'_>) -> Refusal {
        let content_type = exchange.response_headers.get("content-type").cloned().unwrap_or_default();
        let recorded = exchange.response.get();
        // What was not JSON was recorded as a string.
        let body = if content_type.starts_with("application/json") { recorded.to_owned() } else { serde_json::from_str(recorded).unwrap() };
        Refusal { status: exchange.status, content_type, body }
    }
}

/// What an error does not tell of a refusal.
fn lost(refusal: &Refusal, error: &Error) -> Vec<String> {
    let mut lost = Vec::new();
    let message = error.to_string();
    if error.kind() != kind_of(refusal) {
        lost.push(format!("its kind is {:?}", error.kind()));
    }
    if error.status().map(|status| status.as_u16()) != Some(refusal.status) {
        lost.push(format!("its status is {:?}", error.status()));
    }
    if message.to_lowercase().contains("unknown") && !refusal.body.to_lowercase().contains("unknown") {
        lost.push("it calls something unknown".to_owned());
    }
    let Some(reply) = error.reply().filter(|reply| !reply.is_empty() && !reply.to_string().is_empty()) else {
        lost.push("it has no reply".to_owned());
        return lost;
    };
    match serde_json::from_str(&refusal.body) {
        Ok(value) => lost_of_json(&value, reply, &message, &mut lost),
        Err(_) => lost_of_text(&refusal.body, &reply.to_string(), &mut lost),
    }
    lost
}

fn kind_of(refusal: &Refusal) -> ErrorKind {
    match refusal.status {
        400 => ErrorKind::Validation,
        401 | 403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 if refusal.body.contains("Insufficient resources") => ErrorKind::Exhausted,
        409 => ErrorKind::Conflict,
        412 => ErrorKind::PreconditionFailed,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Status,
    }
}

/// Goes through the recorded value and the tree together.
fn lost_of_json(value: &Value, reply: &ErrorReply, message: &str, lost: &mut Vec<String>) {
    let is_told = |text: &str| message.contains(text) && (text.is_empty() || reply.messages().iter().any(|own| own == text));
    match value {
        Value::String(text) if !is_told(text) => lost.push(format!("{text:?} is missing")),
        Value::Array(list) => {
            for (index, entry) in list.iter().enumerate() {
                let item = ErrorItem::Index(index as u64);
                match entry {
                    Value::Object(members) if members.is_empty() => {
                        if item_of(reply, &item).is_some() {
                            lost.push(format!("{item} was fine"));
                        }
                    }
                    Value::Object(_) | Value::Array(_) => lost_of_item(&item, entry, reply, message, lost),
                    _ => lost_of_json(entry, reply, message, lost),
                }
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(entries) = bulk_entries(name, member) {
                    for (item, errors) in entries {
                        lost_of_item(&item, errors, reply, message, lost);
                    }
                } else if OBJECT_KEYS.contains(&name.as_str()) {
                    lost_of_json(member, reply, message, lost);
                } else if let Some(below) = reply.field(name) {
                    if !message.contains(&format!("{name}: ")) {
                        lost.push(format!("the message does not name {name}"));
                    }
                    lost_of_json(member, below, message, lost);
                } else {
                    lost.push(format!("the field {name} is missing"));
                }
            }
        }
        _ => {}
    }
}

fn lost_of_item(item: &ErrorItem, value: &Value, reply: &ErrorReply, message: &str, lost: &mut Vec<String>) {
    if !message.contains(&item.to_string()) {
        lost.push(format!("the message does not name {item}"));
    }
    match item_of(reply, item) {
        Some(below) => lost_of_json(value, below, message, lost),
        None => lost.push(format!("the entry {item} is missing")),
    }
}

fn item_of<'a>(reply: &'a ErrorReply, item: &ErrorItem) -> Option<&'a ErrorReply> {
    reply.items().find(|(own, _)| *own == item).map(|(_, below)| below)
}

/// `"errors": [{"index" | "id", "errors"}]`
fn bulk_entries<'a>(name: &str, member: &'a Value) -> Option<Vec<(ErrorItem, &'a Value)>> {
    let list = member.as_array().filter(|_| name == "errors")?;
    list.iter()
        .map(|entry| {
            let item = match entry.get("index") {
                Some(index) => ErrorItem::Index(index.as_u64()?),
                None => ErrorItem::Id(entry.get("id")?.as_u64()?.to_string()),
            };
            Some((item, entry.get("errors")?))
        })
        .collect()
}

/// Pages are told by kind and title, other text as it is. Recorded texts are cut at 300 characters, mostly before the title.
fn lost_of_text(body: &str, message: &str, lost: &mut Vec<String>) {
    if !body.to_lowercase().contains("<html") {
        if !message.contains(body.trim()) {
            lost.push("the text is missing".to_owned());
        }
        return;
    }
    if !message.contains("an HTML page") {
        lost.push("it does not say that this is a page".to_owned());
    }
    let title = body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    if title.is_some_and(|(title, _)| !message.contains(title.trim())) {
        lost.push("the title is missing".to_owned());
    }
    if message.ends_with([':', ' ']) {
        lost.push("it announces words that do not follow".to_owned());
    }
}
