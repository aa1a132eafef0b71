"""The socket of one station. It takes one frame at a time, in order, and never waits for the station's own answer while it reads.

A Channels consumer with its own receive loop: the stock loop hops through one thread for every message, and one slow query would stall every charger
of the process. Charger sockets carry no channel layer.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from channels.consumer import AsyncConsumer

from chargers.deviations import Deviated
from chargers.presence import Seen
from csms.ocpp import dispatch, frames, handshake, quirks
from csms.ocpp.connection import Connection
from csms.ocpp.dispatch import Answer, Outgoing
from csms.ocpp.frames import Call, CallError, CallResult, Frame, Ignored, Refused
from csms.ocpp.handshake import Refusal, Request
from csms.ocpp.recorder import NotStored
from csms.ocpp.stray import StrayHandshake

if TYPE_CHECKING:
    from csms.bus import Gateway

logger = logging.getLogger(__name__)
SEEN_EVERY_S = 10.0  # how exact `last_seen` is
MOST_BAD_FRAMES = 10  # per minute, then the socket is closed
BOOT_WAIT_S = 3.0  # how long a station may talk before it is asked who it is
SETTLING_S = 2.0  # commands that waited are held back this long after a connect (T-59, Q35)
CLOSE_REPLACED, CLOSE_BINARY, CLOSE_BAD_FRAMES, CLOSE_GONE = 4001, 1003, 1002, 1008

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class OpenCall:
    """A CALL of ours that is under way."""

    __slots__ = ("answer", "message_id", "settled")

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        self.answer: asyncio.Future[CallResult | CallError] = asyncio.get_running_loop().create_future()
        self.settled = asyncio.Event()

    async def answered(self, timeout_s: float) -> CallResult | CallError | None:
        """The station's answer, or None when it did not come in time."""
        try:
            return await asyncio.wait_for(self.answer, timeout_s)
        except TimeoutError:
            return None


class OcppConsumer(AsyncConsumer):
    """One socket: the handshake, then frames until it closes."""

    __slots__ = (
        "_bad_frames",
        "_delivery",
        "_has_asked_for_boot",
        "_pending",
        "_seen_at",
        "_send",
        "_wants_delivery",
        "connection",
        "gateway",
    )

    def __init__(self, gateway: "Gateway") -> None:
        self.gateway = gateway
        self.connection: Connection | None = None
        self._pending: OpenCall | None = None
        self._delivery: asyncio.Task[None] | None = None
        self._wants_delivery = False
        self._seen_at = 0.0
        self._bad_frames: list[float] | None = None
        self._has_asked_for_boot = False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """The life of the socket."""
        self._send = send
        await receive()  # websocket.connect
        request = Request.of(scope)
        outcome = await handshake.admit(request, self.gateway.id, self.gateway.pool)
        if isinstance(outcome, Refusal):
            await self._refuse(outcome, request)
            return
        self.connection = outcome.connection
        await self.gateway.arrived(self, outcome.previous_gateway)
        try:
            await send({"type": "websocket.accept", "subprotocol": outcome.subprotocol})
            if outcome.rules:
                await self._store(Deviated(self.connection.station_id, outcome.rules, ""))
            self._settle()
            await self._read(receive)
        finally:
            await self._end()

    async def close(self, code: int) -> None:
        """Close the socket from our side; harmless when it is closed already."""
        try:
            await self._send({"type": "websocket.close", "code": code})
        except Exception as error:  # noqa: BLE001 - the server's own word for "already closed" differs
            logger.debug("A socket was closed already: %s", error)

    def ring(self) -> None:
        """There may be a command for this station. Called by the bus; returns at once."""
        self._wants_delivery = True
        if self._delivery is None or self._delivery.done():
            self._delivery = self.gateway.start(self._deliver())

    # --- refusing

    async def _refuse(self, refusal: Refusal, request: Request) -> None:
        record = (
            refusal.record(request)
            if refusal.tenant
            else StrayHandshake(
                request.raw_path.decode("latin-1").split("/")[1], refusal.identity, request.remote_address
            )
        )
        try:
            await asyncio.wait_for(self.gateway.recorder.store(refusal.tenant, (record,)), timeout=3)
        except (NotStored, TimeoutError):
            logger.warning("A refused handshake could not be counted: %s", refusal.reason)
        if handshake.completes_without_subprotocol(refusal):
            await self._send({"type": "websocket.accept"})
            await self.close(CLOSE_BAD_FRAMES)
            return
        start = {
            "type": "websocket.http.response.start",
            "status": refusal.http_status,
            "headers": refusal.headers,
        }
        await self._send(start)
        await self._send({"type": "websocket.http.response.body", "body": refusal.reason.encode() + b"\n"})

    # --- reading

    async def _read(self, receive: Receive) -> None:
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text")
            if text is None:
                self.gateway.start(
                    self._store(
                        dispatch.ignored(self._own, "A binary frame.", repr(event.get("bytes"))[:2000])
                    )
                )
                await self.close(CLOSE_BINARY)
                return
            if not await self._take(text):
                return

    async def _take(self, text: str) -> bool:
        """Act on one frame. Returns: whether to go on reading."""
        connection = self._own
        frame: Frame = frames.parse(text, connection.version.name)
        rules: tuple[str, ...] = ()
        if isinstance(frame, Refused) and connection.quirks.has_odd_texts:
            repaired, rules = quirks.reread(text, connection.version.name, connection.quirks)
            frame = repaired or frame
        if isinstance(frame, Call):
            await self._answer(frame, text, rules)
        elif isinstance(frame, CallResult | CallError):
            await self._take_answer(frame, text)
        elif isinstance(frame, Refused):
            await self._say(dispatch.unreadable(connection, frame, text))
            return not await self._counts_as_flood(is_bad=frame.message_id == "-1")
        elif not text.strip():  # Q40: some keep the connection alive with empty texts
            await self._store(Deviated(connection.station_id, ("Q40",), ""))
        else:
            reason = (
                frame.reason if isinstance(frame, Ignored) else f"{type(frame).__name__} is not handled yet."
            )
            await self._store(dispatch.ignored(connection, reason, text))
            return not await self._counts_as_flood(is_bad=isinstance(frame, Ignored))
        return True

    async def _answer(self, call: Call, text: str, text_rules: tuple[str, ...]) -> None:
        """Handle a CALL and answer it, once what it reports is durable."""
        started = time.perf_counter()
        connection = self._own
        try:
            handler, rules = dispatch.find_handler(connection, call)
            if handler.is_recording(call.payload):
                reply = handler(connection, call.payload)
            else:
                reply = await self.gateway.in_thread(dispatch.decide, connection, handler, call.payload)
            answer = dispatch.answered(connection, call, text, reply, started, text_rules + rules)
        except Exception as error:  # noqa: BLE001 - a bug is logged in `refused`, and its station gets an answer
            answer = dispatch.refused(connection, call, text, error, started)
            self._ask_for_boot_later()
        try:
            await self._say(answer)
        except NotStored as error:
            await self._say(dispatch.refused(connection, call, text, error, started))
        was_accepted, self.connection = connection.is_accepted, answer.connection
        if self._own.is_accepted and not was_accepted:
            self.ring()

    async def _say(self, answer: Answer) -> None:
        """Store, then send. A CALLERROR goes out even when it cannot be stored: there is nothing to lose."""
        connection = self._own
        records = answer.records + self._seen()
        try:
            await self.gateway.recorder.store(connection.tenant, records)
        except NotStored:
            if not answer.text.startswith("[4"):
                raise
        await self._send({"type": "websocket.send", "text": answer.text})
        self.gateway.changed(connection)

    async def _store(self, *records: Any) -> None:
        try:
            await self.gateway.recorder.store(self._own.tenant, records)
        except NotStored as error:
            logger.error("A frame for the quarantine could not be stored: %s", error)

    def _seen(self) -> tuple[Seen, ...]:
        now = time.monotonic()
        if now - self._seen_at < SEEN_EVERY_S:
            return ()
        self._seen_at = now
        return (Seen(self._own.station_id, datetime.now(UTC)),)

    async def _counts_as_flood(self, *, is_bad: bool) -> bool:
        """Close the socket of a station that sends nothing but frames without sense."""
        if not is_bad:
            return False
        now = time.monotonic()
        self._bad_frames = [at for at in self._bad_frames or () if now - at < 60] + [now]
        if len(self._bad_frames) <= MOST_BAD_FRAMES:
            return False
        await self.close(CLOSE_BAD_FRAMES)
        return True

    def _ask_for_boot_later(self) -> None:
        """A station that is not accepted and does not boot by itself is asked to, once per connection (Q34)."""
        if not self._own.is_accepted and not self._has_asked_for_boot:
            self._has_asked_for_boot = True
            asyncio.get_running_loop().call_later(BOOT_WAIT_S, self._ask_for_boot)

    def _ask_for_boot(self) -> None:
        if self.connection is not None and not self.connection.is_accepted:
            self.gateway.start(self.gateway.in_thread(dispatch.ask_for_boot, self.connection))

    # --- commands

    def _settle(self) -> None:
        if self._own.is_accepted:
            asyncio.get_running_loop().call_later(SETTLING_S, self._ring_if_open)

    def _ring_if_open(self) -> None:
        if self.connection is not None:
            self.ring()

    async def _deliver(self) -> None:
        """Send what is queued, one command at a time."""
        while self._wants_delivery and self.connection is not None:
            self._wants_delivery = False
            sent = 0
            while outgoing := await self.gateway.in_thread(dispatch.next_command, self._own):
                await self._call(outgoing)
                sent += 1
            if not sent and not await self._may_stay():
                return

    async def _may_stay(self) -> bool:
        """A bell without a command: perhaps the station was blocked or deleted, or connected elsewhere."""
        standing = await self.gateway.standing(self._own)
        if not standing.may_stay:
            await self.close(CLOSE_GONE if standing.is_newest else CLOSE_REPLACED)
        return standing.may_stay

    async def _call(self, outgoing: Outgoing) -> None:
        """Send one command and give it its final state."""
        connection, started = self._own, time.perf_counter()
        call = self._pending = OpenCall(outgoing.message_id)
        try:
            await self._send({"type": "websocket.send", "text": outgoing.text})
            frame = await call.answered(outgoing.timeout_s)
            await self.gateway.in_thread(dispatch.finish, connection, outgoing, frame, started)
        finally:
            self._pending = None
            call.settled.set()
        self.gateway.changed(connection)

    async def _take_answer(self, frame: CallResult | CallError, text: str) -> None:
        """Hand an answer to whoever waits for it. What the station reports next is read once the answer is stored: its order holds."""
        pending = self._pending
        if pending and pending.message_id == frame.message_id and not pending.answer.done():
            pending.answer.set_result(frame)
            await pending.settled.wait()
            return
        if not await self.gateway.in_thread(dispatch.late_answer, self._own, frame):
            await self._store(dispatch.ignored(self._own, "An answer to no open call.", text))

    # --- the end

    @property
    def _own(self) -> Connection:
        assert self.connection is not None
        return self.connection

    async def _end(self) -> None:
        connection, self.connection = self._own, None
        if self._delivery is not None:
            self._delivery.cancel()
        await self.gateway.left(self, connection)
