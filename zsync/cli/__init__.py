"""The command line: wires, prints and exits. The one place where exceptions become exit codes.

Each command lives in the module of its name, which imports what it needs when it runs: `zsync --help` loads click alone.
"""

import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from zsync import __version__, errors
from zsync.cli.group import CommandGroup
from zsync.cli.interrupts import end_like_interrupts
from zsync.cli.invocation import Invocation
from zsync.cli.terminal import FAILURES, Terminal, open_streams

REASONS = {
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


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="zsync-crm %(version)s")
def zsync() -> None:
    """Relations-as-code for Zoho CRM: write YAML, review the plan, apply it."""


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. Prints whatever there is to say."""
    code = _run(args)
    if (output := os.environ.get("GITHUB_OUTPUT")) and "GITHUB_ACTIONS" in os.environ:
        try:
            with open(output, "a", encoding="utf-8") as file:  # noqa: PTH123  as light as it gets, before any import
                file.write(f"reason={REASONS.get(code, 'failed')}\nexit-code={code}\n")
        except OSError as error:
            Terminal().talk(f"warning: $GITHUB_OUTPUT cannot be written: {error.strerror}")
    return code


def _run(args: Sequence[str] | None) -> int:
    try:
        return _dispatch(args, Invocation())
    except Exception as error:  # noqa: BLE001  the last line of defence: a bug is reported without a traceback
        return _crash(error)


def _dispatch(args: Sequence[str] | None, call: Invocation) -> int:
    if "_ZSYNC_COMPLETE" in os.environ:
        # A shell asks what can stand next; the answer is click's, by way of `zsync.cli.shells`.
        from zsync.cli.shells import register

        register()
    try:
        result: Any = zsync.main(
            args=list(args) if args is not None else None, prog_name="zsync", standalone_mode=False, obj=call
        )
    except click.exceptions.NoArgsIsHelpError as error:
        Terminal().result(error.format_message() + "\n")
        return 0
    except click.ClickException as error:
        Terminal().talk(_shown(error))
        # What click raises besides is about a file that cannot be opened.
        return errors.UsageError.exit_code if isinstance(error, click.UsageError) else 4
    except (click.Abort, KeyboardInterrupt):
        Terminal().talk("\nInterrupted.")
        return 130
    except errors.ZsyncError as error:
        call.output.show_error(error)
        return error.exit_code
    except OSError as error:
        # click prints help texts by itself. What it left in the buffer fails again here, and is told.
        if error.errno not in FAILURES or error.filename is not None:
            raise
        Terminal().result("")
        return 1
    except SystemExit as error:
        # click exits by itself where the reader of a help text has gone.
        result = error.code
    return result if isinstance(result, int) else 0


def _crash(error: Exception) -> int:
    """A bug: say so without a traceback, which may hold what nobody should see; ZSYNC_TRACEBACK=1 shows it."""
    if os.environ.get("ZSYNC_TRACEBACK"):
        raise error
    Terminal().talk(
        f"error: this is a bug in zsync: {type(error).__name__}\n"
        "  = help: run the command again with ZSYNC_TRACEBACK=1 and report what it prints, without secrets"
    )
    return 1


def _shown(error: click.ClickException) -> str:
    """What click prints of an error, without the line end."""
    text = io.StringIO()
    error.show(file=text)
    return text.getvalue().removesuffix("\n")


def main() -> NoReturn:
    """The entry point of the `zsync` command."""
    # Rows are many small values that live to the end: left alone, the collector walks them again and again.
    gc.set_threshold(200_000, 50, 100)
    open_streams()
    end_like_interrupts()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Files and pipes get UTF-8 whatever the locale is; a terminal that lacks a character shows another.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    sys.exit(run())
