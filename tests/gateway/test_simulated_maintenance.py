"""The simulated station and the product together: firmware from the first byte to the confirmed boot, diagnostics to the file."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import sync_to_async

from chargers import firmware, logs
from chargers.models import ChargingStation, FirmwareUpdate, LogRequest
from csms.simulator import Station, StationSpec
from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station
from tests.gateway.station import PASSWORD


def inside(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call a verb in the tenant."""
    with context.tenant("acme"):
        return function(*arguments, **options)


async def ended(job: FirmwareUpdate | LogRequest, seconds: float = 20) -> Any:
    """The job once it has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        row = await sync_to_async(inside)(type(job).objects.get, pk=job.pk)
        if row.is_final:
            return row
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {row.state}: {row.history}")


def play(gateway: GatewayProcess, scene: Callable[[Station, str], Awaitable[None]]) -> None:
    """Let a scene happen beside a running simulated station."""
    add_station("acme", "S-1")
    spec = StationSpec(
        identity="S-1", url=f"{gateway.base}/acme/ocpp", password=PASSWORD, speed=100, retry_wait_s=0.05
    )

    async def run() -> None:
        station = Station(spec)
        task = asyncio.create_task(station.run())
        try:
            await station.until(lambda each: each.is_accepted, 10)
            await scene(station, gateway.base.replace("ws://", "http://") + "/t/acme")
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    asyncio.run(run())


def test_a_simulated_station_installs_an_image_of_ours(gateway: GatewayProcess) -> None:
    async def scene(station: Station, base: str) -> None:
        def order() -> FirmwareUpdate:
            image = firmware.add_image(iter([b"2.0.0\n", b"firmware"]), file_name="s.bin", version="2.0.0")
            return firmware.request_update(ChargingStation.objects.get(), image, base=base)

        update = await ended(await sync_to_async(inside)(order))
        states = [entry["state"] for entry in update.history]
        assert [state for state in states if state != "Accepted"][:3] == [
            "Requested",
            "Downloading",
            "Downloaded",
        ]
        assert states[-1] == "Installed"
        assert update.fetched_at is not None
        await station.until(lambda each: each.is_accepted, 10)

    play(gateway, scene)

    assert inside(ChargingStation.objects.get).firmware_version == "2.0.0"
    assert inside(FirmwareUpdate.objects.get).version_after == "2.0.0"


def test_a_simulated_station_delivers_diagnostics_and_security_log(gateway: GatewayProcess) -> None:
    async def scene(station: Station, base: str) -> None:
        def order(log_type: str) -> LogRequest:
            return logs.request(ChargingStation.objects.get(), log_type=log_type, base=base)

        for log_type in ("DiagnosticsLog", "SecurityLog"):
            job = await ended(await sync_to_async(inside)(order, log_type))
            assert (job.state, job.file_name) == ("Uploaded", f"S-1-{_name(log_type)}.log")
            path = await sync_to_async(inside)(logs.path_of, job)
            assert b"boot accepted" in path.read_bytes()

    play(gateway, scene)


def _name(log_type: str) -> str:
    return "diagnostics" if log_type == "DiagnosticsLog" else log_type.lower()
