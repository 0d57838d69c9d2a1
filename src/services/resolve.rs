//! Group, resource and action as a request.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::action::Action;
use super::body::kind;
use crate::error::{Error, Result};
use crate::facade::Id;
use crate::query::Query;
use crate::schema::{Method, ResourceSchema, SchemaIndex, did_you_mean, listed, nearest};

/// A request that the index knows: made by [`resolve_dynamic_request`].
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ResolvedRequest {
    /// The method.
    pub method: http::Method,
    /// Below `/api/`, with a slash at its end: `dcim/devices/42/`.
    pub path: String,
    /// The parameters as they were given.
    pub query: Query,
    /// The body.
    pub payload: Option<Value>,
}

/// Without the values of the body.
impl fmt::Debug for ResolvedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolvedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("payload", &self.payload.as_ref().map(kind))
            .finish()
    }
}

/// Words as a request, checked against an index. Nothing is sent.
///
/// | action | is | body |
/// | --- | --- | --- |
/// | `list`, `get` | `GET` of the list, of one object | |
/// | `create`, `update`, `patch` | `POST`, `PUT`, `PATCH` | an object |
/// | `delete` | `DELETE` of one object | |
/// | `run` | `POST` to one object: a script | an object |
/// | `bulk-create` | `POST` to the list | a list of objects |
/// | `bulk-update`, `bulk-patch` | `PUT`, `PATCH` of the list | a list of objects, each with its `id` |
/// | `bulk-delete` | `DELETE` of the list | a list of ids, or of objects with their `id` |
/// | `trace`, `available-ips`, `provision`, … | what is below an object or the list: `POST` with a body where that is taken, else `GET`; the only method where there is one. What has the name of an action above is meant where that is not offered | any |
///
/// Underscores are as good as dashes: `ip_addresses`, `bulk_patch`. The group of a plugin is `plugins/gpon`; what stands directly below `/api/`, as `status`, is of the group with the
/// empty name. What is one thing and no list, as `extras/dashboard`, has `get`, `update`, `patch` and `delete` without an id.
///
/// ```
/// use netbox_sdk::services::resolve_dynamic_request;
/// use netbox_sdk::{Query, ReleaseLine, build_schema_index};
///
/// let index = build_schema_index(ReleaseLine::V4_7)?;
/// let request = resolve_dynamic_request(&index, "ipam", "ip_addresses", "get", Some("42"), Query::default(), None)?;
/// assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "ipam/ip-addresses/42/"));
/// let error = resolve_dynamic_request(&index, "dcim", "device", "list", None, Query::default(), None).unwrap_err();
/// assert!(error.to_string().contains("Did you mean devices"));
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest): a group, resource or action that is not there, with the nearest that are; an id or a body that is missing, superfluous
/// or of the wrong form. A message never holds values of the body.
pub fn resolve_dynamic_request(
    index: &SchemaIndex,
    group: &str,
    resource: &str,
    action: &str,
    object_id: Option<&str>,
    query: Query,
    payload: Option<Value>,
) -> Result<ResolvedRequest> {
    let (resource, schema) = find(index, group, resource)?;
    let id = object_id.map(segment).transpose()?;
    let name = dashed(action);
    let what = format!("{name} of {resource}");
    let wrong = |reason: &str, hint: Option<String>| hinted(Error::invalid_request(format!("{what} {reason}")), hint);
    let (method, path, payload) = if let Some(action) = Action::offered_by(schema).find(|action| action.name == name) {
        let counterpart = action.counterpart(schema);
        let path = match (action.needs_id(schema), id) {
            (true, Some(id)) => format!("{resource}/{id}/"),
            (false, None) => format!("{resource}/"),
            (true, None) => {
                let other = counterpart.filter(|other| !other.needs_id(schema));
                return Err(wrong("needs an id", other.map(|other| format!("Without one there is {}", other.name))));
            }
            (false, Some(_)) => {
                let other = counterpart.filter(|other| other.needs_id(schema));
                return Err(wrong("takes no id", other.map(|other| format!("With one there is {}", other.name))));
            }
        };
        let fitting = payload.as_ref().and_then(|payload| Some((counterpart.filter(|other| other.body.is_like(payload))?, kind(payload))));
        let hint = fitting.map(|(other, kind)| format!("For {kind} there is {}", other.name));
        (action.method, path, action.body.checked(&what, payload).map_err(|error| hinted(error, hint))?)
    } else {
        let below_object = named(&schema.object_paths, &name, "");
        let below_list = named(&schema.list_paths, &name, "");
        let items = named(&schema.list_paths, &name, "/{id}");
        let (path, methods) = match (id, below_object, below_list, items) {
            (_, None, None, None) => return Err(unknown_action(resource, schema, action)),
            (Some(id), Some((own, methods)), _, _) => (format!("{resource}/{id}/{own}/"), methods),
            (Some(id), None, _, Some((own, methods))) => (format!("{resource}/{own}/{id}/"), methods),
            (Some(_), None, _, None) => return Err(wrong("takes no id", None)),
            (None, _, Some((own, methods)), _) => (format!("{resource}/{own}/"), methods),
            (None, _, None, _) => return Err(wrong("needs an id", None)),
        };
        let fitting = match payload {
            Some(_) => [Method::Post, Method::Put, Method::Patch],
            None => [Method::Get, Method::Post, Method::Delete],
        };
        let method = fitting.into_iter().find(|method| methods.contains(method));
        let refusal = if payload.is_some() { "takes no body" } else { "needs a body" };
        (method.ok_or_else(|| wrong(refusal, None))?, path, payload)
    };
    Ok(ResolvedRequest { method: method.into(), path, query, payload })
}

fn find<'a>(index: &'a SchemaIndex, group: &str, resource: &str) -> Result<(&'a str, &'a ResourceSchema)> {
    let wanted = if group.is_empty() { resource.to_owned() } else { format!("{group}/{resource}") };
    // Slugs of custom objects may hold underscores.
    let exact = index.resources.get_key_value(&wanted);
    if let Some((path, schema)) = exact.or_else(|| index.resources.iter().find(|(path, _)| dashed(path) == dashed(&wanted))) {
        return Ok((path, schema));
    }
    let Some(known) = index.groups().chain([""]).find(|known| dashed(known) == dashed(group)) else {
        let plugin = format!("plugins/{}", dashed(group));
        let near = match index.groups().find(|known| dashed(known) == plugin) {
            Some(plugin) => vec![plugin],
            None => index.suggest_group(group),
        };
        let hint = did_you_mean(&near).or_else(|| Some(format!("The groups are {}", listed(&index.groups().collect::<Vec<_>>()))));
        return Err(hinted(Error::invalid_request(format!("there is no group {group:?}")), hint));
    };
    let elsewhere = format!("/{}", dashed(resource));
    let elsewhere: Vec<&str> = index.resources.keys().filter(|path| dashed(path).ends_with(&elsewhere)).map(String::as_str).collect();
    let near = if elsewhere.is_empty() { index.suggest_resource(known, resource) } else { elsewhere };
    let place = if known.is_empty() { "directly below /api/".to_owned() } else { format!("in {known}") };
    Err(hinted(Error::invalid_request(format!("there is no resource {resource:?} {place}")), did_you_mean(&near)))
}

fn unknown_action(resource: &str, schema: &ResourceSchema, action: &str) -> Error {
    let sub_paths = schema.object_paths.keys().chain(schema.list_paths.keys()).map(String::as_str).filter(|path| !path.contains('{'));
    let offered: Vec<&str> = Action::offered_by(schema).map(|action| action.name).chain(sub_paths).collect();
    let near = if Action::is_known(&dashed(action)) { Vec::new() } else { nearest(&dashed(action), offered.iter().copied()) };
    let hint = did_you_mean(&near).unwrap_or_else(|| format!("It has {}", listed(&offered)));
    Error::invalid_request(format!("{resource} has no action {action:?}")).with_hint(hint)
}

fn hinted(error: Error, hint: Option<String>) -> Error {
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// The sub-path with this name, which has something behind it.
fn named<'a>(paths: &'a BTreeMap<String, BTreeSet<Method>>, name: &str, end: &str) -> Option<(&'a str, &'a BTreeSet<Method>)> {
    paths.iter().find_map(|(path, methods)| Some((path.strip_suffix(end).filter(|path| dashed(path) == name)?, methods)))
}

/// The id as a segment of a path.
fn segment(id: &str) -> Result<String> {
    match id.trim() {
        "" => Err(Error::invalid_request("the id is empty")),
        "." | ".." => Err(Error::invalid_request(format!("{id:?} is no id"))),
        id => Ok(Id::from(id).segment()),
    }
}

/// Underscores and dashes are the same in what people type.
fn dashed(name: &str) -> String {
    name.replace('_', "-")
}
