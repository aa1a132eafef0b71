"""How much of a session each price component takes, and the charging periods: the session cut wherever a price may change."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from billing import components, path, restrictions
from billing.components import ENERGY, FLAT, PARKING_TIME, TIME, TIME_FAMILY, Component
from billing.restrictions import Instant


@dataclass(frozen=True, slots=True)
class Session:
    """What is priced. `readings` are registers in Wh, `parking` the spans in which the vehicle took no power."""

    start: datetime
    end: datetime
    time_zone: str
    readings: Sequence[tuple[datetime, Decimal]]
    parking: Sequence[tuple[datetime, datetime]] = ()


@dataclass(slots=True)
class Period:
    """A part of the session in which the same components apply."""

    start: datetime
    is_parked: bool
    applied: tuple[Component | None, ...]
    wh: Fraction = Fraction(0)
    seconds: Fraction = Fraction(0)


@dataclass(slots=True)
class Usage:
    """What was counted per component (Wh, seconds, times), in the order of first use."""

    counted: dict[Component, Fraction] = field(default_factory=dict)
    steps: dict[Component, Fraction] = field(default_factory=dict)  # what rounding up added
    periods: list[Period] = field(default_factory=list)
    last: dict[str, Component] = field(
        default_factory=dict
    )  # the latest used of each kind, and of the time family

    def add(self, component: Component | None, amount: Fraction) -> None:
        """Count for a component, where there is one and something to count."""
        if component and amount > 0:
            self.counted[component] = self.counted.get(component, Fraction(0)) + amount
            self.last[component.kind] = component
            if component.kind in TIME_FAMILY:
                self.last["time family"] = component


def measure(prices: list[Component], session: Session) -> Usage:
    """Count the session: first match per dimension for each part, steps once for energy and once for time."""
    usage = Usage()
    for begin, end, is_parked in _parts(prices, session):
        moment = session.start.astimezone(UTC) + _as_timedelta(begin[0])
        at = Instant(moment.astimezone(ZoneInfo(session.time_zone)), begin[0], begin[1])
        time_kind = PARKING_TIME if is_parked else TIME
        energy, time, flat = (components.choose(prices, kind, at) for kind in (ENERGY, time_kind, FLAT))
        if flat and FLAT not in usage.last:
            usage.add(flat, Fraction(1))
        usage.add(energy, end[1] - begin[1])
        usage.add(time, end[0] - begin[0])
        _extend(usage.periods, Period(moment, is_parked, (energy, time)), begin, end)
    _round_up(usage, usage.last.get(ENERGY))
    _round_up(usage, usage.last.get("time family"))
    return usage


def _as_timedelta(elapsed_s: Fraction) -> timedelta:
    return timedelta(microseconds=round(elapsed_s * 1_000_000))


def _parts(prices: list[Component], session: Session) -> Iterator[tuple[path.Point, path.Point, bool]]:
    """The session cut at every moment and energy at which a price may change; one empty part for an empty session."""
    rules = [component.restrictions for component in prices]
    changes = restrictions.wall_clock_changes(rules, session.start, session.end, ZoneInfo(session.time_zone))
    parking = _parking(session)
    moments = {path.seconds(session.start, moment) for moment in changes}
    moments |= {edge for span in parking for edge in span}
    moments |= {bound for rule in rules for bound in (rule.min_s, rule.max_s) if bound is not None}
    energies = {bound for rule in rules for bound in (rule.min_wh, rule.max_wh) if bound is not None}
    points = path.cut(path.build(session.start, session.end, session.readings), moments, energies)
    parts = [(begin, end) for begin, end in pairwise(points) if begin != end]
    for begin, end in parts or [(points[0], points[-1])]:
        yield begin, end, _is_parked(parking, begin[0])


def _parking(session: Session) -> list[tuple[Fraction, Fraction]]:
    """The spans of parking as seconds since the start: in order, joined where they overlap."""
    spans: list[tuple[Fraction, Fraction]] = []
    for begin, end in sorted(session.parking):
        low, high = path.seconds(session.start, begin), path.seconds(session.start, end)
        if spans and low <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], high))
        elif low < high:
            spans.append((low, high))
    return spans


def _is_parked(parking: list[tuple[Fraction, Fraction]], elapsed_s: Fraction) -> bool:
    index = bisect_right(parking, elapsed_s, key=lambda span: span[0]) - 1
    return index >= 0 and elapsed_s < parking[index][1]


def _extend(periods: list[Period], period: Period, begin: path.Point, end: path.Point) -> None:
    latest = periods[-1] if periods else None
    if latest is None or (latest.is_parked, latest.applied) != (period.is_parked, period.applied):
        latest = period
        periods.append(period)
    latest.wh += end[1] - begin[1]
    latest.seconds += end[0] - begin[0]


def _round_up(usage: Usage, last: Component | None) -> None:
    """Fill the total of the last used component's kind up to its step; the excess is that component's (OCPI-53)."""
    if last is None or not last.step:
        return
    total = sum((count for each, count in usage.counted.items() if each.kind == last.kind), Fraction(0))
    if excess := -total % last.step:
        usage.counted[last] += excess
        usage.steps[last] = excess
