"""The energy of a transaction, from meter registers. Pure: the same rows give the same energy. Source: MV-30 to MV-37."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

ROUNDING_WH = Decimal(1)  # 1.6 sends meterStart as a whole number of Wh: a step down of up to one is no reset


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy of a transaction in Wh, the registers it comes from, and what was odd (codes of `transactions.notes`)."""

    wh: Decimal
    begin_wh: Decimal | None
    end_wh: Decimal | None
    is_estimated: bool
    notes: tuple[str, ...]


def of_transaction(
    begin_wh: Decimal | None, end_wh: Decimal | None, registers: Sequence[tuple[datetime, Decimal]]
) -> Energy:
    """Energy between the begin and the end register; `registers` are the samples between them, in any order.

    A missing begin is the first sample, never zero (MV-31); a missing end is the last sample, as an estimate. A register that falls starts a new
    segment, and only what was seen within the segments counts (MV-34).
    """
    values = [value for _, value in sorted(registers)]
    notes: list[str] = []
    begin, end = begin_wh, end_wh
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
    is_estimated = "end_from_sample" in notes or "energy_unknown" in notes
    return Energy(max(wh, Decimal(0)), begin, end, is_estimated, tuple(notes))


def _segments(path: Sequence[Decimal]) -> tuple[Decimal, int]:
    """The sum over rising segments, and how often the register fell."""
    total, start, last, resets = Decimal(0), path[0], path[0], 0
    for value in path[1:]:
        if value < last - ROUNDING_WH:
            total += last - start
            start, resets = value, resets + 1
        last = value
    return total + last - start, resets
