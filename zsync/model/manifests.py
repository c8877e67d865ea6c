"""What the manifests of one run say: documents, lists and rows, with their places."""

from dataclasses import dataclass
from typing import NamedTuple

from zsync.kinds import Kind
from zsync.model.diagnostics import Diagnostic, Span
from zsync.model.values import Fields, Key


class Row(NamedTuple):
    """One row of a manifest: which related record, and which fields its relation shall have.

    `key` holds the values of the list's key fields in their order, or one record id where `by_id`.
    `fields` has the list's defaults merged in. Line and column count from 1, in the file of the list
    (`ManagedList.span.file`) unless `file` names another, such as a CSV file.
    """

    key: tuple[str, ...]
    by_id: bool
    fields: Fields
    line: int
    column: int
    file: str | None = None
    plain: bool = False
    """A key value was written as a bare number (`Legacy_No: 17`): whether it is one, the CRM's metadata knows."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The record whose related lists a manifest document manages, by `id` or by the fields of `match`."""

    module: str
    span: Span
    id: str | None = None
    match: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        """What names the record: the fields of `match`, else its id."""
        if not self.match:
            return Key((), (str(self.id),))
        return Key(tuple(name for name, _ in self.match), tuple(value for _, value in self.match))

    @property
    def label(self) -> str:
        """How people know the record: the values of `match`, else the id."""
        return self.key.label


@dataclass(frozen=True, slots=True)
class ManagedList:
    """One related list that a manifest manages: rows to have, rows to be without, and whether others are deleted.

    `name` is the list as the manifest writes it, `kind` the relation kind that it was found to be of when it was read.
    `converted` asks for converted leads too, which Zoho hides from a list otherwise.
    """

    parent: Parent
    name: str
    kind: Kind
    span: Span
    key: tuple[str, ...] = ("id",)
    records: tuple[Row, ...] = ()
    absent: tuple[Row, ...] = ()
    prune: bool = False
    prune_span: Span | None = None
    converted: bool = False

    @property
    def related_module(self) -> str:
        """Zoho's api_name of the module of the list's records."""
        return self.kind.other(self.parent.module)

    def place(self, row: Row) -> Span:
        """Where a row of this list was written."""
        return Span(row.file or self.span.file, row.line, row.column)


@dataclass(frozen=True, slots=True)
class Manifests:
    """All that the manifests of one run say. `digest` is `sha256:…` over the files' names and bytes."""

    lists: tuple[ManagedList, ...]
    files: tuple[str, ...]
    digest: str
    warnings: tuple[Diagnostic, ...] = ()
