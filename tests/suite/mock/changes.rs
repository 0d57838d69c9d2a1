//! The change log, journal entries, tagged objects, and what is done in the background.

use std::time::{Duration, Instant};

use netbox_sdk::Api;
use netbox_sdk::http::Method;
use serde_json::{Value, json};

use super::{body, both, make, refused, sent, site, tags};
use crate::live::{Guard, unique};

/// What the log has of an object, the latest first.
fn logged(nb: &Api, object_type: &str, id: &Value) -> Vec<Value> {
    let (status, page) = sent(nb.client().get(&format!("core/object-changes?changed_object_type={object_type}&changed_object_id={id}")));
    assert_eq!(status, 200, "{page}");
    page["results"].as_array().unwrap().clone()
}

#[test]
fn what_is_made_changed_and_deleted_is_logged() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let path = format!("dcim/sites/{}", site["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"facility": "F1"}))).0, 200);
        assert_eq!(sent(nb.client().delete(&path)).0, 204);
        let log = logged(nb, "dcim.site", &site["id"]);
        let actions: Vec<&str> = log.iter().map(|entry| entry["action"]["value"].as_str().unwrap()).collect();
        assert_eq!(actions, ["delete", "update", "create"]);
        let [deleted, updated, created] = &log[..] else { panic!("{log:?}") };
        assert_eq!((&created["prechange_data"], &created["postchange_data"]["facility"]), (&json!({}), &json!("")));
        assert_eq!((&updated["prechange_data"]["facility"], &updated["postchange_data"]["facility"]), (&json!(""), &json!("F1")));
        assert_eq!((&deleted["prechange_data"]["facility"], &deleted["postchange_data"]), (&json!("F1"), &json!({})));
        assert_eq!((&updated["object_repr"], &updated["changed_object"]), (&site["name"], &Value::Null), "it is gone");
        assert_eq!(updated["user_name"], updated["user"]["username"]);
        assert_eq!(updated["display"], json!(format!("DCIM | site {} updated by admin", site["name"].as_str().unwrap())));
        assert!(updated["display_url"].as_str().unwrap().ends_with(&format!("/core/changelog/{}/", updated["id"])));
        assert_eq!(sent(nb.client().get(&format!("core/object-changes/{}", updated["id"]))), (200, updated.clone()));
    });
}

#[test]
fn the_log_has_fields_as_the_database_holds_them() {
    both(|nb| {
        let (mark, ids, _tags) = tags(nb, 2);
        let (region, _region) = make(nb, "dcim/regions", &json!({"name": mark, "slug": mark}));
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": mark, "slug": mark, "region": region["id"], "tags": [ids[1], ids[0]]}));
        let log = logged(nb, "dcim.site", &site["id"]);
        assert_eq!(log.len(), 1);
        let data = &log[0]["postchange_data"];
        assert_eq!((&data["region"], &data["status"], &data["name"]), (&region["id"], &json!("active"), &json!(mark)));
        assert_eq!(data["tags"], json!([format!("{mark}-0"), format!("{mark}-1")]));
        assert_eq!((data.get("created"), data.get("last_updated"), data.get("id"), data.get("device_count")), (None, None, None, None));
        assert_eq!(log[0]["changed_object"]["slug"], json!(mark));
    });
}

#[test]
fn a_change_that_changes_nothing_is_not_logged() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let path = format!("dcim/sites/{}", site["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"facility": "", "status": "active"}))).0, 200);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"status": "nosuch"}))).0, 400);
        assert_eq!(logged(nb, "dcim.site", &site["id"]).len(), 1);
    });
}

#[test]
fn a_request_has_an_id_that_the_log_knows() {
    both(|nb| {
        let name = unique("mock");
        let reply = nb.client().post("dcim/sites").json(&json!({"name": name, "slug": name})).send().unwrap();
        let request = reply.header("x-request-id").unwrap().to_owned();
        let made = body(&reply);
        let _guard = Guard { client: nb.client().clone(), path: format!("dcim/sites/{}", made["id"]) };
        assert_eq!((request.len(), request.matches('-').count()), (36, 4), "{request}");
        assert_eq!(logged(nb, "dcim.site", &made["id"])[0]["request_id"], json!(request));
        let count = |query: &str| sent(nb.client().get(&format!("{query}={request}&fields=id"))).1["count"].clone();
        assert_eq!(count("core/object-changes?request_id"), 1);
        assert_eq!(count("dcim/sites?created_by_request"), 1);
        assert_eq!((count("dcim/sites?modified_by_request"), count("dcim/sites?updated_by_request")), (json!(1), json!(0)));
        assert_eq!(count("dcim/regions?created_by_request"), 0);
    });
}

#[test]
fn a_body_says_why_something_was_changed() {
    both(|nb| {
        let (mark, ids, _tags) = tags(nb, 2);
        let patch = json!([{"id": ids[0], "color": "ff0000", "changelog_message": "one"}, {"id": ids[1], "color": "ff0000"}]);
        assert_eq!(sent(nb.client().patch("extras/tags").json(&patch)).0, 200, "{mark}");
        let path = format!("extras/tags/{}", ids[1]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"color": "00ff00", "changelog_message": "two"}))).0, 200);
        assert_eq!(sent(nb.client().delete(&path).json(&json!({"changelog_message": "three"}))).0, 204);
        let messages = |id: u64| logged(nb, "extras.tag", &json!(id)).iter().map(|entry| entry["message"].clone()).collect::<Vec<_>>();
        assert_eq!(
            (messages(ids[0]), messages(ids[1])),
            (vec![json!("one"), json!("")], vec![json!("three"), json!("two"), json!(""), json!("")])
        );
    });
}

#[test]
fn what_is_deleted_along_is_logged_too() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let body = json!({"assigned_object_type": "dcim.site", "assigned_object_id": site["id"], "comments": "hello"});
        let (entry, _entry) = make(nb, "extras/journal-entries", &body);
        let reply = nb.client().delete(&format!("dcim/sites/{}", site["id"])).send().unwrap();
        let request = reply.header("x-request-id").unwrap();
        let (_, page) = sent(nb.client().get(&format!("core/object-changes?request_id={request}&action=delete")));
        let types: Vec<&str> =
            page["results"].as_array().unwrap().iter().map(|entry| entry["changed_object_type"].as_str().unwrap()).collect();
        assert_eq!(types, ["dcim.site", "extras.journalentry"]);
        assert_eq!(page["results"][1]["changed_object_id"], entry["id"]);
        assert_eq!(sent(nb.client().get(&format!("extras/journal-entries/{}", entry["id"]))).0, 404);
    });
}

#[test]
fn the_log_is_searched_and_filtered_and_only_read() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let name = site["name"].as_str().unwrap();
        let count = |query: &str| sent(nb.client().get(&format!("core/object-changes?fields=id&{query}"))).1["count"].clone();
        assert_eq!(count(&format!("q={name}")), 1);
        assert_eq!(count(&format!("q={name}&user=admin&action=create")), 1);
        assert_eq!(count(&format!("q={name}&action=delete")), 0);
        assert_eq!(count(&format!("q={name}&time_after=2020-01-01T00:00:00Z")), 1);
        assert_eq!(count(&format!("q={name}&time_before=2020-01-01T00:00:00Z")), 0);
        let (_, r#type) = sent(nb.client().get("core/object-types?app_label=dcim&model=site"));
        let id = &r#type["results"][0]["id"];
        assert_eq!(count(&format!("changed_object_type_id={id}&changed_object_id={}", site["id"])), 1);
        refused(
            nb.client().get("core/object-changes?action=zz"),
            400,
            json!({"action": ["Select a valid choice. zz is not one of the available choices."]}),
        );
        refused(nb.client().post("core/object-changes").json(&json!({})), 405, json!({"detail": "Method \"POST\" not allowed."}));
        refused(nb.client().get("core/object-changes/999999999"), 404, json!({"detail": "No ObjectChange matches the given query."}));
    });
}

#[test]
fn a_journal_entry_is_of_an_object_and_of_who_wrote_it() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let body = |id: &Value, kind: &str| json!({"assigned_object_type": "dcim.site", "assigned_object_id": id, "comments": "hello", "kind": kind});
        let (entry, _entry) = make(nb, "extras/journal-entries", &body(&site["id"], "warning"));
        assert_eq!((&entry["kind"], &entry["assigned_object"]["slug"]), (&json!({"value": "warning", "label": "Warning"}), &site["slug"]));
        let (_, me) = sent(nb.client().get("authentication-check"));
        assert_eq!(entry["created_by"], me["id"]);
        let created = entry["created"].as_str().unwrap();
        assert_eq!(entry["display"], json!(format!("{} (Warning)", created[..16].replace('T', " "))));
        let (_, found) =
            sent(nb.client().get(&format!("extras/journal-entries?assigned_object_type=dcim.site&assigned_object_id={}", site["id"])));
        assert_eq!(found["count"], 1);
        let post = |body: Value| nb.client().post("extras/journal-entries").json(&body);
        refused(post(body(&site["id"], "bad")), 400, json!({"kind": ["bad is not a valid choice."]}));
        refused(post(body(&json!(999_999), "info")), 400, json!({"__all__": ["Invalid assigned_object: DCIM > Site ID 999999"]}));
    });
}

#[test]
fn tagged_objects_are_listed() {
    both(|nb| {
        let (mark, ids, _tags) = tags(nb, 2);
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": mark, "slug": mark, "tags": [ids[0]]}));
        let list = |query: &str| sent(nb.client().get(&format!("extras/tagged-objects?{query}"))).1;
        let page = list(&format!("tag={mark}-0"));
        let tagged = &page["results"][0];
        assert_eq!((&page["count"], &tagged["object_type"], &tagged["object_id"]), (&json!(1), &json!("dcim.site"), &site["id"]));
        assert_eq!((&tagged["object"]["slug"], &tagged["tag"]["slug"]), (&json!(mark), &json!(format!("{mark}-0"))));
        assert_eq!(tagged["display"], json!(format!("{mark} tagged with {mark}-0")));
        let path = format!("dcim/sites/{}", site["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"tags": [ids[1]]}))).0, 200);
        assert_eq!(list(&format!("tag={mark}-0"))["count"], 0);
        assert_eq!(list(&format!("object_type=dcim.site&object_id={}", site["id"]))["results"][0]["tag"]["id"], ids[1]);
        let counted = |id: u64| sent(nb.client().get(&format!("extras/tags/{id}"))).1["tagged_items"].clone();
        assert_eq!((counted(ids[0]), counted(ids[1])), (json!(0), json!(1)));
        assert_eq!(sent(nb.client().delete(&path)).0, 204);
        assert_eq!(list(&format!("tag={mark}-1"))["count"], 0);
    });
}

/// Waits until a job is done.
fn finished(nb: &Api, job: &Value) -> Value {
    let began = Instant::now();
    loop {
        let (status, job) = sent(nb.client().get(&format!("core/jobs/{}", job["id"])));
        assert_eq!(status, 200, "{job}");
        if !matches!(job["status"]["value"].as_str(), Some("pending" | "running")) {
            return job;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{job}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_bulk_write_in_the_background_is_a_job_that_finishes_later() {
    both(|nb| {
        let mark = unique("mock");
        let bodies: Vec<Value> = (0..2).map(|n| json!({"name": format!("{mark}-{n}"), "slug": format!("{mark}-{n}")})).collect();
        let reply = nb.client().post("extras/tags?background=true").json(&bodies).send().unwrap();
        let (status, location, accepted) = (reply.status().as_u16(), reply.header("location").unwrap().to_owned(), body(&reply));
        assert_eq!((status, &accepted["job"]["status"]), (202, &json!("pending")));
        assert_eq!(accepted["job"]["url"], json!(location));
        let job = finished(nb, &accepted["job"]);
        assert_eq!((&job["status"]["label"], &job["name"], &job["error"]), (&json!("Completed"), &json!("Bulk create tags"), &json!("")));
        assert_eq!((&job["queue_name"], &job["object_type"], &job["log_entries"]), (&json!("default"), &Value::Null, &json!([])));
        assert!(job["started"].is_string() && job["completed"].is_string() && job["execution_time"].is_string(), "{job}");
        assert_eq!(job["data"]["status_code"], 201);
        let made = job["data"]["data"].as_array().unwrap();
        assert_eq!((made.len(), &made[1]["slug"]), (2, &json!(format!("{mark}-1"))));
        let ids: Vec<Value> = made.iter().map(|tag| json!({"id": tag["id"]})).collect();
        let (status, accepted) = sent(nb.client().delete("extras/tags?background=true").json(&ids));
        assert_eq!(status, 202);
        let job = finished(nb, &accepted["job"]);
        assert_eq!((&job["name"], &job["data"]), (&json!("Bulk delete tags"), &json!({"status_code": 204, "data": null})));
        assert_eq!(sent(nb.client().get(&format!("extras/tags?name__isw={mark}"))).1["count"], 0);
    });
}

#[test]
fn a_job_fails_where_the_write_would_be_refused() {
    both(|nb| {
        let (mark, ids, _tags) = tags(nb, 2);
        let patch = json!([{"id": ids[0], "description": "changed"}, {"id": ids[1], "color": "zz"}]);
        let (status, accepted) = sent(nb.client().patch("extras/tags?background=true").json(&patch));
        assert_eq!(status, 202);
        let job = finished(nb, &accepted["job"]);
        assert_eq!((&job["status"]["value"], &job["error"]), (&json!("failed"), &json!("1 of 2 objects could not be updated.")));
        assert_eq!((&job["data"]["status_code"], &job["data"]["data"]["errors"][0]["id"]), (&json!(400), &json!(ids[1])));
        assert_eq!(sent(nb.client().get(&format!("extras/tags/{}", ids[0]))).1["description"], json!(mark), "all or nothing");
    });
}

#[test]
fn only_lists_are_written_in_the_background() {
    both(|nb| {
        let name = unique("mock");
        let (_, _tag) = make(nb, "extras/tags?background=true", &json!({"name": name, "slug": name}));
        let (_, ids, _tags) = tags(nb, 1);
        let patch = |query: &str, body: Value| nb.client().request(Method::PATCH, &format!("extras/tags?{query}")).json(&body);
        refused(patch("background=true", json!({"id": ids[0]})), 400, json!({"detail": "Expected a list of objects, but got dict."}));
        assert_eq!(sent(patch("background=1", json!([{"id": ids[0], "color": "ff0000"}]))).0, 200, "any other value does not count");
        refused(
            patch("background=true", json!([{"id": ids[0]}])).header("If-Match", "*"),
            400,
            json!(["The If-Match header is not supported with background processing."]),
        );
    });
}

#[test]
fn the_facade_waits_for_jobs() {
    both(|nb| {
        let mark = unique("mock");
        let bodies: Vec<Value> =
            (0..3).map(|n| json!({"name": format!("{mark}-{n}"), "slug": format!("{mark}-{n}"), "description": mark})).collect();
        let endpoint = nb.extras().tags();
        let jobs = endpoint.bulk().chunk(2).background().create(&bodies).unwrap();
        assert_eq!((jobs.jobs().len(), jobs.jobs()[0].is_finished()), (2, false));
        let made = jobs.wait(Duration::from_secs(60)).unwrap();
        assert_eq!(made.iter().map(|tag| tag.to_string()).collect::<Vec<_>>(), (0..3).map(|n| format!("{mark}-{n}")).collect::<Vec<_>>());
        let jobs = endpoint.filter([("description", &mark)]).bulk().background().delete().unwrap();
        assert_eq!(jobs.wait(Duration::from_secs(60)).unwrap(), 3);
    });
}
