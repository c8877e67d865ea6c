"""A CRM and the manifests that equal it: campaigns that share the leads, every one of them Invited."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CAMPAIGNS = int(os.environ.get("BENCH_CAMPAIGNS", "20"))
"""How many, each with a manifest. The server and whoever measures are told alike."""

PER_PAGE, PER_QUERY = 200, 100
_FIRST_CAMPAIGN, _FIRST_LEAD = 3652397000000500001, 3652397000010000001


def campaign_id(campaign: int) -> str:
    """The id of a campaign, counted from 0."""
    return str(_FIRST_CAMPAIGN + campaign)


def lead_id(lead: int) -> str:
    """The id of a lead, counted from 0."""
    return str(_FIRST_LEAD + lead)


def email(lead: int) -> str:
    """The address of a lead, counted from 0."""
    return f"lead{lead + 1}@acme.example"


def leads_of(campaign: int, rows: int) -> range:
    """The leads of one campaign, when `rows` are shared among all."""
    share = rows // CAMPAIGNS
    return range(campaign * share, (campaign + 1) * share)


def write_manifests(folder: Path, rows: int, key: str) -> None:
    """One manifest a campaign; `key` is id or Email."""
    for campaign in range(CAMPAIGNS):
        lines = ["version: 1", "parent:", "  module: Campaigns", f'  id: "{campaign_id(campaign)}"']
        lines += ["related_lists:", "  Leads:", f"    key: {key}", "    records:"]
        for lead in leads_of(campaign, rows):
            named = f'id: "{lead_id(lead)}"' if key == "id" else f"Email: {email(lead)}"
            lines.append(f"      - {{{named}, Member_Status: Invited}}")
        (folder / f"campaign-{campaign:04}.yaml").write_text("\n".join(lines) + "\n", "utf-8")


def pages(campaign: int, rows: int) -> Iterator[dict[str, Any]]:
    """The pages of a campaign's leads, as GET Campaigns/{id}/Leads sends them."""
    leads = leads_of(campaign, rows)
    for start in range(0, len(leads), PER_PAGE):
        part = leads[start : start + PER_PAGE]
        more = start + PER_PAGE < len(leads)
        token = f"page-{start // PER_PAGE + 2}" if more else None
        info = {
            "per_page": PER_PAGE,
            "count": len(part),
            "page": start // PER_PAGE + 1,
            "more_records": more,
            "next_page_token": token,
        }
        yield {
            "data": [{"$member_info": {"Member_Status": "Invited"}, "id": lead_id(lead)} for lead in part],
            "info": info,
        }


def queries(rows: int) -> Iterator[dict[str, Any]]:
    """The answers to COQL look-ups of every address, 100 at a time."""
    for start in range(0, rows, PER_QUERY):
        part = range(start, min(start + PER_QUERY, rows))
        yield {
            "data": [{"Email": email(lead), "id": lead_id(lead)} for lead in part],
            "info": {"count": len(part), "more_records": False},
        }


def write_answers(path: Path, rows: int, key: str) -> None:
    """Every answer with rows that a plan needs, a line each: what the floor reads."""
    with path.open("w", encoding="utf-8") as lines:
        for campaign in range(CAMPAIGNS):
            lines.writelines(dump(page) + "\n" for page in pages(campaign, rows))
        if key != "id":
            lines.writelines(dump(answer) + "\n" for answer in queries(rows))


def seed(rows: int) -> dict[str, Any]:
    """The same world for the bundled CRM."""
    relate = [
        {
            "list": f"Campaigns/{campaign_id(number)}/Leads",
            "skip": leads.start,
            "count": len(leads),
            "Member_Status": "Invited",
        }
        for number in range(CAMPAIGNS)
        if (leads := leads_of(number, rows))
    ]
    campaigns = [
        {"id": campaign_id(number), "Campaign_Name": f"Campaign {number}"} for number in range(CAMPAIGNS)
    ]
    fields = {"Last_Name": "Lead {n}", "Email": "lead{n}@acme.example"}
    many = {"module": "Leads", "count": rows, "first_id": lead_id(0), "fields": fields, "relate": relate}
    return {"version": 1, "records": {"Campaigns": campaigns}, "generate": [many]}


def dump(answer: dict[str, Any]) -> str:
    """JSON as Zoho sends it: no blanks."""
    return json.dumps(answer, separators=(",", ":"))
