"""Limits over time as a drawing of steps: the numbers of an SVG, made here so that the page needs no script. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from chargers.composite_schedule import Span

WIDTH, HEIGHT = 720, 210
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 12, 28
LABELS = 6


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with its label."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class StepChart:
    """What the template draws. `lines` are (kind, path)."""

    lines: list[tuple[str, str]]
    columns: list[Tick]
    rows: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    floor: int = HEIGHT - BOTTOM


def draw(
    lines: Sequence[tuple[str, Sequence[Span]]], *, start: datetime, duration_s: int, unit: str, zone: tzinfo
) -> StepChart | None:
    """The drawing of some schedules that begin at the same time; None where nothing limits. A gap is a time without limit."""
    limits = [span.limit for _, spans in lines for span in spans if span.limit is not None]
    if not limits:
        return None
    highest = max(*limits, Decimal(1)) * Decimal("1.15")
    paths = [(kind, _path(spans, duration_s, highest)) for kind, spans in lines if spans]
    return StepChart(
        lines=[(kind, path) for kind, path in paths if path],
        columns=[_column(start, number * duration_s // LABELS, duration_s, zone) for number in range(LABELS)],
        rows=[Tick(_y(limit, highest), f"{limit:f} {unit}") for limit in _marks(limits)],
    )


def _marks(limits: list[Decimal]) -> list[Decimal]:
    """The lowest and the highest limit and zero, where they stand far enough apart to be read."""
    low, high = min(limits), max(limits)
    marks = [Decimal(0), high] if high else [Decimal(0)]
    return [*marks, low] if high * Decimal("0.2") < low < high * Decimal("0.8") else marks


def _column(start: datetime, after_s: int, duration_s: int, zone: tzinfo) -> Tick:
    moment = (start + timedelta(seconds=after_s)).astimezone(zone)
    return Tick(_x(after_s, duration_s), f"{moment:%H:%M}")


def _path(spans: Sequence[Span], duration_s: int, highest: Decimal) -> str:
    parts, is_drawing = [], False
    ends = [*(span.start_s for span in spans[1:]), duration_s]
    for span, end in zip(spans, ends, strict=True):
        if span.limit is None or span.start_s >= duration_s:
            is_drawing = False
            continue
        y = _y(span.limit, highest)
        parts.append(f"V{y}" if is_drawing else f"M{_x(span.start_s, duration_s)} {y}")
        parts.append(f"H{_x(min(end, duration_s), duration_s)}")
        is_drawing = True
    return "".join(parts)


def _x(after_s: int, duration_s: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * after_s / duration_s, 1)


def _y(limit: Decimal, highest: Decimal) -> float:
    share = float(limit / highest)
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)
