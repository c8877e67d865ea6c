"""A plan that restores what a run changed, as far as nobody has changed it since. Given a `Reader`: it cannot write."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from zsync import __version__
from zsync.crm import Reader
from zsync.crm.orgs import check_environment, check_plan_org
from zsync.crm.tasks import together
from zsync.files.plan import seal, timestamp
from zsync.kinds import FieldType, Kind
from zsync.model import Action, Change, Diagnostic, Expected, Fields, Plan, Run, Summary
from zsync.model.fields import holds, relation_fields
from zsync.planning import packing

_BACK: Mapping[Action, Action] = {"create": "delete", "update": "update", "delete": "create"}


async def make_undo(
    run: Run, reader: Reader, expected: Expected, kinds: Sequence[Kind], now: datetime, lifetime: timedelta
) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """The plan that restores each `before` of the run's applied changes, and the conflicts, one a row.

    A change is undone only while the CRM still holds its `after`; what is `before` already needs nothing; anything else
    is a conflict: somebody changed the relation since. Raises `PlanRefused` where the org is not the run's.
    """
    org = await reader.org()
    check_environment(org, expected)
    check_plan_org(run.plan, org, await reader.api_domain())
    applied = [change for index, change in enumerate(run.plan.changes) if _may_hold(run, index)]
    types = {name: kind for one in kinds for name, kind in one.fields.items()}
    requests = packing.pack(applied)
    found = await together(
        _current(reader, [applied[index] for index in request.changes], types) for request in requests
    )
    current = {address: fields for one in found for address, fields in one.items()}
    changes, conflicts = [], []
    for change in reversed(applied):
        held = current.get(change.address)
        if holds(change.after, held):
            changes.append(_back(change, held))
        elif not holds(change.before, held):
            conflicts.append(_conflict(change, held))
    changes.sort(key=lambda one: (one.address[:3], one.action != "delete"))
    return _sealed(run, changes, reader.traffic.reads, now, lifetime), tuple(conflicts)


def _may_hold(run: Run, index: int) -> bool:
    """Sent and applied, or perhaps applied: of a row in doubt only the CRM can tell.

    What was as planned before the run sent anything is not its work, and not undone.
    """
    outcome = run.outcomes.get(index)
    return index in run.sent and (outcome is None or outcome.status in ("applied", "unknown"))


async def _current(
    reader: Reader, changes: Sequence[Change], types: Mapping[str, FieldType]
) -> dict[tuple[str, str, str, str], Fields]:
    names = sorted({name for one in changes for name in (*(one.before or ()), *(one.after or ()))})
    first = changes[0]
    ids = [one.related_record_id for one in changes]
    rows = await reader.rows(
        first.module, first.record_id, first.related_list, names or ["id"], ids, converted=True
    )
    wanted = {name: types.get(name, "any") for name in names}
    return {(*first.address[:3], row["id"]): relation_fields(row, wanted) for row in rows}


def _back(change: Change, held: Fields | None) -> Change:
    before = None if change.after is None else {name: (held or {}).get(name) for name in change.after}
    return replace(change, action=_BACK[change.action], before=before, after=change.before)


def _conflict(change: Change, held: Fields | None) -> Diagnostic:
    shown = (
        "no such relation"
        if held is None
        else ", ".join(f"{k}: {v}" for k, v in held.items()) or "the relation"
    )
    return Diagnostic(
        "undo-conflict",
        f"{change.label} in {change.module} {change.record_label} › {change.related_list} was changed since: the CRM has {shown}",
        change.source,
        "It is left alone. Change it in the CRM or in its manifest if it is to be as it was before the run.",
        severity="warning",
    )


def _sealed(run: Run, changes: list[Change], reads: int, now: datetime, lifetime: timedelta) -> Plan:
    binding = replace(
        run.plan.binding,
        zsync=__version__,
        created_at=timestamp(now),
        expires_at=timestamp(now + lifetime),
    )
    requests = packing.pack(changes)
    actions = [one.action for one in changes]
    summary = Summary(actions.count("create"), actions.count("update"), actions.count("delete"))
    return seal(binding, summary, changes, requests, packing.cost(reads, requests))
