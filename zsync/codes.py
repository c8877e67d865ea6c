"""What Zoho's error codes mean, whose fault they are, what to do, and the exit code that a refused request leads to.

From the *Possible errors* of https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html and of
https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html.
"""

from types import MappingProxyType
from typing import NamedTuple


class Code(NamedTuple):
    """One error code: `fault` names who can mend it, `advice` the next step, `exit_code` how a command ends on it."""

    meaning: str
    fault: str
    advice: str
    exit_code: int


_MANIFEST = "the manifest's"
_CONFIG = "the configuration's"
_ACCESS = "the connection's: its scopes, its user's profile, or its token"
_ZOHO = "Zoho's"
_BUG = "zsync's, most likely"

_DOCTOR = "Check ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET and ZSYNC_REFRESH_TOKEN, and that they are of this data centre."
_SCOPES = (
    "Make a new refresh token with the scopes ZohoCRM.modules.READ, ZohoCRM.modules.UPDATE, ZohoCRM.modules.DELETE, "
    "ZohoCRM.settings.related_lists.READ, ZohoCRM.settings.fields.READ, ZohoCRM.coql.READ and ZohoCRM.org.READ."
)
_LATER = "Run the same command again later; nothing is lost, for a plan that was carried out in part says the rest."
_VALIDATE = "Run `zsync validate`, then `zsync plan` again."
_PROFILE = "Ask a CRM administrator to let this user's profile see and edit both modules of the relation."

CODES = MappingProxyType(
    {
        "INVALID_MODULE": Code(
            "The module's name is unknown to this org, or relations of this pair of modules cannot be written.",
            _MANIFEST,
            "Check `module` and the list's name against the table of kinds that `zsync explain kinds` prints.",
            4,
        ),
        "INVALID_URL_PATTERN": Code(
            "The server knows no such address.",
            _CONFIG,
            "Check ZSYNC_API_DOMAIN and the data centre: the address of Zoho's API is like https://www.zohoapis.com.",
            1,
        ),
        "OAUTH_SCOPE_MISMATCH": Code("The token lacks a scope that this call wants.", _ACCESS, _SCOPES, 8),
        "NO_PERMISSION": Code("The user of the token may not do this in the CRM.", _ACCESS, _PROFILE, 8),
        "AUTHORIZATION_FAILED": Code(
            "The user of the token lacks a privilege for this.", _ACCESS, _PROFILE, 8
        ),
        "AUTHENTICATION_FAILURE": Code("The call carried no valid authentication.", _ACCESS, _DOCTOR, 8),
        "INVALID_TOKEN": Code(
            "The access token is expired, revoked, or of another org or data centre.",
            _ACCESS,
            "The accounts server (ZSYNC_ACCOUNTS_URL) and the API (ZSYNC_API_DOMAIN) must be of one data centre, the one where the "
            "refresh token was made. `zsync doctor` looks at them.",
            8,
        ),
        "INVALID_OAUTHTOKEN": Code("The access token is not valid.", _ACCESS, _DOCTOR, 8),
        "INTERNAL_ERROR": Code("Zoho's server failed.", _ZOHO, _LATER, 1),
        "SERVICE_UNAVAILABLE": Code("Zoho's server is not available now.", _ZOHO, _LATER, 1),
        "INVALID_REQUEST_METHOD": Code(
            "The address does not take this HTTP method.",
            _BUG,
            "Check that nothing between here and Zoho (a proxy, a gateway) rewrites requests; else report it.",
            1,
        ),
        "INVALID_DATA": Code(
            "A record id, a related list or a value is not one that the CRM accepts: the record does not exist (any more), "
            "the list is hidden from the layout, or the field does not take the value.",
            _MANIFEST,
            "Look at the place in the manifest: the id must exist, the value must be one of the field's. "
            + _VALIDATE,
            4,
        ),
        "MANDATORY_NOT_FOUND": Code(
            "A field that the CRM requires is missing from the row.",
            _MANIFEST,
            "Add the field that the message names to the row or to `defaults`. " + _VALIDATE,
            4,
        ),
        "REQUIRED_PARAM_MISSING": Code(
            "A parameter of the call is missing.", _BUG, "Report it with the message.", 1
        ),
        "EXPECTED_FIELD_MISSING": Code(
            "One of several fields must be given.",
            _MANIFEST,
            "Add one of the fields that the message names.",
            4,
        ),
        "DEPENDENT_FIELD_MISSING": Code(
            "A field that another one depends on is missing.", _MANIFEST, "Add the field to the row.", 4
        ),
        "DUPLICATE_DATA": Code(
            "The same record stands twice in one request, or a unique value is taken.",
            _MANIFEST,
            _VALIDATE,
            4,
        ),
        "LIMIT_EXCEEDED": Code(
            "The request is over one of Zoho's limits.", _BUG, "Report it with the message.", 1
        ),
        "PAGINATION_LIMIT_EXCEEDED": Code(
            "The related list holds more than 100,000 records, and Zoho lists no others.",
            _MANIFEST,
            "Leave `prune` out for this list, so that it need not be read to its end, or manage it from the other side.",
            4,
        ),
        "NOT_SUPPORTED": Code(
            "The module does not take part in this API.",
            _MANIFEST,
            "See the table of `zsync explain kinds`.",
            4,
        ),
        "API_NOT_SUPPORTED": Code(
            "This version of Zoho's API lacks the call.",
            _CONFIG,
            "Check ZSYNC_API_DOMAIN; zsync speaks v8.",
            1,
        ),
        "INVALID_QUERY": Code(
            "The CRM does not understand the look-up by natural key: a field of `key` or `match` does not exist in the "
            "module, or is of a type that cannot be looked up.",
            _MANIFEST,
            "Check the fields of `key` and `match`: they are api_names such as `Email`, not labels.",
            4,
        ),
        "SYNTAX_ERROR": Code(
            "The CRM could not parse the look-up by natural key.", _BUG, "Report it with the key's value.", 1
        ),
        "RECORD_LOCKED": Code(
            "The record is locked.", _ZOHO, "Unlock the record in the CRM, then run again.", 3
        ),
        "NOT_APPROVED": Code(
            "The record waits for approval.", _ZOHO, "Approve the record in the CRM, then run again.", 3
        ),
        "RECORD_IN_BLUEPRINT": Code(
            "The record is in a blueprint's state that forbids the edit.",
            _ZOHO,
            "Move it on in the CRM first.",
            3,
        ),
        "CONVERTED_RECORD": Code(
            "The lead has been converted.",
            _MANIFEST,
            "List the contact that it became instead of the lead.",
            4,
        ),
        "CANNOT_BE_UPDATED": Code(
            "The relation cannot be changed.", _ZOHO, "Look at the record in the CRM.", 3
        ),
        "NOT_ALLOWED": Code("The CRM does not allow this.", _ACCESS, _PROFILE, 8),
        "FEATURE_NOT_SUPPORTED": Code(
            "The org's edition lacks the feature.", _ZOHO, "See the org's edition and its features.", 8
        ),
        "NOT_STORED": Code(
            "Not Zoho's word but zsync's: the CRM accepted the row, and reading it back shows another value.",
            _ZOHO,
            "Look at the record in the CRM: a workflow, a blueprint or a field's own rule may have changed the value.",
            3,
        ),
        "TOO_MANY_REQUESTS": Code(
            "Too many calls at once, or the day's credits are used up.",
            _ACCESS,
            "Wait: credits come back 24 hours after their use. Lower `concurrency` in zsync.yaml if other tools share the org.",
            8,
        ),
        "RATE_LIMIT_EXCEEDED": Code("Too many calls.", _ACCESS, "Wait a while, then run again.", 8),
    }
)
"""Zoho's code → what zsync knows of it."""

_UNKNOWN = Code("A code that zsync has no page for.", _ZOHO, "See Zoho's documentation of the code.", 1)

_DATA_BY_INDEX = {
    1: "The record of the request does not exist (any more) or is not visible to this user: check the parent's `id`.",
    2: "The related list does not exist or is hidden: show it on the module's layout in the CRM, then run again.",
}


def find_code(code: str) -> Code:
    """What is known of a code; a general answer for one without a page."""
    return CODES.get(code, _UNKNOWN)


def advice(code: str, index: int | None = None) -> str:
    """The next step after a refused request; `index` is Zoho's `resource_path_index` (1 record, 2 related list)."""
    if code == "INVALID_DATA" and index in _DATA_BY_INDEX:
        return _DATA_BY_INDEX[index]
    return find_code(code).advice
