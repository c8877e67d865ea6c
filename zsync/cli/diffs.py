"""What would change in a file, as a unified diff for a terminal."""

import difflib
import io
from collections.abc import Iterator

_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def unified(
    before: bytes, after: bytes, name: str, *, new: bool = False, color: bool = False
) -> Iterator[str]:
    """The lines of a unified diff of two texts, line ends included. What cannot be seen, such as the line ends of Windows, comes
    out as an escape.
    """
    import click

    from zsync.render.escape import terminal

    old, now = (io.StringIO(text.decode(), newline="\n").readlines() for text in (before, after))
    for number, line in enumerate(difflib.unified_diff(old, now, "/dev/null" if new else name, name)):
        ended = "" if line.endswith("\n") else "\\ No newline at end of file\n"
        shown = terminal(line.removesuffix("\n"))
        # The first two lines name the file.
        if color and (number < 2 or line[0] in _COLORS):
            shown = click.style(shown, bold=True) if number < 2 else click.style(shown, fg=_COLORS[line[0]])
        yield f"{shown}\n{ended}"
