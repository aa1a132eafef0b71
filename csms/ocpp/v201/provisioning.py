"""Boot, heartbeat, variables, reports and reset of OCPP 2.0.1. Source: S2-01 to S2-09."""

import secrets
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from chargers import configuration, device_model, registration
from chargers.device_model import ReportedVariable, ReportPart
from chargers.firmware import FirmwareBoot
from chargers.models import Command
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.intervals import heartbeat_interval_s
from csms.ocpp.v201 import V201
from csms.ocpp.version import Reply


@V201.on("BootNotification")
def boot_notification(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Keep what the station says about itself and answer its registration."""
    station = payload["chargingStation"]
    modem = station.get("modem") or {}
    report = registration.Boot(
        vendor=station["vendorName"],
        model=station["model"],
        serial_number=station.get("serialNumber", ""),
        firmware_version=station.get("firmwareVersion", ""),
        iccid=modem.get("iccid", ""),
        imsi=modem.get("imsi", ""),
        boot_reason=payload["reason"],
    )
    return Reply(
        {
            "status": registration.boot(connection.station_id, report),
            "currentTime": timestamps.text(datetime.now(UTC)),
            "interval": heartbeat_interval_s(connection.station_id),
        },
        make=(report.vendor, report.model, report.firmware_version),
        records=(FirmwareBoot(connection.station_id, report.firmware_version, datetime.now(UTC)),),
    )


@V201.on("Heartbeat", records=True)
def heartbeat(connection: Connection, payload: dict[str, Any]) -> Reply:
    """The station's clock is set by this answer."""
    return Reply({"currentTime": timestamps.text(datetime.now(UTC))})


@V201.on("DataTransfer", records=True)
def data_transfer(connection: Connection, payload: dict[str, Any]) -> Reply:
    """No vendor's messages are known here; they stay in the message log."""
    return Reply({"status": "UnknownVendorId"})


@V201.on("NotifyReport", records=True)
def notify_report(connection: Connection, payload: dict[str, Any]) -> Reply:
    """Record one part of a report; parts come in any order. Source: S2-03."""
    variables = tuple(variable for item in payload.get("reportData", ()) for variable in _reported(item))
    part = ReportPart(
        station_id=connection.station_id,
        request_id=payload["requestId"],
        part=payload["seqNo"],
        is_last=not payload.get("tbc", False),
        variables=variables,
        at=datetime.now(UTC),
    )
    return Reply({}, (part,))


@V201.command("GetBaseReport")
def get_base_report(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The report's id is ours, so that its parts find the command."""
    return "GetBaseReport", {
        "requestId": payload.get("requestId") or secrets.randbelow(2**31 - 1) + 1,
        "reportBase": payload.get("reportBase", "FullInventory"),
    }


@V201.command("GetVariables")
def get_variables(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "GetVariables", payload


@V201.command("SetVariables")
def set_variables(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "SetVariables", payload


@V201.command("Reset")
def reset(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "Reset", {"type": "OnIdle"} | payload


@V201.on_result("GetVariables")
def variables(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Keep the values that the station told; what it does not know is data, not an error. Source: S2-06."""
    told = [
        ReportedVariable(
            **_place(item),
            attribute_type=item.get("attributeType", "Actual"),
            value=item.get("attributeValue"),
        )
        for item in response.get("getVariableResult", ())
        if item.get("attributeStatus") == "Accepted"
    ]
    device_model.record(connection.station_id, told, timezone.now())
    configuration.has_read(command)


@V201.on_result("SetVariables")
def variables_set(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Remember what the station accepted, matched by component, variable and attribute. Source: S2-06."""
    wanted = {_match(item): item for item in (command.payload or {}).get("setVariableData", ())}
    for item in response.get("setVariableResult", ()):
        request = wanted.get(_match(item))
        if request and item.get("attributeStatus") in ("Accepted", "RebootRequired"):
            place = _place(item)
            device_model.desire(
                connection.station_id,
                place.pop("component"),
                place.pop("name"),
                str(request.get("attributeValue", "")),
                attribute_type=item.get("attributeType", "Actual"),
                **place,
            )


def _place(item: dict[str, Any]) -> dict[str, Any]:
    """Component, variable and where they are, in the words of `ReportedVariable`."""
    component, variable = item["component"], item["variable"]
    evse = component.get("evse") or {}
    return {
        "component": component["name"],
        "component_instance": component.get("instance", ""),
        "evse_number": evse.get("id"),
        "connector_number": evse.get("connectorId"),
        "name": variable["name"],
        "instance": variable.get("instance", ""),
    }


def _match(item: dict[str, Any]) -> tuple[object, ...]:
    place = _place(item)
    texts = (str(value).lower() if isinstance(value, str) else value for value in place.values())
    return (*texts, item.get("attributeType", "Actual"))


def _reported(item: dict[str, Any]) -> list[ReportedVariable]:
    characteristics = item.get("variableCharacteristics") or {}
    return [
        ReportedVariable(
            **_place(item),
            attribute_type=attribute.get("type", "Actual"),
            value=attribute.get("value"),
            mutability=attribute.get("mutability", ""),
            data_type=characteristics.get("dataType", ""),
            unit=characteristics.get("unit", ""),
            values_list=characteristics.get("valuesList", ""),
        )
        for attribute in item["variableAttribute"]
    ]
