"""Who said no stays out of a plan, everybody else is in it, and it costs as few calls as it can."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.worlds import managed, planned, saying, settings, undone
from zsync.crm import connect_reader
from zsync.crm.consent import ConsentCheck
from zsync.emulator import RunningCrm, Switches, running
from zsync.errors import InputError
from zsync.kinds import KINDS, find_kind
from zsync.model import Change, ManagedList, Outcome, Plan, Row, Run, Span
from zsync.model.consent import PERSONS, Consent, SaysNo
from zsync.model.never import Mention, Never
from zsync.model.objections import Objection

ANA, BO, CY = "301", "302", "303"
OUT = Objection("field", "Email_Opt_Out", True)
ORDER = ("Planned", "Sent", "Responded")
WORLD: Mapping[str, Any] = {
    "fields": {
        "Leads": {"No_Mail": {"type": "multiselectpicklist"}, "Other_Mail": {"type": "email"}},
        "Contacts": {"VIP": {"type": "boolean"}},
    },
    "records": {
        "Campaigns": [
            {"id": "501", "Campaign_Name": "Spring", "Type": "Email"},
            {"id": "502", "Campaign_Name": "Fair", "Type": "Trade Show"},
            {"id": "503", "Campaign_Name": "Unsorted"},
        ],
        "Products": [{"id": "801", "Product_Name": "Sensor"}],
        "Leads": [
            {"id": ANA, "Last_Name": "Ana", "Email": "ana@acme.example"},
            {"id": BO, "Last_Name": "Bo", "Email": "bo@acme.example", "Email_Opt_Out": True},
            {"id": CY, "Last_Name": "Cy", "Email": "CY@Acme.example", "Other_Mail": "old@acme.example"},
        ],
        "Contacts": [{"id": "401", "Last_Name": "Bo", "Email": "bo@acme.example"}],
    },
}


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """Three campaigns and three leads, of which Bo opted out."""
    with running(WORLD) as bundled:
        yield bundled


def by_id(rows: Mapping[str, str | None], campaign: str = "501", related: str = "Leads") -> ManagedList:
    """Rows that are named by ids; without a status where it is None."""
    made = tuple(
        Row((one,), True, {"Member_Status": status} if status else {}, line, 9)
        for line, (one, status) in enumerate(rows.items(), 2)
    )
    one = managed("Campaigns", campaign, {}, prune=False, line=1)
    if related == "Contacts":
        one = replace(one, kind=KINDS[1], name="Contacts")
    return replace(one, records=made)


def by_email(*addresses: str, campaign: str = "501") -> ManagedList:
    """Rows that are named by addresses."""
    rows = tuple(
        Row((one,), False, {"Member_Status": "Planned"}, at, 9) for at, one in enumerate(addresses, 2)
    )
    return replace(by_id({}, campaign), key=("Email",), records=rows)


def plan(crm: RunningCrm, *lists: ManagedList, consent: Consent | tuple[Consent, ...] = Consent()) -> Plan:  # noqa: B008
    """The plan for these lists under these rules."""
    rules = consent if isinstance(consent, tuple) else (consent,)
    return planned(crm, saying(*lists), consents=rules)[0]


def person_of(change: Change) -> str:
    """The person of a change, on whichever side."""
    return change.record_id if change.module in PERSONS else change.related_record_id


def left_out(made: Plan) -> dict[str, Objection | None]:
    """Who is withheld for consent, and why."""
    return {person_of(one.change): one.change.objection for one in made.withheld if one.reason == "consent"}


def in_plan(made: Plan) -> list[str]:
    """Whom the plan writes."""
    return sorted(map(person_of, made.changes))


@pytest.mark.parametrize(
    "rows", [by_id({ANA: "Planned", BO: "Planned"}), by_email("ana@acme.example", "bo@acme.example")]
)
def test_who_opted_out_is_withheld_with_the_reason_and_blocks_nobody(
    crm: RunningCrm, rows: ManagedList
) -> None:
    made = plan(crm, rows)
    assert left_out(made) == {BO: OUT}
    assert in_plan(made) == [ANA]
    assert made.verdicts == ()


def test_without_rules_nobody_is_asked(crm: RunningCrm) -> None:
    made = plan(crm, by_id({BO: "Planned"}), consent=())
    assert in_plan(made) == [BO]
    assert in_plan(plan(crm, by_id({BO: "Planned"}), consent=Consent(off="made-up people"))) == [BO]


@pytest.mark.parametrize(("campaign", "withheld"), [("501", True), ("502", False), ("503", True)])
def test_the_type_of_the_campaign_decides_between_leaving_out_and_warning(
    crm: RunningCrm, campaign: str, withheld: bool
) -> None:
    made = plan(crm, by_id({BO: "Planned"}, campaign))
    assert (left_out(made) == {BO: OUT}) is withheld
    assert [one.objection for one in made.changes] == ([] if withheld else [OUT])


def test_the_stricter_of_two_rules_counts_and_the_bases_is_called_so(crm: RunningCrm) -> None:
    mild = Consent(types=(("*", "off"),))
    assert left_out(plan(crm, by_id({BO: "Sent"}), consent=(mild, Consent(base=True)))) == {
        BO: OUT._replace(base=True)
    }
    assert left_out(plan(crm, by_id({BO: "Sent"}), consent=(Consent(), replace(mild, base=True)))) == {
        BO: OUT
    }


def test_advancing_is_stopped_leaving_and_opting_out_are_not(crm: RunningCrm) -> None:
    for campaign in ("501", "502", "503"):
        crm.link(f"Campaigns/{campaign}/Leads", {"id": BO, "Member_Status": "Planned"})
    lists = (by_id({BO: "Sent"}), by_id({BO: "Opted Out"}, "503"), replace(by_id({}, "502"), prune=True))
    made = plan(crm, *lists, consent=Consent(order=ORDER, types=(("*", "withhold"),)))
    assert left_out(made) == {BO: OUT}
    assert {one.action: one.after for one in made.changes} == {
        "update": {"Member_Status": "Opted Out"},
        "delete": None,
    }


def test_a_member_as_wanted_is_unchanged_whatever_it_said(crm: RunningCrm) -> None:
    crm.link("Campaigns/501/Leads", {"id": BO, "Member_Status": "Planned"})
    made = plan(crm, by_id({BO: "Planned"}), consent=Consent(order=ORDER))
    assert (made.withheld, made.summary.unchanged) == ((), 1)


def test_a_record_speaks_for_itself_and_an_entry_of_never_for_every_record(crm: RunningCrm) -> None:
    contact = by_id({"401": "Planned"}, related="Contacts")
    assert in_plan(plan(crm, contact)) == ["401"]
    never = Never({"bo@acme.example": Mention("no.csv", 3)})
    assert left_out(plan(crm, contact, consent=Consent(never=never))) == {
        "401": Objection("never", file="no.csv", line=3)
    }


def test_every_field_that_holds_an_address_is_held_against_never(crm: RunningCrm) -> None:
    never = Never(
        {"old@acme.example": Mention("no.csv", 3)}, patterns=(("*@other.example", Mention("z", 1)),)
    )
    rows = by_email("cy@acme.example", "ana@acme.example")
    assert left_out(plan(crm, rows, consent=Consent(never=never))).keys() == {CY}


def test_from_the_leads_side_the_lead_is_asked(crm: RunningCrm) -> None:
    parent = replace(by_id({}).parent, module="Leads", id=BO)
    lead = replace(by_id({"501": "Planned", "502": "Planned"}), parent=parent, name="Campaigns")
    made = plan(crm, lead)
    assert [one.change.record_id for one in made.withheld] == [BO]
    assert [one.objection for one in made.changes] == [OUT]


def test_a_field_of_ones_own_with_several_values(crm: RunningCrm) -> None:
    crm.edit(ANA, No_Mail=["Calls", "Mail"])
    consent = Consent(fields=(SaysNo("No_Mail", ("mail",), Span("z", 3, 5)),))
    found = left_out(plan(crm, by_id({ANA: None, CY: None}), consent=consent))
    assert found == {ANA: Objection("field", "No_Mail", ["Calls", "Mail"])}


def test_a_field_that_nobody_has_is_an_error_at_its_place(crm: RunningCrm) -> None:
    consent = Consent(fields=(SaysNo("No_Mial", (True,), Span("relations/zsync.yaml", 3, 5)),))
    with pytest.raises(InputError) as error:
        plan(crm, by_id({ANA: None}), consent=consent)
    (one,) = error.value.diagnostics
    assert (one.code, one.span) == ("unknown-field", Span("relations/zsync.yaml", 3, 5))
    assert "Did you mean No_Mail?" in str(one.help)
    # What only contacts have is no mistake, and what the base named is the base's.
    contacts = Consent(fields=(SaysNo("VIP", (False,), Span("z", 1, 1)),))
    assert plan(crm, by_id({ANA: None}), consent=(contacts, replace(consent, base=True))).changes


@pytest.mark.parametrize("rows", [by_id({ANA: None}), by_email("ana@acme.example")])
def test_a_field_that_exists_and_cannot_be_read_keeps_the_row_out(rows: ManagedList) -> None:
    with running(WORLD, Switches(unreadable_fields=frozenset({"Leads.Email_Opt_Out"}))) as crm:
        assert left_out(plan(crm, rows)) == {ANA: Objection("unread", "Email_Opt_Out")}
        assert in_plan(plan(crm, rows, consent=Consent(fields=(SaysNo("Email_Opt_Out", ()),)))) == [ANA]


def test_a_type_that_cannot_be_read_counts_as_none() -> None:
    with running(WORLD, Switches(unreadable_fields=frozenset({"Campaigns.Type"}))) as crm:
        assert left_out(plan(crm, by_id({BO: None}, "502"))) == {BO: OUT}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Unsubscribed_Mode", "Manual"),
        ("Data_Processing_Basis", "Consent - Pending"),
        ("$stop_processing", True),
    ],
)
def test_fields_of_gdpr_settings_are_asked_where_the_org_has_them(field: str, value: object) -> None:
    with running(WORLD, Switches(gdpr=True)) as crm:
        crm.edit(ANA, **{field: value})
        assert left_out(plan(crm, by_id({ANA: None, CY: None}))) == {ANA: Objection("field", field, value)}


def test_metadata_that_may_not_be_read_leaves_what_every_org_has(crm: RunningCrm) -> None:
    crm.refuse_next("OAUTH_SCOPE_MISMATCH", path="settings/fields")
    assert left_out(plan(crm, by_id({ANA: None, BO: None}))) == {BO: OUT}


def test_a_converted_lead_is_withheld_for_that(crm: RunningCrm) -> None:
    crm.convert(BO, "401")
    made = plan(crm, by_id({BO: "Planned"}))
    assert [one.reason for one in made.withheld] == ["converted"]


def test_other_lists_are_left_alone_unless_they_are_named(crm: RunningCrm) -> None:
    kind = find_kind("Products", "Leads")
    assert kind
    parent = replace(by_id({}).parent, module="Products", id="801")
    product = replace(by_id({BO: None}), parent=parent, kind=kind)
    assert in_plan(plan(crm, product)) == [BO]
    named = Consent(lists=(("Products/Sensor/Leads", "withhold"),))
    assert left_out(plan(crm, product, consent=named)) == {BO: OUT}


def asked(crm: RunningCrm) -> list[str]:
    """The calls about persons: of metadata, and queries of leads."""
    found = []
    for one in crm._org.seen:
        if one.path.endswith("settings/fields"):
            found.append("metadata")
        elif one.path.endswith("coql"):
            query = json.loads(one.body)["select_query"]
            found.append(query.split(" from ")[1].split(" ")[0] + (" key" if "Email in" in query else ""))
    return found


def more(crm: RunningCrm, *lists: ManagedList) -> list[str]:
    """The calls that consent adds to those of a plan."""
    for consent in ((), (Consent(),)):
        crm._org.seen.clear()
        plan(crm, *lists, consent=consent)
        if not consent:
            usual = Counter(asked(crm))
    return sorted((Counter(asked(crm)) - usual).elements())


def test_rows_by_key_cost_nothing(crm: RunningCrm) -> None:
    assert more(crm, by_email("ana@acme.example", "cy@acme.example")) == []


def test_rows_by_id_cost_a_query_per_hundred() -> None:
    people = [{"id": str(1000 + n), "Last_Name": f"L{n}"} for n in range(150)]
    with running({"records": {"Campaigns": WORLD["records"]["Campaigns"], "Leads": people}}) as crm:
        rows = by_id({one["id"]: None for one in people})
        assert more(crm, rows) == ["Leads", "Leads", "metadata"]
        assert plan(crm, rows).summary.create == 150


def test_a_campaign_is_asked_for_its_type_where_somebody_said_no(crm: RunningCrm) -> None:
    assert more(crm, by_email("bo@acme.example")) == ["Campaigns"]


def test_nothing_is_asked_where_nothing_is_to_be_done(crm: RunningCrm) -> None:
    crm.link("Campaigns/501/Leads", {"id": ANA, "Member_Status": "Planned"})
    assert more(crm, by_id({ANA: "Planned"})) == []


def test_an_undo_that_adds_somebody_again_asks_as_well(crm: RunningCrm) -> None:
    for one in (ANA, BO):
        crm.link("Campaigns/501/Leads", {"id": one, "Member_Status": "Planned"})
    made = plan(crm, replace(by_id({}), prune=True))
    crm.delink("Campaigns/501/Leads", ANA, BO)
    every = range(len(made.changes))
    run = Run(
        "r", "", made, {at: Outcome("applied") for at in every}, frozenset(), frozenset(every), True, None
    )
    back, _ = undone(crm, run, consents=(Consent(),))
    assert (in_plan(back), left_out(back), len(back.withheld)) == ([ANA], {BO: OUT}, 1)


def test_queries_bring_along_what_persons_say_and_nothing_of_others(crm: RunningCrm) -> None:
    async def work() -> None:
        async with connect_reader(settings(crm)) as reader:
            check = ConsentCheck(reader, (Consent(),))
            meta = await check.metadata("Leads")
            assert (meta.names, meta.addresses) == (("Email_Opt_Out",), ())
            assert not check.concerns("Products", "Leads")

    asyncio.run(work())


def test_that_consent_cannot_be_seen_is_told_with_the_plan(crm: RunningCrm) -> None:
    crm.refuse_next("OAUTH_SCOPE_MISMATCH", 4, path="settings/fields")
    _, warnings = planned(crm, saying(by_id({ANA: "Planned"})), consents=(Consent(),))
    assert "unseen-consent" in [one.code for one in warnings]
