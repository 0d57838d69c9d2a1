//! Answers that were read before, in one SQLite file that all processes of a user share.

mod folder;
mod key;
mod policy;
mod store;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use http::header::AGE;
use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) use key::{Key, Question};
pub use policy::{CacheMode, CachePolicy, Invalidation, Lifetime};
pub(crate) use policy::{Kind, Use, app, begins_job, drops_entry, has_conditions, is_unable, is_unclear, refuses_token};
pub(crate) use store::{Scope, Ticket};

use crate::base_url::BaseUrl;

use self::folder::{Folder, Identity};
use self::store::{Answer, Limits, Renewed, Store, StoreError, Time};

/// How long a read waits for a lock before it goes on without the cache.
const READ_WAIT: Duration = Duration::from_millis(250);

/// How long a write waits to be noted before it sets the file aside.
const WRITE_WAIT: Duration = Duration::from_secs(3);

/// How much later than before an entry has to be used for that to be noted.
const TOUCH_AFTER: Time = 60_000;

/// How many connections are kept open.
const MAX_IDLE: usize = 16;

/// What became of a request in the cache: [`ApiResponse::cache_status`](crate::ApiResponse::cache_status), and the header `X-NBX-Cache` in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheStatus {
    /// The server was asked.
    Miss,
    /// The server was not asked.
    Hit,
    /// The server was asked, and said that what was there still holds.
    Revalidated,
    /// The server could not be reached or could not answer: this is from before.
    Stale,
}

impl CacheStatus {
    /// As the header has it: `MISS`, `HIT`, `REVALIDATED` or `STALE`.
    pub fn as_str(self) -> &'static str {
        match self {
            CacheStatus::Miss => "MISS",
            CacheStatus::Hit => "HIT",
            CacheStatus::Revalidated => "REVALIDATED",
            CacheStatus::Stale => "STALE",
        }
    }
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where answers are kept: a setting of [`ConfigBuilder::cache`](crate::ConfigBuilder::cache), and a handle to look at it and to empty it. Clones are the same cache.
///
/// # What is in it
///
/// Answers to GET with status 200 and JSON or text, whole ones, by all that decides them: URL (parameters of different names in any order), headers (the branch, the language), and who asks, as a keyed
/// hash. Never: `status`, `authentication-check`, tokens, jobs and background tasks, scripts, `available-…`, the branches themselves, lists without objects, replies with `Cache-Control: no-store`,
/// downloads ([`send_to`](crate::RequestBuilder::send_to)), requests with conditions of their own, OPTIONS and HEAD. Lists that are read by position ([`Paging::Offset`](crate::Paging::Offset), orderings)
/// come from it only where they have one page.
///
/// The answers stand in it in clear, readable for their user alone.
///
/// # Who sees whose writes
///
/// After a write has returned, or has failed in a way in which it may have arrived, no reader of the same file answers from before it. Those who have the cache off, or another one, note their writes in
/// the user's own as well, where it is there. What nobody notes is seen when an answer is out of date ([`CachePolicy`]): writes of programs without this crate or without its feature `cache`, of other users
/// and other hosts, through another name of the server (the base URL counts, but for the port that its scheme has anyway), and, for readers of a cache that is not the user's own, those of all who have
/// another one. A write that ended unclearly, one whose process died, and a job that was begun and not [waited](crate::Job::wait) for keep everything of their NetBox from the cache for
/// [`unclear_for`](CachePolicy::unclear_for) (a process that dies in the middle of a write for as long again as an attempt may take): [`CacheStats::writes`] counts them.
///
/// A token that was revoked, or lost a permission, reads on from the cache until an answer is out of date; the first refusal of the token ends that at once.
///
/// # What goes wrong
///
/// A cache never makes a request fail. What it cannot do (a full or read-only disk, a lock that somebody holds, a damaged file) is told once in the log, and the request goes to the server.
///
/// ```no_run
/// use netbox_sdk::{Api, Cache, Client, Config};
///
/// let cache = Cache::at("/var/cache/inventory").max_bytes(64 << 20);
/// let nb = Api::new(Client::new(Config::builder_from_env()?.cache(cache.clone()).build()?)?);
/// let devices = nb.dcim().devices().all().count()?;
/// println!("{devices} devices, {:?}", cache.stats());
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Clone)]
pub struct Cache {
    shared: Option<Arc<Shared>>,
    limits: Limits,
}

/// What is in a cache, and how it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// Answers that are stored, those of other processes and those that are out of date included.
    pub entries: u64,
    /// Their bytes. The file is somewhat larger.
    pub bytes: u64,
    /// Writes that are under way, or of which nobody knows how they ended: so long nothing of their NetBox is used or stored.
    pub writes: u64,
    /// How many reads of this process were answered without the server, or with a short "not modified" of it.
    pub hits: u64,
    /// How many went to the server.
    pub misses: u64,
}

/// What all handles of one cache have in common.
struct Shared {
    place: Place,
    hits: AtomicU64,
    misses: AtomicU64,
    was_warned: AtomicBool,
    /// Origins that this process stays away from: a write to them could not be noted.
    left: Mutex<HashSet<String>>,
}

enum Place {
    Memory(Box<Mutex<Option<Store>>>),
    File { folder: Folder, idle: Mutex<Vec<Opened>> },
}

/// A connection, and the file that it was made to.
struct Opened {
    store: Store,
    identity: Option<Identity>,
}

/// An answer from the cache.
#[derive(Debug)]
pub(crate) struct Cached {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// `None` where it is from the future.
    pub(crate) age: Option<Duration>,
    stored: Time,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) key: Key,
    pub(crate) ticket: Option<Ticket>,
    pub(crate) cached: Option<Cached>,
}

/// A write that is noted in a cache. Where it is dropped without an end, as in a process that dies, the note stays until it expires.
#[derive(Debug)]
pub(crate) struct Mark {
    cache: Cache,
    id: i64,
    scope: Scope,
    /// Whether the client uses this cache. The user's own is told of any write where it is there, which it may be from the middle of a write on.
    is_own: bool,
}

impl Default for Cache {
    /// The user's own: below `$XDG_CACHE_HOME/netbox-sdk`, else `~/.cache/netbox-sdk`. It may be deleted at any time. (Python `netbox-sdk` keeps its cache in the folder of its configuration, which
    /// people back up and synchronise.)
    ///
    /// All processes of the user on this host share it. Only the user can read it; the answers stand in it in clear.
    fn default() -> Cache {
        // Kept: whoever writes with another cache notes it in this one, too.
        static KEPT: Mutex<Option<Cache>> = Mutex::new(None);
        let cache = Cache::of(Folder::of_user());
        *lock(&KEPT) = Some(cache.clone());
        cache
    }
}

impl Cache {
    /// None: nothing is read or stored. Writes are noted all the same, see [above](Cache#who-sees-whose-writes).
    pub fn off() -> Cache {
        Cache::of(None)
    }

    /// In memory, for the clients that get this handle.
    pub fn in_memory() -> Cache {
        Cache::with(Some(Arc::new(Shared::new(Place::Memory(Box::default())))))
    }

    /// In a folder `http-<this host>` below `path`: [`path`](Cache::path) says where exactly. It is made when it is needed, and readable for nobody else; one of another user is not used. What was
    /// damaged is beside it as `set-aside`.
    pub fn at(path: impl AsRef<Path>) -> Cache {
        let path = path.as_ref();
        // An empty one is the present folder.
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Cache::of(Some(Folder::below(&path)))
    }

    fn of(folder: Option<Folder>) -> Cache {
        static OPEN: OnceLock<Mutex<HashMap<Folder, Weak<Shared>>>> = OnceLock::new();
        let Some(folder) = folder else { return Cache::with(None) };
        // What one handle learns of a file holds for all of this process.
        let mut open = lock(OPEN.get_or_init(Mutex::default));
        open.retain(|_, shared| shared.strong_count() > 0);
        if let Some(shared) = open.get(&folder).and_then(Weak::upgrade) {
            return Cache::with(Some(shared));
        }
        let shared = Arc::new(Shared::new(Place::File { folder: folder.clone(), idle: Mutex::default() }));
        open.insert(folder, Arc::downgrade(&shared));
        Cache::with(Some(shared))
    }

    fn with(shared: Option<Arc<Shared>>) -> Cache {
        Cache { shared, limits: Limits { bytes: 256 << 20, entries: 20_000 } }
    }

    /// How many bytes of answers it holds at most; the file and what SQLite keeps beside it can be twice as large for a while. Default 256 MiB. What is out of date goes first, then what was not used for longest.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Cache {
        self.limits.bytes = bytes;
        self
    }

    /// How many answers it holds at most. Default 20,000.
    #[must_use]
    pub fn max_entries(mut self, entries: u64) -> Cache {
        self.limits.entries = entries;
        self
    }

    /// Whether this is [`Cache::off`].
    pub fn is_off(&self) -> bool {
        self.shared.is_none()
    }

    /// The SQLite file, where it is kept in one. It need not be there yet.
    pub fn path(&self) -> Option<PathBuf> {
        match &self.shared.as_ref()?.place {
            Place::File { folder, .. } => Some(folder.file()),
            Place::Memory(_) => None,
        }
    }

    /// What is in it, and how this process used it. All zero where it is off or cannot be read.
    pub fn stats(&self) -> CacheStats {
        let Some(shared) = &self.shared else { return CacheStats::default() };
        let (entries, bytes) = self.run(READ_WAIT, |store| store.size()).unwrap_or_default();
        let writes = self.run(READ_WAIT, |store| store.count_marks(now())).unwrap_or_default();
        CacheStats { entries, bytes, writes, hits: shared.hits.load(Ordering::Relaxed), misses: shared.misses.load(Ordering::Relaxed) }
    }

    /// Removes all answers, those of other processes and NetBoxes too, and says how many. Indices that were [kept](crate::Client::live_schema) go with them.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn clear(&self) -> std::io::Result<u64> {
        self.empty(None)
    }

    /// Removes all answers of one NetBox, named by its base URL as [`Config::builder`](crate::Config::builder) takes it, and says how many.
    ///
    /// # Errors
    /// The file cannot be written, or the URL is none.
    pub fn clear_origin(&self, base_url: &str) -> std::io::Result<u64> {
        let origin = BaseUrl::parse(base_url).map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error))?.normal();
        self.empty(Some(&origin))
    }

    fn empty(&self, origin: Option<&str>) -> std::io::Result<u64> {
        let is_missing = |path: PathBuf| std::fs::metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
        if let (None, Some(Shared { place: Place::File { folder, .. }, .. })) = (origin, self.shared.as_deref()) {
            folder.remove_rest()?;
        }
        if self.is_off() || self.path().is_some_and(is_missing) {
            return Ok(0);
        }
        self.run(WRITE_WAIT, |store| store.clear(origin)).map_err(|error| std::io::Error::other(error.to_string()))
    }

    /// What was kept beside the file under a name.
    pub(crate) fn kept(&self, name: &str) -> Option<Vec<u8>> {
        match &self.shared.as_ref()?.place {
            Place::File { folder, .. } => folder.read(name).ok(),
            Place::Memory(_) => None,
        }
    }

    /// Keeps something beside the file, where there is one, until it is [cleared](Cache::clear).
    pub(crate) fn keep(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        match self.shared.as_deref() {
            Some(Shared { place: Place::File { folder, .. }, .. }) => folder.write(name, bytes),
            _ => Ok(()),
        }
    }

    /// What is there for a question. `None` where the cache cannot be used.
    pub(crate) fn find(&self, question: &Question<'_>, scope: &Scope) -> Option<Found> {
        self.look_up(scope, |store| store.key(question))
    }

    /// As [`find`](Cache::find), of a question whose key is known.
    pub(crate) fn find_again(&self, key: Key, scope: &Scope) -> Option<Found> {
        self.look_up(scope, |_| key)
    }

    fn look_up(&self, scope: &Scope, key: impl Fn(&Store) -> Key) -> Option<Found> {
        let shared = self.shared.as_ref()?;
        if lock(&shared.left).contains(&scope.origin) {
            return None;
        }
        let now = now();
        let outcome = self.run(READ_WAIT, |store| {
            let key = key(store);
            let found = store.find(key, scope, now)?;
            if found.entry.as_ref().is_some_and(|entry| now - entry.used > TOUCH_AFTER) {
                store.wait(Duration::ZERO)?;
                // To be noted another time.
                let _ = store.touch(key, now);
            }
            Ok((key, found))
        });
        let (key, found) = outcome.map_err(|error| self.warn(&error)).ok()?;
        let cached = found.entry.and_then(|entry| {
            let age = u64::try_from(now - entry.stored).ok().map(Duration::from_millis);
            Some(Cached { headers: read_headers(&entry.head)?, body: entry.body, age, stored: entry.stored })
        });
        Some(Found { key, ticket: found.ticket, cached })
    }

    /// Stores an answer, unless somebody wrote since its question was asked.
    pub(crate) fn store(&self, key: Key, scope: &Scope, ticket: Ticket, headers: &HeaderMap, body: &[u8], keep: Duration) {
        if body.len() as u64 > self.limits.bytes {
            return self.remove(key);
        }
        let head = write_headers(headers);
        // A cache on the way may have had it for a while.
        let age: i64 = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
        let asked = ticket.asked.saturating_sub(age.saturating_mul(1000));
        let answer = Answer { head: &head, body, asked, expires: after(asked, keep) };
        if let Err(error) = self.run(READ_WAIT, |store| store.put(key, scope, ticket, answer, self.limits, now())) {
            self.warn(&error);
        }
    }

    /// Notes that an answer still holds, unless somebody wrote since the server was asked: then it must not be used.
    pub(crate) fn renew(&self, key: Key, scope: &Scope, ticket: Ticket, cached: &Cached, keep: Duration) -> bool {
        let head = write_headers(&cached.headers);
        let renewed = Renewed { head: &head, expires: after(ticket.asked, keep) };
        let outcome = self.run(READ_WAIT, |store| store.renew(key, scope, ticket, cached.stored, renewed, now()));
        outcome.unwrap_or_else(|error| {
            self.warn(&error);
            false
        })
    }

    /// Forgets the answer to a question.
    pub(crate) fn forget(&self, question: &Question<'_>) {
        self.take_out(|store| store.key(question));
    }

    /// Ends the use of all answers of a scope, as a write does.
    pub(crate) fn end_use(&self, scope: &Scope) {
        self.begin_write(scope, Duration::ZERO).iter().for_each(Mark::end);
    }

    /// Forgets an answer.
    pub(crate) fn remove(&self, key: Key) {
        self.take_out(|_| key);
    }

    fn take_out(&self, key: impl Fn(&Store) -> Key) {
        if let Err(error) = self.run(READ_WAIT, |store| store.remove(key(store))) {
            self.warn(&error);
        }
    }

    /// Counts what became of a read.
    pub(crate) fn count(&self, is_hit: bool) {
        if let Some(shared) = &self.shared {
            (if is_hit { &shared.hits } else { &shared.misses }).fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes a write before it is sent, in this cache and in the user's own where there is one.
    pub(crate) fn begin_write(&self, scope: &Scope, expires_in: Duration) -> Vec<Mark> {
        let of_user = Cache::default();
        let is_same = self.path() == of_user.path();
        let caches = [(self.clone(), true), (of_user, false)].into_iter().take(if is_same { 1 } else { 2 });
        let marks = caches.filter(|(cache, _)| !cache.is_off());
        let marks = marks.map(|(cache, is_own)| Mark { cache, id: store::random_number(), scope: scope.clone(), is_own });
        marks.inspect(|mark| mark.keep(expires_in)).collect()
    }

    /// Works with a connection. What finds the file damaged begins it anew once.
    fn run<T>(&self, wait: Duration, work: impl Fn(&mut Store) -> store::Result<T>) -> store::Result<T> {
        let Some(shared) = &self.shared else { return Err(StoreError::Other("it is off".to_owned())) };
        let seen = shared.identity();
        match shared.run(wait, &work) {
            Err(error @ StoreError::Damaged(_)) => {
                shared.begin_anew(seen, &error)?;
                shared.run(wait, &work)
            }
            outcome => outcome,
        }
    }

    /// Says once what is wrong.
    fn warn(&self, error: &StoreError) {
        let Some(shared) = &self.shared else { return };
        let level = if shared.was_warned.swap(true, Ordering::Relaxed) { log::Level::Debug } else { log::Level::Warn };
        log::log!(
            level,
            "the cache {} is not used: {error}",
            self.path().map_or_else(|| "in memory".to_owned(), |path| path.display().to_string())
        );
    }
}

impl Shared {
    fn new(place: Place) -> Shared {
        Shared { place, hits: AtomicU64::new(0), misses: AtomicU64::new(0), was_warned: AtomicBool::new(false), left: Mutex::default() }
    }

    /// `None` where there is no file.
    fn identity(&self) -> Option<Identity> {
        match &self.place {
            Place::File { folder, .. } => folder.identity(),
            Place::Memory(_) => None,
        }
    }

    /// Sets the file aside, unless another one was begun since it was seen. Writes that are noted in it may still go on: their marks go over to the new one, where they can be read.
    fn begin_anew(&self, seen: Option<Identity>, reason: &StoreError) -> store::Result<()> {
        let Place::File { folder, idle } = &self.place else { return Ok(()) };
        if folder.identity() != seen {
            return Ok(());
        }
        // Opened before and read after, so that nobody adds a mark unseen.
        let old = open(folder, idle, READ_WAIT);
        folder.set_aside(seen).map_err(|error| StoreError::Other(error.to_string()))?;
        if seen.is_some() {
            log::warn!("{} was set aside, and a new one is begun: {reason}", folder.file().display());
        }
        let marks = old.and_then(|old| old.store.marks(now())).unwrap_or_default();
        if marks.is_empty() {
            return Ok(());
        }
        self.run(WRITE_WAIT, |store| marks.iter().try_for_each(|(id, scope, expires)| store.mark(*id, scope, *expires)))
    }

    fn run<T>(&self, wait: Duration, work: impl Fn(&mut Store) -> store::Result<T>) -> store::Result<T> {
        match &self.place {
            Place::Memory(store) => {
                let mut store = lock(store);
                if store.is_none() {
                    *store = Some(Store::in_memory()?);
                }
                store.as_mut().map_or_else(|| Err(StoreError::Other("it is not open".to_owned())), work)
            }
            Place::File { folder, idle } => {
                let mut opened = open(folder, idle, wait)?;
                opened.store.wait(wait)?;
                let mut outcome = work(&mut opened.store);
                // What was written into a file that is not used any more has to be in the one that is.
                while outcome.is_ok() && opened.identity != folder.identity() {
                    std::mem::replace(&mut opened, open(folder, idle, wait)?).store.abandon();
                    outcome = work(&mut opened.store);
                }
                let mut idle = lock(idle);
                if !matches!(outcome, Err(StoreError::Damaged(_))) && idle.len() < MAX_IDLE {
                    idle.push(opened);
                }
                outcome
            }
        }
    }
}

/// A connection to the file that is there now: it may have been set aside or deleted since the last one was made.
fn open(folder: &Folder, idle: &Mutex<Vec<Opened>>, wait: Duration) -> store::Result<Opened> {
    let present = folder.identity();
    let mut idle = lock(idle);
    if present.is_some() {
        if let Some(opened) = idle.pop() {
            if opened.identity == present {
                return Ok(opened);
            }
            opened.store.abandon();
        }
    }
    let outdated = std::mem::take(&mut *idle);
    drop(idle);
    outdated.into_iter().for_each(|opened| opened.store.abandon());
    for _ in 0..3 {
        let path = folder.prepare().map_err(|error| StoreError::Other(format!("cannot open {}: {error}", folder.file().display())))?;
        let store = Store::open(&path, wait)?;
        let identity = Identity::of(&path);
        if identity.is_some() && identity == folder.identity() {
            return Ok(Opened { store, identity });
        }
        store.abandon();
    }
    Err(StoreError::Other(format!("{} is replaced again and again", folder.file().display())))
}

impl Mark {
    /// The write has ended: what is read from now on is from after it.
    pub(crate) fn end(&self) {
        self.note(|store| store.unmark(self.id, &self.scope));
    }

    /// Nothing of the write was sent: what was read before still holds.
    pub(crate) fn withdraw(&self) {
        self.note(|store| store.withdraw(self.id));
    }

    /// The write goes on, or nobody knows whether the server still works on it.
    pub(crate) fn keep(&self, expires_in: Duration) {
        self.note(|store| store.mark(self.id, &self.scope, later(expires_in)));
    }

    /// Writes to the file, or begins a new one: what is in the old one must not be read any more. Where neither works, this process stays away from the origin.
    fn note(&self, work: impl Fn(&mut Store) -> store::Result<()>) {
        let Some(shared) = &self.cache.shared else { return };
        let seen = shared.identity();
        if !self.is_own && seen.is_none() {
            return;
        }
        let outcome = self.cache.run(WRITE_WAIT, &work).or_else(|error| {
            shared.begin_anew(seen, &error)?;
            self.cache.run(WRITE_WAIT, &work)
        });
        if let Err(error) = outcome {
            if lock(&shared.left).insert(self.scope.origin.clone()) {
                log::warn!("the cache is not used for {} any more: a write could not be noted: {error}", self.scope.origin);
            }
        }
    }
}

/// Nothing that is done under these locks can leave them half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn later(wait: Duration) -> Time {
    after(now(), wait)
}

fn after(time: Time, wait: Duration) -> Time {
    time.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// Headers as lines, as HTTP has them.
fn write_headers(headers: &HeaderMap) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    lines
}

fn read_headers(lines: &[u8]) -> Option<HeaderMap> {
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let parsed = lines.map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((HeaderName::from_bytes(&line[..colon]).ok()?, HeaderValue::from_bytes(line.get(colon + 2..)?).ok()?))
    });
    let mut headers = HeaderMap::new();
    for line in parsed {
        let (name, value) = line?;
        headers.append(name, value);
    }
    Some(headers)
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.shared, self.path()) {
            (None, _) => f.write_str("Cache(off)"),
            (Some(_), None) => f.write_str("Cache(in memory)"),
            (Some(_), Some(path)) => write!(f, "Cache({})", path.display()),
        }
    }
}
