"""Zoho's answers: how to read them, when to send a call again, and which exception a refusal becomes.

https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html
"""

import re
from typing import Any

from zsync import codes
from zsync.crm.calls import Answer, Call
from zsync.errors import AccessDenied, AnswerLost, CrmUnreachable, RequestRefused, ZsyncError
from zsync.files.reading import Unreadable, read_json

# Zoho calls a bad token INVALID_TOKEN on the pages of the APIs, and INVALID_OAUTHTOKEN under Token Validity.
_TOKEN_CODES = frozenset({"INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"})
_ACCESS = frozenset(code for code, page in codes.CODES.items() if page.exit_code == 8)
_BY_STATUS = {
    401: "AUTHENTICATION_FAILURE",
    403: "NO_PERMISSION",
    404: "INVALID_URL_PATTERN",
    405: "INVALID_REQUEST_METHOD",
}
"""Status → the code that explains an answer without one, such as a proxy's."""


def read(content: bytes) -> Any:
    """The JSON of an answer, with exact numbers; None if it is empty, is no JSON or exceeds a limit."""
    if not content:
        return None
    try:
        return read_json(content)
    except Unreadable:
        return None


def _flat(data: Any) -> dict[str, Any]:
    """The error object of an answer that refuses the whole request; empty if it does not."""
    return data if isinstance(data, dict) and isinstance(data.get("code"), str) else {}


def code_of(data: Any) -> str:
    """The code of an answer that refuses the whole request; empty if it has none."""
    return str(_flat(data).get("code", ""))


def says_token(data: Any) -> bool:
    """Whether a 401 is about the token, so that a new one may help."""
    return _flat(data).get("code", "INVALID_TOKEN") in _TOKEN_CODES


def repeat_because(call: Call, answer: Answer) -> str:
    """Why a call must be sent again; empty if its answer can be used. Raises `AnswerLost` for a write."""
    if answer.status == 429:
        # Only the code: the reason for a wait is shown everywhere, and Zoho's words may name somebody.
        code = _flat(answer.data).get("code")
        return f"429 {code}" if code in codes.CODES else "429 too many requests"
    # A redirect or a page of HTML must not read as an empty list: only 204 says that there is nothing.
    empty = answer.status < 400 and answer.status != 204 and not isinstance(answer.data, dict)
    useless = answer.status >= 500 or empty
    if useless and call.writes:
        raise AnswerLost(str(call), f"status {answer.status}", answer=_flat(answer.data))
    if useless:
        return f"status {answer.status}" + ("" if answer.status >= 500 else ", but no JSON")
    return ""


def rows_of(call: Call, answer: Answer) -> Answer:
    """The answer, if it succeeded or carries rows. Raises `RequestRefused` if it refuses the whole request."""
    refused = _flat(answer.data).get("status") == "error"
    if answer.status < 400 and not refused:
        return answer
    rows = answer.data.get("data") if isinstance(answer.data, dict) else None
    # Zoho: Update Related Records: where every row is refused the status is 400, and the rows say why.
    if isinstance(rows, list) and call.writes:
        return answer
    # Under an error status, the rows of a read are errors and not what was asked for.
    first = rows[0] if isinstance(rows, list) and rows else None
    raise refusal(call, answer.status, _flat(answer.data) or _flat(first))


def given_up(call: Call, answer: Answer, problem: str) -> ZsyncError:
    """The exception for a call that failed every time; `answer` is the last one, with status 0 if none came."""
    if answer.status == 429:
        return AccessDenied(
            f"{call}: the CRM takes no more calls now, and waiting did not help",
            code="TOO_MANY_REQUESTS",
            status=429,
            request=str(call),
            said=str(_flat(answer.data).get("message") or problem),
            exit_code=8,
            help=codes.advice("TOO_MANY_REQUESTS"),
        )
    if answer.status >= 500 and _flat(answer.data):
        return refusal(call, answer.status, _flat(answer.data))
    return CrmUnreachable(
        f"{call}: no usable answer, after several tries (last: {problem})",
        help="Check the network and ZSYNC_API_DOMAIN, then run the same command again.",
    )


def refusal(call: Call, status: int, data: dict[str, Any]) -> RequestRefused:
    """The exception for an answer that refuses a whole request; `data` is Zoho's flat error object."""
    code = str(data.get("code") or f"HTTP {status}")
    details: dict[str, Any] = data["details"] if isinstance(data.get("details"), dict) else {}
    index = path_index(details.get("resource_path_index"))
    named = ", ".join(
        f"{key} {_brief(value)}" for key, value in details.items() if key != "resource_path_index"
    )
    said = str(data.get("message") or "no message") + (f" ({named})" if named else "")
    known = code if code in codes.CODES else _BY_STATUS.get(status, code)
    kind = AccessDenied if known in _ACCESS else RequestRefused
    return kind(
        f"{call}: {code}",
        code=code,
        status=status,
        request=str(call),
        said=said,
        index=index,
        details=details,
        exit_code=codes.find_code(known).exit_code,
        help=_advice(call, known, index),
    )


def path_index(value: object) -> int | None:
    """Zoho's `resource_path_index`; a text, as some of its numbers are, counts as well."""
    return int(value) if isinstance(value, str | int) and re.fullmatch("[0-9]", str(value)) else None


def _advice(call: Call, code: str, index: int | None) -> str:
    advice = codes.advice(code, index)
    return f"This call needs the scope {call.scope}. {advice}" if code == "OAUTH_SCOPE_MISMATCH" else advice


def _brief(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
