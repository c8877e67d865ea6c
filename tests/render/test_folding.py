"""Changes of a long list that are alike, in lines that count them; what stands out stays."""

from decimal import Decimal

import pytest

from tests.render.plans import change
from zsync.model import Change
from zsync.model.values import number as exact
from zsync.render.folding import SHOWN, WHOLE, Fold, fold, spread
from zsync.render.groups import by_parent


def status(number: int, to: str, origin: str = "change") -> Change:
    """A member whose status changes."""
    return change(
        f"n{number}", {"Member_Status": "Sent"}, {"Member_Status": to}, number=number, origin=origin
    )


def price(number: int, old: int | None, new: int | Decimal) -> Change:
    """A product whose price changes."""
    return change(f"n{number}", {"list_price": old}, {"list_price": new}, number=number)


def gone(number: int) -> list[Change]:
    """So many relations that are deleted."""
    return [change(f"gone {each}", {}, None, number=500 + each) for each in range(number)]


def folded(changes: list[Change]) -> tuple[list[int], list[Fold]]:
    """All of a list's changes."""
    return fold(changes, range(len(changes)))


def test_a_list_is_whole_up_to_so_many_changes() -> None:
    alike = [status(number, "Opened") for number in range(WHOLE + 1)]
    assert folded(alike[:WHOLE]) == (list(range(WHOLE)), [])
    assert folded(alike) == (
        [0],
        [Fold("update", "change", WHOLE, "Member_Status: Sent → Opened")],
    )


@pytest.mark.parametrize(("ways", "lines", "rest"), [(6, 6, None), (7, 7, None), (8, 6, 2), (9, 6, 3)])
def test_so_many_ways_have_a_line_each_and_the_rest_is_counted(
    ways: int, lines: int, rest: int | None
) -> None:
    shown, folds = folded([status(number, f"S{number % ways}") for number in range(10 * ways)])
    assert (shown, sum(one.number for one in folds)) == ([0, 1, 2], 10 * ways - SHOWN)
    told = [one for one in folds if one.told]
    assert len(told) == lines
    assert folds[0].number == 10  # the largest first
    assert [(one.told, one.ways) for one in folds[lines:]] == ([("", rest)] if rest else [])


@pytest.mark.parametrize(
    ("ways", "rows", "lines"),
    [(6, 14, 1), (6, 15, 6), (6, 18, 6), (20, 20, 1)],
    ids=["most differ", "half differ", "fewer differ", "all differ"],
)
def test_a_field_that_differs_in_most_rows_tells_only_that_it_changes(
    ways: int, rows: int, lines: int
) -> None:
    _, folds = folded([status(number, f"S{number % ways}") for number in range(rows)])
    assert len(folds) == lines
    assert (folds[0].told == "Member_Status changes") is (lines == 1)


@pytest.mark.parametrize("updates", [SHOWN, 8])
def test_what_would_save_no_line_is_not_folded_and_neither_is_what_goes(updates: int) -> None:
    # Of eight updates in five ways three are shown, and the other five would be five lines.
    changes = [*(status(number, f"S{number % 5}") for number in range(updates)), *gone(20)]
    assert folded(changes) == (list(range(updates + 20)), [])


def test_three_that_are_alike_stay_and_four_are_folded() -> None:
    three, four = ([status(number, "Opened") for number in range(count)] for count in (3, 4))
    assert folded([*three, *gone(20)])[1] == []
    assert folded([*four, *gone(20)])[1] == [Fold("update", "change", 3, "Member_Status: Sent → Opened")]


def test_what_moves_furthest_is_shown_and_of_the_rest_the_range() -> None:
    far = {3: Decimal(50), 7: Decimal(1000), 15: Decimal(140)}
    changes = [
        price(number, 100, exact(far.get(number, Decimal(104) + Decimal(number) / 10)))
        for number in range(20)
    ]
    assert folded(changes) == (
        [3, 7, 15],
        [Fold("update", "change", 17, "list_price +4.0% to +5.9%")],
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([price(number, None, number) for number in range(1, 21)], "list_price changes"),
        ([price(number, 0, number) for number in range(1, 21)], "list_price changes"),
        (
            [change(f"n{number}", None, {"list_price": 10 * number}, number=number) for number in range(20)],
            "list_price: 30 to 190",
        ),
        (
            [change(f"n{number}", None, {"Seat": f"A{number}"}, number=number) for number in range(20)],
            "Seat varies",
        ),
        (
            [
                change(f"n{number}", None, {"Seat": f"A{number}" if number == 9 else number}, number=number)
                for number in range(20)
            ],
            "Seat varies",
        ),
        (
            [
                change(
                    f"n{number}",
                    {"Member_Status": "Sent"},
                    {"Member_Status": "Opened"},
                    number=number,
                    carried={"Seat": f"A{number}"},
                )
                for number in range(20)
            ],
            "Member_Status: Sent → Opened, Seat carried",
        ),
        ([change(f"n{number}", None, {}, number=number) for number in range(20)], ""),
    ],
    ids=["from nothing", "from zero", "new numbers", "new texts", "mixed", "carried", "bare"],
)
def test_what_rows_have_in_common_is_told(changes: list[Change], told: str) -> None:
    _, (one,) = folded(changes)
    assert (one.told, one.ways) == (told, 0)


def test_what_the_branch_changes_comes_before_what_drifted() -> None:
    drift = [status(number, "Opened", "drift") for number in range(10)]
    shown, folds = folded([*drift, *(status(number, "Opened") for number in range(10, 20))])
    assert (shown, [(one.origin, one.number) for one in folds]) == ([0, 10], [("change", 9), ("drift", 9)])


def test_how_far_a_field_moves_is_told_of_the_rows_that_move_it() -> None:
    rows = [
        change("a", {"A": 100, "B": 0, "C": "x"}, {"A": 110, "B": 5, "C": 1}, number=1),
        change("b", {"A": 100, "B": 2, "C": "x"}, {"A": 100, "B": 4, "C": "x"}, number=2),
    ]
    assert spread(rows) == {"A": "+10%"}
    assert spread([*rows, price(3, 100, 90), price(4, 100, 120)])["list_price"] == "−10% to +20%"


def test_a_list_that_loses_relations_comes_first_and_within_it_those() -> None:
    rows = [
        change("a", None, {}, to=("Campaigns", "1", "Contacts", "Spring"), number=1),
        change("b", None, {}, to=("Campaigns", "1", "Leads", "Spring"), number=2),
        change("c", {}, None, to=("Campaigns", "1", "Leads", "Spring"), number=3),
    ]
    (parent,) = by_parent(rows)
    assert [(group.related_list, group.changes) for group in parent.lists] == [
        ("Leads", (2, 1)),
        ("Contacts", (0,)),
    ]
