"""A judge, and stations that run while a test does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest_asyncio

from csms.simulator import Station, StationSpec
from tests.simulator.judge import Judge

Run = Callable[..., Awaitable[Station]]
SPEED = 300


@pytest_asyncio.fixture
async def judge() -> AsyncIterator[Judge]:
    """A CSMS that validates; whatever it disapproved of fails the test at its end."""
    judge = Judge()
    server = await judge.listen()
    yield judge
    server.close()
    await server.wait_closed()
    assert judge.errors == []


@pytest_asyncio.fixture
async def run(judge: Judge) -> AsyncIterator[Run]:
    """Run a station and wait until it is accepted, unless told not to."""
    tasks: list[asyncio.Task[None]] = []

    async def start(version: str, *, is_accepted: bool = True, **values: Any) -> Station:
        fast: dict[str, Any] = {"speed": SPEED, "retry_wait_s": 0.02, "call_timeout_s": 0.2}
        given = {"identity": "S-1", "url": judge.url, "version": version} | fast | values
        station = Station(StationSpec(**given))
        tasks.append(asyncio.create_task(station.run()))
        if is_accepted:
            await station.until(lambda each: each.is_accepted, 5)
            await station.uplink.outbox.emptied()
        return station

    yield start
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
