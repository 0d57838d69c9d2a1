//! What other objects say of one: lists, counters, and filters by way of them.

use netbox_sdk::Api;
use serde_json::{Value, json};

use super::{both, device, make, names, refused, sent};
use crate::live::unique;

fn get(nb: &Api, path: &str, object: &Value) -> Value {
    sent(nb.client().get(&format!("{path}/{}", object["id"]))).1
}

#[test]
fn an_interface_has_addresses_of_both_kinds() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (interface, _interface) = make(nb, "dcim/interfaces", &json!({"device": device["id"], "name": "eth0", "type": "1000base-t"}));
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": device["name"]}));
        let assigned = |mut body: Value| {
            body["assigned_object_type"] = json!("dcim.interface");
            body["assigned_object_id"] = interface["id"].clone();
            body
        };
        let (mac, _mac) = make(nb, "dcim/mac-addresses", &assigned(json!({"mac_address": "02:00:5E:00:53:01"})));
        let (ip, _ip) = make(nb, "ipam/ip-addresses", &assigned(json!({"address": "192.0.2.9/24", "vrf": vrf["id"]})));
        assert_eq!((&mac["assigned_object"]["id"], &ip["assigned_object"]["id"]), (&interface["id"], &interface["id"]));
        let path = format!("dcim/interfaces/{}", interface["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"primary_mac_address": mac["id"]}))).0, 200);
        let read = get(nb, "dcim/interfaces", &interface);
        assert_eq!((&read["count_ipaddresses"], &read["count_fhrp_groups"]), (&json!(1), &json!(0)));
        assert_eq!((&read["mac_addresses"][0]["id"], &read["mac_address"]), (&mac["id"], &json!("02:00:5E:00:53:01")));
        let refused_type = assigned(json!({"address": "192.0.2.9/24", "vrf": vrf["id"]}));
        let mut nowhere = refused_type.clone();
        nowhere["assigned_object_id"] = json!(999_999_999);
        refused(
            nb.client().post("ipam/ip-addresses").json(&nowhere),
            400,
            json!({"assigned_object_id": ["Related object not found using the provided value: 999999999."]}),
        );
        assert_eq!(sent(nb.client().delete(&path)).0, 204);
        assert_eq!(sent(nb.client().get(&format!("ipam/ip-addresses/{}", ip["id"]))).0, 404, "an address goes with its interface");
    });
}

#[test]
fn a_device_has_a_primary_address() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (interface, _interface) = make(nb, "dcim/interfaces", &json!({"device": device["id"], "name": "eth0", "type": "1000base-t"}));
        let body =
            |address: &str| json!({"address": address, "assigned_object_type": "dcim.interface", "assigned_object_id": interface["id"]});
        let (v4, _v4) = make(nb, "ipam/ip-addresses", &body("192.0.2.10/24"));
        let (v6, _v6) = make(nb, "ipam/ip-addresses", &body("2001:db8::10/64"));
        let path = format!("dcim/devices/{}", device["id"]);
        let (status, changed) = sent(nb.client().patch(&path).json(&json!({"primary_ip6": v6["id"]})));
        assert_eq!((status, &changed["primary_ip"]["id"], &changed["primary_ip4"]), (200, &v6["id"], &Value::Null));
        let count = |query: &str| {
            sent(nb.client().get(&format!("dcim/devices?name={}&{query}", device["name"].as_str().unwrap()))).1["count"].clone()
        };
        assert_eq!(
            (count("has_primary_ip=true"), count("has_primary_ip=false"), count("interfaces=true"), count("console_ports=true")),
            (json!(1), json!(0), json!(1), json!(0))
        );
        assert_eq!(changed["interface_count"], json!(1));
        drop(_v6);
        assert_eq!(get(nb, "dcim/devices", &device)["primary_ip"], Value::Null);
        assert_eq!(v4["family"]["label"], "IPv4");
    });
}

#[test]
fn addresses_are_found_by_what_they_are_assigned_to_and_by_networks() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (interface, _interface) = make(nb, "dcim/interfaces", &json!({"device": device["id"], "name": "eth0", "type": "1000base-t"}));
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": device["name"]}));
        let body = json!({"address": "10.199.1.1/24", "vrf": vrf["id"], "assigned_object_type": "dcim.interface", "assigned_object_id": interface["id"]});
        let (ip, _ip) = make(nb, "ipam/ip-addresses", &body);
        let (_, _free) = make(nb, "ipam/ip-addresses", &json!({"address": "10.199.2.1/24", "vrf": vrf["id"]}));
        let own = format!("vrf_id={}", vrf["id"]);
        for (query, count) in [
            (format!("device_id={}", device["id"]), 1),
            (format!("device={}", device["name"].as_str().unwrap()), 1),
            (format!("interface_id={}", interface["id"]), 1),
            (format!("{own}&assigned_to_interface=false"), 1),
            (format!("{own}&parent=10.199.1.0/24"), 1),
            (format!("{own}&parent=10.199.0.0/16"), 2),
            (format!("{own}&parent=10.199.1.0/24&parent=10.199.2.0/24"), 2),
            (format!("{own}&address=10.199.1.1"), 1),
            (format!("{own}&address=10.199.1.1/25"), 0),
            (format!("{own}&mask_length=24"), 2),
            ("device=nosuch".to_owned(), 0),
        ] {
            let (status, page) = sent(nb.client().get(&format!("ipam/ip-addresses?{query}")));
            assert_eq!((status, &page["count"]), (200, &json!(count)), "{query}: {page}");
        }
        let unknown = json!({"interface_id": ["Select a valid choice. 999999999 is not one of the available choices."]});
        refused(nb.client().get("ipam/ip-addresses?interface_id=999999999"), 400, unknown);
        assert_eq!(ip["display"], "10.199.1.1/24");
    });
}

#[test]
fn prefixes_know_what_is_above_and_below_them() {
    both(|nb| {
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": unique("mock")}));
        let prefix = |text: &str| make(nb, "ipam/prefixes", &json!({"prefix": text, "vrf": vrf["id"]}));
        let all = ["10.198.0.0/16", "10.198.1.0/24", "10.198.1.128/25", "10.198.2.0/24"].map(prefix);
        let nested = |place: usize| {
            let read = get(nb, "ipam/prefixes", &all[place].0);
            (read["_depth"].as_u64().unwrap(), read["children"].as_u64().unwrap())
        };
        assert_eq!([nested(0), nested(1), nested(2), nested(3)], [(0, 3), (1, 1), (2, 0), (1, 0)]);
        let found = |query: &str| {
            let (status, page) = sent(nb.client().get(&format!("ipam/prefixes?vrf_id={}&{query}", vrf["id"])));
            assert_eq!(status, 200, "{page}");
            page["results"].as_array().unwrap().iter().map(|one| one["prefix"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("within=10.198.1.0/24"), ["10.198.1.128/25"]);
        assert_eq!(found("within_include=10.198.1.0/24"), ["10.198.1.0/24", "10.198.1.128/25"]);
        assert_eq!(found("contains=10.198.1.200"), ["10.198.0.0/16", "10.198.1.0/24", "10.198.1.128/25"]);
        assert_eq!(found("contains=10.198.2.0/24"), ["10.198.0.0/16", "10.198.2.0/24"]);
        assert_eq!(found("mask_length=25"), ["10.198.1.128/25"]);
        assert_eq!((found("within=abc"), found("prefix=10.198.2.0/24")), (vec![], vec!["10.198.2.0/24".to_owned()]));
        let counted = get(nb, "ipam/vrfs", &vrf);
        assert_eq!((&counted["prefix_count"], &counted["ipaddress_count"]), (&json!(4), &json!(0)));
        // The largest goes last.
        drop(all);
    });
}

#[test]
fn counters_of_trees_count_what_is_below() {
    both(|nb| {
        let mark = unique("mock");
        let (parent, _parent) = make(nb, "dcim/regions", &json!({"name": mark, "slug": mark}));
        let (child, _child) = make(nb, "dcim/regions", &json!({"name": mark, "slug": format!("{mark}-1"), "parent": parent["id"]}));
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": mark, "slug": mark, "region": child["id"]}));
        assert_eq!(
            (&get(nb, "dcim/regions", &parent)["site_count"], &get(nb, "dcim/regions", &child)["site_count"]),
            (&json!(1), &json!(1))
        );
        let (group, _group) = make(nb, "tenancy/tenant-groups", &json!({"name": mark, "slug": mark}));
        let (tenant, _tenant) = make(nb, "tenancy/tenants", &json!({"name": mark, "slug": mark, "group": group["id"]}));
        assert_eq!((&tenant["site_count"], &get(nb, "tenancy/tenant-groups", &group)["tenant_count"]), (&json!(0), &json!(1)));
        let path = format!("dcim/sites/{}", site["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"tenant": tenant["id"]}))).0, 200);
        assert_eq!(get(nb, "tenancy/tenants", &tenant)["site_count"], 1);
        let blocked = sent(nb.client().delete(&format!("tenancy/tenants/{}", tenant["id"])));
        assert_eq!(blocked.0, 409, "{}", blocked.1);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"tenant": null}))).0, 200);
    });
}

#[test]
fn counters_of_places_count_prefixes_and_racks() {
    both(|nb| {
        let mark = unique("mock");
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": mark, "slug": mark}));
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": mark}));
        let scoped = json!({"prefix": "10.197.0.0/24", "vrf": vrf["id"], "scope_type": "dcim.site", "scope_id": site["id"]});
        let (_, _prefix) = make(nb, "ipam/prefixes", &scoped);
        let (location, _location) = make(nb, "dcim/locations", &json!({"name": mark, "slug": mark, "site": site["id"]}));
        let (_, _rack) = make(nb, "dcim/racks", &json!({"name": mark, "site": site["id"], "location": location["id"]}));
        let (_, _vlan) = make(nb, "ipam/vlans", &json!({"name": mark, "vid": 7, "site": site["id"]}));
        let read = get(nb, "dcim/sites", &site);
        assert_eq!(
            ["prefix_count", "rack_count", "vlan_count", "device_count", "circuit_count"].map(|name| read[name].clone()),
            [1, 1, 1, 0, 0].map(Value::from)
        );
        assert_eq!(get(nb, "dcim/locations", &location)["rack_count"], 1);
        assert_eq!(sent(nb.client().get(&format!("ipam/prefixes?site_id={}", site["id"]))).1["count"], 1);
        assert_eq!(sent(nb.client().get(&format!("ipam/prefixes?site={mark}"))).1["count"], 1);
        let unknown = json!({"site": ["Select a valid choice. nosuch is not one of the available choices."]});
        refused(nb.client().get("ipam/prefixes?site=nosuch"), 400, unknown);
    });
}

#[test]
fn a_circuit_has_terminations_on_its_sides() {
    both(|nb| {
        let mark = unique("mock");
        let (provider, _provider) = make(nb, "circuits/providers", &json!({"name": mark, "slug": mark}));
        let (kind, _kind) = make(nb, "circuits/circuit-types", &json!({"name": mark, "slug": mark}));
        let (circuit, _circuit) = make(nb, "circuits/circuits", &json!({"cid": mark, "provider": provider["id"], "type": kind["id"]}));
        assert_eq!((&circuit["display"], &circuit["termination_a"], &circuit["termination_z"]), (&json!(mark), &Value::Null, &Value::Null));
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": mark, "slug": mark}));
        let body = json!({"circuit": circuit["id"], "term_side": "Z", "termination_type": "dcim.site", "termination_id": site["id"]});
        let (end, _end) = make(nb, "circuits/circuit-terminations", &body);
        assert_eq!((&end["termination"]["slug"], &end["display"]), (&json!(mark), &json!(format!("{mark}: Termination Z"))));
        let read = get(nb, "circuits/circuits", &circuit);
        assert_eq!((&read["termination_a"], &read["termination_z"]["id"]), (&Value::Null, &end["id"]));
        assert_eq!(get(nb, "circuits/providers", &provider)["circuit_count"], 1);
    });
}

#[test]
fn addresses_are_translated_to_others() {
    both(|nb| {
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": unique("mock")}));
        let (inside, _inside) = make(nb, "ipam/ip-addresses", &json!({"address": "10.196.0.1/24", "vrf": vrf["id"]}));
        let (outside, _outside) =
            make(nb, "ipam/ip-addresses", &json!({"address": "10.196.0.2/24", "vrf": vrf["id"], "nat_inside": inside["id"]}));
        assert_eq!(outside["nat_inside"]["address"], "10.196.0.1/24");
        assert_eq!(get(nb, "ipam/ip-addresses", &inside)["nat_outside"][0]["id"], outside["id"]);
    });
}

#[test]
fn a_virtual_chassis_lists_its_members() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (chassis, _chassis) = make(nb, "dcim/virtual-chassis", &json!({"name": device["name"]}));
        let path = format!("dcim/devices/{}", device["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"virtual_chassis": chassis["id"], "vc_position": 1}))).0, 200);
        let read = get(nb, "dcim/virtual-chassis", &chassis);
        assert_eq!((&read["member_count"], &read["members"][0]["id"]), (&json!(1), &device["id"]));
        let (_, page) = sent(nb.client().get(&format!("dcim/devices?virtual_chassis_id={}", chassis["id"])));
        assert_eq!(names(&page), [device["name"].as_str().unwrap()]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"virtual_chassis": null, "vc_position": null}))).0, 200);
    });
}

#[test]
fn virtual_machines_have_interfaces_and_disks() {
    both(|nb| {
        let mark = unique("mock");
        let (kind, _kind) = make(nb, "virtualization/cluster-types", &json!({"name": mark, "slug": mark}));
        let (cluster, _cluster) = make(nb, "virtualization/clusters", &json!({"name": mark, "type": kind["id"]}));
        let (machine, _machine) = make(nb, "virtualization/virtual-machines", &json!({"name": mark, "cluster": cluster["id"]}));
        let (interface, _interface) = make(nb, "virtualization/interfaces", &json!({"virtual_machine": machine["id"], "name": "eth0"}));
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": mark}));
        let body = json!({"address": "192.0.2.77/24", "vrf": vrf["id"], "assigned_object_type": "virtualization.vminterface", "assigned_object_id": interface["id"]});
        let (ip, _ip) = make(nb, "ipam/ip-addresses", &body);
        let read = get(nb, "virtualization/virtual-machines", &machine);
        assert_eq!((&read["interface_count"], &read["virtual_disk_count"]), (&json!(1), &json!(0)));
        assert_eq!(get(nb, "virtualization/clusters", &cluster)["virtualmachine_count"], 1);
        assert_eq!(get(nb, "virtualization/interfaces", &interface)["count_ipaddresses"], 1);
        let (_, page) = sent(nb.client().get(&format!("ipam/ip-addresses?virtual_machine_id={}", machine["id"])));
        assert_eq!((&page["count"], &page["results"][0]["id"]), (&json!(1), &ip["id"]));
    });
}
