//! The change log, and what follows from what was written: a row for each object that has a tag.

use std::sync::Arc;

use serde_json::{Value, json};

use super::clock;
use super::display::display;
use super::objects::Call;
use super::rules::Rules;
use super::store::{Change, Row, Store};
use super::uploads;

pub(super) const RESOURCE: &str = "core/object-changes";
const TAGGED: &str = "extras/tagged-objects";

/// What groups are called where a type is named.
const GROUPS: [(&str, &str); 11] = [
    ("circuits", "Circuits"),
    ("core", "Core"),
    ("dcim", "DCIM"),
    ("extras", "Extras"),
    ("ipam", "IPAM"),
    ("tenancy", "Tenancy"),
    ("users", "Users"),
    ("virtualization", "Virtualization"),
    ("vpn", "VPN"),
    ("wireless", "Wireless"),
    ("plugins", "Plugins"),
];

/// Adds what a request changed to the log. A change that changed nothing is none.
pub(super) fn log(call: &mut Call<'_>, changed: &[Change]) {
    follow_tags(call.rules, call.store, changed);
    uploads::follow(call.store, changed);
    let user = call.store.get("users/users", call.user).and_then(|row| row.get("username").cloned()).unwrap_or_default();
    // What is taken along is gone before the object that takes it.
    let (gone, kept): (Vec<&Change>, Vec<&Change>) =
        changed.iter().filter(|change| is_logged(call.rules, &change.resource)).partition(|change| change.new.is_none());
    for change in kept.into_iter().chain(gone.into_iter().rev()) {
        let snapshot =
            |row: &Option<Arc<Row>>| row.as_ref().map_or_else(Row::new, |row| snapshot(call.rules, call.store, &change.resource, row));
        let (before, after) = (snapshot(&change.old), snapshot(&change.new));
        let Some(row) = change.new.as_ref().or(change.old.as_ref()) else { continue };
        let action = match (&change.old, &change.new) {
            (None, _) => "create",
            (Some(_), None) => "delete",
            (Some(_), Some(_)) if before == after => continue,
            (Some(_), Some(_)) => "update",
        };
        let message = if change.resource == call.resource { call.messages.get(&change.id) } else { None };
        let entry = json!({
            "time": clock::now(),
            "user": call.user,
            "user_name": user,
            "request_id": call.request_id,
            "action": action,
            "changed_object_type": call.rules.model(&change.resource).r#type,
            "changed_object_id": change.id,
            "object_repr": display(call.rules, call.store, &change.resource, change.id, row),
            "message": message.cloned().unwrap_or_default(),
            "prechange_data": before,
            "postchange_data": after,
        });
        call.store.insert(RESOURCE, entry.as_object().cloned().unwrap_or_default());
    }
}

/// Those can be asked by which request they were made.
fn is_logged(rules: &Rules, resource: &str) -> bool {
    rules.schema(resource).is_some_and(|schema| schema.filters.contains_key("created_by_request")) && !rules.is_kept_by_netbox(resource)
}

/// The fields of an object as the database holds them.
fn snapshot(rules: &Rules, store: &Store, resource: &str, row: &Row) -> Row {
    let model = rules.model(resource);
    let value = |name: &String, value: &Value| {
        if name == "tags" {
            let ids = value.as_array().into_iter().flatten().filter_map(Value::as_u64);
            let mut names: Vec<String> =
                ids.filter_map(|id| Some(store.get("extras/tags", id)?.get("name")?.as_str()?.to_owned())).collect();
            names.sort();
            return json!(names);
        }
        if model.generic.values().any(|[r#type, _]| r#type == name) {
            return value.as_str().and_then(|name| type_id(store, name)).map_or(Value::Null, Value::from);
        }
        value.clone()
    };
    let is_field = |name: &str| !name.starts_with('!') && !matches!(name, "created" | "last_updated");
    row.iter().filter(|(name, _)| is_field(name)).map(|(name, own)| (name.clone(), value(name, own))).collect()
}

/// The id of a type, as `dcim.site`.
pub(super) fn type_id(store: &Store, name: &str) -> Option<u64> {
    let (app, model) = name.split_once('.')?;
    let is_it = |row: &Row| row.get("app_label").is_some_and(|own| own == app) && row.get("model").is_some_and(|own| own == model);
    store.rows("core/object-types").find(|(_, row)| is_it(row)).map(|(id, _)| id)
}

/// What a group is called, as `DCIM` of `dcim`.
pub(super) fn group_name(app: &str) -> &str {
    GROUPS.iter().find(|(own, _)| *own == app).map_or(app, |(_, name)| name)
}

/// The name of an entry of the log, as `DCIM | site Berlin created by admin`.
pub(super) fn name(rules: &Rules, row: &Row) -> String {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let r#type = text("changed_object_type");
    let app = r#type.split('.').next().unwrap_or_default();
    let group = group_name(app);
    let verbose = rules.resource_of_type(r#type).map_or(r#type, |resource| &rules.model(resource).verbose);
    format!("{group} | {verbose} {} {}d by {}", text("object_repr"), text("action"), text("user_name"))
}

/// Keeps that an object has a tag.
pub(super) fn tag(rules: &Rules, store: &mut Store, resource: &str, id: u64, tag: &Value) {
    let row = json!({"object_type": rules.model(resource).r#type, "object_id": id, "tag": tag});
    store.insert(TAGGED, row.as_object().cloned().unwrap_or_default());
}

/// Keeps a row for each tag of each object.
pub(super) fn follow_tags(rules: &Rules, store: &mut Store, changed: &[Change]) {
    let tags = |row: &Option<Arc<Row>>| row.as_ref().and_then(|row| row.get("tags").and_then(Value::as_array).cloned()).unwrap_or_default();
    for change in changed {
        let (old, new) = (tags(&change.old), tags(&change.new));
        if old == new {
            continue;
        }
        let r#type = json!(rules.model(&change.resource).r#type);
        let is_left = |row: &Row| {
            row.get("object_id") == Some(&json!(change.id))
                && row.get("object_type") == Some(&r#type)
                && row.get("tag").is_some_and(|tag| !new.contains(tag))
        };
        let left: Vec<u64> =
            if old.is_empty() { Vec::new() } else { store.rows(TAGGED).filter(|(_, row)| is_left(row)).map(|(id, _)| id).collect() };
        left.into_iter().for_each(|id| store.remove(TAGGED, id));
        for tag in new.iter().filter(|tag| !old.contains(tag)) {
            self::tag(rules, store, &change.resource, change.id, tag);
        }
    }
}
