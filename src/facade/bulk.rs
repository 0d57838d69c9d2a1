//! Many objects by few requests: cut into chunks, sent in order, and told entry by entry when it goes wrong.

mod background;
mod chunk;
mod error;
mod item;
mod run;

use std::time::Duration;

use http::Method;
use serde::Serialize;
use serde_json::{Map, Value};

pub use background::{BackgroundBulk, BulkJobs};
pub use error::{BulkError, BulkFailure};
pub use item::BulkItem;
pub(crate) use run::Ledger;

use self::item::Prepared;

use super::endpoint::Endpoint;
use super::id::Id;
use super::list::List;
use super::record::Record;
use crate::error::{Error, Result};

/// How many objects a request has at most, where the caller does not say.
const CHUNK: usize = 100;

/// What an object more may take. NetBox needs 0.05 to 0.3 s for most.
const TIME_OF_AN_OBJECT: Duration = Duration::from_secs(1);

/// Writes of many objects, with their settings: made by [`Endpoint::bulk`] and [`List::bulk`].
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// # use serde_json::json;
/// let bodies = (0..500).map(|number| json!({"name": format!("tag {number}"), "slug": format!("tag-{number}")}));
/// let tags = nb.extras().tags().bulk().chunk(50).changelog_message("import of May").create(bodies)?;
/// println!("{} tags", tags.len());
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
///
/// The objects are cut into chunks of 100 objects and less than 2 MB of JSON, which are sent in order, one after the other. NetBox does all of a chunk or nothing of
/// it. The first chunk that fails ends the call: the [`BulkError`] says what was done, what was refused and why, and what was not sent.
///
/// NetBox takes 0.05 to 0.3 s an object and answers when all are done, so the time limit of a request is that of the client's attempts and 1 s more an object.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until objects are given"]
pub struct Bulk<Target> {
    target: Target,
    options: Options,
    /// Whether a list without filters may be written to.
    may_be_all: bool,
}

/// What holds for each request.
#[derive(Debug, Clone)]
struct Options {
    chunk: usize,
    message: Option<String>,
}

/// What is done to the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Create,
    Update,
    Delete,
}

impl Action {
    fn method(self) -> Method {
        match self {
            Action::Create => Method::POST,
            Action::Update => Method::PATCH,
            Action::Delete => Method::DELETE,
        }
    }
}

impl<Target> Bulk<Target> {
    fn new(target: Target) -> Bulk<Target> {
        Bulk { target, options: Options { chunk: CHUNK, message: None }, may_be_all: false }
    }

    /// How many objects a request has at most; 0 counts as 1. Default: 100. A request has less than 2 MB in any case.
    pub fn chunk(mut self, objects: usize) -> Bulk<Target> {
        self.options.chunk = objects.max(1);
        self
    }

    /// What the change log says of each change: `changelog_message` in each entry that has none of its own. NetBox 4.4 and later. Default: nothing.
    pub fn changelog_message(mut self, message: impl Into<String>) -> Bulk<Target> {
        self.options.message = Some(message.into());
        self
    }

    #[cfg(feature = "typed")]
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// The same settings for another target.
    #[cfg(feature = "typed")]
    pub(crate) fn on<Other>(self, other: impl FnOnce(Target) -> Other) -> Bulk<Other> {
        Bulk { target: other(self.target), options: self.options, may_be_all: self.may_be_all }
    }

    /// Lets the server do the work in background jobs, one for each chunk (`?background=true`). NetBox 4.6 and later.
    pub fn background(self) -> BackgroundBulk<Target> {
        BackgroundBulk(self)
    }
}

impl Bulk<Endpoint> {
    /// Makes objects: `POST` of lists. Returns the records in the order of the bodies.
    ///
    /// # Errors
    /// Before anything is sent: a body that is no object, one that alone has 2 MB. Then what each request may meet, see [`BulkError`].
    pub fn create(self, bodies: impl IntoIterator<Item: Serialize>) -> Result<Vec<Record>, BulkError> {
        self.send_bodies(bodies).map(Ledger::into_records)
    }

    pub(crate) fn send_bodies(self, bodies: impl IntoIterator<Item: Serialize>) -> Result<Ledger, BulkError> {
        let prepared = self.prepare_bodies(bodies)?;
        run::send_all(&self.target, Action::Create, prepared, &self.options)
    }

    /// Changes objects: `PATCH` of lists. Of a record, what was set in it is sent, in the form of [`Record::save`], and nothing where nothing was; JSON objects with an `id` are sent as they are.
    /// Returns the records as the server then has them, in the order of the items; records that are given as `&mut` hold that, too, those of finished chunks even on failure.
    ///
    /// # Errors
    /// Before anything is sent: an item without an id, the same object twice, a record of another resource, an item that alone has 2 MB. Then what each request may meet, see [`BulkError`].
    pub fn update<'a>(self, items: impl IntoIterator<Item: Into<BulkItem<'a>>>) -> Result<Vec<Record>, BulkError> {
        self.send_updates(items).map(Ledger::into_records)
    }

    pub(crate) fn send_updates<'a>(self, items: impl IntoIterator<Item: Into<BulkItem<'a>>>) -> Result<Ledger, BulkError> {
        let mut items: Vec<BulkItem<'a>> = items.into_iter().map(Into::into).collect();
        let prepared = self.prepare_updates(&items)?;
        let outcome = run::send_all(&self.target, Action::Update, prepared, &self.options);
        let ledger = outcome.as_ref().unwrap_or_else(|error| error.ledger());
        for (item, record) in items.iter_mut().zip(&ledger.records) {
            item.take(record.as_ref());
        }
        outcome
    }

    /// Deletes objects: `DELETE` of lists of `{"id"}`. Returns how many. NetBox before 4.7 skips objects that do not exist and does not say so: they are counted.
    ///
    /// # Errors
    /// Before anything is sent: an item without an id, the same object twice, a record of another resource. Then what each request may meet, see [`BulkError`]: 409 where other objects depend on one.
    pub fn delete<'a>(self, items: impl IntoIterator<Item: Into<BulkItem<'a>>>) -> Result<usize, BulkError> {
        let prepared = self.prepare_deletes(items)?;
        run::send_all(&self.target, Action::Delete, prepared, &self.options).map(|ledger| ledger.done_count())
    }

    fn prepare_bodies(&self, bodies: impl IntoIterator<Item: Serialize>) -> Result<Prepared, BulkError> {
        let mut prepared = Prepared::new(self.options.message.as_deref());
        bodies.into_iter().for_each(|body| prepared.push_body(&body));
        prepared.check()
    }

    fn prepare_updates(&self, items: &[BulkItem<'_>]) -> Result<Prepared, BulkError> {
        let mut prepared = Prepared::new(self.options.message.as_deref());
        items.iter().for_each(|item| prepared.push_update(&self.target, item));
        prepared.check()
    }

    fn prepare_deletes<'a>(&self, items: impl IntoIterator<Item: Into<BulkItem<'a>>>) -> Result<Prepared, BulkError> {
        let mut prepared = Prepared::new(self.options.message.as_deref());
        items.into_iter().for_each(|item| prepared.push_delete(&self.target, &item.into()));
        prepared.check()
    }
}

impl<T> Bulk<List<T>> {
    /// Allows a list without a filter: all objects of the resource.
    pub fn allow_all(mut self) -> Bulk<List<T>> {
        self.may_be_all = true;
        self
    }

    /// Deletes all objects of the list: reads their ids, then sends `DELETE` of lists. Returns how many.
    ///
    /// # Errors
    /// Before anything is sent: a list without a filter or with one that has an empty value, unless [`allow_all`](Bulk::allow_all) was called. Then what each request may meet, see [`BulkError`]: [`BulkError::id`] tells the objects.
    pub fn delete(self) -> Result<usize, BulkError> {
        let (bulk, ids) = self.ids()?;
        bulk.delete(ids)
    }

    /// The ids, and what is done to objects by id.
    fn ids(self) -> Result<(Bulk<Endpoint>, Vec<Id>)> {
        if self.target.filters.values("_branch").next().is_some() {
            let error = Error::invalid_request("the objects would be looked for on the branch of _branch, and written to in main");
            return Err(error.with_hint("Api::on_branch does both on the branch"));
        }
        if !self.may_be_all && !self.target.is_narrowed()? {
            let message = format!(
                "this would write to more objects of {} than meant: the list has no filter, or one with an empty value",
                self.target.endpoint.path
            );
            return Err(Error::invalid_request(message).with_hint("Where that is what you want: .bulk().allow_all()"));
        }
        #[cfg(feature = "schema")]
        self.target.check(true)?;
        let ids = self.target.only_ids().into_iter().map(|record| Ok(record?.key())).collect::<Result<_>>()?;
        Ok((Bulk { target: self.target.endpoint, options: self.options, may_be_all: false }, ids))
    }

    pub(crate) fn updates(self, changes: impl Serialize) -> Result<(Bulk<Endpoint>, Vec<Value>)> {
        let changes: Map<String, Value> = match serde_json::to_value(changes) {
            Ok(Value::Object(members)) => members,
            Ok(_) => return Err(Error::invalid_request("the changes are no JSON object")),
            Err(error) => return Err(Error::invalid_request(format!("the changes cannot be written as JSON: {error}"))),
        };
        let (bulk, ids) = self.ids()?;
        let with_id = |id: Id| {
            let mut body = changes.clone();
            body.insert("id".to_owned(), id.to_json());
            Value::Object(body)
        };
        Ok((bulk, ids.into_iter().map(with_id).collect()))
    }
}

impl Bulk<List> {
    /// Changes all objects of the list in the same way: reads their ids, then sends `PATCH` of lists. Returns the records as the server then has them.
    ///
    /// # Errors
    /// Before anything is sent: a list without a filter or with one that has an empty value, unless [`allow_all`](Bulk::allow_all) was called; changes that are no JSON object. Then what each request may meet, see
    /// [`BulkError`]: [`BulkError::id`] tells the objects.
    pub fn update(self, changes: impl Serialize) -> Result<Vec<Record>, BulkError> {
        let (bulk, items) = self.updates(changes)?;
        bulk.update(items)
    }
}

impl Endpoint {
    /// Makes objects: see [`Bulk::create`].
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// # use serde_json::json;
    /// let tags = nb.extras().tags().create_many([json!({"name": "a", "slug": "a"}), json!({"name": "b", "slug": "b"})])?;
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Bulk::create`].
    pub fn create_many(&self, bodies: impl IntoIterator<Item: Serialize>) -> Result<Vec<Record>, BulkError> {
        self.bulk().create(bodies)
    }

    /// Changes objects, given as records or as JSON with their `id`: see [`Bulk::update`].
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// # use serde_json::json;
    /// let mut devices = nb.dcim().devices().filter([("site", "lon")]).into_iter().collect::<netbox_sdk::Result<Vec<_>>>()?;
    /// for device in &mut devices {
    ///     device.set("status", "offline");
    /// }
    /// nb.dcim().devices().update_many(&mut devices)?;
    /// nb.dcim().devices().update_many([json!({"id": 7, "serial": "X"}), json!({"id": 9, "serial": "Y"})])?;
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Bulk::update`].
    pub fn update_many<'a>(&self, items: impl IntoIterator<Item: Into<BulkItem<'a>>>) -> Result<Vec<Record>, BulkError> {
        self.bulk().update(items)
    }

    /// Deletes objects, given as records or ids: see [`Bulk::delete`].
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// let deleted = nb.extras().tags().delete_many([7, 9])?;
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Bulk::delete`].
    pub fn delete_many<'a>(&self, items: impl IntoIterator<Item: Into<BulkItem<'a>>>) -> Result<usize, BulkError> {
        self.bulk().delete(items)
    }

    /// Writes of many objects with settings of their own.
    pub fn bulk(&self) -> Bulk<Endpoint> {
        Bulk::new(self.clone())
    }
}

impl List {
    /// Changes all objects of the list in the same way: see [`Bulk::update`](Bulk<List>::update).
    ///
    /// NetBox ignores a filter that it does not know, and gives all objects. So the filters are checked before anything is sent (`List::strict`), unless `List::lenient` was called;
    /// **those of plugins cannot be**, nor any without the feature `schema`: look at [`count`](List::count) first.
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// # use serde_json::json;
    /// let changed = nb.dcim().devices().filter([("site", "lon")]).update(json!({"status": "offline"}))?;
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// A list without a filter, or with one that has an empty value: see [`Bulk::allow_all`]. What each request may meet, see [`BulkError`].
    pub fn update(&self, changes: impl Serialize) -> Result<Vec<Record>, BulkError> {
        self.bulk().update(changes)
    }
}

/// With the settings by default.
impl<T> From<List<T>> for Bulk<List<T>> {
    fn from(list: List<T>) -> Self {
        Bulk::new(list)
    }
}

impl<T> List<T> {
    /// Deletes all objects of the list: see [`Bulk::delete`](Bulk<List>::delete).
    ///
    /// NetBox ignores a filter that it does not know, and gives all objects. So the filters are checked before anything is sent (`List::strict`), unless `List::lenient` was called;
    /// **those of plugins cannot be**, nor any without the feature `schema`: look at [`count`](List::count) first.
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// let deleted = nb.extras().tags().filter([("name__isw", "test-")]).delete()?;
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// A list without a filter, or with one that has an empty value: see [`Bulk::allow_all`]. What each request may meet, see [`BulkError`].
    pub fn delete(&self) -> Result<usize, BulkError> {
        self.bulk().delete()
    }

    /// Writes to all objects of the list, with settings of their own.
    pub fn bulk(&self) -> Bulk<List<T>> {
        Bulk::new(self.clone())
    }
}
