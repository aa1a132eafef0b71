"""Keeps a station connected: connects with a growing pause, registers, beats, and delivers the outbox."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from csms.simulator.link import (
    CallFailed,
    CannotConnect,
    Disconnected,
    Endpoint,
    Link,
    LinkError,
    NoAnswer,
    Payload,
    open_socket,
)
from csms.simulator.outbox import Message, Outbox
from csms.simulator.wire import Registration, csms_time, registration

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from csms.simulator.station import Station

MOST_DOUBLINGS = 5
PATIENCE_S = 60
SELDOM_S = 86_400
"""A station without an interval still beats once a day, for the time (T-32)."""


class Uplink:
    """The station's side of the connection. `is_accepted` survives reconnects, a reboot ends it."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.outbox = Outbox()
        self.is_accepted = False
        self.boot_reason = "PowerUp"
        self.ready = asyncio.Event()
        self.wanted = asyncio.Event()
        self.wanted.set()
        self.boot_now = asyncio.Event()
        self.interval_changed = asyncio.Event()
        self._link: Link | None = None
        self._failures = 0

    @property
    def is_connected(self) -> bool:
        """Say whether a socket is open."""
        return self._link is not None

    async def run(self, *, gives_up: bool) -> None:
        """Stay connected for ever.

        Raises: CannotConnect if `gives_up` and the first connection fails.
        """
        while True:
            await self.wanted.wait()
            try:
                socket = await open_socket(self._endpoint(), self.station.spec.call_timeout_s)
            except CannotConnect as error:
                self.station.tell("refused", str(error))
                if gives_up:
                    raise
            else:
                gives_up = False
                await self._use(socket)
            await self._pause()

    async def call(self, action: str, payload: Payload) -> Payload:
        """Send a CALL at once and return its answer.

        Raises: Disconnected, NoAnswer, CallFailed.
        """
        if self._link is None:
            raise Disconnected(f"{action} was not sent: the station is offline")
        return await self._link.call(action, payload, self.station.spec.call_timeout_s)

    async def deliver(self) -> None:
        """Send what is in the outbox, in order, for ever."""
        while True:
            message = await self.outbox.head()
            await self.ready.wait()
            try:
                answer = await self.call(message.action, message.build())
            except Disconnected:
                self.ready.clear()
            except (NoAnswer, CallFailed) as error:
                await self._try_again(message, error)
            else:
                self.outbox.remove(message)
                message.on_answer(answer)

    async def close(self) -> None:
        """Close the connection in an orderly way, if there is one."""
        if self._link is not None:
            await self._link.close()

    def cut(self) -> None:
        """Lose the connection without a word."""
        if self._link is not None:
            self._link.cut()

    async def restart(self, reason: str) -> None:
        """Go down and come up again; the CSMS then hears a BootNotification with this reason."""
        self.is_accepted, self.boot_reason = False, reason
        self.wanted.clear()
        await self.close()
        await self.station.clock.sleep(self.station.spec.boot_s)
        self.wanted.set()

    def _endpoint(self) -> Endpoint:
        spec, settings = self.station.spec, self.station.settings
        password = settings.password.encode(errors="surrogateescape") if spec.password is not None else None
        subprotocol = self.station.wire.subprotocol
        return Endpoint(spec.url, spec.identity, password, subprotocol, settings.websocket_ping_interval_s)

    async def _use(self, socket: ClientConnection) -> None:
        self.station.tell("connected", f"connected to {self.station.spec.url}, {socket.subprotocol}")
        self._link = Link(socket, self.station.serve, self.station.spawn)
        listening = asyncio.create_task(self._link.listen())
        working = asyncio.create_task(self._work())
        try:
            await asyncio.wait({listening, working}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._link = None
            self.ready.clear()
            working.cancel()
            await socket.close()
        # Not `await working`: a cancellation of this task must not be mistaken for the one of `working`.
        ending, failure = await asyncio.gather(listening, working, return_exceptions=True)
        if isinstance(failure, Exception) and not isinstance(failure, LinkError):
            raise failure
        self.station.tell("disconnected", f"disconnected, {ending}")

    async def _work(self) -> None:
        if not self.is_accepted:
            await self._register()
        self._failures = 0
        self.outbox.forget_transient()
        self.ready.set()
        self.station.announce_after_connect()
        while True:
            await self._wait_for_beat()
            await self._beat()

    async def _register(self) -> None:
        """Ask to be let in until the CSMS accepts, at the pace that it gives (S16-01, S2-01)."""
        while True:
            self.boot_now.clear()
            answer = await self._boot()
            self.station.take_time(answer.csms_time)
            if answer.status == "Accepted":
                break
            wait_s = answer.interval_s or PATIENCE_S
            self.station.tell("waiting", f"boot answered {answer.status}, next attempt in {wait_s} s")
            await self.station.clock.wait(self.boot_now, wait_s)
        self.is_accepted = True
        if answer.interval_s > 0:
            self.station.settings.heartbeat_interval_s = answer.interval_s
        self.station.forget_reported()
        self.station.tell("accepted", f"boot accepted, heartbeat every {answer.interval_s} s")

    async def _boot(self) -> Registration:
        try:
            return registration(await self.call(*self.station.wire.boot(self.boot_reason)))
        except (NoAnswer, CallFailed) as error:
            return Registration(f"nothing usable ({error})", PATIENCE_S, None)

    async def _wait_for_beat(self) -> None:
        """Wait one interval; a changed interval counts from its change."""
        while True:
            self.interval_changed.clear()
            interval_s = self.station.settings.heartbeat_interval_s or SELDOM_S
            if not await self.station.clock.wait(self.interval_changed, interval_s):
                return

    async def _beat(self) -> None:
        with suppress(NoAnswer, CallFailed):
            self.station.take_time(csms_time(await self.call("Heartbeat", {})))

    async def _try_again(self, message: Message, error: LinkError) -> None:
        message.attempts += 1
        settings = self.station.settings
        if not message.is_kept_offline or message.attempts >= settings.message_attempts:
            self.station.tell("lost", f"gave up: {error}")
            self.outbox.remove(message)
            return
        self.station.tell("retry", str(error))
        await self.station.clock.sleep(settings.message_retry_interval_s * message.attempts)

    async def _pause(self) -> None:
        """Wait before the next attempt: doubling, with jitter, in seconds of the wall."""
        if not self.wanted.is_set():
            return
        base_s = self.station.spec.retry_wait_s * 2 ** min(self._failures, MOST_DOUBLINGS)
        self._failures += 1
        await asyncio.sleep(base_s * (0.5 + self.station.rng.random()))
