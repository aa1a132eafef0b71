"""The WebSocket protocol of the gateway's server: uvicorn's, with compression for those stations that must be offered it.

OCPP 2.x requires permessage-deflate of the CSMS; OCPP 1.6 knows none, and each compressed socket costs another 30 KiB.
"""

import gc
import socket
import sys

import uvicorn
from django.conf import settings
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request

from csms.ocpp.versions import COMPRESSED

BACKLOG = 8192  # a reconnect storm arrives at once


class ChargerProtocol(WebSocketsSansIOProtocol):
    """A socket that negotiates compression by the OCPP version that is offered."""

    def handle_connect(self, event: Request) -> None:
        """Offer compression before the handshake is answered."""
        offered = ",".join(event.headers.get_all("Sec-WebSocket-Protocol"))
        if any(name.strip() in COMPRESSED for name in offered.split(",")):
            self.conn.available_extensions = [
                ServerPerMessageDeflateFactory(
                    server_no_context_takeover=True,
                    server_max_window_bits=12,
                    client_max_window_bits=12,
                    compress_settings={"memLevel": 5},
                )
            ]
        super().handle_connect(event)

    async def send(self, message: ASGISendEvent) -> None:
        """A refusal with its own HTTP status completes the handshake too; the server would log an error for each."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True


def server(application: str, *, host: str, port: int) -> uvicorn.Server:
    """A server for charger sockets. `application` is named, for example `csms.asgi:gateway`: this front door knows no other."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        ws=ChargerProtocol,
        loop="uvloop",
        lifespan="on",
        ws_max_size=settings.OCPP_MESSAGE_LIMIT,
        ws_ping_interval=settings.OCPP_PING_INTERVAL_S,
        ws_ping_timeout=settings.OCPP_PING_INTERVAL_S,
        ws_per_message_deflate=False,
        proxy_headers=settings.SECURE_PROXY_SSL_HEADER is not None,  # else any local client could claim TLS
        backlog=BACKLOG,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    return uvicorn.Server(config)


def calm() -> None:
    """Take two pauses out of the way of messages.

    What is loaded stays: without this, garbage collections of 0.5 s stood in the way of 10,000 stations; with it, of 0.02 s. And a thread that waits for
    the interpreter after each database answer gets it within 1 ms instead of 5.
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 1_000)


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
