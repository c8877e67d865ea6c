"""What a branch changes in zsync.yaml: it says where zsync may write and how much, so a reader has to see it first."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from zsync.model.verdicts import Setting
from zsync.render.settings import told
from zsync.review.ways import way
from zsync.syntax.document import Map, Node, Number, Seq, parse
from zsync.syntax.locating import locate
from zsync.syntax.source import SourceText, decode

__all__ = ["NAMES", "Setting", "changed", "told"]

NAMES = ("zsync.yaml", "zsync.yml")
"""What configurations are called, in whatever case: one with the wrong name is shown as well."""

_NUMERIC = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})? ?%?")
# Hosts, kinds of orgs, names of environments: all that an environment says of itself is for everybody's eyes.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/%@-]{1,100}")
_SHOWN = ("environments", "version", "personal")
_ENVIRONMENTS = "environments"

_Path = tuple[str, ...]


class _Leaf(NamedTuple):
    """A setting: its value, and the line and column at which the mapping begins that holds it."""

    node: Node
    holder: tuple[int, int] = (0, 0)


_Leaves = dict[_Path, _Leaf]


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[Setting, ...]:
    """The settings that differ between two states of all configurations, path → content, in their order."""
    found: list[Setting] = []
    for file in sorted({*before, *after}):
        if file not in before:
            found.append(Setting(file, "", "no file", "a new file"))
        elif file not in after:
            found.append(Setting(file, "", "a file", "no file", "loosens"))
        else:
            found += _differences(file, before[file], after[file])
    return tuple(found)


def _differences(file: str, before: bytes, after: bytes) -> Iterator[Setting]:
    (_, old), (source, new) = _settings(file, before), _settings(file, after)
    was, now = _alike(old, new), _alike(new, old)
    paths = [path for path in {**was, **now} if _node(was, path) != _node(now, path)]
    places = locate(source, {now[path].holder for path in paths if path in now}) if paths else {}
    for path in paths:
        added = path[:1] == (_ENVIRONMENTS,) and path[:2] not in was
        entry = places.get(now[path].holder, {}).get(path[-1]) if path in now else None
        yield Setting(
            file,
            ".".join(path),
            _shown(path, _node(was, path)),
            _shown(path, _node(now, path)),
            # What an environment demands that was not there demanded nothing before.
            "changes" if added else way(path, _node(was, path), _node(now, path)),
            entry.key.line if entry else 0,
        )


def _settings(file: str, content: bytes) -> tuple[SourceText, _Leaves]:
    """The leaves of a configuration; a list is a leaf. One that cannot be read has one leaf."""
    source, wrong = decode(file, content)
    documents, findings = parse(source)
    if wrong or findings or len(documents) > 1:
        return source, {("(not valid YAML)",): _Leaf(source.text)}
    return source, {path: leaf for document in documents for path, leaf in _leaves((), _Leaf(document.root))}


def _leaves(path: _Path, leaf: _Leaf) -> Iterator[tuple[_Path, _Leaf]]:
    node = leaf.node
    environment = len(path) == 2 and path[0] == _ENVIRONMENTS
    if environment:
        yield path, _Leaf("an environment", leaf.holder)
    if not isinstance(node, Map):
        if not environment:
            yield path, leaf
        return
    for name, inner in node.items():
        yield from _leaves((*path, name), _Leaf(inner, (node.line, node.column)))


def _alike(leaves: _Leaves, others: _Leaves) -> _Leaves:
    """The leaves, those in their long form that the others have in it: `max_deletes: 5%` is `max_deletes: {percent: 5%}`."""
    long = {path[:-1] for path in others}
    return {
        (*path, _unit(path, leaf.node)) if path in long and "guards" in path[:-1] else path: leaf
        for path, leaf in leaves.items()
    }


def _unit(path: _Path, node: Node) -> str:
    if path[-1:] == ("credits",):
        return "keep"
    return "percent" if isinstance(node, str) and node.endswith("%") else "count"


def _node(leaves: _Leaves, path: _Path) -> Node:
    return leaves[path].node if path in leaves else None


def _shown(path: _Path, node: Node) -> str:
    """A value as text. Numbers, per cents and switches are shown everywhere, words only where they name nobody."""
    if len(path) == 2 and path[0] == _ENVIRONMENTS:
        return str(node or "")
    if path[-1:] == ("never",) and isinstance(node, Seq):
        # Addresses may be among them.
        return f"{len(node):,} entr{'y' if len(node) == 1 else 'ies'}"
    if "consent" in path and isinstance(node, str) and node in ("withhold", "warn", "any"):
        return str(node)
    if isinstance(node, Seq):
        parts = [_shown(path, item) for item in node]
        return f"[{', '.join(parts)}]" if parts and "…" not in parts else "…"
    if node is None:
        return ""
    if isinstance(node, bool):
        return str(node).lower()
    if isinstance(node, Number) or (isinstance(node, str) and _NUMERIC.fullmatch(node)):
        return str(node)
    plain = isinstance(node, str) and path[0] in _SHOWN and _PLAIN.fullmatch(node) and "@" not in node
    return str(node) if plain else "…"
