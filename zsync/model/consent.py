"""What forbids that a person enters a list or advances in it: the rules of `consent:` in zsync.yaml. Pure.

They speak of one record. Another one with the same address may say something else; what names a person wherever it is, is
an entry of `never`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self

from zsync.model.diagnostics import Span
from zsync.model.fields import empty, normalise, same
from zsync.model.never import Never
from zsync.model.objections import Objection
from zsync.model.values import Fields, plain_text

Policy = Literal["off", "warn", "withhold"]
"""What becomes of a row of somebody who said no, mildest first."""

CAMPAIGNS = "Campaigns"
PERSONS = ("Leads", "Contacts")
"""The modules whose records are persons."""

STATUS = "Member_Status"
_LEFT = "Opted Out"
"""The status that keeps somebody out by itself: without an `order` it alone always passes."""

_PENDING = (
    "Pending",
    "Waiting",
    "Awaiting",
    "Not Responded",
    "Rejected",
    "Declined",
    "Denied",
    "Withdrawn",
    "Expired",
)


@dataclass(frozen=True, slots=True)
class SaysNo:
    """A field of a person's record, and its values that mean no. Without any, none does; `...` means every value but an empty one.

    None among the values is the empty field. `span` is its place in zsync.yaml; None for one that is built in.
    """

    name: str
    values: tuple[Any, ...]
    span: Span | None = None

    def fits(self, value: Any) -> bool:
        """Whether a value, as the CRM sent it, means no. Of several values in one field, one is enough."""
        if isinstance(value, list | tuple) and value:
            return any(map(self.fits, value))
        return any(_means(normalise(value, "any"), meant) for meant in self.values)


BUILT_IN = (
    SaysNo("Email_Opt_Out", (True,)),
    SaysNo("Unsubscribed_Mode", (...,)),
    SaysNo("Data_Processing_Basis", (*_PENDING, *(f"Consent - {each}" for each in _PENDING))),
    SaysNo("$stop_processing", (True,)),
)
"""Zoho's own fields. The first is in every org; the others are where GDPR settings are on."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the CRM tells of a person: the fields that were asked for, which of them are addresses, and which cannot be read.

    `shown` is false where the CRM does not show the record at all.
    """

    id: str
    fields: Fields = field(default_factory=lambda: MappingProxyType({}))
    addresses: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    shown: bool = True


class Holder(NamedTuple):
    """The record in whose list a person would be. `type` is a campaign's; both texts are empty where the CRM does not tell.

    `told` is false where it could not be read: then nobody knows which policy is its.
    """

    module: str
    id: str
    list: str
    name: str = ""
    type: str = ""
    told: bool = True


@dataclass(frozen=True, slots=True)
class Consent:
    """`consent:` of zsync.yaml for one environment: what means no, and what becomes of such rows.

    `fields` are those that the file names, which replace built-in ones of the same name. `order` are the statuses of a
    campaign's member in which nobody advances who said no. `types` (of campaigns) and `lists` (`module/parent/list`) are patterns with
    their policies, of which the first that fits counts. `off` is the reason why nothing is asked at all; else empty.
    """

    fields: tuple[SaysNo, ...] = ()
    never: Never = Never()  # noqa: RUF009  immutable
    order: tuple[str, ...] = ()
    types: tuple[tuple[str, Policy], ...] = ()
    lists: tuple[tuple[str, Policy], ...] = ()
    off: str = ""
    base: bool = False
    """Whether it is that of the base's zsync.yaml."""

    def over(self, common: Self) -> Self:
        """An environment's with those for every environment: what it says itself comes first, and all entries of `never` count."""
        named = {each.name for each in self.fields}
        return replace(
            self,
            fields=(*self.fields, *(each for each in common.fields if each.name not in named)),
            never=self.never.besides(common.never),
            order=self.order or common.order,
            types=(*self.types, *common.types),
            lists=(*self.lists, *common.lists),
            off=self.off or common.off,
        )

    @property
    def asked(self) -> tuple[SaysNo, ...]:
        """All fields that may say no."""
        named = {each.name for each in self.fields}
        return (*(each for each in BUILT_IN if each.name not in named), *self.fields)

    def concerns(self, module: str, related_module: str) -> bool:
        """Whether it may have a say in lists of these two modules."""
        pair = {module, related_module}
        holders = [each for each in (module, related_module) if each not in PERSONS]
        if self.off or pair.isdisjoint(PERSONS) or not holders:
            return False
        return holders[0] == CAMPAIGNS or any(
            fnmatchcase(plain_text(holders[0]), plain_text(pattern.split("/")[0])) and policy != "off"
            for pattern, policy in self.lists
        )

    def stops(self, before: Fields | None, after: Fields | None) -> bool:
        """Whether a change is one that consent may stop: entering, or advancing in `order`. Leaving and all else pass."""
        if after is None:
            return False
        new = after.get(STATUS)
        if before is None:
            return empty(new) or (self._rank(new) is not None if self.order else not _alike(new, _LEFT))
        if STATUS not in after or empty(new) or same(before.get(STATUS), new):
            return False
        if not self.order:
            # Whoever opted out of the list is as good as not in it.
            return _alike(before.get(STATUS), _LEFT)
        was, now = self._rank(before.get(STATUS)), self._rank(new)
        # Out of the order back into it is further than any place in it: `Opted Out` → `Invited`.
        return now is not None and (was is None or now > was)

    def objection(self, person: Person) -> Objection | None:
        """What of it forbids that this person enters; None for nothing. What cannot be read forbids it."""
        place = self.never.named(person.id, _addresses(person))
        if place is not None:
            return Objection("never", file=place.file, line=place.line, base=self.base)
        for says in self.asked:
            if says.name in person.fields and says.fits(person.fields[says.name]):
                value = normalise(person.fields[says.name], "any")
                return Objection("field", says.name, value, base=self.base)
        if not person.shown:
            return Objection("unread", base=self.base)
        needed = {each.name for each in self.asked if each.values}
        needed |= set(person.addresses) if self.never.by_address else set()
        unread = next((name for name in sorted(person.unread) if name in needed), None)
        return Objection("unread", unread, base=self.base) if unread else None

    def policy(self, holder: Holder) -> Policy:
        """What becomes of rows in a list: as the file says of the list, else of the campaign's Type, else by default.

        The default withholds where the Type is Email or empty and warns elsewhere; lists of other modules are left alone.
        """
        for pattern, policy in self.lists:
            if any(fnmatchcase(plain_text(each), plain_text(pattern)) for each in _called(holder)):
                return policy
        if not holder.told:
            return "withhold"
        if holder.module != CAMPAIGNS:
            return "off"
        for pattern, policy in self.types:
            if fnmatchcase(plain_text(holder.type), plain_text(pattern)):
                return policy
        return "withhold" if plain_text(holder.type) in ("", "email") else "warn"

    def _rank(self, status: Any) -> int | None:
        return next((at for at, each in enumerate(self.order) if _alike(status, each)), None)


def _addresses(person: Person) -> Iterator[str]:
    for name in person.addresses:
        value = person.fields.get(name)
        if isinstance(value, str) and value.strip():
            yield value


def _called(holder: Holder) -> Iterator[str]:
    """A list as patterns may name it: by its parent's name or id."""
    for parent in filter(None, (holder.name, holder.id)):
        yield f"{holder.module}/{parent}/{holder.list}"


def _means(value: Any, meant: Any) -> bool:
    if meant is ...:
        return not empty(value)
    if meant is None or empty(value):
        return empty(meant) and empty(value)
    if meant is True:
        # A checkbox that came as a text or a number. What is neither yes nor no is not taken for a yes to being mailed.
        return not (value is False or plain_text(str(value)) in ("false", "no", "0"))
    if isinstance(meant, bool):
        return value is False or plain_text(str(value)) == "false"
    if isinstance(value, bool):
        return plain_text(str(value)) == plain_text(str(meant))
    return same(value, meant) or plain_text(str(value)) == plain_text(str(meant))


def _alike(status: Any, other: str) -> bool:
    return isinstance(status, str) and plain_text(status) == plain_text(other)
