//! Custom fields in the form of a write, which depends on their types.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::endpoint::Endpoint;
use super::writable;
use crate::error::{ErrorKind, Result};

impl Endpoint {
    /// What is sent of updates, an object or a list of them: custom fields that were set in the form in which they are read put into that of a write.
    pub(crate) fn with_custom_fields(&self, mut updates: Value) -> Result<Value> {
        let objects = match &mut updates {
            Value::Array(list) => list.as_mut_slice(),
            object => std::slice::from_mut(object),
        };
        let mut fields: Vec<&mut Map<String, Value>> =
            objects.iter_mut().filter_map(|object| object.get_mut("custom_fields")?.as_object_mut()).collect();
        let unclear: BTreeSet<String> = fields
            .iter()
            .flat_map(|fields| fields.iter())
            .filter(|(_, value)| writable::write_form(value) != **value)
            .map(|(name, _)| name.clone())
            .collect();
        if unclear.is_empty() {
            return Ok(updates);
        }
        // It may be a relation or a choice, or JSON that looks like one: only its type tells.
        let kinds = self.api.extras().custom_fields().filter([("name", Vec::from_iter(unclear))]).fields(["name", "type"]);
        for kind in kinds {
            let kind = match kind {
                // Who may not see the types has to set ids and values.
                Err(error) if error.kind() == ErrorKind::Forbidden => break,
                other => other?,
            };
            if kind.str("type.value").is_none_or(|kind| kind == "json") {
                continue;
            }
            let name = kind.str("name").unwrap_or_default();
            for value in fields.iter_mut().filter_map(|fields| fields.get_mut(name)) {
                *value = writable::write_form(value);
            }
        }
        Ok(updates)
    }
}
