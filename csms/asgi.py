"""The ASGI applications: `gateway` for chargers, `web` for people and programs, `everything` for one process on one port."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")

from django.core.asgi import get_asgi_application

_unlimited = get_asgi_application()  # before anything that needs the apps

from channels.routing import URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from csms.bodies import limited  # noqa: E402
from csms.bus import Gateway  # noqa: E402
from csms.dashboard.live import LiveConsumer  # noqa: E402
from csms.ocpp import path as station_path  # noqa: E402
from csms.ocpp import server  # noqa: E402
from csms.ocpp.consumer import OcppConsumer  # noqa: E402
from tenants.asgi import TenantASGI  # noqa: E402

django_application = limited(_unlimited)
live = TenantASGI(URLRouter([path("ws/live/", LiveConsumer.as_asgi())]))
_gateway: Gateway | None = None


def is_station(scope: dict[str, Any]) -> bool:
    """Whether the path is a charging station's address."""
    return station_path.parse(scope.get("raw_path") or scope["path"].encode()) is not None


async def web(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Pages, API and the browsers' live socket."""
    if scope["type"] == "websocket":
        await live(scope, receive, send)
    elif scope["type"] == "http":
        await django_application(scope, receive, send)


async def gateway(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Chargers' sockets; over plain HTTP only the process's health."""
    if scope["type"] == "lifespan":
        await _live_and_die(receive, send)
    elif scope["type"] == "websocket":
        assert _gateway is not None
        await OcppConsumer(_gateway)(scope, receive, send)
    elif is_station(scope):
        await _answer(send, 426, b"This address speaks OCPP over WebSocket.\n", [(b"upgrade", b"websocket")])
    else:
        await django_application(scope, receive, send)


async def everything(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Chargers and people on one port: the demo and the smallest installation."""
    if scope["type"] == "lifespan" or is_station(scope):
        await gateway(scope, receive, send)
    else:
        await web(scope, receive, send)


def figures() -> dict[str, int]:
    """What this process's gateway counts, for the metrics; empty in a process without one."""
    return _gateway.figures() if _gateway else {}


async def _live_and_die(receive: Any, send: Any) -> None:
    global _gateway  # noqa: PLW0603 - one gateway per process, born and ended by the server
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _gateway = Gateway()
            await _gateway.open()
            server.calm()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            if _gateway is not None:
                await _gateway.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _answer(send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
