//! What is free within prefixes, ranges and groups, and how it is taken.

use std::time::{SystemTime, UNIX_EPOCH};

use netbox_sdk::{Api, ErrorKind};
use serde_json::{Value, json};

use super::{both, make, refused, sent};
use crate::live::{Guard, unique};

/// Deletes what was allocated.
fn taken(nb: &Api, path: &str, made: &Value) -> Vec<Guard> {
    let made = made.as_array().cloned().unwrap_or_else(|| vec![made.clone()]);
    made.iter().map(|made| Guard { client: nb.client().clone(), path: format!("{path}/{}", made["id"]) }).collect()
}

/// A VRF of its own with a prefix, where nobody else allocates. The guards are in the order in which they can go.
fn prefix(nb: &Api, mut body: Value) -> (Value, [Guard; 2]) {
    let (vrf, vrf_guard) = make(nb, "ipam/vrfs", &json!({"name": unique("mock")}));
    body["vrf"] = vrf["id"].clone();
    let (prefix, guard) = make(nb, "ipam/prefixes", &body);
    (prefix, [guard, vrf_guard])
}

fn addresses(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["address"].as_str().unwrap_or_else(|| one["prefix"].as_str().unwrap())).collect()
}

#[test]
fn free_addresses_leave_out_the_network_and_its_broadcast() {
    both(|nb| {
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.200.0.0/29"}));
        let path = format!("ipam/prefixes/{}/available-ips", prefix["id"]);
        let (status, free) = sent(nb.client().get(&path));
        assert_eq!(
            (status, addresses(&free)),
            (200, (1..7).map(|n| format!("10.200.0.{n}/29")).collect::<Vec<_>>().iter().map(String::as_str).collect())
        );
        assert_eq!(free[0], json!({"family": 4, "address": "10.200.0.1/29", "vrf": prefix["vrf"]}));
        assert_eq!(addresses(&sent(nb.client().get(&format!("{path}?limit=2"))).1), ["10.200.0.1/29", "10.200.0.2/29"]);
    });
}

#[test]
fn all_addresses_of_pools_and_of_the_smallest_networks_are_free() {
    both(|nb| {
        for (body, first, last, count) in [
            (json!({"prefix": "10.201.0.0/30", "is_pool": true}), "10.201.0.0/30", "10.201.0.3/30", 4),
            (json!({"prefix": "10.201.0.0/31"}), "10.201.0.0/31", "10.201.0.1/31", 2),
            (json!({"prefix": "10.201.0.7/32"}), "10.201.0.7/32", "10.201.0.7/32", 1),
            (json!({"prefix": "2001:db8:1::/126"}), "2001:db8:1::1/126", "2001:db8:1::3/126", 3),
            (json!({"prefix": "2001:db8:1::/127"}), "2001:db8:1::/127", "2001:db8:1::1/127", 2),
        ] {
            let (prefix, _guards) = prefix(nb, body);
            let (_, free) = sent(nb.client().get(&format!("ipam/prefixes/{}/available-ips", prefix["id"])));
            let free = addresses(&free);
            assert_eq!((free[0], *free.last().unwrap(), free.len()), (first, last, count));
        }
    });
}

#[test]
fn an_address_is_taken_and_is_free_again_when_it_is_deleted() {
    both(|nb| {
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.202.0.0/29"}));
        let path = format!("ipam/prefixes/{}/available-ips", prefix["id"]);
        let (status, made) = sent(nb.client().post(&path).json(&json!({"dns_name": "a.example.com"})));
        let guards = taken(nb, "ipam/ip-addresses", &made);
        assert_eq!(
            (status, &made["address"], &made["dns_name"], &made["vrf"]),
            (201, &json!("10.202.0.1/29"), &json!("a.example.com"), &prefix["vrf"])
        );
        assert_eq!(made["status"], json!({"value": "active", "label": "Active"}));
        let first = || sent(nb.client().get(&format!("{path}?limit=1"))).1[0]["address"].clone();
        assert_eq!(first(), "10.202.0.2/29");
        drop(guards);
        assert_eq!(first(), "10.202.0.1/29");
    });
}

#[test]
fn addresses_between_others_are_found() {
    both(|nb| {
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.203.0.0/29"}));
        let address = |text: &str| make(nb, "ipam/ip-addresses", &json!({"address": text, "vrf": prefix["vrf"]["id"]})).1;
        let _taken = [address("10.203.0.2/32"), address("10.203.0.4/29"), address("10.203.0.9/29")];
        let (_, free) = sent(nb.client().get(&format!("ipam/prefixes/{}/available-ips", prefix["id"])));
        assert_eq!(addresses(&free), ["10.203.0.1/29", "10.203.0.3/29", "10.203.0.5/29", "10.203.0.6/29"]);
    });
}

#[test]
fn several_addresses_are_taken_at_once_or_none() {
    both(|nb| {
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.204.0.0/30"}));
        let path = format!("ipam/prefixes/{}/available-ips", prefix["id"]);
        let insufficient = json!({"detail": "Insufficient resources are available to satisfy the request"});
        refused(nb.client().post(&path).json(&json!([{}, {}, {}])), 409, insufficient.clone());
        let (status, made) = sent(nb.client().post(&path).json(&json!([{"description": "a"}, {"description": "b"}])));
        let _made = taken(nb, "ipam/ip-addresses", &made);
        assert_eq!((status, addresses(&made)), (201, vec!["10.204.0.1/30", "10.204.0.2/30"]));
        assert_eq!((&made[0]["description"], &made[1]["description"]), (&json!("a"), &json!("b")));
        assert_eq!(sent(nb.client().get(&path)), (200, json!([])));
        refused(nb.client().post(&path).json(&json!({})), 409, insufficient);
        assert_eq!(sent(nb.client().post(&path).json(&json!([]))), (201, json!([])));
    });
}

#[test]
fn what_is_wrong_with_an_allocation_is_told_by_position_where_it_is_about_the_place() {
    both(|nb| {
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.205.0.0/29"}));
        let path = format!("ipam/prefixes/{}/available-ips", prefix["id"]);
        let post = |body: Value| nb.client().post(&path).json(&body);
        let choice = json!({"status": ["zz is not a valid choice."]});
        refused(post(json!({"status": "zz"})), 400, choice.clone());
        refused(post(json!([{}, {"status": "zz"}])), 400, json!([{}, choice]));
        refused(post(json!([{}, 3])), 400, json!([{}, {"__all__": ["Invalid data. Expected a dictionary, but got int."]}]));
        let least = "Prefix length must be greater than or equal to the parent mask length (29)";
        refused(post(json!({"prefix_length": 28})), 400, json!([{"prefix_length": least}]));
        refused(post(json!({"prefix_length": "x"})), 400, json!([{"prefix_length": ["A valid integer is required."]}]));
        assert_eq!(sent(nb.client().get(&format!("ipam/ip-addresses?vrf_id={}", prefix["vrf"]["id"]))).1["count"], 0, "nothing was kept");
        let (_, made) = sent(post(json!({"prefix_length": 32})));
        let _made = taken(nb, "ipam/ip-addresses", &made);
        assert_eq!(made["address"], "10.205.0.1/32");
    });
}

#[test]
fn a_range_gives_its_own_addresses_and_keeps_them_from_its_prefix_where_it_is_populated() {
    both(|nb| {
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.206.0.0/29"}));
        let body = json!({"start_address": "10.206.0.2/29", "end_address": "10.206.0.4/29", "vrf": prefix["vrf"]["id"]});
        let (range, _range) = make(nb, "ipam/ip-ranges", &body);
        assert_eq!((&range["size"], &range["family"]["value"]), (&json!(3), &json!(4)));
        let of_range = format!("ipam/ip-ranges/{}/available-ips", range["id"]);
        let of_prefix = format!("ipam/prefixes/{}/available-ips", prefix["id"]);
        assert_eq!(addresses(&sent(nb.client().get(&of_range)).1), ["10.206.0.2/29", "10.206.0.3/29", "10.206.0.4/29"]);
        let (_, made) = sent(nb.client().post(&of_range).json(&json!({})));
        let _made = taken(nb, "ipam/ip-addresses", &made);
        assert_eq!(made["address"], "10.206.0.2/29");
        assert_eq!(addresses(&sent(nb.client().get(&of_prefix)).1).len(), 5);
        let path = format!("ipam/ip-ranges/{}", range["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"mark_populated": true}))).0, 200);
        assert_eq!(sent(nb.client().get(&of_range)).1, json!([]));
        assert_eq!(addresses(&sent(nb.client().get(&of_prefix)).1), ["10.206.0.1/29", "10.206.0.5/29", "10.206.0.6/29"]);
    });
}

#[test]
fn free_prefixes_are_as_large_as_they_can_be() {
    both(|nb| {
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.207.0.0/24", "status": "container"}));
        let path = format!("ipam/prefixes/{}/available-prefixes", prefix["id"]);
        let free = || sent(nb.client().get(&path)).1;
        assert_eq!(free(), json!([{"family": 4, "prefix": "10.207.0.0/24", "vrf": prefix["vrf"]}]));
        let child = |text: &str| make(nb, "ipam/prefixes", &json!({"prefix": text, "vrf": prefix["vrf"]["id"]})).1;
        let _children = [child("10.207.0.0/28"), child("10.207.0.0/30"), child("10.207.0.128/26")];
        assert_eq!(addresses(&free()), ["10.207.0.16/28", "10.207.0.32/27", "10.207.0.64/26", "10.207.0.192/26"]);
        let (status, made) = sent(nb.client().post(&path).json(&json!([{"prefix_length": 26}, {"prefix_length": 29}])));
        let _made = taken(nb, "ipam/prefixes", &made);
        assert_eq!((status, addresses(&made)), (201, vec!["10.207.0.64/26", "10.207.0.16/29"]));
        let (_, one) = sent(nb.client().post(&path).json(&json!({"prefix_length": 26, "description": "one"})));
        let _one = taken(nb, "ipam/prefixes", &one);
        assert_eq!((&one["prefix"], &one["description"], &one["vrf"]), (&json!("10.207.0.192/26"), &json!("one"), &prefix["vrf"]));
    });
}

#[test]
fn a_prefix_that_does_not_fit_is_refused() {
    both(|nb| {
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.208.0.0/28"}));
        let post = |body: Value| nb.client().post(&format!("ipam/prefixes/{}/available-prefixes", prefix["id"])).json(&body);
        refused(post(json!({})), 400, json!([{"prefix_length": "this field can not be missing"}]));
        refused(
            post(json!([{"prefix_length": 29}, {"prefix_length": "29"}])),
            400,
            json!([{}, {"prefix_length": "this field must be int type"}]),
        );
        refused(post(json!({"prefix_length": 33})), 400, json!([{"prefix_length": "Invalid prefix length (33) for IPv4"}]));
        let insufficient = json!({"detail": "Insufficient resources are available to satisfy the request"});
        refused(post(json!({"prefix_length": 27})), 409, insufficient.clone());
        refused(post(json!([{"prefix_length": 29}, {"prefix_length": 29}, {"prefix_length": 29}])), 409, insufficient);
        assert_eq!(sent(nb.client().get(&format!("ipam/prefixes?vrf_id={}", prefix["vrf"]["id"]))).1["count"], 1);
    });
}

#[test]
fn a_group_gives_numbers_of_vlans_until_it_has_none() {
    both(|nb| {
        let name = unique("mock");
        let (group, _group) = make(nb, "ipam/vlan-groups", &json!({"name": name, "slug": name, "vid_ranges": [[10, 11], [20, 20]]}));
        assert_eq!(
            (&group["total_vlan_ids"], &group["vid_ranges"], &group["utilization"]),
            (&json!(3), &json!([[10, 11], [20, 20]]), &json!("0.0"))
        );
        let path = format!("ipam/vlan-groups/{}/available-vlans", group["id"]);
        let post = |body: Value| nb.client().post(&path).json(&body);
        let (_, free) = sent(nb.client().get(&path));
        assert_eq!(free.as_array().unwrap().iter().map(|one| one["vid"].as_u64().unwrap()).collect::<Vec<_>>(), [10, 11, 20]);
        assert_eq!((&free[0]["group"]["slug"], free[0].as_object().unwrap().len()), (&json!(name), 2));
        refused(post(json!({})), 400, json!([{"name": ["This field is required."]}]));
        refused(post(json!([{"name": "a", "status": "zz"}, {"name": "b"}])), 400, json!([{"status": ["zz is not a valid choice."]}, {}]));
        let (status, made) = sent(post(json!([{"name": "a"}, {"name": "b"}])));
        let _made = taken(nb, "ipam/vlans", &made);
        assert_eq!((status, &made[0]["vid"], &made[1]["vid"], &made[1]["group"]["id"]), (201, &json!(10), &json!(11), &group["id"]));
        refused(post(json!([{"name": "a"}])), 400, json!([{"__all__": ["VLAN with this Group and Name already exists."]}]));
        refused(
            post(json!([{"name": "c"}, {"name": "d"}])),
            409,
            json!({"detail": "Insufficient resources are available to satisfy the request"}),
        );
        let (_, last) = sent(post(json!({"name": "c"})));
        let _last = taken(nb, "ipam/vlans", &last);
        assert_eq!((&last["vid"], sent(nb.client().get(&path)).1), (&json!(20), json!([])));
    });
}

#[test]
fn a_range_gives_as_numbers() {
    both(|nb| {
        let name = unique("mock");
        let (rir, _rir) = make(nb, "ipam/rirs", &json!({"name": name, "slug": name}));
        // They are unique: a place where no other run is.
        let start = 4_200_000_000 + SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64 % 90_000_000;
        let (range, _range) =
            make(nb, "ipam/asn-ranges", &json!({"name": name, "slug": name, "rir": rir["id"], "start": start, "end": start + 2}));
        let path = format!("ipam/asn-ranges/{}/available-asns", range["id"]);
        let brief = json!({"id": rir["id"], "url": rir["url"], "display": name, "name": name, "slug": name, "description": ""});
        assert_eq!(sent(nb.client().get(&format!("{path}?limit=1"))), (200, json!([{"rir": brief, "asn": start}])));
        let (status, made) = sent(nb.client().post(&path).json(&json!([{"description": "a"}, {}])));
        let _made = taken(nb, "ipam/asns", &made);
        assert_eq!((status, &made[0]["asn"], &made[1]["asn"], &made[0]["rir"]["id"]), (201, &json!(start), &json!(start + 1), &rir["id"]));
        assert_eq!(made[0]["display"], format!("AS{start} ({}.{})", start >> 16, start & 0xffff));
        refused(
            nb.client().post(&path).json(&json!([{}, {}])),
            409,
            json!({"detail": "Insufficient resources are available to satisfy the request"}),
        );
        refused(
            nb.client().post(&path).json(&json!({"tenant": 999_999})),
            400,
            json!({"tenant": ["Related object not found using the provided numeric ID: 999999"]}),
        );
    });
}

#[test]
fn nothing_is_free_in_what_is_not_there() {
    both(|nb| {
        for (path, model) in [("ipam/prefixes/999999/available-ips", "Prefix"), ("ipam/vlan-groups/999999/available-vlans", "VLANGroup")] {
            refused(nb.client().get(path), 404, json!({"detail": format!("No {model} matches the given query.")}));
            refused(nb.client().post(path).json(&json!({})), 404, json!({"detail": format!("No {model} matches the given query.")}));
        }
        let (prefix, _guards) = prefix(nb, json!({"prefix": "10.209.0.0/29"}));
        let put = nb.client().put(&format!("ipam/prefixes/{}/available-ips", prefix["id"])).json(&json!({}));
        refused(put, 405, json!({"detail": "Method \"PUT\" not allowed."}));
    });
}

#[test]
fn the_facade_allocates_and_tells_of_exhaustion() {
    both(|nb| {
        let (made, _guards) = prefix(nb, json!({"prefix": "10.210.0.0/30", "is_pool": true}));
        let prefix = nb.ipam().prefixes().get(made["id"].as_u64().unwrap()).unwrap().unwrap();
        let free = prefix.available_ips();
        assert_eq!((free.list().unwrap().len(), free.clone().limit(3).list().unwrap().len()), (4, 3));
        let error = free.create_many(vec![json!({}); 5]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exhausted, "{error}");
        let ips = free.create_many(vec![json!({}); 4]).unwrap();
        let _ips: Vec<Guard> =
            ips.iter().map(|ip| Guard { client: nb.client().clone(), path: format!("ipam/ip-addresses/{}", ip.id()) }).collect();
        assert_eq!(ips[3].str("address"), Some("10.210.0.3/30"));
        assert_eq!(free.create(json!({})).unwrap_err().kind(), ErrorKind::Exhausted);
    });
}
