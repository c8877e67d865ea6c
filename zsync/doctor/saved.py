"""Files of an earlier zsync: plans, reports and journals in a format that this zsync does not read."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from zsync.doctor.findings import Break
from zsync.files.encoding import PLAN_FORMAT, REPORT_FORMAT

_ENDINGS = (".json", ".jsonl")
_FORMAT = re.compile(rb'"format"\s*:\s*"(zsync\.(plan|report|journal)/(\d{1,4}))"')
_TODAY = {"plan": PLAN_FORMAT, "report": REPORT_FORMAT, "journal": "zsync.journal/2"}
_HEAD = 4096


def broken(file: Path, name: str) -> Iterator[Break]:
    """A break if the beginning of the file says that it is a plan, report or journal of another format."""
    if not name.endswith(_ENDINGS) or "/.zsync/runs/" in f"/{name}":
        return
    found = _FORMAT.search(_head(file))
    if found is None or found[1].decode() == _TODAY[found[2].decode()]:
        return
    advice = {
        "plan": "Make a new plan with this version: `zsync plan --out FILE`.",
        "report": "Look at it with the zsync that wrote it.",
        "journal": "Resume or undo that run with the zsync that wrote it; a new plan shows what it left to do.",
    }
    kind = found[2].decode()
    yield Break(
        "old-format",
        name,
        f"it is a {kind} of the format {found[1].decode()}, which zsync 0.1.0 wrote; this zsync reads {_TODAY[kind]}",
        advice[kind],
    )


def _head(file: Path) -> bytes:
    """The beginning of a regular file; empty for any other, and for one that cannot be read."""
    # Neither a pipe, which would be waited for, nor a link, which may lead out of the repository.
    try:
        opened = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return b""
    try:
        return os.read(opened, _HEAD) if stat.S_ISREG(os.fstat(opened).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(opened)
