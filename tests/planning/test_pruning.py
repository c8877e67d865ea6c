"""Documents that disagree on `prune`: a parent by its name and by its id, and the two sides of a list."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.worlds import CAMPAIGNS, LEADS, WORLD, managed, planned, saying
from zsync.emulator import RunningCrm, running
from zsync.errors import InputError
from zsync.model import Change, ManagedList, Parent, Span
from zsync.planning.pruning import split_lists, split_sides
from zsync.planning.resolver import Resolved
from zsync.planning.scopes import OTHERS, scopes_of

NAME, ANA, BO, CY = "Spring", *LEADS[:3]
RECORDS = {**WORLD["records"], "Campaigns": [{"id": CAMPAIGNS[0], "Campaign_Name": NAME}]}


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """A campaign with a name, and three members."""
    with running({**WORLD, "records": RECORDS}) as bundled:
        for lead in (ANA, BO, CY):
            bundled.link(f"Campaigns/{CAMPAIGNS[0]}/Leads", {"id": lead, "Member_Status": "Sent"})
        yield bundled


def by_id(lead: str, *, prune: bool, line: int = 1) -> ManagedList:
    """The campaign by its id."""
    return managed("Campaigns", CAMPAIGNS[0], {lead: "Sent"}, prune=prune, line=line)


def by_name(lead: str, *, prune: bool, line: int = 50) -> ManagedList:
    """The campaign by its name."""
    made = managed("Campaigns", "", {lead: "Sent"}, prune=prune, line=line)
    return replace(
        made, parent=Parent("Campaigns", Span("spring.yaml", line, 1), match=(("Campaign_Name", NAME),))
    )


@pytest.mark.parametrize("pruned", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_a_parent_by_name_and_by_id_is_one_whose_prune_has_to_agree(
    crm: RunningCrm, pruned: bool, turned: bool
) -> None:
    lists = [by_id(ANA, prune=pruned), by_name(BO, prune=not pruned)]
    with pytest.raises(InputError) as refused:
        planned(crm, saying(*(lists[::-1] if turned else lists)))
    (problem,) = refused.value.diagnostics
    assert problem.code == "split-list"
    assert {problem.span.line if problem.span else 0, *(note.span.line for note in problem.notes)} == {1, 50}
    said = str(problem.notes[0].message)
    assert said == f"`prune` is {'true' if pruned is not turned else 'false'} here"


@pytest.mark.parametrize("prune", [True, False])
def test_places_that_agree_are_one_list(crm: RunningCrm, prune: bool) -> None:
    made, warnings = planned(crm, saying(by_id(ANA, prune=prune), by_name(BO, prune=prune)))
    assert [one.related_record_id for one in made.changes] == ([CY] if prune else [])
    assert warnings == ()


def test_two_files_outside_are_for_their_own_plan_and_one_of_them_is_not(crm: RunningCrm) -> None:
    lists = by_id(ANA, prune=True), by_name(BO, prune=False)
    beside = tuple(replace(one, outside=True) for one in lists)
    assert planned(crm, replace(saying(), outside=beside))[0].changes == ()
    with pytest.raises(InputError) as refused:
        planned(crm, replace(saying(lists[0]), outside=beside[1:]))
    (problem,) = refused.value.diagnostics
    assert (problem.code, "another org" in str(problem.help)) == ("split-list", True)


def test_a_row_that_prune_deletes_from_the_list_of_its_other_side_is_told_with_both_places(
    crm: RunningCrm,
) -> None:
    own = managed("Leads", BO, {}, prune=False, line=70)
    kept = managed("Leads", ANA, {CAMPAIGNS[0]: "Sent"}, prune=False, line=80)
    made, (warning,) = planned(crm, saying(by_id(CY, prune=True), own, kept))
    assert [one.related_record_id for one in made.changes] == [BO]
    assert (warning.code, warning.severity) == ("split-sides", "warning")
    assert warning.span == by_id(CY, prune=True).prune_span
    assert [note.span.line for note in warning.notes] == [70]


@pytest.mark.parametrize("how", ["both", "named", "absent"])
def test_sides_that_agree_on_a_row_are_no_matter(crm: RunningCrm, how: str) -> None:
    every: dict[str, dict[str, str | None]] = {
        "both": {},
        "named": {CAMPAIGNS[0]: "Sent"},
        "absent": {CAMPAIGNS[0]: None},
    }
    own = managed("Leads", BO, every[how], prune=how == "both", line=70)
    made, warnings = planned(crm, saying(by_id(CY, prune=True), own))
    assert warnings == ()
    assert (
        BO in {one.related_record_id for one in made.changes} | {one.record_id for one in made.changes}
    ) is (how != "named")


def test_both_disagreements_are_told_word_for_word() -> None:
    first, other = by_id(ANA, prune=True), by_name(BO, prune=False)
    (scope,) = scopes_of([first], Resolved({}))[0].values()
    for outside in (False, True):
        (told,) = split_lists([replace(scope, lists=(first, replace(other, outside=outside)))])
        assert str(told.message) == "`Leads` of Spring is pruned in one place and not in the other"
        advice = "Write the same `prune` in both, or put the rows into one list."
        assert str(told.help) == advice + (OTHERS if outside else "")


@pytest.mark.parametrize(
    ("leads", "rows"),
    [
        ((ANA,), "a row whose own list, on the other side, is"),
        ((ANA, BO), "2 rows whose own lists, on the other side, are"),
    ],
)
def test_rows_whose_own_lists_are_not_pruned_are_counted(leads: tuple[str, ...], rows: str) -> None:
    own = by_id(CY, prune=True)
    others = [managed("Leads", lead, {}, prune=False, line=60 + n) for n, lead in enumerate(leads)]
    scopes, _ = scopes_of([own, *others], Resolved({}))
    place = scopes["Campaigns", CAMPAIGNS[0], "Leads"].pruned
    gone = [
        Change(
            "delete", "Campaigns", CAMPAIGNS[0], "Leads", "Leads", lead, NAME, lead, {}, None, source=place
        )
        for lead in leads
    ]
    (told,) = split_sides(gone, scopes)
    assert str(told.message) == f"`Leads` of {CAMPAIGNS[0]} is pruned, which deletes {rows} not pruned"
    assert str(told.help) == "List these rows on either side to keep them, or prune both sides."
    assert [note.span.line for note in told.notes] == [60 + n for n in range(len(leads))]
