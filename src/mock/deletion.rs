//! What a deletion takes with it, and what forbids it.

use std::collections::HashMap;
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

/// Deletes objects, and what cannot be without them. It knows what leads where from one look at everything.
pub(super) struct Deletion<'a> {
    rules: &'a Rules,
    store: &'a mut Store,
    /// By the object that is led to. What has changed since is looked at again.
    leading: HashMap<(&'a str, u64), Vec<Leading<'a>>>,
}

/// An object that leads to another one.
struct Leading<'a> {
    resource: &'a str,
    id: u64,
    by: Link<'a>,
}

#[derive(Clone, Copy)]
enum Link<'a> {
    Field {
        name: &'a str,
        is_list: bool,
    },
    /// It goes with the object that it is about.
    Part {
        of_type: &'a str,
        of_id: &'a str,
    },
}

impl<'a> Deletion<'a> {
    pub(super) fn new(rules: &'a Rules, store: &'a mut Store) -> Deletion<'a> {
        let mut leading: HashMap<(&str, u64), Vec<Leading<'_>>> = HashMap::new();
        for (resource, schema) in &rules.index.resources {
            let model = rules.model(resource);
            let part = PARTS.iter().find(|(own, _)| own == resource).and_then(|(_, name)| model.generic.get(*name));
            let fields: Vec<(&str, bool, &str)> = schema
                .fields
                .iter()
                .filter_map(|(name, field)| Some((name.as_str(), field.is_list, field.reference.as_deref()?)))
                .collect();
            for (id, row) in store.rows(resource) {
                for (name, is_list, target) in &fields {
                    let targets = match row.get(*name) {
                        Some(Value::Array(targets)) => targets.as_slice(),
                        Some(target) => std::slice::from_ref(target),
                        None => &[],
                    };
                    for target_id in targets.iter().filter_map(Value::as_u64) {
                        let by = Link::Field { name, is_list: *is_list };
                        leading.entry((target, target_id)).or_default().push(Leading { resource, id, by });
                    }
                }
                if let Some([of_type, of_id]) = part {
                    let target = row.get(of_type).and_then(Value::as_str).and_then(|name| rules.resource_of_type(name));
                    if let Some(target) = target.zip(row.get(of_id).and_then(Value::as_u64)) {
                        leading.entry(target).or_default().push(Leading { resource, id, by: Link::Part { of_type, of_id } });
                    }
                }
            }
        }
        Deletion { rules, store, leading }
    }

    /// Deletes an object. Where that is refused, what was done so far is to be undone.
    pub(super) fn delete(&mut self, resource: &'a str, id: u64) -> Result<(), Blocked> {
        if resource == cables::CABLES {
            cables::removed(self.rules, self.store, id);
        }
        self.store.remove(resource, id);
        let mut blocked = Vec::new();
        for Leading { resource: from, id: other, by } in self.leading.remove(&(resource, id)).unwrap_or_default() {
            let Some(row) = self.store.get(from, other).map(|row| (**row).clone()) else { continue };
            let below = match by {
                Link::Part { of_type, of_id } => {
                    let is_of_type =
                        row.get(of_type).and_then(Value::as_str).and_then(|name| self.rules.resource_of_type(name)) == Some(resource);
                    if is_of_type && row.get(of_id).and_then(Value::as_u64) == Some(id) { self.delete(from, other) } else { Ok(()) }
                }
                Link::Field { name, is_list } => self.let_go(from, other, row, name, is_list, id),
            };
            blocked.extend(below.err().into_iter().flat_map(|below| below.by));
        }
        if blocked.is_empty() { Ok(()) } else { Err(Blocked { by: blocked }) }
    }

    /// What becomes of an object whose field leads to one that is gone.
    fn let_go(&mut self, from: &'a str, other: u64, mut row: Row, name: &str, is_list: bool, id: u64) -> Result<(), Blocked> {
        let leads_here = |value: &Value| value.as_u64() == Some(id);
        match row.get_mut(name) {
            Some(Value::Array(ids)) if is_list => ids.retain(|other| !leads_here(other)),
            Some(own) if leads_here(own) => match self.rules.model(from).on_delete.get(name) {
                Some(OnDelete::Protect | OnDelete::Restrict) => {
                    return Err(Blocked { by: vec![format!("{} ({other})", display(self.rules, self.store, from, other, &row))] });
                }
                Some(OnDelete::Cascade) => return self.delete(from, other),
                Some(OnDelete::SetNull) | None => *own = Value::Null,
            },
            _ => return Ok(()),
        }
        self.store.put(from, other, row);
        Ok(())
    }
}
