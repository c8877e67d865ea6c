"""What is mutated on which night, and by which tests each mutant has to be noticed: those of its own room."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple


class Slice(NamedTuple):
    """Modules whose code is changed, and the tests that have to notice; globs and paths from the repository's root."""

    name: str
    mutate: tuple[str, ...]
    tests: tuple[str, ...]


def _rooms(name: str, *rooms: str) -> Slice:
    """Whole rooms, and single modules (`kinds`), with the tests that mirror them."""
    folders = [room for room in rooms if room not in _MODULES]
    return Slice(
        name,
        (
            *(f"zsync/{room}/*.py" for room in folders),
            *(f"zsync/{one}.py" for one in rooms if one in _MODULES),
        ),
        (
            *(f"tests/{room}" for room in folders),
            *(f"tests/test_{one}.py" for one in rooms if one in _MODULES),
        ),
    )


_MODULES = ("kinds", "codes")

_PAGES = (
    *("html", "html_page", "html_rows", "markdown", "groups", "columns", "tables", "folding"),
    *("attention", "github", "junit"),
)
"""Half of the renderers, by their mutants; the others go on the next night."""

SLICES = (
    _rooms("planning", "planning"),
    _rooms("applying", "applying", "model", "kinds", "codes"),
    _rooms("guards", "guards", "redact"),
    _rooms("files", "files"),
    _rooms("syntax", "syntax"),
    Slice("pages", tuple(f"zsync/render/{one}.py" for one in _PAGES), ("tests/render",)),
    Slice("lines", ("zsync/render/*.py",), ("tests/render",)),
)
"""One a night, from Monday on."""

SAMPLED = 200

ELSEWHERE = Slice(
    "elsewhere",
    ("zsync/**/*.py",),
    (
        "tests/cli",
        "tests/config",
        "tests/crm",
        "tests/doctor",
        "tests/edit",
        "tests/emulator",
        "tests/manifest",
        "tests/metadata",
        "tests/pulling",
        "tests/rehearsal",
        "tests/review",
        "tests/whereabouts",
        "tests/git",
        "tests/forge",
        "tests/test_hosts.py",
        "tests/test_notices.py",
    ),
)
"""A seeded sample of `SAMPLED` mutants of all that no slice has."""


def named(name: str) -> Slice:
    """The slice of a name or of a number, 1 being Monday's, or `tonight`'s. Raises `LookupError` where there is none."""
    if name == "tonight":
        return SLICES[datetime.now(UTC).weekday()]
    if name.isdecimal():
        return dict(enumerate(SLICES, 1))[int(name)]
    return {one.name: one for one in (*SLICES, ELSEWHERE)}[name]


def modules(slice_: Slice, root: Path) -> list[str]:
    """The modules that a slice changes, as paths from the root: what an earlier one of the nights has, a later one leaves out."""
    nights = (*SLICES, ELSEWHERE)
    earlier = nights[: nights.index(slice_)] if slice_ in nights else ()
    return sorted(_found(slice_, root).difference(*(_found(one, root) for one in earlier)))


def _found(slice_: Slice, root: Path) -> set[str]:
    return {file.relative_to(root).as_posix() for glob in slice_.mutate for file in root.glob(glob)}
