"""Security events: what stations tell, and what is noted here about them. Written once. Source: S16-63, A04."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from chargers.models import ChargingStation, SecurityEvent


@dataclass(frozen=True, slots=True)
class SecurityReport:
    """A record for the recording lane: one event as a station tells it. A repetition of the same message is kept once."""

    station_id: int
    type: str
    occurred_at: datetime
    text: str
    is_critical: bool

    @staticmethod
    def write(batch: Sequence["SecurityReport"]) -> None:
        """Keep the events, in order."""
        SecurityEvent.objects.bulk_create(map(_row, batch), ignore_conflicts=True)


def note(station: ChargingStation, event: str, text: str, *, is_critical: bool = False) -> None:
    """Keep what was seen or done here."""
    SecurityEvent.objects.create(
        station=station,
        source=SecurityEvent.Source.CSMS,
        type=event,
        occurred_at=timezone.now(),
        text=text,
        is_critical=is_critical,
    )


def recent(station: ChargingStation, *, limit: int) -> QuerySet[SecurityEvent]:
    """The newest of a station."""
    return SecurityEvent.objects.filter(station=station)[:limit]


def critical(*, since: timedelta = timedelta(days=1), limit: int = 5) -> QuerySet[SecurityEvent]:
    """The newest critical ones of all stations."""
    rows = SecurityEvent.objects.select_related("station").filter(is_critical=True)
    return rows.filter(occurred_at__gte=timezone.now() - since)[:limit]


def _row(report: SecurityReport) -> SecurityEvent:
    return SecurityEvent(
        station_id=report.station_id,
        type=report.type[:50],
        occurred_at=report.occurred_at,
        text=report.text,
        is_critical=report.is_critical,
    )
