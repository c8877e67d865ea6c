"""Run one slice in a copy of the tree, and say which of its mutants no test noticed."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, NamedTuple

from tests.faults.planting import ROOT, copy_tree
from tests.mutants.slices import ELSEWHERE, SAMPLED, Slice, modules

KEPT = ROOT / ".mutants"
"""Where verdicts are kept between runs; Git ignores it."""

_CONFIG = """

[tool.mutmut]
source_paths = ["zsync"]
only_mutate = {only}
also_copy = ["relations", "schemas", "README.md", ".github", ".pre-commit-hooks.yaml", "types.ini"]
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


class Verdict(NamedTuple):
    """What became of a mutant: `by tests`, `by types`, `by time`, or it lives: `survived`, `unreached` (no test comes by)."""

    source: str
    became: str
    survivor: Survivor | None


@dataclass(frozen=True)
class Result:
    """What became of a slice's mutants: how many died by tests, by running too long or by their types, and who survived."""

    name: str
    mutants: int
    by_tests: int
    by_time: int
    by_types: int
    unreached: int
    """How many of the survivors no test came by."""
    survivors: tuple[Survivor, ...]
    functions: frozenset[str]
    """Those that have mutants."""


def run_slice(
    slice_: Slice,
    only: Sequence[str] = (),
    *,
    seed: int = 0,
    children: int | None = None,
    again: bool = False,
    accepted: Iterable[Survivor] = (),
    kept: Path = KEPT,
    tell: Callable[[Survivor], object] = id,
) -> Result:
    """Mutate the slice's modules in a copy and run its tests, for so many mutants at once (a core each).

    Verdicts are kept in a file of the folder `kept` as they come, and survivors told: a run that was stopped goes on where it
    was if nothing has changed since. With `again`, what was killed stays killed even so, where the function is as it was.
    With `only`, mutants whose names fit one of these patterns (`zsync.planning.packing.*`) are run alone. Those that are
    `accepted` survive without a trial. Raises
    `RuntimeError` where the tests do not get through.
    """
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "tree"
        copy.mkdir()
        copy_tree(copy)
        (copy / "types.ini").write_text(_TYPES, "utf-8")
        with (copy / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write(_settings(slice_))
        verdicts = Verdicts(kept / f"{slice_.name}.jsonl", digest(copy, str(seed)), again=again)
        (copy / "known.json").write_text(
            json.dumps({one: it.source for one, it in verdicts.all.items()}), "utf-8"
        )
        listed: dict[str, list[tuple[str, str]]] = {}
        for one in accepted:
            for name in mangled(one.where):
                listed.setdefault(name, []).append((one.was, one.now))
        (copy / "accepted.json").write_text(json.dumps(listed), "utf-8")
        command = [f"--children={children or os.cpu_count() or 1}", *(f"--only={one}" for one in only)]
        if slice_ is ELSEWHERE:
            command += [f"--sample={SAMPLED}", f"--seed={seed}"]
        names: dict[str, str] = {}
        with (kept / f"{slice_.name}.log").open("w", encoding="utf-8") as log:
            for line in _lines(command, copy, log):
                if "mutants" in line:
                    names = line["mutants"]
                elif survivor := verdicts.add(line):
                    tell(survivor)
        return _result(slice_.name, {name: verdicts.all[name] for name in names})


def digest(folder: Path, more: str) -> str:
    """What all files below a folder hold, in a few letters."""
    found = sha256(more.encode())
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        found.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


class Verdicts:
    """The verdicts of a slice, in a file to which each is added as it comes."""

    def __init__(self, path: Path, tree: str, *, again: bool) -> None:
        """Those of the same tree; `again`: those of any tree, without the survivors."""
        self.path = path
        self.all: dict[str, Verdict] = {}
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        same = lines[:1] == [json.dumps({"tree": tree})]
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"tree": tree}) + "\n")
        for line in lines[1:] if same or again else ():
            try:
                read = json.loads(line)
            except ValueError:
                continue  # the end of a run that was killed
            if not again or read["became"] not in _LIVES:
                self.add(read)

    def add(self, line: dict[str, Any]) -> Survivor | None:
        """Keep a line of the engine's. The survivor, if it tells of one."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        alive = line["became"] in _LIVES
        survivor = Survivor(function(line["mutant"]), line["was"], line["now"]) if alive else None
        self.all[line["mutant"]] = Verdict(line["source"], line["became"], survivor)
        return survivor


_LIVES = ("survived", "unreached")


def _lines(arguments: Sequence[str], copy: Path, log: IO[str]) -> Iterator[dict[str, Any]]:
    """What the engine tells."""
    reading, writing = os.pipe()
    command = [
        sys.executable,
        "-P",
        "tests/mutants/engine.py",
        f"--tell={writing}",
        "--known=known.json",
        "--accepted=accepted.json",
        *arguments,
    ]
    with subprocess.Popen(
        command, cwd=copy, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[writing]
    ) as engine:
        os.close(writing)
        try:
            with os.fdopen(reading, encoding="utf-8") as told:
                yield from map(json.loads, told)
        except BaseException:
            engine.terminate()
            raise
    if engine.returncode:
        raise RuntimeError(
            f"the engine ended with {engine.returncode}:\n{Path(log.name).read_text('utf-8')[-4000:]}"
        )


def _settings(slice_: Slice) -> str:
    types = [sys.executable, "-m", "mypy", "--config-file", "types.ini", "--output", "json"]
    files = modules(slice_, ROOT)
    return _CONFIG.format(
        only=json.dumps(files),
        tests=json.dumps(slice_.tests),
        types=json.dumps([*types, *files]),
    )


def _result(name: str, verdicts: dict[str, Verdict]) -> Result:
    counts = Counter(one.became for one in verdicts.values())
    return Result(
        name,
        len(verdicts),
        counts["by tests"],
        counts["by time"],
        counts["by types"],
        counts["unreached"],
        tuple(one.survivor for one in verdicts.values() if one.survivor),
        frozenset(function(mutant) for mutant in verdicts),
    )


def function(mutant: str) -> str:
    """`zsync.model.plans.xǁPlanǁrefusals__mutmut_3` is of `zsync.model.plans.Plan.refusals`."""
    module, _, mangled = mutant.rpartition(".")
    plain = mangled.partition("__mutmut_")[0]
    return (
        f"{module}.{plain.removeprefix('xǁ').replace('ǁ', '.') if 'ǁ' in plain else plain.removeprefix('x_')}"
    )


def mangled(where: str) -> tuple[str, str]:
    """What `zsync.model.plans.Plan.refusals` is called in the names of mutants: as a method, and as a function."""
    module, _, name = where.rpartition(".")
    outer, _, class_ = module.rpartition(".")
    return f"{outer}.xǁ{class_}ǁ{name}", f"{module}.x_{name}"
