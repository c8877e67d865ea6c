"""`zsync init` ends in an empty plan, overwrites nobody's file, and goes on where it was interrupted."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_terminal import at_a_terminal
from tests.program import Ended, Run
from zsync.config import load_config
from zsync.doctor.org import READING
from zsync.emulator import RunningCrm, Switches, running

LEADS = [{"id": str(1000 + n), "Last_Name": f"L{n}", "Email": f"l{n}@acme.example"} for n in range(30)]
WORLD: Mapping[str, Any] = {
    "org": {"zgid": "20075998123", "type": "production"},
    "records": {
        "Leads": LEADS,
        "Campaigns": [
            {"id": "501", "Campaign_Name": "Spring: 2027", "Status": "Active"},
            {"id": "502", "Campaign_Name": "Old", "Status": "Complete"},
            {"id": "503", "Campaign_Name": "Nobody yet", "Status": "Active"},
        ],
        "Products": [{"id": "601", "Product_Name": "Sensor", "Product_Code": "S-1"}],
        "Price_Books": [
            {"id": "701", "Price_Book_Name": "Retail", "Active": True},
            {"id": "702", "Price_Book_Name": "Gone", "Active": False},
        ],
    },
    "relations": {
        "Campaigns/501/Leads": [
            {"id": each["id"], "Member_Status": "Sent" if at % 3 else "Planned"}
            for at, each in enumerate(LEADS)
        ],
        "Campaigns/502/Leads": [{"id": "1001", "Member_Status": "Sent"}],
        "Price_Books/701/Products": [{"id": "601", "list_price": 12.5}],
        "Price_Books/702/Products": [{"id": "601", "list_price": 1}],
    },
}
FLAGS = ("-e", "production", "--take", "all", "--max-deletes", "5%")
MANIFESTS = {"relations/campaigns/spring-2027.yaml", "relations/price-books/retail.yaml"}
MADE = MANIFESTS | {"relations/zsync.yaml", "relations/orgs/production.yaml", ".gitignore"}
OWN = "version: 1\nenvironments:\n  production: {type: production}  # by hand\n"


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningCrm]:
    with running(WORLD, switches=Switches(token_grants=0)) as started:
        yield started


@pytest.fixture
def crm(shared: RunningCrm) -> RunningCrm:
    shared.requests.clear()
    return shared


@pytest.fixture
def variables(shared: RunningCrm) -> Mapping[str, str]:
    return shared.environment()


def files() -> dict[str, bytes]:
    """What is in the folder, without what zsync keeps for its user."""
    apart = {"home", "cache", "state", ".git"}
    found = (path for path in sorted(Path().rglob("*")) if path.is_file() and path.parts[0] not in apart)
    return {path.as_posix(): path.read_bytes() for path in found}


def write(name: str, text: str | bytes) -> None:
    Path(name).parent.mkdir(exist_ok=True, parents=True)
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())


def test_an_existing_org_is_in_files_and_the_plan_is_empty(run: Run, crm: RunningCrm) -> None:
    state = crm.state()
    ended = run("init", *FLAGS)
    assert ended.code == 0
    assert files().keys() == MADE
    assert "Wrote relations/ (zsync.yaml, orgs/production.yaml, 2 manifests), .gitignore;\n" in ended.out
    assert "No changes. The CRM matches the manifests (31 rows, " in ended.out
    assert {(each.method, each.path) for each in crm.requests if each.method != "GET"} <= {
        ("POST", "/oauth/v2/token"),
        ("POST", "/crm/v8/coql"),
        *(
            ("POST", each.path)
            for each in crm.requests
            if each.path.endswith("/actions/get_related_records_count")
        ),
    }
    assert crm.state() == state
    for command in (
        ("plan", "--detailed-exitcode"),
        ("validate",),
        ("fmt", "--check"),
        ("profile", "--check"),
    ):
        assert run(*command).code == 0, command


def test_the_settings_name_the_org_and_its_limits_and_are_read_as_meant(run: Run) -> None:
    run("init", *FLAGS[:-1], "10")
    config = load_config(Path("relations/zsync.yaml"), "relations/zsync.yaml")
    (environment,) = config.environments.values()
    assert (environment.name, environment.type, environment.org_id) == (
        "production",
        "production",
        "20075998123",
    )
    text = Path("relations/zsync.yaml").read_text()
    assert "  max_deletes: 10  # rows; a plan that deletes more is refused\n" in text
    assert "conflicts: withhold" in text
    # A variable says where the CRM is: a data centre would only contradict it.
    assert "data_centre" not in text


def test_no_secret_and_no_address_of_a_machine_is_in_a_file(run: Run, crm: RunningCrm) -> None:
    run("init", *FLAGS)
    content = b"".join(files().values()).decode()
    secret = (crm.client_id, crm.client_secret, crm.refresh_token, "127.0.0.1")
    assert not [word for word in secret if word in content]


def test_again_in_the_same_folder_nothing_changes(run: Run) -> None:
    run("init", *FLAGS)
    before = files()
    times = {name: Path(name).stat().st_mtime_ns for name in before}
    for args in (FLAGS, ()):
        ended = run("init", *args)
        assert (ended.code, files()) == (0, before)
        assert "Nothing to write: all of it is here." in ended.out
    assert {name: Path(name).stat().st_mtime_ns for name in before} == times
    assert "changes nothing" in run("init", *FLAGS, "--data-centre", "eu").err
    assert files() == before


def test_without_a_terminal_every_flag_that_is_missing_is_named_and_nothing_happens(
    run: Run, crm: RunningCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = run("init")
    assert (ended.code, files(), crm.requests) == (64, {}, [])
    for flag in ("-e NAME", "--take", "--max-deletes"):
        assert f"missing: {flag}" in ended.err
    assert "--data-centre" not in ended.err
    for name in crm.environment():
        monkeypatch.delenv(name)
    ended = run("init", *FLAGS[2:])
    for flag in ("--data-centre", "-e NAME", "the variables ZSYNC_CLIENT_ID"):
        assert f"missing: {flag}" in ended.err
    assert (ended.code, "--take" in ended.err, files()) == (64, False, {})


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Somebody at the terminal who takes every default: what was asked, and what it was."""
    asked: list[tuple[str, str]] = []

    def prompt(text: str, *, default: str = "", **_: object) -> str:
        asked.append((text, default))
        return default

    monkeypatch.setattr("click.prompt", prompt)
    return asked


def test_whoever_takes_every_default_has_answered_three_questions(
    run: Run, answers: list[tuple[str, str]]
) -> None:
    assert run("init", asked=True).code == 0
    assert answers == [
        ("1/3 Name of the environment", "production"),
        ("2/3 Take in all, campaigns, prices or none", "all"),
        ("3/3 Refuse plans that delete more than this of a list", "5%"),
    ]
    assert files().keys() == MADE


def test_what_there_is_stands_above_the_question_with_sizes_and_costs(
    run: Run, answers: list[tuple[str, str]]
) -> None:
    lines = run("init", asked=True).err.splitlines()
    assert "    ok  org 20075998123 (production). This token reads and writes." in lines
    found = [" ".join(line.split()) for line in lines]
    assert "Found 1 active campaign 30 rows about 3 API credits" in found
    assert "1 price book 1 row about 2 API credits" in found
    assert "1 without rows: left out" in found
    assert max(len(line) for line in lines if "zsync emulator" not in line) <= 80


@pytest.mark.parametrize(
    ("take", "made"),
    [
        ("campaigns", {"relations/campaigns/spring-2027.yaml"}),
        ("prices", {"relations/price-books/retail.yaml"}),
        ("none", set()),
    ],
)
def test_only_what_was_chosen_is_taken_in_and_the_rest_can_follow(
    run: Run, take: str, made: set[str]
) -> None:
    assert run("init", "-e", "production", "--max-deletes", "5%", "--take", take).code == 0
    assert files().keys() & MANIFESTS == made
    before = files()
    assert run("init", "--take", "all").code == 0
    after = files()
    assert after.keys() == MADE
    assert {name: after[name] for name in before} == before


def test_a_users_files_stay_as_they_are(run: Run) -> None:
    write(".gitignore", b"*.log\r\nplan.json\r\n/build")
    write("relations/zsync.yaml", OWN)
    manifest = "version: 1  # mine\nparent: {module: Price_Books, id: '701'}\nrelated_lists:\n  Products: {records: [{id: '601', list_price: 13}]}\n"
    write("relations/mine.yaml", manifest)
    ended = run("init", "--take", "all")
    assert ended.code == 2
    assert "The plan is not empty: 1 change" in ended.out
    after = files()
    assert after["relations/zsync.yaml"] == OWN.encode()
    assert after["relations/mine.yaml"] == manifest.encode()
    assert after[".gitignore"].startswith(b"*.log\r\nplan.json\r\n/build\r\n# zsync")
    assert after[".gitignore"].count(b"plan.json") == 1
    assert after[".gitignore"].endswith(b".env\r\n")
    assert "relations/price-books/retail.yaml" not in after


def test_a_row_that_the_other_side_declares_is_not_rewritten(run: Run) -> None:
    lead = "version: 1\nparent: {module: Leads, id: '1000'}\nrelated_lists:\n  Campaigns: {records: [{id: '501', Member_Status: Responded}]}\n"
    write("relations/lead.yaml", lead)
    assert run("init", *FLAGS).code == 2
    assert files()["relations/lead.yaml"] == lead.encode()


def test_a_manifest_with_errors_is_told_before_anything_is_written(run: Run) -> None:
    write("relations/bad.yaml", "version: 1\nparent: {module: Leads}\n")
    before = files()
    assert (run("init", *FLAGS).code, files()) == (4, before)


def test_another_org_than_the_settings_say_is_refused(run: Run) -> None:
    write("relations/zsync.yaml", 'version: 1\nenvironments: {production: {org_id: "1"}}\n')
    before = files()
    ended = run("init", "--take", "all")
    assert (ended.code, files()) == (8, before)
    assert "FAIL" in ended.err


def test_an_interruption_at_any_file_is_finished_by_the_next_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    monkeypatch.chdir(whole)
    run("init", *FLAGS)
    wanted, moves = files(), count_moves(run, FLAGS, tmp_path / "counted", monkeypatch)
    assert moves >= len(MADE)
    for at in range(moves):
        place = tmp_path / f"run{at}"
        place.mkdir()
        monkeypatch.chdir(place)
        assert interrupted(run, FLAGS, at).code == 130
        assert files().keys() < MADE
        assert run("init", *FLAGS).code == 0
        assert files() == wanted, at


def count_moves(run: Run, args: Sequence[str], place: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a file takes its place in the folder."""
    place.mkdir()
    monkeypatch.chdir(place)
    moved: list[Path] = []
    real = Path.replace

    def replace(this: Path, to: Path) -> Path:
        moved.append(to.resolve())
        return real(this, to)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        run("init", *args)
    return sum(each.is_relative_to(place.resolve()) for each in moved)


def interrupted(run: Run, args: Sequence[str], at: int) -> Ended:
    """A run that Ctrl-C ends when the file of this number is to take its place."""
    real, seen = Path.replace, [0]
    here = Path.cwd().resolve()

    def replace(this: Path, to: Path) -> Path:
        if to.resolve().is_relative_to(here):
            seen[0] += 1
            if seen[0] == at + 1:
                raise KeyboardInterrupt
        return real(this, to)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        return run("init", *args)


def test_at_a_real_terminal_it_asks_shows_and_keeps_within_80_columns(
    crm: RunningCrm, tmp_path: Path
) -> None:
    args = ("init", "-e", "production", "--max-deletes", "5%")
    code, screen = at_a_terminal(crm, tmp_path, *args, answer="\n", mark="]:")  # type: ignore[arg-type]
    assert code == 0
    assert screen.index("Found 1 active campaign") < screen.index("1/1 Take in") < screen.index("No changes.")
    assert max(map(len, screen.splitlines())) <= 80
    assert (tmp_path / "relations" / "zsync.yaml").is_file()


def test_ctrl_c_at_a_question_writes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def prompt(text: str, *, default: str, **_: object) -> str:
        if text.startswith("3/3"):
            raise KeyboardInterrupt
        return default

    monkeypatch.setattr("click.prompt", prompt)
    assert (run("init", asked=True).code, files()) == (130, {})


@pytest.mark.parametrize("secrets", [()])
def test_a_code_becomes_a_token_that_is_printed_and_used_and_in_no_file(
    run: Run, crm: RunningCrm, monkeypatch: pytest.MonkeyPatch, secrets: tuple[str, ...]
) -> None:
    monkeypatch.delenv("ZSYNC_REFRESH_TOKEN")
    usual = crm.switches.scope
    crm.switch(scope=" ".join(READING))
    ended = run("init", *FLAGS, "--code", "-", stdin=f"{crm.code()}\n")
    crm.switch(scope=usual)
    assert ended.code == 0
    assert "This token reads and cannot write." in ended.err
    token = re.search(r"export ZSYNC_REFRESH_TOKEN=(\S+)\n", ended.out)
    assert token is not None
    assert token[1] not in b"".join(files().values()).decode()
    assert "Refresh tokens of this client that this machine made: 1" in ended.err
    assert run("plan", ZSYNC_REFRESH_TOKEN=token[1]).code == 0


def test_the_variables_of_the_environment_are_its_own_and_a_code_is_not_spent(
    run: Run, crm: RunningCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in crm.environment().items():
        monkeypatch.delenv(name)
        monkeypatch.setenv(name.replace("ZSYNC_", "ZSYNC_PRODUCTION_"), value)
    ended = run("init", *FLAGS, "--code", crm.code())
    assert (ended.code, {*files()}) == (0, MADE)
    assert "a variable has a token already: --code changes nothing." in ended.err
    assert ended.out.count("export") == 0


@pytest.mark.parametrize("name", ["a\nb", "-x", ".", "x" * 60, "\x1b[31m"])
def test_a_name_that_no_environment_should_have_is_refused_at_once(run: Run, name: str) -> None:
    assert (run("init", f"--environment={name}", *FLAGS[2:]).code, files()) == (64, {})


def test_a_code_that_is_refused_leaves_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZSYNC_REFRESH_TOKEN")
    ended = run("init", *FLAGS, "--code", "1000.used")
    assert (ended.code, files()) == (8, {})


def test_below_the_root_of_a_repository_that_has_manifests_it_says_where_to_go(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    write("relations/zsync.yaml", OWN)
    Path("below").mkdir()
    monkeypatch.chdir("below")
    ended = run("init", *FLAGS)
    assert (ended.code, f"cd {tmp_path}" in ended.err, files()) == (64, True, {})


@pytest.mark.parametrize("limit", ["", "5 %", "101%", "-1", "a"])
def test_a_limit_that_no_guard_takes_is_refused_at_once(run: Run, limit: str) -> None:
    assert (run("init", *FLAGS[:-1], limit).code, files()) == (64, {})


def test_an_org_without_campaigns_and_price_books_begins_empty(run: Run) -> None:
    with running({"org": {"type": "production"}}) as empty:
        ended = run("init", "-e", "production", "--take", "all", "--max-deletes", "5%", **empty.environment())
    assert ended.code == 0
    assert "nothing is taken in" in ended.err
    assert files().keys() == MADE - MANIFESTS


def test_sixty_campaigns_are_all_taken_in_though_not_all_are_counted(run: Run) -> None:
    campaigns = [{"id": str(5000 + n), "Campaign_Name": f"C{n:02}", "Status": "Active"} for n in range(60)]
    world = {
        "records": {"Leads": LEADS[:1], "Campaigns": campaigns},
        "relations": {
            f"Campaigns/{each['id']}/Leads": [{"id": "1000", "Member_Status": "Sent"}] for each in campaigns
        },
    }
    with running(world, switches=Switches(token_grants=0)) as many:
        ended = run("init", *FLAGS, **many.environment())
        again = run("init", *FLAGS, **many.environment())
    assert (ended.code, again.code) == (0, 0)
    assert "60 active campaigns not counted about 170 API credits" in " ".join(ended.err.split())
    assert len([*Path("relations/campaigns").iterdir()]) == 60
    assert "Nothing to write" in again.out


EMULATED = ("--emulator", "--take", "all", "--max-deletes", "5%")


def test_without_an_account_it_ends_in_an_empty_plan_and_again_changes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, crm: RunningCrm
) -> None:
    for name in crm.environment():
        monkeypatch.delenv(name)
    # Credentials of a real org must not be used: no test may reach it, and this one would fail.
    monkeypatch.setenv("ZSYNC_ACCOUNTS_URL", "https://accounts.zoho.eu")
    monkeypatch.setenv("ZSYNC_DEMO_REFRESH_TOKEN", "1000.of-an-org")
    ended = run("init", *EMULATED)
    assert ended.code == 0
    assert "No changes. The CRM matches the manifests (13 rows, " in ended.out
    before = files()
    assert "relations/orgs/demo.yaml" in before
    assert (run("init", *EMULATED).code, files()) == (0, before)
    assert os.environ["ZSYNC_ACCOUNTS_URL"] == "https://accounts.zoho.eu"


def test_the_commands_that_it_prints_for_the_bundled_crm_work(
    run: Run, monkeypatch: pytest.MonkeyPatch, crm: RunningCrm, tmp_path: Path
) -> None:
    for name in crm.environment():
        monkeypatch.delenv(name)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "zsync"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m zsync "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    shown = run("init", *EMULATED).err.splitlines()
    at = next(at for at, line in enumerate(shown) if line.startswith("The bundled CRM stops now"))
    start, plan = shown[at + 1].strip(), shown[at + 3].strip()
    with subprocess.Popen(
        ["sh", "-c", start], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
    ) as started:
        assert started.stdout is not None
        try:
            started.stdout.readline()
            done = subprocess.run(["sh", "-c", plan], capture_output=True, text=True, check=False)
        finally:
            os.killpg(started.pid, 15)
    assert (done.returncode, "Nothing to do: the CRM equals the manifests." in done.stdout) == (0, True)


def test_a_bundled_crm_that_already_runs_is_used(run: Run, crm: RunningCrm) -> None:
    ended = run("init", *EMULATED)
    assert ended.code == 0
    assert "org 20075998123" in ended.err
    assert "zsync emulator" not in ended.err
    assert len(crm.requests) > 5
