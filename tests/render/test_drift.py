"""Drift in the CRM's direction: what it did to each row, where that is told, and how it is taken back."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.render import plans
from zsync.model import Change, Drift, Fields, ListState, Summary
from zsync.model.grounds import More
from zsync.model.verdicts import Override, Verdict
from zsync.render.attention import SHOWN
from zsync.render.drift import crm_side, keeping, place, restoring, told
from zsync.render.markdown_drift import render_drift as markdown
from zsync.render.text_drift import render_drift as text

LONG = "x" * 61


def moved(number: int, before: Fields | None, after: Fields | None, **more: Any) -> Change:
    """What would take a move of the CRM back."""
    return plans.change(f"l{number:03}@acme.example", before, after, number=number, origin="drift", **more)


def drift(*back: Change, unmanaged: tuple[Change, ...] = (), lists: tuple[ListState, ...] = ()) -> Drift:
    """The drift that these changes would take back."""
    return Drift(replace(plans.plan(*back), unmanaged=unmanaged, lists=lists))


def test_a_row_is_turned_around_with_all_that_it_carries() -> None:
    one = replace(moved(1, {"A": 1}, None, carried={"Seat": "B"}), new_values=("A",), origins={"A": "change"})
    (move,) = crm_side(drift(one)).changes
    assert (move.action, move.before, move.after) == ("create", None, {"A": 1, "Seat": "B"})
    assert (move.carried, move.new_values, move.origins, move.origin) == ({}, (), {}, "drift")


def test_what_stands_against_taking_it_back_is_no_move_of_the_crms() -> None:
    extra = (replace(moved(4, {}, None), source=None), replace(moved(5, {}, None), source=None))
    made = drift(moved(1, {}, None), moved(2, {"A": 1}, {"A": 2}), moved(3, None, {}), unmanaged=extra)
    refused = replace(made.plan, verdicts=(Verdict("g", More(1)),), overrides=(Override("g", "why"),))
    side = crm_side(Drift(refused))
    assert side.summary == Summary(create=3, update=1, delete=1, unchanged=7)
    assert (side.verdicts, side.overrides, side.unmanaged, len(side.changes)) == ((), (), (), 5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (moved(1, {"A": "b"}, {"A": "a"}), "A: a → b"),
        (moved(1, None, {"A": "a", "B": 1}), "was A: a, B: 1"),
        (moved(1, None, {}), ""),
        (moved(1, {"A": LONG}, None), f"A: {'x' * 59}…"),
    ],
)
def test_what_became_of_a_row_is_told_by_its_fields(change: Change, said: str) -> None:
    (move,) = crm_side(drift(change)).changes
    assert told(move) == said
    assert told(move, None) == said.replace("x" * 59 + "…", LONG)
    assert len(told(move, 9)) <= max(len("was A: a, B: 1"), len("A: ") + 9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (moved(1, {"A": 1}, {"A": 2}), "campaigns/spring.yaml:11:9"),
        (replace(moved(1, {"A": 1}, {"A": 2}), source=None), ""),
        (moved(1, {}, None), "in no manifest, pruned at campaigns/spring.yaml:11:9"),
        (replace(moved(1, {}, None), source=None), "in no manifest"),
    ],
)
def test_a_move_is_told_at_the_line_that_says_otherwise(change: Change, said: str) -> None:
    (move,) = crm_side(drift(change)).changes
    assert place(move) == said


def test_the_way_back_says_how_many_rows_it_writes_and_what_stays() -> None:
    extra = (replace(moved(4, {}, None), source=None),)
    assert restoring(drift(unmanaged=extra)) == ("", "")
    assert restoring(drift(moved(1, {"A": 1}, {"A": 2})))[1] == "1 row"
    assert restoring(drift(moved(1, None, {}), unmanaged=extra), "zsync apply d.json") == (
        "zsync apply d.json",
        "1 row; the added ones stay",
    )
    assert "zsync apply d.json" in text(drift(moved(1, None, {})), saved="zsync apply d.json")


@pytest.mark.parametrize(
    ("only", "environment", "command"),
    [
        ((), "", "zsync accept"),
        (("drift",), "eu prod", "zsync accept -e 'eu prod'"),
        (("drift", "Campaigns/*", "Leads/7/*"), "", "zsync accept 'Campaigns/*' 'Leads/7/*'"),
    ],
)
def test_keeping_is_a_whole_command_of_what_was_looked_at(
    only: tuple[str, ...], environment: str, command: str
) -> None:
    extra = (replace(moved(4, {}, None), source=None),)
    plan = replace(drift(moved(1, {"A": 1}, {"A": 2}), unmanaged=extra).plan, only=only)
    plan = replace(plan, binding=replace(plan.binding, environment=environment))
    changed, added = ("Keep the CRM's values", command, "1 row"), f"{command} --unmanaged"
    assert keeping(Drift(plan)) == [changed, ("and the added rows", added, "1 row")]
    nothing = replace(plan, changes=(), summary=Summary(unchanged=7))
    assert keeping(Drift(nothing)) == [("Keep the added rows", added, "1 row")]


def test_alike_rows_are_folded_and_full_drift_has_each_with_its_id_and_whole() -> None:
    back = [moved(n, {"Note": LONG}, {"Note": "a"}) for n in range(40)]
    short, full = text(drift(*back)), text(drift(*back), full=True)
    assert "rows folded" in short
    assert LONG not in short
    assert "folded" not in full
    for one in back:
        assert full.count(f"{one.label} ({one.related_record_id})") == 1
    assert full.count(LONG) == 40


def test_a_row_to_look_at_is_told_once_whether_all_are_shown_or_the_first() -> None:
    back = [
        moved(n, {"list_price": Decimal(100)}, {"list_price": Decimal(10 + n % 2)}) for n in range(SHOWN + 3)
    ]
    whole = text(drift(*back), full=True)
    assert all(whole.count(one.label) == 1 for one in back)
    short = text(drift(*back))
    assert all(short.count(one.label) == 1 for one in back)


def test_a_narrow_terminal_breaks_no_line_of_a_row_that_fits() -> None:
    back = [moved(1, {"Note": "y" * 50}, {"Note": "a"}), moved(2, {"Note": "b"}, {"Note": "a"})]
    (wide,) = (line for line in text(drift(*back), width=300).splitlines() if "l002" in line)
    (narrow,) = (line for line in text(drift(*back), width=80).splitlines() if "l002" in line)
    assert wide == next(line for line in text(drift(*back)).splitlines() if "l002" in line)
    assert len(narrow) <= 80 < len(wide)


SLIP = moved(9, {"list_price": Decimal(100)}, {"list_price": Decimal(1)}, to=plans.RETAIL)


def test_a_table_says_how_long_its_list_is_and_how_many_rows_stand_above() -> None:
    others = [moved(n, {"list_price": 100 + n}, {"list_price": 100}, to=plans.RETAIL) for n in range(1, 4)]
    size = ListState(*plans.RETAIL[:3], "Products", 40, 40, 0)
    assert "› Products (40 rows, 1 above)" in markdown(drift(*others, SLIP, lists=(size,)))
    assert "› Products (1 above)" in markdown(drift(*others, SLIP))
    assert "› Products\n" in markdown(drift(*others))


def test_a_long_table_is_folded_below_how_far_its_fields_moved_and_cut_where_it_does_not_fit() -> None:
    back = [moved(n, {"A": 100 + n, "B": 50}, {"A": 100, "B": 40}) for n in range(1, 120)]
    gone = [moved(200 + n, None, {"A": 7}) for n in range(60)]
    summary = "<summary>119 changed, 60 removed, A +1.0% to +119%, B +25%</summary>"
    assert summary in markdown(drift(*back, *gone))
    made = markdown(drift(*back, *gone), limit=3_000)
    assert ("Shortened to fit" in made, "All of it is here" in made) == (True, False)
    assert "[All of it is here](https://ci.example/7)" in markdown(
        drift(*back, *gone), limit=3_000, link="https://ci.example/7"
    )
