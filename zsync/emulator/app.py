"""The bundled CRM as an ASGI application, layer on layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from .control import Control
from .faulty import Faulty
from .limits import Limits
from .org import Org
from .routes import not_found, routes, wrong_method
from .seen import Recorder
from .wire import note_transport

Layer = Callable[[ASGIApp], ASGIApp]


def create_app(org: Org, layers: Sequence[Layer] = (), control_token: str = "") -> ASGIApp:
    """The whole CRM. `layers` wrap what Zoho's clients see; the last is the outermost.

    From the inside out: the CRM, faults (a delayed call counts as in progress), limits, the recorder, `layers`, and the
    control endpoints, whose requests no other layer sees. Without a `control_token` there are no control endpoints.
    The token endpoint sends `org.url` as `api_domain`: set it before the first request.
    """
    crm = Starlette(routes=routes(org), exception_handlers={404: not_found, 405: wrong_method})
    # Zoho does not redirect, and many clients turn a redirected PUT into a GET.
    crm.router.redirect_slashes = False
    # The recorder is outside of the limits, so that calls turned away with 429 are recorded as well.
    app: ASGIApp = Recorder(Limits(Faulty(crm, org), org), org.seen, org.keep_seen)
    for layer in layers:
        app = layer(app)
    if control_token:
        app = Control(app, org, control_token)

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        note_transport(scope, send)
        await app(scope, receive, send)

    return outermost
