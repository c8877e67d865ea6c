"""What nobody outside Zoho knows of it, and a probe of one org can find out. Each question has the name of the emulator's switch for it."""

from collections.abc import Mapping
from types import MappingProxyType

KEEPS = "put_omitted_attr"
"""What a PUT does with a field that it leaves out: `keep`, where `put: changed` may be used."""

SANDBOXES = frozenset({"sandbox", "developer"})
"""Types of orgs in which a probe may write."""

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "member_status_on_read": "where a read shows the status",
        "member_info": "the fields that $member_info holds",
        "empty_attr": "how a read shows an empty field",
        "read_after_write_lag_ms": "until a read shows a new member",
        "converted_default_hidden": "lists leave converted leads out",
        "parent_not_found_status": "status for an unknown campaign",
        "list_name_case": "case in the name of a list",
        "relation_fields_listed": "whose metadata has Member_Status",
        "campaign_statuses": "v2 tells the statuses of members",
        "gdpr": "leads have the fields of GDPR",
        "coql_case": "case in a query's comparisons",
        "coql_values": "most values of `in` in a query",
        "coql_length": "most characters of a query",
        "converted_in_coql": "converted leads in queries",
        "oauth_error_status": "status for a wrong code",
        "added_status": "status of who is added without",
        KEEPS: "a field that a PUT leaves out",
        "null_attr": "a null in a PUT",
        "unknown_picklist": "a value that the picklist lacks",
        "bad_row": "what a refused row takes along",
        "all_refused_status": "status where all rows are refused",
        "over_100_rows": "code for 101 rows in a PUT",
        "put_credits": "credits for a PUT: a call, or rows",
        "delete_missing_relation": "code for a DELETE of nothing",
        "too_many_code": "code of a 429",
        "retry_after_header": "a 429 says how long to wait",
    }
)
"""Question → what it is about, in the order in which answers are shown."""

_LIMIT = "to reach the limit would take from everybody who uses the org"
_OTHERS = "a setting of the org or of the token's user, which `zsync doctor` and `zsync profile` see"
_MANY = "takes more records than one campaign and one lead"

NOT_ASKED: Mapping[str, str] = MappingProxyType(
    {
        "unreadable_fields": _OTHERS,
        "hidden_lists": _OTHERS,
        "denied": _OTHERS,
        "scope": _OTHERS,
        "barred": _MANY,
        "page_tokens": _MANY,
        "page_shift": _MANY,
        "daily_credits": _LIMIT,
        "spent_credits": _LIMIT,
        "concurrent_calls": _LIMIT,
        "heavy_calls": _LIMIT,
        "big_put_is_heavy": _LIMIT,
        "token_grants": _LIMIT,
        "throttled_status": _LIMIT,
        "tokens_alive": _LIMIT,
        "token_life_seconds": "Zoho documents it: one hour",
        "extra_decimals": "a probe writes the status of a member, which is no number",
        "latency_ms": "a property of the network, not of Zoho",
    }
)
"""The emulator's other switches, each with the reason why no probe asks about it."""
