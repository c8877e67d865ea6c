"""Small worlds of campaigns and leads for the laws of planning and applying: on the bundled CRM, without files."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.applying.noted import Noted
from zsync.applying import applier
from zsync.crm import Credentials, Settings, connect, connect_reader, connect_reader_as
from zsync.emulator import RunningCrm
from zsync.files.plan import timestamp
from zsync.files.snapshot import Snapshot
from zsync.guards.evaluation import Guards
from zsync.kinds import KINDS
from zsync.model import (
    Diagnostic,
    Expected,
    ManagedList,
    Manifests,
    Parent,
    Plan,
    Report,
    Row,
    Run,
    Span,
    Withheld,
)
from zsync.planning.planner import make_plan
from zsync.planning.terms import Terms
from zsync.planning.undo import make_undo
from zsync.rehearsal.recorder import Recorder

MEMBERS = KINDS[0]
NOW = datetime(2027, 3, 1, tzinfo=UTC)
CAMPAIGNS, LEADS = ("501", "502", "503"), tuple(str(n) for n in range(301, 307))
STATUSES = ("Planned", "Sent", "Responded")

Edge = tuple[str, str]
"""A campaign's id and a lead's."""

WORLD: Mapping[str, Any] = {
    "records": {
        "Campaigns": [{"id": one, "Campaign_Name": f"Campaign {one}"} for one in CAMPAIGNS],
        "Leads": [
            {"id": one, "Last_Name": f"Lead {one}", "Email": f"lead{one}@acme.example"} for one in LEADS
        ],
    }
}


def settings(crm: RunningCrm, **more: Any) -> Settings:
    """How to reach it, without a token kept on disk."""
    credentials = Credentials(access_token=crm.access_token())
    return Settings(accounts_url=crm.url, api_domain=crm.url, credentials=credentials, **more)


def planned(crm: RunningCrm, manifests: Manifests, **asked: Any) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """The plan for these manifests, and the warnings; `asked` is what differs from the usual `Terms`."""
    terms = replace(Terms(Expected(), Guards(), "", NOW), **asked)

    async def work() -> tuple[Plan, tuple[Diagnostic, ...]]:
        async with connect_reader(settings(crm)) as reader:
            return await make_plan(manifests, reader, terms)

    return asyncio.run(work())


def plan(crm: RunningCrm, manifests: Manifests, **asked: Any) -> Plan:
    """The plan for these manifests."""
    return planned(crm, manifests, **asked)[0]


def saying(*lists: ManagedList) -> Manifests:
    """Manifests of these lists."""
    return Manifests(lists, ("spring.yaml",), "sha256:" + "0" * 64)


def recorded(crm: RunningCrm, manifests: Manifests, terms: Terms | None = None) -> tuple[Plan, Snapshot]:
    """The plan for these manifests, and what was read for it."""
    terms = terms or Terms(Expected(), Guards(), "", NOW)

    async def work() -> tuple[Plan, Snapshot]:
        async with connect_reader_as(Recorder, settings(crm)) as reader:
            made, _ = await make_plan(manifests, reader, terms)
            return made, await reader.snapshot("production", timestamp(NOW), terms.kinds)

    return asyncio.run(work())


def apply(crm: RunningCrm, made: Plan) -> Report:
    """What became of the plan."""

    async def work() -> Report:
        async with connect(settings(crm)) as door:
            return await applier.apply(made, door, Noted())

    return asyncio.run(work())


def undone(crm: RunningCrm, run: Run, **asked: Any) -> tuple[Plan, tuple[Withheld, ...]]:
    """The plan that takes a run back, and what it withholds; `asked` is what differs from the usual terms."""

    async def work() -> Plan:
        async with connect_reader(settings(crm)) as reader:
            return await make_undo(run, reader, replace(Terms(Expected(), Guards(), "", NOW), **asked))

    plan = asyncio.run(work())
    return plan, plan.withheld


def members(crm: RunningCrm) -> dict[Edge, str]:
    """Who is in which campaign, with which status."""
    return {
        (campaign, lead): fields["Member_Status"]
        for campaign in CAMPAIGNS
        for lead, fields in crm.rows(f"Campaigns/{campaign}/Leads").items()
    }


def become(crm: RunningCrm, state: Mapping[Edge, str]) -> None:
    """Make the CRM hold exactly this state, as a colleague would."""
    for campaign, lead in members(crm):
        crm.delink(f"Campaigns/{campaign}/Leads", lead)
    for (campaign, lead), status in state.items():
        crm.link(f"Campaigns/{campaign}/Leads", {"id": lead, "Member_Status": status})


edges = st.tuples(st.sampled_from(CAMPAIGNS), st.sampled_from(LEADS))
states = st.dictionaries(edges, st.sampled_from(STATUSES), max_size=10)
wishes = st.dictionaries(edges, st.sampled_from((*STATUSES, None)), max_size=10)


def managed(
    module: str, record_id: str, rows: Mapping[str, str | None], *, prune: bool, line: int
) -> ManagedList:
    """One list of a manifest; a row without a status stands under `absent`."""
    related = "Leads" if module == "Campaigns" else "Campaigns"
    place = Span("spring.yaml", line, 1)
    made = {
        one: Row(
            (one,), by_id=True, fields={"Member_Status": status} if status else {}, line=line + n, column=9
        )
        for n, (one, status) in enumerate(rows.items(), 1)
    }
    return ManagedList(
        Parent(module, place, id=record_id),
        related,
        MEMBERS,
        place,
        records=tuple(row for one, row in made.items() if rows[one]),
        absent=tuple(row for one, row in made.items() if not rows[one]),
        prune=prune,
        prune_span=place if prune else None,
    )


@st.composite
def manifests(draw: st.DrawFn, wanted: Mapping[Edge, str | None]) -> tuple[Manifests, set[str]]:
    """Manifests that say all that is wanted, each relation from a side drawn by lot, and the records that prune."""
    lists: dict[tuple[str, str], dict[str, str | None]] = {}
    for (campaign, lead), status in wanted.items():
        if draw(st.booleans()):
            lists.setdefault(("Campaigns", campaign), {})[lead] = status
        else:
            lists.setdefault(("Leads", lead), {})[campaign] = status
    pruning = draw(st.sets(st.sampled_from((*CAMPAIGNS, *LEADS)), max_size=3))
    for one in sorted(pruning):
        lists.setdefault(("Campaigns" if one in CAMPAIGNS else "Leads", one), {})
    made = tuple(
        managed(module, one, rows, prune=one in pruning, line=100 * n + 1)
        for n, ((module, one), rows) in enumerate(lists.items())
    )
    return Manifests(made, ("spring.yaml",), "sha256:" + "0" * 64), pruning


def expected(
    current: Mapping[Edge, str], wanted: Mapping[Edge, str | None], pruning: set[str]
) -> dict[Edge, str]:
    """What the CRM shall hold in the end: what is said, and of the rest what nobody prunes."""
    kept = {
        edge: status for edge, status in current.items() if edge not in wanted and not pruning & set(edge)
    }
    return kept | {edge: status for edge, status in wanted.items() if status is not None}
