"""The tests reach 127.0.0.1 and nothing else: a test that would, fails and names the address. So none needs certificates."""

import ipaddress
import ssl
import sys
from typing import Any

import pytest

from tests.program.here import without_certificates

# A test that is marked so needs package registries or a real organisation.
ONLINE = ("more", "sandbox")
WITH_CERTIFICATES = ssl.create_default_context


class Guard:
    """Refuses every address that is not this machine's own, unless it is `open`."""

    def __init__(self) -> None:
        self.open = True

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Python's audit hook: called before a name is resolved and before a socket connects or sends."""
        if self.open or event not in ("socket.getaddrinfo", "socket.connect", "socket.sendto"):
            return
        host = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        if isinstance(host, tuple):
            host = host[0]
        elif event != "socket.getaddrinfo":
            return  # a socket of this machine's files
        if not is_here(host):
            pytest.fail(f"the test would have reached {host!r}; only 127.0.0.1 is there for tests")


def is_here(host: object) -> bool:
    """Whether a host, as sockets take it, is this machine."""
    text = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return text == "localhost"


guard = Guard()
sys.addaudithook(guard)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Closes the network before the first fixture of a test is made."""
    guard.open = any(item.get_closest_marker(mark) for mark in ONLINE)
    vars(ssl)["create_default_context"] = WITH_CERTIFICATES if guard.open else without_certificates
