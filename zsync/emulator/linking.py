"""Linking and delinking related records: PUT and DELETE on a related list, from both sides.

https://www.zoho.com/crm/developer/docs/api/v7/update-related-records.html and …/delink-related-records.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .attributes import Refused, attributes_json
from .errors import BAD_RELATED_ID, Answer, ZohoError, decode, rows_answer
from .ids import id_of, key_of
from .org import Org, stamp
from .related import IDS_LENGTH, Target
from .rows import keys_in
from .store import Link, marks

MAX_ROWS = 100


def link(org: Org, target: Target, body: bytes) -> Answer:
    """PUT of at most 100 rows. Each is linked, updated if it was linked already, or refused on its own."""
    _one_by_one(target)  # a list that cannot be written is refused before its body is read
    org.bar(id_of(target.parent))
    rows = rows_in(body)
    if len(rows) > MAX_ROWS:
        if org.switches.over_100_rows == "LIMIT_EXCEEDED":
            raise ZohoError("LIMIT_EXCEEDED", {"limit": MAX_ROWS, "api_name": "data", "json_path": "$.data"})
        raise ZohoError(
            "INVALID_DATA", {"maximum_length": MAX_ROWS, "api_name": "data", "json_path": "$.data"}
        )
    with org.store.transaction():
        answers = link_rows(org, target, rows)
        _refuse_whole(org, answers)
    return rows_answer(answers, org.switches.all_refused_status)


def _one_by_one(target: Target) -> None:
    """Raises ZohoError for the roles of a deal's contacts, of which Zoho documents no call for several."""
    if target.kind.attribute == "role" and target.related.side == "a":
        raise ZohoError("INVALID_REQUEST_METHOD")


def link_one(org: Org, target: Target, body: bytes, related_id: str) -> Answer:
    """PUT of one row, whose id is in the path."""
    org.bar(id_of(target.parent))
    rows = rows_in(body)
    if len(rows) > 1:
        raise ZohoError("INVALID_DATA", {"maximum_length": 1, "api_name": "data", "json_path": "$.data"})
    row = {**rows[0], "id": related_id} if isinstance(rows[0], dict) else rows[0]
    return rows_answer(link_rows(org, target, [row]), org.switches.all_refused_status)


def link_rows(org: Org, target: Target, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Zoho's answer to each row, in the order of the rows. The rows that were accepted are stored."""
    keys = [key_of(row.get("id")) if isinstance(row, dict) else None for row in rows]
    asked = [key for key in keys if key]
    answers: list[dict[str, Any]] = []
    with org.store.transaction():
        # A membership has an id of its own, which a read shows as `$member_info.id`.
        members = org.store.mint(len(rows))
        present = org.store.known(target.related.module, asked)
        before = _links(org, target, asked)
        writes: dict[str, Link] = {}
        for at, (row, key) in enumerate(zip(rows, keys, strict=True)):
            try:
                found = _accepted(row, key, at, present, writes)
                _admit(org, at, found)
                writes[found] = _linked(org, target, found, row, at, before.get(found), str(members[at]))
            except Refused as refused:
                answers.append(refused.row)
                continue
            verb = "updated" if found in before else "added"
            answers.append(_done(found, f"relation {verb}"))
        org.store.put_links(writes.values())
    return answers


def delink(org: Org, target: Target, query: Mapping[str, str]) -> Answer:
    """DELETE …?ids= of at most 100 related records."""
    _one_by_one(target)
    org.bar(id_of(target.parent))
    keys = keys_in(query, IDS_LENGTH)
    if keys is None:
        raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "ids"})
    with org.store.transaction():
        answers = delink_keys(org, target, keys)
        _refuse_whole(org, answers)
    return rows_answer(answers, org.switches.all_refused_status)


def delink_one(org: Org, target: Target, related_id: str) -> Answer:
    """DELETE of one relation; the related record's id is in the path."""
    org.bar(id_of(target.parent))
    key = key_of(related_id)
    if key is None:
        raise ZohoError("UNABLE_TO_PARSE_DATA_TYPE")
    return rows_answer(delink_keys(org, target, [key]), org.switches.all_refused_status)


def delink_keys(org: Org, target: Target, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Zoho's answer to each id. An id that is named twice is removed once, and not found the second time."""
    with org.store.transaction():
        there = set(_links(org, target, keys))
        answers, gone = [], []
        for at, key in enumerate(keys):
            try:
                _admit(org, at, key)
            except Refused as refused:
                answers.append(refused.row)
                continue
            found = key in there or org.switches.delete_missing_relation == "success"
            answers.append(_done(key, "relation removed") if found else _no_relation(org, key))
            there.discard(key)
            gone.append(key)
        org.store.remove_links(target.kind.name, [target.pair(key) for key in gone])
    return answers


def _refuse_whole(org: Org, answers: Sequence[Mapping[str, Any]]) -> None:
    """Raises ZohoError, and so stores nothing, if a row is refused where that refuses the request (switch `bad_row`)."""
    bad = next(((at, row) for at, row in enumerate(answers) if row["status"] == "error"), None)
    if bad is None or org.switches.bad_row == "row":
        return
    at, row = bad
    details: dict[str, Any] = {}
    if org.switches.bad_row == "named":
        details = {"json_path": f"$.data[{at}]", **row["details"]}
        details.pop("id", None)
    raise ZohoError(row["code"], details, message=row["message"])


def rows_in(body: bytes, *, workflows: bool = False) -> list[Any]:
    """The rows of `{"data": [...]}`, at least one. Raises ZohoError for any other body.

    `workflows`: whether the body may choose some, as that of a call which writes records.
    """
    sent = decode(body)
    if not isinstance(sent, dict):
        raise ZohoError("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": "$"})
    where = {"api_name": "data", "json_path": "$.data"}
    if "trigger" in sent and not workflows:
        # Workflows can neither be chosen nor suppressed here: it is no part of this body.
        raise ZohoError("INVALID_DATA", {"api_name": "trigger", "json_path": "$.trigger"})
    if "data" not in sent:
        raise ZohoError("MANDATORY_NOT_FOUND", where)
    if not isinstance(sent["data"], list):
        raise ZohoError("INVALID_DATA", {"expected_data_type": "jsonarray", **where})
    if not sent["data"]:
        raise ZohoError("MANDATORY_NOT_FOUND", where)
    return sent["data"]


def _accepted(row: object, key: str | None, at: int, present: set[str], writes: Mapping[str, Link]) -> str:
    """The padded id of a row that can be related. Raises Refused for any other."""
    path = f"$.data[{at}]"
    if not isinstance(row, dict):
        raise Refused("INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": path})
    if row.get("id") is None:
        raise Refused("MANDATORY_NOT_FOUND", {"api_name": "id", "json_path": f"{path}.id"})
    if key is None or key not in present:
        raise Refused("INVALID_DATA", {"id": str(row["id"])}, BAD_RELATED_ID)
    # Documented for rows of this API, but not when it occurs; the same id twice is the likeliest reason.
    if key in writes:
        raise Refused("DUPLICATE_DATA", {"id": id_of(key), "json_path": f"{path}.id"})
    return key


def _admit(org: Org, at: int, key: str) -> None:
    """Raises Refused for a row that a fault refuses, or whose record is barred."""
    record_id = id_of(key)
    for refusal in org.row_refusals:
        if refusal.meets(at, record_id):
            raise Refused(refusal.code, {"id": record_id, **refusal.details}, refusal.message)
    try:
        org.bar(record_id)
    except ZohoError as barred:
        raise Refused(barred.code, barred.details) from None


def _linked(
    org: Org, target: Target, key: str, row: dict[str, Any], at: int, before: Link | None, member: str
) -> Link:
    if target.kind.attribute == "role" and row.get("Contact_Role") is None:
        details = {"api_name": "Contact_Role", "json_path": f"$.data[{at}].Contact_Role"}
        raise Refused("MANDATORY_NOT_FOUND", details)
    attrs = attributes_json(org, target.kind, row, at, before.attrs if before else None)
    a, b = target.pair(key)
    moment = stamp(org.clock())
    if before is not None:
        return before._replace(modified=moment, attrs=attrs)
    return Link(target.kind.name, a, b, member, moment, moment, org.now_ms(), attrs)


def _links(org: Org, target: Target, keys: Sequence[str]) -> dict[str, Link]:
    """The relations that exist, by the related record's key."""
    side = target.related.side
    sql = (
        f"SELECT kind, a, b, member, created, modified, born_ms, attrs FROM link "  # noqa: S608
        f"WHERE kind = ? AND {side} = ? AND {target.other} IN ({marks(len(keys))})"
    )
    found = (Link(*row) for row in org.store.query(sql, (target.kind.name, target.parent, *keys)))
    return {(link.b if side == "a" else link.a): link for link in found}


def _done(key: str, message: str) -> dict[str, Any]:
    return {"code": "SUCCESS", "details": {"id": id_of(key)}, "message": message, "status": "success"}


def _no_relation(org: Org, key: str) -> dict[str, Any]:
    code = org.switches.delete_missing_relation
    message = "relation not found" if code == "MANDATORY_NOT_FOUND" else BAD_RELATED_ID
    return {"code": code, "details": {"id": id_of(key)}, "message": message, "status": "error"}
