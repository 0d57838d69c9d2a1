//! The checks before sending: what they refuse and how they say it, and that they let through what servers accepted.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use netbox_sdk::http::Method;
use netbox_sdk::typed::validation::check;
use netbox_sdk::{Error, ErrorKind, ReleaseLine, Result, json};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

use crate::recordings::each_line_of;
use crate::support::needed;

/// One letter more than fits.
const LONG_NAME: &str =
    r#"{"name": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;

/// Line, method, path and body, and all that is said of them.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str, &str, &str)] = &[
    // required
    ("4.7", "POST", "dcim/sites/", "{}", "name: is required; slug: is required"),
    ("4.7", "POST", "dcim/devices/", r#"{"name": "sw-1"}"#, "device_type: is required; role: is required; site: is required"),
    ("4.7", "PUT", "dcim/devices/5/", r#"{"name": "sw-1", "site": 1}"#, "device_type: is required; role: is required"),
    ("4.7", "POST", "ipam/vlans/", r#"{"name": "mgmt"}"#, "vid: is required"),
    ("4.5", "POST", "vpn/tunnels/", r#"{"name": "t", "encapsulation": "gre"}"#, "status: is required"),
    ("4.3", "POST", "extras/custom-fields/", r#"{"name": "owner", "object_types": ["dcim.device"]}"#, "type: is required"),
    ("4.7", "POST", "ipam/vlan-groups/3/available-vlans/", r#"[{"name": "a"}, {"status": "active"}]"#, "[1].name: is required"),
    ("4.7", "POST", "ipam/prefixes/7/available-prefixes/", "{}", "prefix_length: is required"),
    // null and blank
    ("4.7", "POST", "dcim/sites/", r#"{"name": null, "slug": "a"}"#, "name: may not be null"),
    ("4.7", "POST", "dcim/sites/", r#"{"name": "", "slug": ""}"#, "name: may not be blank; slug: may not be blank"),
    ("4.7", "PATCH", "dcim/devices/5/", r#"{"site": null, "description": null}"#, "description: may not be null; site: may not be null"),
    ("4.7", "PATCH", "dcim/devices/5/", r#"{"site": "", "tags": null, "custom_fields": null}"#, "custom_fields: may not be null; site: may not be blank; tags: may not be null"),
    ("4.7", "PATCH", "dcim/racks/5/", r#"{"width": null, "u_height": ""}"#, "u_height: may not be blank; width: may not be null"),
    ("4.7", "PATCH", "circuits/circuits/1/", r#"{"install_date": ""}"#, "install_date: may not be blank"),
    ("4.7", "PATCH", "dcim/power-feeds/1/", r#"{"phase": ""}"#, "phase: may not be blank"),
    ("4.7", "PATCH", "dcim/device-types/1/", r#"{"is_full_depth": null}"#, "is_full_depth: may not be null"),
    ("4.7", "PATCH", "dcim/devices/5/", r#"{"tags": [null]}"#, "tags[0]: may not be null"),
    ("4.3", "PATCH", "vpn/ike-policies/1/", r#"{"mode": null}"#, "mode: may not be null"),
    // types
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"name": ["a"]}"#, "name: must be a text, not a list"),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"name": true}"#, "name: must be a text, not true"),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"name": {"en": "a"}}"#, "name: must be a text, not an object"),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"tags": "production"}"#, r#"tags: must be a list, not "production""#),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"tags": {"slug": "production"}}"#, "tags: must be a list, not an object"),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"tags": [1, "production", ["a"]]}"#, r#"tags[1]: must be an id, or an object such as {"name": "…"}, not "production"; tags[2]: must be an id, or an object such as {"name": "…"}, not a list"#),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"asns": [true, "x"]}"#, r#"asns[0]: must be an id, or an object such as {"name": "…"}, not true; asns[1]: must be an id, or an object such as {"name": "…"}, not "x""#),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"custom_fields": []}"#, "custom_fields: must be an object, not a list"),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"region": "emea"}"#, r#"region: must be an id, or an object such as {"name": "…"}, not "emea""#),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"region": [1]}"#, r#"region: must be an id, or an object such as {"name": "…"}, not a list"#),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"region": false}"#, r#"region: must be an id, or an object such as {"name": "…"}, not false"#),
    ("4.7", "PATCH", "dcim/device-types/1/", r#"{"is_full_depth": "maybe"}"#, r#"is_full_depth: must be true or false, not "maybe""#),
    ("4.7", "PATCH", "dcim/device-types/1/", r#"{"is_full_depth": 2}"#, "is_full_depth: must be true or false, not 2"),
    ("4.7", "PATCH", "ipam/vlans/1/", r#"{"vid": "one"}"#, r#"vid: must be a whole number, not "one""#),
    ("4.7", "PATCH", "ipam/vlans/1/", r#"{"vid": 1.5}"#, "vid: must be a whole number, not 1.5"),
    ("4.7", "PATCH", "ipam/vlans/1/", r#"{"vid": true}"#, "vid: must be a whole number, not true"),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"latitude": "north"}"#, r#"latitude: must be a number, not "north""#),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"latitude": "NaN"}"#, r#"latitude: must be a number, not "NaN""#),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"face": 1}"#, "face: must be a text, not 1"),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"status": {"value": "active", "label": "Active"}}"#, "status: must be a text, not an object"),
    ("4.7", "PATCH", "circuits/circuits/1/", r#"{"install_date": 2024}"#, "install_date: must be a text with a date, not 2024"),
    ("4.7", "PATCH", "circuits/circuits/1/", r#"{"install_date": "tomorrow"}"#, r#"install_date: "tomorrow" is not a date (allowed: YYYY-MM-DD)"#),
    ("4.7", "PATCH", "users/users/1/", r#"{"last_login": "now"}"#, r#"last_login: "now" is not a date and time (allowed: YYYY-MM-DDThh:mm:ss with a zone)"#),
    ("4.7", "PATCH", "dcim/device-types/1/", r#"{"front_image": "front.png"}"#, "front_image: is a file, which JSON cannot carry: send it as a part of a form"),
    ("4.7", "PATCH", "dcim/racks/1/", r#"{"width": "wide"}"#, r#"width: must be a whole number, not "wide""#),
    ("4.7", "PATCH", "extras/custom-links/1/", r#"{"object_types": "dcim.site"}"#, r#"object_types: must be a list, not "dcim.site""#),
    ("4.7", "PATCH", "extras/custom-links/1/", r#"{"object_types": [["dcim.site"]]}"#, "object_types[0]: must be a text, not a list"),
    ("4.7", "PATCH", "ipam/vlan-groups/1/", r#"{"vid_ranges": [[1, "x"]]}"#, r#"vid_ranges[0][1]: must be a whole number, not "x""#),
    ("4.7", "POST", "ipam/prefixes/7/available-ips/", r#"[{"prefix_length": "invalid"}]"#, r#"[0].prefix_length: must be a whole number, not "invalid""#),
    ("4.3", "POST", "ipam/prefixes/7/available-ips/", r#"{"prefix_length": [28]}"#, "prefix_length: must be a whole number, not a list"),
    // choices
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"face": "up"}"#, r#"face: "up" is no choice (allowed: front, rear)"#),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"face": "frnt"}"#, r#"face: "frnt" is no choice (did you mean front?)"#),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"face": "Front"}"#, r#"face: "Front" is no choice (did you mean front?)"#),
    ("4.7", "PATCH", "dcim/racks/1/", r#"{"width": 20}"#, "width: 20 is no choice (allowed: 10, 19, 21, 23)"),
    ("4.7", "PATCH", "dcim/racks/1/", r#"{"form_factor": "4-post-cabnet"}"#, r#"form_factor: "4-post-cabnet" is no choice (did you mean 4-post-cabinet?)"#),
    ("4.6", "PATCH", "dcim/interfaces/1/", r#"{"duplex": "both", "mode": "trunk"}"#, r#"duplex: "both" is no choice (allowed: auto, full, half); mode: "trunk" is no choice (allowed: access, q-in-q, tagged, tagged-all)"#),
    ("4.6", "PATCH", "virtualization/interfaces/1/", r#"{"mode": "tagged-al"}"#, r#"mode: "tagged-al" is no choice (did you mean tagged-all, tagged?)"#),
    ("4.4", "PATCH", "extras/webhooks/1/", r#"{"http_method": "post"}"#, r#"http_method: "post" is no choice (allowed: DELETE, GET, PATCH, POST, PUT)"#),
    ("4.3", "PATCH", "circuits/circuit-terminations/1/", r#"{"term_side": "B"}"#, r#"term_side: "B" is no choice (allowed: A, Z)"#),
    ("4.5", "PATCH", "ipam/services/1/", r#"{"protocol": "icmp"}"#, r#"protocol: "icmp" is no choice (allowed: sctp, tcp, udp)"#),
    ("4.7", "POST", "vpn/tunnels/", r#"{"name": "t", "encapsulation": "vxlan", "status": "active"}"#, r#"encapsulation: "vxlan" is no choice (allowed: gre, ip-ip, ipsec-transport, ipsec-tunnel, l2tp, openvpn, pptp, wireguard)"#),
    // range
    ("4.7", "PATCH", "ipam/vlans/1/", r#"{"vid": 4095}"#, "vid: 4095 is out of range (allowed: 1 to 4094)"),
    ("4.7", "PATCH", "ipam/vlans/1/", r#"{"vid": "0"}"#, r#"vid: "0" is out of range (allowed: 1 to 4094)"#),
    ("4.7", "PATCH", "ipam/asns/1/", r#"{"asn": 4294967296}"#, "asn: 4294967296 is out of range (allowed: 1 to 4294967295)"),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"latitude": 90.5, "longitude": "-180.1"}"#, r#"latitude: 90.5 is out of range (allowed: -90 to 90); longitude: "-180.1" is out of range (allowed: -180 to 180)"#),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"position": 1000, "vc_position": 256}"#, "position: 1000 is out of range (allowed: at least 0.5 and less than 1000); vc_position: 256 is out of range (allowed: 0 to 255)"),
    ("4.7", "PATCH", "circuits/circuits/1/", r#"{"distance": 1000000}"#, "distance: 1000000 is out of range (allowed: more than -1000000 and less than 1000000)"),
    ("4.7", "PATCH", "dcim/racks/1/", r#"{"u_height": 0}"#, "u_height: 0 is out of range (allowed: 1 to 100)"),
    ("4.7", "PATCH", "dcim/rack-reservations/1/", r#"{"units": [1, 40000, -1]}"#, "units[1]: 40000 is out of range (allowed: 0 to 32767); units[2]: -1 is out of range (allowed: 0 to 32767)"),
    ("4.3", "PATCH", "dcim/interfaces/1/", r#"{"mtu": 70000}"#, "mtu: 70000 is out of range (allowed: 1 to 65536)"),
    // length
    ("4.7", "PATCH", "dcim/manufacturers/1/", LONG_NAME, "name: is 101 characters long (allowed: at most 100 characters)"),
    ("4.7", "PATCH", "ipam/vrfs/1/", r#"{"rd": "65000:1234567890123456"}"#, "rd: is 22 characters long (allowed: at most 21 characters)"),
    ("4.4", "POST", "users/tokens/", r#"{"user": 1, "key": "short-secret"}"#, "key: is 12 characters long (allowed: 40 characters)"),
    ("4.7", "PATCH", "extras/custom-field-choice-sets/1/", r#"{"extra_choices": [["a"], ["b", "B", "blue"]]}"#, "extra_choices[0]: has 1 item (allowed: 2); extra_choices[1]: has 3 items (allowed: 2)"),
    // pattern
    ("4.7", "POST", "dcim/sites/", r#"{"name": "London 1", "slug": "london 1"}"#, r#"slug: "london 1" does not fit (allowed: letters from a to z, digits, - and _)"#),
    ("4.7", "PATCH", "extras/tags/1/", r#"{"slug": "größe", "color": "red"}"#, r#"color: "red" does not fit (allowed: six of 0 to 9 and a to f)"#),
    ("4.7", "PATCH", "extras/tags/1/", r#"{"color": "FF0000"}"#, r#"color: "FF0000" does not fit (allowed: six of 0 to 9 and a to f)"#),
    ("4.7", "PATCH", "ipam/ip-addresses/1/", r#"{"dns_name": "sw 1.example.com"}"#, r#"dns_name: "sw 1.example.com" does not fit (allowed: labels of letters, digits, - and _ with dots between)"#),
    ("4.7", "PATCH", "ipam/ip-addresses/1/", r#"{"dns_name": "a..b"}"#, r#"dns_name: "a..b" does not fit (allowed: labels of letters, digits, - and _ with dots between)"#),
    ("4.7", "PATCH", "users/users/1/", r#"{"username": "john doe"}"#, r#"username: "john doe" does not fit (allowed: letters, digits, and any of _ . @ + -)"#),
    ("4.7", "PATCH", "extras/custom-fields/1/", r#"{"name": "the owner"}"#, r#"name: "the owner" does not fit (allowed: letters from a to z, digits and _)"#),
    ("4.7", "PATCH", "tenancy/contacts/1/", r#"{"email": "someone"}"#, r#"email: "someone" does not fit (allowed: an address with an @)"#),
    // names
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"nmae": "sw-1"}"#, "nmae: is no field of dcim/devices (did you mean name?)"),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"site_id": 1, "tenant_id": 2}"#, "site_id: is no field of dcim/devices (did you mean site?); tenant_id: is no field of dcim/devices (did you mean tenant?)"),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"na\nme": 1}"#, r"na\nme: is no field of dcim/devices (did you mean name?)"),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"Status": "active"}"#, "Status: is no field of dcim/devices (did you mean status?)"),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"custom-fields": {}}"#, "custom-fields: is no field of dcim/devices (did you mean custom_fields?)"),
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"primary_ip": 4, "display": "x", "created": "2024-01-01", "interface_count": 3}"#, "created: is read-only; display: is read-only; interface_count: is read-only; primary_ip: is read-only"),
    ("4.5", "PATCH", "dcim/interfaces/1/", r#"{"mac_address": "00:11:22:33:44:55"}"#, "mac_address: is read-only"),
    ("4.7", "PATCH", "ipam/prefixes/1/", r#"{"prefx": "10.0.0.0/8", "site": 3}"#, "prefx: is no field of ipam/prefixes (did you mean prefix?)"),
    // lists
    ("4.7", "POST", "dcim/sites/", r#"[{"name": "a", "slug": "a"}, {"name": "b"}, {"slug": "c c", "name": ""}]"#, r#"[1].slug: is required; [2].name: may not be blank; [2].slug: "c c" does not fit (allowed: letters from a to z, digits, - and _)"#),
    ("4.7", "POST", "dcim/sites/", r#"[{"name": "a", "slug": "a"}, "b", null, [1]]"#, "[1]: must be an object; [2]: must be an object; [3]: must be an object"),
    ("4.7", "PATCH", "dcim/sites/", r#"[{"id": 1, "status": "active"}, {"status": "active"}, {"id": 3, "latitude": 91}]"#, "[1].id: is required; [2].latitude: 91 is out of range (allowed: -90 to 90)"),
    ("4.7", "PATCH", "dcim/sites/", r#"{"status": "active"}"#, "the body: must be a list of objects with their ids"),
    ("4.7", "PUT", "dcim/sites/", r#"[{"id": 1, "name": "a"}]"#, "[0].slug: is required"),
    ("4.7", "PATCH", "dcim/sites/1/", r#"[{"name": "a"}]"#, "the body: must be an object"),
    ("4.7", "POST", "dcim/sites/", r#""name""#, "the body: must be an object or a list of objects"),
    ("4.7", "POST", "dcim/sites/", "7", "the body: must be an object or a list of objects"),
    // secrets
    ("4.7", "PATCH", "users/users/1/", r#"{"password": ["hunter2"], "passwrd": "hunter2"}"#, "password: must be a text, not a list; passwrd: is no field of users/users (did you mean password?)"),
    ("4.7", "PATCH", "wireless/wireless-lans/1/", r#"{"auth_psk": ["hunter2"], "auth_cipher": "rot13"}"#, r#"auth_cipher: "rot13" is no choice (allowed: aes, auto, tkip); auth_psk: must be a text, not a list"#),
    ("4.4", "PATCH", "users/tokens/1/", r#"{"key": {"secret": "hunter2"}}"#, "key: must be a text, not an object"),
    ("4.7", "PATCH", "extras/webhooks/1/", r#"{"secret": true}"#, "secret: must be a text, not the value given"),
    // paths
    ("4.7", "PATCH", "/api/dcim/devices/1?brief=true", r#"{"nmae": "sw-1"}"#, "nmae: is no field of dcim/devices (did you mean name?)"),
    ("4.7", "POST", "ipam/asn-ranges/1/available-asns/", r#"{"asn": "abc", "descripton": "x"}"#, r#"asn: must be a whole number, not "abc"; descripton: is no field of ipam/asn-ranges/{id}/available-asns (did you mean description?)"#),
];

/// Line, method, path and body.
#[rustfmt::skip]
const ACCEPTED: &[(&str, &str, &str, &str)] = &[
    // relations by id, by the text of one, by what tells them
    ("4.7", "POST", "dcim/devices/", r#"{"site": 1, "role": "2", "device_type": {"slug": "qfx"}, "tags": [1, "2", {"name": "a"}, {"slug": "b"}]}"#),
    ("4.7", "PATCH", "dcim/sites/1/", r#"{"asns": [1, "2"], "tenant": null, "region": ""}"#),
    ("4.6", "PATCH", "extras/saved-filters/1/", r#"{"user": ""}"#),
    ("4.4", "PATCH", "dcim/modules/1/", r#"{"module_bay": {"device": 4, "name": "1"}}"#),
    // what NetBox converts
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"name": 7, "position": "12.0", "latitude": "", "vc_position": "3", "vc_priority": 4.0}"#),
    ("4.7", "PATCH", "dcim/device-types/1/", r#"{"is_full_depth": "yes", "u_height": "1.5"}"#),
    ("4.7", "PATCH", "dcim/racks/1/", r#"{"width": "19", "weight": " 12 "}"#),
    ("4.7", "PATCH", "circuits/circuit-types/1/", r#"{"slug": " a-b ", "color": ""}"#),
    ("4.7", "PATCH", "circuits/circuits/1/", r#"{"install_date": "2024-2-9", "distance_unit": null, "distance": ""}"#),
    // choices that servers may add
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"status": "racked", "airflow": "up-to-down", "face": ""}"#),
    ("4.5", "PATCH", "dcim/interfaces/1/", r#"{"type": "1.6tbase-x-osfp1600", "speed": 1600000000000}"#),
    ("4.7", "POST", "extras/event-rules/", r#"{"name": "r", "object_types": ["dcim.site"], "event_types": ["my_plugin.done"], "action_type": "my_plugin.act", "action_object_type": "extras.script"}"#),
    ("4.6", "PATCH", "core/data-sources/1/", r#"{"type": "svn"}"#),
    // what the documents leave out
    ("4.7", "POST", "dcim/sites/", r#"{"id": 4, "name": "a", "slug": "a", "changelog_message": "new", "add_tags": [1]}"#),
    ("4.6", "PATCH", "dcim/sites/", r#"[{"id": 4, "remove_tags": [{"slug": "a"}]}, {"id": "5", "changelog_message": "x"}]"#),
    ("4.7", "POST", "users/tokens/", r#"{"user": 1, "allowed_ips": ["10.0.0.0/8"]}"#),
    ("4.7", "PUT", "users/tokens/1/", r#"{"description": "x"}"#),
    ("4.7", "PUT", "extras/tags/1/", r#"{"id": 1, "url": "http://nb/api/extras/tags/1/", "display": "a", "name": "a", "slug": "a", "created": "2024-01-01", "tagged_items": 3}"#),
    ("4.7", "POST", "extras/custom-fields/", r#"{"name": "Owner", "type": "text", "object_types": ["dcim.site"]}"#),
    ("4.5", "PATCH", "extras/config-templates/1/", r#"{"data_file": 3}"#),
    ("4.7", "PATCH", "circuits/circuits/1/", r#"{"assignments": []}"#),
    ("4.3", "POST", "ipam/prefixes/1/available-ips/", "{}"),
    ("4.7", "POST", "ipam/prefixes/1/available-ips/", r#"[{"status": "dhcp"}, {"dns_name": "a.example.com"}]"#),
    ("4.4", "POST", "ipam/prefixes/1/available-prefixes/", r#"{"prefix_length": 30, "description": "x"}"#),
    ("4.5", "POST", "ipam/vlan-groups/1/available-vlans/", r#"[{"name": "a"}]"#),
    ("4.3", "POST", "ipam/asn-ranges/1/available-asns/", r#"{"description": "x"}"#),
    ("4.3", "PATCH", "ipam/vlan-groups/1/", r#"{"vid_ranges": [[1, 10], [20, 30]]}"#),
    // what plugins and users bring
    ("4.7", "PATCH", "dcim/devices/1/", r#"{"warranty_until": "2030", "custom_fields": {"owner": [1, {"a": null}], "statsu": 7}}"#),
    ("4.7", "POST", "plugins/gpon/olts/", r#"{"statsu": 1}"#),
    ("4.7", "POST", "dcim/device/", r#"{"statsu": 1}"#),
    ("4.3", "POST", "dcim/cooling-sources/", r#"{"statsu": 1}"#),
    ("4.7", "PATCH", "users/config/", r#"{"tables": {}}"#),
    ("4.7", "POST", "dcim/devices/1/render-config/", r#"{"a": 1}"#),
    ("4.7", "POST", "extras/scripts/1/", r#"{"data": {}, "commit": true}"#),
    ("4.7", "POST", "dcim/devices/", "null"),
    ("4.7", "POST", "dcim/devices/", "[]"),
    ("4.7", "DELETE", "dcim/devices/", r#"[{"id": 1, "statsu": 7}]"#),
    ("4.7", "POST", "", "{}"),
    ("4.7", "POST", "///?///", "{}"),
];

fn checked(line: &str, method: &str, path: &str, body: &str) -> Result<()> {
    check(line.parse().unwrap(), &method.parse().unwrap(), path, &serde_json::from_str(body).unwrap())
}

/// All violations as one text.
fn told(error: &Error) -> String {
    error.violations().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn wrong_bodies_are_refused_with_all_that_is_wrong() {
    for (line, method, path, body, expected) in REFUSED {
        let error = checked(line, method, path, body).expect_err(body);
        assert_eq!(told(&error), *expected, "{line} {method} {path} {body}");
        assert_eq!(error.kind(), ErrorKind::RequestValidation);
        assert!(!error.may_have_been_sent() && !error.is_retryable() && error.status().is_none());
        let message = error.to_string();
        assert!(
            message.starts_with(&format!(
                "{method} /api/{}/: this",
                path.split('?').next().unwrap().trim_matches('/').trim_start_matches("api/")
            )),
            "{message}"
        );
        assert!(message.contains(expected) && message.contains("(nothing was sent)"), "{message}");
        assert!(!message.contains("hunter2") && !format!("{error:?}{error:#?}").contains("hunter2"), "{message}");
    }
    assert!(REFUSED.len() >= 60);
}

#[test]
fn the_whole_message_names_request_line_and_violations() {
    let error = checked("4.5", "POST", "dcim/sites/", r#"[{"name": "a", "slug": "a b"}]"#).unwrap_err();
    let expected = "POST /api/dcim/sites/: this is not what NetBox 4.5 takes: [0].slug: \"a b\" does not fit (allowed: letters from a to z, digits, - and _) (nothing was sent)";
    assert_eq!(error.to_string(), expected);
    let violation = &error.violations()[0];
    assert_eq!((violation.path.as_str(), violation.message.as_str()), ("[0].slug", "\"a b\" does not fit"));
    assert_eq!(violation.allowed.as_deref(), Some("letters from a to z, digits, - and _"));
}

#[test]
fn a_message_stays_readable_and_the_list_is_whole() {
    let body = Value::from(vec![json!({"name": "a", "slug": "a", "latitude": 100}); 1000]);
    let error = check(ReleaseLine::V4_7, &Method::POST, "dcim/sites/", &body).unwrap_err();
    assert_eq!(error.violations().len(), 1000);
    assert_eq!(error.violations()[999].path, "[999].latitude");
    assert!(error.to_string().contains("; and 900 more"));
    assert!(error.to_string().len() < 10_000);
}

#[test]
fn what_is_very_long_costs_little() {
    let long = "x".repeat(20_000_000);
    let error =
        check(ReleaseLine::V4_7, &Method::PATCH, "dcim/devices/1/", &json!({"face": long, "serial": long, long.as_str(): 1})).unwrap_err();
    assert_eq!(error.violations().len(), 2);
    assert!(error.to_string().len() < 1000);
}

#[test]
fn what_a_server_takes_passes() {
    for (line, method, path, body) in ACCEPTED {
        checked(line, method, path, body).unwrap_or_else(|error| panic!("{line} {body}: {error}"));
    }
}

#[test]
fn the_table_of_all_lines_is_small() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/typed/validation/table.json.gz");
    let packed = fs::read(file).unwrap();
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    println!("the rules of all lines: {} bytes, {} when they are unpacked", packed.len(), text.len());
    assert!(packed.len() <= 60_000);
}

/// One line of a recording, as far as it matters here.
#[derive(serde::Deserialize)]
struct Exchange {
    method: String,
    path: String,
    status: u16,
    request: Value,
    response: Value,
}

/// The writes of all files, each different one once, with the line of its server.
fn writes(folder: &Path) -> Vec<(ReleaseLine, Exchange)> {
    let mut seen = BTreeSet::new();
    let mut writes = Vec::new();
    each_line_of(folder, |file, text| {
        if text.contains(r#""method":"P"#) {
            let exchange: Exchange = serde_json::from_str(text).unwrap();
            let line: ReleaseLine = file.trim_start_matches("netbox-").trim_end_matches(".jsonl.gz").parse().unwrap();
            let key = (line, exchange.method.clone(), exchange.path.clone(), exchange.status, exchange.request.to_string());
            if exchange.path.starts_with("/api/") && seen.insert(key) {
                writes.push((line, exchange));
            }
        }
    });
    writes
}

#[test]
fn every_recorded_body_that_a_server_accepted_passes() {
    let Some(folder) = needed("NETBOX_RECORDINGS") else { return };
    let (mut accepted, mut refused, mut found) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (line, exchange) in writes(Path::new(&folder)) {
        let method: Method = exchange.method.parse().unwrap();
        let outcome = check(line, &method, exchange.path.trim_start_matches("/api/"), &exchange.request);
        // A background job that failed was a refusal, though its request was accepted.
        if exchange.status == 400 || exchange.response["job"]["status"] == "failed" {
            refused += 1;
            found += usize::from(outcome.is_err());
        } else if exchange.status < 300 {
            accepted += 1;
            wrong.extend(outcome.err().map(|error| format!("{error}\n    {}", exchange.request)));
        }
    }
    println!("{accepted} different accepted bodies passed; of {refused} that servers refused, {found} are refused before they are sent");
    assert!(wrong.is_empty(), "{} accepted bodies are refused:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(accepted >= 10_000, "only {accepted} accepted bodies were found");
    assert!(found * 2 >= refused, "only {found} of {refused}");
}

/// Names that are fields of many forms, names that are secrets, and names that are neither.
const NAMES: [&str; 24] = [
    "name",
    "slug",
    "site",
    "status",
    "tags",
    "custom_fields",
    "vid",
    "face",
    "latitude",
    "width",
    "is_full_depth",
    "install_date",
    "vid_ranges",
    "asns",
    "front_image",
    "id",
    "url",
    "nmae",
    "ünï",
    "",
    "[0].name",
    "password",
    "auth_psk",
    "key",
];

const SECRET_NAMES: [&str; 3] = ["password", "auth_psk", "key"];

const SECRET: &str = "nbt_4711.hunter2hunter2";

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from), (0..5000_u64).prop_map(Value::from)];
    let text = prop_oneof![any::<String>(), "[0-9_.+-]{0,6}", "[a-z-]{0,120}", Just("2024-01-01".to_owned())];
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, text.prop_map(Value::from)];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from), members(inner).prop_map(Value::from)]
    })
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let name = prop_oneof![9 => select(NAMES.as_slice()).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::btree_map(name, value, 0..8).prop_map(|members| members.into_iter().collect())
}

/// An object that was right before some members were put in.
fn changed_device() -> impl Strategy<Value = Value> {
    members(value()).prop_map(|changes| {
        let mut device = json!({"name": "a", "slug": "a", "site": 1, "role": {"slug": "x"}, "device_type": "3", "tags": [{"name": "a"}], "status": "active"});
        changes.into_iter().for_each(|(name, value)| device[name] = value);
        device
    })
}

/// Paths of all kinds, with bodies of all shapes.
fn request() -> impl Strategy<Value = (ReleaseLine, Method, &'static str, Value)> {
    let paths = vec![
        "dcim/devices/",
        "dcim/sites/1/",
        "ipam/prefixes/1/available-ips/",
        "ipam/vlan-groups/2/",
        "users/users/",
        "dcim/racks/?a=b",
        "x",
        "ü/ü",
    ];
    let body = prop_oneof![1 => value(), 3 => changed_device(), 1 => prop::collection::vec(changed_device(), 0..4).prop_map(Value::from)];
    (select(ReleaseLine::ALL.as_slice()), select(vec![Method::POST, Method::PUT, Method::PATCH, Method::GET]), select(paths), body)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_body_is_judged((line, method, path, body) in request()) {
        if let Err(error) = check(line, &method, path, &body) {
            prop_assert_eq!(error.kind(), ErrorKind::RequestValidation);
            prop_assert!(!error.violations().is_empty());
            prop_assert!(error.violations().iter().all(|violation| !violation.message.is_empty()), "{}", error);
        }
    }

    #[test]
    fn values_of_secrets_are_not_told((line, method, path, mut body) in request(), name in select(SECRET_NAMES.as_slice()), shape in 0..3) {
        let Some(members) = body.as_object_mut() else { return Ok(()) };
        members.insert(name.to_owned(), match shape { 0 => json!(SECRET), 1 => json!([SECRET]), _ => json!({"name": SECRET}) });
        if let Err(error) = check(line, &method, path, &body) {
            prop_assert!(!format!("{error}{error:?}{error:#?}{:?}", error.violations()).contains("hunter2"), "{}", error);
        }
    }
}
