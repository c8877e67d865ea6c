"""A run in a line of `zsync runs`."""

from dataclasses import replace

import pytest

from tests.render import plans
from zsync.model import Approval, Outcome, Plan, Run
from zsync.render.runs import run_line


def run(plan: Plan, *statuses: str, approval: Approval = Approval()) -> Run:  # noqa: B008  immutable
    """A run whose first changes came out so."""
    outcomes = {index: Outcome(status) for index, status in enumerate(statuses)}  # type: ignore[arg-type]
    return Run(
        "20270301T090000Z-b81c44d0",
        "2027-03-01T09:00:00Z",
        plan,
        outcomes,
        frozenset(),
        frozenset(outcomes),
        ended=True,
        stopped=None,
        approval=approval,
    )


def test_it_tells_when_where_what_of_which_parents_who_and_what_became_of_it() -> None:
    approval = Approval("ana", ("bo", "cy"))
    line = run_line(run(plans.mixed(), *["applied"] * 8, "refused", approval=approval), "b81c44d0")
    assert line == (
        "20270301T090000Z-b81c44d0  2027-03-01 09:00 UTC  demo  +2 ~6 -1  Spring Launch 2027, Retail, EUR  "
        "by ana, approved by bo, cy: 8 applied, 1 refused"
    )


def test_every_status_is_counted_in_the_order_of_how_well_it_went() -> None:
    made = plans.plan(*(plans.change(f"l{n}", None, {}, number=n) for n in range(7)))
    statuses = ("unsent", "unknown", "held", "held", "refused", "unchanged", "applied")
    line = run_line(run(made, *statuses), "last")
    assert "  1 applied, 1 unchanged, 1 refused, 2 held, 1 unknown, 1 unsent" in line


def test_what_is_left_is_told_with_how_to_go_on() -> None:
    line = run_line(run(plans.mixed(), "applied", "unknown"), "--journal x.jsonl")
    assert line.endswith("  1 applied, 1 unknown  → zsync resume --journal x.jsonl")
    assert "nothing known  → zsync resume" in run_line(run(plans.mixed()), "last")


@pytest.mark.parametrize(("parents", "told"), [(1, "C0"), (2, "C0, C1"), (3, "C0, C1 and 1 more")])
def test_many_parents_are_counted(parents: int, told: str) -> None:
    lists = [("Campaigns", str(number), "Leads", f"C{number}") for number in range(parents)]
    made = plans.plan(*(plans.change("a@acme.example", None, {}, to=to) for to in lists))
    assert f"  {told}  " in run_line(run(made, *["applied"] * parents), "last")


def test_a_run_whose_records_have_no_names_is_told_by_their_ids() -> None:
    made = plans.plan(replace(plans.change("a@acme.example", None, {}), record_label=""))
    assert f"  {plans.SPRING[1]}  " in run_line(run(made, "applied"), "last")
