"""Every link of the README and of the pages leads somewhere, and their Markdown is as it is meant. Nothing is fetched."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.example import ROOT
from tests.reference.markdown import anchor

DOCS = ROOT / ".github" / "docs"
PAGES = [ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": False})
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


@cache
def tokens(page: Path) -> list[Token]:
    """The page as Markdown has it, what is inside of lines included."""
    made = GITHUB.parse(page.read_text("utf-8"))
    return [one for token in made for one in (token, *(token.children or ()))]


def links(page: Path) -> list[str]:
    """Where its links and pictures lead."""
    found = (token.attrGet("href") or token.attrGet("src") for token in tokens(page))
    return [str(link) for link in found if link]


@cache
def anchors(page: Path) -> set[str]:
    """What can stand behind `#`: its headings, as GitHub names them."""
    names: list[str] = []
    for heading in (
        after
        for one, after in zip(tokens(page), tokens(page)[1:], strict=False)
        if one.type == "heading_open"
    ):
        plain = "".join(
            each.content for each in heading.children or () if each.type in ("text", "code_inline")
        )
        names.append(anchor(plain))
    return {
        name if not names[:at].count(name) else f"{name}-{names[:at].count(name)}"
        for at, name in enumerate(names)
    }


def broken(page: Path, link: str) -> str:
    """Why a link leads nowhere; empty where it leads somewhere."""
    parts = urlsplit(link)
    if parts.scheme:
        return "" if parts.scheme == "https" and "." in parts.netloc else "it is no https address"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return "there is no such file"
    if parts.fragment and parts.fragment not in (anchors(target) if target.suffix == ".md" else ()):
        return "there is no such heading"
    return ""


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    assert {link: why for link in links(page) if (why := broken(page, link))} == {}


@pytest.mark.parametrize(
    ("link", "why"),
    [
        (".github/docs/nowhere.md", "there is no such file"),
        (".github/docs/drift.md#nowhere", "there is no such heading"),
        ("../outside.md", "there is no such file"),
        ("http:nothing", "it is no https address"),
        (".github/docs/reference/codes.md#exit-codes", ""),
        ("https://www.zoho.com/crm/", ""),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str, why: str) -> None:
    assert broken(ROOT / "README.md", link) == why


@every_page
def test_every_row_of_a_table_has_the_cells_of_its_head(page: Path) -> None:
    text = re.sub(r"```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block


@every_page
def test_html_in_a_page_is_comments_and_folds_alone(page: Path) -> None:
    html = "".join(token.content for token in tokens(page) if token.type in ("html_block", "html_inline"))
    plain = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
    assert set(re.findall(r"</?(\w+)", plain)) <= {"details", "summary", "code"}


def test_the_readme_links_every_page() -> None:
    linked = {(ROOT / urlsplit(link).path).resolve() for link in links(ROOT / "README.md")}
    assert {*DOCS.glob("*.md"), DOCS / "reference" / "index.md"} - linked == set()


def test_every_picture_is_shown_somewhere_and_is_small() -> None:
    shown = {
        (page.parent / link).resolve() for page in PAGES for link in links(page) if link.endswith(".png")
    }
    pictures = {*(ROOT / ".github" / "pictures").iterdir()}
    assert pictures == shown
    assert [picture.name for picture in pictures if picture.stat().st_size > 200_000] == []
