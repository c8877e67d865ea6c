"""Diagnostics as people read them: their sentences as plain texts, to be compared with what they say."""

from collections.abc import Iterable
from dataclasses import replace

from zsync.model import Diagnostic, Note


def plain(one: Diagnostic) -> Diagnostic:
    """The diagnostic with the words of its sentences, whatever they quote."""
    notes = tuple(Note(note.span, str(note.message)) for note in one.notes)
    return replace(one, message=str(one.message), help=str(one.help), notes=notes)


def all_plain(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same for several."""
    return tuple(map(plain, diagnostics))
