//! One resource and the type of its objects.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::body::{self, Body, ReadOnly};
use super::reply;
use super::table::Model;
use crate::client::ApiResponse;
use crate::error::Result;
use crate::facade::{self, Filters, Id, List, Row};

/// A resource, as `nb.dcim().devices()`, whose objects are read as one type, made of another and changed by a third. Nothing is sent until one of its methods asks for something.
pub struct Endpoint<T, R = ReadOnly, P = ReadOnly> {
    endpoint: facade::Endpoint,
    kind: PhantomData<fn(R, P) -> T>,
}

impl<T: Model, R, P> Endpoint<T, R, P> {
    #[inline]
    pub(super) fn new(api: &facade::Api, path: &str) -> Endpoint<T, R, P> {
        Endpoint { endpoint: api.endpoint(path), kind: PhantomData }
    }

    /// The same resource without types.
    pub fn untyped(&self) -> &facade::Endpoint {
        &self.endpoint
    }

    /// One object by its id: `GET /api/<path>/<id>/`. `None` where there is none (404).
    ///
    /// # Errors
    /// As [`Endpoint::get`](facade::Endpoint::get); an object that does not fit, with the place.
    #[inline]
    pub fn get(&self, id: impl Into<Id>) -> Result<Option<T>> {
        self.endpoint.found(&id.into())?.map(|response| self.read(response)).transpose()
    }

    #[inline]
    fn read(&self, response: ApiResponse) -> Result<T> {
        let mut object = T::blank();
        reply::read_object(&self.endpoint, response, &mut object)?;
        Ok(object)
    }

    /// The one object that fits. `None` where there is none.
    ///
    /// # Errors
    /// As [`get`](Endpoint::get); several objects that fit, with their ids.
    #[inline]
    pub fn get_by(&self, filters: impl Into<Filters>) -> Result<Option<T>> {
        self.filter(filters).only()
    }

    /// The objects that fit all filters: a [`List`], which is fetched when it is iterated. It is counted, ordered, paged and projected ([`List::select`]) as one of records.
    ///
    /// **NetBox ignores a filter that it does not know, and one with an empty value: all objects fit then.**
    #[inline]
    pub fn filter(&self, filters: impl Into<Filters>) -> List<T> {
        self.endpoint.filter(filters).into_rows()
    }

    /// All objects.
    #[inline]
    pub fn all(&self) -> List<T> {
        self.filter(Filters::default())
    }
}

impl<T: Model, R: Body, P: Body> Endpoint<T, R, P> {
    /// Makes an object: `POST /api/<path>/`.
    ///
    /// # Errors
    /// Before anything is sent [`ErrorKind::RequestValidation`](crate::ErrorKind::RequestValidation): what the line does not take, and what it asks for ([`validation`](super::validation)). No reply, or a status of 400 and above. See [`Error::may_have_been_sent`](crate::Error::may_have_been_sent) before
    /// trying again.
    #[inline]
    pub fn create(&self, body: &R) -> Result<T> {
        self.write(Method::POST, self.endpoint.path(), body::json(body))
    }

    /// As [`create`](Endpoint::create), of a body that was made without the types: JSON, or a struct of your own. It is checked as theirs are.
    ///
    /// # Errors
    /// As [`create`](Endpoint::create); a list, which [`Bulk`](crate::Bulk) takes.
    #[inline]
    pub fn create_json(&self, body: impl Serialize) -> Result<T> {
        self.write(Method::POST, self.endpoint.path(), facade::one(body)?)
    }

    /// Replaces an object: `PUT /api/<path>/<id>/`. What the line asks for has to be there as for a new one; NetBox leaves most other fields that the body does not name as they are.
    ///
    /// # Errors
    /// As [`create`](Endpoint::create).
    #[inline]
    pub fn update(&self, id: impl Into<Id>, body: &R) -> Result<T> {
        self.write(Method::PUT, &self.endpoint.path_of(&id.into())?, body::json(body))
    }

    /// As [`update`](Endpoint::update), of a body that was made without the types: what was read may be among it, NetBox leaves aside what it alone sets.
    ///
    /// # Errors
    /// As [`create_json`](Endpoint::create_json).
    #[inline]
    pub fn update_json(&self, id: impl Into<Id>, body: impl Serialize) -> Result<T> {
        self.write(Method::PUT, &self.endpoint.path_of(&id.into())?, facade::one(body)?)
    }

    /// Changes fields of an object: `PATCH /api/<path>/<id>/`. What the change does not name stays as it is.
    ///
    /// # Errors
    /// As [`create`](Endpoint::create).
    #[inline]
    pub fn patch(&self, id: impl Into<Id>, change: &P) -> Result<T> {
        self.write(Method::PATCH, &self.endpoint.path_of(&id.into())?, body::json(change))
    }

    /// As [`patch`](Endpoint::patch), of a body that was made without the types.
    ///
    /// # Errors
    /// As [`create_json`](Endpoint::create_json).
    #[inline]
    pub fn patch_json(&self, id: impl Into<Id>, change: impl Serialize) -> Result<T> {
        self.write(Method::PATCH, &self.endpoint.path_of(&id.into())?, facade::one(change)?)
    }

    #[inline]
    fn write(&self, method: Method, path: &str, body: Value) -> Result<T> {
        body::check(&self.endpoint, &method, path, &body)?;
        let body = self.endpoint.with_custom_fields(body)?;
        self.read(self.endpoint.write(method, path, &body)?)
    }

    /// What leads from an object to an edited copy of it, or to another state of it, in the form that writes take. Left out is what cannot be sent: fields that NetBox alone sets, parts of
    /// related objects (`site.name`), custom fields that were taken out (null empties them).
    ///
    /// # Errors
    /// Two objects.
    #[inline]
    pub fn changes(&self, before: &T, after: &T) -> Result<P> {
        Ok(P::of(body::changes(&self.endpoint, before, after)?))
    }

    /// Sends what was changed in a copy of an object, and nothing where nothing was. Gives the object as the server has it then.
    ///
    /// # Errors
    /// As [`changes`](Endpoint::changes) and [`patch`](Endpoint::patch).
    #[inline]
    pub fn save(&self, before: &T, after: &T) -> Result<T> {
        let change = self.changes(before, after)?;
        if change.members().is_empty() {
            return Ok(before.clone());
        }
        self.patch(Row::key(before), &change)
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 409 where other objects depend on it.
    #[inline]
    pub fn delete(&self, id: impl Into<Id>) -> Result<()> {
        self.endpoint.delete_one(&id.into())
    }
}

impl<T, R, P> Clone for Endpoint<T, R, P> {
    fn clone(&self) -> Endpoint<T, R, P> {
        Endpoint { endpoint: self.endpoint.clone(), kind: PhantomData }
    }
}

impl<T, R, P> fmt::Debug for Endpoint<T, R, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.endpoint.path()).finish()
    }
}
