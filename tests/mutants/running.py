"""Run one slice in a copy of the tree, and say which of its mutants no test noticed."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.faults.planting import ROOT, copy_tree
from tests.mutants.slices import ELSEWHERE, SAMPLED, Slice, modules

_CONFIG = """

[tool.mutmut]
source_paths = ["zsync"]
only_mutate = {only}
also_copy = ["relations", "schemas", "README.md", ".github", "types.ini"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "tests.mutants.steady"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
use_setproctitle = false
type_check_command = {types}
"""

# Looser than ours: what mutmut writes around the functions is not annotated to our taste.
_TYPES = """
[mypy]
check_untyped_defs = True
follow_imports = silent
ignore_missing_imports = True
strict_equality = True
"""


class Survivor(NamedTuple):
    """A mutant that no test of its room noticed: the function, its line (or lines) as it was and as it became."""

    where: str
    was: str
    now: str


@dataclass(frozen=True)
class Result:
    """What became of a slice's mutants: how many died by tests, by running too long or by their types, and who survived."""

    name: str
    mutants: int
    by_tests: int
    by_time: int
    by_types: int
    survivors: tuple[Survivor, ...]
    functions: frozenset[str]
    """Those that have mutants: an accepted survivor of any other is out of date."""


def run_slice(
    slice_: Slice,
    only: Sequence[str] = (),
    *,
    seed: int = 0,
    children: int | None = None,
    log: Path | None = None,
) -> Result:
    """Mutate the slice's modules in a copy and run its tests, for so many mutants at once (a core each).

    With `only`, mutants whose names fit one of these patterns (`zsync.planning.packing.*`) are run alone. Raises
    `RuntimeError` where mutmut does not get through.
    """
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        copy_tree(copy)
        (copy / "types.ini").write_text(_TYPES, "utf-8")
        with (copy / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write(_settings(slice_))
        command = [
            sys.executable,
            "-P",
            "tests/mutants/engine.py",
            str(children or os.cpu_count() or 1),
            *only,
        ]
        if slice_ is ELSEWHERE:
            command += [f"--sample={SAMPLED}", f"--seed={seed}"]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).replace("\r", "\n")
        if log:
            log.write_text(said, "utf-8")
        if done.returncode:
            raise RuntimeError(f"mutmut ended with {done.returncode}:\n{said[-4000:]}")
        return _result(slice_.name, copy)


def _settings(slice_: Slice) -> str:
    types = [sys.executable, "-m", "mypy", "--config-file", "types.ini", "--output", "json"]
    files = modules(slice_, ROOT)
    return _CONFIG.format(
        only=json.dumps(files),
        tests=json.dumps(slice_.tests),
        types=json.dumps([*types, *files]),
    )


def _result(name: str, copy: Path) -> Result:
    became: dict[str, str] = {}
    for meta in sorted((copy / "mutants").rglob("*.meta")):
        codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        became |= {
            mutant: _BECAME.get(code, "survived") for mutant, code in codes.items() if code is not None
        }
    counts = Counter(became.values())
    survivors = [mutant for mutant, one in became.items() if one == "survived"]
    return Result(
        name,
        len(became),
        counts["by tests"],
        counts["by time"],
        counts["by types"],
        tuple(_changes(copy, survivors)),
        frozenset(function(mutant) for mutant in became),
    )


_BECAME = {
    1: "by tests",
    3: "by tests",
    37: "by types",
    **dict.fromkeys((36, 24, -24, 152, 255, -9, -11), "by time"),
}
"""mutmut's exit codes; any other (0: all tests passed, 33: no test came by) is a mutant that survived."""


def function(mutant: str) -> str:
    """`zsync.model.plans.xǁPlanǁrefusals__mutmut_3` is of `zsync.model.plans.Plan.refusals`."""
    module, _, mangled = mutant.rpartition(".")
    plain = mangled.partition("__mutmut_")[0]
    return (
        f"{module}.{plain.removeprefix('xǁ').replace('ǁ', '.') if 'ǁ' in plain else plain.removeprefix('x_')}"
    )


def _changes(copy: Path, mutants: list[str]) -> Iterator[Survivor]:
    """The changes of mutants, as mutmut shows them."""
    if not mutants:
        return
    script = (
        "import json, sys\nfrom mutmut.mutation.diff_apply import get_diff_for_mutant\n"
        "print(json.dumps([get_diff_for_mutant(one) for one in json.load(sys.stdin)]))"
    )
    command = [sys.executable, "-P", "-c", script]
    done = subprocess.run(
        command, cwd=copy, input=json.dumps(mutants), capture_output=True, text=True, check=True
    )
    for mutant, text in zip(mutants, json.loads(done.stdout), strict=True):
        lines = text.splitlines()[2:]
        was, now = (
            " ".join(line[1:].strip() for line in lines if line.startswith(sign)).strip() for sign in "-+"
        )
        yield Survivor(function(mutant), was, now)
