"""The restrictions of a tariff element: whether they hold at an instant, and where that can change.

Times and dates are those of the clock on the wall at the site. What is not understood here is refused when a tariff is published.
Source: OCPI 2.2.1, TariffRestrictions (OCPI-52).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from billing import money

SUPPORTED = frozenset(
    "start_time end_time start_date end_date min_kwh max_kwh min_duration max_duration day_of_week".split()
)
DAYS = "MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY".split()


@dataclass(frozen=True, slots=True)
class Instant:
    """A point of a session: the clock on the wall, seconds and Wh since the start."""

    local: datetime
    elapsed_s: Fraction
    consumed_wh: Fraction


@dataclass(frozen=True, slots=True)
class Restrictions:
    """All of them must hold. Lower bounds are inclusive, upper bounds exclusive."""

    start_time: time | None = None
    end_time: time | None = None
    start_date: date | None = None
    end_date: date | None = None
    days: frozenset[int] = frozenset()
    min_wh: Fraction | None = None
    max_wh: Fraction | None = None
    min_s: Fraction | None = None
    max_s: Fraction | None = None

    def hold(self, at: Instant) -> bool:
        """Whether the element applies from this instant on."""
        return (
            (not self.days or at.local.weekday() in self.days)
            and _within(self.start_date, at.local.date(), self.end_date)
            and _within(self.min_wh, at.consumed_wh, self.max_wh)
            and _within(self.min_s, at.elapsed_s, self.max_s)
            and self._holds_at(at.local.time())
        )

    def _holds_at(self, clock: time) -> bool:
        start, end = self.start_time or time.min, self.end_time or time.min
        if end > start:
            return start <= clock < end
        return clock >= start or clock < end  # past midnight, or up to it

    @property
    def is_local(self) -> bool:
        """Whether the clock on the wall matters."""
        return bool(self.start_time or self.end_time or self.start_date or self.end_date or self.days)


def _within(low: Any, value: Any, high: Any) -> bool:
    return (low is None or value >= low) and (high is None or value < high)


def read(document: Mapping[str, Any] | None) -> Restrictions:
    """The restrictions of an element.

    Raises: ValueError where there is one that is not understood.
    """
    given = {name: value for name, value in (document or {}).items() if value not in (None, [])}
    if unknown := sorted(set(given) - SUPPORTED):
        raise ValueError(f"The restriction {unknown[0]} is not supported.")
    return Restrictions(
        start_time=_clock(given.get("start_time")),
        end_time=_clock(given.get("end_time")),
        start_date=date.fromisoformat(given["start_date"]) if "start_date" in given else None,
        end_date=date.fromisoformat(given["end_date"]) if "end_date" in given else None,
        days=frozenset(DAYS.index(day) for day in given.get("day_of_week", [])),
        min_wh=_number(given.get("min_kwh"), 1000),
        max_wh=_number(given.get("max_kwh"), 1000),
        min_s=_number(given.get("min_duration"), 1),
        max_s=_number(given.get("max_duration"), 1),
    )


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _number(value: object, factor: int) -> Fraction | None:
    return None if value is None else Fraction(Decimal(str(value))) * factor


def wall_clock_changes(
    restrictions: list[Restrictions], start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """Every moment of the session at which a restriction on time, day or date may begin or cease to hold; harmless others too."""
    if not any(each.is_local for each in restrictions):
        return
    clocks = {time.min} | {
        clock for each in restrictions for clock in (each.start_time, each.end_time) if clock
    }
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        for clock in sorted(clocks | _extra(day, zone)):
            for fold in (0, 1):  # an hour that the clock shows twice
                yield datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)
        day += timedelta(days=1)


def _extra(day: date, zone: ZoneInfo) -> set[time]:
    """Each quarter of an hour of a day on which the clocks change: one of them is the change."""
    before, after = (datetime.combine(day + timedelta(days=n), time.min, zone).utcoffset() for n in (0, 1))
    return (
        set() if before == after else {time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)}
    )


def describe(restrictions: Restrictions) -> str:
    """The restrictions in words; empty where there are none."""
    bounds = [
        ("from", restrictions.start_time and f"{restrictions.start_time:%H:%M}"),
        ("until", restrictions.end_time and f"{restrictions.end_time:%H:%M}"),
        ("on", ", ".join(DAYS[day].capitalize() for day in sorted(restrictions.days))),
        ("from", restrictions.start_date and restrictions.start_date.isoformat()),
        ("before", restrictions.end_date and restrictions.end_date.isoformat()),
        ("from", restrictions.min_wh is not None and f"{_short(restrictions.min_wh / 1000)} kWh on"),
        ("up to", restrictions.max_wh is not None and f"{_short(restrictions.max_wh / 1000)} kWh"),
        ("from", restrictions.min_s is not None and f"{_short(restrictions.min_s / 60)} min on"),
        ("up to", restrictions.max_s is not None and f"{_short(restrictions.max_s / 60)} min"),
    ]
    return ", ".join(f"{word} {value}" for word, value in bounds if value)


def _short(value: Fraction) -> str:
    return money.plain(money.rounded(value, 3))
