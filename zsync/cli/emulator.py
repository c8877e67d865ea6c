"""`zsync emulator`: the bundled CRM."""

from pathlib import Path

import click

from zsync.cli.command import Section, command
from zsync.cli.invocation import Invocation
from zsync.cli.options import FILE

_PORT = click.Option(
    ["--port"], type=click.IntRange(0, 65535), default=0, metavar="N", help="port on 127.0.0.1 [a free one]"
)
_DATA = click.Option(
    ["--data"], type=FILE, metavar="FILE", help="SQLite file that keeps the CRM [kept in memory]"
)
_SEED = click.Option(
    ["--seed"], type=FILE, metavar="FILE|demo", help="YAML world to begin with; demo is that of `zsync demo`"
)
_FAULTS = click.Option(["--faults"], type=FILE, metavar="FILE", help="YAML script of what goes wrong")
_SWITCH = click.Option(
    ["--switch", "switches"],
    multiple=True,
    metavar="NAME=VALUE",
    help="turn a limit, or a choice that Zoho leaves open; repeatable",
)


@command(
    Section("The CRM", (_PORT, _DATA, _SEED, _FAULTS, _SWITCH)),
    exits={0: "stopped", 4: "fix a file or a switch", 64: "usage"},
)
def emulator(
    call: Invocation,  # noqa: ARG001  each command gets it
    *,
    port: int,
    data: Path | None,
    seed: Path | None,
    faults: Path | None,
    switches: tuple[str, ...],
) -> None:
    """Run the bundled CRM on 127.0.0.1.

    It runs until it is interrupted. Once ready it prints one line of JSON (url, client_id, client_secret, refresh_token,
    control_token) and, on stderr, the variables to export that point zsync at it. The control endpoints want control_token.
    """
    check_installed()
    from zsync.emulator import DEMO_WORLD, SeedError, serve
    from zsync.errors import InputError
    from zsync.model import Diagnostic

    if seed == Path("demo") and not seed.exists():
        seed = DEMO_WORLD
    try:
        serve(port=port, data=data, seed=seed, faults=faults or (), turned=switches)
    except SeedError as error:
        problem = Diagnostic("bad-seed", str(error), help="Fix the file, then start again.")
        raise InputError((problem,)) from None
    except OSError as error:
        message = f"cannot listen on port {port}: {error.strerror}"
        raise InputError((Diagnostic("no-port", message, help="Choose another --port."),)) from None


def check_installed() -> None:
    """Raises `UsageError` where the extra of the bundled CRM is not installed."""
    from zsync.errors import UsageError

    try:
        import zsync.emulator  # noqa: F401  imported to see whether it can be
    except ImportError as error:
        raise UsageError(
            f"the bundled CRM needs {error.name}, which is not installed",
            help="Install zsync with the extra for it: `pip install 'zsync-crm[emulator]'`.",
        ) from None
