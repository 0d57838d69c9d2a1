//! What lists find, and in which order.

use netbox_sdk::Api;
use netbox_sdk::mock::NetBox;
use serde_json::{Value, json};

use super::{both, device, make, sent};
use crate::live::unique;

fn listed(nb: &Api, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
    sent(query.iter().fold(nb.client().get(path), |request, (name, value)| request.query(*name, value)))
}

fn count(nb: &Api, path: &str, query: &[(&str, &str)]) -> Value {
    let (status, body) = listed(nb, path, query);
    assert_eq!(status, 200, "{query:?}: {body}");
    body["count"].clone()
}

#[test]
fn lengths_of_masks_are_compared_as_numbers() {
    both(|nb| {
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": unique("mock")}));
        let id = vrf["id"].to_string();
        let made = ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24"];
        let _made: Vec<_> = made.iter().map(|prefix| make(nb, "ipam/prefixes", &json!({"prefix": prefix, "vrf": vrf["id"]}))).collect();
        for (filter, value, found) in [("mask_length__gte", "16", 2), ("mask_length__lte", "8", 1), ("mask_length", "16", 1)] {
            assert_eq!(count(nb, "ipam/prefixes", &[("vrf_id", &id), (filter, value)]), found, "{filter}={value}");
        }
        assert_eq!(count(nb, "ipam/prefixes", &[("vrf_id", &id), ("site_id", "null")]), 3);
        let (_, page) = listed(nb, "ipam/prefixes", &[("vrf_id", &id), ("ordering", "-_depth")]);
        assert_eq!(page["results"][0]["prefix"], "10.0.0.0/24");
    });
}

#[test]
fn numbers_and_moments_that_cannot_be_are_answered_as_netbox_does() {
    both(|nb| {
        let name = unique("mock");
        let (tag, _tag) = make(nb, "extras/tags", &json!({"name": name, "slug": name}));
        let (_, _site) = make(nb, "dcim/sites", &json!({"name": name, "slug": name, "tags": [tag["id"]]}));
        let huge = "99999999999999999999";
        for parameter in ["offset", "start"] {
            let (status, page) = listed(nb, "dcim/sites", &[("slug", &name), (parameter, huge)]);
            assert_eq!((status, &page["results"]), (200, &json!([])), "{parameter}");
        }
        assert_eq!(count(nb, "dcim/sites", &[("slug", &name), ("limit", huge)]), 1);
        assert_eq!(count(nb, "dcim/sites", &[("id", huge)]), 0);
        assert_eq!(count(nb, "dcim/sites", &[("slug", &name), ("tag", "null")]), 0);
        assert_eq!(count(nb, "dcim/sites", &[("slug", &name), ("tag_id", "null")]), 0);
        for wrong in ["2020-13-45", "2020-02-30", "2020-01-05T25:00"] {
            assert_eq!(
                listed(nb, "dcim/sites", &[("created__gte", wrong)]),
                (400, json!({"created__gte": ["Enter a valid date/time."]})),
                "{wrong}"
            );
        }
        assert_eq!(listed(nb, "dcim/sites", &[("format", "xml")]), (404, json!({"detail": "Not found."})));
        let reply = nb.client().post("dcim/sites").json(&json!({"name": "a\u{0}", "slug": "a"})).send().unwrap();
        assert_eq!(reply.json::<Value>().unwrap(), json!({"name": ["Null characters are not allowed."]}));
    });
}

#[test]
fn custom_fields_that_came_later_are_read_and_found() {
    both(|nb| {
        let name = unique("mock");
        let key = name.replace('-', "_");
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": name, "slug": name}));
        let field = |suffix: &str, r#type: &str, more: Value| {
            let mut body = json!({"name": format!("{key}{suffix}"), "type": r#type, "object_types": ["dcim.site"]});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            make(nb, "extras/custom-fields", &body)
        };
        let _fields = [
            field("t", "text", json!({"default": "Foobar"})),
            field("b", "boolean", json!({"default": true})),
            field("i", "integer", json!({})),
            field("o", "object", json!({"related_object_type": "dcim.site"})),
        ];
        let path = format!("dcim/sites/{}", site["id"]);
        let custom = json!({"custom_fields": {format!("{key}o"): site["id"]}});
        assert_eq!(sent(nb.client().patch(&path).json(&custom)).0, 200);
        let (_, read) = sent(nb.client().get(&path));
        let values = &read["custom_fields"];
        assert_eq!((&values[format!("{key}t")], &values[format!("{key}b")]), (&json!("Foobar"), &json!(true)));
        assert_eq!(values[format!("{key}o")]["display"], json!(name));
        let found = |suffix: &str, value: &str| count(nb, "dcim/sites", &[("slug", &name), (&format!("cf_{key}{suffix}"), value)]);
        assert_eq!((found("t", "oob"), found("t", "x"), found("b", "True"), found("b", "false")), (json!(1), json!(0), json!(1), json!(0)));
        assert_eq!(listed(nb, "dcim/sites", &[(&format!("cf_{key}i"), "abc")]).0, 400);
    });
}

#[test]
fn branches_are_refused_by_name() {
    let netbox = NetBox::builder().build().unwrap();
    let answer = |path: &str, branch: &str| {
        let request = netbox_sdk::http::Request::get(path)
            .header("Authorization", format!("Bearer {}", netbox.token()))
            .header("X-NetBox-Branch", branch);
        netbox.handle(request.body(Vec::new()).unwrap()).status().as_u16()
    };
    assert_eq!(answer("/api/dcim/sites/", "nope"), 501);
    assert_eq!(answer("/api/dcim/sites/?_branch=nope", ""), 501);
    assert_eq!(answer("/api/plugins/branching/branches/", ""), 501);
    assert_eq!(answer("/api/api/", ""), 404);
    assert_eq!(answer("/api/dcim/sites/", ""), 200);
}

#[test]
fn what_is_counted_only_where_it_is_shown_orders_nothing_else() {
    both(|nb| {
        let name = unique("mock");
        let (_, _site) = make(nb, "dcim/sites", &json!({"name": name, "slug": name}));
        for (query, keyword) in [
            ("ordering=device_count", None),
            ("ordering=-device_count&fields=name,device_count", None),
            ("ordering=device_count&brief=true", Some("device_count")),
            ("ordering=name,-rack_count&fields=name", Some("rack_count")),
            ("ordering=device_count&omit=device_count", Some("device_count")),
        ] {
            let (status, body) = sent(nb.client().get(&format!("dcim/sites?name={name}&{query}")));
            let error = body["error"].as_str().unwrap_or_default();
            match keyword {
                None => assert_eq!((status, &body["count"]), (200, &json!(1)), "{query}"),
                Some(keyword) => {
                    assert_eq!((status, &body["exception"]), (500, &json!("FieldError")), "{query}: {body}");
                    assert!(error.starts_with(&format!("Cannot resolve keyword '{keyword}' into field.")), "{error}");
                }
            }
        }
        let (status, page) = sent(nb.client().get("dcim/device-types?ordering=device_count&brief=true&limit=1"));
        assert_eq!(status, 200, "it is kept with the object: {page}");
    });
}

#[test]
fn no_choice_is_one_where_netbox_says_so() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let name = ("name", device["name"].as_str().unwrap());
        let found = |query: &[(&str, &str)]| count(nb, "dcim/devices", &[&[name], query].concat());
        let (null, choice) = (("cooling_method", "null"), ("cooling_method", "air"));
        assert_eq!([found(&[null]), found(&[choice]), found(&[choice, null]), found(&[null, choice])], [1, 0, 1, 0]);
        assert_eq!(found(&[("cooling_method__n", "null")]), 0);
        assert_eq!(found(&[("cooling_method", "nosuch"), null]), 1, "the last one counts");
        assert_eq!(listed(nb, "dcim/devices", &[name, ("face", "null")]).0, 200);
        let none = |value: &str| json!([format!("Select a valid choice. {value} is not one of the available choices.")]);
        assert_eq!(listed(nb, "dcim/devices", &[("face", "nosuch")]), (400, json!({"face": none("nosuch")})));
        assert_eq!(listed(nb, "dcim/devices", &[("status", "null")]), (400, json!({"status": none("null")})));
    });
}
