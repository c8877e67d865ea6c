"""Fields that no manifest names: a PUT carries them as they are, so that an update and its undo leave them alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.applying.journaled import carried_out
from tests.worlds import CAMPAIGNS, LEADS, WORLD, apply, managed, planned, saying, undone
from zsync.emulator import RunningCrm, Switches, running
from zsync.files.plan import dump_plan, load_plan
from zsync.kinds import Kind
from zsync.model import ManagedList, Plan, Row, Summary

MEMBERS = f"Campaigns/{CAMPAIGNS[0]}/Leads"
SEATED = Kind("Campaigns", "Leads", {"Member_Status": "text", "Seat": "text", "Fee": "number"})
SEATS = {"Seat": {}, "Fee": {"type": "double"}, "Hall": {}}
ANA, BO = LEADS[:2]


def crm_of(**switches: Any) -> Iterator[RunningCrm]:
    """A CRM whose members have seats, and in which Ana is a member with one."""
    world = {**WORLD, "member_fields": SEATS}
    with running(world, Switches(**switches)) as crm:
        crm.link(MEMBERS, {"id": ANA, "Member_Status": "Sent", "Seat": "VIP-7", "Hall": "B", "Fee": 12.5})
        yield crm


@pytest.fixture(params=["reset", "keep"])
def crm(request: pytest.FixtureRequest) -> Iterator[RunningCrm]:
    """A CRM that empties what a PUT leaves out, and one that keeps it."""
    yield from crm_of(put_omitted_attr=request.param)


def wanted(
    rows: Mapping[str, Mapping[str, Any] | None], *, kind: Kind = SEATED, prune: bool = False
) -> ManagedList:
    """The members of the first campaign; None for absent."""
    made = managed("Campaigns", CAMPAIGNS[0], {}, prune=prune, line=1)
    written = {
        lead: Row((lead,), by_id=True, fields=fields or {}, line=2 + at, column=9)
        for at, (lead, fields) in enumerate(rows.items())
    }
    records = tuple(row for lead, row in written.items() if rows[lead] is not None)
    absent = tuple(row for lead, row in written.items() if rows[lead] is None)
    return replace(made, kind=kind, records=records, absent=absent)


def plan_for(crm: RunningCrm, rows: Mapping[str, Mapping[str, Any] | None], **how: Any) -> Plan:
    """The plan for these members."""
    return planned(crm, saying(wanted(rows, **how)), kinds=(SEATED,))[0]


def test_an_update_leaves_a_seat_alone_and_so_does_its_undo(crm: RunningCrm) -> None:
    made = plan_for(crm, {ANA: {"Member_Status": "Responded"}})
    (change,) = made.changes
    assert (change.before, change.after) == ({"Member_Status": "Sent"}, {"Member_Status": "Responded"})
    assert change.carried["Seat"] == "VIP-7"
    run = carried_out(crm, made)
    assert crm.rows(MEMBERS)[ANA] | {"Hall": ""} == {
        "Member_Status": "Responded",
        "Seat": "VIP-7",
        "Fee": 12.5,
        "Hall": "",
    }
    carried_out(crm, undone(crm, run)[0])
    assert crm.rows(MEMBERS)[ANA] | {"Hall": ""} == {
        "Member_Status": "Sent",
        "Seat": "VIP-7",
        "Fee": 12.5,
        "Hall": "",
    }


def test_who_edits_a_seat_after_the_plan_holds_nothing_and_keeps_the_edit(crm: RunningCrm) -> None:
    made = plan_for(crm, {ANA: {"Member_Status": "Responded"}})
    crm.link(MEMBERS, {"id": ANA, "Member_Status": "Sent", "Seat": "VIP-8"})
    run = carried_out(crm, made)
    assert [outcome.status for outcome in run.outcomes.values()] == ["applied"]
    assert crm.rows(MEMBERS)[ANA]["Seat"] == "VIP-8"
    crm.link(MEMBERS, {"id": ANA, "Member_Status": "Responded", "Seat": "VIP-9"})
    back, conflicts = undone(crm, run)
    assert conflicts == ()
    carried_out(crm, back)
    assert (crm.rows(MEMBERS)[ANA]["Member_Status"], crm.rows(MEMBERS)[ANA]["Seat"]) == ("Sent", "VIP-9")


def test_a_seat_that_was_empty_when_the_plan_was_made_is_carried_too(crm: RunningCrm) -> None:
    crm.link(MEMBERS, {"id": BO, "Member_Status": "Sent"})
    made = plan_for(crm, {BO: {"Member_Status": "Responded"}})
    crm.link(MEMBERS, {"id": BO, "Member_Status": "Sent", "Seat": "A-1"})
    assert [one.status for one in apply(crm, made).outcomes] == ["applied"]
    assert crm.rows(MEMBERS)[BO]["Seat"] == "A-1"


def test_a_status_that_no_row_names_is_carried(crm: RunningCrm) -> None:
    made = plan_for(crm, {ANA: {"Seat": "A-2"}})
    crm.link(MEMBERS, {"id": ANA, "Member_Status": "Responded", "Seat": "VIP-7"})
    assert [one.status for one in apply(crm, made).outcomes] == ["applied"]
    assert (crm.rows(MEMBERS)[ANA]["Member_Status"], crm.rows(MEMBERS)[ANA]["Seat"]) == ("Responded", "A-2")


def test_a_delete_is_not_held_for_a_seat_and_its_undo_brings_the_seat_back(crm: RunningCrm) -> None:
    made = plan_for(crm, {ANA: None})
    (change,) = made.changes
    assert (change.before, change.after) == ({"Member_Status": "Sent"}, None)
    assert change.carried == {"Seat": "VIP-7", "Fee": 12.5}
    crm.link(MEMBERS, {"id": ANA, "Member_Status": "Sent", "Seat": "VIP-8", "Fee": 12.5})
    run = carried_out(crm, made)
    assert crm.rows(MEMBERS) == {}
    carried_out(crm, undone(crm, run)[0])
    assert crm.rows(MEMBERS)[ANA]["Seat"] == "VIP-7"


def test_a_delete_is_held_for_a_status_and_for_a_seat_that_a_row_names(crm: RunningCrm) -> None:
    for rows, moved in (
        ({ANA: None}, {"Member_Status": "Responded", "Seat": "VIP-7"}),
        ({ANA: None, BO: {"Seat": "B-1"}}, {"Member_Status": "Responded", "Seat": "VIP-8"}),
    ):
        made = plan_for(crm, rows)
        crm.link(MEMBERS, {"id": ANA, **moved})
        assert "held" in [one.status for one in apply(crm, made).outcomes]


def test_a_field_that_no_kind_declares_is_carried_where_rows_show_it_and_named_in_a_warning() -> None:
    for crm in crm_of(member_info="all"):
        made, warnings = planned(crm, saying(wanted({ANA: {"Member_Status": "Opened"}})), kinds=(SEATED,))
        assert [warning.code for warning in warnings] == ["undeclared-fields"]
        assert "Hall" in str(warnings[0].message)
        assert "Seat" not in str(warnings[0].message)
        assert made.changes[0].carried["Hall"] == "B"
        apply(crm, made)
        assert crm.rows(MEMBERS)[ANA] == {
            "Member_Status": "Opened",
            "Seat": "VIP-7",
            "Fee": 12.5,
            "Hall": "B",
        }


def test_rows_with_and_without_fields_stand_in_one_list(crm: RunningCrm) -> None:
    made = plan_for(crm, {ANA: {}, BO: {"Member_Status": "Sent"}})
    assert made.summary == Summary(create=1, unchanged=1)
    apply(crm, made)
    assert plan_for(crm, {ANA: {}, BO: {"Member_Status": "Sent"}}).summary == Summary(unchanged=2)


@pytest.mark.parametrize("info", ["asked", "all"])
@pytest.mark.parametrize("where", ["nested", "flat"])
def test_a_field_that_a_row_leaves_out_is_set_and_then_there_is_nothing_to_do(info: str, where: str) -> None:
    for crm in crm_of(empty_attr="left_out", member_info=info, member_status_on_read=where):
        crm.link(MEMBERS, {"id": BO, "Member_Status": "Sent"})
        rows = {ANA: {"Seat": "VIP-7"}, BO: {"Seat": "B-1"}}
        made = plan_for(crm, rows)
        assert [(change.before, change.after) for change in made.changes] == [
            ({"Seat": None}, {"Seat": "B-1"})
        ]
        assert [one.status for one in apply(crm, made).outcomes] == ["applied"]
        assert plan_for(crm, rows).summary == Summary(unchanged=2)


def test_a_field_that_every_row_leaves_out_counts_as_empty_where_others_are_there() -> None:
    for crm in crm_of(empty_attr="left_out"):
        crm.delink(MEMBERS, ANA)
        crm.link(MEMBERS, {"id": BO, "Member_Status": "Sent"})
        made, warnings = planned(crm, saying(wanted({BO: {"Seat": "B-1"}})), kinds=(SEATED,))
        assert [(one.code, one.severity) for one in warnings] == [("unreadable-field", "warning")]
        apply(crm, made)
        assert crm.rows(MEMBERS)[BO]["Seat"] == "B-1"


def test_what_is_carried_stands_in_the_plan_file_and_not_in_its_content(crm: RunningCrm) -> None:
    made = plan_for(crm, {ANA: {"Member_Status": "Responded"}})
    (shown,) = json.loads(dump_plan(made))["changes"]
    assert shown["before"] == {"Member_Status": "Sent", "Seat": "VIP-7", "Fee": 12.5}
    assert shown["after"] == {"Member_Status": "Responded", "Seat": "VIP-7", "Fee": 12.5}
    assert shown["carried"] == ["Fee", "Seat"]
    assert load_plan(dump_plan(made)) == made
    crm.link(MEMBERS, {"id": ANA, "Member_Status": "Sent", "Seat": "VIP-8"})
    again = plan_for(crm, {ANA: {"Member_Status": "Responded"}})
    assert again.changes != made.changes
    assert again.content == made.content


def test_what_points_to_a_record_is_sent_back_as_it_came() -> None:
    world = {**WORLD, "member_fields": {"Guest": {"type": "any"}}}
    with running(world, Switches(member_info="all")) as crm:
        guest = {"id": "3652397000000300001", "name": "Bo"}
        crm.link(MEMBERS, {"id": ANA, "Member_Status": "Sent", "Guest": guest})
        made = planned(crm, saying(managed("Campaigns", CAMPAIGNS[0], {ANA: "Opened"}, prune=False, line=1)))[
            0
        ]
        apply(crm, load_plan(dump_plan(made)))
        assert crm.rows(MEMBERS)[ANA] == {"Member_Status": "Opened", "Guest": guest}
