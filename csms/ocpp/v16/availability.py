"""StatusNotification and ChangeAvailability of OCPP 1.6. Connector n is EVSE n with connector 1; connector 0 is the station. Source: S16-08, S16-09."""

from datetime import UTC, datetime
from typing import Any

from chargers.availability import StatusReport
from csms.ocpp import reading
from csms.ocpp.connection import Connection
from csms.ocpp.reading import Rules
from csms.ocpp.v16 import V16
from csms.ocpp.version import CannotExpress, Reply
from transactions import moments
from transactions.charging_states import ChargingStateReport

UNIFIED = {
    "Available": "Available",
    "Reserved": "Reserved",
    "Unavailable": "Unavailable",
    "Faulted": "Faulted",
}  # every other word means that a vehicle or a driver is there
CHARGING_STATES = {
    "Preparing": "EVConnected",
    "Charging": "Charging",
    "SuspendedEV": "SuspendedEV",
    "SuspendedEVSE": "SuspendedEVSE",
    "Finishing": "EVConnected",
}

TRIGGERED = {
    "BootNotification": "BootNotification",
    "FirmwareStatusNotification": "FirmwareStatusNotification",
    "Heartbeat": "Heartbeat",
    "MeterValues": "MeterValues",
    "StatusNotification": "StatusNotification",
    "TransactionEvent": "MeterValues",
}
TRIGGERED_EXTENDED = {
    "LogStatusNotification": "LogStatusNotification",
    "SignChargingStationCertificate": "SignChargePointCertificate",
}


@V16.on("StatusNotification", records=True)
def status_notification(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record the status of a connector."""
    received, rules = datetime.now(UTC), Rules()
    moment = received
    if "timestamp" in payload:
        reported = reading.moment(connection, payload["timestamp"], rules, received)
        moment = moments.occurred(reported, received)[0]
    number = payload["connectorId"]
    report = StatusReport(
        station_id=connection.station_id,
        evse_number=number,
        connector_number=1 if number else 0,
        status=UNIFIED.get(payload["status"], "Occupied"),
        detail=payload["status"],
        error_code="" if payload["errorCode"] == "NoError" else payload["errorCode"],
        error_text=payload.get("info", ""),
        vendor_error_code=payload.get("vendorErrorCode", ""),
        reported_at=moment,
    )
    state = CHARGING_STATES.get(payload["status"])
    states = (ChargingStateReport(connection.station_id, number, state, moment),) if number and state else ()
    return Reply({}, (report, *states), tuple(rules))


@V16.command("ChangeAvailability")
def change_availability(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """No EVSE is the whole station: connector 0."""
    evse = payload.get("evse") or {}
    return "ChangeAvailability", {
        "connectorId": evse.get("id", 0),
        "type": payload.get("operationalStatus", ""),
    }


@V16.command("TriggerMessage")
def trigger_message(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """TriggerMessage for what it can name, else the security whitepaper's ExtendedTriggerMessage; messages that 1.6 does not know cannot be triggered."""
    message = payload.get("requestedMessage", "")
    evse = (payload.get("evse") or {}).get("id")
    where = {} if evse is None else {"connectorId": evse}
    if message in TRIGGERED:
        return "TriggerMessage", {"requestedMessage": TRIGGERED[message], **where}
    if message in TRIGGERED_EXTENDED:
        return "ExtendedTriggerMessage", {"requestedMessage": TRIGGERED_EXTENDED[message]}
    raise CannotExpress(f"OCPP 1.6 cannot trigger {message}.")
