"""Commands that read have no way to write, whatever the flags; commands that need no CRM open no socket."""

import socket
from pathlib import Path

import pytest

from tests.foreign.crm import Foreign
from tests.program import Run

FLAGS: list[tuple[str, ...]] = [
    (),
    ("--detailed-exitcode",),
    ("--out", "plan.json"),
    ("--snapshot", "seen.json"),
    ("--format", "json"),
    ("--format", "markdown"),
    ("--format", "text=a.txt", "--format", "json=b.json", "--format", "markdown"),
    ("--color", "always"),
    ("--color", "never", "--out", "x.json", "--detailed-exitcode", "--format", "json"),
]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_planning_sends_nothing_that_writes(spring: Foreign, run: Run, flags: tuple[str, ...]) -> None:
    assert run("plan", *flags).code in (0, 2)
    posts = {one.path for one in spring.requests if one.method != "GET"}
    assert posts <= {"/oauth/v2/token", "/crm/v8/coql"} | {
        one.path for one in spring.requests if one.path.endswith("/actions/get_related_records_count")
    }
    assert {one.method for one in spring.requests} == {"GET", "POST"}
    assert spring.members("Campaigns", "50", "Leads") == {"11": {"Member_Status": "Invited"}}


@pytest.mark.parametrize(
    "command",
    [
        ("Campaigns/Spring",),
        ("Leads", "--all", "--keys", "id"),
        ("Campaigns/50", "Leads", "--to", "csv", "--overwrite"),
    ],
)
def test_pulling_sends_nothing_that_writes(spring: Foreign, run: Run, command: tuple[str, ...]) -> None:
    assert run("pull", *command).code == 0
    posts = {one.path.rpartition("/")[2] for one in spring.requests if one.method != "GET"}
    assert posts <= {"token", "coql", "get_related_records_count"}
    assert {one.method for one in spring.requests} == {"GET", "POST"}
    assert spring.members("Campaigns", "50", "Leads") == {"11": {"Member_Status": "Invited"}}


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection from now on fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(
    "command",
    [
        ("validate",),
        ("validate", "--color", "always", "relations/spring.yaml"),
        ("validate", "nowhere"),
        ("schema", "manifest"),
        ("schema", "config"),
        ("schema", "plan"),
        ("schema", "report"),
        ("schema", "snapshot"),
        ("explain", "INVALID_DATA"),
        ("explain", "kinds"),
        ("explain", "nonsense"),
        ("show", "nowhere.json"),
        ("--help",),
        ("--version",),
    ],
    ids=" ".join,
)
def test_offline_commands_open_no_socket(
    spring: Foreign, run: Run, no_socket: None, command: tuple[str, ...]
) -> None:
    assert run(*command).code in (0, 4, 64)
    assert spring.requests == []


def test_showing_a_plan_or_a_report_opens_no_socket(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("plan", "--out", "plan.json")
    run("apply", "plan.json", "--report", "report.json")
    before = len(spring.requests)
    for file in ("plan.json", "report.json"):
        for form in ("text", "json", "markdown"):
            assert run("show", file, "--format", form).code == 0
    assert len(spring.requests) == before


def test_the_guard_of_these_tests_sees_a_socket(no_socket: None) -> None:
    with pytest.raises(AssertionError, match="opened"):
        socket.create_connection(("127.0.0.1", 9))


@pytest.mark.parametrize("flags", [(), ("--dry-run",), ("--unmanaged",)], ids=" ".join)
def test_accepting_sends_nothing_that_writes(spring: Foreign, run: Run, flags: tuple[str, ...]) -> None:
    assert run("accept", "--no-base", *flags).code == 0
    posts = {one.path for one in spring.requests if one.method != "GET"}
    assert posts <= {"/oauth/v2/token", "/crm/v8/coql"} | {
        one.path for one in spring.requests if one.path.endswith("/actions/get_related_records_count")
    }
    assert spring.members("Campaigns", "50", "Leads") == {"11": {"Member_Status": "Invited"}}
    text = Path("relations/spring.yaml").read_text()
    assert ("bo@acme.example" in text) is ("--dry-run" in flags)
