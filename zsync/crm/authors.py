"""Who changed a row of a related list last, and when, as far as the CRM tells."""

from collections.abc import Mapping
from typing import Any

FIELDS = ("Modified_By", "Modified_Time")
"""What to ask a list for."""


def last_change(row: Mapping[str, Any]) -> tuple[str, str]:
    """When and by whom a row was last changed. A campaign member has a time of its own; the author is the record's."""
    member = row.get("$member_info")
    when = (member.get("Modified_Time") if isinstance(member, dict) else None) or row.get("Modified_Time")
    author = row.get("Modified_By")
    name = author.get("name") if isinstance(author, dict) else author
    return str(when or ""), str(name or "")
