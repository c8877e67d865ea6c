"""Guards: each with the value just inside and just outside, and what they refuse for not knowing it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from zsync.config import load_config
from zsync.errors import GuardRefused, InputError, PlanRefused, UsageError
from zsync.files.plan import dump_plan, load_plan, seal
from zsync.guards.evaluation import (
    GUARDS,
    SHOWN,
    Guards,
    check_binding,
    check_names,
    check_overrides,
    evaluate,
    refusal,
    standing,
)
from zsync.model import Action, Binding, Change, Cost, Plan, Summary
from zsync.model.grounds import Backwards, More, TooMany
from zsync.model.verdicts import Facts, ListSize, Override, RecordFields, Verdict
from zsync.planning.packing import pack

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
MEMBER, PRICE = ("Campaigns", "Leads"), ("Price_Books", "Products")
NOTHING = "sha256:" + "0" * 64
BINDING = Binding("9", "sandbox", "x", "", NOTHING, NOTHING, "", "0.1.0", "", "")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def guards(text: str, environment: str = "") -> Guards:
    """The guards of a zsync.yaml, each line below `guards:`."""
    Path("zsync.yaml").write_text(f"version: 1\nguards:\n  {text.strip()}\n", "utf-8")
    config = load_config(Path("zsync.yaml"))
    return (config.environments[environment].guards if environment else None) or config.guards


def change(
    action: Action, number: int, parent: str = "501", pair: tuple[str, str] = MEMBER, **fields: Any
) -> Change:
    """A change of record `number` in a list; `before` and `after` are given where they matter."""
    before = fields.get("before", {} if action != "create" else None)
    after = fields.get("after", {} if action != "delete" else None)
    module, related = pair
    return Change(action, module, parent, related, related, str(number), parent, f"r{number}", before, after)


def plan(changes: Sequence[Change], size: int | None = 100, records: Iterable[RecordFields] = ()) -> Plan:
    """A plan of these changes, each list of the same size."""
    lists = dict.fromkeys((one.module, one.record_id, one.related_list) for one in changes)
    sizes = tuple(ListSize(*key, key[2], size) for key in lists)
    requests = pack(changes)
    actions = [one.action for one in changes]
    summary = Summary(actions.count("create"), actions.count("update"), actions.count("delete"))
    cost = Cost(3, len(requests), (3 + len(requests), 3 + 10 * len(requests)), 0.4)
    return seal(BINDING, summary, changes, requests, cost, facts=Facts(sizes, tuple(records)))


def refused(text: str, made: Plan, **moment: Any) -> list[str]:
    """The names of the guards that refuse."""
    return [one.guard for one in evaluate(made, guards(text), moment.pop("now", NOW), **moment)]


def unevaluated(text: str, made: Plan, **moment: Any) -> list[Verdict]:
    """The verdicts of guards that could not be evaluated."""
    return [one for one in evaluate(made, guards(text), NOW, **moment) if not one.evaluated]


def many(action: Action, count: int, parent: str = "501") -> list[Change]:
    """So many changes of one kind in one list."""
    return [change(action, number, parent) for number in range(count)]


@pytest.mark.parametrize("limit", [0, 1, 2, 10])
@pytest.mark.parametrize(
    ("name", "action"), [("max_deletes", "delete"), ("max_updates", "update"), ("max_creates", "create")]
)
def test_a_number_is_kept_and_one_more_is_refused(name: str, action: Action, limit: int) -> None:
    text = f"{name}: {limit}"
    assert refused(text, plan(many(action, limit))) == []
    assert refused(text, plan(many(action, limit + 1))) == [name]


def test_changes_are_counted_together_over_all_lists() -> None:
    some = [*many("delete", 1), *many("update", 1, "502"), *many("create", 1, "503")]
    assert refused("max_changes: 3", plan(some)) == []
    assert refused("max_changes: 2", plan(some)) == ["max_changes"]
    assert refused("max_deletes: 1", plan(some)) == []


@pytest.mark.parametrize(
    ("size", "percent", "inside"),
    [(1, "100%", 1), (2, "50%", 1), (10, "10%", 1), (100, "5%", 5), (3, "33.4%", 1)],
)
def test_a_per_cent_of_a_list_is_kept_and_one_more_is_refused(size: int, percent: str, inside: int) -> None:
    text = f"max_deletes: {percent}"
    assert refused(text, plan(many("delete", inside), size)) == []
    assert refused(text, plan(many("delete", inside + 1), size)) == ["max_deletes"]


@pytest.mark.parametrize("size", [1, 2, 10, 99])
def test_no_list_is_too_small_to_count(size: int) -> None:
    assert refused("max_deletes: 1%", plan(many("delete", 1), size)) == ["max_deletes"]
    assert refused("max_creates: 99%", plan(many("create", 1), 0)) == ["max_creates"]


def test_a_large_list_does_not_hide_a_small_one() -> None:
    made = plan([*many("delete", 1), *many("delete", 1, "502")])
    small = made.facts.lists[1]._replace(current=2)
    made = replace(made, facts=Facts((made.facts.lists[0], small)))
    (verdict,) = evaluate(made, guards("max_deletes: 10%"), NOW)
    assert verdict.place == "Campaigns/502/Leads"
    assert verdict.ground == TooMany(1, "delete", percent=10, size=2)


def test_limits_for_each_list_and_for_all_are_told_apart() -> None:
    made = plan([*many("delete", 2), *many("delete", 2, "502")])
    assert refused("max_deletes: {per_list: 2, in_all: 4}", made) == []
    assert refused("max_deletes: {per_list: 1}", made) == ["max_deletes"] * 2
    assert refused("max_deletes: {in_all: 3}", made) == ["max_deletes"]
    assert refused("max_deletes: {in_all: 2%}", made) == []
    assert refused("max_deletes: {in_all: 1.9%}", made) == ["max_deletes"]


def test_a_list_counts_for_its_campaign_whichever_side_it_is_sent_from() -> None:
    pair = ("Leads", "Campaigns")
    turned = plan([change("delete", 501, str(lead), pair) for lead in range(301, 304)])
    sized = (*turned.facts.lists, ListSize("Campaigns", "501", "Leads", "Leads", 100))
    turned = replace(turned, facts=Facts(sized))
    assert refused("max_deletes: 3%", turned) == []
    assert refused("max_deletes: 2.9%", turned) == ["max_deletes"]


@pytest.mark.parametrize(
    "text",
    ["max_deletes: 5%", "max_deletes: {in_all: 5%}", "min_size: [{module: Campaigns, list: Leads, rows: 1}]"],
)
def test_a_list_that_nobody_counted_is_refused(text: str) -> None:
    assert len(unevaluated(text, plan(many("delete", 1), None))) == 1
    assert evaluate(plan(many("create", 1), None), guards(text), NOW) == ()


limits = st.builds(
    lambda count, percent: "{" + ", ".join(filter(None, [count, percent])) + "}",
    st.integers(0, 12).map("count: {}".format),
    st.none() | st.integers(0, 60).map("percent: {}".format),
)
rows = st.lists(
    st.tuples(st.sampled_from(["create", "update", "delete"]), st.sampled_from(["501", "502"])), max_size=15
)


@tries(shared=True)
@given(
    limits,
    st.sampled_from(["max_deletes", "max_updates", "max_creates", "max_changes"]),
    rows,
    rows,
    st.integers(0, 40),
)
def test_more_changes_never_turn_a_refusal_into_a_pass(
    limit: str, name: str, some: list[Any], more: list[Any], size: int
) -> None:
    held = guards(f"{name}: {limit}")
    all_of = [change(action, number, parent) for number, (action, parent) in enumerate([*some, *more])]
    few, many_ = (evaluate(plan(one, size), held, NOW) for one in (all_of[: len(some)], all_of))
    assert many_ or not few


@pytest.mark.parametrize("size", [1, 2, 10])
def test_a_list_shrinks_to_its_least_size_and_no_further(size: int) -> None:
    text = f"min_size: [{{module: Campaigns, list: Leads, rows: {size}}}]"
    assert refused(text, plan(many("delete", 1), size + 1)) == []
    assert refused(text, plan(many("delete", 1), size)) == ["min_size"]
    assert refused(text, plan([*many("delete", 1), change("create", 9)], size)) == ["min_size"]


def test_a_least_size_holds_from_the_other_side_too() -> None:
    text = 'min_size: [{module: Campaigns, id: "501", list: Leads, rows: 10}]'
    turned = plan([change("delete", 501, "301", ("Leads", "Campaigns"))], 1)
    for size, names in ((11, []), (10, ["min_size"])):
        sized = (*turned.facts.lists, ListSize("Campaigns", "501", "Leads", "Leads", size))
        assert refused(text, replace(turned, facts=Facts(sized))) == names


@pytest.mark.parametrize(
    ("name", "refuses"), [("newsletter*", True), ("NEWS?etter", False), ("*2027", True), ("Spring", False)]
)
def test_records_are_known_by_a_pattern_of_their_field(name: str, refuses: bool) -> None:
    text = f'protected_records: [{{module: Campaigns, name: "{name}"}}]'
    known = [RecordFields("Campaigns", "501", {"Campaign_Name": "Newsletter 2027"})]
    assert bool(refused(text, plan(many("update", 1), records=known))) is refuses


@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_a_protected_record_is_not_touched_from_either_side(action: Action) -> None:
    text = 'protected_records: [{module: Leads, id: "7"}]'
    assert refused(text, plan([change(action, 7)])) == ["protected_records"]
    assert refused(text, plan([change(action, 8)])) == []
    turned = change(action, 501, "7", ("Leads", "Campaigns"))
    assert refused(text, plan([turned])) == ["protected_records"]


@pytest.mark.parametrize(
    ("field", "leaves"), [("Email_Opt_Out", True), ("No_Mail", True), ("Lead_Status", False)]
)
def test_people_who_said_no_may_leave_past_the_guard_that_protects_them(field: str, leaves: bool) -> None:
    text = f'protected_records: [{{module: Leads, field: {field}, name: "true"}}]'
    text += "\nconsent: {fields: {No_Mail: true}}" if field == "No_Mail" else ""
    known = [RecordFields("Leads", "7", {field: True})]
    assert refused(text, plan([change("update", 7)], records=known)) == ["protected_records"]
    assert (refused(text, plan([change("delete", 7)], records=known)) == []) is leaves


def test_a_record_whose_field_is_not_known_is_refused() -> None:
    text = 'protected_records: [{module: Leads, field: Email, name: "*@vip.example"}]'
    assert len(unevaluated(text, plan([change("update", 7)]))) == 1
    empty = [RecordFields("Leads", "7", {"Email": None})]
    assert refused(text, plan([change("update", 7)], records=empty)) == []


def price(before: Any, after: Any, action: Action = "update") -> Change:
    """A change of a product's price in a price book."""
    old = None if action == "create" else {"list_price": before}
    return change(action, 601, "701", PRICE, before=old, after={"list_price": after})


@pytest.mark.parametrize(
    ("text", "before", "inside", "outside"),
    [
        ("max_rise: 10%", 100, 110, Decimal("110.01")),
        ("max_fall: 10%", 100, 90, Decimal("89.99")),
        ("max_rise: 0%", Decimal("0.1"), Decimal("0.05"), Decimal("0.11")),
        ("max_fall: 100%", 5, 0, -1),
        ("max_rise: 10%", 0, -1, Decimal("0.01")),
        ("min: 1.50", 100, Decimal("1.5"), Decimal("1.49")),
        ("max: 99", 1, 99, Decimal("99.01")),
        ("min: 0.5 * Unit_Price", 100, Decimal("29.95"), Decimal("29.94")),
        ("max: Unit_Price", 1, Decimal("59.9"), Decimal("59.91")),
    ],
)
def test_a_price_moves_so_far_and_no_further(text: str, before: Any, inside: Any, outside: Any) -> None:
    known, text = (
        [RecordFields("Products", "601", {"Unit_Price": Decimal("59.9")})],
        f"list_price: {{{text}}}",
    )
    assert refused(text, plan([price(before, inside)], records=known)) == []
    assert refused(text, plan([price(before, outside)], records=known)) == ["list_price"]


def test_bounds_hold_for_a_new_price_and_from_the_products_side() -> None:
    text = "list_price: {min: 10, max_rise: 1%}"
    assert refused(text, plan([price(None, 10, "create")])) == []
    assert refused(text, plan([price(None, 9, "create")])) == ["list_price"]
    turned = change(
        "update", 701, "601", ("Products", "Price_Books"), before={"list_price": 10}, after={"list_price": 9}
    )
    assert refused(text, plan([turned])) == ["list_price"]


@pytest.mark.parametrize(
    "fields", [None, {}, {"Unit_Price": None}, {"Unit_Price": "dear"}, {"Unit_Price": True}]
)
def test_a_product_without_the_field_of_a_bound_is_refused(fields: dict[str, Any] | None) -> None:
    known = [] if fields is None else [RecordFields("Products", "601", fields)]
    made = plan([price(10, 11)], records=known)
    assert len(unevaluated("list_price: {max: Unit_Price}", made)) == 1
    assert refused("list_price: {max: 11}", made) == []


@pytest.mark.parametrize(("before", "after"), [(None, 5), ("dear", 5), (5, None), (5, "dear"), (5, True)])
def test_a_price_that_is_no_number_is_refused(before: Any, after: Any) -> None:
    assert len(unevaluated("list_price: {max_rise: 10%, max_fall: 10%}", plan([price(before, after)]))) == 1


def test_a_relation_without_a_new_price_is_none_of_the_price_guards_business() -> None:
    text = "list_price: {min: 100, max_rise: 0%}"
    same, gone = price(Decimal("5.0"), 5), change("delete", 601, "701", PRICE, before={"list_price": 5})
    other = change("update", 601, "701", PRICE, before={"Note": "a"}, after={"Note": "b"})
    assert refused(text, plan([same, gone, other, *many("update", 3)])) == []
    assert len(unevaluated(text, plan([change("create", 601, "701", PRICE, after={})]))) == 1


def status(before: Any, after: Any, action: Action = "update") -> Change:
    """A change of a member's status."""
    old = None if action == "create" else {"Member_Status": before}
    return change(action, 301, before=old, after={"Member_Status": after})


ORDER = "member_status: {order: [Planned, Invited, Sent, Responded]}"


@pytest.mark.parametrize(
    ("before", "after", "refuses"),
    [
        ("Planned", "Invited", False),
        ("Planned", "Responded", False),
        ("Sent", "Sent", False),
        ("Invited", "Planned", True),
        ("Responded", "Sent", True),
    ],
)
def test_a_status_goes_forward(before: str, after: str, refuses: bool) -> None:
    found = evaluate(plan([status(before, after)]), guards(ORDER), NOW)
    assert [one.evaluated for one in found] == [True] * refuses


@pytest.mark.parametrize(
    ("before", "after"),
    [("Opened", "Sent"), ("Sent", "Opened"), (None, "Sent"), ("", "Sent"), ("Sent", None), ("sent", "Sent")],
)
def test_a_status_outside_of_the_order_is_refused(before: Any, after: Any) -> None:
    assert len(unevaluated(ORDER, plan([status(before, after)]))) == 1


def test_a_new_member_has_any_status_of_the_order() -> None:
    assert (
        refused(
            ORDER,
            plan([status(None, "Planned", "create"), change("delete", 9, before={"Member_Status": "?"})]),
        )
        == []
    )
    assert len(unevaluated(ORDER, plan([status(None, "Opened", "create")]))) == 1


def test_fields_that_are_not_to_be_touched() -> None:
    text = "untouchable_fields: [list_price]"
    assert refused(text, plan([price(5, Decimal("5.0")), status("Sent", "Planned")])) == []
    assert refused(text, plan([price(5, 6)])) == ["untouchable_fields"]
    assert refused(text, plan([price(None, 6, "create")])) == ["untouchable_fields"]


@pytest.mark.parametrize(
    "written", ["[Campaigns, Leads]", "[Leads, Campaigns]", "Campaigns–Leads", "Campaigns-Leads"]
)
def test_kinds_that_are_not_to_be_touched(written: str) -> None:
    text = f"untouchable_kinds: [{written}]"
    assert (
        refused(text, plan([change("delete", 1), change("update", 2, "301", ("Leads", "Campaigns"))]))
        == ["untouchable_kinds"] * 2
    )
    assert refused(text, plan([price(5, 6)])) == []


def test_credits_stay_for_others() -> None:
    made = plan(many("update", 1))
    spent = made.cost.credits[1] - made.cost.reads
    assert spent == 10
    assert refused("credits: 100", made, credits_left=100 + spent) == []
    assert refused("credits: 100", made, credits_left=99 + spent) == ["credits"]


def test_credits_that_zoho_does_not_tell_are_at_least_half_of_the_days() -> None:
    made = plan(many("update", 1))
    assert len(unevaluated("credits: 100", made)) == 1
    assert refused("credits: {keep: 100, daily: 220}", made) == []
    assert refused("credits: {keep: 100, daily: 219}", made) == ["credits"]
    assert refused("credits: {keep: 100, daily: 9999}", made, credits_left=100) == ["credits"]


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("{from: 2027-03-01, to: 2027-03-02}", "2027-03-01T00:00+00:00", "2027-03-03T00:00+00:00"),
        (
            "{from: 2027-03-01, to: 2027-03-01, zone: Asia/Tokyo}",
            "2027-03-01T00:00+09:00",
            "2027-03-02T00:00+09:00",
        ),
        (
            '{from: "2027-03-01T10:00+02:00", to: "2027-03-01T08:30Z"}',
            "2027-03-01T08:00+00:00",
            "2027-03-01T08:30+00:00",
        ),
        (
            '{weekly: "fri 18:00 – mon 06:00", zone: Europe/Berlin}',
            "2027-03-05T18:00+01:00",
            "2027-03-08T06:00+01:00",
        ),
        (
            '{weekly: "fri 18:00 - mon 06:00", zone: Europe/Berlin}',
            "2027-03-26T18:00+01:00",
            "2027-03-29T06:00+02:00",
        ),
        ('{weekly: "Tue 09:00 to Tue 17:00", zone: UTC}', "2027-03-02T09:00+00:00", "2027-03-02T17:00+00:00"),
    ],
)
def test_nothing_is_written_from_the_first_moment_of_a_freeze_to_its_last(
    text: str, first: str, after: str
) -> None:
    text, made = f"freeze: [{text}]", plan(many("update", 1))
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(after)
    assert refused(text, made, now=start - SECOND) == []
    assert refused(text, made, now=start) == refused(text, made, now=end - SECOND) == ["freeze"]
    assert refused(text, made, now=end) == []


def test_a_plan_without_changes_is_refused_by_nobody() -> None:
    assert refused("freeze: [{from: 2027-01-01, to: 2027-12-31}]\n  credits: 5", plan([])) == []


def test_without_facts_what_the_changes_say_is_judged_and_what_they_do_not_say_is_refused() -> None:
    made = replace(plan(many("update", 2)), facts=Facts())
    assert refused("max_updates: 1\n  untouchable_kinds: [[Campaigns, Leads]]", made) == [
        "max_updates",
        *["untouchable_kinds"] * 2,
    ]
    assert len(unevaluated("max_updates: 50%", made)) == 1


def test_a_verdict_names_the_guard_its_place_and_the_row() -> None:
    (one,) = evaluate(plan([status("Sent", "Planned")]), guards(ORDER), NOW)
    assert (one.guard, one.change, one.place) == ("member_status", 0, "Campaigns/501/Leads")
    order = ("Planned", "Invited", "Sent", "Responded")
    assert one.ground == Backwards("Member_Status", "Sent", "Planned", order)
    assert str(one.span) == "zsync.yaml:3:18"


def test_verdicts_of_one_guard_are_shown_in_part_and_counted() -> None:
    made = plan(
        [replace(status("Sent", "Planned"), related_record_id=str(number)) for number in range(SHOWN + 5)]
    )
    found = evaluate(made, guards(ORDER), NOW)
    assert len(found) == SHOWN + 1
    assert found[-1].ground == More(5)


def test_a_refused_plan_comes_back_as_it_was_saved() -> None:
    made = plan([price(10, 20)], records=[RecordFields("Products", "601", {"Unit_Price": Decimal("59.9")})])
    verdicts = evaluate(made, guards("list_price: {max_rise: 10%}"), NOW)
    marked = seal(
        made.binding,
        made.summary,
        made.changes,
        made.requests,
        made.cost,
        facts=made.facts._replace(credits_left=7),
        verdicts=verdicts,
        overrides=(Override("freeze", "why"),),
    )
    assert marked.refusals == verdicts != ()
    assert load_plan(dump_plan(marked)) == marked
    assert made.content == marked.content
    assert made.digest != marked.digest


def test_what_is_marked_stands_and_what_is_of_the_moment_does_not() -> None:
    made = plan(many("delete", 2))
    text = "max_deletes: 1\n  freeze: [{from: 2027-03-01, to: 2027-03-01}]"
    held = guards(text)
    marked = replace(made, verdicts=evaluate(made, held, NOW))
    assert [one.guard for one in marked.refusals] == ["max_deletes", "freeze"]
    assert [one.guard for one in standing(marked, held, NOW + timedelta(days=1))] == ["max_deletes"]
    assert [one.guard for one in standing(marked, Guards(), NOW)] == ["max_deletes"]


def test_a_guard_is_set_aside_by_the_plan_or_for_the_run() -> None:
    held, aside = guards("max_deletes: 1\n  max_changes: 1"), Override("max_deletes", "agreed")
    made = plan(many("delete", 2))
    assert [one.guard for one in standing(made, held, NOW, overrides=[aside])] == ["max_changes"]
    assert [one.guard for one in standing(replace(made, overrides=(aside,)), held, NOW)] == ["max_changes"]


def test_a_plan_made_under_other_guards_is_refused() -> None:
    made, held = plan(many("delete", 1)), guards("max_deletes: 1")
    with pytest.raises(PlanRefused, match="other guards"):
        check_binding(made, held)
    check_binding(replace(made, binding=replace(BINDING, guards=held.digest)), held)


def test_the_digest_is_over_what_the_file_says_and_not_how() -> None:
    one, same = guards("max_deletes: 1 # few\n  credits: 5"), guards("credits: 5\n  max_deletes: 1")
    assert one.digest == same.digest
    assert (
        len(
            {
                one.digest,
                guards("max_deletes: 2\n  credits: 5").digest,
                guards("credits: 5").digest,
                Guards().digest,
            }
        )
        == 4
    )


def test_an_environments_guards_hold_besides_the_common_ones() -> None:
    held = guards(
        "max_deletes: 5\nenvironments:\n  p: {guards: {max_deletes: 1, max_updates: 1}}\n  q: {}", "p"
    )
    common = load_config(Path("zsync.yaml"))
    assert [one.guard for one in evaluate(plan(many("delete", 6)), held, NOW)] == ["max_deletes"] * 2
    assert [one.guard for one in evaluate(plan(many("delete", 2)), held, NOW)] == ["max_deletes"]
    assert common.environments["q"].guards == common.guards
    assert held.digest != common.guards.digest


def test_only_guards_that_there_are_and_that_are_in_force_are_set_aside() -> None:
    held = guards("max_deletes: 5")
    check_overrides([Override("max_deletes", "why")], held)
    with pytest.raises(UsageError, match="not in force"):
        check_overrides([Override("freeze", "why")], held)
    with pytest.raises(UsageError) as caught:
        check_names(["max_delete"])
    assert "Did you mean max_deletes?" in caught.value.help


def test_the_error_names_the_guards_and_how_to_set_one_aside() -> None:
    error = refusal(evaluate(plan(many("delete", 2)), guards("max_deletes: 1\n  max_changes: 1"), NOW))
    assert isinstance(error, GuardRefused)
    assert (error.exit_code, str(error)) == (5, "2 guards refuse the plan: max_deletes, max_changes")
    assert "--override max_deletes --reason" in error.help


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("max_delets: 5", "unknown-guard", "did you mean `max_deletes`?"),
        ("max_deletes: -1", "bad-value", "write `10`, `5%`"),
        ("max_deletes: five", "bad-value", "write `10`, `5%`"),
        ("max_deletes: {}", "bad-value", "write `10`, `5%`"),
        ("max_deletes:", "bad-value", "write `10`, `5%`"),
        ("max_deletes: {cuont: 5}", "unknown-key", "did you mean `count`?"),
        ("max_deletes: {percent: many}", "bad-value", "write it as `5%`"),
        ("max_deletes: {count: 1.5}", "bad-value", "write digits"),
        ("min_size: 5", "wrong-type", "write one `- {…}`"),
        ("min_size: []", "wrong-type", "write one `- {…}`"),
        ("min_size: [5]", "wrong-type", "write `- {…}`"),
        ("min_size: [{module: Campaigns, list: Leads}]", "missing-key", "add `rows:`"),
        ("min_size: [{module: Campaigns, list: Deals, rows: 5}]", "bad-value", "lists are between"),
        ("min_size: [{module: Campaings, list: Leads, rows: 5}]", "bad-value", "did you mean `Campaigns`?"),
        ("min_size: [{module: Campaigns, list: Leads, rows: 0}]", "bad-value", "change the value"),
        ("protected_records: [{module: Leads}]", "bad-value", "write `name:`"),
        ('protected_records: [{module: Leads, id: "1", name: a}]', "bad-value", "remove one"),
        (
            'min_size: [{module: Campaigns, list: Leads, rows: 1, id: "1", name: a}]',
            "bad-value",
            "remove one",
        ),
        ("protected_records: [{module: Vendors, name: a}]", "bad-value", "known are:"),
        ("list_price: 5", "wrong-type", "write `key: value`"),
        ("list_price: {max: 2 * 3}", "bad-value", "`0.5 * Unit_Price`"),
        ("list_price: {max_rise: Unit_Price}", "bad-value", "write it as `5%`"),
        ("member_status: {order: [Sent]}", "bad-value", "write `order:"),
        ("member_status: {order: [Sent, Sent]}", "bad-value", "write `order:"),
        ("untouchable_fields: [Member_Statsu]", "bad-value", "did you mean `Member_Status`?"),
        ("untouchable_kinds: [[Campaigns, Deals]]", "bad-value", "kinds are:"),
        ("untouchable_kinds: [Campaigns]", "bad-value", "write `[Campaigns, Contacts]`"),
        ("credits: 0", "bad-value", "change the value"),
        ("freeze: [{from: 2027-01-01}]", "bad-value", "write `{from:"),
        ("freeze: [{from: 2027-01-02, to: 2027-01-01}]", "bad-value", "swap"),
        ("freeze: [{from: 2027-02-30, to: 2027-03-01}]", "bad-value", "write `2026-12-20`"),
        ('freeze: [{from: "2027-01-01T10:00", to: 2027-03-01}]', "bad-value", "add the offset"),
        ('freeze: [{weekly: "fri 18:00 – mon 06:00"}]', "bad-value", "add a zone, such as `zone:"),
        ('freeze: [{weekly: "fri 25:00 – mon 06:00", zone: UTC}]', "bad-value", "write `weekly:"),
        ('freeze: [{weekly: "fri 18:00 – fri 18:00", zone: UTC}]', "bad-value", "another time"),
        ('freeze: [{weekly: "fri 18:00 – mon 06:00", zone: Europe/Berln}]', "bad-value", "`Europe/Berlin`?"),
    ],
)
def test_a_guard_that_is_written_wrong_is_a_diagnostic(text: str, code: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        guards(text)
    (one,) = caught.value.diagnostics
    assert (one.code, told in str(one.help)) == (code, True), one
    assert one.span is not None
    assert one.span.line == 3


def test_all_that_is_wrong_with_guards_is_told_in_one_run() -> None:
    with pytest.raises(InputError) as caught:
        guards("max_deletes: x\n  credits: 0\n  freeze: [5, {from: 1}]\n  nonsense: 5")
    assert [one.span.line for one in caught.value.diagnostics if one.span] == [3, 4, 5, 5, 6]


def test_every_guard_has_a_meaning() -> None:
    assert all(len(meaning) > 20 for meaning in GUARDS.values())


KIND = "version: 1\nrelation_kinds: [{parent: %s, related: %s}]\nguards: {max_deletes: 20%%}\n"


def configured(text: str) -> Guards:
    Path("zsync.yaml").write_text(text)
    return load_config(Path("zsync.yaml")).guards


def test_a_branch_that_turns_a_kind_around_is_counted_as_its_base_counts() -> None:
    mine, before = configured(KIND % ("Events", "Deals")), configured(KIND % ("Deals", "Events"))
    gone = [
        replace(each, module="Deals", related_list="Events", related_module="Events")
        for each in many("delete", 3)
    ]
    made = plan(gone)
    sizes = {
        ("Deals", "501", "Events"): 5,
        **{("Events", one.related_record_id, "Deals"): 100 for one in gone},
    }
    lists = tuple(ListSize(*key[:2], key[2], key[2], size) for key, size in sizes.items())
    made = replace(made, facts=Facts(lists))
    alone = evaluate(made, mine, NOW)
    both = evaluate(made, mine.besides(before.rules, before.kinds), NOW)
    assert alone == ()
    assert [(one.guard, one.place, one.base) for one in both] == [("max_deletes", "Deals/501/Events", True)]


TEXTS = (
    *(f"{name}: {limit}" for name in ("max_deletes", "max_changes", "max_updates") for limit in ("1", "3", "2%", "50%")),
    *("max_deletes: {per_list: 1, in_all: 50%}", "untouchable_kinds: [[Campaigns, Leads]]"),
    *("protected_records: [{module: Campaigns, id: '501'}]", "freeze: [{from: 2020-01-01, to: 2030-01-01}]"),
    *("min_size: [{module: Campaigns, id: '501', list: Leads, rows: 98}]", "credits: {keep: 1, daily: 9}"),
)  # fmt: skip


known_guards = cache(guards)


@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS), st.integers(0, 5), st.integers(0, 3))
def test_a_plan_passes_two_sets_of_guards_where_it_passes_each(
    mine: str, before: str, deletes: int, updates: int
) -> None:
    made = plan([*many("delete", deletes), *many("update", updates, "502")])
    one, other = known_guards(mine), known_guards(before)
    both = one.besides(other.rules, other.kinds)
    assert bool(evaluate(made, both, NOW)) == bool(evaluate(made, one, NOW) or evaluate(made, other, NOW))
    assert both.names == one.names | other.names
