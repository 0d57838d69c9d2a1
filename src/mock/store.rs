//! Where the objects are: rows of written values by resource and id. What was not committed can be undone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::jobs::Job;

/// The values of an object as they are written: ids, choices by their values. What begins with `!` is no field.
pub(super) type Row = Map<String, Value>;

#[derive(Debug, Default)]
pub(super) struct Store {
    tables: BTreeMap<String, Table>,
    /// What stood where something was changed, the oldest first.
    undo: Vec<(String, u64, Option<Arc<Row>>)>,
    /// Work that is to be done later.
    pub(super) jobs: Vec<Job>,
    /// What was uploaded, by its path below `/media/`.
    files: BTreeMap<String, Vec<u8>>,
    /// The same of files as `undo`.
    undo_files: Vec<(String, Option<Vec<u8>>)>,
}

/// What became of an object since the last commit.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) resource: String,
    pub(super) id: u64,
    pub(super) old: Option<Arc<Row>>,
    pub(super) new: Option<Arc<Row>>,
}

#[derive(Debug, Default)]
struct Table {
    last_id: u64,
    rows: BTreeMap<u64, Arc<Row>>,
}

impl Store {
    pub(super) fn get(&self, resource: &str, id: u64) -> Option<&Arc<Row>> {
        self.tables.get(resource)?.rows.get(&id)
    }

    /// By rising ids.
    pub(super) fn rows(&self, resource: &str) -> impl Iterator<Item = (u64, &Arc<Row>)> {
        self.tables.get(resource).into_iter().flat_map(|table| table.rows.iter().map(|(id, row)| (*id, row)))
    }

    /// Adds a row. As in a database, an id is never used again, even where it was undone.
    pub(super) fn insert(&mut self, resource: &str, row: Row) -> u64 {
        let table = self.tables.entry(resource.to_owned()).or_default();
        table.last_id += 1;
        let id = table.last_id;
        self.put(resource, id, row);
        id
    }

    pub(super) fn put(&mut self, resource: &str, id: u64, row: Row) {
        let table = self.tables.entry(resource.to_owned()).or_default();
        let old = table.rows.insert(id, Arc::new(row));
        self.undo.push((resource.to_owned(), id, old));
    }

    pub(super) fn remove(&mut self, resource: &str, id: u64) {
        if let Some(old) = self.tables.get_mut(resource).and_then(|table| table.rows.remove(&id)) {
            self.undo.push((resource.to_owned(), id, Some(old)));
        }
    }

    pub(super) fn file(&self, path: &str) -> Option<&Vec<u8>> {
        self.files.get(path)
    }

    pub(super) fn put_file(&mut self, path: String, content: Vec<u8>) {
        let old = self.files.insert(path.clone(), content);
        self.undo_files.push((path, old));
    }

    pub(super) fn remove_file(&mut self, path: &str) {
        if let Some(old) = self.files.remove(path) {
            self.undo_files.push((path.to_owned(), Some(old)));
        }
    }

    /// What changed since the last commit, in the order of the first changes.
    pub(super) fn changed(&self) -> Vec<Change> {
        let mut seen = BTreeSet::new();
        let first = self.undo.iter().filter(|(resource, id, _)| seen.insert((resource, id)));
        let change = |(resource, id, old): &(String, u64, Option<Arc<Row>>)| Change {
            resource: resource.clone(),
            id: *id,
            old: old.clone(),
            new: self.get(resource, *id).cloned(),
        };
        first.map(change).collect()
    }

    pub(super) fn commit(&mut self) {
        self.undo.clear();
        self.undo_files.clear();
    }

    pub(super) fn roll_back(&mut self) {
        while let Some((resource, id, old)) = self.undo.pop() {
            let Some(table) = self.tables.get_mut(&resource) else { continue };
            match old {
                Some(row) => drop(table.rows.insert(id, row)),
                None => drop(table.rows.remove(&id)),
            }
        }
        while let Some((path, old)) = self.undo_files.pop() {
            match old {
                Some(content) => drop(self.files.insert(path, content)),
                None => drop(self.files.remove(&path)),
            }
        }
    }
}
