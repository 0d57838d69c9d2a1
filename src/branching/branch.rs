//! One branch.

use std::fmt;
use std::time::Duration;

use http::Method;
use serde_json::json;

use super::Branching;
use super::action::BranchAction;
use crate::error::{Error, ErrorKind, Result};
use crate::facade::{Api, List, Paging, Record, look_until};

/// A branch: what was last known of it. `nb.on_branch(&branch)` works in it.
#[derive(Debug, Clone)]
pub struct Branch {
    pub(super) branching: Branching,
    pub(super) record: Record,
}

impl Branch {
    /// The id, which is that of its URL.
    pub fn id(&self) -> u64 {
        self.record.id()
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.record.str("name").unwrap_or_default()
    }

    /// The eight characters that requests name it by.
    pub fn schema_id(&self) -> &str {
        self.record.str("schema_id").unwrap_or_default()
    }

    /// What was last known: `new`, `provisioning`, `ready`, `syncing`, `merging`, `merged`, `reverting`, `archived`, `failed`, …
    pub fn status(&self) -> &str {
        self.record.str("status.value").unwrap_or_default()
    }

    /// The branch as the server told it last.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Looks at it again.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn refresh(&mut self) -> Result<()> {
        self.record.refresh()
    }

    /// The resources on this branch, as [`Api::on_branch`] gives them.
    ///
    /// # Errors
    /// A branch that came without its schema id.
    pub fn api(&self) -> Result<Api> {
        self.branching.api.on_branch(self)
    }

    /// Looks at it with growing pauses (0.1 to 5 s) until it can be worked in. What becomes of its status is logged at info.
    ///
    /// # Errors
    /// As [`refresh`](Branch::refresh); [`ErrorKind::Timeout`] where it is not ready in time: the server goes on, and it can be waited for again; [`ErrorKind::JobFailed`] where
    /// it could not be made, and [`ErrorKind::Conflict`] where it will not become ready by itself: it was merged, archived, or waits for migrations.
    pub fn wait_until_ready(&mut self, timeout: Duration) -> Result<()> {
        let mut last = String::new();
        let ready = look_until(timeout, || {
            self.refresh()?;
            if last != self.status() {
                log::info!("{} is {}", self.describe(), self.status());
                self.status().clone_into(&mut last);
            }
            let kind = match self.status() {
                "ready" => return Ok(Some(())),
                "failed" => ErrorKind::JobFailed,
                "merged" | "archived" | "pending-migrations" => ErrorKind::Conflict,
                _ => return Ok(None),
            };
            let error = Error::new(kind, format!("{} does not become ready: it is {}", self.describe(), self.status()));
            let hint = if kind == ErrorKind::JobFailed {
                "Its jobs (core/jobs) say why"
            } else {
                "It has to be revived on the server, or another one made"
            };
            Err(error.with_hint(hint).sent(true))
        })?;
        ready.ok_or_else(|| {
            let message = format!("{} is {} after {} s of waiting", self.describe(), self.status(), timeout.as_secs());
            Error::new(ErrorKind::Timeout, message).with_hint("The server goes on: it can be waited for again").sent(true)
        })
    }

    /// Whether no job is at it, as it was last seen.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.status(), "ready" | "failed" | "merged" | "archived" | "pending-migrations")
    }

    /// Brings what was changed in main since into the branch.
    pub fn sync(&mut self) -> BranchAction<'_> {
        BranchAction::new(self, "sync")
    }

    /// Brings what was changed in the branch into main. It cannot be worked in from then on. (One in which nothing was changed stays `ready`.)
    pub fn merge(&mut self) -> BranchAction<'_> {
        BranchAction::new(self, "merge")
    }

    /// Undoes a merge: main gets the values back that the branch began with, even where the merge replaced others. The branch can be worked in again.
    pub fn revert(&mut self) -> BranchAction<'_> {
        BranchAction::new(self, "revert")
    }

    /// Gives up what a merged branch holds, so that it cannot be reverted any more. It is still listed. The server does so at once, without a job.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: a branch that is not merged.
    pub fn archive(&mut self) -> Result<()> {
        let archive = self.record.detail("archive");
        let response = archive.accepted(archive.request(Method::POST)?.json(&json!({})))?;
        self.record = self.record.endpoint().object(response.json()?);
        log::info!("{} is {}", self.describe(), self.status());
        #[cfg(feature = "cache")]
        if self.status() == "archived" {
            response.unfinished().iter().for_each(crate::client::Unfinished::end);
        }
        Ok(())
    }

    /// Deletes it, with what is in it.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 500 as long as a job is at it (`provisioning`, `syncing`, …).
    pub fn delete(&self) -> Result<()> {
        self.record.delete()?;
        log::info!("{} is deleted", self.describe());
        Ok(())
    }

    /// The objects that were changed in it (`plugins/branching/changes`), with `action.value`, `object_type`, `object_id`, `diff`, and in `conflicts` the fields that were changed
    /// in main, too. `branch.changes().with("has_conflicts", true)` are the conflicts.
    pub fn changes(&self) -> List {
        self.branching.endpoint("changes").filter([("branch_id", self.id().to_string())]).paging(Paging::Keyset)
    }

    /// What became of it (`plugins/branching/branch-events`), the oldest first: `type.value` is `provisioned`, `synced`, `merged`, `reverted`, …, and each has a `time` and a `user`.
    pub fn events(&self) -> impl Iterator<Item = Result<Record>> + use<> {
        let id = self.id();
        let mut events = self.branching.endpoint("branch-events").all().paging(Paging::Keyset);
        if let Some(created) = self.record.str("created") {
            events = events.with("time__gte", created);
        }
        // NetBox has no filter for the branch of an event, so those of others are left out here.
        events
            .into_iter()
            .filter(move |event| event.as_ref().map_or(true, |event| event.get("branch.id").is_some_and(|branch| *branch == id)))
    }

    pub(super) fn describe(&self) -> String {
        let owner = self.record.str("owner.username").map_or_else(String::new, |owner| format!(", of {owner}"));
        format!("branch {:?} (id {}, schema id {}{owner})", self.name(), self.id(), self.schema_id())
    }
}

/// Its schema id: what [`Api::on_branch`] takes.
impl AsRef<str> for Branch {
    fn as_ref(&self) -> &str {
        self.schema_id()
    }
}

/// Its name.
impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
