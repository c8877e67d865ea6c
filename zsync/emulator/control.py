"""The control endpoints under `/__emulator/`: what no client of Zoho's has, and a test in any language wants.

    GET  state       every record by module and every relation by path, as a world's file has them
    GET  stats       requests by route and status, calls at once at most, tokens handed out, credits used
    GET  requests    each request as it arrived: method, path, query, body, and headers without the token
    GET  switches    the switches as they are
    POST switches    turns some: {"member_status_on_read": "flat"}
    POST edit        a colleague's edit, or a list of them, all or nothing: see colleague.py
    POST faults      more faults, behind those that are there: a list as in faults.py; [] does away with all
    POST clock       {"advance_seconds": 3600}: the CRM's clock goes on by so many
    POST expire      every access token ends
    POST reset       records, relations, switches, faults, clock and counts as they were at the start

Each wants the header `X-Control-Token` with the random token of this start, which `zsync emulator` prints; without it the
answer is 401. They answer on the loopback alone, to no page of a browser, and with 400 and `{"error": …}` to what they
cannot do. A rehearsal has none of them.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from . import colleague, oauth
from .errors import Answer, ZohoError, decode, encode
from .fault_file import read_faults
from .faults import Script
from .meters import Credits
from .org import Org
from .seed_error import SeedError, table
from .switches import Switches, switched
from .wire import body_of, reply_of

PREFIX = "/__emulator/"
HEADER = "X-Control-Token"
_LOCAL = frozenset({"127.0.0.1", "localhost"})


def new_token() -> str:
    """A token for the control endpoints that nobody can guess."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Start:
    """How things were when the server started."""

    switches: Switches
    clock: Callable[[], Any]
    script: Script


class Control:
    """The outermost layer: answers what is under `/__emulator/` to whoever has the token, and passes on everything else."""

    def __init__(self, app: ASGIApp, org: Org, token: str) -> None:
        self._app, self._org, self._token = app, org, token.encode()
        self._start = Start(org.switches, org.clock, org.script.fresh())
        self._does: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "state"): lambda _: colleague.state(org),
            ("GET", "stats"): lambda _: stats(org),
            ("GET", "requests"): lambda _: _requests(org),
            ("GET", "switches"): lambda _: _shown(org.switches),
            ("POST", "switches"): self._switch,
            ("POST", "edit"): self._edit,
            ("POST", "faults"): self._faults,
            ("POST", "clock"): self._advance,
            ("POST", "expire"): lambda _: oauth.revoke_all(org),
            ("POST", "reset"): self._reset,
        }

    @property
    def names(self) -> set[str]:
        """What can stand behind `/__emulator/`."""
        return {name for _, name in self._does}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        body, _ = await body_of(scope, receive)
        await reply_of(self._answer(scope, body))(send)

    def _answer(self, scope: Scope, body: bytes) -> Answer:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = urlsplit(f"//{headers.get('host', '')}").hostname
        if host not in _LOCAL or "origin" in headers:
            return _told(403, "the control endpoints answer to programs on this machine only")
        if not hmac.compare_digest(headers.get(HEADER.lower(), "").encode("latin-1"), self._token):
            return _told(
                401, f"the control endpoints want the header {HEADER}, which `zsync emulator` prints"
            )
        does = self._does.get((scope["method"], scope["path"].removeprefix(PREFIX)))
        if does is None:
            known = ", ".join(f"{method} {name}" for method, name in self._does)
            return _told(404, f"no such control endpoint; there are {known}")
        try:
            answer = does(decode(body) if body else None)
        except (SeedError, ValueError) as error:
            return _told(400, str(error))
        except ZohoError:
            return _told(400, "the body is not JSON")
        return Answer(200, encode({"done": True} if answer is None else answer))

    def _switch(self, sent: Any) -> Any:
        self._org.switches = switched(self._org.switches, table(sent, "switches"))
        return _shown(self._org.switches)

    def _edit(self, sent: Any) -> Any:
        edits = sent if isinstance(sent, list) else [sent]
        checked = [colleague.checked_edit(each, f"edit[{at}]") for at, each in enumerate(edits)]
        with self._org.store.transaction():
            return {"ids": [colleague.carry_out(self._org, each) for each in checked]}

    def _faults(self, sent: Any) -> None:
        faults = read_faults([] if sent is None else sent)
        if faults:
            self._org.script.add(faults)
        else:
            self._org.script = Script()

    def _advance(self, sent: Any) -> Any:
        seconds = table(sent, "clock").get("advance_seconds")
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            raise SeedError(f"clock.advance_seconds: a whole number is wanted, not {seconds!r}")
        before = self._org.clock
        try:
            ahead = timedelta(seconds=seconds)
            moment = before() + ahead
        except OverflowError:
            raise SeedError(f"clock.advance_seconds: no clock goes on by {seconds}") from None
        self._org.clock = lambda: before() + ahead
        return {"now": moment.isoformat()}

    def _reset(self, _: Any) -> None:
        reset(self._org, self._start)


def reset(org: Org, start: Start) -> None:
    """Everything as it was at the start but tokens and credentials. ValueError when there is no world to go back to."""
    if org.replant is None:
        raise ValueError("the world came from the data file: there is no seed to go back to")
    org.clock, org.switches, org.script = start.clock, start.switches, start.script.fresh()
    with org.store.transaction():
        org.store.clear()
        org.replant(org)
    org.credits = Credits()
    org.meters.forget()
    org.refusals.clear()
    org.seen.clear()


def stats(org: Org) -> dict[str, Any]:
    """What was counted since the start."""
    return {**org.meters.shown(), "credits_used": org.credits.used(org.clock().timestamp())}


def _shown(switches: Switches) -> dict[str, Any]:
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(switches).items()
    }


def _requests(org: Org) -> list[dict[str, Any]]:
    return [
        {
            "method": seen.method,
            "path": seen.path,
            "query": seen.query,
            "body": seen.body.decode("utf-8", "replace"),
            "headers": {name: value for name, value in seen.headers.items() if name != "authorization"},
        }
        for seen in org.seen
    ]


def _told(status: int, error: str) -> Answer:
    return Answer(status, encode({"error": error}))
