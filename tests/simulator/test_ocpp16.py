"""A 1.6 station against a CSMS that validates every frame."""

from decimal import Decimal
from typing import Any

import pytest

from csms.simulator import EvseSpec
from csms.simulator.ocpp16 import Ocpp16
from tests.simulator.conftest import Run
from tests.simulator.judge import Judge, now

READING = ("Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage")


def of(number: int, status: str) -> Any:
    return lambda call: (call["connectorId"], call["status"]) == (number, status)


async def test_a_station_boots_and_reports_itself_and_each_connector(judge: Judge, run: Run) -> None:
    await run("1.6")
    assert [action for action, _ in judge.calls] == ["BootNotification"] + ["StatusNotification"] * 3
    assert [call["connectorId"] for call in judge.said("StatusNotification")] == [0, 1, 2]


async def test_a_session_goes_from_plug_to_stop_with_registers_that_fit(judge: Judge, run: Run) -> None:
    station = await run("1.6", id_tokens=("CARD",))
    await station.plug_in(1)
    await judge.hears("StatusNotification", of(1, "Charging"))
    await judge.hears("MeterValues")
    station.stop(1)
    stop = await judge.hears("StopTransaction")
    start = judge.said("StartTransaction")[0]
    assert (start["idTag"], stop["idTag"], stop["reason"], stop["transactionId"]) == (
        "CARD",
        "CARD",
        "Local",
        1,
    )
    assert stop["meterStop"] > start["meterStart"]
    samples = judge.said("MeterValues")[0]["meterValue"][0]["sampledValue"]
    assert {sample["measurand"] for sample in samples} == set(READING)
    register = Decimal(next(s["value"] for s in samples if s["measurand"] == READING[0]))
    assert start["meterStart"] <= register <= stop["meterStop"] + 1
    await judge.hears("StatusNotification", of(1, "Finishing"))
    actions = [action for action, _ in judge.calls]
    assert actions.index("Authorize") < actions.index("StartTransaction") < actions.index("StopTransaction")


async def test_a_refused_card_begins_nothing(judge: Judge, run: Run) -> None:
    judge.answers["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    station = await run("1.6")
    assert await station.plug_in(1) is None
    assert judge.said("StartTransaction") == []


async def test_a_card_refused_at_the_start_ends_the_transaction(judge: Judge, run: Run) -> None:
    refused = {"idTagInfo": {"status": "ConcurrentTx"}, "transactionId": 7}
    judge.answers["StartTransaction"] = lambda _: refused
    station = await run("1.6")
    await station.plug_in(1)
    stop = await judge.hears("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (7, "DeAuthorized")


async def test_remote_start_brings_a_car_and_remote_stop_ends_its_session(judge: Judge, run: Run) -> None:
    await run("1.6")
    start = {"connectorId": 2, "idTag": "REMOTE"}
    assert await judge.command("RemoteStartTransaction", start) == {"status": "Accepted"}
    started = await judge.hears("StartTransaction")
    assert (started["connectorId"], started["idTag"]) == (2, "REMOTE")
    await judge.hears("StatusNotification", of(2, "Charging"))
    assert await judge.command("RemoteStartTransaction", start) == {"status": "Rejected"}
    assert await judge.command("RemoteStopTransaction", {"transactionId": 99}) == {"status": "Rejected"}
    assert await judge.command("RemoteStopTransaction", {"transactionId": 1}) == {"status": "Accepted"}
    stop = await judge.hears("StopTransaction")
    assert (stop["reason"], "idTag" in stop) == ("Remote", False)
    await judge.hears("StatusNotification", of(2, "Finishing"))


@pytest.mark.parametrize(("kind", "reason"), [("Hard", "HardReset"), ("Soft", "SoftReset")])
async def test_a_reset_stops_the_transaction_and_boots_again(
    judge: Judge, run: Run, kind: str, reason: str
) -> None:
    station = await run("1.6")
    await station.plug_in(1)
    await judge.hears("StartTransaction")
    assert await judge.command("Reset", {"type": kind}) == {"status": "Accepted"}
    await station.until(lambda each: judge.connections == 2 and each.is_accepted, 5)
    assert len(judge.said("BootNotification")) == 2
    assert (await judge.hears("StopTransaction"))["reason"] == reason


async def test_messages_of_an_offline_session_come_later_in_order_with_their_own_times(
    judge: Judge, run: Run
) -> None:
    station = await run("1.6")
    station.go_offline()
    await station.until(lambda each: not each.is_connected)
    transaction = await station.plug_in(1)
    await station.clock.sleep(100)
    station.stop(1)
    assert transaction is not None
    assert judge.said("StartTransaction") == []
    heard = len(judge.calls)
    station.come_online()
    stop = await judge.hears("StopTransaction")
    actions = [action for action, _ in judge.calls[heard:] if action != "StatusNotification"]
    assert actions == ["StartTransaction", *["MeterValues"] * (len(actions) - 2), "StopTransaction"]
    assert len(actions) >= 4
    start = judge.said("StartTransaction")[0]
    assert start["timestamp"] < judge.said("MeterValues")[0]["meterValue"][0]["timestamp"] < stop["timestamp"]
    assert {call["transactionId"] for call in judge.said("MeterValues")} == {1}
    assert len(judge.said("BootNotification")) == 1


async def test_a_lost_connection_needs_no_second_boot(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    await station.plug_in(1)
    await station.until(lambda each: each.transactions[0].number == 1)
    await judge.close()
    await station.until(lambda each: judge.connections == 2 and each.uplink.ready.is_set(), 5)
    station.stop(1)
    assert (await judge.hears("StopTransaction"))["transactionId"] == 1
    assert len(judge.said("BootNotification")) == 1


async def test_a_start_without_an_answer_is_sent_again(judge: Judge, run: Run) -> None:
    answers = iter(
        [None, {"error": "InternalError"}, {"transactionId": 5, "idTagInfo": {"status": "Accepted"}}]
    )
    judge.answers["StartTransaction"] = lambda _: next(answers)
    station = await run("1.6")
    await station.plug_in(1)
    await station.until(lambda each: each.transactions[0].number == 5, 5)
    first, second, third = judge.said("StartTransaction")
    assert first == second == third


async def test_a_pending_station_asks_again_and_obeys_a_trigger(judge: Judge, run: Run) -> None:
    answers = iter([("Pending", 86_400), ("Rejected", 30), ("Accepted", 60)])

    def decide(_call: object) -> dict[str, object]:
        status, interval = next(answers)
        return {"status": status, "interval": interval, "currentTime": now()}

    judge.answers["BootNotification"] = decide
    station = await run("1.6", is_accepted=False)
    await judge.hears("BootNotification")
    remote = {"connectorId": 1, "idTag": "REMOTE"}
    assert await judge.command("RemoteStartTransaction", remote) == {"status": "Rejected"}
    await judge.command("TriggerMessage", {"requestedMessage": "BootNotification"})
    await station.until(lambda each: each.is_accepted, 5)
    assert len(judge.said("BootNotification")) == 3
    assert judge.calls[2][0] == "BootNotification"


async def test_availability_changes_after_the_session(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    await station.plug_in(1)
    await judge.hears("StatusNotification", of(1, "Charging"))
    command = {"connectorId": 0, "type": "Inoperative"}
    assert await judge.command("ChangeAvailability", command) == {"status": "Scheduled"}
    await judge.hears("StatusNotification", of(2, "Unavailable"))
    station.stop(1)
    await judge.hears("StatusNotification", of(1, "Unavailable"))
    assert await station.plug_in(1) is None
    command = {"connectorId": 1, "type": "Operative"}
    assert await judge.command("ChangeAvailability", command) == {"status": "Accepted"}
    await station.until(lambda each: each.state(1) != "Unavailable")


async def test_unlocking_ends_the_session(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    assert await judge.command("UnlockConnector", {"connectorId": 9}) == {"status": "NotSupported"}
    await station.plug_in(2)
    assert await judge.command("UnlockConnector", {"connectorId": 2}) == {"status": "Unlocked"}
    assert (await judge.hears("StopTransaction"))["reason"] == "UnlockCommand"


async def test_triggered_messages_come(judge: Judge, run: Run) -> None:
    await run("1.6")
    for message in (
        "Heartbeat",
        "MeterValues",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
    ):
        assert await judge.command("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
        await judge.hears(message)
    heard = len(judge.said("StatusNotification"))
    await judge.command("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 2})
    await judge.hears("StatusNotification", lambda _: len(judge.said("StatusNotification")) > heard)
    assert judge.said("StatusNotification")[-1]["connectorId"] == 2
    unknown = {"requestedMessage": "StatusNotification", "connectorId": 8}
    assert await judge.command("TriggerMessage", unknown) == {"status": "Rejected"}


async def test_configuration_is_shown_changed_and_obeyed(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    every = await judge.command("GetConfiguration", {})
    assert len(every["configurationKey"]) == 48
    asked = {"key": ["heartbeatinterval", "Nonsense", "AuthorizationKey"]}
    found = await judge.command("GetConfiguration", asked)
    assert found["unknownKey"] == ["Nonsense"]
    assert found["configurationKey"][0] == {"key": "HeartbeatInterval", "readonly": False, "value": "300"}
    assert "value" not in found["configurationKey"][1]
    answers = {
        ("HeartbeatInterval", "15"): "Accepted",
        ("HeartbeatInterval", "soon"): "Rejected",
        ("NumberOfConnectors", "9"): "Rejected",
        ("Nonsense", "1"): "NotSupported",
    }
    for (key, value), status in answers.items():
        assert await judge.command("ChangeConfiguration", {"key": key, "value": value}) == {"status": status}
    assert station.settings.heartbeat_interval_s == 15
    await judge.hears("Heartbeat")


async def test_a_local_list_decides_while_offline(judge: Judge, run: Run) -> None:
    station = await run("1.6", id_tokens=("BLOCKED",))
    entries = [{"idTag": "BLOCKED", "idTagInfo": {"status": "Blocked"}}]
    full = {"listVersion": 3, "updateType": "Full", "localAuthorizationList": entries}
    assert await judge.command("SendLocalList", full) == {"status": "Accepted"}
    assert await judge.command("GetLocalListVersion", {}) == {"listVersion": 3}
    stale = {"listVersion": 3, "updateType": "Differential"}
    assert await judge.command("SendLocalList", stale) == {"status": "VersionMismatch"}
    station.go_offline()
    await station.until(lambda each: not each.is_connected)
    assert await station.plug_in(1) is None


async def test_what_is_not_built_in_is_answered_as_the_specification_says(
    judge: Judge, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(Ocpp16.commands, "UnlockConnector")
    await run("1.6")
    assert await judge.command("UnlockConnector", {"connectorId": 1}) == "NotSupported"
    assert await judge.command("InventedAction", {}) == "NotImplemented"
    assert await judge.command("Reset", {"type": "Gently"}) == "FormationViolation"
    assert await judge.command("DataTransfer", {"vendorId": "X"}) == {"status": "UnknownVendorId"}
    assert await judge.command("ClearCache", {}) == {"status": "Accepted"}


async def test_two_plugs_of_one_evse_are_two_connectors(judge: Judge, run: Run) -> None:
    twin = EvseSpec(kind="DC", max_power_w=50_000, connectors=2)
    await run("1.6", evses=(twin,))
    await judge.command("RemoteStartTransaction", {"connectorId": 2, "idTag": "REMOTE"})
    assert (await judge.hears("StartTransaction"))["connectorId"] == 2
    other = {"connectorId": 1, "idTag": "REMOTE"}
    assert await judge.command("RemoteStartTransaction", other) == {"status": "Rejected"}


async def test_a_fault_ends_the_session_and_is_reported_with_its_code(judge: Judge, run: Run) -> None:
    station = await run("1.6", scenario="faulted")
    report = await judge.hears("StatusNotification", of(1, "Faulted"))
    assert report["errorCode"] == "GroundFailure"
    station.repair(1)
    await judge.hears("StatusNotification", lambda call: call is judge.said("StatusNotification")[-1])


async def test_an_error_as_answer_to_authorize_is_no_yes(judge: Judge, run: Run) -> None:
    judge.answers["Authorize"] = lambda _: {"error": "InternalError"}
    station = await run("1.6")
    assert await station.plug_in(1) is None


async def test_the_clock_follows_the_csms_unless_it_is_only_fast(judge: Judge, run: Run) -> None:
    boot = {"status": "Accepted", "interval": 60, "currentTime": "2020-02-29T12:00:00Z"}
    judge.answers["BootNotification"] = lambda _: boot
    await run("1.6", speed=1)
    assert {call["timestamp"][:10] for call in judge.said("StatusNotification")} == {"2020-02-29"}


async def test_no_samples_come_with_an_interval_of_zero(judge: Judge, run: Run) -> None:
    station = await run("1.6")
    await judge.command("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "0"})
    await station.plug_in(1)
    await station.clock.sleep(120)
    station.stop(1)
    await judge.hears("StopTransaction")
    assert judge.said("MeterValues") == []
