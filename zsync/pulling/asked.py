"""What a pull is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zsync.kinds import KINDS, Kind
from zsync.model import Expected
from zsync.model.metadata import FieldMeta

ROWS = 500
"""Most rows of a new list that stand in its manifest; more go into a CSV file."""


@dataclass(frozen=True, slots=True)
class AskedPull:
    """Which lists of which parents are pulled, and how they are written.

    `name` is a parent's natural key, name or id. Without one, `where` is a COQL condition, empty for all records of the module.
    `lists` are related lists by the module of their records or by their own api_name; none stands for all that can be read.
    `by_id` keeps natural keys, and the names of people, out of the files. A new list of more than `rows` rows goes into a CSV
    file, and with `csv` any.
    """

    module: str
    name: str = ""
    where: str = ""
    lists: tuple[str, ...] = ()
    by_id: bool = False
    rows: int = ROWS
    csv: bool = False


@dataclass(frozen=True, slots=True)
class Ways:
    """What a pull goes by besides: what the environment says of its org, and the relation kinds and values of zsync.yaml.

    `told` are the fields whose values the org is known to tell, and `tree` the folder in which new manifests are written.
    """

    expected: Expected
    tree: Path
    kinds: tuple[Kind, ...] = KINDS
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    told: frozenset[str] = frozenset()


def findable(fields: Sequence[str], known: Mapping[str, FieldMeta]) -> tuple[str, ...]:
    """Those of the fields that a module has, by its metadata; all where that tells nothing."""
    return tuple(name for name in fields if not known or name in known)
