"""Diagnostics and logs of OCPP 1.6: GetDiagnostics of its own, GetLog of the security whitepaper. Source: S16-53, S2-46."""

from datetime import UTC, datetime
from typing import Any

from chargers import logs
from chargers.logs import LogReport
from chargers.models import Command
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.version import CannotExpress, Reply

FAILED = "UploadFailed"  # OCPP 2.0.1 and GetLog say UploadFailure


@V16.on("DiagnosticsStatusNotification", records=True)
def diagnostics_status(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record a state; it names no job, the open one is meant."""
    state = "UploadFailure" if payload["status"] == FAILED else payload["status"]
    return Reply({}, (LogReport(connection.station_id, state, None, datetime.now(UTC)),))


@V16.on("LogStatusNotification", records=True)
def log_status(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record a state of the job that it names."""
    report = LogReport(connection.station_id, payload["status"], payload.get("requestId"), datetime.now(UTC))
    return Reply({}, (report,))


@V16.command("GetLog")
def get_log(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Diagnostics are asked for with 1.6's own message, which far more stations know; other logs with GetLog."""
    log = payload.get("log")
    if not isinstance(log, dict) or not log.get("remoteLocation"):
        raise CannotExpress("Say where the log is to be delivered: log.remoteLocation.")
    tries = {name: payload[name] for name in ("retries", "retryInterval") if payload.get(name) is not None}
    if payload.get("logType") == "DiagnosticsLog":
        times = {"startTime": log.get("oldestTimestamp"), "stopTime": log.get("latestTimestamp")}
        given = {name: text for name, text in times.items() if text}
        return "GetDiagnostics", {"location": log["remoteLocation"], **tries, **given}
    return "GetLog", {
        "logType": payload.get("logType", ""),
        "requestId": payload.get("requestId"),
        **tries,
        "log": log,
    }


@V16.on_result("GetDiagnostics")
def diagnostics_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """The name of the file that will come; without one there is nothing to upload."""
    request = command.request or {}
    name = response.get("fileName", "")
    log = {
        "remoteLocation": request.get("location"),
        "oldestTimestamp": request.get("startTime"),
        "latestTimestamp": request.get("stopTime"),
    }
    logs.answered(command, "Accepted" if name else "Empty", file_name=name, log=log)


@V16.on_result("GetLog")
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
