"""Carry out a plan: send its requests, some at a time and in waves, and report what became of every change.

Nothing is decided here that the plan did not show: the requests are the plan's, and rows are sent only while the CRM
shows them as the plan's `before` (see `zsync.applying.settling`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType

from zsync.applying.settling import Log, Row, Settler, Stopped
from zsync.crm import Crm
from zsync.crm.orgs import check_environment, check_plan_org
from zsync.kinds import KINDS, Kind
from zsync.model import Expected, Outcome, Plan, Report, Request
from zsync.model.requests import waves

Progress = Callable[[int, int], None]

INTERRUPTED = "interrupted: the requests under way were finished, the others were not sent"


@dataclass(frozen=True, slots=True)
class Way:
    """How to carry out: what the environment expects, how much at once, in which waves, and what is done already.

    `waves` are sizes in changes, the last open; after each, the next is sent only if every change was applied and read
    back, whatever `verify` says. `done`
    are outcomes of an earlier run that stand: they stop no wave, for whoever goes on has seen them. `stop` is set to end after the requests under way.
    """

    expected: Expected = field(default_factory=Expected)
    concurrency: int = 5
    kinds: Sequence[Kind] = KINDS
    verify: bool = True
    waves: tuple[int, ...] = ()
    done: Mapping[int, Outcome] = field(default_factory=lambda: MappingProxyType({}))
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    progress: Progress = lambda *_: None


async def apply(
    plan: Plan, crm: Crm, log: Log, way: Way | None = None, *, clock: Callable[[], float] = monotonic
) -> Report:
    """Send the plan's requests and report what became of each change.

    The org is asked for first: `PlanRefused` where it is not the plan's, `AccessDenied` where it is not the
    environment's. Rows that the CRM refuses are outcomes. Where the run cannot go on (access, credits, no answers, a
    journal that cannot be written), the rest is unsent, and the report says why (`stopped`).
    """
    way, start = way or Way(), clock()
    reads, writes = crm.traffic.reads, crm.traffic.writes
    await _check_org(plan, crm, way.expected)
    run = _Run(plan, crm, way, log)
    await run.all()
    return Report(
        plan,
        tuple(run.outcomes),
        crm.traffic.reads - reads,
        crm.traffic.writes - writes,
        round(clock() - start, 1),
        run.stopped,
        run.exit_code,
    )


async def _check_org(plan: Plan, crm: Crm, expected: Expected) -> None:
    org = await crm.org()
    check_environment(org, expected)
    check_plan_org(plan, org, await crm.api_domain())


class _Run:
    def __init__(self, plan: Plan, crm: Crm, way: Way, log: Log) -> None:
        self.outcomes = [
            way.done.get(index, Outcome("unsent", "", "not sent")) for index in range(len(plan.changes))
        ]
        self.stopped = ""
        self.exit_code = 0
        self._plan = plan
        self._way = way
        self._gate = asyncio.Semaphore(way.concurrency)
        types = {name: kind for one in way.kinds for name, kind in one.fields.items()}
        self._settler = Settler(crm, log, types, verify=way.verify or bool(way.waves))
        self._done = len(way.done)

    async def all(self) -> None:
        """Send every request of the plan, wave by wave."""
        ordered = waves(self._plan.requests, self._way.waves)
        for number, requests in enumerate(ordered, 1):
            async with asyncio.TaskGroup() as group:
                for request in requests:
                    group.create_task(self._one(request))
            new = [index for request in requests for index in request.changes if index not in self._way.done]
            bad = sum(self.outcomes[index].status != "applied" for index in new)
            if self.stopped:
                return
            if bad and number < len(ordered):
                self._stop(f"wave {number} has {bad} of {len(new)} changes that were not applied", 3)
                return

    async def _one(self, request: Request) -> None:
        async with self._gate:
            if self._way.stop.is_set():
                self._stop(INTERRUPTED, 130)
            if self.stopped:
                return
            rows = [
                Row(index, self._plan.changes[index])
                for index in request.changes
                if index not in self._way.done
            ]
            if not rows:
                return  # settled by an earlier run
            try:
                outcomes = await self._settler.settle(request, rows)
            except Stopped as stopped:
                outcomes = stopped.outcomes
                self._stop(str(stopped), stopped.exit_code)
            for index, outcome in outcomes.items():
                self.outcomes[index] = outcome
            self._done += len(outcomes)
            self._way.progress(self._done, len(self._plan.changes))

    def _stop(self, reason: str, exit_code: int) -> None:
        if not self.stopped:
            self.stopped, self.exit_code = reason, exit_code


def resumed(plan: Plan, outcomes: Mapping[int, Outcome]) -> Mapping[int, Outcome]:
    """The outcomes of an earlier run that stand; the other changes are to be settled by going on."""
    standing = {index: one for index, one in outcomes.items() if one.status not in ("unknown", "unsent")}
    return MappingProxyType({index: one for index, one in standing.items() if index < len(plan.changes)})
