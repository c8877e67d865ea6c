"""What differs between the CRM and the lists that files have already → edits of those files, row by row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zsync.edit.amending import amend
from zsync.edit.edits import AddList, AddRow, Amendment, Edit, RemoveRow, SetFields
from zsync.kinds import Kind
from zsync.model import Diagnostic, ManagedList, Parent, sentence
from zsync.model.fields import empty
from zsync.pulling.comparing import FoundList, target
from zsync.pulling.composing import NewList, fits_cells, remark
from zsync.pulling.found import PulledRows
from zsync.pulling.rows import NewRow


@dataclass(frozen=True, slots=True)
class MergedFiles:
    """The files that change, which parents (by their ids) each of them is about, and errors for rows that only a person can change."""

    amendment: Amendment
    parents: Mapping[str, frozenset[str]]
    by_hand: tuple[Diagnostic, ...] = ()


def merge(
    found: PulledRows,
    new: Sequence[tuple[str, Edit]],
    contents: Mapping[str, bytes],
    lists: Sequence[ManagedList],
    kinds: Sequence[Kind],
) -> MergedFiles:
    """The files that are there, brought in line with the CRM; `contents` and `lists` are what was read of them.

    `new` are further edits, each with the id of the parent that it is about.
    """
    edits = [(each.rows.parent.id, edit) for each in found.lists for edit in _edits(each)]
    edits += new
    # What goes comes last: a pruned list may be empty only until others of its rows are added.
    edits.sort(key=lambda one: isinstance(one[1], RemoveRow))
    amendment = amend([edit for _, edit in edits], contents, lists, kinds)
    parents: dict[str, set[str]] = {}
    refused = {id(one.edit) for one in amendment.refused}
    for parent, edit in edits:
        if id(edit) not in refused:
            parents.setdefault(edit.file, set()).add(parent)
    for each in found.lists:
        _without(each, [one.edit for one in amendment.refused])
    by_hand = tuple(_by_hand(each.edit, each.reason) for each in amendment.refused)
    return MergedFiles(amendment, {name: frozenset(ids) for name, ids in parents.items()}, by_hand)


def add_list(parent: Parent, made: NewList) -> AddList:
    """The edit that puts a new list into the document of its parent."""
    rows = tuple((row.key, row.by_id, row.fields, remark(row.name) if row.by_id else "") for row in made.rows)
    return AddList(parent, made.name, made.key or ("id",), made.defaults, rows)


def _edits(each: FoundList) -> Iterator[Edit]:
    for place, moved in each.differing:
        values = {name: None if empty(value) else value for name, value in moved.items()}
        yield SetFields(place.managed, place.row, values)
    for place in each.gone:
        yield RemoveRow(place.managed, place.row)
    if each.there:
        managed = target(each.there)
        for row in sorted(each.fresh, key=lambda row: row.order):
            yield AddRow(
                managed,
                row.key,
                row.by_id,
                row.fields,
                sheet=_sheet(managed, row),
                comment=remark(row.name) if row.by_id else "",
            )


def _sheet(managed: ManagedList, row: NewRow) -> str:
    """The CSV file that a row goes into: that of the list's rows, where all of them stand in one and cells can hold it.

    A row that only a comment names stands in the manifest, unless the sheet has such rows already.
    """
    files = {each.file for each in managed.records}
    sheet = managed.records[-1].file if len(files) == 1 and managed.records else None
    if row.by_id and row.name and not any(each.by_id for each in managed.records):
        return ""
    return sheet if sheet and fits_cells(row, managed.kind, managed.defaults) else ""


def _without(each: FoundList, refused: Sequence[Edit]) -> None:
    """Take out of what was found the rows that stay as they are."""
    rows = {id(edit.row) for edit in refused if isinstance(edit, SetFields | RemoveRow)}
    each.differing = [found for found in each.differing if id(found[0].row) not in rows]
    each.gone = [place for place in each.gone if id(place.row) not in rows]
    keys = {(id(edit.managed), edit.key) for edit in refused if isinstance(edit, AddRow)}
    if keys and each.there:
        each.fresh = [row for row in each.fresh if (id(target(each.there)), row.key) not in keys]


def _by_hand(edit: Edit, reason: str) -> Diagnostic:
    """The error for an edit that only a person can make."""
    if isinstance(edit, SetFields | RemoveRow):
        what = "be taken out" if isinstance(edit, RemoveRow) else "take the CRM's values"
        return Diagnostic(
            "cannot-amend",
            sentence(f"this row cannot {what}: {reason}"),
            edit.managed.place(edit.row),
            sentence("Change it by hand, then pull again."),
        )
    span = edit.managed.span if isinstance(edit, AddRow) else edit.parent.span
    return Diagnostic(
        "cannot-amend",
        sentence(f"a row cannot be added here: {reason}"),
        span,
        sentence("Add it by hand, then pull again."),
    )
