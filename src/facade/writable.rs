//! What of an object changed, in the form that a write takes.
//!
//! NetBox reads objects in another form than it writes them: related objects come whole and go as an id, choices come with their label and go as their value.

use serde_json::{Map, Value};

/// The members that differ, as a write takes them. `json_fields` are free JSON: they go as they are.
pub(super) fn updates(original: &Map<String, Value>, changed: &Map<String, Value>, json_fields: &[&str]) -> Map<String, Value> {
    let mut updates = Map::new();
    for (name, value) in changed {
        let before = original.get(name);
        if before == Some(value) {
            continue;
        }
        let update = match (name.as_str(), before, value) {
            ("custom_fields", Some(Value::Object(before)), Value::Object(value)) => {
                let fields = custom_fields(before, value);
                if fields.is_empty() { None } else { Some(fields.into()) }
            }
            (name, _, value) if json_fields.contains(&name) => Some(value.clone()),
            (_, before, value) => {
                let form = write_form(value);
                (!before.is_some_and(|before| is_same(&write_form(before), &form))).then_some(form)
            }
        };
        if let Some(update) = update {
            updates.insert(name.clone(), update);
        }
    }
    updates
}

/// Custom fields one by one, with the values that they were set to: what looks like a relation or a choice may be JSON that looks like one.
fn custom_fields(before: &Map<String, Value>, changed: &Map<String, Value>) -> Map<String, Value> {
    changed.iter().filter(|(name, value)| before.get(*name) != Some(value)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A number is the same with and without a fraction of zero: NetBox reads decimals with one.
fn is_same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Number(a), Value::Number(b)) => a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()),
        (old, new) => old == new,
    }
}

/// Whether a value is read as a whole, so that a change of one of its parts would not be sent.
pub(super) fn is_whole(value: &Value, part: &str) -> bool {
    match value {
        Value::Object(members) if is_object(members) => part != "id",
        Value::Object(_) if is_choice(value) => part != "value",
        _ => false,
    }
}

fn is_object(members: &Map<String, Value>) -> bool {
    let has_api_url = members.get("url").and_then(Value::as_str).is_some_and(|url| url.contains("/api/"));
    has_api_url && members.contains_key("id")
}

fn is_choice(value: &Value) -> bool {
    value.as_object().is_some_and(|members| members.len() == 2 && members.contains_key("value") && members.contains_key("label"))
}

/// Related objects as their ids, choices as their values; in lists, too. Objects without an id of NetBox's stay what they are.
pub(super) fn write_form(value: &Value) -> Value {
    match value {
        Value::Object(members) if is_object(members) => members["id"].clone(),
        Value::Object(members) if is_choice(value) => members["value"].clone(),
        Value::Array(list) => list.iter().map(write_form).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(name: &str, before: Value, after: Value, expected: Value) {
        let map = |value: Value| Map::from_iter([(name.to_owned(), value)]);
        let json_fields = ["local_context_data"];
        let updates = Value::Object(updates(&map(before.clone()), &map(after.clone()), &json_fields));
        assert_eq!(updates, expected, "{name}: {before} -> {after}");
    }

    #[test]
    fn only_what_changed_is_sent_in_the_form_of_a_write() {
        let site = |id: u64| json!({"id": id, "url": format!("http://h/api/dcim/sites/{id}/"), "display": "x", "name": "x"});
        let active = json!({"value": "active", "label": "Active"});
        for (name, before, after, expected) in [
            ("name", json!("a"), json!("a"), json!({})),
            ("name", json!("a"), json!("b"), json!({"name": "b"})),
            ("name", json!("a"), json!(null), json!({"name": null})),
            ("site", site(1), json!(1), json!({})),
            ("site", site(1), json!(2), json!({"site": 2})),
            ("site", site(1), site(2), json!({"site": 2})),
            ("site", site(1), json!(null), json!({"site": null})),
            ("site", json!(null), site(2), json!({"site": 2})),
            ("site", site(1), json!({"slug": "lon"}), json!({"site": {"slug": "lon"}})),
            ("status", active.clone(), json!("active"), json!({})),
            ("status", active.clone(), json!("planned"), json!({"status": "planned"})),
            ("status", active.clone(), json!({"value": "planned", "label": "Planned"}), json!({"status": "planned"})),
            ("tags", json!([site(1), site(2)]), json!([site(2)]), json!({"tags": [2]})),
            ("tags", json!([site(1)]), json!([1]), json!({})),
            ("tags", json!([site(1)]), json!([]), json!({"tags": []})),
            ("tags", json!([site(1)]), json!([site(1), {"slug": "core"}]), json!({"tags": [1, {"slug": "core"}]})),
            (
                "rear_ports",
                json!([{"position": 1, "rear_port": 4}]),
                json!([{"position": 2, "rear_port": 4}]),
                json!({"rear_ports": [{"position": 2, "rear_port": 4}]}),
            ),
            (
                "local_context_data",
                json!({"a": site(1)}),
                json!({"a": site(2), "b": active}),
                json!({"local_context_data": {"a": site(2), "b": active}}),
            ),
            ("latitude", json!(51.0), json!(51), json!({})),
            ("latitude", json!(51.0), json!(52), json!({"latitude": 52})),
            ("vid_ranges", json!([[1, 10]]), json!([[1, 20]]), json!({"vid_ranges": [[1, 20]]})),
        ] {
            check(name, before, after, expected);
        }
    }

    #[test]
    fn custom_fields_are_compared_one_by_one_and_json_ones_stay_what_they_are() {
        let site = |id: u64| json!({"id": id, "url": format!("http://h/api/dcim/sites/{id}/"), "display": "x"});
        let choice = json!({"value": "a", "label": "A"});
        for (before, after, expected) in [
            (json!({"t": "x", "u": 1}), json!({"t": "y", "u": 1}), json!({"custom_fields": {"t": "y"}})),
            (json!({"t": "x"}), json!({"t": "x"}), json!({})),
            (json!({"s": choice}), json!({"s": "b"}), json!({"custom_fields": {"s": "b"}})),
            (json!({"s": "a"}), json!({"s": "b"}), json!({"custom_fields": {"s": "b"}})),
            (json!({"o": site(1)}), json!({"o": 2}), json!({"custom_fields": {"o": 2}})),
            (json!({"o": site(1)}), json!({"o": null}), json!({"custom_fields": {"o": null}})),
            (json!({"m": [site(1)]}), json!({"m": [1, 5]}), json!({"custom_fields": {"m": [1, 5]}})),
            (json!({"j": {"a": 1}}), json!({"j": {"id": 1, "url": "x"}}), json!({"custom_fields": {"j": {"id": 1, "url": "x"}}})),
            (json!({"j": null}), json!({"j": choice}), json!({"custom_fields": {"j": choice}})),
            // JSON that looks like a choice or a relation stays JSON.
            (json!({"j": choice}), json!({"j": "a"}), json!({"custom_fields": {"j": "a"}})),
            (json!({"j": site(1)}), json!({"j": site(2)}), json!({"custom_fields": {"j": site(2)}})),
        ] {
            check("custom_fields", before, after, expected);
        }
    }
}
