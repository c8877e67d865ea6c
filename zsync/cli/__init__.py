"""The command line: wires, prints and exits. The one place where exceptions become exit codes.

Commands live in modules of their own, which import what they need when they run: `zsync --help` loads click alone.
"""

import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from zsync import __version__, errors

_COMMANDS = {
    "validate": "zsync.cli.offline",
    "fmt": "zsync.cli.formatting",
    "plan": "zsync.cli.online",
    "rehearse": "zsync.cli.rehearsing",
    "show": "zsync.cli.offline",
    "apply": "zsync.cli.applying",
    "resume": "zsync.cli.applying",
    "undo": "zsync.cli.history",
    "verify": "zsync.cli.online",
    "runs": "zsync.cli.history",
    "drift": "zsync.cli.online",
    "login": "zsync.cli.access",
    "doctor": "zsync.cli.access",
    "explain": "zsync.cli.offline",
    "schema": "zsync.cli.offline",
    "emulator": "zsync.cli.bundled",
    "demo": "zsync.cli.bundled",
}

_REASONS = {
    0: "done",
    1: "failed",
    2: "changes",
    3: "partial",
    4: "input",
    5: "guard",
    6: "plan-refused",
    7: "locked",
    8: "access",
    64: "usage",
    130: "interrupted",
}
"""Exit code → the word that goes to $GITHUB_OUTPUT as `reason`."""


class _Commands(click.Group):
    """The commands in the order in which people need them, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[name]), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close and close[0] not in error.message else ""
            raise click.UsageError(error.message + hint, ctx) from None


def _exits() -> str:
    lines = [f"  {code:>3}  {meaning}" for code, meaning in errors.EXITS.items()]
    return "\b\nExit codes:\n" + "\n".join(lines)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_exits(),
)
@click.version_option(__version__, message="zsync-crm %(version)s")
def zsync() -> None:
    """Relations-as-code for Zoho CRM: campaign members, price books and product links from YAML.

    Write in manifests which records are related, see the plan, apply it:

    \b
      zsync validate relations/
      zsync plan relations/ --out plan.json
      zsync apply plan.json
    """


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code. Prints whatever has to be said."""
    code = _run(args)
    if (output := os.environ.get("GITHUB_OUTPUT")) and "GITHUB_ACTIONS" in os.environ:
        try:
            with open(output, "a", encoding="utf-8") as file:  # noqa: PTH123  as light as it gets, before any import
                file.write(f"reason={_REASONS.get(code, 'failed')}\nexit-code={code}\n")
        except OSError as error:
            click.echo(f"warning: $GITHUB_OUTPUT cannot be written: {error.strerror}", err=True)
    return code


def _run(args: Sequence[str] | None) -> int:
    try:
        return _dispatch(args)
    except Exception as error:  # noqa: BLE001  the last line of defence: a bug is told, without a traceback
        return _crash(error)


def _dispatch(args: Sequence[str] | None) -> int:
    try:
        result: Any = zsync.main(
            args=list(args) if args is not None else None, prog_name="zsync", standalone_mode=False
        )
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.UsageError as error:
        error.show()
        return errors.UsageError.exit_code
    except click.ClickException as error:
        error.show()
        return 4
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted.", err=True)
        return 130
    except errors.ZsyncError as error:
        _show(error)
        return error.exit_code
    except SystemExit as error:
        # click exits by itself where the reader of a help text has gone.
        result = error.code
    return result if isinstance(result, int) else 0


def _show(error: errors.ZsyncError) -> None:
    from zsync.cli.terminal import show_error

    show_error(error)


def _crash(error: Exception) -> int:
    """A bug: say so without a traceback, which may hold what nobody should see; ZSYNC_TRACEBACK=1 shows it."""
    if os.environ.get("ZSYNC_TRACEBACK"):
        raise error
    click.echo(
        f"error: this is a bug in zsync: {type(error).__name__}\n"
        "  = help: run the command again with ZSYNC_TRACEBACK=1 and report what it prints, without secrets",
        err=True,
    )
    return 1


def main() -> NoReturn:
    """The entry point of the `zsync` command."""
    # Rows are many small values that live to the end: left alone, the collector walks them again and again.
    gc.set_threshold(200_000, 50, 100)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Files and pipes get UTF-8 whatever the locale is; a terminal that lacks a character shows another.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    sys.exit(run())
