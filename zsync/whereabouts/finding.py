"""Which record a person means by a name: an address, a name, a product's code, an id, or one of these behind its module."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from zsync.crm import Reader
from zsync.crm.keys import Where, bearers, key_text, numeric_fields
from zsync.crm.leads import Leads
from zsync.crm.tasks import together
from zsync.errors import RequestRefused, UsageError
from zsync.kinds import NAME_FIELDS, Kind, module_name
from zsync.model import ManagedList
from zsync.model.fields import looks_numeric
from zsync.model.leads import LEADS
from zsync.model.values import plain_text
from zsync.model.whereabouts import EMAIL, MORE_NAMES, NamedRecord

CONTACTS = "Contacts"
PEOPLE = (LEADS, CONTACTS)
_UNKNOWN = frozenset({"INVALID_MODULE", "INVALID_QUERY", "INVALID_DATA", "NOT_SUPPORTED"})
"""How an org says that it does not have a module or a field."""

_CLOSED = frozenset({"NO_PERMISSION", "AUTHORIZATION_FAILED", "PERMISSION_DENIED"})
_ID = range(15, 21)
"""How many digits an id has. Behind the name of a module, any number may be one."""
_MOST = 20


class Asked(NamedTuple):
    """A name, and the modules to look for it in; `narrowed` where the person named the module."""

    name: str
    modules: tuple[str, ...]
    narrowed: bool = False


class FoundRecords(NamedTuple):
    """The records that a name means, where was looked for them, and which modules the token may not see.

    `paired` says that of a person both the leads and the contacts were looked at.
    """

    records: tuple[NamedRecord, ...]
    looked: tuple[str, ...]
    closed: tuple[str, ...] = ()
    paired: bool = False


def asked_of(text: str, kinds: Iterable[Kind]) -> Asked:
    """`ana@acme.example`, `Leads/ana@acme.example`, `Campaigns/Spring/Summer`: what stands before the first / may be a module."""
    modules = tuple(dict.fromkeys(module for kind in kinds for module in (kind.left, kind.right)))
    first, _, rest = text.partition("/")
    known = {module.casefold(): module for module in modules}
    module = known.get(module_name(first.strip()).casefold())
    if module and rest.strip():
        return Asked(rest.strip(), (module,), narrowed=True)
    return Asked(text.strip(), modules)


def key_fields(lists: Iterable[ManagedList]) -> Mapping[str, tuple[str, ...]]:
    """Module → the fields by which manifests name its records."""
    found: dict[str, dict[str, None]] = {}
    for managed in lists:
        names = [name for name in managed.key if name != "id"]
        found.setdefault(managed.related_module, {}).update(dict.fromkeys(names))
        found.setdefault(managed.parent.module, {}).update(
            dict.fromkeys(name for name, _ in managed.parent.match)
        )
    return {module: tuple(names) for module, names in found.items()}


async def find(asked: Asked, lists: Iterable[ManagedList], reader: Reader, leads: Leads) -> FoundRecords:
    """The record that a name means, or the lead and the contact of one person.

    Raises `UsageError` with the candidates where it means several, and what `Reader` raises.
    """
    keys = key_fields(lists)
    search = _Search(asked, keys, reader, leads)
    tables = await together(map(search.module, asked.modules))
    records = tuple(record for table in tables for record in table)
    looked, closed = tuple(search.looked), tuple(sorted(search.closed))
    if asked.narrowed or len(records) != 1 or records[0].module not in PEOPLE:
        if len(records) > 1 and not _one_person(records):
            raise _several(asked.name, records)
        return FoundRecords(records, looked, closed, paired=not asked.narrowed)
    (one,) = records
    other = CONTACTS if one.module == LEADS else LEADS
    twins = await search.twins(one, other)
    if len(twins) == 1:
        records = tuple(sorted((one, *twins), key=lambda each: PEOPLE.index(each.module)))
    return FoundRecords(records, looked, closed, paired=bool(one.values.get(EMAIL)) and other not in closed)


class _Search:
    def __init__(
        self, asked: Asked, keys: Mapping[str, tuple[str, ...]], reader: Reader, leads: Leads
    ) -> None:
        self._name = asked.name
        self._ids_of = range(1, _ID.stop) if asked.narrowed else _ID
        self._keys = keys
        self._reader = reader
        self._leads = leads
        self.looked: dict[str, None] = {}
        self.closed: set[str] = set()

    async def module(self, module: str) -> list[NamedRecord]:
        """The records of a module that have the name, or the id."""
        ids: dict[str, None] = {}
        for found in await together(self._ids(module, name) for name in self._fields(module)):
            ids.update(dict.fromkeys(found))
        if self._name.isascii() and self._name.isdecimal() and len(self._name) in self._ids_of:
            ids[self._name] = None
            self.looked[f"{module} id"] = None
        return await self._records(module, list(ids)) if ids else []

    async def twins(self, person: NamedRecord, other: str) -> list[NamedRecord]:
        """The records of the other module of people that are the same person: of the same address, or converted to."""
        to = person.conversion.contact if person.conversion else ""
        email = person.values.get(EMAIL, "")
        ids = [to] if to else await self._ids(other, EMAIL, email) if email else []
        return await self._records(other, ids) if ids else []

    def _fields(self, module: str) -> list[str]:
        own = (MORE_NAMES.get(module, ""), NAME_FIELDS.get(module, ""), *self._keys.get(module, ()))
        names = [name for name in dict.fromkeys(own) if name]
        if "@" not in self._name or any(each.isspace() for each in self._name):
            return [name for name in names if name != EMAIL or "@" in self._name]
        return [name for name in names if name == EMAIL or name in self._keys.get(module, ())]

    async def _ids(self, module: str, name: str, value: str = "") -> Sequence[str]:
        where, key = Where(module, (name,)), (value or self._name,)
        try:
            asked = name in self._keys.get(module, ()) and looks_numeric(key[0])
            numeric = await numeric_fields(self._reader, where) if asked else frozenset()
            if module == LEADS:
                found = await self._leads.bearers(where, [key], numeric)
            else:
                found = await bearers(self._reader, where, [key], numeric)
        except RequestRefused as refused:
            self._refused(module, refused)
            return ()
        self.looked[f"{module} {name}"] = None
        return found.get(key, ())

    async def _records(self, module: str, ids: Sequence[str]) -> list[NamedRecord]:
        """The records with these ids, with the values that name them."""
        own = (NAME_FIELDS.get(module, ""), MORE_NAMES.get(module, ""), *self._keys.get(module, ()))
        names = [name for name in dict.fromkeys(own) if name] or ["id"]
        try:
            rows = await self._reader.records(module, names, ids[:50])
        except RequestRefused as refused:
            self._refused(module, refused)
            return []
        if module == LEADS:
            await self._leads.learn(row["id"] for row in rows)
        return [self._record(module, row, names) for row in rows]

    def _record(self, module: str, row: Mapping[str, Any], names: Iterable[str]) -> NamedRecord:
        values = {name: text for name in names if (text := key_text(row.get(name)))}
        label = values.get(NAME_FIELDS.get(module, "")) or next(iter(values.values()), "")
        conversion = self._leads.conversions.get(row["id"]) if module == LEADS else None
        return NamedRecord(module, row["id"], label, values, conversion)

    def _refused(self, module: str, refused: RequestRefused) -> None:
        if refused.code in _CLOSED:
            self.closed.add(module)
        elif refused.code not in _UNKNOWN:
            raise refused


def _one_person(records: Sequence[NamedRecord]) -> bool:
    """Whether these are a lead and a contact of one person."""
    if [record.module for record in records] != [*PEOPLE]:
        return False
    lead, contact = records
    if lead.conversion and lead.conversion.contact:
        return lead.conversion.contact == contact.id
    first, second = (plain_text(record.values.get(EMAIL, "")) for record in records)
    return first == second != ""


class Several(UsageError):
    """A name that several records have; `names` is all in the message that may be personal."""

    names: frozenset[str] = frozenset()


def _several(name: str, found: Sequence[NamedRecord]) -> Several:
    records = sorted(found, key=lambda each: (each.module, len(each.id), each.id))
    shown = [f"{record.module}/{record.id}  {record.called}" for record in records[:_MOST]]
    more = [f"and {len(records) - _MOST} more"] if len(records) > _MOST else []
    first = records[0]
    error = Several(
        f"which one? {len(records)} records have the name {name!r}",
        lines=(*shown, *more),
        help=f"Name it by module and id: zsync who {first.module}/{first.id}",
    )
    error.names = frozenset(
        {name, *(text for each in records for text in (each.label, *each.values.values()) if text)}
    )
    return error
