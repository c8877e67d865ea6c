"""The arguments and options that commands share. Their values come to a command inside its `Invocation`."""

import os
from errno import ENAMETOOLONG
from pathlib import Path
from typing import Any

import click

from zsync.cli.command import Section
from zsync.cli.completing import proposed
from zsync.cli.formats import parse_diagnostics, parse_results
from zsync.cli.notify import VARIABLE as NOTIFY_VARIABLE
from zsync.cli.notify import parse_webhooks


class _FilePath(click.Path):
    """A path that the system can look at, whether there is a file or not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        try:
            path.lstat()
        except OSError as error:
            # All else is told where the file is read, or is in order for one that is to be written.
            if error.errno == ENAMETOOLONG:
                self.fail(f"{str(path)[:80]!r}… is longer than a path can be", param, ctx)
        return path


FILE = _FilePath(path_type=Path)

PATHS = click.Argument(["paths"], nargs=-1, type=FILE, metavar="[PATH]...")
RUN = click.Argument(["run"], required=False, shell_complete=proposed("runs"))

ENVIRONMENT = click.Option(
    ["-e", "--environment"],
    metavar="ENV",
    help="environment of zsync.yaml [$ZSYNC_ENVIRONMENT]",
    shell_complete=proposed("environments"),
)
BASE = click.Option(
    ["--base", "base_ref"],
    metavar="REF",
    help="commit whose manifests count as agreed: what they say too is drift; what only they say is deleted "
    "[where this branch left the main one]",
)
NO_BASE = click.Option(["--no-base"], is_flag=True, help="compare with no commit: rows that you removed stay")
GUARDS_OF = click.Option(
    ["--guards-of"],
    metavar="REF",
    help="commit whose guards hold besides this branch's [the base]",
)
OPEN = click.Option(
    ["--open", "open_report"],
    type=FILE,
    metavar="REPORT",
    help="rows that the run of this report left open keep the base that they had",
)
ONLY = click.Option(
    ["--only"],
    multiple=True,
    shell_complete=proposed("kinds_of_change", "lists"),
    metavar="SELECTOR",
    help='change, drift, conflict; delete, update, create; or a pattern "module/parent/list/record", or of one of these names; '
    "repeatable: any of a kind, and each kind",
)
MAX_READS = click.Option(
    ["--max-reads"],
    type=click.IntRange(1),
    metavar="N",
    help="refuse a plan that takes more than N reads of the CRM",
)
CANARY = click.Option(
    ["--canary"],
    type=click.IntRange(1),
    metavar="N",
    help="send N changes first, the rest only if all were applied",
)

CONFIRM = click.Option(
    ["--confirm"],
    metavar="NAME",
    help="name of a protected environment, instead of typing it",
    shell_complete=proposed("environments"),
)
OVERRIDE = click.Option(
    ["--override", "overridden"],
    multiple=True,
    shell_complete=proposed("guards"),
    metavar="GUARD",
    help='set a guard aside once, with --reason, or write conflicts: "conflicts=SELECTOR"; repeatable',
)
REASON = click.Option(
    ["--reason", "reasons"],
    multiple=True,
    metavar="WHY",
    help="why; one for each --override, in the same order",
)

FORMAT = click.Option(
    ["--format", "formats"],
    multiple=True,
    metavar="NAME[=FILE]",
    callback=parse_results,
    shell_complete=proposed("results"),
    help="text json markdown html github junit; repeatable",
)
DIAGNOSTICS_FORMAT = click.Option(
    ["--format", "formats"],
    multiple=True,
    metavar="NAME[=FILE]",
    callback=parse_diagnostics,
    shell_complete=proposed("diagnostics"),
    help="text json markdown github junit; repeatable",
)
FULL = click.Option(
    ["--full"],
    is_flag=True,
    help="every row of the text whole, with its id; none folded",
)
AUTO_APPROVE = click.Option(["--auto-approve"], is_flag=True, help="do not ask before anything is written")
REPORT = click.Option(["--report"], type=FILE, metavar="FILE", help="save what became of each change")
JOURNAL = click.Option(
    ["--journal"], type=FILE, metavar="FILE", help="the run's journal [a file in your state folder]"
)
NOTIFY = click.Option(
    ["--notify", "webhooks"],
    multiple=True,
    envvar=NOTIFY_VARIABLE,
    metavar="URL",
    callback=parse_webhooks,
    help="webhook of Slack or Teams that hears how it ended: URL, slack=URL or teams=URL; repeatable; "
    f"other users of the machine can see it here, and not in ${NOTIFY_VARIABLE} [${NOTIFY_VARIABLE}]",
)

COLOR = click.Option(
    ["--color"],
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    metavar="WHEN",
    help="auto, always or never; auto obeys NO_COLOR and leaves files and pipes plain",
)
REDACT = click.Option(
    ["--redact/--no-redact"],
    default=None,
    envvar="ZSYNC_REDACT",
    help="mask personal data in what is shown; by default in markdown, github, html and junit, and in text on GitHub Actions",
)

EVERYWHERE = Section("Everywhere", (COLOR, REDACT), inline=True)
COLOR_ONLY = Section("Everywhere", (COLOR,), inline=True)
