//! Custom scripts.

use http::Method;
use serde::Serialize;

use super::record::Record;
use crate::error::{ErrorKind, Result};

#[derive(Serialize)]
struct Run<T> {
    data: T,
    commit: bool,
}

impl Record {
    /// Runs a custom script: `POST extras/scripts/<id>/`. Returns the job, which waits for a worker: [`refresh`](Record::refresh) it until its `status.value` is an end.
    ///
    /// `data` are the script's variables, an object; with `commit` it keeps what it changes. To run it later (`schedule_at`, `interval`) post all of the body to [`detail("")`](Record::detail).
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// # use serde_json::json;
    /// let script = nb.extras().scripts().get("audit.FindUnused")?.expect("it exists");
    /// let mut job = script.run(json!({"site": 1}), false)?;
    /// while matches!(job.str("status.value"), Some("pending" | "running")) {
    ///     std::thread::sleep(std::time::Duration::from_secs(1));
    ///     job.refresh()?;
    /// }
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// The reply names the script's latest job: when others start the same script at the same moment, it may be theirs.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 503 where no worker runs. A reply that names no job.
    pub fn run(&self, data: impl Serialize, commit: bool) -> Result<Record> {
        let detail = self.detail("");
        let response = detail.accepted(detail.request(Method::POST)?.json(&Run { data, commit }))?;
        let script = self.endpoint().object(response.json()?);
        script.record("result").ok_or_else(|| response.error(ErrorKind::Decode, "the reply names no job"))
    }
}
