"""Zoho's answers about modules, fields and related lists → values. They are strangers' data: what makes no sense is left out."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from zsync.model.metadata import FieldMeta, RelatedList

_API_NAME = re.compile("[A-Za-z0-9_]+")
_FIELD_NAME = re.compile(r"\$?[A-Za-z0-9_]+")
_EMPTY = "-None-"
"""What Zoho lists in a picklist for having no value."""

_MOST = 10**9


def field_of(row: Mapping[str, Any]) -> FieldMeta | None:
    """A row of `/settings/fields`; None for one without a usable name.

    https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html
    """
    name = row.get("api_name")
    if not isinstance(name, str) or not _FIELD_NAME.fullmatch(name):
        return None
    choices = row.get("pick_list_values")
    shown = [_choice(each) for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []
    used = dict.fromkeys(text for text, _, in_use in shown if in_use and text != _EMPTY)
    return FieldMeta(
        name,
        _text(row.get("data_type")),
        _text(row.get("display_label")) or _text(row.get("field_label")),
        _count(row.get("length")),
        _count(row.get("decimal_place")),
        tuple(used),
        tuple(dict.fromkeys(text for text, _, in_use in shown if not in_use and text not in used)),
        {stored: text for text, stored, _ in shown if stored and stored != text and stored not in used},
        _read_only(row),
    )


def fields_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, FieldMeta]:
    """The fields of an answer, by api_name."""
    found = (field_of(row) for row in rows)
    return {field.name: field for field in found if field is not None}


def list_of(row: Mapping[str, Any]) -> RelatedList:
    """A row of `/settings/related_lists`. https://www.zoho.com/crm/developer/docs/api/v8/related-list-meta.html"""
    # In requests a list is named by the last part of `href`; a list that groups others has no `href`.
    href, target = row.get("href"), row.get("module")
    own = api_name(row.get("api_name"))
    named = href.rpartition("/")[2] if isinstance(href, str) and "/" in href else own
    return RelatedList(
        api_name(named),
        api_name(target.get("api_name") if isinstance(target, dict) else target),
        row.get("status") in (None, "visible"),
        str(row.get("id") or ""),
        _text(row.get("type")),
        _text(row.get("display_label")) or _text(row.get("name")),
        own,
    )


def texts_of(rows: object) -> tuple[str, ...]:
    """The names in a list of `{"name": …}`, each once, without the empty one."""
    names = (
        [_text(row.get("name")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    )
    return tuple(dict.fromkeys(name for name in names if name and name != _EMPTY))


def api_name(value: object) -> str:
    """A name that can be part of a request; empty if it cannot."""
    return value if isinstance(value, str) and _API_NAME.fullmatch(value) else ""


def _choice(row: Mapping[str, Any]) -> tuple[str, str, bool]:
    """What people see, what Zoho stores, and whether it is in use."""
    stored = _text(row.get("actual_value"))
    return _text(row.get("display_value")) or stored, stored, row.get("type") != "unused"


def _read_only(row: Mapping[str, Any]) -> bool:
    may = row.get("operation_type")
    barred = isinstance(may, dict) and may.get("api_update") is False and may.get("api_create") is False
    return barred or row.get("field_read_only") is True or row.get("read_only") is True


def _text(value: object) -> str:
    # Half an emoji, which no file can hold, is a question mark.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    """A whole number that limits something; None for any other. Zoho writes it as a number, and some as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    return value if type(value) is int and 0 <= value < _MOST else None
