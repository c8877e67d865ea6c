"""The reference under `.github/docs/reference/`, made from the code. `make pytest ARGS="tests/reference --update-golden"` writes it anew."""

from collections.abc import Callable, Mapping
from functools import partial

from tests.reference import bundled, codes, commands, formats, limits, schemas
from tests.reference.markdown import anchor

NOTE = '<!-- Made from the code by tests/reference; `make pytest ARGS="tests/reference --update-golden"` makes it anew. -->\n\n'

_FILES = {schemas.file_name(name): partial(schemas.page, name) for name in schemas.names()}
PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands.page,
    **_FILES,
    "kinds.md": codes.kinds_page,
    "codes.md": codes.page,
    "environment.md": formats.variables_page,
    "formats.md": formats.page,
    "limits.md": limits.page,
    "emulator.md": bundled.page,
}
"""File → what it holds, but for the note above it."""


def index(pages: Mapping[str, str]) -> str:
    """The page that links all others, and each part of them."""
    lines = [f"- [{_headings('# ', text)[0]}]({name})" + _parts(name, text) for name, text in pages.items()]
    about = "Every name there is, made from the code. What to do with them is in [the how-tos](../../../README.md#how-to)."
    return f"# Reference\n\n{about}\n\n" + "\n".join(lines) + "\n"


def _parts(name: str, text: str) -> str:
    links = [f"[{heading}]({name}#{anchor(heading)})" for heading in _headings("## ", text)]
    return ": " + ", ".join(links) if links else ""


def _headings(level: str, text: str) -> list[str]:
    return [line.removeprefix(level) for line in text.split("\n") if line.startswith(level)]
