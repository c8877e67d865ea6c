"""Base, CRM and branch, each of which may have moved a row: what a plan does about it, and what it leaves to a person."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.planning.test_deciding import read, wanted
from tests.worlds import managed
from zsync.errors import UsageError
from zsync.model import ManagedList
from zsync.planning.deciding import Decided, decide
from zsync.planning.join import join

ROW = ("501", "301")

# What the three say of one row: its status, `-` for not listed, `absent` for listed as such, `none` for not in the CRM.
# Then what a plan does, whose move that is, and the same where the list is pruned, in base and branch alike.
TABLE = """
    base    crm      branch     open              pruned
    Sent    Sent     Sent       .                 .
    Sent    Sent     Responded  update/change     update/change
    Sent    Sent     -          delete/change     delete/change
    Sent    Sent     absent     delete/change     delete/change
    Sent    Bounced  Sent       update/drift      update/drift
    Sent    Bounced  Responded  update/conflict   update/conflict
    Sent    Bounced  Bounced    .                 .
    Sent    Bounced  -          delete/conflict   delete/conflict
    Sent    Bounced  absent     delete/conflict   delete/conflict
    Sent    none     Sent       create/drift      create/drift
    Sent    none     Responded  create/conflict   create/conflict
    Sent    none     -          .                 .
    Sent    none     absent     .                 .
    -       none     Sent       create/change     create/change
    -       none     -          .                 .
    -       none     absent     .                 .
    -       Bounced  Sent       update/conflict   update/conflict
    -       Bounced  Bounced    .                 .
    -       Bounced  -          .                 delete/drift
    -       Bounced  absent     delete/change     delete/change
    absent  none     Sent       create/change     create/change
    absent  none     -          .                 .
    absent  none     absent     .                 .
    absent  Bounced  Sent       update/conflict   update/conflict
    absent  Bounced  Bounced    .                 .
    absent  Bounced  -          .                 delete/change
    absent  Bounced  absent     delete/drift      delete/drift
"""


def cells() -> Iterator[tuple[str, str, str, bool, str]]:
    """The cells of the table: what each of the three says, whether the list is pruned, and what is expected."""
    for line in TABLE.strip().splitlines()[1:]:
        base, crm, branch, opened, pruned = line.split()
        yield base, crm, branch, False, opened
        yield base, crm, branch, True, pruned


def saying(status: str, *, prune: bool, turned: bool = False) -> ManagedList:
    """A list with the row, and with another that keeps it from being empty; `turned` from the lead's side."""
    module, parent, related, other = (
        ("Leads", "301", "501", "502") if turned else ("Campaigns", "501", "301", "309")
    )
    rows: dict[str, str | None] = {other: None}
    if status != "-":
        rows[related] = None if status == "absent" else status
    return managed(module, parent, rows, prune=prune, line=1)


def decided(base: ManagedList, crm: str, branch: ManagedList, only: str = "") -> Decided:
    """What a plan does where the CRM holds nothing but the row."""
    of = wanted(branch, base=(base,))
    return decide(of, read(of, {} if crm == "none" else {ROW: crm}), tuple(only.split()))


def told(result: Decided) -> str:
    """A cell of the table; a conflict must be withheld, and all else must not."""
    kept = [f"{change.action}/{change.origin}" for change in result.changes]
    withheld = [f"{each.change.action}/{each.change.origin}" for each in result.withheld]
    assert not [cell for cell in kept if cell.endswith("conflict")]
    assert all(cell.endswith("conflict") for cell in withheld)
    (cell,) = [*kept, *withheld] or ["."]
    return cell


@pytest.mark.parametrize(("base", "crm", "branch", "prune", "expected"), [*cells()])
def test_a_plan_does_what_the_three_say_together(
    base: str, crm: str, branch: str, prune: bool, expected: str
) -> None:
    assert told(decided(saying(base, prune=prune), crm, saying(branch, prune=prune))) == expected


@pytest.mark.parametrize(("base", "crm", "branch", "prune", "expected"), [*cells()])
def test_a_merge_applies_what_its_branch_changes_and_nothing_else(
    base: str, crm: str, branch: str, prune: bool, expected: str
) -> None:
    narrowed = decided(saying(base, prune=prune), crm, saying(branch, prune=prune), "change")
    assert told(narrowed) == ("." if expected.endswith("drift") else expected)


@pytest.mark.parametrize(("base", "crm", "branch", "prune", "expected"), [*cells()])
def test_putting_drift_right_touches_nothing_that_the_branch_changes(
    base: str, crm: str, branch: str, prune: bool, expected: str
) -> None:
    narrowed = decided(saying(base, prune=prune), crm, saying(branch, prune=prune), "drift")
    assert told(narrowed) == ("." if expected.endswith("change") else expected)


@pytest.mark.parametrize(
    ("base", "crm", "branch", "expected"),
    [(base, crm, branch, expected) for base, crm, branch, prune, expected in cells() if not prune],
)
@pytest.mark.parametrize("turned", [(False, True), (True, False), (True, True)], ids=str)
def test_it_makes_no_difference_from_which_side_a_commit_writes_the_row(
    base: str, crm: str, branch: str, expected: str, turned: tuple[bool, bool]
) -> None:
    before, now = (
        saying(status, prune=False, turned=side) for status, side in zip((base, branch), turned, strict=True)
    )
    assert told(decided(before, crm, now)) == expected


@pytest.mark.parametrize(
    ("base", "crm", "expected"),
    [
        ("Sent", "Sent", "."),
        ("Sent", "Bounced", "update/drift"),
        ("Sent", "none", "create/drift"),
        ("-", "Bounced", "."),
        ("absent", "Bounced", "delete/drift"),
    ],
)
def test_drift_compares_the_crm_with_the_base_alone(base: str, crm: str, expected: str) -> None:
    agreed = saying(base, prune=False)
    assert told(decided(agreed, crm, agreed)) == expected


def test_of_a_list_that_the_base_did_not_manage_it_agreed_on_nothing() -> None:
    of = wanted(saying("Sent", prune=False), base=())
    (change,) = decide(of, read(of, {ROW: "Bounced"})).changes
    assert (change.action, change.origin) == ("update", "change")


def test_without_a_base_nothing_is_a_conflict() -> None:
    of = wanted(saying("Sent", prune=False))
    result = decide(of, read(of, {ROW: "Bounced"}))
    assert [change.origin for change in result.changes] == ["change"]
    assert result.withheld == ()


CONFLICT = (saying("Sent", prune=False), "Bounced", saying("Responded", prune=False))


def test_a_conflict_shows_what_each_of_the_three_says_and_where() -> None:
    (withheld,) = decided(*CONFLICT).withheld
    change = withheld.change
    assert (change.agreed, change.before, change.after) == (
        {"Member_Status": "Sent"},
        {"Member_Status": "Bounced"},
        {"Member_Status": "Responded"},
    )
    assert change.source
    assert change.source.line == 3


@pytest.mark.parametrize(
    ("only", "kept"),
    [("", True), ("change", True), ("update", True), ("create", False), ("drift", False), ("*/302", False)],
)
@pytest.mark.parametrize("pattern", ["*", "Campaigns/501/Leads/301", "*/301"])
def test_a_conflict_that_a_person_decides_for_git_is_this_branchs_change(
    only: str, kept: bool, pattern: str
) -> None:
    base, crm, branch = CONFLICT
    of = wanted(branch, base=(base,))
    result = decide(of, read(of, {ROW: crm}), tuple(only.split()), for_git=[pattern])
    assert [change.origin for change in result.changes] == ["conflict"] * kept
    assert result.changes[0].after == {"Member_Status": "Responded"} if kept else True


def test_one_decision_may_be_about_several_conflicts() -> None:
    def said(status: str) -> ManagedList:
        return managed("Campaigns", "501", {"301": status, "302": status}, prune=False, line=1)

    of = wanted(said("Responded"), base=(said("Sent"),))
    held = {("501", "301"): "Bounced", ("501", "302"): "Bounced"}
    assert len(decide(of, read(of, held), for_git=["Campaigns/*/*/*"]).changes) == 2


def test_a_decision_that_fits_no_conflict_is_wrong_usage() -> None:
    base, crm, branch = CONFLICT
    of = wanted(branch, base=(base,))
    with pytest.raises(UsageError, match="conflicts=\\*/302 fits no conflict") as caught:
        decide(of, read(of, {ROW: crm}), for_git=["*", "*/302"])
    assert caught.value.help.startswith("Leave it out: ")
    with pytest.raises(UsageError, match="fits no conflict") as caught:
        decide(wanted(branch), read(of, {ROW: crm}), for_git=["*"])
    assert caught.value.help.endswith("name one with --base.")


@pytest.mark.parametrize(("only", "kept"), [("", 1), ("change", 0), ("conflict", 1), ("update", 1)])
def test_conflicts_that_are_allowed_are_written_but_not_as_this_branchs_changes(only: str, kept: int) -> None:
    base, crm, branch = CONFLICT
    of = wanted(branch, base=(base,))
    result = decide(of, read(of, {ROW: crm}), tuple(only.split()), "allow")
    assert (len(result.changes), len(result.withheld)) == (kept, 1 - kept)


@pytest.mark.parametrize("only", ["", "conflict", "change", "drift"])
def test_a_conflict_is_told_to_who_asks_for_either_side(only: str) -> None:
    assert [each.change.origin for each in decided(*CONFLICT, only).withheld] == ["conflict"]


@pytest.mark.parametrize("only", ["create", "*/302", "Campaigns/502/*"])
def test_a_conflict_that_a_selector_leaves_out_is_left_out(only: str) -> None:
    result = decided(*CONFLICT, only)
    assert (result.changes, result.withheld) == ((), ())


def row(
    base: dict[str, object],
    crm: dict[str, object],
    branch: dict[str, object],
    only: str = "",
    **decisions: Any,
) -> Decided:
    """What a plan does about a row with these fields; `decisions` are about conflicts."""
    lists = []
    for fields in (base, branch):
        listed = managed("Campaigns", "501", {"301": "x"}, prune=False, line=1)
        kind = replace(listed.kind, fields=dict.fromkeys("AB", "any"))
        lists.append(
            replace(listed, kind=kind, records=tuple(each._replace(fields=fields) for each in listed.records))
        )
    of = wanted(lists[1], base=(lists[0],))
    held = read(of, {})
    scope = of.reading[0]
    listed_read = replace(held.lists[0], joined=join(scope, [{"id": "301", **crm}]))
    return decide(of, replace(held, lists=(listed_read,)), tuple(only.split()), **decisions)


def test_what_the_base_says_is_kept_of_conflicts_alone() -> None:
    (change,) = row({"A": 1}, {"A": 2}, {"A": 1}).changes
    assert (change.origin, change.agreed) == ("drift", None)


def test_a_row_of_which_each_side_moved_another_field_is_told_field_by_field() -> None:
    (change,) = row({"A": 1, "B": 1}, {"A": 1, "B": 2}, {"A": 2, "B": 1}).changes
    assert (change.origin, change.origins) == ("change", {"B": "drift"})
    assert change.after == {"A": 2, "B": 1}


@pytest.mark.parametrize(
    ("only", "origin", "after", "others"),
    [
        ("change", "change", {"A": 2, "B": 2}, {}),
        ("drift", "drift", {"A": 1, "B": 1}, {}),
        ("change drift", "change", {"A": 2, "B": 1}, {"B": "drift"}),
        ("update", "change", {"A": 2, "B": 1}, {"B": "drift"}),
    ],
)
def test_a_selector_takes_of_such_a_row_the_fields_that_it_asks_for(
    only: str, origin: str, after: dict[str, object], others: dict[str, str]
) -> None:
    (change,) = row({"A": 1, "B": 1}, {"A": 1, "B": 2}, {"A": 2, "B": 1}, only).changes
    assert (change.origin, change.after, change.origins) == (origin, after, others)
    assert change.before == {"A": 1, "B": 2}


@pytest.mark.parametrize("how", [{"for_git": ["*"]}, {"conflicts": "allow"}], ids=["decided", "allowed"])
def test_a_conflict_is_never_written_for_a_field_of_it_that_only_drifted(how: dict[str, Any]) -> None:
    base: dict[str, object] = {"A": 1, "B": 1}
    crm, branch = {**base, "A": 3, "B": 2}, {**base, "A": 2}
    (change,) = row(base, crm, branch, **how).changes
    assert (change.origin, change.origins) == ("conflict", {"B": "drift"})
    assert row(base, crm, branch, "drift", **how).changes == ()


def test_one_conflicting_field_withholds_the_whole_row() -> None:
    result = row({"A": 1, "B": 1}, {"A": 3, "B": 1}, {"A": 2, "B": 2})
    (withheld,) = result.withheld
    assert (result.changes, withheld.change.origins) == ((), {"B": "change"})


def test_what_only_the_branch_manages_of_a_row_is_its_change() -> None:
    (change,) = row({"A": 1}, {"A": 1, "B": 5}, {"A": 1, "B": 2}).changes
    assert change.origin == "change"


def test_what_the_branch_manages_no_more_is_nobodys_conflict() -> None:
    (change,) = row({"A": 1, "B": 1}, {"A": 1, "B": 5}, {"A": 2}).changes
    assert (change.origin, change.after) == ("change", {"A": 2})
