"""What is measured. Each scenario starts the servers that it needs, and ends them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from benchmarks import installation as installations
from benchmarks import processes, scripts
from benchmarks.commands import round_trips
from benchmarks.cpu import Meter, resident_bytes
from benchmarks.installation import Installation
from benchmarks.load import Fleet
from benchmarks.processes import Server
from benchmarks.results import Result
from benchmarks.scripts import Make

WARM_UP_S: Final = 1.5
SETTLED_S: Final = 3.0
CSMS, R1, R2 = "csms", "R1", "R2"


@dataclass(frozen=True, slots=True)
class Options:
    """How it is measured."""

    seconds: float = 6.0
    stations: int = 100
    idle: int = 2000
    gateways: int = 1
    are_references_run: bool = True


Scenario = Callable[[Installation, Options], Awaitable[list[Result]]]


def command_line(name: str, where: Installation) -> list[str]:
    """How a server is started."""
    if name == CSMS:
        return ["manage.py", "serve", "gateway"]
    return ["-m", "benchmarks.reference", *(["--database", where.database_url] if name == R2 else [])]


@asynccontextmanager
async def running(name: str, where: Installation, count: int = 1) -> AsyncIterator[list[Server]]:
    """Servers of one kind."""
    async with AsyncExitStack() as stack:
        command, log = command_line(name, where), where.directory / f"{name}.log"
        yield [
            await stack.enter_async_context(processes.server(command, where.environment, log))
            for _ in range(count)
        ]


async def flat_out(
    scenario: str, version: str, make: Make, names: Sequence[str], where: Installation, options: Options
) -> list[Result]:
    """Stations that say their next word as soon as the last one is answered, against each server in turn."""
    return [
        await _flat_out(Result(scenario, name, options.stations), version, make, where, options)
        for name in names
        if name == CSMS or options.are_references_run
    ]


async def _flat_out(
    result: Result, version: str, make: Make, where: Installation, options: Options
) -> Result:
    count = options.gateways if result.server == CSMS else 1
    async with running(result.server, where, count) as servers:
        ports = tuple(server.port for server in servers)
        fleet = Fleet(where.seats(options.stations, ports), version, scripts.times())
        meter = Meter(tuple(server.pid for server in servers), where.postgres, where.valkey)
        await fleet.connect()
        fleet.begin(make)
        await asyncio.sleep(WARM_UP_S)
        await _window(result, fleet, meter, where, options.seconds)
        await fleet.end()
        fleet.leave()
        result.count(fleet.tally)
    return result


async def _window(result: Result, fleet: Fleet, meter: Meter, where: Installation, seconds: float) -> None:
    before = await asyncio.to_thread(installations.statistics, where.database_url)
    start = meter.read()
    fleet.open_window()
    await asyncio.sleep(seconds)
    fleet.close_window()
    result.spend(start.until(meter.read()))
    after = await asyncio.to_thread(installations.statistics, where.database_url)
    result.commits = after["commits"] - before["commits"]
    result.wal_bytes = after["wal_bytes"] - before["wal_bytes"]


async def heartbeats(where: Installation, options: Options) -> list[Result]:
    """Heartbeats: the cost of a message that brings nothing."""
    return await flat_out("heartbeats", "1.6", scripts.heartbeats, (CSMS, R1), where, options)


async def sessions_16(where: Installation, options: Options) -> list[Result]:
    """Full sessions of OCPP 1.6: Authorize, StartTransaction, 10 MeterValues, StopTransaction."""
    return await flat_out("sessions-1.6", "1.6", scripts.sessions_16, (CSMS, R1, R2), where, options)


async def sessions_201(where: Installation, options: Options) -> list[Result]:
    """Full sessions of OCPP 2.0.1: Authorize, Started, 10 Updated, Ended."""
    return await flat_out("sessions-2.0.1", "2.0.1", scripts.sessions_201, (CSMS, R1, R2), where, options)


async def meter_values(where: Installation, options: Options) -> list[Result]:
    """MeterValues with four samples within a transaction."""
    return await flat_out("meter-values", "1.6", scripts.meter_values_16, (CSMS, R1, R2), where, options)


async def idle(where: Installation, options: Options) -> list[Result]:
    """Authenticated stations that say nothing: what each costs in memory."""
    result = Result("idle", CSMS, options.idle)
    async with running(CSMS, where) as (gateway,):
        meter = Meter((gateway.pid,), where.postgres, where.valkey)
        seats, times = where.seats(options.idle + options.stations, (gateway.port,)), scripts.times(1)
        first, rest = (
            Fleet(seats[: options.stations], "1.6", times),
            Fleet(seats[options.stations :], "1.6", times),
        )
        await first.connect()  # what is needed once is needed now
        await asyncio.sleep(SETTLED_S)
        before = resident_bytes(gateway.pid)
        start = meter.read()
        result.notes["s to connect and boot"] = await rest.connect()
        used = start.until(meter.read())
        result.notes["CPU ms each"] = 1000 * (used.server + used.postgres) / options.idle
        await asyncio.sleep(SETTLED_S)
        result.notes["KiB each"] = (resident_bytes(gateway.pid) - before) / 1024 / options.idle
        start = meter.read()
        await asyncio.sleep(min(options.seconds, 5))
        used = start.until(meter.read())
        result.spend(used)
        result.notes["% CPU idle"] = 100 * used.server / used.at
        first.leave()
        rest.leave()
        result.errors = dict(first.tally.errors + rest.tally.errors)
    return [result]


async def commands(where: Installation, options: Options) -> list[Result]:
    """A command from the API (Daphne, a process of its own) through the gateway to the station and back."""
    result = Result("commands", CSMS, 1)
    log = where.directory / "web.log"
    async with (
        running(CSMS, where) as (gateway,),
        processes.server(["manage.py", "serve", "web"], where.environment, log) as web,
    ):
        meter = Meter((gateway.pid, web.pid), where.postgres, where.valkey)
        await round_trips(result, where, meter, gateway.port, web.port, options.seconds)
        result.notes["CPU ms each"] = (
            1000 * (result.cpu_server_s + result.cpu_postgres_s) / max(result.answered, 1)
        )
    return [result]


ALL: Final[dict[str, Scenario]] = {
    "heartbeats": heartbeats,
    "sessions-1.6": sessions_16,
    "sessions-2.0.1": sessions_201,
    "meter-values": meter_values,
    "idle": idle,
    "commands": commands,
}
