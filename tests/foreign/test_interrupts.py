"""Signals once and twice, a lock that is held, and the name of a protected environment at a terminal."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.cli.conftest import MANIFEST
from tests.cli.test_terminal import at_a_terminal
from tests.foreign.conftest import Write
from tests.foreign.crm import Foreign, Seen
from tests.program import PATIENCE, Ended, Run, forked, surroundings


@pytest.fixture
def many(crm: Foreign, write: Write) -> Foreign:
    """Six campaigns that each miss one member; requests go out one after the other."""
    crm.add("Leads", "11")
    write("zsync.yaml", "version: 1\nenvironments:\n  main: {concurrency: 1}\n")
    for n in range(6):
        crm.add("Campaigns", f"5{n}")
        crm.add("Leads", f"2{n}")
        write(
            f"c{n}.yaml",
            f"version: 1\nparent: {{module: Campaigns, id: '5{n}'}}\nrelated_lists:\n  Leads:\n    records: [{{id: '2{n}'}}]\n",
        )
    return crm


INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


def interrupted(
    crm: Foreign, folder: Path, numbers: tuple[signal.Signals, ...], before_it: str = ""
) -> tuple[int, str]:
    """Exit code and stderr of an apply that gets these signals, one after the other, while its second write is under way."""
    known, writes = threading.Event(), []

    def before(seen: Seen) -> None:
        if seen.method == "PUT":
            writes.append(seen)
        if seen.method == "PUT" and len(writes) == 2:
            assert known.wait(PATIENCE)
            process.send_signal(numbers[0])
            if more:
                # The first one is heard when it has been told.
                assert process.stderr
                heard.append(process.stderr.readline() + process.stderr.readline())
            for number in more:
                process.send_signal(number)
            if INT in more:
                process.wait()

    heard: list[str] = []
    more = numbers[1:]
    crm.before = before
    args = ("apply", "plan.json", "--report", "report.json")
    around = surroundings(folder, **crm.environment())
    process = forked(*args, folder=folder, env=around, before=before_it)
    known.set()
    if more:
        process.wait()  # what is left of stderr is for nobody else to read before
    ended = process.ended()
    crm.before = None
    return ended.code, "".join(heard) + ended.err


@pytest.mark.parametrize(
    ("numbers", "at_once"),
    [
        ((INT,), False),
        ((TERM,), False),
        ((HUP,), False),
        ((INT, TERM, HUP), False),
        ((TERM, TERM), False),
        ((INT, INT), True),
        ((TERM, INT), True),
        ((INT, TERM, INT), True),
    ],
)
def test_a_signal_ends_with_130_and_a_journal_to_go_on_with(
    many: Foreign, run: Run, tmp_path: Path, numbers: tuple[signal.Signals, ...], at_once: bool
) -> None:
    run("plan", "-e", "main", "--out", "plan.json")
    code, said = interrupted(many, tmp_path, numbers)
    assert code == 130
    assert "Traceback" not in said
    assert "Ctrl-C again" in said
    (journal,) = (tmp_path / "state").rglob("*.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    assert sum(one["event"] == "outcome" for one in events) == (1 if at_once else 2)
    # The first one ends the run, and Ctrl-C after it the process.
    assert (tmp_path / "report.json").exists() is not at_once
    if not at_once:
        report = json.loads((tmp_path / "report.json").read_text())
        assert [one["status"] for one in report["outcomes"]] == ["applied"] * 2 + ["unsent"] * 4
        assert (report["stopped"]["cause"], events[-1]["event"]) == ("interrupted", "end")
    assert run("resume", "last", "--auto-approve").code == 0
    assert all(many.members("Campaigns", f"5{n}", "Leads") for n in range(6))
    assert "-0  ~0  +6  all applied\n" in run("runs").out


def deaf(*names: str) -> None:
    """Called before a command in a process of its own: it begins with these signals ignored."""
    for name in names:
        signal.signal(signal.Signals[name], signal.SIG_IGN)


def test_a_run_that_is_to_outlive_its_terminal_does(many: Foreign, run: Run, tmp_path: Path) -> None:
    run("plan", "-e", "main", "--out", "plan.json")
    deafness = "tests.foreign.test_interrupts:deaf SIGHUP"
    assert interrupted(many, tmp_path, (HUP,), deafness)[0] == 0
    assert all(many.members("Campaigns", f"5{n}", "Leads") for n in range(6))


def test_a_run_in_the_background_of_a_shell_ends_well_when_it_is_terminated(
    many: Foreign, run: Run, tmp_path: Path
) -> None:
    run("plan", "-e", "main", "--out", "plan.json")
    deafness = "tests.foreign.test_interrupts:deaf SIGINT"
    assert interrupted(many, tmp_path, (TERM,), deafness)[0] == 130
    assert json.loads((tmp_path / "report.json").read_text())["stopped"]["cause"] == "interrupted"


@pytest.mark.parametrize("number", [INT, TERM, HUP])
def test_a_signal_while_planning_ends_with_130_and_writes_nothing(
    many: Foreign, tmp_path: Path, number: signal.Signals
) -> None:
    known = threading.Event()

    def before(seen: Seen) -> None:
        if seen.method == "GET" and "/Campaigns/5" in seen.path and not heard:
            assert known.wait(PATIENCE)
            heard.append(seen)
            process.send_signal(number)

    heard: list[Seen] = []
    many.before = before
    around = surroundings(tmp_path, **many.environment())
    process = forked("apply", "-e", "main", "--auto-approve", folder=tmp_path, env=around)
    known.set()
    ended = process.ended()
    assert (ended.code, ended.err.splitlines()[-1]) == (130, "Interrupted.")
    assert many.sent("PUT", "DELETE") == []


def test_a_signal_while_the_report_is_saved_does_not_lose_it(many: Foreign, run: Run, tmp_path: Path) -> None:
    run("plan", "-e", "main", "--out", "plan.json")
    os.mkfifo(tmp_path / "report")
    args = ("apply", "plan.json", "--journal", "run.jsonl", "--report", "report")
    process = forked(*args, folder=tmp_path, env=surroundings(tmp_path, **many.environment()))
    journal = tmp_path / "run.jsonl"
    while not (journal.exists() and '"event": "end"' in journal.read_text()):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    report = json.loads((tmp_path / "report").read_text())
    assert process.ended().code == 0
    assert {one["status"] for one in report["outcomes"]} == {"applied"}


def test_a_second_run_at_the_same_time_exits_7_and_sends_nothing(many: Foreign, run: Run) -> None:
    run("plan", "-e", "main", "--out", "plan.json")
    others: list[Ended] = []

    def begin(seen: Seen) -> None:
        if seen.method == "PUT" and not others:
            others.append(forked("apply", "plan.json", folder=Path.cwd(), env=os.environ).ended())

    many.before = begin
    assert run("apply", "plan.json").code == 0
    (other,) = others
    assert other.code == 7
    assert f"process {os.getpid()}" in other.err
    assert len(many.sent("PUT")) == 6


@pytest.mark.parametrize(("typed", "code"), [("main\n", 0), ("mian\n", 64), ("\n", 64)])
def test_the_name_of_a_protected_environment_is_typed(
    crm: Foreign, write: Write, tmp_path: Path, typed: str, code: int
) -> None:
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    for n, name in ((11, "ana"), (12, "bo")):
        crm.add("Leads", str(n), Email=f"{name}@acme.example")
    write("spring.yaml", MANIFEST)
    write("zsync.yaml", "version: 1\nenvironments:\n  main: {protected: true}\n")
    args = ("apply", "-e", "main", "--auto-approve")
    ended, screen = at_a_terminal(crm, tmp_path, *args, answer=typed, mark="Type its name to go on:")
    assert ended == code, screen
    assert bool(crm.sent("PUT")) == (code == 0)
