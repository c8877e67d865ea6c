"""The possible errors of Zoho's page *Update Related Records*: what plan and apply say of each, and how they end.

https://www.zoho.com/crm/developer/docs/api/v7/update-related-records.html
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.program import Run
from zsync.codes import advice
from zsync.emulator import RunningCrm, running

LIST = "Campaigns/500/Leads"
WORLD = {
    "records": {
        "Campaigns": [{"id": "500", "Campaign_Name": "Spring"}],
        "Leads": [
            {"id": str(300 + number), "Last_Name": f"L{number}", "Email": f"l{number}@acme.example"}
            for number in range(4)
        ],
    },
    "relations": {LIST: [{"id": "300", "Member_Status": "Planned"}]},
}
MANIFEST = """version: 1
parent: {module: Campaigns, match: {Campaign_Name: Spring}}
related_lists:
  Leads:
    key: Email
    records:
      - {Email: l0@acme.example, Member_Status: Sent}
      - {Email: l1@acme.example, Member_Status: Sent}
"""


class Case(NamedTuple):
    """An error of the page, the exit codes of a plan and of an apply that meet it, and a word of the next step."""

    code: str
    status: int
    message: str
    details: Mapping[str, Any]
    plan: int
    apply: int
    step: str

    @property
    def part(self) -> int | None:
        """The part of the path that it names."""
        return self.details.get("resource_path_index")

    @property
    def fault(self) -> dict[str, Any]:
        """It, as the bundled CRM says it."""
        return {
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "details": dict(self.details),
        }


CASES = [
    Case("INVALID_MODULE", 400, "the module name given seems to be invalid", {"resource_path_index": 0}, 4, 3, "show the module's tab"),
    Case("INVALID_MODULE", 400, "the given module is not supported in API", {"resource_path_index": 0}, 4, 3, "zsync explain kinds"),
    Case("INVALID_URL_PATTERN", 404, "Please check if the URL trying to access is a correct one", {}, 1, 3, "ZSYNC_API_DOMAIN"),
    Case("OAUTH_SCOPE_MISMATCH", 401, "Unauthorized", {}, 8, 8, "ZohoCRM.modules.UPDATE"),
    Case("NO_PERMISSION", 403, "permission denied", {"permissions": ["Crm_Implied_Edit_Campaigns"]}, 8, 8, "administrator"),
    Case("INTERNAL_ERROR", 500, "Internal Server Error", {}, 1, 3, "again"),
    Case("INVALID_REQUEST_METHOD", 400, "The http request method type is not a valid one", {}, 1, 3, "proxy"),
    Case("AUTHORIZATION_FAILED", 400, "User does not have sufficient privilege to update related records", {}, 8, 8, "administrator"),
    Case("INVALID_DATA", 400, "the related id given seems to be invalid", {"resource_path_index": 1}, 4, 3, "parent's key"),
    Case("INVALID_DATA", 400, "the relation name given seems to be invalid", {"resource_path_index": 2}, 4, 3, "layout"),
    Case("MANDATORY_NOT_FOUND", 400, "required field not found", {"api_name": "Member_Status", "json_path": "$.data[1].Member_Status"}, 4, 3, "Add the field"),
]  # fmt: skip


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A campaign with one member."""
    with running(WORLD) as bundled:
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return crm.environment()


@pytest.fixture(autouse=True)
def manifest(run: Run) -> None:
    """It changes one row and makes another."""
    Path("spring.yaml").write_text(MANIFEST)


def told(text: str, code: str) -> int:
    """How often a text says the code, beside the commands that explain it."""
    return sum(line.replace(f"zsync explain {code}", "").count(code) for line in text.splitlines())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.message[:30]}")
def test_a_plan_that_meets_it_says_zohos_words_once_and_the_next_step(
    run: Run, crm: RunningCrm, case: Case
) -> None:
    crm.add_faults([{"on": f"GET /{LIST}", "times": "always", **case.fault}])
    ended = run("plan", "spring.yaml")
    assert ended.code == case.plan, ended.err
    assert (case.message in ended.err, case.step in ended.err) == (True, True), ended.err
    assert told(ended.err, case.code) == 1
    if case.plan == 4:
        assert "spring.yaml:" in ended.err


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.message[:30]}")
def test_an_apply_that_meets_it_says_the_same_at_each_rows_place(
    run: Run, crm: RunningCrm, case: Case
) -> None:
    crm.add_faults([{"on": f"PUT /{path}", "times": "always", **case.fault} for path in (LIST, f"{LIST}/*")])
    ended = run("apply", "spring.yaml", "--auto-approve", "--report", "report.json")
    assert ended.code == case.apply, ended.err
    (end,) = ended.out.split("zsync apply to")[1:]
    assert (case.message in end, case.step in end) == (True, True), end
    if case.status < 500:
        # Zoho's own next step, as a plan has it; of a 500 only reading tells what became of the rows.
        assert advice(case.code, case.part) in end
        assert max(told(line, case.code) for line in end.splitlines()) == 1
    assert "spring.yaml:7:9" in end
    report = json.loads(Path("report.json").read_text())
    assert {one["status"] for one in report["outcomes"]} <= {"refused", "unknown"}
    assert crm.rows(LIST) == {"300": {"Member_Status": "Planned"}}
