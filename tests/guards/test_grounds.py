"""Every verdict whole: its guard, its ground, its list, its row, its place in zsync.yaml; and what guards have to know."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.guards.test_evaluation import MEMBER, NOW, PRICE, change, many, plan, price, status
from zsync.errors import GuardRefused, PlanRefused, UsageError
from zsync.guards.counts import Counting, FieldOf, Limit, MinSize, Need, Protected
from zsync.guards.evaluation import (
    GUARDS,
    SHOWN,
    Guards,
    Rule,
    check_binding,
    check_names,
    check_overrides,
    evaluate,
    refusal,
    standing,
)
from zsync.guards.fields import Order, PriceLimit, Prices, Untouchable
from zsync.guards.times import CreditReserve, Dates, FreezeWindow, Weekly
from zsync.kinds import KINDS, Kind
from zsync.model import Action, Change, Plan, Span
from zsync.model.grounds import (
    Backwards,
    BaseUnusable,
    CreditsShort,
    Frozen,
    Ground,
    More,
    NoPrice,
    OutOfOrder,
    PriceBound,
    PriceStep,
    ProtectedRecord,
    Records,
    TooFew,
    TooMany,
    Undecided,
    Unread,
    UntouchableField,
    UntouchableKind,
)
from zsync.model.verdicts import Override, RecordFields, Verdict

AT = Span("zsync.yaml", 7, 3)
HERE, SHELF = "Campaigns/501/Leads", "Price_Books/701/Products"
TURNED = ("Leads", "Campaigns")
ALL: frozenset[Action] = frozenset({"create", "update", "delete"})
DELETES: frozenset[Action] = frozenset({"delete"})
FIVE = Decimal(5)


def said(rule: Rule, made: Plan, **moment: Any) -> list[Verdict]:
    """What a guard has against a plan."""
    return list(evaluate(made, Guards((rule,)), moment.pop("now", NOW), **moment))


def verdict(ground: Ground, where: str = "", row: int | None = None, *, evaluated: bool = True) -> Verdict:
    """A verdict of the guard `g`."""
    return Verdict("g", ground, where, row, evaluated, AT)


def counting(actions: frozenset[Action], per_list: Limit, in_all: Limit | None = None) -> Counting:
    """A limit on changes."""
    return Counting("g", AT, actions, per_list, in_all or Limit())


@pytest.mark.parametrize(
    ("rule", "size", "verdicts"),
    [
        (counting(DELETES, Limit(1)), 9, [verdict(TooMany(2, "delete", most=1), HERE)]),
        (counting(ALL, Limit(1)), 9, [verdict(TooMany(2, None, most=1), HERE)]),
        (counting(DELETES, Limit(), Limit(1)), 9, [verdict(TooMany(2, "delete", most=1))]),
        (counting(DELETES, Limit(None, FIVE)), 9, [verdict(TooMany(2, "delete", None, FIVE, 9), HERE)]),
        (counting(DELETES, Limit(None, FIVE)), None, [verdict(TooMany(2, "delete", None, FIVE), HERE, evaluated=False)]),
        (counting(DELETES, Limit(), Limit(None, FIVE)), 9, [verdict(TooMany(2, "delete", None, FIVE, 9))]),
        (counting(DELETES, Limit(1, FIVE)), 40, [verdict(TooMany(2, "delete", most=1), HERE)]),
        (counting(DELETES, Limit(2, FIVE)), 40, []),
    ],
)  # fmt: skip
def test_a_limit_says_what_it_counted(rule: Counting, size: int | None, verdicts: list[Verdict]) -> None:
    assert said(rule, plan(many("delete", 2), size)) == verdicts


LEAD, CAMPAIGN = Records("Leads", "Email", pattern="vip*"), Records("Campaigns", "id", id="501")


@pytest.mark.parametrize(
    ("rule", "changes", "fields", "verdicts"),
    [
        (Protected("g", AT, CAMPAIGN), many("update", 2), {}, [verdict(ProtectedRecord("update", "Campaigns", "501", CAMPAIGN), HERE, row) for row in (0, 1)]),
        (Protected("g", AT, LEAD), many("delete", 2), {"1": "VIP@acme.example", "0": None}, [verdict(ProtectedRecord("delete", "Leads", "1", LEAD), "Leads/1/Campaigns", 1)]),
        (Protected("g", AT, LEAD), many("delete", 1), {}, [verdict(Unread("Leads", "0", "Email"), "Leads/0/Campaigns", 0, evaluated=False)]),
        (MinSize("g", AT, CAMPAIGN, "Leads", 99), many("delete", 2), {}, [verdict(TooFew(CAMPAIGN, "Leads", 99, 2, 100), HERE)]),
        (MinSize("g", AT, CAMPAIGN, "Leads", 98), many("delete", 2), {}, []),
        (MinSize("g", AT, Records("Campaigns", "Type", pattern="Fair"), "Leads", 9), many("delete", 1), {}, [verdict(Unread("Campaigns", "501", "Type"), HERE, evaluated=False)]),
    ],
)  # fmt: skip
def test_records_and_lists_that_are_kept_are_named(
    rule: Rule, changes: list[Change], fields: dict[str, Any], verdicts: list[Verdict]
) -> None:
    records = [RecordFields("Leads", one, {"Email": value}) for one, value in fields.items()]
    assert said(rule, plan(changes, records=records)) == verdicts


def test_a_least_size_of_a_list_that_nobody_counted_cannot_be_told() -> None:
    rule = MinSize("g", AT, CAMPAIGN, "Leads", 1)
    (one,) = said(rule, plan(many("delete", 1), None))
    assert one == verdict(TooFew(CAMPAIGN, "Leads", 1, 1, None), HERE, evaluated=False)


WAY = ("Planned", "Sent", "Responded")


@pytest.mark.parametrize(
    ("one", "ground"),
    [
        (status("Sent", "Planned"), Backwards("Member_Status", "Sent", "Planned", WAY)),
        (status("Sent", "Sent"), None),
        (status("Opened", "Opened"), None),
        (status(None, "Planned", "create"), None),
        (status(None, "Opened", "create"), OutOfOrder("Member_Status", "Opened", WAY)),
        (status("Opened", "Sent"), OutOfOrder("Member_Status", "Opened", WAY)),
        (status("Sent", "Opened"), OutOfOrder("Member_Status", "Opened", WAY)),
        (change("update", 1, before={}, after={"Member_Status": "Sent"}), OutOfOrder("Member_Status", None, WAY)),
        (change("update", 1, before={"Member_Status": "Sent"}, after={"Seat": "A"}), None),
        (change("delete", 1, before={"Member_Status": "Opened"}), None),
    ],
)  # fmt: skip
def test_a_status_that_goes_back_or_has_no_place_is_told(one: Change, ground: Any) -> None:
    expected = [verdict(ground, HERE, 0, evaluated=isinstance(ground, Backwards))] if ground else []
    assert said(Order("g", AT, WAY), plan([one])) == expected


@pytest.mark.parametrize(
    ("rule", "one", "verdicts"),
    [
        (Untouchable("g", AT, frozenset({"list_price"})), price(5, 6), [verdict(UntouchableField("list_price", 5, 6), SHELF, 0)]),
        (Untouchable("g", AT, frozenset({"list_price"})), price(None, 6, "create"), [verdict(UntouchableField("list_price", None, 6), SHELF, 0)]),
        (Untouchable("g", AT, frozenset({"list_price"})), price(5, Decimal("5.0")), []),
        (Untouchable("g", AT, frozenset({"Seat"})), change("update", 1, before={}, after={"Seat": None}), [verdict(UntouchableField("Seat", None, None), HERE, 0)]),
        (Untouchable("g", AT, pairs=frozenset({frozenset(MEMBER)})), change("delete", 1), [verdict(UntouchableKind("delete", "Campaigns", "Leads"), HERE, 0)]),
        (Untouchable("g", AT, pairs=frozenset({frozenset(PRICE)})), change("delete", 1), []),
    ],
)  # fmt: skip
def test_what_is_not_to_be_touched_is_told_with_its_values(
    rule: Rule, one: Change, verdicts: list[Verdict]
) -> None:
    assert said(rule, plan([one])) == verdicts


def prices(**limits: Any) -> Prices:
    """Limits on prices."""
    return Prices("g", AT, **limits)


HALF = PriceLimit(Decimal("0.5"), "Unit_Price")


@pytest.mark.parametrize(
    ("rule", "one", "unit", "ground", "evaluated"),
    [
        (prices(rise=FIVE), price(100, 106), None, PriceStep("list_price", 100, 106, "up", FIVE), True),
        (prices(fall=FIVE), price(100, 94), None, PriceStep("list_price", 100, 94, "down", FIVE), True),
        (prices(rise=FIVE), price(100, 105), None, None, True),
        (prices(rise=FIVE), price(100, 1), None, None, True),
        (prices(rise=FIVE, fall=FIVE), price("?", 6), None, PriceStep("list_price", "?", 6, "up", FIVE), False),
        (prices(fall=FIVE), price(None, 6), None, PriceStep("list_price", None, 6, "down", FIVE), False),
        (prices(low=PriceLimit(FIVE)), price(9, 4), None, PriceBound("list_price", 4, "below", FIVE, "601"), True),
        (prices(high=PriceLimit(FIVE)), price(9, 6), None, PriceBound("list_price", 6, "above", FIVE, "601"), True),
        (prices(low=PriceLimit(FIVE), high=PriceLimit(FIVE)), price(9, 5), None, None, True),
        (prices(low=HALF), price(9, 4), 10, PriceBound("list_price", 4, "below", HALF.times, "601", "Unit_Price", 10), True),
        (prices(low=HALF), price(9, 5), 10, None, True),
        (prices(high=HALF), price(9, 4), None, PriceBound("list_price", 4, "above", HALF.times, "601", "Unit_Price"), False),
        (prices(low=PriceLimit(FIVE)), price(9, "x"), None, NoPrice("list_price", "x"), False),
        (prices(low=PriceLimit(FIVE)), price(9, True), None, NoPrice("list_price", True), False),
        (prices(low=PriceLimit(FIVE)), price(None, 4, "create"), None, PriceBound("list_price", 4, "below", FIVE, "601"), True),
        (prices(rise=FIVE), price(None, 4, "create"), None, None, True),
    ],
)  # fmt: skip
def test_a_price_is_told_with_what_bounds_it(
    rule: Prices, one: Change, unit: Any, ground: Any, evaluated: bool
) -> None:
    records = [] if unit is None else [RecordFields("Products", "601", {"Unit_Price": unit})]
    expected = [verdict(ground, SHELF, 0, evaluated=evaluated)] if ground else []
    assert said(rule, plan([one], records=records)) == expected


def test_credits_are_told_with_what_would_be_left() -> None:
    made = plan(many("update", 1))
    spent = made.cost.credits[1] - made.cost.reads
    assert said(CreditReserve("g", AT, 100), made) == [
        verdict(CreditsShort(spent, 100, None), evaluated=False)
    ]
    assert said(CreditReserve("g", AT, 100), made, credits_left=99) == [verdict(CreditsShort(spent, 100, 99))]
    assert said(CreditReserve("g", AT, 100, 101), made) == [
        verdict(CreditsShort(spent, 100, 50, at_least=True))
    ]
    assert said(CreditReserve("g", AT, 100, 101), made, credits_left=100 + spent) == []


def test_a_freeze_is_told_with_the_time_and_its_reason() -> None:
    window = Dates(NOW, NOW + timedelta(hours=1), "today", "the fair")
    assert said(FreezeWindow("g", AT, window), plan(many("update", 1))) == [
        verdict(Frozen("2027-03-01T12:00+00:00", "today", "the fair"))
    ]


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [
        (720, 721, True),
        (719, 720, False),
        (721, 720, False),
        (7 * 1440 - 1, 721, True),
        (7 * 1440 - 1, 720, False),
    ],
)
def test_a_weekly_freeze_may_pass_over_the_end_of_a_week(start: int, end: int, held: bool) -> None:
    # NOW is a Monday at 12:00, the 720th minute of the week.
    assert Weekly(start, end, UTC, "", "").holds(NOW) is held


MANY = plan([change("delete", 1), change("update", 2, "301", TURNED), price(5, 6)])


@pytest.mark.parametrize(
    ("rule", "needs"),
    [
        (counting(DELETES, Limit(1)), set()),
        (counting(DELETES, Limit(None, FIVE)), {("Campaigns", "501", "Leads")}),
        (counting(ALL, Limit(), Limit(None, FIVE)), {("Campaigns", "501", "Leads"), ("Campaigns", "2", "Leads"), ("Price_Books", "701", "Products")}),
        (Protected("g", AT, CAMPAIGN), set()),
        (Protected("g", AT, LEAD), {FieldOf("Leads", "1", "Email"), FieldOf("Leads", "301", "Email")}),
        (MinSize("g", AT, CAMPAIGN, "Leads", 1), {("Campaigns", "501", "Leads")}),
        (MinSize("g", AT, LEAD, "Campaigns", 1), {("Leads", "1", "Campaigns"), FieldOf("Leads", "1", "Email")}),
        (prices(low=HALF, high=PriceLimit(FIVE, "Cost"), rise=FIVE), {FieldOf("Products", "601", "Unit_Price"), FieldOf("Products", "601", "Cost")}),
        (prices(low=PriceLimit(FIVE), rise=FIVE), set()),
        (Order("g", AT, WAY), set()),
        (Untouchable("g", AT, frozenset({"list_price"})), set()),
        (CreditReserve("g", AT, 1), set()),
        (FreezeWindow("g", AT, Dates(NOW, NOW, "", "")), set()),
    ],
)  # fmt: skip
def test_a_guard_asks_for_what_it_has_to_know_and_no_more(rule: Rule, needs: set[Need]) -> None:
    other = CreditReserve("credits", AT, 1)
    assert Guards((other, rule)).needs(MANY) == needs


def test_verdicts_beyond_the_most_that_are_shown_are_counted() -> None:
    rule = Protected("g", AT, CAMPAIGN)
    assert len(said(rule, plan(many("update", SHOWN)))) == SHOWN
    *_, last = said(rule, plan(many("update", SHOWN + 2)))
    assert last == verdict(More(2))


def test_credits_of_now_count_when_a_plan_is_applied() -> None:
    held, made = Guards((CreditReserve("credits", None, 100),)), plan(many("update", 1))
    assert [one.evaluated for one in standing(made, held, NOW)] == [False]
    assert standing(made, held, NOW, 9999) == ()
    assert [one.evaluated for one in standing(made, held, NOW, 1)] == [True]


def message(call: Any, kind: type[Exception]) -> tuple[str, str]:
    """What an error says, and what to do."""
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value), getattr(caught.value, "help", "")


def test_a_refusal_names_its_guards_and_what_to_do() -> None:
    def refused(names: Iterable[str]) -> tuple[str, str]:
        error = refusal([Verdict(name, NoPrice("list_price", 1)) for name in names])
        assert isinstance(error, GuardRefused)
        return str(error), error.help

    advice = (
        'See above what each of them saw. To set one aside for this run: `--override {0} --reason "why"`. '
        "What it means: `zsync explain {0}`."
    )
    assert refused(["freeze", "freeze"]) == ("1 guard refuses the plan: freeze", advice.format("freeze"))
    assert refused(["credits", "freeze"]) == (
        "2 guards refuse the plan: credits, freeze",
        advice.format("credits"),
    )


@pytest.mark.parametrize(
    ("one", "advice"),
    [
        (Verdict("conflicts", Undecided(1)), "`--override conflicts=SELECTOR --reason"),
        (Verdict("freeze", More(1), base=True), "Merge the change of zsync.yaml by itself first, then plan again."),
        (Verdict("base", BaseUnusable("main", "x"), base=True), "Merge a valid zsync.yaml by itself first, then plan again."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_gets_past_its_guard(one: Verdict, advice: str) -> None:
    assert advice in refusal([one]).help


def test_names_of_guards_that_there_are_not_are_told_with_the_nearest() -> None:
    check_names(GUARDS)
    guards = f"Guards are: {', '.join(GUARDS)}."
    assert message(lambda: check_names(["max_delete"]), UsageError) == (
        "there is no guard 'max_delete'",
        f"Did you mean max_deletes? {guards}",
    )
    assert message(lambda: check_names(["xyz"]), UsageError) == ("there is no guard 'xyz'", guards)


def test_a_guard_that_is_not_in_force_cannot_be_set_aside() -> None:
    aside = [Override("freeze", "why")]
    two = Guards((CreditReserve("max_updates", None, 1), CreditReserve("credits", None, 1)))
    assert message(lambda: check_overrides(aside, two), UsageError) == (
        "the guard 'freeze' is not in force",
        "In force are: credits, max_updates. Leave this --override out.",
    )
    assert "In force are: none." in message(lambda: check_overrides(aside, Guards()), UsageError)[1]


def test_a_plan_of_other_guards_says_which_and_one_without_changes_does_not_mind() -> None:
    made = plan(many("update", 1))
    assert message(lambda: check_binding(made, Guards(digest="sha256:x")), PlanRefused) == (
        f"the plan was made under other guards: theirs are {made.binding.guards}, in force are sha256:x",
        "Make a new plan: `zsync plan --out FILE`. Run `apply` where the zsync.yaml of the manifests is found.",
    )
    check_binding(plan([]), Guards(digest="sha256:x"))


def test_the_monday_of_these_tests_is_one() -> None:
    assert (NOW.weekday(), NOW) == (0, datetime(2027, 3, 1, 12, tzinfo=UTC))


def test_the_minutes_of_an_hour_count_for_a_weekly_freeze() -> None:
    half_past = NOW + timedelta(minutes=30)
    assert Weekly(750, 751, UTC, "", "").holds(half_past)
    assert not Weekly(690, 691, UTC, "", "").holds(half_past)


def test_a_limit_counts_for_the_price_book_or_the_first_module_of_a_kind() -> None:
    own = Kind("Campaigns", "Deals")
    turned = [change("update", 701, "601", PRICE[::-1]), change("update", 501, "7", ("Deals", "Campaigns"))]
    guards = Guards((counting(ALL, Limit(0)),), kinds=(*KINDS, own))
    assert [one.place for one in evaluate(plan(turned), guards, NOW)] == [SHELF, "Campaigns/501/Deals"]
    unknown = Guards((counting(ALL, Limit(0)),))
    assert [one.place for one in evaluate(plan(turned[1:]), unknown, NOW)] == ["Deals/7/Campaigns"]


@pytest.mark.parametrize(
    ("value", "pattern", "matches"),
    [
        (None, "", True),
        (None, "*", True),
        (None, "none", False),
        (None, "xxxx", False),
        (17, "1?", True),
        ("VIP", "vip", True),
        ("\uff36\uff29\uff30", "vip", True),
        ("vip", "VI", False),
    ],
)
def test_a_pattern_is_held_against_the_whole_value_in_whatever_case(
    value: Any, pattern: str, matches: bool
) -> None:
    rule = Protected("g", AT, Records("Leads", "Email", pattern=pattern))
    made = plan(many("update", 1), records=[RecordFields("Leads", "0", {"Email": value})])
    assert bool(said(rule, made)) is matches


def test_the_rest_is_counted_as_the_first_was_judged() -> None:
    known = [RecordFields("Leads", str(n), {"Email": "vip"}) for n in range(1, SHOWN + 2)]
    *_, last = said(Protected("g", AT, LEAD), plan(many("update", SHOWN + 2), records=known))
    assert last == verdict(More(2), evaluated=False)


def test_every_price_of_a_plan_is_looked_at_whatever_stands_before_it() -> None:
    some = [
        change("delete", 1),
        change("update", 601, "701", PRICE, before={"list_price": 5}, after={"list_price": Decimal("5.0")}),
        change("update", 601, "701", PRICE, before={"list_price": 5}, after={"Note": "x"}),
        price(9, "x"),
        price(9, 4),
    ]
    found = said(prices(low=PriceLimit(FIVE)), plan(some))
    assert [(one.change, one.evaluated) for one in found] == [(3, False), (4, True)]
    assert Guards((prices(low=HALF),)).needs(plan(some)) == {FieldOf("Products", "601", "Unit_Price")}


def test_the_guards_of_the_base_ask_and_count_with_the_kinds_that_the_base_knows() -> None:
    half = counting(DELETES, Limit(None, Decimal(50)))
    both = Guards().besides([half], (Kind("Deals", "Events"),))
    made = plan([change("delete", 7, "501", ("Events", "Deals"))])
    assert both.needs(made) == {("Deals", "7", "Events")}
    assert [one.place for one in evaluate(made, both, NOW)] == ["Deals/7/Events"]


def test_a_guard_that_only_moves_in_the_file_is_asked_once() -> None:
    mine, before = (
        counting(DELETES, Limit(1)),
        Counting("g", Span("zsync.yaml", 9, 1), DELETES, Limit(1), Limit()),
    )
    assert Guards((mine,)).besides([before]).base == ()
    assert Guards((mine,)).besides([counting(ALL, Limit(1))]).base == (counting(ALL, Limit(1)),)


def test_what_the_branchs_own_guard_refuses_none_of_the_base_repeats() -> None:
    guards = Guards((counting(DELETES, Limit(0)),)).besides(
        [counting(DELETES, Limit(most)) for most in (1, 2)]
    )
    made = plan([*many("delete", 3), *many("delete", 3, "502")])
    assert [one.base for one in evaluate(made, guards, NOW)] == [False, False]
