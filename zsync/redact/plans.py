"""Plans and reports with tokens in place of personal values."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from zsync import codes
from zsync.files.plan import canonical
from zsync.files.reading import read_json
from zsync.kinds import NAME_FIELDS, name_fields
from zsync.model import Approval, Change, Fields, Found, KeyMoved, Outcome, Plan, Report, Stop
from zsync.model.consent import BUILT_IN
from zsync.model.grounds import (
    Backwards,
    BaseUnusable,
    Frozen,
    Ground,
    NoPrice,
    OutOfOrder,
    PriceBound,
    PriceStep,
    ProtectedRecord,
    TooFew,
    UntouchableField,
)
from zsync.model.objections import Objection
from zsync.model.verdicts import Override
from zsync.redact.policy import Policy
from zsync.redact.texts import CODE, redact_text

_SAID = frozenset(each.name for each in BUILT_IN)
"""Fields whose values are words of Zoho's own."""


def redact_plan(plan: Plan, policy: Policy) -> Plan:
    """The plan with tokens for personal values. Ids, places and digests are the real plan's; it cannot be applied."""
    known = personal_values(plan, policy)
    records = (record._replace(fields=_masked(record.fields, policy)) for record in plan.facts.records)
    return replace(
        plan,
        changes=tuple(_change(change, policy) for change in plan.changes),
        facts=plan.facts._replace(records=tuple(records)),
        verdicts=tuple(
            replace(verdict, ground=_ground(verdict.ground, policy, known)) for verdict in plan.verdicts
        ),
        overrides=_overrides(plan.overrides, policy, known),
        # Its patterns and reasons may name anybody.
        base=plan.base._replace(configuration=""),
        unmanaged=tuple(_change(change, policy) for change in plan.unmanaged),
        withheld=tuple(replace(each, change=_change(each.change, policy)) for each in plan.withheld),
    )


def redact_report(report: Report, policy: Policy) -> Report:
    """The report with tokens. The meaning of a code takes the place of what the CRM said with it."""
    known = personal_values(report.plan, policy)
    return replace(
        report,
        plan=redact_plan(report.plan, policy),
        outcomes=tuple(_outcome(outcome, policy) for outcome in report.outcomes),
        stopped=report.stopped and _stop(report.stopped, policy, known),
        overrides=_overrides(report.overrides, policy, known),
        approval=_approval(report.approval, policy),
        # Folders are called after people.
        journal=re.split(r"[/\\]", report.journal)[-1],
    )


def _approval(approval: Approval, policy: Policy) -> Approval:
    """Accounts of a forge stand there for everybody to see; the user of a machine is a person."""
    if approval.address:
        return approval
    return replace(
        approval,
        started_by=policy.token(approval.started_by) if approval.started_by else "",
        approved_by=tuple(map(policy.token, approval.approved_by)),
    )


def redacted_json(text: str) -> str:
    """The JSON of a redacted plan or report. Its `format` says so, so that nothing takes it for the real one."""
    data = read_json(text)
    for part in (data, data.get("plan", {})):
        if "format" in part:
            part["format"] += "+redacted"
    return canonical(data) + "\n"


def personal_values(plan: Plan, policy: Policy) -> frozenset[str]:
    """The texts of a plan that are masked, so that they can be found in messages that quote them."""
    rows = chain(plan.changes, plan.unmanaged, (each.change for each in plan.withheld))
    found = {value for change in rows for value in _known(change, policy)}
    for record in plan.facts.records:
        found.update(_values({name: value for name, value in record.fields.items() if policy.masks(name)}))
    return frozenset(found - {""})


def _known(change: Change, policy: Policy) -> set[str]:
    pairs = zip(_texts(change), _texts(_change(change, policy)), strict=True)
    return {before for before, after in pairs if before != after}


def _texts(change: Change) -> Iterator[str]:
    yield from (change.record_label, change.label)
    yield from change.record_key.values()
    yield from change.key.values()
    for fields in (change.before, change.after, change.agreed, change.carried):
        yield from _values(fields or {})


def _values(fields: Fields) -> Iterator[str]:
    yield from (value if isinstance(value, str) else canonical(value) for value in fields.values())


def _change(change: Change, policy: Policy) -> Change:
    return replace(
        change,
        record_label=_label(change.record_label, change.record_id, change.module, change.record_key, policy),
        label=_label(change.label, change.related_record_id, change.related_module, change.key, policy),
        record_key=_key(change.record_key, change.module, policy),
        key=_key(change.key, change.related_module, policy),
        before=None if change.before is None else _masked(change.before, policy),
        after=None if change.after is None else _masked(change.after, policy),
        agreed=None if change.agreed is None else _masked(change.agreed, policy),
        carried=_masked(change.carried, policy),
        objection=change.objection and _objection(change.objection, policy),
    )


def _objection(objection: Objection, policy: Policy) -> Objection:
    """Yes or no reveals nobody whose name is masked. Other values are masked by their field."""
    if isinstance(objection.value, bool) or objection.field in _SAID:
        return objection
    return objection._replace(value=_value(objection.field, objection.value, policy))


def _label(label: str, record_id: str, module: str, key: Mapping[str, str], policy: Policy) -> str:
    """A label is shown if the fields that it is made of are. An id names nobody."""
    named = bool(label) and label != record_id
    fields = tuple(key) or name_fields(module)
    return policy.token(label) if named and policy.masks_label(module, fields) else label


def _key(key: Mapping[str, str], module: str, policy: Policy) -> Mapping[str, str]:
    """A record's key, masked as its label is, but field by field if zsync.yaml does not decide for its module."""
    return {
        name: policy.token(value) if value and policy.masks_label(module, (name,)) else value
        for name, value in key.items()
    }


def _masked(fields: Fields, policy: Policy) -> Fields:
    return {name: _value(name, value, policy) for name, value in fields.items()}


def _outcome(outcome: Outcome, policy: Policy) -> Outcome:
    code, message = _said(outcome.code, outcome.message)
    found = outcome.found and _found(outcome.found, policy)
    key = outcome.key and _key_moved(outcome.key, policy)
    objection = outcome.objection and _objection(outcome.objection, policy)
    return replace(outcome, code=code, message=message, found=found, key=key, objection=objection)


def _key_moved(moved: KeyMoved, policy: Policy) -> KeyMoved:
    """A key that moved, with the values and names of the records masked as in a label. Ids name nobody."""
    masked = policy.masks_label(moved.module, (NAME_FIELDS.get(moved.module, ""),))

    def called(name: str) -> str:
        return policy.token(name) if name and masked else name

    return replace(
        moved,
        key=_key(moved.key, moved.module, policy),
        bearers=tuple(replace(each, name=called(each.name)) for each in moved.bearers),
        now=None if moved.now is None else _key(moved.now, moved.module, policy),
        name=called(moved.name),
    )


def _stop(stop: Stop, policy: Policy, known: Collection[str]) -> Stop:
    if stop.cause == "refused":
        code, message = _said(stop.code, stop.message)
        return replace(stop, code=code, message=message)
    return replace(
        stop,
        message=redact_text(stop.message, policy, known),
        help=redact_text(stop.help, policy, known),
    )


def _said(code: str, message: str) -> tuple[str, str]:
    """Zoho's code, and its meaning in place of Zoho's own words, which may quote anything."""
    shown = code if CODE.fullmatch(code) else ""
    # A refusal without a code of its own is still one: "UNKNOWN" keeps it countable.
    return (shown or "UNKNOWN", codes.find_code(shown).meaning) if message else (shown, "")


def _found(found: Found, policy: Policy) -> Found:
    """What the CRM holds of a row, masked field by field. Whoever changed it last is a person."""
    return Found(
        None if found.fields is None else _masked(found.fields, policy),
        found.changed_at if _is_time(found.changed_at) else "",  # what is no time could be anything
        policy.token(found.changed_by) if found.changed_by else "",
    )


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _ground(ground: Ground, policy: Policy, known: Collection[str]) -> Ground:
    """Why a guard refuses, masked by the fields of its values. Ids, names of fields and numbers of rows stay."""
    match ground:
        case UntouchableField(field) | Backwards(field) | PriceStep(field):
            ground = replace(
                ground, old=_value(field, ground.old, policy), new=_value(field, ground.new, policy)
            )
        case OutOfOrder(field) | PriceBound(field) | NoPrice(field):
            ground = replace(ground, value=_value(field, ground.value, policy))
        case TooFew() | ProtectedRecord():
            records = ground.records
            pattern = records.pattern and _value(records.field, records.pattern, policy)
            ground = replace(ground, records=replace(records, pattern=pattern))
        case Frozen() | BaseUnusable():
            # Somebody's own words, which may name anybody.
            ground = replace(ground, why=redact_text(ground.why, policy, known))
    if isinstance(ground, Backwards | OutOfOrder):
        ground = replace(ground, order=tuple(_value(ground.field, step, policy) for step in ground.order))
    if isinstance(ground, PriceBound) and ground.measure:
        ground = replace(ground, measured=_value(ground.measure, ground.measured, policy))
    return ground


def _value(field: str, value: Any, policy: Policy) -> Any:
    return policy.token(value) if policy.masks(field) and value not in (None, "") else value


def _overrides(
    overrides: Collection[Override], policy: Policy, known: Collection[str]
) -> tuple[Override, ...]:
    return tuple(
        override._replace(
            reason=redact_text(override.reason, policy, known),
            selector=redact_text(override.selector, policy, known),
        )
        for override in overrides
    )
