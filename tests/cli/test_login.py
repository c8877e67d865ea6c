"""How login shows what to paste, counts what it makes, and ends what is not needed any more."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.program import Ended, Run
from zsync.doctor.org import READING, SCOPES
from zsync.emulator import RunningCrm, Switches, running
from zsync.emulator.seen import Seen


@pytest.fixture
def crm() -> Iterator[RunningCrm]:
    """A CRM that grants as many access tokens as it is asked for."""
    with running(switches=Switches(token_grants=0)) as started:
        yield started


@pytest.fixture
def variables(crm: RunningCrm) -> Mapping[str, str]:
    return crm.environment()


@pytest.fixture
def secrets() -> tuple[str, ...]:
    """Login prints the three variables: that is what it is for."""
    return ()


def log_in(crm: RunningCrm, run: Run, *args: str) -> Ended:
    return run("login", "--code", "-", *args, stdin=f"{crm.code()}\n")


def made(ended: Ended) -> str:
    """The refresh token that login printed."""
    assert ended.code == 0
    return ended.out.rsplit("REFRESH_TOKEN=", 1)[1].strip()


def notes() -> list[Path]:
    return [*Path(os.environ["XDG_STATE_HOME"]).rglob("tokens/*/*.json")]


def works(run: Run, token: str) -> bool:
    return run("doctor", ZSYNC_REFRESH_TOKEN=token).code == 0


def test_login_shows_the_scopes_of_reader_and_writer_each_on_a_line_to_paste(
    crm: RunningCrm, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.prompt", lambda *_, **__: crm.code())
    ended = run("login", asked=True)
    assert ended.code == 0
    assert ",".join(READING) in ended.err.splitlines()
    assert ",".join(SCOPES) in ended.err.splitlines()
    assert "Zoho allows one a user" in ended.err
    assert "Scope" not in ended.out


def test_the_console_is_the_one_of_the_data_centre(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZSYNC_ACCOUNTS_URL")
    monkeypatch.setattr("click.prompt", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    for centre, console in (("eu", "api-console.zoho.eu"), ("ca", "api-console.zohocloud.ca")):
        assert f"https://{console}," in run("login", "--data-centre", centre, asked=True).err


@pytest.mark.parametrize(
    ("scopes", "told"),
    [
        (SCOPES, "reads and writes"),
        (READING, "reads and cannot write"),
        (READING[1:], f"lacks {READING[0]}, and cannot plan"),
    ],
)
def test_login_says_what_the_token_can_do(
    crm: RunningCrm, run: Run, scopes: tuple[str, ...], told: str
) -> None:
    crm.switch(scope=" ".join(scopes))
    assert told in log_in(crm, run).err


def test_login_counts_the_tokens_of_this_client_and_no_others(crm: RunningCrm, run: Run) -> None:
    assert "made: 1 of at most 20." in log_in(crm, run).err
    assert "made: 2 of at most 20." in log_in(crm, run).err
    with running() as other:
        ended = run("login", "--code", "-", stdin=f"{other.code()}\n", **other.environment())
        assert "made: 1 of at most 20." in ended.err
    assert log_in(crm, run, "--code", "1000.used").code == 8
    assert "made: 3 of at most 20." in log_in(crm, run).err


def test_no_secret_is_in_the_notes_and_only_their_owner_reads_them(crm: RunningCrm, run: Run) -> None:
    token = made(log_in(crm, run))
    (note,) = notes()
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert stat.S_IMODE(note.parent.stat().st_mode) == 0o700
    text = note.read_text() + str(note)
    assert not [word for word in (token, crm.client_id, crm.client_secret, crm.refresh_token) if word in text]


def test_near_the_limit_login_warns_before_a_code_is_spent_and_then_says_which_token_ended(
    crm: RunningCrm, run: Run
) -> None:
    first = made(log_in(crm, run))
    for _ in range(17):
        last = log_in(crm, run)
    assert "has 17 refresh tokens" in last.err
    assert "has 18 refresh tokens" in log_in(crm, run).err
    # The 20th of this machine ends the CRM's own first token, of which nobody knew here.
    log_in(crm, run)
    assert works(run, first)
    failed = run("login", "--code", "1000.used")
    assert (failed.code, "The next one ends the oldest, made on" in failed.err) == (8, True)
    assert works(run, first)
    over = log_in(crm, run)
    assert "made: 20 of at most 20." in over.err
    assert "Zoho has ended the oldest, made on" in over.err
    assert (works(run, first), len(notes())) == (False, 20)


def test_a_damaged_note_counts_and_one_that_cannot_be_written_costs_no_token(
    crm: RunningCrm, run: Run
) -> None:
    log_in(crm, run)
    notes()[0].write_bytes(b"\xff{")
    assert "made: 2 of at most 20." in log_in(crm, run).err
    state = Path(os.environ["XDG_STATE_HOME"])
    ended = run("login", "--code", "-", stdin=f"{crm.code()}\n", XDG_STATE_HOME="/dev/null")
    assert works(run, made(ended))
    assert "warning: this token is not counted: " in ended.err
    assert state.is_dir()


def revoked(crm: RunningCrm) -> list[Seen]:
    return [seen for seen in crm.requests if seen.path.endswith("/revoke")]


def test_revoke_ends_the_token_and_forgets_it_and_again_changes_nothing(crm: RunningCrm, run: Run) -> None:
    token, other = made(log_in(crm, run)), made(log_in(crm, run))
    assert works(run, token)
    first = run("login", "--revoke", ZSYNC_REFRESH_TOKEN=token)
    assert (first.code, first.out) == (0, "Ended the refresh token, and every access token that it bought.\n")
    assert "unset ZSYNC_REFRESH_TOKEN" in first.err
    assert token not in first.out + first.err
    assert (works(run, token), works(run, other), len(notes())) == (False, True, 1)
    again = run("login", "--revoke", ZSYNC_REFRESH_TOKEN=token)
    assert (again.code, "it has ended already" in again.out, len(notes())) == (0, True, 1)


def test_revoke_removes_the_access_token_that_is_kept_and_leaves_others(crm: RunningCrm, run: Run) -> None:
    token = made(log_in(crm, run))
    cache = Path(os.environ["XDG_CACHE_HOME"], "zsync", "tokens")
    assert run("doctor").code == 0
    kept = {*cache.iterdir()}
    assert works(run, token)
    assert len({*cache.iterdir()} - kept) == 1
    run("login", "--revoke", ZSYNC_REFRESH_TOKEN=token)
    assert {*cache.iterdir()} == kept


def test_a_token_is_revoked_in_the_body_and_only_where_it_was_made(crm: RunningCrm, run: Run) -> None:
    token = made(log_in(crm, run))
    with running() as stranger:
        sent = run("login", "--revoke", ZSYNC_REFRESH_TOKEN=token, ZSYNC_ACCOUNTS_URL=stranger.url)
        assert (sent.code, stranger.requests) == (64, [])
        assert f"was made at {crm.url}" in sent.err
    assert run("login", "--revoke", ZSYNC_REFRESH_TOKEN=token).code == 0
    (seen,) = revoked(crm)
    assert (seen.method, seen.query, token.encode() in seen.body) == ("POST", {}, True)


def test_revoke_needs_no_client_and_says_which_variable_it_looked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch, crm: RunningCrm
) -> None:
    token = made(log_in(crm, run))
    for name in ("ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    assert run("login", "--revoke", ZSYNC_REFRESH_TOKEN=token).code == 0
    monkeypatch.delenv("ZSYNC_REFRESH_TOKEN")
    bare = run("login", "--revoke")
    assert (bare.code, "$ZSYNC_REFRESH_TOKEN is not set" in bare.err) == (64, True)
    assert len(revoked(crm)) == 1


def test_of_several_environments_revoke_ends_the_token_of_the_one_that_is_named(
    crm: RunningCrm, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("relations").mkdir()
    Path("relations/zsync.yaml").write_text("version: 1\nenvironments: {eu: {}, us: {}}\n")
    tokens = {name: made(log_in(crm, run, "-e", name)) for name in ("eu", "us")}
    for name, value in crm.environment().items():
        monkeypatch.delenv(name)
        for environment in ("EU", "US"):
            monkeypatch.setenv(name.replace("ZSYNC_", f"ZSYNC_{environment}_"), value)
            monkeypatch.setenv(f"ZSYNC_{environment}_REFRESH_TOKEN", tokens[environment.lower()])
    assert run("login", "--revoke").code == 64
    assert run("login", "--revoke", "-e", "us").out.startswith("Ended the refresh token of us, and")
    assert [run("doctor", "-e", name).code for name in ("eu", "us")] == [0, 8]


def test_a_refusal_to_revoke_is_an_error_and_the_token_stays_on_the_list(crm: RunningCrm, run: Run) -> None:
    token = made(log_in(crm, run))
    crm.add_faults([{"on": "POST /oauth/v2/token/revoke", "status": 200, "body": {"error": "no_way"}}])
    ended = run("login", "--revoke", ZSYNC_REFRESH_TOKEN=token)
    assert (ended.code, "does not end the refresh token: no_way" in ended.err, len(notes())) == (8, True, 1)


def test_code_and_revoke_exclude_each_other(run: Run) -> None:
    assert run("login", "--revoke", "--code", "x").code == 64
