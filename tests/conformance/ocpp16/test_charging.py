"""Core: boot, and sessions that begin and end at the charge point."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.conformance.bench import (
    BLOCKED,
    CARD,
    EXPIRED,
    FAMILY,
    IDENTITY,
    UNKNOWN,
    Bench,
    ChargePoint,
    moment,
)

HOUR = timedelta(hours=1)


async def is_running(point: ChargePoint, number: int) -> bool:
    """Whether the API shows the session and its connector as charging."""
    row, connector = await point.transaction(number), await point.connector(1)
    charging = (connector["status"], connector["detail"]) == ("Occupied", "Charging")
    return charging and (row["state"], row["evse"]) == ("active", 1)


async def is_ended(point: ChargePoint, number: int, reason: str) -> bool:
    """Whether the API shows the session as ended, with the energy between the two registers."""
    row = await point.transaction(number)
    return (row["state"], row["stop_reason"], Decimal(row["energy_wh"])) == ("ended", reason, Decimal(4000))


async def test_tc_001_csms_a_cold_boot_is_accepted_and_shown(bench: Bench) -> None:
    async with bench.connected() as point:
        boot = await point.says(
            "BootNotification",
            {"chargePointVendor": "Works", "chargePointModel": "One", "firmwareVersion": "1.2"},
        )
        for connector in (0, 1, 2):
            await point.reports(connector, "Available")
        heartbeat = await point.says("Heartbeat", {})
        shown = await point.api.get(f"stations/{IDENTITY}/")

    assert (boot["status"], 0 < boot["interval"] <= 86400) == ("Accepted", True)
    for answer in (boot, heartbeat):
        assert answer["currentTime"].endswith("Z")
        assert abs(datetime.fromisoformat(answer["currentTime"]) - datetime.now(UTC)) < timedelta(seconds=10)
    assert (shown["is_online"], shown["registration"], shown["ocpp_version"]) == (True, "Accepted", "1.6")
    assert (shown["vendor"], shown["model"], shown["firmware_version"]) == ("Works", "One", "1.2")
    assert [(row["evse"], row["status"]) for row in shown["connectors"]] == [
        (1, "Available"),
        (2, "Available"),
    ]


async def test_tc_003_csms_charging_begins_after_the_cable(bench: Bench) -> None:
    async with bench.booted() as point:
        await point.reports(1, "Preparing")
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        number = await point.charges()

        assert await is_running(point, number)


async def test_tc_004_1_csms_charging_begins_after_the_identification(bench: Bench) -> None:
    async with bench.booted() as point:
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        await point.reports(1, "Preparing")
        number = await point.charges()

        assert await is_running(point, number)


async def test_tc_004_2_csms_an_identification_without_a_cable_is_no_session(bench: Bench) -> None:
    async with bench.booted() as point:
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        await point.reports(1, "Preparing")
        await point.reports(1, "Available")

        assert await point.transactions() == []
        assert (await point.connector(1))["status"] == "Available"


async def test_tc_005_1_csms_the_vehicle_ends_the_session(bench: Bench) -> None:
    async with bench.booted() as point:
        number = await point.charges()
        await point.reports(1, "SuspendedEV")
        assert await point.stops(number, "EVDisconnected") == {}
        await point.reports(1, "Finishing")
        await point.reports(1, "Available")

        assert await is_ended(point, number, "EVDisconnected")
        assert (await point.connector(1))["detail"] == "Available"


async def test_tc_007_csms_a_cached_id_needs_no_authorize(bench: Bench) -> None:
    async with bench.booted() as point:
        await point.reports(1, "Preparing")
        answer = await point.starts()
        await point.reports(1, "Charging")

        assert answer["idTagInfo"] == {"status": "Accepted", "parentIdTag": FAMILY}
        assert await is_running(point, answer["transactionId"])


async def test_tc_023_1_csms_an_unknown_id_is_invalid(bench: Bench) -> None:
    async with bench.booted() as point:
        assert await point.authorizes(UNKNOWN) == {"status": "Invalid"}
        assert (await point.logged("Authorize"))["response"] == {"idTagInfo": {"status": "Invalid"}}


async def test_tc_023_2_csms_an_expired_id_is_expired(bench: Bench) -> None:
    async with bench.booted() as point:
        assert (await point.authorizes(EXPIRED))["status"] == "Expired"
        assert (await point.logged("Authorize"))["response"]["idTagInfo"]["status"] == "Expired"


async def test_tc_023_3_csms_a_blocked_id_is_blocked(bench: Bench) -> None:
    async with bench.booted() as point:
        assert await point.authorizes(BLOCKED) == {"status": "Blocked"}
        assert (await point.logged("Authorize"))["response"] == {"idTagInfo": {"status": "Blocked"}}


async def test_tc_024_csms_a_failing_lock_is_shown_and_is_no_session(bench: Bench) -> None:
    async with bench.booted() as point:
        await point.reports(1, "Preparing")
        assert (await point.authorizes(CARD))["status"] == "Accepted"
        await point.reports(1, "Faulted", "ConnectorLockFailure")

        connector = await point.connector(1)
        assert (connector["status"], connector["error_code"]) == ("Faulted", "ConnectorLockFailure")
        assert await point.transactions() == []


async def test_tc_032_1_csms_a_power_failure_ends_the_session(bench: Bench) -> None:
    async with bench.booted() as point:
        number = await point.charges()
    async with bench.booted() as point:
        assert (await point.transaction(number))["state"] == "active"
        assert await point.stops(number, "PowerLoss") == {}
        await point.reports(1, "Finishing")

        assert await is_ended(point, number, "PowerLoss")


async def test_tc_037_1_csms_a_session_that_began_offline_goes_on(bench: Bench) -> None:
    began = moment(HOUR)
    async with bench.booted() as point:
        number = await point.charges(timestamp=began)

        assert await is_running(point, number)
        started = (await point.transaction(number))["started_at"]
        assert datetime.fromisoformat(started) == datetime.fromisoformat(began)


async def test_tc_037_3_csms_an_invalid_id_that_began_offline_is_told_so_and_ends(bench: Bench) -> None:
    async with bench.booted() as point:
        answer = await point.starts(UNKNOWN, timestamp=moment(HOUR))
        running = await point.transaction(answer["transactionId"])
        await point.reports(1, "SuspendedEVSE")
        await point.stops(answer["transactionId"], "DeAuthorized")

        assert answer["idTagInfo"] == {"status": "Invalid"}
        assert (running["state"], "not_authorized" in str(running["notes"])) == ("active", True)
        assert await is_ended(point, answer["transactionId"], "DeAuthorized")


async def test_tc_039_csms_a_session_that_was_offline_as_a_whole_keeps_its_times(bench: Bench) -> None:
    began, ended = moment(2 * HOUR), moment(HOUR)
    async with bench.booted() as point:
        answer = await point.starts(timestamp=began)
        stop = await point.stops(answer["transactionId"], "Local", timestamp=ended, idTag=CARD)

        assert answer["idTagInfo"]["status"] == stop["idTagInfo"]["status"] == "Accepted"
        assert await is_ended(point, answer["transactionId"], "Local")
        row = await point.transaction(answer["transactionId"])
        assert [datetime.fromisoformat(row[name]) for name in ("started_at", "ended_at")] == [
            datetime.fromisoformat(text) for text in (began, ended)
        ]
