"""Keys at the time of applying: what is asked, how often, and what the answers make of a row."""

import asyncio
import gc
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from tests.applying.test_applier import change
from tests.crm.conftest import API, Door, door, error, zoho
from zsync.applying.keys import FRESH, KeyCheck
from zsync.applying.rows import PlannedRow
from zsync.crm import Crm
from zsync.errors import RequestRefused
from zsync.model import Action, Bearer, Change, KeyMoved

__all__ = ["door", "zoho"]

COQL = f"{API}/crm/v8/coql"
ANA = {"Email": "ana@acme.example"}
SPRING = {"Campaign_Name": "Spring"}


def planned(*changes: Change) -> list[PlannedRow]:
    """The changes as rows."""
    return [PlannedRow(index, one) for index, one in enumerate(changes)]


def of_ana(**more: Any) -> Change:
    """An update of the lead 11, that is known by its address."""
    return replace(change("update", "11"), **{"key": ANA} | more)


def of_campaign(number: int) -> Change:
    """An update in a campaign that is known by its name."""
    return replace(change("update", "11"), record_id=str(number), record_key={"Campaign_Name": f"C{number}"})


class Records:
    """Answers queries about records, and keeps these queries."""

    def __init__(self, zoho: respx.MockRouter, **records: dict[str, Any]) -> None:
        self.records = {record_id.removeprefix("r"): fields for record_id, fields in records.items()}
        self.asked: list[str] = []
        zoho.post(COQL).mock(side_effect=self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The records that have one of the values."""
        query = json.loads(request.content)["select_query"]
        self.asked.append(query)
        found = re.search(r"where \(?(\w+) in \(([^)]*)\)", query)
        assert found
        if "Converted__s = true" in query:
            return httpx.Response(204)
        values = {one.strip("'").lower() for one in found[2].split(",")}
        rows = [{"id": one, **fields} for one, fields in self.records.items()]
        rows = [row for row in rows if str(row.get(found[1])).lower() in values]
        return (
            httpx.Response(200, json={"data": rows, "info": {"more_records": False}})
            if rows
            else httpx.Response(204)
        )


def moved(door: Door, rows: Sequence[PlannedRow], shown: dict[str, Any]) -> dict[int, KeyMoved]:
    """The rows whose key moved."""
    changes = [row.change for row in rows]
    found: dict[int, KeyMoved] = door.run(lambda crm: KeyCheck(crm, changes).moved(rows, shown, {}))
    return found


@pytest.mark.parametrize(
    "held",
    [
        {"Email": "ana@acme.example"},
        {"Email": "ANA@Acme.example "},
        {"Email": "ana@acme.example", "Full_Name": "Somebody Else"},
    ],
)
def test_what_the_reading_of_a_row_shows_is_asked_for_no_more(
    door: Door, zoho: respx.MockRouter, held: dict[str, str]
) -> None:
    asked = Records(zoho).asked
    assert moved(door, planned(of_ana()), {"11": held}) == {}
    assert asked == []


def test_a_row_whose_reading_does_not_show_the_key_is_looked_up(door: Door, zoho: respx.MockRouter) -> None:
    crm = Records(zoho, r11=ANA)
    for shown in ({"11": {"Member_Status": "Sent"}}, {}):
        assert moved(door, planned(of_ana()), shown) == {}
    assert crm.asked == ["select id, Email, Converted__s from Leads where Email in ('ana@acme.example')"] * 2


def test_a_key_that_the_crm_still_counts_as_the_records_is_no_other(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Records(zoho, r11=ANA)
    assert moved(door, planned(of_ana()), {"11": {"Email": "ana@elsewhere.example"}}) == {}
    assert len(crm.asked) == 1


def test_both_names_come_in_one_query_and_are_left_out_where_that_is_refused(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Records(
        zoho, r11={"Email": "a@b.example", "Full_Name": "Ana Lind"}, r19={**ANA, "Full_Name": "Ana Berg"}
    )
    told = KeyMoved(
        "related", "Leads", "11", ANA, (Bearer("19", "Ana Berg"),), {"Email": "a@b.example"}, "Ana Lind"
    )
    assert moved(door, planned(of_ana()), {"11": {"Email": "a@b.example"}}) == {0: told}
    assert crm.asked[1:] == ["select id, Email, Full_Name from Leads where id in ('11','19')"]
    answers = [
        httpx.Response(200, json={"data": [{"id": "19", **ANA}]}),
        httpx.Response(400, json=error("INVALID_QUERY")),
    ]
    zoho.post(COQL).mock(side_effect=answers)
    assert moved(door, planned(of_ana()), {}) == {0: KeyMoved("related", "Leads", "11", ANA, (Bearer("19"),))}


def test_a_relation_that_went_with_its_record_is_as_a_delete_wants_it(
    door: Door, zoho: respx.MockRouter
) -> None:
    Records(zoho)
    delete = replace(change("delete", "11"), key=ANA)
    assert moved(door, planned(delete), {}) == {}
    Records(zoho, r19=ANA)
    assert list(moved(door, planned(delete), {})) == [0]


def test_of_records_that_differ_in_case_a_key_names_the_one_that_it_spells(
    door: Door, zoho: respx.MockRouter
) -> None:
    Records(zoho, r11=ANA, r19={"Email": "ANA@acme.example"})
    create = replace(change("create", "11"), key=ANA)
    assert moved(door, planned(create), {}) == {}
    loud = replace(create, key={"Email": "ANA@acme.example"})
    assert [one.bearers[0].id for one in moved(door, planned(loud), {}).values()] == ["19"]


def test_all_fields_of_a_key_count(door: Door, zoho: respx.MockRouter) -> None:
    Records(zoho)
    both = of_ana(key={"Last_Name": "Lind", "City": "Lund"})
    assert moved(door, planned(both), {"11": {"Last_Name": "lind", "City": "LUND"}}) == {}
    zoho.post(COQL).respond(204)
    assert list(moved(door, planned(both), {"11": {"Last_Name": "Lind", "City": "Malmö"}})) == [0]


@pytest.mark.parametrize(
    ("held", "same"), [(17, True), (Decimal("17.0"), True), (18, False), ("17", True), ("017", False)]
)
def test_a_number_is_compared_as_the_crm_sends_it(
    door: Door, zoho: respx.MockRouter, held: object, same: bool
) -> None:
    zoho.get(f"{API}/crm/v8/settings/fields").respond(
        json={"fields": [{"api_name": "No", "data_type": "integer"}]}
    )
    zoho.post(COQL).respond(204)
    assert (moved(door, planned(of_ana(key={"No": "17"})), {"11": {"No": held}}) == {}) == same


def test_a_number_stands_in_the_query_as_its_field_wants_it_and_that_is_asked_once(
    door: Door, zoho: respx.MockRouter
) -> None:
    types = zoho.get(f"{API}/crm/v8/settings/fields").respond(
        json={"fields": [{"api_name": "No", "data_type": "integer"}]}
    )
    crm = Records(zoho, r11={"No": 17})
    rows = planned(of_ana(key={"No": "17"}))

    async def twice(door: Crm) -> None:
        check = KeyCheck(door, [row.change for row in rows])
        for _ in range(2):
            assert await check.moved(rows, {}, {}) == {}

    door.run(twice)
    assert crm.asked == ["select id, No, Converted__s from Leads where No in (17)"] * 2
    assert types.call_count == 1


def test_parents_are_asked_for_together_and_again_after_a_while(door: Door, zoho: respx.MockRouter) -> None:
    known = {f"r{n}": {"Campaign_Name": f"C{n}"} for n in range(150)}
    crm, now = Records(zoho, **known), [0.0]
    rows = planned(*map(of_campaign, range(150)))

    async def work(door: Crm) -> list[dict[int, KeyMoved]]:
        check = KeyCheck(door, [row.change for row in rows], clock=lambda: now[0])
        found = [await check.moved_parents([row]) for row in rows]
        assert len(crm.asked) == 2
        crm.records["149"]["Campaign_Name"] = "Autumn"
        now[0] = FRESH - 1
        found.append(await check.moved_parents([rows[149]]))
        assert len(crm.asked) == 2
        now[0] = FRESH
        return [*found, await check.moved_parents([rows[149]])]

    *before, after = door.run(work)
    assert not any(before)
    assert [(one.side, one.module, one.now) for one in after.values()] == [
        ("parent", "Campaigns", {"Campaign_Name": "Autumn"})
    ]


def test_requests_that_begin_together_ask_for_their_parents_once(door: Door, zoho: respx.MockRouter) -> None:
    crm = Records(zoho, **{f"r{n}": {"Campaign_Name": f"C{n}"} for n in range(5)})
    rows = planned(*map(of_campaign, range(5)))

    async def work(door: Crm) -> None:
        check = KeyCheck(door, [row.change for row in rows])
        await asyncio.gather(*(check.moved_parents([row]) for row in rows))

    door.run(work)
    assert len(crm.asked) == 1


def test_creates_are_looked_up_a_hundred_at_a_time_whatever_request_they_ride_in(
    door: Door, zoho: respx.MockRouter
) -> None:
    emails = {str(n): {"Email": f"lead{n}@acme.example"} for n in range(1, 251)}
    crm = Records(zoho, **{f"r{one}": email for one, email in emails.items()})
    rows = planned(*(replace(change("create", one), key=email) for one, email in emails.items()))

    async def work(door: Crm) -> None:
        check = KeyCheck(door, [row.change for row in rows])
        parts = [rows[at : at + 30] for at in range(0, 250, 30)]
        await check.look_up(parts[0])
        assert [query.count("@") for query in crm.asked] == [100]
        named = await asyncio.gather(*map(check.look_up, parts))
        assert [ids for part in named for ids in part.values()] == [(one,) for one in emails]

    door.run(work)
    assert [query.count("@") for query in crm.asked] == [100, 100, 50]


def test_a_query_that_failed_is_sent_again_for_whoever_asks_next(door: Door, zoho: respx.MockRouter) -> None:
    rows = planned(replace(change("create", "11"), key=ANA))
    answers = [httpx.Response(400, json=error("INVALID_DATA")), httpx.Response(204), httpx.Response(204)]
    zoho.post(COQL).mock(side_effect=answers)

    async def work(door: Crm) -> None:
        check = KeyCheck(door, [row.change for row in rows])
        with pytest.raises(RequestRefused):
            await check.look_up(rows)
        assert list((await check.look_up(rows)).values()) == [()]

    door.run(work)


def test_a_parent_that_some_rows_name_by_id_is_asked_for_those_that_name_it_by_key(
    door: Door, zoho: respx.MockRouter
) -> None:
    Records(zoho)
    rows = planned(change("update", "11"), replace(change("update", "12"), record_key=SPRING))
    changes = [row.change for row in rows]
    assert list(door.run(lambda crm: KeyCheck(crm, changes).moved_parents(rows))) == [1]


def test_of_a_key_that_very_many_have_ten_are_named(door: Door, zoho: respx.MockRouter) -> None:
    Records(zoho, **{f"r{n}": ANA for n in range(11, 41)})
    (told,) = moved(door, planned(replace(change("create", "11"), key=ANA)), {}).values()
    assert len(told.bearers) == 10


def test_a_question_that_the_crm_refuses_is_no_answer(door: Door, zoho: respx.MockRouter) -> None:
    zoho.post(COQL).respond(400, json=error("INVALID_QUERY"))
    with pytest.raises(RequestRefused, match="INVALID_QUERY"):
        moved(door, planned(of_ana()), {})


def test_keys_of_several_kinds_are_each_looked_up_and_only_those_of_what_is_created(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Records(zoho, r19={**ANA, "Last_Name": "Lind"})
    rows = planned(
        replace(change("create", "11"), key=ANA),
        replace(change("create", "12"), key={"Last_Name": "Lind"}),
        replace(change("update", "13"), key={"Email": "cy@acme.example"}),
    )

    async def work(door: Crm) -> dict[int, KeyMoved]:
        check = KeyCheck(door, [row.change for row in rows])
        named = await check.look_up(rows[:2])
        assert list(named.values()) == [("19",), ("19",)]
        assert not any("cy@" in query for query in crm.asked)
        return await check.moved(rows[:2], {}, named)

    assert {index: one.bearers[0].id for index, one in door.run(work).items()} == {0: "19", 1: "19"}


def test_names_of_very_many_come_in_several_queries_of_which_one_may_be_refused(
    door: Door, zoho: respx.MockRouter
) -> None:
    crm = Records(
        zoho, **{f"r{n}": {"Email": f"{n}@acme.example", "Full_Name": f"N{n}"} for n in range(200, 270)}
    )
    rows = planned(
        *(
            replace(change("create", str(n)), key={"Email": f"{n + 100}@acme.example"})
            for n in range(100, 170)
        )
    )
    found = moved(door, rows, {})
    assert [found[index].bearers[0].name for index in (0, 69)] == ["N200", "N269"]
    asked = len(crm.asked)

    def answer(request: httpx.Request) -> httpx.Response:
        said = crm.answer(request)
        return httpx.Response(400, json=error("INVALID_QUERY")) if len(crm.asked) == asked + 2 else said

    zoho.post(COQL).mock(side_effect=answer)
    found = moved(door, rows, {})
    assert [found[index].bearers[0].name for index in (0, 69)] == ["", "N269"]


def test_a_query_that_fails_when_its_request_is_over_says_nothing(door: Door, zoho: respx.MockRouter) -> None:
    zoho.post(COQL).respond(400, json=error("INVALID_QUERY"))
    bo, ana = planned(
        replace(change("create", "12"), key={"Email": "bo@acme.example"}),
        replace(change("create", "11"), key=ANA),
    )
    said: list[Any] = []

    async def work(door: Crm) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
        check = KeyCheck(door, [bo.change, ana.change])
        # The second one waits for the query of the first, which fails, and hears nothing of its own.
        requests = [asyncio.create_task(check.look_up(rows)) for rows in ([ana], [ana, bo])]
        await asyncio.wait(requests)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)
        assert [type(one.exception()) for one in requests] == [RequestRefused] * 2
        del check, requests, others
        gc.collect()

    door.run(work)
    assert said == []


@pytest.mark.parametrize(
    ("actions", "held"), [(("create", "update", "delete"), {0: 2, 1: 2, 2: 2}), (("delete", "delete"), {})]
)
def test_a_parent_that_shares_its_key_by_now_is_held_whole_where_rows_are_written_to_it(
    door: Door, zoho: respx.MockRouter, actions: tuple[Action, ...], held: dict[int, int]
) -> None:
    """One that rows only leave is known by its id, and shown by a key that may never have been its alone: it was pruned."""
    Records(zoho, r50={"Campaign_Name": "Spring"}, r51={"Campaign_Name": "Spring"})
    made = (change(action, str(11 + n)) for n, action in enumerate(actions))
    rows = planned(*(replace(one, record_id="50", record_key=SPRING) for one in made))
    changes = [row.change for row in rows]
    found = door.run(lambda crm: KeyCheck(crm, changes).moved_parents(rows))
    assert {index: len(moved.bearers) for index, moved in found.items()} == held


def test_a_query_has_room_for_keys_that_come_before_as_well(door: Door, zoho: respx.MockRouter) -> None:
    """Requests are sent by list, deletes first: they need not begin with the first key of the plan."""
    crm = Records(zoho, **{f"r{n}": {"Campaign_Name": f"C{n}"} for n in range(150)})
    rows = planned(*map(of_campaign, range(150)))

    async def work(door: Crm) -> None:
        check = KeyCheck(door, [row.change for row in rows])
        for at in (149, *range(149)):
            assert await check.moved_parents([rows[at]]) == {}

    door.run(work)
    assert len(crm.asked) == 2
