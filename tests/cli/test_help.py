"""`--help`: every command on one screen, options under headings, at any width, and fast."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.program import Run
from tests.reference.commands import commands as every_command
from zsync.cli.command import Command
from zsync.cli.group import COMMANDS, SECTIONS
from zsync.errors import EXITS

LEAVES = [name for name, command in every_command().items() if isinstance(command, Command)]
FOLDER = Path(__file__).parents[2] / "zsync" / "cli"
AROUND = {
    "completing": "the values that shells propose",
    "shells": "how shells ask for them",
    "beginning": "the files of init",
    "bundled": "the CRM of init --emulator",
    "init_screens": "what init says",
    "questions": "what init asks",
    "surveying": "what init asks an org",
    "asking": "what leads to a token: scopes, id, secret, code",
    "counting_tokens": "how near a client is to Zoho's limit",
    "revoking": "login --revoke",
    "forgetting": "who --forget",
    "mentions": "which files hold a name",
    "touching": "which runs were to change a record",
    "__init__": "the way in and out",
    "ci_commands": "what `ci` has besides `run`",
    "ci_github": "what `ci` asks and tells GitHub",
    "ci_base": "where the last report is",
    "ci_propose": "the branch with the CRM's values",
    "ci_kept": "where the forges keep reports",
    "ci_reviewed": "where the reviewed plan is",
    "ci_run": "a command with all its files",
    "ci_runner": "what the runner says and hears",
    "approval": "what is asked before anything is written",
    "carrying": "what apply and resume share",
    "command": "how a command is declared",
    "configured_before": "what the base's zsync.yaml said",
    "consented_before": "whom the base's zsync.yaml kept out",
    "deciding": "accept -i, row by row",
    "diffs": "what would change in a file",
    "disk": "files that options name",
    "formats": "--format",
    "freeze": "ZSYNC_FREEZE",
    "ground": "where manifests count",
    "group": "all commands",
    "interrupts": "the signals that end a command",
    "invocation": "the typed context",
    "journals": "which journal a command is about",
    "kept_profiles": "where org profiles are",
    "moved": "what the CRM moved, and the files that say so",
    "notify": "--notify",
    "opened": "the rows that an earlier run left open",
    "options": "options that commands share",
    "pull_lines": "what a pull did, in lines",
    "pulled": "a pull, from the session to the files",
    "probe": "doctor --probe",
    "probe_leftover": "what a probe has to restore",
    "probed": "the org profiles that a plan uses",
    "pushed": "what CI says of a push",
    "output": "what is printed and saved",
    "redaction": "--redact",
    "session": "what a run's settings are",
    "state": "where zsync's own files are",
    "telemetry": "ZSYNC_OTEL",
    "terminal": "the two streams",
    "tree": "the manifests now, and at the base",
}
"""The modules of cli/ that are no command, and what each is for."""


def declared(name: str) -> Command:
    """A command of zsync."""
    command = every_command()[name]
    assert isinstance(command, Command)
    return command


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    """A terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def test_each_command_is_in_the_module_of_its_name_and_few_modules_are_none() -> None:
    assert {file.stem for file in FOLDER.glob("*.py")} == COMMANDS.keys() | AROUND.keys()


def test_nothing_is_hidden_in_clicks_context() -> None:
    assert [
        file.name for file in FOLDER.glob("*.py") if re.search(r"\.meta\b", file.read_text("utf-8"))
    ] == []


def test_all_commands_fit_one_screen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("--help").out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert run().out.splitlines() == lines


@pytest.mark.parametrize("columns", [50, 79, 80, 200], indirect=True)
def test_the_help_lists_each_command_under_its_heading(run: Run, columns: int) -> None:
    out = run("--help").out
    for title, commands in SECTIONS.items():
        assert re.search(rf"(^|  ){title}$", out, re.MULTILINE) or f"\n{title} " in out
        for name, meaning in commands.items():
            assert re.search(rf"  {name} +{re.escape(meaning)}", out)
    assert max(map(len, out.splitlines())) <= min(columns, 80)
    assert "zsync explain exit" in " ".join(out.split())


@pytest.mark.parametrize("columns", [10, 80, 200], indirect=True)
@pytest.mark.parametrize("name", LEAVES)
def test_the_help_of_a_command_names_each_option_under_its_heading(run: Run, columns: int, name: str) -> None:
    said, command = run(*name.split(), "--help"), declared(name)
    assert said.code == 0
    assert said.out.startswith(f"Usage: zsync {name}")
    assert max(map(len, said.out.splitlines())) <= max(min(columns, 80), 50)
    at = -1
    for section in command.sections:
        at = said.out.index(f"\n{section.title}", at + 1)
        for option in section.options:
            for flag in (*option.opts, *option.secondary_opts):
                assert re.search(rf"{flag}(?![\w-])", said.out[at:])
    assert "-h, --help" in said.out


@pytest.mark.parametrize("name", LEAVES)
def test_the_help_of_a_command_tells_its_exit_codes(run: Run, name: str) -> None:
    told = " ".join(run(*name.split(), "--help").out.partition("Exit codes: ")[2].split())
    exits = declared(name).exits
    assert told.startswith("0 ")
    assert all(f"{code} {when}" in told for code, when in exits.items())
    assert exits.keys() <= EXITS.keys()


def test_each_option_of_a_command_is_in_a_section_and_means_something() -> None:
    for name in LEAVES:
        command = declared(name)
        listed = [option for section in command.sections for option in section.options]
        options = [each for each in command.params if isinstance(each, click.Option)]
        assert listed == options
        assert all(option.help for option in options)


def test_a_terminal_without_arrows_gets_others(run: Run) -> None:
    asked = [sys.executable, "-c", "from zsync.cli import run; run(['--help']); run(['login', '-h'])"]
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(asked, capture_output=True, env=environment, check=True)
    assert b"code -> refresh token" in done.stdout
    assert b"?" not in done.stdout.replace(b"match?", b"")


def test_help_is_light() -> None:
    code = (
        "import sys; from zsync.cli import run; run(['--help']); run(['plan', '--help']); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded.isdisjoint(
        {"pydantic", "httpx", "ruamel.yaml", "starlette", "simplejson", "asyncio", "deepdiff", "zsync.model"}
    )


def test_exit_codes_are_explained_together(run: Run) -> None:
    out = run("explain", "exit").out
    assert all(re.search(rf"^ *{code}  ", out, re.MULTILINE) for code in EXITS)


@pytest.mark.parametrize("columns", [10, 80, 200], indirect=True)
def test_the_help_of_a_family_lists_its_commands_in_their_order(run: Run, columns: int) -> None:
    said = run("ci", "--help")
    names = re.findall(r"^  (\w+)  +[A-Z]", said.out, re.MULTILINE)
    assert (said.code, names) == (
        0,
        ["run", "base", "current", "decide", "approved", "comment", "report", "issue", "propose"],
    )
    assert max(map(len, said.out.splitlines())) <= max(min(columns, 80), 50)
    assert " ".join(said.out.split()).endswith("zsync ci COMMAND --help · exit codes: zsync explain exit")
