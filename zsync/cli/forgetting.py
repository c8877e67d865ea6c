"""`zsync who NAME --forget`: a person out of the files, and what holds their name besides. The CRM is not touched."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zsync.cli.invocation import Invocation
    from zsync.cli.mentions import Mentions
    from zsync.cli.plan import Prepared
    from zsync.edit.forgetting import Forgotten
    from zsync.model import ManagedList, Row, Span
    from zsync.model.whereabouts import Whereabouts

_SHOWN = 3
"""Most lines of a file that are listed."""


class _Person(NamedTuple):
    """What of the manifests is about a person: their rows, and the parents that are themselves; and what they are called."""

    rows: "Sequence[tuple[ManagedList, Row]]"
    parents: "Sequence[Span]"
    names: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Their names, and the parts of a name: what a comment right above their row may call them."""
        parts = (part for name in self.names if "@" not in name for part in name.split())
        return (*self.names, *(part for part in parts if len(part) > 1))


def forget_person(call: "Invocation", found: "Whereabouts", made: "Prepared", *, dry_run: bool) -> int:
    """Take a person out of the manifests and their sheets, and list what else has the name.

    Gives 4 where a row could not be taken out. Raises `UsageError` for whoever is no person, and `InputError` where a file cannot be
    replaced: then none is.
    """
    from zsync.edit.forgetting import forget
    from zsync.edit.replacing import check_replaceable, replace_files

    person = _person(found, made)
    call.output.redaction.know(person.names)
    lists = (*made.desired.manifests.lists, *made.desired.manifests.outside)
    kinds, words = made.session.config.kinds, person.words
    forgotten = forget(person.rows, person.parents, _contents(person), lists, kinds, words)
    changed = (*forgotten.files, *forgotten.gone)
    check_replaceable(changed)
    left = _mentions(person, forgotten)
    if dry_run:
        _show(call, forgotten)
    else:
        replace_files(forgotten.files)
        for file in forgotten.gone:
            Path(file.name).unlink()
    _tell(call, person, forgotten, dry_run=dry_run)
    _tell_left(call, made, left)
    _tell_next(call, person, forgotten, dry_run=dry_run)
    return 4 if forgotten.refused else 0


def _person(found: "Whereabouts", made: "Prepared") -> _Person:
    from zsync.errors import UsageError
    from zsync.model.leads import LEADS
    from zsync.model.values import plain_text
    from zsync.model.whereabouts import MORE_NAMES

    people = (LEADS, "Contacts")
    records = [record for record in found.records if record.module in people]
    if found.records and not records:
        raise UsageError(
            f"--forget takes persons out of the files, and this is one of {found.records[0].module}",
            help="Take its rows out of the manifests by hand: `zsync who` lists their places.",
        )
    wanted = plain_text(found.asked)
    lists = (*made.desired.manifests.lists, *made.desired.manifests.outside)
    rows = [
        (managed, row)
        for managed in lists
        if managed.related_module in people
        for row in (*managed.records, *managed.absent)
        if any(record.meant_by(managed, row) for record in records)
        or (not records and wanted in map(plain_text, row.key))
    ]
    parents = {
        managed.parent.span: None
        for managed in lists
        if managed.parent.module in people
        and (
            any(record.is_parent(managed.parent) for record in records)
            or (not records and wanted in map(plain_text, managed.parent.key.values))
        )
    }
    names = [found.asked] if not records or "@" in found.asked else []
    for record in records:
        names += [
            record.values.get(MORE_NAMES[record.module], ""),
            record.label if " " in record.label else "",
        ]
    return _Person(rows, list(parents), tuple(dict.fromkeys(filter(None, names))))


def _contents(person: _Person) -> dict[str, bytes]:
    """The bytes of all files that the rows and parents stand in. Raises `InputError` for one that cannot be read."""
    from zsync.bounds import MANIFEST
    from zsync.files.reading import read_bytes
    from zsync.files.writing import cannot_write

    files = {row.file or managed.span.file for managed, row in person.rows}
    files |= {managed.span.file for managed, _ in person.rows} | {span.file for span in person.parents}
    contents = {}
    for name in sorted(files):
        try:
            contents[name] = read_bytes(Path(name), MANIFEST)
        except OSError as error:
            raise cannot_write(Path(name), error.strerror or "it cannot be read") from None
    return contents


def _mentions(person: _Person, forgotten: "Forgotten") -> "Mentions":
    from zsync.applying.shelf import journals
    from zsync.cli.mentions import mentions
    from zsync.cli.state import shelf_here
    from zsync.config.search import repository

    home, here = shelf_here(), Path.cwd()
    instead = {file.name: file.after for file in (*forgotten.files, *forgotten.gone)}
    known = journals(*{path.parent.parent for path in home.folder.glob("*/*/*.jsonl")})
    return mentions(repository(here.resolve()) or here, person.names, instead, known)


def _show(call: "Invocation", forgotten: "Forgotten") -> None:
    """Print the diff."""
    from zsync.cli.diffs import unified

    color = call.output.terminal.colours(sys.stdout)
    for file in (*forgotten.files, *forgotten.gone):
        for line in unified(file.before, file.after, file.name, color=color):
            call.output.result(call.output.redaction.text(line))


def _tell(call: "Invocation", person: _Person, forgotten: "Forgotten", *, dry_run: bool) -> None:
    from zsync.edit.edits import RemoveRow
    from zsync.render.escape import terminal
    from zsync.render.words import count

    say = call.output.result
    number = len(forgotten.files) + len(forgotten.gone)
    if not number and not forgotten.refused:
        say("No manifest has a row of theirs: nothing was changed.\n")
    elif number:
        would = "Would take" if dry_run else "Took"
        say(f"{would} this person out of {count(number, 'file')}. The CRM is not touched.\n")
    rows: dict[str, int] = {}
    for managed, row in person.rows:
        name = row.file or managed.span.file
        rows[name] = rows.get(name, 0) + 1
    for file in forgotten.files:
        what = count(rows.get(file.name, 0), "row") if rows.get(file.name) else "a document"
        say(f"  {terminal(file.name)}  {what}\n")
    for file in forgotten.gone:
        say(f"  {terminal(file.name)}  the whole file\n")
    for refused in forgotten.refused:
        line = refused.edit.row.line if isinstance(refused.edit, RemoveRow) else 1
        place = f"{refused.edit.file}:{line}"
        say(f"  {terminal(place)}  not taken out: {terminal(refused.reason)}. Take it out by hand.\n")


def _tell_left(call: "Invocation", made: "Prepared", left: "Mentions") -> None:
    """List what else has the name."""
    from zsync.render.escape import terminal
    from zsync.render.words import count

    never = made.session.environment.consent.never
    keeps = {(os.path.basename(place.file), place.line) for _, place in never.entries}  # noqa: PTH119  a name alone
    kept, others = [], []
    for name, lines in left.lines.items():
        for_them = [line for line in lines if (os.path.basename(name), line) in keeps]  # noqa: PTH119
        kept += [f"{name}:{line}" for line in for_them]
        if rest := [line for line in lines if line not in for_them]:
            more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
            others.append(f"{name}:{', :'.join(map(str, rest[:_SHOWN]))}{more}")
    parts = (
        ("Kept, because `never` there keeps them out of campaigns:", kept),
        ("Still named in these files; look at them yourself:", others),
        ("Plans, reports and journals that hold the name; remove those that you no longer need:", left.saved),
    )
    for title, places in parts:
        if places:
            call.output.result(title + "\n" + "".join(f"  {terminal(each)}\n" for each in places))
    if left.unread:
        shown = ", ".join(terminal(each) for each in left.unread[:_SHOWN])
        call.output.result(
            f"Not looked into: {count(len(left.unread), 'file')} ({shown}{'…' * (len(left.unread) > _SHOWN)})\n"
        )


def _tell_next(call: "Invocation", person: _Person, forgotten: "Forgotten", *, dry_run: bool) -> None:
    from zsync.config.search import repository

    changed = forgotten.files or forgotten.gone
    git = repository(Path.cwd().resolve()) is not None
    if git:
        call.output.talk(
            "Git's history, and CI's artifacts and comments, may hold the name as well: they are not looked at."
        )
    if dry_run:
        call.output.talk("Nothing was written. To do it: the same without --dry-run")
    elif changed:
        wanted = any(row in managed.records for managed, row in person.rows) or bool(person.parents)
        what = ", which shows what leaves the CRM's lists with them" if wanted else ""
        call.output.talk(f"Next: {'git diff, then ' if git else ''}zsync plan{what}")
