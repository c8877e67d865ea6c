"""login and doctor, at the bundled CRM: what is well, what is not, and what to do about it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Run
from zsync.emulator import DEMO_WORLD, RunningCrm, running

Said = Callable[[str], tuple[int, str, str]]


@pytest.fixture(scope="module")
def bundled() -> Iterator[RunningCrm]:
    """The bundled CRM with the world of the examples."""
    with running(DEMO_WORLD) as crm:
        yield crm


@pytest.fixture
def variables(bundled: RunningCrm) -> Mapping[str, str]:
    """Those that point zsync at it."""
    return bundled.environment()


@pytest.fixture
def said(run: Run) -> Said:
    """Runs a command line against it: exit code, stdout, stderr."""
    return lambda text: run(*text.split())


def test_login_turns_a_code_into_variables_that_work(
    bundled: RunningCrm, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = said(f"login --code {bundled.code()}")
    assert code == 0
    made = dict(line.removeprefix("export ").split("=", 1) for line in out.splitlines())
    assert list(made) == ["ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET", "ZSYNC_REFRESH_TOKEN"]
    monkeypatch.setenv("ZSYNC_REFRESH_TOKEN", made["ZSYNC_REFRESH_TOKEN"])
    assert said("doctor")[0] == 0


def test_login_reads_a_code_from_stdin_where_no_other_process_sees_it(bundled: RunningCrm, run: Run) -> None:
    done = run("login", "--code", "-", stdin=f"{bundled.code()}\n", **bundled.environment())
    assert (done.code, "export ZSYNC_REFRESH_TOKEN=" in done.out) == (0, True)
    empty = run("login", "--code", "-", stdin="", **bundled.environment())
    assert (empty.code, "zsync login --code -" in empty.err) == (64, True)


def test_a_code_that_is_used_up_is_refused_and_the_secret_stays_unsaid(
    bundled: RunningCrm, said: Said
) -> None:
    code, out, err = said("login --code 1000.used")
    assert (code, out) == (8, "")
    assert "generate another" in err
    assert bundled.client_secret not in err


def test_doctor_finds_nothing_in_a_healthy_org(said: Said) -> None:
    code, out, _ = said("doctor")
    assert code == 0
    assert "FAIL" not in out
    assert "Campaigns › Leads" in out


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        ("ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.org.READ", "ZohoCRM.coql.READ"),
        (
            "ZohoCRM.modules.READ ZohoCRM.settings.ALL ZohoCRM.org.READ",
            "ZohoCRM.coql.READ, ZohoCRM.modules.UPDATE, ZohoCRM.modules.DELETE",
        ),
    ],
)
def test_doctor_names_the_scopes_that_are_missing(
    bundled: RunningCrm, said: Said, scopes: str, missing: str
) -> None:
    usual = bundled.switches.scope
    bundled.switch(scope=scopes)
    code, out, _ = said("doctor")
    bundled.switch(scope=usual)
    assert code == 8
    assert f"missing: {missing}\n" in out


def test_a_token_that_only_reads_is_in_order_and_doctor_says_what_it_cannot_do(
    bundled: RunningCrm, said: Said
) -> None:
    usual = bundled.switches.scope
    bundled.switch(scope="ZohoCRM.modules.READ ZohoCRM.settings.ALL ZohoCRM.org.READ ZohoCRM.coql.READ")
    code, out, _ = said("doctor")
    bundled.switch(scope=usual)
    assert (code, "the token reads and cannot write" in out) == (0, True)
    assert "make one that has ZohoCRM.modules.UPDATE and ZohoCRM.modules.DELETE: `zsync login`" in out


def test_doctor_stops_at_an_org_of_another_type(said: Said) -> None:
    Path("relations").mkdir()
    Path("relations/zsync.yaml").write_text("version: 1\nenvironments: {live: {type: production}}\n")
    code, out, _ = said("doctor -e live")
    assert code == 8
    assert "expects the org type production" in out
    assert "related" not in out
    assert "it comes from ZSYNC_REFRESH_TOKEN" in out


TWO = "version: 1\nenvironments: {eu: {type: sandbox}, us-2: {data_centre: us}}\n"


def two_environments() -> None:
    Path("relations").mkdir()
    Path("relations/zsync.yaml").write_text(TWO)


@pytest.mark.parametrize("command", ["doctor", "login --code 1000.x", "plan", "drift", "verify", "rehearse"])
def test_of_several_environments_no_command_takes_one_by_itself(
    bundled: RunningCrm, said: Said, command: str
) -> None:
    two_environments()
    asked = len(bundled.requests)
    code, out, err = said(command)
    assert (code, "break: no-environment" in out) == (64, command == "doctor")
    assert "which environment? relations/zsync.yaml has 2, and none was chosen" in err
    assert f"zsync {command.split(maxsplit=1)[0]} -e eu, or export ZSYNC_ENVIRONMENT=eu" in err
    assert len(bundled.requests) == asked


def test_an_empty_name_is_not_the_one_of_the_variable(
    said: Said, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_environments()
    monkeypatch.setenv("ZSYNC_ENVIRONMENT", "eu")
    assert said("doctor")[0] == 0
    assert run("doctor", "-e", "").code == 64


def test_the_variables_of_an_environment_are_its_own(
    variables: Mapping[str, str], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_environments()
    for name, value in variables.items():
        if name.startswith("ZSYNC_"):
            monkeypatch.delenv(name)
            monkeypatch.setenv(name.replace("ZSYNC_", "ZSYNC_US_2_"), value)
    code, out, _ = said("doctor -e us-2")
    assert (code, "ZSYNC_US_2_REFRESH_TOKEN" in out) == (0, True)
    code, _, err = said("doctor -e eu")
    assert (code, "ZSYNC_EU_CLIENT_ID" in err) == (8, True)
    monkeypatch.setenv("ZSYNC_US_2_REFRESH_TOKEN", "1000.revoked")
    code, out, _ = said("doctor -e us-2")
    assert (code, "check ZSYNC_US_2_REFRESH_TOKEN" in out) == (8, True)


def test_login_prints_the_variables_of_the_environment(bundled: RunningCrm, said: Said) -> None:
    two_environments()
    code, out, _ = said(f"login -e us-2 --code {bundled.code()}")
    assert code == 0
    assert [line.split("=")[0] for line in out.splitlines()] == [
        "export ZSYNC_US_2_CLIENT_ID",
        "export ZSYNC_US_2_CLIENT_SECRET",
        "export ZSYNC_US_2_REFRESH_TOKEN",
    ]


CONSENT = """version: 1
environments: {demo: {type: sandbox}}
consent:
  never: ["*@competitor.example"]
  fields:
    Email_Opt_Out: [true]
    Email_Opt_Uot: [true]
    Nobody_Has_This: []
"""


def consenting(text: str) -> None:
    Path("relations").mkdir()
    Path("relations/zsync.yaml").write_text(text)


def test_doctor_looks_at_the_fields_in_which_people_say_no(said: Said) -> None:
    consenting(CONSENT)
    code, out, _ = said("doctor")
    told = "relations/zsync.yaml:7:5: neither Leads nor Contacts have the field Email_Opt_Uot, so it keeps nobody out"
    assert (code, told in out) == (0, True)
    assert "Did you mean Email_Opt_Out?" in out
    assert "consent of Leads" in out
    assert "Nobody_Has_This" not in out


def test_doctor_says_that_consent_is_off_and_why(said: Said) -> None:
    consenting("version: 1\nenvironments: {demo: {consent: {off: made-up people}}}\n")
    assert "off: made-up people; nobody is asked" in said("doctor")[1]


def test_doctor_asks_for_no_metadata_twice(bundled: RunningCrm, said: Said) -> None:
    consenting(CONSENT)
    bundled._org.seen.clear()
    said("doctor")
    asked = [each.query["module"] for each in bundled._org.seen if each.path.endswith("settings/fields")]
    assert len(asked) == len(set(asked)) > 0
