"""The page *Harden it*: each protection in its table has the test that it names."""

import ast
import re

import pytest

from tests.example import ROOT

PAGE = (ROOT / ".github" / "docs" / "harden.md").read_text("utf-8")
ROWS = [line for line in PAGE.split("## Set it up")[0].splitlines() if "`tests/" in line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[2].strip())
def test_a_protection_names_a_test_that_there_is(row: str) -> None:
    found = re.search(r"`(tests/[a-z_/]+\.py)` `(test_\w+)`", row)
    assert found
    tree = ast.parse((ROOT / found[1]).read_text("utf-8"))
    assert found[2] in {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_protection_has_one() -> None:
    table = PAGE.split("## Who can do what")[1].split("## Set it up")[0]
    assert len(ROWS) == len([line for line in table.splitlines() if line.startswith("| ")]) - 1
