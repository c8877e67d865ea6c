"""Diagnostics in GitHub's Markdown: a comment of their own where nothing else came of a command, or an alert above a plan."""

from collections.abc import Iterator, Sequence

from zsync.model import Diagnostic
from zsync.render.escape import markdown
from zsync.render.tables import Table, fitting, row, shortened
from zsync.render.words import count, cut

LIMIT = 64_000
"""Most characters that are rendered: GitHub takes 65,536 in a comment, and the workflows add a marker and links."""

_COLUMNS = ("Problem", "Line", "What is wrong", "What to do")
_MESSAGE = 1000
_EXCERPT = 160
_WARNINGS = 10


def render_diagnostics(
    diagnostics: Sequence[Diagnostic], *, subject: str, limit: int = LIMIT, link: str = ""
) -> str:
    """All diagnostics, a table for each file, in at most `limit` characters; `subject` is the command that found them.

    `link` is an address that a text which had to be shortened leads to.
    """
    head = f"### {subject}: {_numbers(diagnostics)}"
    files: dict[str, list[Diagnostic]] = {}
    for one in diagnostics:
        files.setdefault(one.span.file if one.span else "", []).append(one)
    tables = [_table(file, those) for file, those in files.items()]
    return fitting(head, tables, "", limit, shortened(f"`{subject}` tells all", link))


def alert(warnings: Sequence[Diagnostic]) -> str:
    """Warnings as an alert with an empty line before it; empty where there is none. The tenth and later ones are counted."""
    if not warnings:
        return ""
    shown = warnings if len(warnings) <= _WARNINGS else warnings[: _WARNINGS - 1]
    lines = [f"> - {'<br>'.join((_said(one), *_notes(one), *_advice(one)))}" for one in shown]
    if left := len(warnings) - len(shown):
        lines.append(f"> - … and {count(left, 'more warning')}: see the log")
    return "\n\n> [!WARNING]\n" + "\n".join(lines)


def _said(one: Diagnostic) -> str:
    where = f" {_cell(str(one.span))}" if one.span else ""
    return f"{markdown(one.code)}{where}: {_cell(str(one.message))}"


def _numbers(diagnostics: Sequence[Diagnostic]) -> str:
    errors = sum(one.severity == "error" for one in diagnostics)
    counts = ((errors, "error"), (len(diagnostics) - errors, "warning"))
    return ", ".join(count(number, word) for number, word in counts if number) or "nothing to fix"


def _table(file: str, those: Sequence[Diagnostic]) -> Table:
    ordered = sorted(those, key=lambda one: one.severity != "error")
    kinds = [one.severity for one in ordered]
    title = markdown(file) or "No place in a file"
    return Table(title, _COLUMNS, kinds, lambda at: row(*_cells(ordered[at])), urgent=kinds.count("error"))


def _cells(one: Diagnostic) -> Iterator[str]:
    yield f"**{one.severity}** {markdown(one.code)}"
    yield markdown(f"{one.span.line}:{one.span.column}") if one.span else ""
    source = markdown(_source(one))
    yield "<br>".join(filter(None, (_cell(str(one.message)), source, *_notes(one))))
    yield "<br>".join(_advice(one))


def _source(one: Diagnostic) -> str:
    """The line, or of a long one the part with what is wrong in it."""
    text, start = one.excerpt.strip(), 0
    if one.span and len(text) > _EXCERPT:
        start = max(one.span.column - one.begins - _EXCERPT // 4, 0)
        text = ("…" if start else "") + one.excerpt[start:].strip()
    return cut(text, _EXCERPT)


def _cell(text: str) -> str:
    return markdown(cut(text, _MESSAGE))


def _notes(one: Diagnostic) -> Iterator[str]:
    return (f"{_cell(str(note.span))}: {_cell(str(note.message))}" for note in one.notes)


def _advice(one: Diagnostic) -> Iterator[str]:
    return map(_cell, filter(None, str(one.help).split("\n")))
