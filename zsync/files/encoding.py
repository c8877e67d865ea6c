"""Plans and reports ↔ the members of their JSON files. Members that are read have been checked by `files.schema`."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from zsync.errors import PlanRefused
from zsync.files.grounds import ground_members, ground_of
from zsync.model import (
    Approval,
    BaseCommit,
    Bearer,
    Binding,
    Change,
    Configured,
    Conversion,
    Cost,
    Found,
    KeyMoved,
    ListState,
    OpenRow,
    Outcome,
    Plan,
    Report,
    Request,
    Span,
    Stop,
    Summary,
    Withheld,
    number,
)
from zsync.model.objections import Objection
from zsync.model.plans import ProfileBound
from zsync.model.verdicts import Facts, ListSize, Override, RecordFields, Safeguards, Setting, Verdict

PLAN_FORMAT = "zsync.plan/2"
REPORT_FORMAT = "zsync.report/2"

REPLAN = "Make a new plan: `zsync plan --out FILE`."
"""The help for a plan that cannot be used."""


def plan_members(plan: Plan) -> dict[str, Any]:
    """The members of a plan file."""
    return {
        "format": PLAN_FORMAT,
        "binding": _binding_json(plan.binding),
        "summary": _slots(plan.summary),
        "changes": [_change_json(change) for change in plan.changes],
        "requests": [_slots(request) for request in plan.requests],
        "cost": _slots(plan.cost),
        "facts": {
            "lists": [size._asdict() for size in plan.facts.lists],
            "records": [record._asdict() for record in plan.facts.records],
            "credits_left": plan.facts.credits_left,
        },
        "verdicts": [_verdict_json(verdict) for verdict in plan.verdicts],
        "overrides": [override._asdict() for override in plan.overrides],
        "restores": plan.restores,
        "only": list(plan.only),
        "settings": [setting._asdict() for setting in plan.settings],
        "base": plan.base._asdict() | {"waves": list(plan.base.waves)},
        "withheld": [_withheld_json(row) for row in plan.withheld],
        "open": [row._asdict() for row in plan.open],
        "left": [row._asdict() for row in plan.left],
        "lists": [each._asdict() for each in plan.lists],
        "unmanaged": [_change_json(change) for change in plan.unmanaged],
        "drifted": plan.drifted,
        "content": plan.content,
        "digest": plan.digest,
    }


def report_members(report: Report) -> dict[str, Any]:
    """The members of a report file."""
    return {
        "format": REPORT_FORMAT,
        "plan": plan_members(report.plan),
        "outcomes": [outcome_members(outcome) for outcome in report.outcomes],
        "reads": report.reads,
        "writes": report.writes,
        "seconds": report.seconds,
        "stopped": stop_members(report.stopped),
        "run": report.run,
        "overrides": [override._asdict() for override in report.overrides],
        "approval": approval_members(report.approval),
        "journal": report.journal,
        "open": [row._asdict() for row in report.open],
    }


def report_of(data: Mapping[str, Any], plan: Plan) -> Report:
    """The report with these members, whose shape has been checked, and with this plan."""
    return Report(
        plan,
        tuple(outcome_of(outcome) for outcome in data["outcomes"]),
        data["reads"],
        data["writes"],
        _seconds(data["seconds"]),
        stop_of(data["stopped"]),
        data["run"],
        tuple(Override(**override) for override in data["overrides"]),
        approval_of(data["approval"]),
        data["journal"],
    )


def approval_members(approval: Approval) -> dict[str, Any]:
    """The members of what is known of who approved a run, in a report or a journal."""
    return asdict(approval)


def approval_of(data: Mapping[str, Any]) -> Approval:
    """What these members say of who approved a run. Raises `TypeError` or `KeyError` for others."""
    return Approval(**{**data, "approved_by": tuple(data["approved_by"])})


def outcome_members(outcome: Outcome) -> dict[str, Any]:
    """The members of an outcome, in a report or a journal."""
    members = asdict(outcome)
    if outcome.key and outcome.key.conversion:
        members["key"]["conversion"] = outcome.key.conversion._asdict()
    return members | {"objection": outcome.objection._asdict() if outcome.objection else None}


def outcome_of(data: Mapping[str, Any]) -> Outcome:
    """The outcome with these members. Raises `TypeError` or `KeyError` for others, `PlanRefused` for numbers out of range."""
    found, key = data["found"], data["key"]
    if found is not None:
        found = Found(**{**found, "fields": _exact(found["fields"])})
    if key is not None:
        conversion = Conversion(**key["conversion"]) if key["conversion"] else None
        bearers = tuple(Bearer(**each) for each in key["bearers"])
        key = KeyMoved(**{**key, "bearers": bearers, "conversion": conversion})
    return Outcome(**{**data, "found": found, "key": key, "objection": _objection(data["objection"])})


def stop_members(stop: Stop | None) -> dict[str, Any] | None:
    """The members of the reason why a run was stopped; null if it was not."""
    return None if stop is None else asdict(stop)


def stop_of(data: Mapping[str, Any] | None) -> Stop | None:
    """The reason with these members. Raises `TypeError` for others."""
    return None if data is None else Stop(**data)


def _slots(value: Any) -> dict[str, Any]:
    # Not `dataclasses.asdict`: it copies every value deeply, and a plan may have a hundred thousand changes.
    return {name: getattr(value, name) for name in value.__slots__}


def _binding_json(binding: Binding) -> dict[str, Any]:
    base = binding.base._asdict() | {"configuration": _configured_json(binding.base.configuration)}
    profiles = [each._asdict() for each in binding.profiles]
    known = {"configuration": _configured_json(binding.configuration), "base": base, "profiles": profiles}
    return _slots(binding) | known


def _binding(data: Mapping[str, Any]) -> Binding:
    base = BaseCommit(**{**data["base"], "configuration": _configured(data["base"]["configuration"])})
    profiles = tuple(ProfileBound(**each) for each in data["profiles"])
    known = {"configuration": _configured(data["configuration"]), "base": base, "profiles": profiles}
    return Binding(**{**data, **known})


def _configured_json(configured: Configured | None) -> dict[str, str] | None:
    return configured._asdict() if configured else None


def _configured(data: Mapping[str, str] | None) -> Configured | None:
    return Configured(**data) if data else None


def _change_json(change: Change) -> dict[str, Any]:
    carried = change.carried
    return _slots(change) | {
        "before": None if change.before is None else {**change.before, **carried},
        "after": None if change.after is None else {**change.after, **carried},
        "carried": sorted(carried),
        "source": change.source._asdict() if change.source else None,
        "objection": change.objection._asdict() if change.objection else None,
    }


def _withheld_json(row: Withheld) -> dict[str, Any]:
    conversion = row.conversion._asdict() if row.conversion else None
    more = {"reason": row.reason, "conversion": conversion, "movable": row.movable}
    return more | _change_json(row.change)


def plan_of(data: Mapping[str, Any]) -> Plan:
    """The plan with these members, whose shape has been checked. Raises `PlanRefused` for a number out of range."""
    return Plan(
        _binding(data["binding"]),
        Summary(**data["summary"]),
        tuple(_change(change) for change in data["changes"]),
        tuple(Request(**(request | {"changes": tuple(request["changes"])})) for request in data["requests"]),
        _cost(data["cost"]),
        data["content"],
        data["digest"],
        _facts(data["facts"]),
        tuple(_verdict(verdict) for verdict in data["verdicts"]),
        tuple(Override(**override) for override in data["overrides"]),
        tuple(data["only"]),
        tuple(Setting(**setting) for setting in data["settings"]),
        Safeguards(**{**data["base"], "waves": tuple(data["base"]["waves"])}),
        tuple(_withheld(row) for row in data["withheld"]),
        restores=data["restores"],
        open=tuple(OpenRow(**row) for row in data["open"]),
        left=tuple(OpenRow(**row) for row in data["left"]),
        lists=tuple(ListState(**each) for each in data["lists"]),
        unmanaged=tuple(_change(change) for change in data["unmanaged"]),
        drifted=data["drifted"],
    )


def _cost(data: Mapping[str, Any]) -> Cost:
    return Cost(**{**data, "credits": tuple(data["credits"]), "seconds": _seconds(data["seconds"])})


def _facts(data: Mapping[str, Any]) -> Facts:
    return Facts(
        tuple(ListSize(**size) for size in data["lists"]),
        tuple(RecordFields(**{**record, "fields": _exact(record["fields"])}) for record in data["records"]),
        data["credits_left"],
    )


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    span = verdict.span._asdict() if verdict.span else None
    return _slots(verdict) | {"ground": ground_members(verdict.ground), "span": span}


def _verdict(data: Mapping[str, Any]) -> Verdict:
    try:
        ground = ground_of(_exact(data["ground"]))
    except (KeyError, TypeError):
        raise PlanRefused(
            f"the plan was altered: the ground of a verdict of {data['guard']} is not as zsync wrote it",
            help=REPLAN,
        ) from None
    return Verdict(**{**data, "ground": ground, "span": Span(**data["span"]) if data["span"] else None})


def _seconds(value: int | Decimal) -> float:
    # Durations are the only floats in a file: nothing depends on their last digit.
    return value if isinstance(value, int) else float(value)


def _change(data: Mapping[str, Any]) -> Change:
    source, before, after = data["source"], _exact(data["before"]), _exact(data["after"])
    # Beside the fields that the change is about, both states hold those that it carries.
    carried = {name: (before or {})[name] for name in data["carried"]}
    own = [
        None if state is None else {name: value for name, value in state.items() if name not in carried}
        for state in (before, after)
    ]
    return Change(
        **{
            **data,
            "before": own[0],
            "after": own[1],
            "agreed": _exact(data["agreed"]),
            "new_values": tuple(data["new_values"]),
            "source": Span(**source) if source else None,
            "carried": carried,
            "objection": _objection(data["objection"]),
        }
    )


def _objection(data: Mapping[str, Any] | None) -> Objection | None:
    return Objection(**{**data, "value": _exact(data["value"])}) if data else None


def _withheld(data: Mapping[str, Any]) -> Withheld:
    more = ("reason", "conversion", "movable")
    conversion = Conversion(**data["conversion"]) if data["conversion"] else None
    change = _change({name: data[name] for name in data if name not in more})
    return Withheld(data["reason"], change, conversion, data["movable"])


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    if isinstance(value, str | bool | int) or value is None:
        return value
    try:
        return number(value)
    except ArithmeticError as error:
        raise PlanRefused(f"the plan was altered: {error}", help=REPLAN) from None
