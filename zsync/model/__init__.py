"""The values that everything else passes around. They are immutable and do no I/O.

The life of a relation: a manifest's `ManagedList` holds `Row`s. Their keys are resolved to record ids; where the CRM
differs from a row, there is a `Change`; changes are packed into `Request`s; together they are a `Plan`. Applying it gives
one `Outcome` per change, and all outcomes are a `Report`.
"""

from zsync.model.diagnostics import Diagnostic, Note, Quote, Sentence, Severity, Span, sentence
from zsync.model.manifests import ManagedList, Manifests, Parent, Row
from zsync.model.open_rows import OpenRow
from zsync.model.plans import (
    BaseCommit,
    Binding,
    Change,
    Configured,
    Conflicts,
    Conversion,
    Cost,
    Drift,
    Expected,
    ListState,
    Origin,
    Plan,
    Reason,
    Summary,
    Withheld,
)
from zsync.model.reports import (
    DONE,
    OPEN,
    Approval,
    Bearer,
    Found,
    KeyMoved,
    Outcome,
    Report,
    Run,
    Status,
    Stop,
)
from zsync.model.requests import Request
from zsync.model.values import Action, Address, Fields, Key, number

__all__ = [
    "DONE",
    "OPEN",
    "Action",
    "Address",
    "Approval",
    "BaseCommit",
    "Bearer",
    "Binding",
    "Change",
    "Configured",
    "Conflicts",
    "Conversion",
    "Cost",
    "Diagnostic",
    "Drift",
    "Expected",
    "Fields",
    "Found",
    "Key",
    "KeyMoved",
    "ListState",
    "ManagedList",
    "Manifests",
    "Note",
    "OpenRow",
    "Origin",
    "Outcome",
    "Parent",
    "Plan",
    "Quote",
    "Reason",
    "Report",
    "Request",
    "Row",
    "Run",
    "Sentence",
    "Severity",
    "Span",
    "Status",
    "Stop",
    "Summary",
    "Withheld",
    "number",
    "sentence",
]
