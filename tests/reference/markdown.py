"""Markdown for GitHub: prose whose code spans stay code, and tables that no pipe can break."""

import re
from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`[^`]+`)")
_SPECIAL = re.compile(r"[\\*_\[\]<>|~&#]")
_BLANK = re.compile(r"\s*\n\s*")


def prose(text: str) -> str:
    """Text of the program as a paragraph: `code` stays code, everything else that Markdown would read is escaped."""
    parts = _CODE.split(_BLANK.sub(" ", text.strip()))
    return "".join(
        part if at % 2 else re.sub(r"(?<=\w)\\_(?=\w)", "_", _SPECIAL.sub(r"\\\g<0>", part))
        for at, part in enumerate(parts)
    )


def code(text: str) -> str:
    """Text as code within a line; empty text is nothing."""
    return f"`{text}`" if text else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already, but for the pipes in their code."""
    lines = [head, ["---"] * len(head), *([_cell(each) for each in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    """In a table a pipe ends the cell even within code, unless a backslash is before it."""
    return re.sub(r"(?<!\\)\|", r"\\|", _BLANK.sub(" ", text))


def fence(text: str, language: str = "") -> str:
    """A block of code, fenced with more backticks than it holds."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}\n"


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading: lower case, punctuation gone, blanks to hyphens."""
    plain = re.sub(r"[^\w\- ]", "", re.sub(r"\\(.)", r"\1", heading).lower())
    return plain.replace(" ", "-")
