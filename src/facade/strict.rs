//! Filters that are checked before they are sent: NetBox ignores those that it does not know, and answers with everything.

use super::Api;
use serde_json::Value;

use super::list::List;
use super::record::Record;
use crate::error::{ErrorKind, Result};
use crate::schema::{boolean, ignored, nearest};

impl Api {
    /// The same resources, whose lists check their filters before anything is sent: names, lookups, choices and orderings, by what NetBox's documents say of the server's release line
    /// ([`Client::schema`](crate::Client::schema)), and custom fields by the server's own. Resources of plugins are checked after [`Client::live_schema`](crate::Client::live_schema) only, custom
    /// objects never: nothing else tells their filters.
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
        // An endpoint may be named by its URL.
        let Some(path) = api.client().config().base_url.api_path(&self.endpoint.path) else { return Ok(()) };
        let Some(resource) = index.resources.get(&path) else { return Ok(()) };
        index.check_filters(&path, &query)?;
        let custom: Vec<(&str, &str)> = query.iter().filter_map(|(name, value)| Some((name.strip_prefix("cf_")?, value))).collect();
        if custom.is_empty() {
            return Ok(());
        }
        let known = api.extras().custom_fields().all().lenient().fields(["name", "type", "filter_logic", "object_types"]).into_iter();
        let known = known.collect::<Result<Vec<Record>>>().map_err(|error| match error.kind() {
            ErrorKind::Forbidden => {
                error.with_hint("Custom fields can only be checked by who may see them; lenient() sends filters as they are")
            }
            _ => error,
        })?;
        custom.into_iter().try_for_each(|(parameter, value)| {
            let (name, lookup) = parameter.split_once("__").map_or((parameter, None), |(name, lookup)| (name, Some(lookup)));
            let Some(field) = known.iter().find(|field| field.str("name") == Some(name)) else {
                let near = nearest(name, known.iter().filter_map(|field| field.str("name")));
                return Err(ignored(format!("the server has no custom field {name:?}"), &near));
            };
            // Lookups came with one line or another, for all fields alike.
            let is_later = lookup.is_some_and(|lookup| !resource.filters.values().any(|filter| filter.lookups.contains(lookup)));
            match problem(field, &path, lookup, value).or_else(|| is_later.then(|| "has no such lookup on this server".to_owned())) {
                Some(problem) => Err(ignored(format!("the custom field {name} {problem}"), &[""; 0])),
                None => Ok(()),
            }
        })
    }
}

/// Why NetBox would ignore a filter by a custom field.
fn problem(field: &Record, path: &str, lookup: Option<&str>, value: &str) -> Option<String> {
    let types = field.get("object_types").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if !path.starts_with("plugins/") && !types.into_iter().any(|object_type| is_of(object_type, path)) {
        return Some(format!("is none of {path}"));
    }
    let logic = field.str("filter_logic.value").unwrap_or_default();
    let kind = field.str("type.value").unwrap_or_default();
    let lookups: &[&str] = match kind {
        _ if logic == "disabled" => return Some("cannot be filtered by: its filter logic is disabled".to_owned()),
        "text" | "longtext" | "url" if logic == "loose" => &[],
        "text" | "longtext" | "url" | "select" => {
            &["n", "ic", "nic", "iew", "niew", "isw", "nisw", "ie", "nie", "empty", "regex", "iregex"]
        }
        "integer" | "decimal" | "date" | "datetime" | "object" => &["n", "lte", "lt", "gte", "gt", "empty"],
        "boolean" | "multiselect" | "multiobject" => &[],
        _ => return Some(format!("cannot be filtered by: it is of type {kind}")),
    };
    match lookup {
        Some(lookup) if !lookups.contains(&lookup) => {
            Some(format!("has no lookup {lookup:?}, of type {kind} and with filter logic {logic}"))
        }
        Some("empty") if boolean(value).is_none() => Some(format!("is empty or not, true or false, not {value:?}")),
        None if kind == "boolean" && boolean(value).is_none() => Some(format!("is true or false, not {value:?}")),
        _ => None,
    }
}

/// Whether the objects of a list are of a type, as those of `dcim/mac-addresses` are of `dcim.macaddress` and those of `virtualization/interfaces` of `virtualization.vminterface`.
fn is_of(object_type: &str, path: &str) -> bool {
    let Some(((app, model), (group, name))) = object_type.split_once('.').zip(path.split_once('/')) else { return false };
    let name = name.replace('-', "");
    let stem = model.strip_suffix('y').unwrap_or(model);
    app == group
        && [model.to_owned(), format!("{model}s"), format!("{model}es"), format!("{stem}ies")].iter().any(|plural| plural.ends_with(&name))
}
