"""Natural keys → record ids: which record a manifest means by `Email: ana@acme.example`.

Each key is looked up once, 100 values per query, however many manifests name it. A key that names no record, or several,
is a diagnostic at its place in the manifest. Values are compared exactly. Only if nothing is exactly equal are
differences of case and of Unicode form forgiven, as the CRM's own comparison forgives them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from zsync.crm import Reader
from zsync.crm.keys import Ids, Values, Where, bearers, numeric_fields
from zsync.crm.leads import Leads
from zsync.crm.portions import VALUES
from zsync.crm.tasks import together
from zsync.model import Diagnostic, ManagedList, Manifests, Quote, Row, Span, sentence
from zsync.model.leads import LEADS


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answers. For each `Where`: key → the ids of the records that it names, several if it is ambiguous."""

    ids: Mapping[Where, Mapping[Values, Ids]]
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Module and id of parents that manifests name by id → what people call them."""

    def of(self, where: Where) -> Mapping[Values, Ids]:
        """The keys that name a record there → its ids."""
        return self.ids.get(where, {})


async def resolve(
    manifests: Manifests, reader: Reader, base: Sequence[ManagedList] = (), leads: Leads | None = None
) -> tuple[Resolved, list[Diagnostic]]:
    """Look up every natural key of the manifests and of a base's lists, and report those of the manifests that fail.

    Leads are looked up among the converted as well, which `leads` remembers. A key under `absent` that names no record is no problem: it is absent already. Keys of the base are never a problem:
    what they named may be gone by now. Raises what `Reader` raises.
    """
    wanted = _wanted((*manifests.lists, *base))
    leads = leads or Leads(reader)
    found = await together(_look_up(reader, leads, where, keys) for where, keys in wanted.items())
    resolved = Resolved(dict(zip(wanted, found, strict=True)))
    return resolved, list(_problems(manifests, resolved))


async def resolve_parents(lists: Iterable[ManagedList], reader: Reader) -> Resolved:
    """Look up the parents of lists alone. Raises what `Reader` raises."""
    wanted: dict[Where, dict[Values, bool]] = {}
    for where, values in (parent_key(managed) for managed in lists if managed.parent.id is None):
        wanted.setdefault(where, {})[values] = False
    leads = Leads(reader)
    found = await together(_look_up(reader, leads, where, keys) for where, keys in wanted.items())
    return Resolved(dict(zip(wanted, found, strict=True)))


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
    # Each list once: most of a base's are the branch's own.
    for managed in {id(managed): managed for managed in lists}.values():
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


async def _look_up(
    reader: Reader, leads: Leads, where: Where, keys: Mapping[Values, bool]
) -> Mapping[Values, Ids]:
    # The metadata is asked for only where a manifest writes an unquoted number.
    numeric = await numeric_fields(reader, where) if any(keys.values()) else frozenset()
    if where.module == LEADS:
        return await leads.bearers(where, keys, numeric)
    return await bearers(leads.asking, where, keys, numeric)


def _problems(manifests: Manifests, resolved: Resolved) -> Iterator[Diagnostic]:
    parents: set[Span] = set()
    for managed in manifests.lists:
        if managed.parent.id is None and managed.parent.span not in parents:
            parents.add(managed.parent.span)
            where, values = parent_key(managed)
            yield from _problem(where, values, resolved.of(where), managed.parent.span, row=False)
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
    for place, (name, value) in enumerate(zip(where.fields, values, strict=True)):
        yield from (" and " * bool(place) + f"{name} ", Quote(repr(value), (name,), where.module))


def id_of(row: Row, found: Mapping[Values, Ids]) -> str | None:
    """The id of the record that a row names; None if its key names none."""
    if row.by_id:
        return row.key[0]
    ids = found.get(row.key)
    return ids[0] if ids else None
