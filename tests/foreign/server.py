"""The foreign CRM on a port of 127.0.0.1."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.foreign.crm import Foreign, Seen
from tests.listening import listening


def _handler(crm: Foreign) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _any(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            status, answer, headers = crm.answer(
                Seen(self.command, url.path, query, body, dict(self.headers))
            )
            content = answer if isinstance(answer, bytes) else b"" if answer is None else _json(answer)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_DELETE = do_POST = _any  # noqa: N815  http.server's names

        def log_message(self, *args: object) -> None:
            """Silent: what was asked is in `requests`."""

    return Handler


def _json(value: Any) -> bytes:
    return json.dumps(value, default=float).encode()


@contextmanager
def foreign() -> Iterator[Foreign]:
    """A foreign CRM that answers on `url` as long as the block runs."""
    crm = Foreign()
    with listening(_handler(crm), patient=True) as port:
        crm.url = f"http://127.0.0.1:{port}"
        yield crm
