"""A plan and its parts: changes, the requests that carry them, and what it is bound to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from zsync.model.diagnostics import Span
from zsync.model.requests import Request
from zsync.model.values import Action, Address, Fields
from zsync.model.verdicts import Facts, Override, Verdict, refusing


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a plan.

    `before` is None for a create, `after` None for a delete; both hold the managed fields alone. `record_label` and
    `label` name the parent and the related record for people; `record_key` and `key` are the fields and values that the
    labels are made of, empty where a record is known by its id alone. `source` is the manifest's place that asks for it.
    """

    action: Action
    module: str
    record_id: str
    related_list: str
    related_module: str
    related_record_id: str
    record_label: str
    label: str
    before: Fields | None
    after: Fields | None
    record_key: Mapping[str, str] = field(default_factory=dict)
    key: Mapping[str, str] = field(default_factory=dict)
    origin: str = "change"
    source: Span | None = None

    @property
    def address(self) -> Address:
        """The relation that this change is about."""
        return Address(self.module, self.record_id, self.related_list, self.related_record_id)


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
    """Ordered changes for one org, as requests, with a digest. Made and read by `zsync.files.plan`."""

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


class Expected(NamedTuple):
    """What an environment of zsync.yaml says of its org; empty where it says nothing."""

    environment: str = ""
    org_id: str = ""
    org_type: str = ""
