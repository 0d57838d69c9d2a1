//! What is below an object: as that of records ([`Record::detail`](crate::Record::detail)), with types.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::body::{self, Body};
use super::path::{CablePath, PathSegment};
use super::reply;
use super::table::{Model, object};
use crate::client::ApiResponse;
use crate::error::{Error, ErrorKind, Result};
use crate::facade::{self, Id, Record};

object! {
    /// A choice of a custom field: its value and what people are shown.
    CustomFieldChoice {
        id: String,
        display: String,
    }
}

/// What is free in a prefix, a range or a group: NetBox picks, and makes sure that nobody else gets the same. Made by `nb.ipam().prefixes().available_ips(7)` and its like.
pub struct Available<F, R, T> {
    endpoint: facade::Endpoint,
    id: Id,
    name: &'static str,
    limit: Option<u64>,
    kind: PhantomData<fn(R) -> (F, T)>,
}

impl<F: Model, R: Body, T: Model> Available<F, R, T> {
    #[inline]
    pub(super) fn new(endpoint: &facade::Endpoint, id: Id, name: &'static str) -> Available<F, R, T> {
        Available { endpoint: endpoint.clone(), id, name, limit: None, kind: PhantomData }
    }

    /// How many [`list`](Available::list) names at most; 0 is as many as the server gives (`MAX_PAGE_SIZE`, 1,000 by default). Default: the server's page size, mostly 50.
    /// Free prefixes always come all.
    #[inline]
    #[must_use]
    pub fn limit(mut self, most: u64) -> Available<F, R, T> {
        self.limit = Some(most);
        self
    }

    /// The first that are free: `GET`.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    #[inline]
    pub fn list(&self) -> Result<Vec<F>> {
        let detail = self.record().detail(self.name);
        let detail = match self.limit {
            Some(most) => detail.with("limit", most),
            None => detail,
        };
        self.objects(&detail.accepted(detail.request(Method::GET)?)?)
    }

    /// Takes the next free one and makes an object of it: `POST`.
    ///
    /// # Errors
    /// Before anything is sent: what the line does not take. [`ErrorKind::Exhausted`] where nothing is left; no reply, or another status of 400 and above.
    /// See [`Error::may_have_been_sent`] before trying again.
    #[inline]
    pub fn create(&self, body: &R) -> Result<T> {
        let made = self.post(&body::json(body))?;
        made.into_iter()
            .next()
            .ok_or_else(|| Error::new(ErrorKind::Decode, format!("{} answered without an object", self.label())).sent(true))
    }

    /// Takes one for each body, all or none: `POST` of a list. In the order of the bodies.
    ///
    /// # Errors
    /// As [`create`](Available::create).
    #[inline]
    pub fn create_many<'a>(&self, bodies: impl IntoIterator<Item = &'a R>) -> Result<Vec<T>>
    where
        R: 'a,
    {
        self.post(&Value::Array(bodies.into_iter().map(body::json).collect()))
    }

    /// As [`create`](Available::create) and [`create_many`](Available::create_many), of a body that was made without the types: an object, or a list of objects. It is checked as theirs are.
    ///
    /// ```
    /// # #[cfg(feature = "v4_7")] {
    /// use netbox_sdk::{ErrorKind, json, typed::v4_7 as nbt};
    ///
    /// let nb = nbt::api("https://netbox.example.com", "nbt_key.secret")?;
    /// let refused = nb.ipam().prefixes().available_ips(7).create_json(json!([{"prefix_length": "invalid"}])).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::RequestValidation);
    /// assert_eq!(refused.violations()[0].path, "[0].prefix_length");
    /// # }
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`create`](Available::create).
    #[inline]
    pub fn create_json(&self, body: impl Serialize) -> Result<Vec<T>> {
        let body =
            serde_json::to_value(body).map_err(|error| Error::invalid_request(format!("the body cannot be written as JSON: {error}")))?;
        self.post(&body)
    }

    #[inline]
    fn post(&self, body: &Value) -> Result<Vec<T>> {
        let path = format!("{}{}/", self.endpoint.object_path(&self.id), self.name);
        body::check(&self.endpoint, &Method::POST, &path, body)?;
        let detail = self.record().detail(self.name);
        self.objects(&detail.accepted(detail.request(Method::POST)?.json(body))?)
    }

    fn record(&self) -> Record {
        self.endpoint.reference(&self.id)
    }

    /// What messages call it.
    fn label(&self) -> String {
        format!("{}/{{id}}/{}", self.endpoint.path(), self.name)
    }

    /// One object, or a list of them: NetBox answers as it was asked.
    fn objects<O: Model>(&self, response: &ApiResponse) -> Result<Vec<O>> {
        let rows: Vec<_> = match response.bytes().first() {
            Some(b'[') => response.json::<Vec<&RawValue>>()?.into_iter().map(|row| response.range_of(row)).collect(),
            _ => std::iter::once(0..response.bytes().len()).collect(),
        };
        let object = |row| {
            let mut object = O::blank();
            reply::read(&self.label(), response, row, &mut object).map(|()| object)
        };
        rows.into_iter().map(object).collect()
    }
}

impl<F, R, T> Clone for Available<F, R, T> {
    fn clone(&self) -> Available<F, R, T> {
        Available { endpoint: self.endpoint.clone(), id: self.id.clone(), name: self.name, limit: self.limit, kind: PhantomData }
    }
}

impl<F, R, T> fmt::Debug for Available<F, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Available").field(&format_args!("{}{}", self.endpoint.object_path(&self.id), self.name)).finish()
    }
}

/// The segments of a trace. Inlined, as what follows: the objects of paths are compiled where paths are asked for.
#[inline]
pub(super) fn segments(start: &Record) -> Result<Vec<PathSegment>> {
    let response = start.detail("trace").response(Method::GET)?;
    let path = format!("{}/{{id}}/trace", start.endpoint().path());
    let segments = response.json::<Vec<&RawValue>>()?.into_iter().map(|segment| {
        let parts: Vec<&RawValue> = serde_json::from_slice(segment.get().as_bytes()).unwrap_or_default();
        let [near, cable, far] = parts[..] else {
            return Err(
                response.error(ErrorKind::Decode, "the trace does not fit: a segment is not two lists of ends with a cable between")
            );
        };
        let mut segment = PathSegment::default();
        reply::read(&path, &response, response.range_of(near), &mut segment.0)?;
        // Where there is no cable, releases say null or [].
        if cable.get().starts_with('{') {
            reply::read(&path, &response, response.range_of(cable), &mut segment.1)?;
        }
        reply::read(&path, &response, response.range_of(far), &mut segment.2)?;
        Ok(segment)
    });
    segments.collect()
}

#[inline]
pub(super) fn cable_paths(through: &Record) -> Result<Vec<CablePath>> {
    let response = through.detail("paths").response(Method::GET)?;
    let mut paths = Vec::new();
    let path = format!("{}/{{id}}/paths", through.endpoint().path());
    reply::read(&path, &response, 0..response.bytes().len(), &mut paths)?;
    Ok(paths)
}

/// An object after what was done to it: `POST …/<id>/<name>/`.
pub(super) fn done<T: Model>(endpoint: &facade::Endpoint, id: &Id, name: &str) -> Result<T> {
    let detail = endpoint.reference(id).detail(name);
    let mut object = T::blank();
    reply::read_object(endpoint, detail.accepted(detail.request(Method::POST)?)?, &mut object)?;
    Ok(object)
}

/// What is free there.
macro_rules! available {
    ($method:ident $name:literal $free:ident $request:ident $made:ident) => {
        #[doc = concat!("What is free: `…/<id>/", $name, "/`.")]
        #[inline]
        pub fn $method(&self, id: impl Into<$crate::facade::Id>) -> $crate::typed::detail::Available<$free, $request, $made> {
            $crate::typed::detail::Available::new(self.untyped(), id.into(), $name)
        }
    };
}

macro_rules! elevation {
    ($unit:ident) => {
        /// The units of a rack, page by page: `GET …/<id>/elevation/`. Half units have ids like 42.5. The other side: `.with("face", "rear")`.
        ///
        /// # Errors
        /// An empty id. What the server refuses is told by the iteration.
        #[inline]
        pub fn elevation(&self, id: impl Into<$crate::facade::Id>) -> $crate::error::Result<$crate::facade::List<$unit>> {
            Ok(self.untyped().reference(&id.into()).detail("elevation").list()?.into_rows())
        }
    };
}

macro_rules! trace {
    () => {
        /// Follows the cable at an object, segment by segment: `GET …/<id>/trace/`. Empty where nothing is connected.
        ///
        /// # Errors
        /// No reply, or a status of 400 and above.
        #[inline]
        pub fn trace(&self, id: impl Into<$crate::facade::Id>) -> $crate::error::Result<Vec<$crate::typed::PathSegment>> {
            $crate::typed::detail::segments(&self.untyped().reference(&id.into()))
        }
    };
}

macro_rules! paths {
    () => {
        /// The cable paths that go through an object: `GET …/<id>/paths/`.
        ///
        /// # Errors
        /// No reply, or a status of 400 and above.
        #[inline]
        pub fn paths(&self, id: impl Into<$crate::facade::Id>) -> $crate::error::Result<Vec<$crate::typed::CablePath>> {
            $crate::typed::detail::cable_paths(&self.untyped().reference(&id.into()))
        }
    };
}

macro_rules! choices {
    () => {
        /// The choices of a set, page by page: `GET …/<id>/choices/`.
        ///
        /// # Errors
        /// An empty id. What the server refuses is told by the iteration.
        #[inline]
        pub fn choices(
            &self,
            id: impl Into<$crate::facade::Id>,
        ) -> $crate::error::Result<$crate::facade::List<$crate::typed::CustomFieldChoice>> {
            Ok(self.untyped().reference(&id.into()).choices()?.into_rows())
        }
    };
}

macro_rules! render_config {
    () => {
        /// The configuration of an object from its config template: `POST …/<id>/render-config/`.
        ///
        /// # Errors
        /// No reply, or a status of 400 and above: 400 where there is no template, 500 where it fails.
        #[inline]
        pub fn render_config(&self, id: impl Into<$crate::facade::Id>) -> $crate::error::Result<$crate::facade::RenderedConfig> {
            self.untyped().reference(&id.into()).render_config()
        }
    };
}

macro_rules! render {
    () => {
        /// What a config template makes of these variables, an object: `POST …/<id>/render/`.
        ///
        /// # Errors
        /// No reply, or a status of 400 and above: 500 where the template fails, with the reason.
        #[inline]
        pub fn render(
            &self,
            id: impl Into<$crate::facade::Id>,
            context: impl serde::Serialize,
        ) -> $crate::error::Result<$crate::facade::RenderedConfig> {
            self.untyped().reference(&id.into()).render(context)
        }
    };
}

macro_rules! sync {
    ($object:ident) => {
        /// Reads an object again from where its data comes from: `POST …/<id>/sync/`. Gives it as it is then; a data source is only queued.
        ///
        /// # Errors
        /// No reply, or a status of 400 and above.
        #[inline]
        pub fn sync(&self, id: impl Into<$crate::facade::Id>) -> $crate::error::Result<$object> {
            $crate::typed::detail::done(self.untyped(), &id.into(), "sync")
        }
    };
}

macro_rules! run {
    () => {
        /// Runs a custom script, by its id or by its name with that of its module: see [`Record::run`](crate::Record::run).
        ///
        /// # Errors
        /// No reply, or a status of 400 and above: 503 where no worker runs. A reply that names no job.
        #[inline]
        pub fn run(
            &self,
            id: impl Into<$crate::facade::Id>,
            data: impl serde::Serialize,
            commit: bool,
        ) -> $crate::error::Result<$crate::facade::Job> {
            self.untyped().reference(&id.into()).run(data, commit)
        }
    };
}

pub(super) use {available, choices, elevation, paths, render, render_config, run, sync, trace};
