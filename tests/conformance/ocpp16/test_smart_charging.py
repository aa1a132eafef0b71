"""Smart charging: profiles are installed, started with, computed and cleared."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conformance.bench import ACCEPTED, CARD, IDENTITY, Bench, ChargePoint, Order, Payload, each_way

PERIODS = [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 300, "limit": 10.5, "numberPhases": 1}]
SOON = datetime.now(UTC).replace(microsecond=0)
VALID = {
    "validFrom": (SOON - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "validTo": (SOON + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
}
START = SOON.strftime("%Y-%m-%dT%H:%M:%SZ")


def profile(number: int, purpose: str, kind: str, **more: Any) -> Payload:
    """A profile without its id and schedule, which the versions name differently."""
    wanted = {"stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": kind}
    return {"id": number} | wanted | more


def unified(wanted: Payload, schedule: Payload) -> Payload:
    """The profile in the words of OCPP 2.0.1."""
    transaction = {"transactionId": str(wanted["transactionId"])} if "transactionId" in wanted else {}
    return wanted | transaction | {"chargingSchedule": [{"id": 1} | schedule]}


def wire(wanted: Payload, schedule: Payload) -> Payload:
    """The profile in the words of OCPP 1.6."""
    rest = {name: value for name, value in wanted.items() if name != "id"}
    return {"chargingProfileId": wanted["id"]} | rest | {"chargingSchedule": schedule}


SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": PERIODS, "duration": 3600}


async def is_installed(
    point: ChargePoint, wanted: Payload, schedule: Payload, *, connector: int = 1, exact: bool
) -> Order:
    """Install a profile, which the charge point accepts."""
    on_wire = {"connectorId": connector, "csChargingProfiles": wire(wanted, schedule)}
    asked = on_wire if exact else {"evseId": connector, "chargingProfile": unified(wanted, schedule)}
    order = await point.is_told("SetChargingProfile", asked, exact=exact)
    assert order.said == ("SetChargingProfile", on_wire)
    assert order.status == "accepted"
    return order


async def held(point: ChargePoint) -> dict[int, tuple[str, str, list[Any]]]:
    """The profiles of the station by their number: state, purpose and limits, as the API shows them."""
    rows = await point.api.rows("charging-profiles/", station=IDENTITY)
    return {
        row["profile_id"]: (row["state"], row["purpose"], [period["limit"] for period in row["periods"]])
        for row in rows
    }


@each_way
async def test_tc_056_csms_a_default_profile_is_installed(bench: Bench, *, exact: bool) -> None:
    async with bench.booted() as point:
        wanted = profile(11, "TxDefaultProfile", "Absolute", **VALID)
        await is_installed(point, wanted, SCHEDULE | {"startSchedule": START}, exact=exact)

        assert await held(point) == {11: ("installed", "TxDefaultProfile", [16, 10.5])}


@each_way
async def test_tc_057_csms_a_profile_is_installed_for_the_running_session(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        number = await point.charges()
        wanted = profile(12, "TxProfile", "Relative", transactionId=number)
        order = await is_installed(point, wanted, SCHEDULE, exact=exact)

        assert order.frame[3]["csChargingProfiles"]["transactionId"] == number
        assert await held(point) == {12: ("installed", "TxProfile", [16, 10.5])}
        await point.stops(number, "Local")
        assert (await held(point))[12][0] == "ended"


@each_way
async def test_tc_059_csms_a_remote_start_brings_its_profile(bench: Bench, *, exact: bool) -> None:
    wanted = profile(13, "TxProfile", "Relative")
    on_wire = {"idTag": CARD, "connectorId": 1, "chargingProfile": wire(wanted, SCHEDULE)}
    asked = {
        "idToken": {"idToken": CARD, "type": "ISO14443"},
        "evseId": 1,
        "chargingProfile": unified(wanted, SCHEDULE),
    }
    action = "RemoteStartTransaction" if exact else "RequestStartTransaction"
    async with bench.booted() as point:
        order = await point.is_told(action, on_wire if exact else asked, exact=exact)
        number = await point.charges()

        assert order.said == ("RemoteStartTransaction", on_wire)
        assert order.status == "accepted"
        assert (await point.transaction(number))["state"] == "active"
        assert await held(point) == {13: ("installed", "TxProfile", [16, 10.5])}


@each_way
async def test_tc_066_csms_the_composite_schedule_is_told(bench: Bench, *, exact: bool) -> None:
    on_wire = {"connectorId": 1, "duration": 3600, "chargingRateUnit": "A"}
    asked = {"evseId": 1, "duration": 3600, "chargingRateUnit": "A"}
    schedule = {"duration": 3600, "chargingRateUnit": "A", "chargingSchedulePeriod": PERIODS[:1]}
    answer = ACCEPTED | {"connectorId": 1, "scheduleStart": START, "chargingSchedule": schedule}
    async with bench.booted() as point:
        order = await point.is_told("GetCompositeSchedule", on_wire if exact else asked, answer, exact=exact)

        assert order.said == ("GetCompositeSchedule", on_wire)
        assert (order.status, order.command["response"]["chargingSchedule"]) == ("accepted", schedule)


# On the wire, in the words of OCPP 2.0.1, and which profiles are cleared then.
CLEARINGS: list[tuple[Payload, Payload, list[int]]] = [
    ({"id": 21}, {"chargingProfileId": 21}, [21]),
    (
        {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1},
        {"chargingProfileCriteria": {"evseId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1}},
        [21, 22],
    ),
    ({}, {}, [21, 22, 23]),
]  # fmt: skip


@each_way
async def test_tc_067_csms_profiles_are_cleared_by_id_by_criteria_and_all(
    bench: Bench, *, exact: bool
) -> None:
    async with bench.booted() as point:
        for number, level in ((21, 0), (22, 1), (23, 2)):
            wanted = profile(number, "TxDefaultProfile", "Absolute") | {"stackLevel": level}
            await is_installed(point, wanted, SCHEDULE | {"startSchedule": START}, exact=exact)
        for on_wire, asked, gone in CLEARINGS:
            order = await point.is_told("ClearChargingProfile", on_wire if exact else asked, exact=exact)
            assert order.said == ("ClearChargingProfile", on_wire)
            assert order.status == "accepted"
            cleared = [number for number, (state, *_) in (await held(point)).items() if state == "cleared"]
            assert sorted(cleared) == gone
        order = await point.is_told("ClearChargingProfile", {}, {"status": "Unknown"}, exact=exact)

        assert (order.status, order.command["response"]) == ("rejected", {"status": "Unknown"})
        assert order.command["station"] == IDENTITY
