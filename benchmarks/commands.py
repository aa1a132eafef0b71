"""The round trip of a command: a program asks the API and waits, the gateway calls the station, the station answers, the program is answered."""

import asyncio
import time

import orjson

from benchmarks import scripts
from benchmarks.cpu import Meter
from benchmarks.installation import Installation, Tenant
from benchmarks.load import Fleet, Tally
from benchmarks.results import Result
from benchmarks.scripts import Answer

SETTLED_S = 3.0  # commands are held back for a moment after a connect
WARM_UP = 20
PAUSE_S = 0.01  # of a program that does something with the answer
BODY = b'{"action":"ChangeAvailability","payload":{"operationalStatus":"Operative"},"wait":15}'


class Program:
    """A client of the API on one connection that is kept."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tenant: Tenant, identity: str
    ) -> None:
        self._reader, self._writer = reader, writer
        self._request = (
            f"POST /t/{tenant.slug}/api/v1/stations/{identity}/commands/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {tenant.api_key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n"
        ).encode() + BODY

    async def ask(self) -> tuple[int, Answer]:
        """Send the command and wait. Returns: the status and the body."""
        self._writer.write(self._request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        lines = (line.partition(":") for line in head.split("\r\n")[1:])
        headers = {name.lower(): value.strip() for name, _, value in lines}
        body = await self._body(headers)
        try:
            return status, orjson.loads(body)
        except orjson.JSONDecodeError:
            return status, {}

    async def _body(self, headers: dict[str, str]) -> bytes:
        if "content-length" in headers:
            return await self._reader.readexactly(int(headers["content-length"]))
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return body


async def round_trips(
    result: Result, where: Installation, meter: Meter, gateway_port: int, web_port: int, seconds: float
) -> None:
    """Ask again and again, one command at a time."""
    seats = where.seats(1, (gateway_port,))
    fleet = Fleet(seats, "1.6", scripts.times(1))
    fleet.stations[0].on_call = _obey
    await fleet.connect()
    await asyncio.sleep(SETTLED_S)
    tenant = where.tenants[0]
    reader, writer = await asyncio.open_connection("127.0.0.1", web_port)
    program = Program(reader, writer, tenant, next(iter(tenant.stations)))
    for _ in range(WARM_UP):
        await _ask(program, fleet.tally)
    fleet.open_window()
    start = meter.read()
    while time.perf_counter() - start.at < seconds:
        await _ask(program, fleet.tally)
        await asyncio.sleep(PAUSE_S)
    result.spend(start.until(meter.read()))
    writer.close()
    fleet.leave()
    result.count(fleet.tally)


async def _ask(program: Program, tally: Tally) -> None:
    started = time.perf_counter()
    status, body = await program.ask()
    if status == 200 and body.get("status") == "accepted" and body.get("response") == {"status": "Accepted"}:
        tally.right(time.perf_counter() - started)
    else:
        tally.wrong(f"{status} {body.get('status', '')}")


def _obey(message_id: str, action: str, payload: Answer) -> bytes:
    """The station's answer to a command."""
    if action != "ChangeAvailability" or payload.get("type") != "Operative":
        return orjson.dumps([4, message_id, "NotSupported", action, {}])
    return orjson.dumps([3, message_id, {"status": "Accepted"}])
