"""What becomes of changes because of what their persons said: the CRM's answers, held against the rules of `consent:`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, inf
from time import monotonic
from typing import NamedTuple

from zsync.crm.keys import batches, by_ids, key_text
from zsync.crm.persons import STANDARD, Metadata, Persons, Record, Unseen, denied
from zsync.crm.portions import VALUES, Portions
from zsync.crm.query import Query
from zsync.crm.reader import Page, Reader
from zsync.crm.tasks import together
from zsync.errors import RequestRefused
from zsync.kinds import name_fields
from zsync.model import Change
from zsync.model.consent import CAMPAIGNS, PERSONS, Consent, Holder, Policy
from zsync.model.leads import LEADS, unseen
from zsync.model.objections import Objection


class Ruled(NamedTuple):
    """What consent says of a change: what becomes of it, and why."""

    policy: Policy
    objection: Objection


class ConsentCheck:
    """Holds changes against what persons said. What was read counts for `fresh` seconds. Raises what `Reader` raises.

    `changes` are those of a plan that is carried out: a query has room for those that come later. With `keys`, look-ups of keys
    bring some of them along.
    """

    def __init__(
        self,
        reader: Reader,
        consents: Sequence[Consent],
        changes: Iterable[Change] = (),
        *,
        fresh: float = inf,
        keys: bool = False,
    ) -> None:
        self._reader = reader
        self._consents = tuple(each for each in consents if not each.off)
        self._fresh = fresh
        later = (
            _person(change)
            for change in changes
            if may_stop(self._consents, change) and not (keys and brought_along(change))
        )
        self._persons = Persons(reader, self._consents, later, fresh=fresh)
        self._holders: dict[Record, tuple[float, Holder]] = {}

    def concerns(self, module: str, related_module: str) -> bool:
        """Whether the rules have a say in lists of these two modules."""
        return any(each.concerns(module, related_module) for each in self._consents)

    @property
    def portions(self) -> Portions:
        """How many values its queries take."""
        return self._reader.portions

    async def query(self, query: Query) -> Page:
        """`Reader.query`; of persons, what they say is asked along."""
        return await self._persons.query(query)

    async def metadata(self, module: str) -> Metadata:
        """What is to be read of a module's records."""
        return await self._persons.metadata(module)

    async def ruled(self, changes: Sequence[Change]) -> dict[int, Ruled]:
        """What consent says of changes, by their index; of those that it leaves alone, nothing."""
        asked = [index for index, change in enumerate(changes) if may_stop(self._consents, change)]
        persons = await self._persons.known(dict.fromkeys(_person(changes[index]) for index in asked))
        found: dict[int, list[tuple[Consent, Objection]]] = {}
        for index in asked:
            change = changes[index]
            for consent in self._consents:
                if may_stop([consent], change):
                    objection = consent.objection(persons[_person(change)])
                    if objection is not None:
                        found.setdefault(index, []).append((consent, objection))
        holders = await self._held_by(dict.fromkeys(_holder(changes[index])[:2] for index in found))
        ruled: dict[int, Ruled] = {}
        for index, said in found.items():
            module, record_id, name = _holder(changes[index])
            holder = holders[module, record_id]._replace(list=name)
            sternest = _sternest(Ruled(consent.policy(holder), objection) for consent, objection in said)
            if sternest:
                ruled[index] = sternest
        return ruled

    async def unseen(self, changes: Iterable[Change]) -> dict[str, Unseen]:
        """The modules of the persons of these changes in which nobody can see whether they opted out, and why."""
        asked = any(each.name == STANDARD and each.values for one in self._consents for each in one.asked)
        found: dict[str, Unseen] = {}
        for module in dict.fromkeys(_person(each)[0] for each in changes if may_stop(self._consents, each)):
            types = (await self.metadata(module)).types
            if types is None or (asked and STANDARD not in types):
                found[module] = "denied" if types is None else "absent"
        return found

    async def _held_by(self, asked: Iterable[Record]) -> Mapping[Record, Holder]:
        """The records in whose lists persons would be, with a campaign's Type; a query per hundred."""
        wanted = list(asked)
        missing: dict[str, list[str]] = {}
        for module, record_id in wanted:
            known = self._holders.get((module, record_id))
            if known is None or monotonic() - known[0] >= self._fresh:
                missing.setdefault(module, []).append(record_id)
        parts = ((module, batch) for module, ids in missing.items() for batch in batches(ids))
        for found in await together(self._holders_of(module, batch) for module, batch in parts):
            self._holders |= {(each.module, each.id): (monotonic(), each) for each in found}
        return {record: self._holders[record][1] for record in wanted}

    async def _holders_of(self, module: str, ids: Sequence[str]) -> list[Holder]:
        name = name_fields(module)
        ways = (("id", *name, "Type"), ("id", *name)) if module == CAMPAIGNS else (("id", *name),)
        rows: dict[str, Mapping[str, object]] = {}
        for fields in ways:

            async def ask(some: Sequence[str], fields: tuple[str, ...] = fields) -> Page:
                return await self._reader.query(Query(module, fields, by_ids(some)))

            try:
                answers = await self._reader.portions.ask(ids, ask)
            except RequestRefused as refused:
                if denied(refused):
                    raise
                continue
            rows = {row["id"]: row for _, page in answers for row in page.rows}
            break
        return [_found(module, each, name, rows.get(each)) for each in ids]


def _found(module: str, record_id: str, name: Sequence[str], row: Mapping[str, object] | None) -> Holder:
    """A record in whose list persons would be, as a query shows it."""
    known = row or {}
    called = ", ".join(filter(None, (key_text(known.get(field)) for field in name)))
    return Holder(module, record_id, "", called, key_text(known.get("Type")), row is not None)


def may_stop(consents: Iterable[Consent], change: Change) -> bool:
    """Whether a change is one for which a person's word counts."""
    return any(
        each.concerns(change.module, change.related_module) and each.stops(change.before, change.after)
        for each in consents
    )


def brought_along(change: Change) -> bool:
    """Whether apply looks up the key of a change's person, which tells what the person says."""
    if change.related_module in PERSONS:
        return bool(change.key) and change.action == "create"
    return bool(change.record_key)


def reads(changes: Sequence[Change], consents: Sequence[Consent], *, keys: bool) -> int:
    """The calls in which apply asks people, besides looking up keys.

    They are the metadata of each module whose people are asked or looked up, a query for each hundred people, and one for each
    hundred records whose lists have somebody under a warning: their Type decides.
    """
    asked: dict[str, set[str]] = {}
    holders: dict[str, set[str]] = {}
    for change in changes:
        if may_stop(consents, change):
            module, record_id = _person(change)
            by_id = asked.setdefault(module, set())
            if not (keys and brought_along(change)):
                by_id.add(record_id)
            if change.objection is not None:
                holders.setdefault(_holder(change)[0], set()).add(_holder(change)[1])
    if not asked:
        return 0
    met = asked.keys() | (set(_looked_up(changes)) if keys else set())
    return len(met) + sum(ceil(len(ids) / VALUES) for ids in (*asked.values(), *holders.values()))


def _looked_up(changes: Iterable[Change]) -> Iterator[str]:
    """The modules of people among what apply looks up: every such query asks what they say along."""
    for change in changes:
        if change.record_key and change.module in PERSONS:
            yield change.module
        if change.key and change.action == "create" and change.related_module in PERSONS:
            yield change.related_module
        if any(unseen((change,))):
            yield LEADS


def _sternest(said: Iterable[Ruled]) -> Ruled | None:
    """The first of those that withhold, else of those that warn; None where all leave it alone."""
    found = list(said)
    return next((each for policy in ("withhold", "warn") for each in found if each.policy == policy), None)


def _person(change: Change) -> Record:
    """The person of a change, on whichever side."""
    if change.related_module in PERSONS:
        return change.related_module, change.related_record_id
    return change.module, change.record_id


def _holder(change: Change) -> tuple[str, str, str]:
    """The other record, and the list of persons that it has."""
    if change.related_module in PERSONS:
        return change.module, change.record_id, change.related_module
    return change.related_module, change.related_record_id, change.module
