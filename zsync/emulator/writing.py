"""Writing records: insert, update, upsert, delete. zsync never does so; the programs beside it do.

https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .attributes import Refused, fitted
from .catalog import Field, Module
from .errors import Answer, ZohoError, decode, encode, rows_answer
from .ids import id_of, key_of
from .linking import MAX_ROWS, rows_in
from .org import Org, stamp
from .records import IDS_LENGTH
from .rows import keys_in
from .store import NewRecord

# Zoho: Upsert Records, "System-defined duplicate check fields". Every other module is checked by the field that names a record.
_CHECKED = {"Leads": "Email", "Contacts": "Email"}
_MANDATORY = {"Deals": ("Stage",)}
"""Besides the field that names a record."""

_COMPUTED = frozenset({"id", "Full_Name", "Created_Time", "Modified_Time", "Converted__s"})
"""What a request may hold and Zoho does not take from it."""

_NO_RECORD = "the id given seems to be invalid"

Carried = Callable[[object, int], dict[str, Any]]
"""Carries out a row at that place and tells its answer. Raises Refused."""


def insert(org: Org, module: str, version: float, body: bytes) -> Answer:
    """POST of at most 100 rows: 201 if each became a record."""
    return _carried_out(
        org, version, _rows(org, module, body), lambda row, at: _insert(org, module, row, at), 201
    )


def update(org: Org, module: str, version: float, body: bytes) -> Answer:
    """PUT of at most 100 rows, each with its `id`."""
    return _carried_out(org, version, _rows(org, module, body), lambda row, at: _update(org, module, row, at))


def update_one(org: Org, module: str, version: float, record_id: str, body: bytes) -> Answer:
    """PUT of one row, whose id is in the path."""
    rows = _rows(org, module, body, most=1)
    given = [{**row, "id": record_id} if isinstance(row, dict) else row for row in rows]
    return _carried_out(org, version, given, lambda row, at: _update(org, module, row, at))


def upsert(org: Org, module: str, version: float, body: bytes) -> Answer:
    """POST of at most 100 rows: each changes the record that it duplicates, or becomes a new one.

    `duplicate_check_fields` names what makes a duplicate; without it, it is the module's usual field.
    """
    rows = _rows(org, module, body)
    usual = _CHECKED.get(module, org.catalog.modules[module].name_field)
    asked = decode(body).get("duplicate_check_fields") or [usual]
    known = org.catalog.modules[module].fields
    if not isinstance(asked, list) or not all(isinstance(name, str) and name in known for name in asked):
        where = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
        raise ZohoError("INVALID_DATA", where)
    return _carried_out(org, version, rows, lambda row, at: _upsert(org, module, asked, row, at))


def delete(org: Org, module: str, version: float, query: Mapping[str, str]) -> Answer:
    """DELETE …?ids= of at most 100 records, with every relation they are in."""
    org.module(module)
    keys = keys_in(query, IDS_LENGTH)
    if keys is None:
        raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "ids"})
    return _carried_out(org, version, keys, lambda key, _at: _delete(org, module, str(key)))


def delete_one(org: Org, module: str, version: float, record_id: str) -> Answer:
    """DELETE of the record in the path, with every relation it is in."""
    org.module(module)
    return _carried_out(
        org, version, [key_of(record_id) or ""], lambda key, _at: _delete(org, module, str(key))
    )


def _rows(org: Org, module: str, body: bytes, most: int = MAX_ROWS) -> list[Any]:
    org.module(module)
    rows = rows_in(body, workflows=True)
    if len(rows) > most:
        raise ZohoError("INVALID_DATA", {"maximum_length": most, "api_name": "data", "json_path": "$.data"})
    return rows


def _carried_out(
    org: Org, version: float, rows: Sequence[object], does: Carried, success: int = 200
) -> Answer:
    """The answer to all rows. One that is refused leaves the others as they are."""
    answers: list[dict[str, Any]] = []
    with org.store.transaction():
        for at, row in enumerate(rows):
            try:
                answers.append(does(row, at))
            except Refused as refused:
                answers.append(refused.row)
    # On v2, n8n's node finds refusals in answers of 2xx: there, Zoho has 202 for a request of which nothing was done.
    answer = rows_answer(answers, 202 if version < 3 else org.switches.all_refused_status)
    done = success if answer.status == 200 and answers[0]["status"] == "success" else answer.status
    return answer._replace(status=done)


def _insert(org: Org, module: str, row: object, at: int) -> dict[str, Any]:
    of_module = org.catalog.modules[module]
    values = _values(org, of_module, row, at)
    for name in (of_module.name_field, *_MANDATORY.get(module, ())):
        if values.get(name) in (None, ""):
            raise Refused("MANDATORY_NOT_FOUND", _at(at, name))
    key = key_of(org.store.mint(1)[0]) or ""
    kept = {name: value for name, value in values.items() if value is not None}
    org.store.add_records([NewRecord(key, module, stamp(org.clock()), kept)])
    return _done(org, key, "record added")


def _update(org: Org, module: str, row: object, at: int) -> dict[str, Any]:
    of_module = org.catalog.modules[module]
    values = _values(org, of_module, row, at)
    given = row.get("id") if isinstance(row, dict) else None
    if given is None:
        raise Refused("MANDATORY_NOT_FOUND", _at(at, "id"))
    key = key_of(given) or ""
    if not org.store.known(module, [key]):
        raise Refused("INVALID_DATA", {"id": str(given)}, _NO_RECORD)
    _unbarred(org, key)
    for name in (of_module.name_field, *_MANDATORY.get(module, ())):
        if name in values and values[name] in (None, ""):
            raise Refused("INVALID_DATA", {"expected_data_type": "text", **_at(at, name)})
    before, converted = org.store.query("SELECT data, converted FROM record WHERE key = ?", (key,))[0]
    if converted:
        raise Refused("CONVERTED_RECORD", {"id": id_of(key)})
    after = {name: value for name, value in (decode(before) | values).items() if value is not None}
    org.store.set_record(key, stamp(org.clock()), encode(after))
    return _done(org, key, "record updated")


def _upsert(org: Org, module: str, names: Sequence[str], row: object, at: int) -> dict[str, Any]:
    values = row if isinstance(row, dict) else {}
    for name in names:
        key = _duplicate(org, module, name, values.get(name))
        if key:
            told = _update(org, module, {**values, "id": id_of(key)}, at)
            return {**told, "action": "update", "duplicate_field": name}
    return {**_insert(org, module, row, at), "action": "insert", "duplicate_field": None}


def _delete(org: Org, module: str, key: str) -> dict[str, Any]:
    if not org.store.known(module, [key]):
        raise Refused("INVALID_DATA", {"id": id_of(key)}, _NO_RECORD)
    _unbarred(org, key)
    org.store.remove_record(key)
    return {
        "code": "SUCCESS",
        "details": {"id": id_of(key)},
        "message": "record deleted",
        "status": "success",
    }


def _duplicate(org: Org, module: str, name: str, value: object) -> str:
    """The padded id of the oldest record with that value, letters compared without case; empty for none."""
    if not isinstance(value, str) or not value:
        return ""
    sql = "SELECT key FROM record WHERE module = ? AND lower(json_extract(data, ?)) = lower(?) ORDER BY key LIMIT 1"
    found = org.store.query(sql, (module, f'$."{name}"', value))
    return str(found[0][0]) if found else ""


def _values(org: Org, module: Module, row: object, at: int) -> dict[str, Any]:
    """The row's fields that the module has. Raises Refused for a value that its field cannot hold."""
    if not isinstance(row, dict):
        raise Refused("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": f"$.data[{at}]"})
    return {
        name: None if value is None else fitted(org, module.fields[name], value, f"$.data[{at}].{name}")
        for name, value in row.items()
        if _takes(module.fields.get(name))
    }


def _takes(field: Field | None) -> bool:
    """Whether Zoho takes the field from a request: of a name that it does not know it says nothing."""
    return field is not None and not field.read_only and field.api_name not in _COMPUTED


def _at(at: int, name: str) -> dict[str, Any]:
    return {"api_name": name, "json_path": f"$.data[{at}].{name}"}


def _unbarred(org: Org, key: str) -> None:
    try:
        org.bar(id_of(key))
    except ZohoError as barred:
        raise Refused(barred.code, barred.details) from None


def _done(org: Org, key: str, message: str) -> dict[str, Any]:
    sql = "SELECT created, modified FROM record WHERE key = ?"
    created, modified = org.store.query(sql, (key,))[0]
    user = {"name": org.user["name"], "id": org.user["id"]}
    times = {"Created_Time": created, "Modified_Time": modified, "Created_By": user, "Modified_By": user}
    return {
        "code": "SUCCESS",
        "details": {"id": id_of(key), **times},
        "message": message,
        "status": "success",
    }
