"""What holds for every renderer."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from tests.render import plans
from zsync.files.plan import dump_plan, dump_report
from zsync.model import Plan, Report, Withheld
from zsync.render import FORMATS, renderer

PEOPLE = [form for form in FORMATS if form != "json"]
OBEYED = "github"


def test_the_formats_are_those_that_are_promised() -> None:
    assert list(FORMATS) == ["text", "json", "markdown", "html", "github", "junit"]


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        renderer("yaml")


def test_a_format_is_imported_when_it_is_asked_for() -> None:
    script = (
        "import sys, zsync.render; print([name for name in sys.modules if name.startswith('zsync.render.')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_json_is_the_file_of_the_plan_and_of_the_report() -> None:
    report = plans.troubled()
    assert renderer("json").render_plan(report.plan) == dump_plan(report.plan)
    assert renderer("json").render_report(report) == dump_report(report)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("plan", [plans.plan(), plans.mixed(), plans.hostile(), plans.bare()])
def test_every_text_ends_with_one_line_end(form: str, plan: Plan) -> None:
    for text in (renderer(form).render_plan(plan), renderer(form).render_report(plans.applied(plan))):
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize("form", [form for form in PEOPLE if form != OBEYED])
@pytest.mark.parametrize(
    "report", [plans.applied(plans.hostile()), plans.refused(plans.hostile()), plans.harmed()]
)
def test_no_line_is_a_command_to_the_runner_or_the_terminal(form: str, report: Report) -> None:
    for text in (renderer(form).render_plan(report.plan), renderer(form).render_report(report)):
        lines = text.split("\n")
        assert all(line.isprintable() and "##[" not in line for line in lines)
        assert not [line for line in lines if line.lstrip().startswith("::")]


names = st.text(alphabet="ab\n\r\x1b\x85\u2028|`:# ")


@tries()
@given(names, names, names, names)
def test_no_name_can_add_a_line(label: str, parent: str, field: str, value: str) -> None:
    def made(label: str, parent: str, field: str, value: str) -> Plan:
        to = ("Campaigns", "1", "Leads", parent)
        return plans.plan(plans.change(label, {field: value}, {field: value + "x"}, to=to))

    for form in PEOPLE:
        render = renderer(form).render_plan
        lines = render(made(label, parent, field, value)).count("\n")
        assert lines == render(made("a", "b", "c", "d")).count("\n")


@pytest.mark.parametrize("withheld", [False, True])
def test_selectors_of_a_plan_without_changes_are_inert(withheld: bool) -> None:
    row = plans.change("a", {"A": "x"}, {"A": "y"}, origin="conflict")
    plan = replace(
        plans.plan(),
        only=("\x1b[31m<b>@team",),
        withheld=(Withheld("conflict", row),) if withheld else (),
    )
    assert "\x1b" not in renderer("text").render_plan(plan)
    assert "\x1b" not in renderer("text").render_report(Report(plan, (), 0, 0, 0))
    (line,) = [line for line in renderer("markdown").render_plan(plan).splitlines() if " match" in line]
    assert "`--only '\\x1b[31m<b>@team'`" in line
