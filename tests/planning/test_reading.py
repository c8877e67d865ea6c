"""Lists as they are read: hidden leads, records that come twice, rows that slip away between pages, unread fields."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import respx

from tests.crm.conftest import API, Door, door, zoho
from tests.plain import all_plain
from tests.worlds import CAMPAIGNS, LEADS, WORLD, become, managed, plan, planned, saying
from zsync.crm import RelatedList
from zsync.emulator import RunningCrm, running
from zsync.errors import AccessDenied, InputError
from zsync.kinds import find_kind
from zsync.model import Diagnostic, Manifests, Span
from zsync.model.diagnostics import Quote, Sentence
from zsync.planning.deciding import list_changes
from zsync.planning.reading import read_list
from zsync.planning.resolver import Resolved
from zsync.planning.scopes import scopes_of

__all__ = ["door", "zoho"]


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A bundled CRM in which one lead is a member of the first campaign."""
    with running(WORLD) as bundled:
        become(bundled, {(CAMPAIGNS[0], LEADS[0]): "Sent"})
        yield bundled


def said(*, converted: bool) -> Manifests:
    """A manifest that wants what is there."""
    one = managed("Campaigns", CAMPAIGNS[0], {LEADS[0]: "Sent"}, prune=True, line=1)
    return Manifests((replace(one, converted=converted),), ("spring.yaml",), "sha256:" + "0" * 64)


def test_a_list_of_one_page_is_not_counted(crm: RunningCrm) -> None:
    plan(crm, said(converted=False))
    assert not [one for one in crm.requests if "count" in one.path]


def test_a_list_that_the_crm_refuses_is_told_at_its_place_with_its_words_as_a_quote(crm: RunningCrm) -> None:
    with pytest.raises(InputError) as caught:
        plan(crm, saying(managed("Leads", "999", {CAMPAIGNS[0]: "Sent"}, prune=False, line=4)))
    (told,) = caught.value.diagnostics
    assert (told.code, told.span) == ("refused-record", Span("spring.yaml", 4, 1))
    assert "Check the parent's key or `id`" in str(told.help)
    assert isinstance(told.message, Sentence)
    where, words = told.message.parts
    assert where == "GET /Leads/999/Campaigns: INVALID_DATA: "
    assert isinstance(words, Quote)
    assert words.text == "the related id given seems to be invalid"
    assert words.instead.startswith("The CRM does not accept a record id")


def test_what_no_manifest_can_mend_ends_the_plan(crm: RunningCrm) -> None:
    crm.refuse_next("NO_PERMISSION", path="/Campaigns/")
    with pytest.raises(AccessDenied):
        plan(crm, said(converted=False))


def test_a_record_that_a_page_holds_twice_is_one_relation_and_is_not_pruned(
    door: Door, zoho: respx.MockRouter
) -> None:
    (scope,) = scopes_of(said(converted=False).lists, Resolved({}))[0].values()
    row = {"id": LEADS[0], "Member_Status": "Sent"}
    zoho.get(f"{API}/crm/v8/Campaigns/501/Leads").respond(
        json={"data": [row, row, {"id": LEADS[1]}], "info": {"more_records": False}}
    )
    found, problems = door.run(
        lambda reader: read_list(scope, RelatedList("Leads", "Leads", visible=True), reader)
    )
    assert problems == []
    assert [(one.action, one.related_record_id) for one in list_changes(found)] == [("delete", LEADS[1])]
    assert (found.joined.size, found.joined.unchanged, found.whole) == (2, 1, True)


def test_all_lists_whose_fields_cannot_be_read_are_told_in_one_run() -> None:
    pairs = list(zip(CAMPAIGNS[:2], LEADS[:2], strict=True))
    lists = [
        managed("Campaigns", campaign, {lead: "Sent"}, prune=False, line=line)
        for line, (campaign, lead) in enumerate(pairs, 1)
    ]
    with running({**WORLD, "switches": {"member_status_on_read": "absent"}}) as crm:
        for campaign, lead in pairs:
            crm.link(f"Campaigns/{campaign}/Leads", {"id": lead, "Member_Status": "Sent"})
        with pytest.raises(InputError) as caught:
            plan(crm, saying(*lists))
    assert [(one.code, one.span) for one in caught.value.diagnostics] == [
        ("unreadable-field", Span("spring.yaml", 2, 9)),
        ("unreadable-field", Span("spring.yaml", 3, 9)),
    ]


def test_a_field_that_no_row_carries_is_told_at_the_row_that_wants_it_and_what_to_do() -> None:
    one = managed("Campaigns", CAMPAIGNS[0], {LEADS[1]: None, LEADS[0]: "Sent"}, prune=False, line=1)
    plain = one.absent[0]._replace(fields={})
    with running({**WORLD, "switches": {"member_status_on_read": "absent"}}) as crm:
        crm.link(f"Campaigns/{CAMPAIGNS[0]}/Leads", *({"id": lead} for lead in LEADS[:2]))
        with pytest.raises(InputError) as caught:
            plan(crm, saying(replace(one, records=(plain, *one.records), absent=())))
    assert all_plain(caught.value.diagnostics) == (
        Diagnostic(
            "unreadable-field",
            f"none of the 2 rows of Campaigns/{CAMPAIGNS[0]}/Leads has Member_Status: its value cannot be compared",
            Span("spring.yaml", 3, 9),
            "Check that Member_Status is a field of this relation and that the token's user may see it.",
        ),
    )


@pytest.mark.parametrize(
    ("key", "prune", "fields"),
    [
        (("id",), False, "Member_Status"),
        (("id",), True, "Full_Name,Member_Status"),
        (("Email",), False, "Email,Member_Status"),
        (("Email",), True, "Email,Member_Status"),
    ],
)
def test_fields_are_read_that_are_wanted_and_that_name_what_no_manifest_names(
    crm: RunningCrm, key: tuple[str, ...], prune: bool, fields: str
) -> None:
    one = managed("Campaigns", CAMPAIGNS[0], {LEADS[0]: "Sent"}, prune=prune, line=1)
    if key == ("Email",):
        mail = f"lead{LEADS[0]}@acme.example"
        one = replace(one, key=key, records=(one.records[0]._replace(by_id=False, key=(mail,)),))
    before = len(crm.requests)
    plan(crm, saying(one))
    (read,) = [seen for seen in crm.requests[before:] if seen.path.endswith("/Leads")]
    assert read.query["fields"] == fields


def test_of_a_relation_without_fields_the_id_is_read(door: Door, zoho: respx.MockRouter) -> None:
    kind = find_kind("Products", "Leads")
    assert kind
    one = managed("Campaigns", "601", {LEADS[0]: "Sent"}, prune=False, line=1)
    rows = tuple(row._replace(fields={}) for row in one.records)
    one = replace(one, parent=replace(one.parent, module="Products"), kind=kind, records=rows)
    (scope,) = scopes_of((one,), Resolved({}))[0].values()
    route = zoho.get(f"{API}/crm/v8/Products/601/Leads").respond(204)
    door.run(lambda reader: read_list(scope, RelatedList("Leads", "Leads", visible=True), reader))
    assert route.calls.last.request.url.params["fields"] == "id"


MANY = [str(number) for number in range(1000, 1203)]


@pytest.fixture(scope="module")
def long() -> Iterator[RunningCrm]:
    """A bundled CRM with a campaign of two pages."""
    leads = [{"id": one, "Last_Name": one} for one in MANY]
    with running(
        {"records": {"Campaigns": [{"id": "501", "Campaign_Name": "Spring"}], "Leads": leads}}
    ) as bundled:
        for at in range(0, len(MANY), 100):
            bundled.link(
                "Campaigns/501/Leads", *({"id": one, "Member_Status": "Sent"} for one in MANY[at : at + 100])
            )
        yield bundled


def slipping(crm: RunningCrm, times: int) -> list[str]:
    """What is read, and warned of, of a pruned list that is as it should be, while two rows slip between its pages."""
    crm.clear_faults()
    shift = {"on": "GET /Campaigns/501/Leads", "query": {"page_token": "*"}, "shift": -2}
    crm.add_faults([shift] * times)
    before = len(crm.requests)
    made, warnings = planned(
        crm, saying(managed("Campaigns", "501", dict.fromkeys(MANY, "Sent"), prune=True, line=1))
    )
    assert not [one for one in made.changes if one.action != "create"]
    assert made.summary.unchanged + made.summary.create == len(MANY)
    read = ["list" for one in crm.requests[before:] if one.path.endswith("/Campaigns/501/Leads")]
    return [f"{made.summary.create} to create", *read, *(one.code for one in warnings)]


def test_rows_that_slip_between_pages_are_found_in_a_second_reading(long: RunningCrm) -> None:
    assert slipping(long, times=1) == ["0 to create", *["list"] * 4]


def test_rows_that_slip_in_the_second_reading_too_are_warned_of(long: RunningCrm) -> None:
    assert slipping(long, times=2) == ["2 to create", *["list"] * 4, "count-differs"]


def test_a_list_that_was_read_as_it_is_counted_is_not_read_again(long: RunningCrm) -> None:
    assert slipping(long, times=0) == ["0 to create", *["list"] * 2]


def test_converted_leads_are_asked_for_by_their_ids_too(long: RunningCrm) -> None:
    long.clear_faults()
    before = len(long.requests)
    one = managed("Campaigns", "501", {MANY[0]: "Sent", MANY[1]: "Sent"}, prune=False, line=1)
    plan(long, saying(replace(one, converted=True)))
    reads = [seen.query for seen in long.requests[before:] if seen.path.endswith("/Leads")]
    assert [(query["converted"], query.get("ids")) for query in reads] == [
        ("both", None),
        ("both", ",".join(MANY[:2])),
    ]


@pytest.mark.parametrize(("prune", "line"), [(True, 4), (False, 4)])
def test_the_warning_of_rows_that_nobody_saw_counts_them_and_stands_at_the_list(
    long: RunningCrm, prune: bool, line: int
) -> None:
    long.clear_faults()
    shift = {"on": "GET /Campaigns/501/Leads", "query": {"page_token": "*"}, "shift": -2}
    long.add_faults([shift] * 2)
    one = managed("Campaigns", "501", dict.fromkeys(MANY, "Sent"), prune=prune, line=line)
    _, warnings = planned(long, saying(one))
    assert all_plain(warnings) == (
        Diagnostic(
            "count-differs",
            "the CRM counts 203 records in Campaigns/501/Leads, and gave 201",
            Span("spring.yaml", line, 1),
            "Records that this user may not see are counted and not given; if there are none, plan again.",
            severity="warning",
        ),
    )
