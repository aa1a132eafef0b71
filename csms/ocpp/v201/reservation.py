"""Reservations of OCPP 2.0.1, whose words are the unified ones. Source: S2-55."""

from typing import Any

from chargers.models import Command
from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from csms.ocpp.v201 import V201
from csms.ocpp.version import Reply
from transactions import reservations
from transactions.reservations import Terms


@V201.on("ReservationStatusUpdate")
def reservation_status_update(connection: Connection, payload: dict[str, Any]) -> Reply:
    """The station tells that a reservation ended without being used."""
    is_expired = payload["reservationUpdateStatus"] != "Removed"
    reservations.lost(connection.station_id, payload["reservationId"], is_expired=is_expired)
    return Reply({})


@V201.command("ReserveNow")
def reserve_now(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "ReserveNow", payload


@V201.command("CancelReservation")
def cancel_reservation(payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The unified words are 2.0.1's."""
    return "CancelReservation", payload


@V201.on_result("ReserveNow")
def reserved(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """The station keeps the EVSE free, or says why not."""
    terms = _terms(command.request or {})
    if terms is not None:
        reservations.answered(command, terms, response["status"])


@V201.on_result("CancelReservation")
def cancelled(connection: Connection, command: Command, response: dict[str, Any]) -> None:
    """Rejected: the station knows no such reservation."""
    number = (command.request or {}).get("reservationId")
    if isinstance(number, int):
        reservations.cancel_answered(connection.station_id, number, response["status"])


def _terms(request: dict[str, Any]) -> Terms | None:
    """None where an exact call made no sense, which only a tolerant station accepts."""
    expires_at = timestamps.parse(str(request.get("expiryDateTime")))
    token, group = request.get("idToken") or {}, request.get("groupIdToken") or {}
    if expires_at is None or not isinstance(request.get("id"), int):
        return None
    return Terms(
        reservation_id=request["id"],
        evse_number=request.get("evseId"),
        id_token=str(token.get("idToken", "")),
        id_token_type=str(token.get("type", "")),
        group_name=str(group.get("idToken", "")),
        expires_at=expires_at,
    )
