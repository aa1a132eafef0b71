"""Many stations in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from csms.simulator.events import Listener
from csms.simulator.link import CannotConnect
from csms.simulator.spec import StationSpec
from csms.simulator.station import Station

STAGGER_S = 0.02
"""The wall's seconds between two stations' first connections: a fleet is not a storm."""


class Fleet:
    """Stations that run together; one that breaks does not disturb the others."""

    def __init__(self, specs: Iterable[StationSpec], listener: Listener | None = None) -> None:
        self.stations = [Station(spec, listener) for spec in specs]

    def station(self, identity: str) -> Station:
        """Find a station.

        Raises: KeyError.
        """
        return {station.identity: station for station in self.stations}[identity]

    async def run(self, *, duration_s: float | None = None, gives_up: bool = False) -> None:
        """Run all stations, for some seconds of the wall or until cancelled.

        Raises: CannotConnect if `gives_up` and a station's first connection fails.
        """
        try:
            async with asyncio.timeout(duration_s), asyncio.TaskGroup() as tasks:
                for index, station in enumerate(self.stations):
                    tasks.create_task(_run_later(station, index * STAGGER_S, gives_up=gives_up))
        except TimeoutError:
            return
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    def summary(self) -> dict[str, Any]:
        """Return what the stations did, for `--json`."""
        return {"stations": [_summary(station) for station in self.stations]}


async def _run_later(station: Station, seconds: float, *, gives_up: bool) -> None:
    await asyncio.sleep(seconds)
    try:
        await station.run(gives_up=gives_up and station.scenario.is_let_in)
    except CannotConnect:
        raise
    except Exception as error:  # noqa: BLE001  a defect of one station must not end the others
        station.tell("broken", f"broken: {error!r}")


def _summary(station: Station) -> dict[str, Any]:
    energies = (each.meter_stop_wh - each.meter_start_wh for each in station.completed if each.meter_stop_wh)
    return {
        "identity": station.identity,
        "version": station.spec.version,
        "scenario": station.spec.scenario,
        "accepted": station.is_accepted,
        "transactions": len(station.completed) + len(station.transactions),
        "running": len(station.transactions),
        "energy_wh": str(sum(energies, Decimal(0))),
    }
