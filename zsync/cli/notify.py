"""`--notify URL`: tells chat channels how a command ended, when all else is done. It changes nothing about that end."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from zsync.cli.invocation import Invocation
from zsync.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from zsync.notices import Webhook
    from zsync.render.notice import Notice

VARIABLE = "ZSYNC_NOTIFY"
_UNTOLD = (click.ClickException, click.Abort, click.exceptions.Exit, Interrupted, UsageError)
"""Ends that concern only the person who typed the command."""


@contextmanager
def told(call: Invocation) -> Iterator[None]:
    """Around a command: tell its channels how it ended."""
    try:
        yield
    except _UNTOLD:
        raise
    except Exception as error:
        _tell(call, error)
        raise
    _tell(call, None)


def parse_webhooks(
    ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> "tuple[Webhook, ...]":
    """The value of `--notify`. Raises `UsageError` for anything but a webhook, without repeating it."""
    if not values:
        return ()
    from zsync.notices import parse_webhook

    found = [parse_webhook(value) for value in values]
    if None in found:
        named = ctx.get_parameter_source(param.name or "") == ParameterSource.ENVIRONMENT
        raise UsageError(
            f"no. {found.index(None) + 1} of {f'${VARIABLE}' if named else '--notify'} is not the address of a webhook "
            "(it is not shown here: such addresses are secrets)",
            help="Write https://HOST/…, or slack=https://HOST/…, teams=https://HOST/…; http is for this machine alone.",
        )
    # An address that is given twice hears of a run once.
    return tuple(webhook for webhook in dict.fromkeys(found) if webhook)


def _tell(call: Invocation, error: Exception | None) -> None:
    """Send, and warn of what was not delivered. Whatever happens here, the command has ended as it has ended."""
    if not call.webhooks:
        return
    try:
        if notice := _notice(call, error):
            _send(call, notice)
    except KeyboardInterrupt:
        call.output.talk("warning: interrupted while notices were sent; everything else is done")
    except Exception as bug:  # noqa: BLE001  a notice that fails must not make an apply fail
        call.output.talk(
            f"warning: no notice was sent, because of a bug in zsync ({type(bug).__name__}); everything else is done"
        )


def _notice(call: Invocation, error: Exception | None) -> "Notice | None":
    """What there is to tell: of an apply that did or could not do something, and of drift that was found or could not be seen."""
    from zsync.model import Report
    from zsync.render import notice
    from zsync.review.approving import ci_run

    about, link = call.about, ci_run(os.environ)
    if isinstance(about, Report):
        return notice.of_report(about, link) if about.outcomes else None
    if call.command == "drift" and about and (error is None or about.refusals):
        return notice.of_drift(about, link) if about.summary.changes else None
    if error is None:
        return None
    return notice.of_failure(call.command, error, about, call.environment, link)


def _send(call: Invocation, notice: "Notice") -> None:
    import asyncio

    from zsync.notices import send
    from zsync.render.escape import terminal
    from zsync.render.webhooks import FORMS

    messages = [(webhook, FORMS[webhook.form](notice)) for webhook in call.webhooks]
    for webhook, cause in asyncio.run(send(messages)):
        call.output.talk(
            f"warning: the notice to {terminal(webhook.place)} was not delivered: {terminal(cause)}\n"
            "  = help: check that the webhook still exists; everything else is done, and the exit code says how it ended"
        )
