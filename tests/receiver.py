"""A server on 127.0.0.1 that takes whatever is posted to it: a chat's webhook, or a collector of telemetry."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from tests.listening import listening


class Posted(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, in order. `answers` are the statuses and headers to give, one a request; then it is always 200.

    `meanwhile` is called while a sender waits for its answer.
    """

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that listens on `url` as long as the block runs."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server's name
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.posted.append(Posted(self.path, dict(self.headers), body))
            state.meanwhile()
            status, headers = state.answers.pop(0) if state.answers else (200, {})
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Silent: what came is in `posted`."""

    with listening(Handler, patient=True) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state
