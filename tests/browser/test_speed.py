"""How long a reader waits on large plans; `pytest -s` prints the times."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.render import plans
from zsync.render.html import render_plan

# From the event to the end of the layout that it asks for, and until the frame after it.
MEASURE = """async ([selector, act, value]) => {
  const control = document.querySelector(selector);
  const before = performance.now();
  if (act === "click") control.click();
  else {
    control.value = value;
    control.dispatchEvent(new Event(act, { bubbles: true }));
  }
  document.body.getBoundingClientRect();
  const done = performance.now() - before;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return [done, performance.now() - before];
}"""
FILTERS = {
    "search, first letter": ("input[name=search]", "input", "l"),
    "search, one row": ("input[name=search]", "input", "lead4711@"),
    "search, several words": ("input[name=search]", "input", "campaign delete 7"),
    "search, nothing": ("input[name=search]", "input", "nobody"),
    "search, cleared": ("input[name=search]", "input", ""),
    "action": ("input[value=delete]", "click", ""),
    "action, off": ("input[value=delete]", "click", ""),
    "list": ("select[name=list]", "change", "1"),
    "list, all": ("select[name=list]", "change", "-1"),
    "by parent, off": ("input[name=grouped]", "click", ""),
    "sort by record": ("#sort-record", "click", ""),
    "filter, sorted": ("input[name=search]", "input", "lead47"),
}


def large(number: int) -> str:
    """A plan of so many changes of two kinds of lists."""
    some = plans.huge(number - 500, 100).changes
    more = [
        plans.change(f"TEA-{n}", {"list_price": n}, {"list_price": n + 1}, to=plans.RETAIL, number=n)
        for n in range(500)
    ]
    return render_plan(plans.plan(*some, *more))


@pytest.mark.parametrize("number", [15_000, pytest.param(50_000, marks=pytest.mark.nightly)])
def test_filters_of_a_large_page_draw_few_rows_and_tell_their_time(opened: Open, number: int) -> None:
    page: Page = opened(large(number))
    start = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    print(f"\n{number:,} changes: opened in {start:.0f} ms")
    for name, step in FILTERS.items():
        done, frame = page.evaluate(MEASURE, list(step))
        print(
            f"  {name:22} {done:6.1f} ms, frame after {frame:6.1f} ms · {page.locator('#found').inner_text()}"
        )
        assert page.locator("#rows tbody tr").count() < 300, name
