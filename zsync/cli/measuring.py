"""`ZSYNC_OTEL=1`: traces and metrics of commands that talk to the CRM. Without it nothing of OpenTelemetry is even imported."""

import functools
import os
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zsync import __version__
from zsync.cli.subject import subject
from zsync.cli.terminal import talk
from zsync.errors import UsageError, ZsyncError
from zsync.model import Plan, Report

if TYPE_CHECKING:
    from zsync.model.attempt import Attempt
    from zsync.telemetry import Telemetry

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

VARIABLE = "ZSYNC_OTEL"
_META = "zsync.telemetry"
_ON, _OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


def measured(command: Decorated) -> Decorated:
    """For commands that talk to the CRM: tell a collector of each, where $ZSYNC_OTEL asks for it."""

    @functools.wraps(command)
    def maybe(*args: Any, **kwargs: Any) -> Any:
        if not _wanted():
            return command(*args, **kwargs)
        from zsync.telemetry import start

        ctx = click.get_current_context()
        telemetry = ctx.meta[_META] = start(ctx.info_name or "", os.environ, __version__)
        failure: BaseException | None = None
        ended = None
        try:
            ended = command(*args, **kwargs)
        except BaseException as error:
            failure = error
            raise
        finally:
            _end(telemetry, ended, failure)
        return ended

    return maybe  # type: ignore[return-value]


def observer() -> "Callable[[Attempt], None] | None":
    """Who is to get every request that goes to the CRM; None where nobody counts."""
    ctx = click.get_current_context(silent=True)
    telemetry: Telemetry | None = ctx.meta.get(_META) if ctx else None
    return telemetry.attempt if telemetry else None


def _wanted() -> bool:
    value = os.environ.get(VARIABLE, "").strip().lower()
    if value not in (*_ON, *_OFF):
        raise UsageError(
            f"{VARIABLE} is {value!r}, and that is neither 1 nor 0", help=f"Set {VARIABLE}=1, or unset it."
        )
    return value in _ON and os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() != "true"


def _end(telemetry: "Telemetry", ended: object, failure: BaseException | None) -> None:
    """Send; whatever happens here, the command has ended as it has ended."""
    code = ended if isinstance(ended, int) else 0
    if failure is not None:
        code = _exit_code(failure)
    known = subject()
    asked = click.get_current_context().params.get("environment") or os.environ.get("ZSYNC_ENVIRONMENT", "")
    plan = known.plan if isinstance(known, Report) else known
    environment = plan.binding.environment if plan else asked
    try:
        problem = type(failure).__name__ if failure is not None else ""
        cause = telemetry.end(code, problem, environment, _changes(known))
    except Exception as bug:  # noqa: BLE001  telemetry that fails must not make an apply fail
        cause = f"a bug in zsync, {type(bug).__name__}"
    if cause:
        talk(
            f"warning: traces and metrics were not delivered: {cause}\n"
            "  = help: check OTEL_EXPORTER_OTLP_ENDPOINT, or unset ZSYNC_OTEL; all else is done"
        )


def _exit_code(failure: BaseException) -> int:
    if isinstance(failure, ZsyncError):
        return failure.exit_code
    if isinstance(failure, click.UsageError):
        return UsageError.exit_code
    return 130 if isinstance(failure, click.Abort | KeyboardInterrupt) else 1


def _changes(known: Plan | Report | None) -> Counter[tuple[str, str]]:
    """How many changes there are by action, and by what became of them: `planned`, or an outcome."""
    if isinstance(known, Report):
        pairs = zip(known.plan.changes, known.outcomes, strict=True)
        return Counter((change.action, outcome.status) for change, outcome in pairs)
    return Counter((change.action, "planned") for change in (known.changes if known else ()))
