"""The same outside of GitHub: the shell recipe by itself, and the scripts of GitLab's template."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.program import PATIENCE
from tests.stub_index import StubIndex
from tests.workflows.actions import git
from tests.workflows.conftest import CONFIG, LIST, MANIFEST, Project, program
from tests.workflows.gitlab import RECIPE, TEMPLATE, Pipeline, script
from tests.workflows.gitlab_web import PROJECT, TOKEN, serving_gitlab
from tests.workflows.gitlab_web import Project as GitLabProject
from tests.workflows.runner import load
from tests.workflows.test_again import CY

SENT = {"spring.yaml": MANIFEST.replace("Planned", "Sent")}
Done = subprocess.CompletedProcess[str]
Shell = Callable[..., Done]


@pytest.fixture
def shell(project: Project) -> Shell:
    """`shell(text)` runs a script in the repository, as another CI would."""

    def call(text: str, **env: str) -> Done:
        folder = project.tree / ".venv" / "bin"
        keep = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "HOME": str(project.folder),
            "ZSYNC_CI": str(RECIPE),
        }
        return subprocess.run(
            ["bash", "-e", "-c", text],
            cwd=project.origin,
            env={**keep, **project.repository.variables, **project.crm.environment(), **env},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    return call


@pytest.fixture
def pipeline(project: Project) -> Callable[..., Pipeline]:
    """`pipeline(sha)`: the jobs for a commit, with the secrets of the CRM in both environments."""
    (project.folder / "gitlab").mkdir()
    secrets = project.repository.environments

    def make(sha: str, gitlab: GitLabProject | None = None) -> Pipeline:
        return Pipeline(
            project.origin,
            sha,
            project.folder / "gitlab",
            project.tree / ".venv" / "bin" / "zsync",
            project.repository.variables,
            {"zsync-plan": secrets["plan"], "production": secrets["production"]},
            gitlab=gitlab,
        )

    return make


def test_the_recipe_is_bash_that_parses() -> None:
    for text in [
        RECIPE.read_text("utf-8"),
        *(script(name) for name in load(TEMPLATE) if name.startswith("zsync-")),
    ]:
        checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, "")


@pytest.fixture
def bare(tmp_path: Path) -> Shell:
    """`bare(text)` runs a script in an empty folder, where Python is and zsync is not, with a stub index alone."""
    programs, folder = tmp_path / "bin", tmp_path / "checkout"
    programs.mkdir()
    folder.mkdir()
    program(programs / "python3", f"exec '{sys.executable}' \"$@\"")

    def call(text: str, **env: str) -> Done:
        keep = {
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "PIP_INDEX_URL": (tmp_path / "index").as_uri(),
            "ZSYNC_CI": str(RECIPE),
        }
        return subprocess.run(
            ["bash", "-e", "-c", text], cwd=folder, env={**keep, **env}, capture_output=True, text=True
        )

    return call


def test_gitlab_installs_by_hash_what_it_is_told_to_and_nothing_of_the_checkout(
    bare: Shell, tmp_path: Path
) -> None:
    index = StubIndex(tmp_path / "index")
    code = {"zsync/__init__.py": "", "zsync/__main__.py": "import json, sys; print('stub', *sys.argv[1:])"}
    pinned = index.add("zsync-crm", "0.1.0", ["Requires-Dist: click"], code)
    index.add("zsync-crm", "9999.0", (), code)
    (tmp_path / "locked.txt").write_text(f"zsync-crm[emulator]==0.1.0 --hash={pinned}\n")
    (tmp_path / "checkout" / "json.py").write_text("raise SystemExit('of the checkout')")
    unpack = "\n".join(load(TEMPLATE)[".zsync"]["before_script"])
    done = bare(
        f'{script("zsync-install")}\n{unpack}\n"$ZSYNC" --version',
        ZSYNC_REQUIREMENTS=f"{tmp_path}/locked.txt",
    )
    assert (done.returncode, done.stdout) == (0, "stub --version\n"), done.stderr


@pytest.mark.parametrize(
    ("named", "code", "said"),
    [
        (None, 64, "set ZSYNC_REQUIREMENTS to a requirements file"),
        ("", 64, "there is nothing in"),
        ("zsync-crm==0.1.0\n", 1, "hash"),
        ("zsync-crm==0.1.0 --hash=sha256:" + "0" * 64, 1, "HASHES"),
        ("{stranger}", 4, "does not name zsync-crm"),
    ],
)
def test_gitlab_installs_nothing_else(
    bare: Shell, tmp_path: Path, named: str | None, code: int, said: str
) -> None:
    index = StubIndex(tmp_path / "index")
    index.add("zsync-crm", "0.1.0")
    stranger = "zsync" + f"==1.3 --hash={index.add('zsync', '1.3', (), {'zsync/__main__.py': ''})}"
    (tmp_path / "locked.txt").write_text((named or "").format(stranger=stranger))
    told = {} if named is None else {"ZSYNC_REQUIREMENTS": f"{tmp_path}/locked.txt"}
    done = bare(script("zsync-install"), **told)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "checkout" / "zsync.tgz").exists()


def test_gitlab_installs_where_no_secrets_are_and_before_everything_else() -> None:
    jobs = {name: body for name, body in load(TEMPLATE).items() if name.startswith("zsync-")}
    installing = [name for name, body in jobs.items() if " install " in str(body)]
    assert (installing, "environment" in jobs["zsync-install"]) == (["zsync-install"], False)
    waiting = [
        body.get("needs", load(TEMPLATE)[body["extends"]]["needs"])
        for body in jobs.values()
        if "extends" in body
    ]
    assert all("zsync-install" in needs for needs in waiting)
    assert "pip" not in str(load(TEMPLATE))


def test_a_plan_is_kept_and_that_very_plan_is_applied(project: Project, shell: Shell) -> None:
    project.commit(SENT)
    planned = shell(f"{RECIPE} plan out relations")
    digest = json.loads((project.origin / "out" / "plan.json").read_text("utf-8"))["digest"]
    assert (planned.returncode, f"The plan's digest is {digest}" in planned.stdout) == (0, True)
    assert shell(f". out/digest.env; export ZSYNC_DIGEST; {RECIPE} apply out").returncode == 0
    assert project.members() == {"ana": "Invited", "bo": "Sent"}
    kept = {one.name for one in (project.origin / "out" / "apply").iterdir()}
    assert {"report.json", "journal.jsonl", "apply.md", "log.txt"} <= kept


def test_a_branch_without_a_commit_before_is_planned_without_a_base(shell: Shell) -> None:
    assert shell(f"{RECIPE} plan out relations", ZSYNC_BASE="0" * 40).returncode == 0


@pytest.mark.parametrize(("digest", "code"), [("sha256:" + "0" * 64, 6), ("", 64)])
def test_a_plan_that_nobody_named_by_its_digest_is_refused(
    project: Project, shell: Shell, digest: str, code: int
) -> None:
    project.commit(SENT)
    shell(f"{RECIPE} plan out relations")
    assert shell(f"{RECIPE} apply out", ZSYNC_DIGEST=digest).returncode == code
    assert project.writes() == 0


def test_drift_ends_with_2(project: Project, shell: Shell) -> None:
    assert shell(f"{RECIPE} drift out relations").returncode == 0
    project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
    assert shell(f"{RECIPE} drift out relations").returncode == 2


@pytest.mark.parametrize("words", ["", "plan", "apply", "destroy out"])
def test_a_call_without_sense_shows_how_to_call_it(shell: Shell, words: str) -> None:
    done = shell(f"{RECIPE} {words}")
    assert (done.returncode, done.stdout) == (64, "")
    assert "zsync-ci plan FOLDER [PATH…]" in done.stderr


def test_a_manifest_with_an_error_fails_the_check_and_the_plan(project: Project, shell: Shell) -> None:
    project.commit({"spring.yaml": MANIFEST.replace("key:", "kye:")})
    assert shell(f"{RECIPE} check relations").returncode == 4
    assert shell(f"{RECIPE} plan out relations").returncode == 4
    assert not (project.origin / "out" / "digest.env").exists()


def test_gitlabs_jobs_check_plan_apply_and_see_drift(
    project: Project, pipeline: Callable[[str], Pipeline]
) -> None:
    before = git(project.origin, "rev-parse", "HEAD")
    run = pipeline(project.commit(SENT))
    for name in ("zsync-check", "zsync-plan", "zsync-apply", "zsync-drift"):
        done = run(name, CI_COMMIT_BEFORE_SHA=before)
        assert (name, done.returncode) == (name, 0), done.stdout + done.stderr
    assert project.members() == {"ana": "Invited", "bo": "Sent"}
    assert (run.kept["zsync-apply"] / "zsync-plan" / "apply" / "report.json").exists()


def test_gitlabs_jobs_go_on_from_where_the_last_apply_ended(
    project: Project, pipeline: Callable[..., Pipeline]
) -> None:
    gitlab, before = GitLabProject(), git(project.origin, "rev-parse", "HEAD")
    with serving_gitlab(gitlab) as api:
        token = {"CI_API_V4_URL": api, "CI_PROJECT_ID": PROJECT, "ZSYNC_GITLAB_TOKEN": TOKEN}
        first = pipeline(project.commit(SENT), gitlab)
        assert first("zsync-plan", CI_COMMIT_BEFORE_SHA=before, **token).returncode == 0
        project.crm.refuse_next("INVALID_DATA", 20, method="PUT")
        assert first("zsync-apply", **token).returncode == 3
        project.well()
        # Nobody touches the first pipeline again, and somebody edits the CRM.
        project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
        second = pipeline(project.commit({"spring.yaml": SENT["spring.yaml"] + CY}), gitlab)
        planned = second("zsync-plan", CI_COMMIT_BEFORE_SHA=first.sha, **token)
        assert f"compared with {first.sha[:7]}, the newest commit whose run left a report" in planned.stdout
        assert "1 to update, 1 to create" in planned.stdout
        assert second("zsync-apply", **token).returncode == 0
        assert project.members() == {"ana": "Opted Out", "bo": "Sent", "cy": "Sent"}
        assert second("zsync-drift", **token).returncode == 2
        done = first("zsync-apply", **token)
        assert (done.returncode, f"main has gone on to {second.sha[:7]}" in done.stderr) == (6, True)


def test_gitlabs_plan_with_nothing_to_do_is_where_the_next_one_goes_on_from(
    project: Project, pipeline: Callable[..., Pipeline]
) -> None:
    gitlab = GitLabProject()
    with serving_gitlab(gitlab) as api:
        token = {"CI_API_V4_URL": api, "CI_PROJECT_ID": PROJECT, "ZSYNC_GITLAB_TOKEN": TOKEN}
        first = pipeline(project.commit({"zsync.yaml": CONFIG + "# settled\n"}), gitlab)
        assert first("zsync-plan", CI_COMMIT_BEFORE_SHA="0" * 40, **token).returncode == 0
        project.crm.link(LIST, {"id": "301", "Member_Status": "Opted Out"})
        second = pipeline(project.commit(SENT), gitlab)
        planned = second("zsync-plan", CI_COMMIT_BEFORE_SHA=first.sha, **token)
        assert f"compared with {first.sha[:7]}, the newest commit whose run left a report" in planned.stdout
        plan = json.loads((second.kept["zsync-plan"] / "zsync-plan" / "plan.json").read_text())
        assert (plan["summary"]["update"], plan["drifted"]) == (1, 1)


def test_gitlab_rehearses_a_forks_branch_without_secrets(
    project: Project, pipeline: Callable[[str], Pipeline]
) -> None:
    before = git(project.origin, "rev-parse", "HEAD")
    done = pipeline(project.commit(SENT))("zsync-rehearse", CI_MERGE_REQUEST_DIFF_BASE_SHA=before)
    assert (done.returncode, "Applied 1 of 1: 1 updated" in done.stdout) == (0, True), done.stderr
    assert project.members() == {"ana": "Invited", "bo": "Planned"}


def test_gitlab_plans_what_it_does_not_rehearse() -> None:
    jobs = load(TEMPLATE)
    (fork,) = jobs["zsync-rehearse"]["rules"]
    assert {"if": fork["if"], "when": "never"} in jobs["zsync-plan"]["rules"][:-1]
    assert jobs["zsync-plan"]["rules"][-1] == jobs[".zsync"]["rules"][-1]


def test_gitlabs_jobs_find_what_others_made() -> None:
    jobs = load(TEMPLATE)
    made = jobs["zsync-plan"]["artifacts"]["paths"]
    assert (jobs["zsync-apply"]["needs"], made) == (["zsync-install", "zsync-plan"], ["zsync-plan/"])
    assert jobs["zsync-plan"]["artifacts"]["reports"]["dotenv"] == "zsync-plan/digest.env"
    assert "apply zsync-plan" in script("zsync-apply")
    assert "plan zsync-plan relations" in script("zsync-plan")
    assert jobs["zsync-apply"]["rules"][0]["when"] == "manual"


def test_the_template_sends_to_a_place_that_exists() -> None:
    assert (Path(TEMPLATE).parent / "../docs/elsewhere.md").exists()
