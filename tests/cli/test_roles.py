"""The roles of contacts in deals: planned, applied one by one, checked and undone, from the deal alone."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.test_typos import caret
from tests.program import Run
from zsync.emulator import RunningCrm, running

WORLD = {
    "records": {
        "Deals": [{"id": "471", "Deal_Name": "Forty kits"}, {"id": "472", "Deal_Name": "Pilot"}],
        "Contacts": [
            {"id": f"40{n}", "Last_Name": name, "Email": f"{name}@acme.example"}
            for n, name in enumerate(("ana", "bo", "cy", "di"))
        ],
    },
    "relations": {
        "Deals/471/Contact_Roles": [
            {"id": "401", "Contact_Role": "Purchasing"},
            {"id": "402", "Contact_Role": "Decision Maker"},
            {"id": "403", "Contact_Role": "Engineering Lead"},
        ]
    },
}
MANIFEST = """version: 1
parent: {{module: Deals, match: {{Deal_Name: Forty kits}}}}
related_lists:
  Contact_Roles:
    key: Email
    records:
      - {{Email: ana@acme.example, Contact_Role: {0}}}
      - {{Email: bo@acme.example, Contact_Role: Executive Sponsor}}
      - {{Email: cy@acme.example, Contact_Role: Decision Maker}}
    absent:
      - {{Email: di@acme.example}}
"""


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    return crm.environment()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], None]:
    def put(role: str) -> None:
        (tmp_path / "relations").mkdir(exist_ok=True)
        (tmp_path / "relations" / "deal.yaml").write_text(MANIFEST.format(role))

    return put


def roles(crm: RunningCrm) -> dict[str, str]:
    """Contact's id → the name of its role."""
    return {
        one: fields["Contact_Role"]["name"] for one, fields in crm.rows("Deals/471/Contact_Roles").items()
    }


def test_roles_are_applied_one_by_one_with_their_ids_checked_and_undone(
    crm: RunningCrm, run: Run, write: Callable[[str], None]
) -> None:
    before = roles(crm)
    write("Product Management")
    said = run("plan", "--no-base", "--out", "plan.json")
    assert (said.code, "1 to delete, 1 to update, 1 to create, 1 unchanged · 3 requests" in said.out) == (
        0,
        True,
    )
    crm.requests.clear()
    assert run("apply", "plan.json").code == 0
    writes = [one for one in crm.requests if one.method in ("PUT", "DELETE")]
    assert sorted((one.method, one.path.removeprefix("/crm/v8/")) for one in writes) == [
        ("DELETE", "Deals/471/Contact_Roles/403"),
        ("PUT", "Deals/471/Contact_Roles/400"),
        ("PUT", "Deals/471/Contact_Roles/401"),
    ]
    sent = next(one for one in writes if one.path.endswith("/400"))
    known = {"name": "Product Management", "id": "3652397000000006876"}
    assert sent.json == {"data": [{"id": "400", "Contact_Role": known}]}
    assert roles(crm) == {"400": "Product Management", "401": "Executive Sponsor", "402": "Decision Maker"}
    assert run("verify", "--no-base").code == 0
    assert run("undo", "last", "--auto-approve").code == 0
    assert roles(crm) == before


def test_a_role_that_there_is_not_is_told_before_anything_is_looked_up(
    crm: RunningCrm, run: Run, write: Callable[[str], None]
) -> None:
    write("Decision maker")
    said = run("plan", "--no-base")
    assert said.code == 4
    assert caret(said, "unknown-value") == [("relations/deal.yaml:7:49", "Decision maker")]
    assert "did you mean `Decision Maker`?" in said.err
    assert not [one for one in crm.requests if one.path.endswith("/coql")]


def test_many_deals_of_one_contact_stay_on_the_deals_side(crm: RunningCrm, run: Run, tmp_path: Path) -> None:
    (tmp_path / "relations").mkdir()
    for deal in ("471", "472"):
        (tmp_path / "relations" / f"{deal}.yaml").write_text(
            f'version: 1\nparent: {{module: Deals, id: "{deal}"}}\nrelated_lists:\n'
            "  Contacts: {records: [{id: '400', Contact_Role: Purchasing}]}\n"
        )
    assert run("apply", "--no-base", "--auto-approve").code == 0
    assert not [one.path for one in crm.requests if "Contacts/400" in one.path]
    assert (roles(crm)["400"], run("verify", "--no-base").code) == ("Purchasing", 0)


def test_a_rehearsal_knows_roles(run: Run, write: Callable[[str], None]) -> None:
    write("Purchasing")
    assert run("plan", "--no-base", "--snapshot", "seen.json").code == 0
    said = run("rehearse", "--no-base", "--snapshot", "seen.json")
    assert (said.code, "1 to delete" in said.out or "1 deleted" in said.out) == (0, True)
