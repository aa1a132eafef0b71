"""The energy of a transaction, from meter registers. Pure: the same rows give the same energy. Source: MV-30 to MV-37."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

MOST_POWER_W = Decimal(1_000_000)  # no charger in the field delivers more; a steeper register is none
ROUNDING_WH = Decimal(1)  # 1.6 sends meterStart as a whole number of Wh: a step down of up to one is no reset


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy of a transaction in Wh, the registers it comes from, and what was odd (codes of `transactions.notes`)."""

    wh: Decimal
    begin_wh: Decimal | None
    end_wh: Decimal | None
    is_estimated: bool
    notes: tuple[str, ...]


Reading = tuple[datetime, Decimal]


def of_transaction(
    begin_wh: Decimal | None,
    end_wh: Decimal | None,
    registers: Sequence[Reading],
    span: tuple[datetime, datetime] | None = None,
) -> Energy:
    """Energy between the begin and the end register; `registers` are the samples between them, in any order.

    A missing begin is the first sample, never zero (MV-31); a missing end is the last sample, as an estimate. A register that falls starts a new
    segment, and only what was seen within the segments counts (MV-34). A value that stands out from both its neighbours is not counted (Q27).
    `span`: begin and end of the transaction, where they are known, to see what no charger can deliver (MV-36).
    """
    readings, has_outliers = _without_outliers(sorted(registers))
    values = [value for _, value in readings]
    notes: list[str] = ["register_dropout"] if has_outliers else []
    begin, end = begin_wh, end_wh
    if begin == 0 and readings and span and _is_steep((span[0], begin), readings[0]):
        begin = None
        notes.append("begin_implausible")
    if begin is None and values:
        begin = values[0]
        notes.append("begin_from_sample")
    if end is None and values:
        end = values[-1]
        notes.append("end_from_sample")
    if begin is None or end is None:
        return Energy(Decimal(0), begin, end, True, (*notes, "no_register"))
    path = [begin, *values, end]
    wh, resets = _segments(path)
    if resets:
        notes.append("register_reset")
    if resets and len(path) == 2:
        notes.append("energy_unknown")  # MV-35: end below begin and nothing between
    if span and _is_steep((span[0], Decimal(0)), (span[1], wh)):
        notes.append("implausible_energy")
    is_estimated = "end_from_sample" in notes or "energy_unknown" in notes
    return Energy(max(wh, Decimal(0)), begin, end, is_estimated, tuple(notes))


def _without_outliers(readings: list[Reading]) -> tuple[list[Reading], bool]:
    """The readings without those from which the register comes back faster than any charger charges: drop-outs and spikes."""
    kept = list(readings[:1])
    for reading, following in pairwise(readings[1:]):
        last = kept[-1]
        is_low = reading[1] < last[1] <= following[1] and _is_steep(reading, following)
        is_high = reading[1] > following[1] >= last[1] and _is_steep(last, reading)
        if not is_low and not is_high:
            kept.append(reading)
    kept += readings[1:][-1:]
    return kept, len(kept) < len(readings)


def _is_steep(before: Reading, after: Reading) -> bool:
    hours = Decimal(max((after[0] - before[0]).total_seconds(), 1)) / 3600
    return after[1] - before[1] > MOST_POWER_W * hours


def _segments(path: Sequence[Decimal]) -> tuple[Decimal, int]:
    """The sum over rising segments, and how often the register fell."""
    total, start, last, resets = Decimal(0), path[0], path[0], 0
    for value in path[1:]:
        if value < last - ROUNDING_WH:
            total += last - start
            start, resets = value, resets + 1
        last = value
    return total + last - start, resets
