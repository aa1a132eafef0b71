"""The load: stations that say their next word once the last one was answered, and the count of what they got.

Every answer is checked, by message id and by content. What is wrong, late or missing is an error, never a message.
"""

import asyncio
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks.scripts import Answer, Make, Script, Speaker, Step, boot_16, boot_201
from benchmarks.wire import Refused, Socket, upgrade

SUBPROTOCOLS = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1"}
BOOTS: dict[str, Make] = {"1.6": boot_16, "2.0.1": boot_201}
ANSWER_TIMEOUT_S = 15.0
AT_ONCE = 100  # handshakes under way


@dataclass(slots=True)
class Tally:
    """What was answered while the window was open."""

    is_open: bool = False
    answered: int = 0
    latencies_s: "array[float]" = field(default_factory=lambda: array("d"))
    errors: Counter[str] = field(default_factory=Counter)

    def right(self, latency_s: float) -> None:
        """Count an answer; outside of the window it is not counted."""
        if self.is_open:
            self.answered += 1
            self.latencies_s.append(latency_s)

    def wrong(self, reason: str) -> None:
        """Count an error, also outside of the window."""
        self.errors[reason] += 1


@dataclass(frozen=True, slots=True)
class Seat:
    """Where and as whom a station connects."""

    port: int
    path: str
    credentials: str
    token: str


class Station:
    """One station: a socket and the script that it follows."""

    def __init__(self, seat: Seat, version: str, tally: Tally, times: list[bytes]) -> None:
        self._seat, self._version, self._tally = seat, version, tally
        self._speaker = Speaker(seat.token, times)
        self._script: Script | None = None
        self._step: Step
        self._message_id, self._sent_at, self._number = "", 0.0, 0
        self._done: asyncio.Future[None]
        self._is_leaving = False
        self.socket: Socket
        self.on_call: Callable[[str, str, Answer], bytes] | None = None

    async def connect(self) -> None:
        """Open the socket and boot.

        Raises: Refused.
        """
        request = upgrade(
            f"127.0.0.1:{self._seat.port}",
            self._seat.path,
            SUBPROTOCOLS[self._version],
            self._seat.credentials,
        )
        loop = asyncio.get_running_loop()
        self.socket = Socket(request, SUBPROTOCOLS[self._version], self._take, self._lost)
        await loop.create_connection(lambda: self.socket, "127.0.0.1", self._seat.port)
        await self.socket.opened
        await self.follow(BOOTS[self._version])

    async def follow(self, make: Make, goes_on: Callable[[], bool] = bool) -> None:
        """Follow a script to its end."""
        self._done = asyncio.get_running_loop().create_future()
        self._script = make(self._speaker, goes_on)
        self._go(None)
        await self._done

    def give_up(self, reason: str) -> None:
        """End the script."""
        if self._script is not None:
            self._tally.wrong(reason)
            self._finish()

    def leave(self) -> None:
        """Hang up."""
        self._is_leaving = True
        self.socket.close()

    def _go(self, answer: Answer | None) -> None:
        assert self._script is not None
        try:
            self._step = self._script.send(answer)  # type: ignore[arg-type]
        except StopIteration:
            self._finish()
            return
        self._number += 1
        self._message_id = message_id = f"b{self._number:08d}"
        self._sent_at = time.perf_counter()
        self.socket.send(b'[2,"%b","%b",%b]' % (message_id.encode(), self._step.action, self._step.payload))

    def _finish(self) -> None:
        self._script = None
        if not self._done.done():
            self._done.set_result(None)

    def _take(self, text: bytes) -> None:
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            self._tally.wrong("no JSON")
            return
        if frame[0] == 2 and self.on_call:
            self.socket.send(self.on_call(*frame[1:]))
            return
        if self._script is None or frame[1] != self._message_id:
            self._tally.wrong("another message id")
            return
        self._judge(frame)

    def _judge(self, frame: list[Any]) -> None:
        latency_s = time.perf_counter() - self._sent_at
        defect = _defect(frame, self._step)
        if defect:
            self._tally.wrong(defect)
        else:
            self._tally.right(latency_s)
        self._go(frame[2] if frame[0] == 3 else {})

    def _lost(self) -> None:
        if not self._is_leaving:
            self._tally.wrong("connection lost")
            if self._script is not None:
                self._finish()


def _defect(frame: list[Any], step: Step) -> str | None:
    """What is wrong with an answer, or None."""
    if frame[0] != 3:
        return f"{step.action.decode()}: {frame[2] if frame[0] == 4 else 'no answer to a call'}"
    try:
        return None if step.is_right(frame[2]) else f"{step.action.decode()}: wrong content"
    except (KeyError, TypeError):
        return f"{step.action.decode()}: wrong content"


class Fleet:
    """Stations under load."""

    def __init__(self, seats: Sequence[Seat], version: str, times: list[bytes]) -> None:
        self.tally = Tally()
        self.stations = [Station(seat, version, self.tally, times) for seat in seats]
        self._is_over = False
        self._work: list[asyncio.Task[None]] = []

    async def connect(self) -> float:
        """Connect and boot all. Returns: the seconds that it took.

        Raises: Refused.
        """
        started, gate = time.perf_counter(), asyncio.Semaphore(AT_ONCE)

        async def connect(station: Station) -> None:
            async with gate:
                await asyncio.wait_for(station.connect(), ANSWER_TIMEOUT_S)

        await asyncio.gather(*map(connect, self.stations))
        return time.perf_counter() - started

    def begin(self, make: Make) -> None:
        """Let every station follow its script until `end`."""
        self._work = [asyncio.create_task(station.follow(make, self._goes_on)) for station in self.stations]

    def open_window(self) -> None:
        """Count from now on."""
        self.tally.is_open = True

    def close_window(self) -> None:
        """Count no more answers."""
        self.tally.is_open = False

    async def end(self) -> None:
        """Let the stations come to their ends; who waits too long for an answer is an error."""
        self._is_over = True
        _, late = await asyncio.wait(self._work, timeout=ANSWER_TIMEOUT_S) if self._work else ((), ())
        if late:
            for station in self.stations:
                station.give_up("no answer")
            await asyncio.wait(late)

    def leave(self) -> None:
        """Hang up, all."""
        for station in self.stations:
            station.leave()

    def _goes_on(self) -> bool:
        return not self._is_over


__all__ = ["Fleet", "Refused", "Seat", "Station", "Tally"]
