"""The CRM's rows as a manifest writes them: named, with those of their fields that a manifest can hold."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from zsync.crm.keys import key_text
from zsync.kinds import FieldType, Kind, name_fields, natural_keys
from zsync.manifest.values import read_value
from zsync.metadata.checking import flaws
from zsync.model import Fields, ManagedList, Row, Span
from zsync.model.fields import empty, relation_fields
from zsync.model.metadata import OrgMetadata
from zsync.model.values import plain_text
from zsync.pulling.reading import CrmRow
from zsync.syntax.document import Number


class NewRow(NamedTuple):
    """A row to write. `key` are the values of the list's key, or the id alone if `by_id`. `name` is what people call the record."""

    id: str
    key: tuple[str, ...]
    by_id: bool
    fields: Fields
    name: str = ""
    unsaid: tuple[str, ...] = ()
    """Fields that the CRM has, and no manifest can say."""

    @property
    def order(self) -> tuple[bool, tuple[str, ...], int, tuple[str, ...]]:
        """Rows by key first, in the order in which people look for them; then those by id."""
        text = () if self.by_id else tuple(map(plain_text, self.key))
        return self.by_id, text, int(self.id) if self.by_id else 0, self.key


@dataclass(frozen=True, slots=True)
class WrittenFields:
    """The fields of a relation that a manifest can hold, and the names of those that it cannot, such as a list of values."""

    fields: Fields
    unfit: tuple[str, ...] = ()


def written_fields(row: CrmRow, kind: Kind) -> WrittenFields:
    """The relation's own fields in a row, without those that are empty."""
    found = {name: value for name, value in relation_fields(row, kind.fields).items() if not empty(value)}
    unfit = tuple(name for name, value in found.items() if not holds(name, value, kind.fields[name]))
    return WrittenFields({name: value for name, value in found.items() if name not in unfit}, unfit)


def holds(name: str, value: Any, kind: FieldType) -> bool:
    """Whether a manifest that has this value is read with the very same."""
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    node = Number(format(Decimal(value), "f")) if number else value
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            # Half an emoji, which a CRM that cuts texts may leave.
            return False
    elif not number and not isinstance(value, bool):
        return False
    read, problem = read_value(name, node, kind)
    return problem is None and read == value and isinstance(read, bool) is isinstance(value, bool)


def label(row: CrmRow, module: str) -> str:
    """What people call the record of a row; empty where the row does not say."""
    fields = name_fields(module) or natural_keys(module)
    return next((text for name in fields if (text := key_text(row.get(name)))), "")


def common(rows: Sequence[NewRow], kind: Kind) -> dict[str, tuple[Any, int]]:
    """The commonest value of each field and how many rows have it, as far as it is worth a default.

    Only where every row has the field: an empty value cannot be written beside a default. A number has to be that of most
    rows: nobody who adds a product means a price that happens to occur twice.
    """
    found = {}
    for name, type_ in kind.fields.items():
        values = [row.fields.get(name) for row in rows]
        if len(rows) < 2 or any(empty(value) for value in values):
            continue
        counts = Counter((isinstance(value, bool), value) for value in values)
        (_, value), most = min(counts.items(), key=lambda each: (-each[1], str(each[0][1])))
        number = type_ == "number" or not isinstance(value, bool | str)
        if most > 1 and (not number or most * 2 > len(rows)):
            found[name] = (value, most)
    return found


_ROWS = "rows"
"""Stands for a file while rows are looked at that are in none."""


def numbered(managed: ManagedList, rows: Sequence[NewRow]) -> ManagedList:
    """A list with these rows, as the org's metadata is asked about it."""
    made = tuple(Row(row.key, row.by_id, row.fields, line, 1, _ROWS) for line, row in enumerate(rows, 1))
    return replace(managed, records=made, span=Span(_ROWS, 1, 1))


def unfit_fields(
    lists: Iterable[ManagedList], org: OrgMetadata, allowed: Mapping[str, Sequence[str]]
) -> list[list[frozenset[str]]]:
    """For each row of lists that were `numbered`, the names of fields that a plan would refuse to find or to set.

    Such as a status that the org no longer lists, although a member still has it.
    """
    found = []
    for managed in lists:
        wrong: dict[int, set[str]] = {}
        for flaw in flaws((managed,), org, allowed):
            if flaw.severity == "error" and flaw.where.spots and flaw.where.span.file == _ROWS:
                wrong.setdefault(flaw.where.spots[0].line, set()).add(str(flaw.where.spots[0].way[-1]))
        found.append([frozenset(wrong.get(row.line, ())) for row in managed.records])
    return found
