"""The source lines of diagnostics that were found after the files were read, such as a key that names no record."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from zsync.model import Diagnostic


def with_excerpts(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics with the line that each speaks of, read from its file again; a file that is gone leaves none."""
    lines: dict[str, list[str]] = {}
    found = []
    for one in diagnostics:
        # zsync.yaml's own excerpts are left out on purpose where a secret stands in the file.
        if one.span is None or one.excerpt or Path(one.span.file).name == "zsync.yaml":
            found.append(one)
            continue
        if one.span.file not in lines:
            lines[one.span.file] = _lines(Path(one.span.file))
        text = lines[one.span.file][one.span.line - 1 : one.span.line]
        found.append(replace(one, excerpt=text[0], width=_width(text[0], one.span.column)) if text else one)
    return tuple(found)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return []


def _width(line: str, column: int) -> int:
    return max(len(line.rstrip()) - column + 1, 1)
