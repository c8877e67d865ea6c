"""The bundled CRM in a thread, for tests and the demo, with methods for what a colleague does meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
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
_GRACE = 2
"""Seconds in which a request under way may end when the server stops."""


class RunningCrm:
    """A bundled CRM that answers on `url`. `requests` grows as requests arrive.

    Paths are written as in the API: `Campaigns/3652397000000500001/Leads`.
    """

    def __init__(self, org: Org, control_token: str = "") -> None:
        self._org = org
        self.control_headers = {HEADER: control_token} if control_token else {}
        """The headers that a control endpoint requires; empty without control endpoints."""
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
        """Changes switches: `crm.switch(member_status_on_read="flat")`. Raises SeedError for a bad one."""
        self._org.switches = switched(self._org.switches, changes)

    @property
    def switches(self) -> Switches:
        """The current switches."""
        return self._org.switches

    def environment(self) -> dict[str, str]:
        """The variables that point zsync here."""
        return variables(self._org)

    def access_token(self, user: str = "") -> str:
        """A new access token, issued without a request. `user` is the id of another user than the world's."""
        return str(oauth.new_token(self._org, user)["access_token"])

    def code(self) -> str:
        """A new self client's code for the `authorization_code` grant."""
        return oauth.new_code(self._org)

    def expire_tokens(self) -> None:
        """Ends every access token. The refresh token stays valid."""
        oauth.revoke_all(self._org)

    def refuse_next(
        self, code: str, times: int = 1, *, method: str | None = None, path: str = "", **details: Any
    ) -> None:
        """Refuses the next `times` requests that have a valid token with that code, whatever they ask.

        `method` and `path` limit that to requests with this method and this text in their path. Raises KeyError unless
        `code` is in `zsync.emulator.errors.DOCUMENTED`.
        """
        self._org.refusals += [Refusal(ZohoError(code, details), method, path) for _ in range(times)]

    def rows(self, path: str) -> dict[str, dict[str, Any]]:
        """The relations at a path: related record's id → the relation's own fields, converted leads included."""
        return colleague.rows(self._org, path)

    def state(self) -> dict[str, Any]:
        """Every record by module and every relation by path."""
        return colleague.state(self._org)

    def stats(self) -> dict[str, Any]:
        """The counts since the start: requests by route and status, simultaneous calls, tokens, credits."""
        return stats(self._org)

    def add_faults(self, faults: Faults) -> None:
        """Appends faults. Raises SeedError for a bad script."""
        self._org.script.add(read_faults(faults))

    def clear_faults(self) -> None:
        """Removes all faults, and the refusals that `refuse_next` left for later requests."""
        self._org.script = Script()
        self._org.refusals.clear()

    def link(self, path: str, *rows: Mapping[str, Any]) -> None:
        """As a colleague: relates records, or changes their relations' fields. Raises ValueError when the CRM would refuse."""
        colleague.link(self._org, path, rows)

    def delink(self, path: str, *ids: str) -> None:
        """As a colleague: removes relations. Raises ValueError if one does not exist."""
        colleague.delink(self._org, path, ids)

    def add(self, module: str, **fields: Any) -> str:
        """As a colleague: adds a record and returns its id. `id=` chooses the id."""
        return colleague.add(self._org, module, fields)

    def edit(self, record_id: str, **fields: Any) -> None:
        """As a colleague: changes a record's fields. Raises KeyError for an unknown record."""
        colleague.edit(self._org, record_id, fields)

    def remove(self, record_id: str) -> None:
        """As a colleague: deletes a record and all its relations."""
        colleague.remove(self._org, record_id)

    def convert(self, record_id: str, contact: str = "") -> None:
        """As a colleague: converts a lead. It stays a member, but only reads that ask for converted leads show it."""
        colleague.convert(self._org, record_id, contact)


class Server(uvicorn.Server):
    """uvicorn that tells when it accepts connections, stops the moment it is told to, and leaves signals to its caller."""

    def __init__(self, app: Any) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=_GRACE,
                # Longer than a client keeps an idle connection: else it may send on one that was just closed.
                timeout_keep_alive=75,
            )
        )
        self.ready = threading.Event()
        self._wake: Callable[[], object] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Sets `ready` once the sockets accept connections."""
        self._stopped, loop = asyncio.Event(), asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(self._stopped.set)
        await super().startup(sockets=sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Answers until it is told to stop. uvicorn's own loop looks ten times a second whether it was."""
        while not await self.on_tick(0):  # 0: the time in answers is set, once a second
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends after the requests under way. uvicorn's own way takes a tenth of a second even where there are none."""
        # asyncio loses a connection that it has accepted and not yet made when its server closes.
        if making := asyncio.all_tasks() - {asyncio.current_task()} - self.server_state.tasks:
            await asyncio.wait(making, timeout=_GRACE)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets=sockets)

    def stop(self) -> None:
        """Tells it to stop, from any thread or a signal's handler."""
        self.should_exit = True
        with suppress(RuntimeError):  # it has ended meanwhile
            self._wake()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stops for a signal. A second Ctrl-C does not wait for the requests under way."""
        super().handle_exit(sig, frame)
        self.stop()

    def run_until_stopped(self, bound: socket.socket) -> None:
        """Serves until it is stopped. `ready` is set even if the start fails, so that nobody waits for ever."""
        try:
            self.run([bound])
        finally:
            self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone: uvicorn would send them on to the process after a clean stop."""
        yield


def listen(port: int = 0) -> socket.socket:
    """A socket on 127.0.0.1; port 0 means a free port. Raises OSError for a port that is taken."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """The URL of a listening socket."""
    return f"http://{HOST}:{bound.getsockname()[1]}"


def variables(org: Org) -> dict[str, str]:
    """The variables that point zsync at this CRM."""
    known = org.credentials
    return {
        "ZSYNC_API_DOMAIN": org.url,
        "ZSYNC_ACCOUNTS_URL": org.url,
        "ZSYNC_CLIENT_ID": known.client_id,
        "ZSYNC_CLIENT_SECRET": known.client_secret,
        "ZSYNC_REFRESH_TOKEN": next(iter(oauth.refresh_tokens(org)), ""),
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

    `seed` is a world, as a file or a mapping; None is an empty one. `faults` is a script, as a file or a list. `switches`
    that differ from the defaults override the world's. Without `control` there are no control endpoints. Raises SeedError
    for a bad world or script.
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
            server.stop()
            thread.join()
            org.store.close()
    finally:
        bound.close()
