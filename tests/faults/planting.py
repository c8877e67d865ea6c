"""Plant a fault in a copy of the tree, and see whether the test that stands for the protection fails."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

_PARTS = (
    *("zsync", "tests", "relations", "schemas", ".github"),
    *("pyproject.toml", "README.md", ".pre-commit-hooks.yaml"),
)

_PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", "-m", "")


class Fault(NamedTuple):
    """One protection taken away: in `file`, `was` (which stands there once) becomes `becomes`; `test` has to fail.

    `test` is named as pytest names it, without parameters: `tests/planning/test_planner.py::test_…`.
    """

    what: str
    file: str
    was: str
    becomes: str
    test: str


def copy_tree(folder: Path) -> None:
    """What the tests need of the repository, below a folder."""
    junk = shutil.ignore_patterns("__pycache__", "node_modules")
    for part in _PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=junk)
        else:
            target.write_bytes(source.read_bytes())


@contextmanager
def planted(fault: Fault, folder: Path) -> Iterator[None]:
    """The copy in this folder with the fault in it."""
    file = folder / fault.file
    text = file.read_text("utf-8")
    assert text.count(fault.was) == 1, f"{fault.file} has changed: write this fault anew in tests/faults"
    _rewrite(file, text.replace(fault.was, fault.becomes))
    try:
        yield
    finally:
        _rewrite(file, text)


def _rewrite(file: Path, text: str) -> None:
    """Write a module, and drop what Python has compiled of it: within a second, and of the same length, it would count as up to date."""
    file.write_text(text, "utf-8")
    Path(cache_from_source(str(file))).unlink(missing_ok=True)


def run_tests(folder: Path, tests: Iterable[str]) -> "subprocess.CompletedProcess[str]":
    """Run these tests in the copy: pytest's exit code is 0 where all passed, and 1 where one failed."""
    return subprocess.run(
        [*_PYTEST, *tests], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
