"""Settling one request: what is asked, how long it waits, and what each odd answer leaves of a row."""

import json
from dataclasses import replace
from typing import Any, Literal

import httpx
import pytest
import respx

from tests.applying.noted import Noted
from tests.applying.test_applier import LIST, at_once, change, listed, org, plan, reads, run, said
from tests.crm.conftest import TOKEN_URL, Door, door, error, zoho
from zsync.applying import applier, settling
from zsync.applying.rows import CurrentReader, PlannedRow
from zsync.applying.settling import Settler
from zsync.applying.stopping import Stopped
from zsync.crm import Crm
from zsync.errors import RequestRefused
from zsync.kinds import KINDS
from zsync.model import Change, Found, Outcome, Request, Stop
from zsync.model.retries import LAGS, ROUNDS

__all__ = ["at_once", "door", "org", "zoho"]

TYPES = KINDS[0].fields
SENT, RESPONDED = listed(("11", "Sent")), listed(("11", "Responded"))
LOST = Outcome("unknown", doubt="lost", request="PUT /Campaigns/5/Leads", problem="ReadTimeout")


def settled(door: Door, *changes: Change, log: Noted | None = None) -> tuple[dict[int, Outcome], list[float]]:
    """What became of the changes of one request, and how long was waited."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def work(crm: Crm) -> dict[int, Outcome]:
        settler = Settler(crm, log or Noted(), TYPES, verify=True, sleep=sleep)
        method: Literal["DELETE", "PUT"] = "DELETE" if changes[0].action == "delete" else "PUT"
        request = Request(method, "Campaigns", "5", "Leads", tuple(range(len(changes))))
        return await settler.settle(request, [PlannedRow(index, one) for index, one in enumerate(changes)])

    return door.run(work), slept


@pytest.fixture
def lags(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real waits; nobody sleeps them."""
    monkeypatch.setattr(settling, "LAGS", LAGS)


@pytest.mark.usefixtures("lags")
def test_what_was_accepted_and_never_shows_is_waited_for_and_not_stored(
    door: Door, zoho: respx.MockRouter
) -> None:
    zoho.put(LIST).mock(return_value=said(("11", "SUCCESS")))
    reads(zoho, SENT)
    outcomes, slept = settled(door, change("update", "11"))
    assert outcomes == {0: Outcome("refused", "NOT_STORED", found=Found({"Member_Status": "Sent"}))}
    assert slept == list(LAGS)


@pytest.mark.usefixtures("lags")
@pytest.mark.parametrize("first", ["Sent", "Opened"])
def test_what_shows_late_is_applied_whatever_was_to_be_seen_before(
    door: Door, zoho: respx.MockRouter, first: str
) -> None:
    zoho.put(LIST).mock(return_value=said(("11", "SUCCESS")))
    reads(zoho, SENT, listed(("11", first)), RESPONDED)
    assert settled(door, change("update", "11")) == ({0: Outcome("applied")}, [LAGS[0]])


def test_a_row_that_shows_at_once_keeps_its_outcome_while_another_is_waited_for(
    door: Door, zoho: respx.MockRouter
) -> None:
    zoho.put(LIST).mock(return_value=said(("11", "SUCCESS"), ("12", "SUCCESS")))
    route = reads(
        zoho,
        listed(("11", "Sent"), ("12", "Sent")),
        listed(("11", "Responded"), ("12", "Sent")),
        listed(("12", "Responded")),
    )
    outcomes, _ = settled(door, change("update", "11"), change("update", "12"))
    assert outcomes == {0: Outcome("applied"), 1: Outcome("applied")}
    assert [call.request.url.params["ids"] for call in route.calls] == ["11,12", "11,12", "12"]


@pytest.mark.usefixtures("lags")
def test_one_that_is_gone_is_looked_for_twice_and_the_others_are_deleted(
    door: Door, zoho: respx.MockRouter
) -> None:
    delete = zoho.delete(LIST).mock(return_value=said(("12", "SUCCESS")))
    reads(zoho, listed(("12", "Sent")), listed(), listed())
    outcomes, slept = settled(door, change("delete", "11"), change("delete", "12"))
    assert outcomes == {0: Outcome("unchanged"), 1: Outcome("applied")}
    assert (slept[0], delete.calls.last.request.url.params["ids"]) == (LAGS[0], "12")


@pytest.mark.parametrize(
    ("lost", "outcome"),
    [
        (httpx.ReadTimeout("slow"), LOST),
        (
            httpx.Response(500, json=error("INTERNAL_ERROR")),
            replace(LOST, code="INTERNAL_ERROR", message="no", problem="status 500"),
        ),
        (httpx.Response(503), replace(LOST, problem="status 503")),
    ],
    ids=str,
)
def test_what_got_lost_says_what_is_known_of_the_answer(
    door: Door, zoho: respx.MockRouter, lost: Any, outcome: Outcome
) -> None:
    zoho.put(LIST).mock(side_effect=[lost])
    reads(zoho, SENT, listed(("11", "Opened")))
    assert settled(door, change("update", "11"))[0] == {0: outcome}


def test_what_gets_lost_each_time_is_sent_so_often_and_stays_unknown(
    door: Door, zoho: respx.MockRouter
) -> None:
    put = zoho.put(LIST).mock(side_effect=[httpx.ReadTimeout("slow")] * 9)
    reads(zoho, SENT)
    log = Noted()
    assert settled(door, change("update", "11"), log=log)[0] == {0: LOST}
    assert put.call_count == ROUNDS
    assert log.lines == [(0,), {0: LOST}] * ROUNDS


def test_a_relation_without_fields_is_read_by_its_id(door: Door, zoho: respx.MockRouter) -> None:
    put = zoho.put(LIST).mock(return_value=said(("11", "SUCCESS")))
    bare = httpx.Response(200, json={"data": [{"id": "11"}], "info": {"more_records": False}})
    route = reads(zoho, listed(), bare)
    one = replace(change("create", "11"), after={})
    assert settled(door, one)[0] == {0: Outcome("applied")}
    assert {call.request.url.params["fields"] for call in route.calls} == {"id"}
    assert json.loads(put.calls.last.request.content) == {"data": [{"id": "11"}]}


def test_a_row_that_was_settled_before_an_error_keeps_its_outcome(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).respond(403, json=error("NO_PERMISSION", "denied"))
    reads(zoho, listed(("11", "Responded"), ("12", "Sent")))
    with pytest.raises(Stopped, match="denied") as caught:
        settled(door, change("update", "11"), change("update", "12"))
    refused = Outcome("refused", "NO_PERMISSION", "denied", request="PUT /Campaigns/5/Leads")
    assert caught.value.outcomes == {0: Outcome("unchanged"), 1: refused}
    assert caught.value.stop.cause == "refused"


def test_a_report_counts_the_calls_and_the_time_of_its_own_run(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).mock(return_value=said(("11", "SUCCESS")))
    reads(zoho, SENT, RESPONDED)
    times = iter([10.0, 12.3456])

    async def work(crm: Crm) -> Any:
        await crm.org()
        crm.traffic.writes += 5
        return await applier.apply(plan(change("update", "11")), crm, Noted(), clock=lambda: next(times))

    report = door.run(work)
    # The org, the row before and after, and whether its lead was converted, which this CRM does not show in the row.
    assert (report.reads, report.writes, report.seconds) == (4, 1, 2.3)


def test_a_run_that_was_stopped_says_so_once(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(LIST).respond(500)
    report = run(door, plan(change("update", "11")))
    assert isinstance(report.stopped, Stop)
    assert report.stopped.cause == "failed"


@pytest.mark.parametrize("second", ["Sent", "Responded"])
def test_what_was_denied_stays_in_doubt_for_a_run_that_goes_on_with_access(
    door: Door, zoho: respx.MockRouter, second: str
) -> None:
    zoho.put(LIST).respond(403, json=error("NO_PERMISSION", "denied"))
    reads(zoho, SENT, listed(("11", second)))
    log = Noted()
    with pytest.raises(Stopped) as caught:
        settled(door, change("update", "11"), log=log)
    stored = second == "Responded"
    assert caught.value.outcomes[0].status == ("applied" if stored else "refused")
    assert log.lines == [(0,), {0: Outcome("applied")} if stored else {}]


def test_a_row_that_two_answers_are_about_is_read(door: Door, zoho: respx.MockRouter) -> None:
    for order in (("SUCCESS", "INVALID_DATA"), ("INVALID_DATA", "SUCCESS")):
        zoho.put(LIST).mock(return_value=said(*(("11", code) for code in order)))
        reads(zoho, SENT, RESPONDED)
        assert settled(door, change("update", "11"))[0] == {0: Outcome("applied")}
        reads(zoho, SENT)
        assert settled(door, change("update", "11"))[0][0].status == "refused"


@pytest.mark.usefixtures("lags")
def test_a_row_that_is_gone_for_a_moment_after_it_was_accepted_is_read_again(
    door: Door, zoho: respx.MockRouter
) -> None:
    reads(zoho, SENT)

    def accept(_: httpx.Request) -> httpx.Response:
        reads(zoho, listed(), RESPONDED)
        return said(("11", "SUCCESS"))

    zoho.put(LIST).mock(side_effect=accept)
    assert settled(door, change("update", "11"))[0] == {0: Outcome("applied")}


def test_a_row_is_read_as_the_crm_sends_it_so_that_its_key_is_there(
    door: Door, zoho: respx.MockRouter
) -> None:
    row = {"id": "11", "Email": "ana@acme.example", "$member_info": {"Member_Status": "Sent"}}
    zoho.get(LIST).respond(json={"data": [row], "info": {"more_records": False}})
    request = Request("PUT", "Campaigns", "5", "Leads", (0,))
    rows = [PlannedRow(0, change("update", "11"))]
    current = door.run(lambda crm: CurrentReader(crm, TYPES).read(request, rows, ["Email"]))
    assert (current["11"].fields, current["11"].record["Email"]) == (
        {"Member_Status": "Sent"},
        "ana@acme.example",
    )


def test_a_row_is_not_refused_where_the_token_was(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).respond(401, json=error("INVALID_TOKEN", "invalid oauth token"))

    def ended(_: httpx.Request) -> httpx.Response:
        zoho.post(TOKEN_URL).respond(400, json={"error": "invalid_code"})
        return SENT

    zoho.get(LIST).mock(side_effect=ended)
    with pytest.raises(Stopped, match="gives no access token") as caught:
        settled(door, change("update", "11"))
    assert caught.value.outcomes == {0: Outcome("unsent")}


@pytest.mark.parametrize(("after", "asked"), [({"Member_Status": "Sent"}, "Member_Status"), ({}, "id")])
def test_where_the_crm_refuses_to_show_keys_the_row_is_read_without_them(
    door: Door, zoho: respx.MockRouter, after: dict[str, str], asked: str
) -> None:
    refusal = httpx.Response(400, json=error("INVALID_DATA"))
    request = Request("PUT", "Campaigns", "5", "Leads", (0,))
    rows = [PlannedRow(0, replace(change("update", "11"), before={}, after=after))]

    def read(*keys: str) -> list[str]:
        route = reads(zoho, refusal, SENT)
        route.calls.reset()
        door.run(lambda crm: CurrentReader(crm, TYPES).read(request, rows, keys))
        return [call.request.url.params["fields"] for call in route.calls]

    assert read("Email")[1:] == [asked]
    with pytest.raises(RequestRefused):
        read()


@pytest.mark.parametrize("sent", [(), (0,)])
def test_a_field_of_the_kind_that_changed_with_the_write_is_told(
    door: Door, zoho: respx.MockRouter, sent: tuple[int, ...]
) -> None:
    zoho.put(LIST).mock(return_value=said(("11", "SUCCESS")))

    def shown(status: str, seat: str) -> httpx.Response:
        row = {"id": "11", "Member_Status": status, "Seat": seat}
        return httpx.Response(200, json={"data": [row], "info": {"more_records": False}})

    reads(zoho, *([] if sent else [shown("Sent", "A")]), shown("Responded", "B"))
    one = replace(change("update", "11"), carried={"Seat": "A"})

    async def work(crm: Crm) -> dict[int, Outcome]:
        settler = Settler(crm, Noted(), {**TYPES, "Seat": "text"}, verify=True, sent=sent)
        request = Request("PUT", "Campaigns", "5", "Leads", (0,))
        return await settler.settle(request, [PlannedRow(0, one)])

    assert door.run(work) == {0: Outcome("refused", "CARRIED_CHANGED", found=Found({"Seat": "B"}))}


def test_what_may_not_even_be_read_is_refused_in_the_words_of_the_crm(
    door: Door, zoho: respx.MockRouter
) -> None:
    zoho.get(LIST).respond(403, json=error("NO_PERMISSION", "denied"))
    with pytest.raises(Stopped) as caught:
        settled(door, change("update", "11"))
    refused = Outcome("refused", "NO_PERMISSION", "denied", request="GET /Campaigns/5/Leads")
    assert caught.value.outcomes == {0: refused}


def test_a_row_that_moved_takes_no_outcome_away_from_one_that_is_as_it_is_wanted(
    door: Door, zoho: respx.MockRouter
) -> None:
    reads(zoho, listed(("11", "Responded"), ("12", "Opened")))
    done, _ = settled(door, change("update", "11"), change("update", "12"))
    assert {index: one.status for index, one in done.items()} == {0: "unchanged", 1: "held"}
