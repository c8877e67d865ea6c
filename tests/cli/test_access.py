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
            "ZohoCRM.modules.READ ZohoCRM.settings.ALL ZohoCRM.org.READ ZohoCRM.coql.READ",
            "ZohoCRM.modules.UPDATE, ZohoCRM.modules.DELETE",
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


def test_doctor_stops_at_an_org_of_another_type(said: Said) -> None:
    Path("relations").mkdir()
    Path("relations/zsync.yaml").write_text("version: 1\nenvironments: {live: {type: production}}\n")
    code, out, _ = said("doctor -e live")
    assert code == 8
    assert "expects the org type production" in out
    assert "related" not in out
