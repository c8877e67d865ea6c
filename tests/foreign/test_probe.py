"""`zsync doctor --probe` on the second CRM: killed and interrupted at each of its writes, and at a terminal."""

import json
import signal
import threading
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_terminal import at_a_terminal
from tests.foreign.conftest import Write
from tests.foreign.crm import Foreign, Seen
from tests.matrix.covering import part_and_all
from tests.program import PATIENCE, Run, forked, surroundings
from zsync.metadata.profile_file import read_profile
from zsync.syntax.source import SourceText

ASKED = ("doctor", "--probe", "--campaign", "Spring", "--lead", "12")
PROBE = (*ASKED, "--auto-approve")


@pytest.fixture
def sandbox(crm: Foreign, write: Write) -> Foreign:
    """A sandbox with one lead in a campaign, and one that is not."""
    crm.knobs.org_type = "Sandbox"
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    crm.add("Leads", "11", Last_Name="Roy", Email="ana@acme.example")
    crm.add("Leads", "12", Last_Name="Ngata", Email="bo@acme.example")
    crm.link("Campaigns", "50", "Leads", "11", Member_Status="Invited")
    write("zsync.yaml", "version: 1\nenvironments:\n  main: {}\n")
    return crm


def members(crm: Foreign) -> Any:
    return crm.members("Campaigns", "50", "Leads")


def answers() -> Any:
    file = Path("relations/orgs/main.yaml")
    profile, _ = read_profile(SourceText(file.as_posix(), file.read_text()))
    assert profile
    return profile.answers


def test_another_crm_is_asked_and_left_as_it_was(sandbox: Foreign, run: Run) -> None:
    for omitted, null, empty in (
        ("reset", "clear", "null"),
        ("keep", "clear", "left_out"),
        ("keep", "reject", "null"),
    ):
        sandbox.knobs.omitted, sandbox.knobs.null, sandbox.knobs.empty = omitted, null, empty
        said = run(*PROBE)
        assert (said.code, members(sandbox)) == (0, {"11": {"Member_Status": "Invited"}})
        found = answers()
        assert (found["put_omitted_attr"], found["null_attr"], found["member_info"]) == (omitted, null, "all")
        assert (found["empty_attr"], found["unknown_picklist"]) == (
            empty if null == "clear" else "left_out",
            "accept",
        )


def test_its_production_is_refused_and_nothing_is_written(sandbox: Foreign, run: Run) -> None:
    sandbox.knobs.org_type = "production"
    assert (run(*PROBE).code, sandbox.sent("PUT", "DELETE")) == (5, [])


@pytest.mark.parametrize(
    ("number", "at", "lead"),
    part_and_all([*product((signal.SIGKILL, signal.SIGINT, signal.SIGTERM), (1, 2, 4, 6), ("11", "12"))]),
)
def test_whatever_ends_it_the_relation_is_restored(
    sandbox: Foreign, run: Run, tmp_path: Path, number: signal.Signals, at: int, lead: str
) -> None:
    before, known, writes = members(sandbox), threading.Event(), []

    def end(seen: Seen) -> None:
        if seen.method in ("PUT", "DELETE"):
            writes.append(seen)
            if len(writes) == at:
                assert known.wait(PATIENCE)
                process.send_signal(number)
                if number == signal.SIGKILL:
                    process.wait()

    sandbox.after = end
    args = (*PROBE[:-2], lead, "--auto-approve")
    process = forked(*args, folder=tmp_path, env=surroundings(tmp_path, **sandbox.environment()))
    known.set()
    ended = process.ended()
    sandbox.after = None
    if number == signal.SIGKILL:
        assert ended.code == -signal.SIGKILL
        said = run(*args)
        assert (said.code, "An earlier probe did not end" in said.out) == (0, True)
    else:
        assert (ended.code, "The relation is as it was" in ended.err) == (130, True)
    assert members(sandbox) == before
    assert not list((tmp_path / "state").rglob("probe.json"))


def test_a_second_ctrl_c_ends_it_at_once_and_says_what_is_to_be_restored(
    sandbox: Foreign, run: Run, tmp_path: Path
) -> None:
    known, writes = threading.Event(), []

    def hang(seen: Seen) -> None:
        writes.append(seen.method in ("PUT", "DELETE"))
        if sum(writes) == 3 and writes[-1]:
            assert known.wait(PATIENCE)
            process.send_signal(signal.SIGINT)
            assert process.stderr
            assert "Ctrl-C again" in process.stderr.readline() + process.stderr.readline()
            process.send_signal(signal.SIGINT)
            process.wait()

    sandbox.before = hang
    process = forked(*PROBE, folder=tmp_path, env=surroundings(tmp_path, **sandbox.environment()))
    known.set()
    process.wait()
    ended = process.ended()
    sandbox.before = None
    assert (ended.code, "Not restored" in ended.err) == (130, True)
    assert "Restore it: zsync doctor --probe -e main" in ended.err
    assert "12" in members(sandbox)
    assert run(*PROBE).code == 0
    assert "12" not in members(sandbox)


def test_a_kill_is_not_restored_in_an_org_that_has_become_production(
    sandbox: Foreign, run: Run, tmp_path: Path
) -> None:
    def kill(seen: Seen) -> None:
        if seen.method == "PUT":
            assert known.wait(PATIENCE)
            process.kill()
            process.wait()

    known = threading.Event()
    sandbox.after = kill
    process = forked(*PROBE, folder=tmp_path, env=surroundings(tmp_path, **sandbox.environment()))
    known.set()
    assert process.ended().code == -signal.SIGKILL
    sandbox.after, sandbox.knobs.org_type = None, "production"
    sent = len(sandbox.sent("PUT", "DELETE"))
    assert (run(*PROBE).code, len(sandbox.sent("PUT", "DELETE"))) == (5, sent)
    sandbox.knobs.org_type = "sandbox"
    assert (run(*PROBE).code, "12" in members(sandbox)) == (0, False)


def test_at_a_terminal_it_asks_and_a_no_writes_nothing(sandbox: Foreign, tmp_path: Path) -> None:
    code, screen = at_a_terminal(sandbox, tmp_path, *ASKED, answer="n\n")
    assert (code, "Nothing was written." in screen, sandbox.sent("PUT", "DELETE")) == (130, True, [])
    code, screen = at_a_terminal(sandbox, tmp_path, *ASKED, answer="y\n")
    assert (code, "Wrote relations/orgs/main.yaml" in screen, "12" in members(sandbox)) == (0, True, False)
    assert max(map(len, screen.replace("\r", "").split("\n")[1:])) <= 80


def test_the_file_of_what_is_to_be_restored_is_its_owners_alone(
    sandbox: Foreign, run: Run, tmp_path: Path
) -> None:
    seen: list[tuple[int, Any]] = []

    def look(one: Seen) -> None:
        if one.method == "PUT":
            seen.extend(
                (file.stat().st_mode & 0o777, json.loads(file.read_text()))
                for file in tmp_path.rglob("probe.json")
            )

    sandbox.before = look
    assert run(*PROBE).code == 0
    assert {mode for mode, _ in seen} == {0o600}
    assert seen[0][1]["before"] is None
