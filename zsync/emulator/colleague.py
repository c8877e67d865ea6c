"""What a colleague does in Zoho's UI: edits that do not come through the API, and a view of the whole state.

An edit is a mapping in YAML or JSON, one of

    {link: Campaigns/3652397000000500001/Leads, rows: [{id: "3652397000000300001", Member_Status: Sent}]}
    {delink: Campaigns/3652397000000500001/Leads, ids: ["3652397000000300001"]}
    {add: Leads, fields: {id: "3652397000000300099", Last_Name: Ny}}           # an id is found when none is given
    {edit: "3652397000000300001", fields: {Email: new@acme.example}}
    {remove: "3652397000000300001"}                                            # and every relation it is in
    {convert: "3652397000000300001", contact: "3652397000000400001"}           # the lead hides, its relations stay
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import linking, related
from .errors import ZohoError, decode, encode
from .ids import id_of, key_of
from .org import Org, stamp
from .seed_error import SeedError, did_you_mean, table
from .store import NewRecord

_MORE = {
    "link": "rows",
    "delink": "ids",
    "add": "fields",
    "edit": "fields",
    "remove": "",
    "convert": "contact",
}
"""Edit → the other key that it has."""

_NOTHING: dict[str, Any] = {"rows": [], "ids": [], "fields": {}, "contact": "", "": {}}


def rows(org: Org, path: str) -> dict[str, dict[str, Any]]:
    """The relations at `Module/ID/List`: related record's id → the relation's own fields, converted leads included."""
    target = target_at(org, path)
    sql = f"SELECT {target.other}, attrs FROM link WHERE kind = ? AND {target.related.side} = ? ORDER BY 1"  # noqa: S608
    found = org.store.query(sql, (target.kind.name, target.parent))
    return {id_of(key): decode(attrs) for key, attrs in found}


def link(org: Org, path: str, given: Sequence[Mapping[str, Any]]) -> None:
    """Relates records, or changes the fields of their relations. Raises ValueError when the CRM would refuse."""
    _accepted(linking.link_rows(org, target_at(org, path), [dict(row) for row in given]))


def delink(org: Org, path: str, ids: Sequence[str]) -> None:
    """Removes relations. Raises ValueError when one is not there."""
    _accepted(linking.delink_keys(org, target_at(org, path), [key_of(record_id) or "" for record_id in ids]))


def add(org: Org, module: str, fields: Mapping[str, Any]) -> str:
    """Adds a record and returns its id, which `id` among the fields may choose. Raises ValueError for a bad or taken id."""
    given = dict(fields)
    with org.store.transaction():
        wanted = given.pop("id", None) or org.store.mint(1)[0]
        key = key_of(wanted)
        if key is None:
            raise ValueError(f"{wanted!r} is not an id: at most 20 decimal digits")
        converted = bool(given.pop("converted", False))
        new = NewRecord(key, org.module(module), stamp(org.clock()), given, converted)
        try:
            org.store.add_records([new])
        except sqlite3.IntegrityError:
            raise ValueError(f"record {id_of(key)} exists already") from None
    return id_of(key)


def edit(org: Org, record_id: str, fields: Mapping[str, Any]) -> None:
    """Changes a record's fields. Raises KeyError for an unknown record."""
    key = key_of(record_id) or ""
    found = org.store.query("SELECT data FROM record WHERE key = ?", (key,))
    if not found:
        raise KeyError(record_id)
    org.store.set_record(key, stamp(org.clock()), encode(decode(found[0][0]) | dict(fields)))


def remove(org: Org, record_id: str) -> None:
    """Deletes a record and all its relations."""
    org.store.remove_record(key_of(record_id) or "")


def convert(org: Org, record_id: str, contact: str = "") -> None:
    """Converts a lead, to that contact if one is given: it stays a member, but only reads that ask for converted leads show it.

    KeyError when there is no such record.
    """
    told: dict[str, Any] = {"Converted_Date_Time": stamp(org.clock())}
    if contact:
        told["Converted_Contact"] = {"id": contact}
    with org.store.transaction():
        edit(org, record_id, told)
        org.store.write_many("UPDATE record SET converted = 1 WHERE key = ?", [(key_of(record_id) or "",)])


def checked_edit(value: object, where: str) -> dict[str, Any]:
    """The edit, if it has the right shape. Raises SeedError."""
    given = table(value, where)
    (kind, *others) = [name for name in _MORE if name in given] or [""]
    wanted = {kind, _MORE.get(kind, "")} - {""}
    if not kind or others:
        raise SeedError(f"{where}: an edit has exactly one of {', '.join(_MORE)}")
    for name in given:
        if name not in wanted:
            raise SeedError(f"{where}: unknown key {name!r}{did_you_mean(name, wanted)}")
    more, name = given.get(_MORE[kind], _NOTHING[_MORE[kind]]), f"{where}.{_MORE[kind]}"
    if not isinstance(more, type(_NOTHING[_MORE[kind]])):
        shapes = {"rows": "a list", "ids": "a list", "contact": "an id in quotes"}
        raise SeedError(f"{name}: expected {shapes.get(_MORE[kind], 'a mapping')}, got {more!r}")
    if _MORE[kind] == "rows":
        for at, row in enumerate(more):
            if not isinstance(row, Mapping):
                raise SeedError(f"{name}[{at}]: expected a mapping, got {row!r}")
    return given


def carry_out(org: Org, given: Mapping[str, Any]) -> str | None:
    """Carries out an edit that was checked, and returns the id of a new record. Raises ValueError if that is impossible."""
    does: dict[str, Callable[[Any], str | None]] = {
        "link": lambda path: link(org, path, given.get("rows", [])),
        "delink": lambda path: delink(org, path, list(map(str, given.get("ids", [])))),
        "add": lambda module: add(org, module, given.get("fields", {})),
        "edit": lambda record_id: edit(org, record_id, given.get("fields", {})),
        "remove": lambda record_id: remove(org, record_id),
        "convert": lambda record_id: convert(org, record_id, given.get("contact", "")),
    }
    kind = next(name for name in _MORE if name in given)
    try:
        return does[kind](str(given[kind]))
    except KeyError as error:
        raise ValueError(f"no record {error}") from None
    except ZohoError as error:
        raise ValueError(str(error)) from None


def state(org: Org) -> dict[str, Any]:
    """Every record by module and every relation by path, in the order of their ids, shaped like a world's file."""
    records: dict[str, list[dict[str, Any]]] = {}
    for key, module, converted, data in org.store.query(
        "SELECT key, module, converted, data FROM record ORDER BY module, key"
    ):
        hidden = {"converted": True} if converted else {}
        records.setdefault(module, []).append({"id": id_of(key), **decode(data), **hidden})
    relations: dict[str, list[dict[str, Any]]] = {}
    sides = {kind.name: (kind.a, kind.listed("a")) for kind in org.catalog.kinds}
    for kind, a, b, attrs in org.store.query("SELECT kind, a, b, attrs FROM link ORDER BY kind, a, b"):
        path = f"{sides[kind][0]}/{id_of(a)}/{sides[kind][1]}"
        relations.setdefault(path, []).append({"id": id_of(b), **decode(attrs)})
    return {"records": records, "relations": relations}


def target_at(org: Org, path: str) -> related.Target:
    """The related list at `Module/ID/List`, even a hidden one. Raises ValueError for any other text."""
    parts = path.split("/")
    if len(parts) != 3:
        raise ValueError(f"{path!r}: expected Module/ID/List")
    return related.target_of(org.unhidden(), *parts)


def _accepted(answers: Sequence[Mapping[str, Any]]) -> None:
    refused = [answer for answer in answers if answer["status"] != "success"]
    if refused:
        raise ValueError(f"the CRM refuses: {refused}")
