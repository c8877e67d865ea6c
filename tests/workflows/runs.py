"""Runs of workflows: calls of reusable ones that share a run's id, groups that they wait in, attempts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.concurrency import Groups
from tests.workflows.expressions import condition, fill
from tests.workflows.hub import OWN, REPOSITORY, Hub
from tests.workflows.runner import Job, Result, load, status

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
HOME = "acme/zsync/.github/workflows/"


@dataclass(frozen=True, kw_only=True)
class Repository:
    """What all runs have in common."""

    hub: Hub
    origin: Path
    """The repository, to check out from."""
    tree: Path
    """zsync's repository at the workflow's commit: `$/`."""
    folder: Path
    api: str
    groups: Groups = field(default_factory=Groups)
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    """GitHub's environments, and the secrets of each."""
    surroundings: dict[str, str] = field(default_factory=dict)
    """More variables for every step: the clock."""
    environment_variables: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Run:
    """One run: `run()` runs all jobs of all calls, `run.again()` the failed ones again.

    Without `caller` it is a run of the workflow `name` itself, and its results are `run.results`; else `caller` is a workflow
    whose jobs call others, and `run.calls[job].results` are a job's.
    """

    repository: Repository
    name: str
    event_name: str
    event: Mapping[str, Any]
    sha: str
    head_sha: str = ""
    head_repository: int = OWN
    inputs: Mapping[str, Any] | None = None
    caller: Mapping[str, Any] | None = None
    jobs: tuple[str, ...] = ()
    """Only these, where a test asks for no more; each costs a second or so."""
    ref: str = "refs/heads/main"
    head_branch: str = ""
    """Of a pull request, the branch that it wants merged."""
    actor: str = "ana"
    again_by: str = ""
    """Who started the attempt after the first."""
    id: int = 0
    attempt: int = 0
    calls: dict[str, "Call"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.id = self.repository.hub.new()
        self.repository.hub.runs[self.id] = {
            "id": self.id,
            "event": self.event_name,
            "head_branch": self.branch,
            "head_sha": self.head_sha or self.sha,
        }
        if self.caller is None:
            self.calls = {"": Call(self, self.name, "", self.inputs, None)}
            return
        contexts = {"github": self.github, "vars": self.repository.variables, "inputs": self.inputs or {}}
        for name, body in self.caller["jobs"].items():
            if condition(body.get("if", "true"), contexts, status(True)):
                given = {key: fill(text, contexts) for key, text in body.get("with", {}).items()}
                workflow = body["uses"].removeprefix(HOME).split(".yml@")[0]
                declared = load(WORKFLOWS / f"{workflow}.yml")["on"]["workflow_call"]["inputs"]
                assert given.keys() <= declared.keys(), given
                inputs = {key: one["default"] for key, one in declared.items()} | given
                self.calls[name] = Call(self, workflow, name, inputs, body.get("secrets"))

    @property
    def branch(self) -> str:
        """What GitHub says the run is of: a branch, or a tag that may be called alike."""
        return self.head_branch or self.ref.split("/", 2)[2]

    def __call__(self) -> dict[str, Result]:
        """Start it, and wait for it; the results of the only call come back, if there is but one."""
        self.start()
        self.finish()
        return self.results

    def start(self) -> None:
        """All calls that need nothing begin at once: each enters its group."""
        self.attempt += 1
        for call in self.calls.values():
            call.enter()

    def finish(self) -> None:
        """Run the calls whose turn it is; those that wait for another run are run when that one is done."""
        for call in self.calls.values():
            call.work()

    def again(self, *, all_jobs: bool = False) -> dict[str, Result]:
        """Somebody runs the failed jobs again, and those that need them; or all."""
        for call in self.calls.values():
            call.forget(all_jobs=all_jobs)
        return self()

    @property
    def results(self) -> dict[str, Result]:
        """What became of the jobs of the only call."""
        (call,) = self.calls.values() if len(self.calls) == 1 else (Call(self, self.name, "", None, None),)
        return call.results

    @property
    def github(self) -> dict[str, Any]:
        """The context of that name."""
        return {
            "event": self.event,
            "event_name": self.event_name,
            "repository": REPOSITORY,
            "sha": self.sha,
            "ref": self.ref,
            "run_id": str(self.id),
            "run_attempt": str(self.attempt),
            "server_url": "https://github.example",
        }


@dataclass
class Call:
    """One workflow in a run: the run's own, or one that a job of it calls."""

    run: Run
    workflow: str
    name: str
    inputs: Mapping[str, Any] | None
    handed: Any
    """What the caller says of secrets: `inherit`, a mapping, or nothing."""
    cancelled: bool = False
    group: str = ""
    results: dict[str, Result] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The workflow."""
        return load(WORKFLOWS / f"{self.workflow}.yml")

    def contexts(self) -> dict[str, Any]:
        """What expressions outside of jobs can name. Inputs are null in a workflow that nobody called."""
        return {
            "github": self.run.github,
            "inputs": self.inputs or {},
            "vars": self.run.repository.variables,
        }

    def secrets(self, environment: str) -> dict[str, str]:
        """What a job can name: what the caller hands on, and before that what its environment of GitHub's holds."""
        repository = self.run.repository
        handed = repository.secrets if self.run.caller is None or self.handed == "inherit" else {}
        if isinstance(self.handed, Mapping):
            declared = self.body["on"]["workflow_call"]["secrets"]
            assert self.handed.keys() <= declared.keys(), self.handed
            handed = {name: fill(text, {"secrets": repository.secrets}) for name, text in self.handed.items()}
        # Called without `secrets: inherit`, a workflow does not see those of its environments either.
        own = repository.environments.get(environment, {}) if self._sees_environments() else {}
        return {**handed, **own}

    def _sees_environments(self) -> bool:
        return self.run.caller is None or self.handed is not None

    def variables(self, environment: str) -> dict[str, str]:
        """The repository's, and before them the environment's."""
        own = self.run.repository.environment_variables.get(environment, {})
        return {**self.run.repository.variables, **own}

    def enter(self) -> None:
        """Ask for a turn."""
        self.cancelled = False
        settings = self.body.get("concurrency", {"group": f"{id(self)}"})
        self.group = fill(settings["group"], self.contexts())
        self.run.repository.groups.enter(self.group, self, cancels=bool(settings.get("cancel-in-progress")))

    def work(self) -> None:
        """Run the jobs that have no result yet, if it is this call's turn; then whoever waited for it."""
        groups = self.run.repository.groups
        if self.cancelled:
            for name in self.body["jobs"]:
                self.results.setdefault(name, Result("cancelled"))
            return
        if not groups.runs(self.group, self):
            return
        for name, job in self.body["jobs"].items():
            if name in self.results or (self.run.jobs and name not in self.run.jobs):
                continue
            self.results[name] = Job(self, name, job, self.results)()
        following = groups.leave(self.group, self)
        if isinstance(following, Call):
            following.work()

    def forget(self, *, all_jobs: bool) -> None:
        """Take back what is to be run again: jobs that did not end well, and those that need one of them."""
        gone: set[str] = set()
        for name, job in self.body["jobs"].items():
            needs = job.get("needs", [])
            needed = {needs} if isinstance(needs, str) else set(needs)
            known = self.results.get(name)
            if all_jobs or known is None or known.result in ("failure", "cancelled") or needed & gone:
                gone.add(name)
        self.results = {name: one for name, one in self.results.items() if name not in gone}
