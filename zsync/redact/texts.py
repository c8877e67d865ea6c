"""Messages and exceptions with tokens in place of personal values."""

import re
from collections.abc import Collection
from unicodedata import east_asian_width

from zsync import codes
from zsync.errors import InputError, RequestRefused, ZsyncError
from zsync.redact.diagnostics import redact_diagnostics
from zsync.redact.policy import Policy

_IN_WORD = r"[^\s\"'`<>(),;:=]"
# Tried at the start of a word alone: tried at each of its characters, a long word would take time by its square.
_ADDRESS = re.compile(rf"(?<!{_IN_WORD}){_IN_WORD}+@{_IN_WORD}+")
_SHORT = 3
CODE = re.compile(r"[A-Z][A-Z0-9_]{1,63}|HTTP [0-9]{3}")
"""The codes that may be shown. The CRM chooses them, so anything else could stand there."""


def redact_text(text: str, policy: Policy, known: Collection[str] = ()) -> str:
    """A text that may quote anything, with tokens for the values that are known and for e-mail addresses."""
    # One pass, so that no value is found inside the token of another, and of two that begin alike the longer first.
    quoted = sorted((value for value in known if value and value in text), reverse=True)
    if quoted:
        text = re.sub("|".join(map(_found_as, quoted)), lambda found: policy.token(found[0]), text)
    return _ADDRESS.sub(lambda found: policy.token(found[0]), text)


def _found_as(value: str) -> str:
    """A short value is a word of its own; a longer one may touch others, and so may any in a script without spaces."""
    touches = len(value) > _SHORT or any(east_asian_width(char) in "WF" for char in value)
    return re.escape(value) if touches else rf"(?<!\w){re.escape(value)}(?!\w)"


def redact_error(error: ZsyncError, policy: Policy, known: Collection[str] = ()) -> None:
    """Mask an exception's message, help and diagnostics in place: it stays the exception that it is."""
    if isinstance(error, InputError):
        error.diagnostics = redact_diagnostics(error.diagnostics, policy)
    elif isinstance(error, RequestRefused) and error.said:
        error.args = (f"{error.request}: {_meaning(error.code)}",)
    else:
        error.args = (redact_text(str(error), policy, known),)
        error.lines = tuple(redact_text(line, policy, known) for line in error.lines)
        error.help = redact_text(error.help, policy, known)


def _meaning(code: str) -> str:
    return f"{code}: {codes.find_code(code).meaning}" if CODE.fullmatch(code) else "the CRM refused"
