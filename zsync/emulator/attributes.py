"""The fields of a relation itself: a campaign member's status, a product's price in a price book."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from .catalog import Field, Kind
from .errors import DOCUMENTED, decode, encode
from .field_meta import decimals_of, length_of
from .ids import key_of
from .org import Org


class Refused(Exception):
    """The refusal of one row. The other rows of the request are carried out."""

    def __init__(self, code: str, details: dict[str, Any], message: str = "") -> None:
        super().__init__(code)
        self.row = {
            "code": code,
            "details": details,
            "message": message or DOCUMENTED[code].message,
            "status": "error",
        }


def attributes_json(org: Org, kind: Kind, row: dict[str, Any], at: int, before: str | None) -> str:
    """The relation's fields after this row, as JSON text. `before` is the same before it, None for a new relation.

    Raises Refused for a value that the field cannot hold.
    """
    values: dict[str, Any] = {}
    old = decode(before) if before and org.switches.put_omitted_attr == "keep" else {}
    for name, field in org.catalog.attributes(kind).items():
        if name in row and kind.attribute == "role" and name == "Contact_Role":
            values[name] = _role(org, field, row[name], f"$.data[{at}].{name}")
        elif name in row:
            values[name] = fitted(org, field, row[name], f"$.data[{at}].{name}")
        else:
            values[name] = old.get(name, _added(org, name, field))
    return encode(values)


def _added(org: Org, name: str, field: Field) -> str | None:
    """What a relation's field holds that no PUT has named: nothing, but for a member's status."""
    first = name == "Member_Status" and field.values and org.switches.added_status == "first"
    return field.values[0] if first else None


def role_id(field: Field, name: str) -> str:
    """The id of a contact's role; a role that there is not has one of its own, for worlds that take any."""
    known = field.values.index(name) if name in field.values else 100 + len(name)
    return str(_ROLES + known)


_ROLES = 3652397000000006870


def _role(org: Org, field: Field, value: object, path: str) -> dict[str, str] | None:
    """A contact's role as reads show it, from its name, or from an object with its name or id."""
    details = {"api_name": field.api_name, "json_path": path}
    if isinstance(value, dict):
        by_id = {role_id(field, name): name for name in field.values}
        value = by_id.get(str(value.get("id")), value.get("name"))
    if value is None:
        fitted(org, field, None, path)
        return None
    if not isinstance(value, str):
        raise Refused("INVALID_DATA", {"expected_data_type": "jsonobject", **details})
    if value not in field.values and org.switches.unknown_picklist == "reject":
        raise Refused("INVALID_DATA", details)
    return {"name": value, "id": role_id(field, value)}


def fitted(org: Org, field: Field, value: Any, path: str) -> Any:
    """The value as Zoho stores it. Raises Refused for one that the field cannot hold. `path` is its place in the request."""
    details = {"api_name": field.api_name, "json_path": path}
    if value is None:
        if org.switches.null_attr == "reject":
            raise Refused("INVALID_DATA", details)
        return None
    expected = _expected(field)
    if not _fits(value, expected):
        raise Refused("INVALID_DATA", {"expected_data_type": expected, **details})
    if (
        field.data_type == "picklist"
        and field.values
        and value not in field.values
        and org.switches.unknown_picklist == "reject"
    ):
        raise Refused("INVALID_DATA", details)
    most = length_of(field)
    if 0 < most < _length(value, expected):
        raise Refused("INVALID_DATA", {"maximum_length": most, **details})
    places = decimals_of(field)
    if expected != "double" or places is None or _places(value) <= places:
        return value
    if org.switches.extra_decimals == "reject":
        raise Refused("INVALID_DATA", details)
    exact = _exact(value)
    # The usual context holds 28 digits, and a field without a limit may hold more.
    enough = Context(prec=max(exact.adjusted(), 0) + places + 2)
    return exact.quantize(Decimal((0, (1,), -places)), ROUND_HALF_UP, enough)


def _length(value: Any, expected: str) -> int:
    """Characters of a text, digits before the point of a number; 0 for what has no length."""
    if expected == "string":
        return len(value)
    if expected not in ("double", "integer"):
        return 0
    return max(_exact(value).adjusted() + 1, 0)


def _places(value: Any) -> int:
    """Digits behind the point, without zeros at the end."""
    _, digits, exponent = _exact(value).as_tuple()
    if not isinstance(exponent, int) or not any(digits):
        return 0
    zeros = len(digits) - len(bytes(digits).rstrip(b"\0"))
    return max(-exponent - zeros, 0)


def _exact(value: Any) -> Decimal:
    # Floats come from worlds, whose numbers are meant as they are written.
    return value if isinstance(value, Decimal) else Decimal(str(value))


# Zoho's data types whose values are not text. Zoho writes a bigint as text, and some clients send a number.
_JSON = {
    "double": "double",
    "currency": "double",
    "percent": "double",
    "integer": "integer",
    "bigint": "bigint",
    "boolean": "boolean",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "any": "any",
}


def _expected(field: Field) -> str:
    return _JSON.get(field.data_type, "string")


def _fits(value: object, expected: str) -> bool:
    if expected == "any":
        return True
    # Before int: in Python True is an int, in Zoho's JSON a checkbox is no number.
    if isinstance(value, bool):
        return expected == "boolean"
    if isinstance(value, int):
        return expected in ("integer", "bigint", "double")
    if isinstance(value, Decimal | float):  # float: from a world or a test, never from the wire
        return expected == "double"
    if expected == "jsonobject":
        # A record that a lookup leads to is named by its id, within an object or alone.
        return key_of(value.get("id") if isinstance(value, dict) else value) is not None
    return isinstance(value, str) and expected in ("string", "bigint")
