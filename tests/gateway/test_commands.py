"""Commands from another process reach the station that the gateway holds, and end in exactly one final state."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chargers import commands, stations
from chargers.models import ChargingStation, Command, Message, Variable
from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import Station, now, station
from transactions import remote_control
from transactions.models import Transaction

Answer = dict[str, Any]


def queue(action: str, payload: Answer, **options: Any) -> Command:
    """As a web process does it: not in the gateway."""
    with context.tenant("acme"):
        return commands.queue(ChargingStation.objects.get(), action, payload, **options)


def state(command: Command) -> Command:
    with context.tenant("acme"):
        return Command.objects.get(pk=command.pk)


async def final(command: Command, seconds: float = 10) -> Command:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        row = await sync_to_async(state)(command)
        if row.is_final:
            return row
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {row.status}")


def run(
    gateway: GatewayProcess, version: str, action: str, payload: Answer, answer: Answer, **options: Any
) -> tuple[list[Any], Command]:
    """Queue a command for a connected station that gives one answer. Returns: the frame it saw, and the finished row."""

    async def scene() -> tuple[list[Any], Command]:
        async with station(gateway.base, "acme", "CP-1", version) as one:
            row = await sync_to_async(queue)(action, payload, **options)
            frame = await one.next_command()
            await one.answer(frame, answer)
            return frame, await final(row)

    return asyncio.run(scene())


@pytest.fixture(autouse=True)
def _charger_and_card(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "CARD")


CARD = {"idToken": {"idToken": "CARD", "type": "ISO14443"}}
TRANSLATIONS = [
    ("1.6", "RequestStartTransaction", CARD | {"evseId": 1}, "RemoteStartTransaction", {"idTag": "CARD", "connectorId": 1}),
    ("1.6", "RequestStopTransaction", {"transactionId": "12"}, "RemoteStopTransaction", {"transactionId": 12}),
    ("1.6", "Reset", {"type": "Immediate"}, "Reset", {"type": "Hard"}),
    ("1.6", "Reset", {"type": "OnIdle"}, "Reset", {"type": "Soft"}),
    ("1.6", "UnlockConnector", {"evseId": 2, "connectorId": 1}, "UnlockConnector", {"connectorId": 2}),
    ("1.6", "ChangeAvailability", {"operationalStatus": "Inoperative"}, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
    ("1.6", "TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": 1}}, "TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}),
    ("1.6", "GetVariables", {"getVariableData": [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}, {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}}]}, "GetConfiguration", {"key": ["HeartbeatInterval", "MeterValueSampleInterval"]}),
    ("1.6", "SetVariables", {"setVariableData": [{"attributeValue": "60", "component": {"name": "Configuration"}, "variable": {"name": "HeartbeatInterval"}}]}, "ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}),
    ("2.0.1", "RequestStopTransaction", {"transactionId": "TX"}, "RequestStopTransaction", {"transactionId": "TX"}),
    ("2.0.1", "Reset", {"type": "Immediate"}, "Reset", {"type": "Immediate"}),
    ("2.0.1", "UnlockConnector", {"evseId": 2, "connectorId": 1}, "UnlockConnector", {"evseId": 2, "connectorId": 1}),
    ("2.0.1", "ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}}, "ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}}),
    ("2.1", "TriggerMessage", {"requestedMessage": "Heartbeat"}, "TriggerMessage", {"requestedMessage": "Heartbeat"}),
]  # fmt: skip
YES = {"UnlockConnector": {"status": "Unlocked"}, "GetVariables": {}}


@pytest.mark.parametrize(("version", "action", "payload", "wire_action", "wire_payload"), TRANSLATIONS)
def test_a_unified_command_is_said_in_the_stations_words(
    gateway: GatewayProcess,
    version: str,
    action: str,
    payload: Answer,
    wire_action: str,
    wire_payload: Answer,
) -> None:
    frame, row = run(gateway, version, action, payload, YES.get(action, {"status": "Accepted"}))

    assert frame[2:] == [wire_action, wire_payload]
    assert (row.status, row.request, row.wire_action) == ("accepted", wire_payload, wire_action)


def test_an_exact_call_passes_unchanged(gateway: GatewayProcess) -> None:
    frame, row = run(gateway, "1.6", "GetLocalListVersion", {}, {"listVersion": 3}, is_exact=True)

    assert frame[2:] == ["GetLocalListVersion", {}]
    assert (row.status, row.response) == ("accepted", {"listVersion": 3})


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ({"status": "Rejected"}, "rejected", ""),
        ({"status": "Nice"}, "failed", "InvalidResponse"),
        ({}, "failed", "InvalidResponse"),
    ],
)
def test_a_no_and_a_senseless_answer_are_told_apart(
    gateway: GatewayProcess, answer: Answer, status: str, code: str
) -> None:
    _, row = run(gateway, "1.6", "Reset", {"type": "Immediate"}, answer)

    assert (row.status, row.error_code) == (status, code)


def test_an_error_of_the_station_fails_the_command_and_the_next_goes_on(gateway: GatewayProcess) -> None:
    async def scene() -> tuple[Command, Command]:
        async with station(gateway.base, "acme", "CP-1") as one:
            first, second = [await sync_to_async(queue)("Reset", {"type": "Immediate"}) for _ in range(2)]
            frame = await one.next_command()
            await one.raw(f'[4,"{frame[1]}","NotSupported","{"x" * 1000}",{{}}]')
            await one.answer(await one.next_command(), {"status": "Accepted"})
            return await final(first), await final(second)

    first, second = asyncio.run(scene())

    assert (first.status, first.error_code, len(first.error_text)) == ("failed", "NotSupported", 255)
    assert second.status == "accepted"


def test_only_one_call_is_under_way_at_a_time(gateway: GatewayProcess) -> None:
    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1") as one:
            for _ in range(2):
                await sync_to_async(queue)("Reset", {"type": "Immediate"})
            frame = await one.next_command()
            await asyncio.sleep(0.5)
            assert one.commands.empty()
            await one.answer(frame, {"status": "Rejected"})
            await one.next_command()

    asyncio.run(scene())


def test_a_command_for_an_offline_station_waits_and_one_that_expired_is_never_sent(
    gateway: GatewayProcess,
) -> None:
    waiting = queue("TriggerMessage", {"requestedMessage": "Heartbeat"})
    late = queue("Reset", {"type": "Immediate"}, expires_in=timedelta(seconds=-1))

    async def scene() -> list[Any]:
        async with station(gateway.base, "acme", "CP-1") as one:
            frame = await one.next_command()
            await one.answer(frame, {"status": "Accepted"})
            await final(waiting)
            assert (await final(late)).status == "expired"
            assert one.commands.empty()
            return frame

    assert asyncio.run(scene())[2] == "TriggerMessage"


def test_a_station_that_does_not_answer_times_out_and_a_late_answer_corrects_the_row(
    gateway: GatewayProcess,
) -> None:
    async def scene() -> tuple[Command, Command]:
        async with station(gateway.base, "acme", "CP-1") as one:
            row = await sync_to_async(queue)("Reset", {"type": "Immediate"}, timeout_s=1)
            frame = await one.next_command()
            timed_out = await final(row)
            await one.answer(frame, {"status": "Accepted"})
            await one.result("Heartbeat", {})
            return timed_out, await sync_to_async(state)(row)

    timed_out, corrected = asyncio.run(scene())

    assert (timed_out.status, corrected.status) == ("timed_out", "accepted")


def test_a_connection_lost_under_way_makes_the_command_unknown_and_it_is_never_resent(
    gateway: GatewayProcess,
) -> None:
    async def scene() -> Command:
        async with station(gateway.base, "acme", "CP-1") as one:
            row = await sync_to_async(queue)("Reset", {"type": "Immediate"})
            await one.next_command()
        unknown = await final(row)
        async with station(gateway.base, "acme", "CP-1") as again:
            await asyncio.sleep(2.5)
            assert again.commands.empty()
        return unknown

    assert asyncio.run(scene()).status == "unknown"


def test_what_a_version_cannot_say_fails_with_the_reason(gateway: GatewayProcess) -> None:
    async def scene() -> Command:
        async with station(gateway.base, "acme", "CP-1"):
            return await final(await sync_to_async(queue)("Reset", {"type": "Immediate", "evseId": 1}))

    row = asyncio.run(scene())

    assert (row.status, row.error_code, row.error_text) == (
        "failed",
        "NotSupported",
        "OCPP 1.6 resets the whole station, not one EVSE.",
    )


def test_secrets_are_masked_in_the_row_and_in_the_log(gateway: GatewayProcess) -> None:
    payload = {"key": "AuthorizationKey", "value": "0123456789abcdef0123"}

    frame, row = run(gateway, "1.6", "ChangeConfiguration", payload, {"status": "Accepted"}, is_exact=True)

    assert frame[3] == payload
    with context.tenant("acme"):
        texts = "".join(f"{message.frame}{message.answer}" for message in Message.objects.all())
        assert not Variable.objects.filter(name="AuthorizationKey").exists()
    assert payload["value"] not in f"{row.request}{texts}"


def test_configuration_keys_become_variables(gateway: GatewayProcess) -> None:
    keys = [
        {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
        {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
    ]

    run(gateway, "1.6", "GetBaseReport", {"reportBase": "FullInventory"}, {"configurationKey": keys})

    with context.tenant("acme"):
        assert list(Variable.objects.values_list("component", "name", "value", "mutability")) == [
            ("Configuration", "HeartbeatInterval", "300", "ReadWrite"),
            ("Configuration", "NumberOfConnectors", "2", "ReadOnly"),
        ]


def report_part(request_id: int, seq_no: int, *, more: bool) -> Answer:
    variable = {
        "component": {"name": "Ctrlr"},
        "variable": {"name": f"V{seq_no}"},
        "variableAttribute": [{"value": str(seq_no), "mutability": "ReadOnly"}],
    }
    return {
        "requestId": request_id,
        "generatedAt": now(),
        "seqNo": seq_no,
        "tbc": more,
        "reportData": [variable],
    }


def test_a_report_is_complete_when_all_its_parts_have_come_in_any_order(gateway: GatewayProcess) -> None:
    async def scene() -> Command:
        async with station(gateway.base, "acme", "CP-1", "2.0.1") as one:
            row = await sync_to_async(queue)("GetBaseReport", {"reportBase": "FullInventory"})
            frame = await one.next_command()
            await one.answer(frame, {"status": "Accepted"})
            for seq_no in (2, 0, 0):
                await one.result("NotifyReport", report_part(frame[3]["requestId"], seq_no, more=seq_no < 2))
            assert (await final(row)).effect_seen_at is None
            await one.result("NotifyReport", report_part(frame[3]["requestId"], 1, more=True))
            return await sync_to_async(state)(row)

    row = asyncio.run(scene())

    assert row.effect_seen_at is not None
    with context.tenant("acme"):
        assert list(Variable.objects.values_list("name", "value")) == [("V0", "0"), ("V1", "1"), ("V2", "2")]


async def remote_start(one: Station, answer: Callable[[list[Any]], Any]) -> Command:
    def ask() -> Command:
        with context.tenant("acme"):
            return remote_control.request_start(ChargingStation.objects.get(), id_token="CARD", evse_number=1)

    row = await sync_to_async(ask)()
    frame = await one.next_command()
    await one.answer(frame, {"status": "Accepted"})
    await answer(frame)
    return await final(row)


def test_a_remote_start_is_linked_with_the_transaction_that_it_led_to(gateway: GatewayProcess) -> None:
    async def scene() -> Command:
        async with station(gateway.base, "acme", "CP-1") as one:

            async def start(_: list[Any]) -> None:
                payload = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": now()}
                await one.result("StartTransaction", payload)

            return await remote_start(one, start)

    row = asyncio.run(scene())

    with context.tenant("acme"):
        assert Command.objects.get(pk=row.pk).effect_seen_at is not None
        assert Transaction.objects.get().remote_start_id == row.payload["remoteStartId"]


def test_a_remote_start_of_201_is_linked_by_its_id(gateway: GatewayProcess) -> None:
    async def scene() -> Command:
        async with station(gateway.base, "acme", "CP-1", "2.0.1") as one:

            async def start(frame: list[Any]) -> None:
                info = {"transactionId": "T", "remoteStartId": frame[3]["remoteStartId"]}
                payload = {
                    "eventType": "Started",
                    "seqNo": 0,
                    "timestamp": now(),
                    "triggerReason": "RemoteStart",
                    "transactionInfo": info,
                }
                await one.result("TransactionEvent", payload)

            return await remote_start(one, start)

    row = asyncio.run(scene())

    with context.tenant("acme"):
        assert Command.objects.get(pk=row.pk).effect_seen_at is not None


def test_a_round_trip_is_quick(gateway: GatewayProcess) -> None:
    """The budget is measured by the benchmark; here only that no five-second look-up stands in for the bell."""
    started = time.monotonic()
    run(gateway, "1.6", "TriggerMessage", {"requestedMessage": "Heartbeat"}, {"status": "Accepted"})

    assert time.monotonic() - started < 3


def test_a_station_that_is_blocked_or_deleted_is_disconnected_at_once(gateway: GatewayProcess) -> None:
    def block() -> None:
        with context.tenant("acme"):
            stations.change(ChargingStation.objects.get(), is_blocked=True)

    def delete() -> None:
        with context.tenant("acme"):
            stations.change(ChargingStation.objects.get(), is_blocked=False)
            stations.remove(ChargingStation.objects.get())

    async def scene(act: Callable[[], None]) -> int | None:
        async with station(gateway.base, "acme", "CP-1") as one:
            await sync_to_async(act)()
            await asyncio.wait_for(one.socket.wait_closed(), 3)
            return one.socket.close_code

    assert asyncio.run(scene(block)) == 1008
    with context.tenant("acme"):
        stations.change(ChargingStation.objects.get(), is_blocked=False)
    assert asyncio.run(scene(delete)) == 1008
