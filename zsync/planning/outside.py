"""What stands outside of the paths of a command, as far as it is about the lists that the command touches.

PATH narrows what is changed, never what counts as desired. Of a thousand other files few are about the same list, or
about the same relation from its other side: the rest costs no call. Names that could mean the same record are taken to
do so until the CRM has told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from unicodedata import normalize

from zsync.crm import Reader
from zsync.crm.keys import number_text
from zsync.errors import InputError
from zsync.model import Change, Diagnostic, ManagedList, Parent, Row, sentence
from zsync.planning.resolver import Resolved, list_key, parent_key, resolve_parents
from zsync.planning.scopes import Scope, ScopeKey

Side = tuple[str, str]
"""The module of the parents, and that of the related records."""


@dataclass(slots=True)
class Named:
    """How the parents of some lists are named: by ids, and by the values of fields, which are compared as the CRM does."""

    ids: set[str] = field(default_factory=set)
    values: dict[tuple[str, ...], set[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, parent: Parent) -> None:
        """One more parent."""
        if parent.id is not None:
            self.ids.add(parent.id)
            return
        fields, values = _sorted(parent.match)
        self.values.setdefault(fields, set()).add(_loose(values))

    def surely(self, fields: tuple[str, ...], values: tuple[str, ...]) -> bool | None:
        """Whether one of the parents is named so; None where only the CRM can tell. Without fields, the value is an id."""
        if not fields:
            return values[0] in self.ids or (None if self.values else False)
        if _loose(values) in self.values.get(fields, ()):
            return True
        return None if self.ids or self.values.keys() - {fields} else False


async def concerning(
    lists: Sequence[ManagedList], touched: Iterable[ManagedList], reader: Reader
) -> tuple[ManagedList, ...]:
    """Those of the lists outside that may be about a list that is touched, each with the rows that may matter.

    Raises what `Reader` raises: where parents are named in different ways, they are looked up.
    """
    if not lists:
        return ()
    named: dict[Side, Named] = {}
    for managed in (touched := tuple(touched)):
        named.setdefault(_side(managed), Named()).add(managed.parent)
    same = [managed for managed in lists if _same(managed, named) is not False]
    if any(_same(managed, named) is None for managed in same):
        same = await _looked_up(same, touched, reader)
    turned = (_turned(managed, named.get(_side(managed)[::-1])) for managed in lists)
    return (*same, *(managed for managed in turned if managed is not None))


def doubtful(lists: Iterable[ManagedList], resolved: Resolved) -> Iterator[Diagnostic]:
    """Errors for keys of lists outside that do not name exactly one record: nobody knows which one is meant."""
    for managed in lists:
        if managed.parent.id is None and (count := len(_parents(managed, resolved))) != 1:
            yield _doubt(managed.parent.span.file, "a parent", count)
        found = resolved.of(list_key(managed))
        counts = (len(found.get(row.key, ())) for row in managed.records if not row.by_id)
        if wrong := [count for count in counts if count != 1]:
            yield _doubt(managed.span.file, "a row", max(wrong))


async def lost_parents(
    changes: Iterable[Change],
    branch: Mapping[ScopeKey, Scope],
    lists: Iterable[ManagedList],
    reader: Reader,
) -> tuple[Diagnostic, ...]:
    """Errors for lists outside whose parent nobody finds, where one of them may be the list that loses a row.

    Only where a row would be deleted for being declared nowhere are they looked up. Raises what `Reader` raises.
    """
    sides = {(change.module, change.related_module) for change in changes if _unsure(change, branch)}
    asked = [each for each in lists if _side(each) in sides and each.parent.id is None]
    resolved = await resolve_parents(asked, reader)
    return tuple(
        _doubt(each.parent.span.file, "a parent", 0) for each in asked if not _parents(each, resolved)
    )


def refuse_unsure(
    changes: Iterable[Change], branch: Mapping[ScopeKey, Scope], unread: Sequence[Diagnostic]
) -> None:
    """Raise `InputError` where a row would be deleted for being declared nowhere, and not all files could be read."""
    count = sum(_unsure(change, branch) for change in changes)
    if not count or not unread:
        return
    many = "1 row would be" if count == 1 else f"{count:,} rows would be"
    message = f"{many} deleted because no manifest declares {'it' if count == 1 else 'them'}, but not all manifests can be read"
    advice = "Fix these files, then plan again. Until zsync knows what they declare, it deletes no such rows; zsync 0.1.0 did."
    raise InputError((Diagnostic("unread-manifest", sentence(message), help=sentence(advice)), *unread))


def _unsure(change: Change, branch: Mapping[ScopeKey, Scope]) -> bool:
    return change.action == "delete" and not _absent(change, branch)


def _absent(change: Change, branch: Mapping[ScopeKey, Scope]) -> bool:
    """Whether a manifest says that the row is to be absent."""
    here = branch.get((change.module, change.record_id, change.related_module))
    there = branch.get((change.related_module, change.related_record_id, change.module))
    desired = (here.desired(change.related_record_id) if here else None) or (
        there.desired(change.record_id) if there else None
    )
    return desired is not None and desired.fields is None


def _side(managed: ManagedList) -> Side:
    return managed.parent.module, managed.related_module


def _same(managed: ManagedList, named: Mapping[Side, Named]) -> bool | None:
    """Whether a list is one of those that are touched; None where only the CRM can tell."""
    known, parent = named.get(_side(managed)), managed.parent
    if known is None:
        return False
    return known.surely((), (parent.id,)) if parent.id is not None else known.surely(*_sorted(parent.match))


async def _looked_up(
    lists: Iterable[ManagedList], touched: Sequence[ManagedList], reader: Reader
) -> list[ManagedList]:
    """Those of the lists whose parents are, by their ids, parents of lists that are touched."""
    lists = list(lists)
    resolved = await resolve_parents((*lists, *touched), reader)
    known = {(_side(managed), each) for managed in touched for each in _parents(managed, resolved)}
    return [
        managed
        for managed in lists
        if any((_side(managed), each) in known for each in _parents(managed, resolved))
    ]


def _parents(managed: ManagedList, resolved: Resolved) -> tuple[str, ...]:
    if managed.parent.id is not None:
        return (managed.parent.id,)
    where, values = parent_key(managed)
    return resolved.of(where).get(values, ())


def _turned(managed: ManagedList, known: Named | None) -> ManagedList | None:
    """A list of the other side, with those rows that may name a parent of a list that is touched; None without any."""
    if known is None:
        return None

    def may(row: Row) -> bool:
        fields = () if row.by_id or managed.key == ("id",) else managed.key
        return (
            known.surely(*_sorted(zip(fields, row.key, strict=True)) if fields else ((), row.key))
            is not False
        )

    records, absent = (tuple(filter(may, rows)) for rows in (managed.records, managed.absent))
    if not records and not absent:
        return None
    return replace(managed, records=records, absent=absent)


def _sorted(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pairs = sorted(pairs)
    return tuple(name for name, _ in pairs), tuple(value for _, value in pairs)


def _loose(values: tuple[str, ...]) -> tuple[str, ...]:
    # Without what the CRM's comparison ignores, and as if all fields were numeric: 049.90 and 49.9 may be one number.
    return tuple(normalize("NFC", number_text(value.strip())).casefold() for value in values)


def _doubt(file: str, what: str, count: int) -> Diagnostic:
    why = "could be any of several records" if count else "names no record of the CRM"
    return Diagnostic(
        "unread-manifest",
        sentence(f"`{file}`, outside of the paths that were given, has {what} that {why}"),
        help=sentence("Say which one is meant: `zsync plan` of that file tells where."),
    )
