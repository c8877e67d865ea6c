"""Items of sequences and mappings in brackets: which go, and where new ones come in, commas included."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from zsync.edit.outline import Tree
from zsync.edit.sites import CannotAmend, Written
from zsync.edit.splicing import Splice


class Item(NamedTuple):
    """The indices between which an item stands, without commas."""

    start: int
    end: int


New = Mapping[int, Sequence[tuple[str, str]]]
"""By the index of the item above which they come in: the texts of new items, each with a comment, which has a place on a line of its own alone."""


def without(
    page: Written, tree: Tree, items: Sequence[Item], removed: Collection[int], new: New | None = None
) -> list[Splice]:
    """The splices that take items out of brackets and put new ones in. Raises `CannotAmend` where a comment would be lost."""
    new = new or {}
    if all(_alone(page, item) for item in items):
        return _lines(page, items, removed, new)
    left = [index for index in range(len(items)) if index not in removed]
    texts = {at: [text for text, _ in group] for at, group in new.items()}
    if not left:
        _check(page, items[0].start, tree.end)
        inside = ", ".join(text for _, group in sorted(texts.items()) for text in group)
        return [Splice(items[0].start, tree.end - 1, inside)]
    made = [
        Splice(items[index].start, items[index + 1].start, "")
        for index in sorted(removed)
        if index < left[-1]
    ]
    if left[-1] + 1 < len(items):
        made.append(Splice(items[left[-1]].end, items[-1].end, ""))
    for splice in made:
        _check(page, splice.start, splice.end)
    for at, group in sorted(texts.items()):
        below = next((index for index in left if index >= at), None)
        if below is None:
            end = items[-1].end
            made.append(Splice(end, end, "".join(f", {text}" for text in group)))
        else:
            start = items[below].start
            made.append(Splice(start, start, "".join(f"{text}, " for text in group)))
    return made


def _alone(page: Written, item: Item) -> bool:
    """Whether nothing stands on an item's lines but a comma and a comment."""
    before = page.text[page.line_start(item.start) : item.start]
    behind = page.text[item.end : page.line_end(item.end)].strip().removeprefix(",").lstrip()
    return not before.strip() and (not behind or behind.startswith("#"))


def _lines(page: Written, items: Sequence[Item], removed: Collection[int], new: New) -> list[Splice]:
    """Items that have lines of their own: YAML lets the last of those that stay keep its comma."""
    gone = [items[index] for index in sorted(removed)]
    made = [Splice(page.line_start(item.start), page.line_end(item.end), "") for item in gone]
    for at, group in sorted(new.items()):
        beside = items[max(at - 1, 0)]
        indent = " " * page.column(beside.start)
        place = page.line_end(beside.end) if at else page.line_start(beside.start)
        lines = [f"{indent}{text},{remark}\n" for text, remark in group]
        if at == len(items) and not _comma(page, beside):
            text, remark = group[-1]
            lines[-1] = f"{indent}{text}{remark}\n"
            if at - 1 not in removed:
                made.append(Splice(beside.end, beside.end, ","))
        text = "".join(lines)
        made.append(Splice(place, place, text, whole=True))
    return made


def _comma(page: Written, item: Item) -> bool:
    return page.text[item.end : page.line_end(item.end)].lstrip().startswith(",")


def _check(page: Written, start: int, end: int) -> None:
    if page.commented(start, end):
        raise CannotAmend("a comment among the rows would be lost")
