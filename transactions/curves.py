"""The curve of a transaction: power, energy and state of charge over time, for a chart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from transactions.models import MeterValue, Transaction

POWER = "Power.Active.Import"
ENERGY = "Energy.Active.Import.Register"
SOC = "SoC"
MOST_POINTS = 4000
Sample = tuple[datetime, str, str, Decimal | None]


@dataclass(slots=True)
class Point:
    """What was measured at one instant; Wh since the start, W, percent."""

    power_w: float | None = None
    energy_wh: float | None = None
    soc_percent: float | None = None
    is_derived: bool = False


def of_transaction(transaction: Transaction, *, after: datetime | None = None) -> dict[datetime, Point]:
    """The points of a transaction in order, those later than `after`.

    A station that reports phases only gets their sum; one that reports no power gets the slope of its register, marked as derived.
    """
    rows = MeterValue.objects.filter(transaction=transaction, measurand__in=(POWER, ENERGY, SOC)).exclude(
        location__in=("Inlet", "Body", "Cable")
    )
    if after:
        rows = rows.filter(sampled_at__gt=after)
    samples = rows.order_by("sampled_at").values_list("sampled_at", "measurand", "phase", "value")
    points = _pivot(samples.iterator(), transaction.meter_start_wh)
    return _thinned(points if after else _with_slopes(_with_registers(points, transaction)))


def _with_registers(points: dict[datetime, Point], transaction: Transaction) -> dict[datetime, Point]:
    """The begin and the end register belong to the curve, where the station reported them apart from its meter values."""
    if transaction.meter_start_wh is not None:
        begin = points.setdefault(transaction.started_at, Point())
        begin.energy_wh = 0.0 if begin.energy_wh is None else begin.energy_wh
    if transaction.ended_at is not None and transaction.meter_stop_wh is not None:
        end = points.setdefault(transaction.ended_at, Point())
        end.energy_wh = float(transaction.energy_wh) if end.energy_wh is None else end.energy_wh
    return dict(sorted(points.items()))


def _pivot(samples: Iterable[Sample], start_wh: Decimal | None) -> dict[datetime, Point]:
    whole: dict[tuple[datetime, str], Decimal] = {}
    phases: dict[tuple[datetime, str], Decimal] = {}
    for moment, measurand, phase, value in samples:
        if value is None:
            continue
        if phase == "":
            whole[moment, measurand] = value
        elif phase in ("L1", "L2", "L3", "L1-N", "L2-N", "L3-N"):
            phases[moment, measurand] = phases.get((moment, measurand), Decimal(0)) + value
    points: dict[datetime, Point] = {}
    first = start_wh
    for (moment, measurand), value in sorted({**phases, **whole}.items()):
        point = points.setdefault(moment, Point())
        if measurand == POWER:
            point.power_w = float(value)
        elif measurand == SOC:
            point.soc_percent = float(value)
        else:
            first = value if first is None else first
            point.energy_wh = float(value - first)
    return points


def _with_slopes(points: dict[datetime, Point]) -> dict[datetime, Point]:
    if any(point.power_w is not None for point in points.values()):
        return points
    before: tuple[datetime, float] | None = None
    for moment, point in points.items():
        if point.energy_wh is None:
            continue
        if before and moment > before[0]:
            hours = (moment - before[0]).total_seconds() / 3600
            point.power_w, point.is_derived = max(0.0, (point.energy_wh - before[1]) / hours), True
        before = (moment, point.energy_wh)
    return points


def _thinned(points: dict[datetime, Point]) -> dict[datetime, Point]:
    stride = -(-len(points) // MOST_POINTS) or 1
    last = len(points) - 1
    return {
        moment: point
        for index, (moment, point) in enumerate(points.items())
        if index % stride == 0 or index == last
    }
