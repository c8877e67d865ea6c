"""CONTRIBUTING's map is true: the rooms it draws, the names on the way of a row, the files of the ten changes."""

import ast
import re

import pytest

from tests.example import ROOT
from tests.test_house import MAY_IMPORT

TEXT = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
MOST_ROOMS = 3


def section(title: str) -> str:
    """What stands under a heading."""
    return TEXT.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> list[tuple[str, ...]]:
    """The cells of a section's table, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[1:]]


def paths(text: str) -> list[str]:
    """The files of zsync that a text names."""
    return re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.py)`", text)


def defined(path: str) -> set[str]:
    """The functions and classes of a file."""
    tree = ast.parse((ROOT / "zsync" / path).read_text("utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def test_the_picture_draws_each_room_once() -> None:
    picture = section("The rooms").split("```")[1]
    names = re.findall(r"[a-z_]+", " ".join(line.split("│")[0] for line in picture.splitlines()))
    # The dots stand for the small rooms of one file beside those that are named.
    left_out = {"notices", "telemetry", "", "__main__"}
    assert sorted(names) == sorted(MAY_IMPORT.keys() - left_out)


@pytest.mark.parametrize("step", rows("The life of a row"), ids=lambda step: step[0])
def test_each_step_of_a_row_is_where_the_page_says(step: tuple[str, ...]) -> None:
    pairs = re.findall(r"`([a-z_/]+\.py)` `(\w+)`", " ".join(step))
    assert pairs
    assert [name for path, name in pairs if name not in defined(path)] == []


@pytest.mark.parametrize("change", rows("Ten changes, and where they go"), ids=lambda change: change[0])
def test_each_change_names_files_of_at_most_three_rooms(change: tuple[str, ...]) -> None:
    files = paths(change[1])
    assert files
    assert [path for path in files if not (ROOT / "zsync" / path).is_file()] == []
    assert len({path.split("/")[0] for path in files}) <= MOST_ROOMS


def test_there_are_ten_changes() -> None:
    assert len(rows("Ten changes, and where they go")) == 10
