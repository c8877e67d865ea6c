"""A run: the lock while it works, a journal of what it sent, and none of what never was."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import respx

from tests.applying.test_applier import BINDING as BARE
from tests.applying.test_applier import at_once, change, listed, org, plan, said
from tests.crm.conftest import API, Door, door, zoho
from zsync.applying import journal, lock, recall, shelf
from zsync.applying.applier import Way
from zsync.applying.run import Trail, carry_out
from zsync.applying.sealing import Keys
from zsync.crm import Crm
from zsync.errors import AccessDenied, LockHeld, PlanRefused
from zsync.files.plan import seal
from zsync.model import Approval, Cost, Expected, Plan, Report, Stop, Summary
from zsync.model.verdicts import Override
from zsync.planning.packing import pack

__all__ = ["at_once", "door", "org", "zoho"]

LIST = f"{API}/crm/v8/Campaigns/5/Leads"
STARTED = "2027-03-01T12:00:00Z"
KEYS = Keys("a key", (), Path("none"))
CHANGES = (change("update", "7"),)
BINDING = replace(
    BARE,
    manifests="sha256:" + "0" * 64,
    guards="sha256:" + "0" * 64,
    created_at=STARTED,
    expires_at="2027-03-08T12:00:00Z",
)
PLAN = seal(BINDING, Summary(update=1), CHANGES, pack(CHANGES), Cost(0, 1, (1, 1), 0))


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    """Folders of its own, which are not there yet."""
    return Trail(tmp_path / "runs", tmp_path / "locks", KEYS, STARTED, print)


def only(trail: Trail) -> recall.Kept:
    """The one journal that there is."""
    (path,) = shelf.journals(trail.environment)
    return recall.read(path, KEYS)


def begun(trail: Trail) -> recall.Kept:
    """A run that began, and sent nothing."""
    journal.start(trail.environment, PLAN, STARTED, KEYS).close()
    return only(trail)


def run(door: Door, made: Plan, trail: Trail, way: Way | None = None) -> Report:
    """Carry the plan out on the door's connection."""

    async def work(crm: Crm) -> Report:
        @asynccontextmanager
        async def connection() -> AsyncIterator[Crm]:
            yield crm

        return await carry_out(made, connection(), way or Way(), trail)

    report: Report = door.run(work)
    return report


def answer(zoho: respx.MockRouter) -> None:
    """The CRM takes the change."""
    zoho.get(LIST).mock(side_effect=[listed(("7", "Sent")), listed(("7", "Responded"))])
    zoho.put(LIST).mock(return_value=said(("7", "SUCCESS")))


def test_a_run_names_itself_and_its_journal_says_what_it_did(
    zoho: respx.MockRouter, door: Door, trail: Trail
) -> None:
    answer(zoho)
    aside = (Override("max_updates", "a fair"),)
    named = trail.environment.with_name("run.jsonl")
    report = run(door, PLAN, replace(trail, overrides=aside, approval=Approval("ana"), journal=named))
    assert (report.approval, report.journal) == (Approval("ana"), str(named))
    kept = recall.read(named, KEYS, named=True).run
    assert (report.run, report.overrides) == (kept.id, aside)
    assert (kept.plan.digest, kept.overrides, kept.ended) == (PLAN.digest, aside, True)
    assert kept.sent == {0}
    assert kept.complete


def test_nobody_else_applies_to_the_org_meanwhile(zoho: respx.MockRouter, door: Door, trail: Trail) -> None:
    others: list[type[BaseException]] = []

    def meanwhile(_: httpx.Request) -> httpx.Response:
        with pytest.raises(LockHeld) as caught, lock.held(trail.locks, f"{API} 90001", "2", STARTED, print):
            pass
        others.append(caught.type)
        return said(("7", "SUCCESS"))

    answer(zoho)
    zoho.put(LIST).mock(side_effect=meanwhile)
    run(door, PLAN, trail)
    assert others == [LockHeld]
    with lock.held(trail.locks, f"{API} 90001", "2", STARTED, print):
        pass


def test_where_another_run_holds_the_lock_nothing_is_read_and_no_journal_is_begun(
    org: respx.Route, door: Door, trail: Trail
) -> None:
    with lock.held(trail.locks, f"{API} 90001", "1", STARTED, print), pytest.raises(LockHeld):
        run(door, PLAN, trail)
    assert not org.called
    assert shelf.journals(trail.environment) == []


def test_a_run_that_was_refused_before_it_sent_anything_leaves_no_journal(
    org: respx.Route, door: Door, trail: Trail
) -> None:
    org.respond(json={"org": [{"zgid": "1"}]})
    with pytest.raises(PlanRefused):
        run(door, PLAN, trail)
    assert shelf.journals(trail.environment) == []


def test_a_run_that_is_gone_on_with_keeps_its_journal_whatever_happens(
    org: respx.Route, door: Door, trail: Trail
) -> None:
    kept = begun(trail)
    org.respond(json={"org": [{"zgid": "1"}]})
    with pytest.raises(PlanRefused):
        run(door, PLAN, replace(trail, resumes=kept))
    assert shelf.journals(trail.environment) == [kept.path]


def test_a_plan_without_requests_is_no_run(org: respx.Route, door: Door, trail: Trail) -> None:
    report = run(door, plan(), replace(trail, approval=Approval("ana")))
    assert (report.run, report.approval) == ("", Approval("ana"))
    assert org.called
    assert not trail.environment.exists()
    assert not trail.locks.exists()


def test_the_lock_ends_with_a_run_that_is_cancelled(zoho: respx.MockRouter, door: Door, trail: Trail) -> None:
    def cancel(_: httpx.Request) -> httpx.Response:
        for task in asyncio.all_tasks():
            task.cancel()
        return said(("7", "SUCCESS"))

    zoho.get(LIST).mock(return_value=listed(("7", "Sent")))
    zoho.put(LIST).mock(side_effect=cancel)
    with pytest.raises(asyncio.CancelledError):
        run(door, PLAN, trail)
    with lock.held(trail.locks, f"{API} 90001", "2", STARTED, print):
        pass


def test_a_run_goes_the_way_that_is_said_and_its_journal_says_why_it_ended(
    zoho: respx.MockRouter, door: Door, trail: Trail
) -> None:
    answer(zoho)
    stop = asyncio.Event()
    stop.set()
    report = run(door, PLAN, trail, Way(stop=stop))
    kept = only(trail).run
    assert report.stopped == kept.stopped == Stop("interrupted", 130)
    assert (kept.sent, kept.ended) == (frozenset(), True)


@pytest.mark.parametrize("made", [PLAN, plan()], ids=["some", "none"])
def test_an_org_that_the_environment_does_not_expect_is_refused_whatever_the_plan_holds(
    org: respx.Route, door: Door, trail: Trail, made: Plan
) -> None:
    with pytest.raises(AccessDenied):
        run(door, made, trail, Way(Expected("production", "90001", "production")))


def test_the_lock_says_which_run_holds_it(zoho: respx.MockRouter, door: Door, trail: Trail) -> None:
    kept = begun(trail)
    notes: list[str] = []

    def meanwhile(_: httpx.Request) -> httpx.Response:
        notes.extend(path.read_text() for path in trail.locks.glob("*.json"))
        return said(("7", "SUCCESS"))

    for resumes in (None, kept):
        answer(zoho)
        zoho.put(LIST).mock(side_effect=meanwhile)
        run(door, PLAN, replace(trail, resumes=resumes))
    assert [json.loads(note)["run"] for note in notes] == [PLAN.digest, kept.run.id]
