"""People are asked once more before a row is sent: who has said no since the review is held, and nothing else is."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.applying.noted import Noted
from tests.planning.test_consenting import ANA, BO, CY, ORDER, OUT, WORLD, asked, by_email, by_id
from tests.worlds import planned, saying, settings
from zsync.applying.applier import Way, apply
from zsync.crm import connect
from zsync.emulator import RunningCrm, running
from zsync.kinds import KINDS
from zsync.model import ManagedList, Outcome, Parent, Plan, Report, Row, Span
from zsync.model.consent import Consent
from zsync.model.never import Mention, Never
from zsync.model.objections import Objection

Edit = Callable[[RunningCrm], object]
RULES = (Consent(order=ORDER),)


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """Three leads, of whom nobody has said no yet."""
    with running(WORLD) as bundled:
        bundled.edit(BO, Email_Opt_Out=False)
        yield bundled


def made(crm: RunningCrm, *lists: ManagedList, consents: tuple[Consent, ...] = RULES) -> Plan:
    return planned(crm, saying(*lists), consents=consents)[0]


def carried_out(crm: RunningCrm, plan: Plan, consents: tuple[Consent, ...] = RULES, **way: Any) -> Report:
    """What became of the plan; only what apply asked is among the requests that were seen."""
    crm._org.seen.clear()

    async def work() -> Report:
        async with connect(settings(crm)) as door:
            return await apply(plan, door, Noted(), Way(consents=consents, **way))

    return asyncio.run(work())


def held(report: Report) -> dict[str, Objection | None]:
    """Who was held, and why; everybody else is in the list."""
    pairs = list(zip(report.plan.changes, report.outcomes, strict=True))
    assert {one.status for _, one in pairs} <= {"held", "applied"}
    return {change.related_record_id: one.objection for change, one in pairs if one.status == "held"}


@pytest.mark.parametrize(
    "rows", [by_id({ANA: "Planned", BO: "Planned"}), by_email("ana@acme.example", "bo@acme.example")]
)
def test_who_opts_out_between_review_and_apply_is_held(crm: RunningCrm, rows: ManagedList) -> None:
    plan = made(crm, rows)
    crm.edit(BO, Email_Opt_Out=True)
    report = carried_out(crm, plan)
    assert held(report) == {BO: OUT}
    assert report.exit_code == 3
    assert crm.rows("Campaigns/501/Leads").keys() == {ANA}


def test_who_would_advance_is_held_and_who_leaves_or_opts_out_is_not(crm: RunningCrm) -> None:
    for one in (ANA, BO, CY):
        crm.link("Campaigns/501/Leads", {"id": one, "Member_Status": "Planned"})
    rows = by_id({ANA: "Sent", BO: "Opted Out"})
    plan = made(crm, replace(rows, absent=by_id({CY: None}).records))
    for one in (ANA, BO, CY):
        crm.edit(one, Email_Opt_Out=True)
    assert held(carried_out(crm, plan)) == {ANA: OUT}
    left = {one: fields["Member_Status"] for one, fields in crm.rows("Campaigns/501/Leads").items()}
    assert left == {ANA: "Planned", BO: "Opted Out"}


def test_an_entry_of_never_that_came_since_holds_as_well(crm: RunningCrm) -> None:
    plan = made(crm, by_id({ANA: None, BO: None}))
    never = Never({"bo@acme.example": Mention("no.csv", 9)})
    assert held(carried_out(crm, plan, (Consent(never=never),))) == {
        BO: Objection("never", file="no.csv", line=9)
    }


@pytest.mark.parametrize(("type_", "kept"), [("Email", {BO: OUT}), ("Trade Show", {})])
def test_the_type_counts_that_the_campaign_has_by_then(
    crm: RunningCrm, type_: str, kept: dict[str, Objection]
) -> None:
    crm.edit(BO, Email_Opt_Out=True)
    plan = made(crm, by_id({BO: "Planned"}, "502"))
    assert [one.objection for one in plan.changes] == [OUT]
    crm.edit("502", Type=type_)
    assert held(carried_out(crm, plan)) == kept


def test_a_field_that_can_no_longer_be_read_holds(crm: RunningCrm) -> None:
    plan = made(crm, by_id({ANA: "Planned"}))
    crm.switch(unreadable_fields=["Leads.Email_Opt_Out"])
    assert held(carried_out(crm, plan)) == {ANA: Objection("unread", "Email_Opt_Out")}


def test_a_row_that_is_there_by_now_is_as_planned_whatever_its_person_says(crm: RunningCrm) -> None:
    plan = made(crm, by_id({BO: "Planned"}))
    crm.link("Campaigns/501/Leads", {"id": BO, "Member_Status": "Planned"})
    crm.edit(BO, Email_Opt_Out=True)
    assert [one.status for one in carried_out(crm, plan).outcomes] == ["unchanged"]


def test_a_run_that_goes_on_asks_as_well_and_leaves_alone_what_stands(crm: RunningCrm) -> None:
    plan = made(crm, by_id({ANA: "Planned", BO: "Planned", CY: "Planned"}))
    crm.link("Campaigns/501/Leads", {"id": ANA, "Member_Status": "Planned"})
    for one in (ANA, BO):
        crm.edit(one, Email_Opt_Out=True)
    # Ana was sent and answered, Bo was sent and never arrived, Cy was not sent.
    report = carried_out(crm, plan, done={0: Outcome("applied")}, sent=frozenset({0, 1}))
    assert held(report) == {BO: OUT}


def test_rows_by_key_cost_the_metadata_alone_and_rows_by_id_a_query(crm: RunningCrm) -> None:
    by_key = by_email("ana@acme.example", "cy@acme.example")
    rows = (by_id({BO: None}), by_id({ANA: None}, "502"), by_id({CY: None}, "503"))
    for lists, added in (((by_key,), ["metadata"]), (rows, ["Leads", "metadata"])):
        usual = calls(crm, lists, ())
        assert sorted((calls(crm, lists, RULES) - usual).elements()) == added


@pytest.mark.parametrize("key", [("Email",), ("id",)])
@pytest.mark.parametrize("kind", ["Products–Contacts", "Products–Leads"])
def test_people_of_other_lists_are_in_the_cost_where_they_are_looked_up(
    crm: RunningCrm, kind: str, key: tuple[str, ...]
) -> None:
    pair = next(each for each in KINDS if each.name == kind)
    person = "401" if pair.right == "Contacts" else BO
    name = "bo@acme.example" if key == ("Email",) else person
    product = replace(
        by_id({}),
        parent=Parent("Products", Span("spring.yaml", 1, 1), id="801"),
        kind=pair,
        name=pair.right,
        key=key,
        records=(Row((name,), key == ("id",), {}, 2, 9),),
    )
    assert calls(crm, (by_id({ANA: "Planned"}) if pair.right == "Contacts" else contacts(), product), RULES)


def test_the_campaign_of_somebody_under_a_warning_is_in_the_cost(crm: RunningCrm) -> None:
    crm.edit(BO, Email_Opt_Out=True)
    assert calls(crm, (by_id({BO: "Planned"}, "502"),), RULES)


def contacts() -> ManagedList:
    """A campaign's list of contacts."""
    return by_id({"401": "Planned"}, related="Contacts")


def calls(crm: RunningCrm, lists: tuple[ManagedList, ...], consents: tuple[Consent, ...]) -> Counter[str]:
    """What is asked about people when a plan of these lists is carried out, which costs what the plan says; the CRM is as before."""
    plan = made(crm, *lists, consents=consents)
    report = carried_out(crm, plan, consents, concurrency=1)
    assert report.reads + report.writes + plan.cost.reads == plan.cost.credits[0]
    found = Counter(asked(crm))
    for one in plan.changes:
        crm.delink(f"{one.module}/{one.record_id}/{one.related_list}", one.related_record_id)
    return found


def test_a_plan_that_nobody_could_object_to_asks_nothing(crm: RunningCrm) -> None:
    crm.link("Campaigns/501/Leads", {"id": ANA, "Member_Status": "Planned"})
    carried_out(crm, made(crm, by_id({ANA: "Opted Out"})))
    assert asked(crm) == []
