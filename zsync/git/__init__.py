"""What Git knows about the manifests: the commit that is checked out, the one to compare with, and the files of either."""

from zsync.git.calls import installed, repository
from zsync.git.commits import CommitTree, commit, find_commit, named, tree
from zsync.git.history import ChosenBase, before, choose_base, compare, history, shallow, touching

__all__ = [
    "ChosenBase",
    "CommitTree",
    "before",
    "choose_base",
    "commit",
    "compare",
    "find_commit",
    "history",
    "installed",
    "named",
    "repository",
    "shallow",
    "touching",
    "tree",
]
