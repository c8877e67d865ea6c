from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.laws import tries
from tests.render import plans
from zsync.model import Outcome, Plan
from zsync.model.reports import Report
from zsync.render.markdown import render_plan, render_report
from zsync.render.problems import LIMIT

HUGE = plans.huge(changes=4_000, lists=1_500)
GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": True})


@pytest.mark.parametrize("lists", [1, 30, 900, 3_000])
def test_no_plan_is_longer_than_a_comment_may_be(lists: int) -> None:
    huge = plans.huge(changes=3_000, lists=lists)
    assert 10_000 < len(render_plan(huge)) <= LIMIT
    assert 10_000 < len(render_report(plans.refused(huge))) <= LIMIT


@tries(30)
@given(st.integers(0, 20_000))
def test_every_limit_is_kept(limit: int) -> None:
    for plan in (plans.mixed(), plans.hostile(), plans.huge(changes=200, lists=40)):
        assert len(render_plan(plan, limit=limit)) <= limit
        assert len(render_report(plans.refused(plan), limit=limit)) <= limit


@pytest.mark.parametrize("limit", [1_200, 4_000, 16_000, 60_000])
def test_a_shortened_plan_keeps_its_headline_its_warning_and_its_digest(limit: int) -> None:
    text = render_plan(HUGE, limit=limit)
    assert text.startswith("### zsync: 1,334 to delete, 1,333 to update, 1,333 to create\n")
    assert "1,334 relations will be deleted" in text
    assert "Shortened to fit" in text
    assert HUGE.digest in text


@pytest.mark.parametrize("changes", [5, 21, 300])
def test_rows_shown_and_rows_counted_are_all_rows(changes: int) -> None:
    text = render_plan(plans.huge(changes=changes, lists=1), limit=12_000)
    shown = sum(line.startswith(("| `-`", "| `~`", "| `+`")) for line in text.splitlines())
    left = [int(line.split()[2]) for line in text.splitlines() if line.startswith("… and ")]
    assert shown + sum(left) == changes


def test_a_plan_that_fits_is_not_shortened() -> None:
    assert "Shortened" not in render_plan(plans.huge(changes=300, lists=3))


def test_the_headline_names_only_what_there_is() -> None:
    assert render_plan(plans.deletes_only()).startswith("### zsync: 3 to delete\n")
    assert render_plan(plans.plan()).startswith("### zsync: nothing to do\n")


def test_deletions_are_warned_of_and_never_folded_away() -> None:
    before_the_fold, _, folded = render_plan(plans.huge(changes=59, lists=1)).partition("<details>")
    assert before_the_fold.count("| `-` delete |") == 20
    assert "| `-` delete |" not in folded
    assert "[!WARNING]" in before_the_fold


def test_what_a_branch_changes_and_what_drifted_stand_apart() -> None:
    made = plans.plan(
        plans.change("a", {}, None),
        plans.change("b", {}, None, origin="drift"),
        plans.change("c", None, {}),
        plans.change("d", None, {}, origin="drift"),
    )
    branch, _, drift = render_plan(made).partition("### Drift")
    assert [name in branch for name in ("`a`", "`b`", "`c`", "`d`")] == [True, False, True, False]
    assert ("`b`" in drift, "`d`" in drift) == (True, True)
    assert "2 relations will be deleted, 1 of them drift;" in branch


def test_a_row_of_no_manifest_says_only_whose_it_is() -> None:
    drift = replace(plans.change("a", None, {}, origin="drift"), source=None)
    assert "| `a` |  | drift |\n" in render_plan(plans.plan(drift))


def test_a_partial_plan_says_so() -> None:
    text = render_plan(replace(plans.mixed(), only=("drift",)))
    assert "\n\n> [!IMPORTANT]\n> `only drift: a partial plan" in text


def test_a_plan_without_changes_that_does_not_fit_is_its_head() -> None:
    whole = render_plan(plans.plan())
    assert render_plan(plans.plan(), limit=len(whole) - 1) == whole.partition("\n\n<sub>")[0] + "\n"


def test_a_report_counts_what_was_applied_and_what_was_so_already_and_shows_what_was_refused() -> None:
    made = [plans.change(f"n{each}", None, {}, number=each) for each in range(40)]
    outcomes = [Outcome("refused", "X")] * 21 + [Outcome("unchanged")] * 2 + [Outcome("applied")] * 17
    text = render_report(Report(plans.plan(*made), tuple(outcomes), 1, 1, 0.1))
    assert "› Leads: 17 of 40 applied, 2 unchanged\n" in text
    assert "<details open><summary>21 refused</summary>" in text


def test_of_several_fields_that_move_all_ranges_are_told() -> None:
    made = [
        plans.change(f"n{each}", {"A": 100, "B": 10}, {"A": 110 + each, "B": 20}, number=each)
        for each in range(21)
    ]
    assert "<summary>21 to update, A +10% to +30%, B +100%</summary>" in render_plan(plans.plan(*made))


def test_a_plan_without_deletions_does_not_warn() -> None:
    assert "[!WARNING]" not in render_plan(plans.plan(plans.change("a", None, {})))


@pytest.mark.parametrize("plan", [plans.mixed(), plans.hostile(), plans.huge(changes=75, lists=2)])
def test_every_change_is_one_row_of_four_cells(plan: Plan) -> None:
    html = GITHUB.render(render_plan(plan))
    # A setting that the branch neither loosens nor tightens has three, a row to look at five.
    other = sum(each.way == "changes" for each in plan.settings)
    assert html.count("<td>") == 4 * len(plan.changes) + 3 * other + 5 * len(plan.withheld)


@pytest.mark.parametrize("report", [plans.refused(plans.hostile()), plans.harmed()])
def test_a_hostile_report_makes_no_link_image_or_tag_of_its_own(report: Report) -> None:
    html = GITHUB.render(render_report(report))
    for tag in ("<a ", "<img", "<script", "<em>", "<s>", "<!--", "</details>"):
        assert tag not in html


def test_the_folded_part_of_a_table_is_still_a_table() -> None:
    html = GITHUB.render(render_plan(plans.huge(changes=75, lists=1)))
    assert html.count("<table>") == html.count("</table>") == 2
    assert html.count("<details") == html.count("</details>") > 0


@pytest.mark.parametrize(("changes", "lists"), [(15_000, 3), (15_000, 400), (6_000, 6_000), (1_000, 400)])
def test_what_is_destructive_is_shown_however_much_else_there_is(changes: int, lists: int) -> None:
    text = render_plan(plans.huge(changes=changes, lists=lists))
    html = GITHUB.render(text)
    assert text.count("| `-` delete |") >= 50
    assert html.count("<details") == html.count("</details>") > 0
    assert text.index("| `-` delete |") < 5_000


def test_urgent_rows_shown_and_counted_are_all_of_them() -> None:
    text = render_plan(plans.huge(changes=6_000, lists=6_000))
    shown = text.count("| `-` delete |")
    assert "<details open><summary>2,000 to delete</summary>" in text
    assert f"… and {2_000 - shown:,} more\n" in text
    assert "<details><summary>6,000 lists: 2,000 to delete, " in text


def test_a_shortened_text_leads_to_all_of_it_and_a_whole_one_to_nothing() -> None:
    link = "https://ci.example/acme/crm/runs/7#artifacts"
    for made in (render_plan(HUGE, link=link), render_report(plans.refused(HUGE), link=link)):
        assert f"Shortened to fit into a comment. [All of it is here]({link}); `zsync show`" in made
    assert link not in render_plan(plans.mixed(), link=link)
    assert "](" not in render_plan(HUGE)
    assert "All of it is here" not in render_report(plans.refused(HUGE))
