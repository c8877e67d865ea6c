"""The fields in which persons say no, as the bundled CRM must have them for a rehearsal. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zsync.files.snapshot import Snapshot
from zsync.model.consent import PERSONS, Consent
from zsync.rehearsal.world import Rehearsal

_GDPR = "$stop_processing"
_KEPT = ("email", "boolean")
"""Types by which consent tells addresses from other texts, and yes from a word."""
_STANDARD = {"Email": "email", "Email_Opt_Out": "boolean"}


def with_consent(stage: Rehearsal, consents: Sequence[Consent], snapshot: Snapshot | None) -> Rehearsal:
    """The same stage with these fields: those that the snapshot's org has, and without a snapshot those that `consents` name."""
    fields = {module: dict(found) for module, found in stage.world["fields"].items()}
    for module in PERSONS:
        types = snapshot.fields.get(module) if snapshot else None
        found = fields.setdefault(module, {})
        for name in (each.name for consent in consents for each in consent.fields):
            if types is None or name in types:
                found.setdefault(name, {"type": "text"})
        fields[module] = {
            name: _typed(name, known, types or {})
            for name, known in found.items()
            # Fields of Zoho's own, which no world declares: a switch has them.
            if not name.startswith("$")
        }
    gdpr = snapshot is not None and any(_GDPR in types for types in snapshot.fields.values())
    switches = {**stage.world["switches"], "gdpr": gdpr}
    return replace(stage, world={**stage.world, "fields": fields, "switches": switches})


def _typed(name: str, known: Mapping[str, Any], types: Mapping[str, str]) -> Mapping[str, Any]:
    kind = types.get(name, _STANDARD.get(name, ""))
    return {**known, "type": kind} if kind in _KEPT else known
