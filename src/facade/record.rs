//! One object: what the server said of it, and what was changed since.

use std::fmt;
use std::ops::{Index, Range};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::endpoint::{Endpoint, one};
use super::id::Id;
use super::writable;
use crate::client::ApiResponse;
use crate::error::{Error, ErrorKind, Result};
use crate::redact::without_value;

/// An object of NetBox as JSON, with what was changed in it.
///
/// [`save`](Record::save) sends what was changed and nothing else. Two records are equal when they are the same object: same resource, same id.
///
/// Numbers are those of `serde_json`: a whole one beyond 64 bits, which only free JSON can hold, keeps 17 digits.
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// # use serde_json::json;
/// let mut device = nb.dcim().devices().get_by([("name", "sw-lon-01")])?.expect("it exists");
/// println!("{} is in {}", device, device.str("site.name").unwrap_or("-"));
/// device.set("serial", "X-4711");
/// device.set("custom_fields.asset_owner", "team-7");
/// assert_eq!(device.updates(), json!({"serial": "X-4711", "custom_fields": {"asset_owner": "team-7"}}));
/// device.save()?;
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Clone)]
pub struct Record {
    endpoint: Endpoint,
    /// As it came.
    original: Map<String, Value>,
    /// As it was changed, once it was.
    changed: Option<Box<Map<String, Value>>>,
    /// What was asked to be set and could not be.
    problem: Option<String>,
    etag: Option<String>,
}

impl Record {
    pub(crate) fn new(endpoint: Endpoint, original: Map<String, Value>, etag: Option<String>) -> Record {
        Record { endpoint, original, changed: None, problem: None, etag }
    }

    /// A row of a page.
    pub(super) fn read(endpoint: &Endpoint, page: &ApiResponse, row: Range<usize>) -> Result<(Option<u64>, Record)> {
        let members = serde_json::from_slice(&page.bytes()[row])
            .map_err(|error| page.error(ErrorKind::Decode, format!("a row of the list is no object: {error}")))?;
        let record = Record::new(endpoint.clone(), members, None);
        Ok((record.number(), record))
    }

    /// The id. 0 where it is not a positive number: [`key`](Record::key) has every id.
    pub fn id(&self) -> u64 {
        self.number().unwrap_or(0)
    }

    fn number(&self) -> Option<u64> {
        self.original.get("id")?.as_u64()
    }

    /// The id as the server wrote it: tasks have texts. Of queues and workers, which have none, the name that their URL ends with.
    pub fn key(&self) -> Id {
        match self.original.get("id") {
            Some(id) if !id.is_null() => Id::of_json(id),
            _ => self.original.get("url").and_then(Value::as_str).map_or_else(|| Id::from(""), Id::of_url),
        }
    }

    /// The object's own URL, where it has one.
    pub fn url(&self) -> Option<&str> {
        self.str("url")
    }

    /// The resource that it belongs to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// A member by its path: `name`, `site.name`, `tags.0.slug`. Changes that were not saved are seen.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let mut value = self.members().get(first)?;
        for part in rest.into_iter().flat_map(|rest| rest.split('.')) {
            value = match value {
                Value::Object(members) => members.get(part)?,
                Value::Array(list) => list.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// A text by its path. `None` where there is none, where it is null, or something else.
    pub fn str(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// A whole number by its path.
    pub fn i64(&self, path: &str) -> Option<i64> {
        self.get(path)?.as_i64()
    }

    /// A number by its path.
    pub fn f64(&self, path: &str) -> Option<f64> {
        self.get(path)?.as_f64()
    }

    /// A boolean by its path.
    pub fn bool(&self, path: &str) -> Option<bool> {
        self.get(path)?.as_bool()
    }

    /// The related object at a path, as a record. It has the members of the short form: [`full_details`](Record::full_details) fetches the rest.
    pub fn record(&self, path: &str) -> Option<Record> {
        let members = self.get(path)?.as_object()?.clone();
        let endpoint = self.endpoint.of_object(members.get("url")?.as_str()?)?;
        Some(Record::new(endpoint, members, None))
    }

    /// Reads the object into a type of your own.
    ///
    /// # Errors
    /// A member that does not fit, with its name and the object's id.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_path_to_error::deserialize(self.to_value()).map_err(|error| {
            let place = match error.path().to_string() {
                path if path == "." => String::new(),
                path => format!(" at {path}"),
            };
            let reason = without_value(&error.inner().to_string());
            Error::new(ErrorKind::Decode, format!("{} {} does not fit{place}: {reason}", self.endpoint.path, self.key()))
        })
    }

    /// The whole object, with the changes that were not saved.
    pub fn to_value(&self) -> Value {
        Value::Object(self.members().clone())
    }

    /// Changes a member, here only: [`save`](Record::save) sends it. In `custom_fields.<name>` and in members that are JSON a path goes deeper.
    ///
    /// Relations are set by id, by a record (`&record`), or by null; custom fields that are objects, too. What cannot be set is an error when it is saved: a path into a member that the
    /// record does not hold (it came with `fields`), into a related object, into a text, or beyond the end of a list.
    ///
    /// What has the form of a related object (`id` and `url`) or of a choice (`value` and `label`, nothing else) is sent as its id or value, but for members that NetBox's documents give
    /// as free JSON. Those of plugins are not known: set such JSON with [`update`](Record::update), which sends it as it is.
    pub fn set(&mut self, path: &str, value: impl Into<Value>) {
        if let Err(problem) = self.try_set(path, value.into()) {
            self.problem.get_or_insert(format!("{path} cannot be set: {problem}"));
        }
    }

    fn try_set(&mut self, path: &str, value: Value) -> Result<(), String> {
        let parts: Vec<&str> = path.split('.').collect();
        let is_held = self.members().contains_key(parts[0]);
        // NetBox keeps the custom fields that a write does not name. Anything else would be replaced as a whole.
        let reaches = if parts[0] == "custom_fields" { 2 } else { 1 };
        if !is_held && parts.len() > reaches {
            return Err(format!("the record does not hold {}; full_details() has it", parts[0]));
        }
        let json_fields = self.endpoint.resource.map_or(&[][..], |resource| resource.json_fields);
        let is_json = parts[0] == "custom_fields" || json_fields.contains(&parts[0]);
        let mut member = self.members().get(parts[0]).cloned().unwrap_or_default();
        let mut place = &mut member;
        for part in &parts[1..] {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            if !is_json && writable::is_whole(place, part) {
                return Err("it belongs to another object, or to a choice; set that as a whole".to_owned());
            }
            place = match place {
                Value::Object(members) => members.entry(*part).or_insert(Value::Null),
                Value::Array(list) => {
                    let at = part.parse().ok().filter(|at: &usize| *at <= list.len()).ok_or("a list has no such position")?;
                    if at == list.len() {
                        list.push(Value::Null);
                    }
                    &mut list[at]
                }
                _ => return Err("it goes into a value that has no members".to_owned()),
            };
        }
        *place = value;
        self.changed.get_or_insert_with(|| Box::new(self.original.clone())).insert(parts[0].to_owned(), member);
        Ok(())
    }

    /// What could not be set.
    pub(super) fn check(&self) -> Result<()> {
        match &self.problem {
            None => Ok(()),
            Some(problem) => Err(Error::invalid_request(format!("{} {}: {problem}", self.endpoint.path, self.key()))),
        }
    }

    /// What could not be set, told once.
    fn take_problem(&mut self) -> Result<()> {
        let outcome = self.check();
        self.problem = None;
        outcome
    }

    /// What [`save`](Record::save) would send: the changed members, in the form that writes take. Custom fields stand there as they were set: where they look like objects or choices,
    /// [`save`](Record::save) asks for their types (`extras/custom-fields`) and sends ids and values of those that are no JSON. (Bulk writes do not ask.)
    pub fn updates(&self) -> Value {
        let json_fields = self.endpoint.resource.map_or(&[][..], |resource| resource.json_fields);
        let changed = self.changed.as_deref();
        Value::Object(changed.map_or_else(Map::new, |changed| writable::updates(&self.original, changed, json_fields)))
    }

    /// Sends what was changed: a PATCH, or nothing where nothing was, compared with what was read (from a cache, maybe). The record then holds the server's reply.
    /// Returns whether anything was sent.
    ///
    /// # Errors
    /// What could not be [`set`](Record::set), which is forgotten then; no reply, or a status of 400 and above. The changes are kept.
    pub fn save(&mut self) -> Result<bool> {
        self.take_problem()?;
        let updates = self.updates();
        if updates.as_object().is_some_and(Map::is_empty) {
            self.changed = None;
            return Ok(false);
        }
        self.patch(&self.endpoint.with_custom_fields(updates)?, None)?;
        Ok(true)
    }

    /// As [`save`](Record::save), but only where nobody changed the object since it was read.
    ///
    /// NetBox 4.6 and later compare the `ETag` that came with the object. Before, and for records that came from a list, the object's `last_updated` is read again and
    /// compared first: weaker, for a change between that and the PATCH is not seen. A record that was read with `fields` needs `last_updated` among them.
    ///
    /// # Errors
    /// As [`save`](Record::save); [`ErrorKind::PreconditionFailed`] where the object was changed: [`Error::present_state`] has it as it is now. [`refresh`](Record::refresh), set and try again.
    pub fn save_if_unmodified(&mut self) -> Result<bool> {
        self.take_problem()?;
        let updates = self.updates();
        if updates.as_object().is_some_and(Map::is_empty) {
            return self.save();
        }
        let etag = match &self.etag {
            Some(etag) => etag.clone(),
            None => {
                let read = self.original.get("last_updated").filter(|time| !time.is_null());
                let read = read.ok_or_else(|| {
                    Error::invalid_request("the record does not hold last_updated, so nobody can tell whether the object was changed")
                        .with_hint("Read it with last_updated among the fields, or with all")
                })?;
                let present = self.present()?;
                if Some(read) != present.original.get("last_updated") {
                    let message = format!("{} {} was changed since it was read", self.endpoint.path, self.key());
                    let error = Error::new(ErrorKind::PreconditionFailed, message).with_hint("Read it again, look at it, and try again");
                    return Err(error.with_present_state(present.to_value()).sent(true));
                }
                present.etag.unwrap_or_default()
            }
        };
        match self.patch(&self.endpoint.with_custom_fields(updates)?, Some(etag).filter(|etag| !etag.is_empty())) {
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => Err(match self.present() {
                Ok(present) => error.with_present_state(present.to_value()),
                Err(_) => error,
            }),
            saved => saved.map(|()| true),
        }
    }

    /// Changes members at once: a PATCH of just these. The record then holds the server's reply; other members that were [`set`](Record::set) are still to be saved.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn update(&mut self, body: impl Serialize) -> Result<()> {
        let body = one(body)?;
        let pending = self.changed.take().map(|changed| (self.original.clone(), changed));
        let outcome = self.patch(&body, None);
        match (pending, &outcome) {
            (Some((before, changed)), Ok(())) => self.set_again(&before, *changed, &body),
            (Some((_, changed)), Err(_)) => self.changed = Some(changed),
            (None, _) => {}
        }
        outcome
    }

    /// Sets what was set before and was not among what has been sent.
    fn set_again(&mut self, before: &Map<String, Value>, changed: Map<String, Value>, sent: &Value) {
        let mut members = self.original.clone();
        for (name, value) in changed.into_iter().filter(|(name, value)| before.get(name) != Some(value)) {
            if let ("custom_fields", Value::Object(fields)) = (name.as_str(), &value) {
                let was = |name: &str| before.get("custom_fields").and_then(|fields| fields.get(name));
                let is_sent = |name: &str| sent.get("custom_fields").is_some_and(|fields| fields.get(name).is_some());
                let pending = fields.iter().filter(|(name, value)| was(name) != Some(value) && !is_sent(name));
                if let Some(present) = members.get_mut("custom_fields").and_then(Value::as_object_mut) {
                    present.extend(pending.map(|(name, value)| (name.clone(), value.clone())));
                }
            } else if sent.get(&name).is_none() {
                members.insert(name, value);
            }
        }
        self.changed = Some(Box::new(members));
    }

    /// Deletes the object.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 409 where other objects depend on it.
    pub fn delete(&self) -> Result<()> {
        let response = self.endpoint.api.client().delete(&self.path()?).send()?;
        self.endpoint.accepted(response).map(drop)
    }

    /// Reads the object again, from the server whatever a cache has, and forgets what was set.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn refresh(&mut self) -> Result<()> {
        *self = self.present()?;
        Ok(())
    }

    /// The whole object: of a related or projected record, too.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn full_details(&self) -> Result<Record> {
        let response = self.endpoint.api.client().get(&self.path()?).send()?;
        self.endpoint.record(response)
    }

    /// The object as the server has it now.
    fn present(&self) -> Result<Record> {
        let response = self.endpoint.api.client().get(&self.path()?).of_server().send()?;
        self.endpoint.record(response)
    }

    fn patch(&mut self, body: &Value, etag: Option<String>) -> Result<()> {
        let request = self.endpoint.api.client().patch(&self.path()?).json(body);
        let request = match etag {
            Some(etag) => request.header("If-Match", &etag),
            None => request,
        };
        *self = self.endpoint.record(request.send()?)?;
        Ok(())
    }

    pub(super) fn path(&self) -> Result<String> {
        let key = self.key();
        if key.as_str().is_empty() {
            return Err(Error::invalid_request(format!("this {} has no id: ask for it with the other fields", self.endpoint.path)));
        }
        Ok(self.endpoint.object_path(&key))
    }

    fn members(&self) -> &Map<String, Value> {
        self.changed.as_deref().unwrap_or(&self.original)
    }
}

/// Its name, else its label, its display, its id.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = ["name", "label", "display"].iter().find_map(|member| self.str(member).filter(|text| !text.is_empty()));
        match text {
            Some(text) => f.write_str(text),
            None => write!(f, "{}", self.key()),
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Objects can hold secrets (a pre-shared key, say), so their values are not shown.
        write!(f, "Record({} {}", self.endpoint.path, self.key())?;
        if self.changed.is_some() {
            f.write_str(", changed")?;
        }
        f.write_str(")")
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Record) -> bool {
        let key = self.key();
        !key.as_str().is_empty() && key == other.key() && self.endpoint.path == other.endpoint.path
    }
}

/// A member by its path; null where there is none.
impl Index<&str> for Record {
    type Output = Value;

    fn index(&self, path: &str) -> &Value {
        self.get(path).unwrap_or(&Value::Null)
    }
}

/// Its id: what a write takes as a relation.
impl From<&Record> for Value {
    fn from(record: &Record) -> Value {
        record.original.get("id").cloned().unwrap_or_default()
    }
}
