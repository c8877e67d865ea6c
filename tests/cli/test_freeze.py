"""The switch that stops every run: before it begins, and between its requests."""

import json
from pathlib import Path

import pytest

from tests.cli.test_journals import stop
from tests.foreign.conftest import Write
from tests.foreign.crm import Foreign, Seen
from tests.program import Run

EU = "version: 1\nenvironments:\n  eu: {waves: [1, rest]}\n  us: {waves: [1, rest]}\n"
COMMANDS = [
    ("apply", "--auto-approve", "-e", "eu"),
    ("apply", "plan.json"),
    ("resume", "last", "-e", "eu", "--auto-approve"),
    ("undo", "last", "-e", "eu"),
]


@pytest.fixture
def stopped(spring: Foreign, write: Write, run: Run) -> Foreign:
    """A run in `eu` that left something, and a plan for it."""
    write("zsync.yaml", EU)
    run("plan", "-e", "eu", "--out", "plan.json")
    return stop(spring, run, "-e", "eu")


def switch() -> Path:
    """The file that freezes `eu`."""
    (folder,) = Path("state/zsync/repositories").glob("*/eu")
    return folder.absolute() / "FREEZE"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("name", ["ZSYNC_FREEZE", "ZSYNC_EU_FREEZE", ""])
def test_a_freeze_stops_every_run_before_anything_is_sent(
    stopped: Foreign, run: Run, command: tuple[str, ...], name: str
) -> None:
    env = {name: "the fair\x1b[31m"} if name else {}
    if not name:
        switch().write_text("the fair\x1b[31m")
    said = run(*command, **env)
    assert (said.code, stopped.requests) == (5, [])
    assert f"frozen by {name or switch()}: the fair" in said.err
    assert "\x1b[31mred" not in said.err
    assert "the fair\x1b" not in said.err


def test_the_freeze_of_another_environment_and_an_empty_one_stop_nothing(stopped: Foreign, run: Run) -> None:
    assert run(*COMMANDS[2], ZSYNC_US_FREEZE="x", ZSYNC_FREEZE="").code == 3


def test_reading_goes_on_in_a_freeze(stopped: Foreign, run: Run) -> None:
    assert run("plan", "-e", "eu", ZSYNC_FREEZE="x").code == 0


def test_a_broken_zsync_yaml_does_not_hide_a_freeze(stopped: Foreign, write: Write, run: Run) -> None:
    write("zsync.yaml", "version: 7\n")
    assert run(*COMMANDS[0], ZSYNC_FREEZE="x").code == 5


def test_doctor_and_runs_say_what_is_frozen(stopped: Foreign, run: Run) -> None:
    assert str(switch()) in run("doctor", "-e", "eu").out
    switch().write_text("the fair")
    told = f"frozen by {switch()}: the fair"
    assert told in run("doctor", "-e", "eu").out
    assert told not in run("doctor", "-e", "us").out
    assert (told in run("runs").err, told in run("runs", "-e", "us").err) == (True, False)
    assert "frozen by ZSYNC_FREEZE: all" in run("runs", "-e", "us", ZSYNC_FREEZE="all").err


def test_doctor_names_journals_in_the_repository(spring: Foreign, run: Run) -> None:
    Path(".zsync/runs").mkdir(parents=True)
    Path(".zsync/runs/20270101T000000Z-aaaaaaaa.jsonl").write_text("{}")
    assert ".zsync/runs: it holds journals as zsync 0.1.0 kept them" in run("doctor").out


def test_a_file_stops_a_run_that_is_under_way_before_its_next_request(
    crm: Foreign, write: Write, run: Run
) -> None:
    write("zsync.yaml", "version: 1\nenvironments:\n  eu: {concurrency: 1}\n")
    for n in range(4):
        crm.add("Leads", f"2{n}")
        crm.add("Campaigns", f"5{n}")
        row = f"parent: {{module: Campaigns, id: '5{n}'}}\nrelated_lists: {{Leads: {{records: [{{id: '2{n}'}}]}}}}\n"
        write(f"c{n}.yaml", f"version: 1\n{row}")

    writes: list[Seen] = []

    def freeze(seen: Seen) -> None:
        writes.extend([seen] * (seen.method == "PUT"))
        if len(writes) == 2:
            switch().write_text("wrong prices")

    crm.before = freeze
    said = run("apply", "--auto-approve", "--report", "report.json")
    crm.before = None
    assert (said.code, f"Stopped: frozen by {switch()}: wrong prices" in said.out) == (5, True)
    report = json.loads(Path("report.json").read_text())
    statuses = [one["status"] for one in report["outcomes"]]
    assert (statuses, report["stopped"]["cause"]) == (["applied"] * 2 + ["unsent"] * 2, "frozen")
    assert len(crm.sent("PUT")) == 2
    assert run("resume", "last", "--auto-approve").code == 5
    switch().unlink()
    assert run("resume", "last", "--auto-approve").code == 0
    assert len(crm.sent("PUT")) == 4
