"""Annotations as GitHub's runner reads them: every line is one command of ours, and no name can begin another."""

import re
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.render import plans
from tests.render.test_escape import nasty
from zsync.model import BaseCommit, Change, Diagnostic, Drift, Fields, Note, Plan, Report, Span, Withheld
from zsync.model.grounds import TooMany
from zsync.model.verdicts import Override, Verdict
from zsync.render.escape import command_message, command_property, terminal
from zsync.render.github import MOST, render_diagnostics, render_drift, render_plan, render_report


class Command(NamedTuple):
    """A workflow command, decoded."""

    name: str
    properties: dict[str, str]
    message: str


def unescaped(text: str, **more: str) -> str:
    """What the runner makes of a value (ActionCommand.cs): `%25` comes last."""
    for code, char in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        text = text.replace(code, char)
    return text


def commands(text: str) -> list[Command]:
    """The commands of a log. Fails for a line that is none."""
    found = []
    for line in text.splitlines():
        parsed = re.fullmatch(r"::([a-z-]+) (.*?)::(.*)", line)
        assert parsed, line
        pairs = (pair.split("=", 1) for pair in parsed[2].split(","))
        properties = {name: unescaped(value, **{"%3A": ":", "%2C": ","}) for name, value in pairs}
        found.append(Command(parsed[1], properties, unescaped(parsed[3])))
    return found


@given(nasty)
@example("%0A::error::x")
@example("a:b,c%3A\r\n")
def test_a_value_is_read_back_as_it_was_shown(text: str) -> None:
    assert unescaped(command_message(text)) == terminal(text)
    assert unescaped(command_property(text), **{"%3A": ":", "%2C": ","}) == terminal(text)


@given(nasty, nasty, nasty)
def test_names_stay_where_they_belong(label: str, file: str, value: str) -> None:
    one = plans.change(label, None, {"Member_Status": value}, file=file)
    _, found = commands(render_plan(plans.plan(one)))
    assert (found.name, set(found.properties)) == ("notice", {"file", "line", "col", "title"})
    assert found.properties["file"] == terminal(file)
    assert "\n" not in found.message


@pytest.mark.parametrize(
    "report", [plans.applied(plans.hostile()), plans.refused(plans.hostile()), plans.harmed()]
)
def test_a_hostile_report_gives_commands_of_ours_alone(report: Report) -> None:
    found = commands(render_plan(report.plan)) + commands(render_report(report))
    assert {one.name for one in found} <= {"error", "warning", "notice"}
    assert {name for one in found for name in one.properties} == {"file", "line", "col", "title"}


def test_deletions_warn_and_other_changes_are_noted_at_their_lines() -> None:
    found = commands(render_plan(plans.mixed()))
    warning, total, first, *_ = found
    assert (warning.name, warning.properties["line"]) == ("warning", "13")
    assert warning.message.startswith("- old@acme.example in Campaigns Spring Launch 2027 › Leads")
    told = "1 to delete, 6 to update, 2 to create, 1 of them drift\ncompared with main at 4f1c2ab"
    assert (total.name, total.message) == ("notice", told)
    assert (first.properties["file"], first.properties["line"]) == ("campaigns/spring.yaml", "12")


def test_a_partial_plan_says_so_beside_its_totals() -> None:
    _, total, *_ = commands(render_plan(replace(plans.mixed(), only=("drift",))))
    assert total.message.endswith("\nonly drift: a partial plan, other changes are left out")


def test_a_row_that_only_the_base_has_marks_no_line_and_says_where_it_stood() -> None:
    gone = replace(plans.change("ana", {"Member_Status": "Sent"}, None), commit="4f1c2ab" + "0" * 33)
    conflict = replace(gone, origin="conflict", agreed={"Member_Status": "Invited"})
    for made in (plans.plan(gone), replace(plans.plan(), withheld=(Withheld("conflict", conflict),))):
        found = commands(render_plan(made))
        assert [one.message for one in found if one.message.endswith("at 4f1c2ab:campaigns/spring.yaml:11:9")]
        assert not any("file" in one.properties for one in found)


def test_what_one_place_deletes_is_told_once_with_its_names() -> None:
    place = Span("a.yaml", 4, 3)
    gone = [replace(plans.change(f"c{n}", {}, None, number=n), source=place) for n in range(25)]
    warning, _ = commands(render_plan(plans.plan(*gone)))
    assert len(warning.message.splitlines()) == 21
    assert warning.message.endswith("\n… and 5 more to delete")


@pytest.mark.parametrize(
    "made", [render_plan(plans.huge(300)), render_report(plans.refused(plans.huge(300)))]
)
def test_no_more_annotations_than_github_shows(made: str) -> None:
    found = commands(made)
    for name in {one.name for one in found}:
        assert sum(one.name == name for one in found) <= MOST


@pytest.mark.parametrize("number", [20, 21])
def test_twenty_names_of_a_place_are_told_and_the_rest_is_counted(number: int) -> None:
    place = Span("a.yaml", 4, 3)
    gone = [replace(plans.change(f"c{n}", {}, None, number=n), source=place) for n in range(number)]
    warning, _ = commands(render_plan(plans.plan(*gone)))
    assert warning.message.endswith("\n… and 1 more to delete") is (number == 21)
    assert len(warning.message.splitlines()) == number


@pytest.mark.parametrize("number", [MOST, MOST + 1])
def test_annotations_without_a_place_are_left_out_beyond_the_most_and_counted_by_their_words(
    number: int,
) -> None:
    aside = tuple(Override(f"guard_{each}", "why") for each in range(number))
    found = [
        one for one in commands(render_plan(replace(plans.plan(), overrides=aside))) if one.name == "warning"
    ]
    assert len(found) == MOST
    more = "2 more annotations (2 override): `zsync show` tells all"
    assert (found[-1].message == more) is (number > MOST)
    assert (found[-1].properties["title"] == "zsync: and more") is (number > MOST)


def test_verdicts_that_are_left_out_are_counted_as_guards() -> None:
    verdicts = tuple(Verdict(f"guard_{number}", TooMany(6, "delete", most=5)) for number in range(MOST + 1))
    found = [
        one for one in commands(render_plan(replace(plans.plan(), verdicts=verdicts))) if one.name == "error"
    ]
    assert found[-1].message == "2 more annotations (2 guard): `zsync show` tells all"


def test_what_is_left_out_is_counted() -> None:
    *_, last = commands(render_plan(plans.huge(300)))
    assert (
        last.message == "192 more annotations in 1 file (92 to update, 100 to create): `zsync show` tells all"
    )


def moved(number: int, before: Fields | None, after: Fields | None, source: Span | None) -> Change:
    """What would take a move of the CRM back."""
    return replace(plans.change(f"l{number}", before, after, number=number, origin="drift"), source=source)


def noted(*back: Change, unmanaged: int = 0) -> list[tuple[str, int]]:
    """Of each annotation of drift but the head, its title and how many lines it has."""
    extra = tuple(moved(100 + number, {}, None, None) for number in range(unmanaged))
    (_, *found) = commands(render_drift(Drift(replace(plans.plan(*back), unmanaged=extra))))
    return [(one.properties["title"], len(one.message.splitlines())) for one in found]


def test_what_the_crm_moved_is_told_by_its_place_and_without_one_by_its_row() -> None:
    here = Span("a.yaml", 4, 3)
    sent: Fields = {"Member_Status": "Sent"}
    changed, removed = ("zsync: changed in the CRM", "zsync: removed in the CRM")
    assert noted(*(moved(n, {"Member_Status": "x"}, sent, here) for n in range(2))) == [(changed, 2)]
    assert noted(*(moved(n, {"Member_Status": "x"}, sent, None) for n in range(2))) == [(changed, 1)] * 2
    assert noted(*(moved(n, None, sent, here) for n in range(2)), moved(2, {}, sent, here)) == [
        (changed, 1),
        (removed, 2),
    ]


@pytest.mark.parametrize(("unmanaged", "last"), [(20, "l119"), (21, "… and 1 more"), (23, "… and 3 more")])
def test_rows_that_no_manifest_names_are_told_in_one_annotation(unmanaged: int, last: str) -> None:
    assert noted(unmanaged=unmanaged) == [("zsync: added in the CRM", min(unmanaged, 21))]
    extra = tuple(moved(100 + number, {}, None, None) for number in range(unmanaged))
    *_, told = commands(render_drift(Drift(replace(plans.plan(), unmanaged=extra))))
    assert last in told.message.splitlines()[-1]


def test_drift_of_no_known_base_has_its_counts_alone() -> None:
    (head,) = commands(render_drift(Drift(plans.plan(binding=replace(plans.BINDING, base=BaseCommit())))))
    assert head.message == "none · 7 as agreed"


def test_every_row_that_was_not_applied_is_marked_by_how_bad_it_is() -> None:
    found = commands(render_report(plans.troubled(plans.SPENT)))
    titles = [(one.name, one.properties["title"]) for one in found]
    refused, held = ("error", "zsync: refused"), ("warning", "zsync: held")
    assert titles == [
        ("error", "zsync: the run was stopped"),
        refused,
        refused,
        ("error", "zsync: unknown"),
        held,
        ("warning", "zsync: unsent"),
        ("notice", "zsync apply"),
    ]


def test_a_guard_that_refuses_is_an_error_and_one_set_aside_a_warning() -> None:
    verdict = Verdict("max_deletes", TooMany(6, "delete", most=5), span=Span("zsync.yaml", 3, 5))
    plan = replace(plans.mixed(), verdicts=(verdict,), overrides=(Override("min_size", "a new year"),))
    error, warning, *_ = commands(render_plan(plan))
    assert (error.name, error.properties["file"]) == ("error", "zsync.yaml")
    assert error.message == "6 rows would be deleted, the limit is 5\nPlan fewer at a time."
    assert (warning.name, warning.message) == ("warning", "min_size, because: a new year")


def test_a_diagnostic_marks_what_its_caret_marks() -> None:
    note = Note(Span("a.yaml", 2, 1), "first listed here")
    one = Diagnostic(
        "repeated-row", "listed twice", Span("b,c.yaml", 7, 5), "Remove one.", "warning", "x", 4, (note,)
    )
    (found,) = commands(render_diagnostics([one]))
    assert found.name == "warning"
    assert found.properties == {
        "file": "b,c.yaml",
        "line": "7",
        "col": "5",
        "endColumn": "9",
        "title": "zsync: repeated-row",
    }
    assert found.message == "listed twice\na.yaml:2:1: first listed here\nRemove one."


def test_diagnostics_without_a_place_and_no_diagnostics() -> None:
    assert commands(render_diagnostics([Diagnostic("no-manifests", "none found")]))[0].message == "none found"
    assert render_diagnostics([]) == ""


def test_15_000_changes_are_few_annotations_that_count_the_rest() -> None:
    plan: Plan = plans.huge()
    told = commands(render_plan(plan))
    assert 0 < len(told) <= 3 * MOST
    assert len(plan.changes) > len(told)


@given(st.integers(1, 60))
def test_shown_and_counted_changes_are_all_changes(number: int) -> None:
    made = [plans.change(f"n{n}", None, {}, number=n) for n in range(number)]
    found = commands(render_plan(plans.plan(*made)))
    left = [int(one.message.split()[0]) for one in found if one.properties["title"] == "zsync: and more"]
    assert len(found) - 1 - len(left) + sum(left) == number
