"""Edits of rows, and what comes of them: `zsync.edit.amending` makes them, `zsync.edit.replacing` writes the files."""

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from zsync.model import Fields, ManagedList, Parent, Row


@dataclass(frozen=True, slots=True)
class SetFields:
    """Give a row of `managed.records` these values; None empties a field. What comes from `defaults` becomes the row's own."""

    managed: ManagedList
    row: Row
    fields: Fields

    @property
    def file(self) -> str:
        """The name of the file that it changes."""
        return self.row.file or self.managed.span.file


@dataclass(frozen=True, slots=True)
class RemoveRow:
    """Take a row out of `records` or `absent`, with the comment that belongs to it: the one behind it and the one right above it.

    A comment above several rows stays with those that are left.
    """

    managed: ManagedList
    row: Row

    @property
    def file(self) -> str:
        """The name of the file that it changes."""
        return self.row.file or self.managed.span.file


@dataclass(frozen=True, slots=True)
class AddRow:
    """Put a row into `records`, or with `absent` there; in the order of the keys where the list has one, else as its last.

    `key` are the values of the list's key fields, or one id if `by_id`. Of `fields` those that are empty, or as in `defaults`, are not
    written. With `sheet`, the name of the CSV file of the list's `from`, the row goes there. `comment` stands behind it.
    """

    managed: ManagedList
    key: tuple[str, ...]
    by_id: bool = False
    fields: Fields = field(default_factory=dict)
    absent: bool = False
    sheet: str = ""
    comment: str = ""

    @property
    def file(self) -> str:
        """The name of the file that it changes."""
        return self.sheet or self.managed.span.file


@dataclass(frozen=True, slots=True)
class AddList:
    """Put a related list behind the others of a parent's document. `rows` are in the order in which they are to stand.

    `key` is as in `ManagedList`; each row is its key, whether that is an id, its fields, and a comment.
    """

    parent: Parent
    name: str
    key: tuple[str, ...] = ("id",)
    defaults: Fields = field(default_factory=dict)
    rows: tuple[tuple[tuple[str, ...], bool, Fields, str], ...] = ()

    @property
    def file(self) -> str:
        """The name of the file that it changes."""
        return self.parent.span.file


Edit: TypeAlias = SetFields | RemoveRow | AddRow | AddList


class Amended(NamedTuple):
    """A file that edits change: its name, its bytes before and after, and the edits."""

    name: str
    before: bytes
    after: bytes
    edits: tuple[Edit, ...]


class Refused(NamedTuple):
    """An edit that was left out, and why, for people."""

    edit: Edit
    reason: str


class Amendment(NamedTuple):
    """What edits come to. Nothing is written yet (see `zsync.edit.replacing`)."""

    files: tuple[Amended, ...]
    refused: tuple[Refused, ...] = ()
