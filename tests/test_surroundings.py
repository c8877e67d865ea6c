"""What the tests are shut off from, and what not."""

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


def test_tests_that_run_in_a_shells_background_hear_ctrl_c() -> None:
    check = "import signal; from tests.conftest import hear_interrupts; hear_interrupts()"
    script = (
        f"trap '' INT; exec '{sys.executable}' -c '{check}; print(signal.getsignal(signal.SIGINT).__name__)'"
    )
    done = subprocess.run(["sh", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("default_int_handler\n", "")
