"""How far numbers move, and which stand out: laws, and the slips that people make."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zsync.model.moves import Move, by_size, move, outliers, per_cent, usual

numbers = st.one_of(st.integers(-(10**6), 10**6), st.decimals(-(10**6), 10**6, places=2, allow_nan=False))


def steps(*pairs: tuple[Any, Any]) -> list[Move]:
    """The moves of these pairs of numbers; texts are exact decimals."""
    found = [move(*(Decimal(side) if isinstance(side, str) else side for side in pair)) for pair in pairs]
    assert None not in found
    return [each for each in found if each is not None]


RAISED = [(100 + n, Decimal(105 + n) + Decimal(n) / 100) for n in range(39)]
"""Thirty-nine honest raises of about a twentieth."""


@pytest.mark.parametrize(
    ("old", "new"),
    [(None, 1), (1, None), ("1", 2), (True, 2), (1, False), (1, 1), (Decimal("1.0"), 1), ([], 1)],
)
def test_what_is_missing_equal_or_no_number_does_not_move(old: Any, new: Any) -> None:
    assert move(old, new) is None


@given(numbers, numbers)
def test_a_per_cent_says_how_far_to_more_digits_than_a_number_has(old: Any, new: Any) -> None:
    assume(old != new)
    step = move(old, new)
    assert step is not None
    if old:
        assert step.percent is not None
        back = step.old + step.percent / 100 * abs(step.old)
        assert abs(back - step.new) <= Decimal("1e-20") * max(abs(step.new), Decimal(1))
    else:
        assert step.percent is None


@given(numbers, numbers)
def test_a_move_is_as_wide_there_as_back(old: Any, new: Any) -> None:
    assume(old != new)
    there, back = move(old, new), move(new, old)
    assert there is not None
    assert back is not None
    assert there.size == back.size
    assert there.size is None or there.size > 1


@pytest.mark.parametrize(
    ("percent", "told"),
    [
        ("-88.7626", "−89%"),
        ("5.6451", "+5.6%"),
        ("5", "+5.0%"),
        ("9.96", "+10%"),
        ("10.4", "+10%"),
        ("0.04", "+0.1%"),
        ("-0.0001", "−0.1%"),
        ("-99", "−99%"),
        ("-99.1", "−99.1%"),
        ("-99.6", "−99.6%"),
        ("-99.99", "−99.9%"),
        ("-100", "−100%"),
        ("99.97", "+99.9%"),
        ("100.4", "+100%"),
        ("790", "+790%"),
        ("123456", "+123,456%"),
        ("0", "0.0%"),
    ],
)
def test_a_per_cent_is_told_with_its_sign_and_never_as_nothing_or_all(percent: str, told: str) -> None:
    assert per_cent(Decimal(percent)) == told


@given(st.decimals(min_value=-100, max_value=10_000, allow_nan=False))
def test_what_is_told_of_a_per_cent_is_near_it(percent: Decimal) -> None:
    assume(percent)
    told = Decimal(per_cent(percent).translate(str.maketrans("−", "-", "+%,")))
    assert abs(told - percent) <= Decimal("0.5")
    assert (told > 0) is (percent > 0)
    assert (told == -100) is (percent == -100)


def test_a_slip_of_the_decimal_point_stands_out_among_honest_raises() -> None:
    assert outliers(steps(*RAISED, ("88.9", "9.99"))) == (39,)
    assert outliers(steps(("88.9", "9.99"), *RAISED)) == (0,)


@pytest.mark.parametrize(
    ("old", "new", "stands_out"),
    [
        ("10", "0", True),
        ("10", "-10", True),
        ("-10", "0.1", True),
        ("10", "100", True),
        ("100", "10", True),
        ("88.9", "9.99", True),
        ("10", "79", True),
        ("10", "70", False),
        ("0", "10", False),
        ("0", "-10", False),
        ("10", "10.01", False),
    ],
)
def test_alone_a_move_stands_out_that_crosses_zero_or_a_factor_of_ten(
    old: str, new: str, stands_out: bool
) -> None:
    assert outliers(steps((old, new))) == ((0,) if stands_out else ())


def test_moves_that_are_spread_widely_have_no_outlier_among_them() -> None:
    assert outliers(steps(*[("100", str(70 + 4 * n)) for n in range(20) if n != 7])) == ()


def test_of_moves_that_are_all_alike_the_one_that_is_not_stands_out() -> None:
    assert outliers(steps(*[(100, 110)] * 30, (100, 60), *[(200, 220)] * 9)) == (30,)
    assert outliers(steps(*[(100, 110)] * 30, (100, 115))) == ()
    assert outliers(steps(*[(200, 220)] * 30, (200, 275))) == ()
    assert outliers(steps(*[(200, 220)] * 30, (200, 276))) == (30,)


def test_what_moves_from_zero_is_compared_with_nothing() -> None:
    assert outliers(steps(*RAISED, (0, 10))) == ()


def test_those_that_move_furthest_come_first() -> None:
    made = steps(*RAISED, (100, 1_000), (100, 0), (100, 5))
    assert outliers(made) == (40, 41, 39)


def test_what_crosses_zero_moves_further_than_by_any_factor_and_the_more_the_further() -> None:
    made = steps((100, 1_000), ("0.5", 0), (5, -5), (7, 0), (2, 0))
    assert by_size(made) == [2, 3, 4, 1, 0]


@given(st.lists(st.tuples(numbers, numbers), max_size=12), st.randoms())
def test_what_stands_out_does_not_depend_on_the_order(pairs: list[tuple[Any, Any]], random: Any) -> None:
    made = [step for pair in pairs if (step := move(*pair))]
    mixed = random.sample(made, len(made))
    assert sorted(made[at] for at in outliers(made)) == sorted(mixed[at] for at in outliers(mixed))


@given(st.lists(st.tuples(numbers, numbers), max_size=12), st.integers(1, 9))
def test_what_stands_out_does_not_depend_on_the_currency(pairs: list[tuple[Any, Any]], times: int) -> None:
    made = [step for pair in pairs if (step := move(*pair))]
    dearer = [Move(step.old * times, step.new * times) for step in made]
    assert set(outliers(made)) == set(outliers(dearer))


@given(st.lists(st.one_of(st.none(), st.tuples(numbers, numbers).map(lambda pair: move(*pair))), max_size=9))
def test_sorting_by_size_keeps_all_and_puts_what_is_no_move_last(made: list[Move | None]) -> None:
    order = by_size(made)
    assert sorted(order) == list(range(len(made)))
    known = [made[at] is not None for at in order]
    assert known == sorted(known, reverse=True)


def test_the_usual_move_is_the_median_of_three_or_more() -> None:
    assert usual(steps((100, 105), (100, 106), (100, 300))) == 6
    assert usual(steps((100, 105), (100, 106))) is None
    assert usual(steps((100, 0), (100, -1), (0, 5))) is None
