"""Counts, times and values as people read them. Text from outside is not escaped yet."""

import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from shlex import quote
from typing import Any, NamedTuple

from zsync.model import Action, Binding, Change, Conversion, Cost, Plan, Report, Summary
from zsync.model.fields import empty, field_changes
from zsync.model.moves import move, per_cent
from zsync.model.objections import Objection
from zsync.model.plans import NoBase
from zsync.model.selectors import selectors

ARROW = "→"
RUNES: Mapping[Action, str] = {"delete": "-", "update": "~", "create": "+"}
"""Action → its sign, in the order in which people should read them: deletions first."""

_LEAD = 12
_SAID = 60


class FieldText(NamedTuple):
    """A field of a change. `old` is None for a create and for a field that is only `carried`, `new` for a delete. Not escaped yet.

    `move` says by how many per cent a number moves: `−89%`; else it is empty.
    """

    name: str
    old: str | None
    new: str | None
    move: str = ""
    carried: bool = False

    @property
    def sides(self) -> str:
        """`88.9 → 9.99 −89%`."""
        return f" {ARROW} ".join(side for side in (self.old, self.new) if side is not None) + (
            f" {self.move}" if self.move else ""
        )


def count(number: int, noun: str) -> str:
    """`1 request`, `2 requests`, `15,000 requests`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """A measured time: `0.4 s`, `12 s`, `2 min 5 s`, `1 h 3 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    # 9.95 rounds to 10.0: above it, a decimal would promise more than a measurement holds.
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def estimate(seconds: float) -> str:
    """An estimated time: `under 1 s`, `about 12 s`, `about 2 min 5 s`."""
    if seconds < 1:
        return "under 1 s"
    return f"about {round(seconds)} s" if seconds < 10 else f"about {duration(seconds)}"


def expense(cost: Cost) -> str:
    """What an apply takes: `2 requests (more if Zoho refuses one) · 3–12 credits · about 1 s`."""
    # A request that is refused as a whole is sent again in pieces, to find the row that is to blame.
    return _expense(cost, " (more if Zoho refuses one)" if cost.writes else "")


def _expense(cost: Cost, more: str = "") -> str:
    low, high = cost.credits
    credits_ = count(low, "credit") if low == high else f"{low:,}–{high:,} credits"
    return f"{count(cost.writes, 'request')}{more} · {credits_} · {estimate(cost.seconds)}"


def totals(summary: Summary) -> str:
    """`1 to delete, 0 to update, 2 to create`."""
    return f"{summary.delete:,} to delete, {summary.update:,} to update, {summary.create:,} to create"


def nothing_to_do(plan: Plan, shown: Callable[[str], str] = str) -> str:
    """The sentence that takes the place of a plan without changes; `shown` makes the selectors inert, which a stranger may have written."""
    only = shown(options(plan.only))
    if plan.withheld:
        what = f"matches {only}" if plan.only else "differs"
        return f"Nothing to write: all that {what} is withheld."
    if plan.only:
        return f"No changes match {only}."
    checked = f"{count(plan.summary.unchanged, 'relation')} checked"
    return f"Nothing to do: the CRM equals the manifests. {checked}{_unmanaged(plan)}."


def _unmanaged(plan: Plan) -> str:
    """`, 2 unmanaged: 302 in the CRM, 300 in manifests`; empty where nothing is, or nobody counted."""
    extra = sum(state.unmanaged or 0 for state in plan.lists)
    if not extra:
        return ""
    held = sum(state.size or 0 for state in plan.lists)
    return f", {extra:,} unmanaged: {held:,} in the CRM, {held - extra:,} in manifests"


def org(binding: Binding) -> str:
    """`org 60001 (sandbox)`."""
    kind = f" ({binding.org_type})" if binding.org_type else ""
    return f"org {binding.org_id or 'unknown'}{kind}"


def tokens(binding: Binding) -> str:
    """Where the secrets go: `tokens from accounts.zoho.eu`. Empty if no server is known."""
    return f"tokens from {host(binding.accounts_url)}" if binding.accounts_url else ""


def sends(binding: Binding) -> str:
    """What updates send, where that is not everything. Empty where it is."""
    return "updates send changed fields only" if binding.put == "changed" else ""


_WITHOUT: Mapping[NoBase, str] = {
    "asked": "as --no-base asks",
    "no-git": "there is no Git repository here, or no Git",
    "no-commit": "the repository has none yet",
}


def compared(plan: Plan) -> str:
    """What the manifests were compared with: `compared with main at 4f1c2ab`; of an undo, whose guards hold, if there is a base."""
    base, at = plan.binding.base, commit_name(plan.binding)
    if base.without == "undo":
        return f"guards of {at} hold as well" if at else ""
    if base.without == "unreadable":
        return f"compared with no commit: the manifests of {at} have errors"
    if base.without:
        return f"compared with no commit: {_WITHOUT[base.without]}"
    rows = len(plan.open)
    own = (
        f", and {count(rows, 'row')} with {'a base' if rows == 1 else 'bases'} of {'its' if rows == 1 else 'their'} own"
        if rows
        else ""
    )
    return f"compared with {at}{own}" if at else ""


def commit_name(binding: Binding) -> str:
    """The commit that a plan was judged against: `main at 4f1c2ab`, `4f1c2ab`. Empty where there was none."""
    name, short = binding.base.name, (binding.base.agreed or binding.base.commit)[:7]
    return f"{name} at {short}" if name and short else short


def host(url: str) -> str:
    """An address as people read it, without https."""
    return url.removeprefix("https://")


def value(this: Any) -> str:
    """A field's value on one line: numbers plain, nested values as compact JSON, None as `(empty)`."""
    if isinstance(this, str):
        return this if this and this == this.strip() else f'"{this}"'
    if this is None:
        return "(empty)"
    if isinstance(this, bool):
        return "true" if this else "false"
    if isinstance(this, Decimal):
        return format(this, "f")
    return str(this) if isinstance(this, int) else _compact_json(this)


def objected(objection: Objection) -> str:
    """Why a person does not enter or advance: `Email_Opt_Out is true`, `listed in relations/suppress.csv:17`."""
    match objection.cause:
        case "field":
            told = f"{objection.field} is {cut(value(objection.value), _SAID)}"
        case "never":
            told = f"listed in {objection.file}:{objection.line}"
        case "unread":
            told = (
                f"{objection.field} cannot be read" if objection.field else "the CRM does not show the record"
            )
    return f"{told} (the base's rule)" if objection.base else told


def cut(text: str, limit: int) -> str:
    """At most `limit` characters. The last is `…` if something was cut off."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def fields(change: Change, limit: int | None = 60) -> list[FieldText]:
    """The fields that a change is about, in the order of the manifest, and then those that it carries and that hold something.

    Values are cut to `limit` characters, if given. A field that another side moved than the row is named with its origin:
    `Seats (drift)`.
    """
    limit = sys.maxsize if limit is None else limit
    found = [
        shown._replace(field=f"{shown.field} ({origin})")
        if (origin := change.origins.get(shown.field.partition("[")[0]))
        else shown
        for shown in field_changes(change.before, change.after)
    ]
    if change.before is None:
        return [FieldText(name, None, cut(value(new), limit)) for name, _, new in found]
    carried = [(name, cut(value(held), limit)) for name, held in change.carried.items() if not empty(held)]
    if change.after is None:
        gone = [(name, cut(value(old), limit)) for name, old, _ in found]
        return [FieldText(name, old, None) for name, old in (*gone, *carried)]
    return [
        *(FieldText(name, *_pair(old, new, limit), moved(old, new)) for name, old, new in found),
        *(FieldText(name, None, f"{held} (carried)", carried=True) for name, held in carried),
    ]


def moved(old: Any, new: Any) -> str:
    """By how many per cent a number moves: `−89%`. Empty from zero, and for what is no number."""
    step = move(old, new)
    return per_cent(step.percent) if step and step.percent is not None else ""


def _pair(old: Any, new: Any, limit: int) -> tuple[str, str]:
    """Both values so that a reader sees how they differ, even if only in type or beyond the cut."""
    left, right = value(old), value(new)
    if left == right:
        # The number 1 and the text "1" differ: quotes say which is the text.
        left, right = (
            f'"{this}"' if isinstance(this, str) else text for this, text in ((old, left), (new, right))
        )
    if len(left) <= limit and len(right) <= limit:
        return left, right
    same = next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )
    if same >= limit - 1:
        # What both have in common would fill the line. It is cut, except a few characters that show where the difference is.
        left, right = (f"…{text[same - _LEAD :]}" for text in (left, right))
    return cut(left, limit), cut(right, limit)


def _compact_json(this: Any) -> str:
    import simplejson

    return str(
        simplejson.dumps(
            this, use_decimal=True, ensure_ascii=False, separators=(",", ":"), default=_json_default
        )
    )


def _json_default(this: Any) -> Any:
    return dict(this) if isinstance(this, Mapping) else str(this)


def used(report: Report) -> str:
    """What a run took, next to what its plan estimated. A call takes at least one credit."""
    calls = report.reads + report.writes
    return f"planned: {_expense(report.plan.cost)} · used: {count(calls, 'call')} to apply, {duration(report.seconds)}"


_CHANGES = ("change",)


def partial(plan: Plan) -> str:
    """That the plan is narrowed, and how. Empty if it is whole, or lacks nothing: where nothing drifted, all are changes."""
    if plan.only == _CHANGES:
        moved = f"{count(plan.drifted, 'row')} that the CRM alone moved {'is' if plan.drifted == 1 else 'are'} left alone"
        told = f"only change: {moved}. `zsync drift` shows {'it' if plan.drifted == 1 else 'them'}; --only drift, in CI in a run that "
        return f"{told}you start by hand, puts Git's values back" if plan.drifted else ""
    return f"only {selectors(plan.only)}: a partial plan, other changes are left out" if plan.only else ""


def options(only: Sequence[str]) -> str:
    """Selectors as they are typed: `--only drift --only 'Campaigns/Spring 2027/*'`."""
    return " ".join(f"--only {quote(each)}" for each in only)


def drifted(plan: Plan) -> str:
    """How many of the changes put right what changed in the CRM, as an addition to the totals. Empty if none do."""
    number = sum(change.origin == "drift" for change in plan.changes)
    return f", {number:,} of them drift" if number else ""


def converted(conversion: Conversion) -> str:
    """`converted on 2026-11-20 to contact 401`, as far as the CRM says it."""
    when = f" on {conversion.at[:10]}" if conversion.at else ""
    to = f" to contact {conversion.contact}" if conversion.contact else " to a contact"
    return f"converted{when}{to}"
