"""Rows that a run left open. Each keeps the base that it had: else the next run would take for agreed what was never written."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from zsync.bounds import OPEN_BASES, OPEN_ROWS

Ends = frozenset[tuple[str, str]]
"""Both records of a relation, each by module and id: the same from whichever side it is seen."""


class OpenRow(NamedTuple):
    """A relation, and the commit whose manifests it is to be compared with: hexadecimal digits, empty for none."""

    module: str
    record_id: str
    related_module: str
    related_record_id: str
    base: str

    @property
    def ends(self) -> Ends:
        """The relation, from whichever side."""
        return frozenset({(self.module, self.record_id), (self.related_module, self.related_record_id)})


def too_many(rows: Collection[OpenRow]) -> str:
    """`12,000 open rows`, where these are more than may keep a base of their own; else empty."""
    if len(rows) > OPEN_ROWS.most:
        return f"{len(rows):,} open rows"
    bases = {row.base for row in rows}
    return f"open rows of {len(bases):,} bases" if len(bases) > OPEN_BASES.most else ""


def once(rows: Iterable[OpenRow]) -> tuple[OpenRow, ...]:
    """The rows, each relation's once: of two the last, in the first one's place."""
    return tuple({row.ends: row for row in rows}.values())
