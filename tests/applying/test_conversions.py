"""A lead that is converted between the plan and its apply is a contact by then: what would be written to it is held."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal, get_args

import pytest

from tests.worlds import CAMPAIGNS, LEADS, NOW, WORLD, apply, managed, plan, saying, settings
from zsync.applying.conversions import Conversions
from zsync.applying.rows import PlannedRow
from zsync.crm import connect_reader
from zsync.crm.leads import Leads
from zsync.emulator import RunningCrm, Switches, running
from zsync.files.encoding import outcome_members, outcome_of
from zsync.kinds import KINDS
from zsync.model import Change, KeyMoved, ManagedList, Parent, Report, Row, Span
from zsync.render.outcomes import answer

Switch = Literal["hidden", "refused", "shown"]
MEMBERS = f"Campaigns/{CAMPAIGNS[0]}/Leads"
ANA, BO, CY = LEADS[:3]


@pytest.fixture(params=get_args(Switch))
def crm(request: pytest.FixtureRequest) -> Iterator[RunningCrm]:
    """A CRM in which Ana and Bo are members, in each of the ways in which queries treat converted leads."""
    with running(WORLD, Switches(converted_in_coql=request.param)) as bundled:
        bundled.link(MEMBERS, {"id": ANA, "Member_Status": "Sent"}, {"id": BO, "Member_Status": "Sent"})
        yield bundled


def by_id(rows: dict[str, str | None]) -> ManagedList:
    """The members of the first campaign by their ids."""
    return managed("Campaigns", CAMPAIGNS[0], rows, prune=False, line=1)


def by_email(rows: dict[str, str | None]) -> ManagedList:
    """The same by their addresses."""
    made = by_id(rows)

    def named(row: Row) -> Row:
        return row._replace(key=(f"lead{row.key[0]}@acme.example",), by_id=False)

    return replace(
        made,
        key=("Email",),
        records=tuple(map(named, made.records)),
        absent=tuple(map(named, made.absent)),
    )


def outcomes(report: Report) -> dict[str, str]:
    """What became of each lead."""
    pairs = zip(report.plan.changes, report.outcomes, strict=True)
    return {
        (change.related_record_id if change.related_module == "Leads" else change.record_id): one.status
        for change, one in pairs
    }


@pytest.mark.parametrize("named", [by_id, by_email])
def test_a_lead_that_was_converted_since_is_held_and_may_leave(
    crm: RunningCrm, named: Callable[..., ManagedList]
) -> None:
    made = plan(crm, saying(named({ANA: "Responded", BO: None, CY: "Sent"})))
    for lead in (ANA, BO, CY):
        crm.convert(lead, "401")
    assert outcomes(apply(crm, made)) == {ANA: "held", BO: "applied", CY: "held"}
    assert crm.rows(MEMBERS) == {ANA: {"Member_Status": "Sent"}}


def test_the_others_of_its_request_are_sent_and_it_is_told_with_its_contact(crm: RunningCrm) -> None:
    made = plan(crm, saying(by_email({ANA: "Responded", BO: "Responded", CY: "Sent"})))
    crm.convert(ANA, "401")
    report = apply(crm, made)
    assert outcomes(report) == {ANA: "held", BO: "applied", CY: "applied"}
    (held,) = (one for one in report.outcomes if one.status == "held")
    assert answer(held).startswith(f"lead{ANA}@acme.example was converted on 20")
    assert answer(held).endswith(" to contact 401")
    assert outcome_of(outcome_members(held)) == held


def test_what_was_so_already_is_unchanged_though_its_lead_was_converted(crm: RunningCrm) -> None:
    made = plan(crm, saying(by_id({ANA: "Responded"})))
    crm.link(MEMBERS, {"id": ANA, "Member_Status": "Responded"})
    crm.convert(ANA)
    assert outcomes(apply(crm, made)) == {ANA: "unchanged"}


def from_their_side(key: str, rows: dict[str, str], **how: Any) -> ManagedList:
    """The first campaign in the list of Ana's, whom the manifest names by id or by address."""
    place = Span("ana.yaml", 1, 1)
    match = {"id": ANA} if key == "id" else {"match": (("Email", f"lead{ANA}@acme.example"),)}
    made = tuple(
        Row((campaign,), True, {"Member_Status": status}, at, 9)
        for at, (campaign, status) in enumerate(rows.items(), 2)
    )
    return ManagedList(Parent("Leads", place, **match), "Campaigns", KINDS[0], place, records=made, **how)


@pytest.mark.parametrize("key", ["id", "Email"])
def test_a_parent_that_was_converted_since_is_held_as_well(crm: RunningCrm, key: str) -> None:
    made = plan(crm, saying(from_their_side(key, {CAMPAIGNS[0]: "Responded", CAMPAIGNS[1]: "Sent"})))
    assert {change.module for change in made.changes} == {"Leads"}
    crm.convert(ANA, "401")
    assert [one.status for one in apply(crm, made).outcomes] == ["held", "held"]
    assert crm.rows(f"Leads/{ANA}/Campaigns") == {CAMPAIGNS[0]: {"Member_Status": "Sent"}}


def test_a_converted_parent_leaves_its_lists(crm: RunningCrm) -> None:
    crm.link(f"Campaigns/{CAMPAIGNS[1]}/Leads", {"id": ANA, "Member_Status": "Sent"})
    crm.convert(ANA, "401")
    gone = from_their_side("Email", {}, prune=True, prune_span=Span("ana.yaml", 3, 1), converted=True)
    made = plan(crm, saying(gone))
    assert [(change.module, change.action) for change in made.changes] == [("Leads", "delete")] * 2
    assert {one.status for one in apply(crm, made).outcomes} == {"applied"}
    assert crm.rows(f"Leads/{ANA}/Campaigns") == {}


def test_leads_by_their_ids_are_asked_for_a_hundred_a_query_whatever_request_they_ride_in() -> None:
    leads = [{"id": str(1000 + n), "Last_Name": f"Lead {n}"} for n in range(120)]
    world = {**WORLD, "records": {**WORLD["records"], "Leads": leads}}
    with running(world) as crm:
        lists = [
            managed("Campaigns", one, {lead["id"]: "Sent" for lead in leads[part::3]}, prune=False, line=1)
            for part, one in enumerate(CAMPAIGNS)
        ]
        made = plan(crm, saying(*lists), now=NOW)
        before = len(crm.requests)
        report = apply(crm, made)
        asked = [one.body for one in crm.requests[before:] if one.path.endswith("/coql")]
    assert {one.status for one in report.outcomes} == {"applied"}
    assert [body.count(b"'") // 2 for body in asked] == [100, 20]
    assert report.reads + report.writes == made.cost.credits[0] - made.cost.reads


@pytest.mark.parametrize(
    ("module", "keyed", "labels", "told"),
    [
        ("Campaigns", {"Email": "a@x.example"}, ("Spring", "Ana Ek"), ("related", "")),
        ("Campaigns", {}, ("Spring", "Ana Ek"), ("related", "Ana Ek")),
        ("Campaigns", {}, ("Spring", ANA), ("related", "")),
        ("Leads", {"Email": "a@x.example"}, ("Ana Ek", "Spring"), ("parent", "")),
        ("Leads", {}, ("Ana Ek", "Spring"), ("parent", "Ana Ek")),
        ("Leads", {}, (ANA, "Spring"), ("parent", "")),
    ],
)
def test_a_converted_lead_is_named_by_its_key_or_by_what_people_call_it(
    crm: RunningCrm, module: str, keyed: dict[str, str], labels: tuple[str, str], told: tuple[str, str]
) -> None:
    crm.convert(ANA, "401")
    ends = [("Campaigns", CAMPAIGNS[0], {}), ("Leads", ANA, keyed)]
    (parent, own, key), (related, other, related_key) = ends if module == "Campaigns" else ends[::-1]
    change = Change(
        "create",
        parent,
        own,
        related,
        related,
        other,
        *labels,
        None,
        {"Member_Status": "Sent"},
        record_key=key,
        key=related_key,
    )

    async def ask() -> KeyMoved:
        async with connect_reader(settings(crm)) as reader:
            return (await Conversions(Leads(reader), [change]).since([PlannedRow(0, change)], {}))[0]

    moved = asyncio.run(ask())
    assert moved.conversion
    assert (moved.side, moved.name, moved.key, moved.conversion.contact) == (*told, keyed, "401")
