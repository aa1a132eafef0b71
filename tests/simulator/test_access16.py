"""The local list and the reservations of a 1.6 station."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from csms.simulator import Station
from tests.simulator.conftest import Run
from tests.simulator.judge import Judge
from tests.simulator.test_ocpp16 import of

ACCEPTED = {"status": "Accepted"}


def entry(id_tag: str, **info: str) -> dict[str, Any]:
    return {"idTag": id_tag, "idTagInfo": {"status": "Accepted", **info}}


def update(version: int, *entries: dict[str, Any], kind: str = "Full") -> dict[str, Any]:
    return {"listVersion": version, "updateType": kind, "localAuthorizationList": list(entries)}


def reservation(station: Station, **changes: Any) -> dict[str, Any]:
    ends = station.clock.now() + timedelta(hours=1)
    given = {"connectorId": 1, "idTag": "MINE", "reservationId": 5, "expiryDate": ends.isoformat()}
    return given | changes


async def offline(station: Station) -> None:
    station.go_offline()
    await station.until(lambda each: not each.is_connected)


async def test_a_list_changes_by_version_and_entry(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    steps = [
        (update(3, entry("A"), entry("B")), "Accepted"),
        (update(3, entry("C"), kind="Differential"), "VersionMismatch"),
        (update(4, entry("C"), {"idTag": "a"}, kind="Differential"), "Accepted"),
        (update(0, entry("C")), "Failed"),
        (update(9, {"idTag": "A"}), "Failed"),
        (update(9, *[entry(f"T{number}") for number in range(101)]), "Failed"),
    ]
    for payload, status in steps:
        assert await judge.command("SendLocalList", payload) == {"status": status}
    assert set(station.sessions.local_list.entries) == {"b", "c"}
    assert await judge.command("GetLocalListVersion", {}) == {"listVersion": 4}
    assert await judge.command("SendLocalList", {"listVersion": 5, "updateType": "Full"}) == ACCEPTED
    assert station.sessions.local_list.entries == {}


async def test_a_list_that_is_switched_off_is_none(judge: Judge, run: Run) -> None:
    await run("1.6")
    await judge.command("ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "false"})
    assert await judge.command("GetLocalListVersion", {}) == {"listVersion": -1}
    assert await judge.command("SendLocalList", update(1, entry("A"))) == {"status": "NotSupported"}


async def test_a_station_without_room_fails(judge: Judge, run: Run) -> None:
    await run("1.6", scenario="full-memory")
    assert await judge.command("SendLocalList", update(1, entry("A"))) == {"status": "Failed"}


@pytest.mark.parametrize(
    ("expiry", "begins"),
    [(datetime(2099, 1, 1, tzinfo=UTC), True), (datetime(2020, 1, 1, tzinfo=UTC), False)],
)
async def test_an_entry_decides_offline_until_it_expires(
    judge: Judge,
    run: Run,
    expiry: datetime,
    begins: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    station = await run("1.6", id_tokens=("card",))
    await judge.command("SendLocalList", update(1, entry("CARD", expiryDate=expiry.isoformat())))
    await offline(station)
    assert (await station.plug_in(1) is not None) is begins


async def test_a_listed_token_may_begin_without_a_question(judge: Judge, run: Run) -> None:
    station = await run("1.6", id_tokens=("CARD",))
    await judge.command("SendLocalList", update(1, entry("CARD")))
    await judge.command("ChangeConfiguration", {"key": "LocalPreAuthorize", "value": "true"})
    assert await station.plug_in(1) is not None
    assert judge.said("Authorize") == []


async def test_a_reserved_connector_is_for_its_token_alone(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    assert await judge.command("ReserveNow", reservation(station)) == ACCEPTED
    await judge.hears("StatusNotification", of(1, "Reserved"))
    other = {"connectorId": 1, "idTag": "OTHER"}
    assert await judge.command("RemoteStartTransaction", other) == {"status": "Rejected"}
    assert await station.plug_in(1, "OTHER") is None
    station.unplug(1)
    assert await station.plug_in(1, "MINE") is not None
    assert (await judge.hears("StartTransaction"))["reservationId"] == 5
    assert await judge.command("CancelReservation", {"reservationId": 5}) == {"status": "Rejected"}


async def test_a_member_of_the_group_may_use_it(judge: Judge, run: Run) -> None:
    judge.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    station = await run("1.6")
    await judge.command("ReserveNow", reservation(station, parentIdTag="FAMILY"))
    assert await station.plug_in(1, "SISTER") is not None
    assert (await judge.hears("StartTransaction"))["reservationId"] == 5


async def test_one_connector_is_left_for_a_reservation_of_any(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    assert await judge.command("ReserveNow", reservation(station, connectorId=0)) == ACCEPTED
    assert await station.plug_in(1, "OTHER") is not None
    assert await station.plug_in(2, "THIRD") is None
    station.unplug(2)
    assert await station.plug_in(2, "MINE") is not None
    await judge.hears("StartTransaction", lambda call: call.get("reservationId") == 5)


async def test_a_reservation_ends_with_its_time_or_by_cancellation(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    soon = (station.clock.now() + timedelta(seconds=60)).isoformat()
    for ends in (soon, None):
        changes = {"expiryDate": ends} if ends else {}
        assert await judge.command("ReserveNow", reservation(station, **changes)) == ACCEPTED
        await station.until(lambda each: str(each.state(1)) == "Reserved", 5)
        if ends is None:
            assert await judge.command("CancelReservation", {"reservationId": 5}) == ACCEPTED
        await station.until(lambda each: str(each.state(1)) == "Available", 5)


async def test_the_answer_says_why_not(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    assert await judge.command("ReserveNow", reservation(station)) == ACCEPTED
    again = reservation(station, reservationId=6)
    assert await judge.command("ReserveNow", again) == {"status": "Occupied"}
    assert await judge.command("ReserveNow", reservation(station, connectorId=2)) == ACCEPTED
    assert await judge.command("ReserveNow", again) == ACCEPTED
    station.fault(1)
    assert station.sessions.reservations.kept.keys() == {5}
    assert await judge.command("ReserveNow", again) == {"status": "Faulted"}
    await judge.command("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"})
    assert await judge.command("ReserveNow", again | {"connectorId": 2}) == {"status": "Unavailable"}
    for odd in ({"connectorId": 9}, {"expiryDate": "2020-01-01T00:00:00Z"}):
        assert await judge.command("ReserveNow", again | odd) == {"status": "Rejected"}
