"""How many records are related, list by list.

https://www.zoho.com/crm/developer/docs/api/v8/get-related-records-count.html
"""

from __future__ import annotations

from typing import NoReturn

from . import related, settings
from .errors import Answer, ZohoError, decode, encode
from .org import Org

_LISTS_A_CALL = 20


def answer(org: Org, module: str, record_id: str, body: bytes) -> Answer:
    """The count of each list of `{"get_related_records_count": […]}`, which are named by their own ids."""
    sent = decode(body)
    asked = sent.get("get_related_records_count") if isinstance(sent, dict) else None
    if not isinstance(asked, list) or not asked:
        _missing("get_related_records_count", "$.get_related_records_count")
    if len(asked) > _LISTS_A_CALL:
        raise ZohoError("LIMIT_EXCEEDED", {"limit": _LISTS_A_CALL, "api_name": "get_related_records_count"})
    rows = [_count(org, module, record_id, row, at) for at, row in enumerate(asked)]
    # A list within a list, as in Zoho's OpenAPI.
    return Answer(200, encode({"get_related_records_count": [rows]}))


def _count(org: Org, module: str, record_id: str, row: object, at: int) -> dict[str, object]:
    path = f"$.get_related_records_count[{at}].related_list"
    asked = row.get("related_list") if isinstance(row, dict) else None
    if not isinstance(asked, dict) or not asked.get("id"):
        _missing("related_list", path)
    known = {settings.list_id(each): each for each in org.catalog.lists_of(module)}
    found = known.get(str(asked["id"]))
    if found is None:
        raise ZohoError("INVALID_DATA", {"api_name": "id", "json_path": f"{path}.id"})
    target = related.target_of(org, found.parent, record_id, found.api_name)
    shown = {"api_name": found.api_name, "id": settings.list_id(found)}
    return {"count": related.count(org, target), "related_list": shown}


def _missing(name: str, path: str) -> NoReturn:
    raise ZohoError("MANDATORY_NOT_FOUND", {"api_name": name, "json_path": path})
