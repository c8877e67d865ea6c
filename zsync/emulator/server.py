"""The bundled CRM in the foreground: it prints one line of JSON when it is ready, and stops cleanly."""

from __future__ import annotations

import logging
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from .app import Layer, create_app
from .control import new_token
from .errors import encode
from .fault_file import Faults, read_faults
from .org import Org
from .running import Server, listen, url_of, variables
from .seed import open_org
from .switches import Switches, from_text

# A server that runs for days must not keep every request for `GET requests`.
_SEEN = 1_000


def serve(
    port: int = 0,
    data: str | Path | None = None,
    seed: str | Path | None = None,
    switches: Switches | None = None,
    stdout: IO[str] | None = None,
    layers: Sequence[Layer] = (),
    faults: Faults = (),
    turned: Sequence[str] = (),
) -> int:
    """Answers on 127.0.0.1 until SIGINT or SIGTERM, then returns 0. Call it from the main thread.

    Once it accepts connections, it prints one line to stdout: a JSON object with `url`, `client_id`, `client_secret`,
    `refresh_token` and `control_token`. Everything else goes to stderr, first the variables that point zsync here.
    `turned` are switches such as `latency_ms=100`; they override the world's. Raises SeedError for a bad world, script or
    switch, and OSError for a port that is taken.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="emulator: %(message)s")
    org = open_org(seed, switches or Switches(), data=data)
    org.keep_seen = _SEEN
    try:
        org.script.add(read_faults(faults))
        for pair in turned:
            org.switches = from_text(org.switches, pair)
        with listen(port) as bound:
            org.url = url_of(bound)
            token = new_token()
            app = create_app(org, layers, token)
            server = _Announcing(app, lambda: _announce(org, token, stdout or sys.stdout))
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, server.handle_exit)
            server.run([bound])
    finally:
        org.store.close()
    return 0


class _Announcing(Server):
    def __init__(self, app: object, announce: Callable[[], None]) -> None:
        super().__init__(app)
        self._announce = announce

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)  # type: ignore[arg-type]
        self._announce()


def _announce(org: Org, token: str, stdout: IO[str]) -> None:
    known = org.credentials
    line = {
        "url": org.url,
        "client_id": known.client_id,
        "client_secret": known.client_secret,
        "refresh_token": known.refresh_token,
        "control_token": token,
    }
    print(encode(line), file=stdout, flush=True)
    shown = {**variables(org), "EMULATOR_CONTROL_TOKEN": token}
    told = [f"{name}={shlex.quote(value)}" for name, value in shown.items()]
    # A comment and a command: a person can paste it, a script can source it.
    sys.stderr.write(f"# To point zsync here:\nexport {' '.join(told)}\n")
    sys.stderr.flush()
