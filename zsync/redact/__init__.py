"""Masks personal data in plans, reports, diagnostics and messages: stable tokens take the place of values.

Values are masked before any renderer sees them. A token (`person-7f3a2c09d1`) is a keyed hash: within one org and key the
same value has the same token, and the token holds nothing of the value. With a secret key it reveals nothing. Keyed by
the org's id alone, it can be guessed by whoever knows that id and tries names and e-mail addresses.
"""

from zsync.redact.diagnostics import redact_diagnostics
from zsync.redact.plans import personal_values, redact_plan, redact_report, redacted_json
from zsync.redact.policy import FIELDS, Class, Policy
from zsync.redact.texts import redact_error, redact_text

__all__ = [
    "FIELDS",
    "Class",
    "Policy",
    "personal_values",
    "redact_diagnostics",
    "redact_error",
    "redact_plan",
    "redact_report",
    "redact_text",
    "redacted_json",
]
