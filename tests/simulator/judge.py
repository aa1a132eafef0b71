"""A CSMS for the tests of the simulator: it answers what it is told to and judges every frame by the schemas."""

import asyncio
import base64
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4

import jsonschema_rs
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

Payload = dict[str, Any]
Decision = Callable[[Payload], Payload | None]
PACKAGES = {"ocpp1.6": ("ocpp.v16", "", "Response"), "ocpp2.0.1": ("ocpp.v201", "Request", "Response")}
ANSWER_S = 0.001


@cache
def _validator(subprotocol: str, action: str, *, is_request: bool) -> Any:
    package, request, response = PACKAGES[subprotocol]
    name = f"{action}{request if is_request else response}.json"
    schema = json.loads((files(package) / "schemas" / name).read_text("utf-8-sig"))
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def accepting() -> dict[str, Decision]:
    """Answers of a CSMS that lets everybody in and gives 1.6 transactions the numbers 1, 2, 3 …"""
    numbers = iter(range(1, 1000))
    accepted = {"status": "Accepted"}
    return {
        "BootNotification": lambda _: {**accepted, "interval": 300, "currentTime": now()},
        "Heartbeat": lambda _: {"currentTime": now()},
        "Authorize": lambda call: {"idTagInfo" if "idTag" in call else "idTokenInfo": accepted},
        "StartTransaction": lambda _: {"transactionId": next(numbers), "idTagInfo": accepted},
    }


@dataclass
class Judge:
    """What the stations said, what was wrong with it, and what they are answered."""

    answers: dict[str, Decision] = field(default_factory=accepting)
    passwords: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, Payload]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _ids: set[str] = field(default_factory=set)
    _sockets: dict[str, ServerConnection] = field(default_factory=dict)
    _awaited: dict[str, tuple[str, asyncio.Future[Any]]] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/acme/ocpp"

    async def listen(self) -> Server:
        subprotocols = [Subprotocol(name) for name in PACKAGES]
        server = await serve(
            self._talk, "127.0.0.1", self.port, subprotocols=subprotocols, process_request=self._let_in
        )
        self.port = next(iter(server.sockets)).getsockname()[1]
        return server

    def said(self, action: str) -> list[Payload]:
        return [payload for name, payload in self.calls if name == action]

    async def hears(
        self, action: str, that: Callable[[Payload], bool] = bool, timeout_s: float = 5
    ) -> Payload:
        """Wait for a message that fits; one that came already counts."""
        async with asyncio.timeout(timeout_s):
            while True:
                for payload in self.said(action):
                    if that(payload) or (not payload and that is bool):
                        return payload
                await self._news.wait()

    async def command(self, action: str, payload: Payload, identity: str = "S-1") -> Any:
        """Send a CALL; return the validated answer, or the CALLERROR's code."""
        message_id = str(uuid4())
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._awaited[message_id] = (action, answer)
        await self._sockets[identity].send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(5):
            return await answer

    async def close(self, identity: str = "S-1") -> None:
        await self._sockets[identity].close(1012)

    def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        identity = unquote(request.path.rsplit("/", 1)[1])
        password = self.passwords.get(identity)
        given = request.headers.get("Authorization", "Basic ").removeprefix("Basic ")
        if password is not None and base64.b64decode(given).decode() != f"{identity}:{password}":
            return connection.respond(401, "")
        return None if identity != "NOBODY" else connection.respond(404, "")

    async def _talk(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.connections += 1
        self._sockets[unquote(socket.request.path.rsplit("/", 1)[1])] = socket
        unanswered: set[str] = set()
        try:
            async for text in socket:
                self._take(socket, json.loads(text), unanswered)
        except ConnectionClosed:
            return

    def _take(self, socket: ServerConnection, frame: list[Any], unanswered: set[str]) -> None:
        if frame[0] != 2:
            self._conclude(str(socket.subprotocol), frame)
            return
        _, message_id, action, payload = frame
        self._judge_call(str(socket.subprotocol), message_id, action, payload, unanswered)
        unanswered.add(message_id)
        self.calls.append((action, payload))
        self._news.set()
        self._news = asyncio.Event()
        task = asyncio.create_task(self._answer(socket, message_id, action, payload, unanswered))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _judge_call(
        self, subprotocol: str, message_id: str, action: str, payload: Payload, unanswered: set[str]
    ) -> None:
        if unanswered:
            self.errors.append(f"{action} was sent while another CALL was unanswered")
        if message_id in self._ids or UUID(message_id).version != 4:
            self.errors.append(f"{message_id} is no fresh UUID4")
        self._ids.add(message_id)
        self._judge(subprotocol, action, payload, is_request=True)

    def _judge(self, subprotocol: str, action: str, payload: Payload, *, is_request: bool) -> None:
        found = _validator(subprotocol, action, is_request=is_request).iter_errors(payload)
        self.errors += [f"{action} {payload}: {error.message}" for error in found]

    async def _answer(
        self, socket: ServerConnection, message_id: str, action: str, payload: Payload, unanswered: set[str]
    ) -> None:
        decide = self.answers.get(action)
        answer = decide(payload) if decide else {}
        await asyncio.sleep(ANSWER_S)
        unanswered.discard(message_id)
        if answer is None:
            return
        frame = [4, message_id, answer["error"], "", {}] if "error" in answer else [3, message_id, answer]
        with suppress(ConnectionClosed):
            await socket.send(json.dumps(frame))

    def _conclude(self, subprotocol: str, frame: list[Any]) -> None:
        action, answer = self._awaited.pop(frame[1])
        if frame[0] == 4:
            answer.set_result(frame[2])
            return
        self._judge(subprotocol, action, frame[2], is_request=False)
        answer.set_result(frame[2])
