"""Where a record stands, for programs."""

from typing import Any

from zsync.files.plan import canonical
from zsync.model import Change, Span, Withheld
from zsync.model.whereabouts import NamedRecord, OwnRelation, Touched, Whereabouts

FORMAT = "zsync.who/1"


def render_json(found: Whereabouts) -> str:
    """All of it, for programs: one JSON object of the format `zsync.who/1`, with a line end."""
    told = {
        "format": FORMAT,
        "name": found.asked,
        "environment": found.environment,
        "org_id": found.org_id,
        "org_type": found.org_type,
        "records": [_record(record) for record in found.records],
        "relations": [_relation(each) for each in found.relations],
        "places": [_span(span) for span in found.places],
        "not_looked_at": list(found.notes),
        "problem": found.problem,
        "runs": [_run(each) for each in found.runs],
    }
    return canonical(told) + "\n"


def _record(record: NamedRecord) -> dict[str, Any]:
    lead = record.conversion
    conversion = {"at": lead.at, "contact": lead.contact} if lead else None
    return {"module": record.module, "id": record.id, "label": record.label, "conversion": conversion}


def _relation(relation: OwnRelation) -> dict[str, Any]:
    return {
        "of": {"module": relation.record.module, "id": relation.record.id},
        "module": relation.related_module,
        "id": relation.related_id,
        "label": relation.label,
        "managed": relation.managed,
        "places": [_span(span) for span in relation.places],
        "git": None if relation.git is None else dict(relation.git),
        "crm": None if relation.crm is None else dict(relation.crm),
        "crm_read": not relation.unread,
        "next": _json_next(relation.next),
    }


def _json_next(step: Change | Withheld | None) -> dict[str, Any] | None:
    if step is None:
        return None
    change = step.change if isinstance(step, Withheld) else step
    return {
        "action": change.action,
        "before": None if change.before is None else dict(change.before),
        "after": None if change.after is None else dict(change.after),
        "origin": change.origin,
        "withheld": step.reason if isinstance(step, Withheld) else None,
    }


def _run(touched: Touched) -> dict[str, Any]:
    change = touched.change
    return {
        "run": touched.run,
        "began": touched.began,
        "action": change.action,
        "module": change.module,
        "record_id": change.record_id,
        "related_module": change.related_module,
        "related_record_id": change.related_record_id,
        "status": touched.status,
    }


def _span(span: Span) -> dict[str, Any]:
    return {"file": span.file, "line": span.line, "column": span.column}
