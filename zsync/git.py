"""What Git knows of the folder that the manifests are in."""

import subprocess
from pathlib import Path


def commit(folder: Path) -> str:
    """The commit that is checked out around a folder, as 40 hexadecimal digits; empty outside of a repository."""
    try:
        done = subprocess.run(  # noqa: S603  no shell, and the folder is one argument
            ["git", "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD"],  # noqa: S607  the user's own git
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
