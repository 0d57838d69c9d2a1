//! Made-up objects to begin with.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::changes;
use super::clock;
use super::rules::Rules;
use super::store::{Row, Store};
use super::write::checked_fields;

/// Made-up objects that a mock begins with.
///
/// | resource | |
/// | --- | --- |
/// | sites | `lon`, `par`, and of a campus `ber`, `nyc`, `hel`, `sto`, `sao`, `tyo`: in the region `europe` below `world`, of the tenant `acme`, with the tag `production` |
/// | of the n-th site | a rack (`R01`, …), VLANs 10, 20 and 30 (`users`, `voice`, `cameras`), the prefixes `10.n.0.0/16` (a container) and `10.n.1.0/24` |
/// | devices | one site after the other in turn, and so the roles `leaf-switch`, `spine-switch`, `router`, `server`, the three types and the tags `production` and `lab`; every seventh is `planned`, the others are `active` |
/// | of each device | the interfaces `eth0` and `eth1`, and an address of `10.n.0.0/16` on `eth0`, which is not its primary one; no cables |
///
/// Devices are called after role, site and number, from `leaf-lon-00000` on. Ids rise from 1 in each resource, in this order. Tests may rely on all of this. Objects of
/// other resources may be added. Every mock has the users `admin` and `other` with a token each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demo {
    sites: u64,
    devices: u64,
}

const CITIES: [(&str, &str); 8] =
    [("LON", "lon"), ("PAR", "par"), ("BER", "ber"), ("NYC", "nyc"), ("HEL", "hel"), ("STO", "sto"), ("SAO", "sao"), ("TYO", "tyo")];
const ROLES: [(&str, &str); 4] =
    [("Leaf Switch", "leaf-switch"), ("Spine Switch", "spine-switch"), ("Router", "router"), ("Server", "server")];

impl Demo {
    /// Two sites with a rack and six devices each: 12 devices, one of which is planned, 24 interfaces, 12 addresses, 4 prefixes, 6 VLANs.
    pub fn small() -> Demo {
        Demo { sites: 2, devices: 12 }
    }

    /// Eight sites with so many devices in all, twice as many interfaces, as many addresses, 16 prefixes and 24 VLANs.
    pub fn campus(devices: u64) -> Demo {
        Demo { sites: 8, devices }
    }

    pub(super) fn plant(self, rules: &Rules, store: &mut Store) {
        let mut garden = Garden { rules, store, templates: HashMap::new(), now: clock::now() };
        garden.organise(self.sites);
        for number in 0..self.devices {
            garden.device(number, number % self.sites);
        }
        garden.store.commit();
    }
}

struct Garden<'a> {
    rules: &'a Rules,
    store: &'a mut Store,
    /// The first object of each resource. The others differ in what is named of them alone.
    templates: HashMap<&'static str, Row>,
    now: String,
}

impl Garden<'_> {
    /// Adds an object, with the defaults of what is not named. Ids rise from 1 for each resource. Objects of one resource name the same members.
    fn add(&mut self, resource: &'static str, body: Value) {
        let row = match self.templates.get(resource) {
            Some(template) => {
                let mut row = template.clone();
                // What a line does not know is left out, as it leaves it out itself.
                for (name, value) in body.as_object().into_iter().flatten() {
                    if let Some(own) = row.get_mut(name) {
                        *own = value.clone();
                    }
                }
                row
            }
            None => {
                let Ok(mut row) = checked_fields(self.rules, self.store, resource, &body, None, true) else { return };
                row.insert("created".to_owned(), json!(self.now));
                row.insert("last_updated".to_owned(), json!(self.now));
                self.templates.insert(resource, row.clone());
                row
            }
        };
        let tags = row.get("tags").cloned().unwrap_or_default();
        let id = self.store.insert(resource, row);
        for tag in tags.as_array().into_iter().flatten() {
            changes::tag(self.rules, self.store, resource, id, tag);
        }
    }

    fn organise(&mut self, sites: u64) {
        self.add("dcim/regions", json!({"name": "World", "slug": "world", "parent": null}));
        self.add("dcim/regions", json!({"name": "Europe", "slug": "europe", "parent": 1}));
        self.add("tenancy/tenants", json!({"name": "Acme", "slug": "acme"}));
        self.add("extras/tags", json!({"name": "production", "slug": "production"}));
        self.add("extras/tags", json!({"name": "lab", "slug": "lab"}));
        self.add("dcim/manufacturers", json!({"name": "Arista", "slug": "arista"}));
        self.add("dcim/manufacturers", json!({"name": "Juniper", "slug": "juniper"}));
        for (number, model) in (0..).zip(["7050X3", "MX204", "7280R"]) {
            self.add("dcim/device-types", json!({"manufacturer": number % 2 + 1, "model": model, "slug": model.to_lowercase()}));
        }
        for (name, slug) in ROLES {
            self.add("dcim/device-roles", json!({"name": name, "slug": slug, "color": "2196f3"}));
        }
        for (name, slug) in CITIES.iter().take(usize::try_from(sites).unwrap_or(usize::MAX)) {
            self.add("dcim/sites", json!({"name": name, "slug": slug, "region": 2, "tenant": 1, "tags": [1]}));
        }
        for site in 1..=sites {
            self.add("dcim/racks", json!({"name": format!("R{site:02}"), "site": site}));
            self.add("ipam/prefixes", json!({"prefix": format!("10.{site}.0.0/16"), "status": "container"}));
            self.add("ipam/prefixes", json!({"prefix": format!("10.{site}.1.0/24"), "status": "active"}));
            for (vid, name) in [(10, "users"), (20, "voice"), (30, "cameras")] {
                self.add("ipam/vlans", json!({"vid": vid, "name": name, "site": site}));
            }
        }
    }

    fn device(&mut self, number: u64, site: u64) {
        let (role_name, role) = (ROLES[(number % 4) as usize].1.split('-').next().unwrap_or_default(), number % 4 + 1);
        let name = format!("{role_name}-{}-{number:05}", CITIES[(site % 8) as usize].1);
        let status = if number % 7 == 6 { "planned" } else { "active" };
        self.add(
            "dcim/devices",
            json!({"name": name, "site": site + 1, "role": role, "device_type": number % 3 + 1, "status": status, "tenant": 1,
                "rack": site + 1, "serial": format!("SN{number:08}"), "asset_tag": format!("AT{number:08}"), "tags": [number % 2 + 1]}),
        );
        for port in 0..2 {
            self.add("dcim/interfaces", json!({"device": number + 1, "name": format!("eth{port}"), "type": "10gbase-x-sfpp"}));
        }
        let address = format!("10.{}.{}.{}/16", site + 1, number / 250 % 250 + 2, number % 250 + 1);
        self.add(
            "ipam/ip-addresses",
            json!({"address": address, "assigned_object_type": "dcim.interface", "assigned_object_id": number * 2 + 1}),
        );
    }
}
