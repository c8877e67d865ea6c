"""Source lines for diagnostics that are found after the files were read, such as a key that names no record."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from zsync.bounds import MANIFEST
from zsync.files.reading import read_bytes
from zsync.manifest.csv import find_cell
from zsync.model import Diagnostic, Span
from zsync.model.diagnostics import Spot
from zsync.syntax.locating import Extent, Table, locate
from zsync.syntax.source import SourceText, decode


def with_excerpts(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics at their exact places, with the source lines that they are about; their order stays.

    Those of a file that can no longer be read have no source line.
    """
    diagnostics = tuple(diagnostics)
    sources: dict[str, SourceText] = {}
    for each in diagnostics:
        if each.span and _wanted(each) and each.span.file not in sources:
            sources[each.span.file] = _source(each.span.file)
    tables = _tables(diagnostics, sources)
    return tuple(
        _placed(each, sources[each.span.file], tables) if each.span and _wanted(each) else each
        for each in diagnostics
    )


def _wanted(diagnostic: Diagnostic) -> bool:
    # A diagnostic about zsync.yaml lacks its excerpt on purpose: the line may hold a secret.
    return bool(
        diagnostic.span and not diagnostic.excerpt and Path(diagnostic.span.file).name != "zsync.yaml"
    )


def _placed(diagnostic: Diagnostic, source: SourceText, tables: dict[str, Table]) -> Diagnostic:
    span = diagnostic.span
    assert span is not None  # noqa: S101  only those with a span are placed
    extent = next(filter(None, (_extent(spot, source, tables) for spot in diagnostic.spots)), None)
    if extent is None:
        extent = Extent(span.line, span.column, diagnostic.width if diagnostic.width > 1 else 0)
    text, begins = source.excerpt(extent.line, extent.column)
    width = extent.width or max(len(text.rstrip()) - (extent.column - begins), 1)
    there = Span(span.file, extent.line, extent.column)
    return replace(diagnostic, span=there, excerpt=text, width=width, begins=begins, spots=())


def _extent(spot: Spot, source: SourceText, tables: dict[str, Table]) -> Extent | None:
    if source.form == "csv":
        return Extent(*cell) if (cell := find_cell(source, spot.line, str(spot.way[-1]))) else None
    line, column = spot.line, spot.column
    entry = None
    for key in spot.way:
        entry = tables.get(source.name, {}).get((line, column), {}).get(key)
        if entry is None:
            return None
        line, column = entry.value.line, entry.value.column
    return None if entry is None else entry.key if spot.part == "key" else entry.value


def _tables(diagnostics: Sequence[Diagnostic], sources: dict[str, SourceText]) -> dict[str, Table]:
    """The places of all entries on the way to the spots, by file: a pass over the file for each step of the longest way."""
    ways: dict[str, set[tuple[int, int, tuple[str | int, ...]]]] = {}
    for each in diagnostics:
        if each.span and _wanted(each) and sources[each.span.file].form == "yaml":
            ways.setdefault(each.span.file, set()).update(
                (spot.line, spot.column, spot.way) for spot in each.spots
            )
    return {name: _table(sources[name], wanted) for name, wanted in ways.items() if wanted}


def _table(source: SourceText, ways: set[tuple[int, int, tuple[str | int, ...]]]) -> Table:
    table: Table = {}
    while ways:
        table |= locate(source, {(line, column) for line, column, _ in ways} - table.keys())
        further = set()
        for line, column, (key, *rest) in ways:
            entry = table.get((line, column), {}).get(key)
            if entry and rest:
                further.add((entry.value.line, entry.value.column, tuple(rest)))
        ways = further
    return table


def _source(name: str) -> SourceText:
    # A manifest ends otherwise, and a CSV file may end in anything: `from` names it.
    form: Literal["yaml", "csv"] = "yaml" if name.endswith((".yaml", ".yml")) else "csv"
    try:
        return decode(name, read_bytes(Path(name), MANIFEST), form)[0]
    except OSError:
        return SourceText(name, "")
