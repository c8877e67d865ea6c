"""The page as a browser without JavaScript sees it, and the data that its script reads."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.laws import tries
from tests.render import plans
from tests.render.test_escape import nasty
from tests.render.test_golden import DRIFTS, GOLDEN, PLANS, REPORTS
from zsync.model import Approval, Outcome, Plan, Report, Span
from zsync.model.grounds import TooMany
from zsync.model.verdicts import Override, Verdict
from zsync.render.escape import markup, script_json, terminal
from zsync.render.html import render_drift, render_plan, render_report

VOID = {"meta", "link", "br"}

ADDRESS = "https://github.example/acme/crm/actions/runs/7?a=1&b=2"
HARM = [
    render_plan(plans.hostile()),
    render_report(plans.refused(plans.hostile())),
    render_report(plans.harmed()),
    render_report(replace(plans.harmed(), approval=Approval(address=ADDRESS))),
]
"""Pages whose every text a stranger has chosen."""


class Parsed(HTMLParser):
    """A page taken apart: tags with their attributes, the text of each element by its tag, and the shown text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            self.texts[tag][-1] += data


def data_of(page: str) -> Any:
    """What the page's script reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def without_assets(page: str) -> str:
    """The page without its style and its script, which are files of their own, and without their hashes."""
    page = re.sub(r"(<style>|<script>).*?(</style>|</script>)", r"\1…\2", page, flags=re.DOTALL)
    return re.sub(r"'sha256-[^']+'", "'sha256-…'", page)


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_the_page_of_its_golden_file(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"plan-{name}.html", without_assets(render_plan(PLANS[name])))


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_the_page_of_its_golden_file(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"report-{name}.html", without_assets(render_report(REPORTS[name])))


@pytest.mark.parametrize("name", ["none", "moved"])
def test_drift_is_the_page_of_its_golden_file(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"drift-{name}.html", without_assets(render_drift(DRIFTS[name])))


@given(nasty)
@example("</script><!-- \u2028\u2029 <![CDATA[ ]]> &lt;")
def test_data_cannot_end_its_element_and_is_read_back_as_it_was(text: str) -> None:
    made = script_json([text])
    assert not set("<>&\u2028\u2029\n") & set(made)
    assert json.loads(made) == [text]


@given(nasty)
def test_markup_is_read_back_as_it_was_shown(text: str) -> None:
    parsed = Parsed(f'<p title="{markup(text)}">{markup(text)}</p>')
    assert parsed.tags == [("p", {"title": terminal(text)})]
    assert "".join(parsed.texts["p"]) == terminal(text)


@tries(30)
@given(nasty, nasty, nasty, nasty)
def test_a_page_has_the_same_elements_whatever_the_names_are(
    label: str, parent: str, field: str, value: str
) -> None:
    def tags(label: str, parent: str, field: str, value: str) -> list[tuple[str, set[str]]]:
        to = ("Campaigns", "1", "Leads", f"p{parent}")
        one = plans.change(f"l{label}", None, {field: f"v{value}"}, to=to)
        return [(tag, set(attrs)) for tag, attrs in Parsed(render_plan(plans.plan(one))).tags]

    assert tags(label, parent, field, value) == tags("a", "b", "c", "d")


def policy_of(page: str) -> dict[str, str]:
    """The directives of the page's security policy."""
    (content,) = (
        attrs["content"] or ""
        for tag, attrs in Parsed(page).tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    )
    return dict(part.strip().split(" ", 1) for part in content.split(";"))


@pytest.mark.parametrize("page", HARM)
def test_the_policy_lets_run_what_the_page_holds_and_nothing_else(page: str) -> None:
    policy, texts = policy_of(page), Parsed(page).texts
    (style,), (_, script) = texts["style"], texts["script"]
    for directive, text in (("style-src", style), ("script-src", script)):
        assert policy[directive] == f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"


@pytest.mark.parametrize("page", HARM)
def test_nothing_is_loaded_and_no_element_has_a_handler_or_a_style(page: str) -> None:
    for tag, attrs in Parsed(page).tags:
        assert tag not in {"img", "iframe", "object", "embed"}
        assert not {name for name in attrs if name.startswith("on") or name in {"src", "style", "srcset"}}
        if tag == "a" and attrs["href"] != "#changes":
            # Followed by nobody but a person.
            assert (attrs["href"], attrs["rel"]) == (ADDRESS, "noopener noreferrer")
        else:
            assert (attrs.get("href") or "#").startswith(("#", "data:image/svg+xml,"))


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        (ADDRESS, True),
        ("", False),
        ("javascript:alert(1)", False),
        ('https://x.example/"onclick="x', False),
        ("https://x.example/" + "a" * 1000, False),
    ],
)
def test_the_runs_address_is_a_link_if_it_is_fit_for_one(address: str, linked: bool) -> None:
    report = replace(REPORTS["all-applied"], approval=Approval("ana", (), "", address))
    links = [attrs["href"] for tag, attrs in Parsed(render_report(report)).tags if tag == "a"]
    assert links == (["#changes", ADDRESS] if linked else ["#changes"])


def test_the_script_never_makes_markup_from_text() -> None:
    folder = files("zsync.render").joinpath("assets")
    script = "".join(one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".js"))
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
    ):
        assert sink not in script


def test_assets_are_as_short_as_modules() -> None:
    folder = files("zsync.render").joinpath("assets")
    sizes = {one.name: len(one.read_text("utf-8").splitlines()) for one in folder.iterdir()}
    assert {name: size for name, size in sizes.items() if size > 300} == {}


@pytest.mark.parametrize("plan", [plans.mixed(), plans.hostile(), plans.huge(600, 7)])
def test_the_data_holds_every_change(plan: Plan) -> None:
    data = data_of(render_plan(plan))
    shown = sorted((data["actions"][row[0]], row[4]) for row in data["rows"])
    assert shown == sorted((one.action, one.related_record_id) for one in plan.changes)


def test_each_row_carries_its_fields_place_and_origin() -> None:
    data = data_of(render_plan(plans.mixed()))
    (row,) = [row for row in data["rows"] if row[3] == "王芳"]
    told = [(data["names"][name], old, new, move) for name, old, new, move in row[5]]
    assert told == [("Optin", "true", "false", ""), ("Seats", "1", '"1"', "")]
    assert (data["files"][row[6]], row[7:9]) == ("campaigns/spring.yaml", [16, 9])
    assert data["origins"][row[9]] == "drift"


def test_a_report_shows_rows_in_trouble_first_and_the_answers() -> None:
    data = data_of(render_report(plans.troubled()))
    statuses = [data["statuses"][row[10]] for row in data["rows"]]
    assert statuses[:6] == ["refused", "refused", "held", "unknown", "unsent", "applied"]
    assert data["answers"][data["rows"][0][11]] == "INVALID_DATA: the related id given seems to be invalid"


def test_without_javascript_the_first_rows_are_there_and_the_rest_is_counted() -> None:
    parsed = Parsed(render_plan(plans.huge(600, 7)))
    assert (
        sum(tag == "tr" and not attrs for tag, attrs in parsed.tags) == 100 + 2 + 1
    )  # and two heads, one list
    assert any(text.startswith("These are the first 100 of 600 changes") for text in parsed.texts["p"])


def test_the_totals_are_the_headline_and_the_title() -> None:
    parsed = Parsed(render_plan(plans.mixed()))
    assert parsed.texts["h1"] == ["1 to delete, 6 to update, 2 to create, 1 of them drift"]
    assert parsed.texts["title"] == ["zsync plan: 1 to delete, 6 to update, 2 to create, 1 of them drift"]


@tries(30)
@given(st.lists(st.sampled_from([(None, {}), ({}, None), ({"a": 1}, {"a": 2})]), min_size=1, max_size=40))
def test_the_bars_are_as_long_as_their_numbers_and_none_is_lost(states: list[Any]) -> None:
    made = [plans.change(f"n{n}", before, after, number=n) for n, (before, after) in enumerate(states)]
    plan = plans.plan(*made)
    bars = {
        str(attrs["class"]): float(attrs["width"] or 0)
        for tag, attrs in Parsed(render_plan(plan)).tags
        if tag == "rect" and "class" in attrs
    }
    numbers = {name: getattr(plan.summary, name) for name in ("delete", "update", "create")}
    assert bars.keys() == {name for name, number in numbers.items() if number}
    assert sum(bars.values()) <= 1000 + len(bars)
    assert sorted(bars, key=lambda name: (bars[name], name)) == sorted(
        bars, key=lambda name: (numbers[name], name)
    )


def test_guards_that_refuse_and_guards_set_aside_are_alerts() -> None:
    verdict = Verdict("max_deletes", TooMany(6, "delete", most=5), span=Span("zsync.yaml", 3, 5))
    plan = replace(plans.mixed(), verdicts=(verdict,), overrides=(Override("min_size", "<b>why"),))
    page = render_plan(plan)
    assert '<div class="alert danger"><p><strong>REFUSED by 1 guard: max_deletes</strong>' in page
    assert (
        "<code>zsync.yaml:3:5</code>: 6 rows would be deleted, the limit is 5. Plan fewer at a time." in page
    )
    assert "<strong>min_size</strong>, because: &lt;b&gt;why" in page


def test_a_verdict_without_a_place_has_none() -> None:
    page = render_plan(
        replace(plans.mixed(), verdicts=(Verdict("max_deletes", TooMany(6, "delete", most=5)),))
    )
    assert "<strong>max_deletes</strong>: 6 rows would be deleted, the limit is 5." in page


@pytest.mark.parametrize(
    ("plan", "headline"),
    [
        (plans.plan(), "Nothing to do"),
        (replace(plans.plan(), only=("drift",)), "No changes match --only drift"),
    ],
)
def test_a_plan_without_changes_says_so_in_its_headline(plan: Plan, headline: str) -> None:
    assert Parsed(render_plan(plan)).texts["h1"] == [headline]


@pytest.mark.parametrize(("number", "bare", "parents"), [(100, 0, 1), (101, 1, 1)])
def test_as_many_rows_as_there_is_room_for_are_shown_and_no_head_without_any(
    number: int, bare: int, parents: int
) -> None:
    made = [plans.change(f"n{each}", None, {}, number=each) for each in range(100)]
    more = [plans.change("more", None, {}, to=plans.RETAIL, number=900)]
    parsed = Parsed(render_plan(plans.plan(*made, *more[: number - 100])))
    assert sum(attrs.get("id") == "bare" for _, attrs in parsed.tags) == bare
    assert sum(attrs.get("class") == "parent" for tag, attrs in parsed.tags if tag == "tr") == parents


def test_the_longest_list_is_the_first_of_the_chart() -> None:
    few = plans.change("a", None, {}, number=1)
    many = [plans.change(f"n{each}", None, {}, to=plans.RETAIL, number=each) for each in range(2, 5)]
    page = render_plan(plans.plan(few, *many))
    assert page.index("<span>Price_Books › Products</span>") < page.index("<span>Campaigns › Leads</span>")


def test_a_record_that_is_known_by_its_id_has_no_other_name() -> None:
    one = plans.change("3652397000000300001", None, {}, number=1)
    ((*_, label, record_id), *_) = [row[:5] for row in data_of(render_plan(plans.plan(one)))["rows"]]
    assert (label, record_id) == ("", "3652397000000300001")


def test_a_parent_in_trouble_comes_first_in_a_report() -> None:
    calm = plans.change("a", None, {}, number=1)
    harm = plans.change("b", None, {}, to=plans.RETAIL, number=2)
    done = Report(plans.plan(calm, harm), (Outcome("applied"), Outcome("refused", "INVALID_DATA")), 1, 1, 0.1)
    assert [parent[0] for parent in data_of(render_report(done))["parents"]] == ["Price_Books", "Campaigns"]


def test_a_partial_plan_says_so_above_all_else() -> None:
    page = render_plan(replace(plans.mixed(), only=("<drift>",)))
    assert "only &lt;drift&gt;: a partial plan" in page
    assert '<div class="alert warning"><p><strong>A partial plan</strong>' in page
    assert page.index("A partial plan") < page.index("will be deleted")


def test_50_000_changes_are_all_in_the_page() -> None:
    plan = plans.huge(50_000, 100)
    assert f"{len(plan.changes):,}" in render_plan(plan)
