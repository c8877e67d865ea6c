"""The manifests of a run as values: lists and their rows, with their places in the files."""

from dataclasses import dataclass, field
from typing import NamedTuple

from zsync.kinds import Kind, module_name
from zsync.model.diagnostics import Diagnostic, Span
from zsync.model.values import Fields, Key


class Row(NamedTuple):
    """A row of a manifest: a related record, and the fields that its relation should have.

    `key` holds the values of the list's key fields in their order, or a single record id if `by_id`. `fields` includes
    the list's defaults. Line and column count from 1, in the file of the list (`ManagedList.span.file`) unless `file`
    names another, such as a CSV file.
    """

    key: tuple[str, ...]
    by_id: bool
    fields: Fields
    line: int
    column: int
    file: str | None = None
    plain: bool = False
    """A key value is an unquoted number (`Legacy_No: 17`); only the CRM's metadata tells whether the field is numeric."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The record whose related lists a manifest manages, named by its `id` or by the fields of `match`.

    `body` is the line and column at which its mapping begins; None for one that was not read from a file.
    """

    module: str
    span: Span
    id: str | None = None
    match: tuple[tuple[str, str], ...] = ()
    body: tuple[int, int] | None = None

    @property
    def key(self) -> Key:
        """What names the record: the fields of `match`, else its id."""
        if not self.match:
            return Key((), (str(self.id),))
        return Key(tuple(name for name, _ in self.match), tuple(value for _, value in self.match))

    @property
    def label(self) -> str:
        """The record's name for people: the values of `match`, else the id."""
        return self.key.label


@dataclass(frozen=True, slots=True)
class ManagedList:
    """A related list that a manifest manages: the rows that it should have, those that it should not, and whether all others
    are deleted.

    `name` is the list as the manifest writes it. `kind` is its relation kind, looked up once when the manifest was read.
    `converted` asks for converted leads as well, which Zoho otherwise leaves out of a list. `outside` says that its file is
    outside of the paths that a command was given: its rows count as desired, and nothing of them is changed. `body` is the
    line and column at which its mapping begins (None for one that was not read from a file), and `defaults` are the fields
    that rows have from there.
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
    outside: bool = False
    body: tuple[int, int] | None = None
    defaults: Fields = field(default_factory=dict)

    @property
    def related_module(self) -> str:
        """Zoho's api_name of the module of the list's records."""
        return self.kind.other(self.parent.module)

    @property
    def named(self) -> str:
        """The list's own api_name, where the manifest names it so; empty where it names the module of its records."""
        return "" if module_name(self.name) == self.related_module else self.name

    def place(self, row: Row) -> Span:
        """The place of a row of this list in a file."""
        return Span(row.file or self.span.file, row.line, row.column)


@dataclass(frozen=True, slots=True)
class Manifests:
    """All manifests of a run. `digest` is `sha256:…` over the names and bytes of all files that counted.

    `files` are those that the paths of the command line lead to, and `lists` what they say. `outside` are the lists of the
    other files of the tree. `unread` tells, as errors, of what could hold manifests and could not be read: nobody knows
    which rows it declares.
    """

    lists: tuple[ManagedList, ...]
    files: tuple[str, ...]
    digest: str
    warnings: tuple[Diagnostic, ...] = ()
    outside: tuple[ManagedList, ...] = ()
    unread: tuple[Diagnostic, ...] = ()
