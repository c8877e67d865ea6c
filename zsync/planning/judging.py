"""Whose move it is, field by field: what the base says, what the CRM holds and what the branch wants of one relation. Pure.

    base        CRM       branch     origin
    a           b         a          drift: the CRM moved
    a           a         c          change: the branch moved
    a           b         c          conflict: both moved, differently
    no row      b         c          conflict: both added the row, differently; change, where the base managed no such list
    a           no row    a          drift: the CRM removed the row
    a           no row    c          conflict: the CRM removed what the branch changes
    a           a         no row     change: the branch removes the row
    a           b         no row     conflict: the branch removes what the CRM changed
    no row      b         no row     drift: the CRM added the row; change, where the branch has only now ruled it out

Where CRM and branch are alike there is nothing to do, and nobody asks.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from zsync.model import Fields, Origin
from zsync.model.fields import equal, same

Said = Fields | Literal["unsaid", "pruned"] | None
"""What manifests say of a relation: its fields, None for absent, that whatever they do not name goes, or nothing."""


class Judged(NamedTuple):
    """The origin of a row, those of its fields that differ from it, and the fields that the base wants.

    `agreed` is None where the base wants no such row.
    """

    origin: Origin
    origins: Mapping[str, Origin]
    agreed: Fields | None


def judge(base: Said, crm: Fields | None, branch: Said, *, managed: bool) -> Judged:
    """Whose move a change is that brings a relation from `crm` to what `branch` says.

    `managed` is whether the base managed the list: of a list that it did not, it agreed on nothing, not even that a row is
    not in it. A row with fields of several origins is a conflict if one of them is, else a change.
    """
    agreed = base if isinstance(base, Mapping) else None
    if not isinstance(branch, Mapping):
        return Judged(_gone(base, crm or {}, branch), {}, agreed)
    if crm is None:
        return Judged(_created(base, branch), {}, agreed)
    fields = {
        name: _field(base, crm, branch, name, managed=managed)
        for name, value in branch.items()
        if not (name in crm and same(value, crm[name]))
    }
    row = _row(fields.values())
    return Judged(row, {name: origin for name, origin in fields.items() if origin != row}, agreed)


def says_alike(base: Said, branch: Said) -> bool:
    """Whether two commits say the same of a relation."""
    # Leaving a row to `prune` and listing it as absent end alike, but only one of them is what the base said.
    if not isinstance(branch, Mapping) or not isinstance(base, Mapping):
        return branch == base
    return branch.keys() == base.keys() and equal(branch, base)


def _gone(base: Said, crm: Fields, branch: Said) -> Origin:
    """A row that the CRM holds and the branch does not want."""
    if isinstance(base, Mapping):
        return "change" if equal(base, crm) else "conflict"
    return "drift" if says_alike(base, branch) else "change"


def _created(base: Said, branch: Fields) -> Origin:
    """A row that the branch wants and the CRM does not hold."""
    if not isinstance(base, Mapping):
        return "change"
    return "drift" if says_alike(base, branch) else "conflict"


def _field(base: Said, crm: Fields, branch: Fields, name: str, *, managed: bool) -> Origin:
    """A field of a row that both hold, and in which they differ."""
    if not isinstance(base, Mapping):
        # Whoever added the row in the CRM and whoever adds it in the branch did not know of each other.
        return "conflict" if managed or base is None or base == "pruned" else "change"
    if name not in base:
        return "change"
    if same(branch[name], base[name]):
        return "drift"
    return "change" if name in crm and same(crm[name], base[name]) else "conflict"


def _row(fields: Iterable[Origin]) -> Origin:
    found = set(fields)
    return "conflict" if "conflict" in found else "change" if "change" in found or not found else "drift"
