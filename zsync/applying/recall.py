"""What a journal says, once its seals hold. Nothing of one that is cut, altered, or sealed by somebody else is believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from zsync.applying import sealing, shelf
from zsync.applying.sealing import Keys, SealingKey
from zsync.bounds import SAVED
from zsync.errors import PlanRefused
from zsync.files.encoding import PLAN_FORMAT, approval_of, outcome_of, stop_of
from zsync.files.plan import file_format, load_plan
from zsync.files.reading import Unreadable, read_bytes, read_json
from zsync.model import Approval, Outcome, Plan, Run, Stop
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


class _Nonsense(Exception):
    """A line that zsync does not write."""


def read(path: Path, keys: Keys, *, named: bool = False) -> Kept:
    """What a journal says, once its seals hold.

    Raises `InputError` for a file that is no journal, `PlanRefused` for one that was altered, that is sealed with a key
    that is not here, or whose plan is of another version of zsync.
    """
    content = content_of(path)
    key = _key(path, content, keys)
    sealed = unsealed(path, content, key)
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
    first = events[0]
    begun = first["run"], first["started_at"], _plan(first["plan"], path)
    approval = approval_of(first["approval"]) if "approval" in first else Approval()
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
    return Run(*begun, *known, events[-1]["event"] == "end", stopped, tuple(aside), approval)


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


def unsealed(path: Path, content: bytes, key: SealingKey) -> sealing.Sealed:
    """The lines of a journal. Raises `PlanRefused` where one does not fit its seal."""
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


def content_of(path: Path) -> bytes:
    """The bytes of a journal. Raises `InputError` where it cannot be read."""
    try:
        return read_bytes(path, SAVED)
    except OSError as error:
        raise shelf.no_such_run(f"{path} cannot be read: {error.strerror}") from None
