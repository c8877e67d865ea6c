"""What is wrong with what a person wrote, and where: values that are collected, not exceptions that end the run."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Span(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """The form that editors and terminals make clickable: `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class Note(NamedTuple):
    """A second place that a diagnostic refers to, such as the other of two contradicting rows."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to fix. Diagnostics are collected, so that one run reports all problems of all files.

    `code` is a stable word (`unknown-key`). `excerpt` is the source line without its line end, and `width` the number of
    characters underlined in it. `help` says what to do next.
    """

    code: str
    message: str
    span: Span | None = None
    help: str = ""
    severity: Severity = "error"
    excerpt: str = ""
    width: int = 1
    notes: tuple[Note, ...] = ()
