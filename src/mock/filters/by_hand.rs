//! Filters that are functions of NetBox, and those that go from an object to what leads to it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::mock::cables::{CABLES, Node, TERMINATIONS};
use crate::mock::changes;
use crate::mock::network::{Network, number};
use crate::mock::read::Reader;
use crate::mock::store::Row;
use crate::schema::boolean;

/// The filters by id that name the objects at the ends of cables.
const ENDS: [(&str, &str); 9] = [
    ("circuittermination_id", "circuits/circuit-terminations"),
    ("consoleport_id", "dcim/console-ports"),
    ("consoleserverport_id", "dcim/console-server-ports"),
    ("frontport_id", "dcim/front-ports"),
    ("interface_id", "dcim/interfaces"),
    ("powerfeed_id", "dcim/power-feeds"),
    ("poweroutlet_id", "dcim/power-outlets"),
    ("powerport_id", "dcim/power-ports"),
    ("rearport_id", "dcim/rear-ports"),
];

/// Where an address, or a cable, may be assigned: the filter, the resource of the owner, the field that names it, and how the assigned object leads there.
const OWNERS: [(&str, &str, &str, &[&str]); 12] = [
    ("device", "dcim/devices", "name", &["device"]),
    ("device_id", "dcim/devices", "", &["device"]),
    ("fhrpgroup_id", "ipam/fhrp-groups", "", &[]),
    ("interface", "dcim/interfaces", "name", &[]),
    ("interface_id", "dcim/interfaces", "", &[]),
    ("rack_id", "dcim/racks", "", &["device", "rack"]),
    ("site", "dcim/sites", "slug", &["device", "site"]),
    ("site_id", "dcim/sites", "", &["device", "site"]),
    ("virtual_machine", "virtualization/virtual-machines", "name", &["virtual_machine"]),
    ("virtual_machine_id", "virtualization/virtual-machines", "", &["virtual_machine"]),
    ("vminterface", "virtualization/interfaces", "name", &[]),
    ("vminterface_id", "virtualization/interfaces", "", &[]),
];

/// Which devices have components, by their filters.
const COMPONENTS: [(&str, &[&str]); 7] = [
    ("console_ports", &["dcim/console-ports"]),
    ("console_server_ports", &["dcim/console-server-ports"]),
    ("device_bays", &["dcim/device-bays"]),
    ("interfaces", &["dcim/interfaces"]),
    ("pass_through_ports", &["dcim/front-ports", "dcim/rear-ports"]),
    ("power_outlets", &["dcim/power-outlets"]),
    ("power_ports", &["dcim/power-ports"]),
];

/// The ids of the objects that a filter finds. `None` where it is not one of these. The inner error is for the value.
pub(super) fn found(reader: &Reader<'_>, resource: &str, name: &str, values: &[&str]) -> Option<Result<BTreeSet<u64>, String>> {
    let last = values.last().copied().unwrap_or_default();
    let choose = |fits: &dyn Fn(u64, &Row) -> bool| -> BTreeSet<u64> {
        reader.store.rows(resource).filter(|(id, row)| fits(*id, row)).map(|(id, _)| id).collect()
    };
    let flag = |fits: &dyn Fn(u64, &Row) -> bool| boolean(last).map(|wanted| Ok(choose(&|id, row| fits(id, row) == wanted)));
    let is_set = |row: &Row, name: &str| row.get(name).is_some_and(|value| !value.is_null());
    match (resource, name) {
        (_, "created_by_request" | "updated_by_request" | "modified_by_request") => Some(Ok(by_request(reader, resource, name, values))),
        ("core/object-changes", "time_after" | "time_before") => {
            let time = |row: &Row| row.get("time").and_then(Value::as_str).unwrap_or_default().to_owned();
            let wanted = last.trim_end_matches('Z').replace(' ', "T");
            Some(Ok(choose(&|_, row| {
                if name == "time_after" { time(row) >= wanted } else { time(row).trim_end_matches('Z') <= wanted.as_str() }
            })))
        }
        ("ipam/ip-addresses", "assigned") => flag(&|_, row| is_set(row, "assigned_object_id")),
        ("ipam/ip-addresses", "assigned_to_interface") => flag(&|_, row| {
            row.get("assigned_object_type").is_some_and(|own| own == "dcim.interface" || own == "virtualization.vminterface")
        }),
        ("ipam/ip-addresses", "parent") => {
            Some(Ok(choose(&|_, row| networks(values).any(|parent| own(row, "address").is_some_and(|own| parent.contains(own))))))
        }
        ("ipam/ip-ranges", "parent") => Some(Ok(choose(&|_, row| {
            networks(values)
                .any(|parent| ["start_address", "end_address"].iter().all(|end| own(row, end).is_some_and(|own| parent.contains(own))))
        }))),
        ("ipam/ip-ranges", "contains") => Some(Ok(choose(&|_, row| {
            let bounds = own(row, "start_address").zip(own(row, "end_address"));
            networks(values).any(|wanted| {
                bounds.is_some_and(|(start, end)| {
                    let (first, last) = wanted.span();
                    let (first, last) =
                        if wanted.span().0 == wanted.span().1 { (first, last) } else { (number(wanted.address), number(wanted.address)) };
                    start.is_v4() == wanted.is_v4() && number(start.address) <= first && last <= number(end.address)
                })
            })
        }))),
        ("ipam/prefixes", "within") => Some(Ok(choose(&|_, row| {
            networks(values).any(|parent| own(row, "prefix").is_some_and(|own| parent.contains(own) && parent.base() != own))
        }))),
        ("ipam/prefixes", "within_include") => {
            Some(Ok(choose(&|_, row| networks(values).any(|parent| own(row, "prefix").is_some_and(|own| parent.contains(own))))))
        }
        ("ipam/prefixes", "contains") => {
            Some(Ok(choose(&|_, row| networks(values).any(|wanted| own(row, "prefix").is_some_and(|own| own.contains(wanted))))))
        }
        ("ipam/prefixes" | "ipam/vlan-groups" | "virtualization/clusters" | "wireless/wireless-lans", "site" | "site_id") => Some({
            let named: Vec<&str> = values.iter().copied().filter(|value| *value != "null").collect();
            let or_none = named.len() < values.len();
            known(reader, "dcim/sites", if name == "site" { "slug" } else { "" }, &named)
                .map(|sites| choose(&|_, row| site_of_scope(reader, row).map_or(or_none, |site| sites.contains(&site))))
        }),
        ("dcim/devices", "has_oob_ip") => flag(&|_, row| is_set(row, "oob_ip")),
        ("dcim/devices", _) => {
            let (_, resources) = COMPONENTS.iter().find(|(own, _)| *own == name)?;
            flag(&|id, _| resources.iter().any(|from| !reader.leading("dcim/devices", from, "device", id).is_empty()))
        }
        (_, "occupied") => flag(&|_, row| is_set(row, "cable") || row.get("mark_connected") == Some(&json!(true))),
        (_, "connected") => {
            flag(&|id, row| is_set(row, "cable") && reader.path(resource, id).is_some_and(|path| path.is_complete && path.is_active))
        }
        ("ipam/vlans", "interface_id") => Some(owners(reader, "dcim/interfaces", "", values).map(|interfaces| {
            let leads = |row: &Row, id: u64| {
                row.get("untagged_vlan").and_then(Value::as_u64) == Some(id)
                    || row.get("tagged_vlans").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one.as_u64() == Some(id)))
            };
            choose(&|id, _| interfaces.iter().filter_map(|own| reader.store.get("dcim/interfaces", *own)).any(|row| leads(row, id)))
        })),
        (CABLES, "unterminated") => flag(&|id, _| [true, false].iter().any(|is_a| reader.ends().at(id, *is_a).is_empty())),
        (CABLES, "termination_a_id" | "termination_b_id") => Some(
            whole(values)
                .map(|ids| choose(&|id, _| reader.ends().at(id, name == "termination_a_id").iter().any(|(_, end)| ids.contains(end)))),
        ),
        (CABLES, "termination_a_type" | "termination_b_type") => Some(Ok(choose(&|id, _| {
            reader
                .ends()
                .at(id, name == "termination_a_type")
                .iter()
                .any(|(resource, _)| values.contains(&reader.rules.model(resource).r#type.as_str()))
        }))),
        (TERMINATIONS, "cable" | "cable_id") => Some(
            known(reader, CABLES, "", values)
                .map(|cables| choose(&|_, row| row.get("cable").and_then(Value::as_u64).is_some_and(|cable| cables.contains(&cable)))),
        ),
        (CABLES | TERMINATIONS, _) => {
            let nodes = |id: u64, row: &Row| -> Vec<Node> {
                match row.get("termination_type").and_then(Value::as_str).and_then(|name| reader.rules.resource_of_type(name)) {
                    Some(resource) => {
                        row.get("termination_id").and_then(Value::as_u64).map(|id| (resource.to_owned(), id)).into_iter().collect()
                    }
                    None => [true, false].iter().flat_map(|is_a| reader.ends().at(id, *is_a).to_vec()).collect(),
                }
            };
            if let Some((_, end)) = ENDS.iter().find(|(own, _)| *own == name) {
                return Some(
                    whole(values)
                        .map(|ids| choose(&|id, row| nodes(id, row).iter().any(|(resource, id)| resource == end && ids.contains(id)))),
                );
            }
            let (_, owner, to, steps) = OWNERS.iter().find(|(own, ..)| *own == name)?;
            Some(owners(reader, owner, to, values).map(|wanted| {
                choose(&|id, row| {
                    nodes(id, row)
                        .iter()
                        .any(|(resource, id)| leads_to(reader, resource, *id, steps, owner).is_some_and(|id| wanted.contains(&id)))
                })
            }))
        }
        ("ipam/ip-addresses" | "dcim/mac-addresses", _) => {
            let (_, owner, to, steps) = OWNERS.iter().find(|(own, ..)| *own == name)?;
            let assigned = |row: &Row| {
                let resource = reader.rules.resource_of_type(row.get("assigned_object_type")?.as_str()?)?;
                leads_to(reader, resource, row.get("assigned_object_id")?.as_u64()?, steps, owner)
            };
            let named = if steps.is_empty() { known(reader, owner, to, values) } else { owners(reader, owner, to, values) };
            Some(named.map(|wanted| choose(&|_, row| assigned(row).is_some_and(|id| wanted.contains(&id)))))
        }
        _ => None,
    }
}

fn own(row: &Row, name: &str) -> Option<Network> {
    Network::of(row.get(name)?.as_str()?)
}

/// What can be read as networks; the rest finds nothing.
fn networks<'a>(values: &'a [&str]) -> impl Iterator<Item = Network> + 'a {
    values.iter().filter_map(|value| Network::of(value))
}

fn whole(values: &[&str]) -> Result<BTreeSet<u64>, String> {
    values.iter().map(|value| value.trim().parse().map_err(|_| "Enter a whole number.".to_owned())).collect()
}

/// The objects that values name: by id, or by a field.
fn owners(reader: &Reader<'_>, resource: &str, to: &str, values: &[&str]) -> Result<BTreeSet<u64>, String> {
    if to.is_empty() {
        return whole(values);
    }
    let is_named = |row: &Row| row.get(to).and_then(Value::as_str).is_some_and(|own| values.contains(&own));
    Ok(reader.store.rows(resource).filter(|(_, row)| is_named(row)).map(|(id, _)| id).collect())
}

/// The same, where values must name objects that there are.
fn known(reader: &Reader<'_>, resource: &str, to: &str, values: &[&str]) -> Result<BTreeSet<u64>, String> {
    let mut all = BTreeSet::new();
    for value in values {
        let found = owners(reader, resource, to, &[*value])?;
        if !found.iter().any(|id| reader.store.get(resource, *id).is_some()) {
            return Err(format!("Select a valid choice. {value} is not one of the available choices."));
        }
        all.extend(found);
    }
    Ok(all)
}

/// Where fields lead from an object, if that is an object of the wanted resource.
fn leads_to(reader: &Reader<'_>, resource: &str, id: u64, steps: &[&str], wanted: &str) -> Option<u64> {
    let (mut resource, mut id) = (resource, id);
    for step in steps {
        let row = reader.store.get(resource, id)?;
        resource = reader.rules.field(resource, step)?.reference.as_deref()?;
        id = row.get(*step)?.as_u64()?;
    }
    (resource == wanted).then_some(id)
}

fn site_of_scope(reader: &Reader<'_>, row: &Row) -> Option<u64> {
    let id = row.get("scope_id")?.as_u64()?;
    match row.get("scope_type")?.as_str()? {
        "dcim.site" => Some(id),
        "dcim.location" => reader.store.get("dcim/locations", id)?.get("site")?.as_u64(),
        _ => None,
    }
}

fn by_request(reader: &Reader<'_>, resource: &str, name: &str, values: &[&str]) -> BTreeSet<u64> {
    let text = |row: &Row, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let r#type = &reader.rules.model(resource).r#type;
    let is_it = |row: &Row| {
        let action = text(row, "action");
        let is_action = match name {
            "created_by_request" => action == "create",
            "updated_by_request" => action == "update",
            _ => action != "delete",
        };
        is_action && text(row, "changed_object_type") == *r#type && values.contains(&text(row, "request_id").as_str())
    };
    reader
        .store
        .rows(changes::RESOURCE)
        .filter(|(_, row)| is_it(row))
        .filter_map(|(_, row)| row.get("changed_object_id")?.as_u64())
        .collect()
}
