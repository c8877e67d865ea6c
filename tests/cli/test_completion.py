"""What a shell proposes: the names in the files here, in the shell's own quoting, and nothing else on the line whatever is wrong."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.program import Run
from zsync.cli.completing import SOURCES

Completed = Callable[..., list[str]]

CONFIG = "version: 1\nenvironments:\n  demo: {type: sandbox}\n  production: {type: production}\n"
SPRING = "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Spring & Fair}}\nrelated_lists:\n  Leads: {records: [{id: '1'}]}\n"
OTHER = (
    "---\nversion: 1\nparent: {module: Products, id: '801'}\nrelated_lists: {Price_Books: {records: []}}\n"
)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two environments and two documents; the current folder."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "relations/eu").mkdir(parents=True)
    (tmp_path / "relations/zsync.yaml").write_text(CONFIG)
    (tmp_path / "relations/eu/spring.yaml").write_text(SPRING + OTHER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def completed(tree: Path, run: Run) -> Completed:
    """What bash is told for a line up to its last word, and that nothing else is said."""

    def ask(line: str, shell: str = "bash") -> list[str]:
        words = [*line.split(" ")]
        variables = {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
        if shell == "fish":
            variables["COMP_CWORD"] = words[-1]
        done = run(**variables, _ZSYNC_COMPLETE=f"{shell}_complete")
        assert (done.code, done.err) == (0, "")
        return done.out.split("\n")[:-1] if done.out.strip() else []

    return ask


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("zsync plan -e ", ["demo", "production"]),
        ("zsync plan --environment PRO", ["production"]),
        ("zsync apply --confirm d", ["demo"]),
        ("zsync plan --format ma", ["markdown"]),
        ("zsync validate --format h", []),
        ("zsync explain RECORD_L", ["RECORD_LOCKED"]),
        ("zsync explain split-l", ["split-list"]),
        ("zsync plan --override max_del", ["max_deletes"]),
        ("zsync plan --only co", ["conflict"]),
        ("zsync plan --only camp", [r"Campaigns/Spring\ \&\ Fair/Leads/\*"]),
        ("zsync pull Prod", ["Products/801"]),
        ("zsync undo ", ["last"]),
        ("zsync completion ", ["bash", "zsh", "fish"]),
        ("zsync sche", ["schema"]),
        ("zsync plan --detailed", ["--detailed-exitcode"]),
        ("zsync runs x", []),
        ("zsync nonsense --x", []),
    ],
)
def test_bash_is_told_what_can_stand_there(completed: Completed, line: str, expected: list[str]) -> None:
    assert completed(line) == [f"plain,{value}" for value in expected]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_quote_by_themselves(completed: Completed, shell: str) -> None:
    assert "demo" in "\n".join(completed("zsync plan -e ", shell))
    assert "Campaigns/Spring & Fair" in "\n".join(completed("zsync pull Camp", shell))


def test_a_subfolder_is_part_of_the_repository(
    completed: Completed, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / "relations/eu")
    assert completed("zsync plan -e ") == ["plain,demo", "plain,production"]
    assert completed("zsync pull Prod") == ["plain,Products/801"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CONFIG + "guards: [\n", ["demo", "production"]),
        (CONFIG + "  x: 'open\n", ["demo", "production"]),
        (CONFIG.replace("{type: sandbox}", "5") + "nonsense: true\n", ["demo", "production"]),
        ("environments: 5\n", []),
        ("- a\n", []),
        ("", []),
        ("\t\n", []),
        ("\x00", []),
        ("environments: {a: *b}\n", ["a"]),
    ],
)
def test_a_broken_configuration_proposes_what_can_be_read_of_it(
    completed: Completed, tree: Path, text: str, expected: list[str]
) -> None:
    (tree / "relations/zsync.yaml").write_text(text)
    assert completed("zsync plan -e ") == [f"plain,{name}" for name in expected]
    assert completed("zsync pull Prod") == ["plain,Products/801"]


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("what", ["folder", "fifo", "unreadable", "hostile"])
def test_whatever_lies_in_the_tree_no_source_fails(
    completed: Completed, tree: Path, name: str, what: str
) -> None:
    for file in ("relations/zsync.yaml", "relations/eu/spring.yaml"):
        path = tree / file
        path.unlink()
        if what == "folder":
            path.mkdir()
        elif what == "fifo":
            os.mkfifo(path)
        elif what == "unreadable":
            path.symlink_to("nowhere")
        else:
            path.write_text('environments: {"a\\nb": {}, "\\e[31m": {}, "$(id)": {}}\n')
    option = {
        "environments": "plan -e ",
        "runs": "undo ",
        "guards": "plan --override max_d",
        "words": "explain RECORD_L",
        "results": "plan --format te",
        "diagnostics": "validate --format te",
        "kinds_of_change": "plan --only dr",
        "lists": "plan --only Camp",
        "parents": "pull Camp",
    }[name]
    found = completed(f"zsync {option}")
    assert all("\x1b" not in line for line in found)
    if (name, what) == ("environments", "hostile"):
        assert found == [r"plain,\$\(id\)"]


def test_runs_are_proposed_the_newest_first(
    completed: Completed, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zsync.applying.shelf import shelf
    from zsync.cli.state import state_folder

    folder = shelf(state_folder(), tree).environment("demo") / "90001"
    folder.mkdir(parents=True)
    for day in (1, 2):
        (folder / f"2027010{day}T000000Z-0badcafe.jsonl").touch()
    assert completed("zsync resume 2027") == [
        "plain,20270102T000000Z-0badcafe",
        "plain,20270101T000000Z-0badcafe",
    ]


def test_nothing_slow_is_loaded_and_nothing_that_could_open_a_socket(tree: Path) -> None:
    code = """
import json, os, sys
from contextlib import redirect_stdout
from io import StringIO
from zsync.cli import run
for line in json.loads(sys.argv[1]):
    words = line.split(" ")
    os.environ |= {"COMP_WORDS": "\\n".join(words), "COMP_CWORD": str(len(words) - 1), "_ZSYNC_COMPLETE": "bash_complete"}
    run([])
print("LOADED", *{name.partition(".")[0] for name in sys.modules})
"""
    lines = [f"zsync {each}" for each in ("plan -e ", "plan --only ", "explain R", "undo ", "pull Camp")]
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(lines)], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.rpartition("LOADED")[2].split()
    assert "plain,demo" in done.stdout
    assert {"httpx", "pydantic", "ssl", "asyncio", "deepdiff", "starlette"}.isdisjoint(loaded)


def test_an_unknown_shell_is_wrong_usage(run: Run) -> None:
    assert run("completion", "csh").code == 64


LINES = {
    "zsync plan -e ": "demo\nproduction",
    "zsync pull Camp": r"Campaigns/Spring\ \&\ Fair",
    r"zsync pull Campaigns/Spring\ ": r"Campaigns/Spring\ \&\ Fair",
    "zsync runs x": "",
}


def test_bash_itself_completes_in_both_names(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    programs = tmp_path_factory.mktemp("bin")
    for name in ("zsync", "zsync-crm"):
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m zsync "$@"\n')
        (programs / name).chmod(0o755)
    asked = "\n".join(
        f"COMP_WORDS=({' '.join(words) or chr(34) * 2}); COMP_CWORD={len(words) - 1}; _zsync_completion {words[0]}; "
        'printf "%s\\n" "${COMPREPLY[@]}"; echo ==='
        for words in (_words(line) for line in LINES)
    )
    text = f'eval "$(zsync completion bash)"\n{asked}\ncomplete -p zsync zsync-crm\n'
    done = subprocess.run(
        ["bash", "--norc", "-eu", "-c", text],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
    )
    *answers, registered = done.stdout.split("===\n")
    assert [answer.strip("\n") for answer in answers] == list(LINES.values())
    assert registered.count("_zsync_completion") == 2
    assert done.stderr == ""


def _words(line: str) -> list[str]:
    """A line as bash would hold it in COMP_WORDS, quoted for an array."""
    *words, last = line.replace("\\ ", "\x00").split(" ")
    return [shlex.quote(each.replace("\x00", "\\ ")) for each in (*words, last)]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_is_in_order_for_shells_that_are_here(run: Run, tmp_path: Path, shell: str) -> None:
    program = shutil.which(shell)
    script = run("completion", shell).out
    assert "_ZSYNC_COMPLETE" in script
    assert "zsync-crm" in script
    if program is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(script)
    subprocess.run([program, "-n", str(tmp_path / "script")], check=True)
