//! One resource: its objects by id, by filter, and new ones.

#[cfg(feature = "typed")]
use http::Method;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Api;
use super::filters::Filters;
use super::id::Id;
use super::list::List;
use super::record::Record;
use super::resource::Resource;
#[cfg(feature = "typed")]
use super::writable;
use crate::client::ApiResponse;
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "typed")]
use crate::schema::ReleaseLine;

/// A resource, as `nb.dcim().devices()`. Nothing is sent until one of its methods asks for something.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(super) api: Api,
    /// Below `/api/`, without slashes around it.
    pub(super) path: String,
    pub(super) resource: Option<&'static Resource>,
}

/// The body of one object. NetBox takes a list, too, and answers with one.
pub(crate) fn one(body: impl Serialize) -> Result<Value> {
    let body =
        serde_json::to_value(body).map_err(|error| Error::invalid_request(format!("the body cannot be written as JSON: {error}")))?;
    if body.is_array() {
        return Err(Error::invalid_request("the body is a list: one object is made of one").with_hint("create_many takes several"));
    }
    Ok(body)
}

impl Endpoint {
    pub(super) fn known(api: &Api, resource: &'static Resource) -> Endpoint {
        Endpoint { api: api.clone(), path: resource.path.to_owned(), resource: Some(resource) }
    }

    pub(super) fn named(api: &Api, path: &str) -> Endpoint {
        let path = path.trim_matches('/');
        let path = path.strip_prefix("api/").unwrap_or(path);
        // Only of what is known: slugs of custom objects may hold underscores.
        match Resource::find(path).or_else(|| Resource::find(&path.replace('_', "-"))) {
            Some(resource) => Endpoint::known(api, resource),
            // It names a resource: parameters have methods of their own.
            None => Endpoint { api: api.clone(), path: path.replace('?', "%3F").replace('#', "%23"), resource: None },
        }
    }

    /// The path below `/api/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// One object by its id: `GET /api/<path>/<id>/`. `None` where there is none (404).
    ///
    /// # Errors
    /// No reply, or another status of 400 and above; an endpoint that the server's release line does not have.
    pub fn get(&self, id: impl Into<Id>) -> Result<Option<Record>> {
        self.found(&id.into())?.map(|response| self.record(response)).transpose()
    }

    /// The reply of one object, where there is one.
    pub(crate) fn found(&self, id: &Id) -> Result<Option<ApiResponse>> {
        let response = self.api.client().get(&self.path_of(id)?).send()?;
        if response.status() == http::StatusCode::NOT_FOUND {
            let is_object = response.json::<Value>().is_ok();
            // NetBox answers for a missing object in JSON, for a missing endpoint with a page.
            return if is_object { Ok(None) } else { Err(self.refused(response)) };
        }
        Ok(Some(response))
    }

    /// The one object that fits. `None` where there is none.
    ///
    /// # Errors
    /// As [`get`](Endpoint::get); several objects that fit, with their ids.
    pub fn get_by(&self, filters: impl Into<Filters>) -> Result<Option<Record>> {
        self.filter(filters).only()
    }

    /// The objects that fit all filters: a [`List`], which is fetched when it is iterated.
    ///
    /// **NetBox ignores a filter that it does not know, and one with an empty value: all objects fit then.** `limit`, `offset` and `ordering` among the filters are settings of the list.
    pub fn filter(&self, filters: impl Into<Filters>) -> List {
        List::new(self.clone(), filters.into())
    }

    /// All objects.
    pub fn all(&self) -> List {
        self.filter(Filters::default())
    }

    /// Makes an object: `POST /api/<path>/`. Relations are given by id (`record.id()`) or by attributes (`{"slug": "lon"}`).
    ///
    /// # Errors
    /// No reply, or a status of 400 and above. See [`Error::may_have_been_sent`](crate::Error::may_have_been_sent) before trying again.
    pub fn create(&self, body: impl Serialize) -> Result<Record> {
        let response = self.api.client().post(&self.path).json(&one(body)?).send()?;
        self.record(response)
    }

    /// The reply to a write here, or below.
    #[cfg(feature = "typed")]
    pub(crate) fn write(&self, method: Method, path: &str, body: &Value) -> Result<ApiResponse> {
        self.api.client().request(method, path).json(body).send()
    }

    /// The release line that the caller's types are made for.
    #[cfg(feature = "typed")]
    pub(crate) fn line(&self) -> Option<ReleaseLine> {
        self.api.line.as_ref().map(|line| line.line)
    }

    #[cfg(feature = "typed")]
    pub(crate) fn delete_one(&self, id: &Id) -> Result<()> {
        self.accepted(self.api.client().delete(&self.path_of(id)?).send()?).map(drop)
    }

    /// What differs between two states of an object, in the form that writes take.
    #[cfg(feature = "typed")]
    pub(crate) fn changes(&self, before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
        writable::updates(before, after, self.resource.map_or(&[][..], |resource| resource.json_fields))
    }

    /// A record from what a write or a read of one object answered.
    pub(super) fn record(&self, response: ApiResponse) -> Result<Record> {
        let etag = response.header("etag").map(str::to_owned);
        let response = self.accepted(response)?;
        Ok(Record::new(self.clone(), response.json()?, etag))
    }

    /// A reply that is no refusal.
    pub(crate) fn accepted(&self, response: ApiResponse) -> Result<ApiResponse> {
        #[cfg(feature = "typed")]
        self.api.note_version(response.version());
        if response.status().as_u16() >= 400 { Err(self.refused(response)) } else { Ok(response) }
    }

    /// A refusal, and whether it may be because the server's release line lacks the resource.
    fn refused(&self, response: ApiResponse) -> Error {
        let line = response.version().unwrap_or_default().to_owned();
        let is_missing = response.status() == http::StatusCode::NOT_FOUND;
        match (response.error_for_status(), self.resource.filter(|_| is_missing).and_then(|resource| resource.absence(&line))) {
            (Err(error), Some(absence)) => error.with_kind(ErrorKind::Unsupported).with_hint(absence),
            (Err(error), None) => error,
            (Ok(_), _) => Error::new(ErrorKind::Decode, "the reply is no refusal"),
        }
    }

    /// An object of which nothing is known but its id.
    #[cfg(feature = "typed")]
    pub(crate) fn reference(&self, id: &Id) -> Record {
        Record::new(self.clone(), Map::from_iter([("id".to_owned(), id.to_json())]), None)
    }

    /// The resource that an object with this URL belongs to.
    pub(super) fn of_object(&self, url: &str) -> Option<Endpoint> {
        let path = self.api.client().config().base_url.api_path(url)?;
        Some(Endpoint::named(&self.api, path.rsplit_once('/')?.0))
    }

    /// An object that came with others: it belongs to the resource that its URL names.
    pub(crate) fn object(&self, members: Map<String, Value>) -> Record {
        let endpoint = members.get("url").and_then(Value::as_str).and_then(|url| self.of_object(url));
        Record::new(endpoint.unwrap_or_else(|| self.clone()), members, None)
    }

    /// The path of an object that is asked for.
    pub(crate) fn path_of(&self, id: &Id) -> Result<String> {
        if id.as_str().is_empty() {
            return Err(Error::invalid_request(format!("the id of the {} is empty", self.path)));
        }
        Ok(self.object_path(id))
    }

    pub(crate) fn object_path(&self, id: &Id) -> String {
        format!("{}/{}/", self.path, id.segment())
    }
}
