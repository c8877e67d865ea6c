"""Relations that are said twice."""

from collections.abc import Mapping, Sequence

from zsync.model import ManagedList
from zsync.places import Finding, Source


def find_conflicts(lists: Sequence[ManagedList], sources: Mapping[str, Source]) -> list[Finding]:
    """Every relation that is said more than once."""
    return []
