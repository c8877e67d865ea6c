"""What a branch changes in zsync.yaml, for those who review it: that comes before anything else.

What it loosens stands first, what changes next, and what it tightens is said in a line.
"""

from collections.abc import Iterable, Iterator

from zsync.model.verdicts import Setting
from zsync.render.escape import markdown, terminal
from zsync.render.words import ARROW, count, cut

TITLE = "This branch changes what zsync may do"
LOOSENS = "Loosens a guard once merged"
TIGHTENS = "Tightens"
ADVICE = "Review that first, and merge it by itself."

_ROWS = 50
_KEY = 60
_LONG = 200
_UNSAID = "(not set)"


def told(settings: tuple[Setting, ...]) -> str:
    """The changes as alerts for the head of a comment; '' where there are none."""
    loosened, other, stricter = (_of(settings, way) for way in ("loosens", "changes", "tightens"))
    blocks = []
    if loosened:
        blocks.append("> [!WARNING]\n" + "\n".join(_loosened(loosened)))
    if other:
        blocks.append("> [!WARNING]\n" + "\n".join(_table(other)))
    if stricter:
        more = f", and {len(stricter) - _ROWS:,} more" if len(stricter) > _ROWS else ""
        blocks.append(f"{TIGHTENS}: {'; '.join(map(_row, stricter[:_ROWS]))}{more}.")
    return "\n\n".join(blocks)


def alerts(settings: tuple[Setting, ...]) -> Iterator[tuple[str, list[str]]]:
    """Title and lines of what a branch loosens, and of what else it changes, in this order; not escaped.

    A line is `guards.max_deletes  5% → 20%  relations/zsync.yaml:18`. Those beyond the fiftieth are counted.
    """
    for way, title in (("loosens", LOOSENS), ("changes", TITLE)):
        if those := _of(settings, way):
            yield title, [*_lines(those)]


def tightened(settings: tuple[Setting, ...]) -> list[str]:
    """Such lines for what a branch tightens, which asks for nothing."""
    return [*_lines(_of(settings, "tightens"))]


def text_block(settings: tuple[Setting, ...]) -> list[str]:
    """What a branch loosens and changes, for a terminal, escaped; nothing where there is none of that."""
    blocks = [[title, *(f"  {terminal(line)}" for line in lines)] for title, lines in alerts(settings)]
    return [line for block in blocks for line in block] + ([ADVICE] if blocks else [])


def quiet_block(settings: tuple[Setting, ...]) -> list[str]:
    """What a branch tightens, likewise."""
    return [f"{TIGHTENS}: {terminal(line)}" for line in tightened(settings)]


def _of(settings: Iterable[Setting], way: str) -> tuple[Setting, ...]:
    return tuple(each for each in settings if each.way == way)


def _loosened(settings: tuple[Setting, ...]) -> Iterator[str]:
    if len(settings) == 1:
        yield f"> **{LOOSENS}:** {_row(settings[0])}. {ADVICE}"
        return
    yield f"> **{LOOSENS}:** {count(len(settings), 'setting')}. {ADVICE}"
    yield ">"
    yield from (f"> - {_row(each)}" for each in settings[:_ROWS])
    if len(settings) > _ROWS:
        yield f"> - … {len(settings) - _ROWS:,} more"


def _table(settings: tuple[Setting, ...]) -> Iterator[str]:
    names = ", ".join(dict.fromkeys(markdown(cut(each.file, _LONG)) for each in settings))
    yield f"> **{TITLE}:** {names}. {ADVICE}"
    yield from (">", "> | setting | base | this branch |", "> | --- | --- | --- |")
    for each in settings[:_ROWS]:
        yield f"> | {_key(each)} | {_cell(each.before)} | {_cell(each.after)} |"
    if len(settings) > _ROWS:
        yield f"> | … {len(settings) - _ROWS:,} more | | |"


def _row(each: Setting) -> str:
    """`guards.max_deletes` 5% → 20% (`relations/zsync.yaml:18`), in Markdown."""
    change = f"{_cell(each.before)} {ARROW} {_cell(each.after)}"
    return f"{_key(each)} {change} ({markdown(cut(_place(each), _LONG))})"


def _lines(settings: tuple[Setting, ...]) -> Iterator[str]:
    for each in settings[:_ROWS]:
        before, after = each.before or _UNSAID, each.after or _UNSAID
        place = _place(each) if each.key else ""
        change = f"{cut(each.key or each.file, _KEY)}  {cut(before, _KEY)} {ARROW} {cut(after, _KEY)}"
        yield f"{change}  {place}".rstrip()
    if len(settings) > _ROWS:
        yield f"… {len(settings) - _ROWS:,} more"


def _place(each: Setting) -> str:
    return f"{each.file}:{each.line}" if each.line else each.file


def _key(each: Setting) -> str:
    return markdown(cut(each.key or each.file, _LONG))


def _cell(text: str) -> str:
    return markdown(cut(text, _LONG)) if text else _UNSAID
