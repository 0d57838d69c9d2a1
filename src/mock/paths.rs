//! Paths: from an object along its cable, through ports and circuits, to the object at the other end.

use serde_json::{Value, json};

use super::cables::{CABLES, Mapping, Node, mappings};
use super::objects::{Call, Done};
use super::read::{Reader, Shape};
use super::refusal::{Outcome, Refusal};

/// Where paths begin and end.
const ENDPOINTS: [&str; 6] =
    ["dcim/console-ports", "dcim/console-server-ports", "dcim/interfaces", "dcim/power-feeds", "dcim/power-outlets", "dcim/power-ports"];

/// Objects, the cables at them, the objects at the other ends, and so on.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub(super) nodes: Vec<Vec<Node>>,
    pub(super) is_complete: bool,
    pub(super) is_active: bool,
    is_split: bool,
}

impl Reader<'_> {
    /// The path that begins at the objects at the same end of a cable. `None` where there is no cable.
    pub(super) fn path(&self, resource: &str, id: u64) -> Option<Path> {
        let node = (resource.to_owned(), id);
        let (cable, is_a) = self.ends().cable(&node)?;
        let mut path = Path { is_active: true, ..Path::default() };
        let mut here = self.ends().at(cable, is_a).to_vec();
        let mut places: Vec<Vec<u64>> = Vec::new();
        // Cables that were followed already end a path that goes in circles.
        let mut seen: Vec<u64> = Vec::new();
        while !here.is_empty() {
            path.nodes.push(here.clone());
            let mut links: Vec<(u64, bool)> = here.iter().filter_map(|node| self.ends().cable(node)).collect();
            links.dedup();
            if links.is_empty() || links.iter().any(|(cable, _)| seen.contains(cable)) {
                break;
            }
            path.is_split |= here.iter().any(|node| self.ends().cable(node).is_none());
            seen.extend(links.iter().map(|(cable, _)| cable));
            let mut cables: Vec<u64> = links.iter().map(|(cable, _)| *cable).collect();
            cables.dedup();
            path.is_active &= cables
                .iter()
                .all(|id| self.store.get(CABLES, *id).is_some_and(|row| row.get("status").is_some_and(|status| status == "connected")));
            path.nodes.push(cables.into_iter().map(|id| (CABLES.to_owned(), id)).collect());
            let there: Vec<Node> = links.iter().flat_map(|(cable, is_a)| self.ends().at(*cable, !is_a).to_vec()).collect();
            if there.windows(2).any(|pair| pair[0].0 != pair[1].0) {
                path.is_split = true;
                break;
            }
            path.nodes.push(there.clone());
            let Some((resource, _)) = there.first() else { break };
            here = match resource.as_str() {
                "dcim/front-ports" => self.through_ports(&there, true, &mut places, &mut path),
                "dcim/rear-ports" => self.through_ports(&there, false, &mut places, &mut path),
                "circuits/circuit-terminations" => self.through_circuits(&there, &mut path),
                _ => {
                    path.is_complete = true;
                    Vec::new()
                }
            };
        }
        Some(path)
    }

    /// The ports on the other side. Where a port has several places, the place that a path came from says where it goes on.
    fn through_ports(&self, ports: &[Node], are_front: bool, places: &mut Vec<Vec<u64>>, path: &mut Path) -> Vec<Node> {
        let (own, other) = if are_front { ("dcim/front-ports", "dcim/rear-ports") } else { ("dcim/rear-ports", "dcim/front-ports") };
        let sides = |mapping: &Mapping| if are_front { (mapping.front, mapping.rear) } else { (mapping.rear, mapping.front) };
        let count = |resource: &str, id: u64| self.store.get(resource, id).and_then(|row| row.get("positions")?.as_u64()).unwrap_or(1);
        let mut found: Vec<(u64, u64)> = Vec::new();
        let is_wide = ports.first().is_some_and(|(_, id)| count(own, *id) > 1);
        let wanted = if is_wide { places.pop() } else { None };
        if is_wide && wanted.is_none() {
            path.is_split = true;
            return Vec::new();
        }
        for mapping in mappings(self.store) {
            let (here, there) = sides(&mapping);
            if ports.iter().any(|(_, id)| *id == here.0) && wanted.as_ref().is_none_or(|wanted| wanted.contains(&here.1)) {
                found.push(there);
            }
        }
        if found.iter().any(|(id, _)| count(other, *id) > 1) {
            places.push(found.iter().map(|(_, place)| *place).collect());
        }
        let mut next: Vec<Node> = Vec::new();
        for (id, _) in found {
            let node = (other.to_owned(), id);
            if !next.contains(&node) {
                next.push(node);
            }
        }
        next
    }

    /// The other terminations of the same circuits. A path ends where one of them is at a place without a cable.
    fn through_circuits(&self, terminations: &[Node], path: &mut Path) -> Vec<Node> {
        const RESOURCE: &str = "circuits/circuit-terminations";
        let row = |id: u64| self.store.get(RESOURCE, id);
        let others: Vec<u64> = terminations
            .iter()
            .filter_map(|(_, id)| row(*id))
            .flat_map(|own| {
                self.store
                    .rows(RESOURCE)
                    .filter(|(_, other)| other.get("circuit") == own.get("circuit") && other.get("term_side") != own.get("term_side"))
                    .map(|(id, _)| id)
                    .collect::<Vec<_>>()
            })
            .collect();
        let places: Vec<Node> = others
            .iter()
            .filter(|id| self.ends().cable(&(RESOURCE.to_owned(), **id)).is_none())
            .filter_map(|id| {
                let row = row(*id)?;
                Some((
                    self.rules.resource_of_type(row.get("termination_type")?.as_str()?)?.to_owned(),
                    row.get("termination_id")?.as_u64()?,
                ))
            })
            .collect();
        let nodes: Vec<Node> = others.into_iter().map(|id| (RESOURCE.to_owned(), id)).collect();
        if nodes.is_empty() || places.is_empty() {
            return nodes;
        }
        path.is_complete = places.iter().all(|(resource, _)| resource == "circuits/provider-networks");
        path.nodes.extend([nodes, places]);
        Vec::new()
    }

    fn briefs(&self, nodes: &[Node]) -> Value {
        nodes.iter().map(|(resource, id)| self.brief(resource, *id)).collect()
    }
}

impl Call<'_> {
    /// The segments of the path from an object: near ends, cable, far ends.
    pub(super) fn trace(&self, id: &str) -> Outcome<Done> {
        let (id, _) = self.found(id)?;
        if self.parameters.last("render") == Some("svg") {
            return Err(Refusal::not_implemented("drawing of traces"));
        }
        let reader = self.reader();
        let mut nodes = reader.path(self.resource, id).map(|path| path.nodes).unwrap_or_default();
        match nodes.len() % 3 {
            1 => nodes.extend([Vec::new(), Vec::new()]),
            2 => nodes.insert(nodes.len() - 1, Vec::new()),
            _ => {}
        }
        let segments = nodes.chunks(3).take_while(|segment| segment.first().is_some_and(|near| !near.is_empty())).map(|segment| {
            let cable =
                segment.get(1).and_then(|cables| cables.first()).map_or_else(|| json!([]), |(_, id)| self.traced_cable(&reader, *id));
            json!([reader.briefs(&segment[0]), cable, segment.get(2).map_or_else(|| json!([]), |far| reader.briefs(far))])
        });
        Ok(Done::of(segments.collect()))
    }

    /// A cable as traces show it: with choices as plain values.
    fn traced_cable(&self, reader: &Reader<'_>, id: u64) -> Value {
        let fields =
            ["id", "url", "display_url", "type", "status", "label", "color", "length", "length_unit", "description"].map(str::to_owned);
        let Some(row) = self.store.get(CABLES, id) else { return Value::Null };
        let mut cable = reader.object(CABLES, id, row, &Shape::Only(fields.to_vec()));
        for choice in ["type", "status", "length_unit"] {
            cable[choice] = row.get(choice).cloned().unwrap_or_default();
        }
        cable
    }

    /// All paths that go through a port or a circuit.
    pub(super) fn paths(&self, id: &str) -> Outcome<Done> {
        let (id, _) = self.found(id)?;
        let node = (self.resource.to_owned(), id);
        let reader = self.reader();
        let mut paths = Vec::new();
        let mut origins: Vec<Vec<Node>> = Vec::new();
        for resource in ENDPOINTS {
            for (id, row) in self.store.rows(resource) {
                if row.get("cable").is_none_or(Value::is_null) {
                    continue;
                }
                let Some(path) = reader.path(resource, id) else { continue };
                let Some(origin) = path.nodes.first().cloned() else { continue };
                if path.nodes.iter().any(|nodes| nodes.contains(&node)) && !origins.contains(&origin) {
                    origins.push(origin);
                    let nodes: Vec<Value> = path.nodes.iter().map(|nodes| reader.briefs(nodes)).collect();
                    paths.push(json!({"id": paths.len() + 1, "path": nodes, "is_active": path.is_active, "is_complete": path.is_complete, "is_split": path.is_split}));
                }
            }
        }
        Ok(Done::of(json!(paths)))
    }
}
