"""A colleague's hands in the CRM: edits that come past the API, and the whole state to look at.

An edit is a mapping as YAML and JSON have it, one of

    {link: Campaigns/3652397000000500001/Leads, rows: [{id: "3652397000000300001", Member_Status: Sent}]}
    {delink: Campaigns/3652397000000500001/Leads, ids: ["3652397000000300001"]}
    {add: Leads, fields: {id: "3652397000000300099", Last_Name: Ny}}           # an id is found when none is given
    {edit: "3652397000000300001", fields: {Email: new@acme.example}}
    {remove: "3652397000000300001"}                                            # and every relation it is in
    {convert: "3652397000000300001"}                                           # the lead hides, its relations stay
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

_MORE = {"link": "rows", "delink": "ids", "add": "fields", "edit": "fields", "remove": "", "convert": ""}


_NOTHING: dict[str, Any] = {"rows": [], "ids": [], "fields": {}, "": {}}


def rows(org: Org, path: str) -> dict[str, dict[str, Any]]:
    """What is related at `Module/ID/List`: related record's id to the relation's own fields, converted leads too."""
    target = target_at(org, path)
    sql = f"SELECT {target.other}, attrs FROM link WHERE kind = ? AND {target.related.side} = ? ORDER BY 1"  # noqa: S608
    found = org.store.query(sql, (target.kind.name, target.parent))
    return {id_of(key): decode(attrs) for key, attrs in found}


def link(org: Org, path: str, given: Sequence[Mapping[str, Any]]) -> None:
    """Relates records or changes their fields. Raises ValueError when the CRM would refuse."""
    _accepted(linking.link_rows(org, target_at(org, path), [dict(row) for row in given]))


def delink(org: Org, path: str, ids: Sequence[str]) -> None:
    """Removes relations. Raises ValueError when one is not there."""
    _accepted(linking.delink_keys(org, target_at(org, path), [key_of(each) or "" for each in ids]))


def add(org: Org, module: str, fields: Mapping[str, Any]) -> str:
    """A new record; its id comes back. `id` among the fields chooses it. Raises ValueError when it is none or taken."""
    given = dict(fields)
    with org.store.transaction():
        wanted = given.pop("id", None) or org.store.mint(1)[0]
        key = key_of(wanted)
        if key is None:
            raise ValueError(f"{wanted!r} is no id: decimal digits, at most 20")
        converted = bool(given.pop("converted", False))
        new = NewRecord(key, org.module(module), stamp(org.clock()), given, converted)
        try:
            org.store.add_records([new])
        except sqlite3.IntegrityError:
            raise ValueError(f"there is a record {id_of(key)} already") from None
    return id_of(key)


def edit(org: Org, record_id: str, fields: Mapping[str, Any]) -> None:
    """Changes a record's fields. KeyError when there is no such record."""
    key = key_of(record_id) or ""
    found = org.store.query("SELECT data FROM record WHERE key = ?", (key,))
    if not found:
        raise KeyError(record_id)
    org.store.set_record(key, stamp(org.clock()), encode(decode(found[0][0]) | dict(fields)))


def remove(org: Org, record_id: str) -> None:
    """Deletes a record, and with it every relation it is in."""
    org.store.remove_record(key_of(record_id) or "")


def convert(org: Org, record_id: str) -> None:
    """The lead is converted; it stays a member but hides from reads that do not ask for it."""
    org.store.write_many("UPDATE record SET converted = 1 WHERE key = ?", [(key_of(record_id) or "",)])


def checked_edit(value: object, where: str) -> dict[str, Any]:
    """The edit itself when it has the right shape; SeedError otherwise."""
    given = table(value, where)
    (kind, *others) = [name for name in _MORE if name in given] or [""]
    wanted = {kind, _MORE.get(kind, "")} - {""}
    if not kind or others:
        raise SeedError(f"{where}: an edit has one of {', '.join(_MORE)}")
    for name in given:
        if name not in wanted:
            raise SeedError(f"{where}: unknown key {name!r}{did_you_mean(name, wanted)}")
    more, name = given.get(_MORE[kind], _NOTHING[_MORE[kind]]), f"{where}.{_MORE[kind]}"
    if not isinstance(more, type(_NOTHING[_MORE[kind]])):
        raise SeedError(
            f"{name}: a {'list' if _MORE[kind] in ('rows', 'ids') else 'mapping'} is wanted, not {more!r}"
        )
    if _MORE[kind] == "rows":
        for at, row in enumerate(more):
            if not isinstance(row, Mapping):
                raise SeedError(f"{name}[{at}]: a mapping is wanted, not {row!r}")
    return given


def carry_out(org: Org, given: Mapping[str, Any]) -> str | None:
    """Carries out one edit that was checked; a new record's id comes back. Raises ValueError when it cannot be."""
    does: dict[str, Callable[[Any], str | None]] = {
        "link": lambda path: link(org, path, given.get("rows", [])),
        "delink": lambda path: delink(org, path, list(map(str, given.get("ids", [])))),
        "add": lambda module: add(org, module, given.get("fields", {})),
        "edit": lambda record_id: edit(org, record_id, given.get("fields", {})),
        "remove": lambda record_id: remove(org, record_id),
        "convert": lambda record_id: convert(org, record_id),
    }
    kind = next(name for name in _MORE if name in given)
    try:
        return does[kind](str(given[kind]))
    except KeyError as error:
        raise ValueError(f"there is no record {error}") from None
    except ZohoError as error:
        raise ValueError(str(error)) from None


def state(org: Org) -> dict[str, Any]:
    """Every record by module and every relation by path, in the order of their ids: what a world's file may hold."""
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
    """The related list at `Module/ID/List`, hidden or not. Raises ValueError for any other text."""
    parts = path.split("/")
    if len(parts) != 3:
        raise ValueError(f"{path!r}: a relation's place is Module/ID/List")
    return related.target_of(org.unhidden(), *parts)


def _accepted(answers: Sequence[Mapping[str, Any]]) -> None:
    refused = [answer for answer in answers if answer["status"] != "success"]
    if refused:
        raise ValueError(f"the CRM refuses: {refused}")
