"""The third step of a plan: which changes the lists need, whose they are, and which of them were asked for. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from types import MappingProxyType

from zsync.crm.keys import key_text
from zsync.errors import UsageError
from zsync.model import Action, Change, Conflicts, Conversion, Fields, Key, Span, Withheld
from zsync.model.fields import carried_fields, relation_fields
from zsync.model.leads import LEADS
from zsync.model.open_rows import Ends
from zsync.model.selectors import fits
from zsync.planning.gathering import Wanted
from zsync.planning.join import ListRow
from zsync.planning.novelty import known_values, new_values
from zsync.planning.opened import StillOpen, still_open
from zsync.planning.origin import names_of, narrowed, selected
from zsync.planning.reading import ListRead, Read, label_fields
from zsync.planning.scopes import Scope, ScopeKey, wants


@dataclass(frozen=True, slots=True)
class Decided:
    """The changes of a plan, each relation's once, how many relations were found as they should be, and what is withheld.

    `unmanaged` are rows that no manifest names, of lists that are not pruned and of which all rows were asked for.
    """

    changes: tuple[Change, ...]
    unchanged: int
    withheld: tuple[Withheld, ...] = ()
    ahead: StillOpen = StillOpen()  # noqa: RUF009  an immutable tuple
    unmanaged: tuple[Change, ...] = ()


def decide(
    wanted: Wanted,
    read: Read,
    only: tuple[str, ...] = (),
    conflicts: Conflicts = "withhold",
    for_git: Sequence[str] = (),
    converted: Mapping[str, Conversion] = MappingProxyType({}),
) -> Decided:
    """The changes that bring the lists to what is wanted, with their origins, as far as the selector asks for them.

    Rows of leads that were `converted` (by id) are withheld, except where they are deleted.

    Of conflicts, those that a pattern of `for_git` fits are changes, for a person has decided so; `conflicts` says what
    becomes of the others. Raises `UsageError` for a pattern that fits none of them.
    """
    kept, withheld, unused = [], [], dict.fromkeys(for_git)
    for change in (changes := _changes(wanted, read, converted)):
        if found := _conversion(change, converted):
            if _concerned(change, only):
                withheld.append(Withheld("converted", change, found, _movable(change, wanted)))
            continue
        decided = (
            [pattern for pattern in for_git if fits(names_of(change), (pattern,))] if _open(change) else []
        )
        for pattern in decided:
            unused.pop(pattern, None)
        if _written(change, only, conflicts, decided=bool(decided)):
            # A decision is about the whole row, as the branch has it.
            kept.append(change if _open(change) else narrowed(change, only))
        elif _open(change) and _concerned(change, only):
            withheld.append(Withheld("conflict", change))
    if unused:
        raise _no_conflict(next(iter(unused)), wanted)
    unchanged = sum(listed.joined.unchanged for listed in read.lists)
    ahead = still_open(changes, (*kept, *(each.change for each in withheld)), wanted.base)
    extra = _unmanaged(read, only, {change.ends for change in changes})
    return Decided(tuple(kept), unchanged, tuple(withheld), ahead, extra)


def _changes(wanted: Wanted, read: Read, converted: Mapping[str, Conversion]) -> Sequence[Change]:
    """All changes that the lists need, each relation's once, with their origins where there is a base."""
    changes: Iterable[Change] = _distinct(
        change for listed in read.lists for change in list_changes(listed, converted)
    )
    if wanted.base is not None:
        changes = [wanted.base.marked(change, wanted.scopes) for change in changes]
    changes = tuple(changes)
    _check_deletes(changes, wanted.scopes)
    return changes


def _conversion(change: Change, converted: Mapping[str, Conversion]) -> Conversion | None:
    """That the lead of a change was converted; None for a delete: who is to leave a list may leave it."""
    if change.action == "delete":
        return None
    ends = ((change.module, change.record_id), (change.related_module, change.related_record_id))
    return next((converted[each] for module, each in ends if module == LEADS and each in converted), None)


def _movable(change: Change, wanted: Wanted) -> bool:
    """Whether manifests manage the contacts of the record that the change's lead is related to."""
    other = change.related_module == LEADS
    module, record_id = (
        (change.module, change.record_id) if other else (change.related_module, change.related_record_id)
    )
    return (module, record_id, "Contacts") in wanted.scopes


def _open(change: Change) -> bool:
    return change.origin == "conflict"


def _written(change: Change, only: tuple[str, ...], conflicts: Conflicts, *, decided: bool) -> bool:
    """Whether a change is in the plan. A conflict that a person has decided for Git is this branch's change."""
    if not _open(change):
        return selected(change, only)
    if decided:
        return selected(replace(change, origin="change", origins={}), only)
    # `origins` are left out: a conflict is never written for the sake of a field that is none.
    return conflicts == "allow" and selected(replace(change, origins={}), only)


def _concerned(change: Change, only: tuple[str, ...]) -> bool:
    """Whether a withheld row is to be told of. Of a conflict both sides moved it, so both `change` and `drift` ask for it."""
    origins = ("conflict", "change", "drift") if _open(change) else (change.origin,)
    return any(selected(replace(change, origin=origin), only) for origin in origins)


def _no_conflict(pattern: str, wanted: Wanted) -> UsageError:
    why = (
        "Leave it out: what no longer differs, or moved on one side alone, needs no decision."
        if wanted.base is not None
        else "Conflicts are known against a base alone: name one with --base."
    )
    return UsageError(f"--override conflicts={pattern} fits no conflict of this plan", help=why)


def list_changes(
    read: ListRead, converted: Mapping[str, Conversion] = MappingProxyType({})
) -> Iterator[Change]:
    """The changes of one list: what differs, what is missing, and, where it is pruned, what is in no manifest.

    Pruning leaves leads that were `converted` alone unless the manifest says otherwise. The changes are in no order yet: `packing.arrange` puts them in the one in which people read them.
    """
    joined, known = read.joined, known_values(read)
    for record_id, desired, current, carried in joined.differing:
        action: Action = "delete" if desired.fields is None else "update"
        states = (current, desired.fields)
        change = _change(read, action, record_id, desired.key, states, desired.span, carried, known)
        yield replace(change, commit=desired.commit) if desired.commit else change
    if read.scope.pruned is not None:
        yield from _surplus(read, converted if not read.scope.converted else {})
    for record_id, desired in joined.missing.items():
        yield _change(read, "create", record_id, desired.key, (None, desired.fields), desired.span, {}, known)


def _unmanaged(read: Read, only: tuple[str, ...], known: AbstractSet[Ends]) -> tuple[Change, ...]:
    """The rows that no manifest names, where they stay: as the deletes that they would be if their lists were pruned.

    What is `known` as a change goes: its list is pruned on the other side.
    """
    rows = _distinct(
        replace(change, origin="drift")
        for listed in read.lists
        if listed.scope.pruned is None
        for change in _surplus(listed, {})
    )
    return tuple(change for change in rows if change.ends not in known and selected(change, only))


def _surplus(read: ListRead, left_alone: Mapping[str, Conversion]) -> Iterator[Change]:
    """The rows of a list that no manifest names, as deletes, without those of leads that are to be left alone."""
    scope, joined = read.scope, read.joined
    watched = scope.watched() if joined.surplus else frozenset()
    types = {name: kind for name, kind in scope.kind.fields.items() if name in watched}
    for row in joined.surplus:
        if (row["id"] if scope.related_module == LEADS else scope.record_id) in left_alone:
            continue
        key, current = _known_as(row, label_fields(scope)), relation_fields(row, types)
        carried = carried_fields(row, scope.kind.fields, watched)
        yield _change(read, "delete", row["id"], key, (current, None), scope.pruned, carried, {})


def _change(
    read: ListRead,
    action: Action,
    record_id: str,
    key: Key,
    states: tuple[Fields | None, Fields | None],
    span: Span | None,
    carried: Fields,
    known: Mapping[str, frozenset[str]],
) -> Change:
    """A change of a list; `states` are before and after, `known` the values of its fields that are not new to it."""
    scope, (_, after) = read.scope, states
    place = (scope.module, scope.record_id, read.name, scope.related_module, record_id)
    labels, keys = (scope.record_key.label, key.label), (scope.record_key.by_field, key.by_field)
    new = new_values(after, known) if after and known else ()
    return Change(action, *place, *labels, *states, *keys, source=span, carried=carried, new_values=new)


def _check_deletes(changes: Iterable[Change], scopes: Mapping[ScopeKey, Scope]) -> None:
    """Raises `RuntimeError` for a delete of a relation that a manifest wants: no answer of the CRM may lead to one."""
    for change in changes:
        if change.action == "delete" and wants(scopes, change):
            raise RuntimeError(f"{'/'.join(change.address)} is wanted, and was about to be deleted")


def _known_as(row: ListRow, fields: Iterable[str]) -> Key:
    """What names a record that no manifest names, as the CRM holds it; its id, where all of the fields are empty."""
    names = tuple(name for name in fields if row.get(name))
    return Key(names, tuple(key_text(row[name]) for name in names) or (row["id"],))


def _distinct(changes: Iterable[Change]) -> Iterable[Change]:
    """Each relation's change once: two scopes that are pruned, one from each side, both find what neither names."""
    seen: dict[frozenset[tuple[str, str]], Change] = {}
    for change in changes:
        # A set of both ends is the same from either side, and of two that are equal the first is kept.
        here, there = (change.module, change.record_id), (change.related_module, change.related_record_id)
        seen.setdefault(frozenset({here, there}), change)
    return seen.values()
