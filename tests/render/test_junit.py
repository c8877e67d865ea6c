"""JUnit's XML as its readers take it: well-formed whatever the names are, and of the form that they agree on."""

from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given

from tests.render import plans
from tests.render.test_escape import nasty
from zsync.model import Plan, Report
from zsync.model.grounds import TooMany
from zsync.model.verdicts import Verdict
from zsync.render.escape import markup, terminal
from zsync.render.junit import render_plan, render_report

# Element → the attributes it must have, those it may have, and its children; after Jenkins' junit-10.xsd.
FORM: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"skipped", "time"},
        {"properties", "testcase"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"classname", "time"}, {"failure", "error", "skipped", "system-out"}),
    **{name: (set(), {"type", "message"}, set()) for name in ("failure", "error", "skipped")},
    "system-out": (set(), set(), set()),
}


def parsed(text: str) -> ET.Element:
    """The document. Fails where an element, an attribute or a place is not one of `FORM`."""
    root = ET.fromstring(text)  # noqa: S314
    assert root.tag == "testsuites"
    for element in root.iter():
        must, may, children = FORM[element.tag]
        assert must <= set(element.keys()) <= must | may
        assert {child.tag for child in element} <= children
    return root


def elements(root: ET.Element) -> Counter[str]:
    """How many elements of each name there are."""
    return Counter(element.tag for element in root.iter())


@given(nasty)
@example("\x00\x08\ufffe\ud800]]>&lt;")
def test_any_text_is_read_back_as_it_was_shown(text: str) -> None:
    element = ET.fromstring(f'<a b="{markup(text)}">{markup(text)}</a>')  # noqa: S314
    assert (element.text or "", element.get("b")) == (terminal(text), terminal(text))


@pytest.mark.parametrize("plan", [plans.plan(), plans.mixed(), plans.hostile(), plans.bare(), plans.huge(60)])
def test_a_plan_has_a_case_for_each_change_and_none_fails(plan: Plan) -> None:
    found = elements(parsed(render_plan(plan)))
    assert found["testcase"] == len(plan.changes) + len(plan.withheld)
    assert found["failure"] + found["error"] == 0
    assert found["skipped"] == len(plan.withheld)


@pytest.mark.parametrize(
    "report", [plans.troubled(), plans.troubled(plans.SPENT), plans.refused(plans.hostile()), plans.harmed()]
)
def test_the_counts_are_those_of_the_cases(report: Report) -> None:
    root = parsed(render_report(report))
    for suite in root.iter("testsuite"):
        found = elements(suite)
        told = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
        assert told == {
            "tests": found["testcase"],
            "failures": found["failure"],
            "errors": found["error"],
            "skipped": found["skipped"],
        }
    found = elements(root)
    assert [root.get("tests"), root.get("failures")] == [str(found["testcase"]), str(found["failure"])]


def test_refused_and_held_rows_fail_with_the_code() -> None:
    root = parsed(render_report(plans.troubled()))
    failures = [(one.get("type"), one.get("message")) for one in root.iter("failure")]
    assert failures[0] == ("refused", "INVALID_DATA: the related id given seems to be invalid")
    assert "held" in [kind for kind, _ in failures]
    assert elements(root) >= Counter(failure=3, error=1, skipped=1)


def test_a_guard_that_refuses_fails() -> None:
    plan = replace(plans.mixed(), verdicts=(Verdict("max_deletes", TooMany(6, "delete", most=5)),))
    root = parsed(render_plan(plan))
    (failure,) = root.iter("failure")
    assert (failure.get("message"), failure.text) == (
        "6 rows would be deleted, the limit is 5",
        "Plan fewer at a time.",
    )
    assert failure.get("type") == "guard"
    (suite,) = [one for one in root.iter("testsuite") if one.get("name") == "guards"]
    assert [(case.get("classname"), case.get("name")) for case in suite.iter("testcase")] == [
        ("zsync.guards", "max_deletes")
    ]
    placed = replace(plan.verdicts[0], place="Campaigns/1/Leads")
    names = {
        case.get("name") for case in parsed(render_plan(replace(plan, verdicts=(placed,)))).iter("testcase")
    }
    assert "max_deletes: Campaigns/1/Leads" in names


def test_a_partial_plan_has_its_selectors_as_a_property() -> None:
    told = parsed(render_plan(replace(plans.mixed(), only=("drift",)))).iter("property")
    assert {one.get("name"): one.get("value") for one in told}["only"] == "--only drift"


def test_15_000_changes_are_as_many_cases() -> None:
    plan = plans.huge()
    assert len(list(parsed(render_plan(plan)).iter("testcase"))) == len(plan.changes)
