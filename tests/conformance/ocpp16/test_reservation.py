"""Reservation: a connector or the station is kept for an id, used, given up or refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conformance.bench import (
    ACCEPTED,
    CARD,
    FAMILY,
    FRIEND,
    Bench,
    ChargePoint,
    Order,
    Payload,
    each_way,
)

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
        await point.reports(1, "Preparing")
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        number = await point.charges(reservationId=NUMBER)

        assert order.status == "accepted"
        assert (await point.transaction(number))["state"] == "active"


@each_way
async def test_tc_047_csms_a_reservation_expires(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await is_reserved(point, until=later(seconds=2), exact=exact)
        await point.reports(1, "Reserved")
        await point.reports(1, "Available")

        assert order.status == "accepted"
        assert (await point.connector(1))["status"] == "Available"


@each_way
async def test_tc_048_1_csms_a_faulted_connector_cannot_be_reserved(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await point.reports(1, "Faulted", "OtherError")
        assert (await is_reserved(point, "Faulted", exact=exact)).status == "rejected"


@each_way
async def test_tc_048_2_csms_an_occupied_connector_cannot_be_reserved(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await point.reports(1, "Preparing")
        assert (await is_reserved(point, "Occupied", exact=exact)).status == "rejected"


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


@each_way
async def test_tc_048_4_csms_a_rejected_reservation_is_shown(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        assert (await is_reserved(point, "Rejected", exact=exact)).status == "rejected"


@each_way
async def test_tc_049_csms_a_reserved_station_is_used_at_any_connector(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        order = await is_reserved(point, connector=0, exact=exact)
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        number = await point.charges(connector=2, reservationId=NUMBER)

        assert order.status == "accepted"
        assert (await point.transaction(number))["evse"] == 2


@each_way
async def test_tc_051_csms_a_reservation_is_cancelled(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await is_reserved(point, exact=exact)
        await point.reports(1, "Reserved")
        order = await is_cancelled(point, NUMBER, "Accepted", exact=exact)
        await point.reports(1, "Available")

        assert (order.status, order.command["response"]) == ("accepted", ACCEPTED)


@each_way
async def test_tc_052_csms_a_reservation_stays_when_cancelling_is_rejected(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        await is_reserved(point, exact=exact)
        order = await is_cancelled(point, NUMBER + 1, "Rejected", exact=exact)

        assert order.status == "rejected"


@each_way
async def test_tc_053_csms_another_id_of_the_group_uses_the_reservation(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        await is_reserved(point, exact=exact, group=FAMILY)
        await point.reports(1, "Reserved")
        assert await point.authorizes(FRIEND) == {"status": "Accepted", "parentIdTag": FAMILY}
        number = await point.charges(FRIEND, reservationId=NUMBER)

        assert (await point.transaction(number))["state"] == "active"
