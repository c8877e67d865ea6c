"""The names of runs, as `zsync runs` prints them."""

import re

_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC  (\S+)  ")


def listed_runs(shown: str) -> list[str]:
    """The names, in the order of the list."""
    return _LINE.findall(shown)
