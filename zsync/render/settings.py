"""What a branch changes in zsync.yaml, for its reviewers: that comes before everything else.

What it loosens comes first, then what else it changes; what it tightens takes one line.
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
    """The changes as alerts for the head of a comment; '' without changes."""
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
    """The same lines for what a branch tightens, which nobody has to act on."""
    return [*_lines(_of(settings, "tightens"))]


def text_block(settings: tuple[Setting, ...]) -> list[str]:
    """What a branch loosens and changes, for a terminal, escaped; empty if it does neither."""
    blocks = [[title, *(f"  {terminal(line)}" for line in lines)] for title, lines in alerts(settings)]
    return [line for block in blocks for line in block] + ([ADVICE] if blocks else [])


def quiet_block(settings: tuple[Setting, ...]) -> list[str]:
    """What a branch tightens, likewise."""
    return [f"{TIGHTENS}: {terminal(line)}" for line in tightened(settings)]


def _of(settings: Iterable[Setting], way: str) -> tuple[Setting, ...]:
    return tuple(setting for setting in settings if setting.way == way)


def _loosened(settings: tuple[Setting, ...]) -> Iterator[str]:
    if len(settings) == 1:
        yield f"> **{LOOSENS}:** {_row(settings[0])}. {ADVICE}"
        return
    yield f"> **{LOOSENS}:** {count(len(settings), 'setting')}. {ADVICE}"
    yield ">"
    yield from (f"> - {_row(setting)}" for setting in settings[:_ROWS])
    if len(settings) > _ROWS:
        yield f"> - … {len(settings) - _ROWS:,} more"


def _table(settings: tuple[Setting, ...]) -> Iterator[str]:
    names = ", ".join(dict.fromkeys(markdown(cut(setting.file, _LONG)) for setting in settings))
    yield f"> **{TITLE}:** {names}. {ADVICE}"
    yield from (">", "> | setting | base | this branch |", "> | --- | --- | --- |")
    for setting in settings[:_ROWS]:
        yield f"> | {_key(setting)} | {_cell(setting.before)} | {_cell(setting.after)} |"
    if len(settings) > _ROWS:
        yield f"> | … {len(settings) - _ROWS:,} more | | |"


def _row(setting: Setting) -> str:
    """`guards.max_deletes` 5% → 20% (`relations/zsync.yaml:18`), in Markdown."""
    change = f"{_cell(setting.before)} {ARROW} {_cell(setting.after)}"
    return f"{_key(setting)} {change} ({markdown(cut(_place(setting), _LONG))})"


def _lines(settings: tuple[Setting, ...]) -> Iterator[str]:
    for setting in settings[:_ROWS]:
        before, after = setting.before or _UNSAID, setting.after or _UNSAID
        place = _place(setting) if setting.key else ""
        change = f"{cut(setting.key or setting.file, _KEY)}  {cut(before, _KEY)} {ARROW} {cut(after, _KEY)}"
        yield f"{change}  {place}".rstrip()
    if len(settings) > _ROWS:
        yield f"… {len(settings) - _ROWS:,} more"


def _place(setting: Setting) -> str:
    return f"{setting.file}:{setting.line}" if setting.line else setting.file


def _key(setting: Setting) -> str:
    return markdown(cut(setting.key or setting.file, _LONG))


def _cell(text: str) -> str:
    return markdown(cut(text, _LONG)) if text else _UNSAID
