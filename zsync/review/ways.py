"""Whether a change of a setting in zsync.yaml loosens what guards the writes, or tightens it.

Told apart is only what has an order: numbers, switches, and whether a guard is there at all. Of a list, a window or an
address nobody can tell by looking at it, so it `changes`. Where in doubt, a change counts as loosening.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from zsync.model.consent import BUILT_IN
from zsync.model.verdicts import Way
from zsync.syntax.document import Node, Seq

_NUMERIC = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?) ?%?")
_GUARDING = frozenset({"org_id", "type", "waves"})
"""Settings of an environment that guard it by being there."""

_HIGHER_IS_TIGHTER = frozenset({("credits",), ("credits", "keep"), ("list_price", "min")})
_ABSENT_IS_TIGHTER = frozenset({("credits", "daily")})
"""Without `daily`, the guard on credits refuses unless Zoho says how many are left."""

_CONFLICTS = {"allow": 0, "withhold": 1, "refuse": 2}

_PER_CENT = frozenset({"percent", "max_rise", "max_fall"})
"""Settings that are per cents with the sign and without it."""


def way(path: Sequence[str], before: Node, after: Node) -> Way:
    """What a change of the setting at this path does once it is merged; None is a setting that is not there."""
    in_environment = path[:1] == ("environments",)
    match tuple(path[2:] if in_environment else path):
        case ("guards", *rest):
            return _guard(tuple(rest), before, after)
        case ("consent", *rest):
            return _consent(tuple(rest), before, after)
        case ("personal", *rest):
            return _masking(rest, before, after)
        case ("credit_reserve",) if in_environment:
            return _ordered(before or "0", after or "0", higher_is_tighter=True)
        case ("put",) if in_environment:
            return _present(was=before != "changed", now=after != "changed")
        case ("protected",) if in_environment:
            return _present(was=before is True, now=after is True)
        case (name,) if in_environment and name in _GUARDING:
            return _present(was=_there(before), now=_there(after))
    return "changes"


def _guard(path: tuple[str, ...], before: Node, after: Node) -> Way:
    if path == ("conflicts",):
        return _policy(before, after)
    if not (_there(before) and _there(after)):
        was, now = _there(before), _there(after)
        return _present(was=now, now=was) if path in _ABSENT_IS_TIGHTER else _present(was=was, now=now)
    if path[-1:] and path[-1] in _PER_CENT:
        before, after = (str(side).removesuffix("%").strip() for side in (before, after))
    return _ordered(before, after, higher_is_tighter=path in _HIGHER_IS_TIGHTER)


def _policy(before: Node, after: Node) -> Way:
    """What becomes of conflicts is always in order: a file that says nothing says `withhold`."""
    was, now = (_CONFLICTS.get("withhold" if side is None else str(side)) for side in (before, after))
    if was is None or now is None or was == now:
        return "changes"
    return "tightens" if now > was else "loosens"


def _consent(path: tuple[str, ...], before: Node, after: Node) -> Way:
    """Whom `consent:` keeps out: fewer after a change, or more. Where the file is silent, its defaults count."""
    match path:
        case ("off",) | ("types" | "lists", _, "off"):
            return _present(was=not _there(before), now=not _there(after))
        case ("types" | "lists", name):
            return _kept_out(path[0], name, before, after)
        case ("fields", name) if not _there(before) and name not in {each.name for each in BUILT_IN}:
            return "tightens"
        case ("fields" | "never" | "order", *_):
            usual = _USUAL.get(path[1], []) if path[0] == "fields" else []
            was, now = (usual if side is None else _several(side) for side in (before, after))
            if was == now:
                return "changes"
            # An order that is only rearranged lets others advance than before.
            return (
                "tightens"
                if len(now) > len(was) and was == [each for each in now if each in was]
                else "loosens"
            )
    return "changes"


def _kept_out(part: str, name: str, before: Node, after: Node) -> Way:
    # What a Type is by default is known for one that is written out. Of a list it depends on the campaign.
    usual = "withhold" if part == "lists" or name.strip().casefold() in ("", "email") else "warn"
    was, now = (_POLICIES.get(str(side or usual)) for side in (before, after))
    if was is None or now is None:
        return "loosens"
    return "changes" if was == now else "tightens" if now > was else "loosens"


_POLICIES = {"warn": 1, "withhold": 2}


_USUAL: Mapping[str, list[Node]] = {
    each.name: ["any" if value is ... else value for value in each.values] for each in BUILT_IN
}
"""Which values of Zoho's own fields mean no where the file is silent."""


def _several(node: Node) -> list[Node]:
    return list(node) if isinstance(node, Seq) else [node] if _there(node) else []


def _masking(path: list[str], before: Node, after: Node) -> Way:
    if path == ["default"]:
        before, after = before or "mask", after or "mask"
    if after == "mask":
        return "tightens"
    # What is named no more may be masked or shown from then on.
    return "loosens" if after == "show" or before == "mask" else "changes"


def _ordered(before: Node, after: Node, *, higher_is_tighter: bool) -> Way:
    """Which of two numbers is tighter. In another unit, the limit of the old one is gone; of other values nobody can tell."""
    was, now = _number(before), _number(after)
    if was is None or now is None:
        return "changes"
    if str(before).endswith("%") != str(after).endswith("%"):
        return "loosens"
    if was == now:
        return "changes"
    return "tightens" if (now > was) is higher_is_tighter else "loosens"


def _number(node: Node) -> Decimal | None:
    found = _NUMERIC.fullmatch(node) if isinstance(node, str) else None
    return Decimal(found[1]) if found else None


def _present(*, was: bool, now: bool) -> Way:
    if was == now:
        return "changes"
    return "tightens" if now else "loosens"


def _there(node: Node) -> bool:
    return node is not None and node != [] and node != {}
