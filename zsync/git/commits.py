"""Commits: which one is checked out, and what files one has."""

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from zsync.errors import UsageError
from zsync.git.calls import ask, ask_line, repository

# Git's mode of a symbolic link.
_LINK = "120000"
_LINKS = 40
"""Most links that are followed from one path, as on Linux."""

_POINTER = b"version https://git-lfs.github.com/spec/"
_OID = b"\noid sha256:"


class Blob(NamedTuple):
    """A file of a commit: its mode in Git, the id of the object with its content, and its path from the root."""

    mode: str
    object_id: str
    path: PurePosixPath


def commit(folder: Path) -> str:
    """The commit that is checked out around a folder, as hexadecimal digits; empty outside a repository."""
    root = repository(folder)
    return ask_line(root, "rev-parse", "--verify", "--quiet", "HEAD") if root else ""


def find_commit(ref: str, folder: Path | None = None) -> str:
    """The commit that a name means in the repository around a folder (the current one), as hexadecimal digits.

    Raises `UsageError` where there is none.
    """
    root = repository(folder or Path.cwd())
    # --end-of-options, since a name may come from a pull request and begin with a dash.
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    sha = ask_line(root, *asked) if root else ""
    if not sha:
        raise UsageError(
            f"there is no commit {ref!r} here",
            help="Fetch it first (`git fetch origin`; in a workflow: `fetch-depth: 0`), or name another.",
        )
    return sha


def named(ref: str, names: Collection[str], folder: Path | None = None) -> dict[str, bytes]:
    """The files of a commit with one of these names, in any case and folder: path from the root → content.

    The content of a link is its target. Raises `UsageError` as `find_commit` does, and for files that Git cannot
    give.
    """
    sha, root = find_commit(ref, folder), repository(folder or Path.cwd())
    assert root is not None  # noqa: S101  a commit is in a repository
    wanted = {name.lower() for name in names}
    blobs = [each for each in _blobs(root, sha) if each.path.name.lower() in wanted]
    found = _contents(root, blobs)
    return {each.path.as_posix(): found[each.object_id] for each in blobs}


@dataclass(slots=True)
class CommitTree:
    """The files of a commit. Paths are absolute, below `root`; each file is asked of Git when it is read first."""

    root: Path
    sha: str
    _blobs: Mapping[str, Blob]
    _links: frozenset[str] = frozenset()
    _read: dict[str, bytes] = field(default_factory=dict)

    def files(self, folder: Path) -> Iterator[Path]:
        """The files below a folder, and links to files, sorted; the path itself, where it is one."""
        start = self._name(folder)
        if start is None:
            return
        if start in self._blobs:
            yield folder
        inside = "" if start == "." else f"{start}/"
        for name in sorted(name for name in self._blobs if name.startswith(inside) and name != start):
            # Without links, each name is a file's: there may be very many.
            if not self._links or self.is_file(self.root / name):
                yield self.root / name

    def loose_links(self, folder: Path) -> Iterator[Path]:
        """The links below a folder that lead to no file of the commit, sorted: to a folder, out of it, or nowhere."""
        start = self._name(folder)
        inside = "" if start == "." else f"{start}/"
        for name in sorted(self._links if start is not None else ()):
            if name.startswith(inside) and not self.is_file(self.root / name):
                yield self.root / name

    def real(self, path: Path) -> Path:
        """The file that a path leads to, with links followed as far as they lead to one of the commit."""
        blob = self._find(path) if self._links else None
        return self.root / blob.path if blob else path

    def is_file(self, path: Path) -> bool:
        """Whether the commit has a file there, or a link to one."""
        return self._find(path) is not None

    def leaves(self, path: Path, start: Path) -> bool:  # noqa: ARG002  all paths of a commit are in its repository
        """Whether a path leads out of the repository, by itself or through links."""
        return self._name(path) is None or self._follow(path) is None

    def read(self, path: Path) -> bytes:
        """What is in a file; of one in Git LFS its content, if that was fetched, else the pointer. Raises `OSError`."""
        blob = self._find(path)
        if blob is None:
            raise OSError(0, "the commit does not have it", str(path))
        self.fetch([path])
        return self._stored(self._read[blob.object_id])

    def fetch(self, paths: Iterable[Path]) -> None:
        """Ask Git once for all of these files. Raises `UsageError` where it cannot give them."""
        found = {blob.object_id: blob for path in paths if (blob := self._find(path))}
        self._read |= _contents(self.root, [each for name, each in found.items() if name not in self._read])

    def same(self, path: Path, content: bytes) -> bool:
        """Whether the commit has this very content there."""
        blob = self._find(path)
        if blob is None:
            return False
        kind = hashlib.sha1 if len(blob.object_id) == 40 else hashlib.sha256
        if kind(b"blob %d\0" % len(content) + content).hexdigest() == blob.object_id:
            return True
        self.fetch([path])
        return _oid(self._read[blob.object_id]) == hashlib.sha256(content).hexdigest()

    def _stored(self, content: bytes) -> bytes:
        oid = _oid(content)
        folder = ask_line(self.root, "rev-parse", "--path-format=absolute", "--git-common-dir") if oid else ""
        kept = Path(folder, "lfs", "objects", oid[:2], oid[2:4], oid)
        try:
            found = kept.read_bytes() if folder else content
        except OSError:
            return content
        return found if hashlib.sha256(found).hexdigest() == oid else content

    def _name(self, path: Path) -> str | None:
        """The path from the root; None where it leads out of it."""
        name = os.path.relpath(os.path.abspath(path), self.root)  # noqa: PTH100  links of the disk must not be followed
        return None if name == os.pardir or name.startswith(os.pardir + os.sep) else Path(name).as_posix()

    def _find(self, path: Path) -> Blob | None:
        name = self._follow(path)
        return self._blobs.get(name) if name is not None else None

    def _follow(self, path: Path) -> str | None:
        """The path from the root, its links followed; None where one leads out of the root, or too many follow each other."""
        name = self._name(path)
        for _ in range(_LINKS if self._links else 0):
            link = next((each for each in _upwards(name) if each in self._links), None) if name else None
            if name is None or link is None:
                return name
            target = os.fsdecode(self._target(self._blobs[link]))
            name = self._name(self.root / PurePosixPath(link).parent / target / name[len(link) :].lstrip("/"))
        return None if self._links else name

    def _target(self, link: Blob) -> bytes:
        if link.object_id not in self._read:
            self._read |= _contents(self.root, [link])
        return self._read[link.object_id]


def tree(root: Path, sha: str) -> CommitTree:
    """The files of a commit of the repository at `root`. Raises `UsageError` where Git cannot give them."""
    blobs = {each.path.as_posix(): each for each in _blobs(root, sha)}
    links = frozenset(name for name, each in blobs.items() if each.mode == _LINK)
    return CommitTree(root, sha, blobs, links)


def _upwards(name: str) -> Iterator[str]:
    """A path and the folders above it, the outermost first."""
    parts = name.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _oid(content: bytes) -> str:
    """The SHA-256 of the content that a pointer of Git LFS stands for; empty where it is none."""
    if not content.startswith(_POINTER):
        return ""
    oid = content.partition(_OID)[2].partition(b"\n")[0].decode("ascii", "replace")
    return oid if len(oid) == 64 and set(oid) <= set("0123456789abcdef") else ""


def _blobs(root: Path, sha: str) -> Iterator[Blob]:
    """The files and links that a commit has."""
    answer = ask(root, "ls-tree", "-r", "-z", "--full-tree", sha)
    if answer is None:
        raise _lost(sha)
    for line in filter(None, answer.decode("utf-8", "surrogateescape").split("\0")):
        head, _, name = line.partition("\t")
        mode, kind, blob = head.split()
        path = PurePosixPath(name)
        # Git never writes such names, but a tree that was made by hand can have them.
        if path.is_absolute() or {"", ".", ".."} & set(name.split("/")):
            raise _lost(sha)
        if kind == "blob":
            yield Blob(mode, blob, path)


def _contents(root: Path, blobs: Collection[Blob]) -> dict[str, bytes]:
    """Name → content of these files."""
    if not blobs:
        return {}
    answer = ask(root, "cat-file", "--batch", given="".join(f"{each.object_id}\n" for each in blobs).encode())
    if answer is None:
        raise _lost("the commit")
    found, rest = {}, memoryview(answer)
    for each in blobs:
        end = bytes(rest[:200]).index(b"\n")
        name, _, size = bytes(rest[:end]).decode().partition(" blob ")
        if name != each.object_id:
            raise _lost("the commit")
        found[name] = bytes(rest[end + 1 : end + 1 + int(size)])
        rest = rest[end + 2 + int(size) :]
    return found


def _lost(what: str) -> UsageError:
    return UsageError(
        f"Git cannot give the files of {what}",
        help="Fetch all of it: `git fetch --unshallow`, in a partial clone `git fetch --refetch --no-filter`; `git fsck` tells what "
        "is missing. Or name another commit: --base REF. To compare with none: --no-base.",
    )
