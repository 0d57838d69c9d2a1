//! Many objects at once, with types, against a real NetBox.

use std::time::Duration;

use netbox_sdk::typed::v4_7::{self, ManufacturerRequest, Tag, TagPatch, TagRequest};
use netbox_sdk::{Client, ErrorKind, Token, json, mock};

use crate::live::unique;
use crate::support::{impatient, live};

/// Deletes the tags of a test at its end.
struct Own(v4_7::Api, String);

impl Own {
    fn new(nb: &v4_7::Api) -> Own {
        Own(nb.clone(), unique("typed-bulk"))
    }

    fn bodies(&self, numbers: std::ops::Range<u32>) -> Vec<TagRequest> {
        let names = numbers.map(|number| format!("{}-{number}", self.1));
        names.map(|name| TagRequest::new(name.as_str(), name.as_str())).collect()
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.0.extras().tags().filter([("name__isw", self.1.as_str())]).delete();
    }
}

#[test]
fn objects_are_made_changed_saved_and_deleted_by_few_requests() {
    let Some(client) = live() else { return };
    let nb = v4_7::Api::new(client);
    let own = Own::new(&nb);
    let tags = nb.extras().tags();
    let made: Vec<Tag> = tags.bulk().chunk(3).create(own.bodies(0..8)).unwrap();
    let names: Vec<String> = (0..8).map(|number| format!("{}-{number}", own.1)).collect();
    assert_eq!(made.iter().map(|tag| tag.name.clone()).collect::<Vec<_>>(), names);

    let changes = made.iter().rev().map(|tag| (tag.id, TagPatch::new().description(format!("of {}", tag.id))));
    let changed = tags.patch_many(changes).unwrap();
    assert!(
        changed.iter().zip(made.iter().rev()).all(|(tag, before)| (tag.id, &tag.description) == (before.id, &format!("of {}", before.id)))
    );

    let mut edited = made.clone();
    edited[1].color = "ff0000".to_owned();
    edited[6].color = "00ff00".to_owned();
    let saved = tags.save_many(made.iter().zip(&edited)).unwrap();
    assert_eq!(saved.iter().map(|tag| tag.color.as_str()).filter(|color| ["ff0000", "00ff00"].contains(color)).count(), 2);
    assert_eq!((saved[6].color.as_str(), saved[6].description.as_str()), ("00ff00", format!("of {}", made[6].id).as_str()));

    let list = tags.filter([("name__isw", own.1.as_str())]);
    let all = tags.patch_all(list.clone(), &TagPatch::new().weight(7)).unwrap();
    assert!(all.len() == 8 && all.iter().all(|tag| tag.weight == 7));
    assert_eq!(tags.delete_many([made[0].id, made[1].id]).unwrap(), 2);
    assert_eq!((list.count().unwrap(), list.delete().unwrap(), list.count().unwrap()), (6, 6, 0));
}

#[test]
fn a_refused_entry_is_told_by_its_place_and_what_was_done_is_known() {
    let Some(client) = live() else { return };
    let nb = v4_7::Api::new(client);
    let own = Own::new(&nb);
    let tags = nb.extras().tags();
    let mut bodies = own.bodies(0..4);
    bodies.extend(own.bodies(0..1));
    let error = tags.bulk().chunk(2).create(&bodies).unwrap_err();
    assert_eq!((error.done(), error.refused()), (vec![0, 1, 2, 3], vec![4]));
    assert_eq!(error.failed()[0].index, 4);
    let made: Vec<Tag> = error.records().map(|record| record.parse().unwrap()).collect();
    assert_eq!(made.len(), 4);
    assert!(netbox_sdk::Error::from(error).may_have_been_sent());
}

#[test]
fn jobs_in_the_background_give_objects() {
    let Some(client) = live() else { return };
    let nb = v4_7::Api::new(client);
    let own = Own::new(&nb);
    let tags = nb.extras().tags();
    let made = tags.bulk().background().create(own.bodies(0..3)).unwrap().wait(Duration::from_secs(120)).unwrap();
    assert_eq!(made.len(), 3);
    let changes = made.iter().map(|tag| (tag.id, TagPatch::new().weight(9)));
    let changed = tags.bulk().background().patch(changes).unwrap().wait(Duration::from_secs(120)).unwrap();
    assert!(changed.iter().all(|tag| tag.weight == 9));
    let deleted = tags.bulk().background().delete(made.iter().map(|tag| tag.id)).unwrap().wait(Duration::from_secs(120)).unwrap();
    assert_eq!((deleted, tags.filter([("name__isw", own.1.as_str())]).count().unwrap()), (3, 0));
}

/// A NetBox that nobody listens for: what is sent fails to connect.
fn nowhere() -> v4_7::Api {
    v4_7::Api::new(Client::new(impatient("http://127.0.0.1:9").build().unwrap()).unwrap())
}

#[test]
fn all_that_is_wrong_with_many_bodies_is_told_before_the_first_is_sent() {
    let nb = nowhere();
    let tags = nb.extras().tags();
    let bodies = [TagRequest::new("a", "a"), TagRequest::new("b", "no slug!"), TagRequest::new("", "c")];
    let error = tags.create_many(&bodies).unwrap_err();
    let paths: Vec<&str> = error.error().violations().iter().map(|violation| violation.path.as_str()).collect();
    assert_eq!((error.error().kind(), paths), (ErrorKind::RequestValidation, vec!["[1].slug", "[2].name"]));
    let error = tags.bulk().create_json([json!({"name": "a"})]).unwrap_err();
    assert_eq!(error.error().violations()[0].path, "[0].slug");
    let error = tags.patch_many([(1_u64, TagPatch::new().color("red"))]).unwrap_err();
    assert_eq!(error.error().violations()[0].path, "[0].color");
    let error = tags.patch_all(tags.filter([("name", "x")]), &TagPatch::new().color("red")).unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::RequestValidation);
    let error = tags.patch_all(tags.all(), &TagPatch::new().color("ff0000")).unwrap_err();
    assert!(error.to_string().contains("the list has no filter"), "{error}");
    let error = tags.patch_all(tags.filter([("name", "x")]), &TagPatch::new()).unwrap_err();
    assert!(error.to_string().contains("the change names no field"), "{error}");
    let foreign = nowhere().extras().tags().filter([("name", "x")]);
    let branch = nb.on_branch("td5smq0f").unwrap().extras().tags().filter([("name", "x")]);
    let other_user = nb.untyped().client().with_token(&Token::new("0123456789abcdef0123456789abcdef01234567").unwrap());
    let other_user = v4_7::Api::new(other_user).extras().tags().filter([("name", "x")]);
    for list in [foreign, branch, other_user] {
        let error = tags.patch_all(list, &TagPatch::new().color("ff0000")).unwrap_err();
        assert!(error.to_string().contains("the list is not one of this extras/tags"), "{error}");
    }
    // What is right is sent.
    assert_eq!(tags.create_many(&bodies[..1]).unwrap_err().error().kind(), ErrorKind::Connect);
}

#[test]
fn bodies_without_types_are_checked_as_theirs_are() {
    let nb = nowhere();
    let sites = nb.dcim().sites();
    let refused = |error: netbox_sdk::Error| {
        assert_eq!(error.kind(), ErrorKind::RequestValidation, "{error}");
        error.violations().iter().map(|violation| violation.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(refused(sites.create_json(json!({"name": "Berlin", "statsu": "active"})).unwrap_err()), ["statsu", "slug"]);
    assert_eq!(refused(sites.update_json(1_u64, json!({"name": "Berlin"})).unwrap_err()), ["slug"]);
    assert_eq!(refused(sites.patch_json(1_u64, json!({"latitude": "north"})).unwrap_err()), ["latitude"]);
    assert!(sites.create_json(json!([])).unwrap_err().to_string().contains("the body is a list"));
    let free = nb.ipam().prefixes().available_ips(7_u64);
    assert_eq!(refused(free.create_json(json!([{"prefix_length": "invalid"}, {"prefix_length": 28}])).unwrap_err()), ["[0].prefix_length"]);
    assert_eq!(sites.create_json(json!({"name": "Berlin", "slug": "ber"})).unwrap_err().kind(), ErrorKind::Connect);
}

#[test]
fn the_types_of_custom_fields_are_asked_for_once() {
    let netbox = mock::NetBox::start().unwrap();
    let nb = v4_7::api(netbox.url(), netbox.token()).unwrap();
    let untyped = nb.untyped().extras();
    let set = untyped.custom_field_choice_sets().create(json!({"name": "of two", "extra_choices": [["a", "A"], ["b", "B"]]})).unwrap();
    let field = json!({"name": "kind", "type": "multiselect", "object_types": ["dcim.manufacturer"], "choice_set": set.id()});
    untyped.custom_fields().create(field).unwrap();
    netbox.reset();
    let read = json!({"kind": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]});
    let bodies =
        (0..5).map(|number| ManufacturerRequest::new(format!("maker {number}"), format!("maker-{number}")).custom_fields(read.clone()));
    let makers = nb.dcim().manufacturers().create_many(bodies).unwrap();
    assert!(makers.iter().all(|maker| maker.custom_fields.strs("kind") == Some(vec!["a", "b"])));
    let paths: Vec<String> = netbox.requests().iter().map(|request| request.uri().path().to_owned()).collect();
    assert_eq!(paths, ["/api/extras/custom-fields/", "/api/dcim/manufacturers/"]);
}
