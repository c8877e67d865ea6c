"""The write-ahead record of one run: sealed JSON lines, one before each request and one per row after it.

A journal exists with its first line whole, or not at all. A crash at any byte leaves one that can be read: the last line may be
cut off, all before it are whole, for they were on the disk (fsync) before the request that follows was sent. A request whose line stands there without outcomes is
in doubt: it may or may not have reached the CRM.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from types import MappingProxyType
from typing import IO, Any

import simplejson

from zsync.applying import sealing, shelf
from zsync.applying.sealing import Keys, SealingKey
from zsync.bounds import SAVED
from zsync.errors import LockHeld, PlanRefused, ZsyncError
from zsync.files.encoding import PLAN_FORMAT, outcome_members, outcome_of, stop_members, stop_of
from zsync.files.plan import dump_plan, file_format, load_plan
from zsync.files.reading import Unreadable, read_bytes, read_json
from zsync.files.writing import append, create_whole, make_folder, sync_folder
from zsync.model import Outcome, Plan, Run, Stop
from zsync.model.verdicts import Override

FORMAT = "zsync.journal/2"

_BEGINS = b'{"event'
_REPLAN = "A new plan shows what is left to do: `zsync plan`."
_OTHER_KEY = {
    "variable": ("another ZSYNC_JOURNAL_KEY", "Set ZSYNC_JOURNAL_KEY as that run had it."),
    "refresh-token": (
        "a key made of another refresh token",
        "Use the refresh token that wrote it, if it is still good.",
    ),
    "machine": ("a key that is kept on another machine", "Go on there, with the same user."),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A journal that was read, and whose seals hold. `named` is whether the command line named its file."""

    path: Path
    run: Run
    key: SealingKey
    tip: bytes = field(repr=False)
    named: bool = False


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


class _Nonsense(Exception):
    """A line that zsync does not write."""


def start(environment: Path, plan: Plan, started_at: str, keys: Keys, file: Path | None = None) -> Journal:
    """Begin the journal of a run of this plan, in the state folder of its environment, or in a new `file`.

    The run's name is made from the time and the plan's digest. Raises `ZsyncError` where it cannot be kept.
    """
    key = keys.to_seal()
    moment, digest = started_at.replace("-", "").replace(":", ""), plan.digest.removeprefix("sha256:")[:8]
    path = file or shelf.place(environment, plan.binding.org_id, moment, digest)
    run = f"{moment}-{digest}" if file else path.stem
    first = {"event": "start", "format": FORMAT, "key": {"kind": key.kind, "id": key.id}}
    about = {"run": run, "started_at": started_at, "plan": dump_plan(plan)}
    line, tip = sealing.seal(simplejson.dumps(first | about, use_decimal=True).encode(), key)
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
    found = _unsealed(kept.path, _content(kept.path), kept.key)
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


def read(path: Path, keys: Keys, *, named: bool = False) -> Kept:
    """What a journal says, once its seals hold.

    Raises `InputError` for a file that is no journal, `PlanRefused` for one that was altered, that is sealed with a key
    that is not here, or whose plan is of another version of zsync.
    """
    content = _content(path)
    key = _key(path, content, keys)
    sealed = _unsealed(path, content, key)
    try:
        events = [read_json(line) for line in sealed.lines]
        return Kept(path, _run(events, path), key, sealed.tip, named)
    except (KeyError, TypeError, AttributeError, Unreadable, _Nonsense) as error:
        why = f": {error}" if isinstance(error, _Nonsense) else ""
        raise PlanRefused(f"{path} is sealed, and not as zsync writes it{why}", help=_REPLAN) from None


def _run(events: Sequence[Mapping[str, Any]], path: Path) -> Run:
    from zsync.files.journal_schema import check_line

    outcomes, doubtful, sent = dict[int, Outcome](), set[int](), set[int]()
    stopped: Stop | None = None
    aside: list[Override] = []
    begun = events[0]["run"], events[0]["started_at"], _plan(events[0]["plan"], path)
    for number, event in enumerate(events[1:], 2):
        # A line that says something else than it may would be skipped in silence, or pass for an outcome that stands.
        if problem := check_line(event, len(begun[2].changes)):
            raise _Nonsense(f"line {number}: {problem}")
        if event["event"] == "sending":
            sent.update(event["changes"])
            doubtful.update(event["changes"])
        elif event["event"] == "outcome":
            doubtful.discard(event["change"])
            outcomes[event["change"]] = outcome_of(event["outcome"])
        elif event["event"] == "override":
            aside.append(Override(event["guard"], event["reason"]))
        elif event["event"] == "end":
            stopped = stop_of(event["stopped"])
    for index in doubtful:
        outcomes.pop(index, None)
    known = MappingProxyType(outcomes), frozenset(doubtful), frozenset(sent)
    return Run(*begun, *known, events[-1]["event"] == "end", stopped, tuple(aside))


def _key(path: Path, content: bytes, keys: Keys) -> SealingKey:
    """The key that a journal's first line names, if it is here. Nothing else of the line is believed yet."""
    try:
        first = read_json(content.partition(b"\n")[0])
        found, told = first["format"], first.get("key")
    except (Unreadable, TypeError, KeyError, AttributeError):
        if b"\n" not in content and (not content or content.startswith(_BEGINS)):
            raise PlanRefused(
                f"{path} ends within its first line, so nothing of its run can be believed",
                help=f"zsync writes that line before it sends anything: this is a part of a journal. Get the whole file. {_REPLAN}",
            ) from None
        raise shelf.no_such_run(f"{path} is no journal of a run") from None
    if found != FORMAT and str(found).startswith("zsync.journal/"):
        raise PlanRefused(
            f"{path} is of another zsync, which wrote {found}; this one reads {FORMAT}, whose lines are sealed",
            help=f"Resume or undo it with the zsync that wrote it. {_REPLAN}",
        )
    if found != FORMAT or not isinstance(told, dict):
        raise shelf.no_such_run(f"{path} is no journal of a run")
    kind = str(told.get("kind"))
    key = keys.to_read(kind, str(told.get("id")))
    if key is None:
        sealed, advice = _OTHER_KEY.get(kind, ("a key that this zsync does not know", "Use a newer zsync."))
        if kind == "variable" and not keys.variable.strip():
            sealed = "a ZSYNC_JOURNAL_KEY, and none is set here"
        raise PlanRefused(
            f"{path} is sealed with {sealed}: whether zsync wrote it cannot be told",
            help=f"{advice} {_REPLAN}",
        )
    return key


def _unsealed(path: Path, content: bytes, key: SealingKey) -> sealing.Sealed:
    try:
        return sealing.unsealed(content, key)
    except sealing.Broken as broken:
        raise PlanRefused(
            f"{path} was altered: line {broken.line} is not as zsync sealed it",
            help=f"Nothing was sent. {_REPLAN}",
        ) from None


def _plan(text: str, path: Path) -> Plan:
    """The plan of a run. One of another version of zsync cannot be made anew, as the advice about plan files has it."""
    try:
        return load_plan(text)
    except PlanRefused as refused:
        if file_format(text) == PLAN_FORMAT:
            raise
        raise PlanRefused(
            f"the run of {path} cannot be taken up: {refused}",
            help="Resume or undo it with the zsync that began it. A new plan shows what it left to do: `zsync plan`.",
        ) from None


def _content(path: Path) -> bytes:
    try:
        return read_bytes(path, SAVED)
    except OSError as error:
        raise shelf.no_such_run(f"{path} cannot be read: {error.strerror}") from None
