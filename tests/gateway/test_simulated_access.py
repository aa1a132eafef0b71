"""A simulated station and the product agree about its local list and its reservations, from the order to the end."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from authorization import local_lists
from authorization.models import LocalList
from chargers.models import ChargingStation
from csms.simulator import Station, StationSpec
from tests.gateway.commanding import in_acme, until
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import PASSWORD
from transactions import reservation_watch, reservations
from transactions.models import Reservation


def simulated(gateway: GatewayProcess, **options: Any) -> Station:
    given: dict[str, Any] = {"identity": "CP-1", "url": f"{gateway.base}/acme/ocpp", "password": PASSWORD}
    return Station(StationSpec(**given, speed=300, **options))


def test_a_list_in_parts_decides_offline(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    for number in range(120):
        add_token("acme", f"CARD{number}", **({"status": "Blocked"} if number == 7 else {}))

    async def scene() -> tuple[LocalList, set[str], bool, bool]:
        one = simulated(gateway)
        task = asyncio.create_task(one.run())
        await one.until(lambda each: each.is_accepted)
        await in_acme(lambda: local_lists.sync(ChargingStation.objects.get()))
        await until(lambda: LocalList.objects.filter(state="in_sync").exists())
        one.go_offline()
        await one.until(lambda each: not each.is_connected)
        begins = [await one.plug_in(evse, token) is not None for evse, token in ((1, "CARD7"), (2, "CARD8"))]
        task.cancel()
        row = await in_acme(LocalList.objects.get)
        return row, set(one.sessions.local_list.entries), begins[0], begins[1]

    row, held, blocked_begins, accepted_begins = asyncio.run(scene())

    assert (row.version, len(row.entries), len(held)) == (2, 120, 120)  # it takes 100 entries at once
    assert (blocked_begins, accepted_begins) == (False, True)


def test_a_reservation_is_seen_kept_and_used(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "MINE", group="FAMILY")
    add_token("acme", "SISTER", group="FAMILY")
    add_token("acme", "OTHER")

    def ask() -> Reservation:
        station = ChargingStation.objects.get()
        ends = datetime.now(UTC) + timedelta(hours=8)
        return reservations.reserve(station, evse_number=1, id_token="MINE", group="FAMILY", expires_at=ends)

    def is_seen() -> bool:
        reservation_watch.sweep()
        return Reservation.objects.get().seen_at is not None

    async def scene() -> bool:
        one = simulated(gateway)
        task = asyncio.create_task(one.run())
        await one.until(lambda each: each.is_accepted)
        await in_acme(ask)
        await until(lambda: Reservation.objects.filter(state="accepted").exists())
        await until(is_seen)
        other_begins = await one.plug_in(1, "OTHER") is not None
        one.unplug(1)
        await one.plug_in(1, "SISTER")
        await until(lambda: Reservation.objects.filter(state="used").exists())
        task.cancel()
        return other_begins

    assert asyncio.run(scene()) is False
