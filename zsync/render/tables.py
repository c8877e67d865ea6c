"""Tables of GitHub's Markdown within a budget of characters.

A text that would exceed the budget says less, step by step: fewer rows per table, then urgent rows and counts, then counts
per table, then only the head and the tail. This never fails, and the text says that it was shortened.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

# Rows per table to try, each about a third fewer: a text that fits is found in few tries and wastes little room.
_STEPS = (600, 400, 280, 200, 140, 100, 70, 50, 35, 25, 18, 12, 8, 5, 3, 2)
_COUNTED = (500, 100, 20)
_URGENT = (400, 200, 100, 50)
_FOLD = 20
# No row has fewer characters, so rows that certainly exceed the budget need not be made to see that.
_SHORTEST_ROW = 30


class Table(NamedTuple):
    """A table whose lines are made on demand. All texts are Markdown, already escaped.

    `kinds` has a word for each row (`to delete`), under which rows that are left out are counted. The first `urgent` rows
    are never folded. `section` is a heading above the first of several tables that belong together; `spread` is
    how far numbers move in them, which is told where rows are folded.
    """

    title: str
    columns: tuple[str, ...]
    kinds: Sequence[str]
    line: Callable[[int], str]
    urgent: int = 0
    section: str = ""
    spread: str = ""


def fitting(head: str, tables: Sequence[Table], tail: str, limit: int, note: str) -> str:
    """Head, tables and tail as paragraphs, in at most `limit` characters. If that shortens them, `note` follows the head."""
    for text in _ever_shorter(head, tables, tail, limit, note):
        if len(text) <= limit:
            return text
    return f"{head[: max(limit - 2, 0)]}…\n"[: max(limit, 0)]


def shortened(where: str, link: str) -> str:
    """The note that a text was shortened, and where the whole is: what to run, and a link, if there is one."""
    whole = f"[All of it is here]({link}); " if link else ""
    return f"> [!NOTE]\n> Shortened to fit into a comment. {whole}{where}."


def row(*cells: str) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def _ever_shorter(head: str, tables: Sequence[Table], tail: str, limit: int, note: str) -> Iterator[str]:
    longest = max((len(table.kinds) for table in tables), default=0)
    for rows in (longest, *(step for step in _STEPS if step < longest)):
        # With 15,000 changes, making lines only to find that they do not fit would take long.
        if sum(min(len(table.kinds), rows) + 2 for table in tables) * _SHORTEST_ROW > limit:
            continue
        yield _paragraphs(
            head, note if rows < longest else "", *(_table(table, rows) for table in tables), tail
        )
    total = sum(table.urgent for table in tables)
    for rows in (total, *(step for step in _URGENT if step < total)):
        if 0 < rows * _SHORTEST_ROW <= limit:
            urgent = _urgent(tables, rows)
            yield from (
                _paragraphs(head, note, urgent, _counts(tables, many), tail) for many in _fewer(tables)
            )
    for many in _fewer(tables):
        yield _paragraphs(head, note, _counts(tables, many), tail)
    # The last resorts. The head has the totals, and the note says where everything is.
    yield _paragraphs(head, note, tail)
    yield _paragraphs(head, note)
    yield _paragraphs(head)


def _fewer(tables: Sequence[Table]) -> Sequence[int]:
    return (len(tables), *(step for step in _COUNTED if step < len(tables)))


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(table: Table, rows: int) -> str:
    shown = min(len(table.kinds), rows)
    above = [f"### {table.section}"] if table.section else []
    parts = [*above, f"#### {table.title}", *_segments(table, shown)]
    if left := table.kinds[shown:]:
        parts.append(f"… and {len(left):,} more: {_told(left)}")
    return "\n\n".join(parts)


def _urgent(tables: Sequence[Table], shown: int) -> str:
    """The urgent rows of all tables in one table, unfolded. Those that do not fit are counted."""
    every = [(table, at) for table in tables for at in range(table.urgent)]
    head = [row("List", *tables[0].columns), row(*["---"] * (len(tables[0].columns) + 1))]
    text = "\n".join([*head, *(f"| {table.title} {table.line(at)}" for table, at in every[:shown])])
    summary = _told([table.kinds[at] for table, at in every])
    left = f"\n\n… and {len(every) - shown:,} more" if shown < len(every) else ""
    return f"<details open><summary>{summary}</summary>\n\n{text}{left}\n\n</details>"


def _segments(table: Table, shown: int) -> Iterator[str]:
    """The rows: unfolded if they are few or urgent, else folded."""
    if shown <= _FOLD:
        yield _rows(table, 0, shown)
        return
    urgent = min(table.urgent, shown)
    if urgent:
        rows = _rows(table, 0, urgent)
        yield rows if urgent <= _FOLD else _folded(table, 0, urgent, " open")
    if urgent < shown:
        yield _folded(table, urgent, shown, "")


def _folded(table: Table, start: int, end: int, state: str) -> str:
    summary = ", ".join(filter(None, (_told(table.kinds[start:end]), table.spread)))
    return f"<details{state}><summary>{summary}</summary>\n\n{_rows(table, start, end)}\n\n</details>"


def _rows(table: Table, start: int, end: int) -> str:
    return "\n".join(
        [row(*table.columns), row(*["---"] * len(table.columns)), *map(table.line, range(start, end))]
    )


def _counts(tables: Sequence[Table], many: int) -> str:
    lines = [row("List", "Changes"), row("---", "---")]
    lines += [row(table.title, _told(table.kinds)) for table in tables[:many]]
    if left := [kind for table in tables[many:] for kind in table.kinds]:
        lines.append(f"\n… and {len(tables) - many:,} more lists: {_told(left)}")
    text = "\n".join(lines) if tables else ""
    if len(tables) <= _FOLD:
        return text
    summary = f"{len(tables):,} lists: {_told([kind for table in tables for kind in table.kinds])}"
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def _told(kinds: Sequence[str]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in Counter(kinds).items())
