"""A 2.0.1 station against a CSMS that validates every frame."""

from typing import Any

import pytest

from csms.simulator import EvseSpec
from tests.simulator.conftest import Run
from tests.simulator.judge import Judge

DC = (EvseSpec(kind="DC", max_power_w=150_000),)


def of(evse_id: int, status: str) -> Any:
    return lambda call: (call["evseId"], call["connectorStatus"]) == (evse_id, status)


def event(kind: str, trigger: str | None = None) -> Any:
    return lambda call: call["eventType"] == kind and trigger in (None, call["triggerReason"])


def variable(component: str, name: str, **value: str) -> dict[str, Any]:
    return {"component": {"name": component}, "variable": {"name": name}, **value}


async def test_a_station_boots_and_reports_each_connector(judge: Judge, run: Run) -> None:
    await run("2.0.1")
    assert judge.said("BootNotification")[0]["reason"] == "PowerUp"
    assert [call["evseId"] for call in judge.said("StatusNotification")] == [1, 2]


async def test_a_session_is_told_by_events_in_sequence(judge: Judge, run: Run) -> None:
    station = await run("2.0.1", evses=DC, id_tokens=("CARD",))
    await station.plug_in(1, soc=30)
    await judge.hears("TransactionEvent", event("Updated", "MeterValuePeriodic"))
    station.stop(1)
    ended = await judge.hears("TransactionEvent", event("Ended"))
    events = judge.said("TransactionEvent")
    assert [each["seqNo"] for each in events] == list(range(len(events)))
    assert {each["transactionInfo"]["transactionId"] for each in events} == {
        ended["transactionInfo"]["transactionId"]
    }
    started, charging = events[0], events[1]
    assert (started["evse"], started["idToken"]["idToken"]) == ({"id": 1, "connectorId": 1}, "CARD")
    assert (started["triggerReason"], charging["triggerReason"]) == ("Authorized", "ChargingStateChanged")
    assert charging["transactionInfo"]["chargingState"] == "Charging"
    contexts = [each["meterValue"][0]["sampledValue"][0]["context"] for each in (started, charging, ended)]
    assert contexts == ["Transaction.Begin", "Sample.Periodic", "Transaction.End"]
    assert ended["transactionInfo"]["stoppedReason"] == "Local"
    assert ended["idToken"]["idToken"] == "CARD"
    registers = [each["meterValue"][0]["sampledValue"][0]["value"] for each in events]
    assert registers == sorted(registers)
    assert registers[-1] > registers[0]
    measurands = {sample["measurand"] for sample in events[-2]["meterValue"][0]["sampledValue"]}
    assert {"SoC", "Voltage", "Current.Import", "Power.Active.Import"} < measurands


async def test_a_full_car_suspends_the_session(judge: Judge, run: Run) -> None:
    station = await run("2.0.1", evses=DC)
    await station.plug_in(1, soc=79)
    suspended = await judge.hears(
        "TransactionEvent", lambda call: call["transactionInfo"]["chargingState"] == "SuspendedEV"
    )
    assert suspended["triggerReason"] == "ChargingStateChanged"
    station.unplug(1)
    ended = await judge.hears("TransactionEvent", event("Ended"))
    assert ended["transactionInfo"]["stoppedReason"] == "EVDisconnected"


async def test_an_id_token_refused_in_the_answer_ends_the_transaction(judge: Judge, run: Run) -> None:
    judge.answers["TransactionEvent"] = lambda call: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in call else {}
    )
    station = await run("2.0.1")
    await station.plug_in(1)
    ended = await judge.hears("TransactionEvent", event("Ended"))
    assert (ended["triggerReason"], ended["transactionInfo"]["stoppedReason"]) == (
        "Deauthorized",
        "DeAuthorized",
    )


async def test_request_start_and_stop(judge: Judge, run: Run) -> None:
    await run("2.0.1")
    start = {"evseId": 2, "remoteStartId": 11, "idToken": {"idToken": "REMOTE", "type": "Central"}}
    assert await judge.command("RequestStartTransaction", start) == {"status": "Accepted"}
    started = await judge.hears("TransactionEvent", event("Started", "RemoteStart"))
    assert started["transactionInfo"]["remoteStartId"] == 11
    assert started["idToken"] == {"idToken": "REMOTE", "type": "Central"}
    assert (await judge.command("RequestStartTransaction", start))["status"] == "Rejected"
    transaction = {"transactionId": started["transactionInfo"]["transactionId"]}
    status = await judge.command("GetTransactionStatus", transaction)
    assert status["ongoingIndicator"] is True
    assert await judge.command("RequestStopTransaction", transaction) == {"status": "Accepted"}
    ended = await judge.hears("TransactionEvent", event("Ended", "RemoteStop"))
    assert ended["transactionInfo"]["stoppedReason"] == "Remote"
    assert (await judge.command("RequestStopTransaction", transaction))["status"] == "Rejected"
    assert (await judge.command("GetTransactionStatus", transaction))["ongoingIndicator"] is False


@pytest.mark.parametrize(
    ("kind", "status", "boot_reason"),
    [("Immediate", "Accepted", "RemoteReset"), ("OnIdle", "Scheduled", "ScheduledReset")],
)
async def test_a_reset_reboots_now_or_when_idle(
    judge: Judge, run: Run, kind: str, status: str, boot_reason: str
) -> None:
    station = await run("2.0.1")
    await station.plug_in(1)
    assert await judge.command("Reset", {"type": kind}) == {"status": status}
    station.stop(1)
    await judge.hears("TransactionEvent", event("Ended"))
    boot = await judge.hears("BootNotification", lambda call: call["reason"] != "PowerUp")
    assert boot["reason"] == boot_reason
    assert judge.connections == 2


async def test_events_of_an_offline_session_come_later_marked_as_such(judge: Judge, run: Run) -> None:
    station = await run("2.0.1")
    station.go_offline()
    await station.until(lambda each: not each.is_connected)
    await station.plug_in(1)
    await station.clock.sleep(100)
    station.stop(1)
    station.come_online()
    await judge.hears("TransactionEvent", event("Ended"))
    events = judge.said("TransactionEvent")
    assert [each["seqNo"] for each in events] == list(range(len(events)))
    assert all(each["offline"] for each in events)
    times = [each["timestamp"] for each in events]
    assert times == sorted(times)
    assert len(judge.said("BootNotification")) == 1


async def test_availability_changes_after_the_session(judge: Judge, run: Run) -> None:
    station = await run("2.0.1")
    await station.plug_in(1)
    await judge.hears("StatusNotification", of(1, "Occupied"))
    command: dict[str, Any] = {"operationalStatus": "Inoperative", "evse": {"id": 1}}
    assert await judge.command("ChangeAvailability", command) == {"status": "Scheduled"}
    station.stop(1)
    await judge.hears("StatusNotification", of(1, "Unavailable"))
    command = {"operationalStatus": "Inoperative", "evse": {"id": 2, "connectorId": 1}}
    assert await judge.command("ChangeAvailability", command) == {"status": "Accepted"}
    await judge.hears("StatusNotification", of(2, "Unavailable"))
    unknown = {"operationalStatus": "Operative", "evse": {"id": 7}}
    assert (await judge.command("ChangeAvailability", unknown))["status"] == "Rejected"


async def test_a_charging_connector_is_not_unlocked(judge: Judge, run: Run) -> None:
    station = await run("2.0.1")
    place = {"evseId": 1, "connectorId": 1}
    assert await judge.command("UnlockConnector", place) == {"status": "Unlocked"}
    assert await judge.command("UnlockConnector", {**place, "connectorId": 5}) == {
        "status": "UnknownConnector"
    }
    await station.plug_in(1)
    assert await judge.command("UnlockConnector", place) == {"status": "OngoingAuthorizedTransaction"}


async def test_triggered_messages_come(judge: Judge, run: Run) -> None:
    station = await run("2.0.1")
    for message in ("Heartbeat", "MeterValues", "LogStatusNotification", "FirmwareStatusNotification"):
        assert await judge.command("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
        await judge.hears(message)
    await station.plug_in(1)
    await judge.command("TriggerMessage", {"requestedMessage": "TransactionEvent", "evse": {"id": 1}})
    await judge.hears("TransactionEvent", event("Updated", "Trigger"))
    place = {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}}
    assert await judge.command("TriggerMessage", place) == {"status": "Accepted"}
    boot = {"requestedMessage": "BootNotification"}
    assert (await judge.command("TriggerMessage", boot))["status"] == "Rejected"
    unknown = {"requestedMessage": "SignV2GCertificate"}
    assert await judge.command("TriggerMessage", unknown) == {"status": "NotImplemented"}


async def test_a_base_report_comes_in_numbered_parts(judge: Judge, run: Run) -> None:
    await run("2.0.1")
    command: dict[str, Any] = {"requestId": 5, "reportBase": "FullInventory"}
    assert await judge.command("GetBaseReport", command) == {"status": "Accepted"}
    await judge.hears("NotifyReport", lambda part: not part["tbc"])
    parts = judge.said("NotifyReport")
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False]
    rows = [row for part in parts for row in part["reportData"]]
    assert len(rows) == len({str((row["component"], row["variable"])) for row in rows}) >= 60
    password = next(row for row in rows if row["variable"]["name"] == "BasicAuthPassword")
    assert password["variableAttribute"] == [{"mutability": "WriteOnly"}]


async def test_a_report_by_component_and_criteria(judge: Judge, run: Run) -> None:
    await run("2.0.1")
    asked = {"requestId": 6, "componentVariable": [{"component": {"name": "txctrlr"}}]}
    assert await judge.command("GetReport", asked) == {"status": "Accepted"}
    part = await judge.hears("NotifyReport", lambda part: part["requestId"] == 6)
    assert {row["component"]["name"] for row in part["reportData"]} == {"TxCtrlr"}
    problems = {"requestId": 7, "componentCriteria": ["Problem"]}
    assert await judge.command("GetReport", problems) == {"status": "EmptyResultSet"}


async def test_variables_are_read_and_set_one_by_one(judge: Judge, run: Run) -> None:
    station = await run("2.0.1", password="0123456789abcdef")
    asked = [
        variable("OCPPCommCtrlr", "HeartbeatInterval"),
        variable("OCPPCommCtrlr", "Nonsense"),
        variable("Nonsense", "Nonsense"),
        variable("SecurityCtrlr", "BasicAuthPassword"),
        variable("TxCtrlr", "TxStartPoint", attributeType="Target"),
    ]
    results = (await judge.command("GetVariables", {"getVariableData": asked}))["getVariableResult"]
    assert [result["attributeStatus"] for result in results] == [
        "Accepted",
        "UnknownVariable",
        "UnknownComponent",
        "Rejected",
        "NotSupportedAttributeType",
    ]
    assert results[0]["attributeValue"] == "300"
    wanted = [
        variable("ocppcommctrlr", "heartbeatinterval", attributeValue="20"),
        variable("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="soon"),
        variable("TxCtrlr", "TxStartPoint", attributeValue="EVConnected"),
        variable("SecurityCtrlr", "BasicAuthPassword", attributeValue="fedcba9876543210"),
    ]
    results = (await judge.command("SetVariables", {"setVariableData": wanted}))["setVariableResult"]
    assert [result["attributeStatus"] for result in results] == [
        "Accepted",
        "Rejected",
        "Rejected",
        "Accepted",
    ]
    assert station.settings.heartbeat_interval_s == 20
    judge.passwords["S-1"] = "fedcba9876543210"
    await judge.close()
    await station.until(lambda each: judge.connections == 2 and each.uplink.ready.is_set(), 5)


async def test_what_is_not_built_in_is_answered_as_the_specification_says(judge: Judge, run: Run) -> None:
    await run("2.0.1")
    assert await judge.command("SetChargingProfile", {}) == "NotSupported"
    assert await judge.command("InventedAction", {}) == "NotImplemented"
    assert await judge.command("Reset", {"type": "Gently"}) == "FormatViolation"
    assert await judge.command("DataTransfer", {"vendorId": "X"}) == {"status": "UnknownVendorId"}
    assert await judge.command("ClearCache", {}) == {"status": "Accepted"}
