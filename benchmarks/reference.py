"""Bare reference servers: what the same messages cost with the public `ocpp` package on `websockets`, and next to nothing else.

R1 validates with the package's own validation and keeps nothing. R2 (`--database URL`) adds one INSERT for each meter value and one commit for each
message that brings some, through psycopg's asynchronous pool; starts and stops are one INSERT and one commit each.
"""

# mypy: disable-error-code="untyped-decorator"

import argparse
import gc
import itertools
import logging
from datetime import UTC, datetime
from typing import Any

import uvloop
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result201
from psycopg_pool import AsyncConnectionPool
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

TABLE = """
    CREATE TABLE IF NOT EXISTS reference_value (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, station text NOT NULL, transaction_id text NOT NULL,
        sampled_at timestamptz NOT NULL, measurand text NOT NULL, unit text NOT NULL, value numeric NOT NULL
    );
    CREATE INDEX IF NOT EXISTS reference_value_by_transaction ON reference_value (transaction_id, sampled_at)
"""
INSERT = "INSERT INTO reference_value (station, transaction_id, sampled_at, measurand, unit, value) VALUES (%s, %s, %s, %s, %s, %s)"
Row = tuple[str, str, str, str, str, str]
ACCEPTED = {"status": "Accepted"}
numbers = itertools.count(1)
pool: AsyncConnectionPool | None = None


def now() -> str:
    """The time as the wire has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def keep(rows: list[Row]) -> None:
    """R2: one INSERT each, one commit for all. R1: nothing."""
    if pool is None or not rows:
        return
    async with pool.connection() as connection:
        for row in rows:
            await connection.execute(INSERT, row)


def rows_of(station: str, transaction_id: object, meter_values: list[dict[str, Any]]) -> list[Row]:
    """A row for each sampled value, in the names that the package gives them."""
    return [
        (
            station,
            str(transaction_id),
            meter_value["timestamp"],
            sampled.get("measurand", ""),
            sampled.get("unit") or (sampled.get("unit_of_measure") or {}).get("unit", ""),
            str(sampled["value"]),
        )
        for meter_value in meter_values
        for sampled in meter_value["sampled_value"]
    ]


class Station16(ChargePoint16):
    """A station that speaks OCPP 1.6."""

    @on("BootNotification")
    def on_boot(self, **payload: Any) -> Any:
        """Accept it."""
        return result16.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("Heartbeat")
    def on_heartbeat(self) -> Any:
        """Tell the time."""
        return result16.Heartbeat(current_time=now())

    @on("Authorize")
    def on_authorize(self, id_tag: str) -> Any:
        """Accept it."""
        return result16.Authorize(id_tag_info=ACCEPTED)

    @on("StartTransaction")
    async def on_start(self, meter_start: int, timestamp: str, **payload: Any) -> Any:
        """Give it a number."""
        number = next(numbers)
        await keep([(self.id, str(number), timestamp, "start", "Wh", str(meter_start))])
        return result16.StartTransaction(transaction_id=number, id_tag_info=ACCEPTED)

    @on("MeterValues")
    async def on_meter_values(
        self, connector_id: int, meter_value: list[dict[str, Any]], transaction_id: int = 0
    ) -> Any:
        """Keep them."""
        await keep(rows_of(self.id, transaction_id, meter_value))
        return result16.MeterValues()

    @on("StopTransaction")
    async def on_stop(self, meter_stop: int, timestamp: str, transaction_id: int, **payload: Any) -> Any:
        """Keep it."""
        await keep([(self.id, str(transaction_id), timestamp, "stop", "Wh", str(meter_stop))])
        return result16.StopTransaction(id_tag_info=ACCEPTED)


class Station201(ChargePoint201):
    """A station that speaks OCPP 2.0.1."""

    @on("BootNotification")
    def on_boot(self, **payload: Any) -> Any:
        """Accept it."""
        return result201.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("Authorize")
    def on_authorize(self, id_token: dict[str, Any], **payload: Any) -> Any:
        """Accept it."""
        return result201.Authorize(id_token_info=ACCEPTED)

    @on("TransactionEvent")
    async def on_event(self, transaction_info: dict[str, Any], **payload: Any) -> Any:
        """Keep its meter values."""
        await keep(rows_of(self.id, transaction_info["transaction_id"], payload.get("meter_value", [])))
        return result201.TransactionEvent(id_token_info=ACCEPTED if "id_token" in payload else None)


async def talk(socket: ServerConnection) -> None:
    """The life of a socket."""
    assert socket.request is not None
    identity = socket.request.path.strip("/")
    station = Station16(identity, socket) if socket.subprotocol == "ocpp1.6" else Station201(identity, socket)
    try:
        await station.start()
    except ConnectionClosed:
        return


async def run(port: int, database: str) -> None:
    """Serve until a signal ends it."""
    global pool  # noqa: PLW0603 - one pool per process
    if database:
        pool = AsyncConnectionPool(database, min_size=4, max_size=8, open=False)
        await pool.open(wait=True)
        async with pool.connection() as connection:
            await connection.execute(TABLE)
    subprotocols = [Subprotocol("ocpp1.6"), Subprotocol("ocpp2.0.1")]
    async with serve(talk, "127.0.0.1", port, subprotocols=subprotocols, compression=None) as listening:
        gc.freeze()
        gc.set_threshold(20_000, 50, 1_000)  # as in our gateway
        await listening.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    logging.getLogger("ocpp").setLevel(logging.ERROR)
    uvloop.run(run(options.port, options.database))
