"""Personal data out of what is shown: stable tokens in place of values, in plans, reports, diagnostics and messages.

Masking happens to the values, before any renderer sees them. A token (`person-7f3a2c09d1`) is a keyed hash: the same
value is the same token within one org and key, and nothing of the value is in it. With a secret key a token tells
nothing; with the org's id as the key, whoever knows that id can try names and e-mail addresses until one fits.
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
