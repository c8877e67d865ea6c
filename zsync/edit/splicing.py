"""A file's text in which some pieces are replaced; all others keep their bytes, line ends and byte order mark included."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from zsync.syntax.source import LINE_END

_MARK = b"\xef\xbb\xbf"


class Splice(NamedTuple):
    """What takes the place of the characters from `start` to `end` of a text whose lines end with `\\n` alone.

    With `whole`, `text` are whole lines, each with its `\\n`, and `start` is where a line begins, or the end of the text.
    """

    start: int
    end: int
    text: str
    whole: bool = False


class Original:
    """The bytes of a file, which are UTF-8: as they were `written`, without a byte order mark, and as `text`, whose lines end with `\\n` alone."""

    def __init__(self, data: bytes) -> None:
        self._mark = _MARK if data.startswith(_MARK) else b""
        self.written = data[len(self._mark) :].decode()
        self.text = LINE_END.sub("\n", self.written)
        self._pairs: list[int] = []
        if "\r\n" in self.written:
            ends = (found for found in LINE_END.finditer(self.written) if found[0] == "\r\n")
            self._pairs = [found.start() - number for number, found in enumerate(ends)]

    def spliced(self, splices: Iterable[Splice]) -> bytes:
        """The bytes with the splices in place, which must not overlap; of several at one place the order stays.

        Lines that are added end as the lines beside them do. A file without an end to its last line stays one.
        """
        parts: list[str] = []
        done, last = 0, ""
        for splice in sorted(splices, key=lambda each: (each.start, each.end)):
            if splice.start < done:
                raise ValueError("splices overlap")
            kept = self._between(done, splice.start)
            parts.append(kept)
            last = kept or last
            text = splice.text.replace("\n", end := self._end(splice.start))
            # Behind a last line that has no end, the end comes first.
            if splice.whole and text and splice.start == len(self.text) and last and last[-1] not in "\r\n":
                text = end + text.removesuffix(end)
            parts.append(text)
            last = text or last
            done = splice.end
        parts.append(self._between(done, len(self.text)))
        return self._mark + "".join(parts).encode()

    def _between(self, start: int, end: int) -> str:
        return self.written[self._index(start) : self._index(end)]

    def _index(self, index: int) -> int:
        """Where a character of the text stands in what was written."""
        return index + bisect_left(self._pairs, index)

    def _end(self, index: int) -> str:
        """The line end that lines have beside a place: that of the line above, else of the first."""
        found = self.text.rfind("\n", 0, index)
        found = self.text.find("\n", index) if found < 0 else found
        if found < 0:
            return "\n"
        at = self._index(found)
        return self.written[at : at + 2] if self.written.startswith("\r\n", at) else self.written[at]
