"""What a user of pynetbox does, step by step. tests/suite/python.rs runs it on the mock and on a real NetBox and compares what is printed."""

import pynetbox
from steps import PASSWORD, TOKEN, UNIQUE, URL, USERNAME, failed, tell

nb = pynetbox.api(URL, token=TOKEN)
# The server closes idle connections, and a request on one that it just closed fails.
nb.http_session.headers["Connection"] = "close"
made = []


def step(name, do):
    try:
        tell(name, do())
    except pynetbox.RequestError as error:
        tell(name, failed(error, error.req.status_code, error.error))
    except ValueError as error:
        tell(name, failed(error, None, str(error)))


def make(endpoint, **body):
    record = endpoint.create(**body)
    made.append(record)
    return record


def named(endpoint, **more):
    return make(endpoint, name=UNIQUE, slug=UNIQUE, **more)


def main():
    step("version", lambda: nb.version)
    step("status", lambda: nb.status()["netbox-version"])
    site = named(nb.dcim.sites)
    step("create", lambda: dict(site))
    step("get", lambda: nb.dcim.sites.get(site.id).serialize())
    step("get by name", lambda: nb.dcim.sites.get(name=UNIQUE).slug)
    step("get nothing", lambda: nb.dcim.sites.get(999999999))
    step("create with an error", lambda: nb.dcim.sites.create(name="", status="on fire"))
    step("create twice", lambda: nb.dcim.sites.create(name=UNIQUE, slug=UNIQUE))
    step("choices", lambda: nb.dcim.sites.choices()["status"])
    site.facility, site.status = "Hall 2", "planned"
    step("updates", site.updates)
    step("save", site.save)
    step("saved", lambda: [site.facility, str(site.status), site.status.value])
    step("update", lambda: site.update({"description": "by pynetbox"}))
    tags = nb.extras.tags.create([{"name": f"{UNIQUE} {n}", "slug": f"{UNIQUE}-{n}"} for n in (1, 2, 10)])
    made.extend(tags)
    step("create many", lambda: [str(tag) for tag in tags])
    step("create many with an error", lambda: nb.extras.tags.create([{"name": f"{UNIQUE} 4", "slug": f"{UNIQUE}-4"}, {"name": ""}]))
    step("update many", lambda: [tag.color for tag in nb.extras.tags.update([{"id": tag.id, "color": "ff0000"} for tag in tags])])
    step("filter", lambda: [tag.name for tag in nb.extras.tags.filter(name__isw=UNIQUE)])
    step("filter by several", lambda: [tag.name for tag in nb.extras.tags.filter(slug=[f"{UNIQUE}-1", f"{UNIQUE}-10"])])
    step("order and page", lambda: [tag.name for tag in nb.extras.tags.filter(name__isw=UNIQUE, ordering="-name", limit=2)])
    step("fields", lambda: [dict(tag) for tag in nb.extras.tags.filter(name__isw=UNIQUE, fields="name,color")])
    step("brief", lambda: [sorted(dict(tag)) for tag in nb.extras.tags.filter(name__isw=UNIQUE, brief=1)])
    step("count", lambda: nb.extras.tags.count(name__isw=UNIQUE))
    step("get one of several", lambda: nb.extras.tags.get(name__isw=UNIQUE))
    step("filter with an error", lambda: list(nb.dcim.devices.filter(site="nosuch", id="x")))
    step("filter that there is not", lambda: nb.extras.tags.count(name__isw=UNIQUE, nosuch=1))
    maker = named(nb.dcim.manufacturers)
    kind = make(nb.dcim.device_types, manufacturer=maker.id, model=UNIQUE, slug=UNIQUE)
    role = named(nb.dcim.device_roles)
    device = make(nb.dcim.devices, name=UNIQUE, site={"slug": UNIQUE}, device_type=kind.id, role=role.id, tags=[tags[0].id])
    step("device", lambda: {key: value for key, value in dict(device).items() if key not in ("custom_fields", "config_context")})
    ports = [make(nb.dcim.interfaces, device=device.id, name=f"eth{n}", type="1000base-t") for n in (0, 1)]
    step("interfaces", lambda: [[port.name, str(port.type), port.device.name, port.enabled] for port in nb.dcim.interfaces.filter(device=UNIQUE)])
    step("full details", lambda: [nb.dcim.devices.get(device.id).site.full_details(), str(device.site.status) if device.site.full_details() else None])
    step("filter by relation", lambda: [str(found) for found in nb.dcim.devices.filter(site=UNIQUE, manufacturer=UNIQUE, tag=f"{UNIQUE}-1")])
    vrf = make(nb.ipam.vrfs, name=UNIQUE)
    prefix = make(nb.ipam.prefixes, prefix="192.0.2.0/24", vrf=vrf.id, scope_type="dcim.site", scope_id=site.id)
    step("prefix", lambda: [str(prefix), prefix.family.label, prefix.scope["slug"] if isinstance(prefix.scope, dict) else prefix.scope.slug])
    address = make(nb.ipam.ip_addresses, address="192.0.2.7/24", vrf=vrf.id, assigned_object_type="dcim.interface", assigned_object_id=ports[0].id)
    step("address", lambda: [str(address), address.assigned_object.name, address.status.value])
    step("primary address", lambda: [device.update({"primary_ip4": address.id}), str(nb.dcim.devices.get(device.id).primary_ip4)])
    step("prefix with an error", lambda: nb.ipam.prefixes.create(prefix="192.0.2.1/24"))
    step("deletion that is refused", site.delete)
    step("journal", lambda: str(make(nb.extras.journal_entries, assigned_object_type="dcim.site", assigned_object_id=site.id, comments="here").kind))
    token = nb.create_token(USERNAME, PASSWORD)
    made.append(token)
    step("token", lambda: [nb.token.startswith("nbt_"), len(nb.token), nb.users.tokens.count(id=token.id)])
    step("delete many", lambda: nb.extras.tags.delete([tag.id for tag in tags]))
    step("deleted", lambda: nb.extras.tags.count(name__isw=UNIQUE))


try:
    main()
finally:
    for record in reversed(made):
        try:
            record.delete()
        except pynetbox.RequestError:
            pass
