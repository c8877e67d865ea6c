"""What a branch changes in zsync.yaml, for those who review it: that comes before anything else."""

from collections.abc import Iterator

from zsync.model.verdicts import Setting
from zsync.render.escape import markdown, terminal
from zsync.render.words import ARROW, cut

TITLE = "This branch changes what zsync may do"
ADVICE = "Review that first, and merge it by itself."

_ROWS = 50
_KEY = 60
_UNSAID = "(not set)"


def told(settings: tuple[Setting, ...]) -> str:
    """The changes as an alert for the head of a comment; '' where there are none."""
    if not settings:
        return ""
    rows = [
        f"> | {markdown(each.key or each.file)} | {_cell(each.before)} | {_cell(each.after)} |"
        for each in settings[:_ROWS]
    ]
    if len(settings) > _ROWS:
        rows.append(f"> | … {len(settings) - _ROWS:,} more | | |")
    names = ", ".join(dict.fromkeys(markdown(each.file) for each in settings))
    return "\n".join(
        (
            "> [!WARNING]",
            f"> **{TITLE}:** {names}. {ADVICE}",
            ">",
            "> | setting | base | this branch |",
            "> | --- | --- | --- |",
            *rows,
        )
    )


def lines(settings: tuple[Setting, ...]) -> Iterator[str]:
    """One line a setting, not escaped: `guards.max_deletes  5% → 20%`. Those beyond the fiftieth are counted."""
    for each in settings[:_ROWS]:
        before, after = each.before or _UNSAID, each.after or _UNSAID
        yield f"{cut(each.key or each.file, _KEY)}  {cut(before, _KEY)} {ARROW} {cut(after, _KEY)}"
    if len(settings) > _ROWS:
        yield f"… {len(settings) - _ROWS:,} more"


def text_block(settings: tuple[Setting, ...]) -> list[str]:
    """The changes for a terminal, escaped; nothing where there are none."""
    if not settings:
        return []
    files = ", ".join(dict.fromkeys(each.file for each in settings))
    return [terminal(f"{TITLE}: {files}"), *(f"  {terminal(line)}" for line in lines(settings)), ADVICE]


def _cell(text: str) -> str:
    return markdown(text) if text else _UNSAID
