"""Answers to COQL: the parsed query as SQL, within the limits of each API version.

https://www.zoho.com/crm/developer/docs/api/v8/COQL-Limitations.html
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from .catalog import Field, Module
from .coql_parser import Both, Comparison, Criteria, Literal, Select, parse, syntax_error
from .errors import Answer, ZohoError, decode, encode
from .ids import key_of
from .org import Org
from .rows import field_json, full_name, object_json
from .store import marks

DEFAULT_LIMIT = 200
MAX_CRITERIA = 25
MAX_ORDER = 10
_CONVERTED = "Converted__s"
_NUMBERS = frozenset({"integer", "double", "currency"})
_LOOKUPS = frozenset({"lookup", "ownerlookup"})


class QueryLimits(NamedTuple):
    """The limits of one API version: rows a call, rows in all, values of `in`, fields of `select`."""

    rows: int
    reach: int
    values: int
    fields: int


def limits_of(version: float, values: int = 100) -> QueryLimits:
    """The limits of an API version, 2.1 for v2.1; `values` of an `in` list from v7 on."""
    if version >= 7:
        return QueryLimits(2_000, 100_000, values, 500)
    return QueryLimits(2_000, 10_000, 50, 50) if version >= 3 else QueryLimits(200, 10_000, 50, 50)


class Found(NamedTuple):
    """An answer and its cost in credits."""

    answer: Answer
    credits: int


def answer(org: Org, body: bytes, version: float) -> Found:
    """Runs the query of `{"select_query": …}`: rows and `info`, or 204 when there are none."""
    select = _query_in(body, org.switches.coql_length)
    limits = limits_of(version, org.switches.coql_values)
    limit = DEFAULT_LIMIT if select.limit is None else select.limit
    _check_limits(select, limit, limits)
    module = org.catalog.modules.get(select.module)
    if module is None:
        raise ZohoError("INVALID_QUERY", {"module": select.module, "reason": "invalid module"})
    try:
        rows = org.store.query(*_Sql(org, module).of(select, limit))
    except sqlite3.OperationalError as error:  # a pattern of `like` that is too long
        raise ZohoError("INVALID_QUERY", {"reason": str(error)}) from None
    # By the LIMIT that was asked for, not by the rows that were found (Zoho: COQL Overview).
    cost = 1 if limit <= 200 else 2 if limit <= 1_000 else 3
    if not rows[:limit]:
        return Found(Answer(204), cost)
    shown = [row[0] for row in rows[:limit]]
    info = {"count": len(shown), "more_records": len(rows) > limit}
    return Found(Answer(200, f'{{"data":[{",".join(shown)}],"info":{encode(info)}}}'), cost)


def _query_in(body: bytes, longest: int) -> Select:
    sent = decode(body)
    if not isinstance(sent, dict) or "select_query" not in sent:
        raise ZohoError("MANDATORY_NOT_FOUND", {"api_name": "select_query", "json_path": "$.select_query"})
    text = sent["select_query"]
    if not isinstance(text, str):
        details = {"expected_data_type": "string", "api_name": "select_query", "json_path": "$.select_query"}
        raise ZohoError("INVALID_DATA", details)
    if 0 < longest < len(text):
        raise ZohoError("INVALID_DATA", {"maximum_length": longest, "api_name": "select_query"})
    if not _is_text(text):
        raise syntax_error(text, 0)
    return parse(text)


def _is_text(text: str) -> bool:
    """Whether every character can be stored: a lone surrogate cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_limits(select: Select, limit: int, limits: QueryLimits) -> None:
    comparisons = list(_comparisons(select.where))
    most_values = max(len(comparison.values) for comparison in comparisons)
    for name, used, allowed in (
        ("limit", limit, limits.rows),
        ("offset", select.offset + limit, limits.reach),
        ("in", most_values, limits.values),
        ("select", len(select.fields), limits.fields),
        ("where", len(comparisons), MAX_CRITERIA),
        ("order by", len(select.order), MAX_ORDER),
    ):
        if used > allowed:
            raise ZohoError("LIMIT_EXCEEDED", {"limit": allowed, "clause": name})


def _comparisons(criteria: Criteria) -> Iterator[Comparison]:
    if isinstance(criteria, Comparison):
        yield criteria
    else:
        yield from _comparisons(criteria.left)
        yield from _comparisons(criteria.right)


class _Sql:
    """SQL for one module's query. Names in it come from the catalog; values are parameters."""

    def __init__(self, org: Org, module: Module) -> None:
        self._org, self._module = org, module
        self._fields = org.readable(module)
        self._params: list[object] = []

    def of(self, select: Select, limit: int) -> tuple[str, list[object]]:
        # Zoho sends the id whether or not it is selected.
        names = dict.fromkeys(("id", *select.fields))
        parts = {name: field_json(self._org, self._field(name)) for name in names}
        where = self._criteria(select.where) + self._converted(select)
        # The key decides ties, so that OFFSET neither repeats nor skips a row; one row more tells whether others follow.
        order = "".join(f"{self._column(self._field(name))} {way}, " for name, way in select.order)
        sql = (
            f"SELECT {object_json(parts)} FROM record r WHERE r.module = '{self._module.api_name}' "  # noqa: S608
            f"AND {where} ORDER BY {order}r.key LIMIT {limit + 1} OFFSET {select.offset}"
        )
        return sql, self._params

    def _converted(self, select: Select) -> str:
        """What leaves converted leads out of a query that does not name them; nothing where they are shown."""
        how = self._org.switches.converted_in_coql
        named = how == "hidden" and any(each.field == _CONVERTED for each in _comparisons(select.where))
        hides = how != "shown" and _CONVERTED in self._module.fields and not named
        return " AND r.converted = 0" if hides else ""

    def _field(self, name: str) -> Field:
        found = self._fields.get(name)
        if found is None or (name == _CONVERTED and self._org.switches.converted_in_coql == "refused"):
            raise ZohoError(
                "INVALID_QUERY", {"column_name": name, "reason": "column given seems to be invalid"}
            )
        return found

    def _criteria(self, criteria: Criteria) -> str:
        if isinstance(criteria, Both):
            return f"({self._criteria(criteria.left)} {criteria.word} {self._criteria(criteria.right)})"
        field = self._field(criteria.field)
        column = self._column(field)
        if not criteria.values:
            return f"{column} {criteria.operator}"
        self._index(field, criteria)
        values = [self._value(field, value) for value in criteria.values]
        self._params += values
        if criteria.operator.endswith("in"):
            return f"{column} {criteria.operator} ({marks(len(values))})"
        return f"{column} {criteria.operator} ?"

    def _column(self, field: Field, table: str = "r.") -> str:
        if field.api_name == "id":
            return f"{table}key"
        if field.api_name in ("Created_Time", "Modified_Time"):
            return f"{table}{field.api_name.partition('_')[0].lower()}"
        if field.api_name == _CONVERTED:
            return f"{table}converted"
        path = f'$."{field.api_name}"' + (".id" if field.data_type in _LOOKUPS else "")
        column = full_name(table) if field.api_name == "Full_Name" else f"({table}data ->> '{path}')"
        if field.api_name == "Email_Opt_Out":
            column = f"coalesce({column}, 0)"
        if field.data_type == "bigint":
            # A world may write the number or its text: both have the same digits.
            column = f"CAST({column} AS TEXT)"
        blind = self._org.switches.coql_case == "insensitive" and field.data_type not in _NUMBERS
        return f"{column} COLLATE NOCASE" if blind else column

    def _index(self, field: Field, criteria: Comparison) -> None:
        """Makes the first look-up by a field index it for all others."""
        if criteria.operator in ("=", "in") and "data" in self._column(field):
            self._org.store.index_field(self._module.api_name, field.api_name, self._column(field, ""))

    def _value(self, field: Field, value: Literal) -> object:
        """The value for SQLite. Raises INVALID_QUERY for one that the field cannot hold, such as a quoted number."""
        fitted = _fitted(field, value)
        if fitted is None:
            reason = "the value given seems to be invalid"
            raise ZohoError("INVALID_QUERY", {"column_name": field.api_name, "reason": reason})
        return fitted


def _fitted(field: Field, value: Literal) -> Any:
    if field.api_name == "id":
        return key_of(str(value) if isinstance(value, Decimal) else value)
    if field.data_type in _LOOKUPS or field.data_type == "bigint":
        return None if isinstance(value, bool) else str(value)
    if field.data_type == "boolean":
        return int(value) if isinstance(value, bool) else None
    if field.data_type in _NUMBERS:
        return float(value) if isinstance(value, Decimal) else None
    return value if isinstance(value, str) else None
