"""One trial: apply while a fault is about, run again without it, and look at what was written."""

from pathlib import Path
from typing import NamedTuple

from tests.matrix.faults import Case
from tests.matrix.world import World, shown


class Result(NamedTuple):
    """Exit codes of the apply and of running again, and what must hold."""

    first: int
    again: int
    right: bool
    unplanned: int
    said: str


def trial(world: World, case: Case) -> Result:
    """What became of one cell of the matrix.

    Rows that were refused or held in the first run stand in `resume`: they want a fresh plan, as its report says.
    """
    actions = (case.action,) * 3
    folder = world.begin(actions)
    world.crm.add_faults([case.script])
    first = world.zsync(folder, "apply", "plan.json")
    said = world.said
    world.crm.clear_faults()
    if first == 0 and not world.right(actions):
        return Result(first, first, right=False, unplanned=0, said=said)
    again = run_again(world, folder, case.again)
    return Result(first, again, world.right(actions), len(world.written() - shown(folder)), said + world.said)


def run_again(world: World, folder: Path, way: str) -> int:
    """The exit code of `resume`, followed by a fresh plan where rows are left to it, or of a fresh plan at once."""
    code = 3
    if way == "resume" and world.journals(folder):
        code = world.zsync(folder, "resume", "last", "--auto-approve")
        assert code in (0, 3), world.said
    return code if code == 0 else world.zsync(folder, "apply", "--auto-approve")
