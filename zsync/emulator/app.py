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
    """The whole CRM. Each of `layers` wraps what Zoho's clients see, the last one outermost.

    From the inside out: the CRM, faults (a slow one counts as inside), limits, the recorder, `layers`, and the
    control endpoints, which none of them sees and which want `control_token`: without one there are none. The token endpoint answers with `org.url` as `api_domain`, so set
    that before the first request.
    """
    crm = Starlette(routes=routes(org), exception_handlers={404: not_found, 405: wrong_method})
    # Zoho does not redirect, and a redirect would turn a PUT's refusal into a puzzle.
    crm.router.redirect_slashes = False
    app: ASGIApp = Recorder(Limits(Faulty(crm, org), org), org.seen, org.keep_seen)
    for layer in layers:
        app = layer(app)
    if control_token:
        app = Control(app, org, control_token)

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        note_transport(scope, send)
        await app(scope, receive, send)

    return outermost
