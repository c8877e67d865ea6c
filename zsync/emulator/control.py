"""The control endpoints under `/__emulator/`: they are not Zoho's, and serve tests in any language.

  GET  state       every record by module and every relation by path, shaped like a world's file
  GET  stats       requests by route and status, the most calls at once, tokens issued, credits used
  GET  requests    each request as it arrived: method, path, query, body, and headers without the token
  GET  switches    the current switches
  POST switches    changes some: {"member_status_on_read": "flat"}
  POST edit        a colleague's edit, or a list of edits, all or nothing: see colleague.py
  POST faults      appends faults, a list as in faults.py; [] removes all
  POST clock       {"advance_seconds": 3600} moves the CRM's clock forward
  POST expire      expires every access token
  POST reset       resets records, relations, switches, faults, clock and counts to the start

Every request needs the header `X-Control-Token` with the random token of this start, which `zsync emulator` prints;
without it the answer is 401. The endpoints answer on the loopback only, never to a browser's page. What they cannot do
they refuse with 400 and `{"error": …}`. A rehearsal has no control endpoints.
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
    """A random token for the control endpoints, of 192 bits."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Start:
    """The state at the start of the server, for `reset`."""

    switches: Switches
    clock: Callable[[], Any]
    script: Script


class Control:
    """The outermost layer: answers requests under `/__emulator/` that have the token, and passes on all others."""

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
        """The paths below `/__emulator/`."""
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
        # A web page can send requests to 127.0.0.1, under a name of its own (DNS rebinding) or with its origin.
        if host not in _LOCAL or "origin" in headers:
            return _told(403, "the control endpoints answer only programs on this machine")
        if not hmac.compare_digest(headers.get(HEADER.lower(), "").encode("latin-1"), self._token):
            return _told(
                401,
                f"the control endpoints need the header {HEADER}; `zsync emulator` prints the token; zsync 0.1.0 needed none",
            )
        does = self._does.get((scope["method"], scope["path"].removeprefix(PREFIX)))
        if does is None:
            known = ", ".join(f"{method} {name}" for method, name in self._does)
            return _told(404, f"no such control endpoint; choose from {known}")
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
        checked = [colleague.checked_edit(edit, f"edit[{at}]") for at, edit in enumerate(edits)]
        with self._org.store.transaction():
            return {"ids": [colleague.carry_out(self._org, edit) for edit in checked]}

    def _faults(self, sent: Any) -> None:
        faults = read_faults([] if sent is None else sent)
        if faults:
            self._org.script.add(faults)
        else:
            self._org.script = Script()

    def _advance(self, sent: Any) -> Any:
        seconds = table(sent, "clock").get("advance_seconds")
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            raise SeedError(f"clock.advance_seconds: expected a whole number, got {seconds!r}")
        # The new clock runs on from the old one: a clock that stood still would make every row as old as the next.
        before = self._org.clock
        try:
            ahead = timedelta(seconds=seconds)
            moment = before() + ahead
        except OverflowError:
            raise SeedError(f"clock.advance_seconds: {seconds} is too far") from None
        self._org.clock = lambda: before() + ahead
        return {"now": moment.isoformat()}

    def _reset(self, _: Any) -> None:
        reset(self._org, self._start)


def reset(org: Org, start: Start) -> None:
    """Everything as at the start, except tokens and credentials. Raises ValueError if the world has no seed."""
    if org.replant is None:
        raise ValueError("the world came from the data file: there is no seed to reset to")
    org.clock, org.switches, org.script = start.clock, start.switches, start.script.fresh()
    with org.store.transaction():
        org.store.clear()
        org.replant(org)
    org.credits = Credits()
    org.meters.forget()
    org.refusals.clear()
    org.seen.clear()


def stats(org: Org) -> dict[str, Any]:
    """The counts since the start."""
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
