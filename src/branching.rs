//! Branches of the plugin netbox-branching: made, found, worked in, merged.

mod action;
mod branch;

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

pub use action::BranchAction;
pub use branch::Branch;

use crate::error::{Error, ErrorKind, Result};
use crate::facade::{Api, Endpoint, Paging, Record};

/// The branches of a NetBox that has the plugin netbox-branching: made by [`Api::branching`].
///
/// What it tells is never from a cache: jobs change branches at any moment. It speaks to main, on whichever branch the [`Api`] is.
///
/// ```no_run
/// use std::time::Duration;
///
/// let nb = netbox_sdk::Api::from_env()?;
/// let mut branch = nb.branching().create("rack-move")?;
/// branch.wait_until_ready(Duration::from_secs(60))?;
/// let mut site = nb.on_branch(&branch)?.dcim().sites().get(1)?.expect("it exists");
/// site.set("facility", "Hall 2");
/// site.save()?;
/// branch.merge().wait(Duration::from_secs(60))?;
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Branching {
    /// As the caller has it.
    api: Api,
    /// Main, without a cache: a branch that is not ready answers nothing.
    main: Api,
}

/// What names a branch: a number is its id, a text its id, name or schema id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BranchKey {
    /// The id, 7 of `branches/7/`.
    Id(u64),
    /// The whole name.
    Name(String),
    /// The eight characters that requests name it by.
    SchemaId(String),
    /// Any of these three, where that is clear.
    Any(String),
}

impl From<u64> for BranchKey {
    fn from(id: u64) -> BranchKey {
        BranchKey::Id(id)
    }
}

impl From<&str> for BranchKey {
    fn from(text: &str) -> BranchKey {
        BranchKey::Any(text.to_owned())
    }
}

impl From<String> for BranchKey {
    fn from(text: String) -> BranchKey {
        BranchKey::Any(text)
    }
}

impl BranchKey {
    fn names(&self, branch: &Branch) -> bool {
        match self {
            BranchKey::Id(id) => branch.id() == *id,
            BranchKey::Name(name) => branch.name() == name,
            BranchKey::SchemaId(schema_id) => branch.schema_id() == schema_id,
            BranchKey::Any(text) => branch.name() == text || branch.schema_id() == text || branch.id().to_string() == *text,
        }
    }
}

impl Api {
    /// The branches of the plugin netbox-branching.
    pub fn branching(&self) -> Branching {
        let main = self.client().on_main();
        #[cfg(feature = "cache")]
        let main = main.with_cache_mode(crate::cache::CacheMode::Reload);
        Branching { api: self.clone(), main: Api::new(main) }
    }
}

impl Branching {
    /// Whether the server has the plugin: `GET /api/plugins/branching/`.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above but 404.
    pub fn is_available(&self) -> Result<bool> {
        match self.main.client().get("plugins/branching").send()?.error_for_status() {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            reply => reply.map(|_| true),
        }
    }

    /// Makes a branch. The server prepares it in the background: [`Branch::wait_until_ready`].
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: a name that there is, more branches than the server allows.
    pub fn create(&self, name: &str) -> Result<Branch> {
        self.create_with(json!({ "name": name }))
    }

    /// As [`create`](Branching::create) with what else a branch can have, as `json!({"name": "rack-move", "description": "Row 7"})`.
    ///
    /// # Errors
    /// As [`create`](Branching::create).
    pub fn create_with(&self, body: impl Serialize) -> Result<Branch> {
        self.endpoint("branches").create(body).map(|record| self.branch(record))
    }

    /// The branch with this id, name or schema id. `None` where there is none that the token's user may see.
    ///
    /// ```no_run
    /// # use netbox_sdk::BranchKey;
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// let branch = nb.branching().get("rack-move")?.or(nb.branching().get(7)?);
    /// let exactly = nb.branching().get(BranchKey::SchemaId("2a7mj2y5".to_owned()))?;
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// No reply, or a status of 400 and above; [`ErrorKind::MultipleObjects`] where it fits several, of whichever user, with what tells them apart.
    pub fn get(&self, key: impl Into<BranchKey>) -> Result<Option<Branch>> {
        let key = key.into();
        let text = match &key {
            BranchKey::Id(id) => return Ok(self.endpoint("branches").get(*id)?.map(|record| self.branch(record))),
            BranchKey::Name(text) | BranchKey::SchemaId(text) | BranchKey::Any(text) => text,
        };
        // NetBox has no filter for schema ids, and ignores what it does not know: so all are looked at.
        let mut found = Vec::new();
        for branch in self.all() {
            found.extend(Some(branch?).filter(|branch| key.names(branch)));
        }
        if found.len() > 1 {
            let found: Vec<String> = found.iter().map(Branch::describe).collect();
            let error = Error::new(ErrorKind::MultipleObjects, format!("{text:?} fits several branches: {}", found.join(", ")));
            return Err(error.with_hint("Name it by its id, as a number").sent(true));
        }
        Ok(found.pop())
    }

    /// All branches that the token's user may see, whoever made them, merged and archived ones among them.
    pub fn all(&self) -> impl Iterator<Item = Result<Branch>> + use<> {
        let branching = self.clone();
        let records = self.endpoint("branches").all().paging(Paging::Keyset).into_iter();
        records.map(move |record| record.map(|record| branching.branch(record)))
    }

    /// Works on a branch of its own: makes it, waits until it is ready, calls `work` with its resources, and merges it. Where `work` fails or panics, or the branch does not become ready,
    /// or nothing was changed in it, it is deleted. (Where that fails, too, the log says so, and the first error is returned.) `timeout` is for each of the two waits.
    /// A branch that was merged stays listed, so that it can be reverted, and keeps its name from others until it is deleted: `nb.branching().get(name)?`.
    ///
    /// ```no_run
    /// use netbox_sdk::{Api, Error, json};
    /// use std::time::Duration;
    ///
    /// let nb = Api::from_env()?;
    /// let site = nb.branching().with_branch("new-site", Duration::from_secs(60), |on_branch| {
    ///     on_branch.dcim().sites().create(json!({"name": "Berlin", "slug": "ber"}))
    /// })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// What `work` returned; as [`create`](Branching::create), [`Branch::wait_until_ready`] and [`BranchAction::wait`]. **A branch that cannot be merged is kept,** with the work in it.
    pub fn with_branch<T, E: From<Error>>(&self, name: &str, timeout: Duration, work: impl FnOnce(&Api) -> Result<T, E>) -> Result<T, E> {
        let mut made = Made { branch: self.create(name)?, is_kept: false };
        made.branch.wait_until_ready(timeout)?;
        let done = work(&made.branch.api()?)?;
        made.is_kept = true;
        let merged = made.branch.merge().wait(timeout);
        // The server leaves a branch as it is in which nothing was changed.
        made.is_kept = merged.is_err() || made.branch.status() != "ready";
        merged.map_err(|error| error.with_further_hint(&format!("What was done is kept in {}", made.branch.describe())))?;
        Ok(done)
    }

    fn endpoint(&self, name: &str) -> Endpoint {
        self.main.endpoint(&format!("plugins/branching/{name}"))
    }

    fn branch(&self, record: Record) -> Branch {
        Branch { branching: self.clone(), record }
    }
}

/// How long to wait until a branch can be deleted that is not to be kept.
const MAX_CLEAN_UP: Duration = Duration::from_secs(30);

/// A branch that is deleted unless it is to be kept.
struct Made {
    branch: Branch,
    is_kept: bool,
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let mut outcome = self.branch.delete();
        if outcome.is_err() && !self.branch.is_settled() {
            // The server does not delete a branch while a job is at it.
            let _ = self.branch.wait_until_ready(MAX_CLEAN_UP);
            outcome = self.branch.delete();
        }
        if let Err(error) = outcome {
            log::warn!("{} was to be deleted, but is left: {error}", self.branch.describe());
        }
    }
}
