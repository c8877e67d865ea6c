"""Whom a plan leaves out because of what they said: between deciding on changes and packing them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import NamedTuple

from zsync.crm import Reader
from zsync.crm.consent import ConsentCheck
from zsync.crm.persons import Metadata
from zsync.crm.tasks import together
from zsync.errors import InputError
from zsync.model import Change, Diagnostic, Quote, Withheld, sentence
from zsync.model.consent import PERSONS, Consent, SaysNo


class KeptOut(NamedTuple):
    """The changes that stay in a plan, those marked of which consent only warns, and those that are withheld."""

    changes: tuple[Change, ...]
    withheld: tuple[Withheld, ...] = ()


async def consent_check(
    reader: Reader, consents: Sequence[Consent], sides: Iterable[tuple[str, str]]
) -> ConsentCheck | None:
    """What asks for consent, where one of these pairs of modules is concerned; else None, and nothing is asked.

    Raises `InputError` for fields of `consent:` that neither leads nor contacts have, and what `Reader` raises.
    """
    check = ConsentCheck(reader, consents)
    if not any(check.concerns(*pair) for pair in sides):
        return None
    if unknown := await _unknown_fields(check, consents):
        raise InputError(unknown)
    return check


async def keep_out(changes: Sequence[Change], check: ConsentCheck | None) -> KeptOut:
    """Take out of changes those of people who said no. Raises what `Reader` raises."""
    ruled = await check.ruled(changes) if check else {}
    if not ruled:
        return KeptOut(tuple(changes))
    kept: list[Change] = []
    withheld: list[Withheld] = []
    for index, change in enumerate(changes):
        found = ruled.get(index)
        marked = replace(change, objection=found.objection) if found else change
        if found and found.policy == "withhold":
            withheld.append(Withheld("consent", marked))
        else:
            kept.append(marked)
    return KeptOut(tuple(kept), tuple(withheld))


async def _unknown_fields(check: ConsentCheck, consents: Sequence[Consent]) -> tuple[Diagnostic, ...]:
    """Errors for fields that neither module of persons has. Those that the base names are not this branch's to correct."""
    own = {each.name: each for one in consents if not one.base for each in one.fields if each.span}
    if not own:
        return ()
    known = dict(zip(PERSONS, await together(check.metadata(module) for module in PERSONS), strict=True))
    return tuple(_unknown(own.values(), known))


def _unknown(fields: Iterable[SaysNo], known: dict[str, Metadata]) -> Iterator[Diagnostic]:
    types = [meta.types for meta in known.values()]
    names = sorted({name for each in types for name in each or ()})
    for field in fields:
        # Where the metadata may not be read, nobody can tell.
        if None in types or field.name in names:
            continue
        near = get_close_matches(field.name, names, n=1, cutoff=0.6)
        advice = f"Did you mean {near[0]}?" if near else "`zsync doctor` shows what the token's user may see."
        yield Diagnostic(
            "no-such-field",
            sentence("neither Leads nor Contacts have the field ", Quote(field.name)),
            field.span,
            sentence(f"{advice} A field that is not there keeps nobody out."),
        )
