"""Where the lists and the rows of a manifest stand in its text."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from zsync.edit.outline import DocumentOutline, Tree, outline
from zsync.model import ManagedList, Parent

_ANCHOR = re.compile(r"&\S+(?:\s|#[^\n]*)*")
_DASH = re.compile(r"^ *-(?=\s|$)", re.MULTILINE)


class CannotAmend(Exception):
    """An edit that no text can express, or none that leaves all other rows as they are. Says why, for people."""


@dataclass(slots=True)
class Links:
    """The aliases of a document: what each stands for, and those that repeat a node, in the order of the file."""

    targets: dict[int, Tree] = field(default_factory=dict)
    users: dict[int, list[Tree]] = field(default_factory=dict)
    anchors: list[Tree] = field(default_factory=list)

    def of(self, tree: Tree) -> Tree:
        """The node itself, or what an alias stands for."""
        return self.targets.get(id(tree), tree)


@dataclass(slots=True)
class Site:
    """A related list of a document: its key, and its mapping or an alias for that."""

    links: Links
    key: Tree
    tree: Tree


class Written:
    """A manifest without errors, as text and as nodes with their places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.outline = outline(text)
        self.documents = self.outline.documents
        self._links = [_links(document) for document in self.documents]
        self._comments = [comment.start for comment in self.outline.comments]

    def find(self, managed: ManagedList) -> Site:
        """Where a list stands. Raises `LookupError` for one that was not read from this text."""
        for lists, links in zip(self._roots(), self._links, strict=True):
            for key, value in (links.of(lists).items or ()) if lists else ():
                tree = links.of(value)
                if key and key.value == managed.name and _begins(tree) == managed.body:
                    return Site(links, key, value)
        raise LookupError(managed.name)

    def lists_of(self, parent: Parent) -> tuple[Tree, Tree]:
        """The document that a parent stands in, and its `related_lists`. Raises `LookupError`, as `find` does."""
        for document, links, lists in zip(self.documents, self._links, self._roots(), strict=True):
            here = entry(document.root, "parent") if document.root else None
            if document.root and lists and here and _begins(links.of(here[1])) == parent.body:
                if lists.alias:
                    raise CannotAmend(f"`related_lists` is the alias `*{lists.alias}`")
                return document.root, lists
        raise LookupError(parent.label)

    def links(self, document: int) -> Links:
        """The aliases of a document."""
        return self._links[document]

    def _roots(self) -> Iterator[Tree | None]:
        for document, links in zip(self.documents, self._links, strict=True):
            found = entry(links.of(document.root), "related_lists") if document.root else None
            yield found[1] if found else None

    def begins(self, tree: Tree) -> int:
        """The index at which a node begins behind its anchor."""
        if not tree.anchor:
            return tree.start
        found = _ANCHOR.match(self.text, tree.start)
        return found.end() if found else tree.start

    def flows(self, tree: Tree) -> bool:
        """Whether a container is written in brackets or braces."""
        return self.text[self.begins(tree) : self.begins(tree) + 1] in ("[", "{")

    def ends(self, tree: Tree) -> int:
        """The index behind the last character of a node. Of a block of text the empty lines below it do not count."""
        end = tree.end
        while end > tree.start and self.text[end - 1] in " \t\n":
            end -= 1
        return end

    def line_start(self, index: int) -> int:
        """Where the line of an index begins."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Where the line below that of an index begins; the end of the text below the last."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def column(self, index: int) -> int:
        """The column of an index, from 0."""
        return index - self.line_start(index)

    def commented(self, start: int, end: int) -> bool:
        """Whether a comment begins between two indices."""
        number = bisect_right(self._comments, start - 1)
        return number < len(self._comments) and self._comments[number] < end

    def dash(self, rows: Tree, index: int) -> int:
        """Where the dash of an item is, of a sequence in block style."""
        items = rows.items or []
        item = items[index][1]
        if index == 0 and not rows.anchor:
            return rows.start
        after = self.line_end(self.ends(items[index - 1][1])) if index else rows.start
        found = _DASH.search(self.text, after, item.start)
        if found is None:
            raise CannotAmend("its dash was not found")
        return found.end() - 1


def entry(tree: Tree | None, name: str) -> tuple[Tree, Tree] | None:
    """The key of a mapping and its value, by the key's text."""
    for key, value in (tree.items or ()) if tree and tree.is_map else ():
        if key and key.value == name:
            return key, value
    return None


def _begins(tree: Tree) -> tuple[int, int]:
    return tree.line + 1, tree.column + 1


def _links(document: DocumentOutline) -> Links:
    links = Links()
    named: dict[str, Tree] = {}
    rest = [document.root] if document.anchored and document.root else []
    while rest:
        tree = rest.pop()
        if tree.alias:
            target = named[tree.alias]
            links.targets[id(tree)] = target
            links.users.setdefault(id(target), []).append(tree)
        elif tree.anchor:
            named[tree.anchor] = tree
            links.anchors.append(tree)
        for key, value in reversed(tree.items or ()):
            rest += (value, key) if key else (value,)
    return links
