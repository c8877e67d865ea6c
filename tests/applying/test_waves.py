"""Waves, a stop in the middle, and going on: what is sent, what is not, and why."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import respx

from tests.applying.noted import Noted
from tests.applying.test_applier import at_once, change, listed, org, plan, said
from tests.crm.conftest import API, Door, door, zoho
from zsync.applying import applier
from zsync.applying.applier import Way
from zsync.model import Outcome, Report, Run, Status, Stop

__all__ = ["at_once", "door", "org", "zoho"]

MADE = plan(*(change("create", "11", str(parent)) for parent in range(1, 7)))
APPLIED, REFUSED = Outcome("applied"), "INVALID_DATA"


@pytest.fixture
def put(zoho: respx.MockRouter) -> list[str]:
    """Campaigns that were written to, one entry a PUT; each then shows the lead. Campaign 3 refuses it."""
    written: list[str] = []

    def write(request: httpx.Request) -> httpx.Response:
        campaign = request.url.path.split("/")[-2]
        written.append(campaign)
        refused = campaign == "3"
        return said(("11", REFUSED if refused else "SUCCESS"), status=400 if refused else 200)

    def read(request: httpx.Request) -> httpx.Response:
        campaign = request.url.path.split("/")[-2]
        return listed(("11", "Responded")) if campaign in {*written} - {"3"} else listed()

    zoho.put(url__startswith=API).mock(side_effect=write)
    zoho.get(url__regex=r".*/Leads\?.*").mock(side_effect=read)
    return written


def carried_out(door: Door, **way: Any) -> Report:
    """What became of the plan of six campaigns, one request after the other."""
    report: Report = door.run(lambda crm: applier.apply(MADE, crm, Noted(), Way(concurrency=1, **way)))
    return report


def told(report: Report) -> str:
    """One letter a change: applied, refused, unsent."""
    return "".join(outcome.status[0] for outcome in report.outcomes)


@pytest.mark.parametrize(
    ("waves", "became", "stopped"),
    [
        ((), "aaraaa", None),
        ((2,), "aaraaa", None),
        ((3,), "aaruuu", Stop("wave", 3, wave=1, open=1, changes=3)),
        ((1, 1, 2), "aarauu", Stop("wave", 3, wave=3, open=1, changes=2)),
        ((6,), "aaraaa", None),
    ],
)
def test_after_a_wave_with_a_row_that_was_not_applied_nothing_more_is_sent(
    door: Door, put: list[str], waves: tuple[int, ...], became: str, stopped: Stop | None
) -> None:
    report = carried_out(door, waves=waves)
    assert (told(report), report.stopped, report.exit_code) == (became, stopped, 3)
    assert len(put) == became.count("a") + became.count("r")


def test_a_wave_is_read_back_though_nothing_else_is(
    door: Door, put: list[str], zoho: respx.MockRouter
) -> None:
    carried_out(door, verify=False)
    without = sum(call.request.method == "GET" for call in zoho.calls)
    put.clear()
    zoho.calls.reset()
    carried_out(door, verify=False, waves=(1,))
    assert sum(call.request.method == "GET" for call in zoho.calls) > without


def test_what_an_earlier_run_settled_is_not_sent_and_stops_no_wave(door: Door, put: list[str]) -> None:
    done: Mapping[int, Outcome] = {1: APPLIED, 2: Outcome("refused", REFUSED, "no")}
    heard: list[tuple[int, int]] = []
    report = carried_out(door, waves=(3,), done=done, progress=lambda *now: heard.append(now))
    assert (told(report), report.stopped) == ("aaraaa", None)
    assert put == ["1", "4", "5", "6"]
    assert heard == [(3, 6), (4, 6), (5, 6), (6, 6)]


def test_of_a_request_that_was_settled_in_part_the_rest_is_sent(door: Door, zoho: respx.MockRouter) -> None:
    made = plan(change("create", "11"), change("create", "12"))
    route = zoho.put(f"{API}/crm/v8/Campaigns/5/Leads").mock(return_value=said(("12", "SUCCESS")))
    answers = iter([listed(), listed(("12", "Responded"))])
    zoho.get(f"{API}/crm/v8/Campaigns/5/Leads").mock(side_effect=lambda _: next(answers))
    report = door.run(lambda crm: applier.apply(made, crm, Noted(), Way(done={0: APPLIED})))
    assert told(report) == "aa"
    assert [row["id"] for row in json.loads(route.calls.last.request.content)["data"]] == ["12"]


def test_a_run_that_is_told_to_stop_finishes_what_is_under_way_and_sends_no_more(
    door: Door, put: list[str]
) -> None:
    stop = asyncio.Event()
    report = carried_out(door, stop=stop, progress=lambda done, _: stop.set() if done == 2 else None)
    assert (told(report), report.exit_code, put) == ("aauuuu", 130, ["1", "2"])
    assert report.stopped == Stop("interrupted", 130)


def test_only_what_is_settled_stands_when_a_run_goes_on() -> None:
    said: tuple[Status, ...] = ("applied", "refused", "held", "unknown", "unsent", "unchanged", "applied")
    outcomes = {index: Outcome(status) for index, status in enumerate(said)}
    run = Run("run", "", MADE, outcomes, frozenset(), frozenset(), ended=False, stopped=None)
    assert dict(applier.standing(run)) == {index: outcomes[index] for index in (0, 1, 2, 5)}
