"""Security events, new keys and higher security profiles over the real socket."""

import asyncio
import base64
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chargers import credential_rotation, security_profiles, stations
from chargers.models import ChargingStation, Command, KeyRotation, SecurityEvent
from tests.gateway.conftest import GatewayProcess, add_station
from tests.gateway.station import PASSWORD, SUBPROTOCOLS, Station, station
from tests.gateway.test_commands import queue, run, state
from tests.gateway.test_firmware import ask, inside, play

EVENT = {"type": "FirmwareUpdated", "timestamp": "2026-11-22T10:00:00Z", "techInfo": "2.0"}


@pytest.fixture(autouse=True)
def _charger(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")


def charger() -> ChargingStation:
    return ChargingStation.objects.get()


def events() -> list[SecurityEvent]:
    return list(SecurityEvent.objects.order_by("pk"))


def tell(gateway: GatewayProcess, *payloads: dict[str, Any]) -> list[SecurityEvent]:
    async def scene(one: Station) -> None:
        for payload in payloads:
            assert await one.result("SecurityEventNotification", payload) == {}

    play(gateway, scene)
    return inside(events)


def test_an_event_is_kept_with_the_stations_time(gateway: GatewayProcess) -> None:
    (event,) = tell(gateway, EVENT)

    assert (event.type, event.text, event.is_critical, event.source) == (
        "FirmwareUpdated",
        "2.0",
        True,
        "station",
    )
    assert event.occurred_at.isoformat() == "2026-11-22T10:00:00+00:00"


def test_a_repeated_event_is_kept_once_and_order_is_kept(gateway: GatewayProcess) -> None:
    other = EVENT | {"type": "OurOwnWord"}

    found = tell(gateway, EVENT, other, EVENT, {"type": "InvalidMessages", "timestamp": "no time at all"})

    assert [(event.type, event.is_critical) for event in found] == [
        ("FirmwareUpdated", True), ("OurOwnWord", False), ("InvalidMessages", False),
    ]  # fmt: skip


def test_an_event_is_never_changed(gateway: GatewayProcess) -> None:
    tell(gateway, EVENT)

    def change() -> None:
        with transaction.atomic():
            SecurityEvent.objects.update(text="nothing happened")

    with pytest.raises(IntegrityError):
        inside(change)
    inside(lambda: stations.remove(charger()))
    assert inside(events) == []


# --- keys


def rotations() -> list[KeyRotation]:
    return list(KeyRotation.objects.select_related("command").order_by("pk"))


def states() -> list[str]:
    return [str(row.state) for row in rotations()]


async def next_key(one: Station) -> tuple[list[Any], str]:
    """The command with a new key, and the key as text."""
    frame = await one.next_command()
    assert (frame[2], frame[3]["key"]) == ("ChangeConfiguration", "AuthorizationKey")
    return frame, bytes.fromhex(frame[3]["value"]).decode()


async def comes(gateway: GatewayProcess, password: str) -> bool:
    try:
        async with station(gateway.base, "acme", "CP-1", password=password):
            return True
    except InvalidStatus as error:
        if error.response.status_code != 401:
            raise
        return False


def test_the_old_key_is_valid_until_the_new_one_is_used(gateway: GatewayProcess) -> None:
    async def scene() -> str:
        async with station(gateway.base, "acme", "CP-1") as one:
            await ask(lambda: credential_rotation.request(charger(), requested_by="anna"))
            frame, key = await next_key(one)
            assert await ask(states) == ["sent"]
            await one.answer(frame, {"status": "Accepted"})
            await asyncio.sleep(0.2)
        assert await ask(states) == ["accepted"]
        assert await comes(gateway, PASSWORD)
        assert await comes(gateway, key)
        assert not await comes(gateway, PASSWORD)
        return key

    key = asyncio.run(scene())
    (row,) = inside(rotations)

    assert (row.state, row.command.effect_seen_at is not None) == ("used", True)
    assert key not in f"{row.command.payload}{row.command.request}"
    assert [event.type for event in inside(events)] == ["KeyChanged"]


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
def test_a_refused_key_never_opens_the_door(gateway: GatewayProcess, status: str) -> None:
    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1") as one:
            await ask(lambda: credential_rotation.request(charger()))
            frame, key = await next_key(one)
            await one.answer(frame, {"status": status})
            await asyncio.sleep(0.2)
        assert not await comes(gateway, key)
        assert await comes(gateway, PASSWORD)

    asyncio.run(scene())

    assert inside(states) == ["refused"]


@pytest.mark.parametrize("has_taken_it", [True, False])
def test_a_lost_connection_leaves_both_keys_valid(gateway: GatewayProcess, *, has_taken_it: bool) -> None:
    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1") as one:
            await ask(lambda: credential_rotation.request(charger()))
            _, key = await next_key(one)
        await asyncio.sleep(0.3)
        assert await ask(states) == ["unconfirmed"]
        if has_taken_it:
            assert await comes(gateway, key)
            assert not await comes(gateway, PASSWORD)
        else:
            assert await comes(gateway, PASSWORD)
            assert await comes(gateway, key)

    asyncio.run(scene())


def test_a_gateway_that_dies_leaves_both_keys_valid(own_gateway: GatewayProcess) -> None:
    async def scene() -> str:
        async with station(own_gateway.base, "acme", "CP-1") as one:
            await ask(lambda: credential_rotation.request(charger()))
            _, key = await next_key(one)
            own_gateway.kill()
            return key

    key = asyncio.run(scene())
    own_gateway.start()

    async def afterwards() -> None:
        assert await comes(own_gateway, PASSWORD)
        assert await comes(own_gateway, key)
        assert not await comes(own_gateway, PASSWORD)

    asyncio.run(afterwards())


def test_a_key_that_waits_is_sealed_and_opens_nothing(gateway: GatewayProcess) -> None:
    payload = {"key": "AuthorizationKey", "value": b"a key of twenty byte".hex()}
    command = queue("ChangeConfiguration", payload, is_exact=True)

    assert payload["value"] not in str(command.payload)
    assert not asyncio.run(comes(gateway, "a key of twenty byte"))
    assert inside(states) == ["queued"]


def test_a_key_by_hand_ends_those_that_are_under_way(gateway: GatewayProcess) -> None:
    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1") as one:
            await ask(lambda: credential_rotation.request(charger()))
            _, key = await next_key(one)
        await ask(lambda: stations.new_password(charger(), "typed in by hand, ok"))
        assert not await comes(gateway, key)
        assert await comes(gateway, "typed in by hand, ok")

    asyncio.run(scene())

    assert inside(states) == ["replaced"]


def test_every_form_of_the_key_is_taken(gateway: GatewayProcess) -> None:
    key = bytes(range(4)) + b"\xff" * 12
    run(gateway, "1.6", "ChangeConfiguration", {"key": "AuthorizationKey", "value": key.hex()}, {"status": "Accepted"}, is_exact=True)  # fmt: skip

    async def raw() -> None:
        header = {"Authorization": "Basic " + base64.b64encode(b"CP-1:" + key).decode()}
        address = f"{gateway.base}/acme/ocpp/CP-1"
        async with connect(address, subprotocols=[SUBPROTOCOLS["1.6"]], additional_headers=header):
            pass

    async def scene() -> None:
        await raw()
        assert await comes(gateway, key.hex().upper())

    asyncio.run(scene())


def test_a_key_must_fit(gateway: GatewayProcess) -> None:
    item = {"attributeValue": "x" * 21, **credential_rotation.VARIABLE}

    async def scene(one: Station) -> Command:
        row = await ask(lambda: queue("SetVariables", {"setVariableData": [item]}))
        await asyncio.sleep(0.3)
        return await ask(lambda: state(row))

    async def run_it() -> Command:
        async with station(gateway.base, "acme", "CP-1") as one:
            return await scene(one)

    assert asyncio.run(run_it()).error_code == "NotSupported"
    assert inside(states) == ["refused"]


# --- profiles


def profile_payload(value: str) -> dict[str, Any]:
    return {
        "setVariableData": [
            {
                "attributeValue": value,
                "component": {"name": "SecurityCtrlr"},
                "variable": {"name": "SecurityProfile"},
            }
        ]
    }


def profiles() -> tuple[int, int | None]:
    row = charger()
    return row.security_profile, row.pending_security_profile


def test_a_profile_counts_from_its_first_use(gateway: GatewayProcess) -> None:
    frame, _ = run(gateway, "1.6", "SetVariables", profile_payload("2"), {"status": "Accepted"})

    assert frame[3] == {"key": "SecurityProfile", "value": "2"}
    assert asyncio.run(comes(gateway, PASSWORD))
    assert inside(profiles) == (1, 2)
    inside(lambda: security_profiles.arrived(charger(), is_encrypted=True))
    assert inside(profiles) == (2, None)
    with pytest.raises(InvalidStatus, match="403"):  # T-85
        asyncio.run(comes(gateway, PASSWORD))
    inside(lambda: security_profiles.lower(charger(), 1))
    assert asyncio.run(comes(gateway, PASSWORD))
    assert [event.type for event in inside(events)] == ["SecurityProfileRaised", "SecurityProfileLowered"]


def test_a_refused_profile_is_not_waited_for(gateway: GatewayProcess) -> None:
    run(gateway, "1.6", "SetVariables", profile_payload("2"), {"status": "Rejected"})

    assert inside(profiles) == (1, None)


@pytest.mark.parametrize("value", ["0", "1", "3", "4", "x", "²"])
def test_a_profile_is_only_raised_and_never_locks_out(gateway: GatewayProcess, value: str) -> None:
    with pytest.raises(ValidationError):
        queue("SetVariables", profile_payload(value))
    assert inside(Command.objects.count) == 0
