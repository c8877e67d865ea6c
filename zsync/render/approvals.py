"""Who wanted a run, who approved it, and where it ran. Names of accounts come from strangers."""

from collections.abc import Callable, Iterator

from zsync.model import Approval
from zsync.render.escape import link, markdown, terminal
from zsync.render.words import cut

_LONGEST = 1000


def told(approval: Approval) -> Iterator[tuple[str, str]]:
    """What is known, as a label and its text, which is not escaped yet; without the address."""
    found = (
        ("Started by", approval.started_by),
        ("Approved by", ", ".join(approval.approved_by)),
        ("Merged by", approval.merged_by),
    )
    yield from ((label, cut(text, _LONGEST)) for label, text in found if text)


def text_approval(approval: Approval) -> str:
    """A line for terminals and logs; empty where nothing is known."""
    return " · ".join(filter(None, (*_sentence(approval, terminal), link(approval.address))))


def markdown_approval(approval: Approval) -> str:
    """A line of Markdown, the run as a link; empty where nothing is known."""
    address = link(approval.address)
    return " · ".join((*_sentence(approval, markdown), *([f"[the run]({address})"] if address else [])))


def _sentence(approval: Approval, escape: Callable[[str], str]) -> Iterator[str]:
    for number, (label, text) in enumerate(told(approval)):
        yield f"{label if number == 0 else label.lower()} {escape(text)}"
