//! What no body writes and other objects say: lists of what leads to an object, counters, and what is found by way of another field.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::network::Network;
use super::read::Reader;
use super::rules::Form;
use super::store::{Row, Store};

/// The ids of what leads to each object, by its id.
pub(super) type Leading = HashMap<u64, Vec<u64>>;

/// What a field is made of.
enum Made {
    /// All objects of a resource whose field leads here.
    List(&'static str, &'static str),
    /// The first of them whose other field has a value.
    One(&'static str, &'static str, Option<(&'static str, &'static str)>),
    /// How many there are.
    Count(&'static str, &'static str),
    /// How many there are here and below.
    CountBelow(&'static str, &'static str),
    /// The first of these fields that is not empty.
    Either(&'static [&'static str]),
    /// A field of the object that a field leads to.
    Of(&'static str, &'static str),
}

use Made::{Count, CountBelow, Either, List, Of, One};

/// Resource, field, and what it is made of. Counters that are not here count the resource of their name, which has one field that leads here.
#[rustfmt::skip]
const RELATIONS: &[(&str, &str, Made)] = &[
    ("circuits/circuits", "assignments", List("circuits/circuit-group-assignments", "member")),
    ("circuits/circuits", "termination_a", One("circuits/circuit-terminations", "circuit", Some(("term_side", "A")))),
    ("circuits/circuits", "termination_z", One("circuits/circuit-terminations", "circuit", Some(("term_side", "Z")))),
    ("circuits/circuit-groups", "circuit_count", Count("circuits/circuit-group-assignments", "group")),
    ("dcim/devices", "parent_device", One("dcim/device-bays", "installed_device", None)),
    ("dcim/devices", "primary_ip", Either(&["primary_ip4", "primary_ip6"])),
    ("dcim/device-roles", "device_count", CountBelow("dcim/devices", "role")),
    ("dcim/device-roles", "virtualmachine_count", CountBelow("virtualization/virtual-machines", "role")),
    ("dcim/interfaces", "bridge_interfaces", List("dcim/interfaces", "bridge")),
    ("dcim/interfaces", "count_fhrp_groups", Count("ipam/fhrp-group-assignments", "interface")),
    ("dcim/interfaces", "count_ipaddresses", Count("ipam/ip-addresses", "assigned_object")),
    ("dcim/interfaces", "l2vpn_termination", One("vpn/l2vpn-terminations", "assigned_object", None)),
    ("dcim/interfaces", "mac_address", Of("primary_mac_address", "mac_address")),
    ("dcim/interfaces", "mac_addresses", List("dcim/mac-addresses", "assigned_object")),
    ("dcim/locations", "device_count", CountBelow("dcim/devices", "location")),
    ("dcim/locations", "prefix_count", Count("ipam/prefixes", "scope")),
    ("dcim/locations", "rack_count", CountBelow("dcim/racks", "location")),
    ("dcim/module-bays", "installed_module", One("dcim/modules", "module_bay", None)),
    ("dcim/platforms", "device_count", CountBelow("dcim/devices", "platform")),
    ("dcim/platforms", "virtualmachine_count", CountBelow("virtualization/virtual-machines", "platform")),
    ("dcim/regions", "prefix_count", Count("ipam/prefixes", "scope")),
    ("dcim/regions", "site_count", CountBelow("dcim/sites", "region")),
    ("dcim/site-groups", "prefix_count", Count("ipam/prefixes", "scope")),
    ("dcim/site-groups", "site_count", CountBelow("dcim/sites", "group")),
    ("dcim/sites", "circuit_count", Count("circuits/circuit-terminations", "termination")),
    ("dcim/sites", "prefix_count", Count("ipam/prefixes", "scope")),
    ("dcim/virtual-chassis", "member_count", Count("dcim/devices", "virtual_chassis")),
    ("dcim/virtual-chassis", "members", List("dcim/devices", "virtual_chassis")),
    ("dcim/virtual-device-contexts", "interface_count", Count("dcim/interfaces", "vdcs")),
    ("dcim/virtual-device-contexts", "primary_ip", Either(&["primary_ip4", "primary_ip6"])),
    ("extras/tags", "tagged_items", Count("extras/tagged-objects", "tag")),
    ("ipam/fhrp-groups", "ip_addresses", List("ipam/ip-addresses", "assigned_object")),
    ("ipam/ip-addresses", "nat_outside", List("ipam/ip-addresses", "nat_inside")),
    ("ipam/vlan-translation-policies", "rules", List("ipam/vlan-translation-rules", "policy")),
    ("ipam/vlans", "l2vpn_termination", One("vpn/l2vpn-terminations", "assigned_object", None)),
    ("tenancy/contact-groups", "contact_count", Count("tenancy/contacts", "groups")),
    ("tenancy/tenant-groups", "tenant_count", CountBelow("tenancy/tenants", "group")),
    ("users/owner-groups", "member_count", Count("users/owners", "group")),
    ("virtualization/clusters", "device_count", Count("dcim/devices", "cluster")),
    ("virtualization/interfaces", "count_fhrp_groups", Count("ipam/fhrp-group-assignments", "interface")),
    ("virtualization/interfaces", "count_ipaddresses", Count("ipam/ip-addresses", "assigned_object")),
    ("virtualization/interfaces", "l2vpn_termination", One("vpn/l2vpn-terminations", "assigned_object", None)),
    ("virtualization/interfaces", "mac_address", Of("primary_mac_address", "mac_address")),
    ("virtualization/interfaces", "mac_addresses", List("dcim/mac-addresses", "assigned_object")),
    ("virtualization/virtual-machines", "interface_count", Count("virtualization/interfaces", "virtual_machine")),
    ("virtualization/virtual-machines", "primary_ip", Either(&["primary_ip4", "primary_ip6"])),
    ("virtualization/virtual-machines", "virtual_disk_count", Count("virtualization/virtual-disks", "virtual_machine")),
    ("vpn/tunnels", "terminations_count", Count("vpn/tunnel-terminations", "tunnel")),
    ("wireless/wireless-lan-groups", "wirelesslan_count", CountBelow("wireless/wireless-lans", "group")),
];

/// What is deleted together with the object that it is about, whatever that is.
pub(super) const PARTS: &[(&str, &str)] = &[
    ("dcim/cable-terminations", "termination"),
    ("dcim/mac-addresses", "assigned_object"),
    ("extras/bookmarks", "object"),
    ("extras/image-attachments", "parent"),
    ("extras/journal-entries", "assigned_object"),
    ("extras/notifications", "object"),
    ("extras/subscriptions", "object"),
    ("extras/tagged-objects", "object"),
    ("ipam/fhrp-group-assignments", "interface"),
    ("ipam/ip-addresses", "assigned_object"),
    ("ipam/services", "parent"),
    ("ipam/vlan-groups", "scope"),
    ("tenancy/contact-assignments", "object"),
    ("vpn/l2vpn-terminations", "assigned_object"),
    ("vpn/tunnel-terminations", "termination"),
];

impl Reader<'_> {
    /// The value of a field that other objects say. A field of parts counts nothing.
    pub(super) fn derived(&self, resource: &str, id: u64, row: &Row, name: &str, form: &Form, counts: bool) -> Option<Value> {
        if let Some(value) = self.of_network(resource, id, row, name) {
            return Some(value);
        }
        let (.., made) = RELATIONS.iter().find(|(own, field, _)| *own == resource && *field == name)?;
        let component = form.component.as_deref().and_then(|name| self.rules.component(name));
        Some(match made {
            List(from, via) => {
                let mut ids = self.leading(resource, from, via, id);
                self.order_by_name(from, &mut ids);
                ids.into_iter().map(|id| self.part(from, id, component)).collect()
            }
            One(from, via, wanted) => {
                let fits = |row: &Row| wanted.is_none_or(|(field, value)| row.get(field).is_some_and(|own| own == value));
                let found =
                    self.leading(resource, from, via, id).into_iter().find(|id| self.store.get(from, *id).is_some_and(|row| fits(row)));
                match found {
                    Some(bay) if name == "parent_device" => self.parent_device(bay),
                    Some(found) => self.part(from, found, component),
                    None => Value::Null,
                }
            }
            Count(..) | CountBelow(..) if !counts => json!(0),
            Count(from, via) => json!(self.leading(resource, from, via, id).len()),
            CountBelow(from, via) => {
                json!(below(self.store, resource, id).into_iter().map(|id| self.leading(resource, from, via, id).len()).sum::<usize>())
            }
            Either(fields) => {
                let target = |field: &str| self.rules.field(resource, field)?.reference.as_deref();
                let found = fields.iter().find_map(|field| Some((target(field)?, row.get(*field)?.as_u64()?)));
                found.map_or(Value::Null, |(target, id)| self.part(target, id, component))
            }
            Of(field, of) => {
                let target = self.rules.field(resource, field).and_then(|field| field.reference.as_deref());
                let found = target
                    .zip(row.get(*field).and_then(Value::as_u64))
                    .and_then(|(target, id)| self.store.get(target, id)?.get(*of).cloned());
                found.unwrap_or_default()
            }
        })
    }

    /// The device that a bay is of, with the bay.
    fn parent_device(&self, bay: u64) -> Value {
        let device = self.store.get("dcim/device-bays", bay).and_then(|row| row.get("device")?.as_u64());
        let mut device = device.map_or(Value::Null, |id| self.brief("dcim/devices", id));
        if let Some(device) = device.as_object_mut() {
            device.insert("device_bay".to_owned(), self.brief("dcim/device-bays", bay));
        }
        device
    }

    /// The ids of the objects of a resource whose field leads to an object, rising.
    pub(super) fn leading(&self, resource: &str, from: &str, via: &str, id: u64) -> Vec<u64> {
        let is_it = |(own, of, by, _): &&(String, String, String, Leading)| own == resource && of == from && by == via;
        if let Some((.., ids)) = self.leading.borrow().iter().find(is_it) {
            return ids.get(&id).cloned().unwrap_or_default();
        }
        let ids = self.all_leading(resource, from, via);
        let found = ids.get(&id).cloned().unwrap_or_default();
        self.leading.borrow_mut().push((resource.to_owned(), from.to_owned(), via.to_owned(), ids));
        found
    }

    fn all_leading(&self, resource: &str, from: &str, via: &str) -> Leading {
        let mut leading = Leading::new();
        let generic = self.rules.model(from).generic.get(via);
        let r#type = &self.rules.model(resource).r#type;
        for (id, row) in self.store.rows(from) {
            let target = match generic {
                Some([of_type, of_id]) if row.get(of_type).is_some_and(|own| own.as_str() == Some(r#type)) => row.get(of_id),
                // Some name it otherwise on older lines.
                Some(_) if row.get("object_type").is_some_and(|own| own.as_str() == Some(r#type)) => row.get("object_id"),
                Some(_) => None,
                None => row.get(via),
            };
            let targets = match target {
                Some(Value::Array(targets)) => targets.as_slice(),
                Some(target) => std::slice::from_ref(target),
                None => &[],
            };
            targets.iter().filter_map(Value::as_u64).for_each(|target| leading.entry(target).or_default().push(id));
        }
        leading
    }

    /// How deep a prefix lies within others, and how many lie within it; the size of ranges and groups.
    fn of_network(&self, resource: &str, id: u64, row: &Row, name: &str) -> Option<Value> {
        match (resource, name) {
            ("ipam/prefixes", "_depth" | "children") => {
                let mut nested = self.nested.borrow_mut();
                let (depth, children) = nested.get_or_insert_with(|| nested_prefixes(self.store)).get(&id).copied().unwrap_or_default();
                Some(json!(if name == "children" { children } else { depth }))
            }
            ("ipam/ip-ranges", "size") => {
                let end = |name: &str| Network::of(row.get(name)?.as_str()?).map(|network| super::network::number(network.address));
                Some(
                    end("end_address")?
                        .checked_sub(end("start_address")?)
                        .map_or(Value::Null, |size| json!(u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1))),
                )
            }
            ("ipam/vlan-groups", "total_vlan_ids") => {
                let ranges = row.get("vid_ranges")?.as_array()?.iter();
                let size = |range: &Value| range.get(1)?.as_u64()?.checked_sub(range.get(0)?.as_u64()?)?.checked_add(1);
                Some(json!(ranges.filter_map(size).fold(0, u64::saturating_add)))
            }
            ("ipam/vlan-groups", "utilization") => {
                let used = self.leading(resource, "ipam/vlans", "group", id).len() as f64;
                let all = self.of_network(resource, id, row, "total_vlan_ids")?.as_f64().filter(|all| *all > 0.0)?;
                Some(json!(format!("{:?}", (used * 10_000.0 / all).round() / 100.0)))
            }
            _ => None,
        }
    }
}

/// An object and all that are below it.
pub(super) fn below(store: &Store, resource: &str, id: u64) -> Vec<u64> {
    let mut all = vec![id];
    let mut place = 0;
    while let Some(parent) = all.get(place).copied() {
        let is_child = |row: &Row| row.get("parent").and_then(Value::as_u64) == Some(parent);
        all.extend(store.rows(resource).filter(|(_, row)| is_child(row)).map(|(id, _)| id));
        place += 1;
    }
    all
}

/// By the ids of prefixes, within how many others of the same VRF each lies, and how many lie within it.
fn nested_prefixes(store: &Store) -> HashMap<u64, (usize, usize)> {
    let network = |row: &Row| Network::of(row.get("prefix")?.as_str()?);
    let vrf = |row: &Row| row.get("vrf").and_then(Value::as_u64);
    let mut all: Vec<(Option<u64>, Network, u64)> =
        store.rows("ipam/prefixes").filter_map(|(id, row)| Some((vrf(row), network(row)?, id))).collect();
    all.sort_by_key(|(vrf, network, id)| (*vrf, !network.is_v4(), network.span().0, network.length, *id));
    let mut nested: HashMap<u64, (usize, usize)> = HashMap::new();
    let mut above: Vec<(Option<u64>, Network, u64)> = Vec::new();
    for one in all {
        // Twins lie beside each other.
        while above.last().is_some_and(|(vrf, network, _)| *vrf != one.0 || !network.contains(one.1)) {
            above.pop();
        }
        let outer: Vec<u64> = above.iter().filter(|(_, network, _)| *network != one.1).map(|(_, _, id)| *id).collect();
        let mut networks: Vec<Network> = above.iter().map(|(_, network, _)| *network).filter(|network| *network != one.1).collect();
        networks.dedup();
        nested.insert(one.2, (networks.len(), 0));
        for id in outer {
            nested.entry(id).and_modify(|(_, children)| *children += 1);
        }
        above.push(one);
    }
    nested
}
