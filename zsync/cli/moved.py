"""What the CRM moved since the base, seen from the files as they are now; and the files that say what it holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zsync.cli.invocation import Invocation
from zsync.cli.terminal import Progress
from zsync.errors import UsageError
from zsync.model import Change, Diagnostic, ListState, ManagedList, Plan
from zsync.model.selectors import ORIGINS, selectors

if TYPE_CHECKING:
    from zsync.cli.plan import Prepared
    from zsync.crm import Settings
    from zsync.edit.accepting import Accepted, Manifested, NewKey
    from zsync.planning.terms import Terms


@dataclass(frozen=True, slots=True)
class Moved:
    """The plan that restores Git's values, and the rows whose values in the CRM can be taken into files.

    `manifested` are the rows of the files, `sole` the keys by which rows can come in, and `unread` counts rows that no manifest names and
    nobody asked for.
    """

    prepared: "Prepared"
    plan: Plan
    rows: tuple[Change, ...]
    manifested: "Manifested"
    sole: "frozenset[NewKey]"
    unread: int
    unmanaged: bool

    def asked(self, given: tuple[str, ...], *, interactive: bool) -> list[Change]:
        """The rows that selectors ask for: conflicts only where a person says so."""
        origins = selectors(given).origins or (("drift", "conflict") if interactive else ("drift",))
        return [row for row in self.rows if row.origin in origins]

    def accepted(self, rows: Sequence[Change]) -> "Accepted":
        """The files in which these rows say what the CRM holds."""
        from zsync.edit.accepting import accept_changes
        from zsync.edit.amending import amend

        desired = self.prepared.desired
        make = partial(
            amend,
            contents=desired.contents,
            lists=self.manifested.lists,
            kinds=self.prepared.session.config.kinds,
        )
        return accept_changes(rows, self.manifested, self.sole, make, adding=self.unmanaged)


def find_moved(
    call: Invocation, paths: tuple[Path, ...], given: tuple[str, ...], *, unmanaged: bool
) -> Moved:
    """Plan, and find what the CRM moved. Raises `UsageError` where nothing tells that from what the files changed."""
    from zsync.cli import session as sessions
    from zsync.cli.plan import prepare
    from zsync.edit.accepting import Manifested

    patterns = tuple(word for word in given if word not in ORIGINS)
    prepared = prepare(call, paths, ("drift", *patterns), call.base)
    session, desired, terms = prepared
    without = terms.judged.without
    if without in ("no-git", "no-commit"):
        raise UsageError(
            "zsync accept tells what the CRM moved from what you changed by a commit, and there is none",
            help="To take the CRM's side of every difference: `zsync accept --no-base`.",
        )
    if without:
        terms = replace(terms, only=patterns)
    terms = replace(terms, whole=unmanaged, option="")
    connection = replace(session.connection(), max_reads=call.max_reads)
    lists = (*desired.manifests.lists, *desired.manifests.outside)
    plan, warnings, rows, sole = sessions.run(_look(prepared, terms, connection, lists, every=bool(without)))
    call.output.warn(warnings)
    call.about = plan
    unread = 0 if unmanaged else sum(_extra(state, lists) for state in plan.lists)
    return Moved(prepared, plan, rows, Manifested.of(lists, warnings), sole, unread, unmanaged)


def _extra(state: ListState, lists: Sequence[ManagedList]) -> int:
    """How many rows of a list no manifest names, as far as it is known that nobody prunes it."""
    alike = [
        managed
        for managed in lists
        if (managed.parent.module, managed.related_module) == (state.module, state.related_module)
    ]
    own = [managed for managed in alike if managed.parent.id == state.record_id]
    return 0 if any(managed.prune for managed in own or alike) else state.unmanaged or 0


async def _look(
    prepared: "Prepared",
    terms: "Terms",
    connection: "Settings",
    lists: tuple[ManagedList, ...],
    *,
    every: bool,
) -> "tuple[Plan, tuple[Diagnostic, ...], tuple[Change, ...], frozenset[NewKey]]":
    from zsync.crm import connect_reader
    from zsync.edit.accepting import Manifested, new_keys
    from zsync.planning.planner import make_plan
    from zsync.planning.taking import moved_rows, sole_keys

    progress = Progress("Reading lists")
    async with connect_reader(connection) as reader:
        plan, warnings = await make_plan(prepared.desired.manifests, reader, terms, progress=progress)
        rows = moved_rows(plan, every=every)
        wanted = list(new_keys(rows, Manifested.of(lists)))
        alone = await sole_keys(wanted, reader)
        progress.close()
    return plan, warnings, rows, frozenset(each for each in wanted if each in alone)
