"""A Chromium that is on the machine, and pages in it; where there is none, these tests are skipped and say so."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing of Chromium's own is to call anybody.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Open = Callable[..., Page]


def chromium() -> str | None:
    """Where it is: $CHROMIUM, or the one that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Headless Chromium, which keeps its own files where the tests' files are."""
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium here: apt-get install chromium, or name one in $CHROMIUM")
    with sync_playwright() as playwright:
        home: dict[str, str | float | bool] = {**os.environ, "HOME": str(tmp_path_factory.mktemp("home"))}
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS), env=home)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """`opened(html, **context)` opens a page from a file. The test fails if the page errs, warns, asks or loads."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(
        html: str, *, width: int = 1280, height: int = 900, tolerated: str = "(?!)", **more: Any
    ) -> Page:
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page: Page = context.new_page()
        page.on("console", lambda message: complain(message.text, tolerated))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: complaints.append(request.url) if not ours(request.url) else None)
        page.goto(file.as_uri())
        return page

    def complain(text: str, tolerated: str) -> None:
        if not re.search(tolerated, text):
            complaints.append(f"console: {text}")

    def ours(url: str) -> bool:
        return url == (tmp_path / "page.html").as_uri() or url.startswith("data:image/svg+xml,")

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
