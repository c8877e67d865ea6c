"""SIGKILL at every write of the journal and at every request, and a disk that is full at every write: enumerated."""

import signal
import threading
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.listed_runs import listed_runs
from tests.matrix.child import Trouble, Way, ended, start
from tests.matrix.covering import part_and_all
from tests.matrix.trial import run_again
from tests.matrix.world import MIXED, World, shown, world
from tests.program import PATIENCE, Forked

WRITES = 8
"""Of the journal: the start, two for each of three batches, and the end."""

KILLED: tuple[Way, ...] = ("before", "half", "after")
FULL: tuple[Way, ...] = ("full", "half-full")
AGAIN = ("resume", "apply")
"""How it is run again."""

REQUESTS = 10
"""The org, and three for each batch."""


class Killer:
    """A layer that kills a process at the n-th request from when it was armed."""

    def __init__(self) -> None:
        self.left = 0
        self.committed = False
        self.process: Forked | None = None
        self.known = threading.Event()

    def arm(self, at: int, *, committed: bool) -> None:
        """At that request, before or after the CRM carries it out."""
        self.left, self.committed = at, committed
        self.known.clear()

    def know(self, process: Forked) -> None:
        """This is the process."""
        self.process = process
        self.known.set()

    def __call__(self, app: Any) -> Any:
        async def layer(scope: Any, receive: Any, send: Any) -> None:
            self.left -= scope["type"] == "http"
            if self.left != 0 or scope["type"] != "http":
                await app(scope, receive, send)
                return
            if self.committed:
                await app(scope, receive, _nowhere)
            assert self.known.wait(PATIENCE)
            assert self.process
            self.process.kill()
            await send({"type": "http.response.start", "status": 500, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        return layer


async def _nowhere(_: Any) -> None:
    """The answer is lost."""


@pytest.fixture(scope="module")
def killer() -> Killer:
    """At rest until it is armed."""
    return Killer()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, killer: Killer) -> Iterator[World]:
    """One CRM for all kills."""
    with world(tmp_path_factory.mktemp("kills"), killer) as made:
        yield made


def ends_right(bench: World, folder: Path, again: str) -> bool:
    """Whether running again makes all as it should be, with no row written that was not planned."""
    code = run_again(bench, folder, again)
    return code == 0 and bench.right(MIXED) and bench.written() <= shown(folder)


@pytest.mark.parametrize(
    ("at", "way", "again"), part_and_all([*product(range(1, WRITES + 1), KILLED, AGAIN)])
)
def test_a_kill_at_any_write_of_the_journal_ends_right(bench: World, at: int, way: Way, again: str) -> None:
    folder = bench.begin(MIXED)
    code = ended(("apply", "plan.json"), folder, bench.environment, Trouble(at, way))
    assert code == -signal.SIGKILL
    assert [path.name for path in bench.journals(folder) if b"\n" not in path.read_bytes()] == []
    if at == 1:
        again = "apply"  # nothing was sent, and there is no run yet
    assert ends_right(bench, folder, again), bench.said


@pytest.mark.parametrize(
    ("at", "committed", "again"), part_and_all([*product(range(1, REQUESTS + 1), (False, True), AGAIN)])
)
def test_a_kill_at_any_request_ends_right(
    bench: World, killer: Killer, at: int, committed: bool, again: str
) -> None:
    folder = bench.begin(MIXED)
    killer.arm(at, committed=committed)
    process = start(("apply", "plan.json"), folder, bench.environment)
    killer.know(process)
    assert process.ended().code == -signal.SIGKILL
    assert ends_right(bench, folder, again), bench.said


@pytest.mark.parametrize(("at", "way", "again"), part_and_all([*product(range(1, WRITES), FULL, AGAIN)]))
def test_a_full_disk_ends_the_run_before_anything_else_is_sent(
    bench: World, at: int, way: Way, again: str
) -> None:
    folder = bench.begin(MIXED)
    code = ended(("apply", "plan.json"), folder, bench.environment, Trouble(at, way))
    assert code == 1
    sent = sum(one.method in ("PUT", "DELETE") for one in bench.crm.requests)
    assert sent == (at - 1) // 2
    if at == 1:
        again = "apply"
    assert ends_right(bench, folder, again), bench.said


@pytest.mark.parametrize(("at", "again"), part_and_all([*product(range(2, WRITES + 1), AGAIN)]))
def test_a_clock_that_steps_back_after_a_crash_harms_nothing(bench: World, at: int, again: str) -> None:
    folder = bench.begin(MIXED)
    ended(("apply", "plan.json"), folder, bench.environment, Trouble(at, "after"))
    bench.environment["SOURCE_DATE_EPOCH"] = "1000000000"
    try:
        assert ends_right(bench, folder, again), bench.said
        assert bench.zsync(folder, "apply", "plan.json") == 0
    finally:
        del bench.environment["SOURCE_DATE_EPOCH"]
    newest = max(bench.journals(folder), key=lambda one: one.stat().st_mtime_ns)
    assert bench.zsync(folder, "runs") == 0
    assert newest.stem.endswith(listed_runs(bench.said)[-1])
