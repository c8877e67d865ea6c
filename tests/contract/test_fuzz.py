"""Whatever is sent: no 500, no answer that is not Zoho's, and nothing changes unless a row was accepted."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from zsync.emulator import RunningCrm, SeedError, running
from zsync.emulator.fault_file import read_faults

from .conftest import WORLD, checked

LEAD, CAMPAIGN = "3652397000000300001", "3652397000000500001"
PARTS = ["Campaigns", "Leads", "Products", "Price_Books", "Accounts", "Projects", "settings", "related_lists", "fields", "coql",
         "org", "actions", "get_related_records_count", LEAD, CAMPAIGN, "3652397000000600001", "3.65E+18", "0", "-1"]  # fmt: skip
PARAMS = [
    "fields",
    "ids",
    "page",
    "per_page",
    "page_token",
    "sort_by",
    "sort_order",
    "converted",
    "module",
    "cvid",
]
VALUES = [
    "Email",
    "id,Email",
    LEAD,
    f"{LEAD},{CAMPAIGN}",
    "0",
    "1",
    "-1",
    "201",
    "true",
    "asc",
    "Leads",
    "",
    "٣",
]
QUERIES = [
    "select id from Leads where id > 1",
    "select Email from Leads where Email like '%a%' limit 0, 5",
    "select",
    "'",
]

text = st.text(st.characters(codec="utf-8"), max_size=12)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {}, optional={"id": st.sampled_from([LEAD, CAMPAIGN, int(LEAD), "1", 3.65e18]) | junk, "Member_Status": st.sampled_from(["Sent", "New"]) | junk, "list_price": junk},
)  # fmt: skip
bodies = st.one_of(
    st.fixed_dictionaries({"data": st.lists(rows | junk, max_size=4)}),
    st.fixed_dictionaries({"select_query": st.sampled_from(QUERIES) | junk}),
    st.fixed_dictionaries(
        {"get_related_records_count": junk | st.lists(st.fixed_dictionaries({"related_list": junk}))}
    ),
    junk,
).map(lambda value: json.dumps(value).encode())
paths = st.one_of(
    st.sampled_from([f"/Campaigns/{CAMPAIGN}/Leads", f"/Leads/{LEAD}/Campaigns", f"/Campaigns/{CAMPAIGN}/Leads/{LEAD}", "/coql"]),
    st.lists(st.sampled_from(PARTS) | text, max_size=5).map(lambda parts: "/" + "/".join(parts)),
)  # fmt: skip
edits = st.one_of(
    st.fixed_dictionaries(
        {"link": st.just(f"Campaigns/{CAMPAIGN}/Leads"), "rows": junk | st.lists(rows | junk, max_size=2)}
    ),
    st.fixed_dictionaries(
        {"delink": st.just(f"Campaigns/{CAMPAIGN}/Leads"), "ids": junk | st.lists(junk, max_size=2)}
    ),
    st.fixed_dictionaries(
        {"add": st.just("Leads"), "fields": junk | st.dictionaries(st.sampled_from(["id", "Email"]), junk)}
    ),
    st.fixed_dictionaries({"edit": st.just(LEAD), "fields": junk}),
)
versions = st.sampled_from(["v8"] * 5 + ["v2", "v2.1", "v3", "v9", "", "v٣"])


@pytest.fixture(scope="module")
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as started:
        yield started


@pytest.fixture(scope="module")
def client(crm: RunningCrm) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}", **crm.control_headers}
    with httpx.Client(base_url=crm.url, headers=headers) as made:
        yield made


def state(client: httpx.Client) -> Any:
    return client.get("/__emulator/state").json()


def accepted(answer: httpx.Response) -> bool:
    """Whether a row of a write went well."""
    sent = answer.json() if answer.content else {}
    return any(row["status"] == "success" for row in checked(sent, "rows")["data"])


@tries(100, nightly=3_000)
@given(
    method=st.sampled_from(["GET", "PUT", "DELETE", "POST", "PATCH", "HEAD"]),
    version=versions,
    path=paths,
    query=st.dictionaries(st.sampled_from(PARAMS) | text, st.sampled_from(VALUES) | text, max_size=4),
    body=bodies | st.binary(max_size=20),
    headers=st.dictionaries(
        st.sampled_from(["If-Modified-Since", "X-EXTERNAL", "Content-Type"]), st.sampled_from(["x", "Leads.Email", "text/csv"])
    ),
)  # fmt: skip
def test_a_refused_request_changes_nothing_and_breaks_nothing(
    client: httpx.Client, method: str, version: str, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]
) -> None:  # fmt: skip
    before = state(client)
    url = httpx.URL(client.base_url, raw_path=f"{quote(f'/crm/{version}{path}')}?{urlencode(query)}".encode())
    answer = client.request(method, url, content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and method != "HEAD" and "data" not in answer.json():
        checked(answer.json(), "error")
    if method not in ("PUT", "DELETE") or answer.status_code >= 400 or not accepted(answer):
        assert state(client) == before


@tries(50)
@given(
    name=st.sampled_from(["edit", "faults", "switches", "clock"]),
    sent=junk
    | st.lists(st.dictionaries(st.sampled_from(["link", "rows", "delink", "ids", "add", "edit", "fields"]), junk, max_size=3), max_size=2)
    | edits
    | st.dictionaries(st.sampled_from(["latency_ms", "hidden_lists", "barred", "advance_seconds"]), junk, max_size=2),
)  # fmt: skip
def test_the_control_endpoints_tell_what_will_not_do(client: httpx.Client, name: str, sent: Any) -> None:
    answer = client.post(f"/__emulator/{name}", json=sent)
    assert answer.status_code in (200, 400)
    assert answer.status_code == 200 or answer.json()["error"]
    client.post("/__emulator/reset")


KEYS = [
    "on",
    "query",
    "after",
    "times",
    "delay_ms",
    "edits",
    "turn",
    "refuse",
    "status",
    "code",
    "body",
    "reset",
    "drop",
    "ids",
]


@given(
    st.lists(st.dictionaries(st.sampled_from(KEYS), junk | st.just("GET /**"), max_size=4), max_size=2) | junk
)
def test_a_script_of_faults_is_read_or_refused(script: Any) -> None:
    with suppress(SeedError):
        assert isinstance(read_faults(script if isinstance(script, list) else [script]), list)
