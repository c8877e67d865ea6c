"""The rows to look at as the first block of each format: text, Markdown, HTML."""

from collections.abc import Iterator, Sequence

from zsync.model import Plan
from zsync.render.attention import Sight, deciding, few, grouped, waiting
from zsync.render.columns import columns, padded
from zsync.render.escape import markdown, markup, terminal
from zsync.render.groups import NAME
from zsync.render.tables import row
from zsync.render.words import RUNES, cut

TITLE = "Look at these"

_LONG = 300
_NAME_WIDTH = 38
_WORD_WIDTH = 9


def text_looks(looks: Sequence[Sight], *, more: str, full: bool) -> Iterator[tuple[str, str]]:
    """The lines of the block, each with the word that it is about or ''; escaped, for a terminal.

    `more` is the command that shows those that are only counted; with `full` none are.
    """
    if not looks:
        return
    shown, left = (looks, "") if full else few(looks)
    yield TITLE, ""
    for (module, record_id, label, name), those in grouped(shown):
        parent = (label or record_id) if full else cut(label or record_id, NAME)
        yield f"  {terminal(module)} › {terminal(parent)} › {terminal(name)}", ""
        yield from _text_rows(those, full=full)
    if left:
        yield f"  … and {left}: {terminal(more)} shows each", ""


def _text_rows(looks: Sequence[Sight], *, full: bool) -> Iterator[tuple[str, str]]:
    names = [f"{RUNES[look.change.action]} {terminal(_name(look, full=full))}" for look in looks]
    wide = max((size for name in names if (size := columns(name)) <= _NAME_WIDTH), default=0)
    for look, name in zip(looks, names, strict=True):
        place = f"  {terminal(look.change.place)}" if look.change.source else ""
        yield f"    {look.word:<{_WORD_WIDTH}} {padded(name, wide)}  {terminal(look.told)}{place}", look.word
        for way, command in look.ways:
            yield f"    {'':{_WORD_WIDTH}} {terminal(way)}{': ' + terminal(command) if command else ''}", ""


def markdown_looks(plan: Plan, looks: Sequence[Sight], way: str = "") -> str:
    """The block in GitHub's Markdown, after an empty line; empty where there is nothing to look at. `way` is where arrows point, if it is not where
    the plan goes."""
    if not looks:
        return ""
    alert = f"\n\n> [!CAUTION]\n> {markdown_sentence(waiting(plan))}" if waiting(plan) else ""
    alert += f"\n> Row by row: {markdown(command)}" if (command := deciding(plan)) else ""
    way = way or ("CRM → before the run" if plan.restores else "CRM → this branch")
    columns_ = ("Look at", "Record", way, "Way out", "Manifest")
    shown, left = few(looks)
    rows = [row(*_cells(look)) for look in shown]
    rows += [f"\n… and {left}"] if left else []
    table = "\n".join([row(*columns_), row(*["---"] * len(columns_)), *rows])
    return f"{alert}\n\n#### {TITLE}\n\n{table}"


def markdown_sentence(text: str) -> str:
    """A sentence of our own, its number set off."""
    head, _, rest = text.partition(":")
    return f"**{head}**:{rest}"


def _cells(look: Sight) -> tuple[str, ...]:
    change = look.change
    record = f"`{RUNES[change.action]}` {markdown(_name(look))}<br>{markdown(_where(look))}"
    ways = "<br>".join(
        markdown(cut(f"{way}:" if command else way, _LONG)) + (f" {markdown(command)}" if command else "")
        for way, command in look.ways
    )
    place = markdown(change.place)
    return look.word, record, markdown(cut(look.told, _LONG)), ways, place


def html_looks(plan: Plan, looks: Sequence[Sight]) -> tuple[str, ...]:
    """The block as lines of HTML; empty where there is nothing to look at."""
    shown, left = few(looks)
    lines = [_html(look) for look in shown]
    lines += [f"… and {left}"] if left else []
    return tuple(([markup(waiting(plan))] if waiting(plan) else []) + lines)


def _html(look: Sight) -> str:
    change = look.change
    place = f" <code>{markup(change.place)}</code>" if change.source else ""
    ways = "".join(
        f"<br>{markup(cut(way, _LONG))}" + (f": <code>{markup(command)}</code>" if command else "")
        for way, command in look.ways
    )
    return (
        f'<span class="badge {look.word}">{look.word}</span> <strong>{markup(_name(look))}</strong> '
        f"in {markup(_where(look))}: {markup(cut(look.told, _LONG))}{place}{ways}"
    )


def _name(look: Sight, *, full: bool = False) -> str:
    label, record_id = look.change.label, look.change.related_record_id
    if full:
        return f"{label} ({record_id})" if label and label != record_id else record_id
    return cut(label or record_id, NAME)


def _where(look: Sight) -> str:
    change = look.change
    return f"{change.module} › {cut(change.record_label or change.record_id, NAME)} › {change.related_list}"
