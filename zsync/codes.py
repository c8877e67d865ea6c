"""Zoho's error codes: what each means, who can mend it and how, and the exit code of a command that it ends.

From the *Possible errors* of https://www.zoho.com/crm/developer/docs/api/v8/update-related-records.html and of
https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html.
"""

from types import MappingProxyType
from typing import NamedTuple


class Code(NamedTuple):
    """An error code: `fault` says whose fault it is, `advice` the next step; `exit_code` is the exit code of a command that
    it ends.
    """

    meaning: str
    fault: str
    advice: str
    exit_code: int


_MANIFEST = "the manifest's"
_CONFIG = "the configuration's"
_ACCESS = "the connection's: its scopes, its user's profile or its token"
_ZOHO = "Zoho's"
_BUG = "most likely zsync's"

_DOCTOR = "Check ZSYNC_CLIENT_ID, ZSYNC_CLIENT_SECRET and ZSYNC_REFRESH_TOKEN, and that they belong to this data centre."
_SCOPES = (
    "Make a new refresh token with the scopes ZohoCRM.modules.READ, ZohoCRM.modules.UPDATE, ZohoCRM.modules.DELETE, "
    "ZohoCRM.settings.related_lists.READ, ZohoCRM.settings.fields.READ, ZohoCRM.coql.READ and ZohoCRM.org.READ."
)
_LATER = "Run the same command again later. Nothing is lost: a new plan shows what is left to do."
_VALIDATE = "Run `zsync validate`, then `zsync plan` again."
_PROFILE = "Ask a CRM administrator to let this user's profile see and edit both modules of the relation."

_LOOK = "Look at the record in the CRM, then run the command again."
_REPORT = "Report it with the message."

_VALUE = Code(
    "A value does not fit the field, or another value of the row.",
    _MANIFEST,
    "Correct the value at its place in the manifest. " + _VALIDATE,
    4,
)
_PAGES = Code("The pages of a list ended while they were read.", _ZOHO, "Run the same command again.", 1)

_CONVERTED = Code("The lead has been converted.", _MANIFEST, "List the contact that the lead became.", 4)

CARRIED_CHANGED = "CARRIED_CHANGED"
"""zsync's own code for a row that was stored, and with it something that the plan did not show."""

CODES = MappingProxyType(
    {
        "INVALID_MODULE": Code(
            "This org does not know the module, its tab is hidden from the token's user, the API does not have it (as Documents and "
            "Projects), or relations between these two modules cannot be written.",
            _MANIFEST,
            "Compare `module` and the list's name with the table of `zsync explain kinds`. If they are right, ask a CRM administrator "
            "to show the module's tab to this user's profile.",
            4,
        ),
        "INVALID_URL_PATTERN": Code(
            "The server does not know this address.",
            _CONFIG,
            "Check ZSYNC_API_DOMAIN and the data centre. The address of Zoho's API looks like https://www.zohoapis.com.",
            1,
        ),
        "OAUTH_SCOPE_MISMATCH": Code("The token lacks a scope that this call needs.", _ACCESS, _SCOPES, 8),
        "NO_PERMISSION": Code("The token's user may not do this in the CRM.", _ACCESS, _PROFILE, 8),
        "AUTHORIZATION_FAILED": Code("The token's user lacks a privilege for this.", _ACCESS, _PROFILE, 8),
        "PERMISSION_DENIED": Code("The token's user may not do this in the CRM.", _ACCESS, _PROFILE, 8),
        "AUTHENTICATION_FAILURE": Code("The call carried no valid authentication.", _ACCESS, _DOCTOR, 8),
        "INVALID_TOKEN": Code(
            "The access token has expired, was revoked, or belongs to another org or data centre.",
            _ACCESS,
            "The accounts server (ZSYNC_ACCOUNTS_URL) and the API (ZSYNC_API_DOMAIN) must be in the data centre where the refresh "
            "token was made. `zsync doctor` checks that.",
            8,
        ),
        "INVALID_OAUTHTOKEN": Code("The access token is not valid.", _ACCESS, _DOCTOR, 8),
        "INTERNAL_ERROR": Code("Zoho's server failed.", _ZOHO, _LATER, 1),
        "SERVICE_UNAVAILABLE": Code("Zoho's server is not available at the moment.", _ZOHO, _LATER, 1),
        "INVALID_REQUEST_METHOD": Code(
            "The address does not accept this HTTP method.",
            _BUG,
            "Check that nothing between here and Zoho (a proxy, a gateway) rewrites requests. Otherwise report it.",
            1,
        ),
        "INVALID_DATA": Code(
            "The CRM does not accept a record id, a related list or a value: the record does not exist (any more), the list is "
            "hidden from the layout, or the field does not allow the value.",
            _MANIFEST,
            "Check the place in the manifest: the id must exist, and the field must allow the value. "
            + _VALIDATE,
            4,
        ),
        "MANDATORY_NOT_FOUND": Code(
            "The row lacks a field that the CRM requires.",
            _MANIFEST,
            "Add the field in the message to the row or to `defaults`. " + _VALIDATE,
            4,
        ),
        "REQUIRED_PARAM_MISSING": Code("The call lacks a parameter.", _BUG, _REPORT, 1),
        "EXPECTED_FIELD_MISSING": Code(
            "One of several fields must be given.",
            _MANIFEST,
            "Add one of the fields in the message.",
            4,
        ),
        "DEPENDENT_FIELD_MISSING": Code(
            "A field on which another depends is missing.", _MANIFEST, "Add the field to the row.", 4
        ),
        "DUPLICATE_DATA": Code(
            "A request contains the same record twice, or a unique value is taken.",
            _MANIFEST,
            _VALIDATE,
            4,
        ),
        "LIMIT_EXCEEDED": Code("The request exceeds one of Zoho's limits.", _BUG, _REPORT, 1),
        "PAGINATION_LIMIT_EXCEEDED": Code(
            "The related list holds more than 100,000 records, and Zoho lists no others.",
            _MANIFEST,
            "Leave `prune` out for this list, so that it need not be read to its end, or manage it from the other side.",
            4,
        ),
        "NOT_SUPPORTED": Code(
            "This API does not support the module.",
            _MANIFEST,
            "See the table of `zsync explain kinds`.",
            4,
        ),
        "API_NOT_SUPPORTED": Code(
            "This version of Zoho's API does not have the call.",
            _CONFIG,
            "Check ZSYNC_API_DOMAIN. zsync speaks v8, and v7 where zsync.yaml says `api_version: v7`.",
            1,
        ),
        "INVALID_QUERY": Code(
            "The CRM does not understand the look-up by natural key. A field of `key` or `match` does not exist in the module, or "
            "has a type that cannot be looked up.",
            _MANIFEST,
            "Check the fields of `key` and `match`. They are api_names such as `Email`, not labels.",
            4,
        ),
        "SYNTAX_ERROR": Code(
            "The CRM could not parse the look-up by natural key.", _BUG, "Report it with the key's value.", 1
        ),
        "RECORD_LOCKED": Code(
            "The record is locked.", _ZOHO, "Unlock the record in the CRM, then run the command again.", 3
        ),
        "NOT_APPROVED": Code(
            "The record is waiting for approval.",
            _ZOHO,
            "Approve the record in the CRM, then run the command again.",
            3,
        ),
        "RECORD_IN_BLUEPRINT": Code(
            "The record is in a state of a blueprint that does not allow the edit.",
            _ZOHO,
            "Move it to the next state in the CRM first.",
            3,
        ),
        **dict.fromkeys(("CONVERTED_RECORD", "ID_ALREADY_CONVERTED"), _CONVERTED),
        "CANNOT_BE_UPDATED": Code("The relation cannot be changed.", _ZOHO, _LOOK, 3),
        "CANNOT_PERFORM_ACTION": Code(
            "The CRM does not allow this for the record as it is now.", _ZOHO, _LOOK, 3
        ),
        "CANNOT_PROCESS": Code("The CRM cannot carry this out for the record.", _ZOHO, _LOOK, 3),
        "ALREADY_MODIFIED": Code(
            "The record was changed at the same moment.", _ZOHO, "Run the same command again.", 3
        ),
        **dict.fromkeys(
            ("DEPENDENT_MISMATCH", "DATA_MISMATCH", "MAPPING_MISMATCH", "PATTERN_NOT_MATCHED"), _VALUE
        ),
        "ALREADY_USED": Code("A value that must be unique is taken.", _MANIFEST, _VALIDATE, 4),
        "UNABLE_TO_PARSE_DATA_TYPE": Code(
            "A value or an id has a form that the CRM cannot read.",
            _MANIFEST,
            "Check the ids and values of the rows. " + _VALIDATE,
            4,
        ),
        "LIMIT_REACHED": Code("The request exceeds one of Zoho's limits.", _BUG, _REPORT, 1),
        "FILE_TOO_LARGE": Code("The request is too large for the CRM.", _BUG, _REPORT, 1),
        **dict.fromkeys(("EXPIRED_VALUE", "TOKEN_BOUND_DATA_MISMATCH"), _PAGES),
        **dict.fromkeys(
            (
                "AMBIGUITY_DURING_PROCESSING",
                "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
                "DUPLICATE_ALIAS",
                "EXPECTED_PARAM_MISSING",
                "INVALID_ALIAS",
                "MEDIA_TYPE_NOT_SUPPORTED",
            ),
            Code("The CRM does not accept the form of this call.", _BUG, _REPORT, 1),
        ),
        "RESOURCE_NOT_FOUND": Code(
            "The CRM does not have what the address names.",
            _CONFIG,
            "Check ZSYNC_API_DOMAIN and the data centre, then the ids of the manifest.",
            1,
        ),
        "NOT_ALLOWED": Code("The CRM does not allow this.", _ACCESS, _PROFILE, 8),
        "FEATURE_NOT_SUPPORTED": Code(
            "The org's edition does not have the feature.",
            _ZOHO,
            "Compare the features of Zoho's editions.",
            8,
        ),
        "NOT_STORED": Code(
            "A code of zsync's own: the CRM accepted the row, but shows another value when it is read back.",
            _ZOHO,
            "Look at the record in the CRM. A workflow, a blueprint or a rule of the field may have changed the value.",
            3,
        ),
        CARRIED_CHANGED: Code(
            "A code of zsync's own: the CRM stored the change, and a field that the plan leaves as it is holds something else since.",
            _ZOHO,
            "Look at the record in the CRM: a default value, a workflow or a colleague may have set the field. To decide what it holds, name "
            "it in the manifest. `zsync undo` takes the change back and leaves this field alone.",
            3,
        ),
        "TOO_MANY_REQUESTS": Code(
            "Too many calls at once, or the day's API credits are used up.",
            _ACCESS,
            "Wait: credits come back 24 hours after they were used. Lower `concurrency` in zsync.yaml if other tools use the org.",
            8,
        ),
        "RATE_LIMIT_EXCEEDED": Code(
            "Too many calls.", _ACCESS, "Wait a few minutes, then run the command again.", 8
        ),
    }
)
"""Zoho's code → what zsync knows about it."""

OAUTH = MappingProxyType(
    {
        "invalid_client": "Check ZSYNC_CLIENT_ID, and that the data centre (ZSYNC_ACCOUNTS_URL) is the one where the client was "
        "registered: a client of another data centre is unknown here.",
        "invalid_client_secret": "Check ZSYNC_CLIENT_SECRET: it does not belong to ZSYNC_CLIENT_ID.",
        "invalid_code": "The refresh token was revoked, 20 newer ones replaced it, or it is wrong: check ZSYNC_REFRESH_TOKEN, or make a new "
        "one: `zsync login`.",
        "invalid_redirect_uri": "The redirect URI is not the client's.",
        "Access Denied": "Zoho grants ten tokens in ten minutes. Wait ten minutes before you run again: each try before prolongs it.",
    }
)
"""Error of the accounts server → what to do. https://www.zoho.com/crm/developer/docs/api/v8/refresh.html"""

WHOLE = frozenset(
    {"INVALID_MODULE", "INVALID_QUERY", "NOT_SUPPORTED", "PAGINATION_LIMIT_EXCEEDED"}
    | {code for code, page in CODES.items() if page.exit_code in (1, 8)}
)
"""Codes that are about a whole request whatever its rows: its address, its size, its sender or the server. Any other, an unknown one
included, may be about one row.
"""

_UNKNOWN = Code("zsync knows nothing about this code.", _ZOHO, "Look it up in Zoho's documentation.", 1)

_DATA_BY_INDEX = {
    1: "The parent does not exist (any more), or this user may not see it. Check the parent's key or `id`.",
    2: "The related list does not exist or is hidden. Show it on the module's layout in the CRM, then run the command again.",
    3: "The related record does not exist (any more), or this user may not see it. Check the row's key or `id`.",
}


def find_code(code: str) -> Code:
    """What is known about a code. An unknown one has an entry that says so: Zoho adds codes without notice."""
    return CODES.get(code, _UNKNOWN)


def advice(code: str, index: int | None = None) -> str:
    """The next step after a refused request; `index` is Zoho's `resource_path_index`: 1 record, 2 related list, 3 related record."""
    if code == "INVALID_DATA" and index in _DATA_BY_INDEX:
        return _DATA_BY_INDEX[index]
    return find_code(code).advice
