//! What a NetBox offers, as plain data: groups, resources, operations, filters and fields.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::line::ReleaseLine;
use super::suggest::nearest;

/// What can be asked of a NetBox: made by [`build_schema_index`](super::build_schema_index) without a server, or by [`SchemaIndex::from_openapi`] from a document.
///
/// ```
/// use netbox_sdk::{ReleaseLine, build_schema_index};
///
/// let index = build_schema_index(ReleaseLine::V4_7)?;
/// let devices = index.resource("dcim", "devices").expect("NetBox has devices");
/// assert!(devices.filters["status"].lookups.contains("n"));
/// assert_eq!(devices.fields["site"].reference.as_deref(), Some("dcim/sites"));
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
///
/// It goes to JSON and back by serde; what is empty is left out there, and later releases of this crate add members and take none away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SchemaIndex {
    /// The line that it describes, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<ReleaseLine>,
    /// The resources by their path below `/api/`, as `dcim/devices` and `plugins/gpon/olts`.
    pub resources: BTreeMap<String, ResourceSchema>,
}

/// One resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResourceSchema {
    /// The methods of the list: `GET` lists, `POST` creates, `PUT`, `PATCH` and `DELETE` are bulk writes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub list: BTreeSet<Method>,
    /// The methods of one object.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub object: BTreeSet<Method>,
    /// What is below an object, as `trace`, with its methods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub object_paths: BTreeMap<String, BTreeSet<Method>>,
    /// What is below the list and is no object, as `provision` of `users/tokens`, with its methods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub list_paths: BTreeMap<String, BTreeSet<Method>>,
    /// The filters by their names without a lookup.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, Filter>,
    /// The fields of an object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Field>,
}

/// A method of HTTP, as far as NetBox uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or does.
    Post,
    /// Changes all members.
    Put,
    /// Changes the members that are named.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// In the order of the documents.
    pub const ALL: [Method; 5] = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];

    /// In capitals, as HTTP has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

impl From<Method> for http::Method {
    fn from(method: Method) -> http::Method {
        match method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        }
    }
}

/// A filter of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Filter {
    /// What its values are.
    #[serde(default, skip_serializing_if = "Kind::is_text")]
    pub kind: Kind,
    /// Whether it may be repeated: any of these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeats: bool,
    /// The values that it takes, where they are listed. A server's configuration may add some.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub choices: BTreeSet<String>,
    /// What may stand behind its name and two underscores: `name__ic`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lookups: BTreeSet<String>,
}

/// A field of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// What its value is.
    #[serde(default, skip_serializing_if = "Kind::is_text")]
    pub kind: Kind,
    /// Whether it is a list of such values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_list: bool,
    /// Whether a new object needs it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Whether it cannot be written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// Whether it can be null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nullable: bool,
    /// The values that it takes, where they are listed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub choices: BTreeSet<String>,
    /// The resource that it leads to, as `dcim/sites`. `None` too where the object may be of several resources, as the `scope` of a prefix, whose `scope_type` says which one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A text, a choice among them.
    #[default]
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A day, `2026-11-23`.
    Date,
    /// A moment, `2026-11-23T10:00:00Z`.
    DateTime,
    /// A related object: read as an object, written as its id.
    Object,
    /// Any JSON.
    Json,
    /// A file.
    File,
}

impl Kind {
    fn is_text(&self) -> bool {
        *self == Kind::Text
    }
}

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target<'a> {
    /// The resource below `/api/`.
    pub resource: &'a str,
    /// The object, by its id as the path has it.
    pub object_id: Option<&'a str>,
    /// What is below the object, or the list.
    pub sub_path: Option<&'a str>,
    /// The methods that it takes.
    pub methods: &'a BTreeSet<Method>,
    /// Whether the object is one of the sub-path, not the sub-path one of the object.
    is_of_sub_path: bool,
}

impl SchemaIndex {
    /// The groups: `circuits`, `core`, `dcim`, …, and `plugins/<name>` for each plugin. What stands directly below `/api/`, as `status`, is of the group with the empty name, which is not among
    /// them.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        let groups: BTreeSet<&str> = self.resources.keys().map(|path| group_of(path)).filter(|group| !group.is_empty()).collect();
        groups.into_iter()
    }

    /// The names of the resources of a group.
    pub fn resources_of<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a str> {
        self.resources.keys().filter(move |path| group_of(path) == group).map(|path| name_of(path))
    }

    /// One resource.
    pub fn resource(&self, group: &str, name: &str) -> Option<&ResourceSchema> {
        self.resources.get(&path_of(group, name))
    }

    /// Where a path leads, with or without `/api/` before it. `None` where the index knows no such path.
    pub fn target<'a>(&'a self, path: &'a str) -> Option<Target<'a>> {
        let path = path.split('?').next().unwrap_or_default().trim_matches('/');
        let path = path.strip_prefix("api/").unwrap_or(path);
        // The longest that is known: plugins may have maps of names within each other.
        let mut ends = std::iter::once(path.len()).chain(path.rmatch_indices('/').map(|(end, _)| end));
        let (end, (resource, schema)) = ends.find_map(|end| Some((end, self.resources.get_key_value(&path[..end])?)))?;
        let rest = path[end..].trim_start_matches('/');
        let target = |object_id, sub_path, is_of_sub_path, methods: &'a BTreeSet<Method>| {
            (!methods.is_empty()).then_some(Target { resource, object_id, sub_path, methods, is_of_sub_path })
        };
        if rest.is_empty() {
            return target(None, None, false, &schema.list);
        }
        if let Some(methods) = schema.list_paths.get(rest) {
            return target(None, Some(rest), false, methods);
        }
        let Some((first, below)) = rest.split_once('/') else { return target(Some(rest), None, false, &schema.object) };
        match schema.list_paths.iter().find(|(path, _)| path.strip_suffix("/{id}") == Some(first)) {
            Some((_, methods)) if !below.contains('/') => target(Some(below), Some(first), true, methods),
            _ => target(Some(first), Some(below), false, schema.object_paths.get(below)?),
        }
    }

    /// Adds what [`discover`](crate::Plugins::discover) found. Where both have a resource, what this index says of a filter, a field or a sub-path stays, for it says more; which methods there are,
    /// the server said last.
    #[must_use]
    pub fn with_discovered(mut self, found: SchemaIndex) -> SchemaIndex {
        for (path, mut resource) in found.resources {
            if let Some(known) = self.resources.remove(&path) {
                resource.object_paths.extend(known.object_paths);
                resource.list_paths.extend(known.list_paths);
                resource.filters.extend(known.filters);
                resource.fields.extend(known.fields);
            }
            self.resources.insert(path, resource);
        }
        self
    }

    /// The groups that are written most alike, the nearest first.
    pub fn suggest_group<'a>(&'a self, group: &str) -> Vec<&'a str> {
        nearest(group, self.groups())
    }

    /// The resources of a group that are written most alike, the nearest first.
    pub fn suggest_resource<'a>(&'a self, group: &'a str, name: &str) -> Vec<&'a str> {
        nearest(name, self.resources_of(group))
    }
}

impl Target<'_> {
    /// The path that leads there, below `/api/` and with a slash at its end.
    pub fn path(&self) -> String {
        let resource = self.resource;
        match (self.object_id, self.sub_path) {
            (None, None) => format!("{resource}/"),
            (Some(id), None) => format!("{resource}/{id}/"),
            (None, Some(sub)) => format!("{resource}/{sub}/"),
            (Some(id), Some(sub)) if self.is_of_sub_path => format!("{resource}/{sub}/{id}/"),
            (Some(id), Some(sub)) => format!("{resource}/{id}/{sub}/"),
        }
    }
}

/// What people know from Django, and what NetBox has for it.
const DJANGO_LOOKUPS: [(&str, &str); 11] = [
    ("in", ""),
    ("exact", ""),
    ("iexact", "ie"),
    ("contains", "ic"),
    ("icontains", "ic"),
    ("startswith", "isw"),
    ("istartswith", "isw"),
    ("endswith", "iew"),
    ("iendswith", "iew"),
    ("isnull", "empty"),
    ("ne", "n"),
];

impl ResourceSchema {
    /// The filter and the lookup that a parameter names, as `name` and `ic` of `name__ic`.
    pub fn filter<'a>(&'a self, parameter: &'a str) -> Option<(&'a Filter, Option<&'a str>)> {
        if let Some(filter) = self.filters.get(parameter) {
            return Some((filter, None));
        }
        let (name, lookup) = parameter.rsplit_once("__")?;
        let filter = self.filters.get(name)?;
        filter.lookups.contains(lookup).then_some((filter, Some(lookup)))
    }

    /// What may be meant by a parameter that is none: for a lookup of Django the one that NetBox has, for a relation its filter by id, else those that are written most alike, the nearest
    /// first.
    pub fn suggest_filter(&self, parameter: &str) -> Vec<String> {
        let (name, lookup) = parameter.split_once("__").unwrap_or((parameter, ""));
        let django = DJANGO_LOOKUPS.iter().find(|(django, _)| *django == lookup).map(|(_, own)| match *own {
            "" => name.to_owned(),
            own => format!("{name}__{own}"),
        });
        let of_relation = lookup.is_empty().then(|| format!("{name}_id"));
        if let Some(meant) = django.into_iter().chain(of_relation).find(|meant| self.filter(meant).is_some()) {
            return vec![meant];
        }
        let all: Vec<String> = self
            .filters
            .iter()
            .flat_map(|(name, filter)| {
                std::iter::once(name.clone()).chain(filter.lookups.iter().map(move |lookup| format!("{name}__{lookup}")))
            })
            .collect();
        let near = nearest(parameter, all.iter().map(String::as_str));
        let near =
            if near.is_empty() { self.filters.get_key_value(name).into_iter().map(|(name, _)| name.as_str()).collect() } else { near };
        near.into_iter().map(str::to_owned).collect()
    }
}

pub(super) fn path_of(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") }
}

fn group_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(group, _)| group)
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
