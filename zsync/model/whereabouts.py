"""Where a person, a product or a campaign stands: in the manifests, in the CRM, in the next plan, and in the last runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from zsync.model.diagnostics import Span
from zsync.model.manifests import ManagedList, Parent, Row
from zsync.model.plans import Change, Conversion, Withheld
from zsync.model.reports import Status
from zsync.model.values import Fields, plain_text

EMAIL = "Email"
MORE_NAMES: Mapping[str, str] = MappingProxyType(
    {"Leads": EMAIL, "Contacts": EMAIL, "Products": "Product_Code"}
)
"""What names records of a module for people, besides the field that has their name."""


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A record of the CRM, with what names it: `values` by field, as texts. `conversion` is a lead's that was converted."""

    module: str
    id: str
    label: str
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    conversion: Conversion | None = None

    @property
    def called(self) -> str:
        """Its name, and its address or code: `Noor Haddad, noor.haddad@orchard.example`."""
        more = self.values.get(MORE_NAMES.get(self.module, ""), "")
        return ", ".join(dict.fromkeys(filter(None, (self.label, more))))

    def meant_by(self, managed: ManagedList, row: Row) -> bool:
        """Whether a row of a list of such records means it: by its id, or by its key as the CRM compares keys."""
        if managed.related_module != self.module:
            return False
        return row.key[0] == self.id if row.by_id else self._has(zip(managed.key, row.key, strict=True))

    def is_parent(self, parent: Parent) -> bool:
        """Whether a manifest's parent is this record, named by its id or by its key."""
        if parent.module != self.module:
            return False
        return parent.id == self.id if parent.id is not None else self._has(parent.match)

    def _has(self, key: Iterable[tuple[str, str]]) -> bool:
        pairs = tuple(key)
        return bool(pairs) and all(
            plain_text(value) == plain_text(self.values.get(name, "")) for name, value in pairs
        )

    @property
    def ends(self) -> tuple[str, str]:
        """The record, in one end of a relation."""
        return self.module, self.id


@dataclass(frozen=True, slots=True)
class OwnRelation:
    """A relation of a record, to the record `related_id` of `related_module`, which people call `label`.

    `places` are the rows of the manifests about it. `git` is what they want: None where they want it absent, or say nothing
    (`places` is empty then). `crm` is what the CRM holds; None where it holds nothing. With `unread` that is not known.
    `managed` says whether a manifest manages the list. `next` is what the next plan does to it; None where it leaves it alone.
    """

    record: NamedRecord
    related_module: str
    related_id: str
    label: str
    places: tuple[Span, ...] = ()
    git: Fields | None = None
    crm: Fields | None = None
    unread: bool = False
    managed: bool = False
    next: Change | Withheld | None = None

    @property
    def differs(self) -> bool:
        """Whether the next plan says anything about it."""
        return self.next is not None


class Touched(NamedTuple):
    """A run that was to change a relation of the record: what it was to do, and what became of it.

    `began` is when the run did, ISO 8601 in UTC; `status` is None where the journal does not say.
    """

    run: str
    began: str
    change: Change
    status: Status | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All that is known of whoever was asked for.

    `records` are one record, or a person's lead and contact; none where only manifests have the name, in `places`. `notes`
    say what was not looked at, and `problem` why the next plan cannot be told. `about` is where: environment and org.
    """

    asked: str
    environment: str
    org_id: str
    org_type: str
    records: tuple[NamedRecord, ...] = ()
    paired: bool = False
    """Whether the other module of people was looked at as well."""
    relations: tuple[OwnRelation, ...] = ()
    places: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    runs: tuple[Touched, ...] = ()
