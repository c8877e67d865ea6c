"""The records of a rehearsal: those of the snapshot, and those that are made up because manifests name them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from zsync.crm.keys import NUMERIC, Values, Where, key_text, loosely, number_text
from zsync.files.snapshot import Snapshot, is_number
from zsync.model import Fields

_NOT_FIELDS = frozenset({"id", "converted"})
_CONVERTED = "Converted__s"


class Known:
    """Records by module and id. Keys find them as the resolver finds records in a CRM.

    `modules` are those that can be related, `wheres` the keys of the manifests, and `taken` ids that manifests use.
    """

    def __init__(
        self, snapshot: Snapshot | None, modules: Iterable[str], wheres: Iterable[Where], taken: Iterable[str]
    ) -> None:
        read: Mapping[str, Mapping[str, Fields]] = snapshot.records if snapshot else {}
        self._records = {
            module: {record_id: dict(fields) for record_id, fields in read.get(module, {}).items()}
            for module in modules
        }
        self._holders = {
            record_id: module for module, records in self._records.items() for record_id in records
        }
        # An id that is made up must not be one that a manifest means.
        used = {*self._holders, *taken}
        self._fresh = (record_id for record_id in map(str, count(1)) if record_id not in used)
        self._wheres = list(dict.fromkeys(wheres))
        types = snapshot.fields if snapshot else {}
        self._numeric = {
            (where.module, name)
            for where in self._wheres
            for name in where.fields
            if types.get(where.module, {}).get(name) in NUMERIC or self._holds_number(where.module, name)
        }
        self._index = {where: self._indexed(where) for where in self._wheres}

    def module_of(self, record_id: str) -> str | None:
        """The module of a record; None if no record has that id."""
        return self._holders.get(record_id)

    def find(self, where: Where, values: Values) -> list[str]:
        """The records that a key names; several if it is ambiguous."""
        exact, loose = self._index[where]
        if values in exact:
            return exact[values]
        ids = loose.get(self._loosely(where, values), [])
        for record_id in ids:
            # The bundled CRM ignores only the case of A to Z. Zoho ignores more, and Zoho found this record.
            self._records[where.module][record_id].update(dict(zip(where.fields, values, strict=True)))
        if ids:
            exact[values] = ids  # from now on the record has the values as the manifest writes them
        return ids

    def add(self, module: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Add a record that is made up."""
        self._records.setdefault(module, {})[record_id] = dict(fields)
        self._holders[record_id] = module

    def make_up(self, where: Where, values: Values) -> str:
        """Make up a record that this key names. Returns its id."""
        record_id, said = next(self._fresh), dict(zip(where.fields, values, strict=True))
        self.add(where.module, record_id, said)
        for other in self._wheres:
            if other.module == where.module and set(other.fields) <= set(where.fields):
                self._enter(other, tuple(said[name] for name in other.fields), record_id, self._index[other])
        return record_id

    def rows(self, converted: frozenset[str]) -> dict[str, list[dict[str, Any]]]:
        """The records as the seed of the bundled CRM has them."""
        return {
            module: [
                {
                    "id": record_id,
                    **_plain(fields),
                    "converted": record_id in converted or fields.get(_CONVERTED) is True,
                }
                for record_id, fields in self._texts(module)
            ]
            for module in self._records
        }

    def fields(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The fields of records and of keys, with types that fit both the values and the queries."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for module, records in self._records.items():
            names = {name for fields in records.values() for name in _plain(fields)}
            names |= {name for where in self._wheres if where.module == module for name in where.fields}
            if names:
                # Nobody knows how long they may be.
                found[module] = {
                    name: {"type": self._type(module, name), "length": 0} for name in sorted(names)
                }
        return found

    def _type(self, module: str, name: str) -> str:
        if (module, name) in self._numeric:
            return "bigint"  # the one type of number that a query may name with and without quotes
        values = (fields.get(name) for fields in self._records[module].values())
        return "lookup" if any(isinstance(value, dict) for value in values) else "text"

    def _texts(self, module: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """A module's records. Numbers that keys name become text, as a bigint is."""
        numeric = [name for holder, name in self._numeric if holder == module]
        for record_id, fields in self._records[module].items():
            texts = {name: number_text(str(fields[name])) for name in numeric if fields.get(name) is not None}
            yield record_id, fields | texts

    def _holds_number(self, module: str, name: str) -> bool:
        return any(is_number(fields.get(name)) for fields in self._records.get(module, {}).values())

    def _indexed(self, where: Where) -> tuple[dict[Values, list[str]], dict[Values, list[str]]]:
        found: tuple[dict[Values, list[str]], dict[Values, list[str]]] = ({}, {})
        for record_id, fields in self._records.get(where.module, {}).items():
            values = [fields.get(name) for name in where.fields]
            if None not in values:
                self._enter(where, tuple(map(key_text, values)), record_id, found)
        return found

    def _enter(
        self,
        where: Where,
        values: Values,
        record_id: str,
        index: tuple[dict[Values, list[str]], dict[Values, list[str]]],
    ) -> None:
        index[0].setdefault(values, []).append(record_id)
        index[1].setdefault(self._loosely(where, values), []).append(record_id)

    def _loosely(self, where: Where, values: Values) -> Values:
        numeric = frozenset(name for module, name in self._numeric if module == where.module)
        return loosely(values, numeric, where)


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _NOT_FIELDS}
