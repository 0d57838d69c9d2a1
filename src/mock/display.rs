//! The names by which objects are shown.

use serde_json::Value;

use super::changes;
use super::rules::Rules;
use super::store::{Row, Store};

/// A range, with what both ends begin with named once, as `10.0.0.1-9/24`.
fn range(start: &str, end: &str) -> String {
    let (first, length) = start.split_once('/').unwrap_or((start, "32"));
    let last = end.split('/').next().unwrap_or_default();
    if first == last {
        return format!("{first}-{last}/{length}");
    }
    let separator = if first.contains(':') { ":" } else { "." };
    let (firsts, lasts): (Vec<&str>, Vec<&str>) = (first.split(separator).collect(), last.split(separator).collect());
    let same = firsts.iter().zip(&lasts).filter(|(first, last)| first == last).count();
    let rest = |chunks: &[&str]| chunks.get(same..).unwrap_or_default().join(separator);
    let base: Vec<&str> = firsts.iter().zip(&lasts).filter(|(first, last)| first == last).map(|(first, _)| *first).collect();
    format!("{}{separator}{}-{}/{length}", base.join(separator), rest(&firsts), rest(&lasts))
}

/// The name of the object that a type and an id lead to.
fn of_generic(rules: &Rules, store: &Store, row: &Row, r#type: &str, id: &str) -> Option<String> {
    let resource = rules.resource_of_type(row.get(r#type)?.as_str()?)?;
    let id = row.get(id)?.as_u64()?;
    Some(display(rules, store, resource, id, store.get(resource, id)?))
}

/// The `display` of an object.
pub(super) fn display(rules: &Rules, store: &Store, resource: &str, id: u64, row: &Row) -> String {
    let text = |name: &str| match row.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let of = |field: &str, target: &str| {
        let id = row.get(field).and_then(Value::as_u64)?;
        Some(display(rules, store, target, id, store.get(target, id)?))
    };
    let shown = match resource {
        "circuits/circuits" | "circuits/virtual-circuits" => text("cid"),
        "circuits/circuit-terminations" => {
            text("term_side").and_then(|side| Some(format!("{}: Termination {side}", of("circuit", "circuits/circuits")?)))
        }
        "circuits/provider-accounts" => {
            text("account").map(|account| text("name").map_or(account.clone(), |name| format!("{account} ({name})")))
        }
        "dcim/cables" => text("label").or_else(|| Some(format!("#{id}"))),
        "dcim/devices" => match (text("name"), text("asset_tag")) {
            (Some(name), Some(tag)) => Some(format!("{name} ({tag})")),
            (Some(name), None) => Some(name),
            (None, tag) => of("device_type", "dcim/device-types").map(|model| match tag {
                Some(tag) => format!("{model} ({tag})"),
                None => format!("{model} ({id})"),
            }),
        },
        "dcim/device-types" | "dcim/module-types" | "dcim/rack-types" => text("model"),
        "dcim/mac-addresses" => text("mac_address"),
        "dcim/racks" => text("name").map(|name| text("facility_id").map_or(name.clone(), |facility| format!("{name} ({facility})"))),
        "dcim/rack-reservations" => of("rack", "dcim/racks").map(|rack| format!("Reservation for rack {rack}")),
        "core/object-changes" => Some(changes::name(rules, row)),
        "dcim/cable-terminations" => of("cable", "dcim/cables")
            .zip(of_generic(rules, store, row, "termination_type", "termination_id"))
            .map(|(cable, termination)| format!("Cable {cable} to {termination}")),
        "extras/image-attachments" => text("name").or_else(|| Some(text("image")?.rsplit('/').next()?.splitn(3, '_').last()?.to_owned())),
        "extras/journal-entries" => text("created").map(|created| {
            let kind = text("kind").unwrap_or_default();
            let labels = rules.form(resource, "kind").labels.iter().flatten();
            let label = labels.clone().find(|(value, _)| *value == kind).map_or(kind.as_str(), |(_, label)| label);
            format!("{} ({label})", created.get(..16).unwrap_or_default().replace('T', " "))
        }),
        "extras/tagged-objects" => of("tag", "extras/tags")
            .zip(of_generic(rules, store, row, "object_type", "object_id"))
            .map(|(tag, object)| format!("{object} tagged with {tag}")),
        "ipam/aggregates" | "ipam/prefixes" => text("prefix"),
        "ipam/asns" => row.get("asn").and_then(Value::as_u64).map(|asn| match asn >> 16 {
            0 => format!("AS{asn}"),
            high => format!("AS{asn} ({high}.{})", asn & 0xffff),
        }),
        "ipam/asn-ranges" => {
            text("name").map(|name| format!("{name} ({}-{})", text("start").unwrap_or_default(), text("end").unwrap_or_default()))
        }
        "ipam/ip-addresses" => text("address"),
        "ipam/ip-ranges" => text("start_address").zip(text("end_address")).map(|(start, end)| range(&start, &end)),
        "ipam/vlans" => text("name").map(|name| format!("{name} ({})", text("vid").unwrap_or_default())),
        "ipam/vrfs" => text("name").map(|name| text("rd").map_or(name.clone(), |rd| format!("{name} ({rd})"))),
        "users/tokens" => text("key").or_else(|| text("!secret").map(|secret| secret.chars().take(6).collect())),
        "users/users" => text("username"),
        "wireless/wireless-lans" => text("ssid"),
        _ => ["name", "label", "title", "prefix", "address", "model"].iter().find_map(|name| text(name)),
    };
    shown.unwrap_or_else(|| {
        let verbose = &rules.model(resource).verbose;
        format!("{} object ({id})", if verbose.is_empty() { resource } else { verbose })
    })
}
