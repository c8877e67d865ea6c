"""Manifests as people write them by hand: anchors, brackets, comments, odd spaces, any line ends; and which row each line is of."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

STATUSES = ("Invited", '"Sent"', "'Opted Out'", "No Show")


class Line(NamedTuple):
    """A line with its line end, and the row that it is of: the number of the list and the key; None for what is of no row."""

    text: str
    row: tuple[int, str] | None = None
    anchor: str = ""
    """The anchor that it names or repeats: whoever takes a row away may move it to another line."""


class ByHand(NamedTuple):
    """A file: its lines, and the mark at its beginning."""

    lines: list[Line]
    mark: str

    @property
    def text(self) -> str:
        """The whole file."""
        return self.mark + "".join(line.text for line in self.lines)


@st.composite
def files(draw: Any) -> ByHand:
    """Files of one or two documents, with a list each."""
    lines: list[Line] = []
    for number in range(draw(st.integers(1, 2))):
        lines += [Line("---")] if number else []
        lines += _document(draw, number)
    ends = draw(st.sampled_from([("\n",), ("\r\n",), ("\n", "\r\n")]))
    lines = [line._replace(text=line.text + draw(st.sampled_from(ends))) for line in lines]
    if draw(st.booleans()):
        lines[-1] = lines[-1]._replace(text=lines[-1].text.rstrip("\r\n"))
    return ByHand(lines, draw(st.sampled_from(["", "\ufeff"])))


def _document(draw: Any, number: int) -> list[Line]:
    head = ["# A list", "version:  1", f"parent: {{ module: Campaigns,  id: '7{number}' }} # whose", "related_lists:",
            "  Leads:  # these", "    key:   Email"]  # fmt: skip
    head += draw(st.sampled_from([[], ["    defaults: {Member_Status: &usual Planned}"], ["", "    # rows"]]))
    absent = draw(st.sampled_from([[], ["    absent:", "    -  {Email: old@x}   # gone"]]))
    foot = draw(st.sampled_from([[], ["# end"], ["", "      # nobody else", ""]]))
    usual = ["usual"] if any("&usual" in line for line in head) else []
    return [*map(Line, head), *_rows(draw, number, usual), *map(Line, [*absent, *foot])]


def _rows(draw: Any, number: int, anchors: list[str]) -> list[Line]:
    keys = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6, unique=True))
    keys = sorted(keys) if draw(st.booleans()) else keys
    style = draw(st.sampled_from(["block", "block", "block", "brackets", "lines"]))
    rows = [(key, *_status(draw, key, anchors)) for key in keys]
    if style == "brackets":
        inside = ", ".join(f"{{Email: {key}@x{status}}}" for key, status, _ in rows)
        return [Line(f"    records: [ {inside} ] # all", (number, "*"))]
    lines = [Line("    records:" + " [" * (style == "lines") + draw(st.sampled_from(["", "  # who"])))]
    for key, status, anchor in rows:
        place = (number, key)
        if draw(st.integers(0, 3)) == 0:
            lines.append(Line(""))
        if draw(st.integers(0, 2)) == 0:
            lines.append(Line(f"      # about {key}", place if style == "block" else None))
        tail = draw(st.sampled_from(["", "   # behind"]))
        if style == "lines":
            lines.append(Line(f"      {{ Email: {key}@x{status} }},{tail}", place, anchor))
        else:
            lines += [Line(text, place, anchor) for text in _row(draw, key, status, tail)]
    return [*lines, *([Line("    ]")] if style == "lines" else [])]


def _row(draw: Any, key: str, status: str, tail: str) -> list[str]:
    shape = draw(st.sampled_from(["flow", "padded", "two", "block"]))
    if shape == "padded":
        return [f"      -   {{ Email:  {key}@x{status}  }}{tail}"]
    if shape == "two" and status:
        return [f"      - {{Email: {key}@x", f"        {status}}}{tail}"]
    if shape == "block":
        return [f"      - Email: {key}@x{tail}"] + ([f"        {status[2:]}"] if status else [])
    return [f"      - {{Email: {key}@x{status}}}{tail}"]


def _status(draw: Any, key: str, anchors: list[str]) -> tuple[str, str]:
    """`, Member_Status: …`, or nothing, and the anchor in it."""
    what = draw(st.sampled_from(["none", "plain", "plain", "anchor", "alias"]))
    if what == "none":
        return "", ""
    if what == "alias" and anchors:
        name = draw(st.sampled_from(anchors))
        return f", Member_Status: *{name}", name
    value = draw(st.sampled_from(STATUSES))
    if what == "anchor":
        anchors.append(key)
        return f", Member_Status: &{key} {value}", key
    return f", Member_Status:  {value}", ""
