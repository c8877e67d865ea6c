"""Manifests and the CRM's current relations → a plan. Given a `Reader`, it has no means to write.

Lists are compared page by page as they arrive: what equals is counted and forgotten. A list of which only a few rows
are managed is not read to its end: after as many pages as an `ids` filter would take calls, the filter takes over.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from zsync import __version__, batching, diff, kinds
from zsync.crm import Reader
from zsync.errors import InputError
from zsync.kinds import Kind
from zsync.lists import ListNames
from zsync.model import (
    Action,
    Binding,
    Change,
    Cost,
    Diagnostic,
    ManagedList,
    Manifests,
    Plan,
    Request,
    Summary,
)
from zsync.plan import seal, timestamp
from zsync.resolver import resolve
from zsync.scopes import Scope, Wanted, gather
from zsync.sides import turn_changes, turn_scopes
from zsync.tasks import together

LIFETIME = timedelta(days=7)
"""How long a plan may be applied."""

_SECONDS_A_CALL = 0.4
_ORDER: Mapping[Action, int] = {"delete": 0, "update": 1, "create": 2}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a plan is made from besides the manifests: for its binding. `now` is the clock's time."""

    environment: str
    guards: str
    git_commit: str
    now: datetime
    kinds: tuple[Kind, ...] = kinds.KINDS
    concurrency: int = 5


@dataclass(slots=True)
class _Compared:
    changes: list[Change]
    unchanged: int = 0


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
    names = ListNames(reader)
    managed = [(one, _kind(one, origin.kinds)) for one in manifests.lists]
    await names.load((one, one.parent.module, one.related_module) for one, _ in managed)
    resolved, problems = await resolve(manifests, reader)
    _stop(problems)
    scopes, problems = gather(managed, resolved)
    _stop(problems)
    ordered = await turn_scopes(list(scopes.values()), names)
    compared = await _compare_all(ordered, names, reader, progress)
    changes = await turn_changes([c for one in compared for c in one.changes], origin.kinds, names)
    changes = sorted(changes, key=_place(changes))
    requests = batching.pack(changes)
    reads = reader.traffic.reads
    binding = Binding(
        org_id=org.id,
        org_type=org.type,
        api_domain=await reader.api_domain(),
        environment=origin.environment,
        manifests=manifests.digest,
        guards=origin.guards,
        git_commit=origin.git_commit,
        zsync=__version__,
        created_at=timestamp(origin.now),
        expires_at=timestamp(origin.now + LIFETIME),
    )
    summary = _summary(changes, sum(one.unchanged for one in compared))
    plan = seal(binding, summary, changes, requests, _cost(reads, requests, origin.concurrency))
    return plan, (*manifests.warnings, *problems)


def _kind(managed: ManagedList, known: Iterable[Kind]) -> Kind:
    kind = kinds.find_kind(managed.parent.module, managed.related_module, known)
    if kind is None:
        raise InputError((Diagnostic("unsupported-relation", "no such relation kind", managed.span),))
    return kind


def _stop(problems: Iterable[Diagnostic]) -> None:
    problems = tuple(problems)
    if any(one.severity == "error" for one in problems):
        raise InputError(problems)


async def _compare_all(
    scopes: list[Scope], names: ListNames, reader: Reader, progress: Callable[[int, int], None]
) -> list[_Compared]:
    done = 0

    async def one(scope: Scope) -> _Compared:
        nonlocal done
        compared = await _compare(scope, names, reader)
        done += 1
        progress(done, len(scopes))
        return compared

    return await together(one(scope) for scope in scopes)


async def _compare(scope: Scope, names: ListNames, reader: Reader) -> _Compared:
    """Read one list, at most as far as needed, and compare it with what is wanted of it."""
    listed = names.name(scope.module, scope.related_module)
    fields = _fields(scope)
    check = _Comparison(scope, listed)
    budget = ceil(len(scope.relations) / batching.ROWS)
    pages = 0
    async with aclosing(reader.pages(scope.module, scope.record_id, listed, fields)) as stream:
        async for page in stream:
            check.rows(page.rows)
            pages += 1
            if scope.pruned is None and (not check.open or pages >= budget):
                break
    if scope.pruned is None and page.more:
        for ids in batching.chunks(list(check.open)):
            check.rows(await reader.rows(scope.module, scope.record_id, listed, fields, ids))
    return check.finish()


def _fields(scope: Scope) -> tuple[str, ...]:
    """The fields to ask for: the relation's own, and what labels a record that no manifest names."""
    labels = scope.keys
    if scope.pruned is not None and not labels:
        labels = tuple(filter(None, [kinds.NAME_FIELDS.get(scope.related_module)]))
    return (*labels, *scope.kind.fields) or ("id",)


class _Comparison:
    """One list's current rows against what is wanted; rows come in any number of portions."""

    def __init__(self, scope: Scope, listed: str) -> None:
        self.open = dict(scope.relations)
        self._scope = scope
        self._listed = listed
        self._changes: list[Change] = []
        self._unchanged = 0
        self._seen = 0
        self._carried: set[str] = set()
        self._last: Mapping[str, object] | None = None

    def rows(self, rows: list[dict[str, Any]]) -> None:
        """Compare a portion; each related record comes at most once."""
        self._seen += len(rows)
        types = self._scope.kind.fields
        for row in rows:
            record_id: str = row["id"]
            wanted = self.open.pop(record_id, None)
            if wanted is not None and wanted.fields is not None and diff.plainly_equal(wanted.fields, row):
                self._unchanged += 1
                if wanted.fields is not self._last:
                    self._last = wanted.fields
                    self._carried.update(wanted.fields)
                continue
            current = diff.relation_fields(row, types)
            self._carried.update(current)
            if wanted is not None:
                self._relation(record_id, wanted, current)
            elif self._scope.pruned is not None and record_id not in self._scope.mirrored:
                self._add("delete", record_id, self._label(row), current, None, None)

    def finish(self) -> _Compared:
        """The changes of the list, once all of its rows were given. Raises `InputError` where it cannot be compared."""
        self._check_carried()
        for record_id, wanted in self.open.items():
            if wanted.fields is not None:
                self._add("create", record_id, wanted.label, None, wanted.fields, wanted)
        return _Compared(self._changes, self._unchanged)

    def _relation(self, record_id: str, wanted: Wanted, current: dict[str, object]) -> None:
        if wanted.fields is None:
            self._add("delete", record_id, wanted.label, current, None, wanted)
        elif diff.equal(wanted.fields, current):
            self._unchanged += 1
        else:
            before = {name: current.get(name) for name in wanted.fields}
            self._add("update", record_id, wanted.label, before, wanted.fields, wanted)

    def _add(
        self,
        action: Action,
        record_id: str,
        label: str,
        before: Mapping[str, object] | None,
        after: Mapping[str, object] | None,
        wanted: Wanted | None,
    ) -> None:
        scope = self._scope
        source = wanted.span if wanted else scope.pruned
        self._changes.append(
            Change(
                action,
                scope.module,
                scope.record_id,
                self._listed,
                record_id,
                scope.label,
                label,
                before,
                after,
                source=source,
            )
        )

    def _label(self, row: Mapping[str, object]) -> str:
        names = self._scope.keys or (kinds.NAME_FIELDS.get(self._scope.related_module, "id"),)
        return ", ".join(str(row[name]) for name in names if row.get(name)) or str(row["id"])

    def _check_carried(self) -> None:
        """A list whose rows all lack a managed field says nothing of it: planning on would update every row."""
        lacking = (
            [name for name in self._scope.kind.fields if name not in self._carried] if self._seen else []
        )
        for wanted in self._scope.relations.values() if lacking else ():
            missing = [name for name in wanted.fields or () if name in lacking]
            if missing:
                place = f"{self._scope.module}/{self._scope.record_id}/{self._listed}"
                raise InputError(
                    (
                        Diagnostic(
                            "unreadable-field",
                            f"none of the {self._seen} rows of {place} carries {missing[0]}: its value cannot be compared",
                            wanted.span,
                            f"Check that {missing[0]} is a field of this relation and that the token's user may see it.",
                        ),
                    )
                )


def _place(changes: list[Change]) -> Callable[[Change], tuple[int, int]]:
    """Order of people: parents as the manifests name them, within a list deletes, updates, creates."""
    parents: dict[tuple[str, str, str], int] = {}
    for change in changes:
        parents.setdefault(change.address[:3], len(parents))
    return lambda change: (parents[change.address[:3]], _ORDER[change.action])


def _summary(changes: Iterable[Change], unchanged: int) -> Summary:
    summary = Summary(unchanged=unchanged)
    counts = {"create": 0, "update": 0, "delete": 0}
    for change in changes:
        counts[change.action] += 1
    return replace(summary, **counts)


def _cost(reads: int, requests: tuple[Request, ...], concurrency: int) -> Cost:
    writes = len(requests)
    most = sum(ceil(len(request.changes) / 10) for request in requests)
    seconds = round(ceil(writes / concurrency) * _SECONDS_A_CALL, 1)
    return Cost(reads, writes, (reads + writes, reads + most), seconds)
