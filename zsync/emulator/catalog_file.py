"""A world's modules, kinds and fields → the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .catalog import KINDS, Catalog, Field, Kind, build
from .seed_error import SeedError, did_you_mean, table

_KIND = ("modules", "lists", "fields")


def read_catalog(known: Mapping[str, Any]) -> Catalog:
    """The catalog from a world's keys `modules`, `kinds`, `member_fields` and `fields`. Raises SeedError."""
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
    catalog = build(
        fields, [_field(name, spec, "member_fields") for name, spec in members.items()], modules, kinds
    )
    _check_modules(catalog, fields, kinds)
    paths = [related.path for related in catalog.related_lists]
    for path in paths:
        if paths.count(path) > 1:
            raise SeedError(f"kinds: two lists are called {path}; rename one with `lists`")
    return catalog


def _check_modules(catalog: Catalog, fields: Mapping[str, object], kinds: list[Kind]) -> None:
    named = [(module, "fields") for module in fields]
    named += [(module, "kinds") for kind in kinds for module in (kind.a, kind.b)]
    for module, where in named:
        if module not in catalog.modules:
            raise SeedError(f"{where}: no module {module!r}{did_you_mean(module, catalog.modules)}")


def _kind(spec: object, where: str) -> Kind:
    known = table(spec, where)
    for key in known:
        if key not in _KIND:
            raise SeedError(f"{where}: unknown key {key!r}{did_you_mean(key, _KIND)}")
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
    known = table(spec, f"{where}.{name}")
    for key in known:
        if key not in ("type", "values"):
            raise SeedError(f"{where}.{name}: unknown key {key!r}{did_you_mean(key, ('type', 'values'))}")
    values = known.get("values") or []
    if not isinstance(values, list):
        raise SeedError(f"{where}.{name}.values: expected a list")
    return Field(
        name, str(known.get("type", "picklist" if values else "text")), tuple(map(str, values)), custom=True
    )
