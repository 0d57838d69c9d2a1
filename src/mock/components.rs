//! What a new device has from the start: the components that its type lists as templates.

use serde_json::{Value, json};

use super::rules::Rules;
use super::store::Store;
use super::write::checked_fields;

/// The components of devices, each with a template of the same name. What leads from one to another, as the power port of an outlet, is left out.
const COMPONENTS: [&str; 12] = [
    "console-port",
    "console-server-port",
    "cooling-intake",
    "cooling-outflow",
    "device-bay",
    "front-port",
    "interface",
    "inventory-item",
    "module-bay",
    "power-outlet",
    "power-port",
    "rear-port",
];

/// Gives a device what its type lists.
pub(super) fn equip(rules: &Rules, store: &mut Store, device: u64, now: &str) {
    let Some(of_type) = store.get("dcim/devices", device).and_then(|row| row.get("device_type").cloned()) else { return };
    for name in COMPONENTS {
        let (template, component) = (format!("dcim/{name}-templates"), format!("dcim/{name}s"));
        let Some(schema) = rules.schema(&component) else { continue };
        let is_copied = |name: &str| {
            let field = schema.fields.get(name).filter(|field| !field.read_only && !field.is_list && field.reference.is_none());
            field.is_some() && !matches!(name, "custom_fields" | "description")
        };
        let bodies: Vec<Value> = store
            .rows(&template)
            .filter(|(_, row)| row.get("device_type") == Some(&of_type))
            .map(|(_, row)| row.iter().filter(|(name, value)| is_copied(name) && !value.is_null()))
            .map(|members| Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect()))
            .collect();
        for mut body in bodies {
            body["device"] = json!(device);
            if let Ok(mut row) = checked_fields(rules, store, &component, &body, None, true) {
                row.insert("created".to_owned(), json!(now));
                row.insert("last_updated".to_owned(), json!(now));
                store.insert(&component, row);
            }
        }
    }
}
