"""GitLab's REST API as far as a pipeline asks it: the pipelines of a branch, their jobs, and files that jobs kept.

https://docs.gitlab.com/api/pipelines/, https://docs.gitlab.com/api/jobs/, https://docs.gitlab.com/api/job_artifacts/. A job's
own token may not list pipelines: another one is wanted, which can read the API.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from zsync.bounds import ARCHIVE, Bound
from zsync.forge.answers import Pipeline, PipelineJob
from zsync.forge.api import ForgeApi, Gone


class GitLab(ForgeApi):
    """The API of one project, by its number or its path, with a token. To be used as a context manager."""

    _advice = "ZSYNC_GITLAB_TOKEN needs the scope read_api and the role Reporter in this project."

    def __init__(
        self, project: str, token: str, api: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Raises `ForgeRefused` for an address that is neither https nor this machine."""
        super().__init__("GitLab", api, "CI_API_V4_URL", {"PRIVATE-TOKEN": token}, sleep)
        self._project = f"/projects/{quote(project, safe='')}"

    def pipelines(self, branch: str) -> Iterator[Pipeline]:
        """The pipelines of a branch, the newest first. A tag may be called alike: its jobs say so."""
        return self._all(f"{self._project}/pipelines", Pipeline, ref=branch)

    def jobs(self, pipeline: int) -> Iterator[PipelineJob]:
        """The jobs of a pipeline, those that were retried included."""
        return self._all(f"{self._project}/pipelines/{pipeline}/jobs", PipelineJob, include_retried="true")

    def file(self, job: int, path: str, into: Path, most: Bound = ARCHIVE) -> bool:
        """Write one file that a job kept to a new file. Returns False where the job keeps no such file, or no longer.

        Raises `PlanRefused` for one that is larger than `most`.
        """
        where = f"{self._project}/jobs/{job}/artifacts/{quote(path)}"
        try:
            self._download(where, into, most)
        except Gone:
            return False
        return True
