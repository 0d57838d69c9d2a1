//! What became of a bulk call that failed.

use std::fmt;

use super::run::{Ledger, State};
use crate::error::{Error, ErrorReply};
use crate::facade::{Id, Job, Record};

/// A call for many objects that was not done to its end: which entries were done, which were refused and why, which were not sent.
///
/// Entries are told by their place in the caller's list, from 0. Each is in one of four states: [`done`](BulkError::done), [`refused`](BulkError::refused),
/// [`uncertain`](BulkError::uncertain), [`unsent`](BulkError::unsent). Where the call was refused before its first request, as bodies that the types find wrong, nothing was sent and none is
/// in any: [`Error::violations`] then has the places. It becomes an [`Error`] by `?`, whose message holds the same in numbers.
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// # use serde_json::json;
/// # let bodies = vec![json!({"name": "a"})];
/// if let Err(error) = nb.extras().tags().create_many(&bodies) {
///     for failure in error.failed() {
///         println!("{}: {}", bodies[failure.index], failure.reply);
///     }
///     println!("{} were made, {} were not sent", error.records().count(), error.unsent().len());
///     return Err(error.into());
/// }
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
pub struct BulkError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    ledger: Ledger,
    error: Error,
}

/// An entry that is why a chunk failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BulkFailure {
    /// Its place in the caller's list, from 0.
    pub index: usize,
    /// The id of the object, unless it was to be made.
    pub id: Option<Id>,
    /// What was said of it.
    pub reply: ErrorReply,
}

impl BulkError {
    pub(super) fn new(ledger: Ledger, error: Error) -> BulkError {
        BulkError(Box::new(Inner { ledger, error }))
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// Why the call ended: that of the first request that failed. [`Error::reply`] has what the server said; positions in it are places in the caller's list.
    pub fn error(&self) -> &Error {
        &self.0.error
    }

    /// The entries that are why it failed, as far as that is known: NetBox tells all of a chunk in most cases, and none where a request broke.
    pub fn failed(&self) -> &[BulkFailure] {
        &self.ledger().failed
    }

    /// The places of the entries that were done, and of records that had no changes.
    pub fn done(&self) -> Vec<usize> {
        self.places(State::Done)
    }

    /// The places of the entries that the server did not keep: those that failed, and the rest of their chunk. They can be sent again when the former are mended.
    pub fn refused(&self) -> Vec<usize> {
        self.places(State::Refused)
    }

    /// The places of the entries that were sent without it being known what became of them: the reply was lost, the server failed, or a job was not waited for to its end.
    /// All of a chunk was done, or nothing: look before sending them again.
    pub fn uncertain(&self) -> Vec<usize> {
        self.places(State::Uncertain)
    }

    /// The places of the entries that never left.
    pub fn unsent(&self) -> Vec<usize> {
        self.places(State::Unsent)
    }

    /// The objects that were made or changed, as the server has them, in the order of [`done`](BulkError::done). Nothing of a deletion.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.ledger().records.iter().flatten()
    }

    /// The id of the object at a place: of changes and deletions.
    pub fn id(&self, index: usize) -> Option<&Id> {
        self.ledger().ids.get(index)?.as_ref()
    }

    /// The background jobs that were begun.
    pub fn jobs(&self) -> &[Job] {
        &self.ledger().jobs
    }

    fn places(&self, state: State) -> Vec<usize> {
        self.ledger().states.iter().enumerate().filter(|(_, own)| **own == state).map(|(place, _)| place).collect()
    }

    /// How many entries are in which state.
    fn summary(&self) -> Option<String> {
        let states = &self.ledger().states;
        let told: Vec<String> = [
            (State::Done, "done"),
            (State::Refused, "not kept"),
            (State::Uncertain, "sent without it being known what became of them"),
            (State::Unsent, "not sent"),
        ]
        .into_iter()
        .map(|(state, name)| (states.iter().filter(|own| **own == state).count(), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
        (!told.is_empty()).then(|| format!("Of {} entries: {}", states.len(), told.join(", ")))
    }
}

/// The error of the request, and how far the call came. [`Error::may_have_been_sent`] is about the whole call.
impl From<BulkError> for Error {
    fn from(bulk: BulkError) -> Error {
        let summary = bulk.summary();
        let had_effect = bulk.ledger().states.iter().any(|state| matches!(state, State::Done | State::Uncertain));
        let Inner { error, .. } = *bulk.0;
        let is_sent = error.may_have_been_sent() || had_effect;
        let is_retryable = error.is_retryable() && !had_effect;
        let error = error.sent(is_sent).retryable(is_retryable);
        match summary {
            Some(summary) => error.with_further_hint(&summary),
            None => error,
        }
    }
}

/// A failure before the entries are known.
impl From<Error> for BulkError {
    fn from(error: Error) -> BulkError {
        BulkError::new(Ledger::default(), error)
    }
}

impl fmt::Display for BulkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error().to_string();
        f.write_str(&error)?;
        match self.summary() {
            Some(summary) => write!(f, "{}{summary}", if error.ends_with(['.', '!', '?', '…']) { " " } else { ". " }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for BulkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `main` shows of an error that it returns.
        write!(f, "{:?}: {self}", self.error().kind())
    }
}

impl std::error::Error for BulkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The error itself is in the message already.
        std::error::Error::source(self.error())
    }
}
