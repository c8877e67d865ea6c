"""Queries that are too large for a CRM: halved, remembered, and nobody is missed."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from tests.crm.conftest import Door
from tests.worlds import settings
from zsync.crm import Reader, connect_reader
from zsync.crm.keys import Where, bearers
from zsync.crm.leads import Leads
from zsync.crm.portions import VALUES, Portions
from zsync.emulator import RunningCrm, running
from zsync.errors import RequestRefused

IDS = [str(5000 + number) for number in range(450)]
EMAIL = {one: f"lead{one}@acme.example" for one in IDS}
WORLD = {
    "records": {
        "Leads": [
            {"id": one, "Last_Name": one, "Email": EMAIL[one], "converted": int(one) % 7 == 0} for one in IDS
        ],
        "Contacts": [{"id": f"9{one}", "Last_Name": one, "Email": EMAIL[one]} for one in IDS],
    }
}


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """450 leads and contacts, every seventh lead converted."""
    with running(WORLD) as bundled:
        yield bundled


def refused(code: str = "LIMIT_EXCEEDED", status: int = 400, **about: object) -> RequestRefused:
    """A refusal of a query."""
    return RequestRefused("x", code=code, status=status, request="POST /coql", said="no", details=about)


def asked(
    values: Sequence[int], takes: int, error: RequestRefused, portions: Portions | None = None
) -> tuple[list[int], list[int]]:
    """The values that were answered, and the sizes of the queries."""
    sizes: list[int] = []

    async def ask(some: Sequence[int]) -> Sequence[int]:
        sizes.append(len(some))
        if len(some) > takes:
            raise error
        return some

    async def work() -> list[int]:
        found = await (portions or Portions()).ask(values, ask)
        assert all(some == page for some, page in found)
        return [value for some, _ in found for value in some]

    return asyncio.run(work()), sizes


@pytest.mark.parametrize("takes", [1, 3, 24, 50, 99, 100])
@pytest.mark.parametrize(
    "error",
    [refused(), refused("LIMIT_REACHED"), refused("X", 413), refused("INVALID_DATA", maximum_length=99)],
    ids=lambda error: error.code,
)
def test_every_value_is_asked_once_in_portions_that_the_crm_takes(takes: int, error: RequestRefused) -> None:
    values = list(range(250))
    found, sizes = asked(values, takes, error)
    assert found == values
    assert sum(size > takes for size in sizes) <= 7
    assert [size for size in sizes if size > takes] == sizes[: sum(size > takes for size in sizes)]


def test_what_one_query_taught_the_next_knows() -> None:
    portions = Portions()
    asked(range(100), 50, refused(), portions)
    assert asked(range(100), 50, refused(), portions)[1] == [50, 50]


def test_a_single_value_that_is_refused_and_any_other_refusal_are_raised() -> None:
    for takes, error in ((0, refused()), (5, refused("INVALID_QUERY")), (5, refused("NO_PERMISSION", 403))):
        with pytest.raises(RequestRefused) as caught:
            asked(range(100), takes, error)
        assert caught.value is error


@pytest.mark.parametrize(
    "turned",
    [{"coql_values": 50}, {"coql_values": 7}, {"coql_length": 900}, {"coql_values": 50, "converted_in_coql": "refused"}],
    ids=str,
)  # fmt: skip
def test_keys_are_found_whatever_the_crm_takes(crm: RunningCrm, turned: dict[str, object]) -> None:
    crm.switch(coql_values=100, coql_length=0, converted_in_coql="hidden")
    crm.switch(**turned)

    async def work() -> None:
        async with connect_reader(settings(crm)) as reader:
            keys = [(EMAIL[one],) for one in IDS]
            contacts = await bearers(reader, Where("Contacts", ("Email",)), keys)
            leads = Leads(reader)
            found = await leads.bearers(Where("Leads", ("Email",)), keys)
            assert contacts == {(EMAIL[one],): (f"9{one}",) for one in IDS}
            assert found == {(EMAIL[one],): (one,) for one in IDS}
            await leads.learn(IDS)
            assert set(leads.conversions) == {one for one in IDS if int(one) % 7 == 0}

    asyncio.run(work())


def test_hardly_a_query_is_lost_where_a_thousand_wait(crm: RunningCrm) -> None:
    crm.switch(coql_values=50, coql_length=0, converted_in_coql="hidden")
    before = len(crm.requests)

    async def work() -> None:
        async with connect_reader(settings(crm)) as reader:
            keys = [(f"nobody{number}@acme.example",) for number in range(3000)]
            assert await bearers(reader, Where("Contacts", ("Email",)), keys) == {}

    asyncio.run(work())
    assert len(crm.requests) - before <= 3000 / 50 + 10


def test_a_query_begins_with_a_hundred_values(door: Door) -> None:
    async def work(reader: Reader) -> int:
        return reader.portions.most

    assert door.run(work) == VALUES == 100
