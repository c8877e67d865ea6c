"""One environment under two spellings that look the same: composed and decomposed letters, as a Mac may write them."""

from pathlib import Path

import pytest

from tests.foreign.crm import Foreign
from tests.program import Run

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


@pytest.fixture(autouse=True)
def planned(spring: Foreign, run: Run) -> None:
    """A plan for a protected environment, whose name has an accent."""
    config = f"version: 1\nenvironments:\n  {COMPOSED}: {{protected: true}}\n"
    Path("relations/zsync.yaml").write_text(config, "utf-8")
    assert run("plan", "--out", "plan.json", "--no-base").code == 0


@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED])
def test_a_plan_is_applied_resumed_and_confirmed_under_either(run: Run, typed: str) -> None:
    assert run("apply", "plan.json", "-e", typed, "--confirm", typed, "--journal", "run.jsonl").code == 0
    ended = run("resume", "--journal", "run.jsonl", "-e", typed, "--confirm", typed)
    assert (ended.code, "was in the environment" in ended.err) == (0, False), ended.err


@pytest.mark.parametrize("typed", [COMPOSED.upper(), "cafe"])
def test_another_case_or_letter_is_another_name(run: Run, typed: str) -> None:
    assert run("apply", "plan.json", "-e", typed, "--confirm", COMPOSED).code == 6
    assert run("apply", "plan.json", "--confirm", typed).code == 64
