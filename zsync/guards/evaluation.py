"""Guards: limits in zsync.yaml that stop a plan from being applied. Pure: the clock and the credits are arguments.

They are evaluated when a plan is made and again before it is applied, on nothing but what the plan carries. They live
outside of what they guard: deleting a manifest does not delete its guard.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self

from zsync.errors import GuardRefused, PlanRefused, UsageError
from zsync.guards.counts import Counting, Look, MinSize, Need, Protected
from zsync.guards.fields import Order, Prices, Untouchable
from zsync.guards.times import CreditReserve, FreezeWindow
from zsync.guards.unusable import UnusableBase
from zsync.guards.withheld import DEFAULT, Conflicting, Withholding, strictest
from zsync.kinds import KINDS, Kind
from zsync.model import Conflicts, Plan
from zsync.model.grounds import BaseUnusable, More
from zsync.model.verdicts import Override, Verdict, refusing

GUARDS: Mapping[str, str] = MappingProxyType(
    {
        "max_deletes": "Limits how many rows a plan deletes: in all (`10`), in per cent of each list (`5%`), or both.",
        "max_updates": "The same for updates.",
        "max_creates": "The same for creates. Any create exceeds a per cent of an empty list.",
        "max_changes": "The same for all changes together.",
        "max_withheld": "The same for rows that are withheld, whatever the reason.",
        "conflicts": "What becomes of rows that the branch and the CRM both moved, differently: `withhold` (the default) leaves them out "
        "of the plan, `refuse` stops it, `allow` writes what the branch says.",
        "min_size": "Lists that never shrink below `rows`. Creates do not count, since the CRM may refuse them.",
        "protected_records": "Records, by `id` or by `name`, whose relations no plan touches, whether as parent or as row. People whom a field of "
        "`consent` picks out may leave.",
        "list_price": "How far a price moves (`max_rise`, `max_fall`, in %), and its bounds (`min`, `max`): a number, or a "
        "multiple of a field of the product (`0.5 * Unit_Price`).",
        "member_status": "A campaign member's status moves forward in this `order`, or stays.",
        "untouchable_fields": "Relation fields that no plan sets or changes.",
        "untouchable_kinds": "Kinds of relations that no plan touches, such as `[Campaigns, Contacts]`.",
        "credits": "API credits to leave for others (`keep`). `daily` is how many the org has a day.",
        "freeze": "Times without writes: `from` and `to`, or `weekly`.",
    }
)
"""Name of a guard → what it refuses."""

TIMED = frozenset({"credits", "freeze"})
"""Guards that depend on the moment. When a plan is applied, only what they say then counts."""

SHOWN = 20
"""Most verdicts of one guard that a plan carries. The rest is counted."""

ON_WITHHELD = (Conflicting, Withholding)
"""Guards on what a plan leaves out. They alone have a say in a plan without changes."""

Rule = (
    Counting
    | Conflicting
    | Protected
    | MinSize
    | Order
    | Untouchable
    | Prices
    | CreditReserve
    | FreezeWindow
    | UnusableBase
)
"""A guard, ready to be evaluated."""

NO_GUARDS = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
"""The digest of no guards at all: of `[]`."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards in force for an environment, the digest of their text in zsync.yaml, and the relation kinds it knows.

    `base` are the guards of the base's zsync.yaml that the branch changes or removes. They hold as well, with the kinds that
    file knows (`base_kinds`): a branch must not turn a kind around, so that its rows count for another list.
    """

    rules: tuple[Rule, ...] = ()
    digest: str = NO_GUARDS
    kinds: tuple[Kind, ...] = KINDS
    base: tuple[Rule, ...] = ()
    base_kinds: tuple[Kind, ...] = KINDS

    def besides(self, rules: Iterable[Rule], kinds: tuple[Kind, ...] = KINDS) -> Self:
        """With those of these guards, of a base that knows these kinds, that are not among them as they are."""
        mine = [_meaning(rule) for rule in self.rules] if kinds == self.kinds else []
        base = tuple(rule for rule in rules if _meaning(rule) not in mine)
        return replace(self, base=base, base_kinds=kinds)

    @property
    def names(self) -> frozenset[str]:
        """The names of the guards in force."""
        return frozenset(rule.name for rule in (*self.rules, *self.base))

    @property
    def conflicts(self) -> Conflicts:
        """What becomes of conflicts: the stricter of what is in force and what the base says of it."""
        mine, base = (_policies(rules) for rules in (self.rules, self.base))
        return strictest((*(mine or [DEFAULT]), *base))

    def needs(self, plan: Plan) -> frozenset[Need]:
        """What has to be known besides the plan's changes."""
        look = _look(plan, self.kinds, datetime.min.replace(tzinfo=UTC), None)
        before = replace(look, kinds=self.base_kinds)
        sides = ((self.rules, look), (self.base, before))
        return frozenset(need for rules, seen in sides for rule in rules for need in rule.needs(seen))


def evaluate(
    plan: Plan, guards: Guards, now: datetime, credits_left: int | None = None
) -> tuple[Verdict, ...]:
    """What the guards have against a plan, in the order of zsync.yaml. A plan that neither changes nor withholds a row passes.

    A guard that cannot be evaluated on what the plan carries refuses.
    """
    look = _look(plan, guards.kinds, now, credits_left)
    rules, bases = (_concerned(those, plan) for those in (guards.rules, guards.base))
    found = [verdict for rule in rules for verdict in _few(tuple(rule.check(look)))]
    # Where the branch's own guard refuses the same, its limit is the one to tell.
    refused = {(verdict.guard, verdict.place, verdict.change) for verdict in found}
    for rule in bases:
        stricter = [
            verdict
            for verdict in rule.check(replace(look, kinds=guards.base_kinds))
            if (verdict.guard, verdict.place, verdict.change) not in refused
        ]
        refused |= {(verdict.guard, verdict.place, verdict.change) for verdict in stricter}
        found += [replace(verdict, base=True) for verdict in _few(tuple(stricter))]
    return tuple(found)


def _concerned(rules: tuple[Rule, ...], plan: Plan) -> tuple[Rule, ...]:
    """The guards that have a say in a plan: a freeze must not turn "no changes" into a refusal."""
    if plan.changes:
        return rules
    return tuple(rule for rule in rules if isinstance(rule, ON_WITHHELD))


def _policies(rules: Iterable[Rule]) -> list[Conflicts]:
    return [rule.policy for rule in rules if isinstance(rule, Conflicting)]


def with_default(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The guards of a base, with what it says of conflicts by saying nothing: a branch that allows them loosens that."""
    return rules if _policies(rules) else (*rules, Conflicting("conflicts", None, DEFAULT))


def _meaning(rule: Rule) -> tuple[Any, ...]:
    """A guard without its place: its name, which says of what kind it is, and its limits."""
    return tuple(getattr(rule, field.name) for field in fields(rule) if field.name != "span")


def check_binding(plan: Plan, guards: Guards) -> None:
    """Raises `PlanRefused` if a plan was made under other guards than those in force."""
    if plan.changes and plan.binding.guards != guards.digest:
        raise PlanRefused(
            f"the plan was made under other guards: theirs are {plan.binding.guards}, in force are {guards.digest}",
            help="Make a new plan: `zsync plan --out FILE`. Run `apply` where the zsync.yaml of the manifests is found.",
        )


def standing(
    plan: Plan,
    guards: Guards,
    now: datetime,
    credits_left: int | None = None,
    overrides: Iterable[Override] = (),
) -> tuple[Verdict, ...]:
    """Why a plan must not be applied now: what the guards say now and what the plan is marked with, minus overrides."""
    found = evaluate(plan, guards, now, credits_left)
    # A list and not a set: a ground may hold values that cannot be hashed, and there are few verdicts.
    seen = [_matter(verdict) for verdict in found]
    marked = (
        verdict for verdict in plan.verdicts if verdict.guard not in TIMED and _matter(verdict) not in seen
    )
    return refusing((*found, *marked), (*plan.overrides, *overrides))


def _matter(verdict: Verdict) -> tuple[Any, ...]:
    """What a verdict is about, wherever in zsync.yaml its guard stands."""
    return verdict.guard, verdict.ground, verdict.place, verdict.change


def refusal(verdicts: Iterable[Verdict]) -> GuardRefused:
    """The error for verdicts that stand, naming their guards."""
    verdicts = tuple(verdicts)
    names = list(dict.fromkeys(verdict.guard for verdict in verdicts))
    message = (
        f"{len(names)} guard{'s refuse' if len(names) != 1 else ' refuses'} the plan: {', '.join(names)}"
    )
    if any(isinstance(verdict.ground, BaseUnusable) for verdict in verdicts):
        return GuardRefused(message, help="Merge a valid zsync.yaml by itself first, then plan again.")
    if any(verdict.base for verdict in verdicts):
        return GuardRefused(
            message,
            help="This branch changes a guard, and the one of the base holds until that is merged. Merge the change of "
            "zsync.yaml by itself first, then plan again. zsync 0.1.0 asked the branch's guards alone.",
        )
    return GuardRefused(
        message,
        help="See above what each of them saw. To set one aside for this run: "
        f'`--override {"conflicts=SELECTOR" if names[0] == "conflicts" else names[0]} --reason "why"`. What it means: `zsync explain {names[0]}`.',
    )


def check_names(names: Iterable[str]) -> None:
    """Raises `UsageError` for a name that no guard has."""
    from difflib import get_close_matches

    for name in names:
        if name not in GUARDS:
            close = get_close_matches(name, GUARDS, n=1)
            raise UsageError(
                f"there is no guard {name!r}",
                help=(f"Did you mean {close[0]}? " if close else "") + f"Guards are: {', '.join(GUARDS)}.",
            )


def check_overrides(overrides: Iterable[Override], guards: Guards) -> None:
    """Raises `UsageError` for an override of a guard that is not in force."""
    for override in overrides:
        # What becomes of conflicts is always in force, if only by default.
        if override.guard not in guards.names and override.guard != "conflicts":
            raise UsageError(
                f"the guard {override.guard!r} is not in force",
                help=f"In force are: {', '.join(sorted(guards.names)) or 'none'}. Leave this --override out.",
            )


def _look(plan: Plan, kinds: tuple[Kind, ...], now: datetime, credits_left: int | None) -> Look:
    lists, records = plan.facts.lists, plan.facts.records
    return Look(
        plan,
        kinds,
        now,
        credits_left,
        {size.key: size.current for size in lists},
        {(record.module, record.id): record.fields for record in records},
    )


def _few(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    if len(verdicts) <= SHOWN:
        return verdicts
    rest = len(verdicts) - SHOWN
    first = verdicts[0]
    more = replace(first, ground=More(rest), place="", change=None)
    return (*verdicts[:SHOWN], more)
