"""Which rows a run left open, as its report tells: what this branch changes and the run did not bring to an end."""

from dataclasses import replace

import pytest

from tests.render.plans import BINDING, change, plan
from zsync.bounds import OPEN_BASES, OPEN_ROWS
from zsync.model import BaseCommit, OpenRow, Outcome, Plan, Report, Status, Withheld

BASE, OLDER = BINDING.base.commit, "1" * 40
ANA = change("ana@acme.example", {"Member_Status": "Invited"}, {"Member_Status": "Sent"}, number=1)
BO = change("bo@acme.example", None, {"Member_Status": "Planned"}, number=2)


def report(made: Plan, *statuses: Status) -> Report:
    """What became of the plan."""
    return Report(made, tuple(Outcome(status) for status in statuses), 1, 1, 1.0)


@pytest.mark.parametrize("status", ["refused", "held", "unknown", "unsent"])
def test_a_row_that_was_not_done_keeps_the_base_that_it_had(status: Status) -> None:
    assert report(plan(ANA, BO), status, "applied").open == (ANA.against(BASE),)
    older = replace(plan(ANA, BO), open=(ANA.against(OLDER),))
    assert report(older, status, status).open == (ANA.against(OLDER), BO.against(BASE))


@pytest.mark.parametrize("status", ["applied", "unchanged"])
def test_a_row_that_was_done_is_closed(status: Status) -> None:
    assert report(replace(plan(ANA), open=(ANA.against(OLDER),)), status).open == ()


def test_a_row_that_was_withheld_or_left_out_stays_open() -> None:
    withheld = replace(plan(), withheld=(Withheld("conflict", replace(ANA, origin="conflict")),))
    assert report(withheld).open == (ANA.against(BASE),)
    assert report(replace(plan(), left=(BO.against(OLDER),))).open == (BO.against(OLDER),)


def test_a_row_that_was_done_in_part_stays_open() -> None:
    assert report(replace(plan(ANA), left=(ANA.against(BASE),)), "applied").open == (ANA.against(BASE),)


def test_what_the_crm_alone_moved_needs_no_base() -> None:
    assert report(plan(replace(ANA, origin="drift")), "refused").open == ()
    both = replace(ANA, origin="drift", origins={"Seat": "change"})
    assert len(report(plan(both), "refused").open) == 1


@pytest.mark.parametrize("without", ["asked", "no-git", "no-commit", "unreadable"])
def test_a_row_that_was_compared_with_none_goes_on_having_none(without: str) -> None:
    base = BaseCommit(BASE, without=without)  # type: ignore[arg-type]
    assert report(plan(ANA, binding=replace(BINDING, base=base)), "held").open == (ANA.against(""),)


def test_an_undo_leaves_no_row_open() -> None:
    base = BaseCommit(BASE, without="undo")
    assert report(plan(ANA, binding=replace(BINDING, base=base)), "held").open == ()


def test_a_relation_is_the_same_from_whichever_side() -> None:
    row = OpenRow("Campaigns", "501", "Leads", "301", BASE)
    assert row.ends == OpenRow("Leads", "301", "Campaigns", "501", OLDER).ends


def test_more_rows_or_bases_than_a_run_may_leave_open_are_told() -> None:
    rows = [ANA.against(BASE)._replace(related_record_id=str(n)) for n in range(OPEN_ROWS.most + 1)]
    assert report(replace(plan(), left=tuple(rows[:-1]))).too_many_open == ""
    assert report(replace(plan(), left=tuple(rows))).too_many_open == "10,001 open rows"
    bases = [row._replace(base=f"{n:040}") for n, row in enumerate(rows[: OPEN_BASES.most + 1])]
    assert report(replace(plan(), left=tuple(bases[:-1]))).too_many_open == ""
    assert report(replace(plan(), left=tuple(bases))).too_many_open == "open rows of 51 bases"
