"""What an apply promises, on a CRM that is not the bundled one: in trouble, beside a colleague, killed, and altered."""

import json
import re
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.conftest import Write
from tests.foreign.crm import Canned, Foreign, Seen
from tests.listed_runs import listed_runs
from tests.program import PATIENCE, Forked, Run, forked, surroundings

LIST, HTML = "/crm/v8/Campaigns/50/Leads", b"<html>Bad Gateway</html>"
RIGHT = {str(1000 + n): {"Member_Status": "Sent"} for n in range(4)}


@pytest.fixture
def spring(crm: Foreign, write: Write) -> Foreign:
    """Two campaigns; in each, one member is right, one is not, one is missing and one is too many."""
    for n in range(6):
        crm.add("Leads", str(1000 + n), Email=f"lead{n}@acme.example")
    for campaign, extra in (("50", 4), ("51", 5)):
        crm.add("Campaigns", campaign)
        for n, status in ((0, "Sent"), (1, "Invited"), (2, "Invited"), (extra, "Sent")):
            crm.link("Campaigns", campaign, "Leads", str(1000 + n), Member_Status=status)
        rows = "".join(f"      - {{id: '{1000 + n}', Member_Status: Sent}}\n" for n in range(4))
        write(
            f"c{campaign}.yaml",
            f"version: 1\nparent: {{module: Campaigns, id: '{campaign}'}}\nrelated_lists:\n  Leads:\n    prune: true\n"
            f"    records:\n{rows}",
        )
    return crm


def right(crm: Foreign) -> bool:
    """Whether the CRM holds what the manifests say."""
    return all(crm.members("Campaigns", one, "Leads") == RIGHT for one in ("50", "51"))


def rows(requests: list[Seen]) -> set[tuple[str, str, str, str]]:
    """What was written: method, parent, record and status."""
    written = set()
    for one in requests:
        parent = one.path.removeprefix("/crm/v8/")
        # A client that is killed between the head and the body of a request has sent no rows.
        if one.method == "PUT" and one.body:
            data = json.loads(one.body)["data"]
            written |= {("PUT", parent, row["id"], row["Member_Status"]) for row in data}
        if one.method == "DELETE":
            written |= {("DELETE", parent, each, "") for each in one.query["ids"].split(",")}
    return written


def shown(plan: Path) -> set[tuple[str, str, str, str]]:
    """What a plan says will be written."""
    return {
        (
            "DELETE" if one["action"] == "delete" else "PUT",
            f"{one['module']}/{one['record_id']}/{one['related_list']}",
            one["related_record_id"],
            (one["after"] or {}).get("Member_Status", ""),
        )
        for one in json.loads(plan.read_text())["changes"]
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize(
    ("status", "body", "commit"),
    [
        (500, b"", True),
        (502, HTML, True),
        (500, b"", False),
        (429, b"", False),
        (200, HTML, True),
        (200, HTML, False),
    ],
)
def test_trouble_with_a_write_is_settled_and_nothing_is_written_twice_for_nothing(
    spring: Foreign, run: Run, tmp_path: Path, method: str, status: int, body: bytes, commit: bool
) -> None:
    run("plan", "--out", "plan.json")
    spring.canned.append(Canned(method, LIST, status, body, commit=commit))
    said = run("apply", "plan.json")
    assert (said.code, right(spring)) == (0, True), said.out
    assert rows(spring.requests) == shown(tmp_path / "plan.json")
    assert len([one for one in spring.sent(method) if one.path == LIST]) == (1 if commit else 2)


def test_a_row_that_was_edited_meanwhile_is_held_and_all_others_are_written(
    spring: Foreign, run: Run
) -> None:
    run("plan", "--out", "plan.json")
    spring.link("Campaigns", "50", "Leads", "1001", Member_Status="Opted Out")
    said = run("apply", "plan.json")
    assert said.code == 3
    assert "1 held" in said.out
    assert "Opted Out" in said.out
    assert spring.members("Campaigns", "50", "Leads") == RIGHT | {"1001": {"Member_Status": "Opted Out"}}
    assert spring.members("Campaigns", "51", "Leads") == RIGHT
    assert run("apply", "--auto-approve").code == 0
    assert right(spring)


def test_a_held_row_says_who_changed_it_and_when(spring: Foreign, run: Run) -> None:
    run("plan", "--out", "plan.json")
    told = {"Modified_By": {"name": "Ana", "id": "1"}, "Modified_Time": "2027-03-01T09:00:00+01:00"}
    spring.records["Leads"]["1001"] |= told
    spring.link("Campaigns", "50", "Leads", "1001", Member_Status="Opted Out")
    said = run("apply", "plan.json", "--report", "report.json")
    assert said.code == 3
    assert "Ana" in said.out
    assert "(2027-03-01 08:00 UTC)" in said.out


def test_a_row_that_is_as_planned_already_is_unchanged_and_is_not_sent(spring: Foreign, run: Run) -> None:
    run("plan", "--out", "plan.json")
    spring.link("Campaigns", "50", "Leads", "1001", Member_Status="Sent")
    said = run("apply", "plan.json")
    assert said.code == 0
    assert "1 unchanged" in said.out
    assert ("PUT", "Campaigns/50/Leads", "1001", "Sent") not in rows(spring.requests)


def test_every_byte_of_a_plan_counts(spring: Foreign, run: Run, tmp_path: Path) -> None:
    run("plan", "--out", "plan.json")
    whole, asked = (tmp_path / "plan.json").read_bytes(), len(spring.requests)
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        other = b"1" if whole[at : at + 1] != b"1" else b"2"
        (tmp_path / "plan.json").write_bytes(whole[:at] + other + whole[at + 1 :])
        assert run("apply", "plan.json").code == 6, at
    assert len(spring.requests) == asked


class Killer:
    """Kills the process when it makes its n-th request, which the CRM has carried out or has not."""

    def __init__(self, crm: Foreign, at: int, *, committed: bool) -> None:
        self.process: Forked | None = None
        self._known = threading.Event()
        self._left = at
        if committed:
            crm.after = self._count
        else:
            crm.before = self._count

    def know(self, process: Forked) -> None:
        """This is the process."""
        self.process = process
        self._known.set()

    def _count(self, _: Seen) -> None:
        self._left -= 1
        if self._left == 0:
            assert self._known.wait(PATIENCE)
            assert self.process
            self.process.kill()
            self.process.wait()
            raise ConnectionResetError


def killed(crm: Foreign, folder: Path, at: int, *, committed: bool) -> int:
    """The exit status of `zsync apply plan.json`, killed at its n-th request."""
    killer = Killer(crm, at, committed=committed)
    process = forked("apply", "plan.json", folder=folder, env=surroundings(folder, **crm.environment()))
    killer.know(process)
    status = process.ended().code
    crm.before = crm.after = None
    return status


@pytest.mark.parametrize("again", ["apply", "resume"])
@pytest.mark.parametrize(
    ("at", "committed"),
    [(1, True), (2, False), (3, True), (4, False), (6, True), (8, False), (9, True), (12, False)],
)
def test_a_run_that_was_killed_ends_right_when_it_is_run_again(
    spring: Foreign, run: Run, tmp_path: Path, at: int, committed: bool, again: str
) -> None:
    run("plan", "--out", "plan.json")
    assert killed(spring, tmp_path, at, committed=committed) == -signal.SIGKILL
    args = ("resume", "last", "--auto-approve") if again == "resume" else ("apply", "plan.json")
    said = run(*args)
    assert (said.code, right(spring)) == (0, True), said.out + said.err
    assert rows(spring.requests) == shown(tmp_path / "plan.json")


def test_eight_kills_in_a_row_end_right(spring: Foreign, run: Run, tmp_path: Path) -> None:
    run("plan", "--out", "plan.json")
    ends = [killed(spring, tmp_path, at, committed=at % 2 == 0) for at in (2, 3, 4, 5, 2, 3, 4, 5)]
    assert set(ends) == {-signal.SIGKILL}
    assert run("apply", "plan.json").code == 0
    assert right(spring)
    assert rows(spring.requests) == shown(tmp_path / "plan.json")


def test_what_a_run_did_is_undone_and_what_a_colleague_changed_since_is_left(
    spring: Foreign, run: Run
) -> None:
    was = {one: spring.members("Campaigns", one, "Leads") for one in ("50", "51")}
    run("apply", "--auto-approve")
    spring.link("Campaigns", "50", "Leads", "1001", Member_Status="Opted Out")
    said = run("undo", "last", "--out", "undo.json")
    assert said.code == 0
    assert "1 withheld: 1 conflict" in said.out
    assert run("apply", "undo.json").code == 0
    assert spring.members("Campaigns", "50", "Leads") == was["50"] | {"1001": {"Member_Status": "Opted Out"}}
    assert spring.members("Campaigns", "51", "Leads") == was["51"]


def test_an_undo_of_what_took_two_runs_names_the_other_one(spring: Foreign, run: Run, tmp_path: Path) -> None:
    was = {one: spring.members("Campaigns", one, "Leads") for one in ("50", "51")}
    run("plan", "--out", "plan.json")
    killed(spring, tmp_path, 6, committed=True)
    run("apply", "plan.json")
    first, last = listed_runs(run("runs").out)
    for each, other in ((last, first), (first, last)):
        assert f"by {other}, too" in run("undo", each, "--out", "undo.json").err
        assert run("apply", "undo.json").code == 0
    assert {one: spring.members("Campaigns", one, "Leads") for one in ("50", "51")} == was


def test_runs_are_listed_with_what_became_of_them(spring: Foreign, run: Run) -> None:
    spring.refuse["1003"] = "RECORD_LOCKED"
    run("apply", "--auto-approve")
    line, below = run("runs").out.splitlines()
    told = r"[\d-]{10} \d\d:\d\d UTC  [0-9a-f]{8}  90001  -2  ~4  \+2  2 refused"
    assert re.fullmatch(told, line)
    assert below.endswith("50, 51")


def test_verify_demands_that_nothing_differs(spring: Foreign, run: Run) -> None:
    assert run("verify").code == 2
    assert run("apply", "--auto-approve").code == 0
    assert run("verify").code == 0
    assert not [one for one in spring.requests[-4:] if one.method in ("PUT", "DELETE")]


def test_a_row_that_the_crm_accepts_and_does_not_store_is_told(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsync.applying.settling.LAGS", (0.0, 0.0))
    run("plan", "--out", "plan.json")
    ids = json.loads(Path("plan.json").read_text())["changes"]
    put = [one["related_record_id"] for one in ids if one["record_id"] == "50" and one["action"] != "delete"]
    said: Any = [{"code": "SUCCESS", "details": {"id": one}, "status": "success"} for one in put]
    spring.canned.append(Canned("PUT", LIST, 200, {"data": said}))
    done = run("apply", "plan.json")
    assert done.code == 3
    assert "NOT_STORED" in done.out


@pytest.mark.parametrize(("flags", "writes"), [(("--canary", "1"), 1), ((), 4)])
def test_after_a_canary_that_was_refused_nothing_else_is_sent(
    spring: Foreign, run: Run, flags: tuple[str, ...], writes: int
) -> None:
    spring.refuse["1004"] = "RECORD_LOCKED"
    assert run("apply", "--auto-approve", *flags).code == 3
    assert len(spring.sent("PUT", "DELETE")) == writes


def test_waves_go_on_while_all_is_well(spring: Foreign, run: Run, write: Write) -> None:
    write("zsync.yaml", "version: 1\nenvironments:\n  main: {waves: [1, 50%, rest]}\n")
    assert run("apply", "-e", "main", "--auto-approve").code == 0
    assert right(spring)
    assert len(spring.sent("PUT", "DELETE")) >= 4


def test_going_on_keeps_to_the_waves_and_is_not_stopped_by_what_was_seen_before(
    spring: Foreign, run: Run, write: Write, tmp_path: Path
) -> None:
    write("zsync.yaml", "version: 1\nenvironments:\n  main: {waves: [1, 1, rest]}\n")
    run("plan", "-e", "main", "--out", "plan.json")
    changes = json.loads((tmp_path / "plan.json").read_text())["changes"]
    spring.refuse = {change["related_record_id"]: "RECORD_LOCKED" for change in changes[:2]}
    assert run("apply", "plan.json").code == 3
    assert len(spring.sent("PUT", "DELETE")) == 1
    assert run("resume", "last", "--auto-approve").code == 3
    assert len(spring.sent("PUT", "DELETE")) == 2
    run("resume", "last", "--auto-approve")
    assert len(spring.sent("PUT", "DELETE")) >= 4


def test_a_wave_with_a_row_that_was_not_stored_is_the_last(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsync.applying.settling.LAGS", (0.0,))
    said = [{"code": "SUCCESS", "details": {"id": "1004"}, "status": "success"}]
    spring.canned.append(Canned("DELETE", LIST, 200, {"data": said}))
    assert run("apply", "--auto-approve", "--canary", "1", "--no-verify").code == 3
    assert len(spring.sent("PUT", "DELETE")) == 1


def test_a_protected_environment_wants_its_name(spring: Foreign, run: Run, write: Write) -> None:
    write("zsync.yaml", "version: 1\nenvironments:\n  main: {protected: true}\n")
    run("plan", "-e", "main", "--out", "plan.json")
    for flags in ((), ("--confirm", "mian"), ("--confirm", "")):
        said = run("apply", "plan.json", *flags)
        assert said.code == 64
        assert "--confirm main" in said.err
    assert not spring.sent("PUT", "DELETE")
    assert run("apply", "plan.json", "--confirm", "main").code == 0
