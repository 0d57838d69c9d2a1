//! Everything that the OpenAPI documents name can be reached.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;
use netbox_sdk::http::Method;
use netbox_sdk::{Api, Client, Record, json};
use serde_json::Value;

use crate::support::{RawServer, impatient};

type Call = fn(&Api);

/// The object with the id 7.
fn at(nb: &Api, path: &str) -> Record {
    nb.endpoint(path).get(7).unwrap().unwrap()
}

/// What is no list of objects and no object: method, path in the documents, and the call that reaches it. What the call makes of the reply does not matter here.
#[rustfmt::skip]
const CALLS: [(&str, &str, Call); 48] = [
    ("GET", "/api/status/", |nb| drop(nb.client().status())),
    ("GET", "/api/schema/", |nb| drop(nb.client().openapi())),
    ("GET", "/api/authentication-check/", |nb| drop(nb.detail("authentication-check").get())),
    ("POST", "/api/users/tokens/provision/", |nb| drop(nb.client().create_token("name", "password"))),
    ("GET", "/api/users/config/", |nb| drop(nb.detail("users/config").get())),
    ("GET", "/api/dcim/connected-device/", |nb| drop(nb.detail("dcim/connected-device").with("peer_device", "sw-1").with("peer_interface", "eth0").get())),
    ("GET", "/api/extras/dashboard/", |nb| drop(nb.detail("extras/dashboard").get())),
    ("PUT", "/api/extras/dashboard/", |nb| drop(nb.detail("extras/dashboard").request(Method::PUT).unwrap().send())),
    ("PATCH", "/api/extras/dashboard/", |nb| drop(nb.detail("extras/dashboard").request(Method::PATCH).unwrap().send())),
    ("DELETE", "/api/extras/dashboard/", |nb| drop(nb.detail("extras/dashboard").request(Method::DELETE).unwrap().send())),
    ("POST", "/api/extras/scripts/upload/", |nb| drop(nb.detail("extras/scripts/upload").request(Method::POST).unwrap().send())),
    ("PUT", "/api/extras/scripts/upload/{id}/", |nb| drop(nb.detail("extras/scripts/upload/7").request(Method::PUT).unwrap().send())),
    ("PATCH", "/api/extras/scripts/upload/{id}/", |nb| drop(nb.detail("extras/scripts/upload/7").request(Method::PATCH).unwrap().send())),
    ("POST", "/api/extras/scripts/{id}/", |nb| drop(at(nb, "extras/scripts").run(json!({}), true))),
    ("POST", "/api/core/background-tasks/{id}/delete/", |nb| drop(at(nb, "core/background-tasks").detail("delete").post(json!({})))),
    ("POST", "/api/core/background-tasks/{id}/enqueue/", |nb| drop(at(nb, "core/background-tasks").detail("enqueue").post(json!({})))),
    ("POST", "/api/core/background-tasks/{id}/requeue/", |nb| drop(at(nb, "core/background-tasks").detail("requeue").post(json!({})))),
    ("POST", "/api/core/background-tasks/{id}/stop/", |nb| drop(at(nb, "core/background-tasks").detail("stop").post(json!({})))),
    ("POST", "/api/core/data-sources/{id}/sync/", |nb| drop(at(nb, "core/data-sources").sync())),
    ("POST", "/api/extras/config-contexts/{id}/sync/", |nb| drop(at(nb, "extras/config-contexts").sync())),
    ("POST", "/api/extras/config-context-profiles/{id}/sync/", |nb| drop(at(nb, "extras/config-context-profiles").sync())),
    ("POST", "/api/extras/config-templates/{id}/sync/", |nb| drop(at(nb, "extras/config-templates").sync())),
    ("POST", "/api/extras/export-templates/{id}/sync/", |nb| drop(at(nb, "extras/export-templates").sync())),
    ("POST", "/api/extras/config-templates/{id}/render/", |nb| drop(at(nb, "extras/config-templates").render(json!({})))),
    ("GET", "/api/extras/custom-field-choice-sets/{id}/choices/", |nb| drop(at(nb, "extras/custom-field-choice-sets").choices().unwrap().first())),
    ("POST", "/api/dcim/devices/{id}/render-config/", |nb| drop(at(nb, "dcim/devices").render_config())),
    ("POST", "/api/virtualization/virtual-machines/{id}/render-config/", |nb| drop(at(nb, "virtualization/virtual-machines").render_config())),
    ("GET", "/api/dcim/racks/{id}/elevation/", |nb| drop(at(nb, "dcim/racks").elevation().iter().next())),
    ("GET", "/api/dcim/console-ports/{id}/trace/", |nb| drop(at(nb, "dcim/console-ports").trace())),
    ("GET", "/api/dcim/console-server-ports/{id}/trace/", |nb| drop(at(nb, "dcim/console-server-ports").trace())),
    ("GET", "/api/dcim/interfaces/{id}/trace/", |nb| drop(at(nb, "dcim/interfaces").trace())),
    ("GET", "/api/dcim/power-feeds/{id}/trace/", |nb| drop(at(nb, "dcim/power-feeds").trace())),
    ("GET", "/api/dcim/power-outlets/{id}/trace/", |nb| drop(at(nb, "dcim/power-outlets").trace())),
    ("GET", "/api/dcim/power-ports/{id}/trace/", |nb| drop(at(nb, "dcim/power-ports").trace())),
    ("GET", "/api/circuits/circuit-terminations/{id}/paths/", |nb| drop(at(nb, "circuits/circuit-terminations").paths())),
    ("GET", "/api/circuits/virtual-circuit-terminations/{id}/paths/", |nb| drop(at(nb, "circuits/virtual-circuit-terminations").paths())),
    ("GET", "/api/dcim/front-ports/{id}/paths/", |nb| drop(at(nb, "dcim/front-ports").paths())),
    ("GET", "/api/dcim/rear-ports/{id}/paths/", |nb| drop(at(nb, "dcim/rear-ports").paths())),
    ("GET", "/api/ipam/prefixes/{id}/available-ips/", |nb| drop(at(nb, "ipam/prefixes").available_ips().list())),
    ("POST", "/api/ipam/prefixes/{id}/available-ips/", |nb| drop(at(nb, "ipam/prefixes").available_ips().create(json!({})))),
    ("GET", "/api/ipam/ip-ranges/{id}/available-ips/", |nb| drop(at(nb, "ipam/ip-ranges").available_ips().list())),
    ("POST", "/api/ipam/ip-ranges/{id}/available-ips/", |nb| drop(at(nb, "ipam/ip-ranges").available_ips().create(json!({})))),
    ("GET", "/api/ipam/prefixes/{id}/available-prefixes/", |nb| drop(at(nb, "ipam/prefixes").available_prefixes().list())),
    ("POST", "/api/ipam/prefixes/{id}/available-prefixes/", |nb| drop(at(nb, "ipam/prefixes").available_prefixes().create(json!({})))),
    ("GET", "/api/ipam/vlan-groups/{id}/available-vlans/", |nb| drop(at(nb, "ipam/vlan-groups").available_vlans().list())),
    ("POST", "/api/ipam/vlan-groups/{id}/available-vlans/", |nb| drop(at(nb, "ipam/vlan-groups").available_vlans().create(json!({})))),
    ("GET", "/api/ipam/asn-ranges/{id}/available-asns/", |nb| drop(at(nb, "ipam/asn-ranges").available_asns().list())),
    ("POST", "/api/ipam/asn-ranges/{id}/available-asns/", |nb| drop(at(nb, "ipam/asn-ranges").available_asns().create(json!({})))),
];

/// Methods and paths of all documents, as `GET /api/dcim/sites/{id}/`.
fn documented() -> BTreeSet<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/codegen/openapi");
    let mut found = BTreeSet::new();
    let mut documents = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let document: Value = serde_json::from_reader(GzDecoder::new(File::open(entry.unwrap().path()).unwrap())).unwrap();
        documents += 1;
        for (path, operations) in document["paths"].as_object().unwrap() {
            for method in ["get", "put", "post", "delete", "options", "head", "patch", "trace"] {
                if !operations[method].is_null() {
                    found.insert((method.to_uppercase(), path.clone()));
                }
            }
        }
    }
    assert_eq!(documents, 5);
    found
}

/// Calls the facade as a user would for a list of objects or one object.
fn call_by_endpoint(nb: &Api, method: &str, path: &str, is_object: bool) {
    match (method, is_object) {
        ("GET", false) => drop(nb.endpoint(path).all().first()),
        ("POST", false) => drop(nb.endpoint(path).create(json!({}))),
        ("GET", true) => drop(nb.endpoint(path).get(7)),
        ("PATCH", true) => drop(at(nb, path).update(json!({}))),
        ("DELETE", true) => drop(at(nb, path).delete()),
        // Whole objects in place of what changed, and many at once.
        (method, true) => drop(at(nb, path).detail("").request(method.parse().unwrap()).unwrap().send()),
        (method, false) => drop(nb.detail(path).request(method.parse().unwrap()).unwrap().send()),
    }
}

#[test]
fn everything_in_the_documents_can_be_reached() {
    let server = RawServer::start(|_, connection| {
        while connection.read_request().is_some() {
            connection.reply("200 OK", "", r#"{"id": 7, "count": 0, "next": null, "results": []}"#);
        }
    });
    let nb = Api::new(Client::new(impatient(&server.url()).build().unwrap()).unwrap());
    let last = || {
        let line = server.requests().pop().unwrap_or_default();
        let mut words = line.split([' ', '?']).map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap())
    };
    let mut in_table = BTreeSet::new();
    for (method, path, call) in CALLS {
        call(&nb);
        assert_eq!(last(), (method.to_owned(), path.replace("{id}", "7")));
        assert!(in_table.insert((method.to_owned(), path.to_owned())), "{method} {path} is there twice");
    }
    let documented = documented();
    let unknown: Vec<_> = in_table.difference(&documented).collect();
    assert!(unknown.is_empty(), "no document has these rows of the table: {unknown:?}");
    let mut unreached = Vec::new();
    for (method, path) in documented.difference(&in_table) {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (is_object, resource) = match parts.as_slice() {
            ["api", app, name] => (false, format!("{app}/{name}")),
            ["api", app, name, "{id}" | "{name}"] => (true, format!("{app}/{name}")),
            _ => {
                unreached.push((method, path));
                continue;
            }
        };
        call_by_endpoint(&nb, method, &resource, is_object);
        assert_eq!(last(), (method.clone(), path.replace("{id}", "7").replace("{name}", "7")));
    }
    assert!(unreached.is_empty(), "the table names no call for: {unreached:?}");
}
