"""`ZSYNC_OTEL=1`: traces and metrics of commands that talk to the CRM. Without it nothing of OpenTelemetry is even imported."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from zsync import __version__
from zsync.cli.invocation import Invocation
from zsync.errors import UsageError, ZsyncError

if TYPE_CHECKING:
    from zsync.model import Plan, Report
    from zsync.telemetry import Telemetry

VARIABLE = "ZSYNC_OTEL"
_ON, _OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


@contextmanager
def measured(call: Invocation) -> Iterator[None]:
    """Around a command that talks to the CRM: export its trace and metrics, where $ZSYNC_OTEL asks for them."""
    if not _wanted():
        yield
        return
    from zsync.telemetry import start

    call.telemetry = start(call.command, os.environ, __version__)
    failure: BaseException | None = None
    try:
        yield
    # Ctrl-C, too: a run that was interrupted is one that people look for.
    except BaseException as error:
        failure = error
        raise
    finally:
        _end(call.telemetry, call, failure)


def _wanted() -> bool:
    value = os.environ.get(VARIABLE, "").strip().lower()
    if value not in (*_ON, *_OFF):
        raise UsageError(
            f"{VARIABLE} is {value!r}, which is neither 1 nor 0", help=f"Set {VARIABLE}=1, or unset it."
        )
    # By OTEL_SDK_DISABLED every program with OpenTelemetry is told to be silent.
    return value in _ON and os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() != "true"


def _end(telemetry: "Telemetry", call: Invocation, failure: BaseException | None) -> None:
    """Send. Whatever happens here, the command has ended as it has ended."""
    from zsync.model import Report

    code = call.exit_code if failure is None else _exit_code(failure)
    plan = call.about.plan if isinstance(call.about, Report) else call.about
    environment = plan.binding.environment if plan else call.environment
    try:
        problem = type(failure).__name__ if failure is not None else ""
        cause = telemetry.end(code, problem, environment, _changes(call.about))
    except Exception as bug:  # noqa: BLE001  telemetry that fails must not make an apply fail
        cause = f"a bug in zsync, {type(bug).__name__}"
    if cause:
        call.output.talk(
            f"warning: traces and metrics were not delivered: {cause}\n"
            "  = help: check OTEL_EXPORTER_OTLP_ENDPOINT, or unset ZSYNC_OTEL; everything else is done"
        )


def _exit_code(failure: BaseException) -> int:
    if isinstance(failure, ZsyncError):
        return failure.exit_code
    if isinstance(failure, click.UsageError):
        return UsageError.exit_code
    return 130 if isinstance(failure, click.Abort | KeyboardInterrupt) else 1


def _changes(about: "Plan | Report | None") -> Counter[tuple[str, str]]:
    """How many changes there are by action, and by what became of them: `planned`, or an outcome."""
    from zsync.model import Report

    if isinstance(about, Report):
        pairs = zip(about.plan.changes, about.outcomes, strict=True)
        return Counter((change.action, outcome.status) for change, outcome in pairs)
    return Counter((change.action, "planned") for change in (about.changes if about else ()))
