"""COQL text → a tree: the part of the grammar that queries of one module use.

    select a, b from M where CRITERIA [order by a asc, b desc] [limit n [offset m] | limit m, n]

https://www.zoho.com/crm/developer/docs/api/v7/COQL-Overview.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from .errors import ZohoError

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[A-Za-z_$][A-Za-z0-9_$]*(?:\.[A-Za-z_$][A-Za-z0-9_$]*)*)|(?P<mark>!=|<>|<=|>=|[=<>(),]))"
)
# Deep enough for 25 criteria in pairs, and far from Python's own limit on recursion.
_DEEPEST = 60
_KEYWORDS = frozenset(
    [
        "select",
        "from",
        "where",
        "order",
        "by",
        "limit",
        "offset",
        "and",
        "or",
        "in",
        "not",
        "is",
        "null",
        "like",
        "asc",
        "desc",
    ]
)

Literal = str | Decimal | bool


class Token(NamedTuple):
    """A piece of the query and the index at which it begins."""

    kind: str
    """`text`, `number`, `name`, `mark` or `end`."""
    value: str
    at: int


@dataclass(frozen=True)
class Comparison:
    """`field operator values`. The operator is one of `= != < <= > >= in`, `not in`, `like`, `not like`, `is null`
    and `is not null`. `in` and `not in` have one value or more, the last two none, the others one."""

    field: str
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class Both:
    """Two criteria, joined by `and` or `or`."""

    word: str
    left: Criteria
    right: Criteria


Criteria = Comparison | Both


@dataclass(frozen=True)
class Select:
    """One query. `order` holds (field, direction); `limit` is None when the query has none."""

    fields: tuple[str, ...]
    module: str
    where: Criteria
    order: tuple[tuple[str, str], ...] = ()
    limit: int | None = None
    offset: int = 0


def parse(text: str) -> Select:
    """The query as a tree. Raises ZohoError SYNTAX_ERROR for any other text."""
    return _Parser(_tokens(text), text).select()


def syntax_error(text: str, at: int) -> ZohoError:
    """The refusal of a query that cannot be parsed from the character `at` on; line and column count from 1."""
    before = text[:at]
    return ZohoError("SYNTAX_ERROR", {"line": before.count("\n") + 1, "column": at - before.rfind("\n")})


def _tokens(text: str) -> list[Token]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise syntax_error(text, end - len(text[at:end].lstrip()))
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, Token("end", "", end)]


class _Parser:
    def __init__(self, tokens: list[Token], text: str) -> None:
        self._tokens, self._text, self._at, self._depth = tokens, text, 0, 0

    def select(self) -> Select:
        self._word("select")
        fields = self._names()
        self._word("from")
        module = self._name()
        self._word("where")
        where = self._criteria()
        order = self._order() if self._skip("order") else ()
        limit, offset = self._limit()
        if self._now.kind != "end":
            raise self._wrong()
        return Select(fields, module, where, order, limit, offset)

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _wrong(self) -> ZohoError:
        return syntax_error(self._text, self._now.at)

    def _next(self) -> Token:
        token = self._now
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _skip(self, value: str) -> bool:
        """Skips a keyword or a mark if it comes next; whether it did."""
        found = self._now.kind in ("name", "mark") and self._now.value.lower() == value
        if found:
            self._next()
        return found

    def _word(self, value: str) -> None:
        if not self._skip(value):
            raise self._wrong()

    def _name(self) -> str:
        if self._now.kind != "name" or self._now.value.lower() in _KEYWORDS:
            raise self._wrong()
        return self._next().value

    def _names(self) -> tuple[str, ...]:
        names = [self._name()]
        while self._skip(","):
            names.append(self._name())
        return tuple(names)

    def _criteria(self) -> Criteria:
        """One criterion, or exactly two: Zoho requires parentheses around each pair of three or more."""
        left = self._criterion()
        for word in ("and", "or"):
            if self._skip(word):
                return Both(word, left, self._criterion())
        return left

    def _criterion(self) -> Criteria:
        if not self._skip("("):
            return self._comparison()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong()
        inside = self._criteria()
        self._word(")")
        self._depth -= 1
        return inside

    def _comparison(self) -> Comparison:
        field = self._name()
        if self._skip("is"):
            negated = self._skip("not")
            self._word("null")
            return Comparison(field, "is not null" if negated else "is null", ())
        for mark in ("=", "!=", "<=", ">=", "<", ">"):
            if self._skip(mark):
                return Comparison(field, mark, (self._value(),))
        before = "not " if self._skip("not") else ""
        if self._skip("in"):
            return Comparison(field, f"{before}in", self._values())
        self._word("like")
        return Comparison(field, f"{before}like", (self._value(),))

    def _values(self) -> tuple[Literal, ...]:
        self._word("(")
        values = [self._value()]
        while self._skip(","):
            values.append(self._value())
        self._word(")")
        return tuple(values)

    def _value(self) -> Literal:
        token = self._now
        if token.kind == "text":
            value: Literal = token.value[1:-1].replace("''", "'")
        elif token.kind == "number":
            value = Decimal(token.value)
        elif token.value.lower() in ("true", "false"):
            value = token.value.lower() == "true"
        else:
            raise self._wrong()
        self._next()
        return value

    def _order(self) -> tuple[tuple[str, str], ...]:
        self._word("by")
        order: list[tuple[str, str]] = []
        while not order or self._skip(","):
            name = self._name()
            direction = "desc" if self._skip("desc") else "asc"
            if direction == "asc":
                self._skip("asc")
            order.append((name, direction))
        return tuple(order)

    def _limit(self) -> tuple[int | None, int]:
        """(limit, offset), written `limit n`, `limit n offset m`, `limit m, n` or `offset m`."""
        limit: int | None = None
        if self._skip("limit"):
            limit = self._count()
            if self._skip(","):
                return self._count(), limit
        return limit, self._count() if self._skip("offset") else 0

    def _count(self) -> int:
        if self._now.kind != "number" or not self._now.value.isdigit() or len(self._now.value) > 9:
            raise self._wrong()
        return int(self._next().value)
