"""Deciding on changes: each relation's once, whose it is, and what a selector leaves of them. Without a server."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.worlds import managed
from zsync.model import Conversion, ManagedList
from zsync.planning.deciding import decide, list_changes
from zsync.planning.gathering import Wanted
from zsync.planning.join import join
from zsync.planning.origin import base_of
from zsync.planning.reading import ListRead, Read
from zsync.planning.resolver import Resolved
from zsync.planning.scopes import Scope, scopes_of

NOBODY = Resolved({})
CONVERTED = Conversion("", "")


def wanted(*lists: ManagedList, base: tuple[ManagedList, ...] | None = None) -> Wanted:
    """What these lists want, all read from the side that they are written from."""
    scopes, _ = scopes_of(lists, NOBODY)
    known = None if base is None else base_of(base, NOBODY)
    scopes = known.with_removed(scopes) if known else scopes
    return Wanted(scopes, tuple(scopes.values()), known)


def read(of: Wanted, held: Mapping[tuple[str, str], str]) -> Read:
    """The lists as they are read where the CRM holds these members: (campaign, lead) → status."""
    return Read(
        tuple(
            ListRead(scope, scope.related_module, join(scope, rows(scope, held)), True)
            for scope in of.reading
        )
    )


def rows(scope: Scope, held: Mapping[tuple[str, str], str]) -> list[dict[str, Any]]:
    """The rows of one list."""
    sides = [
        ((campaign, lead) if scope.module == "Campaigns" else (lead, campaign), status)
        for (campaign, lead), status in held.items()
    ]
    return [
        {"id": related, "Member_Status": status} for (own, related), status in sides if own == scope.record_id
    ]


def campaign(rows: Mapping[str, str | None], *, prune: bool = False) -> ManagedList:
    """The leads of campaign 501."""
    return managed("Campaigns", "501", rows, prune=prune, line=1)


def test_no_answer_makes_a_delete_of_what_is_wanted() -> None:
    of = wanted(campaign({"301": "Sent"}, prune=True))
    (scope,) = of.reading
    # As if the join had lost the row: the id is wanted, and stands among those to go all the same.
    lost = replace(join(scope, []), surplus=({"id": "301", "Member_Status": "Sent"},), missing={})
    with pytest.raises(RuntimeError, match="Campaigns/501/Leads/301 is wanted"):
        decide(of, Read((ListRead(scope, "Leads", lost, whole=True),)))


def test_what_two_pruned_lists_find_from_both_sides_is_deleted_once() -> None:
    of = wanted(campaign({}, prune=True), managed("Leads", "301", {}, prune=True, line=50))
    decided = decide(of, read(of, {("501", "301"): "Sent"}))
    assert [(change.action, change.module) for change in decided.changes] == [("delete", "Campaigns")]


def test_what_one_side_wants_is_not_deleted_by_the_pruned_list_of_the_other() -> None:
    of = wanted(campaign({}, prune=True), managed("Leads", "301", {"501": "Sent"}, prune=False, line=50))
    decided = decide(of, read(of, {("501", "301"): "Sent"}))
    assert (decided.changes, decided.unchanged) == ((), 1)


HELD = {("501", "301"): "Bounced", ("501", "302"): "Sent", ("501", "303"): "Sent"}


@pytest.mark.parametrize(
    ("lead", "before", "now", "decided"),
    [
        ("301", "Sent", "Sent", ("update", "drift")),
        ("303", "Sent", "Responded", ("update", "change")),
        ("302", "Sent", None, ("delete", "change")),
        ("304", "Sent", "Sent", ("create", "drift")),
        ("304", None, "Sent", ("create", "change")),
    ],
    ids=["moved by the CRM", "moved by the branch", "taken out", "removed by the CRM", "added"],
)
def test_a_change_is_the_branchs_where_it_says_something_else_than_the_base(
    lead: str, before: str | None, now: str | None, decided: tuple[str, str]
) -> None:
    def said(status: str | None) -> ManagedList:
        return campaign({lead: status} if status else {"309": None})

    of = wanted(said(now), base=(said(before),))
    (change,) = decide(of, read(of, HELD)).changes
    assert (change.action, change.origin, change.related_record_id) == (*decided, lead)


@pytest.mark.parametrize(
    ("only", "leads"),
    [
        ("", ["301", "304"]),
        ("drift", ["301"]),
        ("change", ["304"]),
        ("create", ["304"]),
        ("delete", []),
        ("Campaigns/501/*/30?", ["301", "304"]),
        ("Campaigns/501/Leads/304 update", []),
        ("Campaigns/501/Leads/301 update", ["301"]),
        ("Campaigns/501/Leads/304 */301", ["301", "304"]),
    ],
)
def test_a_selector_leaves_out_what_it_does_not_ask_for_and_counts_what_is_unchanged(
    only: str, leads: list[str]
) -> None:
    now = campaign({"301": "Sent", "302": "Sent", "304": "Sent"})
    of = wanted(now, base=(campaign({"301": "Sent", "302": "Sent"}),))
    decided = decide(of, read(of, HELD), tuple(only.split()))
    assert [change.related_record_id for change in decided.changes] == leads
    assert decided.unchanged == 1


def test_a_change_that_an_open_row_brings_names_the_commit_it_is_of() -> None:
    of = wanted(campaign({"301": "Sent", "302": "Opened"}))
    (scope,) = of.reading
    kept = {**scope.relations, "302": scope.relations["302"]._replace(commit="4f1c2ab")}
    listed = read(replace(of, reading=(replace(scope, relations=kept),)), HELD).lists[0]
    assert [(one.related_record_id, one.commit) for one in list_changes(listed)] == [
        ("301", ""),
        ("302", "4f1c2ab"),
    ]


def test_pruning_goes_on_after_a_converted_lead_and_takes_it_where_the_manifest_says_so() -> None:
    own = campaign({}, prune=True)
    gone = {}
    for converted in (False, True):
        of = wanted(replace(own, converted=converted))
        (listed,) = read(of, {**HELD, ("501", "304"): "Sent"}).lists
        leads = {"302": CONVERTED}
        gone[converted] = [one.related_record_id for one in list_changes(listed, leads)]
    assert gone == {False: ["301", "303", "304"], True: ["301", "302", "303", "304"]}


def test_a_converted_leads_own_pruned_list_is_left_alone() -> None:
    of = wanted(managed("Leads", "302", {}, prune=True, line=1))
    (listed,) = read(of, {("501", "302"): "Sent"}).lists
    assert len([*list_changes(listed)]) == 1
    assert [*list_changes(listed, {"302": CONVERTED})] == []


def test_a_conflict_that_is_decided_is_written_whole_whatever_fields_are_asked_for() -> None:
    of = wanted(campaign({"301": "Sent"}), base=(campaign({"301": "Planned"}),))
    (change,) = decide(of, read(of, HELD), ("change",), "withhold", ["*/301"]).changes
    assert (change.origin, change.after, change.agreed) == (
        "conflict",
        {"Member_Status": "Sent"},
        {"Member_Status": "Planned"},
    )
