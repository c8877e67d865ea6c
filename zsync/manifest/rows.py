"""The rows of a related list, checked in bulk.

Rows look alike. Whatever depends only on their keys is decided once per shape, and equal fields are one object. Only
unusual rows leave the tight loop: a list may have 100,000.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from zsync.bounds import DIAGNOSTICS
from zsync.kinds import Kind
from zsync.manifest.ids import Problem, check_id
from zsync.manifest.values import read_value
from zsync.model import Fields, Row
from zsync.syntax.checking import describe, more_unknown, nearest, unknown_key
from zsync.syntax.document import Map, Node, Number
from zsync.syntax.source import At, Finding, SourceText

_REMEMBERED = 10_000
"""The most field values that are remembered per shape. If nearly every row has its own, remembering them only costs."""


class Shape(NamedTuple):
    """What the keys of a row decide: which of them name the record, which are fields, and what is wrong with them."""

    by_id: bool
    key: tuple[str, ...]
    fields: tuple[str, ...]
    problems: tuple[Callable[[At], Finding], ...]
    known: dict[Any, Fields]
    """Values of the fields, with their types (for True == 1) → the fields that rows with these values share."""


@dataclass(slots=True)
class RowReader:
    """Reads the rows of a list. `kind` and `key` say which keys they may have, `defaults` which fields they all have.

    Errors are added to `findings`. `absent` is for rows under `absent`, which have no fields.
    """

    source: SourceText
    kind: Kind
    key: tuple[str, ...]
    defaults: Fields
    findings: list[Finding]
    absent: bool = False
    certain: bool = True
    """Whether `kind` and `key` are the list's for certain. Where they are not, only keys that resemble one of theirs are mistakes."""
    shapes: dict[tuple[str, ...], Shape] = field(default_factory=dict)
    spoilt: list[Row] = field(default_factory=list)
    """Rows that have errors, and name their records all the same."""

    def read(self, nodes: Sequence[Node], file: str | None = None) -> list[Row]:
        """The rows of a sequence without errors; `file` names their file if it is not the manifest."""
        rows: list[Row] = []
        shapes, before = self.shapes, len(self.findings)
        for index, node in enumerate(nodes):
            if type(node) is not Map:
                self.no_row(nodes, index)
                before = len(self.findings)
                continue
            names = tuple(node)
            by_id, key_names, field_names, problems, known = shapes.get(names) or self.shape(names)
            if problems:
                self.findings.extend(problem(At(self.source, node.line, node.column)) for problem in problems)
            key, plain = tuple([node[name] for name in key_names]), False
            for value in key:
                if type(value) is not str or by_id or not value or value.isspace():
                    plain = self.odd_key(node, key_names, by_id)
                    break
            values = [node[name] for name in field_names]
            # The types too: True == 1 == Decimal(1), but they are different values of a field.
            memo = (*values, *map(type, values))
            try:
                fields = known.get(memo)
            except TypeError:
                # A mapping or a list in place of a value cannot be a key of `known`; `fields` reports it.
                fields = None
            if fields is None:
                fields = self.fields(node, field_names, known, memo)
            row = Row(key, by_id, fields, node.line, node.column, file, plain)  # type: ignore[arg-type]
            if len(self.findings) == before:
                rows.append(row)
            elif len(key) == len(self.key if not by_id else ("id",)) and all(map(_usable, key)):
                self.spoilt.append(row)
            before = len(self.findings)
        return rows

    def shape(self, names: tuple[str, ...]) -> Shape:
        """Decide once what rows with these keys are. Errors in the keys are reported for each row."""
        by_id = "id" in names
        key = ("id",) if by_id else tuple(name for name in self.key if name in names)
        fields = tuple(name for name in names if name not in key and name in self.kind.fields)
        known = tuple(dict.fromkeys((*self.key, "id", *self.kind.fields)))
        # A row of thousands of unknown keys is one mistake.
        unknown = [name for name in names if name not in known and (self.certain or nearest(name, known))]
        strange, more = unknown[: DIAGNOSTICS.most], len(unknown) - DIAGNOSTICS.most
        problems: list[Callable[[At], Finding]] = [partial(self.unknown, name, known) for name in strange]
        if more > 0:
            problems.append(partial(more_unknown, more))
        if by_id and any(name in names for name in self.key if name != "id"):
            problems.append(partial(_id_and_key, next(name for name in self.key if name in names)))
        elif not by_id:
            meant = {nearest(name, known) for name in strange}
            problems += [
                partial(_missing, name) for name in self.key if name not in names and name not in meant
            ]
        if self.absent:
            problems += [partial(_absent_field, name) for name in fields]
        self.shapes[names] = Shape(by_id, key, fields, tuple(problems), {})
        return self.shapes[names]

    def fields(
        self, node: Map, names: tuple[str, ...], known: dict[Any, Fields], memo: tuple[Any, ...]
    ) -> Fields:
        """The fields of a row, defaults included, remembered for other rows with the same values."""
        found, sound = {} if self.absent else dict(self.defaults), True
        for name in names:
            found[name], problem = read_value(name, node[name], self.kind.fields[name])
            if problem:
                sound = False
                self.findings.append(_place(problem, At(self.source, node.line, node.column, name)))
        if sound and len(known) < _REMEMBERED:
            # Rows share it, so nothing may change it. A plain dict, because every JSON writer takes one.
            known[memo] = found
        return found

    def odd_key(self, node: Map, names: tuple[str, ...], by_id: bool) -> bool:
        """Check a key that is not obviously text. Returns whether it has an unquoted number."""
        plain = False
        for name in names:
            value = node[name]
            problem = check_id(value) if by_id else check_key(name, value)
            plain = plain or (isinstance(value, Number) and not by_id)
            if problem:
                self.findings.append(_place(problem, At(self.source, node.line, node.column, name)))
        return plain

    def no_row(self, nodes: Sequence[Node], index: int) -> None:
        """Add the finding for a row that is no mapping."""
        example = ", ".join(f"{name}: …" for name in self.key or ("id",))
        message = f"a row must be a mapping, not {describe(nodes[index])}"
        at = At(self.source, getattr(nodes, "line", 1), getattr(nodes, "column", 1), index)
        self.findings.append(Finding("wrong-type", message, at, f"write `- {{{example}}}`"))

    def unknown(self, name: str, known: tuple[str, ...], at: At) -> Finding:
        """The finding for a key that neither names the record nor is a field of the kind."""
        here = at._replace(key=name, part="key")
        if name.isdigit():
            return unknown_key(name, known, here, "a decimal number is written with a point, such as 49.90")
        return unknown_key(name, known, here, fields_of(self.kind))


def fields_of(kind: Kind) -> str:
    """The advice for a field that the kind does not have."""
    known = ", ".join(f"`{name}`" for name in kind.fields)
    return (
        f"{kind.name} has {f'the relation fields {known}' if known else 'no relation fields'}; "
        "more fields are declared in zsync.yaml under `relation_kinds`"
    )


def _usable(value: Node) -> bool:
    return isinstance(value, str) and bool(value.strip())


def check_key(name: str, value: Node) -> Problem | None:
    """What is wrong with the value of a key field; None for a good one."""
    if isinstance(value, str):
        if value.strip():
            return None
        return Problem(
            "empty-value", f"`{name}` is empty, but it names the record", "write the value, or remove the row"
        )
    return Problem(
        "wrong-type",
        f"`{name}` names the record and must be text, not {describe(value)}",
        "put the value in quotes",
    )


def _place(problem: Problem, at: At) -> Finding:
    return Finding(problem.code, problem.message, at, problem.help)


def _missing(name: str, at: At) -> Finding:
    return Finding(
        "missing-key", f"the row has no `{name}`", at, f"add `{name}`, or name the record by its `id`"
    )


def _id_and_key(name: str, at: At) -> Finding:
    message = f"the row names its record twice, by `id` and by `{name}`"
    return Finding("id-and-key", message, at._replace(key="id", part="key"), "keep one of the two")


def _absent_field(name: str, at: At) -> Finding:
    message = f"`{name}` stands in a row under `absent`, where nothing is set"
    return Finding(
        "absent-fields",
        message,
        at._replace(key=name, part="key"),
        "remove the field, or move the row to `records`",
    )
