"""Journals are outside of the repository, by environment; nothing that came with the checkout is carried out."""

import json
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_terminal import at_a_terminal
from tests.foreign.conftest import Write
from tests.foreign.crm import Foreign
from tests.listed_runs import listed_runs
from tests.program import Run, forked, surroundings

WAVES = "{waves: [1, rest]}"
RESUME = ("resume", "last", "--auto-approve")


@pytest.fixture
def stopped(spring: Foreign, write: Write, run: Run) -> Foreign:
    """A run in the environment `main` whose first row was refused: the other one is left."""
    write("zsync.yaml", f"version: 1\nenvironments:\n  main: {WAVES}\n")
    return stop(spring, run)


def stop(crm: Foreign, run: Run, *more: str, **env: str) -> Foreign:
    """Apply, with the lead 11 locked, in waves of one."""
    crm.refuse = {"11": "RECORD_LOCKED"}
    assert run("apply", "--auto-approve", *more, **env).code == 3
    crm.refuse = {}
    crm.requests.clear()
    return crm


def journals(state: str = "state") -> list[Path]:
    """The files of all journals, in the order of their names."""
    return sorted(Path(state).rglob("*.jsonl"))


def test_a_journal_is_in_the_users_state_folder_and_none_in_the_repository(
    stopped: Foreign, tmp_path: Path
) -> None:
    (file,) = journals()
    assert [part.partition("-")[0] for part in file.parts[:-1]] == [
        "state",
        "zsync",
        "repositories",
        "test",
        "main",
        "90001",
    ]
    assert not (tmp_path / ".zsync").exists()


@pytest.mark.parametrize("genuine", [False, True])
def test_a_journal_that_came_with_the_checkout_is_carried_out_by_nothing(
    stopped: Foreign, run: Run, genuine: bool
) -> None:
    (file,) = journals()
    old = Path(".zsync/runs")
    old.mkdir(parents=True)
    shutil.copy(file, old / file.name)
    if not genuine:
        text = file.read_text().replace("zsync.journal/2", "zsync.journal/1")
        (old / "29990101T000000Z-aaaaaaaa.jsonl").write_text(text)
    shutil.rmtree("state/zsync/repositories")
    for command in (RESUME, ("undo", "last")):
        said = run(*command)
        assert said.code == 4
        assert f"{Path.cwd() / old} holds journals of zsync 0.1.0" in said.err
        assert "there are no runs in" in said.err
    assert stopped.requests == []
    assert "There are no runs" in run("runs").err


def test_a_journal_that_was_put_into_the_state_folder_unsealed_is_refused(stopped: Foreign, run: Run) -> None:
    (file,) = journals()
    file.write_bytes(file.read_bytes().replace(b"Responded", b"Attended").replace(b"Sent", b"Best"))
    for command in (RESUME, ("undo", "last")):
        said = run(*command)
        assert (said.code, "was altered: line 1" in said.err) == (6, True)
    assert stopped.requests == []
    assert "cannot be read" in run("runs").out


def test_resume_shows_what_is_left_and_wants_a_yes(stopped: Foreign, run: Run) -> None:
    said = run("resume", "last")
    assert said.code == 64
    assert "1 of 2 changes are settled, 1 left" in said.err
    assert "bo@acme.example" in said.out
    assert "ana@acme.example" not in said.out
    assert "--auto-approve" in said.err
    assert stopped.sent("PUT") == []
    assert run(*RESUME).code == 3
    assert len(stopped.sent("PUT")) == 1


@pytest.mark.parametrize(("answer", "code", "writes"), [("n\n", 130, 0), ("y\n", 3, 1)])
def test_resume_asks_at_a_terminal(
    stopped: Foreign, tmp_path: Path, answer: str, code: int, writes: int
) -> None:
    ended, screen = at_a_terminal(stopped, tmp_path, "resume", "last", answer=answer)
    assert (ended, len(stopped.sent("PUT"))) == (code, writes)
    assert screen.index("1 left") < screen.index("bo@acme.example") < screen.index("Apply this change?")


def test_a_run_whose_plan_has_expired_is_not_gone_on_with(
    stopped: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "4000000000")
    said = run(*RESUME)
    assert (said.code, "expired" in said.err, stopped.requests) == (6, True, [])


def test_last_is_the_newest_of_the_environment_in_force(
    spring: Foreign, write: Write, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments:\n  one: {WAVES}\n  Two!: {WAVES}\n")
    stop(spring, run, "-e", "one", SOURCE_DATE_EPOCH="1900000000")
    stop(spring, run, "-e", "Two!", SOURCE_DATE_EPOCH="1900000001")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000002")
    first, second = listed_runs(run("runs").out)
    said = run("undo", "last")
    assert (said.code, "which environment?" in said.err) == (64, True)
    assert f"-{first}," in run("resume", "last", "-e", "one").err
    assert f"-{second}," in run("resume", "last", ZSYNC_ENVIRONMENT="Two!").err
    assert f"-{first}," in run("resume", first[:-1]).err
    assert run("resume", second, "-e", "one").code == 4
    assert listed_runs(run("runs", "-e", "one").out) == [first]
    assert spring.sent("PUT") == []


def test_a_name_that_several_runs_begin_with_is_refused(stopped: Foreign, run: Run) -> None:
    run("plan", "--out", "plan.json")
    run("apply", "plan.json")
    said = run("resume", "2", "--auto-approve")
    assert (said.code, "which run? '2' is in the names of 2" in said.err) == (64, True)
    assert run("resume").code == 64


def test_runs_are_those_of_the_repository_from_any_folder_of_it_and_of_no_other(
    stopped: Foreign, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / tmp_path.name
    shutil.copytree("relations", other / "relations")
    monkeypatch.chdir(other)
    assert "There are no runs" in run("runs").err
    assert run(*RESUME).code == 4
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path / "relations")
    assert "finish it: zsync resume" in run("runs").out


KEY = {"ZSYNC_JOURNAL_KEY": "a long random text"}


def test_a_journal_of_ci_is_resumed_elsewhere_with_the_writers_key_and_not_with_the_readers_credentials(
    spring: Foreign, write: Write, run: Run
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments:\n  main: {WAVES}\n")
    stop(spring, run, "--journal", "out/journal.jsonl", **KEY)
    assert journals() == []
    here = {"XDG_STATE_HOME": str(Path("laptop").resolve())}
    args = ("--journal", "out/journal.jsonl", "--auto-approve")
    before = Path("out/journal.jsonl").read_bytes()
    for more in ({}, {"ZSYNC_JOURNAL_KEY": "another"}, {"ZSYNC_REFRESH_TOKEN": "of-the-reader"}):
        said = run("resume", *args, **here, **more)
        assert (said.code, "Set ZSYNC_JOURNAL_KEY as that run had it" in said.err) == (6, True)
        assert run("undo", *args[:2], **here, **more).code == 6
    assert (spring.requests, Path("out/journal.jsonl").read_bytes()) == ([], before)
    assert "finish it: zsync resume --journal out/journal.jsonl" in run("runs", *args[:2], **here, **KEY).out
    assert run("resume", *args, **here, **KEY).code == 3
    assert len(spring.sent("PUT")) == 1
    assert run("undo", "--journal", "out/journal.jsonl", **here, **KEY).code == 0


def test_without_a_key_the_refresh_token_that_wrote_opens_a_journal_and_the_client_secret_does_not(
    stopped: Foreign, run: Run
) -> None:
    said = run(*RESUME, ZSYNC_REFRESH_TOKEN="of-the-reader")
    assert (said.code, "another refresh token" in said.err) == (6, True)
    assert stopped.requests == []
    assert run(*RESUME, ZSYNC_CLIENT_SECRET="canary-secret").code == 3


def test_with_an_access_token_alone_a_journal_is_good_on_that_machine_only(
    spring: Foreign, write: Write, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments:\n  main: {WAVES}\n")
    for name in ("ZSYNC_REFRESH_TOKEN", "ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("ZSYNC_ACCESS_TOKEN", "canary-access")
    stop(spring, run)
    (file,) = journals()
    assert json.loads(file.read_text().splitlines()[0])["key"]["kind"] == "machine"
    elsewhere = run(
        "resume", "--journal", str(file), "--auto-approve", XDG_STATE_HOME=str(Path("b").resolve())
    )
    assert (elsewhere.code, "another machine" in elsewhere.err) == (6, True)
    assert run(*RESUME).code == 3


@pytest.mark.parametrize("command", [("apply", "--auto-approve"), ("resume",), ("undo",), ("runs",)])
def test_a_folder_as_journal_is_the_habit_of_another_version(
    spring: Foreign, run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "kept").mkdir()
    said = run(*command, "--journal", "kept")
    assert said.code == 64
    assert "--journal names a file, and kept is a folder" in said.err
    assert spring.requests == []


def test_a_new_run_never_writes_into_a_file_that_is_there(spring: Foreign, run: Run, tmp_path: Path) -> None:
    (tmp_path / "kept.jsonl").write_text("mine")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "elsewhere")
    for name in ("kept.jsonl", "link.jsonl"):
        assert run("apply", "--auto-approve", "--journal", name).code == 64
    assert (tmp_path / "kept.jsonl").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert spring.requests == []


def test_the_journal_of_another_run_or_environment_than_was_asked_for_is_refused(
    spring: Foreign, write: Write, run: Run
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments:\n  main: {WAVES}\n  other: {WAVES}\n")
    stop(spring, run, "-e", "main", "--journal", "run.jsonl")
    args = ("--journal", "run.jsonl", "--auto-approve")
    assert run("resume", "-e", "other", *args).code == 6
    assert run("resume", "1999", *args).code == 4
    assert spring.requests == []
    assert run("resume", "last", *args).code == 3


def fills(size: str) -> None:
    """Called before a command in a process of its own: no file may grow beyond so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), resource.RLIM_INFINITY))


@pytest.mark.parametrize("torn", [False, True])
def test_resume_on_a_full_disk_says_so_sends_nothing_and_goes_on_later(
    stopped: Foreign, run: Run, tmp_path: Path, torn: bool
) -> None:
    (journal,) = journals()
    if torn:
        journal.write_bytes(journal.read_bytes()[:-1])
    before = f"tests.cli.test_journals:fills {0 if torn else 50}"
    around = surroundings(tmp_path, **stopped.environment())
    ended = forked(*RESUME, folder=tmp_path, env=around, before=before).ended()
    assert ended.code == 1
    said = " ".join((ended.out + ended.err).split())
    assert f"the journal {journal.resolve()} cannot be written: File too large" in said
    assert "Make room" in said
    assert "bug in zsync" not in said
    assert stopped.sent("PUT", "DELETE") == []
    run(*RESUME)
    assert "12" in stopped.members("Campaigns", "50", "Leads")


def test_undo_says_what_a_journal_without_an_end_is_silent_about(
    spring: Foreign, write: Write, run: Run
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments:\n  main: {WAVES}\n")
    assert run("apply", "--auto-approve", "--journal", "run.jsonl").code == 0
    undo = ("undo", "--journal", "run.jsonl")
    assert "warning: the journal" not in run(*undo).err
    lines = Path("run.jsonl").read_bytes().splitlines(keepends=True)
    for kept, silent in ((1, 2), (2, 1), (3, 1), (4, 0), (5, 0)):
        Path("run.jsonl").write_bytes(b"".join(lines[:kept]))
        said = run(*undo)
        assert ("says nothing of" in said.err) == bool(silent)
        assert not silent or f"says nothing of {silent} of 2 changes: they are not undone" in said.err


def test_the_way_back_names_the_file_that_was_named(spring: Foreign, run: Run) -> None:
    said = run("apply", "--auto-approve", "--journal", "my run.jsonl", "--report", "report.json")
    assert "to take it back: zsync undo --journal 'my run.jsonl' --out FILE" in said.out
    assert run("undo", "--journal", "my run.jsonl").code == 0
    assert "undo --journal 'my run.jsonl'" in run("show", "report.json").out


def test_the_way_back_of_a_run_that_was_gone_on_with_names_its_file(
    spring: Foreign, write: Write, run: Run
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments:\n  main: {WAVES}\n")
    stop(spring, run, "--journal", "run.jsonl")
    said = run("resume", "--journal", "run.jsonl", "--auto-approve")
    assert "to take it back: zsync undo --journal run.jsonl --out FILE" in said.out
    assert "to take it back: zsync undo 2" in run("apply", "--auto-approve").out


def test_a_report_says_who_and_a_journal_keeps_it(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, "canary-user")
    said = run("apply", "--auto-approve", "--report", "report.json")
    assert "Started by canary-user" in said.out
    assert json.loads(Path("report.json").read_text())["approval"] == {
        "started_by": "canary-user",
        "approved_by": [],
        "merged_by": "",
        "address": "",
    }
    (file,) = journals()
    assert json.loads(file.read_text().splitlines()[0])["approval"]["started_by"] == "canary-user"
    masked = run("show", "report.json", "--redact", "--format", "json").out
    assert "canary-user" not in masked
    assert "Approved by" not in said.out


def test_who_says_yes_at_a_terminal_is_who_approved(spring: Foreign, tmp_path: Path) -> None:
    _, screen = at_a_terminal(spring, tmp_path, "apply", answer="y\n")
    assert "Started by" in screen
    assert "approved by" in screen
