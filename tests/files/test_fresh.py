"""Folders that are made anew, whatever a checkout has put in their place."""

import os
import stat
from pathlib import Path

import pytest

from zsync.errors import UsageError
from zsync.files.fresh import STAMP, fresh_folder


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout, which is the current folder."""
    made = tmp_path / "checkout"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    fresh_folder(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_folder_that_was_made_here_is_emptied() -> None:
    fresh_folder(Path("out"))
    Path("out/plan.json").write_text("old")
    fresh_folder(Path("out"))
    assert [(one.name, one.read_text()) for one in Path("out").iterdir()] == [(STAMP, "")]


def test_an_empty_folder_is_as_good_as_none() -> None:
    Path("out").mkdir()
    fresh_folder(Path("out"))
    assert Path("out", STAMP).exists()


@pytest.mark.parametrize("place", [".", "relations", "./relations/../relations"])
def test_a_folder_with_other_files_is_left_alone(place: str) -> None:
    Path("relations").mkdir()
    Path("relations/a.yaml").write_text("mine")
    with pytest.raises(UsageError, match="is not empty") as caught:
        fresh_folder(Path(place))
    assert "--folder DIR" in caught.value.help
    assert Path("relations/a.yaml").read_text() == "mine"


@pytest.mark.parametrize("place", ["out", "out/inner", "deep/out/inner"])
def test_a_link_in_the_checkout_is_not_followed(tmp_path: Path, place: str) -> None:
    target = tmp_path / "home"
    (target / "inner").mkdir(parents=True)
    (target / STAMP).touch()
    (target / "inner" / STAMP).touch()
    (target / "inner" / "key").write_text("secret")
    Path("deep").mkdir()
    Path("out").symlink_to(target)
    Path("deep/out").symlink_to(target)
    with pytest.raises(UsageError, match="is a link"):
        fresh_folder(Path(place))
    assert (target / "inner" / "key").read_text() == "secret"


def test_a_link_inside_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "key").write_text("secret")
    fresh_folder(Path("out"))
    Path("out/linked").symlink_to(tmp_path / "home")
    fresh_folder(Path("out"))
    assert (tmp_path / "home" / "key").read_text() == "secret"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).touch()], ids=["pipe", "file"])
def test_what_is_no_folder_is_left_alone(make: object) -> None:
    make("out")  # type: ignore[operator]
    with pytest.raises(UsageError, match="is not a folder"):
        fresh_folder(Path("out"))


def test_a_stamp_that_is_a_pipe_is_none() -> None:
    Path("out").mkdir()
    os.mkfifo(f"out/{STAMP}")
    with pytest.raises(UsageError, match="is not empty"):
        fresh_folder(Path("out"))
