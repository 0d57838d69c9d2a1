//! Racks, cables, and the paths along them.

use netbox_sdk::http::Method;
use netbox_sdk::{Api, Record};
use serde_json::{Value, json};

use super::{both, device, make, names, refused, sent};
use crate::live::{Guard, unique};

/// A second device beside one.
fn beside(nb: &Api, device: &Value) -> (Value, Guard) {
    let id = |name: &str| device[name]["id"].clone();
    make(nb, "dcim/devices", &json!({"name": unique("beside"), "site": id("site"), "device_type": id("device_type"), "role": id("role")}))
}

fn interface(nb: &Api, device: &Value, name: &str) -> Value {
    component(nb, "dcim/interfaces", device, json!({"name": name, "type": "1000base-t"}))
}

/// It goes with its device.
fn component(nb: &Api, path: &str, device: &Value, mut body: Value) -> Value {
    body["device"] = device["id"].clone();
    let (status, made) = sent(nb.client().post(path).json(&body));
    assert_eq!(status, 201, "{made}");
    made
}

fn end(object_type: &str, object: &Value) -> Value {
    json!([{"object_type": object_type, "object_id": object["id"]}])
}

fn cable(nb: &Api, a: (&str, &Value), b: (&str, &Value)) -> (Value, Guard) {
    make(nb, "dcim/cables", &json!({"a_terminations": end(a.0, a.1), "b_terminations": end(b.0, b.1)}))
}

const INTERFACE: &str = "dcim.interface";

#[test]
fn an_elevation_has_half_units_from_the_top_down() {
    both(|nb| {
        let name = unique("mock");
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": name, "slug": name}));
        let (rack, _rack) = make(nb, "dcim/racks", &json!({"name": name, "site": site["id"], "u_height": 2}));
        let path = format!("dcim/racks/{}/elevation", rack["id"]);
        let (status, units) = sent(nb.client().get(&path));
        assert_eq!((status, &units["count"], &units["next"], &units["previous"]), (200, &json!(4), &Value::Null, &Value::Null));
        assert_eq!(names(&units), ["U2.5", "U2", "U1.5", "U1"]);
        let front = json!({"value": "front", "label": "Front"});
        let unit =
            json!({"id": 2.5, "name": "U2.5", "face": front, "device": null, "occupied": false, "display": "U2.5", "description": null});
        assert_eq!(units["results"][0], unit);
        let (_, page) = sent(nb.client().get(&format!("{path}?limit=3&face=rear")));
        assert_eq!((names(&page), &page["results"][0]["face"]["label"]), (vec!["U2.5", "U2", "U1.5"], &json!("Rear")));
        assert!(page["next"].as_str().unwrap().ends_with(&format!("/api/{path}/?face=rear&limit=3&offset=3")), "{page}");
        assert_eq!(names(&sent(nb.client().get(&format!("{path}?q=u1"))).1), ["U1.5", "U1"]);
        refused(nb.client().get(&format!("{path}?face=top")), 400, json!({"face": ["\"top\" is not a valid choice."]}));
        assert_eq!(
            sent(nb.client().patch(&format!("dcim/racks/{}", rack["id"])).json(&json!({"desc_units": true, "starting_unit": 5}))).0,
            200
        );
        assert_eq!(names(&sent(nb.client().get(&path)).1), ["U5", "U5.5", "U6", "U6.5"]);
    });
}

#[test]
fn a_device_occupies_the_units_that_it_is_high() {
    both(|nb| {
        let (device, guards) = device(nb);
        let change = |path: &str, id: &Value, body: Value| assert_eq!(sent(nb.client().patch(&format!("{path}/{id}")).json(&body)).0, 200);
        change("dcim/device-types", &device["device_type"]["id"], json!({"u_height": 1.5, "is_full_depth": false}));
        let (rack, _rack) = make(nb, "dcim/racks", &json!({"name": device["name"], "site": device["site"]["id"], "u_height": 4}));
        change("dcim/devices", &device["id"], json!({"rack": rack["id"], "position": 2, "face": "rear"}));
        let record = nb.dcim().racks().get(rack["id"].as_u64().unwrap()).unwrap().unwrap();
        let held = |face: &str| {
            let units = record.elevation().face(face).iter().map(Result::unwrap);
            units.filter(|unit| unit.bool("occupied") == Some(true)).map(|unit| unit.str("name").unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((held("rear"), held("front")), (vec!["U3".to_owned(), "U2.5".to_owned(), "U2".to_owned()], vec![]));
        let (_, unit) = sent(nb.client().get(&format!("dcim/racks/{}/elevation?face=rear&q=2.5", rack["id"])));
        assert_eq!((&unit["results"][0]["device"]["id"], &unit["results"][0]["description"]), (&device["id"], &device["name"]));
        let (_, bottom) = sent(nb.client().get(&format!("dcim/racks/{}/elevation?face=rear&expand_devices=false", rack["id"])));
        assert_eq!(bottom["results"].as_array().unwrap().iter().filter(|unit| unit["occupied"] == true).count(), 1);
        change("dcim/device-types", &device["device_type"]["id"], json!({"is_full_depth": true}));
        assert_eq!(held("front").len(), 3);
        drop(guards);
    });
}

#[test]
fn an_interface_without_a_cable_leads_nowhere() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let interface = interface(nb, &device, "eth0");
        let says = |name: &str| interface[name].clone();
        assert_eq!(
            (says("cable"), says("cable_end"), says("link_peers"), says("_occupied")),
            (json!(null), json!(null), json!([]), json!(false))
        );
        assert_eq!((says("connected_endpoints"), says("connected_endpoints_reachable")), (json!(null), json!(false)));
        assert_eq!(sent(nb.client().get(&format!("dcim/interfaces/{}/trace", interface["id"]))), (200, json!([])));
        refused(nb.client().get("dcim/interfaces/999999999/trace"), 404, json!({"detail": "No Interface matches the given query."}));
    });
}

#[test]
fn a_cable_connects_two_interfaces() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (other, _other) = beside(nb, &device);
        let (a, b) = (interface(nb, &device, "eth0"), interface(nb, &other, "eth1"));
        let (cable, _cable) = cable(nb, (INTERFACE, &a), (INTERFACE, &b));
        assert_eq!(
            (&cable["display"], &cable["status"]["value"], &cable["type"]),
            (&json!(format!("#{}", cable["id"])), &json!("connected"), &json!(null))
        );
        let ends = &cable["a_terminations"][0];
        assert_eq!((&ends["object_type"], &ends["object_id"], &ends["object"]["name"]), (&json!(INTERFACE), &a["id"], &json!("eth0")));
        assert_eq!((&ends["object"]["cable"]["id"], &ends["object"]["_occupied"]), (&cable["id"], &json!(true)));
        let (_, read) = sent(nb.client().get(&format!("dcim/interfaces/{}", b["id"])));
        assert_eq!((&read["cable"]["id"], &read["cable_end"], &read["link_peers_type"]), (&cable["id"], &json!("B"), &json!(INTERFACE)));
        assert_eq!((&read["link_peers"][0]["id"], &read["connected_endpoints"][0]["id"]), (&a["id"], &a["id"]));
        assert_eq!((&read["connected_endpoints_type"], &read["connected_endpoints_reachable"]), (&json!(INTERFACE), &json!(true)));
        let (_, ends) = sent(nb.client().get(&format!("dcim/cable-terminations?cable_id={}", cable["id"])));
        assert_eq!(
            (&ends["count"], &ends["results"][1]["cable_end"], &ends["results"][1]["termination"]["id"]),
            (&json!(2), &json!("B"), &b["id"])
        );
        assert_eq!(ends["results"][0]["display"], format!("Cable #{} to eth0", cable["id"]));
    });
}

#[test]
fn a_trace_is_near_end_cable_and_far_end() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (other, _other) = beside(nb, &device);
        let (a, b) = (interface(nb, &device, "eth0"), interface(nb, &other, "eth1"));
        let (cable, _cable) = cable(nb, (INTERFACE, &a), (INTERFACE, &b));
        let (_, trace) = sent(nb.client().get(&format!("dcim/interfaces/{}/trace", a["id"])));
        assert_eq!((trace.as_array().unwrap().len(), &trace[0][0][0]["id"], &trace[0][2][0]["id"]), (1, &a["id"], &b["id"]));
        let traced = json!({"id": cable["id"], "url": cable["url"], "display_url": cable["display_url"], "type": null, "status": "connected", "label": "",
            "color": "", "length": null, "length_unit": null, "description": ""});
        assert_eq!(trace[0][1], traced);
        let record: Record = nb.dcim().interfaces().get(a["id"].as_u64().unwrap()).unwrap().unwrap();
        assert_eq!(record.trace().unwrap().segments().len(), 1);
    });
}

#[test]
fn cables_that_cannot_be_are_refused() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (a, b) = (interface(nb, &device, "eth0"), interface(nb, &device, "eth1"));
        let lag = component(nb, "dcim/interfaces", &device, json!({"name": "lag0", "type": "lag"}));
        let post = |a: Value, b: Value| nb.client().post("dcim/cables").json(&json!({"a_terminations": a, "b_terminations": b}));
        let all = |message: String| json!({"__all__": [message]});
        refused(post(json!([]), json!([])), 400, all("Must define A and B terminations when creating a new cable.".to_owned()));
        refused(
            post(end(INTERFACE, &a), end(INTERFACE, &a)),
            400,
            all("A and B terminations cannot connect to the same object.".to_owned()),
        );
        refused(
            post(end(INTERFACE, &a), end(INTERFACE, &lag)),
            400,
            all("Cables cannot be terminated to Link Aggregation Group (LAG) interfaces".to_owned()),
        );
        refused(
            post(end(INTERFACE, &a), end("dcim.site", &device["site"])),
            400,
            all("Incompatible termination types: interface and site".to_owned()),
        );
        refused(
            post(end(INTERFACE, &a), end("dcim.nosuch", &a)),
            400,
            json!({"b_terminations": {"0": {"object_type": ["Invalid content type: dcim.nosuch"]}}}),
        );
        refused(
            post(json!([{"object_type": INTERFACE}]), json!(3)),
            400,
            json!({
                "a_terminations": {"0": {"object_id": ["This field is required."]}},
                "b_terminations": {"__all__": ["Expected a list of items but got type \"int\"."]},
            }),
        );
        let (cable, _cable) = cable(nb, (INTERFACE, &a), (INTERFACE, &b));
        let c = interface(nb, &device, "eth2");
        let twice = format!("Duplicate termination found for dcim.interface {}: cable {}", a["id"], cable["id"]);
        refused(post(end(INTERFACE, &a), end(INTERFACE, &c)), 400, all(twice));
        let path = format!("dcim/cables/{}", cable["id"]);
        refused(
            nb.client().patch(&path).json(&json!({"length": 3})),
            400,
            all("Must specify a unit when setting a cable length".to_owned()),
        );
        assert_eq!(sent(nb.client().get(&path)).1["length"], Value::Null, "nothing of it is kept");
    });
}

#[test]
fn a_cable_can_be_moved_and_taken_away() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let [a, b, c] = ["eth0", "eth1", "eth2"].map(|name| interface(nb, &device, name));
        let (cable, guard) = cable(nb, (INTERFACE, &a), (INTERFACE, &b));
        let path = format!("dcim/cables/{}", cable["id"]);
        let (status, moved) = sent(nb.client().patch(&path).json(&json!({"b_terminations": end(INTERFACE, &c), "status": "planned"})));
        assert_eq!((status, &moved["a_terminations"][0]["object_id"], &moved["b_terminations"][0]["object_id"]), (200, &a["id"], &c["id"]));
        let read = |interface: &Value| sent(nb.client().get(&format!("dcim/interfaces/{}", interface["id"]))).1;
        assert_eq!((&read(&b)["cable"], &read(&b)["_occupied"], &read(&c)["cable"]["id"]), (&json!(null), &json!(false), &cable["id"]));
        assert_eq!(
            (&read(&a)["link_peers"][0]["id"], &read(&a)["connected_endpoints_reachable"]),
            (&c["id"], &json!(false)),
            "it is planned only"
        );
        drop(guard);
        assert_eq!((&read(&a)["cable"], &read(&a)["cable_end"], &read(&a)["link_peers"]), (&json!(null), &json!(null), &json!([])));
        assert_eq!(sent(nb.client().get(&format!("dcim/cable-terminations?interface_id={}", a["id"]))).1["count"], 0);
        let unknown = format!("Select a valid choice. {} is not one of the available choices.", cable["id"]);
        refused(nb.client().get(&format!("dcim/cable-terminations?cable_id={}", cable["id"])), 400, json!({"cable_id": [unknown]}));
    });
}

#[test]
fn a_cable_stays_with_one_end_when_the_device_at_the_other_goes() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (other, gone) = beside(nb, &device);
        let (a, b) = (interface(nb, &device, "eth0"), interface(nb, &other, "eth1"));
        let (cable, _cable) = cable(nb, (INTERFACE, &a), (INTERFACE, &b));
        drop(gone);
        let (status, read) = sent(nb.client().get(&format!("dcim/cables/{}", cable["id"])));
        assert_eq!((status, &read["a_terminations"][0]["object_id"], &read["b_terminations"]), (200, &a["id"], &json!([])));
        let (_, trace) = sent(nb.client().get(&format!("dcim/interfaces/{}/trace", a["id"])));
        assert_eq!((&trace[0][0][0]["id"], &trace[0][1]["id"], &trace[0][2]), (&a["id"], &cable["id"], &json!([])));
        let (_, left) = sent(nb.client().get(&format!("dcim/interfaces/{}", a["id"])));
        assert_eq!((&left["_occupied"], &left["connected_endpoints"], &left["link_peers"]), (&json!(true), &json!(null), &json!([])));
    });
}

/// Two devices, each with a rear port of two places and a front port for each of these, and a cable between the rear ports.
fn panels(nb: &Api, devices: [&Value; 2]) -> ([(Value, [Value; 2]); 2], Guard) {
    let panels = devices.map(|device| {
        let rear = component(nb, "dcim/rear-ports", device, json!({"name": "rear", "type": "8p8c", "positions": 2}));
        let fronts = [1, 2].map(|place| {
            let mapped = json!([{"position": 1, "rear_port": rear["id"], "rear_port_position": place}]);
            component(nb, "dcim/front-ports", device, json!({"name": format!("front{place}"), "type": "8p8c", "rear_ports": mapped}))
        });
        (rear, fronts)
    });
    let (_, guard) = cable(nb, ("dcim.rearport", &panels[0].0), ("dcim.rearport", &panels[1].0));
    (panels, guard)
}

#[test]
fn a_path_goes_through_ports_by_their_places() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (other, _other) = beside(nb, &device);
        let ([(rear, near), (_, far)], _between) = panels(nb, [&device, &other]);
        let (a, b) = (interface(nb, &device, "eth0"), interface(nb, &other, "eth1"));
        let _near = cable(nb, (INTERFACE, &a), ("dcim.frontport", &near[1]));
        let trace = || sent(nb.client().get(&format!("dcim/interfaces/{}/trace", a["id"]))).1;
        let names = |trace: &Value| {
            let segments = trace.as_array().unwrap().iter();
            segments
                .map(|segment| format!("{}-{}", segment[0][0]["name"].as_str().unwrap(), segment[2][0]["name"].as_str().unwrap_or("?")))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&trace()), ["eth0-front2", "rear-rear", "front2-?"]);
        assert_eq!((&trace()[2][1], &trace()[2][2]), (&json!([]), &json!([])));
        let _far = cable(nb, ("dcim.frontport", &far[1]), (INTERFACE, &b));
        assert_eq!(names(&trace()), ["eth0-front2", "rear-rear", "front2-eth1"]);
        let (_, read) = sent(nb.client().get(&format!("dcim/interfaces/{}", a["id"])));
        assert_eq!((&read["link_peers"][0]["name"], &read["connected_endpoints"][0]["id"]), (&json!("front2"), &b["id"]));
        let (_, rear) = sent(nb.client().get(&format!("dcim/rear-ports/{}", rear["id"])));
        let mapped = |place: u64, port: &Value| json!({"position": place, "front_port": port["id"], "front_port_position": 1});
        assert_eq!(rear["front_ports"], json!([mapped(1, &near[0]), mapped(2, &near[1])]));
    });
}

#[test]
fn the_paths_through_a_port_are_listed() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (other, _other) = beside(nb, &device);
        let ([(rear, near), _], _between) = panels(nb, [&device, &other]);
        let a = interface(nb, &device, "eth0");
        let _near = cable(nb, (INTERFACE, &a), ("dcim.frontport", &near[1]));
        let (status, paths) = sent(nb.client().get(&format!("dcim/rear-ports/{}/paths", rear["id"])));
        assert_eq!((status, paths.as_array().unwrap().len()), (200, 1));
        let path = &paths[0];
        assert_eq!((&path["is_active"], &path["is_complete"], &path["is_split"]), (&json!(true), &json!(false), &json!(false)));
        assert_eq!(
            (path["path"].as_array().unwrap().len(), &path["path"][0][0]["id"], &path["path"][3][0]["id"]),
            (7, &a["id"], &rear["id"])
        );
        assert_eq!(sent(nb.client().get(&format!("dcim/front-ports/{}/paths", near[0]["id"]))), (200, json!([])));
    });
}

#[test]
fn consoles_and_power_are_cabled_too() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (other, _other) = beside(nb, &device);
        for (a_path, a_type, b_path, b_type) in [
            ("dcim/console-ports", "dcim.consoleport", "dcim/console-server-ports", "dcim.consoleserverport"),
            ("dcim/power-ports", "dcim.powerport", "dcim/power-outlets", "dcim.poweroutlet"),
        ] {
            let (a, b) = (component(nb, a_path, &device, json!({"name": "a"})), component(nb, b_path, &other, json!({"name": "b"})));
            let _cable = cable(nb, (a_type, &a), (b_type, &b));
            let (_, trace) = sent(nb.client().get(&format!("{b_path}/{}/trace", b["id"])));
            assert_eq!((&trace[0][0][0]["id"], &trace[0][2][0]["id"]), (&b["id"], &a["id"]), "{a_path}");
            let (_, read) = sent(nb.client().get(&format!("{a_path}/{}", a["id"])));
            assert_eq!((&read["connected_endpoints_type"], &read["_occupied"]), (&json!(b_type), &json!(true)));
        }
        let (port, outlet) = (component(nb, "dcim/power-ports", &device, json!({"name": "p"})), interface(nb, &device, "eth0"));
        let body = json!({"a_terminations": end("dcim.powerport", &port), "b_terminations": end(INTERFACE, &outlet)});
        let wrong = json!({"__all__": ["Incompatible termination types: powerport and interface"]});
        refused(nb.client().request(Method::POST, "dcim/cables").json(&body), 400, wrong);
    });
}

#[test]
fn cables_are_found_by_what_is_at_their_ends() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (other, _other) = beside(nb, &device);
        let (a, b) = (interface(nb, &device, "eth0"), interface(nb, &other, "eth1"));
        let free = interface(nb, &device, "eth2");
        let (cable, _cable) = cable(nb, (INTERFACE, &a), (INTERFACE, &b));
        for query in [
            format!("device_id={}", device["id"]),
            format!("device={}", other["name"].as_str().unwrap()),
            format!("site_id={}", device["site"]["id"]),
            format!("interface_id={}", b["id"]),
            format!("termination_a_type=dcim.interface&termination_a_id={}", a["id"]),
            format!("device_id={}&unterminated=false", device["id"]),
        ] {
            let (status, page) = sent(nb.client().get(&format!("dcim/cables?{query}")));
            assert_eq!((status, &page["count"], &page["results"][0]["id"]), (200, &json!(1), &cable["id"]), "{query}");
        }
        for (query, found) in [("cabled=true", "eth0"), ("cabled=false", "eth2"), ("connected=true", "eth0"), ("occupied=false", "eth2")] {
            let (status, page) = sent(nb.client().get(&format!("dcim/interfaces?device_id={}&{query}", device["id"])));
            assert_eq!((status, names(&page)), (200, vec![found]), "{query}");
        }
        assert_eq!(free["_occupied"], json!(false));
    });
}
