"""Where a probe writes: one campaign, one lead, the relation of the two as it is, and each request that may be sent about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from zsync.crm import Org, Reader
from zsync.crm.consent import ConsentCheck
from zsync.crm.keys import Where, bearers
from zsync.crm.leads import Leads
from zsync.crm.orgs import check_environment
from zsync.crm.probing import Pen
from zsync.doctor.questions import SANDBOXES
from zsync.errors import GuardRefused, UsageError
from zsync.kinds import FieldType, Kind, find_kind
from zsync.metadata.lists import ListChoice
from zsync.model import Change, Expected
from zsync.model.consent import STATUS, Consent
from zsync.model.fields import carried_fields, carries, empty, relation_fields

CAMPAIGNS, LEADS = "Campaigns", "Leads"
UNKNOWN = "zsync probe"
"""A status that no org has."""

_USUAL = ("Planned", "Invited", "Sent")
"""Statuses that Zoho's new orgs have, where nothing tells those of this one."""


class ProbeAsked(NamedTuple):
    """What the command was asked for, and what zsync.yaml says: the relation kinds, the statuses that it allows, consent."""

    campaign: str
    lead: str
    expected: Expected
    kinds: Sequence[Kind]
    values: Mapping[str, Sequence[str]]
    consents: Sequence[Consent]


@dataclass(frozen=True, slots=True)
class ProbeSite:
    """The relation that a probe writes. `before` are its fields, None where there is none; `statuses` are two besides its own."""

    org: Org
    api_domain: str
    pen: Pen
    name: str
    """The campaign's."""
    before: Mapping[str, Any] | None
    types: Mapping[str, FieldType]
    statuses: tuple[str, str]


class Step(NamedTuple):
    """A request of the probe: its method, the rows of a PUT, and what people read of it."""

    method: str
    rows: tuple[Mapping[str, Any], ...]
    text: str


def check_sandbox(org: Org, expected: Expected) -> None:
    """Raises `AccessDenied` for another org than the environment's, and `GuardRefused` for one that is not known to be for trying out."""
    check_environment(org, expected)
    if org.type not in SANDBOXES:
        kind = f"the CRM says that it is {org.type}" if org.type else "the CRM does not say which type it has"
        raise GuardRefused(
            f"a probe writes, and org {org.id} is not known to be a sandbox: {kind}",
            help="Nothing was sent. Name an environment whose org is a sandbox: `zsync doctor --probe -e ENV`.",
        )


def steps(place: ProbeSite) -> Mapping[str, Step]:
    """Every request that a probe may send about the relation, by the name of what it is for, in their order."""
    pen, (one, other) = place.pen, place.statuses
    lead, nobody = {"id": pen.lead}, {"id": pen.campaign}
    without = Step("PUT", (lead,), f"without a {STATUS}")
    found = {
        "missing": Step("DELETE", (), "the lead, who is not in the campaign"),
        "add": Step("PUT", (lead,), f"the lead without a {STATUS}"),
        "one": Step("PUT", ({**lead, STATUS: one},), f"{STATUS}: {one}"),
        "omit one": without,
        "other": Step("PUT", ({**lead, STATUS: other},), f"{STATUS}: {other}, if that left it open"),
        "omit other": without._replace(text=f"without a {STATUS}, after it"),
        "null": Step("PUT", ({**lead, STATUS: None},), f"{STATUS}: null"),
        "unknown": Step(
            "PUT", ({**lead, STATUS: UNKNOWN},), f"{STATUS}: {UNKNOWN}, which is none of the org's"
        ),
        "bad row": Step(
            "PUT", ({**lead, STATUS: other}, nobody), f"{STATUS}: {other}, and a row of nobody, to be refused"
        ),
        "refused": Step("PUT", (nobody,), "a row of nobody"),
        "many": Step("PUT", (nobody,) * 101, "101 rows of nobody"),
        "credits": Step("PUT", (nobody,) * 100, "100 rows of nobody, if Zoho tells the credits"),
    }
    if place.before is not None:
        # Whoever was there stays there: what a member holds besides, no PUT brings back.
        del found["missing"], found["add"]
    return found


async def find_place(reader: Reader, asked: ProbeAsked) -> ProbeSite:
    """The place that is asked for; it only reads.

    Raises `GuardRefused` for an org that is no sandbox and for a lead that may not be written, `UsageError` for what is not
    there or could not be restored, and what `Reader` raises.
    """
    org = await reader.org()
    check_sandbox(org, asked.expected)
    campaign, name = await _campaign(reader, asked.campaign)
    lead = await _lead(reader, asked.lead)
    pen = Pen(campaign, await _list(reader), lead)
    await _refuse_person(reader, pen, asked.consents)
    kind = find_kind(CAMPAIGNS, LEADS, asked.kinds)
    types = kind.fields if kind else {}
    before = await _before(reader, pen, types)
    statuses = await _statuses(reader, asked.values, before)
    return ProbeSite(org, await reader.api_domain(), pen, name, before, types, statuses)


async def _campaign(reader: Reader, asked: str) -> tuple[str, str]:
    """The campaign's id and name."""
    field = "Campaign_Name"
    ids: tuple[str, ...] = (asked,)
    if not _is_id(asked):
        known = await bearers(reader, Where(CAMPAIGNS, (field,)), [(asked,)])
        ids = known.get((asked,), ())
    rows = await reader.records(CAMPAIGNS, [field], ids) if ids else []
    _one([row["id"] for row in rows], "campaign", asked, "--campaign")
    return str(rows[0]["id"]), str(rows[0].get(field) or "")


async def _lead(reader: Reader, asked: str) -> str:
    if _is_id(asked):
        found = [row["id"] for row in await reader.records(LEADS, ["Last_Name"], [asked])]
    else:
        known = await Leads(reader).bearers(Where(LEADS, ("Email",)), [(asked,)])
        found = list(known.get((asked,), ()))
    _one(found, "lead", asked, "--lead")
    return str(found[0])


def _one(found: Sequence[str], what: str, asked: str, option: str) -> None:
    if not found:
        raise UsageError(f"there is no {what} {asked!r}", help=f"Name one by its id: {option} ID.")
    if len(found) > 1:
        raise UsageError(
            f"which {what}? {len(found)} are called {asked!r}",
            lines=tuple(found[:10]),
            help=f"Name one by its id: {option} ID.",
        )


async def _list(reader: Reader) -> str:
    found = ListChoice(await reader.related_lists(CAMPAIGNS), LEADS).found
    if found is None or not found.visible:
        raise UsageError(
            "campaigns of this org have no list of leads that can be written",
            help="`zsync doctor` shows the lists. One that is hidden has to be shown on the layout of Campaigns.",
        )
    return found.name


async def _refuse_person(reader: Reader, pen: Pen, consents: Sequence[Consent]) -> None:
    """Raises `GuardRefused` for a lead that was converted, or that said no to being written to."""
    leads = Leads(reader)
    await leads.learn([pen.lead])
    if pen.lead in leads.conversions:
        raise GuardRefused(
            f"lead {pen.lead} was converted, and Zoho may refuse to write it",
            help="Name another lead: --lead.",
        )
    entering = Change(
        "create", CAMPAIGNS, pen.campaign, pen.related_list, LEADS, pen.lead, pen.campaign, pen.lead, None, {}
    )
    if await ConsentCheck(reader, consents).ruled([entering]):
        raise GuardRefused(
            f"lead {pen.lead} opted out, or `consent:` of zsync.yaml keeps them out of campaigns",
            help="Name another lead, best one that was made for this: --lead.",
        )


async def _before(reader: Reader, pen: Pen, types: Mapping[str, FieldType]) -> Mapping[str, Any] | None:
    """The relation's fields as they are, None where there is none. Raises `UsageError` where they could not be restored."""
    place = (CAMPAIGNS, pen.campaign, pen.related_list)
    rows = await reader.rows(*place, sorted(types) or ["id"], [pen.lead], converted=True)
    if not rows:
        return None
    found = fields_of(rows[0], types)
    if not carries(rows[0], (STATUS,)) or empty(found[STATUS]):
        raise UsageError(
            f"lead {pen.lead} is in the campaign, and no {STATUS} is shown: it could not be restored",
            help="Name a lead who is not in the campaign: --lead.",
        )
    return found


def fields_of(row: Mapping[str, Any], types: Mapping[str, FieldType]) -> Mapping[str, Any]:
    """What a row of the list shows of the relation, fields that no kind declares included."""
    return {**relation_fields(row, types), **carried_fields(row, types, types)}


async def _statuses(
    reader: Reader, values: Mapping[str, Sequence[str]], before: Mapping[str, Any] | None
) -> tuple[str, str]:
    """Two statuses to write. Where nothing tells those of the org, the usual ones; who would opt out is none of them."""
    fields = [*(await reader.fields(CAMPAIGNS)).values(), *(await reader.fields(LEADS)).values()]
    listed = [text for each in fields if each.name == STATUS for text in each.values]
    known = [*values.get(STATUS, ()), *await reader.statuses()] or listed or list(_USUAL)
    own = before[STATUS] if before else None
    fit = [text for text in dict.fromkeys(known) if "opt" not in text.lower() and text != own]
    if len(fit) < 2:
        raise UsageError(
            f"a probe needs two statuses besides the lead's own, and {len(fit)} is known",
            help=f"Write them in zsync.yaml: `values: {{{STATUS}: [Planned, Invited, Sent]}}`.",
        )
    # Not the first, if it can be helped: it may be what a member gets who is added without one.
    return (fit[1], fit[2]) if len(fit) > 2 else (fit[1], fit[0])


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 20
