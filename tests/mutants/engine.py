"""Run mutmut in a copy of the tree. Started as a script, with the copy as the current folder: see `tests.mutants.running`.

mutmut changes strings in three ways, prose among them, which golden files hold and no room's test repeats word for word. Here a
string is changed in one way, and prose not at all. With `--sample N` only so many mutants are made, drawn by `--seed`.
"""

import argparse
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libcst
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation import file_mutation
from mutmut.utils.file_utils import walk_source_files

Made = tuple[Any, list[Any], Any, Any]
Make = Callable[..., Made]


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


def main() -> None:
    """`engine.py [--sample N --seed S] CHILDREN [MUTANT…]`"""
    parser = argparse.ArgumentParser()
    parser.add_argument("children", type=int)
    parser.add_argument("mutants", nargs="*")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    make: Make = file_mutation.create_mutations
    chosen = draw(make, asked.sample, asked.seed) if asked.sample else None
    file_mutation.create_mutations = only_wanted(make, chosen)
    mutmut._run(tuple(asked.mutants), asked.children)


if __name__ == "__main__":
    main()
