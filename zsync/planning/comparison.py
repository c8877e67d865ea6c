"""One related list as the CRM holds it against what the manifests want of it.

Lists are compared page by page as they arrive: what equals is counted and forgotten. A list of which only a few rows
are managed is not read to its end: after as many pages as an `ids` filter would take calls, the filter takes over.
"""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from zsync import kinds
from zsync.crm import Reader, RelatedList
from zsync.errors import InputError, RequestRefused
from zsync.model import Action, Change, Diagnostic, Key
from zsync.model.fields import equal, plainly_equal, relation_fields
from zsync.model.requests import ROWS, chunks
from zsync.planning.resolver import key_text
from zsync.planning.scopes import Scope, Wanted


@dataclass(slots=True)
class Compared:
    """The changes that one list needs, how many relations are as they should be, and what a person should know.

    `size` is how many relations the list holds; None where it was not read to its end.
    """

    changes: list[Change]
    unchanged: int = 0
    warnings: list[Diagnostic] = field(default_factory=list)
    size: int | None = None


async def compare_or_say(scope: Scope, listed: RelatedList, reader: Reader) -> Compared:
    """`compare`, but a parent that the CRM refuses is a diagnostic at its place, among the warnings, to be collected."""
    try:
        return await compare(scope, listed, reader)
    except RequestRefused as refused:
        if refused.exit_code != InputError.exit_code:
            raise
        problem = Diagnostic("refused-record", str(refused), scope.span, refused.help)
        return Compared([], warnings=[problem])


async def compare(scope: Scope, listed: RelatedList, reader: Reader) -> Compared:
    """Read one list, at most as far as needed, and compare it with what is wanted of it.

    Raises `InputError` where its rows do not carry the fields that are managed, and what `Reader` raises.
    """
    check = _Comparison(scope, listed.name)
    seen: set[str] = set()
    whole, pages = await _read(scope, listed, reader, check, seen)
    warnings = []
    if whole and pages > 1:
        count = await reader.count(scope.module, scope.record_id, listed)
        if count is not None and count > len(seen):
            # Rows that move while pages are read can slip from one to another: what was missed comes in a second reading.
            await _read(scope, listed, reader, check, seen)
        if count is not None and count > len(seen):
            warnings.append(_short(scope, listed, count, len(seen)))
    done = check.finish()
    done.warnings += warnings
    done.size = len(seen) if whole else None
    return done


async def _read(
    scope: Scope, listed: RelatedList, reader: Reader, check: "_Comparison", seen: set[str]
) -> tuple[bool, int]:
    """Give the rows of a list to the check; say whether the list was read to its end, and over how many pages."""
    place, fields = (scope.module, scope.record_id, listed.name), _fields(scope)
    budget, pages = ceil(len(scope.relations) / ROWS), 0
    async with aclosing(reader.pages(*place, fields, seen, converted=scope.converted)) as stream:
        async for page in stream:
            check.rows(page.rows)
            pages += 1
            if scope.pruned is None and (not check.open or pages >= budget):
                break
    if page.more and check.open:
        for ids in chunks(list(check.open)):
            check.rows(await reader.rows(*place, fields, ids, converted=scope.converted))
    return not page.more, pages


def _short(scope: Scope, listed: RelatedList, count: int, read: int) -> Diagnostic:
    span = scope.pruned or next((wanted.source.span for wanted in scope.relations.values()), None)
    return Diagnostic(
        "count-differs",
        f"the CRM counts {count} records in {scope.module}/{scope.record_id}/{listed.name}, and gave {read}",
        span,
        "Records that this user may not see, or leads that were converted, are counted and not given; "
        "if there are none, plan again.",
        severity="warning",
    )


def _fields(scope: Scope) -> tuple[str, ...]:
    """The fields to ask for: the relation's own, and what labels a record that no manifest names."""
    labels = scope.keys if scope.pruned is None else _labels(scope)
    return (*labels, *scope.kind.fields) or ("id",)


def _labels(scope: Scope) -> tuple[str, ...]:
    return scope.keys or tuple(filter(None, [kinds.NAME_FIELDS.get(scope.related_module)]))


class _Comparison:
    """One list's current rows against what is wanted; rows come in any number of portions."""

    def __init__(self, scope: Scope, listed: str) -> None:
        self.open = dict(scope.relations)
        self._scope = scope
        self._listed = listed
        self._changes: list[Change] = []
        self._unchanged = 0
        self._record_key = scope.record_key.by_field
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
            if wanted is not None and wanted.fields is not None and plainly_equal(wanted.fields, row):
                self._unchanged += 1
                if wanted.fields is not self._last:
                    self._last = wanted.fields
                    self._carried.update(wanted.fields)
                continue
            current = relation_fields(row, types)
            self._carried.update(current)
            if wanted is not None:
                self._relation(record_id, wanted, current)
            elif self._scope.pruned is not None and record_id not in self._scope.mirrored:
                self._add("delete", record_id, self._name(row), current, None, None)

    def finish(self) -> Compared:
        """The changes of the list, once all of its rows were given. Raises `InputError` where it cannot be compared."""
        self._check_carried()
        for record_id, wanted in self.open.items():
            if wanted.fields is not None:
                self._add("create", record_id, wanted.key, None, wanted.fields, wanted)
        return Compared(self._changes, self._unchanged)

    def _relation(self, record_id: str, wanted: Wanted, current: dict[str, object]) -> None:
        if wanted.fields is None:
            self._add("delete", record_id, wanted.key, current, None, wanted)
        elif equal(wanted.fields, current):
            self._unchanged += 1
        else:
            before = {name: current.get(name) for name in wanted.fields}
            self._add("update", record_id, wanted.key, before, wanted.fields, wanted)

    def _add(
        self,
        action: Action,
        record_id: str,
        key: Key,
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
                scope.related_module,
                record_id,
                scope.record_key.label,
                key.label,
                before,
                after,
                self._record_key,
                key.by_field,
                source=source,
            )
        )

    def _name(self, row: Mapping[str, Any]) -> Key:
        """What names a record that no manifest names: the fields that the list is keyed by, as the CRM holds them."""
        names = tuple(name for name in _labels(self._scope) if row.get(name))
        return Key(names, tuple(key_text(row[name]) for name in names) or (row["id"],))

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
