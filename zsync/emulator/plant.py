"""Putting a world's records and relations into the store, by hand-written rows and by the hundred thousand."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from .attributes import Refused, attributes_json
from .catalog import Module
from .errors import ZohoError
from .ids import key_of
from .linking import link_rows
from .org import Org, stamp
from .related import Target, target_of
from .seed_error import SeedError, did_you_mean, table
from .store import Link, NewRecord

_ROWS_AT_ONCE = 500
_MORE_THAN_FIELDS = ("id", "converted")
_GENERATE = ("module", "count", "first_id", "fields", "relate")


def plant(org: Org, world: Mapping[str, Any]) -> None:
    """All records first, so that relations find them. Raises SeedError at the first thing that is wrong."""
    rows = [
        (module, row, f"records.{module}[{at}]")
        for module, listed in table(world.get("records"), "records").items()
        for at, row in enumerate(_listed(listed, f"records.{module}"))
    ]
    org.store.reserve(max((_number(row, where) for _, row, where in rows), default=0))
    _add(org, [_record(org, module, row, where) for module, row, where in rows])
    generators = list(enumerate(_listed(world.get("generate"), "generate")))
    for at, spec in generators:
        _generate(org, table(spec, f"generate[{at}]"), f"generate[{at}]")
    for path, listed in table(world.get("relations"), "relations").items():
        _relate(org, path, _listed(listed, f"relations.{path}"))


def _listed(value: object, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise SeedError(f"{where}: a list is wanted, not {value!r}")
    return value


def _number(row: object, where: str) -> int:
    """The row's id as a number, 0 when it has none."""
    given = table(row, where).get("id")
    key = key_of(given) if given is not None else "0"
    if key is None:
        raise SeedError(f"{where}.id: {given!r} is no id: decimal digits in quotes, at most 20")
    return int(key)


def _module(org: Org, name: object, where: str) -> Module:
    if name not in org.catalog.modules:
        raise SeedError(f"{where}: no module {name!r}{did_you_mean(name, org.catalog.modules)}")
    return org.catalog.modules[str(name)]


def _record(org: Org, name: str, row: object, where: str) -> NewRecord:
    module, given = _module(org, name, where), table(row, where)
    for field in given:
        if field not in module.fields and field not in _MORE_THAN_FIELDS:
            raise SeedError(f"{where}: {name} has no field {field!r}{did_you_mean(field, module.fields)}")
    key = key_of(given.pop("id", None) or org.store.mint(1)[0]) or ""
    converted = given.pop("converted", False) is True
    fields = {field: _plain(value) for field, value in given.items()}
    return NewRecord(key, name, stamp(org.clock()), fields, converted)


def _plain(value: object) -> object:
    """YAML's dates as the API writes them; everything else as it is."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _add(org: Org, records: list[NewRecord]) -> None:
    try:
        org.store.add_records(records)
    except sqlite3.IntegrityError:
        keys = [record.key for record in records]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        shown = ", ".join(key.lstrip("0") for key in twice) or "one that was generated before"
        raise SeedError(f"records: an id is used twice: {shown}") from None


def _target(org: Org, path: object, where: str) -> Target:
    """The related list at `Module/ID/List`, one that can be written."""
    parts = str(path).split("/")
    if len(parts) != 3:
        raise SeedError(f"{where}: a relation's place is Module/ID/List")
    try:
        target = target_of(org, *parts)
        _ = target.kind
    except ZohoError as error:
        raise SeedError(f"{where}: {error.code}: {error.message}") from None
    return target


def _relate(org: Org, path: str, rows: list[Any]) -> None:
    where = f"relations.{path}"
    target = _target(org, path, where)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = [
            {name: _plain(value) for name, value in table(row, where).items()}
            for row in rows[start : start + _ROWS_AT_ONCE]
        ]
        known = {"id", *org.catalog.attributes(target.kind)}
        for at, (row, answer) in enumerate(zip(some, link_rows(org, target, some), strict=True), start):
            for name in row.keys() - known:
                raise SeedError(f"{where}[{at}]: unknown field {name!r}{did_you_mean(name, known)}")
            if answer["status"] != "success":
                raise SeedError(f"{where}[{at}]: {answer['code']}: {answer['message']} {answer['details']}")


def _generate(org: Org, spec: dict[str, Any], where: str) -> None:
    for key in spec:
        if key not in _GENERATE:
            raise SeedError(f"{where}: unknown key {key!r}{did_you_mean(key, _GENERATE)}")
    module, count = _module(org, spec.get("module"), where), _count(spec.get("count"), f"{where}.count")
    first = spec.get("first_id")
    start = int(key_of(first) or 0) if first is not None else org.store.mint(count)[0]
    if start == 0:
        raise SeedError(f"{where}.first_id: {first!r} is no id")
    org.store.reserve(start + count)
    fields = table(spec.get("fields"), f"{where}.fields") or _usual_fields(module)
    _record(org, module.api_name, fields, f"{where}.fields")
    org_stamp = stamp(org.clock())
    org.store.add_records(
        NewRecord(str(start + at).zfill(20), module.api_name, org_stamp, _numbered(fields, at + 1))
        for at in range(count)
    )
    for nth, relate in enumerate(_listed(spec.get("relate"), f"{where}.relate")):
        _relate_range(
            org,
            table(relate, f"{where}.relate[{nth}]"),
            range(start, start + count),
            f"{where}.relate[{nth}]",
        )


def _count(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SeedError(f"{where}: a number of records is wanted, not {value!r}")
    return value


def _usual_fields(module: Module) -> dict[str, Any]:
    label = module.api_name.removesuffix("__s").removesuffix("s")
    usual = {module.name_field: f"{label.replace('_', ' ')} {{n}}"}
    for field, value in (("Email", f"{label.lower()}{{n}}@acme.example"), ("Product_Code", "P-{n}")):
        usual |= {field: value} if field in module.fields else {}
    return usual


def _numbered(fields: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {
        name: value.replace("{n}", str(number)) if isinstance(value, str) else value
        for name, value in fields.items()
    }


def _relate_range(org: Org, spec: dict[str, Any], ids: range, where: str) -> None:
    target = _target(org, spec.pop("list", ""), f"{where}.list")
    skip = _count(spec.pop("skip", 0), f"{where}.skip")
    some = ids[skip : skip + _count(spec.pop("count", len(ids)), f"{where}.count")]
    try:
        attrs = attributes_json(org, target.kind, spec, 0, None)
    except Refused as refused:
        raise SeedError(f"{where}: {refused.row['message']} {refused.row['details']}") from None
    org.store.put_links(_links(org, target, some, attrs))


def _links(org: Org, target: Target, ids: range, attrs: str) -> Iterator[Link]:
    moment, born = stamp(org.clock()), org.now_ms()
    for member, number in zip(org.store.mint(len(ids)), ids, strict=True):
        a, b = target.pair(str(number).zfill(20))
        yield Link(target.kind.name, a, b, str(member), moment, moment, born, attrs)
