"""`zsync ci run`: a command with all its files, in CI that is not GitHub's; there `tests/workflows` runs it."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import respx

from tests.foreign.crm import Foreign
from tests.program import Run
from tests.workflows.conftest import program

ROOT = Path(__file__).parents[2]


def test_a_plan_leaves_all_its_files_to_its_owner_alone_and_ends_well(spring: Foreign, run: Run) -> None:
    ended = run("ci", "run", "plan", "--folder", "out", "relations")
    plan = json.loads(Path("out/plan.json").read_text("utf-8"))
    assert ended.code == 0
    assert f"The plan's digest is {plan['digest']}\n" in ended.out
    assert Path("out/digest.env").read_text() == f"ZSYNC_DIGEST={plan['digest']}\n"
    kept = {one.name: stat.S_IMODE(one.stat().st_mode) for one in Path("out").iterdir()}
    assert {"plan.md", "plan.html", "junit.xml", "comment.md", "log.txt"} <= kept.keys()
    assert (set(kept.values()), stat.S_IMODE(Path("out").stat().st_mode)) == ({0o600}, 0o700)
    assert Path("out/log.txt").read_text("utf-8") in ended.out


def test_that_plan_is_applied_and_read_back(spring: Foreign, run: Run) -> None:
    run("ci", "run", "plan", "--folder", "out", "relations")
    digest = Path("out/digest.env").read_text().strip().partition("=")[2]
    job = "https://gitlab.example/acme/crm/-/jobs/9"
    gitlab = {"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "ana", "CI_JOB_URL": job}
    words = ("--plan", "out/plan.json", "--folder", "done")
    ended = run("ci", "run", "apply", *words, ZSYNC_DIGEST=digest, **gitlab)
    assert ended.code == 0
    comment = Path("done/comment.md").read_text("utf-8")
    assert "all applied" in comment
    assert f"Started by `ana` · [the run]({job})" in comment
    report = json.loads(Path("done/report.json").read_text("utf-8"))
    assert report["plan"]["digest"] == digest
    assert (report["approval"]["started_by"], report["approval"]["address"]) == ("ana", job)


def test_what_is_to_be_fixed_ends_it_with_4_and_is_told(spring: Foreign, run: Run) -> None:
    Path("relations/spring.yaml").write_text("version: 1\n", "utf-8")
    ended = run("ci", "run", "validate")
    assert ended.code == 4
    assert "missing-key" in Path("zsync-validate/comment.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "--digest", "x"], "plan does not take --digest"),
        (["apply", "--base", "main"], "apply does not take --base"),
        (["validate", "--confirm", "eu"], "validate does not take --confirm"),
        (["rehearse", "--max-reads", "7"], "rehearse does not take --max-reads"),
        (["apply"], "apply needs --plan and --digest"),
        (["plan", "--reason", "agreed"], "--conflicts names none"),
        (["apply", "--plan", "plan.json"], "apply needs --digest"),
        (["destroy"], "'destroy' is not one of"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_done(run: Run, words: list[str], said: str) -> None:
    ended = run("ci", "run", *words)
    assert (ended.code, said in ended.err, list(Path().glob("zsync-*"))) == (64, True, [])


def test_an_empty_option_is_as_good_as_none(spring: Foreign, run: Run) -> None:
    words = [
        word
        for name in ("environment", "base", "max-reads", "only", "snapshot", "plan", "digest", "confirm")
        for word in (f"--{name}", "")
    ]
    assert run("ci", "run", *words, "--paths", "relations\n", "--", "plan").code == 0


@pytest.mark.parametrize("name", ["decide", "comment", "report", "issue"])
def test_outside_of_a_workflow_github_is_not_asked(run: Run, name: str) -> None:
    number = [] if name in ("decide", "issue") else ["--number", "7"]
    folder = ["--folder", "reviewed"] if name == "decide" else []
    ended = run("ci", name, "out", *number, *folder)
    assert (ended.code, "GH_TOKEN" in ended.err) == (64, True)


def started(tmp_path: Path, script: str, **env: str) -> "subprocess.Popen[str]":
    """`zsync ci run validate` in a process of its own; what it starts in turn is a script."""
    python = program(tmp_path / "python", script)
    code = f"import sys; from zsync.cli import main; sys.executable = {str(python)!r}; main()"
    words = ["ci", "run", "validate", "--folder", "out", "--artifact", "zsync-apply"]
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_what_it_starts_takes_nothing_from_here_or_from_pythons_variables(
    spring: Foreign, run: Run, tmp_path: Path
) -> None:
    for name in ("json.py", "click.py", "zsync.py", "sitecustomize.py"):
        Path(name).write_text("raise SystemExit(99)\n")
    assert run("ci", "run", "validate", PYTHONPATH=".", PYTHONSTARTUP="json.py").code == 0


def test_a_secret_that_is_printed_all_the_same_is_in_nothing_that_is_kept_or_said(tmp_path: Path) -> None:
    secrets = {
        "ZSYNC_REFRESH_TOKEN": "canary-1",
        "ZSYNC_EU_CLIENT_SECRET": "canary-2",
        "GH_TOKEN": "canary-3",
    }
    told = {"GITHUB_ACTIONS": "true", "ZSYNC_REDACT_KEY": "canary-4", **secrets}
    for name in ("OUTPUT", "STEP_SUMMARY"):
        (tmp_path / name).touch()
        told[f"GITHUB_{name}"] = str(tmp_path / name)
    process = started(tmp_path, "echo canary-1 canary-2 canary-3 canary-4; env; exit 4", **told)
    said, _ = process.communicate()
    kept = [file.read_text() for file in (tmp_path / "out").iterdir()]
    kept += [(tmp_path / name).read_text() for name in ("OUTPUT", "STEP_SUMMARY")]
    assert process.returncode == 4
    assert [text for text in [said, *kept] if "canary" in text] == []
    assert "*** *** *** ***" in (tmp_path / "out" / "comment.md").read_text()
    assert "GITHUB_OUTPUT=" not in said
    assert "exit-code=4\nreason=input\n" in (tmp_path / "OUTPUT").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_ci_that_cancels_is_heard_by_zsync_which_ends_in_its_own_time(tmp_path: Path, number: int) -> None:
    script = f"trap 'echo ending; exit 130' {number}; echo ready; while :; do sleep 0.05; done"
    with started(tmp_path, script) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read().startswith("ending\n")
    assert process.returncode == 130
    assert "ending" in (tmp_path / "out" / "comment.md").read_text()


def test_a_zsync_that_is_killed_is_told_as_well(tmp_path: Path) -> None:
    process = started(tmp_path, "echo so far; kill -9 $$")
    process.communicate()
    assert process.returncode == 128 + 9
    assert "exit code 137" in (tmp_path / "out" / "comment.md").read_text()


def test_a_step_that_is_killed_whole_has_said_before_where_its_files_are(tmp_path: Path) -> None:
    (tmp_path / "OUTPUT").touch()
    told = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "OUTPUT"), "GITHUB_RUN_ATTEMPT": "2"}
    with started(tmp_path, "echo ready; while kill -0 $PPID; do sleep 0.05; done", **told) as process:
        assert process.stdout
        while "ready" not in process.stdout.readline():
            pass
        process.kill()
    outputs = dict(line.split("=", 1) for line in (tmp_path / "OUTPUT").read_text().splitlines())
    about = outputs["slug"]
    assert outputs == {"folder": "out", "slug": about, "artifact-name": f"zsync-apply-{about}-2"}


def test_a_signal_that_comes_while_the_end_is_told_takes_nothing_of_it_away(tmp_path: Path) -> None:
    (tmp_path / "OUTPUT").touch()
    told = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "OUTPUT")}
    # Ends at Ctrl-C, as apply does; what it leaves behind plays a runner that loses its patience.
    script = """
        ending() { while kill -TERM $PPID; do :; done >/dev/null 2>&1 & exit 130; }
        trap ending INT
        trap '' TERM
        echo ready
        while :; do sleep 0.05; done
    """
    with started(tmp_path, script, **told) as process:
        assert process.stdout
        while "ready" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert "exit-code=130\nreason=interrupted\n" in (tmp_path / "OUTPUT").read_text()
    assert (tmp_path / "out" / "comment.md").exists()


AGAIN = {
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_REF": "refs/heads/release/eu",
    "GITHUB_SHA": "a" * 40,
    "GITHUB_REPOSITORY": "acme/crm",
    "GITHUB_API_URL": "https://api.github.example",
    "GH_TOKEN": "canary-token",
}
COMPARE = f"{AGAIN['GITHUB_API_URL']}/repos/acme/crm/compare/{'a' * 40}...release%2Feu"


@pytest.mark.parametrize("changed", [{"GITHUB_REF": "refs/tags/back"}, {"GITHUB_REF": ""}])
@respx.mock
def test_what_is_named_by_a_tag_asks_nobody(run: Run, changed: dict[str, str]) -> None:
    assert run("ci", "current", **(AGAIN | changed)).code == 0


@pytest.mark.parametrize(("status", "code"), [(401, 8), (403, 8), (404, 8)])
@respx.mock
def test_where_github_does_not_tell_whether_a_commit_is_current_the_run_ends(
    run: Run, status: int, code: int
) -> None:
    asked = respx.get(COMPARE).respond(status, json={"message": "no"})
    ended = run("ci", "current", **AGAIN, GITHUB_ACTIONS="true")
    assert (ended.code, asked.call_count) == (code, 1)
    (line,) = [line for line in ended.out.splitlines() if line.startswith("::")]
    assert line.startswith("::error title=zsync::GitHub refuses GET /repos/acme/crm/compare/")
    assert "The job's `permissions` say what its token may do" in line
    assert "::" not in run("ci", "current", **AGAIN).out


@respx.mock
def test_a_branchs_newer_commit_is_named_and_what_it_changes_is_inert(run: Run) -> None:
    evil = "relations/x\n::set-output name=x::y.yaml"
    body = {"status": "ahead", "ahead_by": 1, "commits": [{"sha": "b" * 40}], "files": [{"filename": evil}]}
    respx.get(COMPARE).respond(json=body)
    Path("output").write_text("")
    said = run("ci", "current", **AGAIN, GITHUB_OUTPUT=str(Path("output").resolve()))
    assert (said.code, said.out.count("\n::"), "release/eu has gone on to bbbbbbb" in said.out) == (
        6,
        0,
        True,
    )
    assert Path("output").read_text().startswith("outdated<<zsync-")
    assert "canary-token" not in said.out + said.err


@respx.mock
def test_a_file_that_was_renamed_out_of_the_paths_counts(run: Run) -> None:
    file = {"filename": "old/spring.yaml", "previous_filename": "relations/spring.yaml"}
    body = {"status": "ahead", "ahead_by": 1, "commits": [{"sha": "b" * 40}], "files": [file]}
    respx.get(COMPARE).respond(json=body)
    assert run("ci", "current", **AGAIN).code == 6
    assert run("ci", "current", "--paths", "elsewhere", **AGAIN).code == 0


@respx.mock
def test_who_approved_is_asked_for_and_an_apply_does_not_wait_for_the_answer(run: Run) -> None:
    github = AGAIN | {"GITHUB_RUN_ID": "7", "GITHUB_OUTPUT": str(Path("output").resolve())}
    Path("output").write_text("")
    place = f"{AGAIN['GITHUB_API_URL']}/repos/acme/crm"
    review = {"state": "approved", "user": {"login": "bo"}, "environments": [{"name": "production"}]}
    respx.get(f"{place}/actions/runs/7/approvals").respond(json=[review])
    respx.get(f"{place}/pulls/3").respond(403, json={"message": "no"})
    said = run("ci", "approved", "--number", "3", "--deployment", "production", **github)
    assert (said.code, "the report will not say" in said.err) == (0, True)
    assert Path("output").read_text() == "approved-by=bo\nmerged-by=\n"
