"""Rows that earlier runs left open: each is compared with the base that it had, whatever the newest base says."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.planning.test_deciding import NOBODY, read
from tests.planning.test_three_way import ROW, saying, told
from tests.render.plans import change
from zsync.bounds import OPEN_ROWS
from zsync.model import Fields, ManagedList, OpenRow
from zsync.planning.deciding import Decided, decide
from zsync.planning.gathering import Wanted
from zsync.planning.opened import Opened, still_open
from zsync.planning.origin import Base, base_of
from zsync.planning.scopes import scopes_of

OLD, NEW = "1" * 40, "2" * 40
OPEN = OpenRow("Campaigns", "501", "Leads", "301", OLD)
TURNED = OpenRow("Leads", "301", "Campaigns", "501", OLD)


def planned(
    older: ManagedList,
    newer: ManagedList,
    crm: str,
    branch: ManagedList,
    only: tuple[str, ...] = (),
    *,
    row: OpenRow = OPEN,
    held: Mapping[tuple[str, str], str] | None = None,
) -> Decided:
    """What a plan does where an earlier run left the row open that had the older base, and the newest base is another."""
    opened = Opened((row,), {OLD: (older,)})
    known = base_of((newer,), NOBODY, commit=NEW)
    known = replace(known, kept=opened.bases(opened.concerned(), NOBODY))
    scopes, _ = scopes_of((branch,), NOBODY)
    scopes = known.with_removed(scopes)
    of = Wanted(scopes, tuple(scopes.values()), known)
    held = held if held is not None else {} if crm == "none" else {ROW: crm}
    return decide(of, read(of, held), only)


def said(status: str, *, turned: bool = False) -> ManagedList:
    """What a commit says of the row, in a list that is not pruned."""
    return saying(status, prune=False, turned=turned)


# What the older base, the newer base and the branch say, and what the CRM holds; what a merge does, which asks for changes alone.
@pytest.mark.parametrize(
    ("older", "newer", "crm", "branch", "expected"),
    [
        ("Sent", "Responded", "Sent", "Responded", "update/change"),  # refused, and wanted as before
        ("Sent", "Responded", "Bounced", "Responded", "update/conflict"),  # clicked since
        ("Sent", "Responded", "Responded", "Responded", "."),  # done by hand
        ("Sent", "Responded", "Bounced", "Sent", "."),  # taken back: the CRM alone has moved
        ("Sent", "Responded", "Sent", "Planned", "update/change"),  # wanted otherwise by now
        ("Sent", "-", "Sent", "-", "delete/change"),  # the delete was refused
        ("Sent", "-", "Bounced", "-", "delete/conflict"),
        ("Sent", "-", "none", "-", "."),
        ("-", "Sent", "none", "Sent", "create/change"),  # the create was refused
        ("-", "Sent", "Bounced", "Sent", "update/conflict"),
        ("-", "Sent", "Bounced", "-", "."),  # never ours: somebody else's row stays
        ("-", "Sent", "none", "-", "."),
    ],
)
@pytest.mark.parametrize("row", [OPEN, TURNED], ids=["as written", "from the other side"])
def test_a_row_that_a_run_left_open_keeps_the_base_that_it_had(
    older: str, newer: str, crm: str, branch: str, expected: str, row: OpenRow
) -> None:
    assert told(planned(said(older), said(newer), crm, said(branch), ("change",), row=row)) == expected


def test_all_other_rows_are_compared_with_the_newest_base() -> None:
    elsewhere = OPEN._replace(related_record_id="399")
    done = planned(said("Sent"), said("Responded"), "Bounced", said("Responded"), row=elsewhere)
    assert told(done) == "update/drift"


def test_a_row_whose_base_is_none_is_this_branchs_change() -> None:
    opened = Opened((OPEN._replace(base=""),))
    known = replace(base_of((said("Sent"),), NOBODY), kept=opened.bases({}, NOBODY))
    scopes, _ = scopes_of((said("Sent"),), NOBODY)
    of = Wanted(scopes, tuple(scopes.values()), known)
    assert told(decide(of, read(of, {ROW: "Bounced"}), ("change",))) == "update/change"


def test_it_makes_no_difference_from_which_side_the_older_base_wrote_the_row() -> None:
    done = planned(said("Sent", turned=True), said("-"), "Sent", said("-"), ("change",))
    assert told(done) == "delete/change"


def test_a_plan_names_its_open_rows_with_their_bases() -> None:
    done = planned(said("Sent"), said("Responded"), "Sent", said("Responded"))
    assert done.ahead == ((OPEN,), (), 0)


def test_a_row_that_the_crm_alone_moved_is_not_open_any_more() -> None:
    assert planned(said("Sent"), said("Responded"), "Bounced", said("Sent")).ahead.open == ()


@pytest.mark.parametrize("only", ["drift", "delete", "*/Leads/309"])
def test_what_a_selector_leaves_out_of_this_branchs_changes_stays_open(only: str) -> None:
    here = planned(said("Sent"), said("Sent"), "Sent", said("Responded"), (only,))
    assert told(here) == "."
    assert here.ahead.left == (OPEN,)
    another = OPEN._replace(related_record_id="399")
    usual = planned(said("Sent"), said("Sent"), "Sent", said("Responded"), (only,), row=another)
    assert usual.ahead.left == (OPEN._replace(base=NEW),)


def test_drift_that_a_selector_leaves_out_needs_no_base() -> None:
    row = OPEN._replace(related_record_id="399")
    assert planned(said("Sent"), said("Sent"), "Bounced", said("Sent"), ("change",), row=row).ahead == (
        (),
        (),
        1,
    )


def test_a_conflict_that_is_withheld_is_told_and_not_left_out() -> None:
    done = planned(said("Sent"), said("Responded"), "Bounced", said("Responded"), ("change",))
    assert ([each.reason for each in done.withheld], done.ahead) == (["conflict"], ((OPEN,), (), 0))


def test_a_row_of_which_only_the_drift_is_put_right_stays_open() -> None:
    both = change(
        "ana@acme.example",
        {"Member_Status": "Sent", "Seat": "1A"},
        {"Member_Status": "Responded", "Seat": "2B"},
    )
    both = replace(both, origins={"Seat": "drift"})
    right = replace(both, after={"Member_Status": "Sent", "Seat": "2B"}, origin="drift", origins={})
    wrong = replace(both, after={"Member_Status": "Responded", "Seat": "1A"}, origins={})
    base = Base({}, NEW)
    assert still_open([both], [right], base) == ((), (both.against(NEW),), 0)
    assert still_open([both], [wrong], base) == ((), (), 0)


def test_of_rows_that_are_left_out_no_more_are_told_than_tell_that_they_are_too_many() -> None:
    many = [
        change(str(number), None, {"Member_Status": "Sent"}, number=number)
        for number in range(OPEN_ROWS.most + 5)
    ]
    assert len(still_open(many, (), None)[1]) == OPEN_ROWS.most + 1


def test_what_is_left_out_is_told_apart_by_whose_move_it_was() -> None:
    sent: Fields = {"Member_Status": "Sent"}
    moved = [change(str(n), {}, sent, number=n, origin="drift") for n in range(2)]
    mine = change("mine", {}, sent, number=9)
    assert still_open([*moved, mine], (), None) == ((), (mine.against(""),), 2)
