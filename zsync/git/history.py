"""The commit whose manifests count as agreed, where nobody names one: where this branch left the main one."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from zsync.bounds import HISTORY, OLDER_BASES
from zsync.errors import UsageError
from zsync.git.calls import ask, ask_line, installed, repository
from zsync.git.commits import find_commit

_HEAD = "refs/remotes/origin/HEAD"
_MAIN = ("refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master")

WAYS_OUT = (
    "Name the commit to compare with: --base REF. To compare with none: --no-base. "
    "Or fetch the whole history: `git fetch --unshallow origin`; in a workflow: `fetch-depth: 0`. zsync 0.1.0 compared with none."
)


class ChosenBase(NamedTuple):
    """A commit to compare with: the root of its repository, how people call it, and its name in hexadecimal digits."""

    root: Path
    name: str
    commit: str

    @property
    def called(self) -> str:
        """What messages call it: `main`, `4f1c2ab`."""
        return self.name or self.commit[:7]


def choose_base(folder: Path, ref: str | None = None) -> ChosenBase | None:
    """The commit that `ref` names, else the merge-base with `origin/HEAD`, else with `main` or `master`; without a remote `HEAD`.

    None outside of a repository, and in one without a commit. Raises `UsageError` for a name that is not a commit, and
    where the history cannot tell, as in a shallow clone.
    """
    root = repository(folder)
    if ref is not None:
        sha = find_commit(ref, folder)
        return ChosenBase(root or folder, "" if sha.startswith(ref.lower()) else ref, sha)
    if root is None or not installed():
        return None
    if not ask_line(root, "rev-parse", "--git-dir"):
        raise _unknown(f"Git cannot read the repository {root} (`git status` there says why)")
    head = ask_line(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if not head:
        return None
    if not ask_line(root, "remote"):
        return ChosenBase(root, "HEAD", head)
    main = _main(root)
    if main is None:
        raise _unknown(
            "nothing here tells which branch is the main one: there is no origin/HEAD, main or master"
        )
    name = main.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/")
    found = ask_line(root, "merge-base", "HEAD", main)
    if not found:
        raise _unknown(f"HEAD and {name} have no commit in common" + _shallow(root))
    if _cut(root, found, main):
        raise _unknown(f"this clone does not hold the history since HEAD left {name}" + _shallow(root))
    return ChosenBase(root, name, found)


def history(folder: Path) -> tuple[str, ...]:
    """The commits that HEAD has around a folder, itself first and each before its parents; the newest alone of a long history.

    Empty outside of a repository, and in one without a commit.
    """
    root = repository(folder)
    if root is None:
        return ()
    found = ask_line(root, "rev-list", "--topo-order", f"--max-count={HISTORY.most}", "HEAD")
    return tuple(found.split())


def before(root: Path, commit: str, folders: Iterable[Path]) -> tuple[str, ...]:
    """The commits before one on its own branch whose files in some folders differ from the next one's, the newest first.

    At most `bounds.OLDER_BASES`, and none beyond the end of a shallow clone.
    """
    inside = sorted({each.relative_to(root).as_posix() for each in folders if each.is_relative_to(root)})
    many = f"--max-count={OLDER_BASES.most}"
    asked = ("--literal-pathspecs", "rev-list", "--first-parent", many, commit, "--", *inside)
    changed = ask_line(root, *asked).split()
    parents = (ask_line(root, "rev-parse", "--verify", "--quiet", f"{each}^1") for each in changed)
    return tuple(filter(None, parents))


class Compared(NamedTuple):
    """How a commit stands to an earlier one: `identical`, `ahead` or `diverged`, with the paths from the root that differ."""

    status: str
    tip: str
    files: tuple[str, ...]


def compare(commit: str, ref: str, folder: Path) -> Compared:
    """How the commit of `ref` stands to `commit` in the repository around a folder. Raises `UsageError` where one is not here."""
    older, tip = find_commit(commit, folder), find_commit(ref, folder)
    root = repository(folder)
    assert root  # noqa: S101  the commits were found in it
    if older == tip:
        return Compared("identical", tip, ())
    ahead = ask(root, "merge-base", "--is-ancestor", older, tip) is not None
    told = ask(root, "diff", "--name-only", "--no-renames", "-z", older, tip)
    if told is None:
        raise UsageError(
            f"Git cannot compare {older:.7} with {tip:.7} here",
            help="Fetch the whole history (GIT_DEPTH: 0).",
        )
    files = tuple(name.decode("utf-8", "surrogateescape") for name in told.split(b"\0") if name)
    return Compared("ahead" if ahead else "diverged", tip, files)


def _main(root: Path) -> str | None:
    """The reference of the main branch; None where nothing tells."""
    named = ask_line(root, "symbolic-ref", "--quiet", _HEAD)
    found = (ask_line(root, "for-each-ref", "--format=%(refname)", *filter(None, (named, *_MAIN)))).split(
        "\n"
    )
    return next((each for each in (named, *_MAIN) if each and each in found), None)


def touching(folder: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """The commits of HEAD's own branch that changed something below these paths of a folder, the newest first."""
    root = repository(folder)
    if root is None:
        return ()
    inside = [Path(os.path.normpath(folder / each)) for each in paths]
    names = [each.relative_to(root).as_posix() for each in inside if each.is_relative_to(root)]
    if not names:
        return ()
    asked = ("--literal-pathspecs", "rev-list", "--first-parent", f"--max-count={HISTORY.most}", "HEAD")
    return tuple(ask_line(root, *asked, "--", *names).split())


def shallow(folder: Path) -> bool:
    """Whether the history of the repository around a folder is cut off somewhere."""
    root = repository(folder)
    return root is not None and ask_line(root, "rev-parse", "--is-shallow-repository") == "true"


def _cut(root: Path, base: str, main: str) -> bool:
    """Whether the history between a merge-base and the two tips is cut off: a later commit in common might be hidden."""
    if not shallow(root):
        return False
    place = ask_line(root, "rev-parse", "--git-path", "shallow")
    try:
        ends = set((root / place).read_text("ascii").split())
    except (OSError, ValueError):
        return True
    since = ask(root, "rev-list", "HEAD", main, "--not", base)
    return since is None or not ends.isdisjoint(since.decode().split())


def _shallow(root: Path) -> str:
    shallow = ask_line(root, "rev-parse", "--is-shallow-repository") == "true"
    return ": it is a shallow clone" if shallow else ""


def _unknown(why: str) -> UsageError:
    return UsageError(f"nothing tells what to compare with: {why}", help=WAYS_OUT)
