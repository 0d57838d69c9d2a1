//! What OPTIONS tells of a resource.

use serde_json::{Map, Value, json};

use super::allocation;
use super::plugin::capital;
use super::rules::Rules;
use crate::schema::{Field, Kind, Method};

pub(super) fn of(rules: &Rules, resource: &str, is_object: bool) -> Value {
    let Some(schema) = rules.schema(resource) else { return Value::Null };
    let fields: Map<String, Value> =
        schema.fields.iter().map(|(name, field)| (name.clone(), described(rules, resource, name, field))).collect();
    let methods = if is_object { &schema.object } else { &schema.list };
    let actions: Map<String, Value> = [Method::Put, Method::Post]
        .into_iter()
        .filter(|method| methods.contains(method))
        .map(|method| (method.as_str().to_owned(), json!(fields)))
        .collect();
    let name = format!("{} {}", words(&rules.model(resource).model), if is_object { "Instance" } else { "List" });
    let mut described = view(&name, "");
    if !actions.is_empty() {
        described["actions"] = Value::Object(actions);
    }
    described
}

/// The same of what is below an object: whether there is such an object does not matter.
pub(super) fn of_below(rules: &Rules, resource: &str, below: &str) -> Option<Value> {
    let name = |resource: &str| words(&rules.model(resource).model);
    Some(match (allocation::Kind::of(below), below) {
        (Some(kind), _) => view(&name(kind.resource()), ""),
        (None, "elevation") => {
            view(&name(resource), "Rack elevation representing the list of rack units. Also supports rendering the elevation as an SVG.")
        }
        (None, "trace") => view(
            &name(resource),
            "Trace a complete cable path and return each segment as a three-tuple of (termination, cable, termination).",
        ),
        (None, "paths") => view(&name(resource), "Return all CablePaths which traverse a given pass-through port."),
        _ => return None,
    })
}

fn view(name: &str, description: &str) -> Value {
    json!({"name": name, "description": description, "renders": ["application/json", "text/html"],
        "parses": ["application/json", "multipart/form-data"]})
}

fn described(rules: &Rules, resource: &str, name: &str, field: &Field) -> Value {
    let form = rules.form(resource, name);
    let kind = match field.kind {
        _ if form.slug.is_some() => "slug",
        _ if field.read_only && matches!(name, "url" | "display" | "display_url") || field.is_list || form.labels.is_some() => "field",
        Kind::Text if !field.choices.is_empty() => "choice",
        Kind::Text => "string",
        Kind::Integer => "integer",
        Kind::Number => "float",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::DateTime => "datetime",
        Kind::Object => "nested object",
        Kind::Json => "field",
        Kind::File => "image upload",
    };
    let label = name.trim_start_matches('_').replace('_', " ");
    let label = capital(&label);
    let mut described = json!({"type": kind, "required": field.required, "read_only": field.read_only, "label": label});
    let is_choice = !field.choices.is_empty();
    if is_choice && !field.read_only && !field.is_list {
        let as_read = |value: &str| match field.kind {
            Kind::Integer => value.parse::<i64>().map_or_else(|_| json!(value), Value::from),
            _ => json!(value),
        };
        let choice = |value: &str, label: &str| json!({"value": as_read(value), "display_name": label});
        described["choices"] = match &form.labels {
            Some(labels) => labels.iter().map(|(value, label)| choice(value, label)).collect(),
            None => field.choices.iter().map(|value| choice(value, value)).collect(),
        };
    }
    let bound = |bound: &Option<Value>| bound.clone().filter(|bound| !is_choice && !is_of_digits(field, bound));
    for (member, value) in
        [("max_length", form.max_length.map(Value::from)), ("min_value", bound(&form.min)), ("max_value", bound(&form.max))]
    {
        if let Some(value) = value {
            described[member] = value;
        }
    }
    described
}

/// Whether a bound is no more than what the documents make of the number of digits that a decimal may have.
fn is_of_digits(field: &Field, bound: &Value) -> bool {
    let power = bound.as_f64().unwrap_or_default().abs().log10();
    field.kind == Kind::Number && power >= 1.0 && power.fract() == 0.0
}

/// `IPAddress` as `IP Address`.
pub(super) fn words(model: &str) -> String {
    let letters: Vec<char> = model.chars().collect();
    let mut words = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let is_start = letter.is_uppercase()
            && before.is_some_and(|before| before.is_lowercase() || letters.get(place + 1).is_some_and(|next| next.is_lowercase()));
        if is_start {
            words.push(' ');
        }
        words.push(*letter);
    }
    words
}
