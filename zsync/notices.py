"""Chat webhooks: their addresses, and sending notices to them.

A webhook's address is a secret: whoever knows it can write to the channel. Only its scheme and host are ever shown.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import time
from typing import Any
from urllib.parse import urlsplit

import httpx

from zsync import USER_AGENT
from zsync.hosts import AddressRefused, address
from zsync.model.retries import NOTICES, asked_wait

SECONDS = 10.0
"""The most seconds that a try may take, and that a chat may ask to wait before the second."""

_TEAMS = (".webhook.office.com", ".logic.azure.com", ".powerplatform.com", ".powerautomate.com")
_FORM = re.compile(r"(slack|teams)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook: the form of its messages (`slack` or `teams`) and its address, which no repr shows."""

    form: str
    url: str = field(repr=False)

    @property
    def place(self) -> str:
        """The part of the address that may be shown: `https://hooks.slack.com`."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}"


def parse_webhook(text: str) -> Webhook | None:
    """The webhook in `URL`, `slack=URL` or `teams=URL`; None for any other text.

    An address is https; http is for this machine alone. Without a form the host decides: Microsoft's hosts are Teams, all
    others Slack.
    """
    named = _FORM.fullmatch(text)
    form, url = (named[1], named[2]) if named else ("", text)
    try:
        host = urlsplit(address(url, webhook=True)).hostname or ""
    except AddressRefused:
        return None
    return Webhook(form or ("teams" if host.endswith(_TEAMS) else "slack"), url)


async def send(
    messages: Sequence[tuple[Webhook, Any]], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> list[tuple[Webhook, str]]:
    """Post each JSON message to its webhook, all at once. Returns the webhooks that did not accept it, with the cause.

    Each gets two tries: the second after 429, 5xx or a transport error. Redirects are not followed: they would carry names
    of records to a stranger. Never raises, whatever a server does.
    """
    try:
        client = httpx.AsyncClient(follow_redirects=False, timeout=SECONDS)
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
        return [(to, f"no connection can be set up: {type(error).__name__}") for to, _ in messages]
    async with client:
        causes = await asyncio.gather(*(_deliver(client, to, message, sleep) for to, message in messages))
    return [(to, cause) for (to, _), cause in zip(messages, causes, strict=True) if cause]


async def _deliver(
    client: httpx.AsyncClient, to: Webhook, message: Any, sleep: Callable[[float], Awaitable[None]]
) -> str:
    """Why the message was not accepted; '' if it was."""
    problem, asked = "", 0.0
    for attempt in range(NOTICES.tries):
        if attempt:
            await sleep(NOTICES.wait(attempt, min(asked, SECONDS)))
        try:
            async with (
                asyncio.timeout(SECONDS),
                client.stream("POST", to.url, json=message, headers={"User-Agent": USER_AGENT}) as response,
            ):
                # The body is never read: it may be endless, and says nothing that the status does not.
                status, after = response.status_code, response.headers.get("Retry-After")
        except TimeoutError:
            problem = f"no answer within {SECONDS:.0f} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # The exception's text may hold the address; its class says enough.
            problem = type(error).__name__
        else:
            if status < 300:
                return ""
            problem = f"status {status}"
            if status != 429 and status < 500:
                break
            asked = asked_wait(after, time())
    return problem
