//! What a model checks across its fields, and against other objects.

use serde_json::{Value, json};

use super::display::display;
use super::network::{Network, number};
use super::refusal::{Errors, of_all};
use super::rules::Rules;
use super::store::{Row, Store};

/// Roles whose addresses may be there twice.
const SHARED: [&str; 6] = ["anycast", "vip", "vrrp", "hsrp", "glbp", "carp"];

/// How many addresses a range may have.
const LARGEST_RANGE: u128 = (1 << 32) - 1;

/// What is wrong with an object, of whose fields each is right.
pub(super) fn errors(rules: &Rules, store: &Store, resource: &str, row: &Row, own: Option<u64>) -> Errors {
    let of_field = |name: &str, message: String| Errors::from_iter([(name.to_owned(), json!([message]))]);
    let number_of = |name: &str| row.get(name).and_then(Value::as_u64);
    match resource {
        "ipam/asn-ranges" => match (number_of("start"), number_of("end")) {
            (Some(start), Some(end)) if end <= start => of_all(&[format!("Starting ASN ({start}) must be lower than ending ASN ({end}).")]),
            _ => Errors::new(),
        },
        "ipam/ip-ranges" => match (network(row, "start_address"), network(row, "end_address")) {
            (Some(start), Some(end)) if start.is_v4() != end.is_v4() => {
                of_field("end_address", "Starting and ending IP address versions must match".to_owned())
            }
            (Some(start), Some(end)) if start.length != end.length => {
                of_field("end_address", "Starting and ending IP address masks must match".to_owned())
            }
            (Some(start), Some(end)) if number(end.address) < number(start.address) => {
                of_field("end_address", format!("Ending address must be greater than or equal to the starting address ({start})"))
            }
            (Some(start), Some(end)) => range_as_whole(rules, store, row, own, start, end),
            _ => Errors::new(),
        },
        "ipam/ip-addresses" if network(row, "address").is_some_and(|network| network.length == 0) => {
            of_field("address", "Cannot create IP address with /0 mask.".to_owned())
        }
        "ipam/prefixes" if network(row, "prefix").is_some_and(|network| network.length == 0) => {
            of_field("prefix", "Cannot create prefix with /0 mask.".to_owned())
        }
        "ipam/vlan-groups" => vlan_ranges(row).map_or_else(Errors::new, |message| of_field("vid_ranges", message)),
        "ipam/ip-addresses" => {
            let wanted = network(row, "address").map(|network| network.address);
            let is_shared = |row: &Row| SHARED.iter().any(|role| row.get("role").is_some_and(|own| own == role));
            let is_same =
                |other: &Row| network(other, "address").map(|network| network.address) == wanted && !(is_shared(row) && is_shared(other));
            twice(rules, store, resource, row, own, "address", "IP address", is_same)
        }
        "ipam/prefixes" => {
            let wanted = network(row, "prefix");
            twice(rules, store, resource, row, own, "prefix", "prefix", |other| network(other, "prefix") == wanted)
        }
        "ipam/vlans" => {
            let group = number_of("group").and_then(|id| Some((id, store.get("ipam/vlan-groups", id)?)));
            let (Some((id, group)), Some(vid)) = (group, number_of("vid")) else { return Errors::new() };
            let ranges: Vec<(u64, u64)> = group
                .get("vid_ranges")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|range| Some((range.get(0)?.as_u64()?, range.get(1)?.as_u64()?)))
                .collect();
            if ranges.is_empty() || ranges.iter().any(|(first, last)| (*first..=*last).contains(&vid)) {
                return Errors::new();
            }
            let text = |(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
            let (ranges, group) =
                (ranges.iter().map(text).collect::<Vec<_>>().join(","), display(rules, store, "ipam/vlan-groups", id, group));
            of_field("vid", format!("VID must be in ranges {ranges} for VLANs in group {group}"))
        }
        "dcim/devices" => place_in_rack(rules, store, row, own),
        _ => Errors::new(),
    }
}

fn network(row: &Row, name: &str) -> Option<Network> {
    Network::of(row.get(name)?.as_str()?)
}

/// A range is not too large, and shares no address with another one of its VRF.
fn range_as_whole(rules: &Rules, store: &Store, row: &Row, own: Option<u64>, start: Network, end: Network) -> Errors {
    let (first, last) = (number(start.address), number(end.address));
    let vrf = |row: &Row| row.get("vrf").and_then(Value::as_u64);
    let is_in_the_way = |other: &Row| {
        let bounds = network(other, "start_address").zip(network(other, "end_address"));
        vrf(other) == vrf(row)
            && bounds.is_some_and(|(from, to)| from.is_v4() == start.is_v4() && number(from.address) <= last && first <= number(to.address))
    };
    if let Some((id, other)) = store.rows("ipam/ip-ranges").find(|(id, other)| Some(*id) != own && is_in_the_way(other)) {
        let range = display(rules, store, "ipam/ip-ranges", id, other);
        let place = vrf(row).and_then(|id| Some(display(rules, store, "ipam/vrfs", id, store.get("ipam/vrfs", id)?)));
        let place = place.unwrap_or_else(|| "None".to_owned());
        return of_all(&[format!("Defined addresses overlap with range {range} in VRF {place}")]);
    }
    if last.saturating_sub(first) >= LARGEST_RANGE {
        return of_all(&[format!("Defined range exceeds maximum supported size ({LARGEST_RANGE})")]);
    }
    Errors::new()
}

/// What is wrong with the ranges of a group, each of which is a pair of numbers.
fn vlan_ranges(row: &Row) -> Option<String> {
    let ranges = row.get("vid_ranges")?.as_array()?;
    let mut ranges: Vec<(i64, i64)> = ranges.iter().filter_map(|range| Some((range.get(0)?.as_i64()?, range.get(1)?.as_i64()?))).collect();
    if ranges.is_empty() {
        return Some("This field cannot be blank.".to_owned());
    }
    let wrong = ranges.iter().find_map(|(first, last)| match (*first, *last) {
        (first, _) if first < 1 => Some(format!("Starting VLAN ID in range ({first}) cannot be less than 1")),
        (_, last) if last > 4094 => Some(format!("Ending VLAN ID in range ({last}) cannot exceed 4094")),
        (first, last) if first > last => {
            Some(format!("Ending VLAN ID in range must be greater than or equal to the starting VLAN ID ({first}-{last})"))
        }
        _ => None,
    });
    ranges.sort_unstable();
    let is_shared = ranges.windows(2).any(|pair| matches!(pair, [(_, last), (first, _)] if first <= last));
    wrong.or_else(|| is_shared.then(|| "Ranges cannot overlap.".to_owned()))
}

/// Networks are there once in each VRF that wants it so, and once in none.
#[allow(clippy::too_many_arguments, reason = "an object, and what it is compared by")]
fn twice(
    rules: &Rules,
    store: &Store,
    resource: &str,
    row: &Row,
    own: Option<u64>,
    field: &str,
    called: &str,
    is_same: impl Fn(&Row) -> bool,
) -> Errors {
    let vrf = |row: &Row| row.get("vrf").and_then(Value::as_u64);
    let of_vrf = vrf(row).and_then(|id| Some((id, store.get("ipam/vrfs", id)?)));
    if of_vrf.is_some_and(|(_, vrf)| vrf.get("enforce_unique") == Some(&json!(false))) {
        return Errors::new();
    }
    let found = store.rows(resource).find(|(id, other)| Some(*id) != own && vrf(other) == vrf(row) && is_same(other));
    let Some((_, other)) = found else { return Errors::new() };
    let place =
        of_vrf.map_or_else(|| "global table".to_owned(), |(id, vrf)| format!("VRF {}", display(rules, store, "ipam/vrfs", id, vrf)));
    let other = other.get(field).and_then(Value::as_str).unwrap_or_default();
    Errors::from_iter([(field.to_owned(), json!([format!("Duplicate {called} found in {place}: {other}")]))])
}

/// A device needs free units, and a face where it has a position.
fn place_in_rack(rules: &Rules, store: &Store, row: &Row, own: Option<u64>) -> Errors {
    let of_field = |name: &str, message: &str| Errors::from_iter([(name.to_owned(), json!([message]))]);
    let is_set = |name: &str| row.get(name).is_some_and(|value| !value.is_null());
    let rack = row.get("rack").and_then(Value::as_u64).and_then(|id| store.get("dcim/racks", id));
    if let Some(rack) = rack.filter(|rack| rack.get("site") != row.get("site")) {
        let name = |row: &Row| row.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let site = row.get("site").and_then(Value::as_u64).and_then(|id| store.get("dcim/sites", id));
        return of_field(
            "rack",
            &format!("Rack {} does not belong to site {}.", name(rack), site.map(|site| name(site)).unwrap_or_default()),
        );
    }
    if !is_set("rack") {
        return match ["face", "position"].into_iter().find(|name| is_set(name)) {
            Some("face") => of_field("face", "Cannot select a rack face without assigning a rack."),
            Some(_) => of_field("position", "Cannot select a rack position without assigning a rack."),
            None => Errors::new(),
        };
    }
    let Some(position) = row.get("position").and_then(Value::as_f64) else { return Errors::new() };
    if !is_set("face") {
        return of_field("face", "Must specify rack face when defining rack position.");
    }
    let model = |row: &Row| store.get("dcim/device-types", row.get("device_type")?.as_u64()?);
    let height = |row: &Row| model(row).and_then(|model| model.get("u_height")?.as_f64()).unwrap_or(1.0);
    let is_deep = |row: &Row| model(row).is_none_or(|model| model.get("is_full_depth") != Some(&json!(false)));
    let is_in_the_way = |other: &Row| {
        let is_there = other.get("rack") == row.get("rack") && (other.get("face") == row.get("face") || is_deep(row) || is_deep(other));
        let at = other.get("position").and_then(Value::as_f64);
        is_there && at.is_some_and(|at| at < position + height(row) && position < at + height(other))
    };
    let number = |name: &str, default: f64| rack.and_then(|rack| rack.get(name)?.as_f64()).unwrap_or(default);
    let (first, units) = (number("starting_unit", 1.0), number("u_height", 42.0));
    let is_outside = position < first || position + height(row) > first + units;
    if !is_outside && !store.rows("dcim/devices").any(|(id, other)| Some(id) != own && is_in_the_way(other)) {
        return Errors::new();
    }
    let called = row
        .get("device_type")
        .and_then(Value::as_u64)
        .and_then(|id| Some(display(rules, store, "dcim/device-types", id, store.get("dcim/device-types", id)?)));
    let message = format!(
        "U{position:?} is already occupied or does not have sufficient space to accommodate this device type: {} ({:?}U)",
        called.unwrap_or_default(),
        height(row)
    );
    of_field("position", &message)
}
