"""Diagnostics in CI's formats: what is to be fixed, where it is, inert whoever wrote it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.laws import tries
from tests.render.plans import HOSTILE, mixed, plan
from tests.render.test_escape import nasty
from tests.render.test_github import commands
from tests.render.test_junit import elements, parsed
from zsync.model import Diagnostic, Note, Span
from zsync.render import github, junit
from zsync.render import json as as_json
from zsync.render.markdown import render_plan
from zsync.render.problems import LIMIT, alert, render_diagnostics

GOLDEN = Path(__file__).parent / "golden"
GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": True})


def one(
    message: str = "unknown key `kye`", file: str = "a.yaml", line: int = 5, severity: str = "error"
) -> Diagnostic:
    """A diagnostic with a source line, a second place and advice."""
    notes = (Note(Span(file, 2, 1), message),)
    return Diagnostic(
        "unknown-key",
        message,
        Span(file, line, 5),
        "did you mean `key`?\nor none",
        "warning" if severity == "warning" else "error",
        "    kye: Email",
        3,
        notes,
    )


FOUND = [
    one(severity="warning"),
    one(line=7),
    one(HOSTILE, HOSTILE),
    Diagnostic("no-manifest", "no path", help=HOSTILE),
]


def in_markdown(found: list[Diagnostic], limit: int = LIMIT) -> str:
    """As a comment under a pull request has them."""
    return render_diagnostics(found, subject="zsync plan", limit=limit)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("problems.md", lambda: in_markdown(FOUND)),
        ("problems.github", lambda: github.render_diagnostics(FOUND, subject="zsync plan")),
        ("problems.xml", lambda: junit.render_diagnostics(FOUND, files=("a.yaml", "b.yaml"))),
        ("problems.json", lambda: as_json.render_diagnostics(FOUND)),
        ("plan-warned.md", lambda: render_plan(mixed(), warnings=FOUND)),
    ],
)
def test_diagnostics_read_as_their_golden_files(
    name: str, made: Callable[[], str], golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / name, made())


def test_a_table_for_each_file_has_its_errors_first() -> None:
    text = in_markdown(FOUND[:2])
    assert text.startswith("### zsync plan: 1 error, 1 warning\n\n#### `a.yaml`\n")
    assert text.index("| **error**") < text.index("| **warning**")
    assert "`5:5` | `` unknown key `kye` ``<br>`kye: Email`<br>`a.yaml:2:1`: " in text


@given(nasty, nasty)
def test_what_strangers_wrote_makes_no_markup(message: str, file: str) -> None:
    html = GITHUB.render(in_markdown([one(message, file)]))
    assert html.count("<td>") == 4
    assert set(re.findall(r"<(/?[a-z]\w*|!--)", re.sub("<code>.*?</code>", "", html, flags=re.DOTALL))) <= {
        *("h3", "/h3", "h4", "/h4", "table", "/table", "thead", "/thead", "tbody", "/tbody", "br"),
        *("tr", "/tr", "th", "/th", "td", "/td", "strong", "/strong"),
    }


@tries(30)
@given(st.integers(0, 9_000))
def test_every_limit_is_kept(limit: int) -> None:
    many = [one(file=f"{number % 7}.yaml") for number in range(60)]
    assert len(in_markdown(many, limit=limit)) <= limit


def test_very_many_problems_fit_into_a_comment_and_lead_to_the_rest() -> None:
    many = [one(HOSTILE, f"{number % 900}.yaml", number) for number in range(1, 9_000)]
    text = render_diagnostics(many, subject="zsync plan", link="https://ci.example/run")
    assert len(text) <= LIMIT
    assert "### zsync plan: 8,999 errors\n" in text
    assert "[All of it is here](https://ci.example/run)" in text


def test_a_table_that_is_cut_keeps_its_errors_open_and_names_no_page_that_there_is_not() -> None:
    many = [one(line=n) for n in range(1, 8)] + [one(line=n, severity="warning") for n in range(8, 40)]
    text = in_markdown(many)
    assert text.index("| **error**") < text.index("<details>") < text.index("| **warning**")
    assert "All of it is here" not in in_markdown(many * 40, limit=4_000)


@pytest.mark.parametrize(
    ("column", "begins", "shown"),
    [
        (1, 1, "a" * 159 + "…"),
        (41, 1, "a" * 159 + "…"),
        (42, 1, "…" + "a" * 158 + "…"),
        (181, 1, "…" + "a" * 60 + "b" * 98 + "…"),
        (1_181, 1_001, "…" + "a" * 60 + "b" * 98 + "…"),
        (340, 1, "…" + "b" * 101),
    ],
)
def test_of_a_long_line_the_part_around_the_place_is_shown(column: int, begins: int, shown: str) -> None:
    long = replace(one(), excerpt="a" * 200 + "b" * 200, span=Span("a.yaml", 5, column), begins=begins)
    assert f"`{shown}`" in in_markdown([long])


def test_a_line_of_just_so_many_characters_is_shown_whole() -> None:
    whole = replace(one(), excerpt="  " + "a" * 160, span=Span("a.yaml", 5, 120))
    assert f"`{'a' * 160}`" in in_markdown([whole])


def test_json_is_ascii_whatever_is_in_it() -> None:
    text = as_json.render_diagnostics([one(HOSTILE, "\udcff.yaml")])
    assert text.isascii()
    (found,) = json.loads(text)
    assert (found["message"], found["file"]) == (HOSTILE, "\udcff.yaml")


def test_no_diagnostics_are_an_empty_list() -> None:
    assert as_json.render_diagnostics([]) == "[]\n"


def test_warnings_without_a_place_are_a_case_of_their_own_in_junit() -> None:
    bare = Diagnostic("a", "loose", severity="warning")
    root = parsed(junit.render_diagnostics([bare, one(severity="warning"), one()], subject="zsync plan"))
    assert {case.get("classname") for case in root.iter("testcase")} == {"zsync.plan"}
    assert [(case.get("name"), case.findtext("system-out")) for case in root.iter("testcase")][1:] == [
        ("warnings", "warnings: loose"),
        ("a.yaml", "a.yaml:5:5: unknown key `kye`"),
    ]
    (failure,) = root.iter("failure")
    assert failure.get("message") == "unknown key `kye`"
    twice = parsed(junit.render_diagnostics([one(severity="warning")] * 2, files=("b.yaml",)))
    assert [case.findtext("system-out") for case in twice.iter("testcase")] == [
        None,
        "a.yaml:5:5: unknown key `kye` · a.yaml:5:5: unknown key `kye`",
    ]


def test_a_diagnostic_without_a_place_is_told_by_its_code_alone() -> None:
    bare = Diagnostic("no-manifest", "no path", severity="warning")
    assert alert([bare]).endswith("> - `no-manifest`: `no path`")
    assert "`unknown-key` `a.yaml:5:5`: " in alert([one(severity="warning")])
    (command,) = commands(github.render_diagnostics([bare]))
    assert command.properties == {"title": "zsync: no-manifest"}


@pytest.mark.parametrize(("width", "end"), [(0, "6"), (1, "6"), (3, "8")])
def test_an_annotation_ends_where_what_it_means_ends(width: int, end: str) -> None:
    (command,) = commands(github.render_diagnostics([replace(one(), width=width)]))
    assert (command.properties["col"], command.properties["endColumn"]) == ("5", end)
    assert command.message.splitlines()[-2:] == ["did you mean `key`?", "or none"]


def test_json_of_a_diagnostic_without_a_place_has_nulls() -> None:
    (found,) = json.loads(as_json.render_diagnostics([Diagnostic("a", "b")]))
    assert (found["file"], found["line"], found["column"]) == (None, None, None)


@given(nasty, nasty)
def test_errors_fail_in_junit_and_sound_files_do_not(message: str, file: str) -> None:
    root = parsed(junit.render_diagnostics([one(message, f"/{file}")], files=("b.yaml", f"/{file}")))
    assert (elements(root)["testcase"], elements(root)["failure"]) == (2, 1)
    (failure,) = root.iter("failure")
    assert failure.get("type") == "unknown-key"


def test_a_file_with_warnings_alone_succeeds_and_tells_them() -> None:
    root = parsed(junit.render_diagnostics([one(severity="warning")], files=("a.yaml",)))
    assert elements(root)["failure"] == 0
    assert [told.text for told in root.iter("system-out")] == ["a.yaml:5:5: unknown key `kye`"]


def test_warnings_come_before_the_changes_in_annotations() -> None:
    warning, _, total, *_ = commands(github.render_plan(mixed(), warnings=FOUND[:1]))
    assert (warning.name, warning.properties["line"]) == ("warning", "5")
    assert total.name == "notice"


def test_a_plan_with_nothing_to_do_warns_as_well() -> None:
    assert "> [!WARNING]\n> - `unknown-key` " in render_plan(plan(), warnings=FOUND[:1])


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (1, 1), (10, 10), (11, 9), (500, 9)])
def test_warnings_above_a_plan_are_few_and_the_rest_is_counted(number: int, shown: int) -> None:
    text = alert([one(severity="warning")] * number)
    assert text.count("`unknown-key`") == shown
    assert (f"… and {number - shown:,} more warnings" in text) is (number > shown)
