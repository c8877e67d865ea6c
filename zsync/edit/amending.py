"""Edits of rows → the bytes of manifests and sheets with exactly those rows changed.

All that an edit is not about keeps its bytes: comments, anchors, blank lines, spaces, quotes, line ends. What comes of it is
read again and compared with what was asked for; an edit that fails this, or that no text can express, is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from zsync.edit.edits import AddRow, Amended, Amendment, Edit, Refused
from zsync.edit.manifests import amend_manifest
from zsync.edit.proving import prove
from zsync.edit.sheets import amend_sheet
from zsync.edit.sites import CannotAmend
from zsync.kinds import KINDS, Kind
from zsync.model import ManagedList


class _Made(NamedTuple):
    files: tuple[Amended, ...]
    refused: tuple[Refused, ...]


def amend(
    edits: Sequence[Edit],
    contents: Mapping[str, bytes],
    lists: Iterable[ManagedList],
    kinds: Iterable[Kind] = KINDS,
) -> Amendment:
    """The files with all edits that can be made, each file once. Nothing is written (see `zsync.edit.replacing`).

    `contents` are the bytes of the files by name, as they were read, and `lists` all that was read from them; the edits name lists and
    rows of these, each row once. What is left out is in `Amendment.refused`. Raises `LookupError` for an edit of what is not there.
    """
    return _Trial(contents, tuple(lists), tuple(kinds)).amend(edits)


class _Trial(NamedTuple):
    """What edits are tried on: all at once, and by halves where something is wrong."""

    contents: Mapping[str, bytes]
    lists: tuple[ManagedList, ...]
    kinds: tuple[Kind, ...]

    def amend(self, edits: Sequence[Edit]) -> Amendment:
        """What the edits come to, without those that cannot be made."""
        try:
            made = self._made(edits)
        except CannotAmend:
            return self._by_halves(edits)
        return Amendment(made.files, made.refused)

    def _by_halves(self, edits: Sequence[Edit]) -> Amendment:
        """Find the edits that spoil the others: those that stand by themselves and can be made together are kept."""
        kept: list[Edit] = []
        refused: list[Refused] = []
        made = _Made((), ())
        rest = [tuple(edits)]
        while rest:
            part = rest.pop()
            try:
                made = self._made((*kept, *part))
            except CannotAmend as error:
                if len(part) == 1:
                    refused.append(Refused(part[0], str(error)))
                    continue
                middle = len(part) // 2
                rest += (part[middle:], part[:middle])
            else:
                kept += part
        return Amendment(made.files, (*refused, *made.refused))

    def _made(self, edits: Sequence[Edit]) -> _Made:
        """All edits, as far as each can be made by itself. Raises `CannotAmend` where they cannot be made together."""
        groups: dict[str, list[Edit]] = {}
        for edit in edits:
            groups.setdefault(edit.file, []).append(edit)
        sheets = {row.file for managed in self.lists for row in managed.records if row.file}
        sheets |= {edit.sheet for edit in edits if isinstance(edit, AddRow) and edit.sheet}
        files: list[Amended] = []
        refused: list[Refused] = []
        for name, group in groups.items():
            content = self.contents[name]
            after, left = (
                amend_sheet(content, group) if name in sheets else amend_manifest(content, group, self.kinds)
            )
            refused += left
            out = {id(each.edit) for each in left}
            done = tuple(edit for edit in group if id(edit) not in out)
            if after != content:
                files.append(Amended(name, content, after, done))
        prove(files, self.contents, self.lists, self.kinds)
        return _Made(tuple(files), tuple(refused))
