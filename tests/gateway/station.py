"""A bare charge point for tests: it sends what it is told and shows what comes back, proper or not."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PASSWORD = "a password of 20 char"
SUBPROTOCOLS = {
    "1.6": Subprotocol("ocpp1.6"),
    "2.0.1": Subprotocol("ocpp2.0.1"),
    "2.1": Subprotocol("ocpp2.1"),
}


def basic(username: str, password: str = PASSWORD) -> dict[str, str]:
    """The header of Basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


def now() -> str:
    """The moment, as stations write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Station:
    """One connected charge point."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.commands: asyncio.Queue[list[Any]] = asyncio.Queue()
        self._answers: dict[str, asyncio.Future[list[Any]]] = {}
        self._other: asyncio.Queue[list[Any]] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for text in self.socket:
            frame = json.loads(text)
            if frame[0] == 2:
                self.commands.put_nowait(frame)
            elif frame[1] in self._answers:
                self._answers.pop(frame[1]).set_result(frame)
            else:
                self._other.put_nowait(frame)

    async def call(self, action: str, payload: dict[str, Any], message_id: str | None = None) -> list[Any]:
        """Send a CALL. Returns: the whole answer frame."""
        message_id = message_id or str(uuid.uuid4())
        future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._answers[message_id] = future
        await self.socket.send(json.dumps([2, message_id, action, payload]))
        return await asyncio.wait_for(future, 10)

    async def result(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a CALL that must be accepted. Returns: the payload of the CALLRESULT."""
        frame = await self.call(action, payload)
        assert frame[0] == 3, frame
        answer: dict[str, Any] = frame[2]
        return answer

    async def raw(self, text: str | bytes) -> None:
        """Send any text or bytes."""
        await self.socket.send(text)

    async def next_other(self, seconds: float = 5) -> list[Any]:
        """The next frame that answers none of our calls."""
        return await asyncio.wait_for(self._other.get(), seconds)

    async def is_silent(self, seconds: float = 0.4) -> bool:
        """Whether nothing comes for a while."""
        try:
            await asyncio.wait_for(self._other.get(), seconds)
        except TimeoutError:
            return True
        return False

    async def next_command(self, seconds: float = 10) -> list[Any]:
        """The next CALL of the CSMS."""
        return await asyncio.wait_for(self.commands.get(), seconds)

    async def answer(self, command: list[Any], payload: dict[str, Any]) -> None:
        """Answer a CALL of the CSMS."""
        await self.socket.send(json.dumps([3, command[1], payload]))

    async def boot(self, version: str) -> dict[str, Any]:
        """Say hello."""
        if version == "1.6":
            return await self.result(
                "BootNotification", {"chargePointVendor": "Vendor", "chargePointModel": "Model"}
            )
        station = {"vendorName": "Vendor", "model": "Model"}
        return await self.result("BootNotification", {"reason": "PowerUp", "chargingStation": station})

    async def close(self) -> None:
        """Leave."""
        await self.socket.close()
        self._reader.cancel()


@asynccontextmanager
async def station(
    base: str,
    tenant: str,
    identity: str,
    version: str = "1.6",
    *,
    boots: bool = True,
    password: str = PASSWORD,
    **options: Any,
) -> AsyncIterator[Station]:
    """A connected (and booted) charge point."""
    socket = await connect(
        f"{base}/{tenant}/ocpp/{identity}",
        subprotocols=[SUBPROTOCOLS[version]],
        additional_headers=basic(identity, password),
        **({"compression": None} | options),
    )
    one = Station(socket)
    try:
        if boots:
            await one.boot(version)
        yield one
    finally:
        await one.close()
