"""What Git knows about the manifests: the commit that is checked out, and their files at another one.

Git is asked at the repository's root and of its objects alone. No file of the tree has a say: not attributes, which run
filters and leave files out, nor a bare repository that somebody put among the manifests. Git sees none of zsync's secrets,
starts nothing that a configuration names for what is asked here, and fetches nothing.
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


_LINK = "120000"


class _Blob(NamedTuple):
    """A file of a commit: its mode as Git has it, and its path from the root."""

    mode: str
    name: str
    path: PurePosixPath


def commit(folder: Path) -> str:
    """The commit that is checked out around a folder, as 40 hexadecimal digits; empty outside a repository."""
    root = _root(folder)
    done = _git(root, "rev-parse", "--verify", "--quiet", "HEAD") if root else None
    return done.stdout.decode().strip() if done is not None and done.returncode == 0 else ""


def export(ref: str, paths: Iterable[Path], into: Path) -> tuple[Path, ...]:
    """Put the files that a commit has at or below the paths into a folder; returns those paths, in that folder, that exist.

    Paths in the current folder stand there as they do here, others as they do from the root. Raises `UsageError` outside a
    repository, for a name that is not a commit of it, and for files that Git cannot give.
    """
    here = Path.cwd().resolve()
    root, sha = _commit(ref)
    found = []
    for path in (Path(each).resolve() for each in paths):
        start = here if path.is_relative_to(here) else root
        # A path that the commit does not have is not an error: its manifests are newer.
        if path.is_relative_to(root) and (blobs := [*_blobs(root, sha, path.relative_to(root))]):
            _write(root, blobs, into, start.relative_to(root))
            found.append(into / path.relative_to(start))
    return tuple(found)


def find_commit(ref: str) -> str:
    """The commit that a name stands for in the repository around the current folder, as hexadecimal digits.

    Raises `UsageError` as `export` does.
    """
    return _commit(ref)[1]


def named(ref: str, names: Collection[str]) -> dict[str, bytes]:
    """The files of a commit that have one of these names, in whatever case and folder: path from the root → content.

    Of a link, the content is where it leads to. Raises `UsageError` as `export` does.
    """
    root, sha = _commit(ref)
    wanted = {name.lower() for name in names}
    blobs = [each for each in _blobs(root, sha, Path()) if each.path.name.lower() in wanted]
    return {each.path.as_posix(): content for each, content in _contents(root, blobs)}


def _commit(ref: str) -> tuple[Path, str]:
    """The root of the repository around the current folder, and the commit that a name stands for there."""
    root = _root(Path.cwd())
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    done = _git(root, *asked) if root else None
    if root is None or done is None or done.returncode:
        raise UsageError(
            f"there is no commit {ref!r} here",
            help="Fetch it first (`git fetch origin`; in a workflow: `fetch-depth: 0`), or name another.",
        )
    return root, done.stdout.decode().strip()


def _root(folder: Path) -> Path | None:
    """The folder of the repository around a folder. A bare one in between is none: any tree can hold one."""
    start = folder.resolve()
    return next((each for each in (start, *start.parents) if (each / ".git").exists()), None)


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
        # Git itself writes no such names; a tree that somebody made by hand can have them.
        if path.is_absolute() or {"", ".", ".."} & set(name.split("/")):
            raise _lost(sha)
        if kind == "blob":
            yield _Blob(mode, blob, path)


def _write(root: Path, blobs: Sequence[_Blob], into: Path, start: Path) -> None:
    """Write files into a folder as they stand below `start`; links last, so that nothing is written through one."""
    links = []
    for each, content in _contents(root, blobs):
        place = into / each.path.relative_to(start.as_posix())
        make_folder(place.parent)
        if each.mode == _LINK:
            links.append((place, content))
            continue
        with create(place) as file:
            file.write(content)
    for place, target in links:
        place.symlink_to(os.fsdecode(target))


def _contents(root: Path, blobs: Sequence[_Blob]) -> Iterator[tuple[_Blob, bytes]]:
    """Files with what is in them."""
    done = _git(root, "cat-file", "--batch", given="".join(f"{each.name}\n" for each in blobs).encode())
    if done is None or done.returncode:
        raise _lost("the commit")
    rest = memoryview(done.stdout)
    for each in blobs:
        end = bytes(rest[:200]).index(b"\n")
        name, _, size = bytes(rest[:end]).decode().partition(" blob ")
        if name != each.name:
            raise _lost("the commit")
        yield each, bytes(rest[end + 1 : end + 1 + int(size)])
        rest = rest[end + 2 + int(size) :]


def _lost(what: str) -> UsageError:
    return UsageError(
        f"Git cannot give the files of {what}", help="Fetch all of it: `git fetch --unshallow`, `git fsck`."
    )


def _git(root: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes] | None:
    settings = [word for each in _SETTINGS for word in ("-c", each)]
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
