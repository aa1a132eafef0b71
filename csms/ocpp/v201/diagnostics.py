"""Logs of OCPP 2.0.1, whose words are the unified ones. Source: S2-46."""

from datetime import UTC, datetime
from typing import Any

from chargers import logs
from chargers.logs import LogReport
from chargers.models import Command
from csms.ocpp.connection import Connection
from csms.ocpp.v201 import V201
from csms.ocpp.version import Reply


@V201.on("LogStatusNotification", records=True)
def log_status(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record a state of the job that it names."""
    report = LogReport(connection.station_id, payload["status"], payload.get("requestId"), datetime.now(UTC))
    return Reply({}, (report,))


@V201.command("GetLog")
def get_log(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "GetLog", payload


@V201.on_result("GetLog")
def log_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """A yes, or why not."""
    request = command.request or {}
    logs.answered(
        command,
        response["status"],
        file_name=response.get("filename", ""),
        log_type=request.get("logType", ""),
        log=request.get("log"),
        request_id=request.get("requestId"),
    )
