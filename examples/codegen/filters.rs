//! The filters of lists: a method for each parameter, written once for all resources that have it, and which resources these are.

use std::collections::BTreeMap;

use netbox_sdk::schema::{Filter, Kind as SchemaKind};
use netbox_sdk::{ReleaseLine, SchemaIndex};

use super::choices::camel;
use super::components::{Component, Kind, Line};

/// The number of a line, and the objects that are listed there.
type List = (usize, String);

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

/// The groups of a list by their names, with the value of the parameters whose value differs from list to list.
pub(crate) type Groups = Vec<(String, Option<Value>)>;

/// Parameters that the same lists have, so that one trait tells of them all.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) method: String,
    /// `None` where it is not the same in all lists.
    pub(crate) value: Option<Value>,
}

/// Lookups whose values are texts, whatever the values of the filter are.
const TEXT_LOOKUPS: [&str; 10] = ["ic", "ie", "iew", "iregex", "isw", "nic", "nie", "niew", "nisw", "regex"];

/// The parameters of all lists whose objects have a type. The lines are told the groups of each of their lists, with the value of their parameters where that differs from list to list.
pub(crate) fn group(lines: &mut [Line], indices: &BTreeMap<ReleaseLine, SchemaIndex>) -> Vec<Group> {
    let mut parameters = BTreeMap::<String, BTreeMap<List, Value>>::new();
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
    let methods = methods(&parameters);
    let mut groups = BTreeMap::<BTreeMap<List, Option<Value>>, Vec<Parameter>>::new();
    for (name, lists) in &parameters {
        let first = lists.values().next().expect("a parameter is of a list");
        let value = (!first.is_named && lists.values().all(|value| value == first)).then(|| first.clone());
        let lists = lists.iter().map(|(list, own)| (list.clone(), value.is_none().then(|| own.clone()))).collect();
        let parameter = Parameter { name: name.clone(), method: methods[name].clone(), value };
        groups.entry(lists).or_default().push(parameter);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(_, left), (_, right)| left[0].name.cmp(&right[0].name));
    for line in lines.iter_mut() {
        line.filters = line.resources.values().map(|component| (component.clone(), Vec::new())).collect();
    }
    let mut named = Vec::<Group>::new();
    for (lists, parameters) in groups {
        let names = parameters.iter().map(|parameter| camel(&parameter.name));
        let name = { names }.find(|name| named.iter().all(|group| group.name != *name)).expect("a group has a name of its own");
        for ((line, component), value) in lists {
            lines[line].filters.get_mut(&component).expect("it is listed").push((name.clone(), value));
        }
        named.push(Group { name, parameters });
    }
    named
}

/// The method of each parameter: `name_ic` for `name__ic`. Where another parameter is called so, it keeps both strokes.
fn methods<T>(parameters: &BTreeMap<String, T>) -> BTreeMap<&String, String> {
    let method = |name: &String| {
        let method = name.replace("__", "_");
        if *name != method && parameters.contains_key(&method) { name.clone() } else { method }
    };
    parameters.keys().map(|name| (name, method(name))).collect()
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
