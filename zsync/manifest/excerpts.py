"""Source lines for diagnostics that are found after the files were read, such as a key that names no record."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from zsync.bounds import MANIFEST
from zsync.files.reading import read_bytes
from zsync.model import Diagnostic
from zsync.syntax.source import SourceText, decode


def with_excerpts(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics with the source lines that they are about; without one where the file can no longer be read."""
    sources: dict[str, SourceText] = {}
    found = []
    for diagnostic in diagnostics:
        span = diagnostic.span
        # A diagnostic about zsync.yaml lacks its excerpt on purpose: the line may hold a secret.
        if span is None or diagnostic.excerpt or Path(span.file).name == "zsync.yaml":
            found.append(diagnostic)
            continue
        if span.file not in sources:
            sources[span.file] = _source(span.file)
        text, begins = sources[span.file].excerpt(span.line, span.column)
        width = max(len(text.rstrip()) - (span.column - begins), 1)
        found.append(replace(diagnostic, excerpt=text, width=width, begins=begins))
    return tuple(found)


def _source(name: str) -> SourceText:
    try:
        return decode(name, read_bytes(Path(name), MANIFEST))[0]
    except OSError:
        return SourceText(name, "")
