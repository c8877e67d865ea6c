"""Zoho's limits: credits, calls at once, heavy calls, access tokens; each can be turned."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from zsync.emulator import DEMO_WORLD, RunningCrm, SeedError, Switches, running
from zsync.emulator.app import create_app
from zsync.emulator.meters import Credits
from zsync.emulator.switches import from_text, over, switched

MEMBERS = "Campaigns/3652397000000500001/Leads"
NOOR = "3652397000000300001"
Start = Callable[..., RunningCrm]


@pytest.fixture
def moment() -> list[datetime]:
    return [datetime(2027, 3, 1, tzinfo=UTC)]


@pytest.fixture
def start(moment: list[datetime]) -> Iterator[Start]:
    """Starts a CRM with the switches given, its clock in `moment`."""
    with ExitStack() as stack:
        yield lambda **switches: stack.enter_context(
            running(DEMO_WORLD, Switches(**switches), clock=lambda: moment[0])
        )


def at_once(crm: RunningCrm, count: int, method: str, path: str, **more: Any) -> list[httpx.Response]:
    """The answers to so many calls that all begin before the first one ends: in one event loop, without a socket."""
    headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
    transport = httpx.ASGITransport(create_app(crm._org))

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            transport=transport, base_url=f"{crm.url}/crm/v8", headers=headers
        ) as client:
            return await asyncio.gather(*(client.request(method, path, **more) for _ in range(count)))

    return asyncio.run(ask())


def calls(crm: RunningCrm, count: int, method: str, path: str, **more: Any) -> Counter[int]:
    """So many calls at once, by status."""
    return Counter(answer.status_code for answer in at_once(crm, count, method, path, **more))


def token(crm: RunningCrm) -> httpx.Response:
    form = {"grant_type": "refresh_token", "client_id": crm.client_id, "client_secret": crm.client_secret}
    return httpx.post(f"{crm.url}/oauth/v2/token", data={**form, "refresh_token": crm.refresh_token})


def org(crm: RunningCrm, access: str | None = None) -> httpx.Response:
    return httpx.get(
        f"{crm.url}/crm/v8/org", headers={"Authorization": f"Zoho-oauthtoken {access or crm.access_token()}"}
    )


def test_one_call_too_many_at_once_is_told_to_wait(start: Start) -> None:
    crm = start(concurrent_calls=3, latency_ms=100)
    assert calls(crm, 5, "GET", "/org") == {200: 3, 429: 2}
    assert (crm.stats()["most_at_once"], crm.stats()["too_many_requests"]) == (3, 2)
    assert calls(crm, 3, "GET", "/org") == {200: 3}


def test_concurrency_is_told_by_its_message(start: Start) -> None:
    crm = start(concurrent_calls=1, latency_ms=100, too_many_code="RATE_LIMIT_EXCEEDED")
    _, refused = sorted(at_once(crm, 2, "GET", "/org"), key=lambda answer: answer.status_code)
    assert refused.json() == {
        "code": "RATE_LIMIT_EXCEEDED",
        "details": {},
        "message": "Many requests fired in concurrent than the allowed limit.",
        "status": "error",
    }


@pytest.mark.parametrize(
    ("method", "path", "more", "heavy"),
    [
        ("POST", "/coql", {"json": {"select_query": "select id from Leads where id > 1"}}, True),
        ("GET", "/Leads", {"params": {"fields": "id", "sort_by": "id"}}, True),
        ("GET", "/Leads", {"params": {"fields": "id"}}, False),
        ("GET", f"/{MEMBERS}", {"params": {"fields": "id", "sort_by": "id"}}, False),
        ("PUT", f"/{MEMBERS}", {"json": {"data": [{"id": NOOR}]}}, False),
        ("PUT", f"/{MEMBERS}", {"json": {"data": [{"id": NOOR}] + [{"id": "1"}] * 10}}, True),
        ("PUT", f"/{MEMBERS}", {"content": b"{"}, False),
    ],
)  # fmt: skip
def test_heavy_calls_have_a_limit_of_their_own(
    start: Start, method: str, path: str, more: dict[str, Any], heavy: bool
) -> None:
    found = calls(start(heavy_calls=1, latency_ms=100), 2, method, path, **more)
    assert found[429] == heavy


def test_latency_is_how_long_every_call_takes_at_least(
    start: Start, slept: Callable[[str], list[float]]
) -> None:
    waits = slept("limits")
    crm = start(latency_ms=120_000)
    assert (org(crm).status_code, waits) == (200, [120])
    assert (token(crm).status_code, waits) == (200, [120, 120])


def test_used_up_credits_come_back_after_24_hours(start: Start, moment: list[datetime]) -> None:
    crm = start(daily_credits=3)
    assert [org(crm).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert org(crm).json()["code"] == "TOO_MANY_REQUESTS"
    moment[0] += timedelta(hours=23, minutes=58)
    assert org(crm).status_code == 429
    moment[0] += timedelta(minutes=2)
    assert (org(crm).status_code, crm.stats()["credits_used"]) == (200, 1)


@pytest.mark.parametrize(
    ("query", "cost"),
    [("select id from Leads where id > 1", 1), ("select id from Leads where id > 1 limit 201", 2),
     ("select id from Leads where id > 1 limit 1001", 3)],
)  # fmt: skip
def test_coql_costs_by_its_limit(start: Start, query: str, cost: int) -> None:
    crm = start()
    calls(crm, 1, "POST", "/coql", json={"select_query": query})
    assert crm.stats()["credits_used"] == cost


@pytest.mark.parametrize(("how", "cost"), [("call", 1), ("rows", 2)])
def test_what_a_put_costs_is_a_switch(start: Start, how: str, cost: int) -> None:
    crm = start(put_credits=how)
    calls(crm, 1, "PUT", f"/{MEMBERS}", json={"data": [{"id": str(each)} for each in range(11)]})
    assert crm.stats()["credits_used"] == cost


def test_credits_of_a_day_are_forgotten_minute_by_minute() -> None:
    used = Credits()
    for minute in range(3):
        used.charge(minute * 60, 10)
    assert [used.used(minute * 60 + 86_400) for minute in range(-1, 3)] == [30, 20, 10, 0]


@pytest.mark.parametrize("status", [200, 400])
def test_ten_tokens_in_ten_minutes_and_no_more(start: Start, moment: list[datetime], status: int) -> None:
    crm = start(token_grants=10, throttled_status=status)
    assert all("access_token" in token(crm).json() for _ in range(10))
    refused = token(crm)
    assert (refused.status_code, refused.json()["error"]) == (status, "Access Denied")
    moment[0] += timedelta(minutes=10)
    assert "access_token" in token(crm).json()
    assert crm.stats()["tokens"] == 11


def test_the_sixteenth_token_ends_the_first(start: Start) -> None:
    crm = start()
    bought = [token(crm).json()["access_token"] for _ in range(16)]
    assert [org(crm, each).status_code for each in bought] == [401] + [200] * 15


def test_a_tokens_life_is_a_switch(start: Start, moment: list[datetime]) -> None:
    crm = start(token_life_seconds=60)
    answer = token(crm).json()
    assert answer["expires_in"] == 60
    moment[0] += timedelta(seconds=60)
    assert org(crm, answer["access_token"]).status_code == 401


@pytest.mark.parametrize("code", ["RECORD_LOCKED", "NOT_APPROVED", "RECORD_IN_BLUEPRINT", "CONVERTED_RECORD"])
def test_a_barred_record_refuses_its_list_and_its_row(start: Start, code: str) -> None:
    crm = start(barred=frozenset({f"3652397000000500001:{code}", f"{NOOR}:{code}"}))
    headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
    with httpx.Client(base_url=f"{crm.url}/crm/v8", headers=headers) as client:
        for method, more in (
            ("PUT", {"json": {"data": [{"id": NOOR}]}}),
            ("DELETE", {"params": {"ids": NOOR}}),
        ):
            whole = client.request(method, MEMBERS, **more)
            row = client.request(method, "Campaigns/3652397000000500002/Leads", **more)
            assert (whole.status_code, whole.json()["code"]) == (400, code)
            assert (row.status_code, row.json()["data"][0]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("pair", "name", "value"),
    [
        ("member_status_on_read=flat", "member_status_on_read", "flat"),
        ("parent_not_found_status=404", "parent_not_found_status", 404),
        ("retry_after_header=on", "retry_after_header", True),
        ("latency_ms=25", "latency_ms", 25),
        ("page_shift=-2", "page_shift", -2),
        ("hidden_lists=Campaigns/Leads,Campaigns/Contacts", "hidden_lists", {"Campaigns/Leads", "Campaigns/Contacts"}),
    ],
)  # fmt: skip
def test_a_switch_is_turned_by_text(pair: str, name: str, value: object) -> None:
    assert getattr(from_text(Switches(), pair), name) == value


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("latency_ms", "switch 'latency_ms': expected NAME=VALUE"),
        ("latncy_ms=1", "switch: no switch 'latncy_ms'; did you mean 'latency_ms'?"),
        ("latency_ms=long", "switch.latency_ms: expected a whole number, got 'long'"),
        ("latency_ms=-1", "switch.latency_ms: expected 0 or more, got -1"),
        ("retry_after_header=1", "switch.retry_after_header: expected true or false, got '1'"),
        ("throttled_status=500", "switch.throttled_status: expected one of 200, 400, got 500"),
        ("barred=1:RECORD_LOKED", "switch.barred: expected ID:CODE, got '1:RECORD_LOKED'; did you mean 'RECORD_LOCKED'?"),
    ],
)  # fmt: skip
def test_a_switch_that_will_not_do_is_told(pair: str, message: str) -> None:
    with pytest.raises(SeedError) as caught:
        from_text(Switches(), pair)
    assert str(caught.value) == message


def test_a_world_turns_switches_and_the_caller_turns_them_over() -> None:
    world = {"switches": {"latency_ms": 5, "daily_credits": 7, "hidden_lists": ["Campaigns/Leads"]}}
    with running(world, Switches(daily_credits=9)) as crm:
        assert crm.switches == Switches(
            latency_ms=5, daily_credits=9, hidden_lists=frozenset({"Campaigns/Leads"})
        )
    with pytest.raises(SeedError, match=r"world: switches\.denied: expected a list"):
        switched(Switches(), {"denied": "x"}, "world: switches")
    assert over(Switches(latency_ms=5), Switches()) == Switches(latency_ms=5)
