"""Runs a job of GitLab's template as a runner would: a fresh checkout, what other jobs kept, the environment's variables."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.actions import git
from tests.workflows.gitlab_web import KeptJob
from tests.workflows.gitlab_web import Project as GitLabProject
from tests.workflows.runner import load
from tests.workflows.runs import ROOT

RECIPE = ROOT / ".github" / "recipes" / "zsync-ci"
TEMPLATE = ROOT / ".github" / "recipes" / "gitlab-ci.yml"


def script(name: str) -> str:
    """The script of a job."""
    return "\n".join(load(TEMPLATE)[name]["script"])


@dataclass
class Pipeline:
    """The jobs of one commit. `variables` go to every job, `scoped` to those of an environment."""

    origin: Path
    sha: str
    folder: Path
    zsync: Path
    """The command that `zsync-install` would have installed."""
    variables: Mapping[str, str]
    scoped: Mapping[str, Mapping[str, str]]
    kept: dict[str, Path] = field(default_factory=dict)
    gitlab: GitLabProject | None = None
    """What GitLab tells of its jobs, if somebody asks."""
    number: int = 0

    def __post_init__(self) -> None:
        if self.gitlab:
            self.number = self.gitlab.pipeline(self.sha)

    def __call__(self, name: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a job, in a checkout of its own."""
        template = load(TEMPLATE)
        job = template[name]
        settings: dict[str, Any] = {**template[job["extends"]], **job}
        again = len([*self.folder.glob(f"{name}-{self.sha[:7]}-*")])
        checkout = self.folder / f"{name}-{self.sha[:7]}-{again}" / "checkout"
        checkout.parent.mkdir(parents=True)
        git(self.folder, "clone", "--quiet", self.origin.as_uri(), str(checkout))
        git(checkout, "checkout", "--quiet", "--detach", self.sha)
        dotenv: dict[str, str] = {}
        for needed in settings["needs"]:
            dotenv |= self._give(needed, checkout)
        environment = self.scoped.get(settings.get("environment", {}).get("name", ""), {})
        done = subprocess.run(
            ["bash", "-e", "-c", "\n".join([*settings["before_script"], *settings["script"]])],
            cwd=checkout,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(checkout.parent),
                "TMPDIR": str(checkout.parent),
                "ZSYNC_CI": str(RECIPE),
                "GITLAB_CI": "true",
                "CI_COMMIT_SHA": self.sha,
                "CI_COMMIT_BRANCH": "main",
                "CI_DEFAULT_BRANCH": "main",
                "CI_PIPELINE_SOURCE": "push",
                **self.variables,
                **environment,
                **dotenv,
                **more,
            },
            capture_output=True,
            text=True,
        )
        self.kept[name] = checkout
        if self.gitlab:
            self.gitlab.ended(self.number, KeptJob(name, checkout))
        return done

    def _give(self, name: str, checkout: Path) -> dict[str, str]:
        """Put what a job kept into a checkout; the variables of its dotenv report come back."""
        if name == "zsync-install":
            with tarfile.open(checkout / "zsync.tgz", "w:gz") as archive:
                archive.add(self.zsync, "zsync")
            return {}
        kept = load(TEMPLATE)[name]["artifacts"]
        for path in kept["paths"]:
            shutil.copytree(self.kept[name] / path, checkout / path, dirs_exist_ok=True)
        file = kept.get("reports", {}).get("dotenv")
        lines = (self.kept[name] / file).read_text().splitlines() if file else []
        return dict(line.split("=", 1) for line in lines)
