"""The rows that an earlier run left open, as its report tells them, with the manifests of the commits that they are compared with."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zsync.cli.disk import read_saved
from zsync.errors import InputError, UsageError
from zsync.model import Diagnostic, ManagedList, OpenRow, Report, sentence
from zsync.planning.agreed import places
from zsync.planning.opened import NONE, Opened

if TYPE_CHECKING:
    from zsync.git import CommitTree

_ADVICE = "It is the file of `zsync apply --report FILE`, or what `zsync ci base` found."


class OpenedRows(NamedTuple):
    """The rows, and warnings about bases of theirs that cannot be read."""

    rows: Opened = NONE
    warnings: tuple[Diagnostic, ...] = ()


def read_opened(
    report: Path | None,
    environment: str,
    root: Path,
    folders: Sequence[Path],
    lists: "Callable[[CommitTree], tuple[ManagedList, ...]]",
) -> OpenedRows:
    """The open rows of a report's file; `lists` reads the manifests of a commit of the repository at `root`, which are in `folders`.

    Manifests that were valid once may not be today: other settings, another zsync. Then the newest commit before, whose manifests
    can be read, stands in for theirs: such rows are in conflict rather too often. Raises `UsageError` for a report of another
    environment, for more open rows than a run may leave, and for a commit that is not there; `InputError` where nothing stands in.
    """
    if report is None:
        return OpenedRows()
    from zsync import git
    from zsync.files.plan import load_report

    rows = _checked(load_report(read_saved(report, _ADVICE)), environment)
    found: dict[str, tuple[ManagedList, ...]] = {}
    told = []
    for commit in dict.fromkeys(row.base for row in rows if row.base):
        tree = git.tree(root, git.find_commit(commit, root))
        try:
            found[commit] = lists(tree)
        except InputError as error:
            lost = any(each.code == "unreadable-file" for each in error.diagnostics)
            before = () if lost else git.before(root, tree.sha, folders)
            other, found[commit] = _standing_in(
                commit, (git.tree(root, each) for each in before), lists, error
            )
            told.append(_stood_in(commit, other, error))
    return OpenedRows(Opened(rows, found), tuple(told))


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


def _standing_in(
    commit: str,
    before: "Iterable[CommitTree]",
    lists: "Callable[[CommitTree], tuple[ManagedList, ...]]",
    error: InputError,
) -> tuple[str, tuple[ManagedList, ...]]:
    """The newest of the commits before, whose manifests can be read, and what they say."""
    for tree in before:
        with suppress(InputError):
            if found := lists(tree):
                return tree.sha, found
    message = f"the manifests of {commit[:7]}, with which open rows are compared, cannot be read, and none before it can"
    raise InputError(
        (
            Diagnostic(
                "bad-base",
                sentence(message),
                help=sentence(
                    "Leave these rows to whoever looks at them: plan without --open, and with --base REF of a commit whose manifests "
                    "can be read. In CI, start the workflow by hand with that commit as `base`."
                ),
                notes=places(error.diagnostics),
            ),
        )
    ) from None


def _stood_in(commit: str, other: str, error: InputError) -> Diagnostic:
    return Diagnostic(
        "bad-base",
        sentence(
            f"the manifests of {commit[:7]}, with which open rows are compared, cannot be read: they are compared with {other[:7]}, "
            "the newest commit before it whose manifests can"
        ),
        help=sentence("What was merged between the two counts as this branch's change of these rows."),
        severity="warning",
        notes=places(error.diagnostics),
    )
