"""What a pull would bring is counted before it is read, and its cost foreseen."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds import settings
from zsync.crm import connect_reader
from zsync.emulator import RunningCrm, running
from zsync.model import Expected
from zsync.pulling.asked import AskedPull, Ways
from zsync.pulling.found import find
from zsync.pulling.survey import Survey, survey

LEADS = [
    {"id": str(3000 + n), "Last_Name": f"Lead {n}", "Email": f"lead{n}@acme.example"} for n in range(450)
]
WORLD = {
    "records": {
        "Campaigns": [{"id": str(500 + n), "Campaign_Name": f"Campaign {n}"} for n in range(5)],
        "Leads": LEADS,
    },
    "relations": {
        "Campaigns/500/Leads": [{"id": lead["id"]} for lead in LEADS],
        "Campaigns/501/Leads": [{"id": lead["id"]} for lead in LEADS[:30]],
    },
}
WAYS = Ways(Expected(), Path("relations"))


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as bundled:
        yield bundled


def surveyed(crm: RunningCrm, asked: AskedPull, **more: str) -> Survey:
    async def work() -> Survey:
        async with connect_reader(settings(crm, **more)) as reader:
            return await survey(reader, asked, WAYS)

    return asyncio.run(work())


def reads(crm: RunningCrm, asked: AskedPull) -> int:
    """What a pull takes."""

    async def work() -> int:
        async with connect_reader(settings(crm)) as reader:
            return (await find(reader, asked, WAYS, ())).reads

    return asyncio.run(work())


@pytest.mark.parametrize(
    "asked", [AskedPull("Campaigns"), AskedPull("Campaigns", "501"), AskedPull("Campaigns", lists=("Leads",))]
)
def test_the_cost_of_a_pull_is_foreseen(crm: RunningCrm, asked: AskedPull) -> None:
    assert abs(surveyed(crm, asked).credits - reads(crm, asked)) <= 3


def test_rows_are_counted_over_all_lists(crm: RunningCrm) -> None:
    found = surveyed(crm, AskedPull("Campaigns"))
    assert (len(found.parents), found.rows) == (5, 480)


def test_where_the_crm_does_not_count_the_number_is_not_invented(crm: RunningCrm) -> None:
    assert surveyed(crm, AskedPull("Campaigns"), api_version="v7").rows is None


def test_a_survey_reads_no_list(crm: RunningCrm) -> None:
    crm.requests.clear()
    surveyed(crm, AskedPull("Campaigns"))
    assert [one.path for one in crm.requests if one.method == "GET" and "/Leads" in one.path] == []
