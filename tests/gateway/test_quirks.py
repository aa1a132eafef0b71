"""The deviations of chargers in the field, replayed over a real socket: each test names those that it replays (`tests/gateway/quirk_list.py`)."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from chargers import commands, deviations, stations
from chargers.models import (
    ChargingStation,
    Command,
    Connector,
    Deviation,
    Evse,
    Message,
    QuarantinedFrame,
    Site,
    Variable,
)
from tenants import context
from tests.gateway import quirk_list
from tests.gateway.conftest import GatewayProcess, add_station, add_token
from tests.gateway.station import PASSWORD, SUBPROTOCOLS, Station, basic, now, station
from transactions import evidence
from transactions.models import MeterValue, Transaction

Test = Callable[..., Any]
Call = tuple[str, dict[str, Any]]
Scene = Callable[[Station], Awaitable[Any]]
START = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": "2026-11-01T10:00:00Z"}
STOP = {"transactionId": "T", "meterStop": 6000, "timestamp": "2026-11-01T11:00:00Z"}
BOOT = {"chargePointVendor": "Vendor", "chargePointModel": "Model"}


def replays(*numbers: int) -> Callable[[Test], Test]:
    """Say which deviations a test replays."""

    def mark(test: Test) -> Test:
        test.__dict__.setdefault("replays", set()).update(numbers)
        return test

    return mark


@pytest.fixture(autouse=True)
def _charger_and_card(gateway: GatewayProcess) -> None:
    add_station("acme", "CP-1")
    add_token("acme", "CARD")


def play(gateway: GatewayProcess, scene: Scene, version: str = "1.6", **options: Any) -> Any:
    """Run a scene with one connected station."""

    async def run() -> Any:
        async with station(gateway.base, "acme", "CP-1", version, **options) as one:
            return await scene(one)

    return asyncio.run(run())


def send(gateway: GatewayProcess, *calls: Call, boot: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Send calls that must all be accepted; `T` stands for the transaction id of the last start."""

    async def scene(one: Station) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        number = 0
        await one.result("BootNotification", boot or BOOT)
        for action, payload in calls:
            named = {key: number if value == "T" else value for key, value in payload.items()}
            answers.append(await one.result(action, named))
            number = answers[-1].get("transactionId", number)
        return answers

    answers: list[dict[str, Any]] = play(gateway, scene, boots=False)
    return answers


def switch_on(*rules: str) -> None:
    with context.tenant("acme"):
        row = ChargingStation.objects.get(identity="CP-1")
        for rule in rules:
            deviations.switch(row, rule, is_on=True)


def rules_seen() -> set[str]:
    with context.tenant("acme"):
        return set(Deviation.objects.values_list("rule", flat=True))


def transactions() -> list[Transaction]:
    with context.tenant("acme"):
        return list(Transaction.objects.order_by("id"))


def meter_values() -> list[MeterValue]:
    with context.tenant("acme"):
        return list(MeterValue.objects.order_by("sampled_at", "measurand", "phase"))


def codes(row: Transaction) -> set[str]:
    return {note["code"] for note in row.notes}


def meter(*samples: dict[str, Any], at: str = "2026-11-01T10:30:00Z", **names: Any) -> Call:
    value = {"timestamp": at, "sampledValue": list(samples)}
    return "MeterValues", {"connectorId": 1, "transactionId": "T", "meterValue": [value]} | names


# --- messages that are read as they are meant

POWER = {"measurand": "Power.Active.Import", "unit": "W"}
SOC = {"measurand": "SoC"}
READ = [
    (1, {"value": "1500"}, {"transactionId": 0}, "Q1", 1500),
    (1, {"value": "1500"}, {"transactionId": -1}, "Q1", 1500),
    (2, {"value": "1500"}, {"transactionId": 2**63 - 1}, "Q2", 1500),
    (17, {"value": "1500"}, {"at": "2026-11-01T10:30:00"}, "Q17", 1500),
    (17, {"value": "1500"}, {"at": "2026-11-01T12:30:00+02"}, "Q17", 1500),
    (22, {"value": ""}, {}, "Q22", None),
    (22, {}, {}, "Q22", None),
    (23, {"value": 1500}, {}, "Q23", 1500),
    (23, {"value": "1500,5"}, {}, "Q23", Decimal("1500.5")),
    (25, {"value": "1.5", "unit": "KWH"}, {}, "Q25", 1500),
    (25, {"value": "50", "unit": "Hz", "measurand": "Frequency"}, {}, "Q25", 50),
    (25, {"value": "20", "unit": "celsius", "measurand": "Temperature"}, {}, "Q25", 20),
    (25, {"value": "16", "unit": "Amp", "measurand": "Current.Import"}, {}, "Q25", 16),
    (25, {"value": "80", "unit": "V", "measurand": "SoC"}, {}, "Q25", 80),
    (25, {"value": "11000", "unit": "Wh", "measurand": "Power.Active.Import"}, {}, "Q25", 11000),
    (26, {"value": "1500", "measurand": "energy.active.import.register"}, {}, "Q26", 1500),
    (26, {"value": "7", "measurand": "Request.Energy"}, {}, "Q26", 7),
    (28, {"value": "7", "measurand": "Current.Import", "unit": "A", "phase": "N"}, {}, "Q28", 7),
    (28, {"value": "7", "measurand": "Current.Import", "unit": "A", "phase": "L1-N"}, {}, "Q28", 7),
    (29, {"value": "1500"}, {"connectorId": 0, "transactionId": 0}, "Q29", 1500),
]  # fmt: skip


@replays(1, 2, 17, 22, 23, 25, 26, 28, 29)
@pytest.mark.parametrize(("_", "sample", "names", "rule", "value"), READ)
def test_a_sample_is_read_as_it_is_meant(
    gateway: GatewayProcess, _: int, sample: dict[str, Any], names: dict[str, Any], rule: str, value: Any
) -> None:
    send(gateway, ("StartTransaction", START), meter(sample, **names))

    row, (found,) = transactions()[0], meter_values()
    assert (found.transaction_id, found.value) == (row.pk, value)
    assert found.sampled_at == datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
    assert rule in rules_seen()
    with context.tenant("acme"):
        assert rule in Message.objects.get(action="MeterValues").deviations.split()


@replays(25)
def test_a_register_in_an_unknown_unit_is_kept_and_becomes_no_money(gateway: GatewayProcess) -> None:
    send(gateway, ("StartTransaction", START), meter({"value": "7000", "unit": "Furlong"}))

    (found,) = meter_values()
    assert (found.value, found.raw) == (None, "7000 Furlong")
    assert transactions()[0].energy_wh == 0


@replays(25)
def test_kwh_labelled_wh_are_scaled_where_the_charger_is_known_for_it(gateway: GatewayProcess) -> None:
    switch_on("Q25a")

    send(gateway, ("StartTransaction", START), meter({"value": "2.5", "unit": "Wh"}))

    assert [value.value for value in meter_values()] == [2500]


@replays(25)
def test_far_less_energy_than_the_power_makes_is_held(gateway: GatewayProcess) -> None:
    power = {"value": "11000", "measurand": "Power.Active.Import", "unit": "W"}
    send(
        gateway,
        ("StartTransaction", START),
        meter(power),
        ("StopTransaction", STOP | {"meterStop": 1011}),
    )

    assert "unit_suspected" in codes(transactions()[0])


SHAPES = [
    (24, {"meterValue": {"timestamp": now(), "sampledValue": [{"value": "5"}]}}, "Q24"),
    (24, {"meterValue": [{"timestamp": now(), "sampledValue": {"value": "5"}}]}, "Q24"),
    (24, {"values": [{"timestamp": now(), "value": [{"value": "5"}]}]}, "Q24"),
    (40, {"meterValue": [{"timestamp": now(), "sampledValue": [{"value": "5", "unit": None}]}]}, "Q40"),
    (40, {"transactionId": None, "meterValue": [{"timestamp": now(), "sampledValue": [{"value": "5"}]}]}, "Q40"),
    (23, {"connectorId": "1", "meterValue": [{"timestamp": now(), "sampledValue": [{"value": "5"}]}]}, "Q23"),
]  # fmt: skip


@replays(23, 24, 40)
@pytest.mark.parametrize(("_", "payload", "rule"), SHAPES)
def test_a_payload_of_another_shape_is_mended(
    gateway: GatewayProcess, _: int, payload: dict[str, Any], rule: str
) -> None:
    send(gateway, ("MeterValues", {"connectorId": 1} | payload))

    assert [value.value for value in meter_values()] == [5]
    assert rule in rules_seen()


@replays(22)
def test_an_empty_list_of_samples_is_accepted(gateway: GatewayProcess) -> None:
    send(
        gateway, ("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": now(), "sampledValue": []}]})
    )

    assert (meter_values(), rules_seen()) == ([], {"Q22"})


@replays(28)
def test_phases_without_a_sum_are_added_and_a_sum_is_not_added_to(gateway: GatewayProcess) -> None:
    phases = [{"value": str(number), "phase": f"L{number}"} for number in (1, 2, 3)]
    kilo = [
        {"value": "1", "unit": "kW", "phase": f"L{n}-N", "measurand": "Power.Active.Import"}
        for n in (1, 2, 3)
    ]

    send(
        gateway,
        ("StartTransaction", START | {"meterStart": 0}),
        meter(*phases, *kilo),
        meter(*phases, {"value": "9"}, at="2026-11-01T10:40:00Z"),
    )

    sums = [value.value for value in meter_values() if not value.phase]
    assert sorted(value for value in sums if value) == [6, 9, 3000]
    assert (transactions()[0].power_w, transactions()[0].register_wh) == (Decimal(3000), Decimal(9))


# --- text that is no JSON

BROKEN = [
    (3, "Q3", "AEFA Charging", '[2,"a","MeterValues",{"connectorId":1,"transactionId":,"meterValue":[%s]}]'),
    (24, "Q24a", "ZJ Beny", '[2,"a","MeterValues",{"connectorId":1,"meterValue":[,%s]}]'),
]


@replays(3, 24)
@pytest.mark.parametrize(("_", "rule", "vendor", "text"), BROKEN)
@pytest.mark.parametrize("is_known", [True, False])
def test_broken_json_is_repaired_for_a_make_that_is_known_for_it(
    gateway: GatewayProcess, _: int, rule: str, vendor: str, text: str, *, is_known: bool
) -> None:
    boot = {"chargePointVendor": vendor if is_known else "Other", "chargePointModel": "M"}
    frame = text % '{"timestamp":"2026-11-01T10:00:00Z","sampledValue":[{"value":"5"}]}'

    async def scene(one: Station) -> list[Any]:
        await one.result("BootNotification", boot)
        await one.raw(frame)
        return await one.next_other()

    answer = play(gateway, scene, boots=False)

    assert answer[:3] == ([3, "a", {}] if is_known else [4, "a", "FormationViolation"])
    assert (rule in rules_seen()) == is_known


# --- transactions


@replays(4)
@pytest.mark.parametrize("number", [0, -1])
def test_a_stop_without_an_id_ends_the_only_session_of_its_token(
    gateway: GatewayProcess, number: int
) -> None:
    send(
        gateway,
        ("StartTransaction", START),
        ("StopTransaction", STOP | {"transactionId": number, "idTag": "CARD"}),
    )

    (row,) = transactions()
    assert (row.state, row.energy_wh, codes(row)) == ("ended", Decimal(5000), set())
    assert rules_seen() == {"Q4"}


@replays(4)
def test_a_stop_that_fits_nothing_is_acknowledged_and_held(gateway: GatewayProcess) -> None:
    send(gateway, ("StopTransaction", STOP | {"transactionId": -1, "idTag": "CARD"}))

    assert "orphan_stop" in codes(transactions()[0])


@replays(5)
def test_reservation_zero_is_none(gateway: GatewayProcess) -> None:
    send(gateway, ("StartTransaction", START | {"reservationId": 0}))

    assert (transactions()[0].reservation_id, rules_seen()) == (None, {"Q5"})


@replays(6, 7, 14)
def test_what_is_repeated_with_the_same_or_a_new_message_id_happens_once(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> list[int]:
        ids = [(await one.call("StartTransaction", START, "1"))[2]["transactionId"] for _ in range(2)]
        ids.append((await one.call("StartTransaction", START))[2]["transactionId"])
        stop = STOP | {"transactionId": ids[0]}
        await asyncio.gather(*(one.result("StopTransaction", stop) for _ in range(3)))
        ids.append(
            (await one.call("StartTransaction", START | {"meterStart": 6000}, "1"))[2]["transactionId"]
        )
        boot = await one.call("BootNotification", BOOT, "1")
        assert boot[2]["status"] == "Accepted"
        return ids

    ids = play(gateway, scene)

    assert (ids[0] == ids[1] == ids[2], ids[3] != ids[0]) == (True, True)
    assert [(row.state, codes(row)) for row in transactions()] == [("ended", set()), ("active", set())]


@replays(9)
def test_a_stop_without_an_id_token_ends_the_session(gateway: GatewayProcess) -> None:
    assert send(gateway, ("StartTransaction", START), ("StopTransaction", STOP))[1] == {}
    assert transactions()[0].state == "ended"


@replays(8)
def test_a_missing_stop_is_concluded_from_the_next_start_and_corrected_by_the_true_one(
    gateway: GatewayProcess,
) -> None:
    values = meter({"value": "3000"}, at="2026-11-01T10:30:00Z")
    later = START | {"timestamp": "2026-11-01T12:00:00Z", "meterStart": 4000}
    answers = send(gateway, ("StartTransaction", START), values, ("StartTransaction", later))
    with context.tenant("acme"):
        assert evidence.close_missing() == 0
        assert evidence.close_missing(timezone.now() + timedelta(hours=1)) == 1

    first, second = transactions()
    assert (first.energy_wh, first.is_estimated, second.state) == (Decimal(2000), True, "active")
    assert first.ended_at == datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
    assert "ended_by_next_start" in codes(first)

    send(
        gateway, ("StopTransaction", STOP | {"transactionId": answers[0]["transactionId"], "meterStop": 3500})
    )

    first = transactions()[0]
    assert (first.energy_wh, first.is_estimated) == (Decimal(2500), False)
    assert codes(first) == {"superseded", "true_end"}


@replays(8)
def test_a_free_connector_and_a_day_of_silence_end_a_session_only_while_the_charger_is_here(
    gateway: GatewayProcess,
) -> None:
    status = {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": now()}

    async def scene(one: Station) -> int:
        await one.result("StartTransaction", START)
        await one.result("StatusNotification", status)
        return await asyncio.to_thread(_close_missing, timedelta(hours=25))

    assert play(gateway, scene) == 1
    (row,) = transactions()
    assert (row.state, row.stop_reason, "ended_by_silence" in codes(row)) == ("ended", "Concluded", True)

    send(gateway, ("StartTransaction", START | {"meterStart": 2000}), ("StatusNotification", status))
    assert _close_missing(timedelta(hours=25)) == 0


def _close_missing(ahead: timedelta) -> int:
    with context.tenant("acme"):
        return evidence.close_missing(timezone.now() + ahead)


@replays(39)
@pytest.mark.parametrize("missing", ["timestamp", "meterStart", "idTag"])
def test_an_incomplete_start_is_acknowledged_and_held(gateway: GatewayProcess, missing: str) -> None:
    payload = {name: value for name, value in START.items() if name != missing}

    answers = send(
        gateway,
        ("StartTransaction", payload),
        ("StopTransaction", {"transactionId": "T", "meterStop": 9, "timestamp": now()}),
    )

    assert answers[0]["transactionId"] > 0
    assert "incomplete_report" in codes(transactions()[0])
    assert "Q39" in rules_seen()


@replays(27)
def test_registers_that_fall_drop_out_or_begin_with_zero(gateway: GatewayProcess) -> None:
    def at(minute: int, value: int) -> Call:
        return meter({"value": str(value)}, at=f"2026-11-01T10:{minute:02}:00Z")

    send(
        gateway,
        ("StartTransaction", START | {"meterStart": 1_200_000}),
        at(10, 1_202_000), at(20, 0), at(30, 1_204_000),
        ("StopTransaction", STOP | {"meterStop": 1_206_000}),
        ("StartTransaction", START | {"meterStart": 9000, "connectorId": 2}),
        at(10, 9500), at(20, 100), at(30, 600),
        ("StopTransaction", STOP | {"meterStop": 700}),
        ("StartTransaction", START | {"meterStart": 0, "connectorId": 3}),
        at(10, 5_000_000), at(20, 5_001_000),
        ("StopTransaction", STOP | {"meterStop": 5_002_000}),
    )  # fmt: skip

    dropped, fell, zero = transactions()
    assert (dropped.energy_wh, codes(dropped)) == (Decimal(6000), {"register_dropout"})
    assert (fell.energy_wh, codes(fell)) == (Decimal(1100), {"register_reset"})
    assert zero.energy_wh == 2000
    assert {"begin_implausible"} <= codes(zero)


@replays(27)
def test_a_make_that_begins_with_zero_begins_with_its_first_sample(gateway: GatewayProcess) -> None:
    send(
        gateway,
        ("StartTransaction", START | {"meterStart": 0}),
        meter({"value": "7000"}),
        ("StopTransaction", STOP | {"meterStop": 7500}),
        boot={"chargePointVendor": "Iocharger", "chargePointModel": "M"},
    )

    assert (transactions()[0].energy_wh, rules_seen()) == (Decimal(500), {"Q27"})


@replays(30)
def test_meter_values_after_the_stop_change_nothing(gateway: GatewayProcess) -> None:
    send(
        gateway,
        ("StartTransaction", START),
        ("StopTransaction", STOP),
        meter({"value": "9000"}, at="2026-11-01T11:30:00Z"),
    )

    (row,) = transactions()
    assert (row.state, row.energy_wh) == ("ended", Decimal(5000))
    assert meter_values()[0].transaction_id == row.pk


# --- id tokens

TAGS = [("card", "Accepted", None), ("  CARD ", "Accepted", None), ("CARD" + "X" * 30, "Invalid", "Q16")]


@replays(16)
@pytest.mark.parametrize(("tag", "status", "rule"), TAGS)
def test_an_id_token_is_compared_without_case_and_blanks(
    gateway: GatewayProcess, tag: str, status: str, rule: str | None
) -> None:
    answers = send(gateway, ("Authorize", {"idTag": tag}), ("StartTransaction", START | {"idTag": tag}))

    assert [answer["idTagInfo"]["status"] for answer in answers] == [status, status]
    assert rules_seen() == ({rule} if rule else set())


@replays(16)
def test_what_a_make_appends_to_id_tokens_is_cut_off(gateway: GatewayProcess) -> None:
    boot = {"chargePointVendor": "Keba AG", "chargePointModel": "P30"}

    (answer,) = send(gateway, ("Authorize", {"idTag": "CARD_dummy1"}), boot=boot)

    assert (answer["idTagInfo"]["status"], rules_seen()) == ("Accepted", {"Q16"})


@replays(46)
def test_an_id_token_in_an_object_is_taken_out(gateway: GatewayProcess) -> None:
    (answer,) = send(gateway, ("Authorize", {"idTag": {"idToken": "CARD"}}))

    assert (answer["idTagInfo"]["status"], rules_seen()) == ("Accepted", {"Q46"})


# --- time


@replays(17)
def test_local_times_are_those_of_the_site_where_that_is_switched_on(gateway: GatewayProcess) -> None:
    with context.tenant("acme"):
        site = Site.objects.create(name="Here", time_zone="Europe/Amsterdam")
        ChargingStation.objects.update(site=site)
    switch_on("Q17")

    send(gateway, ("StartTransaction", START | {"timestamp": "2026-11-01T10:00:00"}))

    assert transactions()[0].started_at == datetime(2026, 11, 1, 9, tzinfo=UTC)


@replays(18, 19)
def test_a_clock_that_is_not_set_or_ahead_is_noticed(gateway: GatewayProcess) -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")

    send(
        gateway,
        ("StartTransaction", START | {"timestamp": "1970-01-01T00:00:12Z"}),
        ("StartTransaction", START | {"timestamp": ahead, "connectorId": 2}),
    )

    unset, early = transactions()
    assert abs(unset.started_at - timezone.now()) < timedelta(minutes=1)
    assert codes(unset) == {"clock_unset"}
    assert early.started_at > timezone.now()
    assert rules_seen() == {"Q18", "Q19"}


@replays(20)
def test_our_times_end_with_z_and_have_milliseconds_at_most(gateway: GatewayProcess) -> None:
    (answer,) = send(gateway, ("Heartbeat", {}))

    datetime.strptime(answer["currentTime"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert len(answer["currentTime"]) == len("2026-11-01T10:00:00.000Z")


@replays(21, 31)
def test_old_status_messages_are_history_and_repeated_ones_change_nothing(gateway: GatewayProcess) -> None:
    def status(word: str, at: str) -> Call:
        return "StatusNotification", {
            "connectorId": 1,
            "errorCode": "NoError",
            "status": word,
            "timestamp": at,
        }

    old = [status("Faulted", f"2026-10-01T{hour:02}:00:00Z") for hour in range(24)]
    send(gateway, *[status("Charging", "2026-11-01T10:00:00Z")] * 30, *old)

    with context.tenant("acme"):
        assert list(Connector.objects.values_list("detail", flat=True)) == ["Charging"]


# --- words, identity, boot

STATUSES = [
    ({"status": "available"}, ("Available", "")),
    ({"status": "Occupied"}, ("Preparing", "")),
    ({"errorCode": "Error", "status": "Faulted"}, ("Faulted", "OtherError")),
    ({"status": "Charging", "info": None}, ("Charging", "")),
    ({"status": "Charging", "info": "x" * 99}, ("Charging", "")),
]


@replays(15, 26, 40)
@pytest.mark.parametrize(("payload", "expected"), STATUSES)
def test_a_status_in_other_words_is_understood(
    gateway: GatewayProcess, payload: dict[str, Any], expected: tuple[str, str]
) -> None:
    send(gateway, ("StatusNotification", {"connectorId": 1, "errorCode": "NoError"} | payload))

    with context.tenant("acme"):
        assert list(Connector.objects.values_list("detail", "error_code")) == [expected]
    assert rules_seen() & {"Q15", "Q26", "Q40"}


@replays(15)
def test_a_serial_number_that_is_too_long_is_kept(gateway: GatewayProcess) -> None:
    send(gateway, boot=BOOT | {"chargePointSerialNumber": "S" * 40, "chargePointModel": "M" * 30})

    with context.tenant("acme"):
        row = ChargingStation.objects.get()
    assert (row.serial_number, row.model, rules_seen()) == ("S" * 40, "M" * 30, {"Q15"})


@replays(32, 33)
def test_a_burst_of_status_messages_keeps_station_and_connectors_apart(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        words = ["Faulted", *["Available"] * 20]
        await asyncio.gather(
            *(
                one.result(
                    "StatusNotification", {"connectorId": number, "errorCode": "NoError", "status": word}
                )
                for _ in range(3)
                for number, word in enumerate(words)
            )
        )

    play(gateway, scene)

    with context.tenant("acme"):
        faulted = list(Connector.objects.filter(status="Faulted").values_list("evse__number", flat=True))
        assert (faulted, Connector.objects.count()) == ([0], 21)


# --- connections


def attempt(gateway: GatewayProcess, path: str = "CP-1", **options: Any) -> AbstractAsyncContextManager[Any]:
    settings = {"subprotocols": [SUBPROTOCOLS["1.6"]], "additional_headers": basic("CP-1")} | options
    return connect(f"{gateway.base}/acme/ocpp/{path}", **settings)


def outcome(gateway: GatewayProcess, path: str = "CP-1", **options: Any) -> tuple[int, str | None]:
    """The status of a handshake, and the subprotocol; a station that was let in says a heartbeat."""

    async def run() -> tuple[int, str | None]:
        try:
            async with attempt(gateway, path, **options) as socket:
                await socket.send(json.dumps([2, "b", "BootNotification", BOOT]))
                assert json.loads(await asyncio.wait_for(socket.recv(), 5))[:2] == [3, "b"]
                return 101, socket.subprotocol
        except InvalidStatus as error:
            return error.response.status_code, None

    return asyncio.run(run())


DOORS: list[tuple[str, str, dict[str, Any], tuple[int, str | None]]] = [
    ("Q10", "CP-1", {"subprotocols": None}, (101, None)),
    ("Q11", "CP-1", {"subprotocols": [Subprotocol("ocpp2.0.1")]}, (101, "ocpp2.0.1")),
    ("Q11", "CP-1", {"subprotocols": [Subprotocol("ocpp2.0.1"), Subprotocol("ocpp1.6")]}, (101, "ocpp1.6")),
    ("Q13", "CP-1/", {}, (101, "ocpp1.6")),
    ("Q13", "CP-1/SN123", {}, (101, "ocpp1.6")),
    ("Q13", "ws://example.org/acme/ocpp/CP-1", {}, (101, "ocpp1.6")),
    ("Q47", "CP-1", {"additional_headers": basic("admin")}, (101, "ocpp1.6")),
]  # fmt: skip


@replays(10, 11, 13, 47)
@pytest.mark.parametrize(("rule", "path", "options", "expected"), DOORS)
def test_a_strange_handshake_is_let_in_where_that_is_switched_on(
    gateway: GatewayProcess, rule: str, path: str, options: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    before = outcome(gateway, path, **options) if rule != "Q11" else (400, None)
    switch_on(rule)

    assert before[0] in (400, 401, 404)
    assert outcome(gateway, path, **options) == expected
    assert rule in rules_seen()


@replays(47)
def test_a_user_name_of_ones_own_does_not_help_with_a_wrong_password(gateway: GatewayProcess) -> None:
    switch_on("Q47")

    assert outcome(gateway, additional_headers=basic("admin", "wrong"))[0] == 401


@replays(47)
@pytest.mark.parametrize("form", [PASSWORD.encode().hex(), PASSWORD.encode().hex().upper()])
def test_a_password_may_come_as_hex_digits(gateway: GatewayProcess, form: str) -> None:
    assert outcome(gateway, additional_headers=basic("CP-1", form))[0] == 101


@replays(11, 46)
def test_messages_of_another_version_or_of_none_are_refused_and_the_socket_stays(
    gateway: GatewayProcess,
) -> None:
    async def scene(one: Station) -> list[str]:
        codes = [(await one.call(action, {}))[2] for action in ("TransactionEvent", "TransactionStarted")]
        await one.result("Heartbeat", {})
        return codes

    assert play(gateway, scene) == ["NotImplemented", "NotImplemented"]
    assert rules_seen() == {"Q11", "Q46"}


@replays(34)
def test_who_talks_without_a_boot_is_asked_for_it_and_later_carries_on_without(
    gateway: GatewayProcess,
) -> None:
    async def scene(one: Station) -> list[Any]:
        assert (await one.call("Heartbeat", {}))[2] == "SecurityError"
        asked = await one.next_command()
        await one.answer(asked, {"status": "Accepted"})
        await one.boot("1.6")
        return asked

    asked = play(gateway, scene, boots=False)

    assert asked[2:] == ["TriggerMessage", {"requestedMessage": "BootNotification"}]
    assert rules_seen() == {"Q34"}

    async def again(one: Station) -> None:
        await one.result("Heartbeat", {})

    play(gateway, again, boots=False)


@replays(35)
def test_what_waited_is_held_back_until_the_charger_has_settled(gateway: GatewayProcess) -> None:
    send(gateway)
    with context.tenant("acme"):
        commands.queue(ChargingStation.objects.get(), "TriggerMessage", {"requestedMessage": "Heartbeat"})

    async def scene(one: Station) -> None:
        with suppress(TimeoutError):
            pytest.fail(str(await one.next_command(1)))
        await one.answer(await one.next_command(), {"status": "Accepted"})

    play(gateway, scene, boots=False)


@replays(37)
def test_a_command_without_an_answer_is_counted(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        await asyncio.to_thread(_queue, "GetBaseReport", {"reportBase": "FullInventory"})
        await one.next_command()
        await asyncio.sleep(1.5)

    play(gateway, scene)

    assert rules_seen() == {"Q37"}


def _queue(action: str, payload: dict[str, Any]) -> None:
    with context.tenant("acme"):
        commands.queue(ChargingStation.objects.get(), action, payload, timeout_s=1)


@replays(38)
def test_the_newest_connection_wins_and_the_old_ones_end_changes_nothing(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> bool:
        async with station(gateway.base, "acme", "CP-1") as newer:
            await asyncio.wait_for(one.socket.wait_closed(), 5)
            await newer.result("Heartbeat", {})
            return await asyncio.to_thread(_is_online)

    assert play(gateway, scene)


def _is_online() -> bool:
    with context.tenant("acme"):
        found = stations.find("CP-1")
        return bool(found and found.presence.is_online)


@replays(40)
def test_empty_frames_null_payloads_and_json_on_several_lines_are_taken(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        for _ in range(15):
            await one.raw("  ")
        await one.raw('[\n  2,\n  "a",\n  "Heartbeat",\n  null\n]')
        assert (await one.next_other())[:2] == [3, "a"]

    play(gateway, scene)

    assert rules_seen() == {"Q40"}
    with context.tenant("acme"):
        assert not QuarantinedFrame.objects.exists()


@replays(41, 42)
def test_long_answers_are_taken_and_keys_are_known_in_any_case(gateway: GatewayProcess) -> None:
    def keys(name: str, value: str) -> dict[str, Any]:
        return {"configurationKey": [{"key": name, "readonly": False, "value": value, "extra": 1}]}

    async def scene(one: Station) -> None:
        for answer in (keys("SupportedFeatureProfiles", "x" * 900), keys("supportedfeatureprofiles", "Core")):
            await asyncio.to_thread(_queue, "GetBaseReport", {"reportBase": "FullInventory"})
            await one.answer(await one.next_command(), answer)
        await asyncio.sleep(0.5)

    play(gateway, scene)

    with context.tenant("acme"):
        assert list(Variable.objects.values_list("value", flat=True)) == ["Core"]
        assert set(Command.objects.values_list("status", flat=True)) == {"accepted"}
    assert rules_seen() == {"Q41"}


@replays(45)
def test_a_remote_start_that_leads_nowhere_shows_no_effect(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> None:
        await asyncio.to_thread(
            _queue, "RequestStartTransaction", {"idToken": {"idToken": "CARD", "type": "ISO14443"}}
        )
        await one.answer(await one.next_command(), {"status": "Accepted"})
        await asyncio.sleep(0.5)

    play(gateway, scene)

    with context.tenant("acme"):
        row = Command.objects.get()
    assert (row.status, row.effect_seen_at) == ("accepted", None)


@replays(49)
def test_evses_are_learnt_from_what_the_charger_reports(gateway: GatewayProcess) -> None:
    status = {"timestamp": now(), "connectorStatus": "Available", "evseId": 2, "connectorId": 1}

    async def scene(one: Station) -> None:
        await one.result("StatusNotification", status)

    play(gateway, scene, "2.0.1")

    with context.tenant("acme"):
        assert list(Evse.objects.values_list("number", flat=True)) == [2]


@replays(50)
def test_compression_is_not_negotiated_with_16(gateway: GatewayProcess) -> None:
    async def scene(one: Station) -> str:
        await one.result("Heartbeat", {})
        assert one.socket.response is not None
        return one.socket.response.headers.get("Sec-WebSocket-Extensions", "")

    assert play(gateway, scene, compression="deflate") == ""


@replays(51)
def test_stations_are_given_different_heartbeat_intervals(gateway: GatewayProcess) -> None:
    for number in range(2, 8):
        add_station("acme", f"CP-{number}")

    async def interval(number: int) -> int:
        async with station(gateway.base, "acme", f"CP-{number}", boots=False) as one:
            return int((await one.boot("1.6"))["interval"])

    async def all_of_them() -> list[int]:
        return [await interval(number) for number in range(1, 8)]

    intervals = asyncio.run(all_of_them())

    assert len(set(intervals)) > 3
    assert max(intervals) - min(intervals) <= 30


# --- the list


def test_every_known_deviation_is_replayed_or_listed_with_its_reason() -> None:
    tests = [value for name, value in vars(sys.modules[__name__]).items() if name.startswith("test_")]
    replayed = set().union(*(test.__dict__.get("replays", set()) for test in tests))

    assert replayed | quirk_list.NOT_REPLAYED.keys() == set(range(1, 52))
    assert not replayed & quirk_list.NOT_REPLAYED.keys()
    assert quirk_list.PAGE.read_text() == quirk_list.page(replayed)
