"""The journal: readable after a crash at any byte, in order whatever the clock does, and honest on a full disk."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.applying.test_applier import BINDING, change
from zsync.applying import journal, recall, sealing, shelf
from zsync.applying.sealing import Keys
from zsync.errors import InputError, LockHeld, PlanRefused, ZsyncError
from zsync.files.encoding import outcome_members
from zsync.files.plan import seal
from zsync.model import Approval, Cost, Found, Outcome, Plan, Run, Stop, Summary
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


KEYS = Keys("a key", (), Path("none"))
KEY = KEYS.to_seal()


def start(folder: Path, moment: str = NOON, made: Plan = MADE) -> journal.Journal:
    """A run that begins."""
    return journal.start(folder, made, moment, KEYS)


def last(folder: Path) -> Path:
    """The newest journal of an environment."""
    return shelf.journals(folder)[-1]


def read(path: Path) -> Run:
    """What a journal says."""
    return recall.read(path, KEYS).run


def whole(folder: Path) -> tuple[Path, bytes]:
    """A journal of a run whose first request was answered and whose second was not."""
    log = start(folder)
    log.sending([0, 1])
    log.outcomes({0: APPLIED, 1: Outcome("refused", "X", "caf\ud83d é")})
    log.sending([2])
    log.close()
    return last(folder), last(folder).read_bytes()


def test_a_journal_says_what_was_answered_and_what_is_in_doubt(tmp_path: Path) -> None:
    path, _ = whole(tmp_path)
    run = read(path)
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
    log = start(tmp_path)
    file = last(tmp_path)
    assert all(folder.stat().st_ino in synced for folder in file.parents[:2])
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
        run = read(path)
        lines = sum(end <= at for end in ends)
        assert (len(run.sent), len(run.outcomes)) == ((0, 0), (0, 0), (2, 0), (2, 1), (2, 2), (3, 2))[lines]


def test_a_journal_that_ends_in_its_first_line_is_believed_in_nothing_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    path, data = whole(tmp_path)
    end = data.index(b"\n")
    for at in sorted({*range(40), *range(40, end, 53), end - 2, end - 1}):
        path.write_bytes(data[:at])
        with pytest.raises((PlanRefused, InputError)) as caught:
            read(path)
        if at == 0 or at >= len(b'{"event'):
            assert "ends within its first line" in str(caught.value)
            assert "Get the whole file" in caught.value.help


def test_a_journal_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks at any moment while it is begun finds none, or one with its first line."""
    seen: list[bytes] = []
    for name in ("fsync", "link", "write", "open"):
        real = getattr(os, name)

        def looked(*args: Any, real: Any = real, **named: Any) -> Any:
            try:
                return real(*args, **named)
            finally:
                seen.extend(path.read_bytes() for path in shelf.journals(tmp_path))

        monkeypatch.setattr(os, name, looked)
    start(tmp_path).close()
    monkeypatch.undo()
    assert seen
    assert all(sealing.unsealed(content, KEY).lines for content in seen)
    assert [path.suffix for path in last(tmp_path).parent.iterdir()] == [".jsonl"]


@pytest.mark.parametrize("links", [True, False])
def test_a_journal_never_takes_the_place_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", unsupported)
    file = tmp_path / "run.jsonl"
    journal.start(tmp_path, MADE, NOON, KEYS, file).close()
    before = file.read_bytes()
    with pytest.raises(ZsyncError, match="File exists"):
        journal.start(tmp_path, MADE, NOON, KEYS, file)
    assert (file.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (before, ["run.jsonl"])
    assert file.stat().st_mode & 0o777 == 0o600


def unsupported(*_: object, **__: object) -> None:
    """A disk that knows no links."""
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_run_of_an_older_zsync_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    forge(path, data, b"zsync.plan/2", b"zsync.plan/1")
    with pytest.raises(PlanRefused, match=r"older zsync.*zsync\.plan/1") as caught:
        read(path)
    assert "Resume or undo it with the zsync that began it" in caught.value.help


def test_a_run_goes_on_behind_half_a_line(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    for at in range(data.index(b"\n"), len(data)):
        path.write_bytes(data[:at])
        log = journal.reopen(recall.read(path, KEYS))
        log.sending([2])
        log.outcomes({2: APPLIED})
        log.close()
        assert read(path).outcomes[2] == APPLIED
        assert b"}{" not in path.read_bytes()


def forge(path: Path, data: bytes, old: bytes, new: bytes) -> None:
    """The journal with something else in it, sealed by somebody who has the key."""
    lines, tip = b"", b""
    for body in sealing.unsealed(data, KEY).lines:
        line, tip = sealing.seal(body.replace(old, new), KEY, tip)
        lines += line
    path.write_bytes(lines)


@pytest.mark.parametrize("old", [b'"changes"', b'"outcome": {', b'"change": 0'])
def test_a_sealed_journal_of_another_shape_is_refused(tmp_path: Path, old: bytes) -> None:
    path, data = whole(tmp_path)
    forge(path, data, old, old.replace(b'"c', b'"x').replace(b"{", b'{"x": 1}, "x": {'))
    with pytest.raises(PlanRefused, match="not as zsync writes it"):
        read(path)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"event": "outcome", "change": 2, "outcome": {"status": "done"}}, "line 6: outcome.outcome.status"),
        ({"event": "outcome", "change": 2, "outcome": {"doubt": "some"}}, "line 6: outcome.outcome.doubt"),
        ({"event": "outcome", "change": 3, "outcome": {}}, "line 6: it names change 3, and the plan has 3"),
        ({"event": "outcome", "change": -1, "outcome": {}}, "line 6: outcome.change"),
        ({"event": "sending", "changes": [0, 9]}, "line 6: it names change 9, and the plan has 3"),
        ({"event": "sending", "changes": [True]}, r"line 6: sending.changes.0"),
        ({"event": "sent", "changes": [0]}, "line 6: "),
        ({"event": "end", "stopped": {"cause": "bored"}}, "line 6: end.stopped"),
    ],
)
def test_a_line_that_says_what_no_run_says_is_refused_and_never_skipped(
    tmp_path: Path, event: dict[str, Any], said: str
) -> None:
    path, data = whole(tmp_path)
    if "outcome" in event:
        event = event | {"outcome": outcome_members(APPLIED) | event["outcome"]}
    line, _ = sealing.seal(json.dumps(event).encode(), KEY, sealing.unsealed(data, KEY).tip)
    path.write_bytes(data + line)
    with pytest.raises(PlanRefused, match=f"not as zsync writes it: {said}"):
        read(path)


def altered(data: bytes) -> dict[str, bytes]:
    """What somebody who has not the key may make of a journal."""
    lines = data.splitlines(keepends=True)
    other = sealing.derived("variable", b"another")
    foreign, _ = sealing.seal(b'{"event": "outcome", "change": 2, "outcome": {"status": "applied"}}', other)
    return {
        "edited": data.replace(b'"changes": [2]', b'"changes": [1]'),
        "plan": data.replace(b"2027-03-02", b"2029-03-02"),
        "seal": data.replace(lines[1][-67:-3], b"0" * 64),
        "unsealed": data + b'{"event": "sending", "changes": [1]}\n',
        "left out": b"".join([*lines[:1], *lines[2:]]),
        "moved": b"".join([lines[0], lines[2], lines[1], *lines[3:]]),
        "twice": data + lines[-1],
        "foreign": data + foreign,
        "empty": data + b"\n",
        "between": b"".join([lines[0], b"[]\n", *lines[1:]]),
        "edited last": data.replace(b'"changes": [2]', b'"changes": [1]')[:-1],
    }


@pytest.mark.parametrize("how", altered(b"x\n" * 9))
def test_a_line_that_is_not_as_it_was_sealed_is_refused(tmp_path: Path, how: str) -> None:
    path, data = whole(tmp_path)
    changed = altered(data)[how]
    assert changed != data
    path.write_bytes(changed)
    with pytest.raises(PlanRefused, match="was altered: line"):
        read(path)


def test_a_line_of_another_journal_under_the_same_key_is_refused(tmp_path: Path) -> None:
    path, data = whole(tmp_path / "a")
    log = start(tmp_path / "c", "2027-03-01T12:00:01Z")
    log.sending([0])
    log.close()
    path.write_bytes(data + last(tmp_path / "c").read_bytes().splitlines(keepends=True)[1])
    with pytest.raises(PlanRefused, match="line 6"):
        read(path)


def test_what_another_run_has_gone_on_with_meanwhile_is_not_gone_on_with(tmp_path: Path) -> None:
    path, _ = whole(tmp_path)
    kept = recall.read(path, KEYS)
    other = journal.reopen(kept)
    other.sending([2])
    other.close()
    with pytest.raises(LockHeld, match="another run has gone on") as caught:
        journal.reopen(kept)
    assert "`zsync resume`" in caught.value.help


def test_a_journal_that_can_be_read_and_not_written_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = whole(tmp_path)
    kept, opened = recall.read(path, KEYS), os.open

    def full(file: Any, flags: int, *more: Any, **others: Any) -> int:
        if flags & os.O_WRONLY:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(file, flags, *more, **others)

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(ZsyncError, match="cannot be written") as caught:
        journal.reopen(kept)
    assert caught.value.help.startswith("Nothing was sent.")
    assert path.read_bytes() == data


def test_a_journal_says_who_stood_behind_its_run_where_it_is_known(tmp_path: Path) -> None:
    who = Approval("ana", ("bo", "cy"), "dee", "https://ci.example/7")
    journal.start(tmp_path, MADE, NOON, KEYS, approval=who).close()
    path = last(tmp_path)
    assert read(path).approval == who
    forge(path, path.read_bytes(), b'"approval"', b'"approvals"')
    assert read(path).approval == Approval()


def test_a_run_has_its_name_of_its_time_and_its_plan_wherever_its_journal_is(tmp_path: Path) -> None:
    name = f"20270301T120000Z-{MADE.digest.removeprefix('sha256:')[:8]}"
    for file in (None, tmp_path / "own.jsonl"):
        log = journal.start(tmp_path / "state", MADE, NOON, KEYS, file)
        log.close()
        assert (log.run, log.named) == (name, str(file or ""))
    assert last(tmp_path / "state").stem == name


def test_a_journal_that_the_command_line_named_is_named_again(tmp_path: Path) -> None:
    path, _ = whole(tmp_path)
    for named in (True, False):
        again = journal.reopen(recall.read(path, KEYS, named=named))
        again.close()
        assert again.named == (str(path) if named else "")


@pytest.mark.parametrize(
    ("format_", "said"), [("zsync.journal/1", "another zsync"), ("zsync.journal/9", "another zsync")]
)
def test_a_journal_of_another_format_is_refused_with_what_to_do(
    tmp_path: Path, format_: str, said: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"event": "start", "format": "' + format_ + '", "run": "a", "plan": "{}"}\n')
    with pytest.raises(PlanRefused, match=f"{said}.*{format_}") as caught:
        read(path)
    assert "zsync plan" in caught.value.help


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


@pytest.mark.parametrize("room", [0, 1, 90])
def test_what_was_not_kept_whole_is_an_error_and_so_is_all_that_follows(room: int) -> None:
    disk: Any = FullDisk(room)
    log = journal.Journal(disk, "run", KEY)
    with pytest.raises(ZsyncError, match="No space left"):
        log.sending([0, 1, 2, 3, 4, 5])
    disk.room = 10000
    with pytest.raises(ZsyncError, match="No space left"):
        log.sending([6])
    assert b"[6]" not in disk.taken


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
        log = start(tmp_path, moment)
        log.close()
        started.append(log.run)
    assert [path.stem for path in shelf.journals(tmp_path)] == started
    assert read(last(tmp_path)).id == started[-1]


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
    log = start(tmp_path)
    log.set_aside([Override("freeze", "agreed"), Override("credits", "few")])
    log.set_aside([])
    stop = Stop("refused", 8, "no", "Ask.", "NO_PERMISSION", "PUT /Campaigns/5/Leads")
    log.end(stop)
    log.close()
    run = read(last(tmp_path))
    assert (run.id, run.started_at, run.plan) == (log.run, NOON, MADE)
    assert run.overrides == (Override("freeze", "agreed"), Override("credits", "few"))
    assert (run.ended, run.stopped) == (True, stop)


def test_a_run_that_goes_on_has_not_ended(tmp_path: Path) -> None:
    log = start(tmp_path)
    log.end(Stop("interrupted", 130))
    log.close()
    more = journal.reopen(recall.read(last(tmp_path), KEYS))
    assert more.run == log.run
    more.sending([1])
    more.close()
    run = read(last(tmp_path))
    assert (run.ended, set(run.sent)) == (False, {1})


def test_what_was_sent_again_is_in_doubt_until_it_is_answered(tmp_path: Path) -> None:
    log = start(tmp_path)
    log.sending([0, 1])
    log.outcomes({0: Outcome("unknown"), 1: APPLIED})
    log.sending([0])
    log.close()
    run = read(last(tmp_path))
    assert (dict(run.outcomes), set(run.doubtful), set(run.sent)) == ({1: APPLIED}, {0}, {0, 1})


@pytest.mark.parametrize("used", [False, True])
def test_a_journal_is_taken_away_only_where_nothing_was_sent(tmp_path: Path, used: bool) -> None:
    log = start(tmp_path)
    log.set_aside([Override("freeze", "agreed")])
    if used:
        log.sending([0])
    log.discard_unused()
    log.close()
    assert [path.stem for path in shelf.journals(tmp_path)] == [log.run] * used


def test_a_journal_that_cannot_be_begun_or_kept_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said, advice = told(lambda: start(tmp_path / "file"))
    assert said.startswith(f"no journal can be written to {tmp_path / 'file'}")
    assert advice == "Nothing was sent. Name a new file with --journal FILE."
    disk: Any = FullDisk(3)
    assert told(lambda: journal.Journal(disk, "run-1", KEY).sending([0])) == (
        "the journal journal cannot be written: No space left on device",
        "Nothing more was sent. Make room, then go on: `zsync resume run-1`.",
    )
    disk = FullDisk(3)
    named = journal.Journal(disk, "run-1", KEY, named=True)
    assert "`zsync resume --journal journal`" in told(lambda: named.sending([0]))[1]


@pytest.mark.parametrize(
    "content",
    [b"\n", b"[]\n", b"[]", b"5\n", b'{"event": "start"}\n', b'{"format": "zsync.report/2"}\n', b"\xff\n"],
)
def test_a_file_that_is_no_journal_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    assert told(lambda: read(path)) == (f"{path} is no journal of a run", "List the runs: `zsync runs`.")


def test_a_first_line_that_only_names_the_key_is_no_sealed_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"format": "{recall.FORMAT}", "key": {{"kind": "variable", "id": "{KEY.id}"}}}}')
    with pytest.raises(PlanRefused, match="was altered: line 1"):
        read(path)


def test_a_journal_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "20270301T120000Z-a.jsonl"
    path.mkdir()
    said, advice = told(lambda: read(path))
    assert said.startswith(f"{path} cannot be read: ")
    assert advice == "List the runs: `zsync runs`."


def test_a_journal_that_is_named_is_that_file_and_no_file_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "new" / "run.jsonl"
    log = journal.start(tmp_path / "state", MADE, NOON, KEYS, file)
    log.close()
    assert (read(file).id, read(file).plan) == (log.run, MADE)
    assert not (tmp_path / "state").exists()
    with pytest.raises(ZsyncError, match="File exists"):
        journal.start(tmp_path / "state", MADE, NOON, KEYS, file)


def test_what_keeps_nothing_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = journal.NoJournal()
    kept.sending([0])
    kept.outcomes({0: APPLIED})
    assert [*tmp_path.iterdir()] == []


def test_numbers_of_the_crm_stay_exact_in_a_journal(tmp_path: Path) -> None:
    held = Outcome("held", found=Found({"list_price": Decimal("49.90"), "Note": None}))
    log = start(tmp_path)
    log.outcomes({0: held})
    log.close()
    assert b'"list_price": 49.90' in last(tmp_path).read_bytes()
    assert read(last(tmp_path)).outcomes[0] == held


def test_a_journal_begins_with_its_start_and_is_not_touched_by_being_opened(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    assert json.loads(data.split(b"\n")[0])["event"] == "start"
    journal.reopen(recall.read(path, KEYS)).close()
    assert path.read_bytes() == data
    path.write_bytes(data[:-1])
    journal.reopen(recall.read(path, KEYS)).close()
    assert path.read_bytes() == data


def test_a_journal_was_named_by_nobody_unless_it_is_said(tmp_path: Path) -> None:
    path, _ = whole(tmp_path)
    assert [recall.read(path, KEYS).named, recall.read(path, KEYS, named=True).named] == [False, True]


def test_what_is_sealed_and_makes_no_sense_says_where_if_it_is_known(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    for old, new, said in (
        (b'"sending"', b'"sent"', "not as zsync writes it: line 2: "),
        (b'"started_at"', b'"began"', "not as zsync writes it"),
    ):
        forge(path, data, old, new)
        with pytest.raises(PlanRefused) as caught:
            read(path)
        assert said in str(caught.value)
        assert str(caught.value).endswith(said) is (new == b'"began"')
        assert "zsync plan" in caught.value.help


def test_a_journal_without_a_key_is_none_whatever_its_format_says(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    for changed in (
        data.replace(b'"key": {', b'"kez": {', 1),
        data.replace(b"zsync.journal/2", b"other/2", 1),
    ):
        path.write_bytes(changed)
        with pytest.raises(InputError) as caught:
            read(path)
        assert [one.code for one in caught.value.diagnostics] == ["no-such-run"]


def test_an_altered_journal_says_that_nothing_was_sent(tmp_path: Path) -> None:
    path, data = whole(tmp_path)
    path.write_bytes(data.replace(b'"refused"', b'"applied"'))
    with pytest.raises(PlanRefused, match="was altered") as caught:
        read(path)
    assert caught.value.help.startswith("Nothing was sent.")
