"""The gateway is killed in the middle of sessions: what was answered is stored, once, and the stations go on."""

import asyncio
import json
import uuid
from decimal import Decimal
from typing import Any

from websockets.exceptions import ConnectionClosed

from chargers import presence
from chargers.models import Message, Presence
from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import now, station
from transactions.models import MeterValue, Transaction

STATIONS = 10


async def charge_until_the_end(
    base: str, number: int, sent: list[dict[str, Any]], answered: list[dict[str, Any]]
) -> str:
    """Start a transaction, then report registers until the socket breaks. Every answered report is noted."""
    identity = f"CP-{number}"
    async with station(base, "acme", identity) as one:
        start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": now()}
        transaction_id = (await one.result("StartTransaction", start))["transactionId"]
        try:
            for step in range(1, 100_000):
                value = {"timestamp": now(), "sampledValue": [{"value": str(step)}]}
                payload = {"connectorId": 1, "transactionId": transaction_id, "meterValue": [value]}
                sent.append(payload)
                await asyncio.wait_for(one.result("MeterValues", payload), 5)
                answered.append(payload)
        except (ConnectionClosed, TimeoutError, AssertionError):
            pass
    return str(transaction_id)


def test_a_killed_gateway_loses_no_answered_message(own_gateway: GatewayProcess) -> None:
    for number in range(STATIONS):
        add_station("acme", f"CP-{number}")
    add_token("acme", "CARD", max_concurrent=0)
    sent: list[dict[str, Any]] = []
    answered: list[dict[str, Any]] = []

    async def scene() -> None:
        charging = [
            asyncio.create_task(charge_until_the_end(own_gateway.base, n, sent, answered))
            for n in range(STATIONS)
        ]
        await asyncio.sleep(2)
        await asyncio.to_thread(own_gateway.kill)
        await asyncio.gather(*charging)

    asyncio.run(scene())

    assert len(answered) > 100
    with context.tenant("acme"):
        stored = {
            (str(row[0]), str(int(row[1] or 0)))
            for row in MeterValue.objects.values_list("transaction__transaction_id", "value")
        }
        logged = Message.objects.filter(action="MeterValues", result="ok").count()
        assert MeterValue.objects.count() == len(stored)
    told = {(str(p["transactionId"]), p["meterValue"][0]["sampledValue"][0]["value"]) for p in answered}
    assert told <= stored
    assert len(answered) <= logged <= len(sent)


def test_after_a_kill_the_stations_come_back_and_end_their_transactions(own_gateway: GatewayProcess) -> None:
    add_station("acme", "CP-0")
    add_token("acme", "CARD")
    sent: list[dict[str, Any]] = []
    answered: list[dict[str, Any]] = []

    async def before() -> str:
        charging = asyncio.create_task(charge_until_the_end(own_gateway.base, 0, sent, answered))
        await asyncio.sleep(1)
        await asyncio.to_thread(own_gateway.kill)
        return await charging

    transaction_id = asyncio.run(before())
    own_gateway.start()

    async def after() -> None:
        async with station(own_gateway.base, "acme", "CP-0", boots=False) as one:
            unanswered = json.dumps([2, str(uuid.uuid4()), "MeterValues", sent[-1]])
            await one.raw(unanswered)
            await one.raw(unanswered.replace('"MeterValues"', '"MeterValues" '))
            stop = {"transactionId": int(transaction_id), "meterStop": 50_000, "timestamp": now()}
            await one.result("StopTransaction", stop)

    asyncio.run(after())

    with context.tenant("acme"):
        row = Transaction.objects.get()
        assert (row.state, row.energy_wh) == ("ended", Decimal(50_000))
        assert MeterValue.objects.filter(transaction=row).count() in (len(answered), len(answered) + 1)


def test_what_a_dead_gateway_held_is_given_up(own_gateway: GatewayProcess) -> None:
    row = add_station("acme", "CP-0")

    async def connect_and_die() -> None:
        async with station(own_gateway.base, "acme", "CP-0"):
            await asyncio.to_thread(own_gateway.kill)

    asyncio.run(connect_and_die())
    with context.tenant("acme"):
        assert Presence.objects.get(station=row).is_online
    with context.public():
        from tenants.models import Gateway

        Gateway.objects.update(seen_at="2026-01-01T00:00:00Z")

    with context.tenant("acme"):
        assert presence.release_dead() == 1
        assert not Presence.objects.get(station=row).is_online
