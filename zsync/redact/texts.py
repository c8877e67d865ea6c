"""Messages and exceptions with tokens in place of personal values."""

import re
from collections.abc import Collection

from zsync import codes
from zsync.errors import CrmUnreachable, InputError, RequestRefused, ZsyncError
from zsync.redact.diagnostics import redact_diagnostics
from zsync.redact.policy import Policy

_EMAIL = r"[^\s\"'`<>(),;:=]+@[^\s\"'`<>(),;:=]+"
_SHORT = 3
CODE = re.compile(r"[A-Z][A-Z0-9_]{1,63}|HTTP [0-9]{3}")
_CALL = r"(?P<call>(?:GET|POST|PUT|DELETE) [!-~]+)"
_ZOHO_SAID = re.compile(rf"{_CALL}: (?P<code>[^:(]*): ")
_TOO_MANY = re.compile(rf"{_CALL}: the CRM takes no more calls now \(")
_WAITING = re.compile(r"(waiting [0-9]+ s): ")


def redact_text(text: str, policy: Policy, known: Collection[str] = ()) -> str:
    """A message without the CRM's own words, without e-mail addresses, and with tokens for values that are known."""
    if said := _ZOHO_SAID.match(text):
        return f"{said['call']}: {_meaning(said['code'])}"
    if many := _TOO_MANY.match(text):
        return f"{many['call']}: the CRM takes no more calls now, and waiting did not help"
    if waiting := _WAITING.match(text):
        return waiting[1]
    # In one pass, the longest first: a value must not be found in the token of another.
    quoted = sorted((value for value in known if value and value in text), key=len, reverse=True)
    either = "|".join([*map(_found_as, quoted), _EMAIL])
    return re.sub(either, lambda found: policy.token(found[0]), text)


def _found_as(value: str) -> str:
    """A short value is a word of its own; a longer one may touch others, as in scripts without spaces."""
    return re.escape(value) if len(value) > _SHORT else rf"(?<!\w){re.escape(value)}(?!\w)"


def redact_error(error: ZsyncError, policy: Policy, known: Collection[str] = ()) -> None:
    """Mask an exception's message, help and diagnostics in place: it stays the exception that it is."""
    if isinstance(error, InputError):
        error.diagnostics = redact_diagnostics(error.diagnostics, policy)
    elif isinstance(error, RequestRefused) and not _ZOHO_SAID.match(str(error)) and error.request:
        error.args = (f"{error.request}: {_meaning(error.code)}",)
    else:
        error.args = (redact_text(str(error), policy, known),)
        error.lines = tuple(redact_text(line, policy, known) for line in error.lines)
        if not isinstance(error, CrmUnreachable | RequestRefused):
            error.help = redact_text(error.help, policy, known)


def _meaning(code: str) -> str:
    return f"{code}: {codes.find_code(code).meaning}" if CODE.fullmatch(code) else "the CRM refused"
