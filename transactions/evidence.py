"""Ends that no station reported, concluded from what else is known: the next start on the connector, a day of silence on a free connector, an operator.

A concluded end is an estimate: its bill is held, and the station's own report replaces it if it comes before the bill. A station that is offline may
still hold the report in its queue, so silence alone proves nothing. Source: S16-25, Q8.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from chargers.models import Connector, ConnectorStatus
from transactions import lifecycle
from transactions.models import Transaction

GRACE = timedelta(minutes=10)  # reports that were queued may come in another order
SILENCE = timedelta(hours=24)
BATCH = 200


def close_missing(now: datetime | None = None) -> int:
    """In the tenant in force: close what evidence shows to have ended. Returns: how many."""
    now = now or timezone.now()
    return _close_all(superseded(now), "ended_by_next_start") + _close_all(silent(now), "ended_by_silence")


def superseded(now: datetime) -> QuerySet[Transaction]:
    """Running transactions after which another one began on the same connector, some time ago."""
    later = Transaction.objects.filter(
        station=OuterRef("station"),
        evse_number=OuterRef("evse_number"),
        started_at__gt=OuterRef("started_at"),
        received_at__lt=now - GRACE,
    )
    return Transaction.objects.filter(Exists(later), state=Transaction.State.ACTIVE)


def silent(now: datetime) -> QuerySet[Transaction]:
    """Running transactions of stations that are here and say that the connector is free, and that were not heard of for a day."""
    free = Connector.objects.filter(
        evse__station=OuterRef("station"),
        evse__number=OuterRef("evse_number"),
        status=ConnectorStatus.AVAILABLE,
        reported_at__gt=OuterRef("heard_at"),
    )
    rows = Transaction.objects.annotate(heard_at=Coalesce("sampled_at", "started_at"))
    return rows.filter(
        Exists(free),
        state=Transaction.State.ACTIVE,
        heard_at__lt=now - SILENCE,
        received_at__lt=now - SILENCE,
        station__presence__gateway__isnull=False,
    )


def close_by_operator(row: Transaction, *, author: str) -> None:
    """Close a session whose station will not report its end.

    Raises: ValidationError when it has ended already.
    """
    with transaction.atomic():
        if not _close(row.pk, "ended_by_operator", author):
            raise ValidationError("The session has ended already.")


def _close_all(rows: QuerySet[Transaction], code: str) -> int:
    return sum(_close_apart(key, code) for key in _keys(rows))


def _keys(rows: QuerySet[Transaction]) -> Iterable[int]:
    return list(rows.order_by(F("started_at")).values_list("pk", flat=True)[:BATCH])


def _close_apart(key: int, code: str) -> int:
    with transaction.atomic():
        return int(_close(key, code, ""))


def _close(key: int, code: str, author: str) -> bool:
    """End one transaction at the last sign of it. Returns: whether it was still running."""
    row = (
        Transaction.objects.select_for_update(of=("self",))
        .filter(pk=key, state=Transaction.State.ACTIVE)
        .first()
    )
    if row is None:
        return False
    following = _following(row)
    moment = row.sampled_at or (following.started_at if following else None) or row.started_at
    reason = f"Concluded ({author})" if author else "Concluded"
    lifecycle.end(row, moment, _register(row, following), reason, "", codes=[code])
    return True


def _following(row: Transaction) -> Transaction | None:
    rows = Transaction.objects.filter(
        station=row.station_id, evse_number=row.evse_number, started_at__gt=row.started_at
    )
    return rows.order_by("started_at").first()


def _register(row: Transaction, following: Transaction | None) -> Decimal | None:
    """The end register: none where samples tell it; else the register at the next start, if it is of the same count."""
    if row.sampled_at or following is None or following.meter_start_wh is None:
        return None
    is_later = row.meter_start_wh is not None and following.meter_start_wh >= row.meter_start_wh
    return following.meter_start_wh if is_later else None
