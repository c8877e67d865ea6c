"""Findings → diagnostics with their places.

Reading 100,000 rows must not pay for places that nobody asks for, so a tree keeps only the place of each container. A
second pass over the events, made if there is something to report, finds the places of keys and values.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ruamel.yaml.events import AliasEvent, ScalarEvent

from zsync.bounds import EXCERPT, NESTING
from zsync.model import Diagnostic, Note, Span
from zsync.syntax.document import ENDS, STARTS
from zsync.syntax.recovery import TooDeep, read_segments
from zsync.syntax.source import At, Finding, SourceText


class Extent(NamedTuple):
    """A place in a file: line and column, from 1, and the width in characters on that line; 0 if it is unknown."""

    line: int
    column: int
    width: int


class Entry(NamedTuple):
    """The extents of a key and its value; in a sequence both are the item's."""

    key: Extent
    value: Extent


Table = dict[tuple[int, int], dict[str | int, Entry]]
"""(line, column) of a container → key or index → extents."""


def place(findings: Iterable[Finding], order: Iterable[str] = ()) -> tuple[Diagnostic, ...]:
    """The diagnostics of findings, in the order of the files (`order`, then as they come), then by line and column."""
    findings = tuple(findings)
    tables = _tables(findings)
    rank: dict[str, int] = {}
    for name in (*order, *(finding.at.source.name for finding in findings)):
        rank.setdefault(name, len(rank))
    diagnostics = [_diagnostic(finding, tables) for finding in findings]
    diagnostics.sort(key=lambda d: (rank[d.span.file], d.span) if d.span else (-1, Span("", 0, 0)))
    return tuple(diagnostics)


def locate(source: SourceText, wanted: set[tuple[int, int]]) -> Table:
    """The places of all keys and values in the containers that begin at the given lines and columns."""
    table: Table = {}
    read_segments(source.text, lambda events: _collect(events, wanted, table), lambda _: None)
    return table


def _collect(events: Iterator[Any], wanted: set[tuple[int, int]], table: Table) -> None:
    # A frame per open container: its entries, the key whose value comes next, whether it is a mapping, how many entries it has.
    stack: list[list[Any]] = []
    for event in events:
        kind = type(event)
        if kind in ENDS:
            stack.pop()
            continue
        if kind is not ScalarEvent and kind is not AliasEvent and kind not in STARTS:
            stack.clear()
            continue
        if stack:
            _entry(stack[-1], event)
        if kind in STARTS:
            if len(stack) >= NESTING.most:
                raise TooDeep(event.start_mark, NESTING.most)
            begins = (event.start_mark.line + 1, event.start_mark.column + 1)
            entries = table.setdefault(begins, {}) if begins in wanted else None
            stack.append([entries, None, "Mapping" in kind.__name__, 0])


def _entry(frame: list[Any], event: Any) -> None:
    entries, waiting, is_map, count = frame
    if is_map and waiting is None:
        frame[1] = event
        return
    frame[1], frame[3] = None, count + 1
    if entries is None:
        return
    key_event = waiting if is_map else event
    name = getattr(key_event, "value", None) if is_map else count
    if name is not None:
        entries.setdefault(name, Entry(_extent_of(key_event), _extent_of(event)))


def _extent_of(event: Any) -> Extent:
    start, end = event.start_mark, event.end_mark
    width = max(1, end.column - start.column) if end.line == start.line else 0
    if type(event) in STARTS:
        # Of a flow collection the bracket is underlined; a block begins with its first key, and its line is.
        width = 1 if event.flow_style else 0
    return Extent(start.line + 1, start.column + 1, width)


def _tables(findings: tuple[Finding, ...]) -> dict[SourceText, Table]:
    wanted: dict[SourceText, set[tuple[int, int]]] = {}
    for finding in findings:
        for at in (finding.at, *(note for note, _ in finding.notes)):
            if at.key is not None and at.source.form == "yaml":
                wanted.setdefault(at.source, set()).add((at.line, at.column))
    return {source: locate(source, places) for source, places in wanted.items()}


def _diagnostic(finding: Finding, tables: Mapping[SourceText, Table]) -> Diagnostic:
    source, extent = finding.at.source, _extent(finding.at, tables)
    excerpt, begins = source.excerpt(extent.line, extent.column)
    notes: list[Note] = []
    for at, message in finding.notes:
        there = _extent(at, tables)
        notes.append(Note(Span(at.source.name, there.line, there.column), message))
    return Diagnostic(
        finding.code,
        finding.message,
        Span(source.name, extent.line, extent.column) if extent.line else None,
        finding.help,
        finding.severity,
        excerpt,
        extent.width,
        tuple(notes),
        begins,
    )


def _extent(at: At, tables: Mapping[SourceText, Table]) -> Extent:
    line, column, width = at.line, at.column, at.width
    if at.key is not None and at.source in tables:
        entry = tables[at.source].get((line, column), {}).get(at.key)
        if entry:
            line, column, width = entry.key if at.part == "key" else entry.value
    if not width:
        # Of a long line, only as much as an excerpt shows: many findings in one line must not each go through all of it.
        rest = at.source.line(line)[column - 1 : column + EXCERPT.most]
        width = max(1, len(_visible(rest, at.source)))
    return Extent(line, column, width)


def _visible(rest: str, source: SourceText) -> str:
    """What to underline if the end is unknown: the rest of the line, without a comment."""
    return (rest.partition(" #")[0] if source.form == "yaml" else rest).rstrip()
