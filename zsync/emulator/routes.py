"""From a request to its answer: paths, tokens, scopes, permissions, credits, and errors."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import coql, counts, linking, oauth, records, related, settings
from .errors import Answer, ZohoError
from .forms import form_of
from .limits import CREDITS_GONE, retry_after, too_many
from .org import Org

_VERSION = re.compile(r"v(2|2\.1|3|4|5|6|7|8)\Z")
_LOG = logging.getLogger("zsync.emulator")
OAUTH_PATH = "/oauth/v2/token"
REVOKE_PATH = "/oauth/v2/token/revoke"


@dataclass(frozen=True)
class Call:
    """One request with a valid token."""

    org: Org
    version: float
    path: dict[str, str]
    query: dict[str, str]
    body: bytes
    scopes: frozenset[str]

    def may(self, operation: str) -> None:
        """Raises ZohoError unless token and profile allow the operation (READ, UPDATE, DELETE) on the path's module."""
        module = self.org.module(self.path["module"])
        # Zoho's scopes write modules in lower case and one word: `ZohoCRM.modules.pricebooks.READ`.
        part = module.removesuffix("__s").replace("_", "").lower()
        oauth.demand(self.scopes, "modules", part, operation)
        if f"{module}.{operation}" in self.org.switches.denied:
            raise ZohoError("NO_PERMISSION", {"permissions": [f"Crm_Implied_{operation.title()}_{module}"]})

    def target(self) -> related.Target:
        """The path's related list. Raises ZohoError, which names the wrong part of the path."""
        return related.target_of(self.org, self.path["module"], self.path["record"], self.path["list"])


Handler = Callable[[Call], Answer]
Endpoint = Callable[[Request], Awaitable[Response]]


class Operation(NamedTuple):
    """One call that is emulated. `path` is below `/crm/{version}`; `since` is the first version that has it."""

    method: str
    path: str
    handler: Handler
    note: str
    since: int = 2


def operations() -> list[Operation]:
    """Every call of Zoho's that is emulated. Fixed paths come before those that take any module's name."""
    related_record, related_list = "/{module}/{record}/{list}/{related}", "/{module}/{record}/{list}"
    counting = "/{module}/{record}/actions/get_related_records_count"
    fields = "`fields` mandatory from v3 on, 50 at most"
    return [
        Operation("GET", "/org", _org, "one organisation; `type` is the world's"),
        Operation("GET", "/users", _users, "the one user, whatever `type` asks for"),
        Operation("GET", "/settings/modules", _modules, "all of them on one page"),
        Operation("GET", "/settings/modules/{name}", _module, "one of them"),
        Operation("GET", "/settings/layouts", _layouts, "one, with all fields in one section"),
        Operation("GET", "/settings/layouts/{id}", _layout, "the same by its id"),
        Operation("GET", "/settings/fields", _fields, "members' own fields belong to no module"),
        Operation(
            "GET", "/settings/related_lists", _related_lists, "of one layout; hidden ones with their status"
        ),
        Operation("GET", "/settings/related_lists/{id}", _related_lists, "one of them"),
        Operation(
            "POST",
            "/coql",
            _coql,
            "one module, no joins, no aggregates; `in`, `like`, `is null`, comparisons",
        ),
        Operation("POST", counting, _counts, "20 lists a call, without `params`", 8),
        Operation("GET", "/{module}", _records, f"pages and page tokens, `ids`, `converted`; {fields}"),
        Operation("GET", "/{module}/{record}", _record, "all fields unless `fields` names some"),
        Operation(
            "GET", related_list, _read_list, f"pages and page tokens, `ids`, `sort_by`, `converted`; {fields}"
        ),
        Operation("PUT", related_list, _link, "100 rows, each added, updated or refused on its own"),
        Operation("DELETE", related_list, _delink, "`ids`, 100 of them and 2,000 characters at most"),
        Operation("GET", related_record, _read_one, "204 when not related"),
        Operation("PUT", related_record, _link_one, "one row"),
        Operation("DELETE", related_record, _delink_one, "the link alone is removed"),
    ]


def routes(org: Org) -> list[Route]:
    """The token endpoints and every operation, as routes of Starlette."""
    return [
        Route(OAUTH_PATH, _token_endpoint(org, OAUTH_PATH, oauth.grant), methods=["POST"]),
        Route(REVOKE_PATH, _token_endpoint(org, REVOKE_PATH, oauth.revoke), methods=["POST"]),
        *(
            Route(
                "/crm/{version}" + operation.path,
                _crm_endpoint(org, operation.path, operation.handler),
                methods=[operation.method],
            )
            for operation in operations()
        ),
    ]


async def not_found(_request: Request, _error: Exception) -> Response:
    """The answer to a path that no route takes."""
    return _respond(ZohoError("INVALID_URL_PATTERN").answer())


async def wrong_method(_request: Request, _error: Exception) -> Response:
    """The answer to a known path with another method."""
    return _respond(ZohoError("INVALID_REQUEST_METHOD").answer())


def _crm_endpoint(whole: Org, path: str, handler: Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        request.scope["emulator.route"] = path
        # A fault may have put a copy in its place, with other switches for this request.
        org = request.scope.get("emulator.org", whole)
        try:
            answer = _answer(org, handler, request, body)
        except ZohoError as refusal:
            answer = refusal.answer()
            return _respond(answer, _refusal_headers(org, refusal))
        except Exception:  # noqa: BLE001  a bug here is the CRM's own 500
            _LOG.exception("%s %s", request.method, request.url.path)
            answer = ZohoError("INTERNAL_ERROR").answer()
        return _respond(answer, _credit_headers(org))

    return endpoint


def _answer(org: Org, handler: Handler, request: Request, body: bytes) -> Answer:
    version = _VERSION.match(request.path_params["version"])
    if version is None:
        raise ZohoError("INVALID_URL_PATTERN")
    # First the token, then the refusals, then the credits: a bad token costs nothing and tells nothing.
    held = oauth.held(org, request.headers.get("authorization"))
    org.refuse(request.method, request.url.path)
    query = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    # Zoho: API Limits: one credit a call, three for a read through a custom view.
    cost = 3 if "cvid" in query else 1
    if org.credits_left() < cost:
        raise too_many(org.switches, CREDITS_GONE)
    org.charge(cost)
    if held.user:
        org = replace(org, caller=held.user)
    number, path = float(version[1]), dict(request.path_params)
    if number < 3:
        path, query = _module_in_any_case(org, path), _module_in_any_case(org, query)
    return handler(Call(org, number, path, query, body, held.scopes))


def _module_in_any_case(org: Org, named: dict[str, str]) -> dict[str, str]:
    """The parts of a path or query, the module in the case that it has: before v3, `leads` finds Leads."""
    known = {name.lower(): name for name in org.catalog.modules}
    places = [part for part in ("module", "name") if part in named]
    return named | {part: known.get(named[part].lower(), named[part]) for part in places}


def _token_endpoint(org: Org, path: str, does: Callable[[Org, Mapping[str, str]], Answer]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        # Zoho's documentation sends the parameters in the query, its SDKs in the body.
        sent = form_of(await request.body(), request.headers.get("content-type", ""))
        request.scope["emulator.route"] = path
        return _respond(does(request.scope.get("emulator.org", org), dict(request.query_params) | sent))

    return endpoint


def _respond(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    return Response(answer.body, answer.status, headers, media_type="application/json;charset=UTF-8")


def _refusal_headers(org: Org, refusal: ZohoError) -> dict[str, str]:
    return _credit_headers(org) | retry_after(org.switches, refusal.status)


def _credit_headers(org: Org) -> dict[str, str]:
    left = org.credits_left()
    # Zoho: API Limits: the header comes only once half of the credits are used.
    return {} if left * 2 >= org.switches.daily_credits else {"X-API-CREDITS-REMAINING": str(max(left, 0))}


def _org(call: Call) -> Answer:
    oauth.demand(call.scopes, "org", "", "READ")
    return settings.about(call.org)


def _users(call: Call) -> Answer:
    oauth.demand(call.scopes, "users", "", "READ")
    return settings.users(call.org)


def _modules(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "modules", "READ")
    return settings.modules(call.org)


def _module(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "modules", "READ")
    return settings.module(call.org, call.path["name"])


def _layouts(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "layouts", "READ")
    return settings.layouts(call.org, call.query.get("module"))


def _layout(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "layouts", "READ")
    return settings.layout(call.org, call.query.get("module"), call.path["id"])


def _fields(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "fields", "READ")
    return settings.fields(call.org, call.query.get("module"))


def _related_lists(call: Call) -> Answer:
    oauth.demand(call.scopes, "settings", "related_lists", "READ")
    return settings.related_lists(call.org, call.query.get("module"), call.version, call.path.get("id", ""))


def _coql(call: Call) -> Answer:
    oauth.demand(call.scopes, "coql", "", "READ")
    found = coql.answer(call.org, call.body, call.version)
    # The first credit was charged with the call, before anybody knew its LIMIT.
    call.org.charge(found.credits - 1)
    return found.answer


def _records(call: Call) -> Answer:
    call.may("READ")
    return records.read_records(call.org, call.path["module"], call.version, call.query)


def _record(call: Call) -> Answer:
    call.may("READ")
    module, record = call.path["module"], call.path["record"]
    told = settings.told_instead(call.org, call.version, f"{module}/{record}")
    return told or records.read_record(call.org, module, record, call.query)


def _read_list(call: Call) -> Answer:
    call.may("READ")
    return related.read_list(call.org, call.target(), call.version, call.query)


def _read_one(call: Call) -> Answer:
    call.may("READ")
    return related.read_one(call.org, call.target(), call.version, call.query, call.path["related"])


def _link(call: Call) -> Answer:
    call.may("UPDATE")
    answer = linking.link(call.org, call.target(), call.body)
    if call.org.switches.put_credits == "rows":
        call.org.charge((len(linking.rows_in(call.body)) - 1) // 10)
    return answer


def _link_one(call: Call) -> Answer:
    call.may("UPDATE")
    return linking.link_one(call.org, call.target(), call.body, call.path["related"])


def _delink(call: Call) -> Answer:
    call.may("DELETE")
    return linking.delink(call.org, call.target(), call.query)


def _delink_one(call: Call) -> Answer:
    call.may("DELETE")
    return linking.delink_one(call.org, call.target(), call.path["related"])


def _counts(call: Call) -> Answer:
    call.may("READ")
    if call.version < 8:
        raise ZohoError("API_NOT_SUPPORTED", {"supported_version": 8})
    return counts.answer(call.org, call.path["module"], call.path["record"], call.body)
