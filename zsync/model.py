"""The values that everything else passes around. They are immutable and know no I/O.

The life of a relation: a manifest's `ManagedList` holds `Row`s; the resolver turns rows into addresses; the diff of
desired and current makes `Change`s; batching packs them into `Request`s; together they are a `Plan`; carrying it out
gives one `Outcome` per change, and all outcomes are a `Report`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Literal, NamedTuple

from zsync.verdicts import Facts, Override, Verdict, refusing

Fields = Mapping[str, Any]
"""Field api_name → value. Numbers are `int` or normalised `Decimal`, never `float` (see `number`)."""

_DIGITS = 400
"""Most digits before or after the point: 1E+999999999 is nine characters in a file and a gigabyte as an integer."""

_EXACT = Context(prec=2 * _DIGITS)
"""Wide enough for any number that a CRM holds: the usual 28 digits would round."""

Action = Literal["create", "update", "delete"]
Status = Literal["applied", "refused", "held", "unknown", "dropped"]
Severity = Literal["error", "warning"]

_MAGNITUDE = 100


def number(text: str | int | Decimal) -> int | Decimal:
    """Read a number exactly, in one form per value: 49.90 and 49.9 become the same, 50.00 becomes 50.

    Raises `ArithmeticError` (decimal.InvalidOperation) where the text is no finite number, or one with more than a
    hundred digits before the point or zeros after it: `1e999999999` would fill the memory.
    """
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) > _DIGITS:
        raise ArithmeticError(f"{text} is not a number that a CRM holds")
    if value and abs(value.adjusted()) > _MAGNITUDE:
        raise ArithmeticError(f"{text} is too large or too small")
    if value == value.to_integral_value():
        return int(value)
    # Not `normalize()`: it rounds to the 28 digits of the context.
    return Decimal(format(value, "f").rstrip("0"))


class Span(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """The form that editors and terminals make clickable: `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class Note(NamedTuple):
    """A second place that a diagnostic speaks of, such as the other of two contradicting rows."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to fix. A value: diagnostics are collected, all problems of all files in one run.

    `code` is a stable word (`unknown-key`), `excerpt` the source line without its line end, `width` the number of
    characters that the caret underlines, `help` what to do next.
    """

    code: str
    message: str
    span: Span | None = None
    help: str = ""
    severity: Severity = "error"
    excerpt: str = ""
    width: int = 1
    notes: tuple[Note, ...] = ()


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
    def label(self) -> str:
        """How people know the record: the values of `match`, else the id."""
        return ", ".join(value for _, value in self.match) or str(self.id)


@dataclass(frozen=True, slots=True)
class ManagedList:
    """One related list that a manifest manages: rows to have, rows to be without, and whether others are deleted.

    `name` is the list as the manifest writes it, `related_module` Zoho's api_name of the module behind it.
    `converted` asks for converted leads too, which Zoho hides from a list otherwise.
    """

    parent: Parent
    name: str
    related_module: str
    span: Span
    key: tuple[str, ...] = ("id",)
    records: tuple[Row, ...] = ()
    absent: tuple[Row, ...] = ()
    prune: bool = False
    prune_span: Span | None = None
    converted: bool = False

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


class Address(NamedTuple):
    """The identity of a relation, in the direction in which requests name it. Ids are strings of digits."""

    module: str
    record_id: str
    related_list: str
    related_record_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a plan.

    `before` is None for a create, `after` None for a delete; both hold the managed fields alone. `record_label` and
    `label` name the parent and the related record for people. `source` is the manifest's place that asks for it.
    """

    action: Action
    module: str
    record_id: str
    related_list: str
    related_record_id: str
    record_label: str
    label: str
    before: Fields | None
    after: Fields | None
    origin: str = "change"
    source: Span | None = None

    @property
    def address(self) -> Address:
        """The relation that this change is about."""
        return Address(self.module, self.record_id, self.related_list, self.related_record_id)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call of a plan: a PUT or DELETE on one parent's list, for `changes` (indices into the plan's)."""

    method: Literal["PUT", "DELETE"]
    module: str
    record_id: str
    related_list: str
    changes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """What a plan is for and was made from; times are ISO 8601 in UTC, digests `sha256:…`, unknown texts empty."""

    org_id: str
    org_type: str
    api_domain: str
    environment: str
    manifests: str
    guards: str
    git_commit: str
    zsync: str
    created_at: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Summary:
    """How many relations a plan would create, update and delete, and how many it found as they should be."""

    create: int = 0
    update: int = 0
    delete: int = 0
    unchanged: int = 0

    @property
    def changes(self) -> int:
        """The number of changes of the plan."""
        return self.create + self.update + self.delete


@dataclass(frozen=True, slots=True)
class Cost:
    """Calls the planning took (`reads`) and the apply will take (`writes`); credits from–to; seconds, estimated.

    Zoho charges one credit for a call that its limits page does not list; were a PUT of relations charged like
    other updates, it would be one per ten rows. Hence a range. The readings of an apply are in it.
    """

    reads: int
    writes: int
    credits: tuple[int, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered changes for one org, as requests, with a digest. Made and read by `zsync.plan`."""

    binding: Binding
    summary: Summary
    changes: tuple[Change, ...]
    requests: tuple[Request, ...]
    cost: Cost
    content: str = ""
    digest: str = ""
    facts: Facts = Facts()  # noqa: RUF009  an immutable tuple
    verdicts: tuple[Verdict, ...] = ()
    overrides: tuple[Override, ...] = ()
    only: str = ""  # the selector that narrowed the plan; changes that it does not ask for are left out

    @property
    def refusals(self) -> tuple[Verdict, ...]:
        """Why the plan must not be applied: the verdicts of guards that were not set aside."""
        return refusing(self.verdicts, self.overrides)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change. `code` and `message` are Zoho's own words where it said no."""

    status: Status
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes of one apply, in the order of the plan's changes, and the calls and seconds it took."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    reads: int
    writes: int
    seconds: float
    stopped: str = ""
    """Why the run ended before all requests were sent; empty where it did not."""
    stop_code: int = 0  # the exit code that this reason asks for
    run: str = ""
    """The name of the run, for `resume` and `undo`."""
    overrides: tuple[Override, ...] = ()
    """Guards that were set aside when the plan was applied, besides those of the plan."""

    @property
    def exit_code(self) -> int:
        """The exit code of an apply, decided by its rows; a run that was stopped ends with the reason's own."""
        if self.stop_code:
            return self.stop_code
        return 3 if any(one.status in ("refused", "held", "unknown") for one in self.outcomes) else 0

    def count(self, status: Status) -> int:
        """How many changes ended with this status."""
        return sum(outcome.status == status for outcome in self.outcomes)
