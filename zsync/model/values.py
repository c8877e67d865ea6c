"""The small values of records and relations: fields, exact numbers, keys, addresses."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from unicodedata import normalize

from zsync.bounds import MAGNITUDE, NUMBER

Fields = Mapping[str, Any]
"""Field api_name → value. Numbers are `int` or normalised `Decimal`, never `float` (see `number`)."""


Action = Literal["create", "update", "delete"]


def number(text: str | int | Decimal) -> int | Decimal:
    """Read a number exactly, in one form per value: 49.90 becomes 49.9, and 50.00 becomes 50.

    Raises `ArithmeticError` (`decimal.InvalidOperation`) where the text is not a finite number, or one beyond
    `bounds.MAGNITUDE`: `1e999999999` would fill the memory.
    """
    if isinstance(text, str) and len(text) > NUMBER.most:
        raise ArithmeticError(f"a number of {len(text):,} characters")
    value = Decimal(text)
    if not value.is_finite():
        raise ArithmeticError(f"{value} is not a number that a CRM holds")
    if len(value.as_tuple().digits) > MAGNITUDE.most or (value and abs(value.adjusted()) > MAGNITUDE.most):
        raise ArithmeticError(f"a number beyond {MAGNITUDE.most} digits")
    if value == value.to_integral_value():
        return int(value)
    # Not `normalize()`: it rounds to the 28 digits of the context.
    return Decimal(format(value, "f").rstrip("0"))


def plain_text(text: str) -> str:
    """A text without what the CRM's own comparison ignores: case, Unicode form, outer spaces."""
    if text.isascii():
        return text.strip().lower()
    text = normalize("NFC", text).strip()
    # Letter by letter: `ß` is not `ss`, as it would be to `casefold`.
    small = [letter.lower() for letter in text]
    return "".join(each if len(each.casefold()) > len(each) else each.casefold() for each in small)


class Key(NamedTuple):
    """A natural key: the fields that name a record for people, and their values, in the manifest's order.

    A record that is known only by its id has no fields, and the id as its value.
    """

    fields: tuple[str, ...]
    values: tuple[str, ...]
    name: str = ""
    """What people call a record that is known by its id, as far as the CRM was asked; its name never tells which record it is."""

    @property
    def label(self) -> str:
        """The record as people know it: the values (`Ruiz, Ana`), or the name of one that is known by its id."""
        return self.name or ", ".join(self.values)

    @property
    def by_field(self) -> dict[str, str]:
        """Field → value; empty for an id."""
        return dict(zip(self.fields, self.values, strict=False))


class Address(NamedTuple):
    """The identity of a relation, seen from the side that its request is sent to. Ids are strings of digits."""

    module: str
    record_id: str
    related_list: str
    related_record_id: str
