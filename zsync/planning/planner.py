"""Manifests and the CRM's current relations → a plan. Given a `Reader`, it has no means to write.

The life of a plan: keys become ids (`resolver`), rows become scopes (`scopes`), each on the side that needs fewer calls
(`sides`); every list is compared as it is read (`comparison`); the changes are packed into requests (`packing`) and
sealed (`files.plan`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from zsync import __version__, kinds
from zsync.crm import Org, Reader
from zsync.crm.orgs import check_environment
from zsync.crm.tasks import together
from zsync.errors import InputError
from zsync.files.plan import timestamp
from zsync.guards.evaluation import Guards
from zsync.kinds import Kind
from zsync.model import (
    Action,
    Binding,
    Change,
    Diagnostic,
    Expected,
    ManagedList,
    Manifests,
    Plan,
    Span,
    Summary,
)
from zsync.model.verdicts import Override
from zsync.planning import guard_facts, packing
from zsync.planning.comparison import Compared, compare_or_say
from zsync.planning.list_names import ListNames
from zsync.planning.origin import Base, selected
from zsync.planning.resolver import resolve
from zsync.planning.scopes import Scope, ScopeKey, gather
from zsync.planning.sides import turn_changes, turn_scopes

LIFETIME = timedelta(days=7)
"""How long a plan may be applied."""

_NOWHERE = Span("", 0, 0)

_ORDER: Mapping[Action, int] = {"delete": 0, "update": 1, "create": 2}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a plan is made from besides the manifests. `now` is the clock's time, `overrides` guards to set aside.

    `base` is what the manifests of another commit say, `only` a selector that narrows the plan (see `ownership`).
    """

    expected: Expected
    guards: Guards
    git_commit: str
    now: datetime
    kinds: tuple[Kind, ...] = kinds.KINDS
    concurrency: int = 5
    overrides: tuple[Override, ...] = ()
    base: tuple[ManagedList, ...] | None = None
    only: str = ""


async def make_plan(
    manifests: Manifests,
    reader: Reader,
    origin: Origin,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """The plan that makes the CRM equal to the manifests, and the warnings on the way.

    Raises `InputError` with all that is wrong in the manifests as seen from the CRM (keys that name no record or
    several, lists that are hidden), and what `Reader` raises. `progress` hears how many lists of all are read.
    """
    org = await reader.org()
    check_environment(org, origin.expected)
    names = ListNames(reader)
    scopes, base, problems = await _wanted(manifests, reader, origin, names)
    ordered = await turn_scopes(list(scopes.values()), names)
    compared = await _compare_all(ordered, names, reader, progress)
    said = [warning for one in compared for warning in one.warnings]
    _stop(said)
    found = _distinct(change for one in compared for change in one.changes)
    if base:
        found = [base.marked(change, scopes) for change in found]
    found = [change for change in found if selected(change, origin.only)]
    changes = await turn_changes(found, names)
    changes = sorted(changes, key=_place(changes))
    requests = packing.pack(changes)
    cost = packing.cost(reader.traffic.reads, requests, origin.concurrency)
    binding = _binding(manifests, origin, org, await reader.api_domain())
    summary = _summary(changes, sum(one.unchanged for one in compared))
    sizes = {
        scope.key: one.size for scope, one in zip(ordered, compared, strict=True) if one.size is not None
    }
    known = guard_facts.listed(changes, sizes)
    plan = Plan(binding, summary, tuple(changes), requests, cost, facts=known, only=origin.only)
    plan = await guard_facts.guarded(plan, origin.guards, origin.overrides, sizes, names, reader, origin.now)
    return plan, (*manifests.warnings, *problems, *said)


async def _wanted(
    manifests: Manifests, reader: Reader, origin: Origin, names: ListNames
) -> tuple[dict[ScopeKey, Scope], Base | None, list[Diagnostic]]:
    """What is to be read and compared, by list; what the base says, if there is one; and warnings."""
    before = origin.base or ()
    unlisted = await names.load((*manifests.lists, *before))
    resolved, unresolved = await resolve(manifests, reader, before)
    _stop(unlisted + unresolved)
    scopes, problems = gather(manifests.lists, resolved)
    _stop(problems)
    if origin.base is None:
        return scopes, None, problems
    base = Base(before, resolved)
    base.remove(scopes)
    return scopes, base, problems


def _binding(manifests: Manifests, origin: Origin, org: Org, api_domain: str) -> Binding:
    return Binding(
        org_id=org.id,
        org_type=org.type,
        api_domain=api_domain,
        environment=origin.expected.environment,
        manifests=manifests.digest,
        guards=origin.guards.digest,
        git_commit=origin.git_commit,
        zsync=__version__,
        created_at=timestamp(origin.now),
        expires_at=timestamp(origin.now + LIFETIME),
    )


def _stop(problems: Iterable[Diagnostic]) -> None:
    problems = tuple(problems)
    if any(one.severity == "error" for one in problems):
        raise InputError(problems)


async def _compare_all(
    scopes: list[Scope], names: ListNames, reader: Reader, progress: Callable[[int, int], None]
) -> list[Compared]:
    done = 0

    async def one(scope: Scope) -> Compared:
        nonlocal done
        compared = await compare_or_say(scope, names.get(scope.module, scope.related_module), reader)
        done += 1
        progress(done, len(scopes))
        return compared

    return await together(one(scope) for scope in scopes)


def _distinct(changes: Iterable[Change]) -> list[Change]:
    """Each relation's change once: two scopes that are pruned, one from each side, both find what neither names."""
    seen: dict[frozenset[tuple[str, str]], Change] = {}
    for change in changes:
        sides = frozenset(
            {(change.module, change.record_id), (change.related_module, change.related_record_id)}
        )
        seen.setdefault(sides, change)
    return list(seen.values())


def _place(changes: list[Change]) -> Callable[[Change], tuple[int, int, bool, Span, str]]:
    """Order of people: parents as the manifests name them, within a list deletes, updates, creates, drift last, by line.

    The CRM gives rows in an order of its own, which may change from one reading to the next; plans do not.
    """
    parents: dict[tuple[str, str, str], int] = {}
    for change in changes:
        parents.setdefault(change.address[:3], len(parents))
    return lambda change: (
        parents[change.address[:3]],
        _ORDER[change.action],
        change.origin == "drift",
        change.source or _NOWHERE,
        change.related_record_id,
    )


def _summary(changes: Iterable[Change], unchanged: int) -> Summary:
    summary = Summary(unchanged=unchanged)
    counts = {"create": 0, "update": 0, "delete": 0}
    for change in changes:
        counts[change.action] += 1
    return replace(summary, **counts)
