"""GitLab's REST API over HTTP: the pipelines of a project, their jobs, and what those kept. It knows two tokens."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

PROJECT, TOKEN, JOB_TOKEN = "7", "glpat-reads-the-api", "glcbt-of-the-job"
PAGE = 3


@dataclass
class KeptJob:
    """A job that has ended, and the folder of what it kept; None where it kept nothing, or no longer."""

    name: str
    folder: Path | None = None
    tag: bool = False
    id: int = 0


@dataclass
class Project:
    """What GitLab keeps of a project: its pipelines in their order, each with its jobs."""

    pipelines: list[dict[str, Any]] = field(default_factory=list)
    jobs: dict[int, list[KeptJob]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def pipeline(self, sha: str, *jobs: KeptJob, ref: str = "main", source: str = "push") -> int:
        """A pipeline for a commit, whose jobs have ended."""
        number = 100 + len(self.pipelines)
        self.pipelines.append({"id": number, "sha": sha, "ref": ref, "source": source, "status": "success"})
        self.jobs[number] = []
        for job in jobs:
            self.ended(number, job)
        return number

    def ended(self, pipeline: int, job: KeptJob) -> None:
        """A job of a pipeline, which may have been started before."""
        job.id = 1000 + sum(map(len, self.jobs.values()))
        self.jobs[pipeline].append(job)

    def answer(self, path: str, query: dict[str, str]) -> Any:
        """What is at a path: JSON, or bytes. LookupError for nothing."""
        if path == "/pipelines":
            return [each for each in reversed(self.pipelines) if each["ref"] == query["ref"]]
        if found := re.fullmatch(r"/pipelines/(\d+)/jobs", path):
            assert query["include_retried"] == "true"
            return [self._shown(job) for job in reversed(self.jobs[int(found[1])])]
        if found := re.fullmatch(r"/jobs/(\d+)/artifacts/(.+)", path):
            (job,) = [job for jobs in self.jobs.values() for job in jobs if job.id == int(found[1])]
            file = job.folder / unquote(found[2]) if job.folder else None
            if file and file.is_file():
                return file.read_bytes()
        raise LookupError

    def _shown(self, job: KeptJob) -> dict[str, Any]:
        kinds = ["trace", *(["archive"] if job.folder else [])]
        files = [{"file_type": kind, "size": 1, "filename": f"{kind}.zip"} for kind in kinds]
        return {"id": job.id, "name": job.name, "tag": job.tag, "ref": "main", "artifacts": files}


class _Handler(BaseHTTPRequestHandler):
    project: Project
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix(f"/api/v4/projects/{PROJECT}")
        self.project.calls.append(path)
        if self.headers["PRIVATE-TOKEN"] != TOKEN:
            return self._send(401, b'{"message": "401 Unauthorized"}')
        try:
            found = self.project.answer(path, query)
        except LookupError:
            return self._send(404, b'{"message": "404 Not Found"}')
        if isinstance(found, bytes):
            return self._send(200, found)
        page = int(query.get("page", "1"))
        more = {}
        if len(found) > page * PAGE:
            place = f"http://{self.headers['Host']}{parts.path}?{urlencode({**query, 'page': page + 1})}"
            more["Link"] = f'<{place}>; rel="next"'
        return self._send(200, json.dumps(found[(page - 1) * PAGE : page * PAGE]).encode(), **more)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Silent: what was asked is in `Project.calls`."""


@contextmanager
def serving_gitlab(project: Project) -> Iterator[str]:
    """The API's address, as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"project": project}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/v4"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
