"""All files of a pull are written, or none."""

from pathlib import Path

import pytest

from zsync.edit.edits import Amended
from zsync.errors import InputError
from zsync.pulling.files import Pulled, PulledFile
from zsync.pulling.writing import write_files

NEW = Path("relations/campaigns/spring.yaml")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def pulled(*, now: bytes = b"a") -> Pulled:
    """A new manifest, and one that is there with other bytes, which was read as `a`."""
    Path("there.yaml").write_bytes(now)
    return Pulled((), (PulledFile(NEW, b"new"),), (Amended("there.yaml", b"a", b"b", ()),))


def test_new_files_are_for_everybody_who_reads_the_repository() -> None:
    write_files(pulled())
    assert (NEW.read_bytes(), NEW.stat().st_mode & 0o777) == (b"new", 0o644)
    assert Path("there.yaml").read_bytes() == b"b"


def test_a_file_that_somebody_wrote_meanwhile_stays_and_nothing_new_is_left() -> None:
    with pytest.raises(InputError):
        write_files(pulled(now=b"by hand"))
    assert Path("there.yaml").read_bytes() == b"by hand"
    assert not Path("relations").exists()


def test_a_file_that_has_just_been_made_is_not_replaced() -> None:
    NEW.parent.mkdir(parents=True)
    NEW.write_bytes(b"by hand")
    with pytest.raises(InputError):
        write_files(pulled())
    assert (NEW.read_bytes(), Path("there.yaml").read_bytes()) == (b"by hand", b"a")


def test_nothing_is_written_outside_of_the_repository(tmp_path: Path) -> None:
    outside = tmp_path.parent / "elsewhere.yaml"
    with pytest.raises(InputError):
        write_files(Pulled((), (PulledFile(outside, b"new"),)))
    assert not outside.exists()


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    Path("relations").write_bytes(b"")
    with pytest.raises(InputError) as error:
        write_files(pulled())
    assert "relations/campaigns" in str(error.value.diagnostics[0].message)
    assert Path("relations").read_bytes() == b""


def test_whoever_is_interrupted_finds_the_files_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    made = pulled()
    monkeypatch.setattr("zsync.pulling.writing.replace_files", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_files(made)
    assert not Path("relations").exists()
