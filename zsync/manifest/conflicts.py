"""Relations that are listed twice: in one list, in two documents, or from both sides.

Records are compared by the names that manifests give them. Only the CRM knows when two names mean the same record, so
those are found later, by the scopes of a plan (`zsync.planning.scopes`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from zsync.model import Key, ManagedList, Parent, Quote, Row, sentence
from zsync.model.diagnostics import naming, telling
from zsync.syntax.source import At, Finding, SourceText

_FIRST, _KEEP = sentence("first here"), sentence("keep the one that you mean")

Endpoint: TypeAlias = tuple[tuple[str, str], ...]
"""How a manifest names a record: field → value, sorted by field."""


class ListedRow(NamedTuple):
    """A row, its list, and whether it is under `absent`."""

    managed: ManagedList
    row: Row
    absent: bool


def find_conflicts(
    lists: Sequence[ManagedList],
    sources: Mapping[str, SourceText],
    fresh: Sequence[ManagedList] | None = None,
) -> list[Finding]:
    """Errors for relations that are listed twice in a list, or in two that contradict each other; else warnings.

    Where only some of the lists are `fresh`, the others are known to be in order among themselves.
    """
    findings: list[Finding] = []
    for managed in lists if fresh is None else fresh:
        findings += repeated_rows(managed, sources)
    named = [managed for managed in lists if managed.parent.id or managed.parent.match]
    return [*findings, *_split(named, sources), *_across(named, sources)]


def _rows(managed: ManagedList) -> Iterator[ListedRow]:
    for row in managed.records:
        yield ListedRow(managed, row, absent=False)
    for row in managed.absent:
        yield ListedRow(managed, row, absent=True)


def _at(listed: ListedRow, sources: Mapping[str, SourceText]) -> At:
    return At(sources[listed.row.file or listed.managed.span.file], listed.row.line, listed.row.column)


def repeated_rows(managed: ManagedList, sources: Mapping[str, SourceText]) -> list[Finding]:
    """Errors for records that one list names twice."""
    # For most lists one set tells that nothing occurs twice. Only the others are searched row by row.
    rows = managed.records + managed.absent if managed.absent else managed.records
    if len({row[:2] for row in rows}) == len(rows):
        return []
    findings, seen = [], {}  # type: list[Finding], dict[tuple[tuple[str, ...], bool], ListedRow]
    for listed in _rows(managed):
        first = seen.setdefault((listed.row.key, listed.row.by_id), listed)
        if first is listed:
            continue
        at, name, notes = _at(listed, sources), _name(listed), ((_at(first, sources), _FIRST),)
        if first.absent != listed.absent:
            message = sentence("`", name, "` stands under `records` and under `absent`")
            findings.append(Finding("row-and-absent", message, at, _KEEP, notes=notes))
        else:
            message = sentence("`", name, "` is listed twice")
            advice = sentence("remove one of the two")
            findings.append(Finding("duplicate-row", message, at, advice, notes=notes))
    return findings


def _split(lists: Sequence[ManagedList], sources: Mapping[str, SourceText]) -> Iterator[Finding]:
    """A list may be spread over several documents, but all of them have to agree on `prune`."""
    first: dict[tuple[str, Endpoint, str], ManagedList] = {}
    for managed in lists:
        other = first.setdefault(_list_name(managed), managed)
        if other.prune == managed.prune:
            continue
        here, there = (At(sources[m.span.file], m.span.line, m.span.column) for m in (managed, other))
        parent = naming(managed.parent.key, managed.parent.module)
        message = sentence(f"`{managed.name}` of ", parent, " is pruned in one place and not in the other")
        notes = ((there, sentence(f"`prune` is {'true' if other.prune else 'false'} here")),)
        advice = sentence("write the same `prune` in both, or put the rows into one list")
        yield Finding("split-list", message, here, advice, notes=notes)


def _across(lists: Sequence[ManagedList], sources: Mapping[str, SourceText]) -> Iterator[Finding]:
    """Compare the rows of different lists. Rows whose relation no other list can name are skipped."""
    groups: dict[tuple[str, Endpoint, str], list[ManagedList]] = {}
    for managed in lists:
        groups.setdefault(_list_name(managed), []).append(managed)
    heads: dict[tuple[str, str], set[Endpoint]] = {}
    for module, parent, related in groups:
        heads.setdefault((module, related), set()).add(parent)
    seen: dict[tuple[tuple[str, Endpoint], ...], ListedRow] = {}
    for (module, parent, related), group in groups.items():
        other_side = heads.get((related, module), set())
        alone = _disjoint(group)
        if alone and not other_side:
            continue
        for listed in (listed for managed in group for listed in _rows(managed)):
            record = _endpoint(listed.managed, listed.row)
            # The other side's parents are few: a row that names none of them cannot be listed there.
            if alone and record not in other_side:
                continue
            pair = ((module, parent), (related, record))
            # Put in the order of the modules' names, a relation looks the same from both sides.
            first = seen.setdefault(pair if module < related else pair[::-1], listed)
            if first.managed is not listed.managed:
                yield _compare(first, listed, sources)


def _disjoint(group: Sequence[ManagedList]) -> bool:
    """Whether the lists of a group certainly name different records. With different keys, nobody can tell without the CRM."""
    if len(group) == 1:
        return True
    rows = [row[:2] for managed in group for row in (*managed.records, *managed.absent)]
    return len({managed.key for managed in group}) == 1 and len(set(rows)) == len(rows)


def _compare(first: ListedRow, listed: ListedRow, sources: Mapping[str, SourceText]) -> Finding:
    here, there, pair = _at(listed, sources), _at(first, sources), _pair(listed)
    if first.absent == listed.absent and first.row.fields == listed.row.fields:
        message = sentence("the relation of ", *pair, " is listed twice, and both rows say the same")
        advice = sentence("remove one of the two rows")
        return Finding("repeated-row", message, here, advice, "warning", ((there, _FIRST),))
    message = sentence("the relation of ", *pair, " is listed twice, and the rows contradict each other")
    note = sentence("there: ", *_says(first), "; here: ", *_says(listed))
    return Finding("contradicting-rows", message, here, _KEEP, notes=((there, note),))


def _pair(listed: ListedRow) -> tuple[str | Quote, ...]:
    parent, related = listed.managed.parent, listed.managed.related_module
    name = naming(parent.key, parent.module)
    return f"{parent.module} `", name, f"` and {related} `", _name(listed), "`"


def _says(listed: ListedRow) -> list[str | Quote]:
    fields = dict(sorted(listed.row.fields.items()))
    return ["absent"] if listed.absent else list(telling(fields)) or ["no fields"]


def _name(listed: ListedRow) -> str | Quote:
    row, managed = listed.row, listed.managed
    return naming(Key(() if row.by_id else managed.key, row.key), managed.related_module)


def _list_name(managed: ManagedList) -> tuple[str, Endpoint, str]:
    return managed.parent.module, _parent_endpoint(managed.parent), managed.related_module


def _parent_endpoint(parent: Parent) -> Endpoint:
    return (("id", parent.id),) if parent.id else tuple(sorted(parent.match))


def _endpoint(managed: ManagedList, row: Row) -> Endpoint:
    if row.by_id:
        return (("id", row.key[0]),)
    if len(managed.key) == 1:
        return ((managed.key[0], row.key[0]),)
    return tuple(sorted(zip(managed.key, row.key, strict=True)))
