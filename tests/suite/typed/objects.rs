//! Single objects: what is read, what is refused, what is shown.

use netbox_sdk::json;
use netbox_sdk::typed::v4_7::{Device, DeviceFace, DeviceStatus, IPAddress, Interface, InterfaceMode, InterfaceType, Script, Site, Token};
use netbox_sdk::typed::{Address, Choice, Date, DateTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The members that every device has, and those that are given.
pub fn device(id: u64, members: Value) -> Value {
    let brief = |id: u64, members: Value| {
        let mut object = json!({"id": id, "url": format!("http://nb/api/x/{id}/"), "display": "x", "description": ""});
        object.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        object
    };
    let named = |id: u64| brief(id, json!({"name": "x", "slug": "x"}));
    let mut device = json!({
        "id": id, "url": format!("http://nb/api/dcim/devices/{id}/"), "display": "sw", "name": null, "serial": "", "comments": "", "description": "",
        "device_type": brief(2, json!({"model": "m", "slug": "m", "manufacturer": named(4)})), "role": named(3), "site": named(5),
        "status": {"value": "active", "label": "Active"}, "face": null, "tags": [],
    });
    device.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    device
}

fn refusal<T: serde::de::DeserializeOwned + std::fmt::Debug>(value: Value) -> String {
    serde_json::from_value::<T>(value).unwrap_err().to_string()
}

#[test]
fn what_a_server_always_sends_is_plain_and_the_rest_is_an_option() {
    let device: Device = serde_json::from_value(device(7, json!({"asset_tag": "A-1", "created": "2026-11-24T09:30:00.5Z"}))).unwrap();
    assert_eq!((device.id, device.site.name.as_str(), device.device_type.manufacturer.slug.as_str()), (7, "x", "x"));
    assert_eq!((device.name, device.asset_tag.as_deref()), (None, Some("A-1")));
    assert!(device.tags.is_empty() && device.custom_fields.is_empty() && device.local_context_data.is_null());
    assert_eq!(device.created.as_ref().map(DateTime::date), Some(Date::from("2026-11-24")));
    assert_eq!(device.created.unwrap().date().ymd(), Some((2026, 11, 24)));
}

#[test]
fn choices_are_open_and_null_is_none() {
    let mut device: Device = serde_json::from_value(device(7, json!({"status": {"value": "burnt", "label": "Burnt down"}}))).unwrap();
    assert_eq!(device.status, DeviceStatus::Other("burnt".to_owned()));
    assert_eq!(
        (device.status.label.as_str(), device.status.to_string().as_str(), device.face),
        (device.status.label.as_str(), "Burnt down", None)
    );
    device.status = Choice::new(DeviceStatus::Active, "");
    device.face = None;
    assert_eq!(serde_json::to_value(&device).unwrap()["status"], json!({"value": "active", "label": ""}));
    assert_eq!(device.status.to_string(), "active");
    assert_eq!(DeviceStatus::from("decommissioning"), DeviceStatus::Decommissioning);
    assert_eq!(InterfaceMode::from("q-in-q"), InterfaceMode::QInQ);
    assert_eq!(InterfaceType::from("2.5gbase-t").to_string(), "2.5gbase-t");
}

#[test]
fn nothing_is_made_up_for_a_plain_field() {
    let without = |name: &str| {
        let mut device = device(7, json!({}));
        device.as_object_mut().unwrap().remove(name);
        device
    };
    assert_eq!(refusal::<Device>(without("serial")), "missing field `serial`");
    assert_eq!(refusal::<Device>(without("status")), "missing field `status`");
    assert_eq!(refusal::<Device>(without("id")), "missing field `id`");
    assert_eq!(refusal::<Device>(device(7, json!({"site": null}))), "invalid type: null, expected an object");
    assert_eq!(refusal::<Device>(device(7, json!({"status": {"label": "Active"}}))), "missing field `value`");
    assert_eq!(refusal::<Device>(device(7, json!({"serial": 5}))), "invalid type: integer `5`, expected a text");
    assert_eq!(refusal::<Device>(device(7, json!({"id": -1}))), "invalid type: integer `-1`, expected a number of zero or more");
    assert_eq!(refusal::<Device>(device(7, json!({"tags": {}}))), "invalid type: map, expected a list");
    assert!(refusal::<Device>(device(7, json!({"vc_position": u64::MAX}))).contains("expected a smaller number"));
    assert!(refusal::<Device>(json!([])).contains("expected an object"));
    // Lists and maps may be absent or null.
    serde_json::from_value::<Device>(device(7, json!({"tags": null, "custom_fields": null}))).unwrap();
    serde_json::from_value::<Device>(without("tags")).unwrap();
}

#[test]
fn what_is_shown_leaves_out_what_is_empty_and_what_is_secret() {
    let device: Device = serde_json::from_value(device(7, json!({"serial": "X1"}))).unwrap();
    let shown = format!("{device:?}");
    assert!(shown.starts_with("Device { id: 7, url: "), "{shown}");
    assert!(shown.contains(r#"serial: "X1""#) && shown.contains(r#"status: "active""#), "{shown}");
    for empty in ["face", "tags", "comments", "custom_fields", "asset_tag", "config_context"] {
        assert!(!shown.contains(&format!("{empty}: ")), "{shown}");
    }
    let site: Site = serde_json::from_value(json!({
        "id": 5, "url": "http://nb/api/dcim/sites/5/", "display": "x", "name": "x", "slug": "x", "status": {"value": "active", "label": "Active"}, "facility": "",
        "description": "", "physical_address": "", "shipping_address": "", "comments": "", "asns": []
    }))
    .unwrap();
    assert_ne!(format!("{site:?}"), format!("{site:#?}"));
    let token: Result<Token, _> = serde_json::from_value(json!({
        "id": 1, "url": "http://nb/api/users/tokens/1/", "display": "x", "user": {"id": 1, "url": "u", "display": "d", "username": "n"}, "description": "",
        "enabled": true, "write_enabled": true, "version": 2, "key": "abc", "token": "s3cret-value"
    }));
    let shown = format!("{:?}", token.unwrap());
    assert!(!shown.contains("s3cret") && shown.contains("token: ***"), "{shown}");
}

#[test]
fn a_copy_is_the_same_and_a_change_is_seen() {
    let value = device(
        7,
        json!({
            "custom_fields": {"color": {"value": "a", "label": "A"}, "n": 3, "site": {"id": 9}, "day": "2026-11-24"}, "position": 4.5, "config_context": {"a": [1]},
            "tags": [{"id": 1, "url": "u", "display": "d", "name": "t", "slug": "t", "color": ""}],
        }),
    );
    let device: Device = serde_json::from_value(value).unwrap();
    let mut copy = device.clone();
    assert_eq!(copy, device);
    copy.tags[0].slug.push('x');
    assert_ne!(copy, device);
    copy = device.clone();
    copy.position = None;
    assert_ne!(copy, device);
    let again: Device = serde_json::from_str(&serde_json::to_string(&device).unwrap()).unwrap();
    assert_eq!(again, device);
    let fields = &device.custom_fields;
    assert_eq!((fields.str("color"), fields.i64("n"), fields.id("site"), fields.bool("absent")), (Some("a"), Some(3), Some(9), None));
    assert_eq!(fields.date("day").and_then(|day| day.ymd()), Some((2026, 11, 24)));
}

#[test]
fn a_script_that_never_ran_holds_a_job_that_is_none() {
    let job = json!({"object_id": null, "name": "", "scheduled": null, "interval": null, "started": null, "completed": null, "data": null, "job_id": null, "queue_name": "", "log_entries": []});
    let script: Script = serde_json::from_value(json!({
        "id": 14, "url": "http://nb/api/extras/scripts/14/", "display_url": "http://nb/extras/scripts/14/", "module": 13, "name": "Run", "description": "",
        "vars": {}, "result": job, "display": "Run (run)", "is_executable": true
    }))
    .unwrap();
    let job = script.result.unwrap();
    assert_eq!((job.url, job.status, job.completed), (None, None, None));
}

#[test]
fn addresses_tell_their_parts() {
    let address = Address::from("2001:db8::1/64");
    assert_eq!((address.ip().unwrap().to_string().as_str(), address.prefix_length()), ("2001:db8::1", Some(64)));
    assert_eq!((Address::from("10.0.0.1").prefix_length(), Address::from("x").ip()), (None, None));
    let field = |address: &IPAddress| address.address.ip();
    let _: fn(&IPAddress) -> Option<std::net::IpAddr> = field;
    let _: fn(&Interface) -> &Option<Choice<InterfaceType>> = |interface| &interface.r#type;
}

#[test]
fn texts_are_shown_in_the_width_that_is_asked_for_and_days_are_days() {
    let read: Device = serde_json::from_value(device(7, json!({}))).unwrap();
    assert_eq!(format!("[{:<8}] [{:>8}]", read.status, read.status.value), "[Active  ] [  active]");
    let address = netbox_sdk::typed::Address::from("10.0.0.1/24");
    assert_eq!(format!("[{address:<13}]"), "[10.0.0.1/24  ]");
    for (text, day) in [("2028-02-29", Some((2028, 2, 29))), ("2026-02-29", None), ("2026-+1-+3", None), ("2026-13-01", None)] {
        assert_eq!(netbox_sdk::typed::Date::from(text).ymd(), day, "{text}");
    }
}

#[test]
fn structs_of_your_own_have_choices() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Row {
        status: Choice<DeviceStatus>,
        face: Option<Choice<DeviceFace>>,
        before: DeviceStatus,
    }
    let sent = json!({"status": {"value": "active", "label": "Active"}, "face": null, "before": "burnt"});
    let row: Row = serde_json::from_value(sent.clone()).unwrap();
    assert!(row.status == DeviceStatus::Active && row.before == DeviceStatus::Other("burnt".to_owned()), "{row:?}");
    assert_eq!(serde_json::to_value(&row).unwrap(), sent);
    assert!(serde_json::from_value::<Row>(json!({"status": {"label": "Active"}, "face": null, "before": "x"})).is_err());
}
