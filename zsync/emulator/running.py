"""The bundled CRM in a thread, for tests and for the demo, with a colleague's hands in it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from . import colleague, oauth
from .app import Layer, create_app
from .control import HEADER, new_token, stats
from .errors import ZohoError
from .fault_file import Faults, read_faults
from .faults import Script
from .org import Clock, Org, Refusal, now
from .seed import open_org
from .seen import Seen
from .switches import Switches, switched

HOST = "127.0.0.1"


class RunningCrm:
    """One bundled CRM that answers on `url`. `requests` fills as requests arrive.

    A place in the CRM is written as the API's path has it: `Campaigns/3652397000000500001/Leads`.
    """

    def __init__(self, org: Org, control_token: str = "") -> None:
        self._org = org
        self.control_headers = {HEADER: control_token} if control_token else {}
        """What a request to a control endpoint has to carry; empty where there are none."""
        self.requests: list[Seen] = org.seen
        self.url = org.url
        self.client_id = org.credentials.client_id
        self.client_secret = org.credentials.client_secret
        self.refresh_token = org.credentials.refresh_token

    @property
    def org_id(self) -> str:
        """The organisation's id: the `zgid` of `/org`."""
        return str(self._org.about["zgid"])

    def switch(self, **changes: Any) -> None:
        """Answers an open question otherwise from now on: `crm.switch(member_status_on_read="flat")`."""
        self._org.switches = switched(self._org.switches, changes)

    @property
    def switches(self) -> Switches:
        """The switches as they are."""
        return self._org.switches

    def environment(self) -> dict[str, str]:
        """The variables that point zsync here."""
        return variables(self._org)

    def access_token(self, user: str = "") -> str:
        """A fresh access token, without a request. `user` is the id of another user than the one there is."""
        return str(oauth.new_token(self._org, user)["access_token"])

    def code(self) -> str:
        """A fresh self-client code for the `authorization_code` grant."""
        return oauth.new_code(self._org)

    def expire_tokens(self) -> None:
        """Every access token is refused from now on; the refresh token stays good."""
        oauth.revoke_all(self._org)

    def refuse_next(
        self, code: str, times: int = 1, *, method: str | None = None, path: str = "", **details: Any
    ) -> None:
        """The next requests with a good token are refused with that code, whatever they ask.

        With `method` or `path` only those count that have that method and that text in their path. `code` is one of
        `zsync.emulator.errors.DOCUMENTED`; KeyError for any other.
        """
        self._org.refusals += [Refusal(ZohoError(code, details), method, path) for _ in range(times)]

    def rows(self, path: str) -> dict[str, dict[str, Any]]:
        """What is related at that path: related record's id to the relation's own fields, converted leads too."""
        return colleague.rows(self._org, path)

    def state(self) -> dict[str, Any]:
        """Every record by module and every relation by path."""
        return colleague.state(self._org)

    def stats(self) -> dict[str, Any]:
        """What was counted since the start: requests by route and status, calls at once, tokens, credits."""
        return stats(self._org)

    def add_faults(self, faults: Faults) -> None:
        """More faults, behind those that are there. Raises SeedError for a script that will not do."""
        self._org.script.add(read_faults(faults))

    def clear_faults(self) -> None:
        """Nothing goes wrong from now on."""
        self._org.script = Script()

    def link(self, path: str, *rows: Mapping[str, Any]) -> None:
        """As a colleague: relates records or changes their fields. Raises ValueError when the CRM would refuse."""
        colleague.link(self._org, path, rows)

    def delink(self, path: str, *ids: str) -> None:
        """As a colleague: removes relations. Raises ValueError when one is not there."""
        colleague.delink(self._org, path, ids)

    def add(self, module: str, **fields: Any) -> str:
        """As a colleague: a new record; its id comes back. `id=` chooses the id."""
        return colleague.add(self._org, module, fields)

    def edit(self, record_id: str, **fields: Any) -> None:
        """As a colleague: changes a record's fields. KeyError when there is no such record."""
        colleague.edit(self._org, record_id, fields)

    def remove(self, record_id: str) -> None:
        """As a colleague: deletes a record, and with it every relation it is in."""
        colleague.remove(self._org, record_id)

    def convert(self, record_id: str) -> None:
        """As a colleague: the lead is converted; it stays a member but hides from reads that do not ask for it."""
        colleague.convert(self._org, record_id)


class Server(uvicorn.Server):
    """uvicorn that says when it accepts connections, and leaves signals to its caller."""

    def __init__(self, app: Any) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=2,
                timeout_keep_alive=75,
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says `ready` once the sockets accept connections."""
        await super().startup(sockets=sockets)
        self.ready.set()

    def run_until_stopped(self, bound: socket.socket) -> None:
        """Serves; whoever waits for readiness is let go even when the start fails."""
        try:
            self.run([bound])
        finally:
            self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone: uvicorn would send them on to the process after a clean stop."""
        yield


def listen(port: int = 0) -> socket.socket:
    """A socket on 127.0.0.1, on a free port when `port` is 0. OSError when the port is taken."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """Where a listening socket is reached."""
    return f"http://{HOST}:{bound.getsockname()[1]}"


def variables(org: Org) -> dict[str, str]:
    """The variables that point zsync at this CRM."""
    known = org.credentials
    return {
        "ZSYNC_API_DOMAIN": org.url,
        "ZSYNC_ACCOUNTS_URL": org.url,
        "ZSYNC_CLIENT_ID": known.client_id,
        "ZSYNC_CLIENT_SECRET": known.client_secret,
        "ZSYNC_REFRESH_TOKEN": known.refresh_token,
    }


@contextmanager
def running(
    seed: str | Path | Mapping[str, Any] | None = None,
    switches: Switches | None = None,
    *,
    data: str | Path | None = None,
    clock: Clock = now,
    layers: Sequence[Layer] = (),
    faults: Faults = (),
    control: bool = True,
) -> Iterator[RunningCrm]:
    """A bundled CRM on a free port of 127.0.0.1 for as long as the block lasts.

    `seed` is a world: a file or its content as a mapping; None is an empty one. `faults` is a script: a file or its
    content. Without `control` there are no control endpoints. Raises SeedError for a bad one. Switches that are given and are not the default go before the world's own.
    """
    bound = listen()
    try:
        org = open_org(seed, switches or Switches(), data=data, clock=clock)
        org.url = url_of(bound)
        org.script.add(read_faults(faults))
        token = new_token() if control else ""
        crm = RunningCrm(org, token)
        server = Server(create_app(org, layers, token))
        thread = threading.Thread(
            target=server.run_until_stopped, args=(bound,), name="bundled CRM", daemon=True
        )
        thread.start()
        server.ready.wait()
        try:
            yield crm
        finally:
            server.should_exit = True
            thread.join()
            org.store.close()
    finally:
        bound.close()
