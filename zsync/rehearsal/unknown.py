"""What guards ask for and the world of a rehearsal does not know."""

from zsync.model import Diagnostic, Plan, sentence
from zsync.rehearsal.world import STRICT, Rehearsal

_NAMED = 10


def unknown_fields(plan: Plan, stage: Rehearsal) -> Diagnostic | None:
    """The fields that guards ask for and the world does not know, so that they are empty. None if it knows them all."""
    said = {(module, row["id"]): row for module, records in stage.world["records"].items() for row in records}
    unknown = [
        f"{record.module}/{record.id} {name}"
        for record in plan.facts.records
        for name in record.fields
        if name not in said.get((record.module, record.id), {})
    ]
    if not unknown:
        return None
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    told = f"guards ask for fields that are not known here, and are taken as empty: {', '.join(unknown[:_NAMED])}{more}"
    return Diagnostic("assumed-fields", sentence(told), help=sentence(STRICT), severity="warning")
