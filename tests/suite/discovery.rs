//! What plugins add to the API, against a real NetBox, and against plugins that do not behave.

use std::time::{Duration, Instant};

use netbox_sdk::schema::{Kind, Method};
use netbox_sdk::{Api, Client, SchemaIndex, json};

use crate::facade::made;
use crate::live::unique;
use crate::support::{Connection, RawServer, impatient, live};

#[test]
fn the_resources_of_plugins_are_found_with_their_fields_and_methods() {
    let Some(nb) = live().map(Api::new) else { return };
    let found = nb.plugins().discover().unwrap();
    let branches = found.resource("plugins/branching", "branches").unwrap();
    assert_eq!(branches.list.iter().copied().collect::<Vec<_>>(), [Method::Get, Method::Post]);
    assert_eq!(branches.object.iter().copied().collect::<Vec<_>>(), [Method::Get, Method::Put, Method::Patch, Method::Delete]);
    let name = &branches.fields["name"];
    assert!(name.required && !name.read_only && name.kind == Kind::Text);
    assert!(branches.fields["owner"].read_only && branches.fields["owner"].kind == Kind::Object);
    assert!(branches.fields["tags"].is_list && branches.fields["tags"].kind == Kind::Object);
    assert_eq!(branches.fields["created"].kind, Kind::DateTime);
    let changes = found.resource("plugins/branching", "changes").unwrap();
    assert_eq!(changes.list.iter().copied().collect::<Vec<_>>(), [Method::Get]);
    for name in ["custom-object-types", "custom-object-type-fields", "linked-objects"] {
        assert!(found.resource("plugins/custom-objects", name).is_some(), "{name}");
    }
    assert!(found.resources.keys().all(|path| path != "plugins/installed-plugins"));
    let live = nb.client().schema().unwrap().as_ref().clone().with_discovered(found);
    assert!(live.resource("dcim", "sites").is_some() && live.groups().any(|group| group == "plugins/branching"));
    assert_eq!(live.target("/api/plugins/branching/branches/7/").unwrap().object_id, Some("7"));
}

/// Stays when it was made once: where a type is deleted, other workers of the server still ask for its table, and answer 500 to deletions of any tag.
const TYPE: &str = "netbox_sdk_review";

#[test]
fn a_custom_object_type_is_discovered_and_used() {
    let Some(nb) = live().map(Api::new) else { return };
    let types = nb.endpoint("plugins/custom-objects/custom-object-types");
    if types.get_by([("slug", TYPE)]).unwrap().is_none() {
        let kind = types.create(json!({"name": TYPE, "slug": TYPE})).unwrap();
        for field in [
            json!({"name": "title", "type": "text", "primary": true, "required": true}),
            json!({"name": "score", "type": "integer"}),
            json!({"name": "site", "type": "object", "app_label": "dcim", "model": "site"}),
        ] {
            let mut body = field;
            body["custom_object_type"] = json!(kind.id());
            nb.endpoint("plugins/custom-objects/custom-object-type-fields").create(body).unwrap();
        }
    }
    let found = nb.plugins().discover().unwrap();
    let path = format!("plugins/custom-objects/{TYPE}");
    let reviews = &found.resources[&path];
    assert!(reviews.list.contains(&Method::Post) && reviews.object.contains(&Method::Delete));
    let fields = ["title", "score", "site"].map(|name| (reviews.fields[name].kind, reviews.fields[name].required));
    assert_eq!(fields, [(Kind::Text, true), (Kind::Integer, false), (Kind::Object, false)]);

    let endpoint = nb.endpoint(&path);
    let lon = nb.dcim().sites().get_by([("slug", "lon")]).unwrap().unwrap();
    let title = unique("row");
    let (mut review, _guard) = made(&nb, &path, json!({"title": title, "score": 3, "site": lon.id()}));
    review.set("score", 4);
    review.save().unwrap();
    let listed: Vec<_> = endpoint.all().into_iter().map(|review| review.unwrap()).filter(|own| *own == review).collect();
    assert_eq!(listed.iter().map(|review| (review.str("title"), review.i64("score"))).collect::<Vec<_>>(), [(Some(&*title), Some(4))]);
    assert_eq!(listed[0].str("site.slug"), Some("lon"));
    review.delete().unwrap();
    assert!(endpoint.get(review.id()).unwrap().is_none());
}

const JSON: &str = "Content-Type: application/json\r\nAllow: GET, POST, OPTIONS\r\n";

/// Walks a server whose plugin `good` is in order, and whose plugin `bad` answers as the closure has it.
fn discovered(bad: impl Fn(&str, &mut Connection) + Send + Sync + 'static) -> (SchemaIndex, RawServer) {
    let server = RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            let line = request.lines().next().unwrap().to_owned();
            let (method, path) = line.trim_end_matches(" HTTP/1.1").split_once(' ').unwrap();
            match (method, path) {
                ("GET", "/api/plugins/") => connection.reply(
                    "200 OK",
                    JSON,
                    r#"{"installed-plugins":"http://x/api/plugins/installed-plugins/","bad":"http://x/api/plugins/bad/","good":"http://x/api/plugins/good/"}"#,
                ),
                ("GET", "/api/plugins/good/") => {
                    connection.reply("200 OK", JSON, r#"{"olts":"http://x/api/plugins/good/olts/","more":"http://x/api/plugins/good/more/"}"#)
                }
                ("GET", "/api/plugins/good/more/?limit=1") => {
                    connection.reply("200 OK", JSON, r#"{"onts":"http://x/api/plugins/good/more/onts/","up":"http://x/api/plugins/good/"}"#)
                }
                ("OPTIONS", "/api/plugins/good/more/") => connection.reply("200 OK", JSON, r#"{"name":"More"}"#),
                ("OPTIONS", path) if path.starts_with("/api/plugins/good/") => connection.reply(
                    "200 OK",
                    JSON,
                    r#"{"actions":{"POST":{"mode":{"type":"choice","required":true,"choices":[{"value":"a"},{"value":2},{"value":""}]}}}}"#,
                ),
                (method, path) if path.starts_with("/api/plugins/bad/") => bad(&format!("{method} {path}"), connection),
                _ => connection.reply("404 Not Found", JSON, r#"{"detail":"Not found."}"#),
            }
        }
    });
    let nb = Api::new(Client::new(impatient(&server.url()).build().unwrap()).unwrap());
    (nb.plugins().discover().unwrap(), server)
}

fn paths(index: &SchemaIndex) -> Vec<&str> {
    index.resources.keys().map(String::as_str).collect()
}

const GOOD: [&str; 2] = ["plugins/good/more/onts", "plugins/good/olts"];

#[test]
fn plugins_that_answer_nonsense_are_left_out() {
    for (status, headers, body) in [
        ("500 Internal Server Error", JSON, r#"{"error":"oops"}"#),
        ("403 Forbidden", JSON, r#"{"detail":"no"}"#),
        ("404 Not Found", "Content-Type: text/html\r\n", "<html></html>"),
        ("200 OK", "Content-Type: text/html\r\n", "<html>It works!</html>"),
        ("200 OK", JSON, "[1, 2]"),
        ("200 OK", JSON, r#"{"a": 1, "b": {"c": "d"}}"#),
        ("200 OK", JSON, r#"{"a": "#),
        // They lead elsewhere, to themselves, or nowhere.
        (
            "200 OK",
            JSON,
            r#"{"a":"http://x/api/dcim/sites/","b":"http://x/api/plugins/bad/","c":"::","d":"/api/plugins/badder/x/","e":""}"#,
        ),
    ] {
        let (found, server) = discovered(move |_, connection| connection.reply(status, headers, body));
        assert_eq!(paths(&found), GOOD, "{status} {body}");
        assert!(server.requests().iter().all(|request| !request.contains("/dcim/") && !request.contains("badder")), "{body}");
    }
    let (found, _server) = discovered(|_, connection| connection.write("garbage\r\n\r\n"));
    assert_eq!(paths(&found), GOOD);
    let choices = &found.resources["plugins/good/olts"].fields["mode"].choices;
    assert_eq!(choices.iter().map(String::as_str).collect::<Vec<_>>(), ["2", "a"]);
}

#[test]
fn endpoints_that_answer_nonsense_are_left_out_and_the_others_of_the_plugin_found() {
    let (found, _server) = discovered(|request, connection| {
        match request {
        "GET /api/plugins/bad/" => connection.reply(
            "200 OK",
            JSON,
            r#"{"html":"/api/plugins/bad/html/","down":"/api/plugins/bad/down/","fine":"/api/plugins/bad/fine/","loop":"/api/plugins/bad/loop/"}"#,
        ),
        "OPTIONS /api/plugins/bad/html/" => connection.reply("200 OK", "Content-Type: text/html\r\n", "<html></html>"),
        "OPTIONS /api/plugins/bad/fine/" => connection.reply("200 OK", JSON, r#"{"actions": 7}"#),
        "GET /api/plugins/bad/fine/?limit=1" => {
            connection.reply("200 OK", JSON, r#"{"count":1,"results":[{"id":1,"name":"x","up":true,"to":{"id":1,"url":"/"}}]}"#)
        }
        "OPTIONS /api/plugins/bad/fine/0/" => connection.reply("404 Not Found", JSON, "{}"),
        request if request.starts_with("OPTIONS") && request.contains("/loop/") => connection.reply("200 OK", JSON, "{}"),
        // Ever deeper.
        request if request.contains("/loop/") => {
            let path = request.trim_start_matches("GET ").trim_end_matches("?limit=1");
            connection.reply("200 OK", JSON, &format!(r#"{{"loop":"{path}loop/"}}"#));
        }
        _ => connection.reply("503 Service Unavailable", "", ""),
    }
    });
    assert_eq!(paths(&found), [&["plugins/bad/fine"][..], &GOOD].concat());
    let fine = &found.resources["plugins/bad/fine"];
    assert!(fine.object.is_empty() && fine.list.contains(&Method::Post));
    let kinds: Vec<_> = fine.fields.iter().map(|(name, field)| (name.as_str(), field.kind, field.read_only)).collect();
    assert_eq!(kinds, [("id", Kind::Integer, true), ("name", Kind::Text, true), ("to", Kind::Object, true), ("up", Kind::Boolean, true)]);
}

#[test]
fn a_plugin_without_an_end_is_given_up() {
    let (found, server) = discovered(|request, connection| {
        let path = request.split([' ', '?']).nth(1).unwrap();
        let names: Vec<String> = (0..100).map(|name| format!(r#""n{name}":"{path}n{name}/""#)).collect();
        let body = if request.starts_with("GET") { format!("{{{}}}", names.join(",")) } else { "{}".to_owned() };
        connection.reply("200 OK", JSON, &body);
    });
    assert!(GOOD.iter().all(|good| found.resources.contains_key(*good)));
    assert!((1000..3500).contains(&server.arrived()), "{}", server.arrived());
}

#[test]
fn a_plugin_that_hangs_is_waited_for_once() {
    let begun = Instant::now();
    let (found, server) = discovered(|request, connection| match request {
        "GET /api/plugins/bad/" => {
            connection.reply("200 OK", JSON, r#"{"a":"/api/plugins/bad/a/","b":"/api/plugins/bad/b/","c":"/api/plugins/bad/c/"}"#)
        }
        _ => std::thread::sleep(Duration::from_secs(60)),
    });
    assert_eq!(paths(&found), GOOD);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(server.requests().iter().filter(|request| request.contains("/bad/")).count(), 2);
}

#[test]
fn a_server_that_shows_no_plugins_is_an_error() {
    let server = RawServer::start(|_, connection| {
        while connection.read_request().is_some() {
            connection.reply("403 Forbidden", JSON, r#"{"detail":"no"}"#);
        }
    });
    let nb = Api::new(Client::new(impatient(&server.url()).build().unwrap()).unwrap());
    assert!(nb.plugins().discover().unwrap_err().to_string().contains("no"));
}
