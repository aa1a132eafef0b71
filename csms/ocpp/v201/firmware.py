"""Firmware updates of OCPP 2.0.1, whose words are the unified ones. Source: S2-60."""

from datetime import UTC, datetime
from typing import Any

from chargers import firmware
from chargers.firmware import FirmwareReport
from chargers.models import Command
from csms.ocpp.connection import Connection
from csms.ocpp.v201 import V201
from csms.ocpp.version import CannotExpress, Reply


@V201.on("FirmwareStatusNotification", records=True)
def firmware_status(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record a state of the job that it names."""
    report = FirmwareReport(
        connection.station_id, payload["status"], payload.get("requestId"), datetime.now(UTC)
    )
    return Reply({}, (report,))


@V201.command("UpdateFirmware")
def update_firmware(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    wanted = payload.get("firmware")
    if not isinstance(wanted, dict) or not wanted.get("location"):
        raise CannotExpress("Say where the firmware is: firmware.location.")
    return "UpdateFirmware", payload


@V201.on_result("UpdateFirmware")
def update_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """A yes, or why not."""
    request = command.request or {}
    firmware.answered(command, response["status"], request.get("firmware") or {}, request.get("requestId"))
