from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.render import plans
from zsync.model import BaseCommit, Cost, ListState, OpenRow
from zsync.model.fields import same
from zsync.render.folding import fold
from zsync.render.words import (
    FieldText,
    compared,
    count,
    cut,
    duration,
    estimate,
    expense,
    fields,
    nothing_to_do,
    options,
    partial,
    sends,
    value,
)


def test_selectors_are_shown_as_they_are_typed() -> None:
    assert options(("drift", "Campaigns/Spring 2027/*")) == "--only drift --only 'Campaigns/Spring 2027/*'"


def test_nested_values_are_json_whatever_holds_them() -> None:
    assert value([MappingProxyType({"a": Decimal("1.5")})]) == '[{"a":1.5}]'
    assert value([date(2027, 3, 1)]) == '["2027-03-01"]'


@pytest.mark.parametrize(
    ("drifted", "said"),
    [(0, ""), (1, "1 row that the CRM alone moved is"), (2, "2 rows that the CRM alone moved are")],
)
def test_a_plan_of_this_branchs_changes_says_how_many_rows_it_leaves_alone(drifted: int, said: str) -> None:
    told = partial(replace(plans.mixed(), only=("change",), drifted=drifted))
    assert told.startswith(f"only change: {said} left alone" if said else "")
    assert ("shows it;" in told, "shows them;" in told) == (drifted == 1, drifted == 2)
    assert bool(told) is bool(said)


def test_relations_that_no_manifest_names_are_counted_where_nothing_is_to_do() -> None:
    place = plans.SPRING[:3]
    lists = (
        ListState(*place, "Leads", 302, 300, 2),
        ListState(*place, "Contacts", 40, 40, 0),
        ListState(*place, "Deals", None, 3, None),
    )
    said = "Nothing to do: the CRM equals the manifests. 7 relations checked"
    counted = nothing_to_do(replace(plans.plan(), lists=lists))
    assert counted == f"{said}, 2 unmanaged: 342 in the CRM, 340 in manifests."
    assert nothing_to_do(replace(plans.plan(), lists=lists[1:])) == f"{said}."


def test_a_whole_plan_is_not_partial() -> None:
    assert partial(plans.mixed()) == ""


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 reads"), (1, "1 read"), (2, "2 reads"), (15_000, "15,000 reads")]
)
def test_a_count_agrees_with_its_noun(number: int, text: str) -> None:
    assert count(number, "read") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (1.24, "1.2 s"),
        (9.949, "9.9 s"),
        (9.95, "10 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3599.7, "1 h 0 min"),
        (3780, "1 h 3 min"),
    ],
)
def test_a_duration_is_as_exact_as_people_want_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "under 1 s"), (1, "about 1 s"), (1.2, "about 1 s"), (9.6, "about 10 s"), (90, "about 1 min 30 s")],
)
def test_an_estimate_says_that_it_is_one(seconds: float, text: str) -> None:
    assert estimate(seconds) == text


def test_credits_are_a_range_only_where_they_are_unsure() -> None:
    assert expense(Cost(1, 1, (1, 1), 0.1)) == "1 request (more if Zoho refuses one) · 1 credit · under 1 s"
    assert (
        expense(Cost(1, 2, (3, 12), 1.2))
        == "2 requests (more if Zoho refuses one) · 3–12 credits · about 1 s"
    )
    assert expense(Cost(1, 0, (1, 1), 0.1)) == "0 requests · 1 credit · under 1 s"


@pytest.mark.parametrize(
    ("this", "text"),
    [
        ("Sent", "Sent"),
        ("", '""'),
        (" Sent", '" Sent"'),
        (None, "(empty)"),
        (True, "true"),
        (False, "false"),
        (49, "49"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        ({"b": Decimal("0.1"), "a": [None, "ü"]}, '{"b":0.1,"a":[null,"ü"]}'),
        (MappingProxyType({"a": (1,)}), '{"a":[1]}'),
    ],
)
def test_a_value_reads_as_in_a_manifest(this: Any, text: str) -> None:
    assert value(this) == text


@given(st.text(), st.integers(1, 80))
@example("ab", 1)
def test_a_cut_text_keeps_its_limit_and_says_that_it_is_cut(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@pytest.mark.parametrize(
    ("base", "open_", "told"),
    [
        (BaseCommit(), 0, ""),
        (BaseCommit(), 2, ""),
        (BaseCommit("4f1c2ab00"), 0, "compared with 4f1c2ab"),
        (BaseCommit("4f1c2ab00", name="main"), 0, "compared with main at 4f1c2ab"),
        (BaseCommit("4f1c2ab00"), 1, "compared with 4f1c2ab, and 1 row with a base of its own"),
        (BaseCommit("4f1c2ab00"), 2, "compared with 4f1c2ab, and 2 rows with bases of their own"),
        (BaseCommit("4f1c2ab00", rows="99999990"), 0, "compared with 9999999"),
        (BaseCommit("4f1c2ab00", without="undo"), 0, "guards of 4f1c2ab hold as well"),
        (BaseCommit(name="main", without="undo"), 0, ""),
        (
            BaseCommit("4f1c2ab00", name="main", without="unreadable"),
            0,
            "compared with no commit: the manifests of main at 4f1c2ab have errors",
        ),
        (BaseCommit(without="asked"), 0, "compared with no commit: as --no-base asks"),
    ],
)
def test_what_the_manifests_were_compared_with_is_told(base: BaseCommit, open_: int, told: str) -> None:
    binding = replace(plans.plan().binding, base=base)
    rows = tuple(OpenRow("Campaigns", "5", "Leads", str(at), "1" * 40) for at in range(open_))
    assert compared(replace(plans.plan(), binding=binding, open=rows)) == told


def test_fields_have_the_sides_that_their_action_has() -> None:
    assert fields(plans.change("a", None, {"S": "new"})) == [FieldText("S", None, "new")]
    assert fields(plans.change("a", {"S": "old"}, None)) == [FieldText("S", "old", None)]
    assert fields(plans.change("a", {"S": "old", "T": 1}, {"S": "new", "T": 1})) == [
        FieldText("S", "old", "new")
    ]


def test_a_part_of_a_field_has_the_origin_of_its_field() -> None:
    change = replace(plans.change("a", {"T": ["x", "y"]}, {"T": ["x", "z"]}), origins={"T": "drift"})
    assert [field.name for field in fields(change)] == ["T[1] (drift)"]


@pytest.mark.parametrize(("put", "told"), [("changed", "updates send changed fields only"), ("all", "")])
def test_what_updates_send_is_told_where_it_is_not_the_whole(put: Any, told: str) -> None:
    assert sends(replace(plans.BINDING, put=put)) == told


plain = st.one_of(st.text(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False), st.booleans())


@given(plain, plain, st.integers(30, 80))
def test_two_values_that_differ_read_differently(old: Any, new: Any, limit: int) -> None:
    shown = list(fields(plans.change("a", {"S": old}, {"S": new}), limit))
    assert bool(shown) is not same(old, new)
    for field in shown:
        assert field.old != field.new
        assert max(len(field.old or ""), len(field.new or "")) <= limit


@pytest.mark.parametrize(
    ("same", "sides"),
    [
        (38, (f"{'x' * 38}o…", f"{'x' * 38}n…")),
        (39, (f"…{'x' * 12}o!!", f"…{'x' * 12}n!!")),
        (40, (f"…{'x' * 12}o!!", f"…{'x' * 12}n!!")),
    ],
)
def test_values_are_cut_in_front_from_where_a_cut_at_the_end_would_hide_the_difference(
    same: int, sides: tuple[str, str]
) -> None:
    (shown,) = fields(plans.change("a", {"S": "x" * same + "o!!"}, {"S": "x" * same + "n!!"}), 40)
    assert (shown.old, shown.new) == sides


@given(st.text("xy", min_size=60, max_size=200), st.text("xy", max_size=200), st.text("xy", max_size=200))
def test_a_difference_beyond_the_cut_is_still_shown(start: str, old: str, new: str) -> None:
    shown = list(fields(plans.change("a", {"S": start + old}, {"S": start + new}), 40))
    assert len(shown) == (old != new)
    for field in shown:
        assert field.old != field.new


def test_two_values_that_fill_the_line_are_shown_whole() -> None:
    old, new = ("x" * 39 + last for last in "ab")
    assert fields(plans.change("a", {"S": old}, {"S": new}), 40) == [FieldText("S", old, new)]


def test_what_is_carried_stands_behind_what_changes_and_what_is_empty_is_left_out() -> None:
    held = {"Seat": "VIP-7", "Hall": None, "Row": ""}
    one = plans.change("ana", {"A": "x"}, {"A": "y"}, carried=held)
    assert fields(one) == [FieldText("A", "x", "y"), FieldText("Seat", None, "VIP-7 (carried)", carried=True)]
    gone = plans.change("ana", {"A": "x"}, None, carried=held)
    assert fields(gone) == [FieldText("A", "x", None), FieldText("Seat", "VIP-7", None)]


def test_a_fold_says_of_what_is_carried_that_it_is_carried() -> None:
    many = [
        plans.change(f"l{n}", {"A": "x"}, {"A": "y"}, number=n, carried={"Seat": f"S-{n}"}) for n in range(40)
    ]
    _, (folded,) = fold(many, range(40))
    assert folded.told == "A: x → y, Seat carried"
