"""Amended files are written whole, all or none, and only over what was read."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zsync.edit.edits import Amended
from zsync.edit.replacing import replace_files
from zsync.errors import InputError


@pytest.fixture(autouse=True)
def _in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    Path("a.yaml").write_bytes(b"a\r\n")
    Path("b.yaml").write_bytes(b"b\n")


def amended(name: str, before: bytes) -> Amended:
    return Amended(name, before, before.upper(), ())


def refusal(*files: Amended) -> str:
    with pytest.raises(InputError) as caught:
        replace_files(files)
    return "; ".join(str(each.message) for each in caught.value.diagnostics)


@contextmanager
def unlimited() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk() -> Iterator[int]:
    """No file may be larger than this many bytes: the next write fails as on a disk that is full."""
    with unlimited():
        limit = 1 << 16
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        yield limit


A, B = amended("a.yaml", b"a\r\n"), amended("b.yaml", b"b\n")


def test_files_keep_their_permissions() -> None:
    Path("a.yaml").chmod(0o640)
    replace_files([A, B])
    assert (Path("a.yaml").read_bytes(), Path("b.yaml").read_bytes()) == (b"A\r\n", b"B\n")
    assert Path("a.yaml").stat().st_mode & 0o777 == 0o640


def test_a_file_that_changed_since_it_was_read_stops_all_of_them() -> None:
    Path("b.yaml").write_bytes(b"b \n")
    assert refusal(A, B) == "b.yaml has changed since it was read"
    assert (Path("a.yaml").read_bytes(), Path("b.yaml").read_bytes()) == (b"a\r\n", b"b \n")


@pytest.mark.parametrize("way", ["file", "folder"])
def test_nothing_is_written_through_a_link(way: str) -> None:
    Path("real").mkdir()
    Path("real/c.yaml").write_bytes(b"c")
    if way == "file":
        Path("c.yaml").symlink_to("real/c.yaml")
    else:
        Path("linked").symlink_to("real")
    name = "c.yaml" if way == "file" else "linked/c.yaml"
    assert "is a link" in refusal(A, amended(name, b"c"))
    assert Path("a.yaml").read_bytes() == b"a\r\n"


def test_nothing_is_written_outside_of_the_repository() -> None:
    Path("../c.yaml").write_bytes(b"c")
    for name in ("../c.yaml", str(Path("../c.yaml").resolve())):
        assert "outside of the repository" in refusal(amended(name, b"c"))
    assert Path("../c.yaml").read_bytes() == b"c"


@pytest.mark.skipif(os.getuid() == 0, reason="root may write to any file")
def test_a_file_that_may_not_be_written_stays() -> None:
    Path("b.yaml").chmod(0o400)
    assert "Permission denied" in refusal(A, B)
    assert Path("a.yaml").read_bytes() == b"a\r\n"


def test_what_was_written_is_put_back_where_the_next_file_fails(small_disk: int) -> None:
    big = Amended("b.yaml", b"b\n", b"b" * (small_disk + 1), ())
    assert "File too large" in refusal(A, big)
    assert (Path("a.yaml").read_bytes(), Path("b.yaml").read_bytes()) == (b"a\r\n", b"b\n")


def test_what_cannot_be_put_back_is_named(small_disk: int) -> None:
    before = b"a" * (small_disk + 1)
    with unlimited():
        Path("a.yaml").write_bytes(before)
    told = refusal(Amended("a.yaml", before, b"short", ()), Amended("b.yaml", b"b\n", before, ()))
    assert "a.yaml was written before that, and could not be put back" in told
    assert Path("a.yaml").read_bytes() == b"short"
