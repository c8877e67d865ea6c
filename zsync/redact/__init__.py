"""Masks personal data in plans, reports, diagnostics and messages: stable tokens take the place of values.

Values are masked before any renderer sees them. A token (`person-7f3a2c09d1`) is a hash keyed by a secret: within one org
and secret the same value has the same token. Without the secret nobody can tell whether a token stands for a certain value.
"""

from zsync.redact.diagnostics import redact_diagnostics
from zsync.redact.plans import personal_values, redact_plan, redact_report, redacted_json
from zsync.redact.policy import FIELDS, Class, Policy, derived
from zsync.redact.texts import redact_error, redact_text
from zsync.redact.whereabouts import redact_whereabouts

__all__ = [
    "FIELDS",
    "Class",
    "Policy",
    "derived",
    "personal_values",
    "redact_diagnostics",
    "redact_error",
    "redact_plan",
    "redact_report",
    "redact_text",
    "redact_whereabouts",
    "redacted_json",
]
