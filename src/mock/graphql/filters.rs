//! What `filters` of a list asks of its objects.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Failure, type_name};
use crate::mock::read::Reader;
use crate::mock::store::Row;
use crate::schema::Field;

/// Conditions on an object.
#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// What a field leads to meets a condition of its own.
    Leads(String, String, Box<Condition>),
    Compares(String, String, Value),
}

const LOOKUPS: [&str; 15] = [
    "exact",
    "is_null",
    "in_list",
    "i_exact",
    "contains",
    "i_contains",
    "starts_with",
    "i_starts_with",
    "ends_with",
    "i_ends_with",
    "gt",
    "gte",
    "lt",
    "lte",
    "range",
];

/// The conditions that an input names.
pub(super) fn conditions(reader: &Reader<'_>, resource: &str, input: &Value) -> Result<Condition, Failure> {
    let named = type_name(reader.rules, resource);
    let filter = format!("{}Filter", named.strip_suffix("Type").unwrap_or(&named));
    let Some(members) = input.as_object() else {
        return Err(Failure::query(format!("Expected value of type '{filter}' to be an object, found: {input}.")));
    };
    let mut all = Vec::new();
    for (name, value) in
        members.iter().filter(|(name, value)| !value.is_null() && !matches!(name.as_str(), "AND" | "OR" | "NOT" | "DISTINCT"))
    {
        if let Some(field) = name.strip_suffix("_id").filter(|field| reference(reader, resource, field).is_some()) {
            if value.is_object() {
                return Err(Failure::Missing(format!("GraphQL filter {name} by an object")));
            }
            all.push(Condition::Compares(field.to_owned(), "exact".to_owned(), number(value)));
            continue;
        }
        let field = reader.rules.field(resource, name);
        if field.is_none() && reader.rules.model(resource).generic.values().any(|[_, id]| id == name) {
            all.push(Condition::Compares(name.clone(), "exact".to_owned(), number(value)));
            continue;
        }
        let Some(field) = field else {
            return Err(Failure::query(format!(
                "Expected value of type '{filter}' not to include unknown field '{name}', found: {input}."
            )));
        };
        match &field.reference {
            Some(target) => all.push(Condition::Leads(name.clone(), target.clone(), Box::new(conditions(reader, target, value)?))),
            None => all.extend(lookups(name, field, value)?),
        }
    }
    let mut condition = Condition::All(all);
    if let Some(and) = members.get("AND") {
        condition = Condition::All(vec![condition, conditions(reader, resource, and)?]);
    }
    if let Some(not) = members.get("NOT") {
        condition = Condition::All(vec![condition, Condition::Not(Box::new(conditions(reader, resource, not)?))]);
    }
    if let Some(or) = members.get("OR") {
        condition = Condition::Any(vec![condition, conditions(reader, resource, or)?]);
    }
    Ok(condition)
}

fn reference(reader: &Reader<'_>, resource: &str, field: &str) -> Option<String> {
    reader.rules.field(resource, field)?.reference.clone()
}

fn number(value: &Value) -> Value {
    value.as_str().and_then(|text| text.parse::<u64>().ok()).map_or_else(|| value.clone(), Value::from)
}

fn lookups(name: &str, field: &Field, value: &Value) -> Result<Vec<Condition>, Failure> {
    let kind = match (name, field.choices.is_empty()) {
        ("id", _) => "IDComparisonFilterLookup",
        (_, false) => "EnumBaseFilterLookup",
        _ => "StrFilterLookup",
    };
    let Some(lookups) = value.as_object() else {
        return Err(Failure::query(format!("Expected value of type '{kind}' to be an object, found: {value}.")));
    };
    let one = |(lookup, wanted): (&String, &Value)| {
        if lookup.ends_with("regex") {
            return Err(Failure::Missing(format!("GraphQL lookup {lookup}")));
        }
        if !LOOKUPS.contains(&lookup.as_str()) {
            return Err(Failure::query(format!(
                "Expected value of type '{kind}' not to include unknown field '{lookup}', found: {value}."
            )));
        }
        let chosen = |value: &Value| if field.choices.is_empty() || lookup == "is_null" { Ok(value.clone()) } else { choice(field, value) };
        let wanted = match wanted {
            Value::Array(values) => Value::Array(values.iter().map(chosen).collect::<Result<_, _>>()?),
            value => chosen(value)?,
        };
        let wanted = if name == "id" && !wanted.is_array() { number(&wanted) } else { wanted };
        Ok(Condition::Compares(name.to_owned(), lookup.clone(), wanted))
    };
    lookups.iter().filter(|(_, value)| !value.is_null()).map(one).collect()
}

/// The choice that the name of an enum stands for, as `active` for `STATUS_ACTIVE`.
fn choice(field: &Field, value: &Value) -> Result<Value, Failure> {
    let name = value.as_str().unwrap_or_default();
    let constant = |choice: &str| choice.to_uppercase().replace('-', "_");
    let found = field.choices.iter().find(|choice| name.ends_with(&format!("_{}", constant(choice))));
    match found {
        Some(found) => Ok(Value::String(found.clone())),
        None if name.is_empty() || field.choices.contains(name) => {
            Err(Failure::query(format!("Enum cannot represent non-enum value: {value}.")))
        }
        None => Err(Failure::Missing(format!("GraphQL enum value {name}"))),
    }
}

impl Condition {
    pub(super) fn is_met(&self, reader: &Reader<'_>, id: u64, row: &Row) -> bool {
        match self {
            Condition::All(all) => all.iter().all(|condition| condition.is_met(reader, id, row)),
            Condition::Any(any) => any.iter().any(|condition| condition.is_met(reader, id, row)),
            Condition::Not(not) => !not.is_met(reader, id, row),
            Condition::Leads(field, target, condition) => {
                let ids = match row.get(field) {
                    Some(Value::Array(ids)) => ids.as_slice(),
                    Some(id) => std::slice::from_ref(id),
                    None => &[],
                };
                ids.iter()
                    .filter_map(Value::as_u64)
                    .any(|id| reader.store.get(target, id).is_some_and(|row| condition.is_met(reader, id, row)))
            }
            Condition::Compares(field, lookup, wanted) => {
                let own = if field == "id" { Value::from(id) } else { row.get(field).cloned().unwrap_or_default() };
                compares(&own, lookup, wanted)
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn compares(own: &Value, lookup: &str, wanted: &Value) -> bool {
    if lookup == "is_null" {
        return own.is_null() == (*wanted == Value::Bool(true));
    }
    if own.is_null() {
        return false;
    }
    let (own_text, wanted_text) = (text(own), text(wanted));
    let (own_lower, wanted_lower) = (own_text.to_lowercase(), wanted_text.to_lowercase());
    let order = |wanted: &Value| match (own.as_f64(), wanted.as_f64().or_else(|| wanted.as_str()?.parse().ok())) {
        (Some(own), Some(wanted)) => own.partial_cmp(&wanted),
        _ => Some(own_text.as_str().cmp(text(wanted).as_str())),
    };
    match lookup {
        "exact" => order(wanted) == Some(Ordering::Equal),
        "in_list" => wanted.as_array().is_some_and(|all| all.iter().any(|wanted| order(wanted) == Some(Ordering::Equal))),
        "i_exact" => own_lower == wanted_lower,
        "contains" => own_text.contains(&wanted_text),
        "i_contains" => own_lower.contains(&wanted_lower),
        "starts_with" => own_text.starts_with(&wanted_text),
        "i_starts_with" => own_lower.starts_with(&wanted_lower),
        "ends_with" => own_text.ends_with(&wanted_text),
        "i_ends_with" => own_lower.ends_with(&wanted_lower),
        "gt" => order(wanted) == Some(Ordering::Greater),
        "gte" => matches!(order(wanted), Some(Ordering::Greater | Ordering::Equal)),
        "lt" => order(wanted) == Some(Ordering::Less),
        "lte" => matches!(order(wanted), Some(Ordering::Less | Ordering::Equal)),
        "range" => order(&wanted["start"]) != Some(Ordering::Less) && order(&wanted["end"]) != Some(Ordering::Greater),
        _ => false,
    }
}
