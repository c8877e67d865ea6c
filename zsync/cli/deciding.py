"""The rows that the CRM moved, one by one at the terminal: take the CRM's side, keep Git's, or neither yet."""

from collections.abc import Sequence
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

import click

from zsync.cli.invocation import Invocation
from zsync.render.escape import terminal

if TYPE_CHECKING:
    from zsync.cli.moved import Moved
    from zsync.crm import Settings
    from zsync.model import Change

_KEYS = "c, g, s, a, w, q or ?"
_LEGEND = "c take the CRM's · g keep Git's · s skip · a all like this · w who · q quit · ?"
_HELP = """\
  c  take the CRM's: the row in your file says what the CRM holds
  g  keep Git's: the file stays, and the command is shown that writes Git's side
  s  skip: decide later; nothing changes on either side
  a  take the CRM's for this row and for all that moved likewise in this list
  w  who changed the row in the CRM, and when
  q  quit: the rows that are left stay as they are"""


class Decisions(NamedTuple):
    """The rows for which somebody takes the CRM's side, how many stay as Git has them, and how many nobody decided on."""

    taken: "tuple[Change, ...]" = ()
    kept: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        counts = ((len(self.taken), "taken"), (self.kept, "kept"), (self.skipped, "skipped"))
        return ", ".join(f"{number:,} {word}" for number, word in counts if number)


def decide_rows(call: Invocation, moved: "Moved", rows: "Sequence[Change]") -> Decisions:
    """What somebody at the terminal decides, row by row."""
    from zsync.render.words import count

    output, many = call.output, len(rows)
    environment = moved.plan.binding.environment
    where = f" in {environment}" if environment else ""
    if not rows:
        output.talk(f"No row differs{where} that the CRM moved.")
        return Decisions()
    differ = "differs" if many == 1 else "differ"
    output.talk(f"{count(many, 'row')} {differ}{where}. This writes to your files, never to the CRM.")
    output.talk(_LEGEND)
    return _Walk(call, moved, rows).decided()


class _Walk:
    """Asks for each row in turn."""

    def __init__(self, call: Invocation, moved: "Moved", rows: "Sequence[Change]") -> None:
        self.call, self.moved, self.rows = call, moved, rows
        self.alike: set[tuple[str, ...]] = set()

    def decided(self) -> Decisions:
        """Ask for all rows, or until somebody quits."""
        found: list[Change] = []
        kept = 0
        for at, row in enumerate(self.rows):
            kind = (row.origin, row.action, *row.address[:3])
            key = "c" if kind in self.alike else self.asked(row, at)
            if key == "q":
                break
            if key == "a":
                self.alike.add(kind)
            if key in ("a", "c"):
                found.append(row)
            elif key == "g":
                kept += 1
                self.call.output.talk(f"    {_for_git(row, self.moved.plan.binding.environment)}")
        return Decisions(tuple(found), kept, len(self.rows) - len(found) - kept)

    def asked(self, row: "Change", at: int) -> str:
        """The key that somebody pressed for a row."""
        self.show(row, at)
        while True:
            key = str(
                click.prompt(f"  {_KEYS}", prompt_suffix=" ", default="s", show_default=False, err=True)
            )
            key = key.strip().lower()
            if key in ("c", "g", "s", "a", "q"):
                return key
            if key == "w":
                self.call.output.tell(f"    {terminal(self.who(row))}")
            else:
                self.call.output.talk(_HELP)

    def show(self, row: "Change", at: int) -> None:
        """Show a row with what each side says of it, masked as a plan would."""
        from dataclasses import replace

        from zsync.render.accepting import question

        plan = self.call.output.redaction.plan(
            replace(self.moved.plan, changes=(row,), withheld=(), unmanaged=()), "text"
        )
        # Of a conflict it is what people ask first.
        who = self.who(row) if row.origin == "conflict" and row.before is not None else ""
        told = self.call.output.redaction.text(who)
        self.call.output.talk(question(plan.changes[0], at + 1, len(self.rows), plan, told))

    def who(self, row: "Change") -> str:
        """Who changed a row in the CRM last, and when, as far as the CRM tells."""
        from dataclasses import replace

        from zsync.cli import session as sessions

        if row.before is None:
            return "The CRM does not say who removed a row: look at the record's timeline in Zoho."
        session = self.moved.prepared.session
        connection = replace(session.connection(), max_reads=self.call.max_reads)
        return sessions.run(_last_change(row, connection)) or "The CRM does not say."


async def _last_change(row: "Change", connection: "Settings") -> str:
    from zsync.crm import connect_reader
    from zsync.crm.authors import FIELDS, last_change
    from zsync.render.outcomes import moment

    place = (row.module, row.record_id, row.related_list)
    async with connect_reader(connection) as reader:
        found = await reader.rows(*place, FIELDS, [row.related_record_id], converted=True)
    when, by = last_change(found[0]) if found else ("", "")
    return ", ".join(filter(None, (by, moment(when))))


def _for_git(row: "Change", environment: str) -> str:
    """The command that writes Git's side of a row."""
    # By ids: a label may hold what a shell or a pattern reads otherwise, and it may be masked.
    selector = terminal(quote("/".join(row.address)))
    where = terminal(f" -e {quote(environment)}") if environment else ""
    if row.origin == "conflict":
        return f'Git\'s side, once: zsync plan{where} --override conflicts={selector} --reason "why"'
    return (
        f"Git's side: zsync plan{where} --only drift --only {selector} --out plan.json; zsync apply plan.json"
    )
