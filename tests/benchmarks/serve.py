"""The server's process: `python -m tests.benchmarks.serve canned|bundled ROWS KEY FOLDER`.

Writes manifests/ and answers.jsonl into FOLDER, prints one line of JSON with the variables that point zsync here, and
then, for each line that arrives on stdin, one with the number of calls since the last and the paths it did not know.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import world
from tests.benchmarks.canned import Canned, serving

Count = Callable[[], tuple[int, list[str]]]


@contextmanager
def _canned(rows: int) -> Iterator[tuple[dict[str, str], Count]]:
    canned = Canned(rows)

    def count() -> tuple[int, list[str]]:
        calls, canned.calls = canned.calls, 0
        return calls, sorted(canned.unknown)

    with serving(canned) as url:
        secrets = {f"ZSYNC_{name}": "bench" for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")}
        yield {"ZSYNC_API_DOMAIN": url, "ZSYNC_ACCOUNTS_URL": url, **secrets}, count


@contextmanager
def _bundled(rows: int) -> Iterator[tuple[dict[str, str], Count]]:
    from zsync.emulator import running

    with running(world.seed(rows)) as crm:

        def count() -> tuple[int, list[str]]:
            calls = len(crm.requests)
            crm.requests.clear()
            return calls, []

        yield crm.environment(), count


def main(kind: str, rows: int, key: str, folder: Path) -> None:
    """Serve until stdin ends."""
    (folder / "manifests").mkdir()
    world.write_manifests(folder / "manifests", rows, key)
    world.write_answers(folder / "answers.jsonl", rows, key)
    with {"canned": _canned, "bundled": _bundled}[kind](rows) as (environment, count):
        print(json.dumps(environment), flush=True)
        for _ in sys.stdin:
            print(json.dumps(count()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
