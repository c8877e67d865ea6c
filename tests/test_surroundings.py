"""What the tests are shut off from, and what not."""

import signal
import socket
import subprocess
import sys

import pytest

from tests.offline import is_here
from tests.test_project import ROOT


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        (b"localhost", True),
        ("::1", True),
        (None, True),
        ("192.0.2.1", False),
        ("0.0.0.0", False),  # noqa: S104  an address to refuse
        ("localhost.acme.example", False),
        ("www.zohoapis.com", False),
    ],
)
def test_only_this_machine_is_here(host: object, here: bool) -> None:
    assert is_here(host) == here


def test_no_name_is_resolved() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"acme\.example"):
        socket.getaddrinfo("www.acme.example", 443)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_nothing_is_connected_with_another_machine(kind: socket.SocketKind) -> None:
    with (
        socket.socket(socket.AF_INET, kind) as made,
        pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"),
    ):
        made.connect(("192.0.2.1", 9))


def test_nothing_is_sent_to_another_machine() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as made,
        pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"),
    ):
        made.sendto(b"", ("192.0.2.1", 9))


@pytest.mark.parametrize(("name", "hears"), [("INT", signal.default_int_handler), ("HUP", signal.SIG_DFL)])
def test_tests_in_a_shells_background_or_under_nohup_hear_signals(name: str, hears: object) -> None:
    check = "import signal; from tests.conftest import hear_signals; hear_signals()"
    shown = f"print(repr(signal.getsignal(signal.SIG{name})))"
    script = f"trap '' {name}; exec '{sys.executable}' -c '{check}; {shown}'"
    done = subprocess.run(["sh", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{hears!r}\n", "")
