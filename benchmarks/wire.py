"""A WebSocket client as cheap as asyncio allows: one protocol object per station, no task, frames read and written as bytes.

Its masking key is zero, which the protocol allows: the load costs the generator no XOR, and the server does its share of the work all the same.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any

PLAIN, EXTENDED = 125, 65_535
TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
MASKED, NO_MASK = 0x80, b"\0\0\0\0"


class Refused(Exception):
    """The server did not upgrade the connection as it was asked to."""


def frame(payload: bytes, kind: int = TEXT) -> bytes:
    """The bytes of one message of a client."""
    size = len(payload)
    if size <= PLAIN:
        return bytes((kind, MASKED | size)) + NO_MASK + payload
    if size <= EXTENDED:
        return bytes((kind, MASKED | 126)) + size.to_bytes(2) + NO_MASK + payload
    return bytes((kind, MASKED | 127)) + size.to_bytes(8) + NO_MASK + payload


def first_frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """The first frame at a place in what a server sent. Returns: its kind, and where its payload begins and ends; None while it is incomplete."""
    if len(data) < at + 2:
        return None
    size, start = data[at + 1], at + 2
    if size > PLAIN:
        width = 2 if size == 126 else 8
        if len(data) < start + width:
            return None
        size, start = int.from_bytes(data[start : start + width]), start + width
    end = start + size
    return None if len(data) < end else (data[at], start, end)


class Socket(asyncio.Protocol):
    """One connection. `opened` is done once the server has upgraded it; `on_text` gets each message, `on_closed` the end."""

    def __init__(
        self,
        request: bytes,
        subprotocol: str,
        on_text: Callable[[bytes], None],
        on_closed: Callable[[], None],
    ) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request, self._subprotocol = request, subprotocol
        self._on_text, self._on_closed = on_text, on_closed
        self._transport: asyncio.Transport
        self._rest = b""
        self._is_open = False

    def send(self, payload: bytes) -> None:
        """Send a text."""
        self._transport.write(frame(payload))

    def close(self) -> None:
        """Say goodbye and hang up."""
        self._transport.write(frame((1000).to_bytes(2), CLOSE))
        self._transport.close()

    def connection_made(self, transport: Any) -> None:
        """Ask for the upgrade."""
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        if not self.opened.done():
            self.opened.set_exception(Refused("The connection was closed during the handshake."))
        self._on_closed()

    def data_received(self, data: bytes) -> None:
        """Hand over every complete message."""
        if self._rest:
            data = self._rest + data
        at = 0 if self._is_open else self._upgraded(data)
        while self._is_open and (found := first_frame(data, at)) is not None:
            kind, start, at = found
            if kind == TEXT:
                self._on_text(data[start:at])
            elif kind == PING:
                self._transport.write(frame(data[start:at], PONG))
            elif kind == CLOSE:
                self._transport.close()
        self._rest = data[at:]

    def _upgraded(self, data: bytes) -> int:
        """Read the answer to the upgrade. Returns: where the first frame begins."""
        head, end, _ = data.partition(b"\r\n\r\n")
        if not end:
            return 0
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if " 101 " in status and headers.get("sec-websocket-protocol") == self._subprotocol:
            self._is_open = True
            self.opened.set_result(None)
        else:
            self.opened.set_exception(Refused(status))
            self._transport.close()
        return len(head) + len(end)


def upgrade(host: str, path: str, subprotocol: str, credentials: str) -> bytes:
    """The request of a station with Basic authentication (`identity:password`)."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {subprotocol}",
        f"Authorization: Basic {base64.b64encode(credentials.encode()).decode()}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
