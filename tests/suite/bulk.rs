//! Writes of many objects: against a real NetBox, and on mocked replies where one cannot show it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use netbox_sdk::mock::{Fault, NetBox};
use netbox_sdk::{Api, BulkError, Client, Config, Error, ErrorKind, Event, Job, Record, json};
use serde_json::Value;

use crate::live::unique;
use crate::support::{RawServer, header, impatient, in_memory, live_config};

const MINUTE: Duration = Duration::from_secs(60);

/// The live NetBox, and the writes that go to it.
fn api() -> Option<(Api, Arc<Mutex<Vec<String>>>)> {
    let writes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&writes);
    let observer = move |event: &Event| {
        if !event.method.is_safe() {
            noted.lock().unwrap().push(format!("{} {}", event.method, event.path));
        }
    };
    let config: Config = live_config()?.observer(observer).build().unwrap();
    Some((Api::new(Client::new(config).unwrap()), writes))
}

/// Bodies of tags that no other run has, by a common description.
fn tags(count: usize) -> (String, Vec<Value>) {
    let name = unique("bulk");
    let body = |number| json!({"name": format!("{name}-{number:03}"), "slug": format!("{name}-{number:03}"), "description": name});
    let bodies = (0..count).map(body).collect();
    (name, bodies)
}

/// Deletes the tags of a test when it ends, however it ends.
struct Sweep<'a>(&'a Api, String);

impl Drop for Sweep<'_> {
    fn drop(&mut self) {
        let _ = self.0.extras().tags().filter([("description", &self.1)]).delete();
    }
}

/// A server that answers the n-th request as told: status line and body.
fn scripted(replies: &'static [(&'static str, &'static str)]) -> (RawServer, Api) {
    let server = RawServer::start(move |number, connection| {
        if connection.read_request().is_some() {
            // Without a reply in the script the connection ends.
            if let Some((status, body)) = replies.get(number) {
                connection.reply(status, "Content-Type: application/json\r\nConnection: close\r\n", body);
            }
        }
    });
    let nb = Api::new(Client::new(impatient(&server.url()).build().unwrap()).unwrap());
    (server, nb)
}

fn sent(server: &RawServer) -> Vec<Value> {
    let body = |request: &String| serde_json::from_str(request.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    server.requests().iter().map(body).collect()
}

fn failed(error: &BulkError) -> Vec<(usize, String)> {
    error.failed().iter().map(|failure| (failure.index, failure.reply.to_string())).collect()
}

fn names(records: &[Record]) -> Vec<String> {
    records.iter().map(Record::to_string).collect()
}

#[test]
fn objects_are_made_in_chunks_and_come_back_in_order() {
    let Some((nb, writes)) = api() else { return };
    let (name, bodies) = tags(25);
    let _sweep = Sweep(&nb, name.clone());
    let made = nb.extras().tags().bulk().chunk(10).create(&bodies).unwrap();
    assert_eq!(writes.lock().unwrap().as_slice(), ["POST /api/extras/tags/"; 3]);
    assert_eq!(names(&made), names_of(&bodies));
    let ours = nb.extras().tags().filter([("description", &name)]);
    assert_eq!(ours.count().unwrap(), 25);
    assert_eq!(ours.bulk().chunk(20).delete().unwrap(), 25);
    assert_eq!(writes.lock().unwrap()[3..], ["DELETE /api/extras/tags/"; 2]);
    assert_eq!(ours.count().unwrap(), 0);
}

#[test]
fn a_request_has_a_hundred_objects_where_nothing_else_is_said() {
    let (netbox, nb) = in_memory(NetBox::builder());
    let (_, bodies) = tags(250);
    let made = nb.extras().tags().create_many(&bodies).unwrap();
    assert!(made.iter().map(Record::id).eq(1..=250));
    let sent: Vec<Vec<Value>> = netbox.requests().iter().map(|request| serde_json::from_slice(request.body()).unwrap()).collect();
    assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50]);
}

#[test]
fn a_failing_entry_is_told_by_its_place_in_the_callers_list() {
    let Some((nb, _)) = api() else { return };
    let (name, mut bodies) = tags(9);
    let _sweep = Sweep(&nb, name.clone());
    bodies[4]["color"] = json!("no color");
    let error = nb.extras().tags().bulk().chunk(3).create(&bodies).unwrap_err();
    assert_eq!((error.done(), error.refused(), error.uncertain(), error.unsent()), (vec![0, 1, 2], vec![3, 4, 5], vec![], vec![6, 7, 8]));
    assert_eq!(error.records().map(Record::to_string).collect::<Vec<_>>(), names_of(&bodies[..3]));
    assert!(failed(&error).len() == 1 && error.failed()[0].index == 4, "{error}");
    assert!(error.failed()[0].reply.field("color").is_some());
    assert!(
        error.to_string().contains("[4]: color: ") && error.to_string().contains("Of 9 entries: 3 done, 3 not kept, 3 not sent"),
        "{error}"
    );
    assert_eq!(nb.extras().tags().filter([("description", &name)]).count().unwrap(), 3);
    let message = error.to_string();
    let error = Error::from(error);
    assert!(error.kind() == ErrorKind::Validation && error.may_have_been_sent(), "{error}");
    assert_eq!(error.to_string(), message);
}

fn names_of(bodies: &[Value]) -> Vec<String> {
    bodies.iter().map(|body| body["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn changed_records_send_what_changed_and_hold_the_reply() {
    let Some((nb, writes)) = api() else { return };
    let (name, bodies) = tags(4);
    let _sweep = Sweep(&nb, name.clone());
    let endpoint = nb.extras().tags();
    let mut made = endpoint.create_many(&bodies).unwrap();
    made[2].set("color", "00ff00");
    made[0].set("color", "ff0000");
    made.reverse();
    let changed = endpoint.bulk().changelog_message("in bulk").update(&mut made).unwrap();
    assert_eq!(names(&changed), names(&made), "in the order of the caller");
    assert_eq!((made[1].str("color"), made[3].str("color")), (Some("00ff00"), Some("ff0000")));
    assert!(made.iter().all(|tag| tag.updates() == json!({})));
    let changes = |tag: &Record| {
        let changes = nb.core().object_changes().filter([("changed_object_id", tag.id())]).with("changed_object_type", "extras.tag");
        changes.with("action", "update").into_iter().map(|change| change.unwrap().str("message").unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((changes(&made[3]), changes(&made[0])), (vec!["in bulk".to_owned()], vec![]), "one without changes was not sent");
    assert_eq!(writes.lock().unwrap().len(), 2);
    endpoint.update_many(&mut made).unwrap();
    assert_eq!(writes.lock().unwrap().len(), 2, "nothing was changed, so nothing was sent");

    let bodies = [json!({"id": made[0].id(), "weight": 7}), json!({"id": made[1].id(), "weight": 8, "color": "wrong color"})];
    let error = endpoint.update_many(bodies).unwrap_err();
    assert!(error.failed()[0].index == 1 && error.failed()[0].id == Some(made[1].key()), "{error}");
    assert_eq!((error.refused(), error.id(0)), (vec![0, 1], Some(&made[0].key())));
    let gone = [json!({"id": made[0].id(), "weight": 7}), json!({"id": 999_999_999, "weight": 7})];
    assert_eq!(endpoint.update_many(gone).unwrap_err().failed()[0].index, 1);

    assert_eq!(endpoint.delete_many(&made[..2]).unwrap(), 2);
    assert_eq!(endpoint.delete_many([made[2].id()]).unwrap(), 1);
    let error = endpoint.delete_many([made[3].id(), made[0].id()]).unwrap_err();
    assert_eq!((error.failed()[0].index, error.failed().len(), error.refused()), (1, 1, vec![0, 1]), "{error}");
    assert!(endpoint.get(made[3].id()).unwrap().is_some(), "all of a chunk or nothing");
}

#[test]
fn rule_07_what_others_depend_on_is_told_by_place() {
    let Some((nb, _)) = api() else { return };
    let sites = nb.dcim().sites();
    let site = sites.create(json!({"name": unique("bulk"), "slug": unique("bulk")})).unwrap();
    let lon = sites.get_by([("slug", "lon")]).unwrap().unwrap();
    let outcome = sites.delete_many([&site, &lon]);
    assert_eq!(sites.delete_many([&site]).unwrap(), 1);
    let error = outcome.unwrap_err();
    assert_eq!((error.error().kind(), error.failed()[0].index), (ErrorKind::Conflict, 1), "{error}");
}

#[test]
fn lists_are_changed_and_deleted_by_their_filters() {
    let Some((nb, writes)) = api() else { return };
    let (name, bodies) = tags(5);
    let _sweep = Sweep(&nb, name.clone());
    nb.extras().tags().create_many(&bodies).unwrap();
    let ours = nb.extras().tags().filter([("description", &name)]);
    let changed = ours.clone().fields(["name"]).bulk().chunk(2).update(json!({"color": "00ff00"})).unwrap();
    assert_eq!(names(&changed), names_of(&bodies));
    assert!(changed.iter().all(|tag| tag.str("color") == Some("00ff00")));
    assert_eq!(writes.lock().unwrap().len(), 1 + 3);
    assert_eq!(ours.clone().limit_total(2).delete().unwrap(), 2);
    assert_eq!(ours.delete().unwrap(), 3);
    assert_eq!((ours.delete().unwrap(), ours.update(json!({"color": "00ff00"})).unwrap().len()), (0, 0));
}

#[test]
fn a_list_without_a_filter_is_refused() {
    let (server, nb) = scripted(&[]);
    let tags = nb.extras().tags();
    for list in [tags.all(), tags.filter([("q", "")]), tags.all().ordering("name").fields(["name"]).brief(), tags.filter([("limit", 5)])] {
        for error in [list.delete().unwrap_err(), list.update(json!({"color": "00ff00"})).unwrap_err()] {
            assert!(error.error().kind() == ErrorKind::InvalidRequest && error.to_string().contains("allow_all"), "{error}");
        }
    }
    assert_eq!(server.arrived(), 0);
    let (server, nb) = scripted(&[
        ("200 OK", r#"{"count": 2, "next": null, "previous": null, "results": [{"id": 3}, {"id": 4}]}"#),
        ("204 No Content", ""),
    ]);
    assert_eq!(nb.extras().tags().all().bulk().allow_all().delete().unwrap(), 2);
    assert!(server.requests()[1].ends_with(r#"[{"id":3},{"id":4}]"#), "{:?}", server.requests());
}

#[test]
fn background_jobs_do_the_same_and_are_waited_for() {
    let Some((nb, _)) = api() else { return };
    let (name, bodies) = tags(4);
    let _sweep = Sweep(&nb, name.clone());
    let endpoint = nb.extras().tags();
    let mut made = endpoint.create_many(&bodies).unwrap();
    made.iter_mut().for_each(|tag| tag.set("color", "0000ff"));
    made.reverse();
    let jobs = endpoint.bulk().chunk(2).background().update(&made).unwrap();
    assert_eq!(jobs.jobs().len(), 2);
    let changed = jobs.wait(MINUTE).unwrap();
    assert_eq!(names(&changed), names(&made));
    assert!(changed.iter().all(|tag| tag.str("color") == Some("0000ff")));
    assert!(names(&jobs.wait(Duration::ZERO).unwrap()) == names(&made), "finished jobs need no more time");

    made[2].set("color", "wrong color");
    let jobs = endpoint.bulk().chunk(2).background().update(&made).unwrap();
    let error = jobs.wait(MINUTE).unwrap_err();
    assert_eq!((error.done(), error.refused(), error.uncertain()), (vec![0, 1], vec![2, 3], vec![]), "{error}");
    assert_eq!((error.error().kind(), error.failed()[0].index), (ErrorKind::Validation, 2), "{error}");

    let jobs = nb.extras().tags().filter([("description", &name)]).bulk().background().delete().unwrap();
    let mut job: Job = jobs.jobs()[0].clone();
    assert!(!job.is_finished() && job.id() > 0, "{}", job.status());
    assert_eq!(jobs.wait(MINUTE).unwrap(), 4);
    assert_eq!((job.wait(MINUTE).unwrap(), job.status()), (Value::Null, "completed"));
}

#[test]
fn a_job_that_is_not_finished_in_time_is_told_as_such() {
    let (_server, nb) = scripted(&[
        ("202 Accepted", r#"{"job": {"id": 5, "url": "http://h/api/core/jobs/5/", "status": "pending"}}"#),
        ("200 OK", r#"{"id": 5, "status": {"value": "running", "label": "Running"}}"#),
        ("200 OK", r#"{"id": 5, "status": {"value": "errored", "label": "Errored"}, "error": "it broke", "data": null}"#),
    ]);
    let jobs = nb.extras().tags().bulk().background().delete([1, 2]).unwrap();
    assert_eq!(jobs.jobs()[0].status(), "pending");
    let error = jobs.wait(Duration::ZERO).unwrap_err();
    assert_eq!((error.error().kind(), error.uncertain(), error.jobs().len()), (ErrorKind::Timeout, vec![0, 1], 1));
    assert!(error.error().may_have_been_sent() && error.to_string().contains("may still"), "{error}");
    let error = jobs.wait(MINUTE).unwrap_err();
    assert_eq!((error.error().kind(), error.uncertain()), (ErrorKind::JobFailed, vec![0, 1]));
    assert!(error.to_string().contains("it broke"), "{error}");
}

#[test]
fn a_server_without_background_jobs_did_the_work_at_once() {
    let (server, nb) = scripted(&[("201 Created", r#"[{"id": 7, "name": "a"}]"#), ("204 No Content", "")]);
    let jobs = nb.extras().tags().bulk().background().create([json!({"name": "a"})]).unwrap();
    assert!(jobs.jobs().is_empty() && server.requests()[0].starts_with("POST /api/extras/tags/?background=true "));
    assert_eq!(jobs.wait(Duration::ZERO).unwrap()[0].id(), 7);
    assert_eq!(nb.extras().tags().bulk().background().delete([7]).unwrap().wait(Duration::ZERO).unwrap(), 1);
}

#[test]
fn nothing_to_do_sends_nothing() {
    let (server, nb) = scripted(&[]);
    let tags = nb.extras().tags();
    assert!(tags.create_many(Vec::<Value>::new()).unwrap().is_empty());
    assert!(tags.update_many(Vec::<Value>::new()).unwrap().is_empty());
    assert_eq!(tags.delete_many(Vec::<u64>::new()).unwrap(), 0);
    assert_eq!(tags.bulk().background().delete(Vec::<u64>::new()).unwrap().wait(Duration::ZERO).unwrap(), 0);
    assert_eq!(server.arrived(), 0);
}

#[test]
fn what_cannot_be_sent_is_told_before_anything_is() {
    let (server, nb) = scripted(&[("200 OK", r#"{"id": 3, "name": "a site"}"#)]);
    let tags = nb.extras().tags();
    let site = nb.dcim().sites().get(3).unwrap().unwrap();
    let large = json!({"name": "x".repeat(2_000_000)});
    for (error, index, says) in [
        (tags.create_many([json!({}), large.clone()]).unwrap_err(), 1, "bytes"),
        (tags.create_many([json!({}), json!([]), json!(3)]).unwrap_err(), 1, "no JSON object"),
        (tags.update_many([json!({"id": 3}), json!({"name": "x"})]).unwrap_err(), 1, "no id"),
        (tags.update_many([json!({"id": 3}), json!({"id": 4}), json!({"id": "3"})]).unwrap_err(), 2, "the same object as [0]"),
        (tags.update_many([3]).unwrap_err(), 0, "nothing to change"),
        (tags.delete_many([&site]).unwrap_err(), 0, "a record of dcim/sites"),
        (tags.delete_many([4, 4]).unwrap_err(), 1, "the same object as [0]"),
    ] {
        assert_eq!((error.error().kind(), error.failed()[0].index), (ErrorKind::InvalidRequest, index), "{error}");
        assert!(error.failed()[0].reply.to_string().contains(says) && error.to_string().contains(says), "{error}");
        assert!(error.done().is_empty() && error.unsent().contains(&index) && !Error::from(error).may_have_been_sent());
    }
    assert_eq!(server.arrived(), 1);
}

#[test]
fn requests_are_cut_by_bytes() {
    let (server, nb) = scripted(&[("204 No Content", ""), ("204 No Content", ""), ("204 No Content", "")]);
    let message = "x".repeat(900_000);
    assert_eq!(nb.extras().tags().bulk().changelog_message(&message).delete([1, 2, 3, 4, 5]).unwrap(), 5);
    let lengths: Vec<usize> = server.requests().iter().map(|request| header(request, "content-length").unwrap().parse().unwrap()).collect();
    assert!(lengths.len() == 3 && lengths.iter().all(|length| *length < 2_000_000), "{lengths:?}");
}

#[test]
fn older_lines_tell_failing_bodies_by_position() {
    let (_server, nb) = scripted(&[("201 Created", r#"[{"id": 1}, {"id": 2}]"#), ("400 Bad Request", r#"[{}, {"name": ["Required."]}]"#)]);
    let bodies: Vec<Value> = (0..6).map(|number| json!({ "weight": number })).collect();
    let error = nb.extras().tags().bulk().chunk(2).create(&bodies).unwrap_err();
    assert_eq!(failed(&error), [(3, "name: Required.".to_owned())]);
    assert_eq!((error.done(), error.refused(), error.unsent()), (vec![0, 1], vec![2, 3], vec![4, 5]));
    assert!(error.to_string().contains("[3]: name: Required."), "{error}");
}

#[test]
fn failures_by_id_and_by_index_are_told_by_the_callers_places() {
    for body in [
        r#"{"detail": "1 of 2 failed.", "errors": [{"index": 1, "errors": {"name": ["Required."]}}]}"#,
        r#"{"detail": "1 of 2 failed.", "errors": [{"id": 14, "errors": {"name": ["Required."]}}]}"#,
    ] {
        let replies: &'static [(&str, &str)] = vec![("200 OK", r#"[{"id": 12}, {"id": 11}]"#), ("400 Bad Request", body)].leak();
        let (server, nb) = scripted(replies);
        let bodies: Vec<Value> = (11..15).map(|id| json!({"id": id, "name": "x"})).collect();
        let error = nb.extras().tags().bulk().chunk(2).changelog_message("m").update(bodies).unwrap_err();
        assert_eq!(failed(&error), [(3, "name: Required.".to_owned())], "{body}");
        assert_eq!(error.records().map(Record::id).collect::<Vec<_>>(), [11, 12], "in the order of the caller");
        assert_eq!(sent(&server)[1][0], json!({"id": 13, "name": "x", "changelog_message": "m"}));
    }
}

#[test]
fn objects_that_the_server_left_out_are_not_counted_as_changed() {
    let (_server, nb) = scripted(&[("200 OK", r#"[{"id": 2}]"#)]);
    let error = nb.extras().tags().update_many([json!({"id": 1}), json!({"id": 2})]).unwrap_err();
    assert_eq!((error.error().kind(), error.done(), error.refused()), (ErrorKind::NotFound, vec![1], vec![0]), "{error}");
    assert_eq!(error.failed()[0].index, 0);
}

#[test]
fn a_chunk_whose_reply_was_lost_is_neither_done_nor_unsent() {
    let bodies: Vec<Value> = (0..6).map(|number| json!({ "weight": number })).collect();
    for (replies, kind) in [
        (&[("201 Created", r#"[{"id": 1}, {"id": 2}]"#)][..], ErrorKind::ConnectionLost),
        (&[("201 Created", r#"[{"id": 1}, {"id": 2}]"#), ("502 Bad Gateway", "")], ErrorKind::Server),
        (&[("201 Created", r#"[{"id": 1}, {"id": 2}]"#), ("201 Created", "[")], ErrorKind::Decode),
        (&[("201 Created", r#"[{"id": 1}, {"id": 2}]"#), ("201 Created", r#"[{"id": 3}]"#)], ErrorKind::Decode),
    ] {
        let (server, nb) = scripted(replies);
        let error = nb.extras().tags().bulk().chunk(2).create(&bodies).unwrap_err();
        assert_eq!(error.error().kind(), kind, "{error}");
        assert_eq!((error.done(), error.refused(), error.uncertain(), error.unsent()), (vec![0, 1], vec![], vec![2, 3], vec![4, 5]));
        assert_eq!(server.arrived(), 2, "a write that may have been carried out is not repeated");
        let boxed: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
        assert!(boxed.to_string().contains("2 sent without it being known what became of them"), "{boxed}");
        assert!(Error::from(*boxed.downcast::<BulkError>().unwrap()).may_have_been_sent());
    }
}

#[test]
fn the_time_limit_grows_with_the_chunk() {
    let (netbox, nb) = in_memory(NetBox::builder());
    nb.extras().tags().create_many(&tags(4).1).unwrap();
    netbox.fail(Fault::delay(Duration::from_millis(1500)).times(2));
    let config = impatient(&netbox.url()).token(netbox.token()).attempt_timeout(Duration::from_millis(400));
    let nb = Api::new(Client::new(config.build().unwrap()).unwrap());
    assert_eq!(nb.extras().tags().delete_many([1, 2, 3]).unwrap(), 3);
    let started = Instant::now();
    let error = nb.extras().tags().delete_many([4]).unwrap_err();
    assert_eq!((error.error().kind(), error.uncertain()), (ErrorKind::Timeout, vec![0]));
    assert!(started.elapsed() < Duration::from_millis(1500));
}

#[test]
fn ids_are_brought_into_the_form_of_netbox() {
    let Some((nb, _)) = api() else { return };
    let (name, bodies) = tags(3);
    let _sweep = Sweep(&nb, name);
    let made = nb.extras().tags().create_many(&bodies).unwrap();
    let [one, two, three] = [made[0].id(), made[1].id(), made[2].id()];
    let changes = [
        json!({"id": one as f64, "color": "111111"}),
        json!({"id": format!(" 0{two}"), "color": "222222"}),
        json!({"id": three, "color": "333333"}),
    ];
    let changed = nb.extras().tags().update_many(&changes).unwrap();
    let colors: Vec<_> = changed.iter().map(|tag| (tag.id(), tag.str("color").unwrap())).collect();
    assert_eq!(colors, [(one, "111111"), (two, "222222"), (three, "333333")]);
    let twice = nb.extras().tags().delete_many([one.to_string(), format!("00{one}")]).unwrap_err();
    assert_eq!(twice.error().kind(), ErrorKind::InvalidRequest, "{twice}");
}
