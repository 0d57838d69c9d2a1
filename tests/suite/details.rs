//! Endpoints below an object: against a real NetBox, and on mocked replies where one cannot show it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use httpmock::MockServer;
use netbox_sdk::http::Method;
use netbox_sdk::{Api, Client, ErrorItem, ErrorKind, Part, Payload, Record, Result, json};
use serde_json::Value;

use crate::facade::made;
use crate::live::{Guard, unique};
use crate::support::{impatient, live};

fn api() -> Option<Api> {
    live().map(Api::new)
}

/// Deletes a record that another way than `create` made.
fn guard(nb: &Api, record: &Record) -> Guard {
    Guard { client: nb.client().clone(), path: format!("{}/{}", record.endpoint().path(), record.key()) }
}

/// A prefix in a VRF of its own, where nobody else allocates.
fn prefix(nb: &Api, network: &str) -> (Record, Guard, Guard) {
    let (vrf, vrf_guard) = made(nb, "ipam/vrfs", json!({"name": unique("details")}));
    let (prefix, prefix_guard) = made(nb, "ipam/prefixes", json!({"prefix": network, "vrf": vrf.id(), "is_pool": true}));
    // What is bound last is dropped first: the prefix before its VRF.
    (prefix, vrf_guard, prefix_guard)
}

#[test]
fn addresses_are_listed_and_allocated_one_and_many() {
    let Some(nb) = api() else { return };
    let (prefix, _vrf_guard, _guard) = prefix(&nb, "10.250.0.0/24");
    let free = prefix.available_ips();
    assert_eq!(free.list().unwrap()[0]["address"], "10.250.0.0/24");
    assert_eq!((free.clone().limit(3).list().unwrap().len(), free.clone().limit(0).list().unwrap().len()), (3, 256));
    let ip = free.create(json!({"dns_name": "one.example.com"})).unwrap();
    let _ip_guard = guard(&nb, &ip);
    assert_eq!(ip.endpoint().path(), "ipam/ip-addresses", "an address belongs to the addresses");
    assert_eq!((ip.str("address"), ip.str("dns_name")), (Some("10.250.0.0/24"), Some("one.example.com")));
    assert_eq!(nb.ipam().ip_addresses().get(ip.id()).unwrap().unwrap(), ip);
    let more = free.create_many([json!({"description": "a"}), json!({"description": "b"})]).unwrap();
    let _more_guards: Vec<Guard> = more.iter().map(|ip| guard(&nb, ip)).collect();
    let found: Vec<_> = more.iter().map(|ip| (ip.str("address").unwrap(), ip.str("description").unwrap())).collect();
    assert_eq!(found, [("10.250.0.1/24", "a"), ("10.250.0.2/24", "b")]);
    assert!(free.create_many(Vec::<Value>::new()).unwrap().is_empty());
}

#[test]
fn a_prefix_is_allocated_and_what_is_wrong_is_told_by_position() {
    let Some(nb) = api() else { return };
    let (prefix, _vrf_guard, _guard) = prefix(&nb, "10.251.0.0/24");
    let free = prefix.available_prefixes();
    assert_eq!(free.list().unwrap()[0]["prefix"], "10.251.0.0/24");
    let child = free.create(json!({"prefix_length": 28})).unwrap();
    let _child_guard = guard(&nb, &child);
    assert_eq!((child.endpoint().path(), child.str("prefix")), ("ipam/prefixes", Some("10.251.0.0/28")));
    let error = free.create(json!({})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    let (item, reply) = error.reply().unwrap().items().next().unwrap();
    assert!(*item == ErrorItem::Index(0) && reply.field("prefix_length").is_some(), "{error}");
}

#[test]
fn an_exhausted_prefix_is_an_error_of_its_own() {
    let Some(nb) = api() else { return };
    let (prefix, _vrf_guard, _guard) = prefix(&nb, "10.252.0.0/30");
    let free = prefix.available_ips();
    let error = free.create_many(vec![json!({}); 5]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Exhausted, "{error}");
    let made = free.create_many(vec![json!({}); 4]).unwrap();
    let _guards: Vec<Guard> = made.iter().map(|ip| guard(&nb, ip)).collect();
    assert!(free.list().unwrap().is_empty());
    let error = free.create(json!({})).unwrap_err();
    assert!(error.kind() == ErrorKind::Exhausted && error.to_string().contains("Insufficient resources"), "{error}");
    assert_eq!(prefix.available_prefixes().create(json!({"prefix_length": 29})).unwrap_err().kind(), ErrorKind::Exhausted);
}

#[test]
fn vlans_and_as_numbers_are_allocated() {
    let Some(nb) = api() else { return };
    let name = unique("details");
    let (group, _group_guard) = made(&nb, "ipam/vlan-groups", json!({"name": name, "slug": name, "vid_ranges": [[100, 103]]}));
    assert_eq!(group.available_vlans().list().unwrap()[0]["vid"], 100);
    let vlan = group.available_vlans().create(json!({"name": "users"})).unwrap();
    let _vlan_guard = guard(&nb, &vlan);
    assert_eq!((vlan.endpoint().path(), vlan.i64("vid"), vlan.to_string().as_str()), ("ipam/vlans", Some(100), "users"));

    // AS numbers are unique: a place where no other run is.
    let start = 4_200_000_000 + SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64 % 90_000_000;
    let rir = nb.ipam().rirs().all().first().unwrap().unwrap();
    let range = json!({"name": name, "slug": name, "rir": rir.id(), "start": start, "end": start + 1});
    let (range, _range_guard) = made(&nb, "ipam/asn-ranges", range);
    let free = range.available_asns();
    assert_eq!(free.list().unwrap().iter().map(|asn| asn["asn"].as_u64().unwrap()).collect::<Vec<_>>(), [start, start + 1]);
    let asn = free.create(json!({})).unwrap();
    let _asn_guard = guard(&nb, &asn);
    assert_eq!((asn.endpoint().path(), asn.i64("asn")), ("ipam/asns", Some(start as i64)));
}

#[test]
fn an_elevation_is_all_units_of_a_rack_and_a_drawing() {
    let Some(nb) = api() else { return };
    let rack = nb.dcim().racks().filter([("u_height", 42)]).first().unwrap().unwrap();
    let units: Vec<Record> = rack.elevation().iter().map(Result::unwrap).collect();
    assert_eq!(units.len() as u64, rack.detail("elevation").list().unwrap().count().unwrap());
    let keys: Vec<String> = units.iter().map(|unit| unit.key().to_string()).collect();
    assert_eq!((keys.len(), keys[0].as_str(), keys.last().unwrap().as_str()), (84, "42.5", "1.0"));
    let paged = rack.detail("elevation").with("face", "rear").list().unwrap().page_size(10);
    assert_eq!(paged.into_iter().map(|unit| unit.unwrap().key().to_string()).collect::<Vec<_>>(), keys);
    assert_eq!(rack.elevation().face("rear").iter().next().unwrap().unwrap().str("face.value"), Some("rear"));
    let svg = rack.elevation().face("rear").unit_width(300).svg().unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("width=\"349\""), "{}", &svg[..200]);
    let error = rack.elevation().face("top").into_iter().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
}

#[test]
fn a_cabled_interface_is_traced_and_an_uncabled_one_is_empty() {
    let Some(nb) = api() else { return };
    let interface = nb.dcim().interfaces().filter([("cabled", true)]).first().unwrap().unwrap();
    let trace = interface.trace().unwrap();
    let segment = &trace.segments()[0];
    assert_eq!((segment.near_ends(), segment.cable().unwrap()), (&[interface.clone()][..], &interface.record("cable").unwrap()));
    assert_eq!(trace.far_ends()[0].endpoint().path(), "dcim/interfaces");
    let drawn = trace.to_string();
    assert!(drawn.contains(interface.str("device.name").unwrap()) && drawn.contains("│ cable #"), "{drawn}");
    assert!(trace.svg().unwrap().starts_with("<svg"));
    let uncabled = nb.dcim().interfaces().filter([("cabled", false)]).first().unwrap().unwrap();
    assert!(uncabled.trace().unwrap().is_empty() && uncabled.trace().unwrap().to_string() == "(no cable)");
    let error = nb.dcim().sites().all().first().unwrap().unwrap().trace().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let termination = nb.circuits().circuit_terminations().all().first().unwrap().unwrap();
    assert!(termination.paths().unwrap().is_empty());
}

#[test]
fn a_configuration_is_rendered() {
    let Some(nb) = api() else { return };
    let device = nb.dcim().devices().filter([("site", "lon")]).first().unwrap().unwrap();
    let config = device.render_config().unwrap();
    assert!(config.content().contains(device.str("name").unwrap()), "{config}");
    assert_eq!(config.template().unwrap().endpoint().path(), "extras/config-templates");
    assert_eq!(device.render_config_text().unwrap(), config.content());
    let posted = device.detail("render-config").post(json!({"ntp": ["192.0.2.1"]})).unwrap();
    assert!(posted["content"].as_str().unwrap().contains("192.0.2.1"), "{posted}");
}

#[test]
fn a_config_template_is_rendered_with_variables_and_synced() {
    let Some(nb) = api() else { return };
    let body = json!({"name": unique("details"), "template_code": "hostname {{ host.name }}"});
    let (mut template, _guard) = made(&nb, "extras/config-templates", body);
    let config = template.render(json!({"host": {"name": "sw-1"}})).unwrap();
    assert_eq!((config.to_string().as_str(), config.template()), ("hostname sw-1", Some(&template)));
    let error = template.render(json!({})).unwrap_err();
    assert!(error.kind() == ErrorKind::Server && error.to_string().contains("'host' is undefined"), "{error}");
    let before = template.clone();
    template.sync().unwrap();
    assert!(template == before && template.str("template_code").is_some());
}

#[test]
fn a_data_source_is_synced_and_the_task_of_it_is_deleted() {
    let Some(nb) = api() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), "a: 1\n").unwrap();
    let body = json!({"name": unique("details"), "type": "local", "source_url": folder.path()});
    let (mut source, _guard) = made(&nb, "core/data-sources", body);
    source.sync().unwrap();
    let begun = Instant::now();
    while source.str("status.value") != Some("completed") {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", source["status"]);
        std::thread::sleep(Duration::from_millis(200));
        source.refresh().unwrap();
    }
    assert_eq!(source.i64("file_count"), Some(1));
    let job = nb.core().jobs().filter([("object_type", "core.datasource")]).with("object_id", source.id()).first().unwrap().unwrap();
    let task = nb.core().background_tasks().get(job.str("job_id").unwrap()).unwrap().unwrap();
    assert_eq!(task.detail("delete").post(json!({})).unwrap(), Value::Null);
    // NetBox answers 500 for a task that there is not.
    assert!(nb.core().background_tasks().get(task.key()).is_err());
}

#[test]
fn the_choices_of_a_set_come_page_by_page() {
    let Some(nb) = api() else { return };
    let choices: Vec<[String; 2]> = (0..60).map(|number| [format!("v{number:02}"), format!("Choice {number}")]).collect();
    let (set, _guard) = made(&nb, "extras/custom-field-choice-sets", json!({"name": unique("details"), "extra_choices": choices}));
    for size in [7, 60, 1000] {
        let found: Vec<[String; 2]> = set
            .choices()
            .unwrap()
            .page_size(size)
            .into_iter()
            .map(|choice| choice.unwrap())
            .map(|choice| [choice.key().to_string(), choice.to_string()])
            .collect();
        assert_eq!(found, choices, "{size}");
    }
}

#[test]
fn anything_else_is_reached_by_name() {
    let Some(nb) = api() else { return };
    let interface = nb.dcim().interfaces().filter([("cabled", true)]).first().unwrap().unwrap();
    let peer = nb
        .detail("dcim/connected-device")
        .with("peer_device", interface.str("device.name").unwrap())
        .with("peer_interface", interface.str("name").unwrap())
        .get()
        .unwrap();
    assert!(peer["name"].is_string(), "{peer}");
    assert!(nb.detail("users/config").get().unwrap().is_object());
    assert_eq!(nb.detail("authentication-check").get().unwrap()["username"], "admin");
    let site = nb.dcim().sites().all().first().unwrap().unwrap();
    assert_eq!(site.detail("").get().unwrap()["id"], site.id());
    let options = site.detail("").request(Method::OPTIONS).unwrap().send().unwrap();
    assert_eq!(options.status(), 200);
    assert_eq!(site.detail("no-such").get().unwrap_err().kind(), ErrorKind::NotFound);
}

/// An interface of a server that answers everything after it with this.
fn mocked(server: &MockServer, body: &str) -> Record {
    server.mock(|when, then| {
        when.path("/api/dcim/interfaces/7/");
        then.status(200).json_body(json!({"id": 7}));
    });
    server.mock(|when, then| {
        when.path_includes("/7/");
        then.status(200).body(body);
    });
    let nb = Api::new(Client::new(impatient(&server.base_url()).build().unwrap()).unwrap());
    nb.dcim().interfaces().get(7).unwrap().unwrap()
}

#[test]
fn a_trace_is_drawn_segment_by_segment() {
    let server = MockServer::start();
    let port = |kind: &str, device: &str, name: &str| {
        let device = json!({"id": 1, "url": "http://h/api/dcim/devices/1/", "display": "x", "name": device});
        json!({"id": 7, "url": format!("http://h/api/dcim/{kind}/7/"), "display": name, "name": name, "device": device})
    };
    let cable =
        json!({"id": 9, "url": "http://h/api/dcim/cables/9/", "type": "mmf-om4", "status": "connected", "label": "", "length": null});
    let trunk = json!({"id": 10, "url": "http://h/api/dcim/cables/10/", "type": {"value": "smf", "label": "SMF"}, "status": "planned", "label": "trunk-a", "length": 30.5, "length_unit": "m"});
    let circuit = json!({"id": 3, "url": "http://h/api/circuits/circuit-terminations/3/", "display": "C-1: Termination A"});
    let trace = json!([
        [
            [port("interfaces", "sw-1", "eth0")],
            cable,
            [port("front-ports", "panel-1", "front 4"), port("front-ports", "panel-1", "front 5")]
        ],
        [[port("rear-ports", "panel-1", "rear 1")], trunk, [circuit]],
        [[circuit], [], [port("interfaces", "sw-2", "eth9")]],
        [[port("interfaces", "sw-2", "eth9")], null, []],
    ]);
    let trace = mocked(&server, &trace.to_string()).trace().unwrap();
    let expected = "\
sw-1 · eth0
  │ cable #9, mmf-om4, connected
panel-1 · front 4
panel-1 · front 5

panel-1 · rear 1
  │ cable trunk-a, smf, 30.5 m, planned
C-1: Termination A

C-1: Termination A
  │ no cable
sw-2 · eth9

sw-2 · eth9
  │ no cable
(open)";
    assert_eq!(trace.to_string(), expected);
    assert_eq!(trace.segments()[1].far_ends()[0].endpoint().path(), "circuits/circuit-terminations");
    assert!(trace.far_ends().is_empty());
}

#[test]
fn a_script_that_is_run_gives_its_job() {
    let server = MockServer::start();
    let run = server.mock(|when, then| {
        when.method("POST").path("/api/extras/scripts/7/").json_body(json!({"data": {"site": 1}, "commit": false}));
        then.status(200).json_body(json!({
            "id": 7,
            "url": "http://h/api/extras/scripts/7/",
            "result": {"id": 12, "url": "http://h/api/core/jobs/12/", "status": {"value": "pending", "label": "Pending"}},
        }));
    });
    server.mock(|when, then| {
        when.method("GET").path("/api/extras/scripts/audit.FindUnused/");
        then.status(200).json_body(json!({"id": 7, "url": "http://h/api/extras/scripts/7/"}));
    });
    let nb = Api::new(Client::new(impatient(&server.base_url()).build().unwrap()).unwrap());
    let script = nb.extras().scripts().get("audit.FindUnused").unwrap().unwrap();
    let job = script.run(json!({"site": 1}), false).unwrap();
    assert_eq!((job.record().endpoint().path(), job.id(), job.status()), ("core/jobs", 12, "pending"));
    run.assert();
}

const SCRIPT: &str = r#"
from extras.scripts import Script, StringVar

class Echo(Script):
    word = StringVar()

    def run(self, data, commit):
        return data["word"].upper()
"#;

#[test]
fn a_script_is_uploaded_and_run_by_a_worker() {
    let Some(nb) = api() else { return };
    let upload = Payload::new().file("file", Part::bytes("netbox_sdk_echo.py", SCRIPT));
    let uploaded = nb.detail("extras/scripts/upload").request(Method::POST).unwrap().payload(upload).send().unwrap().error_for_status();
    // NetBox has no way to delete it, so a former run may have left it.
    assert!(uploaded.is_ok() || uploaded.is_err_and(|error| error.to_string().contains("already exists")));
    let script = nb.extras().scripts().get("netbox_sdk_echo.Echo").unwrap().unwrap();
    let mut job = script.run(json!({"word": "hello"}), false).unwrap();
    assert_eq!(job.record().str("object.url"), script.url());
    // The worker hands scripts a request that the branching plugin, which the lab has, cannot read.
    let error = job.wait(Duration::from_secs(240)).unwrap_err();
    assert_eq!((error.kind(), job.status()), (ErrorKind::JobFailed, "errored"), "{error}");
    assert!(error.to_string().contains(job.record().str("error").unwrap()) && job.record().str("error") != Some(""), "{error}");
    assert_eq!(script.run(json!({"nosuch": 1}), false).unwrap_err().kind(), ErrorKind::Validation);
}

#[test]
fn replies_of_another_shape_are_errors() {
    for body in
        ["", "null", "3", "{}", "[3]", "[[[], null]]", "[[3, null, []]]", "[[[3], null, []]]", "[[[], {\"id\": 1}, [null]]]", "<html>"]
    {
        let server = MockServer::start();
        let record = mocked(&server, body);
        assert_eq!(record.trace().unwrap_err().kind(), ErrorKind::Decode, "{body}");
        assert_eq!(record.available_ips().create(json!({})).err().map(|error| error.kind()), (body != "{}").then_some(ErrorKind::Decode));
        assert_eq!(record.available_ips().create_many([json!({})]).unwrap_err().kind(), ErrorKind::Decode, "{body}");
        assert_eq!(record.run(json!({}), true).unwrap_err().kind(), ErrorKind::Decode, "{body}");
        assert_eq!(record.render_config().unwrap_err().kind(), ErrorKind::Decode, "{body}");
        assert_eq!(record.elevation().into_iter().next().unwrap().unwrap_err().kind(), ErrorKind::Decode, "{body}");
    }
    let server = MockServer::start();
    let record = mocked(&server, "");
    assert_eq!(record.detail("stop").post(json!({})).unwrap(), Value::Null);
}

#[test]
fn a_record_without_an_id_is_told_before_anything_is_sent() {
    let server = MockServer::start();
    server.mock(|when, then| {
        when.any_request();
        then.status(200).json_body(json!({"name": "default"}));
    });
    let nb = Api::new(Client::new(impatient(&server.base_url()).build().unwrap()).unwrap());
    let queue = nb.core().background_queues().get("default").unwrap().unwrap();
    for error in [
        queue.detail("x").get().unwrap_err(),
        queue.available_ips().create(json!({})).unwrap_err(),
        queue.choices().unwrap_err(),
        queue.elevation().into_iter().next().unwrap().unwrap_err(),
    ] {
        assert!(error.kind() == ErrorKind::InvalidRequest && error.to_string().contains("has no id"), "{error}");
    }
}
