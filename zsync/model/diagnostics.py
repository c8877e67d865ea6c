"""What is wrong in a file, and where: values that are collected, not exceptions that end the run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from zsync.bounds import DIAGNOSTICS
from zsync.kinds import name_fields
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
    """A part of a sentence that a person or the CRM wrote: a value of `fields`, which may name a record of `module`.

    Without either, nobody can tell whether it is personal, so it counts as personal. Where it is masked, `instead` takes its
    place, or a token if that is empty.
    """

    text: str
    fields: Sequence[str] = ()
    module: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """zsync's own words around quotes. Once the quotes are masked it may be shown anywhere; plain text may quote anything."""

    parts: tuple[str | Quote, ...]

    def __str__(self) -> str:
        """The sentence with what it quotes."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


def sentence(*parts: str | Quote) -> Sentence:
    """`sentence("no lead has the Email ", Quote(email, ("Email",)))`. Names of modules, fields, lists and files reveal nobody
    and need no quote.
    """
    return Sentence(parts)


def naming(key: Key, module: str) -> str | Quote:
    """A record's name in a sentence. An id reveals nobody."""
    if not (key.fields or key.name):
        return key.label
    return Quote(key.label, key.fields or name_fields(module), module)


def telling(fields: Fields) -> Iterator[str | Quote]:
    """A relation's fields in a sentence: `Member_Status: Sent, Note: …`."""
    for number, (name, value) in enumerate(fields.items()):
        yield from (", " * bool(number) + f"{name}: ", Quote(str(value), (name,)))


class Note(NamedTuple):
    """A second place that a diagnostic refers to, such as the other of two contradicting rows."""

    span: Span
    message: str | Sentence


class Spot(NamedTuple):
    """An entry of the mapping or list that begins at a line and column of a file: the way to it, key by key.

    `part` says whether the last key is meant, or its value. A row of a CSV file is a mapping that begins at its line.
    """

    line: int
    column: int
    way: tuple[str | int, ...]
    part: Literal["key", "value"] = "value"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to fix. Diagnostics are collected, so that one run reports all errors of all files.

    `code` is a stable word (`unknown-key`). `excerpt` is the source line without its line end, or the part of a very long
    line that begins at the column `begins`; `width` is the number of characters underlined in it. `help` is the next step.
    Where values are masked, `message` and `help` are shown only if they are a `Sentence`.
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
    spots: tuple[Spot, ...] = ()


def capped(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """At most `bounds.DIAGNOSTICS`, and one more that counts the others. Errors are kept before warnings; the order stays."""
    if len(diagnostics) <= DIAGNOSTICS.most:
        return tuple(diagnostics)
    urgent = sorted(range(len(diagnostics)), key=lambda at: diagnostics[at].severity != "error")
    kept, left = sorted(urgent[: DIAGNOSTICS.most]), urgent[DIAGNOSTICS.most :]
    severity = diagnostics[left[0]].severity
    message = f"{len(left):,} more problem{'s are' if len(left) > 1 else ' is'} not shown"
    advice = sentence("Fix these first, then run again.")
    more = Diagnostic("more-problems", sentence(message), help=advice, severity=severity)
    return (*(diagnostics[at] for at in kept), more)
