"""Reservations in the words of OCPP 1.6. Source: S16-45."""

from typing import Any

from chargers.models import Command
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v16 import V16
from csms.ocpp.v16.remote_control import LONGEST_ID_TAG
from csms.ocpp.version import CannotExpress
from transactions import reservations
from transactions.reservations import Terms


@V16.command("ReserveNow")
def reserve_now(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """No EVSE is connector 0: whichever is free."""
    if "connectorType" in payload:
        raise CannotExpress("OCPP 1.6 reserves a connector by its number, not by its type.")
    id_tag = str((payload.get("idToken") or {}).get("idToken", ""))
    if not 0 < len(id_tag) <= LONGEST_ID_TAG:
        raise CannotExpress(f"OCPP 1.6 takes id tokens of 1 to {LONGEST_ID_TAG} characters.")
    if not isinstance(payload.get("id"), int) or timestamps.parse(str(payload.get("expiryDateTime"))) is None:
        raise CannotExpress("A reservation needs a number (id) and a time at which it ends (expiryDateTime).")
    said = {
        "connectorId": payload.get("evseId") or 0,
        "expiryDate": payload["expiryDateTime"],
        "idTag": id_tag,
        "reservationId": payload["id"],
    }
    if group := (payload.get("groupIdToken") or {}).get("idToken"):
        said["parentIdTag"] = str(group)[:LONGEST_ID_TAG]
    return "ReserveNow", said


@V16.command("CancelReservation")
def cancel_reservation(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The same in every version."""
    return "CancelReservation", {"reservationId": payload.get("reservationId")}


@V16.on_result("ReserveNow")
def reserved(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """The station keeps the connector free, or says why not. The request on the wire tells the terms, whoever made it."""
    terms = _terms(command.request or {})
    if terms is not None:
        reservations.answered(command, terms, response["status"])


@V16.on_result("CancelReservation")
def cancelled(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Rejected: the station knows no such reservation."""
    number = (command.request or {}).get("reservationId")
    if isinstance(number, int):
        reservations.cancel_answered(connection.station_id, number, response["status"])


def _terms(request: dict[str, Any]) -> Terms | None:
    """None where an exact call made no sense, which only a tolerant station accepts."""
    expires_at = timestamps.parse(str(request.get("expiryDate")))
    number, connector = request.get("reservationId"), request.get("connectorId")
    if expires_at is None or not isinstance(number, int) or not isinstance(connector, int):
        return None
    return Terms(
        reservation_id=number,
        evse_number=connector or None,
        id_token=str(request.get("idTag", "")),
        id_token_type="",
        group_name=str(request.get("parentIdTag", "")),
        expires_at=expires_at,
    )
