"""Stretches of rows that one regular expression knows to be canonical.

While the file is taken apart, one row of each shape stands for the whole stretch, so that a list of 100,000 rows is as
quick to format as one of ten.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from zsync.edit.comments import Sheet
from zsync.edit.quoting import PLAIN_WORD, USUAL

_NAME = rf"(?!(?:{PLAIN_WORD}|id):)[A-Za-z][A-Za-z0-9_]*"
_VALUE = rf'(?:(?!(?:{PLAIN_WORD})[,}}]){USUAL}|-?[0-9]+(?:\.[0-9]+)?|"[0-9]+")'
_PAIR = rf'(?:id: "[0-9]+"|{_NAME}: {_VALUE})'
# Possessive (`{3,}+`), so that the engine keeps no state for going back over 100,000 rows.
_STRETCH = re.compile(rf"^(?:      - \{{{_PAIR}(?:, {_PAIR})*\}}\n){{3,}}+", re.MULTILINE)
_VALUES = re.compile(r"(?<=: )[^,}]*")


class Stretch(NamedTuple):
    """Consecutive rows: their `text`, one row of each shape (`samples`), and the `line` (from 0) of the first sample."""

    text: str
    samples: tuple[str, ...]
    line: int


def shorten(text: str) -> tuple[str, list[Stretch]]:
    """The text with samples in place of its stretches, and the stretches, with lines of that short text."""
    parts: list[str] = []
    stretches: list[Stretch] = []
    end, line = 0, 0
    for found in _STRETCH.finditer(text):
        rows = found[0].splitlines()
        shapes = _VALUES.sub("", found[0]).splitlines()
        samples = tuple(dict(zip(shapes, rows, strict=True)).values())
        before = text[end : found.start()]
        line += before.count("\n")
        stretches.append(Stretch(found[0], samples, line))
        parts += [before, *[f"{row}\n" for row in samples]]
        end, line = found.end(), line + len(samples)
    return "".join([*parts, text[end:]]), stretches


def lengthen(sheets: Iterable[Sheet], stretches: Iterable[Stretch]) -> bool:
    """Put the stretches back in place of their samples. Returns False if a sample is no row or not canonical after all."""
    rows = {unit.tree.line: unit for sheet in sheets for unit in sheet.units if unit.key is None}
    for stretch in stretches:
        for number, sample in enumerate(stretch.samples):
            row = rows.get(stretch.line + number)
            if row is None or row.tree.column != len("      - ") or f"      {row.text}" != sample:
                return False
            row.text = "" if number else stretch.text.strip()
    return True
