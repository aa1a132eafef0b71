"""The read side of pages about transactions: set-based, a fixed number of queries whatever the number of rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from chargers.models import ChargingStation
from transactions.models import MeterValue, Transaction

ACTIVE = Transaction.State.ACTIVE
DAY, WEEK = timedelta(days=1), timedelta(days=7)
POWER_INTERVAL_S = 900


@dataclass(frozen=True, slots=True)
class Figures:
    """What is charging now, and the last 24 hours beside the same hours of a week ago."""

    active: int
    power_w: Decimal
    sessions: int
    sessions_before: int
    energy_wh: Decimal
    energy_before_wh: Decimal


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """What a list of transactions is narrowed to; an empty field does not narrow."""

    text: str = ""
    state: str = ""
    station: str = ""
    site: str = ""
    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every transaction is shown."""
        return self == TransactionFilter()


def figures(now: datetime | None = None) -> Figures:
    """The figures of the overview, in one query."""
    now = now or timezone.now()
    today = Q(started_at__gte=now - DAY)
    before = Q(started_at__gte=now - WEEK - DAY, started_at__lt=now - WEEK)
    zero = Decimal(0)
    connected = Q(state=ACTIVE, station__presence__gateway__isnull=False)
    found = Transaction.objects.filter(Q(state=ACTIVE) | today | before).aggregate(
        running=Count("pk", filter=Q(state=ACTIVE)),
        power=Sum("power_w", default=zero, filter=connected),
        now_number=Count("pk", filter=today),
        then_number=Count("pk", filter=before),
        now_energy=Sum("energy_wh", default=zero, filter=today),
        then_energy=Sum("energy_wh", default=zero, filter=before),
    )
    return Figures(
        active=found["running"],
        power_w=found["power"],
        sessions=found["now_number"],
        sessions_before=found["then_number"],
        energy_wh=found["now_energy"],
        energy_before_wh=found["then_energy"],
    )


def active_by_station(stations: Iterable[ChargingStation]) -> dict[int, list[Transaction]]:
    """The running transactions of these stations."""
    found: dict[int, list[Transaction]] = defaultdict(list)
    for row in Transaction.objects.filter(state=ACTIVE, station__in=[station.pk for station in stations]):
        found[row.station_id].append(row)
    return found


def totals(station: ChargingStation) -> tuple[int, Decimal]:
    """How often a station has charged, and how much, in Wh."""
    found = Transaction.objects.filter(station=station).aggregate(
        number=Count("pk"), energy=Sum("energy_wh", default=Decimal(0))
    )
    return found["number"], found["energy"]


def transactions(chosen: TransactionFilter) -> QuerySet[Transaction]:
    """The transactions that match, the newest first, with station and site."""
    rows = Transaction.objects.select_related("station__site").order_by("-started_at", "-id")
    if chosen.text:
        rows = rows.filter(Q(transaction_id=chosen.text) | Q(id_token__istartswith=chosen.text))
    if chosen.state in Transaction.State.values:
        rows = rows.filter(state=chosen.state)
    if chosen.station:
        rows = rows.filter(station__identity__iexact=chosen.station)
    if chosen.site.isdecimal():
        rows = rows.filter(station__site=int(chosen.site))
    if chosen.start:
        rows = rows.filter(started_at__gte=chosen.start)
    if chosen.end:
        rows = rows.filter(started_at__lt=chosen.end)
    return rows


def page(
    chosen: TransactionFilter, *, before: tuple[datetime, int] | None = None, size: int = 50
) -> tuple[list[Transaction], bool]:
    """The newest transactions that match, or those that began before the last one shown.

    Returns: the rows, and whether there are more.
    """
    rows = transactions(chosen)
    if before:
        moment, key = before
        rows = rows.filter(Q(started_at__lt=moment) | Q(started_at=moment, pk__lt=key))
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def running(limit: int = 6) -> list[Transaction]:
    """The running transactions that draw the most power."""
    rows = Transaction.objects.select_related("station").filter(state=ACTIVE)
    return list(rows.order_by(F("power_w").desc(nulls_last=True), "-started_at")[:limit])


def recent(limit: int = 8) -> list[Transaction]:
    """The transactions that were heard of last."""
    return list(Transaction.objects.select_related("station").order_by("-id")[:limit])


def by_ocpp_id(pairs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The keys of the transactions with these (station, transaction id)."""
    wanted = {(station, name) for station, name in pairs if name}
    if not wanted:
        return {}
    rows = Transaction.objects.filter(
        station__in={station for station, _ in wanted}, transaction_id__in={name for _, name in wanted}
    ).values_list("station_id", "transaction_id", "pk")
    return {(station, name): pk for station, name, pk in rows if (station, name) in wanted}


def meter_values(transaction: Transaction, *, limit: int) -> list[MeterValue]:
    """The newest samples of a transaction."""
    return list(
        MeterValue.objects.filter(transaction=transaction).order_by("-sampled_at", "measurand", "phase")[
            :limit
        ]
    )


def power_of_tenant(now: datetime | None = None) -> list[tuple[int, float]]:
    """The power of all transactions over the last 24 hours: per interval, the sum of the means of those that report power.

    Returns: (Unix time, W) per interval, in order; nothing at all where nothing was reported.
    """
    since = (now or timezone.now()) - DAY
    size = POWER_INTERVAL_S
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT moment, sum(power) FROM (
                SELECT v.transaction_id, floor(extract(epoch FROM v.sampled_at) / %(size)s)::bigint * %(size)s AS moment,
                       avg(v.value) AS power
                FROM transactions_metervalue v
                JOIN transactions_transaction t ON t.id = v.transaction_id
                WHERE (t.state = 'active' OR t.started_at >= %(since)s - interval '1 day')
                  AND v.sampled_at >= %(since)s AND v.measurand = 'Power.Active.Import' AND v.phase = ''
                GROUP BY 1, 2) AS means
            GROUP BY moment ORDER BY moment
            """,
            {"size": size, "since": since},
        )
        found = {int(moment): float(power) for moment, power in cursor.fetchall()}
    first = int(since.timestamp()) // size * size
    last = max(found, default=0)
    return [(moment, found.get(moment, 0.0)) for moment in range(first, last + 1, size)] if found else []
