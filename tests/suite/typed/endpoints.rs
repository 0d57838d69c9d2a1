//! Resources over the wire: the same client and pages as without types.

use netbox_sdk::mock::{Demo, NetBox};
use netbox_sdk::typed::v4_7::{self, Device};
use netbox_sdk::typed::{TypedApi, typed_api};
use netbox_sdk::{Client, ErrorKind, ReleaseLine, Retries, json};
use serde_json::Value;

use super::objects::device;
use crate::support::{RawServer, child, impatient, in_memory};

fn api(server: &RawServer) -> v4_7::Api {
    v4_7::Api::new(Client::new(impatient(&server.url()).retries(Retries::none()).build().unwrap()).unwrap())
}

#[test]
fn objects_are_found_by_id_and_listed_page_by_page() {
    let (netbox, untyped) = in_memory(NetBox::builder().seed(Demo::small()));
    let nb = v4_7::Api::new(untyped.client().clone());
    let devices = nb.dcim().devices();
    let found: Device = devices.get(3).unwrap().unwrap();
    assert_eq!((found.id, found.status.label.as_str()), (3, "Active"));
    assert_eq!(devices.get(99).unwrap(), None);
    let list = devices.filter([("site", "lon")]).page_size(2);
    assert_eq!(list.iter().map(|device| device.unwrap().id).collect::<Vec<_>>(), [1, 3, 5, 7, 9, 11]);
    let targets = netbox.requests().into_iter().map(|request| request.uri().to_string());
    let lists: Vec<String> = targets.filter(|target| target.contains("limit=2")).collect();
    assert_eq!(lists.len(), 3);
    assert!(lists.iter().all(|target| target.starts_with("/api/dcim/devices/?site=lon&")), "{lists:?}");
    assert_eq!((list.count().unwrap(), list.first().unwrap().unwrap().id), (6, 1));
    assert_eq!(devices.all().limit_total(2).into_iter().count(), 2);
    let several = devices.get_by([("site", "lon")]).unwrap_err();
    assert_eq!(several.kind(), ErrorKind::MultipleObjects);
    assert!(several.to_string().contains("several dcim/devices fit: 1, 3, 5, 7, 9, …"), "{several}");
    assert_eq!(nb.untyped().dcim().devices().get(3).unwrap().unwrap().id(), 3);
}

/// A server with these devices, alone and in a list of all.
fn server(devices: Vec<Value>) -> RawServer {
    RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            let path = request.split([' ', '?']).nth(1).unwrap_or_default();
            let id = path.trim_end_matches('/').rsplit('/').next().and_then(|id| id.parse::<u64>().ok());
            let body = match id {
                Some(id) => devices.iter().find(|device| device["id"] == id).cloned().unwrap_or_default(),
                None => json!({"count": devices.len(), "next": null, "previous": null, "results": devices}),
            };
            connection.reply("200 OK", "Content-Type: application/json\r\n", &body.to_string());
        }
    })
}

#[test]
fn an_object_that_does_not_fit_is_named_with_the_place() {
    let mut broken = device(4, json!({}));
    broken["device_type"]["manufacturer"].as_object_mut().unwrap().remove("slug");
    let secret = device(6, json!({"asset_tag": {"token": "s3cret-value"}}));
    let server = server(vec![device(2, json!({})), broken, device(5, json!({"serial": null})), secret]);
    let devices = api(&server).dcim().devices();
    let told = |id: u64| {
        let error = devices.get(id).unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Decode, true));
        error.to_string()
    };
    let expected = "dcim/devices 4 of NetBox 4.7 does not fit at device_type.manufacturer: missing field `slug`";
    assert!(told(4).contains(expected), "{}", told(4));
    assert!(told(5).contains("dcim/devices 5 of NetBox 4.7 does not fit at serial: null, expected a text"), "{}", told(5));
    assert!(
        told(6).contains("dcim/devices 6 of NetBox 4.7 does not fit at asset_tag: expected a text") && !told(6).contains("s3cret"),
        "{}",
        told(6)
    );
    // A list ends there.
    let rows: Vec<_> = devices.all().into_iter().collect();
    assert_eq!(rows.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    assert!(rows[1].as_ref().unwrap_err().to_string().contains(expected));
}

#[test]
fn what_is_no_json_is_told_as_such() {
    let server = RawServer::start(|_, connection| {
        while connection.read_request().is_some() {
            connection.reply("200 OK", "Content-Type: text/html\r\n", "<html><title>Sign in</title></html>");
        }
    });
    let error = api(&server).dcim().devices().get(1).unwrap_err();
    assert!(error.kind() == ErrorKind::Decode && error.to_string().contains("an HTML page"), "{error}");
}

#[test]
fn an_object_stands_for_its_id() {
    let (_netbox, untyped) = in_memory(NetBox::builder().seed(Demo::small()));
    let nb = v4_7::Api::new(untyped.client().clone());
    let prefix = nb.ipam().prefixes().get_by([("prefix", "10.1.1.0/24")]).unwrap().unwrap();
    assert_eq!(nb.ipam().prefixes().available_ips(&prefix).limit(3).list().unwrap().len(), 3);
    nb.ipam().prefixes().delete(&prefix).unwrap();
    assert_eq!(nb.ipam().prefixes().get(&prefix).unwrap(), None);
}

#[test]
fn a_version_decides_which_types_are_meant() {
    let nb = typed_api("http://127.0.0.1:9", "nbt_a.b", "v4.7.3-Docker-3.2").unwrap();
    assert!(matches!(nb, TypedApi::V4_7(_)));
    assert_eq!(v4_7::LINE, ReleaseLine::V4_7);
    let error = typed_api("http://127.0.0.1:9", "nbt_a.b", "4.2.9").unwrap_err();
    assert!(error.to_string().contains("\"4.2.9\" is no version of NetBox that is supported"), "{error}");
    let error = typed_api("http://127.0.0.1:9", "nbt_a.b", "4.8.0").unwrap_err().to_string();
    assert!(error.contains("NetBox 4.8.0 is newer than what is supported") && error.contains("ReleaseLine::of_server"), "{error}");
    #[cfg(not(feature = "v4_4"))]
    {
        let error = typed_api("http://127.0.0.1:9", "nbt_a.b", "4.4.1").unwrap_err();
        assert!(error.to_string().contains("Enable the feature v4_4"), "{error}");
    }
}

const CHILD: &str = "NETBOX_TYPED_CHILD";

/// Prints warnings.
struct Warnings;

impl log::Log for Warnings {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("{} {}", record.level(), record.args());
    }

    fn flush(&self) {}
}

#[test]
fn a_server_of_another_line_is_warned_of_once() {
    if std::env::var(CHILD).is_ok() {
        log::set_logger(&Warnings).unwrap();
        log::set_max_level(log::LevelFilter::Warn);
        let (_netbox, untyped) = in_memory(NetBox::builder().line(ReleaseLine::V4_6).seed(Demo::small()));
        let nb = v4_7::Api::new(untyped.client().clone());
        for _ in 0..3 {
            assert_eq!(nb.clone().dcim().devices().get(1).unwrap().unwrap().id, 1);
        }
        return;
    }
    let output = child("typed::endpoints::a_server_of_another_line_is_warned_of_once", CHILD, "1");
    assert_eq!(output.matches("WARN the server is NetBox 4.6, the types are of 4.7").count(), 1, "{output}");
}

#[test]
fn what_does_not_fit_in_other_replies_is_named_too() {
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_request() {
            let body = match request.starts_with("POST") {
                true => r#"[{"id": 3, "url": "http://nb/api/extras/tags/3/", "display": "a", "name": null}]"#,
                false => r#"[{"family": 4, "address": null, "vrf": null}]"#,
            };
            connection.reply("200 OK", "Content-Type: application/json\r\n", body);
        }
    });
    let nb = api(&server);
    let error = nb.ipam().prefixes().available_ips(7).list().unwrap_err().to_string();
    let expected = "ipam/prefixes/{id}/available-ips without id of NetBox 4.7 does not fit at address: null, expected a text";
    assert!(error.contains(expected), "{error}");
    let error = nb.extras().tags().create_many([v4_7::TagRequest::new("a", "a")]).unwrap_err();
    // The object is there all the same.
    assert_eq!((error.done(), error.records().count()), (vec![0], 1));
    let error = error.to_string();
    assert!(error.contains("extras/tags 3 does not fit at name: expected a text") && error.contains("The server is NetBox 4.7"), "{error}");
}
