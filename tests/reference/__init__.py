"""The reference under `.github/docs/reference/`, made from the code. `make pytest ARGS="tests/reference --update-golden"` writes it anew."""

from collections.abc import Callable, Mapping
from functools import partial

from tests.reference import bundled, codes, commands, formats, schemas
from tests.reference.markdown import prose

NOTE = '<!-- Made from the code by tests/reference; `make pytest ARGS="tests/reference --update-golden"` makes it anew. -->\n\n'

_FILES = {schemas.file_name(name): partial(schemas.page, name) for name in schemas.names()}
PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands.page,
    **_FILES,
    "kinds.md": codes.kinds_page,
    "codes.md": codes.page,
    "environment.md": formats.variables_page,
    "formats.md": formats.page,
    "emulator.md": bundled.page,
}
"""File → what it holds, but for the note above it."""


def index(pages: Mapping[str, str]) -> str:
    """The page that links all others, with the first lines of each."""
    lines = [f"- [{_title(text)}]({name}): {_headings(text)}" for name, text in pages.items()]
    return (
        "# Reference\n\nEvery name there is, made from the code. What to do with them: [the how-tos](../../../README.md#how-to).\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _title(text: str) -> str:
    return next(line for line in text.split("\n") if line.startswith("# ")).removeprefix("# ")


def _headings(text: str) -> str:
    """Up to eight parts of a page, by name."""
    found = [line.removeprefix("## ") for line in text.split("\n") if line.startswith("## ")]
    more = ", …" if len(found) > 8 else ""
    return ", ".join(found[:8]) + more if found else prose(text.split("\n\n")[1])
