"""Every renderer's output, character by character: read the files under `golden/` as a user would."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

import zsync.render
from tests.render import plans
from zsync.model import Drift
from zsync.render import markdown, renderer, text

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {"text": "txt", "json": "json", "markdown": "md", "github": "github", "junit": "xml"}
PLANS = {
    "no-changes": plans.plan(),
    "mixed": plans.mixed(),
    "conflicted": plans.conflicted(),
    "converted": plans.converted(),
    "consented": plans.consented(),
    "only-withheld": plans.only_withheld(),
    "deletes-only": plans.deletes_only(),
    "hostile": plans.hostile(),
    "bare": plans.bare(),
}
DRIFTS = {
    "none": Drift(plans.plan()),
    "moved": plans.drifted(),
    "hostile": Drift(replace(plans.hostile(), unmanaged=plans.hostile().changes[:1])),
}
REPORTS = {
    "all-applied": plans.applied(plans.mixed()),
    "troubled": plans.troubled(),
    "conflicted": plans.applied(plans.conflicted()),
    "refrained": plans.refrained(),
    "stopped": plans.troubled(plans.SPENT),
    "hostile": plans.refused(plans.hostile()),
    "empty": plans.applied(plans.plan()),
}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("form", SUFFIXES)
def test_a_plan_reads_as_its_golden_file(form: str, name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"plan-{name}.{SUFFIXES[form]}", renderer(form).render_plan(PLANS[name]))


@pytest.mark.parametrize("name", DRIFTS)
@pytest.mark.parametrize("form", SUFFIXES)
def test_drift_reads_as_its_golden_file(form: str, name: str, golden: Callable[[Path, str], None]) -> None:
    made = import_module(zsync.render.DRIFTS[form]).render_drift(DRIFTS[name])
    golden(GOLDEN / f"drift-{name}.{SUFFIXES[form]}", made)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("form", SUFFIXES)
def test_a_report_reads_as_its_golden_file(form: str, name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"report-{name}.{SUFFIXES[form]}", renderer(form).render_report(REPORTS[name]))


def test_a_plan_in_colour_reads_as_its_golden_file(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "plan-mixed.ansi", text.render_plan(plans.mixed(), color=True))


def test_a_report_in_colour_reads_as_its_golden_file(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "report-stopped.ansi", text.render_report(REPORTS["stopped"], color=True))


def test_a_plan_in_a_narrow_terminal_reads_as_its_golden_file(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "plan-mixed.narrow.txt", text.render_plan(plans.mixed(), width=80))


@pytest.mark.parametrize("name", ["conflicted", "converted"])
def test_what_to_look_at_in_colour_reads_as_its_golden_file(
    name: str, golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / f"plan-{name}.ansi", text.render_plan(PLANS[name], color=True))


@pytest.mark.parametrize("width", [60, 80])
def test_a_report_in_a_narrow_terminal_reads_as_its_golden_file(
    width: int, golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / f"report-troubled.{width}.txt", text.render_report(REPORTS["troubled"], width=width))


def test_many_changes_are_folded_in_text(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "plan-many.txt", text.render_plan(plans.many(), more="zsync show $(a).json --full"))


@pytest.mark.parametrize("name", ["mixed", "hostile"])
def test_a_plan_in_full_reads_as_its_golden_file(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"plan-{name}.full.txt", text.render_plan(PLANS[name], full=True))


@pytest.mark.parametrize("name", ["troubled", "hostile"])
def test_a_report_in_full_reads_as_its_golden_file(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"report-{name}.full.txt", text.render_report(REPORTS[name], full=True))


def test_a_long_list_folds_in_markdown(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "plan-long.md", renderer("markdown").render_plan(plans.huge(changes=75, lists=2)))


def test_a_huge_plan_is_shortened_in_markdown(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "plan-huge.md", renderer("markdown").render_plan(plans.huge(changes=3_000)))


def test_a_plan_of_very_many_lists_shows_its_deletions_in_markdown(
    golden: Callable[[Path, str], None],
) -> None:
    golden(GOLDEN / "plan-lists.md", markdown.render_plan(plans.huge(240, 120), limit=16_000))
