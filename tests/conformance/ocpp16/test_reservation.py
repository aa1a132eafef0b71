"""Reservation: a connector or the station is kept for an id, used, given up or refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async

from tenants import context
from tests.conformance.bench import (
    ACCEPTED,
    CARD,
    FAMILY,
    FRIEND,
    IDENTITY,
    TENANT,
    Bench,
    ChargePoint,
    Order,
    Payload,
    each_way,
)
from tests.interop.outside import until
from transactions import reservation_watch

NUMBER = 71


def later(**span: float) -> str:
    """A moment to come."""
    return (datetime.now(UTC) + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def is_reserved(
    point: ChargePoint,
    answer: str = "Accepted",
    *,
    connector: int = 1,
    until: str = "",
    exact: bool,
    **more: Any,
) -> Order:
    """Reserve a connector for CARD, which the charge point answers."""
    until = until or later(hours=1)
    on_wire = {"connectorId": connector, "expiryDate": until, "idTag": CARD, "reservationId": NUMBER}
    asked: Payload = {
        "id": NUMBER,
        "expiryDateTime": until,
        "idToken": {"idToken": CARD, "type": "ISO14443"},
    } | ({"evseId": connector} if connector else {})
    if "group" in more:
        on_wire["parentIdTag"] = more["group"]
        asked["groupIdToken"] = {"idToken": more["group"], "type": "Central"}
    order = await point.is_told("ReserveNow", on_wire if exact else asked, {"status": answer}, exact=exact)
    assert order.said == ("ReserveNow", on_wire)
    assert order.command["response"] == {"status": answer}
    return order


async def state_of(point: ChargePoint) -> str:
    """What the API says of the reservation, of which there is one."""
    [row] = await point.api.rows("reservations/", station=IDENTITY)
    assert (row["reservation_id"], row["id_token"]) == (NUMBER, CARD)
    return str(row["state"])


async def is_refused(point: ChargePoint, answer: str) -> bool:
    """Reserve as an operator does, which the charge point refuses. Returns: whether the API shows that."""
    wanted = {"station": IDENTITY, "id_token": CARD, "evse": 1, "expires_at": later(hours=1)}
    row = await point.api.post("reservations/", wanted, 201)
    frame = await point.wire.next_command()
    said = {name: frame[3][name] for name in ("connectorId", "idTag", "reservationId")}
    assert said == {"connectorId": 1, "idTag": CARD, "reservationId": row["reservation_id"]}
    await point.wire.answer(frame, {"status": answer})

    async def shown() -> bool:
        found = await point.api.get(f"reservations/{row['id']}/")
        return (found["state"], found["answer"]) == ("refused", answer)

    return await until(shown, 5)


def look_after_reservations() -> None:
    """What the scheduler does every now and then."""
    with context.tenant(TENANT):
        reservation_watch.sweep()


async def is_cancelled(point: ChargePoint, number: int, answer: str, *, exact: bool) -> Order:
    """Cancel a reservation, which the charge point answers."""
    order = await point.is_told(
        "CancelReservation", {"reservationId": number}, {"status": answer}, exact=exact
    )
    assert order.said == ("CancelReservation", {"reservationId": number})
    return order


@each_way
async def test_tc_046_csms_a_reserved_connector_is_used(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await is_reserved(point, exact=exact)
        await point.reports(1, "Reserved")
        assert (await point.connector(1))["status"] == "Reserved"
        assert await state_of(point) == "accepted"
        await point.reports(1, "Preparing")
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        number = await point.charges(reservationId=NUMBER)

        assert order.status == "accepted"
        assert (await point.transaction(number))["state"] == "active"
        assert await state_of(point) == "used"


@each_way
async def test_tc_047_csms_a_reservation_expires(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await is_reserved(point, until=later(seconds=2), exact=exact)
        await point.reports(1, "Reserved")
        assert (order.status, await state_of(point)) == ("accepted", "accepted")
        await asyncio.sleep(2)
        await point.reports(1, "Available")
        await sync_to_async(look_after_reservations)()

        assert await state_of(point) == "expired"
        assert (await point.connector(1))["status"] == "Available"


@each_way
async def test_tc_048_1_csms_a_faulted_connector_cannot_be_reserved(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await point.reports(1, "Faulted", "OtherError")
        assert (await is_reserved(point, "Faulted", exact=exact)).status == "rejected"
        assert await is_refused(point, "Faulted")


@each_way
async def test_tc_048_2_csms_an_occupied_connector_cannot_be_reserved(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await point.reports(1, "Preparing")
        assert (await is_reserved(point, "Occupied", exact=exact)).status == "rejected"
        assert await is_refused(point, "Occupied")


@each_way
async def test_tc_048_3_csms_a_connector_out_of_service_cannot_be_reserved(
    bench: Bench, *, exact: bool
) -> None:
    wire = {"connectorId": 1, "type": "Inoperative"}
    unified = {"operationalStatus": "Inoperative", "evse": {"id": 1}}
    async with bench.booted() as point:
        order = await point.is_told("ChangeAvailability", wire if exact else unified, exact=exact)
        assert order.said == ("ChangeAvailability", wire)
        await point.reports(1, "Unavailable")
        assert (await is_reserved(point, "Unavailable", exact=exact)).status == "rejected"
        assert await is_refused(point, "Unavailable")


@each_way
async def test_tc_048_4_csms_a_rejected_reservation_is_shown(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        assert (await is_reserved(point, "Rejected", exact=exact)).status == "rejected"
        assert await is_refused(point, "Rejected")


@each_way
async def test_tc_049_csms_a_reserved_station_is_used_at_any_connector(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await is_reserved(point, connector=0, exact=exact)
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        number = await point.charges(connector=2, reservationId=NUMBER)

        assert order.status == "accepted"
        assert (await point.transaction(number))["evse"] == 2
        assert await state_of(point) == "used"


@each_way
async def test_tc_051_csms_a_reservation_is_cancelled(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await is_reserved(point, exact=exact)
        await point.reports(1, "Reserved")
        order = await is_cancelled(point, NUMBER, "Accepted", exact=exact)
        await point.reports(1, "Available")

        assert (order.status, order.command["response"]) == ("accepted", ACCEPTED)
        assert await state_of(point) == "cancelled"


@each_way
async def test_tc_052_csms_a_reservation_stays_when_cancelling_is_rejected(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        await is_reserved(point, exact=exact)
        order = await is_cancelled(point, NUMBER + 1, "Rejected", exact=exact)

        assert order.status == "rejected"
        assert await state_of(point) == "accepted"


@each_way
async def test_tc_053_csms_another_id_of_the_group_uses_the_reservation(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await is_reserved(point, exact=exact, group=FAMILY)
        await point.reports(1, "Reserved")
        assert await point.authorizes(FRIEND) == {"status": "Accepted", "parentIdTag": FAMILY}
        number = await point.charges(FRIEND, reservationId=NUMBER)

        assert (await point.transaction(number))["state"] == "active"
        assert await state_of(point) == "used"
