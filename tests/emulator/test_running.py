import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.program import forked, surroundings
from zsync.emulator import DEMO_WORLD, RunningCrm, running

MEMBERS = "Campaigns/3652397000000500001/Leads"
NOOR, PRIYA = "3652397000000300001", "3652397000000300006"


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    with running(DEMO_WORLD) as started:
        yield started


def _get(crm: RunningCrm, path: str, **query: str) -> httpx.Response:
    headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
    return httpx.get(f"{crm.url}/crm/v8/{path}", params=query, headers=headers)


def test_requests_are_kept_as_they_came(crm: RunningCrm) -> None:
    httpx.post(f"{crm.url}/crm/v8/coql?a=1", json={"select_query": "x"})
    seen = crm.requests[-1]
    assert (seen.method, seen.path, seen.query) == ("POST", "/crm/v8/coql", {"a": "1"})
    assert seen.json == {"select_query": "x"}


def test_a_colleagues_edit_is_seen_on_the_wire(crm: RunningCrm) -> None:
    crm.link(MEMBERS, {"id": NOOR, "Member_Status": "Bounced"}, {"id": PRIYA})
    row = _get(crm, f"{MEMBERS}/{NOOR}", fields="Member_Status").json()["data"][0]
    assert row["$member_info"]["Member_Status"] == "Bounced"
    crm.delink(MEMBERS, PRIYA)
    assert PRIYA not in crm.rows(MEMBERS)


def test_a_colleague_cannot_do_what_the_crm_refuses(crm: RunningCrm) -> None:
    with pytest.raises(ValueError, match="INVALID_DATA"):
        crm.link(MEMBERS, {"id": "1"})
    with pytest.raises(ValueError, match="the related id given"):
        crm.delink(MEMBERS, PRIYA)


def test_a_record_is_added_edited_converted_and_removed(crm: RunningCrm) -> None:
    lead = crm.add("Leads", Last_Name="Ny", Email="ny@acme.example")
    crm.link(MEMBERS, {"id": lead})
    crm.edit(lead, Email="new@acme.example")
    assert _get(crm, f"Leads/{lead}").json()["data"][0]["Email"] == "new@acme.example"
    crm.convert(lead)
    assert lead in crm.rows(MEMBERS)
    assert lead not in _get(crm, MEMBERS, fields="id").text
    crm.remove(lead)
    assert lead not in crm.rows(MEMBERS)
    assert _get(crm, f"Leads/{lead}").status_code == 204


def test_expired_tokens_are_refused_and_a_code_can_be_ordered(crm: RunningCrm) -> None:
    headers = {"Authorization": f"Zoho-oauthtoken {crm.access_token()}"}
    crm.expire_tokens()
    assert httpx.get(f"{crm.url}/crm/v8/org", headers=headers).status_code == 401
    crm.refuse_next("INTERNAL_ERROR")
    assert [_get(crm, "org").status_code for _ in range(2)] == [500, 200]


def test_a_refusal_can_wait_for_its_request(crm: RunningCrm) -> None:
    crm.refuse_next("NO_PERMISSION", method="GET", path="/Leads", permissions=["Crm_Implied_View_Leads"])
    assert _get(crm, "org").status_code == 200
    answer = _get(crm, f"Leads/{NOOR}")
    assert (answer.status_code, answer.json()["details"]) == (
        403,
        {"permissions": ["Crm_Implied_View_Leads"]},
    )
    assert _get(crm, f"Leads/{NOOR}").status_code == 200


def test_a_switch_can_be_turned_while_it_runs(crm: RunningCrm) -> None:
    crm.switch(member_status_on_read="flat")
    assert (
        _get(crm, f"{MEMBERS}/{NOOR}", fields="Member_Status").json()["data"][0]["Member_Status"] == "Invited"
    )


def test_only_the_loopback_answers(crm: RunningCrm) -> None:
    assert crm.url.startswith("http://127.0.0.1:")
    with socket.create_connection(("127.0.0.1", int(crm.url.rsplit(":", 1)[1])), timeout=600) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_says_one_line_and_stops_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    process = forked("emulator", "--seed", str(DEMO_WORLD), env=surroundings(tmp_path), folder=tmp_path)
    assert process.stdout
    line = json.loads(process.stdout.readline())
    with httpx.Client() as client:  # its connection stays open: stopping must not wait for it
        assert client.get(f"{line['url']}/crm/v8/org").status_code == 401
        process.send_signal(number)
        code, rest, errors = process.ended()
    assert line.keys() == {"url", "client_id", "client_secret", "refresh_token", "control_token"}
    assert (code, rest) == (0, "")
    assert errors.startswith(f"# To point zsync here:\nexport ZSYNC_API_DOMAIN={line['url']} ")
    assert (errors.count("\n"), errors.count(line["refresh_token"])) == (2, 1)
    assert f" EMULATOR_CONTROL_TOKEN={line['control_token']}\n" in errors


def test_a_taken_port_is_an_error_of_the_system(crm: RunningCrm) -> None:
    from zsync.emulator.running import listen

    with pytest.raises(OSError, match="in use"):
        listen(int(crm.url.rsplit(":", 1)[1]))


def test_the_emulator_imports_nothing_from_the_rest_of_zsync() -> None:
    code = "import sys, zsync.emulator; print(sorted(m for m in sys.modules if m.startswith('zsync')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = json.loads(done.stdout.replace("'", '"'))
    assert [name for name in names if name != "zsync" and not name.startswith("zsync.emulator")] == []
