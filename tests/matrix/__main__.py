"""Prints the failure matrix: `python -m tests.matrix`."""

import sys
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.matrix.faults import cases
from tests.matrix.trial import Result, trial
from tests.matrix.world import world


def main() -> int:
    """One line for each fault and place: how the first runs ended, and how many are right after running again."""
    found: dict[tuple[str, str], list[Result]] = defaultdict(list)
    with TemporaryDirectory() as home, world(Path(home)) as bench:
        for case in cases():
            found[case.where, case.name].append(trial(bench, case))
    print("| place | fault | cells | first apply exits | right in the end | rows not planned |")
    print("|---|---|---|---|---|---|")
    for (where, name), results in found.items():
        exits = ", ".join(f"{code}: {n}" for code, n in sorted(Counter(one.first for one in results).items()))
        right = sum(one.right and one.again == 0 for one in results)
        unplanned = sum(one.unplanned for one in results)
        print(f"| {where} | {name} | {len(results)} | {exits} | {right} | {unplanned} |")
    every = [one for results in found.values() for one in results]
    good = sum(one.right and one.again == 0 and not one.unplanned for one in every)
    print(f"| | all | {len(every)} | | {good} | {sum(one.unplanned for one in every)} |")
    return 0 if good == len(every) else 1


if __name__ == "__main__":
    sys.exit(main())
