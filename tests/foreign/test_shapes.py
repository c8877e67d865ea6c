"""No answer of any shape ends in a crash: a law over plan and apply, one answer of which is another than the pages have."""

import copy
import json
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from tests.applying.noted import Noted
from tests.crm.conftest import API, Door
from tests.foreign.crm import Foreign, Seen
from tests.laws import tries
from tests.worlds import NOW, managed, saying
from zsync.applying import applier, settling
from zsync.crm import Crm
from zsync.errors import InputError, ZsyncError
from zsync.files.plan import dump_report, load_report
from zsync.guards.counts import Counting, Limit
from zsync.guards.evaluation import Guards
from zsync.model import DONE, Expected, Report
from zsync.planning.planner import make_plan
from zsync.planning.terms import Terms

CALLS = 30
"""About as many calls as plan and apply take."""

STATUSES = (200, 201, 202, 204, 207, 301, 304, 400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 7.5, 10**25, "", "x", "\ud800", "9" * 30, "1e999", "../..", "a\r\nb", [], {}, [[]], [None], [{}],
    [{"id": "11"}] * 3, {"name": "n"}, {"code": "X"}, {"code": "INVALID_DATA", "status": "error", "details": [], "message": None},
)  # fmt: skip
LEADS = managed("Campaigns", "50", {"11": "Sent", "13": "Sent", "14": "Sent", "12": None}, prune=True, line=1)
GUARDS = Guards(
    (Counting("max_changes", None, frozenset({"create", "update"}), Limit(percent=Decimal(900)), Limit()),)
)


def org() -> Foreign:
    """A campaign with three members, one of them converted."""
    crm = Foreign()
    crm.url = API
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    for number in range(4):
        crm.add("Leads", str(11 + number), Last_Name=f"L{number}", Converted__s=number == 3)
    for lead in ("11", "12", "14"):
        crm.link("Campaigns", "50", "Leads", lead, Member_Status="Invited")
    return crm


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value within a value, itself first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(way for key, each in inner for way in places(each, (*at, key)))]


def altered(value: Any, at: tuple[Any, ...], by: Any) -> Any:
    """A value with another one in a place; without it, where that is an exception."""
    if not at:
        return by
    whole = copy.deepcopy(value)
    holder = whole
    for key in at[:-1]:
        holder = holder[key]
    if by is KeyError:
        del holder[at[-1]]
    else:
        holder[at[-1]] = by
    return whole


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was accepted is read again without waiting."""
    monkeypatch.setattr(settling, "LAGS", (0.0, 0.0))


class Spoiled:
    """The CRM, whose nth answer is altered; `for_good`, and so are those that follow to the same request."""

    def __init__(self, nth: int, way: int, by: Any, status: int | None, *, for_good: bool) -> None:
        self.crm = org()
        self.spoilt: set[tuple[str, str]] = set()
        self._nth, self._way, self._by, self._status = nth, way, by, status
        self._for_good = for_good
        self._calls = count()

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request."""
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        token = {"Authorization": request.headers.get("Authorization", "")}
        asked = Seen(request.method, request.url.path, query, request.content, token)
        status, body, _ = self.crm.answer(asked)
        again = self._for_good and (asked.method, asked.path) in self.spoilt
        if next(self._calls) == self._nth or again:
            self.spoilt.add((asked.method, asked.path))
            ways = places(body)
            at = ways[self._way % len(ways)]
            status = self._status or status
            body = altered(body, at, None if self._by is KeyError and not at else self._by)
        return httpx.Response(status, content=b"" if status == 204 else json.dumps(body).encode())

    def carry_out(self) -> Report | ZsyncError:
        """What became of the plan, or the error with which it or the plan ended."""

        async def work(door: Crm) -> Report:
            made, _ = await make_plan(saying(LEADS), door, Terms(Expected(), GUARDS, "", NOW))
            return await applier.apply(made, door, Noted())

        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=self.answer)
            try:
                report: Report = Door().run(work)
            except ZsyncError as error:
                return error
        return report


@tries(120)
@given(
    st.integers(0, CALLS),
    st.integers(0, 200),
    st.sampled_from((*ODD, KeyError)),
    st.none() | st.sampled_from(STATUSES),
    st.booleans(),
)
def test_no_answer_of_any_shape_crashes_or_makes_a_report_say_what_is_not_so(
    nth: int, way: int, by: Any, status: int | None, for_good: bool
) -> None:
    told = Spoiled(nth, way, by, status, for_good=for_good)
    report = told.carry_out()
    if isinstance(report, ZsyncError):
        assert str(report)
        assert report.diagnostics if isinstance(report, InputError) else report.help
        return
    assert dump_report(load_report(dump_report(report))) == dump_report(report)
    if not {method for method, _ in told.spoilt} <= {"PUT", "DELETE"}:
        return  # what a reading shows is believed; whatever a write answers, reading decides
    members = told.crm.members("Campaigns", "50", "Leads")
    for change, outcome in zip(report.plan.changes, report.outcomes, strict=True):
        stored = members.get(change.related_record_id) == change.after
        assert outcome.status not in (("refused",) if stored else DONE)


def test_without_an_odd_answer_the_law_is_about_a_plan_that_is_applied() -> None:
    told = Spoiled(-1, 0, None, None, for_good=False)
    report = told.carry_out()
    assert isinstance(report, Report)
    assert {outcome.status for outcome in report.outcomes} == {"applied"}
    assert 12 <= len(told.crm.requests) <= CALLS
