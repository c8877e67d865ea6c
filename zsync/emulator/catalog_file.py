"""A world's modules, kinds and fields → the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .catalog import KINDS, Catalog, Field, Kind, RelatedList, build
from .seed_error import SeedError, did_you_mean, table

_KIND = ("modules", "lists", "fields")
_LIST = ("parent", "name", "module", "type", "label")
_FIELD = ("type", "values", "label", "length", "decimal_place", "read_only")
_VALUE = ("display", "actual", "unused")
_TYPES = ("default", "multiselectlookup", "grouped")


def read_catalog(known: Mapping[str, Any]) -> Catalog:
    """The catalog from a world's keys `modules`, `labels`, `kinds`, `lists`, `member_fields` and `fields`. Raises SeedError."""
    modules = {
        _name(name, "modules"): _name(field, f"modules.{name}")
        for name, field in table(known.get("modules"), "modules").items()
    }
    fields = {
        module: [
            _field(name, spec, f"fields.{module}") for name, spec in table(specs, f"fields.{module}").items()
        ]
        for module, specs in table(known["fields"], "fields").items()
    }
    members = table(known["member_fields"], "member_fields")
    kinds = [_kind(spec, f"kinds[{at}]") for at, spec in enumerate(_listed(known.get("kinds"), "kinds"))]
    lists = [_list(spec, f"lists[{at}]") for at, spec in enumerate(_listed(known.get("lists"), "lists"))]
    labels = {name: str(label) for name, label in table(known.get("labels"), "labels").items()}
    own = [_field(name, spec, "member_fields") for name, spec in members.items()]
    catalog = build(fields, own, modules, kinds, lists, labels)
    _check_modules(catalog, fields, kinds, lists, labels)
    paths = [related.path for related in catalog.related_lists]
    for path in paths:
        if paths.count(path) > 1:
            raise SeedError(f"kinds: two lists are called {path}; rename one with `lists`")
    return catalog


def _check_modules(
    catalog: Catalog,
    fields: Mapping[str, object],
    kinds: list[Kind],
    lists: list[RelatedList],
    labels: Mapping[str, str],
) -> None:
    named = [(module, "fields") for module in fields] + [(module, "labels") for module in labels]
    named += [(module, "lists") for related in lists for module in (related.parent, related.module)]
    named += [(module, "kinds") for kind in kinds for module in (kind.a, kind.b)]
    for module, where in named:
        if module not in catalog.modules:
            raise SeedError(f"{where}: no module {module!r}{did_you_mean(module, catalog.modules)}")


def _kind(spec: object, where: str) -> Kind:
    known = _known(spec, where, _KIND)
    a, b = _pair(known.get("modules"), f"{where}.modules")
    first, second = _pair(known["lists"], f"{where}.lists") if known.get("lists") else ("", "")
    given = table(known.get("fields"), f"{where}.fields")
    fields = {name: _field(name, field, f"{where}.fields") for name, field in given.items()}
    # A standard pair keeps its own field (a member's status, a price), from whichever side the world names it.
    for standard in KINDS:
        if (a, b) == (standard.a, standard.b):
            return replace(standard, fields=fields, lists=(first, second))
        if (b, a) == (standard.a, standard.b):
            return replace(standard, fields=fields, lists=(second, first))
    return Kind(f"{a}_{b}".lower(), a, b, fields=fields, lists=(first, second))


def _list(spec: object, where: str) -> RelatedList:
    known = _known(spec, where, _LIST)
    parent, name, module = (_name(known.get(key), f"{where}.{key}") for key in ("parent", "name", "module"))
    kind = str(known.get("type", "default"))
    if kind not in _TYPES:
        raise SeedError(f"{where}.type: expected one of {', '.join(_TYPES)}, got {kind!r}")
    return RelatedList(parent, name, module, 0, type=kind, label=str(known.get("label", "")))


def _known(spec: object, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    known = table(spec, where)
    for key in known:
        if key not in keys:
            raise SeedError(f"{where}: unknown key {key!r}{did_you_mean(key, keys)}")
    return known


def _pair(value: object, where: str) -> tuple[str, str]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise SeedError(f"{where}: expected a list of two names, got {value!r}")
    return _name(value[0], where), _name(value[1], where)


def _listed(value: object, where: str) -> list[Any]:
    if value and not isinstance(value, list):
        raise SeedError(f"{where}: expected a list, got {value!r}")
    return list(value) if isinstance(value, list) else []


def _name(name: object, where: str) -> str:
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        # Names become part of SQL, where only values can be parameters.
        raise SeedError(f"{where}: {name!r} is not a name: only letters, digits and _")
    return name


def _field(name: object, spec: object, where: str) -> Field:
    name = _name(name, where)
    known = _known(spec, f"{where}.{name}", _FIELD)
    written = known.get("values") or []
    if not isinstance(written, list):
        raise SeedError(f"{where}.{name}.values: expected a list")
    values = [_value(each, f"{where}.{name}.values[{at}]") for at, each in enumerate(written)]
    return Field(
        name,
        str(known.get("type", "picklist" if values else "text")),
        tuple(shown for shown, _, unused in values if not unused),
        custom=True,
        label=str(known.get("label", "")),
        length=_size(known.get("length"), f"{where}.{name}.length"),
        decimals=_size(known.get("decimal_place"), f"{where}.{name}.decimal_place"),
        read_only=known.get("read_only") is True,
        stored=tuple((shown, actual) for shown, actual, _ in values if actual != shown),
        unused=tuple(shown for shown, _, unused in values if unused),
    )


def _value(spec: object, where: str) -> tuple[str, str, bool]:
    """A picklist's value: what people see, what Zoho stores, and whether it was taken out of the picklist."""
    if not isinstance(spec, Mapping):
        return str(spec), str(spec), False
    known = _known(spec, where, _VALUE)
    if "display" not in known:
        raise SeedError(f"{where}: expected `display`")
    shown = str(known["display"])
    return shown, str(known.get("actual", shown)), known.get("unused") is True


def _size(value: object, where: str) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise SeedError(f"{where}: expected a whole number, 0 for no limit, got {value!r}")
    return value
