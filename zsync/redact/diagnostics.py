"""Diagnostics with tokens in place of what a person wrote."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from zsync import kinds
from zsync.explain.diagnostics import EXPLANATIONS
from zsync.explain.pages import ONLINE
from zsync.model import Diagnostic, Note
from zsync.redact.policy import FIELDS, Policy

_LONGEST = 1000
"""Characters of a source line that is shown; nobody reads a longer one, nor is it worth the time to take it apart."""

_TELLS_METADATA = frozenset(
    {"hidden-list", "no-such-list", "unreadable-field", "count-differs", "cannot-read", "cannot-write"}
    | {"no-manifests", "no-manifest", "unreadable-file", "no-such-run", "not-canonical", "bad-base"}
    | {"bad-snapshot", "other-snapshot", "assumed-records", "assumed-lists", "assumed-fields"}
)
"""Codes whose messages name files, commits, modules and lists alone."""

_SAFE_HELP = frozenset({"not-found", "ambiguous", "same-row", "said-twice", "contradiction", "undo-conflict"})
_PAGES = {
    "undo-conflict": "A row that the run wrote was changed since.",
    **EXPLANATIONS,
    **ONLINE,
}
_MEANT = re.compile(r"did you mean `(\w+)`\?")
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
"""What a manifest's line may show whoever wrote it: words of the format, of modules and of well-known fields."""


class _Part(NamedTuple):
    start: int
    end: int
    text: str


def redact_diagnostics(diagnostics: Iterable[Diagnostic], policy: Policy) -> tuple[Diagnostic, ...]:
    """Diagnostics that say what their codes mean in place of what was written; the source line has tokens.

    Messages quote values in too many ways to find them all. Place and code stay, and the caret is below the same thing.
    """
    return tuple(_diagnostic(diagnostic, policy) for diagnostic in diagnostics)


def _diagnostic(diagnostic: Diagnostic, policy: Policy) -> Diagnostic:
    code = diagnostic.code
    if code in _TELLS_METADATA:
        message, advice = diagnostic.message, diagnostic.help
    else:
        message = _PAGES.get(code, "Something is to be fixed here.")
        meant = _MEANT.fullmatch(diagnostic.help)
        keeps = code in _SAFE_HELP or (meant and meant[1] in _VOCABULARY)
        advice = diagnostic.help if keeps else "Values are masked here; --no-redact shows them."
    excerpt, width = _excerpt(diagnostic, policy)
    notes = tuple(Note(note.span, "see also here") for note in diagnostic.notes)
    return replace(diagnostic, message=message, help=advice, excerpt=excerpt, width=width, notes=notes)


def _excerpt(diagnostic: Diagnostic, policy: Policy) -> tuple[str, int]:
    """The source line with tokens, and the caret's width; what is before the caret is fitted to its column."""
    if diagnostic.span is None:
        return "", 1
    start = diagnostic.span.column - 1
    if len(diagnostic.excerpt) > _LONGEST:
        return " " * start + "…", 1
    end = start + max(diagnostic.width, 1)
    before = marked = after = ""
    for part in _parts(diagnostic.excerpt, policy):
        if part.end <= start:
            before += part.text
        elif part.start < end:
            marked += part.text
        else:
            after += part.text
    return before.rjust(start)[len(before.rjust(start)) - start :] + marked + after, max(len(marked), 1)


def _parts(line: str, policy: Policy) -> Iterator[_Part]:
    """The line in parts: borders as they are, words that say nothing of anybody too, everything else as tokens."""
    found = list(_PART.finditer(line))
    key = ""
    for at, match in enumerate(found):
        text, following = match[0], found[at + 1][0] if at + 1 < len(found) else ""
        if match["comment"]:
            text = "# …"
        elif match["border"] and text in "{}[],;-":
            key = ""
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
