"""Manifests as people write them: any style, any order, comments anywhere. All of them are right."""

from typing import Any

from hypothesis import strategies as st

from zsync.kinds import Kind

KINDS = (Kind("Campaigns", "Leads", {"Member_Status": "text", "Seats": "any", "Paid": "boolean"}),)
MARK = "#§"
"""Begins every comment, and stands in no value."""

Draw = Any

_TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="§\ufffe\uffff"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() != "")
_WORDS = st.sampled_from(
    ["Invited", "no", "On", "~", "null", "2027-03-01", "12:30", "1_000", "0x1F", "1e3", ".5", "a: b", "a #b", "-", "- a",
     "it's", 'so "so"', "a,b", "{a}", "[", "what?", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "=", "<<", " a", "a ",
     "São Paulo", "a\nb", "a\tb", "a\\b", "\x85", "\u2028", "\ufeff", "😀", "y", "---", "...", "--- a", "?", ":", "#a"]
)  # fmt: skip
NUMBERS = st.sampled_from(["49.90", "0", "-3", "007", "129.00", "3652397000000500001", "+4"])


def double(text: str) -> str:
    """Text in double quotes, with more escapes than it needs."""
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


def scalar(draw: Draw, text: str) -> str:
    """Text in one of the styles that can hold it."""
    styles = [double(text)]
    if text.isprintable():
        styles.append("'" + text.replace("'", "''") + "'")
    if text.isascii() and text.isalpha() and text.lower() not in ("true", "false", "null"):
        styles.append(text)
    return str(draw(st.sampled_from(styles)))


def values(draw: Draw, absent: bool) -> dict[str, str]:
    """Fields of the relation and their values, in any order."""
    if absent:
        return {}
    fields = {
        "Member_Status": scalar(draw, draw(_TEXTS | _WORDS)),
        "Seats": draw(NUMBERS | st.sampled_from(["true", "FALSE", "'no'", '"1"'])),
        "Paid": draw(st.sampled_from(["true", "False"])),
    }
    names = draw(st.lists(st.sampled_from(sorted(fields)), unique=True))
    return {name: fields[name] for name in names}


def mapping(draw: Draw, entries: dict[str, str], first: str, rest: str) -> list[str]:
    """A mapping behind `first`, its lines indented by `rest`: in braces on one line or on several, or without."""
    pairs = [f"{name}: {value}" for name, value in entries.items()]
    style = draw(st.sampled_from(["line", "lines", "block"]))
    if style == "block" and first.endswith(":"):
        return [first, *[f"{rest}{pair}" for pair in pairs]]
    if style == "block":
        return [first + pairs[0], *[f"{rest}{pair}" for pair in pairs[1:]]]
    first += " " * first.endswith(":")
    if style == "lines":
        return [
            first + "{",
            *[f"{rest}  {pair} ," for pair in pairs[:-1]],
            f"{rest}  {pairs[-1]}",
            rest + "}",
        ]
    return [f"{first}{{{draw(st.sampled_from([', ', ' , ', ',   '])).join(pairs)}}}"]


def rows(draw: Draw, name: str, indent: str) -> list[str]:
    """A list of rows; they are named by a key or by an id, and no two are alike."""
    lines = [f"{indent}{name}:"]
    dash = indent + draw(st.sampled_from(["- ", "  - ", "  -   "]))
    for number in range(draw(st.integers(1, 5))):
        record = f"{1000 + number}{len(name)}"
        ident = draw(st.sampled_from([f"id: {record}", f"id: '{record}'", f"Email: '{name} {number}'"]))
        entries = [*values(draw, name == "absent").items(), tuple(ident.split(": "))]
        lines += mapping(draw, dict(draw(st.permutations(entries))), dash, " " * len(dash))
    return lines


def document(draw: Draw, number: int) -> list[str]:
    """A document: its keys in any order."""
    ident = draw(
        st.sampled_from([{"id": f"7{number}"}, {"id": f"'7{number}'"}, {"match": f"{{Code: 0{number}}}"}])
    )
    parent = dict(draw(st.permutations([("module", "Campaigns"), *ident.items()])))
    entries = [["    key: Email"], rows(draw, "records", "    "), rows(draw, "absent", "    ")]
    entries.append([f"    prune: {draw(st.sampled_from(['true', 'False']))}"])
    if fields := values(draw, absent=False):
        entries.append(mapping(draw, fields, "    defaults:", "      "))
    kept = [entries[0], *draw(st.permutations(entries[1:]))]
    lists = ["related_lists:", "  Leads:", *[line for entry in draw(st.permutations(kept)) for line in entry]]
    parts = [["version: 1"], mapping(draw, parent, "parent:", "  "), lists]
    return [line for part in draw(st.permutations(parts)) for line in part]


def remarked(draw: Draw, lines: list[str]) -> list[str]:
    """The lines with empty lines between them, and with comments above and behind."""
    found = []
    for number, line in enumerate(lines):
        what = draw(st.sampled_from(["", "", "", "above", "behind", "blank", "both"]))
        if what in ("blank", "both"):
            found += [""] * draw(st.integers(1, 3))
        if what in ("above", "both"):
            found.append(" " * draw(st.integers(0, 10)) + f"{MARK}{number} - {{a: 'b'")
        found.append(
            line + " " * draw(st.integers(1, 30)) + f"{MARK}{number} c" * (what in ("behind", "both"))
        )
    return found


@st.composite
def manifests(draw: Draw) -> str:
    """The text of a file of one to three documents."""
    lines: list[str] = []
    for number in range(draw(st.integers(1, 3))):
        lines += ["---"] if number or draw(st.booleans()) else []
        lines += document(draw, number)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return str(end.join([*remarked(draw, lines), *draw(st.sampled_from([[], [""], [MARK]]))]))


@st.composite
def lists(draw: Draw) -> str:
    """A file that is nearly canonical: many rows of a few shapes, most of them on one line."""
    head = 'version: 1\nparent:\n  module: Campaigns\n  id: "7"\nrelated_lists:\n  Leads:\n    key: Email\n    records:\n'
    words = st.sampled_from(["Invited", "Sent", "no", '"no"', '"1"', "o'neill", "'x'", "São Paulo", "1"])
    lines = []
    for number in range(draw(st.integers(1, 12))):
        ident = draw(
            st.sampled_from([f"Email: a{number}@acme.example", f'id: "1{number}"', f"id: 1{number}"])
        )
        value = draw(words)
        field = f"Member_Status: {value}" if value not in ("1", "no") else f"Seats: {value}"
        pairs = draw(st.sampled_from([[ident], [ident, field], [ident, field], [field, ident]]))
        lines.append(
            f"      - {{{', '.join(pairs)}}}{draw(st.sampled_from(['', '', '', '  #§ c', f'{chr(10)}      #§']))}\n"
        )
    return head + "".join(lines)
