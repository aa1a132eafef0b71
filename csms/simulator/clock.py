"""The station's own clock: simulated time that runs `speed` times as fast as the wall's."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

MOST_AHEAD = timedelta(hours=20)
"""A CSMS takes a clock that is a day ahead for an unset one; before that the station takes the CSMS's time."""


class Clock:
    """Simulated time: it starts at the wall's time and runs faster by the factor `speed`."""

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError("the speed must be greater than 0")
        self.speed = speed
        self.set(datetime.now(UTC))

    def set(self, moment: datetime) -> None:
        """Make `moment` the present."""
        self._origin, self._read_at = moment, time.monotonic()

    def synchronise(self, csms_time: datetime) -> None:
        """Take the time of the CSMS over, unless this clock is only ahead because it runs fast.

        Source: S16-07 (stations set their clock from BootNotification and Heartbeat answers).
        """
        is_just_fast = self.speed > 1 and timedelta(0) <= self.now() - csms_time <= MOST_AHEAD
        if not is_just_fast:
            self.set(csms_time)

    def now(self) -> datetime:
        """Return the present in simulated time, aware, UTC."""
        return self._origin + timedelta(seconds=(time.monotonic() - self._read_at) * self.speed)

    async def sleep(self, seconds: float) -> None:
        """Sleep for simulated seconds."""
        await asyncio.sleep(seconds / self.speed)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for the event, at most for these simulated seconds; say whether it came."""
        try:
            async with asyncio.timeout(seconds / self.speed):
                await event.wait()
        except TimeoutError:
            return False
        return True


def timestamp(moment: datetime) -> str:
    """Write a moment as the wire wants it: RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read a timestamp of the CSMS; one without a zone is UTC.

    Raises: ValueError when it is none.
    """
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
