"""StatusNotification and ChangeAvailability of OCPP 2.0.1. Source: S2-40, S2-42."""

from datetime import UTC, datetime
from typing import Any

from chargers.availability import StatusReport
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v201 import V201
from csms.ocpp.version import Reply
from transactions import moments


@V201.on("StatusNotification", records=True)
def status_notification(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record the status of a connector."""
    moment, _ = moments.occurred(timestamps.parse(payload["timestamp"]), datetime.now(UTC))
    report = StatusReport(
        station_id=connection.station_id,
        evse_number=payload["evseId"],
        connector_number=payload["connectorId"],
        status=payload["connectorStatus"],
        detail=payload["connectorStatus"],
        error_code="",
        error_text="",
        vendor_error_code="",
        reported_at=moment,
    )
    return Reply({}, (report,))


@V201.command("ChangeAvailability")
def change_availability(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "ChangeAvailability", payload


@V201.command("TriggerMessage")
def trigger_message(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "TriggerMessage", payload
