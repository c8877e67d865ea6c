"""The work of a pull as commands share it: from the session to the files that it would write."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.invocation import Invocation
from zsync.cli.session import RELATIONS
from zsync.cli.terminal import Progress

if TYPE_CHECKING:
    from zsync.cli.session import Session
    from zsync.edit.edits import Amended
    from zsync.manifest.whole import WholeTree
    from zsync.model import ManagedList
    from zsync.model.attempt import Attempt
    from zsync.pulling.asked import AskedPull, Ways
    from zsync.pulling.files import Pulled
    from zsync.pulling.found import PulledRows


def make(call: Invocation, session: "Session", asked: "AskedPull") -> "tuple[PulledRows, Pulled]":
    """What the CRM holds beside what the files say, and the files that a pull would write. Nothing is written yet.

    What is to be warned of is shown. Raises `InputError` for what is wrong in the files, or cannot be found or written.
    """
    from zsync.cli import session as sessions
    from zsync.pulling.checking import check_meaning
    from zsync.pulling.files import make_files

    whole, ways = tree(session), ways_of(session)
    asked = replace(asked, module=_module(asked.module, ways))
    call.output.warn([replace(each, severity="warning") for each in whole.manifests.unread])
    lists = whole.manifests.lists
    found = sessions.run(_read(call, session, asked, ways, lists))
    _learn(call, found)
    call.output.warn(found.warnings)
    for note in found.notes:
        call.output.tell(f"Left out: {note}")
    pulled = make_files(found, asked, ways, whole.contents, lists)
    check_meaning(pulled, ways.kinds)
    _shared(call, session, pulled)
    return found, pulled


def _shared(call: Invocation, session: "Session", pulled: "Pulled") -> None:
    """Tell of files that change and count for other environments as well, whose CRM may say something else."""
    from zsync.cli.ground import within

    config, own = session.config, session.environment.name
    if config.path is None:
        return
    home = config.path.parent
    for file in pulled.amended:
        others = [
            other.name
            for other in config.environments.values()
            if other.name != own
            and (not other.manifests or within(Path(file.name), [home / each for each in other.manifests]))
        ]
        if others:
            call.output.talk(f"{file.name} counts for {' and '.join(others)} as well: plan there, too")


def _module(written: str, ways: "Ways") -> str:
    """The api_name of a module as it was typed, in whichever case."""
    known = (side for kind in ways.kinds for side in (kind.left, kind.right))
    return next((each for each in known if each.casefold() == written.casefold()), written)


def ways_of(session: "Session") -> "Ways":
    """What a pull goes by in an environment. Its new manifests go into the last of the environment's own folders."""
    from zsync.config.search import tree_of
    from zsync.pulling.asked import Ways

    config, environment = session.config, session.environment
    home = config.path.parent if config.path else None
    where = RELATIONS if home is None else tree_of(home)
    if home is not None and environment.manifests:
        where = home / environment.manifests[-1]
    return Ways(session.expected(), where, config.kinds, environment.values, environment.told)


def tree(session: "Session") -> "WholeTree":
    """All manifests of the environment, from whichever folder zsync is called. Raises `InputError` for what is wrong in them."""
    from zsync.cli.ground import ground
    from zsync.manifest.whole import load_whole

    where = ground(session, ())
    # All of them are read as if they were asked for: a row of a file with errors would be written a second time.
    folders = [folder for folder in where.folders if folder.exists()]
    return load_whole(folders, folders, where.around, kinds=session.config.kinds)


def _learn(call: Invocation, found: "PulledRows") -> None:
    """Take in what is personal in the rows, to be masked wherever it is shown: in keys, in comments, in names of files."""
    redaction = call.output.redaction
    if not redaction.masks("text"):
        return
    from zsync.crm.keys import key_text
    from zsync.pulling.naming import slug

    for each in found.lists:
        parents = [each.rows.parent.known]
        rows = ({name: key_text(row[name]) for name in row if name != "id"} for row in each.rows.rows)
        for record in (*parents, *rows):
            personal = [text for name, text in record.items() if text and redaction.personal(name)]
            redaction.know([*personal, *filter(None, map(slug, personal))])


async def _read(
    call: Invocation, session: "Session", asked: "AskedPull", ways: "Ways", lists: "tuple[ManagedList, ...]"
) -> "PulledRows":
    from zsync.crm import connect_reader
    from zsync.pulling.found import find

    settings = session.connection()
    line = _Line(call, settings.seen)
    try:
        async with connect_reader(replace(settings, seen=line.called, max_reads=call.max_reads)) as reader:
            return await find(reader, asked, ways, lists, line)
    finally:
        line.close()


class _Line:
    """The line that shows how far a pull is. It shows itself with each call: a single list may have many pages."""

    def __init__(self, call: Invocation, seen: "Callable[[Attempt], None] | None") -> None:
        self._call, self._seen = call, seen
        self._line, self._done, self._count, self._by_calls = Progress(""), 0, 0, False

    def called(self, attempt: "Attempt") -> None:
        """A call was answered."""
        if self._seen:
            self._seen(attempt)
        self._done += self._by_calls and self._done < self._count
        if self._count:
            self._line(self._done, self._count)

    def starting(self, parents: int, count: int) -> None:
        """So many lists of so many parents are going to be read."""
        if parents > 1:
            many = f"{count:,} lists of {parents:,} records"
            self._call.output.talk(f"Reading {many}: at least {count:,} API credits")
        self._begin("Reading lists", count)

    def read(self, done: int) -> None:
        """So many lists were read."""
        self._done = done
        self._line(done, self._count)

    def looking(self, queries: int) -> None:
        """About so many queries are going to look up keys."""
        self._begin("Looking up keys", queries, by_calls=True)

    def close(self) -> None:
        """Take the line away."""
        self._line.close()

    def _begin(self, verb: str, count: int, *, by_calls: bool = False) -> None:
        self._line.close()
        self._line, self._done, self._count, self._by_calls = Progress(verb), 0, count, by_calls


def refuse_uncommitted(files: "Sequence[Amended]") -> None:
    """Raise `InputError` where a row would change or go in a file whose text Git does not have: nobody could get it back."""
    from zsync import git
    from zsync.edit.edits import RemoveRow, SetFields
    from zsync.errors import InputError
    from zsync.model import Diagnostic, sentence

    root = git.repository(Path.cwd())
    rows = {file.name: sum(isinstance(edit, SetFields | RemoveRow) for edit in file.edits) for file in files}
    if root is None or not git.installed() or not any(rows.values()):
        return
    head = git.commit(root)
    tree = git.tree(root, head) if head else None
    wrong = []
    for file in files:
        # Git may keep a file with other line ends than the disk has.
        texts = (file.before, file.before.replace(b"\r\n", b"\n"))
        if not rows[file.name] or (tree and any(tree.same(Path(file.name), each) for each in texts)):
            continue
        count = f"{rows[file.name]:,} row{'s' if rows[file.name] != 1 else ''}"
        says = f"{file.name} has changes that are not committed, and {count} of it would take the CRM's values or go"
        advice = "Commit it first, so that you can compare: git diff. Or give it up: --overwrite. Nothing was written."
        wrong.append(Diagnostic("uncommitted", sentence(says), help=sentence(advice)))
    if wrong:
        raise InputError(tuple(wrong))
