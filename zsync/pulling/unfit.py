"""Values that a plan would refuse, found in the org's metadata before they are written."""

from collections.abc import Mapping, Sequence

from zsync.crm import Reader
from zsync.model import ManagedList, Parent
from zsync.model.fields import empty
from zsync.planning.known import learn
from zsync.planning.list_names import ListNames
from zsync.planning.terms import Allowed
from zsync.pulling.asked import Ways
from zsync.pulling.comparing import FoundList, leave_moved, target
from zsync.pulling.declared import RowPlace
from zsync.pulling.lists import NOWHERE
from zsync.pulling.rows import NewRow, numbered, unfit_fields


async def leave_out_unfit(found: Sequence[FoundList], reader: Reader, names: ListNames, ways: Ways) -> None:
    """Take out of the rows to write what a plan would refuse, by the org's metadata: such a value stays as the CRM has it."""
    lists = [(_managed(each), [*each.fresh, *_as_rows(each)]) for each in found]
    lists = [(numbered(managed, rows), rows) for managed, rows in lists if rows]
    if not lists:
        return
    allowed = Allowed(ways.values, ways.told)
    org, _ = await learn([managed for managed, _ in lists], reader, names, allowed)
    wrong = iter(unfit_fields([managed for managed, _ in lists], org, ways.values))
    for each in found:
        if each.fresh or each.differing:
            _leave_out(each, next(wrong))
        if each.there:
            _set_aside(each, target(each.there))


def _leave_out(found: FoundList, wrong: Sequence[frozenset[str]]) -> None:
    fresh, differing = wrong[: len(found.fresh)], wrong[len(found.fresh) :]
    for at, (row, names) in enumerate(zip(found.fresh, fresh, strict=True)):
        if names:
            for name in sorted(names & row.fields.keys()):
                found.leave_out(name)
            kept = {name: value for name, value in row.fields.items() if name not in names}
            by_id = row.by_id or bool(names & {*found.key.key})
            key, unsaid = (row.id,) if by_id else row.key, (*row.unsaid, *sorted(names & row.fields.keys()))
            found.fresh[at] = row._replace(fields=kept, by_id=by_id, key=key, unsaid=unsaid)
    left: list[tuple[RowPlace, Mapping[str, object]]] = []
    for (place, moved), names in zip(found.differing, differing, strict=True):
        kept = dict(moved)
        leave_moved(found, place, kept, sorted(names & moved.keys()))
        if kept:
            left.append((place, kept))
    found.differing = left


def _set_aside(found: FoundList, managed: ManagedList) -> None:
    """Leave out new rows that the list's defaults would give a value in place of one that cannot be said."""
    kept = [row for row in found.fresh if not any(name in managed.defaults for name in row.unsaid)]
    found.stuck += len(found.fresh) - len(kept)
    found.fresh = kept


def _managed(found: FoundList) -> ManagedList:
    rows = found.rows
    parent = Parent(rows.listed.module, NOWHERE, id=rows.parent.id)
    return ManagedList(parent, rows.listed.written, rows.listed.kind, NOWHERE, found.key.key or ("id",))


def _as_rows(found: FoundList) -> list[NewRow]:
    """The rows that differ, with what they are to say."""
    return [
        NewRow("0", ("0",), True, {name: value for name, value in moved.items() if not empty(value)})
        for _, moved in found.differing
    ]
