"""The journal: readable after a crash at any byte, in order whatever the clock does, and honest on a full disk."""

import errno
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.applying.test_applier import BINDING, change
from zsync.applying import journal
from zsync.errors import InputError, PlanRefused, ZsyncError
from zsync.files.plan import seal
from zsync.model import Cost, Found, Outcome, Stop, Summary
from zsync.model.verdicts import Override
from zsync.planning.packing import pack

NONE = "sha256:" + "0" * 64
CHANGES = (change("create", "11"), change("update", "12"), change("delete", "13"))
MADE = seal(
    replace(
        BINDING,
        manifests=NONE,
        guards=NONE,
        created_at="2027-03-01T12:00:00Z",
        expires_at="2027-03-02T12:00:00Z",
    ),
    Summary(1, 1, 1),
    CHANGES,
    pack(CHANGES),
    Cost(0, 2, (2, 2), 0),
)
APPLIED = Outcome("applied")
NOON = "2027-03-01T12:00:00Z"


def whole(folder: Path) -> tuple[Path, bytes]:
    """A journal of a run whose first request was answered and whose second was not."""
    log = journal.start(folder, MADE, NOON)
    log.sending([0, 1])
    log.outcomes({0: APPLIED, 1: Outcome("refused", "X", "caf\ud83d é")})
    log.sending([2])
    log.close()
    return folder / f"{log.run}.jsonl", (folder / f"{log.run}.jsonl").read_bytes()


def test_a_journal_says_what_was_answered_and_what_is_in_doubt(tmp_path: Path) -> None:
    path, _ = whole(tmp_path)
    run = journal.read(tmp_path, path.stem)
    assert dict(run.outcomes) == {0: APPLIED, 1: Outcome("refused", "X", "caf\ud83d é")}
    assert (set(run.doubtful), set(run.sent), run.complete) == ({2}, {0, 1, 2}, False)
    assert run.plan == MADE


def test_each_line_and_the_files_name_are_on_the_disk_before_anything_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: dict[int, int] = {}

    def sync(handle: int) -> None:
        found = os.fstat(handle)
        synced[found.st_ino] = found.st_size

    monkeypatch.setattr(os, "fsync", sync)
    log = journal.start(tmp_path, MADE, NOON)
    file = tmp_path / f"{log.run}.jsonl"
    assert tmp_path.stat().st_ino in synced
    writes: list[Callable[[], None]] = [
        partial(log.sending, [0]),
        partial(log.outcomes, {0: APPLIED}),
        partial(log.end, None),
    ]
    for write in writes:
        assert synced[file.stat().st_ino] == file.stat().st_size
        before = file.stat().st_size
        write()
        assert file.stat().st_size > before
    assert synced[file.stat().st_ino] == file.stat().st_size
    log.close()


def test_a_journal_that_was_cut_off_at_any_byte_never_says_more_than_was_written(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    ends = [at for at, byte in enumerate(data) if byte == ord("\n")]
    for at in range(ends[0], len(data) + 1):
        path.write_bytes(data[:at])
        run = journal.read(tmp_path, path.stem)
        lines = sum(end <= at for end in ends)
        assert (len(run.sent), len(run.outcomes)) == ((0, 0), (0, 0), (2, 0), (2, 1), (2, 2), (3, 2))[lines]


def test_a_journal_without_its_first_line_is_none_for_nothing_was_sent(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    for at in range(data.index(b"\n")):
        path.write_bytes(data[:at])
        with pytest.raises(InputError):
            journal.read(tmp_path, path.stem)


def test_a_run_of_an_older_zsync_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    path.write_bytes(data.replace(b"zsync.plan/2", b"zsync.plan/1"))
    with pytest.raises(PlanRefused, match=r"older zsync.*zsync\.plan/1") as caught:
        journal.read(tmp_path, path.stem)
    assert "Resume or undo it with the zsync that began it" in caught.value.help


def test_journals_do_not_get_into_the_repository_by_accident(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    journal.start(tmp_path / ".zsync" / "runs", MADE, NOON).close()
    status = ["git", "-C", str(tmp_path), "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(status, check=True, capture_output=True, text=True).stdout == ""


def test_a_run_goes_on_behind_half_a_line(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    for at in range(data.index(b"\n"), len(data)):
        path.write_bytes(data[:at])
        log = journal.reopen(tmp_path, path.stem)
        log.sending([2])
        log.outcomes({2: APPLIED})
        log.close()
        assert journal.read(tmp_path, path.stem).outcomes[2] == APPLIED


@pytest.mark.parametrize(
    "line", ['{"event":"sending"}', '{"event":"outcome","change":[]}', '{"event":"end"}']
)
def test_a_journal_that_somebody_edited_is_told(tmp_path: Path, line: str) -> None:
    path, data = whole(tmp_path)
    path.write_bytes(data + line.encode() + b"\n")
    with pytest.raises(InputError, match="1 thing to fix"):
        journal.read(tmp_path, path.stem)


class FullDisk:
    """Takes so many bytes and no more."""

    name = "journal"

    def __init__(self, room: int) -> None:
        self.room, self.taken = room, b""

    def write(self, data: bytes) -> int:
        """As a raw file: what there is room for, and an error where there is none."""
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = data[: self.room]
        self.room -= len(part)
        self.taken += part
        return len(part)

    def fileno(self) -> int:
        """Of something that can be synced."""
        raise OSError(errno.EINVAL, "not a file")


@pytest.mark.parametrize("room", [0, 1, 20])
def test_what_was_not_kept_whole_is_an_error_and_so_is_all_that_follows(room: int) -> None:
    disk: Any = FullDisk(room)
    log = journal.Journal(disk, "run")
    with pytest.raises(ZsyncError, match="No space left"):
        log.sending([0, 1, 2, 3, 4, 5])
    disk.room = 1000
    with pytest.raises(ZsyncError, match="No space left"):
        log.sending([6])
    assert b"6" not in disk.taken


def test_the_last_run_is_the_one_that_was_started_last_whatever_the_clock_says(tmp_path: Path) -> None:
    moments = [
        NOON,
        NOON,
        "2027-02-01T12:00:00Z",
        *[NOON] * 9,
        "2027-03-02T12:00:00Z",
        "1999-01-01T00:00:00Z",
    ]
    started = []
    for moment in moments:
        log = journal.start(tmp_path, MADE, moment)
        log.close()
        started.append(log.run)
    assert journal.runs(tmp_path) == started
    assert journal.read(tmp_path, "last").id == started[-1]


def test_an_unknown_run_names_the_newest(tmp_path: Path) -> None:
    path, _ = whole(tmp_path)
    with pytest.raises(InputError) as caught:
        journal.read(tmp_path, "../etc")
    assert path.stem in str(caught.value.diagnostics[0].help)


def told(call: Callable[[], object]) -> tuple[str, str]:
    """What an error says, and what to do."""
    with pytest.raises(ZsyncError) as caught:
        call()
    error = caught.value
    if isinstance(error, InputError):
        (one,) = error.diagnostics
        assert one.code == "no-such-run"
        return str(one.message), str(one.help)
    return str(error), error.help


def test_guards_that_were_set_aside_and_the_end_are_kept_with_their_reasons(tmp_path: Path) -> None:
    log = journal.start(tmp_path, MADE, NOON)
    log.set_aside([Override("freeze", "agreed"), Override("credits", "few")])
    log.set_aside([])
    stop = Stop("refused", 8, "no", "Ask.", "NO_PERMISSION", "PUT /Campaigns/5/Leads")
    log.end(stop)
    log.close()
    run = journal.read(tmp_path, log.run)
    assert (run.id, run.started_at, run.plan) == (log.run, NOON, MADE)
    assert run.overrides == (Override("freeze", "agreed"), Override("credits", "few"))
    assert (run.ended, run.stopped) == (True, stop)


def test_a_run_that_goes_on_has_not_ended(tmp_path: Path) -> None:
    log = journal.start(tmp_path, MADE, NOON)
    log.end(Stop("interrupted", 130))
    log.close()
    more = journal.reopen(tmp_path, log.run)
    assert more.run == log.run
    more.sending([1])
    more.close()
    run = journal.read(tmp_path, "last")
    assert (run.ended, set(run.sent)) == (False, {1})


def test_what_was_sent_again_is_in_doubt_until_it_is_answered(tmp_path: Path) -> None:
    log = journal.start(tmp_path, MADE, NOON)
    log.sending([0, 1])
    log.outcomes({0: Outcome("unknown"), 1: APPLIED})
    log.sending([0])
    log.close()
    run = journal.read(tmp_path, log.run)
    assert (dict(run.outcomes), set(run.doubtful), set(run.sent)) == ({1: APPLIED}, {0}, {0, 1})


def test_the_other_runs_of_a_plan_are_told_the_newest_first(tmp_path: Path) -> None:
    other = replace(MADE, digest="sha256:" + "f" * 64)
    names = []
    for made, moment in ((MADE, NOON), (other, NOON), (MADE, NOON), (MADE, "2027-03-02T12:00:00Z")):
        log = journal.start(tmp_path, made, moment)
        log.close()
        names.append(log.run)
    assert journal.siblings(tmp_path, names[2]) == [names[3], names[0]]
    assert journal.siblings(tmp_path, names[1]) == []
    digest = MADE.digest.removeprefix("sha256:")[:8]
    assert [names[0], names[2]] == [f"20270301T120000Z-{digest}", f"20270301T120000Z-{digest}-3"]


def test_the_eleventh_run_of_a_second_is_behind_the_second(tmp_path: Path) -> None:
    for name in (
        "20270301T120000Z-a-2",
        "20270301T120000Z-a-x",
        "20270301T120000Z-a-11",
        "20270301T120000Z-a",
        "20270301T115959Z-b-20",
    ):
        (tmp_path / f"{name}.jsonl").write_text("")
    (tmp_path / "notes.txt").write_text("")
    assert [run.partition("-")[2] for run in journal.runs(tmp_path)] == ["b-20", "a", "a-x", "a-2", "a-11"]
    assert journal.runs(tmp_path / "nowhere") == []


@pytest.mark.parametrize("used", [False, True])
def test_a_journal_is_taken_away_only_where_nothing_was_sent(tmp_path: Path, used: bool) -> None:
    log = journal.start(tmp_path, MADE, NOON)
    log.set_aside([Override("freeze", "agreed")])
    if used:
        log.sending([0])
    log.discard_unused()
    log.close()
    assert journal.runs(tmp_path) == [log.run] * used


def test_a_journal_that_cannot_be_begun_kept_or_found_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said, advice = told(lambda: journal.start(tmp_path / "file", MADE, NOON))
    assert said.startswith(f"no journal can be written in {tmp_path / 'file'}: ")
    assert advice == "Nothing was sent. Choose another folder with --journal DIR."
    disk: Any = FullDisk(3)
    assert told(lambda: journal.Journal(disk, "run-1").sending([0])) == (
        "the journal journal cannot be written: No space left on device",
        "Nothing more was sent. Make room, then go on: `zsync resume run-1`.",
    )
    none = tmp_path / "none"
    assert told(lambda: journal.read(none, "last")) == (
        f"no run 'last' in {none}",
        "List the runs: `zsync runs`. There are none.",
    )
    path, data = whole(tmp_path)
    assert (
        told(lambda: journal.read(tmp_path, "x"))[1]
        == f"List the runs: `zsync runs`. The newest is {path.stem}."
    )
    path.write_bytes(data.replace(b"zsync.journal/1", b"zsync.journal/9"))
    assert told(lambda: journal.read(tmp_path, path.stem)) == (
        f"{path} is no journal of a run",
        "List the runs: `zsync runs`.",
    )
    path.write_bytes(data + b'{"event":"sending"}\n')
    assert told(lambda: journal.read(tmp_path, path.stem)) == (
        f"{path} was altered: it is not as zsync wrote it",
        "List the runs: `zsync runs`.",
    )


def test_lines_that_are_no_events_say_nothing(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    before = journal.read(tmp_path, path.stem)
    path.write_bytes(data + b'[]\n"event"\n{"event": 5}\n{"change": 1}\n\n{"event": "later"}\n')
    assert journal.read(tmp_path, path.stem) == before


def test_a_journal_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "20270301T120000Z-a.jsonl"
    path.mkdir()
    said, advice = told(lambda: journal.read(tmp_path, path.stem))
    assert said.startswith(f"{path} cannot be read: ")
    assert advice == "List the runs: `zsync runs`."


def test_what_keeps_nothing_keeps_nothing() -> None:
    journal.NoJournal().sending([0])
    journal.NoJournal().outcomes({0: APPLIED})


def test_numbers_of_the_crm_stay_exact_in_a_journal(tmp_path: Path) -> None:
    held = Outcome("held", found=Found({"list_price": Decimal("49.90"), "Note": None}))
    log = journal.start(tmp_path, MADE, NOON)
    log.outcomes({0: held})
    log.close()
    assert b'"list_price": 49.90' in (tmp_path / f"{log.run}.jsonl").read_bytes()
    assert journal.read(tmp_path, log.run).outcomes[0] == held


def test_a_journal_begins_with_its_start_and_is_not_touched_by_being_opened(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    assert json.loads(data.split(b"\n")[0])["event"] == "start"
    journal.reopen(tmp_path, path.stem).close()
    assert path.read_bytes() == data
    path.write_bytes(data[:-1])
    journal.reopen(tmp_path, path.stem).close()
    assert path.read_bytes() == data
