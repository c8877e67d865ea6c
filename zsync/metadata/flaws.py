"""What a manifest says that an org's metadata does not bear out: one mistake, of which several orgs may tell."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from zsync.model import Diagnostic, Quote, Severity, Span, sentence
from zsync.model.diagnostics import Spot

Part = str | Quote


class Spotted(NamedTuple):
    """The place of a flaw: the span that is known at once, the exact spots in its file, and a width for the span."""

    span: Span
    spots: tuple[Spot, ...] = ()
    width: int = 1


@dataclass(frozen=True, slots=True)
class Flaw:
    """A mistake: `says`, `link` and the org's name make its sentence, which ends with `tail`.

    `note` is what an org adds to the advice, such as how old its profile is.
    """

    code: str
    where: Spotted
    says: tuple[Part, ...]
    help: tuple[Part, ...] = ()
    link: Literal["in", "of"] = "in"
    tail: tuple[Part, ...] = ()
    severity: Severity = "error"
    note: str = ""

    def told(self, called: str) -> Diagnostic:
        """The diagnostic, with the names of the orgs that it is about (`production and sandbox`, `this org`)."""
        return Diagnostic(
            self.code,
            sentence(*self.says, f" {self.link} {called}", *self.tail),
            self.where.span,
            sentence(*self.help, self.note),
            severity=self.severity,
            width=self.where.width,
            spots=self.where.spots,
        )


def told(found: Iterable[tuple[str, Flaw]]) -> tuple[Diagnostic, ...]:
    """The diagnostics of flaws, each with the name of the org that it was found in; what several orgs tell is told once."""
    orgs: dict[Flaw, list[str]] = {}
    notes: dict[Flaw, list[str]] = {}
    first: dict[Flaw, Flaw] = {}
    for called, flaw in found:
        same = replace(flaw, help=(), note="")
        orgs.setdefault(same, []).append(called)
        notes.setdefault(same, []).append(flaw.note)
        first.setdefault(same, flaw)
    return tuple(
        replace(first[same], note="".join(dict.fromkeys(notes[same]))).told(listed(dict.fromkeys(names)))
        for same, names in orgs.items()
    )


def listed(names: Iterable[str]) -> str:
    """`production`, `production and sandbox`, `eu, production and sandbox`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
