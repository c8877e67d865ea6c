"""What Git knows about the manifests: the commit that is checked out, and their files at another commit.

Git runs at the repository's root and reads objects alone. No file of the tree has any influence: neither attributes, which
run filters and leave files out, nor a bare repository among the manifests. Git sees none of zsync's secrets, starts no
program that a configuration names, and fetches nothing.
"""

import os
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from zsync.errors import UsageError
from zsync.files.writing import create, make_folder

_KEPT = ("PATH", "HOME", "USERPROFILE", "XDG_CONFIG_HOME", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG", "LC_ALL")
_SETTINGS = ("safe.bareRepository=explicit", "core.fsmonitor=false", f"core.hooksPath={os.devnull}")
_SURROUNDINGS = {
    "GIT_ALLOW_PROTOCOL": "none",  # a repository that lacks an object could fetch it through a command of its configuration
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}


# Git's mode of a symbolic link.
_LINK = "120000"


class _Blob(NamedTuple):
    """A file of a commit: its mode in Git, the id of the object with its content, and its path from the root."""

    mode: str
    object_id: str
    path: PurePosixPath


def commit(folder: Path) -> str:
    """The commit that is checked out around a folder, as 40 hexadecimal digits; empty outside a repository."""
    root = _root(folder)
    done = _git(root, "rev-parse", "--verify", "--quiet", "HEAD") if root else None
    return done.stdout.decode().strip() if done is not None and done.returncode == 0 else ""


def export(ref: str, paths: Iterable[Path], into: Path) -> tuple[Path, ...]:
    """Write the files that a commit has at or below the paths into a folder. Returns the paths that exist, in that folder.

    Paths in the current folder keep their place relative to it, others relative to the root. Raises `UsageError` outside of
    a repository, for a name that is not one of its commits, and for files that Git cannot give.
    """
    here = Path.cwd().resolve()
    root, sha = _commit(ref)
    found = []
    for path in (Path(given).resolve() for given in paths):
        start = here if path.is_relative_to(here) else root
        # A path that the commit does not have is not an error: its manifests are newer.
        if path.is_relative_to(root) and (blobs := [*_blobs(root, sha, path.relative_to(root))]):
            _write(root, blobs, into, start.relative_to(root))
            found.append(into / path.relative_to(start))
    return tuple(found)


def find_commit(ref: str) -> str:
    """The commit that a name means in the repository around the current folder, as hexadecimal digits.

    Raises `UsageError` as `export` does.
    """
    return _commit(ref)[1]


def named(ref: str, names: Collection[str]) -> dict[str, bytes]:
    """The files of a commit with one of these names, in any case and folder: path from the root → content.

    The content of a link is its target. Raises `UsageError` as `export` does.
    """
    root, sha = _commit(ref)
    wanted = {name.lower() for name in names}
    blobs = [blob for blob in _blobs(root, sha, Path()) if blob.path.name.lower() in wanted]
    return {blob.path.as_posix(): content for blob, content in _contents(root, blobs)}


def _commit(ref: str) -> tuple[Path, str]:
    """The root of the repository around the current folder, and the commit that a name stands for there."""
    root = _root(Path.cwd())
    # --end-of-options, since a name may come from a pull request and begin with a dash.
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    done = _git(root, *asked) if root else None
    if root is None or done is None or done.returncode:
        raise UsageError(
            f"there is no commit {ref!r} here",
            help="Fetch it first (`git fetch origin`; in a workflow: `fetch-depth: 0`), or name another.",
        )
    return root, done.stdout.decode().strip()


def _root(folder: Path) -> Path | None:
    """The root of the repository around a folder. Bare repositories in between are ignored: any tree can hold one."""
    start = folder.resolve()
    return next((above for above in (start, *start.parents) if (above / ".git").exists()), None)


def _blobs(root: Path, sha: str, inside: Path) -> Iterator[_Blob]:
    """The files and links that a commit has at or below a path from the root."""
    where = [] if inside == Path() else ["--", f":(top,literal){inside.as_posix()}"]
    done = _git(root, "ls-tree", "-r", "-z", "--full-tree", sha, *where)
    if done is None or done.returncode:
        raise _lost(sha)
    for line in filter(None, done.stdout.decode("utf-8", "surrogateescape").split("\0")):
        head, _, name = line.partition("\t")
        mode, kind, blob = head.split()
        path = PurePosixPath(name)
        # Git never writes such names, but a tree that was made by hand can have them.
        if path.is_absolute() or {"", ".", ".."} & set(name.split("/")):
            raise _lost(sha)
        if kind == "blob":
            yield _Blob(mode, blob, path)


def _write(root: Path, blobs: Sequence[_Blob], into: Path, start: Path) -> None:
    """Write files into a folder as they are below `start`; links last, so that nothing is written through one."""
    links = []
    for blob, content in _contents(root, blobs):
        place = into / blob.path.relative_to(start.as_posix())
        make_folder(place.parent)
        if blob.mode == _LINK:
            links.append((place, content))
            continue
        with create(place) as file:
            file.write(content)
    for place, target in links:
        place.symlink_to(os.fsdecode(target))


def _contents(root: Path, blobs: Sequence[_Blob]) -> Iterator[tuple[_Blob, bytes]]:
    """The files with their contents."""
    done = _git(root, "cat-file", "--batch", given="".join(f"{blob.object_id}\n" for blob in blobs).encode())
    if done is None or done.returncode:
        raise _lost("the commit")
    rest = memoryview(done.stdout)
    for blob in blobs:
        end = bytes(rest[:200]).index(b"\n")
        object_id, _, size = bytes(rest[:end]).decode().partition(" blob ")
        if object_id != blob.object_id:
            raise _lost("the commit")
        yield blob, bytes(rest[end + 1 : end + 1 + int(size)])
        rest = rest[end + 2 + int(size) :]


def _lost(what: str) -> UsageError:
    return UsageError(
        f"Git cannot give the files of {what}", help="Fetch all of it: `git fetch --unshallow`, `git fsck`."
    )


def _git(root: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes] | None:
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        return subprocess.run(  # noqa: S603  no shell, and a list of arguments
            ["git", "-C", str(root), *settings, *arguments],  # noqa: S607  the user's own git
            input=given,
            capture_output=True,
            env={**env, **_SURROUNDINGS},
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
