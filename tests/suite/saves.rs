//! `save()` sends exactly what changed, field by field, against a real NetBox: its own change log is the witness.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use netbox_sdk::{Api, Record, json};
use serde_json::Value;

use crate::facade::made;
use crate::live::{Guard, unique};
use crate::support::live;

/// What is set where: the type of the object, the path of the field, the new value.
type Row = (&'static str, &'static str, Value);

/// What the log of changes does not have: permissions, and to which rear ports a front port leads. There the objects are compared as they are read.
const NOT_LOGGED: [&str; 2] = ["users.objectpermission", "dcim.frontport"];

/// What the server sets by itself.
const DERIVED: [&str; 2] = ["last_updated", "total_vlan_ids"];

/// Objects of the test's own by their type: `extras.customfield#object` where there are several. They are deleted at the end, those that depend on others first.
struct World {
    nb: Api,
    name: String,
    objects: BTreeMap<&'static str, Record>,
    guards: Vec<Guard>,
    _alone: MutexGuard<'static, ()>,
}

/// A config context and a custom field each write to all machines: side by side they stop each other, and PostgreSQL ends one of them (500 `deadlock detected`).
static ALONE: Mutex<()> = Mutex::new(());

impl World {
    fn new() -> Option<World> {
        let nb = Api::new(live()?);
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Some(World { nb, name: unique("saves"), objects: BTreeMap::new(), guards: Vec::new(), _alone: alone })
    }

    /// Makes an object. The last one of its type is the one that rows change.
    fn make(&mut self, object_type: &'static str, path: &str, body: Value) -> Value {
        let (record, guard) = made(&self.nb, path, body);
        self.guards.push(guard);
        let id = Value::from(&record);
        self.objects.insert(object_type, record);
        id
    }

    /// Makes an object that has little but a name and a slug of its own.
    fn named(&mut self, object_type: &'static str, path: &str, mut body: Value) -> Value {
        let name = format!("{}-{}", self.name, self.guards.len());
        body["name"] = json!(name);
        body["slug"] = json!(name);
        self.make(object_type, path, body)
    }

    /// A custom field of contacts.
    fn custom_field(&mut self, kind: &str, mut body: Value) -> Value {
        body["name"] = json!(self.field(kind));
        body["type"] = json!(kind);
        body["object_types"] = json!(["tenancy.contact"]);
        self.make("extras.customfield", "extras/custom-fields", body)
    }

    /// The name of a custom field. Only letters, digits and single underscores may be in it.
    fn field(&self, kind: &str) -> String {
        format!("{}_{kind}", self.name.replace('-', "_"))
    }

    /// The objects that both tables change: some of their members are free JSON.
    fn make_extras(&mut self) {
        let name = self.name.clone();
        self.make("extras.configcontext", "extras/config-contexts", json!({"name": name, "data": {"a": 1}, "is_active": false}));
        let hook = self.make("extras.webhook", "extras/webhooks", json!({"name": name, "payload_url": "http://127.0.0.1:9/"}));
        let rule = json!({"name": name, "object_types": ["dcim.rack"], "event_types": ["object_created"], "enabled": false,
            "action_type": "webhook", "action_object_type": "extras.webhook", "action_object_id": hook});
        self.make("extras.eventrule", "extras/event-rules", rule);
        self.named("extras.savedfilter", "extras/saved-filters", json!({"object_types": ["dcim.site"], "parameters": {"q": ["x"]}}));
        let permission = json!({"name": name, "object_types": ["dcim.site"], "actions": ["view"], "enabled": false});
        self.make("users.objectpermission", "users/permissions", permission);
    }

    /// Sets row by row, then asks the server's change log. What is wrong comes as text, so that one run shows all of it.
    fn check(&mut self, rows: &[Row], fits: fn(&Value, &Value) -> bool) {
        let mut faults = Vec::new();
        let before = self.nb.core().object_changes().all().ordering("-id").first().unwrap().unwrap().id();
        let mut saved: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (object_type, path, value) in rows {
            let path = self.full_path(path);
            let record = self.objects.get_mut(object_type).unwrap();
            match save_one(record, &path, value, fits) {
                Ok(changed) if !NOT_LOGGED.contains(object_type) || changed == [path.clone()] => {
                    saved.entry(object_type).or_default().push(path);
                }
                Ok(changed) => faults.push(format!("{object_type} {path} = {value}: changed were {changed:?}")),
                Err(fault) => {
                    faults.push(format!("{object_type} {path} = {value}: {fault}"));
                    record.refresh().unwrap();
                }
            }
        }
        saved.retain(|object_type, _| !NOT_LOGGED.contains(object_type));
        for (object_type, paths) in saved {
            let logged = self.logged(object_type, before);
            if logged != paths {
                faults.push(format!("{object_type}: changed were {paths:?}, the log of changes says {logged:?}"));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        println!("{} fields of {} resources", rows.len(), self.objects.len());
    }

    /// `custom_fields.text` is short for the custom field of this test.
    fn full_path(&self, path: &str) -> String {
        path.strip_prefix("custom_fields.").map_or(path.to_owned(), |kind| format!("custom_fields.{}", self.field(kind)))
    }

    /// What was changed in an object, as the server noted it: change by change, all members that differ.
    fn logged(&self, object_type: &str, since: u64) -> Vec<String> {
        let record = &self.objects[object_type];
        let object_type = object_type.split('#').next().unwrap();
        let changes = self.nb.core().object_changes().filter([("changed_object_type", object_type), ("action", "update")]);
        let changes = changes.with("changed_object_id", record.id()).with("id__gt", since);
        changes
            .into_iter()
            .map(|change| {
                let change = change.unwrap();
                differences("", &change["prechange_data"], &change["postchange_data"]).join(" and ")
            })
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        while self.guards.pop().is_some() {}
    }
}

/// The members that differ, custom fields one by one.
fn differences(prefix: &str, before: &Value, after: &Value) -> Vec<String> {
    let members = after.as_object().unwrap().iter().filter(|(name, value)| before[*name] != **value && !DERIVED.contains(&name.as_str()));
    members
        .flat_map(|(name, value)| match name.as_str() {
            "custom_fields" => differences("custom_fields.", &before[name], value),
            // The model of a module type has another name for them.
            "attribute_data" => vec!["attributes".to_owned()],
            _ => vec![format!("{prefix}{name}")],
        })
        .collect()
}

/// Sets one field and saves: just that is sent, comes back, and is no change when it is set again. Gives the members that are others than before.
/// Once more where the server's transaction was ended for another one: nothing of it is left.
fn save(record: &mut Record) -> Result<bool, String> {
    let outcome = record.save().or_else(|error| if error.to_string().contains("deadlock detected") { record.save() } else { Err(error) });
    outcome.map_err(|error| error.to_string())
}

fn save_one(record: &mut Record, path: &str, value: &Value, fits: fn(&Value, &Value) -> bool) -> Result<Vec<String>, String> {
    let before = record.to_value();
    record.set(path, value.clone());
    let mut updates = record.updates();
    for part in path.splitn(if path.starts_with("custom_fields.") { 2 } else { 1 }, '.') {
        let keys: Vec<String> = updates.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        if keys != [part] {
            return Err(format!("updates() are {}", record.updates()));
        }
        updates = updates[part].take();
    }
    if !save(record)? {
        return Err("nothing was sent".to_owned());
    }
    record.refresh().unwrap();
    let read = record[path].clone();
    if !fits(&read, value) {
        return Err(format!("read back was {read}"));
    }
    // Objects in a write say less than those in a read, and a custom field may hold JSON that looks like a choice: they are sent again.
    let again = [Some(&read), Some(value).filter(|value| !holds_objects(value) && !path.starts_with("custom_fields"))];
    for same in again.into_iter().flatten() {
        record.set(path, same.clone());
        if save(record)? {
            return Err(format!("{same} was sent again, after {read}"));
        }
    }
    Ok(differences("", &before, &record.to_value()))
}

fn holds_objects(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().any(Value::is_object))
}

/// Whether what was read is what was written: relations and choices come whole, objects with more members.
fn fits(read: &Value, written: &Value) -> bool {
    match (read, written) {
        (Value::Array(read), Value::Array(written)) => {
            read.len() == written.len() && read.iter().zip(written).all(|(read, written)| fits(read, written))
        }
        (Value::Object(_), Value::Object(written)) => written.iter().all(|(name, value)| fits(&read[name], value)),
        (Value::Object(members), written) => [members.get("id"), members.get("value")].contains(&Some(written)),
        (read, written) => read == written || (read.is_number() && read.as_f64() == written.as_f64()),
    }
}

#[test]
fn rule_16_each_field_is_saved_alone() {
    let Some(mut world) = World::new() else { return };
    let w = &mut world;
    let name = w.name.clone();
    let (tag, other_tag) = (w.named("", "extras/tags", json!({})), w.named("extras.tag", "extras/tags", json!({})));
    let region = w.named("dcim.region", "dcim/regions", json!({}));
    let tenant = w.named("tenancy.tenant", "tenancy/tenants", json!({}));
    let manufacturer = w.named("dcim.manufacturer", "dcim/manufacturers", json!({}));
    let role = w.named("dcim.devicerole", "dcim/device-roles", json!({}));
    let site = w.named("dcim.site", "dcim/sites", json!({}));
    let rack = w.make("dcim.rack", "dcim/racks", json!({"name": name, "site": site, "weight": 1, "weight_unit": "lb"}));
    let kind = json!({"manufacturer": manufacturer, "model": name, "slug": name, "u_height": 2, "weight": 1, "weight_unit": "kg"});
    let device_type = w.make("dcim.devicetype", "dcim/device-types", kind);
    w.make("dcim.moduletype", "dcim/module-types", json!({"manufacturer": manufacturer, "model": name}));
    let body = json!({"name": name, "role": role, "device_type": device_type, "site": site, "rack": rack, "face": "front", "position": 3});
    let device = w.make("dcim.device", "dcim/devices", body);
    let port = |name: &str| json!({"device": device, "name": name, "type": "1000base-t"});
    let ports: Vec<Value> = ["a", "b", "c", "d"].map(|name| w.make("dcim.interface", "dcim/interfaces", port(name))).into();
    let end = |port: &Value| json!([{"object_type": "dcim.interface", "object_id": port}]);
    let cable = json!({"a_terminations": end(&ports[0]), "b_terminations": end(&ports[1]), "length": 1, "length_unit": "ft"});
    w.make("dcim.cable", "dcim/cables", cable);
    let rear = w.make("dcim.rearport", "dcim/rear-ports", json!({"device": device, "name": "r", "type": "8p8c", "positions": 4}));
    w.make("dcim.frontport", "dcim/front-ports", json!({"device": device, "name": "f", "type": "8p8c", "positions": 2}));
    let vlan_group = w.named("ipam.vlangroup", "ipam/vlan-groups", json!({}));
    let vlan = w.make("ipam.vlan", "ipam/vlans", json!({"name": name, "vid": 100, "group": vlan_group}));
    let vrf = w.make("ipam.vrf", "ipam/vrfs", json!({"name": name}));
    w.make("ipam.prefix", "ipam/prefixes", json!({"prefix": "198.18.0.0/24", "vrf": vrf}));
    w.make("ipam.ipaddress", "ipam/ip-addresses", json!({"address": "198.18.0.1/24", "vrf": vrf}));
    let provider = w.named("circuits.provider", "circuits/providers", json!({}));
    let circuit_type = w.named("circuits.circuittype", "circuits/circuit-types", json!({}));
    w.make("circuits.circuit", "circuits/circuits", json!({"cid": name, "provider": provider, "type": circuit_type}));
    let cluster_type = w.named("virtualization.clustertype", "virtualization/cluster-types", json!({}));
    let cluster = w.make("virtualization.cluster", "virtualization/clusters", json!({"name": name, "type": cluster_type}));
    w.make("virtualization.virtualmachine", "virtualization/virtual-machines", json!({"name": name, "cluster": cluster}));
    let contact_groups: Vec<Value> = (0..2).map(|_| w.named("tenancy.contactgroup", "tenancy/contact-groups", json!({}))).collect();
    w.make_extras();
    let user = Value::from(&w.nb.users().users().get_by([("username", "admin")]).unwrap().unwrap());
    let choices = w.make("", "extras/custom-field-choice-sets", json!({"name": name, "extra_choices": [["a", "A"], ["b", "B"]]}));
    for kind in ["text", "longtext", "integer", "decimal", "boolean", "date", "datetime", "url"] {
        w.custom_field(kind, json!({}));
    }
    for kind in ["select", "multiselect"] {
        w.custom_field(kind, json!({ "choice_set": choices }));
    }
    for kind in ["object", "multiobject"] {
        w.custom_field(kind, json!({"related_object_type": "dcim.region"}));
    }
    // The contact comes last: it knows the custom fields that there are by now.
    w.make("tenancy.contact", "tenancy/contacts", json!({"name": name}));

    let rows = [
        ("dcim.site", "facility", json!("F1")),
        ("dcim.site", "facility", json!("")),
        ("dcim.site", "status", json!("planned")),
        ("dcim.site", "region", region.clone()),
        ("dcim.site", "region", json!(null)),
        ("dcim.site", "tags", json!([tag, other_tag])),
        ("dcim.site", "tags", json!([tag])),
        ("dcim.site", "tags", json!([])),
        ("dcim.site", "latitude", json!(51.507_4)),
        ("dcim.site", "longitude", json!(-1)),
        ("dcim.site", "longitude", json!(null)),
        ("dcim.site", "time_zone", json!("Europe/London")),
        ("dcim.site", "physical_address", json!("1 Ä Street\nLondon")),
        ("dcim.region", "description", json!("\"quoted\" & <b>")),
        ("dcim.rack", "width", json!(23)),
        ("dcim.rack", "u_height", json!(48)),
        ("dcim.rack", "desc_units", json!(true)),
        ("dcim.rack", "weight", json!(12.5)),
        ("dcim.rack", "weight_unit", json!("kg")),
        ("dcim.rack", "airflow", json!("front-to-rear")),
        ("dcim.rack", "airflow", json!(null)),
        ("dcim.rack", "asset_tag", json!(name)),
        ("dcim.rack", "asset_tag", json!(null)),
        ("dcim.devicetype", "u_height", json!(1.5)),
        ("dcim.devicetype", "is_full_depth", json!(false)),
        ("dcim.devicetype", "weight_unit", json!("lb")),
        ("dcim.rearport", "color", json!("00ff00")),
        ("dcim.frontport", "rear_ports", json!([{"position": 1, "rear_port": rear, "rear_port_position": 2}])),
        ("dcim.frontport", "rear_ports", json!([])),
        ("dcim.device", "serial", json!("X-4711")),
        ("dcim.device", "tenant", tenant.clone()),
        ("dcim.device", "tenant", json!(null)),
        ("dcim.device", "position", json!(7.5)),
        ("dcim.device", "position", json!(10)),
        ("dcim.device", "face", json!("rear")),
        ("dcim.device", "name", json!(null)),
        ("dcim.interface", "mtu", json!(9000)),
        ("dcim.interface", "mode", json!("tagged")),
        ("dcim.interface", "untagged_vlan", vlan.clone()),
        ("dcim.interface", "tagged_vlans", json!([vlan])),
        ("dcim.interface", "tagged_vlans", json!([])),
        ("dcim.interface", "type", json!("virtual")),
        ("dcim.interface", "parent", json!(ports[0])),
        ("dcim.interface", "enabled", json!(false)),
        ("dcim.cable", "a_terminations", end(&ports[2])),
        ("dcim.cable", "length", json!(3.5)),
        ("dcim.cable", "length_unit", json!("m")),
        ("ipam.vlangroup", "vid_ranges", json!([[100, 200], [300, 399]])),
        ("ipam.vlan", "vid", json!(150)),
        ("ipam.vlan", "group", json!(null)),
        ("ipam.prefix", "is_pool", json!(true)),
        ("ipam.prefix", "status", json!("container")),
        ("ipam.prefix", "vlan", vlan.clone()),
        ("ipam.prefix", "vrf", json!(null)),
        ("ipam.ipaddress", "address", json!("198.18.0.2/24")),
        ("ipam.ipaddress", "dns_name", json!("a.example.org")),
        ("ipam.ipaddress", "role", json!("vip")),
        ("ipam.ipaddress", "role", json!(null)),
        ("circuits.circuit", "install_date", json!("2026-02-28")),
        ("circuits.circuit", "install_date", json!(null)),
        ("circuits.circuit", "commit_rate", json!(10_000)),
        ("virtualization.cluster", "tenant", tenant.clone()),
        ("virtualization.virtualmachine", "vcpus", json!(2.5)),
        ("virtualization.virtualmachine", "vcpus", json!(3)),
        ("virtualization.virtualmachine", "memory", json!(2048)),
        ("virtualization.virtualmachine", "status", json!("staged")),
        ("tenancy.contact", "groups", json!(contact_groups)),
        ("tenancy.contact", "email", json!("a@example.org")),
        ("extras.tag", "color", json!("ff00ff")),
        ("extras.tag", "object_types", json!(["dcim.site"])),
        ("extras.configcontext", "sites", json!([site])),
        ("extras.configcontext", "weight", json!(7)),
        ("extras.eventrule", "event_types", json!(["object_created", "object_deleted"])),
        ("extras.savedfilter", "object_types", json!(["dcim.rack"])),
        ("users.objectpermission", "actions", json!(["view", "change"])),
        ("users.objectpermission", "users", json!([user])),
        ("dcim.moduletype", "part_number", json!("P-1")),
        ("tenancy.contact", "custom_fields.text", json!("t")),
        ("tenancy.contact", "custom_fields.text", json!(null)),
        ("tenancy.contact", "custom_fields.longtext", json!("one\ntwo")),
        ("tenancy.contact", "custom_fields.integer", json!(-7)),
        ("tenancy.contact", "custom_fields.decimal", json!(1.25)),
        ("tenancy.contact", "custom_fields.boolean", json!(false)),
        ("tenancy.contact", "custom_fields.date", json!("2026-02-28")),
        ("tenancy.contact", "custom_fields.datetime", json!("2026-02-28T12:00:00")),
        ("tenancy.contact", "custom_fields.url", json!("https://example.org/api/x/1/")),
        ("tenancy.contact", "custom_fields.select", json!("a")),
        ("tenancy.contact", "custom_fields.select", json!("b")),
        ("tenancy.contact", "custom_fields.select", json!(null)),
        ("tenancy.contact", "custom_fields.multiselect", json!(["a"])),
        ("tenancy.contact", "custom_fields.multiselect", json!(["a", "b"])),
        ("tenancy.contact", "custom_fields.multiselect", json!([])),
        ("tenancy.contact", "custom_fields.object", region.clone()),
        ("tenancy.contact", "custom_fields.object", json!(null)),
        ("tenancy.contact", "custom_fields.multiobject", json!([region])),
        ("tenancy.contact", "custom_fields.multiobject", json!([])),
    ];
    world.check(&rows, fits);
}

#[test]
fn rule_16_free_json_arrives_as_it_was_given() {
    let Some(mut world) = World::new() else { return };
    let w = &mut world;
    let name = w.name.clone();
    // What a write would make an id or a value of in any other field.
    let object = json!({"id": 1, "url": "http://h/api/dcim/sites/1/", "display": "x"});
    let choice = json!({"value": "a", "label": "A"});
    let both = json!({"id": 1, "url": "http://h/api/x/1/", "value": [object, choice], "label": choice, "number": 1.0, "none": null});
    let schema = |inner: Value| json!({"type": "object", "properties": inner});
    let names = json!({"id": {"type": "integer"}, "url": {"type": "string"}, "value": {"type": "string"}, "label": {"type": "string"}});

    let manufacturer = w.named("dcim.manufacturer", "dcim/manufacturers", json!({}));
    let role = w.named("dcim.devicerole", "dcim/device-roles", json!({}));
    let site = w.named("dcim.site", "dcim/sites", json!({}));
    let device_type = w.make("", "dcim/device-types", json!({"manufacturer": manufacturer, "model": name, "slug": name}));
    w.make("dcim.device", "dcim/devices", json!({"name": name, "role": role, "device_type": device_type, "site": site}));
    w.make("virtualization.virtualmachine", "virtualization/virtual-machines", json!({"name": name, "site": site}));
    let profile = w.make("dcim.moduletypeprofile", "dcim/module-type-profiles", json!({"name": name, "schema": schema(names.clone())}));
    w.make(
        "dcim.moduletype",
        "dcim/module-types",
        json!({"manufacturer": manufacturer, "model": name, "profile": profile, "attributes": {"id": 7}}),
    );
    w.make_extras();
    w.make("extras.configcontextprofile", "extras/config-context-profiles", json!({"name": name}));
    w.make("extras.configtemplate", "extras/config-templates", json!({"name": name, "template_code": "x"}));
    let template = json!({"name": name, "template_code": "x", "object_types": ["dcim.region"]});
    w.make("extras.exporttemplate", "extras/export-templates", template);
    w.make("core.datasource", "core/data-sources", json!({"name": name, "type": "local", "source_url": "/tmp", "enabled": false}));
    let set = json!({"name": name, "extra_choices": [["value", "V"], ["label", "L"]]});
    w.make("extras.customfieldchoiceset", "extras/custom-field-choice-sets", set);
    w.custom_field("object", json!({"related_object_type": "dcim.site"}));
    let relation = w.objects["extras.customfield"].clone();
    w.objects.insert("extras.customfield#object", relation);
    w.custom_field("json", json!({}));
    w.make("tenancy.contact", "tenancy/contacts", json!({"name": name}));

    let mut rows = Vec::new();
    for (object_type, path) in [
        ("dcim.device", "local_context_data"),
        ("virtualization.virtualmachine", "local_context_data"),
        ("extras.configcontext", "data"),
        ("extras.savedfilter", "parameters"),
        ("users.objectpermission", "constraints"),
        ("core.datasource", "parameters"),
        ("extras.customfield", "default"),
        ("tenancy.contact", "custom_fields.json"),
    ] {
        for value in [&choice, &object, &both] {
            rows.push((object_type, path, value.clone()));
        }
    }
    rows.extend([
        ("users.objectpermission", "constraints", json!([object, choice])),
        ("tenancy.contact", "custom_fields.json", json!([object, choice])),
        ("tenancy.contact", "custom_fields.json", json!([choice])),
        ("tenancy.contact", "custom_fields.json", json!([object])),
        ("tenancy.contact", "custom_fields.json", json!(null)),
        ("dcim.device", "local_context_data", json!(null)),
        ("dcim.moduletypeprofile", "schema", schema(json!({"value": {"type": "string"}, "label": {"type": "string"}}))),
        // The server takes those that are not named from before, so all are.
        ("dcim.moduletype", "attributes", json!({"value": "a", "label": "A", "id": 1})),
        ("dcim.moduletype", "attributes", json!({"id": 2, "url": "http://h/api/x/1/", "value": "b", "label": "B"})),
        ("extras.configtemplate", "environment_params", json!({ "trim_blocks": choice })),
        ("extras.exporttemplate", "environment_params", json!({ "trim_blocks": object })),
        ("extras.customfield", "default", json!(null)),
        ("extras.configcontextprofile", "schema", schema(names.clone())),
        ("extras.customfield", "validation_schema", schema(names)),
        ("extras.customfieldchoiceset", "choice_colors", json!({"value": "red", "label": "blue"})),
        ("extras.eventrule", "conditions", json!({"attr": "status.value", "value": "active"})),
        ("extras.eventrule", "conditions", json!({"and": [{"attr": "id", "value": 1}, {"attr": "url", "value": "x"}]})),
        ("extras.customfield#object", "related_object_filter", json!({"id": 1})),
    ]);
    world.check(&rows, |read, written| read == written);
}

#[test]
fn rule_16_custom_fields_that_were_read_are_saved_by_their_type() {
    let Some(mut w) = World::new() else { return };
    let regions: Vec<Value> = (0..2).map(|_| w.named("dcim.region", "dcim/regions", json!({}))).collect();
    let choices = json!({"name": w.name, "extra_choices": [["a", "A"], ["b", "B"]]});
    let choices = w.make("", "extras/custom-field-choice-sets", choices);
    for kind in ["select", "multiselect"] {
        w.custom_field(kind, json!({ "choice_set": choices }));
    }
    for kind in ["object", "multiobject"] {
        w.custom_field(kind, json!({"related_object_type": "dcim.region"}));
    }
    w.custom_field("json", json!({}));
    let name = w.name.clone();
    w.make("tenancy.contact", "tenancy/contacts", json!({ "name": name }));
    let mut contact = w.objects["tenancy.contact"].clone();
    let whole = |id: &Value| w.nb.dcim().regions().get(id.to_string()).unwrap().unwrap().to_value();
    let choice = json!({"value": "a", "label": "A"});
    for (kind, set, expected) in [
        ("object", whole(&regions[0]), json!(regions[0])),
        ("multiobject", json!([whole(&regions[0]), regions[1]]), json!(regions)),
        ("select", choice.clone(), json!("a")),
        ("multiselect", json!([choice, {"value": "b", "label": "B"}]), json!(["a", "b"])),
        ("json", choice.clone(), choice.clone()),
        ("json", json!([whole(&regions[0])]), json!([whole(&regions[0])])),
    ] {
        contact.set(&format!("custom_fields.{}", w.field(kind)), set);
        assert!(contact.save().unwrap_or_else(|error| panic!("{kind}: {error}")));
        contact.refresh().unwrap();
        let read = &contact["custom_fields"][w.field(kind)];
        let plain = |value: &Value| {
            value.get("id").filter(|_| kind != "json").or(value.get("value").filter(|_| kind != "json")).unwrap_or(value).clone()
        };
        let read = match read {
            Value::Array(list) => list.iter().map(plain).collect(),
            other => plain(other),
        };
        assert_eq!(read, expected, "{kind}");
    }
    // What was read is changed in its place.
    contact.set(&format!("custom_fields.{}.0", w.field("multiobject")), regions[1].clone());
    contact.set(&format!("custom_fields.{}.1", w.field("multiobject")), regions[0].clone());
    assert!(contact.save().unwrap());
}
