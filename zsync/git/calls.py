"""Git, as zsync asks it: at the repository's root, of its objects and references alone.

No file of the tree has any influence: neither attributes, which run filters and leave files out, nor a bare repository
among the manifests. Git sees none of zsync's secrets, starts no program that a configuration names, and fetches nothing.
"""

import os
import shutil
import subprocess
from pathlib import Path

_KEPT = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG", "LC_ALL")
_SETTINGS = ("safe.bareRepository=explicit", "core.fsmonitor=false", f"core.hooksPath={os.devnull}")
_SURROUNDINGS = {
    "GIT_ALLOW_PROTOCOL": "none",  # a repository that lacks an object could fetch it through a command of its configuration
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}


def repository(folder: Path) -> Path | None:
    """The root of the repository around a folder. Bare repositories in between are ignored: any tree can hold one."""
    start = folder.resolve()
    return next((each for each in (start, *start.parents) if _holds(each / ".git")), None)


def _holds(git: Path) -> bool:
    """Whether this is a repository's folder, or a file that leads to one, as in a worktree."""
    return (git / "HEAD").exists() or (git / "HEAD").is_symlink() or git.is_file()


def installed() -> bool:
    """Whether there is a Git to ask."""
    return _program() is not None


def _program() -> str | None:
    """The Git to ask, as an absolute path.

    An empty entry of PATH, as in `PATH=$PATH:$UNSET`, is the current folder: what a checkout calls git there is not Git.
    """
    return shutil.which("git", path=_path())


def _path() -> str:
    return os.pathsep.join(filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep)))


def ask(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """What Git answers in a repository; None where it ends with an error, takes longer than a minute, or is not there."""
    settings = [word for each in _SETTINGS for word in ("-c", each)]
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    program = _program()
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  no shell, and a list of arguments
            [program, "-C", str(root), *settings, *arguments],
            input=given,
            capture_output=True,
            env={**env, **_SURROUNDINGS, "PATH": _path()},
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def ask_line(root: Path, *arguments: str) -> str:
    """What Git answers, as a text without space around it; empty like `ask` is None."""
    return (ask(root, *arguments) or b"").decode("utf-8", "surrogateescape").strip()
