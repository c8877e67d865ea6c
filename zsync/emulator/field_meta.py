"""A field as the metadata shows it: type, length, picklist, and what may be done with it.

https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html
"""

from __future__ import annotations

from typing import Any

from .catalog import Field

_JSON_TYPES = {"integer": "integer", "double": "double", "currency": "double", "boolean": "boolean"}

# As Zoho's UI has them for new fields.
_LENGTHS = {
    "text": 255,
    "email": 100,
    "phone": 30,
    "website": 450,
    "textarea": 32_000,
    "picklist": 120,
    "integer": 9,
    "bigint": 18,
    "double": 16,
    "currency": 16,
    "percent": 5,
    "boolean": 5,
    "date": 20,
    "datetime": 120,
}
_DECIMALS = {"double": 2, "currency": 2, "percent": 2}


def field_row(field: Field, number: int) -> dict[str, Any]:
    """The field as a row of `/settings/fields`; `number` is its id."""
    own = field.read_only or field.api_name in ("id", "Created_Time", "Modified_Time")
    label = field.label or field.api_name.replace("_", " ")
    return {
        "api_name": field.api_name,
        "id": str(number),
        "field_label": label,
        "display_label": label,
        "data_type": field.data_type,
        "json_type": _json_type(field),
        "length": length_of(field),
        "decimal_place": decimals_of(field),
        "system_mandatory": False,
        "unique": {},
        "read_only": own,
        "field_read_only": own,
        "visible": True,
        "custom_field": field.custom,
        "external": None,
        "lookup": {},
        "multiselectlookup": {},
        "operation_type": {
            "web_update": not own,
            "api_create": not own,
            "web_create": not own,
            "api_update": not own,
        },
        "pick_list_values": _choices(field, number),
    }


def length_of(field: Field) -> int:
    """The most characters of a text, or digits before a number's point; 0 for no limit."""
    usual = 20 if field.api_name == "id" else _LENGTHS.get(field.data_type, 255)
    return usual if field.length is None else field.length


def decimals_of(field: Field) -> int | None:
    """The most digits behind a number's point; None for what is no number with a point."""
    return _DECIMALS.get(field.data_type) if field.decimals is None else field.decimals


def _json_type(field: Field) -> str:
    if field.data_type in ("lookup", "ownerlookup"):
        return "jsonobject"
    return _JSON_TYPES.get(field.data_type, "string")


def _choices(field: Field, number: int) -> list[dict[str, Any]]:
    """The picklist: the values in use, then those that were taken out of it."""
    shown = [*((value, "used") for value in field.values), *((value, "unused") for value in field.unused)]
    stored = dict(field.stored)
    return [
        {
            "display_value": value,
            "actual_value": stored.get(value, value),
            "reference_value": stored.get(value, value),
            "sequence_number": at,
            "colour_code": None,
            "type": use,
            "id": str(number * 100 + at)[-19:],
        }
        for at, (value, use) in enumerate(shown, 1)
    ]
