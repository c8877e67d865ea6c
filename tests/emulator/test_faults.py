"""Scripts of faults: each kind on the wire, when it is due, and what is told about a script that will not do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from zsync.emulator import DEMO_WORLD, RunningCrm, SeedError, faults, running
from zsync.emulator.fault_file import KEYS, read_faults

MEMBERS = "Campaigns/3652397000000500001/Leads"
NOOR, PRIYA, TOM = "3652397000000300001", "3652397000000300006", "3652397000000300005"
Start = Callable[..., tuple[RunningCrm, httpx.Client]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a CRM with faults; comes with a client that holds a token."""
    with ExitStack() as stack:

        def make(*script: dict[str, Any], world: Any = DEMO_WORLD) -> tuple[RunningCrm, httpx.Client]:
            crm = stack.enter_context(running(world, faults=script))
            headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
            return crm, stack.enter_context(httpx.Client(base_url=f"{crm.url}/crm/v8", headers=headers))

        yield make


def fault(on: str = "GET /Campaigns/*/Leads", **kinds: Any) -> dict[str, Any]:
    return {"on": on, **kinds}


def read(client: httpx.Client, **query: str) -> httpx.Response:
    return client.get(MEMBERS, params={"fields": "Email,Member_Status", **query})


def put(client: httpx.Client, *ids: str) -> httpx.Response:
    return client.put(MEMBERS, json={"data": [{"id": each, "Member_Status": "Sent"} for each in ids]})


def ids(answer: httpx.Response) -> list[str]:
    return [row["id"] for row in answer.json()["data"]]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [503, 200, 200, 200, 200, 200]),
        ({"times": 2}, [503, 503, 200, 200, 200, 200]),
        ({"after": 2}, [200, 200, 503, 200, 200, 200]),
        ({"every": 2, "times": "always"}, [200, 503, 200, 503, 200, 503]),
        ({"after": 1, "every": 2, "times": 2}, [200, 200, 503, 200, 503, 200]),
        ({"times": "always"}, [503] * 6),
    ],
)
def test_a_fault_is_due_when_its_script_says(start: Start, when: dict[str, Any], expected: list[int]) -> None:
    _, client = start(fault(status=503, **when))
    assert [read(client).status_code for _ in range(6)] == expected


@pytest.mark.parametrize(
    ("pattern", "met"),
    [
        ({"on": "* **"}, True),
        ({"on": "GET /Campaigns/*/*"}, True),
        ({"on": "PUT /Campaigns/*/Leads"}, False),
        ({"on": "GET /Campaigns/*"}, False),
        ({"on": "GET /**", "query": {"fields": "Email*"}}, True),
        ({"on": "GET /**", "query": {"page_token": "*"}}, False),
        ({"on": "GET /**", "body_text": "Sent"}, False),
    ],
)
def test_a_fault_meets_the_requests_its_pattern_names(
    start: Start, pattern: dict[str, Any], met: bool
) -> None:
    _, client = start({**pattern, "status": 502})
    assert (read(client).status_code == 502) is met


def test_faults_take_their_turns_in_the_scripts_order(start: Start) -> None:
    _, client = start(fault(status=429), fault(code="INTERNAL_ERROR"), fault("* **", status=502))
    assert [read(client).status_code for _ in range(4)] == [429, 500, 502, 200]


def test_a_code_comes_with_its_documented_status_and_message(start: Start) -> None:
    _, client = start(
        fault(code="NO_PERMISSION", details={"permissions": ["x"]}, headers={"Retry-After": "7"})
    )
    answer = read(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (403, "7")
    expected = {"code": "NO_PERMISSION", "details": {"permissions": ["x"]}, "message": "permission denied", "status": "error"}  # fmt: skip
    assert answer.json() == expected


def test_a_body_is_sent_as_it_is_written(start: Start) -> None:
    _, client = start(fault(status=200, body="<html>"), fault(status=418, body={"n": 1}))
    assert [read(client).text for _ in range(2)] == ["<html>", '{"n":1}']


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ({"reset": "before"}, False),
        ({"reset": "after"}, True),
        ({"garbage": "html"}, True),
        ({"garbage": "empty", "commit": False}, False),
        ({"status": 500}, False),
        ({"status": 502, "commit": True}, True),
    ],
)
def test_a_lost_answer_says_nothing_about_the_change(start: Start, kind: dict[str, Any], made: bool) -> None:
    crm, client = start(fault("PUT /**", **kind))
    if "reset" in kind:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            put(client, PRIYA)
    else:
        assert "relation added" not in put(client, PRIYA).text
    assert (PRIYA in crm.rows(MEMBERS)) is made
    assert put(client, PRIYA).json()["data"][0]["message"] == f"relation {'updated' if made else 'added'}"


def test_a_reset_leaves_the_log_clean(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    _, client = start(fault(reset="after"), fault(cut=True))
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            read(client)
    assert read(client).status_code == 200
    assert caplog.text == ""


def test_garbage_is_no_json_or_none_by_its_name(start: Start) -> None:
    _, client = start(*[fault(garbage=kind) for kind in ("html", "truncated", "empty", "type")])
    html, truncated, empty, wrong_type = (read(client) for _ in range(4))
    good = read(client)
    assert html.headers["content-type"] == "text/html"
    assert html.text.startswith("<html>")
    assert truncated.content == good.content[: len(good.content) // 2]
    assert (empty.status_code, empty.content) == (200, b"")
    assert wrong_type.headers["content-type"].startswith("text/html")
    assert wrong_type.json() == good.json()


def test_a_cut_answer_ends_halfway(start: Start) -> None:
    _, client = start(fault(cut=True), fault(cut=True, slow_ms=50))
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            read(client)


@pytest.mark.parametrize("kind", ["delay_ms", "slow_ms"])
def test_a_slow_answer_is_whole_in_the_end(
    start: Start, kind: str, slept: Callable[[str], list[float]]
) -> None:
    waits = slept("faulty")
    given: dict[str, Any] = {kind: 150_000}
    _, client = start(fault(**given))
    assert read(client).json() == read(client).json()
    assert sum(waits) == pytest.approx(150)


def test_some_rows_of_a_put_are_refused_and_not_made(start: Start) -> None:
    crm, client = start(
        fault("PUT /**", refuse={"rows": [0], "code": "RECORD_LOCKED", "details": {"by": "x"}})
    )
    answer = put(client, PRIYA, TOM)
    assert answer.status_code == 207
    assert [row["code"] for row in answer.json()["data"]] == ["RECORD_LOCKED", "SUCCESS"]
    assert answer.json()["data"][0]["details"] == {"id": PRIYA, "by": "x"}
    assert {PRIYA, TOM} & crm.rows(MEMBERS).keys() == {TOM}


@pytest.mark.parametrize("which", [{"every": 2}, {"ids": [TOM]}])
def test_some_rows_of_a_delete_are_refused_and_stay(start: Start, which: dict[str, Any]) -> None:
    crm, client = start(fault("DELETE /**", refuse=which))
    crm.link(MEMBERS, {"id": PRIYA}, {"id": TOM})
    answer = client.delete(MEMBERS, params={"ids": f"{PRIYA},{TOM}"})
    assert [row["code"] for row in answer.json()["data"]] == ["SUCCESS", "INVALID_DATA"]
    assert {PRIYA, TOM} & crm.rows(MEMBERS).keys() == {TOM}


def test_rows_go_missing_and_change_places(start: Start) -> None:
    _, client = start(fault(drop=[0, 2]), fault(order="reversed"))
    missing, turned, good = read(client), read(client), read(client)
    assert ids(missing) == [each for at, each in enumerate(ids(good)) if at not in (0, 2)]
    assert missing.json()["info"]["count"] == len(ids(missing))
    assert ids(turned) == ids(good)[::-1]


def test_ids_become_json_numbers(start: Start) -> None:
    _, client = start(fault(ids="numbers"))
    numbers, good = read(client), read(client)
    assert list(map(repr, ids(numbers))) == ids(good)


def test_a_token_can_end_in_the_middle(start: Start) -> None:
    _, client = start(fault(after=1, expire_tokens=True))
    assert [read(client).status_code for _ in range(3)] == [200, 401, 401]


def test_a_colleague_can_be_quicker(start: Start) -> None:
    crm, client = start(fault("PUT /**", edits=[{"delink": MEMBERS, "ids": [NOOR]}]))
    assert put(client, NOOR).json()["data"][0]["message"] == "relation added"
    assert NOOR in crm.rows(MEMBERS)


def test_a_list_is_hidden_for_a_request_or_from_now_on(start: Start) -> None:
    _, client = start(fault(hidden=True), fault(after=1, turn={"hidden_lists": ["Campaigns/Leads"]}))
    assert [read(client).status_code for _ in range(4)] == [400, 200, 400, 400]


def test_switches_hold_for_one_request(start: Start) -> None:
    _, client = start(fault(switches={"member_status_on_read": "flat"}))
    assert ["Member_Status" in read(client).json()["data"][0] for _ in range(2)] == [True, False]


def test_a_young_relation_is_not_seen_yet(start: Start) -> None:
    _, client = start(fault(lag_ms=60_000))
    put(client, PRIYA)
    assert [PRIYA in ids(each) for each in (read(client, ids=PRIYA), read(client)) if each.content] == [True]


def test_a_stale_answer_is_the_one_before_the_change(start: Start) -> None:
    _, client = start(fault(after=1, stale=True))
    before = read(client)
    client.delete(MEMBERS, params={"ids": NOOR})
    stale, now = read(client), read(client)
    assert stale.content == before.content
    assert NOOR in ids(stale)
    assert NOOR not in ids(now)


@pytest.mark.parametrize(("shift", "twice", "lost"), [(3, 3, 0), (-3, 0, 3)])
@pytest.mark.parametrize("by", ["page", "page_token"])
def test_pages_shift_when_rows_come_and_go_in_front(
    start: Start, shift: int, twice: int, lost: int, by: str
) -> None:
    leads = {"module": "Leads", "count": 50, "relate": [{"list": "Campaigns/500/Leads"}]}
    world = {"records": {"Campaigns": [{"id": "500"}]}, "generate": [leads]}
    _, client = start(
        fault(query={by: "*"}, after=int(by == "page"), shift=shift, times="always"), world=world
    )
    found: list[str] = []
    more: dict[str, Any] = {"page": 1} if by == "page" else {}
    for page in range(2, 12):
        answer = client.get("Campaigns/500/Leads", params={"fields": "id", "per_page": 10, **more})
        found += ids(answer)
        if not answer.json()["info"]["more_records"]:
            break
        more = {"page": page} if by == "page" else {"page_token": answer.json()["info"]["next_page_token"]}
    assert (len(found) - len(set(found)) >= twice, 50 - len(set(found))) == (True, lost)
    assert (len(found) == len(set(found))) is (twice == 0)


def test_the_token_endpoint_can_fail_too(start: Start) -> None:
    crm, client = start(fault("POST /oauth/v2/token", status=503))
    assert [client.post(f"{crm.url}/oauth/v2/token").status_code for _ in range(2)] == [503, 200]


def test_faults_come_and_go_at_run_time(start: Start) -> None:
    crm, client = start()
    crm.add_faults([fault(status=500, times="always")])
    assert read(client).status_code == 500
    crm.clear_faults()
    assert read(client).status_code == 200


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ({}, "a script of faults is a list"),
        ([5], "[0]: expected a mapping, got 5"),
        ([{"status": 500}], "[0]: `on` is missing, as in `on: PUT /Campaigns/*/Leads`"),
        ([{"on": "PUT"}], "[0].on: expected METHOD /path, as in `PUT /Campaigns/*/Leads`, got 'PUT'"),
        ([fault()], "[0]: nothing goes wrong: add a status, reset, delay_ms …"),
        ([fault(status=500), fault(staus=500)], "[1]: unknown key 'staus'; did you mean 'status'?"),
        ([fault(status=500, reset="before")], "[0]: choose one of status and reset"),
        ([fault(code="INTERNAL_ERROR", garbage="html")], "[0]: choose one of code and garbage"),
        ([fault(reset="after", commit=True)], "[0].commit: only with `status`, `garbage: html` or `garbage: empty`"),
        ([fault(status="500")], "[0].status: expected an HTTP status from 200 to 599, got '500'"),
        ([fault(code="TOO_MANY")], "[0].code: no code 'TOO_MANY'; did you mean 'TOO_MANY_REQUESTS'?"),
        ([fault(message="x")], "[0]: `status` or `code` is missing"),
        ([fault(reset="during")], "[0].reset: expected one of before, after, got 'during'"),
        ([fault(status=500, times=0)], "[0].times: expected 1 or more, got 0"),
        ([fault(delay_ms=-1)], "[0].delay_ms: expected 0 or more, got -1"),
        ([fault(hidden="yes")], "[0].hidden: expected true or false, got 'yes'"),
        ([fault(shift=0)], "[0].shift: expected a number of rows other than 0, got 0"),
        ([fault(drop=1)], "[0].drop: expected a list of rows, counted from 0, got 1"),
        ([fault(refuse={})], "[0].refuse: name the rows with `rows`, `ids` or `every`"),
        ([fault(refuse={"row": [1]})], "[0].refuse: unknown key 'row'; did you mean 'rows'?"),
        ([fault(edits=[{"unlink": "x"}])], "[0].edits[0]: an edit has exactly one of link, delink, add, edit, remove, convert"),
        ([fault(switches={"latency": 1})], "[0].switches: no switch 'latency'; did you mean 'latency_ms'?"),
    ],
)  # fmt: skip
def test_a_script_that_will_not_do_says_where_and_why(tmp_path: Path, script: Any, message: str) -> None:
    import simplejson

    path = tmp_path / "faults.yaml"
    path.write_text(simplejson.dumps(script))
    with pytest.raises(SeedError) as caught:
        read_faults(path)
    shown = str(caught.value)
    assert shown == f"{path}{message}" if message.startswith("[") else f"{path}: {message}"


def test_every_key_stands_in_the_docstring() -> None:
    missing = [
        key for key in KEYS if f"{key}:" not in str(faults.__doc__) and f"`{key}`" not in str(faults.__doc__)
    ]
    assert missing == []


def test_an_edit_that_cannot_be_carried_out_is_told_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    _, client = start(fault(edits=[{"delink": MEMBERS, "ids": [PRIYA]}]))
    assert read(client).status_code == 200
    assert "the CRM refuses" in caplog.text
