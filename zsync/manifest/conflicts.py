"""Relations that are said twice: in one list, in two documents, or from both sides.

Records are compared as the manifests name them. That two names mean one record, only the CRM knows (`zsync.resolver`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from zsync.model import ManagedList, Parent, Row
from zsync.syntax.source import At, Finding, Source

Endpoint: TypeAlias = tuple[tuple[str, str], ...]
"""How a manifest names a record: field → value, sorted by field."""


class Said(NamedTuple):
    """A row in its list, and whether it stands under `absent`."""

    managed: ManagedList
    row: Row
    absent: bool


def find_conflicts(lists: Sequence[ManagedList], sources: Mapping[str, Source]) -> list[Finding]:
    """Errors for relations said twice in a list or differently in two; warnings for those said twice alike."""
    findings: list[Finding] = []
    for managed in lists:
        findings += _within(managed, sources)
    named = [managed for managed in lists if managed.parent.id or managed.parent.match]
    return [*findings, *_split(named, sources), *_across(named, sources)]


def _rows(managed: ManagedList) -> Iterator[Said]:
    for row in managed.records:
        yield Said(managed, row, absent=False)
    for row in managed.absent:
        yield Said(managed, row, absent=True)


def _at(said: Said, sources: Mapping[str, Source]) -> At:
    return At(sources[said.row.file or said.managed.span.file], said.row.line, said.row.column)


def _within(managed: ManagedList, sources: Mapping[str, Source]) -> list[Finding]:
    rows = managed.records + managed.absent if managed.absent else managed.records
    if len({row[:2] for row in rows}) == len(rows):
        return []
    findings, seen = [], {}  # type: list[Finding], dict[tuple[tuple[str, ...], bool], Said]
    for said in _rows(managed):
        first = seen.setdefault((said.row.key, said.row.by_id), said)
        if first is said:
            continue
        who, notes = _label(said.row), ((_at(first, sources), "first here"),)
        if first.absent != said.absent:
            message, advice = (
                f"`{who}` stands under `records` and under `absent`",
                "keep the one that you mean",
            )
            findings.append(Finding("row-and-absent", message, _at(said, sources), advice, notes=notes))
        else:
            message = f"`{who}` stands twice in this list"
            findings.append(
                Finding("duplicate-row", message, _at(said, sources), "remove one of the two", notes=notes)
            )
    return findings


def _split(lists: Sequence[ManagedList], sources: Mapping[str, Source]) -> Iterator[Finding]:
    """A list may be written in several documents, but what is pruned must be said alike."""
    first: dict[tuple[str, Endpoint, str], ManagedList] = {}
    for managed in lists:
        other = first.setdefault(_list_name(managed), managed)
        if other.prune == managed.prune:
            continue
        here, there = (At(sources[m.span.file], m.span.line, m.span.column) for m in (managed, other))
        message = f"`{managed.name}` of {managed.parent.label} is pruned in one place and not in the other"
        notes = ((there, f"`prune` is {'true' if other.prune else 'false'} here"),)
        yield Finding(
            "split-list",
            message,
            here,
            "write the same `prune` in both, or put the rows into one list",
            notes=notes,
        )


def _across(lists: Sequence[ManagedList], sources: Mapping[str, Source]) -> Iterator[Finding]:
    """Compare what is said in different lists. Rows that no other list can speak of are not looked at."""
    groups: dict[tuple[str, Endpoint, str], list[ManagedList]] = {}
    for managed in lists:
        groups.setdefault(_list_name(managed), []).append(managed)
    heads: dict[tuple[str, str], set[Endpoint]] = {}
    for module, parent, related in groups:
        heads.setdefault((module, related), set()).add(parent)
    seen: dict[tuple[tuple[str, Endpoint], ...], Said] = {}
    for (module, parent, related), group in groups.items():
        other_side = heads.get((related, module), set())
        alone = _disjoint(group)
        if alone and not other_side:
            continue
        for said in (said for managed in group for said in _rows(managed)):
            record = _endpoint(said.managed, said.row)
            if alone and record not in other_side:
                continue
            pair = ((module, parent), (related, record))
            first = seen.setdefault(pair if module < related else pair[::-1], said)
            if first.managed is not said.managed:
                yield _compare(first, said, sources)


def _disjoint(group: Sequence[ManagedList]) -> bool:
    """Whether the lists of a group plainly speak of different records; where keys differ, one cannot see it at once."""
    if len(group) == 1:
        return True
    rows = [row[:2] for managed in group for row in (*managed.records, *managed.absent)]
    return len({managed.key for managed in group}) == 1 and len(set(rows)) == len(rows)


def _compare(first: Said, said: Said, sources: Mapping[str, Source]) -> Finding:
    here, who = _at(said, sources), _pair(said)
    if first.absent == said.absent and first.row.fields == said.row.fields:
        message, advice = f"the relation of {who} is said twice, alike", "one of the two rows can go"
        return Finding(
            "repeated-row", message, here, advice, "warning", ((_at(first, sources), "first here"),)
        )
    message, advice = f"the relation of {who} is said twice, differently", "keep the one that you mean"
    notes = ((_at(first, sources), f"there: {_says(first)}; here: {_says(said)}"),)
    return Finding("contradicting-rows", message, here, advice, notes=notes)


def _pair(said: Said) -> str:
    parent = said.managed.parent
    return f"{parent.module} `{parent.label}` and {said.managed.related_module} `{_label(said.row)}`"


def _says(said: Said) -> str:
    fields = ", ".join(f"{name}: {value}" for name, value in sorted(said.row.fields.items()))
    return "absent" if said.absent else fields or "no fields"


def _label(row: Row) -> str:
    return ", ".join(row.key)


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
