"""Local lists, reservations and the cache of OCPP 2.0.1, by the same verbs as those of 1.6."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from authorization import local_lists
from authorization.models import LocalList
from chargers.models import ChargingStation, Variable
from tenants import context
from tests.gateway.commanding import finished, in_acme, ordered, served, until
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import Station, now, station
from transactions import reservations
from transactions.models import Reservation

LATER = datetime(2030, 1, 1, tzinfo=UTC)
ACCEPTED = {"status": "Accepted"}


@pytest.fixture(autouse=True)
def _charger_and_card(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "CARD", group="FAMILY", expires_at=LATER)
    with context.tenant("acme"):
        one = ChargingStation.objects.get()
        Variable.objects.create(
            station=one, component="LocalAuthListCtrlr", name="ItemsPerMessage", value="10"
        )


def connected(gateway: GatewayProcess, play: Callable[[Station], Awaitable[Any]]) -> Any:
    async def scene() -> Any:
        async with station(gateway.base, "acme", "CP-1", "2.0.1") as one:
            return await play(one)

    return asyncio.run(scene())


async def kept(one: Station) -> dict[str, Any]:
    def ask() -> Reservation:
        only = ChargingStation.objects.get()
        return reservations.reserve(only, evse_number=1, id_token="CARD", group="FAMILY", expires_at=LATER)

    await in_acme(ask)
    request = await served(one, "ReserveNow", ACCEPTED)
    await until(lambda: Reservation.objects.filter(state="accepted").exists())
    return request


def test_a_list_is_brought_in_sync(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> dict[str, Any]:
        await in_acme(lambda: local_lists.sync(ChargingStation.objects.get()))
        await served(one, "GetLocalListVersion", {"versionNumber": 4})
        part = await served(one, "SendLocalList", ACCEPTED)
        await until(lambda: LocalList.objects.filter(state="in_sync", version=5).exists())
        return part

    info = {
        "status": "Accepted",
        "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
        "cacheExpiryDateTime": "2030-01-01T00:00:00.000Z",
    }
    assert connected(gateway, play) == {
        "versionNumber": 5,
        "updateType": "Full",
        "localAuthorizationList": [{"idToken": {"idToken": "CARD", "type": "ISO14443"}, "idTokenInfo": info}],
    }


@pytest.mark.parametrize(("word", "state"), [("Expired", "expired"), ("Removed", "removed")])
def test_the_station_tells_that_a_reservation_is_over(gateway: GatewayProcess, word: str, state: str) -> None:
    async def play(one: Station) -> dict[str, Any]:
        request = await kept(one)
        update = {"reservationId": request["id"], "reservationUpdateStatus": word}
        assert await one.result("ReservationStatusUpdate", update) == {}
        return request

    request = connected(gateway, play)

    assert (request["evseId"], request["groupIdToken"]["idToken"]) == (1, "FAMILY")
    with context.tenant("acme"):
        assert Reservation.objects.get().state == state


def test_a_transaction_uses_it_and_a_cancellation_ends_another(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> None:
        request = await kept(one)
        event = {
            "eventType": "Started",
            "seqNo": 0,
            "timestamp": now(),
            "triggerReason": "Authorized",
            "transactionInfo": {"transactionId": "T"},
            "reservationId": request["id"],
        }
        await one.result("TransactionEvent", event)
        await until(lambda: Reservation.objects.filter(state="used", transaction__isnull=False).exists())
        second = (await kept(one))["id"]
        command = await ordered("CancelReservation", {"reservationId": second})
        await served(one, "CancelReservation", ACCEPTED)
        await finished(command)
        await until(lambda: Reservation.objects.filter(state="cancelled", reservation_id=second).exists())

    connected(gateway, play)


def test_the_cache_is_cleared_on_request(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> str:
        row = await ordered("ClearCache", {})
        await served(one, "ClearCache", ACCEPTED)
        return str((await finished(row)).status)

    assert connected(gateway, play) == "accepted"
