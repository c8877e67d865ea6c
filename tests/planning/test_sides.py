"""Turning scopes to their busier side: no relation is lost or read twice, and nothing that was given is changed."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import MEMBERS, WORLD, become, managed, plan, saying, settings
from zsync.crm import Reader, connect_reader
from zsync.emulator import RunningCrm, running
from zsync.kinds import find_kind
from zsync.model import Change, Key, Manifests, Plan, Span
from zsync.planning.list_names import ListNames
from zsync.planning.packing import calls
from zsync.planning.resolver import Resolved
from zsync.planning.scopes import Scope, scopes_of
from zsync.planning.sides import turn_changes, turn_scopes, turned

BOTH = (("Campaigns", "Leads"), ("Leads", "Campaigns"))
OTHERS = (("Products", "Leads"),)

campaigns, leads = st.sampled_from(["501", "502", "503"]), st.sampled_from([str(n) for n in range(301, 307)])
written = st.dictionaries(st.tuples(campaigns, leads), st.sampled_from(["from campaign", "from lead"]))


def scopes(sides: dict[tuple[str, str], str], pruning: Iterable[str] = ()) -> list[Scope]:
    """The scopes of relations that are written from either side, those of `pruning` with `prune`."""
    lists: dict[tuple[str, str], dict[str, str | None]] = {("Campaigns", one): {} for one in pruning}
    for (campaign, lead), side in sides.items():
        module, record, related = (
            ("Campaigns", campaign, lead) if side == "from campaign" else ("Leads", lead, campaign)
        )
        lists.setdefault((module, record), {})[related] = f"{campaign} {lead}"
    made = [
        managed(module, record, rows, prune=record in pruning, line=100 * n)
        for n, ((module, record), rows) in enumerate(lists.items(), 1)
    ]
    return list(scopes_of(made, Resolved({}))[0].values())


def relations(some: Iterable[Scope]) -> Counter[tuple[Any, ...]]:
    """Each relation with its fields and the names of both records, the campaign first."""
    return Counter(
        (scope.record_id, related_id, scope.record_key.label, desired.key.label, str(desired.fields))
        if scope.module == "Campaigns"
        else (related_id, scope.record_id, desired.key.label, scope.record_key.label, str(desired.fields))
        for scope in some
        for related_id, desired in scope.relations.items()
    )


@given(
    written, st.sets(campaigns), st.sampled_from([(), BOTH[:1], BOTH[1:], BOTH, BOTH[::-1], (*BOTH, *OTHERS)])
)
def test_every_relation_is_in_one_scope_with_both_names_and_no_list_is_read_twice(
    sides: dict[tuple[str, str], str], pruning: set[str], pairs: tuple[tuple[str, str], ...]
) -> None:
    given_scopes = scopes(sides, pruning)
    before = relations(given_scopes)
    result = turned(given_scopes, pairs)
    assert relations(result) == before == relations(given_scopes)
    assert len({scope.key for scope in result}) == len(result)
    assert {scope.record_id for scope in result if scope.pruned} == pruning


@given(written)
def test_turned_scopes_are_never_dearer_to_read(sides: dict[tuple[str, str], str]) -> None:
    some = scopes(dict.fromkeys(sides, "from lead"))

    def needed(many: Iterable[Scope]) -> int:
        return calls(f"{scope.module} {scope.record_id}" for scope in many for _ in scope.relations)

    assert needed(turned(some, BOTH[1:])) <= needed(some)


def test_a_list_that_one_pair_turns_to_and_another_writes_keeps_the_rows_of_both() -> None:
    # The lead's own list comes after the campaigns' relations were turned to it.
    sides = {(campaign, "301"): "from campaign" for campaign in ("501", "502", "503")}
    some = scopes({**sides, ("504", "301"): "from lead"})
    (scope,) = turned(some, (*BOTH, *OTHERS))
    assert scope.key == ("Leads", "301", "Campaigns")
    assert set(scope.relations) == {"501", "502", "503", "504"}


def test_of_a_list_that_turns_in_part_the_rest_stays() -> None:
    sides = {("501", lead): "from lead" for lead in ("301", "302", "303", "304")}
    some = scopes({**sides, ("502", "301"): "from lead", ("503", "301"): "from lead"})
    assert {scope.key[:2]: set(scope.relations) for scope in turned(some, BOTH[1:])} == {
        ("Campaigns", "501"): {"301", "302", "303", "304"},
        ("Leads", "301"): {"502", "503"},
    }


def test_what_a_list_is_read_with_survives_turning() -> None:
    one = managed("Campaigns", "501", dict.fromkeys(("301", "302"), "Sent"), prune=False, line=1)
    some = [
        managed("Leads", lead, {"501": "Sent"}, prune=False, line=n)
        for n, lead in enumerate(("303", "304"), 10)
    ]
    lists = [*some, replace(one, converted=True)]
    (scope,) = turned(scopes_of(lists, Resolved({}))[0].values(), BOTH[::-1])
    assert (scope.key, scope.converted) == (("Campaigns", "501", "Leads"), True)
    assert scope.kind == MEMBERS


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """An org with three campaigns and six leads."""
    with running(WORLD) as bundled:
        yield bundled


def lists_read(crm: RunningCrm, made: Manifests) -> tuple[list[str], list[str]]:
    """The lists that are read for a plan, and the modules whose lists the metadata tells."""
    before = len(crm.requests)
    plan(crm, made)
    paths = [one.path for one in crm.requests[before:]]
    return (
        [path.partition("/v8/")[2] for path in paths if path.endswith(("/Leads", "/Campaigns"))],
        [path for path in paths if path.endswith("related_lists")],
    )


def sent(made: Plan) -> list[tuple[str, str, str]]:
    """The requests of a plan."""
    return [(one.method, one.module, one.record_id) for one in made.requests]


def test_changes_that_stay_on_their_side_keep_no_others_there(crm: RunningCrm) -> None:
    become(crm, {("502", lead): "Sent" for lead in ("302", "303", "304")})
    stays = managed("Leads", "301", {"501": "Sent"}, prune=False, line=1)
    gone = [
        managed("Leads", lead, {"502": None}, prune=True, line=10 * n)
        for n, lead in enumerate(("302", "303", "304"), 1)
    ]
    assert sent(plan(crm, saying(stays, *gone))) == [("PUT", "Leads", "301"), ("DELETE", "Campaigns", "502")]


def test_changes_of_one_kind_share_requests_from_whichever_side_they_come(crm: RunningCrm) -> None:
    """Lists that are pruned stay where they are written, and others are read from their busier side: the requests need not."""
    become(crm, {})
    lists = [
        managed("Campaigns", "501", {"301": "Sent", "302": "Sent"}, prune=False, line=1),
        managed("Leads", "303", {"501": "Sent"}, prune=True, line=10),
        managed("Leads", "304", {"501": "Sent"}, prune=True, line=20),
    ]
    for some in (lists, lists[::-1]):
        assert sent(plan(crm, saying(*some))) == [("PUT", "Campaigns", "501")]


def test_changes_whose_other_side_is_hidden_stay_and_others_turn_all_the_same() -> None:
    kind = find_kind("Products", "Leads")
    assert kind
    lists = [
        managed("Leads", lead, {"501": "Sent"}, prune=True, line=10 * n)
        for n, lead in enumerate(("301", "302"), 1)
    ]
    bare = [
        replace(one, name="Products", kind=kind, records=(one.records[0]._replace(key=("601",), fields={}),))
        for one in lists
    ]
    products = {"Products": [{"id": "601", "Product_Name": "Tea"}]}
    with running({"records": {**WORLD["records"], **products}}) as some:
        some.switch(hidden_lists=frozenset({"Campaigns/Leads"}))
        made = plan(some, saying(*lists, *bare))
    assert sorted(sent(made)) == [
        ("PUT", "Leads", "301"),
        ("PUT", "Leads", "302"),
        ("PUT", "Products", "601"),
    ]


def test_two_leads_of_one_campaign_are_read_from_the_campaign(crm: RunningCrm) -> None:
    lists = [
        managed("Leads", lead, {"501": "Sent"}, prune=False, line=n)
        for n, lead in enumerate(("301", "302"), 1)
    ]
    assert lists_read(crm, saying(*lists))[0] == ["Campaigns/501/Leads"]


def test_what_cannot_be_read_with_fewer_calls_stays_and_the_other_side_is_not_asked_for(
    crm: RunningCrm,
) -> None:
    one = managed("Leads", "301", {"501": "Sent", "502": "Sent"}, prune=False, line=1)
    two = managed("Leads", "302", {"503": "Sent"}, prune=False, line=9)
    read, metadata = lists_read(crm, saying(one, two))
    assert (sorted(read), len(metadata)) == (["Leads/301/Campaigns", "Leads/302/Campaigns"], 1)


def test_changes_are_turned_whole_each_to_the_side_that_needs_fewer_requests(crm: RunningCrm) -> None:
    become(crm, {("501", "301"): "Sent", ("501", "302"): "Sent"})
    lists = [
        managed("Leads", lead, {"501": None}, prune=True, line=n) for n, lead in enumerate(("301", "302"), 1)
    ]
    made = plan(crm, saying(*lists))
    assert [request.record_id for request in made.requests] == ["501"]
    assert made.changes == tuple(
        Change(
            "delete",
            "Campaigns",
            "501",
            "Leads",
            "Leads",
            lead,
            "Campaign 501",
            f"Lead {lead}",
            {"Member_Status": "Sent"},
            None,
            source=Span("spring.yaml", line, 9),
        )
        for line, lead in enumerate(("301", "302"), 2)
    )


async def turned_change(reader: Reader) -> list[Change]:
    """Two leads of one campaign, each written from its own side, known by names."""
    some = [
        Change(
            "update",
            "Leads",
            lead,
            "Campaigns",
            "Campaigns",
            "501",
            f"lead {lead}",
            "Spring",
            {"Member_Status": "a"},
            {"Member_Status": "b"},
            {"Email": f"lead {lead}"},
            {"Campaign_Name": "Spring"},
            "drift",
            Span("a.yaml", 1, 1),
        )
        for lead in ("301", "302")
    ]
    return await turn_changes(some, ListNames(reader))


def test_a_turned_change_has_its_two_records_exchanged_and_nothing_else(crm: RunningCrm) -> None:
    async def work() -> list[Change]:
        async with connect_reader(settings(crm)) as reader:
            return await turned_change(reader)

    assert asyncio.run(work()) == [
        Change(
            "update",
            "Campaigns",
            "501",
            "Leads",
            "Leads",
            lead,
            "Spring",
            f"lead {lead}",
            {"Member_Status": "a"},
            {"Member_Status": "b"},
            {"Campaign_Name": "Spring"},
            {"Email": f"lead {lead}"},
            "drift",
            Span("a.yaml", 1, 1),
        )
        for lead in ("301", "302")
    ]


@pytest.mark.parametrize(
    ("module", "related", "asked"),
    [
        ("Campaigns", "Leads", True),
        ("Leads", "Campaigns", False),
        ("Price_Books", "Products", True),
        ("Products", "Price_Books", False),
        ("Products", "Leads", True),
        ("Leads", "Products", False),
    ],
)
def test_all_rows_are_asked_for_on_the_side_that_people_think_of_as_the_parent(
    module: str, related: str, asked: bool
) -> None:
    kind = find_kind(module, related)
    assert kind
    place = Span("a.yaml", 1, 1)
    listed = replace(managed("Campaigns", "1", {}, prune=True, line=1), kind=kind)
    one = Scope(kind, module, "1", Key((), ("1",)), 0, place, pruned=place, lists=(listed,))
    other = replace(one, record_id="2", lists=(replace(listed, outside=True),))
    scopes = asyncio.run(turn_scopes([one, other], None, whole=True))  # type: ignore[arg-type]
    assert [scope.asked for scope in scopes] == [asked, False]


def test_only_the_changes_of_the_other_side_are_turned_to_the_first(crm: RunningCrm) -> None:
    become(crm, {})
    lists = [
        managed("Leads", lead, {"501": "Sent"}, prune=True, line=10 * int(lead)) for lead in ("303", "304")
    ]
    mixed = [managed("Campaigns", "501", {"301": "Sent", "302": "Sent"}, prune=True, line=1), *lists]
    made = plan(crm, saying(*mixed))
    assert {(one.module, one.record_id) for one in made.changes} == {("Campaigns", "501")}
    assert sent(made) == [("PUT", "Campaigns", "501")]


def test_one_list_alone_is_never_turned(crm: RunningCrm) -> None:
    become(crm, {})
    made = plan(crm, saying(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1)))
    assert sent(made) == [("PUT", "Campaigns", "501")]
