"""What counts as a freeze, and that one which cannot be looked at is one."""

import os
from pathlib import Path

import pytest

from zsync.applying.freezing import Freeze, check_freeze, frozen, frozen_by_file
from zsync.bounds import SWITCH
from zsync.errors import GuardRefused


@pytest.mark.parametrize(
    ("variables", "by", "reason"),
    [
        ({"ZSYNC_FREEZE": "the fair"}, "ZSYNC_FREEZE", "the fair"),
        ({"ZSYNC_EU_FREEZE": "the fair"}, "ZSYNC_EU_FREEZE", "the fair"),
        ({"ZSYNC_EU_FREEZE": "eu", "ZSYNC_FREEZE": "all"}, "ZSYNC_FREEZE", "all"),
        ({"ZSYNC_FREEZE": "0"}, "ZSYNC_FREEZE", "0"),
        ({"ZSYNC_FREEZE": "false"}, "ZSYNC_FREEZE", "false"),
        ({"ZSYNC_FREEZE": " "}, "ZSYNC_FREEZE", ""),
        ({"ZSYNC_FREEZE": "", "ZSYNC_EU_FREEZE": "\n"}, "ZSYNC_EU_FREEZE", ""),
    ],
)
def test_any_text_of_a_variable_freezes(variables: dict[str, str], by: str, reason: str) -> None:
    assert frozen(variables, "ZSYNC_EU_") == Freeze(by, reason)


@pytest.mark.parametrize("variables", [{}, {"ZSYNC_FREEZE": ""}, {"ZSYNC_US_FREEZE": "x"}, {"FREEZE": "x"}])
def test_an_empty_variable_and_that_of_another_environment_do_not(variables: dict[str, str]) -> None:
    assert frozen(variables, "ZSYNC_EU_") is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ""),
        (b" the\n fair \n", "the fair"),
        (b"\xff\x00", "\ufffd\x00"),
        (b"x" * 500, "x" * 500),
        (b"x" * 600, "x" * 500 + "…"),
        (b" " * SWITCH.most, ""),
    ],
)
def test_a_file_freezes_whatever_is_in_it(tmp_path: Path, content: bytes, reason: str) -> None:
    assert frozen_by_file(tmp_path) is None
    (tmp_path / "FREEZE").write_bytes(content)
    assert frozen_by_file(tmp_path) == Freeze(str(tmp_path / "FREEZE"), reason)


def test_without_a_state_folder_nothing_is_frozen(tmp_path: Path) -> None:
    assert frozen_by_file(tmp_path / "none" / "there") is None


def unreadable(folder: Path) -> dict[str, Path]:
    """State folders whose FREEZE cannot be read."""
    made = {name: folder / name for name in ("folder", "pipe", "link", "loop", "large", "file")}
    for path in made.values():
        path.mkdir()
    (made["folder"] / "FREEZE").mkdir()
    os.mkfifo(made["pipe"] / "FREEZE")
    (made["link"] / "FREEZE").symlink_to("nowhere")
    (made["loop"] / "FREEZE").symlink_to("FREEZE")
    with (made["large"] / "FREEZE").open("wb") as file:
        file.truncate(SWITCH.most + 1)
    (made["file"] / "in-the-way").write_text("")
    return made | {"file": made["file"] / "in-the-way"}


@pytest.mark.parametrize("how", ["folder", "pipe", "link", "loop", "large", "file"])
def test_a_file_that_cannot_be_read_freezes(tmp_path: Path, how: str) -> None:
    found = frozen_by_file(unreadable(tmp_path)[how])
    assert found
    assert found.by.endswith("/FREEZE")
    assert found.reason.startswith("it cannot be read: ")


def test_a_freeze_is_refused_with_its_reason_and_how_it_is_lifted() -> None:
    check_freeze(None)
    with pytest.raises(GuardRefused, match="frozen by ZSYNC_FREEZE: no reason is given") as caught:
        check_freeze(Freeze("ZSYNC_FREEZE", ""))
    assert caught.value.exit_code == 5
    assert "Unset ZSYNC_FREEZE" in caught.value.help
    assert "Remove that file" in Freeze("/state/FREEZE", "x").advice
