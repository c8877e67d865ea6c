"""Searching, filtering, sorting, folding, keys, themes, printing: on pages opened from a file."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.render import plans
from zsync.render.html import render_plan, render_report

MIXED = render_plan(plans.mixed())
MANY = render_plan(plans.huge(700, 12))
SHOWN = "#rows tbody tr:not(.space):not(.parent)"


def names(page: Page) -> list[str]:
    """The names of the records that are drawn, in their order."""
    return page.locator(f"{SHOWN} .record strong").all_inner_texts()


def found(page: Page) -> str:
    """How many changes the page says it shows."""
    return page.locator("#found").inner_text()


def test_a_search_narrows_the_rows_and_says_how_many_are_left(opened: Open) -> None:
    page = opened(MIXED)
    assert found(page) == "All 9 changes"
    page.get_by_role("searchbox", name="Search").fill("spring responded")
    assert (found(page), names(page)) == ("1 of 9 changes", ["bo@acme.example"])
    page.get_by_role("searchbox", name="Search").press("Escape")
    assert found(page) == "All 9 changes"


@pytest.mark.parametrize(
    ("word", "number"),
    [("TEA-", 2), ("prices.csv", 1), ("3652397000000300006", 1), ("drift", 1), ("nobody", 0)],
)
def test_a_search_finds_names_files_ids_and_origins(opened: Open, word: str, number: int) -> None:
    page = opened(MIXED)
    page.get_by_role("searchbox").fill(word)
    assert found(page) == f"{number} of 9 changes"
    assert len(names(page)) == number


def test_actions_lists_and_origins_filter_together(opened: Open) -> None:
    page = opened(MIXED)
    page.get_by_role("checkbox", name="delete 1").check(force=True)
    page.get_by_role("checkbox", name="create 2").check(force=True)
    assert names(page) == ["old@acme.example", "ana@acme.example", "TEA-2"]
    page.get_by_label("List", exact=True).select_option("Price_Books › Products")
    assert names(page) == ["TEA-2"]
    page.get_by_label("Origin").select_option("drift")
    assert found(page) == "0 of 9 changes"


def test_a_list_of_the_chart_filters_the_table(opened: Open) -> None:
    page = opened(MIXED)
    page.get_by_role("button", name="Price_Books › Products").click()
    assert sorted(names(page)) == ["TEA-1", "TEA-2"]


def test_a_column_sorts_up_then_down_then_not(opened: Open) -> None:
    page = opened(MANY)
    page.get_by_label("By parent").uncheck()
    head = page.get_by_role("columnheader", name="Record")
    head.get_by_role("button").click()
    assert names(page)[:3] == ["lead0@acme.example", "lead1@acme.example", "lead2@acme.example"]
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    assert names(page)[0] == "lead699@acme.example"
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None


def test_sorting_by_parent_stays_within_parents(opened: Open) -> None:
    page = opened(MANY)
    page.get_by_role("columnheader", name="Record").get_by_role("button").click()
    assert names(page)[:3] == ["lead0@acme.example", "lead12@acme.example", "lead24@acme.example"]


def test_a_parent_folds_by_click_and_all_fold_by_the_button(opened: Open) -> None:
    page = opened(MIXED)
    page.get_by_text("Spring Launch 2027").click()
    assert names(page) == ["TEA-1", "TEA-2"]
    page.get_by_role("button", name="Unfold all").click()
    assert len(names(page)) == 9
    page.get_by_role("button", name="Fold all").click()
    assert names(page) == []
    expect(page.locator("tr.parent")).to_have_count(2)


def test_everything_can_be_done_with_the_keyboard(opened: Open) -> None:
    page = opened(MIXED)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#rows")).to_be_focused()
    expect(page.locator("#rows")).to_have_attribute("aria-activedescendant", "item-0")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#item-0")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(page.locator("#item-0")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#rows")).to_have_attribute("aria-activedescendant", "item-2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#rows")).to_have_attribute("aria-activedescendant", "item-0")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_last_row_is_a_key_away_and_in_sight(opened: Open, width: int) -> None:
    page = opened(MANY, width=width)
    page.locator("#rows").focus()
    page.keyboard.press("End")
    last = page.locator(".active")
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-rowindex", "713")
    page.keyboard.press("Home")
    expect(page.locator("#item-0")).to_be_in_viewport()


@pytest.mark.parametrize("width", [1280, 390])
def test_scrolling_meets_every_row_once_and_in_order(opened: Open, width: int) -> None:
    page = opened(render_plan(plans.huge(300, 12)), width=width)
    seen: list[int] = []
    while True:
        drawn = page.locator("#rows tbody tr:not(.space)").evaluate_all(
            "rows => rows.map(row => Number(row.id.slice(5)))"
        )
        assert drawn == list(range(drawn[0], drawn[-1] + 1))
        assert len(drawn) < 200
        assert not seen or drawn[0] <= seen[-1] + 1
        seen += [one for one in drawn if not seen or one > seen[-1]]
        if page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1"):
            break
        page.evaluate("window.scrollBy(0, innerHeight); dispatchEvent(new Event('scroll')); paint()")
    assert seen == list(range(312))


def test_the_window_is_never_empty_while_scrolling_up(opened: Open) -> None:
    page = opened(MANY, width=390)
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight); paint()")
    for _ in range(20):
        page.evaluate("window.scrollBy(0, -700); paint()")
        covered = page.evaluate(
            "[50, innerHeight / 2, innerHeight - 50].map(y => document.elementFromPoint(100, y).closest('.space'))"
        )
        assert covered == [None, None, None]


def test_rows_without_javascript_are_the_rows_with_it(opened: Open) -> None:
    selector = "#rows tbody tr:not(.space)"
    for html in (MIXED, render_plan(plans.hostile()), render_report(plans.troubled())):
        plain = opened(html, java_script_enabled=False).locator(selector).all_inner_texts()
        scripted = opened(html).locator(selector).all_inner_texts()
        # Headings of parents have a count besides.
        assert [re.sub(r"\s+\d+$", "", one) if "\t" not in one else one for one in scripted] == plain


def test_without_javascript_the_page_says_what_it_leaves_out(opened: Open) -> None:
    page = opened(MANY, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("234 to delete, 233 to update, 233 to create")
    expect(page.get_by_text("These are the first 100 of 700 changes")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_count(0)


@pytest.mark.parametrize(
    "html", [render_plan(plans.hostile()), render_report(plans.refused(plans.hostile()))]
)
def test_hostile_names_are_text_and_run_nothing(opened: Open, html: str) -> None:
    page = opened(html)
    page.get_by_role("searchbox").fill("<script>alert(1)</script>")
    assert found(page) == "All 3 changes"
    assert names(page)[0].startswith("a|b <script>alert(1)</script> @team ::error::x")
    assert page.locator("script").count() == 2
    assert page.locator("main a, main img, main b:not(.tile b, .chips b), main i").count() == 0


def test_the_policy_stops_scripts_styles_and_markup_that_are_not_the_pages(opened: Open) -> None:
    page = opened(MIXED, tolerated="TrustedHTML|TrustedScript|Content Security Policy")
    stopped = page.evaluate(
        """() => {
          const tries = [
            () => { document.body.innerHTML = "<b>x</b>"; },
            () => { document.createElement("script").textContent = "window.ran = 1"; },
            () => { window.setTimeout("window.ran = 1"); },
          ];
          return tries.map((attempt) => { try { attempt(); return "went"; } catch (error) { return error.name; } });
        }"""
    )
    assert stopped == ["TypeError", "TypeError", "TypeError"]
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    assert page.evaluate("window.ran") is None


@pytest.fixture
def background(opened: Open) -> Page:
    """A page whose system asks for the light theme."""
    return opened(MIXED, color_scheme="light")


def test_the_theme_follows_the_system_until_a_reader_chooses(background: Page) -> None:
    def paper() -> str:
        return str(background.evaluate("getComputedStyle(document.documentElement).backgroundColor"))

    light = paper()
    background.emulate_media(color_scheme="dark")
    dark = paper()
    assert light != dark
    background.get_by_role("button", name="Theme: auto").click()
    background.emulate_media(color_scheme="light")
    assert paper() == dark
    background.reload()
    assert paper() == dark
    background.get_by_role("button", name="Theme: dark").click()
    assert paper() == light


@pytest.mark.parametrize(
    "html", [MIXED, render_plan(plans.hostile()), render_report(plans.refused(plans.hostile()))]
)
def test_no_width_makes_the_page_scroll_sideways(opened: Open, html: str) -> None:
    page = opened(html)
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_print_holds_all_rows_and_the_screen_is_as_before(opened: Open) -> None:
    page = opened(MANY)
    page.evaluate(
        "addEventListener('beforeprint', () => { printedRows = document.querySelectorAll('#rows tbody tr').length })"
    )
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")
    assert page.evaluate("printedRows") == 712 + 2
    assert page.locator("#rows tbody tr").count() < 200


def test_a_report_filters_by_outcome(opened: Open) -> None:
    page = opened(render_report(plans.troubled()))
    page.get_by_role("checkbox", name="refused 2").check(force=True)
    assert names(page) == ["bo@acme.example", "bo@acme.example"]
    page.get_by_role("searchbox").fill("INVALID_DATA")
    assert found(page) == "1 of 9 changes"


def test_lists_of_names_that_hold_the_separator_stay_apart(opened: Open) -> None:
    one = plans.change("a", None, {}, to=("Campaigns", "1", "Leads › x", "P"))
    page = opened(render_plan(plans.plan(one, replace(one, related_list="x"))))
    assert page.locator(f"{SHOWN} .list").all_inner_texts() == ["Leads › x", "x"]


def test_a_plan_without_changes_is_a_page_too(opened: Open) -> None:
    page = opened(render_plan(plans.plan()))
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing to do")
    page.get_by_role("button", name="Theme: auto").click()
