"""How large the managed lists are: what the CRM holds, what manifests want, and what no manifest names."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.planning.test_deciding import read, wanted
from tests.worlds import LEADS, WORLD, become, managed, plan, saying
from zsync.emulator import RunningCrm, running
from zsync.planning.counting import list_states
from zsync.planning.deciding import decide
from zsync.planning.gathering import Wanted
from zsync.planning.reading import Read

HELD = {("501", "301"): "Sent", ("501", "302"): "Sent", ("501", "303"): "Sent", ("501", "304"): "Sent"}


def counted(of: Wanted, found: Read | None = None) -> list[tuple[str, int | None, int, int | None]]:
    """Of each list: its record, its size, how many rows are managed, and how many are not."""
    of = replace(of, branch=of.scopes)
    return [
        (state.record_id, state.size, state.managed, state.unmanaged)
        for state in list_states(of, found or read(of, HELD))
    ]


@pytest.mark.parametrize("prune", [False, True])
def test_rows_that_no_manifest_names_are_counted(prune: bool) -> None:
    of = wanted(managed("Campaigns", "501", {"301": "Sent", "309": "Sent"}, prune=prune, line=1))
    assert counted(of) == [("501", 4, 2, 3)]


def test_a_row_that_is_to_be_absent_is_named_and_not_wanted() -> None:
    of = wanted(managed("Campaigns", "501", {"301": "Sent", "302": None}, prune=False, line=1))
    assert counted(of) == [("501", 4, 1, 2)]


def test_what_the_other_side_names_is_managed_here_too() -> None:
    of = wanted(
        managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1),
        managed("Leads", "302", {"501": "Sent", "502": None}, prune=False, line=9),
        managed("Leads", "303", {"501": None}, prune=False, line=19),
        managed("Leads", "304", {"501": "Sent"}, prune=False, line=29),
    )
    assert counted(of)[0] == ("501", 4, 3, 0)


def test_of_a_list_that_was_not_read_to_its_end_only_the_manifests_side_is_known() -> None:
    of = wanted(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))
    found = read(of, HELD)
    part = Read(tuple(replace(listed, whole=False) for listed in found.lists))
    assert counted(of, part) == [("501", None, 1, None)]
    assert counted(of, Read(())) == [("501", None, 1, None)]
    own = Read(tuple(replace(listed, name="Members") for listed in part.lists))
    named = replace(of, branch=of.scopes)
    assert [state.related_list for state in list_states(named, own)] == ["Members"]
    assert [state.related_list for state in list_states(named, Read(()))] == ["Leads"]


@pytest.mark.parametrize(("prune", "rows"), [(False, {"302", "303", "304"}), (True, set())])
def test_rows_that_are_asked_for_are_told_and_never_changes_where_nothing_is_pruned(
    prune: bool, rows: set[str]
) -> None:
    of = wanted(managed("Campaigns", "501", {"301": "Sent"}, prune=prune, line=1))
    of = replace(of, reading=tuple(replace(scope, asked=True) for scope in of.reading))
    decided = decide(of, read(of, HELD))
    assert {change.related_record_id for change in decided.unmanaged} == rows
    assert {change.related_record_id for change in decided.changes} == {"302", "303", "304"} - rows
    assert all(change.origin == "drift" for change in decided.unmanaged)


def test_rows_that_nobody_asked_for_are_only_counted() -> None:
    of = wanted(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))
    assert decide(of, read(of, HELD)).unmanaged == ()


def test_a_selector_narrows_the_rows_that_no_manifest_names() -> None:
    of = wanted(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))
    of = replace(of, reading=tuple(replace(scope, asked=True) for scope in of.reading))
    decided = decide(of, read(of, HELD), ("*/303",))
    assert [change.related_record_id for change in decided.unmanaged] == ["303"]


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM for all tests."""
    with running(WORLD) as bundled:
        yield bundled


def test_what_is_written_lead_by_lead_is_not_read_lead_by_lead(crm: RunningCrm) -> None:
    become(crm, {("501", lead): "Sent" for lead in LEADS})
    lists = tuple(
        managed("Leads", lead, {"501": "Sent"}, prune=False, line=10 * n + 1) for n, lead in enumerate(LEADS)
    )
    usual, asked = (plan(crm, saying(*lists), base=lists, whole=whole) for whole in (False, True))
    assert asked.cost.reads == usual.cost.reads
    assert [(state.managed, state.unmanaged) for state in asked.lists] == [(1, None)] * len(LEADS)


def test_a_campaigns_list_is_asked_for_all_its_rows_however_few_are_managed(crm: RunningCrm) -> None:
    become(crm, {(campaign, lead): "Sent" for campaign in ("501", "502", "503") for lead in LEADS})
    lists = tuple(
        managed("Campaigns", campaign, {"301": "Sent"}, prune=False, line=10 * n + 1)
        for n, campaign in enumerate(("501", "502", "503"))
    )
    made = plan(crm, saying(*lists), base=lists, whole=True)
    assert [(state.size, state.unmanaged) for state in made.lists] == [(6, 5)] * 3
    assert len(made.unmanaged) == 15
    assert made.changes == ()


def test_a_list_outside_of_the_paths_is_not_asked_for_all_its_rows(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent"})
    inside = managed("Leads", "301", {"501": "Sent"}, prune=False, line=1)
    outside = replace(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=20), outside=True)
    made = plan(crm, replace(saying(inside), outside=(outside,)), whole=True)
    assert (made.changes, made.unmanaged) == ((), ())


def test_a_row_that_goes_for_the_other_sides_prune_is_told_once(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent"})
    lists = (
        managed("Campaigns", "501", {"302": "Sent"}, prune=False, line=1),
        managed("Leads", "301", {"502": "Sent"}, prune=True, line=20),
    )
    made = plan(crm, saying(*lists), whole=True)
    assert [(row.action, row.related_record_id) for row in made.changes if row.action == "delete"] == [
        ("delete", "501")
    ]
    assert made.unmanaged == ()
