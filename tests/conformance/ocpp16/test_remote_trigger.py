"""Remote trigger: messages that the charge point sends because it was asked."""

import pytest

from tests.conformance.bench import IDENTITY, Bench, ChargePoint, Payload, each_way, moment

AT_ONE = {"connectorId": 1}
Triggered = tuple[str, Payload, Payload]
TRIGGERED: dict[str, Triggered] = {
    "MeterValues": (
        "MeterValues",
        AT_ONE,
        {"connectorId": 1, "meterValue": [{"timestamp": moment(), "sampledValue": [{"value": "7", "context": "Trigger"}]}]},
    ),
    "Heartbeat": ("Heartbeat", {}, {}),
    "StatusNotification": (
        "StatusNotification",
        AT_ONE,
        {"connectorId": 1, "errorCode": "NoError", "status": "Unavailable"},
    ),
    "DiagnosticsStatusNotification": ("DiagnosticsStatusNotification", {}, {"status": "Idle"}),
    "FirmwareStatusNotification": ("FirmwareStatusNotification", {}, {"status": "Idle"}),
}  # fmt: skip
UNIFIED = [message for message in TRIGGERED if message != "DiagnosticsStatusNotification"]
WAYS = [*((message, False) for message in UNIFIED), *((message, True) for message in TRIGGERED)]


async def shows(point: ChargePoint, message: str) -> bool:
    """Whether the API shows what the message said."""
    logged = await point.logged(message)
    if message == "StatusNotification":
        return bool((await point.connector(1))["status"] == "Unavailable")
    if message == "Heartbeat":
        return bool((await point.api.get(f"stations/{IDENTITY}/"))["last_seen"])
    return bool(logged["result"] == "ok")


@pytest.mark.parametrize(("message", "exact"), WAYS)
async def test_tc_054_csms_a_message_is_triggered_and_taken(
    bench: Bench, message: str, *, exact: bool
) -> None:
    action, where, content = TRIGGERED[message]
    wanted = {"requestedMessage": message} | ({"evse": {"id": 1}} if where else {})
    async with bench.booted() as point:
        order = await point.is_told(
            "TriggerMessage", {"requestedMessage": message} | where if exact else wanted, exact=exact
        )
        answer = await point.says(action, content)

        assert order.said == ("TriggerMessage", {"requestedMessage": message} | where)
        assert order.status == "accepted"
        assert set(answer) <= {"currentTime"}
        assert await shows(point, message)


@each_way
async def test_tc_055_csms_a_trigger_for_no_connector_is_rejected(bench: Bench, *, exact: bool) -> None:
    wire = {"requestedMessage": "MeterValues", "connectorId": 3}
    unified = {"requestedMessage": "MeterValues", "evse": {"id": 3}}
    async with bench.booted() as point:
        order = await point.is_told(
            "TriggerMessage", wire if exact else unified, {"status": "Rejected"}, exact=exact
        )

        assert order.said == ("TriggerMessage", wire)
        assert (order.status, order.command["response"]) == ("rejected", {"status": "Rejected"})
