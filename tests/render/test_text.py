import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.render import plans
from zsync.model import Outcome, Plan, Report, Status
from zsync.model.grounds import TooMany
from zsync.model.verdicts import Verdict
from zsync.render.folding import fold
from zsync.render.text import render_plan, render_report

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def test_colour_adds_nothing_but_colour() -> None:
    report = plans.troubled(plans.SPENT)
    assert ANSI.sub("", render_plan(report.plan, color=True)) == render_plan(report.plan)
    assert ANSI.sub("", render_report(report, color=True)) == render_report(report)


def test_what_a_stranger_colours_stays_without_effect() -> None:
    text = ANSI.sub("", render_plan(plans.hostile(), color=True))
    assert "\x1b" not in text
    assert r"\x1b[31mred" in text


def test_a_plan_that_ends_never_says_no_end_and_a_partial_one_that_it_is() -> None:
    endless = replace(plans.mixed(), binding=replace(plans.BINDING, expires_at=""), only=("drift",))
    text = render_plan(endless)
    assert "valid until" not in text
    assert f"\ndigest {endless.digest}\n" in text
    assert "\nonly drift: a partial plan, other changes are left out\n" in text


def test_a_plan_that_guards_refuse_says_so_after_an_empty_line() -> None:
    refused = replace(plans.mixed(), verdicts=(Verdict("max_deletes", TooMany(6, "delete", most=5)),))
    assert "\n\nREFUSED by 1 guard: max_deletes\n  max_deletes: 6 rows" in render_plan(refused)


def test_a_row_of_no_manifest_ends_with_its_fields_or_with_whose_it_is() -> None:
    bare = replace(plans.change("a", None, {"S": "x"}), source=None)
    drift = replace(plans.change("b", None, {"S": "x"}, origin="drift"), source=None)
    lines = render_plan(plans.plan(bare, drift)).splitlines()
    assert "    + a  S: x" in lines
    assert "    + b  S: x  [drift]" in lines


def test_a_report_without_changes_says_what_is_withheld() -> None:
    made = render_report(Report(plans.only_withheld(), (), 1, 0, 0.1))
    assert re.search(r"^Nothing to apply: the plan has no changes\. \d+ withheld: .+\.", made, re.MULTILINE)


def test_a_report_of_a_narrowed_plan_without_changes_says_what_none_matched() -> None:
    none = replace(plans.plan(), only=("drift", "Campaigns/Spring 2027/*"))
    told = "\nNothing to apply: no changes match --only drift --only 'Campaigns/Spring 2027/*'."
    assert told in render_report(Report(none, (), 1, 0, 0.1))


@pytest.mark.parametrize(("journal", "which"), [("", "NAME"), ("a b.jsonl", "--journal 'a b.jsonl'")])
def test_a_report_says_how_to_take_its_run_back(journal: str, which: str) -> None:
    report = replace(plans.applied(plans.mixed()), run="NAME", journal=journal)
    assert f"to take it back: zsync undo {which} --out FILE" in render_report(report)


def test_statuses_of_a_report_in_full_stand_below_each_other() -> None:
    made = [plans.change(name, None, {}, number=number) for number, name in enumerate("ab", 1)]
    report = Report(plans.plan(*made), (Outcome("unchanged"), Outcome("refused", "X")), 1, 1, 0.1)
    lines = render_report(report, full=True).splitlines()
    assert [line.index("+ ") for line in lines if "+ " in line] == [14, 14]


def test_deletions_come_first_then_updates_then_creates() -> None:
    runes = re.findall(r"^    ([-~+]) ", render_plan(plans.huge(changes=30, lists=1)), re.MULTILINE)
    assert runes == ["-"] * 10 + ["~"] * 2 + ["+"] * 2


def test_lists_that_lose_relations_come_before_those_that_do_not() -> None:
    calm = ("Campaigns", "1", "Leads", "Calm")
    losing = ("Campaigns", "2", "Leads", "Losing")
    plan = plans.plan(plans.change("a", None, {}, to=calm), plans.change("b", {}, None, to=losing))
    text = render_plan(plan)
    assert text.index("Losing") < text.index("Calm")


@pytest.mark.parametrize("status", ["refused", "unchanged"])
def test_the_places_of_a_report_end_at_the_edge_of_a_narrow_terminal(status: Status) -> None:
    made = plans.plan(
        plans.change("ana@acme.example", {"Note": "x"}, {"Note": "y" * 50}, number=1),
        plans.change("bo@acme.example", {"Note": "x"}, {"Note": "y"}, number=2),
    )
    report = render_report(Report(made, (Outcome(status),) * 2, 1, 1, 0.1), width=110, full=True)
    assert [len(line) for line in report.splitlines() if "bo@acme" in line] == [110]


def test_a_plan_that_never_expires_does_not_say_until_when() -> None:
    last = render_plan(plans.plan(binding=replace(plans.BINDING, expires_at=""))).rstrip()
    assert "valid until" not in last
    assert not last.endswith("X")


@pytest.mark.parametrize("width", [0, 40, 80, 120, 500])
def test_no_width_hides_anything(width: int) -> None:
    def words(text: str) -> list[str]:
        return text.split()

    assert words(render_plan(plans.mixed(), width=width)) == words(render_plan(plans.mixed()))


def test_places_of_one_list_stand_below_each_other() -> None:
    lines = [
        line for line in render_plan(plans.huge(changes=60, lists=1)).splitlines() if "spring.yaml" in line
    ]
    assert len({line.index("campaigns/") for line in lines}) == 1


def test_a_fields_column_wider_than_the_terminal_is_still_shown() -> None:
    change = plans.change("a", {"S": "x" * 55}, {"S": "y" * 55})
    assert f"S: {'x' * 55} → {'y' * 55}" in render_plan(plans.plan(change), width=20)


def test_the_last_line_of_a_plan_has_the_totals() -> None:
    last = render_plan(plans.mixed()).splitlines()[-1]
    assert last.startswith(
        "Plan: 1 to delete, 6 to update, 2 to create, 1 of them drift, 7 unchanged · 2 requests (more if Zoho refuses one) · 3–12 credits"
    )


def test_records_of_one_name_are_told_apart_by_their_ids() -> None:
    text = render_plan(plans.mixed())
    assert "Kim, Lee (3652397000000300004)" in text
    assert "ana@acme.example (" not in text


def test_a_long_name_shared_at_its_start_is_told_apart_by_the_id() -> None:
    long = "x" * 90
    text = render_plan(
        plans.plan(plans.change(long + "1", None, {}, number=1), plans.change(long + "2", None, {}, number=2))
    )
    assert "(3652397000000300001)" in text
    assert "(3652397000000300002)" in text


def test_a_run_without_trouble_is_four_lines() -> None:
    assert len(render_report(plans.applied(plans.huge(changes=300))).splitlines()) == 4


def test_only_what_looks_like_a_code_of_zoho_becomes_a_command() -> None:
    commands = re.findall(r"zsync explain (.*?)  ", render_report(plans.troubled()))
    assert commands == ["INVALID_DATA"]
    assert "zsync explain" not in render_report(plans.refused(plans.mixed()))


@pytest.mark.parametrize("number", [10, 11, 12, 60, 200])
@pytest.mark.parametrize("plan", [plans.huge, plans.huge_drift], ids=["changes", "drift"])
def test_rows_shown_and_rows_folded_are_all_rows(number: int, plan: Callable[..., Plan]) -> None:
    text = render_plan(plan(changes=number, lists=1))
    folded = [int(one) for one in re.findall(r"^    [~+] (\d+) more\b", text, re.MULTILINE)]
    rows = re.findall(r"^    [-~+] lead", text, re.MULTILINE)
    assert len(rows) + sum(folded) == number
    assert not folded or f"({sum(folded)} changes folded: zsync plan --full shows each)" in text


def test_twelve_of_a_list_are_all_shown_and_so_are_all_deletions() -> None:
    assert not re.search("[0-9] more", render_plan(plans.huge(changes=12, lists=1)))
    assert re.search("[0-9] more", render_plan(plans.huge(changes=13, lists=1)))
    assert len(re.findall(r"^    - ", render_plan(plans.huge(changes=600, lists=1)), re.MULTILINE)) == 200


def test_what_would_take_as_many_lines_folded_is_shown() -> None:
    rows = [("S", f"s{n}") for n in range(3)] + [("T", f"t{n}") for n in range(10)]
    made = [
        plans.change(f"{field}{n}", None, {field: text}, number=n)
        if field == "S"
        else plans.change(f"{field}{n}", {field: "old"}, {field: text}, number=n)
        for n, (field, text) in enumerate(rows)
    ]
    text = render_plan(plans.plan(*made))
    assert text.count("+ S") == 3
    assert "~ 7 more, T changes" in text


def test_values_that_only_read_alike_where_they_are_cut_are_not_told_as_one() -> None:
    made = [plans.change(f"n{n}", None, {"S": "x" * 90 + "ab"[n % 2]}, number=n) for n in range(30)]
    assert render_plan(plans.plan(*made)).count("+ 14 more, S: xxx") == 2


def test_in_full_each_change_has_a_line_with_its_id_and_whole_values() -> None:
    text = render_plan(plans.huge(changes=600, lists=1), full=True)
    assert (
        len(re.findall(r"^    [-~+] lead\d+@acme.example \(3652397\d+\) +Member", text, re.MULTILINE)) == 600
    )
    assert "folded" not in text
    long = plans.change("n" * 200, {"S": "x" * 500}, {"S": "y" * 500})
    assert f"{'n' * 200} (3652397000000300001)  S: {'x' * 500} → {'y' * 500}" in render_plan(
        plans.plan(long), full=True
    )


def test_a_report_in_full_has_the_applied_rows_as_well() -> None:
    text = render_report(plans.applied(plans.huge(changes=300, lists=2)), full=True)
    assert len(re.findall(r"^    applied [-~+] ", text, re.MULTILINE)) == 300


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.sampled_from(["change", "drift"]))))
def test_no_fold_hides_whose_changes_they_are(rows: list[tuple[str, int, str]]) -> None:
    made = [
        plans.change(f"n{n}", None, {"S": s, "P": p}, number=n, origin=o) for n, (s, p, o) in enumerate(rows)
    ]
    shown, folds = fold(made, range(len(made)))
    for origin in ("change", "drift"):
        told = sum(one.number for one in folds if one.origin == origin)
        assert told + sum(made[at].origin == origin for at in shown) == sum(
            one.origin == origin for one in made
        )
