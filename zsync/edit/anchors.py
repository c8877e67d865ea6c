"""Anchors whose text goes: what repeats them keeps what it says, for the first of these takes the anchor over."""

from collections.abc import Sequence

from zsync.edit.outline import Tree
from zsync.edit.sites import CannotAmend, Written
from zsync.edit.splicing import Splice


def keep_anchors(page: Written, splices: Sequence[Splice]) -> list[Splice]:
    """The splices, and those that move anchors which they take away. Raises `CannotAmend` where one cannot move."""
    made = list(splices)
    taken = [splice for splice in splices if splice.end > splice.start]
    for number in range(len(page.documents)):
        links = page.links(number)
        for tree in links.anchors:
            if not _within(tree, taken):
                continue
            heir = next((each for each in links.users.get(id(tree), ()) if not _within(each, taken)), None)
            if heir is not None:
                made.append(Splice(heir.start, heir.end, _whole(page, tree)))
    return made


def _within(tree: Tree, taken: Sequence[Splice]) -> bool:
    """Whether the first character of a node is taken away."""
    return any(splice.start <= tree.start < splice.end for splice in taken)


def _whole(page: Written, tree: Tree) -> str:
    """What an anchor stands before, anchor included, if that is on one line and in no block."""
    text = page.text[tree.start : page.ends(tree)]
    if "\n" in text or (tree.items is not None and not page.flows(tree)):
        raise CannotAmend(f"`*{tree.anchor}` repeats a block that would change: write it out there first")
    return text
