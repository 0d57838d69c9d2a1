//! One row for each resource: what makes an object of it with no more than must be, what sets all that it has, and what empties it.

use netbox_sdk::typed::v4_7::*;
use netbox_sdk::typed::{Patch, Reference};
use netbox_sdk::{Form, Part, json};

use super::{Stage, name as n, network, number};
use crate::live::PNG;

pub fn circuits(stage: &mut Stage) {
    let nb = stage.nb.circuits();
    let site = stage.has(&stage.nb.dcim().sites(), SiteRequest::new(n(), n()));
    let provider = stage.has(&nb.providers(), ProviderRequest::new(n(), n()));
    let account = stage.has(&nb.provider_accounts(), ProviderAccountRequest::new(&provider, n()));
    let network = stage.has(&nb.provider_networks(), ProviderNetworkRequest::new(&provider, n()));
    let circuit_type = stage.has(&nb.circuit_types(), CircuitTypeRequest::new(n(), n()));
    let circuit = stage.has(&nb.circuits(), CircuitRequest::new(n()).provider(&provider).r#type(&circuit_type));
    let virtual_type = stage.has(&nb.virtual_circuit_types(), VirtualCircuitTypeRequest::new(n(), n()));
    let virtual_circuit =
        stage.has(&nb.virtual_circuits(), VirtualCircuitRequest::new(n()).provider_network(&network).r#type(&virtual_type));
    let group = stage.has(&nb.circuit_groups(), CircuitGroupRequest::new(n(), n()));
    let rir = stage.has(&stage.nb.ipam().rirs(), RIRRequest::new(n(), n()));
    let asn = stage.has(&stage.nb.ipam().asns(), ASNRequest::new(number()).rir(&rir));
    let tenant = stage.tenant.clone();
    let device = stage.device();
    let interface = stage.has(&stage.nb.dcim().interfaces(), InterfaceRequest::new(&device, n(), InterfaceType::Virtual));

    stage.row(
        &nb.circuit_group_assignments(),
        CircuitGroupAssignmentRequest::new(&group, circuit.id, "circuits.circuit"),
        [
            CircuitGroupAssignmentPatch::new().priority(ContactAssignmentPriority::Primary),
            CircuitGroupAssignmentPatch::new().priority(Patch::Null),
        ],
    );
    stage.row(
        &nb.circuit_groups(),
        CircuitGroupRequest::new(n(), n()),
        [CircuitGroupPatch::new().tenant(&tenant), CircuitGroupPatch::new().tenant(Patch::Null)],
    );
    stage.row(
        &nb.circuit_terminations(),
        CircuitTerminationRequest::new(&circuit, CircuitTerminationTermSide::A)
            .termination_type("circuits.providernetwork")
            .termination_id(network.id),
        [
            CircuitTerminationPatch::new()
                .termination_type("dcim.site")
                .termination_id(site.id)
                .port_speed(1_000_000)
                .upstream_speed(500_000)
                .xconnect_id("x")
                .pp_info("p")
                .mark_connected(true),
            CircuitTerminationPatch::new().port_speed(Patch::Null).upstream_speed(Patch::Null),
        ],
    );
    stage.row(&nb.circuit_types(), CircuitTypeRequest::new(n(), n()), [CircuitTypePatch::new().color("ff0000")]);
    stage.row(
        &nb.circuits(),
        CircuitRequest::new(n()).provider(&provider).r#type(&circuit_type),
        [
            CircuitPatch::new()
                .provider_account(&account)
                .status(CircuitStatus::Planned)
                .tenant(&tenant)
                .install_date("2026-01-02")
                .termination_date("2027-01-02")
                .commit_rate(100)
                .distance(1.5)
                .distance_unit(CircuitDistanceUnit::Km),
            CircuitPatch::new()
                .provider_account(Patch::Null)
                .tenant(Patch::Null)
                .install_date(Patch::Null)
                .termination_date(Patch::Null)
                .commit_rate(Patch::Null)
                .distance(Patch::Null)
                .distance_unit(Patch::Null),
        ],
    );
    stage.row(&nb.provider_accounts(), ProviderAccountRequest::new(&provider, n()), [ProviderAccountPatch::new().name(n())]);
    stage.row(&nb.provider_networks(), ProviderNetworkRequest::new(&provider, n()), [ProviderNetworkPatch::new().service_id("s")]);
    stage.row(&nb.providers(), ProviderRequest::new(n(), n()), [ProviderPatch::new().asns([&asn])]);
    stage.row(
        &nb.virtual_circuit_terminations(),
        VirtualCircuitTerminationRequest::new().virtual_circuit(&virtual_circuit).interface(&interface),
        [VirtualCircuitTerminationPatch::new().role(TunnelTerminationRole::Hub)],
    );
    stage.row(&nb.virtual_circuit_types(), VirtualCircuitTypeRequest::new(n(), n()), [VirtualCircuitTypePatch::new().color("00ff00")]);
    stage.row(
        &nb.virtual_circuits(),
        VirtualCircuitRequest::new(n()).provider_network(&network).r#type(&virtual_type),
        [
            VirtualCircuitPatch::new().provider_account(&account).status(CircuitStatus::Offline).tenant(&tenant),
            VirtualCircuitPatch::new().provider_account(Patch::Null).tenant(Patch::Null),
        ],
    );
}

pub fn dcim(stage: &mut Stage) {
    let nb = stage.nb.dcim();
    let tenant = stage.tenant.clone();
    let user = stage.user();
    let region = stage.has(&nb.regions(), RegionRequest::new(n(), n()));
    let group = stage.has(&nb.site_groups(), SiteGroupRequest::new(n(), n()));
    let site = stage.has(&nb.sites(), SiteRequest::new(n(), n()));
    let location = stage.has(&nb.locations(), LocationRequest::new(&site, n(), n()));
    let maker = stage.has(&nb.manufacturers(), ManufacturerRequest::new(n(), n()));
    let role = stage.has(&nb.device_roles(), DeviceRoleRequest::new(n(), n()));
    let device_type = stage.has(&nb.device_types(), DeviceTypeRequest::new(&maker, n(), n()));
    let platform = stage.has(&nb.platforms(), PlatformRequest::new(n(), n()));
    let rack_group = stage.has(&nb.rack_groups(), RackGroupRequest::new(n(), n()));
    let rack_role = stage.has(&nb.rack_roles(), RackRoleRequest::new(n(), n()));
    let rack_type = stage.has(&nb.rack_types(), RackTypeRequest::new(&maker, RackFormFactor::WallCabinet, n(), n()));
    let rack = stage.has(&nb.racks(), RackRequest::new(&site, n()).location(&location));
    let new_device = || DeviceRequest::new().site(&site).role(&role).device_type(&device_type);
    let device = stage.has(&nb.devices(), new_device().name(n()));
    let other = stage.has(&nb.devices(), new_device());
    let chassis = stage.has(&nb.virtual_chassis(), VirtualChassisRequest::new(n()));
    let template = stage.has(&stage.nb.extras().config_templates(), ConfigTemplateRequest::new().name(n()).template_code("x"));
    let rir = stage.has(&stage.nb.ipam().rirs(), RIRRequest::new(n(), n()));
    let asn = stage.has(&stage.nb.ipam().asns(), ASNRequest::new(number()).rir(&rir));
    let cluster_type = stage.has(&stage.nb.virtualization().cluster_types(), ClusterTypeRequest::new(n(), n()));
    let cluster = stage.has(&stage.nb.virtualization().clusters(), ClusterRequest::new(&cluster_type, n()));
    let vrf = stage.has(&stage.nb.ipam().vrfs(), VRFRequest::new(n()));
    let vlans = stage.nb.ipam().vlans();
    let vlan = stage.has(&vlans, VLANRequest::new(n(), 7));
    let svlan = stage.has(&vlans, VLANRequest::new(n(), 8).qinq_role(VLANQinqRole::Svlan));
    let translation = stage.has(&stage.nb.ipam().vlan_translation_policies(), VLANTranslationPolicyRequest::new(n()));
    let wireless = stage.has(&stage.nb.wireless().wireless_lans(), WirelessLANRequest::new("every"));
    let interfaces = nb.interfaces();
    let port = |device: &Device| InterfaceRequest::new(device, n(), InterfaceType::V1000baseT);
    let (here, there) = (stage.has(&interfaces, port(&device)), stage.has(&interfaces, port(&other)));
    let lag = stage.has(&interfaces, InterfaceRequest::new(&device, n(), InterfaceType::Lag));
    let bridge = stage.has(&interfaces, InterfaceRequest::new(&device, n(), InterfaceType::Bridge));
    let channelized = stage.has(&interfaces, port(&device).channels(4));
    let addresses = stage.nb.ipam().ip_addresses();
    let on_here =
        |address: &str| IPAddressRequest::new(address).vrf(&vrf).assigned_object_type("dcim.interface").assigned_object_id(here.id);
    let v4 = stage.has(&addresses, on_here("198.51.100.7/24"));
    let v6 = stage.has(&addresses, on_here("2001:db8::7/64"));
    let context =
        stage.has(&nb.virtual_device_contexts(), VirtualDeviceContextRequest::new(&device, n(), VirtualDeviceContextStatus::Active));
    let bay_type = stage.has(&nb.module_bay_types(), ModuleBayTypeRequest::new(n(), n()));
    let module_type = stage.has(&nb.module_types(), ModuleTypeRequest::new(&maker, n()));
    let module_bay = stage.has(&nb.module_bays(), ModuleBayRequest::new(&device, n()));
    let other_bay = stage.has(&nb.module_bays(), ModuleBayRequest::new(&device, n()));
    let module = stage.has(&nb.modules(), ModuleRequest::new().device(&device).module_bay(&module_bay).module_type(&module_type));
    let item = stage.has(&nb.inventory_items(), InventoryItemRequest::new(&device, n()));
    let item_role = stage.has(&nb.inventory_item_roles(), InventoryItemRoleRequest::new(n(), n()));
    let outflow = stage.has(&nb.cooling_outflows(), CoolingOutflowRequest::new(&device, n()));
    let intake = stage.has(&nb.cooling_intakes(), CoolingIntakeRequest::new(&device, n()));
    let source = stage.has(&nb.cooling_sources(), CoolingSourceRequest::new(&site, n(), CoolingSourceType::Chiller));
    let panel = stage.has(&nb.power_panels(), PowerPanelRequest::new(&site, n()));
    let power_port = stage.has(&nb.power_ports(), PowerPortRequest::new(&device, n()));
    let rear_port = stage.has(&nb.rear_ports(), RearPortRequest::new(&device, n(), RearPortType::Lc).positions(2));
    let front_port = stage.has(&nb.front_ports(), FrontPortRequest::new(&device, n(), RearPortType::Lc).positions(2));
    let mac = stage.has(
        &nb.mac_addresses(),
        MACAddressRequest::new("00:00:5E:00:53:01").assigned_object_type("dcim.interface").assigned_object_id(here.id),
    );
    let bundle = stage.has(&nb.cable_bundles(), CableBundleRequest::new(n()));
    let profile = stage
        .has(&nb.module_type_profiles(), ModuleTypeProfileRequest::new(n()).schema(json!({"properties": {"size": {"type": "integer"}}})));
    let parent_type =
        stage.has(&nb.device_types(), DeviceTypeRequest::new(&maker, n(), n()).subdevice_role(DeviceTypeSubdeviceRole::Parent));
    let child_type = stage
        .has(&nb.device_types(), DeviceTypeRequest::new(&maker, n(), n()).subdevice_role(DeviceTypeSubdeviceRole::Child).u_height(0.0));
    let parent = stage.has(&nb.devices(), DeviceRequest::new().site(&site).role(&role).device_type(&parent_type));
    let child = stage.has(&nb.devices(), DeviceRequest::new().site(&site).role(&role).device_type(&child_type));
    let parent_item = item.id;

    stage.row(&nb.cable_bundles(), CableBundleRequest::new(n()), [CableBundlePatch::new().name(n())]);
    let end = |id: u64| [json!({"object_type": "dcim.interface", "object_id": id})];
    stage.row(
        &nb.cables(),
        CableRequest::new().a_terminations(end(here.id)).b_terminations(end(there.id)),
        [
            CablePatch::new()
                .r#type(CableType::Cat6)
                .status(CableStatus::Planned)
                .profile(CableProfile::Single1c1p)
                .tenant(&tenant)
                .bundle(&bundle)
                .label("l")
                .color("ff0000")
                .length(2.5)
                .length_unit(CableLengthUnit::M),
            CablePatch::new().r#type(Patch::Null).tenant(Patch::Null).bundle(Patch::Null).length(Patch::Null).length_unit(Patch::Null),
        ],
    );
    stage.row(
        &nb.console_ports(),
        ConsolePortRequest::new(&device, n()),
        [
            ConsolePortPatch::new().label("l").r#type(ConsolePortType::Rj45).speed(9600).mark_connected(true).module(&module),
            ConsolePortPatch::new().r#type(Patch::Null).speed(Patch::Null).module(Patch::Null),
        ],
    );
    stage.row(
        &nb.console_server_ports(),
        ConsoleServerPortRequest::new(&device, n()),
        [
            ConsoleServerPortPatch::new().label("l").r#type(ConsolePortType::Rj45).speed(9600).mark_connected(true).module(&module),
            ConsoleServerPortPatch::new().r#type(Patch::Null).speed(Patch::Null).module(Patch::Null),
        ],
    );
    stage.row(
        &nb.cooling_feeds(),
        CoolingFeedRequest::new(&source, n()),
        [
            CoolingFeedPatch::new()
                .status(PowerFeedStatus::Planned)
                .rack(&rack)
                .tenant(&tenant)
                .cooling_capacity(5.5)
                .max_flow(2.5)
                .max_flow_unit(CoolingFeedMaxFlowUnit::Lpm),
            CoolingFeedPatch::new()
                .rack(Patch::Null)
                .tenant(Patch::Null)
                .cooling_capacity(Patch::Null)
                .max_flow(Patch::Null)
                .max_flow_unit(Patch::Null),
        ],
    );
    stage.row(
        &nb.cooling_intakes(),
        CoolingIntakeRequest::new(&device, n()),
        [
            CoolingIntakePatch::new()
                .label("l")
                .r#type(CoolingIntakeType::Uqd)
                .diameter(2.5)
                .diameter_unit(CoolingIntakeDiameterUnit::Mm)
                .max_flow(2.5)
                .max_flow_unit(CoolingFeedMaxFlowUnit::Lpm)
                .module(&module)
                .cooling_outflow(&outflow),
            CoolingIntakePatch::new()
                .r#type(Patch::Null)
                .diameter(Patch::Null)
                .diameter_unit(Patch::Null)
                .max_flow(Patch::Null)
                .max_flow_unit(Patch::Null)
                .module(Patch::Null)
                .cooling_outflow(Patch::Null),
        ],
    );
    stage.row(
        &nb.cooling_outflows(),
        CoolingOutflowRequest::new(&device, n()),
        [
            CoolingOutflowPatch::new()
                .label("l")
                .r#type(CoolingIntakeType::Uqd)
                .diameter(2.5)
                .diameter_unit(CoolingIntakeDiameterUnit::Mm)
                .module(&module)
                .cooling_intake(&intake),
            CoolingOutflowPatch::new()
                .r#type(Patch::Null)
                .diameter(Patch::Null)
                .diameter_unit(Patch::Null)
                .module(Patch::Null)
                .cooling_intake(Patch::Null),
        ],
    );
    stage.row(
        &nb.cooling_sources(),
        CoolingSourceRequest::new(&site, n(), CoolingSourceType::Crac),
        [
            CoolingSourcePatch::new()
                .location(&location)
                .status(PowerFeedStatus::Planned)
                .cooling_capacity(5.5)
                .fluid_type(CoolingSourceFluidType::Water),
            CoolingSourcePatch::new().location(Patch::Null).cooling_capacity(Patch::Null).fluid_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.device_bays(),
        DeviceBayRequest::new(&parent, n()),
        [DeviceBayPatch::new().label("l").enabled(true).installed_device(&child), DeviceBayPatch::new().installed_device(Patch::Null)],
    );
    stage.row(
        &nb.device_roles(),
        DeviceRoleRequest::new(n(), n()),
        [
            DeviceRolePatch::new().color("ff0000").vm_role(false).parent(&role).config_template(&template),
            DeviceRolePatch::new().parent(Patch::Null).config_template(Patch::Null),
        ],
    );
    stage.row(
        &nb.device_types(),
        DeviceTypeRequest::new(&maker, n(), n()),
        [
            DeviceTypePatch::new()
                .default_platform(&platform)
                .part_number("p")
                .u_height(2.5)
                .exclude_from_utilization(true)
                .is_full_depth(false)
                .subdevice_role(DeviceTypeSubdeviceRole::Parent)
                .airflow(DeviceAirflow::Passive)
                .cooling_method(DeviceCoolingMethod::Air)
                .end_of_life("2030-01-01")
                .weight(12.5)
                .weight_unit(RackWeightUnit::Kg),
            DeviceTypePatch::new()
                .default_platform(Patch::Null)
                .subdevice_role(Patch::Null)
                .airflow(Patch::Null)
                .cooling_method(Patch::Null)
                .end_of_life(Patch::Null)
                .weight(Patch::Null)
                .weight_unit(Patch::Null)
                .front_image(Patch::Null)
                .rear_image(Patch::Null),
        ],
    );
    stage.row(
        &nb.devices(),
        new_device(),
        [
            DevicePatch::new()
                .name(n())
                .serial("s")
                .asset_tag(n())
                .location(&location)
                .rack(&rack)
                .position(7.0)
                .face(DeviceFace::Front)
                .latitude(52.5)
                .longitude(13.4)
                .status(DeviceStatus::Staged)
                .airflow(DeviceAirflow::Passive)
                .cooling_method(DeviceCoolingMethod::Air)
                .tenant(&tenant)
                .platform(&platform)
                .cluster(&cluster)
                .virtual_chassis(&chassis)
                .vc_position(2)
                .vc_priority(3)
                .config_template(&template)
                .local_context_data(json!({"a": [1]})),
            DevicePatch::new()
                .name(Patch::Null)
                .asset_tag(Patch::Null)
                .location(Patch::Null)
                .rack(Patch::Null)
                .position(Patch::Null)
                .face(Patch::Null)
                .latitude(Patch::Null)
                .longitude(Patch::Null)
                .airflow(Patch::Null)
                .cooling_method(Patch::Null)
                .tenant(Patch::Null)
                .platform(Patch::Null)
                .cluster(Patch::Null)
                .virtual_chassis(Patch::Null)
                .vc_position(Patch::Null)
                .vc_priority(Patch::Null)
                .config_template(Patch::Null)
                .local_context_data(Patch::Null)
                .primary_ip4(Patch::Null)
                .primary_ip6(Patch::Null)
                .oob_ip(Patch::Null),
        ],
    );
    stage.row(
        &nb.front_ports(),
        FrontPortRequest::new(&device, n(), RearPortType::Lc),
        [
            FrontPortPatch::new()
                .label("l")
                .color("ff0000")
                .mark_connected(true)
                .module(&module)
                .positions(2)
                .rear_ports([json!({"position": 1, "rear_port": rear_port.id, "rear_port_position": 1})]),
            FrontPortPatch::new().module(Patch::Null).rear_ports(Vec::<serde_json::Value>::new()),
        ],
    );
    stage.row(
        &nb.rear_ports(),
        RearPortRequest::new(&device, n(), RearPortType::Lc),
        [
            RearPortPatch::new()
                .label("l")
                .color("ff0000")
                .mark_connected(true)
                .module(&module)
                .positions(2)
                .front_ports([json!({"position": 1, "front_port": front_port.id, "front_port_position": 1})]),
            RearPortPatch::new().module(Patch::Null).front_ports(Vec::<serde_json::Value>::new()),
        ],
    );
    stage.row(
        &nb.interfaces(),
        port(&device),
        [
            InterfacePatch::new()
                .label("l")
                .enabled(false)
                .lag(&lag)
                .mtu(1500)
                .speed(1_000_000)
                .duplex(InterfaceDuplex::Full)
                .wwn("00:00:00:00:00:00:00:07")
                .mgmt_only(true)
                .mark_connected(true)
                .mode(InterfaceMode::Tagged)
                .untagged_vlan(&vlan)
                .tagged_vlans([&svlan])
                .vlan_translation_policy(&translation)
                .vrf(&vrf)
                .vdcs([&context])
                .module(&module)
                .poe_mode(InterfacePoeMode::Pd)
                .poe_type(InterfacePoeType::Type2Ieee802_3at),
            InterfacePatch::new()
                .lag(Patch::Null)
                .mtu(Patch::Null)
                .speed(Patch::Null)
                .duplex(Patch::Null)
                .wwn(Patch::Null)
                .mode(Patch::Null)
                .untagged_vlan(Patch::Null)
                .tagged_vlans(Vec::<Reference>::new())
                .vlan_translation_policy(Patch::Null)
                .vrf(Patch::Null)
                .module(Patch::Null)
                .poe_mode(Patch::Null)
                .poe_type(Patch::Null)
                .primary_mac_address(Patch::Null)
                .channels(Patch::Null),
        ],
    );
    stage.row(
        &nb.interfaces(),
        InterfaceRequest::new(&device, n(), InterfaceType::Virtual),
        [
            InterfacePatch::new().parent(&here).bridge(&bridge).mode(InterfaceMode::QInQ).qinq_svlan(&svlan),
            InterfacePatch::new().parent(Patch::Null).bridge(Patch::Null).mode(Patch::Null).qinq_svlan(Patch::Null),
        ],
    );
    stage.row(
        &nb.interfaces(),
        InterfaceRequest::new(&device, n(), InterfaceType::Ieee802_11ax),
        [
            InterfacePatch::new()
                .rf_role(InterfaceRfRole::Ap)
                .rf_channel(InterfaceRfChannel::V2_4g1_2412_22)
                .rf_channel_frequency(2412.0)
                .rf_channel_width(22.0)
                .tx_power(10)
                .wireless_lans([&wireless]),
            InterfacePatch::new()
                .rf_role(Patch::Null)
                .rf_channel(Patch::Null)
                .rf_channel_frequency(Patch::Null)
                .rf_channel_width(Patch::Null)
                .tx_power(Patch::Null),
        ],
    );
    stage.row(
        &nb.interfaces(),
        port(&device).parent(&channelized).channel_id(1),
        [InterfacePatch::new().channel_id(2), InterfacePatch::new().parent(Patch::Null).channel_id(Patch::Null)],
    );
    stage.row(&nb.inventory_item_roles(), InventoryItemRoleRequest::new(n(), n()), [InventoryItemRolePatch::new().color("ff0000")]);
    stage.row(
        &nb.inventory_items(),
        InventoryItemRequest::new(&device, n()),
        [
            InventoryItemPatch::new()
                .parent(parent_item)
                .label("l")
                .role(&item_role)
                .manufacturer(&maker)
                .part_id("p")
                .serial("s")
                .asset_tag(n())
                .status(ModuleStatus::Planned)
                .discovered(true)
                .component_type("dcim.interface")
                .component_id(here.id),
            InventoryItemPatch::new()
                .parent(Patch::Null)
                .role(Patch::Null)
                .manufacturer(Patch::Null)
                .asset_tag(Patch::Null)
                .component_type(Patch::Null)
                .component_id(Patch::Null),
        ],
    );
    stage.row(
        &nb.locations(),
        LocationRequest::new(&site, n(), n()),
        [
            LocationPatch::new().parent(&location).status(SiteStatus::Planned).tenant(&tenant).facility("f"),
            LocationPatch::new().parent(Patch::Null).tenant(Patch::Null),
        ],
    );
    stage.row(
        &nb.mac_addresses(),
        MACAddressRequest::new("00:00:5E:00:53:07"),
        [
            MACAddressPatch::new().assigned_object_type("dcim.interface").assigned_object_id(here.id),
            MACAddressPatch::new().assigned_object_type(Patch::Null).assigned_object_id(Patch::Null),
        ],
    );
    stage.row(&nb.manufacturers(), ManufacturerRequest::new(n(), n()), [ManufacturerPatch::new().name(n())]);
    stage.row(
        &nb.module_bay_types(),
        ModuleBayTypeRequest::new(n(), n()),
        [ModuleBayTypePatch::new().manufacturer(&maker).color("ff0000"), ModuleBayTypePatch::new().manufacturer(Patch::Null)],
    );
    stage.row(
        &nb.module_bays(),
        ModuleBayRequest::new(&device, n()),
        [
            ModuleBayPatch::new().label("l").position("1").enabled(false).module(&module).module_bay_types([&bay_type]),
            ModuleBayPatch::new().module(Patch::Null),
        ],
    );
    stage.row(
        &nb.module_type_profiles(),
        ModuleTypeProfileRequest::new(n()),
        [
            ModuleTypeProfilePatch::new().schema(json!({"properties": {"size": {"type": "integer"}}})),
            ModuleTypeProfilePatch::new().schema(Patch::Null),
        ],
    );
    stage.row(
        &nb.module_types(),
        ModuleTypeRequest::new(&maker, n()),
        [
            ModuleTypePatch::new()
                .profile(&profile)
                .attributes(json!({"size": 5}))
                .part_number("p")
                .airflow(ModuleTypeAirflow::Passive)
                .cooling_method(DeviceCoolingMethod::Air)
                .end_of_life("2030-01-01")
                .weight(1.5)
                .weight_unit(RackWeightUnit::Kg)
                .module_bay_types([&bay_type]),
            ModuleTypePatch::new()
                .profile(Patch::Null)
                .attributes(Patch::Null)
                .airflow(Patch::Null)
                .cooling_method(Patch::Null)
                .end_of_life(Patch::Null)
                .weight(Patch::Null)
                .weight_unit(Patch::Null),
        ],
    );
    stage.row(
        &nb.modules(),
        ModuleRequest::new()
            .device(&device)
            .module_bay(&other_bay)
            .module_type(&module_type)
            .replicate_components(true)
            .adopt_components(false),
        [ModulePatch::new().status(ModuleStatus::Planned).serial("s").asset_tag(n()), ModulePatch::new().asset_tag(Patch::Null)],
    );
    stage.row(
        &nb.platforms(),
        PlatformRequest::new(n(), n()),
        [
            PlatformPatch::new().parent(&platform).manufacturer(&maker).config_template(&template),
            PlatformPatch::new().parent(Patch::Null).manufacturer(Patch::Null).config_template(Patch::Null),
        ],
    );
    stage.row(
        &nb.power_feeds(),
        PowerFeedRequest::new(&panel, n()),
        [
            PowerFeedPatch::new()
                .rack(&rack)
                .status(PowerFeedStatus::Planned)
                .r#type(PowerFeedType::Redundant)
                .supply(PowerFeedSupply::Dc)
                .phase(PowerFeedPhase::ThreePhase)
                .voltage(230)
                .amperage(16)
                .max_utilization(70)
                .mark_connected(true)
                .tenant(&tenant),
            PowerFeedPatch::new().rack(Patch::Null).tenant(Patch::Null),
        ],
    );
    stage.row(
        &nb.power_outlets(),
        PowerOutletRequest::new(&device, n()),
        [
            PowerOutletPatch::new()
                .label("l")
                .r#type(PowerOutletType::Iec60320C13)
                .status(PowerOutletStatus::Faulty)
                .color("ff0000")
                .power_port(&power_port)
                .feed_leg(PowerOutletFeedLeg::B)
                .mark_connected(true)
                .module(&module),
            PowerOutletPatch::new().r#type(Patch::Null).power_port(Patch::Null).feed_leg(Patch::Null).module(Patch::Null),
        ],
    );
    stage.row(
        &nb.power_panels(),
        PowerPanelRequest::new(&site, n()),
        [PowerPanelPatch::new().location(&location), PowerPanelPatch::new().location(Patch::Null)],
    );
    stage.row(
        &nb.power_ports(),
        PowerPortRequest::new(&device, n()),
        [
            PowerPortPatch::new()
                .label("l")
                .r#type(PowerPortType::Iec60320C14)
                .maximum_draw(200)
                .allocated_draw(100)
                .mark_connected(true)
                .module(&module),
            PowerPortPatch::new().r#type(Patch::Null).maximum_draw(Patch::Null).allocated_draw(Patch::Null).module(Patch::Null),
        ],
    );
    stage.row(&nb.rack_groups(), RackGroupRequest::new(n(), n()), [RackGroupPatch::new().name(n())]);
    stage.row(
        &nb.rack_reservations(),
        RackReservationRequest::new("reserved", [1, 2]).rack(&rack).user(&user),
        [RackReservationPatch::new().status(RackReservationStatus::Stale).tenant(&tenant), RackReservationPatch::new().tenant(Patch::Null)],
    );
    stage.row(&nb.rack_roles(), RackRoleRequest::new(n(), n()), [RackRolePatch::new().color("ff0000")]);
    stage.row(
        &nb.rack_types(),
        RackTypeRequest::new(&maker, RackFormFactor::V4PostFrame, n(), n()),
        [
            RackTypePatch::new()
                .width(23)
                .u_height(20)
                .starting_unit(2)
                .desc_units(true)
                .outer_width(600)
                .outer_height(2000)
                .outer_depth(1000)
                .outer_unit(RackOuterUnit::Mm)
                .mounting_depth(900)
                .weight(100.5)
                .max_weight(1000)
                .weight_unit(RackWeightUnit::Kg)
                .cooling_capability(RackCoolingCapability::AirOnly)
                .cooling_capacity(5.5),
            RackTypePatch::new()
                .outer_width(Patch::Null)
                .outer_height(Patch::Null)
                .outer_depth(Patch::Null)
                .outer_unit(Patch::Null)
                .mounting_depth(Patch::Null)
                .weight(Patch::Null)
                .max_weight(Patch::Null)
                .weight_unit(Patch::Null)
                .cooling_capability(Patch::Null)
                .cooling_capacity(Patch::Null),
        ],
    );
    stage.row(
        &nb.racks(),
        RackRequest::new(&site, n()),
        [
            RackPatch::new()
                .facility_id("f")
                .location(&location)
                .group(&rack_group)
                .tenant(&tenant)
                .status(RackStatus::Planned)
                .role(&rack_role)
                .serial("s")
                .asset_tag(n())
                .form_factor(RackFormFactor::V4PostCabinet)
                .width(23)
                .u_height(20)
                .starting_unit(2)
                .desc_units(true)
                .outer_width(600)
                .outer_height(2000)
                .outer_depth(1000)
                .outer_unit(RackOuterUnit::Mm)
                .mounting_depth(900)
                .airflow(RackAirflow::FrontToRear)
                .weight(100.5)
                .max_weight(1000)
                .weight_unit(RackWeightUnit::Kg)
                .cooling_capability(RackCoolingCapability::AirOnly)
                .cooling_capacity(5.5),
            RackPatch::new()
                .facility_id(Patch::Null)
                .location(Patch::Null)
                .group(Patch::Null)
                .tenant(Patch::Null)
                .role(Patch::Null)
                .asset_tag(Patch::Null)
                .form_factor(Patch::Null)
                .outer_width(Patch::Null)
                .outer_height(Patch::Null)
                .outer_depth(Patch::Null)
                .outer_unit(Patch::Null)
                .mounting_depth(Patch::Null)
                .airflow(Patch::Null)
                .weight(Patch::Null)
                .max_weight(Patch::Null)
                .weight_unit(Patch::Null)
                .cooling_capability(Patch::Null)
                .cooling_capacity(Patch::Null),
        ],
    );
    stage.row(&nb.racks(), RackRequest::new(&site, n()).rack_type(&rack_type), [RackPatch::new().rack_type(Patch::Null)]);
    stage.row(&nb.regions(), RegionRequest::new(n(), n()), [RegionPatch::new().parent(&region), RegionPatch::new().parent(Patch::Null)]);
    stage.row(
        &nb.site_groups(),
        SiteGroupRequest::new(n(), n()),
        [SiteGroupPatch::new().parent(&group), SiteGroupPatch::new().parent(Patch::Null)],
    );
    stage.row(
        &nb.sites(),
        SiteRequest::new(n(), n()),
        [
            SitePatch::new()
                .status(SiteStatus::Planned)
                .region(&region)
                .group(&group)
                .tenant(&tenant)
                .facility("f")
                .time_zone("Europe/Berlin")
                .physical_address("p")
                .shipping_address("s")
                .latitude(52.5)
                .longitude(13.4)
                .asns([&asn]),
            SitePatch::new()
                .region(Patch::Null)
                .group(Patch::Null)
                .tenant(Patch::Null)
                .time_zone(Patch::Null)
                .latitude(Patch::Null)
                .longitude(Patch::Null),
        ],
    );
    stage.row(
        &nb.virtual_chassis(),
        VirtualChassisRequest::new(n()).master(&other),
        [VirtualChassisPatch::new().domain("d"), VirtualChassisPatch::new().master(Patch::Null)],
    );
    stage.row(
        &nb.virtual_device_contexts(),
        VirtualDeviceContextRequest::new(&device, n(), VirtualDeviceContextStatus::Planned),
        [
            VirtualDeviceContextPatch::new().identifier(7).tenant(&tenant).primary_ip4(&v4).primary_ip6(&v6),
            VirtualDeviceContextPatch::new().identifier(Patch::Null).tenant(Patch::Null).primary_ip4(Patch::Null).primary_ip6(Patch::Null),
        ],
    );
    // Addresses of interfaces, which a new device does not have.
    nb.devices().patch(device.id, &DevicePatch::new().primary_ip4(&v4).primary_ip6(&v6).oob_ip(&v4)).unwrap();
    nb.interfaces().patch(here.id, &InterfacePatch::new().primary_mac_address(&mac)).unwrap();
}

/// What device types and module types have, from which devices and modules get theirs.
pub fn templates(stage: &mut Stage) {
    let nb = stage.nb.dcim();
    let maker = stage.has(&nb.manufacturers(), ManufacturerRequest::new(n(), n()));
    let device_type =
        stage.has(&nb.device_types(), DeviceTypeRequest::new(&maker, n(), n()).subdevice_role(DeviceTypeSubdeviceRole::Parent));
    let module_type = stage.has(&nb.module_types(), ModuleTypeRequest::new(&maker, n()));
    let bay_type = stage.has(&nb.module_bay_types(), ModuleBayTypeRequest::new(n(), n()));
    let item_role = stage.has(&nb.inventory_item_roles(), InventoryItemRoleRequest::new(n(), n()));
    let item = stage.has(&nb.inventory_item_templates(), InventoryItemTemplateRequest::new(&device_type, n()));
    let interface = InterfaceTemplateRequest::new(n(), InterfaceType::Bridge).device_type(&device_type);
    let interface = stage.has(&nb.interface_templates(), interface);
    let channelized = InterfaceTemplateRequest::new(n(), InterfaceType::V10gbaseT).device_type(&device_type).channels(4);
    let channelized = stage.has(&nb.interface_templates(), channelized);
    let power_port = stage.has(&nb.power_port_templates(), PowerPortTemplateRequest::new(n()).device_type(&device_type));
    let rear_port = RearPortTemplateRequest::new(n(), RearPortType::Lc).device_type(&device_type).positions(2);
    let rear_port = stage.has(&nb.rear_port_templates(), rear_port);
    let front_port = FrontPortTemplateRequest::new(n(), RearPortType::Lc).device_type(&device_type).positions(2);
    let front_port = stage.has(&nb.front_port_templates(), front_port);
    let intake = stage.has(&nb.cooling_intake_templates(), CoolingIntakeTemplateRequest::new(n()).device_type(&device_type));

    stage.row(
        &nb.console_port_templates(),
        ConsolePortTemplateRequest::new(n()).device_type(&device_type),
        [
            ConsolePortTemplatePatch::new().label("l").r#type(ConsolePortType::Rj45),
            ConsolePortTemplatePatch::new().r#type(Patch::Null).module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.console_port_templates(),
        ConsolePortTemplateRequest::new(n()).module_type(&module_type),
        [ConsolePortTemplatePatch::new().device_type(Patch::Null)],
    );
    stage.row(
        &nb.console_server_port_templates(),
        ConsoleServerPortTemplateRequest::new(n()).device_type(&device_type),
        [
            ConsoleServerPortTemplatePatch::new().label("l").r#type(ConsolePortType::Rj45),
            ConsoleServerPortTemplatePatch::new().r#type(Patch::Null).module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.console_server_port_templates(),
        ConsoleServerPortTemplateRequest::new(n()).module_type(&module_type),
        [ConsoleServerPortTemplatePatch::new().device_type(Patch::Null)],
    );
    stage.row(
        &nb.cooling_intake_templates(),
        CoolingIntakeTemplateRequest::new(n()).device_type(&device_type),
        [
            CoolingIntakeTemplatePatch::new()
                .label("l")
                .r#type(CoolingIntakeType::Uqd)
                .diameter(2.5)
                .diameter_unit(CoolingIntakeDiameterUnit::Mm)
                .max_flow(2.5)
                .max_flow_unit(CoolingFeedMaxFlowUnit::Lpm),
            CoolingIntakeTemplatePatch::new()
                .r#type(Patch::Null)
                .diameter(Patch::Null)
                .diameter_unit(Patch::Null)
                .max_flow(Patch::Null)
                .max_flow_unit(Patch::Null)
                .module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.cooling_intake_templates(),
        CoolingIntakeTemplateRequest::new(n()).module_type(&module_type),
        [CoolingIntakeTemplatePatch::new().device_type(Patch::Null)],
    );
    stage.row(
        &nb.cooling_outflow_templates(),
        CoolingOutflowTemplateRequest::new(n()).device_type(&device_type),
        [
            CoolingOutflowTemplatePatch::new()
                .label("l")
                .r#type(CoolingIntakeType::Uqd)
                .diameter(2.5)
                .diameter_unit(CoolingIntakeDiameterUnit::Mm)
                .cooling_intake(&intake),
            CoolingOutflowTemplatePatch::new()
                .r#type(Patch::Null)
                .diameter(Patch::Null)
                .diameter_unit(Patch::Null)
                .cooling_intake(Patch::Null)
                .module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.cooling_outflow_templates(),
        CoolingOutflowTemplateRequest::new(n()).module_type(&module_type),
        [CoolingOutflowTemplatePatch::new().device_type(Patch::Null)],
    );
    stage.row(
        &nb.device_bay_templates(),
        DeviceBayTemplateRequest::new(&device_type, n()),
        [DeviceBayTemplatePatch::new().label("l").enabled(false)],
    );
    stage.row(
        &nb.front_port_templates(),
        FrontPortTemplateRequest::new(n(), RearPortType::Lc).device_type(&device_type),
        [
            FrontPortTemplatePatch::new()
                .label("l")
                .color("ff0000")
                .positions(2)
                .rear_ports([json!({"position": 1, "rear_port": rear_port.id, "rear_port_position": 1})]),
            FrontPortTemplatePatch::new().rear_ports(Vec::<serde_json::Value>::new()).module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.front_port_templates(),
        FrontPortTemplateRequest::new(n(), RearPortType::Lc).module_type(&module_type),
        [FrontPortTemplatePatch::new().device_type(Patch::Null)],
    );
    stage.row(
        &nb.rear_port_templates(),
        RearPortTemplateRequest::new(n(), RearPortType::Lc).device_type(&device_type),
        [
            RearPortTemplatePatch::new()
                .label("l")
                .color("ff0000")
                .positions(2)
                .front_ports([json!({"position": 1, "front_port": front_port.id, "front_port_position": 1})]),
            RearPortTemplatePatch::new().front_ports(Vec::<serde_json::Value>::new()).module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.rear_port_templates(),
        RearPortTemplateRequest::new(n(), RearPortType::Lc).module_type(&module_type),
        [RearPortTemplatePatch::new().device_type(Patch::Null)],
    );
    stage.row(
        &nb.interface_templates(),
        InterfaceTemplateRequest::new(n(), InterfaceType::V1000baseT).device_type(&device_type),
        [
            InterfaceTemplatePatch::new()
                .label("l")
                .enabled(false)
                .mgmt_only(true)
                .bridge(&interface)
                .poe_mode(InterfacePoeMode::Pd)
                .poe_type(InterfacePoeType::Type2Ieee802_3at),
            InterfaceTemplatePatch::new()
                .bridge(Patch::Null)
                .poe_mode(Patch::Null)
                .poe_type(Patch::Null)
                .channels(Patch::Null)
                .module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.interface_templates(),
        InterfaceTemplateRequest::new(n(), InterfaceType::Ieee802_11ax).module_type(&module_type).rf_role(InterfaceRfRole::Ap),
        [InterfaceTemplatePatch::new().rf_role(Patch::Null).device_type(Patch::Null)],
    );
    stage.row(
        &nb.interface_templates(),
        InterfaceTemplateRequest::new(n(), InterfaceType::V10gbaseT).device_type(&device_type).parent(&channelized).channel_id(1),
        [InterfaceTemplatePatch::new().parent(Patch::Null).channel_id(Patch::Null)],
    );
    stage.row(
        &nb.inventory_item_templates(),
        InventoryItemTemplateRequest::new(&device_type, n()),
        [
            InventoryItemTemplatePatch::new()
                .parent(item.id)
                .label("l")
                .role(&item_role)
                .manufacturer(&maker)
                .part_id("p")
                .component_type("dcim.interfacetemplate")
                .component_id(interface.id),
            InventoryItemTemplatePatch::new()
                .parent(Patch::Null)
                .role(Patch::Null)
                .manufacturer(Patch::Null)
                .component_type(Patch::Null)
                .component_id(Patch::Null),
        ],
    );
    stage.row(
        &nb.module_bay_templates(),
        ModuleBayTemplateRequest::new(n()).device_type(&device_type),
        [
            ModuleBayTemplatePatch::new().label("l").position("1").enabled(false).module_bay_types([&bay_type]),
            ModuleBayTemplatePatch::new().module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.module_bay_templates(),
        ModuleBayTemplateRequest::new(n()).module_type(&module_type),
        [ModuleBayTemplatePatch::new().device_type(Patch::Null)],
    );
    stage.row(
        &nb.power_outlet_templates(),
        PowerOutletTemplateRequest::new(n()).device_type(&device_type),
        [
            PowerOutletTemplatePatch::new()
                .label("l")
                .color("ff0000")
                .r#type(PowerOutletType::Iec60320C13)
                .power_port(&power_port)
                .feed_leg(PowerOutletFeedLeg::A),
            PowerOutletTemplatePatch::new().r#type(Patch::Null).power_port(Patch::Null).feed_leg(Patch::Null).module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.power_outlet_templates(),
        PowerOutletTemplateRequest::new(n()).module_type(&module_type),
        [PowerOutletTemplatePatch::new().device_type(Patch::Null)],
    );
    stage.row(
        &nb.power_port_templates(),
        PowerPortTemplateRequest::new(n()).device_type(&device_type),
        [
            PowerPortTemplatePatch::new().label("l").r#type(PowerPortType::Iec60320C14).maximum_draw(200).allocated_draw(100),
            PowerPortTemplatePatch::new()
                .r#type(Patch::Null)
                .maximum_draw(Patch::Null)
                .allocated_draw(Patch::Null)
                .module_type(Patch::Null),
        ],
    );
    stage.row(
        &nb.power_port_templates(),
        PowerPortTemplateRequest::new(n()).module_type(&module_type),
        [PowerPortTemplatePatch::new().device_type(Patch::Null)],
    );
}

/// One after the other: the custom fields are those of data sources.
pub fn core_and_extras(stage: &mut Stage) {
    stage.row(
        &stage.nb.core().data_sources(),
        DataSourceRequest::new(DataSourceType::Local).name(n()).source_url("file:///nowhere"),
        [
            DataSourcePatch::new().enabled(false).ignore_rules("*.md").parameters(json!({})).sync_interval(60),
            DataSourcePatch::new().parameters(Patch::Null).sync_interval(Patch::Null),
        ],
    );
    let nb = stage.nb.extras();
    let tenant = stage.tenant.clone();
    let user = stage.user();
    let group = stage.has(&stage.nb.users().groups(), GroupRequest::new(n()));
    let webhook = stage.has(&nb.webhooks(), WebhookRequest::new().name(n()).payload_url("http://127.0.0.1:9"));
    let choices = vec![vec![json!("a"), json!("A")], vec![json!("b"), json!("B")]];
    let choice_set = stage.has(&nb.custom_field_choice_sets(), CustomFieldChoiceSetRequest::new(choices.clone(), n()));
    let profile = stage.has(&nb.config_context_profiles(), ConfigContextProfileRequest::new(n()));
    let dcim = stage.nb.dcim();
    let region = stage.has(&dcim.regions(), RegionRequest::new(n(), n()));
    let site_group = stage.has(&dcim.site_groups(), SiteGroupRequest::new(n(), n()));
    let device = stage.device();
    let location = stage.has(&dcim.locations(), LocationRequest::new(&device.site, n(), n()));
    let platform = stage.has(&dcim.platforms(), PlatformRequest::new(n(), n()));
    let tenant_group = stage.has(&stage.nb.tenancy().tenant_groups(), TenantGroupRequest::new(n(), n()));
    let clusters = stage.nb.virtualization();
    let cluster_group = stage.has(&clusters.cluster_groups(), ClusterGroupRequest::new(n(), n()));
    let cluster_type = stage.has(&clusters.cluster_types(), ClusterTypeRequest::new(n(), n()));
    let cluster = stage.has(&clusters.clusters(), ClusterRequest::new(&cluster_type, n()));
    let tag_slug = stage.tag.slug.clone();
    // Objects that nothing else looks at, for what is said of objects.
    let subject = |stage: &mut Stage| stage.has(&stage.nb.dcim().sites(), SiteRequest::new(n(), n())).id;
    let field_name = || n().replace('-', "_");

    let object = subject(stage);
    stage.row(&nb.bookmarks(), BookmarkRequest::new(&user, object, "dcim.site"), [BookmarkPatch::new().object_id(device.site.id)]);
    stage.row(
        &nb.config_context_profiles(),
        ConfigContextProfileRequest::new(n()),
        [
            ConfigContextProfilePatch::new().schema(json!({"properties": {"a": {"type": "integer"}}})),
            ConfigContextProfilePatch::new().schema(Patch::Null),
        ],
    );
    stage.row(
        &nb.config_contexts(),
        ConfigContextRequest::new(json!({"a": 1}), n()),
        [
            ConfigContextPatch::new()
                .weight(7)
                .profile(&profile)
                .is_active(false)
                .regions([&region])
                .site_groups([&site_group])
                .sites([device.site.id])
                .locations([&location])
                .device_types([device.device_type.id])
                .roles([device.role.id])
                .platforms([&platform])
                .cluster_types([&cluster_type])
                .cluster_groups([&cluster_group])
                .clusters([&cluster])
                .tenant_groups([&tenant_group])
                .tenants([&tenant])
                .tags([&tag_slug]),
            ConfigContextPatch::new().profile(Patch::Null),
        ],
    );
    stage.row(
        &nb.config_templates(),
        ConfigTemplateRequest::new().name(n()).template_code("x"),
        [
            ConfigTemplatePatch::new()
                .environment_params(json!({"trim_blocks": true}))
                .mime_type("text/x")
                .file_name("f")
                .file_extension("txt")
                .as_attachment(false)
                .debug(true)
                .auto_sync_enabled(false),
            ConfigTemplatePatch::new().environment_params(Patch::Null),
        ],
    );
    stage.row(
        &nb.custom_field_choice_sets(),
        CustomFieldChoiceSetRequest::new(choices, n()),
        [
            CustomFieldChoiceSetPatch::new()
                .base_choices(CustomFieldChoiceSetBaseChoices::IATA)
                .order_alphabetically(true)
                .choice_colors(serde_json::from_value::<serde_json::Map<_, _>>(json!({"a": "red"})).unwrap()),
            CustomFieldChoiceSetPatch::new().base_choices(Patch::Null),
        ],
    );
    stage.row(
        &nb.custom_fields(),
        CustomFieldRequest::new(field_name(), ["core.datasource"], CustomFieldType::Text),
        [
            CustomFieldPatch::new()
                .label("l")
                .group_name("g")
                .required(true)
                .unique(false)
                .default(json!("AB"))
                .search_weight(10)
                .filter_logic(CustomFieldFilterLogic::Exact)
                .ui_visible(CustomFieldUiVisible::IfSet)
                .ui_editable(CustomFieldUiEditable::No)
                .is_cloneable(true)
                .nulls_first(true)
                .weight(7)
                .validation_regex("[A-Z]*"),
            CustomFieldPatch::new()
                .required(false)
                .default(Patch::Null)
                .related_object_type(Patch::Null)
                .related_object_filter(Patch::Null)
                .choice_set(Patch::Null)
                .validation_schema(Patch::Null),
        ],
    );
    stage.row(
        &nb.custom_fields(),
        CustomFieldRequest::new(field_name(), ["core.datasource"], CustomFieldType::Decimal),
        [
            CustomFieldPatch::new().validation_minimum(1.5).validation_maximum(2.5),
            CustomFieldPatch::new().validation_minimum(Patch::Null).validation_maximum(Patch::Null),
        ],
    );
    stage.row(
        &nb.custom_fields(),
        CustomFieldRequest::new(field_name(), ["core.datasource"], CustomFieldType::Select).choice_set(&choice_set),
        [CustomFieldPatch::new().default(json!("a"))],
    );
    stage.row(
        &nb.custom_fields(),
        CustomFieldRequest::new(field_name(), ["core.datasource"], CustomFieldType::Object).related_object_type("dcim.site"),
        [
            CustomFieldPatch::new().related_object_filter(json!({"status": "active"})),
            CustomFieldPatch::new().related_object_filter(Patch::Null),
        ],
    );
    stage.row(
        &nb.custom_fields(),
        CustomFieldRequest::new(field_name(), ["core.datasource"], CustomFieldType::Json),
        [CustomFieldPatch::new().validation_schema(json!({"type": "object"}))],
    );
    stage.row(
        &nb.custom_links(),
        CustomLinkRequest::new(["dcim.site"]).link_text("text").link_url("http://x").name(n()),
        [CustomLinkPatch::new().enabled(false).weight(7).group_name("g").button_class(CustomLinkButtonClass::Red).new_window(true)],
    );
    stage.row(
        &nb.event_rules(),
        EventRuleRequest::new(EventRuleActionType::Webhook, [EventRuleEventTypes::ObjectDeleted], n(), ["circuits.circuittype"])
            .action_object_type("extras.webhook")
            .action_object_id(webhook.id),
        [
            EventRulePatch::new().enabled(false).conditions(json!({"attr": "name", "value": "never"})),
            EventRulePatch::new().conditions(Patch::Null),
        ],
    );
    stage.row(
        &nb.export_templates(),
        ExportTemplateRequest::new(["dcim.site"]).name(n()).template_code("x"),
        [
            ExportTemplatePatch::new()
                .environment_params(json!({"trim_blocks": true}))
                .mime_type("text/x")
                .file_name("f")
                .file_extension("txt")
                .as_attachment(false)
                .auto_sync_enabled(false),
            ExportTemplatePatch::new().environment_params(Patch::Null),
        ],
    );
    // An image goes as a file: it is made without types, and has them from then on.
    let form = Form::new().text("object_type", "dcim.site").text("object_id", device.site.id.to_string());
    let form = form.part("image", Part::bytes("x.png", PNG));
    let made = stage.nb.untyped().client().post("extras/image-attachments").multipart(form).send().unwrap();
    let made: ImageAttachment = made.error_for_status().unwrap().json().unwrap();
    stage.delete_later("extras/image-attachments", made.id);
    let images = nb.image_attachments();
    let read = images.filter([("id", made.id)]).first().unwrap().unwrap();
    assert_eq!((&read.image, read.object_id), (&made.image, device.site.id));
    // NetBox answers a change that does not say again what the image is of with an error of its own.
    let change = ImageAttachmentPatch::new().object_type("dcim.site").object_id(device.site.id).description("said");
    assert_eq!(images.patch(made.id, &change).unwrap().description, "said");
    images.delete(made.id).unwrap();

    let object = subject(stage);
    stage.row(
        &nb.journal_entries(),
        JournalEntryRequest::new(object).assigned_object_type("dcim.site").comments("comments"),
        [JournalEntryPatch::new().kind(JournalEntryKind::Warning).created_by(user.id)],
    );
    stage.row(
        &nb.notification_groups(),
        NotificationGroupRequest::new(n()),
        [NotificationGroupPatch::new().groups([&group]).users([&user])],
    );
    let object = subject(stage);
    stage.row(
        &nb.notifications(),
        NotificationRequest::new(&user, EventRuleEventTypes::ObjectUpdated, object, "dcim.site"),
        [NotificationPatch::new().read("2026-01-02T03:04:05Z"), NotificationPatch::new().read(Patch::Null)],
    );
    stage.row(
        &nb.saved_filters(),
        SavedFilterRequest::new(n(), ["dcim.site"], json!({"status": ["active"]}), n()),
        [SavedFilterPatch::new().user(user.id).weight(7).enabled(false).shared(false), SavedFilterPatch::new().user(Patch::Null)],
    );
    let object = subject(stage);
    stage.row(&nb.subscriptions(), SubscriptionRequest::new(&user, object, "dcim.site"), [SubscriptionPatch::new().user(&user)]);
    stage.row(
        &nb.table_configs(),
        TableConfigRequest::new(["pk", "name"]).name(n()).object_type("dcim.site").table("SiteTable"),
        [
            TableConfigPatch::new().user(user.id).weight(7).enabled(false).shared(false).ordering(["name"]),
            TableConfigPatch::new().user(Patch::Null).ordering(Patch::Null),
        ],
    );
    stage.row(&nb.tags(), TagRequest::new(n(), n()), [TagPatch::new().color("ff0000").weight(7).object_types(["dcim.site"])]);
    stage.row(
        &nb.webhooks(),
        WebhookRequest::new().name(n()).payload_url("http://127.0.0.1:9"),
        [
            WebhookPatch::new()
                .http_method(WebhookHttpMethod::PUT)
                .http_content_type("text/x")
                .additional_headers("X-A: b")
                .body_template("{}")
                .secret("s")
                .ca_file_path("/ca.pem")
                .timeout(7),
            WebhookPatch::new().ssl_verification(false).ca_file_path(Patch::Null).timeout(Patch::Null),
        ],
    );
}

pub fn ipam(stage: &mut Stage) {
    let nb = stage.nb.ipam();
    let network = network();
    let tenant = stage.tenant.clone();
    let device = stage.device();
    let interface = stage.has(&stage.nb.dcim().interfaces(), InterfaceRequest::new(&device, n(), InterfaceType::Virtual));
    let rir = stage.has(&nb.rirs(), RIRRequest::new(n(), n()));
    let role = stage.has(&nb.roles(), RoleRequest::new(n(), n()));
    let vrf = stage.has(&nb.vrfs(), VRFRequest::new(n()));
    let target = stage.has(&nb.route_targets(), RouteTargetRequest::new(n()));
    let group = stage.has(&nb.vlan_groups(), VLANGroupRequest::new(n(), n()));
    let vlan = stage.has(&nb.vlans(), VLANRequest::new(n(), 7));
    let svlan = stage.has(&nb.vlans(), VLANRequest::new(n(), 8).qinq_role(VLANQinqRole::Svlan));
    let address = stage.has(&nb.ip_addresses(), IPAddressRequest::new("203.0.113.7/24").vrf(&vrf));
    let fhrp = stage.has(&nb.fhrp_groups(), FHRPGroupRequest::new(7, FHRPGroupProtocol::Vrrp2));
    let policy = stage.has(&nb.vlan_translation_policies(), VLANTranslationPolicyRequest::new(n()));
    let on_interface = IPAddressRequest::new("203.0.113.8/24").vrf(&vrf).assigned_object_type("dcim.interface");
    let on_interface = stage.has(&nb.ip_addresses(), on_interface.assigned_object_id(interface.id));

    stage.row(
        &nb.aggregates(),
        AggregateRequest::new(&rir, format!("{network}::/64").as_str()),
        [AggregatePatch::new().tenant(&tenant).date_added("2026-01-02"), AggregatePatch::new().tenant(Patch::Null).date_added(Patch::Null)],
    );
    let end = number();
    stage.row(
        &nb.asn_ranges(),
        ASNRangeRequest::new(&rir, n(), n()).end(end).start(end - 9),
        [ASNRangePatch::new().tenant(&tenant), ASNRangePatch::new().tenant(Patch::Null)],
    );
    stage.row(
        &nb.asns(),
        ASNRequest::new(number()).rir(&rir),
        [ASNPatch::new().role(&role).tenant(&tenant).sites([device.site.id]), ASNPatch::new().role(Patch::Null).tenant(Patch::Null)],
    );
    stage.row(
        &nb.fhrp_group_assignments(),
        FHRPGroupAssignmentRequest::new(&fhrp, "dcim.interface").interface_id(interface.id).priority(7),
        [FHRPGroupAssignmentPatch::new().priority(8)],
    );
    stage.row(
        &nb.fhrp_groups(),
        FHRPGroupRequest::new(8, FHRPGroupProtocol::Hsrp),
        [FHRPGroupPatch::new().name("n").auth_type(FHRPGroupAuthType::Md5).auth_key("k"), FHRPGroupPatch::new().auth_type(Patch::Null)],
    );
    stage.row(
        &nb.ip_addresses(),
        IPAddressRequest::new(format!("{network}::9/64").as_str()),
        [
            IPAddressPatch::new()
                .vrf(&vrf)
                .tenant(&tenant)
                .status(IPAddressStatus::Dhcp)
                .role(IPAddressRole::Vip)
                .assigned_object_type("dcim.interface")
                .assigned_object_id(interface.id)
                .nat_inside(&address)
                .dns_name("x.example.com"),
            IPAddressPatch::new()
                .vrf(Patch::Null)
                .tenant(Patch::Null)
                .role(Patch::Null)
                .assigned_object_type(Patch::Null)
                .assigned_object_id(Patch::Null)
                .nat_inside(Patch::Null),
        ],
    );
    stage.row(
        &nb.ip_ranges(),
        IPRangeRequest::new().end_address(format!("{network}::29/64").as_str()).start_address(format!("{network}::20/64").as_str()),
        [
            IPRangePatch::new().vrf(&vrf).tenant(&tenant).status(VLANStatus::Reserved).role(&role).mark_populated(true).mark_utilized(true),
            IPRangePatch::new().vrf(Patch::Null).tenant(Patch::Null).role(Patch::Null),
        ],
    );
    stage.row(
        &nb.prefixes(),
        PrefixRequest::new(format!("{network}::/64").as_str()),
        [
            PrefixPatch::new()
                .vrf(&vrf)
                .scope_type("dcim.site")
                .scope_id(device.site.id)
                .tenant(&tenant)
                .vlan(&vlan)
                .status(PrefixStatus::Container)
                .role(&role)
                .is_pool(true)
                .mark_utilized(true),
            PrefixPatch::new()
                .vrf(Patch::Null)
                .scope_type(Patch::Null)
                .scope_id(Patch::Null)
                .tenant(Patch::Null)
                .vlan(Patch::Null)
                .role(Patch::Null),
        ],
    );
    stage.row(&nb.rirs(), RIRRequest::new(n(), n()), [RIRPatch::new().is_private(true)]);
    stage.row(&nb.roles(), RoleRequest::new(n(), n()), [RolePatch::new().weight(7)]);
    stage.row(
        &nb.route_targets(),
        RouteTargetRequest::new(n()),
        [RouteTargetPatch::new().tenant(&tenant), RouteTargetPatch::new().tenant(Patch::Null)],
    );
    stage.row(
        &nb.service_templates(),
        ServiceTemplateRequest::new(n()).port_mappings(["tcp/80"]),
        [ServiceTemplatePatch::new().port_mappings(["tcp/81", "udp/82"])],
    );
    stage.row(
        &nb.service_templates(),
        ServiceTemplateRequest::new(n()).ports([80]).protocol(ServiceProtocol::Tcp),
        [ServiceTemplatePatch::new().ports([81, 82]).protocol(ServiceProtocol::Udp)],
    );
    stage.row(
        &nb.services(),
        ServiceRequest::new(device.id).name(n()).parent_object_type("dcim.device").port_mappings(["tcp/80"]),
        [ServicePatch::new().port_mappings(["tcp/81", "udp/82"]).ipaddresses([&on_interface])],
    );
    stage.row(
        &nb.services(),
        ServiceRequest::new(device.id).name(n()).parent_object_type("dcim.device").ports([80]).protocol(ServiceProtocol::Tcp),
        [ServicePatch::new().ports([81, 82]).protocol(ServiceProtocol::Udp)],
    );
    stage.row(
        &nb.vlan_groups(),
        VLANGroupRequest::new(n(), n()),
        [
            VLANGroupPatch::new()
                .scope_type("dcim.site")
                .scope_id(device.site.id)
                .tenant(&tenant)
                .vid_ranges(vec![vec![1, 10], vec![20, 30]]),
            VLANGroupPatch::new().scope_type(Patch::Null).scope_id(Patch::Null).tenant(Patch::Null),
        ],
    );
    stage.row(&nb.vlan_translation_policies(), VLANTranslationPolicyRequest::new(n()), [VLANTranslationPolicyPatch::new().name(n())]);
    stage.row(
        &nb.vlan_translation_rules(),
        VLANTranslationRuleRequest::new().local_vid(7).policy(policy.id).remote_vid(8),
        [VLANTranslationRulePatch::new().local_vid(9)],
    );
    stage.row(
        &nb.vlans(),
        VLANRequest::new(n(), 9),
        [
            VLANPatch::new()
                .site(device.site.id)
                .tenant(&tenant)
                .status(VLANStatus::Reserved)
                .role(&role)
                .qinq_role(VLANQinqRole::Cvlan)
                .qinq_svlan(&svlan),
            VLANPatch::new().site(Patch::Null).tenant(Patch::Null).role(Patch::Null).qinq_role(Patch::Null).qinq_svlan(Patch::Null),
        ],
    );
    stage.row(&nb.vlans(), VLANRequest::new(n(), 9), [VLANPatch::new().group(&group), VLANPatch::new().group(Patch::Null)]);
    stage.row(
        &nb.vrfs(),
        VRFRequest::new(n()),
        [
            VRFPatch::new().rd("65000:777").tenant(&tenant).enforce_unique(false).import_targets([&target]).export_targets([&target]),
            VRFPatch::new().rd(Patch::Null).tenant(Patch::Null),
        ],
    );
}

pub fn tenancy(stage: &mut Stage) {
    let nb = stage.nb.tenancy();
    let tenant = stage.tenant.clone();
    let contact = stage.has(&nb.contacts(), ContactRequest::new(n()));
    let role = stage.has(&nb.contact_roles(), ContactRoleRequest::new(n(), n()));
    let contact_group = stage.has(&nb.contact_groups(), ContactGroupRequest::new(n(), n()));
    let group = stage.has(&nb.tenant_groups(), TenantGroupRequest::new(n(), n()));

    stage.row(
        &nb.contact_assignments(),
        ContactAssignmentRequest::new(&contact, tenant.id, "tenancy.tenant").role(&role),
        [ContactAssignmentPatch::new().priority(ContactAssignmentPriority::Secondary), ContactAssignmentPatch::new().priority(Patch::Null)],
    );
    stage.row(
        &nb.contact_groups(),
        ContactGroupRequest::new(n(), n()),
        [ContactGroupPatch::new().parent(&contact_group), ContactGroupPatch::new().parent(Patch::Null)],
    );
    stage.row(&nb.contact_roles(), ContactRoleRequest::new(n(), n()), [ContactRolePatch::new().name(n())]);
    stage.row(
        &nb.contacts(),
        ContactRequest::new(n()),
        [ContactPatch::new()
            .groups([&contact_group])
            .title("t")
            .phone("1")
            .email("a@example.com")
            .address("a")
            .link("https://example.com/")],
    );
    stage.row(
        &nb.tenant_groups(),
        TenantGroupRequest::new(n(), n()),
        [TenantGroupPatch::new().parent(&group), TenantGroupPatch::new().parent(Patch::Null)],
    );
    stage.row(&nb.tenants(), TenantRequest::new(n(), n()), [TenantPatch::new().group(&group), TenantPatch::new().group(Patch::Null)]);
}

pub fn users(stage: &mut Stage) {
    let nb = stage.nb.users();
    let group = stage.has(&nb.groups(), GroupRequest::new(n()));
    let user = stage.has(&nb.users(), UserRequest::new().password("Abcd-1234-efgh").username(n()));
    let owner_group = stage.has(&nb.owner_groups(), OwnerGroupRequest::new(n()));
    let permission = stage.has(&nb.permissions(), ObjectPermissionRequest::new(n()).actions(["view"]).object_types(["dcim.site"]));

    stage.row(&nb.groups(), GroupRequest::new(n()), [GroupPatch::new().permissions([&permission])]);
    stage.row(&nb.owner_groups(), OwnerGroupRequest::new(n()), [OwnerGroupPatch::new().name(n())]);
    stage.row(
        &nb.owners(),
        OwnerRequest::new(Patch::Null, n()),
        [OwnerPatch::new().group(&owner_group).users([&user]).user_groups([&group]), OwnerPatch::new().group(Patch::Null)],
    );
    stage.row(
        &nb.permissions(),
        ObjectPermissionRequest::new(n()).actions(["view", "change"]).object_types(["dcim.site"]),
        [
            ObjectPermissionPatch::new().enabled(false).constraints(json!({"name": "x"})).groups([&group]).users([&user]),
            ObjectPermissionPatch::new().constraints(Patch::Null),
        ],
    );
    stage.row(
        &nb.tokens(),
        TokenRequest::new(&user).version(2),
        [
            TokenPatch::new().enabled(false).write_enabled(false).expires("2030-01-02T03:04:05Z").allowed_ips(["192.0.2.0/24"]),
            TokenPatch::new().expires(Patch::Null),
        ],
    );
    stage.row(
        &nb.users(),
        UserRequest::new().password("Abcd-1234-efgh").username(n()),
        [
            UserPatch::new()
                .password("Efgh-1234-ijkl")
                .first_name("f")
                .last_name("l")
                .email("a@example.com")
                .is_active(false)
                .date_joined("2026-01-02T03:04:05Z")
                .last_login("2026-01-02T03:04:05Z")
                .groups([&group])
                .permissions([&permission]),
            UserPatch::new().last_login(Patch::Null),
        ],
    );
}

pub fn virtualization(stage: &mut Stage) {
    let nb = stage.nb.virtualization();
    let tenant = stage.tenant.clone();
    let device = stage.device();
    let cluster_type = stage.has(&nb.cluster_types(), ClusterTypeRequest::new(n(), n()));
    let group = stage.has(&nb.cluster_groups(), ClusterGroupRequest::new(n(), n()));
    let cluster = stage.has(&nb.clusters(), ClusterRequest::new(&cluster_type, n()));
    let machine_type = stage.has(&nb.virtual_machine_types(), VirtualMachineTypeRequest::new(n(), n()));
    let machine = stage.has(&nb.virtual_machines(), VirtualMachineRequest::new(n()).cluster(&cluster));
    let platform = stage.has(&stage.nb.dcim().platforms(), PlatformRequest::new(n(), n()));
    let role = stage.has(&stage.nb.dcim().device_roles(), DeviceRoleRequest::new(n(), n()));
    let template = stage.has(&stage.nb.extras().config_templates(), ConfigTemplateRequest::new().name(n()).template_code("x"));
    let vrf = stage.has(&stage.nb.ipam().vrfs(), VRFRequest::new(n()));
    let vlan = stage.has(&stage.nb.ipam().vlans(), VLANRequest::new(n(), 7));
    let svlan = stage.has(&stage.nb.ipam().vlans(), VLANRequest::new(n(), 8).qinq_role(VLANQinqRole::Svlan));
    let translation = stage.has(&stage.nb.ipam().vlan_translation_policies(), VLANTranslationPolicyRequest::new(n()));
    let interface = stage.has(&nb.interfaces(), VMInterfaceRequest::new(&machine, n()));
    let mac = MACAddressRequest::new("00:00:5E:00:53:77").assigned_object_type("virtualization.vminterface");
    let mac = stage.has(&stage.nb.dcim().mac_addresses(), mac.assigned_object_id(interface.id));

    stage.row(&nb.cluster_groups(), ClusterGroupRequest::new(n(), n()), [ClusterGroupPatch::new().name(n())]);
    stage.row(&nb.cluster_types(), ClusterTypeRequest::new(n(), n()), [ClusterTypePatch::new().name(n())]);
    stage.row(
        &nb.clusters(),
        ClusterRequest::new(&cluster_type, n()),
        [
            ClusterPatch::new()
                .group(&group)
                .status(ClusterStatus::Planned)
                .tenant(&tenant)
                .scope_type("dcim.site")
                .scope_id(device.site.id),
            ClusterPatch::new().group(Patch::Null).tenant(Patch::Null).scope_type(Patch::Null).scope_id(Patch::Null),
        ],
    );
    stage.row(
        &nb.interfaces(),
        VMInterfaceRequest::new(&machine, n()),
        [
            VMInterfacePatch::new()
                .enabled(false)
                .parent(&interface)
                .bridge(&interface)
                .mtu(1500)
                .mode(InterfaceMode::Tagged)
                .untagged_vlan(&vlan)
                .tagged_vlans([&svlan])
                .vlan_translation_policy(&translation)
                .vrf(&vrf),
            VMInterfacePatch::new()
                .parent(Patch::Null)
                .bridge(Patch::Null)
                .mtu(Patch::Null)
                .mode(Patch::Null)
                .untagged_vlan(Patch::Null)
                .tagged_vlans(Vec::<Reference>::new())
                .vlan_translation_policy(Patch::Null)
                .vrf(Patch::Null)
                .primary_mac_address(Patch::Null),
        ],
    );
    stage.row(
        &nb.interfaces(),
        VMInterfaceRequest::new(&machine, n()).mode(InterfaceMode::QInQ).qinq_svlan(&svlan),
        [VMInterfacePatch::new().mode(Patch::Null).qinq_svlan(Patch::Null)],
    );
    stage.row(&nb.virtual_disks(), VirtualDiskRequest::new(&machine, n(), 1000), [VirtualDiskPatch::new().size(2000)]);
    stage.row(
        &nb.virtual_machine_types(),
        VirtualMachineTypeRequest::new(n(), n()),
        [
            VirtualMachineTypePatch::new().default_platform(&platform).default_vcpus(1.5).default_memory(1000),
            VirtualMachineTypePatch::new().default_platform(Patch::Null).default_vcpus(Patch::Null).default_memory(Patch::Null),
        ],
    );
    stage.row(
        &nb.virtual_machines(),
        VirtualMachineRequest::new(n()).site(device.site.id),
        [
            VirtualMachinePatch::new()
                .cluster(&cluster)
                .status(VirtualMachineStatus::Planned)
                .start_on_boot(VirtualMachineStartOnBoot::On)
                .virtual_machine_type(&machine_type)
                .serial("s")
                .role(&role)
                .tenant(&tenant)
                .platform(&platform)
                .vcpus(1.5)
                .memory(1000)
                .disk(1000)
                .config_template(&template)
                .local_context_data(json!({"a": 1})),
            VirtualMachinePatch::new()
                .cluster(Patch::Null)
                .device(Patch::Null)
                .virtual_machine_type(Patch::Null)
                .role(Patch::Null)
                .tenant(Patch::Null)
                .platform(Patch::Null)
                .vcpus(Patch::Null)
                .memory(Patch::Null)
                .disk(Patch::Null)
                .config_template(Patch::Null)
                .local_context_data(Patch::Null)
                .primary_ip4(Patch::Null)
                .primary_ip6(Patch::Null),
        ],
    );
    nb.interfaces().patch(interface.id, &VMInterfacePatch::new().primary_mac_address(&mac)).unwrap();
}

pub fn vpn(stage: &mut Stage) {
    let nb = stage.nb.vpn();
    let tenant = stage.tenant.clone();
    let device = stage.device();
    let interfaces = stage.nb.dcim().interfaces();
    let interface = stage.has(&interfaces, InterfaceRequest::new(&device, n(), InterfaceType::Virtual));
    let address = IPAddressRequest::new(format!("{}::7/64", network()).as_str())
        .assigned_object_type("dcim.interface")
        .assigned_object_id(interface.id);
    let address = stage.has(&stage.nb.ipam().ip_addresses(), address);
    let vlan = stage.has(&stage.nb.ipam().vlans(), VLANRequest::new(n(), 7));
    let target = stage.has(&stage.nb.ipam().route_targets(), RouteTargetRequest::new(n()));
    let new_ike_proposal = || {
        IKEProposalRequest::new(IKEProposalAuthenticationMethod::PresharedKeys, IKEProposalEncryptionAlgorithm::Aes128Cbc, 14, n())
            .authentication_algorithm(IKEProposalAuthenticationAlgorithm::HmacSha256)
    };
    let new_ipsec_proposal = || IPSecProposalRequest::new(n()).encryption_algorithm(IKEProposalEncryptionAlgorithm::Aes128Cbc);
    let ike_proposal = stage.has(&nb.ike_proposals(), new_ike_proposal());
    let ipsec_proposal = stage.has(&nb.ipsec_proposals(), new_ipsec_proposal());
    let ike_policy = stage.has(&nb.ike_policies(), IKEPolicyRequest::new(n(), 2));
    let ipsec_policy = stage.has(&nb.ipsec_policies(), IPSecPolicyRequest::new(n()));
    let new_profile = || IPSecProfileRequest::new(IPSecProfileMode::Esp, n()).ike_policy(&ike_policy).ipsec_policy(&ipsec_policy);
    let profile = stage.has(&nb.ipsec_profiles(), new_profile());
    let group = stage.has(&nb.tunnel_groups(), TunnelGroupRequest::new(n(), n()));
    let tunnel = stage.has(&nb.tunnels(), TunnelRequest::new(TunnelEncapsulation::Gre, n(), TunnelStatus::Active));
    let l2vpn = stage.has(&nb.l2vpns(), L2VPNRequest::new(n(), n(), L2VPNType::Vxlan));

    stage.row(
        &nb.ike_policies(),
        IKEPolicyRequest::new(n(), 1).mode(IKEPolicyMode::Aggressive),
        [IKEPolicyPatch::new().mode(IKEPolicyMode::Main).proposals([&ike_proposal]).preshared_key("k")],
    );
    stage.row(
        &nb.ike_proposals(),
        new_ike_proposal(),
        [IKEProposalPatch::new().group(19).sa_lifetime(3600), IKEProposalPatch::new().sa_lifetime(Patch::Null)],
    );
    stage.row(
        &nb.ike_proposals(),
        IKEProposalRequest::new(IKEProposalAuthenticationMethod::Certificates, IKEProposalEncryptionAlgorithm::Aes128Gcm, 1, n()),
        [IKEProposalPatch::new().group(2)],
    );
    stage.row(&nb.ipsec_policies(), IPSecPolicyRequest::new(n()), [IPSecPolicyPatch::new().proposals([&ipsec_proposal]).pfs_group(14)]);
    stage.row(&nb.ipsec_profiles(), new_profile(), [IPSecProfilePatch::new().mode(IPSecProfileMode::Ah)]);
    stage.row(
        &nb.ipsec_proposals(),
        new_ipsec_proposal(),
        [
            IPSecProposalPatch::new()
                .authentication_algorithm(IKEProposalAuthenticationAlgorithm::HmacSha1)
                .sa_lifetime_seconds(3600)
                .sa_lifetime_data(1000),
            IPSecProposalPatch::new().sa_lifetime_seconds(Patch::Null).sa_lifetime_data(Patch::Null),
        ],
    );
    stage.row(
        &nb.l2vpn_terminations(),
        L2VPNTerminationRequest::new(&l2vpn, interface.id, "dcim.interface"),
        [L2VPNTerminationPatch::new().assigned_object_type("ipam.vlan").assigned_object_id(vlan.id)],
    );
    stage.row(
        &nb.l2vpns(),
        L2VPNRequest::new(n(), n(), L2VPNType::Vpls),
        [
            L2VPNPatch::new()
                .identifier(7)
                .status(L2VPNStatus::Planned)
                .tenant(&tenant)
                .import_targets([&target])
                .export_targets([&target]),
            L2VPNPatch::new().identifier(Patch::Null).tenant(Patch::Null),
        ],
    );
    stage.row(&nb.tunnel_groups(), TunnelGroupRequest::new(n(), n()), [TunnelGroupPatch::new().name(n())]);
    stage.row(
        &nb.tunnel_terminations(),
        TunnelTerminationRequest::new(&tunnel, TunnelTerminationRole::Peer, "dcim.interface").termination_id(interface.id),
        [
            TunnelTerminationPatch::new().role(TunnelTerminationRole::Hub).outside_ip(&address),
            TunnelTerminationPatch::new().outside_ip(Patch::Null),
        ],
    );
    stage.row(
        &nb.tunnels(),
        TunnelRequest::new(TunnelEncapsulation::IpIp, n(), TunnelStatus::Disabled),
        [
            TunnelPatch::new()
                .status(TunnelStatus::Planned)
                .group(&group)
                .encapsulation(TunnelEncapsulation::IpsecTunnel)
                .ipsec_profile(&profile)
                .tenant(&tenant)
                .tunnel_id(7),
            TunnelPatch::new().group(Patch::Null).ipsec_profile(Patch::Null).tenant(Patch::Null).tunnel_id(Patch::Null),
        ],
    );
}

pub fn wireless(stage: &mut Stage) {
    let nb = stage.nb.wireless();
    let tenant = stage.tenant.clone();
    let device = stage.device();
    let group = stage.has(&nb.wireless_lan_groups(), WirelessLANGroupRequest::new(n(), n()));
    let vlan = stage.has(&stage.nb.ipam().vlans(), VLANRequest::new(n(), 7));
    let radio = || InterfaceRequest::new(&device, n(), InterfaceType::Ieee802_11ax);
    let interfaces = stage.nb.dcim().interfaces();
    let (here, there) = (stage.has(&interfaces, radio()), stage.has(&interfaces, radio()));

    stage.row(
        &nb.wireless_lan_groups(),
        WirelessLANGroupRequest::new(n(), n()),
        [WirelessLANGroupPatch::new().parent(&group), WirelessLANGroupPatch::new().parent(Patch::Null)],
    );
    stage.row(
        &nb.wireless_lans(),
        WirelessLANRequest::new("ssid"),
        [
            WirelessLANPatch::new()
                .group(&group)
                .status(WirelessLANStatus::Reserved)
                .vlan(&vlan)
                .scope_type("dcim.site")
                .scope_id(device.site.id)
                .tenant(&tenant)
                .auth_type(WirelessLANAuthType::WpaPersonal)
                .auth_cipher(WirelessLANAuthCipher::Aes)
                .auth_psk("psk"),
            WirelessLANPatch::new()
                .group(Patch::Null)
                .vlan(Patch::Null)
                .scope_type(Patch::Null)
                .scope_id(Patch::Null)
                .tenant(Patch::Null)
                .auth_type(Patch::Null)
                .auth_cipher(Patch::Null),
        ],
    );
    stage.row(
        &nb.wireless_links(),
        WirelessLinkRequest::new().interface_a(&here).interface_b(&there),
        [
            WirelessLinkPatch::new()
                .ssid("ssid")
                .status(CableStatus::Planned)
                .tenant(&tenant)
                .auth_type(WirelessLANAuthType::WpaPersonal)
                .auth_cipher(WirelessLANAuthCipher::Aes)
                .auth_psk("psk")
                .distance(1.5)
                .distance_unit(CircuitDistanceUnit::Km),
            WirelessLinkPatch::new()
                .tenant(Patch::Null)
                .auth_type(Patch::Null)
                .auth_cipher(Patch::Null)
                .distance(Patch::Null)
                .distance_unit(Patch::Null),
        ],
    );
}
