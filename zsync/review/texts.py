"""Comments and summaries, made of what zsync rendered: within GitHub's limits, and inert."""

import re
from collections.abc import Iterable, Mapping

from zsync.bounds import COMMENT, SUMMARY
from zsync.render.escape import terminal

_TABLE = re.compile(r"^(?:\||<details>|####)", re.MULTILINE)
_LINES, _COLUMNS = 200, 300


def body(parts: Iterable[str], note: str) -> str:
    """A comment of these parts, a blank line between them. One that is too long ends before its first table, with `note`.

    The first part is the marker, or an alert that must stay; the last one the links, which stay as well.
    """
    kept = [part.strip("\n") for part in parts if part.strip("\n")]
    text = "\n\n".join(kept) + "\n"
    if len(text) <= COMMENT.most:
        return text
    *head, last = kept
    end = f"\n\n{note}\n\n{last}\n"
    start = "\n\n".join(head)
    found = _TABLE.search(start)
    start = start[: found.start()] if found else start
    # A head that is still too long is cut: GitHub would refuse the whole comment.
    return start[: COMMENT.most - len(end)].rstrip("\n") + end


def as_code(text: str) -> str:
    """What a program printed, as indented code, in which nothing has a meaning: the first 200 lines, 300 columns of each."""
    lines = re.split(r"\r\n|\r|\n", text)
    while lines and not lines[-1]:
        lines.pop()
    shown = [f"    {terminal(line.replace(chr(9), '    '))[:_COLUMNS]}" for line in lines[:_LINES]]
    if len(lines) > _LINES:
        shown.append(f"    … {len(lines) - _LINES:,} more lines")
    return "\n".join(shown)


def unreadable(command: str, code: int, said: str) -> str:
    """For a comment, where a command left no result: what it said, as code."""
    return f"### zsync {command}: exit code {code}\n\n{as_code(said)}\n"


def accepted(said: str) -> str:
    """For a pull request: what of the CRM was taken into files, as code."""
    return f"### zsync accept\n\n{as_code(said)}\n"


def summary(text: str) -> str:
    """A text for a step's summary, cut at the end of a line where GitHub would drop it."""
    data = text.encode()
    if len(data) <= SUMMARY.most:
        return text
    kept = data[: SUMMARY.most].decode("utf-8", errors="ignore").rpartition("\n")[0]
    return kept + "\n\nThis is too long for a summary: the run's artifact has all of it.\n"


def masked(text: str, secrets: Iterable[str]) -> str:
    """A text without these secrets. Those of fewer than six characters stay: masking them would hide half of the text."""
    # Longest first, so that no secret is found within another.
    for secret in sorted({known for known in secrets if len(known) >= 6}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def outputs(values: Mapping[str, str], end: str) -> str:
    """Lines for $GITHUB_OUTPUT; `end` is a word that no value holds, which ends those of several lines."""
    lines = []
    for name, value in values.items():
        single = "\n" not in value and "\r" not in value
        lines.append(f"{name}={value}\n" if single else f"{name}<<{end}\n{value}\n{end}\n")
    return "".join(lines)


def rehearsal(plan: str, report: str, *, snapshot: bool) -> str:
    """What a rehearsal comes to, of the Markdown of its plan and of its report; without one the plan was refused."""
    held = "what the base's manifests say, and knew every record that these manifests name"
    head = (
        "## Rehearsal on the bundled CRM\n\nNothing was sent to an org. "
        f"The bundled CRM held {'what the snapshot says' if snapshot else held}. This is the plan:"
    )
    became = report or "### zsync: nothing was rehearsed, for the plan is refused"
    return f"{head}\n\n{plan.strip()}\n\nAnd this became of it:\n\n{became.strip()}\n"
