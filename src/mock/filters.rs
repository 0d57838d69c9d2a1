//! Which objects of a list fit. What NetBox does not know counts for nothing, and everything comes back.

mod by_hand;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};

use super::clock;
use super::network::Network;
use super::parameters::Parameters;
use super::read::Reader;
use super::refusal::{Outcome, Refusal};
use super::rules::Rule;
use super::store::Row;
use super::write::{custom_fields_of, with_custom_defaults};
use crate::schema::{Filter, Kind, boolean};

/// What a path of fields may go through that no object shows: where the devices of components are.
const HIDDEN: [(&str, [&str; 2]); 3] =
    [("_site", ["device", "site"]), ("_location", ["device", "location"]), ("_rack", ["device", "rack"])];

/// A condition that objects must meet.
struct Condition {
    resource: String,
    path: Vec<String>,
    test: Test,
    is_not: bool,
    /// All of the values, not any of them.
    is_every: bool,
}

enum Test {
    /// Leads to one of these, or nowhere where that is wanted.
    LeadsTo(Vec<BTreeSet<u64>>, bool),
    Compares(String, Vec<Value>),
    IsEmpty(bool),
    Contains(Vec<Vec<String>>, String),
    /// Is one of these.
    IsOneOf(BTreeSet<u64>),
}

/// The ids of the objects that fit, by rising ids.
pub(super) fn fitting(reader: &Reader<'_>, resource: &str, parameters: &Parameters) -> Outcome<Vec<u64>> {
    let mut conditions = Vec::new();
    let mut errors = Row::new();
    for (name, values) in parameters.by_name().filter(|(_, values)| !values.is_empty()) {
        match condition(reader, resource, name, &values)? {
            Ok(condition) => conditions.extend(condition),
            Err(message) => drop(errors.insert(name.to_owned(), json!([message]))),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, Value::Object(errors)));
    }
    let rows = reader.store.rows(resource).filter(|(id, row)| conditions.iter().all(|condition| condition.is_met(reader, *id, row)));
    Ok(rows.map(|(id, _)| id).collect())
}

/// The condition of a parameter, or none where it is no filter. The inner error is for the value.
fn condition(reader: &Reader<'_>, resource: &str, name: &str, values: &[&str]) -> Outcome<Result<Option<Condition>, String>> {
    if let Some(custom) = name.strip_prefix("cf_") {
        return custom_field(reader, resource, custom, values);
    }
    let rules = reader.rules;
    let Some((filter, lookup)) = rules.schema(resource).and_then(|schema| schema.filter(name)) else { return Ok(Ok(None)) };
    let base = lookup.and_then(|lookup| name.strip_suffix(lookup)?.strip_suffix("__")).unwrap_or(name);
    let missing = || Refusal::not_implemented(format_args!("filter {name} of {resource}"));
    let none = Rule::default();
    let rule = rules.model(resource).filters.get(base).unwrap_or(&none);
    let condition =
        |path: Vec<String>, test: Test, is_not: bool| Condition { resource: resource.to_owned(), path, test, is_not, is_every: false };
    // Of a choice that does not repeat the last one counts.
    let is_plain = lookup.is_none_or(|lookup| lookup == "n");
    let values = if is_plain && !filter.repeats && !filter.choices.is_empty() { &values[values.len().saturating_sub(1)..] } else { values };
    if base == "q" {
        let value = values.last().copied().unwrap_or_default().trim().to_lowercase();
        if value.is_empty() {
            return Ok(Ok(None));
        }
        let of_rule = rule.search.iter().map(|path| path.split("__").map(str::to_owned).collect());
        let by_name = ["name", "description"].map(|name| vec![name.to_owned()]);
        let paths = if rule.search.is_empty() { by_name.to_vec() } else { of_rule.collect() };
        return Ok(Ok(Some(condition(Vec::new(), Test::Contains(paths, value), false))));
    }
    if matches!((resource, name), ("ipam/ip-addresses", "address") | ("ipam/prefixes", "prefix")) {
        return Ok(Ok(Some(condition(
            vec![base.to_owned()],
            Test::Compares("net".to_owned(), values.iter().map(|value| json!(value)).collect()),
            false,
        ))));
    }
    if is_plain {
        if let Some(found) = by_hand::found(reader, resource, base, values) {
            return Ok(found.map(|ids| Some(condition(Vec::new(), Test::IsOneOf(ids), lookup.is_some()))));
        }
    }
    if rule.by_hand && base != "has_primary_ip" {
        return Err(missing());
    }
    let path = rule.path.as_deref().unwrap_or(if base == "has_primary_ip" { "primary_ip" } else { base });
    let mut path: Vec<String> = path.split("__").map(str::to_owned).collect();
    // NetBox's own name for what is shown as the type of an object.
    if let [first, ..] = path.as_mut_slice() {
        *first = first.replace("content_type", "object_type");
    }
    // Django names a key by its field, too.
    if let [own] = path.as_mut_slice() {
        let of_key =
            own.strip_suffix("_id").filter(|of_key| rules.field(resource, own).is_none() && rules.field(resource, of_key).is_some());
        if let Some(of_key) = of_key.map(str::to_owned) {
            *own = of_key;
        }
    }
    if rule.to.is_some() && path.len() > 1 && path.last() == rule.to.as_ref() {
        path.pop();
    }
    let is_not = lookup.is_some_and(|lookup| lookup.starts_with('n')) != rule.exclude;
    let Some(end) = end_of(reader, resource, &path) else { return Err(missing()) };
    let truth = values.last().and_then(|value| boolean(value));
    if let Some(truth) = truth.filter(|_| filter.kind == Kind::Boolean) {
        let is_flag = matches!(&end, End::Value(Kind::Boolean));
        let test = if is_flag {
            Test::Compares("exact".to_owned(), vec![json!(truth)])
        } else {
            Test::IsEmpty(truth != (rule.lookup.is_none() && !rule.exclude))
        };
        return Ok(Ok(Some(condition(path, test, rule.exclude && !is_flag))));
    }
    if filter.kind == Kind::Boolean {
        return Ok(Ok(None));
    }
    if lookup == Some("empty") {
        return Ok(Ok(truth.map(|truth| condition(path, Test::IsEmpty(truth), false))));
    }
    if let End::Object(target) = &end {
        let is_every = lookup.is_none() && path.last().is_some_and(|last| last == "tags");
        let named = values.iter().map(|value| named(reader, target, rule, filter, value)).collect::<Result<Vec<_>, _>>();
        return Ok(named.map(|named| {
            let ids = named.iter().flatten().cloned().collect();
            Some(Condition { is_every, ..condition(path, Test::LeadsTo(ids, named.iter().any(Option::is_none)), is_not) })
        }));
    }
    let lookup = lookup.map(|lookup| lookup.strip_prefix('n').unwrap_or(lookup)).filter(|lookup| !lookup.is_empty());
    // A comparison of what the rule makes of a value, as of the length of a mask.
    let (transform, lookup) = match (rule.lookup.as_deref(), lookup) {
        (Some(transform @ ("family" | "net_mask_length")), lookup) => (Some(transform), lookup),
        (of_rule, lookup) => (None, lookup.or(of_rule)),
    };
    let operator = lookup.unwrap_or("exact");
    const KNOWN: [&str; 11] = ["exact", "iexact", "icontains", "ic", "ie", "isw", "iew", "gt", "gte", "lt", "lte"];
    if !KNOWN.contains(&operator) {
        return Err(missing());
    }
    let mut typed = values.iter().map(|value| typed(filter, rule, lookup, value)).collect::<Result<Vec<_>, _>>();
    if let (Ok(ids), [own]) = (&mut typed, path.as_slice()) {
        // Types are kept by their names, and may be named by their ids.
        if own.ends_with("_type") && name.ends_with("_type_id") {
            let name = |id: &Value| {
                let row = reader.store.get("core/object-types", id.as_u64()?)?;
                Some(json!(format!("{}.{}", row.get("app_label")?.as_str()?, row.get("model")?.as_str()?)))
            };
            ids.iter_mut().for_each(|id| *id = name(id).unwrap_or_default());
        }
    }
    let operator = transform.map_or_else(|| operator.to_owned(), |transform| format!("{transform}__{operator}"));
    Ok(typed.map(|typed| Some(condition(path, Test::Compares(operator, typed), is_not))))
}

/// A filter by a custom field, as its type and its logic have it.
fn custom_field(reader: &Reader<'_>, resource: &str, name: &str, values: &[&str]) -> Outcome<Result<Option<Condition>, String>> {
    let known: Vec<&Row> = custom_fields_of(reader.rules, reader.store, resource).collect();
    let of_name = |name: &str| known.iter().copied().find(|row| row.get("name").is_some_and(|own| own == name));
    let (base, lookup) = if of_name(name).is_some() { (name, "") } else { name.rsplit_once("__").unwrap_or((name, "")) };
    let Some(field) = of_name(base).filter(|field| field.get("filter_logic").is_none_or(|logic| logic != "disabled")) else {
        return Ok(Ok(None));
    };
    let is_loose = field.get("filter_logic").is_none_or(|logic| logic != "exact");
    let r#type = field.get("type").and_then(Value::as_str).unwrap_or_default();
    let operator = lookup.strip_prefix('n').unwrap_or(lookup);
    let operator = match (operator, r#type) {
        ("", "text" | "longtext" | "url" | "json") if is_loose => "ic",
        ("", _) => "exact",
        ("ic" | "ie" | "isw" | "iew", _) => operator,
        ("gt" | "gte" | "lt" | "lte", "integer" | "decimal" | "date" | "datetime") => operator,
        _ => return Err(Refusal::not_implemented(format_args!("filter cf_{name} of {resource}"))),
    };
    let typed = |value: &&str| match r#type {
        "integer" | "object" | "multiobject" => whole(value).ok_or_else(|| "Enter a whole number.".to_owned()),
        "decimal" => value.trim().parse::<f64>().map(Value::from).map_err(|_| "Enter a number.".to_owned()),
        "boolean" => Ok(boolean(value).map_or(Value::Null, Value::from)),
        "date" => clock::read(value).map(Value::from).ok_or_else(|| "Enter a valid date.".to_owned()),
        "datetime" => clock::read(value).map(|value| json!(moment(&value))).ok_or_else(|| "Enter a valid date/time.".to_owned()),
        _ => Ok(json!(value)),
    };
    let path = vec!["custom_fields".to_owned(), base.to_owned()];
    let condition = |test| Some(Condition { resource: resource.to_owned(), path, test, is_not: lookup.starts_with('n'), is_every: false });
    Ok(values.iter().map(typed).collect::<Result<_, _>>().map(|values| condition(Test::Compares(operator.to_owned(), values))))
}

enum End {
    Object(String),
    Value(Kind),
}

/// What stands at the end of a path of fields, where the mock knows all of them.
fn end_of(reader: &Reader<'_>, resource: &str, path: &[String]) -> Option<End> {
    let (first, rest) = path.split_first()?;
    if first == "id" || first == "pk" {
        return Some(End::Value(Kind::Integer));
    }
    if let Some((_, steps)) = HIDDEN.iter().find(|(name, _)| name == first) {
        let steps: Vec<String> = steps.iter().map(|step| (*step).to_owned()).chain(rest.iter().cloned()).collect();
        return end_of(reader, resource, &steps);
    }
    let field = reader.rules.field(resource, first)?;
    let is_held = matches!(first.as_str(), "created" | "last_updated" | "primary_ip" | "key" | "cable" | "cable_end");
    if field.read_only && !is_held && !reader.rules.is_kept_by_netbox(resource) {
        return None;
    }
    match &field.reference {
        Some(target) if rest.is_empty() => Some(End::Object(target.clone())),
        Some(target) => end_of(reader, target, rest),
        None => rest.is_empty().then_some(End::Value(field.kind)),
    }
}

/// The objects that a value names: `None` stands for none at all.
fn named(reader: &Reader<'_>, target: &str, rule: &Rule, filter: &Filter, value: &str) -> Result<Option<BTreeSet<u64>>, String> {
    if value == "null" {
        return Ok(None);
    }
    let unknown = || format!("Select a valid choice. {value} is not one of the available choices.");
    let to = rule.to.as_deref().filter(|to| !matches!(*to, "id" | "pk"));
    let mut ids: BTreeSet<u64> = match to {
        Some(to) => {
            let fits = |row: &Row| row.get(to).is_some_and(|own| text(own) == value);
            reader.store.rows(target).filter(|(_, row)| fits(row)).map(|(id, _)| id).collect()
        }
        None => match value.trim().parse::<u64>() {
            Ok(id) => reader.store.get(target, id).map(|_| id).into_iter().collect(),
            Err(_) if filter.kind == Kind::Integer || rule.tree => return Err(format!("\u{201c}{value}\u{201d} is not a valid value.")),
            Err(_) => BTreeSet::new(),
        },
    };
    if ids.is_empty() {
        return Err(unknown());
    }
    if rule.tree {
        loop {
            let parent = |row: &Row| row.get("parent").and_then(Value::as_u64);
            let below: Vec<u64> = reader
                .store
                .rows(target)
                .filter(|(id, row)| !ids.contains(id) && parent(row).is_some_and(|parent| ids.contains(&parent)))
                .map(|(id, _)| id)
                .collect();
            if below.is_empty() {
                break;
            }
            ids.extend(below);
        }
    }
    Ok(Some(ids))
}

/// A value as the filter reads it.
fn typed(filter: &Filter, rule: &Rule, lookup: Option<&str>, value: &str) -> Result<Value, String> {
    let is_choice = !filter.choices.is_empty() && lookup.is_none();
    let is_known = if value == "null" { rule.null } else { filter.choices.contains(value) };
    if is_choice && !is_known {
        return Err(format!("Select a valid choice. {value} is not one of the available choices."));
    }
    if value == "null" {
        return Ok(Value::Null);
    }
    match filter.kind {
        Kind::Integer => whole(value).ok_or_else(|| "Enter a whole number.".to_owned()),
        Kind::Number => value.trim().parse::<f64>().map(Value::from).map_err(|_| "Enter a number.".to_owned()),
        Kind::Date | Kind::DateTime => {
            let wrong = if filter.kind == Kind::Date { "Enter a valid date." } else { "Enter a valid date/time." };
            clock::read(value).map(|moment_of| json!(moment(&moment_of))).ok_or_else(|| wrong.to_owned())
        }
        _ => Ok(json!(value)),
    }
}

/// A whole number of any size. Above 64 bits it is near enough to be equal to none.
fn whole(value: &str) -> Option<Value> {
    let value = value.trim();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<i64>() {
        Ok(number) => Some(json!(number)),
        Err(_) if is_number(value.strip_prefix(['-', '+']).unwrap_or(value)) => value.parse::<f64>().ok().map(Value::from),
        Err(_) => None,
    }
}

/// A moment as it can be compared as a text. All are of UTC.
fn moment(text: &str) -> String {
    text.trim_end_matches('Z').trim_end_matches("+00:00").replace(' ', "T")
}

impl Condition {
    fn is_met(&self, reader: &Reader<'_>, id: u64, row: &Row) -> bool {
        if let Test::IsOneOf(ids) = &self.test {
            return ids.contains(&id) != self.is_not;
        }
        if let Test::Contains(paths, value) = &self.test {
            let has = |path: &Vec<String>| {
                values_at(reader, &self.resource, id, row, path).iter().any(|own| text(own).to_lowercase().contains(value))
            };
            return paths.iter().any(has);
        }
        let own = values_at(reader, &self.resource, id, row, &self.path);
        let is_empty = || own.iter().all(|value| value.is_null() || value == "");
        let is_met = match &self.test {
            Test::LeadsTo(sets, or_nowhere) => {
                let is_in = |ids: &BTreeSet<u64>| own.iter().filter_map(Value::as_u64).any(|id| ids.contains(&id));
                if self.is_every {
                    sets.iter().all(is_in) && (!*or_nowhere || is_empty())
                } else {
                    sets.iter().any(is_in) || *or_nowhere && is_empty()
                }
            }
            Test::Compares(operator, values) => values.iter().any(|value| own.iter().any(|own| compares(operator, own, value))),
            Test::IsEmpty(wanted) => is_empty() == *wanted,
            Test::Contains(..) | Test::IsOneOf(_) => false,
        };
        is_met != self.is_not
    }
}

/// What stands at the end of a path: several values where a field on the way is a list, and null where it leads nowhere.
fn values_at(reader: &Reader<'_>, resource: &str, id: u64, row: &Row, path: &[String]) -> Vec<Value> {
    let Some((first, rest)) = path.split_first() else { return Vec::new() };
    if first == "id" || first == "pk" {
        return vec![json!(id)];
    }
    if let Some((_, steps)) = HIDDEN.iter().find(|(name, _)| name == first) {
        let steps: Vec<String> = steps.iter().map(|step| (*step).to_owned()).chain(rest.iter().cloned()).collect();
        return values_at(reader, resource, id, row, &steps);
    }
    let customs;
    let value = match (row.get(first), first.as_str()) {
        (held, "custom_fields") => {
            customs = with_custom_defaults(reader.rules, reader.store, resource, held);
            &customs
        }
        (Some(value), _) => value,
        (None, "primary_ip") => {
            row.get("primary_ip4").filter(|value| !value.is_null()).or_else(|| row.get("primary_ip6")).unwrap_or(&Value::Null)
        }
        _ => &Value::Null,
    };
    if let (Some(name), Value::Object(members)) = (rest.first(), value) {
        return match members.get(name) {
            Some(Value::Array(values)) if first == "custom_fields" => values.clone(),
            value => vec![value.cloned().unwrap_or(Value::Null)],
        };
    }
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    if rest.is_empty() {
        return values.to_vec();
    }
    let Some(target) = reader.rules.field(resource, first).and_then(|field| field.reference.as_deref()) else { return Vec::new() };
    let ends = values.iter().map(|value| match value.as_u64().and_then(|id| Some((id, reader.store.get(target, id)?))) {
        Some((id, row)) => values_at(reader, target, id, row, rest),
        None => vec![Value::Null],
    });
    ends.flatten().collect()
}

fn compares(operator: &str, own: &Value, wanted: &Value) -> bool {
    if let Some((transform, operator)) = operator.split_once("__") {
        let part = |network: Network| if transform == "family" { network.family() } else { network.length };
        return Network::of(&text(own)).is_some_and(|network| compares(operator, &json!(part(network)), wanted));
    }
    let (lower, wanted_lower) = (text(own).to_lowercase(), text(wanted).to_lowercase());
    match operator {
        // Where no length is named, any will do.
        "net" => match (Network::of(&text(own)), Network::of(&text(wanted))) {
            (Some(own), Some(wanted_network)) if text(wanted).contains('/') => own == wanted_network,
            (Some(own), Some(wanted_network)) => own.address == wanted_network.address,
            _ => false,
        },
        "iexact" | "ie" => lower == wanted_lower && !own.is_null(),
        "icontains" | "ic" => lower.contains(&wanted_lower) && !own.is_null(),
        "isw" => lower.starts_with(&wanted_lower) && !own.is_null(),
        "iew" => lower.ends_with(&wanted_lower) && !own.is_null(),
        "exact" => match (own.as_f64(), wanted.as_f64()) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => {
                own == wanted || !own.is_null() && !wanted.is_null() && moment(&text(own)) == text(wanted) || own == "" && wanted.is_null()
            }
        },
        _ => {
            let order = match (own.as_f64(), wanted.as_f64()) {
                (Some(own), Some(wanted)) => own.partial_cmp(&wanted),
                _ if own.is_null() => None,
                _ => Some(moment(&text(own)).cmp(&text(wanted))),
            };
            matches!(
                (operator, order),
                ("gt", Some(Ordering::Greater))
                    | ("lt", Some(Ordering::Less))
                    | ("gte", Some(Ordering::Greater | Ordering::Equal))
                    | ("lte", Some(Ordering::Less | Ordering::Equal))
            )
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
