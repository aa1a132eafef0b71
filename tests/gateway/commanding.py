"""What tests of commands share: a row that another process queued, and the way to its final state."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from asgiref.sync import sync_to_async

from chargers import commands
from chargers.models import ChargingStation, Command
from tenants import context
from tests.gateway.station import Station

Result = TypeVar("Result")


async def in_acme(act: Callable[[], Result]) -> Result:
    """Do something as a web process does it, in the tenant acme."""

    def inside() -> Result:
        with context.tenant("acme"):
            return act()

    return await sync_to_async(inside)()


async def ordered(action: str, payload: dict[str, Any], **options: Any) -> Command:
    """A command that was queued for the only station."""
    return await in_acme(lambda: commands.queue(ChargingStation.objects.get(), action, payload, **options))


async def finished(command: Command, seconds: float = 10) -> Command:
    """The command in its final state."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        row = await in_acme(lambda: Command.objects.get(pk=command.pk))
        if row.is_final:
            return row
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {row.status}")


async def until(that: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a statement about rows of acme."""
    deadline = time.monotonic() + seconds
    while not await in_acme(that):
        assert time.monotonic() < deadline, "it did not become true"
        await asyncio.sleep(0.02)


async def served(one: Station, action: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Answer the next command, which must be this one. Returns: its payload."""
    frame = await one.next_command()
    assert frame[2] == action, frame
    await one.answer(frame, answer)
    payload: dict[str, Any] = frame[3]
    return payload
