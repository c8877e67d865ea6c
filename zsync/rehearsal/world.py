"""What the bundled CRM must hold for a rehearsal. Pure.

With a snapshot, it holds what a plan read of the real CRM. Without one, it holds what the manifests of a base commit say,
or nothing. Records that manifests name and that nobody knows are made up, so that they can be related.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zsync.crm.keys import Where
from zsync.files.snapshot import Snapshot, is_number
from zsync.kinds import KINDS, NAME_FIELDS, FieldType, Kind, find_kind, own_list
from zsync.metadata.lists import leading_to
from zsync.model import Diagnostic, Expected, Key, ManagedList, Note, Quote, Row, Span, sentence
from zsync.model.diagnostics import naming
from zsync.planning.resolver import list_key, parent_key
from zsync.rehearsal.records import Known

_NAMED = 10
_TYPES: Mapping[FieldType, str] = {"text": "text", "number": "double", "boolean": "boolean", "any": "any"}
_CREDITS = 1_000_000_000
STRICT = (
    "Make a snapshot with these manifests: `zsync plan --snapshot FILE`. With --strict nothing is assumed."
)
STRICTLY = "Make a snapshot with these manifests: `zsync plan --snapshot FILE`; without --strict they are taken as empty."
"""What to do about what a strict rehearsal would have to assume."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A world of the bundled CRM (see `zsync/emulator/seed.py`), and what was assumed about it."""

    world: Mapping[str, Any]
    assumed: tuple[Diagnostic, ...]


def rehearsal(
    lists: Sequence[ManagedList],
    base: Sequence[ManagedList],
    snapshot: Snapshot | None,
    expected: Expected,
    kinds: Sequence[Kind],
    *,
    strict: bool = False,
) -> Rehearsal:
    """The world in which these lists can be planned and applied.

    If there is no snapshot, the relations of the `base` lists exist already. With `strict`, no record is made up, and
    whatever would be assumed about lists is an error. Made-up records have short ids: 1, 2, 3 …
    """
    maker = _Maker(snapshot, kinds, (*lists, *base), strict=strict)
    relations = (
        list(maker.seen()) if snapshot else [relation for given in base for relation in maker.said(given)]
    )
    for managed in lists:
        maker.assume(managed)
    assumed = tuple(maker.assumed(lists, strict=strict)) if snapshot else ()
    world = {
        "org": maker.org(expected),
        **maker.catalog(),
        "records": maker.known.rows(snapshot.converted if snapshot else frozenset()),
        "relations": _merged(relations),
        "switches": maker.switches(),
    }
    return Rehearsal(world, assumed)


class _Maker:
    """Makes the parts of a world."""

    def __init__(
        self, snapshot: Snapshot | None, kinds: Sequence[Kind], lists: Sequence[ManagedList], *, strict: bool
    ) -> None:
        self._snapshot = snapshot
        self._strict = strict
        self._kinds = kinds
        self._hidden: list[str] = []
        self._named = {(each.parent.module, each.related_module): each.named for each in lists if each.named}
        self._names = {
            pair: self._list_name(*pair)
            for kind in kinds
            for pair in ((kind.left, kind.right), (kind.right, kind.left))
        }
        self._whole = {
            (listed.module, listed.record_id, listed.related_module)
            for listed in (snapshot.relations if snapshot else ())
        }
        self._misfits: set[tuple[str, str]] = set()
        self._made: list[tuple[str, Key, Span]] = []
        wheres = [parent_key(managed)[0] for managed in lists if managed.parent.id is None]
        wheres += [list_key(managed) for managed in lists if managed.key != ("id",)]
        modules = {module for pair in self._names for module in pair}
        self.known = Known(snapshot, modules, wheres, _ids(lists))

    def _list_name(self, module: str, related: str) -> str:
        """The name of a list. One that the org does not have, or does not show, is hidden."""
        lists = self._snapshot.lists.get(module) if self._snapshot else None
        own = self._named.get((module, related)) or own_list(module, related)
        named = (
            [each for each in lists or () if each.name == own] if own else leading_to(lists or (), related)
        )
        found = next(iter(named), None)
        if lists is not None and (found is None or not found.visible):
            self._hidden.append(f"{module}/{found.name if found else own or related}")
        return found.name if found else own or related

    def org(self, expected: Expected) -> dict[str, str]:
        """The snapshot's org, else the one that the environment expects."""
        if self._snapshot:
            org = self._snapshot.org
            return {"zgid": org.id, "type": org.type, "company_name": org.name}
        told = {"zgid": expected.org_id, "type": expected.org_type}
        return {name: value for name, value in told.items() if value}

    def seen(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The relations of the snapshot: the place of the list, and a row."""
        for listed in self._snapshot.relations if self._snapshot else ():
            kind = find_kind(listed.module, listed.related_module, self._kinds)
            if kind is None:
                continue
            for record_id, fields in listed.rows.items():
                # A field that the CRM did not send is empty. If it were left out, it would get the default of new relations.
                values = {name: fields.get(name) for name in kind.fields}
                yield self._relation(kind, listed.module, listed.record_id, record_id, values)

    def said(self, managed: ManagedList) -> Iterator[tuple[str, dict[str, Any]]]:
        """The relations that a manifest's list says exist. Records that nobody knows are made up."""
        parent = self._parent(managed)
        for row in managed.records:
            record_id = self._row(managed, row)
            if parent and record_id:
                yield self._relation(managed.kind, managed.parent.module, parent, record_id, row.fields)

    def assume(self, managed: ManagedList) -> None:
        """Make up the records that a list names and nobody knows, except those that it lists as absent."""
        self._parent(managed)
        for row in managed.records:
            self._row(managed, row)
        for row in managed.absent:
            self._id(managed, row)

    def _relation(
        self, kind: Kind, module: str, record_id: str, related_id: str, fields: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        for name, value in fields.items():
            if not _fits(value, kind.fields.get(name, "any")):
                self._misfits.add((kind.name, name))
        return f"{module}/{record_id}/{self._names[module, kind.other(module)]}", {"id": related_id, **fields}

    def _parent(self, managed: ManagedList) -> str | None:
        parent = managed.parent
        if parent.id is not None:
            return self._with_id(parent.module, parent.id, parent.span)
        return self._with_key(*parent_key(managed), parent.span)

    def _row(self, managed: ManagedList, row: Row) -> str | None:
        if row.by_id:
            return self._with_id(managed.related_module, row.key[0], managed.place(row))
        return self._with_key(list_key(managed), row.key, managed.place(row))

    def _with_id(self, module: str, record_id: str, span: Span) -> str | None:
        # An id belongs to one module. In another it is a mistake of the manifest's, and the rehearsal must show it.
        holder = self.known.module_of(record_id)
        if holder is None and not self._strict:
            self.known.add(module, record_id, {})
            self._made.append((module, Key((), (record_id,)), span))
        return record_id if holder in (None, module) else None

    def _with_key(self, where: Where, values: tuple[str, ...], span: Span) -> str | None:
        ids = self.known.find(where, values)
        if not ids and not self._strict:
            ids = [self.known.make_up(where, values)]
            self._made.append((where.module, Key(where.fields, values), span))
        return ids[0] if len(ids) == 1 else None

    def assumed(self, lists: Sequence[ManagedList], *, strict: bool) -> Iterator[Diagnostic]:
        """What the snapshot does not have and the rehearsal assumes: that records exist, and that lists are empty."""
        if self._made:
            notes = tuple(
                Note(span, sentence(f"{module} ", naming(key, module))) for module, key, span in self._made
            )
            said = _counted(len(notes), "record", "is assumed to exist", "are assumed to exist")
            yield _assumption("assumed-records", said, notes, strict=False)
        strange = [managed for managed in lists if not self._covered(managed)]
        if strange:
            notes = tuple(
                Note(found.span, sentence(f"{found.name} of {found.parent.module} ", _parent_name(found)))
                for found in strange
            )
            verbs = (
                ("is not known", "are not known")
                if strict
                else ("is assumed to be empty", "are assumed to be empty")
            )
            said = _counted(len(notes), "related list", *verbs)
            yield _assumption("assumed-lists", said, notes, strict=strict)

    def _covered(self, managed: ManagedList) -> bool:
        """Whether the content of a list is known: the snapshot has the list, or each of its rows from the other side."""
        module, related, whole = managed.parent.module, managed.related_module, self._whole
        parents = [managed.parent.id] if managed.parent.id else self.known.find(*parent_key(managed))
        if any((module, parent, related) in whole for parent in parents):
            return True
        ids = [self._id(managed, row) for row in (*managed.records, *managed.absent)]
        return not managed.prune and all(
            record_id is None or (related, record_id, module) in whole for record_id in ids
        )

    def _id(self, managed: ManagedList, row: Row) -> str | None:
        if row.by_id:
            return row.key[0]
        return next(iter(self.known.find(list_key(managed), row.key)), None)

    def catalog(self) -> dict[str, Any]:
        """The modules, kinds and fields that the bundled CRM must know besides Zoho's own."""
        modules = {module: "Name" for pair in self._names for module in pair if module not in NAME_FIELDS}
        return {
            "modules": modules,
            "kinds": [self._kind(kind) for kind in self._kinds],
            "fields": self.known.fields(),
        }

    def _kind(self, kind: Kind) -> dict[str, Any]:
        usual = find_kind(kind.left, kind.right, KINDS)
        fields = {}
        for name, kept in kind.fields.items():
            # The CRM held such a value, or a manifest has it: the bundled CRM must not refuse it for its type.
            if (kind.name, name) in self._misfits:
                fields[name] = {"type": "any"}
            elif usual is None or name not in usual.fields:
                fields[name] = {"type": _TYPES[kept]}
        pair = (kind.left, kind.right)
        return {
            "modules": list(pair),
            "lists": [self._names[pair], self._names[pair[::-1]]],
            "fields": fields,
        }

    def switches(self) -> dict[str, Any]:
        """Turns off the limits of the bundled CRM, except the credits that the snapshot found left."""
        left = self._snapshot.credits_left if self._snapshot else None
        return {
            "hidden_lists": self._hidden,
            "unknown_picklist": "accept",
            "concurrent_calls": 0,
            "heavy_calls": 0,
            # Zoho tells how many are left only once half of the day's are used, so the day has twice as many.
            "daily_credits": _CREDITS if left is None else 2 * left,
            "spent_credits": left or 0,
        }


def _ids(lists: Iterable[ManagedList]) -> Iterator[str]:
    for managed in lists:
        yield from [managed.parent.id] if managed.parent.id else []
        yield from (row.key[0] for row in (*managed.records, *managed.absent) if row.by_id)


def _merged(relations: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    merged: dict[str, dict[str, dict[str, Any]]] = {}
    for place, row in relations:
        merged.setdefault(place, {}).setdefault(row["id"], row)
    return {place: list(rows.values()) for place, rows in merged.items()}


def _parent_name(managed: ManagedList) -> str | Quote:
    return naming(managed.parent.key, managed.parent.module)


def _fits(value: object, kind: FieldType) -> bool:
    if value is None or kind == "any":
        return True
    if kind == "number":
        return is_number(value)
    return isinstance(value, bool if kind == "boolean" else str)


def _counted(count: int, noun: str, singular: str, plural: str) -> str:
    told = f"1 {noun} {singular}" if count == 1 else f"{count:,} {noun}s {plural}"
    return f"{told}: the snapshot does not have {'it' if count == 1 else 'them'}"


def _assumption(code: str, said: str, notes: tuple[Note, ...], *, strict: bool) -> Diagnostic:
    more = f"; the first {_NAMED} are named here" if len(notes) > _NAMED else ""
    named = notes[:_NAMED]
    if strict:
        return Diagnostic(code, sentence(said + more), help=sentence(STRICTLY), notes=named)
    return Diagnostic(code, sentence(said + more), help=sentence(STRICT), severity="warning", notes=named)
