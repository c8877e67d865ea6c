"""What counts as agreed: the manifests of the base commit. Where they cannot be read, nothing does, and that is said."""

from collections.abc import Sequence
from typing import NamedTuple

from zsync.errors import InputError
from zsync.model import Diagnostic, ManagedList, Note, sentence
from zsync.model.selectors import selectors

_PLACES = 3
"""Most places of errors that the warning about an unreadable base names."""


class Agreed(NamedTuple):
    """The lists of the base commit; None where there is no base, or none that can be read, which a warning then says."""

    lists: tuple[ManagedList, ...] | None
    warnings: tuple[Diagnostic, ...] = ()


def unreadable(ref: str, diagnostics: Sequence[Diagnostic], only: tuple[str, ...]) -> Agreed:
    """A base whose manifests have errors: none of it counts, for nobody knows what a broken file said.

    Planning goes on, because the fix for those manifests must be planned, too. Raises `InputError` where `only` asks
    whose change it is, which the base alone can tell.
    """
    if selectors(only).origins:
        raise InputError((_undecidable(ref), *diagnostics))
    errors = [error for error in diagnostics if error.severity == "error"]
    places = [Note(error.span, f"[{error.code}] {error.message}") for error in errors if error.span]
    warning = Diagnostic(
        "bad-base",
        sentence(
            f"the manifests of {ref} cannot be read ({len(errors)} error{'s' if len(errors) != 1 else ''}): this plan is made "
            f"without them. All of its changes are marked `change`, drift or not, and rows that {ref} alone names stay in the CRM"
        ),
        help=sentence(
            "Fix them, then plan again with a valid base; or delete those rows by name, under `absent`."
        ),
        severity="warning",
        notes=tuple(places[:_PLACES]),
    )
    return Agreed(None, (warning,))


def _undecidable(ref: str) -> Diagnostic:
    return Diagnostic(
        "bad-base",
        sentence(
            f"the manifests of {ref} cannot be read, so nothing tells changes of this branch from drift"
        ),
        help=sentence(
            "Plan without --only change or drift, or name a commit whose manifests are valid: --base REF."
        ),
    )
