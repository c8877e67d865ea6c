"""Makes the pictures under `.github/pictures/`: comments as GitHub shows them, and pages as a browser does."""

import re
import tempfile
from html import escape
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS, chromium
from tests.example import ROOT, desk

FOLDER = ROOT / ".github" / "pictures"
_STYLE = (Path(__file__).parent / "comment.css").read_text("utf-8")
_ALERT = re.compile(r"<blockquote>\s*<p>\[!(\w+)\]\s*(.*?)</blockquote>", re.DOTALL)


class Picture(NamedTuple):
    """A file's name, what it shows, and how much of it."""

    name: str
    html: str
    width: int
    height: int
    scheme: str = "light"


def main() -> None:
    """Make all of them, and say where they are."""
    with tempfile.TemporaryDirectory() as folder:
        # Before the browser: Playwright's loop runs in this thread, and zsync starts one of its own.
        shown = pictures(Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
            for picture in shown:
                take(browser, picture, Path(folder))
            browser.close()


def pictures(folder: Path) -> list[Picture]:
    """The plan and the report of the example, each as comment and as page."""
    with desk(folder) as example:
        example.plan()
        plan = {form: example.show("plan.json", form) for form in ("markdown", "html")}
    with desk(folder / "again") as example:
        example.report()
        report = {form: example.show("report.json", form) for form in ("markdown", "html")}
    return [
        Picture("comment-plan.png", comment(plan["markdown"]), 1100, 900),
        Picture("comment-report.png", comment(report["markdown"]), 1100, 900),
        Picture("page-plan.png", plan["html"], 1240, 1080),
        Picture("page-report.png", report["html"], 1240, 1080, "dark"),
    ]


def comment(text: str) -> str:
    """Markdown of a comment as a page that looks like GitHub's."""
    body = MarkdownIt("gfm-like", {"html": True, "linkify": True}).render(text)
    body = _ALERT.sub(
        lambda found: (
            f'<blockquote class="alert {found[1].lower()}" style="margin-left:0"><p class="title">{found[1].title()}</p><p>{found[2]}</blockquote>'
        ),
        body,
    )
    head = "<header><b>github-actions</b> <i>bot</i> commented</header>"
    return f'<!doctype html><meta charset="utf-8"><title>{escape("comment")}</title><style>{_STYLE}</style><div class="comment">{head}<article>{body}</article></div>'


def take(browser: Browser, picture: Picture, folder: Path) -> None:
    """One screenshot, no taller than what there is to see."""
    file = folder / "picture.html"
    file.write_text(picture.html, encoding="utf-8")
    size = {"width": picture.width, "height": picture.height}
    page = browser.new_page(viewport=size, color_scheme=picture.scheme)  # type: ignore[arg-type]
    page.goto(file.as_uri())
    tall = page.evaluate("Math.ceil(document.body.getBoundingClientRect().bottom)")
    clip = {"x": 0, "y": 0, "width": picture.width, "height": min(picture.height, tall)}
    page.screenshot(path=FOLDER / picture.name, clip=clip, full_page=True)  # type: ignore[arg-type]
    page.close()
    print(f"{FOLDER / picture.name}: {(FOLDER / picture.name).stat().st_size:,} bytes")


main()
