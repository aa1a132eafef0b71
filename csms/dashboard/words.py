"""Commands and messages in the words of people. Payload keys of every version are read as they come; what is missing is left out."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from chargers.models import Command, Message
from csms.dashboard.templatetags.ui import mask

Payload = Mapping[str, Any]

TITLES = {
    "RequestStartTransaction": "Start a session",
    "RequestStopTransaction": "Stop the session",
    "UnlockConnector": "Unlock the cable",
    "ChangeAvailability": "Change availability",
    "TriggerMessage": "Ask for a message",
    "GetVariables": "Read settings",
    "SetVariables": "Change a setting",
    "GetBaseReport": "Read the configuration",
    "SetChargingProfile": "Set a limit",
    "ClearChargingProfile": "Clear limits",
    "GetCompositeSchedule": "Ask for the schedule",
    "CertificateSigned": "Send its certificate",
    "InstallCertificate": "Install a root certificate",
    "DeleteCertificate": "Delete a root certificate",
    "GetInstalledCertificateIds": "Ask for its certificates",
    "ClearCache": "Clear the cache of id tokens",
    "GetLocalListVersion": "Ask for the local list's version",
    "SendLocalList": "Send the local list",
    "ReserveNow": "Reserve",
    "CancelReservation": "Cancel a reservation",
    "UpdateFirmware": "Update the firmware",
    "GetLog": "Ask for a log",
}
SECRET_KEYS = {"idtag", "parentidtag", "idtoken", "groupidtoken", "additionalidtoken"}


def command_title(command: Command) -> str:
    """What a command is for."""
    payload = command.payload if isinstance(command.payload, dict) else {}
    if command.is_exact:
        return command.action
    if command.action == "Reset":
        return "Restart when idle" if payload.get("type") == "OnIdle" else "Restart at once"
    if command.action == "ChangeAvailability":
        verb = (
            "Take out of service" if payload.get("operationalStatus") == "Inoperative" else "Put into service"
        )
        return verb + _place(payload.get("evse"))
    if command.action == "TriggerMessage":
        return f"Ask for {payload.get('requestedMessage', 'a message')}"
    if command.action == "SetVariables":
        names = [str(item.get("variable", {}).get("name", "")) for item in payload.get("setVariableData", [])]
        return f"Change {', '.join(names)}"
    evse = payload.get("evseId")
    return TITLES.get(command.action, command.action) + (f", EVSE {evse}" if evse else "")


def command_outcome(command: Command) -> str:
    """What a finished command came to, with the station's own reason."""
    if command.error_text or command.error_code:
        return " · ".join(part for part in (command.error_code, command.error_text) if part)
    response = command.response if isinstance(command.response, dict) else {}
    info = response.get("statusInfo") or {}
    status = response.get("status")
    reason = info.get("additionalInfo") or info.get("reasonCode") if isinstance(info, dict) else ""
    return " · ".join(str(part) for part in (status, reason) if part)


def request_of(message: Message) -> Payload:
    """The payload of the request of an exchange, empty where it cannot be read."""
    frame = _parsed(message.frame)
    position = 3 if isinstance(frame, list) and len(frame) > 3 else 0
    payload = frame[position] if position else None
    return payload if isinstance(payload, dict) else {}


def answer_of(message: Message) -> Payload:
    """The payload of the answer, empty where there is none."""
    frame = _parsed(message.answer)
    if not isinstance(frame, list) or len(frame) < 3 or not isinstance(frame[2], dict):
        return {}
    return frame[2]


def meaning(message: Message) -> str:
    """An exchange in one line."""
    request, answer = request_of(message), answer_of(message)
    teller = MEANINGS.get(message.action)
    try:
        said = teller(request, answer) if teller else ""
    except (
        AttributeError,
        TypeError,
        KeyError,
        IndexError,
        ValueError,
        OverflowError,
    ):  # a station may send anything
        said = ""
    status = answer.get("status") if isinstance(answer.get("status"), str) else ""
    if status and status not in said:
        said = f"{said} → {status}" if said else f"Answered {status}"
    return said


def pretty(text: str, *, is_full: bool) -> str:
    """A frame with indentation; id tokens lose their tail for those who may not see them whole."""
    frame = _parsed(text)
    if frame is None:
        return text if is_full else text[:200]
    return json.dumps(frame if is_full else redacted(frame), indent=2, ensure_ascii=False)


def redacted(value: Any, key: str = "") -> Any:
    """A payload in which every id token is masked."""
    if isinstance(value, dict):
        return {name: redacted(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [redacted(item, key) for item in value]
    return mask(value) if isinstance(value, str) and key.lower() in SECRET_KEYS and value else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _place(evse: Any) -> str:
    if not isinstance(evse, dict) or not evse.get("id"):
        return ""
    connector = f" connector {evse['connectorId']}" if evse.get("connectorId") else ""
    return f", EVSE {evse['id']}{connector}"


def _boot(request: Payload, _: Payload) -> str:
    station = request.get("chargingStation") or {}
    vendor = station.get("vendorName") or request.get("chargePointVendor", "")
    model = station.get("model") or request.get("chargePointModel", "")
    firmware = station.get("firmwareVersion") or request.get("firmwareVersion")
    reason = f", reason {request['reason']}" if request.get("reason") else ""
    return f"Started up: {vendor} {model}" + (f", firmware {firmware}" if firmware else "") + reason


def _status(request: Payload, _: Payload) -> str:
    connector = request.get("connectorId", "")
    where = (
        f"EVSE {request['evseId']} connector {connector}" if "evseId" in request else f"Connector {connector}"
    )
    if connector == 0 and "evseId" not in request:
        where = "The station"
    error = request.get("errorCode", "NoError")
    trouble = f", {error}" if error != "NoError" else ""
    return f"{where} is {request.get('connectorStatus') or request.get('status')}{trouble}"


def _authorize(request: Payload, answer: Payload) -> str:
    info = answer.get("idTokenInfo") or answer.get("idTagInfo") or {}
    return f"May {_token(request)} charge? {info.get('status', 'no answer')}"


def _start(request: Payload, answer: Payload) -> str:
    info = answer.get("idTagInfo") or {}
    where, begin = request.get("connectorId"), request.get("meterStart")
    return f"Session began on connector {where} for {_token(request)} at {begin} Wh: {info.get('status', 'no answer')}"


def _stop(request: Payload, _: Payload) -> str:
    reason = f" ({request['reason']})" if request.get("reason") else ""
    return f"Session {request.get('transactionId')} ended at {request.get('meterStop')} Wh{reason}"


def _event(request: Payload, _: Payload) -> str:
    info = request.get("transactionInfo") or {}
    verb = {"Started": "began", "Updated": "goes on", "Ended": "ended"}.get(
        request.get("eventType", ""), "changed"
    )
    state = f", {info['chargingState']}" if info.get("chargingState") else ""
    stopped = f", stopped by {info['stoppedReason']}" if info.get("stoppedReason") else ""
    late = ", reported late" if request.get("offline") else ""
    said = f"Session {verb}{state}{stopped}{_reading(request)}{late}"
    return said + (f" ({request['triggerReason']})" if request.get("triggerReason") else "")


def _meter(request: Payload, _: Payload) -> str:
    where = request.get("connectorId", request.get("evseId", ""))
    return f"Connector {where}{_reading(request)}"


def _reading(request: Payload) -> str:
    """The last power, state of charge and register of a payload."""
    found: dict[str, str] = {}
    for entry in request.get("meterValue") or []:
        for sample in entry.get("sampledValue") or []:
            measurand = sample.get("measurand", "Energy.Active.Import.Register")
            if measurand in READINGS and not sample.get("phase"):
                found[measurand] = _quantity(measurand, sample)
    return "".join(f", {found[name]}" for name in READINGS if name in found)


def _quantity(measurand: str, sample: Payload) -> str:
    unit = sample.get("unit") or (sample.get("unitOfMeasure") or {}).get("unit") or ""
    value = float(sample["value"]) * 10 ** (sample.get("unitOfMeasure") or {}).get("multiplier", 0)
    if measurand == "SoC":
        return f"battery {value:.0f} %"
    thousands = value if unit.startswith("k") else value / 1000
    return f"{thousands:,.1f} kW" if measurand == "Power.Active.Import" else f"meter at {thousands:,.2f} kWh"


READINGS = ("Power.Active.Import", "SoC", "Energy.Active.Import.Register")


def _token(request: Payload) -> str:
    token = request.get("idToken", request.get("idTag", ""))
    text = token.get("idToken", "") if isinstance(token, dict) else str(token)
    return mask(text) if text else "somebody"


def _remote_start(request: Payload, _: Payload) -> str:
    where = request.get("evseId", request.get("connectorId"))
    return f"Please start a session for {_token(request)}" + (f" on {where}" if where else "")


def _variables(request: Payload, _: Payload) -> str:
    items = request.get("setVariableData") or request.get("getVariableData") or []
    names = [f"{item['component']['name']}.{item['variable']['name']}" for item in items[:3]]
    return ", ".join(names) + (f" and {len(items) - 3} more" if len(items) > 3 else "")


def _local_list(request: Payload, _: Payload) -> str:
    number = len(request.get("localAuthorizationList") or [])
    version = request.get("versionNumber", request.get("listVersion"))
    return f"Local list, {request['updateType'].lower()}, version {version}: {number} id tokens"


def _reserve(request: Payload, _: Payload) -> str:
    where = request.get("evseId") or request.get("connectorId")
    ends = request.get("expiryDateTime", request.get("expiryDate"))
    return f"Please keep {where or 'any connector'} free for {_token(request)} until {ends}"


def _firmware(request: Payload, _: Payload) -> str:
    return f"Firmware: {request.get('status')}"


MEANINGS: dict[str, Callable[[Payload, Payload], str]] = {
    "BootNotification": _boot,
    "Heartbeat": lambda _, __: "I am here",
    "StatusNotification": _status,
    "Authorize": _authorize,
    "StartTransaction": _start,
    "StopTransaction": _stop,
    "TransactionEvent": _event,
    "MeterValues": _meter,
    "RemoteStartTransaction": _remote_start,
    "RequestStartTransaction": _remote_start,
    "RemoteStopTransaction": lambda request, _: f"Please end session {request['transactionId']}",
    "RequestStopTransaction": lambda request, _: f"Please end session {request['transactionId']}",
    "Reset": lambda request, _: f"Please restart ({request['type']})",
    "UnlockConnector": lambda request, _: f"Please unlock connector {request['connectorId']}",
    "ChangeAvailability": lambda request, _: (
        f"Please become {request.get('operationalStatus') or request.get('type')}{_place(request.get('evse'))}"
    ),
    "TriggerMessage": lambda request, _: f"Please send {request['requestedMessage']}",
    "GetConfiguration": lambda _, answer: f"{len(answer.get('configurationKey') or [])} settings",
    "ChangeConfiguration": lambda request, _: f"Please set {request['key']}",
    "GetVariables": _variables,
    "SetVariables": _variables,
    "GetBaseReport": lambda request, _: f"Please report {request['reportBase']}",
    "NotifyReport": lambda request, _: (
        f"Part {request['seqNo']} of report {request['requestId']}: {len(request.get('reportData') or [])} variables"
    ),
    "ClearCache": lambda _, __: "Please forget the id tokens that you have seen",
    "GetLocalListVersion": lambda _, answer: (
        f"Version {answer.get('versionNumber', answer.get('listVersion'))} of the local list"
    ),
    "SendLocalList": _local_list,
    "ReserveNow": _reserve,
    "CancelReservation": lambda request, _: f"Please cancel reservation {request['reservationId']}",
    "FirmwareStatusNotification": _firmware,
    "DiagnosticsStatusNotification": lambda request, _: f"Diagnostics: {request['status']}",
    "LogStatusNotification": lambda request, _: f"Log: {request['status']}",
    "SignedFirmwareStatusNotification": _firmware,
    "UpdateFirmware": lambda request, _: "Please install the firmware that is at this address",
    "SignedUpdateFirmware": lambda request, _: "Please install the signed firmware that is at this address",
    "GetDiagnostics": lambda _, answer: (
        f"Please deliver diagnostics: {answer.get('fileName') or 'nothing to deliver'}"
    ),
    "GetLog": lambda request, _: f"Please deliver the {request['logType']}",
    "DataTransfer": lambda request, _: (
        f"Vendor message {request.get('vendorId')} {request.get('messageId', '')}"
    ),
    "SecurityEventNotification": lambda request, _: f"Security event {request['type']}",
}
