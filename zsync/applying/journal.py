"""The write-ahead record of one run: sealed JSON lines, one before each request and one per row after it.

A journal exists with its first line whole, or not at all. A crash at any byte leaves one that can be read: the last line may be
cut off, all before it are whole, for they were on the disk (fsync) before the request that follows was sent. A request whose line stands there without outcomes is
in doubt: it may or may not have reached the CRM.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import IO, Any

import simplejson

from zsync.applying import sealing, shelf
from zsync.applying.recall import FORMAT, Kept, content_of, unsealed
from zsync.applying.sealing import Keys, SealingKey
from zsync.errors import LockHeld, ZsyncError
from zsync.files.encoding import approval_members, outcome_members, stop_members
from zsync.files.plan import dump_plan
from zsync.files.writing import append, create_whole, make_folder, sync_folder
from zsync.model import Approval, Outcome, Plan, Stop
from zsync.model.verdicts import Override

NOBODY = Approval()
"""Of whoever wanted a run, nothing is known."""


class NoJournal:
    """Keeps nothing: for a plan without requests, and for a rehearsal, whose CRM ends with the command."""

    def sending(self, changes: Sequence[int]) -> None:
        """Nothing would be read back after a crash."""

    def outcomes(self, outcomes: Mapping[int, Outcome]) -> None:
        """They are in the report."""


class Journal:
    """The journal of a run that is under way. Raises `ZsyncError` where a line cannot be kept: then nothing may be sent."""

    def __init__(
        self, file: IO[bytes], run: str, key: SealingKey, tip: bytes = b"", *, named: bool = False
    ) -> None:
        self._file = file
        self._key = key
        self._tip = tip
        self._named = named
        self._broken: OSError | None = None
        self._used = False
        self.run = run

    def sending(self, changes: Sequence[int]) -> None:
        """Say that these changes (indices) are about to be sent, and have it on the disk."""
        self._used = True
        self._write([{"event": "sending", "changes": list(changes)}])

    def outcomes(self, outcomes: Mapping[int, Outcome]) -> None:
        """Say what became of changes, a line each, and have it on the disk."""
        self._write(
            [
                {"event": "outcome", "change": index, "outcome": outcome_members(outcome)}
                for index, outcome in outcomes.items()
            ]
        )

    def set_aside(self, overrides: Sequence[Override]) -> None:
        """Say which guards were set aside, and why, and have it on the disk."""
        if overrides:
            self._write([{"event": "override", **override._asdict()} for override in overrides])

    def end(self, stopped: Stop | None) -> None:
        """Say that the run is over, and why it ended early, if it did. What counts stands before: this may get lost."""
        with suppress(ZsyncError):
            self._write([{"event": "end", "stopped": stop_members(stopped)}])

    def discard_unused(self) -> None:
        """Take the file away if the run ended before it sent anything: `last` must not name what never was."""
        if not self._used:
            with suppress(OSError):
                Path(self._file.name).unlink()

    @property
    def named(self) -> str:
        """The file, where the command line named it; else empty."""
        return str(self._file.name) if self._named else ""

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, events: list[dict[str, Any]]) -> None:
        left, tip = b"", self._tip
        for event in events:
            # ASCII: a CRM's half of a surrogate pair has no bytes in UTF-8.
            line, tip = sealing.seal(simplejson.dumps(event, use_decimal=True).encode(), self._key, tip)
            left += line
        try:
            if self._broken:
                # A line behind half a line could not be read: where one was not kept, no other is.
                raise self._broken
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
            self._tip = tip
        except OSError as error:
            self._broken = error
            again = f"--journal {quote(self._file.name)}" if self._named else self.run
            raise ZsyncError(
                f"the journal {self._file.name} cannot be written: {error.strerror}",
                help=f"Nothing more was sent. Make room, then go on: `zsync resume {again}`.",
            ) from None


def start(
    environment: Path,
    plan: Plan,
    started_at: str,
    keys: Keys,
    file: Path | None = None,
    approval: Approval = NOBODY,
) -> Journal:
    """Begin the journal of a run of this plan, in the state folder of its environment, or in a new `file`.

    The run's name is made from the time and the plan's digest. Raises `ZsyncError` where it cannot be kept.
    """
    key = keys.to_seal()
    moment, digest = started_at.replace("-", "").replace(":", ""), plan.digest.removeprefix("sha256:")[:8]
    path = file or shelf.place(environment, plan.binding.org_id, moment, digest)
    run = f"{moment}-{digest}" if file else path.stem
    first = {"event": "start", "format": FORMAT, "key": {"kind": key.kind, "id": key.id}}
    about = {
        "run": run,
        "started_at": started_at,
        "plan": dump_plan(plan),
        "approval": approval_members(approval),
    }
    line, tip = sealing.seal(simplejson.dumps(first | about).encode(), key)
    try:
        make_folder(path.parent)
        opened = create_whole(path, line)
        # Its folders may be new as well.
        for folder in path.parents[:5]:
            sync_folder(folder)
    except OSError as error:
        raise ZsyncError(
            f"no journal can be written to {path}: {error.strerror}",
            help="Nothing was sent. Name a new file with --journal FILE.",
        ) from None
    return Journal(opened, run, key, tip, named=file is not None)


def reopen(kept: Kept) -> Journal:
    """Go on with a journal that was read; half a last line is cut off first.

    Raises `LockHeld` where another run has gone on with it since, `PlanRefused` like `read`, and `ZsyncError` where it cannot
    be written.
    """
    found = unsealed(kept.path, content_of(kept.path), kept.key)
    if found.tip != kept.tip:
        raise LockHeld(
            f"another run has gone on with {kept.path} since it was read",
            help="Look at what is left now: `zsync resume` again.",
        )
    try:
        file = append(kept.path)
        file.truncate(found.length)
        if not found.ended:
            file.write(b"\n")
    except OSError as error:
        raise ZsyncError(
            f"the journal {kept.path} cannot be written: {error.strerror}",
            help="Nothing was sent. Make room, or make the file writable, and resume again.",
        ) from None
    return Journal(file, kept.run.id, kept.key, kept.tip, named=kept.named)
