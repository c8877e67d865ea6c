"""The end of a run before its end: why it cannot go on, and what becomes of the rows of the request that met it."""

from collections.abc import Mapping, Sequence

from zsync.applying.rows import PlannedRow
from zsync.applying.table import refused
from zsync.errors import AccessDenied, RequestRefused, ZsyncError
from zsync.model import Outcome, Stop


class Stopped(Exception):
    """The run cannot go on. `outcomes` are those of the request's rows."""

    def __init__(self, stop: Stop, outcomes: dict[int, Outcome]) -> None:
        super().__init__(stop.message)
        self.stop = stop
        self.outcomes = outcomes


def left(
    rows: Sequence[PlannedRow], outcomes: Mapping[int, Outcome], error: ZsyncError | None = None
) -> dict[int, Outcome]:
    """The outcomes of a request that was not finished. Rows that have none are refused if the CRM said no, else unsent."""
    other = refused(error) if isinstance(error, RequestRefused) and error.said else Outcome("unsent")
    return {row.index: outcomes.get(row.index, other) for row in rows}


def concerns_request(error: ZsyncError) -> bool:
    """Whether an error concerns this request alone; after any other the run cannot go on."""
    return isinstance(error, RequestRefused) and not isinstance(error, AccessDenied)


def stop_of(error: ZsyncError) -> Stop:
    """The reason of a run that this error ends."""
    if isinstance(error, RequestRefused) and error.said:
        return Stop("refused", error.exit_code, error.said, error.help, error.code, error.request)
    return Stop("failed", error.exit_code, str(error), error.help)
