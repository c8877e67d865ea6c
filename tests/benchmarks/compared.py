"""What a base costs: `python -m tests.benchmarks.compared [--rows N] [--files N] [--changed N] [--runs N]`.

The same plan with a base and without one, in turn, so that a machine whose speed drifts does both of them the same wrong;
the ratio is taken pair by pair. Of the files, some differ from the base's: each lacks nothing but has a comment more.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.__main__ import ROOT, measure, server


def repository(folder: Path, changed: int) -> None:
    """Commits the manifests, and changes the first ones."""
    who = ["-c", "user.name=bench", "-c", "user.email=bench@acme.example"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-q", "-m", "base"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    for file in sorted(folder.glob("*.yaml"))[:changed]:
        file.write_text(file.read_text("utf-8") + "# changed\n", "utf-8")


def main() -> None:
    """Parses the command line, prints a line for each pair and the medians."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.compared", description=__doc__)
    for name, usual in (("rows", 100_000), ("files", 1_000), ("changed", 10), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    chosen = parser.parse_args()
    os.environ["BENCH_CAMPAIGNS"] = str(chosen.files)
    with tempfile.TemporaryDirectory(prefix="zsync-bench-") as name:
        folder = Path(name)
        own = {"PATH": os.environ["PATH"], "HOME": name, "XDG_CACHE_HOME": f"{name}/cache", "LANG": "C.UTF-8"}
        with server("canned", chosen.rows, "id", folder) as other:
            repository(folder / "manifests", chosen.changed)
            command = [sys.executable, "-m", "zsync", "plan", f"{name}/manifests", "--detailed-exitcode"]
            env = own | other.environment | {"PYTHONPATH": str(ROOT)}
            pairs = []
            for _ in range(chosen.runs + 1):
                both = [
                    measure([*command, *base], env, folder / "plan.txt", folder)
                    for base in ([], ["--no-base"])
                ]
                calls, unknown = other.count()
                if unknown or any(cost.status for cost in both):
                    sys.exit((folder / "plan.txt").read_text("utf-8") + "\n".join(unknown[:5]))
                pairs.append(both)
    for head, unit in (("wall", 0), ("CPU", 1), ("peak MiB", 2)):
        kept = pairs[1:]  # the first warms up
        ratios = sorted(with_base[unit] / without[unit] for with_base, without in kept)
        middle = [sorted(pair[each][unit] for pair in kept)[len(kept) // 2] for each in (0, 1)]
        print(
            f"{head}: {middle[0]:.2f} with, {middle[1]:.2f} without a base; ratio {ratios[len(ratios) // 2]:.3f} "
            f"({ratios[0]:.3f} to {ratios[-1]:.3f})"
        )
    print(
        f"{chosen.rows} rows in {chosen.files} files, {chosen.changed} of them changed; {calls} calls a pair"
    )


if __name__ == "__main__":
    main()
