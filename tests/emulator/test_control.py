"""The control endpoints: what a test in any language looks at and reaches in with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from zsync.emulator import DEMO_WORLD, RunningCrm, running

MEMBERS = "Campaigns/3652397000000500001/Leads"
NOOR, PRIYA = "3652397000000300001", "3652397000000300006"


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    with running(DEMO_WORLD) as started:
        yield started


def control(crm: RunningCrm, method: str, name: str, body: Any = None, **headers: str) -> httpx.Response:
    known = {**crm.control_headers, **headers}
    return httpx.request(method, f"{crm.url}/__emulator/{name}", json=body, headers=known)


def zoho(crm: RunningCrm, path: str, **query: str) -> httpx.Response:
    headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
    return httpx.get(f"{crm.url}/crm/v8/{path}", params=query, headers=headers)


def test_the_state_is_a_world_to_begin_with(crm: RunningCrm) -> None:
    state = control(crm, "GET", "state").json()
    assert state["relations"][MEMBERS][0] == {"id": NOOR, "Member_Status": "Invited"}
    with running(state) as other:
        assert control(other, "GET", "state").json() == state


def test_edits_are_made_all_or_none(crm: RunningCrm) -> None:
    good = {"link": MEMBERS, "rows": [{"id": PRIYA, "Member_Status": "Sent"}]}
    before = crm.state()
    refused = control(crm, "POST", "edit", [good, {"delink": MEMBERS, "ids": ["1"]}])
    assert (refused.status_code, crm.state()) == (400, before)
    assert "the related id given" in refused.json()["error"]
    assert control(crm, "POST", "edit", good).json() == {"ids": [None]}
    assert crm.rows(MEMBERS)[PRIYA] == {"Member_Status": "Sent"}


def test_a_colleague_adds_edits_converts_and_removes(crm: RunningCrm) -> None:
    (lead,) = control(crm, "POST", "edit", {"add": "Leads", "fields": {"Last_Name": "Ny"}}).json()["ids"]
    control(
        crm,
        "POST",
        "edit",
        [{"edit": lead, "fields": {"Last_Name": "Nye"}}, {"convert": lead, "contact": "401"}],
    )
    (found,) = (row for row in crm.state()["records"]["Leads"] if row["id"] == lead)
    assert found.pop("Converted_Date_Time")[:2] == "20"
    assert found == {"id": lead, "Last_Name": "Nye", "converted": True, "Converted_Contact": {"id": "401"}}
    control(crm, "POST", "edit", {"remove": lead})
    assert lead not in str(crm.state())


@pytest.mark.parametrize(
    ("name", "body", "error"),
    [
        ("edit", {"unlink": "x"}, "edit[0]: an edit has exactly one of link, delink, add, edit, remove, convert"),
        ("edit", {"link": MEMBERS, "row": []}, "edit[0]: unknown key 'row'; did you mean 'rows'?"),
        ("edit", {"delink": "Leads/1"}, "'Leads/1': expected Module/ID/List"),
        ("edit", {"edit": "1", "fields": {}}, "no record '1'"),
        ("edit", {"add": "Lead"}, "400 INVALID_MODULE the module name given seems to be invalid"),
        ("edit", {"add": "Leads", "fields": {"id": NOOR}}, f"record {NOOR} exists already"),
        ("edit", {"add": "Leads", "fields": {"id": "x"}}, "'x' is not an id: at most 20 decimal digits"),
        ("faults", [{"on": "GET /x"}], "faults[0]: nothing goes wrong: add a status, reset, delay_ms …"),
        ("switches", {"latency_ms": "x"}, "switches.latency_ms: expected a whole number, got 'x'"),
        ("clock", {"advance_seconds": "x"}, "clock.advance_seconds: expected a whole number, got 'x'"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told(crm: RunningCrm, name: str, body: Any, error: str) -> None:
    answer = control(crm, "POST", name, body)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_body_that_is_no_json_is_told(crm: RunningCrm) -> None:
    answer = httpx.post(f"{crm.url}/__emulator/edit", content=b"{", headers=crm.control_headers)
    assert (answer.status_code, answer.json()) == (400, {"error": "the body is not JSON"})


def test_an_unknown_endpoint_names_the_known_ones(crm: RunningCrm) -> None:
    answer = control(crm, "GET", "reset")
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("no such control endpoint; choose from GET state, GET stats")


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
def test_a_page_in_a_browser_is_told_nothing(crm: RunningCrm, headers: dict[str, str]) -> None:
    assert control(crm, "GET", "state", **headers).status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", ["state", "edit", "reset", "nothing"])
def test_without_the_token_of_this_start_nothing_is_told_or_done(
    crm: RunningCrm, method: str, name: str
) -> None:
    crm.add("Leads", Last_Name="Ny")
    before = crm.state()
    with running() as other:
        foreign = other.control_headers
    for headers in ({}, foreign, {"X-Control-Token": ""}, {"X-Control-Token": crm.access_token()}):
        answer = httpx.request(method, f"{crm.url}/__emulator/{name}", headers=headers)
        assert (answer.status_code, list(answer.json())) == (401, ["error"])
    assert crm.state() == before


@pytest.mark.parametrize("path", ["__emulator/state", "__emulator/", "//__emulator/state", "__emulator/edit"])
def test_without_control_there_are_no_such_endpoints(path: str) -> None:
    with running(DEMO_WORLD, control=False) as crm:
        assert crm.control_headers == {}
        answers = [
            httpx.request(method, f"{crm.url}/{path}", headers={"X-Control-Token": token})
            for method in ("GET", "POST")
            for token in ("", "x")
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert "Noor" not in str([answer.text for answer in answers])


def test_stats_count_what_came_by_route_and_status(crm: RunningCrm) -> None:
    zoho(crm, MEMBERS, fields="id")
    zoho(crm, MEMBERS)
    zoho(crm, "Leads/1/2/3/4")
    stats = control(crm, "GET", "stats").json()
    assert stats["routes"] == {"GET /{module}/{record}/{list}": 2, "GET other": 1}
    assert stats["statuses"] == {"200": 1, "400": 1, "404": 1}
    assert (stats["requests"], stats["credits_used"], stats["most_at_once"]) == (3, 2, 1)


def test_requests_are_shown_without_their_tokens(crm: RunningCrm) -> None:
    zoho(crm, MEMBERS, fields="id")
    (seen,) = control(crm, "GET", "requests").json()
    assert (seen["method"], seen["path"], seen["query"]) == ("GET", f"/crm/v8/{MEMBERS}", {"fields": "id"})
    assert "authorization" not in seen["headers"]
    assert seen["body"] == ""


def test_faults_and_switches_are_set_and_unset(crm: RunningCrm) -> None:
    assert control(crm, "POST", "faults", [{"on": "* **", "status": 503, "times": "always"}]).json() == {
        "done": True
    }
    assert zoho(crm, "org").status_code == 503
    control(crm, "POST", "faults", [])
    assert zoho(crm, "org").status_code == 200
    assert control(crm, "POST", "switches", {"hidden_lists": ["Campaigns/Leads"]}).json()["hidden_lists"] == [
        "Campaigns/Leads"
    ]
    assert zoho(crm, MEMBERS, fields="id").status_code == 400
    assert control(crm, "GET", "switches").json()["hidden_lists"] == ["Campaigns/Leads"]


def test_time_goes_on_by_order() -> None:
    stopped = datetime(2027, 3, 1, tzinfo=UTC)
    with running(DEMO_WORLD, clock=lambda: stopped) as crm:
        headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
        told = [control(crm, "POST", "clock", {"advance_seconds": 3_599}).json()["now"]]
        assert httpx.get(f"{crm.url}/crm/v8/org", headers=headers).status_code == 200
        told.append(control(crm, "POST", "clock", {"advance_seconds": 60}).json()["now"])
        assert httpx.get(f"{crm.url}/crm/v8/org", headers=headers).status_code == 401
    assert [datetime.fromisoformat(one) - stopped for one in told] == [
        timedelta(seconds=3_599),
        timedelta(seconds=3_659),
    ]


def test_tokens_end_by_order(crm: RunningCrm) -> None:
    headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
    control(crm, "POST", "expire")
    assert httpx.get(f"{crm.url}/crm/v8/org", headers=headers).status_code == 401


def test_a_reset_leads_back_to_the_start() -> None:
    fault = {"on": "GET /org", "status": 503}
    with running(DEMO_WORLD, faults=[fault]) as crm:
        before = crm.state()
        assert zoho(crm, "org").status_code == 503
        crm.add("Leads", Last_Name="Ny")
        crm.delink(MEMBERS, NOOR)
        crm.switch(latency_ms=1)
        token = crm.access_token()
        control(crm, "POST", "clock", {"advance_seconds": 1_000})
        assert control(crm, "POST", "reset").json() == {"done": True}
        assert (crm.state(), crm.switches.latency_ms, crm.requests) == (before, 0, [])
        assert (crm.stats()["requests"], crm.stats()["credits_used"]) == (0, 0)
        assert [zoho(crm, "org").status_code for _ in range(2)] == [503, 200]
        assert crm.access_token() != token


def test_without_a_seed_there_is_nothing_to_reset_to(tmp_path: Path) -> None:
    with running(DEMO_WORLD, data=tmp_path / "crm.db"):
        pass
    with running(data=tmp_path / "crm.db") as crm:
        answer = control(crm, "POST", "reset")
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "the world came from the data file: there is no seed to reset to",
    )
