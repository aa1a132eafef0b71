"""One WebSocket to a CSMS and the calls on it: at most one of ours under way, theirs answered in order."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

Payload = dict[str, Any]
Then = Callable[[], Awaitable[object]]

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4
ADVICE = {
    400: "the server speaks none of the offered versions: try another --version",
    401: "identity or password are wrong: set the station's password anew, or check --password",
    403: "the station is blocked, the tenant suspended or the security profile too low",
    404: "there is no such tenant or station: add it with add_station, or check --url and --identity",
    426: "this address takes no WebSocket: check --url",
    429: "too many attempts: wait a while",
    503: "the server is overloaded or in maintenance: wait a while",
}


class LinkError(Exception):
    """Something between the station and its CSMS did not work."""


class CannotConnect(LinkError):
    """No connection was made; `status` is the HTTP status if a server refused."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class Disconnected(LinkError):
    """The connection ended before the answer came."""


class NoAnswer(LinkError):
    """The CSMS did not answer in time."""


class CallFailed(LinkError):
    """The CSMS answered with a CALLERROR."""

    def __init__(self, action: str, code: str, description: str) -> None:
        super().__init__(f"{action} failed: {code} {description}".rstrip())
        self.code = code


class CannotServe(Exception):
    """The station answers a command with a CALLERROR."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command, and what to do once it is sent."""

    payload: Payload = field(default_factory=dict)
    then: Then | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and as whom to connect."""

    url: str
    identity: str
    password: bytes | None
    subprotocol: str
    ping_interval_s: int

    @property
    def address(self) -> str:
        """Return the station's URL: the endpoint and, percent-encoded, the identity (T-01)."""
        return f"{self.url.rstrip('/')}/{quote(self.identity, safe='')}"

    def headers(self) -> Headers:
        """Return the Basic credentials, if there are any (T-90)."""
        if self.password is None:
            return Headers()
        pair = base64.b64encode(self.identity.encode() + b":" + self.password).decode()
        return Headers({"Authorization": f"Basic {pair}"})


async def open_socket(endpoint: Endpoint, timeout_s: float) -> ClientConnection:
    """Connect.

    Raises: CannotConnect with the HTTP status and what to do about it.
    """
    try:
        socket = await connect(
            endpoint.address,
            subprotocols=[Subprotocol(endpoint.subprotocol)],
            additional_headers=endpoint.headers(),
            user_agent_header=None,
            compression=None,
            proxy=None,
            open_timeout=timeout_s,
            ping_interval=endpoint.ping_interval_s or None,
            close_timeout=2,
        )
    except InvalidStatus as error:
        raise _refusal(error.response.status_code, error.response.reason_phrase) from error
    except (OSError, TimeoutError, InvalidHandshake, ValueError) as error:
        reason = f"cannot connect to {endpoint.address}: {error or 'no answer'}; is the server running there?"
        raise CannotConnect(reason) from error
    if socket.subprotocol != endpoint.subprotocol:
        await socket.close()
        raise _refusal(400, f"no {endpoint.subprotocol}")
    return socket


def _refusal(status: int, phrase: str) -> CannotConnect:
    advice = ADVICE.get(status, "the server's log says more")
    return CannotConnect(f"refused with HTTP {status} {phrase}: {advice}", status)


class Link:
    """The calls on one open socket."""

    def __init__(
        self, socket: ClientConnection, serve: Callable[[str, Payload], Answer], spawn: Callable[[Then], None]
    ):
        self._socket = socket
        self._serve = serve
        self._spawn = spawn
        self._turn = asyncio.Lock()
        self._pending: tuple[str, str, asyncio.Future[Payload]] | None = None
        self._is_closed = False

    async def call(self, action: str, payload: Payload, timeout_s: float) -> Payload:
        """Send a CALL, when no other is under way, and wait for its answer.

        Raises: Disconnected, NoAnswer, CallFailed.
        """
        async with self._turn:
            if self._is_closed:
                raise Disconnected(f"{action} was not sent: the connection is closed")
            message_id = str(uuid4())
            answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
            self._pending = (message_id, action, answer)
            try:
                await self._send([CALL, message_id, action, payload])
                async with asyncio.timeout(timeout_s):
                    return await answer
            except TimeoutError:
                raise NoAnswer(f"{action} was not answered within {timeout_s:g} s") from None
            finally:
                self._pending = None

    async def listen(self) -> str:
        """Read until the connection ends; return how it ended."""
        try:
            async for text in self._socket:
                if isinstance(text, str):
                    await self._receive(text)
        except Disconnected:
            pass
        except ConnectionClosed:
            pass
        finally:
            self._end()
        return f"code {self._socket.close_code} {self._socket.close_reason or ''}".rstrip()

    async def close(self) -> None:
        """Close the socket in an orderly way."""
        await self._socket.close()

    def cut(self) -> None:
        """Lose the connection as when a cable is cut: without a close frame."""
        self._socket.transport.abort()

    def _end(self) -> None:
        self._is_closed = True
        if self._pending and not self._pending[2].done():
            self._pending[2].set_exception(
                Disconnected(f"{self._pending[1]} was not answered: the connection ended")
            )

    async def _send(self, frame: list[object]) -> None:
        try:
            await self._socket.send(orjson.dumps(frame).decode())
        except ConnectionClosed as error:
            raise Disconnected("the connection ended") from error

    async def _receive(self, text: str) -> None:
        match _frame(text):
            case [2, str(message_id), str(action), dict(payload)]:
                await self._answer(message_id, action, payload)
            case [3, str(message_id), dict(payload)] if answer := self._awaited(message_id):
                answer.set_result(payload)
            case [4, str(message_id), str(code), *rest] if answer := self._awaited(message_id):
                action = self._pending[1] if self._pending else ""
                answer.set_exception(CallFailed(action, code, str(rest[0]) if rest else ""))

    def _awaited(self, message_id: str) -> asyncio.Future[Payload] | None:
        if self._pending is None or self._pending[0] != message_id or self._pending[2].done():
            return None
        return self._pending[2]

    async def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        try:
            answer = self._serve(action, payload)
        except CannotServe as error:
            await self._send([CALL_ERROR, message_id, error.code, str(error)[:255], {}])
            return
        await self._send([CALL_RESULT, message_id, answer.payload])
        if answer.then is not None:
            self._spawn(answer.then)


def _frame(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
