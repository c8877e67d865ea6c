"""How many columns of a terminal a text takes, and cutting and padding by them: the one measure of all text output.

East Asian characters take two columns, combining marks none, an emoji of several characters two. `terminal` must have
made the text inert before.
"""

import re
from collections.abc import Iterator

# Latin, Greek and Cyrillic letters and the signs of the output itself: one column each, without the tables of wcwidth,
# which take as long to load as a small plan to render.
_PLAIN = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u03ff\u0400-\u0482\u048a-\u052f–—‘’“”…→−│▏✓·]*"
)


def columns(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii() or _PLAIN.fullmatch(text):
        return len(text)
    from wcwidth import wcswidth

    wide: int = wcswidth(text)
    return wide if wide >= 0 else len(text)


def padded(text: str, wide: int) -> str:
    """The text with spaces behind it, up to a width; a wider one stays as it is."""
    return text + " " * (wide - columns(text))


def head(text: str, most: int) -> str:
    """As much of the beginning of a text as fits into so many columns, no character cut apart."""
    return _fitting(_characters(text), most)


def tail(text: str, most: int) -> str:
    """As much of the end of a text as fits into so many columns, no character cut apart."""
    kept = _fitting(reversed(list(_characters(text))), most)
    return text[len(text) - len(kept) :]


def _fitting(characters: Iterator[str], most: int) -> str:
    kept: list[str] = []
    used = 0
    for character in characters:
        used += columns(character)
        if used > most:
            break
        kept.append(character)
    return "".join(kept)


def _characters(text: str) -> Iterator[str]:
    """What a reader takes for one character each: a letter with its marks, an emoji of several parts."""
    if _PLAIN.fullmatch(text):
        return iter(text)
    from wcwidth import iter_graphemes

    return iter(iter_graphemes(text))
