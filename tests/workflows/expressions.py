"""GitHub's expressions, as far as the workflows use them: `${{ inputs.environment || 'default' }}`.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\d+(?:\.\d+)?|[A-Za-z_][\w-]*|==|!=|<=|>=|&&|\|\||[!<>().,\[\]*])")
_STATUS = re.compile(r"\b(?:always|success|failure|cancelled)\s*\(")
_FILL = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}

Functions = Mapping[str, Callable[..., Any]]


def evaluate(text: str, contexts: Mapping[str, Any], functions: Functions | None = None) -> Any:
    """The value of an expression without its `${{ }}`. ValueError for what is none; unknown properties are null."""
    parser = _Parser(text, contexts, {**_FUNCTIONS, **(functions or {})})
    value = parser.either()
    if parser.rest:
        raise ValueError(f"{text!r}: {parser.rest[0]!r} was not expected")
    return value


def fill(text: Any, contexts: Mapping[str, Any], functions: Functions | None = None) -> str:
    """A text of a workflow with its `${{ }}` replaced by what they come to."""
    return _FILL.sub(lambda found: shown(evaluate(found[1], contexts, functions)), shown(text))


def condition(text: Any, contexts: Mapping[str, Any], functions: Functions) -> bool:
    """What an `if:` comes to: where it asks for no status, it wants success, too."""
    inner = shown(text).strip()
    if found := re.fullmatch(r"\$\{\{(.*)\}\}", inner, re.DOTALL):
        inner = found[1]
    if not _STATUS.search(inner):
        inner = f"success() && ({inner})"
    return truth(evaluate(inner, contexts, functions))


def shown(value: Any) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def truth(value: Any) -> bool:
    """Whether a value counts as true: all but false, 0, '' and null."""
    return value not in (False, 0, "", None)


def _join(values: list[Any], by: str = ",") -> str:
    return by.join(map(shown, values))


def _contains(where: Any, what: Any) -> bool:
    return what in where if isinstance(where, list) else shown(what).lower() in shown(where).lower()


_FUNCTIONS: Functions = {
    "join": _join,
    "contains": _contains,
    "fromJSON": json.loads,
    "toJSON": lambda value: json.dumps(value, indent=2),
}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right) if type(left) is type(right) else _number(left) == _number(right)


def _number(value: Any) -> float:
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return float("nan")


class _Parser:
    """Recursive descent; both sides of `&&` and `||` are evaluated, which nothing here can tell."""

    def __init__(self, text: str, contexts: Mapping[str, Any], functions: Functions) -> None:
        self.rest = _TOKEN.findall(text)
        if "".join(self.rest) != re.sub(r"('(?:[^']|'')*')|\s+", lambda found: found[1] or "", text):
            raise ValueError(f"{text!r} is no expression")
        self._contexts, self._functions = contexts, functions

    def _take(self, *wanted: str) -> str:
        return self.rest.pop(0) if self.rest and self.rest[0] in wanted else ""

    def either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if truth(value) else other
        return value

    def _both(self) -> Any:
        value = self._equal()
        while self._take("&&"):
            other = self._equal()
            value = other if truth(value) else value
        return value

    def _equal(self) -> Any:
        value = self._not()
        while sign := self._take("==", "!="):
            value = _same(value, self._not()) is (sign == "==")
        return value

    def _not(self) -> Any:
        return not truth(self._not()) if self._take("!") else self._property()

    def _property(self) -> Any:
        value = self._primary()
        while sign := self._take(".", "["):
            if sign == ".":
                name = self.rest.pop(0)
            else:
                name = self.either()
                self._close("]")
            if name == "*":
                value = list(value.values()) if isinstance(value, Mapping) else list(value or [])
            elif isinstance(value, list):
                value = [one.get(name) for one in value]
            else:
                value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def _primary(self) -> Any:
        token = self.rest.pop(0)
        if token == "(":
            value = self.either()
            self._close(")")
            return value
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token[0].isdigit():
            return float(token)
        if self._take("("):
            return self._call(token)
        return _WORDS[token] if token in _WORDS else self._contexts[token]

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._take(")"):
            arguments.append(self.either())
            self._take(",")
        return self._functions[name](*arguments)

    def _close(self, sign: str) -> None:
        if not self._take(sign):
            raise ValueError(f"{sign!r} is missing before {self.rest}")
