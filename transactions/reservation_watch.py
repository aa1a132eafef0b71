"""What ends a reservation without a word about it: no answer, the clock, a transaction of its token, a connector that is free or broken again. Source: S16-45."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chargers import commands
from chargers.models import Command, Connector, ConnectorStatus
from transactions import reservations
from transactions.models import Reservation, Transaction

State = Reservation.State
BROKEN = {ConnectorStatus.FAULTED: "faulted", ConnectorStatus.UNAVAILABLE: "out of service"}


def sweep() -> int:
    """In the tenant in force: look after every open reservation. Returns: how many ended."""
    keys = list(Reservation.objects.filter(state__in=Reservation.OPEN).values_list("pk", flat=True))
    return sum(_look_after(key) for key in keys)


def _look_after(key: int) -> bool:
    """Returns: whether the reservation ended."""
    with transaction.atomic():
        row = _open().filter(pk=key).first()
        if row is None:
            return False
        if row.command is not None and row.state == State.ACCEPTED:
            _unanswered_change(row, row.command)
        elif row.command is not None:
            _unanswered(row, row.command)
        if row.state == State.ACCEPTED and (used := _transaction(row)):
            reservations.use_for(row, used)
        elif row.is_open and row.expires_at <= timezone.now():
            reservations.end(row, State.EXPIRED)
        elif row.state == State.ACCEPTED:
            _watch_connector(row)
        return not row.is_open


def _open() -> QuerySet[Reservation]:
    rows = Reservation.objects.select_for_update(of=("self",)).select_related("command")
    return rows.filter(state__in=Reservation.OPEN)


def _unanswered(row: Reservation, command: Command) -> None:
    """A request that ended without an answer, or whose answer came late."""
    match command.status:
        case Command.Status.ACCEPTED:
            row.state, row.accepted_at, row.answer, row.note = State.ACCEPTED, timezone.now(), "Accepted", ""
            row.save(update_fields=["state", "accepted_at", "answer", "note"])
        case Command.Status.REJECTED:
            answer = str((command.response or {}).get("status", ""))
            reservations.end(row, State.REFUSED, reservations.REFUSALS.get(answer, "The station refused it."))
        case Command.Status.FAILED | Command.Status.EXPIRED:
            why = command.error_text or command.error_code
            reservations.end(row, State.REFUSED, f"It did not reach the station: {why}"[:255])
        case Command.Status.TIMED_OUT | Command.Status.UNKNOWN if row.state == State.REQUESTED:
            row.state = State.UNKNOWN
            row.note = "The station did not answer. It may hold the reservation; cancel it to be sure."
            row.save(update_fields=["state", "note"])


def _unanswered_change(row: Reservation, command: Command) -> None:
    if row.note != reservations.CHANGING or not command.is_final:
        return
    is_lost = command.status in (Command.Status.TIMED_OUT, Command.Status.UNKNOWN)
    row.note = (
        "The station did not answer to the change; it may have taken it."
        if is_lost
        else "The change did not reach the station."
    )
    row.save(update_fields=["note"])


def _transaction(row: Reservation) -> Transaction | None:
    """A transaction that used the reservation without naming it: of its token or group, at its EVSE, after it was accepted."""
    who = Q(id_token__iexact=row.id_token)
    if row.group_name:
        who |= Q(group_name__iexact=row.group_name)
    found = Transaction.objects.filter(
        who, station_id=row.station_id, received_at__gte=row.accepted_at, reservation_id=None
    )
    if row.evse_number is not None:
        found = found.filter(evse_number=row.evse_number)
    return found.filter(reservations=None).order_by("pk").first()


def _watch_connector(row: Reservation) -> None:
    """The connector's own word: reserved shows the effect; broken, or free again after it was reserved, shows the end.

    Once it was seen reserved, times of the station's own clock are compared.
    """
    connector = _connector(row)
    if connector is None or connector.reported_at is None:
        return
    is_newer = connector.reported_at > (row.seen_at or row.accepted_at or row.created_at)
    if connector.status == ConnectorStatus.RESERVED and row.seen_at is None:
        row.seen_at = connector.reported_at
        row.save(update_fields=["seen_at"])
        commands.effect_seen(row.command_id)
    elif connector.status in BROKEN and is_newer:
        word = BROKEN[ConnectorStatus(connector.status)]
        reservations.end(row, State.REMOVED, f"The connector is {word}: the station gave the reservation up.")
    elif connector.status == ConnectorStatus.AVAILABLE and row.seen_at is not None and is_newer:
        reservations.end(row, State.REMOVED, "The station has freed the connector before the time was over.")


def _connector(row: Reservation) -> Connector | None:
    """The reserved connector; None where any may be used."""
    if row.evse_number is None:
        return None
    return Connector.objects.filter(evse__station_id=row.station_id, evse__number=row.evse_number).first()
