"""Reads scripts of faults (faults.py describes them). An error names its place in the script."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .colleague import checked_edit
from .errors import DOCUMENTED, Answer, ZohoError, encode
from .faults import Fault, Pattern, RowRefusal
from .seed_error import SeedError, did_you_mean, read_yaml, table
from .switches import Switches, switched
from .wire import Reply, reply_of

Faults = str | Path | Sequence[Mapping[str, Any]]

_METHODS = ("*", "GET", "PUT", "POST", "DELETE", "PATCH")
_OTHERWISE = ("reset", "garbage", "stale")
_OF_STATUS = ("status", "code", "message", "details", "body", "headers")
_USUAL_CODES = {
    401: "INVALID_TOKEN",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}


def read_faults(given: Faults) -> list[Fault]:
    """The faults of a file, or of its content. Raises SeedError for the first mistake."""
    listed, name = (
        (read_yaml(Path(given)), str(given)) if isinstance(given, str | Path) else (given, "faults")
    )
    if isinstance(listed, Mapping) and listed.keys() == {"faults"}:
        listed = listed["faults"]
    if not isinstance(listed, list | tuple):
        raise SeedError(f"{name}: a script of faults is a list")
    return [_fault(fault, f"{name}[{at}]") for at, fault in enumerate(listed)]


def _fault(value: object, where: str) -> Fault:
    given = table(value, where)
    for key in given:
        if key not in KEYS:
            raise SeedError(f"{where}: unknown key {key!r}{did_you_mean(key, KEYS)}")
    told = [key for key in _OF_STATUS if key in given][:1]
    ways = told + [key for key in _OTHERWISE if key in given]
    if len(ways) > 1:
        raise SeedError(f"{where}: choose one of {' and '.join(ways)}")
    if "commit" in given and not told and given.get("garbage") not in ("html", "empty"):
        raise SeedError(f"{where}.commit: only with `status`, `garbage: html` or `garbage: empty`")
    read = {key: KEYS[key](value, f"{where}.{key}") for key, value in given.items()}
    made: dict[str, Any] = {name: read[key] for key, name in _SAME.items() if key in read}
    if "lag_ms" in read:
        made["switches"] = {**made.get("switches", {}), "read_after_write_lag_ms": read["lag_ms"]}
    if "shift" in read:
        made["switches"] = {**made.get("switches", {}), "page_shift": read["shift"]}
    if set(_OF_STATUS) & read.keys():
        made["instead"] = _instead(read, where)
        made["commit"] = read.get("commit", False)
    if "reset" in read:
        made |= {"reset": True, "commit": read["reset"] == "after"}
    if not made.keys() - {"after", "every", "times", "commit"}:
        raise SeedError(f"{where}: nothing goes wrong: add a status, reset, delay_ms …")
    return Fault(_pattern(read, where), **made)


def _pattern(read: Mapping[str, Any], where: str) -> Pattern:
    if "on" not in read:
        raise SeedError(f"{where}: `on` is missing, as in `on: PUT /Campaigns/*/Leads`")
    method, path = read["on"]
    return Pattern(method, _glob(path), {name: _glob(text) for name, text in read.get("query", {}).items()},
                   read.get("body_text", b""))  # fmt: skip


def _glob(text: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", text)
    return re.compile(
        "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts), re.DOTALL
    )


def _on(value: object, where: str) -> tuple[str, str]:
    method, _, path = str(value).partition(" ")
    if method not in _METHODS or not path.startswith(("/", "*")):
        raise SeedError(f"{where}: expected METHOD /path, as in `PUT /Campaigns/*/Leads`, got {value!r}")
    return method, unquote(path)


def _instead(read: Mapping[str, Any], where: str) -> Reply:
    status = read.get("status", 0)
    code = read.get("code") or _USUAL_CODES.get(status, "")
    if not status and not code:
        raise SeedError(f"{where}: `status` or `code` is missing")
    headers = read.get("headers", {})
    if "body" in read:
        body = read["body"] if isinstance(read["body"], str) else encode(read["body"])
        return reply_of(Answer(status or 200, body or None), headers)
    if not code:
        return reply_of(Answer(status), headers)
    error = ZohoError(code, read.get("details"), message=read.get("message", ""), status=status)
    return reply_of(error.answer(), headers)


def _count(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SeedError(f"{where}: expected 0 or more, got {value!r}")
    return value


def _number(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value == 0:
        raise SeedError(f"{where}: expected a number of rows other than 0, got {value!r}")
    return value


def _from_one(value: object, where: str) -> int:
    if _count(value, where) == 0:
        raise SeedError(f"{where}: expected 1 or more, got 0")
    return _count(value, where)


def _times(value: object, where: str) -> int:
    return 0 if value == "always" else _from_one(value, where)


def _yes(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise SeedError(f"{where}: expected true or false, got {value!r}")
    return value


def _word(*known: str) -> Callable[[object, str], str]:
    def read(value: object, where: str) -> str:
        if value not in known:
            raise SeedError(f"{where}: expected one of {', '.join(known)}, got {value!r}")
        return str(value)

    return read


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise SeedError(f"{where}: expected text, got {value!r}")
    return value


def _code(value: object, where: str) -> str:
    if not isinstance(value, str) or value not in DOCUMENTED:
        raise SeedError(f"{where}: no code {value!r}{did_you_mean(value, DOCUMENTED)}")
    return value


def _status(value: object, where: str) -> int:
    if not isinstance(value, int) or not 200 <= value <= 599:
        raise SeedError(f"{where}: expected an HTTP status from 200 to 599, got {value!r}")
    return value


def _texts(value: object, where: str) -> dict[str, str]:
    return {name: str(text) for name, text in table(value, where).items()}


def _body(value: object, where: str) -> object:
    if not isinstance(value, str | Mapping | list):
        raise SeedError(f"{where}: expected text, a mapping or a list, got {value!r}")
    return value


def _places(value: object, where: str) -> frozenset[int]:
    if not isinstance(value, list):
        raise SeedError(f"{where}: expected a list of rows, counted from 0, got {value!r}")
    return frozenset(_count(place, f"{where}[{at}]") for at, place in enumerate(value))


def _edits(value: object, where: str) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, list):
        raise SeedError(f"{where}: expected a list of edits, got {value!r}")
    return tuple(checked_edit(edit, f"{where}[{at}]") for at, edit in enumerate(value))


def _switches(value: object, where: str) -> dict[str, Any]:
    switched(Switches(), table(value, where), where)
    return table(value, where)


def _refuse(value: object, where: str) -> RowRefusal:
    given = table(value, where)
    known = {
        "rows": _places,
        "ids": _ids,
        "every": _from_one,
        "code": _code,
        "message": _text,
        "details": table,
    }
    for key in given:
        if key not in known:
            raise SeedError(f"{where}: unknown key {key!r}{did_you_mean(key, known)}")
    if not {"rows", "ids", "every"} & given.keys():
        raise SeedError(f"{where}: name the rows with `rows`, `ids` or `every`")
    read: dict[str, Any] = {key: known[key](value, f"{where}.{key}") for key, value in given.items()}
    return RowRefusal(**{"code": "INVALID_DATA", **read})


def _ids(value: object, where: str) -> frozenset[str]:
    if not isinstance(value, list):
        raise SeedError(f"{where}: expected a list of ids, got {value!r}")
    return frozenset(map(str, value))


KEYS: dict[str, Callable[[object, str], Any]] = {
    "on": _on, "query": _texts, "body_text": lambda value, where: _text(value, where).encode(),
    "after": _count, "every": _from_one, "times": _times,
    "delay_ms": _count, "expire_tokens": _yes, "edits": _edits, "turn": _switches, "switches": _switches,
    "hidden": _yes, "lag_ms": _count, "shift": _number, "refuse": _refuse,
    "status": _status, "code": _code, "message": _text, "details": table, "body": _body, "headers": _texts,
    "reset": _word("before", "after"), "garbage": _word("html", "truncated", "empty", "type"), "stale": _yes,
    "commit": _yes, "drop": _places, "order": _word("reversed"), "ids": _word("numbers"), "slow_ms": _count, "cut": _yes,
}  # fmt: skip
_SAME = {
    "after": "after", "every": "every", "times": "times", "delay_ms": "delay_ms", "expire_tokens": "expire_tokens",
    "edits": "edits", "turn": "turn", "switches": "switches", "hidden": "hidden", "refuse": "refuse",
    "garbage": "garbage", "stale": "stale", "commit": "commit", "drop": "drop", "order": "reverse", "ids": "number_ids",
    "slow_ms": "slow_ms", "cut": "cut",
}  # fmt: skip
