"""A pull request whose tree is full of hostile things: nothing of it runs, is believed, or is sent anywhere.

Here zsync is started as it really is, by its own command and interpreter: what is forked elsewhere could not be led astray.
"""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.receiver import Receiver, receiver
from tests.workflows.actions import git
from tests.workflows.conftest import CONFIG, LIST, MANIFEST, Project, as_installed, program
from tests.workflows.gitlab import Pipeline
from tests.workflows.test_hostile import inert

# Whatever a step, zsync or one of its libraries imports: each would write the canary.
MODULES = (
    *("secrets", "json", "zipfile", "re", "signal", "subprocess", "tarfile", "runpy", "site", "encodings"),
    *("click", "httpx", "pydantic", "ruamel", "simplejson", "zsync", "tests", "pip", "venv", "ensurepip"),
    *("sitecustomize", "usercustomize", "conftest", "platformdirs", "certifi", "ssl", "sqlite3", "uvicorn"),
)
SENT = MANIFEST.replace("Planned", "Sent")
MARKUP = "<img src=x onerror=alert(1)> `@team` ::error::x ##[error]y.yaml"
CONTROLS = "a\n::error::x\r##[error]y\x1b[31m\u202e\x85 @team.yaml"


@pytest.fixture
def canary(project: Project) -> Path:
    """A file that must not be there in the end."""
    as_installed(project.tree)
    return project.folder / "canary"


@pytest.fixture
def trap() -> Iterator[Receiver]:
    """A host that is nobody's environment."""
    with receiver() as running:
        yield running


@pytest.fixture
def elsewhere(project: Project) -> Iterator[Callable[[], bool]]:
    """Whether anything was sent to a host that is not this machine: all of that would go through a proxy, which is watched."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
        given = dict.fromkeys(names, url) | {
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        project.repository.surroundings.update(given)
        yield lambda: bool(select.select([proxy], [], [], 0)[0])


def plant(tree: Path, canary: Path) -> None:
    """Make a tree hostile: code under the names of what is imported, programs, folders of results, attributes."""
    code = f"import posix\nposix.close(posix.open({str(canary)!r}, posix.O_CREAT | posix.O_WRONLY))\n"
    for name in MODULES:
        (tree / f"{name}.py").write_text(code)
        for inner in ("__init__", "__main__", "cli", "main"):
            file = tree / name / f"{inner}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(code)
    (tree / "evil.pth").write_text(f"import os; os.system('touch {canary}')\n")
    (tree / "pyvenv.cfg").write_text("home = /nowhere\n")
    for name in ("git", "python", "python3", "bash", "tar", "gh", "jq"):
        program(tree / name, f"touch '{canary}'")
        program(tree / "venv" / "bin" / name, f"touch '{canary}'")
    for place in (
        *(".zsync/reviewed", ".zsync/runs", ".zsync/tokens", ".zsync/production", "relations/.zsync"),
        *("zsync-plan/apply", "zsync-rehearsal", "zsync-drift"),
    ):
        (tree / place).mkdir(parents=True)
        (tree / place / "plan.json").write_text("{}")
        (tree / place / "20270101T000000Z-aaaaaaaa.jsonl").write_text("{}\n")
        (tree / place / "FREEZE").write_text("never")
    for place in ("zsync-plan", "zsync-plan/apply", "zsync-rehearsal", "zsync-drift"):
        (tree / place / ".zsync-ci").write_text("")
        (tree / place / "digest.env").write_text(f"ZSYNC_DIGEST=sha256:{'0' * 64}\nPYTHONPATH=.\n")
    (tree / ".gitattributes").write_text("* filter=evil diff=evil export-ignore\n")
    (tree / ".npmrc").write_text("script-shell=./bash\n")
    for name in (MARKUP, CONTROLS, f"{'h' * 250}.yaml"):
        (tree / "relations" / name).write_text("")
    (tree / ".gitmodules").write_text(
        f'[submodule "s"]\n\tpath = s\n\turl = ext::touch {canary}\n\tupdate = !touch {canary}\n'
    )


def bare(folder: Path, canary: Path) -> None:
    """A bare repository, as files of the tree."""
    (folder / "refs" / "heads").mkdir(parents=True)
    (folder / "objects").mkdir()
    (folder / "refs" / "heads" / "keep").write_text("0" * 40 + "\n")
    (folder / "objects" / "keep").write_text("")
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    evil = f"\tfsmonitor = touch '{canary}'\n\thooksPath = .\n"
    (folder / "config").write_text(f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n{evil}")


@pytest.fixture
def edits(project: Project, canary: Path) -> dict[str, str]:
    """The hostile tree is in place, uncommitted, on a branch; the edits of the pull request are these."""
    plant(project.origin, canary)
    bare(project.origin / "relations", canary)
    return {"spring.yaml": SENT}


def test_this_tree_would_run_if_anything_of_it_were_run(project: Project, canary: Path) -> None:
    plant(project.origin, canary)
    subprocess.run([sys.executable, "-c", "import secrets"], cwd=project.origin, check=True)
    assert canary.exists()


def test_what_is_sent_elsewhere_would_be_seen(elsewhere: Callable[[], bool], project: Project) -> None:
    assert not elsewhere()
    words = "import httpx; httpx.get('https://crm.example', timeout=1)"
    subprocess.run([sys.executable, "-c", words], env=project.repository.surroundings, capture_output=True)
    assert elsewhere()


def test_from_pull_request_to_merge_and_drift_nothing_of_it_runs(
    project: Project, canary: Path, edits: dict[str, str], elsewhere: Callable[[], bool]
) -> None:
    pull = project.pull(edits)
    assert project.validate(pull).result == "success"
    planned = project.plan(pull)
    assert [planned[job].result for job in ("plan", "comment")] == ["success", "success"]
    (comment,) = project.hub.comments(pull.number)
    assert ("### zsync: 1 to update" in comment, inert(comment), "onerror" in comment) == (True, True, True)
    merged = project.merge(pull)()
    assert {name: one.result for name, one in merged.items()} == dict.fromkeys(merged, "success")
    assert project.members() == {"ana": "Invited", "bo": "Sent"}
    assert project.drift()["drift"].outputs["reason"] == "done"
    project.crm.link(LIST, {"id": "302", "Member_Status": "Planned"})
    accepted = project.accept()
    assert (accepted["accept"].result, accepted["branch"].result) == ("success", "success")
    assert (canary.exists(), elsewhere()) == (False, False)


def test_from_a_fork_nothing_of_it_runs(project: Project, canary: Path, edits: dict[str, str]) -> None:
    pull = project.pull(edits, fork=True)
    assert project.plan(pull)["rehearse"].result == "success"
    assert project.crm.requests == []
    assert not canary.exists()


def test_on_gitlab_and_in_any_shell_nothing_of_it_runs(
    project: Project, canary: Path, edits: dict[str, str], elsewhere: Callable[[], bool]
) -> None:
    before = git(project.origin, "rev-parse", "HEAD")
    run = pipeline(project, project.commit(edits))
    for name in ("zsync-check", "zsync-rehearse", "zsync-plan", "zsync-apply", "zsync-drift"):
        given = {"CI_COMMIT_BEFORE_SHA": before, "CI_MERGE_REQUEST_DIFF_BASE_SHA": before}
        done = run(name, **({} if name == "zsync-apply" else given))
        assert (name, done.returncode) == (name, 0), done.stdout + done.stderr
    assert project.members() == {"ana": "Invited", "bo": "Sent"}
    assert (canary.exists(), elsewhere()) == (False, False)


def pipeline(project: Project, sha: str) -> Pipeline:
    """GitLab's jobs for a commit."""
    (project.folder / "gitlab").mkdir()
    secrets = project.repository.environments
    return Pipeline(
        project.origin,
        sha,
        project.folder / "gitlab",
        project.tree / ".venv" / "bin" / "zsync",
        {**project.repository.variables, **project.repository.surroundings},
        {"zsync-plan": secrets["plan"], "production": secrets["production"]},
    )


WRITING = (
    (0, "plan", "--base", "main", "--out", "p.json"),
    (0, "apply", "--auto-approve", "p.json"),
    (0, "undo", "last", "--out", "u.json"),
)
EVERY = (
    *((0, "validate"), (0, "fmt", "--check"), (0, "rehearse"), (0, "doctor"), (2, "verify")),
    *(WRITING[0], (0, "show", "p.json"), (2, "drift"), *WRITING[1:]),
)


@pytest.mark.parametrize(
    "commands", [WRITING, pytest.param(EVERY, marks=pytest.mark.nightly)], ids=["those that write", "all"]
)
def test_by_hand_nothing_of_it_runs(
    project: Project,
    canary: Path,
    edits: dict[str, str],
    elsewhere: Callable[[], bool],
    commands: tuple[tuple[int | str, ...], ...],
) -> None:
    project.commit(edits)
    zsync = str(project.tree / ".venv" / "bin" / "zsync")
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(project.folder),
        **project.crm.environment(),
        **project.repository.surroundings,
    }
    for code, *words in commands:
        done = subprocess.run(
            [zsync, *map(str, words)], cwd=project.origin, env=surroundings, capture_output=True, text=True
        )
        assert (words, done.returncode) == (words, code), done.stdout + done.stderr
        assert "\x1b" not in done.stdout + done.stderr
    assert project.members() == {"ana": "Invited", "bo": "Sent"}
    assert (canary.exists(), elsewhere()) == (False, False)


@pytest.mark.parametrize(
    ("name", "leads"),
    [
        ("a.yaml", "/etc/passwd"),
        ("zsync.yaml", "/dev/zero"),
        # How each command takes each of them is held in tests/cli/test_hostile_tree.py.
        *(
            pytest.param(*case, marks=pytest.mark.nightly)
            for case in (("a.yaml", "/dev/zero"), ("a.yaml", "a.yaml"), ("zsync.yaml", "/etc/passwd"))
        ),
    ],
)
def test_a_link_among_the_manifests_is_told_and_nothing_is_planned(
    project: Project, name: str, leads: str
) -> None:
    link = project.origin / "relations" / name
    link.unlink(missing_ok=True)
    link.symlink_to(leads)
    pull = project.pull({"spring.yaml": SENT})
    done = project.validate(pull)
    assert (done.result, name in done.summary, "root:" in done.summary) == ("failure", True, False)
    assert project.plan(pull)["plan"].outputs["digest"] == ""
    assert project.writes() == 0


@pytest.mark.parametrize("place", ["zsync-plan", "zsync-plan/.zsync-ci", "zsync-base"])
def test_a_folder_for_results_that_a_tree_brings_along_is_refused_where_it_is_not_ours(
    project: Project, place: str
) -> None:
    target = project.folder / "home"
    target.mkdir()
    (target / "key").write_text("mine")
    (project.origin / place).parent.mkdir(exist_ok=True)
    (project.origin / place).symlink_to(target)
    done = pipeline(project, project.commit({"spring.yaml": SENT}))("zsync-plan")
    assert (done.returncode, (target / "key").read_text()) == (64, "mine")
    assert "--folder" in done.stderr
    assert [one.name for one in target.iterdir()] == ["key"]


@pytest.mark.parametrize("ours", [True, False])
def test_variables_that_a_tree_brings_along_are_read_by_no_job(project: Project, *, ours: bool) -> None:
    canary, place = project.folder / "canary", project.origin / "zsync-base"
    place.mkdir()
    (place / "base.env").write_text(f"ZSYNC_BASE=$(touch {canary})\ntouch {canary}\n")
    if ours:
        (place / ".zsync-ci").touch()
    done = pipeline(project, project.commit({"spring.yaml": SENT}))("zsync-plan")
    assert (done.returncode, canary.exists()) == (0 if ours else 64, False), done.stderr


def test_a_committed_plan_is_not_a_reviewed_one(project: Project) -> None:
    evil = project.pull({"spring.yaml": "".join(MANIFEST.splitlines(keepends=True)[:-1])})
    project.plan(evil)
    plan = (project.kept("zsync-plan") / "plan.json").read_bytes()
    pull = project.pull({"spring.yaml": SENT})
    for place in (".zsync/reviewed", "reviewed", "zsync-reviewed", "result"):
        (project.origin / place).mkdir(parents=True)
        (project.origin / place / "plan.json").write_bytes(plan)
    done = project.merge(project.push(pull, {}))()
    why = "there is no reviewed plan for this commit; what lies in .zsync/reviewed of the checkout does not count"
    assert (done["plan"].outputs["why"].startswith(why), project.writes()) == (True, 0)


def test_a_configuration_beside_a_manifest_sends_nothing_elsewhere(project: Project, trap: Receiver) -> None:
    evil = CONFIG.replace("sandbox}", f"sandbox, accounts_url: '{trap.url}', api_domain: '{trap.url}'}}")
    pull = project.pull({"spring.yaml": "", "evil/spring.yaml": SENT, "evil/zsync.yaml": evil})
    project.plan(pull)
    project.merge(pull)()
    assert trap.posted == []
