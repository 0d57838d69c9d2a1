//! The mock is like a real NetBox: scenarios that run against both, with the same assertions.

mod allocation;
mod cables;
mod changes;
mod checks;
mod graphql;
mod lists;
mod plugins;
mod relations;
mod uploads;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use netbox_sdk::http::{Method, Request, Response};
use netbox_sdk::mock::{Demo, Fault, NetBox};
use netbox_sdk::{Api, ApiResponse, Client, Config, ErrorKind, ReleaseLine, RequestBuilder, Token, TokenRequest, api};
use serde_json::{Value, json};

use crate::live::{Guard, unique};
use crate::support::{RawServer, impatient, in_memory, live};

/// Runs a scenario against the mock, and against the real NetBox where there is one.
fn both(scenario: impl Fn(&Api)) {
    let netbox = NetBox::start().unwrap();
    scenario(&api(&netbox.url(), netbox.token()).unwrap());
    if let Some(client) = live() {
        scenario(&Api::new(client));
    }
}

/// Makes an object that is deleted at the end.
fn make(nb: &Api, path: &str, body: &Value) -> (Value, Guard) {
    let reply = nb.client().post(path).json(body).send().unwrap();
    assert_eq!(reply.status(), 201, "{path}: {}", reply.text());
    let object: Value = reply.json().unwrap();
    let guard = Guard { client: nb.client().clone(), path: format!("{path}/{}", object["id"]) };
    (object, guard)
}

fn site(nb: &Api) -> (Value, Guard) {
    let name = unique("mock");
    make(nb, "dcim/sites", &json!({"name": name, "slug": name}))
}

/// Status and body of a reply.
fn sent(request: RequestBuilder) -> (u16, Value) {
    let reply = request.send().unwrap();
    (reply.status().as_u16(), body(&reply))
}

fn body(reply: &ApiResponse) -> Value {
    reply.json().unwrap_or_else(|_| json!(reply.text()))
}

fn refused(request: RequestBuilder, status: u16, with: Value) {
    assert_eq!(sent(request), (status, with));
}

fn names(page: &Value) -> Vec<&str> {
    page["results"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect()
}

#[test]
fn a_site_is_made_read_changed_and_deleted() {
    both(|nb| {
        let name = unique("mock");
        let made = nb.client().post("dcim/sites").json(&json!({"name": name, "slug": name})).send().unwrap();
        assert_eq!(made.status(), 201);
        let site: Value = made.json().unwrap();
        let path = format!("dcim/sites/{}", site["id"]);
        assert_eq!(made.header("location"), site["url"].as_str());
        assert!(site["url"].as_str().unwrap().ends_with(&format!("/api/{path}/")), "{site}");
        assert!(site["display_url"].as_str().unwrap().ends_with(&format!("/{path}/")), "{site}");
        assert_eq!((&site["display"], &site["status"]), (&json!(name), &json!({"value": "active", "label": "Active"})));
        assert_eq!(
            (&site["tags"], &site["region"], &site["facility"], &site["latitude"]),
            (&json!([]), &json!(null), &json!(""), &json!(null))
        );
        assert!(site["created"].as_str().unwrap().ends_with('Z') && site["last_updated"].is_string());
        assert_eq!(sent(nb.client().get(&path)), (200, site.clone()));
        let (status, patched) = sent(nb.client().patch(&path).json(&json!({"status": "planned", "facility": "F1"})));
        assert_eq!((status, &patched["status"]["label"], &patched["name"]), (200, &json!("Planned"), &json!(name)));
        assert!(patched["last_updated"].as_str() > site["last_updated"].as_str());
        assert_eq!(patched["created"], site["created"]);
        let (_, put) = sent(nb.client().put(&path).json(&json!({"name": name, "slug": name, "description": "put"})));
        assert_eq!((&put["facility"], &put["status"]["value"], &put["description"]), (&json!("F1"), &json!("planned"), &json!("put")));
        let deleted = nb.client().delete(&path).send().unwrap();
        assert_eq!((deleted.status().as_u16(), deleted.bytes()), (204, &b""[..]));
        refused(nb.client().get(&path), 404, json!({"detail": "No Site matches the given query."}));
        refused(nb.client().delete(&path), 404, json!({"detail": "No Site matches the given query."}));
    });
}

#[test]
fn ids_that_are_no_numbers_are_not_found() {
    both(|nb| refused(nb.client().get("dcim/sites/abc"), 404, json!({"detail": "Not found."})));
}

#[test]
fn what_is_read_only_is_ignored_and_so_is_what_is_unknown() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let path = format!("dcim/sites/{}", site["id"]);
        let (status, changed) =
            sent(nb.client().patch(&path).json(&json!({"id": 5, "url": "x", "device_count": 9, "nosuch": 1, "comments": "c"})));
        assert_eq!((status, &changed["id"], &changed["device_count"], &changed["comments"]), (200, &site["id"], &json!(0), &json!("c")));
        assert_eq!(changed.get("nosuch"), None);
    });
}

#[test]
fn missing_and_wrong_values_are_refused_field_by_field() {
    both(|nb| {
        let sites = |body: Value| nb.client().post("dcim/sites").json(&body);
        refused(sites(json!({})), 400, json!({"name": ["This field is required."], "slug": ["This field is required."]}));
        refused(
            sites(json!({"name": "", "slug": "a b", "status": "zz", "region": 999_999, "latitude": "x", "tags": [{"name": "nosuch"}]})),
            400,
            json!({
                "name": ["This field may not be blank."],
                "slug": ["Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens."],
                "status": ["zz is not a valid choice."],
                "region": ["Related object not found using the provided numeric ID: 999999"],
                "latitude": ["A valid number is required."],
                "tags": ["Related object not found using the provided attributes: {'name': 'nosuch'}"],
            }),
        );
        refused(
            sites(
                json!({"name": null, "slug": "x".repeat(101), "status": {"value": "active"}, "region": "abc", "latitude": 91.5, "tags": 3, "asns": [999_999]}),
            ),
            400,
            json!({
                "name": ["This field may not be null."],
                "slug": ["Ensure this field has no more than 100 characters."],
                "status": ["Value must be passed directly (e.g. \"foo\": 123); do not use a dictionary or list."],
                "region": ["Related objects must be referenced by numeric ID or by dictionary of attributes. Received an unrecognized value: abc"],
                "latitude": ["Ensure this value is less than or equal to 90.0."],
                "tags": {"__all__": ["Expected a list of items but got type \"int\"."]},
                "asns": ["Invalid pk \"999999\" - object does not exist."],
            }),
        );
        refused(
            sites(json!({"name": true, "slug": "x", "status": 5, "tags": ["x", 3.5], "asns": ["x"]})),
            400,
            json!({
                "name": ["Not a valid string."],
                "status": ["5 is not a valid choice."],
                "tags": ["Related objects must be referenced by numeric ID or by dictionary of attributes. Received an unrecognized value: x"],
                "asns": ["Incorrect type. Expected pk value, received str."],
            }),
        );
        refused(sites(json!(3)), 400, json!({"__all__": ["Invalid data. Expected a dictionary, but got int."]}));
        refused(
            sites(json!({"name": "x", "slug": "x", "custom_fields": {"nosuch": 1}})),
            400,
            json!({"custom_fields": {"nosuch": "Custom field 'nosuch' does not exist for this object type."}}),
        );
    });
}

#[test]
fn booleans_and_whole_numbers_are_checked() {
    both(|nb| {
        refused(
            nb.client().post("ipam/vrfs").json(&json!({"name": "x", "enforce_unique": "maybe"})),
            400,
            json!({"enforce_unique": ["Must be a valid boolean."]}),
        );
        refused(
            nb.client().post("ipam/vlans").json(&json!({"name": "x", "vid": 4095})),
            400,
            json!({"vid": ["Ensure this value is less than or equal to 4094."]}),
        );
        refused(
            nb.client().post("ipam/vlans").json(&json!({"name": "x", "vid": "y"})),
            400,
            json!({"vid": ["A valid integer is required."]}),
        );
    });
}

#[test]
fn prefixes_and_addresses_are_checked() {
    both(|nb| {
        let prefix = |text: &str| nb.client().post("ipam/prefixes").json(&json!({"prefix": text}));
        refused(prefix("abc"), 400, json!({"prefix": ["Invalid IP prefix format: abc"]}));
        refused(prefix("10.0.0.5/16"), 400, json!({"prefix": ["10.0.0.5/16 is not a valid prefix. Did you mean 10.0.0.0/16?"]}));
        refused(
            nb.client().post("ipam/ip-addresses").json(&json!({"address": "abc"})),
            400,
            json!({"address": ["Invalid IP address format: abc"]}),
        );
    });
}

#[test]
fn colors_and_addresses_of_hardware_are_checked() {
    both(|nb| {
        refused(
            nb.client().post("dcim/rack-roles").json(&json!({"name": "x", "slug": "a b", "color": "ff00000"})),
            400,
            json!({
                "slug": ["Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens."],
                "color": ["Enter a valid hexadecimal RGB color code.", "Ensure this field has no more than 6 characters."],
            }),
        );
        let mac = |text: &str| nb.client().post("dcim/mac-addresses").json(&json!({"mac_address": text}));
        refused(mac("zz"), 400, json!({"mac_address": ["Invalid MAC address format: zz"]}));
        let (made, _guard) = make(nb, "dcim/mac-addresses", &json!({"mac_address": "02-00-5e-00-53-af"}));
        assert_eq!((&made["mac_address"], &made["display"]), (&json!("02:00:5E:00:53:AF"), &json!("02:00:5E:00:53:AF")));
    });
}

#[test]
fn nothing_is_below_itself() {
    both(|nb| {
        let name = unique("mock");
        let (parent, _parent) = make(nb, "dcim/regions", &json!({"name": name, "slug": name}));
        let below = format!("{name}-below");
        let (child, _child) = make(nb, "dcim/regions", &json!({"name": below, "slug": below, "parent": parent["id"]}));
        let path = format!("dcim/regions/{}", parent["id"]);
        for above in [&parent, &child] {
            let patch = nb.client().patch(&path).json(&json!({"parent": above["id"]}));
            refused(patch, 400, json!({"parent": ["Cannot assign self or a descendant as parent."]}));
        }
        refused(
            nb.client().post("dcim/regions").json(&json!({"name": name, "slug": format!("{name}-2")})),
            400,
            json!({"__all__": ["A region with this name already exists."]}),
        );
    });
}

#[test]
fn a_unique_value_is_refused_the_second_time() {
    both(|nb| {
        let (first, _guard) = site(nb);
        refused(
            nb.client().post("dcim/sites").json(&json!({"name": first["name"], "slug": first["slug"]})),
            400,
            json!({"name": ["site with this name already exists."], "slug": ["site with this slug already exists."]}),
        );
        let path = format!("dcim/sites/{}", first["id"]);
        assert_eq!(
            sent(nb.client().put(&path).json(&json!({"name": first["name"], "slug": first["slug"]}))).0,
            200,
            "its own name is its own"
        );
    });
}

/// A manufacturer, a type, a role, a site and a device, and guards for them, the last one for the device.
fn device(nb: &Api) -> (Value, Vec<Guard>) {
    let name = unique("mock");
    let (site, site_guard) = site(nb);
    let (manufacturer, maker_guard) = make(nb, "dcim/manufacturers", &json!({"name": name, "slug": name}));
    let (model, model_guard) = make(nb, "dcim/device-types", &json!({"manufacturer": manufacturer["id"], "model": name, "slug": name}));
    let (_, role_guard) = make(nb, "dcim/device-roles", &json!({"name": name, "slug": name}));
    let body = json!({"name": name, "site": site["id"], "device_type": model["id"], "role": {"slug": name}, "airflow": "front-to-rear"});
    let (device, guard) = make(nb, "dcim/devices", &body);
    // In the order in which they can be deleted.
    (device, vec![guard, role_guard, model_guard, maker_guard, site_guard])
}

#[test]
fn references_are_read_as_brief_objects_and_written_as_ids_or_attributes() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&device["site"]), ["description", "display", "id", "name", "slug", "url"]);
        assert_eq!(device["role"]["slug"], device["name"]);
        assert_eq!(device["device_type"]["manufacturer"]["slug"], device["name"]);
        assert_eq!(device["airflow"], json!({"value": "front-to-rear", "label": "Front to rear"}));
        assert_eq!((&device["rack"], &device["face"], &device["primary_ip"]), (&Value::Null, &Value::Null, &Value::Null));
    });
}

#[test]
fn a_set_of_values_is_unique_together() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let body = json!({"device": device["id"], "name": "eth0", "type": "1000base-t"});
        let (interface, _guard) = make(nb, "dcim/interfaces", &body);
        assert_eq!(interface["type"], json!({"value": "1000base-t", "label": "1000BASE-T (1GE)"}));
        assert_eq!((&interface["enabled"], &interface["mgmt_only"], &interface["duplex"]), (&json!(true), &json!(false), &Value::Null));
        refused(
            nb.client().post("dcim/interfaces").json(&body),
            400,
            json!({"__all__": ["Interface with this Device and Name already exists."]}),
        );
        let other = json!({"name": device["name"], "site": device["site"]["id"], "device_type": device["device_type"]["id"], "role": device["role"]["id"]});
        let (status, says) = sent(nb.client().post("dcim/devices").json(&other));
        assert_eq!((status, says), (400, json!({"__all__": ["Device name must be unique per site and tenant."]})));
    });
}

#[test]
fn a_deletion_is_refused_where_others_need_the_object_and_takes_along_what_is_part_of_it() {
    both(|nb| {
        let (device, guards) = device(nb);
        let (interface, _interface) = make(nb, "dcim/interfaces", &json!({"device": device["id"], "name": "eth0", "type": "virtual"}));
        let error = nb.client().delete(&format!("dcim/sites/{}", device["site"]["id"])).send().unwrap().error_for_status().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        let named =
            format!("Unable to delete object. 1 dependent objects were found: {} ({})", device["name"].as_str().unwrap(), device["id"]);
        assert!(error.to_string().contains(&named), "{error}");
        let blocked = json!({"detail": "1 of 1 objects could not be deleted.", "errors": [
            {"id": device["site"]["id"], "errors": {"__all__": ["Unable to delete: 1 dependent object(s) prevent deletion."]}}]});
        refused(nb.client().delete("dcim/sites").json(&json!([{"id": device["site"]["id"]}])), 409, blocked);
        assert_eq!(sent(nb.client().delete(&guards[0].path)).0, 204);
        refused(
            nb.client().get(&format!("dcim/interfaces/{}", interface["id"])),
            404,
            json!({"detail": "No Interface matches the given query."}),
        );
    });
}

#[test]
fn a_deletion_clears_what_may_be_empty() {
    both(|nb| {
        let name = unique("mock");
        let (region, guard) = make(nb, "dcim/regions", &json!({"name": name, "slug": name}));
        let (tag, tag_guard) = make(nb, "extras/tags", &json!({"name": name, "slug": name}));
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": name, "slug": name, "region": region["id"], "tags": [{"name": name}]}));
        assert_eq!((&site["region"]["id"], &site["tags"][0]["id"]), (&region["id"], &tag["id"]));
        drop((guard, tag_guard));
        let (_, site) = sent(nb.client().get(&format!("dcim/sites/{}", site["id"])));
        assert_eq!((&site["region"], &site["tags"]), (&Value::Null, &json!([])));
    });
}

#[test]
fn counters_count() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let site = nb.dcim().sites().get(device["site"]["id"].as_u64().unwrap()).unwrap().unwrap();
        assert_eq!(site.get("device_count"), Some(&json!(1)));
    });
}

#[test]
fn details_can_be_brief_or_of_some_fields() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let get = |query: &str| sent(nb.client().get(&format!("dcim/sites/{}{query}", site["id"]))).1;
        let keys = |value: Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(get("?brief=1")), ["description", "display", "id", "name", "slug", "url"]);
        assert_eq!(get("?brief=false"), get("?brief=1"), "any value turns it on");
        assert_eq!(get("?fields=name,status,nosuch"), json!({"name": site["name"], "status": site["status"]}));
        let omitted = get("?omit=status,tags&brief=1");
        assert!(omitted.get("status").is_none() && omitted.get("tags").is_none() && omitted.get("region").is_some());
        assert_eq!(get("?fields=name&omit=name&brief=1"), json!({"name": site["name"]}));
    });
}

/// Tags with one description, in the order of their names.
fn tags(nb: &Api, count: usize) -> (String, Vec<u64>, Vec<Guard>) {
    let mark = unique("mock");
    let bodies: Vec<Value> =
        (0..count).map(|n| json!({"name": format!("{mark}-{n}"), "slug": format!("{mark}-{n}"), "description": mark})).collect();
    let (status, made) = sent(nb.client().post("extras/tags").json(&bodies));
    assert_eq!(status, 201);
    let ids: Vec<u64> = made.as_array().unwrap().iter().map(|tag| tag["id"].as_u64().unwrap()).collect();
    let guards = ids.iter().map(|id| Guard { client: nb.client().clone(), path: format!("extras/tags/{id}") }).collect();
    (mark, ids, guards)
}

#[test]
fn pages_by_offset_have_links_with_sorted_parameters() {
    both(|nb| {
        let (mark, ids, _guards) = tags(nb, 5);
        let base = nb.client().get("/api/").send().unwrap().json::<Value>().unwrap()["extras"].as_str().unwrap().to_owned();
        let get = |query: &str| sent(nb.client().get(&format!("extras/tags?description={mark}&fields=id&{query}"))).1;
        let link = |rest: &str| json!(format!("{base}tags/?description={mark}&fields=id&{rest}"));
        let row = |n: usize| json!({"id": ids[n]});
        assert_eq!(get("limit=2"), json!({"count": 5, "next": link("limit=2&offset=2"), "previous": null, "results": [row(0), row(1)]}));
        assert_eq!(
            get("limit=2&offset=2"),
            json!({"count": 5, "next": link("limit=2&offset=4"), "previous": link("limit=2"), "results": [row(2), row(3)]})
        );
        assert_eq!(get("limit=2&offset=3")["previous"], link("limit=2&offset=1"));
        assert_eq!(get("limit=2&offset=9"), json!({"count": 5, "next": null, "previous": link("limit=2&offset=7"), "results": []}));
        for bad in ["limit=-1", "limit=x", "offset=-3", "offset=x", "limit="] {
            assert_eq!(get(bad)["results"].as_array().unwrap().len(), 5, "{bad}");
        }
    });
}

#[test]
fn pages_by_cursor_count_nothing_and_end_with_an_empty_one() {
    both(|nb| {
        let (mark, ids, _guards) = tags(nb, 4);
        let get = |query: &str| sent(nb.client().get(&format!("extras/tags?description={mark}&fields=name&{query}"))).1;
        let first = get("limit=2&start=0");
        assert_eq!((&first["count"], &first["previous"]), (&Value::Null, &Value::Null));
        assert!(first["next"].as_str().unwrap().ends_with(&format!("&limit=2&start={}", ids[1] + 1)), "{first}");
        let second = get(&format!("limit=2&start={}", ids[1] + 1));
        assert!(names(&second) == [format!("{mark}-2"), format!("{mark}-3")] && second["next"].is_string());
        let last = get(&format!("limit=2&start={}", ids[3] + 1));
        assert_eq!(last, json!({"count": null, "next": null, "previous": null, "results": []}));
        let refuses = |query: &str, says: &str| refused(nb.client().get(&format!("extras/tags?{query}")), 400, json!([says]));
        refuses("start=0&offset=0", "'start' and 'offset' are mutually exclusive.");
        refuses("start=0&ordering=name", "Ordering cannot be specified in conjunction with cursor-based pagination.");
        refuses("start=-1", "Invalid 'start' parameter: must be a non-negative integer.");
        refuses("start=x", "Invalid 'start' parameter: must be a non-negative integer.");
    });
}

#[test]
fn a_cursor_is_a_filter_where_the_resource_has_one_of_its_name() {
    both(|nb| {
        let name = unique("mock");
        let (rir, _rir) = make(nb, "ipam/rirs", &json!({"name": name, "slug": name}));
        let (_, _range) = make(nb, "ipam/asn-ranges", &json!({"name": name, "slug": name, "rir": rir["id"], "start": 64512, "end": 64520}));
        assert_eq!(sent(nb.client().get("ipam/asn-ranges?start=0")).1["results"], json!([]));
    });
}

#[test]
fn ordering_by_known_fields_counts() {
    both(|nb| {
        let (mark, _, _guards) = tags(nb, 3);
        let get = |ordering: &str| {
            let (_, page) = sent(nb.client().get(&format!("extras/tags?description={mark}&ordering={ordering}")));
            names(&page).iter().map(|name| name.rsplit('-').next().unwrap().to_owned()).collect::<String>()
        };
        assert_eq!([get("-name"), get("name"), get("weight,-id"), get("nosuch")], ["210", "012", "210", "012"]);
    });
}

#[test]
fn numbers_in_names_are_ordered_as_numbers() {
    both(|nb| {
        let mark = unique("mock");
        let _guards: Vec<_> = ["10", "9", "100"]
            .map(|n| make(nb, "dcim/sites", &json!({"name": format!("{mark} {n}"), "slug": format!("{mark}-{n}")})))
            .into();
        let (_, page) = sent(nb.client().get(&format!("dcim/sites?name__isw={mark}")));
        assert_eq!(names(&page), ["9", "10", "100"].map(|n| format!("{mark} {n}")));
    });
}

#[test]
fn lookups_find_what_they_say() {
    both(|nb| {
        let mark = unique("mock");
        let _guards: Vec<_> = [("alpha", "F1", 1.5), ("Beta", "", 2.5)]
            .map(|(name, facility, latitude)| {
                make(nb, "dcim/sites", &json!({"name": format!("{mark}-{name}"), "slug": format!("{mark}-{name}"), "facility": facility, "latitude": latitude, "comments": mark}))
            })
            .into();
        for (query, found) in [
            (format!("name={mark}-alpha"), "alpha"),
            (format!("name={mark}-ALPHA"), ""),
            (format!("name__ie={mark}-ALPHA"), "alpha"),
            (format!("name__isw={mark}"), "alphaBeta"),
            (format!("name__isw={mark}&name__iew=TA"), "Beta"),
            (format!("name__ic={mark}-A&name__ic={mark}-B"), "alphaBeta"),
            (format!("name__isw={mark}&name__nic=bet"), "alpha"),
            (format!("name__isw={mark}&name__n={mark}-Beta"), "alpha"),
            (format!("name__isw={mark}&name__niew=a"), ""),
            (format!("name__isw={mark}&facility__empty=true"), "Beta"),
            (format!("name__isw={mark}&facility__empty=false"), "alpha"),
            (format!("name__isw={mark}&latitude__gt=1.5"), "Beta"),
            (format!("name__isw={mark}&latitude__gte=1.5"), "alphaBeta"),
            (format!("name__isw={mark}&latitude__lt=2"), "alpha"),
            (format!("name__isw={mark}&latitude=2.5"), "Beta"),
            (format!("name__isw={mark}&created__gt=2020-01-01"), "alphaBeta"),
            (format!("name__isw={mark}&last_updated__lt=2020-01-01T00:00:00Z"), ""),
            (format!("name__isw={mark}&status=active&status=planned"), "alphaBeta"),
            (format!("name__isw={mark}&status__n=active"), ""),
            (format!("name__isw={mark}&region=null"), "alphaBeta"),
            (format!("name__isw={mark}&region_id=null"), "alphaBeta"),
            (format!("q={mark}-al"), "alpha"),
            (format!("name__isw={mark}&nosuch=1"), "alphaBeta"),
            (format!("name__isw={mark}&name__nosuch=1"), "alphaBeta"),
            (format!("name__isw={mark}&cf_nosuch=1"), "alphaBeta"),
            (format!("name__isw={mark}&name="), "alphaBeta"),
        ] {
            let (status, page) = sent(nb.client().get(&format!("dcim/sites?{query}")));
            assert_eq!(status, 200, "{query}: {page}");
            let found_names: String = names(&page).iter().map(|name| name.strip_prefix(&mark).unwrap().trim_start_matches('-')).collect();
            assert_eq!(found_names, found, "{query}");
        }
    });
}

#[test]
fn ids_repeat_and_compare() {
    both(|nb| {
        let (mark, ids, _guards) = tags(nb, 3);
        let count = |query: String| sent(nb.client().get(&format!("extras/tags?description={mark}&{query}"))).1["count"].clone();
        assert_eq!(count(format!("id={}&id={}", ids[0], ids[2])), 2);
        assert_eq!(count(format!("id__gt={}", ids[0])), 2);
        assert_eq!(count(format!("id__gt={}&id__gt={}", ids[0], ids[1])), 2, "repeated lookups are any of these");
        assert_eq!(count(format!("id__n={}", ids[0])), 2);
        assert_eq!(count("id=999999999".to_owned()), 0);
    });
}

#[test]
fn filters_go_through_related_objects() {
    both(|nb| {
        let name = unique("mock");
        let (parent, _parent) = make(nb, "dcim/regions", &json!({"name": name, "slug": name}));
        let (child, _child) = make(nb, "dcim/regions", &json!({"name": name, "slug": format!("{name}-below"), "parent": parent["id"]}));
        assert_eq!((&child["_depth"], &child["parent"]["id"]), (&json!(1), &parent["id"]));
        let (device, guards) = device(nb);
        let path = format!("dcim/sites/{}", device["site"]["id"]);
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"region": child["id"]}))).0, 200);
        let site = device["site"]["slug"].as_str().unwrap();
        let own = device["name"].as_str().unwrap();
        for (query, count) in [
            (format!("site={site}"), 1),
            (format!("site_id={}", device["site"]["id"]), 1),
            (format!("site__n={site}&name={own}"), 0),
            (format!("region={name}"), 1),
            (format!("region_id={}", parent["id"]), 1),
            (format!("manufacturer={own}"), 1),
            (format!("role={own}&device_type={own}"), 1),
            (format!("tenant_id=null&name={own}"), 1),
            (format!("name={}", own.to_uppercase()), 1),
            (format!("has_primary_ip=false&name={own}"), 1),
            (format!("has_primary_ip=true&name={own}"), 0),
        ] {
            let (status, page) = sent(nb.client().get(&format!("dcim/devices?{query}")));
            assert_eq!((status, &page["count"]), (200, &json!(count)), "{query}: {page}");
        }
        drop(guards);
    });
}

#[test]
fn tags_are_all_of_these() {
    both(|nb| {
        let (mark, ids, _guards) = tags(nb, 2);
        let (one, _one) = make(nb, "dcim/sites", &json!({"name": format!("{mark}-a"), "slug": format!("{mark}-a"), "tags": [ids[0]]}));
        let (two, _two) = make(nb, "dcim/sites", &json!({"name": format!("{mark}-b"), "slug": format!("{mark}-b"), "tags": ids}));
        let get = |query: String| {
            names(&sent(nb.client().get(&format!("dcim/sites?name__isw={mark}&{query}"))).1)
                .iter()
                .map(|name| json!(name))
                .collect::<Vec<_>>()
        };
        assert_eq!(get(format!("tag={mark}-0")), [one["name"].clone(), two["name"].clone()]);
        assert_eq!(get(format!("tag={mark}-0&tag={mark}-1")), [two["name"].clone()]);
        assert_eq!(get(format!("tag__n={mark}-1")), [one["name"].clone()]);
        assert_eq!(get(format!("tag_id={}", ids[1])), [two["name"].clone()]);
    });
}

#[test]
fn values_that_a_filter_cannot_read_are_refused() {
    both(|nb| {
        let choice = |value: &str| json!([format!("Select a valid choice. {value} is not one of the available choices.")]);
        for (query, says) in [
            ("id=x", json!({"id": ["Enter a whole number."]})),
            ("status=zz", json!({"status": choice("zz")})),
            ("status__n=zz", json!({"status__n": choice("zz")})),
            ("site=nosuch", json!({"site": choice("nosuch")})),
            ("site_id=999999", json!({"site_id": choice("999999")})),
            ("site_id=zz", json!({"site_id": ["\u{201c}zz\u{201d} is not a valid value."]})),
            ("tag=nosuch", json!({"tag": choice("nosuch")})),
            ("latitude__gt=x", json!({"latitude__gt": ["Enter a number."]})),
            ("created__gt=xx", json!({"created__gt": ["Enter a valid date/time."]})),
            ("id=x&site=nosuch", json!({"id": ["Enter a whole number."], "site": choice("nosuch")})),
        ] {
            refused(nb.client().get(&format!("dcim/devices?{query}")), 400, says);
        }
    });
}

#[test]
fn bulk_writes_are_all_or_nothing() {
    both(|nb| {
        let (mark, ids, _guards) = tags(nb, 2);
        let tags = |method: Method, body: Value| nb.client().request(method, "extras/tags").json(&body);
        let count = || sent(nb.client().get(&format!("extras/tags?name__isw={mark}"))).1["count"].clone();
        let new = json!({"name": format!("{mark}-new"), "slug": format!("{mark}-new")});
        let errors = |detail: &str, errors: Value| json!({"detail": detail, "errors": errors});
        refused(
            tags(Method::POST, json!([new, {"name": ""}, 3])),
            400,
            errors(
                "2 of 3 objects could not be created.",
                json!([
                    {"index": 1, "errors": {"name": ["This field may not be blank."], "slug": ["This field is required."]}},
                    {"index": 2, "errors": {"__all__": ["Invalid data. Expected a dictionary, but got int."]}},
                ]),
            ),
        );
        assert_eq!(count(), 2, "nothing is kept");
        refused(
            tags(Method::PATCH, json!([{"id": ids[0], "description": "changed"}, {"id": ids[1], "description": "x".repeat(201)}])),
            400,
            errors(
                "1 of 2 objects could not be updated.",
                json!([{"id": ids[1], "errors": {"description": ["Ensure this field has no more than 200 characters."]}}]),
            ),
        );
        assert_eq!(sent(nb.client().get(&format!("extras/tags/{}", ids[0]))).1["description"], mark);
        refused(
            tags(Method::PATCH, json!([{"id": ids[0]}, {"id": 999_999}])),
            400,
            errors(
                "1 of 2 objects could not be found.",
                json!([{"id": 999_999, "errors": {"id": ["Object with ID 999999 does not exist"]}}]),
            ),
        );
        let twice = format!("Each object may be specified only once; ID {} is listed 2 times", ids[0]);
        refused(
            tags(Method::DELETE, json!([{"id": ids[0]}, {"id": ids[0]}])),
            400,
            errors("1 of 2 objects are listed more than once.", json!([{"id": ids[0], "errors": {"id": [twice]}}])),
        );
        refused(
            tags(Method::DELETE, json!([ids[0], {"id": "x"}, {}])),
            400,
            errors(
                "3 of 3 objects failed validation.",
                json!([
                    {"index": 0, "errors": {"__all__": ["Invalid data. Expected a dictionary, but got int."]}},
                    {"index": 1, "errors": {"id": ["A valid integer is required."]}},
                    {"index": 2, "errors": {"id": ["This field is required."]}},
                ]),
            ),
        );
        refused(tags(Method::PATCH, json!({"id": ids[0]})), 400, json!({"detail": "Expected a list of objects, but got dict."}));
        refused(nb.client().delete("extras/tags"), 400, json!({"detail": "Expected a list of objects, but no data was submitted."}));
        assert_eq!(sent(tags(Method::POST, json!([]))), (201, json!([])));
        assert_eq!(sent(tags(Method::PATCH, json!([]))), (200, json!([])));
        let (status, changed) = sent(tags(Method::PATCH, json!([{"id": ids[1], "color": "ff0000"}, {"id": ids[0], "color": "00ff00"}])));
        assert_eq!((status, changed.as_array().unwrap().len(), count()), (200, 2, json!(2)));
        let (status, put) = sent(tags(Method::PUT, json!([{"id": ids[0], "name": format!("{mark}-put"), "slug": format!("{mark}-put")}])));
        assert_eq!((status, &put[0]["color"]), (200, &json!("00ff00")));
        assert_eq!(tags(Method::DELETE, json!([{"id": ids[0]}, {"id": ids[1]}])).send().unwrap().status(), 204);
        assert_eq!(count(), 0);
    });
}

#[test]
fn a_change_needs_the_object_as_it_was_where_it_says_so() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let path = format!("dcim/sites/{}", site["id"]);
        let reply = nb.client().get(&path).send().unwrap();
        let etag = reply.header("etag").unwrap().to_owned();
        assert_eq!(etag, format!("W/\"{}+00:00\"", site["last_updated"].as_str().unwrap().trim_end_matches('Z')));
        let patch = |etag: &str| nb.client().patch(&path).header("If-Match", etag).json(&json!({"facility": "x"})).send().unwrap();
        let stale = patch(etag.trim_start_matches("W/"));
        assert_eq!((stale.status().as_u16(), body(&stale)), (412, json!({"detail": "Precondition failed."})), "it is compared as a text");
        assert_eq!(stale.header("etag"), Some(etag.as_str()));
        let fresh = patch(&etag);
        assert!(fresh.status() == 200 && fresh.header("etag").is_some_and(|new| new != etag));
        assert_eq!(patch(&etag).status(), 412);
        assert_eq!(patch("*").status(), 200);
        assert_eq!(nb.client().delete(&path).header("If-Match", &etag).send().unwrap().status(), 412);
        let list = nb.client().get("dcim/sites?limit=1").send().unwrap();
        assert_eq!((list.header("etag"), list.header("last-modified")), (None, None));
    });
}

#[test]
fn bodies_that_are_no_json_are_refused() {
    both(|nb| {
        let sites = |kind: &str, body: &str| nb.client().post("dcim/sites").body(kind, body.as_bytes().to_vec()).send().unwrap();
        let bad = sites("application/json", "{");
        assert!(bad.status() == 400 && body(&bad)["detail"].as_str().unwrap().starts_with("JSON parse error - "));
        let media = sites("text/x", "{}");
        assert_eq!((media.status().as_u16(), body(&media)), (415, json!({"detail": "Unsupported media type \"text/x\" in request."})));
        let large = sites("application/json", &" ".repeat(3 << 20));
        assert_eq!((large.status().as_u16(), body(&large)["exception"].clone()), (500, json!("RequestDataTooBig")));
    });
}

#[test]
fn methods_that_a_path_does_not_have_are_refused() {
    both(|nb| {
        let (site, _guard) = site(nb);
        for (method, path) in
            [("POST", format!("dcim/sites/{}", site["id"])), ("PUT", "status".to_owned()), ("GET", "users/tokens/provision".to_owned())]
        {
            let reply = nb.client().request(method.parse().unwrap(), &path).send().unwrap();
            assert_eq!((reply.status().as_u16(), body(&reply)), (405, json!({"detail": format!("Method \"{method}\" not allowed.")})));
        }
        let reply = nb.client().get("dcim/sites?limit=1").send().unwrap();
        assert_eq!(reply.header("allow"), Some("GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"));
    });
}

#[test]
fn head_and_options_answer() {
    both(|nb| {
        let head = nb.client().request(Method::HEAD, "dcim/sites?limit=1").send().unwrap();
        assert!(head.status() == 200 && head.bytes().is_empty() && head.header("content-length").is_some_and(|length| length != "0"));
        let (status, options) = sent(nb.client().request(Method::OPTIONS, "dcim/device-types"));
        assert_eq!((status, &options["name"]), (200, &json!("Device Type List")));
        let model = &options["actions"]["POST"]["model"];
        assert_eq!((&model["type"], &model["required"], &model["max_length"]), (&json!("string"), &json!(true), &json!(100)));
        assert_eq!(options["actions"]["POST"]["id"]["read_only"], json!(true));
        let choices = nb.dcim().sites().choices("status").unwrap();
        assert_eq!((choices.len(), &choices[0]["value"]), (5, &json!("planned")));
    });
}

#[test]
fn options_tell_what_is_below_an_object_whether_there_is_one_or_not() {
    both(|nb| {
        for (path, allow) in [
            ("ipam/prefixes/999999/available-ips", "GET, POST, HEAD, OPTIONS"),
            ("ipam/prefixes/1/available-prefixes", "GET, POST, HEAD, OPTIONS"),
            ("ipam/vlan-groups/1/available-vlans", "GET, POST, HEAD, OPTIONS"),
            ("ipam/asn-ranges/1/available-asns", "GET, POST, HEAD, OPTIONS"),
            ("dcim/racks/1/elevation", "GET, HEAD, OPTIONS"),
            ("dcim/interfaces/1/trace", "GET, HEAD, OPTIONS, TRACE"),
            ("circuits/circuit-terminations/1/paths", "GET, HEAD, OPTIONS"),
        ] {
            let reply = nb.client().request(Method::OPTIONS, path).send().unwrap();
            assert_eq!((reply.status().as_u16(), reply.header("allow")), (200, Some(allow)), "{path}");
            let described = body(&reply);
            let (name, says) = match path.rsplit('/').next().unwrap() {
                "available-ips" => ("IP Address", ""),
                "available-prefixes" => ("Prefix", ""),
                "available-vlans" => ("VLAN", ""),
                "available-asns" => ("ASN", ""),
                "elevation" => {
                    ("Rack", "Rack elevation representing the list of rack units. Also supports rendering the elevation as an SVG.")
                }
                "trace" => (
                    "Interface",
                    "Trace a complete cable path and return each segment as a three-tuple of (termination, cable, termination).",
                ),
                _ => ("Circuit Termination", "Return all CablePaths which traverse a given pass-through port."),
            };
            let parses = ["application/json", "multipart/form-data"];
            let all = json!({"name": name, "description": says, "renders": ["application/json", "text/html"], "parses": parses});
            assert_eq!(described, all, "{path}");
        }
    });
}

#[test]
fn every_refusal_of_a_token_is_a_403_with_the_version() {
    both(|nb| {
        let client = nb.client();
        let says = |client: &Client| {
            let reply = client.get("dcim/sites").send().unwrap();
            assert_eq!((reply.status().as_u16(), reply.version(), reply.header("www-authenticate")), (403, Some("4.7"), None));
            body(&reply)["detail"].as_str().unwrap().to_owned()
        };
        assert_eq!(says(&client.without_auth()), "Authentication credentials were not provided.");
        assert_eq!(says(&client.with_token(&Token::v2("nosuchkey123", "nosuchsecret").unwrap())), "Invalid v2 token");
        assert_eq!(says(&client.with_token(&Token::new("0000000000000000000000000000000000000000").unwrap())), "Invalid v1 token");
        let basic = client.without_auth().get("dcim/sites").header("Authorization", "Basic YTpi").send();
        // A client of this crate may refuse to carry another header of its own.
        if let Ok(reply) = basic {
            assert_eq!(body(&reply)["detail"], "Authentication credentials were not provided.");
        }
        for path in ["/api/", "dcim", "status"] {
            assert_eq!(client.without_auth().get(path).send().unwrap().status(), 403, "{path}");
        }
        assert_eq!(client.without_auth().get("dcim/nosuch").send().unwrap().status(), 404, "before the token comes the path");
    });
}

/// A user with a password, and what it takes to log in.
fn user(nb: &Api) -> (String, &'static str, Guard) {
    let (name, password) = (unique("mock"), "Xx12345678!abc");
    let (_, guard) = make(nb, "users/users", &json!({"username": name, "password": password}));
    (name, password, guard)
}

#[test]
fn tokens_are_provisioned_shown_once_and_taken_back() {
    both(|nb| {
        let (name, password, _user) = user(nb);
        let post = |body: Value| nb.client().without_auth().post("users/tokens/provision").json(&body);
        refused(post(json!({})), 400, json!({"username": ["This field is required."], "password": ["This field is required."]}));
        refused(post(json!({"username": name, "password": "wrong"})), 403, json!({"detail": "Invalid username/password"}));
        let (status, made) = sent(post(json!({"username": name, "password": password, "description": "d"})));
        assert_eq!(
            (status, &made["version"], &made["description"], &made["user"]["username"]),
            (201, &json!(2), &json!("d"), &json!(name))
        );
        let (key, secret) = (made["key"].as_str().unwrap(), made["token"].as_str().unwrap());
        assert_eq!((key.len(), secret.len()), (12, 40));
        let path = format!("users/tokens/{}", made["id"]);
        let (_, later) = sent(nb.client().get(&path));
        assert_eq!((&later["token"], &later["key"]), (&Value::Null, &json!(key)));
        let owner = nb.client().with_token(&Token::v2(key, secret).unwrap());
        let check = |client: &Client| sent(client.get("authentication-check"));
        assert_eq!(check(&owner).1["username"], json!(name));
        assert_eq!(sent(nb.client().patch(&path).json(&json!({"enabled": false}))).0, 200);
        assert_eq!(check(&owner), (403, json!({"detail": "Token disabled"})));
        assert_eq!(sent(nb.client().delete(&path)).0, 204);
        assert_eq!(check(&owner), (403, json!({"detail": "Invalid v2 token"})));
    });
}

#[test]
fn the_client_gets_tokens_of_both_versions() {
    both(|nb| {
        let (name, password, _user) = user(nb);
        for version in [1, 2] {
            let token = nb.client().create_token_with(&TokenRequest::new(&name, password).version(version)).unwrap();
            let client = nb.client().with_token(token.token());
            assert_eq!(sent(client.get("authentication-check")).1["username"], json!(name), "version {version}");
        }
    });
}

#[test]
fn a_token_that_may_only_read_reads() {
    both(|nb| {
        let (user, _user) = {
            let (name, password, guard) = user(nb);
            (
                nb.client()
                    .without_auth()
                    .post("users/tokens/provision")
                    .json(&json!({"username": name, "password": password, "write_enabled": false})),
                guard,
            )
        };
        let (_, made) = sent(user);
        let client = nb.client().with_token(&Token::v2(made["key"].as_str().unwrap(), made["token"].as_str().unwrap()).unwrap());
        refused(client.post("dcim/sites").json(&json!({})), 403, json!({"detail": "You do not have permission to perform this action."}));
    });
}

#[test]
fn the_roots_name_what_is_below_them() {
    both(|nb| {
        let (_, root) = sent(nb.client().get("/api/"));
        let (_, dcim) = sent(nb.client().get("dcim"));
        assert!(root["dcim"].as_str().unwrap().ends_with("/api/dcim/"), "{root}");
        assert!(root["status"].as_str().unwrap().ends_with("/api/status/") && root["plugins"].is_string());
        assert!(dcim["device-types"].as_str().unwrap().ends_with("/api/dcim/device-types/"), "{dcim}");
        let (_, status) = sent(nb.client().get("status"));
        assert!(status["netbox-version"].as_str().unwrap().starts_with("4.7."), "{status}");
        assert_eq!(nb.client().version().unwrap(), "4.7");
        assert!(nb.client().probe_connection().ok);
    });
}

#[test]
fn unknown_paths_are_pages_of_html() {
    both(|nb| {
        for path in ["dcim/nosuch", "nosuch/sites", "dcim/sites/1/nosuch"] {
            let reply = nb.client().get(path).send().unwrap();
            assert_eq!((reply.status().as_u16(), reply.header("content-type")), (404, Some("text/html; charset=utf-8")), "{path}");
        }
        assert_eq!(nb.client().get("/").send().unwrap_err().kind(), ErrorKind::Redirect, "the web root leads to a login page");
    });
}

#[test]
fn records_are_saved_with_what_was_changed() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let mut record = nb.dcim().devices().get(device["id"].as_u64().unwrap()).unwrap().unwrap();
        record.set("serial", "S1");
        assert!(record.save().unwrap());
        assert_eq!(record.str("serial"), Some("S1"));
        let found = nb.dcim().devices().get_by([("name", device["name"].as_str().unwrap())]).unwrap().unwrap();
        assert_eq!((found.id(), found.str("serial")), (record.id(), Some("S1")));
    });
}

#[test]
fn custom_fields_have_defaults_and_filters() {
    both(|nb| {
        let mark = unique("cf").replace('-', "_");
        let (_, _field) =
            make(nb, "extras/custom-fields", &json!({"name": mark, "type": "text", "object_types": ["dcim.region"], "default": "x"}));
        let (region, _region) = make(nb, "dcim/regions", &json!({"name": mark, "slug": mark}));
        assert_eq!(region["custom_fields"][&mark], json!("x"));
        let path = format!("dcim/regions/{}", region["id"]);
        let (_, region) = sent(nb.client().patch(&path).json(&json!({"custom_fields": {mark.as_str(): "abc"}})));
        assert_eq!(region["custom_fields"][&mark], json!("abc"));
        for (query, count) in [(format!("cf_{mark}=abc"), 1), (format!("cf_{mark}=zz"), 0), (format!("cf_{mark}__ic=B"), 1)] {
            assert_eq!(sent(nb.client().get(&format!("dcim/regions?name={mark}&{query}"))).1["count"], json!(count), "{query}");
        }
    });
}

#[test]
fn a_new_device_has_what_its_type_lists() {
    both(|nb| {
        let (old, _guards) = device(nb);
        let of_type = json!({"device_type": old["device_type"]["id"]});
        let template = |path: &str, mut body: Value| {
            body["device_type"] = of_type["device_type"].clone();
            make(nb, path, &body)
        };
        let _templates = [
            template("dcim/interface-templates", json!({"name": "eth0", "type": "1000base-t", "mgmt_only": true})),
            template(
                "dcim/interface-templates",
                json!({"name": "eth1", "type": "virtual", "enabled": false, "label": "L", "description": "d"}),
            ),
            template("dcim/power-port-templates", json!({"name": "psu0", "maximum_draw": 100})),
            template("dcim/module-bay-templates", json!({"name": "slot0", "position": "1"})),
        ];
        let body =
            json!({"name": unique("mock"), "site": old["site"]["id"], "role": old["role"]["id"], "device_type": of_type["device_type"]});
        let (new, _new) = make(nb, "dcim/devices", &body);
        let list = |path: &str, device: &Value, fields: &str| {
            sent(nb.client().get(&format!("{path}?device_id={}&fields={fields}", device["id"]))).1["results"].clone()
        };
        let shown = list("dcim/interfaces", &new, "name,type,mgmt_only,enabled,label,description");
        assert_eq!(
            shown,
            json!([
                {"name": "eth0", "type": {"value": "1000base-t", "label": "1000BASE-T (1GE)"}, "mgmt_only": true, "enabled": true, "label": "", "description": ""},
                {"name": "eth1", "type": {"value": "virtual", "label": "Virtual"}, "mgmt_only": false, "enabled": false, "label": "L", "description": ""},
            ])
        );
        assert_eq!(list("dcim/power-ports", &new, "name,maximum_draw"), json!([{"name": "psu0", "maximum_draw": 100}]));
        assert_eq!(list("dcim/module-bays", &new, "name,position"), json!([{"name": "slot0", "position": "1"}]));
        assert_eq!(list("dcim/interfaces", &old, "name"), json!([]), "older ones have not");
        let (_, read) = sent(nb.client().get(&format!("dcim/devices/{}", new["id"])));
        assert_eq!((&read["interface_count"], &read["power_port_count"]), (&json!(2), &json!(1)));
    });
}

#[test]
fn objects_of_any_type_are_shown_where_they_are_named() {
    both(|nb| {
        let (site, _guard) = site(nb);
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": site["name"]}));
        let body = json!({"prefix": "192.0.2.0/24", "vrf": vrf["id"], "scope_type": "dcim.site", "scope_id": site["id"]});
        let (prefix, _prefix) = make(nb, "ipam/prefixes", &body);
        assert_eq!((&prefix["scope"]["id"], &prefix["scope"]["slug"]), (&site["id"], &site["slug"]));
        assert_eq!(prefix["family"], json!({"value": 4, "label": "IPv4"}));
        refused(
            nb.client().post("ipam/prefixes").json(&json!({"prefix": "192.0.2.0/24", "scope_type": "dcim.nosuch", "scope_id": 1})),
            400,
            json!({"scope_type": ["Invalid content type: dcim.nosuch"]}),
        );
    });
}

/// Sends bytes to a mock and reads all that comes until it closes.
fn exchange(netbox: &NetBox, bytes: &str) -> String {
    let mut stream = TcpStream::connect(netbox.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    String::from_utf8(reply).unwrap()
}

fn authorization(netbox: &NetBox) -> String {
    format!("Host: nb.test:81\r\nAuthorization: Bearer {}\r\n", netbox.token())
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let netbox = NetBox::start().unwrap();
    let head = authorization(&netbox);
    let one = format!("GET /api/dcim/sites/ HTTP/1.1\r\n{head}\r\n");
    let last = format!("HEAD /api/dcim/sites/ HTTP/1.1\r\n{head}Connection: close\r\n\r\n");
    let reply = exchange(&netbox, &format!("{one}{one}{last}"));
    let body = r#"{"count":0,"next":null,"previous":null,"results":[]}"#;
    assert_eq!((reply.matches("HTTP/1.1 200 OK").count(), reply.matches(body).count()), (3, 2), "{reply}");
    assert!(
        reply.ends_with(&format!("content-length: {}\r\n\r\n", body.len()).to_lowercase())
            || reply.to_lowercase().ends_with("content-length: 52\r\n\r\n"),
        "{reply}"
    );
    assert!(reply.contains("Connection: keep-alive") && reply.contains("Connection: close"));
}

#[test]
fn the_host_that_is_asked_is_the_host_of_links() {
    let netbox = NetBox::start().unwrap();
    let reply = exchange(&netbox, &format!("GET /api/ HTTP/1.1\r\n{}Connection: close\r\n\r\n", authorization(&netbox)));
    assert!(reply.contains("\"dcim\":\"http://nb.test:81/api/dcim/\""), "{reply}");
}

#[test]
fn a_body_is_waited_for_asked_for_and_empty_where_it_comes_in_chunks() {
    let netbox = NetBox::start().unwrap();
    let head =
        format!("POST /api/extras/tags/ HTTP/1.1\r\n{}Content-Type: application/json\r\nConnection: close\r\n", authorization(&netbox));
    let body = r#"{"name":"a","slug":"a"}"#;
    let whole = exchange(&netbox, &format!("{head}Content-Length: {}\r\nExpect: 100-continue\r\n\r\n{body}", body.len()));
    assert!(whole.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n"), "{whole}");
    let chunked = exchange(&netbox, &format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n0\r\n\r\n", &body[..5]));
    assert!(chunked.starts_with("HTTP/1.1 400 ") && chunked.contains("This field is required."), "{chunked}");
}

#[test]
fn paths_without_a_slash_and_lines_without_an_end_are_what_they_are_to_netbox() {
    let netbox = NetBox::start().unwrap();
    let head = authorization(&netbox) + "Connection: close\r\n\r\n";
    let get = exchange(&netbox, &format!("GET /api/dcim/sites?limit=1 HTTP/1.1\r\n{head}"));
    assert!(get.starts_with("HTTP/1.1 301 ") && get.contains("location: /api/dcim/sites/?limit=1\r\n"), "{get}");
    let post = exchange(&netbox, &format!("POST /api/dcim/sites HTTP/1.1\r\n{head}"));
    assert!(post.starts_with("HTTP/1.1 404 ") && post.contains("text/html"), "{post}");
    let long = exchange(&netbox, &format!("GET /api/dcim/sites/?{} HTTP/1.1\r\n{head}", "id=1&".repeat(900)));
    assert!(long.starts_with("HTTP/1.1 400 ") && long.contains("Request Line is too large (4530 &gt; 4094)"), "{long}");
    assert!(exchange(&netbox, "nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

#[test]
fn a_mock_that_is_dropped_is_gone() {
    let netbox = NetBox::start().unwrap();
    let address = netbox.url().strip_prefix("http://").unwrap().to_owned();
    let mut open = TcpStream::connect(&address).unwrap();
    open.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // That the connection was accepted is known once it was answered.
    open.write_all(b"GET /api/ HTTP/1.1\r\n\r\n").unwrap();
    assert!(open.read(&mut [0; 4096]).unwrap() > 0);
    drop(netbox);
    assert!(matches!(open.read(&mut [0]), Ok(0) | Err(_)));
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn a_port_that_is_taken_is_told() {
    let netbox = NetBox::start().unwrap();
    let port: u16 = netbox.url().rsplit(':').next().unwrap().parse().unwrap();
    let error = NetBox::builder().port(port).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains(&format!("on port {port} of 127.0.0.1")), "{error}");
    drop(netbox);
    assert!(NetBox::builder().port(port).start().unwrap().url().ends_with(&format!(":{port}")));
}

fn handled(netbox: &NetBox, method: &str, path: &str, body: &Value) -> Response<Vec<u8>> {
    let keyword = if netbox.token().starts_with("nbt_") { "Bearer" } else { "Token" };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("Authorization", format!("{keyword} {}", netbox.token()))
        .header("Content-Type", "application/json")
        .body(if body.is_null() { Vec::new() } else { body.to_string().into_bytes() });
    netbox.handle(request.unwrap())
}

#[test]
fn a_request_without_a_socket_is_answered_as_one_over_it() {
    let netbox = NetBox::start().unwrap();
    for (method, path, header, status, says) in [
        ("HEAD", "/api/dcim/sites/".to_owned(), 1, 200, ""),
        ("GET", "/api/dcim/sites/".to_owned(), 1, 200, r#"{"count":0,"next":null,"previous":null,"results":[]}"#),
        ("GET", format!("/api/dcim/sites/?{}", "id=1&".repeat(900)), 1, 400, "Request Line is too large (4530 &gt; 4094)"),
        ("GET", "/api/dcim/sites/".to_owned(), 8181, 200, "results"),
        ("GET", "/api/dcim/sites/".to_owned(), 8182, 431, "Error parsing headers: &#x27;limit request headers fields size&#x27;"),
    ] {
        let value = "x".repeat(header);
        let request = Request::builder().method(method).uri(&path).header("Authorization", format!("Bearer {}", netbox.token()));
        let handled = netbox.handle(request.header("X-Big", &value).body(Vec::new()).unwrap());
        let bytes = format!("{method} {path} HTTP/1.1\r\n{}X-Big: {value}\r\nConnection: close\r\n\r\n", authorization(&netbox));
        let reply = exchange(&netbox, &bytes);
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        assert_eq!(handled.status(), status, "{method} {header}");
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert_eq!(String::from_utf8_lossy(handled.body()), body);
        assert!(body.contains(says), "{body}");
        assert!(
            format!("{head}\r\n").contains(&format!("content-length: {}\r\n", handled.headers()["content-length"].to_str().unwrap())),
            "{head}"
        );
    }
    let many = (0..101).fold(Request::get("/api/"), |request, number| request.header(format!("x-{number}"), "1"));
    assert_eq!(netbox.handle(many.body(Vec::new()).unwrap()).status(), 431);
    let lines: String = (0..101).map(|number| format!("x-{number}: 1\r\n")).collect();
    let reply = exchange(&netbox, &format!("GET /api/ HTTP/1.1\r\n{lines}\r\n"));
    assert!(reply.starts_with("HTTP/1.1 431 ") && reply.contains("&#x27;limit request headers fields&#x27;"), "{reply}");
}

fn read(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn every_resource_of_every_line_lists_and_refuses_an_empty_object() {
    let mut seen = 0;
    for line in ReleaseLine::ALL {
        let netbox = NetBox::builder().line(line).build().unwrap();
        let index = netbox_sdk::build_schema_index(line).unwrap();
        for (path, resource) in index.resources.iter().filter(|(_, resource)| !resource.object.is_empty()) {
            let list = handled(&netbox, "GET", &format!("/api/{path}/"), &Value::Null);
            let status = list.status().as_u16();
            assert!(
                status == 200 && read(&list)["results"].is_array()
                    || status == 501 && read(&list)["detail"].as_str().unwrap().contains(path),
                "{line} {path}"
            );
            assert_eq!(list.headers()["api-version"], line.to_string().as_str());
            let required: Vec<_> = resource.fields.iter().filter(|(_, field)| field.required).collect();
            if status == 200 && !required.is_empty() && resource.list.contains(&netbox_sdk::schema::Method::Post) {
                let refused = handled(&netbox, "POST", &format!("/api/{path}/"), &json!({}));
                assert_eq!(refused.status(), 400, "{line} {path}");
                for (name, field) in required {
                    let is_file = field.kind == netbox_sdk::schema::Kind::File;
                    let message = if is_file { "No file was submitted." } else { "This field is required." };
                    assert_eq!(read(&refused)[name], json!([message]), "{line} {path} {name}");
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 400, "{seen}");
}

#[test]
fn lines_differ_where_netbox_does() {
    let on = |line: ReleaseLine| NetBox::builder().line(line).build().unwrap();
    let (old, new) = (on(ReleaseLine::V4_4), on(ReleaseLine::V4_7));
    assert!(!old.token().starts_with("nbt_") && new.token().starts_with("nbt_"));
    let bodies = json!([{"name": "a", "slug": "a"}, {}]);
    let required = json!({"name": ["This field is required."], "slug": ["This field is required."]});
    assert_eq!(read(&handled(&old, "POST", "/api/extras/tags/", &bodies)), json!([{}, required]));
    assert_eq!(read(&handled(&new, "POST", "/api/extras/tags/", &bodies))["detail"], "1 of 2 objects could not be created.");
    for (netbox, etag) in [(&old, false), (&new, true)] {
        let made = handled(netbox, "POST", "/api/extras/tags/", &json!({"name": "a", "slug": "a"}));
        assert_eq!((made.status().as_u16(), made.headers().contains_key("etag")), (201, etag));
        let page = read(&handled(netbox, "GET", "/api/extras/tags/?start=0", &Value::Null));
        assert_eq!(page["count"].is_null(), etag, "{page}");
    }
    assert_eq!(read(&handled(&old, "GET", "/api/status/", &Value::Null))["netbox-version"], "4.4.10");
}

#[test]
fn a_token_that_the_line_cannot_have_is_refused() {
    let start = |line: ReleaseLine, token: &str| NetBox::builder().line(line).token(token).start();
    let error = start(ReleaseLine::V4_4, "nbt_abc.def").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().starts_with("NetBox 4.4 has no tokens that begin with nbt_: they came with 4.5"), "{error}");
    assert_eq!(start(ReleaseLine::V4_7, "nbt_abc").unwrap_err().kind(), ErrorKind::Config, "without a secret");
    for (line, token) in [(ReleaseLine::V4_4, "abc"), (ReleaseLine::V4_5, "abc"), (ReleaseLine::V4_5, "nbt_abc.def")] {
        let netbox = start(line, token).unwrap();
        assert_eq!(api(&netbox.url(), token).unwrap().dcim().sites().all().count().unwrap(), 0, "{line} {token}");
    }
}

#[test]
fn what_the_mock_lacks_is_named() {
    let netbox = NetBox::builder().seed(Demo::small()).build().unwrap();
    for (method, path, name) in [
        ("GET", "/api/schema/", "schema"),
        ("GET", "/api/extras/scripts/", "extras/scripts"),
        ("GET", "/api/core/background-queues/", "core/background-queues"),
        ("GET", "/api/users/config/", "users/config"),
        ("GET", "/api/dcim/racks/1/elevation/?render=svg", "drawing of elevations"),
        ("GET", "/api/dcim/interfaces/1/trace/?render=svg", "drawing of traces"),
        ("POST", "/api/dcim/devices/1/render-config/", "render-config of dcim/devices"),
        ("GET", "/graphql/?query={__schema{queryType{name}}}", "GraphQL introspection"),
        ("GET", "/graphql/?query={site_list(filters:{name:{regex:%22x%22}}){id}}", "GraphQL lookup regex"),
        ("GET", "/api/dcim/devices/?name__regex=x", "filter name__regex of dcim/devices"),
        ("GET", "/api/ipam/vlans/?available_on_device=1", "filter available_on_device of ipam/vlans"),
        ("GET", "/api/dcim/devices/?export=x", "parameter export"),
    ] {
        let reply = handled(&netbox, method, path, &Value::Null);
        assert_eq!(
            (reply.status().as_u16(), read(&reply)),
            (501, json!({"detail": format!("The mock of NetBox has no {name}.")})),
            "{path}"
        );
    }
}

#[test]
fn pages_are_cut_at_the_most_without_a_word() {
    let netbox = NetBox::builder().page_max(3).seed(Demo::campus(8)).start().unwrap();
    let nb = api(&netbox.url(), netbox.token()).unwrap();
    let (_, page) = sent(nb.client().get("dcim/devices?limit=100"));
    assert_eq!((page["results"].as_array().unwrap().len(), &page["count"]), (3, &json!(8)));
    assert!(page["next"].as_str().unwrap().ends_with("?limit=3&offset=3"), "{}", page["next"]);
    assert_eq!(nb.dcim().devices().all().iter().count(), 8);
    assert_eq!(sent(nb.client().get("dcim/devices?limit=0")).1["results"].as_array().unwrap().len(), 3);
}

#[test]
fn faults_strike_the_request_that_they_are_for() {
    let netbox = NetBox::builder().seed(Demo::small()).start().unwrap();
    let client =
        Client::new(Config::builder(netbox.url()).token(netbox.token()).retries(netbox_sdk::Retries::max(0)).build().unwrap()).unwrap();
    let get = || client.get("dcim/devices?limit=5").send();
    netbox.fail(Fault::bad_gateway().on_path("/api/dcim/devices/").on_request(2));
    client.get("dcim/sites").send().unwrap();
    assert_eq!([get(), get(), get()].map(|reply| reply.unwrap().status().as_u16()), [200, 502, 200]);
    netbox.fail(Fault::unavailable(Duration::from_secs(7)).times(2));
    let busy = get().unwrap();
    assert_eq!((busy.status().as_u16(), busy.header("retry-after")), (503, Some("7")));
    assert_eq!([get(), get()].map(|reply| reply.unwrap().status().as_u16()), [503, 200]);
    netbox.fail(Fault::html());
    let page = get().unwrap();
    assert!(page.status() == 200 && page.header("content-type") == Some("text/html") && page.json::<Value>().is_err());
    netbox.fail(Fault::truncated());
    let cut = get().unwrap();
    assert!(cut.status() == 200 && cut.header("content-type") == Some("application/json") && cut.json::<Value>().is_err());
    for fault in [Fault::drop_request(), Fault::drop_before_reply(), Fault::drop_within_reply()] {
        netbox.fail(fault);
        let error = get().and_then(|reply| reply.json::<Value>().map(drop)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ConnectionLost), "{error:?}");
    }
    netbox.fail(Fault::delay(Duration::from_millis(150)));
    let start = Instant::now();
    assert_eq!(get().unwrap().status(), 200);
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[test]
fn faults_are_for_a_method_and_a_path_and_those_that_did_not_happen_are_told() {
    let netbox = NetBox::builder().seed(Demo::small()).start().unwrap();
    let client =
        Client::new(Config::builder(netbox.url()).token(netbox.token()).retries(netbox_sdk::Retries::none()).build().unwrap()).unwrap();
    for path in ["dcim/sites/", "/api/dcim/sites/", "api/dcim/sites"] {
        netbox.fail(Fault::bad_gateway().on_path(path).on_method(Method::PATCH));
    }
    netbox.fail(Fault::html().on_path("dcim/sites/").on_request(5));
    assert_eq!(client.get("dcim/sites").send().unwrap().status(), 200);
    assert_eq!(client.get("dcim/racks").send().unwrap().status(), 200);
    assert_eq!(netbox.pending_faults().len(), 4);
    for pending in [3, 2, 1] {
        assert_eq!(client.patch("dcim/sites/1").json(&json!({"facility": "x"})).send().unwrap().status(), 502);
        assert_eq!(netbox.pending_faults().len(), pending, "{:?}", netbox.pending_faults());
    }
    netbox.reset();
    assert!(netbox.pending_faults().is_empty());
}

#[test]
fn faults_of_one_request_come_one_after_the_other() {
    let netbox = NetBox::start().unwrap();
    let client =
        Client::new(Config::builder(netbox.url()).token(netbox.token()).retries(netbox_sdk::Retries::none()).build().unwrap()).unwrap();
    let get = || client.get("dcim/sites").send().map(|reply| reply.status().as_u16()).unwrap_or_default();
    let pending = || netbox.pending_faults().len();
    netbox.fail(Fault::unavailable(Duration::from_millis(1)));
    netbox.fail(Fault::delay(Duration::from_millis(1)));
    netbox.fail(Fault::drop_before_reply());
    netbox.fail(Fault::bad_gateway().times(2));
    netbox.fail(Fault::html().times(0));
    assert_eq!((get(), pending()), (503, 2), "the delay went with it");
    assert_eq!((get(), pending()), (0, 1));
    assert_eq!((get(), pending()), (502, 1), "it is to happen once more");
    assert_eq!((get(), pending(), get()), (502, 0, 200));
}

#[test]
fn another_user_who_is_refused_is_told() {
    let netbox = NetBox::builder().seed(Demo::small()).start().unwrap();
    let client = Client::new(Config::builder(netbox.url()).token(netbox.token()).build().unwrap()).unwrap();
    netbox.fail(Fault::other_user(Request::delete("/api/dcim/devices/1/").body(Vec::new()).unwrap()));
    netbox.fail(Fault::other_user(Request::delete("/api/dcim/sites/1/").body(Vec::new()).unwrap()));
    assert_eq!(sent(client.get("dcim/devices")).1["count"], 11);
    let pending = netbox.pending_faults();
    let refusals: Vec<&str> = pending.iter().filter_map(Fault::refusal).collect();
    assert!(matches!(refusals.as_slice(), [one] if one.starts_with("DELETE /api/dcim/sites/1/ was refused with 409: {")), "{refusals:?}");
}

#[test]
fn a_stale_reply_is_the_latest_that_the_same_read_got() {
    let netbox = NetBox::builder().seed(Demo::small()).start().unwrap();
    let client = Client::new(Config::builder(netbox.url()).token(netbox.token()).build().unwrap()).unwrap();
    let facility = |client: &Client| sent(client.get("dcim/sites/1")).1["facility"].clone();
    let change = |facility: &str| assert_eq!(sent(client.patch("dcim/sites/1").json(&json!({"facility": facility}))).0, 200);
    netbox.fail(Fault::stale());
    assert_eq!(facility(&client), "", "there is none yet");
    change("first");
    assert_eq!([facility(&client), facility(&client)], ["", "first"]);
    change("second");
    netbox.fail(Fault::stale());
    let provisioned = sent(client.post("users/tokens/provision").json(&json!({"username": "admin", "password": "admin"}))).1;
    let key = provisioned["key"].as_str().unwrap();
    let other = client.with_token(&Token::v2(key, provisioned["token"].as_str().unwrap()).unwrap());
    assert_eq!(facility(&other), "second", "no other token's");
    assert_eq!(sent(client.get("dcim/sites/1?fields=facility")).1, json!({"facility": "second"}), "no other query's");
    assert_eq!([facility(&client), facility(&client)], ["first", "second"]);
    netbox.fail(Fault::truncated());
    assert!(client.get("dcim/sites/2").send().unwrap().json::<Value>().is_err());
    netbox.fail(Fault::stale());
    assert_eq!(sent(client.get("dcim/sites/2")).1["slug"], "par", "what did not arrive whole is none");
}

#[test]
fn a_write_whose_reply_is_lost_was_done_and_one_that_is_lost_was_not() {
    let netbox = NetBox::start().unwrap();
    let client = Client::new(Config::builder(netbox.url()).token(netbox.token()).build().unwrap()).unwrap();
    for (fault, name, kept) in [(Fault::drop_request(), "a", 0), (Fault::drop_before_reply(), "b", 1), (Fault::drop_within_reply(), "c", 1)]
    {
        netbox.fail(fault.on_path("/api/extras/tags/"));
        let error = client.post("extras/tags").json(&json!({"name": name, "slug": name})).send().unwrap_err();
        assert!(error.may_have_been_sent(), "{error}");
        assert_eq!(sent(client.get(&format!("extras/tags?slug={name}"))).1["count"], kept, "{name}");
    }
    let posts = netbox.requests().iter().filter(|request| request.method() == Method::POST).count();
    assert_eq!(posts, 3, "a write is not repeated");
}

#[test]
fn retries_get_over_what_passes() {
    let netbox = NetBox::builder().seed(Demo::small()).start().unwrap();
    let client = Client::new(impatient(&netbox.url()).token(netbox.token()).build().unwrap()).unwrap();
    netbox.fail(Fault::bad_gateway());
    netbox.fail(Fault::drop_request().on_request(2));
    assert_eq!(client.get("dcim/sites").send().unwrap().status(), 200);
    assert_eq!(netbox.requests().len(), 3);
}

#[test]
fn another_user_between_two_pages_makes_offsets_lie_and_keys_not() {
    let run = |nb: &Api, netbox: &NetBox| {
        let delete = Request::delete("/api/dcim/devices/1/").body(Vec::new()).unwrap();
        netbox.fail(Fault::other_user(delete).on_path("/api/dcim/devices/").on_request(2));
        nb.dcim().devices().all().iter().filter_map(Result::ok).count()
    };
    let netbox = NetBox::builder().page_max(4).seed(Demo::campus(12)).start().unwrap();
    let nb = api(&netbox.url(), netbox.token()).unwrap();
    assert_eq!(run(&nb, &netbox), 12, "the one that was deleted was read before, and no other is lost");
    let netbox = NetBox::builder().page_max(4).seed(Demo::campus(12)).start().unwrap();
    let delete = Request::delete("/api/dcim/devices/1/").body(Vec::new()).unwrap();
    netbox.fail(Fault::other_user(delete).on_request(2));
    let nb = api(&netbox.url(), netbox.token()).unwrap();
    let mut seen = 0;
    let mut next = Some("dcim/devices?limit=4&ordering=id".to_owned());
    while let Some(path) = next {
        let (_, page) = sent(nb.client().get(&path));
        seen += page["results"].as_array().unwrap().len();
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 11, "one was skipped");
}

#[test]
fn the_journal_has_what_arrived() {
    let netbox = NetBox::builder().token("nbt_abc.def").start().unwrap();
    let nb = api(&netbox.url(), netbox.token()).unwrap();
    nb.extras().tags().create(json!({"name": "a", "slug": "a"})).unwrap();
    let requests = netbox.requests();
    let last = requests.last().unwrap();
    assert_eq!((last.method(), last.uri().path()), (&Method::POST, "/api/extras/tags/"));
    assert_eq!(last.headers()["authorization"], "Bearer nbt_abc.def");
    assert_eq!(serde_json::from_slice::<Value>(last.body()).unwrap(), json!({"name": "a", "slug": "a"}));
    netbox.reset();
    assert!(netbox.requests().is_empty());
}

#[test]
fn a_journal_sees_what_a_raw_server_sees() {
    let netbox = NetBox::start().unwrap();
    let raw = RawServer::start(|_, connection| {
        if connection.read_request().is_some() {
            connection.reply("200 OK", "Connection: close\r\n", "{}");
        }
    });
    for url in [netbox.url(), raw.url()] {
        let client = Client::new(Config::builder(url).token(netbox.token()).build().unwrap()).unwrap();
        client.get("dcim/sites?name=a b&tag=é").send().unwrap();
    }
    let own = netbox.requests()[0].uri().to_string();
    assert!(raw.requests()[0].starts_with(&format!("GET {own} HTTP/1.1\r\n")), "{own}");
}

#[test]
fn a_demo_is_planted_whole_on_every_line() {
    for line in ReleaseLine::ALL {
        let netbox = NetBox::builder().line(line).seed(Demo::campus(40)).build().unwrap();
        for (path, count) in [
            ("dcim/sites", 8),
            ("dcim/regions", 2),
            ("dcim/racks", 8),
            ("dcim/devices", 40),
            ("dcim/interfaces", 80),
            ("ipam/prefixes", 16),
            ("ipam/vlans", 24),
            ("ipam/ip-addresses", 40),
            ("dcim/device-types", 3),
            ("dcim/device-roles", 4),
            ("extras/tags", 2),
        ] {
            let page = read(&handled(&netbox, "GET", &format!("/api/{path}/"), &Value::Null));
            assert_eq!(page["count"], count, "{line} {path}");
        }
        let device = read(&handled(&netbox, "GET", "/api/dcim/devices/1/", &Value::Null));
        assert_eq!(
            (&device["site"]["slug"], &device["role"]["slug"], &device["status"]["value"]),
            (&json!("lon"), &json!("leaf-switch"), &json!("active")),
            "{line}"
        );
    }
}

#[test]
fn the_facade_pages_through_a_campus() {
    let netbox = NetBox::builder().seed(Demo::campus(2_500)).start().unwrap();
    let nb = api(&netbox.url(), netbox.token()).unwrap();
    let ids: Vec<u64> = nb.dcim().devices().all().fields(["id", "name"]).iter().map(|device| device.unwrap().id()).collect();
    assert_eq!(ids, (1..=2_500).collect::<Vec<_>>());
    let of_site = nb.dcim().devices().filter([("site", "par"), ("site", "ber")]).fields(["id"]).iter().count();
    assert_eq!(of_site, 626);
}

#[test]
fn bulk_writes_whose_etag_does_not_fit_change_nothing() {
    both(|nb| {
        let ((first, _first), (second, _second)) = (site(nb), site(nb));
        let etag = nb.client().get(&format!("dcim/sites/{}", first["id"])).send().unwrap().header("etag").unwrap().to_owned();
        let all = json!([{"id": first["id"], "facility": "x"}, {"id": second["id"], "facility": "x"}]);
        for method in [Method::PATCH, Method::DELETE] {
            let request = nb.client().request(method, "dcim/sites").header("If-Match", &etag).json(&all);
            refused(request, 412, json!({"detail": "Precondition failed."}));
            assert_eq!(sent(nb.client().get(&format!("dcim/sites/{}", first["id"]))), (200, first.clone()));
        }
    });
}

#[test]
fn tags_are_added_and_taken_away() {
    let (_netbox, nb) = in_memory(NetBox::builder().seed(Demo::small()));
    let site = nb.dcim().sites().get(1).unwrap().unwrap();
    let change = |body: Value| sent(nb.client().patch("dcim/sites/1").json(&body));
    let tags = |reply: Value| reply["tags"].as_array().unwrap().iter().map(|tag| tag["slug"].clone()).collect::<Vec<_>>();
    assert_eq!(site.get("tags").unwrap()[0]["slug"], "production");
    assert_eq!(tags(change(json!({"add_tags": [{"slug": "lab"}]})).1), ["lab", "production"]);
    assert_eq!(tags(change(json!({"add_tags": [2], "remove_tags": [1]})).1), ["lab"]);
    let refused = json!({"tags": ["Cannot specify \"tags\" together with \"add_tags\" or \"remove_tags\"."]});
    assert_eq!(change(json!({"tags": [1], "add_tags": [2]})), (400, refused));
    let refused = json!({"remove_tags": ["Tags may not be present in both \"add_tags\" and \"remove_tags\": lab"]});
    assert_eq!(change(json!({"add_tags": [2], "remove_tags": [2]})), (400, refused));
    assert_eq!(nb.dcim().sites().filter([("tag", "lab")]).count().unwrap(), 1);
}

#[test]
fn selections_of_custom_fields_have_labels_since_4_7() {
    for (line, shown) in [(ReleaseLine::V4_6, json!("a")), (ReleaseLine::V4_7, json!({"value": "a", "label": "A"}))] {
        let netbox = NetBox::builder().line(line).start().unwrap();
        let nb = api(&netbox.url(), netbox.token()).unwrap();
        let set = nb.extras().custom_field_choice_sets().create(json!({"name": "two", "extra_choices": [["a", "A"], ["b", "B"]]})).unwrap();
        for (name, kind) in [("one", "select"), ("many", "multiselect")] {
            let field = json!({"name": name, "type": kind, "object_types": ["dcim.site"], "choice_set": set.id()});
            nb.extras().custom_fields().create(field).unwrap();
        }
        let body = json!({"name": "x", "slug": "x", "custom_fields": {"one": "a", "many": ["a"]}});
        let site = nb.dcim().sites().create(body).unwrap().to_value();
        assert_eq!(site["custom_fields"], json!({"one": shown, "many": [shown]}), "{line}");
        assert_eq!(nb.dcim().sites().filter([("cf_one", "a")]).count().unwrap(), 1);
    }
}

#[test]
fn small_things_are_as_in_netbox() {
    let (netbox, nb) = in_memory(NetBox::builder().seed(Demo::small()));
    let client = nb.client();
    let count = |query: &str| sent(client.get(&format!("dcim/sites?{query}"))).1["count"].clone();
    assert_eq!((count("q=%20lon%20"), count("q=%20")), (json!(1), json!(2)));
    let kept = client.patch("dcim/sites/1").header("If-Match", "").json(&json!({"facility": "x"}));
    assert_eq!(sent(kept).0, 200);
    assert_eq!(sent(client.get("/api/status/")).1["rq-workers-running"], 1);
    let anyone = client.without_auth();
    assert_eq!(sent(anyone.get("schema")).0, 501);
    let twice = exchange(&netbox, &format!("GET /api/dcim/sites// HTTP/1.1\r\n{}Connection: close\r\n\r\n", authorization(&netbox)));
    assert!(twice.starts_with("HTTP/1.1 404 "), "{twice}");
}
