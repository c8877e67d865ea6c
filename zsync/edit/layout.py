"""The canonical form of a manifest: what stands on which line, and in which order."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from zsync.edit.comments import Sheet, Unit
from zsync.edit.outline import DocumentOutline, Tree
from zsync.edit.quoting import canonical, quoted
from zsync.kinds import Kind, find_kind, module_name

_DOCUMENT = ("version", "parent", "related_lists")
_PARENT = ("module", "id", "match")
_LIST = ("key", "defaults", "prune", "converted", "allow_empty", "records", "absent", "from")
_ROWS = ("records", "absent")
_UNORDERED: Mapping[str, int] = MappingProxyType({})


def lay_out(document: DocumentOutline, kinds: Iterable[Kind]) -> Sheet:
    """The lines of a document in which nothing is wrong; comments and empty lines are not yet among them."""
    layout = _Layout(document, tuple(kinds))
    tops = layout.entries(document.root, None, _DOCUMENT) if document.root else []
    for unit in tops:
        if unit.name == "parent":
            layout.nest(unit, _PARENT)
        elif unit.name == "related_lists":
            for managed in layout.nest(unit, ()):
                layout.managed(managed)
    return Sheet(document, sorted(layout.units, key=lambda unit: unit.start), tops, [])


class _Layout:
    """Takes a document apart into units.

    In a document with anchors, keys keep the order of the file, since an alias must come after its anchor.
    """

    def __init__(self, document: DocumentOutline, kinds: tuple[Kind, ...]) -> None:
        self.kinds, self.anchored = kinds, document.anchored
        self.units: list[Unit] = []
        self.module = _text(_at(document.root, "parent", "module"))

    def entries(self, tree: Tree, parent: Unit | None, order: Sequence[str]) -> list[Unit]:
        """The entries of a mapping, one unit each, in the canonical order."""
        level = parent.level + 1 if parent else 0
        units = [
            Unit(key.start, key, value, level, parent, self.pair(key, value))
            for key, value in tree.items or ()
            if key
        ]
        self.units += units
        rank = {} if self.anchored else _ranks(order)
        return sorted(units, key=lambda unit: rank.get(unit.name, len(rank)))

    def nest(self, unit: Unit, order: Sequence[str]) -> list[Unit]:
        """Make a unit the first line of a block, if it holds a mapping with something in it."""
        if not unit.tree.items or not unit.tree.is_map:
            return []
        self.head(unit)
        unit.children = self.entries(unit.tree, unit, order)
        return unit.children

    def head(self, unit: Unit) -> None:
        """The first line of a block."""
        anchor = f" &{unit.tree.anchor}" if unit.tree.anchor else ""
        unit.text = f"{self.flow(unit.key)}:{anchor}" if unit.key else ""

    def managed(self, unit: Unit) -> None:
        """The entries of a related list, and its rows."""
        kind = find_kind(module_name(self.module), module_name(unit.name), self.kinds)
        fields = tuple(kind.fields) if kind else ()
        key = _at(unit.tree, "key")
        names = [_text(part) for _, part in key.items] if key and key.items else [_text(key)]
        for entry in self.nest(unit, _LIST):
            if entry.name in _ROWS and entry.tree.items and not entry.tree.is_map:
                self.head(entry)
                self.rows(entry, ("id", *names, *fields))
            elif entry.name == "defaults":
                entry.text = f"defaults: {self.flow(entry.tree, '', _ranks(fields))}"

    def rows(self, unit: Unit, order: Sequence[str]) -> None:
        """The rows of a list, one unit each."""
        rank, level = _ranks(order), unit.level + 1
        unit.children = [
            Unit(tree.start, None, tree, level, unit, f"- {self.flow(tree, '', rank)}")
            for _, tree in unit.tree.items or ()
        ]
        self.units += unit.children

    def flow(self, tree: Tree, name: str = "", rank: Mapping[str, int] = _UNORDERED) -> str:
        """A value on one line; `name` is its key, `rank` the order of its own keys."""
        if tree.alias:
            return f"*{tree.alias}"
        anchor = f"&{tree.anchor} " if tree.anchor else ""
        items = tree.items
        if items is None:
            is_id = name == "id" and isinstance(tree.value, str) and not anchor
            return anchor + (quoted(str(tree.value)) if is_id else canonical(tree.value))
        if not tree.is_map:
            return f"{anchor}[{', '.join([self.flow(item) for _, item in items])}]"
        if rank and not self.anchored:
            items = sorted(items, key=lambda item: rank.get(_text(item[0]), len(rank)))
        return f"{anchor}{{{', '.join([self.pair(key, value) for key, value in items])}}}"

    def pair(self, key: Tree | None, value: Tree) -> str:
        """An entry of a mapping on one line."""
        return f"{self.flow(key)}: {self.flow(value, _text(key))}" if key else ""


def _ranks(order: Sequence[str]) -> dict[str, int]:
    # Reversed, so that of a name that occurs twice (`id` may be the key as well) the first place counts.
    return {name: place for place, name in reversed([*enumerate(order)])}


def _text(tree: Tree | None) -> str:
    return tree.value if tree and isinstance(tree.value, str) else ""


def _at(tree: Tree | None, *names: str) -> Tree | None:
    """What stands under a path of keys; None where nothing does, or an alias is on the way."""
    for name in names:
        items = tree.items or () if tree else ()
        tree = next((value for key, value in items if _text(key) == name), None)
    return tree
