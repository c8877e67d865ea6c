"""What a branch changes in zsync.yaml: it says where zsync may write and how much, so a reader has to see it first."""

import re
from collections.abc import Iterator, Mapping

from zsync.model.verdicts import Setting
from zsync.render.settings import told
from zsync.syntax.document import Map, Node, Number, Seq, parse
from zsync.syntax.source import decode

__all__ = ["NAMES", "Setting", "changed", "told"]

NAMES = ("zsync.yaml", "zsync.yml")
"""What configurations are called, in whatever case: one with the wrong name is shown as well."""

_NUMERIC = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})? ?%?")
# Hosts, kinds of orgs, names of environments: all that an environment says of itself is for everybody's eyes.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/%@-]{1,100}")
_SHOWN = ("environments", "version", "personal")


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[Setting, ...]:
    """The settings that differ between two states of all configurations, path → content, in their order."""
    found = []
    for file in sorted({*before, *after}):
        was, now = (dict(_settings(file, state.get(file))) for state in (before, after))
        if file in before and file in after:
            keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
            if not keys and before[file] != after[file]:
                continue  # comments, order or quotes
            found += [
                Setting(file, key, *(_shown(key, each.get(key)) for each in (was, now))) for key in keys
            ]
        else:
            states = ("a file", "no file") if file in before else ("no file", "a new file")
            found.append(Setting(file, "", *states))
    return tuple(found)


def _settings(file: str, content: bytes | None) -> Iterator[tuple[str, Node]]:
    """The leaves of a configuration by their dotted keys; a list is a leaf. One that cannot be read has one leaf."""
    if content is None:
        return
    source, wrong = decode(file, content)
    documents, findings = parse(source)
    if wrong or findings or len(documents) > 1:
        yield "(not valid YAML)", source.text
        return
    for document in documents:
        yield from _leaves("", document.root)


def _leaves(key: str, node: Node) -> Iterator[tuple[str, Node]]:
    if not isinstance(node, Map) or not node:
        yield key, node
        return
    for name, inner in node.items():
        yield from _leaves(f"{key}.{name}" if key else name, inner)


def _shown(key: str, node: Node) -> str:
    """A value as text. Numbers, per cents and switches are shown everywhere, words only where they name nobody."""
    if isinstance(node, Seq):
        parts = [_shown(key, each) for each in node]
        return f"[{', '.join(parts)}]" if parts and "…" not in parts else "…"
    if node is None:
        return ""
    if isinstance(node, bool):
        return str(node).lower()
    if isinstance(node, Number) or (isinstance(node, str) and _NUMERIC.fullmatch(node)):
        return str(node)
    plain = (
        isinstance(node, str)
        and key.split(".", maxsplit=1)[0] in _SHOWN
        and _PLAIN.fullmatch(node)
        and "@" not in node
    )
    return str(node) if plain else "…"
