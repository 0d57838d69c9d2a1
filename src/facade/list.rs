//! The objects of a resource that fit: described step by step, fetched when iterated.

use std::fmt;
use std::marker::PhantomData;

use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::filters::{FilterValue, Filters};
use super::pager::{Pager, Settings};
use super::record::Record;
use super::records::{Records, Row};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{OUTPUT, Query, is_filter};

/// How many ids an error names at most.
const SHOWN_IDS: usize = 5;

/// How a list is read page by page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Paging {
    /// [`Keyset`](Paging::Keyset) where that is sure to work, else [`Offset`](Paging::Offset). With an `ordering` or an `offset`, always the latter.
    #[default]
    Auto,
    /// From id to id (`ordering=id&id__gt=…`): nothing is lost or repeated while others write. All release lines.
    Keyset,
    /// NetBox's own cursor (`start=…`), since 4.6.
    Cursor,
    /// By position, following `next`. While others write, objects can be left out or come twice.
    Offset,
}

/// The objects of a resource that fit its filters, as records or as a type of the typed layer. Nothing is fetched until it is iterated or asked.
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// let active = nb.dcim().devices().filter([("site", "lon"), ("site", "par")]).with("status", "active");
/// println!("{} devices", active.count()?);
/// for device in active.fields(["id", "name"]) {
///     println!("{}", device?);
/// }
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[must_use = "a list is fetched when it is iterated"]
pub struct List<T = Record> {
    pub(super) endpoint: Endpoint,
    pub(super) filters: Filters,
    settings: Settings,
    limit_total: Option<u64>,
    #[cfg(feature = "schema")]
    pub(super) is_strict: Option<bool>,
    kind: PhantomData<fn() -> T>,
}

/// Which part of the objects that fit is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) offset: u64,
    pub(super) limit: Option<u64>,
}

impl Part {
    /// How many it is of so many.
    pub(super) fn of(self, count: u64) -> u64 {
        count.saturating_sub(self.offset).min(self.limit.unwrap_or(u64::MAX))
    }
}

impl<T> List<T> {
    pub(super) fn new(endpoint: Endpoint, filters: Filters) -> List<T> {
        let settings = Settings {
            is_keyset: endpoint.resource.is_some_and(|resource| resource.is_keyset),
            has_start_filter: endpoint.resource.is_some_and(|resource| resource.has_start_filter),
            ..Settings::default()
        };
        List {
            endpoint,
            filters,
            settings,
            limit_total: None,
            #[cfg(feature = "schema")]
            is_strict: None,
            kind: PhantomData,
        }
    }

    /// Whether it is one of this endpoint, on the same server and in the same scope.
    #[cfg(feature = "typed")]
    pub(crate) fn is_of(&self, endpoint: &Endpoint) -> bool {
        self.endpoint.path == endpoint.path && self.endpoint.api.client().is_same_scope(endpoint.api.client())
    }

    /// The same objects as another type.
    pub(crate) fn into_rows<U>(self) -> List<U> {
        List {
            endpoint: self.endpoint,
            filters: self.filters,
            settings: self.settings,
            limit_total: self.limit_total,
            #[cfg(feature = "schema")]
            is_strict: self.is_strict,
            kind: PhantomData,
        }
    }

    /// Adds a filter. Lookups are written as NetBox has them: `name__ic`, `mtu__gt`. A name with several values means any of them.
    pub fn with(mut self, name: &str, value: impl Into<FilterValue>) -> List<T> {
        self.filters.push(name, value.into());
        self
    }

    /// How the pages are read. Default: [`Paging::Auto`].
    pub fn paging(mut self, paging: Paging) -> List<T> {
        self.settings.paging = paging;
        self
    }

    /// How many objects a page has at most. Default: 250, 500, then 1,000. A page that the server does not manage is halved in any case, down to one object: a server that is silent for good is
    /// given up after eight time limits.
    pub fn page_size(mut self, objects: u64) -> List<T> {
        self.settings.page_size = Some(objects);
        self
    }

    /// Ends the iteration after so many objects. Default: none.
    pub fn limit_total(mut self, objects: u64) -> List<T> {
        self.limit_total = Some(objects);
        self
    }

    /// The order of the objects, as `name` or `-created`. It makes the pages be read by position, see [`Paging::Offset`]. Default: by id.
    pub fn ordering(mut self, field: impl Into<String>) -> List<T> {
        self.settings.ordering = Some(field.into());
        self
    }

    /// Skips so many objects. It makes the pages be read by position, see [`Paging::Offset`].
    pub fn offset(mut self, objects: u64) -> List<T> {
        self.settings.offset = Some(objects);
        self
    }

    /// Adds names to a parameter that lists them: of two such parameters NetBox would take the last.
    fn listing(mut self, parameter: &str, names: impl Iterator<Item = String>) -> List<T> {
        let mut all: Vec<String> = self.filters.values(parameter).flat_map(|value| value.split(',')).map(str::to_owned).collect();
        for name in names {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        self.filters.retain(|name| name != parameter);
        self.with(parameter, all.join(","))
    }

    /// Leaves the config context of devices and virtual machines out, which is slow to compute.
    pub fn without_config_context(self) -> List<T> {
        // Each is ignored by the releases that know the other: `omit` came in 4.5.2.
        self.listing("omit", ["config_context".to_owned()].into_iter()).with("exclude", "config_context")
    }

    /// The same objects with nothing but their ids.
    pub(super) fn only_ids(&self) -> List {
        let mut list: List = self.clone().into_rows();
        list.filters.retain(|name| !OUTPUT.contains(&name));
        if list.settings.offset.is_none() && list.limit_total.is_none() {
            // Which objects they are does not depend on their order, and by id none is lost.
            list.settings.ordering = None;
        }
        list.fields(["id"])
    }

    /// Whether filters narrow it, and all of them: NetBox ignores those with an empty value. Parameters of the output are none.
    ///
    /// # Errors
    /// A filter with an empty list of values.
    pub(super) fn is_narrowed(&self) -> Result<bool> {
        let mut values = self.filters.query()?.iter().filter(|(name, _)| is_filter(name)).peekable();
        Ok(values.peek().is_some() && values.all(|(_, value)| !value.trim().is_empty()))
    }

    /// All that is sent of the caller's: filters, and the ordering.
    #[cfg(feature = "schema")]
    pub(super) fn parameters(&self) -> Result<Query> {
        let mut query = self.filters.query()?.clone();
        self.settings.ordering.iter().for_each(|ordering| query.push("ordering", ordering));
        Ok(query)
    }

    fn check_where_strict(&self) -> Result<()> {
        #[cfg(feature = "schema")]
        self.check(self.endpoint.api.is_strict)?;
        Ok(())
    }

    /// How many objects an iteration gives, by one request: those that fit, within [`limit_total`](List::limit_total) and [`offset`](List::offset).
    ///
    /// # Errors
    /// No reply, a status of 400 and above, a list that does not say.
    pub fn count(&self) -> Result<u64> {
        self.check_where_strict()?;
        let mut query: Query =
            self.filters.query()?.iter().filter(|(name, _)| !matches!(*name, "brief" | "fields" | "omit" | "limit")).collect();
        query.push("limit", 1);
        query.push("fields", "id");
        let response = self.endpoint.api.client().get(&self.endpoint.path).queries(query.iter()).send()?;
        let page: Value = self.endpoint.accepted(response)?.json()?;
        let count = page["count"].as_u64().ok_or_else(|| {
            Error::new(ErrorKind::Decode, format!("the list of {} does not say how many it has", self.endpoint.path)).sent(true)
        })?;
        Ok(Part { offset: self.settings.offset.unwrap_or(0), limit: self.limit_total }.of(count))
    }

    /// Whether any object fits.
    ///
    /// # Errors
    /// As [`count`](List::count).
    pub fn exists(&self) -> Result<bool> {
        Ok(self.count()? > 0)
    }

    /// The text that an export template makes of the whole list, in its ordering.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 404 for a template that there is not.
    pub fn export(&self, template: &str) -> Result<String> {
        self.check_where_strict()?;
        let ordering = self.settings.ordering.iter().map(|ordering| ("ordering", ordering.as_str()));
        let request = self.endpoint.api.client().get(&self.endpoint.path).queries(self.filters.query()?.iter()).queries(ordering);
        let response = request.query("export", template).send()?;
        Ok(self.endpoint.accepted(response)?.text().into_owned())
    }

    /// The state of paging at its begin. Parameters of paging among the filters count as settings.
    pub(super) fn pager(&self) -> Result<(Pager, Part)> {
        self.check_where_strict()?;
        let mut settings = self.settings.clone();
        let mut filters = Query::default();
        for (name, value) in self.filters.query()?.iter() {
            let number = || value.parse().map_err(|_| Error::invalid_request(format!("{name} is not a number: {value:?}")));
            match name {
                "limit" => settings.page_size = Some(number()?),
                "offset" => settings.offset = Some(number()?),
                "ordering" => settings.ordering = Some(value.to_owned()),
                _ => filters.push(name, value),
            }
        }
        if let (None, Some(total)) = (settings.page_size, self.limit_total) {
            // A few objects need no large page.
            settings.page_size = Some(total.clamp(1, 250)).filter(|size| *size < 250);
        }
        let part = Part { offset: settings.offset.unwrap_or(0), limit: self.limit_total };
        Ok((Pager::new(filters, settings)?, part))
    }
}

impl List {
    /// Asks for the short form of the objects.
    pub fn brief(self) -> List {
        self.with("brief", true)
    }

    /// Asks for these members only, and for the id. Called again it adds to them.
    pub fn fields<S: AsRef<str>>(self, names: impl IntoIterator<Item = S>) -> List {
        self.listing("fields", ["id".to_owned()].into_iter().chain(names.into_iter().map(|name| name.as_ref().to_owned())))
    }

    /// In place of what was asked for before.
    pub(super) fn only_fields(mut self, names: &[&str]) -> List {
        self.filters.retain(|name| name != "fields");
        self.fields(names)
    }

    /// Asks for all members but these. Called again it adds to them.
    pub fn omit<S: AsRef<str>>(self, names: impl IntoIterator<Item = S>) -> List {
        self.listing("omit", names.into_iter().map(|name| name.as_ref().to_owned()))
    }
}

impl<T: Row> List<T> {
    /// The first object that fits.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn first(&self) -> Result<Option<T>> {
        self.clone().limit_total(self.limit_total.unwrap_or(1).min(1)).into_iter().next().transpose()
    }

    /// The one object that fits.
    pub(crate) fn only(self) -> Result<Option<T>> {
        let path = self.endpoint.path.clone();
        let mut found = self.limit_total(SHOWN_IDS as u64 + 1).into_iter().collect::<Result<Vec<_>>>()?;
        if found.len() > 1 {
            let ids: Vec<String> = found.iter().take(SHOWN_IDS).map(|row| row.key().to_string()).collect();
            let more = if found.len() > SHOWN_IDS { ", …" } else { "" };
            let error = Error::new(ErrorKind::MultipleObjects, format!("several {path} fit: {}{more}", ids.join(", "))).sent(true);
            return Err(error.with_hint("NetBox ignores filters that it does not know and those without a value: check their names"));
        }
        Ok(found.pop())
    }

    /// The objects, as [`IntoIterator`] gives them.
    pub fn iter(&self) -> Records<T> {
        self.clone().into_iter()
    }
}

impl<T: Row> IntoIterator for List<T> {
    type Item = Result<T>;
    type IntoIter = Records<T>;

    fn into_iter(self) -> Records<T> {
        let pager = self.pager();
        Records::new(self.endpoint, pager, T::read)
    }
}

impl<T: Row> IntoIterator for &List<T> {
    type Item = Result<T>;
    type IntoIter = Records<T>;

    fn into_iter(self) -> Records<T> {
        self.iter()
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> List<T> {
        List {
            endpoint: self.endpoint.clone(),
            filters: self.filters.clone(),
            settings: self.settings.clone(),
            limit_total: self.limit_total,
            #[cfg(feature = "schema")]
            is_strict: self.is_strict,
            kind: PhantomData,
        }
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("endpoint", &self.endpoint)
            .field("filters", &self.filters)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// The choices of a field, as `[{"value", "label"}]`, from the server's own description (`OPTIONS`).
    ///
    /// # Errors
    /// No reply, a status of 400 and above, a field that has no choices.
    pub fn choices(&self, field: &str) -> Result<Vec<Value>> {
        let response = self.api.client().request(http::Method::OPTIONS, &self.path).send()?;
        let response = self.accepted(response)?;
        let options: Value = response.json()?;
        let actions = options.get("actions").and_then(Value::as_object);
        let choices = actions.into_iter().flatten().find_map(|(_, fields)| fields.get(field)?.get("choices")?.as_array());
        let choices = choices.ok_or_else(|| match actions {
            Some(_) => response.error(ErrorKind::NotFound, format!("{} has no field {field:?} with choices", self.path)),
            None => response
                .error(ErrorKind::Forbidden, format!("the choices of {field:?} are not told"))
                .with_hint("NetBox tells them to users who may add or change these objects"),
        })?;
        Ok(choices.iter().map(|choice| json!({"value": choice["value"], "label": choice["display_name"]})).collect())
    }
}
