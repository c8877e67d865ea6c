"""Whether an org has the fields that `consent:` of zsync.yaml reads: one that is not there keeps nobody out."""

from collections.abc import AsyncIterator, Iterator, Mapping
from difflib import get_close_matches

from zsync.crm import Reader
from zsync.crm.persons import ADDRESS, STANDARD
from zsync.doctor.org import Check
from zsync.errors import ZsyncError
from zsync.model.consent import BUILT_IN, PERSONS, Consent, SaysNo

Types = Mapping[str, str]
"""The fields of a module: api_name → data type."""

_NAME = "consent"


async def examine_consent(reader: Reader, consent: Consent) -> AsyncIterator[Check]:
    """The checks: the fields of people that can be read, and of those that zsync.yaml names, each that the org does not have.

    The calls are those of the other checks: metadata is asked for once.
    """
    if consent.off:
        yield Check("ok", _NAME, f"off: {consent.off}; nobody is asked")
        return
    known: dict[str, Types] = {}
    for module in PERSONS:
        try:
            known[module] = await reader.field_types(module)
        except ZsyncError as error:
            why = f"the fields of {module} may not be read: whether its people said no cannot be checked ({error})"
            yield Check(
                "warn", _NAME, why, error.help or "Give the token the scope ZohoCRM.settings.fields.READ."
            )
    for module, types in known.items():
        for check in _module(module, types, consent):
            yield check
    # Where one module cannot be read, a field that the other lacks may be there.
    if len(known) == len(PERSONS):
        names = sorted({name for types in known.values() for name in types})
        for field in consent.fields:
            if field.values and field.name not in names:
                yield _unknown(field, names)


def _module(module: str, types: Types, consent: Consent) -> Iterator[Check]:
    """What of the consent fields a module has."""
    asked = [each.name for each in consent.asked if each.values]
    there = [name for name in asked if name in types]
    if there:
        gone = [each.name for each in BUILT_IN if each.name in asked and each.name not in types]
        note = f"; not in this org: {', '.join(gone)}" if gone else ""
        yield Check("ok", f"{_NAME} of {module}", f"read from {', '.join(there)}{note}")
    if STANDARD in asked and STANDARD not in types:
        yield Check(
            "warn",
            f"{_NAME} of {module}",
            f"{module} have no field {STANDARD} here: whether somebody opted out cannot be seen",
            "Show the field to the token's user; or, if people say no elsewhere, name that field under `consent:` in zsync.yaml, and "
            f"`{STANDARD}: []`.",
        )
    if consent.never.by_address and ADDRESS not in types.values():
        yield Check(
            "warn",
            f"{_NAME} of {module}",
            f"{module} have no field of type {ADDRESS} here: nobody can be found by an address under `never`",
            "Show their address to the token's user, or name these people by their ids.",
        )


def _unknown(field: SaysNo, names: list[str]) -> Check:
    near = get_close_matches(field.name, names, n=1, cutoff=0.6)
    advice = (
        f"Did you mean {near[0]}?" if near else "Name a field that leads or contacts have, by its api_name."
    )
    place = f"{field.span}: " if field.span else ""
    return Check(
        "warn",
        _NAME,
        f"{place}neither Leads nor Contacts have the field {field.name}, so it keeps nobody out",
        f"{advice} Until then, plans of campaigns' lists end with exit 4.",
    )
