"""One command at work: what it was asked for, what it prints with, and what it turned out to be about."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zsync.cli.output import Output

if TYPE_CHECKING:
    from zsync.model import Plan, Report
    from zsync.model.verdicts import Override
    from zsync.notices import Webhook
    from zsync.telemetry import Telemetry


class AskedBase(NamedTuple):
    """What the command line says of the base: the commit of --base, or that there is to be none; neither: choose one.

    `open` is a report whose open rows keep the base that they had, `guards` the commit whose guards hold: by default the base.
    """

    ref: str | None = None
    none: bool = False
    open: Path | None = None
    guards: str | None = None

    def checked(self) -> "AskedBase":
        """What counts: where nothing is said and CI pushes to the main branch, the commit before the push.

        Raises `UsageError` where both are said, and where CI does not tell what a push changed.
        """
        from zsync.cli.pushed import pushed_from
        from zsync.errors import UsageError

        if self.ref is not None and self.none:
            raise UsageError("--base names a commit, and --no-base says that there is none", help="Keep one.")
        if self.open is not None and self.none:
            raise UsageError(
                "--open names rows with a base of their own, and --no-base says that there is none",
                help="Keep one.",
            )
        return self if self.none or self.ref is not None else self._replace(ref=pushed_from())


@dataclass(slots=True)
class Invocation:
    """The options that commands share, as typed values, and what telemetry and notices report at the end.

    Every command gets it as its first argument; arguments and options of its own follow.
    """

    command: str = ""
    output: Output = field(default_factory=Output)
    asked_environment: str | None = None
    """What `-e` says."""
    chosen: str = ""
    """The environment in force, once it is known."""
    overrides: "tuple[Override, ...]" = ()
    confirm: str | None = None
    base: AskedBase = AskedBase()  # noqa: RUF009  an immutable tuple
    """Which commit the manifests are to be compared with."""
    max_reads: int | None = None
    """How many reads of the CRM a plan may take; None: any number."""
    journal: Path | None = None
    """The file of `--journal`; None: in the user's state folder."""
    webhooks: "tuple[Webhook, ...]" = ()
    """Chat channels to tell how the command ended."""
    telemetry: "Telemetry | None" = None
    about: "Plan | Report | None" = None
    """The last plan or report that the command made, read or carried out."""
    answered: bool = False
    """Whether somebody at the terminal said yes to what the command showed."""
    exit_code: int = 0

    @property
    def environment(self) -> str:
        """The environment in force, or that is asked for: by `-e`, else by $ZSYNC_ENVIRONMENT; empty where none is."""
        return self.chosen or self.asked_environment or os.environ.get("ZSYNC_ENVIRONMENT", "")

    def take(self, command: str, given: dict[str, Any]) -> None:
        """Take the shared options out of what was given on the command line; what is left is the command's own.

        Raises `UsageError` where --override and --reason do not fit each other, and for an empty name of an environment.
        """
        self.command = command
        # First of all, so that every error after it is shown and masked as the options ask.
        self.output = Output(
            command,
            given.pop("formats", None),
            full=given.pop("full", False),
            redact=given.pop("redact", False),
            color=given.pop("color", "auto"),
        )
        self.asked_environment = _named(given.pop("environment", None), command)
        self.confirm = given.pop("confirm", None)
        self.base = AskedBase(
            given.pop("base_ref", None),
            given.pop("no_base", False),
            given.pop("open_report", None),
            given.pop("guards_of", None),
        )
        self.max_reads = given.pop("max_reads", None)
        self.journal = given.pop("journal", None)
        self.webhooks = given.pop("webhooks", ())
        self.overrides = _pairs(given.pop("overridden", ()), given.pop("reasons", ()))


def _named(environment: str | None, command: str) -> str | None:
    """The environment of `-e`. A script whose variable is empty must not end up in the environment of another variable.

    Workflows give `zsync ci` an empty text for what they were not given.
    """
    if environment == "" and not command.startswith("ci "):
        from zsync.errors import UsageError

        raise UsageError(
            "-e names no environment: its value is empty",
            help="Name one, or leave `-e` out: `zsync doctor -e NAME`. zsync 0.1.0 took it for none at all.",
        )
    return environment or None


def _pairs(guards: tuple[str, ...], reasons: tuple[str, ...]) -> "tuple[Override, ...]":
    """Guards with their reasons. Raises `UsageError` where one has no reason, or is not a guard."""
    if not guards and not reasons:
        return ()
    from zsync.errors import UsageError
    from zsync.guards.evaluation import check_names
    from zsync.model.verdicts import Override

    if len(guards) != len(reasons) or not all(reason.strip() for reason in reasons):
        said = sum(bool(reason.strip()) for reason in reasons)
        raise UsageError(
            f"{len(guards)} --override and {said} --reason: each needs the other",
            help='Write for example: --override max_deletes --reason "the fair was cancelled".',
        )
    pairs = [guard.partition("=")[::2] for guard in guards]
    check_names([name for name, _ in pairs])
    for name, selector in pairs:
        if (name == "conflicts") is not bool(selector):
            raise UsageError(
                "--override conflicts needs the rows for which the branch's values count"
                if not selector
                else f"--override {name} takes no selector: a guard is set aside for the whole run",
                help='Write for example: --override "conflicts=Campaigns/Spring/Leads/*" --reason "agreed with sales".',
            )
    return tuple(
        Override(name, reason, selector) for (name, selector), reason in zip(pairs, reasons, strict=True)
    )
