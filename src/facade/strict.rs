//! Filters that are checked before they are sent: NetBox ignores those that it does not know, and answers with everything.

use super::Api;
use super::list::{List, is_filter};
use crate::error::{Error, Result};
use crate::schema::{ResourceSchema, did_you_mean, nearest};

impl Api {
    /// The same resources, whose lists check their filters before anything is sent: names, lookups, choices and orderings, by what NetBox's documents say of the server's release line
    /// ([`Client::schema`](crate::Client::schema)), and custom fields by the server's own. Resources that the documents do not know, as those of plugins, are not checked.
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?.strict();
    /// let error = nb.dcim().devices().filter([("nmae", "sw-1")]).count().unwrap_err();
    /// assert!(error.to_string().contains("Did you mean name?"));
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn strict(&self) -> Api {
        Api { is_strict: true, ..self.clone() }
    }
}

impl<T> List<T> {
    /// Checks the filters before anything is sent: see [`Api::strict`].
    pub fn strict(mut self) -> List<T> {
        self.is_strict = Some(true);
        self
    }

    /// Sends the filters as they are. Default for reading: what [`Api::strict`] says.
    pub fn lenient(mut self) -> List<T> {
        self.is_strict = Some(false);
        self
    }

    /// Finds what NetBox would ignore.
    pub(super) fn check(&self, is_strict_by_default: bool) -> Result<()> {
        if !self.is_strict.unwrap_or(is_strict_by_default) {
            return Ok(());
        }
        let query = self.parameters()?;
        if query.is_empty() {
            return Ok(());
        }
        let api = &self.endpoint.api;
        let index = api.client().schema()?;
        // What was found by asking plugins says nothing of filters.
        let Some(resource) = index.resources.get(&self.endpoint.path).filter(|resource| !resource.filters.is_empty()) else {
            return Ok(());
        };
        let mut custom_fields = Vec::new();
        for (name, value) in query.iter() {
            match name.strip_prefix("cf_") {
                Some(field) => custom_fields.push(field.split("__").next().unwrap_or(field)),
                None if name == "ordering" => check_ordering(&self.endpoint.path, resource, value)?,
                None if !is_filter(name) => {}
                None => check_filter(&self.endpoint.path, resource, name, value)?,
            }
        }
        if custom_fields.is_empty() {
            return Ok(());
        }
        let known = api.extras().custom_fields().all().lenient().fields(["name"]).into_iter();
        let known = known.map(|field| Ok(field?.str("name").unwrap_or_default().to_owned())).collect::<Result<Vec<String>>>()?;
        match custom_fields.into_iter().find(|field| !known.iter().any(|name| name == field)) {
            Some(field) => {
                Err(ignored(format!("the server has no custom field {field:?}"), &nearest(field, known.iter().map(String::as_str))))
            }
            None => Ok(()),
        }
    }
}

fn check_filter(path: &str, resource: &ResourceSchema, name: &str, value: &str) -> Result<()> {
    let Some((filter, lookup)) = resource.filter(name) else {
        return Err(ignored(format!("{path} has no filter {name:?}"), &resource.suggest_filter(name)));
    };
    let is_choice = filter.choices.is_empty() || !matches!(lookup, None | Some("n")) || value == "null" || filter.choices.contains(value);
    if is_choice {
        return Ok(());
    }
    let error = Error::invalid_request(format!("{value:?} is no choice of the filter {name} of {path}"));
    let suggestions = nearest(value, filter.choices.iter().map(String::as_str));
    Err(error.with_hint(
        did_you_mean(&suggestions)
            .unwrap_or_else(|| format!("There are {}", filter.choices.iter().map(String::as_str).collect::<Vec<_>>().join(", "))),
    ))
}

/// Orderings go through related objects, too: `site__name`.
fn check_ordering(path: &str, resource: &ResourceSchema, ordering: &str) -> Result<()> {
    for field in ordering.split(',').map(|field| field.trim().trim_start_matches('-')) {
        let first = field.split("__").next().unwrap_or(field);
        let is_known = |name: &str| name == "pk" || resource.fields.contains_key(name);
        if !is_known(first) && !first.strip_suffix("_id").is_some_and(is_known) {
            let suggestions = nearest(first, resource.fields.keys().map(String::as_str));
            return Err(ignored(format!("{path} has no field {field:?} to order by"), &suggestions));
        }
    }
    Ok(())
}

fn ignored<S: AsRef<str>>(problem: String, suggestions: &[S]) -> Error {
    let hint = "NetBox would ignore it, and answer with everything";
    Error::invalid_request(problem)
        .with_hint(did_you_mean(suggestions).map_or_else(|| hint.to_owned(), |question| format!("{question} {hint}")))
}
