"""Whose change it is, and selectors: a plan holds what was asked for, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.planning.test_deciding import NOBODY, read, wanted
from tests.worlds import WORLD, become, managed, members, plan, saying
from zsync.emulator import RunningCrm, running
from zsync.model import Action, Change, ManagedList, OpenRow
from zsync.planning.deciding import decide
from zsync.planning.origin import base_of, selected


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM for all tests; each begins by making it what it wants."""
    with running(WORLD) as bundled:
        yield bundled


def change(action: Action, origin: str) -> Change:
    """A lead of the campaign `Spring`."""
    return Change(
        action,
        "Campaigns",
        "501",
        "Leads",
        "Leads",
        "301",
        "Spring",
        "ana@acme.example",
        {},
        {},
        origin=origin,
    )


@pytest.mark.parametrize(
    ("only", "chosen"),
    [
        ("", True),
        ("create", True),
        ("update", False),
        ("drift", True),
        ("change", False),
        ("update create", True),
        ("update change", False),
        ("create change", False),
        ("create drift", True),
        ("drift change", True),
        ("Campaigns/Spring/Leads/ana@acme.example", True),
        ("Campaigns/501/Leads/301", True),
        ("Campaigns/501/Leads/ana@acme.example", False),
        ("*/301", True),
        ("*/ana@*", True),
        ("Campaigns/50?/*", True),
        ("*/302 */303", False),
        ("delete */301", False),
        ("create */301", True),
        ("drift create */302 */301", True),
        ("Leads/*", True),
        ("Leads/ana@acme.example/Campaigns/Spring", True),
        ("Leads/301/Campaigns/501", True),
        ("Leads/302/*", False),
        ("campaigns/*", False),
        ("Spring", True),
        ("Spr*", True),
        ("ana@acme.example", True),
        ("301", True),
        ("Leads", True),
        ("leads", False),
        ("*", True),
        ("30", False),
        ("change,drift", False),
    ],
)
def test_a_selector_is_an_origin_an_action_or_a_pattern(only: str, chosen: bool) -> None:
    assert selected(change("create", "drift"), tuple(only.split())) is chosen


WANTED = {"301": "Responded", "302": "Sent", "303": "Sent", "304": None}


def campaign(rows: dict[str, str | None]) -> ManagedList:
    """What a commit says of the first campaign."""
    return managed("Campaigns", "501", rows, prune=False, line=1)


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        ("create", {"303"}),
        ("update", {"301", "302"}),
        ("delete", {"304"}),
        ("change", {"301", "304"}),
        ("drift", {"302", "303"}),
        ("*/302", {"302"}),
        ("", {"301", "302", "303", "304"}),
    ],
)
def test_a_plan_holds_what_a_selector_asks_for_and_sends_nothing_else(
    crm: RunningCrm, only: str, ids: set[str]
) -> None:
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Planned", ("501", "304"): "Sent"})
    base = campaign({"301": "Sent", "302": "Sent", "303": "Sent", "304": "Sent"})
    made = plan(crm, saying(campaign(WANTED)), base=(base,), only=tuple(only.split()))
    sent = {made.changes[index].related_record_id for one in made.requests for index in one.changes}
    assert {one.related_record_id for one in made.changes} == sent == ids
    assert (made.only, made.summary.changes) == (tuple(only.split()), len(ids))


def test_what_the_base_had_and_the_branch_has_no_more_is_deleted(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent", ("502", "301"): "Sent"})
    base = (
        campaign({"301": "Sent", "302": "Sent"}),
        managed("Leads", "301", {"502": "Sent"}, prune=False, line=9),
    )
    made = plan(crm, saying(campaign({"301": "Sent"})), base=base)
    assert [(one.action, one.origin) for one in made.changes] == [("delete", "change")] * 2
    assert {one.address[1::2] for one in made.changes} == {("501", "302"), ("301", "502")}
    assert members(crm)[("502", "301")] == "Sent"


def test_what_the_branch_says_from_the_other_side_is_not_gone(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent"})
    turned = managed("Leads", "301", {"501": "Sent"}, prune=False, line=1)
    assert plan(crm, saying(turned), base=(campaign({"301": "Sent"}),)).changes == ()


@pytest.mark.parametrize("status", ["Sent", None])
def test_a_change_that_base_and_branch_say_alike_is_drift(crm: RunningCrm, status: str | None) -> None:
    become(crm, {("501", "301"): "Responded"})
    same = campaign({"301": status})
    assert [one.origin for one in plan(crm, saying(same), base=(same,)).changes] == ["drift"]
    other = campaign({"301": "Responded"})
    assert [one.origin for one in plan(crm, saying(same), base=(other,)).changes] == ["change"]


def test_what_a_pruned_list_held_in_the_base_too_is_drift_and_a_new_prune_is_a_change(
    crm: RunningCrm,
) -> None:
    become(crm, {("501", "301"): "Sent"})
    pruned, open_ = (managed("Campaigns", "501", {}, prune=prune, line=1) for prune in (True, False))
    assert [one.origin for one in plan(crm, saying(pruned), base=(pruned,)).changes] == ["drift"]
    assert [one.origin for one in plan(crm, saying(pruned), base=(open_,)).changes] == ["change"]
    assert [one.origin for one in plan(crm, saying(pruned), base=()).changes] == ["change"]


def test_a_list_of_the_base_that_lost_nothing_does_not_hide_one_that_did(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent", ("502", "302"): "Sent"})
    kept, lost = (
        managed("Campaigns", one, {lead: "Sent"}, prune=False, line=1)
        for one, lead in (("501", "301"), ("502", "302"))
    )
    made = plan(crm, saying(kept), base=(kept, lost))
    assert [one.address[1::2] for one in made.changes] == [("502", "302")]


def test_a_list_that_the_branch_manages_no_more_is_not_pruned_and_comes_last(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent", ("502", "303"): "Planned"})
    gone = managed("Campaigns", "501", {"301": "Sent"}, prune=True, line=1)
    there = managed("Campaigns", "502", {"303": "Sent"}, prune=False, line=9)
    new = managed("Campaigns", "503", {"304": "Sent"}, prune=False, line=20)
    made = plan(crm, saying(there, new), base=(gone, there))
    assert [(one.action, *one.address[1::2]) for one in made.changes] == [
        ("update", "502", "303"),
        ("create", "503", "304"),
        ("delete", "501", "301"),
    ]


@pytest.mark.parametrize("name", ["Campaign 502", "Autumn"])
def test_a_list_of_the_base_is_known_by_its_parents_name_or_left_out(crm: RunningCrm, name: str) -> None:
    become(crm, {("502", "301"): "Sent"})
    one = managed("Campaigns", "502", {"301": "Sent"}, prune=False, line=1)
    base = replace(one, parent=replace(one.parent, id=None, match=(("Campaign_Name", name),)))
    made = plan(crm, saying(managed("Campaigns", "501", {}, prune=True, line=1)), base=(base,))
    assert [one.action for one in made.changes] == ["delete"] * (name == "Campaign 502")


def test_a_list_that_is_gone_says_nothing_of_what_other_files_had() -> None:
    mine, others = campaign({"301": "Sent"}), replace(campaign({"302": "Sent"}), outside=True)
    of = wanted(managed("Leads", "302", {}, prune=True, line=50), base=(mine, others))
    decided = decide(of, read(of, {("501", "301"): "Sent", ("501", "302"): "Sent"}))
    assert {(one.action, one.record_id) for one in decided.changes} == {("delete", "501"), ("delete", "302")}


def test_each_row_that_is_gone_counts_for_the_base_that_it_has() -> None:
    newest = base_of((campaign({"301": "Sent", "302": "Sent"}),), NOBODY)
    older = base_of((campaign({"303": "Sent", "304": "Sent"}),), NOBODY, commit="1" * 40)
    kept = {OpenRow("Campaigns", "501", "Leads", lead, "").ends: older for lead in ("302", "303")}
    gone = replace(newest, kept=kept).with_removed({})
    assert {lead for scope in gone.values() for lead in scope.relations} == {"301", "303"}
    assert (newest.commit, older.commit) == ("", "1" * 40)
