"""The reference says what the program says, all of it, in Markdown that is whole."""

import ast
import json
import re
from functools import cache

import pytest

from tests.conftest import Golden
from tests.example import ROOT
from tests.reference import NOTE, PAGES, index, schemas
from tests.reference.markdown import anchor, prose, table
from zsync.explain.variables import VARIABLES

FOLDER = ROOT / ".github" / "docs" / "reference"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_says_what_the_code_says(name: str, golden: Golden) -> None:
    golden(FOLDER / name, NOTE + PAGES[name]())


def test_the_index_links_every_page(golden: Golden) -> None:
    """After the pages themselves, for it is made from them."""
    golden(FOLDER / "index.md", NOTE + index({name: (FOLDER / name).read_text("utf-8") for name in PAGES}))


def test_there_is_no_page_that_nothing_makes() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {"index.md", *PAGES}


@pytest.mark.parametrize("name", schemas.names())
def test_every_key_of_a_schema_says_what_it_means(name: str) -> None:
    assert [way for way, meaning in schemas.properties(schemas.schema(name)) if not meaning] == []


@pytest.mark.parametrize("name", schemas.names())
def test_the_committed_schema_is_the_one_that_the_command_prints(name: str) -> None:
    printed = ROOT / "schemas" / f"{name}.schema.json"
    assert json.loads(printed.read_text("utf-8")) == schemas.schema(name)


@cache
def variables_read() -> set[str]:
    """Every environment variable that the code asks for by name, and every text that is a name of zsync's own.

    Which variables the scripts of others have set, `doctor` looks for in their text.
    """
    found = set()
    for file in {*(ROOT / "zsync").rglob("*.py")} - {ROOT / "zsync" / "doctor" / "habits.py"}:
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"\bZSYNC_[A-Z_]*[A-Z]\b", node.value))
        asked = r"""\b(?:environ|env|getenv)\b(?:\.get\(|\[|\()'([A-Z_]+)'"""
        found |= set(re.findall(asked, ast.unparse(tree)))
    return found


def test_every_variable_that_is_read_is_in_the_page() -> None:
    assert {"ZSYNC_REDACT_KEY", "GITHUB_ACTIONS", "NO_COLOR"} <= variables_read()
    assert variables_read() - VARIABLES.keys() == set()


def test_every_variable_of_zsyncs_own_in_the_page_is_read() -> None:
    assert {name for name in VARIABLES if name.startswith("ZSYNC_")} - variables_read() == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b `c|d` <e> f_g *h*", "a\\|b `c|d` \\<e\\> f_g \\*h\\*"),
        ("one\ntwo [x](y)", "one two \\[x\\](y)"),
    ],
)
def test_prose_is_inert_outside_of_its_code(text: str, expected: str) -> None:
    assert prose(text) == expected


def test_no_pipe_breaks_a_table() -> None:
    assert table(["a"], [["`x|y` \\|"]]).splitlines()[2] == "| `x\\|y` \\| |"


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("zsync plan", "zsync-plan"),
        ("guards.freeze[]", "guardsfreeze"),
        ("Zoho's codes", "zohos-codes"),
        ("not-found", "not-found"),
    ],
)
def test_an_anchor_is_made_as_github_makes_it(heading: str, expected: str) -> None:
    assert anchor(heading) == expected
