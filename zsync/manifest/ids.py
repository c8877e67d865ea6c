"""Record ids as people and spreadsheets write them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from zsync.model import Row
from zsync.syntax.checking import describe
from zsync.syntax.document import Node

_ROUNDED = re.compile(r"[0-9]+(?:[.,][0-9]*)?[eE]\+?[0-9]+")
# Spreadsheets keep numbers as doubles and show 15 digits of them; Zoho's ids have 18 or 19.
_SPREADSHEET_DIGITS = 15


class Problem(NamedTuple):
    """What is wrong with a value whose place is not known yet."""

    code: str
    message: str
    help: str


def is_id(value: object) -> bool:
    """Whether a value can be an id of Zoho's: 1 to 20 ASCII digits."""
    return isinstance(value, str) and len(value) <= 20 and value.isdigit() and value.isascii()


def check_id(value: Node) -> Problem | None:
    """What is wrong with an id; None for a good one."""
    if is_id(value):
        return None
    if isinstance(value, str) and _ROUNDED.fullmatch(value.strip()):
        message = f"the id `{value}` was rounded, probably by a spreadsheet: its last digits are lost"
        return Problem(
            "rounded-id",
            message,
            "format the column as text, then export again; or copy the id from the record's address in Zoho",
        )
    return Problem(
        "bad-id",
        f"an id is 1 to 20 digits, not {describe(value)}",
        "copy the id from the record's address in Zoho",
    )


def looks_rounded(rows: Iterable[Row]) -> Row | None:
    """The first row whose id looks rounded to 15 digits, as spreadsheets do; None if chance explains it.

    One id in 10,000 ends in such zeros by chance. At least two of them, and one in a hundred, are worth a warning.
    """
    ids = [row for row in rows if row.by_id and len(row.key[0]) > _SPREADSHEET_DIGITS + 2]
    suspects = [row for row in ids if not row.key[0][_SPREADSHEET_DIGITS:].strip("0")]
    return suspects[0] if len(suspects) > max(1, len(ids) / 100) else None
