"""What guards have to say of rows that a plan leaves out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.guards.test_evaluation import NOW, change, plan
from tests.guards.test_grounds import AT, HERE, said, verdict
from zsync.errors import UsageError
from zsync.guards.counts import Limit
from zsync.guards.evaluation import Guards, Rule, check_overrides, evaluate, with_default
from zsync.guards.times import Dates, FreezeWindow
from zsync.guards.unusable import UnusableBase
from zsync.guards.withheld import Conflicting, Withholding
from zsync.model import Conflicts, Plan, Withheld
from zsync.model.grounds import BaseUnusable, TooManyWithheld, Undecided
from zsync.model.verdicts import Override, Verdict


def conflicts(policy: Conflicts, name: str = "g") -> Conflicting:
    """The guard on conflicts."""
    return Conflicting(name, AT, policy)


def leaving_out(*reasons: str) -> Plan:
    """A plan that changes nothing, and leaves out a row of one list for each reason."""
    rows = (Withheld(reason, change("update", at)) for at, reason in enumerate(reasons))  # type: ignore[arg-type]
    return replace(plan([change("update", 1)]), changes=(), requests=(), withheld=tuple(rows))


@pytest.mark.parametrize(
    ("rule", "reasons", "verdicts"),
    [
        (conflicts("refuse"), ("conflict", "unmatched", "conflict"), [verdict(Undecided(2))]),
        (conflicts("refuse"), ("unmatched",), []),
        (conflicts("withhold"), ("conflict",), []),
        (conflicts("allow"), ("conflict",), []),
        (Withholding("g", AT, frozenset(), Limit(1), Limit()), ("conflict", "unmatched"), [verdict(TooManyWithheld(2, 1), HERE)]),
        (Withholding("g", AT, frozenset(), Limit(2), Limit(2)), ("conflict", "unmatched"), []),
        (Withholding("g", AT, frozenset(), Limit(), Limit(None, Decimal(1))), ("unmatched",) * 2, [verdict(TooManyWithheld(2, None, Decimal(1), 100))]),
        (FreezeWindow("g", AT, Dates(NOW, NOW.replace(hour=23), "", "")), ("conflict",), []),
    ],
)  # fmt: skip
def test_what_is_left_out_is_counted_where_nothing_is_changed(
    rule: Rule, reasons: tuple[str, ...], verdicts: list[Verdict]
) -> None:
    assert said(rule, leaving_out(*reasons)) == verdicts


@pytest.mark.parametrize(
    ("mine", "base", "policy"),
    [
        ([], [], "withhold"),
        (["allow"], [], "allow"),
        (["allow"], ["withhold"], "withhold"),
        (["refuse", "withhold"], [], "refuse"),
        (["allow"], ["refuse"], "refuse"),
        ([], ["allow"], "withhold"),
    ],
)
def test_of_two_policies_the_stricter_decides_what_becomes_of_conflicts(
    mine: list[Conflicts], base: list[Conflicts], policy: Conflicts
) -> None:
    assert Guards(tuple(map(conflicts, mine)), base=tuple(map(conflicts, base))).conflicts == policy


def test_a_base_that_says_nothing_of_conflicts_withholds_them() -> None:
    frozen = FreezeWindow("freeze", AT, Dates(NOW, NOW, "", ""))
    assert with_default((frozen,)) == (frozen, Conflicting("conflicts", None, "withhold"))
    assert with_default((conflicts("allow"),)) == (conflicts("allow"),)


def test_conflicts_can_be_decided_though_no_guard_names_them() -> None:
    with pytest.raises(UsageError, match="'max_deletes' is not in force"):
        check_overrides([Override("conflicts", "why"), Override("max_deletes", "why")], Guards())


def test_guards_that_nobody_can_read_refuse_every_change() -> None:
    guards = Guards().besides([UnusableBase("4f1c2ab", "line 3 is no YAML")])
    (one,) = evaluate(plan([change("update", 1)]), guards, NOW)
    assert one == Verdict("base", BaseUnusable("4f1c2ab", "line 3 is no YAML"), evaluated=False, base=True)
