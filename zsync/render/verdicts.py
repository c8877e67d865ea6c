"""Why guards refuse, in words: what each saw, its limit, and what to do. Not yet escaped."""

from fractions import Fraction
from typing import NamedTuple, assert_never

from zsync.model import Plan
from zsync.model.grounds import (
    Backwards,
    BaseUnusable,
    CreditsShort,
    Frozen,
    More,
    NoPrice,
    OutOfOrder,
    PriceBound,
    PriceStep,
    ProtectedRecord,
    Records,
    TooFew,
    TooMany,
    TooManyWithheld,
    Undecided,
    Unread,
    UntouchableField,
    UntouchableKind,
)
from zsync.model.verdicts import Verdict
from zsync.render.words import ARROW, count, cut, value

_NAME = 60
_DONE = {"create": "created", "update": "updated", "delete": "deleted", None: "changed"}
_COUNT = "Let the token's user count the list (ZohoCRM.modules.READ), or give the limit as a number."


class Words(NamedTuple):
    """What a guard saw and its limit, in a sentence, and what to do about it."""

    sentence: str
    advice: str


def said(plan: Plan, verdict: Verdict) -> str:
    """The place, what the guard saw, and its limit: `Campaigns/501/Leads: 6 rows would be deleted, the limit for a list is 5`."""
    label = plan.changes[verdict.change].label if verdict.change is not None else ""
    where = " ".join(filter(None, (verdict.place, cut(label, _NAME))))
    sentence = _words(verdict).sentence
    told = sentence if verdict.evaluated else f"cannot be evaluated: {sentence}"
    return f"{where}: {told}" if where else told


def advice(verdict: Verdict) -> str:
    """What to do about it. Of a guard of the base that the branch changes, that change alone would have to be merged first."""
    if verdict.base and not isinstance(verdict.ground, BaseUnusable):
        return "This is the base's guard, which the branch changes: merge the change of zsync.yaml by itself first."
    return _words(verdict).advice


def _words(verdict: Verdict) -> Words:
    match ground := verdict.ground:
        case TooMany():
            return _too_many(ground, in_list=bool(verdict.place))
        case TooFew():
            return _too_few(ground)
        case Undecided() | TooManyWithheld():
            return _withheld(ground, in_list=bool(verdict.place))
        case ProtectedRecord():
            saw = f"{ground.action} for {ground.module}/{ground.id}"
            return _limited(
                saw,
                f"no change touches {_records(ground.records)}",
                "Take the row out of the manifest, or write it as it is in the CRM.",
            )
        case Unread():
            saw = f"{ground.field} of {ground.module}/{ground.id} could not be read"
            return Words(
                saw,
                f"Check that {ground.field} is a field of {ground.module} that the token's user may read.",
            )
        case UntouchableField() | UntouchableKind():
            return _untouchable(ground)
        case Backwards() | OutOfOrder():
            return _order(ground)
        case PriceStep() | PriceBound() | NoPrice():
            return _price(ground, known=verdict.evaluated)
        case CreditsShort() | Frozen():
            return _of_the_moment(ground)
        case BaseUnusable():
            return Words(
                f"the zsync.yaml of {ground.commit} cannot be used ({ground.why}), so nobody knows which guards it has",
                "Merge a valid zsync.yaml by itself first, then plan again.",
            )
        case More():
            return Words(f"{ground.count:,} more of this kind", "What helps those above helps these, too.")
        case _:
            assert_never(ground)


def _too_many(ground: TooMany, *, in_list: bool) -> Words:
    rows, done = count(ground.count, "row"), _DONE[ground.action]
    limit = "the limit for a list is" if in_list else "the limit is"
    if ground.percent is None:
        return Words(f"{rows} would be {done}, {limit} {ground.most or 0:,}", "Plan fewer at a time.")
    limit += f" {value(ground.percent)}%"
    if ground.size is None:
        return Words(f"{rows} of an unknown number would be {done}, {limit}", _COUNT)
    if ground.action in ("delete", "update"):
        told = f"{ground.count:,} of {count(ground.size, 'row')} would be {done}"
    else:
        told = f"{rows} would be {done} in {'a list' if in_list else 'lists'} of {ground.size:,}"
    return Words(f"{told}{_share(ground.count, ground.size)}, {limit}", "Plan fewer at a time.")


def _withheld(ground: Undecided | TooManyWithheld, *, in_list: bool) -> Words:
    if isinstance(ground, Undecided):
        verb = "waits" if ground.count == 1 else "wait"
        return _limited(
            f"{count(ground.count, 'conflict')} {verb} for a decision",
            "none may",
            "Decide each: see the way out beside it.",
        )
    rows = f"{count(ground.count, 'row')} would be withheld"
    limit = "the limit for a list is" if in_list else "the limit is"
    help_ = "See why each is withheld, above."
    if ground.percent is None:
        return Words(f"{rows}, {limit} {ground.most or 0:,}", help_)
    limit += f" {value(ground.percent)}%"
    if ground.size is None:
        return Words(f"{rows} of an unknown number, {limit}", _COUNT)
    return Words(
        f"{ground.count:,} of {count(ground.size, 'row')} would be withheld{_share(ground.count, ground.size)}, {limit}",
        help_,
    )


def _share(part: int, whole: int) -> str:
    """` (77%)`: a whole number from 10 up, one decimal below. Empty if the whole is zero."""
    if not whole:
        return ""
    # Never 0.0%: a guard refuses, so it is more than nothing.
    percent = Fraction(100 * part, whole)
    return f" ({round(percent):,}%)" if percent >= 10 else f" ({max(float(percent), 0.1):.1f}%)"


def _too_few(ground: TooFew) -> Words:
    limit = f"{ground.related} of {_records(ground.records)} keep at least {ground.rows:,}"
    if ground.size is None:
        return _limited(f"{ground.gone:,} fewer, of an unknown number of rows", limit, _COUNT)
    saw = f"{ground.gone:,} of {ground.size:,} go, {max(ground.size - ground.gone, 0):,} stay"
    return _limited(saw, limit, "Add others first, then delete.")


def _untouchable(ground: UntouchableField | UntouchableKind) -> Words:
    help_ = "Take it out of the manifest."
    if isinstance(ground, UntouchableKind):
        return _limited(ground.action, f"no change of {ground.module}–{ground.related}", help_)
    saw = f"{ground.field} {value(ground.old)} {ARROW} {value(ground.new)}"
    return _limited(saw, f"{ground.field} is not touched", help_)


def _order(ground: Backwards | OutOfOrder) -> Words:
    limit = f"only forward in {f' {ARROW} '.join(ground.order)}"
    if isinstance(ground, Backwards):
        saw = f"{ground.field} {value(ground.old)} {ARROW} {value(ground.new)}"
        return _limited(saw, limit, "Write in the manifest what the CRM holds.")
    saw = f"{ground.field} {value(ground.value)}, which is not in the order"
    return _limited(saw, limit, "Add the value to `order`, where it belongs.")


def _price(ground: PriceStep | PriceBound | NoPrice, *, known: bool) -> Words:
    if isinstance(ground, NoPrice):
        saw = f"{ground.field} {value(ground.value)}"
        return _limited(saw, "a price is needed", "Write the price in the manifest.")
    if isinstance(ground, PriceStep):
        return _price_step(ground, known=known)
    saw, times = f"{ground.field} {value(ground.value)}", value(ground.times)
    if not ground.measure:
        return _limited(saw, f"never {ground.way} {times}", "Correct the price.")
    limit = f"never {ground.way} {ground.measure if ground.times == 1 else f'{times} * {ground.measure}'}"
    if known:
        return _limited(f"{saw} ({ground.measure} is {value(ground.measured)})", limit, "Correct the price.")
    saw += f", and Products/{ground.product} has no {ground.measure} that is known"
    return _limited(
        saw,
        limit,
        f"Give the product a {ground.measure} in the CRM, and let the token's user read the field.",
    )


def _price_step(ground: PriceStep, *, known: bool) -> Words:
    saw = f"{ground.field} {value(ground.old)} {ARROW} {value(ground.new)}"
    limit = f"at most {value(ground.percent)}% {ground.way}"
    if known:
        return _limited(saw, limit, "Move the price in smaller steps.")
    return _limited(
        saw, limit, "There is no old price to compare with: set it once by hand, or override the guard."
    )


def _of_the_moment(ground: CreditsShort | Frozen) -> Words:
    if isinstance(ground, Frozen):
        why = f" ({ground.why})" if ground.why else ""
        return _limited(
            f"it is {ground.at}", f"no writes {ground.window}{why}", "Apply when that time is over."
        )
    spent, limit = f"up to {ground.spent:,} credits of", f"{ground.keep:,} credits stay"
    if ground.left is None:
        return _limited(
            f"{spent} an unknown rest",
            limit,
            "Set `daily`, the org's credits a day: until half of them are used, Zoho does not tell what is left.",
        )
    return _limited(
        f"{spent} {'at least ' if ground.at_least else ''}{ground.left:,}",
        limit,
        "Apply later (credits come back 24 hours after their use), or plan fewer changes.",
    )


def _limited(saw: str, limit: str, help_: str) -> Words:
    return Words(f"{saw}; limit: {limit}", help_)


def _records(records: Records) -> str:
    """`Leads whose Email is *@vip.example`."""
    if records.id is not None:
        return f"{records.module}/{records.id}"
    if records.pattern is None:
        return records.module
    return f"{records.module} whose {records.field} is {records.pattern}"
