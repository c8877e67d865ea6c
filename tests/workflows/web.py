"""GitHub's REST API over HTTP, before a `Hub`. It knows what a job's token may and may not do: the token says it in JSON."""

import io
import json
import re
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from tests.listening import listening
from tests.workflows.actions import ActionFailed, git
from tests.workflows.hub import BOT, OWN, REPOSITORY, Artifact, Hub, Refused

PAGE = 30
LONGEST = 65_536


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    fields: Mapping[str, Any]
    rights: Mapping[str, str]

    def may(self, scope: str, right: str) -> None:
        """Raises `Refused` where the job's token lacks that right."""
        granted = self.rights.get(scope, "none")
        if granted not in ("write", right):
            raise Refused(403, f"Resource not accessible by integration ({scope}: {right})")


def pulls(hub: Hub, call: Call, commit: str) -> Any:
    call.may("pull-requests", "read")
    found = [one for one in hub.pulls if one["merge_commit_sha"] == commit]
    # Who merged is told only where a pull request is asked for by its number.
    return [{key: value for key, value in one.items() if key != "merged_by"} for one in found]


def pull(hub: Hub, call: Call, number: str) -> Any:
    call.may("pull-requests", "read")
    for one in hub.pulls:
        if one["number"] == int(number):
            return one
    raise Refused(404, "Not Found")


def approvals(hub: Hub, call: Call, run: str) -> Any:
    call.may("actions", "read")
    return [one for one in hub.reviews if one["run"] == int(run)]


def compare(hub: Hub, call: Call, commit: str, branch: str) -> Any:
    call.may("contents", "read")
    assert hub.origin
    try:
        known = branch if re.fullmatch("[0-9a-f]{40}", branch) else f"refs/heads/{unquote(branch)}"
        tip = git(hub.origin, "rev-parse", "--verify", f"{known}^{{commit}}")
        ahead = git(hub.origin, "rev-list", "--reverse", f"{commit}..{tip}").split()
        behind = git(hub.origin, "rev-list", f"{tip}..{commit}").split()
    except ActionFailed:
        raise Refused(404, "Not Found") from None
    names = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    files = git(hub.origin, "diff", "--name-only", f"{commit}...{tip}").splitlines()
    return {
        "status": names.get((bool(ahead), bool(behind)), "identical"),
        "ahead_by": len(ahead),
        "commits": [{"sha": sha} for sha in ahead[:250]],
        "files": [{"filename": name} for name in files[:300]],
    }


def tree(hub: Hub, call: Call, commit: str) -> Any:
    call.may("contents", "read")
    assert hub.origin
    assert call.query == {"recursive": "1"}
    lines = git(hub.origin, "ls-tree", "-r", "-t", commit).splitlines()
    found = [re.fullmatch(r"(\d+) (\w+) (\w+)\t(.*)", line) for line in lines]
    return {
        "tree": [{"mode": one[1], "type": one[2], "sha": one[3], "path": one[4]} for one in found if one],
        "truncated": False,
    }


def blobs(hub: Hub, call: Call) -> Any:
    call.may("contents", "write")
    assert hub.origin
    assert call.fields["encoding"] == "base64"
    file = hub.folder / "blob"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b64decode(call.fields["content"]))
    return {"sha": git(hub.origin, "hash-object", "-w", "--no-filters", str(file))}


def trees(hub: Hub, call: Call) -> Any:
    call.may("contents", "write")
    assert hub.origin
    index = ["-c", "core.hooksPath=/dev/null"]
    git(hub.origin, *index, "read-tree", call.fields["base_tree"], "--index-output=.git/made")
    (hub.origin / ".git" / "made").replace(hub.origin / ".git" / "index")
    for one in call.fields["tree"]:
        git(hub.origin, "update-index", "--cacheinfo", f"{one['mode']},{one['sha']},{one['path']}")
    made = git(hub.origin, "write-tree")
    git(hub.origin, "read-tree", "HEAD")
    return {"sha": made}


def commits(hub: Hub, call: Call) -> Any:
    call.may("contents", "write")
    assert hub.origin
    (parent,) = call.fields["parents"]
    words = ("-m", call.fields["message"])
    return {"sha": git(hub.origin, "commit-tree", call.fields["tree"], "-p", parent, *words)}


def committed(hub: Hub, call: Call, commit: str) -> Any:
    call.may("contents", "read")
    assert hub.origin
    message = git(hub.origin, "log", "-1", "--format=%B", commit)
    return {
        "sha": commit,
        "message": message,
        "tree": {"sha": git(hub.origin, "rev-parse", f"{commit}^{{tree}}")},
    }


def ref(hub: Hub, call: Call, branch: str) -> Any:
    call.may("contents", "read" if call.method == "GET" else "write")
    assert hub.origin
    name = f"refs/heads/{unquote(branch)}"
    if call.method == "PATCH":
        assert call.fields["force"] is True
        git(hub.origin, "update-ref", name, call.fields["sha"])
    try:
        return {"object": {"sha": git(hub.origin, "rev-parse", "--verify", name)}}
    except ActionFailed:
        raise Refused(404, "Not Found") from None


def refs(hub: Hub, call: Call) -> Any:
    call.may("contents", "write")
    assert hub.origin
    git(hub.origin, "update-ref", call.fields["ref"], call.fields["sha"], "0" * 40)
    return {"object": {"sha": call.fields["sha"]}}


def open_pulls(hub: Hub, call: Call) -> Any:
    call.may("pull-requests", "read" if call.method == "GET" else "write")
    if call.method == "GET":
        owner, branch = call.query["head"].split(":")
        assert owner == REPOSITORY.split("/")[0]
        return [one for one in hub.proposed if (one["head"], one["state"]) == (branch, call.query["state"])]
    number = hub.new()
    address = f"https://github.example/{REPOSITORY}/pull/{number}"
    one = {"number": number, "html_url": address, "state": "open", **call.fields}
    hub.proposed.append(one | {"body": whole(call.fields["body"])})
    return one


def edit_pull(hub: Hub, call: Call, number: str) -> Any:
    call.may("pull-requests", "write")
    (one,) = [one for one in hub.proposed if one["number"] == int(number)]
    one.update(call.fields)
    return one


def comments(hub: Hub, call: Call, number: str) -> Any:
    if call.method == "POST":
        is_issue = any(one["number"] == int(number) for one in hub.issues)
        call.may("issues" if is_issue else "pull-requests", "write")
        hub.comment(int(number), whole(call.fields["body"]))
        return {}
    call.may("pull-requests", "read")
    return [one for one in hub.said if one["issue"] == int(number)]


def comment(hub: Hub, call: Call, number: str) -> Any:
    call.may("pull-requests", "write")
    (one,) = [one for one in hub.said if one["id"] == int(number)]
    one["body"] = whole(call.fields["body"])
    return {}


def issues(hub: Hub, call: Call) -> Any:
    call.may("issues", "write" if call.method == "POST" else "read")
    if call.method == "GET":
        return [
            one
            for one in hub.issues
            if one["state"] == call.query["state"] and call.query["labels"] in one["labels"]
        ]
    one = {"number": hub.new(), "state": "open", "user": {"login": BOT}, **call.fields}
    hub.issues.append(one | {"body": whole(call.fields["body"])})
    return {}


def issue(hub: Hub, call: Call, number: str) -> Any:
    call.may("issues", "write")
    whole(call.fields.get("body", ""))
    (one,) = [one for one in hub.issues if one["number"] == int(number)]
    one.update(call.fields)
    return {}


def artifacts(hub: Hub, call: Call, run: str) -> Any:
    call.may("actions", "read")
    found = [shown(hub, one) for one in hub.artifacts if one.run == int(run)]
    return {"total_count": len(found), "artifacts": found}


def artifacts_named(hub: Hub, call: Call) -> Any:
    call.may("actions", "read")
    found = [shown(hub, one) for one in reversed(hub.artifacts) if one.name == call.query["name"]]
    return {"total_count": len(found), "artifacts": found}


def run(hub: Hub, call: Call, number: str) -> Any:
    call.may("actions", "read")
    if int(number) not in hub.runs:
        raise Refused(404, "Not Found")
    return hub.runs[int(number)]


def repository(hub: Hub, call: Call) -> Any:
    return {"id": OWN, "default_branch": "main"}


def artifact(hub: Hub, call: Call, number: str) -> Any:
    call.may("actions", "read")
    return shown(hub, found(hub, number))


def shown(hub: Hub, one: Artifact) -> dict[str, Any]:
    """An artifact as the API shows it."""
    run = {
        "id": one.run,
        "repository_id": OWN,
        "head_repository_id": one.head_repository,
        "head_sha": one.head_sha,
        "head_branch": one.head_branch,
    }
    return {"id": one.id, "name": one.name, "expired": hub.expired(one), "workflow_run": run}


def found(hub: Hub, number: str) -> Artifact:
    """An artifact by its id."""
    for one in hub.artifacts:
        if one.id == int(number):
            return one
    raise Refused(404, "Not Found")


def kept(hub: Hub, number: str) -> Artifact:
    """An artifact whose files are still there."""
    if hub.expired(found(hub, number)):
        raise Refused(410, "Artifact has expired")
    return found(hub, number)


def packed(one: Artifact) -> bytes:
    """An artifact's files as a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(one.folder.rglob("*")):
            archive.write(file, file.relative_to(one.folder))
    return buffer.getvalue()


def whole(body: str) -> str:
    """A text as GitHub takes it. Raises `Refused` where it is too long."""
    if len(body) > LONGEST:
        raise Refused(422, "body is too long (maximum is 65536 characters)")
    return body


ROUTES: dict[str, Callable[..., Any]] = {
    r"GET git/trees/([0-9a-f]{40})": tree,
    r"POST git/blobs": blobs,
    r"POST git/trees": trees,
    r"POST git/commits": commits,
    r"GET git/commits/([0-9a-f]{40})": committed,
    r"GET git/ref/heads/(.+)": ref,
    r"PATCH git/refs/heads/(.+)": ref,
    r"POST git/refs": refs,
    r"(?:GET|POST) pulls": open_pulls,
    r"PATCH pulls/(\d+)": edit_pull,
    r"GET /repos/[^/]+/[^/]+": repository,
    r"GET actions/artifacts": artifacts_named,
    r"GET actions/runs/(\d+)": run,
    r"GET pulls/(\d+)": pull,
    r"GET actions/runs/(\d+)/approvals": approvals,
    r"GET compare/([0-9a-f]{40})\.\.\.([^/]+)": compare,
    r"GET commits/([0-9a-f]{40})/pulls": pulls,
    r"(?:GET|POST) issues/(\d+)/comments": comments,
    r"PATCH issues/comments/(\d+)": comment,
    r"(?:GET|POST) issues": issues,
    r"PATCH issues/(\d+)": issue,
    r"GET actions/runs/(\d+)/artifacts": artifacts,
    r"GET actions/artifacts/(\d+)": artifact,
}


def answer(hub: Hub, call: Call) -> Any:
    """What GitHub answers. Raises `Refused`."""
    place = f"{call.method} {call.path.removeprefix(f'/repos/{REPOSITORY}/')}"
    hub.calls.append(place)
    for pattern, does in ROUTES.items():
        if match := re.fullmatch(pattern, place):
            return does(hub, call, *match.groups())
    raise Refused(404, "Not Found")


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    server: HTTPServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits until the client has said that it has the head

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if download := re.fullmatch(rf"/repos/{REPOSITORY}/actions/artifacts/(\d+)/zip", parts.path):
            return self._redirect(download[1])
        if blob := re.fullmatch(r"/blobs/(\d+)", parts.path):
            # The storage is another's: the token does not belong there.
            assert "Authorization" not in self.headers
            if not found(self.hub, blob[1]).folder.exists():
                return self._send(404, b"<Error><Code>BlobNotFound</Code></Error>", "application/xml")
            return self._send(200, packed(found(self.hub, blob[1])), "application/zip")
        return self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def _redirect(self, number: str) -> None:
        place = f"http://localhost:{self.server.server_port}/blobs/{number}"
        try:
            self._call("GET").may("actions", "read")
            kept(self.hub, number)
        except Refused as refused:
            return self._send(refused.status, json.dumps({"message": str(refused)}).encode())
        return self._send(302, b"", Location=place)

    def _call(self, method: str) -> Call:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        rights = json.loads(self.headers["Authorization"].removeprefix("Bearer "))
        return Call(method, parts.path, query, json.loads(body) if body else {}, rights)

    def _answer(self, method: str) -> None:
        call = self._call(method)
        try:
            data = answer(self.hub, call)
        except Refused as refused:
            return self._send(refused.status, json.dumps({"message": str(refused)}).encode())
        more = {}
        items = data if isinstance(data, list) else data.get("artifacts")
        if isinstance(items, list):
            page = int(call.query.get("page", "1"))
            if len(items) > page * PAGE:
                query = urlencode({**call.query, "page": page + 1})
                more["Link"] = f'<http://{self.headers["Host"]}{call.path}?{query}>; rel="next"'
            items[:] = items[(page - 1) * PAGE : page * PAGE]
        return self._send(200, json.dumps(data).encode(), **more)

    def _send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Silent: what was asked is in `hub.calls`."""


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The API's address, as long as the block runs."""
    with listening(type("Handler", (_Handler,), {"hub": hub})) as port:
        yield f"http://127.0.0.1:{port}"
