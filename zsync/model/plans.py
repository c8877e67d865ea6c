"""A plan and its parts: changes, the requests that carry them, and what it is bound to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from zsync.model.diagnostics import Span
from zsync.model.objections import Objection
from zsync.model.open_rows import Ends, OpenRow
from zsync.model.requests import Request
from zsync.model.values import Action, Address, Fields
from zsync.model.verdicts import Facts, ListKey, Override, Safeguards, Setting, Verdict, refusing

Origin = Literal["change", "drift", "conflict"]
"""Whose move it was, since the base: this branch's (`change`), the CRM's (`drift`), or both sides', differently (`conflict`)."""

Reason = Literal["conflict", "consent", "converted"]
"""Why a row is withheld: `conflict`: branch and CRM both moved it, differently; `consent`: the person said no; `converted`: its lead
is a contact by now."""

Conflicts = Literal["allow", "withhold", "refuse"]
"""What becomes of conflicts, mildest first: they are written like any change, they are withheld, or they stop the plan."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a plan: a relation to create, update or delete.

    `before` is None for a create, `after` for a delete; both hold only the fields that the change is about. `carried` are
    the relation's other fields as the CRM held them: a PUT sends them back as they are by then. `record_label` and `label` name the
    parent and the related record for people. `record_key` and `key` are the fields and values that the labels are made
    of, empty if a record is known only by its id. `source` is the place in a manifest that asks for the change: in the files as they
    are, or, of a row that only the base has, in its `commit`.

    `origin` is the row's; `origins` has those of its fields that differ from it. `agreed` are the fields that the base's
    manifests want, of a conflict alone; None where they want no such row. `new_values` are fields with a value that no row of
    the list holds, where that says something: in a list of 20 rows or more, and of a field whose values repeat. `objection` is what
    the person said against it, of a change that is withheld for that or written all the same.
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
    # Plain dicts, although nothing may change them: a JSON writer does not take read-only views.
    record_key: Mapping[str, str] = field(default_factory=dict)
    key: Mapping[str, str] = field(default_factory=dict)
    origin: str = "change"
    source: Span | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    agreed: Fields | None = None
    carried: Fields = field(default_factory=dict)
    new_values: tuple[str, ...] = ()
    objection: Objection | None = None
    commit: str = ""

    @property
    def place(self) -> str:
        """Where people find the row: `relations/spring.yaml:14:9`, or `4f1c2ab:relations/spring.yaml:14:9`, as `git show` takes it."""
        commit = f"{self.commit[:7]}:" if self.commit else ""
        return f"{commit}{self.source}" if self.source else ""

    @property
    def address(self) -> Address:
        """The relation that this change is about."""
        return Address(self.module, self.record_id, self.related_list, self.related_record_id)

    @property
    def ends(self) -> Ends:
        """The relation, from whichever side it is written."""
        return frozenset({(self.module, self.record_id), (self.related_module, self.related_record_id)})

    @property
    def moved(self) -> bool:
        """Whether this branch has moved the row or one of its fields, rather than the CRM alone."""
        return not {self.origin, *self.origins.values()}.isdisjoint(("change", "conflict"))

    def against(self, base: str) -> OpenRow:
        """The row as one that is to be compared with the manifests of this commit."""
        return OpenRow(self.module, self.record_id, self.related_module, self.related_record_id, base)


class Conversion(NamedTuple):
    """That a lead was converted: when (ISO 8601) and to which contact (its id); empty where the CRM does not say."""

    at: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A row that the manifests want and the plan leaves out, and why. `change` is what would have been done.

    Of a lead that was converted, `conversion` says when and to whom, and `movable` whether manifests manage the contacts of
    the same record, so that the row can be moved to them.
    """

    reason: Reason
    change: Change
    conversion: Conversion | None = None
    movable: bool = False


class ListState(NamedTuple):
    """A managed list: how many relations the CRM holds, how many the manifests want, and how many no manifest names.

    `size` and `unmanaged` are None where the list was not read to its end.
    """

    module: str
    record_id: str
    related_list: str
    related_module: str
    size: int | None
    managed: int
    unmanaged: int | None

    @property
    def key(self) -> ListKey:
        """The list, whatever it is called in requests."""
        return self.module, self.record_id, self.related_module


class Configured(NamedTuple):
    """The zsync.yaml in force: its path from the repository's root, with `/`, and `sha256:…` of all its bytes."""

    path: str
    digest: str


NoBase = Literal["", "asked", "no-git", "no-commit", "unreadable", "undo"]
"""Why manifests were compared with none: `asked` by --no-base, outside of a repository, in one without a commit, or because
those of the commit have errors; an `undo` compares none, and has a base for its guards alone. Empty where they were."""


class BaseCommit(NamedTuple):
    """What a plan was judged against: a commit, '' for none, and the zsync.yaml that was in force there, None for none.

    `rows` is the commit whose manifests were compared, where it is another one than that whose guards hold; `name` is how people
    call it, empty where only by its digits.
    """

    commit: str = ""
    configuration: Configured | None = None
    name: str = ""
    without: NoBase = ""
    rows: str = ""

    @property
    def agreed(self) -> str:
        """The commit whose manifests were compared, of all rows that have no base of their own; empty for none."""
        return "" if self.without else self.rows or self.commit


class ProfileBound(NamedTuple):
    """An org profile that a plan used: of which environment it is, and `sha256:…` of its file's bytes."""

    environment: str
    digest: str


Put = Literal["all", "changed"]
"""What an update sends of a relation: every field that is known of it, or those that change."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a plan is for and was made from. Times are ISO 8601 in UTC, digests `sha256:…`; unknown texts are empty.

    `accounts_url` is the server that the secrets go to for access tokens. `configuration` is None where there was none.
    """

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
    accounts_url: str = ""
    configuration: Configured | None = None
    base: BaseCommit = BaseCommit()  # noqa: RUF009  an immutable tuple
    profiles: tuple[ProfileBound, ...] = ()
    put: Put = "all"


@dataclass(frozen=True, slots=True)
class Summary:
    """How many relations a plan creates, updates and deletes, and how many are already as they should be."""

    create: int = 0
    update: int = 0
    delete: int = 0
    unchanged: int = 0

    @property
    def changes(self) -> int:
        """The number of changes in the plan."""
        return self.create + self.update + self.delete


@dataclass(frozen=True, slots=True)
class Cost:
    """Calls that planning made (`reads`) and that apply will make (`writes`), credits from–to, and estimated seconds.

    `credits` is a range because Zoho's limits page does not list the PUT of related records. A call that is not listed
    costs one credit; at the rate of other updates it would be one per ten rows. What apply reads is included.
    https://www.zoho.com/crm/developer/docs/api/v8/api-limits.html
    """

    reads: int
    writes: int
    credits: tuple[int, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered changes for one org, the requests that carry them, and digests. Sealed and read by `zsync.files.plan`.

    `content` and `digest` are `sha256:…`, empty until the plan is sealed. `facts` is what guards know of the CRM besides
    the changes. `only` are the selectors that narrowed the plan: changes that they do not ask for are left out. `settings` are
    what the branch changes in zsync.yaml, `base` what that file asked for before. `withheld` are rows that are wanted and left
    out: nothing is written for them, and they are in no `content`. `restores` is the run that an undo takes back: it means
    records by their ids, whatever keys they have by now. `open` are rows that an earlier run left open, each compared with a base of
    its own; `left` are those that this branch changes and `only` leaves out, wholly or in part; `drifted` counts the rows that the CRM
    alone moved and `only` leaves out. `lists` are the managed lists. `unmanaged` are rows of theirs that no manifest names, where
    they were asked for, as the deletes that they would be in a pruned list: nothing is written for them.
    """

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
    only: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    base: Safeguards = Safeguards()  # noqa: RUF009  an immutable tuple
    withheld: tuple[Withheld, ...] = ()
    restores: str = ""
    open: tuple[OpenRow, ...] = ()
    left: tuple[OpenRow, ...] = ()
    lists: tuple[ListState, ...] = ()
    unmanaged: tuple[Change, ...] = ()
    drifted: int = 0

    @property
    def refusals(self) -> tuple[Verdict, ...]:
        """Why the plan must not be applied: the verdicts of guards that nobody set aside."""
        return refusing(self.verdicts, self.overrides)


@dataclass(frozen=True, slots=True)
class Drift:
    """What the CRM changed and Git did not. `plan` is made of the base alone, and would restore what it says."""

    plan: Plan


class Expected(NamedTuple):
    """What an environment of zsync.yaml says about its org; empty where it says nothing.

    `variable` is the name of the one that the token in use comes from.
    """

    environment: str = ""
    org_id: str = ""
    org_type: str = ""
    variable: str = ""
