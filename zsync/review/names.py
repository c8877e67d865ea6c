"""Names that two environments, or two sets of paths, never share: of artifacts, comments and issues."""

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import PurePosixPath

DEFAULT = "relations"
"""Where manifests are if nobody says."""

ASKED, REVIEWED = "zsync-asked", "zsync-reviewed"
"""How the artifacts are called that hold the plan at which a run stopped, and the one that it goes on to apply."""

BASE = "zsync-base"
"""How those are called that hold the report of a run: the next one begins where it ended."""

_LONGEST = 40
_OTHER = re.compile(r"[^a-z0-9]+")


def paths_of(text: str) -> tuple[str, ...]:
    """The paths of a text that holds one a line; `relations` where it holds none."""
    found = tuple(line.strip() for line in text.split("\n") if line.strip())
    return found or (DEFAULT,)


def slug(environment: str, paths: Iterable[str]) -> str:
    """What a run is about, as a part of a name: lower-case ASCII letters, digits and hyphens, at most 51 characters.

    The first part is for people; the ten digits of SHA-256 that end it tell apart what reads alike. The order of the
    paths, and how one is spelled (`./relations/`), make no difference.
    """
    places = sorted({PurePosixPath(path).as_posix() for path in paths} or {DEFAULT})
    digits = sha256(json.dumps([environment, places]).encode()).hexdigest()[:10]
    words = "-".join([environment, *places]).lower()
    readable = _OTHER.sub("-", words)[:_LONGEST].strip("-")
    return f"{readable or 'default'}-{digits}"


def readable(environment: str, paths: Iterable[str]) -> str:
    """The same for people: the environment, and the paths where they are not the usual ones."""
    places = tuple(paths)
    return ", ".join([environment or "default", *(() if places == (DEFAULT,) else places)])[:100]


def artifact(kind: str, about: str, attempt: int) -> str:
    """The name of what one attempt of a run keeps: no other call of the run, and no other attempt, has it."""
    return f"{kind}-{about}-{attempt}"


def base(about: str) -> str:
    """The name of the report that a run leaves for those to come: the same for all of them, so that GitHub finds it."""
    return f"{BASE}-{about}"


def asked_before(kept: Iterable[str], about: str, attempt: int) -> str:
    """Of the artifacts of a run, the plan at which its newest earlier attempt stopped to ask; '' where none did.

    An attempt that failed before it had a plan asked nothing, and takes nothing away from what was asked before.
    """
    names = set(kept)
    earlier = (artifact(ASKED, about, number) for number in range(attempt - 1, 0, -1))
    return next((name for name in earlier if name in names), "")
