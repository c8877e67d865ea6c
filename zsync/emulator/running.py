"""The bundled CRM in a thread, for tests and for the demo, with a colleague's hands in it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn

from . import linking, oauth, related
from .app import Layer, Recorder, Seen, create_app
from .errors import ZohoError, decode, encode
from .ids import id_of, key_of
from .org import Clock, Org, Refusal, now, stamp
from .seed import open_org
from .store import NewRecord
from .switches import Switches

HOST = "127.0.0.1"


class RunningCrm:
    """One bundled CRM that answers on `url`. `requests` fills as requests arrive.

    A place in the CRM is written as the API's path has it: `Campaigns/3652397000000500001/Leads`.
    """

    def __init__(self, org: Org) -> None:
        self._org = org
        self.requests: list[Seen] = []
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
        self._org.switches = replace(self._org.switches, **changes)

    def environment(self) -> dict[str, str]:
        """The variables that point zsync here."""
        return {
            "ZSYNC_API_DOMAIN": self.url,
            "ZSYNC_ACCOUNTS_URL": self.url,
            "ZSYNC_CLIENT_ID": self.client_id,
            "ZSYNC_CLIENT_SECRET": self.client_secret,
            "ZSYNC_REFRESH_TOKEN": self.refresh_token,
        }

    def access_token(self) -> str:
        """A fresh access token, without a request."""
        return str(oauth.new_token(self._org)["access_token"])

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
        target = self._target(path)
        side, other = target.related.side, target.other
        sql = f"SELECT {other}, attrs FROM link WHERE kind = ? AND {side} = ? ORDER BY {other}"  # noqa: S608
        found = self._org.store.query(sql, (target.kind.name, target.parent))
        return {id_of(key): decode(attrs) for key, attrs in found}

    def link(self, path: str, *rows: Mapping[str, Any]) -> None:
        """As a colleague: relates records or changes their fields. Raises ValueError when the CRM would refuse."""
        _accepted(linking.link_rows(self._org, self._target(path), [dict(row) for row in rows]))

    def delink(self, path: str, *ids: str) -> None:
        """As a colleague: removes relations. Raises ValueError when one is not there."""
        keys = [key_of(each) or "" for each in ids]
        _accepted(linking.delink_keys(self._org, self._target(path), keys))

    def add(self, module: str, **fields: Any) -> str:
        """As a colleague: a new record; its id comes back. `id=` chooses the id."""
        with self._org.store.transaction():
            key = key_of(fields.pop("id", None) or self._org.store.mint(1)[0]) or ""
            converted = bool(fields.pop("converted", False))
            moment = stamp(self._org.clock())
            self._org.store.add_records([NewRecord(key, self._org.module(module), moment, fields, converted)])
        return id_of(key)

    def edit(self, record_id: str, **fields: Any) -> None:
        """As a colleague: changes a record's fields. KeyError when there is no such record."""
        key = key_of(record_id) or ""
        found = self._org.store.query("SELECT data FROM record WHERE key = ?", (key,))
        if not found:
            raise KeyError(record_id)
        self._org.store.set_record(key, stamp(self._org.clock()), encode(decode(found[0][0]) | fields))

    def remove(self, record_id: str) -> None:
        """As a colleague: deletes a record, and with it every relation it is in."""
        self._org.store.remove_record(key_of(record_id) or "")

    def convert(self, record_id: str) -> None:
        """As a colleague: the lead is converted; it stays a member but hides from reads that do not ask for it."""
        key = key_of(record_id) or ""
        self._org.store.write_many("UPDATE record SET converted = 1 WHERE key = ?", [(key,)])

    def _target(self, path: str) -> related.Target:
        module, record_id, name = path.split("/")
        return related.target_of(self._org.unhidden(), module, record_id, name)


def _accepted(answers: Sequence[Mapping[str, Any]]) -> None:
    refused = [answer for answer in answers if answer["status"] != "success"]
    if refused:
        raise ValueError(f"the CRM refuses: {refused}")


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


@contextmanager
def running(
    seed: str | Path | Mapping[str, Any] | None = None,
    switches: Switches | None = None,
    *,
    data: str | Path | None = None,
    clock: Clock = now,
    layers: Sequence[Layer] = (),
) -> Iterator[RunningCrm]:
    """A bundled CRM on a free port of 127.0.0.1 for as long as the block lasts.

    `seed` is a world: a file or its content as a mapping; None is an empty one. Raises SeedError for a bad world.
    """
    bound = listen()
    try:
        org = open_org(seed, switches or Switches(), data=data, clock=clock)
        org.url = url_of(bound)
        crm = RunningCrm(org)
        server = Server(create_app(org, [lambda app: Recorder(app, crm.requests), *layers]))
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
