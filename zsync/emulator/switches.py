"""What Zoho's documentation leaves open, as switches.

Nobody outside Zoho knows which way these go, so a client has to live with all of them. Each default is the choice
that is harder on the client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Switches:
    """One bundled CRM's answers to the open questions. Immutable; `dataclasses.replace` makes another."""

    member_status_on_read: Literal["nested", "flat", "both", "absent"] = "nested"
    """Where a campaign member's fields stand in a GET: under `$member_info`, in the row, both, nowhere.

    Wherever they stand, only those that `fields` names: in Zoho's sample `$member_info` holds none of them unasked."""

    put_omitted_attr: Literal["keep", "reset"] = "reset"
    """What a PUT does with a relation field that its row does not name."""

    null_attr: Literal["reject", "clear"] = "reject"
    """What a PUT does with a relation field that is sent as null."""

    unknown_picklist: Literal["reject", "accept"] = "reject"
    """Whether a picklist value nobody defined refuses the row."""

    delete_missing_relation: Literal["INVALID_DATA", "MANDATORY_NOT_FOUND", "success"] = "INVALID_DATA"
    """The row's code when a relation is removed that does not exist."""

    parent_not_found_status: Literal[400, 404] = 400
    """HTTP status for an unknown parent record."""

    oauth_error_status: Literal[200, 400] = 200
    """HTTP status for `invalid_code` and its like at the token endpoint."""

    over_100_rows: Literal["LIMIT_EXCEEDED", "INVALID_DATA"] = "LIMIT_EXCEEDED"
    """The code for a PUT of more than 100 rows."""

    converted_default_hidden: bool = True
    """Whether converted leads stay out of related lists unless `converted=` asks for them."""

    list_name_case: Literal["sensitive", "insensitive"] = "sensitive"
    """Whether `campaigns/…/leads` finds the list `Leads`."""

    coql_case: Literal["sensitive", "insensitive"] = "insensitive"
    """Whether COQL's `=`, `in` and `like` tell `Ana@` from `ana@` (A to Z only)."""

    read_after_write_lag_ms: int = 0
    """How long a new relation stays invisible to reads, in milliseconds."""

    retry_after_header: bool = False
    """Whether 429 and 503 carry `Retry-After`."""

    scope: str = (
        "ZohoCRM.modules.ALL ZohoCRM.settings.ALL ZohoCRM.coql.READ ZohoCRM.org.READ ZohoCRM.users.READ"
    )
    """The scopes of every token that is handed out, separated by spaces."""

    denied: frozenset[str] = frozenset()
    """What the user's profile forbids, as `Campaigns.UPDATE`: operations READ, UPDATE and DELETE."""

    hidden_lists: frozenset[str] = frozenset()
    """Related lists an administrator took off the layout, as `Campaigns/Leads`."""

    daily_credits: int = 50_000
    """API credits of a day. Used up beyond half, every answer says how many are left."""
