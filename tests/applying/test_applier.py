"""Applying: each request once, each row an outcome, and nothing sent again before the CRM was read."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
import respx

from tests.applying.noted import Noted
from tests.crm.conftest import API, Door, door, error, zoho
from zsync.applying import applier, settling
from zsync.crm import Crm
from zsync.errors import PlanRefused
from zsync.files.plan import seal
from zsync.model import Action, Binding, Change, Cost, Found, Outcome, Plan, Report, Stop, Summary
from zsync.model.retries import ROUNDS
from zsync.planning.packing import pack

__all__ = ["door", "zoho"]

LIST = f"{API}/crm/v8/Campaigns/5/Leads"
OTHER = f"{API}/crm/v8/Campaigns/6/Leads"
BINDING = Binding("90001", "sandbox", API, "", "", "", "", "0.1.0", "", "")


def change(action: Action, related: str, parent: str = "5") -> Change:
    """A status from Sent to Responded, as far as the action has both."""
    before = None if action == "create" else {"Member_Status": "Sent"}
    after = None if action == "delete" else {"Member_Status": "Responded"}
    return Change(action, "Campaigns", parent, "Leads", "Leads", related, "Spring", related, before, after)


def plan(*changes: Change) -> Plan:
    """A plan of these changes for the org that answers."""
    return seal(BINDING, Summary(), changes, pack(changes), Cost(0, 0, (0, 0), 0))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was accepted is read again without waiting."""
    monkeypatch.setattr(settling, "LAGS", (0.0, 0.0))


@pytest.fixture(autouse=True)
def org(zoho: respx.MockRouter) -> respx.Route:
    """The org of the plan, in which no lead was converted."""
    zoho.post(f"{API}/crm/v8/coql").respond(204)
    return zoho.get(f"{API}/crm/v8/org").respond(json={"org": [{"zgid": "90001", "type": "sandbox"}]})


def run(door: Door, made: Plan) -> Report:
    """What became of the plan."""
    report: Report = door.run(lambda crm: applier.apply(made, crm, Noted()))
    return report


def statuses(report: Report) -> list[str]:
    """One word per change."""
    return [outcome.status for outcome in report.outcomes]


def said(*rows: tuple[str, str], status: int = 200) -> httpx.Response:
    """An answer with these rows: id and code."""
    made = [
        {
            "code": code,
            "details": {"id": one},
            "message": "",
            "status": "success" if code == "SUCCESS" else "error",
        }
        for one, code in rows
    ]
    return httpx.Response(status, json={"data": made})


def listed(*rows: tuple[str, str | None]) -> httpx.Response:
    """A related list with these members: id and status."""
    data = [{"id": one, "$member_info": {"Member_Status": status}} for one, status in rows]
    return (
        httpx.Response(200, json={"data": data, "info": {"more_records": False}})
        if data
        else httpx.Response(204)
    )


def reads(zoho: respx.MockRouter, *answers: httpx.Response) -> respx.Route:
    """What the list shows, one answer a reading; the last one for ever."""
    following = iter(answers)
    return zoho.get(LIST).mock(side_effect=lambda _: next(following, answers[-1]))


SENT, RESPONDED = listed(("11", "Sent")), listed(("11", "Responded"))

LOST: Sequence[Any] = [
    httpx.ReadTimeout("slow"),
    httpx.Response(500, json=error("INTERNAL_ERROR")),
    httpx.Response(200),
]


@pytest.mark.parametrize("lost", LOST, ids=str)
def test_what_was_carried_out_without_an_answer_is_applied(
    door: Door, zoho: respx.MockRouter, lost: Any
) -> None:
    put = zoho.put(LIST).mock(side_effect=[lost])
    reads(zoho, SENT, RESPONDED)
    assert statuses(run(door, plan(change("update", "11")))) == ["applied"]
    assert put.call_count == 1


@pytest.mark.parametrize("lost", LOST, ids=str)
def test_what_was_not_carried_out_is_sent_again(door: Door, zoho: respx.MockRouter, lost: Any) -> None:
    put = zoho.put(LIST).mock(side_effect=[lost, said(("11", "SUCCESS"))])
    reads(zoho, SENT, SENT, SENT, RESPONDED)
    assert statuses(run(door, plan(change("update", "11")))) == ["applied"]
    assert put.call_count == 2


def test_only_the_rows_that_are_missing_are_sent_again(door: Door, zoho: respx.MockRouter) -> None:
    put = zoho.put(LIST).mock(side_effect=[httpx.ReadTimeout("slow"), said(("12", "SUCCESS"))])
    half = listed(("11", "Responded"), ("12", "Sent"))
    reads(zoho, listed(("11", "Sent"), ("12", "Sent")), half, half, listed(("12", "Responded")))
    assert statuses(run(door, plan(change("update", "11"), change("update", "12")))) == ["applied", "applied"]
    assert b'"11"' not in put.calls.last.request.content


def test_a_row_that_a_colleague_changed_meanwhile_is_not_sent_again(
    door: Door, zoho: respx.MockRouter
) -> None:
    put = zoho.put(LIST).mock(side_effect=[httpx.ReadTimeout("slow")])
    reads(zoho, SENT, listed(("11", "Opted Out")))
    assert statuses(run(door, plan(change("update", "11")))) == ["unknown"]
    assert put.call_count == 1


def test_what_can_neither_be_written_nor_read_stays_unknown(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).respond(500)
    reads(zoho, SENT, httpx.Response(500))
    report = run(door, plan(change("update", "11")))
    assert statuses(report) == ["unknown"]
    assert report.exit_code == 1


def test_what_was_accepted_and_cannot_be_read_back_is_unknown(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).mock(return_value=said(("11", "SUCCESS")))
    reads(zoho, SENT, httpx.Response(400, json=error("INVALID_DATA", resource_path_index=2)))
    report = run(door, plan(change("update", "11")))
    assert statuses(report) == ["unknown"]
    assert report.exit_code == 3


def test_what_was_accepted_is_not_applied_where_the_crm_is_gone_before_it_can_be_read(
    door: Door, zoho: respx.MockRouter
) -> None:
    zoho.put(LIST).mock(return_value=said(("11", "SUCCESS")))
    reads(zoho, SENT, httpx.Response(500))
    log = Noted()
    report = door.run(lambda crm: applier.apply(plan(change("update", "11")), crm, log))
    assert report.outcomes == (Outcome("unknown", doubt="unread"),)
    assert log.lines == [(0,), {0: Outcome("unknown", doubt="unread")}]
    assert (report.stopped.cause, report.exit_code) == ("failed", 1)


def test_what_the_crm_holds_already_is_unchanged_and_not_sent(door: Door, zoho: respx.MockRouter) -> None:
    put = zoho.put(LIST)
    reads(zoho, RESPONDED)
    assert run(door, plan(change("update", "11"))).outcomes == (Outcome("unchanged"),)
    assert put.call_count == 0


@pytest.mark.parametrize("action", ["update", "delete"])
def test_what_an_interrupted_run_sent_is_its_work_when_it_is_resumed(
    door: Door, zoho: respx.MockRouter, action: Action
) -> None:
    reads(zoho, RESPONDED if action == "update" else listed())
    way = applier.Way(sent=frozenset({0}))
    report = door.run(lambda crm: applier.apply(plan(change(action, "11")), crm, Noted(), way))
    assert statuses(report) == ["applied"]


def test_a_row_that_moved_says_what_the_crm_holds_now_and_who_changed_it(
    door: Door, zoho: respx.MockRouter
) -> None:
    moved = {"id": "11", "$member_info": {"Member_Status": "Opened", "Modified_Time": "2027-03-01T10:00:00Z"}}
    author = {"Modified_By": {"name": "Kim Lee"}, "Modified_Time": "2027-01-01T00:00:00Z"}
    zoho.get(LIST).respond(json={"data": [moved | author], "info": {"more_records": False}})
    found = Found({"Member_Status": "Opened"}, "2027-03-01T10:00:00Z", "Kim Lee")
    assert run(door, plan(change("update", "11"))).outcomes == (Outcome("held", found=found),)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (
            {"Modified_By": {"name": "Kim Lee", "id": "7"}, "Modified_Time": "2027-01-01"},
            ("2027-01-01", "Kim Lee"),
        ),
        ({"Modified_By": "Kim Lee"}, ("", "Kim Lee")),
        ({"Modified_By": {"id": "7"}, "Modified_Time": None}, ("", "")),
        (
            {"$member_info": {"Member_Status": "Opened", "Modified_Time": None}, "Modified_Time": "x"},
            ("x", ""),
        ),
        ({}, ("", "")),
    ],
    ids=str,
)
def test_who_changed_a_row_is_said_as_far_as_zoho_tells(
    door: Door, zoho: respx.MockRouter, told: dict[str, Any], found: tuple[str, str]
) -> None:
    row = {"id": "11", "$member_info": {"Member_Status": "Opened"}} | told
    route = zoho.get(LIST).respond(json={"data": [row], "info": {"more_records": False}})
    (outcome,) = run(door, plan(change("update", "11"))).outcomes
    assert outcome == Outcome("held", found=Found({"Member_Status": "Opened"}, *found))
    asked = [dict(call.request.url.params) for call in route.calls]
    assert [one["fields"] for one in asked] == ["Converted__s,Member_Status", "Modified_By,Modified_Time"]
    assert {(one["ids"], one["converted"]) for one in asked} == {("11", "both")}


@pytest.mark.parametrize(
    "trouble", [httpx.Response(500), httpx.Response(400, json=error("INVALID_DATA"))], ids=str
)
def test_a_row_is_held_though_nobody_tells_who_changed_it(
    door: Door, zoho: respx.MockRouter, trouble: httpx.Response
) -> None:
    reads(zoho, listed(("11", "Opened")), trouble)
    (outcome,) = run(door, plan(change("update", "11"))).outcomes
    assert outcome == Outcome("held", found=Found({"Member_Status": "Opened"}))


def test_a_row_that_is_gone_is_held_and_the_crm_has_none_to_show(door: Door, zoho: respx.MockRouter) -> None:
    reads(zoho, listed(("12", "Opened")))
    gone, moved = run(door, plan(change("update", "11"), change("update", "12"))).outcomes
    assert gone == Outcome("held", found=Found(None))
    assert moved == Outcome("held", found=Found({"Member_Status": "Opened"}))


def test_a_denied_write_is_told_with_its_call_and_the_rest_is_not_sent(
    door: Door, zoho: respx.MockRouter
) -> None:
    zoho.put(LIST).respond(403, json=error("NO_PERMISSION", "denied"))
    zoho.get(url__startswith=API).respond(204)
    way = applier.Way(concurrency=1)
    made = plan(change("create", "11"), change("create", "11", "6"))
    report = door.run(lambda crm: applier.apply(made, crm, Noted(), way))
    refused = Outcome("refused", "NO_PERMISSION", "denied", request="PUT /Campaigns/5/Leads")
    assert report.outcomes == (refused, Outcome("unsent"))
    assert report.stopped == Stop(
        "refused", 8, "denied", report.stopped.help, "NO_PERMISSION", "PUT /Campaigns/5/Leads"
    )
    assert "profile" in report.stopped.help


def test_a_crm_that_is_gone_ends_the_run_with_its_own_words(door: Door, zoho: respx.MockRouter) -> None:
    zoho.get(LIST).respond(500)
    report = run(door, plan(change("create", "11")))
    assert report.outcomes == (Outcome("unsent"),)
    assert report.stopped == Stop(
        "failed",
        1,
        "GET /Campaigns/5/Leads: no usable answer, after several tries (last: status 500)",
        "Check the network and ZSYNC_API_DOMAIN, then run the same command again.",
    )


def test_a_row_is_written_down_before_it_is_sent_and_after_it_is_settled(
    door: Door, zoho: respx.MockRouter
) -> None:
    log, at_put = Noted(), []

    def answer(_: httpx.Request) -> httpx.Response:
        at_put.append(list(log.lines))
        return said(("11", "SUCCESS"), ("12", "INVALID_DATA"))

    zoho.put(LIST).mock(side_effect=answer)
    reads(zoho, listed(("11", "Sent"), ("12", "Sent"), ("13", "Opened")), RESPONDED)
    made = plan(change("update", "11"), change("update", "12"), change("update", "13"))
    report = door.run(lambda crm: applier.apply(made, crm, log))
    applied, refused, held = report.outcomes
    assert at_put == [[{2: held}, (0, 1)]]
    assert log.lines == [{2: held}, (0, 1), {0: applied, 1: refused}]
    assert [one.status for one in report.outcomes] == ["applied", "refused", "held"]


def test_nothing_is_sent_for_ever(door: Door, zoho: respx.MockRouter) -> None:
    put = zoho.put(LIST).respond(500)
    reads(zoho, SENT)
    assert statuses(run(door, plan(change("update", "11")))) == ["unknown"]
    assert put.call_count == ROUNDS


@pytest.mark.parametrize("code", ["INVALID_DATA", "MANDATORY_NOT_FOUND"])
def test_a_delete_of_what_is_gone_is_applied_and_of_what_is_there_refused(
    door: Door, zoho: respx.MockRouter, code: str
) -> None:
    zoho.delete(LIST).mock(return_value=said(("11", code), ("12", code), status=400))
    reads(zoho, listed(("11", "Sent"), ("12", "Sent")), listed(("12", "Sent")))
    assert statuses(run(door, plan(change("delete", "11"), change("delete", "12")))) == ["applied", "refused"]


def test_a_relation_that_one_answer_lacks_is_looked_for_again_before_it_counts_as_gone(
    door: Door, zoho: respx.MockRouter
) -> None:
    delete = zoho.delete(LIST).mock(return_value=said(("11", "SUCCESS")))
    reads(zoho, listed(), SENT, listed())
    (outcome,) = run(door, plan(change("delete", "11"))).outcomes
    assert (outcome.status, outcome.message, delete.call_count) == ("applied", "", 1)


def test_a_delete_of_a_parent_that_is_gone_is_refused(door: Door, zoho: respx.MockRouter) -> None:
    gone = error("INVALID_DATA", "the related id given seems to be invalid", resource_path_index=1)
    zoho.route(url__startswith=LIST).respond(400, json=gone)
    assert statuses(run(door, plan(change("delete", "11")))) == ["refused"]


def test_a_refused_request_refuses_its_own_rows_alone(door: Door, zoho: respx.MockRouter) -> None:
    zoho.put(LIST).respond(400, json=error("INVALID_DATA", resource_path_index=1))
    zoho.put(OTHER).mock(return_value=said(("11", "SUCCESS")))
    reads(zoho, listed())
    zoho.get(OTHER).mock(side_effect=[listed(), RESPONDED])
    report = run(door, plan(change("create", "11"), change("create", "11", "6")))
    assert statuses(report) == ["refused", "applied"]
    assert report.stopped is None


@pytest.mark.parametrize("code", ["NO_PERMISSION", "OAUTH_SCOPE_MISMATCH", "AUTHORIZATION_FAILED"])
def test_a_denied_access_ends_the_run(door: Door, zoho: respx.MockRouter, code: str) -> None:
    route = zoho.put(url__startswith=API).respond(403, json=error(code))
    zoho.get(url__startswith=API).respond(204)
    made = plan(*(change("create", "11", str(n)) for n in range(40)))
    report = run(door, made)
    assert set(statuses(report)) == {"refused", "unsent"}
    assert report.stopped is not None
    assert (report.stopped.cause, report.stopped.code) == ("refused", code)
    assert route.call_count < 40
    assert report.exit_code == 8


@pytest.fixture
def empty(zoho: respx.MockRouter) -> respx.Route:
    """Lists that hold lead 11 once something was put into them."""

    def shown(request: httpx.Request) -> httpx.Response:
        put = {call.request.url.path for call in zoho.calls if call.request.method == "PUT"}
        return RESPONDED if request.url.path in put else listed()

    return zoho.get(url__regex=r".*/Leads\?.*").mock(side_effect=shown)


@pytest.mark.parametrize(
    ("org_id", "org_type"), [("90002", "sandbox"), ("90001", "production"), ("", "sandbox"), ("90001", "")]
)
def test_a_plan_for_another_org_sends_nothing(
    door: Door, zoho: respx.MockRouter, org: respx.Route, org_id: str, org_type: str
) -> None:
    org.respond(json={"org": [{"zgid": org_id, "type": org_type}]})
    with pytest.raises(PlanRefused):
        run(door, plan(change("create", "11")))


def test_calls_are_bounded_in_number_at_once(door: Door, zoho: respx.MockRouter, empty: respx.Route) -> None:
    under_way, most = 0, 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(5):
            await asyncio.sleep(0)
        under_way -= 1
        return said(("11", "SUCCESS"))

    zoho.put(url__startswith=API).mock(side_effect=slow)
    made = plan(*(change("create", "11", str(n)) for n in range(30)))
    door.concurrency = 30

    async def work(crm: Crm) -> Report:
        return await applier.apply(made, crm, Noted(), applier.Way(concurrency=3))

    assert set(statuses(door.run(work))) == {"applied"}
    assert 1 < most <= 3


def test_progress_counts_up_to_all_changes(door: Door, zoho: respx.MockRouter, empty: respx.Route) -> None:
    zoho.put(url__startswith=API).mock(return_value=said(("11", "SUCCESS")))
    heard: list[tuple[int, int]] = []
    made = plan(*(change("create", "11", str(n)) for n in range(4)))
    way = applier.Way(progress=lambda done, total: heard.append((done, total)))
    door.run(lambda crm: applier.apply(made, crm, Noted(), way))
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_plan_of_nothing_is_done_at_once(door: Door, zoho: respx.MockRouter) -> None:
    report = run(door, plan())
    assert (report.outcomes, report.writes, report.stopped) == ((), 0, None)
