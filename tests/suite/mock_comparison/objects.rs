//! One object of each resource, made alike on both sides, with what it needs.

use std::collections::BTreeMap;

use netbox_sdk::{Client, RequestBuilder, SchemaIndex};
use serde_json::{Value, json};

use super::at_once;
use super::replies::{Reply, differences};
use super::requests::{NOBODY, Question};
use crate::live::unique;

/// Objects on both sides. They are deleted at the end, however it ends.
pub struct Objects<'a> {
    index: &'a SchemaIndex,
    sides: [Client; 2],
    name: String,
    made: BTreeMap<String, Made>,
    found: Vec<String>,
    requests: usize,
}

struct Made {
    /// On both sides, where it could be made.
    ids: [Option<u64>; 2],
    /// One more than that of any that it needs.
    level: usize,
}

impl<'a> Objects<'a> {
    pub fn new(index: &'a SchemaIndex, sides: [Client; 2]) -> Objects<'a> {
        Objects { index, sides, name: unique("cmp"), made: BTreeMap::new(), found: Vec::new(), requests: 0 }
    }

    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Makes an object of a resource, unless there is one. A word behind the resource tells several from each other.
    pub fn make(&mut self, key: &str) {
        if self.made.contains_key(key) {
            return;
        }
        let body = self.template(key);
        let mut needed = Vec::new();
        visit(&body, &mut |name| needed.push(name.to_owned()));
        needed.iter().for_each(|name| self.make(name));
        let path = resource_of(key);
        let replies = [0, 1].map(|side| Reply::to(self.sides[side].post(path).json(&self.filled(&body, side))));
        self.requests += 1;
        self.found.extend(differences(&format!("create own {key}"), &replies[0], &replies[1]));
        let level = needed.iter().map(|name| self.made[name].level + 1).max().unwrap_or(0);
        self.made.insert(key.to_owned(), Made { ids: replies.each_ref().map(Reply::id), level });
    }

    /// What a new object is made of: what its resource needs, with `@` before what is an object of another one.
    fn template(&self, key: &str) -> Value {
        let resource = resource_of(key);
        let mut body = json!({});
        for (name, field) in self.index.resources[resource].fields.iter().filter(|(_, field)| field.required && !field.read_only) {
            let value = match (&field.reference, field.choices.first()) {
                (Some(target), _) => json!(format!("@{target}")),
                (None, Some(choice)) => json!(choice),
                (None, None) if field.kind == netbox_sdk::schema::Kind::Integer => json!(1),
                (None, None) => json!(format!("{}-{}", self.name, self.made.len())),
            };
            body[name] = if field.is_list { json!([value]) } else { value };
        }
        for (name, value) in own(key, &self.name).as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    fn filled(&self, value: &Value, side: usize) -> Value {
        match value {
            Value::String(text) if text.starts_with('@') => json!(self.made[&text[1..]].ids[side]),
            Value::Array(items) => items.iter().map(|item| self.filled(item, side)).collect(),
            Value::Object(members) => Value::Object(members.iter().map(|(name, value)| (name.clone(), self.filled(value, side))).collect()),
            other => other.clone(),
        }
    }

    /// A question with the id that the object has on a side. Where one side has none, both ask for one that is not there.
    pub fn fill(&self, question: &Question, side: usize) -> RequestBuilder {
        let id = match self.made.get(&question.resource).map(|made| &made.ids) {
            Some([Some(real), Some(mock)]) => [*real, *mock][side],
            _ => NOBODY,
        };
        let request = self.sides[side].request(question.method.clone(), &question.path.replace("{id}", &id.to_string()));
        match &question.body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    /// Deletes them, first those that no other needs, and gives what was different all along.
    pub fn delete(&mut self) -> Vec<String> {
        while let Some(last) = self.made.values().map(|made| made.level).max() {
            let (doomed, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.made).into_iter().partition(|(_, made)| made.level == last);
            self.made = kept.into_iter().collect();
            self.requests += doomed.len();
            let found = at_once(&doomed, |(key, made)| {
                let delete = |side: usize, id: u64| self.sides[side].delete(&format!("{}/{id}", resource_of(key)));
                match made.ids {
                    [Some(real), Some(mock)] => {
                        differences(&format!("delete own {key}"), &Reply::to(delete(0, real)), &Reply::to(delete(1, mock)))
                    }
                    [Some(real), None] => {
                        Reply::to(delete(0, real));
                        Vec::new()
                    }
                    _ => Vec::new(),
                }
            });
            self.found.extend(found);
        }
        std::mem::take(&mut self.found)
    }
}

impl Drop for Objects<'_> {
    fn drop(&mut self) {
        let mut made: Vec<_> = std::mem::take(&mut self.made).into_iter().collect();
        made.sort_by_key(|(_, made)| std::cmp::Reverse(made.level));
        for (key, made) in made {
            if let [Some(real), _] = made.ids {
                let _ = self.sides[0].delete(&format!("{}/{real}", resource_of(&key))).send();
            }
        }
    }
}

fn resource_of(key: &str) -> &str {
    key.split(' ').next().unwrap_or_default()
}

/// The objects that a body names.
fn visit(value: &Value, tell: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => text.strip_prefix('@').into_iter().for_each(tell),
        Value::Array(items) => items.iter().for_each(|item| visit(item, tell)),
        Value::Object(members) => members.values().for_each(|item| visit(item, tell)),
        _ => {}
    }
}

/// What a resource wants that its documents do not tell, or not well enough to be taken.
fn own(key: &str, name: &str) -> Value {
    // Digits of a number that no other run has.
    let digits = u64::from_str_radix(name.rsplit('-').next().unwrap(), 16).unwrap();
    let pair = |shift: u32| format!("{:02x}", (digits >> shift) & 0xff);
    let network = format!("fd{}:{}{}:{}{}", pair(0), pair(8), pair(16), pair(24), pair(32));
    let under = name.replace('-', "_");
    match key {
        "circuits/circuit-group-assignments" => json!({"member_type": "circuits.circuit", "member_id": "@circuits/circuits"}),
        "circuits/circuit-terminations" => json!({"termination_type": "dcim.site", "termination_id": "@dcim/sites"}),
        "core/data-sources" => json!({"type": "local", "source_url": "file:///nosuch", "enabled": false}),
        "dcim/cables" => json!({
            "a_terminations": [{"object_type": "dcim.interface", "object_id": "@dcim/interfaces near"}],
            "b_terminations": [{"object_type": "dcim.interface", "object_id": "@dcim/interfaces far"}],
        }),
        "dcim/device-bay-templates" => json!({"device_type": "@dcim/device-types parent"}),
        "dcim/device-bays" => json!({"device": "@dcim/devices parent"}),
        "dcim/device-types parent" => json!({"subdevice_role": "parent"}),
        "dcim/devices parent" => json!({"device_type": "@dcim/device-types parent"}),
        "dcim/interfaces" => json!({"type": "virtual"}),
        "dcim/interfaces near" | "dcim/interfaces far" => json!({"type": "1000base-t"}),
        "dcim/interfaces sending" | "dcim/interfaces receiving" => json!({"type": "ieee802.11ac"}),
        "dcim/mac-addresses" => json!({"mac_address": format!("02:{}:{}:{}:{}:{}", pair(0), pair(8), pair(16), pair(24), pair(32))}),
        "dcim/rack-reservations" => json!({"units": [1]}),
        // Of a type that no device is of: what a type has, a new device gets.
        _ if key.starts_with("dcim/") && key.ends_with("-templates") => json!({"device_type": "@dcim/device-types unused"}),
        "extras/bookmarks" | "extras/subscriptions" => json!({"object_type": "dcim.site", "object_id": "@dcim/sites"}),
        "extras/notifications" => json!({"object_type": "dcim.site", "object_id": "@dcim/sites", "event_type": "object_created"}),
        "extras/config-contexts" => json!({"data": {"a": 1}, "is_active": false}),
        "extras/custom-field-choice-sets" => json!({"extra_choices": [["a", "A"]]}),
        "extras/custom-fields" => json!({"name": under, "object_types": ["circuits.circuitgroup"], "type": "text"}),
        "extras/event-rules" => json!({
            "object_types": ["circuits.circuitgroup"], "event_types": ["object_created"], "enabled": false,
            "action_type": "webhook", "action_object_type": "extras.webhook", "action_object_id": "@extras/webhooks",
        }),
        "extras/custom-links" | "extras/export-templates" => json!({"object_types": ["circuits.circuitgroup"]}),
        "extras/saved-filters" => json!({"object_types": ["dcim.site"], "parameters": {"status": ["active"]}}),
        "extras/table-configs" => json!({"object_type": "dcim.site", "table": "SiteTable", "columns": ["name", "status"]}),
        "extras/webhooks" => json!({"payload_url": "http://example.com/"}),
        "extras/journal-entries" => json!({"assigned_object_type": "dcim.site", "assigned_object_id": "@dcim/sites"}),
        "ipam/aggregates" => json!({"prefix": format!("{network}::/48")}),
        "ipam/prefixes" => json!({"prefix": format!("{network}:1::/64")}),
        "ipam/ip-addresses" => json!({"address": format!("{network}:1::5/64")}),
        "ipam/ip-ranges" => json!({"start_address": format!("{network}:2::5/64"), "end_address": format!("{network}:2::9/64")}),
        "ipam/asn-ranges" => json!({"start": 4_200_000_000_u64, "end": 4_200_000_001_u64}),
        "ipam/asns" => json!({"asn": 4_200_000_000 + (digits >> 8) % 94_000_000}),
        "ipam/fhrp-group-assignments" => json!({"interface_type": "dcim.interface", "interface_id": "@dcim/interfaces"}),
        "ipam/route-targets" => json!({"name": &name[name.len() - 12..]}),
        "ipam/services" => json!({"parent_object_type": "dcim.device", "parent_object_id": "@dcim/devices", "port_mappings": ["tcp/80"]}),
        "ipam/service-templates" => json!({"port_mappings": ["tcp/80"]}),
        "ipam/vlan-translation-rules" => json!({"policy": "@ipam/vlan-translation-policies"}),
        "tenancy/contact-assignments" => {
            json!({"object_type": "dcim.site", "object_id": "@dcim/sites", "role": "@tenancy/contact-roles"})
        }
        "users/permissions" => json!({"actions": ["view"], "object_types": ["dcim.site"]}),
        "users/users" => json!({"password": "Xx12345678!abc"}),
        "virtualization/virtual-machines" => json!({"cluster": "@virtualization/clusters"}),
        "vpn/ike-policies" => json!({"version": 2}),
        "vpn/ike-proposals" => json!({"authentication_algorithm": "hmac-sha256", "encryption_algorithm": "aes-256-cbc"}),
        "vpn/ipsec-proposals" => json!({"authentication_algorithm": "hmac-sha256", "encryption_algorithm": "aes-256-cbc"}),
        "vpn/l2vpns" => json!({"type": "vxlan"}),
        "vpn/l2vpn-terminations" => json!({"assigned_object_type": "ipam.vlan", "assigned_object_id": "@ipam/vlans"}),
        "vpn/tunnels" => json!({"status": "active"}),
        "vpn/tunnel-terminations" => {
            json!({"role": "peer", "termination_type": "dcim.interface", "termination_id": "@dcim/interfaces"})
        }
        "wireless/wireless-links" => json!({"interface_a": "@dcim/interfaces sending", "interface_b": "@dcim/interfaces receiving"}),
        _ => json!({}),
    }
}
