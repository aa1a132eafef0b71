"""Simulated charging stations: real WebSockets, real OCPP, made-up cars. Plain asyncio, without Django.

`await Station(StationSpec(…)).run()` runs one, `await Fleet(specs).run()` many in one event loop, and
`python -m csms.simulator fleet.json` the stations of a file.
"""

from csms.simulator.events import Event, Listener
from csms.simulator.fleet import Fleet
from csms.simulator.link import CannotConnect
from csms.simulator.spec import EvseSpec, StationSpec, read_fleet, write_fleet
from csms.simulator.station import Station

__all__ = [
    "CannotConnect",
    "Event",
    "EvseSpec",
    "Fleet",
    "Listener",
    "Station",
    "StationSpec",
    "read_fleet",
    "write_fleet",
]
