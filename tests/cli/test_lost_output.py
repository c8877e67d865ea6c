"""Output that fails: files are saved before it, it is told once, and the rows decide the exit code."""

import json
from pathlib import Path

import pytest

from tests.cli.test_terminal import at_a_terminal, status
from tests.foreign.crm import Foreign
from tests.program import Ended, Run, forked, surroundings

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")

LOSSES = {
    ">/dev/full": (1, True),
    ">&-": (1, False),
    "2>/dev/full": (2, True),
    "2>&-": (2, False),
}
TOLD = "warning: stdout cannot be written, and what follows is lost: No space left on device"


def lost(crm: Foreign, folder: Path, how: str, *args: str) -> Ended:
    """How a command ends with a stream that takes nothing."""
    number, full = LOSSES[how]
    with FULL.open("wb") as device:
        streams = {number: device.fileno() if full else None}
        process = forked(*args, folder=folder, env=surroundings(folder, **crm.environment()), streams=streams)
        return process.ended()


@pytest.mark.parametrize("how", LOSSES)
@pytest.mark.parametrize("code", [0, 3])
def test_lost_output_changes_neither_rows_nor_exit_code_nor_report(
    spring: Foreign, run: Run, tmp_path: Path, how: str, code: int
) -> None:
    run("plan", "--out", "plan.json")
    if code == 3:
        spring.link("Campaigns", "50", "Leads", "12", Member_Status="Opted Out")
    kept = ("--report", "r.json", "--format", "text", "--format", "html=r.html")
    said = lost(spring, tmp_path, how, "apply", "plan.json", *kept)
    assert said.code == code
    outcomes = [one["status"] for one in json.loads((tmp_path / "r.json").read_text())["outcomes"]]
    assert outcomes == ["applied", "held" if code else "applied"]
    assert (tmp_path / "r.html").is_file()
    assert "bug in zsync" not in said.out + said.err
    assert said.err.count(TOLD) == (how == ">/dev/full")


@pytest.mark.parametrize("how", LOSSES)
def test_a_plan_that_was_approved_beforehand_is_carried_out_though_nobody_sees_it(
    spring: Foreign, tmp_path: Path, how: str
) -> None:
    assert lost(spring, tmp_path, how, "apply", "--auto-approve", "--report", "r.json").code == 0
    assert status(spring) == "Sent"
    assert len(json.loads((tmp_path / "r.json").read_text())["outcomes"]) == 2


@pytest.mark.parametrize("how", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize(("args", "code"), [(("plan", "nowhere"), 4), (("plan", "--nonsense"), 64)])
def test_what_ends_a_command_keeps_its_exit_code_though_nobody_hears_it(
    spring: Foreign, tmp_path: Path, how: str, args: tuple[str, ...], code: int
) -> None:
    assert lost(spring, tmp_path, how, *args).code == code


def test_a_help_text_that_cannot_be_printed_is_no_bug(spring: Foreign, tmp_path: Path) -> None:
    said = lost(spring, tmp_path, ">/dev/full", "plan", "--help")
    assert (said.code, said.err) == (1, f"{TOLD}\n")


def test_a_report_that_cannot_be_saved_is_a_warning_and_the_journal_has_it_all(
    spring: Foreign, run: Run, tmp_path: Path
) -> None:
    kept = ("--report", "/dev/full", "--format", "markdown=a.md", "--format", "html=/dev/full")
    said = run("apply", "--auto-approve", *kept)
    assert said.code == 0
    assert said.err.count("warning[cannot-write]: cannot write /dev/full: No space left on device") == 2
    assert "What was done stands, and the run's journal has it: `zsync runs`." in said.err
    assert "all applied" in (tmp_path / "a.md").read_text()
    assert "all applied" in run("runs").out


def test_what_is_written_to_a_closed_stdout_lands_in_no_file(spring: Foreign, tmp_path: Path) -> None:
    args = ("apply", "--auto-approve", "--report", "/dev/stdout", "--journal", "run.jsonl")
    assert lost(spring, tmp_path, ">&-", *args).code == 0
    lines = (tmp_path / "run.jsonl").read_text().splitlines()
    assert {"seal" in json.loads(line) for line in lines} == {True}


def test_a_plan_that_could_not_be_shown_is_not_asked_about(spring: Foreign, tmp_path: Path) -> None:
    code, screen = at_a_terminal(
        spring, tmp_path, "apply", answer="y\n", before="tests.cli.test_lost_output:fills"
    )
    assert code == 64
    assert "the plan could not be shown: stdout cannot be written" in screen
    assert spring.sent("PUT", "DELETE") == []


def fills() -> None:
    """Called before a command in a process of its own: its stdout is full."""
    import os

    os.dup2(os.open(FULL, os.O_WRONLY), 1)
