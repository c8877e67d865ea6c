"""One apply per org at a time: who holds the lock, and what is left of a holder that died."""

import errno
import getpass
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zsync.applying import lock
from zsync.errors import LockHeld, ZsyncError

HOLD = """
import sys
from pathlib import Path
from zsync.applying import lock
with lock.held(Path(sys.argv[1]), "90001", "run-1", "2027-03-01T12:00:00Z", print):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """Another process that holds the lock of org 90001."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def take(folder: Path, org: str = "90001") -> list[str]:
    """Take the lock and let it go; gives what was told."""
    told: list[str] = []
    with lock.held(folder, org, "run-2", "2027-03-01T13:00:00Z", told.append):
        return told


def test_who_holds_the_lock_is_told_with_host_time_and_run(tmp_path: Path) -> None:
    with holder(tmp_path) as process, pytest.raises(LockHeld) as caught:
        take(tmp_path)
    said = str(caught.value)
    assert caught.value.exit_code == 7
    assert f"process {process.pid}, since 2027-03-01T12:00:00Z, run run-1" in said
    assert " on " in said


def test_another_org_is_free(tmp_path: Path) -> None:
    with holder(tmp_path):
        assert take(tmp_path, "90002") == []


def test_the_lock_of_a_holder_that_was_killed_is_free_and_the_death_is_told(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
        process.wait()
        (told,) = take(tmp_path)
    assert "died while it held the lock" in told
    assert "run run-1" in told


def test_a_lock_that_was_let_go_leaves_nothing_to_tell(tmp_path: Path) -> None:
    assert take(tmp_path) == []
    assert take(tmp_path) == []


def test_a_note_that_cannot_be_read_does_not_stand_in_the_way(tmp_path: Path) -> None:
    with holder(tmp_path):
        next(tmp_path.glob("*.json")).write_text("{")
        with pytest.raises(LockHeld, match="by whom is not known"):
            take(tmp_path)


def test_what_to_do_about_a_lock_is_said(tmp_path: Path) -> None:
    with holder(tmp_path), pytest.raises(LockHeld) as caught:
        take(tmp_path)
    assert caught.value.help == (
        "Wait until it is done, then run again. If that process hangs, end it: its lock ends with it."
    )
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ZsyncError) as refused:
        take(tmp_path / "file")
    assert "cannot be taken: " in str(refused.value)
    assert refused.value.help == "Nothing was sent. Make the folder writable, on a disk that has room."


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_without_locks_is_told_and_is_no_other_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refused)
    with pytest.raises(ZsyncError, match=f"has no locks: {os.strerror(number)}") as caught:
        take(tmp_path)
    assert caught.value.exit_code == 1
    assert "XDG_STATE_HOME" in caught.value.help
    monkeypatch.undo()
    assert take(tmp_path) == []


def test_a_note_that_cannot_be_written_or_taken_away_is_told_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(Path, "unlink", full)
    (told,) = take(tmp_path)
    assert told.startswith(f"cannot write {tmp_path}")
    assert told.endswith(
        "No space left on device: the lock is held, but another run will not be told by whom."
    )


def test_the_lock_and_its_note_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with lock.held(tmp_path, "90001", "run-1", "2027-03-01T12:00:00Z", print):
            assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    finally:
        os.umask(before)


def test_a_user_without_a_name_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", nobody)
    with lock.held(tmp_path, "90001", "run-1", "2027-03-01T12:00:00Z", print):
        (note,) = tmp_path.glob("*.json")
        assert json.loads(note.read_text())["user"] == "unknown"
    assert not note.exists()
