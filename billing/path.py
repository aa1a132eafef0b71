"""The way of a session through time and energy: a chain of points (seconds since the start, Wh since the start).

Between two readings energy grows evenly. Everything is exact, so that cutting the chain never changes a sum.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

Point = tuple[Fraction, Fraction]
Reading = tuple[datetime, Decimal]


def seconds(start: datetime, moment: datetime) -> Fraction:
    """Seconds of real time between two moments, whatever the clocks on the wall did."""
    elapsed = moment.astimezone(UTC) - start.astimezone(UTC)
    return Fraction(elapsed // timedelta(microseconds=1), 1_000_000)


def consumed(readings: Sequence[Reading]) -> list[Reading]:
    """Registers as Wh since the first of them, in order of time.

    A register that falls has begun anew: its growth counts from there on (MV-34). A single reading counts from zero.
    """
    ordered = sorted(readings, key=lambda reading: reading[0])
    total, result = Decimal(0), []
    previous = ordered[0][1] if len(ordered) > 1 else Decimal(0)
    for moment, register in ordered:
        total += max(register - previous, Decimal(0))
        previous = register
        result.append((moment, total))
    return result


def build(start: datetime, end: datetime, readings: Sequence[Reading]) -> list[Point]:
    """The chain from start to end. Readings outside count at the nearer end."""
    duration = max(seconds(start, end), Fraction(0))
    points = [(Fraction(0), Fraction(0))]
    for moment, wh in consumed(readings):
        points.append((min(max(seconds(start, moment), Fraction(0)), duration), Fraction(wh)))
    points.append((duration, points[-1][1]))
    return points


def cut(points: Sequence[Point], moments: Iterable[Fraction], energies: Iterable[Fraction]) -> list[Point]:
    """The same chain with further points at these seconds and at these Wh."""
    moments, energies = sorted(set(moments)), sorted(set(energies))
    result = [points[0]]
    for begin, end in pairwise(points):
        shares = _shares(begin[0], end[0], moments) | _shares(begin[1], end[1], energies)
        result += [_between(begin, end, share) for share in sorted(shares)]
        result.append(end)
    return result


def _shares(low: Fraction, high: Fraction, values: list[Fraction]) -> set[Fraction]:
    """Where between low and high the values lie, as shares of the whole."""
    inside = values[bisect_right(values, low) : bisect_left(values, high)]
    return {(value - low) / (high - low) for value in inside}


def _between(begin: Point, end: Point, share: Fraction) -> Point:
    return begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share
