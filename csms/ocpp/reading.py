"""What handlers of every version read alike: moments and numbers as stations write them, and the rules that reading them needed (`quirks`)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from csms.ocpp import timestamps
from csms.ocpp.connection import Connection
from transactions import moments, units
from transactions.metering import REGISTER, Sample

AHEAD: Final = timedelta(minutes=5)
Rules = list[str]  # rules that were needed, appended as they are


def moment(connection: Connection, text: str | None, rules: Rules, received: datetime) -> datetime | None:
    """The moment that a station wrote, None where it is unreadable. Whether it can be true is for `moments`; that it cannot be is counted here."""
    found, note = timestamps.parse_noting(text or "")
    if note is not None and found is not None:
        found = _noted(connection, found, note, rules)
    if found is None:
        rules.append("Q18")
        return None
    if found > received:
        if found - received > AHEAD and not connection.quirks.own.may_run_ahead:
            rules.append("Q19")
    elif found < moments.FIRST_TRUE_MOMENT:
        rules.append("Q18")
    return found


def _noted(connection: Connection, found: datetime, note: str, rules: Rules) -> datetime:
    if note == timestamps.LEAP_SECOND:
        return found
    rules.append("Q17")
    if note != timestamps.NO_ZONE or "Q17" not in connection.quirks.on:
        return found
    return found.replace(tzinfo=ZoneInfo(connection.quirks.own.time_zone)).astimezone(UTC)


def number(value: Any) -> Decimal | None:
    """A register as a station wrote it, None where there is none."""
    if value is None or isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, int) else units.number(str(value))


def totals(samples: list[Sample]) -> list[Sample]:
    """What a meter that names phases only says in sum: energy and power of L1, L2 and L3 at one instant. Source: MV-05.

    None where the sum was sent too; currents and voltages have no sum.
    """
    parts: dict[tuple[str, str, str], list[Sample]] = {}
    whole: set[tuple[str, str, str]] = set()
    for sample in samples:
        if sample.measurand not in units.SUMMED:
            continue
        key = (sample.measurand, sample.location, sample.context)
        if not sample.phase:
            whole.add(key)
        elif sample.phase in units.PHASES and sample.value is not None:
            parts.setdefault(key, []).append(sample)
    return [_total(found) for key, found in parts.items() if key not in whole and _is_complete(found)]


def _is_complete(samples: list[Sample]) -> bool:
    """L1 alone, or all three: two of three is one that was lost."""
    phases = sorted(units.PHASES[sample.phase] for sample in samples)
    return phases in ([1], [1, 2, 3])


def _total(samples: list[Sample]) -> Sample:
    first = samples[0]
    return Sample(
        sampled_at=first.sampled_at,
        measurand=first.measurand,
        value=sum((sample.value or Decimal(0) for sample in samples), Decimal(0)),
        unit=first.unit,
        raw=" + ".join(sample.raw for sample in samples),
        context=first.context,
        location=first.location,
    )


def usable(
    connection: Connection, measurand: str, written: str, unit: str, rules: Rules
) -> tuple[Decimal | None, str]:
    """The value in its base unit, or none where it must not be used; the rules that this needed. Source: MV-02, MV-03."""
    value = units.number(written)
    is_proper = unit in units.PROPER.get(measurand, ()) or not unit
    if is_proper and value is not None and not connection.quirks.on and "," not in written:
        return units.normalised(value, unit)
    return _odd(connection, measurand, (written, value), unit, rules)


def _odd(
    connection: Connection, measurand: str, value: tuple[str, Decimal | None], unit: str, rules: Rules
) -> tuple[Decimal | None, str]:
    written, number = value
    if number is None:
        rules.append("Q22")
    elif "," in written:
        rules.append("Q23")
    if not units.is_proper(measurand, unit):
        rules.append("Q25")
        unit = units.meant(measurand, unit)
    number, unit = units.normalised(number, unit)
    if measurand == REGISTER and unit != "Wh":
        return None, unit  # a register in an unknown unit must not become money
    if "Q25a" in connection.quirks.on and unit == "Wh" and number is not None:
        rules.append("Q25a")
        number *= 1000
    return number, unit
