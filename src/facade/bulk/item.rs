//! What a caller gives, as the entries of requests.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::chunk::MAX_BYTES;
use super::error::{BulkError, BulkFailure};
use super::run::{Ledger, State};
use crate::error::{Error, ErrorReply};
use crate::facade::{Endpoint, Id, Record};

/// An object to change or to delete: a [`Record`], a JSON object with its `id`, or, to delete it, an id.
pub struct BulkItem<'a>(Kind<'a>);

enum Kind<'a> {
    Record(Record),
    Lent(&'a Record),
    /// Gets the server's reply.
    LentMut(&'a mut Record),
    Body(Value),
    Id(Id),
}

/// Values can be secrets, so the id is shown alone.
impl fmt::Debug for BulkItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BulkItem({})", self.id())
    }
}

impl BulkItem<'_> {
    fn record(&self) -> Option<&Record> {
        match &self.0 {
            Kind::Record(record) => Some(record),
            Kind::Lent(record) => Some(record),
            Kind::LentMut(record) => Some(record),
            Kind::Body(_) | Kind::Id(_) => None,
        }
    }

    fn id(&self) -> Id {
        match &self.0 {
            Kind::Id(id) => id.clone().normal(),
            Kind::Body(body) => Id::of_json(body.get("id").unwrap_or(&Value::Null)).normal(),
            Kind::Record(_) | Kind::Lent(_) | Kind::LentMut(_) => self.record().map_or_else(|| "".into(), Record::key),
        }
    }

    /// Gives the caller's record what the server said of it.
    pub(super) fn take(&mut self, reply: Option<&Record>) {
        if let (Kind::LentMut(record), Some(reply)) = (&mut self.0, reply) {
            record.clone_from(reply);
        }
    }
}

impl From<Record> for BulkItem<'_> {
    fn from(record: Record) -> Self {
        BulkItem(Kind::Record(record))
    }
}

impl<'a> From<&'a Record> for BulkItem<'a> {
    fn from(record: &'a Record) -> Self {
        BulkItem(Kind::Lent(record))
    }
}

impl<'a> From<&'a mut Record> for BulkItem<'a> {
    fn from(record: &'a mut Record) -> Self {
        BulkItem(Kind::LentMut(record))
    }
}

/// A JSON object with its `id`; any other value counts as an id.
impl From<Value> for BulkItem<'_> {
    fn from(value: Value) -> Self {
        BulkItem(if value.is_object() { Kind::Body(value) } else { Kind::Id(Id::of_json(&value)) })
    }
}

/// As the value.
impl From<&Value> for BulkItem<'_> {
    fn from(value: &Value) -> Self {
        value.clone().into()
    }
}

macro_rules! from_id {
    ($($kind:ty),*) => {$(
        impl From<$kind> for BulkItem<'_> {
            fn from(id: $kind) -> Self {
                BulkItem(Kind::Id(id.into()))
            }
        }
    )*};
}

from_id!(Id, &Id, u8, u16, u32, u64, usize, i32, i64, &str, String);

impl From<&u64> for BulkItem<'_> {
    fn from(id: &u64) -> Self {
        BulkItem(Kind::Id((*id).into()))
    }
}

/// What is sent of one object.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its place in the caller's list.
    pub(super) index: usize,
    /// None of an object that is made.
    pub(super) id: Option<Id>,
    pub(super) json: String,
}

/// All entries, and the ledger in which their fate will be written.
#[derive(Debug)]
pub(super) struct Prepared {
    message: Option<String>,
    pub(super) entries: Vec<Entry>,
    pub(super) ledger: Ledger,
}

impl Prepared {
    pub(super) fn new(message: Option<&str>) -> Prepared {
        Prepared { message: message.map(str::to_owned), entries: Vec::new(), ledger: Ledger::default() }
    }

    pub(super) fn push_body(&mut self, body: &impl Serialize) {
        let index = self.ledger.push(None);
        match serde_json::to_value(body) {
            Ok(Value::Object(members)) => self.push(index, None, members),
            Ok(_) => self.fail(index, "this is no JSON object"),
            Err(error) => self.fail(index, &format!("this cannot be written as JSON: {error}")),
        }
    }

    pub(super) fn push_update(&mut self, endpoint: &Endpoint, item: &BulkItem<'_>) {
        let Some((index, id)) = self.identify(endpoint, item) else { return };
        let updates = match (&item.0, item.record()) {
            (_, Some(record)) => match record.check() {
                Ok(()) => record.updates(),
                Err(error) => return self.fail(index, &error.to_string()),
            },
            (Kind::Body(body), _) => body.clone(),
            _ => return self.fail(index, "there is an id, and nothing to change"),
        };
        match updates {
            Value::Object(members) if members.is_empty() => {
                self.ledger.states[index] = State::Done;
                self.ledger.records[index] = item.record().cloned();
            }
            Value::Object(mut members) => {
                members.insert("id".to_owned(), id.to_json());
                self.push(index, Some(id), members);
            }
            _ => self.fail(index, "this is no JSON object"),
        }
    }

    pub(super) fn push_delete(&mut self, endpoint: &Endpoint, item: &BulkItem<'_>) {
        let Some((index, id)) = self.identify(endpoint, item) else { return };
        let mut members = Map::from_iter([("id".to_owned(), id.to_json())]);
        if let Kind::Body(Value::Object(body)) = &item.0 {
            members.extend(body.get("changelog_message").map(|message| ("changelog_message".to_owned(), message.clone())));
        }
        self.push(index, Some(id), members);
    }

    /// Gives an item its place, and its id where it has one and may be written here.
    fn identify(&mut self, endpoint: &Endpoint, item: &BulkItem<'_>) -> Option<(usize, Id)> {
        let id = item.id();
        let index = self.ledger.push(Some(id.clone()));
        let foreign = item.record().map(|record| record.endpoint().path()).filter(|path| *path != endpoint.path);
        if let Some(path) = foreign {
            self.fail(index, &format!("this is a record of {path}"));
        } else if id.as_str().is_empty() {
            self.fail(index, "this has no id");
        } else {
            return Some((index, id));
        }
        None
    }

    fn push(&mut self, index: usize, id: Option<Id>, mut members: Map<String, Value>) {
        if let Some(message) = &self.message {
            members.entry("changelog_message").or_insert_with(|| message.as_str().into());
        }
        let json = Value::Object(members).to_string();
        // Two brackets stand around it.
        if json.len() + 2 >= MAX_BYTES {
            return self.fail(index, &format!("this has {} bytes of JSON: a request takes less than {MAX_BYTES}", json.len()));
        }
        self.entries.push(Entry { index, id, json });
    }

    fn fail(&mut self, index: usize, message: &str) {
        let id = self.ledger.ids[index].clone().filter(|id| !id.as_str().is_empty());
        self.ledger.failed.push(BulkFailure { index, id, reply: ErrorReply::of_messages(vec![message.to_owned()]) });
    }

    /// Refuses what can be seen to be wrong, before any of it is sent.
    pub(super) fn check(mut self) -> Result<Prepared, BulkError> {
        // An object that is given twice would get one of two changes, or fail in a later chunk.
        let mut first = HashMap::new();
        let twice = self.entries.iter().filter_map(|entry| {
            let id = entry.id.as_ref()?;
            let before = *first.entry(id).or_insert(entry.index);
            (before != entry.index).then_some((entry.index, before))
        });
        for (index, before) in twice.collect::<Vec<_>>() {
            self.fail(index, &format!("this is the same object as [{before}]"));
        }
        let Some(failure) = self.ledger.failed.first() else { return Ok(self) };
        let error = Error::invalid_request(format!("entry [{}] cannot be sent: {}", failure.index, failure.reply));
        Err(BulkError::new(self.ledger, error))
    }
}
