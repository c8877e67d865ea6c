"""Chat webhooks: where notices go, and sending them. An address is a secret: only its scheme and host are ever named."""

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
"""How long one try may take, and how long a chat may ask to be left alone before the second."""

_TEAMS = (".webhook.office.com", ".logic.azure.com", ".powerplatform.com", ".powerautomate.com")
_FORM = re.compile(r"(slack|teams)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook: the form of its messages (`slack` or `teams`) and its address, which no repr shows."""

    form: str
    url: str = field(repr=False)

    @property
    def place(self) -> str:
        """What may be named of the address: `https://hooks.slack.com`."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}"


def parse_webhook(text: str) -> Webhook | None:
    """A webhook as the command line has it: `URL`, `slack=URL` or `teams=URL`; None for anything else.

    Addresses are https; http is for this machine alone. Without a form the host decides: Microsoft's hosts are Teams, all
    others are Slack.
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
    """Post each JSON message to its webhook, all at once; returns the webhooks that did not take it, with the cause.

    Each gets two tries: the second after 429, 5xx or a transport error. Redirects are not followed. Whatever a server does,
    nothing is raised.
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
    """Why it was not taken; '' where it was."""
    problem, asked = "", 0.0
    for attempt in range(NOTICES.tries):
        if attempt:
            await sleep(NOTICES.wait(attempt, min(asked, SECONDS)))
        try:
            async with (
                asyncio.timeout(SECONDS),
                client.stream("POST", to.url, json=message, headers={"User-Agent": USER_AGENT}) as response,
            ):
                # Nothing that a stranger answers is worth reading.
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
