"""`zsync demo`: the whole story on the bundled CRM, told with the commands that a person would type."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

import zsync
from zsync.cli.terminal import result
from zsync.emulator import DEMO_WORLD, RunningCrm, running
from zsync.errors import ZsyncError

_CAMPAIGN = "Campaigns/3652397000000500001/Leads"
_COLLEAGUES_LEAD = "3652397000000300002"


def tell() -> None:
    """Tell it. Raises `ZsyncError` where a command answers with another exit code than the story has."""
    with tempfile.TemporaryDirectory(prefix="zsync-demo-") as folder, running(seed=DEMO_WORLD) as crm:
        shutil.copytree(examples(), Path(folder, "relations"))
        _note(f"The bundled CRM answers on {crm.url}; the manifests are a copy of the examples.")
        with _inside(Path(folder), crm):
            _chapters(crm)


def examples() -> Path:
    """The folder of the example manifests: in the installed package, or in the source tree."""
    package = Path(zsync.__file__).parent
    installed = package / "_data" / "relations"
    return installed if installed.is_dir() else package.parent / "relations"


def _chapters(crm: RunningCrm) -> None:
    _note("1. Check the manifests. This opens no connection.")
    _command("validate relations")
    _note("2. See what would change in the CRM, and save the plan for review.")
    _command("plan relations -e demo --out plan.json --detailed-exitcode", 2)
    _note("3. Carry out exactly that plan.")
    _command("apply plan.json --report report.json")
    _note("4. Plan again: the CRM equals the manifests.")
    _command("plan relations -e demo --detailed-exitcode")
    _note("5. A colleague changes a member's status in the CRM, and no manifest says so.")
    crm.link(_CAMPAIGN, {"id": _COLLEAGUES_LEAD, "Member_Status": "Opted Out"})
    _note("   The next plan sees the drift:")
    _command("plan relations -e demo --detailed-exitcode", 2)
    _note("6. Put it right. This one plans and applies in one go.")
    _command("apply relations -e demo --auto-approve")
    _command("plan relations -e demo --detailed-exitcode")
    _note("That is all. Your own org next: see the README.")


def _command(line: str, expected: int = 0) -> None:
    result("\n" + click.style(f"$ zsync {line}", bold=True) + "\n")
    from zsync.cli import run

    code = run(line.split())
    result(click.style(f"(exit {code})", dim=True) + "\n")
    if code != expected:
        raise ZsyncError(
            f"`zsync {line}` ended with {code}, not {expected}",
            help="This is a bug in zsync; please report it.",
        )


def _note(text: str) -> None:
    result("\n" + click.style(text, fg="cyan") + "\n")


@contextmanager
def _inside(folder: Path, crm: RunningCrm) -> Iterator[None]:
    """The folder as the current one, and the environment of someone who uses this CRM alone."""
    before, variables = Path.cwd(), dict(os.environ)
    for name in variables:
        if name.startswith("ZSYNC_"):
            del os.environ[name]
    os.environ.update({**crm.environment(), "XDG_CACHE_HOME": str(folder / "cache")})
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(variables)
