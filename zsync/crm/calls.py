"""One request to the API and its answer, as values."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import simplejson

_SCOPES = {
    "coql": "ZohoCRM.coql.READ",
    "org": "ZohoCRM.org.READ",
    "settings/related_lists": "ZohoCRM.settings.related_lists.READ",
    "settings/fields": "ZohoCRM.settings.fields.READ",
    "settings/modules": "ZohoCRM.settings.modules.READ",
}
"""Start of a path → the scope of its calls. All other calls need one of `modules`."""

_OPERATIONS = {"PUT": "UPDATE", "DELETE": "DELETE"}
"""Method → the operation in a scope of `modules`; READ for any other."""

_READS = frozenset({"coql", "actions/get_related_records_count"})
"""The ends of paths whose POST only reads."""


class Call(NamedTuple):
    """One request: `path` from the version's root with its query (`Leads/1/Campaigns?fields=id`), `body` JSON bytes.

    `version` is the API's, where it is not that of all others.
    """

    method: str
    path: str
    body: bytes | None = None
    version: str = ""

    @property
    def writes(self) -> bool:
        """Whether the call may change the CRM."""
        if self.method == "GET":
            return False
        return not (self.method == "POST" and any(self.path.endswith(end) for end in _READS))

    @property
    def heavy(self) -> bool:
        """Whether Zoho may count the call among the ten heavy ones: a query, or a write of more than ten rows."""
        # Whether Zoho counts a PUT of related records is not documented: the harder case is assumed.
        return self.method != "GET"

    @property
    def scope(self) -> str:
        """The OAuth scope that the call needs. https://www.zoho.com/crm/developer/docs/api/v8/scopes.html"""
        for start, scope in _SCOPES.items():
            if self.path.startswith(start):
                return scope
        return f"ZohoCRM.modules.{_OPERATIONS.get(self.method, 'READ')}"

    @property
    def template(self) -> str:
        """The path without its query, and with `{id}` for records, so that calls can be counted: `Campaigns/{id}/Leads`."""
        parts = self.path.partition("?")[0].split("/")
        if parts[0] != "settings" and len(parts) > 1:
            parts[1] = "{id}"
        return "/".join("{id}" if part.isdecimal() else part for part in parts)

    def __str__(self) -> str:
        """Method and path without the query, which may hold personal data."""
        return f"{self.method} /{self.path.partition('?')[0]}"


def body(value: Any) -> bytes:
    """The JSON body of a request. Decimals keep their digits."""
    text = simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))
    try:
        return bytes(text.encode())
    except UnicodeEncodeError:
        # A CRM that cuts a text may leave half an emoji, for which UTF-8 has no bytes.
        return bytes(simplejson.dumps(value, use_decimal=True, separators=(",", ":")).encode())


class Throttled(NamedTuple):
    """An answer with status 429: its code, and whether it said how long to wait."""

    code: str
    retry_after: bool


@dataclass(slots=True)
class Traffic:
    """The calls of a run so far, those that read and those that write. A call that is retried counts once.

    `throttled` is the last 429 among their answers.
    """

    reads: int = 0
    writes: int = 0
    throttled: Throttled | None = None


class Answer(NamedTuple):
    """A readable answer: its status and its JSON (None for an empty body)."""

    status: int
    data: Any
