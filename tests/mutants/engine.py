"""Make mutants with mutmut, and try each in a fork of one pytest that has collected the tests already.

Started as a script, with a copy of the tree as the current folder: see `tests.mutants.running`. mutmut changes strings in three
ways, prose among them, which golden files hold and no room's test repeats word for word. Here a string is changed in one way, and
prose not at all. With `--sample N` only so many mutants are made, drawn by `--seed`.

mutmut's own loop starts pytest anew for each mutant, and finds the tests anew: that took five times as long as running them.
"""

import argparse
import fnmatch
import gc
import json
import os
import random
import resource
import shutil
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import libcst
import pytest
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation import file_mutation
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import (
    copy_also_copy_files,
    copy_src_dir,
    setup_source_paths,
    walk_mutatable_files,
    walk_source_files,
)
from mutmut.workers.isolation import run_in_fork_with_result

Made = tuple[Any, list[Any], Any, Any]
Make = Callable[..., Made]

MEMORY = 4 << 30
"""What a mutant may take, in bytes: one that collects for ever ends with an error instead of taking the machine with it."""


MOST = 20.0
"""CPU seconds of the tests that a mutant is tried with, the quickest first: what only a longer one notices deserves a small one."""


def wanted(mutation: Any, settled: frozenset[int]) -> bool:
    """Whether a mutation is in a function, is none of the many that change a text in the same way, and is not settled."""
    if mutation.contained_by_top_level_function is None or id(mutation.original_node) in settled:
        return False
    node, changed = mutation.original_node, mutation.mutated_node
    if is_zip(node):
        return len(changed.args) == len(node.args)
    if not isinstance(node, libcst.SimpleString):
        return True
    return " " not in node.raw_value.strip() and changed.raw_value == f"XX{node.raw_value}XX"


def is_zip(node: libcst.CSTNode) -> bool:
    """Whether it is a call of `zip`: of things that are equally long anyway, `strict` says nothing, so it stays as it is."""
    return isinstance(node, libcst.Call) and isinstance(node.func, libcst.Name) and node.func.value == "zip"


class StrictOf(libcst.CSTVisitor):
    """Finds what stands behind `strict=` in calls of `zip`."""

    def __init__(self) -> None:
        self.found: set[int] = set()

    def visit_Call(self, node: libcst.Call) -> None:  # noqa: N802  libcst's name
        if is_zip(node):
            self.found |= {
                id(one.value) for one in node.args if one.keyword and one.keyword.value == "strict"
            }


def only_wanted(make: Make, chosen: frozenset[tuple[str, int]] | None) -> Make:
    """mutmut's maker of mutations, of which only the wanted ones are left, and of those only the chosen, if any are."""

    def made(filename: str, *args: Any) -> Made:
        module, mutations, classes, functions = make(filename, *args)
        strict = StrictOf()
        module.visit(strict)
        kept = [one for one in mutations if wanted(one, frozenset(strict.found))]
        if chosen is not None:
            kept = [one for at, one in enumerate(kept) if (filename, at) in chosen]
        return module, kept, classes, functions

    return made


def draw(make: Make, number: int, seed: int) -> frozenset[tuple[str, int]]:
    """So many mutants of all files, each as its file and its number in there."""
    files = sorted(path for path in walk_source_files() if config().should_mutate(path))
    known = [
        (str(path), at)
        for path in files
        for at in range(len(only_wanted(make, None)(str(path), Path(path).read_text("utf-8"))[1]))
    ]
    return frozenset(random.Random(seed).sample(known, min(number, len(known))))  # noqa: S311  no secret


def generate(children: int) -> frozenset[str]:
    """Write the mutated modules below `mutants/`, where Python finds them from now on. The mutants that have type errors."""
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    setup_source_paths()
    mutmut.create_mutants(children)
    return frozenset(file_mutation.filter_mutants_with_type_checker())


@dataclass(frozen=True)
class Mutant:
    """One change of a function; `source` is the hash of the function as it was."""

    name: str
    path: Path
    source: str

    @property
    def function(self) -> str:
        """The function as mutmut mangles it, with its module."""
        return self.name.partition("__mutmut_")[0]


def mutants() -> Iterator[Mutant]:
    """All that there are."""
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        for name in data.exit_code_by_key:
            mangled = name.partition("__mutmut_")[0].rpartition(".")[2]
            yield Mutant(name, path, data.hash_by_function_name.get(mangled, ""))


@dataclass
class Costs:
    """What each test reaches and takes, by its node id: CPU seconds and seconds."""

    reached: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)


class Watch:
    """A plugin of pytest: notes which functions each test reaches, in its shared fixtures as well."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs
        self.shared: dict[tuple[str, str], set[str]] = {}
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what each test says that fails."""
        if report.failed:
            self.failed.append(f"{report.nodeid}\n{report.longreprtext}")

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """What is made for several tests is reached by each of them, not by the first alone."""
        if fixturedef.scope == "function":
            return (yield)
        before = set(state()._stats)
        state()._stats.clear()
        try:
            return (yield)
        finally:
            reached = self.shared.setdefault((fixturedef.baseid, fixturedef.argname), set())
            reached |= state()._stats
            state()._stats.update(before)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        state()._stats.clear()
        cpu, wall = process_time(), monotonic()
        try:
            return (yield)
        finally:
            self.costs.cpu[item.nodeid] = process_time() - cpu
            self.costs.wall[item.nodeid] = monotonic() - wall
            for function in state()._stats:
                self.costs.reached[function].add(item.nodeid)

    def share(self, items: list[pytest.Item]) -> None:
        """Say of every test what the fixtures reached that it shares."""
        for item in items:
            for (base, name), reached in self.shared.items():
                if name in getattr(item, "fixturenames", ()) and item.nodeid.startswith(base):
                    for function in reached:
                        self.costs.reached[function].add(item.nodeid)


def quickest_first(items: list[pytest.Item], costs: Costs) -> list[pytest.Item]:
    """The tests file by file, for what a file's tests share is made once so: the cheapest file first, and its cheapest test."""
    files: dict[str, float] = defaultdict(float)
    for item in items:
        files[item.location[0]] += costs.cpu[item.nodeid]
    return sorted(
        items,
        key=lambda item: (files[item.location[0]], item.location[0], costs.cpu[item.nodeid], item.nodeid),
    )


def affordable(items: list[pytest.Item], costs: Costs) -> list[pytest.Item]:
    """The tests from the first on, as far as `MOST` goes; at least one."""
    spent = list(accumulate(costs.cpu[item.nodeid] for item in items))
    return [item for item, sum_ in zip(items, spent, strict=True) if sum_ <= MOST or item is items[0]]


def run(session: pytest.Session, items: list[pytest.Item]) -> int:
    """Run tests up to the first that fails. How many failed."""
    session.items = items
    for at, item in enumerate(items):
        following = items[at + 1] if at + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail or session.shouldstop:
            break
    return session.testsfailed


def watched(session: pytest.Session) -> Costs:
    """Run all tests on the code as it is. Raises `RuntimeError` with all that fail: a run for each of them would take a night."""
    session.config.option.maxfail = 0
    set_mutant_under_test("stats")
    os.environ["MUTMUT_DEPENDENCY_DEPTH"] = "-1"
    watch = Watch(Costs())
    session.config.pluginmanager.register(watch)
    items = list(session.items)
    if run(session, items):
        failed = "\n".join(watch.failed)
        raise RuntimeError(f"{len(watch.failed)} tests fail though nothing was changed: {failed}")
    watch.share(items)
    return watch.costs


class Timed:
    """A plugin of pytest: ends the process where a test takes many times what it took, so that a mutant may loop for ever."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs
        self.failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember which test fails, and the end of what it says."""
        if report.failed:
            self.failed = f"{report.nodeid}\n{report.longreprtext[-4000:]}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        signal.setitimer(signal.ITIMER_PROF, 5 + 5 * self.costs.cpu[item.nodeid])
        signal.setitimer(signal.ITIMER_REAL, 30 + 10 * self.costs.wall[item.nodeid])


def factory(session: pytest.Session) -> pytest.TempPathFactory:
    """What makes the folders of tests."""
    made: pytest.TempPathFactory = getattr(session.config, "_tmp_path_factory")  # noqa: B009
    return made


def folder_of(session: pytest.Session, child: int) -> Path:
    """Where the tests of a process have their folders: in one for all, each would look for names that are still free."""
    return factory(session).getbasetemp().with_name(f"tests-{child}")


def attempt(session: pytest.Session, items: list[pytest.Item], costs: Costs, mutant: str) -> tuple[int, int]:
    """Start a process that runs these tests on this mutant, and ends with 1 where one fails.

    Its id, and a pipe that then has the name of the test that failed, and below it the end of what it says.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.setpgrp()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for end in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(end, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    status = 1
    try:
        own = folder_of(session, os.getpid())
        own.mkdir()
        setattr(factory(session), "_basetemp", own)  # noqa: B010
        set_mutant_under_test(mutant)
        timed = Timed(costs)
        session.config.pluginmanager.register(timed)
        status = 1 if run(session, items) else 0
        os.write(writing, timed.failed.encode())
    finally:
        os._exit(status)


def told(session: pytest.Session, child: int, failed: int) -> str:
    """The test that failed in a process that has ended, with what it says, or nothing; what the process has left behind goes."""
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # servers it has started
    shutil.rmtree(folder_of(session, child), ignore_errors=True)
    with os.fdopen(failed, encoding="utf-8") as pipe:
        return pipe.read()


@dataclass
class Trial:
    """A plugin of pytest that runs no tests by itself, but each mutant's in a process of its own."""

    todo: list[Mutant]
    mistyped: frozenset[str]
    children: int
    tell: Callable[[Mutant, str, str], None]
    under_way: dict[int, tuple[Mutant, int]] = field(default_factory=dict)
    killers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Which tests noticed mutants of a function, the last one first: most of the next ones die by the same."""
    trusted: set[str] = field(default_factory=set)
    """Tests that pass by themselves."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Stands in for pytest's own loop."""
        if session.testsfailed:
            raise session.Interrupted("not all tests can be collected")
        factory(session).getbasetemp()  # made before the first process needs it
        by_id = {item.nodeid: item for item in session.items}
        costs = run_in_fork_with_result(watched, session)
        self._check_that_mutants_count(session, costs)
        gc.freeze()
        for mutant in sorted(
            self.todo, key=lambda one: sum(costs.cpu[test] for test in costs.reached[one.function])
        ):
            if mutant.name in self.mistyped:
                self.tell(mutant, "by types", "")
                continue
            tests = costs.reached[mutant.function]
            if not tests:
                self.tell(mutant, "unreached", "")
                continue
            while len(self.under_way) >= self.children:
                self._reap(session, costs)
            first = self.killers[mutant.function][:3]
            rest = quickest_first([by_id[test] for test in tests.difference(first)], costs)
            items = affordable([*(by_id[test] for test in first), *rest], costs)
            child, failed = attempt(session, items, costs, mutant.name)
            self.under_way[child] = mutant, failed
        while self.under_way:
            self._reap(session, costs)
        return True

    def _trust(self, session: pytest.Session, test: str, costs: Costs) -> None:
        """What a test notices counts only if it passes by itself where nothing is changed. Raises `RuntimeError` if it does not."""
        if test not in self.trusted:
            items = [item for item in session.items if item.nodeid == test]
            # A busy machine may end a test by its clock: that is no reason to give up a night's work.
            ends = [self._ends(session, items, costs, "")]
            while ends[-1][0] and len(ends) < 3:
                ends.append(self._ends(session, items, costs, ""))
            code, failed = ends[-1]
            if code:
                raise RuntimeError(
                    f"{test} fails by itself though nothing was changed: it ended with {code}: {failed}"
                )
            self.trusted.add(test)

    def _check_that_mutants_count(self, session: pytest.Session, costs: Costs) -> None:
        """Where every function fails, a test has to, and where none is changed, none may: else no verdict is worth anything."""
        items = quickest_first(session.items, costs)
        if self._ends(session, items, costs, "fail")[0] != 1:
            raise RuntimeError("the tests do not run the mutated code")
        code, failed = self._ends(session, items, costs, "")
        if code:
            raise RuntimeError(
                f"a test fails in this order though nothing was changed: it ended with {code}: {failed}"
            )

    @staticmethod
    def _ends(
        session: pytest.Session, items: list[pytest.Item], costs: Costs, mutant: str
    ) -> tuple[int, str]:
        """How a run of these tests ends, and which test failed."""
        child, failed = attempt(session, items, costs, mutant)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return code, told(session, child, failed)

    def _reap(self, session: pytest.Session, costs: Costs) -> None:
        child, status = os.wait()
        mutant, failed = self.under_way.pop(child)
        killers = self.killers[mutant.function]
        if test := told(session, child, failed).partition("\n")[0]:
            killers[:] = [test, *(one for one in killers if one != test)]
            self._trust(session, test, costs)
        code = os.waitstatus_to_exitcode(status)
        became = {0: "survived", 1: "by tests", -signal.SIGPROF: "by time", -signal.SIGALRM: "by time"}
        self.tell(mutant, became.get(code, "by tests"), test)


def changed(mutant: Mutant, root: Path) -> tuple[str, str]:
    """The line of a mutant, or the lines, as it was and as it became."""
    here = Path.cwd()
    os.chdir(root)
    lines = get_diff_for_mutant(mutant.name, path=mutant.path).splitlines()[2:]
    os.chdir(here)
    was, now = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)).strip() for sign in "-+"
    )
    return was, now


def main() -> None:
    """Tells of each mutant, as a line of JSON on `--tell`, what became of it; first of all which mutants there are."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--children", type=int, default=1)
    parser.add_argument("--tell", type=int, required=True, help="a file descriptor")
    parser.add_argument(
        "--known",
        type=Path,
        required=True,
        help="JSON: the mutants not to try, each with its function's hash",
    )
    parser.add_argument(
        "--accepted",
        type=Path,
        required=True,
        help="JSON: the changes that nobody has to notice, by the function: what was, and what it becomes",
    )
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    make: Make = file_mutation.create_mutations
    chosen = draw(make, asked.sample, asked.seed) if asked.sample else None
    file_mutation.create_mutations = only_wanted(make, chosen)
    mistyped = generate(asked.children)
    known, accepted = (json.loads(path.read_text("utf-8")) for path in (asked.known, asked.accepted))
    found = [
        one
        for one in mutants()
        if not asked.only or any(fnmatch.fnmatch(one.name, pattern) for pattern in asked.only)
    ]
    with os.fdopen(asked.tell, "w", encoding="utf-8", buffering=1) as out:

        def say(**line: object) -> None:
            out.write(json.dumps(line) + "\n")

        def tell(mutant: Mutant, became: str, test: str = "") -> None:
            was, now = changed(mutant, root) if became in ("survived", "unreached") else ("", "")
            say(mutant=mutant.name, source=mutant.source, became=became, was=was, now=now, test=test)

        root = Path.cwd()
        say(mutants={one.name: one.source for one in found})
        todo = [one for one in found if known.get(one.name) != one.source]
        # Trying them takes longest of all, for no test ends them.
        settled = {
            one
            for one in todo
            if one.function in accepted and one.name not in mistyped
            if [*changed(one, root)] in accepted[one.function]
        }
        for one in todo:
            if one in settled:
                tell(one, "survived")
        todo = [one for one in todo if one not in settled]
        if not todo:
            return
        os.chdir("mutants")
        # A folder of its own: in the one that all runs share, any of them may take it away for an old one.
        options = ["--rootdir=.", "-x", "-q", "--capture=sys", f"--basetemp={root.parent / 'tmp'}"]
        ended = pytest.main(
            [*options, *config().pytest_add_cli_args, *config().pytest_add_cli_args_test_selection],
            plugins=[Trial(todo, mistyped, asked.children, tell)],
        )
    sys.exit(int(ended))


if __name__ == "__main__":
    main()
