"""Natural keys → record ids: which record a manifest means by `Email: ana@acme.example`.

Each key is looked up once, 100 values per query, however many manifests name it. A key that names no record, or several,
is a diagnostic at its place in the manifest. Values are compared exactly. Only if nothing is exactly equal are
differences of case and of Unicode form forgiven, as the CRM's own comparison forgives them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple
from unicodedata import normalize

from zsync.crm import Query, Reader
from zsync.crm.tasks import together
from zsync.errors import RequestRefused
from zsync.model import Diagnostic, ManagedList, Manifests, Quote, Row, Span, number, sentence

VALUES = 100
"""Most values of an `in` list. https://www.zoho.com/crm/developer/docs/api/v8/COQL-Limitations.html"""

NUMERIC = frozenset({"integer", "bigint", "double", "decimal", "currency", "percent", "formula"})
"""Data types whose values stand in a query without quotes."""

Values = tuple[str, ...]

Ids = tuple[str, ...]
"""The records that a key names: several where it is ambiguous."""


class Where(NamedTuple):
    """Where a key is looked up: a module and the fields that name its records."""

    module: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answers. For each `Where`: key → the ids of the records that it names, several if it is ambiguous."""

    ids: Mapping[Where, Mapping[Values, Ids]]

    def of(self, where: Where) -> Mapping[Values, Ids]:
        """The keys that name a record there → its ids."""
        return self.ids.get(where, {})


async def resolve(
    manifests: Manifests, reader: Reader, base: Sequence[ManagedList] = ()
) -> tuple[Resolved, list[Diagnostic]]:
    """Look up every natural key of the manifests and of a base's lists, and report those of the manifests that fail.

    A key under `absent` that names no record is no problem: it is absent already. Keys of the base are never a problem:
    what they named may be gone by now. Raises what `Reader` raises.
    """
    wanted = _wanted((*manifests.lists, *base))
    found = await together(_look_up(reader, where, keys) for where, keys in wanted.items())
    resolved = Resolved(dict(zip(wanted, found, strict=True)))
    return resolved, list(_problems(manifests, resolved))


def queries(lists: Sequence[ManagedList]) -> int:
    """How many queries at least it takes to resolve the keys of lists."""
    return sum(ceil(len(keys) / VALUES) for keys in _wanted(lists).values())


def list_key(managed: ManagedList) -> Where:
    """Where the keys of a list's rows are looked up."""
    return Where(managed.related_module, managed.key)


def parent_key(managed: ManagedList) -> tuple[Where, Values]:
    """Where the key of a list's parent is looked up, and the key."""
    names = tuple(name for name, _ in managed.parent.match)
    return Where(managed.parent.module, names), tuple(value for _, value in managed.parent.match)


def _wanted(lists: Iterable[ManagedList]) -> dict[Where, dict[Values, bool]]:
    """Where → key → whether a manifest writes one of its values as an unquoted number."""
    wanted: dict[Where, dict[Values, bool]] = {}
    for managed in lists:
        if managed.parent.id is None:
            where, values = parent_key(managed)
            wanted.setdefault(where, {})[values] = False
        if managed.key == ("id",):
            continue
        keys = wanted.setdefault(list_key(managed), {})
        for rows in (managed.records, managed.absent):
            for row in rows:
                if not row.by_id:
                    keys[row.key] = keys.get(row.key, False) or row.plain
    return wanted


async def _look_up(reader: Reader, where: Where, keys: dict[Values, bool]) -> Mapping[Values, Ids]:
    numeric = await _numeric_fields(reader, where) if any(keys.values()) else frozenset()
    values = list(keys)
    found: dict[Values, list[str]] = {}
    batches = [values[at : at + VALUES] for at in range(0, len(values), VALUES)]
    for rows in await together(_query(reader, where, batch, numeric) for batch in batches):
        for key, record_id in rows:
            # Batches may return the same record: conditions on two fields select every combination of their values.
            ids = found.setdefault(key, [])
            if record_id not in ids:
                ids.append(record_id)
    return _matched(keys, found, numeric, where)


async def _numeric_fields(reader: Reader, where: Where) -> frozenset[str]:
    """The fields whose values stand in a query without quotes. Asked only if a manifest writes an unquoted number."""
    try:
        types = await reader.field_types(where.module)
    except RequestRefused:
        return frozenset()
    return frozenset(field for field in where.fields if types.get(field) in NUMERIC)


async def _query(
    reader: Reader, where: Where, keys: Sequence[Values], numeric: frozenset[str]
) -> list[tuple[Values, str]]:
    """The records that a batch of keys may name, each with its own values. A batch whose answer is cut off is halved."""
    page = await reader.query(_query_for(where, keys, numeric))
    # An answer that is cut off may lack the very record that makes a key ambiguous.
    if page.more and len(keys) > 1:
        middle = len(keys) // 2
        halves = (keys[:middle], keys[middle:])
        return [row for half in halves for row in await _query(reader, where, half, numeric)]
    if len(where.fields) == 1:
        (field,) = where.fields
        return [((key_text(row.get(field)),), row["id"]) for row in page.rows]
    return [(tuple(key_text(row.get(field)) for field in where.fields), row["id"]) for row in page.rows]


def _query_for(where: Where, keys: Sequence[Values], numeric: frozenset[str]) -> Query:
    conditions = []
    for place, field in enumerate(where.fields):
        values = dict.fromkeys(key[place] for key in keys)
        conditions.append(f"{field} in ({','.join(_literals(values, field in numeric))})")
    condition = conditions[0]
    for further in conditions[1:]:
        # Zoho wants criteria joined in pairs, each pair in parentheses:
        # https://www.zoho.com/crm/developer/docs/api/v8/Get-Records-through-COQL-Query.html
        condition = f"({condition} and {further})"
    return Query(where.module, ("id", *where.fields), condition)


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
    keys: Mapping[Values, bool], found: dict[Values, list[str]], numeric: frozenset[str], where: Where
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
        number_text(value) if field in numeric else normalize("NFC", value).strip().casefold()
        for field, value in zip(where.fields, key, strict=True)
    )


def number_text(value: str) -> str:
    """A number in the form that it has in queries; any other text as it is."""
    try:
        return str(number(value))
    except ArithmeticError:
        return value


def _problems(manifests: Manifests, resolved: Resolved) -> Iterator[Diagnostic]:
    parents: set[Span] = set()
    for managed in manifests.lists:
        if managed.parent.id is None and managed.parent.span not in parents:
            parents.add(managed.parent.span)
            where, values = parent_key(managed)
            yield from _problem(where, values, resolved.of(where), managed.parent.span, row=False)
        if managed.key == ("id",):
            continue
        where, found = list_key(managed), resolved.of(list_key(managed))
        for row in managed.records:
            if not row.by_id and len(found.get(row.key, ())) != 1:
                yield from _problem(where, row.key, found, managed.place(row), row=True)
        for row in managed.absent:
            if not row.by_id and len(found.get(row.key, ())) > 1:
                yield from _problem(where, row.key, found, managed.place(row), row=True)


def _problem(
    where: Where, values: Values, found: Mapping[Values, Ids], span: Span, *, row: bool
) -> Iterator[Diagnostic]:
    ids = found.get(values, ())
    if len(ids) == 1:
        return
    name = list(_named(where, values))
    if not ids:
        yield Diagnostic(
            "not-found",
            sentence(f"no record of {where.module} has ", *name),
            span,
            sentence(
                "Check the spelling, or make the record in the CRM first: zsync relates records, it does not make them."
            ),
        )
        return
    shown = ", ".join(sorted(ids)[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
    yield Diagnostic(
        "ambiguous",
        sentence(f"{len(ids)} records of {where.module} have ", *name, f": {shown}"),
        span,
        sentence(
            f'Say which: write `id: "{min(ids)}"` (or another of them) '
            + ("in this row instead of the key." if row else "under `parent` instead of `match`.")
        ),
    )


def _named(where: Where, values: Values) -> Iterator[str | Quote]:
    """`Email 'ana@acme.example' and City 'Lund'`, in parts."""
    for place, (field, value) in enumerate(zip(where.fields, values, strict=True)):
        yield from (" and " * bool(place) + f"{field} ", Quote(repr(value), (field,), where.module))


def id_of(row: Row, found: Mapping[Values, Ids]) -> str | None:
    """The id of the record that a row names; None if its key names none."""
    if row.by_id:
        return row.key[0]
    ids = found.get(row.key)
    return ids[0] if ids else None
