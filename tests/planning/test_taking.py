"""What of a plan the CRM moved, and which keys name one record alone."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.planning.test_narrowing import MOVED
from tests.worlds import WORLD, plan, saying, settings
from zsync.crm import connect_reader
from zsync.emulator import RunningCrm, running
from zsync.model import Withheld
from zsync.planning.taking import Named, moved_rows, sole_keys

EMAIL, NUMBER = ("Email",), ("Legacy_No",)


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    """Leads, of which two share an address and one was converted, and contacts with numbers."""
    fields = {"Contacts": {"Legacy_No": {"type": "bigint"}}}
    with running({**WORLD, "fields": fields}) as bundled:
        bundled.edit("302", Email="two@acme.example")
        bundled.edit("303", Email="two@acme.example")
        bundled.convert("304")
        bundled.add("Contacts", id="401", Last_Name="Ek", Email="ek@acme.example", Legacy_No=17)
        yield bundled


def test_a_key_counts_where_it_names_its_record_and_no_other(crm: RunningCrm) -> None:
    asked: list[tuple[Named, bool]] = [
        (("Leads", EMAIL, ("lead301@acme.example",), "301"), True),
        (("Leads", EMAIL, ("lead301@acme.example",), "305"), False),
        (("Leads", EMAIL, ("two@acme.example",), "302"), False),
        (("Leads", EMAIL, ("lead304@acme.example",), "304"), True),
        (("Leads", EMAIL, ("nobody@acme.example",), "306"), False),
        (("Contacts", EMAIL, ("ek@acme.example",), "401"), True),
        (("Contacts", NUMBER, ("17",), "401"), True),
    ]

    async def ask(some: list[Named]) -> frozenset[Named]:
        async with connect_reader(settings(crm)) as reader:
            return await sole_keys(some, reader)

    assert asyncio.run(ask([each for each, _ in asked])) == {each for each, sole in asked if sole}
    before = len(crm.requests)
    asyncio.run(ask([asked[0][0]]))
    assert not [one for one in crm.requests[before:] if "settings" in one.path]
    asyncio.run(ask([asked[-1][0]]))
    assert [one for one in crm.requests[before:] if one.path.endswith("settings/fields")]


def test_what_the_crm_moved_is_taken_with_the_fields_that_it_moved_alone(crm: RunningCrm) -> None:
    row = replace(
        MOVED, before={"Member_Status": "Sent", "Fee": 5}, after={"Member_Status": "Opened", "Fee": 6}
    )
    own = replace(row, origin="change", origins={})
    mixed = replace(row, origin="change", origins={"Fee": "drift"}, related_record_id="302")
    open_ = replace(row, origin="conflict", origins={"Fee": "change"}, related_record_id="303")
    extra = replace(row, action="delete", after=None, origin="drift", origins={}, related_record_id="304")
    made = replace(
        plan(crm, saying()),
        changes=(own, mixed),
        withheld=(Withheld("conflict", open_),),
        unmanaged=(extra,),
    )
    taken = moved_rows(made)
    assert [one.related_record_id for one in taken] == ["302", "303", "304"]
    assert (taken[0].origin, taken[0].after) == ("drift", {"Member_Status": "Sent", "Fee": 6})
    assert (taken[1].origin, taken[1].after) == ("conflict", {"Member_Status": "Opened", "Fee": 5})
    every = moved_rows(made, every=True)
    assert [(one.related_record_id, one.origin, one.origins) for one in every] == [
        (each, "drift", {}) for each in ("301", "302", "303", "304")
    ]
