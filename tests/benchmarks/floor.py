"""The floor: what no planner can do without. `python -m tests.benchmarks.floor FOLDER [URL KEY]`.

The manifests' bytes through libyaml's events, the answers' bytes through the json module, and a dict join; nothing is
validated, compared by field or printed. Without a URL nothing is fetched either: the answers come from a file. With one,
the same answers come over the wire, five calls at once, through httpx as anybody would use it.
"""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.benchmarks import world

AT_ONCE = 5


def main(folder: Path, url: str = "", key: str = "id") -> None:
    """Prints how many rows differ: none."""
    for manifest in sorted((folder / "manifests").iterdir()):
        for _ in YAML(typ="safe").parse(manifest.read_bytes()):
            pass
    current = {}
    for answer in asyncio.run(_fetched(url, folder, key)) if url else _saved(folder):
        for row in answer["data"]:
            current[row["id"]] = row.get("$member_info")
    desired = dict(current)
    print(sum(desired[key] != current.get(key) for key in desired))


def _saved(folder: Path) -> Iterator[dict[str, Any]]:
    with (folder / "answers.jsonl").open("rb") as lines:
        for line in lines:
            yield json.loads(line)


async def _fetched(url: str, folder: Path, key: str) -> Iterable[dict[str, Any]]:
    import httpx

    gate, answers = asyncio.Semaphore(AT_ONCE), []
    async with httpx.AsyncClient(base_url=f"{url}/crm/v8") as client:

        async def pages(campaign: int) -> None:
            query = {"fields": "Member_Status", "per_page": str(world.PER_PAGE)}
            while query:
                async with gate:
                    sent = await client.get(f"/Campaigns/{world.campaign_id(campaign)}/Leads", params=query)
                answers.append(json.loads(sent.content))
                token = answers[-1]["info"]["next_page_token"]
                query = query | {"page_token": token} if token else {}

        async def look_up(emails: list[str]) -> None:
            values = ",".join(f"'{one}'" for one in emails)
            select = {"select_query": f"select id, Email from Leads where Email in ({values})"}  # noqa: S608
            async with gate:
                answers.append(json.loads((await client.post("/coql", json=select)).content))

        async with asyncio.TaskGroup() as group:
            for campaign in range(world.CAMPAIGNS):
                group.create_task(pages(campaign))
            for answer in _saved(folder) if key != "id" else ():
                if "Email" in answer["data"][0]:
                    group.create_task(look_up([row["Email"] for row in answer["data"]]))
    return answers


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
