"""At a terminal: a real one, made with the standard library's pty."""

import os
import pty
import select
import signal
from pathlib import Path

import pytest

from tests.foreign.crm import Foreign
from tests.program import PATIENCE, forked, surroundings

CTRL_C = "\x03"


def at_a_terminal(
    crm: Foreign, folder: Path, *args: str, answer: str = "", mark: str = "?", before: str = "", **env: str
) -> tuple[int, str]:
    """Exit code and screen of a command; the answer is typed when the mark, a question's, is there."""
    around = surroundings(folder, TERM="xterm", **crm.environment())
    ours, theirs = pty.openpty()
    process = forked(
        *args, folder=folder, env=around | env, before=before, streams=dict.fromkeys(range(3), theirs)
    )
    os.close(theirs)
    screen = ""
    while True:
        assert select.select([ours], [], [], PATIENCE)[0], screen
        try:
            read = os.read(ours, 65536)
        except OSError:
            break  # Linux says so when the other end is closed
        if not read:
            break
        screen += read.decode("utf-8", "replace")
        if answer and mark in screen.rpartition("\n")[2]:
            if answer == CTRL_C:
                process.send_signal(signal.SIGINT)
                # Python hears a signal that came between the question and the reading with the next line alone.
                answer = "y\n"
            os.write(ours, answer.encode())
            answer = ""
    os.close(ours)
    assert "Traceback" not in screen
    return process.wait(), screen


def status(crm: Foreign) -> object:
    """Of the lead that the manifest changes."""
    return crm.members("Campaigns", "50", "Leads")["11"]["Member_Status"]


def test_apply_shows_the_plan_asks_and_carries_it_out(spring: Foreign, tmp_path: Path) -> None:
    code, screen = at_a_terminal(spring, tmp_path, "apply", answer="y\n")
    assert code == 0
    assert (
        screen.index("1 to update") < screen.index("Apply these 2 changes?") < screen.index("Applied 2 of 2")
    )
    assert status(spring) == "Sent"


@pytest.mark.parametrize("answer", ["n\n", "\n", CTRL_C, "\x04"], ids=["no", "enter", "ctrl-c", "ctrl-d"])
def test_whatever_is_no_yes_writes_nothing_and_exits_130(
    spring: Foreign, tmp_path: Path, answer: str
) -> None:
    code, _ = at_a_terminal(spring, tmp_path, "apply", answer=answer)
    assert code == 130
    assert spring.sent("PUT", "DELETE") == []
    assert status(spring) == "Invited"


def test_nothing_is_asked_where_there_is_nothing_to_do(spring: Foreign, tmp_path: Path) -> None:
    at_a_terminal(spring, tmp_path, "apply", "--auto-approve")
    code, screen = at_a_terminal(spring, tmp_path, "apply")
    assert code == 0
    assert "?" not in screen


def test_a_saved_plan_counts_as_approved(spring: Foreign, tmp_path: Path) -> None:
    at_a_terminal(spring, tmp_path, "plan", "--out", "plan.json")
    code, screen = at_a_terminal(spring, tmp_path, "apply", "plan.json")
    assert code == 0
    assert "?" not in screen
    assert status(spring) == "Sent"


def test_a_terminal_is_coloured_unless_it_is_told_not_to(spring: Foreign, tmp_path: Path) -> None:
    assert "\x1b[1m" in at_a_terminal(spring, tmp_path, "plan")[1]
    for env, flags in (({"NO_COLOR": "1"}, ()), ({"TERM": "dumb"}, ()), ({}, ("--color", "never"))):
        assert "\x1b[" not in at_a_terminal(spring, tmp_path, "plan", *flags, **env)[1]


def test_what_takes_long_shows_how_far_it_is_and_cleans_up(spring: Foreign, tmp_path: Path) -> None:
    _, screen = at_a_terminal(spring, tmp_path, "plan", before="tests.cli.clock:runs 2.0")
    assert "Reading lists" in screen
    assert "1/1" in screen
    assert screen.index("\r\x1b[K") < screen.index("1 to update")


def test_what_is_quick_shows_no_progress(spring: Foreign, tmp_path: Path) -> None:
    _, screen = at_a_terminal(spring, tmp_path, "plan", before="tests.cli.clock:runs 0.0")
    assert "Reading lists" not in screen
