"""A plan that restores what a run changed, unless somebody has changed it since. Given a `Reader`, it cannot write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from zsync import __version__
from zsync.codes import CARRIED_CHANGED
from zsync.crm import Reader
from zsync.crm.orgs import check_environment, check_plan_org
from zsync.crm.tasks import together
from zsync.errors import UsageError
from zsync.files.plan import timestamp
from zsync.kinds import FieldType, Kind, find_kind
from zsync.model import (
    Action,
    Address,
    Binding,
    Change,
    Fields,
    Plan,
    Run,
    Withheld,
)
from zsync.model.fields import carried_fields, empty, holds, relation_fields
from zsync.model.selectors import fits, selectors
from zsync.planning.consenting import consent_check, keep_out
from zsync.planning.guard_facts import guarded
from zsync.planning.list_names import ListNames
from zsync.planning.narrowing import changed_only
from zsync.planning.origin import names_of, selected
from zsync.planning.packing import cost, pack, summary
from zsync.planning.selecting import refuse_unmatched
from zsync.planning.terms import LIFETIME, Terms


class _Row(NamedTuple):
    """A row of a list as the CRM sent it, and the types of all fields that were asked for."""

    row: Mapping[str, Any]
    types: Mapping[str, FieldType]

    def fields(self, names: Iterable[str]) -> Fields:
        """Some of the relation's fields."""
        return relation_fields(self.row, {name: self.types.get(name, "any") for name in names})


async def make_undo(run: Run, reader: Reader, terms: Terms) -> Plan:
    """The plan that restores the `before` of each change that the run sent.

    What the CRM holds now decides: a change is undone only while that is its `after`. If it is the `before`, nothing is
    needed; anything else is a conflict, for somebody changed the relation since, unless the change was refused. Conflicts are
    withheld, even where a merge may write them; an override that fits one decides that it is restored all the same. Who said no
    since is not added again. The guards apply as to any plan. Raises `PlanRefused` if the org is not the run's, `UsageError` for an override that fits no conflict,
    and what `Reader` raises.
    """
    org = await reader.org()
    check_environment(org, terms.expected)
    check_plan_org(run.plan, org, await reader.api_domain())
    sent = _asked(run, terms.only)
    tables = await together(
        _current(reader, [sent[index] for index in request.changes], terms.kinds) for request in pack(sent)
    )
    current = {address: row for table in tables for address, row in table.items()}
    back, withheld = _restored(sent, current, _refused(run), terms)
    sides = ((each.module, each.related_module) for each in back)
    kept = await keep_out(back, await consent_check(reader, terms.consents, sides))
    requests = pack(changes := kept.changes)
    costs = cost(reader.traffic.reads, changes, requests, terms.concurrency, terms.consents, keys=False)
    plan = Plan(
        _binding(run, terms),
        summary(changes),
        changes,
        requests,
        costs,
        withheld=(*withheld, *kept.withheld),
        only=terms.only,
        settings=terms.settings,
        base=terms.safeguards,
        restores=run.id,
    )
    return await guarded(plan, terms, {}, ListNames(reader), reader)


def _restored(
    sent: Sequence[Change], current: Mapping[Address, _Row], refused: frozenset[Address], terms: Terms
) -> tuple[tuple[Change, ...], tuple[Withheld, ...]]:
    """The changes that take the run's back, and what is withheld, both by list and with deletes first."""
    changes: list[Change] = []
    withheld: list[Withheld] = []
    decided = {override.selector for override in terms.overrides if override.selector}
    unused = set(decided)
    # Backwards, as one takes back steps: the last change of the run is the first to be undone.
    for change in reversed(sent):
        row = current.get(change.address)
        held = row.fields({**(change.before or {}), **(change.after or {})}) if row else None
        back = _back(change, row) if terms.put == "all" else changed_only(_back(change, row))
        if holds(change.after, held):
            if selected(back, terms.only):
                changes.append(back)
        elif not holds(change.before, held) and change.address not in refused:
            conflict = replace(back, origin="conflict", origins={}, agreed=change.after)
            if not any(selected(each, terms.only) for each in (back, conflict)):
                continue
            fitting = {pattern for pattern in decided if fits(names_of(conflict), (pattern,))}
            unused -= fitting
            if fitting:
                changes.append(conflict)
            else:
                withheld.append(Withheld("conflict", conflict))
    if unused:
        raise UsageError(
            f"--override conflicts={min(unused)} fits no conflict of this undo",
            help="Leave it out: what nobody changed since the run needs no decision.",
        )
    changes.sort(key=_order)
    withheld.sort(key=lambda each: _order(each.change))
    return tuple(changes), tuple(withheld)


def _order(change: Change) -> tuple[tuple[str, ...], bool]:
    return change.address[:3], change.action != "delete"


def _asked(run: Run, only: tuple[str, ...]) -> list[Change]:
    """The changes to take back: those that the run sent, and which are of the rows that patterns of `only` ask for.

    What was as planned before the run sent anything is not its work, and not undone. Raises `UsageError` for a selector
    that fits no row of the run.
    """
    refuse_unmatched(only, map(names_of, run.plan.changes))
    patterns = selectors(only).patterns
    sent = (change for index, change in enumerate(run.plan.changes) if index in run.sent)
    return [change for change in sent if selected(change, patterns)]


def _binding(run: Run, terms: Terms) -> Binding:
    """What the undo is bound to: manifests and commit stay those of the run, for that is the state which is restored."""
    return replace(
        run.plan.binding,
        zsync=__version__,
        created_at=timestamp(terms.now),
        expires_at=timestamp(terms.now + LIFETIME),
        environment=terms.expected.environment,
        accounts_url=terms.accounts_url,
        configuration=terms.configuration,
        base=terms.judged,
        profiles=terms.profiles,
        put=terms.put,
    )


def _refused(run: Run) -> frozenset[Address]:
    """The relations whose changes the CRM refused, and did not store."""
    changes = run.plan.changes
    return frozenset(
        changes[index].address
        for index, outcome in run.outcomes.items()
        if outcome.status == "refused" and outcome.code != CARRIED_CHANGED
    )


async def _current(reader: Reader, changes: Sequence[Change], kinds: Iterable[Kind]) -> dict[Address, _Row]:
    """The relations of one request as the CRM holds them now, with all fields of their kind and of the changes."""
    first = changes[0]
    kind = find_kind(first.module, first.related_module, kinds)
    states = (state for change in changes for state in (change.before, change.after, change.carried) if state)
    names = sorted({*(kind.fields if kind else ()), *(name for state in states for name in state)})
    ids = [change.related_record_id for change in changes]
    # With converted leads: a lead that was converted since the run still holds what the run wrote.
    rows = await reader.rows(*first.address[:3], names or ["id"], ids, converted=True)
    types = {name: kind.fields.get(name, "any") if kind else "any" for name in names}
    return {Address(*first.address[:3], row["id"]): _Row(row, types) for row in rows}


def _back(change: Change, now: _Row | None) -> Change:
    """The change that takes one back. What is carried stays as it is now; of a relation that went, all comes back.

    It begins with what the CRM holds now, which may be another action's than that of the change the other way round. What was
    special about the run's change, a value that was new to its list or a conflict that somebody decided, is not about this one.
    """
    change = replace(change, agreed=None, new_values=(), objection=None)
    if change.origin == "conflict":
        change = replace(change, origin="change")
    if now is None:
        whole = {**(change.before or {}), **change.carried}
        after = {name: value for name, value in whole.items() if not empty(value)}
        return replace(change, action="create", before=None, after=after, carried={})
    before = now.fields(change.before or {} if change.after is None else change.after)
    carried = carried_fields(now.row, now.types, before)
    action: Action = "delete" if change.before is None else "update"
    return replace(change, action=action, before=before, after=change.before, carried=carried)
