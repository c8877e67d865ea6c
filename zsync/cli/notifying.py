"""`--notify URL`: tells chat channels how a command ended, when all else is done. It changes nothing of how it ended."""

import functools
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from zsync.cli.subject import subject
from zsync.cli.terminal import talk
from zsync.errors import Interrupted, UsageError
from zsync.model import Report

if TYPE_CHECKING:
    from zsync.notices import Target
    from zsync.render.notice import Notice

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

VARIABLE = "ZSYNC_NOTIFY"
_LINK = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~:/?#!$&+,;=%-]*)?")
_LONGEST = 1000
_UNTOLD = (click.ClickException, click.Abort, click.exceptions.Exit, Interrupted, UsageError)
"""Ends that the person who typed the command knows of, and nobody else needs to."""


def notify_option(command: Decorated) -> Decorated:
    """`--notify`, for commands whose end a team wants to hear of: `apply`, `resume`, `drift`."""

    @functools.wraps(command)
    def telling(*args: Any, targets: "tuple[Target, ...]", **kwargs: Any) -> Any:
        if not targets:
            return command(*args, **kwargs)
        try:
            ended = command(*args, **kwargs)
        except _UNTOLD:
            raise
        except Exception as error:
            _tell(targets, error)
            raise
        _tell(targets, None)
        return ended

    return click.option(
        "--notify",
        "targets",
        multiple=True,
        envvar=VARIABLE,
        metavar="URL",
        callback=_parse,
        help="Tell a Slack or Teams channel how it ended, through this webhook. As often as you like; or "
        f"${VARIABLE}, several with spaces between. The form is known by the host, or said: slack=URL, teams=URL.",
    )(telling)  # type: ignore[return-value]


def ci_run(env: Mapping[str, str]) -> str:
    """The address of the CI run that this is (GitHub, GitLab, Jenkins); '' where there is none that is fit for a link."""
    server, repository, run = (
        env.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    found = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
    link = found or env.get("CI_JOB_URL", "") or env.get("BUILD_URL", "")
    return link if len(link) <= _LONGEST and _LINK.fullmatch(link) else ""


def _parse(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> "tuple[Target, ...]":
    """Raises `UsageError` for what is no webhook, before anything is read or sent, without repeating it."""
    if not values:
        return ()
    from zsync.notices import target

    found = [target(value) for value in values]
    if None in found:
        named = ctx.get_parameter_source(param.name or "") == ParameterSource.ENVIRONMENT
        raise UsageError(
            f"no. {found.index(None) + 1} of {f'${VARIABLE}' if named else '--notify'} is no address of a webhook "
            "(it is not shown here: such addresses are secrets)",
            help="Write https://HOST/…, or slack=https://HOST/…, teams=https://HOST/…; http is for this machine alone.",
        )
    return tuple(one for one in dict.fromkeys(found) if one)


def _tell(targets: "Sequence[Target]", error: Exception | None) -> None:
    """Send, and warn of what was not delivered. Whatever happens here, the command has ended as it has ended."""
    try:
        if notice := _notice(error):
            _send(targets, notice)
    except KeyboardInterrupt:
        talk("warning: interrupted while notices were sent; all else is done")
    except Exception as bug:  # noqa: BLE001  a notice that fails must not make an apply fail
        talk(f"warning: no notice was sent, for a bug in zsync ({type(bug).__name__}); all else is done")


def _notice(error: Exception | None) -> "Notice | None":
    """What there is to tell: of every apply that did or could not do something, and of drift that is, or could not be seen."""
    from zsync.render import notice

    ctx, known, link = click.get_current_context(), subject(), ci_run(os.environ)
    command = ctx.info_name or ""
    if isinstance(known, Report):
        return notice.of_report(known, link) if known.outcomes else None
    if command == "drift" and known and (error is None or known.refusals):
        return notice.of_drift(known, link) if known.summary.changes else None
    if error is None:
        return None
    asked = ctx.params.get("environment") or os.environ.get("ZSYNC_ENVIRONMENT", "")
    return notice.of_failure(command, error, known, asked, link)


def _send(targets: "Sequence[Target]", notice: "Notice") -> None:
    import asyncio

    from zsync.notices import send
    from zsync.render.escape import terminal
    from zsync.render.webhooks import FORMS

    for one, cause in asyncio.run(send([(one, FORMS[one.form](notice)) for one in targets])):
        talk(
            f"warning: the notice to {terminal(one.place)} was not delivered: {terminal(cause)}\n"
            "  = help: check that the webhook is still there; all else is done, and the exit code says how it ended"
        )
