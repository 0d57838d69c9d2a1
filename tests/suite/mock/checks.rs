//! What a model checks across its fields, and against other objects.

use serde_json::{Value, json};

use super::{both, device, make, refused, sent};
use crate::live::unique;

#[test]
fn an_address_is_once_in_a_vrf_that_wants_it_so() {
    both(|nb| {
        let name = unique("mock");
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": name}));
        let body = |address: &str, role: Value| json!({"address": address, "vrf": vrf["id"], "role": role});
        let (_, _first) = make(nb, "ipam/ip-addresses", &body("10.195.0.1/24", Value::Null));
        let twice = |place: &str| json!({"address": [format!("Duplicate IP address found in VRF {name}: {place}")]});
        let post = |body: Value| nb.client().post("ipam/ip-addresses").json(&body);
        refused(post(body("10.195.0.1/25", Value::Null)), 400, twice("10.195.0.1/24"));
        refused(post(body("10.195.0.1/25", json!("vip"))), 400, twice("10.195.0.1/24"));
        let (_, _shared) = make(nb, "ipam/ip-addresses", &body("10.195.0.2/24", json!("anycast")));
        let (_, _again) = make(nb, "ipam/ip-addresses", &body("10.195.0.2/24", json!("anycast")));
        let path = format!("ipam/vrfs/{}", vrf["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"enforce_unique": false}))).0, 200);
        let (_, _same) = make(nb, "ipam/ip-addresses", &body("10.195.0.1/24", Value::Null));
    });
}

#[test]
fn a_prefix_is_once_in_a_vrf() {
    both(|nb| {
        let name = unique("mock");
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": name, "rd": &name[5..]}));
        let body = json!({"prefix": "10.194.0.0/24", "vrf": vrf["id"]});
        let (_, _prefix) = make(nb, "ipam/prefixes", &body);
        let says = format!("Duplicate prefix found in VRF {name} ({}): 10.194.0.0/24", &name[5..]);
        refused(nb.client().post("ipam/prefixes").json(&body), 400, json!({"prefix": [says]}));
    });
}

#[test]
fn ranges_have_an_order() {
    both(|nb| {
        let name = unique("mock");
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": name}));
        let body = |start: &str, end: &str| json!({"start_address": start, "end_address": end, "vrf": vrf["id"]});
        let range = |start: &str, end: &str| nb.client().post("ipam/ip-ranges").json(&body(start, end));
        let order = "Ending address must be greater than or equal to the starting address (10.193.0.9/24)";
        refused(range("10.193.0.9/24", "10.193.0.8/24"), 400, json!({"end_address": [order]}));
        refused(range("10.193.0.9/24", "10.193.0.10/25"), 400, json!({"end_address": ["Starting and ending IP address masks must match"]}));
        let (made, _made) = make(nb, "ipam/ip-ranges", &body("10.193.0.9/24", "10.193.0.10/24"));
        assert_eq!(made["display"], "10.193.0.9-10/24");
        let (rir, _rir) = make(nb, "ipam/rirs", &json!({"name": name, "slug": name}));
        let asns = nb.client().post("ipam/asn-ranges").json(&json!({"name": name, "slug": name, "rir": rir["id"], "start": 5, "end": 2}));
        refused(asns, 400, json!({"__all__": ["Starting ASN (5) must be lower than ending ASN (2)."]}));
    });
}

#[test]
fn a_vlan_has_a_number_of_its_group_that_no_other_has() {
    both(|nb| {
        let name = unique("mock");
        let (group, _group) = make(nb, "ipam/vlan-groups", &json!({"name": name, "slug": name, "vid_ranges": [[10, 11], [20, 20]]}));
        let body = |name: &str, vid: u64| json!({"name": name, "vid": vid, "group": group["id"]});
        let post = |body: Value| nb.client().post("ipam/vlans").json(&body);
        let says = format!("VID must be in ranges 10-11,20 for VLANs in group {name}");
        refused(post(body("a", 99)), 400, json!({"vid": [says]}));
        let (_, _vlan) = make(nb, "ipam/vlans", &body("a", 10));
        refused(post(body("b", 10)), 400, json!({"__all__": ["VLAN with this Group and VLAN ID already exists."]}));
    });
}

#[test]
fn a_device_needs_room_in_a_rack_of_its_site() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let id = |name: &str| device[name]["id"].clone();
        let (rack, _rack) = make(nb, "dcim/racks", &json!({"name": device["name"], "site": id("site"), "u_height": 4}));
        let path = format!("dcim/devices/{}", device["id"]);
        let patch = |body: Value| nb.client().patch(&path).json(&body);
        refused(patch(json!({"position": 2})), 400, json!({"position": ["Cannot select a rack position without assigning a rack."]}));
        refused(patch(json!({"face": "front"})), 400, json!({"face": ["Cannot select a rack face without assigning a rack."]}));
        refused(
            patch(json!({"rack": rack["id"], "position": 2})),
            400,
            json!({"face": ["Must specify rack face when defining rack position."]}),
        );
        assert_eq!(sent(patch(json!({"rack": rack["id"], "position": 2, "face": "front"}))).0, 200);
        let model = device["device_type"]["model"].as_str().unwrap();
        let full = |unit: &str| {
            let says =
                format!("U{unit} is already occupied or does not have sufficient space to accommodate this device type: {model} (1.0U)");
            json!({"position": [says]})
        };
        let other = |position: f64| {
            nb.client().post("dcim/devices").json(&json!({"name": unique("other"), "site": id("site"), "device_type": id("device_type"),
                "role": id("role"), "rack": rack["id"], "position": position, "face": "rear"}))
        };
        refused(other(2.0), 400, full("2.0"));
        refused(other(1.5), 400, full("1.5"));
        refused(other(5.0), 400, full("5.0"));
        let name = unique("mock");
        let (elsewhere, _elsewhere) = make(nb, "dcim/sites", &json!({"name": name, "slug": name}));
        let says = format!("Rack {} does not belong to site {name}.", device["name"].as_str().unwrap());
        refused(patch(json!({"site": elsewhere["id"]})), 400, json!({"rack": [says]}));
        assert_eq!(sent(patch(json!({"rack": null, "position": null, "face": null}))).0, 200);
    });
}

#[test]
fn objects_that_are_named_by_their_type_must_be_there() {
    both(|nb| {
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": unique("mock")}));
        let body = json!({"prefix": "10.192.0.0/24", "vrf": vrf["id"], "scope_type": "dcim.site", "scope_id": 999_999});
        let missing = json!({"scope_id": ["Related object not found using the provided value: 999999."]});
        refused(nb.client().post("ipam/prefixes").json(&body), 400, missing);
    });
}

#[test]
fn networks_have_masks_and_ranges_do_not_overlap() {
    both(|nb| {
        let name = unique("mock");
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": name}));
        let range = |start: &str, end: &str| json!({"start_address": start, "end_address": end, "vrf": vrf["id"]});
        let post = |path: &str, body: Value| nb.client().post(path).json(&body);
        let (_, _first) = make(nb, "ipam/ip-ranges", &range("10.191.0.1/24", "10.191.0.20/24"));
        let overlap = format!("Defined addresses overlap with range 10.191.0.1-20/24 in VRF {name}");
        refused(post("ipam/ip-ranges", range("10.191.0.10/24", "10.191.0.30/24")), 400, json!({"__all__": [overlap]}));
        let versions = json!({"end_address": ["Starting and ending IP address versions must match"]});
        refused(post("ipam/ip-ranges", range("10.191.1.1/24", "2001:db8::1/24")), 400, versions);
        assert_eq!(sent(post("ipam/ip-ranges", range("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/0"))).0, 400);
        refused(post("ipam/prefixes", json!({"prefix": "::/0"})), 400, json!({"prefix": ["Cannot create prefix with /0 mask."]}));
        let address = json!({"address": ["Cannot create IP address with /0 mask."]});
        refused(post("ipam/ip-addresses", json!({"address": "10.191.2.1/0"})), 400, address);
        let says = "Only alphanumeric characters, asterisks, hyphens, periods, and underscores are allowed in DNS names";
        let body = json!({"address": "10.191.2.1/24", "dns_name": "bad name!"});
        refused(post("ipam/ip-addresses", body), 400, json!({"dns_name": [says]}));
    });
}

#[test]
fn ranges_of_vlans_are_pairs_of_numbers_that_there_are() {
    both(|nb| {
        let name = unique("mock");
        let form = "Ranges must be specified in the form (lower, upper).";
        for (ranges, says) in [
            (json!([[100, 1]]), json!(["Ending VLAN ID in range must be greater than or equal to the starting VLAN ID (100-1)"])),
            (json!([["a", null, 3], 5]), json!({"0": [form], "1": [form]})),
            (json!([["1", "4"]]), json!({"0": ["Range boundaries must be defined as integers."]})),
            (json!([[0, 5000]]), json!(["Starting VLAN ID in range (0) cannot be less than 1"])),
            (json!([[1, 50], [40, 60]]), json!(["Ranges cannot overlap."])),
            (json!([]), json!(["This field cannot be blank."])),
            (json!([[1, 4_611_686_018_427_387_904_i64]]), json!(["Ending VLAN ID in range (4611686018427387904) cannot exceed 4094"])),
        ] {
            let body = json!({"name": name, "slug": name, "vid_ranges": ranges});
            refused(nb.client().post("ipam/vlan-groups").json(&body), 400, json!({"vid_ranges": says}));
        }
    });
}

#[test]
fn related_objects_are_named_by_attributes_of_attributes() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (model, role, site) = (&device["device_type"], device["role"]["id"].clone(), device["site"]["id"].clone());
        let maker = &model["manufacturer"];
        for named in [
            json!({"model": model["model"], "manufacturer": {"name": maker["name"]}}),
            json!({"model": model["model"], "manufacturer": {"id": maker["id"]}}),
            json!({"manufacturer__slug": maker["slug"]}),
            json!({"pk": model["id"]}),
        ] {
            let body = json!({"name": unique("mock"), "device_type": named, "role": role, "site": {"pk": site}});
            let (made, _made) = make(nb, "dcim/devices", &body);
            assert_eq!(made["device_type"]["id"], model["id"]);
        }
        let body = json!({"device_type": {"manufacturer": {"name": "nobody"}}, "role": role, "site": site});
        let says = "Related object not found using the provided attributes: {'manufacturer__name': 'nobody'}";
        refused(nb.client().post("dcim/devices").json(&body), 400, json!({"device_type": [says]}));
    });
}
