//! Objects that are made and changed: what is sent of them.

use netbox_sdk::mock::{Demo, NetBox};
use netbox_sdk::typed::v4_7::{self, Device, DevicePatch, DeviceRequest, DeviceStatus, ServiceRequest, SiteRequest};
use netbox_sdk::typed::{Body, Choice, Patch, Reference};
use netbox_sdk::{Client, ErrorKind, json};
use serde_json::Value;

use super::objects::device;
use crate::support::{impatient, in_memory};

fn members(body: &impl Body) -> Value {
    Value::Object(body.members().clone())
}

#[test]
fn fields_are_left_emptied_or_set() {
    let patch = DevicePatch::new().serial("X").tenant(Patch::Null).face(Patch::Null).position(4.5);
    assert_eq!(members(&patch), json!({"serial": "X", "tenant": null, "face": null, "position": 4.5}));
    let patch = patch
        .tenant(Patch::Absent)
        .status(DeviceStatus::Other("burnt".to_owned()))
        .rack(Some(3))
        .cluster(Patch::Value(Reference::by("name", "c")))
        .name(Some("sw"));
    assert_eq!(
        members(&patch),
        json!({"serial": "X", "face": null, "position": 4.5, "status": "burnt", "rack": 3, "name": "sw", "cluster": {"name": "c"}})
    );
    assert_eq!(members(&DevicePatch::default()), json!({}));
    let ports =
        ServiceRequest::new(5).name("web").parent_object_type("dcim.device").ports([80, 443]).protocol(Choice::new("tcp".into(), "TCP"));
    let ports = members(&ports);
    assert_eq!((&ports["ports"], &ports["protocol"], &ports["name"]), (&json!([80, 443]), &json!("tcp"), &json!("web")));
    let secret = v4_7::TokenPatch::new().description("x");
    assert_eq!(format!("{secret:?}"), r#"TokenFields { description: "x" }"#);
    let secret = v4_7::WirelessLANPatch::new().auth_psk("s3cret-value");
    assert_eq!(format!("{secret:?}"), "WirelessLANFields { auth_psk: *** }");
}

#[test]
fn references_are_ids_attributes_or_objects_that_were_read() {
    let read: Device = serde_json::from_value(device(7, json!({}))).unwrap();
    let request = DeviceRequest::new()
        .site(&read.site)
        .role(Reference::by("slug", "leaf"))
        .device_type(3)
        .tags([Reference::by("name", "core"), 4.into()]);
    assert_eq!(members(&request), json!({"site": 5, "role": {"slug": "leaf"}, "device_type": 3, "tags": [{"name": "core"}, 4]}));
    assert_eq!(serde_json::to_value(&request).unwrap(), members(&request));
}

/// Answers any request with a device, but for deletes.
#[test]
fn what_was_changed_is_sent_and_nothing_else() {
    let (netbox, untyped) = in_memory(NetBox::builder().seed(Demo::small()));
    let nb = v4_7::Api::new(untyped.client().clone());
    let devices = nb.dcim().devices();

    let made = devices.create(&DeviceRequest::new().device_type(3).role(2).site(1).name("sw-1")).unwrap();
    assert_eq!((made.id, made.name.as_deref(), made.site.id), (13, Some("sw-1"), 1));
    let incomplete = devices.create(&DeviceRequest::new().site(1)).unwrap_err();
    assert_eq!((incomplete.kind(), incomplete.may_have_been_sent()), (ErrorKind::RequestValidation, false));
    assert_eq!(incomplete.violations().iter().map(|violation| violation.path.as_str()).collect::<Vec<_>>(), ["device_type", "role"]);
    let too_long = devices.patch(made.id, &DevicePatch::new().serial("x".repeat(51)).position(0.0)).unwrap_err();
    assert_eq!(too_long.violations().len(), 2, "{too_long}");
    let made = devices.patch(made.id, &DevicePatch::new().serial("Y").tenant(Patch::Null)).unwrap();

    let mut edited = made.clone();
    assert_eq!(devices.save(&made, &edited).unwrap(), made);
    edited.serial = "Z".to_owned();
    edited.status = Choice::new(DeviceStatus::Offline, "");
    edited.site.id = 2;
    edited.asset_tag = Some("A".to_owned());
    let saved = devices.save(&made, &edited).unwrap();
    assert_eq!((saved.serial.as_str(), saved.status == DeviceStatus::Offline, saved.site.id), ("Z", true, 2));
    devices.delete(13).unwrap();

    let sent: Vec<(String, Value)> = netbox
        .requests()
        .iter()
        .map(|request| (format!("{} {}", request.method(), request.uri()), serde_json::from_slice(request.body()).unwrap_or_default()))
        .collect();
    let expected = [
        ("POST /api/dcim/devices/", json!({"device_type": 3, "role": 2, "site": 1, "name": "sw-1"})),
        ("PATCH /api/dcim/devices/13/", json!({"serial": "Y", "tenant": null})),
        ("PATCH /api/dcim/devices/13/", json!({"serial": "Z", "status": "offline", "site": 2, "asset_tag": "A"})),
        ("DELETE /api/dcim/devices/13/", Value::Null),
    ];
    assert_eq!(sent, expected.map(|(head, body)| (head.to_owned(), body)));
}

#[test]
fn another_state_of_an_object_is_saved_and_another_object_is_not() {
    let nb = v4_7::Api::new(Client::new(impatient("http://127.0.0.1:9").build().unwrap()).unwrap());
    let devices = nb.dcim().devices();
    let read: Device = serde_json::from_value(device(7, json!({"custom_fields": {"owner": "x", "floor": 2}}))).unwrap();
    let mut edited = read.clone();
    edited.serial = "Z".to_owned();
    edited.interface_count = Some(5);
    edited.role.name = "y".to_owned();
    edited.custom_fields.insert("owner".to_owned(), Value::Null);
    edited.custom_fields.remove("floor");
    assert_eq!(members(&devices.changes(&read, &edited).unwrap()), json!({"serial": "Z", "custom_fields": {"owner": null}}));
    edited.id = 8;
    let error = devices.save(&read, &edited).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidRequest && error.to_string().contains("dcim/devices 7 and 8 are two objects"), "{error}");
    for refused in [devices.delete("").unwrap_err(), devices.patch("", &DevicePatch::new().serial("x")).unwrap_err()] {
        assert!(refused.to_string().contains("the id of the dcim/devices is empty"), "{refused}");
    }
}

#[test]
fn nothing_that_is_named_like_a_secret_is_shown() {
    let read: Device =
        serde_json::from_value(device(7, json!({"custom_fields": {"enable_password": "hunter2", "a": {"api_token": "hunter2"}}}))).unwrap();
    assert!(format!("{read:?}").contains("custom_fields") && !format!("{read:?}").contains("hunter2"), "{read:?}");
    let patch = DevicePatch::new().custom_fields(json!({"enable_password": "hunter2", "floor": 2}));
    assert!(format!("{patch:?}").contains("floor") && !format!("{patch:?}").contains("hunter2"), "{patch:?}");
    let source = json!({"id": 1, "url": "http://nb/api/core/data-sources/1/", "display": "s", "name": "s", "type": {"value": "git", "label": "Git"},
        "source_url": "https://user:hunter2@git.example.com/x.git", "enabled": true, "status": {"value": "new", "label": "New"}, "description": "", "comments": "",
        "ignore_rules": "", "parameters": {"username": "u", "password": "hunter2"}});
    let source: v4_7::DataSource = serde_json::from_value(source).unwrap();
    assert!(format!("{source:?}").contains("git.example.com") && !format!("{source:?}").contains("hunter2"), "{source:?}");
}

#[test]
fn constructors_take_what_netbox_asks_for() {
    assert_eq!(members(&SiteRequest::new("Berlin", "ber")), json!({"name": "Berlin", "slug": "ber"}));
    assert_eq!(members(&DeviceRequest::new()), json!({}), "no reference can be taken for another");
}
