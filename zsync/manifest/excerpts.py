"""Source lines for diagnostics that were found after the files had been read, such as a key that names no record."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from zsync.model import Diagnostic


def with_excerpts(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics, each with the source line that it is about. A file that can no longer be read gives none."""
    lines: dict[str, list[str]] = {}
    found = []
    for diagnostic in diagnostics:
        span = diagnostic.span
        # A diagnostic about zsync.yaml has no excerpt on purpose if a secret stands in the file.
        if span is None or diagnostic.excerpt or Path(span.file).name == "zsync.yaml":
            found.append(diagnostic)
            continue
        if span.file not in lines:
            lines[span.file] = _lines(Path(span.file))
        text = next(iter(lines[span.file][span.line - 1 : span.line]), "")
        found.append(replace(diagnostic, excerpt=text, width=_width(text, span.column)))
    return tuple(found)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return []


def _width(line: str, column: int) -> int:
    return max(len(line.rstrip()) - column + 1, 1)
