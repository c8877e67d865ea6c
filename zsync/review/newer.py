"""Whether a run that is started again is still about what its branch says: a newer commit may have changed the same manifests."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from zsync.review.names import paths_of

MOST = 300
"""How many files of a comparison GitHub names; where it names so many, there may be more."""

_SHOWN = 3
_CONFIGURATION = frozenset({"zsync.yaml", "zsync.yml"})
_DATA = frozenset({".csv", ".tsv", ".xlsx"})
"""What rows come from besides manifests, wherever in the repository it lies."""


class Newer(NamedTuple):
    """What a branch has become since a commit: `status` is GitHub's word for it, `tip` the newest commit, or empty.

    `files` are those that differ, under their names of then and now; all of them, if `whole`, however many.
    """

    status: str
    tip: str
    files: Sequence[str]
    whole: bool = False


def outdated(commit: str, branch: str, newer: Newer, lines: str) -> str:
    """Why a run for this commit must not go on, as a clause; empty where it may. `lines` are its paths, one a line.

    A branch that was set back, or that has no such commit any more, is no ground to write what the commit says.
    """
    if newer.status == "identical":
        return ""
    if newer.status != "ahead":
        return f"the branch {branch} does not hold the commit {commit:.7} any more"
    if len(newer.files) >= MOST and not newer.whole:
        return f"{_gone_on(branch, newer)}, and more files differ than GitHub names"
    touched = [file for file in newer.files if _counts(file, paths_of(lines))]
    if not touched:
        return ""
    more = f" and {len(touched) - _SHOWN:,} more" if len(touched) > _SHOWN else ""
    return f"{_gone_on(branch, newer)}, which changes {', '.join(touched[:_SHOWN])}{more}"


def _gone_on(branch: str, newer: Newer) -> str:
    return f"{branch} has gone on to {newer.tip:.7}" if newer.tip else f"{branch} has gone on"


def _counts(file: str, paths: Iterable[str]) -> bool:
    """Whether a run for these paths may have read the file."""
    path = PurePosixPath(file)
    if path.name.casefold() in _CONFIGURATION or path.suffix.casefold() in _DATA:
        return True
    return any(
        path.is_relative_to(PurePosixPath(each.lstrip("/"))) or each.strip("./") == "" for each in paths
    )
