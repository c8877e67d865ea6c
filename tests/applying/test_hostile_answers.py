"""What a CRM may answer, whatever it did: no shape of an answer makes a stored row refused, or any row applied that is not.

The table: each shape of an answer under each status, where the CRM stored all rows, and where it stored some or none (by
turns, so that every shape and every status meets both). One plan updates, creates and deletes, so that both writing calls
meet the answer.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

import httpx
import pytest
import respx

from tests.applying.test_applier import LIST, at_once, change, org, plan, run
from tests.crm.conftest import Door, door, error, zoho
from zsync.bounds import WAITING
from zsync.model import Report

__all__ = ["at_once", "door", "org", "zoho"]

Rows = list[dict[str, Any]]
Did = Literal["all", "some", "none"]


def refusing(ids: list[str]) -> Rows:
    """Every row is refused."""
    return [error("INVALID_DATA", "no", id=one) for one in ids]


def accepting(ids: list[str]) -> Rows:
    """Every row is accepted."""
    return [{"code": "SUCCESS", "status": "success", "message": "", "details": {"id": one}} for one in ids]


def nameless(rows: Rows) -> Rows:
    """The rows the other way round, without the ids that say whose they are."""
    return [{**row, "details": {}} for row in reversed(rows)]


SHAPES: Mapping[str, Callable[[list[str]], Any]] = {
    "flat refusal": lambda _: error("INVALID_DATA", "no"),
    "flat denial": lambda _: error("NO_PERMISSION", "no"),
    "flat MULTI_STATUS": lambda _: error("MULTI_STATUS", "see the rows"),
    "flat success": lambda _: {"code": "SUCCESS", "status": "success", "message": "done"},
    "data[] that refuses": lambda ids: {"data": refusing(ids)},
    "data[] that accepts": lambda ids: {"data": accepting(ids)},
    "data[] that does both": lambda ids: {"data": [*accepting(ids), *refusing(ids)]},
    "data[] that does both, the other way round": lambda ids: {"data": [*refusing(ids), *accepting(ids)]},
    "data[] without ids": lambda ids: {"data": nameless([*accepting(ids[:1]), *refusing(ids[1:])])},
    "data[] that is short": lambda ids: {"data": refusing(ids)[:-1]},
    "data[] of other records": lambda ids: {"data": refusing([f"9{one}" for one in ids])},
    "data[] of other types": lambda ids: {"data": [None, 5, "no", [], {"status": ["error"], "code": {}}][: len(ids)]},
    "nested": lambda ids: {"result": {"data": {"data": refusing(ids)}}},
    "nested in data": lambda ids: {"data": {"data": refusing(ids)}},
    "list": refusing,
    "wrong type": lambda _: {"data": "no", "code": 5, "status": None},
    "empty": lambda _: b"",
    "HTML": lambda _: b"<html><h1>Refused</h1></html>",
    "truncated": lambda ids: json.dumps({"data": refusing(ids)}).encode()[:-9],
}  # fmt: skip
STATUSES = (200, 202, 204, 207, 400, 403, 409, 429, 500, 503)
BEFORE = {"11": "Sent", "12": "Sent", "15": "Sent", "16": "Sent"}
WANTED = {"11": "Responded", "12": "Responded", "13": "Responded", "14": "Responded"}
MADE = plan(
    *(change("update", one) for one in ("11", "12")),
    *(change("create", one) for one in ("13", "14")),
    *(change("delete", one) for one in ("15", "16")),
)


class Crm:
    """A campaign whose members may be read, and whose writes do what they like and answer what they like."""

    def __init__(self, zoho: respx.MockRouter, shape: str, status: int, did: Did) -> None:
        self.members = dict(BEFORE)
        self._shape, self._status, self._did = shape, status, did
        zoho.get(LIST).mock(side_effect=self.read)
        for path in ({"url": LIST}, {"url__regex": f"{LIST}/[0-9]+"}):
            zoho.put(**path).mock(side_effect=self.write)
            zoho.delete(**path).mock(side_effect=self.write)

    def read(self, request: httpx.Request) -> httpx.Response:
        """The members that are asked for."""
        asked = request.url.params["ids"].split(",")
        found = [{"id": one, "Member_Status": self.members[one]} for one in asked if one in self.members]
        return httpx.Response(200, json={"data": found, "info": {"more_records": False}})

    def write(self, request: httpx.Request) -> httpx.Response:
        """Store what this CRM stores, and answer as it answers."""
        if request.method == "DELETE":
            single = request.url.path.rpartition("/")[2]
            ids = request.url.params.get("ids", single).split(",")
        else:
            ids = [row["id"] for row in json.loads(request.content)["data"]]
        for one in ids[:: 1 if self._did == "all" else 2] * (self._did != "none"):
            if request.method == "DELETE":
                self.members.pop(one, None)
            else:
                self.members[one] = WANTED[one]
        body = SHAPES[self._shape](ids)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(self._status, content=content)


def wrong(crm: Crm, report: Report) -> list[str]:
    """What the report says of rows, and the CRM says otherwise."""
    found = []
    for one, outcome in zip(report.plan.changes, report.outcomes, strict=True):
        row = one.related_record_id
        stored = crm.members.get(row) == WANTED.get(row)
        if (stored and outcome.status == "refused") or (not stored and outcome.status == "applied"):
            found.append(f"{row} is {crm.members.get(row)}, and {outcome.status} to the report")
    return found


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_answer_makes_a_stored_row_refused_or_a_run_crash_or_wait_for_long(
    door: Door, zoho: respx.MockRouter, shape: str, status: int
) -> None:
    turn = (list(SHAPES).index(shape) + STATUSES.index(status)) % 2
    for did in ("all", ("some", "none")[turn]):
        crm = Crm(zoho, shape, status, did)
        door.slept.clear()
        report = run(door, MADE)
        assert wrong(crm, report) == [], did
        assert report.exit_code in (0, 1, 3, 8)
        assert sum(door.slept) <= WAITING.most
        if did == "all" and report.stopped is None:
            assert report.exit_code == 0


def test_what_cannot_be_read_back_is_never_refused(door: Door, zoho: respx.MockRouter) -> None:
    for shape in SHAPES:
        crm = Crm(zoho, shape, 400, "all")

        def unreadable(request: httpx.Request, crm: Crm = crm) -> httpx.Response:
            return (
                crm.read(request)
                if crm.members == BEFORE
                else httpx.Response(403, json=error("NO_PERMISSION", "no"))
            )

        zoho.get(LIST).mock(side_effect=unreadable)
        report = run(door, MADE)
        assert wrong(crm, report) == [], shape
        assert "refused" not in [outcome.status for outcome in report.outcomes[:4]], shape
