"""Keeping a connector free for an id token. The station keeps the reservation; what becomes of it is learnt from its answers, its transactions,
the status of its connectors, and the clock. Source: S16-45.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from authorization.models import IdTokenType
from chargers import commands, device_model
from chargers.device_model import CONFIGURATION
from chargers.models import ChargingStation, Command
from transactions.models import Reservation, Transaction

State = Reservation.State
LARGEST_ID: Final = 2**31 - 1
LONGEST_TOKEN: Final = 36
ANY_EVSE = ((CONFIGURATION, "ReserveConnectorZeroSupported"), ("ReservationCtrlr", "NonEvseSpecific"))
CHANGING: Final = "A change is under way."
REFUSALS = {
    "Faulted": "The connector is faulted.",
    "Occupied": "The connector is in use, or reserved already.",
    "Rejected": "The station does not take reservations.",
    "Unavailable": "The connector is out of service.",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a station was asked to keep."""

    reservation_id: int
    evse_number: int | None
    id_token: str
    id_token_type: str
    group_name: str
    expires_at: datetime


def reserve(
    station: ChargingStation,
    *,
    evse_number: int | None,
    id_token: str,
    expires_at: datetime,
    id_token_type: str = IdTokenType.ISO14443,
    group: str | None = None,
    requested_by: str = "",
) -> Reservation:
    """Ask a station to keep an EVSE, or any with None, free for a token (and for those of a group) until a time.

    Raises: ValidationError for what cannot be meant, or what the station has said it cannot do.
    """
    terms = Terms(
        _new_id(station), evse_number, id_token.strip(), str(id_token_type), group or "", expires_at
    )
    _check(station, terms)
    with transaction.atomic():
        row = Reservation(station=station, requested_by=requested_by[:200])
        _take(row, terms)
        row.command = _ask(station, terms, requested_by)
        row.save(force_insert=True)
    return row


def change(row: Reservation, *, requested_by: str = "", **terms: Any) -> Reservation:
    """Ask the station to keep an open reservation on other terms, under the same id. The row follows once the station agrees.

    Raises: ValidationError.
    """
    if not row.is_open:
        raise ValidationError("This reservation has ended. Make another one.")
    now = {name: getattr(row, name) for name in Terms.__slots__}
    wanted = Terms(**now | terms)
    _check(row.station, wanted)
    with transaction.atomic():
        row.command, row.note = _ask(row.station, wanted, requested_by), CHANGING
        row.save(update_fields=["command", "note"])
    return row


def cancel(row: Reservation, *, requested_by: str = "") -> Command:
    """Ask the station to keep the EVSE free no longer. The reservation ends when the station agrees.

    Raises: ValidationError when it has ended already.
    """
    if not row.is_open:
        raise ValidationError("This reservation has ended already.")
    payload = {"reservationId": row.reservation_id}
    return commands.queue(row.station, "CancelReservation", payload, requested_by=requested_by)


def answered(command: Command, terms: Terms, status: str) -> None:
    """The station has answered a request to keep an EVSE free. One that was made by an exact call gets its row here."""
    with transaction.atomic():
        row = _find(command.station_id, terms.reservation_id)
        is_new = row is None
        row = row or Reservation(station_id=command.station_id, requested_by=command.requested_by)
        if status == "Accepted":
            _take(row, terms)
            row.state, row.accepted_at, row.ended_at, row.seen_at = State.ACCEPTED, timezone.now(), None, None
            row.answer, row.note, row.command = status, "", command
            row.save()
        elif not is_new:
            _refused(row, status, REFUSALS.get(status, f"The station answered {status}."))


def cancel_answered(station_id: int, reservation_id: int, status: str) -> None:
    """The station has answered a cancellation. One that it rejects stays as it was: the station may not know it any more."""
    with transaction.atomic():
        row = _find(station_id, reservation_id)
        if row is None or not row.is_open:
            return
        if status == "Accepted":
            end(row, State.CANCELLED)
        else:
            row.note = "The station rejected the cancellation; it may not know this reservation."
            row.save(update_fields=["note"])


def lost(station_id: int, reservation_id: int, *, is_expired: bool) -> None:
    """The station tells that a reservation ended unused: its time is over, or the station gave it up. Source: S2-55."""
    with transaction.atomic():
        row = _find(station_id, reservation_id)
        if row is not None and row.is_open:
            note = "" if is_expired else "The station gave the reservation up."
            end(row, State.EXPIRED if is_expired else State.REMOVED, note)


def use(row: Transaction) -> None:
    """A transaction began with a reservation: that one is over, even if it seemed to have ended before (a late report)."""
    reservation = None if row.reservation_id is None else _find(row.station_id, row.reservation_id)
    if reservation is not None and reservation.state != State.USED:
        use_for(reservation, row)


def use_for(reservation: Reservation, row: Transaction) -> None:
    """Mark a reservation as used by a transaction."""
    reservation.transaction = row
    end(reservation, State.USED, at=row.started_at)
    commands.effect_seen(reservation.command_id)


def end(row: Reservation, state: "Reservation.State", note: str = "", *, at: datetime | None = None) -> None:
    """Give a reservation its end."""
    row.state, row.note, row.ended_at = state, note, at or timezone.now()
    row.save(update_fields=["state", "note", "ended_at", "transaction"])


def _find(station_id: int, reservation_id: int) -> Reservation | None:
    rows = Reservation.objects.select_for_update()
    return rows.filter(station_id=station_id, reservation_id=reservation_id).first()


def _refused(row: Reservation, status: str, sentence: str) -> None:
    """A refused change leaves what the station had agreed to before."""
    row.answer = status[:20]
    if row.state == State.ACCEPTED:
        row.note = f"The station refused the change: {sentence}"
        row.save(update_fields=["answer", "note"])
    elif row.is_open:
        row.save(update_fields=["answer"])
        end(row, State.REFUSED, sentence)


def _take(row: Reservation, terms: Terms) -> None:
    row.reservation_id, row.evse_number, row.expires_at = (
        terms.reservation_id,
        terms.evse_number,
        terms.expires_at,
    )
    is_same = row.id_token.lower() == terms.id_token.lower()
    row.id_token_type = terms.id_token_type or (row.id_token_type if is_same else "")
    row.id_token, row.group_name = terms.id_token[:255], terms.group_name[:36]


def _ask(station: ChargingStation, terms: Terms, requested_by: str) -> Command:
    payload: dict[str, Any] = {
        "id": terms.reservation_id,
        "expiryDateTime": terms.expires_at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "idToken": {"idToken": terms.id_token, "type": terms.id_token_type or str(IdTokenType.ISO14443)},
    }
    if terms.evse_number is not None:
        payload["evseId"] = terms.evse_number
    if terms.group_name:
        payload["groupIdToken"] = {"idToken": terms.group_name, "type": str(IdTokenType.CENTRAL)}
    left = max(terms.expires_at - timezone.now(), timedelta())
    return commands.queue(
        station,
        "ReserveNow",
        payload,
        requested_by=requested_by,
        expires_in=min(left, commands.DEFAULT_EXPIRY),
    )


def _check(station: ChargingStation, terms: Terms) -> None:
    if not 0 < len(terms.id_token) <= LONGEST_TOKEN:
        raise ValidationError({"id_token": f"An id token has 1 to {LONGEST_TOKEN} characters."})
    if terms.expires_at <= timezone.now():
        raise ValidationError({"expires_at": "This time is over already."})
    if terms.evse_number is not None and not 0 < terms.evse_number < 2**31:
        raise ValidationError({"evse": "EVSEs are counted from 1; leave it out for any."})
    if terms.evse_number is None and (device_model.reported(station.pk, *ANY_EVSE) or "").lower() == "false":
        raise ValidationError({"evse": "This station cannot keep just any EVSE free. Name one."})


def _new_id(station: ChargingStation) -> int:
    while True:
        number = secrets.randbelow(LARGEST_ID) + 1
        if not Reservation.objects.filter(station=station, reservation_id=number).exists():
            return number
