"""A plan that restores what a run changed, unless somebody has changed it since. Given a `Reader`, it cannot write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from zsync import __version__
from zsync.crm import Reader
from zsync.crm.orgs import check_environment, check_plan_org
from zsync.crm.tasks import together
from zsync.files.plan import timestamp
from zsync.kinds import FieldType, Kind, find_kind, name_fields
from zsync.model import (
    Action,
    Address,
    Binding,
    Change,
    Diagnostic,
    Fields,
    Plan,
    Quote,
    Run,
    sentence,
)
from zsync.model.diagnostics import telling
from zsync.model.fields import carried_fields, empty, holds, relation_fields
from zsync.planning.guard_facts import guarded
from zsync.planning.list_names import ListNames
from zsync.planning.origin import names_of, selected
from zsync.planning.packing import cost, pack, summary
from zsync.planning.selecting import refuse_unmatched
from zsync.planning.terms import LIFETIME, Terms

_BACK: Mapping[Action, Action] = {"create": "delete", "update": "update", "delete": "create"}


class _Row(NamedTuple):
    """A row of a list as the CRM sent it, and the types of all fields that were asked for."""

    row: Mapping[str, Any]
    types: Mapping[str, FieldType]

    def fields(self, names: Iterable[str]) -> Fields:
        """Some of the relation's fields."""
        return relation_fields(self.row, {name: self.types.get(name, "any") for name in names})


async def make_undo(run: Run, reader: Reader, terms: Terms) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """The plan that restores the `before` of each change that the run sent, and the conflicts, one per row.

    What the CRM holds now decides: a change is undone only while that is its `after`. If it is the `before`, nothing is
    needed; anything else is a conflict, for somebody changed the relation since, unless the change was refused. The guards
    apply as to any plan. Raises `PlanRefused` if the org is not the run's, and what `Reader` raises.
    """
    org = await reader.org()
    check_environment(org, terms.expected)
    check_plan_org(run.plan, org, await reader.api_domain())
    sent = _asked(run, terms.only)
    tables = await together(
        _current(reader, [sent[index] for index in request.changes], terms.kinds) for request in pack(sent)
    )
    current = {address: row for table in tables for address, row in table.items()}
    refused = _refused(run)
    changes, conflicts = [], []
    # Backwards, as one takes back steps: the last change of the run is the first to be undone.
    for change in reversed(sent):
        row = current.get(change.address)
        held = row.fields({**(change.before or {}), **(change.after or {})}) if row else None
        if holds(change.after, held):
            changes.append(_back(change, row))
        elif not holds(change.before, held) and change.address not in refused:
            conflicts.append(_conflict(change, held))
    changes.sort(key=lambda change: (change.address[:3], change.action != "delete"))
    requests = pack(changes)
    costs = cost(reader.traffic.reads, changes, requests, terms.concurrency, keys=False)
    plan = Plan(
        _binding(run, terms),
        summary(changes),
        tuple(changes),
        requests,
        costs,
        only=terms.only,
        settings=terms.settings,
        base=terms.safeguards,
        restores=run.id,
    )
    return await guarded(plan, terms, {}, ListNames(reader), reader), tuple(conflicts)


def _asked(run: Run, only: tuple[str, ...]) -> list[Change]:
    """The changes to take back: those that the run sent and the selectors ask for; an action is the undo's, as it is shown.

    What was as planned before the run sent anything is not its work, and not undone. Raises `UsageError` for a selector
    that fits no row of the run.
    """
    refuse_unmatched(only, map(names_of, run.plan.changes))
    sent = (change for index, change in enumerate(run.plan.changes) if index in run.sent)
    return [change for change in sent if selected(replace(change, action=_BACK[change.action]), only)]


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
    )


def _refused(run: Run) -> frozenset[Address]:
    """The relations whose changes the CRM refused."""
    changes = run.plan.changes
    return frozenset(
        changes[index].address for index, outcome in run.outcomes.items() if outcome.status == "refused"
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
    """The change that takes one back. What is carried stays as it is now; of a relation that went, all comes back."""
    if change.after is None:
        whole = {**(change.before or {}), **change.carried}
        after = {name: value for name, value in whole.items() if not empty(value)}
        return replace(change, action="create", before=None, after=after, carried={})
    before = now.fields(change.after) if now else {}
    carried = carried_fields(now.row, now.types, before) if now else {}
    return replace(change, action=_BACK[change.action], before=before, after=change.before, carried=carried)


def _conflict(change: Change, held: Fields | None) -> Diagnostic:
    shown = ["no such relation"] if held is None else list(telling(held)) or ["the relation"]
    return Diagnostic(
        "undo-conflict",
        sentence(
            _label(change.label, change.related_record_id, change.key, change.related_module),
            f" in {change.module} ",
            _label(change.record_label, change.record_id, change.record_key, change.module),
            f" › {change.related_list} was changed since: the CRM has ",
            *shown,
        ),
        change.source,
        sentence(
            "It is left alone. Change it in the CRM or in its manifest if it is to be as it was before the run."
        ),
        severity="warning",
    )


def _label(label: str, record_id: str, key: Iterable[str], module: str) -> str | Quote:
    return label if label == record_id else Quote(label, tuple(key) or name_fields(module), module)
