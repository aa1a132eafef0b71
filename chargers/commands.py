"""The command queue. The row is the queue, Redis only rings the bell.

queued → sent → one of the final states. Nothing is sent after its expiry, nothing is sent twice: only the connection that turns a row from
queued to sent may send it, and what was under way when its connection died becomes `unknown` and is never resent.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from chargers import bells, sealing
from chargers.models import ChargingStation, Command, Presence

UNIFIED = frozenset(
    {
        "RequestStartTransaction",
        "RequestStopTransaction",
        "Reset",
        "UnlockConnector",
        "ChangeAvailability",
        "TriggerMessage",
        "GetVariables",
        "SetVariables",
        "GetBaseReport",
        "UpdateFirmware",
        "GetLog",
        "SetChargingProfile",
        "ClearChargingProfile",
        "GetCompositeSchedule",
        "ClearCache",
        "GetLocalListVersion",
        "SendLocalList",
        "ReserveNow",
        "CancelReservation",
        "CertificateSigned",
        "InstallCertificate",
        "DeleteCertificate",
        "GetInstalledCertificateIds",
    }
)
DEFAULT_EXPIRY = timedelta(minutes=5)
SETTLING = timedelta(seconds=2)  # commands that waited are held back this long after a connect (Q35)
Status = Command.Status
# What begins with a unified command besides the command itself: the modules of longer jobs enter themselves, by action.
OPENED: dict[str, Callable[[Command], None]] = {}
# Who looks at every command that is queued, exact ones too, with its payload in clear.
WATCHING: list[Callable[[Command, dict[str, Any]], None]] = []


def queue(
    station: ChargingStation,
    action: str,
    payload: dict[str, Any],
    *,
    is_exact: bool = False,
    requested_by: str = "",
    expires_in: timedelta = DEFAULT_EXPIRY,
    idempotency_key: str = "",
    timeout_s: int | None = None,
) -> Command:
    """Put an order into the station's queue and ring the bell after commit.

    `action` is a unified one (OCPP 2.0.1's word with its payload), or with `is_exact` one of the station's own version, passed through unchanged.
    The same `idempotency_key` gives the same row again. Without `timeout_s` the station has the installation's time to answer. Secrets wait sealed.
    Raises: ValidationError for an unknown unified action, or for what may not be ordered.
    """
    if not is_exact and action not in UNIFIED:
        raise ValidationError(
            {"action": f"“{action}” is not a command. Known: {', '.join(sorted(UNIFIED))}."}
        )
    command = Command(
        station=station,
        action=action,
        payload=sealing.sealed(payload),
        is_exact=is_exact,
        requested_by=requested_by[:200],
        expires_at=timezone.now() + expires_in,
        idempotency_key=idempotency_key,
        timeout_s=timeout_s or settings.OCPP_CALL_TIMEOUT_S,
    )
    try:
        with transaction.atomic():
            command.save(force_insert=True)
            if not is_exact and action in OPENED:
                OPENED[action](command)
            for watch in WATCHING:
                watch(command, payload)
    except IntegrityError:
        return Command.objects.get(idempotency_key=idempotency_key)
    ring(station.pk, station.identity)
    return command


def ring(station_id: int, identity: str) -> None:
    """Ask the gateway that holds the station to look at its queue."""
    bells.ring(
        Presence.objects.filter(station_id=station_id).values_list("gateway", flat=True).first(), identity
    )


def next_queued(station_id: int, epoch: int) -> Command | None:
    """The oldest queued command of a station, locked for this connection; None when there is none, or when the connection is not the newest.

    Call it inside a transaction and follow with `mark_sent` or `finish`.
    """
    return (
        Command.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(station_id=station_id, status=Status.QUEUED, expires_at__gt=timezone.now())
        .filter(station__presence__epoch=epoch, station__is_blocked=False)
        .order_by("queued_at", "id")
        .first()
    )


def mark_sent(
    command: Command,
    *,
    gateway: uuid.UUID,
    epoch: int,
    message_id: str,
    wire_action: str,
    request: dict[str, Any],
    correlation_id: int | None,
) -> None:
    """Keep, before a byte leaves, what is about to be sent."""
    command.status, command.sent_at, command.gateway, command.epoch = (
        Status.SENT,
        timezone.now(),
        gateway,
        epoch,
    )
    command.message_id, command.wire_action, command.request = message_id, wire_action, request
    command.correlation_id = correlation_id
    command.save(
        update_fields=[
            *("status", "sent_at", "gateway", "epoch"),
            *("message_id", "wire_action", "request", "correlation_id"),
        ]
    )


def finish(
    command: Command,
    status: Command.Status,
    *,
    response: dict[str, Any] | None = None,
    error_code: str = "",
    error_text: str = "",
) -> bool:
    """Give the command its final state, once. Returns: whether this call did it."""
    changed = Command.objects.filter(pk=command.pk, status__in=[Status.QUEUED, Status.SENT]).update(
        status=status,
        finished_at=timezone.now(),
        response=response,
        error_code=error_code[:50],
        error_text=error_text[:255],
    )
    return bool(changed)


def correct(message_id: str, station_id: int, status: Command.Status, response: dict[str, Any]) -> bool:
    """A late answer tells what became of a command that had timed out or was unknown. Source: T-44."""
    return bool(
        Command.objects.filter(
            station_id=station_id, message_id=message_id, status__in=[Status.TIMED_OUT, Status.UNKNOWN]
        ).update(status=status, response=response, error_text="The answer came late.")
    )


def see_effect(station_id: int, action: str, correlation_id: int) -> None:
    """A later message of the station showed that the command worked."""
    Command.objects.filter(
        station_id=station_id, action=action, correlation_id=correlation_id, effect_seen_at=None
    ).update(effect_seen_at=timezone.now())


def effect_seen(command_id: uuid.UUID | None) -> None:
    """The station's later messages showed that this command worked."""
    if command_id is None:
        return
    Command.objects.filter(pk=command_id, effect_seen_at=None).update(effect_seen_at=timezone.now())


def abandon(station_id: int, *, before_epoch: int) -> int:
    """What an older connection sent and did not see answered is unknown: it may have been executed."""
    return Command.objects.filter(station_id=station_id, status=Status.SENT, epoch__lt=before_epoch).update(
        status=Status.UNKNOWN,
        finished_at=timezone.now(),
        error_text="The connection was lost while the command was under way; it may have been executed.",
    )


def expire(station_id: int | None = None) -> int:
    """Queued commands whose time is over end as expired. Returns: how many."""
    rows = Command.objects.filter(status=Status.QUEUED, expires_at__lte=timezone.now())
    if station_id is not None:
        rows = rows.filter(station_id=station_id)
    return rows.update(
        status=Status.EXPIRED,
        finished_at=timezone.now(),
        error_text="The station was not there, or busy, until the command's time was over.",
    )


def sweep() -> int:
    """In the tenant in force: end what expired, and what was sent long ago without any end. Returns: how many."""
    lost = Command.objects.filter(
        status=Status.SENT, sent_at__lt=timezone.now() - timedelta(minutes=5)
    ).update(
        status=Status.UNKNOWN, finished_at=timezone.now(), error_text="No gateway knows about it any more."
    )
    return lost + expire()


def waiting_stations(gateway: uuid.UUID) -> list[str]:
    """Identities of the stations that this gateway holds, for long enough to bear a command, and that have one queued."""
    return list(
        Command.objects.filter(
            status=Status.QUEUED,
            station__presence__gateway=gateway,
            station__presence__connected_at__lte=timezone.now() - SETTLING,
        )
        .values_list("station__identity", flat=True)
        .distinct()
    )
