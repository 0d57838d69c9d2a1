//! Custom fields in the form of a write, which depends on their types.

use serde_json::Value;

use super::endpoint::Endpoint;
use super::writable;
use crate::error::{ErrorKind, Result};

impl Endpoint {
    /// What is sent of updates: custom fields that were set in the form in which they are read put into that of a write.
    pub(crate) fn with_custom_fields(&self, mut updates: Value) -> Result<Value> {
        let Some(fields) = updates.get_mut("custom_fields").and_then(Value::as_object_mut) else { return Ok(updates) };
        let unclear: Vec<&String> =
            fields.iter().filter(|(_, value)| writable::write_form(value) != **value).map(|(name, _)| name).collect();
        if unclear.is_empty() {
            return Ok(updates);
        }
        // It may be a relation or a choice, or JSON that looks like one: only its type tells.
        let kinds = self.api.extras().custom_fields().filter([("name", unclear)]).fields(["name", "type"]);
        for kind in kinds {
            let kind = match kind {
                // Who may not see the types has to set ids and values.
                Err(error) if error.kind() == ErrorKind::Forbidden => break,
                other => other?,
            };
            let is_json = kind.str("type.value").is_none_or(|kind| kind == "json");
            if let (Some(value), false) = (kind.str("name").and_then(|name| fields.get_mut(name)), is_json) {
                *value = writable::write_form(value);
            }
        }
        Ok(updates)
    }
}
