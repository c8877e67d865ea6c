"""Which records bear a natural key: asked by query, a hundred values each.

Values are compared exactly. Only if nothing is exactly equal are differences of case and of Unicode form forgiven, as the
CRM's own comparison forgives them.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from zsync.crm.portions import VALUES, Portions
from zsync.crm.query import Query
from zsync.crm.reader import Page, Reader
from zsync.crm.tasks import together
from zsync.errors import RequestRefused
from zsync.model import number
from zsync.model.values import plain_text

NUMERIC = frozenset({"integer", "bigint", "double", "decimal", "currency", "percent", "formula"})
"""Data types whose values stand in a query without quotes."""

T = TypeVar("T")

Values = tuple[str, ...]

Ids = tuple[str, ...]
"""The records that a key names: several where it is ambiguous."""


class Where(NamedTuple):
    """Where a key is looked up: a module and the fields that name its records."""

    module: str
    fields: tuple[str, ...]


class Asks(Protocol):
    """Whatever sends a query: the reader, or what asks for more along with it."""

    @property
    def portions(self) -> Portions:
        """How many values its queries take."""

    async def query(self, query: Query) -> Page:
        """The rows of a query."""


async def bearers(
    reader: Asks, where: Where, keys: Iterable[Values], numeric: frozenset[str] = frozenset()
) -> Mapping[Values, Ids]:
    """The keys that name a record → the ids of the records that they name, several where a key is ambiguous.

    `numeric` are the fields whose values stand in a query without quotes (`numeric_fields`). Raises what `Reader` raises.
    """
    values = list(keys)

    async def ask(condition: str) -> Page:
        return await reader.query(Query(where.module, ("id", *where.fields), condition))

    tables = await together(look_up(where, batch, numeric, ask, reader.portions) for batch in batches(values))
    return named_by((row for rows in tables for row in rows), where, values, numeric)


def batches(values: Sequence[T]) -> list[Sequence[T]]:
    """Values in portions that one query takes."""
    return [values[at : at + VALUES] for at in range(0, len(values), VALUES)]


def named_by(
    rows: Iterable[Mapping[str, Any]], where: Where, keys: Sequence[Values], numeric: frozenset[str]
) -> Mapping[Values, Ids]:
    """The keys that name a record among these rows → the ids of the records that they name."""
    found: dict[Values, list[str]] = {}
    for row in rows:
        # Batches may return the same record: conditions on two fields select every combination of their values.
        ids = found.setdefault(tuple([key_text(row.get(field)) for field in where.fields]), [])
        if row["id"] not in ids:
            ids.append(row["id"])
    return _matched(keys, found, numeric, where)


async def numeric_fields(reader: Reader, where: Where) -> frozenset[str]:
    """The fields of a key whose values stand in a query without quotes, as the CRM's metadata says; one call."""
    try:
        types = await reader.field_types(where.module)
    except RequestRefused:
        return frozenset()
    return frozenset(field for field in where.fields if types.get(field) in NUMERIC)


async def look_up(
    where: Where,
    keys: Sequence[Values],
    numeric: frozenset[str],
    ask: Callable[[str], Awaitable[Page]],
    portions: Portions,
) -> list[dict[str, Any]]:
    """The rows of the records that a batch of keys may name; `ask` sends the query with this condition.

    A batch whose answer is cut off is halved, and so is one that the CRM finds too large.
    """
    rows: list[dict[str, Any]] = []
    answers = await portions.ask(keys, lambda some: ask(_condition(where, some, numeric)))
    for some, page in answers:
        # An answer that is cut off may lack the very record that makes a key ambiguous.
        if page.more and len(some) > 1:
            middle = len(some) // 2
            for half in (some[:middle], some[middle:]):
                rows += await look_up(where, half, numeric, ask, portions)
        else:
            rows += page.rows
    return rows


def _condition(where: Where, keys: Sequence[Values], numeric: frozenset[str]) -> str:
    conditions = []
    for place, field in enumerate(where.fields):
        values = dict.fromkeys(key[place] for key in keys)
        conditions.append(f"{field} in ({','.join(_literals(values, field in numeric))})")
    condition = conditions[0]
    for further in conditions[1:]:
        # Zoho wants criteria joined in pairs, each pair in parentheses:
        # https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html
        condition = f"({condition} and {further})"
    return condition


def by_ids(ids: Iterable[str]) -> str:
    """The condition of a query for records by their ids."""
    return f"id in ({','.join(_literals(ids, numeric=False))})"


def _literals(values: Iterable[str], numeric: bool) -> Iterator[str]:
    for value in values:
        if numeric:
            try:
                yield str(number(value))
                continue
            except ArithmeticError:
                # No number after all: as text the query is still sound, and finds nothing.
                pass
        # COQL doubles a quote inside a text; a backslash would be a SYNTAX_ERROR.
        yield "'" + value.replace("'", "''") + "'"


def key_text(value: object) -> str:
    """A record's value as a manifest's key writes it. A lookup field is the name, or else the id, of the record it points to."""
    if value.__class__ is str:
        return value
    if isinstance(value, dict):
        value = value.get("name") or value.get("id")
    return "" if value is None else str(value)


def _matched(
    keys: Sequence[Values], found: dict[Values, list[str]], numeric: frozenset[str], where: Where
) -> Mapping[Values, Ids]:
    """Keys as the manifests write them → the ids of the records that they name."""
    # Exact first: where `Ana@…` and `ana@…` are two records, each row means the one that it spells.
    exact = {key: tuple(found[key]) for key in keys if key in found}
    if len(exact) == len(keys) or not found:
        return exact
    loose: dict[Values, list[str]] = {}
    for key, ids in found.items():
        loose.setdefault(loosely(key, numeric, where), []).extend(ids)
    for key in keys:
        if key not in exact and (near := loose.get(loosely(key, numeric, where))):
            exact[key] = tuple(near)
    return exact


def loosely(key: Values, numeric: frozenset[str], where: Where) -> Values:
    """A key without what the CRM's own comparison ignores: case, Unicode form, outer spaces, how a number is written."""
    return tuple(
        number_text(value) if field in numeric else plain_text(value)
        for field, value in zip(where.fields, key, strict=True)
    )


def number_text(value: str) -> str:
    """A number in the form that it has in queries; any other text as it is."""
    try:
        return str(number(value))
    except ArithmeticError:
        return value
