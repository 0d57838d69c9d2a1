//! Many objects at once, with types: what [`Bulk`] does, with bodies that are checked before the first of them is sent.

use std::borrow::Borrow;

use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::body::{self, Body};
use super::endpoint::Endpoint;
use super::table::Model;
use crate::error::{Error, Result};
use crate::facade::{self, BackgroundBulk, Bulk, BulkError, BulkJobs, Id, Ledger, List, Record, Row};

/// The objects of a call that went well.
fn objects<T: Model>(ledger: Ledger) -> Result<Vec<T>, BulkError> {
    ledger.read(Record::parse)
}

/// Bodies, all of which the line takes.
fn checked(endpoint: &facade::Endpoint, method: Method, bodies: Vec<Value>) -> Result<Vec<Value>> {
    let list = Value::Array(bodies);
    body::check(endpoint, &method, endpoint.path(), &list)?;
    match endpoint.with_custom_fields(list)? {
        Value::Array(bodies) => Ok(bodies),
        _ => Ok(Vec::new()),
    }
}

fn new_objects<R: Body>(endpoint: &facade::Endpoint, bodies: impl IntoIterator<Item: Borrow<R>>) -> Result<Vec<Value>> {
    checked(endpoint, Method::POST, bodies.into_iter().map(|body| body::json(body.borrow())).collect())
}

impl<T: Model, R: Body, P: Body> Bulk<Endpoint<T, R, P>> {
    fn untyped(self) -> Bulk<facade::Endpoint> {
        self.on(|endpoint| endpoint.untyped().clone())
    }
}

fn changes<P: Body>(endpoint: &facade::Endpoint, changes: impl IntoIterator<Item = (impl Into<Id>, impl Borrow<P>)>) -> Result<Vec<Value>> {
    let change = |(id, change): (_, _)| {
        let id: Id = Into::into(id);
        let mut members = Borrow::<P>::borrow(&change).members().clone();
        members.insert("id".to_owned(), id.to_json());
        Value::Object(members)
    };
    checked(endpoint, Method::PATCH, changes.into_iter().map(change).collect())
}

impl<T: Model, R: Body, P: Body> Endpoint<T, R, P> {
    /// Makes objects: see [`Bulk::create`](Bulk<Endpoint>::create).
    ///
    /// # Errors
    /// Before anything is sent: what is wrong with any of them, at its position. Then what each request may meet, see [`BulkError`].
    #[inline]
    pub fn create_many(&self, bodies: impl IntoIterator<Item: Borrow<R>>) -> Result<Vec<T>, BulkError> {
        self.bulk().create(bodies)
    }

    /// Changes objects, each in a way of its own, in the order of their ids here.
    ///
    /// # Errors
    /// As [`create_many`](Endpoint::create_many).
    #[inline]
    pub fn patch_many(&self, changes: impl IntoIterator<Item = (impl Into<Id>, impl Borrow<P>)>) -> Result<Vec<T>, BulkError> {
        self.bulk().patch(changes)
    }

    /// Sends what was changed in copies of objects, each given after the object as it was. Gives the objects as the server has them then.
    ///
    /// # Errors
    /// As [`create_many`](Endpoint::create_many).
    #[inline]
    pub fn save_many<'a>(&self, pairs: impl IntoIterator<Item = (&'a T, &'a T)>) -> Result<Vec<T>, BulkError>
    where
        T: 'a,
    {
        self.bulk().save(pairs)
    }

    /// Deletes objects by their ids. Returns how many.
    ///
    /// # Errors
    /// As those of records: see [`Bulk::delete`](Bulk<facade::Endpoint>::delete).
    #[inline]
    pub fn delete_many(&self, ids: impl IntoIterator<Item: Into<Id>>) -> Result<usize, BulkError> {
        self.bulk().delete(ids)
    }

    /// Changes all objects of a list in the same way. The list is one of this endpoint (of the same server, branch and token); one without a filter is refused but for [`Bulk::allow_all`].
    ///
    /// # Errors
    /// As [`create_many`](Endpoint::create_many); a change of nothing; a list of another endpoint, without a filter, or with one that has an empty value or that NetBox would ignore.
    #[inline]
    pub fn patch_all(&self, list: impl Into<Bulk<List<T>>>, change: &P) -> Result<Vec<T>, BulkError> {
        // As of one object: the ids are read when the change is known to fit.
        body::check(self.untyped(), &Method::PATCH, &self.untyped().object_path(&Id::from(0_u64)), &body::json(change))?;
        if change.members().is_empty() {
            return Err(Error::invalid_request("the change names no field").into());
        }
        let list = list.into();
        if !list.target().is_of(self.untyped()) {
            return Err(Error::invalid_request(format!(
                "the list is not one of this {}: of another server, branch, token or resource",
                self.untyped().path()
            ))
            .into());
        }
        let (bulk, bodies) = list.updates(self.untyped().with_custom_fields(body::json(change))?)?;
        objects(bulk.send_updates(bodies)?)
    }

    /// Writes of many objects with settings of their own.
    #[inline]
    pub fn bulk(&self) -> Bulk<Endpoint<T, R, P>> {
        self.untyped().bulk().on(|_| self.clone())
    }
}

impl<T: Model, R: Body, P: Body> Bulk<Endpoint<T, R, P>> {
    /// Makes objects: `POST` of lists. In the order of the bodies.
    ///
    /// # Errors
    /// Before anything is sent: what is wrong with any of them, at its position. Then what each request may meet, see [`BulkError`].
    #[inline]
    pub fn create(self, bodies: impl IntoIterator<Item: Borrow<R>>) -> Result<Vec<T>, BulkError> {
        let bulk = self.untyped();
        let bodies = new_objects::<R>(bulk.target(), bodies)?;
        objects(bulk.send_bodies(bodies)?)
    }

    /// As [`create`](Bulk::create), of bodies that were made without the types.
    ///
    /// # Errors
    /// As [`create`](Bulk::create).
    #[inline]
    pub fn create_json(self, bodies: impl IntoIterator<Item: Serialize>) -> Result<Vec<T>, BulkError> {
        let bulk = self.untyped();
        let bodies = bodies.into_iter().map(facade::one).collect::<Result<_>>()?;
        let bodies = checked(bulk.target(), Method::POST, bodies)?;
        objects(bulk.send_bodies(bodies)?)
    }

    /// Changes objects, each in a way of its own: `PATCH` of lists. In the order of the changes.
    ///
    /// # Errors
    /// As [`create`](Bulk::create); the same object twice.
    #[inline]
    pub fn patch(self, changes: impl IntoIterator<Item = (impl Into<Id>, impl Borrow<P>)>) -> Result<Vec<T>, BulkError> {
        let bulk = self.untyped();
        let bodies = self::changes::<P>(bulk.target(), changes)?;
        objects(bulk.send_updates(bodies)?)
    }

    /// Sends what was changed in copies of objects, each given after the object as it was: `PATCH` of lists, without those that are as they were.
    ///
    /// # Errors
    /// As [`patch`](Bulk::patch).
    #[inline]
    pub fn save<'a>(self, pairs: impl IntoIterator<Item = (&'a T, &'a T)>) -> Result<Vec<T>, BulkError>
    where
        T: 'a,
    {
        let endpoint = self.target().clone();
        let mut saved: Vec<T> = Vec::new();
        let mut places = Vec::new();
        let mut changes = Vec::new();
        for (place, (before, after)) in pairs.into_iter().enumerate() {
            let change = endpoint.changes(before, after)?;
            saved.push(before.clone());
            if !change.members().is_empty() {
                places.push(place);
                changes.push((Row::key(before), change));
            }
        }
        for (place, object) in places.into_iter().zip(self.patch(changes)?) {
            saved[place] = object;
        }
        Ok(saved)
    }

    /// Deletes objects: `DELETE` of lists. Returns how many.
    ///
    /// # Errors
    /// As those of records.
    #[inline]
    pub fn delete(self, ids: impl IntoIterator<Item: Into<Id>>) -> Result<usize, BulkError> {
        self.untyped().delete(ids.into_iter().map(Into::into))
    }
}

impl<T: Model, R: Body, P: Body> BackgroundBulk<Endpoint<T, R, P>> {
    /// As [`Bulk::create`](Bulk<Endpoint<T, R, P>>::create).
    ///
    /// # Errors
    /// As there, but for what the jobs meet: [`BulkJobs::wait`] tells that.
    #[inline]
    pub fn create(self, bodies: impl IntoIterator<Item: Borrow<R>>) -> Result<BulkJobs<Vec<T>>, BulkError> {
        let bulk = self.0.untyped();
        let bodies = new_objects::<R>(bulk.target(), bodies)?;
        bulk.background().enqueue_bodies(bodies, objects)
    }

    /// As [`Bulk::patch`](Bulk<Endpoint<T, R, P>>::patch).
    ///
    /// # Errors
    /// As there, but for what the jobs meet: [`BulkJobs::wait`] tells that.
    #[inline]
    pub fn patch(self, changes: impl IntoIterator<Item = (impl Into<Id>, impl Borrow<P>)>) -> Result<BulkJobs<Vec<T>>, BulkError> {
        let bulk = self.0.untyped();
        let bodies = self::changes::<P>(bulk.target(), changes)?;
        bulk.background().enqueue_updates(bodies, objects)
    }

    /// As [`Bulk::delete`](Bulk<Endpoint<T, R, P>>::delete).
    ///
    /// # Errors
    /// As there, but for what the jobs meet: [`BulkJobs::wait`] tells that.
    #[inline]
    pub fn delete(self, ids: impl IntoIterator<Item: Into<Id>>) -> Result<BulkJobs<usize>, BulkError> {
        self.0.untyped().background().delete(ids.into_iter().map(Into::into))
    }
}
