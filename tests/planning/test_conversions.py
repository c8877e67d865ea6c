"""Leads that were converted: as they are wanted they are unchanged, and what more is wanted of them is withheld."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

import pytest

from tests.worlds import CAMPAIGNS, LEADS, WORLD, apply, managed, planned, saying
from zsync.emulator import RunningCrm, Switches, running
from zsync.errors import InputError
from zsync.kinds import KINDS, find_kind
from zsync.model import Conversion, ManagedList, Parent, Plan, Row, Span, Summary

Switch = Literal["hidden", "refused", "shown"]
ALL: tuple[Switch, ...] = ("hidden", "refused", "shown")
MEMBERS = f"Campaigns/{CAMPAIGNS[0]}/Leads"
ANA, BO, CY = LEADS[:3]


def crm_of(switch: Switch) -> Iterator[RunningCrm]:
    """A CRM in which Ana and Bo are members of the first campaign, and Ana was converted to a contact."""
    with running(WORLD, Switches(converted_in_coql=switch)) as crm:
        crm.link(MEMBERS, {"id": ANA, "Member_Status": "Sent"})
        crm.link(MEMBERS, {"id": BO, "Member_Status": "Sent"})
        crm.convert(ANA, "401")
        yield crm


@pytest.fixture(params=ALL)
def crm(request: pytest.FixtureRequest) -> Iterator[RunningCrm]:
    """That CRM, in each of the ways in which queries treat converted leads."""
    yield from crm_of(request.param)


def email(lead: str) -> str:
    """The key of a lead."""
    return f"lead{lead}@acme.example"


def by_email(rows: Mapping[str, str | None], **changed: Any) -> ManagedList:
    """The members of the first campaign, named by their addresses; None for absent."""
    return _list(rows, ("Email",), lambda lead: Row((email(lead),), False, {}, 0, 9), **changed)


def by_id(rows: Mapping[str, str | None], **changed: Any) -> ManagedList:
    """The same, named by ids."""
    return _list(rows, ("id",), lambda lead: Row((lead,), True, {}, 0, 9), **changed)


def _list(
    rows: Mapping[str, str | None], key: tuple[str, ...], row: Callable[[str], Row], **changed: Any
) -> ManagedList:
    made = {
        lead: row(lead)._replace(line=at, fields={"Member_Status": status} if status else {})
        for at, (lead, status) in enumerate(rows.items(), 2)
    }
    one = managed("Campaigns", CAMPAIGNS[0], {}, prune=changed.pop("prune", False), line=1)
    records = tuple(each for lead, each in made.items() if rows[lead])
    absent = tuple(each for lead, each in made.items() if not rows[lead])
    return replace(one, key=key, records=records, absent=absent, **changed)


def plan(crm: RunningCrm, *lists: ManagedList) -> Plan:
    """The plan for these lists."""
    return planned(crm, saying(*lists))[0]


@pytest.mark.parametrize("named", [by_email, by_id])
def test_a_converted_member_as_wanted_is_unchanged(
    crm: RunningCrm, named: Callable[..., ManagedList]
) -> None:
    made = plan(crm, named({ANA: "Sent", BO: "Sent"}))
    assert (made.summary, made.withheld) == (Summary(unchanged=2), ())


@pytest.mark.parametrize("named", [by_email, by_id])
def test_a_row_that_wants_more_is_withheld_with_its_contact_and_blocks_no_other(
    crm: RunningCrm, named: Callable[..., ManagedList]
) -> None:
    made = plan(crm, named({ANA: "Responded", BO: "Responded", CY: "Sent"}))
    (row,) = made.withheld
    assert (row.reason, row.change.action, row.change.related_record_id) == ("converted", "update", ANA)
    assert row.conversion is not None
    assert (row.conversion.at[:2], row.conversion.contact, row.movable) == ("20", "401", False)
    assert made.summary == Summary(create=1, update=1)
    assert [outcome.status for outcome in apply(crm, made).outcomes] == ["applied", "applied"]
    assert plan(crm, named({ANA: "Responded", BO: "Responded", CY: "Sent"})).changes == ()


@pytest.mark.parametrize("named", [by_email, by_id])
def test_a_converted_lead_is_added_to_no_list(crm: RunningCrm, named: Callable[..., ManagedList]) -> None:
    crm.delink(MEMBERS, ANA)
    made = plan(crm, named({ANA: "Sent", BO: "Sent"}))
    assert [(row.reason, row.change.action) for row in made.withheld] == [("converted", "create")]
    assert made.summary == Summary(unchanged=1)


def test_pruning_leaves_a_converted_member_alone_unless_the_list_says_otherwise(crm: RunningCrm) -> None:
    crm.link(MEMBERS, {"id": CY, "Member_Status": "Sent"})
    kept = plan(crm, by_email({BO: "Sent"}, prune=True))
    assert [change.related_record_id for change in kept.changes] == [CY]
    gone = plan(crm, by_email({BO: "Sent"}, prune=True, converted=True))
    assert sorted(change.related_record_id for change in gone.changes) == [ANA, CY]
    apply(crm, gone)
    assert list(crm.rows(MEMBERS)) == [BO]


@pytest.mark.parametrize("named", [by_email, by_id])
def test_who_is_to_leave_may_leave_though_converted(
    crm: RunningCrm, named: Callable[..., ManagedList]
) -> None:
    made = plan(crm, named({ANA: None, BO: "Sent"}))
    assert [(change.action, change.related_record_id) for change in made.changes] == [("delete", ANA)]
    apply(crm, made)
    assert list(crm.rows(MEMBERS)) == [BO]


def test_a_row_can_be_moved_where_contacts_of_the_campaign_are_managed(crm: RunningCrm) -> None:
    kind = find_kind("Campaigns", "Contacts")
    assert kind is not None
    contacts = ManagedList(
        Parent("Campaigns", Span("spring.yaml", 1, 1), id=CAMPAIGNS[0]),
        "Contacts",
        kind,
        Span("spring.yaml", 9, 1),
    )
    made = plan(crm, by_email({ANA: "Responded"}), contacts)
    assert [row.movable for row in made.withheld] == [True]


def test_a_converted_lead_that_is_the_parent_is_withheld_from_its_side_too(crm: RunningCrm) -> None:
    place = Span("ana.yaml", 1, 1)
    parent = Parent("Leads", place, match=(("Email", email(ANA)),))
    rows = tuple(
        Row((campaign,), True, {"Member_Status": "Sent"}, at, 9)
        for at, campaign in enumerate(CAMPAIGNS[:2], 2)
    )
    made = plan(crm, ManagedList(parent, "Campaigns", KINDS[0], place, records=rows))
    assert made.summary == Summary(unchanged=1)
    assert [(row.reason, row.conversion and row.conversion.contact) for row in made.withheld] == [
        ("converted", "401")
    ]


def test_a_row_from_the_leads_side_can_be_moved_where_contacts_of_the_campaign_are_managed(
    crm: RunningCrm,
) -> None:
    kind = find_kind("Campaigns", "Contacts")
    assert kind is not None
    lead = managed("Leads", ANA, {CAMPAIGNS[1]: "Sent", CAMPAIGNS[2]: "Sent"}, prune=False, line=1)
    place = Span("spring.yaml", 9, 1)
    contacts = ManagedList(Parent("Campaigns", place, id=CAMPAIGNS[2]), "Contacts", kind, place)
    assert [row.movable for row in plan(crm, lead, contacts).withheld] == [False, True]


def test_a_converted_lead_that_the_crm_moved_is_told_to_those_who_ask_for_drift(crm: RunningCrm) -> None:
    listed = by_id({ANA: "Planned", BO: "Sent"})
    told = [
        planned(crm, saying(listed), base=(listed,), only=only)[0].withheld
        for only in ((), ("drift",), ("change",))
    ]
    assert [[row.change.origin for row in rows] for rows in told] == [["drift"], ["drift"], []]


def test_a_lead_that_is_not_converted_counts_before_one_that_is(crm: RunningCrm) -> None:
    new = crm.add("Leads", Last_Name="New", Email=email(ANA))
    made = plan(crm, by_email({ANA: "Sent"}))
    assert [(change.action, change.related_record_id) for change in made.changes] == [("create", new)]


def test_of_several_conversions_the_last_counts_and_blocks_nobody() -> None:
    for crm in crm_of("hidden"):
        twin = crm.add("Leads", Last_Name="Twin", Email=email(ANA))
        crm.convert(twin)
        crm.edit(twin, Converted_Date_Time="2099-01-01T00:00:00+00:00")
        (row,) = plan(crm, by_email({ANA: "Opened", BO: "Sent"})).withheld
        assert (row.change.related_record_id, row.conversion) == (
            twin,
            Conversion("2099-01-01T00:00:00+00:00"),
        )


def test_a_key_that_no_lead_has_is_still_reported(crm: RunningCrm) -> None:
    with pytest.raises(InputError) as caught:
        plan(crm, by_email({"999": "Sent", ANA: "Sent"}))
    assert [(one.code, one.span and one.span.line) for one in caught.value.diagnostics] == [("not-found", 2)]


def test_the_question_is_asked_once_a_hundred_keys_that_were_not_found() -> None:
    for crm in crm_of("hidden"):
        plan(crm, by_email({ANA: "Sent", BO: "Sent"}))
        asked = [call.body.decode() for call in crm.requests if b"from Leads" in call.body]
        assert ["Converted__s = true" in body for body in asked] == [False, True]


def test_where_queries_may_not_name_conversion_the_list_of_converted_leads_tells() -> None:
    for crm in crm_of("refused"):
        plan(crm, by_email({ANA: "Sent", BO: "Sent"}))
        paths = [call.path for call in crm.requests if call.path.endswith("/Leads")]
        assert "/crm/v8/Leads" in paths
        before = len(crm.requests)
        plan(crm, by_email({BO: "Sent"}))
        assert "/crm/v8/Leads" not in [call.path for call in crm.requests[before:]]


def test_an_outcome_that_was_so_already_is_unchanged(crm: RunningCrm) -> None:
    made = plan(crm, by_email({CY: "Sent"}))
    crm.link(MEMBERS, {"id": CY, "Member_Status": "Sent"})
    crm.convert(CY)
    assert [outcome.status for outcome in apply(crm, made).outcomes] == ["unchanged"]


def test_a_token_without_queries_plans_what_is_named_by_ids_and_knows_who_was_converted() -> None:
    scope = "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.org.READ"
    with running(WORLD, Switches(scope=scope)) as crm:
        crm.link(MEMBERS, {"id": ANA, "Member_Status": "Sent"})
        crm.convert(ANA, "401")
        made = plan(crm, by_id({ANA: "Opened", BO: "Sent"}))
    assert [row.change.related_record_id for row in made.withheld] == [ANA]
    assert [(change.record_label, change.related_record_id) for change in made.changes] == [
        (CAMPAIGNS[0], BO)
    ]


def test_who_was_converted_is_asked_only_of_leads_that_this_may_save() -> None:
    kind = find_kind("Campaigns", "Contacts")
    assert kind is not None
    place = Span("spring.yaml", 1, 1)
    contact = Row(("401",), True, {"Member_Status": "Sent"}, 2, 9)
    contacts = ManagedList(
        Parent("Campaigns", place, id=CAMPAIGNS[0]), "Contacts", kind, place, records=(contact,)
    )
    for crm in crm_of("hidden"):
        for listed in (by_id({}, prune=True, converted=True), contacts):
            before = len(crm.requests)
            assert len(plan(crm, listed).changes) > 0
            assert not [call for call in crm.requests[before:] if b"from Leads" in call.body]
