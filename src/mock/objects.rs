//! Objects: listed, made, changed and deleted, one or many. Of many, all or none.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};

use super::cables;
use super::changes;
use super::clock;
use super::components;
use super::deletion::{Blocked, Deletion};
use super::filters::fitting;
use super::ordering::{self, ordered};
use super::paging::Page;
use super::parameters::Parameters;
use super::read::{Reader, Shape};
use super::refusal::{Errors, Outcome, Refusal, of_all};
use super::rules::Rules;
use super::store::{Row, Store};
use super::tokens;
use super::uploads;
use super::write::{python_type, written};

/// What a request comes with.
pub(super) struct Call<'a> {
    pub(super) rules: &'a Rules,
    pub(super) store: &'a mut Store,
    pub(super) resource: &'a str,
    /// Who asks.
    pub(super) user: u64,
    pub(super) request_id: &'a str,
    pub(super) parameters: &'a Parameters,
    pub(super) origin: &'a str,
    pub(super) page_max: usize,
    pub(super) if_match: Option<&'a str>,
    /// `None` where nothing was submitted.
    pub(super) body: Option<Value>,
    /// What is to be said of changes in the change log, by the ids of objects.
    pub(super) messages: BTreeMap<u64, String>,
}

/// A reply that went well.
pub(super) struct Done {
    pub(super) status: StatusCode,
    pub(super) body: Option<Value>,
    pub(super) etag: Option<String>,
    pub(super) location: Option<String>,
}

impl Done {
    pub(super) fn of(body: Value) -> Done {
        Done { status: StatusCode::OK, body: Some(body), etag: None, location: None }
    }

    pub(super) fn nothing() -> Done {
        Done { status: StatusCode::NO_CONTENT, body: None, etag: None, location: None }
    }
}

impl Call<'_> {
    /// The same of another resource, without a body.
    pub(super) fn of<'b>(&'b mut self, resource: &'b str) -> Call<'b> {
        Call { resource, store: &mut *self.store, body: None, messages: BTreeMap::new(), ..*self }
    }

    pub(super) fn list(&self) -> Outcome<Done> {
        let page = Page::wanted(self.parameters, self.page_max, self.rules.has_cursor())?;
        let reader = self.reader();
        let fitting = fitting(&reader, self.resource, self.parameters)?;
        let count = fitting.len();
        let shape = self.shape();
        let ordering = self.parameters.last("ordering");
        let ids = match page {
            Page::Offset { .. } => {
                ordering::check(&reader, self.resource, ordering, &shape)?;
                page.cut(ordered(&reader, self.resource, ordering, fitting))
            }
            Page::Start { .. } => page.cut(fitting),
        };
        let rows = ids.iter().filter_map(|id| Some((*id, self.store.get(self.resource, *id)?)));
        let results = rows.map(|(id, row)| reader.object(self.resource, id, row, &shape)).collect();
        let url = format!("{}/api/{}/", self.origin, self.resource);
        Ok(Done::of(page.body(&url, self.parameters, count, &ids, results)))
    }

    pub(super) fn get(&self, id: &str) -> Outcome<Done> {
        let (id, _) = self.found(id)?;
        Ok(self.object(StatusCode::OK, id))
    }

    /// One object, or a list of them.
    pub(super) fn create(&mut self) -> Outcome<Done> {
        match self.body.take().unwrap_or_else(|| json!({})) {
            Value::Array(bodies) => self.create_all(&bodies),
            body => {
                let made = self.make(&body);
                let (id, secret) = made.map_err(|errors| Refusal::bad_request(Value::Object(errors)))?;
                self.commit();
                let mut done = self.object(StatusCode::CREATED, id);
                done.location = Some(self.reader().url(self.resource, id));
                if let (Some(secret), Some(body)) = (secret, &mut done.body) {
                    body["token"] = json!(secret);
                }
                Ok(done)
            }
        }
    }

    fn create_all(&mut self, bodies: &[Value]) -> Outcome<Done> {
        let made: Vec<Result<(u64, Option<String>), Errors>> = bodies.iter().map(|body| self.make(body)).collect();
        let failed: Vec<(usize, &Errors)> =
            made.iter().enumerate().filter_map(|(place, made)| Some((place, made.as_ref().err()?))).collect();
        if !failed.is_empty() {
            let body = if self.rules.has_bulk_errors() {
                let errors = failed.iter().map(|(place, errors)| json!({"index": place, "errors": errors})).collect();
                of_many(failed.len(), bodies.len(), "could not be created.", errors)
            } else {
                made.iter().map(|made| made.as_ref().map_or_else(|errors| json!(errors), |_| json!({}))).collect()
            };
            return Err(Refusal::bad_request(body));
        }
        self.commit();
        let ids: Vec<u64> = made.into_iter().filter_map(|made| Some(made.ok()?.0)).collect();
        Ok(Done { status: StatusCode::CREATED, ..Done::of(self.objects(&ids)) })
    }

    pub(super) fn make(&mut self, body: &Value) -> Result<(u64, Option<String>), Errors> {
        let mut row = written(self.rules, self.store, self.resource, body, None, true)?;
        let now = clock::now();
        row.insert("created".to_owned(), json!(now));
        row.insert("last_updated".to_owned(), json!(now));
        match self.resource {
            "extras/journal-entries" if row.get("created_by").is_none_or(Value::is_null) => {
                drop(row.insert("created_by".to_owned(), json!(self.user)))
            }
            "extras/image-attachments" => uploads::measure(self.store, &mut row),
            "users/users" => drop(row.insert("date_joined".to_owned(), json!(now))),
            _ => {}
        }
        let secret = (self.resource == tokens::RESOURCE).then(|| tokens::equip(self.rules, &mut row));
        let id = self.store.insert(self.resource, row);
        if self.resource == "dcim/devices" {
            components::equip(self.rules, self.store, id, &now);
        }
        self.note(id, body);
        cables::written(self.rules, self.store, self.resource, id, body, None)?;
        Ok((id, secret))
    }

    /// Keeps what a body says of the change in the change log.
    fn note(&mut self, id: u64, body: &Value) {
        if let Some(message) = body.get("changelog_message").and_then(Value::as_str) {
            self.messages.insert(id, message.to_owned());
        }
    }

    /// Keeps what was written, and logs it.
    pub(super) fn commit(&mut self) {
        changes::log(self, &self.store.changed());
        self.store.commit();
    }

    /// PUT and PATCH of one object.
    pub(super) fn update(&mut self, id: &str, is_whole: bool) -> Outcome<Done> {
        let (id, row) = self.found(id)?;
        self.check_match(&row)?;
        let body = self.body.take().unwrap_or_else(|| json!({}));
        let changed = self.change(id, &row, &body, is_whole);
        changed.map_err(|errors| Refusal::bad_request(Value::Object(errors)))?;
        self.commit();
        Ok(self.object(StatusCode::OK, id))
    }

    fn change(&mut self, id: u64, row: &Row, body: &Value, is_whole: bool) -> Result<(), Errors> {
        let mut row = written(self.rules, self.store, self.resource, body, Some((id, row)), is_whole)?;
        row.insert("last_updated".to_owned(), json!(clock::now()));
        self.store.put(self.resource, id, row);
        self.note(id, body);
        cables::written(self.rules, self.store, self.resource, id, body, Some(id))
    }

    pub(super) fn update_all(&mut self, is_whole: bool) -> Outcome<Done> {
        let entries = self.entries()?;
        self.check_all_match(&entries)?;
        let mut errors = Vec::new();
        for (id, body) in &entries {
            let Some(row) = self.store.get(self.resource, *id).cloned() else { continue };
            let mut body = body.clone();
            body.as_object_mut().map(|body| body.remove("id"));
            if let Err(of_one) = self.change(*id, &row, &body, is_whole) {
                errors.push((id, of_one));
            }
        }
        if let Some((_, first)) = errors.first() {
            let body = if self.rules.has_bulk_errors() {
                let all = errors.iter().map(|(id, errors)| json!({"id": id, "errors": errors})).collect();
                of_many(errors.len(), entries.len(), "could not be updated.", all)
            } else {
                json!(first)
            };
            return Err(Refusal::bad_request(body));
        }
        self.commit();
        let ids: Vec<u64> = entries.into_iter().map(|(id, _)| id).collect();
        Ok(Done::of(self.objects(&ids)))
    }

    pub(super) fn delete(&mut self, id: &str) -> Outcome<Done> {
        let (id, row) = self.found(id)?;
        self.check_match(&row)?;
        let body = self.body.take().unwrap_or_default();
        self.note(id, &body);
        match Deletion::new(self.rules, self.store).delete(self.resource, id) {
            Ok(()) => self.commit(),
            Err(blocked) => return Err(Refusal::detail(StatusCode::CONFLICT, blocked.to_string())),
        }
        Ok(Done::nothing())
    }

    pub(super) fn delete_all(&mut self) -> Outcome<Done> {
        let entries = self.entries()?;
        self.check_all_match(&entries)?;
        entries.iter().for_each(|(id, entry)| self.note(*id, entry));
        let mut deletion = Deletion::new(self.rules, self.store);
        let blocked: Vec<(u64, Blocked)> =
            entries.iter().filter_map(|(id, _)| Some((*id, deletion.delete(self.resource, *id).err()?))).collect();
        if let Some((_, first)) = blocked.first() {
            let body = if self.rules.has_bulk_errors() {
                let message = |blocked: &Blocked| format!("Unable to delete: {} dependent object(s) prevent deletion.", blocked.by.len());
                let errors = blocked.iter().map(|(id, blocked)| json!({"id": id, "errors": of_all(&[message(blocked)])})).collect();
                of_many(blocked.len(), entries.len(), "could not be deleted.", errors)
            } else {
                json!({"detail": first.to_string()})
            };
            return Err(Refusal::new(StatusCode::CONFLICT, body));
        }
        self.commit();
        Ok(Done::nothing())
    }

    /// The entries of a bulk write with their ids: each of an object that is there, and each once.
    fn entries(&mut self) -> Outcome<Vec<(u64, Value)>> {
        let expected = |got: &str| Refusal::bad_request(json!({"detail": format!("Expected a list of objects, but {got}.")}));
        let entries = match self.body.take() {
            None => return Err(expected("no data was submitted")),
            Some(Value::Array(entries)) => entries,
            Some(other) => return Err(expected(&format!("got {}", python_type(&other)))),
        };
        let checked: Vec<Result<(u64, Value), Errors>> = entries.into_iter().map(|entry| Ok((id_of(&entry)?, entry))).collect();
        let total = checked.len();
        let wrong: Vec<Value> = checked
            .iter()
            .enumerate()
            .filter_map(|(place, entry)| Some(json!({"index": place, "errors": entry.as_ref().err()?})))
            .collect();
        if !wrong.is_empty() {
            let by_position = || checked.iter().map(|entry| entry.as_ref().map_or_else(|errors| json!(errors), |_| json!({}))).collect();
            let has_bulk_errors = self.rules.has_bulk_errors();
            return Err(Refusal::bad_request(if has_bulk_errors {
                of_many(wrong.len(), total, "failed validation.", wrong)
            } else {
                by_position()
            }));
        }
        let mut entries: Vec<(u64, Value)> = checked.into_iter().flatten().collect();
        if !self.rules.has_bulk_errors() {
            entries.retain(|(id, _)| self.store.get(self.resource, *id).is_some());
            return Ok(entries);
        }
        let mut counts = BTreeMap::<u64, usize>::new();
        entries.iter().for_each(|(id, _)| *counts.entry(*id).or_default() += 1);
        let error = |id: u64, message: String| json!({"id": id, "errors": {"id": [message]}});
        let twice: Vec<Value> = counts
            .iter()
            .filter(|(_, count)| **count > 1)
            .map(|(id, count)| error(*id, format!("Each object may be specified only once; ID {id} is listed {count} times")))
            .collect();
        if !twice.is_empty() {
            return Err(Refusal::bad_request(of_many(twice.len(), total, "are listed more than once.", twice)));
        }
        let missing: Vec<Value> = entries
            .iter()
            .filter(|(id, _)| self.store.get(self.resource, *id).is_none())
            .map(|(id, _)| error(*id, format!("Object with ID {id} does not exist")))
            .collect();
        if !missing.is_empty() {
            return Err(Refusal::bad_request(of_many(missing.len(), total, "could not be found.", missing)));
        }
        Ok(entries)
    }

    pub(super) fn found(&self, id: &str) -> Outcome<(u64, Row)> {
        let not_found = |detail: String| Refusal::detail(StatusCode::NOT_FOUND, detail);
        let number = id.parse().map_err(|_| not_found("Not found.".to_owned()))?;
        match self.store.get(self.resource, number) {
            Some(row) => Ok((number, (**row).clone())),
            None => Err(not_found(format!("No {} matches the given query.", self.rules.model(self.resource).model))),
        }
    }

    /// Whether `If-Match` fits, compared as a text.
    fn check_match(&self, row: &Row) -> Outcome<()> {
        let etag = self.etag(row);
        match (self.if_match, &etag) {
            (Some(wanted), Some(etag))
                if !matches!(wanted.trim(), "" | "*") && !wanted.split(',').any(|one| one.trim() == etag.as_str()) =>
            {
                Err(Refusal::detail(StatusCode::PRECONDITION_FAILED, "Precondition failed.").with_etag(etag))
            }
            _ => Ok(()),
        }
    }

    /// Whether `If-Match` fits all objects of a bulk write, before any is written.
    fn check_all_match(&self, entries: &[(u64, Value)]) -> Outcome<()> {
        entries.iter().filter_map(|(id, _)| self.store.get(self.resource, *id)).try_for_each(|row| self.check_match(row))
    }

    fn etag(&self, row: &Row) -> Option<String> {
        let moment = ["last_updated", "created"].into_iter().find(|name| self.rules.field(self.resource, name).is_some())?;
        let moment = row.get(moment).and_then(Value::as_str).filter(|_| self.rules.has_etags())?;
        Some(format!("W/\"{}+00:00\"", moment.trim_end_matches('Z')))
    }

    pub(super) fn object(&self, status: StatusCode, id: u64) -> Done {
        let row = self.store.get(self.resource, id);
        let shape = if status == StatusCode::OK { self.shape() } else { Shape::Whole };
        let body = row.map(|row| self.reader().object(self.resource, id, row, &shape));
        Done { status, body, etag: row.and_then(|row| self.etag(row)), location: None }
    }

    pub(super) fn objects(&self, ids: &[u64]) -> Value {
        let reader = self.reader();
        let rows = ids.iter().filter_map(|id| Some((*id, self.store.get(self.resource, *id)?)));
        rows.map(|(id, row)| reader.object(self.resource, id, row, &Shape::Whole)).collect()
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(self.rules, self.store, self.origin)
    }

    fn shape(&self) -> Shape {
        Shape::wanted(self.parameters, self.rules.omit())
    }
}

fn id_of(entry: &Value) -> Result<u64, Errors> {
    let Some(entry) = entry.as_object() else {
        return Err(of_all(&[format!("Invalid data. Expected a dictionary, but got {}.", python_type(entry))]));
    };
    let error = |message: &str| Errors::from_iter([("id".to_owned(), json!([message]))]);
    match entry.get("id") {
        None => Err(error("This field is required.")),
        Some(Value::Null) => Err(error("This field may not be null.")),
        Some(Value::Number(id)) => id.as_u64().ok_or_else(|| error("A valid integer is required.")),
        Some(Value::String(id)) => id.trim().parse().map_err(|_| error("A valid integer is required.")),
        Some(_) => Err(error("A valid integer is required.")),
    }
}

/// What a bulk write is refused with.
fn of_many(failed: usize, total: usize, what: &str, errors: Vec<Value>) -> Value {
    json!({"detail": format!("{failed} of {total} objects {what}"), "errors": errors})
}
