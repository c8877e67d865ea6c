"""What Zoho's pages leave open, and every refusal that they list: one message, the right exit code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.crm import Canned, Foreign
from tests.program import Run

Write = Callable[[str, str], Path]
MEMBERS = "/crm/v8/Campaigns/50/Leads"


@pytest.fixture
def spring(crm: Foreign, write: Write) -> Foreign:
    """Five members; the manifest changes one, adds one and keeps three."""
    crm.add("Campaigns", "50", Campaign_Name="Spring")
    for n in range(8):
        crm.add("Leads", str(1000 + n), Email=f"lead{n}@acme.example")
    for n in range(5):
        crm.link("Campaigns", "50", "Leads", str(1000 + n), Member_Status="Sent")
    rows = [(0, "Responded"), (1, "Sent"), (2, "Sent"), (3, "Sent"), (6, "Sent")]
    write(
        "spring.yaml",
        "version: 1\nparent: {module: Campaigns, match: {Campaign_Name: Spring}}\nrelated_lists:\n  Leads:\n    key: Email\n"
        "    records:\n"
        + "".join(f"      - {{Email: lead{n}@acme.example, Member_Status: {s}}}\n" for n, s in rows),
    )
    return crm


@pytest.mark.parametrize(
    ("where", "numbers", "status"),
    [
        ("nested", False, 200),
        ("flat", True, 201),
        ("both", False, 202),
        ("nested", True, 207),
        ("flat", False, 207),
    ],
)
def test_members_are_read_and_written_in_every_shape_that_zoho_may_use(
    spring: Foreign, run: Run, where: str, numbers: bool, status: int
) -> None:
    spring.knobs.member_status, spring.knobs.ids_as_numbers, spring.knobs.success = where, numbers, status
    assert "1 to update, 1 to create, 3 unchanged" in run("plan").out
    assert run("apply", "--auto-approve").code == 0
    assert run("plan", "--detailed-exitcode").code == 0


def test_a_list_that_tells_no_status_is_an_error_and_not_an_update_of_every_row(
    spring: Foreign, run: Run
) -> None:
    spring.knobs.member_status = "absent"
    said = run("plan")
    assert said.code == 4
    assert "Member_Status" in said.err


@pytest.mark.parametrize("knob", ["href", "list_module"])
def test_related_lists_without_href_or_module_are_found_by_name(spring: Foreign, run: Run, knob: str) -> None:
    setattr(spring.knobs, knob, False)
    assert run("apply", "--auto-approve").code == 0


def test_a_hidden_list_is_an_error_that_says_where_to_show_it(spring: Foreign, run: Run) -> None:
    spring.knobs.hidden = frozenset({"Campaigns/Leads"})
    said = run("plan")
    assert said.code == 4
    assert "hidden" in said.err
    assert "spring.yaml:4:3" in said.err


@pytest.mark.parametrize("status", [200, 207, 400])
@pytest.mark.parametrize("ids", [True, False])
def test_refused_rows_are_read_whatever_the_status_and_with_or_without_ids(
    spring: Foreign, run: Run, status: int, ids: bool
) -> None:
    spring.knobs.mixed, spring.knobs.row_ids = status, ids
    spring.refuse["1006"] = "INVALID_DATA"
    said = run("apply", "--auto-approve")
    assert said.code == 3
    assert "1 applied" in said.out
    assert "INVALID_DATA" in said.out
    assert "spring.yaml:11:9" in said.out
    assert spring.members("Campaigns", "50", "Leads")["1000"] == {"Member_Status": "Responded"}


def test_all_rows_refused_under_400_are_outcomes(spring: Foreign, run: Run) -> None:
    spring.refuse.update({"1000": "INVALID_DATA", "1006": "DUPLICATE_DATA"})
    said = run("apply", "--auto-approve")
    assert said.code == 3
    assert "DUPLICATE_DATA" in said.out


@pytest.mark.parametrize("text", [True, False])
def test_prices_come_as_numbers_or_text(crm: Foreign, run: Run, write: Write, text: bool) -> None:
    crm.knobs.price_as_text = text
    crm.add("Products", "60", Product_Code="KIT")
    crm.add("Price_Books", "70")
    crm.link("Products", "60", "Price_Books", "70", list_price="49.90" if text else 49.9)
    write(
        "a.yaml",
        "version: 1\nparent: {module: Products, id: '60'}\nrelated_lists:\n  Price_Books:\n    records:\n"
        "      - {id: '70', list_price: 49.90}\n",
    )
    assert run("plan", "--detailed-exitcode").code == 0


def test_rows_that_move_between_pages_are_compared_once(crm: Foreign, run: Run, write: Write) -> None:
    crm.knobs.overlap = 7
    crm.add("Campaigns", "50")
    for n in range(450):
        crm.add("Leads", str(1000 + n))
        crm.link("Campaigns", "50", "Leads", str(1000 + n), Member_Status="Sent")
    rows = "".join(f"      - {{id: '{1000 + n}', Member_Status: Sent}}\n" for n in range(440))
    write(
        "a.yaml",
        f"version: 1\nparent: {{module: Campaigns, id: '50'}}\nrelated_lists:\n  Leads:\n    prune: true\n    records:\n{rows}",
    )
    assert "10 to delete, 0 to update, 0 to create, 440 unchanged" in run("plan").out


def test_pages_without_info_are_read_to_their_end(crm: Foreign, run: Run, write: Write) -> None:
    crm.knobs.info = False
    crm.add("Campaigns", "50")
    for n in range(250):
        crm.add("Leads", str(1000 + n))
        crm.link("Campaigns", "50", "Leads", str(1000 + n), Member_Status="Sent")
    write(
        "a.yaml",
        "version: 1\nparent: {module: Campaigns, id: '50'}\nrelated_lists:\n  Leads:\n    prune: true\n    allow_empty: true\n    records: []\n",
    )
    assert "250 to delete" in run("plan").out


def test_a_small_manifest_of_a_large_list_reads_a_page_and_asks_by_ids(
    crm: Foreign, run: Run, write: Write
) -> None:
    crm.add("Campaigns", "50")
    for n in range(4500):
        crm.add("Leads", str(10000 + n))
        crm.link("Campaigns", "50", "Leads", str(10000 + n), Member_Status="Sent")
    rows = "".join(f"      - {{id: '{10000 + 7 * n}', Member_Status: Sent}}\n" for n in range(30))
    write(
        "a.yaml",
        f"version: 1\nparent: {{module: Campaigns, id: '50'}}\nrelated_lists:\n  Leads:\n    records:\n{rows}",
    )
    assert "30 relations checked" in run("plan").out
    reads = [one.query for one in crm.sent("GET") if one.path == MEMBERS]
    assert len(reads) == 2
    assert "ids" in reads[-1]


def test_a_pruned_list_of_thousands_is_read_by_tokens_to_its_end(
    crm: Foreign, run: Run, write: Write
) -> None:
    crm.add("Campaigns", "50")
    for n in range(2600):
        crm.add("Leads", str(10000 + n))
        crm.link("Campaigns", "50", "Leads", str(10000 + n), Member_Status="Sent")
    write(
        "a.yaml",
        "version: 1\nparent: {module: Campaigns, id: '50'}\nrelated_lists:\n  Leads:\n    prune: true\n    allow_empty: true\n    records: []\n",
    )
    assert "2600 to delete" in run("plan").out.replace(",", "")
    assert run("apply", "--auto-approve").code == 0
    assert len(crm.sent("DELETE")) == 26
    assert crm.members("Campaigns", "50", "Leads") == {}


def error(code: str, message: str = "no", **details: Any) -> dict[str, Any]:
    """Zoho's flat error object."""
    return {"code": code, "details": details, "message": message, "status": "error"}


REFUSALS: list[tuple[int, Any, int]] = [
    (400, error("INVALID_MODULE", "the module name given seems to be invalid", resource_path_index=0), 4),
    (400, error("INVALID_MODULE", "the given module is not supported in API"), 4),
    (404, error("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"), 1),
    (401, error("OAUTH_SCOPE_MISMATCH", "Unauthorized"), 8),
    (403, error("NO_PERMISSION", "permission denied", permissions=["Crm_Implied_View_Potentials"]), 8),
    (500, error("INTERNAL_ERROR", "Internal Server Error"), 1),
    (400, error("INVALID_REQUEST_METHOD", "The http request method type is not a valid one"), 1),
    (405, error("INVALID_REQUEST_METHOD", "The http request method type is not a valid one"), 1),
    (400, error("AUTHORIZATION_FAILED", "User does not have sufficient privilege"), 8),
    (400, error("INVALID_DATA", "the related id given seems to be invalid", resource_path_index=1), 4),
    (404, error("INVALID_DATA", "the related id given seems to be invalid", resource_path_index=1), 4),
    (400, error("INVALID_DATA", "the relation name given seems to be invalid", resource_path_index=2), 4),
    (
        400,
        error("MANDATORY_NOT_FOUND", "required field not found", api_name="id", json_path="$.data[0].id"),
        4,
    ),
    (401, error("INVALID_TOKEN", "invalid oauth token"), 8),
    (401, error("AUTHENTICATION_FAILURE", "Authentication failed"), 8),
    (401, b"<html>", 8),
    (403, b"<html>", 8),
    (429, error("TOO_MANY_REQUESTS", "Many requests fired in concurrent than the allowed limit."), 8),
    (429, b"", 8),
    (503, b"<html>busy</html>", 1),
    (502, b"", 1),
    (200, b"", 1),
    (200, b"<html>log in</html>", 1),
    (200, b'{"hello": "world"}', 1),
    (200, b"[1, 2]", 1),
    (302, b"", 1),
    (302, b"<html>moved</html>", 1),
]
NAMES = [
    f"{status}-{body['code'] if isinstance(body, dict) else body.decode()[:8]}"
    for status, body, _ in REFUSALS
]


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS, ids=NAMES)
def test_a_refused_read_of_a_list_is_one_message_with_its_exit_code(
    spring: Foreign, run: Run, status: int, body: Any, code: int
) -> None:
    spring.canned.append(Canned("GET", MEMBERS, status, body, times=99))
    said = run("plan")
    assert said.code == code, said
    assert said.out == ""
    assert len([line for line in said.err.splitlines() if line.startswith("error")]) == 1
    assert "help: " in said.err


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS[::3], ids=NAMES[::3])
def test_a_refused_read_of_metadata_is_one_message_with_its_exit_code(
    spring: Foreign, run: Run, status: int, body: Any, code: int
) -> None:
    spring.canned.append(Canned("GET", "/crm/v8/settings/related_lists", status, body, times=99))
    said = run("plan")
    assert said.code == code, said
    assert "help: " in said.err


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS[1::3], ids=NAMES[1::3])
def test_a_refused_look_up_is_one_message_with_its_exit_code(
    spring: Foreign, run: Run, status: int, body: Any, code: int
) -> None:
    spring.canned.append(Canned("POST", "/crm/v8/coql", status, body, times=99))
    said = run("plan")
    assert said.code == code, said
    assert "help: " in said.err


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS, ids=NAMES)
def test_a_refused_write_leaves_no_row_without_an_outcome(
    spring: Foreign, run: Run, status: int, body: Any, code: int
) -> None:
    spring.canned.append(Canned("PUT", MEMBERS, status, body, times=99))
    said = run("apply", "--auto-approve")
    assert said.code == (8 if code == 8 else 3), said
    assert "Applied 0 of 2" in said.out
    assert not isinstance(body, dict) or body["code"] in said.out
    assert spring.members("Campaigns", "50", "Leads")["1000"] == {"Member_Status": "Sent"}


@pytest.mark.parametrize("status", [500, 503, 200])
def test_a_write_that_was_carried_out_but_not_answered_is_seen_as_applied(
    spring: Foreign, run: Run, status: int
) -> None:
    spring.canned.append(Canned("PUT", MEMBERS, status, b"<html>", commit=True))
    said = run("apply", "--auto-approve")
    assert said.code == 0, said
    assert len(spring.sent("PUT")) == 1


def test_a_write_that_was_not_carried_out_and_not_answered_is_sent_again(spring: Foreign, run: Run) -> None:
    spring.canned.append(Canned("PUT", MEMBERS, 500, b"<html>"))
    assert run("apply", "--auto-approve").code == 0
    assert len(spring.sent("PUT")) == 2


def test_a_relation_that_is_gone_already_counts_as_deleted(spring: Foreign, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "relations" / "spring.yaml"
    file.write_text(file.read_text().replace("    records:", "    prune: true\n    records:"))
    run("plan", "--out", "plan.json")
    del spring.links["Campaigns", "Leads"]["50", "1004"]
    assert run("apply", "plan.json").code == 0


def test_a_plan_for_another_org_is_refused(spring: Foreign, run: Run) -> None:
    run("plan", "--out", "plan.json")
    spring.knobs.org = "90002"
    said = run("apply", "plan.json")
    assert said.code == 6
    assert not spring.sent("PUT", "DELETE")
