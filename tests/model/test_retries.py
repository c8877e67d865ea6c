"""How long is waited before something is tried again."""

import ast
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsync.model import retries
from zsync.model.retries import CALLS, TOKENS, Retries, asked_wait

NOW = 1_800_000_000.0
ROOT = Path(__file__).parents[2]


def test_waits_double_up_to_the_longest() -> None:
    assert [Retries(5, 0.5, 3.0).wait(failed) for failed in range(1, 6)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    assert [TOKENS.wait(failed) for failed in range(1, TOKENS.tries)] == [1.0, 2.0]


@given(st.integers(1, 1000), st.floats(0, 1), st.integers(0, 10**9))
def test_no_wait_is_shorter_than_asked_or_longer_than_the_longest(
    failed: int, dice: float, asked: int
) -> None:
    assert asked <= CALLS.wait(failed, asked, dice=dice) <= asked + CALLS.longest


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("999999999", 999_999_999.0),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW - 30, usegmt=True), 0.0),
        (None, 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-1", 0.0),
        ("1.5", 0.0),
        ("²", 0.0),
        ("٣", 0.0),
        ("1e9", 0.0),
        ("9" * 10, 0.0),
        ("9" * 5000, 0.0),
        ("nan", 0.0),
        ("Mon, 99 Jan 2027 00:00:00 GMT", 0.0),
        ("Mon, 01 Jan 99999999 00:00:00 GMT", 0.0),
        ("Mon, 01 Jan 0001 00:00:00 +9999", 0.0),
        (",,,", 0.0),
    ],
)
def test_what_a_server_asks_for_is_a_number_of_seconds_or_a_date(header: str | None, seconds: float) -> None:
    assert asked_wait(header, NOW) == seconds


@given(st.text(max_size=40))
def test_no_header_is_more_than_ignored(text: str) -> None:
    assert asked_wait(text, NOW) >= 0


def test_the_table_names_every_policy_and_the_module_that_uses_it() -> None:
    rows = [line.split() for line in (retries.__doc__ or "").splitlines() if line.startswith("    ")]
    told = {row[0]: row[1] for row in rows if row[0].isupper() and row[0].isalpha()}
    known = {name for name in vars(retries) if name.isupper() and not name.startswith("_")} - {"NONSENSE"}
    assert told.keys() == known
    for name, module in told.items():
        tree = ast.parse((ROOT / "zsync" / f"{module.replace('.', '/')}.py").read_text("utf-8"))
        taken = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "zsync.model.retries"
            for alias in node.names
        }
        assert name in taken, module
