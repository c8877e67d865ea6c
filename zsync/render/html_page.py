"""The frame of the page: its head with the security policy, its totals, its chart, its table.

The page is one file: style, script and rows are inside, and its policy lets nothing else run or load.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from zsync.render.escape import markup
from zsync.render.html_rows import STATIC_ROWS, Rows, columns, list_counts, page_data, table_body
from zsync.render.words import count

_STYLES = ("page.css", "table.css")
_SCRIPTS = ("data.js", "select.js", "row.js", "window.js", "page.js")
_MOST_LISTS = 12
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' "
    "rx='4' fill='%233457d5'/%3E%3Cpath d='M4.5 5h7L5 11h7' fill='none' stroke='white' stroke-width='1.8'/%3E%3C/svg%3E"
)


class Tile(NamedTuple):
    """One of the big numbers. `kind` is an action, a status or `unchanged`; `noun` stands below the number."""

    kind: str
    number: int
    noun: str


class Alert(NamedTuple):
    """Something that must not be missed, at level `danger` or `warning`. `lines` are HTML."""

    level: str
    title: str
    lines: tuple[str, ...]


class PageParts(NamedTuple):
    """What the page says above and below its table. Texts are plain, except the lines of alerts and steps (HTML)."""

    subject: str
    headline: str
    where: str
    tiles: tuple[Tile, ...]
    alerts: tuple[Alert, ...]
    steps: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    rows: Rows
    ran_at: str = ""
    """The address of the run, fit for a link: the only one on the page that leads anywhere."""


def html_page(page: PageParts) -> str:
    """The whole page, ending with a line end."""
    style, script = _asset(_STYLES), _asset(_SCRIPTS)
    title = f"{page.subject}: {page.headline}"
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">',
        f'<link rel="icon" href="{_ICON}">\n<title>{markup(title)}</title>\n<style>{style}</style>',
        '</head>\n<body>\n<a class="skip" href="#changes">Skip to the changes</a>',
        *_header(page),
        "<main>",
        *_totals(page),
        *_chart(page),
        *_changes(page),
        *_facts(page),
        "</main>",
        f'<script type="application/json" id="data">{page_data(page.rows)}</script>',
        f"<script>{script}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


@cache
def _asset(names: tuple[str, ...]) -> str:
    folder = files("zsync.render").joinpath("assets")
    return "\n" + "".join(folder.joinpath(name).read_text("utf-8") for name in names)


def _policy(style: str, script: str) -> str:
    """The security policy: nothing is loaded, only this style and this script run, and no string becomes markup."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


@cache
def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _header(page: PageParts) -> Iterator[str]:
    yield f'<header class="top"><p><b>zsync</b> {markup(page.subject.removeprefix("zsync "))}</p>'
    yield f'<p class="where">{markup(page.where)}</p>'
    yield '<button type="button" id="theme" hidden>Theme: auto</button></header>'


def _totals(page: PageParts) -> Iterator[str]:
    yield '<section class="totals" aria-labelledby="headline">'
    yield f'<h1 id="headline">{markup(page.headline)}</h1>\n<ul class="tiles">'
    for kind, number, noun in page.tiles:
        zero = " none" if not number else ""
        yield f'<li class="tile {kind}{zero}"><b>{number:,}</b> <span>{markup(noun)}</span></li>'
    yield "</ul>"
    for level, title, lines in page.alerts:
        yield f'<div class="alert {level}"><p><strong>{markup(title)}</strong></p>'
        yield from (f"<p>{line}</p>" for line in lines)
        yield "</div>"
    if page.steps:
        yield '<h2>Next</h2>\n<ul class="steps">'
        yield from (f"<li>{step}</li>" for step in page.steps)
        yield "</ul>"
    yield "</section>"


def _chart(page: PageParts) -> Iterator[str]:
    # The biggest lists first: a reader looks for where a plan weighs most.
    counts = sorted(list_counts(page.rows).items(), key=lambda item: -item[1].total())
    if not counts:
        return
    longest = counts[0][1].total()
    shown = [kind for kind in page.kinds if any(numbers[kind] for _, numbers in counts)]
    yield '<section class="chart" aria-labelledby="chart-title"><h2 id="chart-title">By list</h2>'
    yield '<div class="scroll" tabindex="0" role="group" aria-labelledby="chart-title"><table id="chart"><thead><tr>'
    words: Mapping[str, str] = {str(action): word for action, word in page.rows.words.items()}
    heads = "".join(f'<th scope="col" class="number {kind}">{words.get(kind, kind)}</th>' for kind in shown)
    yield f'<th scope="col">Related list</th>{heads}</tr></thead><tbody>'
    for name, numbers in counts[:_MOST_LISTS]:
        cells = "".join(f'<td class="number">{numbers[kind]:,}</td>' for kind in shown)
        bar = _bar([(kind, numbers[kind]) for kind in shown], longest)
        yield f'<tr><th scope="row"><div><span>{markup(name)}</span>{bar}</div></th>{cells}</tr>'
    yield "</tbody></table></div>"
    if left := counts[_MOST_LISTS:]:
        yield f"<p>… and {count(len(left), 'more list')}</p>"
    yield "</section>"


def _bar(parts: Sequence[tuple[str, int]], longest: int) -> str:
    """A stacked bar, 1,000 units wide at most. Every part that is not zero is wide enough to be seen."""
    at, drawn = 0, []
    # At 12 units, one change among 50,000 is still seen on a phone.
    scale = 1000 - 12 * len(parts)
    for kind, number in parts:
        if number:
            wide = 12 + round(number / longest * scale)
            drawn.append(f'<rect class="{kind}" x="{at}" width="{wide}" height="10"/>')
            at += wide
    return f'<svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">{"".join(drawn)}</svg>'


def _changes(page: PageParts) -> Iterator[str]:
    total = len(page.rows.order)
    yield '<section id="changes" aria-labelledby="changes-title" tabindex="-1">'
    yield '<h2 id="changes-title">Changes</h2>'
    if not total:
        yield "<p>None.</p></section>"
        return
    yield '<form id="filters" role="search" aria-label="Filter the changes" hidden></form>'
    if total > STATIC_ROWS:
        # Not in <noscript>: it must show wherever the script does not run, even because a policy forbids it.
        yield (
            f'<p id="bare">These are the first {STATIC_ROWS:,} of {count(total, "change")}: with JavaScript this page '
            "shows all, and so does <code>zsync show</code> with the plan or report file.</p>"
        )
    yield '<p id="found" role="status"></p>'
    heads = "".join(f'<th scope="col" class="{key}">{title}</th>' for key, title in columns(page.rows))
    kind = "report" if page.rows.outcomes else "plan"
    yield f'<table id="rows" class="{kind}" aria-labelledby="changes-title"><thead><tr>{heads}</tr></thead><tbody>'
    yield from table_body(page.rows)
    yield "</tbody></table></section>"


def _facts(page: PageParts) -> Iterator[str]:
    told = [(name, markup(text)) for name, text in page.facts if text]
    if page.ran_at:
        shown = markup(page.ran_at)
        told.append(("Ran at", f'<a href="{shown}" rel="noopener noreferrer">{shown}</a>'))
    if not told:
        return
    yield '<section class="facts" aria-labelledby="facts-title"><h2 id="facts-title">Details</h2><dl>'
    yield from (f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in told)
    yield "</dl></section>"
