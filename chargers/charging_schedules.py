"""Charging profiles as values: how they are read from and written in OCPP 2.0.1's words, and the rules that they obey. Pure. Source: S16-70 to S16-74, S2-70 to S2-74."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime

STATION_MAX, TX_DEFAULT, TX = "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"
PURPOSES = (STATION_MAX, TX_DEFAULT, TX)
ABSOLUTE, RECURRING, RELATIVE = "Absolute", "Recurring", "Relative"
KINDS = (ABSOLUTE, RECURRING, RELATIVE)
CYCLES = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}
UNITS = ("A", "W")
LONGEST_S = 366 * 86_400
LARGEST = 2**31 - 1
LARGEST_LIMIT = Decimal(100_000_000)


@dataclass(frozen=True, slots=True)
class Period:
    """From so many seconds after the schedule's begin on; `limit` in the schedule's unit: A for each phase, or W for all together."""

    start_s: int
    limit: Decimal
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Limits over time. Without a duration the last period holds for ever, or until the transaction ends."""

    unit: str
    periods: tuple[Period, ...]
    start: datetime | None = None
    duration_s: int | None = None
    lowest_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A charging profile. EVSE 0 is the station, or each EVSE where the purpose is TxDefaultProfile.

    `received_at` is when the station took it: the begin of an absolute schedule that names none.
    """

    evse_number: int
    purpose: str
    stack_level: int
    kind: str
    schedule: Schedule
    profile_id: int = 0
    recurrency: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a station said that it can take; None: not told."""

    largest_stack_level: int | None = None
    most_periods: int | None = None
    units: tuple[str, ...] = UNITS


def read(evse_number: object, document: object) -> Profile:
    """A profile from a ChargingProfile of OCPP 2.0.1.

    Raises: ValidationError for what has not the shape of one.
    """
    if not isinstance(document, Mapping):
        raise ValidationError({"chargingProfile": "This must be a charging profile."})
    schedules = document.get("chargingSchedule")
    schedule = schedules[0] if isinstance(schedules, list) and len(schedules) == 1 else schedules
    if not isinstance(schedule, Mapping):
        raise ValidationError({"chargingSchedule": "There must be one schedule."})
    return Profile(
        profile_id=_whole(document.get("id", 0), "id"),
        evse_number=_whole(evse_number, "evseId"),
        purpose=_word(document.get("chargingProfilePurpose"), PURPOSES, "chargingProfilePurpose"),
        stack_level=_whole(document.get("stackLevel"), "stackLevel"),
        kind=_word(document.get("chargingProfileKind"), KINDS, "chargingProfileKind"),
        recurrency=_word(document.get("recurrencyKind", ""), ("", *CYCLES), "recurrencyKind"),
        valid_from=_moment(document.get("validFrom"), "validFrom"),
        valid_to=_moment(document.get("validTo"), "validTo"),
        transaction_id=str(document.get("transactionId", ""))[:36],
        schedule=_read_schedule(schedule),
    )


def written(profile: Profile) -> dict[str, Any]:
    """The profile as a ChargingProfile of OCPP 2.0.1."""
    schedule = profile.schedule
    optional = {
        "recurrencyKind": profile.recurrency,
        "validFrom": _text(profile.valid_from),
        "validTo": _text(profile.valid_to),
        "transactionId": profile.transaction_id,
    }
    inner = {
        "startSchedule": _text(schedule.start),
        "duration": schedule.duration_s,
        "minChargingRate": None if schedule.lowest_rate is None else number(schedule.lowest_rate),
    }
    return {
        "id": profile.profile_id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose,
        "chargingProfileKind": profile.kind,
        **{name: value for name, value in optional.items() if value},
        "chargingSchedule": [
            {
                "id": profile.profile_id,
                "chargingRateUnit": schedule.unit,
                **{name: value for name, value in inner.items() if value is not None},
                "chargingSchedulePeriod": written_periods(schedule.periods),
            }
        ],
    }


def read_periods(items: object) -> tuple[Period, ...]:
    """The periods of a ChargingSchedule.

    Raises: ValidationError.
    """
    name = "chargingSchedulePeriod"
    if not isinstance(items, list | tuple) or not all(isinstance(item, Mapping) for item in items):
        raise ValidationError({name: "This must be a list of periods."})
    return tuple(
        Period(
            start_s=_whole(item.get("startPeriod"), name),
            limit=_decimal(item.get("limit"), name),
            phases=None if item.get("numberPhases") is None else _whole(item["numberPhases"], name),
        )
        for item in items
    )


def written_periods(periods: Sequence[Period]) -> list[dict[str, Any]]:
    """The periods as those of a ChargingSchedule."""
    return [
        {"startPeriod": period.start_s, "limit": number(period.limit)}
        | ({} if period.phases is None else {"numberPhases": period.phases})
        for period in periods
    ]


def number(value: Decimal) -> int | float:
    """A limit as JSON has it: whole where it is whole. One decimal survives the shortest float unchanged."""
    return int(value) if value == value.to_integral_value() else float(value)


def check(profile: Profile, known: Capabilities | None = None) -> None:
    """Refuse a profile that breaks a rule of the protocol, or that the station has said it cannot take.

    Raises: ValidationError, with a sentence for each field.
    """
    errors: dict[str, list[str]] = {}
    for field, sentence in (
        *_purpose_errors(profile),
        *_kind_errors(profile),
        *_period_errors(profile.schedule),
        *_capability_errors(profile, known or Capabilities()),
    ):
        errors.setdefault(field, []).append(sentence)
    if errors:
        raise ValidationError(errors)


def _purpose_errors(profile: Profile) -> Iterator[tuple[str, str]]:
    if profile.purpose == STATION_MAX and profile.evse_number:
        yield "evse", "A ChargingStationMaxProfile is for the whole station: EVSE 0."
    if profile.purpose == TX and not profile.evse_number:
        yield "evse", "A TxProfile is for one EVSE, not for the whole station."
    if profile.purpose == TX and not profile.transaction_id:
        yield "transaction_id", "A TxProfile belongs to a running transaction; name it."
    if profile.purpose != TX and profile.transaction_id:
        yield "transaction_id", f"A {profile.purpose} belongs to no transaction."
    if profile.valid_from and profile.valid_to and profile.valid_to <= profile.valid_from:
        yield "valid_to", "It ends before it begins."


def _kind_errors(profile: Profile) -> Iterator[tuple[str, str]]:
    schedule, cycle = profile.schedule, CYCLES.get(profile.recurrency)
    if profile.kind == RELATIVE and profile.purpose == STATION_MAX:
        yield "kind", "A ChargingStationMaxProfile cannot be Relative: there is nothing to be relative to."
    if profile.kind == RELATIVE and schedule.start:
        yield "start_schedule", "A Relative profile starts when charging starts; leave this out."
    if profile.kind == ABSOLUTE and not (schedule.start or profile.valid_from):
        yield "start_schedule", "An Absolute profile needs the time when it starts."
    if profile.kind == RECURRING and not (schedule.start and cycle):
        yield "recurrency", "A Recurring profile needs a start_schedule, and Daily or Weekly."
    if profile.kind != RECURRING and profile.recurrency:
        yield "recurrency", f"A profile that is {profile.kind} does not recur."
    if cycle and schedule.duration_s and timedelta(seconds=schedule.duration_s) > cycle:
        yield "duration_s", f"It cannot last longer than until it recurs ({profile.recurrency})."


def _period_errors(schedule: Schedule) -> Iterator[tuple[str, str]]:
    starts = [period.start_s for period in schedule.periods]
    if not starts or starts[0] != 0:
        yield "periods", "The first period starts at 0."
    if any(later <= earlier for earlier, later in pairwise(starts)):
        yield "periods", "Each period starts after the one before."
    if schedule.duration_s is not None and starts and starts[-1] >= schedule.duration_s:
        yield "periods", "The last period starts after the schedule has ended."
    if schedule.duration_s is not None and not 0 < schedule.duration_s <= LONGEST_S:
        yield "duration_s", "A schedule lasts between a second and a year."
    limits = [period.limit for period in schedule.periods]
    limits += [] if schedule.lowest_rate is None else [schedule.lowest_rate]
    if any(not 0 <= limit <= LARGEST_LIMIT or limit != round(limit, 1) for limit in limits):
        yield "periods", "A limit is 0 or more, with at most one decimal."
    if any(period.phases not in (None, 1, 2, 3) for period in schedule.periods):
        yield "periods", "There are 1, 2 or 3 phases."


def _capability_errors(profile: Profile, known: Capabilities) -> Iterator[tuple[str, str]]:
    if known.largest_stack_level is not None and profile.stack_level > known.largest_stack_level:
        yield "stack_level", f"This station takes levels up to {known.largest_stack_level}."
    if known.most_periods is not None and len(profile.schedule.periods) > known.most_periods:
        yield "periods", f"This station takes at most {known.most_periods} periods."
    if profile.schedule.unit not in known.units:
        yield "unit", f"This station takes limits in {' and '.join(known.units)} only."


def _read_schedule(schedule: Mapping[str, Any]) -> Schedule:
    lowest = schedule.get("minChargingRate")
    duration = schedule.get("duration")
    return Schedule(
        unit=_word(schedule.get("chargingRateUnit"), UNITS, "chargingRateUnit"),
        start=_moment(schedule.get("startSchedule"), "startSchedule"),
        duration_s=None if duration is None else _whole(duration, "duration"),
        lowest_rate=None if lowest is None else _decimal(lowest, "minChargingRate"),
        periods=read_periods(schedule.get("chargingSchedulePeriod")),
    )


def _whole(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        raise ValidationError({name: "This must be a whole number, 0 or more."})
    return value


def _decimal(value: object, name: str) -> Decimal:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    try:
        read_number = Decimal(str(value)) if is_number else None
    except InvalidOperation:
        read_number = None
    if read_number is None or not read_number.is_finite():
        raise ValidationError({name: "This must be a number."})
    return read_number


def _word(value: object, known: Sequence[str], name: str) -> str:
    if value not in known:
        raise ValidationError({name: f"This must be one of: {', '.join(word for word in known if word)}."})
    return str(value)


def _moment(value: object, name: str) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValidationError({name: "This must be a time such as 2026-11-22T08:00:00Z."})
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
