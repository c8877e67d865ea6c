"""Carry out a plan: send its requests, read every row's answer, settle what was lost.

Nothing is decided here that the plan did not show: the requests are the plan's, and a row is sent again only after
the CRM was read and shows it as the plan's `before`.
"""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic

from zsync import diff
from zsync.crm import Crm
from zsync.errors import AccessDenied, AnswerLost, CrmUnreachable, RequestRefused
from zsync.kinds import KINDS, Kind
from zsync.model import Change, Fields, Outcome, Plan, Report, Request
from zsync.orgs import Expected, check_environment, check_plan_org

RESENDS = 2
"""How often rows are sent again whose answer was lost and which the CRM shows unchanged."""

Progress = Callable[[int, int], None]


async def apply(
    plan: Plan,
    crm: Crm,
    *,
    expected: Expected = Expected(),  # noqa: B008  an immutable tuple
    concurrency: int = 5,
    kinds: Sequence[Kind] = KINDS,
    progress: Progress = lambda *_: None,
    clock: Callable[[], float] = monotonic,
) -> Report:
    """Send the plan's requests and report what became of each change.

    The org is asked for first: `PlanRefused` where it is not the plan's, `AccessDenied` where it is not the
    environment's. Rows that the CRM refuses are outcomes. Where authentication, permission or credits fail, the requests that were
    not sent yet are dropped, and the report says why (`stopped`).
    """
    start, reads, writes = clock(), crm.traffic.reads, crm.traffic.writes
    org = await crm.org()
    check_environment(org, expected)
    check_plan_org(plan, org, await crm.api_domain())
    run = _Run(plan, crm, concurrency, kinds, progress)
    await run.all()
    return Report(
        plan,
        tuple(run.outcomes),
        crm.traffic.reads - reads,
        crm.traffic.writes - writes,
        round(clock() - start, 1),
        run.stopped,
    )


class _Run:
    def __init__(
        self, plan: Plan, crm: Crm, concurrency: int, kinds: Sequence[Kind], progress: Progress
    ) -> None:
        self.outcomes = [Outcome("dropped", "", "not sent")] * len(plan.changes)
        self.stopped = ""
        self._plan = plan
        self._crm = crm
        self._gate = asyncio.Semaphore(concurrency)
        self._types = {name: kind for one in kinds for name, kind in one.fields.items()}
        self._progress = progress
        self._done = 0

    async def all(self) -> None:
        """Send every request of the plan, some at a time."""
        async with asyncio.TaskGroup() as group:
            for request in self._plan.requests:
                group.create_task(self._one(request))

    async def _one(self, request: Request) -> None:
        async with self._gate:
            if self.stopped:
                return
            outcomes = await self._settled(request)
            for index, outcome in zip(request.changes, outcomes, strict=True):
                self.outcomes[index] = outcome
            self._done += len(outcomes)
            self._progress(self._done, len(self._plan.changes))

    async def _settled(self, request: Request) -> list[Outcome]:
        """The outcomes of one request's changes, in their order; rows whose answer was lost are settled by reading."""
        changes = [self._plan.changes[index] for index in request.changes]
        outcomes: dict[str, Outcome] = {}
        todo = changes
        for _ in range(1 + RESENDS):
            sent = await self._send(request, todo)
            outcomes |= {
                change.related_record_id: outcome for change, outcome in zip(todo, sent, strict=True)
            }
            doubtful = [
                change for change in todo if self._doubtful(change, outcomes[change.related_record_id])
            ]
            if not doubtful:
                break
            todo = await self._read_back(request, doubtful, outcomes)
            if not todo or self.stopped:
                break
        return [outcomes[change.related_record_id] for change in changes]

    async def _send(self, request: Request, changes: Sequence[Change]) -> list[Outcome]:
        place = (request.module, request.record_id, request.related_list)
        try:
            if request.method == "DELETE":
                return await self._crm.delink(*place, [change.related_record_id for change in changes])
            rows = [{"id": change.related_record_id, **(change.after or {})} for change in changes]
            return await self._crm.link(*place, rows)
        except AnswerLost as lost:
            outcome = Outcome("unknown", str(lost.answer.get("code", "")), str(lost))
        except AccessDenied as denied:
            self.stopped = self.stopped or f"{denied} {denied.help}"
            outcome = Outcome("refused", denied.code, str(denied))
        except RequestRefused as refused:
            outcome = Outcome("refused", refused.code, str(refused))
        except CrmUnreachable as unreachable:
            self.stopped = self.stopped or str(unreachable)
            outcome = Outcome("dropped", "", str(unreachable))
        return [outcome] * len(changes)

    @staticmethod
    def _doubtful(change: Change, outcome: Outcome) -> bool:
        """Whether only reading can tell what became of a row: a lost answer, or a delete of what may be gone already."""
        if outcome.status == "unknown":
            return True
        return outcome.status == "refused" and change.action == "delete" and outcome.code in _GONE

    async def _read_back(
        self, request: Request, changes: Sequence[Change], outcomes: dict[str, Outcome]
    ) -> list[Change]:
        """Settle rows by what the CRM holds now; gives those that must be sent again."""
        names = sorted({name for change in changes for name in (change.after or change.before or {})})
        try:
            rows = await self._crm.rows(
                request.module,
                request.record_id,
                request.related_list,
                names or ["id"],
                [change.related_record_id for change in changes],
            )
        except (CrmUnreachable, RequestRefused):
            return []
        types = {name: self._types.get(name, "any") for name in names}
        current = {str(row["id"]): diff.relation_fields(row, types) for row in rows}
        again = []
        for change in changes:
            found, was = current.get(change.related_record_id), outcomes[change.related_record_id]
            if _holds(change, found):
                outcomes[change.related_record_id] = Outcome("applied")
            elif was.status == "unknown" and _is_before(change, found):
                again.append(change)
        return again


_GONE = frozenset({"INVALID_DATA", "MANDATORY_NOT_FOUND"})


def _holds(change: Change, found: Fields | None) -> bool:
    if change.after is None:
        return found is None
    return found is not None and diff.equal(change.after, found)


def _is_before(change: Change, found: Fields | None) -> bool:
    if change.before is None:
        return found is None
    return found is not None and diff.equal(change.before, found)
