"""Firmware updates of OCPP 1.6, plain and signed. Source: S16-50 to S16-52."""

from datetime import UTC, datetime
from typing import Any

from chargers import firmware
from chargers.firmware import FirmwareReport
from chargers.models import Command
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.version import CannotExpress, Reply

LONGEST_SIGNED_LOCATION = 512


@V16.on("FirmwareStatusNotification", records=True)
def firmware_status(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record a state; it names no job, the open one is meant."""
    report = FirmwareReport(connection.station_id, payload["status"], None, datetime.now(UTC))
    return Reply({}, (report,))


@V16.on("SignedFirmwareStatusNotification", records=True)
def signed_firmware_status(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record a state of the job that it names."""
    report = FirmwareReport(
        connection.station_id, payload["status"], payload.get("requestId"), datetime.now(UTC)
    )
    return Reply({}, (report,))


@V16.command("UpdateFirmware")
def update_firmware(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A signed update where signature and certificate are given, else a plain one, which knows no time of installation."""
    wanted = payload.get("firmware")
    if not isinstance(wanted, dict) or not wanted.get("location") or not wanted.get("retrieveDateTime"):
        raise CannotExpress("Say where the firmware is: firmware.location.")
    tries = {name: payload[name] for name in ("retries", "retryInterval") if payload.get(name) is not None}
    if wanted.get("signature") or wanted.get("signingCertificate"):
        return "SignedUpdateFirmware", {
            **tries,
            "requestId": payload.get("requestId"),
            "firmware": _signed(wanted),
        }
    if wanted.get("installDateTime"):
        raise CannotExpress("OCPP 1.6 plans the installation of signed firmware only.")
    return "UpdateFirmware", {
        "location": wanted["location"],
        "retrieveDate": wanted["retrieveDateTime"],
        **tries,
    }


@V16.on_result("UpdateFirmware")
def update_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Any answer is a yes; what follows are the notifications."""
    request = command.request or {}
    firmware.answered(
        command,
        "Accepted",
        {"location": request.get("location"), "retrieveDateTime": request.get("retrieveDate")},
    )


@V16.on_result("SignedUpdateFirmware")
def signed_update_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """A yes, or why not."""
    request = command.request or {}
    firmware.answered(command, response["status"], request.get("firmware") or {}, request.get("requestId"))


def _signed(wanted: dict[str, Any]) -> dict[str, Any]:
    names = ("location", "retrieveDateTime", "installDateTime", "signingCertificate", "signature")
    missing = [name for name in ("signingCertificate", "signature") if not wanted.get(name)]
    if missing:
        raise CannotExpress(f"A signed update needs firmware.{missing[0]} too.")
    if len(str(wanted["location"])) > LONGEST_SIGNED_LOCATION:
        raise CannotExpress(f"OCPP 1.6 takes addresses of at most {LONGEST_SIGNED_LOCATION} characters.")
    return {name: wanted[name] for name in names if wanted.get(name)}
