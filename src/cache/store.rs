//! The SQLite file: entries, the generation of each origin, and the marks of writes in progress. The only code that names rusqlite.
//!
//! A write puts a mark before it is sent, and takes it away when it has ended, raising the generation. An entry counts only while its generation is the present one and no mark is there; it is
//! stored only where both were so when its request began and still are. So nothing from before a write is read after it. The mark of a writer that died expires: whoever meets it then ends the
//! write in its place.

use std::path::Path;
use std::time::{Duration, Instant};

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

use super::key::{Key, Question};

/// The form of the file.
const VERSION: i32 = 1;

/// Milliseconds since 1970.
pub(crate) type Time = i64;

#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("it is locked by another process")]
    Busy,
    /// Not SQLite, or not the one that this crate makes.
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(error.to_string()),
            // A table or a member that is not there, a value of another type.
            Some(ErrorCode::Unknown | ErrorCode::TypeMismatch | ErrorCode::ConstraintViolation) | None => {
                StoreError::Damaged(error.to_string())
            }
            Some(_) => StoreError::Other(error.to_string()),
        }
    }
}

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// What writes reach and reads depend on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) origin: String,
    /// Empty for all of the origin.
    pub(crate) app: String,
}

/// What was found for a question.
#[derive(Debug)]
pub(super) struct Found {
    /// Allows to store the answer. `None` while somebody writes.
    pub(super) ticket: Option<Ticket>,
    pub(super) entry: Option<Entry>,
}

/// The state of an origin when a request began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// A file that was begun anew starts to count anew.
    file: i64,
    generation: i64,
    /// When it began: since then its answer may have been out of date.
    pub(crate) asked: Time,
}

/// An answer as it was stored.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) stored: Time,
    pub(super) used: Time,
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// An answer to store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    pub(super) head: &'a [u8],
    pub(super) body: &'a [u8],
    /// When it was made.
    pub(super) asked: Time,
    /// After that it is the first to go.
    pub(super) expires: Time,
}

/// What is new of an answer that still holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renewed<'a> {
    pub(super) head: &'a [u8],
    pub(super) expires: Time,
}

/// How much a file holds at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) bytes: u64,
    pub(super) entries: u64,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    secret: hmac::Key,
    file: i64,
}

/// How long to wait before a file that is being made is opened again.
const OPEN_AGAIN: Duration = Duration::from_millis(5);

const SCHEMA: &str = "
CREATE TABLE file (id INTEGER NOT NULL, secret BLOB NOT NULL, entries INTEGER NOT NULL, bytes INTEGER NOT NULL);
CREATE TABLE generations (origin TEXT NOT NULL, app TEXT NOT NULL, generation INTEGER NOT NULL, PRIMARY KEY (origin, app)) WITHOUT ROWID;
CREATE TABLE marks (id INTEGER PRIMARY KEY, origin TEXT NOT NULL, app TEXT NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL, origin TEXT NOT NULL, app TEXT NOT NULL, generation INTEGER NOT NULL, stored INTEGER NOT NULL, expires INTEGER NOT NULL,
    used INTEGER NOT NULL, size INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL);
CREATE INDEX entries_by_use ON entries (used);
CREATE INDEX entries_by_expiry ON entries (expires);
CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN UPDATE file SET entries = entries + 1, bytes = bytes + new.size; END;
CREATE TRIGGER entry_changed AFTER UPDATE OF size ON entries BEGIN UPDATE file SET bytes = bytes + new.size - old.size; END;
CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN UPDATE file SET entries = entries - 1, bytes = bytes - old.size; END;
";

/// The generation of a scope, and whether somebody writes to it: ?1 origin, ?2 app.
macro_rules! state {
    () => {
        "(SELECT total(generation) FROM generations WHERE origin = ?1 AND (app IN ('', ?2) OR ?2 = '')) AS generation, \
         EXISTS (SELECT 1 FROM marks WHERE origin = ?1 AND (app IN ('', ?2) OR ?2 = '')) AS marked"
    };
}

const FIND: &str = concat!(
    "WITH state AS (SELECT ",
    state!(),
    ") SELECT CAST(state.generation AS INTEGER), marked, stored, used, head, body FROM state LEFT JOIN entries \
     ON id = ?3 AND key = ?4 AND entries.generation = state.generation AND NOT marked"
);

const STATE: &str = concat!("SELECT CAST(generation AS INTEGER), marked FROM (SELECT ", state!(), ")");

/// What an entry takes beside its head and body.
const OVERHEAD: usize = 256;

impl Store {
    /// Of a file that is there; an empty one is made into a cache.
    pub(super) fn open(path: &Path, wait: Duration) -> Result<Store> {
        let began = Instant::now();
        // Never a new file: where it was removed meanwhile, its path is of no use any more. Each connection has one user at a time.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        loop {
            match Store::prepare(Connection::open_with_flags(path, flags)?, wait.saturating_sub(began.elapsed())) {
                // Where another process is about to make the file, SQLite does not wait.
                Err(StoreError::Busy) if began.elapsed() < wait => std::thread::sleep(OPEN_AGAIN),
                outcome => return outcome,
            }
        }
    }

    pub(super) fn in_memory() -> Result<Store> {
        Store::prepare(Connection::open_in_memory()?, Duration::ZERO)
    }

    fn prepare(mut connection: Connection, wait: Duration) -> Result<Store> {
        connection.busy_timeout(wait)?;
        connection.set_prepared_statement_cache_capacity(32);
        let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            connection.pragma_update(None, "page_size", 8192)?;
        }
        // Readers go on beside a writer.
        connection.pragma_update(None, "journal_mode", "wal")?;
        // A crash of the system may lose the latest changes, but leaves the file whole.
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        if version == 0 {
            create(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)?;
        } else if version != VERSION {
            return Err(StoreError::Damaged(format!("it has version {version}, not {VERSION}")));
        }
        let (file, secret): (i64, Vec<u8>) =
            connection.query_row("SELECT id, secret FROM file", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Store { connection, secret: hmac::Key::new(hmac::HMAC_SHA256, &secret), file })
    }

    /// How long the following calls wait for a lock.
    pub(super) fn wait(&self, limit: Duration) -> Result<()> {
        Ok(self.connection.busy_timeout(limit)?)
    }

    /// Closes a connection to a file that others do not use any more: what is left beside it may belong to another one.
    pub(super) fn abandon(self) {
        if let Err(error) = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
            log::debug!("an outdated file of the cache is written to: {error}");
        }
    }

    pub(super) fn key(&self, question: &Question<'_>) -> Key {
        Key::of(question, &self.secret)
    }

    pub(super) fn find(&mut self, key: Key, scope: &Scope, now: Time) -> Result<Found> {
        let found = self.look_up(key, scope, now)?;
        if found.ticket.is_some() || !self.end_expired(now)? {
            return Ok(found);
        }
        self.look_up(key, scope, now)
    }

    fn look_up(&self, key: Key, scope: &Scope, now: Time) -> Result<Found> {
        let mut statement = self.connection.prepare_cached(FIND)?;
        let found = statement.query_row(params![scope.origin, scope.app, key.row(), key.0], |row| {
            let is_marked: bool = row.get(1)?;
            let ticket = Ticket { file: self.file, generation: row.get(0)?, asked: now };
            let stored: Option<Time> = row.get(2)?;
            let entry = match stored {
                Some(stored) => Some(Entry { stored, used: row.get(3)?, head: row.get(4)?, body: row.get(5)? }),
                None => None,
            };
            Ok(Found { ticket: (!is_marked).then_some(ticket), entry })
        })?;
        Ok(found)
    }

    /// Ends the writes whose marks have expired. Returns whether there were any.
    fn end_expired(&mut self, now: Time) -> Result<bool> {
        let has_expired: bool = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM marks WHERE expires <= ?1)")?
            .query_row([now], |row| row.get(0))?;
        if has_expired {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let expired: Vec<Scope> = transaction
                .prepare_cached("DELETE FROM marks WHERE expires <= ?1 RETURNING origin, app")?
                .query_map([now], |row| Ok(Scope { origin: row.get(0)?, app: row.get(1)? }))?
                .collect::<rusqlite::Result<_>>()?;
            expired.iter().try_for_each(|scope| raise(&transaction, scope))?;
            transaction.commit()?;
        }
        Ok(has_expired)
    }

    /// Stores an answer, unless somebody wrote since its question was asked. Returns whether it was stored.
    pub(super) fn put(&mut self, key: Key, scope: &Scope, ticket: Ticket, answer: Answer<'_>, limits: Limits, now: Time) -> Result<bool> {
        let size = answer.head.len() + answer.body.len() + OVERHEAD;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if ticket.file != self.file || !holds(&transaction, scope, ticket)? {
            return Ok(false);
        }
        transaction.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([key.row()])?;
        transaction.prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?.execute(params![
            key.row(),
            key.0,
            scope.origin,
            scope.app,
            ticket.generation,
            answer.asked,
            answer.expires,
            now,
            size as i64,
            answer.head,
            answer.body
        ])?;
        evict(&transaction, limits, now)?;
        transaction.commit()?;
        Ok(true)
    }

    /// Notes that the entry of some time still holds, unless somebody wrote since the server was asked, or another answer took its place. Returns whether it holds.
    pub(super) fn renew(&mut self, key: Key, scope: &Scope, ticket: Ticket, stored: Time, renewed: Renewed<'_>, now: Time) -> Result<bool> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let holds = ticket.file == self.file
            && holds(&transaction, scope, ticket)?
            && transaction
                .prepare_cached(
                    "UPDATE entries SET stored = ?8, used = ?3, expires = ?4, head = ?5, size = size - length(head) + length(?5) \
                     WHERE id = ?1 AND key = ?2 AND generation = ?6 AND stored = ?7",
                )?
                .execute(params![key.row(), key.0, now, renewed.expires, renewed.head, ticket.generation, stored, ticket.asked])?
                == 1;
        transaction.commit()?;
        Ok(holds)
    }

    /// Notes that an entry was used, for those that are used least go first.
    pub(super) fn touch(&self, key: Key, now: Time) -> Result<()> {
        self.connection.prepare_cached("UPDATE entries SET used = ?2 WHERE id = ?1")?.execute(params![key.row(), now])?;
        Ok(())
    }

    pub(super) fn remove(&self, key: Key) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM entries WHERE id = ?1 AND key = ?2")?.execute(params![key.row(), key.0])?;
        Ok(())
    }

    /// Notes that a write begins or goes on: nothing that it reaches is used or stored before its mark is taken away.
    pub(super) fn mark(&self, id: i64, scope: &Scope, expires: Time) -> Result<()> {
        let mut statement = self.connection.prepare_cached("INSERT OR REPLACE INTO marks VALUES (?1, ?2, ?3, ?4)")?;
        statement.execute(params![id, scope.origin, scope.app, expires])?;
        Ok(())
    }

    /// Notes that a write has ended.
    pub(super) fn unmark(&mut self, id: i64, scope: &Scope) -> Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        raise(&transaction, scope)?;
        transaction.prepare_cached("DELETE FROM marks WHERE id = ?1")?.execute([id])?;
        Ok(transaction.commit()?)
    }

    /// Notes that nothing of a write was sent.
    pub(super) fn withdraw(&self, id: i64) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM marks WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// How many writes are under way, or may be.
    pub(super) fn count_marks(&self, now: Time) -> Result<u64> {
        let count: i64 = self.connection.query_row("SELECT count(*) FROM marks WHERE expires > ?1", [now], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// The marks that have not expired: number, scope and expiry.
    pub(super) fn marks(&self, now: Time) -> Result<Vec<(i64, Scope, Time)>> {
        let mut statement = self.connection.prepare_cached("SELECT id, origin, app, expires FROM marks WHERE expires > ?1")?;
        let marks = statement.query_map([now], |row| Ok((row.get(0)?, Scope { origin: row.get(1)?, app: row.get(2)? }, row.get(3)?)))?;
        Ok(marks.collect::<rusqlite::Result<_>>()?)
    }

    /// How many entries there are, and their bytes.
    pub(super) fn size(&self) -> Result<(u64, u64)> {
        totals(&self.connection)
    }

    /// Removes all entries, or those of one origin. Returns how many.
    pub(super) fn clear(&mut self, origin: Option<&str>) -> Result<u64> {
        let removed = match origin {
            None => self.connection.execute("DELETE FROM entries", [])?,
            Some(origin) => self.connection.execute("DELETE FROM entries WHERE origin = ?1", [origin])?,
        };
        // Gives the space back where nobody else reads.
        if origin.is_none() {
            if let Err(error) = self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)") {
                log::debug!("the cache keeps its size for now: {error}");
            }
        }
        Ok(removed as u64)
    }
}

/// A number that nobody else has. Without a source of random numbers there is no file either.
pub(super) fn random_number() -> i64 {
    random().map(i64::from_le_bytes).unwrap_or_default()
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| StoreError::Other("the system gives no random numbers".to_owned()))?;
    Ok(bytes)
}

fn create(transaction: Transaction<'_>) -> Result<()> {
    // Another process may have been faster.
    let version: i32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        transaction.execute_batch(SCHEMA)?;
        transaction.execute("INSERT INTO file VALUES (?1, ?2, 0, 0)", params![random_number(), random::<32>()?])?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

fn holds(transaction: &Transaction<'_>, scope: &Scope, ticket: Ticket) -> Result<bool> {
    let (generation, is_marked): (i64, bool) =
        transaction.prepare_cached(STATE)?.query_row(params![scope.origin, scope.app], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(generation == ticket.generation && !is_marked)
}

fn raise(transaction: &Transaction<'_>, scope: &Scope) -> Result<()> {
    transaction
        .prepare_cached("INSERT INTO generations VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET generation = generation + 1")?
        .execute(params![scope.origin, scope.app])?;
    Ok(())
}

fn totals(connection: &Connection) -> Result<(u64, u64)> {
    let mut statement = connection.prepare_cached("SELECT entries, bytes FROM file")?;
    let (entries, bytes): (i64, i64) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((entries.max(0).unsigned_abs(), bytes.max(0).unsigned_abs()))
}

/// Removes entries until there is room again: expired ones first, then those from before a write, then those that were not used for longest.
fn evict(transaction: &Transaction<'_>, limits: Limits, now: Time) -> Result<()> {
    let is_over = |limits: Limits| -> Result<bool> {
        let (entries, bytes) = totals(transaction)?;
        Ok(entries > limits.entries || bytes > limits.bytes)
    };
    if !is_over(limits)? {
        return Ok(());
    }
    transaction.prepare_cached("DELETE FROM entries WHERE expires <= ?1")?.execute([now])?;
    transaction
        .prepare_cached(
            "DELETE FROM entries WHERE generation < (SELECT total(g.generation) FROM generations g WHERE g.origin = entries.origin AND (g.app IN ('', entries.app) OR entries.app = ''))",
        )?
        .execute([])?;
    // Some room more, so that the next ones need not look for it again.
    let wanted = Limits { bytes: limits.bytes - limits.bytes / 10, entries: limits.entries - limits.entries / 10 };
    while is_over(wanted)? {
        let oldest: Option<i64> =
            transaction.prepare_cached("SELECT id FROM entries ORDER BY used LIMIT 1")?.query_row([], |row| row.get(0)).optional()?;
        let Some(oldest) = oldest else { break };
        transaction.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([oldest])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
