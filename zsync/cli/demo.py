"""`zsync demo`: the whole story on the bundled CRM, told with the commands that a person would type."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

import zsync
from zsync.cli.command import command
from zsync.cli.emulator import check_installed
from zsync.cli.invocation import Invocation
from zsync.cli.options import COLOR_ONLY
from zsync.errors import ZsyncError

if TYPE_CHECKING:
    from zsync.emulator import RunningCrm

_CAMPAIGN = "Campaigns/3652397000000500001/Leads"
_COLLEAGUES_LEAD = "3652397000000300002"


@command(COLOR_ONLY, exits={0: "the story went as told", 1: "it did not"})
def demo(call: Invocation) -> None:
    """Tell the whole story on the bundled CRM.

    Validate, plan, apply, plan again, a colleague's edit, drift seen, put right. Needs no account and no internet.
    """
    check_installed()
    from zsync.emulator import DEMO_WORLD, running

    with (
        tempfile.TemporaryDirectory(prefix="zsync-demo-") as folder,
        running(seed=DEMO_WORLD, control=False) as crm,
    ):
        shutil.copytree(examples(), Path(folder, "relations"))
        story = _Story(call)
        story.note(f"The bundled CRM answers on {crm.url}; the manifests are a copy of the examples.")
        with _inside(Path(folder), crm):
            story.tell(crm)


def examples() -> Path:
    """The folder of the example manifests: in the installed package, or in the source tree."""
    package = Path(zsync.__file__).parent
    installed = package / "_data" / "relations"
    return installed if installed.is_dir() else package.parent / "relations"


class _Story:
    """The chapters, told on one command's output."""

    def __init__(self, call: Invocation) -> None:
        self._print = call.output.result

    def tell(self, crm: "RunningCrm") -> None:
        """Raises `ZsyncError` where a command answers with another exit code than the story has."""
        self.note("1. Check the manifests. This opens no connection.")
        self._type("validate relations")
        self.note("2. See what would change in the CRM, and save the plan for review.")
        self._type("plan relations -e demo --out plan.json --detailed-exitcode", 2)
        self.note("3. Carry out exactly that plan.")
        self._type("apply plan.json --report report.json")
        self.note("4. Plan again: the CRM equals the manifests.")
        self._type("plan relations -e demo --detailed-exitcode")
        self.note("5. A colleague changes a member's status in the CRM, and no manifest says so.")
        crm.link(_CAMPAIGN, {"id": _COLLEAGUES_LEAD, "Member_Status": "Opted Out"})
        self.note("   The next plan sees the drift:")
        self._type("plan relations -e demo --detailed-exitcode", 2)
        self.note("6. Put it right. This one plans and applies in one go.")
        self._type("apply relations -e demo --auto-approve")
        self._type("plan relations -e demo --detailed-exitcode")
        self.note("That is all. Your own org next: zsync init")

    def note(self, text: str) -> None:
        """A sentence of the teller's."""
        self._print("\n" + click.style(text, fg="cyan") + "\n")

    def _type(self, line: str, expected: int = 0) -> None:
        from zsync.cli import run

        self._print("\n" + click.style(f"$ zsync {line}", bold=True) + "\n")
        code = run(line.split())
        self._print(click.style(f"(exit {code})", dim=True) + "\n")
        if code != expected:
            raise ZsyncError(
                f"`zsync {line}` ended with {code}, not {expected}",
                help="This is a bug in zsync; please report it.",
            )


@contextmanager
def _inside(folder: Path, crm: "RunningCrm") -> Iterator[None]:
    """The folder as the current one, and the environment of someone who uses this CRM alone."""
    # A variable of the user's own would point the story at a real org.
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
