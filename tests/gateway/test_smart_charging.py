"""Smart charging over the real socket: what is sent, what the rows say of it, and what becomes of the station's own schedule."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.utils import timezone

from chargers import charging_profiles
from chargers.charging_schedules import Period, Profile, Schedule
from chargers.models import ChargingProfile, ChargingStation, Command, CompositeSchedule, Variable
from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import Station, now, station
from tests.gateway.test_commands import final, queue
from transactions import composite_schedules, remote_control

Value = TypeVar("Value")
START = datetime(2026, 11, 22, 6, tzinfo=UTC)
ACCEPTED = {"status": "Accepted"}
DEFAULT = Profile(
    evse_number=1,
    purpose="TxDefaultProfile",
    stack_level=2,
    kind="Recurring",
    recurrency="Daily",
    schedule=Schedule(
        "A", (Period(0, Decimal("16.5"), 3), Period(3600, Decimal(6))), START, 7200, Decimal(6)
    ),
)
WIRE = {
    "stackLevel": 2,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Recurring",
    "recurrencyKind": "Daily",
    "chargingSchedule": {
        "duration": 7200,
        "startSchedule": "2026-11-22T06:00:00.000Z",
        "chargingRateUnit": "A",
        "minChargingRate": 6,
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 16.5, "numberPhases": 3},
            {"startPeriod": 3600, "limit": 6},
        ],
    },
}


@pytest.fixture(autouse=True)
def _charger_and_card(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "CARD")


def inside(function: Callable[..., Value], *arguments: Any, **options: Any) -> Value:
    """Call a verb in the tenant, as a web process does."""
    with context.tenant("acme"):
        return function(*arguments, **options)


async def ask(function: Callable[..., Value], *arguments: Any, **options: Any) -> Value:
    """As `inside`, beside a socket."""
    return await sync_to_async(inside)(function, *arguments, **options)


def charger() -> ChargingStation:
    return ChargingStation.objects.get()


def install(profile: Profile = DEFAULT, **options: Any) -> ChargingProfile:
    return charging_profiles.install(charger(), profile, **options)


def row(pk: int | None = None) -> ChargingProfile:
    rows = ChargingProfile.objects.select_related("command", "station")
    return rows.get(pk=pk) if pk else rows.get()


def play(
    gateway: GatewayProcess, scene: Callable[[Station], Awaitable[Value]], version: str = "1.6"
) -> Value:
    async def whole() -> Value:
        async with station(gateway.base, "acme", "CP-1", version) as one:
            return await scene(one)

    return asyncio.run(whole())


async def installed(one: Station, profile: Profile = DEFAULT, answer: Any = ACCEPTED) -> ChargingProfile:
    """Install a profile; the station answers like this."""
    wish = await ask(install, profile)
    await one.answer(await one.next_command(), answer)
    await final(wish.command or Command())
    return await ask(row, wish.pk)


def test_a_profile_is_sent_in_1_6s_words_and_confirmed_by_the_answer(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> tuple[Any, ChargingProfile, ChargingProfile]:
        wish = await ask(install, requested_by="anna")
        frame = await one.next_command()
        before = await ask(row)
        await one.answer(frame, ACCEPTED)
        await final(wish.command or Command())
        return frame, before, await ask(row)

    frame, before, after = play(gateway, scene)

    wire = WIRE | {"chargingProfileId": after.profile_id}
    assert frame[2:] == ["SetChargingProfile", {"connectorId": 1, "csChargingProfiles": wire}]
    assert (before.state, before.confirmed, before.requested_by) == ("requested", None, "anna")
    assert (after.state, after.answer, after.is_over) == ("installed", "Accepted", False)
    assert inside(charging_profiles.held, after.station)[0].schedule == DEFAULT.schedule


def test_the_stations_maximum_goes_to_connector_0_under_its_other_name(gateway: GatewayProcess) -> None:
    maximum = Profile(
        0, "ChargingStationMaxProfile", 0, "Absolute", Schedule("W", (Period(0, Decimal(9000)),), START)
    )

    async def scene(one: Station) -> Any:
        await ask(install, maximum)
        return await one.next_command()

    payload = play(gateway, scene)[3]

    assert payload["connectorId"] == 0
    assert payload["csChargingProfiles"]["chargingProfilePurpose"] == "ChargePointMaxProfile"


@pytest.mark.parametrize("word", ["Rejected", "NotSupported"])
def test_a_refused_change_leaves_what_the_station_holds(gateway: GatewayProcess, word: str) -> None:
    async def scene(one: Station) -> ChargingProfile:
        held = await installed(one)
        changed = Profile(
            1,
            "TxDefaultProfile",
            2,
            "Absolute",
            Schedule("A", (Period(0, Decimal(8)),), START),
            held.profile_id,
        )
        return await installed(one, changed, {"status": word})

    after = play(gateway, scene)

    assert (after.state, after.answer, after.is_over) == ("refused", word, False)
    assert after.document["chargingProfileKind"] == "Absolute"
    assert after.confirmed
    assert after.confirmed["chargingProfileKind"] == "Recurring"


def test_the_same_purpose_and_level_replaces(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> tuple[ChargingProfile, ChargingProfile]:
        first = await installed(one)
        second = await installed(one)
        return await ask(row, first.pk), second

    first, second = play(gateway, scene)

    assert first.profile_id != second.profile_id
    assert (first.state, first.confirmed, second.state) == ("replaced", None, "installed")


def test_an_error_a_silence_and_an_expiry_each_have_their_state(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        wish = await ask(install)
        frame = await one.next_command()
        await one.raw(f'[4,"{frame[1]}","NotSupported","Not here",{{}}]')
        await final(wish.command or Command())

    play(gateway, scene)
    inside(charging_profiles.settle)
    refused = inside(row)
    assert (refused.state, refused.note, refused.is_over) == ("refused", "NotSupported · Not here", True)

    wish = inside(install)
    inside(Command.objects.update, status="timed_out")
    inside(charging_profiles.settle)
    assert inside(row, wish.pk).state == "unknown"


def test_clearing_forgets_the_profile_also_where_the_station_did_not_have_it(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> list[str]:
        states = []
        for word in ("Accepted", "Unknown"):
            held = await installed(one)
            wish = await ask(charging_profiles.clear, held)
            states.append((await ask(row, held.pk)).state)
            frame = await one.next_command()
            assert frame[2:] == ["ClearChargingProfile", {"id": held.profile_id}]
            await one.answer(frame, {"status": word})
            await final(wish.command or Command())
            states.append((await ask(row, held.pk)).state)
        return states

    assert play(gateway, scene) == ["clearing", "cleared"] * 2


@pytest.mark.parametrize(
    ("payload", "wire", "left"),
    [
        ({}, {}, set()),
        (
            {"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 2}},
            {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 2},
            {"ChargingStationMaxProfile"},
        ),
        (
            {"chargingProfileCriteria": {"evseId": 0, "chargingProfilePurpose": "ChargingStationMaxProfile"}},
            {"connectorId": 0, "chargingProfilePurpose": "ChargePointMaxProfile"},
            {"TxDefaultProfile"},
        ),
    ],
)
def test_clearing_by_criteria_forgets_what_they_mean(
    gateway: GatewayProcess, payload: Any, wire: Any, left: set[str]
) -> None:
    maximum = Profile(
        0, "ChargingStationMaxProfile", 0, "Absolute", Schedule("A", (Period(0, Decimal(32)),), START)
    )

    async def scene(one: Station) -> Any:
        for profile in (DEFAULT, maximum):
            await installed(one, profile)
        command = await sync_to_async(queue)("ClearChargingProfile", payload)
        frame = await one.next_command()
        await one.answer(frame, ACCEPTED)
        await final(command)
        return frame[3]

    assert play(gateway, scene) == wire
    assert {profile.purpose for profile in inside(charging_profiles.held, inside(charger))} == left


def test_a_profile_sent_by_hand_is_known_as_well(gateway: GatewayProcess) -> None:
    by_hand = WIRE | {"chargingProfileId": 77, "chargingProfilePurpose": "TxProfile", "transactionId": 12}

    async def scene(one: Station) -> None:
        for action, payload in (
            ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": by_hand}),
            ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": {"chargingProfileId": "x"}}),
        ):
            command = await sync_to_async(queue)(action, payload, is_exact=True)
            await one.answer(await one.next_command(), ACCEPTED)
            await final(command)

    play(gateway, scene)
    found = inside(row)
    assert (found.profile_id, found.transaction_id, found.state) == (77, "12", "installed")


def test_a_transactions_profile_ends_with_it_and_a_remote_start_may_bring_one(
    gateway: GatewayProcess,
) -> None:
    wanted = Profile(1, "TxProfile", 0, "Relative", Schedule("A", (Period(0, Decimal(10)),)))

    async def scene(one: Station) -> tuple[Any, ChargingProfile, int]:
        command = await ask(
            lambda: remote_control.request_start(
                charger(), id_token="CARD", evse_number=1, charging_profile=wanted
            )
        )
        frame = await one.next_command()
        await one.answer(frame, ACCEPTED)
        await final(command)
        start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": now()}
        number = (await one.result("StartTransaction", start))["transactionId"]
        during = await ask(row)
        await one.result("StopTransaction", {"transactionId": number, "meterStop": 5, "timestamp": now()})
        return frame, during, number

    frame, during, number = play(gateway, scene)

    sent = frame[3]["chargingProfile"]
    assert (frame[2], sent["chargingProfilePurpose"], "transactionId" in sent) == ("RemoteStartTransaction", "TxProfile", False)  # fmt: skip
    assert (during.state, during.transaction_id, during.evse_number) == ("installed", str(number), 1)
    after = inside(row)
    assert (after.state, after.is_over, after.confirmed) == ("ended", True, None)


def test_the_stations_schedule_is_compared_with_what_its_profiles_give(gateway: GatewayProcess) -> None:
    always = Profile(1, "TxDefaultProfile", 0, "Absolute", Schedule("A", (Period(0, Decimal(16)),), START))

    async def scene(one: Station) -> Any:
        await installed(one, always)
        command = await ask(lambda: composite_schedules.request(charger(), evse_number=1, duration_s=7200))
        frame = await one.next_command()
        periods = [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 600, "limit": 32.0}]
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods, "duration": 7200}
        await one.answer(
            frame, {**ACCEPTED, "connectorId": 1, "scheduleStart": now(), "chargingSchedule": schedule}
        )
        await final(command)
        return frame

    frame = play(gateway, scene)
    told = inside(CompositeSchedule.objects.get)

    assert frame[2:] == [
        "GetCompositeSchedule",
        {"connectorId": 1, "duration": 7200, "chargingRateUnit": "A"},
    ]
    assert (told.evse_number, told.unit, len(told.periods)) == (1, "A", 2)
    assert told.differences == [{"start_s": 600, "expected": "16", "told": "32.0"}]


def test_a_station_that_boots_is_asked_what_became_of_its_profiles(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> Any:
        await installed(one)
        await one.boot("1.6")
        return await one.next_command()

    frame = play(gateway, scene)
    assert frame[2:] == [
        "GetCompositeSchedule",
        {"connectorId": 1, "duration": 86_400, "chargingRateUnit": "A"},
    ]


def test_a_rejected_question_leaves_no_schedule(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> Command:
        command = await ask(lambda: composite_schedules.request(charger(), evse_number=0, unit="W"))
        await one.answer(await one.next_command(), {"status": "Rejected"})
        return await final(command)

    assert play(gateway, scene).status == "rejected"
    assert inside(CompositeSchedule.objects.count) == 0


def test_a_limit_for_now_is_a_profile_of_its_place_and_replaces_the_last_one(gateway: GatewayProcess) -> None:
    inside(Variable.objects.create, station_id=inside(charger).pk, component="Configuration", name="ChargeProfileMaxStackLevel", value="5")  # fmt: skip

    def limit(**options: Any) -> ChargingProfile:
        return charging_profiles.set_limit(charger(), limit=Decimal(10), unit="A", **options)

    whole, evse = inside(limit, evse_number=0), inside(limit, evse_number=1, duration_s=3600)
    own = inside(limit, evse_number=1, transaction_id="7")

    assert [(each.purpose, each.stack_level) for each in (whole, evse, own)] == [
        ("ChargingStationMaxProfile", 5), ("TxDefaultProfile", 5), ("TxProfile", 5),
    ]  # fmt: skip
    begin = datetime.fromisoformat(evse.document["chargingSchedule"][0]["startSchedule"])
    assert timezone.now() - timedelta(minutes=1) <= begin <= timezone.now()
    inside(ChargingProfile.objects.filter(pk=evse.pk).update, confirmed=evse.document)
    assert inside(limit, evse_number=1).profile_id == evse.profile_id


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stack_level": 9}, "stack_level"),
        ({"purpose": "ChargingStationMaxProfile"}, "evse"),
        ({"purpose": "TxProfile"}, "transaction_id"),
        ({"transaction_id": "7"}, "transaction_id"),
        ({"kind": "Absolute"}, "recurrency"),
        ({"recurrency": ""}, "recurrency"),
        ({"valid_from": START, "valid_to": START}, "valid_to"),
        ({"schedule": Schedule("W", (Period(0, Decimal(1000)),), START)}, "unit"),
        ({"schedule": Schedule("A", (), START)}, "periods"),
        ({"schedule": Schedule("A", (Period(5, Decimal(1)),), START)}, "periods"),
        ({"schedule": Schedule("A", (Period(0, Decimal("1.25")),), START)}, "periods"),
        ({"schedule": Schedule("A", (Period(0, Decimal(1), 4),), START)}, "periods"),
        ({"schedule": Schedule("A", tuple(Period(n, Decimal(1)) for n in range(4)), START)}, "periods"),
        ({"schedule": Schedule("A", (Period(0, Decimal(1)),), START, 86_401)}, "duration_s"),
        ({"schedule": Schedule("A", (Period(0, Decimal(1)), Period(60, Decimal(2))), START, 60)}, "periods"),
    ],
)
def test_what_breaks_a_rule_or_is_beyond_the_station_is_refused_before_it_is_sent(
    change: dict[str, Any], field: str
) -> None:
    keys = {"ChargeProfileMaxStackLevel": "3", "ChargingScheduleMaxPeriods": "3", "ChargingScheduleAllowedChargingRateUnit": "Current"}  # fmt: skip
    for name, value in keys.items():
        inside(
            Variable.objects.create,
            station_id=inside(charger).pk,
            component="Configuration",
            name=name,
            value=value,
        )
    with pytest.raises(ValidationError) as refusal:
        inside(install, replace(DEFAULT, **change))
    assert field in refusal.value.message_dict
    assert inside(Command.objects.count) == 0


@pytest.mark.parametrize(
    "payload", [{}, {"evseId": 1, "chargingProfile": {"id": 1}}, {"evseId": "1", "chargingProfile": []}]
)
def test_a_unified_command_that_holds_no_profile_is_refused(payload: Any) -> None:
    with pytest.raises(ValidationError):
        queue("SetChargingProfile", payload)
    assert inside(Command.objects.count) == 0


def test_what_1_6_cannot_say_fails_with_the_reason(gateway: GatewayProcess) -> None:
    period = {"startPeriod": 0, "limit": 16, "numberPhases": 1, "phaseToUse": 2}
    document = {
        "id": 5, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Relative",
        "chargingSchedule": [{"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}],
    }  # fmt: skip

    async def scene(one: Station) -> Command:
        return await final(
            await sync_to_async(queue)("SetChargingProfile", {"evseId": 1, "chargingProfile": document})
        )

    command = play(gateway, scene)
    assert (command.status, command.error_text) == (
        "failed",
        "OCPP 1.6 cannot say which phase is to be used.",
    )
