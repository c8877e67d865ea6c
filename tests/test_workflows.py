"""The workflows do what they say, with no more rights than they need."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".github" / "workflows"
NAMES = ("ci.yml", "plan.yml", "apply.yml")
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


@cache
def workflow(name: str) -> dict[str, Any]:
    """A workflow as YAML 1.2 reads it (in 1.1, the key `on` would be true)."""
    loaded: dict[str, Any] = YAML(typ="safe").load(FOLDER / name)
    return loaded


class Step(NamedTuple):
    """A step, and where it stands."""

    workflow: str
    job: str
    number: int
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.workflow}:{self.job}:{self.number}"


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    """Every job of every workflow, after the names of both."""
    return [(name, job, body) for name in NAMES for job, body in workflow(name)["jobs"].items()]


def steps() -> list[Step]:
    """Every step of every job."""
    return [
        Step(name, job, number, step)
        for name, job, body in jobs()
        for number, step in enumerate(body["steps"])
    ]


def scripts() -> list[Step]:
    """The steps that run a script."""
    return [step for step in steps() if "run" in step.body]


def script(name: str, job: str, title: str) -> str:
    """The script of the step with that title."""
    return next(
        str(step.body["run"])
        for step in scripts()
        if (step.workflow, step.job, step.body.get("name")) == (name, job, title)
    )


def test_every_workflow_is_read_here() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_starts_with_no_rights(name: str) -> None:
    assert workflow(name)["permissions"] == {}


def test_every_job_asks_for_its_rights_and_none_may_write_but_the_comment() -> None:
    granted = {(name, job): body["permissions"] for name, job, body in jobs()}
    more = {place: rights for place, rights in granted.items() if rights not in ({}, {"contents": "read"})}
    assert more == {("plan.yml", "comment"): {"pull-requests": "write"}}


def test_every_job_ends_in_time() -> None:
    assert [(name, job) for name, job, body in jobs() if not 0 < body.get("timeout-minutes", 0) <= 120] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_pinned_to_a_commit_and_names_its_version(name: str) -> None:
    used = re.findall(r"(?m)^\s*(?:- )?uses: (.*)$", (FOLDER / name).read_text("utf-8"))
    assert [text for text in used if not PINNED.match(text)] == []


def test_one_action_has_one_pin() -> None:
    used = {str(step.body["uses"]) for step in steps() if "uses" in step.body}
    assert len(used) == len({text.split("@")[0] for text in used})


def test_no_checkout_leaves_its_token_behind() -> None:
    checkouts = [step for step in steps() if step.body.get("uses", "").startswith("actions/checkout@")]
    assert [
        str(step) for step in checkouts if step.body.get("with", {}).get("persist-credentials") is not False
    ] == []


@pytest.mark.parametrize("step", scripts(), ids=str)
def test_a_script_holds_no_expression(step: Step) -> None:
    assert "${{" not in step.body["run"]


@pytest.mark.parametrize("step", scripts(), ids=str)
def test_a_script_is_bash_that_parses(step: Step) -> None:
    checked = subprocess.run(["bash", "-n"], input=step.body["run"], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_secrets_stand_in_the_environment_of_single_steps_that_plan_or_apply() -> None:
    holders = {
        (step.workflow, step.job, step.body.get("name")) for step in steps() if "secrets." in str(step.body)
    }
    assert holders == {
        ("plan.yml", "plan", "Plan"),
        ("apply.yml", "plan", "Plan"),
        ("apply.yml", "apply", "Apply that very plan"),
    }


def test_secrets_come_from_environments_and_only_production_can_write() -> None:
    named = {(name, job): body["environment"] for name, job, body in jobs() if "environment" in body}
    assert named == {
        ("plan.yml", "plan"): "plan",
        ("apply.yml", "plan"): "plan",
        ("apply.yml", "apply"): "production",
    }


def test_a_fork_gets_validation_alone() -> None:
    plan = workflow("plan.yml")
    assert list(plan["on"]) == ["pull_request"]
    assert plan["jobs"]["plan"]["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert plan["jobs"]["comment"]["needs"] == "plan"


@pytest.mark.parametrize("name", ["plan.yml", "apply.yml"])
def test_relations_set_the_workflows_off(name: str) -> None:
    (trigger,) = workflow(name)["on"].values()
    assert trigger["paths"] == ["relations/**"]


def test_applies_queue_up_and_none_is_cut_off() -> None:
    assert workflow("apply.yml")["concurrency"] == {"group": "apply", "cancel-in-progress": False}


def test_the_gate_waits_for_every_other_job() -> None:
    ci = workflow("ci.yml")["jobs"]
    assert (ci["gate"]["needs"], ci["gate"]["if"]) == ([job for job in ci if job != "gate"], "always()")


def test_the_matrix_is_the_pythons_that_the_package_claims() -> None:
    claimed = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == claimed


def test_zizmor_finds_nothing() -> None:
    zizmor = Path(sys.executable).parent / "zizmor"
    command = [
        str(zizmor),
        "--offline",
        "--no-config",
        "--persona",
        "auditor",
        "--no-progress",
        "--quiet",
        str(FOLDER),
    ]
    found = subprocess.run(command, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "No findings to report. Good job!\n")


@pytest.mark.parametrize("step", [step for step in scripts() if "/zsync " in step.body["run"]], ids=str)
def test_zsync_knows_every_option_that_a_script_uses(step: Step) -> None:
    for command, arguments in re.findall(r"/zsync (\w+) ((?:[^\n]*\\\n)*[^\n]*)", step.body["run"]):
        helped = subprocess.run(
            [sys.executable, "-m", "zsync", command, "--help"], capture_output=True, text=True, check=True
        )
        options = re.findall(r"(?<!\S)--[a-z][\w-]*", arguments)
        assert [option for option in options if not re.search(rf"(?<![\w-]){option}\b", helped.stdout)] == []


def run(tmp_path: Path, text: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub does (`bash -e -o pipefail`), with programs given as shell scripts, in an empty folder."""
    for name, body in programs.items():
        program = tmp_path / (".venv/bin" if name == "zsync" else "bin") / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/bash\n{body}\n", "utf-8")
        program.chmod(0o755)
    names = {
        "GITHUB_OUTPUT": "output",
        "GITHUB_STEP_SUMMARY": "summary",
        "REPOSITORY": "a/b",
        "NUMBER": "7",
        "RUN": "https://ci.example/1",
    }
    environment = {"PATH": f"{tmp_path}/bin:/usr/local/bin:/usr/bin:/bin", **names}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", text],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", ["plan.yml", "apply.yml"])
@pytest.mark.parametrize(("status", "expected"), [(0, 0), (2, 0), (1, 1), (4, 4), (8, 8), (64, 64)])
def test_a_plan_with_changes_is_no_failure_and_nothing_else_is_a_success(
    tmp_path: Path, name: str, status: int, expected: int
) -> None:
    done = run(tmp_path, script(name, "plan", "Plan"), zsync=f"echo '# Plan'; exit {status}")
    assert (done.returncode, (tmp_path / "summary").read_text()) == (expected, "# Plan\n")


@pytest.mark.parametrize(("status", "expected"), [(0, "changes=no\n"), (2, "changes=yes\n")])
def test_only_a_plan_with_changes_is_applied(tmp_path: Path, status: int, expected: str) -> None:
    run(tmp_path, script("apply.yml", "plan", "Plan"), zsync=f"exit {status}")
    assert (tmp_path / "output").read_text() == expected
    assert workflow("apply.yml")["jobs"]["apply"]["if"] == "needs.plan.outputs.changes == 'yes'"


@pytest.mark.parametrize("status", [0, 1, 3, 5, 6])
def test_an_apply_ends_with_zsyncs_own_exit_code_and_always_shows_the_report(
    tmp_path: Path, status: int
) -> None:
    zsync = f'case $1 in apply) echo {{}} >report.json; exit {status};; show) echo "# Report";; esac'
    done = run(tmp_path, script("apply.yml", "apply", "Apply that very plan"), zsync=zsync)
    assert (done.returncode, (tmp_path / "summary").read_text()) == (status, "# Report\n")


def comment(tmp_path: Path, plan: str, ids: str) -> tuple[str, str]:
    """How the comment is sent when comments with `ids` are there already, and its text."""
    if plan:
        (tmp_path / "plan.md").write_text(plan, "utf-8")
    gh = f'case "$*" in *--paginate*) printf "{ids}";; *) echo "$*" >>sent;; esac'
    done = run(tmp_path, script("plan.yml", "comment", "Write or update the comment"), gh=gh)
    assert done.returncode == 0, done.stderr
    return (tmp_path / "sent").read_text(), (tmp_path / "comment.md").read_text("utf-8")


def test_the_first_plan_makes_a_comment(tmp_path: Path) -> None:
    sent, text = comment(tmp_path, "# Plan\n", "")
    assert sent == "api --silent --method POST repos/a/b/issues/7/comments --field body=@comment.md\n"
    assert text == "<!-- zsync plan -->\n# Plan\n"


def test_later_plans_change_that_comment(tmp_path: Path) -> None:
    sent, _ = comment(tmp_path, "# Plan\n", r"41\n42\n")
    assert sent == "api --silent --method PATCH repos/a/b/issues/comments/41 --field body=@comment.md\n"


@pytest.mark.parametrize("plan", ["", "x" * 70_000], ids=["no plan", "a plan that is too long"])
def test_a_comment_that_cannot_hold_the_plan_links_to_the_run(tmp_path: Path, plan: str) -> None:
    _, text = comment(tmp_path, plan, "")
    assert text.startswith("<!-- zsync plan -->\n")
    assert ("https://ci.example/1" in text, len(text) < 300) == (True, True)
