"""One request that went out, as those see it who count and time."""

from typing import NamedTuple


class Attempt(NamedTuple):
    """A request and what came of it. Nothing in it tells of a record: ids, queries, bodies and tokens are left out.

    `template` is the path with `{id}` in place of ids, `status` 0 where no answer came, and `problem` then says why, a
    class of error. `repeat` counts from 0. `started` is in nanoseconds since 1970, `seconds` how long it took.
    """

    method: str
    template: str
    host: str
    status: int
    problem: str
    repeat: int
    started: int
    seconds: float
