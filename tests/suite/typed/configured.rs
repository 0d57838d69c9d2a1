//! A NetBox whose configuration (`FIELD_CHOICES`) has choices that no document knows.

use netbox_sdk::Client;
use netbox_sdk::typed::Patch;
use netbox_sdk::typed::v4_7::*;

use super::everything::{Stage, name as n};
use crate::support::{live, live_config_at};

fn configured() -> Option<Api> {
    live_config_at("NETBOX_FIELD_CHOICES_URL").map(|config| Api::new(Client::new(config.build().unwrap()).unwrap()))
}

#[test]
fn choices_of_the_server_are_read_with_their_labels_written_and_saved() {
    let (Some(nb), Some(usual)) = (configured(), live()) else { return };
    let mut stage = Stage::new(&nb);
    let sites = nb.dcim().sites();
    let site = stage.has(&sites, SiteRequest::new(n(), n()).status(SiteStatus::from("lab")));
    assert_eq!(site.status, SiteStatus::Other("lab".to_owned()));
    assert_eq!((site.status.label.as_str(), site.status.to_string().as_str()), ("Of the lab", "Of the lab"));
    let mut edited = site.clone();
    edited.facility = "new".to_owned();
    assert_eq!(sites.save(&site, &edited).unwrap().status, site.status);
    assert_eq!(sites.filter([("status", "lab"), ("facility", "new")]).first().unwrap().unwrap().id, site.id);

    // Where NetBox's own choices are gone, objects still have them, and no label.
    let locations = nb.dcim().locations();
    let location = stage.has(&locations, LocationRequest::new(&site, n(), n()).status(SiteStatus::from("shut")));
    assert_eq!((location.status.value.clone(), location.status.label.as_str()), (SiteStatus::from("shut"), "Shut for good"));
    let elsewhere = Api::new(usual).dcim().locations();
    assert_eq!(elsewhere.get(location.id).unwrap().unwrap().status.label, "", "the usual server does not know it");
    elsewhere.patch(location.id, &LocationPatch::new().status(SiteStatus::Retired)).unwrap();
    let retired = locations.get(location.id).unwrap().unwrap();
    assert_eq!(
        (&retired.status.value, retired.status.label.as_str(), retired.status.to_string().as_str()),
        (&SiteStatus::Retired, "", "retired")
    );
    let error = locations.patch(location.id, &LocationPatch::new().status(SiteStatus::Planned)).unwrap_err();
    assert!(error.to_string().contains("planned is not a valid choice"), "it is left to the server: {error}");
}

#[test]
fn every_choice_that_a_server_can_add_to_is_written_and_read() {
    let Some(nb) = configured() else { return };
    let mut stage = Stage::new(&nb);
    let user = stage.user();
    let device = stage.device();
    let (dcim, ipam) = (nb.dcim(), nb.ipam());
    let provider = stage.has(&nb.circuits().providers(), ProviderRequest::new(n(), n()));
    let circuit_type = stage.has(&nb.circuits().circuit_types(), CircuitTypeRequest::new(n(), n()));
    let circuit = || CircuitRequest::new(n()).provider(&provider).r#type(&circuit_type);
    let assigned = stage.has(&nb.circuits().circuits(), circuit());
    let group = stage.has(&nb.circuits().circuit_groups(), CircuitGroupRequest::new(n(), n()));
    let rack = stage.has(&dcim.racks(), RackRequest::new(device.site.id, n()));
    let maker = device.device_type.manufacturer.id;
    let module_type = stage.has(&dcim.module_types(), ModuleTypeRequest::new(maker, n()));
    let bay = stage.has(&dcim.module_bays(), ModuleBayRequest::new(&device, n()));
    let panel = stage.has(&dcim.power_panels(), PowerPanelRequest::new(device.site.id, n()));
    let source = stage.has(&dcim.cooling_sources(), CoolingSourceRequest::new(device.site.id, n(), CoolingSourceType::Chiller));
    let cluster_type = stage.has(&nb.virtualization().cluster_types(), ClusterTypeRequest::new(n(), n()));
    let vrf = stage.has(&ipam.vrfs(), VRFRequest::new(n()));

    stage.row(&nb.circuits().circuits(), circuit(), [CircuitPatch::new().status(CircuitStatus::from("lab"))]);
    stage.row(
        &nb.circuits().circuit_group_assignments(),
        CircuitGroupAssignmentRequest::new(&group, assigned.id, "circuits.circuit"),
        [
            CircuitGroupAssignmentPatch::new().priority(ContactAssignmentPriority::from("lab")),
            CircuitGroupAssignmentPatch::new().priority(Patch::Null),
        ],
    );
    stage.row(
        &dcim.racks(),
        RackRequest::new(device.site.id, n()),
        [RackPatch::new().status(RackStatus::from("lab")).airflow(RackAirflow::from("lab")), RackPatch::new().airflow(Patch::Null)],
    );
    stage.row(
        &dcim.rack_reservations(),
        RackReservationRequest::new("reserved", [1]).rack(&rack).user(&user),
        [RackReservationPatch::new().status(RackReservationStatus::from("lab"))],
    );
    stage.row(
        &dcim.devices(),
        DeviceRequest::new().site(device.site.id).role(device.role.id).device_type(device.device_type.id),
        [DevicePatch::new().status(DeviceStatus::from("lab")).airflow(DeviceAirflow::from("lab")), DevicePatch::new().airflow(Patch::Null)],
    );
    stage.row(
        &dcim.device_types(),
        DeviceTypeRequest::new(maker, n(), n()),
        [DeviceTypePatch::new().airflow(DeviceAirflow::from("lab")), DeviceTypePatch::new().airflow(Patch::Null)],
    );
    stage.row(
        &dcim.module_types(),
        ModuleTypeRequest::new(maker, n()),
        [ModuleTypePatch::new().airflow(ModuleTypeAirflow::from("lab")), ModuleTypePatch::new().airflow(Patch::Null)],
    );
    stage.row(
        &dcim.modules(),
        ModuleRequest::new().device(&device).module_bay(&bay).module_type(&module_type),
        [ModulePatch::new().status(ModuleStatus::from("lab"))],
    );
    stage.row(&dcim.power_feeds(), PowerFeedRequest::new(&panel, n()), [PowerFeedPatch::new().status(PowerFeedStatus::from("lab"))]);
    stage.row(
        &dcim.power_outlets(),
        PowerOutletRequest::new(&device, n()),
        [PowerOutletPatch::new().status(PowerOutletStatus::from("lab"))],
    );
    stage.row(
        &dcim.cooling_sources(),
        CoolingSourceRequest::new(device.site.id, n(), CoolingSourceType::from("lab")),
        [CoolingSourcePatch::new().status(PowerFeedStatus::from("lab"))],
    );
    stage.row(&dcim.cooling_feeds(), CoolingFeedRequest::new(&source, n()), [CoolingFeedPatch::new().status(PowerFeedStatus::from("lab"))]);
    stage.row(
        &dcim.virtual_device_contexts(),
        VirtualDeviceContextRequest::new(&device, n(), VirtualDeviceContextStatus::from("lab")),
        [VirtualDeviceContextPatch::new().identifier(7)],
    );
    stage.row(
        &dcim.inventory_items(),
        InventoryItemRequest::new(&device, n()),
        [InventoryItemPatch::new().status(ModuleStatus::from("lab"))],
    );
    stage.row(
        &nb.extras().journal_entries(),
        JournalEntryRequest::new(device.site.id).assigned_object_type("dcim.site").comments("comments"),
        [JournalEntryPatch::new().kind(JournalEntryKind::from("lab"))],
    );
    stage.row(&ipam.prefixes(), PrefixRequest::new("192.0.2.0/24").vrf(&vrf), [PrefixPatch::new().status(PrefixStatus::from("lab"))]);
    stage.row(
        &ipam.ip_ranges(),
        IPRangeRequest::new().end_address("192.0.2.9/24").start_address("192.0.2.2/24").vrf(&vrf),
        [IPRangePatch::new().status(VLANStatus::from("lab"))],
    );
    stage.row(
        &ipam.ip_addresses(),
        IPAddressRequest::new("192.0.2.1/24").vrf(&vrf),
        [IPAddressPatch::new().status(IPAddressStatus::from("lab"))],
    );
    stage.row(&ipam.vlans(), VLANRequest::new(n(), 7), [VLANPatch::new().status(VLANStatus::from("lab"))]);
    stage.row(
        &nb.virtualization().clusters(),
        ClusterRequest::new(&cluster_type, n()),
        [ClusterPatch::new().status(ClusterStatus::from("lab"))],
    );
    stage.row(
        &nb.virtualization().virtual_machines(),
        VirtualMachineRequest::new(n()).site(device.site.id),
        [VirtualMachinePatch::new().status(VirtualMachineStatus::from("lab")).start_on_boot(VirtualMachineStartOnBoot::from("lab"))],
    );
    stage.row(
        &nb.vpn().tunnels(),
        TunnelRequest::new(TunnelEncapsulation::Gre, n(), TunnelStatus::from("lab")),
        [TunnelPatch::new().tunnel_id(7)],
    );
    stage.row(&nb.vpn().l2vpns(), L2VPNRequest::new(n(), n(), L2VPNType::Vxlan), [L2VPNPatch::new().status(L2VPNStatus::from("lab"))]);
    stage.row(
        &nb.wireless().wireless_lans(),
        WirelessLANRequest::new("ssid"),
        [WirelessLANPatch::new().status(WirelessLANStatus::from("lab"))],
    );
    stage.check();
}
