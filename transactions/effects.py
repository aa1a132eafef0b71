"""Commands whose effect a transaction shows: a remote start that led to a start, a remote stop that led to an end. Source: S16-17, S2-19."""

from datetime import timedelta

from django.utils import timezone

from chargers import charging_profiles
from chargers.models import Command
from transactions.models import Transaction

WINDOW = timedelta(minutes=10)


def started(row: Transaction) -> None:
    """Link the transaction with the remote start that asked for it: by its id where the station names it, else by token, EVSE and time."""
    command = _remote_start(row)
    if command is None:
        return
    Command.objects.filter(pk=command.pk).update(effect_seen_at=timezone.now())
    if "chargingProfile" in command.payload and row.evse_number:
        charging_profiles.transaction_started(command, row.transaction_id, row.evse_number)
    if row.remote_start_id is None and command.correlation_id is not None:
        row.remote_start_id = command.correlation_id
        row.save(update_fields=["remote_start_id"])


def stopped(row: Transaction) -> None:
    """Mark the remote stop that asked for this end; the transaction's charging profiles end with it."""
    charging_profiles.transaction_ended(row.station_id, row.transaction_id)
    Command.objects.filter(
        station_id=row.station_id,
        action="RequestStopTransaction",
        queued_at__gt=timezone.now() - WINDOW,
        payload__transactionId=row.transaction_id,
        effect_seen_at=None,
    ).update(effect_seen_at=timezone.now())


def _remote_start(row: Transaction) -> Command | None:
    pending = Command.objects.filter(
        station_id=row.station_id,
        action="RequestStartTransaction",
        effect_seen_at=None,
        queued_at__gt=timezone.now() - WINDOW,
        status__in=[
            Command.Status.SENT,
            Command.Status.ACCEPTED,
            Command.Status.UNKNOWN,
            Command.Status.TIMED_OUT,
        ],
    ).order_by("-queued_at")
    if row.remote_start_id is not None:
        return pending.filter(correlation_id=row.remote_start_id).first()
    for command in pending:
        token = (command.payload.get("idToken") or {}).get("idToken", "")
        evse = command.payload.get("evseId")
        if str(token).strip().lower() == row.id_token.strip().lower() and evse in (None, row.evse_number):
            return command
    return None
