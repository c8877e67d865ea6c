"""YAML text → trees that know where their containers begin.

They are built from libyaml's events, by the core schema of YAML 1.2. Numbers stay text (`Number`): an id, or a code such as
`00123`, must keep its digits, and money must never become a float. Errors are collected, and reading goes on.
https://yaml.org/spec/1.2.2/#103-core-schema
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from sys import intern
from typing import Any, NamedTuple, TypeAlias

from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from zsync.bounds import NESTING, NODES, REPEATED
from zsync.syntax.recovery import TooDeep, TooMuch, explain, forbidden, read_segments
from zsync.syntax.source import At, Finding, Findings, SourceText, TooManyErrors


class Number(str):
    """A plain scalar that YAML reads as a number, digit for digit as it was written."""

    __slots__ = ()


class Map(dict[str, "Node"]):
    """A mapping that begins at `line` and `column` (from 1). If a key occurs twice, its first value counts."""

    __slots__ = ("column", "line")
    line: int
    column: int


class Seq(list["Node"]):
    """A sequence that begins at `line` and `column` (from 1)."""

    __slots__ = ("column", "line")
    line: int
    column: int


Node: TypeAlias = str | bool | Map | Seq | None


class Document(NamedTuple):
    """A YAML document: its root, and where it begins. `sound` is false if an alias could not be followed.

    `keys` maps the (line, column) of an outer container to the place of its key; `switches` maps the (line, column, key)
    of a value `true` to its place. They are few, and a plan names them (`prune: true`) even if nothing is wrong.
    """

    root: Node
    line: int
    column: int
    sound: bool
    keys: Mapping[tuple[int, int], tuple[int, int]]
    switches: Mapping[tuple[int, int, str], tuple[int, int]]


_NUMBER = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
# Only a scalar that begins like this can be more than text: a look at one character spares most values the rest.
_SUSPECTS = frozenset("0123456789+-.~nNtTfF") | {""}
STARTS = frozenset((MappingStartEvent, SequenceStartEvent))
ENDS = frozenset((MappingEndEvent, SequenceEndEvent))

_OUTER = 3
"""Down to this depth the containers of a manifest have names: the document, `related_lists`, each list."""

# What the reader expects, other than the value of a key. They are compared by identity, so no key can be mistaken for them.
_KEY = Number("a key")
_ITEM = Number("an item")
_WASTE = Number("the value of a key that cannot be used")


def parse(source: SourceText) -> tuple[tuple[Document, ...], tuple[Finding, ...]]:
    """All documents of a source, and what is wrong with it as YAML. Never raises, whatever the text."""
    reader = _Reader(source)
    finding = forbidden(source)
    if finding:
        return (), (finding,)
    with suppress(TooManyErrors):
        read_segments(source.text, reader.read, lambda error: reader.findings.append(explain(error, source)))
    return tuple(reader.documents), tuple(reader.findings)


def scalar(text: str) -> str | bool | None:
    """The value of a plain scalar by YAML 1.2's core schema, in which `yes` and `on` are text. Numbers stay text."""
    if text in _WORDS:
        return _WORDS[text]
    return Number(text) if _NUMBER.fullmatch(text) else text


class _Reader:
    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.documents: list[Document] = []
        self.findings = Findings()
        self.containers = 0
        self.anchors: dict[str, Node] = {}
        self.repeated = 0
        self.begins = (1, 1)
        self.sound = True
        self.keys: dict[tuple[int, int], tuple[int, int]] = {}
        self.switches: dict[tuple[int, int, str], tuple[int, int]] = {}

    def read(self, events: Iterator[Any]) -> None:  # noqa: C901
        """Build the trees in one loop, usually without a call: it runs six times per row."""
        node, key, key_event, stack = Seq(), _ITEM, None, []  # type: Any, str, Any, list[tuple[Any, str]]
        for event in events:
            kind = type(event)
            if kind is ScalarEvent:
                value = event.value
                plain, quoted = event.implicit
                if key is _KEY:
                    key, key_event = intern(value), event  # 100,000 rows share a few keys
                    if event.anchor or (not quoted and (value == "<<" or not plain)):
                        key = self.odd_key(event)
                    continue
                if plain and value[:1] in _SUSPECTS:
                    value = scalar(value)
                if value is True or event.anchor or not (plain or quoted):
                    value = self.remarkable(event, value, node, key)
            elif kind in ENDS:
                node, key = stack.pop()
                continue
            elif kind in STARTS:
                value = self.container(event, len(stack), None if key is _ITEM else key_event)
            elif kind is AliasEvent:
                value = self.alias(event, (node, *(outer for outer, _ in stack)))
            else:
                node = self.border(event, node)
                continue
            if key is _ITEM:
                node.append(value)
            elif key is _KEY:
                key = self.complex_key(event)
            else:
                if key in node:
                    self.duplicate(node, key, key_event)
                elif key is not _WASTE:
                    node[key] = value
                key = _KEY
            if kind in STARTS:
                stack.append((node, key))
                node, key = value, _KEY if kind is MappingStartEvent else _ITEM

    def find(self, code: str, message: str, event: Any, help: str, **more: Any) -> None:  # noqa: A002
        mark, end = event.start_mark, event.end_mark
        width = end.column - mark.column if end.line == mark.line else 0
        at = At(self.source, mark.line + 1, mark.column + 1, width=width)
        self.findings.append(Finding(code, message, at, help, **more))

    def border(self, event: Any, holder: Any) -> Seq:
        """Begin or end a document; returns the sequence that takes what is read next."""
        if type(event) is DocumentStartEvent:
            self.begins = (event.start_mark.line + 1, event.start_mark.column + 1)
            self.anchors, self.keys, self.switches, self.repeated, self.sound = {}, {}, {}, 0, True
        elif type(event) is DocumentEndEvent:
            self.documents.append(Document(holder[0], *self.begins, self.sound, self.keys, self.switches))
        return Seq()

    def container(self, event: Any, depth: int, key_event: Any) -> Map | Seq:
        node = Map() if type(event) is MappingStartEvent else Seq()
        mark = event.start_mark
        node.line = mark.line + 1
        node.column = mark.column + 1
        if depth < _OUTER and key_event:
            self.keys[node.line, node.column] = _start(key_event)
        self.containers += 1
        if depth >= NESTING.most:
            raise TooDeep(mark, NESTING.most)
        if self.containers > NODES.most:
            raise TooMuch(mark, NODES.most)
        if event.anchor or not event.implicit:
            self.marked(event, node, tagged=not event.implicit)
        return node

    def remarkable(self, event: Any, value: Node, node: Any, key: str) -> Node:
        """A scalar with a tag or an anchor, or `true`. Tags are ignored, except `!!str`."""
        if not any(event.implicit) and not event.style and not event.tag.endswith(":str"):
            value = scalar(event.value)
        if value is True and key is not _ITEM:
            self.switches[node.line, node.column, key] = _start(event)
        self.marked(event, value)
        return value

    def marked(self, event: Any, value: Node, *, tagged: bool | None = None) -> None:
        """Remember an anchor, report a tag. The value counts as if it had no tag, so that checks can go on."""
        if event.anchor:
            self.anchors[event.anchor] = value
        if tagged or (tagged is None and not any(event.implicit)):
            message = f"the tag `{event.tag.replace('tag:yaml.org,2002:', '!!')}` is not allowed"
            self.find("tag", message, event, "leave the tag out; to make a value text, put it in quotes")

    def odd_key(self, event: Any) -> str:
        if event.value == "<<" and not event.implicit[1]:
            self.find(
                "merge-key",
                "merge keys (`<<`) are not read",
                event,
                "write the fields of all rows under `defaults`",
            )
            return _WASTE
        self.marked(event, event.value)
        return str(event.value)

    def complex_key(self, event: Any) -> str:
        self.find(
            "complex-key",
            "a key must be plain text, not a list, a mapping or an alias",
            event,
            "write the key out",
        )
        return _WASTE

    def duplicate(self, node: Map, key: str, event: Any) -> None:
        first = At(self.source, node.line, node.column, key, "key")
        message = f"the key `{key}` stands twice in this mapping"
        self.find("duplicate-key", message, event, "remove one of the two", notes=((first, "first here"),))

    def alias(self, event: Any, open_nodes: tuple[Any, ...]) -> Node:
        """What an alias stands for. If that is unknown or too much, None, and the document is not sound."""
        name, problem = event.anchor, ""
        if name not in self.anchors:
            problem = f"there is no anchor `&{name}` before the alias `*{name}`"
        elif any(self.anchors[name] is node for node in open_nodes):
            problem = f"the alias `*{name}` stands inside of what it repeats"
        else:
            # Ten aliases of ten aliases, ten levels deep, stand for 10^10 values ("billion laughs").
            self.repeated += _size(self.anchors[name], REPEATED.most - self.repeated)
            if self.repeated > REPEATED.most:
                problem = f"aliases repeat more than {REPEATED.most:,} values in this document"
        if not problem:
            return self.anchors[name]
        if self.sound:
            self.find(
                "alias", problem, event, "write the values out, or use `defaults` for what all rows share"
            )
        self.sound = False
        return None


def _start(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _size(node: Node, limit: int) -> int:
    """How many nodes a tree has, repeated ones counted each time; counting stops just above the limit."""
    count, rest = 0, [node]
    while rest and count <= limit:
        node = rest.pop()
        count += 1
        if isinstance(node, Map):
            rest.extend(node.values())
        elif isinstance(node, Seq):
            rest.extend(node)
    return count
