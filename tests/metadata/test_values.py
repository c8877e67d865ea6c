"""What a field can hold, by its metadata."""

from decimal import Decimal
from typing import Any

import pytest

from zsync.metadata.values import Column, Unfit
from zsync.model.metadata import FieldMeta

SHOP = FieldMeta(
    "Shop",
    "picklist",
    values=("Online Store", "shop", "Shop"),
    unused=("Kiosk",),
    stored={"OnlineStore": "Online Store"},
)
NAME = FieldMeta("Name", "text", length=5)
PRICE = FieldMeta("list_price", "currency", length=6, decimals=2)
SEATS = FieldMeta("Seats", "integer", length=3)
VIP = FieldMeta("VIP", "boolean")


def unfit(field: FieldMeta, value: Any, **more: Any) -> Unfit | None:
    return Column(field, field.name, **more).unfit(value)


def text(found: Unfit | None) -> tuple[str, str, str]:
    """The code, the message and the advice."""
    assert found is not None
    message, advice = ("".join(p if isinstance(p, str) else p.text for p in parts) for parts in found[1:3])
    return found.code, message, advice


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (SHOP, "Online Store"),
        (SHOP, "shop"),
        (SHOP, "Shop"),
        (NAME, "Ngata"),
        (NAME, "naïve"),
        (PRICE, Decimal("9999.99")),
        (PRICE, 999999),
        (PRICE, -12),
        (PRICE, 0),
        (SEATS, 999),
        (VIP, True),
        (FieldMeta("Made", "datetime", length=3), "2027-01-01T00:00:00Z"),
        (FieldMeta("Any"), "whatever it is"),
        (FieldMeta("Open", "picklist"), "anything, for the org names no values"),
        (FieldMeta("Note", "text", length=0), "no length means no limit"),
    ],
    ids=str,
)
def test_a_value_that_fits_is_taken(field: FieldMeta, value: Any) -> None:
    assert unfit(field, value) is None


@pytest.mark.parametrize(
    ("field", "value", "code", "said"),
    [
        (NAME, "Ngatas", "too-long", "`Ngatas` has 6 characters, and Name holds 5"),
        (NAME, 12, "wrong-type", "Name must be text, not `12`,"),
        (
            PRICE,
            Decimal("49.905"),
            "too-precise",
            "has 3 decimal places, and list_price keeps 2",
        ),
        (PRICE, 1234567, "too-long", "`1234567` has 7 digits, and list_price holds 6"),
        (PRICE, "49.90", "wrong-type", "list_price must be a number, not `49.90`,"),
        (PRICE, True, "wrong-type", "list_price must be a number, not `true`,"),
        (SEATS, Decimal("1.5"), "too-precise", "Seats keeps none"),
        (VIP, "yes", "wrong-type", "VIP must be true or false, not `yes`,"),
        (SHOP, True, "wrong-type", "Shop must be one of its values, as text, not `true`,"),
        (SHOP, "-None-", "unknown-value", "`-None-` is not a Shop"),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_told(field: FieldMeta, value: Any, code: str, said: str) -> None:
    found, message, _ = text(unfit(field, value))
    assert (found, said in message) == (code, True)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("SHOP", "did you mean `Shop`? Others: Online Store, shop"),
        ("Onlin Store", "did you mean `Online Store`? Others: shop, Shop"),
        (
            "OnlineStore",
            "Zoho stores that for `Online Store`, which is what people see: write that. Others: shop, Shop",
        ),
        ("Market", "Values: Online Store, shop, Shop"),
    ],
)
def test_the_value_that_was_meant_is_named_with_the_others(value: str, advice: str) -> None:
    assert text(unfit(SHOP, value))[2] == advice


def test_a_value_that_was_taken_out_of_the_picklist_is_a_warning() -> None:
    found = unfit(SHOP, "Kiosk")
    assert found is not None
    assert (found.code, found.severity) == ("unused-value", "warning")


def test_values_that_are_listed_elsewhere_count_in_place_of_the_picklist() -> None:
    assert unfit(SHOP, "Kiosk", allowed=("Kiosk", "Market")) is None
    assert text(unfit(SHOP, "shop", allowed=("Kiosk", "Market")))[2] == "Values: Kiosk, Market"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (SEATS, "12", None),
        (SEATS, "12.0", None),
        (SEATS, "twelve", "wrong-type"),
        (VIP, "true", None),
        (VIP, "yes", "wrong-type"),
        (NAME, "Ngatas", "too-long"),
        (PRICE, "1.005", None),
        (SHOP, "Sop", "unknown-value"),
    ],
)
def test_a_key_is_text_whatever_its_field_is(field: FieldMeta, value: str, code: str | None) -> None:
    found = unfit(field, value, key=True)
    assert (found and found.code) == code


def test_many_values_are_counted_and_not_all_named() -> None:
    land = FieldMeta("Land", "picklist", values=tuple(f"Land {n}" for n in range(250)))
    assert text(unfit(land, "zzz"))[2].endswith("Land 4, Land 5 and 244 more")
