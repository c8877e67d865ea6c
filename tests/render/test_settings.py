"""What a branch changes in zsync.yaml: what it loosens first, and never more rows than anybody reads."""

import pytest

from zsync.model.verdicts import Setting, Way
from zsync.render.settings import ADVICE, LOOSENS, TITLE, quiet_block, text_block, told


def setting(way: Way, key: str = "guards.max_deletes", file: str = "z.yaml", line: int = 18) -> Setting:
    """One that a branch moves from 5% to 20%."""
    return Setting(file, key, "5%", "20%", way, line)


def test_what_is_loosened_is_one_sentence_or_a_list() -> None:
    one = setting("loosens")
    row = "`guards.max_deletes` `5%` → `20%` (`z.yaml:18`)"
    assert told((one,)) == f"> [!WARNING]\n> **{LOOSENS}:** {row}. {ADVICE}"
    assert told((one, one)) == f"> [!WARNING]\n> **{LOOSENS}:** 2 settings. {ADVICE}\n>\n> - {row}\n> - {row}"
    assert text_block((one,)) == [LOOSENS, "  guards.max_deletes  5% → 20%  z.yaml:18", ADVICE]


def test_what_else_changes_is_a_table_with_its_files_each_once() -> None:
    rows = (setting("changes"), setting("changes", file="y.yaml"), setting("changes"))
    assert told(rows).splitlines()[1] == f"> **{TITLE}:** `z.yaml`, `y.yaml`. {ADVICE}"
    assert told(rows).splitlines()[5] == "> | `guards.max_deletes` | `5%` | `20%` |"


def test_a_setting_without_a_key_is_its_file_and_one_without_a_line_has_none() -> None:
    bare = Setting("z.yaml", "", "", "", "changes", 0)
    assert "> | `z.yaml` | (not set) | (not set) |" in told((bare,))
    assert text_block((bare,))[1] == "  z.yaml  (not set) → (not set)"
    assert "(`z.yaml`)." in told((setting("loosens", line=0),))


def test_what_is_tightened_takes_a_line() -> None:
    one = setting("tightens")
    assert told((one, one)).startswith("Tightens: `guards.max_deletes` `5%` → `20%` (`z.yaml:18`); `guards")
    assert quiet_block((one,)) == ["Tightens: guards.max_deletes  5% → 20%  z.yaml:18"]
    assert text_block((one,)) == []


@pytest.mark.parametrize(("number", "more"), [(50, ""), (51, "1 more"), (1_250, "1,200 more")])
def test_fifty_are_shown_and_the_rest_is_counted(number: int, more: str) -> None:
    ways: tuple[Way, ...] = ("loosens", "changes", "tightens")
    for way in ways:
        text = told((setting(way),) * number)
        assert text.count("`guards.max_deletes`") == 50
        assert text.partition("… ")[2].partition(" |")[0] == (more if way != "tightens" else "")
    assert told((setting("tightens"),) * number).endswith(f", and {more}." if more else ").")
    block = text_block((setting("changes"),) * number)
    assert len(block) == 52 + bool(more)
    assert block[51] == (f"  … {more}" if more else ADVICE)
