"""Diagnostics with tokens in place of what somebody wrote."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from zsync import kinds
from zsync.bounds import EXCERPT
from zsync.explain.diagnostics import EXPLANATIONS
from zsync.explain.pages import ONLINE
from zsync.model import Diagnostic, Note, Quote, Sentence
from zsync.redact.policy import FIELDS, Policy

_PAGES = {**EXPLANATIONS, **ONLINE}
_PART = re.compile(
    r""" (?P<comment>(?:(?<=\s)|^)\#.*) | (?P<border>[{}\[\],;\t]|:(?=\s|$)|-(?=\s)|\s+)
       | (?P<scalar>"(?:[^"\\]|\\.)*"? | '(?:[^']|'')*'? | (?:(?!:(?:\s|$)|\s*$|\s+[\#{}\[\],;]|[{}\[\],;\t]).)+) """,
    re.VERBOSE | re.DOTALL,
)
_KEYS = [
    "version",
    "parent",
    "module",
    "match",
    "id",
    "related_lists",
    "key",
    "defaults",
    "prune",
    "records",
    "absent",
    "from",
    "csv",
    "converted",
    "allow_empty",
    "environments",
    "relation_kinds",
    "guards",
    "personal",
    "fields",
    "default",
    "related",
    "data_centre",
    "type",
    "org_id",
    "api_domain",
    "accounts_url",
    "api_version",
    "concurrency",
    "credit_reserve",
    "protected",
    "waves",
    "true",
    "false",
    "null",
]
_VOCABULARY = frozenset(
    {*_KEYS, *FIELDS, *kinds.NAME_FIELDS, *kinds.MODULE_NAMES, *kinds.MODULE_NAMES.values()}
)
"""Words of a manifest's line that reveal nobody: those of the format, and names of modules and well-known fields."""


class _Part(NamedTuple):
    start: int
    end: int
    text: str


def redact_diagnostics(diagnostics: Iterable[Diagnostic], policy: Policy) -> tuple[Diagnostic, ...]:
    """Diagnostics with tokens for what is personal in their sentences and source lines.

    A message that is plain text may quote anything, so the meaning of its code takes its place. Code and place stay, and
    the caret points at the same thing.
    """
    return tuple(_diagnostic(diagnostic, policy) for diagnostic in diagnostics)


def _diagnostic(diagnostic: Diagnostic, policy: Policy) -> Diagnostic:
    excerpt, width, begins = _excerpt(diagnostic, policy)
    return replace(
        diagnostic,
        message=_text(
            diagnostic.message, policy, _PAGES.get(diagnostic.code, "Something is to be fixed here.")
        ),
        help=_text(diagnostic.help, policy, "Values are masked here; --no-redact shows them."),
        excerpt=excerpt,
        width=width,
        notes=tuple(
            Note(note.span, _text(note.message, policy, "see also here")) for note in diagnostic.notes
        ),
        begins=begins,
    )


def _text(text: str | Sentence, policy: Policy, instead: str) -> str | Sentence:
    return redact_sentence(text, policy) if isinstance(text, Sentence) else instead


def redact_sentence(text: Sentence, policy: Policy) -> Sentence:
    """The sentence with its quotes masked, each by its fields."""
    return Sentence(tuple(part if isinstance(part, str) else _quote(part, policy) for part in text.parts))


def _quote(quote: Quote, policy: Policy) -> str:
    if not quote.text or not policy.masks_label(quote.module, quote.fields):
        return quote.text
    return quote.instead or policy.token(quote.text)


def _excerpt(diagnostic: Diagnostic, policy: Policy) -> tuple[str, int, int]:
    """The source line with tokens, the caret's width, and its first column. What precedes the caret is cut or padded to it."""
    if diagnostic.span is None:
        return "", 1, 1
    start = diagnostic.span.column - 1
    if len(diagnostic.excerpt) > EXCERPT.most:
        # A part of a line: where it was cut, half a value could pass for another word.
        return "…", 1, start + 1
    end = start + max(diagnostic.width, 1)
    before = marked = after = ""
    for part in _parts(diagnostic.excerpt, policy):
        if part.end <= start:
            before += part.text
        elif part.start < end:
            marked += part.text
        else:
            after += part.text
    fitted = before.rjust(start)[len(before.rjust(start)) - start :]
    return fitted + marked + after, max(len(marked), 1), 1


def _parts(line: str, policy: Policy) -> Iterator[_Part]:
    """The line in parts: punctuation and words that reveal nobody as they are, everything else as tokens."""
    found = list(_PART.finditer(line))
    key = ""
    for at, match in enumerate(found):
        text, following = match[0], found[at + 1][0] if at + 1 < len(found) else ""
        if match["comment"]:
            text = "# …"
        elif match["border"] and text in "{}[],;-":
            key = ""  # the next scalar is not this key's value
        elif match["scalar"]:
            plain = text[1:-1] if text[0] in "\"'" and text[-1] == text[0] and len(text) > 1 else text
            shown = plain in _VOCABULARY or plain in policy.fields or _is_shown(key, plain, policy)
            text = text if shown else policy.token(plain)
            key = plain if following == ":" else ""
        yield _Part(match.start(), match.end(), text)


def _is_shown(key: str, plain: str, policy: Policy) -> bool:
    if key in ("id", "version"):
        return plain.isascii() and plain.isdecimal()
    return (key in FIELDS or key in policy.fields) and not policy.masks(key) and "@" not in plain
