//! What is below objects, with types, against a real NetBox.

use netbox_sdk::typed::v4_7::{self, AvailableIPRequest, AvailablePrefixRequest, AvailableVLANRequest, BriefDevice, IPAddress, Prefix};
use netbox_sdk::{ErrorKind, json};

use crate::live::{Guard, unique};
use crate::support::live;

fn api() -> Option<v4_7::Api> {
    live().map(v4_7::Api::new)
}

fn guard(nb: &v4_7::Api, path: &str, id: u64) -> Guard {
    Guard { client: nb.untyped().client().clone(), path: format!("{path}/{id}") }
}

#[test]
fn addresses_and_prefixes_are_allocated() {
    let Some(nb) = api() else { return };
    let vrf = nb.ipam().vrfs().create(&v4_7::VRFRequest::new(unique("typed"))).unwrap();
    let _vrf = guard(&nb, "ipam/vrfs", vrf.id);
    let prefixes = nb.ipam().prefixes();
    let prefix = prefixes.create(&v4_7::PrefixRequest::new("10.61.0.0/29").vrf(&vrf).is_pool(true)).unwrap();
    let _prefix = guard(&nb, "ipam/prefixes", prefix.id);

    let free = prefixes.available_ips(prefix.id);
    let first = &free.limit(2).list().unwrap();
    assert_eq!(first.iter().map(|free| free.address.as_str()).collect::<Vec<_>>(), ["10.61.0.0/29", "10.61.0.1/29"]);
    assert_eq!(first[0].vrf.as_ref().map(|vrf| vrf.id), Some(vrf.id));
    let free = prefixes.available_ips(prefix.id);
    let one: IPAddress = free.create(&AvailableIPRequest::new().dns_name("one.example.com")).unwrap();
    let _one = guard(&nb, "ipam/ip-addresses", one.id);
    assert_eq!((one.address.as_str(), one.dns_name.as_str()), ("10.61.0.0/29", "one.example.com"));
    let more = free.create_many(&[AvailableIPRequest::new().description("a"), AvailableIPRequest::new().description("b")]).unwrap();
    let _more: Vec<Guard> = more.iter().map(|ip| guard(&nb, "ipam/ip-addresses", ip.id)).collect();
    assert_eq!(more.iter().map(|ip| ip.description.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let json = free.create_json(json!({"description": "json"})).unwrap();
    let _json: Vec<Guard> = json.iter().map(|ip| guard(&nb, "ipam/ip-addresses", ip.id)).collect();
    assert_eq!(json[0].address.as_str(), "10.61.0.3/29");
    assert_eq!(free.create_many(&vec![AvailableIPRequest::new(); 5]).unwrap_err().kind(), ErrorKind::Exhausted);

    let outer = prefixes.create(&v4_7::PrefixRequest::new("10.62.0.0/24").vrf(&vrf)).unwrap();
    let _outer = guard(&nb, "ipam/prefixes", outer.id);
    let free = prefixes.available_prefixes(outer.id);
    assert_eq!(free.list().unwrap()[0].prefix.as_str(), "10.62.0.0/24");
    let inner: Prefix = free.create(&AvailablePrefixRequest::new(28)).unwrap();
    let _inner = guard(&nb, "ipam/prefixes", inner.id);
    assert_eq!(inner.prefix.as_str(), "10.62.0.0/28");
}

#[test]
fn vlans_and_as_numbers_are_allocated() {
    let Some(nb) = api() else { return };
    let name = unique("typed");
    let group = nb.ipam().vlan_groups().create(&v4_7::VLANGroupRequest::new(name.as_str(), name.as_str())).unwrap();
    let _group = guard(&nb, "ipam/vlan-groups", group.id);
    let free = nb.ipam().vlan_groups().available_vlans(group.id);
    assert_eq!(free.clone().limit(2).list().unwrap().iter().map(|free| free.vid).collect::<Vec<_>>(), [1, 2]);
    let vlan = free.create(&AvailableVLANRequest::new("first")).unwrap();
    let _vlan = guard(&nb, "ipam/vlans", vlan.id);
    assert_eq!((vlan.vid, vlan.name.as_str()), (1, "first"));

    let rir = nb.ipam().rirs().create(&v4_7::RIRRequest::new(name.as_str(), name.as_str())).unwrap();
    let _rir = guard(&nb, "ipam/rirs", rir.id);
    let start = 4_200_000_000 + u32::from(std::process::id() as u16) * 100;
    let range =
        nb.ipam().asn_ranges().create(&v4_7::ASNRangeRequest::new(&rir, name.as_str(), name.as_str()).end(start + 9).start(start)).unwrap();
    let _range = guard(&nb, "ipam/asn-ranges", range.id);
    let free = nb.ipam().asn_ranges().available_asns(range.id);
    assert_eq!(free.list().unwrap()[0].asn, i64::from(start));
    let asn = free.create(&v4_7::AvailableASNRequest::new().description("taken")).unwrap();
    let _asn = guard(&nb, "ipam/asns", asn.id);
    assert_eq!((asn.asn, asn.description.as_str()), (i64::from(start), "taken"));
}

#[test]
fn elevations_have_half_units_and_traces_are_triples() {
    let Some(nb) = api() else { return };
    let site = nb.dcim().sites().all().first().unwrap().unwrap();
    let rack = nb.dcim().racks().create(&v4_7::RackRequest::new(&site, unique("typed")).u_height(4)).unwrap();
    let _rack = guard(&nb, "dcim/racks", rack.id);
    let units: Vec<_> = nb.dcim().racks().elevation(rack.id).unwrap().with("face", "rear").into_iter().map(Result::unwrap).collect();
    assert_eq!(units.iter().map(|unit| unit.id).collect::<Vec<_>>(), [4.5, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0]);
    assert!(units.iter().all(|unit| !unit.occupied && unit.device.is_none()));

    let like = nb.dcim().devices().all().first().unwrap().unwrap();
    let device = |name: String| {
        nb.dcim()
            .devices()
            .create(&v4_7::DeviceRequest::new().site(&site).role(&like.role).device_type(&like.device_type).name(name))
            .unwrap()
    };
    let (near, far) = (device(unique("near")), device(unique("far")));
    let _devices = [guard(&nb, "dcim/devices", near.id), guard(&nb, "dcim/devices", far.id)];
    let interface = |device: &v4_7::Device| {
        let request = v4_7::InterfaceRequest::new(device, "typed0", v4_7::InterfaceType::V1000baseT);
        nb.dcim().interfaces().create(&request).unwrap()
    };
    let (near, far) = (interface(&near), interface(&far));
    let end = |interface: &v4_7::Interface| json!([{"object_type": "dcim.interface", "object_id": interface.id}]);
    let cable = nb.dcim().cables().create_json(json!({"a_terminations": end(&near), "b_terminations": end(&far), "label": "x"})).unwrap();
    let _cable = guard(&nb, "dcim/cables", cable.id);
    let trace = nb.dcim().interfaces().trace(near.id).unwrap();
    let [(near_ends, Some(between), far_ends)] = trace.as_slice() else { panic!("{trace:?}") };
    assert_eq!((near_ends[0].id, between.id, far_ends[0].id), (near.id, cable.id, far.id));
    assert_eq!((between.label.as_deref(), between.status.as_deref()), (Some("x"), Some("connected")));
    assert!(far_ends[0].device.as_ref().is_some_and(|device| device.name.as_deref().is_some_and(|name| name.starts_with("far"))));
}

#[test]
fn a_short_form_asks_for_its_fields_alone() {
    let Some(nb) = api() else { return };
    let devices: Vec<BriefDevice> =
        nb.dcim().devices().all().limit_total(3).select::<BriefDevice>().into_iter().map(Result::unwrap).collect();
    assert!(devices.len() == 3 && devices.iter().all(|device| device.url.ends_with(&format!("/{}/", device.id))));
}
