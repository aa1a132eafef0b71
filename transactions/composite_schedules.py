"""Composite schedules of stations: what their profiles give with the transactions that run, and what they told themselves. Source: S16-75, S16-78."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.utils import timezone

from chargers import charging_profiles, charging_schedules, commands, composite_schedule
from chargers.charging_schedules import Period
from chargers.composite_schedule import Question, Running, Span
from chargers.models import ChargingProfile, ChargingStation, Command, CompositeSchedule, Evse
from transactions.models import Transaction

LONGEST_S = 7 * 86_400


def request(
    station: ChargingStation,
    *,
    evse_number: int,
    duration_s: int = 86_400,
    unit: str = "A",
    requested_by: str = "",
) -> Command:
    """Ask a station which schedule it makes of its profiles."""
    payload = {"evseId": evse_number, "duration": duration_s, "chargingRateUnit": unit}
    return commands.queue(station, charging_profiles.ASK, payload, requested_by=requested_by)


def verify(station_id: int) -> None:
    """After a boot, ask a station that holds profiles what it makes of them: it may have forgotten them, and 1.6 cannot list any. Source: S16-78."""
    held = ChargingProfile.objects.filter(
        station_id=station_id, confirmed__isnull=False, station__is_quiet=False
    )
    numbers = set(held.order_by().values_list("evse_number", flat=True).distinct())
    if not numbers:
        return
    waiting = Command.objects.filter(
        station_id=station_id, action=charging_profiles.ASK, status=Command.Status.QUEUED
    )
    numbers -= {payload.get("evseId") for payload in waiting.values_list("payload", flat=True)}
    station = ChargingStation.objects.get(pk=station_id)
    unit = charging_profiles.capabilities(station).units[0]
    for number in sorted(numbers):
        request(station, evse_number=number, unit=unit)


def expected(
    station: ChargingStation, question: Question, *, evse_numbers: Sequence[int] | None = None
) -> list[Span]:
    """The schedule that the confirmed profiles of a station give; `evse_numbers` where they are at hand already."""
    active = Transaction.objects.filter(station=station, state=Transaction.State.ACTIVE)
    running = {
        row.evse_number: Running(row.transaction_id, row.started_at)
        for row in active.order_by("started_at")
        if row.evse_number
    }
    if evse_numbers is None:
        rows = Evse.objects.filter(station=station, number__gt=0)
        evse_numbers = list(rows.values_list("number", flat=True))
    return composite_schedule.composite(
        charging_profiles.held(station), question, running=running, evse_numbers=evse_numbers or [1]
    )


def reported(
    command: Command,
    *,
    evse_number: int,
    starts_at: datetime | None,
    unit: str,
    duration_s: int,
    periods: tuple[Period, ...],
) -> CompositeSchedule:
    """Keep what a station told, and where it is not what its profiles give."""
    start = starts_at or timezone.now()
    question = Question(evse_number, start, min(duration_s, LONGEST_S), unit)
    ours = expected(command.station, question)
    told = [Span(period.start_s, period.limit, period.phases) for period in periods]
    found = composite_schedule.differences(ours, told, question.duration_s)
    row, _ = CompositeSchedule.objects.update_or_create(
        station=command.station,
        evse_number=evse_number,
        defaults={
            "unit": unit,
            "starts_at": start,
            "duration_s": question.duration_s,
            "periods": charging_schedules.written_periods(periods),
            "expected": [_document(span) for span in ours],
            "differences": [
                {name: str(value) if name != "start_s" else value for name, value in asdict(each).items()}
                for each in found
            ],
            "command": command,
            "received_at": timezone.now(),
        },
    )
    return row


def _document(span: Span) -> dict[str, object]:
    return {"startPeriod": span.start_s, "limit": None if span.limit is None else str(span.limit)}
