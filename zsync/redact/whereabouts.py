"""Where a record stands, with tokens in place of personal values."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zsync.kinds import name_fields
from zsync.model import Change, Fields, Withheld
from zsync.model.whereabouts import NamedRecord, OwnRelation, Whereabouts
from zsync.redact.policy import Policy
from zsync.redact.texts import redact_text


def redact_whereabouts(found: Whereabouts, policy: Policy) -> Whereabouts:
    """Labels and values as the policy shows them. Ids, modules, places and runs stay."""
    known = {_text(value) for record in found.records for value in record.values.values()} - {""}
    records = {id(record): _record(record, policy) for record in found.records}
    personal = not found.records or any(_personal(record, policy) for record in found.records)
    return replace(
        found,
        asked=policy.token(found.asked) if personal else found.asked,
        records=tuple(records.values()),
        relations=tuple(_relation(each, records[id(each.record)], policy) for each in found.relations),
        problem=redact_text(found.problem, policy, known),
    )


def _personal(record: NamedRecord, policy: Policy) -> bool:
    return policy.masks_label(record.module, name_fields(record.module))


def _record(record: NamedRecord, policy: Policy) -> NamedRecord:
    values = {
        name: policy.token(text) if policy.masks(name) else text for name, text in record.values.items()
    }
    label = policy.token(record.label) if _personal(record, policy) else record.label
    return replace(record, label=label, values=values)


def _relation(relation: OwnRelation, record: NamedRecord, policy: Policy) -> OwnRelation:
    module = relation.related_module
    masked = policy.masks_label(module, name_fields(module)) and relation.label != relation.related_id
    step = relation.next
    return replace(
        relation,
        record=record,
        label=policy.token(relation.label) if masked else relation.label,
        git=_fields(relation.git, policy),
        crm=_fields(relation.crm, policy),
        next=replace(step, change=_change(step.change, policy))
        if isinstance(step, Withheld)
        else _change(step, policy)
        if step
        else None,
    )


def _change(change: Change, policy: Policy) -> Change:
    """The fields of a change alone: nothing else of it is shown here."""
    return replace(
        change,
        before=_fields(change.before, policy),
        after=_fields(change.after, policy),
        carried=_fields(change.carried, policy) or {},
    )


def _fields(held: Fields | None, policy: Policy) -> Mapping[str, Any] | None:
    if held is None:
        return None
    return {
        name: policy.token(value) if value is not None and policy.masks(name) else value
        for name, value in held.items()
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
