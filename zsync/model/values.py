"""The small values that records and relations are made of: ids, fields, exact numbers, addresses."""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, Literal, NamedTuple

Fields = Mapping[str, Any]
"""Field api_name → value. Numbers are `int` or normalised `Decimal`, never `float` (see `number`)."""


_DIGITS = 400
"""Most digits before or after the point: 1E+999999999 is nine characters in a file and a gigabyte as an integer."""


_EXACT = Context(prec=2 * _DIGITS)
"""Wide enough for any number that a CRM holds: the usual 28 digits would round."""


_MAGNITUDE = 100


Action = Literal["create", "update", "delete"]


def number(text: str | int | Decimal) -> int | Decimal:
    """Read a number exactly, in one form per value: 49.90 and 49.9 become the same, 50.00 becomes 50.

    Raises `ArithmeticError` (decimal.InvalidOperation) where the text is no finite number, or one with more than a
    hundred digits before the point or zeros after it: `1e999999999` would fill the memory.
    """
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) > _DIGITS:
        raise ArithmeticError(f"{text} is not a number that a CRM holds")
    if value and abs(value.adjusted()) > _MAGNITUDE:
        raise ArithmeticError(f"{text} is too large or too small")
    if value == value.to_integral_value():
        return int(value)
    # Not `normalize()`: it rounds to the 28 digits of the context.
    return Decimal(format(value, "f").rstrip("0"))


class Address(NamedTuple):
    """The identity of a relation, in the direction in which requests name it. Ids are strings of digits."""

    module: str
    record_id: str
    related_list: str
    related_record_id: str
