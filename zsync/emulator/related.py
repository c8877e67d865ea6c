"""Related lists: finding and reading them, from both sides of each relation kind.

https://www.zoho.com/crm/developer/docs/api/v7/get-related-records.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .catalog import Kind, RelatedList, Side
from .errors import BAD_RELATED_ID, Answer, ZohoError
from .ids import key_of
from .org import Org
from .paging import Source, page_answer, window_of
from .rows import keys_in, names_in, object_json, record_parts, stored
from .store import marks, shown_id

# Zoho's OpenAPI: `ids` has at most 2,000 characters, enough for 100 ids of 19 digits and not of 20.
IDS_LENGTH = 2_000


class Target(NamedTuple):
    """One parent's related list."""

    related: RelatedList
    parent: str
    """The parent's padded id."""

    @property
    def kind(self) -> Kind:
        """The relation kind. Raises ZohoError for a list that PUT and DELETE do not support."""
        if self.related.kind is None:
            # So users report it of Accounts–Contacts: https://github.com/rikas/zoho_hub/issues/77
            raise ZohoError("INVALID_MODULE", {"resource_path_index": 0})
        return self.related.kind

    @property
    def other(self) -> Side:
        """The related records' side of the kind."""
        return "b" if self.related.side == "a" else "a"

    def pair(self, key: str) -> tuple[str, str]:
        """The padded ids of sides a and b for a relation of this parent and the record `key`."""
        return (self.parent, key) if self.related.side == "a" else (key, self.parent)


def target_of(org: Org, module: str, record_id: str, list_name: str) -> Target:
    """The parent and its list. Raises ZohoError, whose `resource_path_index` is 0 (module), 1 (record) or 2 (list)."""
    org.module(module)
    key = key_of(record_id)
    if key is None or org.store.module_of(record_id) != module:
        raise ZohoError(
            "INVALID_DATA",
            {"resource_path_index": 1},
            message=BAD_RELATED_ID,
            status=org.switches.parent_not_found_status,
        )
    return Target(org.related_list(module, list_name), key)


def read_list(org: Org, target: Target, version: float, query: Mapping[str, str]) -> Answer:
    """A page of the list; 204 if it is empty."""
    names = names_in(query, mandatory=version >= 3)
    only = keys_in(query, IDS_LENGTH)
    kept = sorted((k, v) for k, v in query.items() if k not in ("page", "page_token", "per_page"))
    bound = f"{target.related.path} {target.parent} {kept}"
    window = window_of(org, version, query, bound)
    if target.related.kind is None:
        return Answer(204)
    source = _source(org, target, names, query.get("converted", "false"), only)
    return page_answer(org, source, window, bound, tokens=version >= 3)


def read_one(org: Org, target: Target, version: float, query: Mapping[str, str], related_id: str) -> Answer:
    """One related record in `data`; 204 if it is not related."""
    names = names_in(query, mandatory=version >= 3)
    key = key_of(related_id)
    if key is None:
        raise ZohoError("INVALID_DATA", {"resource_path_index": 3}, message=BAD_RELATED_ID)
    if target.related.kind is None:
        return Answer(204)
    source = _source(org, target, names, "both", [key])
    found = org.store.query(
        f"SELECT {source.row} FROM {source.tables} WHERE {source.where}",  # noqa: S608
        source.params,
    )
    return Answer(200, f'{{"data":[{found[0][0]}]}}') if found else Answer(204)


def count(org: Org, target: Target) -> int:
    """The number of related records, without converted leads, as in a read."""
    if target.related.kind is None:
        return 0
    source = _source(org, target, ["id"], "false", None)
    sql = f"SELECT count(*) FROM {source.tables} WHERE {source.where}"  # noqa: S608
    found: int = org.store.query(sql, source.params)[0][0]
    return found


def _source(
    org: Org, target: Target, names: list[str] | None, converted: str, only: list[str] | None
) -> Source:
    related, other = target.related, f"l.{target.other}"
    module = org.catalog.modules[related.module]
    record = record_parts(org, module, names)
    flat, nested = _relation_parts(org, target.kind, names)
    row = _with_relation(org, record, flat, nested)
    where, params = f"l.kind = ? AND l.{related.side} = ?", [target.kind.name, target.parent]
    if only is not None:
        where += f" AND {other} IN ({marks(len(only))})"
        params += only
    if converted != "both" and (converted == "true" or org.switches.converted_default_hidden):
        where += f" AND r.converted = {int(converted == 'true')}"
    if org.switches.read_after_write_lag_ms:
        where += f" AND l.born_ms <= {org.now_ms() - org.switches.read_after_write_lag_ms}"
    # CROSS JOIN keeps SQLite from walking all records of the module before the few that are related.
    tables = f"link l CROSS JOIN record r ON r.key = {other}"
    return Source(row, tables, where, tuple(params), other)


def _with_relation(
    org: Org, record: dict[str, str], flat: dict[str, str], nested: dict[str, str] | None
) -> str:
    """SQL for a row of a list: the record's fields, and the relation's in the row and under `$member_info`."""
    # Zoho: Get Related Records of a Deleted Record: the sample has `$member_info`, with an id of its own, though nobody
    # asked for it. A member is written flat and read nested.
    if nested is not None:
        record = {**record, "$member_info": _filled(org, _member(), nested)}
    return _filled(org, record, flat)


def _filled(org: Org, parts: dict[str, str], fields: dict[str, str]) -> str:
    """SQL for an object of these parts and of a relation's fields, as the switch shows those that are empty."""
    return object_json(parts | fields) if org.switches.empty_attr == "null" else object_json(parts, fields)


def _member() -> dict[str, str]:
    return {
        "Modified_Time": """'"' || l.modified || '"'""",
        "Created_Time": """'"' || l.created || '"'""",
        "id": shown_id("l.member"),
    }


def _relation_parts(
    org: Org, kind: Kind, names: list[str] | None
) -> tuple[dict[str, str], dict[str, str] | None]:
    """A relation's fields as they stand in the row, and those under `$member_info`; None where there is none."""
    fields = org.catalog.attributes(kind)
    asked = {name: stored("l.attrs", name) for name in fields if names is None or name in names}
    if kind.attribute != "member":
        return asked, None
    where = org.switches.member_status_on_read
    every = {name: stored("l.attrs", name) for name in fields}
    inside = every if org.switches.member_info == "all" else asked
    return (asked if where in ("flat", "both") else {}), (inside if where in ("nested", "both") else {})
