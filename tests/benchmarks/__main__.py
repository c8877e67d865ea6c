"""`python -m tests.benchmarks [--rows N …] [--key id|Email …] [--crm canned|bundled …]`: see `make bench`."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
STARTS = 20
_COLUMNS = "{:>8}  {:<6} {:<8} {:>7} {:>7} {:>9} {:>9} {:>8} {:>7} {:>8} {:>7}"


class Cost(NamedTuple):
    """What a process took: seconds by the clock, seconds of CPU (user and system), peak memory in MiB, its exit code."""

    wall: float
    cpu: float
    peak: float
    status: int


def measure(
    command: Sequence[str], environment: Mapping[str, str], output: Path, folder: Path = ROOT
) -> Cost:
    """Runs a command to its end, in a folder. A child's peak starts at its parent's size: keep this process small."""
    with output.open("wb") as sink:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=sink, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(
        time.perf_counter() - start,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / unit,
        process.returncode,
    )


class Server:
    """The other process, from this side."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.environment: dict[str, str] = json.loads(self._line())

    def count(self) -> tuple[int, list[str]]:
        """The calls since the last time, and the paths that nobody knew."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        calls, unknown = json.loads(self._line())
        return calls, unknown

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def server(kind: str, rows: int, key: str, folder: Path) -> Iterator[Server]:
    """A server with a world of so many rows; its manifests and answers are in `folder`."""
    command = [sys.executable, "-m", "tests.benchmarks.serve", kind, str(rows), key, str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Server(process)
        finally:
            assert process.stdin
            process.stdin.close()


def bench(kind: str, rows: int, key: str) -> float:
    """Plans once, prints a line of the table, and returns the seconds of CPU; exits where the plan is not "no changes"."""
    with tempfile.TemporaryDirectory(prefix="zsync-bench-") as name:
        folder = Path(name)
        own = {"PATH": os.environ["PATH"], "HOME": name, "XDG_CACHE_HOME": f"{name}/cache", "LANG": "C.UTF-8"}
        with server(kind, rows, key, folder) as other:
            command = [sys.executable, "-m", "zsync", "plan", f"{name}/manifests", "--detailed-exitcode"]
            # Not here: the example's zsync.yaml would be in force.
            env = own | other.environment | {"PYTHONPATH": str(ROOT)}
            plan = measure(command, env, folder / "plan.txt", folder)
            calls, unknown = other.count()
            command = [sys.executable, "-m", "tests.benchmarks.floor", name]
            floor = measure(command, own, folder / "floor.txt")
            # Only the server from memory lets everybody in; in the bundled CRM's process nothing else is asked.
            if kind == "canned":
                command += [other.environment["ZSYNC_API_DOMAIN"], key]
            fetching = measure(command, own, folder / "floor.txt")
        if plan.status or unknown or floor.status or fetching.status:
            print(
                (folder / "plan.txt").read_text("utf-8"),
                (folder / "floor.txt").read_text("utf-8"),
                *unknown[:5],
                sep="\n",
            )
            sys.exit(
                f"bench: zsync plan ended with {plan.status}, the floor with {floor.status}; nothing was measured"
            )
    print(
        _COLUMNS.format(
            rows,
            key,
            kind,
            *(f"{value:.2f}" for value in plan[:2]),
            f"{plan.peak:.0f}",
            calls,
            f"{floor.cpu:.2f}",
            f"{plan.cpu / floor.cpu:.2f}×",
            *((f"{fetching.cpu:.2f}", f"{plan.cpu / fetching.cpu:.2f}×") if kind == "canned" else ("", "")),
        )
    )
    return plan.cpu


def compare_starts() -> None:
    """Prints the time of `zsync --help` beside that of importing click, side by side, the median of each."""
    own = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    commands = [[sys.executable, "-c", "import click"], [sys.executable, "-m", "zsync", "--help"]]
    with tempfile.TemporaryDirectory(prefix="zsync-bench-") as name:
        pairs = [
            [measure(command, own, Path(name) / "out").wall for command in commands] for _ in range(STARTS)
        ]
    click, help_ = (sorted(times)[STARTS // 2] for times in zip(*pairs, strict=True))
    print(f"\nzsync --help {help_ * 1000:.0f} ms, import click {click * 1000:.0f} ms: {help_ / click:.2f}×")


def main() -> None:
    """Parses the command line, prints the table."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--key", nargs="+", choices=["id", "Email"], default=["id", "Email"])
    parser.add_argument("--crm", nargs="+", choices=["canned", "bundled"], default=["canned", "bundled"])
    chosen = parser.parse_args()
    print(
        f"Plans of equal rows in 20 manifests. {platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores."
    )
    print(
        "canned: a server that answers from memory. bundled: `zsync emulator`. floor: the same bytes through libyaml, json and a dict join;\n"
        "+ calls: the same, with the answers fetched by httpx as anybody would use it, and no more calls than needed.\n"
    )
    print(
        _COLUMNS.format(
            "rows", "key", "CRM", "wall s", "CPU s", "peak MiB", "calls", "floor s", "CPU", "+ calls", "CPU"
        ),
        flush=True,
    )
    for kind in chosen.crm:
        for key in chosen.key:
            took = [bench(kind, rows, key) for rows in sorted(chosen.rows)]
            if len(took) > 1:
                growth = ", ".join(f"{more / less:.1f}×" for less, more in pairwise(took))
                print(f"{'':>10}growth of CPU from line to line: {growth}", flush=True)
    compare_starts()


if __name__ == "__main__":
    main()
