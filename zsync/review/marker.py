"""The first line of a comment: how it is found again, and what the reviewed plan is known by."""

import re
from typing import NamedTuple

_KNOWN = re.compile(r"head=([0-9a-f]{40}) artifact=([0-9]{1,19}) digest=(sha256:[0-9a-f]{64}) -->")


class Reviewed(NamedTuple):
    """A plan as its comment names it: the artifact that holds it, and the digest of its file."""

    artifact: int
    digest: str


def start(kind: str, about: str) -> str:
    """How the comment of a kind (`plan`, `apply`, `drift`) begins; `about` is the run's slug."""
    return f"<!-- zsync {kind} {about} "


def plain(kind: str, about: str) -> str:
    """The first line of a comment that names no plan."""
    return start(kind, about) + "-->"


def of_plan(about: str, head: str, artifact: int, digest: str) -> str:
    """The first line of a comment about the plan of the commit `head`; 0 and an empty digest where there is none."""
    return f"{start('plan', about)}head={head} artifact={artifact} digest={digest or 'none'} -->"


def reviewed(body: str, about: str, head: str) -> Reviewed | None:
    """The plan that a comment names, if it is one of this slug about this very commit; else None."""
    # The first line alone: what follows is a plan, in which a stranger's name may look like a marker.
    first = body.split("\n", 1)[0].rstrip("\r")
    begins = start("plan", about)
    found = _KNOWN.fullmatch(first.removeprefix(begins)) if first.startswith(begins) else None
    return Reviewed(int(found[2]), found[3]) if found and found[1] == head else None
