//! Types against a real NetBox.

use netbox_sdk::typed::Patch;
use netbox_sdk::typed::v4_7::{self, DevicePatch, DeviceRequest, DeviceStatus, SiteFilter, SitePatch, SiteRequest, SiteStatus};

use crate::live::{Guard, unique};
use crate::support::live;
use netbox_sdk::json;
use serde_json::Value;

/// Deletes an object when a test ends.
pub fn guard(nb: &v4_7::Api, path: &str, id: u64) -> Guard {
    Guard { client: nb.untyped().client().clone(), path: format!("{path}/{id}") }
}

#[test]
fn objects_are_made_read_changed_saved_listed_and_deleted() {
    let Some(client) = live() else { return };
    let nb = v4_7::Api::new(client);
    let name = unique("typed");
    let sites = nb.dcim().sites();
    let site = sites.create(&SiteRequest::new(name.as_str(), name.as_str()).facility("old").latitude(52.5)).unwrap();
    let _site = guard(&nb, "dcim/sites", site.id);
    let site = sites.patch(site.id, &SitePatch::new().latitude(Patch::Null).facility("new")).unwrap();
    assert_eq!((site.latitude, site.facility.as_str()), (None, "new"));

    let like = nb.dcim().devices().all().first().unwrap().unwrap();
    let devices = nb.dcim().devices();
    let request = DeviceRequest::new().site(&site).role(&like.role).device_type(&like.device_type).name(name.as_str());
    let device = devices.create(&request).unwrap();
    let _device = guard(&nb, "dcim/devices", device.id);
    assert_eq!((device.site.id, device.status.value, device.tenant), (site.id, DeviceStatus::Active, None));

    let read = devices.get(device.id).unwrap().unwrap();
    let mut edited = read.clone();
    edited.serial = "typed".to_owned();
    edited.comments = "saved".to_owned();
    let saved = devices.save(&read, &edited).unwrap();
    assert_eq!((saved.serial.as_str(), saved.comments.as_str(), saved.name), ("typed", "saved", read.name));
    let changed = devices.patch(device.id, &DevicePatch::new().status(DeviceStatus::Offline).name(Patch::Null)).unwrap();
    assert_eq!((changed.status.value, changed.name), (DeviceStatus::Offline, None));
    assert!(devices.filter([("site_id", site.id)]).count().unwrap() == 1);
    devices.delete(device.id).unwrap();
    assert!(devices.get(device.id).unwrap().is_none());
}

#[test]
fn whole_lists_are_read() {
    let Some(client) = live() else { return };
    let nb = v4_7::Api::new(client);
    let ids: Vec<u64> = nb.dcim().devices().all().into_iter().map(|device| device.unwrap().id).collect();
    assert!(ids.len() >= 5000 && ids.is_sorted());
    for object_type in nb.core().object_types().all() {
        object_type.unwrap();
    }
    for prefix in nb.ipam().prefixes().all() {
        assert!(!prefix.unwrap().prefix.as_str().is_empty());
    }
}

#[test]
fn custom_fields_are_saved_in_the_form_in_which_they_were_read() {
    let Some(client) = live() else { return };
    let nb = v4_7::Api::new(client);
    let name = unique("typed").replace('-', "_");
    let made = |path: &str, body: Value| {
        let made = nb.untyped().endpoint(path).create(body).unwrap();
        let guard = guard(&nb, path, made.id());
        (made.id(), guard)
    };
    let (set, _set) = made("extras/custom-field-choice-sets", json!({"name": name, "extra_choices": [["a", "A"], ["b", "B"]]}));
    let field = |suffix: &str, kind: &str, more: Value| {
        let mut body = json!({"name": format!("{name}_{suffix}"), "type": kind, "object_types": ["dcim.manufacturer"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        made("extras/custom-fields", body).1
    };
    let _fields = [
        field("one", "select", json!({"choice_set": set})),
        field("many", "multiselect", json!({"choice_set": set})),
        field("object", "object", json!({"related_object_type": "dcim.site"})),
        field("json", "json", json!({})),
    ];
    let makers = nb.dcim().manufacturers();
    let key = |suffix: &str| format!("{name}_{suffix}");
    let site = nb.dcim().sites().all().first().unwrap().unwrap();
    let like = json!({"value": "v", "label": "l"});
    let fields = json!({key("one"): "a", key("many"): ["a", "b"], key("object"): site.id, key("json"): like});
    let slug = name.replace('_', "-");
    let one = makers.create(&v4_7::ManufacturerRequest::new(slug.as_str(), slug.as_str()).custom_fields(fields)).unwrap();
    let _one = guard(&nb, "dcim/manufacturers", one.id);
    assert_eq!((one.custom_fields.strs(&key("many")), one.custom_fields.id(&key("object"))), (Some(vec!["a", "b"]), Some(site.id)));

    let mut edited = one.clone();
    if let Some(Value::Array(choices)) = edited.custom_fields.get_mut(&key("many")) {
        choices.remove(0);
    }
    let saved = makers.save(&one, &edited).unwrap();
    assert_eq!(saved.custom_fields.strs(&key("many")), Some(vec!["b"]));
    // All of them at once, as they were read of another object.
    let two = makers.create(&v4_7::ManufacturerRequest::new(format!("{slug}-2"), format!("{slug}-2"))).unwrap();
    let _two = guard(&nb, "dcim/manufacturers", two.id);
    let copied = makers.patch(two.id, &v4_7::ManufacturerPatch::new().custom_fields(one.custom_fields.clone())).unwrap();
    assert_eq!(copied.custom_fields, one.custom_fields);
}

#[test]
fn lists_are_filtered_by_method() {
    let Some(client) = live() else { return };
    let nb = v4_7::Api::new(client);
    let (first, second) = (unique("filter-a"), unique("filter-b"));
    let sites = nb.dcim().sites();
    let site = sites.create(&SiteRequest::new(first.as_str(), first.as_str()).status(SiteStatus::Planned)).unwrap();
    let _site = guard(&nb, "dcim/sites", site.id);
    let other = sites.create(&SiteRequest::new(second.as_str(), second.as_str())).unwrap();
    let _other = guard(&nb, "dcim/sites", other.id);
    let found = |filter: SiteFilter| {
        let mut ids: Vec<u64> = sites.filter(filter).iter().map(|site| site.unwrap().id).collect();
        ids.sort_unstable();
        ids
    };
    let both = || SiteFilter::new().name([first.as_str(), second.as_str()]);
    assert_eq!(found(both()), [site.id, other.id]);
    assert_eq!(found(both().status(SiteStatus::Planned)), [site.id]);
    assert_eq!(found(both().status_n(site.status.clone())), [other.id]);
    assert_eq!(found(both().id_gt(site.id)), [other.id]);
    assert_eq!(found(both().id([&site])), [site.id]);
    assert_eq!(found(both().name_isw(first.to_uppercase())), [site.id]);
    assert_eq!(found(both().description_empty(false)), [0u64; 0]);
    assert_eq!(found(both().region_id(None::<u64>)), [site.id, other.id]);
    assert_eq!(found(both().created_gte("2020-01-01T00:00:00Z").param("ordering", "id")), [site.id, other.id]);
    assert_eq!(found(both().latitude_gt(10.5)), [0u64; 0]);

    let racks = nb.dcim().racks();
    let rack = racks.create(&v4_7::RackRequest::new(&site, first.as_str())).unwrap();
    let _rack = guard(&nb, "dcim/racks", rack.id);
    let fitting = racks.filter(v4_7::RackFilter::new().site_id(&site).u_height(rack.u_height));
    assert_eq!(fitting.iter().map(|rack| rack.unwrap().id).collect::<Vec<_>>(), [rack.id]);
    let nothing: netbox_sdk::Filters = SiteFilter::new().name(Vec::<String>::new()).into();
    assert!(sites.filter(nothing).iter().next().unwrap().unwrap_err().to_string().contains("empty list"));
}
