"""A repository with manifests, its workflows, GitHub, and the bundled CRM."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.workflows.actions import git
from tests.workflows.hub import OWN, REPOSITORY, Hub
from tests.workflows.runner import ROOT, Result, Run
from zsync.emulator import RunningCrm, running

CAMPAIGN, LEADS = "501", {"ana": "301", "bo": "302", "cy": "303"}
LIST = f"Campaigns/{CAMPAIGN}/Leads"
MANIFEST = """version: 1
parent:
  module: Campaigns
  id: "501"
related_lists:
  Leads:
    key: Email
    records:
      - {Email: ana@acme.example, Member_Status: Invited}
      - {Email: bo@acme.example, Member_Status: Planned}
"""
CONFIG = "version: 1\nenvironments:\n  production: {type: sandbox}\n"
WORLD: Mapping[str, Any] = {
    "records": {
        "Campaigns": [{"id": CAMPAIGN, "Campaign_Name": "Spring"}],
        "Leads": [
            {"id": one, "Last_Name": name.title(), "Email": f"{name}@acme.example"}
            for name, one in LEADS.items()
        ],
    },
    "relations": {
        LIST: [{"id": "301", "Member_Status": "Invited"}, {"id": "302", "Member_Status": "Planned"}]
    },
}
Edit = Mapping[str, str]


class Pull(NamedTuple):
    """A pull request: its number, the commits of main and of the branch, and the one that merges them."""

    number: int
    base: str
    head: str
    merge: str
    fork: bool = False

    @property
    def event(self) -> dict[str, Any]:
        """What GitHub tells its workflows."""
        repository = "stranger/crm-relations" if self.fork else REPOSITORY
        head = {"sha": self.head, "repo": {"full_name": repository}}
        return {"pull_request": {"number": self.number, "head": head, "base": {"sha": self.base}}}


@dataclass
class Project:
    """The repository `origin`, and what happens to it."""

    folder: Path
    crm: RunningCrm
    hub: Hub
    origin: Path
    tree: Path
    variables: dict[str, str] = field(default_factory=lambda: {"ZSYNC_ENVIRONMENT": "production"})
    notify: str = ""

    def commit(self, edits: Edit) -> str:
        """Files of relations/ as they are to be, committed where HEAD is; empty ones are removed."""
        for name, text in edits.items():
            file = self.origin / "relations" / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8") if text else file.unlink()
        git(self.origin, "add", "--all")
        git(self.origin, "commit", "--quiet", "--allow-empty", "--message", "Edit")
        return git(self.origin, "rev-parse", "HEAD")

    def pull(self, edits: Edit, *, fork: bool = False) -> Pull:
        """A branch with these edits, and a pull request for it."""
        base = git(self.origin, "rev-parse", "main")
        git(self.origin, "checkout", "--quiet", "-B", "topic", "main")
        return self._pull(self.hub.new(), base, self.commit(edits), fork)

    def push(self, pull: Pull, edits: Edit) -> Pull:
        """One more commit in a pull request."""
        git(self.origin, "checkout", "--quiet", "topic")
        return self._pull(pull.number, pull.base, self.commit(edits), pull.fork)

    def _pull(self, number: int, base: str, head: str, fork: bool) -> Pull:
        git(self.origin, "checkout", "--quiet", "-B", f"merge-{number}", "main")
        git(self.origin, "merge", "--quiet", "--no-ff", "--message", "Merge", head)
        return Pull(number, base, head, git(self.origin, "rev-parse", "HEAD"), fork)

    def validate(self, pull: Pull) -> Result:
        """What the first job of the workflow `plan` says."""
        run = self.run("plan", "pull_request", pull.merge, pull.event)
        run.jobs = ("validate",)
        return run()["validate"]

    def plan(self, pull: Pull, **inputs: str) -> dict[str, Result]:
        """What the other jobs of the workflow `plan` do with it."""
        run = self.run(
            "plan",
            "pull_request",
            pull.merge,
            pull.event,
            inputs,
            head=pull.head,
            repository=2 if pull.fork else OWN,
        )
        run.jobs = ("plan", "rehearse", "comment")
        return run()

    def merge(self, pull: Pull) -> Run:
        """Merge it; the workflow `apply` comes back, to be run."""
        git(self.origin, "checkout", "--quiet", "main")
        before = git(self.origin, "rev-parse", "HEAD")
        git(self.origin, "merge", "--quiet", "--no-ff", "--message", f"Merge #{pull.number}", pull.head)
        after = git(self.origin, "rev-parse", "HEAD")
        self.hub.merge(pull.number, pull.head, after)
        return self.run("apply", "push", after, {"before": before})

    def drift(self) -> dict[str, Result]:
        """What the workflow `drift` finds."""
        return self.run("drift", "schedule", git(self.origin, "rev-parse", "main"), {})()

    def run(
        self,
        name: str,
        event_name: str,
        sha: str,
        event: Mapping[str, Any],
        inputs: Mapping[str, str] | None = None,
        head: str = "",
        repository: int = OWN,
    ) -> Run:
        """A run of a workflow. Both of GitHub's environments hold the secrets of the one CRM."""
        secrets = self.crm.environment() | ({"ZSYNC_NOTIFY": self.notify} if self.notify else {})
        return Run(
            *(self.hub, self.origin, self.tree, self.folder / "runs", name, event, event_name, sha),
            head_sha=head,
            head_repository=repository,
            inputs=inputs or {},
            variables=self.variables,
            secrets={"plan": secrets, "production": secrets},
        )

    def at(self, epoch: int | None) -> None:
        """zsync's clock stands there from now on; None: it runs again."""
        file = self.tree / "epoch"
        file.unlink(missing_ok=True) if epoch is None else file.write_text(str(epoch), "utf-8")

    def kept(self, name: str) -> Path:
        """The folder of the newest artifact of that name."""
        return self.hub.artifact(self.hub.named(name))

    def members(self) -> dict[str, str]:
        """Who is in the campaign, with which status."""
        names = {one: name for name, one in LEADS.items()}
        return {names.get(one, one): fields["Member_Status"] for one, fields in self.crm.rows(LIST).items()}

    def writes(self) -> int:
        """How many requests reached the CRM that could change it."""
        return sum(one.method in ("PUT", "DELETE") for one in self.crm.requests)


NewProject = Callable[..., Project]


@pytest.fixture
def new_project(tmp_path: Path) -> Iterator[NewProject]:
    """`new_project(world, edits)`: a repository whose main holds these files, and a CRM with that world."""
    if not shutil.which("jq"):
        pytest.skip("jq is not here, which GitHub's runners have and the workflows use")
    running_crms = []

    def make(world: Mapping[str, Any] = WORLD, edits: Edit | None = None) -> Project:
        context = running(seed=world)
        crm = context.__enter__()
        running_crms.append(context)
        origin = tmp_path / "origin"
        origin.mkdir()
        git(origin, "init", "--quiet")
        git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
        project = Project(tmp_path, crm, Hub(tmp_path / "hub"), origin, installed(tmp_path / "tree", crm))
        project.commit(edits or {"spring.yaml": MANIFEST, "zsync.yaml": CONFIG})
        return project

    yield make
    for context in running_crms:
        context.__exit__(None, None, None)


@pytest.fixture
def project(new_project: NewProject) -> Project:
    """One campaign with two members, as its manifest says."""
    return new_project()


def installed(tree: Path, crm: RunningCrm) -> Path:
    """This repository as GitHub fetches it for `$/`, with zsync installed already, and `gh`."""
    shutil.copytree(ROOT / ".github" / "actions", tree / ".github" / "actions")
    where = f"export PYTHONPATH='{ROOT}' ZSYNC_API_DOMAIN='{crm.url}' ZSYNC_ACCOUNTS_URL='{crm.url}'\n"
    where += f"[ ! -e '{tree}/epoch' ] || export SOURCE_DATE_EPOCH=$(cat '{tree}/epoch')"
    program(tree / ".ci" / "venv", "exit 0")
    program(tree / ".venv" / "bin" / "python", f"exec '{sys.executable}' \"$@\"")
    program(tree / ".venv" / "bin" / "zsync", f"{where}\nexec '{sys.executable}' -m zsync \"$@\"")
    program(tree / "bin" / "gh", f"exec '{sys.executable}' '{Path(__file__).parent / 'gh.py'}' \"$@\"")
    return tree


def program(path: Path, text: str) -> Path:
    """A shell script that can be called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n", "utf-8")
    path.chmod(0o755)
    return path


def shell(project: Project, text: str) -> subprocess.CompletedProcess[str]:
    """Run commands in the repository."""
    folder = project.tree / ".venv" / "bin"
    env = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(project.folder), **project.crm.environment()}
    return subprocess.run(
        ["bash", "-e", "-c", text], cwd=project.origin, env=env, capture_output=True, text=True
    )
