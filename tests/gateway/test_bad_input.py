"""Bad frames get their exact answer, and leave the process, the other sockets and the data unharmed."""

import asyncio
import json

import pytest
from websockets.exceptions import ConnectionClosed

from chargers.models import QuarantinedFrame
from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station
from tests.gateway.station import Station, station

FORMATION, OCCURENCE = "FormationViolation", "OccurenceConstraintViolation"
ANSWERED = [
    ("1.6", '[2,"a","Foo",{}]', ["a", "NotImplemented"]),
    ("2.0.1", '[2,"a","Foo",{}]', ["a", "NotImplemented"]),
    ("2.1", '[2,"a","Foo",{}]', ["a", "NotImplemented"]),
    ("1.6", '[2,"a","Reset",{}]', ["a", "NotSupported"]),
    ("2.0.1", '[2,"a","StartTransaction",{}]', ["a", "NotImplemented"]),
    ("1.6", '[2,"a","BootNotification",{}]', ["a", OCCURENCE]),
    ("2.0.1", '[2,"a","BootNotification",{}]', ["a", "OccurrenceConstraintViolation"]),
    ("1.6", '[2,"a","Authorize",{"idTag":7}]', ["a", "TypeConstraintViolation"]),
    (
        "1.6",
        '[2,"a","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Nice"}]',
        ["a", "PropertyConstraintViolation"],
    ),
    ("1.6", '[2,"a","Heartbeat",{"surplus":1}]', ["a", FORMATION]),
    ("2.0.1", '[2,"a","Heartbeat",{"surplus":1}]', ["a", "FormatViolation"]),
    ("1.6", '[2,"a","Heartbeat",[]]', ["a", FORMATION]),
    ("1.6", '[2,"a","Heartbeat"]', ["a", "ProtocolError"]),
    ("2.0.1", '[2,"a"]', ["a", "RpcFrameworkError"]),
    ("1.6", '[2,"a","Heartbeat",{', ["a", FORMATION]),
    ("2.0.1", "{oops", ["-1", "RpcFrameworkError"]),
    ("2.1", "[]", ["-1", "RpcFrameworkError"]),
    ("2.0.1", '[99,"a",{}]', ["a", "MessageTypeNotSupported"]),
    ("1.6", '[2,"a","Authorize",{"idTag":"\\u0000"}]', ["a", "PropertyConstraintViolation"]),
]


@pytest.mark.parametrize(("version", "text", "expected"), ANSWERED)
def test_a_bad_call_gets_its_error_and_the_next_message_works(
    gateway: GatewayProcess, version: str, text: str, expected: list[str]
) -> None:
    add_station("acme", "CP-1")

    async def scene() -> list[object]:
        async with station(gateway.base, "acme", "CP-1", version) as one:
            await one.raw(text)
            frame = await one.next_other()
            await one.result("Heartbeat", {})
            return frame

    frame = asyncio.run(scene())

    assert frame[0] == 4
    assert frame[1:3] == expected
    assert frame[4] == {}
    with context.tenant("acme"):
        assert QuarantinedFrame.objects.get().frame == text


IGNORED = [("1.6", "not json"), ("1.6", "[]"), ("1.6", '[99,"a",{}]'), ("1.6", '[6,"a","Heartbeat",{}]'), ("2.1", '[99,"a",{}]'),
           ("1.6", '[3,"nobody-asked",{}]'), ("2.0.1", '[4,"nobody-asked","GenericError","",{}]')]  # fmt: skip


@pytest.mark.parametrize(("version", "text"), IGNORED)
def test_a_frame_without_sense_is_kept_and_not_answered(
    gateway: GatewayProcess, version: str, text: str
) -> None:
    add_station("acme", "CP-1")

    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1", version) as one:
            await one.raw(text)
            assert await one.is_silent()
            await one.result("Heartbeat", {})

    asyncio.run(scene())

    with context.tenant("acme"):
        assert QuarantinedFrame.objects.get().frame == text


def test_before_boot_everything_but_boot_is_a_security_error(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")

    async def scene() -> list[object]:
        async with station(gateway.base, "acme", "CP-1", boots=False) as one:
            before = await one.call("Heartbeat", {})
            await one.boot("1.6")
            await one.result("Heartbeat", {})
            return before

    assert asyncio.run(scene())[2] == "SecurityError"


async def closed_with(one: Station) -> int | None:
    await asyncio.wait_for(one.socket.wait_closed(), 5)
    return one.socket.close_code


def test_a_binary_frame_closes_with_1003_and_the_neighbour_goes_on(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_station("acme", "CP-2")

    async def scene() -> int | None:
        async with (
            station(gateway.base, "acme", "CP-1") as one,
            station(gateway.base, "acme", "CP-2") as neighbour,
        ):
            await one.raw(b'[2,"a","Heartbeat",{}]')
            code = await closed_with(one)
            await neighbour.result("Heartbeat", {})
            return code

    assert asyncio.run(scene()) == 1003


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_frame_that_is_too_large_closes_with_1009(gateway: GatewayProcess, version: str) -> None:
    add_station("acme", "CP-1")

    async def scene() -> int | None:
        async with station(gateway.base, "acme", "CP-1", version, compression="deflate") as one:
            await one.raw(json.dumps([2, "a", "DataTransfer", {"vendorId": "v", "data": "x" * 300_000}]))
            return await closed_with(one)

    assert asyncio.run(scene()) == 1009


def test_ten_frames_without_sense_in_a_minute_are_too_many(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")

    async def scene() -> int | None:
        async with station(gateway.base, "acme", "CP-1") as one:
            for _ in range(11):
                with_luck = one.raw("nonsense")
                try:
                    await with_luck
                except ConnectionClosed:
                    break
            return await closed_with(one)

    assert asyncio.run(scene()) == 1002


METER = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}
ODD_VALUES = [
    {"timestamp": "nonsense", "sampledValue": [{"value": "1"}]},
    {"timestamp": "2026-01-01T00:00:00", "sampledValue": [{"value": "1,5", "unit": "kWh"}]},
    {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": []},
    {
        "timestamp": "2026-01-01T00:00:00Z",
        "sampledValue": [{"value": "abc"}, {"value": ""}, {"value": "1e3"}],
    },
    {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": 7}]},
    {
        "timestamp": "2026-01-01T00:00:00Z",
        "sampledValue": [{"value": "1", "unit": "Furlong", "measurand": "Speed", "phase": "L9"}],
    },
    {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "99999999999999999999999999"}]},
    {"timestamp": "9999-12-31T23:59:60Z", "sampledValue": [{"value": "1"}]},
]


@pytest.mark.parametrize("meter_value", ODD_VALUES)
def test_odd_meter_values_are_accepted(gateway: GatewayProcess, meter_value: dict[str, object]) -> None:
    add_station("acme", "CP-1")

    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1") as one:
            await one.result(
                "MeterValues", {"connectorId": 1, "transactionId": 5, "meterValue": [meter_value]}
            )
            await one.result("MeterValues", {"connectorId": 1, "meterValue": [METER]})

    asyncio.run(scene())
