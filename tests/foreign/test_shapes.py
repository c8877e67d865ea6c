"""What a CRM may answer to what is read, of every shape: a plan or an error with its exit code, and never a crash or a long wait.

The table has each reading call of plan and apply under each shape. What is written is in `tests/applying/test_hostile_answers.py`,
what the token server says in `tests/crm/test_hostile.py`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.applying.noted import Noted
from tests.foreign.crm import SECRETS, Foreign, Seen
from tests.worlds import NOW
from zsync.applying import applier
from zsync.bounds import WAITING
from zsync.crm import Credentials, Crm, Reader
from zsync.crm.auth import Authenticator
from zsync.crm.wire import Wire
from zsync.errors import ZsyncError
from zsync.guards.evaluation import Guards
from zsync.manifest import load
from zsync.model import Expected, Plan, Report
from zsync.planning.planner import make_plan
from zsync.planning.terms import Terms

URL = "http://127.0.0.1"
Rows = list[dict[str, Any]]
R = TypeVar("R")

ROWS: Mapping[str, Callable[[Rows], Any]] = {
    "twice": lambda rows: [*rows, *rows],
    "reordered": lambda rows: rows[::-1],
    "too few": lambda rows: rows[:-1],
    "too many": lambda rows: [*rows, *({**row, "id": "999"} for row in rows[:1])],
    "other ids": lambda rows: [{**row, "id": f"9{row.get('id', '')}"} for row in rows],
    "ids missing": lambda rows: [{name: row[name] for name in row if name != "id"} for row in rows],
    "ids alone": lambda rows: [{"id": row.get("id")} for row in rows],
    "ids that are lists": lambda rows: [{**row, "id": [row.get("id")]} for row in rows],
    "values that are mappings": lambda rows: [{n: v if n == "id" else {"a": v} for n, v in r.items()} for r in rows],
    "other types": lambda _: [None, 5, "no", []],
    "null": lambda _: None,
    "a mapping": lambda _: {},
}  # fmt: skip
"""What becomes of the rows of an answer."""

WHOLE: Mapping[str, tuple[int, bytes]] = {
    "nothing": (200, b""),
    "no content": (204, b""),
    "HTML": (200, b"<html><h1>Log in</h1></html>"),
    "an array": (200, b"[[]]"),
    "a text": (200, b'"no"'),
    "an error under 200": (200, b'{"code": "INTERNAL_ERROR", "details": {}, "message": "no", "status": "error"}'),
    "a refusal without details": (400, b'{"code": "INVALID_DATA", "status": "error"}'),
    "cut off": (200, b'{"data": [{"id": "1'),
}  # fmt: skip
"""What the whole answer is in place of the usual one: its status and its body."""

CALLS: Mapping[str, tuple[str, str]] = {
    "org": ("GET", "/crm/v8/org"),
    "related lists": ("GET", "/crm/v8/settings/related_lists"),
    "fields": ("GET", "/crm/v8/settings/fields"),
    "parents' keys": ("POST", "from Campaigns"),
    "rows' keys": ("POST", "from Leads"),
    "a list": ("GET", "/crm/v8/Campaigns/501/Leads"),
    "the count of a list": ("POST", "get_related_records_count"),
    "leads that were converted": ("GET", "/crm/v8/Leads"),
}
"""The reading calls, by their method and what is in their path or body."""


class Shaped:
    """A CRM of one campaign that answers one kind of call in its own way."""

    def __init__(self, call: str, shape: str, members: int) -> None:
        self.crm, self.slept = Foreign(), 0.0
        self.crm.url = URL
        self.crm.add("Campaigns", "501", Campaign_Name="Spring")
        for n in range(members + 3):
            self.crm.add("Leads", str(1000 + n), Email=f"lead{n}@acme.example", Converted__s=False)
        for n in range(members):
            self.crm.link("Campaigns", "501", "Leads", str(1000 + n), Member_Status="Sent")
        if call == "leads that were converted":
            self.crm.records["Leads"]["1000"]["Converted__s"] = True
            self.crm.knobs.converted_in_queries = "refused"
        self.met = 0
        self._call, self._shape = CALLS[call], shape

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The usual answer, or what is made of it."""
        path = request.url.raw_path.decode().partition("?")[0]
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        seen = Seen(request.method, path, query, request.content, dict(request.headers.items()))
        seen.headers["Authorization"] = request.headers["Authorization"]
        status, body, _ = self.crm.answer(seen)
        method, part = self._call
        exact = part.startswith("/") and path != part
        if method != request.method or exact or part not in path + request.content.decode():
            return httpx.Response(status, json=body) if body is not None else httpx.Response(status)
        self.met += 1
        if self._shape in WHOLE:
            status, content = WHOLE[self._shape]
            return httpx.Response(status, content=content)
        if not isinstance(body, dict) or "code" in body:
            return httpx.Response(status, content=json.dumps(body).encode() if body else b"")
        key = next(name for name, value in body.items() if isinstance(value, list))
        return httpx.Response(status, json={**body, key: ROWS[self._shape](body[key])})

    def run(self, door: Callable[[Wire], Any], work: Callable[[Any], Awaitable[R]]) -> R:
        """Do something with a connection; nobody sleeps."""

        async def sleep(seconds: float) -> None:
            self.slept += seconds

        async def connected() -> R:
            transport = httpx.MockTransport(self.answer)
            async with httpx.AsyncClient(transport=transport) as client:
                token = Credentials(access_token=SECRETS[3])
                auth = Authenticator(
                    client, token, accounts_url=URL, api_domain=URL, clock=lambda: 0.0, cache_dir=None
                )
                wire = Wire(
                    client,
                    auth,
                    api_domain=URL,
                    read_only=door is Reader,
                    concurrency=5,
                    transport=transport,
                    sleep=sleep,
                    rng=lambda: 1.0,
                )
                return await work(door(wire))

        return asyncio.run(connected())


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Three members: one as it is, one that changes, one that is new; all others go."""
    path = tmp_path / "spring.yaml"
    rows = [(0, "Sent"), (1, "Responded"), (6, "Sent")]
    path.write_text(
        "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Spring}}\nrelated_lists:\n  Leads:\n"
        "    key: Email\n    prune: true\n    records:\n"
        + "".join(f"      - {{Email: lead{n}@acme.example, Member_Status: {s}}}\n" for n, s in rows)
    )
    return path


def planned(shaped: Shaped, manifest: Path) -> Plan | ZsyncError:
    """The plan, or why there is none."""

    async def work(reader: Reader) -> Plan:
        return (await make_plan(load([manifest]), reader, Terms(Expected(), Guards(), "", NOW)))[0]

    try:
        return shaped.run(Reader, work)
    except ZsyncError as error:
        return error


SHAPES = [*ROWS, *WHOLE]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("call", CALLS)
def test_no_answer_makes_a_plan_crash_or_wait_for_long_or_delete_what_is_wanted(
    manifest: Path, call: str, shape: str
) -> None:
    shaped = Shaped(call, shape, 250 if call == "the count of a list" else 5)
    found = planned(shaped, manifest)
    assert shaped.met or call == "fields"
    assert shaped.slept <= WAITING.most
    assert not shaped.crm.sent("PUT", "DELETE")
    if isinstance(found, ZsyncError):
        assert found.exit_code in (1, 4, 8)
        assert str(found)
        return
    gone = {change.related_record_id for change in found.changes if change.action == "delete"}
    # Whoever a key names, as the CRM tells, is never among those that go.
    named = {"1000", "1001", "1006"} if shape != "other ids" or call == "a list" else set()
    assert not named & gone


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("call", ["org", "parents' keys", "rows' keys", "a list"])
def test_no_answer_makes_an_apply_crash_or_wait_for_long_or_forget_a_row(
    manifest: Path, call: str, shape: str
) -> None:
    made = planned(Shaped(call, "reordered", 5), manifest)
    assert isinstance(made, Plan)
    shaped = Shaped(call, shape, 5)

    async def work(crm: Crm) -> Report:
        return await applier.apply(made, crm, Noted())

    try:
        report: Report | ZsyncError = shaped.run(Crm, work)
    except ZsyncError as error:
        report = error
    if isinstance(report, ZsyncError):
        # Without an org nothing is sent at all.
        assert (call, shaped.crm.sent("PUT", "DELETE")) == ("org", [])
        assert report.exit_code in (1, 4, 6, 8)
        return
    assert shaped.slept <= WAITING.most
    assert len(report.outcomes) == len(made.changes) == 5
    assert report.exit_code in (0, 1, 3, 8)
    assert {"1000", "1001"} <= shaped.crm.members("Campaigns", "501", "Leads").keys()
