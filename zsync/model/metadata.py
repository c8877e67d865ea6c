"""What an org's metadata says of its modules: their fields and their related lists. No person is in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

MULTI_SELECT = "multiselectlookup"
"""The type of a list whose relations are records of a linking module: Zoho writes none of them as a related record."""


class RelatedList(NamedTuple):
    """A related list: its name in requests, the module of its records, whether layouts show it, and its id.

    `module` is empty where Zoho names none. `type` is Zoho's (`default`, `multiselectlookup`, `grouped`), `label` what people
    see, and `api_name` Zoho's own, where that is not the name in requests.
    """

    name: str
    module: str
    visible: bool
    id: str = ""
    type: str = ""
    label: str = ""
    api_name: str = ""

    @property
    def writable(self) -> bool:
        """Whether Zoho can write it as related records."""
        return bool(self.name) and self.type != MULTI_SELECT

    def called(self, name: str) -> bool:
        """Whether that is one of its names."""
        return bool(name) and name in (self.name, self.api_name)


@dataclass(frozen=True, slots=True)
class FieldMeta:
    """A field of a module, by its api_name. What Zoho does not say is empty or None.

    `type` is Zoho's data_type, `length` the most characters or digits, `decimals` the most decimal places. `values`
    are a picklist's, as people see them and reads show them; `unused` were taken out of it, and `stored` maps what Zoho stores
    for a value to the value where they differ. `read_only`: the API cannot write it.
    """

    name: str
    type: str = ""
    label: str = ""
    length: int | None = None
    decimals: int | None = None
    values: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    stored: Mapping[str, str] = field(default_factory=dict, hash=False)
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ModuleMeta:
    """A module: its fields by api_name and its related lists, each None where it was not asked for, or not told."""

    fields: Mapping[str, FieldMeta] | None = None
    lists: tuple[RelatedList, ...] | None = None


@dataclass(frozen=True, slots=True)
class OrgMetadata:
    """What is known of an org, which messages call `called` (`production`, `this org`).

    `missing` are modules that the org says it does not have, `names` those that it has, as far as it was asked. `values` are
    those of relations' own fields that the org tells apart from its modules, such as the statuses of campaign members.
    """

    called: str
    modules: Mapping[str, ModuleMeta] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()

    def fields(self, module: str) -> Mapping[str, FieldMeta] | None:
        """The fields of a module; None where they are not known."""
        known = self.modules.get(module)
        return known.fields if known else None

    def lists(self, module: str) -> tuple[RelatedList, ...] | None:
        """The related lists of a module; None where they are not known."""
        known = self.modules.get(module)
        return known.lists if known else None
