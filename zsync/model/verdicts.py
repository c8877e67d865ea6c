"""What guards look at, and their verdicts: values in a plan, from whose file `apply` can evaluate the guards again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from zsync.model.diagnostics import Span
from zsync.model.grounds import Ground

ListKey = tuple[str, str, str]
"""A list as guards know it, from whichever side it is read: its module, its record's id, the module of its records."""


class ListSize(NamedTuple):
    """One list that a plan changes, and how many relations it holds now; None where nobody counted them."""

    module: str
    record_id: str
    related_list: str
    related_module: str
    current: int | None

    @property
    def key(self) -> ListKey:
        """The list, whatever it is called in requests."""
        return self.module, self.record_id, self.related_module


class RecordFields(NamedTuple):
    """The fields of one record that a guard names, as the CRM holds them; numbers are exact."""

    module: str
    id: str
    fields: Mapping[str, Any]


class Facts(NamedTuple):
    """What guards know of the CRM besides the changes. `credits_left` is None if Zoho did not tell."""

    lists: tuple[ListSize, ...] = ()
    records: tuple[RecordFields, ...] = ()
    credits_left: int | None = None


class Override(NamedTuple):
    """A guard that a person set aside for one run, and why.

    With a `selector`, which `conflicts` alone takes, it is set aside for the rows that fit it: they are written as the branch says.
    """

    guard: str
    reason: str
    selector: str = ""

    @property
    def told(self) -> str:
        """As `--override` takes it: the guard, or `conflicts=SELECTOR`."""
        return f"{self.guard}={self.selector}" if self.selector else self.guard


@dataclass(frozen=True, slots=True)
class Verdict:
    """A guard's refusal of a plan, and its ground.

    `place` is a list (`Campaigns/3652397000000500001/Leads`) or empty, `change` the index of a change or None, `span` the
    guard's place in zsync.yaml. `evaluated` is false where the guard could not be evaluated, which refuses as well.
    """

    guard: str
    ground: Ground
    place: str = ""
    change: int | None = None
    evaluated: bool = True
    span: Span | None = None
    base: bool = False
    """Whether it is a guard of the base's zsync.yaml, which this branch changes."""


Way = Literal["loosens", "tightens", "changes"]
"""What a branch does to a setting of zsync.yaml: `changes` is neither, or nobody can tell."""


class Setting(NamedTuple):
    """A setting of zsync.yaml that a branch changes: its dotted key, and what it was and is.

    Both are '' where it is not set, `…` where it may hold a name. Without a key it is about the file as such. `line` is the
    setting's in the branch's file, from 1; 0 where it is not there.
    """

    file: str
    key: str
    before: str
    after: str
    way: Way = "changes"
    line: int = 0


class Safeguards(NamedTuple):
    """What the base's zsync.yaml asks for when a plan is carried out, besides its guards; `waves` are empty for none.

    `configuration` is all of that file's text where the branch changes it, so that its guards can be asked wherever the plan
    is applied; else ''.
    """

    protected: bool = False
    waves: tuple[str, ...] = ()
    configuration: str = ""


def refusing(verdicts: tuple[Verdict, ...], overrides: tuple[Override, ...]) -> tuple[Verdict, ...]:
    """The verdicts that stand: those of guards that nobody set aside."""
    # What is set aside for some rows is still in force for the others.
    aside = {override.guard for override in overrides if not override.selector}
    return tuple(verdict for verdict in verdicts if verdict.guard not in aside)
