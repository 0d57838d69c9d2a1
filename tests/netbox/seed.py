"""Fills NetBox with made-up data, the same each time, all of it or nothing.

Run as  netbox nbshell -c "exec(open('seed.py').read())"
"""

import random

from circuits.models import Circuit, CircuitTermination, CircuitType, Provider
from core.models import ObjectType
from dcim.models import (
    Cable, Device, DeviceRole, DeviceType, Interface, Location, Manufacturer, Platform, Rack, Region, Site,
)
from django.db import transaction
from extras.models import ConfigContext, ConfigTemplate, CustomField, Tag
from ipam.models import ASNRange, IPAddress, Prefix, RIR, VLAN, VLANGroup
from tenancy.models import Tenant

DEVICES = 5000
INTERFACES = 20000
ADDRESSES = 5000
SITES = (
    "lon par ams fra nyc sfo sin tok syd sao mad mil zrh vie dub osl sto hel cph waw".split()
)
ROLES = "leaf-switch spine-switch router firewall server pdu console ap oob-switch lb".split()
TEMPLATE = "hostname {{ device.name }}\n{% for s in ntp %}ntp server {{ s }}\n{% endfor %}"


def one(model, /, defaults=None, **attributes):
    return model.objects.get_or_create(**attributes, defaults=defaults or {})[0]


def named(model, name, /, **more):
    return one(model, name=name, slug=name.lower().replace(" ", "-"), **more)


def organisation():
    regions = [named(Region, name) for name in ("EMEA", "APAC", "AMER")]
    tenants = [named(Tenant, f"Tenant {i}") for i in range(5)]
    sites = [
        one(Site, name=slug.upper(), slug=slug, defaults={"region": regions[i % 3], "status": "active"})
        for i, slug in enumerate(SITES)
    ]
    return tenants, sites


def devices(tenants, sites):
    locations = [named(Location, f"Hall {site.slug}", site=site) for site in sites]
    racks = [
        one(Rack, name=f"R{k:02d}-{site.slug}", site=site, location=location, defaults={"u_height": 42})
        for site, location in zip(sites, locations)
        for k in range(5)
    ]
    roles = [
        one(DeviceRole, name=slug.replace("-", " ").title(), slug=slug, defaults={"color": "2196f3"}) for slug in ROLES
    ]
    makers = [named(Manufacturer, name) for name in ("Arista", "Cisco", "Juniper", "Dell")]
    types = [
        one(DeviceType, manufacturer=makers[i % 4], model=f"Model-{i}", slug=f"model-{i}", defaults={"u_height": 1})
        for i in range(20)
    ]
    platforms = [named(Platform, name) for name in ("eos", "iosxr", "junos")]
    tags = [named(Tag, name) for name in ("production", "staging", "core", "edge")]
    for name, kind in (("asset_owner", "text"), ("support_until", "date")):
        field = one(CustomField, name=name, defaults={"type": kind})
        field.object_types.set([ObjectType.objects.get_for_model(Device)])
    one(ConfigContext, name="base", defaults={"data": {"ntp": ["10.0.0.1"], "dns": ["10.0.0.53"]}})
    template = one(ConfigTemplate, name="hostname", defaults={"template_code": TEMPLATE})

    chance = random.Random(7)
    Device.objects.bulk_create(
        [
            Device(
                name=f"{ROLES[i % 10][:4]}-{SITES[i % 20]}-{i:05d}",
                site=sites[i % 20],
                location=locations[i % 20],
                role=roles[i % 10],
                device_type=types[i % 20],
                platform=platforms[i % 3],
                tenant=tenants[i % 5],
                status=chance.choice(["active", "active", "active", "planned", "staged"]),
                serial=f"SN{i:08d}",
                asset_tag=f"AT{i:08d}",
                comments="Installed by the field team. " * (i % 4),
                config_template=template,
                custom_field_data={"asset_owner": f"team-{i % 7}", "support_until": "2030-01-01"},
            )
            for i in range(DEVICES)
        ],
        batch_size=1000,
    )
    made = list(Device.objects.order_by("pk"))
    for k, device in enumerate(made[:1500]):
        device.tags.add(tags[k % 4])
    for k, device in enumerate(made[:100]):
        Device.objects.filter(pk=device.pk).update(rack=racks[k % 20 * 5 + k % 5], position=1 + k // 20 * 2, face="front")
    return made


def interfaces(made):
    Interface.objects.bulk_create(
        [
            Interface(
                device=made[i % DEVICES],
                _site=made[i % DEVICES].site,
                name=f"eth{i // DEVICES}",
                type="10gbase-x-sfpp",
                enabled=True,
                mtu=9000,
                description=f"port {i}",
            )
            for i in range(INTERFACES)
        ],
        batch_size=2000,
    )
    ends = list(Interface.objects.order_by("pk")[:200])
    for a, b in zip(ends[::2], ends[1::2]):
        Cable(a_terminations=[a], b_terminations=[b], type="mmf-om4").save()


def addresses():
    for i in range(20):
        one(Prefix, prefix=f"10.{i}.0.0/16", defaults={"status": "container"})
        one(Prefix, prefix=f"10.{i}.1.0/24", defaults={"status": "active"})
    one(Prefix, prefix="192.0.2.0/30", defaults={"status": "active"})
    IPAddress.objects.bulk_create(
        [
            IPAddress(
                address=f"10.{i % 20}.{20 + i // 20 // 250}.{1 + i // 20 % 250}/24",
                status="active",
                dns_name=f"h{i}.example.com",
            )
            for i in range(ADDRESSES)
        ],
        batch_size=1000,
    )
    group = named(VLANGroup, "campus")
    for vid in range(100, 150):
        one(VLAN, vid=vid, name=f"vlan{vid}", group=group)
    private = named(RIR, "private", defaults={"is_private": True})
    named(ASNRange, "lab", defaults={"rir": private, "start": 64512, "end": 64520})


def circuits(sites):
    provider = named(Provider, "Carrier One")
    transit = named(CircuitType, "Transit")
    for i in range(10):
        circuit = one(Circuit, cid=f"C-{i:04d}", provider=provider, type=transit)
        CircuitTermination(circuit=circuit, term_side="A", termination=sites[i]).save()
        CircuitTermination(circuit=circuit, term_side="Z", termination=sites[i + 1]).save()


with transaction.atomic():
    if not Device.objects.filter(name="leaf-lon-00000").exists():
        tenants, sites = organisation()
        made = devices(tenants, sites)
        interfaces(made)
        addresses()
        circuits(sites)
