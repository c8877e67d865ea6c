"""`zsync who`: where a person, a product or a campaign stands. Reads only."""

import shutil
import sys
from typing import TYPE_CHECKING

import click

from zsync.cli.command import Section, command
from zsync.cli.forgetting import forget_person
from zsync.cli.invocation import Invocation
from zsync.cli.options import BASE, ENVIRONMENT, EVERYWHERE, FULL, MAX_READS, NO_BASE

if TYPE_CHECKING:
    from zsync.cli.plan import Prepared
    from zsync.model import Change
    from zsync.model.whereabouts import Whereabouts

_NAME = click.Argument(["name"], metavar="NAME")
_FORMAT = click.Option(
    ["--format", "form"],
    type=click.Choice(["text", "json"]),
    default="text",
    metavar="NAME",
    help="text or json",
)
_FORGET = click.Option(
    ["--forget"], is_flag=True, help="take this person out of the files; the CRM is not touched"
)
_DRY_RUN = click.Option(["--dry-run"], is_flag=True, help="with --forget: show the diff, and write nothing")
_PIPE = 120
"""Columns where there is no terminal."""


@command(
    _NAME,
    Section("What to compare", (ENVIRONMENT, BASE, NO_BASE, MAX_READS)),
    Section("What to print", (_FORMAT, FULL)),
    Section("What to write", (_FORGET, _DRY_RUN)),
    EVERYWHERE,
    exits={
        0: "found, in the CRM or in a manifest",
        1: "CRM unreachable",
        4: "found nowhere, or fix a file; --forget: a row stays",
        5: "--max-reads",
        8: "access",
        64: "usage, or several have the name",
    },
    online=True,
)
def who(call: Invocation, name: str, *, form: str, forget: bool, dry_run: bool) -> int:
    """Show where a person, a product or a campaign stands: in the manifests, in the CRM, in the next plan; reads only.

    NAME is an address, a name, a product's code or an id; MODULE/NAME looks in one module alone. Of a person, both the lead and
    the contact are shown. Names are compared as the CRM compares them: as a whole, whatever their case.

    With --forget, their rows go from the manifests and sheets with the comments that belong to them; other files, plans, reports and
    journals that hold the name are listed.
    """
    _check(name, form, forget=forget, dry_run=dry_run)
    found, made = _found(call, name)
    if forget:
        return forget_person(call, found, made, dry_run=dry_run)
    shown = call.output.redaction.whereabouts(found, form)
    call.output.result(_rendered(call, shown, form))
    return 0


def _check(name: str, form: str, *, forget: bool, dry_run: bool) -> None:
    """Raises `UsageError` for an empty name, and for options that do not go together."""
    from zsync.errors import UsageError

    if not name.strip():
        raise UsageError("NAME is empty", help="Write an address, a name, a product's code or an id.")
    if dry_run and not forget:
        raise UsageError("--dry-run is for --forget: without it, who only reads", help="Leave it out.")
    if forget and form != "text":
        raise UsageError("--forget writes, and --format is for what is shown", help="Keep one.")


def _rendered(call: Invocation, found: "Whereabouts", form: str) -> str:
    from zsync.applying.shelf import short
    from zsync.cli.journals import journals_here
    from zsync.render.whereabouts import render_text
    from zsync.render.whereabouts_json import render_json

    if form == "json":
        return render_json(found)
    known = [path.stem for path in journals_here(call)[1]]
    width = shutil.get_terminal_size((_PIPE, 0)).columns if sys.stdout.isatty() else _PIPE
    return render_text(
        found,
        lambda run: short(run, known),
        width=width,
        full=call.output.full,
        color=call.output.terminal.colours(sys.stdout),
    )


def _found(call: Invocation, name: str) -> "tuple[Whereabouts, Prepared]":
    from dataclasses import replace

    from zsync.cli import session as sessions
    from zsync.cli.plan import prepare
    from zsync.cli.touching import touching
    from zsync.whereabouts.finding import Several, asked_of
    from zsync.whereabouts.telling import whereabouts

    made = prepare(call, (), (), call.base)
    session, desired, terms = made
    asked = asked_of(name, session.config.kinds)
    connection = replace(session.connection(), max_reads=call.max_reads)

    async def look() -> "tuple[Whereabouts, tuple[str, ...]]":
        from zsync.crm import connect_reader

        async with connect_reader(connection) as reader:
            return await whereabouts(asked, desired.manifests, reader, terms)

    try:
        found, looked = sessions.run(look())
    except Several as error:
        call.output.redaction.know(error.names)
        raise
    ends = {record.ends for record in found.records}

    def concerns(change: "Change") -> bool:
        return not ends.isdisjoint(change.ends) or (not ends and _called(change, asked.name))

    touched = touching(call, concerns)
    if not (found.records or found.places or touched.runs):
        raise _nobody(asked.name, looked, found.notes)
    return replace(found, runs=touched.runs, notes=(*found.notes, *touched.notes)), made


def _called(change: "Change", name: str) -> bool:
    """Whether a change names a record so: for one that the CRM does not know any more."""
    from zsync.model.values import plain_text

    names = (change.record_label, change.label, change.record_id, change.related_record_id)
    more = (*change.key.values(), *change.record_key.values())
    return plain_text(name) in map(plain_text, (*names, *more))


def _nobody(name: str, looked: tuple[str, ...], notes: tuple[str, ...]) -> Exception:
    from zsync.errors import InputError
    from zsync.model import Diagnostic, Quote, sentence

    where = ", ".join(sorted(looked)) or "no module"
    closed = f" Not looked at: {'; '.join(notes)}." if notes else ""
    return InputError(
        (
            Diagnostic(
                "not-found",
                sentence("nothing has the name ", Quote(repr(name))),
                help=sentence(
                    f"Looked in the CRM ({where}), in the manifests and in the journals.{closed} A name is compared as a whole: "
                    "write the whole address, name, code or id."
                ),
            ),
        )
    )
