"""Every module is mutated on one night, and what may survive is code that there is, with a reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.planting import ROOT
from tests.mutants.__main__ import accepted
from tests.mutants.running import function
from tests.mutants.slices import ELSEWHERE, SLICES, modules, named


def test_every_module_belongs_to_one_slice_and_there_is_a_slice_a_night() -> None:
    assert len(SLICES) == 7
    found = [module for one in (*SLICES, ELSEWHERE) for module in modules(one, ROOT)]
    assert sorted(found) == sorted(file.relative_to(ROOT).as_posix() for file in ROOT.glob("zsync/**/*.py"))
    assert all(modules(one, ROOT) for one in SLICES)


def test_the_tests_of_every_slice_are_there() -> None:
    assert [path for one in (*SLICES, ELSEWHERE) for path in one.tests if not (ROOT / path).exists()] == []


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
