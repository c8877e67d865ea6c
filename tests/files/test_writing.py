"""Files appear whole, private, and where they were asked for, whatever stands in the way."""

import errno
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import AF_UNIX, socket
from threading import Thread
from typing import Any

import pytest

from zsync.errors import InputError
from zsync.files.fresh import fresh_folder
from zsync.files.writing import append, check_target, create, create_whole, make_folder, write_file

posix = pytest.mark.skipif(os.name == "nt", reason="modes and links are those of POSIX")


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """Files that are made without a mode could be read by everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """Who may do what with it."""
    return stat.S_IMODE(path.stat().st_mode)


def refusal(call: Callable[[], object]) -> str:
    """Why it cannot be written."""
    with pytest.raises(InputError) as caught:
        call()
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "cannot-write"
    return f"{diagnostic.message} | {diagnostic.help}"


@pytest.mark.parametrize("content", ["é\r\n", b"\xff\0", ""])
def test_what_was_given_is_what_stands_in_the_file(tmp_path: Path, content: str | bytes) -> None:
    write_file(tmp_path / "f", content)
    assert (tmp_path / "f").read_bytes() == (content.encode() if isinstance(content, str) else content)


@posix
def test_a_file_is_for_its_owner_alone_though_the_one_before_was_not(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    for name in ("new", "old"):
        write_file(tmp_path / name, "plan")
        assert mode(tmp_path / name) == 0o600


@posix
def test_another_mode_is_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    write_file(tmp_path / "f", "rows", mode=0o664)
    assert mode(tmp_path / "f") == 0o664


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    write_file(tmp_path / "f", "1")
    write_file(tmp_path / "f", "2")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_name_as_long_as_the_system_takes_can_be_written(tmp_path: Path) -> None:
    write_file(tmp_path / ("n" * 255), "x")
    assert (tmp_path / ("n" * 255)).read_text() == "x"


@posix
def test_a_name_counts_its_bytes_and_not_its_characters(tmp_path: Path) -> None:
    name = "\N{GRINNING FACE}" * 63
    write_file(tmp_path / name, "x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@posix
def test_why_it_failed_is_told_though_somebody_took_the_new_file_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swept(_: int) -> None:
        for path in tmp_path.iterdir():
            path.unlink()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", swept)
    assert "No space left on device" in refusal(lambda: write_file(tmp_path / "f", "new"))


def test_an_error_without_words_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise BlockingIOError

    monkeypatch.setattr(os, "fsync", fail)
    assert f"cannot write {tmp_path / 'f'}: BlockingIOError" in refusal(
        lambda: write_file(tmp_path / "f", "x")
    )


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_where_writing_fails_the_old_file_stays_and_no_other_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "f").write_text("old")
    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[fails], full)
    assert "No space left on device" in refusal(lambda: write_file(tmp_path / "f", "new"))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"f": "old"}


def test_the_content_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def noted(owner: object, name: str) -> None:
        call = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args: (seen.extend([name]), call(*args))[1])  # type: ignore[func-returns-value]

    noted(os, "fsync")
    noted(Path, "replace")
    write_file(tmp_path / "f", "x")
    assert seen[:2] == ["fsync", "replace"]


@posix
def test_a_file_that_waits_under_the_chosen_name_is_neither_written_nor_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda _: "guessed")
    (tmp_path / "victim").write_text("mine")
    (tmp_path / ".f.guessed").symlink_to("victim")
    assert "File exists" in refusal(lambda: write_file(tmp_path / "f", "x"))
    assert (tmp_path / "victim").read_text() == "mine"
    assert (tmp_path / ".f.guessed").is_symlink()


@posix
@pytest.mark.parametrize("leads_to", ["victim", "nowhere", "../victim", "link"])
def test_a_link_is_refused_and_where_it_leads_is_told(tmp_path: Path, leads_to: str) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "link").symlink_to(leads_to)
    for call in (lambda: check_target(tmp_path / "link"), lambda: write_file(tmp_path / "link", "x")):
        told = refusal(call)
        assert "it is a link to " in told
        assert Path(leads_to).name in told
        assert "Name that file itself" in told
    assert (tmp_path / "victim").read_text() == "mine"
    assert (tmp_path / "link").is_symlink()


def test_a_folder_and_a_missing_folder_are_refused_beforehand(tmp_path: Path) -> None:
    assert "it is a folder" in refusal(lambda: check_target(tmp_path))
    assert "it is a folder" in refusal(lambda: check_target(Path()))
    assert f"there is no folder {tmp_path / 'a'}" in refusal(lambda: check_target(tmp_path / "a" / "f"))
    check_target(tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    heard: list[str] = []
    reader = Thread(target=lambda: heard.append((tmp_path / "pipe").read_text()))
    reader.start()
    write_file(tmp_path / "pipe", "rows")
    reader.join()
    assert heard == ["rows"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@posix
def test_a_file_that_takes_a_pipes_place_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, really = tmp_path / "pipe", os.open
    os.mkfifo(pipe)

    def late(path: Path, flags: int) -> int:
        pipe.unlink()
        pipe.write_text("mine")
        return really(path, flags)

    monkeypatch.setattr(os, "open", late)
    told = refusal(lambda: write_file(pipe, "rows"))
    assert f"cannot write {pipe}: it was a pipe or a device a moment ago" in told
    assert pipe.read_text() == "mine"


@posix
def test_a_link_to_a_device_is_written_into(tmp_path: Path) -> None:
    (tmp_path / "sink").symlink_to(os.devnull)
    write_file(tmp_path / "sink", "rows")
    assert (tmp_path / "sink").is_symlink()
    assert Path(os.devnull).is_char_device()


@posix
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_what_was_printed_to_a_file_before_stays_in_it(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    # Captured in a file, as the shell's `>` has it: opened by its name, it would be written over from its start.
    sys.stdout.write("before ")
    sys.stdout.flush()
    write_file(Path(name), "rows ")
    os.write(1, b"after")
    assert capfd.readouterr().out == "before rows after"


@posix
def test_a_stream_that_is_closed_is_told() -> None:
    assert "Bad file descriptor" in refusal(lambda: write_file(Path("/dev/fd/987654"), "rows"))


@posix
def test_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / name) for name in ("", "a", "a/b", "a/b/c")] == [0o755, 0o700, 0o700, 0o700]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(OSError, match="a"):
        make_folder(tmp_path / "a")
    with pytest.raises(OSError, match="a"):
        make_folder(tmp_path / "a" / "b")


@posix
def test_a_file_that_grows_is_private_and_begun_once(tmp_path: Path) -> None:
    with create(tmp_path / "f") as file:
        file.write(b"1\n")
        assert (tmp_path / "f").read_bytes() == b"1\n"
    assert mode(tmp_path / "f") == 0o600
    with pytest.raises(FileExistsError):
        create(tmp_path / "f")
    with append(tmp_path / "f") as file:
        file.write(b"2\n")
        assert (tmp_path / "f").read_bytes() == b"1\n2\n"


@posix
def test_a_file_that_grows_is_no_link_and_no_pipe(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"")
    (tmp_path / "link").symlink_to("victim")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "gone"):
        with pytest.raises(OSError, match=name):
            append(tmp_path / name)
    with pytest.raises(FileExistsError):
        create(tmp_path / "link")
    assert (tmp_path / "victim").read_bytes() == b""


@posix
def test_a_file_that_grows_is_no_device() -> None:
    with pytest.raises(OSError, match="null") as caught:
        append(Path(os.devnull))
    error = caught.value
    assert (error.errno, error.strerror, error.filename) == (0, "it is not a file", os.devnull)


@pytest.mark.parametrize("name", ["a" * 256, "é" * 128, "a/" * 3000 + "a"])
def test_a_name_that_no_file_can_have_is_told(name: str) -> None:
    with pytest.raises(InputError, match="thing to fix") as refused:
        check_target(Path(name))
    message = str(refused.value.diagnostics[0].message)
    assert f"{name[:80]}…" in message
    assert "longer than a path can be" in message
    with pytest.raises(InputError):
        fresh_folder(Path(name))


@posix
def test_a_file_that_begins_whole_is_private_and_goes_on_at_its_end(tmp_path: Path) -> None:
    with create_whole(tmp_path / "f", b"begin\n") as file:
        assert [path.name for path in tmp_path.iterdir()] == ["f"]
        file.write(b"more\n")
        assert (tmp_path / "f").read_bytes() == b"begin\nmore\n"
    assert mode(tmp_path / "f") == 0o600
    with pytest.raises(FileExistsError):
        create_whole(tmp_path / "f", b"again")
    assert (tmp_path / "f").read_bytes() == b"begin\nmore\n"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@posix
@pytest.mark.parametrize("there", [False, True])
def test_a_disk_without_links_gives_a_name_all_the_same_but_none_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    def none(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", none)
    if there:
        (tmp_path / "f").symlink_to("nowhere")
        with pytest.raises(FileExistsError) as caught:
            create_whole(tmp_path / "f", b"begin")
        error = caught.value
        assert (error.errno, error.strerror) == (errno.EEXIST, os.strerror(errno.EEXIST))
        assert error.filename == str(tmp_path / "f")
        assert (tmp_path / "f").readlink() == Path("nowhere")
    else:
        create_whole(tmp_path / "f", b"begin").close()
        assert (tmp_path / "f").read_bytes() == b"begin"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@posix
def test_a_link_in_the_place_of_the_new_file_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.link
    (tmp_path / "victim").write_text("mine")

    def swapped(partial: Path, path: Path, **how: Any) -> None:
        partial.unlink()
        partial.symlink_to("victim")
        really(partial, path, **how)

    monkeypatch.setattr(os, "link", swapped)
    with pytest.raises(OSError, match="f"):
        create_whole(tmp_path / "f", b"begin")
    assert (tmp_path / "victim").read_text() == "mine"
    assert (tmp_path / "f").is_symlink()


@posix
def test_what_fails_while_a_beginning_is_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swept(_: int) -> None:
        for path in tmp_path.iterdir():
            path.unlink()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", swept)
    with pytest.raises(OSError, match="No space left on device"):
        create_whole(tmp_path / "f", b"begin")
    assert list(tmp_path.iterdir()) == []


def test_a_socket_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket(AF_UNIX) as bound:
        bound.bind("s")  # by a short name: a socket's may have some 100 bytes
    with pytest.raises(InputError) as refused:
        check_target(Path("s"))
    assert "it is a socket" in str(refused.value.diagnostics[0].message)
