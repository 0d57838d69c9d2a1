//! Which ways of paging lose or repeat objects where others write between two pages. The test is the writer, so nothing is left to luck.

use std::collections::{BTreeMap, BTreeSet};

use netbox_sdk::{Api, ApiResponse, List, Paging, Result, json};
use serde_json::Value;

use crate::live::unique;
use crate::support::live;

const PAGE: usize = 10;
const ROLES: usize = 42;

/// Contact roles (which are cheap to delete) of one iteration. What is left of them is deleted at the end, however it ends.
struct Roles<'a> {
    nb: &'a Api,
    mark: String,
    ids: Vec<u64>,
}

impl Roles<'_> {
    fn all(&self) -> List {
        self.nb.tenancy().contact_roles().filter([("description", self.mark.as_str())]).fields(["name"])
    }

    /// Names that begin with a digit come before all others.
    fn make(&self, names: impl Iterator<Item = String>) -> Vec<u64> {
        let bodies: Vec<Value> = names.map(|name| json!({"name": name, "slug": name, "description": self.mark})).collect();
        let made: Vec<Value> =
            self.nb.client().post("tenancy/contact-roles").json(&bodies).send().unwrap().error_for_status().unwrap().json().unwrap();
        made.iter().map(|role| role["id"].as_u64().unwrap()).collect()
    }

    fn delete(&self, ids: impl IntoIterator<Item = u64>) -> Result<ApiResponse> {
        let bodies: Vec<Value> = ids.into_iter().map(|id| json!({ "id": id })).collect();
        self.nb.client().delete("tenancy/contact-roles").json(&bodies).send()?.error_for_status()
    }

    fn rename(&self, id: u64, name: &str) {
        self.nb.tenancy().contact_roles().get(id).unwrap().unwrap().update(json!({ "name": name })).unwrap();
    }
}

impl Drop for Roles<'_> {
    fn drop(&mut self) {
        let _ = self.delete(self.all().into_iter().filter_map(|role| Some(role.ok()?.id())));
    }
}

/// Reads all, and after each page deletes some of those that were read, or inserts others before them and renames one.
/// Gives how many of those that existed throughout were lost, and how many came twice.
fn lost_and_repeated(nb: &Api, paging: Paging) -> (usize, usize) {
    let mut roles = Roles { nb, mark: unique("losses"), ids: Vec::new() };
    roles.ids = roles.make((0..ROLES).map(|number| format!("{}-{number:02}", roles.mark)));
    // Each third one is there to be deleted.
    let is_kept = |id: u64| roles.ids.iter().position(|own| *own == id).is_some_and(|position| position % 3 != 0);
    let list = roles.all().paging(paging).page_size(PAGE as u64);
    let list = if paging == Paging::Offset { list.ordering("name") } else { list };
    let mut seen: BTreeMap<u64, usize> = roles.ids.iter().filter(|id| is_kept(**id)).map(|id| (*id, 0)).collect();
    let mut doomed = BTreeSet::new();
    for (number, role) in list.into_iter().enumerate() {
        let id = role.unwrap().id();
        match seen.get_mut(&id) {
            Some(times) => *times += 1,
            None => {
                doomed.insert(id);
            }
        }
        let number = number + 1;
        if number % (2 * PAGE) == PAGE {
            roles.delete(std::mem::take(&mut doomed)).unwrap();
        } else if number % PAGE == 0 && number < ROLES {
            roles.make((0..PAGE / 2).map(|new| format!("0-{}-{number}-{new}", roles.mark)));
            // By its name one of the last comes first.
            let id = roles.ids[ROLES - number / (2 * PAGE)];
            roles.rename(id, &format!("0-{}-{id}", roles.mark));
        }
    }
    (seen.values().filter(|times| **times == 0).count(), seen.values().filter(|times| **times > 1).count())
}

#[test]
fn rule_03_only_paging_by_position_loses_and_repeats_what_others_do_not_touch() {
    let Some(nb) = live().map(Api::new) else { return };
    for paging in [Paging::Auto, Paging::Keyset, Paging::Cursor] {
        assert_eq!(lost_and_repeated(&nb, paging), (0, 0), "{paging:?}");
    }
    let (lost, repeated) = lost_and_repeated(&nb, Paging::Offset);
    println!("by position: {lost} lost, {repeated} repeated");
    assert!(lost >= 3 && repeated >= 3, "{lost} {repeated}");
}
