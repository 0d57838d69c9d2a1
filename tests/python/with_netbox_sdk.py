"""What a user of the Python netbox-sdk does, step by step. tests/suite/python.rs runs it on the mock and on a real NetBox and compares what is printed."""

import asyncio

from netbox_sdk import Config, NetBoxApiClient, RequestError, api
from steps import PASSWORD, TOKEN, UNIQUE, URL, USERNAME, failed, tell

made = []


async def step(name, doing):
    try:
        tell(name, await doing)
    except RequestError as error:
        tell(name, failed(error, error.response.status, error.response.text))
    except ValueError as error:
        tell(name, failed(error, None, str(error)))


async def make(endpoint, **body):
    record = await endpoint.create(**body)
    made.append(record)
    return record


def named(endpoint, **more):
    return make(endpoint, name=UNIQUE, slug=UNIQUE, **more)


async def names(records):
    return [record.name async for record in records]


async def main(nb):
    await step("version", nb.version())
    status = await nb.status()
    tell("status", status["netbox-version"])
    probe = await nb.client.probe_connection()
    tell("probe", [probe.ok, probe.status, probe.version])
    site = await named(nb.dcim.sites)
    tell("create", site.serialize())
    tell("get", (await nb.dcim.sites.get(site.id)).serialize())
    tell("get by name", (await nb.dcim.sites.get(name=UNIQUE)).slug)
    await step("get nothing", nb.dcim.sites.get(999999999))
    await step("create with an error", nb.dcim.sites.create(name="", status="on fire"))
    await step("create twice", nb.dcim.sites.create(name=UNIQUE, slug=UNIQUE))
    choices = await nb.dcim.sites.choices()
    tell("choices", choices["status"]["choices"])
    site.facility = "Hall 2"
    tell("updates", site.updates())
    await step("save", site.save())
    await step("update", site.update({"description": "by netbox-sdk", "status": "planned"}))
    tell("saved", [site.facility, site.description])
    tags = await nb.extras.tags.create([{"name": f"{UNIQUE} {n}", "slug": f"{UNIQUE}-{n}"} for n in (1, 2, 10)])
    made.extend(tags)
    tell("create many", [str(tag) for tag in tags])
    await step("create many with an error", nb.extras.tags.create([{"name": f"{UNIQUE} 4", "slug": f"{UNIQUE}-4"}, {"name": ""}]))
    updated = await nb.extras.tags.update([{"id": tag.id, "color": "ff0000"} for tag in tags])
    tell("update many", [tag.color for tag in updated])
    await step("filter", names(nb.extras.tags.filter(name__isw=UNIQUE)))
    await step("filter by several", names(nb.extras.tags.filter(slug=[f"{UNIQUE}-1", f"{UNIQUE}-10"])))
    await step("by cursor", names(nb.extras.tags.all(name__isw=UNIQUE, limit=1, mode="cursor")))
    await step("by offset", names(nb.extras.tags.all(name__isw=UNIQUE, limit=2, mode="offset", ordering="-name")))
    await step("count", nb.extras.tags.count(name__isw=UNIQUE))
    await step("get one of several", nb.extras.tags.get(name__isw=UNIQUE))
    await step("filter with an error", names(nb.dcim.devices.filter(site="nosuch", id="x")))
    await step("filter that there is not", nb.extras.tags.count(name__isw=UNIQUE, nosuch=1, strict_filters=True))
    maker = await named(nb.dcim.manufacturers)
    kind = await make(nb.dcim.device_types, manufacturer=maker.id, model=UNIQUE, slug=UNIQUE)
    role = await named(nb.dcim.device_roles)
    device = await make(nb.dcim.devices, name=UNIQUE, site={"slug": UNIQUE}, device_type=kind.id, role=role.id)
    tell("device", {key: value for key, value in device if key not in ("custom_fields", "config_context")})
    for number in (0, 1):
        await make(nb.dcim.interfaces, device=device.id, name=f"eth{number}", type="1000base-t")
    await step("interfaces", names(nb.dcim.interfaces.filter(device=UNIQUE)))
    nested = (await nb.dcim.devices.get(device.id)).site
    tell("nested", dict(nested))
    await step("filter by relation", names(nb.dcim.devices.filter(site=UNIQUE, manufacturer=UNIQUE)))
    vrf = await make(nb.ipam.vrfs, name=UNIQUE)
    prefix = await make(nb.ipam.prefixes, prefix="192.0.2.0/24", vrf=vrf.id)
    tell("prefix", [str(prefix), prefix.serialize()["family"]])
    await step("prefix with an error", nb.ipam.prefixes.create(prefix="192.0.2.1/24"))
    await step("deletion that is refused", site.delete())
    token = await nb.create_token(USERNAME, PASSWORD)
    tell("token", [len(token.key), len(token.token)])
    await step("token is there", nb.users.tokens.count(id=token.id))
    await step("token is deleted", nb.users.tokens.delete([token.id]))
    response = await nb.client.request("GET", "/api/dcim/nosuch/")
    tell("path that there is not", [response.status, response.headers.get("Content-Type")])
    await step("delete many", nb.extras.tags.delete([tag.id for tag in tags]))
    await step("deleted", nb.extras.tags.count(name__isw=UNIQUE))


async def run():
    key, secret = TOKEN.split(".", 1)
    client = NetBoxApiClient(Config(base_url=URL, token_version="v2", token_key=key, token_secret=secret))
    async with client:
        try:
            await main(api(URL, client=client))
        finally:
            for record in reversed(made):
                try:
                    await record.delete()
                except RequestError:
                    pass


asyncio.run(run())
