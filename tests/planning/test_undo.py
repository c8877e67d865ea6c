"""Undo as a law: what a run did is taken back, and what anybody did since is left alone."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as few_of
from hypothesis import strategies as st

from tests.worlds import (
    NOW,
    WORLD,
    Edge,
    become,
    edges,
    managed,
    manifests,
    members,
    plan,
    settings,
    states,
    wishes,
)
from zsync.applying import applier, journal
from zsync.crm import connect, connect_reader
from zsync.emulator import RunningCrm, running
from zsync.files.plan import timestamp
from zsync.guards.evaluation import Guards
from zsync.model import Diagnostic, Expected, Manifests, Plan, Run
from zsync.planning.terms import Terms
from zsync.planning.undo import make_undo

few = few_of(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", autouse=True)
def no_certificates() -> Iterator[None]:
    """Reading them takes longer than an example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with patch("ssl.create_default_context", lambda *_, **__: context):
        yield


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """One bundled CRM for all examples; each begins by making it what it wants."""
    with running(WORLD) as bundled:
        yield bundled


def carried_out(crm: RunningCrm, made: Plan) -> Run:
    """The journal of a run of this plan."""

    async def work(log: journal.Journal) -> None:
        async with connect(settings(crm)) as door:
            await applier.apply(made, door, log)

    with TemporaryDirectory() as folder:
        log = journal.start(Path(folder), made, timestamp(NOW))
        asyncio.run(work(log))
        log.end(None)
        log.close()
        return journal.read(Path(folder), log.run)


def undone(crm: RunningCrm, run: Run) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """The plan that takes a run back, and the conflicts."""

    async def work() -> tuple[Plan, tuple[Diagnostic, ...]]:
        async with connect_reader(settings(crm)) as reader:
            return await make_undo(run, reader, Terms(Expected(), Guards(), "", NOW))

    return asyncio.run(work())


@few
@given(st.data(), states, wishes)
def test_what_was_applied_and_undone_is_as_it_was(
    crm: RunningCrm, data: st.DataObject, current: dict[Edge, str], wanted: dict[Edge, str | None]
) -> None:
    said, _ = data.draw(manifests(wanted))
    become(crm, current)
    made = plan(crm, said)
    back, conflicts = undone(crm, carried_out(crm, made))
    assert conflicts == ()
    assert back.summary.changes == made.summary.changes
    carried_out(crm, back)
    assert members(crm) == current
    assert plan(crm, said).changes == made.changes


@few
@given(st.data(), states, wishes, st.dictionaries(edges, st.sampled_from(["Opted Out", None]), max_size=5))
def test_what_somebody_changed_since_is_a_conflict_and_left_alone(
    crm: RunningCrm,
    data: st.DataObject,
    current: dict[Edge, str],
    wanted: dict[Edge, str | None],
    edited: Mapping[Edge, str | None],
) -> None:
    said, _ = data.draw(manifests(wanted))
    become(crm, current)
    made = plan(crm, said)
    run = carried_out(crm, made)
    after = members(crm)
    become(crm, merged(after, edited))
    back, conflicts = undone(crm, run)
    real = {edge: status for edge, status in edited.items() if status != after.get(edge)}
    # What a colleague took back already needs nothing, and is no conflict.
    assert len(conflicts) == sum(
        real.get(edge, "") not in ("", current.get(edge)) for edge in changed(current, after)
    )
    carried_out(crm, back)
    assert members(crm) == merged(current, real)


def merged(state: Mapping[Edge, str], edits: Mapping[Edge, str | None]) -> dict[Edge, str]:
    """The state with a colleague's edits; None is no relation."""
    return {edge: status for edge, status in {**state, **edits}.items() if status is not None}


def changed(one: Mapping[Edge, str], other: Mapping[Edge, str]) -> set[Edge]:
    """Where two states differ."""
    return {edge for edge in one.keys() | other.keys() if one.get(edge) != other.get(edge)}


def test_what_was_so_already_is_not_the_runs_to_undo(crm: RunningCrm) -> None:
    become(crm, {})
    lists = (managed("Campaigns", "501", {"301": "Sent", "302": "Sent"}, prune=False, line=1),)
    made = plan(crm, Manifests(lists, (), "sha256:" + "0" * 64))
    crm.link("Campaigns/501/Leads", {"id": "301", "Member_Status": "Sent"})
    back, _ = undone(crm, carried_out(crm, made))
    assert [one.related_record_id for one in back.changes] == ["302"]
