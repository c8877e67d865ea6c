"""Edits of the rows of one manifest → its new bytes."""

from collections.abc import Sequence

from zsync.edit.anchors import keep_anchors
from zsync.edit.edits import AddList, AddRow, Edit, Refused, RemoveRow, SetFields
from zsync.edit.fields import set_fields
from zsync.edit.new_lists import add_list, add_part
from zsync.edit.rows import PartRows
from zsync.edit.sites import CannotAmend, Site, Written, entry
from zsync.edit.splicing import Original, Splice
from zsync.kinds import Kind, find_kind, module_name
from zsync.model import ManagedList, Row


def amend_manifest(
    content: bytes, edits: Sequence[Edit], kinds: Sequence[Kind]
) -> tuple[bytes, list[Refused]]:
    """The manifest with the edits in it, and those that no text can express.

    Raises `LookupError` for an edit of what is not there, and `CannotAmend` where the edits cannot be made without changing other rows.
    """
    original = Original(content)
    work = _Work(Written(original.text), tuple(kinds))
    for edit in edits:
        try:
            work.take(edit)
        except CannotAmend as error:
            work.refused.append(Refused(edit, str(error)))
    splices = work.splices()
    return original.spliced(keep_anchors(work.page, splices)), work.refused


class _Work:
    """Collects the edits of a manifest by the sequence of rows that they are about."""

    def __init__(self, page: Written, kinds: tuple[Kind, ...]) -> None:
        self.page, self.kinds = page, kinds
        self.refused: list[Refused] = []
        self.made: list[Splice] = []
        self.lists: list[Splice] = []
        self.parts: dict[tuple[int, str], PartRows] = {}
        self.fresh: dict[tuple[int, str], tuple[Site, list[AddRow]]] = {}

    def take(self, edit: Edit) -> None:
        """Add an edit. Raises `CannotAmend` where it cannot be expressed, and then nothing of it is left."""
        if isinstance(edit, AddList):
            kind = find_kind(edit.parent.module, module_name(edit.name), self.kinds)
            assert kind is not None  # noqa: S101  the caller has found it in the CRM
            self.lists += add_list(self.page, edit, kind)
        elif isinstance(edit, AddRow):
            self.add(edit)
        else:
            rows, index = self.find(edit.managed, edit.row)
            if isinstance(edit, RemoveRow):
                rows.removed.add(index)
            elif isinstance(edit, SetFields):
                self.made += set_fields(self.page, rows.site, rows.items[index][1], edit)

    def find(self, managed: ManagedList, row: Row) -> tuple[PartRows, int]:
        """The sequence that a row stands in, and its index there."""
        site = self.page.find(managed)
        for part in ("records", "absent"):
            rows = self.part(site, managed, part)
            index = rows.find(row) if rows else None
            if rows and index is not None:
                return rows, index
        raise LookupError(", ".join(row.key))

    def part(self, site: Site, managed: ManagedList, part: str) -> PartRows | None:
        """The rows under `records` or `absent`; None where the list has no such key."""
        key = (id(site.links.of(site.tree)), part)
        if key not in self.parts:
            found = entry(site.links.of(site.tree), part)
            if found is None:
                return None
            known = managed.records if part == "records" else managed.absent
            self.parts[key] = PartRows(
                self.page, site, found, managed, [row for row in known if not row.file]
            )
        return self.parts[key]

    def add(self, edit: AddRow) -> None:
        site = self.page.find(edit.managed)
        part = "absent" if edit.absent else "records"
        rows = self.part(site, edit.managed, part)
        if rows is not None:
            rows.add(edit)
            return
        key = (id(site.links.of(site.tree)), part)
        self.fresh.setdefault(key, (site, []))[1].append(edit)

    def splices(self) -> list[Splice]:
        """What takes the place of what, all edits together."""
        made = list(self.made)
        # Where several come in at one place, the inner one is first: fields, rows, `records`, `absent`, lists.
        for rows in self.parts.values():
            made += rows.splices()
        for (_, part), (site, added) in sorted(self.fresh.items(), key=lambda each: each[0][1], reverse=True):
            made += add_part(self.page, site, part, added)
        return made + self.lists
