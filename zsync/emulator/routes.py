"""From a request to its answer: paths, tokens, scopes, permissions, credits, and errors."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import oauth
from .calls import Call, Handler, operations
from .errors import Answer, ZohoError
from .forms import form_of
from .limits import CREDITS_GONE, retry_after, too_many
from .org import Org

_VERSION = re.compile(r"v(2|2\.1|3|4|5|6|7|8)\Z")
_LOG = logging.getLogger("zsync.emulator")
OAUTH_PATH = "/oauth/v2/token"
REVOKE_PATH = "/oauth/v2/token/revoke"

Endpoint = Callable[[Request], Awaitable[Response]]


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
