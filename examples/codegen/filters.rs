//! The filters of lists: a method for each parameter, written once for all resources that have it, and which resources these are.

use std::collections::{BTreeMap, BTreeSet};

use netbox_sdk::schema::{Filter, Kind as SchemaKind};
use netbox_sdk::{ReleaseLine, SchemaIndex};

use super::components::{Component, Kind, Line};
use super::groups::{self, Group, Owner};

/// What the values of a parameter are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Value {
    /// As Rust has it, by the name of its type where that is one for texts out of some.
    pub(crate) kind: String,
    /// Whether that type is one for texts out of some.
    pub(crate) is_named: bool,
    /// Whether there may be several.
    pub(crate) repeats: bool,
}

/// Lookups whose values are texts, whatever the values of the filter are.
const TEXT_LOOKUPS: [&str; 10] = ["ic", "ie", "iew", "iregex", "isw", "nic", "nie", "niew", "nisw", "regex"];

/// The parameters of all lists whose objects have a type. The lines are told the groups of each of their lists.
pub(crate) fn group(lines: &mut [Line], indices: &BTreeMap<ReleaseLine, SchemaIndex>) -> Vec<Group<Value>> {
    let mut parameters = BTreeMap::<String, BTreeMap<Owner, Value>>::new();
    for (number, line) in lines.iter().enumerate() {
        for (path, component) in &line.resources {
            let list = (number, component.clone());
            for (base, filter) in &indices[&line.line].resources[path].filters {
                let value = value(base, filter, &line.components[component]);
                for lookup in &filter.lookups {
                    parameters.entry(format!("{base}__{lookup}")).or_default().insert(list.clone(), with_lookup(&value, lookup));
                }
                parameters.entry(base.clone()).or_default().insert(list.clone(), value);
            }
        }
    }
    let (groups, owned) = groups::group(&parameters, |value| value.is_named);
    for (number, line) in lines.iter_mut().enumerate() {
        line.filters = groups::of_line(&owned, number, line.resources.values());
    }
    groups
}

/// The method of each parameter: `name_ic` for `name__ic`. Where another parameter is called so, it keeps both strokes.
pub(crate) fn methods(groups: &[Group<Value>]) -> BTreeMap<&str, String> {
    let names: BTreeSet<&str> = groups.iter().flat_map(|group| &group.methods).map(|method| method.name.as_str()).collect();
    let method = |name: &str| {
        let method = name.replace("__", "_");
        if name != method && names.contains(method.as_str()) { name.to_owned() } else { method }
    };
    names.iter().map(|name| (*name, method(name))).collect()
}

fn value(name: &str, filter: &Filter, component: &Component) -> Value {
    let field = component.fields.iter().find(|field| field.name == name).map(|field| field.kind.innermost());
    let own = |kind: &str| Value { kind: kind.to_owned(), is_named: false, repeats: filter.repeats };
    match (filter.kind, field) {
        // A few texts are called so as well. The documents say of many ids that they are texts.
        (_, field) if (name == "id" || name.ends_with("_id")) && !matches!(field, Some(Kind::Text)) => own("Reference"),
        // The document of 4.3 says of some types of objects that they are numbers. They are texts: `dcim.interface`.
        (SchemaKind::Integer, _) if name.ends_with("object_type") => own("String"),
        (SchemaKind::Integer, _) => own("i64"),
        (SchemaKind::Number, _) => own("f64"),
        (SchemaKind::Boolean, _) => own("bool"),
        (SchemaKind::Date, _) => own("Date"),
        (SchemaKind::DateTime, _) => own("DateTime"),
        (_, Some(Kind::Named(kind))) if !filter.choices.is_empty() => Value { is_named: true, ..own(kind) },
        _ => own("String"),
    }
}

fn with_lookup(value: &Value, lookup: &str) -> Value {
    let other = |kind: &str, repeats| Value { kind: kind.to_owned(), is_named: false, repeats };
    match lookup {
        "empty" => other("bool", false),
        lookup if TEXT_LOOKUPS.contains(&lookup) => other("String", true),
        _ => value.clone(),
    }
}
