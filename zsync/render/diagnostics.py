"""Diagnostics as people read them at a terminal: place, source line, caret, help.

Everything that strangers may have written is made inert: no control character, no escape sequence and no change of
the writing direction reaches the terminal; they are shown as escapes.
"""

from collections.abc import Sequence

from zsync.model import Diagnostic
from zsync.render.columns import columns, head, tail
from zsync.render.escape import terminal

_LINE_WIDTH = 100
"""Most columns of a source line that are shown. Longer lines are cut around the caret."""

_TAB = "    "
_STYLES = {"error": "1;31", "warning": "1;33", "place": "1;34", "bold": "1", "help": "1;36"}


def render_diagnostics(diagnostics: Sequence[Diagnostic], *, color: bool = False) -> str:
    """All diagnostics with their source lines, and a last line that counts them. Empty if there are none."""
    if not diagnostics:
        return ""
    blocks = [_render(diagnostic, color=color) for diagnostic in diagnostics]
    return "\n\n".join([*blocks, _closing(diagnostics)]) + "\n"


def _render(diagnostic: Diagnostic, *, color: bool) -> str:
    span = diagnostic.span
    head = _paint(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity, color=color)
    lines = [head + _paint(f": {terminal(str(diagnostic.message))}", "bold", color=color)]
    gutter = len(str(span.line)) if span else 1
    if span:
        lines.append(f"{' ' * gutter}{_paint('-->', 'place', color=color)} {terminal(str(span))}")
    if span and diagnostic.excerpt:
        lines += _excerpt(diagnostic, span.line, span.column, color=color)
    for note in diagnostic.notes:
        where = f"{terminal(str(note.span))}: {terminal(str(note.message))}"
        lines.append(f"{' ' * gutter} {_paint('= note:', 'place', color=color)} {where}")
    if str(diagnostic.help):
        first, *rest = map(terminal, str(diagnostic.help).split("\n"))
        lines.append(f"{' ' * gutter} {_paint('= help:', 'help', color=color)} {first}")
        lines += [f"{' ' * gutter}         {line}" for line in rest]
    return "\n".join(lines)


def _excerpt(diagnostic: Diagnostic, line: int, column: int, *, color: bool) -> list[str]:
    start = column - diagnostic.begins
    before, marked, after = _window(diagnostic.excerpt, start, max(1, diagnostic.width))
    number, pad = str(line), " " * len(str(line))
    bar = _paint("|", "place", color=color)
    # By columns and not by characters: the caret must stand under the value in Japanese as well.
    caret = " " * columns(before) + _paint("^" * max(1, columns(marked)), diagnostic.severity, color=color)
    source = f"{_paint(number, 'place', color=color)} {bar} {before}{marked}{after}"
    return [f"{pad} {bar}", source.rstrip(), f"{pad} {bar} {caret}"]


def _window(line: str, start: int, width: int) -> tuple[str, str, str]:
    """The text before, above and after the caret, as it is shown, cut to fit."""
    before, marked, after = (
        _shown(part) for part in (line[:start], line[start : start + width], line[start + width :])
    )
    # What is marked gets at least half of the line, however much stands before it.
    most = max(_LINE_WIDTH // 2, _LINE_WIDTH - columns(before))
    if columns(marked) > most:
        marked, after = head(marked, most - 1) + "…", ""
    room = _LINE_WIDTH - columns(marked)
    if columns(before) + columns(after) > room:
        kept = min(columns(before), max(room // 2, room - columns(after)))
        if kept < columns(before):
            before = "…" + tail(before, kept)
        if columns(after) > room - kept:
            after = head(after, room - kept) + "…"
    return before, marked, after


def _shown(text: str) -> str:
    return terminal(text.replace("\t", _TAB))


def _closing(diagnostics: Sequence[Diagnostic]) -> str:
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    files = len({diagnostic.span.file for diagnostic in diagnostics if diagnostic.span})
    counts = [
        _count(number, word)
        for number, word in ((errors, "error"), (len(diagnostics) - errors, "warning"))
        if number
    ]
    return ", ".join(counts) + (f" in {_count(files, 'file')}" if files else "")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def _paint(text: str, style: str, *, color: bool) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color else text
