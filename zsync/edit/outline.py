"""YAML text → nodes that know where they stand, and the comments between them.

libyaml leaves comments out of its events. But all that stands between two events is spaces, marks such as `-`, and
comments: a `#` there begins one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.events import AliasEvent, DocumentStartEvent, MappingStartEvent, ScalarEvent

from zsync.syntax.document import ENDS, STARTS, Node, scalar

_COMMENTS = re.compile(r"(?:\s|#[^\n]*)*")


class YamlComment(NamedTuple):
    """A comment, from its `#` to the end of its line. Indices, lines and columns count from 0.

    `own` says that nothing else stands on its line, `blank` that the line above is empty; `gap` counts the spaces
    before it.
    """

    start: int
    line: int
    column: int
    text: str
    own: bool
    blank: bool
    gap: int

    @property
    def lines(self) -> tuple[str, ...]:
        """The comment, and the empty line above it where there is one."""
        return ("", self.text) if self.blank else (self.text,)


@dataclass(slots=True)
class Tree:
    """A node: a scalar's `value`, a container's `items` (with the keys of a mapping), or the name of what it repeats.

    It goes from the index `start` to the index `end`, which are on the lines `line` and `last`.
    """

    value: Node
    start: int
    line: int
    column: int
    end: int = 0
    last: int = 0
    items: "list[tuple[Tree | None, Tree]] | None" = None
    is_map: bool = False
    anchor: str = ""
    alias: str = ""


@dataclass(slots=True)
class DocumentOutline:
    """One document: where its `---` ends, or its content begins where none is written."""

    start: int
    line: int
    explicit: bool
    root: Tree | None = None
    anchored: bool = False


@dataclass(slots=True)
class Outline:
    """A whole file."""

    text: str
    documents: list[DocumentOutline] = field(default_factory=list)
    comments: list[YamlComment] = field(default_factory=list)

    def blank_above(self, index: int) -> bool:
        """Whether what stands at an index is the first thing on its line, and the line above is empty."""
        begin = self.text.rfind("\n", 0, index) + 1
        if not begin or self.text[begin:index].strip(" \t-"):
            return False
        return not self.text[self.text.rfind("\n", 0, begin - 1) + 1 : begin].strip()


def outline(text: str) -> Outline:
    """The outline of YAML in which `zsync.syntax.document.parse` found no error. Lines must end with `\\n` alone."""
    made = Outline(text)
    _Walk(made).walk(YAML(typ="safe").parse(text))
    return made


class _Walk:
    """Follows the events. `at` and `last` are the index and line at which the last event that has a text ended. `hash` is the
    index of the next `#`, -1 after the last.
    """

    def __init__(self, made: Outline) -> None:
        self.made, self.text = made, made.text
        self.at, self.last, self.hash = 0, 0, made.text.find("#")
        self.counted, self.line = 0, 0

    def walk(self, events: Iterator[Any]) -> None:
        """Build the trees. No recursion, and no call that can be spared: it runs six times for each row."""
        node, key, stack = Tree(None, 0, 0, 0, items=[]), None, []  # type: Tree, Any, list[tuple[Tree, Any]]
        for event in events:
            kind = type(event)
            if event.start_mark.index > self.hash >= 0:
                self.gap(event.start_mark.index)
            if kind is ScalarEvent or kind in STARTS or kind is AliasEvent:
                tree = self.node(event, kind)
                if key is None and node.is_map:
                    key = tree
                else:
                    node.items.append((key, tree))  # type: ignore[union-attr]
                    key = None
                if kind in STARTS:
                    stack.append((node, key))
                    node, key = tree, None
            elif kind in ENDS:
                self.take(event)
                node.end, node.last = self.at, self.last
                node, key = stack.pop()
            elif kind is DocumentStartEvent:
                self.document(event)
                node = Tree(None, 0, 0, 0, items=[])
            else:
                if node.items and self.made.documents:
                    self.made.documents[-1].root = node.items[0][1]
                self.take(event)
        self.gap(len(self.text))

    def node(self, event: Any, kind: type) -> Tree:
        """A scalar, an alias, or a container that begins."""
        mark = event.start_mark
        tree = Tree(None, mark.index, mark.line, mark.column)
        if kind is ScalarEvent:
            tree.value = scalar(event.value) if event.implicit[0] else event.value
            # A comment behind the `|` is within the event, where nothing else would look for it.
            if event.style in ("|", ">"):
                self.remarks(event, _header)
        elif kind is AliasEvent:
            tree.alias = event.anchor
        else:
            tree.items, tree.is_map = [], kind is MappingStartEvent
        if event.anchor and not tree.alias:
            tree.anchor, self.made.documents[-1].anchored = event.anchor, True
            self.remarks(event, _behind_anchor)
        self.take(event)
        tree.end, tree.last = self.at, self.last
        return tree

    def take(self, event: Any) -> None:
        """Move behind an event that has a text. One without stands where the next begins, with comments before it."""
        end = event.end_mark
        if end.index > event.start_mark.index:
            self.at, self.last = end.index, end.line
            if self.at > self.hash >= 0:
                self.hash = self.text.find("#", self.at)

    def document(self, event: Any) -> None:
        """A document begins. Directives are part of its event, with comments behind and between them."""
        end = event.end_mark
        self.gap(end.index, directives=True)
        self.at, self.last = end.index, end.line
        # Without a `---` the first document begins with the file, so that the comments above it are its own.
        start = 0 if not self.made.documents and not event.explicit else end.index
        self.made.documents.append(DocumentOutline(start, end.line, event.explicit))

    def remarks(self, event: Any, end: Any) -> None:
        """Collect the comments that libyaml counts as part of an event."""
        self.gap(end(self.text, event))

    def gap(self, end: int, *, directives: bool = False) -> None:
        """Collect the comments up to an index, none of which may be inside of a scalar."""
        while 0 <= self.hash < end:
            start, text = self.hash, self.text
            begin, stop = text.rfind("\n", 0, start) + 1, text.find("\n", start)
            stop = len(text) if stop < 0 else stop
            before = text[begin:start]
            # In `%TAG ! tag:x#y` the `#` is part of the directive: a comment has a space before it.
            if directives and before.startswith("%") and not before[-1].isspace():
                self.hash = text.find("#", start + 1)
                continue
            self.line += text.count("\n", self.counted, start)
            self.counted, own, kept = start, not before.strip(), len(before.rstrip())
            blank = own and self.made.blank_above(start)
            self.made.comments.append(
                YamlComment(
                    start,
                    self.line,
                    start - begin,
                    text[start:stop].rstrip(),
                    own,
                    blank,
                    start - begin - kept,
                )
            )
            self.hash = text.find("#", stop)


def _header(text: str, event: Any) -> int:
    """The index at which the first line of a block scalar ends, whose `|` may have a comment behind it."""
    return text.find("\n", _behind_anchor(text, event) if event.anchor else event.start_mark.index)


def _behind_anchor(text: str, event: Any) -> int:
    """The index at which the value of an anchor begins."""
    found = _COMMENTS.match(text, event.start_mark.index + 1 + len(event.anchor))
    return found.end() if found else event.start_mark.index
