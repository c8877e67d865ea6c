"""Servers of `http.server` in a thread, for as long as a block lasts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Patient(_Server):
    def handle_error(self, *args: object) -> None:
        """Silent."""


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], *, patient: bool = False) -> Iterator[int]:
    """A server on a port of 127.0.0.1 that answers as the handler does; the port.

    `patient`: a client that hangs up early is no failure; without it, every error of the handler goes to stderr.
    """
    server = (_Patient if patient else _Server)(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        with suppress(OSError):  # wakes it on Linux; elsewhere it looks by itself whether it is to stop
            server.socket.shutdown(socket.SHUT_RDWR)
        server.shutdown()
        server.server_close()
        thread.join()
