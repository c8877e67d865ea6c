"""A request that was sent, for those who count and time requests."""

from typing import NamedTuple


class Attempt(NamedTuple):
    """A request and its outcome. It identifies no record: ids, queries, bodies and tokens are left out.

    `template` is the path with `{id}` in place of ids. `status` is 0 if no answer came; `problem` is then the class of
    error. `repeat` counts from 0. `started` is in nanoseconds since 1970, `seconds` is the duration.
    """

    method: str
    template: str
    host: str
    status: int
    problem: str
    repeat: int
    started: int
    seconds: float
