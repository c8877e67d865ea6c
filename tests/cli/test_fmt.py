"""`zsync fmt` as it is typed: what it writes, prints and exits with."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.program import Run
from zsync.cli import zsync

ROOT = Path(__file__).parents[2]
LOOSE = "version: 1\nparent: {module: Campaigns, id: 7}\nrelated_lists:\n  Leads:\n    records: [{id: 1}]  # one\n"
TIDY = 'version: 1\nparent:\n  module: Campaigns\n  id: "7"\nrelated_lists:\n  Leads:\n    records:  # one\n      - {id: "1"}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one file that is canonical, and one that is not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    Path("relations").mkdir()
    Path("relations/loose.yaml").write_text(LOOSE)
    Path("relations/tidy.yaml").write_text(TIDY.replace('"1"', '"2"'))
    return tmp_path


def test_files_are_rewritten_and_those_that_changed_are_named(run: Run) -> None:
    said = run("fmt")
    assert (said.code, said.out) == (0, "relations/loose.yaml\n")
    assert said.err == "1 of 2 files rewritten.\n"
    assert Path("relations/loose.yaml").read_text() == TIDY


def test_a_second_time_there_is_nothing_to_say(run: Run) -> None:
    run("fmt")
    said = run("fmt", "--check")
    assert (said.code, said.out, said.err) == (0, "", "2 files, all canonical.\n")


def test_check_names_the_files_writes_nothing_and_exits_4(run: Run) -> None:
    said = run("fmt", "--check", "relations")
    assert (said.code, said.out) == (4, "relations/loose.yaml\n")
    assert "run `zsync fmt`" in said.err
    assert Path("relations/loose.yaml").read_text() == LOOSE


def test_a_diff_shows_what_would_change_and_writes_nothing(run: Run) -> None:
    said = run("fmt", "--diff")
    assert said.code == 4
    assert said.out.startswith("--- relations/loose.yaml\n+++ relations/loose.yaml\n@@ -1,5 +1,8 @@\n")
    assert '\n-parent: {module: Campaigns, id: 7}\n+parent:\n+  module: Campaigns\n+  id: "7"\n' in said.out
    assert Path("relations/loose.yaml").read_text() == LOOSE


def test_a_diff_shows_line_ends_that_cannot_be_seen(run: Run) -> None:
    Path("relations/loose.yaml").write_bytes(TIDY.replace("\n", "\r\n").encode())
    lines = run("fmt", "--diff").out.splitlines()
    assert {"-version: 1\\r", "+version: 1"} <= set(lines)


def test_a_diff_says_where_the_last_line_has_no_end(run: Run) -> None:
    Path("relations/loose.yaml").write_text(TIDY.rstrip())
    last = '      - {id: "1"}\n'
    assert run("fmt", "--diff").out.endswith(f"-{last}\\ No newline at end of file\n+{last}")


def test_a_file_with_errors_is_shown_and_left_and_the_others_are_written(run: Run) -> None:
    Path("relations/broken.yaml").write_text(LOOSE.replace("records", "recrods"))
    said = run("fmt")
    assert (said.code, said.out) == (4, "relations/loose.yaml\n")
    assert "error[unknown-key]" in said.err
    assert said.err.endswith("1 of 3 files rewritten; 1 with errors left as it is.\n")
    assert "recrods" in Path("relations/broken.yaml").read_text()


def test_relation_kinds_of_the_configuration_give_the_order_of_fields(run: Run) -> None:
    kinds = "version: 1\nrelation_kinds:\n  - {parent: Campaigns, related: Leads, fields: {Seats: number}}\n"
    Path("relations/zsync.yaml").write_text(kinds)
    Path("relations/loose.yaml").write_text(LOOSE.replace("{id", "{Seats: 2, Member_Status: Sent, id"))
    assert run("fmt").code == 0
    assert '- {id: "1", Member_Status: Sent, Seats: 2}\n' in Path("relations/loose.yaml").read_text()
    assert Path("relations/zsync.yaml").read_text() == kinds


def test_a_folder_that_is_not_there_is_an_error_without_a_traceback(run: Run) -> None:
    said = run("fmt", "nowhere")
    assert (said.code, said.out) == (4, "")
    assert "there is no file or folder `nowhere`" in said.err


def test_the_hooks_run_commands_that_exist() -> None:
    hooks = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["zsync-validate", "zsync-fmt"]
    for hook in hooks:
        program, command = hook["entry"].split()
        assert program == "zsync"
        assert command in zsync.list_commands(None)  # type: ignore[arg-type]
        assert hook["language"] == "python"
        assert re.search(hook["files"], "relations/campaigns/spring.yaml")
        assert not re.search(hook["files"], "docs/spring.yaml")
