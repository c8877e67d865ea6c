"""`--max-reads`: a manifest of many things costs no more reads than somebody wants to spend."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.foreign.conftest import Write
from tests.foreign.crm import Foreign
from tests.program import Run

PARENTS = range(500, 520)
ONE = """version: 1
parent: {{module: Campaigns, id: "{0}"}}
related_lists: {{Leads: {{key: Email, prune: {1}, records: [{{Email: "{0}@acme.example", Member_Status: Sent}}]}}}}
"""
NEEDED = 1 + 1 + 2 + 1 + 1 + len(PARENTS)
"""The org, the lists of campaigns, the fields of campaigns and leads, the campaigns, the leads, and each list."""


@pytest.fixture
def twenty(crm: Foreign, write: Write) -> Foreign:
    """Twenty campaigns, each with a lead of its own that it has already."""
    for number in PARENTS:
        crm.add("Campaigns", str(number), Campaign_Name=f"C{number}")
        crm.add("Leads", f"9{number}", Email=f"{number}@acme.example")
        crm.link("Campaigns", str(number), "Leads", f"9{number}", Member_Status="Sent")
        write(f"{number}.yaml", ONE.format(number, "false"))
    return crm


def reads(crm: Foreign) -> int:
    """How many calls went to the API."""
    return sum(seen.path.startswith("/crm/") for seen in crm.requests)


def pruned(write: Write) -> None:
    """The same, but each list has to be read whole, and from its campaign."""
    for number in PARENTS:
        write(f"{number}.yaml", ONE.format(number, "true"))


@pytest.mark.parametrize("command", [("plan",), ("verify",), ("apply", "--auto-approve")], ids=" ".join)
def test_as_many_reads_as_are_allowed_are_made(twenty: Foreign, run: Run, command: tuple[str, ...]) -> None:
    said = run(*command, "--max-reads", str(NEEDED))
    assert (said.code, "--max-reads" in said.err) == (0, False)
    assert reads(twenty) >= NEEDED


@pytest.mark.parametrize(
    ("command", "flags"), [("plan", ("--out", "plan.json")), ("verify", ()), ("apply", ("--auto-approve",))]
)
def test_a_plan_that_needs_more_is_refused_before_its_lists_are_read(
    twenty: Foreign, run: Run, tmp_path: Path, command: str, flags: tuple[str, ...]
) -> None:
    said = run(command, "--max-reads", str(NEEDED - 1), *flags)
    assert said.code == 5
    assert f"at least {NEEDED} reads are needed, and --max-reads allows {NEEDED - 1}" in said.err
    assert reads(twenty) == NEEDED - len(PARENTS)
    assert not (tmp_path / "plan.json").exists()


def test_what_is_certain_is_refused_before_anything_is_read(twenty: Foreign, run: Run, write: Write) -> None:
    pruned(write)
    said = run("plan", "--max-reads", str(NEEDED - 1))
    assert said.code == 5
    assert f"at least {NEEDED} reads are needed" in said.err
    assert twenty.requests == []


def test_what_could_not_be_foreseen_ends_at_the_last_read(twenty: Foreign, run: Run, write: Write) -> None:
    pruned(write)
    for number in range(300):
        crm_id = f"8{number:03}"
        twenty.add("Leads", crm_id, Email=f"x{number}@acme.example")
        twenty.link("Campaigns", "500", "Leads", crm_id, Member_Status="Sent")
    said = run("plan", "--max-reads", str(NEEDED))
    assert said.code == 5
    assert f"at least {NEEDED + 1} reads are needed, and --max-reads allows {NEEDED}" in said.err
    assert reads(twenty) <= NEEDED


def test_invented_campaigns_cost_a_query_and_no_read_each(twenty: Foreign, run: Run, write: Write) -> None:
    twenty.records["Campaigns"] = {}
    said = run("plan")
    assert (said.code, said.err.count("error[not-found]")) == (4, len(PARENTS))
    assert reads(twenty) == NEEDED - len(PARENTS)


def test_a_rehearsal_is_held_to_the_same(twenty: Foreign, run: Run) -> None:
    assert run("rehearse", "--max-reads", str(NEEDED)).code == 0
    said = run("rehearse", "--max-reads", "3")
    assert (said.code, "--max-reads allows 3" in said.err) == (5, True)
    assert twenty.requests == []


def test_drift_is_held_to_the_same(twenty: Foreign, run: Run, tmp_path: Path) -> None:
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@acme.example", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert run("drift", "--max-reads", str(NEEDED)).code == 0
    said = run("drift", "--max-reads", str(NEEDED - 1))
    assert (said.code, "--max-reads allows" in said.err) == (5, True)


def test_a_saved_plan_reads_nothing_that_could_be_limited(twenty: Foreign, run: Run) -> None:
    assert run("plan", "--out", "plan.json").code == 0
    twenty.requests.clear()
    said = run("apply", "plan.json", "--max-reads", "5")
    assert (said.code, "a saved plan is made already" in said.err) == (64, True)
    assert twenty.requests == []


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_limit_is_a_number_from_one(twenty: Foreign, run: Run, value: str) -> None:
    assert run("plan", "--max-reads", value).code == 64
    assert twenty.requests == []


def test_without_a_limit_a_plan_takes_what_it_takes(twenty: Foreign, run: Run) -> None:
    said = run("plan", "--format", "json")
    assert json.loads(said.out)["cost"]["reads"] == NEEDED
