"""Every module is mutated on one night, what may survive is code that there is, with a reason, and a run that was stopped goes on."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.planting import ROOT
from tests.mutants.__main__ import accepted, report
from tests.mutants.running import Result, Survivor, Verdicts, digest, function, mangled, run_slice
from tests.mutants.slices import ELSEWHERE, SLICES, Slice, modules, named


def test_every_module_belongs_to_one_slice_and_there_is_a_slice_a_night() -> None:
    assert len(SLICES) == 7
    found = [module for one in (*SLICES, ELSEWHERE) for module in modules(one, ROOT)]
    assert sorted(found) == sorted(file.relative_to(ROOT).as_posix() for file in ROOT.glob("zsync/**/*.py"))
    assert all(modules(one, ROOT) for one in SLICES)


def test_the_tests_of_every_slice_are_there() -> None:
    assert [path for one in (*SLICES, ELSEWHERE) for path in one.tests if not (ROOT / path).exists()] == []


def test_the_rest_is_noticed_by_the_tests_of_its_own_rooms() -> None:
    rooms = {
        Path(module).relative_to("zsync").with_suffix("").parts[0] for module in modules(ELSEWHERE, ROOT)
    }
    mirrors = {f"tests/{room}" for room in rooms} | {f"tests/test_{room}.py" for room in rooms}
    assert sorted(mirror for mirror in mirrors - {*ELSEWHERE.tests} if (ROOT / mirror).exists()) == []


def test_a_slice_has_a_name_and_a_number() -> None:
    assert [named(str(number)) for number in range(1, 8)] == [named(one.name) for one in SLICES]
    assert named("tonight") in SLICES
    for nonsense in ("0", "8", "nothing"):
        with pytest.raises(LookupError):
            named(nonsense)


@pytest.mark.parametrize(
    ("mutant", "name"),
    [
        ("zsync.planning.packing.x_pack__mutmut_12", "zsync.planning.packing.pack"),
        ("zsync.planning.packing.x__chosen__mutmut_1", "zsync.planning.packing._chosen"),
        ("zsync.model.plans.xǁPlanǁrefusals__mutmut_3", "zsync.model.plans.Plan.refusals"),
        ("zsync.crm.limits.xǁGateǁ__init____mutmut_3", "zsync.crm.limits.Gate.__init__"),
    ],
)
def test_a_mutant_is_told_by_its_function(mutant: str, name: str) -> None:
    assert function(mutant) == name
    assert mutant.partition("__mutmut_")[0] in mangled(name)


def functions(module: Path) -> Iterator[str]:
    """The functions and methods of a module, as mutants name them."""
    name = ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for node in ast.parse(module.read_text("utf-8")).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                yield ".".join([name, *([node.name] if isinstance(node, ast.ClassDef) else []), inner.name])


def test_what_may_survive_is_of_a_function_that_there_is_and_says_why() -> None:
    known = {name for module in ROOT.glob("zsync/**/*.py") for name in functions(module)}
    assert [one.where for one in accepted() if one.where not in known] == []
    assert [one for one, why in accepted().items() if len(why) < 15 or one.was == one.now] == []


@pytest.mark.parametrize(
    ("name", "whole", "was", "told"),
    [
        ("planning", True, "a > b", False),
        ("planning", True, "a > c", True),
        ("planning", False, "a > c", False),
        (ELSEWHERE.name, True, "a > c", False),
    ],
)
def test_what_is_accepted_and_survives_no_more_has_to_go(
    name: str, whole: bool, was: str, told: bool
) -> None:
    one = Survivor("zsync.planning.packing.pack", "a > b", "a >= b")
    functions = frozenset({"zsync.planning.packing.cost"})
    result = Result(name, 1, 0, 0, 0, 0, (one,), functions)
    known = {one: "why", one._replace(was=was): "why", one._replace(where="zsync.kinds.of"): "why"}
    lines, bad = report(result, known, 1.0, whole=whole)
    assert (len(lines) == 2, bad) == (told, told)


def line(mutant: str, became: str) -> dict[str, Any]:
    """What the engine tells of a mutant."""
    return {"mutant": mutant, "source": "s", "became": became, "was": "a", "now": "b"}


def test_verdicts_of_a_run_that_was_stopped_are_those_of_the_same_tree(tmp_path: Path) -> None:
    first = Verdicts(tmp_path / "v.jsonl", "tree", again=False)
    assert first.add(line("m.x_f__mutmut_1", "by tests")) is None
    assert first.add(line("m.x_f__mutmut_2", "unreached")) == Survivor("m.f", "a", "b")
    with (tmp_path / "v.jsonl").open("a") as file:
        file.write('{"mutant": "m.x_f__mut')  # killed while it wrote
    for _ in range(2):
        assert Verdicts(tmp_path / "v.jsonl", "tree", again=False).all == first.all
    assert Verdicts(tmp_path / "v.jsonl", "another", again=False).all == {}


def test_what_survived_is_tried_again_and_what_was_killed_is_not(tmp_path: Path) -> None:
    first = Verdicts(tmp_path / "v.jsonl", "tree", again=False)
    for number, became in enumerate(("by tests", "by time", "by types", "survived", "unreached")):
        first.add(line(f"m.x_f__mutmut_{number}", became))
    again = Verdicts(tmp_path / "v.jsonl", "another", again=True)
    assert [one.became for one in again.all.values()] == ["by tests", "by time", "by types"]


def test_a_tree_is_told_by_names_and_contents(tmp_path: Path) -> None:
    seen = set()
    for name, content in (("a", "1"), ("b", "1"), ("b", "2")):
        for path in tmp_path.iterdir():
            path.unlink()
        (tmp_path / name).write_text(content)
        seen |= {digest(tmp_path, ""), digest(tmp_path, "seed")}
    assert len(seen) == 6


@pytest.mark.nightly
@pytest.mark.skipif(os.name == "nt", reason="mutmut forks")
def test_mutants_of_a_module_are_told_apart_and_not_tried_twice(tmp_path: Path) -> None:
    modules, both = ("zsync/codes.py", "zsync/kinds.py"), ("tests/test_codes.py", "tests/test_kinds.py")
    held, loose = Slice("held", modules, both), Slice("loose", modules, both[:1])
    seen: list[Survivor] = []
    results = [run_slice(one, kept=tmp_path, tell=seen.append) for one in (held, loose)]
    assert results[0].mutants == results[1].mutants > 0
    assert results[0].by_tests > results[1].by_tests > 0
    assert results[0].unreached == 0 < results[1].unreached <= len(results[1].survivors)
    assert sorted(seen) == sorted(results[0].survivors + results[1].survivors)
    assert run_slice(held, kept=tmp_path, tell=seen.append) == results[0]
    assert len(seen) == len(results[0].survivors + results[1].survivors)
    # What is accepted survives, and no test is run on it.
    alive = [one for one in results[1].survivors if one not in results[0].survivors]
    spared = run_slice(held, accepted=alive, kept=tmp_path / "spared")
    assert {*spared.survivors} == {*results[1].survivors}
    assert spared.by_tests == results[1].by_tests
