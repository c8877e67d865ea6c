"""A probe from the inside: nothing but its relation can be written, and a bug in it leaves that as it was."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.worlds import settings
from zsync.crm.door import connect_prober
from zsync.crm.probing import Pen, Prober
from zsync.doctor.leftover import Leftover
from zsync.doctor.probe import ProbeResult, probe
from zsync.doctor.probe_place import ProbeAsked, ProbeSite, find_place, steps
from zsync.emulator import RunningCrm, running
from zsync.kinds import KINDS
from zsync.model import Expected

LIST = "Campaigns/501/Leads"
WORLD = {
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}],
        "Leads": [{"id": each, "Last_Name": f"Lead {each}"} for each in ("301", "302")],
    },
    "relations": {LIST: [{"id": "302", "Member_Status": "Sent"}]},
}
PEN = Pen("501", "Leads", "301")


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as bundled:
        yield bundled


async def probed(crm: RunningCrm, lead: str, file: Path, pause: Callable[[], None]) -> ProbeResult:
    asked = ProbeAsked("501", lead, Expected(), KINDS, {}, ())
    async with connect_prober(settings(crm), PEN._replace(lead=lead)) as prober:
        place: ProbeSite = await find_place(prober, asked)
        return await probe(prober, place, Expected(), file, pause)


@pytest.mark.parametrize("lead", ["301", "302"])
@pytest.mark.parametrize("at", [3, 10, 11, 13, 14])
def test_a_bug_in_a_probe_leaves_the_relation_as_it_was(
    crm: RunningCrm, tmp_path: Path, at: int, lead: str
) -> None:
    before = crm.rows(LIST)
    calls: list[None] = []

    def pause() -> None:
        calls.append(None)
        if len(calls) == at:
            raise LookupError("a bug")

    with pytest.raises(LookupError):
        asyncio.run(probed(crm, lead, tmp_path / "probe.json", pause))
    assert (crm.rows(LIST), list(tmp_path.iterdir())) == (before, [])


def test_a_folder_that_cannot_be_written_ends_it_before_anything_is_sent(
    crm: RunningCrm, tmp_path: Path
) -> None:
    crm.requests.clear()
    (tmp_path / "state").write_text("")
    found = asyncio.run(probed(crm, "301", tmp_path / "state" / "probe.json", lambda: None))
    assert found.error is not None
    assert "cannot be written" in str(found.error.diagnostics[0].message)  # type: ignore[attr-defined]
    assert {one.method for one in crm.requests} <= {"GET", "POST"}


@pytest.mark.parametrize("record", ["302", "", "3010"])
def test_no_row_of_another_record_can_be_sent(crm: RunningCrm, record: str) -> None:
    async def send() -> None:
        async with connect_prober(settings(crm), PEN) as prober:
            assert isinstance(prober, Prober)
            await prober.put({"id": "301"}, {"id": record})

    crm.requests.clear()
    with pytest.raises(ValueError, match="must not touch"):
        asyncio.run(send())
    assert [one for one in crm.requests if one.method == "PUT"] == []


def test_what_is_kept_says_what_it_was(tmp_path: Path) -> None:
    left = Leftover("https://www.zohoapis.eu", "77", PEN, {"Member_Status": "Sent", "Seat": None})
    assert left.state == "Member_Status: Sent"
    assert left.now(None).state == "not in the campaign"


def test_a_member_is_asked_nothing_that_would_take_them_out(crm: RunningCrm) -> None:
    async def found(lead: str) -> ProbeSite:
        async with connect_prober(settings(crm), PEN) as prober:
            return await find_place(prober, ProbeAsked("501", lead, Expected(), KINDS, {}, ()))

    member, stranger = asyncio.run(found("302")), asyncio.run(found("301"))
    assert {each.method for each in steps(member).values()} == {"PUT"}
    assert "Sent" not in member.statuses
    assert len(set(member.statuses)) == len(set(stranger.statuses)) == 2
