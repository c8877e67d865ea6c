"""Parents that are named by id: those that do not exist are told by a query, and cost no list each."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import httpx
import pytest
import respx

from tests.crm.conftest import Door, door, error, zoho
from tests.foreign.crm import Canned, Foreign, Seen
from tests.worlds import MEMBERS, WORLD, managed, plan, saying
from zsync.emulator import running
from zsync.errors import InputError
from zsync.kinds import find_kind
from zsync.model import Diagnostic, ManagedList, Parent, Span
from zsync.planning.parents import Parents, look_up_parents, parent_queries

__all__ = ["door", "zoho"]

LookUp = Callable[..., Parents]
Missing = Callable[[list[ManagedList]], list[Diagnostic]]


@pytest.fixture
def crm(zoho: respx.MockRouter) -> Foreign:
    """The foreign CRM's answers, without a socket."""
    foreign = Foreign()

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"Authorization": request.headers["Authorization"]}
        seen = Seen(request.method, request.url.path, dict(request.url.params), request.content, headers)
        status, body, _ = foreign.answer(seen)
        return httpx.Response(status, json=body) if body is not None else httpx.Response(status)

    zoho.route(host="api.crm.example").mock(side_effect=answer)
    return foreign


@pytest.fixture
def look_up(door: Door, crm: Foreign) -> LookUp:
    """`look_up(lists, base)` says what the CRM tells of their parents."""

    def run(lists: list[ManagedList], base: Sequence[ManagedList] = ()) -> Parents:
        found: Parents = door.run(lambda reader: look_up_parents(lists, reader, base))
        return found

    return run


@pytest.fixture
def missing(look_up: LookUp) -> Missing:
    """`missing(lists)` says which of their parents do not exist."""

    def run(lists: list[ManagedList]) -> list[Diagnostic]:
        return list(look_up(lists).missing)

    return run


def parents(module: str, *ids: str) -> list[ManagedList]:
    """A list of leads of each of these parents, which are named by id."""
    places = [Span("spring.yaml", line, 9) for line in range(1, len(ids) + 1)]
    return [
        ManagedList(Parent(module, place, id=record_id), "Leads", MEMBERS, place, key=("id",))
        for record_id, place in zip(ids, places, strict=True)
    ]


def test_parents_that_no_record_has_are_told_by_one_query_for_a_hundred(
    missing: Missing, crm: Foreign
) -> None:
    crm.add("Campaigns", "1", Campaign_Name="Spring")
    found = missing(parents("Campaigns", *map(str, range(1, 251))))
    assert [(one.code, one.span) for one in found] == [
        ("not-found", Span("spring.yaml", line, 9)) for line in range(2, 251)
    ]
    assert str(found[0].message) == "no record of Campaigns has the id 2"
    assert "that the token's user may see the record" in str(found[0].help)
    assert [seen.path for seen in crm.requests] == ["/crm/v8/coql"] * 3


def test_a_query_asks_for_ids_and_names(missing: Missing, crm: Foreign) -> None:
    missing(parents("Campaigns", "7", "8"))
    (asked,) = crm.requests
    assert json.loads(asked.body) == {
        "select_query": "select id, Campaign_Name from Campaigns where id in ('7','8')"
    }


def test_parents_of_which_the_crm_does_not_tell_all_are_left_to_their_lists(
    missing: Missing, crm: Foreign
) -> None:
    some = {"data": [{"id": "7"}], "info": {"count": 1, "more_records": True}}
    crm.canned.append(Canned("POST", "/crm/v8/coql", 200, some))
    assert missing(parents("Campaigns", "7", "8")) == []


def test_parents_have_their_names_those_of_a_base_too(look_up: LookUp, crm: Foreign) -> None:
    crm.add("Campaigns", "7", Campaign_Name="Spring")
    crm.add("Campaigns", "8", Campaign_Name="Autumn")
    crm.add("Leads", "9", Full_Name="Ana Ruiz")
    crm.add("Products", "6")
    found = look_up(
        [*parents("Campaigns", "7"), *parents("Leads", "9"), *parents("Products", "6")],
        parents("Campaigns", "8", "5"),
    )
    assert found == Parents(
        {("Campaigns", "7"): "Spring", ("Campaigns", "8"): "Autumn", ("Leads", "9"): "Ana Ruiz"}, ()
    )


def test_a_lead_that_queries_hide_is_never_missed_and_has_its_name_where_it_was_converted(
    look_up: LookUp, crm: Foreign
) -> None:
    crm.add("Leads", "9", Full_Name="Ana Ruiz", Converted__s=True)
    assert look_up(parents("Leads", "9", "8")) == Parents({("Leads", "9"): "Ana Ruiz"}, ())
    crm.knobs.converted_in_queries = "refused"
    assert look_up(parents("Leads", "9", "8")) == Parents({}, ())


def test_a_name_that_cannot_be_asked_for_hides_no_missing_parent(look_up: LookUp, crm: Foreign) -> None:
    crm.add("Campaigns", "7", Campaign_Name="Spring")
    crm.canned.append(Canned("POST", "/crm/v8/coql", 400, error("INVALID_QUERY")))
    found = look_up(parents("Campaigns", "7", "8"))
    assert (found.names, [problem.span.line for problem in found.missing if problem.span]) == ({}, [2])


def test_parents_of_a_module_that_cannot_be_queried_are_left_to_their_lists(
    missing: Missing, crm: Foreign
) -> None:
    crm.canned.append(Canned("POST", "/crm/v8/coql", 400, error("INVALID_QUERY"), times=2))
    assert missing(parents("Campaigns", "7", "8")) == []


@pytest.mark.parametrize(("count", "reads"), [(1, 1), (2, 1), (100, 1), (101, 2)])
def test_the_number_of_queries_is_known_beforehand(
    missing: Missing, crm: Foreign, count: int, reads: int
) -> None:
    lists = parents("Campaigns", *map(str, range(1, count + 1)))
    missing(lists)
    assert parent_queries(lists) == len(crm.requests) == reads


def test_a_converted_parent_is_named_beside_one_that_is_not() -> None:
    with running(WORLD) as crm:
        crm.convert("302")
        lists = [
            managed("Leads", one, {campaign: "Sent"}, prune=False, line=int(one))
            for one, campaign in (("301", "501"), ("302", "502"))
        ]
        made = plan(crm, saying(*lists))
    named = {
        one.record_id: one.record_label for one in (*made.changes, *(each.change for each in made.withheld))
    }
    assert named == {"301": "Lead 301", "302": "Lead 302"}


def test_missing_parents_of_two_modules_are_told_together() -> None:
    campaign = managed("Campaigns", "599", {"301": "Sent"}, prune=False, line=1)
    kind = find_kind("Products", "Leads")
    assert kind
    product = replace(
        campaign, parent=Parent("Products", Span("b.yaml", 9, 1), id="899"), kind=kind, records=()
    )
    with running(WORLD) as crm, pytest.raises(InputError) as caught:
        plan(crm, saying(campaign, product))
    assert sorted(one.span.file if one.span else "" for one in caught.value.diagnostics) == [
        "b.yaml",
        "spring.yaml",
    ]


def test_a_parent_that_only_the_base_has_is_named_as_well() -> None:
    gone = managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1)
    with running(WORLD) as crm:
        crm.link("Campaigns/501/Leads", {"id": "301", "Member_Status": "Sent"})
        (change,) = plan(crm, saying(), base=(gone,)).changes
    assert (change.action, change.record_label) == ("delete", "Campaign 501")
