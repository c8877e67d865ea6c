"""Edits of a manifest in the current folder, and its bytes after them."""

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.manifest import messy
from zsync.edit.amending import amend
from zsync.edit.edits import AddRow, Amendment, Edit, RemoveRow, SetFields
from zsync.kinds import Kind
from zsync.manifest.context import Reading
from zsync.manifest.load import read_manifest
from zsync.model import ManagedList, Row

NAME = "manifest.yaml"
HEAD = 'version: 1\nparent: {module: Campaigns, id: "7"}\nrelated_lists:\n  Leads:\n    key: Email\n'

Ask = Callable[[Sequence[ManagedList]], Sequence[Edit]]


def read(text: str | bytes, kinds: tuple[Kind, ...] = messy.KINDS) -> tuple[Reading, Sequence[ManagedList]]:
    """What a manifest says that is put into the current folder."""
    Path(NAME).write_bytes(text if isinstance(text, bytes) else text.encode())
    reading = Reading(kinds)
    return reading, read_manifest(Path(NAME), reading).lists


def amended(text: str | bytes, ask: Ask, kinds: tuple[Kind, ...] = messy.KINDS) -> Amendment:
    """What becomes of a manifest, and of the sheets beside it, by the edits that are asked for of its lists."""
    reading, lists = read(text, kinds)
    assert [each for each in reading.findings if each.severity == "error"] == []
    return amend(ask(lists), reading.contents, lists, kinds)


def after(text: str | bytes, ask: Ask) -> str:
    """The one file that changes, with the edits; none may be refused."""
    made = amended(text, ask)
    assert made.refused == ()
    (file,) = made.files
    return file.after.decode()


def moved(before: str | bytes, then: str | bytes) -> tuple[list[bytes], list[bytes]]:
    """The lines that are gone, and those that are new, with their line ends."""
    old, new = (
        (text if isinstance(text, bytes) else text.encode()).splitlines(keepends=True)
        for text in (before, then)
    )
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    return [line for _, a, b, _, _ in steps for line in old[a:b]], [
        line for _, _, _, c, d in steps for line in new[c:d]
    ]


def row(lists: Sequence[ManagedList], key: str, name: str = "Leads") -> tuple[ManagedList, Row]:
    """The row of this key, and its list."""
    for managed in lists:
        for one in (*managed.records, *managed.absent):
            if managed.name == name and one.key == (key,):
                return managed, one
    raise LookupError(key)


def give(key: str, **fields: object) -> Ask:
    """Give a row these values."""
    return lambda lists: [SetFields(*row(lists, key), fields)]


def remove(*keys: str) -> Ask:
    """Take rows out."""
    return lambda lists: [RemoveRow(*row(lists, key)) for key in keys]


def add(key: str, **fields: object) -> Ask:
    """Put a row into the first list."""
    return lambda lists: [AddRow(lists[0], (key,), fields=fields)]
