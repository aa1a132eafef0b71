"""Boot, heartbeat and configuration keys of OCPP 1.6."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from chargers import configuration as configuration_templates
from chargers import credential_rotation, device_model, registration, security_profiles
from chargers.device_model import CONFIGURATION, ReportedVariable
from chargers.firmware import FirmwareBoot
from chargers.models import ChargingStation, Command
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.intervals import heartbeat_interval_s
from csms.ocpp.v16 import V16
from csms.ocpp.v16.configuration_keys import key_of
from csms.ocpp.version import CannotExpress, Reply
from transactions import composite_schedules

LONGEST_KEY = 20


@V16.on("BootNotification")
def boot_notification(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Keep what the station says about itself and answer its registration. Source: S16-01."""
    report = registration.Boot(
        vendor=payload["chargePointVendor"],
        model=payload["chargePointModel"],
        serial_number=payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber", ""),
        firmware_version=payload.get("firmwareVersion", ""),
        iccid=payload.get("iccid", ""),
        imsi=payload.get("imsi", ""),
        meter_type=payload.get("meterType", ""),
        meter_serial_number=payload.get("meterSerialNumber", ""),
    )
    return Reply(
        {
            "status": _registered(connection.station_id, report),
            "currentTime": timestamps.text(datetime.now(UTC)),
            "interval": heartbeat_interval_s(connection.station_id),
        },
        make=(report.vendor, report.model, report.firmware_version),
        records=(FirmwareBoot(connection.station_id, report.firmware_version, datetime.now(UTC)),),
    )


def _registered(station_id: int, report: registration.Boot) -> str:
    status = registration.boot(station_id, report)
    if status == ChargingStation.Registration.ACCEPTED:
        composite_schedules.verify(station_id)
    return status


@V16.on("Heartbeat", records=True)
def heartbeat(connection: Connection, payload: dict[str, Any]) -> Reply:
    """The station's clock is set by this answer. Source: S16-07."""
    return Reply({"currentTime": timestamps.text(datetime.now(UTC))})


@V16.on("DataTransfer", records=True)
def data_transfer(connection: Connection, payload: dict[str, Any]) -> Reply:
    """No vendor's messages are known here; they stay in the message log. Source: S16-82."""
    return Reply({"status": "UnknownVendorId"})


@V16.command("GetBaseReport")
def get_base_report(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """1.6 has one report: all configuration keys. Source: S16-34."""
    return "GetConfiguration", {}


@V16.command("GetVariables")
def get_variables(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Variables are configuration keys, some under another name."""
    return "GetConfiguration", {"key": [_key(item) for item in payload.get("getVariableData", ())]}


@V16.command("SetVariables")
def set_variables(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """1.6 changes one key at a time."""
    items = payload.get("setVariableData", ())
    if len(items) != 1:
        raise CannotExpress("OCPP 1.6 changes one configuration key at a time; send one command for each.")
    return "ChangeConfiguration", {"key": _key(items[0]), "value": _value(items[0])}


@V16.command("Reset")
def reset(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Immediate is a hard reset, OnIdle a soft one."""
    if payload.get("evseId") is not None:
        raise CannotExpress("OCPP 1.6 resets the whole station, not one EVSE.")
    return "Reset", {"type": "Hard" if payload.get("type") == "Immediate" else "Soft"}


@V16.on_result("GetConfiguration")
def configuration(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Keep the keys that the station told."""
    keys = [
        ReportedVariable(
            component=CONFIGURATION,
            name=str(item["key"]),
            value=item.get("value"),
            mutability="ReadOnly" if item.get("readonly") else "ReadWrite",
        )
        for item in response.get("configurationKey", ())
    ]
    device_model.record(connection.station_id, keys, timezone.now())
    configuration_templates.has_read(command)


@V16.on_result("ChangeConfiguration")
def configuration_changed(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Remember what the station accepted. Source: S16-33."""
    request = command.request or {}
    if response.get("status") in ("Accepted", "RebootRequired"):
        device_model.desire(
            connection.station_id, CONFIGURATION, request.get("key", ""), request.get("value", "")
        )
        if request.get("key", "").lower() == security_profiles.VARIABLE:
            security_profiles.accepted(connection.station_id, request.get("value", ""))


def _key(item: dict[str, Any]) -> str:
    component = (item.get("component") or {}).get("name", CONFIGURATION)
    return key_of(str(component), str((item.get("variable") or {}).get("name", "")))


def _value(item: dict[str, Any]) -> str:
    """The value as text; a password is told in hex, the bytes of the authorization key. Source: T-91."""
    value = str(item.get("attributeValue", ""))
    if str((item.get("variable") or {}).get("name", "")).lower() != credential_rotation.TEXT_KEY:
        return value
    if len(value.encode()) > LONGEST_KEY:
        raise CannotExpress(f"OCPP 1.6 takes keys of at most {LONGEST_KEY} bytes.")
    return value.encode().hex()
