"""A 1.6 station that takes charging profiles, obeys them, and tells what it makes of them."""

from typing import Any

import pytest

from csms.simulator import EvseSpec, Station
from tests.simulator.conftest import Run
from tests.simulator.judge import Judge
from tests.simulator.test_ocpp16 import of

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
LONG_AGO = "2026-01-01T00:00:00Z"


def profile(purpose: str, *limits: tuple[int, float], number: int = 1, **options: Any) -> dict[str, Any]:
    """The payload of SetChargingProfile."""
    unit, connector = options.pop("unit", "W"), options.pop("connector", 0)
    schedule = {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in limits],
    }
    kind = options.pop("kind", "Absolute")
    schedule |= {} if kind == "Relative" else {"startSchedule": LONG_AGO}
    schedule |= {"duration": options.pop("duration")} if "duration" in options else {}
    wanted = {
        "chargingProfileId": number, "stackLevel": options.pop("level", 0), "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind, "chargingSchedule": schedule, **options,
    }  # fmt: skip
    return {"connectorId": connector, "csChargingProfiles": wanted}


async def charging(judge: Judge, run: Run) -> Station:
    """A station with two connectors of 11 kW that charges at the first."""
    station = await run(
        "1.6", evses=(EvseSpec(max_power_w=11_000), EvseSpec(max_power_w=11_000)), start_soc=10
    )
    await station.plug_in(1)
    await station.until(lambda each: each.state(1) == "Charging" and number_of(each) is not None, 5)
    return station


def number_of(station: Station) -> int | None:
    """The transaction's number, which is another one where its start had to be repeated."""
    return station.transactions[0].number


def power_w(station: Station) -> float:
    """What EVSE 1 gives now."""
    evse = station.evses[0]
    return float(evse.offered_w(station.clock.now()))


async def test_the_power_follows_the_limit(judge: Judge, run: Run) -> None:
    station = await charging(judge, run)
    assert power_w(station) == 11_000
    assert (
        await judge.command("SetChargingProfile", profile("TxDefaultProfile", (0, 10), unit="A")) == ACCEPTED
    )
    assert power_w(station) == 6_900
    await station.clock.sleep(100)
    assert 6_700 < station.evses[0].power_w <= 6_900
    assert await judge.command("ClearChargingProfile", {}) == ACCEPTED
    assert power_w(station) == 11_000


async def test_zero_suspends_and_the_profile_ends_with_its_transaction(judge: Judge, run: Run) -> None:
    station = await charging(judge, run)
    pause = profile("TxProfile", (0, 0), connector=1, transactionId=number_of(station))
    assert await judge.command("SetChargingProfile", pause) == ACCEPTED
    await judge.hears("StatusNotification", of(1, "SuspendedEVSE"))
    assert await judge.command("ClearChargingProfile", {"id": 1, "connectorId": 2}) == ACCEPTED
    await station.until(lambda each: each.state(1) == "Charging", 5)
    assert await judge.command("SetChargingProfile", pause) == ACCEPTED
    station.stop(1)
    await judge.hears("StopTransaction")
    assert await judge.command("ClearChargingProfile", {"id": 1}) == {"status": "Unknown"}


async def test_the_higher_level_and_the_transactions_own_profile_prevail(judge: Judge, run: Run) -> None:
    station = await charging(judge, run)
    for wanted, watts in (
        (profile("TxDefaultProfile", (0, 5000)), 5000),
        (profile("TxDefaultProfile", (0, 6000), number=2, level=1), 6000),
        (profile("TxDefaultProfile", (0, 7000), number=3, level=0), 6000),
        (profile("TxDefaultProfile", (0, 4000), number=4, connector=1), 4000),
        (profile("TxProfile", (0, 9000), number=5, connector=1, transactionId=number_of(station)), 9000),
        (profile("ChargePointMaxProfile", (0, 8000), number=6), 8000),
        (
            profile(
                "TxProfile",
                (0, 3000),
                number=5,
                connector=1,
                transactionId=number_of(station),
                kind="Relative",
            ),
            3000,
        ),
    ):
        assert await judge.command("SetChargingProfile", wanted) == ACCEPTED
        assert power_w(station) == watts
    by_criteria = {"chargingProfilePurpose": "TxProfile", "stackLevel": 0, "connectorId": 1}
    assert await judge.command("ClearChargingProfile", by_criteria) == ACCEPTED
    assert power_w(station) == 4000


@pytest.mark.parametrize(
    "wanted",
    [
        profile("ChargePointMaxProfile", (0, 1), connector=1),
        profile("ChargePointMaxProfile", (0, 1), kind="Relative"),
        profile("TxProfile", (0, 1), connector=1, transactionId=99),
        profile("TxProfile", (0, 1), connector=2, transactionId=1),
        profile("TxDefaultProfile", (0, 1), connector=3),
        profile("TxDefaultProfile", (0, 1), level=10),
        profile("TxDefaultProfile", *((n, 1) for n in range(25))),
    ],
)
async def test_what_fits_no_place_is_rejected(judge: Judge, run: Run, wanted: Any) -> None:
    await charging(judge, run)
    assert await judge.command("SetChargingProfile", wanted) == REJECTED


async def test_a_remote_start_may_bring_the_limit_of_its_transaction(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    brought = profile("TxProfile", (0, 5000), kind="Relative")["csChargingProfiles"]
    start = {"connectorId": 1, "idTag": "REMOTE", "chargingProfile": brought}
    assert await judge.command("RemoteStartTransaction", start) == ACCEPTED
    await judge.hears("StatusNotification", of(1, "Charging"))
    assert power_w(station) == 5000


async def test_the_composite_schedule_tells_every_turn(judge: Judge, run: Run) -> None:
    station = await charging(judge, run)
    steps = profile("TxDefaultProfile", (0, 4000), (600, 6000), (1800, 20_000), kind="Relative")
    await judge.command("SetChargingProfile", steps)
    asked = {"connectorId": 2, "duration": 3600, "chargingRateUnit": "W"}
    answer = await judge.command("GetCompositeSchedule", asked)
    schedule = answer["chargingSchedule"]
    assert (answer["status"], answer["connectorId"], schedule["duration"]) == ("Accepted", 2, 3600)
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 4000.0}, {"startPeriod": 600, "limit": 6000.0}, {"startPeriod": 1800, "limit": 11000.0},
    ]  # fmt: skip
    await judge.command("SetChargingProfile", profile("ChargePointMaxProfile", (0, 13_800), number=2))
    whole = await judge.command(
        "GetCompositeSchedule", {"connectorId": 0, "duration": 60, "chargingRateUnit": "A"}
    )
    assert whole["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] <= 20
    assert await judge.command("GetCompositeSchedule", asked | {"connectorId": 7}) == REJECTED
    assert station.is_accepted


async def test_a_daily_profile_holds_in_its_hours_only(judge: Judge, run: Run) -> None:
    station = await charging(judge, run)
    daily = profile("TxDefaultProfile", (0, 5000), kind="Recurring", recurrencyKind="Daily", duration=86_400)
    assert await judge.command("SetChargingProfile", daily) == ACCEPTED
    assert power_w(station) == 5000
    over = profile("TxDefaultProfile", (0, 5000), kind="Recurring", recurrencyKind="Daily", duration=1)
    assert await judge.command("SetChargingProfile", over) == ACCEPTED
    await station.clock.sleep(5)
    assert power_w(station) == 11_000
    brief = profile("TxDefaultProfile", (0, 5000), validTo=LONG_AGO)
    assert await judge.command("SetChargingProfile", brief) == ACCEPTED
    assert power_w(station) == 11_000


async def test_a_profile_that_cannot_be_read_is_an_error(judge: Judge, run: Run) -> None:
    await run("1.6")
    wanted = profile("TxDefaultProfile", (5, 1))
    assert await judge.command("SetChargingProfile", wanted) == "FormationViolation"
    assert await judge.command("SetChargingProfile", {}) == "FormationViolation"
