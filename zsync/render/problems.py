"""Diagnostics in GitHub's Markdown: a comment of their own if a command has no other result, or an alert above a plan."""

from collections.abc import Iterator, Sequence

from zsync.model import Diagnostic
from zsync.render.escape import markdown
from zsync.render.tables import Table, fitting, row, shortened
from zsync.render.words import count, cut

LIMIT = 64_000
"""Most characters that are rendered. GitHub allows 65,536 in a comment, and workflows add a marker and links."""

_COLUMNS = ("Problem", "Line", "What is wrong", "What to do")
_MESSAGE = 1000
_EXCERPT = 160
_WARNINGS = 10


def render_diagnostics(
    diagnostics: Sequence[Diagnostic], *, subject: str, limit: int = LIMIT, link: str = ""
) -> str:
    """All diagnostics, in a table for each file, in at most `limit` characters. `subject` is the command that found them.

    If they had to be shortened, `link`, if given, leads to all of them.
    """
    head = f"### {subject}: {_numbers(diagnostics)}"
    files: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        files.setdefault(diagnostic.span.file if diagnostic.span else "", []).append(diagnostic)
    tables = [_table(file, those) for file, those in files.items()]
    return fitting(head, tables, "", limit, shortened(f"`{subject}` tells all", link))


def alert(warnings: Sequence[Diagnostic]) -> str:
    """Warnings as an alert after an empty line; empty if there are none. From the tenth on they are only counted."""
    if not warnings:
        return ""
    shown = warnings if len(warnings) <= _WARNINGS else warnings[: _WARNINGS - 1]
    lines = [
        f"> - {'<br>'.join((_said(diagnostic), *_notes(diagnostic), *_advice(diagnostic)))}"
        for diagnostic in shown
    ]
    if left := len(warnings) - len(shown):
        lines.append(f"> - … and {count(left, 'more warning')}: see the log")
    return "\n\n> [!WARNING]\n" + "\n".join(lines)


def _said(diagnostic: Diagnostic) -> str:
    where = f" {_cell(str(diagnostic.span))}" if diagnostic.span else ""
    return f"{markdown(diagnostic.code)}{where}: {_cell(str(diagnostic.message))}"


def _numbers(diagnostics: Sequence[Diagnostic]) -> str:
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    counts = ((errors, "error"), (len(diagnostics) - errors, "warning"))
    return ", ".join(count(number, word) for number, word in counts if number) or "nothing to fix"


def _table(file: str, those: Sequence[Diagnostic]) -> Table:
    # Errors first, since a table may be cut at its end.
    ordered = sorted(those, key=lambda diagnostic: diagnostic.severity != "error")
    kinds = [diagnostic.severity for diagnostic in ordered]
    title = markdown(file) or "No place in a file"
    return Table(title, _COLUMNS, kinds, lambda at: row(*_cells(ordered[at])), urgent=kinds.count("error"))


def _cells(diagnostic: Diagnostic) -> Iterator[str]:
    yield f"**{diagnostic.severity}** {markdown(diagnostic.code)}"
    yield markdown(f"{diagnostic.span.line}:{diagnostic.span.column}") if diagnostic.span else ""
    source = markdown(_source(diagnostic))
    yield "<br>".join(filter(None, (_cell(str(diagnostic.message)), source, *_notes(diagnostic))))
    yield "<br>".join(_advice(diagnostic))


def _source(diagnostic: Diagnostic) -> str:
    """The source line, or the part of a long one that is wrong."""
    text = diagnostic.excerpt.strip()
    if diagnostic.span and len(text) > _EXCERPT:
        # A quarter of the excerpt is before the place, so that a reader finds it in the line.
        start = max(diagnostic.span.column - diagnostic.begins - _EXCERPT // 4, 0)
        text = ("…" if start else "") + diagnostic.excerpt[start:].strip()
    return cut(text, _EXCERPT)


def _cell(text: str) -> str:
    return markdown(cut(text, _MESSAGE))


def _notes(diagnostic: Diagnostic) -> Iterator[str]:
    return (f"{_cell(str(note.span))}: {_cell(str(note.message))}" for note in diagnostic.notes)


def _advice(diagnostic: Diagnostic) -> Iterator[str]:
    return map(_cell, filter(None, str(diagnostic.help).split("\n")))
