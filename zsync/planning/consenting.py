"""Whom a plan leaves out because of what they said: between deciding on changes and packing them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import NamedTuple

from zsync.crm import Reader
from zsync.crm.consent import ConsentCheck
from zsync.crm.persons import STANDARD, Metadata, Unseen
from zsync.crm.tasks import together
from zsync.errors import InputError
from zsync.model import Change, Diagnostic, Quote, Withheld, sentence
from zsync.model.consent import PERSONS, Consent, SaysNo


class KeptOut(NamedTuple):
    """The changes that stay in a plan, those marked of which consent only warns, and those that are withheld.

    `warnings` tell where nobody can see whether people opted out.
    """

    changes: tuple[Change, ...]
    withheld: tuple[Withheld, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


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
    if check is None:
        return KeptOut(tuple(changes))
    ruled = await check.ruled(changes)
    unseen = tuple(_unseen(module, why) for module, why in (await check.unseen(changes)).items())
    kept: list[Change] = []
    withheld: list[Withheld] = []
    for index, change in enumerate(changes):
        found = ruled.get(index)
        marked = replace(change, objection=found.objection) if found else change
        if found and found.policy == "withhold":
            withheld.append(Withheld("consent", marked))
        else:
            kept.append(marked)
    return KeptOut(tuple(kept), tuple(withheld), unseen)


def _unseen(module: str, why: Unseen) -> Diagnostic:
    if why == "absent":
        message = f"{module} have no field {STANDARD} here: whether somebody opted out cannot be seen"
        advice = "Show the field to the token's user; or, if people say no elsewhere, name that field under `consent:` in zsync.yaml, and "
        advice += f"`{STANDARD}: []`."
    else:
        message = (
            f"the fields of {module} may not be read: which of Zoho's GDPR fields they have cannot be seen"
        )
        advice = "Give the token the scope `ZohoCRM.settings.fields.READ`."
    return Diagnostic("unseen-consent", sentence(message), help=sentence(advice), severity="warning")


async def _unknown_fields(check: ConsentCheck, consents: Sequence[Consent]) -> tuple[Diagnostic, ...]:
    """Errors for fields that neither module of persons has. Those that the base names are not this branch's to correct."""
    asked = (each for one in consents if not one.base for each in one.fields)
    own = {each.name: each for each in asked if each.span and each.values}
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
            "unknown-field",
            sentence("neither Leads nor Contacts have the field ", Quote(field.name)),
            field.span,
            sentence(f"{advice} A field that is not there keeps nobody out."),
        )
