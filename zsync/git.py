"""What Git knows about the manifests: the commit that is checked out, and their files at another one."""

import io
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from zsync.errors import UsageError


def commit(folder: Path) -> str:
    """The commit that is checked out around a folder, as 40 hexadecimal digits; empty outside a repository."""
    done = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    return done.stdout.decode().strip() if done is not None and done.returncode == 0 else ""


def export(ref: str, paths: Iterable[Path], into: Path) -> tuple[Path, ...]:
    """Put the files that a commit has at or below the paths into a folder; returns those paths, in that folder, that exist.

    Raises `UsageError` outside a repository and for a name that is not a commit of it.
    """
    here = Path.cwd()
    named = _git(here, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if named is None or named.returncode:
        raise UsageError(
            f"there is no commit {ref!r} here",
            help="Fetch it first (`git fetch origin`; in a workflow: `fetch-depth: 0`), or name another.",
        )
    found = []
    for path in paths:
        inside = Path(path).resolve()
        relative = inside.relative_to(here.resolve()) if inside.is_relative_to(here.resolve()) else inside
        files = _git(here, "archive", "--format=tar", named.stdout.decode().strip(), "--", str(relative))
        # A path that the commit does not have is not an error: its manifests are newer.
        if files is not None and files.returncode == 0:
            with tarfile.open(fileobj=io.BytesIO(files.stdout)) as tar:
                tar.extractall(into, filter="data")
            found.append(into / relative)
    return tuple(found)


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    try:
        return subprocess.run(  # noqa: S603  no shell, and a list of arguments
            ["git", "-C", str(folder), *arguments],  # noqa: S607  the user's own git
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
