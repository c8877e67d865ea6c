"""Zoho's refusals: code, HTTP status, message and details, as documented under "Possible Errors" of each API."""

from __future__ import annotations

from typing import Any, NamedTuple

import simplejson


class Answer(NamedTuple):
    """An HTTP status and JSON text; None for an empty body."""

    status: int
    body: str | None = None


class Documented(NamedTuple):
    """The usual status and message of a code."""

    status: int
    message: str


DOCUMENTED: dict[str, Documented] = {
    "INVALID_TOKEN": Documented(401, "invalid oauth token"),
    "AUTHENTICATION_FAILURE": Documented(401, "Authentication failed"),
    "OAUTH_SCOPE_MISMATCH": Documented(401, "Unauthorized"),
    "NO_PERMISSION": Documented(403, "permission denied"),
    "AUTHORIZATION_FAILED": Documented(400, "User does not have sufficient privilege to access this API"),
    "INVALID_MODULE": Documented(400, "the module name given seems to be invalid"),
    "NOT_SUPPORTED": Documented(400, "module is not supported"),
    "INVALID_DATA": Documented(400, "invalid data"),
    "DUPLICATE_DATA": Documented(400, "duplicate data"),
    "MANDATORY_NOT_FOUND": Documented(400, "required field not found"),
    "REQUIRED_PARAM_MISSING": Documented(400, "One of the expected parameter is missing"),
    "LIMIT_EXCEEDED": Documented(400, "limit exceeded"),
    "UNABLE_TO_PARSE_DATA_TYPE": Documented(400, "either the request body or parameters is in wrong format"),
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": Documented(
        400, "You can only get the first 2000 records without using page_token param."
    ),
    "PAGINATION_LIMIT_EXCEEDED": Documented(400, "You can only get the first 100000 records."),
    "TOKEN_BOUND_DATA_MISMATCH": Documented(
        400, "The parameters given do not match the ones the page_token was made for."
    ),
    "EXPIRED_VALUE": Documented(400, "the given page_token has expired"),
    "AMBIGUITY_DURING_PROCESSING": Documented(400, "page and page_token cannot be given together"),
    # The misspelling is Zoho's.
    "SYNTAX_ERROR": Documented(400, "error occured while parsing the query"),
    "INVALID_QUERY": Documented(400, "invalid query formed"),
    "RECORD_LOCKED": Documented(400, "record is locked"),
    "NOT_APPROVED": Documented(400, "record is not approved"),
    "RECORD_IN_BLUEPRINT": Documented(400, "The record is in blue print"),
    "CONVERTED_RECORD": Documented(400, "can't update the converted record"),
    "ID_ALREADY_CONVERTED": Documented(400, "id already converted"),
    "EXPECTED_PARAM_MISSING": Documented(400, "One of the expected parameter is missing"),
    "EXPECTED_FIELD_MISSING": Documented(400, "one of the expected fields is missing"),
    "DEPENDENT_FIELD_MISSING": Documented(400, "dependent field missing"),
    "DEPENDENT_MISMATCH": Documented(400, "dependent field mismatch"),
    "LIMIT_REACHED": Documented(400, "limit reached"),
    "PATTERN_NOT_MATCHED": Documented(400, "Please check whether the input values are correct"),
    "INVALID_ALIAS": Documented(400, "invalid alias"),
    "DUPLICATE_ALIAS": Documented(400, "duplicate alias"),
    "NOT_ALLOWED": Documented(403, "not allowed"),
    "CANNOT_PERFORM_ACTION": Documented(400, "cannot perform action"),
    "CANNOT_BE_UPDATED": Documented(400, "cannot be updated"),
    "CANNOT_PROCESS": Documented(400, "cannot process"),
    "ALREADY_USED": Documented(400, "already used"),
    "FEATURE_NOT_SUPPORTED": Documented(400, "feature not supported"),
    "DATA_MISMATCH": Documented(400, "data mismatch"),
    "MAPPING_MISMATCH": Documented(400, "mapping mismatch"),
    "ALREADY_MODIFIED": Documented(412, "the record was already modified"),
    "API_NOT_SUPPORTED": Documented(400, "the API is not supported in this version"),
    "INVALID_REQUEST_METHOD": Documented(400, "The http request method type is not a valid one"),
    "INVALID_URL_PATTERN": Documented(404, "Please check if the URL trying to access is a correct one"),
    # Zoho does not tell exhausted credits from too many calls at once by the code, only by the message.
    "TOO_MANY_REQUESTS": Documented(429, "Many requests fired in concurrent than the allowed limit."),
    "RATE_LIMIT_EXCEEDED": Documented(429, "Many requests fired in concurrent than the allowed limit."),
    "INTERNAL_ERROR": Documented(500, "Internal Server Error"),
    "SERVICE_UNAVAILABLE": Documented(503, "Service Unavailable"),
}

MODULE_NOT_IN_API = "the given module is not supported in API"
BAD_RELATION = "the relation name given seems to be invalid"
BAD_RELATED_ID = "the related id given seems to be invalid"


class ZohoError(Exception):
    """The refusal of a whole request. `routes` turns it into an answer."""

    def __init__(
        self, code: str, details: dict[str, Any] | None = None, *, message: str = "", status: int = 0
    ) -> None:
        documented = DOCUMENTED[code]
        self.code, self.details = code, dict(details or {})
        # Zoho's specification gives this one as a text, unlike the limits of paging.
        if code == "LIMIT_EXCEEDED" and "limit" in self.details:
            self.details["limit"] = str(self.details["limit"])
        self.message, self.status = message or documented.message, status or documented.status
        super().__init__(f"{self.status} {code} {self.message}")

    def row(self) -> dict[str, Any]:
        """The error as Zoho writes it, whether flat or as one row of `data[]`."""
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}

    def answer(self) -> Answer:
        """The flat error that refuses the whole request."""
        return Answer(self.status, encode(self.row()))


def encode(value: object) -> str:
    """JSON text in ASCII, so that even a lone surrogate survives. Decimals keep their digits."""
    text: str = simplejson.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return text


def decode(text: str | bytes) -> Any:
    """The value of JSON text, with Decimal for numbers with a point. Raises ZohoError if it is not JSON."""
    try:
        return simplejson.loads(text, use_decimal=True)
    except (ValueError, RecursionError):
        raise ZohoError("UNABLE_TO_PARSE_DATA_TYPE") from None


def rows_answer(rows: list[dict[str, Any]], none_status: int) -> Answer:
    """The answer to a bulk write: 200 if every row succeeded, 207 if some did, `none_status` if none did.

    The rows stand under `data` whatever the status: a client that reads them for 200 alone loses refusals.
    """
    good = sum(row["status"] == "success" for row in rows)
    status = 200 if good == len(rows) else 207 if good else none_status
    return Answer(status, encode({"data": rows}))
