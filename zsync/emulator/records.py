"""Records of a module: by id, by ids, page by page.

https://www.zoho.com/crm/developer/docs/api/v7/get-records.html
"""

from __future__ import annotations

from collections.abc import Mapping

from .errors import Answer, ZohoError
from .ids import key_of
from .org import Org
from .paging import Source, page_answer, window_of
from .rows import keys_in, names_in, object_json, record_parts
from .store import marks

IDS_LENGTH = 1_024


def read_records(org: Org, module: str, version: float, query: Mapping[str, str]) -> Answer:
    """A page of the module's records, or of those in `ids` that exist; 204 for none."""
    org.module(module)
    names = names_in(query, mandatory=version >= 3)
    only = keys_in(query, IDS_LENGTH)
    kept = sorted((k, v) for k, v in query.items() if k not in ("page", "page_token", "per_page"))
    bound = f"{module} {kept}"
    window = window_of(org, version, query, bound)
    row = object_json(record_parts(org, org.catalog.modules[module], names))
    where, params = "r.module = ?", [module]
    if only is not None:
        where += f" AND r.key IN ({marks(len(only))})"
        params += only
    # Zoho: Get Records, `converted`: false by default.
    converted = query.get("converted", "false")
    if converted != "both":
        where += f" AND r.converted = {int(converted == 'true')}"
    return page_answer(
        org, Source(row, "record r", where, tuple(params), "r.key"), window, bound, tokens=version >= 3
    )


def read_record(org: Org, module: str, record_id: str, query: Mapping[str, str]) -> Answer:
    """The record in `data`, with all fields unless `fields` names some; 204 for an id that does not exist.

    A converted lead is there only with `converted=true` or `both`.
    """
    org.module(module)
    key = key_of(record_id)
    if key is None:
        raise ZohoError(
            "INVALID_DATA", {"resource_path_index": 1}, message="the id given seems to be invalid"
        )
    row = object_json(record_parts(org, org.catalog.modules[module], names_in(query, mandatory=False)))
    where = "r.key = ? AND r.module = ?"
    if query.get("converted") not in ("true", "both") and org.switches.converted_default_hidden:
        where += " AND r.converted = 0"
    found = org.store.query(f"SELECT {row} FROM record r WHERE {where}", (key, module))  # noqa: S608
    return Answer(200, f'{{"data":[{found[0][0]}]}}') if found else Answer(204)
