"""Lists outside of the paths of a command: they are desired, and nothing of them is changed."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from tests.plain import all_plain
from tests.worlds import (
    WORLD,
    Edge,
    apply,
    become,
    expected,
    managed,
    manifests,
    members,
    plan,
    saying,
    settings,
    states,
    wishes,
)
from zsync.crm import connect_reader
from zsync.emulator import RunningCrm, running
from zsync.errors import InputError
from zsync.model import Change, Diagnostic, ManagedList, Parent, Row, Span
from zsync.planning.outside import Named, concerning, doubtful, lost_parents, refuse_unsure
from zsync.planning.resolver import Resolved, list_key, parent_key
from zsync.planning.scopes import scopes_of

HERE = Span("a.yaml", 1, 1)
few = tries(10, nightly=300, shared=True)


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM for all examples; each begins by making it what it wants."""
    with running(WORLD) as bundled:
        yield bundled


def outside(*lists: ManagedList) -> tuple[ManagedList, ...]:
    """The lists, as those of files that nobody asked for."""
    return tuple(replace(each, outside=True) for each in lists)


@few
@given(st.data(), states, wishes)
def test_parts_that_are_applied_one_after_the_other_end_as_the_whole_does(
    crm: RunningCrm, data: st.DataObject, current: dict[Edge, str], wanted: dict[Edge, str | None]
) -> None:
    said, pruning = data.draw(manifests(wanted))
    become(crm, current)
    left = list(data.draw(st.permutations(said.lists)))
    while left:
        size = data.draw(st.integers(1, len(left)))
        part, left = left[:size], left[size:]
        others = [each for each in said.lists if each not in part]
        apply(crm, plan(crm, replace(saying(*part), outside=outside(*others))))
    assert members(crm) == expected(current, wanted, pruning)


def by_id(record_id: str) -> Parent:
    return Parent("Campaigns", HERE, record_id)


def by(**match: str) -> Parent:
    return Parent("Campaigns", HERE, match=tuple(match.items()))


@pytest.mark.parametrize(
    ("parents", "fields", "values", "sure"),
    [
        ([by_id("501")], (), ("501",), True),
        ([by_id("501")], (), ("502",), False),
        ([by_id("501")], ("Name",), ("Spring",), None),
        ([by(Name="Spring")], ("Name",), ("Spring",), True),
        ([by(Name="Spring")], ("Name",), (" spring ",), True),
        ([by(Name="Spring")], ("Name",), ("Autumn",), False),
        ([by(Name="Spring")], ("No",), ("7",), None),
        ([by(Name="Spring")], (), ("501",), None),
        ([by(No="7.0")], ("No",), ("7",), True),
        ([by(Name="Spring", City="Lund")], ("City", "Name"), ("Lund", "Spring"), True),
        ([by(Name="Spring", City="Lund")], ("City", "Name"), ("Oslo", "Spring"), False),
        ([by(Name="Spring"), by_id("501")], ("Name",), ("Autumn",), None),
        ([], ("Name",), ("Spring",), False),
    ],
)
def test_names_that_could_mean_the_same_record_are_taken_to(
    parents: list[Parent], fields: tuple[str, ...], values: tuple[str, ...], sure: bool | None
) -> None:
    named = Named()
    for parent in parents:
        named.add(parent)
    assert named.surely(fields, values) is sure


def concerned(lists: tuple[ManagedList, ...], *touched: ManagedList) -> tuple[ManagedList, ...]:
    """Those that are about what is touched, as far as it can be told without the CRM: any call would fail."""
    return asyncio.run(concerning(lists, touched, None))  # type: ignore[arg-type]


def campaign(record_id: str, rows: Mapping[str, str | None]) -> ManagedList:
    return managed("Campaigns", record_id, rows, prune=False, line=1)


def test_of_other_lists_those_of_the_same_record_alone_are_kept_and_as_they_are() -> None:
    same, other = outside(campaign("501", {"301": "Sent"}), campaign("502", {"301": "Sent"}))
    assert concerned((same, other), campaign("501", {})) == (same,)
    assert concerned((same, other), campaign("501", {}))[0] is same
    assert concerned((), campaign("501", {})) == ()


def test_of_the_other_side_those_rows_are_kept_that_name_the_record() -> None:
    (lead,) = outside(
        managed("Leads", "301", {"501": "Sent", "502": "Sent", "503": None}, prune=True, line=1)
    )
    (kept,) = concerned((lead,), campaign("501", {}))
    assert [row.key for row in (*kept.records, *kept.absent)] == [("501",)]
    (kept,) = concerned((lead,), campaign("503", {}))
    assert [row.key for row in (*kept.records, *kept.absent)] == [("503",)]
    assert concerned((lead,), campaign("504", {})) == ()


@pytest.mark.parametrize(
    ("key", "row", "kept"),
    [
        (("id",), Row(("501",), True, {}, 2, 9), True),
        (("id",), Row(("502",), False, {}, 2, 9), False),
        (("Campaign_Name",), Row(("501",), True, {}, 2, 9), True),
        (("Campaign_Name",), Row(("502",), True, {}, 2, 9), False),
        (("Campaign_Name",), Row(("501",), False, {}, 2, 9), True),
    ],
)
def test_a_row_of_the_other_side_is_known_by_its_id_or_by_its_key(
    key: tuple[str, ...], row: Row, kept: bool
) -> None:
    (lead,) = outside(replace(managed("Leads", "301", {}, prune=False, line=1), key=key, records=(row,)))
    assert bool(concerned((lead,), campaign("501", {}))) is kept


def test_a_row_of_the_other_side_that_is_surely_another_is_left_out() -> None:
    rows = (Row(("spring",), False, {}, 2, 9), Row(("Autumn",), False, {}, 3, 9))
    lead = replace(managed("Leads", "301", {}, prune=False, line=1), key=("Campaign_Name",), records=rows)
    named = replace(campaign("501", {}), parent=by(Campaign_Name="Spring"))
    (kept,) = concerned(outside(lead), named)
    assert kept.records == rows[:1]


def test_a_key_that_could_mean_several_records_is_told_with_its_file() -> None:
    row = Row(("Ek",), False, {}, 2, 9)
    lists = [
        replace(campaign("501", {}), parent=by(Campaign_Name="Spring")),
        replace(campaign("501", {}), key=("Last_Name",), records=(row,)),
    ]

    def known(*ids: str) -> Resolved:
        return Resolved({parent_key(lists[0])[0]: {("Spring",): ids}, list_key(lists[1]): {("Ek",): ids}})

    parent, listed = all_plain(tuple(doubtful(lists, known("1", "2"))))
    assert ("`a.yaml`" in str(parent.message), "a parent" in str(parent.message)) == (True, True)
    assert ("`spring.yaml`" in str(listed.message), "a row" in str(listed.message)) == (True, True)
    assert (parent.code, parent.help) == ("unread-manifest", listed.help)
    assert "zsync plan" in str(listed.help)
    assert [*doubtful(lists, known("1"))] == []


DELETE = Change("delete", "Campaigns", "501", "Leads", "Leads", "301", "Spring", "ana", {}, None)
UNREAD = Diagnostic("unread-manifest", "south.yaml has an error")


@pytest.mark.parametrize(
    ("branch", "sure"),
    [
        ((), False),
        ((campaign("501", {"302": None}),), False),
        ((campaign("501", {"301": None}),), True),
        ((managed("Leads", "301", {"501": None}, prune=False, line=1),), True),
    ],
)
def test_a_delete_is_sure_where_a_manifest_says_so(branch: tuple[ManagedList, ...], sure: bool) -> None:
    scopes, _ = scopes_of(branch, Resolved({}))
    refuse_unsure([DELETE], scopes, ())
    refuse_unsure([replace(DELETE, action="update")], scopes, (UNREAD,))
    if sure:
        refuse_unsure([DELETE], scopes, (UNREAD,))
        return
    with pytest.raises(InputError) as caught:
        refuse_unsure([DELETE, DELETE], scopes, (UNREAD,))
    first, second = caught.value.diagnostics
    assert str(first.message).startswith("2 rows would be deleted because no manifest declares them")
    assert second == UNREAD
    with pytest.raises(InputError) as caught:
        refuse_unsure([DELETE], scopes, (UNREAD,))
    (told,) = all_plain(caught.value.diagnostics[:1])
    assert str(told.message).startswith("1 row would be deleted because no manifest declares it,")
    assert (told.code, str(told.help)[:4]) == ("unread-manifest", "Fix ")


def test_what_others_desire_is_not_surplus_and_what_they_rule_out_is() -> None:
    own = replace(campaign("501", {"301": "Sent"}), prune=True)
    lists = (own, *outside(campaign("501", {"302": "Sent", "303": None})))
    scopes, problems = scopes_of(lists, Resolved({}))
    (scope,) = scopes.values()
    assert problems == ()
    assert (set(scope.relations), set(scope.outside), set(scope.kept)) == ({"301"}, {"302", "303"}, {"302"})


def test_two_others_that_contradict_each_other_keep_the_row(crm: RunningCrm) -> None:
    own = replace(campaign("501", {"301": "Sent"}), prune=True)
    parts = (replace(campaign("501", {"302": status}), prune=True) for status in (None, "Sent"))
    others = outside(*parts)
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent"})
    assert plan(crm, replace(saying(own), outside=others)).changes == ()


def test_a_base_of_the_very_same_lists_is_not_made_anew() -> None:
    lists = (campaign("501", {"301": "Sent"}), campaign("502", {"301": "Sent"}))
    known, _ = scopes_of(lists, Resolved({}))
    changed = campaign("502", {"302": "Sent"})
    again, _ = scopes_of((lists[0], changed), Resolved({}), known)
    first, second = known.values()
    kept, made = again.values()
    assert kept is first
    assert made.relations != second.relations
    lead = managed("Leads", "303", {"501": "Sent"}, prune=False, line=1)
    both, _ = scopes_of((*lists, lead), Resolved({}), known)
    assert first not in [*both.values()]


def test_parents_that_are_named_in_different_ways_are_looked_up(crm: RunningCrm) -> None:
    (named, other) = outside(
        replace(campaign("501", {"301": "Sent"}), parent=by(Campaign_Name="Campaign 501")),
        replace(campaign("501", {"301": "Sent"}), parent=by(Campaign_Name="Campaign 502")),
    )

    async def ask() -> tuple[ManagedList, ...]:
        async with connect_reader(settings(crm)) as reader:
            return await concerning((named, other), [campaign("501", {})], reader)

    seen = len(crm.requests)
    assert asyncio.run(ask()) == (named,)
    # The metadata of fields is for numbers alone: names need one query.
    assert [call.path for call in crm.requests[seen:]] == ["/crm/v8/coql"]


def test_a_relation_that_another_file_declares_from_the_other_side_is_still_this_files(
    crm: RunningCrm,
) -> None:
    become(crm, {})
    own = (campaign("501", {"302": "Sent"}), managed("Leads", "301", {"501": "Sent"}, prune=False, line=9))
    others = outside(campaign("501", {"301": "Sent"}))
    made = plan(crm, replace(saying(*own), outside=others))
    ends = {frozenset(one for _, one in change.ends) for change in made.changes}
    assert ends == {frozenset({"501", "301"}), frozenset({"501", "302"})}


def test_what_another_file_wants_to_be_absent_is_pruned_like_all_others(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent"})
    own = managed("Campaigns", "501", {"302": "Sent"}, prune=True, line=1)
    others = outside(managed("Leads", "301", {"501": None}, prune=False, line=1))
    made = plan(crm, replace(saying(own), outside=others))
    assert [(change.action, change.related_record_id) for change in made.changes] == [("delete", "301")]


def test_of_the_lists_that_may_lose_a_row_those_are_told_whose_parent_nobody_finds(crm: RunningCrm) -> None:
    named = replace(campaign("501", {}), parent=by(Campaign_Name="Campaign 502"))
    lost = replace(named, parent=replace(by(Campaign_Name="Gone"), span=Span("lost.yaml", 1, 1)))
    elsewhere = replace(
        managed("Leads", "301", {}, prune=False, line=1),
        parent=Parent("Leads", HERE, match=(("Email", "x@acme.example"),)),
    )

    async def ask(*changes: Change) -> list[str]:
        async with connect_reader(settings(crm)) as reader:
            lists = (campaign("503", {}), named, lost, elsewhere)
            told = await lost_parents(changes, {}, lists, reader)
            return [str(one.message) for one in told]

    (only,) = asyncio.run(ask(DELETE))
    assert only.startswith("`lost.yaml`")
    assert only.endswith("has a parent that names no record of the CRM")
    assert asyncio.run(ask(replace(DELETE, action="update"))) == []


def test_rows_that_stand_by_their_ids_are_nobody_elses() -> None:
    assert [*doubtful([campaign("501", {"301": "Sent"})], Resolved({}))] == []
