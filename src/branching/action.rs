//! What the server does with a whole branch, in a job.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::branch::Branch;
use crate::error::{ErrorKind, ErrorReply, Result};
use crate::facade::Job;
use crate::redact::{REDACTED, is_secret_name};

/// How many conflicts an error names at most.
const SHOWN_CONFLICTS: usize = 50;

/// A sync, merge or revert of a [`Branch`], which a job of the server does. Nothing is sent until it is waited for or begun.
///
/// ```no_run
/// # use netbox_sdk::ErrorKind;
/// # use std::time::Duration;
/// # let nb = netbox_sdk::Api::from_env()?;
/// let mut branch = nb.branching().get("rack-move")?.expect("it exists");
/// match branch.merge().wait(Duration::from_secs(60)) {
///     Err(error) if error.kind() == ErrorKind::Conflict => {
///         println!("{error}"); // object by object, field by field
///         branch.merge().acknowledging_conflicts().wait(Duration::from_secs(60))?; // what the branch has counts
///     }
///     outcome => outcome?,
/// }
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent until it is waited for"]
pub struct BranchAction<'a> {
    branch: &'a mut Branch,
    name: &'static str,
    acknowledges_conflicts: bool,
}

impl<'a> BranchAction<'a> {
    pub(super) fn new(branch: &'a mut Branch, name: &'static str) -> BranchAction<'a> {
        BranchAction { branch, name, acknowledges_conflicts: false }
    }

    /// Does it even where main and the branch changed the same field: a merge takes the branch's value, a sync main's. (A revert knows no conflicts.)
    pub fn acknowledging_conflicts(mut self) -> BranchAction<'a> {
        self.acknowledges_conflicts = true;
        self
    }

    /// Begins it: `POST …/branches/<id>/<name>/`. Returns the job.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: a branch whose status does not allow it; [`ErrorKind::Conflict`] that lists the conflicts (each is a message of [`Error::reply`](crate::Error::reply)), where they were not acknowledged.
    pub fn begin(&self) -> Result<Job> {
        let detail = self.branch.record.detail(self.name);
        let body = json!({"commit": true, "acknowledge_conflicts": self.acknowledges_conflicts});
        let response = detail.request(Method::POST)?.json(&body).send()?;
        if response.status() == StatusCode::CONFLICT {
            let conflicts = conflicts(&response.json()?);
            let left = conflicts.len().saturating_sub(SHOWN_CONFLICTS);
            let more = if left > 0 { format!("; and {left} more") } else { String::new() };
            let shown = conflicts[..conflicts.len() - left].join("; ");
            let message = format!("{} has conflicts with main: {shown}{more}", self.branch.describe());
            let error = response.error(ErrorKind::Conflict, message).with_reply(ErrorReply::of_messages(conflicts));
            return Err(error.with_hint("acknowledging_conflicts() does it all the same: a merge takes the branch's values, a sync main's"));
        }
        let endpoint = self.branch.record.endpoint();
        let response = endpoint.accepted(response)?;
        Ok(Job::begun(endpoint.object(response.json()?), &response))
    }

    /// Begins it and waits until it is done, as [`Job::wait`]; the branch is then as the server has it. How far the job is, and at its end what it did, is logged at info.
    ///
    /// # Errors
    /// As [`begin`](BranchAction::begin) and [`Job::wait`]: [`ErrorKind::JobFailed`] with the job's message, [`ErrorKind::Timeout`] where it is not done in time. It goes on then;
    /// [`Branch::refresh`] tells whether it came to its end.
    pub fn wait(self, timeout: Duration) -> Result<()> {
        let mut job = self.begin()?;
        log::info!("job {} began to {} {}", job.id(), self.name, self.branch.describe());
        let outcome = job.wait(timeout);
        for line in job.record().get("data.log").and_then(Value::as_array).into_iter().flatten() {
            log::info!("job {}: {}", job.id(), line.as_str().unwrap_or_default());
        }
        let refreshed = self.branch.refresh();
        match outcome {
            Ok(_) => refreshed.map_err(|error| error.with_further_hint("The job itself is done")),
            Err(error) => Err(error.with_further_hint(&format!("{} is {}", self.branch.describe(), self.branch.status()))),
        }
    }
}

/// The conflicts that a refusal lists, one for each field.
fn conflicts(refusal: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let of_object = |conflict: &Value| {
        let object = format!("{} {} ({})", text(&conflict["object_type"]), conflict["object_id"], text(&conflict["object_repr"]));
        let fields = conflict["conflicts"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let of_field = |field| {
            let value = |side| match &conflict["conflicting_data"][side][field] {
                value if value.is_null() || !is_secret_name(field) => value.to_string(),
                _ => REDACTED.to_owned(),
            };
            format!("{object}: {field} is {} in the branch, {} in main", value("branch"), value("main"))
        };
        fields.map(of_field).collect::<Vec<_>>()
    };
    match refusal["conflicts"].as_array() {
        Some(conflicts) => conflicts.iter().flat_map(of_object).collect(),
        None => vec![text(&refusal["detail"])],
    }
}
