"""`python -m tests.mutants [SLICE…]`: run slices of mutants, all of them and the sample where none is named.

`tonight` is the slice of the weekday. Ends with 1 where a mutant survived that accepted.toml does not list, or where an entry of
accepted.toml is no mutant any more. The report goes to stdout, and to `--report FILE`; survivors go to stderr as they are
found. What accepted.toml lists is not tried. A run that was stopped goes on where it was, as long as no file has changed: `.mutants` has
its verdicts, a file a slice.
"""

import argparse
import signal
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from tests.mutants.running import Result, Survivor, run_slice
from tests.mutants.slices import ELSEWHERE, SLICES, named

ACCEPTED = Path(__file__).with_name("accepted.toml")


def accepted() -> dict[Survivor, str]:
    """The survivors that may live → why."""
    listed = tomllib.loads(ACCEPTED.read_text("utf-8")).get("accepted", [])
    return {Survivor(one["where"], one["was"], one["now"]): one["why"] for one in listed}


def shown(one: Survivor) -> list[str]:
    """A survivor, for people."""
    return ["", f"survived in {one.where}", f"- {one.was}", f"+ {one.now}"]


def report(
    result: Result, known: dict[Survivor, str], seconds: float, *, whole: bool
) -> tuple[list[str], bool]:
    """Lines for people, and whether anything is to be done; only a whole slice tells what is out of date."""
    new = [one for one in result.survivors if one not in known]
    stale = list(_stale(result, known)) if whole else []
    lines = [
        f"{result.name}: {result.mutants} mutants in {seconds:.0f} s: {result.by_tests} killed by tests, "
        f"{result.by_types} by types, {result.by_time} by running too long, {len(result.survivors)} survived, "
        f"{result.unreached} of them reached by no test, {len(result.survivors) - len(new)} accepted"
    ]
    for one in new:
        lines += shown(one)
    lines += [f"accepted, and no survivor any more: {one.where}: {one.now}" for one in stale]
    return lines, bool(new or stale)


def _stale(result: Result, known: dict[Survivor, str]) -> Iterator[Survivor]:
    """Accepted survivors of modules of this slice that are no mutants any more, or that mypy notices by now."""
    modules = {".".join(where.split(".")[:3]) for where in result.functions}
    if result.name != ELSEWHERE.name:  # a sample has not all of a module
        for one in known:
            if one not in result.survivors and ".".join(one.where.split(".")[:3]) in modules:
                yield one


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("slices", nargs="*", metavar="SLICE")
    parser.add_argument("--seed", type=int, default=0, help="draws another sample")
    parser.add_argument(
        "--only", action="append", default=[], help="only these mutants, such as 'zsync.planning.packing.*'"
    )
    parser.add_argument("--children", type=int, help="mutants at once; one a core")
    parser.add_argument("--report", type=Path)
    parser.add_argument(
        "--again",
        action="store_true",
        help="try what survived, and what has changed; what was killed stays so",
    )
    asked = parser.parse_args()
    try:
        chosen = [named(name) for name in asked.slices] or [*SLICES, ELSEWHERE]
    except LookupError:
        parser.error(
            f"the slices are: {', '.join(one.name for one in SLICES)} (or 1 to 7), {ELSEWHERE.name}, tonight"
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the copy of the tree goes away
    told: list[str] = []
    failed = False
    known = accepted()

    def tell(one: Survivor) -> None:
        if one not in known:
            print("\n".join(shown(one)), file=sys.stderr, flush=True)

    for slice_ in chosen:
        start = monotonic()
        result = run_slice(
            slice_,
            asked.only,
            seed=asked.seed,
            children=asked.children,
            again=asked.again,
            accepted=known,
            tell=tell,
        )
        lines, bad = report(result, known, monotonic() - start, whole=not asked.only)
        failed |= bad
        print("\n".join(lines), flush=True)
        told += [*lines, ""]
        if asked.report:
            asked.report.write_text("\n".join(told), "utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
