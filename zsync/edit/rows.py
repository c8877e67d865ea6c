"""The rows of one sequence: which go, and where new ones come in."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from zsync.edit.edits import AddRow
from zsync.edit.items import Item, without
from zsync.edit.order import place_of, row_order
from zsync.edit.outline import Tree
from zsync.edit.sites import CannotAmend, Site, Written
from zsync.edit.splicing import Splice
from zsync.edit.writing_rows import Entries, field_entries, flow_row, key_entries, remark
from zsync.model import ManagedList, Row

_SPACES = re.compile(" *")


class New(NamedTuple):
    """A row to come in: how it is sorted, its keys and values as YAML, and the comment behind it."""

    order: tuple[bool, tuple[str, ...]]
    entries: Entries
    remark: str


def new_row(edit: AddRow) -> New:
    """The row that an edit adds. Raises `CannotAmend` for a value that no text can express."""
    managed = edit.managed
    entries = [*key_entries(managed.key, edit.key, by_id=edit.by_id)]
    if not edit.absent:
        entries += field_entries(
            {**dict.fromkeys(managed.defaults), **edit.fields}, managed.defaults, managed.kind
        )
    return New(row_order(edit.key, by_id=edit.by_id), entries, remark(edit.comment))


class PartRows:
    """The rows under one `records` or `absent`: `known` are what was read from them, in the same order."""

    def __init__(
        self, page: Written, site: Site, found: tuple[Tree, Tree], managed: ManagedList, known: Sequence[Row]
    ) -> None:
        self.page, self.site, self.managed, self.known = page, site, managed, known
        self.key, self.tree = found[0], site.links.of(found[1])
        self.shared = next((tree for tree in (site.tree, found[1]) if tree.alias), None)
        self.items = self.tree.items or []
        self.removed: set[int] = set()
        self.added: list[New] = []
        places = [site.links.of(item) for _, item in self.items]
        self.places = {(tree.line + 1, tree.column + 1): at for at, tree in enumerate(places)}

    def find(self, row: Row) -> int | None:
        """The index of a row; None for one that stands elsewhere. Raises `CannotAmend` for rows that are repeated from elsewhere."""
        index = self.places.get((row.line, row.column))
        if index is not None:
            self.check()
        return index

    def check(self) -> None:
        """Raises `CannotAmend` where the rows stand under an alias: there, nothing can be changed for this list alone."""
        if self.shared:
            raise CannotAmend(f"its rows are repeated from elsewhere, by the alias `*{self.shared.alias}`")

    def add(self, edit: AddRow) -> None:
        """Add a row. Raises `CannotAmend` for a value that no text can express."""
        self.check()
        self.added.append(new_row(edit))

    def splices(self) -> list[Splice]:
        """What takes the place of what."""
        if not (self.removed or self.added):
            return []
        self.added.sort(key=lambda new: new.order)
        if self.page.flows(self.tree):
            return self.in_brackets() if self.items else self.first()
        left = len(self.items) - len(self.removed)
        made = [self.gone(index) for index in sorted(self.removed)]
        made += self.come()
        if not left and not self.added:
            made.append(self.emptied())
        return made

    def in_brackets(self) -> list[Splice]:
        """The rows of a sequence in flow style."""
        items = [Item(item.start, self.page.ends(item)) for _, item in self.items]
        slots = self.slots()
        new = {at: [(flow_row(each.entries), each.remark) for each in group] for at, group in slots.items()}
        return without(self.page, self.tree, items, self.removed, new)

    def first(self) -> list[Splice]:
        """Rows in place of `[]`: one a line, unless what is around them is in braces."""
        page, tree = self.page, self.tree
        texts = [flow_row(new.entries) for new in self.added]
        if page.flows(self.site.links.of(self.site.tree)) or page.line_start(
            self.key.start
        ) != page.line_start(tree.start):
            return [Splice(page.begins(tree), tree.end, f"[{', '.join(texts)}]")]
        indent = " " * (page.column(self.key.start) + 2)
        lines = "".join(
            f"{indent}- {text}{new.remark}\n" for text, new in zip(texts, self.added, strict=True)
        )
        begins = page.begins(tree)
        if not tree.anchor:
            begins -= len(page.text[: tree.start]) - len(page.text[: tree.start].rstrip(" "))
        below = page.line_end(tree.end)
        return [Splice(begins, tree.end, ""), Splice(below, below, lines, whole=True)]

    def come(self) -> list[Splice]:
        """The new rows of a sequence in block style, each on lines of its own below the row before it."""
        made = []
        for at, group in sorted(self.slots().items()):
            place = self.page.line_end(self.page.ends(self.items[at - 1][1])) if at else self.top()
            text = "".join(self.line(new, max(at - 1, 0)) for new in group)
            made.append(Splice(place, place, text, whole=True))
        return made

    def slots(self) -> dict[int, list[New]]:
        """The new rows by the index of the item above which they come in."""
        orders = [row_order(row.key, by_id=row.by_id) for row in self.known]
        slots: dict[int, list[New]] = {}
        for new in self.added:
            slots.setdefault(place_of(new.order, orders), []).append(new)
        return slots

    def top(self) -> int:
        """Where a row above the first comes in: above the comment that belongs to that."""
        start = self.page.line_start(self.page.dash(self.tree, 0))
        return start if self.heads(0) else self.comment_start(0)

    def line(self, new: New, beside: int) -> str:
        """The lines of a new row, as the row beside it is written."""
        page, item = self.page, self.items[beside][1]
        dash = page.dash(self.tree, beside)
        indent = " " * page.column(dash)
        begins = page.begins(item)
        same_line = page.line_start(begins) == page.line_start(dash)
        gap = page.text[dash + 1 : begins] if same_line and not item.anchor else " "
        gap = gap if gap and not gap.strip(" ") else " "
        if item.alias or page.flows(item):
            pad = "" if item.alias else (_SPACES.match(page.text, begins + 1) or [""])[0]
            return f"{indent}-{gap}{flow_row(new.entries, pad)}{new.remark}\n"
        below = f"\n{indent} {' ' * len(gap)}"
        lines = [f"{name}: {value}" for name, value in new.entries]
        return f"{indent}-{gap}{lines[0]}{new.remark}{''.join(below + line for line in lines[1:])}\n"

    def gone(self, index: int) -> Splice:
        """A row that goes, with its comments."""
        page = self.page
        end = page.line_end(page.ends(self.items[index][1]))
        dash = page.line_start(page.dash(self.tree, index))
        return Splice(dash if self.heads(index) else self.comment_start(index), end, "")

    def comment_start(self, index: int) -> int:
        """Where the comment right above a row begins; where the row does, if it has none."""
        page = self.page
        dash = page.dash(self.tree, index)
        start = page.line_start(dash)
        least = page.line_end(page.ends(self.items[index - 1][1]) if index else self.key.end)
        column = page.column(dash)
        while start > least:
            above = page.line_start(start - 1)
            line = page.text[above : start - 1]
            if not line.lstrip(" ").startswith("#") or len(line) - len(line.lstrip(" ")) < column:
                break
            start = above
        return start

    def heads(self, index: int) -> bool:
        """Whether the comment above a row is about several: it begins a group, of which another row stays."""
        page = self.page
        start = self.comment_start(index)
        above = page.text[page.line_start(start - 1) : start - 1] if start else ""
        if index and above.strip():
            return False
        while index + 1 < len(self.items):
            end = page.line_end(page.ends(self.items[index][1]))
            index += 1
            if page.line_start(page.dash(self.tree, index)) != end:
                return False
            if index not in self.removed:
                return True
        return False

    def emptied(self) -> Splice:
        """The mark of a sequence without rows, behind its key."""
        page = self.page
        if self.tree.anchor:
            end = self.tree.start + 1 + len(self.tree.anchor)
        else:
            end = page.text.index(":", self.key.end) + 1
        return Splice(end, end, " []")
