//! Background jobs: bulk writes that are carried out later.

use std::time::{Duration, Instant};

use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::clock;
use super::objects::{Call, Done};
use super::refusal::{Outcome, Refusal};
use super::store::Row;
use super::tokens;

pub(super) const RESOURCE: &str = "core/jobs";
/// How long jobs wait, and how long it takes from then on until they are done.
const WAITS: Duration = Duration::from_millis(20);
const TAKES: Duration = Duration::from_millis(40);

/// A write that is carried out when its time has come.
#[derive(Debug)]
pub(super) struct Job {
    id: u64,
    since: Instant,
    pub(super) user: u64,
    pub(super) request_id: String,
    pub(super) origin: String,
    pub(super) request: Request<Vec<u8>>,
}

impl Job {
    pub(super) fn is_due(&self) -> bool {
        self.since.elapsed() >= WAITS + TAKES
    }
}

impl Call<'_> {
    /// Puts a bulk write off.
    pub(super) fn put_off(&mut self, request: &Request<Vec<u8>>) -> Outcome<Done> {
        if self.if_match.is_some() {
            return Err(Refusal::bad_request(json!(["The If-Match header is not supported with background processing."])));
        }
        let verb = match request.method().as_str() {
            "POST" => "create",
            "DELETE" => "delete",
            _ => "update",
        };
        let row = json!({
            "object_type": null, "object_id": null, "name": format!("Bulk {verb} {}", plural(&self.rules.model(self.resource).verbose)),
            "status": "pending", "created": clock::now(), "scheduled": null, "interval": null, "started": null, "completed": null,
            "execution_time": null, "user": self.user, "data": null, "error": "", "job_id": tokens::uuid(), "queue_name": "default",
            "notifications": "always", "log_entries": [],
        });
        let id = self.store.insert(RESOURCE, row.as_object().cloned().unwrap_or_default());
        self.store.commit();
        let (user, request_id, origin) = (self.user, self.request_id.to_owned(), self.origin.to_owned());
        let mut request = request.clone();
        // Without its query, it is not put off again.
        if let Ok(path) = request.uri().path().parse() {
            *request.uri_mut() = path;
        }
        self.store.jobs.push(Job { id, since: Instant::now(), user, request_id, origin, request });
        let url = self.reader().url(RESOURCE, id);
        let body = json!({"job": {"id": id, "url": url, "status": "pending"}});
        Ok(Done { status: StatusCode::ACCEPTED, location: Some(url), ..Done::of(body) })
    }
}

/// Starts what has waited long enough, and gives what is to be carried out now.
pub(super) fn due(store: &mut super::store::Store) -> Vec<Job> {
    let started: Vec<u64> = store.jobs.iter().filter(|job| job.since.elapsed() >= WAITS).map(|job| job.id).collect();
    for id in started {
        change(store, id, |row| {
            if row.get("status").is_some_and(|status| status == "pending") {
                row.insert("status".to_owned(), json!("running"));
                row.insert("started".to_owned(), json!(clock::now()));
            }
        });
    }
    let (due, waiting) = std::mem::take(&mut store.jobs).into_iter().partition(Job::is_due);
    store.jobs = waiting;
    due
}

/// Keeps what became of a job.
pub(super) fn finish(store: &mut super::store::Store, job: &Job, outcome: Outcome<Done>) {
    let (status, body) = match outcome {
        Ok(done) => (done.status, done.body.unwrap_or_default()),
        Err(refusal) => refusal.into_parts(),
    };
    let error = match body.get("detail").and_then(Value::as_str) {
        _ if !status.is_client_error() && !status.is_server_error() => String::new(),
        Some(detail) => detail.to_owned(),
        None => format!("Request failed with status {}.", status.as_u16()),
    };
    change(store, job.id, |row| {
        row.insert("status".to_owned(), json!(if error.is_empty() { "completed" } else { "failed" }));
        row.insert("completed".to_owned(), json!(clock::now()));
        row.insert("execution_time".to_owned(), json!(format!("00:00:00.{:06}", TAKES.as_micros())));
        row.insert("data".to_owned(), json!({"status_code": status.as_u16(), "data": body}));
        row.insert("error".to_owned(), json!(error));
    });
}

fn change(store: &mut super::store::Store, id: u64, change: impl FnOnce(&mut Row)) {
    if let Some(mut row) = store.get(RESOURCE, id).map(|row| (**row).clone()) {
        change(&mut row);
        store.put(RESOURCE, id, row);
        store.commit();
    }
}

/// Several of what one is called.
fn plural(word: &str) -> String {
    match word.char_indices().last() {
        Some((end, 'y')) if !word.ends_with("ay") && !word.ends_with("ey") => format!("{}ies", &word[..end]),
        _ if word.ends_with("chassis") => word.to_owned(),
        Some((_, 's' | 'x')) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}
