"""The write-ahead record of one run: JSON lines, one before each request and one per row after it.

A crash at any byte leaves a journal that can be read: the last line may be cut off, all before it are whole, for they
were on the disk (fsync) before the request that follows was sent. A request whose line stands there without outcomes is
in doubt: it may or may not have reached the CRM.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import simplejson

from zsync.bounds import SAVED
from zsync.errors import InputError, PlanRefused, ZsyncError
from zsync.files.encoding import PLAN_FORMAT, outcome_members, outcome_of, stop_members, stop_of
from zsync.files.plan import dump_plan, file_format, load_plan
from zsync.files.reading import Unreadable, read_bytes, read_json
from zsync.files.writing import append, create, make_folder, sync_folder, write_file
from zsync.model import Diagnostic, Outcome, Plan, Run, Stop, sentence
from zsync.model.verdicts import Override

FORMAT = "zsync.journal/1"
FOLDER = Path(".zsync", "runs")

_LIST = "List the runs: `zsync runs`."


class NoJournal:
    """Keeps nothing: for a plan without requests, and for a rehearsal, whose CRM ends with the command."""

    def sending(self, changes: Sequence[int]) -> None:
        """Nothing would be read back after a crash."""

    def outcomes(self, outcomes: Mapping[int, Outcome]) -> None:
        """They are in the report."""


class Journal:
    """The journal of a run that is under way. Raises `ZsyncError` where a line cannot be kept: then nothing may be sent."""

    def __init__(self, file: IO[bytes], run: str) -> None:
        self._file = file
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
            self._write([{"event": "override", **one._asdict()} for one in overrides])

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
        # ASCII: a CRM's half of a surrogate pair has no bytes in UTF-8.
        left = b"".join(simplejson.dumps(event, use_decimal=True).encode() + b"\n" for event in events)
        try:
            if self._broken:
                # A line behind half a line could not be read: where one was not kept, no other is.
                raise self._broken
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            self._broken = error
            raise ZsyncError(
                f"the journal {self._file.name} cannot be written: {error.strerror}",
                help=f"Nothing more was sent. Make room, then go on: `zsync resume {self.run}`.",
            ) from None


def start(folder: Path, plan: Plan, started_at: str) -> Journal:
    """Begin the journal of a run of this plan; its name is the run's, made from the time and the plan's digest."""
    digest = plan.digest.removeprefix("sha256:")[:8]
    try:
        _make(folder)
        run = _name(folder, started_at.replace("-", "").replace(":", ""), digest)
        file = create(folder / f"{run}.jsonl")
        sync_folder(folder)
    except OSError as error:
        raise ZsyncError(
            f"no journal can be written in {folder}: {error.strerror}",
            help="Nothing was sent. Choose another folder with --journal DIR.",
        ) from None
    journal = Journal(file, run)
    journal._write(  # noqa: SLF001  the first line is the journal's own
        [{"event": "start", "format": FORMAT, "run": run, "started_at": started_at, "plan": dump_plan(plan)}]
    )
    return journal


def _make(folder: Path) -> None:
    """The folder, out of Git's sight where it is new: journals hold names and addresses."""
    if folder.is_dir():
        return
    make_folder(folder)
    with suppress(InputError):
        write_file(folder / ".gitignore", "*\n")


def reopen(folder: Path, run: str) -> Journal:
    """Go on with the journal of a run; a last line that was cut off is ended first."""
    path = _path(folder, run)
    whole = _content(path)
    file = append(path)
    if whole and not whole.endswith(b"\n"):
        file.write(b"\n")
    return Journal(file, run)


def read(folder: Path, run: str) -> Run:
    """What a journal says. Raises `InputError` for an unknown run, `PlanRefused` where its plan was altered."""
    path = _path(folder, run)
    events = list(_events(_content(path)))
    if not events or events[0].get("format") != FORMAT:
        raise _input(f"{path} is no journal of a run", _LIST)
    outcomes, doubtful, sent = dict[int, Outcome](), set[int](), set[int]()
    stopped: Stop | None = None
    aside: list[Override] = []
    try:
        for event in events[1:]:
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
        begun = events[0]["run"], events[0]["started_at"], _plan(events[0]["plan"], path)
    except (KeyError, TypeError, AttributeError):
        raise _input(f"{path} was altered: it is not as zsync wrote it", _LIST) from None
    for index in doubtful:
        outcomes.pop(index, None)
    ended = events[-1]["event"] == "end"
    known = MappingProxyType(outcomes), frozenset(doubtful), frozenset(sent)
    return Run(*begun, *known, ended, stopped, tuple(aside))


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


def runs(folder: Path) -> list[str]:
    """The names of all runs of a folder, the newest last."""
    return sorted((path.stem for path in folder.glob("*.jsonl")), key=_order)


def siblings(folder: Path, run: str) -> list[str]:
    """The other runs of the same plan, the newest first: a plan that was applied again after a crash has several."""
    digest = run.split("-")[1:2]
    return [name for name in reversed(runs(folder)) if name != run and name.split("-")[1:2] == digest]


def _order(run: str) -> tuple[str, int, str]:
    """`TIME-DIGEST`, or `TIME-DIGEST-N` for the n-th run of that time."""
    moment, _, rest = run.partition("-")
    number = rest.rpartition("-")[2] if "-" in rest else "1"
    return moment, int(number) if number.isdecimal() else 1, run


def _name(folder: Path, moment: str, digest: str) -> str:
    """A name behind all others, though the clock was set back since: `last` is the run that was started last."""
    known = runs(folder)
    latest, number, _ = _order(known[-1]) if known else ("", 0, "")
    if moment > latest:
        return f"{moment}-{digest}"
    return f"{latest}-{digest}-{number + 1}"


def _events(data: bytes) -> Iterator[dict[str, Any]]:
    """The whole lines. One that is not JSON was cut off by a crash, at the end or before a resumed run went on."""
    for line in data.split(b"\n"):
        try:
            event = read_json(line)
        except Unreadable:
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            yield event


def _content(path: Path) -> bytes:
    try:
        return read_bytes(path, SAVED)
    except OSError as error:
        raise _input(f"{path} cannot be read: {error.strerror}", _LIST) from None


def _path(folder: Path, run: str) -> Path:
    known = runs(folder)
    if run == "last" and known:
        run = known[-1]
    if run not in known:
        newest = f"The newest is {known[-1]}." if known else "There are none."
        raise _input(f"no run {run!r} in {folder}", f"{_LIST} {newest}")
    return folder / f"{run}.jsonl"


def _input(message: str, advice: str) -> InputError:
    return InputError((Diagnostic("no-such-run", sentence(message), help=sentence(advice)),))
