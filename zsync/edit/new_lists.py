"""Lists, and `records` or `absent` of a list, where a document has none yet."""

from collections.abc import Sequence

from zsync.edit.edits import AddList, AddRow
from zsync.edit.outline import Tree
from zsync.edit.rows import new_row
from zsync.edit.sites import CannotAmend, Site, Written, entry
from zsync.edit.splicing import Splice
from zsync.edit.writing_rows import field_entries, flow_row, heads, key_entries, list_lines, remark
from zsync.kinds import Kind

_BEFORE = {"records": ("key", "defaults", "prune", "converted", "allow_empty", "ids"), "absent": ()}
"""The keys of a list that stand before its rows; nothing is said of what stands before the rows that are to be absent: they come last."""


def add_part(page: Written, site: Site, part: str, added: Sequence[AddRow]) -> list[Splice]:
    """The first rows of a list that has no `records`, or no `absent`."""
    tree = site.links.of(site.tree)
    if site.tree.alias:
        raise CannotAmend(f"its list is repeated from elsewhere, by the alias `*{site.tree.alias}`")
    rows = sorted((new_row(edit) for edit in added), key=lambda new: new.order)
    if page.flows(tree):
        text = f"{part}: [{', '.join(flow_row(row.entries) for row in rows)}]"
        return [_in_braces(page, tree, text)]
    known = [key for key, _ in tree.items or () if key]
    before = [key for key in known if key.value in _BEFORE[part]] if part == "records" else known
    indent = " " * page.column(known[0].start)
    lines = "".join(f"{indent}  - {flow_row(row.entries)}{row.remark}\n" for row in rows)
    text = f"{indent}{part}:\n{lines}"
    if not before:
        # Above the first key, which begins a line of its own.
        place = page.line_start(known[0].start)
        return [Splice(place, place, text, whole=True)]
    found = entry(tree, str(before[-1].value))
    place = page.line_end(page.ends(found[1] if found else before[-1]))
    return [Splice(place, place, text, whole=True)]


def add_list(page: Written, edit: AddList, kind: Kind) -> list[Splice]:
    """A list behind the others of its document."""
    root, lists = page.lists_of(edit.parent)
    rows = [
        flow_row([*key_entries(edit.key, key, by_id=by_id), *_fields(edit, fields, kind)])
        for key, by_id, fields, _ in edit.rows
    ]
    if page.flows(lists) and (lists.items or page.flows(root)):
        inside = [f"{name}: {value}" for name, value in heads(edit.key, edit.defaults, kind)]
        inside.append(f"records: [{', '.join(rows)}]")
        return [_in_braces(page, lists, f"{edit.name}: {{{', '.join(inside)}}}")]
    shown = [row + remark(comment) for row, (*_, comment) in zip(rows, edit.rows, strict=True)]
    lines = list_lines(edit.name, edit.key, edit.defaults, kind, shown)
    if not lists.items:
        return _instead(page, lists, lines)
    first = lists.items[0][0]
    assert first is not None  # noqa: S101  it is a mapping
    column, place = page.column(first.start), page.line_end(page.ends(lists.items[-1][1]))
    place = _below_comments(page, place, column)
    text = "".join(f"{' ' * (column + 2 * depth)}{line}\n" for depth, line in lines)
    return [Splice(place, place, text, whole=True)]


def _fields(edit: AddList, fields: object, kind: Kind) -> list[tuple[str, str]]:
    given = fields if isinstance(fields, dict) else {}
    return list(field_entries({**dict.fromkeys(edit.defaults), **given}, edit.defaults, kind))


def _instead(page: Written, lists: Tree, lines: Sequence[tuple[int, str]]) -> list[Splice]:
    """Lists in place of `{}`, one key a line."""
    begins = lists.start
    while begins and page.text[begins - 1] == " ":
        begins -= 1
    line = page.text[page.line_start(begins) : begins]
    column = len(line) - len(line.lstrip(" "))
    below = page.line_end(lists.end)
    text = "".join(f"{' ' * (column + 2 + 2 * depth)}{line}\n" for depth, line in lines)
    return [Splice(begins, lists.end, ""), Splice(below, below, text, whole=True)]


def _in_braces(page: Written, tree: Tree, text: str) -> Splice:
    """An entry behind the others of a mapping in braces."""
    if not tree.items:
        begins = page.begins(tree) + 1
        return Splice(begins, begins, text)
    end = page.ends(tree.items[-1][1])
    return Splice(end, end, f", {text}")


def _below_comments(page: Written, place: int, column: int) -> int:
    """The place below the comments that belong to the block above, for they are indented with it."""
    while place < len(page.text):
        end = page.line_end(place)
        line = page.text[place:end].rstrip("\n")
        if not line.lstrip(" ").startswith("#") or len(line) - len(line.lstrip(" ")) <= column:
            break
        place = end
    return place
