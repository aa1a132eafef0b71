"""Smart charging of OCPP 1.6: one schedule for each profile, connectors instead of EVSEs, another name for the station's maximum. Source: S16-70 to S16-78."""

from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError

from chargers import charging_profiles, charging_schedules
from chargers.models import Command
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.version import CannotExpress
from transactions import composite_schedules

PURPOSES = {
    "ChargingStationMaxProfile": "ChargePointMaxProfile",
    "TxDefaultProfile": "TxDefaultProfile",
    "TxProfile": "TxProfile",
}
UNIFIED_PURPOSES = {own: unified for unified, own in PURPOSES.items()}
TENTH = Decimal("0.1")
LARGEST_TRANSACTION_ID = 2**31 - 1
KEPT = ("stackLevel", "chargingProfileKind", "recurrencyKind", "validFrom", "validTo")


@V16.command("SetChargingProfile")
def set_charging_profile(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """EVSE n is connector n, the station connector 0."""
    return "SetChargingProfile", {
        "connectorId": payload.get("evseId", 0),
        "csChargingProfiles": profile(payload.get("chargingProfile") or {}),
    }


@V16.command("ClearChargingProfile")
def clear_charging_profile(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """By id, by criteria, or everything. Source: S16-76."""
    if payload.get("chargingProfileId") is not None:
        return "ClearChargingProfile", {"id": payload["chargingProfileId"]}
    criteria = payload.get("chargingProfileCriteria") or {}
    wanted = {"connectorId": criteria.get("evseId"), "stackLevel": criteria.get("stackLevel")}
    if purpose := criteria.get("chargingProfilePurpose"):
        wanted["chargingProfilePurpose"] = _purpose(purpose)
    return "ClearChargingProfile", {name: value for name, value in wanted.items() if value is not None}


@V16.command("GetCompositeSchedule")
def get_composite_schedule(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Connector 0 is the whole station. Source: S16-75."""
    unit = payload.get("chargingRateUnit")
    return "GetCompositeSchedule", {
        "connectorId": payload.get("evseId", 0),
        "duration": payload.get("duration", 0),
    } | ({"chargingRateUnit": unit} if unit else {})


@V16.on_result("SetChargingProfile")
def profile_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """A yes, or why not."""
    request = command.request or {}
    document = unified(request.get("csChargingProfiles") or {})
    charging_profiles.answered(command, response["status"], request.get("connectorId", 0), document)


@V16.on_result("ClearChargingProfile")
def clear_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Cleared, or unknown to the station, which comes to the same. Source: S16-76."""
    request = command.request or {}
    charging_profiles.cleared(
        connection.station_id,
        profile_id=request.get("id"),
        evse_number=request.get("connectorId"),
        purpose=UNIFIED_PURPOSES.get(request.get("chargingProfilePurpose", ""), ""),
        stack_level=request.get("stackLevel"),
    )


@V16.on_result("RemoteStartTransaction")
def start_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Keep the profile that came with a remote start. Source: S16-31."""
    request = command.request or {}
    if "chargingProfile" in request:
        charging_profiles.answered(
            command, response["status"], request.get("connectorId", 0), unified(request["chargingProfile"])
        )


@V16.on_result("GetCompositeSchedule")
def composite_answered(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Keep the schedule that the station makes of its profiles."""
    schedule = response.get("chargingSchedule")
    if response["status"] != "Accepted" or not schedule:
        return
    request = command.request or {}
    try:
        periods = charging_schedules.read_periods(schedule["chargingSchedulePeriod"])
    except ValidationError:
        return
    started = response.get("scheduleStart") or schedule.get("startSchedule")
    composite_schedules.reported(
        command,
        evse_number=request.get("connectorId", 0),
        starts_at=timestamps.parse(started) if started else None,
        unit=schedule["chargingRateUnit"],
        duration_s=max(schedule.get("duration") or request.get("duration") or 0, 0),
        periods=periods,
    )


def profile(document: dict[str, Any]) -> dict[str, Any]:
    """A unified charging profile in 1.6's words.

    Raises: CannotExpress.
    """
    schedules = document.get("chargingSchedule")
    if not isinstance(schedules, list) or len(schedules) != 1 or not isinstance(schedules[0], dict):
        raise CannotExpress("A charging profile of OCPP 1.6 has exactly one schedule.")
    if not isinstance(document.get("id"), int):
        raise CannotExpress("A charging profile needs an id, a whole number.")
    return {
        "chargingProfileId": document["id"],
        "chargingProfilePurpose": _purpose(document.get("chargingProfilePurpose")),
        **{name: document[name] for name in KEPT if document.get(name) is not None},
        **_transaction(document.get("transactionId")),
        "chargingSchedule": _schedule(schedules[0]),
    }


def unified(wire: dict[str, Any]) -> dict[str, Any]:
    """A charging profile of 1.6 in unified words."""
    found = {name: wire[name] for name in KEPT if name in wire}
    if "transactionId" in wire:
        found["transactionId"] = str(wire["transactionId"])
    purpose = wire.get("chargingProfilePurpose", "")
    return found | {
        "id": wire.get("chargingProfileId"),
        "chargingProfilePurpose": UNIFIED_PURPOSES.get(purpose, purpose),
        "chargingSchedule": [{"id": wire.get("chargingProfileId"), **(wire.get("chargingSchedule") or {})}],
    }


def _purpose(word: object) -> str:
    if word not in PURPOSES:
        raise CannotExpress(f"OCPP 1.6 has no charging profiles of the purpose {word}.")
    return PURPOSES[str(word)]


def _transaction(text: object) -> dict[str, int]:
    if text in (None, ""):
        return {}
    if not str(text).isdecimal() or int(str(text)) > LARGEST_TRANSACTION_ID:
        raise CannotExpress(f"“{str(text)[:40]}” is no transaction of an OCPP 1.6 station.")
    return {"transactionId": int(str(text))}


def _schedule(schedule: dict[str, Any]) -> dict[str, Any]:
    kept = {name: schedule[name] for name in ("duration", "startSchedule") if schedule.get(name) is not None}
    if schedule.get("minChargingRate") is not None:
        kept["minChargingRate"] = _tenths(schedule["minChargingRate"])
    return kept | {
        "chargingRateUnit": schedule.get("chargingRateUnit"),
        "chargingSchedulePeriod": [_period(each) for each in schedule.get("chargingSchedulePeriod") or ()],
    }


def _period(period: dict[str, Any]) -> dict[str, Any]:
    if period.get("phaseToUse") is not None:
        raise CannotExpress("OCPP 1.6 cannot say which phase is to be used.")
    phases = {"numberPhases": period["numberPhases"]} if period.get("numberPhases") is not None else {}
    return {"startPeriod": period.get("startPeriod"), "limit": _tenths(period.get("limit")), **phases}


def _tenths(value: object) -> int | float:
    """1.6 has one decimal; what is finer is cut off, never rounded up. Source: S16-74."""
    try:
        return charging_schedules.number(Decimal(str(value)).quantize(TENTH, ROUND_FLOOR))
    except InvalidOperation:
        raise CannotExpress(f"“{str(value)[:20]}” is no limit.") from None
