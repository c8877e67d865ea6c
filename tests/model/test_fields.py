"""Comparing: values as a CRM means them, numbers exactly."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.kinds import FieldType
from zsync.model import number
from zsync.model.fields import (
    FieldChange,
    carried_fields,
    carries,
    equal,
    field_changes,
    holds,
    looks_numeric,
    normalise,
    plainly_equal,
    relation_fields,
    same,
    undeclared,
)

plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = st.recursive(
    plain | st.decimals(allow_nan=False, allow_infinity=False, places=4).map(number),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
states = st.dictionaries(st.sampled_from(["Member_Status", "list_price", "Tags", "Note"]), values)


@pytest.mark.parametrize(
    ("one", "other"),
    [("49.90", "49.9"), ("50.00", "50"), ("1e2", "100"), ("-0", "0"), ("0.10", ".1"), ("1E+2", "100.0")],
)
def test_one_value_has_one_form(one: str, other: str) -> None:
    assert number(one) == number(other)
    assert str(number(one)) == str(number(other))
    assert type(number(one)) is type(number(other))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=25))
def test_a_number_keeps_every_digit(value: Decimal) -> None:
    assert number(str(value)) == value


@pytest.mark.parametrize("text", ["0.1", "1.23456789012345678901234567890123456789", "3652397000000327001"])
def test_a_number_is_written_as_it_was_read(text: str) -> None:
    assert str(number(text)) == text


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-inf", "", "eleven", "1,5", "1e999999999", "1e-999999999"]
)
def test_what_is_no_number_or_no_finite_one_is_refused(text: str) -> None:
    with pytest.raises(ArithmeticError):
        number(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (False, 0),
        ("1", 1),
        (None, 0),
        ("", 0),
        (None, False),
        ([1], [True]),
        ({"a": 1}, {"a": True}),
        ([1], [1, 1]),
    ],
)
def test_values_of_different_types_are_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same(other, one)


@given(values)
def test_a_value_is_the_same_as_itself(value: Any) -> None:
    assert same(value, value)


@given(values, values)
def test_sameness_has_no_direction(one: Any, other: Any) -> None:
    assert same(one, other) == same(other, one)


@given(states)
def test_a_state_has_no_difference_from_itself(state: dict[str, Any]) -> None:
    assert equal(state, state)
    assert list(field_changes(state, state)) == []


@given(states, states)
def test_two_states_differ_exactly_where_a_field_is_not_the_same(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    filled = {name: before.get(name) for name in after}
    changes = list(field_changes(filled, after))
    assert (changes == []) == equal(after, filled)
    plain_changes = [c for c in changes if not isinstance(after.get(c.field), list | dict)]
    carried_out = (
        filled
        | {c.field: c.new for c in plain_changes if c.field in after}
        | {name: value for name, value in after.items() if isinstance(value, list | dict)}
    )
    # Null and empty are one state: between them nothing is to be changed, and nothing is.
    assert all(same(carried_out[name], value) for name, value in after.items())


@pytest.mark.parametrize("current", [{}, {"Note": None}, {"Note": ""}, {"Note": []}])
@pytest.mark.parametrize("after", [{"Note": None}, {"Note": ""}])
def test_missing_null_and_empty_are_one_state(after: dict[str, Any], current: dict[str, Any]) -> None:
    assert equal(after, current)
    assert not equal({"Note": "x"}, current)
    assert list(field_changes(after, current)) == []


def test_a_field_that_no_manifest_names_is_not_compared() -> None:
    assert equal({"Member_Status": "Sent"}, {"Member_Status": "Sent", "Note": "x"})


def test_nested_values_are_described_from_inside() -> None:
    before, after = {"Tags": ["a", {"b": 1}]}, {"Tags": ["a", {"b": 2}]}
    (change,) = field_changes(before, after)
    assert change == FieldChange("Tags[1]['b']", 1, 2)


def test_a_relation_that_begins_or_ends_shows_all_its_fields() -> None:
    assert list(field_changes(None, {"list_price": 5})) == [FieldChange("list_price", None, 5)]
    assert list(field_changes({"list_price": 5}, None)) == [FieldChange("list_price", 5, None)]


@pytest.mark.parametrize(
    ("sent", "kind", "meant"),
    [
        ("49.90", "number", Decimal("49.9")),
        (Decimal("50.00"), "number", 50),
        (7, "text", "7"),
        (True, "text", True),
        ({"name": "Sent", "id": "5"}, "text", "Sent"),
        ({"display_value": "Sent"}, "text", "Sent"),
        ({"actual_value": "Sent", "id": "5"}, "text", "Sent"),
        ({"actual_value": "sent", "display_value": "Sent"}, "text", "Sent"),
        ([{"a": [Decimal("1.50")]}], "any", [{"a": [Decimal("1.5")]}]),
        ("cheap", "number", "cheap"),
        ("", "number", None),
        ("", "text", None),
        ([], "any", None),
        (None, "number", None),
        (0.1, "any", Decimal("0.1")),
        ({"id": "5"}, "any", {"id": "5"}),
        ([Decimal("1.50"), {"a": Decimal("2.0")}], "any", [Decimal("1.5"), {"a": 2}]),
        (Decimal("1e999999999"), "any", "1E+999999999"),
    ],
    ids=str,
)
def test_what_the_crm_sends_becomes_what_manifests_write(sent: Any, kind: Any, meant: Any) -> None:
    assert normalise(sent, kind) == meant
    assert type(normalise(sent, kind)) is type(meant)


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"id": "1", "Member_Status": "Sent"}, {"Member_Status": "Sent"}),
        ({"id": "1", "$member_info": {"Member_Status": "Sent", "id": "9"}}, {"Member_Status": "Sent"}),
        ({"Member_Status": None, "$member_info": {"Member_Status": "Sent"}}, {"Member_Status": None}),
        ({"id": "1", "$member_info": None}, {"Member_Status": None}),
        ({"id": "1", "$member_info": "x"}, {"Member_Status": None}),
        ({"id": "1", "$member_info": {"Member_Status": ""}}, {"Member_Status": None}),
    ],
    ids=str,
)
def test_member_fields_are_found_flat_or_nested(row: dict[str, Any], fields: dict[str, Any]) -> None:
    assert relation_fields(row, {"Member_Status": "text"}) == fields


MEMBER = {"id": "1", "Email": "a", "$member_info": {"id": "9", "Member_Status": "Sent"}}


@pytest.mark.parametrize(
    ("after", "row", "plainly"),
    [
        ({}, {"id": "1"}, True),
        ({"Member_Status": "Sent"}, {"id": "1", "Member_Status": "Sent"}, True),
        ({"Member_Status": "Sent"}, {"id": "1", "Member_Status": "Opened"}, False),
        ({"Member_Status": "Sent"}, MEMBER, True),
        ({"Member_Status": "Opened"}, MEMBER, False),
        ({"Member_Status": "Sent", "Seat": "A"}, MEMBER, False),
        ({"Member_Status": "Sent"}, {"id": "1"}, False),
        ({"Member_Status": "Sent"}, {"id": "1", "$member_info": None}, False),
        ({"Member_Status": "Sent"}, {"id": "1", "$member_info": "Sent"}, False),
        ({"Member_Status": "Sent"}, {"id": "1", "Member_Status": {"name": "Sent"}}, False),
        ({"list_price": 1}, {"id": "1", "list_price": True}, False),
        ({"list_price": Decimal("49.9")}, {"id": "1", "list_price": Decimal("49.9")}, False),
        ({"Member_Status": None}, {"id": "1"}, False),
    ],
    ids=str,
)
def test_the_short_cut_takes_texts_to_the_letter_and_nothing_else(
    after: dict[str, Any], row: dict[str, Any], plainly: bool
) -> None:
    assert plainly_equal(after, row) is plainly


@given(states, states)
def test_what_is_plainly_equal_is_equal(after: dict[str, Any], row: dict[str, Any]) -> None:
    merged = row | {name: value for name, value in after.items() if isinstance(value, str)}
    types: dict[str, FieldType] = dict.fromkeys(merged, "any")
    assert not plainly_equal(after, merged) or equal(after, relation_fields(merged, types))


@pytest.mark.parametrize(
    ("state", "current", "held"),
    [
        (None, None, True),
        (None, {}, False),
        ({}, None, False),
        ({}, {"Note": "x"}, True),
        ({"Note": "x"}, {"Note": "x", "Seat": 1}, True),
        ({"Note": "x"}, {"Note": "y"}, False),
    ],
)
def test_a_relation_that_does_not_exist_is_in_no_state_but_none(
    state: dict[str, Any] | None, current: dict[str, Any] | None, held: bool
) -> None:
    assert holds(state, current) is held


@pytest.mark.parametrize(
    ("text", "numeric"),
    [("", False), ("7", True), ("+1.5", True), ("-.5", True), (" 17", True), ("1e3", True), ("1a", False), ("a1", False)],
)  # fmt: skip
def test_a_text_that_could_be_a_number_looks_like_one(text: str, numeric: bool) -> None:
    assert looks_numeric(text) is numeric


def test_numbers_inside_of_a_value_have_one_form() -> None:
    (outer,) = normalise([{"a": Decimal("1.50"), "b": [Decimal("2.00"), "x"]}], "any")
    assert (str(outer["a"]), outer["b"], type(outer["b"][0])) == ("1.5", [2, "x"], int)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (["a"], ["a", "b"], [FieldChange("T[1]", None, "b")]),
        (["a", "b"], ["a"], [FieldChange("T[1]", "b", None)]),
        ({"b": 1, "a": 2}, {"b": 3, "a": 4}, [FieldChange("T['a']", 2, 4), FieldChange("T['b']", 1, 3)]),
        ({"a": 1, "b": "x"}, {"a": Decimal("1.5"), "c": 1}, [FieldChange("T['a']", 1, Decimal("1.5")), FieldChange("T['b']", "x", None), FieldChange("T['c']", None, 1)]),
        (["a"], "a", [FieldChange("T", ["a"], "a")]),
        ("a", ["a"], [FieldChange("T", "a", ["a"])]),
        ([True], [1], [FieldChange("T", [True], [1])]),
        ([1, 2], [Decimal(1), 3], [FieldChange("T[1]", 2, 3)]),
    ],
    ids=str,
)  # fmt: skip
def test_a_nested_value_is_told_by_the_places_that_differ(
    old: Any, new: Any, changes: list[FieldChange]
) -> None:
    assert list(field_changes({"T": old}, {"T": new})) == changes


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ({"Note": None}, ("Note",)),
        ({"$member_info": {"Seat": None}}, ("Seat",)),
        ({"Note": 1, "$member_info": {"Seat": 2, "id": "9"}}, ("Note", "Seat")),
        ({"$member_info": "Seat"}, ()),
        ({"$member_info": ["Seat"]}, ()),
        ({"id": "1"}, ()),
    ],
)
def test_a_row_carries_what_it_names_though_it_be_empty(row: dict[str, Any], names: tuple[str, ...]) -> None:
    assert carries(row, ["Note", "Seat", "Fee"]) == set(names)


INFO = {"id": "9", "Created_Time": "x", "Modified_Time": "x", "Member_Status": "Sent", "Seat": "", "$odd": 1}
TYPES: dict[str, FieldType] = {"Member_Status": "text", "Fee": "number"}


def test_all_that_is_not_named_is_carried_declared_or_not() -> None:
    row = {"id": "1", "$member_info": INFO | {"Guest": {"id": "5", "name": "Bo"}, "Fee": "12.50"}}
    assert carried_fields(row, TYPES, {"Member_Status"}) == {
        "Fee": Decimal("12.5"),
        "Seat": None,
        "Guest": {"id": "5", "name": "Bo"},
    }
    assert carried_fields(row, TYPES, {"Member_Status", "Fee", "Seat", "Guest"}) == {}
    assert carried_fields({"id": "1"}, TYPES, ()) == {"Member_Status": None, "Fee": None}


def test_what_zoho_keeps_of_each_member_is_no_undeclared_field() -> None:
    assert undeclared({"$member_info": INFO}, TYPES) == ["Seat"]
    assert undeclared({"$member_info": {**INFO, "Owner": {}, "Modified_By": {}}}, [*TYPES, "Seat"]) == []
    assert undeclared({"Seat": "A"}, TYPES) == undeclared({"$member_info": "Seat"}, TYPES) == []


def test_a_field_that_nobody_declares_is_seen_in_a_row_that_shows_little_besides() -> None:
    assert undeclared({"$member_info": {"id": "7", "Seat": "A 1"}}, TYPES) == ["Seat"]


def test_numbers_of_two_types_that_are_equal_are_no_change_of_what_holds_them() -> None:
    assert [*field_changes({"a": {"x": 1, "y": 2}}, {"a": {"x": Decimal("1.0"), "y": 3}})] == [
        FieldChange("a['y']", 2, 3)
    ]


def test_a_list_that_becomes_a_text_is_one_change() -> None:
    assert [*field_changes({"a": ["x"]}, {"a": "x"})] == [FieldChange("a", ["x"], "x")]


def test_what_is_carried_is_the_rows_own_where_it_has_it_twice() -> None:
    row = {"Seat": "A", "$member_info": {"Seat": "B", "Hall": "C"}}
    assert carried_fields(row, {"Seat": "text"}, ()) == {"Seat": "A", "Hall": "C"}


@pytest.mark.parametrize("value", [0, False, "x", ["x"]])
def test_nothing_is_the_same_as_no_value_but_another_empty_one(value: Any) -> None:
    assert not same(value, None)
    assert not same("", value)
    assert same("", None)


def test_no_value_is_the_same_as_another_empty_one_in_whatever_order() -> None:
    assert (same(None, ""), same("", None), same([], None)) == (True, True, True)
    assert (same(None, []), same("", "x"), same("x", "")) == (True, False, False)
