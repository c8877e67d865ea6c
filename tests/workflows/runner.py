"""Runs a job of a workflow of .github/ as GitHub would: in a fresh folder, each step's shell with its environment files.

Not here: services, containers, matrices, caches. `uses:` knows this repository's composite actions and the actions of
GitHub's that the workflows use; whatever else is an error.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from tests.program import PATIENCE
from tests.workflows import actions
from tests.workflows.commands import Annotation, files_of, listen
from tests.workflows.expressions import condition, fill
from tests.workflows.hub import REPOSITORY

if TYPE_CHECKING:
    from tests.workflows.runs import Call


@cache
def load(path: Path) -> dict[str, Any]:
    """A workflow or an action."""
    loaded: dict[str, Any] = YAML(typ="safe").load(path)
    return loaded


@dataclass
class Result:
    """What became of a job: success, failure or skipped; its outputs; what a reader of its page sees."""

    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    log: str = ""
    annotations: list[Annotation] = field(default_factory=list)

    @property
    def errors(self) -> str:
        """The messages of all errors."""
        return "\n".join(one.message for one in self.annotations if one.level == "error")


class Job:
    """One job of a run."""

    def __init__(
        self, call: "Call", name: str, body: Mapping[str, Any], before: Mapping[str, Result]
    ) -> None:
        self.call, self.run, self.body, self.done = call, call.run, body, Result()
        where = "-".join(filter(None, (call.name, name, str(call.run.id), str(call.run.attempt))))
        self.folder = call.run.repository.folder / where
        self.workspace = self.folder / "workspace"
        self.env: dict[str, str] = {}
        self.path: list[str] = []
        needs = body.get("needs", [])
        self.needs = {one: before[one] for one in ([needs] if isinstance(needs, str) else needs)}

    def contexts(self, **more: Any) -> dict[str, Any]:
        """What expressions of the job can name."""
        outside = self.call.contexts()
        environment = fill(self.body.get("environment"), outside)
        token = json.dumps(self.body["permissions"])
        needs = {name: {"result": one.result, "outputs": one.outputs} for name, one in self.needs.items()}
        return {
            **outside,
            "github": {**outside["github"], "token": token, "workspace": str(self.workspace)},
            "vars": self.call.variables(environment),
            "secrets": self.call.secrets(environment),
            "needs": needs,
            "runner": {"temp": str(self.folder / "temp")},
            **more,
        }

    def __call__(self) -> Result:
        """Run it, if its condition holds."""
        sound = all(one.result == "success" for one in self.needs.values())
        if not condition(self.body.get("if", "success()"), self.contexts(), status(sound)):
            return Result("skipped")
        for folder in (self.workspace, self.folder / "temp", self.folder / "home"):
            folder.mkdir(parents=True)
        steps: dict[str, Any] = {}
        shared = self.call.body.get("env", {})
        self.env = {name: fill(text, self.contexts()) for name, text in shared.items()}
        sound = self.steps(self.body["steps"], steps, {})
        self.done.result = "success" if sound else "failure"
        contexts = self.contexts(steps=steps)
        self.done.outputs = {
            name: fill(text, contexts) for name, text in self.body.get("outputs", {}).items()
        }
        return self.done

    def steps(self, bodies: list[Any], steps: dict[str, Any], more: Mapping[str, Any], **outer: str) -> bool:
        """Run steps in order; whether all went well. `outer` is the environment of the step that called an action."""
        sound = True
        for body in bodies:
            contexts = self.contexts(**{"steps": steps, **more})
            if not condition(body.get("if", "success()"), contexts, status(sound)):
                continue
            env = {**outer, **{name: fill(text, contexts) for name, text in body.get("env", {}).items()}}
            good, outputs = self.step(body, contexts, env, more)
            steps[body.get("id", "")] = {"outputs": outputs, "outcome": "success" if good else "failure"}
            sound = sound and (good or bool(body.get("continue-on-error")))
        return sound

    def step(
        self,
        body: Mapping[str, Any],
        contexts: Mapping[str, Any],
        env: dict[str, str],
        more: Mapping[str, Any],
    ) -> tuple[bool, dict[str, str]]:
        """Run one step: whether it went well, and its outputs."""
        if "run" in body:
            return self.script(body, env, str(more.get("action", "")))
        given = {name: fill(text, contexts) for name, text in body.get("with", {}).items()}
        if body["uses"].startswith("$/"):
            return self.composite(self.run.repository.tree / body["uses"][2:], given, env)
        try:
            return True, actions.ACTIONS[body["uses"].partition("@")[0]](self.run, self.workspace, given)
        except actions.ActionFailed as error:
            self.done.annotations.append(Annotation("error", str(error)))
            return False, {}

    def composite(
        self, folder: Path, given: Mapping[str, str], env: dict[str, str]
    ) -> tuple[bool, dict[str, str]]:
        """Run the steps of a composite action."""
        action = load(folder / "action.yml")
        unknown = given.keys() - action["inputs"].keys()
        assert not unknown, f"{folder.name} has no input {unknown}"
        defaults = {name: one.get("default", "") for name, one in action["inputs"].items()}
        steps: dict[str, Any] = {}
        more = {"inputs": {**defaults, **given}, "steps": steps, "action": folder}
        sound = self.steps(action["runs"]["steps"], steps, more, **env)
        contexts = self.contexts(steps=steps)
        return sound, {name: fill(one["value"], contexts) for name, one in action["outputs"].items()}

    def script(
        self, body: Mapping[str, Any], env: dict[str, str], action: str
    ) -> tuple[bool, dict[str, str]]:
        """Run a step's shell."""
        assert "${{" not in body["run"]
        files = self.folder / "files"
        given = files_of(files)
        file = files / "script.sh"
        file.write_text(body["run"], "utf-8")
        # Without `shell: bash`, GitHub runs bash without pipefail.
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if body.get("shell") == "bash" else ["-e"]
        done = subprocess.run(
            ["bash", *options, str(file)],
            cwd=self.workspace,
            env={**self.surroundings(action), **self.env, **given.variables, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
        )
        log = done.stdout.decode("utf-8")
        self.done.log += log
        self.done.annotations += listen(log)
        self.done.summary += given.summary()
        self.env |= given.exported()
        self.path += given.paths()
        return done.returncode == 0, given.outputs()

    def surroundings(self, action: str) -> dict[str, str]:
        """The environment that every script finds."""
        repository = self.run.repository
        return {
            **repository.surroundings,
            "PATH": os.pathsep.join([*self.path, str(repository.tree / "bin"), os.environ["PATH"]]),
            "HOME": str(self.folder / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": action,
            "GITHUB_API_URL": repository.api,
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": self.run.sha,
            "GITHUB_REF": self.run.ref,
            "GITHUB_EVENT_NAME": self.run.event_name,
            "GITHUB_ACTOR": self.run.actor,
            "GITHUB_TRIGGERING_ACTOR": self.run.again_by or self.run.actor,
            "GITHUB_RUN_ID": str(self.run.id),
            "GITHUB_RUN_ATTEMPT": str(self.run.attempt),
            "RUNNER_TEMP": str(self.folder / "temp"),
        }


def status(sound: bool) -> dict[str, Callable[[], bool]]:
    """The functions that tell how it went so far."""
    return {
        "success": lambda: sound,
        "failure": lambda: not sound,
        "always": lambda: True,
        "cancelled": lambda: False,
    }
