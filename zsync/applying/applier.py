"""Sends the requests of a plan, several at a time and in waves, and reports what became of every change.

Nothing is decided here that the plan did not show: its requests are sent as they are, and a row only while the CRM still
shows it as the plan's `before` (see `zsync.applying.settling`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType

from zsync.applying.freezing import Freeze
from zsync.applying.keys import FRESH, KeyCheck
from zsync.applying.rows import PlannedRow
from zsync.applying.settling import Log, Settler
from zsync.applying.stopping import Stopped
from zsync.crm import Crm
from zsync.crm.consent import ConsentCheck, may_stop
from zsync.crm.orgs import check_environment, check_plan_org
from zsync.kinds import KINDS, Kind
from zsync.model import DONE, Expected, Outcome, Plan, Report, Request, Run, Stop
from zsync.model.consent import Consent
from zsync.model.requests import waves

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Way:
    """How to carry out a plan: what the environment expects, how much at once, in which waves, and what is done already.

    `waves` are sizes in changes, the last open; after each, the next is sent only if every change is applied and was read
    back, whatever `verify` says. `done` are outcomes of an interrupted run that stand: they stop no wave, for whoever resumes
    has seen them; `sent` are the changes that it sent. Setting `stop` ends the run after the requests under way, and so does
    what `frozen` gives: it is asked before each request. `consents` say who is kept out: people are asked again, and held.
    """

    expected: Expected = field(default_factory=Expected)
    concurrency: int = 5
    kinds: Sequence[Kind] = KINDS
    verify: bool = True
    waves: tuple[int, ...] = ()
    done: Mapping[int, Outcome] = field(default_factory=lambda: MappingProxyType({}))
    sent: frozenset[int] = frozenset()
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    frozen: Callable[[], Freeze | None] = lambda: None
    consents: tuple[Consent, ...] = ()
    progress: Progress = lambda *_: None


async def apply(
    plan: Plan, crm: Crm, log: Log, way: Way | None = None, *, clock: Callable[[], float] = monotonic
) -> Report:
    """Send the plan's requests and report what became of each change.

    Before anything else it asks for the org, and raises `PlanRefused` if that is not the plan's, `AccessDenied` if it is
    not the environment's. Rows that the CRM refuses are outcomes. If the run cannot go on (access, credits, no answers, a
    journal that cannot be written), the rest is unsent and the report says why (`stopped`).
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
    )


async def _check_org(plan: Plan, crm: Crm, expected: Expected) -> None:
    org = await crm.org()
    check_environment(org, expected)
    check_plan_org(plan, org, await crm.api_domain())


class _Run:
    """One run under way: `outcomes` holds what is known of each change, `stopped` why no more is sent."""

    def __init__(self, plan: Plan, crm: Crm, way: Way, log: Log) -> None:
        self.outcomes = [way.done.get(index, Outcome("unsent")) for index in range(len(plan.changes))]
        self.stopped: Stop | None = None
        self._plan = plan
        self._way = way
        self._gate = asyncio.Semaphore(way.concurrency)
        types = {name: type_ for kind in way.kinds for name, type_ in kind.fields.items()}
        # A wave is to prove that the next one is safe, so it is read back even with --no-verify.
        verify = way.verify or bool(way.waves)
        # An undo takes back what was written to a record, whatever key that has by now.
        consent = None
        if any(may_stop(way.consents, change) for change in plan.changes):
            by_key = not plan.restores
            consent = ConsentCheck(crm, way.consents, plan.changes, fresh=FRESH, keys=by_key)
        keys = None if plan.restores else KeyCheck(crm, plan.changes, asking=consent)
        self._settler = Settler(
            crm,
            log,
            types,
            verify=verify,
            keys=keys,
            consent=consent,
            sent=way.sent,
            carries=plan.binding.put == "all",
            halted=self._halted,
        )
        self._settled = len(way.done)

    async def all(self) -> None:
        """Send every request of the plan, wave by wave."""
        ordered = waves(self._plan.requests, self._way.waves)
        for number, requests in enumerate(ordered, 1):
            async with asyncio.TaskGroup() as group:
                for request in requests:
                    group.create_task(self._settle(request))
            if number < len(ordered):
                self._judge(number, [index for request in requests for index in request.changes])
            if self.stopped:
                return

    def _judge(self, wave: int, changes: Sequence[int]) -> None:
        """Stop after a wave that was not applied completely: that is what waves are for."""
        new = [index for index in changes if index not in self._way.done]
        open_ = sum(self.outcomes[index].status not in DONE for index in new)
        if open_:
            self._stop(Stop("wave", 3, wave=wave, open=open_, changes=len(new)))

    async def _settle(self, request: Request) -> None:
        async with self._gate:
            # Asked here and not when the task began: it may have waited for its turn since.
            halted = self._halted()
            rows = [
                PlannedRow(index, self._plan.changes[index])
                for index in request.changes
                if index not in self._way.done
            ]
            if halted or not rows:
                return
            try:
                outcomes = await self._settler.settle(request, rows)
            except Stopped as ended:
                outcomes = ended.outcomes
                self._stop(ended.stop)
            for index, outcome in outcomes.items():
                self.outcomes[index] = outcome
            self._settled += len(outcomes)
            self._way.progress(self._settled, len(self._plan.changes))

    def _halted(self) -> Stop | None:
        """Why no more may be sent, asked before every request."""
        if self._way.stop.is_set():
            self._stop(Stop("interrupted", 130))
        elif not self.stopped and (freeze := self._way.frozen()):
            self._stop(Stop("frozen", 5, freeze.message, freeze.advice))
        return self.stopped

    def _stop(self, stop: Stop) -> None:
        # The first reason is the cause. What the other requests under way meet mostly follows from it.
        self.stopped = self.stopped or stop


def standing(run: Run) -> Mapping[int, Outcome]:
    """The outcomes of an interrupted run that stand; the other changes are still to be settled."""
    return MappingProxyType(
        {
            index: outcome
            for index, outcome in run.outcomes.items()
            if outcome.status not in ("unknown", "unsent") and index < len(run.plan.changes)
        }
    )
