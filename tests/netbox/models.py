"""What the models of the running NetBox say and its OpenAPI document does not, as JSON for the mock, a resource a line.

    (cd tests/netbox && DJANGO_SETTINGS_MODULE=netbox.settings NETBOX_ROOT=… netbox nbshell -c "exec(open('models.py').read())") > src/mock/models.json
"""

import inspect
import json
import re

from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models
from django.db.models.constraints import UniqueConstraint
from django.db.models.fields import NOT_PROVIDED
from django.urls import get_resolver
from netbox.api.fields import RelatedObjectCountField
from utilities.fields import CounterCacheField


def viewsets(patterns, prefix=""):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from viewsets(pattern.url_patterns, path)
        elif getattr(pattern.callback, "cls", None) is not None and getattr(pattern.callback, "actions", None):
            name = re.fullmatch(r"api/(?!plugins/)([^/]+)/\^([^/()]+)/\$", path)
            if name and "list" in pattern.callback.actions.values():
                yield "/".join(name.groups()), pattern.callback.cls


def default_of(field):
    value = field.default
    if value in (dict, list) or type(value).__name__ == "ConfigItem":
        value = value()
    if value is NOT_PROVIDED or callable(value) or value in (None, "", False) or hasattr(value, "utcoffset"):
        return None
    return json.loads(json.dumps(value, default=str))


def uniques(model):
    yield from ([field.name] for field in model._meta.concrete_fields if field.unique and not field.primary_key)
    yield from (list(names) for names in model._meta.unique_together)
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.fields and constraint.condition is None:
            # "null" before the names: nulls are alike.
            yield (["null"] if constraint.nulls_distinct is False else []) + list(constraint.fields)


def filters(filterset):
    for name, filter in filterset.base_filters.items():
        lookup = name.rpartition("__")
        if lookup[0] in filterset.base_filters:
            continue
        to = filter.extra.get("to_field_name")
        if name == "q":
            source = inspect.getsource(getattr(filterset, filter.method or "search"))
            yield name, {"search": sorted(set(re.findall(r"Q\((\w+)__i(?:contains|exact|startswith)", source)))}
        elif filter.method:
            yield name, {"by_hand": True}
        elif filter.field_name != name or to or filter.lookup_expr not in ("exact", "in") or filter.exclude:
            row = {"path": filter.field_name or name}
            if filter.lookup_expr not in ("exact", "in"):
                row["lookup"] = filter.lookup_expr
            if filter.exclude:
                row["exclude"] = True
            if to:
                row["to"] = to
            if "Tree" in type(filter).__name__:
                row["tree"] = True
            yield name, row | null_of(filter)
        elif null_of(filter):
            yield name, null_of(filter)


def null_of(filter):
    is_choice = filter.extra.get("choices") and getattr(filter, "null_value", None) is not None
    return {"null": True} if is_choice else {}


def row(viewset):
    model = viewset.queryset.model
    meta = model._meta
    serializer = viewset.serializer_class
    out = {"model": meta.object_name, "verbose": str(meta.verbose_name), "type": meta.label_lower}
    out["brief"] = list(getattr(serializer.Meta, "brief_fields", ()))
    out["ordering"] = [name for name in (viewset.queryset.query.order_by or meta.ordering) if isinstance(name, str)]
    out["natural"] = [f.name for f in meta.concrete_fields if getattr(f, "db_collation", None) == "natural_sort"]
    out["counters"] = [f.name for f in meta.concrete_fields if isinstance(f, CounterCacheField)]
    # A list of NetBox that counts them itself always does.
    annotated = viewset.queryset.query.annotations
    fields = serializer._declared_fields.items()
    out["counted"] = [name for name, field in fields if isinstance(field, RelatedObjectCountField) and name not in annotated]
    out["unique"] = sorted(map(list, {tuple(names) for names in uniques(model)}))
    out["defaults"] = {f.name: default_of(f) for f in meta.concrete_fields if default_of(f) is not None}
    out["on_delete"] = {
        f.name: f.remote_field.on_delete.__name__ for f in meta.concrete_fields if f.remote_field and f.remote_field.on_delete is not models.DO_NOTHING
    }
    out["generic"] = {f.name: [f.ct_field, f.fk_field] for f in meta.private_fields if isinstance(f, GenericForeignKey)}
    if filterset := getattr(viewset, "filterset_class", None):
        out["filters"] = dict(sorted(filters(filterset)))
    return {key: value for key, value in out.items() if value not in ([], {})}


rows = {path: row(cls) for path, cls in viewsets(get_resolver().url_patterns) if getattr(cls, "queryset", None) is not None}
lines = [f"{json.dumps(path)}: {json.dumps(rows[path], separators=(',', ':'))}" for path in sorted(rows)]
print("{\n" + ",\n".join(lines) + "\n}")
