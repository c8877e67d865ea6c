"""Which runs were to change a record, as the journals of this machine tell."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation
    from zsync.model import Change
    from zsync.model.whereabouts import Touched

_MOST_READ = 200
"""The newest journals that are read."""
_MOST = 5
"""The newest runs that are listed."""


class Touching(NamedTuple):
    """The runs, the newest first; how many journals could not be read, and how many older ones were not."""

    runs: "tuple[Touched, ...]"
    unreadable: int = 0
    older: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not looked at."""
        told = (
            f"{self.unreadable:,} of the journals, which cannot be read here: zsync runs"
            if self.unreadable
            else "",
            f"{self.older:,} older journals" if self.older else "",
        )
        return tuple(filter(None, told))


def touching(call: "Invocation", concerns: "Callable[[Change], bool]") -> Touching:
    """The newest runs of the environment with a change that concerns whoever was asked for."""
    from zsync.applying import recall
    from zsync.cli.journals import journals_here, reading_keys
    from zsync.errors import ZsyncError
    from zsync.model.whereabouts import Touched

    files, keys = list(reversed(journals_here(call)[1])), reading_keys()
    found: list[Touched] = []
    unreadable, runs = 0, set[str]()
    for file in files[:_MOST_READ]:
        try:
            run = recall.read(file, keys).run
        except ZsyncError:
            unreadable += 1
            continue
        for index, change in enumerate(run.plan.changes):
            if concerns(change):
                outcome = run.outcomes.get(index)
                found.append(Touched(run.id, run.started_at, change, outcome.status if outcome else None))
                runs.add(run.id)
        if len(runs) >= _MOST:
            break
    return Touching(tuple(found), unreadable, max(len(files) - _MOST_READ, 0))
