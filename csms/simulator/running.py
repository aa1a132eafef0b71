"""Runs a fleet as a program: until its time is over, or until Ctrl-C or SIGTERM."""

import asyncio
import signal
from contextlib import suppress

from csms.simulator.fleet import Fleet


def run(fleet: Fleet, *, duration_s: float | None = None, gives_up: bool = False) -> None:
    """Run a fleet in an event loop of its own; a signal disconnects the stations and returns.

    Raises: CannotConnect if `gives_up` and a station's first connection fails.
    """
    with suppress(asyncio.CancelledError):
        asyncio.run(_run(fleet, duration_s, gives_up=gives_up))


async def _run(fleet: Fleet, duration_s: float | None, *, gives_up: bool) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await fleet.run(duration_s=duration_s, gives_up=gives_up)
