"""The parents whose lists are pulled: found by name, key or id, or by a query, and each named as a manifest names it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from zsync.bounds import PULLED
from zsync.crm import Page, Query, Reader
from zsync.crm.keys import Ids, Values, Where, batches, bearers, by_ids, key_text
from zsync.crm.leads import Leads
from zsync.crm.tasks import together
from zsync.errors import InputError, RequestRefused, UsageError
from zsync.kinds import name_fields, natural_keys
from zsync.model import Diagnostic, Quote, sentence
from zsync.model.consent import PERSONS
from zsync.model.leads import LEADS
from zsync.pulling.asked import AskedPull, findable

_PAGE = 200
"""Rows of a query that cost one credit. https://www.zoho.com/crm/developer/docs/api/v8/COQL-Overview.html"""
_ID = 20
_REFUSED = "INVALID_QUERY"


class PulledParent(NamedTuple):
    """A parent record: `label` is what people call it, `match` what a manifest names it by; empty where only the id tells.

    `known` is what the CRM says of the fields by which people know such records.
    """

    module: str
    id: str
    label: str
    match: tuple[tuple[str, str], ...]
    known: Mapping[str, str]


async def find_parents(reader: Reader, leads: Leads, asked: AskedPull) -> tuple[PulledParent, ...]:
    """The parents that are asked for, in the order of their names. Leads that were converted are none.

    Raises `InputError` for a name that no record has, or several, and `UsageError` where a query names too many; and what
    `Reader` raises.
    """
    fields = await _fields(reader, asked.module)
    if asked.name:
        rows = [await _named(reader, leads, asked, fields)]
    else:
        rows = await _queried(reader, asked, fields)
        if asked.where and not rows:
            condition = Quote(asked.where, fields, asked.module)
            told = sentence(f"no record of {asked.module} matches `", condition, "`")
            raise InputError(
                (
                    Diagnostic(
                        "not-found", told, help=sentence("Check it, and that the token's user may see them.")
                    ),
                )
            )
    if asked.module == LEADS:
        await leads.learn(row["id"] for row in rows)
        rows = [row for row in rows if row["id"] not in leads.conversions]
        if asked.name and not rows:
            raise _refused(asked, "was converted: its contact has its place", "Pull the contact.")
    matches = {} if asked.by_id and asked.module in PERSONS else await _matches(leads, asked, rows)
    found = (_parent(asked, row, fields, matches.get(row["id"], ())) for row in rows)
    return tuple(sorted(found, key=lambda parent: (parent.label, len(parent.id), parent.id)))


async def keyed(leads: Leads, where: Where, keys: Iterable[Values]) -> Mapping[Values, Ids] | None:
    """Key → the records that a plan would find by it; None where the org refuses to look records up by these fields.

    So it does for fields that are encrypted. Raises what `Reader` raises, but for such a refusal.
    """
    try:
        if where.module == LEADS:
            return await leads.bearers(where, keys)
        return await bearers(leads.asking, where, keys)
    except RequestRefused as refused:
        if refused.code != _REFUSED:
            raise
        return None


def usable(values: Values) -> bool:
    """Whether a file can hold the values of a key: none is blank, and none is half an emoji."""
    try:
        return all(value.strip() and value.encode() for value in values)
    except UnicodeEncodeError:
        return False


async def _fields(reader: Reader, module: str) -> tuple[str, ...]:
    """The fields that name a module's records, as far as the org has them."""
    wanted = dict.fromkeys((*natural_keys(module), *name_fields(module)))
    try:
        known = await reader.fields(module)
    except RequestRefused as refused:
        if refused.code == "INVALID_MODULE":
            raise UsageError(
                f"the org has no module {module}",
                help="Setup › Customization › Modules lists them with their API names.",
            ) from None
        known = {}
    return findable(tuple(wanted), known)


async def _named(reader: Reader, leads: Leads, asked: AskedPull, fields: Sequence[str]) -> dict[str, Any]:
    """The one record that has this id, or else this key or name."""
    text = asked.name
    if text.isascii() and text.isdecimal() and len(text) <= _ID:
        rows = await _by_ids(reader, asked.module, [text], fields)
        if asked.module == LEADS and not rows:
            # A query leaves converted leads out.
            await leads.learn([text])
            rows = [{"id": text}] if text in leads.conversions else []
        if rows:
            return rows[0]
    for name in fields:
        ids = (await keyed(leads, Where(asked.module, (name,)), [(text,)]) or {}).get((text,), ())
        if len(ids) > 1:
            shown = ", ".join(sorted(ids)[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
            says = f"is the {name} of {len(ids)} records: {shown}"
            raise _refused(asked, says, f"Say which: zsync pull {asked.module}/{min(ids)}", code="ambiguous")
        if ids:
            # A query by id leaves converted leads out; then the id and what was asked for have to do.
            rows = await _by_ids(reader, asked.module, ids, fields)
            return rows[0] if rows else {"id": ids[0], name: text}
    known = " or ".join(("id", *fields))
    raise _refused(
        asked,
        f"is no {known} of a record of {asked.module}",
        "Check the spelling, and that the token's user may see it.",
    )


async def _queried(reader: Reader, asked: AskedPull, fields: Sequence[str]) -> list[dict[str, Any]]:
    """All records of the module for which the condition holds."""
    rows: list[dict[str, Any]] = []
    where = asked.where or "id is not null"
    while True:
        page = await _select(reader, Query(asked.module, ("id", *fields), where, _PAGE, len(rows)))
        rows += page.rows
        if not page.more:
            return rows
        if len(rows) + _PAGE > PULLED.most or not page.rows:
            raise UsageError(
                f"more than {len(rows):,} records of {asked.module} are asked for",
                help="Pull them in portions, each with its own --where.",
            )


async def _select(reader: Reader, query: Query) -> Page:
    """The rows of a query; without what people are called where the org refuses to be asked for it."""
    try:
        return await reader.query(query)
    except RequestRefused as refused:
        own = natural_keys(query.module)
        fewer = tuple(name for name in query.fields if name == "id" or name in own)
        if refused.code != _REFUSED or fewer == query.fields:
            raise
        return await reader.query(query._replace(fields=fewer))


async def _by_ids(
    reader: Reader, module: str, ids: Sequence[str], fields: Sequence[str]
) -> list[dict[str, Any]]:
    pages = await together(
        _select(reader, Query(module, ("id", *fields), by_ids(some))) for some in batches(ids)
    )
    return [row for page in pages for row in page.rows]


async def _matches(
    leads: Leads, asked: AskedPull, rows: Sequence[Mapping[str, Any]]
) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Id → the natural key that names this record alone."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for name in natural_keys(asked.module):
        texts = {row["id"]: key_text(row.get(name)) for row in rows if row["id"] not in found}
        wanted = {each: text for each, text in texts.items() if usable((text,))}
        if not wanted:
            continue
        where, keys = Where(asked.module, (name,)), dict.fromkeys((text,) for text in wanted.values())
        named = await keyed(leads, where, keys) or {}
        found |= {each: ((name, text),) for each, text in wanted.items() if named.get((text,)) == (each,)}
    return found


def _parent(
    asked: AskedPull, row: Mapping[str, Any], fields: Sequence[str], match: tuple[tuple[str, str], ...]
) -> PulledParent:
    known = {name: text for name in fields if (text := key_text(row.get(name)))}
    name = next(
        (known[each] for each in name_fields(asked.module) if each in known), next(iter(known.values()), "")
    )
    hidden = asked.by_id and asked.module in PERSONS
    label = "" if hidden else ", ".join(value for _, value in match) or name
    return PulledParent(asked.module, row["id"], label, match, known)


def _refused(asked: AskedPull, says: str, advice: str, code: str = "not-found") -> InputError:
    fields = (*natural_keys(asked.module), *name_fields(asked.module))
    told = sentence(f"{asked.module}: `", Quote(asked.name, fields, asked.module), f"` {says}")
    return InputError((Diagnostic(code, told, help=sentence(advice)),))
