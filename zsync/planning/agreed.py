"""What counts as agreed: the manifests of the base commit. Where they cannot be read, nothing does, and that is said."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zsync.errors import InputError
from zsync.model import Change, Diagnostic, ManagedList, Note, sentence
from zsync.model.selectors import selectors

_WAYS = "Name a commit whose manifests are valid: --base REF. To compare with none: --no-base."
_MOST = 3
"""Most places of errors that the warning about an unreadable base names."""


class Agreed(NamedTuple):
    """The lists of the base commit; None where there is no base, or none that can be read, which a warning then says."""

    lists: tuple[ManagedList, ...] | None
    warnings: tuple[Diagnostic, ...] = ()


def older(ref: str, commit: str, wrong: Sequence[Diagnostic]) -> Diagnostic:
    """The warning that a base has errors, and that an older commit, whose manifests have none, counts in its place."""
    message = f"the manifests of {ref} {_errors(wrong)}: compared with {commit}, the newest commit before it whose manifests have none"
    advice = f"Fix them in {ref}. Until then, what was merged since {commit} counts as this branch's change."
    return Diagnostic(
        "bad-base", sentence(message), help=sentence(advice), severity="warning", notes=places(wrong)
    )


def unreadable(ref: str, wrong: Sequence[Diagnostic], only: tuple[str, ...]) -> Agreed:
    """A base whose manifests have errors, and that no older commit stands in for: nothing counts as agreed.

    Planning goes on, because the fix for those manifests must be planned, too. Raises `InputError` where `only` asks
    whose change it is, which the base alone can tell.
    """
    if selectors(only).origins:
        raise InputError((_undecidable(ref), *wrong))
    warning = Diagnostic(
        "bad-base",
        sentence(
            f"the manifests of {ref} {_errors(wrong)}, and no commit before it stands in for them: this plan is made without "
            f"them. Rows that {ref} alone names stay in the CRM"
        ),
        help=sentence(_WAYS),
        severity="warning",
        notes=places(wrong),
    )
    return Agreed(None, (warning,))


def refuse_unknown(changes: Iterable[Change]) -> None:
    """Raise `InputError` for changes of rows that the CRM holds, where there is a base and it cannot be read.

    Nobody knows whether they are this branch's, or would overwrite what people changed in the CRM.
    """
    count = sum(change.action != "create" for change in changes)
    if count:
        rows = "1 row" if count == 1 else f"{count:,} rows"
        message = f"{rows} would be changed or deleted, and no base tells whether people changed {'it' if count == 1 else 'them'} in the CRM"
        raise InputError((Diagnostic("bad-base", sentence(message), help=sentence(_WAYS)),))


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


def _errors(wrong: Sequence[Diagnostic]) -> str:
    count = sum(each.severity == "error" for each in wrong)
    return "have 1 error" if count == 1 else f"have {count:,} errors"


def places(wrong: Sequence[Diagnostic]) -> tuple[Note, ...]:
    """Where a commit's first errors are: they stand in no file as it is now."""
    errors = (each for each in wrong if each.severity == "error")
    return tuple(Note(each.span, f"[{each.code}] {each.message}") for each in errors if each.span)[:_MOST]
