"""What a whole story leaves on the disk is for its owner alone, whatever the umask: each file and each folder."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.program import Run
from tests.workflows.actions import git
from tests.workflows.hub import REPOSITORY, Hub
from tests.workflows.web import serving
from zsync.emulator import RunningCrm, running
from zsync.review import marker, names

LIST = "Campaigns/501/Leads"
WORLD: Mapping[str, Any] = {
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}],
        "Leads": [
            {"id": str(300 + n), "Last_Name": f"L{n}", "Email": f"l{n}@acme.example"} for n in range(4)
        ],
    },
    "relations": {LIST: [{"id": "300", "Member_Status": "Sent"}]},
}
MANIFEST = """version: 1
parent: {module: Campaigns, id: "501"}
related_lists:
  Leads:
    key: Email
    records:
      - {Email: l0@acme.example, Member_Status: Invited}
      - {Email: l1@acme.example,   Member_Status: Sent}
"""
CONFIG = "version: 1\nenvironments:\n  production: {type: sandbox, waves: [1, rest]}\n"
TOKEN = '{"pull-requests": "write", "contents": "read", "actions": "read"}'


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign of one lead."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture(params=[0o022, 0o000], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """What a process takes from the modes of what it makes; nothing, at worst."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def loose(folder: Path, known: set[Path]) -> dict[str, str]:
    """What others may do something with, of all that is below a folder and was not there before."""
    found = {path: stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*") if path not in known}
    assert len(found) > 4, "the story left next to nothing"
    return {
        path.relative_to(folder).as_posix(): oct(mode)
        for path, mode in found.items()
        if mode != (0o700 if path.is_dir() else 0o600)
    }


def begun(folder: Path) -> set[Path]:
    """The repository, with folders for results; all that is there before zsync runs."""
    (folder / "relations").mkdir()
    (folder / "relations" / "spring.yaml").write_text(MANIFEST)
    (folder / "relations" / "zsync.yaml").write_text(CONFIG)
    git(folder, "init", "--quiet", "--template=")
    git(folder, "add", "relations")
    git(folder, "commit", "--quiet", "--message", "Spring")
    (folder / "out").mkdir()
    return {*folder.rglob("*")}


def test_what_people_run_leaves_nothing_that_others_can_read(
    crm: RunningCrm, run: Run, umask: int, tmp_path: Path
) -> None:
    known = begun(tmp_path)

    def ends(code: int, *args: str, **more: str) -> None:
        ended = run(*args, **more)
        assert ended.code == code, (args, ended.out + ended.err)

    forms = [
        word
        for form in ("text", "json", "markdown", "html", "github", "junit")
        for word in ("--format", f"{form}=out/plan.{form}")
    ]
    ends(0, "validate")
    ends(0, "plan", "--out", "plan.json", "--snapshot", "seen.json", *forms)
    crm.refuse_next("INVALID_DATA", 20, method="PUT")
    ends(3, "apply", "plan.json", "--report", "report.json")
    crm._org.refusals.clear()
    ends(0, "apply", "--auto-approve", "--journal", "out/own.jsonl")
    ends(3, "resume", "last", "--auto-approve", "--report", "out/resumed.json")
    ends(0, "undo", "--journal", "out/own.jsonl", "--out", "undo.json")
    ends(0, "apply", "undo.json")
    ends(2, "verify", "--format", "html=out/verified.html")
    ends(2, "drift", "--out", "drift.json")
    ends(0, "rehearse", "--snapshot", "seen.json", "--report", "rehearsed.json")
    ends(0, "show", "report.json", "--format", "html=page.html")
    ends(0, "login", "--code", crm.code())
    ends(0, "doctor")
    token = crm.access_token()
    alone = {name: "" for name in crm.environment() if name.startswith("ZSYNC_C")} | {
        "ZSYNC_REFRESH_TOKEN": ""
    }
    ends(0, "apply", "--auto-approve", ZSYNC_ACCESS_TOKEN=token, **alone)
    assert (tmp_path / "state" / "zsync" / "journal.key").is_file()
    assert list((tmp_path / "cache").rglob("*.json"))
    assert loose(tmp_path, known) == {}


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664])
def test_what_fmt_rewrites_keeps_its_mode(run: Run, umask: int, tmp_path: Path, mode: int) -> None:
    begun(tmp_path)
    file = tmp_path / "relations" / "spring.yaml"
    file.chmod(mode)
    before = file.read_text()
    assert run("fmt").code == 0
    assert (file.read_text() != before, stat.S_IMODE(file.stat().st_mode)) == (True, mode)


@pytest.mark.parametrize("umask", [0o000], indirect=True, ids=oct)
def test_what_ci_runs_leaves_nothing_that_others_can_read(
    crm: RunningCrm, run: Run, umask: int, tmp_path: Path
) -> None:
    known = begun(tmp_path)
    hub = Hub(tmp_path.parent / f"{tmp_path.name}-hub", tmp_path)
    sha, about = git(tmp_path, "rev-parse", "HEAD"), names.slug("", ("relations",))
    for name in ("output", "summary"):
        (tmp_path / name).write_text("")
        known.add(tmp_path / name)
    with serving(hub) as api:
        github = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": api,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "7",
            "GITHUB_SHA": sha,
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "RUNNER_TEMP": str(tmp_path / "temp"),
        }
        assert run("ci", "run", "plan", "relations", **github).code == 0
        plan = tmp_path / "temp" / "zsync" / "plan" / "plan.json"
        digest = json.loads(plan.read_text())["digest"]
        hub.merge(1, "b" * 40, sha)
        kept = hub.upload("plan", [(plan, "plan.json")], 6, head_sha="b" * 40)
        hub.comment(1, marker.of_plan(about, "b" * 40, kept, digest))
        reviewed = str(tmp_path / "temp" / "reviewed")
        decide = run("ci", "decide", str(plan), "--folder", reviewed, **github, GH_TOKEN=TOKEN)
        assert (decide.code, "reviewed: the reviewed plan still holds" in decide.out) == (0, True)
        words = ("--plan", f"{reviewed}/plan.json", "--digest", digest)
        assert run("ci", "run", "apply", *words, **github).code == 0
    assert {path.name for path in (tmp_path / "temp" / "zsync").iterdir()} == {"plan", "apply"}
    assert loose(tmp_path, known) == {}


def test_a_crm_that_is_kept_in_a_file_is_for_its_owner_alone(umask: int, tmp_path: Path) -> None:
    """It may begin with the snapshot of a real one."""
    with running(WORLD, data=tmp_path / "crm.sqlite"):
        kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert "crm.sqlite" in kept
    assert set(kept.values()) == {0o600}
