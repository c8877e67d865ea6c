"""The texts with which a repository begins: read as they are meant, and never at the cost of what is there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.config import load_config
from zsync.edit.beginning import IGNORED, NewEnvironment, is_limit, settings, with_ignored


@pytest.mark.parametrize("name", ["production", "no", "eu: west", "1", "ü", "a#b", "null", '"', "prod / eu"])
@pytest.mark.parametrize("limit", ["5%", "0.5%", "100%", "0", "10"])
def test_settings_are_read_as_they_are_meant(name: str, limit: str, tmp_path: Path) -> None:
    path = tmp_path / "zsync.yaml"
    path.write_text(settings(NewEnvironment(name, "eu", "production", "20075998123", limit)))
    config = load_config(path, "zsync.yaml")
    (found,) = config.environments.values()
    assert (found.name, found.data_centre, found.type, found.org_id) == (
        name,
        "eu",
        "production",
        "20075998123",
    )
    assert is_limit(limit)


def test_what_is_not_known_is_left_out_and_the_schema_comes_first() -> None:
    text = settings(NewEnvironment("demo", "", "", "", "5%"), "../schemas/config.schema.json")
    assert text.startswith("# yaml-language-server: $schema=../schemas/config.schema.json\n")
    assert not [word for word in ("data_centre:", "type:", "org_id:") if word in text]


@pytest.mark.parametrize("limit", ["", "5 %", "101%", "-1", "5%%", "1e3", "٣%"])
def test_a_limit_is_a_share_or_a_number(limit: str) -> None:
    assert not is_limit(limit)


@given(
    st.lists(st.sampled_from([*IGNORED, "*.log", "# mine", "", "/.env", "é"])),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_a_gitignore_keeps_its_lines_gets_each_that_it_lacks_once_and_then_stays(
    lines: list[str], end: str, whole: bool
) -> None:
    before = (end.join(lines) + end * whole).encode()
    after = with_ignored(before)
    assert after.startswith(before)
    assert with_ignored(after) == after
    told = [line.lstrip("/") for line in after.decode().splitlines()]
    assert all(told.count(name) >= 1 for name in IGNORED)
    assert all(told.count(name) == 1 for name in IGNORED if name not in [line.lstrip("/") for line in lines])
