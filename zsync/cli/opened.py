"""The rows that an earlier run left open, as its report tells them, with the manifests of the commits that they are compared with."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.disk import read_saved
from zsync.errors import InputError, UsageError
from zsync.model import Diagnostic, ManagedList, OpenRow, Report, sentence
from zsync.planning.opened import NONE, Opened

if TYPE_CHECKING:
    from zsync.git import CommitTree

_ADVICE = "It is the file of `zsync apply --report FILE`, or what `zsync ci base` found."


def read_opened(
    report: Path | None,
    environment: str,
    root: Path,
    lists: "Callable[[CommitTree], tuple[ManagedList, ...]]",
) -> Opened:
    """The open rows of a report's file; `lists` reads the manifests of a commit of the repository at `root`.

    Raises `UsageError` for a report of another environment, for more open rows than a run may leave, and for a commit that is not
    there; `InputError` for manifests of such a commit that cannot be read.
    """
    if report is None:
        return NONE
    from zsync import git
    from zsync.files.plan import load_report

    rows = _checked(load_report(read_saved(report, _ADVICE)), environment)
    commits = dict.fromkeys(row.base for row in rows if row.base)
    trees = {commit: git.tree(root, git.find_commit(commit, root)) for commit in commits}
    return Opened(rows, {commit: _read(commit, tree, lists) for commit, tree in trees.items()})


def _checked(report: Report, environment: str) -> tuple[OpenRow, ...]:
    made_for, rows = report.plan.binding.environment, report.open
    if made_for != environment:
        raise UsageError(
            f"--open names a report of {made_for or 'no environment'}, and this is {environment or 'none'}",
            help="Name the report of a run in this environment.",
        )
    if too_many := report.too_many_open:
        raise UsageError(
            f"--open names a report with {too_many}, which is more than a run may leave open",
            help="Compare with the base that its run had, without --open: all that came since is a change then.",
        )
    return rows


def _read(
    commit: str, tree: "CommitTree", lists: "Callable[[CommitTree], tuple[ManagedList, ...]]"
) -> tuple[ManagedList, ...]:
    try:
        return lists(tree)
    except InputError as error:
        first = Diagnostic(
            "bad-base",
            sentence(f"the manifests of {commit[:7]}, with which open rows are compared, cannot be read"),
            help=sentence(
                "Plan without --open, with --base REF of a commit before it: all that came since is a change then."
            ),
        )
        raise InputError((first, *error.diagnostics)) from None
