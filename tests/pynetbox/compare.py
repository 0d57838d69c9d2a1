"""Runs the same operations through pynetbox 7.8 and through this crate, on the same NetBox, and compares what comes back and what changes.

tests/suite/pynetbox.rs starts it and is the crate's side: operations go out on standard output, one JSON a line, and their results come back on standard input.
What is found is told on standard error. It fails for a difference that DIFFERENCES does not explain, and for one explained there that no longer occurs.
"""

import json
import os
import sys
import time

import pynetbox
import requests

URL, TOKEN = os.environ["NETBOX_URL"], os.environ["NETBOX_TOKEN"]
UNIQUE = f"pyn-{time.time_ns():x}"
CONTENT_TYPES = {
    "dcim/sites": "dcim.site",
    "ipam/asns": "ipam.asn",
    "ipam/ip-addresses": "ipam.ipaddress",
    "ipam/prefixes": "ipam.prefix",
    "ipam/vlans": "ipam.vlan",
    "virtualization/virtual-machines": "virtualization.virtualmachine",
}
VMS = "virtualization/virtual-machines"

CUSTOM_FIELDS = {
    "text": "second", "longtext": "two\nlines", "integer": 7, "decimal": 1.25, "boolean": True, "date": "2031-02-03",
    "datetime": "2031-02-03T04:05:06Z", "url": "http://example.com/a?b=c", "json": {"a": {"b": [1, None]}}, "object": 2,
    "multiobject": [1, 3], "multiselect": ["a", "b"], "select": "b",
}

SENDS_ALL = "pynetbox sends all custom fields, not the one that was set: it undoes what others changed meanwhile"
JSON_AS_OBJECT = "pynetbox takes JSON for an object: it sees changes where there are none, and sends what was not set and cannot be written"
CHOICE_AS_OBJECT = "pynetbox sends the other custom fields, too, and a choice as the server showed it, which the server refuses"
LEFT_TO_THE_SERVER = "pynetbox sends what cannot be right, and the server refuses it; here nothing is sent"
STALE = "pynetbox leaves the records as they were before: what was set in them is sent again, and undoes what others changed meanwhile"
ONLY_SENT = "pynetbox leaves out of the result what had no changes"
OWN_TEXT = "pynetbox makes a text of its own, which names no device or side; here it is NetBox's display"

# Where pynetbox is wrong, by operation and part of the outcome, and why.
DIFFERENCES = {
    "get a cable: text": OWN_TEXT,
    "get a circuit termination: text": OWN_TEXT,
    "get id 0": "pynetbox takes 0 for no id and lists everything",
    "get of an endpoint that there is not": "pynetbox takes a missing endpoint for a missing object",
    "filter: null or a value": "pynetbox drops None from a repeated filter without a word",
    "filter: offset": "limit is the size of a page, but with an offset pynetbox ends after one page without a word",
    "any number of ids": "pynetbox sends all ids in one URL, which the server refuses for its length",
    "count: null": "pynetbox's count drops the filter, and counts everything",
    "count: not null": "pynetbox's count drops the filter, and counts everything",
    "save: JSON that looks like an object: again": JSON_AS_OBJECT,
    "save: a text, with JSON that looks like an object: sent": JSON_AS_OBJECT,
    "save: a text, with JSON that looks like an object: again": JSON_AS_OBJECT,
    "save: no JSON: sent": JSON_AS_OBJECT,
    **{f"save: custom field, {kind}: sent": SENDS_ALL for kind in CUSTOM_FIELDS},
    "save: custom field, multiselect: changed": "pynetbox sends the objects of another custom field, too, in an order that was not theirs",
    "save: custom field, a text beside choices": CHOICE_AS_OBJECT,
    "save: custom field, no choices: sent": SENDS_ALL,
    "save: custom field, a text beside a choice": CHOICE_AS_OBJECT,
    "save: custom field, no choice: sent": SENDS_ALL,
    "save: custom field, no relation: sent": SENDS_ALL,
    "save: custom field, JSON that has an id: sent": SENDS_ALL,
    "save: custom field, JSON that has an id: changed": "pynetbox writes the id alone, and so destroys the rest of the JSON",
    "save: custom field, a text beside JSON that has an id: sent": SENDS_ALL,
    "create many: one is no object: result": LEFT_TO_THE_SERVER,
    "update many: one twice: result": LEFT_TO_THE_SERVER,
    "update many: in an order of their own: result": "pynetbox gives the objects in the server's order, which is not that in which they were given",
    "update records: different members: again": STALE,
    "update records: not all of them: again": STALE,
    "update records: custom fields: again": STALE,
    "update records: not all of them: result": ONLY_SENT,
    "update records: no changes: result": ONLY_SENT,
    "update what fits: some have it already: result": ONLY_SENT,
    "update what fits: all have it already: result": ONLY_SENT,
}

nb = pynetbox.api(URL, token=TOKEN)
session = requests.Session()
# The server closes idle connections, and a request on one that it just closed fails; both go without.
for own in (nb.http_session, session):
    own.headers["Connection"] = "close"
session.headers["Authorization"] = f"{'Bearer' if TOKEN.startswith('nbt_') else 'Token'} {TOKEN}"
made = []  # what is deleted at the end, as (path, id)
seen = set()  # the entries of the change log that were compared


# ---- the lab's own requests: neither of the two sides

def api(method, path, **more):
    reply = session.request(method, f"{URL}/api/{path}/", timeout=60, **more)
    assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text[:300]}"
    return reply.json() if reply.content else None


def make(path, **body):
    new = api("POST", path, json=body)
    made.append((path, new["id"]))
    return new["id"]


def changes(path, keys):
    """What is new in the server's change log of some objects: for each, and each of its changes, the action, the message and the members that differ after it."""
    log = keys and api("GET", "core/object-changes", params={
        "changed_object_type": CONTENT_TYPES[path], "changed_object_id": keys, "ordering": "time", "limit": 1000,
    })["results"]
    new = [change for change in log if change["id"] not in seen]
    seen.update(change["id"] for change in new)
    told = lambda change: [change["action"]["value"], change["message"], changed(change["prechange_data"] or {}, change["postchange_data"] or {})]
    return [[told(change) for change in new if change["changed_object_id"] == key] for key in keys]


def changed(before, after):
    result = {name: value for name, value in after.items() if before.get(name) != value and name not in ("created", "last_updated")}
    if "custom_fields" in before and "custom_fields" in result:
        result["custom_fields"] = changed(before["custom_fields"], after["custom_fields"])
    return result


# ---- pynetbox's side

def endpoint(path):
    app, name = path.split("/")
    return getattr(getattr(nb, app), name.replace("-", "_"))


def plain(value):
    """A record of pynetbox as the JSON that it was."""
    if isinstance(value, pynetbox.core.response.Record):
        return plain(dict(value))
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


def names(records):
    return [record.name for record in records or []]


def put(record, path, value):
    if isinstance(value, dict) and "$record" in value:
        value = endpoint(value["$record"][0]).get(value["$record"][1])
    first, _, rest = path.partition(".")
    if rest:
        getattr(record, first)[rest] = value
    else:
        setattr(record, first, value)


def theirs(op):
    do, path = op["do"], op["path"]
    if do == "get":
        record = endpoint(path).get(op["id"])
        return record and {"object": plain(record), "text": str(record)}
    if do == "get_by":
        record = endpoint(path).get(**op["filters"])
        return record and record.id
    if do == "filter":
        return [record.id for record in endpoint(path).filter(**op["filters"])]
    if do == "by_ids":
        return [record.id for record in endpoint(path).filter(id=op["ids"], fields="id")]
    if do == "count":
        return endpoint(path).count(**op["filters"])
    if do == "choices":
        return [[choice["value"], choice["display_name"]] for choice in endpoint(path).choices()[op["field"]]]
    if do == "create":
        return {"id": endpoint(path).create(op["body"]).id}
    if do == "create_many":
        return names(endpoint(path).create(op["body"]))
    if do == "update_many":
        return names(endpoint(path).update(op["body"]))
    if do == "update_records":
        records = [endpoint(path).get(key) for key in op["ids"]]
        for record, values in zip(records, op["set"]):
            for name, value in values.items():
                put(record, name, value)
        return {"result": names(endpoint(path).update(records)), "again": [record.updates() for record in records]}
    if do == "update_filter":
        return names(endpoint(path).filter(**op["filters"]).update(**op["body"]))
    if do == "delete_many":
        return endpoint(path).delete(op["ids"]) and len(op["ids"])
    if do == "delete_records":
        return endpoint(path).delete([endpoint(path).get(key) for key in op["ids"]]) and len(op["ids"])
    if do in ("delete_found", "delete_filter"):
        found = endpoint(path).filter(**op["filters"])
        count = len(found)
        return (found.delete() if do == "delete_filter" else endpoint(path).delete(found)) and count
    record = endpoint(path).get(op["id"])
    if do == "related":
        related = getattr(record, op["member"])
        related.full_details()
        return plain(related)
    if do == "save":
        if "fields" in op:
            record = next(endpoint(path).filter(id=op["id"], fields=op["fields"]))
        for name, value in op["set"].items():
            put(record, name, value)
        return {"sent": record.updates(), "saved": record.save(), "again": record.save()}
    if do == "delete":
        record.delete()
        return endpoint(path).get(op["id"])
    if do == "available":
        return [str(free) for free in getattr(record, op["what"]).list()]
    if do == "allocate":
        new = getattr(record, op["what"]).create(op["body"])
        return [{"id": one["id"], "text": str(one) if not isinstance(one, dict) else one["display"]} for one in (new if isinstance(new, list) else [new])]
    if do == "elevation":
        return [[unit.name, unit.device and unit.device.id] for unit in record.elevation.list()]
    if do == "trace":
        ids = lambda ends: [end.id for end in ends]
        hops = iter(record.trace())  # flat: near ends, cable, far ends, near ends, …
        return [[ids(near), cable and cable.id, ids(far)] for near, cable, far in zip(hops, hops, hops)]
    if do == "render_config":
        return record.render_config.create()["content"]
    raise AssertionError(do)


def outcome_of_theirs(op):
    try:
        return theirs(op)
    except pynetbox.AllocationError:
        return {"error": "exhausted"}
    except pynetbox.RequestError as error:
        return {"error": f"status {error.req.status_code}"}
    except ValueError as error:
        return {"error": "several" if "more than one" in str(error) else "InvalidRequest"}
    except KeyError:
        return {"error": "NotFound"}
    except Exception as error:  # whatever a user would see
        return {"error": f"{type(error).__name__}: {error}"}


# ---- this crate's side

def outcome_of_ours(op):
    print(json.dumps(op), flush=True)
    return json.loads(sys.stdin.readline())


# ---- the operations

def reads(shared):
    """(name, operation) for what changes nothing."""
    devices = "dcim/devices"
    yield "get a device", {"do": "get", "path": devices, "id": 1}
    yield "get an interface with a cable", {"do": "get", "path": "dcim/interfaces", "id": 1}
    yield "get a cable", {"do": "get", "path": "dcim/cables", "id": 1}
    yield "get an address", {"do": "get", "path": "ipam/ip-addresses", "id": 1}
    yield "get a circuit termination", {"do": "get", "path": "circuits/circuit-terminations", "id": 1}
    yield "get by an id that is a text", {"do": "get", "path": devices, "id": "1"}
    yield "get what there is not", {"do": "get", "path": devices, "id": 999999999}
    yield "get id 0", {"do": "get", "path": devices, "id": 0}
    yield "get of an endpoint that there is not", {"do": "get", "path": "dcim/nosuch", "id": 1}

    for name, path, filters in [
        ("one", "dcim/sites", {"slug": "lon"}),
        ("none", "dcim/sites", {"slug": "no-such-site"}),
        ("several", "dcim/sites", {"slug": ["lon", "par"]}),
        ("two filters", "dcim/racks", {"site": "lon", "name": "R00-lon"}),
        ("a value that is refused", devices, {"site_id": 999999999}),
    ]:
        yield f"get by filter: {name}", {"do": "get_by", "path": path, "filters": filters}

    for name, path, filters in [
        ("site repeated", devices, {"site": ["lon", "par"]}),
        ("site and role repeated", devices, {"site": ["lon", "par"], "role": ["leaf-switch", "router"]}),
        ("status and role", devices, {"status": "planned", "role": "router"}),
        ("status repeated", devices, {"status": ["planned", "staged"], "site": "ams"}),
        ("name__ic", devices, {"name__ic": "LON-000"}),
        ("name__isw repeated", devices, {"name__isw": ["leaf-lon-000", "spin-par-000"]}),
        ("name__n", "dcim/platforms", {"name__n": "eos"}),
        ("name with a space and &", devices, {"name": "a b&c=d+e%20"}),
        ("id__gt", devices, {"id__gt": 4900}),
        ("id__gt and id__lte", devices, {"id__gt": 100, "id__lte": 1300}),
        ("id repeated", devices, {"id": [5, 3, 3, 999999999]}),
        ("serial__empty", devices, {"serial__empty": True, "site": shared["slug"]}),
        ("tag", devices, {"tag": "core"}),
        ("tag repeated is all of them", devices, {"tag": ["core", "edge"]}),
        ("tag and tag__n", devices, {"tag": "core", "site__n": ["lon", "par"]}),
        ("cf", devices, {"cf_asset_owner": "team-3", "site": "lon"}),
        ("cf lookup", devices, {"cf_asset_owner__ic": "EAM-3", "role": "lb"}),
        ("q", devices, {"q": "leaf-lon-00"}),
        ("has_primary_ip true", devices, {"has_primary_ip": True}),
        ("has_primary_ip false", devices, {"has_primary_ip": False, "site": shared["slug"]}),
        ("null", devices, {"tenant_id": None}),
        ("null or a value", devices, {"rack_id": [None, 1], "site": "lon"}),
        ("not null", devices, {"rack_id__n": None}),
        ("mac", "dcim/interfaces", {"mac_address": "02:00:5e:00:53:01"}),
        ("mac of devices, lookup", devices, {"mac_address__isw": "02:00:5e"}),
        ("prefix within", "ipam/prefixes", {"within": "10.0.0.0/15"}),
        ("prefix within_include", "ipam/prefixes", {"within_include": "10.3.0.0/16", "status": ["active", "container"]}),
        ("prefix contains", "ipam/prefixes", {"contains": "10.3.1.7"}),
        ("parent repeated", "ipam/ip-addresses", {"parent": ["10.3.20.0/25", "10.4.20.0/25"]}),
        ("address without a mask", "ipam/ip-addresses", {"address": "10.3.20.7"}),
        ("date", devices, {"created__gte": "2020-01-01", "site": "par"}),
        ("number with a fraction", "dcim/sites", {"latitude__gte": 1.5, "name": shared["slug"]}),
        ("a filter that there is not", "dcim/sites", {"nosuch": 1, "slug": "lon"}),
        ("a choice that there is not", devices, {"status": "nosuch"}),
        ("ordering", "dcim/racks", {"ordering": "-name"}),
        ("ordering by two", devices, {"ordering": "site,-name", "site": ["par", "lon"]}),
        ("own page size", devices, {"site": ["lon", "par"], "limit": 100}),
        ("offset", "dcim/racks", {"ordering": "name", "limit": 10, "offset": 10}),
        ("all of many", "ipam/ip-addresses", {}),
    ]:
        yield f"filter: {name}", {"do": "filter", "path": path, "filters": {"fields": "id", **filters}}
    yield "any number of ids", {"do": "by_ids", "path": devices, "ids": list(range(1, 5001, 4))}

    for name, path, filters in [
        ("all", devices, {}),
        ("repeated", devices, {"site": ["lon", "par"], "status": "active"}),
        ("null", devices, {"tenant_id": None}),
        ("not null", devices, {"rack_id__n": None}),
        ("none", devices, {"name": "no-such"}),
    ]:
        yield f"count: {name}", {"do": "count", "path": path, "filters": filters}

    for path, field in [(devices, "status"), ("dcim/interfaces", "type"), ("ipam/prefixes", "status"), (devices, "nosuch")]:
        yield f"choices: {path} {field}", {"do": "choices", "path": path, "field": field}
    for path, member in [(devices, "site"), (devices, "device_type"), (devices, "rack"), ("dcim/interfaces", "device"), ("dcim/racks", "location")]:
        yield f"related: {path} {member}", {"do": "related", "path": path, "id": 1, "member": member}
    yield "elevation", {"do": "elevation", "path": "dcim/racks", "id": 1}
    yield "trace", {"do": "trace", "path": "dcim/interfaces", "id": 1}
    yield "render config", {"do": "render_config", "path": devices, "id": 1}
    for path, what in [("ipam/prefixes", "available_ips"), ("ipam/prefixes", "available_prefixes"), ("ipam/vlan-groups", "available_vlans")]:
        yield f"available: {what}", {"do": "available", "path": path, "id": shared[what], "what": what}


def writes(own, shared):
    """(name, operation) for one side, whose own objects are `own`."""
    def save(name, values, **more):
        return f"save: {name}", {"do": "save", "path": VMS, "id": own["vm"], "set": values, **more}

    site = {"name": own["name"], "slug": own["name"], "status": "planned", "region": 1, "tags": [{"slug": "core"}, {"slug": "edge"}]}
    yield "create with choices, tags by attributes", {"do": "create", "path": "dcim/sites", "body": site}
    body = {"name": own["name"] + "b", "slug": own["name"] + "b", "region": {"slug": "emea"}, "tenant": {"name": "Tenant 1"}}
    yield "create with relations by attributes", {"do": "create", "path": "dcim/sites", "body": body}
    yield "create what is refused", {"do": "create", "path": "dcim/sites", "body": {"name": ""}}
    yield "create with custom fields", {"do": "create", "path": VMS, "body": {
        "name": own["name"] + "c", "site": 1, "custom_fields": {shared["text"]: "x", shared["multiobject"]: [1, 2], shared["json"]: {"a": [1]}},
    }}

    yield save("nothing", {})
    yield save("what it is already", {"status": "active", "site": 1})
    yield save("a text", {"description": "new"})
    yield save("an empty text", {"description": ""})
    yield save("a choice", {"status": "planned"})
    yield save("a number", {"memory": 2048})
    yield save("a decimal", {"vcpus": 2.5})
    yield save("a relation by id", {"tenant": 2})
    yield save("a relation by record", {"tenant": {"$record": ["tenancy/tenants", 3]}})
    yield save("a relation by attributes", {"tenant": {"name": "Tenant 4"}})
    yield save("no relation", {"tenant": None})
    yield save("tags by attributes", {"tags": [{"slug": "core"}, {"slug": "edge"}]})
    yield save("tags by ids", {"tags": [1]})
    yield save("no tags", {"tags": []})
    yield save("several at once", {"description": "more", "status": "active", "platform": 1, "tags": [1, 2]})
    yield save("a record of some fields", {"description": "projected"}, fields="id,url,name,description")
    yield save("JSON", {"local_context_data": {"a": {"b": [1, 2]}}})
    yield save("JSON that looks like an object", {"local_context_data": {"id": 7, "url": "http://x/api/dcim/sites/7/", "name": "x"}})
    yield save("a text, with JSON that looks like an object", {"description": "beside JSON"})
    yield save("no JSON", {"local_context_data": None})
    for kind, value in CUSTOM_FIELDS.items():
        yield save(f"custom field, {kind}", {f"custom_fields.{shared[kind]}": value})
        beside = {"multiselect": "choices", "select": "a choice"}.get(kind)
        if beside:
            yield save(f"custom field, a text beside {beside}", {f"custom_fields.{shared['text']}": f"beside {kind}"})
            yield save(f"custom field, no {beside.removeprefix('a ')}", {f"custom_fields.{shared[kind]}": None})
    yield save("custom field, no relation", {f"custom_fields.{shared['object']}": None})
    yield save("custom field, JSON that has an id", {f"custom_fields.{shared['json']}": {"id": 7, "more": 1}})
    yield save("custom field, a text beside JSON that has an id", {f"custom_fields.{shared['text']}": "fourth"})
    yield save("what is refused", {"status": "nosuch"})

    allocate = lambda what, key, path, body: {"do": "allocate", "path": path, "id": own[key], "what": what, "body": body}
    yield "allocate an address", allocate("available_ips", "prefix", "ipam/prefixes", {"dns_name": "a.example.com"})
    yield "allocate two addresses", allocate("available_ips", "prefix", "ipam/prefixes", [{}, {"status": "reserved"}])
    yield "allocate a prefix", allocate("available_prefixes", "container", "ipam/prefixes", {"prefix_length": 26})
    yield "allocate more than there is", allocate("available_ips", "prefix", "ipam/prefixes", [{}] * 9)
    yield "allocate a VLAN", allocate("available_vlans", "group", "ipam/vlan-groups", {"name": "next"})
    yield "allocate an AS number", allocate("available_asns", "asns", "ipam/asn-ranges", {"description": "next"})
    yield from bulk_writes(own, shared)
    yield "delete", {"do": "delete", "path": VMS, "id": own["vm"]}
    yield "delete what others need", {"do": "delete", "path": "dcim/sites", "id": 1}


def bulk_writes(own, shared):
    """(name, operation) for what writes many objects at once."""
    name, vms, gone = own["name"], own[VMS], 999999999
    text = f"custom_fields.{shared['text']}"
    named = lambda first, last: {"name": [f"{name}-{number:02}" for number in range(first, last)]}

    def create(title, *bodies, path=VMS):
        return f"create many: {title}", {"do": "create_many", "path": path, "body": list(bodies)}

    yield create("three", {"name": name + "-x", "site": 1, "status": "planned"}, {"name": name + "-z", "site": {"slug": "lon"}, "tags": [{"slug": "core"}]},
                 {"name": name + "-y", "site": 1, "custom_fields": {shared["text"]: "x", shared["multiobject"]: [1, 2]}})
    yield create("one is refused", {"name": name + "-u", "site": 1}, {"name": name + "-v", "site": 1, "status": "nosuch"}, {"name": name + "-w", "site": 1})
    yield create("one is no object", {"name": name + "-u", "site": 1}, 7)
    new, old = ({"name": name + end, "slug": name + end} for end in ("-u", "-00"))
    yield create("one is there already", new, old, path="dcim/sites")
    yield create("one twice", new, new, path="dcim/sites")
    yield create("none")

    def update(title, *bodies):
        return f"update many: {title}", {"do": "update_many", "path": VMS, "body": list(bodies)}

    yield update("different members", {"id": vms[0], "description": "a"}, {"id": vms[1], "status": "planned"}, {"id": vms[2], "tags": [1]})
    yield update("in an order of their own", {"id": vms[2], "description": "c"}, {"id": vms[0], "description": "b"}, {"id": vms[1], "tenant": 2})
    yield update("with a message", {"id": vms[0], "description": "d", "changelog_message": "as asked"}, {"id": vms[1], "description": "d"})
    yield update("one is refused", {"id": vms[0], "description": "e"}, {"id": vms[1], "status": "nosuch"})
    yield update("one that there is not", {"id": vms[0], "description": "f"}, {"id": gone, "description": "f"})
    yield update("one without an id", {"id": vms[0], "description": "g"}, {"description": "g"})
    yield update("one twice", {"id": vms[0], "description": "h"}, {"id": vms[0], "memory": 512})
    yield update("nothing of one", {"id": vms[0], "description": "i"}, {"id": vms[1]})
    yield update("none")

    def update_records(title, *values):
        return f"update records: {title}", {"do": "update_records", "path": VMS, "ids": vms[:len(values)], "set": list(values)}

    yield update_records("different members", {"description": "j"}, {"status": "staged", "tenant": 3}, {"tags": [1, 2]})
    yield update_records("not all of them", {"description": "k"}, {}, {"description": "k"})
    yield update_records("no changes", {}, {})
    yield update_records("one is refused", {"description": "l"}, {"status": "nosuch"})
    yield update_records("custom fields", {text: "m"}, {text: "n"})

    def update_filter(title, filters, body):
        return f"update what fits: {title}", {"do": "update_filter", "path": VMS, "filters": filters, "body": body}

    yield update_filter("all of it", named(0, 4), {"status": "offline", "description": "o"})
    yield update_filter("some have it already", named(2, 6), {"status": "offline"})
    yield update_filter("all have it already", named(2, 6), {"status": "offline"})
    yield update_filter("refused", named(0, 2), {"status": "nosuch"})
    yield update_filter("nothing fits", {"name": name + "-none"}, {"status": "offline"})

    delete = lambda title, how, **what: (f"delete many: {title}", {"do": how, "path": VMS, **what})
    yield delete("one that there is not", "delete_many", ids=[vms[0], gone])
    yield delete("none", "delete_many", ids=[])
    yield delete("by ids", "delete_many", ids=vms[0:2])
    yield delete("by ids that are texts", "delete_many", ids=[str(key) for key in vms[2:4]])
    yield delete("records", "delete_records", ids=vms[4:6])
    yield delete("records of a filter", "delete_found", filters=named(6, 8))
    yield delete("what fits", "delete_filter", filters=named(8, 10))
    yield delete("nothing fits", "delete_filter", filters={"name": name + "-none"})
    yield "delete many: one that others need", {"do": "delete_many", "path": "dcim/sites", "ids": [own["dcim/sites"][0], 1]}


def prepare():
    """Makes what the operations need: what both sides read, and for each its own objects."""
    name = UNIQUE
    shared = {"slug": name}
    site = make("dcim/sites", name=name, slug=name, latitude=2.25)
    device = make("dcim/devices", name=name, site=site, role=1, device_type=1)
    make("dcim/devices", name=name + "-2", site=site, role=1, device_type=1)
    interface = make("dcim/interfaces", device=device, name="eth0", type="virtual")
    make("dcim/mac-addresses", mac_address="02:00:5E:00:53:01", assigned_object_type="dcim.interface", assigned_object_id=interface)
    address = make("ipam/ip-addresses", address="203.0.113.9/32", assigned_object_type="dcim.interface", assigned_object_id=interface)
    api("PATCH", f"dcim/devices/{device}", json={"primary_ip4": address})
    choices = make("extras/custom-field-choice-sets", name=name, extra_choices=[["a", "A"], ["b", "B"]])
    for kind in CUSTOM_FIELDS:
        more = {"related_object_type": "dcim.site"} if "object" in kind else {"choice_set": choices} if "select" in kind else {}
        shared[kind] = f"{name}_{kind}".replace("-", "_")
        make("extras/custom-fields", name=shared[kind], type=kind, object_types=["virtualization.virtualmachine"], **more)

    def own(side):
        mine = f"{name}-{side}"
        vrf = make("ipam/vrfs", name=mine)
        asn = 4_200_000_000 + int(time.time()) % 9_000_000 * 10 + (5 if side == "ours" else 0)
        return {
            "name": mine,
            "dcim/sites": [make("dcim/sites", name=mine + "-00", slug=mine + "-00")],
            VMS: [make(VMS, name=f"{mine}-{number:02}", site=1) for number in range(10)],
            "vm": make(VMS, name=mine, site=1, status="active", custom_fields={shared["text"]: "first", shared["object"]: 1}),
            "prefix": make("ipam/prefixes", prefix="198.51.100.0/29", vrf=vrf),
            "container": make("ipam/prefixes", prefix="198.18.0.0/24", vrf=vrf, status="container"),
            "group": make("ipam/vlan-groups", name=mine, slug=mine, vid_ranges=[[100, 110]]),
            "asns": make("ipam/asn-ranges", name=mine, slug=mine, rir=1, start=asn, end=asn + 4),
            "asn": asn,
        }

    sides = {side: own(side) for side in ("theirs", "ours")}
    shared |= {"available_ips": sides["ours"]["prefix"], "available_prefixes": sides["ours"]["container"], "available_vlans": sides["ours"]["group"]}
    return shared, sides


# ---- the comparison

def without_order(op, outcome):
    """Lists that nobody ordered come in the server's order from pynetbox and by id from the crate: neither is promised, so only their members count."""
    is_unordered = op["do"] == "by_ids" or op["do"] == "filter" and "ordering" not in op["filters"]
    return sorted(outcome) if is_unordered and isinstance(outcome, list) else outcome


def written(op, outcome, own):
    """The outcome of a write with what the change log has of it, and without what differs because each side has its own objects."""
    path, ids, left = op["path"], [op.get("id")], {}
    if op["do"] == "allocate":
        path = {"available_ips": "ipam/ip-addresses", "available_vlans": "ipam/vlans", "available_asns": "ipam/asns"}.get(op["what"], path)
    if op["do"] in ("create", "allocate"):
        new = outcome if isinstance(outcome, list) else [outcome]
        ids = [one["id"] for one in new if "id" in one]
        made.extend((path, key) for key in ids)
    if op["do"].startswith(("create_", "update_", "delete_")):
        rows = api("GET", path, params={"name__isw": own["name"] + "-", "fields": "id,name,status,description", "ordering": "name"})["results"]
        left = {"left": [[row["name"], row["status"]["value"], row["description"]] for row in rows]}
        ids = own[path] + [row["id"] for row in rows if row["id"] not in own[path]]
        made.extend((path, key) for key in ids)
    parts = outcome if op["do"] in ("save", "update_records") else {"result": outcome}
    text = json.dumps({**parts, **left, "changed": changes(path, ids)})
    for key in ids:
        text = text.replace(f'"id": {key}', '"id": "new"')
    asn, dotted = own["asn"], f"({own['asn'] >> 16}.{own['asn'] & 0xFFFF})"
    for mine, common in [(own["name"], "NAME"), (UNIQUE.replace("-", "_"), "CF"), (str(asn), "0"), (dotted, "(0.0)")]:
        text = text.replace(mine, common)
    result = json.loads(text)
    for *_, members in (change for log in result["changed"] for change in log):
        for member in ("vrf", "group"):
            members.pop(member, None)
    return result


def differing(name, left, right):
    """The parts of two outcomes that differ, by name."""
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        return {f"{name}: {part}": (left[part], right[part]) for part in left if left[part] != right[part]}
    return {name: (left, right)} if left != right else {}


def compare():
    shared, sides = prepare()
    found, count = {}, 0
    for name, op in reads(shared):
        count += 1
        for _ in range(3):  # other tests write meanwhile
            difference = differing(name, *(without_order(op, outcome(op)) for outcome in (outcome_of_theirs, outcome_of_ours)))
            if difference.keys() <= DIFFERENCES.keys():
                break
        found |= difference
    for (name, left), (_, right) in zip(writes(sides["theirs"], shared), writes(sides["ours"], shared)):
        count += 1
        found |= differing(name, written(left, outcome_of_theirs(left), sides["theirs"]), written(right, outcome_of_ours(right), sides["ours"]))
    return count, found


def main():
    try:
        count, found = compare()
    finally:
        for path, key in reversed(made):
            session.delete(f"{URL}/api/{path}/{key}/", timeout=60)
    unexplained = [name for name in found if name not in DIFFERENCES]
    for name, (left, right) in found.items():
        print(f"\n{name}: {DIFFERENCES.get(name, 'NOT EXPLAINED')}", file=sys.stderr)
        print(f"  pynetbox: {json.dumps(left)[:500]}\n  here:     {json.dumps(right)[:500]}", file=sys.stderr)
    gone = [name for name in DIFFERENCES if name not in found]
    print(f"\n{count} operations, {len(found)} parts of outcomes differ, {len(unexplained)} of them not explained: {unexplained}; explained, but equal: {gone}", file=sys.stderr)
    return 1 if unexplained or gone else 0


sys.exit(main())
