"""A repository with manifests, its workflows, GitHub, and the bundled CRM."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.program import shim
from tests.render.plans import BINDING
from tests.workflows.actions import git
from tests.workflows.hub import FORK, OWN, REPOSITORY, Hub
from tests.workflows.runner import Result
from tests.workflows.runs import ROOT, Repository, Run
from tests.workflows.web import serving
from zsync.cli.ci_run import _START
from zsync.emulator import RunningCrm, running
from zsync.emulator.app import Layer
from zsync.files.plan import dump_report, seal
from zsync.model import Cost, Report, Summary
from zsync.review.names import base, slug

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

    repository: Repository
    crm: RunningCrm

    @property
    def hub(self) -> Hub:
        """What GitHub keeps."""
        return self.repository.hub

    @property
    def origin(self) -> Path:
        """The repository's own folder."""
        return self.repository.origin

    @property
    def folder(self) -> Path:
        """Everything there is."""
        return self.repository.origin.parent

    @property
    def tree(self) -> Path:
        """zsync's own repository."""
        return self.repository.tree

    def commit(self, edits: Edit) -> str:
        """Files of relations/ as they are to be, committed where HEAD is; empty ones are removed."""
        return commit(self.origin, edits)

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
        run = self.planning(pull, None, **inputs)
        run.jobs = ("plan", "rehearse", "comment")
        return run()

    def planning(self, pull: Pull, caller: Mapping[str, Any] | None = None, **inputs: str) -> Run:
        """The run that a pull request sets off, to be started."""
        return self.run(
            *("plan", "pull_request", pull.merge, pull.event, inputs),
            caller=caller,
            head_sha=pull.head,
            head_repository=FORK if pull.fork else OWN,
            head_branch="main" if pull.fork else "topic",
        )

    def merge(self, pull: Pull, caller: Mapping[str, Any] | None = None, **inputs: str) -> Run:
        """Merge it; the run of the workflow `apply` comes back, to be started."""
        git(self.origin, "checkout", "--quiet", "main")
        before = git(self.origin, "rev-parse", "HEAD")
        git(self.origin, "merge", "--quiet", "--no-ff", "--message", f"Merge #{pull.number}", pull.head)
        after = git(self.origin, "rev-parse", "HEAD")
        self.hub.merge(pull.number, pull.head, after)
        return self.run("apply", "push", after, {"before": before}, inputs, caller=caller)

    def drift(
        self, inputs: Mapping[str, str] | None = None, caller: Mapping[str, Any] | None = None
    ) -> dict[str, Result]:
        """What the workflow `drift` finds."""
        return self.run(
            "drift", "schedule", git(self.origin, "rev-parse", "main"), {}, inputs, caller=caller
        )()

    def accept(
        self, inputs: Mapping[str, str] | None = None, caller: Mapping[str, Any] | None = None
    ) -> dict[str, Result]:
        """What the workflow `accept` takes from the CRM."""
        main = git(self.origin, "rev-parse", "main")
        return self.run("accept", "workflow_dispatch", main, {}, inputs, caller=caller)()

    def run(
        self,
        name: str,
        event_name: str,
        sha: str,
        event: Mapping[str, Any],
        inputs: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Run:
        """A run of a workflow."""
        return Run(self.repository, name, event_name, event, sha, inputs=inputs, **more)

    def reported(self, about: str, environment: str = "production") -> None:
        """A run of main left a report, which had nothing to do, before the story begins."""
        before = self.run("apply", "push", git(self.origin, "rev-parse", "main"), {})
        file = self.folder / "report.json"
        binding = replace(BINDING, environment=environment)
        file.write_text(
            dump_report(Report(seal(binding, Summary(), (), (), Cost(1, 0, (1, 1), 0.1)), (), 1, 0, 0.1))
        )
        self.hub.upload(base(about), [(file, file.name)], before.id, head_sha=before.sha)

    def at(self, epoch: int | None) -> None:
        """zsync's clock stands there from now on; None: it runs again."""
        self.repository.surroundings.pop("SOURCE_DATE_EPOCH", None)
        if epoch is not None:
            self.repository.surroundings["SOURCE_DATE_EPOCH"] = str(epoch)

    def kept(self, name: str) -> Path:
        """The folder of the newest artifact whose name begins so."""
        return self.hub.named(name).folder

    def members(self) -> dict[str, str]:
        """Who is in the campaign, with which status."""
        names = {one: name for name, one in LEADS.items()}
        return {names.get(one, one): fields["Member_Status"] for one, fields in self.crm.rows(LIST).items()}

    def well(self) -> None:
        """The CRM refuses nothing from now on."""
        self.crm._org.refusals.clear()

    def writes(self) -> int:
        """How many requests reached the CRM that could change it."""
        return sum(one.method in ("PUT", "DELETE") for one in self.crm.requests)


def commit(origin: Path, edits: Edit) -> str:
    """Commit files of relations/ as they are to be, where HEAD is; empty ones are removed. The commit comes back."""
    for name, text in edits.items():
        file = origin / "relations" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8") if text else file.unlink()
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--allow-empty", "--message", "Edit")
    return git(origin, "rev-parse", "HEAD")


Repositories = Callable[[Edit], Path]


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Repositories:
    """`repositories(edits)`: a repository whose main holds these files, made once, to be copied."""
    made: dict[str, Path] = {}

    def kept(edits: Edit) -> Path:
        key = json.dumps(edits, sort_keys=True)
        if key not in made:
            made[key] = tmp_path_factory.mktemp("origin")
            git(made[key], "init", "--quiet", "--template=")
            git(made[key], "config", "uploadpack.allowAnySHA1InWant", "true")
            commit(made[key], edits)
        return made[key]

    return kept


@dataclass
class NewProject:
    """`new_project(world, edits)`: a repository whose main holds these files, and a CRM with that world.

    In these environments of zsync, for these folders, a run before has left a report. Both of GitHub's environments hold the secrets of the one CRM; where it is, the repository's variables say.
    """

    folder: Path
    repositories: Repositories
    stack: ExitStack

    def __call__(
        self,
        world: Mapping[str, Any] = WORLD,
        edits: Edit | None = None,
        layers: Sequence[Layer] = (),
        *,
        environments: Iterable[str] = ("production",),
        folders: Iterable[tuple[str, ...]] = ((),),
    ) -> Project:
        crm, origin = self.crm(world, layers), self.folder / "origin"
        hub = Hub(self.folder / "hub", origin)
        shutil.copytree(self.repositories(edits or {"spring.yaml": MANIFEST, "zsync.yaml": CONFIG}), origin)
        known = crm.environment()
        places = {name: known.pop(name) for name in ("ZSYNC_API_DOMAIN", "ZSYNC_ACCOUNTS_URL")}
        repository = Repository(
            hub=hub,
            origin=origin,
            tree=installed(self.folder / "tree"),
            folder=self.folder / "runs",
            api=self.stack.enter_context(serving(hub)),
            variables={"ZSYNC_ENVIRONMENT": "production", **places},
            environments={"plan": dict(known), "production": dict(known)},
        )
        project = Project(repository, crm)
        for environment in environments:
            for paths in folders:
                project.reported(slug(environment, paths), environment)
        return project

    def crm(self, world: Mapping[str, Any] = WORLD, layers: Sequence[Layer] = ()) -> RunningCrm:
        """One more org."""
        return self.stack.enter_context(running(seed=world, layers=layers))


@pytest.fixture
def new_project(tmp_path: Path, repositories: Repositories) -> Iterator[NewProject]:
    """A project, once its world and its files are said."""
    with ExitStack() as stack:
        yield NewProject(tmp_path, repositories, stack)


@pytest.fixture
def project(new_project: NewProject) -> Project:
    """One campaign with two members, as its manifest says."""
    return new_project()


def installed(tree: Path) -> Path:
    """zsync's repository as GitHub fetches it for `$/`, with zsync installed already: as its own command, in its own place."""
    shutil.copytree(ROOT / ".github" / "actions", tree / ".github" / "actions")
    program(tree / ".ci" / "venv", "exit 0")
    python = tree / ".venv" / "bin" / "python"
    program(python, INTERPRETER.format(start=_START, zsync=shim(), python=sys.executable))
    program(python.with_name("zsync"), f"exec {shim('tests.workflows.started:main')} '{python}' \"$@\"")
    return tree


INTERPRETER = """case "$1 $2 $3" in
  "-I -c {start}") shift 4; exec {zsync} "$@" ;;
  "-I -m zsync") shift 3; exec {zsync} "$@" ;;
esac
exec '{python}' "$@\""""
"""An interpreter that starts zsync, as zsync itself and as tests start it, in a fork of the server, and all else as it is."""


def as_installed(tree: Path) -> None:
    """For tests in which the start itself is the point: the command and the interpreter that there really are."""
    for name in ("zsync", "python"):
        program(tree / ".venv" / "bin" / name, f"exec '{Path(sys.executable).parent / name}' \"$@\"")


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
