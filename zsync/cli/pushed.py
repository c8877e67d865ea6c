"""What CI says of a push to the main branch: the commit before it, which is what the push is to be compared with.

There, the merge-base with the main branch is the very commit that was pushed. Of any other branch nothing is taken: its
earlier commits were reviewed by nobody.
"""

import os
import re
from pathlib import Path
from typing import Any

from zsync.errors import UsageError

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def pushed_from() -> str | None:
    """The commit before the push that this job is about; None where it is about none, or where there was none before.

    Raises `UsageError` where CI says that there was a push, and not what it changed.
    """
    if os.environ.get("GITHUB_EVENT_NAME") == "push":
        event = _event()
        branch = (event.get("repository") or {}).get("default_branch")
        before, main = event.get("before"), event.get("ref") == f"refs/heads/{branch}"
    elif os.environ.get("CI_PIPELINE_SOURCE") == "push":
        before = os.environ.get("CI_COMMIT_BEFORE_SHA")
        branch = os.environ.get("CI_DEFAULT_BRANCH")
        main = bool(branch) and os.environ.get("CI_COMMIT_BRANCH") == branch
    else:
        return None
    if not main:
        return None
    if not isinstance(before, str) or not _COMMIT.fullmatch(before):
        raise _untold("it names no commit before")
    return before if before.strip("0") else None


def _event() -> dict[str, Any]:
    """What GitHub tells a job about the event, from the runner's file."""
    from zsync.bounds import EVENT
    from zsync.files.reading import Unreadable, read_bytes, read_json

    try:
        event = read_json(read_bytes(Path(os.environ.get("GITHUB_EVENT_PATH", "")), EVENT))
    except OSError as error:
        raise _untold(error.strerror or "it cannot be read") from None
    except Unreadable as error:
        raise _untold(str(error)) from None
    if not isinstance(event, dict) or not isinstance(event.get("repository") or {}, dict):
        raise _untold("it is no event of GitHub")
    return event


def _untold(why: str) -> UsageError:
    return UsageError(
        f"this job is about a push, and nothing tells what it changed: {why}",
        help="Name the commit to compare with: --base REF. To compare with none: --no-base.",
    )
