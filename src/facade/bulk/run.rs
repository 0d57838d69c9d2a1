//! Sends chunk after chunk, and keeps the fate of each entry.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::{Map, Value};

use super::chunk::{MAX_BYTES, body, cut};
use super::error::{BulkError, BulkFailure};
use super::item::{Entry, Prepared};
use super::{Action, Options, TIME_OF_AN_OBJECT};
use crate::client::{ApiResponse, RequestBuilder};
use crate::error::{Error, ErrorItem, ErrorKind, ErrorReply, Result};
use crate::facade::{Endpoint, Id, Job, Record};

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    #[default]
    Unsent,
    Done,
    /// Its chunk was refused, and nothing of it kept.
    Refused,
    /// It was sent, and it is not known what became of it.
    Uncertain,
}

/// The fate of each entry, by its place in the caller's list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// None for objects that are made.
    pub(super) ids: Vec<Option<Id>>,
    pub(super) states: Vec<State>,
    /// What the server has now. None for what was deleted or was not done.
    pub(super) records: Vec<Option<Record>>,
    pub(super) failed: Vec<BulkFailure>,
    pub(super) jobs: Vec<Job>,
    /// That of the server, where it said.
    pub(super) version: Option<String>,
}

/// Sends all entries; the first chunk that is not done ends it.
pub(super) fn send_all(endpoint: &Endpoint, action: Action, prepared: Prepared, options: &Options) -> Result<Ledger, BulkError> {
    let mut ledger = prepared.ledger;
    for chunk in cut(prepared.entries, options.chunk, MAX_BYTES) {
        let outcome = request(endpoint, action, &chunk).send();
        if let Err(error) = ledger.settle(endpoint, action, &chunk, outcome) {
            return Err(BulkError::new(ledger, error));
        }
    }
    Ok(ledger)
}

pub(super) fn request(endpoint: &Endpoint, action: Action, chunk: &[Entry]) -> RequestBuilder {
    let client = endpoint.api.client();
    let more = TIME_OF_AN_OBJECT.saturating_mul(u32::try_from(chunk.len()).unwrap_or(u32::MAX));
    let limit = client.config().timeouts().attempt.saturating_add(more);
    client.request(action.method(), &endpoint.path).body("application/json", body(chunk)).timeout(limit)
}

impl Ledger {
    /// A place for one entry.
    pub(super) fn push(&mut self, id: Option<Id>) -> usize {
        self.ids.push(id);
        self.states.push(State::default());
        self.records.push(None);
        self.states.len() - 1
    }

    pub(super) fn set(&mut self, chunk: &[Entry], state: State) {
        chunk.iter().for_each(|entry| self.states[entry.index] = state);
    }

    pub(super) fn done_count(&self) -> usize {
        self.states.iter().filter(|state| **state == State::Done).count()
    }

    pub(crate) fn into_records(self) -> Vec<Record> {
        self.records.into_iter().flatten().collect()
    }

    /// The objects as another type. One that does not fit is an error that knows what was done.
    #[cfg(feature = "typed")]
    pub(crate) fn read<T>(self, read: impl Fn(&Record) -> Result<T>) -> Result<Vec<T>, BulkError> {
        let objects = self.records.iter().flatten().map(read).collect::<Result<_>>();
        objects.map_err(|error| {
            let error = match &self.version {
                Some(version) => error.with_hint(format!("The server is NetBox {version}")),
                None => error,
            };
            BulkError::new(self, error.sent(true))
        })
    }

    /// Notes what came of a chunk.
    pub(super) fn settle(&mut self, endpoint: &Endpoint, action: Action, chunk: &[Entry], outcome: Result<ApiResponse>) -> Result<()> {
        let response = match outcome {
            Ok(response) => response,
            Err(error) if !error.may_have_been_sent() => return Err(error),
            // A write is not redirected: who answered so did not carry it out.
            Err(error) if error.kind() == ErrorKind::Redirect => return Err(self.refuse(chunk, State::Refused, error)),
            Err(error) => return Err(self.refuse(chunk, State::Uncertain, error)),
        };
        self.version = self.version.take().or_else(|| response.version().map(str::to_owned));
        // NetBox refuses background work with 503 where no worker runs; a proxy's 503 does not name a version.
        let is_refusal =
            response.status().is_client_error() || response.status() == StatusCode::SERVICE_UNAVAILABLE && response.version().is_some();
        let state = if is_refusal { State::Refused } else { State::Uncertain };
        let response = endpoint.accepted(response).map_err(|error| self.refuse(chunk, state, error))?;
        let rows = match action {
            Action::Delete => Vec::new(),
            Action::Create | Action::Update => response.json().map_err(|error| self.refuse(chunk, State::Uncertain, error))?,
        };
        self.accept(endpoint, action, chunk, rows).map_err(|(kind, message)| response.error(kind, message))
    }

    /// Notes that a chunk was done, with the objects that were answered.
    pub(super) fn accept(
        &mut self,
        endpoint: &Endpoint,
        action: Action,
        chunk: &[Entry],
        rows: Vec<Map<String, Value>>,
    ) -> Result<(), (ErrorKind, String)> {
        let record = |members| Some(Record::new(endpoint.clone(), members, None));
        match action {
            Action::Delete => {}
            // They come in the order of the bodies.
            Action::Create if rows.len() == chunk.len() => {
                chunk.iter().zip(rows).for_each(|(entry, members)| self.records[entry.index] = record(members));
            }
            Action::Create => {
                self.set(chunk, State::Uncertain);
                return Err((ErrorKind::Decode, format!("{} objects were sent, and {} came back", chunk.len(), rows.len())));
            }
            Action::Update => return self.accept_by_id(chunk, rows, record),
        }
        self.set(chunk, State::Done);
        Ok(())
    }

    /// Changed objects come in the server's order. NetBox before 4.7 leaves out those that do not exist, and changes the others.
    fn accept_by_id(
        &mut self,
        chunk: &[Entry],
        rows: Vec<Map<String, Value>>,
        record: impl Fn(Map<String, Value>) -> Option<Record>,
    ) -> Result<(), (ErrorKind, String)> {
        let key = |members: &Map<String, Value>| Id::of_json(members.get("id").unwrap_or(&Value::Null));
        let mut rows: HashMap<Id, Map<String, Value>> = rows.into_iter().map(|members| (key(&members), members)).collect();
        let mut missing = 0;
        for entry in chunk {
            match entry.id.as_ref().and_then(|id| rows.remove(id)) {
                Some(members) => {
                    self.records[entry.index] = record(members);
                    self.states[entry.index] = State::Done;
                }
                None => {
                    missing += 1;
                    self.states[entry.index] = State::Refused;
                    let reply = ErrorReply::of_messages(vec!["The reply does not have it: there is no such object.".to_owned()]);
                    self.failed.push(BulkFailure { index: entry.index, id: entry.id.clone(), reply });
                }
            }
        }
        if missing == 0 {
            return Ok(());
        }
        Err((ErrorKind::NotFound, format!("{missing} of {} objects are not in the reply", chunk.len())))
    }

    /// Notes that a chunk was not done, or may not have been, and which of its entries are why. The error then counts as the caller does.
    pub(super) fn refuse(&mut self, chunk: &[Entry], state: State, error: Error) -> Error {
        self.set(chunk, state);
        let Some(reply) = error.reply() else { return error };
        let known = self.failed.len();
        for (item, below) in reply.items() {
            let entry = match item {
                ErrorItem::Index(position) => usize::try_from(*position).ok().and_then(|position| chunk.get(position)),
                ErrorItem::Id(id) => chunk.iter().find(|entry| entry.id.as_ref().is_some_and(|own| own.as_str() == id)),
            };
            if let Some(entry) = entry {
                self.failed.push(BulkFailure { index: entry.index, id: entry.id.clone(), reply: below.clone() });
            }
        }
        if let ([entry], true, State::Refused) = (chunk, self.failed.len() == known, state) {
            self.failed.push(BulkFailure { index: entry.index, id: entry.id.clone(), reply: reply.clone() });
        }
        let places: Vec<u64> = chunk.iter().map(|entry| entry.index as u64).collect();
        error.with_places(&places)
    }
}
