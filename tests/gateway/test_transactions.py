"""Charging over the wire: what stations report becomes transactions, whatever the order and however often."""

import asyncio
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import pytest

from chargers.models import Message
from tenants import context
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import Station, now, station
from transactions.models import MeterValue, Transaction


def start_payload(**changes: Any) -> dict[str, Any]:
    return {
        "connectorId": 1,
        "idTag": "CARD",
        "meterStart": 1000,
        "timestamp": "2026-11-01T10:00:00Z",
    } | changes


def meter(value: str, at: str, unit: str = "Wh") -> dict[str, Any]:
    return {"timestamp": at, "sampledValue": [{"value": value, "unit": unit}]}


def only_transaction(tenant: str = "acme") -> Transaction:
    with context.tenant(tenant):
        return Transaction.objects.get()


def codes(row: Transaction) -> set[str]:
    return {note["code"] for note in row.notes}


def run_16(gateway: GatewayProcess, *messages: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Send messages of one booted 1.6 station; `T` stands for the transaction id of the last start."""

    async def scene() -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        transaction_id = 0
        async with station(gateway.base, "acme", "CP-1") as one:
            for action, payload in messages:
                named = {key: transaction_id if value == "T" else value for key, value in payload.items()}
                answers.append(await one.result(action, named))
                transaction_id = answers[-1].get("transactionId", transaction_id)
        return answers

    return asyncio.run(scene())


def stop_payload(**changes: Any) -> dict[str, Any]:
    return {"transactionId": "T", "meterStop": 6000, "timestamp": "2026-11-01T11:00:00Z"} | changes


@pytest.fixture(autouse=True)
def _charger_and_card(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "CARD")


def test_a_16_charge_has_its_energy_from_the_registers(gateway: GatewayProcess) -> None:
    values = [meter("1.5", "2026-11-01T10:10:00Z", "kWh"), meter("5999", "2026-11-01T10:50:00Z")]

    run_16(
        gateway,
        ("StartTransaction", start_payload()),
        ("MeterValues", {"connectorId": 1, "transactionId": "T", "meterValue": values}),
        ("StopTransaction", stop_payload(reason="EVDisconnected")),
    )

    row = only_transaction()
    assert (row.energy_wh, row.state, row.stop_reason, row.is_estimated) == (
        Decimal(5000),
        "ended",
        "EVDisconnected",
        False,
    )
    assert row.notes == []
    with context.tenant("acme"):
        assert set(MeterValue.objects.values_list("value", flat=True)) == {1500, 5999}


def test_a_repeated_start_and_a_repeated_stop_change_nothing(gateway: GatewayProcess) -> None:
    values = {"connectorId": 1, "transactionId": "T", "meterValue": [meter("2000", "2026-11-01T10:10:00Z")]}

    answers = run_16(
        gateway,
        ("StartTransaction", start_payload()),
        ("StartTransaction", start_payload()),
        ("MeterValues", values),
        ("MeterValues", values),
        ("StopTransaction", stop_payload()),
        ("StopTransaction", stop_payload()),
    )

    assert answers[0]["transactionId"] == answers[1]["transactionId"]
    assert only_transaction().energy_wh == 5000
    with context.tenant("acme"):
        assert MeterValue.objects.count() == 1


def test_a_second_stop_with_another_value_is_noted_and_changes_nothing(gateway: GatewayProcess) -> None:
    run_16(
        gateway,
        ("StartTransaction", start_payload()),
        ("StopTransaction", stop_payload()),
        ("StopTransaction", stop_payload(meterStop=9999)),
    )

    row = only_transaction()
    assert (row.energy_wh, codes(row)) == (Decimal(5000), {"second_stop"})


@pytest.mark.parametrize("status", ["Blocked", "Invalid"])
def test_a_refused_id_token_still_gets_a_transaction(gateway: GatewayProcess, status: str) -> None:
    add_token("acme", "STOLEN", status="Blocked")
    tag = "STOLEN" if status == "Blocked" else "UNKNOWN"

    answers = run_16(
        gateway, ("StartTransaction", start_payload(idTag=tag)), ("StopTransaction", stop_payload())
    )

    assert answers[0]["transactionId"] > 0
    assert answers[0]["idTagInfo"]["status"] == status
    assert codes(only_transaction()) == {"not_authorized"}


def test_a_second_transaction_of_one_token_is_concurrent(gateway: GatewayProcess) -> None:
    answers = run_16(
        gateway,
        ("StartTransaction", start_payload()),
        ("StartTransaction", start_payload(connectorId=2)),
        ("Authorize", {"idTag": "CARD"}),
    )

    assert [answer["idTagInfo"]["status"] for answer in answers] == ["Accepted", "ConcurrentTx", "Accepted"]


@pytest.mark.parametrize("transaction_id", [-1, 0])
def test_a_stop_without_an_id_finds_the_open_transaction_of_its_token(
    gateway: GatewayProcess, transaction_id: int
) -> None:
    run_16(
        gateway,
        ("StartTransaction", start_payload()),
        ("StopTransaction", stop_payload(transactionId=transaction_id, idTag="CARD")),
    )

    row = only_transaction()
    assert (row.state, row.energy_wh) == ("ended", Decimal(5000))


def test_an_unknown_stop_is_kept_as_an_orphan_once(gateway: GatewayProcess) -> None:
    orphan = stop_payload(transactionId=4711)

    answers = run_16(gateway, ("StopTransaction", orphan), ("StopTransaction", orphan))

    row = only_transaction()
    assert answers == [{}, {}]
    assert (row.transaction_id, row.state) == ("4711", "ended")
    assert "orphan_stop" in codes(row)


def test_a_missing_begin_is_never_taken_as_zero(gateway: GatewayProcess) -> None:
    run_16(gateway, ("StopTransaction", stop_payload(transactionId=4711, meterStop=5_000_000)))

    row = only_transaction()
    assert (row.energy_wh, row.is_estimated) == (Decimal(0), True)


def test_a_register_that_falls_counts_in_segments(gateway: GatewayProcess) -> None:
    """The worked check of MV-34."""
    points = [("1207100", "10:15"), ("1210020", "10:30"), ("15", "10:40")]
    values = [meter(value, f"2026-11-01T{at}:00Z") for value, at in points]

    run_16(
        gateway,
        ("StartTransaction", start_payload(meterStart=1204312)),
        ("MeterValues", {"connectorId": 1, "transactionId": "T", "meterValue": values}),
        ("StopTransaction", stop_payload(meterStop=2415)),
    )

    row = only_transaction()
    assert (row.energy_wh, codes(row)) == (Decimal(8108), {"register_reset"})


@pytest.mark.parametrize("meter_start", [-5, 2**31, 10**15])
def test_a_senseless_register_is_answered_and_noted(gateway: GatewayProcess, meter_start: int) -> None:
    answers = run_16(gateway, ("StartTransaction", start_payload(meterStart=meter_start)))

    assert answers[0]["idTagInfo"]["status"] == "Accepted"
    assert ("bad_register" in codes(only_transaction())) == (meter_start != 2**31)


def test_the_status_of_a_connector_moves_the_charging_state_of_its_transaction(
    gateway: GatewayProcess,
) -> None:
    def status(word: str, connector: int, minute: int) -> tuple[str, dict[str, Any]]:
        at = f"2026-11-01T10:{minute:02}:00Z"
        return "StatusNotification", {
            "connectorId": connector,
            "errorCode": "NoError",
            "status": word,
            "timestamp": at,
        }

    start = ("StartTransaction", start_payload())
    run_16(
        gateway,
        start,
        status("Charging", 1, 1),
        status("SuspendedEV", 1, 5),
        status("Charging", 2, 6),
        status("Charging", 0, 6),
    )
    before = only_transaction().charging_state
    run_16(
        gateway, ("StatusNotification", status("Charging", 1, 9)[1] | {"timestamp": "2026-10-01T00:00:00Z"})
    )

    assert (before, only_transaction().charging_state) == ("SuspendedEV", "SuspendedEV")


def test_offline_messages_keep_their_own_times(gateway: GatewayProcess) -> None:
    run_16(
        gateway,
        ("StartTransaction", start_payload(timestamp="2026-10-01T00:00:00Z")),
        ("StopTransaction", stop_payload(timestamp="2026-10-01T01:00:00Z")),
    )

    row = only_transaction()
    assert row.ended_at is not None
    assert (row.started_at.month, (row.ended_at - row.started_at).total_seconds()) == (10, 3600)


def event(event_type: str, seq_no: int, **changes: Any) -> dict[str, Any]:
    context_name = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}.get(
        event_type, "Sample.Periodic"
    )
    at = f"2026-11-01T10:{seq_no:02}:00Z"
    sampled = [{"value": 1000 + seq_no * 100.5, "context": context_name}]
    return {
        "eventType": event_type,
        "seqNo": seq_no,
        "timestamp": at,
        "triggerReason": "MeterValuePeriodic",
        "transactionInfo": {"transactionId": "TX-1", "chargingState": "Charging"},
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [{"timestamp": at, "sampledValue": sampled}],
    } | changes


CARD = {"idToken": "CARD", "type": "ISO14443"}
ORDERS = [
    ["Started", "Updated", "Ended"],
    ["Updated", "Started", "Ended"],
    ["Ended", "Updated", "Started"],
    ["Updated", "Ended", "Started"],
    ["Started", "Started", "Updated", "Updated", "Ended", "Ended"],
]


@pytest.mark.parametrize("order", ORDERS)
def test_events_of_201_give_one_transaction_in_any_order(gateway: GatewayProcess, order: list[str]) -> None:
    numbers = {"Started": 0, "Updated": 5, "Ended": 10}

    async def scene() -> list[dict[str, Any]]:
        async with station(gateway.base, "acme", "CP-1", "2.0.1") as one:
            return [
                await one.result(
                    "TransactionEvent",
                    event(kind, numbers[kind], **({"idToken": CARD} if kind == "Started" else {})),
                )
                for kind in order
            ]

    answers = asyncio.run(scene())

    row = only_transaction()
    assert (row.energy_wh, row.state, row.id_token) == (Decimal("1005.0"), "ended", "CARD")
    assert (row.started_at.minute, row.ended_at and row.ended_at.minute) == (0, 10)
    assert [bool(answer.get("idTokenInfo")) for answer in answers] == [kind == "Started" for kind in order]
    with context.tenant("acme"):
        assert row.events.count() == 3
        assert MeterValue.objects.count() == 3


def test_registers_of_201_without_a_context_are_the_begin_and_the_end(gateway: GatewayProcess) -> None:
    def bare(event_type: str, seq_no: int) -> dict[str, Any]:
        payload = event(event_type, seq_no, idToken=CARD)
        del payload["meterValue"][0]["sampledValue"][0]["context"]
        return payload

    async def scene() -> None:
        async with station(gateway.base, "acme", "CP-1", "2.0.1") as one:
            await one.result("TransactionEvent", bare("Started", 0))
            await one.result("TransactionEvent", bare("Ended", 2))

    asyncio.run(scene())

    row = only_transaction()
    assert (row.energy_wh, row.is_estimated, row.notes) == (Decimal(201), False, [])


def test_an_unknown_token_of_201_is_told_and_the_transaction_is_kept(gateway: GatewayProcess) -> None:
    async def scene() -> dict[str, Any]:
        async with station(gateway.base, "acme", "CP-1", "2.0.1") as one:
            return await one.result(
                "TransactionEvent", event("Started", 0, idToken=CARD | {"idToken": "NOBODY"})
            )

    answer = asyncio.run(scene())

    assert answer["idTokenInfo"]["status"] == "Unknown"
    assert codes(only_transaction()) == {"not_authorized"}


def test_two_tenants_with_the_same_names_never_see_each_others_rows(gateway: GatewayProcess) -> None:
    add_station("volt", "CP-1")
    add_token("volt", "CARD")

    async def charge(one: Station, meter_stop: int) -> int:
        started = await one.result("StartTransaction", start_payload(timestamp=now()))
        number: int = started["transactionId"]
        for _ in range(5):
            await one.result(
                "MeterValues",
                {"connectorId": 1, "transactionId": number, "meterValue": [meter("1500", now())]},
            )
        await one.result(
            "StopTransaction", stop_payload(transactionId=number, meterStop=meter_stop, timestamp=now())
        )
        return number

    async def scene() -> tuple[int, int]:
        async with (
            station(gateway.base, "acme", "CP-1") as ours,
            station(gateway.base, "volt", "CP-1") as theirs,
        ):
            return await asyncio.gather(charge(ours, 3000), charge(theirs, 4001))

    numbers = asyncio.run(scene())

    for tenant, number, energy in zip(("acme", "volt"), numbers, (2000, 3001), strict=True):
        row = only_transaction(tenant)
        assert (row.transaction_id, row.energy_wh) == (str(number), Decimal(energy))
        with context.tenant(tenant):
            assert MeterValue.objects.count() == 5
            assert set(
                Message.objects.exclude(transaction_id="").values_list("transaction_id", flat=True)
            ) == {str(number)}


def test_two_starts_of_one_token_at_once_see_each_other(gateway: GatewayProcess) -> None:
    for number in range(2, 7):
        add_station("acme", f"CP-{number}")

    async def scene() -> list[str]:
        async with AsyncExitStack() as stack:
            stations = [
                await stack.enter_async_context(station(gateway.base, "acme", f"CP-{number}"))
                for number in range(1, 7)
            ]
            answers = await asyncio.gather(
                *(one.result("StartTransaction", start_payload()) for one in stations)
            )
            return [answer["idTagInfo"]["status"] for answer in answers]

    assert sorted(asyncio.run(scene())) == ["Accepted"] + ["ConcurrentTx"] * 5
