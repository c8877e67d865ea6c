"""What guards have to know: read where a guard in force asks for it, and else left out of the plan."""

from collections.abc import Iterator

import pytest

from tests.worlds import WORLD, become, managed, plan, saying
from zsync.emulator import RunningCrm, running
from zsync.files.plan import dump_plan
from zsync.guards.evaluation import Guards
from zsync.guards.times import Credits

SPRING = saying(managed("Campaigns", "501", {"301": "Sent"}, prune=False, line=1))


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """An org that tells how many credits are left: more than half of the day's are used."""
    with running(WORLD) as bundled:
        become(bundled, {})
        for _ in range(8):
            plan(bundled, SPRING)
        bundled.switch(daily_credits=2 * bundled.stats()["credits_used"] - 1)
        yield bundled


def test_the_credits_of_the_moment_are_in_no_plan_that_no_guard_on_credits_asks_for(crm: RunningCrm) -> None:
    first, second = (plan(crm, SPRING) for _ in range(2))
    assert first.facts.credits_left is None
    assert dump_plan(first) == dump_plan(second)


def test_a_guard_on_credits_sees_those_that_are_left(crm: RunningCrm) -> None:
    held = Guards((Credits("credits", None, keep=1000),))
    made = plan(crm, SPRING, guards=held)
    assert made.facts.credits_left in range(1, 100)
    assert [one.guard for one in made.verdicts] == ["credits"]
