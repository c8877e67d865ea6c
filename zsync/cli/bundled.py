"""Commands of the bundled CRM: emulator runs it, demo tells the whole story on it."""

from pathlib import Path
from typing import Any

import click

from zsync.cli.terminal import colour_option


@click.command(epilog="Exit codes: 0 stopped, 4 a file or a switch cannot be used, 64 wrong usage.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Default: a free one.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="SQLite file to keep the CRM in. Default: memory.",
)
@click.option("--seed", type=click.Path(path_type=Path), metavar="FILE", help="YAML world to begin with.")
@click.option(
    "--faults", type=click.Path(path_type=Path), metavar="FILE", help="YAML script of what goes wrong."
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="NAME=VALUE",
    help="Turn a limit, or a choice that Zoho leaves open. May be given several times.",
)
def emulator(
    port: int, data: Path | None, seed: Path | None, faults: Path | None, switches: tuple[str, ...]
) -> None:
    """Run the bundled CRM on 127.0.0.1.

    It runs until it is interrupted. When it is ready it prints one line of JSON: url, client_id, client_secret, refresh_token; and,
    on stderr, the variables to export that point zsync at it.
    """
    bundled = import_emulator()
    from zsync.errors import InputError
    from zsync.model import Diagnostic

    try:
        bundled.serve(port=port, data=data, seed=seed, faults=faults or (), turned=switches)
    except bundled.SeedError as error:
        raise InputError(
            (Diagnostic("bad-seed", str(error), help="Mend the file, then start again."),)
        ) from None
    except OSError as error:
        raise InputError(
            (
                Diagnostic(
                    "no-port",
                    f"cannot listen on port {port}: {error.strerror}",
                    help="Choose another --port.",
                ),
            )
        ) from None


@click.command(epilog="Exit codes: 0 the story went as told, 1 it did not.")
@colour_option
def demo() -> None:
    """Tell the whole story on the bundled CRM.

    Validate, plan, apply, plan again, a colleague's edit, drift seen, put right. Needs no account and no internet.
    """
    import_emulator()
    from zsync.cli.story import tell

    tell()


def import_emulator() -> Any:
    """The package of the bundled CRM. Raises `UsageError` where its extra is not installed."""
    from zsync.errors import UsageError

    try:
        import zsync.emulator as bundled
    except ImportError as error:
        raise UsageError(
            f"the bundled CRM wants {error.name}, which is not installed",
            help="Install zsync with the extra for it: `pip install 'zsync-crm[emulator]'`.",
        ) from None
    return bundled
