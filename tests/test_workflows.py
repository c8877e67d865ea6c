"""The workflows do what they say, with no more rights than they need."""

import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from zsync.cli.ci import ci

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".github" / "workflows"
NAMES = ("ci.yml", "nightly.yml", "plan.yml", "apply.yml", "drift.yml", "accept.yml")
OURS = "$/.github/actions/zsync"
ACTION = ROOT / ".github" / "actions" / "zsync"
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$|^\$/\.github/actions/zsync$")


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
    """The steps that run a script, the composite action's among them."""
    inner = [
        Step("action.yml", "runs", number, body) for number, body in enumerate(action()["runs"]["steps"])
    ]
    return [step for step in [*steps(), *inner] if "run" in step.body]


@cache
def action() -> dict[str, Any]:
    """The composite action."""
    loaded: dict[str, Any] = YAML(typ="safe").load(ACTION / "action.yml")
    return loaded


def test_every_workflow_is_read_here() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_starts_with_no_rights(name: str) -> None:
    assert workflow(name)["permissions"] == {}


def test_every_job_asks_for_its_rights_and_none_that_knows_a_secret_may_write() -> None:
    granted = {(name, job): body["permissions"] for name, job, body in jobs()}
    more = {place: rights for place, rights in granted.items() if rights not in ({}, {"contents": "read"})}
    assert more == {
        ("plan.yml", "plan"): {"contents": "read", "actions": "read"},
        ("plan.yml", "comment"): {"pull-requests": "write"},
        ("apply.yml", "plan"): {"contents": "read", "pull-requests": "read", "actions": "read"},
        ("apply.yml", "apply"): {"contents": "read", "pull-requests": "read", "actions": "read"},
        ("apply.yml", "comment"): {"pull-requests": "write"},
        ("drift.yml", "drift"): {"contents": "read", "actions": "read"},
        ("drift.yml", "issue"): {"issues": "write"},
        ("accept.yml", "accept"): {"contents": "read", "actions": "read"},
        ("accept.yml", "branch"): {"contents": "write"},
    }


def test_what_may_write_runs_nothing_from_a_tree_and_knows_no_secret() -> None:
    writers = [(name, job, body) for name, job, body in jobs() if "write" in body["permissions"].values()]
    assert [(name, job) for name, job, _ in writers] == [
        ("plan.yml", "comment"),
        ("apply.yml", "comment"),
        ("drift.yml", "issue"),
        ("accept.yml", "branch"),
    ]
    for name, job, body in writers:
        used = {step.get("uses", "").partition("@")[0] for step in body["steps"]}
        assert (name, job, used) == (name, job, {"", OURS, "actions/download-artifact"})
        assert "secrets." not in str(body)


def test_a_token_that_opens_pull_requests_is_beside_no_tree_and_no_other_secret() -> None:
    holders = [(name, job, body) for name, job, body in jobs() if "ZSYNC_PULLS_TOKEN" in str(body)]
    assert [(name, job) for name, job, _ in holders] == [("accept.yml", "pull")]
    (body,) = (body for *_, body in holders)
    used = {step.get("uses", "").partition("@")[0] for step in body["steps"]}
    assert (used, body["permissions"]) == ({"", OURS, "actions/download-artifact"}, {})
    assert set(re.findall(r"secrets\.(\w+)", str(body))) == {"ZSYNC_PULLS_TOKEN"}


def test_no_step_runs_an_interpreter_or_a_script_of_its_own() -> None:
    """What a workflow's shell does is call zsync, in one command: the rest is code with tests."""
    lines = [
        line.removesuffix(" \\").strip()
        for step in scripts()
        if step.workflow not in ("ci.yml", "nightly.yml")
        for line in step.body["run"].splitlines()
    ]
    assert {line.split()[0] for line in lines} <= {'"$ZSYNC"', "exec", '"$GITHUB_ACTION_PATH/install"'} | {
        line.split()[0] for line in lines if line.startswith("--")
    }
    assert not [line for line in lines if re.search(r"[;|&<>`]|\$\(", line)]


@pytest.mark.parametrize("name", ["plan.yml", "apply.yml", "drift.yml", "accept.yml"])
def test_no_interpreter_takes_a_module_from_the_checkout(name: str) -> None:
    assert workflow(name)["env"] == {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"}
    (started,) = [step["env"] for step in action()["runs"]["steps"] if step.get("id") == "run"]
    assert workflow(name)["env"].items() <= started.items()


def test_what_a_pull_request_can_write_is_no_place_for_a_plan() -> None:
    places = [
        str(value)
        for step in steps()
        for key, value in step.body.get("with", {}).items()
        if key in ("path", "plan")
    ]
    assert len(places) > 5
    assert [one for one in places if not one.startswith(("${{ runner.temp }}/", "${{ steps."))] == []


def test_every_job_ends_in_time() -> None:
    assert [(name, job) for name, job, body in jobs() if not 0 < body.get("timeout-minutes", 0) <= 120] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_pinned_to_a_commit_and_names_its_version(name: str) -> None:
    used = re.findall(r"(?m)^\s*(?:- )?uses: (.*)$", (FOLDER / name).read_text("utf-8"))
    assert [text for text in used if not PINNED.match(text)] == []


def test_one_action_has_one_pin() -> None:
    used = {str(step.body["uses"]) for step in steps() if "uses" in step.body}
    used |= {str(step["uses"]) for step in action()["runs"]["steps"] if "uses" in step}
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


def test_secrets_stand_in_the_environment_of_single_steps_that_read_or_write_the_crm() -> None:
    holders = {
        (step.workflow, step.job, step.body.get("name")) for step in steps() if "secrets." in str(step.body)
    }
    assert holders == {
        ("plan.yml", "plan", "Plan"),
        ("apply.yml", "plan", "Plan anew"),
        ("apply.yml", "apply", "Apply the reviewed plan"),
        ("drift.yml", "drift", "Look for drift"),
        ("accept.yml", "accept", "Take what the CRM holds"),
        ("accept.yml", "pull", "Open or update the pull request"),
    }


def test_secrets_come_from_environments_and_only_productions_can_write() -> None:
    named = {(name, job): body["environment"] for name, job, body in jobs() if "environment" in body}
    reader = "${{ inputs.plan-environment || 'plan' }}"
    assert named == {
        ("plan.yml", "plan"): reader,
        ("apply.yml", "plan"): reader,
        ("apply.yml", "apply"): "${{ inputs.apply-environment || 'production' }}",
        ("drift.yml", "drift"): reader,
        ("accept.yml", "accept"): reader,
        ("accept.yml", "pull"): reader,
    }


def test_zsync_is_installed_by_a_step_that_knows_no_secret() -> None:
    used = {(name, job): [s for s in body["steps"] if s.get("uses") == OURS] for name, job, body in jobs()}
    knowing = {place: these for place, these in used.items() if any("env" in step for step in these)}
    assert {name for name, _ in knowing} == {"plan.yml", "apply.yml", "drift.yml", "accept.yml"}
    for place, (first, *_) in knowing.items():
        assert (place, first["with"], "env" in first) == (place, {"command": "version"}, False)


def test_a_fork_gets_no_secret() -> None:
    plan = workflow("plan.yml")
    assert list(plan["on"]) == ["pull_request", "workflow_call"]
    assert plan["jobs"]["plan"]["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert plan["jobs"]["comment"]["needs"] == "plan"
    rehearse = plan["jobs"]["rehearse"]
    assert rehearse["if"] == "github.event.pull_request.head.repo.full_name != github.repository"
    assert (rehearse["permissions"], "environment" in rehearse) == ({"contents": "read"}, False)
    assert "secrets." not in str(rehearse)


@pytest.mark.parametrize(("name", "event"), [("plan.yml", "pull_request"), ("apply.yml", "push")])
def test_relations_set_the_workflows_off(name: str, event: str) -> None:
    assert workflow(name)["on"][event]["paths"] == ["relations/**"]


@pytest.mark.parametrize("name", ["plan.yml", "apply.yml", "drift.yml", "accept.yml"])
def test_a_workflow_can_be_called_and_nobody_has_to_say_anything(name: str) -> None:
    inputs = workflow(name)["on"]["workflow_call"]["inputs"]
    assert [one for one, body in inputs.items() if "default" not in body or not body["description"]] == []
    used = set(re.findall(r"inputs\.([\w-]+)", (FOLDER / name).read_text("utf-8")))
    assert used == set(inputs)


@pytest.mark.parametrize("name", ["apply.yml", "drift.yml"])
def test_the_webhooks_of_chats_are_a_secret_that_nobody_has_to_have(name: str) -> None:
    asked = workflow(name)["on"]["workflow_call"]["secrets"]
    assert asked["ZSYNC_NOTIFY"]["required"] is False
    told = [step.body["with"]["command"] for step in steps() if "ZSYNC_NOTIFY" in step.body.get("env", {})]
    assert told == ["apply", "drift"]


@pytest.mark.parametrize("name", ["plan.yml", "apply.yml", "drift.yml", "accept.yml"])
def test_a_secret_or_variable_that_a_step_gets_can_have_another_name_where_it_is_called(name: str) -> None:
    declared = workflow(name)["on"]["workflow_call"]["secrets"]
    given = set(re.findall(r"secrets\.(\w+)", str(workflow(name)["jobs"])))
    assert given == set(declared)
    assert not [one for one, body in declared.items() if body["required"] or not body["description"]]


def test_what_only_writers_need_only_writers_get() -> None:
    for variable in ("ZSYNC_JOURNAL_KEY", "ZSYNC_FREEZE", "VARIABLES", "ZSYNC_APPROVED_BY"):
        assert [str(step) for step in steps() if variable in step.body.get("env", {})] == [
            "apply.yml:apply:5"
        ]


def test_every_step_that_reaches_the_crm_gets_the_hosts_and_the_key_of_the_masks() -> None:
    reaching = [step for step in steps() if "ZSYNC_REFRESH_TOKEN" in step.body.get("env", {})]
    assert {str(step).partition(":")[0] for step in reaching} == {
        *("plan.yml", "apply.yml", "drift.yml", "accept.yml")
    }
    for step in reaching:
        wanted = {"ZSYNC_API_DOMAIN", "ZSYNC_ACCOUNTS_URL", "ZSYNC_REDACT_KEY"}
        assert wanted <= step.body["env"].keys(), str(step)


def test_plans_are_kept_for_seven_days_and_journals_for_ninety() -> None:
    kept = {
        step.body["with"].get("artifact", step.body["with"].get("name")): str(
            step.body["with"].get("retention-days", action()["inputs"]["retention-days"]["default"])
        )
        for step in steps()
        if "artifact" in step.body.get("with", {}) or "upload-artifact" in step.body.get("uses", "")
    }
    lasting = {"zsync-apply", *(name for name in kept if name.startswith("zsync-base-"))}
    assert {days for name, days in kept.items() if name not in lasting} == {"7"}
    assert {kept[name] for name in lasting} == {"90"}
    assert len(lasting) == 3


def test_applies_to_one_environment_queue_up_and_none_is_cut_off() -> None:
    assert workflow("apply.yml")["concurrency"] == {
        "group": "zsync-apply-${{ toJSON(inputs.environment || vars.ZSYNC_ENVIRONMENT) }}-${{ toJSON(inputs.paths) }}",
        "cancel-in-progress": False,
    }


@pytest.mark.parametrize("name", ["plan.yml", "apply.yml", "drift.yml", "accept.yml"])
def test_a_step_gives_the_action_what_it_takes_and_reads_what_it_puts_out(name: str) -> None:
    found = 0
    for job in workflow(name)["jobs"].values():
        used = {step.get("id"): step for step in job["steps"] if step.get("uses") == OURS}
        found += len(used)
        assert {key for step in used.values() for key in step["with"]} <= set(action()["inputs"])
        named = re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", str(job))
        assert {output for step, output in named if step in used} <= set(action()["outputs"])
    assert found


def test_every_input_and_output_of_the_action_is_described() -> None:
    described = [*action()["inputs"].values(), *action()["outputs"].values()]
    assert [one for one in described if len(one["description"]) < 10] == []


def test_the_actions_script_is_bash_that_parses_and_can_be_called() -> None:
    file = ACTION / "install"
    checked = subprocess.run(["bash", "-n", str(file)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr, bool(file.stat().st_mode & 0o111)) == (0, "", True)


def test_the_gate_waits_for_every_other_job() -> None:
    ci = workflow("ci.yml")["jobs"]
    assert (ci["gate"]["needs"], ci["gate"]["if"]) == ([job for job in ci if job != "gate"], "always()")


def test_the_matrix_is_the_pythons_that_the_package_claims() -> None:
    claimed = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == claimed


def test_every_night_all_tiers_run_from_the_locks_and_apart_from_them_the_newest_versions() -> None:
    nightly = workflow("nightly.yml")
    runs = {
        name: [step["run"] for step in job["steps"] if "run" in step] for name, job in nightly["jobs"].items()
    }
    assert "schedule" in nightly["on"]
    assert (runs["test"], runs["more"], runs["nightly"]) == (
        [".ci/run"],
        ["make test-more"],
        ["make nightly"],
    )
    assert (runs["newest"][0], runs["newest"][-1]) == ("make lock ARGS=--upgrade", ".ci/run")


def test_what_may_fail_is_named_and_what_a_merge_depends_on_is_not_among_it() -> None:
    jobs = workflow("ci.yml")["jobs"]
    assert {name: job["continue-on-error"] for name, job in jobs.items() if "continue-on-error" in job} == {
        "test": "${{ matrix.unseen == true }}",
        "unit": True,
    }
    assert jobs["test"]["strategy"]["matrix"]["include"] == [{"python": "3.14", "unseen": True}]
    assert [step["run"] for step in jobs["test"]["steps"] if "run" in step] == [".ci/run"]
    assert "make --no-print-directory --keep-going test" in (ROOT / ".ci" / "run").read_text("utf-8")


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
        "--color=never",
        str(ROOT / ".github"),
    ]
    found = subprocess.run(command, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "No findings to report. Good job!\n")


@pytest.mark.parametrize("step", [step for step in scripts() if " ci " in step.body["run"]], ids=str)
def test_zsync_knows_every_option_that_a_step_uses(step: Step) -> None:
    command, rest = re.findall(r'"\$ZSYNC" ci (\w+) (.*)', step.body["run"], re.DOTALL)[0]
    options = re.findall(r"(?<!\S)--[a-z][\w-]*", rest)
    known = {name for option in ci.commands[command].params for name in option.opts}
    assert options
    assert [option for option in options if option not in known] == []


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`install(workspace)`: the action's script in a tree whose `.ci/venv` only says how it was called."""
    script = tmp_path.resolve() / "tree" / ".github" / "actions" / "zsync" / "install"
    script.parent.mkdir(parents=True)
    script.write_bytes((ACTION / "install").read_bytes())
    venv = tmp_path.resolve() / "tree" / ".ci" / "venv"
    venv.parent.mkdir()
    venv.write_text('#!/bin/sh\necho "$0 $*" >"$GITHUB_OUTPUT.asked"\n')
    for program in (script, venv):
        program.chmod(0o755)

    def call(workspace: Path) -> subprocess.CompletedProcess[str]:
        workspace.mkdir(exist_ok=True)
        variables = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_WORKSPACE": str(workspace)}
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", **variables}
        return subprocess.run([str(script)], cwd=workspace, env=env, capture_output=True, text=True)

    return call


def test_the_action_installs_its_own_tree_by_the_lock_and_says_where(
    install: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    tree = tmp_path.resolve() / "tree"
    assert install(tmp_path / "checkout").returncode == 0
    assert (tmp_path / "output").read_text() == f"zsync={tree}/.venv/bin/zsync\n"
    assert (tmp_path / "output.asked").read_text() == f"{tree}/.ci/venv run\n"


@pytest.mark.parametrize("name", ["tree", ".", "linked"])
def test_the_action_installs_nothing_from_a_checkout(
    install: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, name: str
) -> None:
    (tmp_path / "linked").symlink_to(tmp_path / "tree")
    done = install(tmp_path / name)
    assert (done.returncode, "::error::" in done.stdout) == (64, True)
    assert not (tmp_path / "output.asked").exists()
