"""axe-core, which knows WCAG 2.2, finds nothing on the page: in either theme, at any width, in every state."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.render import plans
from zsync.render.html import render_plan, render_report

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES: dict[str, Callable[[], str]] = {
    "mixed": lambda: render_plan(plans.mixed()),
    "hostile": lambda: render_plan(plans.hostile()),
    "many": lambda: render_plan(plans.huge(700, 12)),
    "none": lambda: render_plan(plans.plan()),
    "troubled": lambda: render_report(plans.troubled(plans.SPENT)),
    "applied": lambda: render_report(plans.applied(plans.mixed())),
}


def violations(page: Page) -> list[str]:
    """What axe-core finds: the rule and the elements."""
    response = Axe().run(page, options=RULES).response
    assert len(response["passes"]) > 15
    return [
        f"{found['id']}: {node['html'][:200]} {node['failureSummary']}"
        for found in response["violations"]
        for node in found["nodes"]
    ]


RICHEST = ("hostile", "many", "troubled")
"""A plan with every odd name, one that folds, and a report with every outcome: before a merge these do."""


@pytest.mark.parametrize(
    "name", [*RICHEST, *(pytest.param(one, marks=pytest.mark.nightly) for one in PAGES if one not in RICHEST)]
)
def test_axe_finds_nothing(opened: Open, name: str) -> None:
    page = opened(PAGES[name](), color_scheme="light")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 800})
    assert violations(page) == []


@pytest.mark.parametrize("name", ["mixed", pytest.param("many", marks=pytest.mark.nightly)])
def test_axe_finds_nothing_without_javascript(opened: Open, name: str) -> None:
    # axe-core is JavaScript itself, so the page is one that has lost its script.
    bare = re.sub(r"<script>.*?</script>", "", PAGES[name](), flags=re.DOTALL)
    assert violations(opened(bare)) == []


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.nightly), "dark"])
def test_axe_finds_nothing_when_readers_have_been_at_work(opened: Open, scheme: str) -> None:
    page = opened(PAGES["troubled"](), color_scheme=scheme, height=1600)
    for box in page.locator(".chips input").all():
        box.check(force=True)
    page.get_by_role("button", name="Fold all").click()
    page.get_by_role("columnheader", name="Record").get_by_role("button").click()
    page.locator("#rows").focus()
    assert violations(page) == []
    page.get_by_role("searchbox").fill("nobody")
    assert violations(page) == []


def test_what_is_found_is_announced(opened: Open) -> None:
    page = opened(PAGES["mixed"]())
    assert page.get_by_role("status").inner_text() == "All 9 changes"


def test_axe_would_find_something(opened: Open) -> None:
    page = opened(PAGES["mixed"]())
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert [found.split(":")[0] for found in violations(page)] == ["html-has-lang"]
