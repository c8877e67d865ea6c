"""Webhooks: which addresses are taken, and how a notice gets there or not."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from tests.receiver import Receiver, receiver
from zsync import USER_AGENT, notices
from zsync.notices import Webhook, parse_webhook, send

SECRET = "https://hooks.slack.example/services/T0/B0/canary"


@pytest.fixture
def chat() -> Iterator[Receiver]:
    """A chat that takes messages."""
    with receiver() as running:
        yield running


def sent(*urls: str, message: Any = None) -> tuple[list[str], list[float]]:
    """The causes of what was not taken, and how long was waited."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    found = asyncio.run(send([(Webhook("slack", url), message) for url in urls], sleep=sleep))
    return [cause for _, cause in found], waits


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "slack"),
        ("https://chat.acme.example/hooks/x", "slack"),
        ("https://discord.com/api/webhooks/1/x/slack", "slack"),
        ("https://acme.webhook.office.com/webhookb2/x", "teams"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/x?sig=1", "teams"),
        ("https://default1.2.environment.api.powerplatform.com:443/powerautomate/x", "teams"),
        ("https://logic.azure.com.evil.example/x", "slack"),
        ("teams=https://chat.acme.example/x?a=b", "teams"),
        ("slack=https://acme.webhook.office.com/x", "slack"),
        ("http://127.0.0.1:8065/hooks/x", "slack"),
        ("teams=http://localhost/x", "teams"),
        ("http://[::1]:80/x", "slack"),
    ],
)
def test_the_form_is_known_by_the_host_or_said(text: str, form: str) -> None:
    found = parse_webhook(text)
    assert found is not None
    assert (found.form, found.url) == (form, text.removeprefix(f"{form}="))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "http://hooks.slack.com/x",
        "http://127.0.0.1.evil.example/",
        "ftp://127.0.0.1/",
        "https://",
        "mail=https://a.example/x",
        "https://ana:pw@a.example/x",
        "https://a.example/\nx",
        "https://ä.example/",
        "https://a.example:0x/",
        "https://[::1/",
        "https://a.example:99999/",
        "slack=",
        "https:///x",
        "//a.example/x",
    ],
)
def test_what_is_no_webhook_is_none(text: str) -> None:
    assert parse_webhook(text) is None


def test_an_address_shows_only_its_host() -> None:
    found = parse_webhook("https://hooks.slack.com:8443/services/canary?key=canary#canary")
    assert found is not None
    assert (found.place, "canary" in repr(found)) == ("https://hooks.slack.com", False)


def test_a_message_is_posted_once_as_json(chat: Receiver) -> None:
    assert sent(f"{chat.url}/services/x", message={"text": "done – ✅"}) == ([], [])
    (one,) = chat.posted
    assert (one.path, json.loads(one.body)) == ("/services/x", {"text": "done – ✅"})
    assert one.headers["Content-Type"] == "application/json"
    assert one.headers["User-Agent"] == USER_AGENT


@pytest.mark.parametrize(
    ("headers", "waited"),
    [({}, 1.0), ({"Retry-After": "3"}, 4.0), ({"Retry-After": "9999"}, 11.0), ({"Retry-After": "soon"}, 1.0)],
)
def test_a_chat_that_is_busy_is_asked_once_more(
    chat: Receiver, headers: dict[str, str], waited: float
) -> None:
    chat.answers = [(429, headers)]
    assert sent(chat.url) == ([], [waited])
    assert len(chat.posted) == 2


@pytest.mark.parametrize(
    ("answers", "cause", "tries"),
    [
        ([503, 500], "status 500", 2),
        ([429, 429], "status 429", 2),
        ([404], "status 404", 1),
        ([503, 403], "status 403", 2),
        ([302], "status 302", 1),
    ],
)
def test_what_is_not_taken_has_a_cause(chat: Receiver, answers: list[int], cause: str, tries: int) -> None:
    chat.answers = [(status, {"Location": chat.url}) for status in answers]
    assert sent(chat.url)[0] == [cause]
    assert len(chat.posted) == tries


def test_a_chat_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "SECONDS", 0.05)

    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with respx.mock(assert_all_called=False) as mock:
        mock.post(SECRET).mock(side_effect=silent)
        assert sent(SECRET) == (["no answer within 0 s"], [1.0])


def test_a_cause_holds_nothing_of_the_address() -> None:
    with respx.mock() as mock:
        mock.post(SECRET).mock(side_effect=httpx.ConnectError(f"cannot reach {SECRET}"))
        assert sent(SECRET)[0] == ["ConnectError"]


def test_one_chat_that_is_gone_keeps_no_other_from_hearing(chat: Receiver) -> None:
    assert sent("http://127.0.0.1:9/", chat.url)[0] == ["ConnectError"]
    assert len(chat.posted) == 1


@pytest.mark.parametrize(("name", "value"), [("HTTPS_PROXY", "http://[::1"), ("SSL_CERT_FILE", "/nowhere")])
def test_surroundings_that_allow_no_connection_are_a_cause(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    (cause,), _ = sent(SECRET)
    assert cause.startswith("no connection can be set up")
