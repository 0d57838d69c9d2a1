//! Filters that NetBox would ignore, and answer with everything.

use super::index::{Filter, Kind, ResourceSchema, SchemaIndex};
use super::suggest::{did_you_mean, nearest};
use crate::error::{Error, Result};
use crate::query::{Query, is_filter};

/// Whether NetBox takes a value for true or false. It ignores anything else, `TRUE` and `1` too.
pub(crate) fn boolean(value: &str) -> Option<bool> {
    match value {
        "true" | "True" | "2" => Some(true),
        "false" | "False" | "3" => Some(false),
        _ => None,
    }
}

impl SchemaIndex {
    /// Checks the parameters of a list: NetBox ignores a filter, a lookup, an ordering or a value that it does not know, and answers with everything. Custom fields (`cf_…`) are the server's own,
    /// and pass. So do all parameters of a plugin's resource whose filters the index does not know, as after [`discover`](crate::Plugins::discover).
    ///
    /// ```
    /// use netbox_sdk::{Query, ReleaseLine, build_schema_index};
    ///
    /// let index = build_schema_index(ReleaseLine::V4_7)?;
    /// let error = index.check_filters("dcim/devices", &Query::parse("nmae=sw-1")?).unwrap_err();
    /// assert!(error.to_string().contains("Did you mean name?"));
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest): the first that NetBox would ignore, with the names that are written alike; a value that is none of the choices.
    pub fn check_filters(&self, path: &str, query: &Query) -> Result<()> {
        let path = path.trim_matches('/');
        let Some(resource) = self.resources.get(path) else { return Ok(()) };
        // NetBox has lists without filters; of those of plugins, maybe nobody told.
        if resource.filters.is_empty() && path.starts_with("plugins/") {
            return Ok(());
        }
        query.iter().try_for_each(|(name, value)| match name {
            "ordering" => check_ordering(path, resource, value),
            _ if !is_filter(name) => Ok(()),
            _ if value.trim().is_empty() => Err(ignored(format!("the filter {name} of {path} has no value"), &[""; 0])),
            _ if name.starts_with("cf_") => Ok(()),
            _ => check_filter(path, resource, name, value),
        })
    }
}

fn check_filter(path: &str, resource: &ResourceSchema, name: &str, value: &str) -> Result<()> {
    let Some((filter, lookup)) = resource.filter(name) else {
        return Err(ignored(format!("{path} has no filter {name:?}"), &resource.suggest_filter(name)));
    };
    if takes_boolean(filter, lookup) && boolean(value).is_none() {
        return Err(ignored(format!("{value:?} is no value of the filter {name} of {path}, which is true or false"), &[""; 0]));
    }
    let is_choice = filter.choices.is_empty() || !matches!(lookup, None | Some("n")) || value == "null" || filter.choices.contains(value);
    if is_choice {
        return Ok(());
    }
    let error = Error::invalid_request(format!("{value:?} is no choice of the filter {name} of {path}"));
    let suggestions = nearest(value, filter.choices.iter().map(String::as_str));
    let known = || format!("There are {}", filter.choices.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
    let hint = did_you_mean(&suggestions).unwrap_or_else(known);
    Err(error.with_hint(format!("{hint} A server's own choices are known after Client::live_schema")))
}

fn takes_boolean(filter: &Filter, lookup: Option<&str>) -> bool {
    match lookup {
        Some(lookup) => matches!(lookup, "empty" | "isnull"),
        None => filter.kind == Kind::Boolean && !filter.repeats,
    }
}

/// The fields that objects have themselves. What is told of related ones, as `site__name`, is ignored.
fn check_ordering(path: &str, resource: &ResourceSchema, ordering: &str) -> Result<()> {
    let fields: Vec<&str> = resource.fields.keys().map(String::as_str).filter(|name| !MADE.contains(name)).collect();
    let mut wanted = ordering.split(',').map(|field| field.trim().trim_start_matches('-'));
    match wanted.find(|field| !fields.contains(field)).filter(|_| !fields.is_empty()) {
        Some(field) => Err(ignored(format!("{path} has no field {field:?} to order by"), &nearest(field, fields.into_iter()))),
        None => Ok(()),
    }
}

/// Fields that the API makes up.
const MADE: [&str; 3] = ["display", "url", "display_url"];

pub(crate) fn ignored<S: AsRef<str>>(problem: String, suggestions: &[S]) -> Error {
    let hint = "NetBox would ignore it, and answer with everything";
    Error::invalid_request(problem)
        .with_hint(did_you_mean(suggestions).map_or_else(|| hint.to_owned(), |question| format!("{question} {hint}")))
}
