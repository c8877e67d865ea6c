"""What the commands print, where, and how they exit."""

import ast
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.crm import Foreign
from tests.program import Run, forked, surroundings
from zsync import __version__
from zsync.explain.diagnostics import EXPLANATIONS
from zsync.explain.pages import ONLINE
from zsync.model import Binding, Cost, Outcome, Plan, Report, Stop, Summary

ROOT = Path(__file__).parents[2]


def test_the_version_names_the_distribution_and_its_release(run: Run) -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, f"zsync-crm {__version__}\n")


@pytest.mark.parametrize(
    "args",
    [
        ("plan", "--no-such-flag"),
        ("pln",),
        ("show",),
        ("explain",),
        ("schema", "nothing"),
        ("plan", "--format", "yaml"),
        ("plan", "--format", "text", "--format", "json"),
        ("plan", "--color", "sometimes"),
        ("plan", "-e", "nowhere"),
        ("apply",),
        ("apply", "relations", "--digest", "sha256:0"),
        ("emulator", "--port", "99999999"),
        ("explain", "²"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_64_and_never_2(spring: Foreign, run: Run, args: tuple[str, ...]) -> None:
    said = run(*args)
    assert said.code == 64
    assert said.err
    assert not said.out


def test_a_mistyped_command_is_met_with_the_right_one(run: Run) -> None:
    assert "Did you mean 'plan'?" in run("pln").err


def test_apply_without_a_terminal_names_the_flag(spring: Foreign, run: Run) -> None:
    assert "--auto-approve" in run("apply").err
    assert spring.requests == []


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_the_exit_code_is_the_same_in_every_format(spring: Foreign, run: Run, form: str) -> None:
    spring.refuse["12"] = "INVALID_DATA"
    assert run("plan", "--format", form).code == 0
    assert run("plan", "--detailed-exitcode", "--format", form).code == 2
    assert run("apply", "--auto-approve", "--format", form).code == 3


def test_stdout_is_the_result_alone(spring: Foreign, run: Run) -> None:
    assert json.loads(run("plan", "--format", "json", "--out", "plan.json").out)["format"] == "zsync.plan/2"
    assert json.loads(run("apply", "--auto-approve", "--format", "json").out)["format"] == "zsync.report/2"


def test_several_formats_go_to_several_files(spring: Foreign, run: Run, tmp_path: Path) -> None:
    said = run("plan", "--format", "json=a.json", "--format", "markdown=b.md", "--format", "text")
    assert said.out.startswith("zsync plan")
    assert json.loads((tmp_path / "a.json").read_text())
    assert "Spring" in (tmp_path / "b.md").read_text()


@pytest.mark.parametrize(
    "flags",
    [
        ("--out", "no/plan.json"),
        ("--format", "json=no/plan.json"),
        ("--out", "."),
        ("--out", "/"),
        ("--out", "relations"),
    ],
    ids=" ".join,
)
def test_a_file_that_cannot_be_written_is_told_before_any_request(
    spring: Foreign, run: Run, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    said = run("plan", *flags)
    assert said.code == 4
    assert "cannot write" in said.err
    assert spring.requests == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["relations"]


def test_a_report_that_cannot_be_saved_is_told_before_anything_is_written(spring: Foreign, run: Run) -> None:
    said = run("apply", "--auto-approve", "--report", "no/report.json")
    assert said.code == 4
    assert spring.requests == []


def test_a_device_is_written_into_and_not_replaced(spring: Foreign, run: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert run("plan", "--out", "pipe").code == 0
    assert json.loads(os.read(reader, 100_000))["format"] == "zsync.plan/2"
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("option", [("--out", "link"), ("--snapshot", "link"), ("--format", "html=link")])
def test_a_link_in_the_place_of_a_file_is_told_before_any_request(
    spring: Foreign, run: Run, tmp_path: Path, option: tuple[str, str]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    said = run("plan", *option)
    assert said.code == 4
    assert f"it is a link to {tmp_path / 'elsewhere'}" in said.err
    assert spring.requests == []
    assert not (tmp_path / "elsewhere").exists()


def test_all_that_is_written_is_for_its_owner_alone(spring: Foreign, run: Run, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert (
            run("plan", "--out", "plan.json", "--snapshot", "seen.json", "--format", "html=a.html").code == 0
        )
        assert run("apply", "plan.json", "--report", "report.json", "--journal", "kept/run.jsonl").code == 0
    finally:
        os.umask(before)
    made = [path for path in tmp_path.rglob("*") if path.relative_to(tmp_path).parts[0] != "relations"]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made}
    folders = {path.name for path in made if path.is_dir()}
    assert {"plan.json", "seen.json", "a.html", "report.json", "run.jsonl"} <= modes.keys()
    assert {modes[name] for name in folders} == {0o700}
    assert {modes[name] for name in modes.keys() - folders} == {0o600}


def test_a_plan_shows_the_same_saved_as_fresh(spring: Foreign, run: Run) -> None:
    fresh = run("plan", "--out", "plan.json").out
    assert run("show", "plan.json").out == fresh


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 6),
        ("not json", 6),
        ("{}", 6),
        ("[]", 6),
        ('{"format": "zsync.plan/9"}', 6),
        ("\udcff\udcfe", 4),
        ("[" * 9999, 6),
        ("[" * 100_000, 6),
        ('{"format": "zsync.plan/1", "summary": ' + '{"a":' * 100_000, 6),
        ('{"format": 1e99999999999999999999999}', 6),
        ('{"format": "zsync.report/1", "seconds": 1e500000000}', 6),
        ('{"format": "zsync.plan/1", "cost": NaN}', 6),
        (f'{{"format": {"9" * 10_000_000}}}', 6),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("command", ["show", "apply"])
def test_garbage_is_no_plan(
    spring: Foreign, run: Run, tmp_path: Path, text: str, code: int, command: str
) -> None:
    (tmp_path / "plan.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    said = run(command, "plan.json")
    assert said.code == code
    assert "help: " in said.err
    assert spring.requests == []


def test_an_altered_plan_is_neither_shown_nor_applied(spring: Foreign, run: Run, tmp_path: Path) -> None:
    run("plan", "--out", "plan.json")
    file = tmp_path / "plan.json"
    file.write_text(file.read_text().replace('"Sent"', '"Gone"'))
    for command in ("show", "apply"):
        said = run(command, "plan.json")
        assert said.code == 6
        assert "altered" in said.err
    assert not spring.sent("PUT")


def test_a_plan_past_its_time_is_refused(spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("plan", "--out", "plan.json")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "4000000000")
    assert run("apply", "plan.json").code == 6
    assert not spring.sent("PUT")


def test_only_the_approved_digest_is_applied(spring: Foreign, run: Run, tmp_path: Path) -> None:
    run("plan", "--out", "plan.json")
    digest = json.loads((tmp_path / "plan.json").read_text())["digest"]
    assert run("apply", "plan.json", "--digest", "sha256:" + "0" * 64).code == 6
    assert not spring.sent("PUT")
    assert run("apply", "plan.json", "--digest", digest).code == 0


def test_a_report_is_no_plan_to_apply(spring: Foreign, run: Run) -> None:
    run("apply", "--auto-approve", "--report", "report.json")
    assert run("apply", "report.json").code == 6


@pytest.mark.parametrize("missing", ["ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET", "ZSYNC_REFRESH_TOKEN"])
@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve")])
def test_missing_credentials_are_named(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, missing: str, command: tuple[str, ...]
) -> None:
    monkeypatch.delenv(missing)
    said = run(*command)
    assert said.code == 8
    assert missing in said.err.partition("help")[0]
    assert spring.requests == []


@pytest.mark.parametrize("epoch", ["soon", "1e9", "-99999999999999999999", "9" * 30])
def test_a_clock_that_is_none_is_wrong_usage(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, epoch: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert run("plan").code == 64


def test_github_is_told_the_reason_in_a_word(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    for args in (("plan", "--detailed-exitcode"), ("plan", "--wrong"), ("validate", "nowhere")):
        run(*args)
    assert (tmp_path / "output").read_text().splitlines()[::2] == [
        "reason=changes",
        "reason=usage",
        "reason=input",
    ]
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path))
    assert run("validate").code == 0


@pytest.mark.parametrize(
    ("args", "env", "colour"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_as_asked_for(
    spring: Foreign,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
    env: dict[str, str],
    colour: bool,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run("plan", *args).out) == colour


@pytest.mark.parametrize(
    ("stop_code", "statuses", "code"),
    [
        (0, ["applied", "applied"], 0),
        (0, ["applied", "refused"], 3),
        (0, ["held", "applied"], 3),
        (0, ["unknown", "applied"], 3),
        (1, ["applied", "unsent"], 1),
        (1, ["refused", "unsent"], 1),
        (8, ["refused", "unsent"], 8),
        (130, ["applied", "unsent"], 130),
    ],
)
def test_the_rows_decide_the_exit_code_unless_the_run_was_stopped(
    stop_code: int, statuses: list[Any], code: int
) -> None:
    outcomes = tuple(Outcome(one) for one in statuses)
    plan = Plan(Binding("", "", "", "", "", "", "", "", "", ""), Summary(), (), (), Cost(0, 0, (0, 0), 0))
    stop = Stop("failed", stop_code, "because") if stop_code else None
    assert Report(plan, outcomes, 0, 0, 0.0, stop).exit_code == code


def test_a_reader_that_goes_away_changes_neither_what_is_done_nor_the_exit_code(
    spring: Foreign, tmp_path: Path
) -> None:
    spring.refuse["12"] = "INVALID_DATA"
    around = surroundings(tmp_path, **spring.environment())
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as broken:
        streams = {1: broken.fileno()}
        ended = forked("apply", "--auto-approve", env=around, folder=tmp_path, streams=streams).ended()
    assert (ended.code, ended.err) == (3, "")
    assert spring.members("Campaigns", "50", "Leads") == {"11": {"Member_Status": "Sent"}}


def test_results_are_utf_8_whatever_the_locale_is(spring: Foreign, tmp_path: Path) -> None:
    spring.records["Campaigns"]["50"]["Campaign_Name"] = "Spring"
    odd = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONPATH": str(ROOT)}
    around = surroundings(tmp_path, **spring.environment(), **odd)
    command = [sys.executable, "-m", "zsync", "plan"]
    done = subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, check=True)
    assert "→" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("code", ["INVALID_DATA", "invalid_data", "unknown-key", "4", "130", "kinds", "exit"])
def test_what_messages_name_is_explained(run: Run, code: str) -> None:
    said = run("explain", code)
    assert said.code == 0
    assert said.out.strip()


def diagnostic_codes() -> set[str]:
    """Every code of a diagnostic that the source makes: the first argument of `Diagnostic` and `Finding`."""
    calls = (
        node
        for file in (ROOT / "zsync").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
    )
    made = (node.args[0] for node in calls if ast.unparse(node.func) in ("Diagnostic", "Finding", "Problem"))
    constants = (one for first in made for one in ast.walk(first) if isinstance(one, ast.Constant))
    return {one.value for one in constants if isinstance(one.value, str)}


def test_every_code_that_a_diagnostic_has_is_explained() -> None:
    assert diagnostic_codes()
    assert diagnostic_codes() - EXPLANATIONS.keys() - ONLINE.keys() == set()


@pytest.mark.parametrize("words", [("plan",), ("validate",), ("apply",), ("plan", "--out")])
def test_a_path_that_is_longer_than_a_path_can_be_is_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    said = run(*words, "a" * 256)
    assert (said.code, "longer than a path can be" in said.err) == (64, True)
