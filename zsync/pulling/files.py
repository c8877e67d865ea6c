"""What a pull has read → the files that say it: new manifests, and those that are there with the rows that differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zsync.edit.edits import Amended, Edit
from zsync.edit.replacing import check_replaceable
from zsync.model import Diagnostic, Fields, ManagedList, Parent
from zsync.pulling.asked import AskedPull, Ways
from zsync.pulling.comparing import FoundList
from zsync.pulling.composing import NewList, document, parted, sheet
from zsync.pulling.found import PulledRows
from zsync.pulling.lists import NOWHERE
from zsync.pulling.merging import MergedFiles, add_list, merge
from zsync.pulling.naming import folder_name, free_name, name_files, slug
from zsync.pulling.parents import PulledParent
from zsync.pulling.rows import common
from zsync.pulling.targets import check_place, folder_in, names_in


@dataclass(frozen=True, slots=True)
class PulledFile:
    """A new file."""

    path: Path
    after: bytes


@dataclass(frozen=True, slots=True)
class ParentFiles:
    """What becomes of one parent's lists: `new` are lists that no file had, `path` a new manifest with those of `written`.

    The files of `changed` have rows that differ or lists that they lack, those of `unchanged` have the parent, and stay.
    """

    parent: PulledParent
    lists: tuple[FoundList, ...]
    new: tuple[NewList, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    path: Path | None = None
    written: tuple[NewList, ...] = ()


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull would write: `files` that are new, those that are `amended`, and what that means for each parent."""

    parents: tuple[ParentFiles, ...]
    files: tuple[PulledFile, ...] = ()
    amended: tuple[Amended, ...] = ()
    by_hand: tuple[Diagnostic, ...] = ()
    """Errors for rows that only a person can change: they stay as they are."""


def make_files(
    found: PulledRows,
    asked: AskedPull,
    ways: Ways,
    contents: Mapping[str, bytes],
    lists: Sequence[ManagedList],
) -> Pulled:
    """The files of all parents; `contents` and `lists` are what was read of those that are there.

    Raises `InputError` for a place where none may be written.
    """
    parents = _Parents(found, asked, ways)
    made = [parents.made(group) for group in parents.groups]
    merged = merge(found, [edit for _, edits in made for edit in edits], contents, lists, ways.kinds)
    check_replaceable(merged.amendment.files)
    told = tuple(_told(each, found, merged) for each, _ in made)
    return Pulled(told, tuple(parents.files), merged.amendment.files, merged.by_hand)


def _told(each: ParentFiles, found: PulledRows, merged: MergedFiles) -> ParentFiles:
    """With the files that change for a parent, and those that have it and stay as they are."""
    changed = {file.name for file in merged.amendment.files}
    about = tuple(name for name, ids in merged.parents.items() if each.parent.id in ids and name in changed)
    own = dict.fromkeys(one.span.file for one in found.declared.parents.get(each.parent.id, ()))
    return replace(each, changed=about, unchanged=tuple(name for name in own if name not in about))


class _Parents:
    """Makes the new lists, parent by parent: in a manifest that declares the parent, or in a new one."""

    def __init__(self, found: PulledRows, asked: AskedPull, ways: Ways) -> None:
        self.declared, self.asked, self.ways = found.declared, asked, ways
        groups: dict[str, list[FoundList]] = {}
        for each in found.lists:
            groups.setdefault(each.rows.parent.id, []).append(each)
        self.groups = list(groups.values())
        self.files: list[PulledFile] = []
        self.folder = folder_in(ways.tree, folder_name(asked.module))
        self.taken = list(names_in(self.folder))
        self.names = name_files([self.named(group) for group in self.groups if self.fresh(group)], self.taken)

    def fresh(self, group: Sequence[FoundList]) -> list[FoundList]:
        """The lists that no manifest has from their parent's side, and that have rows of which no file tells."""
        return [each for each in group if each.fresh and not each.there]

    def named(self, group: Sequence[FoundList]) -> PulledParent:
        """What a new file is named after: the parent, and the list that its own manifest lacks."""
        parent = group[0].rows.parent
        if parent.id not in self.declared.parents:
            return parent
        lists = " ".join(each.rows.listed.written for each in self.fresh(group))
        return parent._replace(label=f"{parent.label} {lists}")

    def made(self, group: Sequence[FoundList]) -> tuple[ParentFiles, list[tuple[str, Edit]]]:
        """The new lists of a parent, and the edits that put them into a manifest which has the parent already."""
        parent, fresh = group[0].rows.parent, self.fresh(group)
        if not fresh:
            return ParentFiles(parent, tuple(group)), []
        path = self.folder / f"{self.names[parent.id]}.yaml"
        new = []
        for each in fresh:
            new.append(_new_list(each, path.stem, self.taken, self.asked))
            self.taken.append(new[-1].csv)
        there = self.declared.parents.get(parent.id, [])
        added = [one for one in new if there and not one.sheet]
        written = [one for one in new if one not in added]
        edits: list[tuple[str, Edit]] = [(parent.id, add_list(there[0], one)) for one in added]
        if written:
            self.write(parent, path, written)
        made = ParentFiles(
            parent, tuple(group), tuple(new), path=path if written else None, written=tuple(written)
        )
        return made, edits

    def write(self, parent: PulledParent, path: Path, lists: Sequence[NewList]) -> None:
        """Add a new manifest, and the CSV files that it names."""
        check_place(path)
        for each in lists:
            if each.sheet:
                check_place(self.folder / each.csv)
                self.files.append(PulledFile(self.folder / each.csv, sheet(each).encode()))
        named = Parent(self.asked.module, NOWHERE, None if parent.match else parent.id, parent.match)
        text = document(named, lists, self.ways.kinds)
        self.files.append(PulledFile(path, text.encode()))


def _new_list(each: FoundList, stem: str, taken: Sequence[str], asked: AskedPull) -> NewList:
    """A list that is in no file yet, its rows sorted; above the limit in a CSV file with a name that is not taken."""
    listed, rows = each.rows.listed, sorted(each.fresh, key=lambda row: row.order)
    values: Fields = {name: value for name, (value, _) in common(rows, listed.kind).items()}
    here, there = parted(rows, listed.kind, values, asked.rows, csv=asked.csv)
    name = free_name(f"{stem}-{slug(listed.written)}", ".csv", taken) if there else ""
    return NewList(listed.written, listed.kind, each.key.key, values, tuple(here), tuple(there), name)
