"""`zsync doctor --probe` on the bundled CRM: its answers are the settings of its switches, and it leaves what it wrote as it was."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from itertools import product
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from tests.matrix.covering import part_and_all
from tests.program import Ended, Run
from zsync.applying.lock import held
from zsync.doctor.questions import NOT_ASKED, QUESTIONS
from zsync.emulator import RunningCrm, Switches, running
from zsync.metadata.profile_file import read_profile
from zsync.syntax.source import SourceText

LIST = "Campaigns/501/Leads"
WORLD: dict[str, Any] = {
    "member_fields": {"Seat": {"type": "text"}},
    "records": {
        "Campaigns": [{"id": "501", "Campaign_Name": "Spring"}],
        "Leads": [
            {"id": "301", "Last_Name": "Ngata", "Email": "bo@acme.example"},
            {"id": "302", "Last_Name": "Old", "Email": "old@acme.example", "converted": True},
            {"id": "303", "Last_Name": "Roy", "Email": "ana@acme.example", "Email_Opt_Out": True},
            {"id": "304", "Last_Name": "Wu", "Email": "wu@acme.example"},
        ],
    },
    "relations": {
        LIST: [{"id": "302", "Member_Status": "Sent"}, {"id": "304", "Member_Status": "Sent", "Seat": "7"}]
    },
}
CONFIG = "version: 1\nenvironments:\n  sandbox: {}\n  other: {}\n"
SEAT = "relation_kinds:\n  - {parent: Campaigns, related: Leads, fields: {Seat: text}}\n"
PROBE = ("doctor", "--probe", "-e", "sandbox", "--campaign", "Spring")
FREE = (*PROBE, "--lead", "bo@acme.example", "--auto-approve")
MEMBER = (*PROBE, "--lead", "304", "--auto-approve")
Put = Callable[[str], None]


@pytest.fixture(scope="module")
def bundled() -> Iterator[RunningCrm]:
    with running(WORLD) as crm:
        yield crm


@pytest.fixture
def crm(bundled: RunningCrm) -> RunningCrm:
    bundled.clear_faults()
    bundled.switch(**{each.name: getattr(Switches(), each.name) for each in fields(Switches)})
    bundled.requests.clear()
    return bundled


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    return crm.environment()


@pytest.fixture(autouse=True)
def put(tmp_path: Path) -> Put:
    """Writes relations/zsync.yaml, at first without anything but the environments."""

    def write(text: str) -> None:
        file = tmp_path / "relations" / "zsync.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    write(CONFIG)
    return write


def answers() -> Mapping[str, str]:
    """Those of the sandbox's profile."""
    file = Path("relations/orgs/sandbox.yaml")
    profile, _ = read_profile(SourceText(file.as_posix(), file.read_text()))
    assert profile
    return profile.answers


def written(crm: RunningCrm) -> list[tuple[str, str]]:
    return [(one.method, one.path) for one in crm.requests if one.method in ("PUT", "DELETE")]


def settings() -> Iterator[tuple[str, Any]]:
    """Each switch that a question is about, with each of its values."""
    hints = get_type_hints(Switches)
    some = {"coql_values": (100, 50, 7), "coql_length": (0, 4000), "read_after_write_lag_ms": (0, 100)}
    for name in QUESTIONS:
        hint = hints[name]
        values = get_args(hint) if get_origin(hint) else (True, False) if hint is bool else some[name]
        yield from ((name, value) for value in values)


BESIDES: Mapping[str, Mapping[str, Any]] = {
    "empty_attr": {"null_attr": "clear"},
    "put_credits": {"daily_credits": 9_000, "spent_credits": 5_000},
}
"""What has to be turned besides, so that the switch shows at all."""

THROTTLED = [{"on": "PUT /Campaigns/*/Leads", "status": 429, "code": "TOO_MANY_REQUESTS"}]
SAID = {"first": "Planned", 100: "250"}
"""Values whose answer is another word: the status itself, and the look at which a lag of 100 ms was over."""


@pytest.mark.parametrize(("name", "value"), list(settings()), ids=str)
def test_the_answers_are_the_settings_of_the_switches(
    run: Run, crm: RunningCrm, name: str, value: Any
) -> None:
    crm.switch(**{name: value, **BESIDES.get(name, {})})
    if name in ("too_many_code", "retry_after_header"):
        code = value if name == "too_many_code" else "TOO_MANY_REQUESTS"
        headers = {"Retry-After": "0"} if value is True else {}
        crm.add_faults([{**THROTTLED[0], "code": code, "headers": headers}])
    before = crm.rows(LIST)
    said = run(*FREE)
    assert said.code == 0, said.err
    text = str(value).lower() if isinstance(value, bool) else str(value)
    expected = SAID.get(value, text) if name in ("added_status", "read_after_write_lag_ms") else text
    assert answers()[name] == expected
    assert re.search(rf"^{name} +{re.escape(expected)} ", said.out, re.MULTILINE)
    assert crm.rows(LIST) == before


def test_every_switch_is_a_question_or_has_a_reason_why_not() -> None:
    names = {each.name for each in fields(Switches)}
    assert names == QUESTIONS.keys() | NOT_ASKED.keys()
    assert not QUESTIONS.keys() & NOT_ASKED.keys()


@pytest.mark.parametrize("omitted", ["keep", "reset"])
@pytest.mark.parametrize("shown", ["nested", "flat", "both"])
def test_a_member_is_restored_with_every_field_and_never_taken_out(
    run: Run, crm: RunningCrm, put: Put, omitted: str, shown: str
) -> None:
    put(CONFIG + SEAT)
    crm.switch(
        put_omitted_attr=omitted, member_status_on_read=shown, null_attr="clear", unknown_picklist="accept"
    )
    before = crm.rows(LIST)
    said = run(*MEMBER)
    assert (said.code, crm.rows(LIST)) == (0, before)
    assert "now       Member_Status: Sent, Seat: 7" in said.out
    assert {method for method, _ in written(crm)} == {"PUT"}
    assert (answers()["put_omitted_attr"], answers()["member_status_on_read"]) == (omitted, shown)
    assert "added_status              the lead is in the campaign already" in said.out
    assert "are not\nread, so they are not restored" in said.out


def test_no_row_but_the_named_one_is_sent(run: Run, crm: RunningCrm) -> None:
    run(*FREE)
    bodies = b" ".join(one.body for one in crm.requests if one.method == "PUT")
    assert set(re.findall(rb'"id":"(\d+)"', bodies)) == {b"301", b"501"}
    assert {path for _, path in written(crm)} == {f"/crm/v8/{LIST}"}


def test_what_it_sends_is_what_it_showed(run: Run, crm: RunningCrm) -> None:
    shown = re.findall(r"^ +\d+  (PUT|DELETE)", run(*FREE).out, re.MULTILINE)
    sent = [method for method, _ in written(crm)]
    # Two that are sent where the first pair tells nothing, and one that takes credits to be told; then the way back.
    assert sent == [*shown[:4], *shown[6:11], "DELETE"]


@pytest.mark.parametrize("kind", ["production", "Production", "bigin", "", "trial"])
def test_an_org_that_is_no_sandbox_is_refused(run: Run, crm: RunningCrm, kind: str) -> None:
    with running({**WORLD, "org": {"type": kind}}) as other:
        said = run(*FREE, **other.environment())
        assert (said.code, written(other)) == (5, [])
    assert f"it is {kind.lower()}" in said.err if kind else "does not say which type" in said.err
    assert not Path("relations/orgs").exists()


@pytest.mark.parametrize(("declared", "code"), [("sandbox", 8), ("production", 5)])
def test_what_zsync_yaml_says_makes_no_sandbox(run: Run, put: Put, declared: str, code: int) -> None:
    put(CONFIG.replace("sandbox: {}", f"sandbox: {{type: {declared}}}"))
    with running({**WORLD, "org": {"type": "production"}}) as other:
        assert (run(*FREE, **other.environment()).code, written(other)) == (code, [])


def test_an_org_that_turns_out_to_be_another_after_the_question_is_refused(run: Run, crm: RunningCrm) -> None:
    body = {"org": [{"zgid": crm.org_id, "type": "production"}]}
    crm.add_faults([{"on": "GET /org", "after": 2, "status": 200, "body": body}])
    assert (run(*FREE).code, written(crm)) == (5, [])


@pytest.mark.parametrize(
    ("lead", "code", "says"),
    [
        ("302", 5, "was converted"),
        ("ana@acme.example", 5, "opted out"),
        ("999", 64, "there is no lead '999'"),
        ("nobody@acme.example", 64, "there is no lead"),
        ("", 64, "needs a lead"),
    ],
)
def test_a_lead_that_may_not_be_written_is_refused(
    run: Run, crm: RunningCrm, lead: str, code: int, says: str
) -> None:
    said = run(*PROBE, "--lead", lead, "--auto-approve")
    assert (said.code, says in said.err, written(crm)) == (code, True, [])


def test_a_member_whose_status_no_read_shows_is_refused(run: Run, crm: RunningCrm) -> None:
    crm.switch(member_status_on_read="absent")
    said = run(*MEMBER)
    assert (said.code, "could not be restored" in said.err, written(crm)) == (64, True, [])


@pytest.mark.parametrize(
    "args",
    [
        (*PROBE, "--lead", "301"),
        ("doctor", "-e", "sandbox", "--lead", "301"),
        ("doctor", "-e", "sandbox", "--campaign", "501"),
        ("doctor", "-e", "sandbox", "--auto-approve"),
        ("doctor", "--probe", "-e", "sandbox", "--auto-approve"),
    ],
)
def test_nothing_is_sent_without_a_yes_and_names(run: Run, crm: RunningCrm, args: tuple[str, ...]) -> None:
    assert (run(*args).code, written(crm)) == (64, [])


def test_a_freeze_stops_it(run: Run, crm: RunningCrm) -> None:
    assert (run(*FREE, ZSYNC_FREEZE="the fair").code, crm.requests) == (5, [])


def test_a_protected_environment_wants_its_name(run: Run, crm: RunningCrm, put: Put) -> None:
    put(CONFIG.replace("sandbox: {}", "sandbox: {protected: true}"))
    assert (run(*FREE).code, written(crm)) == (64, [])
    assert run(*FREE, "--confirm", "sandbox").code == 0


def test_a_second_probe_changes_no_byte_of_the_profile(run: Run, crm: RunningCrm) -> None:
    run(*FREE)
    file = Path("relations/orgs/sandbox.yaml")
    before = file.read_bytes()
    assert "all 22 answers are as before" in run(*FREE, SOURCE_DATE_EPOCH="1900000000").out
    assert file.read_bytes() == before
    crm.switch(put_omitted_attr="keep")
    assert run(*MEMBER, SOURCE_DATE_EPOCH="1900000000").code == 0
    changed = set(file.read_text().splitlines()) - set(before.decode().splitlines())
    assert changed == {"  put_omitted_attr: keep", 'date: "2030-03-17"'}
    assert run("profile", "-e", "sandbox").code == 0
    assert answers()["put_omitted_attr"] == "keep"


def test_a_profile_that_cannot_be_used_stops_it_before_anything_is_asked(run: Run, crm: RunningCrm) -> None:
    file = Path("relations/orgs/sandbox.yaml")
    file.parent.mkdir()
    file.write_text("org_profile: 9\n")
    assert (run(*FREE).code, crm.requests) == (4, [])


def fails(at: int) -> list[dict[str, Any]]:
    """The request about the relation with this number is answered with a permission error, once."""
    return [{"on": "* /Campaigns/501/Leads", "after": at, "status": 403, "code": "NO_PERMISSION"}]


@pytest.mark.parametrize(("at", "args"), part_and_all([*product(range(2, 40, 3), (FREE, MEMBER))]))
def test_a_call_that_fails_leaves_the_relation_as_it_was(
    run: Run, crm: RunningCrm, put: Put, args: tuple[str, ...], at: int
) -> None:
    put(CONFIG + SEAT)
    before = crm.rows(LIST)
    crm.add_faults(fails(at))
    said: Ended = run(*args)
    left = crm.rows(LIST) != before
    assert said.code == (3 if left else 8 if said.code == 8 else 0)
    if said.code == 3:
        # It was the way back that failed: the next run goes it.
        assert "Not restored" in said.err
        assert run("doctor", "-e", "sandbox").out.count("did not restore") == 1
        assert run(*args).code == 0
    assert crm.rows(LIST) == before
    assert not list(Path("state").rglob("probe.json"))


@pytest.mark.parametrize(("at", "reset"), part_and_all([*product((0, 2, 5, 8), ("before", "after"))]))
def test_an_answer_that_is_lost_leaves_the_relation_as_it_was(
    run: Run, crm: RunningCrm, at: int, reset: str
) -> None:
    before = crm.rows(LIST)
    crm.add_faults([{"on": "PUT /Campaigns/501/Leads", "after": at, "reset": reset}])
    assert run(*FREE).code == (1 if at < 8 else 0)
    assert crm.rows(LIST) == before


def test_an_answer_that_makes_no_sense_leaves_the_relation_as_it_was(run: Run, crm: RunningCrm) -> None:
    before = crm.rows(LIST)
    bodies: list[dict[str, Any]] = [
        {"data": []},
        {"data": [{}]},
        {"data": [{"code": 7, "details": []}]},
        {"data": {"code": "SUCCESS"}},
    ]
    for body in bodies:
        crm.add_faults(
            [{"on": "PUT /Campaigns/501/Leads", "after": 2, "status": 200, "body": body, "commit": True}]
        )
        assert run(*FREE).code in (0, 1)
        assert crm.rows(LIST) == before


def test_a_file_that_makes_no_sense_stops_the_next_probe(run: Run, crm: RunningCrm) -> None:
    crm.add_faults(
        [
            {
                "on": "DELETE /Campaigns/501/Leads",
                "after": 1,
                "times": "always",
                "status": 403,
                "code": "NO_PERMISSION",
            }
        ]
    )
    said = run(*FREE)
    assert (said.code, "it was    not in the campaign" in said.err) == (3, True)
    (file,) = Path("state").rglob("probe.json")
    for text in (
        "",
        "{}",
        file.read_text().replace('"301"', '"../301"'),
        file.read_text().replace("Leads", "Leads/1"),
    ):
        kept = file.read_text()
        file.write_text(text)
        assert run(*FREE).code == 4
        file.write_text(kept)
    crm.clear_faults()
    assert (run(*FREE).code, "301" in crm.rows(LIST), file.exists()) == (0, False, False)


def test_what_is_left_of_one_org_is_not_restored_in_another(run: Run, crm: RunningCrm) -> None:
    crm.add_faults(
        [{"on": "DELETE /Campaigns/501/Leads", "after": 1, "status": 403, "code": "NO_PERMISSION"}]
    )
    assert run(*FREE).code == 3
    with running({**WORLD, "org": {"zgid": "77"}}) as other:
        said = run(*FREE, **other.environment())
        assert (said.code, "of org" in said.err, written(other)) == (5, True, [])
    assert run(*FREE).code == 0
    assert "301" not in crm.rows(LIST)


def test_the_story_under_v7(run: Run, crm: RunningCrm, put: Put) -> None:
    put(CONFIG.replace("sandbox: {}", "sandbox: {api_version: v7}"))
    assert run(*FREE).code == 0
    assert {path.split("/")[2] for _, path in written(crm)} == {"v7"}
    assert answers()["put_omitted_attr"] == "reset"


def test_an_access_token_alone_leaves_the_accounts_servers_question_open(run: Run, crm: RunningCrm) -> None:
    alone = {"ZSYNC_CLIENT_ID": "", "ZSYNC_CLIENT_SECRET": "", "ZSYNC_REFRESH_TOKEN": ""}
    said = run(*FREE, **alone, ZSYNC_ACCESS_TOKEN=crm.access_token())
    assert (said.code, "oauth_error_status" in answers()) == (0, False)
    assert "there is no client id and secret" in said.out


def test_a_renamed_list_hostile_names_and_two_of_one_name(run: Run) -> None:
    evil = "Spring\x1b[31m\n::error::x"
    world = {
        "kinds": [{"modules": ["Campaigns", "Leads"], "lists": ["Members", "Campaigns"]}],
        "records": {
            "Campaigns": [
                {"id": "501", "Campaign_Name": evil},
                *({"id": each, "Campaign_Name": "Two"} for each in ("502", "503")),
            ],
            "Leads": [{"id": "301", "Last_Name": "O'Neill"}],
        },
    }
    with running(world) as other:
        said = run(
            "doctor",
            "--probe",
            "-e",
            "sandbox",
            "--campaign",
            "501",
            "--lead",
            "301",
            "--auto-approve",
            **other.environment(),
        )
        assert (said.code, "\x1b" in said.out, "\n::error" in said.out) == (0, False, False)
        assert {path for _, path in written(other)} == {"/crm/v8/Campaigns/501/Members"}
        assert (answers()["coql_case"], other.rows("Campaigns/501/Members")) == ("insensitive", {})
        said = run(
            "doctor",
            "--probe",
            "-e",
            "sandbox",
            "--campaign",
            "Two",
            "--lead",
            "301",
            "--auto-approve",
            **other.environment(),
        )
        assert (said.code, "502" in said.err, "503" in said.err) == (64, True, True)


def test_what_a_log_keeps_has_no_address_in_it(run: Run, crm: RunningCrm) -> None:
    said = run(*FREE)
    assert "bo@acme.example" not in said.out + said.err + Path("relations/orgs/sandbox.yaml").read_text()


def test_another_run_in_the_org_keeps_it_out(run: Run, crm: RunningCrm, tmp_path: Path) -> None:
    org = f"{crm.url} {crm.org_id}"
    with held(tmp_path / "state" / "zsync" / "locks", org, "other", "now", print):
        assert (run(*FREE).code, written(crm)) == (7, [])


def test_a_crm_that_refuses_the_lead_leaves_what_follows_open(run: Run, crm: RunningCrm) -> None:
    crm.switch(barred=frozenset({"301:RECORD_LOCKED"}))
    said = run(*FREE)
    assert (said.code, said.out.count("the CRM refused the new member: RECORD_LOCKED")) == (0, 5)
    assert ("put_omitted_attr" in answers(), answers()["parent_not_found_status"]) == (False, "400")
