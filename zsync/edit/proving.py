"""What comes of edits, read again: exactly the rows that were asked for say something else, and no comment is lost."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from zsync.edit.edits import AddList, AddRow, Amended, Edit, RemoveRow, SetFields
from zsync.edit.outline import outline
from zsync.edit.sites import CannotAmend
from zsync.edit.stretches import shorten
from zsync.edit.writing_rows import plain_fields
from zsync.kinds import Kind
from zsync.manifest.conflicts import find_conflicts
from zsync.manifest.context import Reading
from zsync.manifest.files import Disk, display
from zsync.manifest.load import read_manifest
from zsync.model import Fields, ManagedList, Parent
from zsync.syntax.document import Map, Node, Seq, parse
from zsync.syntax.locating import place
from zsync.syntax.source import LINE_END, SourceText, TooManyErrors

_Rows = dict[tuple[str, tuple[str, ...], bool], Fields]
"""Part (`records` or `absent`), key, and whether that is an id → the fields."""


class _Edited(Disk):
    """The files as they will be."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents

    def read(self, path: Path) -> bytes:
        name = display(path)
        return self._contents[name] if name in self._contents else super().read(path)


def prove(
    files: Sequence[Amended],
    contents: Mapping[str, bytes],
    lists: Sequence[ManagedList],
    kinds: tuple[Kind, ...],
) -> None:
    """Raises `CannotAmend` unless the files, read again, say what was read before with exactly these edits."""
    edits = [edit for file in files for edit in file.edits]
    changed = {file.name for file in files}
    before: dict[str, list[ManagedList]] = {}
    for managed in lists:
        before.setdefault(managed.span.file, []).append(managed)
    concerned = {
        name
        for name, group in before.items()
        if name in changed or any(row.file in changed for each in group for row in each.records)
    }
    after = _read(concerned, {**contents, **{file.name: file.after for file in files}}, kinds)
    for name in concerned:
        _compare(name, before[name], after[name], [edit for edit in edits if _manifest(edit) == name])
    for file in files:
        if file.name in before:
            _same_frame(file)


def _manifest(edit: Edit) -> str:
    return edit.parent.span.file if isinstance(edit, AddList) else edit.managed.span.file


def _read(
    names: Iterable[str], contents: Mapping[str, bytes], kinds: tuple[Kind, ...]
) -> dict[str, list[ManagedList]]:
    """The lists of manifests as they will be. Raises `CannotAmend` for an error in one of them."""
    reading = Reading(kinds, tree=_Edited(contents))
    found: dict[str, list[ManagedList]] = {}
    with suppress(TooManyErrors):
        for name in names:
            found[name] = [*read_manifest(Path(name), reading).lists]
            reading.findings += find_conflicts(found[name], reading.sources)
    for diagnostic in place(reading.findings):
        if diagnostic.severity == "error":
            raise CannotAmend(
                f"{diagnostic.message}: {diagnostic.help}" if diagnostic.help else str(diagnostic.message)
            )
    return found


def _compare(
    name: str, before: Sequence[ManagedList], after: Sequence[ManagedList], edits: Sequence[Edit]
) -> None:
    expected = [(_about(managed), _rows(managed)) for managed in before]
    index = {id(managed): at for at, managed in enumerate(before)}
    new: dict[tuple[int, int] | None, list[Any]] = {}
    for edit in edits:
        if isinstance(edit, AddList):
            rows = {
                ("records", key, by_id): _whole(fields, edit.defaults) for key, by_id, fields, _ in edit.rows
            }
            new.setdefault(edit.parent.body, []).append((_added(edit), rows))
        else:
            _edit(expected[index[id(edit.managed)]][1], edit)
    wanted = _with_new(before, expected, new)
    found = [(_about(managed), _rows(managed)) for managed in after]
    if [(about, _typed(rows)) for about, rows in wanted] != [(about, _typed(rows)) for about, rows in found]:
        raise CannotAmend(f"{name} would say something else in another row")


def _with_new(
    before: Sequence[ManagedList], expected: list[Any], new: Mapping[tuple[int, int] | None, list[Any]]
) -> list[Any]:
    """The lists with those that are added: behind the last of their document."""
    wanted = []
    for at, managed in enumerate(before):
        wanted.append(expected[at])
        last = at + 1 == len(before) or before[at + 1].parent.body != managed.parent.body
        if last:
            wanted += new.get(managed.parent.body, [])
    return wanted


def _edit(rows: _Rows, edit: SetFields | RemoveRow | AddRow) -> None:
    """Make an edit of what was read."""
    if isinstance(edit, AddRow):
        key = ("absent" if edit.absent else "records", edit.key, edit.by_id)
        if key in rows:
            raise CannotAmend(f"{', '.join(edit.key)} stands in this list already")
        rows[key] = {} if edit.absent else _whole(edit.fields, edit.managed.defaults)
        return
    row = edit.row
    part = "absent" if any(each is row for each in edit.managed.absent) else "records"
    if isinstance(edit, RemoveRow):
        del rows[part, row.key, row.by_id]
    else:
        rows[part, row.key, row.by_id] = {**row.fields, **edit.fields}


def _whole(fields: Fields, defaults: Fields) -> Fields:
    """The fields of a row that is added: what it does not have stays empty, whatever the defaults say."""
    return {**dict.fromkeys(defaults), **fields}


def _rows(managed: ManagedList) -> _Rows:
    rows: _Rows = {("records", row.key, row.by_id): row.fields for row in managed.records}
    rows |= {("absent", row.key, row.by_id): row.fields for row in managed.absent}
    return rows


def _typed(rows: _Rows) -> dict[Any, Any]:
    """Rows with the types of their values, for True is not 1."""
    return {
        key: {name: (value, type(value)) for name, value in plain_fields(fields).items()}
        for key, fields in rows.items()
    }


def _about(managed: ManagedList) -> tuple[Any, ...]:
    """What a list says besides its rows."""
    parent = managed.parent
    about = (_parent(parent), managed.name, managed.key, managed.prune, managed.converted)
    return *about, dict(managed.defaults)


def _added(edit: AddList) -> tuple[Any, ...]:
    return _parent(edit.parent), edit.name, edit.key, False, False, dict(edit.defaults)


def _parent(parent: Parent) -> tuple[Any, ...]:
    return parent.module, parent.id, parent.match


def _same_frame(file: Amended) -> None:
    """Raises `CannotAmend` unless all but rows and new lists stands in the file as it did, and all comments of rows that stay."""
    texts = [LINE_END.sub("\n", data.decode("utf-8-sig")) for data in (file.before, file.after)]
    frames, comments = zip(*((_frame(text), _comments(text)) for text in texts), strict=True)
    added = {edit.name for edit in file.edits if isinstance(edit, AddList)}
    after = [_without(frame, added) for frame in frames[1]]
    if [_without(frame, added) for frame in frames[0]] != after:
        raise CannotAmend(f"{file.name} would say something else besides its rows")
    lost = comments[0] - comments[1]
    if lost and not any(isinstance(edit, RemoveRow) for edit in file.edits):
        raise CannotAmend(f"{file.name} would lose a comment: {next(iter(lost))}")


def _frame(text: str) -> list[Any]:
    """The documents of a manifest without the rows of their lists."""
    documents, _ = parse(SourceText("", text))
    return [_meaning(document.root, 0) for document in documents]


def _without(frame: Any, added: set[str]) -> Any:
    lists = frame.get("related_lists") if isinstance(frame, dict) else None
    if not isinstance(lists, dict):
        return frame
    return {**frame, "related_lists": {name: each for name, each in lists.items() if name not in added}}


def _meaning(node: Node, depth: int) -> Any:
    if isinstance(node, Map):
        rows = ("records", "absent") if depth == 2 else ()
        return {name: _meaning(value, depth + 1) for name, value in node.items() if name not in rows}
    if isinstance(node, Seq):
        return [_meaning(value, depth + 1) for value in node]
    return type(node), node


def _comments(text: str) -> Counter[str]:
    return Counter(comment.text for comment in outline(shorten(text)[0]).comments)
