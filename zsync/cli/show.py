"""`zsync show`: a saved plan or report in any format. Opens no socket."""

from pathlib import Path

import click

from zsync.cli.command import Section, command
from zsync.cli.disk import read_saved
from zsync.cli.invocation import Invocation
from zsync.cli.options import EVERYWHERE, FILE, FORMAT, FULL


@command(
    click.Argument(["file"], type=FILE),
    Section("What to print", (FORMAT, FULL)),
    EVERYWHERE,
    exits={
        0: "shown",
        4: "the file cannot be read",
        6: "it is not a plan or a report, or was altered",
        64: "usage",
    },
)
def show(call: Invocation, file: Path) -> None:
    """Print a saved plan or report in any format.

    What a plan shows is what `zsync apply FILE` sends.
    """
    from zsync.files.encoding import REPORT_FORMAT
    from zsync.files.plan import file_format, load_plan, load_report

    # By the format that the file names, not by its name: people rename files.
    text = read_saved(file)
    call.output.deliver(
        load_report(text) if file_format(text) == REPORT_FORMAT else load_plan(text), kept=file
    )
