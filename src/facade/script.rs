//! Custom scripts.

use http::Method;
use serde::Serialize;

use super::job::Job;
use super::record::Record;
use crate::error::{ErrorKind, Result};

#[derive(Serialize)]
struct Run<T> {
    data: T,
    commit: bool,
}

impl Record {
    /// Runs a custom script: `POST extras/scripts/<id>/`. Returns the job, which waits for a worker: [`Job::wait`] until it is finished.
    ///
    /// `data` are the script's variables, an object; with `commit` it keeps what it changes. To run it later (`schedule_at`, `interval`) post all of the body to [`detail("")`](Record::detail).
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// # use serde_json::json;
    /// let script = nb.extras().scripts().get("audit.FindUnused")?.expect("it exists");
    /// let result = script.run(json!({"site": 1}), false)?.wait(std::time::Duration::from_secs(600))?;
    /// println!("{}", result["output"]);
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// The reply names the script's latest job: when others start the same script at the same moment, it may be theirs.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 503 where no worker runs. A reply that names no job.
    pub fn run(&self, data: impl Serialize, commit: bool) -> Result<Job> {
        let detail = self.detail("");
        let response = detail.accepted(detail.request(Method::POST)?.json(&Run { data, commit }))?;
        let script = self.endpoint().object(response.json()?);
        script
            .record("result")
            .map(|job| Job::begun(job, &response))
            .ok_or_else(|| response.error(ErrorKind::Decode, "the reply names no job"))
    }
}
