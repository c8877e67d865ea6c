"""Settings, files and answers that nobody would write on purpose: told in a sentence, never as a bug."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import MANIFEST
from tests.foreign.conftest import Write
from tests.foreign.crm import Canned, Foreign
from tests.program import Run

LIST = "/crm/v8/Campaigns/50/Leads"

URLS = [
    "not a url",
    "http://",
    "ftp://127.0.0.1",
    "http://[::1",
    "http://127.0.0.1:99999",
    "https://exa mple",
    "127.0.0.1",
    "//",
    "http://\x01",
    "http://ünïcode\u200b.invalid",
    "http://crm.example",
    "https://canary:canary@crm.example",
    "https://www.zohoapis.com.",
    "https://crm.example/?x",
]


@pytest.mark.parametrize("url", URLS, ids=ascii)
@pytest.mark.parametrize("name", ["ZSYNC_API_DOMAIN", "ZSYNC_ACCOUNTS_URL"])
def test_an_address_that_is_none_is_named(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    monkeypatch.setenv(name, url)
    said = run("plan")
    assert said.code == 64
    assert name in said.err
    assert "canary" not in said.err
    assert spring.requests == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1", 64),
        ("HTTP_PROXY", "http://[::1", 64),
        ("SSL_CERT_FILE", "/nowhere/ca.pem", 64),
        # A folder without certificates is like an empty one: it matters where an address is https.
        ("SSL_CERT_DIR", "/nowhere", 0),
    ],
)
def test_a_proxy_or_certificate_that_cannot_be_used_is_no_bug(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: int
) -> None:
    monkeypatch.setenv(name, value)
    said = run("plan")
    assert said.code == code
    assert ("help: Check HTTP_PROXY" in said.err) is bool(code)


@pytest.mark.parametrize("token", ["canary\n", "can\u00e4ry", "  ", "a b"])
def test_an_access_token_that_is_none_is_named(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("ZSYNC_ACCESS_TOKEN", token)
    for name in ("ZSYNC_CLIENT_ID", "ZSYNC_CLIENT_SECRET", "ZSYNC_REFRESH_TOKEN"):
        monkeypatch.delenv(name)
    said = run("plan")
    assert said.code == 8
    assert "ZSYNC_ACCESS_TOKEN" in said.err
    assert "canary" not in said.err


def test_a_cache_that_cannot_be_written_is_done_without(
    spring: Foreign, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert run("plan").code == 0


def member(**fields: Any) -> dict[str, Any]:
    """A page with the one member that is there, who differs from the usual in these fields."""
    row = {"id": "11", "Email": "ana@acme.example", "Member_Status": "Sent"} | fields
    return {"data": [row], "info": {"more_records": False}}


@pytest.mark.parametrize(
    "status",
    [
        "half \ud83d",
        "\x1b[31mred\x07",
        "line\nline",
        "x" * 5000,
        None,
        5,
        4.5,
        True,
        {"name": "A"},
        {},
        [],
        ["a"],
    ],
    ids=ascii,
)
def test_a_status_of_any_kind_is_shown_saved_and_applied_over(spring: Foreign, run: Run, status: Any) -> None:
    # Shown twice: to the plan, and to the apply before it writes.
    spring.canned.append(Canned("GET", LIST, 200, member(Member_Status=status), times=2))
    said = run("plan", "--out", "plan.json")
    assert said.code == 0
    assert "\x1b[31m" not in said.out
    assert run("show", "plan.json", "--format", "markdown").code == 0
    assert run("show", "plan.json").out == said.out
    assert run("apply", "plan.json").code == 0


@pytest.mark.parametrize(
    "number",
    [b"1e999999999", b"-1e-999999999", b"9" * 5000, b"NaN", b"Infinity"],
    ids=lambda n: n[:6].decode(),
)
def test_numbers_that_fill_the_memory_do_not(spring: Foreign, run: Run, number: bytes) -> None:
    body = b'{"data":[{"id":"11","Email":"a","Member_Status":' + number + b'}],"info":{"more_records":false}}'
    spring.canned.append(Canned("GET", LIST, 200, body, times=99))
    said = run("plan", "--out", "plan.json")
    assert said.code == 1
    assert "no usable answer" in said.err
    assert not Path("plan.json").exists()


@pytest.mark.parametrize(
    "body",
    [
        {"data": [], "info": None},
        {"data": [{"id": "11"}], "info": []},
        {"data": [{"id": None}]},
        {"data": [{}]},
        {"data": [[]]},
        {"data": {"id": "11"}},
        {"data": None},
        {"data": [{"id": {"a": 1}, "Member_Status": "x"}]},
        {"data": [{"id": "11", "Member_Status": "x"}], "info": {"more_records": True}},
        {"data": [], "info": {"more_records": True, "next_page_token": "x"}},
    ],
    ids=str,
)
def test_a_page_of_any_shape_is_no_bug(spring: Foreign, run: Run, body: Any) -> None:
    spring.canned.append(Canned("GET", LIST, 200, body, times=99))
    assert run("plan").code in (0, 1, 4)


@pytest.mark.parametrize(
    "body",
    [
        {"org": []},
        {"org": None},
        {"org": [None]},
        {"org": [{}]},
        {"org": [{"zgid": None}]},
        {"org": {"zgid": "1"}},
        {},
    ],
    ids=str,
)
def test_an_org_of_any_shape_is_no_bug(spring: Foreign, run: Run, body: Any) -> None:
    spring.canned.append(Canned("GET", "/crm/v8/org", 200, body, times=99))
    said = run("apply", "--auto-approve")
    assert said.code in (1, 6, 8)
    assert not spring.sent("PUT", "DELETE")


@pytest.mark.parametrize(
    "name", ["ünïcode 😀.yaml".encode(), b"new\nline.yaml", b"\x1b[31m.yaml", b"-e.yaml"]
)
def test_a_file_may_have_any_name(spring: Foreign, run: Run, tmp_path: Path, name: bytes) -> None:
    (tmp_path / "relations" / "spring.yaml").unlink()
    with open(os.path.join(os.fsencode(tmp_path / "relations"), name), "w") as file:  # noqa: PTH118, PTH123  bytes
        file.write(MANIFEST)
    said = run("plan", "--out", "plan.json")
    assert said.code == 0
    assert "\x1b[31m" not in said.out
    assert run("show", "plan.json").out == said.out
    assert run("apply", "plan.json").code == 0


def test_a_file_name_may_be_no_utf_8(spring: Foreign, run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "relations" / "spring.yaml"
    os.rename(manifest, os.path.join(os.fsencode(manifest.parent), b"\xff.yaml"))  # noqa: PTH104, PTH118  bytes
    assert run("plan", "--out", "plan.json").code == 0
    assert run("show", "plan.json").code == 0


def test_a_folder_that_is_gone_is_told(
    spring: Foreign, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run("plan").code == 4


@pytest.mark.parametrize("args", [("-e", "sandbox"), ("-e", "production")], ids=" ".join)
def test_a_plan_is_for_its_environment_alone(
    spring: Foreign, run: Run, write: Write, args: tuple[str, ...]
) -> None:
    write("zsync.yaml", "version: 1\nenvironments:\n  sandbox: {}\n  production: {}\n")
    assert run("plan", "-e", "sandbox", "--out", "plan.json").code == 0
    assert run("apply", "plan.json", *args).code == (0 if "sandbox" in args else 6)


@pytest.mark.parametrize(
    ("setting", "code"),
    [("type: sandbox", 8), ("type: production", 0), ("org_id: '1'", 8), ("org_id: '90001'", 0)],
)
def test_an_environment_takes_no_other_org_than_its_own(
    spring: Foreign, run: Run, write: Write, setting: str, code: int
) -> None:
    write("zsync.yaml", f"version: 1\nenvironments:\n  main: {{{setting}}}\n")
    assert run("plan", "-e", "main").code == code
    assert run("apply", "-e", "main", "--auto-approve").code == code
    assert bool(spring.sent("PUT")) == (code == 0)
