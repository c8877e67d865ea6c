"""A Chromium that is on the machine, and pages in it; where there is none, these tests are skipped and say so."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

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

PATIENCE = 300_000
"""Milliseconds: what has not come by then will not come on the busiest machine."""

expect.set_options(timeout=PATIENCE)


def chromium() -> str | None:
    """Where it is: $CHROMIUM, or the one that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def missing_library() -> str:
    """What the loader says where a library is missing that the driver's own Node is linked with; else nothing."""
    node, _ = compute_driver_executable()
    tried = subprocess.run([node, "--version"], capture_output=True, text=True)
    return tried.stderr if tried.returncode == 127 else ""


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Headless Chromium, which keeps its own files where the tests' files are."""
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium here: apt-get install chromium, or name one in $CHROMIUM")
    if missing := missing_library():
        pytest.skip(
            f"Chromium's driver does not start here (on Debian, apt-get install libatomic1): {missing}"
        )
    with sync_playwright() as playwright:
        home: dict[str, str | float | bool] = {**os.environ, "HOME": str(tmp_path_factory.mktemp("home"))}
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS), env=home)
        yield started
        started.close()


class Tabs:
    """One tab with JavaScript and one without: a new one costs ten times what a page in it costs."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.open: dict[bool, Page] = {}
        self.complaints: list[str] = []
        self.tolerated = "(?!)"
        self.file = ""

    def page(self, *, scripted: bool) -> Page:
        """The tab, as a new one would be."""
        if scripted not in self.open:
            context = self.browser.new_context(java_script_enabled=scripted)
            context.set_default_timeout(PATIENCE)
            self.open[scripted] = self._watched(context.new_page())
        page = self.open[scripted]
        page.emulate_media(media="null", color_scheme="light", reduced_motion="null", forced_colors="null")
        page.mouse.move(0, 0)
        return page

    def _watched(self, page: Page) -> Page:
        page.on("console", lambda message: self._complain(message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self._ask(request.url))
        return page

    def _complain(self, text: str) -> None:
        if not re.search(self.tolerated, text):
            self.complaints.append(f"console: {text}")

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _ask(self, url: str) -> None:
        if url not in (self.file, "about:blank") and not url.startswith("data:image/svg+xml,"):
            self.complaints.append(url)

    def leave(self) -> list[str]:
        """What there was to complain about. Nothing of the page is left; a tab with a complaint is closed."""
        told, self.complaints, self.tolerated = self.complaints, [], "(?!)"
        for scripted, page in list(self.open.items()):
            if told:
                self.open.pop(scripted).context.close()
                continue
            if scripted and page.url == self.file:
                page.evaluate("localStorage.clear()")
            page.goto("about:blank")
        return told


@pytest.fixture(scope="package")
def tabs(browser: Browser) -> Tabs:
    """The tabs of the browser."""
    return Tabs(browser)


@pytest.fixture
def opened(tabs: Tabs, tmp_path: Path) -> Iterator[Open]:
    """`opened(html, width=390)` opens a page from a file. The test fails if the page errs, warns, asks or loads.

    `tolerated` is a pattern of what the console may say. The page is left when the test ends, and when another is opened.
    """

    def opened(
        html: str,
        *,
        width: int = 1280,
        height: int = 900,
        tolerated: str = "(?!)",
        color_scheme: Literal["light", "dark"] = "light",
        java_script_enabled: bool = True,
    ) -> Page:
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        tabs.file, tabs.tolerated = file.as_uri(), tolerated
        page = tabs.page(scripted=java_script_enabled)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme)
        page.goto(file.as_uri())
        return page

    yield opened
    assert tabs.leave() == []
