//! Cables: where they end, and the ports that lead from one to the next.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::clock;
use super::read::Reader;
use super::refusal::{Errors, of_all};
use super::rules::Rules;
use super::store::{Row, Store};
use super::write::{python_type, whole_number};

pub(super) const CABLES: &str = "dcim/cables";
pub(super) const TERMINATIONS: &str = "dcim/cable-terminations";
const FRONT_PORTS: &str = "dcim/front-ports";
const REAR_PORTS: &str = "dcim/rear-ports";
const SIDES: [(&str, &str); 2] = [("a_terminations", "A"), ("b_terminations", "B")];

/// Which types of objects a cable may connect.
const COMPATIBLE: [(&str, &[&str]); 9] = [
    ("circuittermination", &["interface", "frontport", "rearport", "circuittermination"]),
    ("consoleport", &["consoleserverport", "frontport", "rearport"]),
    ("consoleserverport", &["consoleport", "frontport", "rearport"]),
    ("interface", &["interface", "circuittermination", "frontport", "rearport"]),
    ("frontport", &["consoleport", "consoleserverport", "interface", "frontport", "rearport", "circuittermination"]),
    ("powerfeed", &["powerport"]),
    ("poweroutlet", &["powerport"]),
    ("powerport", &["poweroutlet", "powerfeed"]),
    ("rearport", &["consoleport", "consoleserverport", "interface", "frontport", "rearport", "circuittermination"]),
];

/// An object that a cable can end at: its resource and its id.
pub(super) type Node = (String, u64);

/// What the ends of all cables are, in both directions.
#[derive(Debug, Default)]
pub(super) struct Ends {
    of_cables: HashMap<(u64, bool), Vec<Node>>,
    of_nodes: HashMap<Node, (u64, bool)>,
}

impl Ends {
    pub(super) fn of(rules: &Rules, store: &Store) -> Ends {
        let mut ends = Ends::default();
        for (_, row) in store.rows(TERMINATIONS) {
            let (Some(cable), Some(node)) = (row.get("cable").and_then(Value::as_u64), node(rules, row, "termination")) else { continue };
            let is_a = row.get("cable_end").is_some_and(|end| end == "A");
            ends.of_cables.entry((cable, is_a)).or_default().push(node.clone());
            ends.of_nodes.insert(node, (cable, is_a));
        }
        ends
    }

    /// The cable at an object, and whether that is its end A.
    pub(super) fn cable(&self, node: &Node) -> Option<(u64, bool)> {
        self.of_nodes.get(node).copied()
    }

    /// What is at one end of a cable.
    pub(super) fn at(&self, cable: u64, is_a: bool) -> &[Node] {
        self.of_cables.get(&(cable, is_a)).map_or(&[], Vec::as_slice)
    }
}

fn node(rules: &Rules, row: &Row, name: &str) -> Option<Node> {
    let r#type = row.get(&format!("{name}_type"))?.as_str()?;
    Some((rules.resource_of_type(r#type)?.to_owned(), row.get(&format!("{name}_id"))?.as_u64()?))
}

/// A place of a front port, and the place of a rear port that it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) front: (u64, u64),
    pub(super) rear: (u64, u64),
}

/// All mappings of ports. Lines before 4.5 have one for each front port.
pub(super) fn mappings(store: &Store) -> Vec<Mapping> {
    let mut all = Vec::new();
    for (id, row) in store.rows(FRONT_PORTS) {
        let number = |row: &Row, name: &str| row.get(name).and_then(Value::as_u64);
        match row.get("rear_ports").and_then(Value::as_array) {
            Some(mapped) => all.extend(mapped.iter().filter_map(Value::as_object).filter_map(|entry| {
                let place = |name| number(entry, name).unwrap_or(1);
                Some(Mapping { front: (id, place("position")), rear: (number(entry, "rear_port")?, place("rear_port_position")) })
            })),
            None => all.extend(
                number(row, "rear_port")
                    .map(|rear| Mapping { front: (id, 1), rear: (rear, number(row, "rear_port_position").unwrap_or(1)) }),
            ),
        }
    }
    all
}

/// Follows what was written to cables and ports. `own` is the id of an object that was there before.
pub(super) fn written(rules: &Rules, store: &mut Store, resource: &str, id: u64, body: &Value, own: Option<u64>) -> Result<(), Errors> {
    match resource {
        CABLES => connect(rules, store, id, body, own),
        REAR_PORTS => {
            map_from_rear(store, id, body);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A rear port that names its front ports: each of them leads to it, and no other does.
fn map_from_rear(store: &mut Store, id: u64, body: &Value) {
    let Some(wanted) = body.get("front_ports").and_then(Value::as_array) else { return };
    let ports: Vec<(u64, Row)> = store.rows(FRONT_PORTS).map(|(id, row)| (id, (**row).clone())).collect();
    for (front, mut row) in ports {
        let own = row.get("rear_ports").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut new: Vec<Value> = own.iter().filter(|entry| entry["rear_port"] != json!(id)).cloned().collect();
        new.extend(wanted.iter().filter(|entry| entry["front_port"] == json!(front)).map(|entry| {
            let place = |name: &str| entry.get(name).cloned().unwrap_or(json!(1));
            json!({"position": place("front_port_position"), "rear_port": id, "rear_port_position": place("position")})
        }));
        if new != own {
            row.insert("rear_ports".to_owned(), json!(new));
            store.put(FRONT_PORTS, front, row);
        }
    }
}

/// Lets a cable end where its body says.
fn connect(rules: &Rules, store: &mut Store, id: u64, body: &Value, own: Option<u64>) -> Result<(), Errors> {
    let named = |name: &str| nodes(rules, store, body.get(name)?).ok();
    let sides: Vec<(&str, Vec<Node>)> = SIDES.into_iter().filter_map(|(name, side)| Some((side, named(name)?))).collect();
    let row = store.get(CABLES, id).map(|row| (**row).clone()).unwrap_or_default();
    let before = Ends::of(rules, store);
    let at = |side: &str| {
        sides.iter().find(|(own, _)| *own == side).map_or_else(|| before.at(id, side == "A").to_vec(), |(_, nodes)| nodes.clone())
    };
    let (a, b) = (at("A"), at("B"));
    let refused = |message: String| Err(of_all(&[message]));
    if row.get("length").is_some_and(|length| !length.is_null()) && row.get("length_unit").is_none_or(Value::is_null) {
        return refused("Must specify a unit when setting a cable length".to_owned());
    }
    if own.is_none() && (a.is_empty() || b.is_empty()) {
        return refused("Must define A and B terminations when creating a new cable.".to_owned());
    }
    if sides.is_empty() {
        return Ok(());
    }
    if [&a, &b].iter().any(|nodes| nodes.windows(2).any(|pair| pair[0].0 != pair[1].0)) {
        return refused("Cannot connect different termination types to same end of cable.".to_owned());
    }
    if let (Some(first), Some(second)) = (a.first(), b.first()) {
        let model = |node: &Node| rules.model(&node.0).r#type.rsplit('.').next().unwrap_or_default().to_owned();
        let (first, second) = (model(first), model(second));
        if !COMPATIBLE.iter().any(|(own, others)| *own == first && others.contains(&second.as_str())) {
            return refused(format!("Incompatible termination types: {first} and {second}"));
        }
        if a.iter().any(|node| b.contains(node)) {
            return refused("A and B terminations cannot connect to the same object.".to_owned());
        }
    }
    for node in a.iter().chain(&b) {
        check_end(rules, store, &before, node, id)?;
    }
    for (side, nodes) in [("A", a), ("B", b)] {
        for node in before.at(id, side == "A").iter().filter(|node| !nodes.contains(node)) {
            disconnect(rules, store, node);
        }
        let new: Vec<&Node> = nodes.iter().filter(|node| !before.at(id, side == "A").contains(node)).collect();
        for node in new {
            let now = clock::now();
            let row = json!({"cable": id, "cable_end": side, "termination_type": rules.model(&node.0).r#type, "termination_id": node.1,
                "connector": null, "positions": null, "created": now, "last_updated": now});
            store.insert(TERMINATIONS, row.as_object().cloned().unwrap_or_default());
            set_cable(store, node, json!(id), json!(side));
        }
    }
    Ok(())
}

/// Whether a cable may end at an object.
fn check_end(rules: &Rules, store: &Store, before: &Ends, node: &Node, cable: u64) -> Result<(), Errors> {
    let refused = |message: String| Err(of_all(&[message]));
    let Some(row) = store.get(&node.0, node.1) else { return Ok(()) };
    if let Some((other, _)) = before.cable(node).filter(|(other, _)| *other != cable) {
        return refused(format!("Duplicate termination found for {} {}: cable {other}", rules.model(&node.0).r#type, node.1));
    }
    let r#type = row.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_wireless = r#type.starts_with("ieee802.") || matches!(r#type, "other-wireless" | "gsm" | "cdma" | "lte" | "4g" | "5g");
    if node.0 == "dcim/interfaces" && (is_wireless || matches!(r#type, "virtual" | "lag" | "bridge" | "channel")) {
        let labels = rules.form(&node.0, "type").labels.iter().flatten();
        let label = labels.clone().find(|(value, _)| value == r#type).map_or(r#type, |(_, label)| label);
        return refused(format!("Cables cannot be terminated to {label} interfaces"));
    }
    Ok(())
}

/// The objects that a list of `{"object_type", "object_id"}` names. Errors are by position.
pub(super) fn nodes(rules: &Rules, store: &Store, ends: &Value) -> Result<Vec<Node>, Value> {
    let Some(entries) = ends.as_array() else {
        return Err(json!({"__all__": [format!("Expected a list of items but got type \"{}\".", python_type(ends))]}));
    };
    let mut errors = Map::new();
    let mut nodes = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let mut wrong = Map::new();
        let required = || json!(["This field is required."]);
        let resource = match entry.get("object_type") {
            None => Err(required()),
            Some(name) => {
                let name = name.as_str().unwrap_or_default();
                rules.resource_of_type(name).ok_or_else(|| json!([format!("Invalid content type: {name}")]))
            }
        };
        let id = match entry.get("object_id").map(whole_number) {
            None => Err(required()),
            Some(None) => Err(json!(["A valid integer is required."])),
            Some(Some(id)) => Ok(u64::try_from(id).unwrap_or(0)),
        };
        match (resource, id) {
            (Ok(resource), Ok(id)) if store.get(resource, id).is_some() => nodes.push((resource.to_owned(), id)),
            // NetBox answers 500 here.
            (Ok(resource), Ok(_)) => drop(
                wrong.insert("object_id".to_owned(), json!([format!("{} matching query does not exist.", rules.model(resource).model)])),
            ),
            (resource, id) => {
                let errors = [("object_type", resource.err()), ("object_id", id.err())];
                wrong.extend(errors.into_iter().filter_map(|(name, error)| Some((name.to_owned(), error?))));
            }
        }
        if !wrong.is_empty() {
            errors.insert(place.to_string(), Value::Object(wrong));
        }
    }
    if errors.is_empty() { Ok(nodes) } else { Err(Value::Object(errors)) }
}

fn disconnect(rules: &Rules, store: &mut Store, node: &Node) {
    let found = store.rows(TERMINATIONS).find(|(_, row)| self::node(rules, row, "termination").as_ref() == Some(node)).map(|(id, _)| id);
    if let Some(id) = found {
        store.remove(TERMINATIONS, id);
    }
    set_cable(store, node, Value::Null, Value::Null);
}

fn set_cable(store: &mut Store, node: &Node, cable: Value, end: Value) {
    if let Some(mut row) = store.get(&node.0, node.1).map(|row| (**row).clone()) {
        row.insert("cable".to_owned(), cable);
        row.insert("cable_end".to_owned(), end);
        row.insert("last_updated".to_owned(), json!(clock::now()));
        store.put(&node.0, node.1, row);
    }
}

/// Takes back what a cable left at the objects at its ends.
pub(super) fn removed(rules: &Rules, store: &mut Store, id: u64) {
    let ends = Ends::of(rules, store);
    for node in ends.at(id, true).iter().chain(ends.at(id, false)) {
        disconnect(rules, store, node);
    }
}

impl Reader<'_> {
    /// What cables say of an object: their ends, what is on the other side, where the path leads.
    pub(super) fn cabled(&self, resource: &str, id: u64, row: &Row, name: &str) -> Option<Value> {
        let is_cabled = || row.get("cable").is_some_and(|cable| !cable.is_null());
        Some(match (resource, name) {
            (CABLES, "a_terminations" | "b_terminations") => {
                let end = |(resource, id): &Node| json!({"object_type": self.rules.model(resource).r#type, "object_id": id, "object": self.brief(resource, *id)});
                self.ends().at(id, name == "a_terminations").iter().map(end).collect()
            }
            ("dcim/cable-bundles", "cable_count") => json!(self.leading(resource, CABLES, "bundle", id).len()),
            (REAR_PORTS, "front_ports") if self.rules.has_port_mappings() => {
                let own = mappings(self.store).into_iter().filter(|mapping| mapping.rear.0 == id);
                own.map(
                    |mapping| json!({"position": mapping.rear.1, "front_port": mapping.front.0, "front_port_position": mapping.front.1}),
                )
                .collect()
            }
            (_, "_occupied") => json!(is_cabled() || row.get("mark_connected") == Some(&json!(true))),
            (_, "link_peers" | "link_peers_type") => {
                let cable = self.ends().cable(&(resource.to_owned(), id));
                let peers = cable.map_or(&[][..], |(cable, is_a)| self.ends().at(cable, !is_a));
                if name == "link_peers" {
                    peers.iter().map(|(resource, id)| self.brief(resource, *id)).collect()
                } else {
                    self.type_of(peers)
                }
            }
            (_, "connected_endpoints" | "connected_endpoints_type" | "connected_endpoints_reachable") => {
                let path = if is_cabled() { self.path(resource, id) } else { None };
                let ends = path.as_ref().filter(|path| path.is_complete).and_then(|path| path.nodes.last());
                match name {
                    "connected_endpoints_reachable" => json!(path.as_ref().is_some_and(|path| path.is_complete && path.is_active)),
                    "connected_endpoints_type" => ends.map_or(Value::Null, |ends| self.type_of(ends)),
                    _ => ends.map_or(Value::Null, |ends| ends.iter().map(|(resource, id)| self.brief(resource, *id)).collect()),
                }
            }
            _ => return None,
        })
    }

    fn type_of(&self, nodes: &[Node]) -> Value {
        nodes.first().map_or(Value::Null, |(resource, _)| json!(self.rules.model(resource).r#type))
    }
}
