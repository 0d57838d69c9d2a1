//! One resource and the type of its objects.

use std::fmt;
use std::marker::PhantomData;

use super::reply;
use super::table::Model;
use crate::error::Result;
use crate::facade::{self, Filters, Id, List};

/// A resource, as `nb.dcim().devices()`, whose objects are read as a type. Nothing is sent until one of its methods asks for something.
pub struct Endpoint<T> {
    endpoint: facade::Endpoint,
    kind: PhantomData<fn() -> T>,
}

impl<T: Model> Endpoint<T> {
    #[inline]
    pub(super) fn new(api: &facade::Api, path: &str) -> Endpoint<T> {
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
        let Some(response) = self.endpoint.found(&id.into())? else { return Ok(None) };
        let response = self.endpoint.accepted(response)?;
        let mut object = T::blank();
        reply::read(self.endpoint.path(), &response, 0..response.bytes().len(), &mut object)?;
        Ok(Some(object))
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

impl<T> Clone for Endpoint<T> {
    fn clone(&self) -> Endpoint<T> {
        Endpoint { endpoint: self.endpoint.clone(), kind: PhantomData }
    }
}

impl<T> fmt::Debug for Endpoint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.endpoint.path()).finish()
    }
}
