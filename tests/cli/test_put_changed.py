"""`put: changed`: what an update sends, which answer it takes, and that a plan is bound to the profiles that it used."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_base import git
from tests.program import Run
from zsync.emulator import RunningCrm, running

LIST = "Campaigns/501/Leads"
WORLD: dict[str, Any] = {
    "member_fields": {"Seat": {"type": "text"}, "Meal": {"type": "text"}},
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}],
        "Leads": [
            {"id": "301", "Last_Name": "Ngata", "Email": "bo@acme.example"},
            {"id": "302", "Last_Name": "Roy", "Email": "ana@acme.example"},
        ],
    },
}
CONFIG = """version: 1
environments:
  sandbox: {}
  production:
    put: changed
    probed: sandbox
relation_kinds:
  - {parent: Campaigns, related: Leads, fields: {Seat: text, Meal: text}}
"""
MANIFEST = """version: 1
parent: {module: Campaigns, id: "501"}
related_lists:
  Leads:
    key: Email
    records:
      - {Email: ana@acme.example, Member_Status: Sent, Seat: "7"}
"""
PROBE = ("doctor", "--probe", "-e", "sandbox", "--campaign", "501", "--lead", "301", "--auto-approve")
PROFILE = Path("relations/orgs/sandbox.yaml")
Write = Callable[[str, str], None]


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    with running(WORLD) as bundled:
        bundled.switch(put_omitted_attr="keep", member_info="all")
        bundled.link(LIST, {"id": "302", "Member_Status": "Planned", "Seat": "7", "Meal": "none"})
        yield bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    return crm.environment()


@pytest.fixture(autouse=True)
def write(tmp_path: Path) -> Write:
    def put(name: str, text: str) -> None:
        file = tmp_path / "relations" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    put("zsync.yaml", CONFIG)
    put("spring.yaml", MANIFEST)
    return put


@pytest.fixture
def probed(run: Run, crm: RunningCrm) -> None:
    """The sandbox's profile holds the answer."""
    assert run(*PROBE).code == 0
    crm.requests.clear()


def sent(crm: RunningCrm) -> list[Any]:
    return [json.loads(one.body)["data"] for one in crm.requests if one.method == "PUT"]


@pytest.mark.usefixtures("probed")
def test_an_update_sends_the_fields_that_change_and_no_other(run: Run, crm: RunningCrm) -> None:
    said = run("plan", "-e", "production", "--out", "plan.json")
    assert (said.code, "carried" in said.out) == (0, False)
    (change,) = json.loads(Path("plan.json").read_text())["changes"]
    assert (change["before"], change["after"], change["carried"]) == (
        {"Member_Status": "Planned"},
        {"Member_Status": "Sent"},
        [],
    )
    # A field that the manifest names, and that somebody changes meanwhile, stays as that person wrote it.
    crm.link(LIST, {"id": "302", "Seat": "8"})
    assert run("apply", "plan.json").code == 0
    assert sent(crm) == [[{"id": "302", "Member_Status": "Sent"}]]
    assert crm.rows(LIST)["302"] == {"Member_Status": "Sent", "Seat": "8", "Meal": "none"}
    assert run("undo", "last", "-e", "production", "--auto-approve").code == 0
    assert sent(crm)[1:] == [[{"id": "302", "Member_Status": "Planned"}]]
    assert crm.rows(LIST)["302"] == {"Member_Status": "Planned", "Seat": "8", "Meal": "none"}


@pytest.mark.usefixtures("probed")
def test_the_answers_alone_switch_nothing(run: Run, crm: RunningCrm) -> None:
    assert run("apply", "-e", "sandbox", "--auto-approve").code == 0
    assert sent(crm) == [[{"id": "302", "Member_Status": "Sent", "Seat": "7", "Meal": "none"}]]


@pytest.mark.usefixtures("probed")
def test_a_create_and_a_verified_plan_are_as_ever(run: Run, crm: RunningCrm, write: Write) -> None:
    write("spring.yaml", MANIFEST + "      - {Email: bo@acme.example, Member_Status: Sent, Seat: '9'}\n")
    assert run("apply", "-e", "production", "--auto-approve").code == 0
    assert crm.rows(LIST)["301"] == {"Member_Status": "Sent", "Seat": "9", "Meal": None}
    assert run("verify", "-e", "production").code == 0


def without() -> None:
    PROFILE.unlink()


def unasked() -> None:
    text = PROFILE.read_text()
    PROFILE.write_text("".join(line for line in text.splitlines(True) if "put_omitted_attr" not in line))


def otherwise() -> None:
    PROFILE.write_text(PROFILE.read_text().replace("put_omitted_attr: keep", "put_omitted_attr: reset"))


def of_production() -> None:
    PROFILE.write_text(PROFILE.read_text().replace("type: sandbox", "type: production"))


def broken() -> None:
    PROFILE.write_text("org_profile: 1\n")


LACKING = [
    (without, "sandbox has no org profile", "zsync doctor --probe -e sandbox"),
    (unasked, "does not say what becomes of a field", "zsync doctor --probe -e sandbox"),
    (otherwise, "put_omitted_attr: reset", "Write `put: all`"),
    (of_production, "is not of a sandbox", "whose org was probed"),
    (broken, "`org_id` is missing", "zsync profile"),
]


@pytest.mark.usefixtures("probed")
@pytest.mark.parametrize(("lose", "why", "advice"), LACKING, ids=lambda one: getattr(one, "__name__", ""))
def test_without_the_answer_nothing_is_planned_and_the_place_and_the_next_step_are_told(
    run: Run, crm: RunningCrm, lose: Callable[[], None], why: str, advice: str
) -> None:
    lose()
    for command in ("plan", "apply", "validate", "verify"):
        more = ("--auto-approve",) if command == "apply" else ()
        said = run(command, "-e", "production", *more)
        assert said.code == 4, (command, said)
        assert why in said.err
        assert advice in said.err
        place = "relations/orgs/sandbox.yaml:1:1" if lose is broken else "relations/zsync.yaml:5:5"
        assert place in said.err
    assert [one.method for one in crm.requests if one.method in ("PUT", "DELETE")] == []
    assert run("plan", "-e", "sandbox").code == 0


@pytest.mark.parametrize("environment", ["production", "sandbox"])
@pytest.mark.usefixtures("probed")
def test_a_plan_is_bound_to_the_profiles_that_it_used(run: Run, crm: RunningCrm, environment: str) -> None:
    run("plan", "-e", environment, "--out", "plan.json")
    bound = json.loads(Path("plan.json").read_text())["binding"]
    assert [each["environment"] for each in bound["profiles"]] == ["sandbox"]
    assert bound["put"] == ("changed" if environment == "production" else "all")
    kept = PROFILE.read_text()
    for text in (kept.replace("- Planned\n", "- Planned soon\n"), kept + "# by hand\n", ""):
        PROFILE.write_text(text) if text else PROFILE.unlink()
        said = run("apply", "plan.json")
        assert (said.code, "the org profile of sandbox is not as it was" in said.err, sent(crm)) == (
            6,
            True,
            [],
        )
    PROFILE.write_text(kept)
    assert run("apply", "plan.json").code == 0


def test_a_profile_that_comes_after_the_plan_stops_it(run: Run, crm: RunningCrm) -> None:
    run("plan", "-e", "sandbox", "--out", "plan.json")
    run("profile", "-e", "sandbox")
    said = run("apply", "plan.json")
    assert (said.code, "then none, now sha256:" in said.err, sent(crm)) == (6, True, [])


@pytest.mark.usefixtures("probed")
def test_a_profile_that_no_plan_uses_binds_none(run: Run) -> None:
    run("plan", "-e", "sandbox", "--out", "plan.json")
    run("profile", "-e", "production")
    assert run("apply", "plan.json").code == 0


@pytest.mark.usefixtures("probed")
def test_an_answer_that_the_base_does_not_know_is_not_believed(run: Run, crm: RunningCrm) -> None:
    kept = PROFILE.read_text()
    PROFILE.write_text(kept.replace("put_omitted_attr: keep", "put_omitted_attr: reset"))
    git("init", "-q", "-b", "main")
    git("add", "relations")
    git("commit", "-qm", "all")
    git("checkout", "-qb", "branch")
    PROFILE.write_text(kept)
    said = run("plan", "-e", "production", "--out", "plan.json")
    assert (said.code, "warning[unmerged-answer]" in said.err) == (0, True)
    assert "relations/zsync.yaml:5:5" in said.err
    plan = json.loads(Path("plan.json").read_text())
    assert (plan["binding"]["put"], plan["changes"][0]["carried"]) == ("all", ["Meal"])
    assert run("apply", "plan.json").code == 0
    assert sent(crm) == [[{"id": "302", "Member_Status": "Sent", "Seat": "7", "Meal": "none"}]]
    assert "unmerged-answer" in run("undo", "last", "-e", "production", "--out", "undo.json").err
    git("commit", "-qam", "asked")
    git("checkout", "-q", "main")
    git("merge", "-q", "branch")
    said = run("undo", "last", "-e", "production", "--out", "undo.json")
    assert ("unmerged-answer" in said.err, "updates send changed fields only" in said.out) == (False, True)
    assert json.loads(Path("undo.json").read_text())["changes"][0]["carried"] == []


@pytest.mark.usefixtures("probed")
@pytest.mark.parametrize("way", ["link", "org", "type", "gone"])
def test_the_answer_of_another_file_or_org_at_the_base_is_none(run: Run, way: str) -> None:
    kept, other = PROFILE.read_text(), PROFILE.with_name("other.yaml")
    was = {
        "link": kept.replace("put_omitted_attr: keep", "put_omitted_attr: reset"),
        "org": kept.replace('org_id: "10234695"', 'org_id: "77"'),
        "type": kept.replace("type: sandbox", "type: production"),
    }
    PROFILE.write_text(was.get(way, ""))
    if way == "gone":
        PROFILE.unlink()
    other.write_text(kept)
    git("init", "-q", "-b", "main")
    git("add", "relations")
    git("commit", "-qm", "all")
    git("checkout", "-qb", "branch")
    PROFILE.unlink(missing_ok=True)
    PROFILE.symlink_to(other.name) if way == "link" else PROFILE.write_text(kept)
    said = run("plan", "-e", "production", "--out", "plan.json")
    assert (said.code, "warning[unmerged-answer]" in said.err) == (0, True)
    assert json.loads(Path("plan.json").read_text())["binding"]["put"] == "all"
    assert "unmerged-answer" not in run("plan", "-e", "production", "--no-base").err


@pytest.mark.usefixtures("probed")
def test_a_rehearsal_is_on_a_crm_that_keeps_what_is_left_out(run: Run) -> None:
    assert run("plan", "-e", "production", "--snapshot", "seen.json").code == 0
    said = run("rehearse", "-e", "production", "seen.json")
    assert (said.code, "after it there is nothing left to do" in said.out) == (0, True)


def test_every_format_says_that_updates_send_changed_fields_only(
    run: Run, crm: RunningCrm, probed: None
) -> None:
    for form in ("text", "markdown", "html"):
        assert "updates send changed fields only" in run("plan", "-e", "production", "--format", form).out
        assert "changed fields only" not in run("plan", "-e", "sandbox", "--format", form).out


@pytest.mark.usefixtures("probed")
def test_fields_that_nobody_declared_are_neither_sent_nor_warned_of(
    run: Run, crm: RunningCrm, write: Write
) -> None:
    write("zsync.yaml", CONFIG.split("relation_kinds", maxsplit=1)[0])
    write("spring.yaml", MANIFEST.replace(', Seat: "7"', ""))
    assert "undeclared-fields" in run("plan", "-e", "sandbox").err
    said = run("apply", "-e", "production", "--auto-approve")
    assert (said.code, "undeclared-fields" in said.err) == (0, False)
    assert sent(crm) == [[{"id": "302", "Member_Status": "Sent"}]]
    assert crm.rows(LIST)["302"]["Meal"] == "none"
