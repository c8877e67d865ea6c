"""What is wrong with what a person wrote, and where: values that are collected, not exceptions that end the run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from zsync.bounds import DIAGNOSTICS
from zsync.model.values import Fields, Key

Severity = Literal["error", "warning"]


class Span(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """The form that editors and terminals make clickable: `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class Quote(NamedTuple):
    """Something in a sentence that a person or the CRM wrote: a value of `fields`, which may name a record of `module`.

    Of what has neither, nobody can say whether it is personal. `instead` stands in its place where it is masked; if it is
    empty, a token does.
    """

    text: str
    fields: Sequence[str] = ()
    module: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Our own words around quotes. It may be shown anywhere once its quotes are masked; a plain text may quote anything."""

    parts: tuple[str | Quote, ...]

    def __str__(self) -> str:
        """The sentence with what it quotes."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


def sentence(*parts: str | Quote) -> Sentence:
    """`sentence("no lead has the Email ", Quote(email, ("Email",)))`. Names of modules, fields, lists and files are our own words."""
    return Sentence(parts)


def naming(key: Key, module: str) -> str | Quote:
    """How a record is named in a sentence. An id names nobody."""
    return Quote(key.label, key.fields, module) if key.fields else key.label


def telling(fields: Fields) -> Iterator[str | Quote]:
    """A relation's fields in a sentence: `Member_Status: Sent, Note: …`."""
    for number, (name, value) in enumerate(fields.items()):
        yield from (", " * bool(number) + f"{name}: ", Quote(str(value), (name,)))


class Note(NamedTuple):
    """A second place that a diagnostic refers to, such as the other of two contradicting rows."""

    span: Span
    message: str | Sentence


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to fix. Diagnostics are collected, so that one run reports all problems of all files.

    `code` is a stable word (`unknown-key`). `excerpt` is the source line without its line end, and `width` the number of
    characters underlined in it. `help` says what to do next. Of `message` and `help`, strangers read what is a `Sentence`.
    Of a very long line the excerpt is the part that begins at the column `begins`.
    """

    code: str
    message: str | Sentence
    span: Span | None = None
    help: str | Sentence = ""
    severity: Severity = "error"
    excerpt: str = ""
    width: int = 1
    notes: tuple[Note, ...] = ()
    begins: int = 1


def capped(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """At most `bounds.DIAGNOSTICS`, errors before warnings but in their order, and one more that counts the others."""
    if len(diagnostics) <= DIAGNOSTICS.most:
        return tuple(diagnostics)
    urgent = sorted(range(len(diagnostics)), key=lambda at: diagnostics[at].severity != "error")
    kept, left = sorted(urgent[: DIAGNOSTICS.most]), urgent[DIAGNOSTICS.most :]
    severity = diagnostics[left[0]].severity
    message = f"{len(left):,} more problem{'s are' if len(left) > 1 else ' is'} not shown"
    advice = sentence("Fix these first, then run again.")
    more = Diagnostic("more-problems", sentence(message), help=advice, severity=severity)
    return (*(diagnostics[at] for at in kept), more)
