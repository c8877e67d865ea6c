"""What a command is about, for those who tell of it when it ends: notices and telemetry. Kept in click's context."""

import click

from zsync.model import Plan, Report

_META = "zsync.subject"


def about(value: Plan | Report) -> None:
    """The command has made, read or carried out this."""
    if ctx := click.get_current_context(silent=True):
        ctx.meta[_META] = value


def subject() -> Plan | Report | None:
    """The last that the command has been about; None where it did not come so far."""
    ctx = click.get_current_context(silent=True)
    value: Plan | Report | None = ctx.meta.get(_META) if ctx else None
    return value
