//! Words into requests: on the bundled indices, and against a real NetBox.

use std::path::Path;

use netbox_sdk::http::Method;
use netbox_sdk::mock::{Demo, NetBox};
use netbox_sdk::services::{
    DEFAULT_MAX_RECORDS, DynamicCommand, ResolvedRequest, list_all_pages, resolve_dynamic_request, run_dynamic_command,
};
use netbox_sdk::{Client, Error, ErrorKind, Query, ReleaseLine, SchemaIndex, build_schema_index, json};
use serde_json::Value;

use crate::live::{Guard, unique};
use crate::support::{RawServer, impatient, in_memory, live};

fn newest() -> SchemaIndex {
    build_schema_index(ReleaseLine::NEWEST).unwrap()
}

/// `dcim sites patch 1 < {"name": "a"}`; '' is an empty word.
fn command(line: &str) -> DynamicCommand<'_> {
    let (words, body_json) = line.split_once(" < ").map_or((line, None), |(words, body)| (words, Some(body)));
    let mut words = words.split(' ').map(|word| if word == "''" { "" } else { word });
    DynamicCommand {
        group: words.next().unwrap(),
        resource: words.next().unwrap(),
        action: words.next().unwrap(),
        object_id: words.next(),
        body_json,
        ..DynamicCommand::default()
    }
}

fn resolved(line: &str) -> (String, String, Option<Value>) {
    let request = command(line).resolve(&newest()).unwrap_or_else(|error| panic!("{line}: {error}"));
    (request.method.to_string(), request.path, request.payload)
}

fn refusal(outcome: Result<impl Sized, Error>, input: &str) -> String {
    let Err(error) = outcome else { panic!("{input} is accepted") };
    assert!(error.kind() == ErrorKind::InvalidRequest && !error.may_have_been_sent(), "{input}: {error:?}");
    error.to_string()
}

/// Inputs, and what is said of them.
const WRONG: &[(&str, &str)] = &[
    ("dcmi sites list", r#"there is no group "dcmi". Did you mean dcim?"#),
    ("DCIM sites list", r#"there is no group "DCIM". Did you mean dcim?"#),
    ("virtualisation clusters list", r#"there is no group "virtualisation". Did you mean virtualization?"#),
    ("gpon olts list", r#"there is no group "gpon". Did you mean plugins/gpon?"#),
    ("plugins/gpno olts list", r#"there is no group "plugins/gpno". Did you mean plugins/gpon?"#),
    (
        "zzz sites list",
        r#"there is no group "zzz". The groups are circuits, core, dcim, extras, ipam, plugins/gpon, tenancy, users, virtualization, vpn and wireless"#,
    ),
    ("'' sites list", r#"there is no resource "sites" directly below /api/. Did you mean dcim/sites?"#),
    ("'' statsu list", r#"there is no resource "statsu" directly below /api/. Did you mean status?"#),
    ("dcim site list", r#"there is no resource "site" in dcim. Did you mean sites?"#),
    ("dcim device list", r#"there is no resource "device" in dcim. Did you mean devices?"#),
    ("dcim Devices list", r#"there is no resource "Devices" in dcim. Did you mean devices?"#),
    ("dcim interfcaes list", r#"there is no resource "interfcaes" in dcim. Did you mean interfaces?"#),
    ("dcim ip_addresses list", r#"there is no resource "ip_addresses" in dcim. Did you mean ipam/ip-addresses?"#),
    ("ipam sites list", r#"there is no resource "sites" in ipam. Did you mean dcim/sites?"#),
    ("ipam ipaddresses list", r#"there is no resource "ipaddresses" in ipam. Did you mean ip-addresses?"#),
    ("dcim '' list", r#"there is no resource "" in dcim"#),
    ("dcim sites/1 get", r#"there is no resource "sites/1" in dcim. Did you mean sites?"#),
    ("dcim nothing-of-the-kind list", r#"there is no resource "nothing-of-the-kind" in dcim"#),
    ("plugins/gpon olt list", r#"there is no resource "olt" in plugins/gpon. Did you mean olts?"#),
    ("dcim sites lst", r#"dcim/sites has no action "lst". Did you mean list?"#),
    ("dcim sites List", r#"dcim/sites has no action "List". Did you mean list?"#),
    ("dcim sites creat", r#"dcim/sites has no action "creat". Did you mean create?"#),
    (
        "dcim sites ''",
        r#"dcim/sites has no action "". It has list, get, create, update, patch, delete, bulk-create, bulk-update, bulk-patch and bulk-delete"#,
    ),
    (
        "dcim sites put 1",
        r#"dcim/sites has no action "put". It has list, get, create, update, patch, delete, bulk-create, bulk-update, bulk-patch and bulk-delete"#,
    ),
    (
        "dcim sites remove 1",
        r#"dcim/sites has no action "remove". It has list, get, create, update, patch, delete, bulk-create, bulk-update, bulk-patch and bulk-delete"#,
    ),
    ("dcim sites bulk_ptach", r#"dcim/sites has no action "bulk_ptach". Did you mean bulk-patch?"#),
    (
        "dcim sites trace 1",
        r#"dcim/sites has no action "trace". It has list, get, create, update, patch, delete, bulk-create, bulk-update, bulk-patch and bulk-delete"#,
    ),
    ("dcim interfaces tarce 1", r#"dcim/interfaces has no action "tarce". Did you mean trace?"#),
    ("dcim racks elevations 1", r#"dcim/racks has no action "elevations". Did you mean elevation?"#),
    ("ipam prefixes available_ip 1", r#"ipam/prefixes has no action "available_ip". Did you mean available-ips?"#),
    ("ipam prefixes available-vlans 1", r#"ipam/prefixes has no action "available-vlans". Did you mean available-ips?"#),
    ("users tokens provison", r#"users/tokens has no action "provison". Did you mean provision?"#),
    ("core jobs create < {}", r#"core/jobs has no action "create". It has list and get"#),
    ("core jobs delete 1", r#"core/jobs has no action "delete". It has list and get"#),
    ("core object-changes bulk-delete < [1]", r#"core/object-changes has no action "bulk-delete". It has list and get"#),
    ("extras scripts create < {}", r#"extras/scripts has no action "create". It has list, get, run and upload"#),
    ("extras scripts bulk-create < [{}]", r#"extras/scripts has no action "bulk-create". It has list, get, run and upload"#),
    ("extras scripts bulk_delete < [1]", r#"extras/scripts has no action "bulk_delete". It has list, get, run and upload"#),
    (
        r#"extras dashboard bulk-patch < [{"id": 1}]"#,
        r#"extras/dashboard has no action "bulk-patch". It has list, get, update, patch and delete"#,
    ),
    ("extras dashboard create < {}", r#"extras/dashboard has no action "create". It has list, get, update, patch and delete"#),
    ("users config delete", r#"users/config has no action "delete". It has list and get"#),
    ("'' status delete", r#"status has no action "delete". It has list and get"#),
    ("dcim sites get", "get of dcim/sites needs an id. Without one there is list"),
    ("dcim sites get ''", "the id is empty"),
    ("dcim sites get ..", r#"".." is no id"#),
    ("dcim sites update < {}", "update of dcim/sites needs an id. Without one there is bulk-update"),
    ("dcim sites patch < {}", "patch of dcim/sites needs an id. Without one there is bulk-patch"),
    ("dcim sites delete", "delete of dcim/sites needs an id. Without one there is bulk-delete"),
    ("extras scripts run < {}", "run of extras/scripts needs an id"),
    ("dcim interfaces trace", "trace of dcim/interfaces needs an id"),
    ("core background-tasks delete", "delete of core/background-tasks needs an id"),
    ("dcim sites list 1", "list of dcim/sites takes no id. With one there is get"),
    ("dcim sites create 1 < {}", "create of dcim/sites takes no id"),
    ("dcim sites bulk-update 1 < []", "bulk-update of dcim/sites takes no id. With one there is update"),
    ("dcim sites bulk-delete 1", "bulk-delete of dcim/sites takes no id. With one there is delete"),
    ("users tokens provision 1", "provision of users/tokens takes no id"),
    ("extras dashboard get 1", "get of extras/dashboard takes no id"),
    ("'' status get 1", "get of status takes no id"),
    ("dcim sites list < {}", "list of dcim/sites takes no body"),
    ("dcim sites get 1 < {}", "get of dcim/sites takes no body"),
    ("dcim sites delete 1 < {}", "delete of dcim/sites takes no body"),
    ("dcim sites delete 1 < [1]", "delete of dcim/sites takes no body. For a list there is bulk-delete"),
    ("extras dashboard delete < {}", "delete of extras/dashboard takes no body"),
    ("dcim interfaces trace 1 < {}", "trace of dcim/interfaces takes no body"),
    ("dcim sites create", "create of dcim/sites needs a body"),
    ("dcim sites update 1", "update of dcim/sites needs a body"),
    ("dcim sites patch 1", "patch of dcim/sites needs a body"),
    ("extras scripts run 1", "run of extras/scripts needs a body"),
    ("dcim sites bulk-create", "bulk-create of dcim/sites needs a body"),
    ("dcim sites bulk-update", "bulk-update of dcim/sites needs a body"),
    ("dcim sites bulk-patch", "bulk-patch of dcim/sites needs a body"),
    ("dcim sites bulk-delete", "bulk-delete of dcim/sites needs a body"),
    ("extras scripts upload 1", "upload of extras/scripts needs a body"),
    (
        r#"dcim sites create < [{"name": "a"}]"#,
        "create of dcim/sites takes an object, and the body is a list. For a list there is bulk-create",
    ),
    (
        r#"dcim sites update 1 < [{"name": "a"}]"#,
        "update of dcim/sites takes an object, and the body is a list. For a list there is bulk-update",
    ),
    (
        r#"dcim sites patch 1 < [{"name": "a"}]"#,
        "patch of dcim/sites takes an object, and the body is a list. For a list there is bulk-patch",
    ),
    ("extras dashboard patch < []", "patch of extras/dashboard takes an object, and the body is a list"),
    ("dcim sites create < null", "create of dcim/sites takes an object, and the body is null"),
    (r#"dcim sites create < "secret""#, "create of dcim/sites takes an object, and the body is a text"),
    ("dcim sites patch 1 < 5", "patch of dcim/sites takes an object, and the body is a number"),
    (
        r#"dcim sites bulk-create < {"name": "a"}"#,
        "bulk-create of dcim/sites takes a list, and the body is an object. For an object there is create",
    ),
    (
        r#"dcim sites bulk-patch < {"id": 1}"#,
        "bulk-patch of dcim/sites takes a list, and the body is an object. For an object there is patch",
    ),
    ("dcim sites bulk-update < true", "bulk-update of dcim/sites takes a list, and the body is a boolean"),
    (r#"dcim sites bulk-delete < {"id": 1}"#, "bulk-delete of dcim/sites takes a list, and the body is an object"),
    ("dcim sites bulk-delete < 1", "bulk-delete of dcim/sites takes a list, and the body is a number"),
    (r#"dcim sites bulk-create < [{}, "secret"]"#, "bulk-create of dcim/sites: entry [1] of the body is a text, not an object"),
    (r#"dcim sites bulk-patch < [{"id": 1}, {"name": "secret"}]"#, "bulk-patch of dcim/sites: entry [1] of the body has no id"),
    (r#"dcim sites bulk-patch < [{"id": null}]"#, "bulk-patch of dcim/sites: entry [0] of the body has no id"),
    (r#"dcim sites bulk-patch < [{"id": [1]}]"#, "bulk-patch of dcim/sites: entry [0] of the body has a list as its id"),
    ("dcim sites bulk-patch < [1]", "bulk-patch of dcim/sites: entry [0] of the body is a number, not an object"),
    (r#"dcim sites bulk-update < [{"name": "secret"}]"#, "bulk-update of dcim/sites: entry [0] of the body has no id"),
    ("dcim sites bulk-delete < [1, true]", "bulk-delete of dcim/sites: entry [1] of the body is a boolean, neither an id nor an object"),
    (r#"dcim sites bulk-delete < [{"name": "secret"}]"#, "bulk-delete of dcim/sites: entry [0] of the body has no id"),
    ("dcim sites create < ", "the body is no JSON: EOF while parsing a value at line 1 column 0"),
    ("dcim sites create < {name: secret}", "the body is no JSON: key must be a string at line 1 column 2"),
    (r#"dcim sites create < {"name": "secret""#, "the body is no JSON: EOF while parsing an object at line 1 column 17"),
    ("dcim sites create < {\"name\":\n \"secret\",}", "the body is no JSON: trailing comma at line 2 column 11"),
    (r#"dcim sites create < {"name": "secret"} secret"#, "the body is no JSON: trailing characters at line 1 column 20"),
    ("dcim sites create < 'secret'", "the body is no JSON: expected value at line 1 column 1"),
    (r#"dcim sites create < {"name": nbt_secret}"#, "the body is no JSON: expected ident at line 1 column 11"),
];

/// Bundled indices know no plugins: one that was discovered, as others are.
fn with_plugin() -> SchemaIndex {
    let olts = json!({"resources": {"plugins/gpon/olts": {"list": ["GET", "POST"], "object": ["GET"]}}});
    newest().with_discovered(serde_json::from_value(olts).unwrap())
}

#[test]
fn a_wrong_input_is_refused_before_anything_is_sent() {
    let index = with_plugin();
    for (line, expected) in WRONG {
        assert_eq!(refusal(command(line).resolve(&index), line), *expected, "{line}");
    }
}

#[test]
fn a_wrong_pair_file_or_header_is_refused_before_anything_is_sent() {
    let server = RawServer::start(|_, connection| drop(connection.read_request()));
    let client = Client::new(impatient(&server.url()).build().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (broken, binary, empty) =
        (file("broken.json", b"{\n  \"a\": secret\n}"), file("binary.json", b"{\"a\": \"\xff\"}"), file("empty.json", b""));
    let (fine, missing) = (file("fine.json", b"{}"), folder.path().join("missing.json"));
    let list = command("dcim sites list");
    let create = command("dcim sites create");
    let both = command("dcim sites create < {}");
    fn with_file<'a>(command: DynamicCommand<'a>, path: &'a Path) -> DynamicCommand<'a> {
        DynamicCommand { body_file: Some(path), ..command }
    }
    let wrong = [
        (DynamicCommand { query_pairs: &["site"], ..list }, "parameter [0] is no pair: \"site\". Parameters are written key=value"),
        (DynamicCommand { query_pairs: &["site=lon", ""], ..list }, "parameter [1] is no pair: \"\". Parameters are written key=value"),
        (DynamicCommand { query_pairs: &["site lon"], ..list }, "parameter [0] is no pair: \"site lon\". Parameters are written key=value"),
        (DynamicCommand { query_pairs: &["=secret"], ..list }, "parameter [0] has no name before its ="),
        (DynamicCommand { query_pairs: &["a=1", " =secret"], ..list }, "parameter [1] has no name before its ="),
        (with_file(both, &fine), "there are two bodies, one as text and one as a file"),
        (with_file(create, &missing), "the file \"…/missing.json\" cannot be read: No such file or directory (os error 2)"),
        (with_file(create, folder.path()), "the file \"…\" cannot be read: Is a directory (os error 21)"),
        (with_file(create, &broken), "the file \"…/broken.json\" is no JSON: expected value at line 2 column 8"),
        (with_file(create, &binary), "the file \"…/binary.json\" is no JSON: invalid unicode code point at line 1 column 8"),
        (with_file(create, &empty), "the file \"…/empty.json\" is no JSON: EOF while parsing a value at line 1 column 0"),
        (with_file(list, &fine), "list of dcim/sites takes no body"),
        (
            DynamicCommand { header_pairs: &["secret"], ..list },
            "header [0] does not begin with the name of a header. Headers are written \"Name: value\" or Name=value",
        ),
        (
            DynamicCommand { header_pairs: &["X-A: 1", "Bearer secret: x"], ..list },
            "header [1] does not begin with the name of a header. Headers are written \"Name: value\" or Name=value",
        ),
        (
            DynamicCommand { header_pairs: &["=secret"], ..list },
            "header [0] does not begin with the name of a header. Headers are written \"Name: value\" or Name=value",
        ),
        (DynamicCommand { header_pairs: &["Content-Length: 3"], ..list }, "the header content-length is set by the client"),
        (
            DynamicCommand { header_pairs: &["X-A: sec\nret"], ..list },
            "the value of the header x-a holds a line break or another control character",
        ),
    ];
    for (command, expected) in wrong {
        let message = refusal(run_dynamic_command(&client, &newest(), &command), expected);
        assert_eq!(message.replace(folder.path().to_str().unwrap(), "…"), expected);
    }
    assert_eq!(server.arrived(), 0);
}

#[test]
fn every_operation_of_every_line_has_an_action() {
    const ACTIONS: [&str; 11] =
        ["list", "get", "create", "update", "patch", "delete", "run", "bulk-create", "bulk_update", "bulk-patch", "bulk_delete"];
    let payloads = [None, Some(json!({"name": "a"})), Some(json!([{"id": 1}]))];
    for line in ReleaseLine::ALL {
        let index = build_schema_index(line).unwrap();
        for (path, schema) in &index.resources {
            let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
            let mut documented: Vec<(&str, String)> = schema.list.iter().map(|method| (method.as_str(), format!("{path}/"))).collect();
            documented.extend(schema.object.iter().map(|method| (method.as_str(), format!("{path}/7/"))));
            for (below, methods) in &schema.object_paths {
                documented.extend(methods.iter().map(|method| (method.as_str(), format!("{path}/7/{below}/"))));
            }
            for (below, methods) in &schema.list_paths {
                documented.extend(methods.iter().map(|method| (method.as_str(), format!("{path}/{}/", below.replace("{id}", "7")))));
            }
            let below: Vec<String> =
                schema.object_paths.keys().chain(schema.list_paths.keys()).map(|below| below.replace('-', "_")).collect();
            for action in ACTIONS.into_iter().chain(below.iter().map(String::as_str)) {
                for (id, payload) in [None, Some("7")].into_iter().flat_map(|id| payloads.iter().map(move |payload| (id, payload))) {
                    let query = Query::from([("a", "1"), ("a", "2")]);
                    let typed = (group.replace('-', "_"), name.replace('-', "_"));
                    let Ok(request) = resolve_dynamic_request(&index, &typed.0, &typed.1, action, id, query.clone(), payload.clone())
                    else {
                        continue;
                    };
                    let target = index.target(&request.path).unwrap();
                    assert_eq!((target.resource, target.path(), &request.query), (path.as_str(), request.path.clone(), &query));
                    assert!(target.methods.iter().any(|method| Method::from(*method) == request.method), "{line} {request:?}");
                    documented.retain(|(method, path)| !(request.method == *method && request.path == *path));
                }
            }
            // PUT does the same.
            documented.retain(|operation| *operation != ("PATCH", "extras/scripts/upload/7/".to_owned()));
            assert!(documented.is_empty(), "{line}: {documented:?}");
        }
    }
}

#[test]
fn words_become_requests() {
    let request = |method: &str, path: &str, payload: Option<Value>| (method.to_owned(), path.to_owned(), payload);
    assert_eq!(resolved("ipam ip_addresses list"), request("GET", "ipam/ip-addresses/", None));
    assert_eq!(resolved("dcim sites patch 1 < {\"name\": \"a\"}"), request("PATCH", "dcim/sites/1/", Some(json!({"name": "a"}))));
    assert_eq!(
        resolved("dcim sites bulk_delete < [1, \"2\", {\"id\": 3}]"),
        request("DELETE", "dcim/sites/", Some(json!([{"id": 1}, {"id": "2"}, {"id": 3}])))
    );
    assert_eq!(resolved("ipam prefixes available-ips 4"), request("GET", "ipam/prefixes/4/available-ips/", None));
    assert_eq!(resolved("ipam prefixes available_ips 4 < [{}]"), request("POST", "ipam/prefixes/4/available-ips/", Some(json!([{}]))));
    assert_eq!(resolved("dcim devices render-config 4"), request("POST", "dcim/devices/4/render-config/", None));
    assert_eq!(resolved("core background_tasks delete 0f-3e"), request("POST", "core/background-tasks/0f-3e/delete/", None));
    assert_eq!(resolved("core background-queues get a/b?c"), request("GET", "core/background-queues/a%2Fb%3Fc/", None));
    assert_eq!(resolved("extras scripts run 3 < {\"data\": {}}"), request("POST", "extras/scripts/3/", Some(json!({"data": {}}))));
    assert_eq!(resolved("extras scripts upload 3 < {}"), request("PUT", "extras/scripts/upload/3/", Some(json!({}))));
    assert_eq!(resolved("users tokens provision < {}"), request("POST", "users/tokens/provision/", Some(json!({}))));
    assert_eq!(resolved("extras dashboard patch < {}"), request("PATCH", "extras/dashboard/", Some(json!({}))));
    assert_eq!(resolved("'' status get"), request("GET", "status/", None));
    let on_plugin = command("plugins/gpon olts get 7").resolve(&with_plugin()).unwrap();
    assert_eq!((on_plugin.method, on_plugin.path.as_str()), (Method::GET, "plugins/gpon/olts/7/"));
}

#[test]
fn a_strict_command_has_no_filters_that_netbox_would_ignore() {
    let index = build_schema_index(ReleaseLine::V4_7).unwrap();
    let resolved = |strict, query_pairs: &[&str]| DynamicCommand { query_pairs, strict, ..command("dcim devices list") }.resolve(&index);
    assert!(resolved(false, &["nmae=x"]).is_ok());
    assert!(resolved(true, &["name__ic=x", "status=active", "limit=5", "ordering=-site", "cf_anything=x", "has_primary_ip=true"]).is_ok());
    for (pair, message) in [
        ("nmae=x", "dcim/devices has no filter \"nmae\". Did you mean name? NetBox would ignore it, and answer with everything"),
        (
            "ordering=nmae",
            "dcim/devices has no field \"nmae\" to order by. Did you mean name? NetBox would ignore it, and answer with everything",
        ),
        ("name=", "the filter name of dcim/devices has no value. NetBox would ignore it, and answer with everything"),
        (
            "has_primary_ip=1",
            "\"1\" is no value of the filter has_primary_ip of dcim/devices, which is true or false. NetBox would ignore it, and answer with everything",
        ),
        (
            "status=activ",
            "\"activ\" is no choice of the filter status of dcim/devices. Did you mean active? A server's own choices are known after Client::live_schema",
        ),
    ] {
        assert_eq!(resolved(true, &[pair]).unwrap_err().to_string(), message);
    }
}

#[test]
fn what_is_shown_of_a_request_holds_no_values() {
    let command = DynamicCommand {
        query_pairs: &["token=secret"],
        header_pairs: &["X-A: secret"],
        ..command("dcim sites create < {\"name\": \"secret\"}")
    };
    let request = command.resolve(&newest()).unwrap();
    let shown = format!("{request:?} {command:?}");
    assert!(shown.contains("dcim/sites/") && shown.contains("an object") && !shown.contains("secret"), "{shown}");
}

#[test]
fn headers_are_sent_as_they_were_typed() {
    let (netbox, nb) = in_memory(NetBox::builder());
    let headers = &["X-A: b=c", "X-B=c: d", "Authorization: Token other"];
    let list = DynamicCommand { header_pairs: headers, query_pairs: &["site=lon", "q=a=b", "site=par"], ..command("dcim sites list") };
    run_dynamic_command(nb.client(), &newest(), &list).unwrap();
    let sent = &netbox.requests()[0];
    assert_eq!((sent.method(), sent.uri().to_string().as_str()), (&Method::GET, "/api/dcim/sites/?site=lon&q=a%3Db&site=par"));
    assert_eq!(["x-a", "x-b", "authorization"].map(|name| &sent.headers()[name]), ["b=c", "c: d", "Token other"]);
}

fn run(client: &Client, command: &DynamicCommand<'_>) -> Value {
    let response = run_dynamic_command(client, &newest(), command).unwrap().error_for_status().unwrap();
    if response.bytes().is_empty() { Value::Null } else { response.json().unwrap() }
}

fn listed(words: &str, query_pairs: &[&str]) -> ResolvedRequest {
    DynamicCommand { query_pairs, ..command(words) }.resolve(&newest()).unwrap()
}

#[test]
fn one_object_is_made_read_changed_and_deleted() {
    let Some(client) = live() else { return };
    let name = unique("words");
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("rir.json");
    std::fs::write(&body, json!({"name": name, "slug": name}).to_string()).unwrap();
    let made = run(&client, &DynamicCommand { body_file: Some(&body), ..command("ipam rirs create") });
    let id = made["id"].to_string();
    let _guard = Guard { client: client.clone(), path: format!("ipam/rirs/{id}") };
    let on_object = |action, body_json, header_pairs| DynamicCommand {
        group: "ipam",
        resource: "rirs",
        action,
        object_id: Some(&id),
        body_json,
        header_pairs,
        ..DynamicCommand::default()
    };
    assert_eq!(run(&client, &on_object("get", None, &[]))["name"], *name);
    assert_eq!(
        run(&client, &on_object("patch", Some("{\"description\": \"ff0000\"}"), &["X-Request-ID: 0f3e7a2b"]))["description"],
        "ff0000"
    );
    let whole = json!({"name": name, "slug": name, "description": "00ff00"}).to_string();
    assert_eq!(run(&client, &on_object("update", Some(&whole), &[]))["description"], "00ff00");
    let stale = on_object("patch", Some("{\"description\": \"0000ff\"}"), &["If-Match: W/\"stale\""]);
    assert_eq!(run_dynamic_command(&client, &newest(), &stale).unwrap().status(), 412);
    let pair = format!("slug={name}");
    let list = DynamicCommand { query_pairs: &[&pair], ..command("ipam rirs list") };
    assert_eq!(run(&client, &list)["count"], 1);
    assert_eq!(run(&client, &on_object("delete", None, &[])), Value::Null);
    assert_eq!(run(&client, &list)["count"], 0);
}

#[test]
fn many_objects_are_made_changed_and_deleted_by_one_request_each() {
    let Some(client) = live() else { return };
    let name = unique("words");
    let bulk = |action, body: Value| {
        let body = body.to_string();
        run(&client, &DynamicCommand { group: "ipam", resource: "rirs", action, body_json: Some(&body), ..DynamicCommand::default() })
    };
    let slugs = [0, 1, 2].map(|number| format!("{name}-{number}"));
    let made = bulk("bulk-create", slugs.iter().map(|slug| json!({"name": slug, "slug": slug})).collect());
    let ids: Vec<u64> = made.as_array().unwrap().iter().map(|rir| rir["id"].as_u64().unwrap()).collect();
    let _guards = ids.iter().map(|id| Guard { client: client.clone(), path: format!("ipam/rirs/{id}") }).collect::<Vec<_>>();
    let patched = bulk("bulk_patch", ids.iter().map(|id| json!({"id": id, "description": "ff0000"})).collect());
    assert!(patched.as_array().unwrap().iter().all(|rir| rir["description"] == "ff0000") && patched[2]["id"] == ids[2]);
    let bodies = ids.iter().zip(&slugs).map(|(id, slug)| json!({"id": id, "name": slug, "slug": slug, "description": "00ff00"}));
    assert_eq!(bulk("bulk-update", bodies.collect())[0]["description"], "00ff00");
    assert_eq!(bulk("bulk-delete", json!([ids[0], {"id": ids[1]}, ids[2].to_string()])), Value::Null);
    let pair = format!("slug__isw={name}");
    assert!(list_all_pages(&client, &listed("ipam rirs list", &[&pair]), DEFAULT_MAX_RECORDS).unwrap().is_empty());
}

#[test]
fn sub_paths_are_read_and_posted_to() {
    let Some(client) = live() else { return };
    let nanos = unique("");
    let (high, low) = nanos[nanos.len() - 8..].split_at(4);
    let body = json!({"prefix": format!("2001:db8:{high}:{low}::/64")}).to_string();
    let prefix = run(&client, &DynamicCommand { body_json: Some(&body), ..command("ipam prefixes create") });
    let id = prefix["id"].to_string();
    let _prefix = Guard { client: client.clone(), path: format!("ipam/prefixes/{id}") };
    let available = |body_json| DynamicCommand { object_id: Some(&id), body_json, ..command("ipam prefixes available_ips") };
    let first = run(&client, &DynamicCommand { query_pairs: &["limit=2"], ..available(None) });
    assert_eq!(first.as_array().unwrap().len(), 2);
    let made = run(&client, &available(Some("[{}, {}]")));
    let _addresses = [0, 1].map(|at| Guard { client: client.clone(), path: format!("ipam/ip-addresses/{}", made[at]["id"]) });
    assert_eq!(made[0]["address"], first[0]["address"]);
    assert!(run(&client, &command("'' status get"))["netbox-version"].is_string());
}

#[test]
fn a_whole_list_comes_or_an_error_says_how_many_there_are() {
    let Some(client) = live() else { return };
    let numbers = |rows: &[Value]| rows.iter().map(|row| row["id"].as_u64().unwrap()).collect::<Vec<_>>();
    let all = list_all_pages(&client, &listed("dcim devices list", &["fields=name"]), DEFAULT_MAX_RECORDS).unwrap();
    assert!(all.len() >= 5000 && all.iter().all(|row| row.get("name").is_some() && row.as_object().unwrap().len() == 2));
    assert!(numbers(&all).is_sorted_by(|a, b| a < b), "read by id");
    let of = |sites: &[&str]| list_all_pages(&client, &listed("dcim devices list", sites), 5000).unwrap().len();
    let (lon, par) = (of(&["site=lon", "fields=id"]), of(&["site=par", "fields=id"]));
    assert!(lon > 0 && par > 0 && of(&["site=lon", "site=par", "fields=id"]) == lon + par);
    let sorted = list_all_pages(&client, &listed("dcim devices list", &["site=lon", "fields=id,name", "ordering=-id"]), 5000).unwrap();
    assert!(sorted.len() == lon && numbers(&sorted).is_sorted_by(|a, b| a > b));
    let error = list_all_pages(&client, &listed("dcim devices list", &["site=lon", "fields=id", "limit=10"]), 100).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let expected =
        format!("the list of dcim/devices/ has {lon} objects, more than the 100 that are allowed. Narrow it by filters, or allow more");
    assert_eq!(error.to_string(), expected);
    assert_eq!(list_all_pages(&client, &listed("dcim devices list", &["site=lon", "fields=id"]), lon as u64).unwrap().len(), lon);
    let message = refusal(list_all_pages(&client, &listed("dcim sites create < {}", &[]), 1), "create");
    assert_eq!(message, "POST dcim/sites/ reads no list");
    let error = list_all_pages(&client, &listed("'' status get", &[]), 1).unwrap_err();
    assert!(error.kind() == ErrorKind::Decode && error.to_string().contains("results"), "{error}");
}

#[test]
fn a_list_is_asked_for_by_id_and_once_where_it_is_too_long() {
    let (netbox, nb) = in_memory(NetBox::builder().seed(Demo::small()));
    let request = listed("dcim devices list", &["site=lon", "site=par", "fields=name"]);
    let error = list_all_pages(nb.client(), &request, 2).unwrap_err();
    assert!(error.to_string().contains("has 12 objects, more than the 2 that are allowed"), "{error}");
    let sent: Vec<String> = netbox.requests().iter().map(|request| request.uri().to_string()).collect();
    assert!(sent.len() == 1 && sent[0].starts_with("/api/dcim/devices/?site=lon&site=par&fields=name%2Cid&ordering=id&limit="), "{sent:?}");
}
