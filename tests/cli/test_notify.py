"""`--notify`: who hears what of which command, and that it changes nothing else."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.foreign.conftest import Write
from tests.foreign.crm import Canned, Foreign
from tests.program import Run, in_process
from tests.receiver import Receiver, receiver
from zsync.applying import lock
from zsync.review.approving import ci_run

PATH = "/services/T0/B0/canary-of-the-webhook"
CI = {"GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "acme/crm", "GITHUB_RUN_ID": "7"}


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A chat that listens, and no CI around."""
    for name in ("CI_JOB_URL", "BUILD_URL"):
        monkeypatch.delenv(name, raising=False)
    with receiver() as running:
        yield running


def heard(chat: Receiver) -> list[str]:
    """The first line of each message."""
    return [json.loads(one.body)["text"].partition("\n")[0] for one in chat.posted]


def hook(chat: Receiver) -> tuple[str, str]:
    """The option."""
    return ("--notify", chat.url + PATH)


def test_an_apply_tells_what_became_of_it(spring: Foreign, run: Run, chat: Receiver) -> None:
    run("plan", "--out", "plan.json")
    said = run("apply", "plan.json", "--report", "report.json", *hook(chat))
    assert (said.code, said.err) == (0, "")
    assert heard(chat) == ["✅ zsync applied 2 changes in org 90001"]
    assert re.search(r"run \d{8}T\d{6}Z-[0-9a-f]{8}", chat.posted[0].body.decode())


def test_a_report_is_on_the_disk_and_the_lock_free_when_it_is_told(
    spring: Foreign, run: Run, chat: Receiver, tmp_path: Path
) -> None:
    seen: list[bool] = []
    locks = tmp_path / "state" / "zsync" / "locks"

    def look() -> None:
        with lock.held(locks, f"{spring.url} 90001", "", "", print):
            seen.append((tmp_path / "report.json").exists())

    chat.meanwhile = look
    run("apply", "--auto-approve", "--report", "report.json", *hook(chat))
    assert (seen, len(list(locks.glob("*.lock")))) == ([True], 1)


def test_an_apply_in_part_is_told_with_its_reasons(spring: Foreign, run: Run, chat: Receiver) -> None:
    row = {"code": "INVALID_DATA", "message": "ana@acme.example", "status": "error", "details": {"id": "12"}}
    spring.canned.append(Canned("PUT", "/crm/v8/Campaigns/50/Leads", 400, {"data": [row, row]}))
    assert run("apply", "--auto-approve", *hook(chat)).code == 3
    (message,) = [one.body.decode() for one in chat.posted]
    assert "refused" in message
    assert "INVALID_DATA" in message
    assert "acme.example" not in message


def test_an_apply_with_nothing_to_do_is_not_told(spring: Foreign, run: Run, chat: Receiver) -> None:
    assert run("apply", "--auto-approve").code == 0
    assert run("apply", "--auto-approve", *hook(chat)).code == 0
    assert chat.posted == []


@pytest.mark.parametrize("org_id", ["1", "90001"])
def test_an_apply_that_could_not_begin_is_told(
    spring: Foreign, run: Run, write: Write, chat: Receiver, org_id: str
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments: {{sandbox: {{org_id: '{org_id}'}}}}\n")
    assert run("apply", "--auto-approve", *hook(chat)).code == (8 if org_id == "1" else 0)
    assert heard(chat) == [
        "❌ zsync apply failed in sandbox: authentication, permission or credits (WRONG_ORG)"
        if org_id == "1"
        else "✅ zsync applied 2 changes in sandbox"
    ]


def test_a_guard_that_refuses_is_named(spring: Foreign, run: Run, write: Write, chat: Receiver) -> None:
    write("zsync.yaml", "version: 1\nguards: {max_changes: 0}\n")
    assert run("apply", "--auto-approve", *hook(chat)).code == 5
    assert heard(chat) == ["❌ zsync apply failed in org 90001: 1 guard refuses the plan - max_changes"]


def test_a_bug_is_told(
    spring: Foreign,
    run: Run,
    chat: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("zsync.applying.run.apply", lambda *_: 1 / 0)
    ended = in_process(("apply", "--auto-approve", *hook(chat)), env=os.environ, folder=tmp_path)
    assert ended.code == 1
    assert heard(chat) == ["❌ zsync apply failed in org 90001: a bug in zsync (ZeroDivisionError)"]
    assert "this is a bug" in ended.err


def test_what_was_not_approved_is_not_told(
    spring: Foreign, run: Run, chat: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    assert run("apply", *hook(chat), asked=True).code == 130
    assert chat.posted == []


def test_wrong_usage_is_not_told(spring: Foreign, run: Run, chat: Receiver) -> None:
    assert run("apply", *hook(chat)).code == 64
    assert run("drift", "-e", "nowhere", *hook(chat)).code == 64
    assert chat.posted == []


def test_a_run_that_is_gone_on_with_is_told(spring: Foreign, run: Run, chat: Receiver) -> None:
    run("apply", "--auto-approve")
    assert run("resume", "last", *hook(chat)).code == 0
    assert heard(chat) == ["✅ zsync applied 2 changes in org 90001"]


@pytest.fixture
def committed(spring: Foreign, run: Run, tmp_path: Path) -> Foreign:
    """The manifest is on main."""
    identity = ("-c", "user.email=ana@acme.example", "-c", "user.name=ana")
    for command in (("init", "-q"), ("add", "relations"), (*identity, "commit", "-qm", "first")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return spring


def test_drift_is_told(committed: Foreign, run: Run, chat: Receiver) -> None:
    assert run("drift", *hook(chat)).code == 2
    assert heard(chat) == ["⚠️ The CRM drifted: 2 changes that no manifest made"]
    assert (
        "In the CRM: 1 changed, 1 removed · 0 as agreed. zsync drift shows them."
        in chat.posted[0].body.decode()
    )


def test_drift_that_a_guard_would_not_let_be_put_right_is_told_once(
    committed: Foreign, run: Run, write: Write, chat: Receiver
) -> None:
    write("zsync.yaml", "version: 1\nguards: {max_changes: 0}\n")
    assert run("drift", *hook(chat)).code == 5
    assert heard(chat) == ["⚠️ The CRM drifted: 2 changes that no manifest made"]
    assert "Guards would refuse to restore Git's values: max_changes." in chat.posted[0].body.decode()


def test_a_crm_that_is_as_the_manifests_say_is_not_told(committed: Foreign, run: Run, chat: Receiver) -> None:
    run("apply", "--auto-approve")
    assert run("drift", *hook(chat)).code == 0
    assert chat.posted == []


def test_drift_that_could_not_be_looked_for_is_told(
    committed: Foreign, run: Run, chat: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZSYNC_REFRESH_TOKEN", "")
    assert run("drift", *hook(chat)).code == 8
    assert heard(chat) == [
        "❌ zsync could not look for drift: authentication, permission or credits (NO_CREDENTIALS)"
    ]


def test_the_variable_holds_several(
    spring: Foreign, run: Run, chat: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZSYNC_NOTIFY", f"{chat.url}/a\n teams={chat.url}/b ")
    assert run("apply", "--auto-approve").code == 0
    assert sorted(one.path for one in chat.posted) == ["/a", "/b"]


def test_an_empty_variable_is_none(spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZSYNC_NOTIFY", "")
    assert run("apply", "--auto-approve").code == 0


@pytest.mark.parametrize(
    "command", [("apply", "--auto-approve"), ("resume", "last"), ("drift",)], ids=" ".join
)
@pytest.mark.parametrize("way", ["option", "variable"])
def test_an_address_that_is_none_is_refused_before_anything_and_not_shown(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], way: str
) -> None:
    addresses = ["https://chat.example/canary-1", "http://chat.example/canary-2"]
    if way == "variable":
        monkeypatch.setenv("ZSYNC_NOTIFY", " ".join(addresses))
    options = [part for one in addresses for part in ("--notify", one)] if way == "option" else []
    said = run(*command, *options)
    assert (said.code, spring.requests) == (64, [])
    assert f"no. 2 of {'--notify' if way == 'option' else '$ZSYNC_NOTIFY'}" in said.err
    assert "canary" not in said.err


@pytest.mark.parametrize("status", [404, 302])
def test_a_notice_that_is_not_taken_is_a_warning_without_the_address(
    spring: Foreign, run: Run, chat: Receiver, status: int
) -> None:
    chat.answers = [(status, {})]
    said = run("apply", "--auto-approve", *hook(chat))
    assert said.code == 0
    assert f"warning: the notice to http://127.0.0.1 was not delivered: status {status}\n" in said.err
    assert "canary" not in said.err + said.out


def test_ctrl_c_while_telling_ends_nothing_but_the_telling(
    spring: Foreign, run: Run, chat: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("zsync.notices.send", interrupted)
    said = run("apply", "--auto-approve", *hook(chat))
    assert (said.code, "interrupted while notices were sent" in said.err) == (0, True)


def test_a_bug_in_the_telling_does_not_fail_the_apply(
    spring: Foreign, run: Run, chat: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsync.render.notice.of_report", lambda *_: 1 / 0)
    said = run("apply", "--auto-approve", *hook(chat))
    assert (said.code, "because of a bug in zsync (ZeroDivisionError)" in said.err) == (0, True)


def test_no_file_holds_the_address(spring: Foreign, run: Run, chat: Receiver, tmp_path: Path) -> None:
    run("plan", "--out", "plan.json")
    run("apply", "plan.json", "--report", "report.json", *hook(chat))
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert not [one for one in files if b"canary-of-the-webhook" in one]


def test_a_notice_names_no_record(spring: Foreign, run: Run, chat: Receiver) -> None:
    run("apply", "--auto-approve", *hook(chat))
    assert not re.search(rb"ana|bo@|acme|Spring", chat.posted[0].body)


@pytest.mark.parametrize(
    ("env", "link"),
    [
        (CI, "https://git.example/acme/crm/actions/runs/7"),
        (CI | {"GITHUB_RUN_ID": ""}, ""),
        (
            {"CI_JOB_URL": "https://gitlab.example/acme/crm/-/jobs/7"},
            "https://gitlab.example/acme/crm/-/jobs/7",
        ),
        ({"BUILD_URL": "http://ci.example:8080/job/x%20y/7/"}, "http://ci.example:8080/job/x%20y/7/"),
        ({"BUILD_URL": "javascript:alert(1)"}, ""),
        ({"BUILD_URL": "https://ana:pw@ci.example/"}, ""),
        ({"BUILD_URL": "https://ci.example/>|<!channel>"}, ""),
        ({"BUILD_URL": "https://ci.example/" + "x" * 1000}, ""),
        ({"BUILD_URL": "https://ci.example/\n"}, ""),
        ({}, ""),
    ],
)
def test_the_ci_run_is_linked_where_its_address_is_one(env: dict[str, str], link: str) -> None:
    assert ci_run(env) == link
