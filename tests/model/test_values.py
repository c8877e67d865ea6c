"""Small values: numbers with their bounds, keys, places, outcomes that are counted, verdicts that stand."""

from decimal import Decimal

import pytest

from tests.render.plans import mixed
from zsync.bounds import MAGNITUDE, NUMBER
from zsync.kinds import KINDS
from zsync.model import ManagedList, Outcome, Parent, Report, Row, Run, Span, Status, Stop, number
from zsync.model.grounds import NoPrice
from zsync.model.values import Key
from zsync.model.verdicts import Override, Verdict, refusing

DIGITS, LENGTH = MAGNITUDE.most, NUMBER.most


@pytest.mark.parametrize(
    "text",
    [
        "9" * DIGITS,
        "0." + "0" * (DIGITS - 1) + "1",
        f"1e{DIGITS}",
        f"1e-{DIGITS}",
        "0" * (LENGTH - 1) + "7",
    ],
)
def test_a_number_at_a_bound_is_one(text: str) -> None:
    assert number(text) == Decimal(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("9" * (DIGITS + 1), f"a number beyond {DIGITS} digits"),
        (f"1e{DIGITS + 1}", f"a number beyond {DIGITS} digits"),
        (f"1e-{DIGITS + 1}", f"a number beyond {DIGITS} digits"),
        ("0" * LENGTH + "7", f"a number of {LENGTH + 1} characters"),
        ("NaN", "NaN is not a number that a CRM holds"),
        ("-inf", "-Infinity is not a number that a CRM holds"),
    ],
)
def test_a_number_beyond_a_bound_is_told(text: str, told: str) -> None:
    with pytest.raises(ArithmeticError) as caught:
        number(text)
    assert str(caught.value) == told


def test_a_key_is_known_by_its_values_and_an_id_has_no_field() -> None:
    two, bare = Key(("Last_Name", "First_Name"), ("Ruiz", "Ana")), Key((), ("301",))
    assert (two.label, two.by_field) == ("Ruiz, Ana", {"Last_Name": "Ruiz", "First_Name": "Ana"})
    assert (bare.label, bare.by_field) == ("301", {})


@pytest.mark.parametrize(("file", "name"), [(None, "spring.yaml"), ("spring/leads.csv", "spring/leads.csv")])
def test_a_row_stands_in_its_own_file_or_in_that_of_its_list(file: str | None, name: str) -> None:
    row = Row(("301",), by_id=True, fields={}, line=7, column=9, file=file)
    place = Span("spring.yaml", 2, 1)
    managed = ManagedList(Parent("Campaigns", place, id="501"), "Leads", KINDS[0], place, records=(row,))
    assert managed.place(row) == Span(name, 7, 9)


def report(*statuses: Status, stopped: Stop | None = None) -> Report:
    """What became of a plan."""
    return Report(mixed(), tuple(map(Outcome, statuses)), 1, 1, 0.1, stopped)


def test_outcomes_are_counted_by_their_statuses() -> None:
    one = report("applied", "unchanged", "refused", "applied")
    assert (one.count("applied"), one.count("refused", "unchanged"), one.count("held")) == (2, 2, 0)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["applied", "unchanged"], 0),
        (["applied", "unsent"], 0),
        (["applied", "refused"], 3),
        (["held", "applied"], 3),
        (["unknown"], 3),
        ([], 0),
    ],
)
def test_the_rows_decide_the_exit_code_unless_the_run_was_stopped(statuses: list[Status], code: int) -> None:
    assert report(*statuses).exit_code == code
    assert report(*statuses, stopped=Stop("interrupted", 130)).exit_code == 130


@pytest.mark.parametrize(
    ("known", "complete"),
    [
        (["applied", "held", "refused", "unchanged"], True),
        (["applied", "held", "refused"], False),
        (["applied", "held", "refused", "unknown"], False),
        (["applied", "held", "refused", "unsent"], False),
    ],
)
def test_a_run_is_complete_when_every_change_has_an_outcome_that_stands(
    known: list[Status], complete: bool
) -> None:
    made = mixed()
    rest: list[Status] = ["applied"] * (len(made.changes) - 4)
    outcomes = {index: Outcome(status) for index, status in enumerate([*known, *rest][: len(made.changes)])}
    if len(known) < 4:
        outcomes.pop(0)
    run = Run("run", "", made, outcomes, frozenset(), frozenset(), ended=True, stopped=None)
    assert len(made.changes) >= 4
    assert run.complete is complete


def test_a_verdict_stands_unless_its_guard_was_set_aside() -> None:
    first, second = (Verdict(name, NoPrice("list_price", "x")) for name in ("list_price", "max_deletes"))
    assert refusing((first, second), ()) == (first, second)
    assert refusing((first, second), (Override("list_price", "agreed"),)) == (second,)
