"""The laws are tried without a clock, the same way before every merge, and harder every night."""

import ast
from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.laws import EXAMPLES, MERGE, NIGHTLY, tries

ROOT = Path(__file__).parent


def test_no_profile_looks_at_a_clock() -> None:
    for name in (MERGE, NIGHTLY):
        profile = settings.get_profile(name)
        assert profile.deadline is None
        assert HealthCheck.too_slow in profile.suppress_health_check


def test_chance_decides_by_night_alone() -> None:
    assert (settings.get_profile(MERGE).derandomize, settings.get_profile(NIGHTLY).derandomize) == (
        True,
        False,
    )
    assert EXAMPLES[MERGE] * 10 <= EXAMPLES[NIGHTLY]


def test_a_law_that_says_how_often_it_is_tried_keeps_the_rest_of_the_profile() -> None:
    made = tries(7, shared=True)
    assert (made.deadline, made.derandomize) == (
        None,
        settings.get_profile(settings.get_current_profile_name()).derandomize,
    )
    assert made.max_examples >= 7
    assert {HealthCheck.too_slow, HealthCheck.function_scoped_fixture} <= set(made.suppress_health_check)


def test_no_test_has_settings_of_its_own() -> None:
    """`settings(deadline=…)` or `settings(max_examples=…)` in a test would not know of the night."""
    own = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sorted(ROOT.rglob("test_*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and {keyword.arg for keyword in node.keywords} & {"max_examples", "deadline"}
    ]
    assert own == []
