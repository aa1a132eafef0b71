"""Reservations over the wire: asked for, kept, used, changed, cancelled, and their ends that nobody reports."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from chargers.device_model import CONFIGURATION
from chargers.models import ChargingStation, Command, Variable
from tenants import context
from tests.gateway.commanding import finished, in_acme, ordered, served, until
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import Station, now, station
from transactions import reservation_watch, reservations
from transactions.models import Reservation

Payload = dict[str, Any]
Play = Callable[[Station], Awaitable[Any]]
ACCEPTED = {"status": "Accepted"}
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _charger_and_card(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "CARD", group="FAMILY")
    add_token("acme", "OTHER", group="FAMILY")


def connected(gateway: GatewayProcess, play: Play) -> Any:
    async def scene() -> Any:
        async with station(gateway.base, "acme", "CP-1") as one:
            return await play(one)

    return asyncio.run(scene())


async def asked(**terms: Any) -> Reservation:
    given: Payload = {
        "evse_number": 1,
        "id_token": "CARD",
        "expires_at": SOON,
        "requested_by": "olga",
    } | terms
    return await in_acme(lambda: reservations.reserve(ChargingStation.objects.get(), **given))


async def kept(one: Station, **terms: Any) -> Payload:
    """A reservation that the station agreed to. Returns: the request."""
    await asked(**terms)
    request = await served(one, "ReserveNow", ACCEPTED)
    await reaches("accepted")
    return request


async def reaches(state: str) -> Reservation:
    await until(lambda: Reservation.objects.filter(state=state).exists())
    return await in_acme(lambda: Reservation.objects.get(state=state))


async def swept() -> Reservation:
    await in_acme(reservation_watch.sweep)
    return await in_acme(Reservation.objects.get)


async def status(one: Station, word: str, connector: int = 1) -> None:
    payload = {"connectorId": connector, "errorCode": "NoError", "status": word, "timestamp": now()}
    await one.result("StatusNotification", payload)


async def start(one: Station, **changes: Any) -> None:
    payload = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": now()} | changes
    await one.result("StartTransaction", payload)


def test_a_reservation_is_used_by_the_transaction_that_names_it(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> tuple[Payload, Reservation]:
        request = await kept(one, group="FAMILY")
        assert (await one.result("Authorize", {"idTag": "OTHER"}))["idTagInfo"] == {
            "status": "Accepted",
            "parentIdTag": request["parentIdTag"],
        }
        await start(one, idTag="OTHER", reservationId=request["reservationId"])
        return request, await reaches("used")

    request, row = connected(gateway, play)

    assert request == {
        "connectorId": 1,
        "expiryDate": f"{SOON:%Y-%m-%dT%H:%M:%S}.000Z",
        "idTag": "CARD",
        "parentIdTag": "FAMILY",
        "reservationId": row.reservation_id,
    }
    with context.tenant("acme"):
        assert Reservation.objects.get().transaction is not None
        assert Command.objects.get(action="ReserveNow").effect_seen_at is not None


def test_a_transaction_of_its_token_uses_it_without_naming_it(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> Reservation:
        await kept(one)
        await start(one, idTag="OTHER")
        assert (await swept()).state == "accepted"
        await start(one, timestamp="2026-11-01T10:00:00Z")
        return await swept()

    assert connected(gateway, play).state == "used"


def test_any_connector_is_connector_0_unless_the_station_cannot(gateway: GatewayProcess) -> None:
    assert connected(gateway, lambda one: kept(one, evse_number=None))["connectorId"] == 0
    with context.tenant("acme"):
        one = ChargingStation.objects.get()
        Variable.objects.create(
            station=one, component=CONFIGURATION, name="ReserveConnectorZeroSupported", value="false"
        )
        with pytest.raises(ValidationError, match="Name one"):
            reservations.reserve(one, evse_number=None, id_token="CARD", expires_at=SOON)


@pytest.mark.parametrize("word", ["Faulted", "Occupied", "Rejected", "Unavailable"])
def test_a_refusal_is_told_with_its_reason(gateway: GatewayProcess, word: str) -> None:
    async def play(one: Station) -> Reservation:
        await asked()
        await served(one, "ReserveNow", {"status": word})
        return await reaches("refused")

    row = connected(gateway, play)

    assert (row.answer, row.note) == (word, reservations.REFUSALS[word])


def test_a_cancellation_ends_it_and_a_rejected_one_does_not(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> tuple[Reservation, Reservation]:
        request = await kept(one)
        for answer in ("Rejected", "Accepted"):
            row = await in_acme(Reservation.objects.get)
            command = await in_acme(partial(reservations.cancel, row))
            sent = await served(one, "CancelReservation", {"status": answer})
            assert sent == {"reservationId": request["reservationId"]}
            await finished(command)
            if answer == "Rejected":
                before = await in_acme(Reservation.objects.get)
        return before, await reaches("cancelled")

    before, after = connected(gateway, play)

    assert (before.state, before.note[:40]) == ("accepted", "The station rejected the cancellation; i")
    with context.tenant("acme"), pytest.raises(ValidationError):
        reservations.cancel(after)


def test_a_change_keeps_the_id_and_a_refused_change_keeps_the_terms(gateway: GatewayProcess) -> None:
    later = SOON + timedelta(hours=1)

    async def change(one: Station, answer: str, **terms: Any) -> Payload:
        row = await in_acme(Reservation.objects.get)
        changed = await in_acme(lambda: reservations.change(row, **terms))
        sent = await served(one, "ReserveNow", {"status": answer})
        assert changed.command is not None
        await finished(changed.command)
        return sent

    async def play(one: Station) -> tuple[Payload, Payload, Reservation]:
        first = await kept(one)
        second = await change(one, "Accepted", expires_at=later)
        await change(one, "Occupied", evse_number=2)
        return first, second, await in_acme(Reservation.objects.get)

    first, second, row = connected(gateway, play)

    assert first["reservationId"] == second["reservationId"] == row.reservation_id
    assert (row.state, row.expires_at, row.evse_number) == ("accepted", later, 1)
    assert row.note == "The station refused the change: The connector is in use, or reserved already."


@pytest.mark.parametrize(("end", "note"), [("expired", "did not reach"), ("unknown", "may have taken it")])
def test_a_change_without_an_answer_is_told(gateway: GatewayProcess, end: str, note: str) -> None:
    async def play(one: Station) -> Reservation:
        await kept(one)
        row = await in_acme(Reservation.objects.get)
        await in_acme(lambda: reservations.change(row, evse_number=2))
        await one.next_command()
        await in_acme(lambda: Command.objects.filter(status="sent").update(status=end))
        return await swept()

    row = connected(gateway, play)

    assert (row.state, row.evse_number) == ("accepted", 1)
    assert note in row.note


def test_its_time_ends_it(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> tuple[str, str]:
        request = await kept(one)
        await status(one, "Reserved")
        early = await swept()
        await in_acme(lambda: Reservation.objects.update(expires_at=datetime.now(UTC)))
        late = await swept()
        await start(one, reservationId=request["reservationId"])
        return early.state, late.state

    assert connected(gateway, play) == ("accepted", "expired")
    with context.tenant("acme"):
        row = Reservation.objects.get()
    assert row.state == "used"  # the report of its use came late
    assert row.seen_at is not None


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (("Reserved", "Faulted"), "The connector is faulted: the station gave the reservation up."),
        (("Unavailable",), "The connector is out of service: the station gave the reservation up."),
        (("Reserved", "Available"), "The station has freed the connector before the time was over."),
    ],
)
def test_the_connector_tells_that_it_is_over(
    gateway: GatewayProcess, words: tuple[str, ...], note: str
) -> None:
    async def play(one: Station) -> Reservation:
        await status(one, "Available")
        await kept(one)
        assert (await swept()).state == "accepted"
        for word in words:
            await status(one, word)
            row = await swept()
        return row

    row = connected(gateway, play)

    assert (row.state, row.note) == ("removed", note)


def test_a_call_in_the_stations_own_words_makes_a_reservation_too(gateway: GatewayProcess) -> None:
    payload = {
        "connectorId": 2,
        "expiryDate": "2030-01-01T00:00:00Z",
        "idTag": "CARD",
        "reservationId": 5,
        "parentIdTag": "FAMILY",
    }

    async def play(one: Station) -> Reservation:
        await ordered("ReserveNow", payload, is_exact=True)
        assert await served(one, "ReserveNow", ACCEPTED) == payload
        return await reaches("accepted")

    row = connected(gateway, play)

    assert (row.reservation_id, row.evse_number, row.group_name) == (5, 2, "FAMILY")


def test_a_request_that_got_no_answer_may_be_held(gateway: GatewayProcess) -> None:
    async def play(one: Station) -> None:
        await asked()
        await one.next_command()

    connected(gateway, play)

    async def rest() -> tuple[Reservation, Reservation]:
        await until(lambda: Command.objects.filter(status="unknown").exists())
        lost = await swept()
        await in_acme(lambda: Command.objects.update(status="accepted"))
        return lost, await swept()

    lost, found = asyncio.run(rest())
    assert (lost.state, found.state) == ("unknown", "accepted")


@pytest.mark.parametrize(
    "terms",
    [
        {"id_token": ""},
        {"id_token": "X" * 37},
        {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"evse_number": 0},
    ],
)
def test_terms_that_make_no_sense_are_refused(gateway: GatewayProcess, terms: Payload) -> None:
    with pytest.raises(ValidationError):
        asyncio.run(asked(**terms))


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ({"id": 1, "expiryDateTime": "2030-01-01T00:00:00Z", "idToken": {"idToken": "X" * 21}}, "1 to 20"),
        ({"id": 1, "expiryDateTime": "soon", "idToken": {"idToken": "X"}}, "expiryDateTime"),
        ({"id": 1, "connectorType": "cType2"}, "not by its type"),
    ],
)
def test_what_16_cannot_say_is_not_sent(gateway: GatewayProcess, payload: Payload, complaint: str) -> None:
    async def play(one: Station) -> Command:
        return await finished(await ordered("ReserveNow", payload))

    assert complaint in connected(gateway, play).error_text
