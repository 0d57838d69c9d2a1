//! What a deletion takes with it, and what forbids it.

use std::fmt;

use serde_json::Value;

use super::cables;
use super::display::display;
use super::relations::PARTS;
use super::rules::{OnDelete, Rules};
use super::store::{Row, Store};

/// The names and ids of the objects that need another one.
#[derive(Debug)]
pub(super) struct Blocked {
    pub(super) by: Vec<String>,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unable to delete object. {} dependent objects were found: {}", self.by.len(), self.by.join(", "))
    }
}

/// Deletes an object, and what cannot be without it. Where that is refused, what was done so far is to be undone.
pub(super) fn delete(rules: &Rules, store: &mut Store, resource: &str, id: u64) -> Result<(), Blocked> {
    if resource == cables::CABLES {
        cables::removed(rules, store, id);
    }
    store.remove(resource, id);
    let mut blocked = Vec::new();
    for (from, field) in PARTS {
        let Some([of_type, of_id]) = rules.model(from).generic.get(*field) else { continue };
        let r#type = &rules.model(resource).r#type;
        let is_part = |row: &Row| {
            row.get(of_type).is_some_and(|own| own.as_str() == Some(r#type)) && row.get(of_id).and_then(Value::as_u64) == Some(id)
        };
        let parts: Vec<u64> = store.rows(from).filter(|(_, row)| is_part(row)).map(|(id, _)| id).collect();
        for part in parts {
            if let Err(below) = delete(rules, store, from, part) {
                blocked.extend(below.by);
            }
        }
    }
    for (from, schema) in &rules.index.resources {
        let fields = schema.fields.iter().filter(|(_, field)| field.reference.as_deref() == Some(resource));
        for (name, field) in fields {
            let leads_here = |row: &Row| match row.get(name) {
                Some(Value::Array(ids)) => ids.iter().any(|other| other.as_u64() == Some(id)),
                Some(other) => other.as_u64() == Some(id),
                None => false,
            };
            let found: Vec<(u64, Row)> =
                store.rows(from).filter(|(_, row)| leads_here(row)).map(|(id, row)| (id, (**row).clone())).collect();
            for (other, mut row) in found {
                match rules.model(from).on_delete.get(name) {
                    _ if field.is_list => {
                        if let Some(Value::Array(ids)) = row.get_mut(name) {
                            ids.retain(|other| other.as_u64() != Some(id));
                        }
                        store.put(from, other, row);
                    }
                    Some(OnDelete::Protect | OnDelete::Restrict) => {
                        blocked.push(format!("{} ({other})", display(rules, store, from, other, &row)))
                    }
                    Some(OnDelete::Cascade) => match delete(rules, store, from, other) {
                        Ok(()) => {}
                        Err(below) => blocked.extend(below.by),
                    },
                    Some(OnDelete::SetNull) | None => {
                        row.insert(name.clone(), Value::Null);
                        store.put(from, other, row);
                    }
                }
            }
        }
    }
    if blocked.is_empty() { Ok(()) } else { Err(Blocked { by: blocked }) }
}
